"""Mistakes in batch_norm2d_backward.

Only the gradient that an entry is about is written as a learner would; the others come out right.
The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _sums(dout, x_hat):
    """Give dgamma and dbeta."""
    return (dout * x_hat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))


def _trained_dx(dout, cache):
    _, x_hat, gamma, std = cache
    mean, along = (each.mean(axis=(0, 2, 3), keepdims=True) for each in (dout, dout * x_hat))
    return gamma / std * (dout - mean - x_hat * along)


def _right(dout, cache):
    training, x_hat, gamma, std = cache
    dx = _trained_dx(dout, cache) if training else gamma / std * dout
    return dx, *_sums(dout, x_hat)


# dgamma and dbeta ------------------------------------------------------------------------------


# There gamma itself has a number for every place.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dgamma-dbeta",
    cites=["https://github.com/keras-team/keras/issues/708"],
    message="Your dgamma is summed over the batch only, and keeps a number for every place of the "
    "map. gamma multiplied all places of its channel, so they are summed as well: what is left has "
    "the shape (C,).",
)
def dgamma_over_the_batch_only(dout, cache):
    dx, _, dbeta = _right(dout, cache)
    return dx, (dout * cache[1]).sum(axis=0), dbeta


# There beta itself has a number for every place.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dgamma-dbeta",
    cites=["https://github.com/keras-team/keras/issues/708"],
    message="Your dbeta is summed over the batch only, and keeps a number for every place of the "
    "map. beta was added at all places of its channel, so they are summed as well: what is left "
    "has the shape (C,).",
)
def dbeta_over_the_batch_only(dout, cache):
    dx, dgamma, _ = _right(dout, cache)
    return dx, dgamma, dout.sum(axis=0)


@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dgamma-dbeta",
    cites=["https://github.com/keras-team/keras/issues/708"],
    message="Your dgamma and your dbeta are summed over the batch only. Both belong to a whole "
    "channel: sum over the places of the map as well, axes 2 and 3.",
)
def parameters_over_the_batch_only(dout, cache):
    return _right(dout, cache)[0], (dout * cache[1]).sum(axis=0), dout.sum(axis=0)


# There in fully connected layers.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dgamma-dbeta",
    cites=["https://github.com/cthorey/CS231/issues/9"],
    message="Your dgamma and your dbeta are means over batch and space. They are sums: gamma and "
    "beta took part in every one of these outputs. If the loss is a mean, dout holds the division "
    "already.",
)
def parameters_averaged(dout, cache):
    dx, dgamma, dbeta = _right(dout, cache)
    count = dout.size // dout.shape[1]
    return dx, dgamma / count, dbeta / count


# There x was centered, and multiplied by the root where it is divided.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dgamma-dbeta",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="Your dgamma weighs dout with the distances from the mean, which are not yet divided. "
    "gamma multiplied the normalized numbers, so those are its factors: x_hat.",
)
def dgamma_from_distances(dout, cache):
    dx, _, dbeta = _right(dout, cache)
    _, x_hat, _, std = cache
    return dx, (dout * x_hat * std).sum(axis=(0, 2, 3)), dbeta


# There in the statistics of the forward pass.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dgamma-dbeta",
    cites=["https://github.com/ml-explore/mlx/pull/217"],
    message="Your dgamma and your dbeta have the shape (1, C, 1, 1), because of keepdims=True. A "
    "gradient has the shape of what it belongs to: (C,).",
)
def parameters_with_four_axes(dout, cache):
    dx, dgamma, dbeta = _right(dout, cache)
    return dx, dgamma.reshape(1, -1, 1, 1), dbeta.reshape(1, -1, 1, 1)


# There in the forward pass.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-rows",
    cites=["https://github.com/stevenygd/PointFlow/issues/14"],
    message="In the backward pass you reshape dout to C columns without bringing the channels "
    "last. reshape moves nothing, so that every column collects from all channels. Take dout the "
    "same way that x went.",
)
def dout_reshaped_without_moving_channels(dout, cache):
    training, x_hat, gamma, std = cache
    C = dout.shape[1]
    rows, hat_rows = dout.reshape(-1, C), x_hat.reshape(-1, C)
    dgamma, dbeta = (rows * hat_rows).sum(axis=0), rows.sum(axis=0)
    dx = gamma / std * dout
    if training:
        M = len(rows)
        back = rows - dbeta / M - hat_rows * dgamma / M
        dx = gamma / std * back.reshape(dout.shape)
    return dx, dgamma, dbeta


# dx in training --------------------------------------------------------------------------------


@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/facebookresearch/CrypTen/pull/143"],
    message="In training your dx treats mean and variance as constants: every number gets the "
    "gradient of its own output only. But both were computed from x, so every number of a channel "
    "moves all outputs of that channel. Add the ways through the mean and through the variance.",
)
def statistics_held_constant(dout, cache):
    _, x_hat, gamma, std = cache
    return gamma / std * dout, *_sums(dout, x_hat)


@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/abhiskk/ladder/issues/2"],
    message="Your dx goes through the mean, but treats the variance as a constant. The variance "
    "was computed from x as well, and it divides the whole channel.",
)
def variance_held_constant(dout, cache):
    training, x_hat, gamma, std = cache
    mean = dout.mean(axis=(0, 2, 3), keepdims=True) if training else 0
    return gamma / std * (dout - mean), *_sums(dout, x_hat)


# There one of the two terms of that way was missing.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/BVLC/caffe/pull/1891"],
    message="Your dx goes through the variance, but treats the mean as a constant. The mean was "
    "computed from x as well, and it was subtracted from the whole channel.",
)
def mean_held_constant(dout, cache):
    training, x_hat, gamma, std = cache
    along = (dout * x_hat).mean(axis=(0, 2, 3), keepdims=True) if training else 0
    return gamma / std * (dout - x_hat * along), *_sums(dout, x_hat)


def _dx_with_count(dout, cache, count):
    training, x_hat, gamma, std = cache
    sums = _sums(dout, x_hat)
    dx = gamma / std * dout
    if training:
        dgamma, dbeta = (each[:, None, None] for each in sums)
        dx = gamma / std * (dout - dbeta / count - x_hat * dgamma / count)
    return dx, *sums


# There a reader asks why it is not the batch alone.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/pjreddie/darknet/issues/1634"],
    message="In dx you divide the two sums by N, the number of images. A channel holds N * H * W "
    "numbers, and mean and variance were divided by that many.",
)
def divided_by_number_of_images(dout, cache):
    return _dx_with_count(dout, cache, dout.shape[0])


# There the number of features stood in the batch's place.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/RubixML/ML/pull/423"],
    message="In dx you divide the two sums by H * W, the number of places. They go over all images "
    "of the batch as well: a channel holds N * H * W numbers.",
)
def divided_by_number_of_places(dout, cache):
    return _dx_with_count(dout, cache, dout.shape[2] * dout.shape[3])


# There it is the forward pass whose means go over the wrong axes.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/sonos/tract/pull/2863"],
    message="In dx the two means go over each image by itself. In the forward pass all images "
    "shared one mean and one variance, so every image's gradient goes to all of them: average over "
    "axis 0 too.",
)
def means_for_each_image_in_dx(dout, cache):
    training, x_hat, gamma, std = cache
    dx = gamma / std * dout
    if training:
        mean, along = (each.mean(axis=(2, 3), keepdims=True) for each in (dout, dout * x_hat))
        dx = gamma / std * (dout - mean - x_hat * along)
    return dx, *_sums(dout, x_hat)


@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/denizyuret/Knet.jl/issues/288"],
    message="gamma takes no part in your dx. x_hat was multiplied by gamma, so its gradient holds "
    "gamma too, in both modes. With gamma = 1, as in a fresh network, nobody notices.",
)
def no_gamma_in_dx(dout, cache):
    dx, *others = _right(dout, cache)
    return dx / cache[2], *others


# There a reader asks for a second division; the loss had made the first.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx",
    cites=["https://github.com/borgwang/tinynn/issues/12"],
    message="Your dx is divided by the number of images. If the loss is a mean over the batch, its "
    "gradient, dout, holds that division already.",
)
def dx_averaged(dout, cache):
    dx, *others = _right(dout, cache)
    return dx / len(dout), *others


# dx at test time -------------------------------------------------------------------------------


@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx-test",
    cites=[
        "https://github.com/pytorch/xla/issues/913",
        "https://github.com/apache/mxnet/issues/9580",
    ],
    message="At test time your dx still goes through the mean and the variance, as in training. "
    "There they are the running averages, constants that do not depend on x: a number moves its "
    "own output and no other. Keep the mode in the cache.",
)
def training_dx_at_test_time(dout, cache):
    return _trained_dx(dout, cache), *_sums(dout, cache[1])


# There the running averages were not kept for the way back.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-dx-test",
    cites=["https://github.com/pytorch/xla/issues/3361"],
    message="At test time your dx is dout times gamma, without the division. x was divided by the "
    "root of running_var plus eps on the way out, so dx is divided by it too.",
)
def no_division_in_dx_at_test_time(dout, cache):
    dx, *others = _right(dout, cache)
    training, _, gamma, _ = cache
    return dx if training else gamma * dout, *others


# Number types and the caller's arrays ----------------------------------------------------------


@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-traps",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your dx is always float64, because np.zeros makes float64 unless told otherwise. A "
    "gradient has the type of what it belongs to: float32 stays float32.",
)
def float64_dx(dout, cache):
    dx, *others = _right(dout, cache)
    room = np.zeros(dout.shape)
    room += dx
    return room, *others


# There a dropout in place made the way back fail.
@misconception(
    "batch_norm2d_backward",
    section="batch_norm_conv-traps",
    cites=["https://github.com/luigibonati/mlcolvar/pull/119"],
    message="You compute in dout's own array, and dout belongs to the caller. Use `dx = dout - "
    "...`, which makes a new array, instead of -= and *=.",
)
def dout_changed(dout, cache):
    dx, *others = _right(dout, cache)
    dout[...] = dx
    return dout, *others
