"""Mistakes in the statistics: in normalize_forward, or in a batch_norm_forward of one piece.

A learner may call normalize_forward in batch_norm_forward, or compute the statistics there anew;
a mistake that is as likely in both stands here twice, the second time with the prefix `layer_`.
The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x):
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(f"expected x (N, D) with at least one sample, got {x.shape}")


def _refuse_other_parameters(x, gamma, beta):
    _refuse_misfits(x)
    if gamma.shape != (x.shape[1],) or beta.shape != (x.shape[1],):
        raise ValueError(f"expected ({x.shape[1]},) twice, got {gamma.shape} and {beta.shape}")


def _divided(centered, divisor):
    """Give x_hat and a cache, with one divisor for each column."""
    return centered / divisor, (centered, np.broadcast_to(divisor, centered.shape[1:]))


def _scaled(normalized, gamma, beta):
    x_hat, cache = normalized
    return gamma * x_hat + beta, (x_hat, gamma, cache)


# Divided by N - 1 -----------------------------------------------------------------------------

_SAMPLE_VARIANCE = (
    "Your variance is divided by N - 1 instead of N. Here it is not an estimate for samples that "
    "were never seen; it is the variance of this very batch, which has N numbers in a column, and "
    "with N the normalized column has variance 1."
)
_SAMPLE_VARIANCE_CITES = [
    "https://github.com/uxlfoundation/oneDNN/issues/517",
    "https://github.com/pytorch/pytorch/issues/60528",
]


def _with_sample_variance(x, eps):
    centered = x - x.mean(axis=0)
    var = (centered**2).sum(axis=0) / max(len(x) - 1, 1)
    return _divided(centered, np.sqrt(var + eps))


@misconception(
    "normalize_forward",
    section="batch_norm-normalize",
    cites=_SAMPLE_VARIANCE_CITES,
    message=_SAMPLE_VARIANCE,
    same_as="layer_variance_over_n_minus_1",
)
def variance_over_n_minus_1(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _with_sample_variance(x, eps)


@misconception(
    "batch_norm_forward",
    section="batch_norm-normalize",
    cites=_SAMPLE_VARIANCE_CITES,
    message=_SAMPLE_VARIANCE,
)
def layer_variance_over_n_minus_1(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_with_sample_variance(x, eps), gamma, beta)


# eps outside the root -------------------------------------------------------------------------

_EPS_OUTSIDE = (
    "You add eps to the standard deviation, outside the root. It belongs to the variance, inside "
    "the root: sqrt(var + eps)."
)
_EPS_OUTSIDE_CITES = [
    "https://github.com/Tencent/ncnn/pull/311",
    "https://github.com/pjreddie/darknet/pull/17",
]


def _with_eps_outside(x, eps):
    return _divided(x - x.mean(axis=0), x.std(axis=0) + eps)


@misconception(
    "normalize_forward",
    section="batch_norm-eps",
    cites=_EPS_OUTSIDE_CITES,
    message=_EPS_OUTSIDE,
    same_as="layer_eps_outside_root",
)
def eps_outside_root(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _with_eps_outside(x, eps)


@misconception(
    "batch_norm_forward",
    section="batch_norm-eps",
    cites=_EPS_OUTSIDE_CITES,
    message=_EPS_OUTSIDE,
)
def layer_eps_outside_root(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_with_eps_outside(x, eps), gamma, beta)


# eps twice ------------------------------------------------------------------------------------

_EPS_TWICE = (
    "You add eps twice: once where you compute the variance, and again inside the root. Let var be "
    "the variance and nothing else, and add eps in one place: sqrt(var + eps)."
)
# There in the running variance, which is used at test time.
_EPS_TWICE_CITES = ["https://github.com/chainer/chainer/pull/4505"]


def _with_eps_twice(x, eps):
    var = x.var(axis=0) + eps
    return _divided(x - x.mean(axis=0), np.sqrt(var + eps))


@misconception(
    "normalize_forward",
    section="batch_norm-eps",
    cites=_EPS_TWICE_CITES,
    message=_EPS_TWICE,
    same_as="layer_eps_twice",
)
def eps_twice(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _with_eps_twice(x, eps)


@misconception(
    "batch_norm_forward",
    section="batch_norm-eps",
    cites=_EPS_TWICE_CITES,
    message=_EPS_TWICE,
)
def layer_eps_twice(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_with_eps_twice(x, eps), gamma, beta)


# No eps ---------------------------------------------------------------------------------------

_NO_EPS = (
    "eps takes no part in your result. A column in which all numbers are equal has variance 0, and "
    "0 divided by 0 is not a number: add eps to the variance, inside the root."
)
_NO_EPS_CITES = [
    "https://github.com/ageron/handson-ml/issues/214",
    "https://github.com/microsoft/onnxruntime/issues/10228",
]


def _without_eps(x):
    return _divided(x - x.mean(axis=0), x.std(axis=0))


@misconception(
    "normalize_forward",
    section="batch_norm-eps",
    cites=_NO_EPS_CITES,
    message=_NO_EPS,
    same_as="layer_no_eps",
)
def no_eps(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _without_eps(x)


@misconception("batch_norm_forward", section="batch_norm-eps", cites=_NO_EPS_CITES, message=_NO_EPS)
def layer_no_eps(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_without_eps(x), gamma, beta)


# The wrong numbers in a mean ------------------------------------------------------------------

_PER_SAMPLE = (
    "You normalize every row, that is every sample by itself: that is layer normalization. Batch "
    "normalization takes mean and variance over the samples, axis 0, one of each for every column."
)
_PER_SAMPLE_CITES = ["https://github.com/keras-team/keras/issues/7709"]


def _per_sample(x, eps):
    centered = x - x.mean(axis=1, keepdims=True)
    root = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    return centered / root, (centered, np.broadcast_to(root, x.shape))


@misconception(
    "normalize_forward",
    section="batch_norm-normalize",
    cites=_PER_SAMPLE_CITES,
    message=_PER_SAMPLE,
    same_as="layer_normalizes_each_sample",
)
def normalizes_each_sample(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _per_sample(x, eps)


@misconception(
    "batch_norm_forward",
    section="batch_norm-normalize",
    cites=_PER_SAMPLE_CITES,
    message=_PER_SAMPLE,
)
def layer_normalizes_each_sample(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_per_sample(x, eps), gamma, beta)


_WHOLE_BATCH = (
    "You use one mean and one variance for the whole batch: without an axis, NumPy takes all the "
    "numbers there are. Every column has statistics of its own: axis=0."
)
_WHOLE_BATCH_CITES = [
    "https://github.com/rasbt/machine-learning-book/issues/134",
    "https://github.com/parasdahal/deepnet/issues/11",
]


def _over_whole_batch(x, eps):
    return _divided(x - np.mean(x), np.sqrt(np.var(x) + eps))


@misconception(
    "normalize_forward",
    section="batch_norm-normalize",
    cites=_WHOLE_BATCH_CITES,
    message=_WHOLE_BATCH,
    same_as="layer_statistics_of_whole_batch",
)
def statistics_of_whole_batch(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _over_whole_batch(x, eps)


@misconception(
    "batch_norm_forward",
    section="batch_norm-normalize",
    cites=_WHOLE_BATCH_CITES,
    message=_WHOLE_BATCH,
)
def layer_statistics_of_whole_batch(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_over_whole_batch(x, eps), gamma, beta)


@misconception(
    "normalize_forward",
    section="batch_norm-normalize",
    cites=["https://github.com/SuperKogito/spafe/issues/65"],
    message="Your mean is that of each column, but your variance is that of the whole batch. Both "
    "go over the samples only: name axis=0 in both.",
)
def variance_of_whole_batch(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _divided(x - x.mean(axis=0), np.sqrt(x.var() + eps))


# The root -------------------------------------------------------------------------------------

_NO_ROOT = (
    "You divide by the variance instead of its square root. The variance is made of squares; its "
    "root, the standard deviation, has the size of the numbers themselves."
)
_NO_ROOT_CITES = [
    "https://github.com/rinuboney/ladder/issues/17",
    "https://github.com/mbadry1/DeepLearning.ai-Summary/issues/183",
]


def _without_root(x, eps):
    return _divided(x - x.mean(axis=0), x.var(axis=0) + eps)


@misconception(
    "normalize_forward",
    section="batch_norm-normalize",
    cites=_NO_ROOT_CITES,
    message=_NO_ROOT,
    same_as="layer_divides_by_variance",
)
def divides_by_variance(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _without_root(x, eps)


@misconception(
    "batch_norm_forward",
    section="batch_norm-normalize",
    cites=_NO_ROOT_CITES,
    message=_NO_ROOT,
)
def layer_divides_by_variance(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_without_root(x, eps), gamma, beta)


@misconception(
    "normalize_forward",
    section="batch_norm-normalize",
    cites=["https://github.com/jax-ml/jax/issues/442"],
    message="You square the variance where its square root was meant: (var + eps) ** 2 instead of "
    "(var + eps) ** 0.5.",
)
def square_instead_of_root(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _divided(x - x.mean(axis=0), (x.var(axis=0) + eps) ** 2)


_LARGER_ONE = (
    "You take the larger one of variance and eps. eps is added to every variance, also to a large "
    "one: sqrt(var + eps)."
)
_LARGER_ONE_CITES = ["https://github.com/vacancy/Synchronized-BatchNorm-PyTorch/issues/38"]


def _with_larger_one(x, eps):
    return _divided(x - x.mean(axis=0), np.sqrt(np.maximum(x.var(axis=0), eps)))


@misconception(
    "normalize_forward",
    section="batch_norm-eps",
    cites=_LARGER_ONE_CITES,
    message=_LARGER_ONE,
    same_as="layer_larger_of_variance_and_eps",
)
def larger_of_variance_and_eps(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _with_larger_one(x, eps)


@misconception(
    "batch_norm_forward",
    section="batch_norm-eps",
    cites=_LARGER_ONE_CITES,
    message=_LARGER_ONE,
)
def layer_larger_of_variance_and_eps(x, gamma, beta, *, eps=1e-5):
    _refuse_other_parameters(x, gamma, beta)
    return _scaled(_with_larger_one(x, eps), gamma, beta)


@misconception(
    "normalize_forward",
    section="batch_norm-eps",
    cites=["https://github.com/PaddlePaddle/Paddle/issues/5548"],
    message="You always add 1e-5, whatever eps the caller asks for. That number is only what eps "
    "is by default: use the argument.",
    same_as="eps_not_handed_on",
)
def eps_fixed(x, *, eps=1e-5):
    _refuse_misfits(x)
    return _divided(x - x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-5))
