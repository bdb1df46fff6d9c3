# %% [markdown]
# Helpers in a cell of the learner's own, NumPy under another name; pad2d is not used by conv2d.

# %%
import numpy as xp
from itertools import takewhile, count


def demand(condition, text):
    """Raise what the docstrings promise."""
    if not condition:
        raise ValueError(text)


def around(array, top, left):
    """Put zeros around the last two axes."""
    widths = [(0, 0)] * (array.ndim - 2) + [(top, top), (left, left)]
    return xp.pad(array, widths, mode="constant", constant_values=0)


def slide(images, filters):
    """Correlate by shifting the images instead of moving the filters."""
    H = images.shape[2] - filters.shape[2] + 1
    W = images.shape[3] - filters.shape[3] + 1
    total = 0
    for u in range(filters.shape[2]):
        for v in range(filters.shape[3]):
            shifted = images[:, :, u : u + H, v : v + W]
            total = total + xp.tensordot(shifted, filters[:, :, u, v], axes=(1, 1))
    return total.transpose(0, 3, 1, 2)


# %%
def max_conv_layers(size, kernel_size):
    demand(size > 0, f"size: expected 1 or more, got {size}")
    demand(kernel_size > 1, f"kernel_size: expected 2 or more, got {kernel_size}")
    sizes = count(size, 1 - kernel_size)
    return sum(1 for _ in takewhile(lambda each: each >= kernel_size, sizes))


# %%
def same_padding(kernel_size):
    demand(kernel_size in range(1, kernel_size + 1, 2), f"expected 1, 3, 5, ..., got {kernel_size}")
    return int((kernel_size - 1) / 2)


# %%
def pad2d_forward(x, padding):
    demand(x.ndim == 4, f"x: expected 4 axes, got {x.ndim}")
    demand(padding >= 0, f"padding: expected 0 or more, got {padding}")
    return around(x, padding, padding), (x.shape[2:], padding)


# %%
def pad2d_backward(dout, cache):
    (H, W), padding = cache
    rows = xp.arange(H) + padding
    columns = xp.arange(W) + padding
    return dout.take(rows, axis=2).take(columns, axis=3)


# %%
def conv2d_forward(x, weight, bias, *, padding=0):
    demand(x.ndim == 4 and weight.ndim == 4, f"expected 4 axes, got {x.shape}, {weight.shape}")
    demand(
        x.shape[1] == weight.shape[1], f"{x.shape[1]} channels in x, {weight.shape[1]} in weight"
    )
    demand(bias.shape == weight.shape[:1], f"bias: expected {weight.shape[:1]}, got {bias.shape}")
    demand(padding >= 0, f"padding: expected 0 or more, got {padding}")
    room = (x.shape[2] + 2 * padding, x.shape[3] + 2 * padding)
    fits = weight.shape[2] <= room[0] and weight.shape[3] <= room[1]
    demand(fits, f"filters: expected at most {room}, got {weight.shape[2:]}")
    out = slide(around(x, padding, padding), weight) + bias.reshape(-1, 1, 1)
    return out, (x.copy(), weight.copy(), padding)


# %%
def conv2d_backward(dout, cache):
    x, weight, padding = cache
    kH, kW = weight.shape[2:]
    padded = around(x, padding, padding)
    dweight = slide(padded.swapaxes(0, 1), dout.swapaxes(0, 1)).swapaxes(0, 1)
    # The full correlation with flipped filters, then the part that belongs to x.
    flipped = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
    full = slide(around(dout, kH - 1, kW - 1), flipped)
    dx = full[:, :, padding:, padding:][:, :, : x.shape[2], : x.shape[3]]
    return dx, dweight, xp.einsum("nfij->f", dout)
