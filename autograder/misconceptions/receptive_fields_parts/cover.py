"""Mistakes in layers_to_cover.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import math

from autograder.testing import misconception


def _refuse_sizes(size, kernel_size):
    if size < 1:
        raise ValueError(f"expected a size of 1 or more, got {size}")
    if kernel_size < 2:
        raise ValueError(f"expected a kernel size of 2 or more, got {kernel_size}")


@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=[
        "https://github.com/AliceVision/AliceVision/pull/1254",
        "https://github.com/risingwavelabs/risingwave-operator/pull/326",
    ],
    message="You round down: after that many layers an output does not see the whole row yet. (It "
    "is the number of layers that fit into the row without padding, which is another question.) A "
    "part of a layer has to count as a whole one.",
)
def layers_rounded_down(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    return (size - 1) // (kernel_size - 1)


# There the fraction reaches a function that wants a whole number.
@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/uoguelph-mlrg/Cutout/issues/9"],
    message="You return the quotient as it is, a fraction such as 499.5. A number of layers is a "
    "whole number: round up.",
)
def layers_left_as_fraction(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    return (size - 1) / (kernel_size - 1)


@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/HIPS/autograd/pull/204"],
    message="Your number is the right one, but a float: np.ceil and np.floor return floats. Make "
    "it an int, or round up with whole numbers alone.",
)
def layers_rounded_up_to_float(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    return float(math.ceil((size - 1) / (kernel_size - 1)))


@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=[
        "https://github.com/python/cpython/issues/125160",
        "https://github.com/numpy/numpy/issues/13614",
    ],
    message="You round to the nearest whole number. A layer that is needed for one more pixel is "
    "needed, so round up always. And round takes a half to the even number: round(2.5) is 2.",
)
def layers_rounded_to_nearest(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    return round((size - 1) / (kernel_size - 1))


# There the number of whole parts of a list is meant.
@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/swcarpentry/python-novice-gapminder/pull/493"],
    message="You return one layer too many where the layers cover the row exactly. The first pixel "
    "is seen without any layer: take it off the size before you divide and round up, and do not "
    "add 1 where nothing is left.",
)
def first_pixel_not_taken_off(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    return math.ceil(size / (kernel_size - 1))


# There in the formula for the width.
@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/philipperemy/keras-tcn/issues/196"],
    message="You divide the size by the kernel size, as if windows lay side by side. Windows of "
    "neighbors overlap: a layer covers only K - 1 pixels more than the one before.",
)
def size_divided_by_kernel_size(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    return math.ceil(size / kernel_size)


# There K is in the place of K - 1 in the formula for the width.
@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/philipperemy/keras-tcn/issues/196"],
    message="You take the first pixel off, and then divide by the kernel size. A layer adds K - 1 "
    "pixels, so that is what to divide by.",
)
def missing_divided_by_kernel_size(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    return math.ceil((size - 1) / kernel_size)


# There it is true, since the layers are dilated more and more.
@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/locuslab/TCN/issues/44"],
    message="You let the receptive field grow by a factor in every layer. At stride 1 it grows by "
    "the same K - 1 pixels each time, so it takes many more layers.",
)
def field_multiplied_by_layers(size, kernel_size):
    _refuse_sizes(size, kernel_size)
    layers, width = 0, 1
    while width < size:
        width *= kernel_size
        layers += 1
    return layers


# There the distance between the centers of windows is divided by.
@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/okrasolar/pytorch-timeseries/issues/1"],
    message="A kernel size of 1 ends in a division by 0. Such layers never see more than one "
    "pixel, however many there are: raise a ValueError that says so.",
)
def kernel_size_one_unchecked(size, kernel_size):
    if size < 1 or kernel_size < 1:
        raise ValueError(f"expected sizes of 1 or more, got {size} and {kernel_size}")
    return -(-(size - 1) // (kernel_size - 1))


# There the sizes of layers are taken as they come.
@misconception(
    "layers_to_cover",
    section="receptive-fields-cover",
    cites=["https://github.com/keras-team/keras/pull/15356"],
    message="A size of 0 or less gets a number of layers. There is no such row: raise a ValueError "
    "that says what was expected and what came.",
)
def size_unchecked(size, kernel_size):
    if kernel_size < 2:
        raise ValueError(f"expected a kernel size of 2 or more, got {kernel_size}")
    return -(-(size - 1) // (kernel_size - 1))
