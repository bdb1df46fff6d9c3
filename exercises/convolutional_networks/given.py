"""Layers of earlier chapters, for the exercise 'Convolutional networks'.

Call them as given.<name>(...).
This file is made by `autograder build`: what you change here is not graded.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = [
    "conv2d_backward",
    "conv2d_forward",
    "linear_backward",
    "linear_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
    "relu_backward",
    "relu_forward",
]


def linear_forward(x, weight, bias):
    """Apply a linear layer, also called fully connected, to a batch of vectors.

    out[n, j] is the dot product of row n of `x` with column j of `weight`, plus bias[j].

    Parameters
    ----------
    x : ndarray, shape (N, D_in)
        A batch of N vectors. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (D_in, D_out)
        One column of weights for each output.
    bias : ndarray, shape (D_out,)
        One number for each output.

    Returns
    -------
    out : ndarray, shape (N, D_out)
        One vector for each vector of the batch; float32 stays float32.
    cache : object
        Whatever `linear_backward` needs.

    Raises
    ------
    ValueError
        If `x` or `weight` does not have two axes, if the vectors of `x` are not as long as the
        columns of `weight`, or if `bias` does not hold one number for each output.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[1.0, 2.0, 3.0]])
    >>> weight = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    >>> out, cache = linear_forward(x, weight, np.array([10.0, 20.0]))
    >>> out
    array([[14., 19.]])
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 2 or weight.ndim != 2:
        raise ValueError(
            f"expected x (N, D_in) and weight (D_in, D_out), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    D_in, D_out = weight.shape
    if x.shape[1] != D_in:
        raise ValueError(
            f"weight has D_in={D_in} but x has vectors of {x.shape[1]} numbers (x.shape={x.shape})"
        )
    if bias.shape != (D_out,):
        raise ValueError(
            f"expected bias.shape=({D_out},), one number for each output, got {bias.shape}"
        )
    # 2. Multiply each vector with the weights, and add the bias to each.
    out = x @ weight + bias  # (N, D_in) @ (D_in, D_out) + (D_out,) -> (N, D_out)
    # 3. Keep what the backward pass needs.
    cache = (x, weight)
    return out, cache


def linear_backward(dout, cache):
    """Send the gradient of the loss back through `linear_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, D_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `linear_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, D_in)
        The gradient with respect to `x`.
    dweight : ndarray, shape (D_in, D_out)
        The gradient with respect to `weight`, summed over the batch.
    dbias : ndarray, shape (D_out,)
        The gradient with respect to `bias`, summed over the batch.
    """
    # 1. Take out what the forward pass kept.
    x, weight = cache
    # 2. dbias: a bias was added to its output for every vector of the batch.
    dbias = dout.sum(axis=0)  # (D_out,)
    # 3. dweight: a weight met one number of each vector.
    dweight = x.T @ dout  # (D_in, N) @ (N, D_out) -> (D_in, D_out)
    # 4. dx: a number of x met one weight for each output.
    dx = dout @ weight.T  # (N, D_out) @ (D_out, D_in) -> (N, D_in)
    # 5. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias


def relu_forward(x):
    """Replace every negative number by 0, and leave the others as they are.

    Parameters
    ----------
    x : ndarray, any shape
        It is not changed.

    Returns
    -------
    out : ndarray, shape of x
        The larger of 0 and each number of `x`; float32 stays float32.
    cache : object
        Whatever `relu_backward` needs.

    Examples
    --------
    >>> out, cache = relu_forward(np.array([-2.0, 0.0, 3.0]))
    >>> out
    array([0., 0., 3.])
    """
    # 1. Compare each number with 0.
    out = np.maximum(x, 0)
    # 2. Keep what the backward pass needs.
    cache = x
    return out, cache


def relu_backward(dout, cache):
    """Send the gradient of the loss back through `relu_forward`.

    Parameters
    ----------
    dout : ndarray, shape of x
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `relu_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape of x
        The gradient with respect to `x`. Where a number of `x` is exactly 0, it is 0.
    """
    # 1. Take out what the forward pass kept.
    x = cache
    # 2. Let the gradient through where the forward pass let the number through.
    return dout * (x > 0)  # shape of x


def _padding_pad2d_forward(x, padding):
    """Put a border of zeros around every channel of every image.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of images. It is not changed.
    padding : int
        How many rows or columns of zeros go on **each** of the four sides; 0 adds none.

    Returns
    -------
    out : ndarray, shape (N, C, H + 2 * padding, W + 2 * padding)
        The padded images, of the type of `x`.
    cache : object
        Whatever `pad2d_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have four axes, or `padding` is negative.
        The message says what was expected and what came.
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 4:
        raise ValueError(f"expected x (N, C, H, W), got x.shape={x.shape}")
    if padding < 0:
        raise ValueError(f"expected a padding of at least 0, got padding={padding}")
    N, C, H, W = x.shape
    # 2. Make an array of zeros that has room for the images and for the border.
    out = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    # 3. Put the images into its middle.
    out[:, :, padding : padding + H, padding : padding + W] = x
    # 4. Keep what the backward pass needs.
    cache = (H, W, padding)
    return out, cache


def _stride_conv_output_size(size, kernel_size, *, stride=1, padding=0):
    """Count the places of a filter along one axis.

    The filter begins at the padded image's first row, steps `stride` rows at a time, and never
    leaves the padded image. Rows at the end that no whole step reaches are not visited.

    Parameters
    ----------
    size : int
        The number of rows, or of columns, of the image, without its border.
    kernel_size : int
        The number of rows, or of columns, of the filter, at least 1.
    stride : int, optional
        The step S from one place to the next, at least 1.
    padding : int, optional
        How many rows or columns of zeros go on **each** side of the image, at least 0.

    Returns
    -------
    places : int
        The number of rows, or of columns, of the output.

    Raises
    ------
    ValueError
        If `size`, `kernel_size` or `stride` is less than 1, if `padding` is negative, or if the
        filter is larger than the padded image.
        The message says what was expected and what came.

    Examples
    --------
    >>> conv_output_size(7, 3)
    5
    >>> conv_output_size(7, 3, stride=2)
    3
    """
    # 1. Refuse what is no size, no step or no border.
    if size < 1 or kernel_size < 1 or stride < 1:
        raise ValueError(
            f"expected size, kernel_size and stride of at least 1, "
            f"got size={size}, kernel_size={kernel_size} and stride={stride}"
        )
    if padding < 0:
        raise ValueError(f"expected a padding of at least 0, got padding={padding}")
    # 2. Count the rows that the filter can move on from its first place; refuse one too large.
    room = size + 2 * padding - kernel_size
    if room < 0:
        raise ValueError(
            f"expected a kernel_size of at most {size + 2 * padding} (size={size}, "
            f"padding={padding}), got kernel_size={kernel_size}"
        )
    # 3. Count the whole steps in that room, and the first place.
    return int(room // stride) + 1


def _stride_conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    """Convolve a batch of padded images with a bank of filters, in steps of `stride`.

    A border of `padding` zeros is put around the images first. out[n, c, i, j] is then the dot
    product of filter c with the patch of the padded image n whose upper left corner is
    (i * stride, j * stride), over all input channels, plus bias[c].

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    stride : int, optional
        The step S from one place to the next, down and to the right.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    out : ndarray, shape (N, C_out, H_out, W_out)
        One activation map for every image and filter; float32 stays float32. H_out and W_out are
        what `conv_output_size` gives for height and width.
    cache : object
        Whatever `conv2d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if `x` or `weight` does not have four axes, or if `conv_output_size` refuses the
        sizes. The message says what was expected and what came.
    """
    # 1. Read the sizes, and refuse arrays that do not fit together.
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(
            f"expected x (N, C_in, H, W) and weight (C_out, C_in, kH, kW), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C_in, H, W = x.shape
    C_out, weight_C_in, kH, kW = weight.shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight has C_in={weight_C_in} but x has {C_in} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    # 2. Count the places in rows and in columns, which refuses sizes that do not fit.
    H_out = _stride_conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = _stride_conv_output_size(W, kW, stride=stride, padding=padding)
    # 3. Pad the images.
    padded, pad_cache = _padding_pad2d_forward(x, padding)  # (N, C_in, H + 2P, W + 2P)
    # 4. Visit every place: multiply its patch by each filter; sum over channels, rows, columns.
    out = np.empty((N, C_out, H_out, W_out), dtype=np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            patch = padded[:, :, top : top + kH, left : left + kW]  # (N, C_in, kH, kW)
            out[:, :, i, j] = np.tensordot(patch, weight, axes=([1, 2, 3], [1, 2, 3]))  # (N, C_out)
    # 5. Add each filter's bias to its own activation map.
    out += bias[:, np.newaxis, np.newaxis]  # (C_out, 1, 1) against (N, C_out, H_out, W_out)
    # 6. Keep what the backward pass needs.
    cache = (padded, weight, stride, pad_cache)
    return out, cache


def _pooling_max_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    """Take the largest number of every window, in each channel by itself.

    The windows are square. Their upper left corners lie `stride` rows and columns apart, and the
    first one lies `padding` rows above and `padding` columns left of the map's upper left corner.
    A place of a window outside the map counts as minus infinity: it is never the largest.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of C maps. It is not changed.
    kernel_size : int
        The height and the width K of a window.
    stride : int, optional
        The step S from one window to the next, down and to the right; None means `kernel_size`.
    padding : int, optional
        The width P of the border on each of the four sides, at most `kernel_size // 2`.

    Returns
    -------
    out : ndarray, shape (N, C, (H + 2P - K) // S + 1, (W + 2P - K) // S + 1)
        The largest number of every window; it has the dtype of `x`, whole numbers too.
    cache : object
        Whatever `max_pool2d_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have four axes, `kernel_size` or `stride` is less than 1, `padding` is
        negative or more than `kernel_size // 2`, or a window is larger than the padded maps.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, -1.0, 2.0]]]])
    >>> max_pool2d_forward(x, 2)[0]
    array([[[[5., 2.]]]])
    >>> max_pool2d_forward(x, 2, stride=1)[0]
    array([[[[5., 5., 2.]]]])
    """
    # 1. Read the sizes, fill in the stride, and refuse what does not fit.
    if x.ndim != 4:
        raise ValueError(f"expected x (N, C, H, W), got x.shape={x.shape}")
    N, C, H, W = x.shape
    if stride is None:
        stride = kernel_size
    if kernel_size < 1 or stride < 1:
        raise ValueError(
            f"expected kernel_size and stride of at least 1, "
            f"got kernel_size={kernel_size} and stride={stride}"
        )
    if padding < 0 or padding > kernel_size // 2:
        raise ValueError(
            f"expected padding from 0 to {kernel_size // 2}, half of kernel_size={kernel_size}, "
            f"got padding={padding}"
        )
    if kernel_size > min(H, W) + 2 * padding:
        raise ValueError(
            f"expected kernel_size of at most {min(H, W) + 2 * padding} "
            f"(x.shape={x.shape}, padding={padding}), got kernel_size={kernel_size}"
        )
    # 2. Make room for one number for every map and window.
    H_out = (H + 2 * padding - kernel_size) // stride + 1
    W_out = (W + 2 * padding - kernel_size) // stride + 1
    out = np.empty((N, C, H_out, W_out), dtype=x.dtype)
    # 3. Visit every window: of what the map has there, keep the largest number of each channel.
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride - padding, j * stride - padding
            rows = slice(max(top, 0), top + kernel_size)
            columns = slice(max(left, 0), left + kernel_size)
            out[:, :, i, j] = x[:, :, rows, columns].max(axis=(2, 3))  # (N, C)
    # 4. Keep what the backward pass needs.
    cache = (x, kernel_size, stride, padding)
    return out, cache


_BLOCK_BYTES = 2**20


def conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    """Convolve a batch of padded images with a bank of filters, in steps of `stride`.

    The patches of each image are the columns of a matrix, the filters the rows of another, and
    their product is the output.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    stride : int, optional
        The step from one place to the next, down and to the right.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    out : ndarray, shape (N, C_out, H_out, W_out)
        One activation map for every image and filter; float32 stays float32.
    cache : object
        Whatever `conv2d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, or if other sizes do not fit together. The message says what was expected and what
        came.

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d_forward(x, np.ones((1, 1, 2, 2)), np.zeros(1))[0]
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    fits = x.ndim == weight.ndim == 4 and weight.shape[:2] == (*bias.shape, x.shape[1])
    if not fits:
        return _stride_conv2d_forward(x, weight, bias, stride=stride, padding=padding)
    N, C_in, H, W = x.shape
    C_out, _, kH, kW = weight.shape
    H_out = _stride_conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = _stride_conv_output_size(W, kW, stride=stride, padding=padding)
    # (N, C_in, H + 2P, W + 2P), a copy: the backward pass reads it, whatever becomes of x.
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows = weight.reshape(C_out, C_in * kH * kW)  # a filter in each row
    out = np.empty((N, C_out, H_out * W_out), dtype=np.result_type(x, weight, bias))
    for block, cols in _blocks_of_columns(padded, (kH, kW), stride):  # (n, C_in kH kW, H_out W_out)
        np.matmul(rows, cols, out=out[block])  # (n, C_out, H_out W_out)
    out += bias[:, np.newaxis]
    return out.reshape(N, C_out, H_out, W_out), (padded, weight, stride, padding)


def conv2d_backward(dout, cache):
    """Send the gradient of the loss back through `conv2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `conv2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, H, W)
        The gradient with respect to `x`.
    dweight : ndarray, shape (C_out, C_in, kH, kW)
        The gradient with respect to `weight`, summed over the batch.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch.
    """
    padded, weight, stride, padding = cache
    N, C_out, H_out, W_out = dout.shape
    C_in, kH, kW = weight.shape[1:]
    grad = dout.reshape(N, C_out, H_out * W_out)  # one axis of places
    rows = weight.reshape(C_out, C_in * kH * kW)
    drows = np.zeros(rows.shape, dtype=np.result_type(padded, dout))
    dpadded = np.zeros(padded.shape, dtype=np.result_type(weight, dout))
    for block, cols in _blocks_of_columns(padded, (kH, kW), stride):
        # An image's (C_out, places) times (places, C_in kH kW), summed over the images.
        drows += np.matmul(grad[block], cols.transpose(0, 2, 1)).sum(axis=0)
        dcols = np.matmul(rows.T, grad[block]).reshape(len(cols), C_in, kH, kW, H_out, W_out)
        # Back to the patches. Patches overlap, but what lies at one position (u, v) of all patches
        # does not: so an addition for each position, and not one for each place.
        for u in range(kH):
            for v in range(kW):
                places = dpadded[block, :, u:, v:][:, :, ::stride, ::stride]
                places[:, :, :H_out, :W_out] += dcols[:, :, u, v]  # (n, C_in, H_out, W_out)
    H, W = padded.shape[2] - 2 * padding, padded.shape[3] - 2 * padding
    dx = dpadded[:, :, padding : padding + H, padding : padding + W]  # the border is cut off
    return dx, drows.reshape(weight.shape), dout.sum(axis=(0, 2, 3))


def _blocks_of_columns(padded, kernel_size, stride):
    """Yield a slice of the batch, and the patches of its images as columns, block by block.

    The columns are (n, C_in kH kW, H_out W_out), ordered as `weight.reshape` orders a filter.
    """
    windows = sliding_window_view(padded, kernel_size, axis=(2, 3))[:, :, ::stride, ::stride]
    windows = windows.transpose(0, 1, 4, 5, 2, 3)  # (N, C_in, kH, kW, H_out, W_out)
    N, C_in, kH, kW, H_out, W_out = windows.shape
    # Sizes in full: -1 could not be worked out for a batch without images.
    rows, places = C_in * kH * kW, H_out * W_out
    step = max(1, _BLOCK_BYTES // max(1, rows * places * padded.itemsize))
    for start in range(0, N, step):
        block = slice(start, min(start + step, N))
        # The windows are a view that repeats each pixel up to kH kW times; this copies it out, in
        # one go. Where there is nothing to repeat it is no copy: so nobody may write to it.
        yield block, windows[block].reshape(block.stop - start, rows, places)


def max_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    """Take the largest number of every window, in each channel by itself.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of C maps. It is not changed, and has to stay as it is until the
        backward pass is done.
    kernel_size : int
        The height and the width K of a window.
    stride : int, optional
        The step S from one window to the next, down and to the right; None means `kernel_size`.
    padding : int, optional
        The width P of the border on each of the four sides, at most `kernel_size // 2`.

    Returns
    -------
    out : ndarray, shape (N, C, (H + 2P - K) // S + 1, (W + 2P - K) // S + 1)
        The largest number of every window; it has the dtype of `x`, whole numbers too.
    cache : object
        Whatever `max_pool2d_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have four axes, or the window does not fit. The message says what was
        expected and what came.

    Examples
    --------
    >>> x = np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, -1.0, 2.0]]]])
    >>> max_pool2d_forward(x, 2)[0]
    array([[[[5., 2.]]]])
    """
    step = kernel_size if stride is None else stride
    fits = x.ndim == 4 and min(kernel_size, step) >= 1 and 0 <= padding <= kernel_size // 2
    if not fits or kernel_size > min(x.shape[2:]) + 2 * padding:
        return _pooling_max_pool2d_forward(x, kernel_size, stride=stride, padding=padding)
    out = _largest(x, kernel_size, step, padding)
    return out, (x, kernel_size, step, padding)


def max_pool2d_backward(dout, cache):
    """Send the gradient of the loss back through `max_pool2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `max_pool2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`; the first of equally large numbers gets all of it.
    """
    x, kernel_size, stride, padding = cache
    # Found again, not kept: the caller may have written into the output meanwhile.
    largest = _largest(x, kernel_size, stride, padding)
    waiting = np.ones(dout.shape, dtype=bool)  # windows that have not met their largest number
    dx = np.zeros(x.shape, dtype=dout.dtype)
    for there, seen in _positions(x.shape, kernel_size, stride, padding):
        hit = (x[there] == largest[seen]) & waiting[seen]
        waiting[seen] ^= hit
        dx[there] += dout[seen] * hit
    return dx


def _largest(x, kernel_size, stride, padding):
    """Return the largest number of every window: an array for each position, not for each place."""
    N, C, H, W = x.shape
    H_out = (H + 2 * padding - kernel_size) // stride + 1
    W_out = (W + 2 * padding - kernel_size) // stride + 1
    lowest = -np.inf if np.issubdtype(x.dtype, np.inexact) else np.iinfo(x.dtype).min
    out = np.full((N, C, H_out, W_out), lowest, dtype=x.dtype)
    for there, seen in _positions(x.shape, kernel_size, stride, padding):
        np.maximum(out[seen], x[there], out=out[seen])
    return out


def _positions(x_shape, kernel_size, stride, padding):
    """Yield, for each position within a window, where it lies in the maps and in the output.

    Of the windows, only those are meant in which that position lies on the map: so the border
    need not exist, and never wins.
    """
    axes = []
    for size in x_shape[2:]:
        places = (size + 2 * padding - kernel_size) // stride + 1
        axis = []
        for u in range(kernel_size):
            # The first window and the one after the last for which 0 <= i S + u - P < size.
            first = max(0, -((u - padding) // stride))
            last = min(places, (size - 1 - u + padding) // stride + 1)
            begin = first * stride + u - padding
            if first < last:
                there = slice(begin, begin + (last - first - 1) * stride + 1, stride)
                axis.append((there, slice(first, last)))
        axes.append(axis)
    for rows, rows_out in axes[0]:
        for columns, columns_out in axes[1]:
            yield (..., rows, columns), (..., rows_out, columns_out)
