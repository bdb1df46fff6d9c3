"""Other convolutions: 1 x 1, 1D, 3D; dilated, depthwise and transposed (the notes' section 1.2.5).

All of them are the convolution of the earlier chapters with another choice of axes, filters or
places. Filters are not flipped. `stride`, `padding` and `dilation` are the same on every axis.
"""

import numpy as np

from solutions import given_for

__all__ = [
    "conv1d_backward",
    "conv1d_forward",
    "conv1x1_backward",
    "conv1x1_forward",
    "conv3d_backward",
    "conv3d_forward",
    "conv_transpose2d_forward",
    "depthwise_conv2d_backward",
    "depthwise_conv2d_forward",
    "dilated_conv2d_backward",
    "dilated_conv2d_forward",
]

given = given_for(__file__)


def conv1x1_forward(x, weight, bias):
    """Apply one linear layer to the channels at every place of every image.

    out[n, c, i, j] is the dot product of weight[c] with the C_in numbers of image n at the place
    (i, j), plus bias[c]. No place knows of another one.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in)
        C_out filters of 1 x 1: one number for each channel.
    bias : ndarray, shape (C_out,)
        One number for each filter.

    Returns
    -------
    out : ndarray, shape (N, C_out, H, W)
        One map for every image and filter; float32 stays float32.
    cache : object
        Whatever `conv1x1_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if `x` does not have four axes, or if `weight` does not have two.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 5.0]).reshape(1, 3, 1, 1)
    >>> weight = np.array([[1.0, 1.0, 1.0], [0.0, -1.0, 1.0]])
    >>> conv1x1_forward(x, weight, np.zeros(2))[0].ravel()
    array([8., 3.])
    """
    # 1. Refuse what does not fit.
    if x.ndim != 4 or weight.ndim != 2:
        raise ValueError(
            f"expected x (N, C_in, H, W) and weight (C_out, C_in), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    C_out, C_in = weight.shape
    if x.shape[1] != C_in:
        raise ValueError(
            f"weight has C_in={C_in} but x has {x.shape[1]} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    # 2. At every place: the dot product of its channels with each filter.
    pixels = np.moveaxis(x, 1, -1)  # (N, H, W, C_in)
    maps = np.moveaxis(pixels @ weight.T, -1, 1)  # (N, C_out, H, W)
    # 3. Add each filter's bias to its own map.
    out = maps + bias[:, np.newaxis, np.newaxis]  # (C_out, 1, 1) against (N, C_out, H, W)
    # 4. Keep what the backward pass needs.
    cache = (x, weight)
    return out, cache


def conv1x1_backward(dout, cache):
    """Send the gradient of the loss back through `conv1x1_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H, W)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `conv1x1_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, H, W)
        The gradient with respect to `x`.
    dweight : ndarray, shape (C_out, C_in)
        The gradient with respect to `weight`, summed over the batch and over all places.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch and over all places.
    """
    # 1. Take out what the forward pass kept.
    x, weight = cache
    # 2. dbias: collect from every image and every place.
    dbias = np.sum(dout, axis=(0, 2, 3))  # (C_out,)
    # 3. dweight: (gradient there) x (channels there), summed over every image and every place.
    dweight = np.tensordot(dout, x, axes=([0, 2, 3], [0, 2, 3]))  # (C_out, C_in)
    # 4. dx: at every place, each channel collects from the filters that it took part in.
    dpixels = np.moveaxis(dout, 1, -1) @ weight  # (N, H, W, C_in)
    dx = np.moveaxis(dpixels, -1, 1)  # (N, C_in, H, W)
    # 5. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias


def conv1d_forward(x, weight, bias, *, stride=1, padding=0):
    """Convolve a batch of rows with a bank of filters.

    A row is a signal of C_in channels and W steps. `padding` zeros are put on each of its two ends
    first. out[n, c, i] is then the dot product of filter c with the piece of the padded row n that
    begins at i * stride, over all channels, plus bias[c].

    Parameters
    ----------
    x : ndarray, shape (N, C_in, W)
        A batch of N rows. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, K)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    stride : int, optional
        How many steps lie between two pieces.
    padding : int, optional
        How many zeros go on each of the two ends.

    Returns
    -------
    out : ndarray, shape (N, C_out, (W + 2 * padding - K) // stride + 1)
        One row for every input row and filter; float32 stays float32.
    cache : object
        Whatever `conv1d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if `stride` is below 1 or `padding` is negative, if the filters are longer than the
        **padded** rows, or if `x` or `weight` does not have three axes.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[[3.0, 1.0, 4.0, 1.0, 5.0]]])
    >>> weight, bias = np.array([[[-1.0, 0.0, 1.0]]]), np.zeros(1)
    >>> conv1d_forward(x, weight, bias)[0]
    array([[[1., 0., 1.]]])
    >>> conv1d_forward(x, weight, bias, stride=2, padding=1)[0]
    array([[[ 1.,  0., -1.]]])
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 3 or weight.ndim != 3:
        raise ValueError(
            f"expected x (N, C_in, W) and weight (C_out, C_in, K), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C_in, W = x.shape
    C_out, weight_C_in, K = weight.shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight has C_in={weight_C_in} but x has {C_in} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    if stride < 1 or padding < 0:
        raise ValueError(
            f"expected a stride of at least 1 and a padding of at least 0, "
            f"got stride={stride} and padding={padding}"
        )
    if W + 2 * padding < K:
        raise ValueError(
            f"expected filters of at most {W + 2 * padding} steps (x.shape={x.shape}, "
            f"padding={padding}), got K={K}"
        )
    # 2. Pad the rows at both ends.
    padded = np.zeros((N, C_in, W + 2 * padding), dtype=x.dtype)
    padded[:, :, padding : padding + W] = x
    # 3. Make room for one number for every row, filter and place.
    W_out = (W + 2 * padding - K) // stride + 1
    out = np.empty((N, C_out, W_out), dtype=np.result_type(x, weight, bias))
    # 4. Visit every place: multiply the piece by each filter, and sum over channels and steps.
    for i in range(W_out):
        left = i * stride
        piece = padded[:, :, left : left + K]  # (N, C_in, K)
        out[:, :, i] = np.tensordot(piece, weight, axes=([1, 2], [1, 2]))  # (N, C_out)
    # 5. Add each filter's bias to its own row.
    out += bias[:, np.newaxis]  # (C_out, 1) against (N, C_out, W_out)
    # 6. Keep what the backward pass needs.
    cache = (padded, weight, stride, padding)
    return out, cache


def conv1d_backward(dout, cache):
    """Send the gradient of the loss back through `conv1d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `conv1d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, W)
        The gradient with respect to `x`, which had no padding.
    dweight : ndarray, shape (C_out, C_in, K)
        The gradient with respect to `weight`, summed over the batch and over all places.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch and over all places.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    padded, weight, stride, padding = cache
    K = weight.shape[2]
    W = padded.shape[2] - 2 * padding
    # 2. dbias: collect from every row and every place.
    dbias = np.sum(dout, axis=(0, 2))  # (C_out,)
    # 3. dweight: start from zeros; at every place add (gradient there) x (piece seen there).
    dweight = np.zeros(weight.shape, dtype=np.result_type(padded, dout))
    # 4. The padded rows' gradient: at every place add (gradient there) x (filter) to the piece.
    dpadded = np.zeros(padded.shape, dtype=np.result_type(weight, dout))
    for i in range(dout.shape[2]):
        left = i * stride
        grad = dout[:, :, i]  # (N, C_out)
        piece = padded[:, :, left : left + K]  # (N, C_in, K)
        dweight += np.tensordot(grad, piece, axes=(0, 0))  # (C_out, C_in, K)
        dpadded[:, :, left : left + K] += np.tensordot(grad, weight, axes=(1, 0))
    # 5. dx: without the padding.
    dx = dpadded[:, :, padding : padding + W]  # (N, C_in, W)
    # 6. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias


def conv3d_forward(x, weight, bias, *, stride=1, padding=0):
    """Convolve a batch of volumes with a bank of filters.

    A volume has a depth, a height and a width: a stack of slices, or the frames of a film.
    `padding` zeros are put on each of its six sides first. out[n, c, d, i, j] is then the dot
    product of filter c with the block of the padded volume n whose first corner is (d * stride,
    i * stride, j * stride), over all channels, plus bias[c].

    Parameters
    ----------
    x : ndarray, shape (N, C_in, D, H, W)
        A batch of N volumes. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kD, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    stride : int, optional
        How many places lie between two blocks, along each of the three axes.
    padding : int, optional
        How many slices of zeros go on each of the six sides.

    Returns
    -------
    out : ndarray, shape (N, C_out, D_out, H_out, W_out)
        One volume for every input volume and filter, with D_out = (D + 2 * padding - kD) // stride
        + 1, and H_out and W_out likewise; float32 stays float32.
    cache : object
        Whatever `conv3d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if `stride` is below 1 or `padding` is negative, if the filters are larger than the
        **padded** volumes along any axis, or if `x` or `weight` does not have five axes.
        The message says what was expected and what came.
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 5 or weight.ndim != 5:
        raise ValueError(
            f"expected x (N, C_in, D, H, W) and weight (C_out, C_in, kD, kH, kW), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C_in, D, H, W = x.shape
    C_out, weight_C_in, kD, kH, kW = weight.shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight has C_in={weight_C_in} but x has {C_in} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    if stride < 1 or padding < 0:
        raise ValueError(
            f"expected a stride of at least 1 and a padding of at least 0, "
            f"got stride={stride} and padding={padding}"
        )
    D_padded, H_padded, W_padded = D + 2 * padding, H + 2 * padding, W + 2 * padding
    if kD > D_padded or kH > H_padded or kW > W_padded:
        raise ValueError(
            f"expected filters of at most {D_padded} x {H_padded} x {W_padded} "
            f"(x.shape={x.shape}, padding={padding}), got kD={kD}, kH={kH} and kW={kW}"
        )
    # 2. Pad the volumes on all six sides.
    padded = np.zeros((N, C_in, D_padded, H_padded, W_padded), dtype=x.dtype)
    inside = [slice(padding, padding + size) for size in (D, H, W)]
    padded[:, :, *inside] = x
    # 3. Make room for one number for every volume, filter and place.
    D_out = (D_padded - kD) // stride + 1
    H_out = (H_padded - kH) // stride + 1
    W_out = (W_padded - kW) // stride + 1
    out = np.empty((N, C_out, D_out, H_out, W_out), dtype=np.result_type(x, weight, bias))
    # 4. Visit every place: multiply the block by each filter, and sum over channels and all three.
    for d, i, j in np.ndindex(D_out, H_out, W_out):
        front, top, left = d * stride, i * stride, j * stride
        block = padded[:, :, front : front + kD, top : top + kH, left : left + kW]
        # (N, C_in, kD, kH, kW) times (C_out, C_in, kD, kH, kW) gives (N, C_out)
        out[:, :, d, i, j] = np.tensordot(block, weight, axes=([1, 2, 3, 4], [1, 2, 3, 4]))
    # 5. Add each filter's bias to its own volume.
    out += bias[:, np.newaxis, np.newaxis, np.newaxis]  # (C_out, 1, 1, 1)
    # 6. Keep what the backward pass needs.
    cache = (padded, weight, stride, padding)
    return out, cache


def conv3d_backward(dout, cache):
    """Send the gradient of the loss back through `conv3d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, D_out, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `conv3d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, D, H, W)
        The gradient with respect to `x`, which had no padding.
    dweight : ndarray, shape (C_out, C_in, kD, kH, kW)
        The gradient with respect to `weight`, summed over the batch and over all places.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch and over all places.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    padded, weight, stride, padding = cache
    kD, kH, kW = weight.shape[2:]
    # 2. dbias: collect from every volume and every place.
    dbias = np.sum(dout, axis=(0, 2, 3, 4))  # (C_out,)
    # 3. dweight: start from zeros; at every place add (gradient there) x (block seen there).
    dweight = np.zeros(weight.shape, dtype=np.result_type(padded, dout))
    # 4. The padded volumes' gradient: at every place add (gradient there) x (filter) to the block.
    dpadded = np.zeros(padded.shape, dtype=np.result_type(weight, dout))
    for d, i, j in np.ndindex(dout.shape[2:]):
        front, top, left = d * stride, i * stride, j * stride
        here = np.s_[:, :, front : front + kD, top : top + kH, left : left + kW]
        grad = dout[:, :, d, i, j]  # (N, C_out)
        dweight += np.tensordot(grad, padded[here], axes=(0, 0))  # (C_out, C_in, kD, kH, kW)
        dpadded[here] += np.tensordot(grad, weight, axes=(1, 0))  # (N, C_in, kD, kH, kW)
    # 5. dx: without the padding.
    inside = [slice(padding, size - padding) for size in padded.shape[2:]]
    dx = dpadded[:, :, *inside]  # (N, C_in, D, H, W)
    # 6. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias


def dilated_conv2d_forward(x, weight, bias, *, stride=1, padding=0, dilation=1):
    """Convolve a batch of images with filters whose taps lie `dilation` places apart.

    A filter of kH rows reaches over dilation * (kH - 1) + 1 rows of the image, and looks at kH of
    them; its columns likewise. `dilation` 1 is the ordinary convolution.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    stride : int, optional
        How many rows or columns lie between the first taps of two neighboring places.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.
    dilation : int, optional
        How many rows or columns lie between two neighboring taps of one filter.

    Returns
    -------
    out : ndarray, shape (N, C_out, H_out, W_out)
        One map for every image and filter, with
        H_out = (H + 2 * padding - dilation * (kH - 1) - 1) // stride + 1, and W_out likewise;
        float32 stays float32.
    cache : object
        Whatever `dilated_conv2d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if `stride` or `dilation` is below 1 or `padding` is negative, if the filters reach
        further than the **padded** images, or if `x` or `weight` does not have four axes.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[[[3.0, 1.0, 4.0, 1.0, 5.0]]]])
    >>> weight, bias = np.array([[[[-1.0, 1.0]]]]), np.zeros(1)
    >>> dilated_conv2d_forward(x, weight, bias, dilation=2)[0]
    array([[[[1., 0., 1.]]]])
    """
    # 1. Read the sizes, and refuse what does not fit.
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
    if stride < 1 or dilation < 1:
        raise ValueError(
            f"expected a stride and a dilation of at least 1, "
            f"got stride={stride} and dilation={dilation}"
        )
    # 2. Pad the images. (given.pad2d_forward refuses a negative padding.)
    padded, pad_cache = given.pad2d_forward(x, padding)
    H_padded, W_padded = padded.shape[2:]
    # 3. Work out how far a filter reaches, and refuse one that reaches too far.
    reach_H, reach_W = dilation * (kH - 1) + 1, dilation * (kW - 1) + 1
    if reach_H > H_padded or reach_W > W_padded:
        raise ValueError(
            f"expected filters that reach over at most {H_padded} x {W_padded} "
            f"(x.shape={x.shape}, padding={padding}), got {reach_H} x {reach_W} "
            f"from kH={kH}, kW={kW} and dilation={dilation}"
        )
    # 4. Make room for one number for every image, filter and place.
    H_out, W_out = (H_padded - reach_H) // stride + 1, (W_padded - reach_W) // stride + 1
    out = np.empty((N, C_out, H_out, W_out), dtype=np.result_type(x, weight, bias))
    # 5. Visit every place: multiply what lies under the taps by each filter, and sum up.
    for i in range(H_out):
        for j in range(W_out):
            rows = slice(i * stride, i * stride + reach_H, dilation)
            columns = slice(j * stride, j * stride + reach_W, dilation)
            patch = padded[:, :, rows, columns]  # (N, C_in, kH, kW)
            out[:, :, i, j] = np.tensordot(patch, weight, axes=([1, 2, 3], [1, 2, 3]))  # (N, C_out)
    # 6. Add each filter's bias to its own map.
    out += bias[:, np.newaxis, np.newaxis]  # (C_out, 1, 1) against (N, C_out, H_out, W_out)
    # 7. Keep what the backward pass needs.
    cache = (padded, weight, pad_cache, stride, dilation)
    return out, cache


def dilated_conv2d_backward(dout, cache):
    """Send the gradient of the loss back through `dilated_conv2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `dilated_conv2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, H, W)
        The gradient with respect to `x`, which had no border.
    dweight : ndarray, shape (C_out, C_in, kH, kW)
        The gradient with respect to `weight`, summed over the batch and over all places.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch and over all places.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    padded, weight, pad_cache, stride, dilation = cache
    kH, kW = weight.shape[2:]
    reach_H, reach_W = dilation * (kH - 1) + 1, dilation * (kW - 1) + 1
    H_out, W_out = dout.shape[2:]
    # 2. dbias: collect from every image and every place.
    dbias = np.sum(dout, axis=(0, 2, 3))  # (C_out,)
    # 3. dweight: at every place add (gradient there) x (what lay under the taps).
    dweight = np.zeros(weight.shape, dtype=np.result_type(padded, dout))
    # 4. The padded images' gradient: at every place add (gradient there) x (filter) under the taps.
    dpadded = np.zeros(padded.shape, dtype=np.result_type(weight, dout))
    for i in range(H_out):
        for j in range(W_out):
            rows = slice(i * stride, i * stride + reach_H, dilation)
            columns = slice(j * stride, j * stride + reach_W, dilation)
            grad = dout[:, :, i, j]  # (N, C_out)
            patch = padded[:, :, rows, columns]  # (N, C_in, kH, kW)
            dweight += np.tensordot(grad, patch, axes=(0, 0))  # (C_out, C_in, kH, kW)
            dpadded[:, :, rows, columns] += np.tensordot(grad, weight, axes=(1, 0))
    # 5. dx: send that gradient back through the padding.
    dx = given.pad2d_backward(dpadded, pad_cache)  # (N, C_in, H, W)
    # 6. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias


def depthwise_conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    """Convolve each channel with a filter of its own; no channel is mixed with another.

    out[n, c, i, j] is the dot product of weight[c, 0] with the patch of channel c of the padded
    image n whose upper left corner is (i * stride, j * stride), plus bias[c].

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C, 1, kH, kW)
        C filters of one channel each.
    bias : ndarray, shape (C,)
        One number for each filter.
    stride : int, optional
        How many rows or columns lie between two patches.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    out : ndarray, shape (N, C, (H + 2 * padding - kH) // stride + 1, W_out)
        One map for every image and channel, W_out likewise; float32 stays float32.
    cache : object
        Whatever `depthwise_conv2d_backward` needs.

    Raises
    ------
    ValueError
        If `weight` does not have the shape (C, 1, kH, kW), with the C of `x`, if `bias` does not
        hold one number for each filter, if `stride` is below 1 or `padding` is negative, if the
        filters are larger than the **padded** images, or if `x` does not have four axes.
        The message says what was expected and what came.
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(
            f"expected x (N, C, H, W) and weight (C, 1, kH, kW), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C = x.shape[:2]
    kH, kW = weight.shape[2:]
    if weight.shape[:2] != (C, 1):
        raise ValueError(
            f"expected weight ({C}, 1, kH, kW), one filter of one channel for each of the {C} "
            f"channels (x.shape={x.shape}), got weight.shape={weight.shape}"
        )
    if bias.shape != (C,):
        raise ValueError(
            f"expected bias.shape=({C},), one number for each filter, got {bias.shape}"
        )
    if stride < 1:
        raise ValueError(f"expected a stride of at least 1, got stride={stride}")
    # 2. Pad the images. (given.pad2d_forward refuses a negative padding.)
    padded, pad_cache = given.pad2d_forward(x, padding)
    H_padded, W_padded = padded.shape[2:]
    if kH > H_padded or kW > W_padded:
        raise ValueError(
            f"expected filters of at most {H_padded} x {W_padded} (x.shape={x.shape}, "
            f"padding={padding}), got kH={kH} and kW={kW}"
        )
    # 3. Make room for one number for every image, channel and place.
    H_out, W_out = (H_padded - kH) // stride + 1, (W_padded - kW) // stride + 1
    out = np.empty((N, C, H_out, W_out), dtype=np.result_type(x, weight, bias))
    # 4. Visit every place: multiply each channel's patch by its own filter, and sum over the patch.
    filters = weight[:, 0]  # (C, kH, kW)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            patch = padded[:, :, top : top + kH, left : left + kW]  # (N, C, kH, kW)
            out[:, :, i, j] = np.sum(patch * filters, axis=(2, 3))  # (N, C)
    # 5. Add each filter's bias to its own map.
    out += bias[:, np.newaxis, np.newaxis]  # (C, 1, 1) against (N, C, H_out, W_out)
    # 6. Keep what the backward pass needs.
    cache = (padded, weight, pad_cache, stride)
    return out, cache


def depthwise_conv2d_backward(dout, cache):
    """Send the gradient of the loss back through `depthwise_conv2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `depthwise_conv2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`, which had no border.
    dweight : ndarray, shape (C, 1, kH, kW)
        The gradient with respect to `weight`, summed over the batch and over all places.
    dbias : ndarray, shape (C,)
        The gradient with respect to `bias`, summed over the batch and over all places.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    padded, weight, pad_cache, stride = cache
    kH, kW = weight.shape[2:]
    H_out, W_out = dout.shape[2:]
    # 2. dbias: collect from every image and every place.
    dbias = np.sum(dout, axis=(0, 2, 3))  # (C,)
    # 3. dweight: at every place add, for each channel, (gradient there) x (its patch).
    dweight = np.zeros(weight.shape, dtype=np.result_type(padded, dout))
    # 4. The padded images' gradient: at every place add (gradient there) x (the channel's filter).
    dpadded = np.zeros(padded.shape, dtype=np.result_type(weight, dout))
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            grad = dout[:, :, i : i + 1, j : j + 1]  # (N, C, 1, 1)
            patch = padded[:, :, top : top + kH, left : left + kW]  # (N, C, kH, kW)
            dweight[:, 0] += np.sum(grad * patch, axis=0)  # (C, kH, kW)
            dpadded[:, :, top : top + kH, left : left + kW] += grad * weight[:, 0]
    # 5. dx: send that gradient back through the padding.
    dx = given.pad2d_backward(dpadded, pad_cache)  # (N, C, H, W)
    # 6. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias


def conv_transpose2d_forward(x, weight, bias, *, stride=1, padding=0):
    """Send a batch of small maps the way that the gradient takes back through a convolution.

    It undoes what a convolution with this stride and padding did to the shape: every number of `x`
    puts a copy of its filters, times itself, onto a larger map; where copies overlap they add up.
    What lies in the border, which the convolution had added as padding, is cut off again.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N stacks of maps. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_in, C_out, kH, kW)
        The filters, laid out as those of the convolution that leads from C_out to C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each output channel.
    stride : int, optional
        How many rows or columns of the output lie between the copies of two neighboring numbers.
    padding : int, optional
        How many rows or columns are cut off on each of the four sides.

    Returns
    -------
    out : ndarray, shape (N, C_out, (H - 1) * stride + kH - 2 * padding, W_out)
        One map for every image and output channel, W_out likewise; float32 stays float32.
    cache : object
        What a backward pass would need.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        output channel, if `stride` is below 1 or `padding` is negative, if nothing would be left
        of the output, or if `x` or `weight` does not have four axes.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[[[1.0, 10.0]]]])
    >>> weight, bias = np.array([[[[1.0, 2.0, 3.0]]]]), np.zeros(1)
    >>> conv_transpose2d_forward(x, weight, bias, stride=2)[0]
    array([[[[ 1.,  2., 13., 20., 30.]]]])
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(
            f"expected x (N, C_in, H, W) and weight (C_in, C_out, kH, kW), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C_in, H, W = x.shape
    weight_C_in, C_out, kH, kW = weight.shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight has C_in={weight_C_in} but x has {C_in} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each output channel, got {bias.shape}"
        )
    if stride < 1 or padding < 0:
        raise ValueError(
            f"expected a stride of at least 1 and a padding of at least 0, "
            f"got stride={stride} and padding={padding}"
        )
    # 2. Work out how large the maps are before and after the border is cut off.
    H_full, W_full = (H - 1) * stride + kH, (W - 1) * stride + kW
    H_out, W_out = H_full - 2 * padding, W_full - 2 * padding
    if H_out < 1 or W_out < 1:
        raise ValueError(
            f"expected a padding that leaves something of {H_full} x {W_full}, "
            f"got padding={padding}, which leaves {H_out} x {W_out}"
        )
    # 3. Start from zeros; every number of x adds its filters, times itself, to a patch.
    full = np.zeros((N, C_out, H_full, W_full), dtype=np.result_type(x, weight, bias))
    for i in range(H):
        for j in range(W):
            top, left = i * stride, j * stride
            copies = np.tensordot(x[:, :, i, j], weight, axes=(1, 0))  # (N, C_out, kH, kW)
            full[:, :, top : top + kH, left : left + kW] += copies
    # 4. Cut off the border, and add each channel's bias to its own map.
    out = full[:, :, padding : padding + H_out, padding : padding + W_out]
    out = out + bias[:, np.newaxis, np.newaxis]  # (C_out, 1, 1) against (N, C_out, H_out, W_out)
    # 5. Keep what a backward pass would need.
    cache = (x, weight, stride, padding)
    return out, cache
