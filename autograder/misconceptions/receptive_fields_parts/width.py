"""Mistakes in receptive_field.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import math

from autograder.testing import misconception


def _refuse_kernels(kernel_sizes):
    for kernel_size in kernel_sizes:
        if kernel_size < 1:
            raise ValueError(f"expected kernel sizes of 1 or more, got {kernel_size}")


@misconception(
    "receptive_field",
    section="receptive-fields-previous-layer",
    cites=["https://github.com/cszn/DnCNN/issues/31"],
    message="You return the kernel size of the last layer: that is its receptive field in the "
    "previous layer. Each of those numbers has seen more than one pixel itself, so follow them "
    "through all layers, back to the input.",
)
def previous_layer_only(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return kernel_sizes[-1] if len(kernel_sizes) else 1


@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/Wensi-Tang/OS-CNN/issues/17"],
    message="You add up the kernel sizes. The windows of neighbors overlap: a layer with kernel "
    "size K widens the receptive field by K - 1, not by K.",
)
def kernel_sizes_added(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return sum(kernel_sizes) if len(kernel_sizes) else 1


@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=[
        "https://github.com/philipperemy/keras-tcn/issues/196",
        "https://github.com/BRML/CNNbasedMedicalSegmentation/issues/2",
    ],
    message="You begin with 1 and add K for each layer. One of the K numbers that a window covers "
    "was counted before; a layer adds only the other K - 1.",
)
def whole_kernels_added_to_one(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    width = 1
    for kernel_size in kernel_sizes:
        width += kernel_size
    return width


# There with a dilation as a factor.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/philipperemy/keras-tcn/issues/196"],
    message="You add K + 1 for each layer. The sign is the other way round: a layer with kernel "
    "size K adds K - 1 pixels.",
)
def kernel_size_plus_one_added(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return 1 + sum(kernel_size + 1 for kernel_size in kernel_sizes)


# There the factors are kernel size, largest dilation and number of stacks.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/philipperemy/keras-tcn/issues/8"],
    message="You multiply the kernel sizes. The windows of neighbors do not lie side by side, they "
    "overlap in all but one pixel; so the layers' shares are added, K - 1 for each.",
)
def kernel_sizes_multiplied(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return math.prod(kernel_sizes)


@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/philipperemy/keras-tcn/issues/207"],
    message="Your receptive field is one pixel too narrow: the pixel that an output would see "
    "without any layer is not counted. Begin with 1, not with 0.",
)
def own_pixel_forgotten(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    width = 0
    for kernel_size in kernel_sizes:
        width += kernel_size - 1
    return width


# There the layer in front of the others has a kernel of its own, and is left out of the list.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=[
        "https://github.com/locuslab/TCN/issues/44",
        "https://github.com/ibab/tensorflow-wavenet/issues/259",
    ],
    message="Your first layer counts twice: you begin with its kernel size, and then it adds its "
    "K - 1 once more. Begin with 1, or with the first kernel and go on with the second.",
)
def first_layer_counted_twice(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    width = kernel_sizes[0] if len(kernel_sizes) else 1
    for kernel_size in kernel_sizes:
        width += kernel_size - 1
    return width


@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/philipperemy/keras-tcn/pull/180"],
    message="You count every layer as if it had the first layer's kernel. 1 + L (K - 1) holds for "
    "equal layers only; else each layer adds its own kernel size less one.",
)
def first_kernel_for_all_layers(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    if not len(kernel_sizes):
        return 1
    return 1 + len(kernel_sizes) * (kernel_sizes[0] - 1)


# There the halo of a layer is meant, the rows that it needs of a neighbor's part of the image.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=[
        "https://github.com/distdl/distdl/issues/173",
        "https://github.com/Fangyh09/pytorch-receptive-field/issues/3",
    ],
    message="You take half a kernel on each side, rounded down. A kernel of even size has no "
    "middle: it adds K - 1 pixels, which is an odd number.",
)
def even_kernels_cut_to_odd(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return 1 + 2 * sum((kernel_size - 1) // 2 for kernel_size in kernel_sizes)


# There the halo of a layer is meant, the rows that it needs of a neighbor's part of the image.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/distdl/distdl/issues/173"],
    message="You add K // 2 on each side of the pixel. That is right for odd kernels only; a "
    "kernel of even size adds K - 1 pixels, not K.",
)
def even_kernels_stretched_to_odd(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return 1 + sum(2 * (kernel_size // 2) for kernel_size in kernel_sizes)


# There the other half was lost to a rounding of the start.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/Fangyh09/pytorch-receptive-field/issues/3"],
    message="You count the pixels on one side of the middle only. A kernel reaches to both sides: "
    "all of its K - 1 other pixels count.",
)
def one_side_only(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return 1 + sum((kernel_size - 1) // 2 for kernel_size in kernel_sizes)


@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/locuslab/TCN/issues/44"],
    message="In your function each layer adds twice as much as it would one layer earlier. That is "
    "so where layers are dilated or strided; at stride 1 a layer adds K - 1, wherever it is.",
)
def layers_dilated(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return 1 + sum((size - 1) * 2**layer for layer, size in enumerate(kernel_sizes))


# There the number of pixels is what is wanted, for the size of random weights.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/keras-team/keras/pull/7200"],
    message="You return the number of pixels in a square, the width times itself. The receptive "
    "field is asked for along one axis.",
)
def area_returned(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    return (1 + sum(kernel_size - 1 for kernel_size in kernel_sizes)) ** 2


@misconception(
    "receptive_field",
    section="receptive-fields-integers",
    cites=[
        "https://github.com/bayesiains/nflows/issues/86",
        "https://github.com/Lasagne/Lasagne/issues/847",
    ],
    message="You refuse NumPy's integers: an np.int64 is no int for isinstance. Compare the value, "
    "or allow (int, np.integer).",
)
def numpy_integers_refused(kernel_sizes):
    width = 1
    for kernel_size in kernel_sizes:
        if not isinstance(kernel_size, int) or kernel_size < 1:
            raise ValueError(f"expected positive integers, got {kernel_size}")
        width += kernel_size - 1
    return width


# There the convolution itself takes a kernel of size 0.
@misconception(
    "receptive_field",
    section="receptive-fields-integers",
    cites=["https://github.com/tensorflow/tensorflow/issues/37024"],
    message="A kernel size of 0 or less goes through your function, and makes the receptive field "
    "narrower. No such kernel exists: raise a ValueError that says what came.",
)
def kernel_sizes_unchecked(kernel_sizes):
    return 1 + sum(kernel_size - 1 for kernel_size in kernel_sizes)


# There the function that measures a network's receptive field stops at an empty list.
@misconception(
    "receptive_field",
    section="receptive-fields-formula",
    cites=["https://github.com/stardist/stardist/issues/258"],
    message="Your function stops when there is no layer, because it reads the first kernel size. "
    "Without a layer an output is a pixel of the input, and sees one.",
)
def empty_stack_forgotten(kernel_sizes):
    _refuse_kernels(kernel_sizes)
    width = kernel_sizes[0]
    for kernel_size in kernel_sizes[1:]:
        width += kernel_size - 1
    return width
