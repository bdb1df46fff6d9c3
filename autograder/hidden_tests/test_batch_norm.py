"""Hidden tests of the chapter on batch normalization, in training.

N and D are never equal, no column has the scale or the place of another, no gamma is near 1, and
`dout` is random: for a `dout` of ones the true gradient is 0, and so is that of many a mistake.
Where a gradient is measured by central differences, the columns are wide against the step.
"""

# ruff: noqa: D403 - dx, dgamma and dbeta are names.

import numpy as np

from autograder.testing import graded

_DTYPE_HINT = "One float64 in a formula makes all of it float64: which of your arrays is one?"


def _batch(rng, N, D, dtype=np.float64):
    """Draw a batch whose columns have scales and places of their own."""
    scales = np.linspace(1.0, 4.0, D) * rng.uniform(0.9, 1.1, D)
    places = rng.permutation(np.linspace(-9.0, 9.0, D)) + 0.5
    # The first two rows keep every column at least as wide as its scale.
    x = rng.standard_normal((N, D))
    x[0], x[1:2] = rng.uniform(1.0, 1.5, D), -rng.uniform(1.0, 1.5, D)
    return (x * scales + places).astype(dtype)


def _parameters(rng, D, dtype=np.float64):
    """Draw gamma and beta. No two are near each other, and no gamma is near 1 or 0."""
    gamma = rng.permutation(np.linspace(1.5, 3.0, D)) * rng.choice([-1.0, 1.0], D)
    beta = rng.permutation(np.linspace(4.0, 7.0, D)) * rng.choice([-1.0, 1.0], D)
    return gamma.astype(dtype), beta.astype(dtype)


def _layer(rng, N, D, dtype=np.float64):
    return _batch(rng, N, D, dtype), *_parameters(rng, D, dtype)


# normalize_forward, 6.5 points ----------------------------------------------------------------


@graded(
    "normalize_forward",
    stage="normalize",
    points=2,
    hint="Print the mean and the variance of every column of your x_hat: are they 0 and 1?",
    section="batch_norm-normalize",
)
def test_normalize_forward_gives_zero_mean_and_unit_variance(check, rng):
    """Every column gets zero mean and unit variance."""
    check.returns("normalize_forward", _batch(rng, 7, 4))
    check.returns("normalize_forward", _batch(rng, 3, 5))


@graded(
    "normalize_forward",
    stage="normalize",
    points=1,
    hint="A column knows nothing of its neighbors: over which axis do mean and variance go?",
    section="batch_norm-normalize",
)
def test_normalize_forward_treats_columns_of_any_scale(check, rng):
    """Columns of very different scale and place are each normalized by themselves."""
    scales, places = np.array([0.0005, 1.0, 80.0, 5000.0]), np.array([2.0, -40.0, 900.0, 0.0])
    check.returns("normalize_forward", _batch(rng, 9, 4) * scales + places)


@graded(
    "normalize_forward",
    stage="normalize",
    points=1,
    hint="Try a column of variance 4 with eps = 5 by hand: what do you divide by?",
    section="batch_norm-eps",
)
def test_normalize_forward_adds_eps_to_the_variance(check, rng):
    """A large eps is added once, to the variance, and a constant column becomes zeros."""
    check.returns("normalize_forward", _batch(rng, 6, 3), eps=6.0)
    x = _batch(rng, 5, 4)
    x[:, 2] = rng.integers(2, 9)
    check.returns("normalize_forward", x)


@graded(
    "normalize_forward",
    stage="normalize",
    points=1,
    hint="Move a whole column far away: its distances from the mean should stay what they were.",
    section="batch_norm-normalize",
)
def test_normalize_forward_does_not_see_shift_and_scale(check, rng):
    """Shifting a column far away and stretching it does not change what comes out."""
    x = _batch(rng, 8, 3)
    plain, _ = check.call("normalize_forward", x, eps=1e-12)
    moved, _ = check.call("normalize_forward", 3.0 * x + 1e5, eps=1e-12)
    check.equal(moved, plain, "x_hat is the same for x and for 3 x + 100000")
    turned, _ = check.call("normalize_forward", -2.0 * x, eps=1e-12)
    check.equal(turned, -plain, "x_hat for -2 x is the opposite of that for x")


@graded(
    "normalize_forward",
    stage="normalize",
    points=0.5,
    hint=_DTYPE_HINT,
    section="batch_norm-traps",
)
def test_normalize_forward_gives_a_type_that_holds_fractions(check, rng):
    """Batches of integers give fractions, and float32 stays float32."""
    check.returns("normalize_forward", rng.integers(-9, 10, (6, 5)) + 10 * np.eye(6, 5, dtype=int))
    x = _batch(rng, 6, 4, np.float32)
    x_hat, _ = check.keeps_dtype("normalize_forward", x)
    turned, _ = check.call("normalize_forward", -x)
    check.equal(turned, -x_hat, "x_hat for -x is the opposite of that for x")


@graded(
    "normalize_forward",
    stage="normalize",
    points=0.5,
    hint="x -= 1 changes the caller's array, x = x - 1 makes a new one: which do you use?",
    section="batch_norm-traps",
)
def test_normalize_forward_leaves_x_alone(check, rng):
    """After the call x is what it was before."""
    x = _batch(rng, 7, 3)
    x_hat, _ = check.leaves_arguments_alone("normalize_forward", x)
    turned, _ = check.call("normalize_forward", -x)
    check.equal(turned, -x_hat, "x_hat for -x is the opposite of that for x")


@graded(
    "normalize_forward",
    stage="normalize",
    points=0.5,
    hint="Look at x.ndim and len(x) before you compute, and name the shape that came.",
    section="batch_norm-normalize",
)
def test_normalize_forward_refuses_what_is_no_batch(check, rng):
    """An array with one or three axes and a batch of no sample get a ValueError that says so."""
    check.call("normalize_forward", _batch(rng, 6, 4))
    one, three = rng.standard_normal(13), rng.standard_normal((3, 17, 2))
    check.raises(ValueError, "normalize_forward", one, mentions=("13",))
    check.raises(ValueError, "normalize_forward", three, mentions=("17",))
    check.raises(ValueError, "normalize_forward", np.zeros((0, 19)), mentions=("19",))


# batch_norm_forward, 4 points -----------------------------------------------------------------


@graded(
    "batch_norm_forward",
    stage="scale_and_shift",
    points=1.5,
    hint="Normalize first; then every column is multiplied by its gamma, and its beta is added.",
    section="batch_norm-scale-and-shift",
)
def test_batch_norm_forward_scales_and_shifts(check, rng):
    """Every column is normalized, multiplied by its gamma, and its beta is added."""
    check.returns("batch_norm_forward", *_layer(rng, 6, 4))
    check.returns("batch_norm_forward", *_layer(rng, 3, 5))


@graded(
    "batch_norm_forward",
    stage="scale_and_shift",
    points=0.5,
    hint="eps comes in as an argument: does it reach the place where the variance is?",
    section="batch_norm-eps",
)
def test_batch_norm_forward_uses_its_eps(check, rng):
    """The eps that batch_norm_forward is called with is the one that is added."""
    check.returns("batch_norm_forward", *_layer(rng, 7, 3), eps=6.0)


@graded(
    "batch_norm_forward",
    stage="scale_and_shift",
    points=0.5,
    hint="One sample is its own mean: what is x_hat then, and what is left of out?",
    section="batch_norm-traps",
)
def test_batch_norm_forward_takes_a_batch_of_one_or_two(check, rng):
    """One sample alone gives beta, and two samples lie on both sides of beta."""
    check.returns("batch_norm_forward", *_layer(rng, 2, 4), eps=9.0)
    check.returns("batch_norm_forward", *_layer(rng, 1, 5))


@graded(
    "batch_norm_forward",
    stage="scale_and_shift",
    points=1,
    hint="Which of your arrays is float64, and which line writes into an array of the caller?",
    section="batch_norm-traps",
)
def test_batch_norm_forward_keeps_float32_and_its_arguments(check, rng):
    """Arguments of float32 give an output of float32, and none of them is changed."""
    x, gamma, beta = _layer(rng, 5, 3, np.float32)
    out, _ = check.keeps_dtype("batch_norm_forward", x, gamma, beta)
    scaled, _ = check.call("batch_norm_forward", x, gamma, 0 * beta)
    check.equal(out, scaled + beta, "the output is that for a beta of zeros, plus beta")
    check.leaves_arguments_alone("batch_norm_forward", *_layer(rng, 8, 3))


@graded(
    "batch_norm_forward",
    stage="scale_and_shift",
    points=0.5,
    hint="NumPy stretches a gamma of one number without asking: compare the shapes yourself.",
    section="batch_norm-scale-and-shift",
)
def test_batch_norm_forward_refuses_parameters_that_do_not_fit(check, rng):
    """A gamma or beta that is not one number for each column gets a ValueError."""
    x, gamma, beta = _layer(rng, 4, 13)
    check.call("batch_norm_forward", x, gamma, beta)
    check.raises(ValueError, "batch_norm_forward", x, np.ones(1), beta, mentions=("13",))
    check.raises(ValueError, "batch_norm_forward", x, gamma, np.ones(1), mentions=("13",))
    check.raises(ValueError, "batch_norm_forward", x, np.ones(17), beta, mentions=("13", "17"))
    check.raises(ValueError, "batch_norm_forward", x, gamma, np.ones((4, 1)), mentions=("13",))
    check.raises(ValueError, "batch_norm_forward", rng.standard_normal(13), gamma, beta)


# identity_parameters, 2.5 points --------------------------------------------------------------


@graded(
    "identity_parameters",
    stage="identity",
    points=1.5,
    hint="Undo the two steps one by one: what was x divided by, and what was subtracted?",
    section="batch_norm-identity",
)
def test_identity_parameters_undo_the_normalization(check, rng):
    """gamma undoes the division and beta the subtraction, for a small and for a large eps."""
    check.returns("identity_parameters", _batch(rng, 6, 4))
    check.returns("identity_parameters", _batch(rng, 3, 5), eps=0.3)


@graded(
    "identity_parameters",
    stage="identity",
    points=1,
    hint="Put your two results into the formula of out: does x come out?",
    section="batch_norm-identity",
)
def test_identity_parameters_give_the_batch_back(check, rng):
    """Batch normalization with these parameters gives the batch back, in float32 too."""
    x = _batch(rng, 7, 3)
    gamma, beta = check.call("identity_parameters", x, eps=0.5)
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 0.5)
    check.equal(gamma * x_hat + beta, x, "gamma times x_hat plus beta is x, with eps = 0.5")
    check.leaves_arguments_alone("identity_parameters", x)
    check.keeps_dtype("identity_parameters", _batch(rng, 5, 4, np.float32))


# normalize_backward, 6.5 points ---------------------------------------------------------------


@graded(
    "normalize_backward",
    stage="normalize_backward",
    points=2,
    hint="A number takes part in its own output, in the mean and in the variance: three ways.",
    section="batch_norm-dx",
)
def test_normalize_backward_goes_all_three_ways(check, rng):
    """dx comes through the output itself, through the mean and through the variance."""
    check.backward("normalize_forward", _batch(rng, 7, 4), wrt="dx")
    check.backward("normalize_forward", _batch(rng, 3, 5), wrt="dx")


@graded(
    "normalize_backward",
    stage="normalize_backward",
    points=1.5,
    hint="Move one number a little: all outputs of its column move. Are all of them in your dx?",
    section="batch_norm-check",
)
def test_normalize_backward_agrees_with_central_differences(check, rng):
    """dx tells how the loss moves when one number of x moves a little."""
    check.gradient("normalize_forward", _batch(rng, 6, 3), wrt="dx")


@graded(
    "normalize_backward",
    stage="normalize_backward",
    points=1,
    hint="In the forward pass you divided by a root with eps in it: do you here as well?",
    section="batch_norm-eps",
)
def test_normalize_backward_knows_eps(check, rng):
    """dx is right for a large eps, for two samples, and for one sample alone."""
    check.backward("normalize_forward", _batch(rng, 5, 4), wrt="dx", eps=0.3)
    check.backward("normalize_forward", _batch(rng, 2, 3), wrt="dx", eps=0.8)
    check.backward("normalize_forward", _batch(rng, 1, 4), wrt="dx")


@graded(
    "normalize_backward",
    stage="normalize_backward",
    points=1,
    hint="If all numbers of a column move by the same amount, no output moves: add up dx.",
    section="batch_norm-laws",
)
def test_normalize_backward_has_no_gradient_along_shift_and_scale(check, rng):
    """In every column dx adds up to 0, and so does dx times x, when eps is tiny."""
    x = _batch(rng, 6, 4)
    x_hat, cache = check.call("normalize_forward", x, eps=1e-12)
    dx = check.call("normalize_backward", rng.standard_normal(x_hat.shape), cache)
    check.equal(dx.sum(axis=0), np.zeros(4), "dx adds up to 0 in every column")
    check.equal((dx * x).sum(axis=0), np.zeros(4), "dx times x adds up to 0 in every column")


@graded(
    "normalize_backward",
    stage="normalize_backward",
    points=1,
    hint=_DTYPE_HINT,
    section="batch_norm-traps",
)
def test_normalize_backward_keeps_float32_and_its_arguments(check, rng):
    """In float32 dx is right and float32, and neither dout nor the cache is changed."""
    x = _batch(rng, 6, 4, np.float32)
    check.backward("normalize_forward", x, wrt="dx")
    check.keeps_gradient_dtype("normalize_forward", x, wrt="dx")
    check.backward_leaves_arguments_alone("normalize_forward", _batch(rng, 5, 3))


# batch_norm_backward: dgamma and dbeta, 4 points ----------------------------------------------


@graded(
    "batch_norm_backward",
    stage="dgamma_dbeta",
    points=1.5,
    hint="To how many outputs was one beta added, and with which factor?",
    section="batch_norm-dgamma-dbeta",
)
def test_dbeta_collects_from_every_sample(check, rng):
    """dbeta collects the gradient of its column from every sample."""
    check.backward("batch_norm_forward", *_layer(rng, 7, 4), wrt="dbeta")
    check.gradient("batch_norm_forward", *_layer(rng, 3, 5), wrt="dbeta")


@graded(
    "batch_norm_backward",
    stage="dgamma_dbeta",
    points=1.5,
    hint="What was gamma multiplied by in the forward pass: x, or something else?",
    section="batch_norm-dgamma-dbeta",
)
def test_dgamma_weighs_with_the_normalized_numbers(check, rng):
    """dgamma collects from every sample, weighed with what gamma was multiplied by."""
    check.backward("batch_norm_forward", *_layer(rng, 6, 4), wrt="dgamma")
    check.backward("batch_norm_forward", *_layer(rng, 3, 5), wrt="dgamma", eps=0.3)


@graded(
    "batch_norm_backward",
    stage="dgamma_dbeta",
    points=1,
    hint="Move one gamma a little, and see how the outputs of its column move.",
    section="batch_norm-check",
)
def test_dgamma_agrees_with_central_differences(check, rng):
    """dgamma tells how the loss moves when one scale moves a little, and keeps float32."""
    check.gradient("batch_norm_forward", *_layer(rng, 5, 3), wrt="dgamma")
    check.keeps_gradient_dtype("batch_norm_forward", *_layer(rng, 6, 3, np.float32), wrt="dgamma")


# batch_norm_backward: dx, 3.5 points ----------------------------------------------------------


@graded(
    "batch_norm_backward",
    stage="dx",
    points=1.5,
    hint="First back through the scale, then through the normalization: is gamma in your dx?",
    section="batch_norm-dx-scaled",
)
def test_dx_goes_through_scale_and_normalization(check, rng):
    """dx comes through gamma and through the whole normalization."""
    check.backward("batch_norm_forward", *_layer(rng, 7, 4), wrt="dx")
    check.backward("batch_norm_forward", *_layer(rng, 3, 5), wrt="dx", eps=0.3)


@graded(
    "batch_norm_backward",
    stage="dx",
    points=1,
    hint="Move one number of x a little: how do all outputs of its column move?",
    section="batch_norm-check",
)
def test_dx_agrees_with_central_differences(check, rng):
    """dx tells how the loss moves when one number of x moves a little."""
    check.gradient("batch_norm_forward", *_layer(rng, 6, 3), wrt="dx")


@graded(
    "batch_norm_backward",
    stage="dx",
    points=1,
    hint="Give every gradient an array of its own: dout and the cache belong to others.",
    section="batch_norm-traps",
)
def test_batch_norm_backward_keeps_float32_and_its_arguments(check, rng):
    """In float32 dx is right and float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, 6, 4, np.float32)
    check.backward("batch_norm_forward", *layer, wrt="dx")
    check.keeps_gradient_dtype("batch_norm_forward", *layer, wrt="dx")
    check.backward_leaves_arguments_alone("batch_norm_forward", *_layer(rng, 5, 3))
