"""Mistakes in linear_forward and linear_backward.

The comment above an entry says where its cited case differs from it, if it does.
Only the gradient that an entry is about is written as a learner would; the others come out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(x, weight, bias):
    if x.ndim != 2 or weight.ndim != 2:
        raise ValueError(f"expected 2 axes each, got {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[0]:
        raise ValueError(f"expected vectors of {weight.shape[0]} numbers, got {x.shape[1]}")
    if bias.shape != (weight.shape[1],):
        raise ValueError(f"expected {weight.shape[1]} biases, got {bias.shape}")


def _right_gradients(dout, cache):
    x, weight = cache
    return dout @ weight.T, x.T @ dout, dout.sum(axis=0)


@misconception(
    "linear_forward",
    section="gradients-linear",
    cites=[
        "https://github.com/deepakcrk/CNN_ForDummies/issues/9",
        "https://github.com/apache/tvm/pull/4801",
    ],
    message="The bias is never added. Each output has one number of its own that is added for "
    "every vector of the batch.",
)
def bias_forgotten(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    return x @ weight, (x, weight)


# There in a convolution: once for each product.
@misconception(
    "linear_forward",
    section="gradients-linear",
    cites=["https://github.com/Kulbear/deep-learning-coursera/pull/48"],
    message="The bias is added inside the sum, once for each number of the vector. It is added "
    "once, after the sum.",
)
def bias_added_for_each_input(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    out = np.zeros((len(x), len(bias)), np.result_type(x, weight, bias))
    for i in range(x.shape[1]):
        out += x[:, i : i + 1] * weight[i] + bias
    return out, (x, weight)


@misconception(
    "linear_forward",
    section="gradients-linear",
    cites=[
        "https://github.com/pytorch/pytorch/issues/129834",
        "https://github.com/hkproj/pytorch-lora/issues/4",
    ],
    message="You multiply with the weights turned around, as PyTorch stores them: (D_out, D_in). "
    "Here weight has the shape (D_in, D_out), and x @ weight fits as it is.",
)
def weight_stored_as_in_pytorch(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    return x @ weight.T + bias, (x, weight)


@misconception(
    "linear_forward",
    section="gradients-linear",
    cites=["https://github.com/jimfleming/differentiation/issues/1"],
    message="A bias of the wrong length is stretched by NumPy and slips through. Compare "
    "bias.shape with (D_out,) before you compute, and raise a ValueError that names both.",
)
def bias_of_any_length_accepted(x, weight, bias):
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[0]:
        raise ValueError(f"x {x.shape} does not fit weight {weight.shape}")
    if bias.size not in (1, weight.shape[1]):
        raise ValueError(f"expected {weight.shape[1]} biases, got {bias.size}")
    return x @ weight + bias, (x, weight)


@misconception(
    "linear_forward",
    section="gradients-dtype",
    cites=["https://github.com/numpy/numpy/issues/16578"],
    message="Your output has the type of x, so that vectors of integers give integers: everything "
    "behind the point is cut off. Let the output have the type of the sums.",
)
def output_of_the_type_of_x(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    out = np.zeros((len(x), len(bias)), dtype=x.dtype)
    for n in range(len(x)):
        out[n] = x[n] @ weight + bias
    return out, (x, weight)


@misconception(
    "linear_forward",
    section="gradients-dtype",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "A layer of float32 stays float32.",
)
def output_always_float64(x, weight, bias):
    _refuse_misfits(x, weight, bias)
    out = np.zeros((len(x), len(bias)))
    for n in range(len(x)):
        out[n] = x[n] @ weight + bias
    return out, (x, weight)


@misconception(
    "linear_backward",
    section="gradients-dbias",
    cites=["https://github.com/kvfrans/notes/issues/5"],
    message="Your dbias is a mean over the batch. The bias was added once for each vector, so the "
    "gradients that come back are summed; if the loss is a mean, dout already holds the division.",
)
def dbias_averaged(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, dout.mean(axis=0)


@misconception(
    "linear_backward",
    section="gradients-dbias",
    cites=[
        "https://github.com/jimfleming/differentiation/issues/1",
        "https://github.com/mlpack/mlpack/pull/3679",
    ],
    message="Your dbias is dout itself, one row for each vector. All the vectors share one bias, "
    "so their gradients are added up: the shape is (D_out,), as that of bias.",
)
def dbias_not_summed(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, dout


# There in a layer with one more axis.
@misconception(
    "linear_backward",
    section="gradients-dbias",
    cites=[
        "https://github.com/deeplearning4j/deeplearning4j/pull/364",
        "https://github.com/ooples/AiDotNet.Tensors/issues/234",
    ],
    message="Your dbias is summed along the wrong axis: it holds one number for each vector. The "
    "axis that is summed away is the batch, axis 0.",
)
def dbias_summed_over_outputs(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, dout.sum(axis=1)


@misconception(
    "linear_backward",
    section="gradients-dbias",
    cites=["https://github.com/dlsyscourse/hw2/issues/8"],
    message="Your dbias is right but for its shape: keepdims leaves (1, D_out). A gradient has the "
    "shape of what it belongs to, (D_out,).",
)
def dbias_keeps_the_axis(dout, cache):
    dx, dweight, _ = _right_gradients(dout, cache)
    return dx, dweight, np.sum(dout, axis=0, keepdims=True)


# There the transpose was forgotten, so that the sizes did not fit at all.
@misconception(
    "linear_backward",
    section="gradients-dweight",
    cites=["https://github.com/hunkim/DeepLearningZeroToAll/issues/25"],
    message="Your dweight is turned around: it has the shape (D_out, D_in). A gradient has the "
    "shape of what it belongs to; the inputs count its rows.",
)
def dweight_transposed(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx, dweight.T, dbias


@misconception(
    "linear_backward",
    section="gradients-dweight",
    cites=["https://github.com/fengdu78/deeplearning_ai_books/issues/21"],
    message="You multiply x with dout as they lie, and the sizes do not fit. The sum runs over the "
    "batch, so the batch has to be the last axis on the left side: turn x around.",
)
def dweight_without_turning_x(dout, cache):
    x, weight = cache
    return dout @ weight.T, np.dot(x, dout), dout.sum(axis=0)


@misconception(
    "linear_backward",
    section="gradients-dweight",
    cites=[
        "https://github.com/apache/mxnet/issues/2427",
        "https://github.com/hunkim/DeepLearningZeroToAll/issues/173",
    ],
    message="Your dweight is divided by the number of vectors. The layer only sums; where the loss "
    "is a mean over the batch, its own gradient, dout, already holds the division.",
)
def dweight_averaged(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx, dweight / len(dout), dbias


@misconception(
    "linear_backward",
    section="gradients-dweight",
    cites=["https://github.com/SkalskiP/ILearnDeepLearning.py/issues/29"],
    message="Your dweight and your dbias are divided by the number of vectors. The layer only "
    "sums; where the loss is a mean over the batch, its own gradient, dout, already holds the "
    "division.",
)
def parameter_gradients_averaged(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    m = dout.shape[0]
    return dx, dweight / m, dbias / m


# There the gradient is set to zero on each backward pass, within the batch.
@misconception(
    "linear_backward",
    section="gradients-dweight",
    cites=["https://github.com/karpathy/convnetjs/issues/17"],
    message="Your dweight comes from the last vector alone: each one overwrites what the one "
    "before gave. All the vectors share the weights, so add their contributions up with +=.",
)
def dweight_of_last_vector(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    for n in range(len(dout)):
        dweight = np.outer(cache[0][n], dout[n])
    return dx, dweight, dbias


# There in a gradient checker: what is measured is the gradient of the plain sum of the outputs.
@misconception(
    "linear_backward",
    section="gradients-chain",
    cites=["https://github.com/HomericIntelligence/Odyssey/issues/2018"],
    message="Your gradients do not use the numbers in dout: they are those of the plain sum of the "
    "outputs, as if dout were 1 everywhere. What comes back from each output is weighed with dout.",
)
def dout_ignored(dout, cache):
    dx, dweight, dbias = _right_gradients(np.ones_like(dout), cache)
    return dx, dweight, dbias


@misconception(
    "linear_backward",
    section="gradients-dx",
    cites=[
        "https://github.com/pulp-platform/pulp-trainlib/issues/3",
        "https://github.com/nntile/nntile/pull/433",
    ],
    message="You multiply dout with weight as it lies, and the sizes do not fit. The sum runs over "
    "the outputs, so they have to be the first axis on the right side: turn weight around.",
)
def dx_without_turning_weight(dout, cache):
    x, weight = cache
    return np.dot(dout, weight), x.T @ dout, dout.sum(axis=0)


# There by a missing transpose.
@misconception(
    "linear_backward",
    section="gradients-dx",
    cites=["https://github.com/apache/mxnet/pull/4498"],
    message="Your dx is turned around: it has the shape (D_in, N). A gradient has the shape of "
    "what it belongs to; the vectors of the batch count its rows.",
)
def dx_transposed(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dx.T, dweight, dbias


# There for the parameters' gradients.
@misconception(
    "linear_backward",
    section="gradients-dx",
    cites=["https://github.com/Kulbear/deep-learning-coursera/issues/8"],
    message="All your gradients are divided by the number of vectors. The layer only sums; where "
    "the loss is a mean over the batch, its own gradient, dout, already holds the division.",
)
def gradients_divided_by_batch_size(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    m = dout.shape[0]
    return dx / m, dweight / m, dbias / m


# A neighbor: a picture of the backward pass with two gradients changed about.
@misconception(
    "linear_backward",
    section="gradients-chain",
    cites=["https://github.com/xnought/backprop-explainer/issues/20"],
    message="Your gradients come back in another order than the arguments went in. Return them as "
    "the forward pass takes them: x, weight, bias.",
)
def gradients_out_of_order(dout, cache):
    dx, dweight, dbias = _right_gradients(dout, cache)
    return dweight, dx, dbias


@misconception(
    "linear_backward",
    section="gradients-dtype",
    cites=["https://github.com/deeplearningfromscratch2/deep-learning-from-scratch-2/issues/3"],
    message="Your gradients are always float64, because np.zeros makes float64 unless told "
    "otherwise. A gradient has the type of what it belongs to: float32 stays float32.",
)
def float64_gradients(dout, cache):
    x, weight = cache
    dx, dweight, dbias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(weight.shape[1])
    for n in range(len(dout)):
        dx[n] += weight @ dout[n]
        dweight += np.outer(x[n], dout[n])
        dbias += dout[n]
    return dx, dweight, dbias
