"""Mistakes in max_pool2d_forward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, kernel_size, stride, padding):
    if x.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape}")
    stride = kernel_size if stride is None else stride
    if kernel_size < 1 or stride < 1:
        raise ValueError(f"expected at least 1, got {kernel_size} and {stride}")
    if not 0 <= padding <= kernel_size // 2:
        raise ValueError(f"expected a padding of at most {kernel_size // 2}, got {padding}")
    room = min(x.shape[2:]) + 2 * padding
    if kernel_size > room:
        raise ValueError(f"expected a window of at most {room}, got {kernel_size}")
    return stride


def _border(x, padding, value):
    if value == -np.inf and x.dtype.kind in "iu":
        value = np.iinfo(x.dtype).min
    widths = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return np.pad(x, widths, constant_values=value)


def _output_shape(x, kernel_size, stride, padding):
    sizes = [(size + 2 * padding - kernel_size) // stride + 1 for size in x.shape[2:]]
    return (*x.shape[:2], *sizes)


def _pool(padded, shape, kernel_size, down, right, dtype):
    out = np.zeros(shape, dtype)
    for i in range(shape[2]):
        for j in range(shape[3]):
            rows = slice(i * down, i * down + kernel_size)
            columns = slice(j * right, j * right + kernel_size)
            out[:, :, i, j] = padded[:, :, rows, columns].max(axis=(2, 3))
    return out


@misconception(
    "max_pool2d_forward",
    section="pooling-negative",
    cites=[
        "https://github.com/uxlfoundation/oneDNN/pull/1677",
        "https://github.com/tensorflow/tfjs/pull/4854",
    ],
    message="Your search for the largest number starts from 0, so a window of negative numbers "
    "gives 0. Start from minus infinity, or from the window's own first number.",
)
def max_starts_at_zero(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    padded = _border(x, padding, -np.inf)
    out = np.zeros(_output_shape(x, kernel_size, stride, padding), x.dtype)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for u in range(kernel_size):
                for v in range(kernel_size):
                    seen = padded[:, :, i * stride + u, j * stride + v]
                    out[:, :, i, j] = np.maximum(out[:, :, i, j], seen)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-padding",
    cites=[
        "https://github.com/pytorch/pytorch/issues/41294",
        "https://github.com/uxlfoundation/oneDNN/issues/1094",
    ],
    message="Your border holds zeros, and where a window sees only negative numbers of the map, "
    "the border wins. In max pooling the border holds minus infinity, which never wins.",
)
def border_of_zeros(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    shape = _output_shape(x, kernel_size, stride, padding)
    out = _pool(_border(x, padding, 0), shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


# There the stride was 3 where the paper names 2.
@misconception(
    "max_pool2d_forward",
    section="pooling-stride",
    cites=["https://github.com/heuritech/convnets-keras/issues/10"],
    message="Your windows always lie side by side: they step by kernel_size, and a stride that is "
    "named is ignored. kernel_size says how large a window is, stride how far the next one is.",
)
def steps_by_kernel_size(x, kernel_size, *, stride=None, padding=0):
    _refuse_misfits(x, kernel_size, stride, padding)
    shape = _output_shape(x, kernel_size, kernel_size, padding)
    padded = _border(x, padding, -np.inf)
    out = _pool(padded, shape, kernel_size, kernel_size, kernel_size, x.dtype)
    return out, (x, kernel_size, kernel_size, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-stride",
    cites=[
        "https://github.com/patrick-kidger/equinox/pull/135",
        "https://github.com/jiqizhixin/ML-Tutorial-Experiment/issues/5",
    ],
    message="Where no stride is named, your windows step by 1. In pooling, stride=None means "
    "kernel_size: the windows lie side by side.",
)
def stride_none_means_one(x, kernel_size, *, stride=None, padding=0):
    _refuse_misfits(x, kernel_size, stride, padding)
    stride = 1 if stride is None else stride
    shape = _output_shape(x, kernel_size, stride, padding)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


# There in a convolution layer, whose windows lie in the same way.
@misconception(
    "max_pool2d_forward",
    section="pooling-stride",
    cites=[
        "https://github.com/fissehab/Deep_learning_specialization/pull/1",
        "https://github.com/shaoanlu/deeplearning.ai-Convolutional-Neural-Networks/issues/1",
    ],
    message="Your output has the right size, but the windows move on by one row or column only: "
    "the stride is missing where a window begins. Place (i, j) begins at row i * stride and "
    "column j * stride.",
)
def stride_in_size_only(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    shape = _output_shape(x, kernel_size, stride, padding)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, 1, 1, x.dtype)
    return out, (x, kernel_size, stride, padding)


# A neighbor: one stride taken for both directions, where two were given.
@misconception(
    "max_pool2d_forward",
    section="pooling-stride",
    cites=["https://github.com/PaddlePaddle/X2Paddle/pull/674"],
    message="Your windows step by the stride down the rows, but by 1 along the columns. The stride "
    "holds in both directions.",
)
def stride_on_rows_only(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    N, C, H_out, _ = _output_shape(x, kernel_size, stride, padding)
    shape = (N, C, H_out, x.shape[3] + 2 * padding - kernel_size + 1)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, 1, x.dtype)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-sizes",
    cites=[
        "https://github.com/BVLC/caffe/issues/4781",
        "https://github.com/weiliu89/caffe/issues/826",
    ],
    message="Your sizes are rounded up, so the last windows hang over the end of the map. Only "
    "windows that fit are counted: divide with //, which rounds down.",
)
def ceil_for_floor(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    sizes = [-(-(s + 2 * padding - kernel_size) // stride) + 1 for s in x.shape[2:]]
    shape = (*x.shape[:2], *sizes)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-sizes",
    cites=["https://github.com/doonny/PipeCNN/issues/5"],
    message="Your output lacks its last row and its last column. Count the windows: one whose "
    "last row is the map's last row still fits, so there is a + 1 behind the division.",
)
def output_one_too_small(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    N, C, H_out, W_out = _output_shape(x, kernel_size, stride, padding)
    shape = (N, C, H_out - 1, W_out - 1)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-sizes",
    cites=["https://github.com/dmlc/minerva/issues/43"],
    message="You compute the width of the output from the height of the maps. On square maps "
    "nobody notices; take rows from rows and columns from columns.",
)
def width_from_height(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    H_out = (x.shape[2] + 2 * padding - kernel_size) // stride + 1
    padded = _border(x, padding, -np.inf)
    shape = (*x.shape[:2], H_out, H_out)
    out = _pool(padded, shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-sizes",
    cites=["https://github.com/AlexeyAB/darknet/issues/3706"],
    message="Your sizes count the border once. It lies on both sides of the map, so its width "
    "comes in twice: (H + 2P - K) // S + 1.",
)
def padding_counted_once(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    sizes = [(s + padding - kernel_size) // stride + 1 for s in x.shape[2:]]
    shape = (*x.shape[:2], *sizes)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-padding",
    cites=["https://github.com/doonny/PipeCNN/issues/7"],
    message="Your border lies below the map and to its right only, so the windows begin at the "
    "map's own corner. Padding goes around the map: P rows above and P below, P columns on each "
    "side.",
)
def border_after_only(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    shape = _output_shape(x, kernel_size, stride, padding)
    wide = _border(x, 2 * padding, -np.inf)[:, :, 2 * padding :, 2 * padding :]
    out = _pool(wide, shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


# There the pooled axes were mixed up by a reshape; in the second case by an order of axes.
@misconception(
    "max_pool2d_forward",
    section="pooling-channels",
    cites=[
        "https://github.com/HIPS/autograd/pull/245",
        "https://github.com/arbellea/DeepCellSeg/pull/7",
    ],
    message="Your maximum is taken over the channels too, so every channel gets the same numbers. "
    "Pooling treats each channel by itself: only rows and columns of the window take part.",
)
def max_over_channels(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    padded = _border(x, padding, -np.inf)
    out = np.zeros(_output_shape(x, kernel_size, stride, padding), x.dtype)
    for n, _, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[n, :, i, j] = padded[n, :, top : top + kernel_size, left : left + kernel_size].max()
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-padding",
    cites=[
        "https://github.com/apache/mxnet/issues/6191",
        "https://github.com/denizyuret/Knet.jl/issues/182",
    ],
    message="A border of more than half a window is accepted. Some windows can then lie in the "
    "border alone, and minus infinity comes out: refuse a padding above kernel_size // 2.",
)
def wide_border_accepted(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, min(padding, kernel_size // 2))
    shape = _output_shape(x, kernel_size, stride, padding)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-sizes",
    cites=["https://github.com/apache/mxnet/issues/810"],
    message="A window that is larger than the map is cut down to the map, and the call succeeds. "
    "Whoever asks for such a window has made a mistake: refuse it with a ValueError.",
)
def large_window_cut_down(x, kernel_size, *, stride=None, padding=0):
    if x.ndim == 4:
        kernel_size = min(kernel_size, *(s + 2 * padding for s in x.shape[2:]))
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    shape = _output_shape(x, kernel_size, stride, padding)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_forward",
    section="pooling-dtype",
    cites=[
        "https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3",
        "https://github.com/tinygrad/tinygrad/pull/7726",
    ],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "The largest of some numbers is one of them: give the output the dtype of x.",
)
def float64_output(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    shape = _output_shape(x, kernel_size, stride, padding)
    out = _pool(_border(x, padding, -np.inf), shape, kernel_size, stride, stride, np.float64)
    return out, (x, kernel_size, stride, padding)


# There infinity in the border changed the dtype of whole numbers, instead of raising.
@misconception(
    "max_pool2d_forward",
    section="pooling-dtype",
    cites=["https://github.com/tinygrad/tinygrad/pull/7726"],
    message="You put minus infinity into a border of whole numbers, which cannot hold it. Take "
    "np.iinfo(x.dtype).min for them, or look only at the part of a window that lies on the map.",
)
def minus_infinity_for_whole_numbers(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    widths = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(x, widths, mode="constant", constant_values=-np.inf)
    shape = _output_shape(x, kernel_size, stride, padding)
    out = _pool(padded, shape, kernel_size, stride, stride, x.dtype)
    return out, (x, kernel_size, stride, padding)
