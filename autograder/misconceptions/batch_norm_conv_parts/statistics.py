"""Mistakes in what is normalized together, and by what it is divided.

Each entry is right but for its mistake. The comment above an entry says where its cited case
differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, vectors, training):
    if x.ndim != 4 or x.size == 0:
        raise ValueError(f"expected (N, C, H, W), got {x.shape}")
    if any(each.shape != (x.shape[1],) for each in vectors):
        raise ValueError(f"expected ({x.shape[1]},), got {[each.shape for each in vectors]}")
    if training and x.size == x.shape[1]:
        raise ValueError(f"expected more than one value a channel, got {x.shape}")


def _mixed(running, momentum, batch):
    return (1 - momentum) * running + momentum * batch


def _layer(arguments, training, momentum, eps, statistics, divisor=None):
    """Write the layer with other statistics of the batch; they may have any shape that fits x.

    `statistics` gives mean and variance, and then what the running averages take in of them.
    """
    x, gamma, beta, running_mean, running_var = arguments
    _refuse_misfits(x, arguments[1:], training)
    gamma, beta = gamma[:, None, None], beta[:, None, None]
    if training:
        mean, var, seen_mean, seen_var = statistics(x)
        running_mean = _mixed(running_mean, momentum, seen_mean)
        running_var = _mixed(running_var, momentum, seen_var)
    else:
        mean, var = running_mean[:, None, None], running_var[:, None, None]
    std = np.sqrt(var + eps) if divisor is None else divisor(var, eps)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (training, x_hat, gamma, std), running_mean, running_var


def _over(axes, seen):
    """Give statistics over some axes; `seen` brings them to the shape (C,)."""

    def statistics(x):
        mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
        return mean, var, seen(mean, x), seen(var, x)

    return statistics


# Which numbers go together ---------------------------------------------------------------------


# There a network that was given a batch of point clouds.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-rows",
    cites=["https://github.com/stevenygd/PointFlow/issues/14"],
    message="You reshape to C columns without bringing the channels last. reshape moves nothing: "
    "it cuts the maps, row after row, into lines of C numbers, so that every column holds numbers "
    "of all channels. Move the channels to the last axis first, then reshape.",
)
def reshaped_without_moving_channels(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    rows = x.reshape(-1, x.shape[1])
    if training:
        mean, var = rows.mean(axis=0), rows.var(axis=0)
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, var)
    else:
        mean, var = running_mean, running_var
    std = np.sqrt(var + eps)
    x_hat = (rows - mean) / std
    out = (gamma * x_hat + beta).reshape(x.shape)
    cache = (training, x_hat.reshape(x.shape), gamma[:, None, None], std[:, None, None])
    return out, cache, running_mean, running_var


def _as_rows(arguments, training, momentum, eps, back):
    """Normalize rows of channels, which are right, and bring them back in a way of one's own."""
    x, gamma, beta, running_mean, running_var = arguments
    _refuse_misfits(x, arguments[1:], training)
    rows = x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])
    if training:
        mean, var = rows.mean(axis=0), rows.var(axis=0)
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, var)
    else:
        mean, var = running_mean, running_var
    std = np.sqrt(var + eps)
    x_hat = (rows - mean) / std
    cache = (training, back(x_hat), gamma[:, None, None], std[:, None, None])
    return back(gamma * x_hat + beta), cache, running_mean, running_var


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-rows",
    cites=["https://github.com/marcopeix/Deep_Learning_AI/issues/1"],
    message="Your rows are right, but on the way back you reshape straight to (N, C, H, W). In the "
    "rows the channels stand last: reshape to (N, H, W, C), then move the channels to axis 1.",
)
def channels_not_moved_back(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    arguments = (x, gamma, beta, running_mean, running_var)
    return _as_rows(arguments, training, momentum, eps, lambda rows: rows.reshape(x.shape))


# There in names and comments, which take rows and columns for one another.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-rows",
    cites=["https://github.com/tensorflow/tensorflow/pull/21087"],
    message="Rows and columns of the maps are swapped on the way back. You bring the channels last "
    "as (N, H, W, C) and read the result as (N, W, H, C): the numbers are normalized, but they "
    "stand in other places. Reshape back to the sizes in the order that they had.",
)
def height_and_width_swapped_back(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    def back(rows):
        N, C, H, W = x.shape
        return rows.reshape(N, W, H, C).transpose(0, 3, 2, 1)

    arguments = (x, gamma, beta, running_mean, running_var)
    return _as_rows(arguments, training, momentum, eps, back)


# There the other way round: an instance normalization that takes its means over the batch.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/sonos/tract/pull/2863"],
    message="You normalize each image by itself, with a mean and a variance for every image and "
    "channel. That is instance normalization. In batch normalization the images of the batch share "
    "one mean and one variance for each channel: axis 0 belongs to the statistics too.",
)
def statistics_for_each_image(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    statistics = _over((2, 3), lambda each, x: each.mean(axis=(0, 2, 3)))
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/Nico-Curti/NumPyNet/issues/7"],
    message="You normalize each place of the map by itself, over the batch only. That treats every "
    "pixel as a feature of its own. A filter uses the same weights everywhere, so all places of "
    "its map share one mean and one variance: axes 2 and 3 belong to the statistics too.",
)
def statistics_for_each_place(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    statistics = _over(0, lambda each, x: each.mean(axis=(0, 2, 3)))
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/ap229997/Conditional-Batch-Norm/issues/5"],
    message="You take one mean and one variance of the whole batch, all channels together. Each "
    "channel has its own: leave axis 1 out of the axes that you average over.",
)
def statistics_over_everything(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    statistics = _over(None, lambda each, x: np.full(x.shape[1], each.item(), x.dtype))
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


# There in a layer normalization that was to go over channels and places, and did not.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/tensorflow/tensorflow/issues/39942"],
    message="You normalize each image over all its channels and places. That is layer "
    "normalization. Batch normalization does the opposite: it goes over the images, and keeps the "
    "channels apart.",
)
def statistics_over_channels_and_places(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    statistics = _over((1, 2, 3), lambda each, x: np.full(x.shape[1], each.mean(), x.dtype))
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/titu1994/Keras-Group-Normalization/issues/8"],
    message="Your statistics go over batch and channels, and leave the places: the wrong axes go "
    "away. What is left has to be the channel axis, axis 1.",
)
def statistics_over_batch_and_channels(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    statistics = _over((0, 1), lambda each, x: np.full(x.shape[1], each.mean(), x.dtype))
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


# There in layers that expect the channels last, and get them at axis 1.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=[
        "https://github.com/dblN/stochastic_depth_keras/issues/1",
        "https://github.com/sharathadavanne/seld-dcase2021/issues/8",
    ],
    message="You normalize every column of the picture, over axes 0, 1 and 2, as if the channels "
    "stood last. In this book's batches, (N, C, H, W), they stand at axis 1: the statistics go "
    "over axes 0, 2 and 3.",
)
def statistics_for_each_column_of_the_picture(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    statistics = _over((0, 1, 2), lambda each, x: np.full(x.shape[1], each.mean(), x.dtype))
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


# There the parts are those of several devices.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/davisking/dlib/issues/2404"],
    message="Your variance is the mean of the images' own variances. It leaves out how far the "
    "images' means lie apart, and comes out too small. Take the squared distances of all numbers "
    "from the mean of the whole channel.",
)
def variance_averaged_over_images(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    def statistics(x):
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(2, 3)).mean(axis=0)
        return mean[:, None, None], var[:, None, None], mean, var

    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


# There the parts are those of several devices.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/davisking/dlib/issues/2404"],
    message="Your variance is the mean of the variances at each place. It leaves out how far the "
    "places' means lie apart, and comes out too small. Take the squared distances of all numbers "
    "from the mean of the whole channel.",
)
def variance_averaged_over_places(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    def statistics(x):
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=0).mean(axis=(1, 2))
        return mean[:, None, None], var[:, None, None], mean, var

    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, statistics)


# What is divided by ----------------------------------------------------------------------------


def _by_channel(x, ddof=0):
    mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3), ddof=ddof)
    return mean[:, None, None], var[:, None, None], mean, var


# There in one direction or the other, for the output and for the running average.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=[
        "https://github.com/pytorch/pytorch/issues/54858",
        "https://github.com/pytorch/pytorch/issues/60528",
    ],
    message="Your variance is divided by N * H * W - 1 instead of N * H * W. It is no estimate for "
    "numbers that were never seen, but the variance of this very batch: with ddof = 0 the "
    "normalized channel has variance 1.",
)
def variance_over_m_minus_1(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, eps, lambda x: _by_channel(x, ddof=1))


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=[
        "https://github.com/Tencent/ncnn/pull/311",
        "https://github.com/pjreddie/darknet/pull/17",
    ],
    message="You add eps outside the root: sqrt(var) + eps. It belongs to the variance, inside: "
    "sqrt(var + eps). With a tiny eps that is nearly the same, until a channel is narrow.",
)
def eps_outside_the_root(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(
        arguments, training, momentum, eps, _by_channel, lambda var, eps: np.sqrt(var) + eps
    )


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/PaddlePaddle/Paddle/issues/5548"],
    message="You always add 1e-5, whatever eps the caller asks for. That number is only what eps "
    "is by default: use the argument.",
)
def eps_fixed(x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5):
    arguments = (x, gamma, beta, running_mean, running_var)
    return _layer(arguments, training, momentum, 1e-5, _by_channel)
