"""Mistakes in conv2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.testing import misconception


def _right_gradients(dout, cache):
    x, weight = cache
    dx, dweight = np.zeros(x.shape, dout.dtype), np.zeros(weight.shape, dout.dtype)
    kH, kW = weight.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            grad = dout[:, :, i, j]
            dweight += np.einsum("nf,ncuv->fcuv", grad, x[:, :, i : i + kH, j : j + kW])
            dx[:, :, i : i + kH, j : j + kW] += np.einsum("nf,fcuv->ncuv", grad, weight)
    return dx, dweight, dout.sum(axis=(0, 2, 3))


# A neighbor: one sum over the wrong axis of the error.
@misconception(
    "conv2d_backward",
    section="convolution-dbias",
    cites=["https://github.com/snuspl/cruise/issues/800"],
    message="Your dbias is one single number: the filters are summed too. Each filter has a bias "
    "of its own, so dbias keeps the filters' axis and has the shape (C_out,).",
)
def dbias_scalar(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, np.sum(dout)


@misconception(
    "conv2d_backward",
    section="convolution-dbias",
    cites=[
        "https://github.com/dengfy/cs231n/issues/1",
        "https://github.com/kvfrans/notes/issues/5",
    ],
    message="Your dbias is a mean over images and places. The bias was added once at each of them, "
    "so the gradients that come back from them are summed; if the loss is a mean, dout already "
    "holds the division.",
)
def dbias_averaged(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, dout.mean(axis=(0, 2, 3))


# A neighbor: a sum along the width only.
@misconception(
    "conv2d_backward",
    section="convolution-dbias",
    cites=["https://github.com/nntrainer/nntrainer/issues/1202"],
    message="Your dbias is summed over the images only and still has rows and columns. One bias "
    "serves every place of its map, so the rows and the columns are summed as well.",
)
def dbias_summed_over_batch_only(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, np.sum(dout, axis=0)


# There for a fully connected layer.
@misconception(
    "conv2d_backward",
    section="convolution-dbias",
    cites=["https://stats.stackexchange.com/questions/241165"],
    message="Your dbias holds one row for each image. All the images share the same bias, so their "
    "gradients are added up: the shape is (C_out,), as that of bias.",
)
def dbias_for_each_image(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, dout.sum(axis=3).sum(axis=2)


# A neighbor: the gradient set to zero on each backward pass, within the batch.
@misconception(
    "conv2d_backward",
    section="convolution-dweight",
    cites=["https://github.com/karpathy/convnetjs/issues/17"],
    message="Your dweight comes from the last image alone: it is set to zero again for each image. "
    "All the images share the same filters, so dweight starts from zero once and collects from "
    "every image.",
)
def dweight_of_last_image(dout, cache):
    dx, _, dbias = _right_gradients(dout, cache)
    x, weight = cache
    kH, kW = weight.shape[2:]
    for n in range(len(x)):
        dweight = np.zeros(weight.shape, dout.dtype)
        for f in range(len(weight)):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dweight[f] += dout[n, f, i, j] * x[n, :, i : i + kH, j : j + kW]
    return dx, dweight, dbias


# A neighbor: a gradient that is written where it should be added.
@misconception(
    "conv2d_backward",
    section="convolution-dweight",
    cites=["https://github.com/BVLC/caffe/pull/3254"],
    message="Each place's contribution replaces the one before, so your dweight knows the last "
    "place only. The filter was used at every place: add their contributions up.",
)
def dweight_of_last_place(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    x, weight = cache
    kH, kW = weight.shape[2:]
    for f in range(len(weight)):
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                grad = dout[:, f, i, j].reshape(-1, 1, 1, 1)
                dweight[f] = np.sum(grad * x[:, :, i : i + kH, j : j + kW], axis=0)
    return dx, dweight, dbias


@misconception(
    "conv2d_backward",
    section="convolution-dweight",
    cites=[
        "https://end-to-end-machine-learning.teachable.com/courses/"
        "322-convolutional-neural-networks-in-two-dimensions/lectures/24726662"
    ],
    message="Your dweight is turned by 180 degrees. The order matters in a cross-correlation: it "
    "is dout that slides over x, and nothing is flipped.",
)
def dweight_rotated(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx, np.rot90(dweight, 2, axes=(2, 3)), dbias


@misconception(
    "conv2d_backward",
    section="convolution-dweight",
    cites=["https://github.com/apache/mxnet/issues/2427"],
    message="Your dweight is divided by the number of images. The layer only sums; where the loss "
    "is a mean over the batch, its own gradient, dout, already holds the division.",
)
def dweight_averaged(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx, dweight / dout.shape[0], dbias


@misconception(
    "conv2d_backward",
    section="convolution-dweight",
    cites=["https://github.com/heyxhh/nnet-numpy/issues/1"],
    message="Your dweight and your dbias are divided by the number of images. The layer only sums; "
    "where the loss is a mean over the batch, its own gradient, dout, already holds the division.",
)
def parameter_gradients_averaged(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    m = dout.shape[0]
    return dx, dweight / m, dbias / m


# There in fully connected layers, and for the parameters' gradients.
@misconception(
    "conv2d_backward",
    section="convolution-dx",
    cites=["https://github.com/Kulbear/deep-learning-coursera/issues/8"],
    message="All your gradients are divided by the number of images. The layer only sums; where "
    "the loss is a mean over the batch, its own gradient, dout, already holds the division.",
)
def gradients_divided_by_batch_size(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    m = dout.shape[0]
    return dx / m, dweight / m, dbias / m


# There in a max-pooling layer, whose windows overlap in the same way.
@misconception(
    "conv2d_backward",
    section="convolution-dx",
    cites=["https://github.com/0809zheng/CS231n-assignment2019/issues/19"],
    message="Where patches overlap, your dx keeps only the last one's gradient. A pixel takes part "
    "in several places of the output, and the gradients of all of them are added up.",
)
def dx_overwritten(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    x, weight = cache
    kH, kW = weight.shape[2:]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            back = np.tensordot(dout[:, :, i, j], weight, axes=1)
            dx[:, :, i : i + kH, j : j + kW] = back
    return dx, dweight, dbias


@misconception(
    "conv2d_backward",
    section="convolution-dx",
    cites=[
        "https://github.com/ddbourgin/numpy-ml/issues/27",
        "https://github.com/BVLC/caffe/issues/5812",
    ],
    message="The filters in your dx are turned by 180 degrees from where they should be. If you "
    "pad dout and slide the filters over it, flip them in both directions; if you add each filter "
    "back onto its patch, do not flip it.",
)
def dx_filters_wrongly_turned(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    kH, kW = cache[1].shape[2:]
    padded = np.pad(dout, [(0, 0), (0, 0), (kH - 1, kH - 1), (kW - 1, kW - 1)])
    windows = sliding_window_view(padded, (kH, kW), axis=(2, 3))
    return np.einsum("nfhwuv,fcuv->nchw", windows, cache[1]), dweight, dbias


# There the gradient was written into the wrong channel.
@misconception(
    "conv2d_backward",
    section="convolution-dx",
    cites=["https://github.com/NervanaSystems/neon/issues/111"],
    message="Only the first input channel of your dx gets a gradient. Every channel took part in "
    "every sum, so each gets its own share, through its own slice of the filters.",
)
def dx_of_first_channel(dout, cache):
    _, dweight, dbias = _right_gradients(dout, cache)
    x, weight = cache
    kH, kW = weight.shape[2:]
    dx = np.zeros(x.shape, dout.dtype)
    for n, f, i, j in np.ndindex(dout.shape):
        dx[n, 0, i : i + kH, j : j + kW] += dout[n, f, i, j] * weight[f, 0]
    return dx, dweight, dbias


# A neighbor: gradients overwritten by a layer that computes in place.
@misconception(
    "conv2d_backward",
    section="convolution-dx",
    cites=["https://github.com/BVLC/caffe/issues/4388"],
    message="Your dx is a second name for x, not a new array: the gradients are added onto the "
    "images, and the images are spoilt. Start dx from an array of zeros of its own.",
)
def dx_added_onto_x(dout, cache):
    x, weight = cache
    _, dweight, dbias = _right_gradients(dout, cache)
    dx = x
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            back = np.tensordot(dout[:, :, i, j], weight, axes=1)
            dx[:, :, i : i + weight.shape[2], j : j + weight.shape[3]] += back
    return dx, dweight, dbias


# A neighbor: a picture of the backward pass with the two gradients changed about.
@misconception(
    "conv2d_backward",
    section="convolution-exercise",
    cites=["https://github.com/xnought/backprop-explainer/issues/20"],
    message="Your gradients come back in another order than the arguments went in. Return them as "
    "the forward pass takes them: x, weight, bias.",
)
def gradients_out_of_order(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dweight, dx, dbias


@misconception(
    "conv2d_backward",
    section="convolution-dtype",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your gradient is always float64, because np.zeros makes float64 unless told "
    "otherwise. A gradient has the type of what it belongs to: float32 stays float32.",
)
def float64_gradients(dout, cache):
    x, weight = cache
    kH, kW = weight.shape[2:]
    dx, dweight, dbias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(len(weight))
    for n, f, i, j in np.ndindex(dout.shape):
        dbias[f] += dout[n, f, i, j]
        dweight[f] += dout[n, f, i, j] * x[n, :, i : i + kH, j : j + kW]
        dx[n, :, i : i + kH, j : j + kW] += dout[n, f, i, j] * weight[f]
    return dx, dweight, dbias
