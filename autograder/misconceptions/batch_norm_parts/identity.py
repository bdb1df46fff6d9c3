"""Mistakes in identity_parameters.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x):
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(f"expected x (N, D) with at least one sample, got {x.shape}")


# There a variable with the name std held the variance.
@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=["https://github.com/keras-team/keras/issues/3484"],
    message="Your gamma is the variance. The layer divides by the root of variance plus eps, so "
    "that root is what undoes it.",
)
def gamma_is_variance(x, *, eps=1e-5):
    _refuse_misfits(x)
    return x.var(axis=0), x.mean(axis=0)


@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=["https://github.com/keras-team/keras/issues/3484"],
    message="Your gamma is variance plus eps, without the root. The layer divides by the root of "
    "that sum, so the root is what undoes it.",
)
def gamma_without_root(x, *, eps=1e-5):
    _refuse_misfits(x)
    return x.var(axis=0) + eps, x.mean(axis=0)


# That is how the paper and its summaries write it down.
@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=["https://github.com/vitalab/vitalab.github.io/pull/5"],
    message="Your gamma is the standard deviation, without eps. That is nearly right while eps is "
    "tiny; but the layer divides by sqrt(var + eps), so that is what undoes it.",
)
def gamma_without_eps(x, *, eps=1e-5):
    _refuse_misfits(x)
    return x.std(axis=0), x.mean(axis=0)


# There in the layer itself.
@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=["https://github.com/Tencent/ncnn/pull/311"],
    message="Your gamma is the standard deviation plus eps. The layer adds eps to the variance, "
    "inside the root: sqrt(var + eps) is what undoes it.",
)
def gamma_with_eps_outside(x, *, eps=1e-5):
    _refuse_misfits(x)
    return x.std(axis=0) + eps, x.mean(axis=0)


@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=["https://github.com/keras-team/keras/issues/2772"],
    message="With gamma = 1 and beta = 0 the layer still normalizes; only its last step does "
    "nothing. To get the batch back, gamma has to undo the division and beta the subtraction.",
)
def ones_and_zeros(x, *, eps=1e-5):
    _refuse_misfits(x)
    D = x.shape[1]
    return np.ones(D, x.dtype), np.zeros(D, x.dtype)


# There it is right: a layer with fixed statistics is written as one scale and one shift.
@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=["https://github.com/fastmachinelearning/hls4ml/pull/142"],
    message="You give the scale and the shift that normalize x, 1 / sqrt(var + eps) and minus mean "
    "over that root. Asked for is the way back: what undoes them after the layer has normalized.",
)
def parameters_that_normalize(x, *, eps=1e-5):
    _refuse_misfits(x)
    root = np.sqrt(x.var(axis=0) + eps)
    return 1 / root, -x.mean(axis=0) / root


# There among the four parameters that are loaded into a layer.
@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=[
        "https://github.com/keras-team/keras/pull/3248",
        "https://github.com/Vladkryvoruchko/PSPNet-Keras-tensorflow/issues/23",
    ],
    message="Your two results have changed places: the scale gamma comes first, then the shift "
    "beta.",
)
def beta_before_gamma(x, *, eps=1e-5):
    _refuse_misfits(x)
    return x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)


@misconception(
    "identity_parameters",
    section="batch_norm-identity",
    cites=["https://github.com/pytorch/pytorch/issues/60528"],
    message="Your gamma holds the variance divided by N - 1. The layer divides by N, so that is "
    "what has to be undone.",
)
def gamma_from_n_minus_1(x, *, eps=1e-5):
    _refuse_misfits(x)
    var = ((x - x.mean(axis=0)) ** 2).sum(axis=0) / max(len(x) - 1, 1)
    return np.sqrt(var + eps), x.mean(axis=0)
