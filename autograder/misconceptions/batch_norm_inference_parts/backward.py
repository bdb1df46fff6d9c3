"""Mistakes in batch_norm_backward, in its two modes.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

from autograder.testing import misconception


def _through_statistics(dx_hat, x_hat, std):
    """Go back through the mean and the variance of the batch."""
    return (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std


def _right_gradients(dout, cache):
    training, x_hat, gamma, std = cache
    dx_hat = dout * gamma
    dx = _through_statistics(dx_hat, x_hat, std) if training else dx_hat / std
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=[
        "https://github.com/apache/mxnet/issues/9580",
        "https://github.com/pytorch/xla/issues/913",
    ],
    message="At test time your dx still goes through a mean and a variance, as in training. The "
    "running averages do not depend on x: each number moves its own output only, by gamma over "
    "the root.",
)
def training_way_back_at_test_time(dout, cache):
    _, x_hat, gamma, std = cache
    _, dgamma, dbeta = _right_gradients(dout, cache)
    return _through_statistics(dout * gamma, x_hat, std), dgamma, dbeta


@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=["https://github.com/facebookresearch/CrypTen/pull/143"],
    message="In training your dx treats mean and variance as constants, as if it were test time. "
    "They were computed from this batch, so every number of a column moves all its outputs: add "
    "the ways through the mean and through the variance.",
)
def test_way_back_in_training(dout, cache):
    _, _, gamma, std = cache
    _, dgamma, dbeta = _right_gradients(dout, cache)
    return dout * gamma / std, dgamma, dbeta


@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=["https://github.com/abhiskk/ladder/issues/2"],
    message="In training your dx goes through the mean, but treats the variance as a constant. The "
    "variance was computed from this batch as well: the third way is missing.",
)
def variance_held_constant(dout, cache):
    training, _, gamma, std = cache
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    if training:
        dx_hat = dout * gamma
        dx = (dx_hat - dx_hat.mean(axis=0)) / std
    return dx, dgamma, dbeta


# There in training; the two ways back are written apart here, so it can be in one of them.
@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=["https://github.com/denizyuret/Knet.jl/issues/288"],
    message="At test time gamma takes no part in your dx. x_hat was multiplied by gamma before it "
    "became the output, so dout has to be multiplied by gamma too.",
)
def no_gamma_in_dx_at_test_time(dout, cache):
    training, _, _, std = cache
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    return dx if training else dout / std, dgamma, dbeta


@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=["https://github.com/denizyuret/Knet.jl/issues/288"],
    message="gamma takes no part in your dx, in both modes. x_hat was multiplied by gamma before "
    "it became the output: multiply dout by gamma first, then go back through the normalization.",
)
def no_gamma_in_dx(dout, cache):
    _, _, gamma, _ = cache
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    return dx / gamma, dgamma, dbeta


# In the first in dgamma; in the second the shift was undone as well.
@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=[
        "https://github.com/tensorflow/tensorflow/issues/14676",
        "https://github.com/torch/nn/pull/615",
    ],
    message="At test time you multiply by the root where you should divide. The way back is not "
    "the inverse: the forward pass divided by it, and the slope of that is a division too.",
)
def multiplied_by_the_root_at_test_time(dout, cache):
    training, _, gamma, std = cache
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    return dx if training else dout * gamma * std, dgamma, dbeta


# There what the batch gave was missing on the way back, and was put in.
@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=["https://github.com/torch/nn/pull/768"],
    message="At test time your dgamma weighs dout with numbers that are normalized by the batch. "
    "gamma multiplied what the running averages made of x: weigh with that x_hat.",
)
def dgamma_by_batch_statistics_at_test_time(dout, cache):
    training, x_hat, _, _ = cache
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    if not training:
        # x_hat is a straight line in x: normalized by the batch, both give the same.
        again = (x_hat - x_hat.mean(axis=0)) / x_hat.std(axis=0)
        dgamma = (dout * again).sum(axis=0)
    return dx, dgamma, dbeta


@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-backward",
    cites=[
        "https://github.com/cthorey/CS231/issues/9",
        "https://github.com/wjbKimberly/cs231n_spring_2017_assignment/issues/7",
    ],
    message="Your dgamma and your dbeta are divided by the number of samples. Both are sums; if "
    "the loss is a mean over the batch, its gradient, dout, holds that division already.",
)
def parameter_gradients_averaged(dout, cache):
    dx, dgamma, dbeta = _right_gradients(dout, cache)
    return dx, dgamma / len(dout), dbeta / len(dout)


# There the forward pass wrote over its input, which the backward pass needs.
@misconception(
    "batch_norm_backward",
    section="batch_norm_inference-traps",
    cites=["https://github.com/PaddlePaddle/Paddle/pull/21065"],
    message="You compute in dout's own array, and dout belongs to the caller: `dout *= gamma` "
    "changes it, `dx_hat = dout * gamma` makes a new one.",
)
def dout_changed(dout, cache):
    training, x_hat, gamma, std = cache
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    dout *= gamma
    if training:
        return _through_statistics(dout, x_hat, std), dgamma, dbeta
    dout /= std
    return dout, dgamma, dbeta
