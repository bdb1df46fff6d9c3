"""Mistakes in layer_norm_forward: which numbers, which parameters, whose arrays.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_batch(x):
    if x.ndim != 2 or x.shape[1] == 0:
        raise ValueError(f"expected x (N, D), got {x.shape}")


def _refuse_misfits(x, gamma, beta):
    _refuse_batch(x)
    D = x.shape[1]
    if gamma.shape != (D,) or beta.shape != (D,):
        raise ValueError(f"expected gamma and beta ({D},), got {gamma.shape} and {beta.shape}")


def _statistics(x, eps, axis):
    return x.mean(axis=axis, keepdims=True), np.sqrt(x.var(axis=axis, keepdims=True) + eps)


# Which numbers --------------------------------------------------------------------------------


# There along the words of a sentence, instead of along the features of a word.
@misconception(
    "layer_norm_forward",
    section="other_norms-layer",
    cites=["https://github.com/jadore801120/attention-is-all-you-need-pytorch/pull/17"],
    message="You normalize every column over the samples: that is batch normalization. Layer "
    "normalization takes mean and variance over the numbers of one sample, axis 1.",
)
def layer_axis_0(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    mean, std = _statistics(x, eps, 0)
    return gamma * (x - mean) / std + beta, (x, mean, std, gamma)


# There in a quality measure, whose samples are standardized one by one.
@misconception(
    "layer_norm_forward",
    section="other_norms-layer",
    cites=["https://github.com/deepinv/deepinv/pull/1317"],
    message="You use one mean and one variance for the whole batch: without an axis, NumPy takes "
    "all the numbers there are. Every sample has statistics of its own: axis 1.",
)
def layer_whole_batch(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    mean, std = _statistics(x, eps, None)
    return gamma * (x - mean) / std + beta, (x, mean, std, gamma)


@misconception(
    "layer_norm_forward",
    section="other_norms-layer",
    cites=["https://github.com/localminimum/QANet/issues/44"],
    message="Your means have the shape (N,), and NumPy lays such an array along the last axis, the "
    "features. With keepdims=True they have the shape (N, 1), and each stays with its own sample.",
)
def layer_no_keepdims(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    mean, std = x.mean(axis=1), np.sqrt(x.var(axis=1) + eps)
    return gamma * (x - mean) / std + beta, (x, mean, std, gamma)


# Which parameters -----------------------------------------------------------------------------


@misconception(
    "layer_norm_forward",
    section="other_norms-parameters",
    cites=[
        "https://github.com/microsoft/CNTK/issues/2376",
        "https://github.com/tensorflow/tensorflow/issues/39942",
    ],
    message="You scale and shift all features alike, with a single number each. Only mean and "
    "variance are one number for a sample; gamma and beta hold one number for every feature.",
)
def layer_scalar_gamma(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    mean, std = _statistics(x, eps, 1)
    return gamma[0] * (x - mean) / std + beta[0], (x, mean, std, gamma)


# There the layer held as many scales as the batch had samples.
@misconception(
    "layer_norm_forward",
    section="other_norms-parameters",
    cites=["https://github.com/davisking/dlib/issues/2486"],
    message="You lay gamma and beta along the samples: row i is scaled by gamma[i]. They belong to "
    "the features, along the other axis than mean and variance, so the shape (D,) fits as it is.",
)
def layer_gamma_along_samples(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    mean, std = _statistics(x, eps, 1)
    out = gamma[:, np.newaxis] * (x - mean) / std + beta[:, np.newaxis]
    return out, (x, mean, std, gamma)


# A neighbor: a batch renormalization that scaled and shifted before its last correction.
@misconception(
    "layer_norm_forward",
    section="other_norms-parameters",
    cites=["https://github.com/tensorpack/tensorpack/issues/1065"],
    message="You scale and shift first, and normalize then. The normalization takes out again most "
    "of what gamma and beta did: they come last.",
)
def layer_gamma_before(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    scaled = gamma * x + beta
    mean, std = _statistics(scaled, eps, 1)
    return (scaled - mean) / std, (scaled, mean, std, gamma)


# There a test's own parameters fitted nowhere.
@misconception(
    "layer_norm_forward",
    section="other_norms-parameters",
    cites=["https://github.com/apache/tvm/pull/15049"],
    message="You take any gamma and beta that NumPy can stretch, also a single number for all "
    "features. Compare their shapes with (D,) first, and raise a ValueError that names both.",
)
def layer_any_gamma_taken(x, gamma, beta, *, eps=1e-5):
    _refuse_batch(x)
    mean, std = _statistics(x, eps, 1)
    return gamma * (x - mean) / std + beta, (x, mean, std, gamma)


# Arrays and types -----------------------------------------------------------------------------


# There in a normalization without a mean.
@misconception(
    "layer_norm_forward",
    section="other_norms-traps",
    cites=["https://github.com/GeeeekExplorer/nano-vllm/issues/170"],
    message="You compute in x's own array, and x belongs to the caller, who may still need it: a "
    "skip connection, for instance. Use `x = x - mean`, which makes a new array, instead of -=.",
)
def layer_in_place(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    if not np.issubdtype(x.dtype, np.floating):
        x = x.astype(float)
    mean, std = _statistics(x, eps, 1)
    kept = x.copy()
    x -= mean
    x /= std
    return gamma * x + beta, (kept, mean, std, gamma)


# There to float32, whatever came.
@misconception(
    "layer_norm_forward",
    section="other_norms-traps",
    cites=["https://github.com/google/flax/issues/612"],
    message="Your output is always float64, whatever type x has. float32 stays float32: let the "
    "type follow from x, and name none yourself.",
)
def layer_float64(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    mean, std = _statistics(x, eps, 1)
    x_hat = np.zeros(x.shape)
    x_hat[:] = (x - mean) / std
    return gamma * x_hat + beta, (x, mean, std, gamma)
