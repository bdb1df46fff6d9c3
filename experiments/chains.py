"""Networks that are chains of layers, each layer a pair of the course's functions."""

import math

import numpy as np

from solutions.convolutional_networks import cross_entropy, sgd_step
from solutions.fast import batch_norm2d_backward, batch_norm2d_forward
from solutions.training import Network, predict

__all__ = ["BatchNorm", "Chain", "Layer", "draw_weights"]


class Layer:
    """A forward and a backward pass.

    Parameters
    ----------
    ahead : callable
        ``ahead(x, *parameters)`` returns ``(out, cache)``.
    back : callable
        ``back(dout, cache)`` returns dx, or where there are parameters dx and their gradients.
    names : tuple of str, optional
        The names of the parameters, in the order in which both take or return them.
    """

    def __init__(self, ahead, back, names=()):
        self.ahead, self.back, self.names = ahead, back, names

    def forward(self, x, params, training):
        """Return the output and what the backward pass needs."""
        return self.ahead(x, *(params[name] for name in self.names))

    def backward(self, dout, cache):
        """Return dx and a dict of the parameters' gradients."""
        if not self.names:
            return self.back(dout, cache), {}
        dx, *grads = self.back(dout, cache)
        return dx, dict(zip(self.names, grads, strict=True))


class BatchNorm(Layer):
    """Batch normalization of maps; it keeps its own running averages.

    Parameters
    ----------
    name : str
        The parameters are ``<name>_gamma`` and ``<name>_beta``.
    channels : int
        How many maps come in.
    """

    def __init__(self, name, channels):
        super().__init__(None, batch_norm2d_backward, (f"{name}_gamma", f"{name}_beta"))
        self.running = [np.zeros(channels, np.float32), np.ones(channels, np.float32)]

    def forward(self, x, params, training):
        """Return the output and the cache; in training the running averages move."""
        gamma, beta = (params[name] for name in self.names)
        out, cache, *running = batch_norm2d_forward(
            x, gamma, beta, *self.running, training=training
        )
        self.running = [np.asarray(each, np.float32) for each in running]
        return out, cache


class Chain:
    """Layers one after the other.

    Parameters
    ----------
    layers : list of Layer
        From the images to the logits.
    """

    def __init__(self, layers):
        self.layers = layers

    def forward(self, x, params, *, training=True):
        """Return the logits and the caches of all layers."""
        caches = []
        for layer in self.layers:
            x, cache = layer.forward(x, params, training)
            caches.append(cache)
        return x, caches

    def backward(self, dlogits, caches):
        """Return the gradients of all parameters, by name."""
        dout, grads = dlogits, {}
        for layer, cache in zip(reversed(self.layers), reversed(caches), strict=True):
            dout, found = layer.backward(dout, cache)
            grads |= found
        return grads

    def network(self, *, loss=cross_entropy, step=sgd_step):
        """Return what `solutions.training.train` takes."""
        return Network(self.forward, self.backward, loss, step)

    def share_right(self, params, images, labels, *, training=False):
        """Return the share of pictures that are read right, at test time or as in training."""

        def forward(x, params):
            return self.forward(x, params, training=training)

        # A network that has blown up gives NaN for every class, and reads all as zeros.
        return float(np.mean(predict(forward, params, images) == labels))


def draw_weights(rng, shapes, *, scale=1.0):
    """Draw weights by He's rule, times a number, and biases of 0.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    shapes : dict of str to tuple of int
        For each layer (C_out, C_in, kH, kW) or (D_in, D_out).
    scale : float, optional
        What the rule's standard deviation is multiplied by.

    Returns
    -------
    dict of str to ndarray
        ``<name>_weight`` and ``<name>_bias``, float32.
    """
    params = {}
    for name, shape in shapes.items():
        fan_in, outputs = (math.prod(shape[1:]), shape[0]) if len(shape) == 4 else shape
        weight = rng.standard_normal(shape) * (scale * math.sqrt(2 / fan_in))
        params[f"{name}_weight"] = weight.astype(np.float32)
        params[f"{name}_bias"] = np.zeros(outputs, np.float32)
    return params
