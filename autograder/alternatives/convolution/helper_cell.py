# %% [markdown]
# Helpers in a cell that the learner added, with NumPy under a name of their own.

# %%
import numpy
import numpy as xp
from functools import reduce

AXES = ([1, 2, 3], [1, 2, 3])


def sizes(x, weight):
    """Height and width of the output."""
    return tuple(s - k + 1 for s, k in zip(x.shape[-2:], weight.shape[-2:]))


def check(condition, text):
    if not condition:
        raise ValueError(text)


# %%
def correlate2d(image, kernel):
    check(image.ndim == 2, f"image: expected 2 axes, got {image.ndim}")
    check(kernel.ndim == 2, f"kernel: expected 2 axes, got {kernel.ndim}")
    H_out, W_out = sizes(image, kernel)
    check(min(H_out, W_out) > 0, f"expected at most {image.shape}, got kernel {kernel.shape}")
    kH, kW = kernel.shape
    rows = [
        [xp.vdot(image[i : i + kH, j : j + kW], kernel) for j in range(W_out)] for i in range(H_out)
    ]
    return xp.array(rows)


# %%
def conv2d_forward(x, weight, bias):
    check(x.ndim == 4 and weight.ndim == 4, f"expected 4 axes, got {x.shape}, {weight.shape}")
    channels, expected = x.shape[1], weight.shape[1]
    check(channels == expected, f"expected {expected} channels, got {channels}")
    check(bias.shape == weight.shape[:1], f"expected bias {weight.shape[:1]}, got {bias.shape}")
    H_out, W_out = sizes(x, weight)
    check(min(H_out, W_out) > 0, f"expected at most {x.shape[2:]}, got {weight.shape[2:]}")
    kH, kW = weight.shape[2:]
    places = [
        xp.tensordot(x[:, :, i : i + kH, j : j + kW], weight, AXES) + bias
        for i in range(H_out)
        for j in range(W_out)
    ]
    out = xp.stack(places, axis=-1)
    return out.reshape(*out.shape[:2], H_out, W_out), (x.copy(), weight.copy(), H_out, W_out)


# %%
def conv2d_backward(dout, cache):
    x, weight, H_out, W_out = cache
    kH, kW = weight.shape[2:]
    # One image of one filter at a time, with the one-channel function of the first stage.
    dweight = numpy.zeros_like(weight, dtype=dout.dtype)
    for f, c in numpy.ndindex(weight.shape[:2]):
        maps = [correlate2d(x[n, c], dout[n, f]) for n in range(len(x))]
        dweight[f, c] = reduce(numpy.add, maps)
    dx = numpy.zeros_like(x, dtype=dout.dtype)
    for i, j in numpy.ndindex(H_out, W_out):
        dx[:, :, i : i + kH, j : j + kW] += numpy.einsum("nf,fcuv->ncuv", dout[:, :, i, j], weight)
    return dx, dweight, numpy.einsum("nfij->f", dout)
