"""Mistakes in conv3d_forward and conv3d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias, stride, padding):
    if x.ndim != 5 or weight.ndim != 5:
        raise ValueError(f"expected 5 axes, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (len(weight),):
        raise ValueError(f"expected {len(weight)} biases, got {bias.shape}")
    if stride < 1 or padding < 0:
        raise ValueError(f"expected stride >= 1 and padding >= 0, got {stride} and {padding}")
    if any(k > size + 2 * padding for k, size in zip(weight.shape[2:], x.shape[2:], strict=True)):
        raise ValueError(f"expected filters that fit into {x.shape}, got {weight.shape}")


def _padded(x, paddings):
    return np.pad(x, ((0, 0), (0, 0), *((p, p) for p in paddings)))


def _counts(padded, weight, strides):
    sizes = zip(padded.shape[2:], weight.shape[2:], strides, strict=True)
    return [(size - k) // s + 1 for size, k, s in sizes]


def _block(place, strides, sizes):
    spans = [slice(i * s, i * s + k) for i, s, k in zip(place, strides, sizes, strict=True)]
    return (slice(None), slice(None), *spans)


def _slide(padded, weight, bias, strides, dtype=None):
    counts = _counts(padded, weight, strides)
    dtype = np.result_type(padded, weight, bias) if dtype is None else dtype
    out = np.zeros((len(padded), len(weight), *counts), dtype)
    for place in np.ndindex(*counts):
        block = padded[_block(place, strides, weight.shape[2:])]
        out[(slice(None), slice(None), *place)] = np.einsum("nkduv,ckduv->nc", block, weight) + bias
    return out


def _back(dout, padded, weight, stride, *, overwrite=False):
    dpadded, dweight = np.zeros(padded.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    for place in np.ndindex(*dout.shape[2:]):
        here = _block(place, (stride,) * 3, weight.shape[2:])
        grad = dout[(slice(None), slice(None), *place)]
        dweight += np.einsum("nc,nkduv->ckduv", grad, padded[here])
        share = np.einsum("nc,ckduv->nkduv", grad, weight)
        dpadded[here] = share if overwrite else dpadded[here] + share
    return dpadded, dweight, dout.sum(axis=(0, 2, 3, 4))


def _inside(dpadded, paddings):
    spans = [slice(p, s - p) for p, s in zip(paddings, dpadded.shape[2:], strict=True)]
    return dpadded[(slice(None), slice(None), *spans)]


def _right_gradients(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, stride)
    return _inside(dpadded, (padding,) * 3), dweight, dbias


@misconception(
    "conv3d_forward",
    section="other_convolutions-three-axes",
    cites=[
        "https://github.com/tenstorrent/tt-metal/issues/38143",
        "https://github.com/Oneflow-Inc/oneflow/pull/4128",
    ],
    message="You pad the height and the width, but not the depth. There are six sides now: frames "
    "of zeros go before the first one and behind the last one, too.",
)
def depth_not_padded(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, (0, padding, padding))
    if weight.shape[2] > padded.shape[2]:
        raise ValueError(f"expected a depth of at most {padded.shape[2]}, got {weight.shape[2]}")
    out = _slide(padded, weight, bias, (stride,) * 3)
    return out, (_padded(x, (padding,) * 3), weight, stride, padding)


# There in a check of the sizes, which used the first one for all.
@misconception(
    "conv3d_forward",
    section="other_convolutions-three-axes",
    cites=["https://github.com/deeplearning4j/deeplearning4j/issues/9116"],
    message="Your stride holds for height and width only: along the depth the filter moves frame "
    "by frame. It holds for all three axes.",
)
def depth_not_strided(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, (padding,) * 3)
    out = _slide(padded, weight, bias, (1, stride, stride))
    return out, (padded, weight, stride, padding)


# There in the order of the paddings.
@misconception(
    "conv3d_forward",
    section="other_convolutions-three-axes",
    cites=["https://github.com/ZFTurbo/timm_3d/issues/9"],
    message="The axes of your filter are mixed up: you read it as height, width, depth, while it "
    "is laid out as depth, height, width, like x. With filters of K x K x K no shape tells; only "
    "the numbers do.",
)
def filter_read_as_height_width_depth(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    turned = weight.transpose(0, 1, 4, 2, 3)  # what stands last is taken for the depth
    padded = _padded(x, (padding,) * 3)
    if any(k > size for k, size in zip(turned.shape[2:], padded.shape[2:], strict=True)):
        raise ValueError(f"expected filters that fit into {padded.shape}, got {turned.shape}")
    return _slide(padded, turned, bias, (stride,) * 3), (padded, weight, stride, padding)


# There in the names of the sizes only.
@misconception(
    "conv3d_forward",
    section="other_convolutions-three-axes",
    cites=["https://github.com/deeplearning4j/deeplearning4j/issues/1311"],
    message="Height and width of your filter have changed places: its rows lie along the width. "
    "With filters that are as high as they are wide no shape tells; only the numbers do.",
)
def filter_height_and_width_swapped(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    turned = weight.transpose(0, 1, 2, 4, 3)
    padded = _padded(x, (padding,) * 3)
    if any(k > size for k, size in zip(turned.shape[2:], padded.shape[2:], strict=True)):
        raise ValueError(f"expected filters that fit into {padded.shape}, got {turned.shape}")
    return _slide(padded, turned, bias, (stride,) * 3), (padded, weight, stride, padding)


# There the whole first axis had no part in the result.
@misconception(
    "conv3d_forward",
    section="other_convolutions-three-axes",
    cites=["https://github.com/tensorflow/tensorflow/issues/8596"],
    message="Each of your outputs sees a single frame: the filter's depth is not summed over, only "
    "its first slice is used. The block is kD frames deep, and all of it is multiplied and summed.",
)
def first_slice_of_the_filter_only(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, (padding,) * 3)
    flat = np.zeros_like(weight)
    flat[:, :, 0] = weight[:, :, 0]
    return _slide(padded, flat, bias, (stride,) * 3), (padded, weight, stride, padding)


@misconception(
    "conv3d_forward",
    section="other_convolutions-traps",
    cites=["https://github.com/scipy/scipy/issues/9104"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "With float32 volumes and filters the output is float32.",
)
def float64_volume(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    padded = _padded(x, (padding,) * 3)
    out = _slide(padded, weight, bias, (stride,) * 3, dtype=np.float64)
    return out, (padded, weight, stride, padding)


# The way back ---------------------------------------------------------------------------------


# There the last of several axes.
@misconception(
    "conv3d_backward",
    section="other_convolutions-three-axes-backward",
    cites=["https://github.com/meta-pytorch/opacus/pull/245"],
    message="Your dbias still has an axis too many: you sum over images and two axes, as for "
    "images, but a volume has three. Depth, height and width are all summed away; dbias has the "
    "shape (C_out,).",
)
def dbias_keeps_the_width(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, dout.sum(axis=(0, 2, 3))


@misconception(
    "conv3d_backward",
    section="other_convolutions-three-axes-backward",
    cites=["https://github.com/tenstorrent/tt-metal/issues/38143"],
    message="You cut the padding off along height and width, but not along the depth. dx has the "
    "shape of x: the frames of zeros before and behind go, too.",
)
def dx_depth_not_cut(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, stride)
    return _inside(dpadded, (0, padding, padding)), dweight, dbias


@misconception(
    "conv3d_backward",
    section="other_convolutions-three-axes-backward",
    cites=["https://github.com/HIPS/autograd/issues/431"],
    message="Without padding your dx is empty. The slice from padding to -padding is [0:-0], and "
    "-0 is 0. Count from the front: from padding to padding plus the size.",
)
def volume_dx_empty_without_padding(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, stride)
    inside = slice(padding, -padding)
    return dpadded[:, :, inside, inside, inside], dweight, dbias


# There in two dimensions.
@misconception(
    "conv3d_backward",
    section="other_convolutions-three-axes-backward",
    cites=["https://github.com/0809zheng/CS231n-assignment2019/issues/19"],
    message="Where blocks overlap, your dx keeps only what the last of them brought. A number of "
    "the volume took part in all of these blocks: add with +=.",
)
def volume_dx_overwritten(dout, cache):
    padded, weight, stride, padding = cache
    _, dweight, dbias = _right_gradients(dout, cache)
    dpadded, _, _ = _back(dout, padded, weight, stride, overwrite=True)
    return _inside(dpadded, (padding,) * 3), dweight, dbias


# There in two dimensions.
@misconception(
    "conv3d_backward",
    section="other_convolutions-three-axes-backward",
    cites=["https://github.com/Kulbear/deep-learning-coursera/pull/34"],
    message="The stride is missing in your backward pass: you take the block at the place's own "
    "index. In the forward pass it began at index times stride, along each axis.",
)
def volume_stride_missing_backward(dout, cache):
    padded, weight, _, padding = cache
    dpadded, dweight, dbias = _back(dout, padded, weight, 1)
    return _inside(dpadded, (padding,) * 3), dweight, dbias
