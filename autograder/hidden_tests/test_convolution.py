"""Hidden tests of the convolution chapter: correlate2d, conv2d_forward, conv2d_backward.

Sizes are fixed and, within a test, pairwise distinct wherever the stage allows it, so that no swap
of two axes goes unseen; numbers are drawn anew for every run.
Most outputs have as many columns as filters, and no side is shorter than the filters' other one: a
forward pass that mixes these up then runs through, and its backward pass can earn its points.
Each stage is judged by itself: the tests of `channels` have no bias and one filter, those of
`filters` have one image.
"""

# ruff: noqa: D403 - dx, dweight and dbias are names.

import numpy as np

from autograder.testing import graded

_DTYPE_HINT = "np.zeros makes float64 unless told otherwise: which type do the sums have?"


def _layer(rng, *, N, C_in, C_out, H, W, kH, kW, dtype=np.float64):
    """Draw x, weight and bias. No bias is near zero."""
    x = rng.standard_normal((N, C_in, H, W))
    weight = rng.standard_normal((C_out, C_in, kH, kW))
    bias = rng.uniform(1.0, 3.0, C_out) * rng.choice([-1.0, 1.0], C_out)
    return x.astype(dtype), weight.astype(dtype), bias.astype(dtype)


def _demand_twice_the_output(check, out, x, weight, bias):
    """Demand an output that depends on x: a constant one keeps its dtype all too easily."""
    twice = check.call("conv2d_forward", 2 * x, weight, 2 * bias)[0]
    check.equal(twice, 2 * out, "twice the images and twice the bias give twice the output")


# One channel: correlate2d, 4 points -----------------------------------------------------------


@graded(
    "correlate2d",
    stage="one_channel",
    points=2,
    hint="Work one place out by hand: which rows and columns of the image does the kernel cover?",
    section="convolution-one-channel",
)
def test_correlate2d_slides_the_kernel_over_the_image(check, rng):
    """Every place holds the dot product of the kernel with the patch under it."""
    check.returns("correlate2d", rng.standard_normal((5, 8)), rng.standard_normal((2, 3)))
    check.returns("correlate2d", rng.standard_normal((9, 6)), rng.standard_normal((4, 2)))


@graded(
    "correlate2d",
    stage="one_channel",
    points=0.5,
    hint="Count the places at which the kernel fits: how many are there when it covers the image?",
    section="convolution-sizes",
)
def test_correlate2d_takes_the_smallest_and_the_largest_kernel(check, rng):
    """A kernel of one number and a kernel as large as the image work too."""
    check.returns("correlate2d", rng.standard_normal((4, 6)), rng.standard_normal((1, 1)))
    check.returns("correlate2d", rng.standard_normal((4, 6)), rng.standard_normal((4, 6)))


@graded(
    "correlate2d",
    stage="one_channel",
    points=1,
    hint=_DTYPE_HINT,
    section="convolution-dtype",
)
def test_correlate2d_gives_a_type_that_holds_the_sums(check, rng):
    """Integers under a kernel of fractions give fractions, and float32 stays float32."""
    # The kernel is the same all over: whoever flips it loses nothing here.
    image, kernel = rng.integers(-9, 10, (6, 7)), np.full((3, 2), rng.uniform(0.1, 0.4))
    check.returns("correlate2d", image, kernel)
    check.keeps_dtype("correlate2d", image.astype(np.float32), kernel.astype(np.float32))


@graded(
    "correlate2d",
    stage="one_channel",
    points=0.5,
    hint="Compare the sizes before you compute, and name what you expected and what came.",
    section="convolution-sizes",
)
def test_correlate2d_refuses_a_kernel_that_does_not_fit(check, rng):
    """A kernel that is too high or too wide gets a ValueError that says what was expected."""
    image = rng.standard_normal((11, 13))
    check.call("correlate2d", image, rng.standard_normal((3, 4)))
    too_high, too_wide = rng.standard_normal((17, 4)), rng.standard_normal((3, 19))
    check.raises(ValueError, "correlate2d", image, too_high, mentions=("11", "17"))
    check.raises(ValueError, "correlate2d", image, too_wide, mentions=("13", "19"))
    check.raises(ValueError, "correlate2d", rng.standard_normal((5, 6, 7)), too_high)


# Channels: conv2d_forward with one image and one filter, 3 points ------------------------------


@graded(
    "conv2d_forward",
    stage="channels",
    points=2,
    hint="One place of the output is one sum: over every channel, row and column of the patch.",
    section="convolution-channels",
)
def test_conv2d_forward_sums_over_the_channels(check, rng):
    """One filter on one image sums over all input channels."""
    x, weight, _ = _layer(rng, N=1, C_in=3, C_out=1, H=6, W=8, kH=2, kW=5)
    check.returns("conv2d_forward", x, weight, np.zeros(1))


@graded(
    "conv2d_forward",
    stage="channels",
    points=0.5,
    hint=_DTYPE_HINT,
    section="convolution-dtype",
)
def test_conv2d_forward_keeps_fractions_of_integer_images(check, rng):
    """Images of integers under filters of fractions give fractions."""
    x, weight = rng.integers(-9, 10, (1, 4, 5, 7)), np.full((1, 4, 2, 3), rng.uniform(0.1, 0.4))
    check.returns("conv2d_forward", x, weight, np.zeros(1))


@graded(
    "conv2d_forward",
    stage="channels",
    points=0.5,
    hint="Compare the channels of x and of weight before you compute, and name both numbers.",
    section="convolution-channels",
)
def test_conv2d_forward_refuses_other_channels(check, rng):
    """Channels that differ between x and weight get a ValueError that names both numbers."""
    x, weight, bias = _layer(rng, N=1, C_in=13, C_out=1, H=5, W=6, kH=2, kW=3)
    check.call("conv2d_forward", x, weight, bias)
    check.raises(
        ValueError, "conv2d_forward", x, weight[:, :11].copy(), bias, mentions=("11", "13")
    )
    check.raises(
        ValueError, "conv2d_forward", x[:, :11].copy(), weight, bias, mentions=("11", "13")
    )


# Filters: conv2d_forward with one image, 3 points ----------------------------------------------


@graded(
    "conv2d_forward",
    stage="filters",
    points=1.5,
    hint="Each filter makes a map of its own: which axis of the output counts the filters?",
    section="convolution-filters",
)
def test_conv2d_forward_makes_one_map_for_each_filter(check, rng):
    """Several filters give several maps, each with its own bias."""
    x, weight, bias = _layer(rng, N=1, C_in=3, C_out=4, H=7, W=8, kH=2, kW=5)
    check.returns("conv2d_forward", x, weight, bias)


@graded(
    "conv2d_forward",
    stage="filters",
    points=0.5,
    hint="Filters of zeros leave nothing but the bias: what should each map hold then?",
    section="convolution-filters",
)
def test_conv2d_forward_adds_the_bias_once(check, rng):
    """Each place of a map holds its filter's bias exactly once."""
    x, weight, bias = _layer(rng, N=1, C_in=2, C_out=5, H=6, W=8, kH=4, kW=3)
    check.returns("conv2d_forward", x, np.zeros_like(weight), bias)


@graded(
    "conv2d_forward",
    stage="filters",
    points=0.5,
    hint=_DTYPE_HINT,
    section="convolution-dtype",
)
def test_conv2d_forward_keeps_float32(check, rng):
    """Images, filters and bias of float32 give an output of float32."""
    layer = _layer(rng, N=1, C_in=2, C_out=3, H=7, W=8, kH=4, kW=6, dtype=np.float32)
    out, _ = check.keeps_dtype("conv2d_forward", *layer)
    _demand_twice_the_output(check, out, *layer)


@graded(
    "conv2d_forward",
    stage="filters",
    points=0.5,
    hint="NumPy stretches a bias of one number without asking: compare its shape yourself.",
    section="convolution-filters",
)
def test_conv2d_forward_refuses_what_does_not_fit(check, rng):
    """A bias of another length and filters that are too large get a ValueError."""
    x, weight, bias = _layer(rng, N=1, C_in=2, C_out=14, H=11, W=17, kH=3, kW=4)
    check.call("conv2d_forward", x, weight, bias)
    check.raises(ValueError, "conv2d_forward", x, weight, np.ones(13), mentions=("14", "13"))
    check.raises(ValueError, "conv2d_forward", x, weight, np.ones(1), mentions=("14",))
    too_high, too_wide = rng.standard_normal((14, 2, 19, 4)), rng.standard_normal((14, 2, 3, 19))
    check.raises(ValueError, "conv2d_forward", x, too_high, bias, mentions=("11", "19"))
    check.raises(ValueError, "conv2d_forward", x, too_wide, bias, mentions=("17", "19"))


# Batch: conv2d_forward, 2 points ---------------------------------------------------------------


@graded(
    "conv2d_forward",
    stage="batch",
    points=1,
    hint="Compare the second image of a batch with the same image given alone.",
    section="convolution-batch",
)
def test_conv2d_forward_treats_every_image_of_a_batch(check, rng):
    """Every image of a batch gets maps of its own."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=9, W=10, kH=4, kW=6)
    check.returns("conv2d_forward", *layer)


@graded(
    "conv2d_forward",
    stage="batch",
    points=0.5,
    hint="Filters of 1 x 1 fit everywhere, the largest fit once: how large is the output then?",
    section="convolution-sizes",
)
def test_conv2d_forward_takes_the_smallest_and_the_largest_filters(check, rng):
    """Filters of 1 x 1 and filters as large as the image work on a batch."""
    check.returns("conv2d_forward", *_layer(rng, N=2, C_in=3, C_out=4, H=5, W=6, kH=1, kW=1))
    check.returns("conv2d_forward", *_layer(rng, N=3, C_in=2, C_out=4, H=5, W=6, kH=5, kW=6))


@graded(
    "conv2d_forward",
    stage="batch",
    points=0.5,
    hint="A slice shows the array itself, not a copy: does a line of yours write into one?",
    section="convolution-batch",
)
def test_conv2d_forward_leaves_its_arguments_alone(check, rng):
    """After the call x, weight and bias are what they were before."""
    layer = _layer(rng, N=2, C_in=3, C_out=5, H=7, W=8, kH=1, kW=4)
    out, _ = check.leaves_arguments_alone("conv2d_forward", *layer)
    _demand_twice_the_output(check, out, *layer)


# dbias, 2 points -------------------------------------------------------------------------------


@graded(
    "conv2d_backward",
    stage="dbias",
    points=2,
    hint="At how many places, and in how many images, was one filter's bias added?",
    section="convolution-dbias",
)
def test_dbias_collects_from_every_place_of_every_image(check, rng):
    """dbias collects the gradient from every image and every place, filter by filter."""
    layer = _layer(rng, N=3, C_in=2, C_out=4, H=8, W=10, kH=1, kW=7)
    check.backward("conv2d_forward", *layer, wrt="dbias")
    check.gradient("conv2d_forward", *layer, wrt="dbias")


# dweight, 5 points -----------------------------------------------------------------------------


@graded(
    "conv2d_backward",
    stage="dweight",
    points=1.5,
    hint="A filter's number met one pixel at each place: weigh those pixels with dout.",
    section="convolution-dweight",
)
def test_dweight_collects_from_every_place(check, rng):
    """For one image, dweight collects from every place of the output."""
    layer = _layer(rng, N=1, C_in=3, C_out=4, H=7, W=8, kH=2, kW=5)
    check.backward("conv2d_forward", *layer, wrt="dweight")


@graded(
    "conv2d_backward",
    stage="dweight",
    points=1.5,
    hint="All images of a batch share the filters: where does dweight start from zero?",
    section="convolution-dweight",
)
def test_dweight_collects_from_every_image(check, rng):
    """For a batch, dweight is the sum over its images."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=9, W=10, kH=4, kW=6)
    check.backward("conv2d_forward", *layer, wrt="dweight")


@graded(
    "conv2d_backward",
    stage="dweight",
    points=1,
    hint="Move one number of a filter a little, and see how the whole output moves.",
    section="convolution-dweight",
)
def test_dweight_agrees_with_central_differences(check, rng):
    """dweight tells how the loss moves when one number of a filter moves a little."""
    layer = _layer(rng, N=2, C_in=3, C_out=4, H=6, W=8, kH=1, kW=5)
    check.gradient("conv2d_forward", *layer, wrt="dweight")


@graded(
    "conv2d_backward",
    stage="dweight",
    points=0.5,
    hint="Filters of 1 x 1 met every pixel; for the largest ones dout holds one place only.",
    section="convolution-dweight",
)
def test_dweight_of_the_smallest_and_the_largest_filters(check, rng):
    """dweight is right for filters of 1 x 1 and for filters as large as the image."""
    small = _layer(rng, N=2, C_in=3, C_out=4, H=5, W=6, kH=1, kW=1)
    check.backward("conv2d_forward", *small, wrt="dweight")
    large = _layer(rng, N=3, C_in=2, C_out=5, H=4, W=6, kH=4, kW=6)
    check.backward("conv2d_forward", *large, wrt="dweight")


@graded(
    "conv2d_backward",
    stage="dweight",
    points=0.5,
    hint=_DTYPE_HINT,
    section="convolution-dtype",
)
def test_dweight_keeps_float32(check, rng):
    """In a float32 layer dweight is right, and float32."""
    layer = _layer(rng, N=2, C_in=1, C_out=3, H=6, W=7, kH=4, kW=5, dtype=np.float32)
    check.backward("conv2d_forward", *layer, wrt="dweight")
    check.keeps_gradient_dtype("conv2d_forward", *layer, wrt="dweight")


# dx, 5 points ----------------------------------------------------------------------------------


@graded(
    "conv2d_backward",
    stage="dx",
    points=1.5,
    hint="Where patches overlap, a pixel takes part in several sums: what of their gradients?",
    section="convolution-dx",
)
def test_dx_adds_up_where_patches_overlap(check, rng):
    """For one filter, a pixel of dx adds up the gradients of all the patches it lies in."""
    layer = _layer(rng, N=2, C_in=3, C_out=1, H=6, W=7, kH=4, kW=5)
    check.backward("conv2d_forward", *layer, wrt="dx")


@graded(
    "conv2d_backward",
    stage="dx",
    points=1.5,
    hint="Every filter looked at every pixel: how do their gradients come together?",
    section="convolution-dx",
)
def test_dx_collects_from_every_filter(check, rng):
    """For several filters, dx adds up what comes back through each of them."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=9, W=10, kH=4, kW=6)
    check.backward("conv2d_forward", *layer, wrt="dx")


@graded(
    "conv2d_backward",
    stage="dx",
    points=1,
    hint="Move one pixel a little: at which places does the output move, and how far?",
    section="convolution-dx",
)
def test_dx_agrees_with_central_differences(check, rng):
    """dx tells how the loss moves when one pixel moves a little."""
    layer = _layer(rng, N=4, C_in=1, C_out=3, H=6, W=7, kH=2, kW=5)
    check.gradient("conv2d_forward", *layer, wrt="dx")


@graded(
    "conv2d_backward",
    stage="dx",
    points=0.5,
    hint=_DTYPE_HINT,
    section="convolution-dtype",
)
def test_dx_keeps_float32(check, rng):
    """In a float32 layer dx is right, and float32."""
    layer = _layer(rng, N=2, C_in=3, C_out=1, H=7, W=8, kH=4, kW=5, dtype=np.float32)
    check.backward("conv2d_forward", *layer, wrt="dx")
    check.keeps_gradient_dtype("conv2d_forward", *layer, wrt="dx")


@graded(
    "conv2d_backward",
    stage="dx",
    points=0.5,
    hint="Start dx from an array of zeros of its own: a second name for x is no second array.",
    section="convolution-dx",
)
def test_conv2d_backward_leaves_its_arguments_alone(check, rng):
    """The backward pass changes neither dout nor what the forward pass kept."""
    layer = _layer(rng, N=3, C_in=2, C_out=4, H=7, W=8, kH=1, kW=5)
    check.backward("conv2d_forward", *layer, wrt="dx")
    check.backward_leaves_arguments_alone("conv2d_forward", *layer)
