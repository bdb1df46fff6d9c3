"""Layers of earlier chapters, for the exercise 'Receptive fields'.

Call them as given.<name>(...).
This file is made by `autograder build`: what you change here is not graded.
"""

import numpy as np

__all__ = ["conv2d_backward", "conv2d_forward"]


def conv2d_forward(x, weight, bias):
    """Convolve a batch of images with a bank of filters; stride 1, no padding.

    out[n, c, i, j] is the dot product of filter c with the patch of image n whose upper left corner
    is (i, j), over all input channels, plus bias[c]. The filters are not flipped.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.

    Returns
    -------
    out : ndarray, shape (N, C_out, H - kH + 1, W - kW + 1)
        One activation map for every image and filter; float32 stays float32.
    cache : object
        Whatever `conv2d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if the filters are larger than the images, or if `x` or `weight` does not have four
        axes. The message says what was expected and what came.
    """
    # 1. Read the sizes, and refuse what does not fit.
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
    if kH > H or kW > W:
        raise ValueError(
            f"expected filters of at most {H} x {W} (x.shape={x.shape}), got kH={kH} and kW={kW}"
        )
    # 2. Make room for one number for every image, filter and place.
    H_out, W_out = H - kH + 1, W - kW + 1
    out = np.empty((N, C_out, H_out, W_out), dtype=np.result_type(x, weight, bias))
    # 3. Visit every place: multiply the patch by each filter, and sum over channels, rows, columns.
    for i in range(H_out):
        for j in range(W_out):
            patch = x[:, :, i : i + kH, j : j + kW]  # (N, C_in, kH, kW)
            out[:, :, i, j] = np.tensordot(patch, weight, axes=([1, 2, 3], [1, 2, 3]))  # (N, C_out)
    # 4. Add each filter's bias to its own activation map.
    out += bias[:, np.newaxis, np.newaxis]  # (C_out, 1, 1) against (N, C_out, H_out, W_out)
    # 5. Keep what the backward pass needs.
    cache = (x, weight)
    return out, cache


def conv2d_backward(dout, cache):
    """Send the gradient of the loss back through `conv2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H - kH + 1, W - kW + 1)
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
    # 1. Take out what the forward pass kept, and read the sizes.
    x, weight = cache
    kH, kW = weight.shape[2:]
    H_out, W_out = dout.shape[2:]
    # 2. dbias: a filter's bias was added to its whole map, in every image; collect from all of it.
    dbias = dout.sum(axis=(0, 2, 3))  # (C_out,)
    # 3. dweight: start from zeros; at every place add (gradient there) x (patch there).
    dweight = np.zeros(weight.shape, dtype=np.result_type(x, dout))
    # 4. dx: start from zeros; at every place add (gradient there) x (filter) to the patch.
    dx = np.zeros(x.shape, dtype=np.result_type(weight, dout))
    for i in range(H_out):
        for j in range(W_out):
            grad = dout[:, :, i, j]  # (N, C_out)
            patch = x[:, :, i : i + kH, j : j + kW]  # (N, C_in, kH, kW)
            dweight += np.tensordot(grad, patch, axes=(0, 0))  # (C_out, C_in, kH, kW)
            dx[:, :, i : i + kH, j : j + kW] += np.tensordot(grad, weight, axes=(1, 0))
    # 5. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias
