"""Layer, instance and group normalization, forward and backward (the notes' section 4.4).

All three do what batch normalization does, to other sets of numbers: none of these sets reaches
beyond one sample. So there are no running averages, and training and test time are the same.
"""

import numpy as np

__all__ = [
    "group_norm2d_backward",
    "group_norm2d_forward",
    "instance_norm2d_backward",
    "instance_norm2d_forward",
    "layer_norm_backward",
    "layer_norm_forward",
]


def layer_norm_forward(x, gamma, beta, *, eps=1e-5):
    """Normalize every sample by its own mean and variance, then scale and shift every feature.

    out[i, j] = gamma[j] * x_hat[i, j] + beta[j], where x_hat[i, j] is (x[i, j] - mu[i]) divided by
    sqrt(var[i] + eps). The mean mu[i] and the variance var[i] are those of the D numbers of sample
    i; the variance divides by D, not by D - 1.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A batch of N samples with D numbers each, D at least 1. It is not changed, and neither are
        the other arguments.
    gamma : ndarray, shape (D,)
        The scale of every feature.
    beta : ndarray, shape (D,)
        The shift of every feature.
    eps : float, optional
        A small number that keeps the division safe where all numbers of a sample are equal.

    Returns
    -------
    out : ndarray, shape (N, D)
        The normalized, scaled and shifted batch; float32 stays float32.
    cache : object
        Whatever `layer_norm_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have two axes or its samples hold no number, or if `gamma` or `beta` does
        not hold one number for each feature. The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[3.0, 9.0, 17.0, 11.0]])
    >>> out, _ = layer_norm_forward(x, np.ones(4), np.zeros(4), eps=0.0)
    >>> out.tolist()
    [[-1.4, -0.2, 1.4, 0.2]]
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 2 or x.shape[1] == 0:
        raise ValueError(f"expected x (N, D) with D at least 1, got x.shape={x.shape}")
    D = x.shape[1]
    if gamma.shape != (D,) or beta.shape != (D,):
        raise ValueError(
            f"expected gamma and beta of shape ({D},), one number for each feature of x, "
            f"got gamma.shape={gamma.shape} and beta.shape={beta.shape}"
        )
    # 2. The mean of every sample, and what the sample is divided by.
    mean = x.mean(axis=1, keepdims=True)  # (N, 1)
    std = np.sqrt(x.var(axis=1, keepdims=True) + eps)  # (N, 1)
    # 3. Normalize.
    x_hat = (x - mean) / std  # (N, D)
    # 4. Scale and shift every feature.
    out = gamma * x_hat + beta  # (D,) * (N, D) + (D,)
    # 5. Keep what the backward pass needs.
    cache = (x, mean, std, gamma)
    return out, cache


def layer_norm_backward(dout, cache):
    """Send the gradient of the loss back through `layer_norm_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `layer_norm_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, D)
        The gradient with respect to `x`.
    dgamma : ndarray, shape (D,)
        The gradient with respect to `gamma`.
    dbeta : ndarray, shape (D,)
        The gradient with respect to `beta`.
    """
    # 1. Take out what the forward pass kept; the normalized numbers are needed again.
    x, mean, std, gamma = cache  # (N, D), (N, 1), (N, 1), (D,)
    x_hat = (x - mean) / std  # (N, D)
    # 2. dbeta and dgamma: one shift and one scale serve a feature of all samples.
    dbeta = np.sum(dout, axis=0)  # (D,)
    dgamma = np.sum(dout * x_hat, axis=0)  # (D,)
    # 3. dx: first through the scale, which differs from number to number of a sample.
    dx_hat = dout * gamma  # (N, D)
    # 4. Then through the normalization: a number's own output, the mean, the variance.
    through_mean = np.mean(dx_hat, axis=1, keepdims=True)  # (N, 1)
    through_var = x_hat * np.mean(dx_hat * x_hat, axis=1, keepdims=True)  # (N, D)
    dx = (dx_hat - through_mean - through_var) / std  # (N, D)
    # 5. Return them in the order of the forward pass's arguments.
    return dx, dgamma, dbeta


def instance_norm2d_forward(x, gamma, beta, *, eps=1e-5):
    """Normalize every map of every sample by itself, then scale and shift every channel.

    The mean and the variance are those of the H times W numbers of one map; there are N times C of
    each. All maps of a channel share one scale and one shift.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of C maps; C, H and W at least 1. It is not changed, and neither are the
        other arguments. A map of one number is its own mean and gives `beta`.
    gamma : ndarray, shape (C,)
        The scale of every channel.
    beta : ndarray, shape (C,)
        The shift of every channel.
    eps : float, optional
        Added to every variance, before the root is taken.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        The normalized, scaled and shifted maps; float32 stays float32.
    cache : object
        Whatever `instance_norm2d_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have four axes or its samples hold no number, or if `gamma` or `beta` does
        not hold one number for each channel. The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[[[3.0, 9.0], [17.0, 11.0]], [[-1.0, 1.0], [1.0, -1.0]]]])
    >>> out, _ = instance_norm2d_forward(x, np.array([10.0, 1.0]), np.array([0.0, 5.0]), eps=0.0)
    >>> out.tolist()
    [[[[-14.0, -2.0], [14.0, 2.0]], [[4.0, 6.0], [6.0, 4.0]]]]
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise ValueError(f"expected x (N, C, H, W), C, H and W at least 1, got x.shape={x.shape}")
    C = x.shape[1]
    if gamma.shape != (C,) or beta.shape != (C,):
        raise ValueError(
            f"expected gamma and beta of shape ({C},), one number for each channel of x, "
            f"got gamma.shape={gamma.shape} and beta.shape={beta.shape}"
        )
    # 2. The mean of every map, and what the map is divided by.
    mean = x.mean(axis=(2, 3), keepdims=True)  # (N, C, 1, 1)
    std = np.sqrt(x.var(axis=(2, 3), keepdims=True) + eps)  # (N, C, 1, 1)
    # 3. Normalize.
    x_hat = (x - mean) / std  # (N, C, H, W)
    # 4. Scale and shift every channel.
    scale = gamma[:, np.newaxis, np.newaxis]  # (C, 1, 1)
    shift = beta[:, np.newaxis, np.newaxis]  # (C, 1, 1)
    out = scale * x_hat + shift  # (N, C, H, W)
    # 5. Keep what the backward pass needs.
    cache = (x, mean, std, scale)
    return out, cache


def instance_norm2d_backward(dout, cache):
    """Send the gradient of the loss back through `instance_norm2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `instance_norm2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`.
    dgamma : ndarray, shape (C,)
        The gradient with respect to `gamma`.
    dbeta : ndarray, shape (C,)
        The gradient with respect to `beta`.
    """
    # 1. Take out what the forward pass kept; the normalized numbers are needed again.
    x, mean, std, scale = cache  # (N, C, H, W), (N, C, 1, 1), (N, C, 1, 1), (C, 1, 1)
    x_hat = (x - mean) / std  # (N, C, H, W)
    # 2. dbeta and dgamma: one shift and one scale serve all places of a channel, in all samples.
    dbeta = np.sum(dout, axis=(0, 2, 3))  # (C,)
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3))  # (C,)
    # 3. dx: first through the scale.
    dx_hat = dout * scale  # (N, C, H, W)
    # 4. Then through the normalization of every map: its own output, the mean, the variance.
    through_mean = np.mean(dx_hat, axis=(2, 3), keepdims=True)  # (N, C, 1, 1)
    through_var = x_hat * np.mean(dx_hat * x_hat, axis=(2, 3), keepdims=True)  # (N, C, H, W)
    dx = (dx_hat - through_mean - through_var) / std  # (N, C, H, W)
    # 5. Return them in the order of the forward pass's arguments.
    return dx, dgamma, dbeta


def group_norm2d_forward(x, num_groups, gamma, beta, *, eps=1e-5):
    """Normalize every group of channels of every sample, then scale and shift every channel.

    The C channels are cut into `num_groups` groups of neighbors, each of C / num_groups channels.
    The mean and the variance are those of all numbers of one group in one sample. Scale and shift
    still belong to the channels.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of C maps; C, H and W at least 1. It is not changed, and neither are the
        other arguments.
    num_groups : int
        The number of groups, from 1 to C, which has to divide C. It is counted and not learned, so
        there is no gradient with respect to it.
    gamma : ndarray, shape (C,)
        The scale of every channel.
    beta : ndarray, shape (C,)
        The shift of every channel.
    eps : float, optional
        Added to every variance, before the root is taken.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        The normalized, scaled and shifted maps; float32 stays float32.
    cache : object
        Whatever `group_norm2d_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have four axes or its samples hold no number, if `num_groups` is less than 1
        or does not divide C, or if `gamma` or `beta` does not hold one number for each channel.
        The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([3.0, 9.0, 17.0, 11.0, -1.0, 1.0, 1.0, -1.0]).reshape(1, 4, 1, 2)
    >>> out, _ = group_norm2d_forward(x, 2, np.ones(4), np.zeros(4), eps=0.0)
    >>> out[0, :, 0].tolist()
    [[-1.4, -0.2], [1.4, 0.2], [-1.0, 1.0], [1.0, -1.0]]
    """
    # 1. Read the sizes, and refuse what does not fit.
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise ValueError(f"expected x (N, C, H, W), C, H and W at least 1, got x.shape={x.shape}")
    N, C, H, W = x.shape
    if num_groups < 1 or C % num_groups != 0:
        raise ValueError(
            f"expected num_groups of at least 1 that divides the {C} channels of x, "
            f"got num_groups={num_groups}"
        )
    if gamma.shape != (C,) or beta.shape != (C,):
        raise ValueError(
            f"expected gamma and beta of shape ({C},), one number for each channel of x, "
            f"got gamma.shape={gamma.shape} and beta.shape={beta.shape}"
        )
    # 2. Lay the numbers of every group into one row.
    groups = x.reshape(N, num_groups, C // num_groups * H * W)  # (N, G, C/G * H * W)
    # 3. Normalize every row.
    mean = groups.mean(axis=2, keepdims=True)  # (N, G, 1)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)  # (N, G, 1)
    x_hat = (groups - mean) / std  # (N, G, C/G * H * W)
    # 4. Back to maps, then scale and shift every channel.
    scale = gamma[:, np.newaxis, np.newaxis]  # (C, 1, 1)
    shift = beta[:, np.newaxis, np.newaxis]  # (C, 1, 1)
    out = scale * x_hat.reshape(N, C, H, W) + shift  # (N, C, H, W)
    # 5. Keep what the backward pass needs.
    cache = (groups, mean, std, scale)
    return out, cache


def group_norm2d_backward(dout, cache):
    """Send the gradient of the loss back through `group_norm2d_forward`.

    There is no gradient with respect to `num_groups`, so three are returned, not four.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `group_norm2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`.
    dgamma : ndarray, shape (C,)
        The gradient with respect to `gamma`.
    dbeta : ndarray, shape (C,)
        The gradient with respect to `beta`.
    """
    # 1. Take out what the forward pass kept; the normalized numbers are needed again.
    groups, mean, std, scale = cache  # (N, G, C/G * H * W), (N, G, 1), (N, G, 1), (C, 1, 1)
    x_hat = (groups - mean) / std  # (N, G, C/G * H * W)
    # 2. dbeta and dgamma: they belong to the channels, whatever the groups are.
    dbeta = np.sum(dout, axis=(0, 2, 3))  # (C,)
    dgamma = np.sum(dout * x_hat.reshape(dout.shape), axis=(0, 2, 3))  # (C,)
    # 3. dx: first through the scale, while the channels still are an axis; then into rows.
    dx_hat = (dout * scale).reshape(x_hat.shape)  # (N, G, C/G * H * W)
    # 4. Then through the normalization of every row: its own output, the mean, the variance.
    through_mean = np.mean(dx_hat, axis=2, keepdims=True)  # (N, G, 1)
    through_var = x_hat * np.mean(dx_hat * x_hat, axis=2, keepdims=True)
    dx = (dx_hat - through_mean - through_var) / std  # (N, G, C/G * H * W)
    # 5. Back to maps, in the order of the forward pass's arguments.
    return dx.reshape(dout.shape), dgamma, dbeta
