"""Padding: why feature maps shrink, and a border of zeros against it (the notes' section 1.2.2).

A layer of K x K filters leaves W - K + 1 of W rows and columns. A border of P zeros on every side
makes that W - K + 1 + 2P, and P = (K - 1) / 2 keeps the size.
"""

import numpy as np

__all__ = [
    "conv2d_backward",
    "conv2d_forward",
    "max_conv_layers",
    "pad2d_backward",
    "pad2d_forward",
    "same_padding",
]


def max_conv_layers(size, kernel_size):
    """Count how many layers without padding fit on top of each other.

    Layer follows layer until the map is smaller than the filter.

    Parameters
    ----------
    size : int
        Height and width of the input, at least 1.
    kernel_size : int
        Height and width of every filter, at least 2: a filter of 1 x 1 never shrinks its map, so
        that there would be no end.

    Returns
    -------
    layers : int
        The number of layers; 0 where not even the first filter fits.

    Raises
    ------
    ValueError
        If `size` is below 1 or `kernel_size` is below 2.
        The message says what was expected and what came.

    Examples
    --------
    >>> max_conv_layers(7, 3)
    3
    """
    # 1. Refuse sizes for which there is no answer.
    if size < 1:
        raise ValueError(f"expected a size of at least 1, got size={size}")
    if kernel_size < 2:
        raise ValueError(f"expected a kernel_size of at least 2, got kernel_size={kernel_size}")
    # 2. As long as the filter fits, add a layer and shrink the map.
    layers = 0
    while size >= kernel_size:
        size = size - kernel_size + 1
        layers += 1
    return layers


def same_padding(kernel_size):
    """Find the padding that keeps height and width as they are.

    Parameters
    ----------
    kernel_size : int
        Height and width of the filter: 1, 3, 5, ...

    Returns
    -------
    padding : int
        How many zeros to put on **each** side.

    Raises
    ------
    ValueError
        If `kernel_size` is below 1, or even: then no padding that is alike on both sides keeps the
        size. The message says what was expected and what came.

    Examples
    --------
    >>> same_padding(3)
    1
    """
    # 1. Refuse what has no such padding.
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(
            f"expected an odd kernel_size of at least 1, got kernel_size={kernel_size}"
        )
    # 2. Share out evenly what the layer takes away.
    return (kernel_size - 1) // 2


def pad2d_forward(x, padding):
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


def pad2d_backward(dout, cache):
    """Send the gradient of the loss back through `pad2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H + 2 * padding, W + 2 * padding)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `pad2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`.
    """
    # 1. Take out what the forward pass kept.
    H, W, padding = cache
    # 2. Return the part of dout that belongs to the images.
    return dout[:, :, padding : padding + H, padding : padding + W].copy()  # (N, C, H, W)


def conv2d_forward(x, weight, bias, *, padding=0):
    """Convolve a batch of padded images with a bank of filters; stride 1.

    A border of `padding` zeros is put around the images first. out[n, c, i, j] is then the dot
    product of filter c with the patch of the padded image n whose upper left corner is (i, j), over
    all input channels, plus bias[c].

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    out : ndarray, shape (N, C_out, H - kH + 1 + 2 * padding, W - kW + 1 + 2 * padding)
        One activation map for every image and filter; float32 stays float32.
    cache : object
        Whatever `conv2d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if `padding` is negative, if the filters are larger than the **padded** images, or
        if `x` or `weight` does not have four axes.
        The message says what was expected and what came.
    """
    # 1. Refuse arrays that do not fit together.
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(
            f"expected x (N, C_in, H, W) and weight (C_out, C_in, kH, kW), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C_in = x.shape[:2]
    C_out, weight_C_in, kH, kW = weight.shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight has C_in={weight_C_in} but x has {C_in} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    # 2. Pad the images.
    padded, pad_cache = pad2d_forward(x, padding)
    # 3. Read the padded sizes, and refuse filters that are larger.
    H_padded, W_padded = padded.shape[2:]
    if kH > H_padded or kW > W_padded:
        raise ValueError(
            f"expected filters of at most {H_padded} x {W_padded} (x.shape={x.shape}, "
            f"padding={padding}), got kH={kH} and kW={kW}"
        )
    # 4. Visit every place: multiply the patch by each filter, and sum over channels, rows, columns.
    H_out, W_out = H_padded - kH + 1, W_padded - kW + 1
    out = np.empty((N, C_out, H_out, W_out), dtype=np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            patch = padded[:, :, i : i + kH, j : j + kW]  # (N, C_in, kH, kW)
            out[:, :, i, j] = np.tensordot(patch, weight, axes=([1, 2, 3], [1, 2, 3]))  # (N, C_out)
    # 5. Add each filter's bias to its own activation map.
    out += bias[:, np.newaxis, np.newaxis]  # (C_out, 1, 1) against (N, C_out, H_out, W_out)
    # 6. Keep what the backward pass needs.
    cache = (padded, weight, pad_cache)
    return out, cache


def conv2d_backward(dout, cache):
    """Send the gradient of the loss back through `conv2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H - kH + 1 + 2 * padding, W - kW + 1 + 2 * padding)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `conv2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, H, W)
        The gradient with respect to `x`, which had no border.
    dweight : ndarray, shape (C_out, C_in, kH, kW)
        The gradient with respect to `weight`, summed over the batch.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    padded, weight, pad_cache = cache
    kH, kW = weight.shape[2:]
    H_out, W_out = dout.shape[2:]
    # 2. dbias: collect from every image and every place.
    dbias = np.sum(dout, axis=(0, 2, 3))  # (C_out,)
    # 3. dweight: start from zeros; at every place add (gradient there) x (patch seen there).
    dweight = np.zeros(weight.shape, dtype=np.result_type(padded, dout))
    # 4. The padded images' gradient: at every place add (gradient there) x (filter) to the patch.
    dpadded = np.zeros(padded.shape, dtype=np.result_type(weight, dout))
    for i in range(H_out):
        for j in range(W_out):
            grad = dout[:, :, i, j]  # (N, C_out)
            patch = padded[:, :, i : i + kH, j : j + kW]  # (N, C_in, kH, kW)
            dweight += np.tensordot(grad, patch, axes=(0, 0))  # (C_out, C_in, kH, kW)
            dpadded[:, :, i : i + kH, j : j + kW] += np.tensordot(grad, weight, axes=(1, 0))
    # 5. dx: send that gradient back through the padding.
    dx = pad2d_backward(dpadded, pad_cache)  # (N, C_in, H, W)
    # 6. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias
