"""Stacked convolutions, with nothing and with ReLU between them (the notes' section 1.2.1).

The convolutions themselves are those of the chapter before: stride 1, no padding, no flip.
"""

import numpy as np

from solutions import given_for

__all__ = ["conv_stack_backward", "conv_stack_forward", "merge_convs"]

given = given_for(__file__)


def merge_convs(weight1, bias1, weight2, bias2):
    """Find the one convolution that equals two convolutions with nothing between them.

    For every image, convolving with `weight` and `bias` gives what convolving with `weight1` and
    `bias1` and then with `weight2` and `bias2` gives: the same shape and the same numbers.

    Parameters
    ----------
    weight1 : ndarray, shape (C_mid, C_in, kH1, kW1)
        The filters of the first convolution. No argument is changed.
    bias1 : ndarray, shape (C_mid,)
        Its biases.
    weight2 : ndarray, shape (C_out, C_mid, kH2, kW2)
        The filters of the second convolution.
    bias2 : ndarray, shape (C_out,)
        Its biases.

    Returns
    -------
    weight : ndarray, shape (C_out, C_in, kH1 + kH2 - 1, kW1 + kW2 - 1)
        The filters of the one convolution; float32 stays float32.
    bias : ndarray, shape (C_out,)
        Its biases.

    Raises
    ------
    ValueError
        If `weight2` does not take as many channels as `weight1` gives, if a bias does not hold one
        number for each filter, or if a weight does not have four axes. The message says what was
        expected and what came.
    """
    # 1. Read the sizes, and refuse what does not fit.
    if weight1.ndim != 4 or weight2.ndim != 4:
        raise ValueError(
            f"expected weight1 (C_mid, C_in, kH1, kW1) and weight2 (C_out, C_mid, kH2, kW2), "
            f"got weight1.shape={weight1.shape} and weight2.shape={weight2.shape}"
        )
    C_mid, C_in, kH1, kW1 = weight1.shape
    C_out, weight2_C_in, kH2, kW2 = weight2.shape
    if weight2_C_in != C_mid:
        raise ValueError(
            f"weight2 has C_in={weight2_C_in} but weight1 gives {C_mid} channels "
            f"(weight1.shape={weight1.shape})"
        )
    if bias1.shape != (C_mid,) or bias2.shape != (C_out,):
        raise ValueError(
            f"expected bias1.shape=({C_mid},) and bias2.shape=({C_out},), one number for each "
            f"filter, got {bias1.shape} and {bias2.shape}"
        )
    # 2. Make room for the merged filters: zeros, of the size that the two cover together.
    kH, kW = kH1 + kH2 - 1, kW1 + kW2 - 1
    weight = np.zeros((C_out, C_in, kH, kW), dtype=np.result_type(weight1, weight2))
    # 3. For each place in the second filters, add what it contributes to the merged filters.
    for u in range(kH2):
        for v in range(kW2):
            # (C_out, C_mid) times (C_mid, C_in, kH1, kW1), summed over C_mid
            share = np.tensordot(weight2[:, :, u, v], weight1, axes=(1, 0))
            weight[:, :, u : u + kH1, v : v + kW1] += share  # (C_out, C_in, kH1, kW1)
    # 4. The merged bias: what comes out where the image is zero.
    bias = weight2.sum(axis=(2, 3)) @ bias1 + bias2  # (C_out,)
    return weight, bias


def conv_stack_forward(x, params):
    """Send a batch of images through a stack of convolutions, with ReLU between them.

    Convolution, ReLU, convolution, ReLU, ..., convolution: a ReLU stands between two convolutions,
    and none stands after the last one. A stack of one layer is a convolution, and has no ReLU.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the parameters.
    params : list of (weight, bias)
        One pair for each layer, first layer first; each layer takes the channels that the layer
        before it gives.

    Returns
    -------
    out : ndarray, shape (N, C_out, H_out, W_out)
        What the last convolution gives; float32 stays float32.
    cache : object
        Whatever `conv_stack_backward` needs.

    Raises
    ------
    ValueError
        If there is no layer, or if a layer does not fit what comes to it: its channels, its bias,
        or filters that are larger than the maps have become. The message says what was expected
        and what came.
    """
    # 1. Refuse a stack without layers. (given.conv2d_forward refuses a layer that does not fit.)
    if len(params) == 0:
        raise ValueError("expected at least 1 pair (weight, bias) in params, got 0")
    out = x
    cache = []
    for layer, (weight, bias) in enumerate(params):
        # 2. Layer by layer: convolve what came from the layer before.
        out, conv_cache = given.conv2d_forward(out, weight, bias)
        # 3. ReLU, if another convolution follows.
        mask = None
        if layer < len(params) - 1:
            mask = out > 0  # where the ReLU lets through
            out = np.maximum(out, 0)
        # 4. Keep what the backward pass needs of this layer.
        cache.append((conv_cache, mask))
    return out, cache


def conv_stack_backward(dout, cache):
    """Send the gradient of the loss back through `conv_stack_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed, and neither is the cache.
    cache : object
        What `conv_stack_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, H, W)
        The gradient with respect to `x`.
    dparams : list of (dweight, dbias)
        The gradients with respect to `params`: one pair for each layer, first layer first. The
        gradient of ReLU at 0 is 0.
    """
    dx = dout
    dparams = []
    # 1. Visit the layers from the last one to the first.
    for conv_cache, mask in reversed(cache):
        # 2. Back through the ReLU, if there was one.
        if mask is not None:
            dx = dx * mask
        # 3. Back through the convolution; keep the gradients of its parameters.
        dx, dweight, dbias = given.conv2d_backward(dx, conv_cache)
        dparams.append((dweight, dbias))
    # 4. Return the gradients in the order of the forward pass's arguments, first layer first.
    return dx, dparams[::-1]
