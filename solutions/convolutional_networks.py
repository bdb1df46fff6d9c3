"""A whole convolutional network, LeNet, from its sizes to a step of training (section 3).

Convolution, ReLU, max pooling and the linear layer are those of earlier chapters. What is new is
what joins them: flatten, the loss, the chain of layers forward and backward, and the update.
"""

import math

import numpy as np

from solutions import given_for

__all__ = [
    "cross_entropy",
    "flatten_backward",
    "flatten_forward",
    "lenet_backward",
    "lenet_forward",
    "lenet_init",
    "lenet_summary",
    "sgd_step",
]

given = given_for(__file__)


def lenet_summary():
    """List the layers of LeNet, with the size of what each gives and of its weights.

    The image is 1 x 28 x 28. The layers, in this order and with these names::

        input
        Conv (C_out = 20, K = 5, P = 2, S = 1)
        ReLU
        MaxPool (K = 2, S = 2)
        Conv (C_out = 50, K = 5, P = 2, S = 1)
        ReLU
        MaxPool (K = 2, S = 2)
        Flatten
        Linear (2450 -> 500)
        ReLU
        Linear (500 -> 10)

    Returns
    -------
    rows : list of (layer, output_size, weight_size)
        A tuple for each layer: its name, a string as above; the size of what it gives for one
        image, a tuple of ints such as (1, 28, 28) or (500,); the size of its weights, a tuple of
        ints such as (20, 1, 5, 5) or (2450, 500), or None where it has none. Biases are left out.

    Examples
    --------
    >>> lenet_summary()[0]
    ('input', (1, 28, 28), None)
    """
    # 1. Begin with the image.
    C, H, W = 1, 28, 28
    rows = [("input", (C, H, W), None)]
    # 2. Twice: convolution, ReLU, max pooling. Each has the size that the one before it gives.
    for C_out in (20, 50):
        weight_size = (C_out, C, 5, 5)
        C = C_out
        H, W = H + 2 * 2 - 5 + 1, W + 2 * 2 - 5 + 1
        rows.append((f"Conv (C_out = {C_out}, K = 5, P = 2, S = 1)", (C, H, W), weight_size))
        rows.append(("ReLU", (C, H, W), None))
        H, W = (H - 2) // 2 + 1, (W - 2) // 2 + 1
        rows.append(("MaxPool (K = 2, S = 2)", (C, H, W), None))
    # 3. Flatten, and the two linear layers with a ReLU between them.
    D = C * H * W
    rows.append(("Flatten", (D,), None))
    rows.append((f"Linear ({D} -> 500)", (500,), (D, 500)))
    rows.append(("ReLU", (500,), None))
    rows.append(("Linear (500 -> 10)", (10,), (500, 10)))
    return rows


def flatten_forward(x):
    """Lay the numbers of each image out in one row: channel by channel, each row by row.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        A batch of N stacks of maps; any number of axes after the first will do. It is not changed.

    Returns
    -------
    out : ndarray, shape (N, C * H * W)
        One vector for each image, of the dtype of `x`.
    cache : object
        Whatever `flatten_backward` needs.

    Raises
    ------
    ValueError
        If `x` has fewer than two axes. The message says what was expected and what came.

    Examples
    --------
    >>> x = np.array([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]])  # (1, 2, 2, 2)
    >>> flatten_forward(x)[0]
    array([[1, 2, 3, 4, 5, 6, 7, 8]])
    """
    # 1. Refuse what has no axis to lay out.
    if x.ndim < 2:
        raise ValueError(f"expected x (N, C, H, W), or at least two axes, got x.shape={x.shape}")
    # 2. Keep the axis of the images, and join all others.
    out = x.reshape(len(x), math.prod(x.shape[1:]))  # (N, C, H, W) -> (N, C H W)
    # 3. Keep what the backward pass needs.
    cache = x.shape
    return out, cache


def flatten_backward(dout, cache):
    """Send the gradient of the loss back through `flatten_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C * H * W)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `flatten_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to `x`.
    """
    # 1. Each number goes back to where it came from.
    return dout.reshape(cache)  # (N, C H W) -> (N, C, H, W)


def cross_entropy(logits, targets):
    """Measure how little a network believes in the right classes, and the gradient of that.

    The softmax of each row of `logits` is a probability for every class, and the loss of an image
    is minus the logarithm of the probability of its right class. The loss of the batch is the mean
    of these. It is finite however large the logits are.

    Parameters
    ----------
    logits : ndarray, shape (N, D)
        The scores of N images, N at least 1, for D classes. They are not changed.
    targets : ndarray of int, shape (N,)
        The right class of each image, from 0 to D - 1.

    Returns
    -------
    loss : float
        The mean over the batch, a single number.
    dlogits : ndarray, shape (N, D)
        The gradient of `loss` with respect to `logits`; float32 stays float32.

    Raises
    ------
    ValueError
        If `logits` does not have two axes or holds no image, if `targets` does not hold one
        number for each image, or if a target is no class: negative, or D and more. The message
        says what was expected and what came.

    Examples
    --------
    >>> loss, dlogits = cross_entropy(np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([0, 1]))
    >>> round(float(loss), 4)  # log(2): it knows nothing
    0.6931
    >>> dlogits.tolist()
    [[-0.25, 0.25], [0.25, -0.25]]
    """
    # 1. Refuse what does not fit.
    if logits.ndim != 2 or len(logits) == 0:
        raise ValueError(
            f"expected logits (N, D) with at least one image, got logits.shape={logits.shape}"
        )
    N, D = logits.shape
    if targets.shape != (N,):
        raise ValueError(
            f"expected targets of shape ({N},), one class for each row of logits, "
            f"got targets.shape={targets.shape}"
        )
    if targets.min() < 0 or targets.max() >= D:
        raise ValueError(
            f"expected targets from 0 to {D - 1}, as logits has {D} columns, "
            f"got targets from {targets.min()} to {targets.max()}"
        )
    # 2. Shift each row so that its largest score is 0; softmax does not change by that.
    shifted = logits - logits.max(axis=1, keepdims=True)  # (N, D) - (N, 1)
    # 3. The logarithm of the softmax, without ever dividing.
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, D)
    # 4. The loss: minus the logarithm at the right class, the mean over the batch.
    rows = np.arange(N)
    loss = -log_probabilities[rows, targets].mean()
    # 5. dlogits: the probabilities, less 1 at the right class; each image is one N-th of the loss.
    dlogits = np.exp(log_probabilities)  # (N, D)
    dlogits[rows, targets] -= 1
    dlogits /= N
    return loss, dlogits


def lenet_init(rng, *, dtype=np.float32):
    """Draw the parameters of LeNet, with which training begins.

    The rule is that of He: a weight has the mean 0 and the standard deviation sqrt(2 / fan_in),
    where fan_in is the number of products that are summed up for one output number. The division
    makes up for the sum, and the 2 for ReLU, which halves the mean square of what goes through it;
    so the numbers neither die out nor blow up on their way. Any distribution of that mean and that
    spread will do. All biases are 0.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where all random numbers come from: the same state gives the same parameters.
    dtype : dtype or str, optional
        The type of all arrays, such as np.float64 or its name, "float64".

    Returns
    -------
    params : dict of str to ndarray
        conv1_weight (20, 1, 5, 5), conv1_bias (20,), conv2_weight (50, 20, 5, 5), conv2_bias
        (50,), linear1_weight (2450, 500), linear1_bias (500,), linear2_weight (500, 10) and
        linear2_bias (10,).
    """
    # 1. The sizes of the weights, and beside each its fan_in.
    layers = {
        "conv1": ((20, 1, 5, 5), 1 * 5 * 5),
        "conv2": ((50, 20, 5, 5), 20 * 5 * 5),
        "linear1": ((2450, 500), 2450),
        "linear2": ((500, 10), 500),
    }
    params = {}
    for name, (shape, fan_in) in layers.items():
        # 2. Draw the weights of each layer anew, and give them their spread.
        weight = rng.standard_normal(shape) * math.sqrt(2 / fan_in)
        params[f"{name}_weight"] = weight.astype(dtype)
        # 3. The biases are zeros: one for each filter or column.
        D_out = shape[0] if len(shape) == 4 else shape[1]
        params[f"{name}_bias"] = np.zeros(D_out, dtype=dtype)
    return params


def lenet_forward(x, params):
    """Send a batch of images through LeNet.

    Convolution, ReLU, max pooling; the same again; flatten; linear, ReLU, linear. The
    convolutions are padded by 2 and have stride 1, the pooling windows are 2 x 2 with stride 2.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the parameters.
    params : dict of str to ndarray
        The parameters under the names that `lenet_init` gives them. Any sizes that fit together
        will do; the kernels are 5 x 5.

    Returns
    -------
    logits : ndarray, shape (N, D)
        A score for each image and class, of any sign; float32 stays float32.
    cache : object
        Whatever `lenet_backward` needs.

    Raises
    ------
    ValueError
        If a layer does not fit what comes to it. The message says what was expected and what came.
    """
    # 1. The first block: convolution, ReLU, max pooling.
    out, conv1 = given.conv2d_forward(x, params["conv1_weight"], params["conv1_bias"], padding=2)
    out, relu1 = given.relu_forward(out)  # (N, C1, H, W)
    out, pool1 = given.max_pool2d_forward(out, 2)  # (N, C1, H / 2, W / 2)
    # 2. The second block, the same with more channels.
    out, conv2 = given.conv2d_forward(out, params["conv2_weight"], params["conv2_bias"], padding=2)
    out, relu2 = given.relu_forward(out)  # (N, C2, H / 2, W / 2)
    out, pool2 = given.max_pool2d_forward(out, 2)  # (N, C2, H / 4, W / 4)
    # 3. From maps to vectors.
    out, flat = flatten_forward(out)  # (N, C2 H W / 16)
    # 4. The classifier: linear, ReLU, linear.
    out, linear1 = given.linear_forward(out, params["linear1_weight"], params["linear1_bias"])
    out, relu3 = given.relu_forward(out)  # (N, D_hidden)
    logits, linear2 = given.linear_forward(out, params["linear2_weight"], params["linear2_bias"])
    # 5. Keep the cache of every layer.
    cache = (conv1, relu1, pool1, conv2, relu2, pool2, flat, linear1, relu3, linear2)
    return logits, cache


def lenet_backward(dlogits, cache):
    """Send the gradient of the loss back through `lenet_forward`, to every parameter.

    Parameters
    ----------
    dlogits : ndarray, shape (N, D)
        The gradient of the loss with respect to `logits`. It is not changed.
    cache : object
        What `lenet_forward` returned beside `logits`.

    Returns
    -------
    grads : dict of str to ndarray
        The gradient with respect to every parameter, under the parameter's own name and of its
        shape.
    """
    # 1. Take out the cache of every layer.
    conv1, relu1, pool1, conv2, relu2, pool2, flat, linear1, relu3, linear2 = cache
    grads = {}
    # 2. From the last layer to the first: the classifier.
    dout, grads["linear2_weight"], grads["linear2_bias"] = given.linear_backward(dlogits, linear2)
    dout = given.relu_backward(dout, relu3)  # (N, D_hidden)
    dout, grads["linear1_weight"], grads["linear1_bias"] = given.linear_backward(dout, linear1)
    # 3. From vectors to maps.
    dout = flatten_backward(dout, flat)  # (N, C2, H / 4, W / 4)
    # 4. The second block.
    dout = given.max_pool2d_backward(dout, pool2)  # (N, C2, H / 2, W / 2)
    dout = given.relu_backward(dout, relu2)
    dout, grads["conv2_weight"], grads["conv2_bias"] = given.conv2d_backward(dout, conv2)
    # 5. The first block. Nobody asks for the gradient of the image.
    dout = given.max_pool2d_backward(dout, pool1)  # (N, C1, H, W)
    dout = given.relu_backward(dout, relu1)
    _, grads["conv1_weight"], grads["conv1_bias"] = given.conv2d_backward(dout, conv1)
    return grads


def sgd_step(params, grads, velocity, *, lr, momentum):
    """Take one step of stochastic gradient descent with momentum.

    The velocity remembers the gradients of the steps before, each step by a factor `momentum`
    less: new velocity = momentum * velocity + gradient. The step goes against it:
    new parameter = parameter - lr * new velocity. With `momentum` 0 that is plain gradient descent.

    Parameters
    ----------
    params : dict of str to ndarray
        The parameters. No dict and no array is changed.
    grads : dict of str to ndarray
        The gradient of every parameter, under the same names and of the same shapes.
    velocity : dict of str to ndarray
        The velocity of every parameter; zeros before the first step.
    lr : float
        The learning rate.
    momentum : float
        How much of the velocity is kept, from 0 to less than 1.

    Returns
    -------
    params : dict of str to ndarray
        The new parameters, in a new dict; float32 stays float32.
    velocity : dict of str to ndarray
        The new velocity, in a new dict.

    Raises
    ------
    ValueError
        If the three do not have the same names, or a gradient or a velocity has another shape than
        its parameter. The message says what was expected and what came.

    Examples
    --------
    >>> params, velocity = {"bias": np.array([1.0])}, {"bias": np.array([10.0])}
    >>> sgd_step(params, {"bias": np.array([2.0])}, velocity, lr=0.5, momentum=0.5)
    ({'bias': array([-2.5])}, {'bias': array([7.])})
    """
    # 1. Refuse what does not fit.
    for what, arrays in (("grads", grads), ("velocity", velocity)):
        if arrays.keys() != params.keys():
            raise ValueError(f"expected {what} for {sorted(params)}, got {sorted(arrays)}")
        for name, array in arrays.items():
            if array.shape != params[name].shape:
                raise ValueError(
                    f"expected {what}[{name!r}] of shape {params[name].shape}, got {array.shape}"
                )
    new_params, new_velocity = {}, {}
    for name in params:
        # 2. The velocity of each parameter: what is left of the old one, and the gradient.
        new_velocity[name] = momentum * velocity[name] + grads[name]
        # 3. The step, against the velocity.
        new_params[name] = params[name] - lr * new_velocity[name]
    return new_params, new_velocity
