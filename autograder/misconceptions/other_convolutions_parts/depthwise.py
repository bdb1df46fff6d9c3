"""Mistakes in depthwise_conv2d_forward and depthwise_conv2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias, stride, padding):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape} and {weight.shape}")
    if weight.shape[:2] != (x.shape[1], 1):
        raise ValueError(f"expected weight ({x.shape[1]}, 1, kH, kW), got {weight.shape}")
    if bias.shape != (len(weight),):
        raise ValueError(f"expected {len(weight)} biases, got {bias.shape}")
    if stride < 1 or padding < 0:
        raise ValueError(f"expected stride >= 1 and padding >= 0, got {stride} and {padding}")
    if any(k > size + 2 * padding for k, size in zip(weight.shape[2:], x.shape[2:], strict=True)):
        raise ValueError(f"expected filters that fit into {x.shape}, got {weight.shape}")


def _slide(x, weight, bias, stride, padding, ask):
    """Give out and cache; `ask` makes (N, C) of the patches and the filters at a place."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    kH, kW = weight.shape[2:]
    counts = [(padded.shape[2] - kH) // stride + 1, (padded.shape[3] - kW) // stride + 1]
    out = np.zeros((len(x), len(weight), *counts), np.result_type(x, weight, bias))
    for i, j in np.ndindex(*counts):
        top, left = i * stride, j * stride
        patch = padded[:, :, top : top + kH, left : left + kW]
        out[:, :, i, j] = ask(patch, weight[:, 0]) + bias
    return out, (padded, weight, (*x.shape[2:], padding), stride)


def _back(dout, cache, give="nc,cuv->ncuv", *, overwrite=False):
    padded, weight, (H, W, padding), stride = cache
    dpadded, dweight = np.zeros(padded.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    kH, kW = weight.shape[2:]
    for i, j in np.ndindex(*dout.shape[2:]):
        rows, columns = slice(i * stride, i * stride + kH), slice(j * stride, j * stride + kW)
        patch, grad = dpadded[:, :, rows, columns], dout[:, :, i, j]
        dweight[:, 0] += np.einsum("nc,ncuv->cuv", grad, padded[:, :, rows, columns])
        share = np.einsum(give, grad, weight[:, 0])
        patch[:] = share if overwrite else patch + share
    dx = dpadded[:, :, padding : padding + H, padding : padding + W]
    return dx, dweight, dout.sum(axis=(0, 2, 3))


@misconception(
    "depthwise_conv2d_forward",
    section="other_convolutions-depthwise",
    cites=["https://github.com/shicai/MobileNet-Caffe/issues/58"],
    message="Your channels are added up, as in an ordinary convolution. Depthwise means that they "
    "stay apart: map c comes from channel c alone. Sum over the rows and columns of the patch, and "
    "not over the channels.",
)
def channels_added_up(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)

    def ask(patch, filters):
        return np.einsum("nkuv,cuv->nc", patch, filters)

    return _slide(x, weight, bias, stride, padding, ask)


@misconception(
    "depthwise_conv2d_forward",
    section="other_convolutions-depthwise",
    cites=[
        "https://github.com/alexandrosstergiou/keras-DepthwiseConv3D/issues/7",
        "https://github.com/tensorflow/tensorflow/issues/49933",
    ],
    message="All your channels get the first filter. weight has one filter for each channel, along "
    "axis 0: channel c has weight[c, 0].",
)
def first_filter_for_all_channels(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)

    def ask(patch, filters):
        return np.sum(patch * filters[0], axis=(2, 3))

    return _slide(x, weight, bias, stride, padding, ask)


# There a warning that this is not what it is.
@misconception(
    "depthwise_conv2d_forward",
    section="other_convolutions-depthwise",
    cites=["https://github.com/lucidrains/conformer/issues/2"],
    message="After the depthwise step you add the maps up, so that every map of your output is "
    "the same sum. That is the job of the 1 x 1 convolution that may follow; this layer keeps the "
    "maps apart.",
)
def maps_added_up_at_the_end(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)

    def ask(patch, filters):
        return np.sum(patch * filters, axis=(1, 2, 3))[:, None]

    return _slide(x, weight, bias, stride, padding, ask)


@misconception(
    "depthwise_conv2d_backward",
    section="other_convolutions-depthwise",
    cites=["https://github.com/gomlx/gomlx/issues/132"],
    message="Your dweight lacks an axis: it is (C, kH, kW). A gradient has the shape of what it "
    "belongs to, and weight is (C, 1, kH, kW).",
)
def dweight_lacks_its_axis(dout, cache):
    dx, dweight, dbias = _back(dout, cache)
    return dx, dweight[:, 0], dbias


# There a gradient that mixed the groups of channels.
@misconception(
    "depthwise_conv2d_backward",
    section="other_convolutions-depthwise",
    cites=["https://github.com/pytorch/pytorch/issues/51430"],
    message="Your dx mixes the channels: each gets the gradients of all maps, through all filters. "
    "Channel c took part in map c alone, through filter c.",
)
def dx_mixes_the_channels(dout, cache):
    _, dweight, dbias = _back(dout, cache)
    dx, _, _ = _back(dout, cache, give="nk,kuv->nuv") if dout.shape[1] == 1 else (None,) * 3
    if dx is None:
        padded, weight, sizes, stride = cache
        mixed = np.broadcast_to(weight.sum(axis=0), weight.shape)
        total = np.broadcast_to(dout.sum(axis=1, keepdims=True), dout.shape)
        dx, _, _ = _back(total, (padded, mixed, sizes, stride))
    return dx, dweight, dbias


# There in an ordinary convolution.
@misconception(
    "depthwise_conv2d_backward",
    section="other_convolutions-depthwise",
    cites=["https://github.com/0809zheng/CS231n-assignment2019/issues/19"],
    message="Where patches overlap, your dx keeps only what the last of them brought. A pixel took "
    "part in all of these patches: add with +=.",
)
def depthwise_dx_overwritten(dout, cache):
    _, dweight, dbias = _back(dout, cache)
    dx, _, _ = _back(dout, cache, overwrite=True)
    return dx, dweight, dbias
