"""Hidden tests of the chapter gradients: a linear layer, ReLU, and measured gradients.

Sizes are fixed and, within a test, pairwise distinct, so that no swap of two axes goes unseen;
numbers are drawn anew for every run.
Measured gradients are judged with large steps that are powers of two: there, a wrong formula is far
from the right one, and rounding is too small to tell two right programs apart.
"""

# ruff: noqa: D403 - dx, dweight and dbias are names.

from functools import partial

import numpy as np

from autograder.testing import Probe, graded

# What the tests of a stage have in common; a test adds its points and its hint.
_linear = partial(graded, "linear_forward", stage="linear", section="gradients-linear")
_dbias = partial(graded, "linear_backward", stage="dbias", section="gradients-dbias")
_dweight = partial(graded, "linear_backward", stage="dweight", section="gradients-dweight")
_dx = partial(graded, "linear_backward", stage="dx", section="gradients-dx")
_relu = partial(graded, "relu_forward", stage="relu", section="gradients-relu")
_relu_back = partial(graded, "relu_backward", stage="relu", section="gradients-relu-backward")
_measuring = partial(
    graded, "numerical_gradient", stage="numerical_gradient", section="gradients-numerical"
)
_error = partial(
    graded, "relative_error", stage="relative_error", section="gradients-relative-error"
)

_DTYPE_HINT = "np.zeros makes float64 unless told otherwise: which type should the result have?"


def _layer(rng, *, N, D_in, D_out, dtype=np.float64):
    """Draw x, weight and bias. No bias is near zero."""
    x = rng.standard_normal((N, D_in))
    weight = rng.standard_normal((D_in, D_out))
    bias = _away_from_zero(rng, (D_out,))
    return x.astype(dtype), weight.astype(dtype), bias.astype(dtype)


def _away_from_zero(rng, shape, dtype=np.float64):
    """Draw numbers of both signs, none of which is near zero."""
    values = rng.uniform(0.5, 3.0, shape)
    signs = rng.permutation(np.resize([-1.0, 1.0], values.size)).reshape(shape)
    return (values * signs).astype(dtype)


# A linear layer: linear_forward, 4 points ------------------------------------------------------


@_linear(
    points=1.5,
    hint="Work one number out by hand: which row of x and which column of weight make out[0, 1]?",
)
def test_linear_forward_applies_the_weights_to_every_vector(check, rng):
    """Every vector of the batch is multiplied with the weights, and the bias is added."""
    check.returns("linear_forward", *_layer(rng, N=3, D_in=4, D_out=6))
    check.returns("linear_forward", *_layer(rng, N=7, D_in=5, D_out=2))
    check.returns("linear_forward", *_layer(rng, N=1, D_in=3, D_out=4))


@_linear(
    points=0.5, hint="Weights of zeros leave nothing but the bias: what should each row hold then?"
)
def test_linear_forward_adds_the_bias_once(check, rng):
    """Every row of the output holds the bias exactly once."""
    x, weight, bias = _layer(rng, N=5, D_in=4, D_out=3)
    check.returns("linear_forward", x, np.zeros_like(weight), bias)


@_linear(
    points=0.5,
    hint="An array that is made like x holds only what x can hold: which type do the sums have?",
    section="gradients-dtype",
)
def test_linear_forward_keeps_fractions_of_integer_vectors(check, rng):
    """Vectors of integers under weights of fractions give fractions."""
    # There is no bias: whoever adds it wrongly loses nothing here.
    weight = rng.uniform(0.1, 0.4, (5, 3))
    check.returns("linear_forward", rng.integers(-9, 10, (4, 5)), weight, np.zeros(3))


@_linear(points=0.5, hint=_DTYPE_HINT, section="gradients-dtype")
def test_linear_forward_keeps_float32(check, rng):
    """A layer of float32 gives float32."""
    x, weight, bias = _layer(rng, N=4, D_in=3, D_out=5, dtype=np.float32)
    out, _ = check.keeps_dtype("linear_forward", x, weight, bias)
    twice = check.call("linear_forward", 2 * x, weight, 2 * bias)[0]
    check.equal(twice, 2 * out, "twice the vectors and twice the bias give twice the output")


@_linear(
    points=1,
    hint="NumPy stretches a bias of one number without asking: compare the shapes yourself.",
)
def test_linear_forward_refuses_what_does_not_fit(check, rng):
    """Sizes that do not fit together get a ValueError that names them."""
    x, weight, bias = _layer(rng, N=3, D_in=13, D_out=17)
    check.call("linear_forward", x, weight, bias)
    check.raises(ValueError, "linear_forward", x, weight[:11].copy(), bias, mentions=("11", "13"))
    check.raises(ValueError, "linear_forward", x, weight, np.ones(19), mentions=("17", "19"))
    check.raises(ValueError, "linear_forward", x, weight, np.ones(1), mentions=("17",))
    check.raises(ValueError, "linear_forward", x[0].copy(), weight, bias)


# dbias, 2 points -------------------------------------------------------------------------------


@_dbias(points=2, hint="To how many vectors of the batch was one number of the bias added?")
def test_dbias_collects_from_every_vector(check, rng):
    """dbias collects the gradient from every vector of the batch, output by output."""
    layer = _layer(rng, N=5, D_in=4, D_out=3)
    check.backward("linear_forward", *layer, wrt="dbias")
    check.gradient("linear_forward", *layer, wrt="dbias")


# dweight, 3 points -----------------------------------------------------------------------------


@_dweight(points=1.5, hint="weight[i, j] met x[n, i] and went into out[n, j]: for which n?")
def test_dweight_collects_from_every_vector(check, rng):
    """dweight is the sum over the batch of the numbers that each weight met, times dout."""
    check.backward("linear_forward", *_layer(rng, N=5, D_in=3, D_out=4), wrt="dweight")
    check.backward("linear_forward", *_layer(rng, N=2, D_in=6, D_out=7), wrt="dweight")


@_dweight(points=1, hint="Move one weight a little, and see how the whole output moves.")
def test_dweight_agrees_with_central_differences(check, rng):
    """dweight tells how the loss moves when one weight moves a little."""
    check.gradient("linear_forward", *_layer(rng, N=4, D_in=5, D_out=2), wrt="dweight")


@_dweight(points=0.5, hint=_DTYPE_HINT, section="gradients-dtype")
def test_dweight_keeps_float32(check, rng):
    """In a float32 layer dweight is right, and float32."""
    layer = _layer(rng, N=3, D_in=4, D_out=5, dtype=np.float32)
    check.backward("linear_forward", *layer, wrt="dweight")
    check.keeps_gradient_dtype("linear_forward", *layer, wrt="dweight")


# dx, 3 points ----------------------------------------------------------------------------------


@_dx(points=1.5, hint="x[n, i] went into every output of row n: with which weights?")
def test_dx_collects_from_every_output(check, rng):
    """A number of x collects from every output that it went into."""
    check.backward("linear_forward", *_layer(rng, N=5, D_in=3, D_out=4), wrt="dx")
    check.backward("linear_forward", *_layer(rng, N=2, D_in=7, D_out=6), wrt="dx")


@_dx(points=0.5, hint="Move one number of x a little: which outputs move, and how far?")
def test_dx_agrees_with_central_differences(check, rng):
    """dx tells how the loss moves when one number of x moves a little."""
    check.gradient("linear_forward", *_layer(rng, N=4, D_in=5, D_out=3), wrt="dx")


@_dx(points=0.5, hint=_DTYPE_HINT, section="gradients-dtype")
def test_dx_keeps_float32(check, rng):
    """In a float32 layer dx is right, and float32."""
    layer = _layer(rng, N=3, D_in=4, D_out=5, dtype=np.float32)
    check.backward("linear_forward", *layer, wrt="dx")
    check.keeps_gradient_dtype("linear_forward", *layer, wrt="dx")


@_dx(
    points=0.5,
    hint="Make new arrays for the gradients: does a line of yours write into dout or the cache?",
)
def test_linear_backward_leaves_its_arguments_alone(check, rng):
    """The backward pass changes neither dout nor what the forward pass kept."""
    layer = _layer(rng, N=4, D_in=3, D_out=5)
    check.backward("linear_forward", *layer, wrt="dx")
    check.backward_leaves_arguments_alone("linear_forward", *layer)


# ReLU, 5 points --------------------------------------------------------------------------------


@_relu(
    points=1, hint="Compare every number with 0 by itself: np.maximum takes two things to compare."
)
def test_relu_forward_replaces_the_negative_numbers(check, rng):
    """Negative numbers become 0 and the others stay, whatever the shape."""
    check.returns("relu_forward", _away_from_zero(rng, (5, 3)))
    check.returns("relu_forward", _away_from_zero(rng, (2, 3, 4, 5)))


@_relu(
    points=1, hint="An array given to a function is not a copy: does a line of yours write into x?"
)
def test_relu_forward_leaves_x_alone_and_keeps_its_type(check, rng):
    """After the call x is what it was before, and the result has the type of x."""
    x = _away_from_zero(rng, (4, 7), np.float32)
    check.leaves_arguments_alone("relu_forward", x)
    out, _ = check.keeps_dtype("relu_forward", x)
    check.equal(check.call("relu_forward", 2 * x)[0], 2 * out, "twice the numbers give twice out")


@_relu_back(
    points=1.5,
    hint="A number that became 0 in the forward pass does not move the loss: whose sign decides?",
)
def test_relu_backward_lets_the_gradient_through_where_x_is_positive(check, rng):
    """dx is dout where x is positive, and 0 where x is negative."""
    # Every pair of signs of x and dout is there.
    x = np.array([[1.0], [-1.0]]) * rng.uniform(0.5, 3.0, (2, 6))
    dout = np.resize([1.0, -1.0], (2, 6)) * rng.uniform(0.5, 3.0, (2, 6))
    check.backward("relu_forward", x, wrt="dx", dout=dout)
    check.backward("relu_forward", _away_from_zero(rng, (3, 2, 5, 4)), wrt="dx")
    check.gradient("relu_forward", _away_from_zero(rng, (4, 5)), wrt="dx")


@_relu_back(
    points=0.5, hint="At exactly 0 both slopes, 0 and 1, are possible: this course takes 0."
)
def test_relu_backward_gives_zero_at_zero(check, rng):
    """Where x is exactly 0, the gradient is 0."""
    x = _away_from_zero(rng, (3, 8))
    x[:, 1::3] = 0.0
    check.backward("relu_forward", x, wrt="dx")


@_relu_back(points=0.5, hint=_DTYPE_HINT, section="gradients-dtype")
def test_relu_backward_keeps_float32(check, rng):
    """For float32, dx is right, and float32."""
    x = _away_from_zero(rng, (5, 6), np.float32)
    check.backward("relu_forward", x, wrt="dx")
    check.keeps_gradient_dtype("relu_forward", x, wrt="dx")


@_relu_back(
    points=0.5,
    hint="dx = dout gives dout a second name: what happens to dout when you write into dx?",
)
def test_relu_backward_leaves_its_arguments_alone(check, rng):
    """The backward pass changes neither dout nor what the forward pass kept."""
    x = _away_from_zero(rng, (6, 5))
    check.backward("relu_forward", x, wrt="dx")
    check.backward_leaves_arguments_alone("relu_forward", x)


# Measured gradients: numerical_gradient, 6 points ----------------------------------------------


@_measuring(points=1.5, hint="Up by h and down by h: how far apart are the two places?")
def test_numerical_gradient_takes_central_differences(check, rng):
    """Each number is moved by h in both directions, and the two losses are compared."""
    # For these functions the central difference depends on h: a step of one's own is seen.
    x, dout = _away_from_zero(rng, (3, 4)), rng.standard_normal((3, 4))
    check.returns("numerical_gradient", Probe("cubic"), x, dout, h=0.25)
    check.returns("numerical_gradient", Probe("sine"), x[0].copy(), dout[0].copy(), h=0.5)
    x, dout = _away_from_zero(rng, (2, 3, 4)), rng.standard_normal((2, 3, 4))
    check.returns("numerical_gradient", Probe("cubic"), x, dout, h=0.125)


@_measuring(
    points=1.5,
    hint="When one number moves, several outputs may move: which of them go into the loss?",
)
def test_numerical_gradient_adds_up_over_all_outputs(check, rng):
    """Every output that moves counts, weighed with dout, whatever the output's shape."""
    x, dout = _away_from_zero(rng, (2, 5)), rng.standard_normal((2, 5))
    check.returns("numerical_gradient", Probe("mix"), x, dout, h=0.25)
    x, dout = _away_from_zero(rng, (3, 5)), rng.standard_normal((3, 4))
    check.returns("numerical_gradient", Probe("neighbor_products"), x, dout, h=0.25)


@_measuring(
    points=1,
    hint="Move a copy of x that can hold fractions: x.astype(np.float64) makes one.",
    section="gradients-dtype",
)
def test_numerical_gradient_measures_in_float64(check, rng):
    """For x of integers or of float32 too, the gradient is measured in float64."""
    whole = rng.permutation(np.arange(-4, 5).repeat(2)[:15]).reshape(3, 5)
    # Products of neighbors are linear in each number: a one-sided difference is right here.
    products, dout = Probe("neighbor_products"), rng.standard_normal((3, 4))
    check.returns("numerical_gradient", products, whole, dout, h=0.25)
    narrow, dout = _away_from_zero(rng, (2, 6), np.float32), rng.standard_normal((2, 5))
    # In float32 rounding drowns a step as small as this; two right programs hardly differ.
    check.returns("numerical_gradient", products, narrow, dout, h=2.0**-20, tolerance=1e-7)
    check.keeps_dtype("numerical_gradient", products, narrow, dout, h=0.25)


@_measuring(
    points=0.5,
    hint="What f returns may be x itself, seen differently: is it still the same after x moved?",
)
def test_numerical_gradient_of_a_view_of_its_argument(check, rng):
    """The gradient is right also where f returns a view of the array that it was given."""
    x, dout = _away_from_zero(rng, (2, 3, 4)), rng.standard_normal((2, 12))
    other_dout = rng.standard_normal((2, 3, 3))
    check.returns("numerical_gradient", Probe("neighbor_products"), x, other_dout, h=0.25)
    # A law and not `returns`, so that the mistake to look for, which gives only zeros, has a name.
    gradient = check.invoke("numerical_gradient", (Probe("flatten"), x, dout), {"h": 0.25}).value
    check.equal(
        gradient, dout.reshape(x.shape), "where f(x) is a view of all of x, the gradient is dout"
    )


@_measuring(
    points=1, hint="Move a copy: adding h and taking it off again may leave a rounding error in x."
)
def test_numerical_gradient_leaves_its_arguments_alone(check, rng):
    """After the call x and dout are what they were before."""
    x, dout = _away_from_zero(rng, (4, 6)), rng.standard_normal((4, 5))
    check.leaves_arguments_alone("numerical_gradient", Probe("neighbor_products"), x, dout, h=0.3)
    # With the step that is meant when none is named.
    check.returns("numerical_gradient", Probe("neighbor_products"), x, dout, tolerance=1e-7)


@_measuring(
    points=0.5,
    hint="Compare the shape of dout with that of f(x) before you measure, and name both.",
)
def test_numerical_gradient_refuses_what_does_not_fit(check, rng):
    """A dout of another shape than f(x), and a step that is not above 0, get a ValueError."""
    x, dout = rng.standard_normal((2, 13)), rng.standard_normal((2, 13))
    check.call("numerical_gradient", Probe("square"), x, dout)
    other = rng.standard_normal((2, 1))
    check.raises(ValueError, "numerical_gradient", Probe("square"), x, other, mentions=("13",))
    check.raises(
        ValueError, "numerical_gradient", Probe("neighbor_products"), x, dout, mentions=("12", "13")
    )
    check.raises(ValueError, "numerical_gradient", Probe("square"), x, dout, h=0.0)


# One number for the difference: relative_error, 3 points ---------------------------------------


@_error(
    points=1.5,
    hint="One largest difference, one largest number of b: look for each by itself, then divide.",
)
def test_relative_error_divides_the_largest_difference_by_the_largest_number(check, rng):
    """The largest difference in the arrays is divided by the largest number of b."""
    b = _away_from_zero(rng, (3, 4))
    a = b + rng.uniform(-0.5, 0.5, b.shape)
    # The largest of b and the largest difference are negative, and at two places.
    b[2, 1], a[2, 1] = -5.0, -4.75
    b[0, 3], a[0, 3] = 0.5, -1.5
    check.returns("relative_error", a, b)
    # Where both are tiny, a large ratio of them says nothing.
    tiny_b, tiny_a = b.copy(), a.copy()
    tiny_b[1, 0], tiny_a[1, 0] = 1e-9, -7e-9
    check.returns("relative_error", tiny_a, tiny_b)
    # b is what is measured by: a has larger numbers.
    check.returns("relative_error", rng.uniform(7.0, 9.0, (2, 5, 3)), rng.uniform(1, 2, (2, 5, 3)))


@_error(points=0.5, hint="In other units both arrays are scaled: should what comes out change?")
def test_relative_error_does_not_depend_on_the_scale(check, rng):
    """When both arrays are scaled, the relative error stays the same."""
    a, b = _away_from_zero(rng, (4, 5)), _away_from_zero(rng, (4, 5))
    once = check.call("relative_error", a, b)
    check.equal(
        check.call("relative_error", 1024 * a, 1024 * b), once, "the error does not depend on units"
    )
    check.returns("relative_error", a / 1024, b / 1024)


@_error(points=0.5, hint="0 divided by 0 is nan: what should it be where nothing differs?")
def test_relative_error_of_equal_arrays_is_zero(check, rng):
    """Equal arrays have the error 0, also arrays of zeros; if only b is all zeros, it is inf."""
    b = _away_from_zero(rng, (3, 4))
    check.call("relative_error", b, 2 * b)
    check.returns("relative_error", b, b)
    check.returns("relative_error", np.zeros((2, 5)), np.zeros((2, 5)))
    check.returns("relative_error", b, np.zeros((3, 4)))


@_error(points=0.5, hint="NumPy stretches one of two shapes without asking: compare them yourself.")
def test_relative_error_refuses_other_shapes(check, rng):
    """Two arrays of different shapes get a ValueError that names both."""
    a, b = rng.standard_normal((11, 13)), rng.standard_normal((11, 13))
    check.call("relative_error", a, b)
    check.raises(ValueError, "relative_error", a, b[:, :1].copy(), mentions=("13",))
    check.raises(ValueError, "relative_error", a[0].copy(), b, mentions=("11", "13"))
