"""Layers of earlier chapters, for the exercise 'Batch normalization at test time'.

Call them as given.<name>(...).
This file is made by `autograder build`: what you change here is not graded.
"""

import numpy as np

__all__ = ["conv2d_forward", "linear_backward", "linear_forward"]


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
    padded, pad_cache = _padding_pad2d_forward(x, padding)
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
