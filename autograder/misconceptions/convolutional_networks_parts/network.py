"""Mistakes in lenet_forward and lenet_backward.

The caches are those of the reference, so that its backward pass takes them. The comment above an
entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception
from solutions import given_for

# The layers that the chapter itself is given.
given = given_for(
    __file__.replace(
        "autograder/misconceptions/convolutional_networks_parts/network.py",
        "solutions/convolutional_networks.py",
    )
)


def _block(x, params, layer, *, padding=2, relu=True):
    """Convolve, ReLU, pool."""
    out, conv = given.conv2d_forward(
        x, params[f"{layer}_weight"], params[f"{layer}_bias"], padding=padding
    )
    through = np.ones_like(out)  # of ones the mask of ReLU lets everything through
    if relu:
        out, through = given.relu_forward(out)
    out, pool = given.max_pool2d_forward(out, 2)
    return out, [conv, through, pool]


def _features(x, params, **how):
    """Go through the two blocks, and flatten."""
    out, first = _block(x, params, "conv1", **how)
    out, second = _block(out, params, "conv2", **how)
    return out.reshape(len(out), -1), [*first, *second, out.shape]


def _linear(x, params, layer):
    return given.linear_forward(x, params[f"{layer}_weight"], params[f"{layer}_bias"])


@misconception(
    "lenet_forward",
    section="convolutional_networks-forward",
    cites=[
        "https://github.com/huyng/tensorflow-vgg/issues/13",
        "https://github.com/pytorch/examples/pull/117",
        "https://github.com/hunkim/PyTorchZeroToAll/pull/4",
    ],
    message="There is a ReLU after your last linear layer, so no logit can be negative. A score is "
    "a number of any sign: the last layer has nothing after it.",
)
def relu_after_the_logits(x, params):
    out, caches = _features(x, params)
    out, linear1 = _linear(out, params, "linear1")
    out, relu3 = given.relu_forward(out)
    logits, linear2 = _linear(out, params, "linear2")
    return np.maximum(logits, 0), (*caches, linear1, relu3, linear2)


@misconception(
    "lenet_forward",
    section="convolutional_networks-relu",
    cites=[
        "https://github.com/soumith/cvpr2015/issues/6",
        "https://github.com/tuwien-musicir/DeepLearning_Tutorial/issues/1",
    ],
    message="There is no ReLU between your two linear layers. Two linear layers with nothing "
    "between them are one linear layer.",
)
def relu_missing_between_the_linear_layers(x, params):
    out, caches = _features(x, params)
    out, linear1 = _linear(out, params, "linear1")
    logits, linear2 = _linear(out, params, "linear2")
    return logits, (*caches, linear1, np.ones_like(out), linear2)


@misconception(
    "lenet_forward",
    section="convolutional_networks-relu",
    cites=[
        "https://github.com/yaringal/DropoutUncertaintyCaffeModels/issues/7",
        "https://github.com/PaddlePaddle/Paddle/pull/24874",
    ],
    message="There is no ReLU after your convolutions. The pooling makes the network nonlinear all "
    "the same, but negative numbers go through: LeNet has a ReLU after each convolution.",
)
def relu_missing_after_the_convolutions(x, params):
    out, caches = _features(x, params, relu=False)
    out, linear1 = _linear(out, params, "linear1")
    out, relu3 = given.relu_forward(out)
    logits, linear2 = _linear(out, params, "linear2")
    return logits, (*caches, linear1, relu3, linear2)


@misconception(
    "lenet_forward",
    section="convolutional_networks-summary",
    cites=[
        "https://github.com/ShusenTang/Dive-into-DL-PyTorch/issues/159",
        "https://github.com/d2l-ai/d2l-en/pull/300",
    ],
    message="Your convolutions are not padded, so the maps shrink, and the first linear layer gets "
    "fewer numbers than it has weights for. Call given.conv2d_forward with padding=2.",
)
def convolutions_not_padded(x, params):
    out, caches = _features(x, params, padding=0)
    out, linear1 = _linear(out, params, "linear1")
    out, relu3 = given.relu_forward(out)
    logits, linear2 = _linear(out, params, "linear2")
    return logits, (*caches, linear1, relu3, linear2)


# There it is mostly the logarithm of the softmax, which does no harm when taken twice.
@misconception(
    "lenet_forward",
    section="convolutional_networks-forward",
    cites=[
        "https://github.com/nishnik/Deep-Semantic-Similarity-Model-PyTorch/issues/2",
        "https://github.com/tflearn/tflearn/pull/562",
    ],
    message="Your network ends with a softmax. The logits are the scores before it: the softmax is "
    "part of the loss, and would be taken twice.",
)
def softmax_at_the_end(x, params):
    out, caches = _features(x, params)
    out, linear1 = _linear(out, params, "linear1")
    out, relu3 = given.relu_forward(out)
    logits, linear2 = _linear(out, params, "linear2")
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True), (
        *caches,
        linear1,
        relu3,
        linear2,
    )


# The way back ----------------------------------------------------------------------------------


def _walk(dlogits, cache, *, relu3=given.relu_backward, blocks=given.relu_backward):
    """Walk back, with something in the place of the ReLUs' backward passes."""
    conv1, relu1, pool1, conv2, relu2, pool2, flat, linear1, hidden, linear2 = cache
    grads = {}
    dout, grads["linear2_weight"], grads["linear2_bias"] = given.linear_backward(dlogits, linear2)
    dout = relu3(dout, hidden)
    dout, grads["linear1_weight"], grads["linear1_bias"] = given.linear_backward(dout, linear1)
    dout = blocks(given.max_pool2d_backward(dout.reshape(flat), pool2), relu2)
    dout, grads["conv2_weight"], grads["conv2_bias"] = given.conv2d_backward(dout, conv2)
    dout = blocks(given.max_pool2d_backward(dout, pool1), relu1)
    _, grads["conv1_weight"], grads["conv1_bias"] = given.conv2d_backward(dout, conv1)
    return grads


def _pass_all(dout, cache):
    return dout


def _mask_by_gradient(dout, cache):
    return dout * (dout > 0)


# There the derivative is 1 at 0, so that what comes out of a ReLU is let through everywhere.
@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=["https://github.com/iamtrask/Grokking-Deep-Learning/pull/13"],
    message="The ReLU between your linear layers is left out on the way back: linear1 gets "
    "gradients also where the ReLU has cut off. Go through given.relu_backward.",
)
def hidden_relu_skipped(dlogits, cache):
    return _walk(dlogits, cache, relu3=_pass_all)


# As above.
@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=["https://github.com/iamtrask/Grokking-Deep-Learning/pull/13"],
    message="The ReLUs of your convolutions are left out on the way back: after the pooling's "
    "backward pass each gradient has to go through given.relu_backward.",
)
def relus_of_the_convolutions_skipped(dlogits, cache):
    return _walk(dlogits, cache, blocks=_pass_all)


@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=[
        "https://github.com/exacity/deeplearningbook-chinese/issues/127",
        "https://github.com/utkuozbulak/pytorch-cnn-visualizations/issues/36",
    ],
    message="Your ReLUs let a gradient through where the gradient is positive. What counts is the "
    "number on the way forward: where that was positive, its gradient passes, whatever its sign.",
)
def masked_by_the_gradient(dlogits, cache):
    return _walk(dlogits, cache, relu3=_mask_by_gradient, blocks=_mask_by_gradient)


# There the order is that of gradients in a figure, and of a list.
@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=[
        "https://github.com/Foundations-of-Computer-Vision/visionbook/pull/44",
        "https://github.com/apache/singa/pull/293",
    ],
    message="Your way back goes through the first block before the second one. The gradient comes "
    "from the loss, so what came last on the way forward is the first to be asked: after flatten "
    "that is the second pooling.",
)
def blocks_walked_forward(dlogits, cache):
    conv1, relu1, pool1, conv2, relu2, pool2, flat, linear1, hidden, linear2 = cache
    grads = {}
    dout, grads["linear2_weight"], grads["linear2_bias"] = given.linear_backward(dlogits, linear2)
    dout = given.relu_backward(dout, hidden)
    dout, grads["linear1_weight"], grads["linear1_bias"] = given.linear_backward(dout, linear1)
    dout = dout.reshape(flat)
    dout = given.relu_backward(given.max_pool2d_backward(dout, pool1), relu1)
    dout, grads["conv1_weight"], grads["conv1_bias"] = given.conv2d_backward(dout, conv1)
    dout = given.relu_backward(given.max_pool2d_backward(dout, pool2), relu2)
    _, grads["conv2_weight"], grads["conv2_bias"] = given.conv2d_backward(dout, conv2)
    return grads


# There one name is missing among the gradients.
@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=["https://github.com/denizyuret/Knet.jl/issues/101"],
    message="The names of your gradients have a d before them. They are the names of the "
    "parameters: grads['conv1_weight'] belongs to params['conv1_weight'].",
)
def names_with_a_d(dlogits, cache):
    return {f"d{name}": each for name, each in _walk(dlogits, cache).items()}


# There a bias's gradient is stored as a weight's.
@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=["https://github.com/stephane-rivaud/ForwardLocalGradient/issues/2"],
    message="The gradients of weights and biases have changed places. The backward passes of "
    "convolution and linear layer return dx, dweight, dbias, in this order.",
)
def weights_and_biases_swapped(dlogits, cache):
    grads = _walk(dlogits, cache)
    other = {"weight": "bias", "bias": "weight"}
    return {
        name: grads[f"{name.split('_')[0]}_{other[name.split('_')[1]]}"] for name in sorted(grads)
    }


@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=[
        "https://github.com/borgwang/tinynn/issues/12",
        "https://github.com/ShusenTang/Dive-into-DL-PyTorch/issues/75",
    ],
    message="Your gradients are divided by the number of images. The loss is a mean already, and "
    "its 1/N is in dlogits: a gradient is the sum over the batch.",
)
def averaged_once_more(dlogits, cache):
    return {name: each / len(dlogits) for name, each in _walk(dlogits, cache).items()}


@misconception(
    "lenet_backward",
    section="convolutional_networks-backward",
    cites=["https://github.com/iamtrask/Grokking-Deep-Learning/pull/22"],
    message="The gradients of your linear weights are transposed. The weights are (D_in, D_out), "
    "and each gradient has the shape of its parameter.",
)
def linear_gradients_transposed(dlogits, cache):
    grads = _walk(dlogits, cache)
    return grads | {f"linear{i}_weight": grads[f"linear{i}_weight"].T for i in (1, 2)}
