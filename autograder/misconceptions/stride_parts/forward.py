"""Mistakes in conv2d_forward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _places(size, kernel_size, stride, padding):
    room = size + 2 * padding - kernel_size
    if min(size, kernel_size, stride) < 1 or padding < 0 or room < 0:
        raise ValueError(
            f"expected a filter of at most {size + 2 * padding}, got {kernel_size} "
            f"with stride {stride} and padding {padding}"
        )
    return room // stride + 1


def _refuse_misfits(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes each, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"expected {weight.shape[0]} biases, got {bias.shape}")


def _pad(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def _convolve(x, weight, bias, corners_of, stride, padding):
    """Fill each place of the output from the patch at the corner that `corners_of` gives."""
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    H_out = _places(x.shape[2], kH, stride, padding)
    W_out = _places(x.shape[3], kW, stride, padding)
    padded = _pad(x, padding)
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            top, left = corners_of(i, j)
            # What lies outside the padded images is nothing.
            patch = padded[:, :, top : top + kH, left : left + kW]
            part = weight[:, :, : patch.shape[2], : patch.shape[3]]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, part) + bias
    return out, (padded, weight, stride, (*x.shape[2:], padding))


@misconception(
    "conv2d_forward",
    section="stride-forward",
    cites=[
        "https://github.com/rasbt/machine-learning-book/pull/168",
        "https://github.com/saurabhaloneai/History-of-Deep-Learning/pull/1",
        "https://community.deeplearning.ai/t/course-4-week-1-exercise-3-make-sure-you-include-stride"
        "-in-your-calculation/513501",
    ],
    message="Your output has the right size, but its patches lie side by side as for a stride of "
    "1. Place (i, j) belongs to the patch that begins in row i * stride and column j * stride.",
)
def patches_one_apart(x, weight, bias, *, stride=1, padding=0):
    return _convolve(x, weight, bias, lambda i, j: (i, j), stride, padding)


# There height and width of the stride changed places, which equal strides had hidden.
@misconception(
    "conv2d_forward",
    section="stride-forward",
    cites=["https://github.com/mlpack/mlpack/issues/4050"],
    message="Your filter steps by the stride from row to row, but by 1 from column to column. The "
    "stride counts in both directions.",
)
def stride_on_rows_only(x, weight, bias, *, stride=1, padding=0):
    return _convolve(x, weight, bias, lambda i, j: (i * stride, j), stride, padding)


# There on purpose, in a layer whose windows have to lie side by side.
@misconception(
    "conv2d_forward",
    section="stride-forward",
    cites=["https://github.com/4uiiurz1/pytorch-deform-conv-v2/issues/1"],
    message="Your filter steps by its own size, so that the windows lie side by side. The step is "
    "the stride, and windows may overlap.",
)
def steps_of_the_filter(x, weight, bias, *, stride=1, padding=0):
    kH, kW = weight.shape[-2:]
    return _convolve(x, weight, bias, lambda i, j: (i * kH, j * kW), stride, padding)


@misconception(
    "conv2d_forward",
    section="stride-forward",
    cites=[
        "https://github.com/chih-chun-chang/convolutional-neural-network-from-scratch-python/pull/2",
        "https://github.com/o0o0o0o0o0o0o/image-processing-from-scratch/issues/2",
    ],
    message="Your output has gaps: the loops run over the output in steps of the stride, so most "
    "of its places are never written. Let i and j take every value, and use the stride for the "
    "patch's corner only.",
)
def gaps_in_the_output(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    H_out = _places(x.shape[2], kH, stride, padding)
    W_out = _places(x.shape[3], kW, stride, padding)
    padded = _pad(x, padding)
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    for i in range(0, H_out, stride):
        for j in range(0, W_out, stride):
            patch = padded[:, :, i : i + kH, j : j + kW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, weight) + bias
    return out, (padded, weight, stride, (*x.shape[2:], padding))


# There in another layer, an involution.
@misconception(
    "conv2d_forward",
    section="stride-forward",
    cites=["https://github.com/ariG23498/involution-tf/issues/1"],
    message="Your output is that of a stride of 1: the argument `stride` is never used. It says "
    "how many places there are, and where their patches begin.",
)
def stride_ignored(x, weight, bias, *, stride=1, padding=0):
    if stride < 1:
        raise ValueError(f"expected a stride of at least 1, got {stride}")
    out, cache = _convolve(x, weight, bias, lambda i, j: (i, j), 1, padding)
    return out, (*cache[:2], stride, cache[3])


# There it is right, since the filters are dilated by as much.
@misconception(
    "conv2d_forward",
    section="stride-downsampling",
    cites=["https://github.com/tinygrad/tinygrad/pull/15417"],
    message="You leave out rows and columns of the images, and convolve what is left. A stride "
    "leaves out places of the output: the patches are still made of neighboring pixels.",
)
def images_thinned_out(x, weight, bias, *, stride=1, padding=0):
    if stride < 1:
        raise ValueError(f"expected a stride of at least 1, got {stride}")
    for size, kernel_size in zip(x.shape[2:], weight.shape[2:], strict=False):
        _places(size, kernel_size, stride, padding)
    thin = np.ascontiguousarray(x[:, :, ::stride, ::stride])
    return _convolve(thin, weight, bias, lambda i, j: (i, j), 1, padding)


@misconception(
    "conv2d_forward",
    section="stride-leftover",
    cites=[
        "https://github.com/ENCP/CNNdroid/issues/4",
        "https://github.com/d2l-ai/d2l-zh/pull/1345",
    ],
    message="Your output has places at its end at which the filter hangs over the edge of the "
    "padded images. Such places are left out: count whole steps only.",
)
def windows_over_the_edge(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    H_out = _places(x.shape[2], kH, stride, padding)
    W_out = _places(x.shape[3], kW, stride, padding)
    # One more place where a row or a column is left.
    H_out += (x.shape[2] + 2 * padding - kH) % stride > 0
    W_out += (x.shape[3] + 2 * padding - kW) % stride > 0
    padded = _pad(x, padding)
    wide = np.pad(padded, ((0, 0), (0, 0), (0, stride), (0, stride)))
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            patch = wide[:, :, top : top + kH, left : left + kW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, weight) + bias
    return out, (padded, weight, stride, (*x.shape[2:], padding))


# There both mistakes were made at once.
@misconception(
    "conv2d_forward",
    section="stride-forward",
    cites=["https://github.com/SamratSahoo/UT-Arlington-Research/issues/2"],
    message="You pad the images and then take the patches from the images without their border: "
    "the places are counted in one array and looked up in the other. Take both from the padded.",
)
def patches_of_the_unpadded_images(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    H_out = _places(x.shape[2], kH, stride, padding)
    W_out = _places(x.shape[3], kW, stride, padding)
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            patch = x[:, :, i * stride : i * stride + kH, j * stride : j * stride + kW]
            part = weight[:, :, : patch.shape[2], : patch.shape[3]]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, part) + bias
    return out, (_pad(x, padding), weight, stride, (*x.shape[2:], padding))


# There in a count of operations, which takes height and width for each other.
@misconception(
    "conv2d_forward",
    section="stride-sizes",
    cites=["https://github.com/Lyken17/pytorch-OpCounter/issues/8"],
    message="You count the places along the height once and use them for the width too. Images "
    "need not be square, and neither need filters: count rows and columns each on their own.",
)
def rows_counted_for_both(x, weight, bias, *, stride=1, padding=0):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    H_out = _places(x.shape[2], kH, stride, padding)
    _places(x.shape[3], kW, stride, padding)
    padded = _pad(x, padding)
    out = np.zeros((len(x), len(weight), H_out, H_out), np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(H_out):
            top, left = i * stride, j * stride
            patch = padded[:, :, top : top + kH, left : left + kW]
            part = weight[:, :, : patch.shape[2], : patch.shape[3]]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, part) + bias
    return out, (padded, weight, stride, (*x.shape[2:], padding))


@misconception(
    "conv2d_forward",
    section="stride-leftover",
    cites=[
        "https://github.com/tensorflow/tensorflow/issues/889",
        "https://github.com/tflearn/tflearn/issues/331",
    ],
    message="You refuse a stride that is larger than the filter. It is unusual, since pixels "
    "between the windows are never looked at, but well defined.",
)
def large_stride_refused(x, weight, bias, *, stride=1, padding=0):
    if stride > min(weight.shape[2:], default=stride):
        raise ValueError(f"expected a stride of at most {weight.shape[2:]}, got {stride}")
    return _convolve(x, weight, bias, lambda i, j: (i * stride, j * stride), stride, padding)


# A neighbor: padded images of float64 under a layer of float32.
@misconception(
    "conv2d_forward",
    section="stride-forward",
    cites=["https://github.com/ImagingDataCommons/highdicom/issues/438"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "Give it the type of the arguments: np.result_type says which one that is.",
)
def output_as_float64(x, weight, bias, *, stride=1, padding=0):
    out, cache = _convolve(x, weight, bias, lambda i, j: (i * stride, j * stride), stride, padding)
    return out.astype(np.float64), cache
