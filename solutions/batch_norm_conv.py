"""Batch normalization in a convolution layer, in training and at test time (section 4.2).

A channel is what a column is in a fully connected layer: its mean and its variance go over the
batch and over all places of the map, and there is one of each for every channel.
"""

import numpy as np

__all__ = ["batch_norm2d_backward", "batch_norm2d_forward"]


def batch_norm2d_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    """Normalize every channel over batch and space, then scale and shift it.

    out = gamma * x_hat + beta, and x_hat = (x - mean) / sqrt(var + eps), with one mean, variance,
    gamma and beta for all N * H * W numbers of a channel. In training, mean and var are those of
    the batch (the variance divides by N * H * W), and the running averages move a step toward
    them: running = (1 - momentum) * running + momentum * batch. At test time, mean and var are the
    running averages, and these stay what they are.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of C maps; in training with at least two numbers in each channel. It
        is not changed, and neither are the other arguments: the running averages are returned, not
        written to.
    gamma : ndarray, shape (C,)
        The scale of every channel.
    beta : ndarray, shape (C,)
        The shift of every channel.
    running_mean : ndarray, shape (C,)
        The running average of the means of earlier batches.
    running_var : ndarray, shape (C,)
        The running average of their variances: variances, not standard deviations.
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
        In training a new array, the average with this batch in it; at test time the values that
        came, in the same array or in a copy.
    running_var : ndarray, shape (C,)
        The same for the variance.

    Raises
    ------
    ValueError
        If `x` does not have four axes or holds no number, if in training it holds one number a
        channel, or if one of the four arrays beside it does not hold one number for each channel.
        The message says what was expected and what came.

    Examples
    --------
    Two images of one channel, 1 x 2 each. The mean of the four numbers is 4, their variance 9.

    >>> x = np.array([[[[1.0, 7.0]]], [[[1.0, 7.0]]]])
    >>> one, zero = np.ones(1), np.zeros(1)
    >>> out, _, mean, var = batch_norm2d_forward(x, one, zero, zero, one, training=True, eps=0.0)
    >>> out.tolist()
    [[[[-1.0, 1.0]]], [[[-1.0, 1.0]]]]
    >>> mean.tolist(), var.tolist()
    ([0.4], [1.8])
    """
    # 1. Read the sizes, and refuse arrays that do not fit together.
    if x.ndim != 4 or x.size == 0:
        raise ValueError(f"expected x (N, C, H, W) with no axis of 0, got x.shape={x.shape}")
    N, C, H, W = x.shape
    shapes = [each.shape for each in (gamma, beta, running_mean, running_var)]
    if shapes != [(C,)] * 4:
        raise ValueError(
            f"expected gamma, beta, running_mean and running_var of shape ({C},), one number for "
            f"each channel of x, got {', '.join(map(str, shapes))}"
        )
    if training and N * H * W == 1:
        raise ValueError(
            f"expected more than 1 number in each channel in training, got x.shape={x.shape}"
        )
    if training:
        # 2. In training: one mean and one variance for each channel, over batch and space.
        mean = x.mean(axis=(0, 2, 3))  # (C,)
        var = x.var(axis=(0, 2, 3))  # (C,)
        # 3. Move the running averages toward them.
        running_mean = (1 - momentum) * running_mean + momentum * mean  # (C,)
        running_var = (1 - momentum) * running_var + momentum * var  # (C,)
    else:
        # 4. At test time: the running averages, whatever the batch is.
        mean, var = running_mean, running_var  # (C,)
    # 5. Give what belongs to a channel the axes of x, so that it is used for all its numbers.
    mean, std, gamma, beta = (
        each.reshape(1, C, 1, 1) for each in (mean, np.sqrt(var + eps), gamma, beta)
    )
    # 6. Normalize, scale and shift.
    x_hat = (x - mean) / std  # (N, C, H, W)
    out = gamma * x_hat + beta  # (N, C, H, W)
    # 7. Keep what the backward pass needs, the mode included.
    cache = (training, x_hat, gamma, std)
    return out, cache, running_mean, running_var


def batch_norm2d_backward(dout, cache):
    """Send the gradient of the loss back through `batch_norm2d_forward`, in the mode it ran in.

    In training the mean and the variance of a channel depend on all its N * H * W numbers. At test
    time the running averages are constants: a number of `x` moves its own output and no other.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `batch_norm2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`; float32 stays float32.
    dgamma : ndarray, shape (C,)
        The gradient with respect to `gamma`, summed over batch and space.
    dbeta : ndarray, shape (C,)
        The gradient with respect to `beta`, summed over batch and space.
    """
    # 1. Take out what the forward pass kept, and count the numbers of a channel.
    training, x_hat, gamma, std = cache  # gamma and std are (1, C, 1, 1)
    N, C, H, W = dout.shape
    M = N * H * W
    # 2. dbeta: the shift of a channel was added to all its numbers.
    dbeta = dout.sum(axis=(0, 2, 3))  # (C,)
    # 3. dgamma: the scale of a channel multiplied all its normalized numbers.
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3))  # (C,)
    # 4. dx at test time: each number moved its own output.
    scale = gamma / std  # (1, C, 1, 1)
    dx = scale * dout  # (N, C, H, W)
    if training:
        # 5. dx in training: each number moved the channel's mean and variance, too.
        through_mean = dbeta.reshape(1, C, 1, 1) / M
        through_var = x_hat * dgamma.reshape(1, C, 1, 1) / M  # (N, C, H, W)
        dx = dx - scale * (through_mean + through_var)
    return dx, dgamma, dbeta
