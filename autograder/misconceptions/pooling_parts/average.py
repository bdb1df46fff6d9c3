"""Mistakes in avg_pool2d_forward and avg_pool2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, kernel_size, stride, padding):
    if x.ndim != 4:
        raise ValueError(f"expected 4 axes, got {x.shape}")
    stride = kernel_size if stride is None else stride
    if kernel_size < 1 or stride < 1:
        raise ValueError(f"expected at least 1, got {kernel_size} and {stride}")
    if not 0 <= padding <= kernel_size // 2:
        raise ValueError(f"expected a padding of at most {kernel_size // 2}, got {padding}")
    room = min(x.shape[2:]) + 2 * padding
    if kernel_size > room:
        raise ValueError(f"expected a window of at most {room}, got {kernel_size}")
    return stride


def _border(x, padding, value):
    if value == -np.inf and x.dtype.kind in "iu":
        value = np.iinfo(x.dtype).min
    widths = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return np.pad(x, widths, constant_values=value)


def _output_shape(x, kernel_size, stride, padding):
    sizes = [(size + 2 * padding - kernel_size) // stride + 1 for size in x.shape[2:]]
    return (*x.shape[:2], *sizes)


def _float_type(x):
    return x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)


def _pool(x, kernel_size, stride, padding, ask, dtype=None, value=0):
    """Ask every window of a padded array; give what avg_pool2d_forward returns."""
    padded = _border(x.astype(_float_type(x)), padding, value)
    out = np.zeros(_output_shape(x, kernel_size, stride, padding), dtype or _float_type(x))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + kernel_size, left : left + kernel_size]
            out[:, :, i, j] = ask(window)
    return out, (x.shape, kernel_size, stride, padding)


def _spread(dout, cache, share, *, overwrite=False):
    """Give every place of a window its share; return dx and the array with the border in it."""
    (N, C, H, W), kernel_size, stride, padding = cache
    dpadded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = dpadded[:, :, i * stride : i * stride + kernel_size]
            part = part[:, :, :, j * stride : j * stride + kernel_size]
            given = share * dout[:, :, i : i + 1, j : j + 1]
            part[:] = given if overwrite else part + given
    return dpadded[:, :, padding : padding + H, padding : padding + W], dpadded


@misconception(
    "avg_pool2d_forward",
    section="pooling-average",
    cites=[
        "https://community.deeplearning.ai/t/week-1-assignment-1-optional-backprop-exercise-5-7/209979"
    ],
    message="You divide by K. A window has K rows and K columns, so it holds K times K numbers: "
    "divide by kernel_size**2.",
)
def average_by_side(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    return _pool(x, kernel_size, stride, padding, lambda w: w.sum(axis=(2, 3)) / kernel_size)


@misconception(
    "avg_pool2d_forward",
    section="pooling-average",
    cites=["https://github.com/soumith/cudnn.torch/pull/17"],
    message="Your windows are added up and never divided. An average is the sum divided by the "
    "number of places, here kernel_size**2.",
)
def sum_for_average(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    return _pool(x, kernel_size, stride, padding, lambda w: w.sum(axis=(2, 3)))


@misconception(
    "avg_pool2d_forward",
    section="pooling-average-padding",
    cites=[
        "https://github.com/apache/tvm/issues/1144",
        "https://github.com/BVLC/caffe/issues/6297",
    ],
    message="You divide by the places that lie on the map. Here the zeros of the border are "
    "counted: every window is divided by kernel_size**2.",
)
def border_not_counted(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    total, cache = _pool(x, kernel_size, stride, padding, lambda w: w.sum(axis=(2, 3)))
    count, _ = _pool(
        np.ones_like(x), kernel_size, stride, padding, lambda w: w.sum(axis=(2, 3)), total.dtype
    )
    return total / count, cache


# There the border held nan.
@misconception(
    "avg_pool2d_forward",
    section="pooling-average-padding",
    cites=["https://github.com/onnx/onnx/issues/1384"],
    message="Your border still holds minus infinity, as in max pooling, and makes every average "
    "that it takes part in infinite. In average pooling the border holds zeros.",
)
def border_of_max_pooling(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    return _pool(x, kernel_size, stride, padding, lambda w: w.mean(axis=(2, 3)), value=-np.inf)


@misconception(
    "avg_pool2d_forward",
    section="pooling-dtype",
    cites=[
        "https://github.com/fastmachinelearning/hls4ml/issues/1297",
        "https://github.com/apache/tvm/issues/3581",
    ],
    message="Your output takes the dtype of x, so averages of whole numbers lose their fraction "
    "when they are stored. Give whole numbers an output of float64.",
)
def average_cut_off(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    return _pool(x, kernel_size, stride, padding, lambda w: w.mean(axis=(2, 3)), x.dtype)


@misconception(
    "avg_pool2d_forward",
    section="pooling-dtype",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "float32 maps give a float32 output.",
)
def float64_average(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    return _pool(x, kernel_size, stride, padding, lambda w: w.mean(axis=(2, 3)), np.float64)


# There for max pooling: a stride of 3 where the paper names 2.
@misconception(
    "avg_pool2d_forward",
    section="pooling-stride",
    cites=["https://github.com/heuritech/convnets-keras/issues/10"],
    message="Your windows always lie side by side: they step by kernel_size, and a stride that is "
    "named is ignored.",
)
def average_steps_by_kernel_size(x, kernel_size, *, stride=None, padding=0):
    _refuse_misfits(x, kernel_size, stride, padding)
    return _pool(x, kernel_size, kernel_size, padding, lambda w: w.mean(axis=(2, 3)))


# There in a description of a global average.
@misconception(
    "avg_pool2d_forward",
    section="pooling-channels",
    cites=["https://github.com/Open-Deep-ML/DML-OpenProblem/issues/472"],
    message="You average over the channels too, so every channel gets the same numbers. Pooling "
    "treats each channel by itself.",
)
def average_over_channels(x, kernel_size, *, stride=None, padding=0):
    stride = _refuse_misfits(x, kernel_size, stride, padding)
    return _pool(x, kernel_size, stride, padding, lambda w: w.mean(axis=(1, 2, 3))[:, np.newaxis])


@misconception(
    "avg_pool2d_backward",
    section="pooling-average-dx",
    cites=["https://github.com/rasmusbergpalm/DeepLearnToolbox/issues/129"],
    message="Every place of a window gets the whole gradient. In the average it had the factor "
    "1 / K**2, so it gets that share of the gradient.",
)
def share_not_divided(dout, cache):
    return _spread(dout, cache, 1)[0]


@misconception(
    "avg_pool2d_backward",
    section="pooling-average-dx",
    cites=[
        "https://community.deeplearning.ai/t/week-1-assignment-1-optional-backprop-exercise-5-7/209979"
    ],
    message="Each place gets the gradient divided by K. A window has K times K places that share "
    "it: divide by kernel_size**2.",
)
def share_divided_by_side(dout, cache):
    return _spread(dout, cache, 1 / cache[1])[0]


# There in max pooling, whose windows overlap in the same way.
@misconception(
    "avg_pool2d_backward",
    section="pooling-average-dx",
    cites=["https://github.com/0809zheng/CS231n-assignment2019/issues/19"],
    message="Where windows overlap, your dx keeps only the last one's share. A number took part in "
    "several averages, and their shares are added: +=, not =.",
)
def shares_overwritten(dout, cache):
    return _spread(dout, cache, 1 / cache[1] ** 2, overwrite=True)[0]


# There the windows that hang over the end are counted differently forward and backward.
@misconception(
    "avg_pool2d_backward",
    section="pooling-average-padding",
    cites=[
        "https://github.com/tracel-ai/burn/issues/5604",
        "https://github.com/pytorch/pytorch/issues/198119",
    ],
    message="Your backward pass divides by the places that lie on the map, but the average counts "
    "those of the border too. The share is dout / K**2 in every window.",
)
def share_of_places_on_the_map(dout, cache):
    shape, kernel_size, stride, padding = cache
    ones = np.ones(shape, dout.dtype)
    count, _ = _pool(ones, kernel_size, stride, padding, lambda w: w.sum(axis=(2, 3)))
    return _spread(dout / count, cache, 1)[0]


# There for the indices of a maximum.
@misconception(
    "avg_pool2d_backward",
    section="pooling-crop",
    cites=["https://github.com/tensorflow/tensorflow/issues/10216"],
    message="Your dx lies too far down and to the right by the width of the border: row 0 of x is "
    "row P of the padded array, so the border goes off on all sides.",
)
def average_border_cut_at_the_end_only(dout, cache):
    H, W = cache[0][2:]
    return _spread(dout, cache, 1 / cache[1] ** 2)[1][:, :, :H, :W]


# There in the backward pass of padding itself.
@misconception(
    "avg_pool2d_backward",
    section="pooling-crop",
    cites=["https://github.com/tinygrad/tinygrad/pull/73"],
    message="Without padding your dx is empty: a slice [P:-P] ends at -0, which is 0, the very "
    "beginning. Cut with [P : P + H], which is right for P = 0 too.",
)
def average_empty_without_padding(dout, cache):
    padding = cache[3]
    _, dpadded = _spread(dout, cache, 1 / cache[1] ** 2)
    return dpadded[:, :, padding:-padding, padding:-padding]
