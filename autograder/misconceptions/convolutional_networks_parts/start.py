"""Mistakes in lenet_init.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception

_SHAPES = {
    "conv1": (20, 1, 5, 5),
    "conv2": (50, 20, 5, 5),
    "linear1": (2450, 500),
    "linear2": (500, 10),
}


def _fans(shape):
    """Count fan_in and fan_out."""
    if len(shape) == 2:
        return shape
    area = shape[2] * shape[3]
    return shape[1] * area, shape[0] * area


def _drawn(draw, spread, dtype, bias=None):
    """Make the parameters: weights of a spread that fan_in and fan_out give."""
    params = {}
    for name, shape in _SHAPES.items():
        outputs = shape[0] if len(shape) == 4 else shape[1]
        params[f"{name}_weight"] = (draw(shape) * spread(*_fans(shape))).astype(dtype)
        start = np.zeros(outputs) if bias is None else bias(outputs)
        params[f"{name}_bias"] = start.astype(dtype)
    return params


def _he(fan_in, fan_out):
    return np.sqrt(2 / fan_in)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=[
        "https://github.com/wagonhelm/NaNmnist/issues/2",
        "https://github.com/rasmusbergpalm/DeepLearnToolbox/issues/31",
    ],
    message="Your weights are all 0. Then all filters of a layer give the same, get the same "
    "gradient, and stay equal for ever. Draw them at random, with the spread sqrt(2 / fan_in).",
)
def weights_all_zero(rng, *, dtype=np.float32):
    return _drawn(np.zeros, _he, dtype)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=["https://github.com/VinceShieh/spark-ffm/issues/12"],
    message="Your weights have the spread 1 in every layer. Sums of hundreds of such products are "
    "huge, and so is the first loss. Multiply what you draw by sqrt(2 / fan_in).",
)
def weights_not_scaled(rng, *, dtype=np.float32):
    return _drawn(rng.standard_normal, lambda fan_in, fan_out: 1.0, dtype)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=["https://github.com/amsukdu/SimplePythonCNN/issues/2"],
    message="You multiply by 2 / fan_in. That is the variance; the spread is its square root.",
)
def variance_taken_for_the_spread(rng, *, dtype=np.float32):
    return _drawn(rng.standard_normal, lambda fan_in, fan_out: 2 / fan_in, dtype)


# There the two are counted wrongly, or mixed up with the order of the axes.
@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=[
        "https://github.com/keras-team/keras/pull/2252",
        "https://github.com/Lasagne/Lasagne/issues/49",
    ],
    message="You divide by fan_out, the number of outputs that a number goes into. It is fan_in "
    "that counts: how many products are added up for one output number.",
)
def fan_out_for_fan_in(rng, *, dtype=np.float32):
    return _drawn(rng.standard_normal, lambda fan_in, fan_out: np.sqrt(2 / fan_out), dtype)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=[
        "https://github.com/davisking/dlib/issues/339",
        "https://github.com/williamleif/GraphSAGE/issues/195",
    ],
    message="Your spread is Glorot's, sqrt(2 / (fan_in + fan_out)), which is made for layers "
    "without ReLU. Here the rule is He's, sqrt(2 / fan_in).",
)
def glorot_for_he(rng, *, dtype=np.float32):
    def spread(fan_in, fan_out):
        return np.sqrt(2 / (fan_in + fan_out))

    return _drawn(rng.standard_normal, spread, dtype)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=["https://github.com/LBANN/lbann/pull/316"],
    message="Your spread is sqrt(1 / fan_in): the 2 is missing. ReLU halves the mean square of "
    "what goes through it, and the 2 makes up for that.",
)
def two_forgotten(rng, *, dtype=np.float32):
    return _drawn(rng.standard_normal, lambda fan_in, fan_out: np.sqrt(1 / fan_in), dtype)


# There in a rule made for linear layers that is used for filters.
@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=[
        "https://github.com/nntrainer/nntrainer/pull/1353",
        "https://github.com/keras-team/keras/pull/29",
    ],
    message="Your fan_in of a convolution counts the channels only. A filter of C_in x 5 x 5 adds "
    "up 25 products for each of its channels.",
)
def kernel_area_forgotten(rng, *, dtype=np.float32):
    params = _drawn(rng.standard_normal, _he, dtype)
    for name in ("conv1_weight", "conv2_weight"):
        params[name] = params[name] * 5
    return params


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=["https://github.com/JacobBumgarner/learning-repo/pull/5"],
    message="Your weights are all positive: rng.random draws from 0 to 1. Their mean has to be 0, "
    "as it is with rng.standard_normal, or what goes through the layers only grows.",
)
def weights_all_positive(rng, *, dtype=np.float32):
    return _drawn(rng.random, lambda fan_in, fan_out: np.sqrt(6 / fan_in), dtype)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=[
        "https://github.com/alexhernandezgarcia/gflownet/pull/316",
        "https://github.com/deepmodeling/deepmd-kit/pull/1030",
    ],
    message="You draw from np.random and not from rng: the same rng gives another network each "
    "time, and nobody can repeat a training run.",
)
def global_random_numbers(rng, *, dtype=np.float32):
    return _drawn(lambda shape: np.random.normal(size=shape), _he, dtype)


# There the seed is preset where the numbers are drawn.
@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=["https://github.com/marian-nmt/marian-dev/issues/77"],
    message="You draw from a generator of your own, with a seed of its own: whatever rng comes, "
    "the network is the same. Draw from rng.",
)
def generator_of_its_own(rng, *, dtype=np.float32):
    return _drawn(np.random.default_rng(0).standard_normal, _he, dtype)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=[
        "https://github.com/netket/netket/issues/241",
        "https://github.com/nntile/nntile/issues/21",
    ],
    message="Each layer begins with the same random numbers, as if the generator were set back "
    "before each of them. Draw one layer after the other from rng.",
)
def same_numbers_for_every_layer(rng, *, dtype=np.float32):
    seed = int(rng.integers(2**31))
    return _drawn(lambda shape: np.random.default_rng(seed).standard_normal(shape), _he, dtype)


@misconception(
    "lenet_init",
    section="convolutional_networks-traps",
    cites=["https://github.com/ray-project/ray/issues/23689"],
    message="The type is always float32, whatever dtype is asked for. Use the argument dtype in "
    "the place of np.float32.",
)
def dtype_ignored(rng, *, dtype=np.float32):
    return _drawn(rng.standard_normal, _he, np.float32)


# There it is a learning rate that makes float64 of float32.
@misconception(
    "lenet_init",
    section="convolutional_networks-traps",
    cites=[
        "https://github.com/jax-ml/jax/issues/4827",
        "https://github.com/google/flax/issues/924",
    ],
    message="Your parameters are float64, as rng.standard_normal and np.zeros make them. They have "
    "to be of the type dtype, which is float32 unless the caller asks for another.",
)
def parameters_in_float64(rng, *, dtype=np.float32):
    return _drawn(rng.standard_normal, _he, np.float64)


@misconception(
    "lenet_init",
    section="convolutional_networks-init",
    cites=[
        "https://github.com/nmayorov/ufcnn/issues/4",
        "https://github.com/facebookresearch/dlrm/pull/358",
    ],
    message="Your biases are drawn at random. They begin at 0; the weights alone are enough to "
    "make the filters different.",
)
def biases_drawn(rng, *, dtype=np.float32):
    return _drawn(rng.standard_normal, _he, dtype, bias=lambda n: 0.1 * rng.standard_normal(n))
