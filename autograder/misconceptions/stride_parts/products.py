"""Mistakes in conv2d_forward_im2col and conv2d_backward_im2col.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _columns(x, weight, bias, stride, padding):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes each, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1] or bias.shape != (len(weight),):
        raise ValueError(f"misfit: {x.shape}, {weight.shape}, {bias.shape}")
    kH, kW = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kH, kW), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    N, C, _, _, H_out, W_out = windows.shape
    return windows.reshape(N, C * kH * kW, H_out * W_out), (H_out, W_out)


def _rows(weight):
    return weight.reshape(len(weight), -1)


@misconception(
    "conv2d_forward_im2col",
    section="stride-matrix-product",
    cites=["https://github.com/hyseob/PyMDNet/issues/3"],
    message="Your filters are flattened in another order than the patches: the channels move to "
    "the end first. Flatten them as they are.",
)
def filters_in_another_order(x, weight, bias, *, stride=1, padding=0):
    cols, places = _columns(x, weight, bias, stride, padding)
    rows = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
    out = (rows @ cols + bias[:, None]).reshape(len(x), len(weight), *places)
    return out, (x.shape, cols, weight, stride, padding)


# There time steps and batch were mixed by a reshape in the same way.
@misconception(
    "conv2d_forward_im2col",
    section="stride-matrix-product",
    cites=["https://github.com/TobiasLee/Chinese-Hip-pop-Generation/pull/8"],
    message="One product for the whole batch gives (C_out, N * places), and you reshape that to "
    "(N, C_out, ...): images and filters get mixed. Make it (C_out, N, ...) and transpose.",
)
def images_and_filters_mixed(x, weight, bias, *, stride=1, padding=0):
    cols, places = _columns(x, weight, bias, stride, padding)
    wide = cols.transpose(1, 0, 2).reshape(cols.shape[1], len(x) * cols.shape[2])
    out = (_rows(weight) @ wide + bias[:, None]).reshape(len(x), len(weight), *places)
    return out, (x.shape, cols, weight, stride, padding)


# There a convolution by im2col has no bias yet, and another network forgets it.
@misconception(
    "conv2d_forward_im2col",
    section="stride-matrix-product",
    cites=[
        "https://github.com/edeforas/BeeDNN/issues/57",
        "https://github.com/deepakcrk/CNN_ForDummies/issues/9",
    ],
    message="Your bias is missing: the matrix product makes the dot products alone. Add bias[:, "
    "None] to its rows.",
)
def product_without_bias(x, weight, bias, *, stride=1, padding=0):
    cols, places = _columns(x, weight, bias, stride, padding)
    out = (_rows(weight) @ cols).reshape(len(x), len(weight), *places)
    return out.astype(np.result_type(out, bias)), (x.shape, cols, weight, stride, padding)


def _right_gradients(dout, cache):
    x_shape, cols, weight, stride, padding = cache
    N, F, H_out, W_out = dout.shape
    _, C, H, W = x_shape
    kH, kW = weight.shape[2:]
    grad = dout.reshape(N, F, H_out * W_out)
    dweight = np.einsum("nfl,nkl->fk", grad, cols).reshape(weight.shape)
    dcols = (_rows(weight).T @ grad).reshape(N, C, kH, kW, H_out, W_out)
    dpadded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dcols.dtype)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            dpadded[:, :, top : top + kH, left : left + kW] += dcols[:, :, :, :, i, j]
    dx = dpadded[:, :, padding : padding + H, padding : padding + W].copy()
    return dx, dweight, dout.sum(axis=(0, 2, 3))


# There the gradient is accumulated after all, as the one who asks found out.
@misconception(
    "conv2d_backward_im2col",
    section="stride-col2im",
    cites=["https://github.com/chengdazhi/Deformable-Convolution-V2-PyTorch/issues/51"],
    message="Your dweight comes from the last image only. Every image has a product of its own, "
    "and they are added up.",
)
def dweight_of_the_last_image(dout, cache):
    dx, _, dbias = _right_gradients(dout, cache)
    for image_dout, image_cols in zip(dout, cache[1], strict=True):
        dweight = image_dout.reshape(len(image_dout), -1) @ image_cols.T
    return dx, dweight.reshape(cache[2].shape), dbias


@misconception(
    "conv2d_backward_im2col",
    section="stride-col2im",
    cites=["https://github.com/TobiasLee/Chinese-Hip-pop-Generation/pull/8"],
    message="You reshape dout from (N, C_out, ...) to (C_out, N * places), which mixes images and "
    "filters. Move the axis of the filters to the front first, or keep the images apart.",
)
def dout_reshaped_across_images(dout, cache):
    dx, _, dbias = _right_gradients(dout, cache)
    cols, weight = cache[1], cache[2]
    wide = cols.transpose(1, 0, 2).reshape(cols.shape[1], -1)
    dweight = dout.reshape(dout.shape[1], -1) @ wide.T
    return dx, dweight.reshape(weight.shape), dbias


# There in the code of a book, whose reader asks why it is `+=`.
@misconception(
    "conv2d_backward_im2col",
    section="stride-col2im",
    cites=["https://github.com/hguomin/deep-learning-from-scratch/issues/2"],
    message="Where windows overlap, your dx keeps only one window's share. The columns of all "
    "windows that a pixel lies in are added: that is what col2im is for.",
)
def dcols_not_added(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    x_shape, _, weight, stride, padding = cache
    H, W = x_shape[2:]
    kH, kW = weight.shape[2:]
    dpadded = np.zeros((*x_shape[:2], H + 2 * padding, W + 2 * padding), dx.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            back = np.einsum("nf,fcuv->ncuv", dout[:, :, i, j], weight)
            top, left = i * stride, j * stride
            dpadded[:, :, top : top + kH, left : left + kW] = back
    return dpadded[:, :, padding : padding + H, padding : padding + W].copy(), dweight, dbias
