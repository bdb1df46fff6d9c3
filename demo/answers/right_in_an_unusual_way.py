# Right, with einsum, NumPy under another name, and a helper in a cell of its own.

# %%
import numpy as xp
from numpy.lib.stride_tricks import sliding_window_view


def windows(a, kH, kW):
    """Every patch of the last two axes: (..., H_out, W_out, kH, kW)."""
    return sliding_window_view(a, (kH, kW), axis=(-2, -1))


def demand(fits, message):
    if not fits:
        raise ValueError(message)

# %% correlate2d
def correlate2d(image, kernel):
    demand(image.ndim == kernel.ndim == 2, f"2 axes each, got {image.shape} and {kernel.shape}")
    fits = all(k <= n for k, n in zip(kernel.shape, image.shape))
    demand(fits, f"kernel.shape={kernel.shape} does not fit into image.shape={image.shape}")
    return xp.einsum("ijkl,kl->ij", windows(image, *kernel.shape), kernel)

# %% conv2d_forward
def conv2d_forward(x, weight, bias):
    shapes = f"x.shape={x.shape}, weight.shape={weight.shape}, bias.shape={bias.shape}"
    demand(x.ndim == weight.ndim == 4, f"expected 4 axes, got {shapes}")
    demand(x.shape[1] == weight.shape[1], f"the channels (axis 1) differ: {shapes}")
    demand(bias.shape == weight.shape[:1], f"expected one bias for each filter: {shapes}")
    fits = all(k <= n for k, n in zip(weight.shape[2:], x.shape[2:]))
    demand(fits, f"the filter is larger than the image: {shapes}")
    patches = windows(x, *weight.shape[2:])
    out = xp.einsum("ncijkl,ockl->noij", patches, weight, optimize=True)
    return out + bias[:, None, None], {"patches": patches, "weight": weight}

# %% conv2d_backward
def conv2d_backward(dout, cache):
    weight = cache["weight"]
    kH, kW = weight.shape[2:]
    border = [(0, 0), (0, 0), (kH - 1, kH - 1), (kW - 1, kW - 1)]
    around = windows(xp.pad(dout, border), kH, kW)
    dx = xp.einsum("noijkl,ockl->ncij", around, weight[:, :, ::-1, ::-1], optimize=True)
    dweight = xp.einsum("noij,ncijkl->ockl", dout, cache["patches"], optimize=True)
    return dx, dweight, xp.einsum("noij->o", dout)

# %% [markdown] why_share_weights
# A pattern may turn up at any place, so what was learnt at one place should serve at all of them.
