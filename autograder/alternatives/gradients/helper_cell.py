# %% [markdown]
# Helpers in a cell that the learner added, NumPy under another name, an object as the cache.

# %%
import numpy
import numpy as xp
from itertools import product


class Kept:
    """What the backward pass needs."""

    def __init__(self, **arrays):
        self.arrays = arrays

    def __getitem__(self, name):
        return self.arrays[name]


def demand(condition, text):
    if not condition:
        raise ValueError(text)


def same_shape(left, right):
    demand(left.shape == right.shape, f"expected equal shapes, got {left.shape}, {right.shape}")


# %%
def linear_forward(x, weight, bias):
    demand(x.ndim == 2, f"x: expected 2 axes, got {x.ndim}")
    demand(weight.ndim == 2, f"weight: expected 2 axes, got {weight.ndim}")
    (N, D_in), (rows, D_out) = x.shape, weight.shape
    demand(D_in == rows, f"expected {rows} numbers in each vector, got {D_in}")
    demand(bias.shape == (D_out,), f"expected {D_out} biases, got {bias.shape}")
    out = xp.stack([weight.T.dot(vector) + bias for vector in x])
    return out, Kept(x=x, weight=weight)


# %%
def linear_backward(dout, cache):
    x, weight = cache["x"], cache["weight"]
    dx = xp.stack([weight.dot(row) for row in dout])
    dweight = sum(xp.outer(vector, row) for vector, row in zip(x, dout))
    return dx, dweight, sum(dout)


# %%
def relu_forward(x):
    return (x + xp.abs(x)) / x.dtype.type(2), Kept(x=x)


# %%
def relu_backward(dout, cache):
    dx = dout.copy()
    dx[cache["x"] <= 0] = 0
    return dx


# %%
def numerical_gradient(f, x, dout, *, h=1e-5):
    demand(h > 0, f"expected a positive step, got {h}")
    same_shape(f(x.astype(float)), dout)
    gradient = numpy.zeros(x.shape)
    for place in product(*map(range, x.shape)):
        losses = []
        for direction in (1, -1):
            moved = x.astype(float)
            moved[place] += direction * h
            losses.append(numpy.sum(f(moved) * dout))
        gradient[place] = (losses[0] - losses[1]) / (2 * h)
    return gradient


# %%
def relative_error(a, b):
    same_shape(a, b)
    difference, size = numpy.abs(a - b).max(), numpy.abs(b).max()
    return difference / size if size else (xp.inf if difference else 0.0)
