"""Mistakes in receptive_field.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

from autograder.testing import misconception


def _refuse_layers(layers):
    for kernel_size, stride in layers:
        if kernel_size < 1 or stride < 1:
            raise ValueError(f"expected at least 1, got kernel {kernel_size}, stride {stride}")


# There a layer's own stride doubles what the layers before it have seen.
@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://github.com/AlexeyAB/darknet/issues/1206"],
    message="You let a layer's own stride widen its window. What a layer reads are outputs of the "
    "layer below, and those lie the jump *below* apart: add first, then multiply the jump.",
)
def own_stride_first(layers):
    _refuse_layers(layers)
    size, jump = 1, 1
    for kernel_size, stride in layers:
        jump *= stride
        size += (kernel_size - 1) * jump
    return size, jump


# There the strides of convolutions are left out beside those of pooling layers.
@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://github.com/NRCan/geo-deep-learning/issues/84"],
    message="Your receptive field is that of layers with a stride of 1. Behind a strided layer "
    "neighboring outputs lie further apart, so the next layer adds (K - 1) times the jump.",
)
def strides_ignored_in_the_size(layers):
    _refuse_layers(layers)
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size += kernel_size - 1
        jump *= stride
    return size, jump


@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://github.com/BRML/CNNbasedMedicalSegmentation/issues/2"],
    message="You add K times the jump for each layer. One of the K outputs that a window covers "
    "was counted before; a layer adds only the other K - 1.",
)
def whole_kernels_added(layers):
    _refuse_layers(layers)
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size += kernel_size * jump
        jump *= stride
    return size, jump


# There it is said in passing, before the formula, which has the product.
@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://blog.csdn.net/qq_38742161/article/details/98473571"],
    message="You measure a layer's window with the stride of the layer just below it. All strides "
    "below count: the jump is their product.",
)
def last_stride_only(layers):
    _refuse_layers(layers)
    size, jump, below = 1, 1, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * below
        below = stride
        jump *= stride
    return size, jump


# There the question is why a place is multiplied by the stride of the whole network.
@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://github.com/bertinetto/siamese-fc/issues/57"],
    message="You add the strides up. Two outputs of a layer are `stride` outputs of the layer "
    "below apart, and each of those is its own jump apart: multiply.",
)
def strides_added(layers):
    _refuse_layers(layers)
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * jump
        jump += stride - 1
    return size, jump


@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://github.com/frgfm/torch-scan/pull/33"],
    message="You go through the layers from the last to the first, with the rule for the other "
    "direction. The jump is that of the layers below, so begin next to the input.",
)
def layers_read_backwards(layers):
    _refuse_layers(layers)
    size, jump = 1, 1
    for kernel_size, stride in reversed(layers):
        size += (kernel_size - 1) * jump
        jump *= stride
    return size, jump


# There the first layer's kernel is counted in another way, too.
@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://github.com/philipperemy/keras-tcn/issues/207"],
    message="Your receptive field is one pixel too narrow: the pixel that an output would see "
    "without any layer is not counted. Begin with 1, not with 0.",
)
def own_pixel_forgotten(layers):
    _refuse_layers(layers)
    size, jump = 0, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * jump
        jump *= stride
    return size, jump


# There the function that measures a network's receptive field stops at an empty list.
@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=["https://github.com/stardist/stardist/issues/258"],
    message="Your function stops when there is no layer, because it reads the first one. Without "
    "a layer an output is a pixel of the input: it sees one, and its neighbor is one away.",
)
def empty_stack_forgotten(layers):
    _refuse_layers(layers)
    size, jump = layers[0]
    for kernel_size, stride in layers[1:]:
        size += (kernel_size - 1) * jump
        jump *= stride
    return size, jump


# There the convolution itself takes a kernel of size 0.
@misconception(
    "receptive_field",
    section="stride-receptive-field",
    cites=[
        "https://github.com/tensorflow/tensorflow/issues/37024",
        "https://github.com/ezyang/convolution-visualizer/issues/4",
    ],
    message="A kernel size or a stride of 0 or less goes through your function. No such layer "
    "exists: raise a ValueError that says what came.",
)
def layers_unchecked(layers):
    size, jump = 1, 1
    for kernel_size, stride in layers:
        size += (kernel_size - 1) * jump
        jump *= stride
    return size, jump
