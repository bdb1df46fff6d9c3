"""Hidden tests of the chapter on layer, instance and group normalization.

The sizes of an array differ, but for one square batch that is there for a reason. No two sets of
numbers have the same scale or place, no gamma is near 1, and `dout` is random.
"""

# ruff: noqa: D403 - dx, dgamma and dbeta are names.

import numpy as np

from autograder.testing import graded

_DTYPE_HINT = "One float64 in a formula makes all of it float64: which of your arrays is one?"


def _drawn(rng, shape, dtype=np.float64):
    """Draw x; every sample and every channel of it has a scale and a place of its own."""
    N, C = shape[:2]
    per_sample, per_channel = (N, *[1] * (len(shape) - 1)), (C, *[1] * (len(shape) - 2))
    scales = rng.permutation(np.linspace(1.0, 2.0, N)).reshape(per_sample)
    scales = scales * rng.permutation(np.linspace(1.0, 2.5, C)).reshape(per_channel)
    places = rng.permutation(np.linspace(-6.0, 6.0, N) + 0.5).reshape(per_sample)
    places = places + rng.permutation(np.linspace(-3.0, 3.0, C)).reshape(per_channel)
    # Never near 0: a map of two equal numbers would have no width.
    x = rng.uniform(0.5, 1.5, shape) * rng.permuted(np.resize([1.0, -1.0], shape), axis=-1)
    return (x * scales + places).astype(dtype)


def _parameters(rng, C, dtype=np.float64):
    """Draw gamma and beta. No two are near each other, and no gamma is near 1 or 0."""
    gamma = rng.permutation(np.linspace(1.5, 4.0, C)) * rng.choice([-1.0, 1.0], C)
    beta = rng.permutation(np.linspace(4.0, 7.0, C)) * rng.choice([-1.0, 1.0], C)
    return gamma.astype(dtype), beta.astype(dtype)


def _layer(rng, *shape, dtype=np.float64):
    """Draw the arguments of a layer norm or an instance norm."""
    return _drawn(rng, shape, dtype), *_parameters(rng, shape[1], dtype)


def _grouped(rng, num_groups, *shape, dtype=np.float64):
    """Draw the arguments of a group norm."""
    return _drawn(rng, shape, dtype), num_groups, *_parameters(rng, shape[1], dtype)


# layer_norm_forward, 6 points -----------------------------------------------------------------


@graded(
    "layer_norm_forward",
    stage="layer_norm",
    points=2,
    hint="With gamma 1 and beta 0, print the mean and the variance of every row: are they 0 and 1?",
    section="other_norms-layer",
)
def test_layer_norm_forward_normalizes_every_sample(check, rng):
    """Every sample is normalized by its own mean and variance, then scaled and shifted."""
    check.returns("layer_norm_forward", *_layer(rng, 5, 4))
    check.returns("layer_norm_forward", *_layer(rng, 3, 7))


@graded(
    "layer_norm_forward",
    stage="layer_norm",
    points=1,
    hint="Which index does gamma carry in the formula, that of the sample or that of the feature?",
    section="other_norms-parameters",
)
def test_layer_norm_forward_has_a_scale_for_every_feature(check, rng):
    """Scale and shift belong to the features, also where there are as many samples as features."""
    x, gamma, beta = _layer(rng, 4, 4)
    out, _ = check.call("layer_norm_forward", x, gamma, beta)
    plain, _ = check.call("layer_norm_forward", x, np.ones(4), np.zeros(4))
    for j in range(4):
        what = f"column {j} is scaled by gamma[{j}], and shifted by beta[{j}]"
        check.equal(out[:, j], gamma[j] * plain[:, j] + beta[j], what)


@graded(
    "layer_norm_forward",
    stage="layer_norm",
    points=1,
    hint="Try a sample of variance 4 with eps = 12 by hand: what do you divide by?",
    section="other_norms-eps",
)
def test_layer_norm_forward_adds_eps_to_the_variance(check, rng):
    """A large eps is added once, to the variance, and a sample of equal numbers gives beta."""
    check.returns("layer_norm_forward", *_layer(rng, 6, 3), eps=6.0)
    x, gamma, beta = _layer(rng, 4, 5)
    x[2] = rng.integers(2, 9)
    check.returns("layer_norm_forward", x, gamma, beta)


@graded(
    "layer_norm_forward",
    stage="layer_norm",
    points=0.5,
    hint="Call your function with one sample, then with that sample in a batch: what differs?",
    section="other_norms-laws",
)
def test_layer_norm_forward_sees_each_sample_alone(check, rng):
    """A sample gives the same alone and in a batch, however it is shifted and stretched."""
    x, gamma, beta = _layer(rng, 3, 8)
    out, _ = check.call("layer_norm_forward", x, gamma, beta, eps=1e-12)
    alone, _ = check.call("layer_norm_forward", x[1:2], gamma, beta, eps=1e-12)
    check.equal(alone, out[1:2], "a sample alone gives what it gives in a batch")
    stretched = np.array([[3.0], [0.1], [50.0]]) * x + np.array([[1e4], [-7.0], [0.0]])
    moved, _ = check.call("layer_norm_forward", stretched, gamma, beta, eps=1e-12)
    check.equal(moved, out, "the output is the same when samples are stretched and shifted")


@graded(
    "layer_norm_forward",
    stage="layer_norm",
    points=1,
    hint="Which of your arrays is float64, and which line writes into an array of the caller?",
    section="other_norms-traps",
)
def test_layer_norm_forward_keeps_types_and_arguments(check, rng):
    """Integers give fractions, float32 stays float32, and no argument is changed."""
    x, gamma, beta = _layer(rng, 6, 5)
    whole = rng.integers(-9, 10, x.shape) + 10 * np.eye(6, 5, dtype=int)
    check.returns("layer_norm_forward", whole, gamma, beta)
    out, _ = check.leaves_arguments_alone("layer_norm_forward", x, gamma, beta)
    turned, _ = check.call("layer_norm_forward", -x, -gamma, beta)
    check.equal(turned, out, "turning the signs of x and gamma changes nothing")
    check.keeps_dtype("layer_norm_forward", *_layer(rng, 3, 4, dtype=np.float32))


@graded(
    "layer_norm_forward",
    stage="layer_norm",
    points=0.5,
    hint="NumPy stretches a gamma of one number without asking: compare the shapes yourself.",
    section="other_norms-parameters",
)
def test_layer_norm_forward_refuses_what_does_not_fit(check, rng):
    """What is no batch of samples, and parameters of another shape, get a ValueError."""
    x, gamma, beta = _layer(rng, 4, 13)
    check.call("layer_norm_forward", x, gamma, beta)
    check.raises(ValueError, "layer_norm_forward", x, np.ones(1), beta, mentions=("13",))
    check.raises(ValueError, "layer_norm_forward", x, gamma, np.ones(1), mentions=("13",))
    check.raises(ValueError, "layer_norm_forward", x, np.ones(17), beta, mentions=("13", "17"))
    check.raises(ValueError, "layer_norm_forward", x, gamma, np.ones((4, 1)), mentions=("13",))
    one, three = rng.standard_normal(13), rng.standard_normal((3, 17, 13))
    check.raises(ValueError, "layer_norm_forward", one, gamma, beta, mentions=("13",))
    check.raises(ValueError, "layer_norm_forward", three, gamma, beta, mentions=("17",))
    none = np.zeros(0)
    check.raises(ValueError, "layer_norm_forward", np.zeros((19, 0)), none, none, mentions=("19",))


# layer_norm_backward: dgamma and dbeta, 2.5 points --------------------------------------------


@graded(
    "layer_norm_backward",
    stage="layer_dgamma_dbeta",
    points=1,
    hint="To how many outputs was one beta added, and along which axis do they lie?",
    section="other_norms-dgamma-dbeta",
)
def test_layer_dbeta_collects_from_every_sample(check, rng):
    """dbeta collects the gradient of its feature from every sample."""
    check.backward("layer_norm_forward", *_layer(rng, 6, 4), wrt="dbeta")
    check.gradient("layer_norm_forward", *_layer(rng, 3, 5), wrt="dbeta")


@graded(
    "layer_norm_backward",
    stage="layer_dgamma_dbeta",
    points=1.5,
    hint="What was gamma multiplied by in the forward pass: x, or something else?",
    section="other_norms-dgamma-dbeta",
)
def test_layer_dgamma_weighs_with_the_normalized_numbers(check, rng):
    """dgamma collects from every sample, weighed with what gamma was multiplied by."""
    check.backward("layer_norm_forward", *_layer(rng, 5, 4), wrt="dgamma")
    check.gradient("layer_norm_forward", *_layer(rng, 3, 6), wrt="dgamma", eps=0.3)


# layer_norm_backward: dx, 5 points ------------------------------------------------------------


@graded(
    "layer_norm_backward",
    stage="layer_dx",
    points=2,
    hint="First back through the scale; then its own output, the mean, the variance: three ways.",
    section="other_norms-dx",
)
def test_layer_dx_goes_through_scale_and_normalization(check, rng):
    """dx comes through gamma, and then through the output itself, the mean and the variance."""
    check.backward("layer_norm_forward", *_layer(rng, 5, 4), wrt="dx")
    check.backward("layer_norm_forward", *_layer(rng, 3, 7), wrt="dx", eps=0.3)


@graded(
    "layer_norm_backward",
    stage="layer_dx",
    points=1.5,
    hint="Move one number a little: all outputs of its sample move. Are all of them in your dx?",
    section="other_norms-check",
)
def test_layer_dx_agrees_with_central_differences(check, rng):
    """dx tells how the loss moves when one number of x moves a little."""
    check.gradient("layer_norm_forward", *_layer(rng, 4, 6), wrt="dx")


@graded(
    "layer_norm_backward",
    stage="layer_dx",
    points=0.5,
    hint="If all numbers of a sample move by the same amount, no output moves: add up dx.",
    section="other_norms-laws",
)
def test_layer_dx_has_no_part_along_shift_and_scale(check, rng):
    """In every sample dx adds up to 0, and so does dx times x, when eps is tiny."""
    x, gamma, beta = _layer(rng, 4, 7)
    out, cache = check.call("layer_norm_forward", x, gamma, beta, eps=1e-12)
    dx, _, _ = check.call("layer_norm_backward", rng.standard_normal(out.shape), cache)
    check.equal(dx.sum(axis=1), np.zeros(4), "dx adds up to 0 in every sample")
    check.equal((dx * x).sum(axis=1), np.zeros(4), "dx times x adds up to 0 in every sample")


@graded(
    "layer_norm_backward",
    stage="layer_dx",
    points=1,
    hint=_DTYPE_HINT,
    section="other_norms-traps",
)
def test_layer_norm_backward_keeps_float32_and_its_arguments(check, rng):
    """In float32 the gradients are float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, 6, 4, dtype=np.float32)
    check.backward("layer_norm_forward", *layer, wrt="dx")
    check.keeps_gradient_dtype("layer_norm_forward", *layer, wrt="dx")
    check.keeps_gradient_dtype("layer_norm_forward", *layer, wrt="dgamma")
    check.backward_leaves_arguments_alone("layer_norm_forward", *_layer(rng, 5, 3))


# instance_norm2d_forward, 4 points ------------------------------------------------------------


@graded(
    "instance_norm2d_forward",
    stage="instance_norm",
    points=1.5,
    hint="With gamma 1 and beta 0, print the mean and the variance of every single map.",
    section="other_norms-instance",
)
def test_instance_norm2d_forward_normalizes_every_map(check, rng):
    """Every map is normalized by its own mean and variance, then scaled and shifted."""
    check.returns("instance_norm2d_forward", *_layer(rng, 3, 2, 5, 4))
    check.returns("instance_norm2d_forward", *_layer(rng, 2, 5, 1, 6))


@graded(
    "instance_norm2d_forward",
    stage="instance_norm",
    points=1,
    hint="Call your function with a single map, then with that map in a batch: what differs?",
    section="other_norms-laws",
)
def test_instance_norm2d_forward_sees_each_map_alone(check, rng):
    """A map gives the same alone and among others, with a large eps and with one number too."""
    check.returns("instance_norm2d_forward", *_layer(rng, 2, 3, 5, 4), eps=6.0)
    check.returns("instance_norm2d_forward", *_layer(rng, 2, 3, 1, 1))
    x, gamma, beta = _layer(rng, 2, 4, 5, 3)
    out, _ = check.call("instance_norm2d_forward", x, gamma, beta)
    one = slice(1, 2), slice(2, 3)
    alone, _ = check.call("instance_norm2d_forward", x[one], gamma[2:3], beta[2:3])
    check.equal(alone, out[one], "a map alone gives what it gives among others")


@graded(
    "instance_norm2d_forward",
    stage="instance_norm",
    points=1,
    hint="x -= 1 changes the caller's array, x = x - 1 makes a new one: which do you use?",
    section="other_norms-traps",
)
def test_instance_norm2d_forward_keeps_types_and_arguments(check, rng):
    """Float32 stays float32, and no argument is changed."""
    x, gamma, beta = _layer(rng, 2, 3, 4, 5)
    out, _ = check.leaves_arguments_alone("instance_norm2d_forward", x, gamma, beta)
    turned, _ = check.call("instance_norm2d_forward", -x, -gamma, beta)
    check.equal(turned, out, "turning the signs of x and gamma changes nothing")
    check.keeps_dtype("instance_norm2d_forward", *_layer(rng, 3, 2, 5, 4, dtype=np.float32))


@graded(
    "instance_norm2d_forward",
    stage="instance_norm",
    points=0.5,
    hint="Look at x.ndim, x.shape and the shapes of gamma and beta before you compute.",
    section="other_norms-instance",
)
def test_instance_norm2d_forward_refuses_what_does_not_fit(check, rng):
    """What is no batch of maps, and parameters of another shape, get a ValueError."""
    x, gamma, beta = _layer(rng, 2, 13, 3, 4)
    check.call("instance_norm2d_forward", x, gamma, beta)
    check.raises(ValueError, "instance_norm2d_forward", x, np.ones(1), beta, mentions=("13",))
    check.raises(ValueError, "instance_norm2d_forward", x, gamma, np.ones(1), mentions=("13",))
    check.raises(ValueError, "instance_norm2d_forward", x[0], gamma, beta, mentions=("13",))
    none = np.zeros((2, 13, 0, 19))
    check.raises(ValueError, "instance_norm2d_forward", none, gamma, beta, mentions=("19",))


# instance_norm2d_backward, 3.5 points ---------------------------------------------------------


@graded(
    "instance_norm2d_backward",
    stage="instance_backward",
    points=1,
    hint="How many numbers did one gamma multiply? All of them send something back.",
    section="other_norms-dgamma-dbeta",
)
def test_instance_dgamma_and_dbeta_collect_from_the_whole_channel(check, rng):
    """dgamma and dbeta collect from all samples and all places of their channel."""
    check.backward("instance_norm2d_forward", *_layer(rng, 3, 2, 5, 4), wrt="dbeta")
    check.backward("instance_norm2d_forward", *_layer(rng, 2, 3, 4, 5), wrt="dgamma", eps=0.3)
    check.gradient("instance_norm2d_forward", *_layer(rng, 3, 2, 1, 4), wrt="dgamma")


@graded(
    "instance_norm2d_backward",
    stage="instance_backward",
    points=1.5,
    hint="The three ways of layer norm, with the numbers of one map: which two axes are theirs?",
    section="other_norms-dx",
)
def test_instance_dx_goes_three_ways_in_every_map(check, rng):
    """dx comes through gamma, then through the output itself, the mean and the variance."""
    check.backward("instance_norm2d_forward", *_layer(rng, 3, 2, 5, 4), wrt="dx")
    check.backward("instance_norm2d_forward", *_layer(rng, 2, 5, 4, 3), wrt="dx", eps=0.3)
    check.gradient("instance_norm2d_forward", *_layer(rng, 2, 3, 4, 1), wrt="dx")


@graded(
    "instance_norm2d_backward",
    stage="instance_backward",
    points=1,
    hint="Give every gradient an array of its own: dout and the cache belong to others.",
    section="other_norms-traps",
)
def test_instance_norm2d_backward_keeps_float32_and_its_arguments(check, rng):
    """In float32 the gradients are float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, 2, 3, 5, 4, dtype=np.float32)
    check.backward("instance_norm2d_forward", *layer, wrt="dx")
    check.keeps_gradient_dtype("instance_norm2d_forward", *layer, wrt="dx")
    check.backward_leaves_arguments_alone("instance_norm2d_forward", *_layer(rng, 3, 2, 4, 5))


# group_norm2d_forward, 5 points ---------------------------------------------------------------


@graded(
    "group_norm2d_forward",
    stage="group_norm",
    points=2,
    hint="Number the channels of a small example: which of them share a mean in your function?",
    section="other_norms-group",
)
def test_group_norm2d_forward_normalizes_every_group(check, rng):
    """Groups of neighboring channels are normalized, then every channel is scaled and shifted."""
    check.returns("group_norm2d_forward", *_grouped(rng, 2, 3, 8, 4, 5))
    check.returns("group_norm2d_forward", *_grouped(rng, 4, 2, 12, 5, 1))


@graded(
    "group_norm2d_forward",
    stage="group_norm",
    points=1,
    hint="Which numbers share a mean with 1 group, and which with as many groups as channels?",
    section="other_norms-laws",
)
def test_group_norm2d_forward_has_two_ends(check, rng):
    """One group is layer norm of each sample; a group for every channel is instance norm."""
    x, gamma, beta = _layer(rng, 2, 6, 5, 4)
    ends = {1: ((1, 2, 3), "layer normalization of a sample"), 6: ((2, 3), "instance norm")}
    for num_groups, (axes, name) in ends.items():
        x_hat = x - x.mean(axis=axes, keepdims=True)
        x_hat = x_hat / np.sqrt(x.var(axis=axes, keepdims=True) + 0.3)
        expected = gamma[:, None, None] * x_hat + beta[:, None, None]
        out, _ = check.call("group_norm2d_forward", x, num_groups, gamma, beta, eps=0.3)
        check.equal(out, expected, f"num_groups={num_groups} for 6 channels gives {name}")


@graded(
    "group_norm2d_forward",
    stage="group_norm",
    points=0.5,
    hint="Call your function with one group of one sample, then with all: what differs?",
    section="other_norms-laws",
)
def test_group_norm2d_forward_sees_each_group_alone(check, rng):
    """A group gives the same alone and among others, for a large eps too."""
    x, num_groups, gamma, beta = _grouped(rng, 3, 2, 9, 5, 4)
    out, _ = check.call("group_norm2d_forward", x, num_groups, gamma, beta, eps=6.0)
    one, mine = (slice(1, 2), slice(3, 6)), slice(3, 6)
    alone, _ = check.call("group_norm2d_forward", x[one], 1, gamma[mine], beta[mine], eps=6.0)
    check.equal(alone, out[one], "a group alone gives what it gives among others")


@graded(
    "group_norm2d_forward",
    stage="group_norm",
    points=1,
    hint="reshape hands out the same numbers once more, not a copy: do you write into them?",
    section="other_norms-traps",
)
def test_group_norm2d_forward_keeps_types_and_arguments(check, rng):
    """Float32 stays float32, and no argument is changed."""
    x, num_groups, gamma, beta = _grouped(rng, 2, 3, 6, 5, 4)
    out, _ = check.leaves_arguments_alone("group_norm2d_forward", x, num_groups, gamma, beta)
    turned, _ = check.call("group_norm2d_forward", -x, num_groups, -gamma, beta)
    check.equal(turned, out, "turning the signs of x and gamma changes nothing")
    check.keeps_dtype("group_norm2d_forward", *_grouped(rng, 3, 2, 6, 4, 5, dtype=np.float32))


@graded(
    "group_norm2d_forward",
    stage="group_norm",
    points=0.5,
    hint="C // num_groups drops a remainder without a word: ask for it before you reshape.",
    section="other_norms-group",
)
def test_group_norm2d_forward_refuses_what_does_not_fit(check, rng):
    """Groups that do not divide the channels, and what is no batch of maps, get a ValueError."""
    x, _, gamma, beta = _grouped(rng, 4, 2, 12, 3, 5)
    check.call("group_norm2d_forward", x, 4, gamma, beta)
    for num_groups in (7, 24, 0, -3):
        named = ("12", str(num_groups))
        check.raises(ValueError, "group_norm2d_forward", x, num_groups, gamma, beta, mentions=named)
    check.raises(ValueError, "group_norm2d_forward", x, 4, np.ones(4), beta, mentions=("12",))
    check.raises(ValueError, "group_norm2d_forward", x, 4, gamma, np.ones(1), mentions=("12",))
    check.raises(ValueError, "group_norm2d_forward", x[0], 3, gamma, beta, mentions=("12",))
    none = np.zeros((2, 12, 0, 19))
    check.raises(ValueError, "group_norm2d_forward", none, 4, gamma, beta, mentions=("19",))


# group_norm2d_backward, 4 points --------------------------------------------------------------


@graded(
    "group_norm2d_backward",
    stage="group_backward",
    points=1,
    hint="Parameters belong to channels: how many numbers did one gamma multiply?",
    section="other_norms-dgamma-dbeta",
)
def test_group_dgamma_and_dbeta_belong_to_channels(check, rng):
    """dgamma and dbeta hold one number for each channel, from all samples and places."""
    check.backward("group_norm2d_forward", *_grouped(rng, 2, 3, 8, 4, 5), wrt="dbeta")
    check.backward("group_norm2d_forward", *_grouped(rng, 3, 2, 6, 5, 4), wrt="dgamma", eps=0.3)
    check.gradient("group_norm2d_forward", *_grouped(rng, 2, 3, 4, 1, 5), wrt="dgamma")


@graded(
    "group_norm2d_backward",
    stage="group_backward",
    points=1.5,
    hint="The channels of a group share a mean, but no gamma: which comes first on the way back?",
    section="other_norms-dx",
)
def test_group_dx_goes_through_gamma_before_the_means(check, rng):
    """dx comes through each channel's gamma first, then three ways through its group."""
    check.backward("group_norm2d_forward", *_grouped(rng, 2, 3, 8, 4, 5), wrt="dx")
    check.backward("group_norm2d_forward", *_grouped(rng, 3, 2, 6, 5, 4), wrt="dx", eps=0.3)
    check.gradient("group_norm2d_forward", *_grouped(rng, 2, 3, 4, 5, 1), wrt="dx")


@graded(
    "group_norm2d_backward",
    stage="group_backward",
    points=0.5,
    hint="If all numbers of a group move by the same amount, no output moves: add up dx.",
    section="other_norms-laws",
)
def test_group_dx_adds_up_to_zero_in_every_group(check, rng):
    """In every group of every sample dx adds up to 0."""
    out, cache = check.call("group_norm2d_forward", *_grouped(rng, 4, 3, 8, 5, 2))
    dx, _, _ = check.call("group_norm2d_backward", rng.standard_normal(out.shape), cache)
    check.equal(dx.reshape(3, 4, -1).sum(axis=2), np.zeros((3, 4)), "dx adds up to 0 in a group")


@graded(
    "group_norm2d_backward",
    stage="group_backward",
    points=1,
    hint="Give every gradient an array of its own: dout and the cache belong to others.",
    section="other_norms-traps",
)
def test_group_norm2d_backward_keeps_float32_and_its_arguments(check, rng):
    """In float32 the gradients are float32, and neither dout nor the cache is changed."""
    layer = _grouped(rng, 3, 2, 6, 5, 4, dtype=np.float32)
    check.backward("group_norm2d_forward", *layer, wrt="dx")
    check.keeps_gradient_dtype("group_norm2d_forward", *layer, wrt="dx")
    check.backward_leaves_arguments_alone("group_norm2d_forward", *_grouped(rng, 2, 3, 4, 5, 1))
