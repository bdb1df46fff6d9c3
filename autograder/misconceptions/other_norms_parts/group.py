"""Mistakes in group_norm2d_forward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_maps(x, gamma, beta):
    if x.ndim != 4 or x[0].size == 0:
        raise ValueError(f"expected x (N, C, H, W), got {x.shape}")
    C = x.shape[1]
    if gamma.shape != (C,) or beta.shape != (C,):
        raise ValueError(f"expected gamma and beta ({C},), got {gamma.shape} and {beta.shape}")


def _refuse_misfits(x, num_groups, gamma, beta):
    _refuse_maps(x, gamma, beta)
    if num_groups < 1 or x.shape[1] % num_groups:
        raise ValueError(f"{num_groups} groups do not divide {x.shape[1]} channels")


def _columns(gamma, beta):
    return gamma[:, np.newaxis, np.newaxis], beta[:, np.newaxis, np.newaxis]


def _normalized(numbers, axes, eps):
    """Give x_hat and a cache without its scale, in the shape that came."""
    mean = numbers.mean(axis=axes, keepdims=True)
    std = np.sqrt(numbers.var(axis=axes, keepdims=True) + eps)
    return (numbers - mean) / std, (numbers, mean, std)


def _scaled(x_hat, shape, kept, gamma, beta):
    scale, shift = _columns(gamma, beta)
    return scale * x_hat.reshape(shape) + shift, (*kept, scale)


def _in_rows(x, num_groups, eps):
    return _normalized(x.reshape(len(x), num_groups, -1), 2, eps)


# Which channels share a mean ------------------------------------------------------------------


@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=[
        "https://github.com/athon2/BraTS2018_NvNet/issues/5",
        "https://github.com/IAmSuyogJadhav/"
        "3d-mri-brain-tumor-segmentation-using-autoencoder-regularization/issues/12",
    ],
    message="You take num_groups for the number of channels in a group. It is the number of "
    "groups: each holds C // num_groups channels.",
)
def group_count_as_size(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    x_hat, kept = _in_rows(x, x.shape[1] // num_groups, eps)
    return _scaled(x_hat, x.shape, kept, gamma, beta)


@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=["https://github.com/tenstorrent/tt-metal/pull/56202"],
    message="You deal the channels out in turns: channel c goes to group c % num_groups. Neighbors "
    "belong together: the first C // num_groups channels are group 0, the next ones group 1.",
)
def group_interleaved(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    N, C, H, W = x.shape
    dealt = x.reshape(N, C // num_groups, num_groups, H, W)
    mean = dealt.mean(axis=(1, 3, 4), keepdims=True)
    std = np.sqrt(dealt.var(axis=(1, 3, 4), keepdims=True) + eps)
    x_hat = ((dealt - mean) / std).reshape(x.shape)
    scale, shift = _columns(gamma, beta)
    ones = np.ones((N, C, H, W), dtype=x.dtype)
    whole = [(each * np.ones_like(dealt)).reshape(x.shape) for each in (mean, std)]
    return scale * x_hat + shift, (x, *whole, scale * ones[0])


@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=["https://github.com/brainpy/BrainPy/issues/765"],
    message="Your means go over the groups too, so that all channels share one: that is a single "
    "group, whatever num_groups is. Leave the axis of the groups out of the axes of the mean.",
)
def group_axis_averaged_too(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    x_hat, kept = _in_rows(x, 1, eps)
    return _scaled(x_hat, x.shape, kept, gamma, beta)


# There in instance normalization.
@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=["https://github.com/sonos/tract/pull/2863"],
    message="Your means go over the samples too. In group normalization every sample has its own: "
    "the axis of the samples is not averaged away.",
)
def group_over_batch(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    x_hat, kept = _normalized(x.reshape(len(x), num_groups, -1), (0, 2), eps)
    return _scaled(x_hat, x.shape, kept, gamma, beta)


# There batches of N, H, W, C were treated as if they were N, C, H, W.
@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=[
        "https://github.com/tensorflow/addons/issues/751",
        "https://github.com/titu1994/Keras-Group-Normalization/issues/6",
    ],
    message="Your reshape mixes channels with rows and columns: it keeps all numbers in their "
    "order and only cuts them anew. Cut the axis of the channels, where it stands: (N, C, H, W) "
    "becomes (N, G, C // G, H, W).",
)
def group_reshape_mixes_axes(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    N, C, H, W = x.shape
    mixed = x.reshape(N, H, W, num_groups, C // num_groups)
    mean = mixed.mean(axis=(1, 2, 4), keepdims=True)
    std = np.sqrt(mixed.var(axis=(1, 2, 4), keepdims=True) + eps)
    x_hat = ((mixed - mean) / std).reshape(x.shape)
    scale, shift = _columns(gamma, beta)
    whole = [(each * np.ones_like(mixed)).reshape(x.shape) for each in (mean, std)]
    return scale * x_hat + shift, (x, *whole, scale)


# Parameters -----------------------------------------------------------------------------------


@misconception(
    "group_norm2d_forward",
    section="other_norms-parameters",
    cites=[
        "https://github.com/apache/mxnet/issues/17139",
        "https://github.com/Oneflow-Inc/oneflow/pull/4848",
    ],
    message="Channels of one group get one gamma and one beta in your output. Only mean and "
    "variance belong to the group; every channel keeps a scale and a shift of its own.",
)
def group_gamma_per_group(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    x_hat, kept = _in_rows(x, num_groups, eps)
    size = x.shape[1] // num_groups
    gamma, beta = np.repeat(gamma[:num_groups], size), np.repeat(beta[:num_groups], size)
    return _scaled(x_hat, x.shape, kept, gamma, beta)


# A neighbor: a batch renormalization that scaled and shifted before its last correction.
@misconception(
    "group_norm2d_forward",
    section="other_norms-parameters",
    cites=["https://github.com/tensorpack/tensorpack/issues/1065"],
    message="You scale and shift first, and normalize then. The normalization takes out again most "
    "of what gamma and beta did: they come last.",
)
def group_gamma_before(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    scale, shift = _columns(gamma, beta)
    x_hat, kept = _in_rows(scale * x + shift, num_groups, eps)
    return x_hat.reshape(x.shape), (*kept, scale)


# There three axes of length 1 were left in front.
@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=["https://github.com/haofeixu/cs231n/pull/3"],
    message="Your output still has the shape with the groups. It has the shape of x: (N, C, H, W), "
    "so reshape it back.",
)
def group_not_reshaped_back(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    x_hat, kept = _in_rows(x, num_groups, eps)
    out, cache = _scaled(x_hat, x.shape, kept, gamma, beta)
    N, C, H, W = x.shape
    return out.reshape(N, num_groups, C // num_groups, H, W), cache


# Refusals -------------------------------------------------------------------------------------


@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=["https://github.com/PaddlePaddle/Paddle/pull/35644"],
    message="Where num_groups does not divide the channels, you make groups of unequal size. Raise "
    "a ValueError that names both numbers instead.",
)
def group_uneven_groups(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_maps(x, gamma, beta)
    if num_groups < 1 or num_groups > x.shape[1]:
        raise ValueError(f"expected 1 to {x.shape[1]} groups, got {num_groups}")
    if x.shape[1] % num_groups == 0:
        x_hat, kept = _in_rows(x, num_groups, eps)
        return _scaled(x_hat, x.shape, kept, gamma, beta)
    parts = np.array_split(x, num_groups, axis=1)
    x_hat = np.concatenate([_normalized(part, (1, 2, 3), eps)[0] for part in parts], axis=1)
    return _scaled(x_hat, x.shape, (), gamma, beta)


@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=["https://github.com/pytorch/pytorch/pull/184577"],
    message="You ask only whether num_groups divides the channels. For 0 that question itself "
    "fails, and -3 divides 12: demand at least 1 first, with a ValueError that names the number.",
)
def group_not_positive(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_maps(x, gamma, beta)
    if x.shape[1] % num_groups != 0:
        raise ValueError(f"{num_groups} groups do not divide {x.shape[1]} channels")
    x_hat, kept = _in_rows(x, num_groups, eps)
    return _scaled(x_hat, x.shape, kept, gamma, beta)


# Arrays and types -----------------------------------------------------------------------------


# There in a normalization without a mean; the view came from a change of type that changed none.
@misconception(
    "group_norm2d_forward",
    section="other_norms-traps",
    cites=["https://github.com/GeeeekExplorer/nano-vllm/issues/170"],
    message="You write into the reshaped x, and reshape does not copy: it shows the same numbers "
    "in another shape, so the caller's x is changed. Use `groups - mean`, which makes a new array.",
)
def group_in_place(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    groups = x.reshape(len(x), num_groups, -1)
    x_hat, (_, mean, std) = _normalized(groups, 2, eps)
    kept = groups.copy()
    groups -= mean
    groups /= std
    return _scaled(x_hat, x.shape, (kept, mean, std), gamma, beta)


@misconception(
    "group_norm2d_forward",
    section="other_norms-traps",
    cites=["https://github.com/google/flax/issues/612"],
    message="Your output is always float64, whatever type x has. float32 stays float32: let the "
    "type follow from x, and name none yourself.",
)
def group_float64(x, num_groups, gamma, beta, *, eps=1e-5):
    _refuse_misfits(x, num_groups, gamma, beta)
    x_hat, kept = _in_rows(x, num_groups, eps)
    out, cache = _scaled(x_hat, x.shape, kept, gamma, beta)
    result = np.zeros(x.shape)
    result[:] = out
    return result, cache
