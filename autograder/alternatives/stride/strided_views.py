# %% [markdown]
# Windows as views with strides of their own, einsum for every sum, caches that are dicts.

# %%
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _look(x, kernel_size, stride, padding):
    """View the patches: (N, C, H_out, W_out, kH, kW)."""
    for size, kernel in zip(x.shape[2:], kernel_size):
        conv_output_size(size, kernel, stride=stride, padding=padding)
    padded, cache = given.pad2d_forward(x, padding)
    views = sliding_window_view(padded, tuple(kernel_size), axis=(2, 3))
    return views[:, :, ::stride, ::stride], cache


def _lay(patches, like, stride):
    """Add patches (N, C, H_out, W_out, kH, kW) up in an array of zeros."""
    total = np.zeros(like, dtype=patches.dtype)
    H_out, W_out, kH, kW = patches.shape[2:]
    for u, v in np.ndindex(kH, kW):
        down = slice(u, u + stride * (H_out - 1) + 1, stride)
        right = slice(v, v + stride * (W_out - 1) + 1, stride)
        total[:, :, down, right] += patches[..., u, v]
    return total


# %%
def conv_output_size(size, kernel_size, *, stride=1, padding=0):
    if min(size, kernel_size, stride) < 1:
        raise ValueError(f"expected at least 1, got {size=}, {kernel_size=}, {stride=}")
    if padding < 0:
        raise ValueError(f"expected a padding of 0 or more, got {padding}")
    places = len(range(kernel_size, size + 2 * padding + 1, stride))
    if not places:
        raise ValueError(f"expected at most {size + 2 * padding}, got {kernel_size=}")
    return places


# %%
def conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != weight.shape[:1]:
        raise ValueError(f"expected bias {weight.shape[:1]}, got {bias.shape}")
    views, pad_cache = _look(x, weight.shape[2:], stride, padding)
    out = np.einsum("nchwuv,fcuv->nfhw", views, weight) + bias.reshape(-1, 1, 1)
    return out, {"views": views, "weight": weight, "stride": stride, "pad": pad_cache, "x": x}


# %%
def conv2d_backward(dout, cache):
    dweight = np.einsum("nfhw,nchwuv->fcuv", dout, cache["views"])
    patches = np.einsum("nfhw,fcuv->nchwuv", dout, cache["weight"])
    zeros = given.pad2d_forward(cache["x"], cache["pad"][2])[0].shape
    dx = given.pad2d_backward(_lay(patches, zeros, cache["stride"]), cache["pad"])
    return dx, dweight, np.einsum("nfhw->f", dout)


# %%
def conv2d_cost(x_shape, weight_shape, *, stride=1, padding=0):
    if len(x_shape) != 4 or len(weight_shape) != 4 or x_shape[1] != weight_shape[1]:
        raise ValueError(f"expected matching shapes of 4, got {x_shape} and {weight_shape}")
    places = [
        conv_output_size(size, kernel, stride=stride, padding=padding)
        for size, kernel in zip(x_shape[2:], weight_shape[2:])
    ]
    weights = int(np.prod(weight_shape))
    return weights + weight_shape[0], weights * x_shape[0] * places[0] * places[1]


# %%
def receptive_field(layers):
    pairs = np.array(list(layers), dtype=int).reshape(-1, 2)
    if (pairs < 1).any():
        raise ValueError(f"expected kernels and strides of at least 1, got {pairs.tolist()}")
    jumps = np.cumprod(np.concatenate([[1], pairs[:, 1]]))
    return int(1 + np.sum((pairs[:, 0] - 1) * jumps[:-1])), int(jumps[-1])


# %%
def im2col(x, kernel_size, *, stride=1, padding=0):
    if x.ndim != 4:
        raise ValueError(f"expected (N, C, H, W), got {x.shape}")
    views, _ = _look(x, kernel_size, stride, padding)
    N, C, H_out, W_out, kH, kW = views.shape
    return np.einsum("nchwuv->ncuvhw", views).reshape(N, C * kH * kW, H_out * W_out)


# %%
def col2im(cols, x_shape, kernel_size, *, stride=1, padding=0):
    if len(x_shape) != 4:
        raise ValueError(f"expected (N, C, H, W), got {x_shape}")
    (N, C, H, W), (kH, kW) = x_shape, kernel_size
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    if cols.shape != (N, C * kH * kW, H_out * W_out):
        raise ValueError(f"expected {(N, C * kH * kW, H_out * W_out)}, got {cols.shape}")
    patches = np.einsum("ncuvhw->nchwuv", cols.reshape(N, C, kH, kW, H_out, W_out))
    padded = _lay(patches, (N, C, H + 2 * padding, W + 2 * padding), stride)
    return padded[:, :, padding:, padding:][:, :, :H, :W]


# %%
def conv2d_forward_im2col(x, weight, bias, *, stride=1, padding=0):
    out, cache = conv2d_forward(x, weight, bias, stride=stride, padding=padding)
    cols = im2col(x, weight.shape[2:], stride=stride, padding=padding)
    rows = weight.reshape(weight.shape[0], -1)
    product = np.einsum("fk,nkl->nfl", rows, cols).reshape(out.shape) + bias[:, None, None]
    return product, cache | {"cols": cols, "padding": padding}


# %%
def conv2d_backward_im2col(dout, cache):
    weight, cols = cache["weight"], cache["cols"]
    grad = dout.reshape(*dout.shape[:2], cols.shape[2])
    dweight = np.einsum("nfl,nkl->fk", grad, cols).reshape(weight.shape)
    dcols = np.einsum("fk,nfl->nkl", weight.reshape(weight.shape[0], -1), grad)
    settings = {"stride": cache["stride"], "padding": cache["padding"]}
    dx = col2im(dcols, cache["x"].shape, weight.shape[2:], **settings)
    return dx, dweight, grad.sum(axis=(0, 2))
