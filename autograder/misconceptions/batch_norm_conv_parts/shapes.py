"""Mistakes in batch_norm2d_forward that have to do with shapes, broadcasting and number types.

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


def _statistics(x, running_mean, running_var, training, momentum):
    """Give mean and variance to normalize with, and the new running averages, all (C,)."""
    if not training:
        return running_mean, running_var, running_mean, running_var
    mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    running_mean = (1 - momentum) * running_mean + momentum * mean
    running_var = (1 - momentum) * running_var + momentum * var
    return mean, var, running_mean, running_var


def _right(x, gamma, beta, running_mean, running_var, training, momentum, eps):
    mean, var, *running = _statistics(x, running_mean, running_var, training, momentum)
    std = np.sqrt(var + eps)[:, None, None]
    x_hat = (x - mean[:, None, None]) / std
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    return out, (training, x_hat, gamma[:, None, None], std), *running


# Which axis a channel's number meets -----------------------------------------------------------


# There in two axes, features by samples.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-broadcast",
    cites=[
        "https://github.com/RubixML/ML/pull/445",
        "https://github.com/tensorlayer/TensorLayer/pull/963",
    ],
    message="gamma and beta meet the wrong axis. NumPy aligns an array of shape (C,) with the last "
    "axis of x, so that each column of the picture gets a scale of its own; where W equals C "
    "nothing complains, and elsewhere you get an error. Give them the shape (1, C, 1, 1).",
)
def scale_along_the_width(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var, *running = _statistics(x, running_mean, running_var, training, momentum)
    std = np.sqrt(var + eps)[:, None, None]
    x_hat = (x - mean[:, None, None]) / std
    out = gamma * x_hat + beta
    return out, (training, x_hat, gamma[:, None, None], std), *running


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-broadcast",
    cites=["https://github.com/tensorlayer/TensorLayer/pull/963"],
    message="Mean and variance are those of the channels, but you subtract and divide along the "
    "last axis: NumPy aligns an array of shape (C,) with the columns of the picture. Where W "
    "equals C nothing complains, and elsewhere you get an error. Give them the shape "
    "(1, C, 1, 1), or keep the axes with keepdims=True.",
)
def statistics_along_the_width(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var, *running = _statistics(x, running_mean, running_var, training, momentum)
    x_hat = (x - mean) / np.sqrt(var + eps)
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    std = np.sqrt(var + eps)[:, None, None]
    return out, (training, x_hat, gamma[:, None, None], std), *running


# In the first, a preprocessing step.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-broadcast",
    cites=[
        "https://github.com/qdrant/fastembed/pull/682",
        "https://github.com/RubixML/ML/pull/445",
    ],
    message="You turn x around with x.T, which reverses all four axes: its last one is then N, not "
    "C. With as many images as channels nothing complains, and each image gets a scale of its own; "
    "elsewhere you get an error. Give gamma and beta the shape (1, C, 1, 1) and leave x as it is.",
)
def scale_along_the_batch(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var, *running = _statistics(x, running_mean, running_var, training, momentum)
    std = np.sqrt(var + eps)[:, None, None]
    x_hat = (x - mean[:, None, None]) / std
    out = (x_hat.T * gamma + beta).T
    return out, (training, x_hat, gamma[:, None, None], std), *running


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-broadcast",
    cites=["https://github.com/sahandsafizadeh/qeep/pull/97"],
    message="All channels get the scale and the shift of the first one. gamma and beta hold a "
    "number for each channel: every channel is multiplied by its own gamma, and its own beta is "
    "added.",
)
def one_scale_for_all_channels(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    one = 0 * gamma + gamma[0], 0 * beta + beta[0]
    return _right(x, *one, running_mean, running_var, training, momentum, eps)


# What is refused -------------------------------------------------------------------------------


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-traps",
    cites=["https://github.com/sahandsafizadeh/qeep/pull/97"],
    message="A gamma, beta or running average of one single number is accepted for many channels: "
    "NumPy stretches it over all of them without asking. Compare the four shapes with (C,) first, "
    "and raise a ValueError that says what was expected and what came.",
)
def vectors_of_one_number_accepted(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    vectors = (gamma, beta, running_mean, running_var)
    _refuse_misfits(x, [each for each in vectors if each.shape != (1,)], training)
    return _right(x, *vectors, training, momentum, eps)


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-one-value",
    cites=[
        "https://github.com/pytorch/pytorch/pull/2961",
        "https://github.com/chainer/chainer/pull/3996",
    ],
    message="In training you accept one image of maps of 1 x 1. Each channel then holds one "
    "number, which is its own mean: the output is beta, whatever the input was. Raise a ValueError "
    "that names the shape.",
)
def one_value_a_channel_accepted(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    vectors = (gamma, beta, running_mean, running_var)
    _refuse_misfits(x, vectors, training=False)
    return _right(x, *vectors, training, momentum, eps)


# There in a first version of the check, which a reviewer stopped.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-one-value",
    cites=["https://github.com/pytorch/pytorch/pull/2961"],
    message="You refuse one number a channel at test time as well. There the running averages are "
    "used, and one number is as good as many: refuse it in training only.",
)
def one_value_a_channel_refused_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    vectors = (gamma, beta, running_mean, running_var)
    _refuse_misfits(x, vectors, training=True)
    return _right(x, *vectors, training, momentum, eps)


# There a book says so of every batch of one, and a reader objects.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-one-value",
    cites=["https://github.com/d2l-ai/d2l-en/issues/1722"],
    message="You refuse every batch of one image in training. One image has H * W numbers in each "
    "channel, and that is enough: only N * H * W = 1 is too few.",
)
def one_image_refused(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    vectors = (gamma, beta, running_mean, running_var)
    _refuse_misfits(x, vectors, training)
    if training and len(x) == 1:
        raise ValueError(f"expected more than one image in training, got x.shape={x.shape}")
    return _right(x, *vectors, training, momentum, eps)


# Number types and the caller's arrays ----------------------------------------------------------


# There in the room for a network's predictions.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-traps",
    cites=["https://github.com/keras-team/keras/pull/3187"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "With a batch and parameters of float32 the output is float32.",
)
def float64_output(x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5):
    vectors = (gamma, beta, running_mean, running_var)
    _refuse_misfits(x, vectors, training)
    right, *rest = _right(x, *vectors, training, momentum, eps)
    out = np.zeros(x.shape)
    for c in range(x.shape[1]):
        out[:, c] = right[:, c]
    return out, *rest


# There in another normalization.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-traps",
    cites=["https://github.com/mingti-org/phyai/pull/40"],
    message="Your output is made like x, so with images of integers every fraction is cut off when "
    "it is stored. Let the arithmetic make the array: it gives fractions their type.",
)
def integer_output(x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5):
    vectors = (gamma, beta, running_mean, running_var)
    _refuse_misfits(x, vectors, training)
    right, *rest = _right(x, *vectors, training, momentum, eps)
    out = np.zeros_like(x)
    for c in range(x.shape[1]):
        out[:, c] = right[:, c]
    return out, *rest


# There the input was used as room for the running averages.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-traps",
    cites=["https://github.com/flagos-ai/FlagGems/issues/6332"],
    message="Your function changes x: with -=, /=, *= and += it works in the caller's own array. "
    "Write the result of the first step into a new array: x_hat = x - mean.",
)
def computed_in_place(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    vectors = (gamma, beta, running_mean, running_var)
    _refuse_misfits(x, vectors, training)
    out, *rest = _right(x, *vectors, training, momentum, eps)
    if x.dtype.kind != "f":
        return out, *rest
    x[...] = out
    return x, *rest
