"""Mistakes in batch_norm_forward that have to do with gamma, beta and eps.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, gamma, beta):
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(f"expected x (N, D) with at least one sample, got {x.shape}")
    if gamma.shape != (x.shape[1],) or beta.shape != (x.shape[1],):
        raise ValueError(f"expected ({x.shape[1]},) twice, got {gamma.shape} and {beta.shape}")


def _normalized(x, eps):
    centered = x - x.mean(axis=0)
    root = np.sqrt(x.var(axis=0) + eps)
    return centered / root, (centered, root)


# There the comment on their start values was reversed.
@misconception(
    "batch_norm_forward",
    section="batch_norm-scale-and-shift",
    cites=["https://github.com/d2l-ai/d2l-zh/pull/534"],
    message="gamma and beta have changed places: you multiply by beta and add gamma. gamma is the "
    "scale and beta is the shift.",
)
def gamma_and_beta_swapped(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    x_hat, cache = _normalized(x, eps)
    return beta * x_hat + gamma, (x_hat, beta, cache)


# In the first, in layer normalization.
@misconception(
    "batch_norm_forward",
    section="batch_norm-eps",
    cites=[
        "https://github.com/apple/axlearn/pull/397",
        "https://github.com/pytorch/pytorch/issues/27466",
    ],
    message="The eps that batch_norm_forward is called with does not reach the variance: 1e-5 is "
    "added, the default. Hand it on: normalize_forward(x, eps=eps).",
)
def eps_not_handed_on(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    x_hat, cache = _normalized(x, 1e-5)
    return gamma * x_hat + beta, (x_hat, gamma, cache)


@misconception(
    "batch_norm_forward",
    section="batch_norm-scale-and-shift",
    cites=["https://github.com/apple/coremltools/pull/2807"],
    message="A gamma or a beta of one single number is accepted for many columns: NumPy stretches "
    "it over all of them without asking. Compare both shapes with (D,) first, and raise a "
    "ValueError that says what was expected and what came.",
)
def parameters_of_one_number_accepted(x, gamma, beta, *, eps=1e-5):
    if gamma.shape != (1,) and beta.shape != (1,):
        _refuse_misfits(x, gamma, beta)
    x_hat, cache = _normalized(x, eps)
    return gamma * x_hat + beta, (x_hat, gamma, cache)


# There the scale and the shift are added to a network that lacked them.
@misconception(
    "batch_norm_forward",
    section="batch_norm-scale-and-shift",
    cites=["https://github.com/smichalowski/google_inception_v3_for_caffe/pull/3"],
    message="Your output is the normalized batch alone: gamma and beta take no part in it. "
    "Multiply every column by its gamma and add its beta.",
)
def parameters_not_used(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    x_hat, cache = _normalized(x, eps)
    return x_hat, (x_hat, gamma, cache)


# There in a slip of the same kind, in float32 images and a mean of float64.
@misconception(
    "batch_norm_forward",
    section="batch_norm-traps",
    cites=["https://github.com/CODAIT/deep-histopath/pull/9"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "With a batch and parameters of float32 the output is float32.",
)
def layer_float64_output(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    x_hat, cache = _normalized(x, eps)
    out = np.zeros(x.shape)
    for j in range(x.shape[1]):
        out[:, j] = gamma[j] * x_hat[:, j] + beta[j]
    return out, (x_hat, gamma, cache)


@misconception(
    "batch_norm_forward",
    section="batch_norm-traps",
    cites=[
        "https://github.com/ScrollPrize/villa/pull/1446",
        "https://github.com/pytorch/vision/issues/517",
    ],
    message="Your function changes x: with -=, /=, *= and += it works in the caller's own array. "
    "Write the result of the first step into a new array: x_hat = x - mean.",
)
def layer_computed_in_place(x, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, gamma, beta)
    centered = x - x.mean(axis=0)
    root = np.sqrt(x.var(axis=0) + eps)
    x -= x.mean(axis=0)
    x /= root
    x_hat = x.copy()
    x *= gamma
    x += beta
    return x, (x_hat, gamma, (centered, root))
