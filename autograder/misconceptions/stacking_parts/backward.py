"""Mistakes in conv_stack_backward.

The comment above an entry says where its cited case differs from it, if it does.
They read the cache of the reference: for each layer what given.conv2d_forward kept, and the mask.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception
from solutions import given_for

# The layers that the chapter itself is given.
given = given_for(
    __file__.replace(
        "autograder/misconceptions/stacking_parts/backward.py", "solutions/stacking.py"
    )
)


def _right_gradients(dout, cache):
    dx, dparams = dout, []
    for conv_cache, mask in reversed(cache):
        if mask is not None:
            dx = dx * mask
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.insert(0, (dweight, dbias))
    return dx, dparams


@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=[
        "https://github.com/makeyourownneuralnetwork/makeyourownneuralnetwork/issues/88",
        "https://github.com/ujjwalkarn/Machine-Learning-Tutorials/pull/16",
    ],
    message="Your gradients go back as if there were no ReLU. Where a ReLU was given a number that "
    "is not positive, its output does not depend on it: no gradient passes there.",
)
def relu_forgotten_on_the_way_back(dout, cache):
    dx, dparams = dout, []
    for conv_cache, _ in cache[::-1]:
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]


# There among students of the course's ReLU.
@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://github.com/andersy005/deep-learning-specialization-coursera/pull/5"],
    message="Your ReLU's backward pass cuts off the negative gradients. Not the gradient's sign "
    "decides but that of the number on the way forward: where it was positive, every gradient "
    "passes, negative ones too.",
)
def mask_from_gradient(dout, cache):
    dx, dparams = dout, []
    for conv_cache, mask in reversed(cache):
        if mask is not None:
            dx = np.maximum(dx, 0)
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]


@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://github.com/haifengl/smile/issues/528"],
    message="Behind your ReLU the gradient is only 0 or 1: the mask took the place of what came "
    "back. It is a factor: multiply what came back by it.",
)
def mask_replaces_gradient(dout, cache):
    dx, dparams = dout, []
    for conv_cache, mask in reversed(cache):
        if mask is not None:
            dx = mask.astype(dout.dtype)
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]


# There the question is why the gradient is multiplied by A > 0.
@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://community.deeplearning.ai/t/c2-w1-regularization-exercise-2/98949"],
    message="You multiply the gradient by what the ReLU gave. Its slope is 1 wherever the number "
    "was positive, however large it was: multiply by the mask, not by the value.",
)
def multiplied_by_activation(dout, cache):
    dx, dparams = dout, []
    for layer, (conv_cache, mask) in reversed(list(enumerate(cache))):
        if mask is not None:
            dx = dx * cache[layer + 1][0][0]
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]


@misconception(
    "conv_stack_backward",
    section="stacking-relu",
    cites=["https://github.com/tensorflow/playground/issues/19"],
    message="Your ReLU lets the gradient through where it was given exactly 0. There ReLU has no "
    "slope, and this course takes 0, as the libraries do: the mask is > 0, not >= 0.",
)
def gradient_passes_at_zero(dout, cache):
    dx, dparams = dout, []
    for layer, (conv_cache, mask) in reversed(list(enumerate(cache))):
        if mask is not None:
            x, weight = conv_cache
            # What the ReLU was given, but for the bias, which is what the mask alone cannot tell.
            before, _ = given.conv2d_forward(x, weight, np.zeros(len(weight), weight.dtype))
            bias = _bias_of(before, mask, cache[layer + 1][0][0])
            dx = dx * (before + bias >= 0)
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]


def _bias_of(before, mask, after):
    """Find each filter's bias again, from a place that the ReLU let through."""
    bias = np.zeros((before.shape[1], 1, 1), before.dtype)
    for f in range(before.shape[1]):
        if mask[:, f].any():
            bias[f] = (after - before)[:, f][mask[:, f]][0]
    return bias


@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://github.com/jacobgil/pytorch-grad-cam/issues/57"],
    message="Your pairs come back last layer first, in the order in which the way back meets them. "
    "dparams has the order of params: turn the list around at the end.",
)
def pairs_last_layer_first(dout, cache):
    dx, dparams = _right_gradients(dout, cache)
    return dx, dparams[::-1]


# There the deltas of a layer and of the one before it were mixed up.
@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://github.com/hanbt/learn_dl/issues/15"],
    message="Your ReLU's mask comes on the wrong side of its convolution: at the end of the way "
    "back what entered the layer is masked instead of what left it. Backward the order turns "
    "around: first the mask, then the convolution before it.",
)
def mask_after_convolution(dout, cache):
    dx, dparams = dout, []
    for conv_cache, mask in reversed(cache):
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        if mask is not None:
            dx = dx * (conv_cache[0] > 0)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]


# There the error of the output layer lacked its own derivative.
@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://github.com/parasdahal/tinyml/issues/1"],
    message="You mask dout itself, as if a ReLU stood after the last convolution. None does: dout "
    "enters the last convolution as it is.",
)
def dout_masked(dout, cache):
    return _right_gradients(np.maximum(dout, 0), cache)


@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://github.com/Kulbear/deep-learning-coursera/issues/8"],
    message="All your gradients are divided by the number of images. The layers only sum; where "
    "the loss is a mean over the batch, its own gradient, dout, already holds the division.",
)
def gradients_divided_by_batch_size(dout, cache):
    dx, dparams = _right_gradients(dout, cache)
    m = dout.shape[0]
    return dx / m, [(dweight / m, dbias / m) for dweight, dbias in dparams]


# A neighbor: gradients of weights and biases in one flat list.
@misconception(
    "conv_stack_backward",
    section="stacking-backward",
    cites=["https://github.com/udacity/sdc-issue-reports/issues/94"],
    message="Your dparams is one flat list: dweight, dbias, dweight, dbias. params is a list of "
    "pairs, and dparams has its shape: [(dweight, dbias), ...].",
)
def flat_list(dout, cache):
    dx, dparams = _right_gradients(dout, cache)
    return dx, [gradient for pair in dparams for gradient in pair]


# A neighbor: a library that frees the buffers of a graph on its way back.
@misconception(
    "conv_stack_backward",
    section="stacking-traps",
    cites=[
        "https://discuss.pytorch.org/t/runtimeerror-trying-to-backward-through-the-graph-a-second-"
        "time-but-the-buffers-have-already-been-freed-specify-retain-graph-true-when-calling-"
        "backward-the-first-time/6795"
    ],
    message="Your backward pass takes the layers out of the cache, so it works only once. Go "
    "through the cache with reversed(cache) and leave it as it is.",
)
def cache_taken_out(dout, cache):
    dx, dparams = dout, []
    while cache:
        conv_cache, mask = cache.pop()
        if mask is not None:
            dx = dx * mask
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]


# There in the layers' own gradients.
@misconception(
    "conv_stack_backward",
    section="stacking-traps",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your mask is an array of float64, and makes float64 of every gradient behind it. A "
    "mask of True and False, as out > 0 gives it, keeps the type.",
)
def mask_in_float64(dout, cache):
    dx, dparams = dout, []
    for conv_cache, mask in reversed(cache):
        if mask is not None:
            dx = dx * mask.astype(float)
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    return dx, dparams[::-1]
