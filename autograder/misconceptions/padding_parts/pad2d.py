"""Mistakes in pad2d_forward and pad2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
A layer that pads with pad2d_forward repeats its mistakes: there they are told by the names of the
same mistakes of conv2d.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse(x, padding):
    if x.ndim != 4:
        raise ValueError(f"expected x (N, C, H, W), got {x.shape}")
    if padding < 0:
        raise ValueError(f"expected a padding of at least 0, got {padding}")


def _cache(x, padding):
    return x.shape[2], x.shape[3], padding


# A neighbor: there the two sizes changed places.
@misconception(
    "pad2d_forward",
    section="padding-zeros",
    same_as="images_padded_above_and_below_only",
    cites=["https://github.com/pytorch/pytorch/issues/37844"],
    message="Your border lies above and below the images only. Zeros go to the left and to the "
    "right as well: height and width both grow by 2 * padding.",
)
def rows_padded_only(x, padding):
    _refuse(x, padding)
    p = padding
    return np.pad(x, ((0, 0), (0, 0), (p, p), (0, 0))), _cache(x, padding)


# A neighbor: there the two sizes changed places.
@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=["https://github.com/pytorch/pytorch/issues/37844"],
    message="Your border lies to the left and right of the images only. Zeros go above and below "
    "as well: height and width both grow by 2 * padding.",
)
def columns_padded_only(x, padding):
    _refuse(x, padding)
    return np.pad(x, ((0, 0), (0, 0), (0, 0), (padding, padding))), _cache(x, padding)


@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=[
        "https://community.deeplearning.ai/t/i-dont-know-why-numpy-pad-works-like-this/100119/2",
        "https://github.com/dauparas/ProteinMPNN/pull/153",
    ],
    message="You pad all four axes: there are now images and channels of nothing but zeros. A "
    "single number tells np.pad to pad every axis; give it a pair for each axis, (0, 0) for the "
    "batch and for the channels.",
)
def all_axes_padded(x, padding):
    _refuse(x, padding)
    return np.pad(x, padding), _cache(x, padding)


# There it is asked how to leave the channels out.
@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=[
        "https://community.deeplearning.ai/t/i-dont-know-why-numpy-pad-works-like-this/100119/2"
    ],
    message="You pad the channels too: there are now channels of nothing but zeros, in which a "
    "filter has no weights. Zeros go around height and width only.",
)
def channels_padded_too(x, padding):
    _refuse(x, padding)
    p = padding
    return np.pad(x, ((0, 0), (p, p), (p, p), (p, p))), _cache(x, padding)


@misconception(
    "pad2d_forward",
    section="padding-zeros",
    same_as="images_padded_with_their_edges",
    cites=[
        "https://github.com/distillpub/post--deconv-checkerboard/issues/5",
        "https://github.com/pytorch/pytorch/issues/1021",
    ],
    message="Your border repeats the pixels at the edge. That is another kind of padding; here the "
    "border is made of zeros.",
)
def edges_repeated(x, padding):
    _refuse(x, padding)
    p = padding
    return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="edge"), _cache(x, padding)


# There no more is said than that the ones should be zeros.
@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=["https://github.com/tryonlabs/opentryon/pull/39"],
    message="Your border is made of ones. It is made of zeros, so that it adds nothing to the sums "
    "in which it takes part.",
)
def border_of_ones(x, padding):
    _refuse(x, padding)
    H, W = x.shape[2:]
    out = np.ones((*x.shape[:2], H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    out[:, :, padding : padding + H, padding : padding + W] = x
    return out, _cache(x, padding)


@misconception(
    "pad2d_forward",
    section="padding-zeros",
    same_as="images_in_the_upper_left_corner",
    cites=["https://github.com/fff-rs/coaster-nn/pull/3"],
    message="All your zeros lie below and to the right of the images. They go around: as many "
    "above as below, and as many to the left as to the right.",
)
def padded_after(x, padding):
    _refuse(x, padding)
    H, W = x.shape[2:]
    out = np.zeros((*x.shape[:2], H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    out[:, :, :H, :W] = x
    return out, _cache(x, padding)


@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=["https://github.com/keras-team/keras/issues/1998"],
    message="You add only `padding` rows and columns, all of them on one side. The padding is "
    "counted on each side, so height and width grow by 2 * padding.",
)
def one_side_padded(x, padding):
    _refuse(x, padding)
    return np.pad(x, ((0, 0), (0, 0), (0, padding), (0, padding))), _cache(x, padding)


# There the total is the book's convention: half of it on each side.
@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=["https://github.com/d2l-ai/d2l-vi/pull/1444"],
    message="You share `padding` out between the two sides. It is counted on each side: `padding` "
    "zeros on the left and as many on the right.",
)
def padding_shared_out(x, padding):
    _refuse(x, padding)
    before, after = padding // 2, padding - padding // 2
    return np.pad(x, ((0, 0), (0, 0), (before, after), (before, after))), _cache(x, padding)


@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=["https://github.com/ImagingDataCommons/highdicom/issues/438"],
    message="Your padded images are always float64, because np.zeros makes float64 unless told "
    "otherwise. Give the array the type of x.",
)
def padded_as_float64(x, padding):
    _refuse(x, padding)
    H, W = x.shape[2:]
    out = np.zeros((*x.shape[:2], H + 2 * padding, W + 2 * padding))
    out[:, :, padding : padding + H, padding : padding + W] = x
    return out, _cache(x, padding)


@misconception(
    "pad2d_forward",
    section="padding-zero-is-a-case",
    cites=["https://github.com/xgcm/xrft/issues/202"],
    message="With a padding of 0 you have nowhere to put the images. The slice from padding to "
    "-padding is [0:-0], which is empty, since -0 is 0: count the end from the front, padding + H.",
)
def images_put_into_an_empty_slice(x, padding):
    _refuse(x, padding)
    N, C, H, W = x.shape
    out = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    out[:, :, padding:-padding, padding:-padding] = x
    return out, _cache(x, padding)


# A neighbor: a gradient that was padded in its own place.
@misconception(
    "pad2d_forward",
    section="padding-zeros",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="You write the zeros into the images of your caller: their outermost pixels are lost, "
    "and nothing has grown. Make a larger array of your own, and put the images into its middle.",
)
def border_written_into_x(x, padding):
    _refuse(x, padding)
    out, p = x, padding
    if p > 0:
        out[:, :, :p], out[:, :, -p:] = 0, 0
        out[:, :, :, :p], out[:, :, :, -p:] = 0, 0
    return out, _cache(x, padding)


@misconception(
    "pad2d_forward",
    section="padding-zeros",
    same_as="images_cropped_by_negative_padding",
    cites=["https://github.com/pytorch/pytorch/issues/105629"],
    message="A negative padding cuts rows and columns off the images without a word. Ask about "
    "padding < 0 first, and raise a ValueError that says what came.",
)
def negative_padding_accepted(x, padding):
    if x.ndim != 4:
        raise ValueError(f"expected x (N, C, H, W), got {x.shape}")
    if padding < 0:
        return x[:, :, -padding:padding, -padding:padding].copy(), _cache(x, padding)
    p = padding
    return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))), _cache(x, padding)


@misconception(
    "pad2d_backward",
    section="padding-zero-is-a-case",
    same_as="dx_empty_without_padding",
    cites=[
        "https://github.com/HIPS/autograd/issues/431",
        "https://github.com/tinygrad/tinygrad/pull/73",
    ],
    message="With a padding of 0 your dx is empty. The slice from padding to -padding is [0:-0], "
    "and -0 is 0: count the end from the front, padding + H.",
)
def negative_slice_at_zero(dout, cache):
    padding = cache[2]
    return dout[:, :, padding:-padding, padding:-padding].copy()


# A neighbor: there the border was cut off in the wrong place of the code.
@misconception(
    "pad2d_backward",
    section="padding-crop",
    same_as="dx_cropped_from_the_corner",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="You take the upper left corner of dout. The images lay in the middle of the padded "
    "ones, so dx begins at row `padding` and column `padding`.",
)
def upper_left_taken(dout, cache):
    H, W, _ = cache
    return dout[:, :, :H, :W].copy()


@misconception(
    "pad2d_backward",
    section="padding-crop",
    same_as="dx_with_its_border",
    cites=["https://github.com/data61/MP-SPDZ/issues/1206"],
    message="You return dout with its border. dx belongs to x and has its shape: what came back "
    "to the zeros is dropped.",
)
def border_kept(dout, cache):
    return dout.copy()


# A neighbor: padding once more on the way back.
@misconception(
    "pad2d_backward",
    section="padding-crop",
    cites=["https://github.com/hanbt/learn_dl/issues/48"],
    message="You put another border around dout. Forward, the padding added a border; on the way "
    "back it is taken away.",
)
def padded_once_more(dout, cache):
    p = cache[2]
    return np.pad(dout, ((0, 0), (0, 0), (p, p), (p, p)))


# There height and width changed places.
@misconception(
    "pad2d_backward",
    section="padding-crop",
    cites=["https://github.com/renmengye/np-conv2d/pull/2"],
    message="You take the border away above and below only. It lay on all four sides: cut the "
    "columns as well as the rows.",
)
def rows_cropped_only(dout, cache):
    H, _, padding = cache
    return dout[:, :, padding : padding + H].copy()


# There for a convolution.
@misconception(
    "pad2d_backward",
    section="padding-crop",
    same_as="gradients_as_float64",
    cites=["https://github.com/ImagingDataCommons/highdicom/issues/438"],
    message="Your dx is always float64, because np.zeros makes float64 unless told otherwise. A "
    "gradient has the type of what it belongs to.",
)
def gradient_as_float64(dout, cache):
    H, W, padding = cache
    dx = np.zeros((*dout.shape[:2], H, W))
    dx += dout[:, :, padding : padding + H, padding : padding + W]
    return dx


# A neighbor: a border written into the array that was handed in.
@misconception(
    "pad2d_backward",
    section="padding-crop",
    cites=["https://github.com/tiny-dnn/tiny-dnn/pull/298"],
    message="You set the border of dout to zero before you cut it off, and so change an array "
    "that belongs to your caller. Taking the middle out is enough.",
)
def border_of_dout_erased(dout, cache):
    H, W, padding = cache
    dout[:, :, :padding], dout[:, :, padding + H :] = 0, 0
    return dout[:, :, padding : padding + H, padding : padding + W].copy()
