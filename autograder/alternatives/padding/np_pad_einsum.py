# %% [markdown]
# np.pad, windows as a view and einsum; the sizes by a formula; the cache keeps the unpadded images.

# %%
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


# %%
def max_conv_layers(size, kernel_size):
    if size <= 0 or kernel_size <= 1:
        raise ValueError(f"expected size >= 1 and kernel_size >= 2, got {size} and {kernel_size}")
    return (size - 1) // (kernel_size - 1)


# %%
def same_padding(kernel_size):
    padding, rest = divmod(kernel_size - 1, 2)
    if rest or padding < 0:
        raise ValueError(f"expected one of 1, 3, 5, ..., got {kernel_size}")
    return padding


# %%
def pad2d_forward(x, padding):
    if x.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.ndim}")
    if padding < 0:
        raise ValueError(f"expected padding >= 0, got {padding}")
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))), padding


# %%
def pad2d_backward(dout, cache):
    if cache == 0:
        return dout
    return dout[..., cache:-cache, cache:-cache]


# %%
def conv2d_forward(x, weight, bias, *, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes each, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"expected a bias of shape {weight.shape[:1]}, got {bias.shape}")
    padded, _ = pad2d_forward(x, padding)
    if weight.shape[2] > padded.shape[2] or weight.shape[3] > padded.shape[3]:
        raise ValueError(f"expected filters up to {padded.shape[2:]}, got {weight.shape[2:]}")
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.einsum("nchwij,fcij->nfhw", windows, weight, optimize=True)
    return out + bias[None, :, None, None], (x, weight, padding)


# %%
def conv2d_backward(dout, cache):
    x, weight, padding = cache
    padded, pad_cache = pad2d_forward(x, padding)
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    dweight = np.einsum("nfhw,nchwij->fcij", dout, windows, optimize=True)
    dpadded = np.zeros_like(padded)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            part = np.einsum("nfhw,fc->nchw", dout, weight[:, :, i, j])
            dpadded[:, :, i : i + dout.shape[2], j : j + dout.shape[3]] += part
    return pad2d_backward(dpadded, pad_cache), dweight, dout.sum(axis=(0, 2, 3))
