"""Mistakes in layer_norm_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _means(numbers):
    return numbers.mean(axis=1, keepdims=True)


def _opened(dout, cache):
    """Give g, x_hat and what was divided by."""
    x, mean, std, gamma = cache
    return dout * gamma, (x - mean) / std, std


def _right(dout, cache):
    g, x_hat, std = _opened(dout, cache)
    dx = (g - _means(g) - x_hat * _means(g * x_hat)) / std
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# Where gamma stands ---------------------------------------------------------------------------


# There the author asked whether the gradients of batch normalization could stay as they are.
@misconception(
    "layer_norm_backward",
    section="other_norms-gamma-first",
    cites=["https://github.com/mlpack/mlpack/pull/1389"],
    message="You multiply by gamma at the end, after the means. That is right in batch "
    "normalization, where all numbers that share a mean share one gamma. Here every number of a "
    "sample has its own: multiply dout by gamma first, and take the means of that.",
)
def layer_gamma_after_means(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    _, x_hat, std = _opened(dout, cache)
    gamma = cache[3]
    return gamma * (dout - _means(dout) - x_hat * _means(dout * x_hat)) / std, dgamma, dbeta


# There in a normalization without a mean.
@misconception(
    "layer_norm_backward",
    section="other_norms-gamma-first",
    cites=["https://github.com/karpathy/llm.c/pull/763"],
    message="gamma takes no part in your dx. The normalized numbers were multiplied by gamma, so "
    "dout has to be multiplied by gamma before it goes back through the normalization. With gamma "
    "of ones, as in a fresh network, nobody notices.",
)
def layer_no_gamma_in_dx(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    _, x_hat, std = _opened(dout, cache)
    return (dout - _means(dout) - x_hat * _means(dout * x_hat)) / std, dgamma, dbeta


# Ways that are left out or gone twice ----------------------------------------------------------


# There in batch normalization.
@misconception(
    "layer_norm_backward",
    section="other_norms-dx",
    cites=["https://github.com/facebookresearch/CrypTen/pull/143"],
    message="Your dx treats mean and variance as constants: every number gets the gradient of its "
    "own output only. But they were computed from x, so every number of a sample moves all outputs "
    "of that sample. Add the ways through the mean and through the variance.",
)
def layer_statistics_constant(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, _, std = _opened(dout, cache)
    return g / std, dgamma, dbeta


# There in batch normalization.
@misconception(
    "layer_norm_backward",
    section="other_norms-dx",
    cites=["https://github.com/abhiskk/ladder/issues/2"],
    message="Your dx goes through the mean, but treats the variance as a constant. It was computed "
    "from x as well: every number moves it, and it divides the whole sample.",
)
def layer_variance_constant(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, _, std = _opened(dout, cache)
    return (g - _means(g)) / std, dgamma, dbeta


# There in batch normalization, where one of the two terms of that way was missing.
@misconception(
    "layer_norm_backward",
    section="other_norms-dx",
    cites=["https://github.com/BVLC/caffe/pull/1891"],
    message="Your dx goes through the variance, but treats the mean as a constant. It was computed "
    "from x as well, and subtracted from the whole sample: subtract the mean of g too.",
)
def layer_mean_constant(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, x_hat, std = _opened(dout, cache)
    return (g - x_hat * _means(g * x_hat)) / std, dgamma, dbeta


@misconception(
    "layer_norm_backward",
    section="other_norms-dx",
    cites=["https://github.com/tenstorrent/tt-metal/issues/53204"],
    message="You subtract the mean of g twice. There are three ways, and each is gone once: the "
    "number's own output, the mean, the variance.",
)
def layer_mean_subtracted_twice(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, x_hat, std = _opened(dout, cache)
    return (g - 2 * _means(g) - x_hat * _means(g * x_hat)) / std, dgamma, dbeta


# Which numbers a mean goes over ----------------------------------------------------------------


# There the sizes of the two axes were mixed up, and with them the sums.
@misconception(
    "layer_norm_backward",
    section="other_norms-dx",
    cites=["https://github.com/flagos-ai/FlagGems/issues/5392"],
    message="The two means in your dx go over the samples, as in batch normalization. They go over "
    "the numbers that shared a mean on the way forward: those of one sample, axis 1.",
)
def layer_dx_axis_0(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, x_hat, std = _opened(dout, cache)
    dx = (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / std
    return dx, dgamma, dbeta


@misconception(
    "layer_norm_backward",
    section="other_norms-dx",
    cites=["https://github.com/flagos-ai/FlagGems/pull/59"],
    message="The two means in your dx go over the whole batch: without an axis, NumPy takes all "
    "the numbers there are. Each sample has means of its own: axis=1, with keepdims=True.",
)
def layer_dx_whole_batch(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, x_hat, std = _opened(dout, cache)
    return (g - g.mean() - x_hat * (g * x_hat).mean()) / std, dgamma, dbeta


# There in batch normalization: by which count are the two ways divided?
@misconception(
    "layer_norm_backward",
    section="other_norms-dx",
    cites=["https://github.com/pjreddie/darknet/issues/1634"],
    message="Your dx subtracts sums where means belong: both ways, through the mean and through "
    "the variance, are divided by the count of the numbers in a sample.",
)
def layer_dx_sums_for_means(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, x_hat, std = _opened(dout, cache)
    along = (g * x_hat).sum(axis=1, keepdims=True)
    return (g - g.sum(axis=1, keepdims=True) - x_hat * along) / std, dgamma, dbeta


# dgamma and dbeta -----------------------------------------------------------------------------


@misconception(
    "layer_norm_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/davisking/dlib/pull/3001"],
    message="Your dgamma and dbeta add up along the numbers of a sample, and have the shape (N,). "
    "Mean and variance go that way; gamma and beta belong to the features, and collect from all "
    "samples: axis 0.",
)
def layer_parameters_axis_1(dout, cache):
    dx, _, _ = _right(dout, cache)
    _, x_hat, _ = _opened(dout, cache)
    return dx, (dout * x_hat).sum(axis=1), dout.sum(axis=1)


# There x was centered, and multiplied by the root where it is divided.
@misconception(
    "layer_norm_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="Your dgamma weighs dout with x as it came in. gamma multiplied the normalized "
    "numbers, so those are its factors: x_hat.",
)
def layer_dgamma_from_x(dout, cache):
    dx, _, dbeta = _right(dout, cache)
    return dx, (dout * cache[0]).sum(axis=0), dbeta


# There x was centered, and multiplied by the root where it is divided.
@misconception(
    "layer_norm_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="Your dgamma weighs dout with the distances from the mean, which are not yet divided. "
    "gamma multiplied the normalized numbers, so those are its factors: x_hat.",
)
def layer_dgamma_from_distances(dout, cache):
    dx, _, dbeta = _right(dout, cache)
    return dx, (dout * (cache[0] - cache[1])).sum(axis=0), dbeta


@misconception(
    "layer_norm_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/wjbKimberly/cs231n_spring_2017_assignment/issues/7"],
    message="Your dgamma is a mean over the samples. gamma took part in the output of every "
    "sample, so what comes back from them is summed; if the loss is a mean, dout already holds "
    "the division.",
)
def layer_dgamma_averaged(dout, cache):
    dx, _, dbeta = _right(dout, cache)
    _, x_hat, _ = _opened(dout, cache)
    return dx, (dout * x_hat).mean(axis=0), dbeta


@misconception(
    "layer_norm_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/Oneflow-Inc/oneflow/pull/6149"],
    message="Your dgamma and dbeta have changed places. Return the gradients in the order of the "
    "forward pass's arguments: x, gamma, beta.",
)
def layer_dbeta_before_dgamma(dout, cache):
    dx, dgamma, dbeta = _right(dout, cache)
    return dx, dbeta, dgamma


# Arrays and types -----------------------------------------------------------------------------


# There the forward pass wrote over its input, which the backward pass needs.
@misconception(
    "layer_norm_backward",
    section="other_norms-traps",
    cites=["https://github.com/PaddlePaddle/Paddle/pull/21065"],
    message="You compute in dout's own array, and dout belongs to the caller. Use `g = dout * "
    "gamma`, which makes a new array, instead of *= and -=.",
)
def layer_dout_changed(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    _, x_hat, std = _opened(dout, cache)
    dout *= cache[3]
    along = _means(dout * x_hat)
    dout -= _means(dout)
    dout -= x_hat * along
    dout /= std
    return dout, dgamma, dbeta


@misconception(
    "layer_norm_backward",
    section="other_norms-traps",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your dx is always float64, because np.zeros makes float64 unless told otherwise. A "
    "gradient has the type of what it belongs to: float32 stays float32.",
)
def layer_float64_dx(dout, cache):
    right, dgamma, dbeta = _right(dout, cache)
    dx = np.zeros(dout.shape)
    dx += right
    return dx, dgamma, dbeta
