# %% [markdown]
# Loops all the way down, one multiplication at a time; the numbers are put back after each step.

# %%
import numpy as np


# %%
def linear_forward(x, weight, bias):
    if len(x.shape) != 2 or len(weight.shape) != 2:
        raise ValueError("need two axes each, got %s and %s" % (x.shape, weight.shape))
    if x.shape[1] != weight.shape[0]:
        raise ValueError("x has %d columns, weight %d rows" % (x.shape[1], weight.shape[0]))
    if bias.shape != (weight.shape[1],):
        raise ValueError("bias is %s, weight has %d columns" % (bias.shape, weight.shape[1]))
    out = np.zeros((len(x), len(bias)), dtype=np.result_type(x, weight, bias))
    for n in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[n, j] = bias[j]
            for i in range(len(weight)):
                out[n, j] += x[n, i] * weight[i, j]
    return out, (x, weight)


# %%
def linear_backward(dout, cache):
    x, weight = cache
    dx, dweight = np.zeros(x.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    dbias = np.zeros(weight.shape[1], dout.dtype)
    for n in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            dbias[j] += dout[n, j]
            for i in range(x.shape[1]):
                dx[n, i] += dout[n, j] * weight[i, j]
                dweight[i, j] += dout[n, j] * x[n, i]
    return dx, dweight, dbias


# %%
def relu_forward(x):
    out = x.copy()
    for place in np.ndindex(x.shape):
        if x[place] < 0:
            out[place] = 0
    return out, x.copy()


# %%
def relu_backward(dout, cache):
    dx = np.zeros_like(dout)
    for place in np.ndindex(cache.shape):
        if cache[place] > 0:
            dx[place] = dout[place]
    return dx


# %%
def numerical_gradient(f, x, dout, *, h=1e-5):
    if h <= 0:
        raise ValueError("h has to be positive, it is %g" % h)
    moved = x.astype(float)
    out = f(moved)
    if out.shape != dout.shape:
        raise ValueError("f(x) has the shape %s, dout %s" % (out.shape, dout.shape))
    gradient = np.zeros(x.shape)
    places = np.nditer(gradient, flags=["multi_index"])
    for _ in places:
        place = places.multi_index
        kept = moved[place]
        moved[place] = kept + h
        above = f(moved).copy()
        moved[place] = kept - h
        below = f(moved).copy()
        moved[place] = kept
        gradient[place] = np.sum((above - below) * dout) / (2 * h)
    return gradient


# %%
def relative_error(a, b):
    if a.shape != b.shape:
        raise ValueError("shapes differ: %s and %s" % (a.shape, b.shape))
    difference = size = 0.0
    for one, other in zip(a.flat, b.flat):
        difference = max(difference, abs(one - other))
        size = max(size, abs(other))
    if difference == 0:
        return 0.0
    return difference / size if size else float("inf")
