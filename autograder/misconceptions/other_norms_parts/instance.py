"""Mistakes in instance_norm2d_forward and instance_norm2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, gamma, beta):
    if x.ndim != 4 or x[0].size == 0:
        raise ValueError(f"expected x (N, C, H, W), got {x.shape}")
    C = x.shape[1]
    if gamma.shape != (C,) or beta.shape != (C,):
        raise ValueError(f"expected gamma and beta ({C},), got {gamma.shape} and {beta.shape}")


def _over(axes, x, gamma, beta, eps):
    _refuse_misfits(x, gamma, beta)
    mean = x.mean(axis=axes, keepdims=True)
    std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    scale, shift = gamma[:, np.newaxis, np.newaxis], beta[:, np.newaxis, np.newaxis]
    return scale * (x - mean) / std + shift, (x, mean, std, scale)


# The wrong numbers in a mean ------------------------------------------------------------------


@misconception(
    "instance_norm2d_forward",
    section="other_norms-instance",
    cites=[
        "https://github.com/sonos/tract/pull/2863",
        "https://github.com/mlpack/mlpack/pull/2900",
    ],
    message="Your means go over the samples too: that is batch normalization. In instance "
    "normalization every sample's map has its own: over rows and columns only, axes 2 and 3.",
)
def instance_over_batch(x, gamma, beta, *, eps=1e-5):
    return _over((0, 2, 3), x, gamma, beta, eps)


@misconception(
    "instance_norm2d_forward",
    section="other_norms-instance",
    cites=["https://github.com/keras-team/keras-contrib/issues/545"],
    message="Your means go over the channels too: that is layer normalization of a whole sample. "
    "In instance normalization every channel has its own: over rows and columns, axes 2 and 3.",
)
def instance_over_channels(x, gamma, beta, *, eps=1e-5):
    return _over((1, 2, 3), x, gamma, beta, eps)


# There in layer normalization.
@misconception(
    "instance_norm2d_forward",
    section="other_norms-instance",
    cites=["https://github.com/keras-team/tf-keras/issues/173"],
    message="You normalize every place by itself, over its channels. In instance normalization "
    "every map is normalized by itself, over its places: axes 2 and 3, rows and columns.",
)
def instance_over_channels_of_a_place(x, gamma, beta, *, eps=1e-5):
    return _over(1, x, gamma, beta, eps)


# There in group normalization, on the way back.
@misconception(
    "instance_norm2d_forward",
    section="other_norms-instance",
    cites=["https://github.com/linkedin/Liger-Kernel/pull/1376"],
    message="Your means go over the last axis only, so that every row of a map has its own. All "
    "rows of a map belong together: name both axes, 2 and 3.",
)
def instance_over_a_row(x, gamma, beta, *, eps=1e-5):
    return _over(3, x, gamma, beta, eps)


# Parameters and arrays ------------------------------------------------------------------------


# There the statistics were laid along the last axis.
@misconception(
    "instance_norm2d_forward",
    section="other_norms-parameters",
    cites=["https://github.com/tensorlayer/TensorLayer/pull/963"],
    message="You multiply by gamma as it is, and NumPy lays an array of shape (C,) along the last "
    "axis, the columns. With two new axes behind it, (C, 1, 1), it lies along the channels.",
)
def instance_gamma_along_columns(x, gamma, beta, *, eps=1e-5):
    _, cache = _over((2, 3), x, gamma, beta, eps)
    x, mean, std, _ = cache
    return gamma * (x - mean) / std + beta, cache


# There in a normalization without a mean.
@misconception(
    "instance_norm2d_forward",
    section="other_norms-traps",
    cites=["https://github.com/GeeeekExplorer/nano-vllm/issues/170"],
    message="You compute in x's own array, and x belongs to the caller, who may still need it. "
    "Use `x = x - mean`, which makes a new array, instead of -=.",
)
def instance_in_place(x, gamma, beta, *, eps=1e-5):
    out, (_, mean, std, scale) = _over((2, 3), x, gamma, beta, eps)
    kept = x.copy()
    x -= mean
    x /= std
    return out, (kept, mean, std, scale)


# The way back ---------------------------------------------------------------------------------


def _opened(dout, cache):
    x, mean, std, scale = cache
    return dout * scale, (x - mean) / std, std


def _through(axes, g, x_hat, std):
    means = g.mean(axis=axes, keepdims=True)
    return (g - means - x_hat * (g * x_hat).mean(axis=axes, keepdims=True)) / std


def _right(dout, cache):
    g, x_hat, std = _opened(dout, cache)
    dx = _through((2, 3), g, x_hat, std)
    return dx, (dout * x_hat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))


# There one scale for every sample, in layer normalization.
@misconception(
    "instance_norm2d_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/davisking/dlib/issues/2486"],
    message="Your dgamma and dbeta keep the samples apart, and have the shape (N, C). One gamma "
    "serves its channel in all samples, so they add up as well: axes 0, 2 and 3.",
)
def instance_parameters_per_sample(dout, cache):
    dx, _, _ = _right(dout, cache)
    _, x_hat, _ = _opened(dout, cache)
    return dx, (dout * x_hat).sum(axis=(2, 3)), dout.sum(axis=(2, 3))


# There in batch normalization.
@misconception(
    "instance_norm2d_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/cthorey/CS231/issues/9"],
    message="Your dgamma and dbeta are divided by the number of samples. Both are sums; if the "
    "loss is a mean over the batch, its gradient, dout, holds that division already.",
)
def instance_parameters_averaged(dout, cache):
    dx, dgamma, dbeta = _right(dout, cache)
    return dx, dgamma / len(dout), dbeta / len(dout)


# There x was centered, and multiplied by the root where it is divided.
@misconception(
    "instance_norm2d_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="Your dgamma weighs dout with x as it came in. gamma multiplied the normalized "
    "numbers, so those are its factors: x_hat.",
)
def instance_dgamma_from_x(dout, cache):
    dx, _, dbeta = _right(dout, cache)
    return dx, (dout * cache[0]).sum(axis=(0, 2, 3)), dbeta


# There on the way forward.
@misconception(
    "instance_norm2d_backward",
    section="other_norms-dx",
    cites=["https://github.com/sonos/tract/pull/2863"],
    message="The two means in your dx go over the samples too, as in batch normalization. They go "
    "over what shared a mean on the way forward: the rows and columns of one map, axes 2 and 3.",
)
def instance_dx_over_batch(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    return _through((0, 2, 3), *_opened(dout, cache)), dgamma, dbeta


# There in batch normalization.
@misconception(
    "instance_norm2d_backward",
    section="other_norms-dx",
    cites=["https://github.com/facebookresearch/CrypTen/pull/143"],
    message="Your dx treats mean and variance as constants: every number gets the gradient of its "
    "own output only. But they were computed from x, so every number of a map moves all outputs of "
    "that map. Add the ways through the mean and through the variance.",
)
def instance_statistics_constant(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, _, std = _opened(dout, cache)
    return g / std, dgamma, dbeta


# There in a normalization without a mean.
@misconception(
    "instance_norm2d_backward",
    section="other_norms-gamma-first",
    cites=["https://github.com/karpathy/llm.c/pull/763"],
    message="gamma takes no part in your dx. The normalized numbers were multiplied by gamma, so "
    "dout has to be multiplied by gamma before it goes back through the normalization.",
)
def instance_no_gamma_in_dx(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    _, x_hat, std = _opened(dout, cache)
    return _through((2, 3), dout, x_hat, std), dgamma, dbeta
