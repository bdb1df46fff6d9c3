# %% [markdown]
# No loop over places: windows by `sliding_window_view`, and one `einsum` for each array. dx comes as
# a convolution of dout, with zeros put between and around its numbers, with the filters turned.

# %%
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

LETTERS = "uvw"


def check(good, message):
    if not good:
        raise ValueError(message)


def check_all(x, weight, bias, axes, stride, padding, dilation=1):
    check(x.ndim == weight.ndim == axes, f"expected {axes} axes, got {x.shape}, {weight.shape}")
    check(x.shape[1] == weight.shape[1], f"got {x.shape[1]} channels, expected {weight.shape[1]}")
    check(bias.shape == (len(weight),), f"got bias {bias.shape}, expected ({len(weight)},)")
    check_settings(x, weight, stride, padding, dilation)


def check_settings(x, weight, stride, padding, dilation=1):
    check(stride >= 1, f"got stride {stride}, expected 1 or more")
    check(dilation >= 1, f"got dilation {dilation}, expected 1 or more")
    check(padding >= 0, f"got padding {padding}, expected 0 or more")
    for size, k in zip(x.shape[2:], weight.shape[2:]):
        reach, most = dilation * (k - 1) + 1, size + 2 * padding
        check(reach <= most, f"got {k}, dilation {dilation}, expected a reach up to {most}")


def pad(x, before, after=None):
    after = before if after is None else after
    axes = x.ndim - 2
    before, after = [b if isinstance(b, (list, tuple)) else [b] * axes for b in (before, after)]
    return np.pad(x, [(0, 0), (0, 0), *zip(before, after)])


def windows(x, sizes, stride=1, dilation=1):
    """Give (N, C, places..., taps...)."""
    axes = x.ndim - 2
    reaches = [dilation * (k - 1) + 1 for k in sizes]
    seen = sliding_window_view(x, reaches, axis=tuple(range(2, 2 + axes)))
    places, within = [slice(None, None, stride)] * axes, [slice(None, None, dilation)] * axes
    return seen[(slice(None), slice(None), *places, *within)]


def apart(x, stride):
    """Put stride - 1 zeros between neighbors."""
    shape = [stride * (size - 1) + 1 for size in x.shape[2:]]
    wide = np.zeros((*x.shape[:2], *shape), x.dtype)
    wide[(slice(None), slice(None), *[slice(None, None, stride)] * len(shape))] = x
    return wide


def forward(x, weight, bias, stride, padding, dilation=1):
    seen = windows(pad(x, padding), weight.shape[2:], stride, dilation)
    k = LETTERS[: x.ndim - 2]
    places = k.upper()
    out = np.einsum(f"nk{places}{k},ck{k}->nc{places}", seen, weight)
    return out + bias.reshape(-1, *[1] * len(k)), [x, weight, stride, padding, dilation]


def backward(dout, cache):
    x, weight, stride, padding, dilation = cache
    k = LETTERS[: x.ndim - 2]
    places = k.upper()
    seen = windows(pad(x, padding), weight.shape[2:], stride, dilation)
    dweight = np.einsum(f"nk{places}{k},nc{places}->ck{k}", seen, dout)
    return dx_of(dout, weight, x.shape, stride, padding, dilation), dweight, total(dout)


def total(dout):
    return dout.sum(axis=(0, *range(2, dout.ndim)))


def dx_of(dout, weight, shape, stride, padding, dilation=1):
    wide = apart(dout, stride)
    before = [dilation * (k - 1) for k in weight.shape[2:]]
    after = [
        size + 2 * padding - have for size, have in zip(shape[2:], wide.shape[2:])
    ]  # also what lies in no window
    turned = weight[(slice(None), slice(None), *[slice(None, None, -1)] * (weight.ndim - 2))]
    k = LETTERS[: weight.ndim - 2]
    seen = windows(pad(wide, before, after), weight.shape[2:], 1, dilation)
    places = k.upper()
    dpadded = np.einsum(f"nc{places}{k},ck{k}->nk{places}", seen, turned)
    inside = [slice(padding, padding + size) for size in shape[2:]]
    return dpadded[(slice(None), slice(None), *inside)]


# %%
def conv1x1_forward(x, weight, bias):
    check(x.ndim == 4 and weight.ndim == 2, f"expected 4, 2 axes, got {x.shape}, {weight.shape}")
    check(x.shape[1] == weight.shape[1], f"got {x.shape[1]} channels, expected {weight.shape[1]}")
    check(bias.shape == (len(weight),), f"got bias {bias.shape}, expected ({len(weight)},)")
    N, C_in, H, W = x.shape
    return (weight @ x.reshape(N, C_in, -1) + bias[:, None]).reshape(N, -1, H, W), (x, weight)


# %%
def conv1x1_backward(dout, cache):
    x, weight = cache
    flat, dflat = x.reshape(*x.shape[:2], -1), dout.reshape(*dout.shape[:2], -1)
    dweight = (dflat @ flat.transpose(0, 2, 1)).sum(axis=0)
    return (weight.T @ dflat).reshape(x.shape), dweight, total(dout)


# %%
def conv1d_forward(x, weight, bias, *, stride=1, padding=0):
    check_all(x, weight, bias, 3, stride, padding)
    return forward(x, weight, bias, stride, padding)


# %%
def conv1d_backward(dout, cache):
    return backward(dout, cache)


# %%
def conv3d_forward(x, weight, bias, *, stride=1, padding=0):
    check_all(x, weight, bias, 5, stride, padding)
    return forward(x, weight, bias, stride, padding)


# %%
def conv3d_backward(dout, cache):
    return backward(dout, cache)


# %%
def dilated_conv2d_forward(x, weight, bias, *, stride=1, padding=0, dilation=1):
    check_all(x, weight, bias, 4, stride, padding, dilation)
    return forward(x, weight, bias, stride, padding, dilation)


# %%
def dilated_conv2d_backward(dout, cache):
    return backward(dout, cache)


# %%
def depthwise_conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    check(x.ndim == 4 and weight.ndim == 4, f"expected 4 axes, got {x.shape}, {weight.shape}")
    C = x.shape[1]
    check(weight.shape[:2] == (C, 1), f"expected weight ({C}, 1, kH, kW), got {weight.shape}")
    check(bias.shape == (C,), f"got bias {bias.shape}, expected ({C},)")
    check_settings(x, weight, stride, padding)
    seen = windows(pad(x, padding), weight.shape[2:], stride)
    out = np.einsum("ncUVuv,cuv->ncUV", seen, weight[:, 0]) + bias[:, None, None]
    return out, (x, weight, stride, padding)


# %%
def depthwise_conv2d_backward(dout, cache):
    x, weight, stride, padding = cache
    seen = windows(pad(x, padding), weight.shape[2:], stride)
    dweight = np.einsum("ncUVuv,ncUV->cuv", seen, dout)[:, None]
    whole = np.zeros((len(weight), *weight.shape[:1], *weight.shape[2:]), weight.dtype)
    whole[range(len(weight)), range(len(weight))] = weight[:, 0]
    return dx_of(dout, whole, x.shape, stride, padding), dweight, total(dout)


# %%
def conv_transpose2d_forward(x, weight, bias, *, stride=1, padding=0):
    check(x.ndim == 4 and weight.ndim == 4, f"expected 4 axes, got {x.shape}, {weight.shape}")
    check(x.shape[1] == len(weight), f"got {x.shape[1]} channels, expected {len(weight)}")
    C_out = weight.shape[1]
    check(bias.shape == (C_out,), f"got bias {bias.shape}, expected ({C_out},)")
    check(stride >= 1 and padding >= 0, f"got {stride}, {padding}, expected 1 and 0 or more")
    sizes = [
        (size - 1) * stride + k - 2 * padding for size, k in zip(x.shape[2:], weight.shape[2:])
    ]
    check(min(sizes) >= 1, f"got padding {padding}, expected one that leaves something: {sizes}")
    out = dx_of(x, weight, (len(x), C_out, *sizes), stride, padding)
    return out + bias[:, None, None], ()
