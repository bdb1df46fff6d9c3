# %% [markdown]
# Helpers in a cell that the learner added, NumPy under another name, an object as the cache.

# %%
import numpy as xp
from dataclasses import dataclass


@dataclass
class Kept:
    """What a column was divided by, its normalized numbers, and its scale."""

    normal: object
    root: object
    scale: object = None


def demand(condition, expected, got):
    if not condition:
        raise ValueError(f"expected {expected}, got {got}")


def mean_of(columns):
    return xp.add.reduce(columns, axis=0) / columns.shape[0]


# %%
def normalize_forward(x, *, eps=1e-5):
    demand(x.ndim == 2 and x.shape[0] > 0, "x (N, D) with N >= 1", x.shape)
    # The standard deviation and eps as the two sides of a right angle.
    root = xp.hypot(x.std(axis=0), eps**0.5)
    normal = (x - mean_of(x)) / root
    return normal, Kept(normal, root)


# %%
def batch_norm_forward(x, gamma, beta, *, eps=1e-5):
    normal, kept = normalize_forward(x, eps=eps)
    demand(gamma.shape == normal[0].shape, normal[0].shape, gamma.shape)
    demand(beta.shape == normal[0].shape, normal[0].shape, beta.shape)
    return xp.add(xp.multiply(normal, gamma), beta), Kept(kept.normal, kept.root, gamma)


# %%
def identity_parameters(x, *, eps=1e-5):
    _, kept = normalize_forward(x, eps=eps)
    return kept.root, mean_of(x)


# %%
def normalize_backward(dout, cache):
    along = mean_of(dout * cache.normal)
    return (dout - mean_of(dout) - along * cache.normal) / cache.root


# %%
def batch_norm_backward(dout, cache):
    dgamma = xp.add.reduce(dout * cache.normal, axis=0)
    return normalize_backward(cache.scale * dout, cache), dgamma, xp.add.reduce(dout, axis=0)
