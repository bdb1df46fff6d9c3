"""Mistakes in merge_convs.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception

_COLLAPSE = "https://discuss.pytorch.org/t/how-to-collapse-a-serie-of-2d-convolutions/50946"


def _refuse_misfits(weight1, bias1, weight2, bias2):
    if weight1.ndim != 4 or weight2.ndim != 4:
        raise ValueError(f"expected 4 axes each, got {weight1.shape} and {weight2.shape}")
    if weight2.shape[1] != weight1.shape[0]:
        raise ValueError(f"expected {weight1.shape[0]} channels, got {weight2.shape[1]}")
    if bias1.shape != weight1.shape[:1]:
        raise ValueError(f"expected bias1 {weight1.shape[:1]}, got {bias1.shape}")
    if bias2.shape != weight2.shape[:1]:
        raise ValueError(f"expected bias2 {weight2.shape[:1]}, got {bias2.shape}")


def _merged_weight(weight1, weight2):
    (_, C_in, kH1, kW1), (C_out, _, kH2, kW2) = weight1.shape, weight2.shape
    shape = (C_out, C_in, kH1 + kH2 - 1, kW1 + kW2 - 1)
    weight = np.zeros(shape, np.result_type(weight1, weight2))
    for u in range(kH2):
        for v in range(kW2):
            share = np.einsum("om,mihw->oihw", weight2[:, :, u, v], weight1)
            weight[:, :, u : u + kH1, v : v + kW1] += share
    return weight


def _merged_bias(bias1, weight2, bias2):
    return np.einsum("omuv,m->o", weight2, bias1) + bias2


@misconception(
    "merge_convs",
    section="stacking-merge",
    cites=[_COLLAPSE],
    message="Your second filters are turned by 180 degrees when you merge, as happens when one "
    "kernel is correlated with the other. Merging is a true convolution of the two kernels: the "
    "number at the upper left of a second filter meets the first filter at the upper left.",
)
def second_filter_flipped(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    weight = _merged_weight(weight1, weight2[:, :, ::-1, ::-1])
    return weight, _merged_bias(bias1, weight2, bias2)


# There in one expression: all kernels of one layer, padded, are correlated with those of the other,
# and the result is not turned back.
@misconception(
    "merge_convs",
    section="stacking-merge",
    cites=[_COLLAPSE],
    message="Your merged filters are turned by 180 degrees. That comes of a library's convolution, "
    "which flips kernels; here no kernel is flipped, so the merged one is not either.",
)
def merged_filter_flipped(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    weight = _merged_weight(weight1, weight2)[:, :, ::-1, ::-1]
    return weight, _merged_bias(bias1, weight2, bias2)


# There the question is how large the merged kernel is, and what happens at its border.
@misconception(
    "merge_convs",
    section="stacking-sizes",
    cites=[
        "https://discuss.pytorch.org/t/"
        "will-convolution-layers-without-activation-collapse-into-one-layer/104253"
    ],
    message="Your merged kernels have one row and one column too many: the two sizes are added. "
    "The last row of one kernel and the first of the other fall on the same row, so it is "
    "kH1 + kH2 - 1, and likewise for columns.",
)
def kernel_sizes_summed(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    weight = _merged_weight(weight1, weight2)
    weight = np.pad(weight, ((0, 0), (0, 0), (0, 1), (0, 1)))
    return weight, _merged_bias(bias1, weight2, bias2)


# A neighbor: 1 x 1 kernels, where the larger one's size is right.
@misconception(
    "merge_convs",
    section="stacking-sizes",
    cites=["https://github.com/xindongzhang/ECBSR/issues/13"],
    message="Your merged kernels are only as large as the larger of the two. Two kernels in a row "
    "see more than each alone: kH1 + kH2 - 1 rows and kW1 + kW2 - 1 columns.",
)
def larger_size_kept(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    kH = max(weight1.shape[2], weight2.shape[2])
    kW = max(weight1.shape[3], weight2.shape[3])
    weight = _merged_weight(weight1, weight2)[:, :, :kH, :kW]
    return weight, _merged_bias(bias1, weight2, bias2)


# A neighbor: a gradient that is written where it should be added.
@misconception(
    "merge_convs",
    section="stacking-merge",
    cites=["https://github.com/BVLC/caffe/pull/3254"],
    message="Where the laid-down kernels overlap, only the last one is left in your merged kernel. "
    "Their contributions are added up: += in place of =.",
)
def contributions_overwritten(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    (_, C_in, kH1, kW1), (C_out, _, kH2, kW2) = weight1.shape, weight2.shape
    weight = np.zeros((C_out, C_in, kH1 + kH2 - 1, kW1 + kW2 - 1), np.result_type(weight1, weight2))
    for u in range(kH2):
        for v in range(kW2):
            share = np.tensordot(weight2[:, :, u, v], weight1, axes=1)
            weight[:, :, u : u + kH1, v : v + kW1] = share
    return weight, _merged_bias(bias1, weight2, bias2)


# There in the layer itself, where it is the input's channels that are left out.
@misconception(
    "merge_convs",
    section="stacking-channels",
    cites=["https://community.deeplearning.ai/t/wrong-result-on-exercise-3-conv-forward/884990"],
    message="Your merged filters know the first middle channel only. A second filter adds up over "
    "all the channels that the first convolution gives: sum over every one of them.",
)
def first_middle_channel_only(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    weight = _merged_weight(weight1[:1], weight2[:, :1])
    return weight, _merged_bias(bias1, weight2, bias2)


# There a batch norm stands in the place of the second convolution.
@misconception(
    "merge_convs",
    section="stacking-bias",
    cites=["https://github.com/shoutOutYangJie/MobileOne/issues/14"],
    message="The first bias is lost in your merged bias. It is added all over the middle maps, and "
    "the second filters multiply those maps: it arrives as weight2, summed over its rows and "
    "columns, times bias1.",
)
def first_bias_dropped(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    return _merged_weight(weight1, weight2), bias2.copy()


# There for a batch norm, or for linear layers.
@misconception(
    "merge_convs",
    section="stacking-bias",
    cites=[
        "https://github.com/ultralytics/yolov3/issues/807",
        "https://whosebug.com/question/6375192/"
        "Understanding-Pytorch-Weight-and-Biases-in-Linear-Layer",
    ],
    message="You add the two biases. The first one belongs to the middle channels and goes through "
    "the second filters like everything else in the middle maps; only the second one is added "
    "as it is.",
)
def biases_added(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    return _merged_weight(weight1, weight2), bias1 + bias2


# A neighbor: kernels of 1 x 1, where one number is the whole sum.
@misconception(
    "merge_convs",
    section="stacking-bias",
    cites=["https://github.com/DingXiaoH/DiverseBranchBlock/issues/9"],
    message="Your first bias goes through one number of each second kernel only. The middle map "
    "holds the bias everywhere, so every number of the kernel meets it: sum over all rows and "
    "columns of weight2.",
)
def bias_through_one_place(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    return _merged_weight(weight1, weight2), weight2[:, :, 0, 0] @ bias1 + bias2


@misconception(
    "merge_convs",
    section="stacking-traps",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your merged weight is always float64, because np.zeros makes float64 unless told "
    "otherwise. The result has the type of the two weights: float32 stays float32.",
)
def float64_weight(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    return _merged_weight(weight1.astype(float), weight2), _merged_bias(bias1, weight2, bias2)


# A neighbor: an output made like an integer input.
@misconception(
    "merge_convs",
    section="stacking-traps",
    cites=["https://github.com/numpy/numpy/issues/16578"],
    message="Your merged weight has the type of weight1: fractions of the second filters are cut "
    "off where the first filters are integers. Use the type that holds both.",
)
def type_of_first_weight(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    weight = _merged_weight(weight1, weight2).astype(weight1.dtype)
    return weight, _merged_bias(bias1, weight2, bias2)


# There an activation computed in place.
@misconception(
    "merge_convs",
    section="stacking-traps",
    cites=["https://github.com/BVLC/caffe/issues/4388"],
    message="`bias2 += ...` changes the caller's bias2, which is still wanted elsewhere. Write the "
    "sum to a new array: bias = ... + bias2.",
)
def second_bias_changed(weight1, bias1, weight2, bias2):
    _refuse_misfits(weight1, bias1, weight2, bias2)
    weight = _merged_weight(weight1, weight2)
    bias2 += weight2.sum(axis=(2, 3)) @ bias1
    return weight, bias2
