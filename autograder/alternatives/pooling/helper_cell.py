# %% [markdown]
# A helper cell with NumPy under a name of the learner's own; windows as lists of slices, one map at
# a time, and average pooling as a product with two small matrices.

# %%
import numpy as xp
from itertools import product


def demand(condition, text):
    if not condition:
        raise ValueError(text)


def spans(length, k, s, p):
    """Rows (or columns) of the map that each window covers."""
    count = (length + 2 * p - k) // s + 1
    return [slice(max(i * s - p, 0), min(i * s - p + k, length)) for i in range(count)]


def both(x, k, s, p):
    demand(x.ndim == 4, f"expected (N, C, H, W), got {x.shape}")
    s = k if s is None else s
    demand(k >= 1 and s >= 1, f"expected 1 or more, got kernel_size {k}, stride {s}")
    demand(0 <= p <= k // 2, f"expected padding up to {k // 2}, got {p}")
    least = min(x.shape[2:]) + 2 * p
    demand(k <= least, f"expected kernel_size up to {least}, got {k}")
    return [spans(length, k, s, p) for length in x.shape[2:]]


def averaging(parts, length, k):
    """Give the matrix that averages along one axis."""
    matrix = xp.zeros((len(parts), length))
    for row, part in zip(matrix, parts):
        row[part] = 1 / k
    return matrix


# %%
def max_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    down, across = both(x, kernel_size, stride, padding)
    rows = [xp.stack([x[:, :, r, c].max((2, 3)) for c in across], -1) for r in down]
    return xp.stack(rows, axis=2), [x.copy(), down, across]


# %%
def max_pool2d_backward(dout, cache):
    x, down, across = cache
    dx = xp.zeros_like(x, dtype=dout.dtype)
    for n, c in product(*map(range, x.shape[:2])):
        for (i, r), (j, s) in product(enumerate(down), enumerate(across)):
            window = x[n, c, r, s]
            row, column = divmod(int(window.argmax()), window.shape[1])
            dx[n, c, r.start + row, s.start + column] += dout[n, c, i, j]
    return dx


# %%
def avg_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    down, across = both(x, kernel_size, stride, padding)
    kind = x.dtype if x.dtype.kind == "f" else xp.float64
    left = averaging(down, x.shape[2], kernel_size).astype(kind)
    right = averaging(across, x.shape[3], kernel_size).astype(kind)
    return left @ x @ right.T, (left, right)


# %%
def avg_pool2d_backward(dout, cache):
    left, right = cache
    return left.T.astype(dout.dtype) @ dout @ right.astype(dout.dtype)


# %%
def global_avg_pool2d_forward(x):
    demand(x.ndim == 4, f"expected (N, C, H, W), got {x.shape}")
    return xp.average(x, axis=3).mean(axis=2), x.shape


# %%
def global_avg_pool2d_backward(dout, cache):
    dx = xp.zeros(cache, dtype=dout.dtype)
    dx += (dout / xp.prod(cache[2:])).astype(dout.dtype).reshape(*dout.shape, 1, 1)
    return dx
