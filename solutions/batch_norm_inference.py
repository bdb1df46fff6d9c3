"""Batch normalization at test time, and how it is fused away (the notes' section 4.1, item 3).

In training a column is normalized by the mean and the variance of its batch, as in the chapter
before, and running averages remember them. At test time the running averages are used in their
place: the layer is then linear, and can be merged into the linear layer or convolution before it.
"""

import numpy as np

__all__ = [
    "batch_norm_backward",
    "batch_norm_forward",
    "fuse_conv_batch_norm",
    "fuse_linear_batch_norm",
]


def batch_norm_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    """Normalize every column, then scale and shift it: by the batch in training, else by memory.

    out[i, j] = gamma[j] * x_hat[i, j] + beta[j], and x_hat = (x - mean) / sqrt(var + eps). In
    training, mean and var are those of the batch (the variance divides by N), and the running
    averages move a step toward them: running = (1 - momentum) * running + momentum * batch.
    At test time, mean and var are the running averages, and these stay what they are.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A batch of N samples with D numbers each, N at least 1. It is not changed, and neither are
        the other arguments: the running averages are returned, not written to.
    gamma : ndarray, shape (D,)
        The scale of every column.
    beta : ndarray, shape (D,)
        The shift of every column.
    running_mean : ndarray, shape (D,)
        The running average of the means of earlier batches.
    running_var : ndarray, shape (D,)
        The running average of their variances: variances, not standard deviations.
    training : bool
        True in training, False at test time.
    momentum : float, optional
        The share of the batch in the new running average, from 0 to 1.
    eps : float, optional
        Added to the variance inside the root, in both modes.

    Returns
    -------
    out : ndarray, shape (N, D)
        The normalized, scaled and shifted batch; float32 stays float32.
    cache : object
        Whatever `batch_norm_backward` needs.
    running_mean : ndarray, shape (D,)
        In training a new array, the average with this batch in it; at test time the values that
        came, in the same array or in a copy.
    running_var : ndarray, shape (D,)
        The same for the variance.

    Raises
    ------
    ValueError
        If `x` does not have two axes or holds no sample, or if one of the four arrays beside it
        does not hold one number for each column. The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[3.0], [5.0]])
    >>> one, zero = np.ones(1), np.zeros(1)
    >>> out, _, mean, var = batch_norm_forward(x, one, zero, zero, one, training=True, eps=0.0)
    >>> out.tolist(), mean.tolist(), var.tolist()
    ([[-1.0], [1.0]], [0.4], [1.0])
    >>> out, *_ = batch_norm_forward(x, one, zero, zero, one, training=False, eps=0.0)
    >>> out.tolist()
    [[3.0], [5.0]]
    """
    # 1. Refuse arrays that do not fit together.
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(
            f"expected x (N, D) with at least one sample, got x.shape={x.shape} ({x.ndim} axes)"
        )
    D = x.shape[1]
    shapes = [each.shape for each in (gamma, beta, running_mean, running_var)]
    if shapes != [(D,)] * 4:
        raise ValueError(
            f"expected gamma, beta, running_mean and running_var of shape ({D},), one number for "
            f"each column of x, got {', '.join(map(str, shapes))}"
        )
    if training:
        # 2. In training: the batch's own mean and variance; move the running averages toward them.
        mean, var = x.mean(axis=0), x.var(axis=0)  # (D,)
        running_mean = (1 - momentum) * running_mean + momentum * mean  # (D,)
        running_var = (1 - momentum) * running_var + momentum * var  # (D,)
    else:
        # 3. At test time: the running averages, whatever the batch is.
        mean, var = running_mean, running_var  # (D,)
    # 4. Normalize, in both modes.
    std = np.sqrt(var + eps)  # (D,)
    x_hat = (x - mean) / std  # (N, D)
    # 5. Scale and shift.
    out = gamma * x_hat + beta  # (D,) * (N, D) + (D,)
    # 6. Keep what the backward pass needs, the mode included.
    cache = (training, x_hat, gamma, std)
    return out, cache, running_mean, running_var


def batch_norm_backward(dout, cache):
    """Send the gradient of the loss back through `batch_norm_forward`, in the mode it ran in.

    In training the batch's mean and variance depend on `x`. At test time the running averages are
    constants: a number of `x` moves its own output and no other.

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `batch_norm_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, D)
        The gradient with respect to `x`; float32 stays float32.
    dgamma : ndarray, shape (D,)
        The gradient with respect to `gamma`, summed over the batch.
    dbeta : ndarray, shape (D,)
        The gradient with respect to `beta`, summed over the batch.
    """
    # 1. Take out what the forward pass kept.
    training, x_hat, gamma, std = cache
    # 2. dbeta and dgamma: the same in both modes.
    dbeta = np.sum(dout, axis=0)  # (D,)
    dgamma = np.sum(dout * x_hat, axis=0)  # (D,)
    # 3. Back through the scale.
    dx_hat = dout * gamma  # (N, D)
    if training:
        # 4. In training: each number also moved the mean and the variance of its column.
        through_mean = np.mean(dx_hat, axis=0)  # (D,)
        through_var = x_hat * np.mean(dx_hat * x_hat, axis=0)  # (N, D)
        dx_hat = dx_hat - through_mean - through_var  # (N, D)
    # 5. Back through the division, in both modes.
    dx = dx_hat / std  # (N, D) / (D,)
    return dx, dgamma, dbeta


def fuse_linear_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    """Merge a linear layer and the batch normalization after it into one linear layer.

    For every x, the merged layer gives what the linear layer and then `batch_norm_forward` with
    ``training=False`` give.

    Parameters
    ----------
    weight : ndarray, shape (D_in, D_out)
        The weights of the linear layer, x @ weight + bias. No argument is changed.
    bias : ndarray, shape (D_out,), or None
        Its bias; None if the layer has none.
    gamma : ndarray, shape (D_out,)
        The scale of every column of the normalization.
    beta : ndarray, shape (D_out,)
        The shift of every column.
    running_mean : ndarray, shape (D_out,)
        The running average of the means.
    running_var : ndarray, shape (D_out,)
        The running average of the variances.
    eps : float, optional
        The `eps` of the normalization.

    Returns
    -------
    weight : ndarray, shape (D_in, D_out)
        The weights of the merged layer; float32 stays float32.
    bias : ndarray, shape (D_out,)
        Its bias: there is always one.

    Raises
    ------
    ValueError
        If `weight` does not have two axes, or if `bias` or one of the four arrays of the
        normalization does not hold one number for each output. The message says what was expected
        and what came.

    Examples
    --------
    >>> weight, bias = fuse_linear_batch_norm(
    ...     np.array([[1.0, 2.0]]), None, gamma=np.array([6.0, 1.0]), beta=np.array([0.0, 7.0]),
    ...     running_mean=np.array([5.0, 0.0]), running_var=np.array([4.0, 1.0]), eps=0.0,
    ... )
    >>> weight.tolist(), bias.tolist()
    ([[3.0, 2.0]], [-15.0, 7.0])
    """
    # 1. Refuse arrays that do not fit together.
    if weight.ndim != 2:
        raise ValueError(f"expected weight (D_in, D_out), got weight.shape={weight.shape}")
    D_out = weight.shape[1]
    if bias is not None and bias.shape != (D_out,):
        raise ValueError(
            f"expected bias.shape=({D_out},), one number for each output, got {bias.shape}"
        )
    shapes = [each.shape for each in (gamma, beta, running_mean, running_var)]
    if shapes != [(D_out,)] * 4:
        raise ValueError(
            f"expected gamma, beta, running_mean and running_var of shape ({D_out},), one number "
            f"for each output, got {', '.join(map(str, shapes))}"
        )
    # 2. What the normalization multiplies each output by.
    scale = gamma / np.sqrt(running_var + eps)  # (D_out,)
    # 3. The merged weights: every output comes out scaled.
    fused_weight = weight * scale  # (D_in, D_out) * (D_out,)
    # 4. The merged bias: what comes out where x is zero. A missing bias counts as zeros.
    shift = -running_mean if bias is None else bias - running_mean  # (D_out,)
    fused_bias = shift * scale + beta  # (D_out,)
    return fused_weight, fused_bias


def fuse_conv_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    """Merge a convolution and the batch normalization after it into one convolution.

    For every batch of images, and any padding, the merged convolution gives what the convolution
    and then the normalization of each activation map with the running averages give.

    Parameters
    ----------
    weight : ndarray, shape (C_out, C_in, kH, kW)
        The filters. No argument is changed.
    bias : ndarray, shape (C_out,), or None
        One number for each filter; None if the convolution has none.
    gamma : ndarray, shape (C_out,)
        The scale of every activation map.
    beta : ndarray, shape (C_out,)
        The shift of every activation map.
    running_mean : ndarray, shape (C_out,)
        The running average of the means.
    running_var : ndarray, shape (C_out,)
        The running average of the variances.
    eps : float, optional
        The `eps` of the normalization.

    Returns
    -------
    weight : ndarray, shape (C_out, C_in, kH, kW)
        The filters of the merged convolution; float32 stays float32.
    bias : ndarray, shape (C_out,)
        Its bias: there is always one.

    Raises
    ------
    ValueError
        If `weight` does not have four axes, or if `bias` or one of the four arrays of the
        normalization does not hold one number for each filter. The message says what was expected
        and what came.
    """
    # 1. Refuse arrays that do not fit together.
    if weight.ndim != 4:
        raise ValueError(f"expected weight (C_out, C_in, kH, kW), got weight.shape={weight.shape}")
    C_out = weight.shape[0]
    if bias is not None and bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    shapes = [each.shape for each in (gamma, beta, running_mean, running_var)]
    if shapes != [(C_out,)] * 4:
        raise ValueError(
            f"expected gamma, beta, running_mean and running_var of shape ({C_out},), one number "
            f"for each filter, got {', '.join(map(str, shapes))}"
        )
    # 2. What the normalization multiplies each activation map by.
    scale = gamma / np.sqrt(running_var + eps)  # (C_out,)
    # 3. The merged filters: every activation map comes out scaled.
    fused_weight = weight * scale[:, np.newaxis, np.newaxis, np.newaxis]  # (C_out, 1, 1, 1)
    # 4. The merged bias: what comes out where the image is zero. A missing bias counts as zeros.
    shift = -running_mean if bias is None else bias - running_mean  # (C_out,)
    fused_bias = shift * scale + beta  # (C_out,)
    return fused_weight, fused_bias
