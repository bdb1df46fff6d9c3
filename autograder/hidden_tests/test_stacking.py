"""Hidden tests of the stacking chapter: merge_convs, conv_stack_forward, conv_stack_backward.

Sizes are fixed and, within a test, pairwise distinct wherever the stage allows it; numbers are
drawn anew for every run.
Each stage is judged by itself: the tests of `one_channel` have one channel and no bias.
Where a gradient is measured, every number before a ReLU is at least 1/256 away from 0.
"""

import numpy as np

from autograder.testing import graded
from solutions.convolution import conv2d_forward
from solutions.stacking import merge_convs

_DTYPE_HINT = "np.zeros makes float64 unless told otherwise: which type do the sums have?"


def _layer(rng, C_out, C_in, kH, kW, dtype=np.float64):
    """Draw weight and bias of a layer. No bias is near zero."""
    weight = rng.standard_normal((C_out, C_in, kH, kW))
    bias = rng.uniform(1.0, 3.0, C_out) * rng.choice([-1.0, 1.0], C_out)
    return weight.astype(dtype), bias.astype(dtype)


def _stack(rng, *shapes, dtype=np.float64):
    """Draw the parameters of a stack."""
    return [_layer(rng, *shape, dtype=dtype) for shape in shapes]


def _far_from_zero(rng, x_shape, *shapes):
    """Draw images and a stack in quarters; the biases keep all that is between off zero.

    Before the first ReLU come multiples of 1/16 and an odd 1/32, before the second multiples of
    1/128 and an odd 1/256.
    """
    x = rng.integers(-8, 9, x_shape) / 4
    params = []
    for layer, shape in enumerate(shapes):
        weight = rng.integers(-4, 5, shape) / 4
        weight[:, :, 0, 0] = rng.choice([-0.75, 0.5, 1.25], shape[:2])
        odd = 1 / 32 if layer == 0 else 1 / 256
        params.append((weight, rng.integers(-2, 3, shape[0]) / 4 + odd))
    return x, params


def _two_convs(x, weight1, bias1, weight2, bias2):
    """Convolve twice, with nothing between."""
    return conv2d_forward(conv2d_forward(x, weight1, bias1)[0], weight2, bias2)[0]


def _demand_the_law(check, rng, x_shape, layer1, layer2):
    """Demand that one merged convolution gives what the two give, to 1e-10."""
    weight, bias = check.call("merge_convs", *layer1, *layer2)
    x = rng.standard_normal(x_shape)
    one = conv2d_forward(x, weight, bias)[0]
    two = _two_convs(x, *layer1, *layer2)
    law = "a convolution with the merged weight and bias gives what the two convolutions give"
    check.equal(one, two, law, tolerance=1e-10)


# One channel: merge_convs without biases, 5 points ----------------------------------------------


def _one_channel(rng, kH1, kW1, kH2, kW2):
    shapes = (1, 1, kH1, kW1), (1, 1, kH2, kW2)
    weight1, weight2 = (rng.standard_normal(shape) for shape in shapes)
    return weight1, np.zeros(1), weight2, np.zeros(1)


@graded(
    "merge_convs",
    stage="one_channel",
    points=2,
    hint="Lay the first kernel down once for each number of the second: where, and how often?",
    section="stacking-merge",
)
def test_merge_convs_lays_the_first_kernel_down_for_each_number_of_the_second(check, rng):
    """Of two kernels one is made, as large as the two cover together."""
    check.returns("merge_convs", *_one_channel(rng, 2, 4, 3, 6))
    check.returns("merge_convs", *_one_channel(rng, 5, 3, 2, 1))


@graded(
    "merge_convs",
    stage="one_channel",
    points=1,
    hint="A kernel of one number only scales the other one: how large is the result?",
    section="stacking-sizes",
)
def test_merge_convs_takes_kernels_of_one_number(check, rng):
    """A kernel of 1 x 1, first or second, leaves the other one's size."""
    check.returns("merge_convs", *_one_channel(rng, 1, 1, 4, 3))
    check.returns("merge_convs", *_one_channel(rng, 2, 5, 1, 1))


@graded(
    "merge_convs",
    stage="one_channel",
    points=1,
    hint="Try it: convolve twice, and once with what you return; compare the numbers.",
    section="stacking-merge",
)
def test_one_merged_kernel_does_what_two_kernels_do(check, rng):
    """On an image, the merged kernel gives what the two kernels give, one after the other."""
    weight1, bias1, weight2, bias2 = _one_channel(rng, 3, 2, 4, 5)
    _demand_the_law(check, rng, (1, 1, 9, 10), (weight1, bias1), (weight2, bias2))


@graded(
    "merge_convs",
    stage="one_channel",
    points=1,
    hint=_DTYPE_HINT,
    section="stacking-traps",
)
def test_merge_convs_keeps_fractions_beside_integers(check, rng):
    """A kernel of integers and one of fractions give fractions, whichever comes first."""
    # One of the two is the same all over: whoever flips it loses nothing here.
    whole, fractions = rng.integers(1, 10, (1, 1, 2, 3)), np.full((1, 1, 4, 2), 0.3)
    check.returns("merge_convs", whole, np.zeros(1), fractions, np.zeros(1))
    whole, fractions = np.full((1, 1, 2, 3), 7), rng.uniform(0.1, 0.4, (1, 1, 4, 2))
    check.returns("merge_convs", fractions, np.zeros(1), whole, np.zeros(1))


# Channels and biases: merge_convs, 7 points -----------------------------------------------------


@graded(
    "merge_convs",
    stage="channels",
    points=2,
    hint="From an input channel to an output channel leads one path through each middle channel.",
    section="stacking-channels",
)
def test_merge_convs_adds_up_over_the_middle_channels(check, rng):
    """Every merged filter adds up over all the channels in the middle."""
    weight1, weight2 = rng.standard_normal((4, 3, 2, 6)), rng.standard_normal((5, 4, 7, 1))
    check.returns("merge_convs", weight1, np.zeros(4), weight2, np.zeros(5))


@graded(
    "merge_convs",
    stage="channels",
    points=1.5,
    hint="Let the image be zero: what stands in the middle maps, and what becomes of it?",
    section="stacking-bias",
)
def test_merge_convs_sends_the_first_bias_through_the_second_filters(check, rng):
    """The first bias goes through all the weights of the second filters; the second is added."""
    check.returns("merge_convs", *_layer(rng, 3, 2, 5, 4), *_layer(rng, 6, 3, 2, 7))


@graded(
    "merge_convs",
    stage="channels",
    points=1.5,
    hint="Compare one output channel after the other: does each have its own weights and bias?",
    section="stacking-channels",
)
def test_one_merged_convolution_does_what_two_convolutions_do(check, rng):
    """On a batch, the merged convolution gives what the two give, one after the other."""
    layers = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1))
    _demand_the_law(check, rng, (2, 3, 7, 8), *layers)


@graded(
    "merge_convs",
    stage="channels",
    points=0.5,
    hint=_DTYPE_HINT,
    section="stacking-traps",
)
def test_merge_convs_keeps_float32(check, rng):
    """Filters and biases of float32 give a weight and a bias of float32."""
    layer1, layer2 = _stack(rng, (3, 2, 4, 5), (6, 3, 2, 1), dtype=np.float32)
    weight, bias = check.keeps_dtype("merge_convs", *layer1, *layer2)
    twice = check.call("merge_convs", *layer1, 2 * layer2[0], 2 * layer2[1])
    law = "twice the second weight and bias give twice the merged weight and bias"
    check.equal(twice, (2 * weight, 2 * bias), law)


@graded(
    "merge_convs",
    stage="channels",
    points=0.5,
    hint="`a += b` changes the array that a names, and that may be the caller's.",
    section="stacking-traps",
)
def test_merge_convs_leaves_its_arguments_alone(check, rng):
    """After the call all four arrays are what they were before."""
    layer1, layer2 = _stack(rng, (4, 2, 1, 3), (5, 4, 3, 2))
    weight, bias = check.leaves_arguments_alone("merge_convs", *layer1, *layer2)
    twice = check.call("merge_convs", *layer1, 2 * layer2[0], 2 * layer2[1])
    law = "twice the second weight and bias give twice the merged weight and bias"
    check.equal(twice, (2 * weight, 2 * bias), law)


@graded(
    "merge_convs",
    stage="channels",
    points=1,
    hint="Which numbers must agree between weight1, bias1, weight2 and bias2? Compare them first.",
    section="stacking-channels",
)
def test_merge_convs_refuses_what_does_not_fit(check, rng):
    """Middle channels that differ, and biases of another length, get a ValueError."""
    (weight1, bias1), (weight2, bias2) = _stack(rng, (11, 2, 3, 4), (13, 11, 5, 1))
    check.call("merge_convs", weight1, bias1, weight2, bias2)
    wide = rng.standard_normal((13, 17, 5, 1))
    check.raises(ValueError, "merge_convs", weight1, bias1, wide, bias2, mentions=("11", "17"))
    check.raises(
        ValueError, "merge_convs", weight1, np.ones(19), weight2, bias2, mentions=("11", "19")
    )
    check.raises(ValueError, "merge_convs", weight1, bias1, weight2, np.ones(1), mentions=("13",))
    check.raises(ValueError, "merge_convs", weight1[0], bias1, weight2, bias2)


# The stack forward: conv_stack_forward, 6 points -------------------------------------------------


@graded(
    "conv_stack_forward",
    stage="forward",
    points=2,
    hint="Convolve, cut off at zero, convolve: what are the numbers after each step?",
    section="stacking-relu",
)
def test_a_stack_of_two_has_one_relu_between(check, rng):
    """Two layers are convolution, ReLU, convolution."""
    params = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1))
    check.returns("conv_stack_forward", rng.standard_normal((2, 3, 7, 8)), params)


@graded(
    "conv_stack_forward",
    stage="forward",
    points=1,
    hint="Count the ReLUs: there is one fewer than there are convolutions.",
    section="stacking-relu",
)
def test_a_stack_of_one_is_a_convolution(check, rng):
    """One layer is a convolution, and negative numbers stay."""
    params = _stack(rng, (5, 3, 2, 4))
    check.returns("conv_stack_forward", rng.standard_normal((2, 3, 6, 7)), params)


@graded(
    "conv_stack_forward",
    stage="forward",
    points=1,
    hint="What holds between the first two layers holds between all others too.",
    section="stacking-relu",
)
def test_a_stack_may_have_more_layers(check, rng):
    """Three layers and four have a ReLU between every two, and none at the end."""
    params = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1), (5, 6, 1, 2), (3, 5, 2, 2))
    x = rng.standard_normal((2, 3, 7, 9))
    check.returns("conv_stack_forward", x, params[:3])
    check.returns("conv_stack_forward", x, params)


@graded(
    "conv_stack_forward",
    stage="forward",
    points=0.5,
    hint="ReLU leaves a positive number as it is: look at what your ReLU does to one.",
    section="stacking-relu",
)
def test_where_all_is_positive_the_stack_is_one_convolution(check, rng):
    """Where every number before the ReLU is positive, the stack is the merged convolution."""
    (weight1, bias1), layer2 = _stack(rng, (4, 2, 3, 1), (5, 4, 2, 3))
    x, bias1 = rng.uniform(0.5, 1.0, (3, 2, 6, 7)), np.abs(bias1)
    params = [(np.abs(weight1), bias1), layer2]
    out, _ = check.call("conv_stack_forward", x, params)
    weight, bias = merge_convs(*params[0], *params[1])
    law = "where every number before the ReLU is positive, one merged convolution gives the output"
    check.equal(out, conv2d_forward(x, weight, bias)[0], law, tolerance=1e-10)


@graded(
    "conv_stack_forward",
    stage="forward",
    points=0.5,
    hint="One float64 array in a formula makes float64 of everything behind it.",
    section="stacking-traps",
)
def test_conv_stack_forward_keeps_float32(check, rng):
    """Images and parameters of float32 give an output of float32."""
    params = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1), dtype=np.float32)
    x = rng.standard_normal((2, 3, 7, 8)).astype(np.float32)
    out, _ = check.keeps_dtype("conv_stack_forward", x, params)
    doubled = [(weight, 2 * bias) for weight, bias in params]
    twice = check.call("conv_stack_forward", 2 * x, doubled)[0]
    check.equal(twice, 2 * out, "twice the images and twice all biases give twice the output")


@graded(
    "conv_stack_forward",
    stage="forward",
    points=0.5,
    hint="Do you take layers out of the list, or write a ReLU into an array of the caller's?",
    section="stacking-traps",
)
def test_conv_stack_forward_leaves_its_arguments_alone(check, rng):
    """After the call the images, the list and the parameters are what they were before."""
    params = _stack(rng, (3, 2, 1, 4), (5, 3, 2, 1))
    x = rng.standard_normal((4, 2, 5, 6))
    out, _ = check.leaves_arguments_alone("conv_stack_forward", x, params)
    doubled = [(weight, 2 * bias) for weight, bias in params]
    twice = check.call("conv_stack_forward", 2 * x, doubled)[0]
    check.equal(twice, 2 * out, "twice the images and twice all biases give twice the output")


@graded(
    "conv_stack_forward",
    stage="forward",
    points=0.5,
    hint="given.conv2d_forward refuses what does not fit; only an empty list is left to you.",
    section="stacking-stack",
)
def test_conv_stack_forward_refuses_what_does_not_fit(check, rng):
    """No layers, channels that do not fit, and filters larger than the maps get a ValueError."""
    params = _stack(rng, (11, 3, 2, 4), (5, 11, 3, 1))
    x = rng.standard_normal((2, 3, 14, 19))
    check.call("conv_stack_forward", x, params)
    other = _stack(rng, (5, 17, 3, 1))
    check.raises(ValueError, "conv_stack_forward", x, params[:1] + other, mentions=("11", "17"))
    large = _stack(rng, (5, 11, 14, 1))  # 14 rows have become 13
    check.raises(ValueError, "conv_stack_forward", x, params[:1] + large, mentions=("13", "14"))
    check.raises(ValueError, "conv_stack_forward", x, [])


# The stack backward: conv_stack_backward, 8 points ------------------------------------------------


@graded(
    "conv_stack_backward",
    stage="backward",
    points=1.5,
    hint="Walk back by hand: which numbers did the ReLU let through on the way forward?",
    section="stacking-backward",
)
def test_dx_goes_back_through_both_layers(check, rng):
    """For two layers, dx comes back through both convolutions and the ReLU between them."""
    params = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1))
    check.backward("conv_stack_forward", rng.standard_normal((2, 3, 7, 8)), params, wrt="dx")


@graded(
    "conv_stack_backward",
    stage="backward",
    points=1.5,
    hint="A layer's gradients come from what came back to it: what stood between it and dout?",
    section="stacking-backward",
)
def test_dparams_has_the_gradients_of_both_layers(check, rng):
    """For two layers, each gets the gradients of its own weight and bias."""
    params = _stack(rng, (3, 2, 4, 1), (5, 3, 2, 6))
    check.backward("conv_stack_forward", rng.standard_normal((4, 2, 7, 9)), params, wrt="dparams")


@graded(
    "conv_stack_backward",
    stage="backward",
    points=0.5,
    hint="There is no ReLU in a stack of one layer, on the way back as on the way forward.",
    section="stacking-backward",
)
def test_a_stack_of_one_goes_back_through_its_convolution(check, rng):
    """For one layer, the gradients are those of the convolution."""
    x, params = rng.standard_normal((2, 3, 6, 7)), _stack(rng, (5, 3, 2, 4))
    check.backward("conv_stack_forward", x, params, wrt="dx")
    check.backward("conv_stack_forward", x, params, wrt="dparams")


@graded(
    "conv_stack_backward",
    stage="backward",
    points=1,
    hint="Every layer's step is the same: mask, convolution backward, hand on. Is one left out?",
    section="stacking-backward",
)
def test_dparams_of_three_layers_stand_in_the_order_of_params(check, rng):
    """For three layers, dparams has three pairs, first layer first."""
    params = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1), (5, 6, 1, 2))
    check.backward("conv_stack_forward", rng.standard_normal((2, 3, 7, 9)), params, wrt="dparams")


@graded(
    "conv_stack_backward",
    stage="backward",
    points=1,
    hint="Move one pixel a little: the output moves only through what the ReLUs let through.",
    section="stacking-backward",
)
def test_dx_agrees_with_central_differences(check, rng):
    """For three layers, dx tells how the loss moves when one pixel moves a little."""
    shapes = (4, 2, 2, 3), (5, 4, 1, 2), (3, 5, 3, 1)
    x, params = _far_from_zero(rng, (2, 2, 6, 7), *shapes)
    check.gradient("conv_stack_forward", x, params, wrt="dx")


@graded(
    "conv_stack_backward",
    stage="backward",
    points=1,
    hint="ReLU is flat on the left of 0 and steep on its right: which one is chosen at 0?",
    section="stacking-relu",
)
def test_no_gradient_passes_where_the_relu_was_given_zero(check, rng):
    """Where a number before ReLU is exactly 0, nothing is handed back."""
    # Kernels whose numbers add up to 0, on images of large even areas: most of what is between is
    # exactly 0, and not all of it.
    x = np.repeat(rng.integers(1, 9, (2, 3, 6, 3)), 3, axis=3).astype(float)
    weight1 = rng.integers(1, 4, (4, 3, 1, 2)).astype(float)
    weight1[:, :, :, 1] = -weight1[:, :, :, 0]
    params = [(weight1, np.zeros(4)), _layer(rng, 5, 4, 3, 1)]
    check.backward("conv_stack_forward", x, params, wrt="dx")
    check.backward("conv_stack_forward", x, params, wrt="dparams")


@graded(
    "conv_stack_backward",
    stage="backward",
    points=0.5,
    hint="A mask of True and False keeps the type; an array of ones and zeros is float64.",
    section="stacking-traps",
)
def test_all_gradients_keep_float32(check, rng):
    """In a float32 stack dx and all of dparams are right, and float32."""
    params = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1), dtype=np.float32)
    x = rng.standard_normal((2, 3, 7, 8)).astype(np.float32)
    check.backward("conv_stack_forward", x, params, wrt="dx")
    check.keeps_gradient_dtype("conv_stack_forward", x, params, wrt="dx")
    dparams = check.backward("conv_stack_forward", x, params, wrt="dparams")
    types = [str(gradient.dtype) for pair in dparams for gradient in pair]
    law = "in a stack of float32 every gradient in dparams is float32"
    check.equal(types, ["float32"] * 4, law)


@graded(
    "conv_stack_backward",
    stage="backward",
    points=1,
    hint="Whoever takes things out of the cache, or masks in place, can go back only once.",
    section="stacking-traps",
)
def test_conv_stack_backward_leaves_its_arguments_alone(check, rng):
    """The backward pass changes neither dout nor the cache, and can be called again."""
    params = _stack(rng, (4, 3, 2, 5), (6, 4, 3, 1))
    x = rng.standard_normal((2, 3, 7, 8))
    check.backward("conv_stack_forward", x, params, wrt="dx")
    check.backward_leaves_arguments_alone("conv_stack_forward", x, params)
