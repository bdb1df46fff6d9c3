"""Mistakes in normalize_backward and in batch_norm_backward.

A learner may call normalize_backward in batch_norm_backward, or derive dx there anew; a mistake
that is as likely in both stands here twice, the second time with the prefix `layer_`.
The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _right_dx(dout, cache):
    centered, root = cache
    x_hat = centered / root
    return (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)) / root


def _right_gradients(dout, cache):
    x_hat, gamma, inner = cache
    return _right_dx(dout * gamma, inner), (dout * x_hat).sum(axis=0), dout.sum(axis=0)


# Ways that are left out -----------------------------------------------------------------------

_BOTH_CONSTANT = (
    "Your dx treats mean and variance as constants: every number gets the gradient of its own "
    "output only. But mean and variance were computed from x, so every number of a column moves "
    "all outputs of that column. Add the ways through the variance and through the mean."
)
_BOTH_CONSTANT_CITES = ["https://github.com/facebookresearch/CrypTen/pull/143"]


def _statistics_constant(dout, cache):
    _, root = cache
    return dout / root


@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=_BOTH_CONSTANT_CITES,
    message=_BOTH_CONSTANT,
    same_as="layer_statistics_held_constant",
)
def statistics_held_constant(dout, cache):
    return _statistics_constant(dout, cache)


@misconception(
    "batch_norm_backward",
    section="batch_norm-dx",
    cites=_BOTH_CONSTANT_CITES,
    message=_BOTH_CONSTANT,
)
def layer_statistics_held_constant(dout, cache):
    _, dgamma, dbeta = _right_gradients(dout, cache)
    _, gamma, inner = cache
    return _statistics_constant(dout * gamma, inner), dgamma, dbeta


_VARIANCE_CONSTANT = (
    "Your dx goes through the mean, but treats the variance as a constant. The variance was "
    "computed from x as well: every number moves it, and it divides the whole column."
)
_VARIANCE_CONSTANT_CITES = ["https://github.com/abhiskk/ladder/issues/2"]


def _variance_constant(dout, cache):
    _, root = cache
    return (dout - dout.mean(axis=0)) / root


@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=_VARIANCE_CONSTANT_CITES,
    message=_VARIANCE_CONSTANT,
    same_as="layer_variance_held_constant",
)
def variance_held_constant(dout, cache):
    return _variance_constant(dout, cache)


@misconception(
    "batch_norm_backward",
    section="batch_norm-dx",
    cites=_VARIANCE_CONSTANT_CITES,
    message=_VARIANCE_CONSTANT,
)
def layer_variance_held_constant(dout, cache):
    _, dgamma, dbeta = _right_gradients(dout, cache)
    _, gamma, inner = cache
    return _variance_constant(dout * gamma, inner), dgamma, dbeta


_MEAN_CONSTANT = (
    "Your dx goes through the variance, but treats the mean as a constant. The mean was computed "
    "from x as well, and it was subtracted from the whole column: what comes back to the distances "
    "goes through the mean to every number, so subtract its mean over the batch."
)
# There one of the two terms of that way was missing.
_MEAN_CONSTANT_CITES = ["https://github.com/BVLC/caffe/pull/1891"]


def _mean_constant(dout, cache):
    centered, root = cache
    x_hat = centered / root
    return (dout - x_hat * (dout * x_hat).mean(axis=0)) / root


@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=_MEAN_CONSTANT_CITES,
    message=_MEAN_CONSTANT,
    same_as="layer_mean_held_constant",
)
def mean_held_constant(dout, cache):
    return _mean_constant(dout, cache)


@misconception(
    "batch_norm_backward",
    section="batch_norm-dx",
    cites=_MEAN_CONSTANT_CITES,
    message=_MEAN_CONSTANT,
)
def layer_mean_held_constant(dout, cache):
    _, dgamma, dbeta = _right_gradients(dout, cache)
    _, gamma, inner = cache
    return _mean_constant(dout * gamma, inner), dgamma, dbeta


# Slips on the way -----------------------------------------------------------------------------


@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=["https://github.com/RubixML/ML/pull/423"],
    message="You divide by the number of columns where the number of samples belongs. Mean and "
    "variance go over the N samples, dout.shape[0], and so do the means on the way back.",
)
def divided_by_number_of_columns(dout, cache):
    centered, root = cache
    D = dout.shape[1]
    dvar = np.sum(dout * centered * -0.5 / root**3, axis=0)
    dcentered = dout / root + dvar * 2 * centered / D
    return dcentered - dcentered.sum(axis=0) / D


# There the two ways were summed over a batch of another size.
@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=["https://github.com/pjreddie/darknet/issues/1634"],
    message="The way through the variance lacks its N: each number moves the variance by 2 c / N, "
    "as the variance is a mean, and not by 2 c.",
)
def variance_way_not_divided(dout, cache):
    centered, root = cache
    dvar = np.sum(dout * centered * -0.5 / root**3, axis=0)
    dcentered = dout / root + dvar * 2 * centered
    return dcentered - dcentered.mean(axis=0)


@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=["https://github.com/pjreddie/darknet/issues/1634"],
    message="The way through the mean lacks its N: each number moves the mean by its N-th part, so "
    "it is the mean of what comes back to the distances that is subtracted, not their sum.",
)
def mean_way_not_divided(dout, cache):
    centered, root = cache
    dvar = np.sum(dout * centered * -0.5 / root**3, axis=0)
    dcentered = dout / root + dvar * 2 * centered / len(dout)
    return dcentered - dcentered.sum(axis=0)


@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=["https://github.com/flagos-ai/FlagGems/issues/5222"],
    message="You take the root once too often: the forward pass kept the root of variance plus "
    "eps, and you take the root of that again. Call what you keep by what it is, var or std.",
)
def root_taken_twice(dout, cache):
    centered, root = cache
    return _right_dx(dout, (centered, np.sqrt(root)))


# There in fully connected layers, and for the parameters' gradients.
@misconception(
    "normalize_backward",
    section="batch_norm-dx",
    cites=["https://github.com/Kulbear/deep-learning-coursera/issues/8"],
    message="Your dx is divided by the number of samples. If the loss is a mean over the batch, "
    "its gradient, dout, holds that division already.",
)
def dx_averaged(dout, cache):
    return _right_dx(dout, cache) / len(dout)


@misconception(
    "normalize_backward",
    section="batch_norm-traps",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your dx is always float64, because np.zeros makes float64 unless told otherwise. A "
    "gradient has the type of what it belongs to: float32 stays float32.",
    same_as="layer_float64_dx",
)
def float64_dx(dout, cache):
    dx = np.zeros(dout.shape)
    dx += _right_dx(dout, cache)
    return dx


# There the forward pass wrote over its input, which the backward pass needs.
@misconception(
    "normalize_backward",
    section="batch_norm-traps",
    cites=["https://github.com/PaddlePaddle/Paddle/pull/21065"],
    message="You compute in dout's own array, and dout belongs to the caller. Use `dout = dout - "
    "...`, which makes a new array, instead of -= and /=.",
)
def dout_changed(dout, cache):
    centered, root = cache
    x_hat = centered / root
    along = (dout * x_hat).mean(axis=0)
    dout -= dout.mean(axis=0)
    dout -= x_hat * along
    dout /= root
    return dout


# gamma and beta -------------------------------------------------------------------------------


@misconception(
    "batch_norm_backward",
    section="batch_norm-dx-scaled",
    cites=["https://github.com/denizyuret/Knet.jl/issues/288"],
    message="gamma takes no part in your dx. x_hat was multiplied by gamma, so dout has to be "
    "multiplied by gamma before it goes back through the normalization. With gamma = 1, as in a "
    "fresh network, nobody notices.",
)
def no_gamma_in_dx(dout, cache):
    _, dgamma, dbeta = _right_gradients(dout, cache)
    return _right_dx(dout, cache[2]), dgamma, dbeta


# There x was centered, and multiplied by the root where it is divided.
@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="Your dgamma weighs dout with the distances from the mean, which are not yet divided. "
    "gamma multiplied the normalized numbers, so those are its factors: x_hat.",
)
def dgamma_from_distances(dout, cache):
    dx, _, dbeta = _right_gradients(dout, cache)
    centered, _ = cache[2]
    return dx, (dout * centered).sum(axis=0), dbeta


@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="Your dgamma multiplies by the root where it should divide. gamma multiplied the "
    "normalized numbers, (x - mean) / sqrt(var + eps), so those are its factors.",
)
def dgamma_multiplied_by_root(dout, cache):
    dx, _, dbeta = _right_gradients(dout, cache)
    centered, root = cache[2]
    return dx, (dout * centered * root).sum(axis=0), dbeta


@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=["https://github.com/wjbKimberly/cs231n_spring_2017_assignment/issues/7"],
    message="Your dgamma is a mean over the samples. gamma took part in the output of every "
    "sample, so what comes back from them is summed; if the loss is a mean, dout already holds "
    "the division.",
)
def dgamma_averaged(dout, cache):
    dx, _, dbeta = _right_gradients(dout, cache)
    return dx, (dout * cache[0]).mean(axis=0), dbeta


# There together with dgamma.
@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=["https://github.com/cthorey/CS231/issues/9"],
    message="Your dbeta is a mean over the samples. beta was added to the output of every sample, "
    "so what comes back from them is summed; if the loss is a mean, dout already holds the "
    "division.",
)
def dbeta_averaged(dout, cache):
    dx, dgamma, _ = _right_gradients(dout, cache)
    return dx, dgamma, dout.mean(axis=0)


@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=["https://github.com/cthorey/CS231/issues/9"],
    message="Your dgamma and your dbeta are divided by the number of samples. Both are sums; if "
    "the loss is a mean over the batch, its gradient, dout, holds that division already.",
)
def parameter_gradients_averaged(dout, cache):
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    return dx, dgamma / len(dout), dbeta / len(dout)


@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=[
        "https://red.byte.kiwi/r/cs231n/comments/hx87z3/"
        "batchnorm_w12_gradient_error_1e0_but_e8_when"
    ],
    message="Your dgamma and dbeta have the shape (1, D), because of keepdims=True. A gradient has "
    "the shape of what it belongs to: (D,).",
)
def keepdims_left_in(dout, cache):
    dx, _, _ = _right_gradients(dout, cache)
    return dx, (dout * cache[0]).sum(axis=0, keepdims=True), dout.sum(axis=0, keepdims=True)


# A neighbor: the parameters of a layer loaded in another order.
@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=["https://github.com/Vladkryvoruchko/PSPNet-Keras-tensorflow/issues/23"],
    message="Your dgamma and dbeta have changed places. Return the gradients in the order of the "
    "forward pass's arguments: x, gamma, beta.",
)
def dbeta_before_dgamma(dout, cache):
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    return dx, dbeta, dgamma


# A neighbor: one sum over the wrong axis of the error.
@misconception(
    "batch_norm_backward",
    section="batch_norm-dgamma-dbeta",
    cites=["https://github.com/snuspl/cruise/issues/800"],
    message="Your dbeta is one single number: the columns are summed too. Every column has a shift "
    "of its own, so dbeta has the shape (D,).",
)
def dbeta_scalar(dout, cache):
    dx, dgamma, _ = _right_gradients(dout, cache)
    return dx, dgamma, np.sum(dout)


@misconception(
    "batch_norm_backward",
    section="batch_norm-traps",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your dx is always float64, because np.zeros makes float64 unless told otherwise. A "
    "gradient has the type of what it belongs to: float32 stays float32.",
)
def layer_float64_dx(dout, cache):
    right, dgamma, dbeta = _right_gradients(dout, cache)
    dx = np.zeros(dout.shape)
    dx += right
    return dx, dgamma, dbeta
