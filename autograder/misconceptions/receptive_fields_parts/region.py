"""Mistakes in input_region.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

from autograder.testing import misconception


def _checked(index, kernel_sizes, paddings):
    """Refuse what does not fit; give the paddings, and the width of the receptive field."""
    if paddings is None:
        paddings = [0] * len(kernel_sizes)
    if len(paddings) != len(kernel_sizes):
        raise ValueError(f"expected {len(kernel_sizes)} paddings, got {len(paddings)}")
    if index < 0:
        raise ValueError(f"expected an index of 0 or more, got {index}")
    for kernel_size in kernel_sizes:
        if kernel_size < 1:
            raise ValueError(f"expected kernel sizes of 1 or more, got {kernel_size}")
    for padding in paddings:
        if padding < 0:
            raise ValueError(f"expected paddings of 0 or more, got {padding}")
    return list(paddings), 1 + sum(kernel_size - 1 for kernel_size in kernel_sizes)


@misconception(
    "input_region",
    section="receptive-fields-region",
    cites=[
        "https://github.com/Fangyh09/pytorch-receptive-field/pull/26",
        "https://github.com/vlfeat/matconvnet/issues/854",
    ],
    message="Your stop is the last pixel of the region. The region is half-open, as Python's "
    "slices are: stop is the first pixel behind it, so that stop - start is the width.",
)
def last_pixel_as_stop(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    start = index - sum(paddings)
    return start, start + width - 1


# There the start of the region is halved and rounded.
@misconception(
    "input_region",
    section="receptive-fields-region",
    cites=["https://github.com/Fangyh09/pytorch-receptive-field/issues/3"],
    message='You lay the region around the index. That is where it lies with "same" padding; '
    "without padding, output 0 has pixel 0 at its left end. Subtract the paddings, nothing else.",
)
def region_around_the_index(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    start = index - width // 2
    return start, start + width


@misconception(
    "input_region",
    section="receptive-fields-previous-layer",
    cites=["https://github.com/cszn/DnCNN/issues/31"],
    message="You return what the last layer reads: the receptive field in the previous layer. Go "
    "on from there, layer by layer, until you are at the input.",
)
def region_in_the_previous_layer(index, kernel_sizes, *, paddings=None):
    paddings, _ = _checked(index, kernel_sizes, paddings)
    if not paddings:
        return index, index + 1
    start = index - paddings[-1]
    return start, start + kernel_sizes[-1]


@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=["https://github.com/tianzhi0549/FCOS/issues/223"],
    message="The paddings have no effect in your function. A layer that pads by P has its first "
    "window P places in front of its input, so the region moves toward the start.",
)
def paddings_ignored(index, kernel_sizes, *, paddings=None):
    _, width = _checked(index, kernel_sizes, paddings)
    return index, index + width


# There the sign was wrong when a pad cuts an array instead.
@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=["https://github.com/microsoft/onnxruntime/pull/2550"],
    message="You add the padding to the index. The zeros are put in front of the image, so the "
    "first window begins before pixel 0: subtract the padding.",
)
def paddings_added(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    start = index + sum(paddings)
    return start, start + width


# There a size is meant, to which both ends do add.
@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=["https://github.com/mit-han-lab/6s965-fall2022/pull/8"],
    message="You subtract each padding twice. It is put at both ends, but only the zeros in front "
    "of the image move the place of a window; 2P belongs to the formula of the output's size.",
)
def paddings_subtracted_twice(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    start = index - 2 * sum(paddings)
    return start, start + width


# There a box is to be moved with its image.
@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=["https://github.com/facebookresearch/maskrcnn-benchmark/issues/501"],
    message="Your padding moves the start and leaves the stop, so that the region gets wider. "
    "Padding moves a window and does not change its size: subtract it from both ends.",
)
def padding_moves_the_start_only(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    return index - sum(paddings), index + width


# There two networks whose layers pad differently are compared.
@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=["https://github.com/nashory/DeLF-pytorch/issues/15"],
    message="Only the first layer's padding counts in your function. Every layer pads its own "
    "input, and each of them moves the region.",
)
def padding_of_the_first_layer_only(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    start = index - (paddings[0] if paddings else 0)
    return start, start + width


# There two networks whose layers pad differently are compared.
@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=["https://github.com/nashory/DeLF-pytorch/issues/15"],
    message="Only the last layer's padding counts in your function. Every layer pads its own "
    "input, and each of them moves the region.",
)
def padding_of_the_last_layer_only(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    start = index - (paddings[-1] if paddings else 0)
    return start, start + width


@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=["https://github.com/kujason/avod/issues/75"],
    message="You cut the region off at pixel 0. What lies in front of the image is padding, and "
    "the answer is to tell how much of it an output sees: let start be negative.",
)
def region_cut_at_zero(index, kernel_sizes, *, paddings=None):
    paddings, width = _checked(index, kernel_sizes, paddings)
    start = index - sum(paddings)
    return max(0, start), max(0, start + width)


@misconception(
    "input_region",
    section="receptive-fields-padding",
    cites=[
        "https://github.com/Casper-Guo/Armchair-Strategist/issues/127",
        "https://github.com/elcorto/psweep/issues/2",
    ],
    message="When there are fewer paddings than layers, or more, your function leaves some of them "
    "out without a word. Compare the lengths, and raise a ValueError that names both.",
)
def lengths_unchecked(index, kernel_sizes, *, paddings=None):
    if paddings is None:
        paddings = [0] * len(kernel_sizes)
    if index < 0:
        raise ValueError(f"expected an index of 0 or more, got {index}")
    start, stop = index, index + 1
    for kernel_size, padding in zip(kernel_sizes, paddings, strict=False):
        if kernel_size < 1 or padding < 0:
            raise ValueError(f"expected K > 0 and P >= 0, got {kernel_size} and {padding}")
        start, stop = start - padding, stop + kernel_size - 1 - padding
    return start, stop


# There coordinates outside of the picture, not places of a map.
@misconception(
    "input_region",
    section="receptive-fields-region",
    cites=["https://github.com/apache/mxnet/issues/6124"],
    message="A negative index or a negative padding goes through your function. Outputs are "
    "counted from 0 and no layer pads by less than 0: raise a ValueError that says what came.",
)
def negative_numbers_unchecked(index, kernel_sizes, *, paddings=None):
    paddings = [0] * len(kernel_sizes) if paddings is None else paddings
    if len(paddings) != len(kernel_sizes):
        raise ValueError(f"expected {len(kernel_sizes)} paddings, got {len(paddings)}")
    if any(kernel_size < 1 for kernel_size in kernel_sizes):
        raise ValueError(f"expected kernel sizes of 1 or more, got {list(kernel_sizes)}")
    start = index - sum(paddings)
    return start, start + 1 + sum(kernel_size - 1 for kernel_size in kernel_sizes)
