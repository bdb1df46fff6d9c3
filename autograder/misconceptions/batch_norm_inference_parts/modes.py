"""Mistakes in batch_norm_forward about its two modes: by what it normalizes, and when.

The comment above an entry says where its cited case differs from it, if it does.
What an entry is not about comes out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, *arrays):
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(f"expected x (N, D) with at least one sample, got {x.shape}")
    shapes = [each.shape for each in arrays]
    if shapes != [(x.shape[1],)] * 4:
        raise ValueError(f"expected four arrays of shape ({x.shape[1]},), got {shapes}")


def _normalized(x, gamma, beta, mean, std, training):
    """Give the output, and the cache that tells the backward pass the mode."""
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (training, x_hat, gamma, std)


def _by_batch(x, gamma, beta, eps):
    """Give the output of training, and its cache."""
    std = np.sqrt(x.var(axis=0) + eps)
    return _normalized(x, gamma, beta, x.mean(axis=0), std, True)


def _by_memory(x, gamma, beta, mean, std):
    """Give the output of test time, and its cache."""
    return _normalized(x, gamma, beta, mean, std, False)


def _moved(x, running_mean, running_var, momentum):
    return (
        (1 - momentum) * running_mean + momentum * x.mean(axis=0),
        (1 - momentum) * running_var + momentum * x.var(axis=0),
    )


# The wrong statistics -------------------------------------------------------------------------


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-bug",
    cites=[
        "https://github.com/anitan0925/vaegan/issues/1",
        "https://github.com/vlfeat/matconvnet/issues/280",
    ],
    message="At test time you still normalize by the batch: what comes out for a sample depends on "
    "its neighbors, and one sample alone gives beta. Use running_mean and running_var there.",
)
def batch_statistics_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    out, cache = _by_batch(x, gamma, beta, eps)
    if training:
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-test-time",
    cites=[
        "https://github.com/chemprop/chemprop/pull/952",
        "https://github.com/jurgisp/pydreamer/issues/7",
    ],
    message="Your running averages move at test time too. Testing must not teach: move them in "
    "training only, or the result depends on what was tested before.",
)
def averages_move_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
    else:
        out, cache = _by_memory(x, gamma, beta, running_mean, np.sqrt(running_var + eps))
    running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    return out, cache, running_mean, running_var


# There the modes are not told apart by the framework's own importer.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-bug",
    cites=["https://github.com/apache/tvm/pull/17752"],
    message="The mode is never asked for: at test time you do all that training does, normalize by "
    "the batch and move the running averages. Look at the argument training.",
)
def mode_ignored(x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    out, cache = _by_batch(x, gamma, beta, eps)
    running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    return out, cache, running_mean, running_var


# There it was asked for, since a batch of one sample is not normalized otherwise.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=["https://github.com/keras-team/keras/issues/2138"],
    message="In training you normalize by the running averages. There the mean and the variance of "
    "the batch itself are used, and the running averages are only kept for later.",
)
def running_averages_in_training(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    out, cache = _by_memory(x, gamma, beta, running_mean, np.sqrt(running_var + eps))
    if training:
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    return out, cache, running_mean, running_var


# There the update wrote over arrays that were needed afterwards.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=["https://github.com/tenstorrent/tt-metal/pull/45578"],
    message="In training you move the running averages first and then normalize by them. Normalize "
    "by the mean and the variance of the batch; the averages are for test time.",
)
def averages_moved_first_and_used(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    out, cache = _by_memory(x, gamma, beta, running_mean, np.sqrt(running_var + eps))
    return out, cache, running_mean, running_var


# The division at test time --------------------------------------------------------------------


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-test-time",
    cites=["https://github.com/chainer/chainer/pull/2214"],
    message="At test time you divide without eps. Add it to the running variance, inside the root, "
    "as in training: a network is trained with it.",
)
def no_eps_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    else:
        out, cache = _by_memory(x, gamma, beta, running_mean, np.sqrt(running_var))
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-test-time",
    cites=["https://github.com/Tencent/ncnn/pull/311"],
    message="At test time you add eps outside the root. It is added to the running variance, and "
    "the root is taken of the sum, as in training.",
)
def eps_outside_the_root_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    else:
        out, cache = _by_memory(x, gamma, beta, running_mean, np.sqrt(running_var) + eps)
    return out, cache, running_mean, running_var


# There in the documentation.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-test-time",
    cites=["https://github.com/tensorflow/tensorflow/issues/47608"],
    message="At test time you divide by the running variance instead of its square root. What is "
    "remembered is a variance; the root has to be taken when it is used.",
)
def divides_by_the_running_variance(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    else:
        out, cache = _by_memory(x, gamma, beta, running_mean, running_var + eps)
    return out, cache, running_mean, running_var


# In the second, in training, in layer normalization.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=[
        "https://github.com/PaddlePaddle/Paddle/issues/5548",
        "https://github.com/apple/axlearn/pull/397",
    ],
    message="In training the eps of the caller does not reach the variance: 1e-5 is added, the "
    "default. Add the eps of the caller, in both modes.",
)
def eps_not_handed_on(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, 1e-5)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    else:
        out, cache = _by_memory(x, gamma, beta, running_mean, np.sqrt(running_var + eps))
    return out, cache, running_mean, running_var


# There both are missing in a wrapper, in both modes.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-test-time",
    cites=["https://github.com/vlfeat/matconvnet/issues/280"],
    message="At test time gamma and beta take no part in your output. Only where mean and variance "
    "come from is different; the scale and the shift are those of training.",
)
def no_scale_and_shift_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
        return out, cache, running_mean, running_var
    std = np.sqrt(running_var + eps)
    x_hat = (x - running_mean) / std
    return x_hat, (False, x_hat, gamma, std), running_mean, running_var


# Arrays ---------------------------------------------------------------------------------------


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-traps",
    cites=[
        "https://github.com/torch/nn/pull/777",
        "https://github.com/torchcvnn/torchcvnn/issues/47",
    ],
    message="Arrays of one single number, or of another shape, are accepted for many columns: "
    "NumPy stretches them without asking. Compare all four shapes with (D,) first, and raise a "
    "ValueError that says what was expected and what came.",
)
def shapes_not_compared(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(f"expected x (N, D) with at least one sample, got {x.shape}")
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
    else:
        out, cache = _by_memory(x, gamma, beta, running_mean, np.sqrt(running_var + eps))
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-traps",
    cites=[
        "https://github.com/numpy/numpy/issues/7006",
        "https://github.com/pytorch/vision/issues/517",
    ],
    message="At test time your function changes x: -= and /= work in the caller's own array. Use "
    "x - running_mean, which makes a new one.",
)
def x_changed_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
        return out, cache, running_mean, running_var
    if x.dtype.kind != "f":
        x = x.astype(float)
    std = np.sqrt(running_var + eps)
    x -= running_mean
    x /= std
    return gamma * x + beta, (False, x.copy(), gamma, std), running_mean, running_var


# What is kept for the way back ----------------------------------------------------------------


# There x was centered, and not divided.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-backward",
    cites=["https://github.com/tensorflow/tensorflow/issues/14676"],
    message="At test time your dgamma weighs dout with x as it came in. gamma multiplied the "
    "normalized numbers in this mode too: keep x_hat in the cache, and weigh with that.",
)
def dgamma_from_raw_x_at_test_time(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    if training:
        out, cache = _by_batch(x, gamma, beta, eps)
        running_mean, running_var = _moved(x, running_mean, running_var, momentum)
        return out, cache, running_mean, running_var
    std = np.sqrt(running_var + eps)
    out, _ = _by_memory(x, gamma, beta, running_mean, std)
    return out, (False, x, gamma, std), running_mean, running_var
