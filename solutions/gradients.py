"""A linear layer and ReLU, forward and backward, and how to measure a gradient (a warm-up)."""

import numpy as np

__all__ = [
    "linear_backward",
    "linear_forward",
    "numerical_gradient",
    "relative_error",
    "relu_backward",
    "relu_forward",
]


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


def relu_forward(x):
    """Replace every negative number by 0, and leave the others as they are.

    Parameters
    ----------
    x : ndarray, any shape
        It is not changed.

    Returns
    -------
    out : ndarray, shape of x
        The larger of 0 and each number of `x`; float32 stays float32.
    cache : object
        Whatever `relu_backward` needs.

    Examples
    --------
    >>> out, cache = relu_forward(np.array([-2.0, 0.0, 3.0]))
    >>> out
    array([0., 0., 3.])
    """
    # 1. Compare each number with 0.
    out = np.maximum(x, 0)
    # 2. Keep what the backward pass needs.
    cache = x
    return out, cache


def relu_backward(dout, cache):
    """Send the gradient of the loss back through `relu_forward`.

    Parameters
    ----------
    dout : ndarray, shape of x
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `relu_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape of x
        The gradient with respect to `x`. Where a number of `x` is exactly 0, it is 0.
    """
    # 1. Take out what the forward pass kept.
    x = cache
    # 2. Let the gradient through where the forward pass let the number through.
    return dout * (x > 0)  # shape of x


def numerical_gradient(f, x, dout, *, h=1e-5):
    """Measure the gradient of the loss sum(f(x) * dout) with respect to x, by central differences.

    One number of `x` at a time is moved up by `h` and down by `h`, while all others stay; the
    gradient there is the difference of the two losses, divided by the distance, 2 h.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x` and returns an array of the shape of `dout`. What it
        returns may be its argument, or a view of it.
    x : ndarray, any shape
        Where to measure; of any type of numbers. It is not changed.
    dout : ndarray, shape of f(x)
        The gradient of the loss with respect to f(x).
    h : float, optional
        The step, more than 0.

    Returns
    -------
    gradient : ndarray, shape of x
        Always float64; what is moved is float64 too, whatever the type of `x`.

    Raises
    ------
    ValueError
        If `h` is not more than 0, or f(x) has another shape than `dout`. The message says what was
        expected and what came.

    Examples
    --------
    >>> x = np.array([1.0, 2.0])
    >>> numerical_gradient(lambda x: x**2, x, np.array([1.0, 10.0]), h=0.5)
    array([ 2., 40.])
    """
    # 1. Take a copy of x that can hold fractions, and refuse what does not fit.
    x = np.array(x, dtype=np.float64)
    if not h > 0:
        raise ValueError(f"expected a step h of more than 0, got h={h}")
    out_shape = np.shape(f(x.copy()))
    if np.shape(dout) != out_shape:
        raise ValueError(
            f"expected dout of the shape of f(x), {out_shape}, got dout.shape={np.shape(dout)}"
        )
    # 2. Make room for one number for every number of x.
    gradient = np.zeros(x.shape)
    # 3. Visit every number: move it up and down, and compare the two losses.
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        gradient[index] = np.sum((f(up) - f(down)) * dout) / (2 * h)
    return gradient


def relative_error(a, b):
    """Say in one number how far `a` is from `b`, measured by the largest number of `b`.

    The largest distance between two numbers at the same place, divided by the largest absolute
    value in `b`.

    Parameters
    ----------
    a : ndarray, any shape
        What is judged, for instance the gradient of a backward pass.
    b : ndarray, shape of a
        What it is judged by, for instance the measured gradient.

    Returns
    -------
    error : float
        0.0 where the two are equal, also where both are 0 everywhere; inf where only `b` is 0
        everywhere.

    Raises
    ------
    ValueError
        If the shapes differ, or there is no number in them. The message says what was expected and
        what came.

    Examples
    --------
    >>> relative_error(np.array([1.0, -3.0]), np.array([1.0, -4.0]))
    0.25
    """
    # 1. Refuse what does not fit.
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape or a.size == 0:
        raise ValueError(
            f"expected two arrays of the same shape with numbers in them, "
            f"got a.shape={a.shape} and b.shape={b.shape}"
        )
    # 2. Find the largest difference.
    difference = np.max(np.abs(a - b))
    if difference == 0:
        return 0.0
    # 3. Divide it by the largest number of b.
    size = np.max(np.abs(b))
    return float(difference / size) if size > 0 else float("inf")
