"""LeNet trained with one mistake in it, to see which mistakes show and which hide.

``python -m experiments.mistakes`` writes ``experiments/results/mistakes.json``.

Each mistake is one of those that the autograder knows, made once, in an otherwise right network.
Those that are slow as they stand in the catalog are written anew over whole arrays; the tests hold
them to the catalog.
"""

import sys

import numpy as np

from experiments.chains import Chain, Layer
from experiments.record import digits, run_and_save
from solutions.convolutional_networks import (
    cross_entropy,
    flatten_backward,
    flatten_forward,
    sgd_step,
)
from solutions.fast import (
    conv2d_backward,
    conv2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)
from solutions.gradients import linear_backward, linear_forward, relu_backward, relu_forward
from solutions.train_lenet import starting_params
from solutions.training import train

__all__ = ["MISTAKES", "experiment", "lenet", "share_right_with"]

_SEEDS = (0, 1, 2)
_EPOCHS = 1

_RIGHT = {
    "conv_forward": conv2d_forward,
    "conv_backward": conv2d_backward,
    "relu_backward": relu_backward,
    "pool_backward": max_pool2d_backward,
    "after_logits": None,
    "loss": cross_entropy,
    "step": sgd_step,
}


def zeros_around_the_output(x, weight, bias, *, padding):
    """Convolve without padding, and put the zeros around what comes out."""
    inside, _ = conv2d_forward(x, weight, bias)
    border = (padding, padding)
    out = np.pad(inside, ((0, 0), (0, 0), border, border))
    return out, conv2d_forward(x, weight, bias, padding=padding)[1]


def filters_not_turned(dout, cache):
    """Slide the filters over dout as they are."""
    padded, weight, stride, padding = cache
    _, dweight, dbias = conv2d_backward(dout, cache)
    turned = np.ascontiguousarray(weight[:, :, ::-1, ::-1])
    dx, _, _ = conv2d_backward(dout, (padded, turned, stride, padding))
    return dx, dweight, dbias


def overlaps_overwritten(dout, cache):
    """Write where gradients of overlapping patches have to be added."""
    padded, weight, _, padding = cache
    _, dweight, dbias = conv2d_backward(dout, cache)
    kH, kW = weight.shape[2:]
    H_out, W_out = dout.shape[2:]
    dpadded = np.zeros_like(padded)
    # A loop over the places ends with the patch in which a pixel comes first: so that one is last.
    for u in reversed(range(kH)):
        for v in reversed(range(kW)):
            back = np.tensordot(dout, weight[:, :, u, v], axes=(1, 0))  # (N, H_out, W_out, C_in)
            dpadded[:, :, u : u + H_out, v : v + W_out] = back.transpose(0, 3, 1, 2)
    H, W = padded.shape[2] - 2 * padding, padded.shape[3] - 2 * padding
    return dpadded[:, :, padding : padding + H, padding : padding + W], dweight, dbias


def bias_averaged(dout, cache):
    """Take the mean of the biases' gradients."""
    dx, dweight, _ = conv2d_backward(dout, cache)
    return dx, dweight, dout.mean(axis=(0, 2, 3))


def sign_of_dout(dout, cache):
    """Stop the gradients that are negative."""
    return np.maximum(dout, 0)


def all_ties(dout, cache):
    """Give each of the largest numbers of a window the whole gradient."""
    x, size, _, _ = cache
    largest, _ = max_pool2d_forward(x, size)
    rows, columns = (length // size * size for length in x.shape[2:])
    dx = np.zeros(x.shape, dtype=dout.dtype)
    for u in range(size):
        for v in range(size):
            there = np.s_[:, :, u:rows:size, v:columns:size]
            dx[there] = dout * (x[there] == largest)
    return dx


def loss_summed_on_the_way_back(logits, targets):
    """Give the mean loss, and the gradient of the sum."""
    loss, dlogits = cross_entropy(logits, targets)
    return loss, dlogits * len(targets)


def softmax_over_the_batch(logits, targets):
    """Let the pictures of a batch compete for each class."""
    shifted = logits - logits.max(axis=0)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0))
    rows = np.arange(len(targets))
    loss, dlogits = -log_p[rows, targets].mean(), np.exp(log_p)
    dlogits[rows, targets] -= 1
    return loss, dlogits / len(targets)


def velocity_of_the_wrong_sign(params, grads, velocity, *, lr, momentum):
    """Subtract the gradient from the velocity, and then the velocity from the parameters."""
    uphill = {name: -each for name, each in grads.items()}
    return sgd_step(params, uphill, velocity, lr=lr, momentum=momentum)


#: For each mistake, in words, the part of the network that it is made in and what stands there.
MISTAKES = {
    "none": {},
    "the zeros of the padding go around the output": {"conv_forward": zeros_around_the_output},
    "a ReLU behind the logits": {"after_logits": (relu_forward, relu_backward)},
    "ReLU goes by the sign of dout": {"relu_backward": sign_of_dout},
    "dx of a convolution with filters not turned": {"conv_backward": filters_not_turned},
    "dx of a convolution written, not added up": {"conv_backward": overlaps_overwritten},
    "dbias of a convolution is a mean": {"conv_backward": bias_averaged},
    "pooling gives the gradient to all ties": {"pool_backward": all_ties},
    "dlogits of the sum, not of the mean": {"loss": loss_summed_on_the_way_back},
    "softmax over the batch": {"loss": softmax_over_the_batch},
    "velocity of the wrong sign": {"step": velocity_of_the_wrong_sign},
}


def lenet(**parts):
    """Build LeNet with other parts in the place of some of its own.

    Parameters
    ----------
    **parts : callable
        By the part's name, as in `MISTAKES`.

    Returns
    -------
    chain : Chain
        The layers.
    network : Network
        What `solutions.training.train` takes.
    """
    part = _RIGHT | parts

    def convolve(x, weight, bias):
        return part["conv_forward"](x, weight, bias, padding=2)

    def pool(x):
        return max_pool2d_forward(x, 2)

    relu = Layer(relu_forward, part["relu_backward"])
    layers = []
    for name in ("conv1", "conv2"):
        names = (f"{name}_weight", f"{name}_bias")
        layers += [Layer(convolve, part["conv_backward"], names), relu]
        layers.append(Layer(pool, part["pool_backward"]))
    layers.append(Layer(flatten_forward, flatten_backward))
    for name in ("linear1", "linear2"):
        layers.append(Layer(linear_forward, linear_backward, (f"{name}_weight", f"{name}_bias")))
        if name == "linear1":
            layers.append(relu)
    if part["after_logits"]:
        layers.append(Layer(*part["after_logits"]))
    chain = Chain(layers)
    return chain, chain.network(loss=part["loss"], step=part["step"])


def share_right_with(parts, dataset, *, seed, epochs):
    """Train LeNet with these parts; return the share of test pictures that it reads.

    Parameters
    ----------
    parts : dict
        As the values of `MISTAKES`.
    dataset : Dataset
        What to learn from, and to test with.
    seed, epochs : int
        As for `solutions.train_lenet.train_lenet`, whose recipe this is.

    Returns
    -------
    float
        From 0 to 1.
    """
    chain, network = lenet(**parts)
    rng = np.random.default_rng(seed)
    params = starting_params(rng)
    with np.errstate(all="ignore"):  # some blow up, and are meant to
        images, labels = dataset.x_train, dataset.y_train
        result = train(network, params, images, labels, rng=rng, epochs=epochs)
        return chain.share_right(result.params, dataset.x_test, dataset.y_test)


def experiment(*, train=10_000, test=2_000, seeds=_SEEDS, epochs=_EPOCHS, mistakes=MISTAKES):
    """Train LeNet once for each mistake and seed.

    Parameters
    ----------
    train, test : int, optional
        How many pictures.
    seeds : sequence of int, optional
        The same seed gives each mistake the same first weights and the same order of pictures.
    epochs : int, optional
        How often each picture is seen.
    mistakes : dict, optional
        Some of `MISTAKES`.

    Returns
    -------
    dict
        The shares of test pictures that were read right, one for each seed.
    """
    dataset = digits(train, test)
    shares = {}
    for name, parts in mistakes.items():
        shares[name] = [
            share_right_with(parts, dataset, seed=seed, epochs=epochs) for seed in seeds
        ]
        print(f"{name:48}" + "".join(f"{share:8.2%}" for share in shares[name]), flush=True)
    conditions = {"train": train, "test": test, "seeds": list(seeds), "epochs": epochs}
    conditions |= {"batch_size": 32, "lr": 0.03, "momentum": 0.9}
    return {"share_right": shares, "conditions": conditions}


if __name__ == "__main__":
    sys.exit(run_and_save("mistakes", experiment))
