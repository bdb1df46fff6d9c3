"""Layers of earlier chapters, for the exercise 'Stride'.

Call them as given.<name>(...).
This file is made by `autograder build`: what you change here is not graded.
"""

import numpy as np

__all__ = ["pad2d_backward", "pad2d_forward"]


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
