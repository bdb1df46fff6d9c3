# %% [markdown]
# Loops all the way down, and every index looked at by itself: no border, no slice.

# %%
import math

import numpy as np


def sizes(x, k, s, p):
    if x.ndim != 4:
        raise ValueError("x needs 4 axes, it has %d" % x.ndim)
    if k < 1:
        raise ValueError("kernel_size must be positive, not %d" % k)
    if s < 1:
        raise ValueError("stride must be positive, not %d" % s)
    if p < 0 or p > k // 2:
        raise ValueError("padding must be between 0 and %d, not %d" % (k // 2, p))
    n, c, h, w = x.shape
    if min(h, w) + 2 * p < k:
        raise ValueError("a window of %d does not fit, at most %d" % (k, min(h, w) + 2 * p))
    return n, c, math.floor((h + 2 * p - k) / s) + 1, math.floor((w + 2 * p - k) / s) + 1


# %%
def max_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    s = kernel_size if stride is None else stride
    out = np.zeros(sizes(x, kernel_size, s, padding), dtype=x.dtype)
    winners = {}
    for n, c, i, j in np.ndindex(out.shape):
        best = None
        for a in range(i * s - padding, i * s - padding + kernel_size):
            for b in range(j * s - padding, j * s - padding + kernel_size):
                inside = 0 <= a < x.shape[2] and 0 <= b < x.shape[3]
                if inside and (best is None or x[n, c, a, b] > x[n, c, best[0], best[1]]):
                    best = (a, b)
        out[n, c, i, j] = x[n, c, best[0], best[1]]
        winners[n, c, i, j] = best
    return out, {"winners": winners, "shape": x.shape}


# %%
def max_pool2d_backward(dout, cache):
    dx = np.zeros(cache["shape"], dtype=dout.dtype)
    for place, (a, b) in cache["winners"].items():
        dx[place[0], place[1], a, b] += dout[place]
    return dx


# %%
def avg_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    s = kernel_size if stride is None else stride
    kind = x.dtype if x.dtype.kind == "f" else float
    out = np.zeros(sizes(x, kernel_size, s, padding), dtype=kind)
    for n, c, i, j in np.ndindex(out.shape):
        total = 0.0
        for a in range(i * s - padding, i * s - padding + kernel_size):
            for b in range(j * s - padding, j * s - padding + kernel_size):
                if 0 <= a < x.shape[2] and 0 <= b < x.shape[3]:
                    total += float(x[n, c, a, b])
        out[n, c, i, j] = total / kernel_size / kernel_size
    return out, (x.shape, kernel_size, s, padding)


# %%
def avg_pool2d_backward(dout, cache):
    shape, k, s, p = cache
    dx = np.zeros(shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        for a in range(max(i * s - p, 0), min(i * s - p + k, shape[2])):
            for b in range(max(j * s - p, 0), min(j * s - p + k, shape[3])):
                dx[n, c, a, b] += dout[n, c, i, j] / k**2
    return dx


# %%
def global_avg_pool2d_forward(x):
    if len(x.shape) != 4:
        raise ValueError("x needs 4 axes, it has %d" % x.ndim)
    n, c, h, w = x.shape
    kind = x.dtype if x.dtype.kind == "f" else float
    out = np.zeros((n, c), dtype=kind)
    for a in range(h):
        for b in range(w):
            out += x[:, :, a, b]
    return out / (h * w), (h, w)


# %%
def global_avg_pool2d_backward(dout, cache):
    h, w = cache
    return np.repeat(np.repeat(dout[:, :, None, None], h, axis=2), w, axis=3) / (h * w)
