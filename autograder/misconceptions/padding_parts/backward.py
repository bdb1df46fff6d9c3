"""Mistakes in conv2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _right_gradients(dout, cache):
    """Give the gradients of the padded images, of the filters and of the biases."""
    padded, weight, _ = cache
    dpadded, dweight = np.zeros(padded.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    kH, kW = weight.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            grad = dout[:, :, i, j]
            dweight += np.einsum("nf,ncuv->fcuv", grad, padded[:, :, i : i + kH, j : j + kW])
            dpadded[:, :, i : i + kH, j : j + kW] += np.einsum("nf,fcuv->ncuv", grad, weight)
    return dpadded, dweight, dout.sum(axis=(0, 2, 3))


def _crop(dpadded, cache):
    H, W, padding = cache[2]
    return dpadded[:, :, padding : padding + H, padding : padding + W].copy()


@misconception(
    "conv2d_backward",
    section="padding-gradients",
    cites=["https://github.com/data61/MP-SPDZ/issues/1206"],
    message="Your dx still has the border: it is the gradient of the padded images. dx belongs to "
    "x and has its shape, so the border has to go.",
)
def dx_with_its_border(dout, cache):
    return _right_gradients(dout, cache)


@misconception(
    "conv2d_backward",
    section="padding-gradients",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="Your dx is the upper left corner of the padded images' gradient. The images lay in "
    "the middle, so dx begins at row `padding` and column `padding`.",
)
def dx_cropped_from_the_corner(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout, cache)
    H, W, _ = cache[2]
    return dpadded[:, :, :H, :W].copy(), dweight, dbias


@misconception(
    "conv2d_backward",
    section="padding-zero-is-a-case",
    cites=[
        "https://github.com/HIPS/autograd/issues/431",
        "https://drunze.github.io/2020/03/02/%E5%90%B4%E6%81%A9%E8%BE%BE%20%E6%B7%B1%E5%BA%A6%E5%AD%A6"
        "%E4%B9%A0/04%E5%8D%B7%E7%A7%AF%E7%A5%9E%E7%BB%8F%E7%BD%91%E7%BB%9C/%E7%BC%96%E7%A8%8B%E4%BD%9C"
        "%E4%B8%9A-%E5%8D%B7%E7%A7%AF%E5%9F%BA%E7%A1%801",
    ],
    message="Without padding your dx is empty. The slice from padding to -padding is [0:-0], and "
    "-0 is 0: count the end from the front, padding + H.",
)
def dx_empty_without_padding(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout, cache)
    p = cache[2][2]
    return dpadded[:, :, p:-p, p:-p].copy(), dweight, dbias


# A neighbor: a gradient whose places were counted without the padding.
@misconception(
    "conv2d_backward",
    section="padding-gradients",
    cites=["https://github.com/HomericIntelligence/Odyssey/issues/3868"],
    message="Your dweight is collected only from the places at which the filter lies inside the "
    "image. At the others it lay partly on zeros, and the rest of the patch counts: take the "
    "patches from the padded images, at every place.",
)
def dweight_from_unpadded_images(dout, cache):
    dpadded, _, dbias = _right_gradients(dout, cache)
    padded, weight, (H, W, p) = cache
    x = padded[:, :, p : p + H, p : p + W]
    kH, kW = weight.shape[2:]
    inside = dout[:, :, p : dout.shape[2] - p, p : dout.shape[3] - p]
    dweight = np.zeros(weight.shape, dtype=dout.dtype)
    for i in range(inside.shape[2]):
        for j in range(inside.shape[3]):
            patch = x[:, :, i : i + kH, j : j + kW]
            dweight += np.einsum("nf,ncuv->fcuv", inside[:, :, i, j], patch)
    return _crop(dpadded, cache), dweight, dbias


# There the question is why the images are not padded again on the way back.
@misconception(
    "conv2d_backward",
    section="padding-gradients",
    cites=["https://github.com/hanbt/learn_dl/issues/48"],
    message="Your dweight takes its patches from x, where the place (i, j) is another one: the "
    "filter met the patch of the padded images whose corner is (i, j).",
)
def dweight_with_shifted_patches(dout, cache):
    dpadded, _, dbias = _right_gradients(dout, cache)
    padded, weight, (H, W, p) = cache
    x = padded[:, :, p : p + H, p : p + W]
    kH, kW = weight.shape[2:]
    dweight = np.zeros(weight.shape, dtype=dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            patch = x[:, :, i : i + kH, j : j + kW]
            here = dweight[:, :, : patch.shape[2], : patch.shape[3]]
            here += np.einsum("nf,ncuv->fcuv", dout[:, :, i, j], patch)
    return _crop(dpadded, cache), dweight, dbias


# A neighbor: sizes without padding in the backward pass.
@misconception(
    "conv2d_backward",
    section="padding-gradients",
    cites=["https://github.com/HomericIntelligence/Odyssey/issues/3868"],
    message="Your dbias leaves the border of dout out. The bias was added to every place of its "
    "map, the border included.",
)
def dbias_inside_only(dout, cache):
    dpadded, dweight, _ = _right_gradients(dout, cache)
    p = cache[2][2]
    inside = dout[:, :, p : dout.shape[2] - p, p : dout.shape[3] - p]
    return _crop(dpadded, cache), dweight, inside.sum(axis=(0, 2, 3))


# There dout was cut to size by a wrong formula.
@misconception(
    "conv2d_backward",
    section="padding-gradients",
    cites=["https://github.com/renmengye/np-conv2d/pull/2"],
    message="Your dx hears nothing from the places at which the filter hangs over the border. They "
    "saw pixels too: lay every place's filter on the padded images first, and cut the border off "
    "at the end.",
)
def dx_from_places_inside_only(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    padded, weight, (H, W, p) = cache
    kH, kW = weight.shape[2:]
    inside = dout[:, :, p : dout.shape[2] - p, p : dout.shape[3] - p]
    dx = np.zeros((*padded.shape[:2], H, W), dtype=dout.dtype)
    for i in range(inside.shape[2]):
        for j in range(inside.shape[3]):
            back = np.einsum("nf,fcuv->ncuv", inside[:, :, i, j], weight)
            dx[:, :, i : i + kH, j : j + kW] += back
    return dx, dweight, dbias


# There in a max-pooling layer, whose windows overlap in the same way.
@misconception(
    "conv2d_backward",
    section="padding-gradients",
    cites=["https://github.com/0809zheng/CS231n-assignment2019/issues/19"],
    message="Where patches overlap, your dx keeps only the last one's gradient. A pixel takes part "
    "in several places of the output, and the gradients of all of them are added up.",
)
def dx_overwritten(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout, cache)
    weight = cache[1]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            back = np.tensordot(dout[:, :, i, j], weight, axes=1)
            dpadded[:, :, i : i + weight.shape[2], j : j + weight.shape[3]] = back
    return _crop(dpadded, cache), dweight, dbias


# A neighbor: padded images of float64 under a layer of float32.
@misconception(
    "conv2d_backward",
    section="padding-zeros",
    cites=["https://github.com/ImagingDataCommons/highdicom/issues/438"],
    message="Your gradients are always float64, because np.zeros makes float64 unless told "
    "otherwise. A gradient has the type of what it belongs to: float32 stays float32.",
)
def gradients_as_float64(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout.astype(np.float64), cache)
    return _crop(dpadded, cache), dweight, dbias
