"""Mistakes in measured_receptive_field.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import os

import numpy as np

from autograder.testing import misconception
from solutions import given_for

# The layers of the chapter's notebook: they are found by its reference.
_COURSE = os.path.join(os.path.dirname(__file__), "..", "..", "..")
given = given_for(os.path.join(_COURSE, "solutions", "receptive_fields.py"))


def _refuse_misfits(kernel_sizes, size):
    if size < 1:
        raise ValueError(f"expected a size of 1 or more, got {size}")
    for kernel_size in kernel_sizes:
        if kernel_size < 1:
            raise ValueError(f"expected kernel sizes of 1 or more, got {kernel_size}")
    needed = 1 + sum(kernel_size - 1 for kernel_size in kernel_sizes)
    if size < needed:
        raise ValueError(f"expected a size of {needed} or more, got {size}")


def _forward(kernel_sizes, size):
    out, caches = np.ones((1, 1, 1, size)), []
    for kernel_size in kernel_sizes:
        out, cache = given.conv2d_forward(out, np.ones((1, 1, 1, kernel_size)), np.zeros(1))
        caches.append(cache)
    return out, caches


def _central(out):
    dout = np.zeros(out.shape)
    dout[0, 0, 0, out.shape[3] // 2] = 1.0
    return dout


def _back(dout, caches):
    for cache in caches[::-1]:
        dout = given.conv2d_backward(dout, cache)[0]
    return dout


# There to find out which pixels matter.
@misconception(
    "measured_receptive_field",
    section="receptive-fields-measure",
    cites=["https://github.com/NVlabs/geomapnet/issues/3"],
    message="Your gradient starts at all outputs at once, as that of a sum or a mean does, and so "
    "it comes back from the whole image. Let it be 1 at one output and 0 at all others.",
)
def gradient_of_all_outputs(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, caches = _forward(kernel_sizes, size)
    return int(np.count_nonzero(_back(np.ones(out.shape), caches)))


@misconception(
    "measured_receptive_field",
    section="receptive-fields-previous-layer",
    cites=["https://github.com/cszn/DnCNN/issues/31"],
    message="You send the gradient through the last layer only, which measures its receptive field "
    "in the previous layer. What comes out is the dout of the layer before; go on to the input.",
)
def last_layer_measured(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, caches = _forward(kernel_sizes, size)
    return int(np.count_nonzero(_back(_central(out), caches[-1:])))


# There the question is which of the two sizes tells more about a network.
@misconception(
    "measured_receptive_field",
    section="receptive-fields-ends",
    cites=[
        "https://github.com/ELEKTRONN/elektronn3/issues/14",
        "https://github.com/paul-krug/pytorch-tcn/issues/13",
    ],
    message="You leave out pixels whose gradient is small beside that of the middle. That gives an "
    "effective receptive field; here every pixel with a gradient other than 0 counts.",
)
def faint_ends_left_out(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, caches = _forward(kernel_sizes, size)
    dx = _back(_central(out), caches)
    return int(np.sum(dx > 0.01 * dx.max()))


# There positive weights are the cure.
@misconception(
    "measured_receptive_field",
    section="receptive-fields-ends",
    cites=["https://github.com/shelfwise/receptivefield/issues/4"],
    message="Weights of both signs cancel in your stack, or are 0: pixels in the middle then have "
    "a gradient of 0, although the output depends on them. Use positive weights.",
)
def weights_that_cancel(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, caches = np.ones((1, 1, 1, size)), []
    for kernel_size in kernel_sizes:
        weight = (-1.0) ** np.arange(kernel_size) if kernel_size > 1 else np.ones(1)
        if len(caches) % 2:
            weight = np.ones(kernel_size)
        out, cache = given.conv2d_forward(out, weight.reshape(1, 1, 1, -1), np.zeros(1))
        caches.append(cache)
    return int(np.count_nonzero(_back(_central(out), caches)))


# There the image was all zeros, and the layers were no plain convolutions.
@misconception(
    "measured_receptive_field",
    section="receptive-fields-ends",
    cites=["https://github.com/shelfwise/receptivefield/issues/22"],
    message="No gradient arrives in your measurement, because all weights are 0. It is the weights "
    "that hand it back: make them positive.",
)
def weights_of_zero(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, caches = np.ones((1, 1, 1, size)), []
    for kernel_size in kernel_sizes:
        out, cache = given.conv2d_forward(out, np.zeros((1, 1, 1, kernel_size)), np.zeros(1))
        caches.append(cache)
    reached = np.flatnonzero(_back(_central(out), caches))
    return int(reached[-1] - reached[0]) + 1


@misconception(
    "measured_receptive_field",
    section="receptive-fields-measure",
    cites=["https://github.com/vlfeat/matconvnet/issues/854"],
    message="Your width is one too small: it is the distance from the first pixel to the last. "
    "Both of them belong to the receptive field, so add 1.",
)
def last_minus_first(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, caches = _forward(kernel_sizes, size)
    reached = np.flatnonzero(_back(_central(out), caches))
    return int(reached[-1] - reached[0])


# There the number of pixels is what is wanted, for the size of random weights.
@misconception(
    "measured_receptive_field",
    section="receptive-fields-measure",
    cites=["https://github.com/keras-team/keras/pull/7200"],
    message="You count all pixels of the square that the gradient reaches. The width is asked for: "
    "count along one axis.",
)
def pixels_of_the_square_counted(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, caches = _forward(kernel_sizes, size)
    # The square is the row times itself, since every weight is 1.
    row = _back(_central(out), caches)[0, 0, 0]
    return int(np.count_nonzero(np.outer(row, row)))


# There the point is put into an image for a whole network.
@misconception(
    "measured_receptive_field",
    section="receptive-fields-measure",
    cites=["https://github.com/stardist/stardist/issues/258"],
    message="You change one pixel and count the outputs that change. That asks where a pixel goes, "
    "not what an output sees, and on a small image there are too few outputs. Send the gradient of "
    "one output back.",
)
def outputs_of_one_pixel_counted(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out = np.zeros((1, 1, 1, size))
    out[0, 0, 0, size // 2] = 1.0
    for kernel_size in kernel_sizes:
        out, _ = given.conv2d_forward(out, np.ones((1, 1, 1, kernel_size)), np.zeros(1))
    return int(np.count_nonzero(out))


@misconception(
    "measured_receptive_field",
    section="receptive-fields-measure",
    cites=["https://github.com/rogertrullo/Receptive-Field-in-Pytorch/issues/1"],
    message="On an image that is too small your function returns the width of the image. It cannot "
    "be measured there: raise a ValueError that says so.",
)
def small_image_accepted(kernel_sizes, size):
    if size < 1 or any(kernel_size < 1 for kernel_size in kernel_sizes):
        raise ValueError(f"expected sizes of 1 or more, got {size} and {list(kernel_sizes)}")
    width = 1 + sum(kernel_size - 1 for kernel_size in kernel_sizes)
    if size < width:
        return int(size)
    out, caches = _forward(kernel_sizes, size)
    return int(np.count_nonzero(_back(_central(out), caches)))


# There the output of a network is taken for the patch that each of its numbers sees.
@misconception(
    "measured_receptive_field",
    section="receptive-fields-measure",
    cites=["https://github.com/phillipi/pix2pix/issues/122"],
    message="You return the width of the last map. It says how many outputs there are, and not how "
    "many pixels one of them sees: send a gradient back from one output.",
)
def outputs_counted(kernel_sizes, size):
    _refuse_misfits(kernel_sizes, size)
    out, _ = _forward(kernel_sizes, size)
    return int(out.shape[3])


@misconception(
    "measured_receptive_field",
    section="receptive-fields-measure",
    cites=["https://github.com/tensorflow/tensorflow/issues/37024"],
    message="Kernel sizes below 1 are not refused as such: a kernel of size 0 goes through the "
    "layer, and no gradient comes back from it. Look at each size first, and raise a ValueError.",
)
def kernel_size_zero_accepted(kernel_sizes, size):
    if size < 1:
        raise ValueError(f"expected a size of 1 or more, got {size}")
    out, caches = _forward(kernel_sizes, size)
    reached = np.flatnonzero(_back(_central(out), caches))
    return int(reached[-1] - reached[0]) + 1
