# %% [markdown]
# Columns: one array of indices says which number of the flat, padded input each tap of each place
# reads; the forward pass is one matrix product, and np.add.at brings the gradient back.

# %%
import numpy as np


def taps_of(shape, sizes, stride, dilation=1):
    """Give the flat index of every tap (rows) at every place (columns), and the places' shape."""
    counts = [(n - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(shape, sizes)]
    index = np.zeros((1, 1), dtype=int)
    for n, k, count in zip(shape, sizes, counts):
        along = dilation * np.arange(k)[:, None] + stride * np.arange(count)
        index = index[:, None, :, None] * n + along[None, :, None, :]
        index = index.reshape(index.shape[0] * k, -1)
    return index, counts


def refuse(x, weight, bias, stride, padding, dilation=1):
    if bias.shape != (len(weight),):
        raise ValueError(f"expected bias ({len(weight)},), got {bias.shape}")
    if stride < 1 or padding < 0 or dilation < 1:
        raise ValueError(f"got stride={stride}, padding={padding}, dilation={dilation}")
    for n, k in zip(x.shape[2:], weight.shape[2:]):
        if dilation * (k - 1) + 1 > n + 2 * padding:
            raise ValueError(f"expected to fit into {n + 2 * padding}, got {k} (x{dilation})")


def same_axes_and_channels(x, weight, axes):
    if (x.ndim, weight.ndim) != (axes, axes):
        raise ValueError(f"expected {axes} axes twice, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")


def forward(x, weight, bias, stride, padding, dilation=1):
    border = [(0, 0), (0, 0)] + [(padding, padding)] * (x.ndim - 2)
    padded = np.pad(x, border)
    index, counts = taps_of(padded.shape[2:], weight.shape[2:], stride, dilation)
    columns = padded.reshape(*x.shape[:2], -1)[:, :, index]  # (N, C_in, taps, places)
    columns = columns.reshape(len(x), -1, index.shape[1])
    rows = weight.reshape(len(weight), -1)
    out = (rows @ columns + bias[:, None]).reshape(len(x), len(weight), *counts)
    return out, (columns, index, padded.shape, padding, weight)


def backward(dout, cache):
    columns, index, shape, padding, weight = cache
    flat = dout.reshape(*dout.shape[:2], -1)
    dweight = np.einsum("ncp,ntp->ct", flat, columns).reshape(weight.shape)
    dcolumns = weight.reshape(len(weight), -1).T @ flat
    dcolumns = dcolumns.reshape(*shape[:2], *index.shape)
    dflat = np.zeros((*shape[:2], int(np.prod(shape[2:]))), dout.dtype)
    np.add.at(dflat, (slice(None), slice(None), index), dcolumns)
    dpadded = dflat.reshape(shape)
    for axis in range(2, len(shape)):
        dpadded = np.take(dpadded, range(padding, shape[axis] - padding), axis)
    return dpadded, dweight, flat.sum(axis=(0, 2))


# %%
def conv1x1_forward(x, weight, bias):
    if weight.ndim != 2:
        raise ValueError(f"expected weight (C_out, C_in), got {weight.shape}")
    same_axes_and_channels(x, weight[:, :, None, None], 4)
    if bias.shape != (len(weight),):
        raise ValueError(f"expected bias ({len(weight)},), got {bias.shape}")
    rows = x.transpose(1, 0, 2, 3).reshape(x.shape[1], -1)  # (C_in, N H W)
    out = (weight @ rows + bias[:, None]).reshape(len(weight), len(x), *x.shape[2:])
    return out.swapaxes(0, 1), (rows, weight, x.shape)


# %%
def conv1x1_backward(dout, cache):
    rows, weight, (N, C_in, H, W) = cache
    drows = dout.transpose(1, 0, 2, 3).reshape(len(weight), -1)
    dx = (weight.T @ drows).reshape(C_in, N, H, W).swapaxes(0, 1)
    return dx, drows @ rows.T, drows.sum(axis=1)


# %%
def conv1d_forward(x, weight, bias, *, stride=1, padding=0):
    same_axes_and_channels(x, weight, 3)
    refuse(x, weight, bias, stride, padding)
    return forward(x, weight, bias, stride, padding)


# %%
def conv1d_backward(dout, cache):
    return backward(dout, cache)


# %%
def conv3d_forward(x, weight, bias, *, stride=1, padding=0):
    same_axes_and_channels(x, weight, 5)
    refuse(x, weight, bias, stride, padding)
    return forward(x, weight, bias, stride, padding)


# %%
def conv3d_backward(dout, cache):
    return backward(dout, cache)


# %%
def dilated_conv2d_forward(x, weight, bias, *, stride=1, padding=0, dilation=1):
    same_axes_and_channels(x, weight, 4)
    refuse(x, weight, bias, stride, padding, dilation)
    return forward(x, weight, bias, stride, padding, dilation)


# %%
def dilated_conv2d_backward(dout, cache):
    return backward(dout, cache)


# %%
def depthwise_conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    if x.ndim != 4 or weight.ndim != 4 or weight.shape[:2] != (x.shape[1], 1):
        raise ValueError(f"expected (N, C, H, W) and (C, 1, kH, kW), got {x.shape}, {weight.shape}")
    refuse(x, weight, bias, stride, padding)
    N, C, H, W = x.shape
    outs, caches = [], []
    for c in range(C):
        out, cache = forward(x[:, [c]], weight[[c]], bias[[c]], stride, padding)
        outs.append(out)
        caches.append(cache)
    return np.concatenate(outs, axis=1), caches


# %%
def depthwise_conv2d_backward(dout, cache):
    parts = [backward(dout[:, [c]], each) for c, each in enumerate(cache)]
    dx, dweight, dbias = zip(*parts)
    return np.concatenate(dx, axis=1), np.concatenate(dweight), np.concatenate(dbias)


# %%
def conv_transpose2d_forward(x, weight, bias, *, stride=1, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes twice, got {x.shape} and {weight.shape}")
    if x.shape[1] != len(weight):
        raise ValueError(f"expected {len(weight)} channels, got {x.shape[1]}")
    if bias.shape != weight.shape[1:2]:
        raise ValueError(f"expected bias {weight.shape[1:2]}, got {bias.shape}")
    if stride < 1 or padding < 0:
        raise ValueError(f"got stride={stride} and padding={padding}")
    full = [(n - 1) * stride + k for n, k in zip(x.shape[2:], weight.shape[2:])]
    if min(full) <= 2 * padding:
        raise ValueError(f"expected a padding that leaves something of {full}, got {padding}")
    index, _ = taps_of(full, weight.shape[2:], stride)
    flat = x.reshape(*x.shape[:2], -1)
    copies = np.einsum("nkp,kct->nctp", flat, weight.reshape(*weight.shape[:2], -1))
    out = np.zeros((len(x), weight.shape[1], full[0] * full[1]), np.result_type(x, weight, bias))
    np.add.at(out, (slice(None), slice(None), index), copies)
    out = out.reshape(*out.shape[:2], *full)
    out = out[:, :, padding : full[0] - padding, padding : full[1] - padding]
    return out + bias[:, None, None], {"shape": x.shape}
