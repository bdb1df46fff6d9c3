# %% [markdown]
# Helpers in a cell that the learner added, NumPy under another name, an object as the cache.

# %%
import numpy as xp
from dataclasses import dataclass

AXES = (0, 2, 3)


@dataclass
class Kept:
    """The distances, their root, the scale, and whether the statistics depend on x."""

    centered: object
    root: object
    scale: object
    live: bool


def wide(vector):
    """Put a number for each channel where the channels are."""
    return vector[xp.newaxis, :, xp.newaxis, xp.newaxis]


def demand(condition, expected, got):
    if not condition:
        raise ValueError(f"expected {expected}, got {got}")


# %%
def batch_norm2d_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    demand(x.ndim == 4 and x.size > 0, "x (N, C, H, W)", x.shape)
    vectors = (gamma, beta, running_mean, running_var)
    demand(
        all(each.shape == x.shape[1:2] for each in vectors),
        x.shape[1:2],
        [each.shape for each in vectors],
    )
    demand(not training or x.size > x.shape[1], "more than one number a channel", x.shape)
    if training:
        mean = xp.mean(x, axis=AXES)
        centered = x - wide(mean)
        var = xp.mean(xp.square(centered), axis=AXES)
        running_mean = running_mean * (1 - momentum) + mean * momentum
        running_var = running_var * (1 - momentum) + var * momentum
        root = wide(xp.sqrt(var + eps))
    else:
        centered = x - wide(running_mean)
        root = wide(xp.sqrt(running_var + eps))
    out = xp.multiply(wide(gamma), centered / root) + wide(beta)
    return out, Kept(centered, root, wide(gamma), bool(training)), running_mean, running_var


# %%
def batch_norm2d_backward(dout, cache):
    hat = cache.centered / cache.root
    dgamma, dbeta = xp.add.reduce(dout * hat, axis=AXES), xp.add.reduce(dout, axis=AXES)
    dhat = dout * cache.scale
    if not cache.live:
        return dhat / cache.root, dgamma, dbeta
    # The steps of the paper, one by one.
    M = dout.size // dout.shape[1]
    dvar = wide(xp.add.reduce(dhat * cache.centered, axis=AXES)) * -0.5 / cache.root**3
    dmean = -wide(xp.add.reduce(dhat, axis=AXES)) / cache.root
    dx = dhat / cache.root + 2 * dvar * cache.centered / M + dmean / M
    return dx, dgamma, dbeta
