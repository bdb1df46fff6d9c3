"""Mistakes in what batch_norm_forward remembers: the running averages, in training.

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


def _normalized(x, gamma, beta, running_mean, running_var, training, eps):
    """Give the right output, and the cache that goes with it."""
    _refuse_misfits(x, gamma, beta, running_mean, running_var)
    mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (running_mean, running_var)
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (training, x_hat, gamma, std)


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-memory",
    cites=[
        "https://github.com/cs231n/cs231n.github.io/issues/180",
        "https://github.com/pytorch/pytorch/issues/15298",
        "https://github.com/Jermmy/pytorch-quantization-demo/issues/17",
    ],
    message="Your momentum is the other way round: it multiplies the old average. Here momentum is "
    "the share of the new batch, running = (1 - momentum) * running + momentum * batch. Some "
    "courses and libraries define it the other way, so look it up wherever you go.",
)
def momentum_the_other_way_round(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        running_mean = momentum * running_mean + (1 - momentum) * x.mean(axis=0)
        running_var = momentum * running_var + (1 - momentum) * x.var(axis=0)
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=[
        "https://github.com/keras-team/keras/issues/2138",
        "https://github.com/soumith/cudnn.torch/pull/109",
    ],
    message="You average standard deviations in running_var. It is the average of variances: leave "
    "out the root here. At test time the root is taken once, after eps is added.",
)
def average_of_standard_deviations(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        running_mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
        running_var = (1 - momentum) * running_var + momentum * x.std(axis=0)
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=[
        "https://github.com/nntrainer/nntrainer/pull/677",
        "https://github.com/chainer/chainer/issues/7506",
    ],
    message="Your running_var has eps in it. eps belongs to the division: average the variances "
    "alone, or eps is added twice at test time.",
)
def eps_in_the_running_variance(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        var = x.var(axis=0) + eps
        running_mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
        running_var = (1 - momentum) * running_var + momentum * var
    return out, cache, running_mean, running_var


# There on purpose, as in the paper; this course averages the variance that training divides by.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=[
        "https://github.com/pytorch/pytorch/issues/60528",
        "https://github.com/keras-team/keras/issues/10443",
    ],
    message="Your running_var averages variances that are divided by N - 1. PyTorch does so; this "
    "course does not: the variance of a batch is divided by N everywhere (ddof=0).",
)
def running_variance_over_n_minus_1(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        ddof = 1 if len(x) > 1 else 0
        running_mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
        running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=ddof)
    return out, cache, running_mean, running_var


# There proposed as one of two cures.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=["https://github.com/pytorch/pytorch/issues/3122"],
    message="You divide the variance by N - 1, in the output as well as in running_var. Batch "
    "normalization divides by N, the number of samples (ddof=0).",
)
def every_variance_over_n_minus_1(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        mean, var = x.mean(axis=0), x.var(axis=0, ddof=1 if len(x) > 1 else 0)
        std = np.sqrt(var + eps)
        x_hat = (x - mean) / std
        out, cache = gamma * x_hat + beta, (True, x_hat, gamma, std)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=[
        "https://github.com/tensorflow/tensorflow/issues/11965",
        "https://github.com/paiml/aprender/pull/2166",
    ],
    message="After a step of training your running averages are what they were before. Each batch "
    "in training has to move them; else the layer normalizes with 0 and 1 at test time.",
)
def averages_not_moved(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    return out, cache, running_mean, running_var


# There nothing was averaged over batches at all.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-memory",
    cites=["https://github.com/wkcn/mobula/issues/2"],
    message="Your running averages are the statistics of the last batch. They have to remember the "
    "batches before: most of the old value stays, and only the share momentum is new.",
)
def only_the_last_batch(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        running_mean, running_var = x.mean(axis=0), x.var(axis=0)
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-running",
    cites=[
        "https://github.com/rasbt/machine-learning-book/issues/134",
        "https://github.com/parasdahal/deepnet/issues/11",
    ],
    message="Your running averages are moved by one mean and one variance of the whole batch: "
    "without an axis, NumPy takes all the numbers there are. Every column has its own: axis=0.",
)
def averages_of_the_whole_batch(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        running_mean = (1 - momentum) * running_mean + momentum * np.mean(x)
        running_var = (1 - momentum) * running_var + momentum * np.var(x)
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-memory",
    cites=["https://github.com/ahrefs/ocannl/issues/879"],
    message="You always use a momentum of 0.1, whatever the caller asks for. That number is only "
    "what momentum is by default: use the argument.",
)
def momentum_fixed(x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        running_mean = 0.9 * running_mean + 0.1 * x.mean(axis=0)
        running_var = 0.9 * running_var + 0.1 * x.var(axis=0)
    return out, cache, running_mean, running_var


@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-traps",
    cites=["https://github.com/pytorch/pytorch/issues/46808"],
    message="You update running_mean and running_var in the caller's own arrays: *= and += write "
    "where the array is. Compute new arrays and return them; the caller decides what to keep.",
)
def averages_updated_in_place(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        running_mean *= 1 - momentum
        running_mean += momentum * x.mean(axis=0)
        running_var *= 1 - momentum
        running_var += momentum * x.var(axis=0)
    return out, cache, running_mean, running_var


# There the arrays of float64 met others of float32, which was refused.
@misconception(
    "batch_norm_forward",
    section="batch_norm_inference-traps",
    cites=["https://github.com/tinygrad/tinygrad/pull/7025"],
    message="Your running averages are always float64, because np.zeros makes float64 unless told "
    "otherwise. With arrays of float32 they stay float32.",
)
def float64_averages(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    out, cache = _normalized(x, gamma, beta, running_mean, running_var, training, eps)
    if training:
        mean, var = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        for j in range(x.shape[1]):
            mean[j] = (1 - momentum) * running_mean[j] + momentum * x[:, j].mean()
            var[j] = (1 - momentum) * running_var[j] + momentum * x[:, j].var()
        running_mean, running_var = mean, var
    return out, cache, running_mean, running_var
