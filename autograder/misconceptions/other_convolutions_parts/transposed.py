"""Mistakes in conv_transpose2d_forward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias, stride, padding):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape} and {weight.shape}")
    if x.shape[1] != len(weight):
        raise ValueError(f"expected {len(weight)} channels, got {x.shape[1]}")
    if bias.shape != (weight.shape[1],):
        raise ValueError(f"expected {weight.shape[1]} biases, got {bias.shape}")
    if stride < 1 or padding < 0:
        raise ValueError(f"expected stride >= 1 and padding >= 0, got {stride} and {padding}")
    for size, k in zip(x.shape[2:], weight.shape[2:], strict=True):
        if (size - 1) * stride + k <= 2 * padding:
            raise ValueError(f"expected a smaller padding, got {padding}")


def _full(x, weight, stride, *, overwrite=False):
    """Lay down all the copies; the border is still there, and no bias is added."""
    kH, kW = weight.shape[2:]
    shape = [(size - 1) * stride + k for size, k in zip(x.shape[2:], (kH, kW), strict=True)]
    full = np.zeros((len(x), weight.shape[1], *shape), np.result_type(x, weight))
    for i, j in np.ndindex(*x.shape[2:]):
        top, left = i * stride, j * stride
        patch = full[:, :, top : top + kH, left : left + kW]
        copies = np.einsum("nk,kcuv->ncuv", x[:, :, i, j], weight)
        patch[:] = copies if overwrite else patch + copies
    return full


def _finish(full, bias, padding):
    H, W = full.shape[2:]
    return full[:, :, padding : H - padding, padding : W - padding] + bias[:, None, None]


@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=[
        "https://github.com/vdumoulin/conv_arithmetic/issues/4",
        "https://github.com/Theano/Theano/issues/5170",
    ],
    message="Your filters are turned around. They are when a transposed convolution is written as "
    "a convolution of a map with zeros in it; here each number lays its filters down as they are.",
)
def copies_turned_around(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    full = _full(x, weight[:, :, ::-1, ::-1], stride)
    return _finish(full, bias, padding), None


@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=["https://github.com/AlexeyAB/darknet/pull/8660"],
    message="Where copies overlap, your output keeps only the last one. They add up, as the "
    "gradients in dx do: use +=.",
)
def copies_overwritten(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    return _finish(_full(x, weight, stride, overwrite=True), bias, padding), None


@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=[
        "https://github.com/Samsung/TICO/issues/420",
        "https://github.com/vlfeat/matconvnet/issues/543",
    ],
    message="You pad your output where it has to be cut: here padding makes the output smaller. It "
    "takes away, on each side, what the convolution had added.",
)
def border_added_instead_of_cut(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    full = _full(x, weight, stride)
    full = np.pad(full, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return _finish(full, bias, 0), None


# There on purpose, in part: one row and one column more are wanted.
@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=["https://github.com/Lasagne/Lasagne/issues/746"],
    message="Your output is always stride times as large as x. The last copy begins at (H - 1) * "
    "stride and is kH rows high, so the map has (H - 1) * stride + kH rows; 2 * padding of them "
    "are cut off.",
)
def stride_times_as_large(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    full = _full(x, weight, stride)
    H, W = stride * x.shape[2], stride * x.shape[3]
    room = np.zeros((*full.shape[:2], H + padding, W + padding), full.dtype)
    rows, columns = min(H + padding, full.shape[2]), min(W + padding, full.shape[3])
    room[:, :, :rows, :columns] = full[:, :, :rows, :columns]
    return room[:, :, padding:, padding:] + bias[:, None, None], None


# There in the gradient of a padded convolution.
@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="You cut the border off at the bottom and on the right only. It lies on all four "
    "sides: cut from padding to padding + H_out.",
)
def cut_at_the_end_only(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    full = _full(x, weight, stride)
    H, W = full.shape[2] - 2 * padding, full.shape[3] - 2 * padding
    return full[:, :, :H, :W] + bias[:, None, None], None


# There a slice of pads around an array.
@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=["https://github.com/HIPS/autograd/issues/431"],
    message="Without padding your output is empty. The slice from padding to -padding is [0:-0], "
    "and -0 is 0. Count from the front: from padding to padding + H_out.",
)
def empty_without_padding(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    inside = _full(x, weight, stride)[:, :, padding:-padding, padding:-padding]
    return inside + bias[:, None, None], None


# There in a document that says nothing of it.
@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=["https://github.com/pytorch/pytorch/issues/150775"],
    message="Your copies lie one place apart, whatever the stride is. The copies of two neighbors "
    "lie `stride` rows or columns apart: this is what makes the map larger.",
)
def copies_one_place_apart(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    full = _full(x, weight, stride)
    close = np.zeros_like(full)
    side_by_side = _full(x, weight, 1)
    close[:, :, : side_by_side.shape[2], : side_by_side.shape[3]] = side_by_side
    return _finish(close, bias, padding), None


# There by two layers that add it in different places.
@misconception(
    "conv_transpose2d_forward",
    section="other_convolutions-transposed",
    cites=["https://github.com/uxlfoundation/oneDNN/issues/314"],
    message="You add the bias to every copy, so that it is in the output as often as copies "
    "overlap, and not at all where there are none. Add it once, at the very end.",
)
def bias_in_every_copy(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias, stride, padding)
    counts = _full(np.ones_like(x[:, :1]), np.ones_like(weight[:1]), stride)
    full = _full(x, weight, stride) + counts * bias[:, None, None]
    return _finish(full, 0 * bias, padding), None
