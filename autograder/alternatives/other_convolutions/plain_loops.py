# %% [markdown]
# Loops over single numbers, as one would write them from the formulas.

# %%
import numpy as np
from itertools import product


def fits(condition, text):
    if not condition:
        raise ValueError(text)


def steps_and_border(stride, padding):
    fits(stride > 0, f"expected a stride of 1 or more, got {stride}")
    fits(padding >= 0, f"expected a padding of 0 or more, got {padding}")


def arrays(x, weight, bias, axes, filters_axis=0, channels_axis=1):
    fits(x.ndim == axes, f"expected x with {axes} axes, got {x.shape}")
    fits(weight.ndim == axes, f"expected weight with {axes} axes, got {weight.shape}")
    channels = weight.shape[channels_axis]
    fits(x.shape[1] == channels, f"expected {channels} channels, got {x.shape[1]}")
    count = weight.shape[filters_axis]
    fits(bias.shape == (count,), f"expected {count} biases, got {bias.shape}")


def room(reach, size):
    fits(reach <= size, f"expected at most {size}, got {reach}")


# %%
def conv1x1_forward(x, weight, bias):
    fits(x.ndim == 4 and weight.ndim == 2, f"expected 4 and 2 axes, got {x.shape}, {weight.shape}")
    fits(x.shape[1] == weight.shape[1], f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    fits(bias.shape == (len(weight),), f"expected {len(weight)} biases, got {bias.shape}")
    N, C_in, H, W = x.shape
    out = np.zeros((N, len(weight), H, W), np.result_type(x, weight, bias))
    for n, c, i, j in np.ndindex(*out.shape):
        for k in range(C_in):
            out[n, c, i, j] += weight[c, k] * x[n, k, i, j]
        out[n, c, i, j] += bias[c]
    return out, (x, weight)


# %%
def conv1x1_backward(dout, cache):
    x, weight = cache
    dx = np.zeros(x.shape, dout.dtype)
    dweight, dbias = np.zeros(weight.shape, dout.dtype), np.zeros(len(weight), dout.dtype)
    for n, c, i, j in np.ndindex(*dout.shape):
        dbias[c] += dout[n, c, i, j]
        for k in range(x.shape[1]):
            dweight[c, k] += dout[n, c, i, j] * x[n, k, i, j]
            dx[n, k, i, j] += dout[n, c, i, j] * weight[c, k]
    return dx, dweight, dbias


# %%
def conv1d_forward(x, weight, bias, *, stride=1, padding=0):
    arrays(x, weight, bias, 3)
    steps_and_border(stride, padding)
    N, C_in, W = x.shape
    C_out, _, K = weight.shape
    room(K, W + 2 * padding)
    count = (W + 2 * padding - K) // stride + 1
    out = np.zeros((N, C_out, count), np.result_type(x, weight, bias))
    for n, c, i in np.ndindex(*out.shape):
        for k, u in product(range(C_in), range(K)):
            at = i * stride + u - padding
            if 0 <= at < W:
                out[n, c, i] += weight[c, k, u] * x[n, k, at]
        out[n, c, i] += bias[c]
    return out, {"x": x, "weight": weight, "stride": stride, "padding": padding}


# %%
def conv1d_backward(dout, cache):
    x, weight = cache["x"], cache["weight"]
    dx, dweight = np.zeros(x.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    dbias = np.zeros(len(weight), dout.dtype)
    for n, c, i in np.ndindex(*dout.shape):
        dbias[c] += dout[n, c, i]
        for k, u in np.ndindex(*weight.shape[1:]):
            at = i * cache["stride"] + u - cache["padding"]
            if 0 <= at < x.shape[2]:
                dweight[c, k, u] += dout[n, c, i] * x[n, k, at]
                dx[n, k, at] += dout[n, c, i] * weight[c, k, u]
    return dx, dweight, dbias


# %%
def conv3d_forward(x, weight, bias, *, stride=1, padding=0):
    arrays(x, weight, bias, 5)
    steps_and_border(stride, padding)
    sizes = [size + 2 * padding for size in x.shape[2:]]
    for k, size in zip(weight.shape[2:], sizes):
        room(k, size)
    counts = [(size - k) // stride + 1 for size, k in zip(sizes, weight.shape[2:])]
    padded = np.pad(x, [(0, 0)] * 2 + [(padding, padding)] * 3)
    out = np.zeros((len(x), len(weight), *counts), np.result_type(x, weight, bias))
    for n, c, d, i, j in np.ndindex(*out.shape):
        for k, t, u, v in np.ndindex(*weight.shape[1:]):
            seen = padded[n, k, d * stride + t, i * stride + u, j * stride + v]
            out[n, c, d, i, j] += weight[c, k, t, u, v] * seen
        out[n, c, d, i, j] += bias[c]
    return out, (padded, weight, stride, padding)


# %%
def conv3d_backward(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight = np.zeros(padded.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    dbias = np.zeros(len(weight), dout.dtype)
    for n, c, d, i, j in np.ndindex(*dout.shape):
        grad = dout[n, c, d, i, j]
        dbias[c] += grad
        for k, t, u, v in np.ndindex(*weight.shape[1:]):
            at = n, k, d * stride + t, i * stride + u, j * stride + v
            dweight[c, k, t, u, v] += grad * padded[at]
            dpadded[at] += grad * weight[c, k, t, u, v]
    D, H, W = (size - 2 * padding for size in padded.shape[2:])
    p = padding
    return dpadded[:, :, p : p + D, p : p + H, p : p + W], dweight, dbias


# %%
def dilated_conv2d_forward(x, weight, bias, *, stride=1, padding=0, dilation=1):
    arrays(x, weight, bias, 4)
    steps_and_border(stride, padding)
    fits(dilation > 0, f"expected a dilation of 1 or more, got {dilation}")
    sizes = [size + 2 * padding for size in x.shape[2:]]
    reaches = [(k - 1) * dilation + 1 for k in weight.shape[2:]]
    for reach, size in zip(reaches, sizes):
        fits(reach <= size, f"expected to fit into {size} at dilation {dilation}, got {reach}")
    counts = [(size - reach) // stride + 1 for size, reach in zip(sizes, reaches)]
    out = np.zeros((len(x), len(weight), *counts), np.result_type(x, weight, bias))
    for n, c, i, j in np.ndindex(*out.shape):
        for k, u, v in np.ndindex(*weight.shape[1:]):
            row = i * stride + u * dilation - padding
            column = j * stride + v * dilation - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                out[n, c, i, j] += weight[c, k, u, v] * x[n, k, row, column]
        out[n, c, i, j] += bias[c]
    return out, (x, weight, stride, padding, dilation)


# %%
def dilated_conv2d_backward(dout, cache):
    x, weight, stride, padding, dilation = cache
    dx, dweight = np.zeros(x.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    dbias = np.zeros(len(weight), dout.dtype)
    for n, c, i, j in np.ndindex(*dout.shape):
        dbias[c] += dout[n, c, i, j]
        for k, u, v in np.ndindex(*weight.shape[1:]):
            row = i * stride + u * dilation - padding
            column = j * stride + v * dilation - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                dweight[c, k, u, v] += dout[n, c, i, j] * x[n, k, row, column]
                dx[n, k, row, column] += dout[n, c, i, j] * weight[c, k, u, v]
    return dx, dweight, dbias


# %%
def depthwise_conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    fits(x.ndim == 4 and weight.ndim == 4, f"expected 4 axes, got {x.shape}, {weight.shape}")
    C = x.shape[1]
    fits(weight.shape[:2] == (C, 1), f"expected weight ({C}, 1, ...), got {weight.shape}")
    fits(bias.shape == (C,), f"expected {C} biases, got {bias.shape}")
    steps_and_border(stride, padding)
    sizes = [size + 2 * padding for size in x.shape[2:]]
    for k, size in zip(weight.shape[2:], sizes):
        room(k, size)
    counts = [(size - k) // stride + 1 for size, k in zip(sizes, weight.shape[2:])]
    out = np.zeros((len(x), C, *counts), np.result_type(x, weight, bias))
    for n, c, i, j in np.ndindex(*out.shape):
        for u, v in np.ndindex(*weight.shape[2:]):
            row, column = i * stride + u - padding, j * stride + v - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                out[n, c, i, j] += weight[c, 0, u, v] * x[n, c, row, column]
        out[n, c, i, j] += bias[c]
    return out, (x, weight, stride, padding)


# %%
def depthwise_conv2d_backward(dout, cache):
    x, weight, stride, padding = cache
    dx, dweight = np.zeros(x.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    dbias = np.zeros(len(weight), dout.dtype)
    for n, c, i, j in np.ndindex(*dout.shape):
        dbias[c] += dout[n, c, i, j]
        for u, v in np.ndindex(*weight.shape[2:]):
            row, column = i * stride + u - padding, j * stride + v - padding
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                dweight[c, 0, u, v] += dout[n, c, i, j] * x[n, c, row, column]
                dx[n, c, row, column] += dout[n, c, i, j] * weight[c, 0, u, v]
    return dx, dweight, dbias


# %%
def conv_transpose2d_forward(x, weight, bias, *, stride=1, padding=0):
    arrays(x, weight, bias, 4, filters_axis=1, channels_axis=0)
    steps_and_border(stride, padding)
    sizes = [
        (size - 1) * stride + k - 2 * padding for size, k in zip(x.shape[2:], weight.shape[2:])
    ]
    fits(min(sizes) > 0, f"expected something left with padding {padding}, got {sizes}")
    out = np.zeros((len(x), weight.shape[1], *sizes), np.result_type(x, weight, bias))
    for n, k, i, j in np.ndindex(*x.shape):
        for c, u, v in np.ndindex(*weight.shape[1:]):
            row, column = i * stride + u - padding, j * stride + v - padding
            if 0 <= row < sizes[0] and 0 <= column < sizes[1]:
                out[n, c, row, column] += x[n, k, i, j] * weight[k, c, u, v]
    for c in range(len(bias)):
        out[:, c] += bias[c]
    return out, None
