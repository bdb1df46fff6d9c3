"""Mistakes in dilated_conv2d_forward and dilated_conv2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias, stride, padding, dilation):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (len(weight),):
        raise ValueError(f"expected {len(weight)} biases, got {bias.shape}")
    if stride < 1 or padding < 0 or dilation < 1:
        raise ValueError(f"expected 1, 0, 1 or more, got {stride}, {padding} and {dilation}")
    for k, size in zip(weight.shape[2:], x.shape[2:], strict=True):
        if dilation * (k - 1) + 1 > size + 2 * padding:
            raise ValueError(f"expected to fit into {size + 2 * padding}, got {k}, {dilation}")


def _padded(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def _slide(padded, weight, bias, strides, dilations, reaches=None):
    """Give the output for taps that lie `dilations` apart, in places that reach over `reaches`."""
    taps = [d * np.arange(k) for d, k in zip(dilations, weight.shape[2:], strict=True)]
    if reaches is None:
        reaches = [1 + each[-1] for each in taps]
    sizes = zip(padded.shape[2:], reaches, strides, strict=True)
    counts = [max((size - reach) // s + 1, 0) for size, reach, s in sizes]
    dtype = np.result_type(padded, weight, bias)
    out = np.zeros((len(padded), len(weight), *counts), dtype)
    for i, j in np.ndindex(*counts):
        rows, columns = i * strides[0] + taps[0], j * strides[1] + taps[1]
        patch = padded[:, :, rows[:, None], columns]
        out[:, :, i, j] = np.einsum("nkuv,ckuv->nc", patch, weight) + bias
    return out


def _back(dout, cache, dilation, *, overwrite=False):
    padded, weight, (H, W, padding), stride, _ = cache
    dpadded, dweight = np.zeros(padded.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    kH, kW = weight.shape[2:]
    for i, j in np.ndindex(*dout.shape[2:]):
        rows = slice(i * stride, i * stride + dilation * (kH - 1) + 1, dilation)
        columns = slice(j * stride, j * stride + dilation * (kW - 1) + 1, dilation)
        grad = dout[:, :, i, j]
        dweight += np.einsum("nc,nkuv->ckuv", grad, padded[:, :, rows, columns])
        share = np.einsum("nc,ckuv->nkuv", grad, weight)
        before = 0 if overwrite else dpadded[:, :, rows, columns]
        dpadded[:, :, rows, columns] = before + share
    dx = dpadded[:, :, padding : padding + H, padding : padding + W]
    return dx, dweight, dout.sum(axis=(0, 2, 3))


def _cache(x, weight, padding, stride, dilation):
    return _padded(x, padding), weight, (*x.shape[2:], padding), stride, dilation


@misconception(
    "dilated_conv2d_forward",
    section="other_convolutions-dilated",
    cites=[
        "https://github.com/PaddlePaddle/Paddle/issues/5242",
        "https://github.com/deeplearning4j/deeplearning4j/issues/8320",
    ],
    message="Your dilation has no effect: the taps lie side by side. They lie `dilation` rows and "
    "columns apart; give the slice of the patch a step.",
)
def dilation_ignored(x, weight, bias, *, stride=1, padding=0, dilation=1):
    _refuse_misfits(x, weight, bias, stride, padding, dilation)
    out = _slide(_padded(x, padding), weight, bias, (stride, stride), (1, 1))
    return out, _cache(x, weight, padding, stride, 1)


# There stride and dilation get into each other's way.
@misconception(
    "dilated_conv2d_forward",
    section="other_convolutions-dilated",
    cites=["https://github.com/mlpack/mlpack/pull/3146"],
    message="You take the dilation for a stride: the filter moves by `dilation` from place to "
    "place, while its taps lie side by side. The stride moves the whole filter, the dilation pulls "
    "its taps apart.",
)
def dilation_taken_for_a_stride(x, weight, bias, *, stride=1, padding=0, dilation=1):
    _refuse_misfits(x, weight, bias, stride, padding, dilation)
    step = stride * dilation
    out = _slide(_padded(x, padding), weight, bias, (step, step), (1, 1))
    return out, _cache(x, weight, padding, step, 1)


# There, in a document, one less is taken away.
@misconception(
    "dilated_conv2d_forward",
    section="other_convolutions-dilated",
    cites=[
        "https://github.com/torch/nn/issues/945",
        "https://github.com/vlfeat/matconvnet/issues/1010",
    ],
    message="You count a gap behind the last tap: your filter reaches over dilation * kH rows. "
    "Between kH taps there are kH - 1 gaps, so it reaches over dilation * (kH - 1) + 1 rows, and "
    "there are more places than you have.",
)
def reach_counts_a_gap_too_many(x, weight, bias, *, stride=1, padding=0, dilation=1):
    _refuse_misfits(x, weight, bias, stride, padding, dilation)
    reaches = [dilation * k for k in weight.shape[2:]]
    strides, dilations = (stride, stride), (dilation, dilation)
    out = _slide(_padded(x, padding), weight, bias, strides, dilations, reaches)
    return out, _cache(x, weight, padding, stride, dilation)


@misconception(
    "dilated_conv2d_forward",
    section="other_convolutions-dilated",
    cites=["https://github.com/uxlfoundation/oneDNN/issues/438"],
    message="You put `dilation` places between two taps, so that they lie dilation + 1 apart. "
    "Some libraries count like that; here the taps lie `dilation` places apart, and dilation 1 is "
    "the ordinary convolution.",
)
def dilation_counts_the_zeros(x, weight, bias, *, stride=1, padding=0, dilation=1):
    _refuse_misfits(x, weight, bias, stride, padding, dilation)
    padded = _padded(x, padding)
    room = [s - (dilation + 1) * (k - 1) for k, s in zip(weight.shape[2:], padded.shape[2:])]  # noqa: B905
    if min(room) < 1:
        raise ValueError(f"expected a smaller dilation for {x.shape}, got {dilation}")
    out = _slide(padded, weight, bias, (stride, stride), (dilation + 1, dilation + 1))
    return out, _cache(x, weight, padding, stride, dilation + 1)


# There for one kind of numbers only.
@misconception(
    "dilated_conv2d_forward",
    section="other_convolutions-dilated",
    cites=["https://github.com/alibaba/MNN/pull/154"],
    message="Your dilation holds for the rows only: along the width the taps lie side by side. "
    "Give both slices of the patch a step.",
)
def dilation_of_rows_only(x, weight, bias, *, stride=1, padding=0, dilation=1):
    _refuse_misfits(x, weight, bias, stride, padding, dilation)
    out = _slide(_padded(x, padding), weight, bias, (stride, stride), (dilation, 1))
    return out, _cache(x, weight, padding, stride, dilation)


@misconception(
    "dilated_conv2d_backward",
    section="other_convolutions-dilated",
    cites=[
        "https://github.com/Theano/Theano/issues/4729",
        "https://github.com/pytorch/pytorch/issues/16012",
    ],
    message="Your backward pass knows nothing of the dilation: it reads and gives side by side. "
    "What the taps read in the forward pass is what they give to now, `dilation` places apart.",
)
def dilation_missing_backward(dout, cache):
    return _back(dout, cache, 1)


# There in two dimensions without dilation.
@misconception(
    "dilated_conv2d_backward",
    section="other_convolutions-dilated",
    cites=["https://github.com/0809zheng/CS231n-assignment2019/issues/19"],
    message="Where the taps of several places lay on one pixel, your dx keeps only what the last "
    "of them brought. The pixel took part in all of them: add with +=.",
)
def dilated_dx_overwritten(dout, cache):
    _, dweight, dbias = _back(dout, cache, cache[-1])
    dx, _, _ = _back(dout, cache, cache[-1], overwrite=True)
    return dx, dweight, dbias
