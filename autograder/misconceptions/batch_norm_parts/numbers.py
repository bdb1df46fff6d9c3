"""Mistakes in normalize_forward that have to do with number types, arrays and rounding.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x):
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(f"expected x (N, D) with at least one sample, got {x.shape}")


def _divided(centered, divisor):
    """Give x_hat and a cache, with one divisor for each column."""
    return centered / divisor, (centered, np.broadcast_to(divisor, centered.shape[1:]))


@misconception(
    "normalize_forward",
    section="batch_norm-traps",
    cites=[
        "https://github.com/google/flax/issues/1491",
        "https://github.com/tenstorrent/tt-metal/issues/45968",
    ],
    message="Your variance is the mean of the squares minus the square of the mean. On paper that "
    "is the same; in a column far from 0 both are huge and nearly equal, and their difference is "
    "made of rounding errors. Subtract the mean first, then square.",
)
def mean_of_squares_minus_square_of_mean(x, *, eps=1e-5):
    _refuse_misfits(x)
    mean = x.mean(axis=0)
    var = (x**2).mean(axis=0) - mean**2
    return _divided(x - mean, np.sqrt(var + eps))


# There the integers were an image, in a convolution; read in a mirror, coderoad.ru.
@misconception(
    "normalize_forward",
    section="batch_norm-traps",
    cites=["https://stackoverflow.com/questions/59118264"],
    message="Your x_hat is made like x, so with a batch of integers every fraction is cut off when "
    "it is stored. Let the division make the array: it gives fractions their type.",
)
def integer_output(x, *, eps=1e-5):
    _refuse_misfits(x)
    x_hat = np.zeros_like(x)
    centered, root = x - x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)
    for j in range(x.shape[1]):
        x_hat[:, j] = centered[:, j] / root[j]
    return x_hat, (centered, root)


@misconception(
    "normalize_forward",
    section="batch_norm-traps",
    cites=["https://github.com/CODAIT/deep-histopath/pull/9"],
    message="Your x_hat is always float64, because np.zeros makes float64 unless told otherwise. A "
    "batch of float32 stays float32: it takes half the memory.",
    same_as="layer_float64_output",
)
def float64_output(x, *, eps=1e-5):
    _refuse_misfits(x)
    x_hat = np.zeros(x.shape)
    centered, root = x - x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)
    for i in range(len(x)):
        x_hat[i] = centered[i] / root
    return x_hat, (centered, root)


@misconception(
    "normalize_forward",
    section="batch_norm-traps",
    cites=[
        "https://github.com/ScrollPrize/villa/pull/1446",
        "https://github.com/numpy/numpy/issues/7006",
    ],
    message="Your function changes x. `x -= mean` writes into the caller's array; `x = x - mean` "
    "makes a new one.",
    same_as="layer_computed_in_place",
)
def normalized_in_place(x, *, eps=1e-5):
    _refuse_misfits(x)
    if x.dtype.kind != "f":
        x = x.astype(float)
    x -= x.mean(axis=0)
    root = np.sqrt(x.var(axis=0) + eps)
    centered = x.copy()
    x /= root
    return x, (centered, root)


# There on purpose, for the lengths of vectors.
@misconception(
    "normalize_forward",
    section="batch_norm-normalize",
    cites=["https://github.com/COGMAR/RotEqNet/pull/2"],
    message="You divide by the standard deviation, but you never subtract the mean. Both belong to "
    "it: subtract first, then divide.",
)
def mean_not_subtracted(x, *, eps=1e-5):
    _refuse_misfits(x)
    root = np.sqrt(x.var(axis=0) + eps)
    return x / root, (x - x.mean(axis=0), root)
