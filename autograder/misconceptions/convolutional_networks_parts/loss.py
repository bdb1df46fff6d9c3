"""Mistakes in the loss of cross_entropy, and in what it accepts.

Where a mistake has a derivative, its dlogits are that. The comment above an entry says where its
cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(logits, targets):
    if logits.ndim != 2 or len(logits) == 0:
        raise ValueError(f"expected logits (N, D), got {logits.shape}")
    N, D = logits.shape
    if targets.shape != (N,):
        raise ValueError(f"expected targets ({N},), got {targets.shape}")
    if targets.min() < 0 or targets.max() >= D:
        raise ValueError(f"expected 0 to {D - 1}, got {targets.min()} to {targets.max()}")


def _softmax(logits, axis=1):
    exponentials = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def _log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _gradient(probabilities, targets):
    gradient = probabilities.copy()
    gradient[np.arange(len(targets)), targets] -= 1
    return gradient / len(targets)


def _right(logits, targets):
    log_p = _log_softmax(logits)
    rows = np.arange(len(targets))
    return -log_p[rows, targets].mean(), _gradient(np.exp(log_p), targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-loss",
    cites=[
        "https://github.com/deeplearning4j/deeplearning4j/issues/345",
        "https://github.com/ethanfetaya/NRI/issues/25",
        "https://github.com/perone/euclidesdb/issues/2",
    ],
    message="Your softmax goes over the images and not over the classes: each column adds up to 1. "
    "The classes of an image lie along axis 1, and each row has to add up to 1.",
)
def softmax_over_the_batch(logits, targets):
    _refuse_misfits(logits, targets)
    p = _softmax(logits, axis=0)
    with np.errstate(divide="ignore"):
        loss = -np.log(p[np.arange(len(targets)), targets]).mean()
    return loss, _gradient(p, targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-loss",
    cites=[
        "https://github.com/rickwierenga/MLFundamentals/issues/1",
        "https://github.com/nntrainer/nntrainer/pull/430",
    ],
    message="You divide by the sum over all images and classes together. Each image has "
    "probabilities of its own: sum over axis 1, with keepdims=True.",
)
def softmax_over_everything(logits, targets):
    _refuse_misfits(logits, targets)
    exponentials = np.exp(logits - logits.max())
    p = exponentials / exponentials.sum()
    with np.errstate(divide="ignore"):
        loss = -np.log(p[np.arange(len(targets)), targets]).mean()
    return loss, _gradient(p, targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-overflow",
    cites=[
        "https://github.com/pyg-team/pytorch_geometric/issues/53",
        "https://github.com/open-edge-platform/geti/pull/1507",
        "https://github.com/apache/singa/pull/540",
    ],
    message="You take exp of the scores as they are, and exp of a large score is too large for a "
    "number: inf, and then nan. Subtract each row's largest score first; softmax stays the same.",
)
def exponentials_not_shifted(logits, targets):
    _refuse_misfits(logits, targets)
    with np.errstate(all="ignore"):
        exponentials = np.exp(logits)
        p = exponentials / exponentials.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(targets)), targets]).mean()
    return loss, _gradient(p, targets)


# There too the largest score of all is subtracted from every row.
@misconception(
    "cross_entropy",
    section="convolutional_networks-overflow",
    cites=[
        "https://github.com/amdegroot/ssd.pytorch/issues/203",
        "https://github.com/lzx1413/PytorchSSD/issues/22",
    ],
    message="You subtract the largest score of the whole batch from every row. A row far below it "
    "has only zeros left after exp, and the logarithm of their sum is no number. Each row needs "
    "its own largest score: max over axis 1, with keepdims=True.",
)
def one_shift_for_all_rows(logits, targets):
    _refuse_misfits(logits, targets)
    with np.errstate(all="ignore"):
        shifted = logits - logits.max()
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = -log_p[np.arange(len(targets)), targets].mean()
        return loss, _gradient(np.exp(log_p), targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-overflow",
    cites=[
        "https://github.com/tiny-dnn/tiny-dnn/issues/1030",
        "https://github.com/hunkim/ReinforcementZeroToAll/pull/16",
    ],
    message="You compute the probability first and its logarithm afterwards. A very small "
    "probability has become 0 by then, and its logarithm is infinite. Take the logarithm of the "
    "quotient as a difference: the shifted score minus the logarithm of the sum.",
)
def logarithm_of_zero(logits, targets):
    _refuse_misfits(logits, targets)
    p = _softmax(logits)
    with np.errstate(divide="ignore"):
        loss = -np.log(p[np.arange(len(targets)), targets]).mean()
    return loss, _gradient(p, targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-overflow",
    cites=[
        "https://github.com/apache/mxnet/pull/4594",
        "https://github.com/NTMC-Community/MatchZoo/pull/779",
    ],
    message="You add a small number inside the logarithm. It hides the logarithm of 0, but a loss "
    "of 2000 becomes 18, and every other loss is a little wrong. With the difference of the "
    "shifted score and the logarithm of the sum no such number is needed.",
)
def small_number_in_the_logarithm(logits, targets):
    _refuse_misfits(logits, targets)
    p = _softmax(logits)
    loss = -np.log(p[np.arange(len(targets)), targets] + 1e-8).mean()
    return loss, _gradient(p, targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-loss",
    cites=[
        "https://github.com/umbertogriffo/focal-loss-keras/issues/5",
        "https://github.com/aymericdamien/TensorFlow-Examples/pull/357",
    ],
    message="Your loss is the sum over the images. It is the mean: divide by their number, so that "
    "a larger batch does not mean a larger loss.",
)
def loss_summed(logits, targets):
    _refuse_misfits(logits, targets)
    loss, gradient = _right(logits, targets)
    return loss * len(targets), gradient * len(targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-loss",
    cites=[
        "https://github.com/GMvandeVen/continual-learning/issues/5",
        "https://github.com/martin-gorner/tensorflow-mnist-tutorial/issues/31",
    ],
    message="Your mean goes over images and classes, so the loss is divided by the number of "
    "classes too. Only one entry of each row counts: pick it, and take the mean over the images.",
)
def mean_over_the_classes_too(logits, targets):
    _refuse_misfits(logits, targets)
    log_p = _log_softmax(logits)
    one_hot = np.eye(logits.shape[1])[targets]
    return -np.mean(one_hot * log_p), (np.exp(log_p) - one_hot) / logits.size


@misconception(
    "cross_entropy",
    section="convolutional_networks-loss",
    cites=[
        "https://github.com/apache/mxnet/pull/7118",
        "https://github.com/peterroelants/peterroelants.github.io/pull/24",
    ],
    message="The minus is missing. The logarithm of a probability is negative; the loss is minus "
    "that, and the smaller it is, the better.",
)
def minus_forgotten(logits, targets):
    _refuse_misfits(logits, targets)
    loss, gradient = _right(logits, targets)
    return -loss, -gradient


@misconception(
    "cross_entropy",
    section="convolutional_networks-loss",
    cites=[
        "https://github.com/tflearn/tflearn/pull/562",
        "https://github.com/bowang-lab/Transformer-GCN-QA/pull/32",
    ],
    message="Your softmax is taken twice: what goes into the second one are probabilities already. "
    "All losses lie close together then, and little is learned. Use the scores as they come.",
)
def softmax_taken_twice(logits, targets):
    _refuse_misfits(logits, targets)
    return _right(_softmax(logits), targets)


# What is accepted ------------------------------------------------------------------------------


# In the second the framework refuses them, but not with a word that helps.
@misconception(
    "cross_entropy",
    section="convolutional_networks-traps",
    cites=[
        "https://github.com/Theano/Theano/pull/3042",
        "https://github.com/EricFillion/happy-transformer/issues/248",
    ],
    message="A target of -1 is accepted, and NumPy takes it for the last class. Refuse targets "
    "below 0 as you refuse those that are too large.",
)
def negative_targets_accepted(logits, targets):
    _refuse_misfits(logits, np.maximum(targets, 0))
    return _right(logits, targets)


@misconception(
    "cross_entropy",
    section="convolutional_networks-traps",
    cites=[
        "https://github.com/tensorflow/tensorflow/issues/3739",
        "https://github.com/milesial/Pytorch-UNet/issues/291",
    ],
    message="You leave the targets to NumPy: it takes -1 for the last class without a word, and "
    "raises an IndexError where a target is too large. Compare their smallest and largest with 0 "
    "and D - 1 first, and raise a ValueError that says what came.",
)
def targets_left_to_numpy(logits, targets):
    _refuse_misfits(logits, targets % max(logits.shape[-1], 1))
    return _right(logits, targets)


# There it is gradients that are changed.
@misconception(
    "cross_entropy",
    section="convolutional_networks-traps",
    cites=["https://github.com/ml-explore/mlx/pull/4426"],
    message="Your function changes the scores: logits -= ... works in the caller's own array. "
    "Write the shifted scores into a new array.",
)
def scores_shifted_in_place(logits, targets):
    _refuse_misfits(logits, targets)
    answer = _right(logits, targets)
    logits -= logits.max(axis=1, keepdims=True)
    return answer
