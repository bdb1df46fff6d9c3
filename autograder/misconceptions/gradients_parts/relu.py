"""Mistakes in relu_forward and relu_backward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


@misconception(
    "relu_forward",
    section="gradients-relu",
    cites=[
        "https://github.com/ahmedfgad/NumPyCNN/issues/4",
        "https://github.com/scikit-fuzzy/scikit-fuzzy/pull/66",
    ],
    message="np.max(x, 0) is the largest number along axis 0: its second argument is an axis. To "
    "compare each number with 0, take np.maximum.",
)
def max_along_axis_0(x):
    return np.max(x, 0), x


# There the caller asked for it, and got other gradients.
@misconception(
    "relu_forward",
    section="gradients-relu",
    cites=["https://github.com/pytorch/pytorch/issues/1029"],
    message="Your ReLU writes its zeros into x, the array of the caller: `out = x` is a second "
    "name and no copy. Make a new array.",
)
def relu_in_place(x):
    out = x
    out[x < 0] = 0
    return out, out


@misconception(
    "relu_forward",
    section="gradients-relu",
    cites=["https://github.com/modelop/hadrian/issues/55"],
    message="You compute log(1 + exp(x)), which is softplus, a smooth relative of ReLU. ReLU is "
    "the larger of 0 and x, with a corner at 0.",
)
def softplus_written(x):
    return np.log(1 + np.exp(x)), x


# There the negative side was let through where it should not have been.
@misconception(
    "relu_forward",
    section="gradients-relu",
    cites=["https://github.com/chuckcho/video-caffe/issues/65"],
    message="Negative numbers come through, multiplied by 0.01: that is the leaky ReLU. ReLU makes "
    "them 0.",
)
def leaky_relu_written(x):
    return np.where(x > 0, x, 0.01 * x), x


@misconception(
    "relu_backward",
    section="gradients-relu-backward",
    cites=["https://github.com/exacity/deeplearningbook-chinese/issues/127"],
    message="Your dx stops the gradients that are negative themselves: the sign of dout decides. "
    "What decides is the sign of x, the number that went in.",
)
def gated_by_sign_of_dout(dout, cache):
    return np.maximum(dout, 0)


@misconception(
    "relu_backward",
    section="gradients-relu-backward",
    cites=[
        "https://github.com/utkuozbulak/pytorch-cnn-visualizations/issues/36",
        "https://github.com/jacobgil/pytorch-grad-cam/issues/58",
    ],
    message="Your dx also stops negative gradients where x is positive. That is guided "
    "backpropagation, a way to draw pictures; the gradient keeps its own sign.",
)
def guided_backpropagation_written(dout, cache):
    return dout * (cache > 0) * (dout > 0)


@misconception(
    "relu_backward",
    section="gradients-relu-backward",
    cites=[
        "https://github.com/tensorflow/playground/issues/19",
        "https://github.com/pytorch/tutorials/pull/269",
    ],
    message="Where x is exactly 0 you let the gradient through. There is a corner at 0, and this "
    "course, like the libraries, takes the slope 0 there: x > 0, not x >= 0.",
)
def slope_1_at_zero(dout, cache):
    return dout * (cache >= 0)


@misconception(
    "relu_backward",
    section="gradients-relu-backward",
    cites=["https://github.com/OpenMined/UnityWorker/pull/250"],
    message="You return ReLU's slope, 1 or 0, and leave dout out. The gradient of the loss is dout "
    "times the slope.",
)
def slope_without_dout(dout, cache):
    return np.where(cache > 0, 1.0, 0.0).astype(dout.dtype)


@misconception(
    "relu_backward",
    section="gradients-relu-backward",
    cites=["https://github.com/deeplearning4j/nd4j/issues/271"],
    message="You hand dout on as it is, also where x is negative. A number that became 0 in the "
    "forward pass does not move the loss: its gradient is 0.",
)
def slope_always_1(dout, cache):
    return dout.copy()


# There the proposer first took the number itself for the slope.
@misconception(
    "relu_backward",
    section="gradients-relu-backward",
    cites=["https://github.com/hiive/mlrose/pull/5"],
    message="You multiply dout with what came out of ReLU. The slope is 1 where x is positive, "
    "whatever the size of x.",
)
def multiplied_by_out(dout, cache):
    return dout * np.maximum(cache, 0)


@misconception(
    "relu_backward",
    section="gradients-relu-backward",
    cites=["http://japage3-blog.com/2018/07/18/relu%e3%83%ac%e3%82%a4%e3%83%a4"],
    message="Your backward pass writes its zeros into dout, the array of the caller: `dx = dout` "
    "is a second name and no copy. Make a new array.",
)
def dout_written_to(dout, cache):
    dx = dout
    dx[cache <= 0] = 0
    return dx


# There in other layers.
@misconception(
    "relu_backward",
    section="gradients-dtype",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your mask is float64, and so dx is float64 too. Multiply with the truth values "
    "themselves, (x > 0): they take on the type of dout.",
)
def float64_mask(dout, cache):
    mask = np.zeros(cache.shape)
    mask[cache > 0] = 1
    return dout * mask
