"""Mistakes in conv2d_forward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias, padding):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes each, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"expected {weight.shape[0]} biases, got {bias.shape}")
    if padding < 0:
        raise ValueError(f"expected a padding of at least 0, got {padding}")
    room = tuple(size + 2 * padding for size in x.shape[2:])
    if weight.shape[2] > room[0] or weight.shape[3] > room[1]:
        raise ValueError(f"expected filters of at most {room}, got {weight.shape[2:]}")


def _pad(x, padding, **how):
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), **how)


def _slide(padded, weight):
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,fcij->nfhw", windows, weight, optimize=True)


def _cache(x, weight, padding):
    return _pad(x, padding), weight, (x.shape[2], x.shape[3], padding)


@misconception(
    "conv2d_forward",
    section="padding-conv",
    cites=["https://github.com/tiny-dnn/tiny-dnn/issues/57"],
    message="Your output is that of a layer without padding: the argument `padding` is never used. "
    "Pad the images first, and slide the filters over the padded ones.",
)
def padding_ignored(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    out = _slide(x, weight) + bias[:, None, None]
    return out, _cache(x, weight, padding)


# There in a description: "adds zeros to the output tensor".
@misconception(
    "conv2d_forward",
    section="padding-conv",
    cites=["https://github.com/tensorflow/tensorflow/pull/12918"],
    message="You put the zeros around the output. The size comes out right, but the border holds "
    "nothing: pad the images, before the filters slide over them.",
)
def output_padded(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    out = _pad(_slide(x, weight) + bias[:, None, None], padding)
    return out, _cache(x, weight, padding)


# There the point of "2.P" could be taken for a decimal one.
@misconception(
    "conv2d_forward",
    section="padding-sizes",
    cites=["https://github.com/slds-lmu/lecture_i2dl/issues/28"],
    message="Your output lacks its last rows and columns: you count H - K + 1 + P places. The "
    "border lies on both sides, so there are H - K + 1 + 2P.",
)
def padding_counted_once(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    N, _, H, W = x.shape
    F, _, kH, kW = weight.shape
    padded = _pad(x, padding)
    H_out, W_out = max(H - kH + 1 + padding, 0), max(W - kW + 1 + padding, 0)
    out = np.zeros((N, F, H_out, W_out), dtype=np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            patch = padded[:, :, i : i + kH, j : j + kW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, weight) + bias
    return out, _cache(x, weight, padding)


# There with the unpadded image's size in another formula.
@misconception(
    "conv2d_forward",
    section="padding-sizes",
    cites=["https://github.com/jorditorresBCN/LibroTensorFlow/issues/1"],
    message="You pad the images, but count the places as if you had not: your output stops "
    "2 * padding rows and columns early. Read the sizes from the padded images.",
)
def places_of_the_unpadded_image(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    N, _, H, W = x.shape
    F, _, kH, kW = weight.shape
    padded = _pad(x, padding)
    H_out, W_out = max(H - kH + 1, 0), max(W - kW + 1, 0)
    out = np.zeros((N, F, H_out, W_out), dtype=np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            patch = padded[:, :, i : i + kH, j : j + kW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, weight) + bias
    return out, _cache(x, weight, padding)


# There for padding that is not made of zeros.
@misconception(
    "conv2d_forward",
    section="padding-sizes",
    cites=["https://github.com/QUVA-Lab/e2cnn/pull/23"],
    message="You pad twice: your output is 2 * padding rows and columns too large. Padded images "
    "need no further border.",
)
def padded_twice(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    out = _slide(_pad(_pad(x, padding), padding), weight) + bias[:, None, None]
    return out, _cache(x, weight, padding)


# A neighbor: there the padding follows from the kernel's size on purpose.
@misconception(
    "conv2d_forward",
    section="padding-same",
    cites=["https://github.com/google-research/big_transfer/issues/35"],
    message="You pad with K // 2, whatever `padding` says. Same padding is one choice; the caller "
    "makes it, and the layer does as it is told.",
)
def padding_taken_from_the_filter(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    h, w = weight.shape[2] // 2, weight.shape[3] // 2
    padded = np.pad(x, ((0, 0), (0, 0), (h, h), (w, w)))
    return _slide(padded, weight) + bias[:, None, None], _cache(x, weight, padding)


# A neighbor: values at the border that came as a surprise.
@misconception(
    "conv2d_forward",
    section="padding-conv",
    cites=["https://github.com/pytorch/pytorch/issues/36424"],
    message="Your bias is missing at the border of the maps. It belongs to the sum of every place, "
    "also of those at which the filter lies on zeros.",
)
def bias_inside_only(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    out = _slide(_pad(x, padding), weight)
    out = out.astype(np.result_type(out, bias))
    H_out, W_out = out.shape[2:]
    out[:, :, padding : H_out - padding, padding : W_out - padding] += bias[:, None, None]
    return out, _cache(x, weight, padding)


@misconception(
    "conv2d_forward",
    section="padding-zeros",
    cites=["https://github.com/distillpub/post--deconv-checkerboard/issues/5"],
    message="The border of your images repeats the pixels at their edge. That is another kind of "
    "padding; here the border is made of zeros.",
)
def images_padded_with_their_edges(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    padded = _pad(x, padding, mode="edge")
    out = _slide(padded, weight) + bias[:, None, None]
    return out, (padded, weight, (x.shape[2], x.shape[3], padding))


# A neighbor: there the two sizes changed places.
@misconception(
    "conv2d_forward",
    section="padding-zeros",
    cites=["https://github.com/pytorch/pytorch/issues/37844"],
    message="You pad the images above and below only, so your output has too few columns. Zeros go "
    "to the left and to the right as well.",
)
def images_padded_above_and_below_only(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (0, 0)))
    out = _slide(padded, weight) + bias[:, None, None]
    return out, (padded, weight, (x.shape[2], x.shape[3], padding))


@misconception(
    "conv2d_forward",
    section="padding-zeros",
    cites=["https://github.com/fff-rs/coaster-nn/pull/3"],
    message="Your images lie in the upper left corner of the padded ones, with all the zeros below "
    "and to the right. They belong into the middle.",
)
def images_in_the_upper_left_corner(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)))
    out = _slide(padded, weight) + bias[:, None, None]
    return out, (padded, weight, (x.shape[2], x.shape[3], padding))


@misconception(
    "conv2d_forward",
    section="padding-conv",
    cites=[
        "https://github.com/foss-xtensa/nnlib-hifi4/issues/12",
        "https://github.com/deeplearning4j/deeplearning4j/pull/2071",
    ],
    message="You refuse filters that are larger than the images, though the padding makes room for "
    "them. Compare the filters with the padded sizes.",
)
def filters_compared_with_unpadded_images(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:
        text = f"expected at most {x.shape[2:]} or {_pad(x, padding).shape[2:]}"
        raise ValueError(f"{text}, got filters of {weight.shape[2:]}")
    out = _slide(_pad(x, padding), weight) + bias[:, None, None]
    return out, _cache(x, weight, padding)


@misconception(
    "conv2d_forward",
    section="padding-zeros",
    cites=["https://github.com/ImagingDataCommons/highdicom/issues/438"],
    message="Your output is always float64, because the padded images or the output were made by "
    "np.zeros without a type. float32 stays float32.",
)
def convolved_as_float64(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, padding)
    H, W = x.shape[2:]
    padded = np.zeros((*x.shape[:2], H + 2 * padding, W + 2 * padding))
    padded[:, :, padding : padding + H, padding : padding + W] = x
    return _slide(padded, weight) + bias[:, None, None], _cache(x, weight, padding)


@misconception(
    "conv2d_forward",
    section="padding-conv",
    cites=["https://github.com/ml-explore/mlx/issues/548"],
    message="A negative padding cuts rows and columns off the images without a word. Refuse it "
    "with a ValueError that says what came.",
)
def images_cropped_by_negative_padding(x, weight, bias, *, padding=0):
    _refuse_misfits(x, weight, bias, max(padding, 0))
    padded = x[:, :, -padding:padding, -padding:padding] if padding < 0 else _pad(x, padding)
    out = _slide(padded, weight) + bias[:, None, None]
    return out, (padded, weight, (x.shape[2], x.shape[3], padding))
