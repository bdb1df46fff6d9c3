"""Max pooling, average pooling and global average pooling, forward and backward (section 2).

A window of a pooling layer slides over each channel by itself. What lies in the border that
`padding` adds never wins in max pooling, and counts as zeros in average pooling.
"""

import numpy as np

__all__ = [
    "avg_pool2d_backward",
    "avg_pool2d_forward",
    "global_avg_pool2d_backward",
    "global_avg_pool2d_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
]


def max_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
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


def max_pool2d_backward(dout, cache):
    """Send the gradient of the loss back through `max_pool2d_forward`.

    Each window hands its gradient to the number that was its largest. Where several numbers of a
    window are equally large, the first of them gets all of it, row by row from the upper left.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `max_pool2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`; it has the dtype of `dout`.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    x, kernel_size, stride, padding = cache
    N, C, _, _ = x.shape
    H_out, W_out = dout.shape[2:]
    images = np.arange(N)[:, np.newaxis]  # (N, 1)
    channels = np.arange(C)  # (C,)
    # 2. Start from zeros: most numbers were the largest of no window.
    dx = np.zeros(x.shape, dtype=dout.dtype)
    # 3. Visit every window, find its first largest number, and add the window's gradient there.
    for i in range(H_out):
        for j in range(W_out):
            top, left = max(i * stride - padding, 0), max(j * stride - padding, 0)
            bottom = i * stride - padding + kernel_size
            right = j * stride - padding + kernel_size
            window = x[:, :, top:bottom, left:right]  # (N, C, up to K, up to K)
            width = window.shape[3]
            first = window.reshape(N, C, -1).argmax(axis=2)  # (N, C)
            dx[images, channels, top + first // width, left + first % width] += dout[:, :, i, j]
    return dx


def avg_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    """Take the average of every window, in each channel by itself.

    The windows lie as those of `max_pool2d_forward`. A place of a window outside the map counts as
    a zero: every window is divided by the same number of places, K times K.

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
        The average of every window; float32 stays float32, and whole numbers give float64.
    cache : object
        Whatever `avg_pool2d_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have four axes, `kernel_size` or `stride` is less than 1, `padding` is
        negative or more than `kernel_size // 2`, or a window is larger than the padded maps.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 7.0, -1.0, 3.0]]]])
    >>> avg_pool2d_forward(x, 2)[0]
    array([[[[4., 1.]]]])
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
    # 2. Make room for one number for every map and window; an average can have a fraction.
    H_out = (H + 2 * padding - kernel_size) // stride + 1
    W_out = (W + 2 * padding - kernel_size) // stride + 1
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float64
    out = np.empty((N, C, H_out, W_out), dtype=dtype)
    # 3. Visit every window, and average it over all of its places, channel by channel.
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride - padding, j * stride - padding
            rows = slice(max(top, 0), top + kernel_size)
            columns = slice(max(left, 0), left + kernel_size)
            # The zeros of the border add nothing to the sum, but they are counted.
            out[:, :, i, j] = x[:, :, rows, columns].sum(axis=(2, 3)) / kernel_size**2  # (N, C)
    # 4. Keep what the backward pass needs.
    cache = (x.shape, kernel_size, stride, padding)
    return out, cache


def avg_pool2d_backward(dout, cache):
    """Send the gradient of the loss back through `avg_pool2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `avg_pool2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`; it has the dtype of `dout`.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    x_shape, kernel_size, stride, padding = cache
    H_out, W_out = dout.shape[2:]
    # 2. Work out the share of a window's gradient that each of its places gets.
    share = dout / kernel_size**2  # (N, C, H_out, W_out)
    # 3. Start from zeros; visit every window, and add its share to each of its places on the map.
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride - padding, j * stride - padding
            rows = slice(max(top, 0), top + kernel_size)
            columns = slice(max(left, 0), left + kernel_size)
            dx[:, :, rows, columns] += share[:, :, i : i + 1, j : j + 1]  # (N, C, 1, 1)
    return dx


def global_avg_pool2d_forward(x):
    """Average each map as a whole: one number for every image and channel.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of C maps. It is not changed.

    Returns
    -------
    out : ndarray, shape (N, C)
        The average of every map; float32 stays float32, and whole numbers give float64.
    cache : object
        Whatever `global_avg_pool2d_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have four axes, or its maps hold no numbers.
        The message says what was expected and what came.
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 4 or x.shape[2] * x.shape[3] == 0:
        raise ValueError(f"expected x (N, C, H, W), H and W at least 1, got x.shape={x.shape}")
    # 2. Average over all rows and columns.
    out = x.mean(axis=(2, 3))  # (N, C)
    # 3. Keep what the backward pass needs.
    cache = x.shape
    return out, cache


def global_avg_pool2d_backward(dout, cache):
    """Send the gradient of the loss back through `global_avg_pool2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `global_avg_pool2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`; it has the dtype of `dout`.
    """
    # 1. Take out the sizes that the forward pass kept.
    N, C, H, W = cache
    # 2. Work out the share of a map's gradient that each of its places gets.
    share = dout / (H * W)  # (N, C)
    # 3. Give every place of a map the same share.
    dx = np.empty((N, C, H, W), dtype=dout.dtype)
    dx[:] = share[:, :, np.newaxis, np.newaxis]  # (N, C, 1, 1)
    return dx
