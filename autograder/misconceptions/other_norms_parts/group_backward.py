"""Mistakes in group_norm2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _means(rows):
    return rows.mean(axis=2, keepdims=True)


def _opened(dout, cache):
    """Give g and x_hat in rows of groups, and what was divided by."""
    groups, mean, std, scale = cache
    return (dout * scale).reshape(groups.shape), (groups - mean) / std, std


def _through(g, x_hat, std):
    return (g - _means(g) - x_hat * _means(g * x_hat)) / std


def _right(dout, cache):
    g, x_hat, std = _opened(dout, cache)
    dgamma = (dout * x_hat.reshape(dout.shape)).sum(axis=(0, 2, 3))
    return _through(g, x_hat, std).reshape(dout.shape), dgamma, dout.sum(axis=(0, 2, 3))


# Where gamma stands ---------------------------------------------------------------------------


# There the author of a layer normalization asked whether the gradients of batch normalization
# could stay as they are.
@misconception(
    "group_norm2d_backward",
    section="other_norms-gamma-first",
    cites=["https://github.com/mlpack/mlpack/pull/1389"],
    message="You multiply by gamma at the end, after the means. That is right where all numbers "
    "that share a mean share one gamma. Here the channels of a group have different ones: multiply "
    "dout by gamma first, and take the means of that.",
)
def group_gamma_after_means(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    _, x_hat, std = _opened(dout, cache)
    dx = _through(dout.reshape(x_hat.shape), x_hat, std)
    return cache[3] * dx.reshape(dout.shape), dgamma, dbeta


# There in a normalization without a mean.
@misconception(
    "group_norm2d_backward",
    section="other_norms-gamma-first",
    cites=["https://github.com/karpathy/llm.c/pull/763"],
    message="gamma takes no part in your dx. The normalized numbers were multiplied by gamma, so "
    "dout has to be multiplied by gamma before it goes back through the normalization.",
)
def group_no_gamma_in_dx(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    _, x_hat, std = _opened(dout, cache)
    dx = _through(dout.reshape(x_hat.shape), x_hat, std)
    return dx.reshape(dout.shape), dgamma, dbeta


# Which way, over which numbers ----------------------------------------------------------------


# There in batch normalization.
@misconception(
    "group_norm2d_backward",
    section="other_norms-dx",
    cites=["https://github.com/facebookresearch/CrypTen/pull/143"],
    message="Your dx treats mean and variance as constants: every number gets the gradient of its "
    "own output only. But they were computed from x, so every number of a group moves all outputs "
    "of that group. Add the ways through the mean and through the variance.",
)
def group_statistics_constant(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, _, std = _opened(dout, cache)
    return (g / std).reshape(dout.shape), dgamma, dbeta


# There in batch normalization, where one of the two terms of that way was missing.
@misconception(
    "group_norm2d_backward",
    section="other_norms-dx",
    cites=["https://github.com/BVLC/caffe/pull/1891"],
    message="Your dx goes through the variance, but treats the mean as a constant. It was computed "
    "from x as well, and subtracted from the whole group: subtract the mean of g too.",
)
def group_mean_constant(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, x_hat, std = _opened(dout, cache)
    return ((g - x_hat * _means(g * x_hat)) / std).reshape(dout.shape), dgamma, dbeta


# There in the gradient of a layer normalization that is done in groups.
@misconception(
    "group_norm2d_backward",
    section="other_norms-dx",
    cites=["https://github.com/state-spaces/mamba/pull/547"],
    message="The two means in your dx go over all channels of a sample, as if there were one group "
    "only. They go over what shared a mean on the way forward: the numbers of one group.",
)
def group_dx_over_all_groups(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    g, x_hat, std = _opened(dout, cache)
    along = (g * x_hat).mean(axis=(1, 2), keepdims=True)
    dx = (g - g.mean(axis=(1, 2), keepdims=True) - x_hat * along) / std
    return dx.reshape(dout.shape), dgamma, dbeta


# A neighbor: the count of a channel's numbers was taken for that of one of its rows.
@misconception(
    "group_norm2d_backward",
    section="other_norms-dx",
    cites=["https://github.com/linkedin/Liger-Kernel/pull/1376"],
    message="The two means in your dx go over one channel at a time. The channels of a group "
    "shared mean and variance on the way forward, so they share the two means on the way back.",
)
def group_dx_over_one_channel(dout, cache):
    _, dgamma, dbeta = _right(dout, cache)
    groups, mean, std, scale = cache
    N, C, H, W = dout.shape
    apart = N, groups.shape[1], C // groups.shape[1], H * W
    g, x_hat = (dout * scale).reshape(apart), ((groups - mean) / std).reshape(apart)
    along = (g * x_hat).mean(axis=3, keepdims=True)
    dx = (g - g.mean(axis=3, keepdims=True) - x_hat * along) / std[..., np.newaxis]
    return dx.reshape(dout.shape), dgamma, dbeta


# A neighbor: a feature map that was laid out anew without its axes being turned.
@misconception(
    "group_norm2d_backward",
    section="other_norms-group",
    cites=["https://github.com/ohtlab/headpose-fsanet-pytorch/issues/10"],
    message="Your dx holds the right numbers in the wrong places: groups that lie in columns have "
    "to be turned back, with .T, before they are reshaped to (N, C, H, W).",
)
def group_dx_not_turned_back(dout, cache):
    right, dgamma, dbeta = _right(dout, cache)
    rows = right.reshape(cache[1].size, -1)  # a row for each group of each sample
    return rows.T.reshape(dout.shape), dgamma, dbeta


# dgamma and dbeta -----------------------------------------------------------------------------


@misconception(
    "group_norm2d_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/apache/mxnet/issues/17139"],
    message="Your dgamma and dbeta hold one number for each group. gamma and beta belong to the "
    "channels: add up over samples, rows and columns, and keep the channels apart.",
)
def group_parameters_per_group(dout, cache):
    dx, dgamma, dbeta = _right(dout, cache)
    num_groups = cache[0].shape[1]
    per_group = [each.reshape(num_groups, -1).sum(axis=1) for each in (dgamma, dbeta)]
    return dx, *per_group


# There x was centered, and multiplied by the root where it is divided.
@misconception(
    "group_norm2d_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="Your dgamma weighs dout with x as it came in. gamma multiplied the normalized "
    "numbers, so those are its factors: x_hat.",
)
def group_dgamma_from_x(dout, cache):
    dx, _, dbeta = _right(dout, cache)
    return dx, (dout * cache[0].reshape(dout.shape)).sum(axis=(0, 2, 3)), dbeta


# There in layer normalization.
@misconception(
    "group_norm2d_backward",
    section="other_norms-dgamma-dbeta",
    cites=["https://github.com/Oneflow-Inc/oneflow/pull/6149"],
    message="Your dgamma and dbeta have changed places. Return the gradients in the order of the "
    "forward pass's arguments: x, gamma, beta.",
)
def group_dbeta_before_dgamma(dout, cache):
    dx, dgamma, dbeta = _right(dout, cache)
    return dx, dbeta, dgamma


# There None had to stand for every argument that has no gradient, and one was missing.
@misconception(
    "group_norm2d_backward",
    section="other_norms-group",
    cites=["https://github.com/NVIDIA/apex/pull/1715"],
    message="You return something in the place of num_groups. It is counted and not learned, so it "
    "has no gradient, and nothing stands for it: return dx, dgamma, dbeta.",
)
def group_gradient_of_num_groups(dout, cache):
    dx, dgamma, dbeta = _right(dout, cache)
    return dx, None, dgamma, dbeta
