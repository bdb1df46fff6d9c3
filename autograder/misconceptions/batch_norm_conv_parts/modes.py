"""Mistakes in the running averages and in what belongs to training and to test time.

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


def _batch(x):
    return x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))


def _mixed(running, momentum, batch):
    return (1 - momentum) * running + momentum * batch


def _normalized(x, gamma, beta, mean, var, training, eps):
    """Give out and cache, normalized with a mean and a variance for each channel."""
    std = np.sqrt(var + eps)[:, None, None]
    x_hat = (x - mean[:, None, None]) / std
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    return out, (training, x_hat, gamma[:, None, None], std)


# The running averages --------------------------------------------------------------------------


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-running",
    cites=[
        "https://github.com/d2l-ai/d2l-en/pull/2213",
        "https://github.com/cs231n/cs231n.github.io/issues/180",
    ],
    message="Your running averages mix the other way round: with momentum 0.1, nine tenths come "
    "from the batch and one tenth stays. Here momentum is the share of the batch: "
    "(1 - momentum) * running + momentum * batch. Other courses and Keras mean the opposite by it.",
)
def momentum_reversed(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


# There in a report that asks for the other number.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-running",
    cites=[
        "https://github.com/pytorch/pytorch/issues/7028",
        "https://github.com/keras-team/keras/pull/5178",
    ],
    message="Your running variance takes in the standard deviation of the batch. It is an average "
    "of variances: at test time the root is taken of it, after eps has been added.",
)
def running_var_from_std(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, np.sqrt(var))
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


# It is what PyTorch does, on purpose.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-running",
    cites=[
        "https://github.com/pytorch/pytorch/issues/3122",
        "https://github.com/ml-explore/mlx/pull/3817",
    ],
    message="Your running variance takes in the variance divided by N * H * W - 1. PyTorch does "
    "that, but this book remembers the variance that the batch was normalized with, divided by "
    "N * H * W.",
)
def running_var_over_m_minus_1(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, x.var(axis=(0, 2, 3), ddof=1))
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-running",
    cites=[
        "https://github.com/chainer/chainer/pull/4505",
        "https://github.com/nntrainer/nntrainer/pull/677",
    ],
    message="Your running variance takes in variance plus eps. At test time eps is added once "
    "more, so it counts twice. Remember the variance alone.",
)
def running_var_with_eps(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, var + eps)
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-running",
    cites=[
        "https://github.com/tensorflow/tensorflow/issues/11965",
        "https://github.com/paiml/aprender/pull/2166",
    ],
    message="Your running averages come back as they went in, also in training. Then at test time "
    "the layer normalizes with what it began with, 0 and 1. In training, move both a step toward "
    "the batch.",
)
def running_averages_never_updated(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = _batch(x) if training else (running_mean, running_var)
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


# There the option is known not to do anything yet.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-running",
    cites=["https://github.com/ahrefs/ocannl/issues/879"],
    message="Your momentum is always 0.1, whatever the caller asks for. That number is only what "
    "momentum is by default: use the argument.",
)
def momentum_fixed(x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean = _mixed(running_mean, 0.1, mean)
        running_var = _mixed(running_var, 0.1, var)
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-traps",
    cites=[
        "https://github.com/pytorch/pytorch/issues/46808",
        "https://github.com/pytorch/pytorch/pull/38040",
    ],
    message="You write into the caller's running averages: `running_mean *= ...` and "
    "`running_mean[:] = ...` change the array that came in. Make new arrays and return them, "
    "`running_mean = (1 - momentum) * running_mean + ...`.",
)
def running_averages_in_place(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean *= 1 - momentum
        running_mean += momentum * mean
        running_var *= 1 - momentum
        running_var += momentum * var
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


# There in names for the shapes.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-running",
    cites=["https://github.com/ml-explore/mlx/pull/217"],
    message="Your running averages come back with the shape (1, C, 1, 1): the mean was taken with "
    "keepdims=True, and its axes have spread. They came in as (C,) and have to go out as (C,), or "
    "the next call does not fit.",
)
def running_averages_with_four_axes(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean = _mixed(running_mean, momentum, mean).reshape(1, -1, 1, 1)
        running_var = _mixed(running_var, momentum, var).reshape(1, -1, 1, 1)
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


# Training and test time ------------------------------------------------------------------------


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-test",
    cites=[
        "https://github.com/anitan0925/vaegan/issues/1",
        "https://github.com/apache/tvm/issues/19574",
    ],
    message="At test time you normalize by the batch's own mean and variance. Then what comes out "
    "for an image depends on its neighbors. Use running_mean and running_var there.",
)
def batch_statistics_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = _batch(x)
    if training:
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, var)
    return *_normalized(x, gamma, beta, mean, var, True, eps), running_mean, running_var


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-test",
    cites=[
        "https://github.com/mf1024/Batch-Renormalization-PyTorch/issues/1",
        "https://github.com/dragen1860/MAML-Pytorch/issues/4",
    ],
    message="Your running averages move at test time as well. They belong to training: a network "
    "that is only used must not change with what it is shown.",
)
def running_averages_updated_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = _batch(x)
    seen = _mixed(running_mean, momentum, mean), _mixed(running_var, momentum, var)
    if not training:
        mean, var = running_mean, running_var
    return *_normalized(x, gamma, beta, mean, var, training, eps), *seen


# There one of the layer's modes did so.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-statistics",
    cites=["https://github.com/keras-team/keras/pull/1470"],
    message="In training you normalize by the running averages. They are memory for test time; in "
    "training, mean and variance are those of the batch, and the gradient goes through them.",
)
def running_averages_in_training(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    if training:
        mean, var = _batch(x)
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, var)
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, False, eps)
    return out, cache, running_mean, running_var


# There in the name of a variable, and in what a library kept under it.
@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-test",
    cites=[
        "https://github.com/keras-team/keras/issues/3484",
        "https://github.com/soumith/cudnn.torch/pull/109",
    ],
    message="At test time you divide by running_var itself, as if it were a standard deviation. It "
    "is a variance: add eps and take the root.",
)
def running_var_read_as_std(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    if not training:
        out, cache = _normalized(x, gamma, beta, running_mean, running_var**2, training, 0.0)
        return out, cache, running_mean, running_var
    mean, var = _batch(x)
    running_mean = _mixed(running_mean, momentum, mean)
    running_var = _mixed(running_var, momentum, var)
    return *_normalized(x, gamma, beta, mean, var, training, eps), running_mean, running_var


@misconception(
    "batch_norm2d_forward",
    section="batch_norm_conv-test",
    cites=["https://github.com/chainer/chainer/pull/2214"],
    message="At test time eps is missing: you divide by the root of running_var alone. It is added "
    "to the variance in both modes, so that both compute the same.",
)
def no_eps_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, (gamma, beta, running_mean, running_var), training)
    mean, var = running_mean, running_var
    if training:
        mean, var = _batch(x)
        running_mean = _mixed(running_mean, momentum, mean)
        running_var = _mixed(running_var, momentum, var)
    normalized = _normalized(x, gamma, beta, mean, var, training, eps if training else 0.0)
    return *normalized, running_mean, running_var
