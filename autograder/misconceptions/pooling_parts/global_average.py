"""Mistakes in global_avg_pool2d_forward and global_avg_pool2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x):
    if x.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape}")


# There the number of places was computed wrongly from the two sizes.
@misconception(
    "global_avg_pool2d_forward",
    section="pooling-global",
    cites=["https://github.com/PaddlePaddle/Paddle/pull/74077"],
    message="You divide by the height only. A map holds H times W numbers.",
)
def global_average_by_height(x):
    _refuse_misfits(x)
    return x.sum(axis=(2, 3)) / x.shape[2], x.shape


@misconception(
    "global_avg_pool2d_forward",
    section="pooling-global",
    cites=[
        "https://github.com/onnx/onnx/issues/1857",
        "https://github.com/pytorch/vision/pull/1838",
    ],
    message="Your output still has two axes of length 1 for rows and columns. Here it is a vector "
    "for each image: the shape is (N, C).",
)
def global_average_keeps_axes(x):
    _refuse_misfits(x)
    return x.mean(axis=(2, 3), keepdims=True), x.shape


@misconception(
    "global_avg_pool2d_forward",
    section="pooling-global",
    cites=["https://github.com/Open-Deep-ML/DML-OpenProblem/issues/472"],
    message="You average over the channels and keep the places. Global pooling does the opposite: "
    "rows and columns go, and each channel keeps a number of its own.",
)
def global_average_over_channels(x):
    _refuse_misfits(x)
    return x.mean(axis=1), x.shape


# There along one axis of a sequence, which was another one than in a second library.
@misconception(
    "global_avg_pool2d_forward",
    section="pooling-global",
    cites=["https://github.com/apache/mxnet/issues/11829"],
    message="You average along one axis only, so the rows are left. A map has two axes: average "
    "over rows and columns.",
)
def global_average_over_columns_only(x):
    _refuse_misfits(x)
    return x.mean(axis=3), x.shape


# There in average pooling with windows.
@misconception(
    "global_avg_pool2d_backward",
    section="pooling-global",
    cites=["https://github.com/rasmusbergpalm/DeepLearnToolbox/issues/129"],
    message="Every place of a map gets the whole gradient. In the average it had the factor "
    "1 / (H * W), so it gets that share of the gradient.",
)
def global_share_not_divided(dout, cache):
    return dout[:, :, np.newaxis, np.newaxis] * np.ones(cache, dout.dtype)


# There the number of places was computed wrongly from the two sizes.
@misconception(
    "global_avg_pool2d_backward",
    section="pooling-global",
    cites=["https://github.com/PaddlePaddle/Paddle/pull/74077"],
    message="You divide the gradient by the height only. H times W places share it.",
)
def global_share_by_height(dout, cache):
    return dout[:, :, np.newaxis, np.newaxis] / cache[2] * np.ones(cache, dout.dtype)


@misconception(
    "global_avg_pool2d_backward",
    section="pooling-dtype",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your dx is always float64, because np.ones and np.zeros make float64 unless told "
    "otherwise. Give it the dtype of dout.",
)
def global_float64_dx(dout, cache):
    N, C, H, W = cache
    return np.ones(cache) * dout.reshape(N, C, 1, 1) / (H * W)
