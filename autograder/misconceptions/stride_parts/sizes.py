"""Mistakes in conv_output_size.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import math

from autograder.testing import misconception


def _refuse_misfits(size, kernel_size, stride, padding):
    if min(size, kernel_size, stride) < 1 or padding < 0:
        raise ValueError(f"got size {size}, kernel {kernel_size}, stride {stride}, {padding}")
    if kernel_size > size + 2 * padding:
        raise ValueError(f"expected a kernel of at most {size + 2 * padding}, got {kernel_size}")


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=[
        "https://github.com/ENCP/CNNdroid/issues/4",
        "https://github.com/d2l-ai/d2l-zh/pull/1345",
    ],
    message="You round up, and so count a last place at which the filter would hang over the edge. "
    "A step that is not whole is not taken: round down.",
)
def ceil_for_floor(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return math.ceil((size + 2 * padding - kernel_size) / stride) + 1


# A neighbor: a division whose result was rounded at the wrong place.
@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/mlpack/examples/pull/60"],
    message="You round to the nearest whole number. More than half a step is no step either: the "
    "filter would hang over the edge. Round down.",
)
def rounded_to_the_nearest(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return round((size + 2 * padding - kernel_size) / stride) + 1


# There a whole number came out as a float in the same way.
@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/szagoruyko/pyinn/pull/3"],
    message="You return a float, with a fraction where the steps do not come out even. Places are "
    "counted: divide with //, which rounds down and gives an int.",
)
def fraction_of_a_place(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return (size + 2 * padding - kernel_size) / stride + 1


# There the book's loop stops one place early.
@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/iamtrask/Grokking-Deep-Learning/issues/43"],
    message="You count the steps and forget the place before the first of them: add 1.",
)
def first_place_forgotten(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return (size + 2 * padding - kernel_size) // stride


# There it cannot be seen from the formula where the 1 belongs.
@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/udacity/sdc-issue-reports/issues/1134"],
    message="You add the 1 before you divide, and it gets lost where the steps come out even. "
    "First divide, then add the first place.",
)
def one_added_before_dividing(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return (size + 2 * padding - kernel_size + 1) // stride


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/albertpumarola/deep-learning-notes/issues/1"],
    message="You divide by S + 1. The 1 stands behind the fraction, not in its denominator.",
)
def one_in_the_denominator(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return (size + 2 * padding - kernel_size) // (stride + 1)


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/karpathy/convnetjs/issues/43"],
    message="You divide only the padding by the stride: (W - K) + 2P / S + 1. The whole room, "
    "W - K + 2P, is walked in steps of S, so brackets belong around it.",
)
def brackets_forgotten(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return size - kernel_size + 2 * padding // stride + 1


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/slds-lmu/lecture_i2dl/issues/28"],
    message="You count the border on one side only. There are P zeros on each side, so the padded "
    "image has W + 2P columns.",
)
def padding_counted_once(size, kernel_size, *, stride=1, padding=0):
    if kernel_size > size + padding:
        _refuse_misfits(size, kernel_size, stride, padding)
        return 1
    _refuse_misfits(size, kernel_size, stride, padding)
    return (size + padding - kernel_size) // stride + 1


@misconception(
    "conv_output_size",
    section="stride-sizes",
    same_as="cost_without_the_stride",
    cites=["https://github.com/kamo-naoyuki/pytorch_convolutional_rnn/issues/2"],
    message="Your count is that of a stride of 1: the argument `stride` is never used. Divide the "
    "room behind the first place by it.",
)
def stride_never_used(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return size + 2 * padding - kernel_size + 1


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=[
        "https://github.com/PaddlePaddle/docs/pull/7664",
        "https://github.com/shicai/DenseNet-Caffe/issues/20",
    ],
    message="You divide the size by the stride and round up. That is TensorFlow's 'same' padding, "
    "where the border follows from the size; here kernel and padding are given, and they count.",
)
def size_over_stride(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    return -(-size // stride)


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=[
        "https://github.com/udacity/sdc-issue-reports/issues/566",
        "https://github.com/facebookresearch/SparseConvNet/issues/74",
    ],
    message="You refuse sizes for which the steps do not come out even. They are allowed: the rows "
    "and columns at the end that no whole step reaches are left out.",
)
def leftover_refused(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, stride, padding)
    if (size + 2 * padding - kernel_size) % stride:
        raise ValueError(f"{size + 2 * padding - kernel_size} is not a multiple of {stride}")
    return (size + 2 * padding - kernel_size) // stride + 1


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=[
        "https://github.com/keras-team/keras/issues/6649",
        "https://github.com/pytorch/pytorch/issues/17247",
    ],
    message="You return a number of places, 0 or less, for a filter that does not fit. There is no "
    "such output: raise a ValueError that says what was expected and what came.",
)
def filter_too_large_accepted(size, kernel_size, *, stride=1, padding=0):
    if min(size, kernel_size, stride) < 1 or padding < 0:
        raise ValueError(f"got size {size}, kernel {kernel_size}, stride {stride}, {padding}")
    return (size + 2 * padding - kernel_size) // stride + 1


@misconception(
    "conv_output_size",
    section="stride-sizes",
    cites=["https://github.com/ezyang/convolution-visualizer/issues/4"],
    message="You ask whether the filter fits, but not whether the sizes are sizes: a stride of 0 "
    "or below never arrives, and needs a ValueError of its own.",
)
def stride_unchecked(size, kernel_size, *, stride=1, padding=0):
    _refuse_misfits(size, kernel_size, 1, padding)
    return (size + 2 * padding - kernel_size) // stride + 1
