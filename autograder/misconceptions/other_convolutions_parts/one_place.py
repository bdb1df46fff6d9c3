"""Mistakes in conv1x1_forward and conv1x1_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 2:
        raise ValueError(f"expected 4 and 2 axes, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (len(weight),):
        raise ValueError(f"expected {len(weight)} biases, got {bias.shape}")


def _right_gradients(dout, cache):
    x, weight = cache
    dx = np.einsum("nchw,ck->nkhw", dout, weight)
    return dx, np.einsum("nchw,nkhw->ck", dout, x), dout.sum(axis=(0, 2, 3))


# Axes -----------------------------------------------------------------------------------------


# There before an attention over the places of a feature map.
@misconception(
    "conv1x1_forward",
    section="other_convolutions-one-place",
    cites=[
        "https://github.com/ohtlab/headpose-fsanet-pytorch/issues/10",
        "https://github.com/zhouhaoyi/Informer2020/issues/59",
    ],
    message="You reshape (N, C_in, H, W) to rows of C_in numbers without moving the channels to "
    "the end first. reshape keeps the numbers in their order, so each row holds neighbors of one "
    "map instead of the channels of one place. Move the axis, then reshape.",
)
def channels_reshaped_instead_of_moved(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    N, C_in, H, W = x.shape
    rows = x.reshape(-1, C_in) @ weight.T + bias
    return rows.reshape(N, len(weight), H, W), (x, weight)


# There in a converter, between the last map and the first linear layer.
@misconception(
    "conv1x1_forward",
    section="other_convolutions-one-place",
    cites=["https://github.com/gzuidhof/nn-transfer/issues/16"],
    message="You move the channels to the end, as you should, but on the way back you only "
    "reshape. The result has the right shape, and its numbers are scattered. Move the last axis "
    "back to place 1.",
)
def channels_not_moved_back(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    N, _, H, W = x.shape
    rows = np.moveaxis(x, 1, -1) @ weight.T + bias
    return rows.reshape(N, len(weight), H, W), (x, weight)


@misconception(
    "conv1x1_forward",
    section="other_convolutions-one-place",
    cites=["https://github.com/ehoogeboom/multinomial_diffusion/issues/1"],
    message="Rows and columns change places on the way: you transpose to W x H, and then cut that "
    "up as H x W. A square image hides it from the shape, but not from the numbers. Keep H before "
    "W in every transpose.",
)
def rows_and_columns_swapped(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    N, _, H, W = x.shape
    rows = x.transpose(0, 3, 2, 1) @ weight.T + bias  # (N, W, H, C_out)
    return rows.reshape(N, H, W, len(weight)).transpose(0, 3, 1, 2), (x, weight)


# There the weights of a transposed convolution.
@misconception(
    "conv1x1_forward",
    section="other_convolutions-one-place",
    cites=["https://github.com/keras-team/keras-contrib/pull/21"],
    message="You reshape weight to (C_in, C_out) where you mean its transpose. reshape keeps the "
    "order of the numbers, so the weights go to other channels and filters. Use weight.T.",
)
def weight_reshaped_instead_of_transposed(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    turned = weight.reshape(weight.shape[1], weight.shape[0])
    out = np.moveaxis(np.moveaxis(x, 1, -1) @ turned + bias, -1, 1)
    return out, (x, weight)


# Bias, dtype, errors --------------------------------------------------------------------------


# There twice, whatever the number of channels.
@misconception(
    "conv1x1_forward",
    section="other_convolutions-one-place",
    cites=["https://github.com/LeelaChessZero/lc0/pull/130"],
    message="Your bias is added once for each input channel, inside the loop that sums over them. "
    "It belongs to the filter: add it once, after the sum.",
)
def bias_once_for_each_channel(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    out = np.zeros((len(x), len(weight), *x.shape[2:]), np.result_type(x, weight, bias))
    for c in range(len(weight)):
        for k in range(x.shape[1]):
            out[:, c] += weight[c, k] * x[:, k] + bias[c]
    return out, (x, weight)


@misconception(
    "conv1x1_forward",
    section="other_convolutions-traps",
    cites=["https://github.com/scipy/scipy/issues/9104"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "With float32 images and filters the output is float32.",
)
def float64_map(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    out = np.zeros((len(x), len(weight), *x.shape[2:]))
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            out[:, :, i, j] = x[:, :, i, j] @ weight.T + bias
    return out, (x, weight)


# There a bias for each of several groups of channels.
@misconception(
    "conv1x1_forward",
    section="other_convolutions-one-place",
    cites=["https://github.com/robertknight/rten/pull/1408"],
    message="A bias of one single number is accepted for many filters: NumPy stretches it over all "
    "of them without asking. Compare bias.shape with (C_out,) first, and raise a ValueError that "
    "says what was expected and what came.",
)
def bias_of_one_number_accepted(x, weight, bias):
    if bias.shape != (1,):
        _refuse_misfits(x, weight, bias)
    out = np.einsum("nkhw,ck->nchw", x, weight) + bias[:, None, None]
    return out, (x, weight)


# The way back ---------------------------------------------------------------------------------


# There on purpose, so that the rate need not depend on the size of the image.
@misconception(
    "conv1x1_backward",
    section="other_convolutions-one-place-backward",
    cites=[
        "https://github.com/sebgao/cTensor/issues/3",
        "https://github.com/Oneflow-Inc/oneflow/pull/255",
    ],
    message="Your dweight is a mean over the places. One weight took part at every place of every "
    "image, so what comes back from them is added up; if the loss is a mean, dout holds that "
    "division already.",
)
def dweight_averaged_over_places(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx, dweight / (dout.size / dout.shape[1]), dbias


# A neighbor: a gradient that is written where it should be added.
@misconception(
    "conv1x1_backward",
    section="other_convolutions-one-place-backward",
    cites=["https://github.com/BVLC/caffe/pull/3254"],
    message="Your dweight knows the last place only: each place overwrites what came before. The "
    "same weights were used at all places; start from zeros and add with +=.",
)
def dweight_of_the_last_place(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    x, _ = cache
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            dweight = dout[:, :, i, j].T @ x[:, :, i, j]
    return dx, dweight, dbias


# There a linear layer that got more than two axes.
@misconception(
    "conv1x1_backward",
    section="other_convolutions-one-place-backward",
    cites=["https://github.com/nntrainer/nntrainer/issues/1202"],
    message="Your dweight still has the axes H and W: a gradient for each place. All the places "
    "share one weight, so the rows and columns are summed as the images are; dweight has the shape "
    "of weight.",
)
def dweight_for_each_place(dout, cache):
    dx, _, dbias = _right_gradients(dout, cache)
    x, _ = cache
    return dx, np.einsum("nchw,nkhw->ckhw", dout, x), dbias


@misconception(
    "conv1x1_backward",
    section="other_convolutions-one-place-backward",
    cites=["https://github.com/nntrainer/nntrainer/issues/705"],
    message="Your dweight is transposed: it has a row for each input channel. weight has a row for "
    "each filter, (C_out, C_in), and its gradient has the same shape.",
)
def dweight_transposed(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx, dweight.T, dbias


# There before an attention over the places of a feature map.
@misconception(
    "conv1x1_backward",
    section="other_convolutions-one-place-backward",
    cites=["https://github.com/ohtlab/headpose-fsanet-pytorch/issues/10"],
    message="You reshape dout to rows of C_out numbers without moving its channels to the end "
    "first, so each row holds neighbors of one map instead of the maps' gradients at one place. "
    "Move the axis, as in the forward pass; and move it back in dx.",
)
def dout_reshaped_instead_of_moved(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    x, weight = cache
    return (dout.reshape(-1, len(weight)) @ weight).reshape(x.shape), dweight, dbias


@misconception(
    "conv1x1_backward",
    section="other_convolutions-one-place-backward",
    cites=["https://github.com/nntrainer/nntrainer/issues/1202"],
    message="Your dbias is summed over the images only, and still has rows and columns. One bias "
    "serves all the places of its map: sum over them too.",
)
def dbias_for_each_place(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, dout.sum(axis=0)
