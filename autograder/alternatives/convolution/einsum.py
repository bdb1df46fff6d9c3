# %% [markdown]
# No loop at all: a view of every patch, and Einstein sums over it.

# %%
from numpy.lib.stride_tricks import sliding_window_view


# %%
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"expected 2 axes and 2 axes, got {image.ndim} and {kernel.ndim}")
    if any(k > s for k, s in zip(kernel.shape, image.shape)):
        raise ValueError(f"kernel {kernel.shape} larger than image {image.shape}")
    return np.einsum("ijuv,uv->ij", sliding_window_view(image, kernel.shape), kernel)


# %%
def conv2d_forward(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected four axes, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"x has {x.shape[1]} channels, weight {weight.shape[1]}")
    if bias.shape != weight.shape[:1]:
        raise ValueError(f"bias {bias.shape} but {weight.shape[0]} filters")
    if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:
        raise ValueError(f"filters {weight.shape[2:]} larger than images {x.shape[2:]}")
    patches = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    out = np.einsum("ncijuv,fcuv->nfij", patches, weight, optimize=True)
    return out + bias.reshape(1, -1, 1, 1), (patches, weight, x.shape)


# %%
def conv2d_backward(dout, cache):
    patches, weight, x_shape = cache
    dbias = np.einsum("nfij->f", dout)
    dweight = np.einsum("nfij,ncijuv->fcuv", dout, patches, optimize=True)
    # Every patch's gradient, then added back to where the patch came from.
    dpatches = np.einsum("nfij,fcuv->ncijuv", dout, weight, optimize=True)
    dx = np.zeros(x_shape, dtype=dpatches.dtype)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            dx[:, :, u : u + dout.shape[2], v : v + dout.shape[3]] += dpatches[..., u, v]
    return dx, dweight, dbias
