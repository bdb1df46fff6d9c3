"""Mistakes in max_pool2d_backward.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _border(x, padding, value):
    if value == -np.inf and x.dtype.kind in "iu":
        value = np.iinfo(x.dtype).min
    widths = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return np.pad(x, widths, constant_values=value)


def _walk(dout, cache):
    """Yield every place with its window of one padded map and that window's part of dx."""
    x, kernel_size, stride, padding = cache
    padded = _border(x, padding, -np.inf)
    dpadded = np.zeros(padded.shape, dout.dtype)

    def windows():
        for n, c, i, j in np.ndindex(dout.shape):
            rows = slice(i * stride, i * stride + kernel_size)
            columns = slice(j * stride, j * stride + kernel_size)
            yield (n, c, i, j), padded[n, c, rows, columns], dpadded[n, c, rows, columns]

    H, W = x.shape[2:]
    return windows(), dpadded[:, :, padding : padding + H, padding : padding + W], dpadded


def _first(window):
    return np.unravel_index(window.argmax(), window.shape)


@misconception(
    "max_pool2d_backward",
    section="pooling-ties",
    cites=[
        "https://github.com/Theano/Theano/issues/5248",
        "https://github.com/mni-ml/framework/pull/22",
    ],
    message="Where a window holds its largest number several times, each of them gets the whole "
    "gradient, so more comes back than went in. Only the first of them gets it.",
)
def every_tie_gets_all(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        into += dout[place] * (window == window.max())
    return dx


@misconception(
    "max_pool2d_backward",
    section="pooling-ties",
    cites=[
        "https://github.com/tensorflow/tensorflow/issues/51682",
        "https://github.com/Theano/Theano/issues/5404",
    ],
    message="Where a window holds its largest number several times, they share the gradient. That "
    "is what a plain maximum does in some libraries; in pooling the first of them gets all of it.",
)
def ties_share(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        mask = window == window.max()
        into += dout[place] * mask / mask.sum()
    return dx


# There for argmax by itself.
@misconception(
    "max_pool2d_backward",
    section="pooling-ties",
    cites=[
        "https://github.com/pytorch/pytorch/issues/32343",
        "https://github.com/pytorch/xla/issues/2415",
    ],
    message="Where a window holds its largest number several times, the last of them gets the "
    "gradient. It belongs to the first, row by row; a search with >= moves on to the last.",
)
def last_tie_gets_all(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        best, where = -np.inf, (0, 0)
        for spot, number in np.ndenumerate(window):
            if number >= best:
                best, where = number, spot
        into[where] += dout[place]
    return dx


# A neighbor: equal numbers are found in another order there.
@misconception(
    "max_pool2d_backward",
    section="pooling-ties",
    cites=["https://github.com/facebookresearch/CrypTen/pull/90"],
    message="Where a window holds its largest number several times, you take the first of them "
    "column by column. Count through the window row by row.",
)
def first_tie_by_columns(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        row, column = _first(window.T)[::-1]
        into[row, column] += dout[place]
    return dx


@misconception(
    "max_pool2d_backward",
    section="pooling-max-overlap",
    cites=[
        "https://github.com/0809zheng/CS231n-assignment2019/issues/19",
        "https://github.com/FluxML/Flux.jl/issues/1197",
        "https://github.com/ghosert/cmd-editor/issues/2058",
    ],
    message="Where a number is the largest of several windows, your dx keeps only the last one's "
    "gradient. The gradients of all the windows that it won are added: +=, not =.",
)
def dx_overwritten(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        into[_first(window)] = dout[place]
    return dx


# A neighbor: there whole windows were written, in the same exercise of a course.
@misconception(
    "max_pool2d_backward",
    section="pooling-max-overlap",
    cites=["https://github.com/marsggbo/deeplearning.ai_JupyterNotebooks/issues/6"],
    message="Each window writes its zeros too, over what an earlier window has left there. Add the "
    "mask times the gradient to that part of dx: += instead of =.",
)
def masks_overwritten(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        mask = np.zeros(window.shape)
        mask[_first(window)] = 1
        into[:] = dout[place] * mask
    return dx


# A neighbor: a test whose numbers are counted up, so that the last of a window is its largest.
@misconception(
    "max_pool2d_backward",
    section="pooling-max-dx",
    cites=["https://github.com/keras-team/keras/issues/13768"],
    message="The gradient always goes to the lower right corner of a window. There lies the "
    "largest number only where the numbers of a test were counted up; look for it in each window.",
)
def last_element_gets_all(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        on_the_map = np.argwhere(window > np.finfo(float).min)
        into[tuple(on_the_map[-1])] += dout[place]
    return dx


# A question there, with the answer beside it.
@misconception(
    "max_pool2d_backward",
    section="pooling-max-dx",
    cites=["https://github.com/jinzishuai/learn2deeplearn/issues/28"],
    message="Every number of a window gets the whole gradient. Only the largest one moved the "
    "output; the others get nothing.",
)
def whole_window_gets_all(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, _, into in windows:
        into += dout[place]
    return dx


@misconception(
    "max_pool2d_backward",
    section="pooling-max-dx",
    cites=["https://github.com/riccardoandreoni0/CNN-from-scratch/issues/1"],
    message="Your dx knows the first window only: the `return` stands inside the loop, and ends "
    "it after one round. Move it to the left.",
)
def return_inside_the_loop(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        into[_first(window)] += dout[place]
        return dx
    return dx


# A neighbor: indices of a maximum that leave out an axis.
@misconception(
    "max_pool2d_backward",
    section="pooling-channels",
    cites=["https://github.com/tensorflow/tensorflow/issues/2821"],
    message="You look for the largest number over all channels at once, so the place of one "
    "channel's maximum is used for all of them. Each channel has a maximum of its own.",
)
def place_from_all_channels(dout, cache):
    x, kernel_size, stride, padding = cache
    padded = _border(x, padding, -np.inf)
    dpadded = np.zeros(padded.shape, dout.dtype)
    for n, i, j in np.ndindex(len(x), *dout.shape[2:]):
        top, left = i * stride, j * stride
        window = padded[n, :, top : top + kernel_size, left : left + kernel_size]
        _, row, column = np.unravel_index(window.argmax(), window.shape)
        dpadded[n, :, top + row, left + column] += dout[n, :, i, j]
    return dpadded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]


# A neighbor: a question how to use the index of a maximum, which counts within its window.
@misconception(
    "max_pool2d_backward",
    section="pooling-max-dx",
    cites=["https://github.com/many-facedgod/Numpy-Atrous-Transposed-CNN/issues/1"],
    message="All gradients land in the upper left corner of dx. argmax counts within the window: "
    "add the row and the column in which the window begins.",
)
def corner_of_window_forgotten(dout, cache):
    windows, _, dpadded = _walk(dout, cache)
    x, _, _, padding = cache
    for (n, c, i, j), window, _ in windows:
        row, column = _first(window)
        dpadded[n, c, row, column] += dout[n, c, i, j]
    return dpadded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]


@misconception(
    "max_pool2d_backward",
    section="pooling-crop",
    cites=["https://github.com/tensorflow/tensorflow/issues/10216"],
    message="Your dx lies too far down and to the right by the width of the border. You counted "
    "places in the padded array: row 0 of x is row P there, so the border goes off on all sides.",
)
def border_cut_at_the_end_only(dout, cache):
    windows, _, dpadded = _walk(dout, cache)
    for place, window, into in windows:
        into[_first(window)] += dout[place]
    H, W = cache[0].shape[2:]
    return dpadded[:, :, :H, :W].copy()


# There in the backward pass of padding itself.
@misconception(
    "max_pool2d_backward",
    section="pooling-crop",
    cites=["https://github.com/tinygrad/tinygrad/pull/73"],
    message="Without padding your dx is empty: a slice [P:-P] ends at -0, which is 0, the very "
    "beginning. Cut with [P : P + H], which is right for P = 0 too.",
)
def empty_without_padding(dout, cache):
    windows, _, dpadded = _walk(dout, cache)
    for place, window, into in windows:
        into[_first(window)] += dout[place]
    padding = cache[3]
    return dpadded[:, :, padding:-padding, padding:-padding]


@misconception(
    "max_pool2d_backward",
    section="pooling-stride",
    cites=[
        "https://github.com/devitocodes/joey/pull/5",
        "https://github.com/Kulbear/deep-learning-coursera/pull/34",
    ],
    message="Your backward pass visits other windows than the forward pass: it steps by "
    "kernel_size, not by the stride. Keep the stride in the cache, and use it.",
)
def backward_steps_by_kernel_size(dout, cache):
    x, kernel_size, _, padding = cache
    padded = _border(x, padding, -np.inf)
    dpadded = np.zeros(padded.shape, dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * kernel_size, j * kernel_size
        window = padded[n, c, top : top + kernel_size, left : left + kernel_size]
        if window.size:
            row, column = _first(window)
            dpadded[n, c, top + row, left + column] += dout[n, c, i, j]
    return dpadded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]


# A neighbor: a backward pass that goes by the numbers themselves instead of by a mask.
@misconception(
    "max_pool2d_backward",
    section="pooling-max-dx",
    cites=["https://github.com/BVLC/caffe/pull/162"],
    message="Your gradients are multiplied by the largest number itself. The output moves as much "
    "as that number does, so the factor is 1: mask with True and False, not with the numbers.",
)
def gradient_times_maximum(dout, cache):
    windows, dx, _ = _walk(dout, cache)
    for place, window, into in windows:
        into[_first(window)] += dout[place] * window.max()
    return dx


@misconception(
    "max_pool2d_backward",
    section="pooling-dtype",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your dx is always float64, because np.zeros makes float64 unless told otherwise. Give "
    "it the dtype of dout: float32 stays float32.",
)
def float64_dx(dout, cache):
    windows, dx, _ = _walk(dout.astype(np.float64), cache)
    for place, window, into in windows:
        into[_first(window)] += dout[place]
    return dx


# There in the forward pass of an average.
@misconception(
    "max_pool2d_backward",
    section="pooling-dtype",
    cites=["https://github.com/apache/tvm/issues/3581"],
    message="Your dx takes the dtype of x, so for maps of whole numbers the gradients lose their "
    "fractions when they are stored. Give dx the dtype of dout.",
)
def dx_like_whole_numbers(dout, cache):
    x = cache[0]
    windows, dx, _ = _walk(np.zeros(dout.shape, x.dtype), cache)
    for place, window, into in windows:
        spot = _first(window)
        into[spot] = into[spot] + dout[place]
    return dx
