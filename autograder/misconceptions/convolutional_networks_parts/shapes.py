"""Mistakes in lenet_summary, flatten_forward and flatten_backward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception

# lenet_summary --------------------------------------------------------------------------------


def _table(blocks, flat, *, weights=None):
    """Lay out the rows: sizes after convolution and pooling, and the sizes of the weights."""
    conv1, pool1, conv2, pool2 = blocks
    weights = weights or [(20, 1, 5, 5), (50, 20, 5, 5), (flat, 500), (500, 10)]
    return [
        ("input", (1, 28, 28), None),
        ("Conv (C_out = 20, K = 5, P = 2, S = 1)", conv1, weights[0]),
        ("ReLU", conv1, None),
        ("MaxPool (K = 2, S = 2)", pool1, None),
        ("Conv (C_out = 50, K = 5, P = 2, S = 1)", conv2, weights[1]),
        ("ReLU", conv2, None),
        ("MaxPool (K = 2, S = 2)", pool2, None),
        ("Flatten", (flat,), None),
        ("Linear (2450 -> 500)", (500,), weights[2]),
        ("ReLU", (500,), None),
        ("Linear (500 -> 10)", (10,), weights[3]),
    ]


# There in the code and in the questions about it, where both sizes are right for some padding.
@misconception(
    "lenet_summary",
    section="convolutional_networks-summary",
    cites=[
        "https://github.com/MrEliptik/HandPose/issues/5",
        "https://github.com/ShusenTang/Dive-into-DL-PyTorch/issues/159",
    ],
    message="Your convolutions make the maps smaller, from 28 to 24: the padding is missing. With "
    "P = 2 there are 28 + 4 - 5 + 1 = 28 rows again.",
)
def padding_left_out_of_the_sizes():
    return _table([(20, 24, 24), (20, 12, 12), (50, 8, 8), (50, 4, 4)], 800)


# There the error that it leads to.
@misconception(
    "lenet_summary",
    section="convolutional_networks-summary",
    cites=["https://github.com/arnab39/cycleGAN-PyTorch/issues/5"],
    message="The filters of your second convolution have the depth of the image. A filter is as "
    "deep as what comes in, and that is 20 maps here.",
)
def filters_of_one_channel():
    sizes = [(20, 28, 28), (20, 14, 14), (50, 14, 14), (50, 7, 7)]
    weights = [(20, 1, 5, 5), (50, 1, 5, 5), (2450, 500), (500, 10)]
    return _table(sizes, 2450, weights=weights)


@misconception(
    "lenet_summary",
    section="convolutional_networks-summary",
    cites=[
        "https://github.com/hkproj/pytorch-lora/issues/4",
        "https://github.com/pytorch/pytorch/issues/129834",
    ],
    message="The weights of your linear layers are (D_out, D_in), as PyTorch keeps them. Here they "
    "are (D_in, D_out): a column of weights for each output.",
)
def linear_weights_transposed():
    sizes = [(20, 28, 28), (20, 14, 14), (50, 14, 14), (50, 7, 7)]
    weights = [(20, 1, 5, 5), (50, 20, 5, 5), (500, 2450), (10, 500)]
    return _table(sizes, 2450, weights=weights)


# flatten --------------------------------------------------------------------------------------


def _refuse_a_single_axis(x):
    if x.ndim < 2:
        raise ValueError(f"expected at least two axes, got {x.shape}")


@misconception(
    "flatten_forward",
    section="convolutional_networks-flatten",
    cites=[
        "https://github.com/karpathy/neuraltalk2/issues/90",
        "https://github.com/PaddlePaddle/Paddle/issues/51202",
    ],
    message="All images of the batch become one long row. Keep the first axis: each image becomes "
    "a row of its own, (N, C * H * W).",
)
def images_flattened_too(x):
    _refuse_a_single_axis(x)
    return x.reshape(-1), x.shape


# There in a library that keeps the channels last.
@misconception(
    "flatten_forward",
    section="convolutional_networks-flatten",
    cites=[
        "https://github.com/keras-team/keras/pull/9696",
        "https://github.com/tensorflow/tfjs/issues/2205",
    ],
    message="Your row goes place by place, with the channels of each place side by side. Here it "
    "goes channel by channel, and each channel row by row, which is what reshape does on its own.",
)
def channels_side_by_side(x):
    _refuse_a_single_axis(x)
    return np.moveaxis(x, 1, -1).reshape(len(x), -1), x.shape


# There the axes of a picture, and of a sound.
@misconception(
    "flatten_forward",
    section="convolutional_networks-flatten",
    cites=[
        "https://github.com/BonnBytes/PyTorch-FWD/issues/16",
        "https://github.com/vitrioil/Speech-Separation/issues/4",
    ],
    message="The shape is right, but your rows hold numbers of several images: reshape(-1, N) and "
    "a transpose deal the numbers out one by one. Reshape to (N, C * H * W) at once.",
)
def images_mixed_by_a_transpose(x):
    _refuse_a_single_axis(x)
    return x.reshape(-1, len(x)).T, x.shape


# There it is gradients that are changed.
@misconception(
    "flatten_forward",
    section="convolutional_networks-traps",
    cites=["https://github.com/ml-explore/mlx/pull/4426"],
    message="Your function changes x: after x.shape = ... the caller's own array has another "
    "shape. x.reshape(...) leaves x as it is.",
)
def flattened_in_place(x):
    _refuse_a_single_axis(x)
    shape = x.shape
    x.shape = (len(x), x.size // len(x))
    return x.copy(), shape


# There a library's Flatten, which accepts what it should refuse.
@misconception(
    "flatten_forward",
    section="convolutional_networks-traps",
    cites=["https://github.com/Jittor/jittor/issues/448"],
    message="An array with one axis is accepted and becomes a column. There is nothing to lay out "
    "in it: look at x.ndim first, and raise a ValueError that names the shape.",
)
def single_axis_accepted(x):
    return x.reshape(len(x), -1), x.shape


@misconception(
    "flatten_backward",
    section="convolutional_networks-flatten",
    cites=[
        "https://github.com/tensorflow/tfjs/issues/2205",
        "https://github.com/Xilinx/finn/pull/326",
    ],
    message="Your gradients come back in another order than they went: place by place instead of "
    "channel by channel. Reshape to the shape that x had, and to no other first.",
)
def gradient_laid_out_channels_last(dout, cache):
    N, C, H, W = cache
    return np.moveaxis(dout.reshape(N, H, W, C), -1, 1)


# There a question by someone about to write it so.
@misconception(
    "flatten_backward",
    section="convolutional_networks-flatten",
    cites=["https://github.com/rsokl/MyGrad/issues/90"],
    message="Your gradient still has the shape of the row. The layer before gave maps, and wants "
    "a gradient of the shape of its maps: keep x.shape in the cache.",
)
def gradient_left_flat(dout, cache):
    return dout.copy()
