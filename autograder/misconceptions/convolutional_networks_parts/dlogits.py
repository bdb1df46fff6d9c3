"""Mistakes in the dlogits of cross_entropy, beside a right loss.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _loss_and_probabilities(logits, targets):
    if logits.ndim != 2 or len(logits) == 0:
        raise ValueError(f"expected logits (N, D), got {logits.shape}")
    N, D = logits.shape
    if targets.shape != (N,):
        raise ValueError(f"expected targets ({N},), got {targets.shape}")
    if targets.min() < 0 or targets.max() >= D:
        raise ValueError(f"expected 0 to {D - 1}, got {targets.min()} to {targets.max()}")
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(N), targets].mean(), np.exp(log_p)


@misconception(
    "cross_entropy",
    section="convolutional_networks-dlogits",
    cites=[
        "https://github.com/victorlempitsky/Mate/issues/2",
        "https://github.com/tensorflow/swift-apis/pull/42",
        "https://github.com/jxgu1016/MNIST_center_loss_pytorch/issues/9",
    ],
    message="Your loss is a mean, but dlogits belong to a sum: they are too large by the number of "
    "images. Each image has only an N-th part in the loss.",
)
def gradient_not_averaged(logits, targets):
    loss, p = _loss_and_probabilities(logits, targets)
    p[np.arange(len(targets)), targets] -= 1
    return loss, p


# There another term stands in the place of the 1.
@misconception(
    "cross_entropy",
    section="convolutional_networks-dlogits",
    cites=["https://github.com/mlpack/mlpack/issues/2360"],
    message="Your dlogits are the probabilities alone. At the right class of each image 1 has to "
    "be subtracted: its score is the one that should rise.",
)
def one_not_subtracted(logits, targets):
    loss, p = _loss_and_probabilities(logits, targets)
    return loss, p / len(targets)


# There the same entries are picked, in another loss, and overwritten.
@misconception(
    "cross_entropy",
    section="convolutional_networks-dlogits",
    cites=["https://github.com/bruceoutdoors/CS231n/issues/5"],
    message="With dlogits[:, targets] -= 1 the 1 is subtracted in every row, in all columns that "
    "are some image's right class. Row i wants it in column targets[i] only: two arrays of "
    "indices pick one entry of each row.",
)
def one_subtracted_in_every_row(logits, targets):
    loss, p = _loss_and_probabilities(logits, targets)
    p[:, targets] -= 1
    return loss, p / len(targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-dlogits",
    cites=[
        "https://github.com/deeplearning4j/deeplearning4j/issues/349",
        "https://github.com/haifengl/smile/pull/151",
    ],
    message="Your dlogits have the wrong sign: they are the probabilities minus 1 at the right "
    "class, and not 1 minus the probabilities. A step against yours would make the loss rise.",
)
def sign_of_dlogits(logits, targets):
    loss, p = _loss_and_probabilities(logits, targets)
    p[np.arange(len(targets)), targets] -= 1
    return loss, -p / len(targets)


# There in class losses that are divided by the batch size once more.
@misconception(
    "cross_entropy",
    section="convolutional_networks-dlogits",
    cites=[
        "https://github.com/eriklindernoren/PyTorch-YOLOv3/pull/137",
        "https://github.com/TreB1eN/InsightFace_Pytorch/issues/22",
    ],
    message="Your dlogits are divided by the number of images twice. The loss is one mean, so its "
    "gradient holds one division by N.",
)
def gradient_averaged_twice(logits, targets):
    loss, p = _loss_and_probabilities(logits, targets)
    p[np.arange(len(targets)), targets] -= 1
    return loss, p / len(targets) ** 2


# There in an optimizer.
@misconception(
    "cross_entropy",
    section="convolutional_networks-traps",
    cites=[
        "https://github.com/google/flax/issues/924",
        "https://github.com/jax-ml/jax/issues/4827",
    ],
    message="Your dlogits are always float64: the array of ones and zeros that you subtract is "
    "float64, as np.zeros and np.eye make it. Scores of float32 get dlogits of float32.",
)
def one_hot_of_float64(logits, targets):
    loss, p = _loss_and_probabilities(logits, targets)
    one_hot = np.zeros(logits.shape)
    one_hot[np.arange(len(targets)), targets] = 1
    return loss, (p - one_hot) / len(targets)
