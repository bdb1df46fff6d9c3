"""Mistakes in conv_stack_forward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception
from solutions import given_for

# The layers that the chapter itself is given.
given = given_for(
    __file__.replace("autograder/misconceptions/stacking_parts/forward.py", "solutions/stacking.py")
)


def _refuse_an_empty_stack(params):
    if len(params) == 0:
        raise ValueError("expected at least one layer, got none")


@misconception(
    "conv_stack_forward",
    section="stacking-relu",
    cites=[
        "https://github.com/proceduralia/pytorch-conv2_1d/issues/2",
        "https://github.com/liuruoze/mini-AlphaStar/issues/4",
    ],
    message="There is no ReLU between your convolutions. Two convolutions with nothing between "
    "them are just one convolution; put np.maximum(out, 0) between every two.",
)
def relu_missing(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    for weight, bias in params:
        out, conv_cache = given.conv2d_forward(out, weight, bias)
        cache.append((conv_cache, None))
    return out, cache


@misconception(
    "conv_stack_forward",
    section="stacking-relu",
    cites=[
        "https://github.com/forresti/SqueezeNet/issues/10",
        "https://github.com/pytorch/examples/pull/117",
    ],
    message="Your stack has a ReLU after the last convolution too. What comes out at the end, a "
    "score for instance, may be negative: ReLU stands between two convolutions only.",
)
def relu_after_last(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    for weight, bias in params:
        out, conv_cache = given.conv2d_forward(out, weight, bias)
        cache.append((conv_cache, out > 0))
        out = np.maximum(out, 0)
    return out, cache


# There in a block that begins with ReLU.
@misconception(
    "conv_stack_forward",
    section="stacking-relu",
    cites=["https://github.com/GeorgeSeif/Semantic-Segmentation-Suite/issues/200"],
    message="Your ReLU comes before each convolution, so it cuts off the images' own negative "
    "numbers too. Convolve first; ReLU stands between two convolutions.",
)
def relu_before_each(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    for weight, bias in params:
        if cache:
            cache[-1] = (cache[-1][0], out > 0)
        out, conv_cache = given.conv2d_forward(np.maximum(out, 0), weight, bias)
        cache.append((conv_cache, None))
    return out, cache


# There some of the ReLUs of a network were left out.
@misconception(
    "conv_stack_forward",
    section="stacking-relu",
    cites=["https://github.com/jfzhang95/pytorch-deeplab-xception/issues/7"],
    message="Your stack has a ReLU after the first convolution only. It stands between every two: "
    "without it, the later convolutions are just one.",
)
def relu_after_first_only(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    for layer, (weight, bias) in enumerate(params):
        out, conv_cache = given.conv2d_forward(out, weight, bias)
        mask = None
        if layer == 0 and len(params) > 1:
            mask = out > 0
            out = out * mask
        cache.append((conv_cache, mask))
    return out, cache


@misconception(
    "conv_stack_forward",
    section="stacking-relu",
    cites=[
        "https://github.com/infer-actively/pypc/issues/2",
        "https://github.com/Sentdex/NNfSiX/issues/153",
    ],
    message="Your bias is added after the ReLU. The bias belongs to the convolution: it decides "
    "how large a sum has to be to get through, so it has to be there before the ReLU.",
)
def bias_after_relu(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    for layer, (weight, bias) in enumerate(params):
        given.conv2d_forward(out, weight, bias)  # refuses what does not fit
        out, conv_cache = given.conv2d_forward(out, weight, np.zeros_like(bias))
        mask = None
        if layer < len(params) - 1:
            mask = out > 0
            out = out * mask
        out = out + bias[:, np.newaxis, np.newaxis]
        cache.append((conv_cache, mask))
    return out, cache


# There a leaky ReLU; the float64 comes of a constant.
@misconception(
    "conv_stack_forward",
    section="stacking-traps",
    cites=[
        "https://github.com/Theano/Theano/issues/4483",
        "https://github.com/chainer/chainer/issues/139",
    ],
    message="Your ReLU makes float64 of float32: an array of zeros is float64 unless told "
    "otherwise. np.maximum(out, 0) with the plain number 0 keeps the type.",
)
def relu_in_float64(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    for layer, (weight, bias) in enumerate(params):
        out, conv_cache = given.conv2d_forward(out, weight, bias)
        mask = None
        if layer < len(params) - 1:
            mask = out > 0
            out = np.where(mask, out, np.zeros(out.shape))
        cache.append((conv_cache, mask))
    return out, cache


# A neighbor: a stack of tasks, emptied by whoever works through it.
@misconception(
    "conv_stack_forward",
    section="stacking-traps",
    cites=[
        "https://stackoverflow.com/questions/31885153/"
        "why-does-python-sometimes-not-create-new-objects-for-function-arguments"
    ],
    message="Your forward pass takes the layers out of the caller's list, which is empty "
    "afterward. Go through the list with a loop and leave it as it is.",
)
def params_taken_out(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    while params:
        weight, bias = params.pop(0)
        out, conv_cache = given.conv2d_forward(out, weight, bias)
        mask = None
        if params:
            mask = out > 0
            out = out * mask
        cache.append((conv_cache, mask))
    return out, cache


@misconception(
    "conv_stack_forward",
    section="stacking-relu",
    cites=["https://github.com/ahmedfgad/NumPyCNN/issues/4"],
    message="np.max(out, 0) is no ReLU: it looks for the largest number along axis 0, the images, "
    "and one axis is gone. np.maximum(out, 0) compares each number with 0.",
)
def max_along_axis_0(x, params):
    _refuse_an_empty_stack(params)
    out, cache = x, []
    for layer, (weight, bias) in enumerate(params):
        out, conv_cache = given.conv2d_forward(out, weight, bias)
        mask = None
        if layer < len(params) - 1:
            mask = out > 0
            out = np.max(out, 0)
        cache.append((conv_cache, mask))
    return out, cache
