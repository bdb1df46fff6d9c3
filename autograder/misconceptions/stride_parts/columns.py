"""Mistakes in im2col and col2im.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _places(size, kernel_size, stride, padding):
    room = size + 2 * padding - kernel_size
    if min(size, kernel_size, stride) < 1 or padding < 0 or room < 0:
        raise ValueError(f"{kernel_size} does not fit {size}, stride {stride}, {padding} zeros")
    return room // stride + 1


def _windows(x, kernel_size, stride, padding, steps=None):
    """Give all patches, with an axis for each thing: (N, C_in, kH, kW, H_out, W_out)."""
    if x.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape}")
    kH, kW = kernel_size
    H_out = _places(x.shape[2], kH, stride, padding)
    W_out = _places(x.shape[3], kW, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    down, right = steps or (stride, stride)
    windows = np.empty((*x.shape[:2], kH, kW, H_out, W_out), x.dtype)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * down, j * right
            windows[:, :, :, :, i, j] = padded[:, :, top : top + kH, left : left + kW]
    return windows


def _columns(windows, *axes):
    """Put the axes of a patch into the order that is given, and flatten."""
    N, C, kH, kW, H_out, W_out = windows.shape
    moved = windows.transpose(0, *axes) if axes else windows
    return moved.reshape(N, C * kH * kW, H_out * W_out)


@misconception(
    "im2col",
    section="stride-im2col",
    cites=["https://github.com/ravin-d-27/PyDeepFlow/issues/84"],
    message="Your columns stand column by column of the image: place (1, 0) comes before (0, 1). "
    "Places go row by row, so that the columns can become an output by a reshape.",
)
def places_column_by_column(x, kernel_size, *, stride=1, padding=0):
    return _columns(_windows(x, kernel_size, stride, padding), 1, 2, 3, 5, 4)


@misconception(
    "im2col",
    section="stride-im2col",
    cites=[
        "https://github.com/d-li14/involution/issues/18",
        "https://github.com/yl-1993/Matrix-Capsules-EM-PyTorch/pull/4",
    ],
    message="In your columns the channels of one pixel stand together. Filters are flattened "
    "channel by channel: all numbers of channel 0 come first, then those of channel 1.",
)
def channels_innermost(x, kernel_size, *, stride=1, padding=0):
    return _columns(_windows(x, kernel_size, stride, padding), 2, 3, 1, 4, 5)


# There the images themselves are turned on their side.
@misconception(
    "im2col",
    section="stride-im2col",
    cites=["https://github.com/jatinshah/ufldl_tutorial/issues/3"],
    message="Your patches are flattened column by column. Within a channel they go row by row, as "
    "NumPy flattens a filter.",
)
def patches_turned_on_their_side(x, kernel_size, *, stride=1, padding=0):
    return _columns(_windows(x, kernel_size, stride, padding), 1, 3, 2, 4, 5)


@misconception(
    "im2col",
    section="stride-im2col",
    cites=[
        "https://github.com/ChristophReich1996/Involution/issues/16",
        "https://github.com/numpy/numpy/issues/16680",
    ],
    message="You reshape where axes have to change places. A reshape leaves the numbers in their "
    "order: move the axes of a patch before those of the places with transpose, then reshape.",
)
def reshaped_without_transposing(x, kernel_size, *, stride=1, padding=0):
    windows = _windows(x, kernel_size, stride, padding)
    N, C, kH, kW, H_out, W_out = windows.shape
    moved = windows.transpose(0, 1, 4, 5, 2, 3)
    return moved.reshape(N, C * kH * kW, H_out * W_out)


# There the columns' shape is the other way round on purpose.
@misconception(
    "im2col",
    section="stride-im2col",
    cites=["https://github.com/robertknight/rten/pull/159"],
    message="Your patches are rows. Here each patch is a column, so the places are the last axis.",
)
def patches_as_rows(x, kernel_size, *, stride=1, padding=0):
    return _columns(_windows(x, kernel_size, stride, padding)).transpose(0, 2, 1).copy()


@misconception(
    "im2col",
    section="stride-im2col",
    same_as="images_and_filters_mixed",
    cites=["https://github.com/samehkhamis/pydeeplearn/issues/1"],
    message="You put the columns of all images side by side into one matrix. Here each image keeps "
    "a matrix of its own: the batch stays the first axis.",
)
def images_side_by_side(x, kernel_size, *, stride=1, padding=0):
    windows = _windows(x, kernel_size, stride, padding)
    N, C, kH, kW, H_out, W_out = windows.shape
    return windows.transpose(1, 2, 3, 0, 4, 5).reshape(C * kH * kW, N * H_out * W_out)


@misconception(
    "im2col",
    section="stride-im2col",
    cites=["https://github.com/meta-pytorch/opacus/issues/1"],
    message="Your patches lie one pixel apart, whatever the stride. Position u of place i lies in "
    "row i * stride + u.",
)
def columns_without_the_stride(x, kernel_size, *, stride=1, padding=0):
    return _columns(_windows(x, kernel_size, stride, padding, steps=(1, 1)))


# There the batch is missing altogether.
@misconception(
    "im2col",
    section="stride-im2col",
    cites=["https://github.com/szagoruyko/pyinn/pull/16"],
    message="Your reshape leaves a size to NumPy with -1. With no image there are no numbers, and "
    "NumPy cannot tell which size is meant: write all of them out.",
)
def size_left_to_numpy(x, kernel_size, *, stride=1, padding=0):
    windows = _windows(x, kernel_size, stride, padding)
    N, C, kH, kW, _, _ = windows.shape
    return windows.reshape(N, C * kH * kW, -1)


def _add_up(cols, x_shape, kernel_size, stride, padding, *, overwrite=False):
    """Put columns back; give the padded images."""
    if len(x_shape) != 4:
        raise ValueError(f"expected 4 sizes, got {x_shape}")
    N, C, H, W = x_shape
    kH, kW = kernel_size
    H_out, W_out = _places(H, kH, stride, padding), _places(W, kW, stride, padding)
    expected = (N, C * kH * kW, H_out * W_out)
    if cols.shape != expected:
        raise ValueError(f"expected columns {expected}, got {cols.shape}")
    cols = cols.reshape(N, C, kH, kW, H_out, W_out)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), cols.dtype)
    for i in range(H_out):
        for j in range(W_out):
            part = padded[:, :, i * stride : i * stride + kH, j * stride : j * stride + kW]
            patch = cols[:, :, :, :, i, j]
            part[:] = patch if overwrite else part + patch
    return padded


def _middle(padded, x_shape, padding):
    H, W = x_shape[2:]
    return padded[:, :, padding : padding + H, padding : padding + W].copy()


@misconception(
    "col2im",
    section="stride-col2im",
    same_as="dcols_not_added",
    cites=["https://github.com/hguomin/deep-learning-from-scratch/issues/2"],
    message="Where patches overlap, you keep the last one's numbers. im2col copied such a pixel "
    "several times, so its gradient is the sum: `+=`, not `=`.",
)
def patches_overwritten(cols, x_shape, kernel_size, *, stride=1, padding=0):
    padded = _add_up(cols, x_shape, kernel_size, stride, padding, overwrite=True)
    return _middle(padded, x_shape, padding)


@misconception(
    "col2im",
    section="stride-col2im",
    cites=[
        "https://github.com/pytorch/pytorch/issues/7519",
        "https://github.com/pytorch/pytorch/issues/21817",
    ],
    message="You divide by the number of patches that a pixel lies in, which makes col2im the "
    "inverse of im2col. What is asked for is its adjoint, for gradients: the plain sum.",
)
def overlaps_averaged(cols, x_shape, kernel_size, *, stride=1, padding=0):
    padded = _add_up(cols, x_shape, kernel_size, stride, padding)
    count = _add_up(np.ones_like(cols), x_shape, kernel_size, stride, padding)
    return _middle(padded / np.maximum(count, 1), x_shape, padding)


# There the border that is too much is that of a step.
@misconception(
    "col2im",
    section="stride-col2im",
    cites=["https://github.com/oreilly-japan/deep-learning-from-scratch/issues/30"],
    message="Your result still has the border. It has the shape x_shape: what falls on the border "
    "is dropped.",
)
def border_kept(cols, x_shape, kernel_size, *, stride=1, padding=0):
    return _add_up(cols, x_shape, kernel_size, stride, padding)


# There in a layer's own backward pass.
@misconception(
    "col2im",
    section="stride-col2im",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="You return the upper left corner of the padded images. The images lie in its middle, "
    "from row `padding` and column `padding` on.",
)
def corner_returned(cols, x_shape, kernel_size, *, stride=1, padding=0):
    padded = _add_up(cols, x_shape, kernel_size, stride, padding)
    return padded[:, :, : x_shape[2], : x_shape[3]].copy()


@misconception(
    "col2im",
    section="stride-col2im",
    cites=["https://github.com/HIPS/autograd/issues/431"],
    message="Without padding your result is empty. The slice from padding to -padding is [0:-0], "
    "and -0 is 0: count the end from the front, padding + H.",
)
def nothing_left_without_padding(cols, x_shape, kernel_size, *, stride=1, padding=0):
    padded = _add_up(cols, x_shape, kernel_size, stride, padding)
    return padded[:, :, padding:-padding, padding:-padding].copy()
