"""Mistakes in conv1d_forward and conv1d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias, stride, padding):
    if x.ndim != 3 or weight.ndim != 3:
        raise ValueError(f"expected 3 axes, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (len(weight),):
        raise ValueError(f"expected {len(weight)} biases, got {bias.shape}")
    if stride < 1 or padding < 0:
        raise ValueError(f"expected stride >= 1 and padding >= 0, got {stride} and {padding}")
    if x.shape[2] + 2 * padding < weight.shape[2]:
        room = x.shape[2] + 2 * padding
        raise ValueError(f"expected at most {room} steps, got {weight.shape[2]}")


def _padded(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding)))


def _slide(padded, weight, bias, lefts, dtype=None):
    """Give the output for pieces that begin at `lefts`."""
    dtype = np.result_type(padded, weight, bias) if dtype is None else dtype
    out = np.zeros((len(padded), len(weight), len(lefts)), dtype)
    K = weight.shape[2]
    for i, left in enumerate(lefts):
        out[:, :, i] = np.einsum("nku,cku->nc", padded[:, :, left : left + K], weight) + bias
    return out


def _lefts(length, K, stride):
    return range(0, length - K + 1, stride)


def _back(dout, padded, weight, stride, *, overwrite=False):
    dpadded, dweight = np.zeros(padded.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    K = weight.shape[2]
    for i in range(dout.shape[2]):
        piece = slice(i * stride, i * stride + K)
        dweight += np.einsum("nc,nku->cku", dout[:, :, i], padded[:, :, piece])
        share = np.einsum("nc,cku->nku", dout[:, :, i], weight)
        dpadded[:, :, piece] = share if overwrite else dpadded[:, :, piece] + share
    return dpadded, dweight, dout.sum(axis=(0, 2))


def _right_gradients(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, stride)
    return dpadded[:, :, padding : dpadded.shape[2] - padding], dweight, dbias


# Padding --------------------------------------------------------------------------------------


@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=[
        "https://github.com/pytorch/executorch/pull/18783",
        "https://github.com/pytorch/pytorch/issues/37844",
    ],
    message="Your padding lies on the channels' axis: there are channels of zeros now, and the "
    "row is as long as before. The zeros go on the two ends of the last axis, W.",
)
def channels_padded_instead_of_ends(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = np.pad(x, ((0, 0), (padding, padding), (0, 0)))
    K, C_in = weight.shape[2], weight.shape[1]
    lefts = _lefts(padded.shape[2], K, stride)
    out = _slide(padded[:, :C_in], weight, bias, lefts)
    return out, (_padded(x, padding), weight, stride, padding)


# There on purpose, so that no output sees what comes after it.
@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=["https://github.com/r9y9/wavenet_vocoder/issues/131"],
    message="Your zeros lie at the front of the row only. padding is counted for each end: so many "
    "zeros before the row, and as many after it.",
)
def front_padded_only(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, 0)))
    lefts = _lefts(padded.shape[2], weight.shape[2], stride)
    return _slide(padded, weight, bias, lefts), (_padded(x, padding), weight, stride, padding)


@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=["https://github.com/r9y9/wavenet_vocoder/issues/131"],
    message="All of your zeros, 2 * padding of them, lie at the front of the row. That is causal "
    "padding; here half of them lie at each end.",
)
def both_paddings_at_the_front(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (2 * padding, 0)))
    lefts = _lefts(padded.shape[2], weight.shape[2], stride)
    return _slide(padded, weight, bias, lefts), (padded, weight, stride, padding)


# There for images.
@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=["https://github.com/pytorch/pytorch/issues/1021"],
    message="Your padding repeats the first and the last number of the row. That is another kind "
    "of padding; here it is made of zeros.",
)
def ends_repeated(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding)), mode="edge")
    lefts = _lefts(padded.shape[2], weight.shape[2], stride)
    return _slide(padded, weight, bias, lefts), (padded, weight, stride, padding)


# Places ---------------------------------------------------------------------------------------


@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=[
        "https://github.com/tflearn/tflearn/pull/65",
        "https://github.com/huggingface/candle/pull/68",
    ],
    message="Your stride has no effect: the filter moves by one step whatever the stride is. Piece "
    "number i begins at i * stride, and there are fewer of them.",
)
def stride_ignored(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, padding)
    out = _slide(padded, weight, bias, _lefts(padded.shape[2], weight.shape[2], 1))
    return out, (padded, weight, 1, padding)


@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=["https://github.com/rasbt/machine-learning-book/pull/168"],
    message="The size of your output knows the stride, but the pieces do not: piece number i "
    "begins at i, where it should begin at i * stride.",
)
def pieces_one_step_apart(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, padding)
    count = len(_lefts(padded.shape[2], weight.shape[2], stride))
    return _slide(padded, weight, bias, range(count)), (padded, weight, stride, padding)


@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=["https://github.com/ENCP/CNNdroid/issues/4"],
    message="You round the number of places up, so that a last piece sticks out of the row. Only "
    "whole pieces count: round down, with //.",
)
def places_rounded_up(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    K = weight.shape[2]
    longer = np.pad(x, ((0, 0), (0, 0), (padding, padding + stride - 1)))
    out = _slide(longer, weight, bias, _lefts(longer.shape[2], K, stride))
    return out, (_padded(x, padding), weight, stride, padding)


# There SciPy's convolution against PyTorch's.
@misconception(
    "conv1d_forward",
    section="other_convolutions-one-axis",
    cites=[
        "https://wiki.gubat.org/content/stackoverflow.com_en_all_2023-11/questions/60377320/"
        "different-results-from-pytorch-s-conv1d-and-scipy-s-convolve"
    ],
    message="Your filters are turned around: their last number lies on the first step of the "
    "piece. np.convolve does that. In this course, and in deep learning, nothing is turned around; "
    "np.correlate is the one.",
)
def filters_turned_around(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, padding)
    lefts = _lefts(padded.shape[2], weight.shape[2], stride)
    out = _slide(padded, weight[:, :, ::-1], bias, lefts)
    return out, (padded, weight, stride, padding)


@misconception(
    "conv1d_forward",
    section="other_convolutions-traps",
    cites=["https://github.com/scipy/scipy/issues/9104"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "With float32 rows and filters the output is float32.",
)
def float64_row(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, padding)
    lefts = _lefts(padded.shape[2], weight.shape[2], stride)
    out = _slide(padded, weight, bias, lefts, dtype=np.float64)
    return out, (padded, weight, stride, padding)


# The way back ---------------------------------------------------------------------------------


@misconception(
    "conv1d_backward",
    section="other_convolutions-one-axis-backward",
    cites=["https://github.com/HIPS/autograd/issues/431"],
    message="Without padding your dx is empty. The slice from padding to -padding is [0:-0], and "
    "-0 is 0. Count from the front: from padding to padding + W.",
)
def row_dx_empty_without_padding(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, stride)
    return dpadded[:, :, padding:-padding], dweight, dbias


# There the padding of images.
@misconception(
    "conv1d_backward",
    section="other_convolutions-one-axis-backward",
    cites=["https://github.com/data61/MP-SPDZ/issues/1206"],
    message="Your dx still has the padding: it is the gradient of the padded row. dx belongs to x, "
    "and has its shape; cut padding numbers off at each end.",
)
def row_dx_with_its_padding(dout, cache):
    padded, weight, stride, _ = cache
    return _back(dout, padded, weight, stride)


# There the padding of images.
@misconception(
    "conv1d_backward",
    section="other_convolutions-one-axis-backward",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="Your dx is the front of the padded row's gradient. x lay in its middle: from padding "
    "to padding + W.",
)
def row_dx_cut_from_the_front(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, stride)
    return dpadded[:, :, : padded.shape[2] - 2 * padding], dweight, dbias


# There in two dimensions.
@misconception(
    "conv1d_backward",
    section="other_convolutions-one-axis-backward",
    cites=["https://github.com/0809zheng/CS231n-assignment2019/issues/19"],
    message="Where pieces overlap, your dx keeps only what the last of them brought. A number of "
    "the row took part in all of these pieces: add with +=.",
)
def row_dx_overwritten(dout, cache):
    padded, weight, stride, padding = cache
    _, dweight, dbias = _right_gradients(dout, cache)
    dpadded, _, _ = _back(dout, padded, weight, stride, overwrite=True)
    return dpadded[:, :, padding : padded.shape[2] - padding], dweight, dbias


# There in two dimensions.
@misconception(
    "conv1d_backward",
    section="other_convolutions-one-axis-backward",
    cites=["https://github.com/Kulbear/deep-learning-coursera/pull/34"],
    message="The stride is missing in your backward pass: you take piece number i from i on. In "
    "the forward pass it began at i * stride.",
)
def row_stride_missing_backward(dout, cache):
    padded, weight, _, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, 1)
    return dpadded[:, :, padding : padded.shape[2] - padding], dweight, dbias


@misconception(
    "conv1d_backward",
    section="other_convolutions-one-axis-backward",
    cites=["https://github.com/wuziheng/CNN-Numpy/issues/2"],
    message="Your dx is made with filters that are turned around. They are turned around when dx "
    "is written as a convolution of dout; where you add each filter to its piece, it goes back as "
    "it lay.",
)
def row_dx_with_turned_filters(dout, cache):
    padded, weight, stride, padding = cache
    _, dweight, dbias = _right_gradients(dout, cache)
    dpadded, _, _ = _back(dout, padded, weight[:, :, ::-1], stride)
    return dpadded[:, :, padding : padded.shape[2] - padding], dweight, dbias


# There, too, the sum was taken for right, and the mean asked for.
@misconception(
    "conv1d_backward",
    section="other_convolutions-one-axis-backward",
    cites=["https://github.com/heyxhh/nnet-numpy/issues/1"],
    message="Your dbias is divided by the number of rows. The bias was added in every row, so what "
    "comes back is added up; if the loss is a mean over the batch, dout holds that division "
    "already.",
)
def row_dbias_averaged(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx, dweight, dbias / len(dout)
