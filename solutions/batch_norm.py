"""Batch normalization in a fully connected layer, in training (the notes' section 4.1).

Every column of the batch is normalized by its own mean and variance, then scaled and shifted.
These are items 0 to 2 of that section; test time, item 3, has a chapter of its own.
"""

import numpy as np

__all__ = [
    "batch_norm_backward",
    "batch_norm_forward",
    "identity_parameters",
    "normalize_backward",
    "normalize_forward",
]


def normalize_forward(x, *, eps=1e-5):
    """Give every column of a batch zero mean and unit variance.

    x_hat[i, j] = (x[i, j] - mu[j]) / sqrt(var[j] + eps), where mu[j] is the mean of column j and
    var[j] its variance: the mean of the squared distances from mu[j], divided by N and not by
    N - 1. One sample alone, N = 1, is its own mean and gives zeros.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A batch of N samples with D numbers each, N at least 1. It is not changed.
    eps : float, optional
        A small number that keeps the division safe where a column is constant.

    Returns
    -------
    x_hat : ndarray, shape (N, D)
        The normalized batch; float32 stays float32, and integers give float64.
    cache : object
        Whatever `normalize_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have two axes, or holds no sample. The message says what was expected and
        what came.

    Examples
    --------
    >>> x_hat, _ = normalize_forward(np.array([[3.0], [9.0], [17.0], [11.0]]), eps=0.0)
    >>> x_hat.tolist()
    [[-1.4], [-0.2], [1.4], [0.2]]
    """
    # 1. Refuse what is no batch (N, D) with at least one sample.
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(
            f"expected x (N, D) with at least one sample, got x.shape={x.shape} ({x.ndim} axes)"
        )
    # 2. The mean of every column, and how far each number is from it.
    centered = x - x.mean(axis=0)  # (N, D) minus (D,)
    # 3. The variance of every column.
    var = np.mean(centered**2, axis=0)  # (D,)
    # 4. What every column is divided by, and the division.
    std = np.sqrt(var + eps)  # (D,)
    x_hat = centered / std  # (N, D)
    # 5. Keep what the backward pass needs.
    cache = (centered, std)
    return x_hat, cache


def normalize_backward(dout, cache):
    """Send the gradient of the loss back through `normalize_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        The gradient of the loss with respect to `x_hat`. It is not changed.
    cache : object
        What `normalize_forward` returned beside `x_hat`.

    Returns
    -------
    dx : ndarray, shape (N, D)
        The gradient with respect to `x`; float32 stays float32.
    """
    # 1. Take out what the forward pass kept.
    centered, std = cache  # (N, D), (D,)
    N = len(centered)
    # 2. dvar: the variance of a column took part in all N divisions.
    dvar = np.sum(dout * centered, axis=0) * -0.5 / std**3  # (D,)
    # 3. dcentered: each distance was divided, and it took part in the variance.
    dcentered = dout / std + dvar * 2.0 * centered / N  # (N, D)
    # 4. dx: each number has its own distance, and took part in the mean, thus in all N distances.
    return dcentered - np.mean(dcentered, axis=0)  # (N, D)


def batch_norm_forward(x, gamma, beta, *, eps=1e-5):
    """Normalize every column of a batch, then scale and shift it.

    out[i, j] = gamma[j] * x_hat[i, j] + beta[j], where x_hat is what `normalize_forward` gives.
    Mean and variance are those of the batch, as in training.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A batch of N samples with D numbers each, N at least 1. It is not changed, and neither are
        the other arguments.
    gamma : ndarray, shape (D,)
        The scale of every column.
    beta : ndarray, shape (D,)
        The shift of every column.
    eps : float, optional
        Added to the variance, as in `normalize_forward`.

    Returns
    -------
    out : ndarray, shape (N, D)
        The normalized, scaled and shifted batch; float32 stays float32.
    cache : object
        Whatever `batch_norm_backward` needs.

    Raises
    ------
    ValueError
        If `x` does not have two axes or holds no sample, or if `gamma` or `beta` does not hold one
        number for each column. The message says what was expected and what came.
    """
    # 1. Normalize, which refuses what is no batch.
    x_hat, normalize_cache = normalize_forward(x, eps=eps)  # (N, D)
    # 2. Refuse parameters that do not fit.
    D = x.shape[1]
    if gamma.shape != (D,) or beta.shape != (D,):
        raise ValueError(
            f"expected gamma and beta of shape ({D},), one number for each column of x, "
            f"got gamma.shape={gamma.shape} and beta.shape={beta.shape}"
        )
    # 3. Scale and shift every column.
    out = gamma * x_hat + beta  # (D,) * (N, D) + (D,)
    # 4. Keep what the backward pass needs.
    cache = (x_hat, gamma, normalize_cache)
    return out, cache


def batch_norm_backward(dout, cache):
    """Send the gradient of the loss back through `batch_norm_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `batch_norm_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, D)
        The gradient with respect to `x`.
    dgamma : ndarray, shape (D,)
        The gradient with respect to `gamma`, summed over the batch.
    dbeta : ndarray, shape (D,)
        The gradient with respect to `beta`, summed over the batch.
    """
    # 1. Take out what the forward pass kept.
    x_hat, gamma, normalize_cache = cache
    # 2. dbeta: the shift of a column was added to all its numbers.
    dbeta = np.sum(dout, axis=0)  # (D,)
    # 3. dgamma: the scale of a column multiplied all its normalized numbers.
    dgamma = np.sum(dout * x_hat, axis=0)  # (D,)
    # 4. dx: through the scale, then through the normalization.
    dx_hat = dout * gamma  # (N, D)
    dx = normalize_backward(dx_hat, normalize_cache)  # (N, D)
    # 5. Return them in the order of the forward pass's arguments.
    return dx, dgamma, dbeta


def identity_parameters(x, *, eps=1e-5):
    """Choose the scale and the shift with which batch normalization gives this batch back.

    With them, `batch_norm_forward(x, gamma, beta, eps=eps)` returns `x`, up to rounding.

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A batch of N samples with D numbers each, N at least 1. It is not changed.
    eps : float, optional
        The `eps` that the layer uses.

    Returns
    -------
    gamma : ndarray, shape (D,)
        The scale of every column; float32 stays float32.
    beta : ndarray, shape (D,)
        The shift of every column.

    Raises
    ------
    ValueError
        If `x` does not have two axes, or holds no sample. The message says what was expected and
        what came.
    """
    # 1. Refuse what is no batch (N, D) with at least one sample.
    if x.ndim != 2 or len(x) == 0:
        raise ValueError(
            f"expected x (N, D) with at least one sample, got x.shape={x.shape} ({x.ndim} axes)"
        )
    # 2. gamma: undo the division.
    gamma = np.sqrt(x.var(axis=0) + eps)  # (D,)
    # 3. beta: undo the subtraction.
    beta = x.mean(axis=0)  # (D,)
    return gamma, beta
