"""Mistakes in conv2d_forward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes each, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"expected {weight.shape[0]} biases, got {bias.shape}")
    if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:
        raise ValueError(f"expected filters of at most {x.shape[2:]}, got {weight.shape[2:]}")


@misconception(
    "conv2d_forward",
    section="convolution-cross-correlation",
    cites=["https://github.com/tensorflow/tensorflow/issues/11864"],
    message="Your filters are turned by 180 degrees before they meet the patches: that is "
    "convolution as mathematics defines it. Deep learning means cross-correlation; leave the "
    "filters as they are.",
)
def kernel_flipped(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    flipped = weight[:, :, ::-1, ::-1]
    H_out, W_out = x.shape[2] - kH + 1, x.shape[3] - kW + 1
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            patch = x[:, :, i : i + kH, j : j + kW]
            out[:, :, i, j] = np.tensordot(patch, flipped, axes=((1, 2, 3), (1, 2, 3))) + bias
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-filters",
    cites=["https://github.com/deepakcrk/CNN_ForDummies/issues/9"],
    message="The bias is never added. Each filter has one number of its own that is added to every "
    "place of its activation map.",
)
def bias_forgotten(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    out = np.einsum("nchwij,fcij->nfhw", windows, weight)
    return out, (x, weight)


# There the bias was added even more often: once for each number of the patch.
@misconception(
    "conv2d_forward",
    section="convolution-filters",
    cites=["https://github.com/Kulbear/deep-learning-coursera/issues/32"],
    message="Your bias is added once for each input channel, so it counts C_in times. Sum over all "
    "the channels first; the bias comes once, on top of the whole sum.",
)
def bias_once_per_channel(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    N, C, H, W = x.shape
    F, _, kH, kW = weight.shape
    out = np.zeros((N, F, H - kH + 1, W - kW + 1), dtype=np.result_type(x, weight, bias))
    for n in range(N):
        for f in range(F):
            for c in range(C):
                for i in range(H - kH + 1):
                    for j in range(W - kW + 1):
                        patch = x[n, c, i : i + kH, j : j + kW]
                        out[n, f, i, j] += np.sum(patch * weight[f, c]) + bias[f]
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-filters",
    cites=["https://github.com/kraiskil/onnx2c/issues/7"],
    message="Your bias runs along the width of the output: NumPy lines up a (C_out,) array with "
    "the last axis. Make it run along the filters' axis, so that each map gets one number.",
)
def bias_along_width(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    out = np.einsum("nchwij,fcij->nfhw", windows, weight)
    return out + bias, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-channels",
    cites=["https://community.deeplearning.ai/t/wrong-result-on-exercise-3-conv-forward/884990"],
    message="Only the first input channel reaches your output. A filter extends over the full "
    "depth of its input: multiply and sum over every channel.",
)
def first_channel_only(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2], weight.shape[3]
    rows, cols = x.shape[2] - kH + 1, x.shape[3] - kW + 1
    out = np.zeros((x.shape[0], weight.shape[0], rows, cols), np.result_type(x, weight, bias))
    for n in range(x.shape[0]):
        for f in range(weight.shape[0]):
            for i in range(rows):
                for j in range(cols):
                    patch = x[n, 0, i : i + kH, j : j + kW]
                    out[n, f, i, j] = (patch * weight[f, 0]).sum() + bias[f]
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-channels",
    cites=["https://community.deeplearning.ai/t/wrong-result-on-exercise-3-conv-forward/884990"],
    message="Each channel's result replaces the one before, so only the last input channel is "
    "left. Add the channels up: one place of the output is one sum over all of them.",
)
def last_channel_only(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2], weight.shape[3]
    rows, cols = x.shape[2] - kH + 1, x.shape[3] - kW + 1
    out = np.zeros((x.shape[0], weight.shape[0], rows, cols), np.result_type(x, weight, bias))
    for n, image in enumerate(x):
        for f, kernel in enumerate(weight):
            for c in range(x.shape[1]):
                for i in range(rows):
                    for j in range(cols):
                        patch = image[c, i : i + kH, j : j + kW]
                        out[n, f, i, j] = np.sum(patch * kernel[c]) + bias[f]
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-channels",
    cites=["https://stats.stackexchange.com/questions/326643"],
    message="You take the mean over the input channels. One place of the output is a dot product "
    "over the filter's whole depth, so the channels are summed.",
)
def channels_averaged(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    per_channel = np.einsum("nchwij,fcij->nfchw", windows, weight)
    return per_channel.mean(axis=2) + bias[:, None, None], (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-sizes",
    cites=["https://github.com/mezzoblue/PaintbrushJS/pull/3"],
    message="You compute the width of the output from the height of the images. On square images "
    "nobody notices; take rows from rows and columns from columns.",
)
def width_from_height(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    N, _, H, _ = x.shape
    F, _, kH, kW = weight.shape
    H_out, W_out = H - kH + 1, H - kW + 1
    out = np.zeros((N, F, H_out, W_out), dtype=np.result_type(x, weight, bias))
    for f in range(F):
        for i in range(H_out):
            for j in range(W_out):
                patch = x[:, :, i : i + kH, j : j + kW]
                out[:, f, i, j] = (patch * weight[f]).sum(axis=(1, 2, 3)) + bias[f]
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-sizes",
    cites=["https://github.com/airbus/decomon/issues/116"],
    message="You use the filters' height as their width too. A filter need not be square: read "
    "both of its sizes, and use each along its own axis.",
)
def square_filters(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    N, _, H, W = x.shape
    F, _, k, _ = weight.shape
    out = np.zeros((N, F, H - k + 1, W - k + 1), dtype=np.result_type(x, weight, bias))
    for u in range(k):
        for v in range(k):
            shifted = x[:, :, u : u + H - k + 1, v : v + W - k + 1]
            out += np.einsum("nchw,fc->nfhw", shifted, weight[:, :, u, v])
    return out + bias[:, None, None], (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-filters",
    cites=["https://github.com/ggml-org/ggml/pull/737"],
    message="Your output has the right shape, but its numbers are in the wrong places: a reshape "
    "keeps the order of the numbers in memory. Move the filters' axis to its place first, by a "
    "transpose.",
)
def reshape_without_transpose(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    product = np.tensordot(windows, weight, axes=([1, 4, 5], [1, 2, 3])) + bias
    N, H_out, W_out, C_out = product.shape
    return product.reshape(N, C_out, H_out, W_out), (x, weight)


# Read in a mirror of Stack Overflow's question 59118264, coderoad.ru.
@misconception(
    "conv2d_forward",
    section="convolution-dtype",
    cites=["https://stackoverflow.com/questions/59118264"],
    message="Your output takes the type of x, so with images of integers every sum loses its "
    "fraction when it is stored. Give the output a type that holds the product of x and weight.",
)
def integer_output(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    out = np.zeros((len(x), len(weight), x.shape[2] - kH + 1, x.shape[3] - kW + 1), dtype=x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        out[n, f, i, j] = np.sum(x[n, :, i : i + kH, j : j + kW] * weight[f]) + bias[f]
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-filters",
    cites=["https://github.com/apache/tvm/issues/3562"],
    message="You read the first axis of weight as the input channels and the second as the "
    "filters. It is the other way round: weight has the shape (C_out, C_in, kH, kW).",
)
def filters_and_channels_swapped(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    N, _, H, W = x.shape
    C_in, C_out, kH, kW = weight.shape
    out = np.zeros((N, C_out, H - kH + 1, W - kW + 1), dtype=np.result_type(x, weight, bias))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for c in range(C_in):
                patch = x[:, c, i : i + kH, j : j + kW]
                out[:, :, i, j] += np.tensordot(patch, weight[c], axes=([1, 2], [1, 2]))
    out += bias.reshape(1, -1, 1, 1)
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-batch",
    cites=["https://github.com/Pegessi/conv2d_direct/issues/1"],
    message="Only the first image of the batch is convolved; the others stay zero. Look at where "
    "the loop over the images ends: a return inside it leaves after the first one.",
)
def first_image_only(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    rows, cols = x.shape[2] - kH + 1, x.shape[3] - kW + 1
    out = np.zeros((len(x), len(weight), rows, cols), np.result_type(x, weight, bias))
    for n in range(len(x)):
        for f in range(len(weight)):
            for i in range(rows):
                for j in range(cols):
                    out[n, f, i, j] = np.sum(x[n, :, i : i + kH, j : j + kW] * weight[f]) + bias[f]
        return out, (x, weight)
    return None


# There the images of a batch were mixed by a reshape.
@misconception(
    "conv2d_forward",
    section="convolution-batch",
    cites=["https://github.com/ggml-org/ggml/pull/737"],
    message="Your output adds up the images of the batch. Each image has activation maps of its "
    "own: keep the batch's axis, and sum over channels, rows and columns only.",
)
def images_summed(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    rows, cols = x.shape[2] - kH + 1, x.shape[3] - kW + 1
    out = np.zeros((len(x), len(weight), rows, cols), np.result_type(x, weight, bias))
    for f in range(len(weight)):
        for i in range(rows):
            for j in range(cols):
                out[:, f, i, j] = np.sum(x[:, :, i : i + kH, j : j + kW] * weight[f]) + bias[f]
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-sizes",
    cites=["https://github.com/jorditorresBCN/LibroTensorFlow/issues/1"],
    message="Your output lacks its last row and its last column. Count the places at which a "
    "filter fits: a filter as large as the image still fits at one place, not at none.",
)
def output_one_too_small(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    H_out, W_out = x.shape[2] - kH, x.shape[3] - kW
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            patch = x[:, :, i : i + kH, j : j + kW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", patch, weight) + bias
    return out, (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-channels",
    cites=["https://github.com/szagoruyko/pyinn/pull/7"],
    message="Images with more channels than the filters have are accepted, and the channels left "
    "over are ignored without a word. Compare the two numbers first, and raise a ValueError that "
    "names both.",
)
def channel_mismatch_accepted(x, weight, bias):
    N, _, H, W = x.shape
    C_out, C_in, kH, kW = weight.shape
    if bias.shape != (C_out,):
        raise ValueError(f"expected {C_out} biases, got {bias.shape}")
    if kH > H or kW > W:
        raise ValueError(f"expected filters of at most {H} x {W}, got {kH} x {kW}")
    out = np.zeros((N, C_out, H - kH + 1, W - kW + 1), dtype=np.result_type(x, weight, bias))
    for c in range(C_in):
        windows = sliding_window_view(x[:, c], (kH, kW), axis=(1, 2))
        out += np.einsum("nhwij,fij->nfhw", windows, weight[:, c])
    return out + bias[:, None, None], (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-filters",
    cites=["https://github.com/sonots/cumo/pull/443"],
    message="A bias of one single number is accepted for many filters: NumPy stretches it over all "
    "of them without asking. Compare the shape of bias with the number of filters first, and raise "
    "a ValueError that names both.",
)
def bias_of_one_number_accepted(x, weight, bias):
    if bias.shape != (1,):
        _refuse_misfits(x, weight, bias)
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    out = np.einsum("nchwij,fcij->nfhw", windows, weight)
    return out + bias.reshape(1, -1, 1, 1), (x, weight)


@misconception(
    "conv2d_forward",
    section="convolution-dtype",
    cites=["https://github.com/scipy/scipy/issues/9104"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "With float32 images and filters the output is float32: it takes half the memory.",
)
def float64_output(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    out = np.zeros((len(x), len(weight), x.shape[2] - kH + 1, x.shape[3] - kW + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            patch = x[:, None, :, i : i + kH, j : j + kW]
            out[:, :, i, j] = np.sum(patch * weight, axis=(2, 3, 4)) + bias
    return out, (x, weight)


# A neighbor: gradients overwritten by a layer that computes in place.
@misconception(
    "conv2d_forward",
    section="convolution-batch",
    cites=["https://github.com/BVLC/caffe/issues/4388"],
    message="Your function changes x. A slice of an array is a view of it, so multiplying a patch "
    "in place writes into the image, and the next patch reads the changed numbers. Write the "
    "product into an array of its own.",
)
def patch_multiplied_in_place(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    kH, kW = weight.shape[2:]
    rows, cols = x.shape[2] - kH + 1, x.shape[3] - kW + 1
    out = np.zeros((len(x), len(weight), rows, cols), np.result_type(x, weight, bias))
    for n in range(len(x)):
        for f in range(len(weight)):
            for i in range(rows):
                for j in range(cols):
                    patch = x[n, :, i : i + kH, j : j + kW]
                    patch *= weight[f]
                    out[n, f, i, j] = patch.sum() + bias[f]
    return out, (x, weight)
