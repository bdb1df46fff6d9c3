"""The small network of two experiments: three convolutions, each normalized or not, and a layer."""

import functools

import numpy as np

from experiments.chains import BatchNorm, Chain, Layer, draw_weights
from solutions.convolutional_networks import flatten_backward, flatten_forward
from solutions.fast import (
    conv2d_backward,
    conv2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)
from solutions.gradients import linear_backward, linear_forward, relu_backward, relu_forward
from solutions.other_norms import group_norm2d_backward, group_norm2d_forward
from solutions.training import train

__all__ = ["NORMS", "small_network", "train_small"]

NORMS = ("none", "batch norm", "group norm")

_CHANNELS = (8, 16, 32)
_GROUPS = 4
_CLASSES = 10


def small_network(rng, norm, *, scale=1.0):
    """Build a network for images of 28 x 28, and draw its first parameters.

    Convolution of 3 x 3, normalization, ReLU, three times, with max pooling after the first two;
    then a linear layer.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from; they do not depend on `norm`.
    norm : str
        One of `NORMS`.
    scale : float, optional
        What He's standard deviation is multiplied by, in every layer.

    Returns
    -------
    chain : Chain
        The layers.
    params : dict of str to ndarray
        Their parameters.
    """
    layers, shapes, norms, C_in = [], {}, {}, 1
    for number, C_out in enumerate(_CHANNELS, 1):
        name = f"conv{number}"
        shapes[name] = (C_out, C_in, 3, 3)
        convolve = functools.partial(conv2d_forward, padding=1)
        layers.append(Layer(convolve, conv2d_backward, (f"{name}_weight", f"{name}_bias")))
        if norm != "none":
            layers.append(_norm_layer(norm, f"norm{number}", C_out))
            norms[f"norm{number}_gamma"] = np.ones(C_out, np.float32)
            norms[f"norm{number}_beta"] = np.zeros(C_out, np.float32)
        layers.append(Layer(relu_forward, relu_backward))
        if number < len(_CHANNELS):
            layers.append(Layer(_halved, max_pool2d_backward))
        C_in = C_out
    shapes["linear"] = (C_in * 7 * 7, _CLASSES)
    layers.append(Layer(flatten_forward, flatten_backward))
    layers.append(Layer(linear_forward, linear_backward, ("linear_weight", "linear_bias")))
    return Chain(layers), draw_weights(rng, shapes, scale=scale) | norms


def train_small(norm, dataset, *, seed, scale=1.0, **options):
    """Train the small network.

    Parameters
    ----------
    norm : str
        One of `NORMS`.
    dataset : Dataset
        What to learn from.
    seed : int
        For the first weights and the order of the pictures.
    scale : float, optional
        As for `small_network`.
    **options
        As for `solutions.training.train`.

    Returns
    -------
    chain : Chain
        The network, with its running averages.
    result : Result
        What the training has come to.
    """
    rng = np.random.default_rng(seed)
    chain, params = small_network(rng, norm, scale=scale)
    images, labels = dataset.x_train, dataset.y_train
    with np.errstate(all="ignore"):  # some blow up, and are meant to
        result = train(chain.network(), params, images, labels, rng=rng, **options)
    return chain, result


def _halved(x):
    return max_pool2d_forward(x, 2)


def _norm_layer(norm, name, channels):
    if norm == "batch norm":
        return BatchNorm(name, channels)

    def ahead(x, gamma, beta):
        return group_norm2d_forward(x, _GROUPS, gamma, beta)

    return Layer(ahead, group_norm2d_backward, (f"{name}_gamma", f"{name}_beta"))
