"""Mistakes in max_conv_layers and same_padding.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

from autograder.testing import misconception


def _refuse_no_layers(size, kernel_size):
    if size < 1:
        raise ValueError(f"expected a size of at least 1, got {size}")
    if kernel_size < 2:
        raise ValueError(f"expected a kernel_size of at least 2, got {kernel_size}")


def _refuse_below_one(kernel_size):
    if kernel_size < 1:
        raise ValueError(f"expected a kernel_size of at least 1, got {kernel_size}")


# There the question was how many layers an image survives.
@misconception(
    "max_conv_layers",
    section="padding-shrinking",
    cites=["https://github.com/NVIDIA/DIGITS/issues/989"],
    message="You stop one layer early where the map has become exactly as large as the filter. "
    "There the filter still fits, at one place: the map is too small only when it is smaller than "
    "the filter.",
)
def exact_fit_refused(size, kernel_size):
    _refuse_no_layers(size, kernel_size)
    layers = 0
    while size > kernel_size:
        size -= kernel_size - 1
        layers += 1
    return layers


# There for one layer: 12 - 5 was taken for its size.
@misconception(
    "max_conv_layers",
    section="padding-shrinking",
    cites=["https://github.com/jorditorresBCN/LibroTensorFlow/issues/1"],
    message="You let each layer take away as many rows as its filter has. A filter of K rows fits "
    "at W - K + 1 places, so a layer takes away K - 1.",
)
def whole_filter_taken_away(size, kernel_size):
    _refuse_no_layers(size, kernel_size)
    layers = 0
    while size >= kernel_size:
        size = size - kernel_size
        layers += 1
    return layers


# A neighbor: people who ask after the number of pixels that each layer takes.
@misconception(
    "max_conv_layers",
    section="padding-shrinking",
    cites=["https://github.com/tiny-dnn/tiny-dnn/issues/57"],
    message="You count with what is lost on one side of the map. A filter of K rows takes away "
    "(K - 1) / 2 rows above and as many below, K - 1 together.",
)
def one_side_counted(size, kernel_size):
    _refuse_no_layers(size, kernel_size)
    layers = 0
    while size >= kernel_size:
        size -= kernel_size // 2
        layers += 1
    return layers


# There a layer was put on a map that was already too small for it.
@misconception(
    "max_conv_layers",
    section="padding-shrinking",
    cites=["https://github.com/XPixelGroup/BasicSR/issues/249"],
    message="You count one layer too many: the sizes, with the input among them, and not the steps "
    "between them. From 7 to 5 to 3 to 1 there are three layers.",
)
def sizes_counted(size, kernel_size):
    _refuse_no_layers(size, kernel_size)
    sizes = [size]
    while sizes[-1] >= kernel_size:
        sizes.append(sizes[-1] - kernel_size + 1)
    return len(sizes)


# A neighbor: the formula for the output's size, read without its + 1.
@misconception(
    "max_conv_layers",
    section="padding-shrinking",
    cites=["https://github.com/karpathy/convnetjs/issues/43"],
    message="Your formula lacks a layer: it counts the layers until the map is at least as large "
    "as the filter, and the layer on that last map is missing.",
)
def last_layer_forgotten(size, kernel_size):
    _refuse_no_layers(size, kernel_size)
    return max(size - kernel_size, 0) // (kernel_size - 1)


# There sizes that came out as fractions stopped the program.
@misconception(
    "max_conv_layers",
    section="padding-shrinking",
    cites=["https://github.com/szagoruyko/pyinn/pull/3"],
    message="You return a fraction of a layer, or a float. Layers are counted in whole numbers: "
    "divide with //, or count them in a loop.",
)
def fraction_of_a_layer(size, kernel_size):
    _refuse_no_layers(size, kernel_size)
    return (size - 1) / (kernel_size - 1)


# A neighbor: a layer whose size was not looked at before it was computed with.
@misconception(
    "max_conv_layers",
    section="padding-shrinking",
    cites=["https://github.com/keras-team/keras/pull/22418"],
    message="A filter of 1 x 1 makes you divide by 0. It takes nothing away from its map, so there "
    "is no last layer: refuse it first, with a ValueError.",
)
def one_by_one_divides_by_zero(size, kernel_size):
    if size < 1 or kernel_size < 1:
        raise ValueError(f"expected positive sizes, got {size} and {kernel_size}")
    return (size - 1) // (kernel_size - 1)


@misconception(
    "same_padding",
    section="padding-same",
    cites=[
        "https://github.com/jamesmullenbach/caml-mimic/issues/3",
        "https://github.com/AlexeyAB/darknet/issues/1636",
    ],
    message="You accept even kernels and give them K // 2 zeros on each side: the map becomes one "
    "larger than the image. No padding that is alike on both sides fits an even kernel, so raise a "
    "ValueError.",
)
def even_kernel_padded_too_much(kernel_size):
    _refuse_below_one(kernel_size)
    return kernel_size // 2


# There with another library's own rule for the padding.
@misconception(
    "same_padding",
    section="padding-same",
    cites=["https://github.com/keras-team/keras/issues/1092"],
    message="You accept even kernels and round (K - 1) / 2 down: the map becomes one smaller than "
    "the image. No padding that is alike on both sides fits an even kernel, so raise a ValueError.",
)
def even_kernel_padded_too_little(kernel_size):
    _refuse_below_one(kernel_size)
    return (kernel_size - 1) // 2


@misconception(
    "same_padding",
    section="padding-same",
    cites=["https://github.com/apache/mxnet/issues/3240"],
    message="Your padding is K - 1, which is what both sides need together. The padding is counted "
    "on each side, so each gets half of it.",
)
def both_sides_together(kernel_size):
    _refuse_below_one(kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError(f"expected an odd kernel_size, got {kernel_size}")
    return kernel_size - 1


@misconception(
    "same_padding",
    section="padding-same",
    cites=[
        "https://github.com/sunxm2357/mcnet_pytorch/issues/3",
        "https://github.com/pytorch/pytorch/issues/2593",
    ],
    message="Your padding is a float, since / always gives one. Rows of zeros are counted: divide "
    "with //, which gives a whole number.",
)
def float_padding(kernel_size):
    _refuse_below_one(kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError(f"expected an odd kernel_size, got {kernel_size}")
    return (kernel_size - 1) / 2


# There the padding itself was negative.
@misconception(
    "same_padding",
    section="padding-same",
    cites=["https://github.com/ml-explore/mlx/issues/548"],
    message="You refuse even kernels but accept negative ones, which are odd as well and get a "
    "negative padding. A kernel has at least 1 row: ask about that too.",
)
def negative_kernel_accepted(kernel_size):
    if kernel_size % 2 == 0:
        raise ValueError(f"expected an odd kernel_size, got {kernel_size}")
    return (kernel_size - 1) // 2


# A neighbor: an output that was one larger than the image.
@misconception(
    "same_padding",
    section="padding-same",
    cites=["https://github.com/YunYang1994/tensorflow-yolov3/pull/358"],
    message="Your padding is one too many on each side, (K + 1) / 2. The layer takes away K - 1 "
    "rows, and half of these go on each side.",
)
def one_zero_too_many(kernel_size):
    _refuse_below_one(kernel_size)
    if kernel_size % 2 == 0:
        raise ValueError(f"expected an odd kernel_size, got {kernel_size}")
    return (kernel_size + 1) // 2
