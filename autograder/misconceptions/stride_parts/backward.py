"""Mistakes in conv2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _right_gradients(dout, cache):
    """Give the gradients of the padded images, of the filters and of the biases."""
    padded, weight, stride, _ = cache
    dpadded, dweight = np.zeros(padded.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    kH, kW = weight.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            grad, top, left = dout[:, :, i, j], i * stride, j * stride
            patch = padded[:, :, top : top + kH, left : left + kW]
            dweight += np.einsum("nf,ncuv->fcuv", grad, patch)
            back = np.einsum("nf,fcuv->ncuv", grad, weight)
            dpadded[:, :, top : top + kH, left : left + kW] += back
    return dpadded, dweight, dout.sum(axis=(0, 2, 3))


def _crop(dpadded, cache):
    H, W, padding = cache[3]
    return dpadded[:, :, padding : padding + H, padding : padding + W].copy()


def _spread(dout, cache, corner_of, *, overwrite=False):
    """Lay each place's filter on a patch of the padded images."""
    padded, weight, _, _ = cache
    dpadded = np.zeros(padded.shape, dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = corner_of(i, j)
            part = dpadded[:, :, top : top + weight.shape[2], left : left + weight.shape[3]]
            back = np.einsum("nf,fcuv->ncuv", dout[:, :, i, j], weight)
            back = back[:, :, : part.shape[2], : part.shape[3]]
            part[:] = back if overwrite else part + back
    return _crop(dpadded, cache)


@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/hguomin/deep-learning-from-scratch/issues/2"],
    message="Where windows overlap, your dx keeps only the last one's gradient. A pixel takes part "
    "in several places of the output, and the gradients of all of them are added up.",
)
def dx_overwritten(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    stride = cache[2]
    dx = _spread(dout, cache, lambda i, j: (i * stride, j * stride), overwrite=True)
    return dx, dweight, dbias


@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=[
        "https://github.com/enggen/Deep-Learning-Coursera/issues/7",
        "https://github.com/Kulbear/deep-learning-coursera/pull/34",
    ],
    message="Your dx lays the filters one pixel apart. In the forward pass place (i, j) saw the "
    "patch at row i * stride and column j * stride, and there its gradient belongs.",
)
def dx_without_the_stride(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    return _spread(dout, cache, lambda i, j: (i, j)), dweight, dbias


# There height and width of the stride changed places.
@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/mlpack/mlpack/issues/4050"],
    message="Your dx uses the stride for the rows only. The columns of a place's patch begin at "
    "j * stride as well.",
)
def dx_stride_on_rows_only(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    stride = cache[2]
    return _spread(dout, cache, lambda i, j: (i * stride, j)), dweight, dbias


# There the missing factor was in both gradients.
@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=[
        "https://github.com/enggen/Deep-Learning-Coursera/issues/7",
        "https://github.com/Kulbear/deep-learning-coursera/pull/34",
    ],
    message="Your dweight takes its patches one pixel apart. At place (i, j) the filter met the "
    "patch at row i * stride and column j * stride.",
)
def dweight_without_the_stride(dout, cache):
    dpadded, _, dbias = _right_gradients(dout, cache)
    padded, weight, _, _ = cache
    kH, kW = weight.shape[2:]
    dweight = np.zeros(weight.shape, dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            patch = padded[:, :, i : i + kH, j : j + kW]
            dweight += np.einsum("nf,ncuv->fcuv", dout[:, :, i, j], patch)
    return _crop(dpadded, cache), dweight, dbias


@misconception(
    "conv2d_backward",
    section="stride-leftover",
    cites=[
        "https://github.com/torch/DEPRECEATED-torch7-distro/issues/20",
        "https://github.com/mlpack/mlpack/issues/2986",
        "https://github.com/PKUFlyingPig/CMU10-714/issues/6",
    ],
    message="Your dx lacks the rows and columns at the end that no place has seen. They belong to "
    "x, so dx has them too, and they hold zeros: start from zeros in the padded images' shape.",
)
def dx_without_the_leftover(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout, cache)
    _, weight, stride, (H, W, padding) = cache
    seen_H = (dout.shape[2] - 1) * stride + weight.shape[2]
    seen_W = (dout.shape[3] - 1) * stride + weight.shape[3]
    seen = dpadded[:, :, :seen_H, :seen_W]
    return seen[:, :, padding : padding + H, padding : padding + W].copy(), dweight, dbias


# There zeros have to be put between the numbers of dout, and were not.
@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/sasagawa888/deeppipe2/issues/3"],
    message="You stretch dout by repeating its numbers, so that pixels hear of places that have "
    "not seen them. Between two places of a strided layer there is nothing, that is, zeros.",
)
def dout_repeated(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    stride = cache[2]
    H = (dout.shape[2] - 1) * stride + 1
    W = (dout.shape[3] - 1) * stride + 1
    wide = dout.repeat(stride, axis=2).repeat(stride, axis=3)[:, :, :H, :W]
    return _spread(wide, cache, lambda i, j: (i, j)), dweight, dbias


@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/data61/MP-SPDZ/issues/1206"],
    message="Your dx still has the border: it is the gradient of the padded images. dx belongs to "
    "x and has its shape; pad2d_backward takes the border away.",
)
def dx_with_its_border(dout, cache):
    return _right_gradients(dout, cache)


@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="Your dx is the upper left corner of the padded images' gradient. The images lay in "
    "the middle, so dx begins at row `padding` and column `padding`.",
)
def dx_cropped_from_the_corner(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout, cache)
    H, W, _ = cache[3]
    return dpadded[:, :, :H, :W].copy(), dweight, dbias


@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/HIPS/autograd/issues/431"],
    message="Without padding your dx is empty. The slice from padding to -padding is [0:-0], and "
    "-0 is 0: let given.pad2d_backward take the border away.",
)
def dx_empty_without_padding(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout, cache)
    p = cache[3][2]
    return dpadded[:, :, p:-p, p:-p].copy(), dweight, dbias


@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/sebgao/cTensor/issues/3"],
    message="You divide dweight by the number of images and places. It is a sum over all of them; "
    "if the loss is a mean, dout holds that factor already.",
)
def dweight_averaged(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout, cache)
    count = len(dout) * dout.shape[2] * dout.shape[3]
    return _crop(dpadded, cache), dweight / count, dbias


# A neighbor: padded images of float64 under a layer of float32.
@misconception(
    "conv2d_backward",
    section="stride-gradients",
    cites=["https://github.com/ImagingDataCommons/highdicom/issues/438"],
    message="Your gradients are always float64, because np.zeros makes float64 unless told "
    "otherwise. A gradient has the type of what it belongs to: float32 stays float32.",
)
def gradients_as_float64(dout, cache):
    dpadded, dweight, dbias = _right_gradients(dout.astype(np.float64), cache)
    return _crop(dpadded, cache), dweight, dbias
