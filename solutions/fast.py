"""Convolution, max pooling and batch normalization for speed: what training and experiments use.

The graded layers are written to be read. These give the same results from the same arguments, and
take the time that matrix products and passes over whole arrays take. Nobody is asked to write
them, so here the tricks are explained instead. What does not fit together is handed to the graded
layer, which knows best what is wrong with it.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from solutions.batch_norm_conv import batch_norm2d_forward as graded_batch_norm2d
from solutions.pooling import max_pool2d_forward as graded_max_pool2d
from solutions.stride import conv2d_forward as graded_conv2d
from solutions.stride import conv_output_size

__all__ = [
    "batch_norm2d_backward",
    "batch_norm2d_forward",
    "conv2d_backward",
    "conv2d_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
]

# Columns of about this many bytes are made at a time. They are used at once and made again in the
# backward pass: to copy what lies in the processor's cache is cheaper than to fetch a whole
# batch's columns from memory.
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
        return graded_conv2d(x, weight, bias, stride=stride, padding=padding)
    N, C_in, H, W = x.shape
    C_out, _, kH, kW = weight.shape
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
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
        return graded_max_pool2d(x, kernel_size, stride=stride, padding=padding)
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


def batch_norm2d_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    """Normalize every channel over batch and space, then scale and shift it.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of C maps. It is not changed, and neither are the other arguments.
    gamma : ndarray, shape (C,)
        The scale of every channel.
    beta : ndarray, shape (C,)
        The shift of every channel.
    running_mean : ndarray, shape (C,)
        The running average of the means of earlier batches.
    running_var : ndarray, shape (C,)
        The running average of their variances.
    training : bool
        True in training, False at test time.
    momentum : float, optional
        The share of the batch in the new running average, from 0 to 1.
    eps : float, optional
        Added to the variance inside the root, in both modes.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        The normalized, scaled and shifted batch; float32 stays float32, and whole numbers give
        float64.
    cache : object
        Whatever `batch_norm2d_backward` needs.
    running_mean : ndarray, shape (C,)
        In training a new array, the average with this batch in it; else what came.
    running_var : ndarray, shape (C,)
        The same for the variance.

    Raises
    ------
    ValueError
        If the arrays do not fit together, or a channel holds one number in training. The message
        says what was expected and what came.
    """
    vectors = (gamma, beta, running_mean, running_var)
    fits = x.ndim == 4 and x.size > 0 and all(each.shape == x.shape[1:2] for each in vectors)
    if not fits or (training and x.size == x.shape[1]):
        return graded_batch_norm2d(x, *vectors, training=training, momentum=momentum, eps=eps)
    N, C, H, W = x.shape
    mean = x.mean(axis=(0, 2, 3)) if training else running_mean  # (C,)
    # An array of our own, (N, C, H, W): what follows is done in place.
    x_hat = x - mean.reshape(C, 1, 1)
    if training:
        var = _dot(x_hat, x_hat) / (N * H * W)  # (C,)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var
    else:
        var = running_var
    std = np.sqrt(var + eps)
    if np.result_type(x_hat, std) == x_hat.dtype:
        x_hat /= std.reshape(C, 1, 1)
    else:  # float32 images and float64 averages
        x_hat = x_hat / std.reshape(C, 1, 1)
    out = np.empty(x.shape, dtype=np.result_type(x_hat, gamma, beta))
    np.multiply(x_hat, gamma.reshape(C, 1, 1), out=out)
    out += beta.reshape(C, 1, 1)
    return out, (training, x_hat, gamma, std), running_mean, running_var


def batch_norm2d_backward(dout, cache):
    """Send the gradient of the loss back through `batch_norm2d_forward`, in the mode it ran in.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `batch_norm2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`.
    dgamma : ndarray, shape (C,)
        The gradient with respect to `gamma`, summed over batch and space.
    dbeta : ndarray, shape (C,)
        The gradient with respect to `beta`, summed over batch and space.
    """
    training, x_hat, gamma, std = cache
    N, C, H, W = dout.shape
    M = N * H * W
    dbeta = dout.sum(axis=(0, 2, 3))  # (C,)
    dgamma = _dot(dout, x_hat)  # (C,)
    scale = (gamma / std).reshape(C, 1, 1)
    if not training:
        return scale * dout, dgamma, dbeta
    # The compact form, dx = scale (dout - (dbeta + dgamma x_hat) / M), in place on one new array.
    dx = np.empty(x_hat.shape, dtype=np.result_type(x_hat, dout, scale))
    np.multiply(x_hat, (-dgamma / M).reshape(C, 1, 1), out=dx)
    dx += dout
    dx -= (dbeta / M).reshape(C, 1, 1)
    dx *= scale
    return dx, dgamma, dbeta


def _dot(a, b):
    """Add up the products of two batches of maps, channel by channel, without an array of them."""
    N, C, H, W = a.shape
    return np.vecdot(a.reshape(N, C, H * W), b.reshape(N, C, H * W)).sum(axis=0)  # (N, C) -> (C,)
