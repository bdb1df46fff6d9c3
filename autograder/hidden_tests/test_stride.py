"""Hidden tests of the stride chapter: sizes, conv2d, costs, receptive fields, columns.

Sizes of arrays are fixed and, within a test, pairwise distinct, so that no swap of two axes goes
unseen; numbers are drawn anew for every run. Strides differ from the filters' sizes, except where
a test says so: else windows would not overlap, and `=` would do for `+=`.
What a law compares with is computed here, never by another function of the learner's, so that a
mistake in one function costs nothing in another.
"""

# ruff: noqa: D403 - im2col, col2im, dx, dweight and dbias are names.

from functools import partial

import numpy as np

from autograder.testing import graded

_size = partial(graded, "conv_output_size", stage="size")
_forward = partial(graded, "conv2d_forward", stage="forward")
_parameters = partial(graded, "conv2d_backward", stage="parameters")
_dx = partial(graded, "conv2d_backward", stage="dx")
_cost = partial(graded, "conv2d_cost", stage="cost")
_receptive = partial(graded, "receptive_field", stage="receptive")
_columns = partial(graded, "im2col", stage="columns")
_product = partial(graded, "conv2d_forward_im2col", stage="product")
_adjoint = partial(graded, "col2im", stage="adjoint")
_back = partial(graded, "conv2d_backward_im2col", stage="product_back")

_DTYPE_HINT = "np.zeros makes float64 unless told otherwise: which type do the arguments have?"


def _numbers(rng, *shape, dtype=np.float64):
    """Draw numbers that are not near zero: a border of zeros cannot be taken for them."""
    return (rng.uniform(0.5, 2.5, shape) * rng.choice([-1.0, 1.0], shape)).astype(dtype)


def _layer(rng, *, N, C_in, C_out, H, W, kH, kW, dtype=np.float64):
    """Draw x, weight and bias."""
    shapes = ((N, C_in, H, W), (C_out, C_in, kH, kW), (C_out,))
    return tuple(_numbers(rng, *shape, dtype=dtype) for shape in shapes)


def _places(size, kernel_size, stride, padding):
    """Let a filter walk along an axis; give the rows at which it begins, in the padded image."""
    return range(0, size + 2 * padding - kernel_size + 1, stride)


def _patches(x, kernel_size, stride, padding):
    """Give the patch of every place, as an array (N, C_in, kH, kW) each."""
    kH, kW = kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return [
        padded[:, :, top : top + kH, left : left + kW]
        for top in _places(x.shape[2], kH, stride, padding)
        for left in _places(x.shape[3], kW, stride, padding)
    ]


# How many places: conv_output_size, 3 points ---------------------------------------------------


def _size_for(places, kernel_size, stride, padding, rest=0):
    return stride * (places - 1) + kernel_size - 2 * padding + rest


@_size(
    points=1,
    hint="Count the first place, and then the steps that fit into the room behind it.",
    section="stride-sizes",
)
def test_conv_output_size_counts_the_first_place_and_the_steps(check, rng):
    """Where the steps end at the last row, there are (W - K + 2P) / S + 1 places."""
    for kernel_size, stride, padding in ((5, 1, 0), (3, 2, 0), (4, 3, 0), (7, 1, 3), (8, 6, 2)):
        size = _size_for(int(rng.integers(20, 60)), kernel_size, stride, padding)
        check.returns("conv_output_size", size, kernel_size, stride=stride, padding=padding)


@_size(
    points=1,
    hint="May a filter hang over the edge of the padded image? Which way does // round?",
    section="stride-sizes",
)
def test_conv_output_size_takes_whole_steps_only(check, rng):
    """Rows at the end that no whole step reaches add no place."""
    # In this order: rounding up fails in the first call, rounding to the nearest in the second.
    for kernel_size, stride, padding, rest in ((3, 7, 0, 1), (4, 7, 0, 6), (6, 5, 1, 3)):
        size = _size_for(int(rng.integers(20, 60)), kernel_size, stride, padding, rest)
        check.returns("conv_output_size", size, kernel_size, stride=stride, padding=padding)


@_size(
    points=0.5,
    hint="A filter that fits at all has a first place, however large the step behind it.",
    section="stride-sizes",
)
def test_conv_output_size_of_a_single_place(check, rng):
    """Where there is no room for a step, one place is left."""
    kernel_size = int(rng.integers(11, 29))
    check.returns("conv_output_size", kernel_size, kernel_size, stride=3)
    check.returns("conv_output_size", kernel_size - 4, kernel_size, stride=2, padding=2)
    check.returns("conv_output_size", kernel_size + 6, kernel_size, stride=9)


@_size(
    points=0.5,
    hint="Ask before you divide: // gives an answer for a filter that does not fit, too.",
    section="stride-sizes",
)
def test_conv_output_size_refuses_what_has_no_place(check, rng):
    """A filter that is too large, and sizes below 1, get a ValueError that says what came."""
    check.call("conv_output_size", int(rng.integers(20, 40)), 3, stride=2)
    check.raises(ValueError, "conv_output_size", 31, 47, stride=3, padding=5, mentions=("47",))
    check.raises(ValueError, "conv_output_size", 31, 32)
    check.raises(ValueError, "conv_output_size", 31, 5, stride=0, mentions=("0",))
    check.raises(ValueError, "conv_output_size", 31, 5, stride=-17, mentions=("-17",))
    check.raises(ValueError, "conv_output_size", 31, 5, padding=-13, mentions=("-13",))
    check.raises(ValueError, "conv_output_size", 31, 0)
    check.raises(ValueError, "conv_output_size", 0, 3, padding=6)


# Larger steps: conv2d_forward, 6.5 points ------------------------------------------------------


@_forward(
    points=1,
    hint="Without a stride of its own, this is the layer of the chapter on padding.",
    section="stride-forward",
)
def test_conv2d_forward_with_a_stride_of_1(check, rng):
    """With a stride of 1, which is the default, every place is visited."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=9, W=10, kH=4, kW=6)
    check.returns("conv2d_forward", *layer)
    check.returns("conv2d_forward", *layer, stride=1, padding=1)


@_forward(
    points=2,
    hint="In which row and in which column does the patch of place (i, j) begin?",
    section="stride-forward",
)
def test_conv2d_forward_steps_by_the_stride(check, rng):
    """The filter moves by the stride, down and to the right."""
    plain = _layer(rng, N=2, C_in=3, C_out=4, H=9, W=11, kH=5, kW=7)
    check.returns("conv2d_forward", *plain, stride=2)
    padded = _layer(rng, N=3, C_in=2, C_out=4, H=12, W=10, kH=5, kW=6)
    check.returns("conv2d_forward", *padded, stride=3, padding=1)
    deep = _layer(rng, N=1, C_in=5, C_out=2, H=8, W=14, kH=4, kW=6)
    check.returns("conv2d_forward", *deep, stride=4, padding=2)


@_forward(
    points=1,
    hint="The filter stays inside the padded image: which rows at the end does no place reach?",
    section="stride-leftover",
)
def test_conv2d_forward_leaves_out_what_no_whole_step_reaches(check, rng):
    """Rows and columns at the end that no whole step reaches are left out."""
    layer = _layer(rng, N=2, C_in=3, C_out=5, H=8, W=12, kH=4, kW=6)
    check.returns("conv2d_forward", *layer, stride=5)
    check.returns("conv2d_forward", *layer, stride=3, padding=1)


@_forward(
    points=0.5,
    hint="A stride chooses places; it changes neither the patches nor the filters.",
    section="stride-forward",
)
def test_conv2d_forward_gives_every_sth_place_of_a_stride_of_1(check, rng):
    """A strided layer gives every S-th row and column of the layer with a stride of 1."""
    layer = _layer(rng, N=2, C_in=3, C_out=4, H=11, W=13, kH=1, kW=5)
    dense = check.call("conv2d_forward", *layer, padding=1)[0]
    for stride in (2, 3):
        strided = check.call("conv2d_forward", *layer, stride=stride, padding=1)[0]
        law = "a strided layer gives every S-th row and column of the same layer with a stride of 1"
        check.equal(strided, dense[:, :, ::stride, ::stride], law)


@_forward(
    points=0.5,
    hint="Ask whether the filter fits into the padded image; the stride has no part in that.",
    section="stride-forward",
)
def test_conv2d_forward_with_a_single_place(check, rng):
    """A stride larger than the images, and filters larger than the images, leave one place."""
    layer = _layer(rng, N=3, C_in=2, C_out=4, H=5, W=6, kH=1, kW=2)
    check.returns("conv2d_forward", *layer, stride=8)
    large = _layer(rng, N=2, C_in=3, C_out=1, H=4, W=5, kH=8, kW=9)
    check.returns("conv2d_forward", *large, stride=3, padding=2)


@_forward(points=0.5, hint=_DTYPE_HINT, section="stride-forward")
def test_conv2d_forward_keeps_float32_and_its_arguments(check, rng):
    """A layer of float32 gives an output of float32, and leaves its arguments as they were."""
    layer = _layer(rng, N=2, C_in=3, C_out=4, H=7, W=9, kH=1, kW=5, dtype=np.float32)
    check.returns("conv2d_forward", *layer, stride=2, padding=1)
    check.leaves_arguments_alone("conv2d_forward", *layer, stride=2, padding=1)
    check.keeps_dtype("conv2d_forward", *layer, stride=2, padding=1)


@_forward(
    points=1,
    hint="Read what the docstring says under Raises; conv_output_size asks for a part of it.",
    section="stride-forward",
)
def test_conv2d_forward_refuses_what_does_not_fit(check, rng):
    """Filters that are too large, a stride of 0 and arrays that do not match get a ValueError."""
    x, weight, bias = _layer(rng, N=2, C_in=3, C_out=14, H=11, W=17, kH=5, kW=4)
    check.call("conv2d_forward", x, weight, bias, stride=2)
    high, wide = _numbers(rng, 14, 3, 29, 4), _numbers(rng, 14, 3, 5, 31)
    check.raises(ValueError, "conv2d_forward", x, high, bias, padding=2, mentions=("29",))
    check.raises(ValueError, "conv2d_forward", x, wide, bias, padding=2, mentions=("31",))
    check.raises(ValueError, "conv2d_forward", x, weight, bias, stride=0)
    check.raises(ValueError, "conv2d_forward", x, weight, bias, stride=2, padding=-1)
    check.raises(ValueError, "conv2d_forward", x, weight, bias[:13].copy(), mentions=("14", "13"))
    check.raises(ValueError, "conv2d_forward", x[:, :2].copy(), weight, bias, stride=2)
    check.raises(ValueError, "conv2d_forward", x[0].copy(), weight, bias)


# dbias and dweight, 3 points -------------------------------------------------------------------


@_parameters(
    points=0.5,
    hint="To how many places was one filter's bias added?",
    section="stride-gradients",
)
def test_dbias_collects_from_every_place(check, rng):
    """dbias collects the gradient from every image and every place."""
    layer = _layer(rng, N=3, C_in=2, C_out=4, H=8, W=10, kH=1, kW=7)
    check.backward("conv2d_forward", *layer, stride=2, padding=1, wrt="dbias")


@_parameters(
    points=1.5,
    hint="Which patch did the filter meet at place (i, j)? Take it from the padded images.",
    section="stride-gradients",
)
def test_dweight_is_made_of_the_patches_that_were_seen(check, rng):
    """dweight collects from every place, with the patch that was seen there."""
    plain = _layer(rng, N=2, C_in=3, C_out=4, H=9, W=11, kH=5, kW=7)
    check.backward("conv2d_forward", *plain, stride=2, wrt="dweight")
    padded = _layer(rng, N=3, C_in=2, C_out=5, H=12, W=10, kH=4, kW=6)
    check.backward("conv2d_forward", *padded, stride=3, padding=1, wrt="dweight")


@_parameters(
    points=1,
    hint="Move one number of a filter a little, and see how the whole output moves.",
    section="stride-gradients",
)
def test_dweight_agrees_with_central_differences(check, rng):
    """dweight tells how the loss moves with a weight, also where rows and columns are left over."""
    layer = _layer(rng, N=1, C_in=3, C_out=2, H=8, W=9, kH=4, kW=5)
    check.gradient("conv2d_forward", *layer, stride=3, wrt="dweight")
    other = _layer(rng, N=2, C_in=1, C_out=3, H=7, W=8, kH=5, kW=4)
    check.gradient("conv2d_forward", *other, stride=1, padding=2, wrt="dweight")


# dx, 4 points ----------------------------------------------------------------------------------


@_dx(
    points=1.5,
    hint="Where windows overlap, a pixel was seen by several places: how do they share?",
    section="stride-gradients",
)
def test_dx_adds_up_what_overlapping_windows_bring(check, rng):
    """A pixel collects from every window that it lies in."""
    plain = _layer(rng, N=2, C_in=3, C_out=4, H=9, W=11, kH=5, kW=7)
    check.backward("conv2d_forward", *plain, stride=2, wrt="dx")
    padded = _layer(rng, N=3, C_in=2, C_out=4, H=12, W=10, kH=5, kW=6)
    check.backward("conv2d_forward", *padded, stride=3, padding=1, wrt="dx")
    dense = _layer(rng, N=3, C_in=1, C_out=4, H=6, W=5, kH=4, kW=2)
    check.backward("conv2d_forward", *dense, padding=2, wrt="dx")


@_dx(
    points=1,
    hint="dx has the shape of x: what do pixels get that no place has seen?",
    section="stride-leftover",
)
def test_dx_is_zero_where_no_whole_step_reaches(check, rng):
    """Rows and columns at the end that no place has seen are in dx, and hold zeros."""
    layer = _layer(rng, N=2, C_in=3, C_out=5, H=8, W=12, kH=4, kW=6)
    check.backward("conv2d_forward", *layer, stride=5, wrt="dx")
    check.backward("conv2d_forward", *layer, stride=3, padding=1, wrt="dx")


@_dx(
    points=0.5,
    hint="Between the windows lie pixels, too.",
    section="stride-leftover",
)
def test_dx_is_zero_between_windows_that_lie_apart(check, rng):
    """With a stride larger than the filters, pixels between the windows get a zero."""
    layer = _layer(rng, N=2, C_in=4, C_out=5, H=9, W=10, kH=1, kW=3)
    check.backward("conv2d_forward", *layer, stride=4, padding=1, wrt="dx")


@_dx(
    points=0.5,
    hint="Move one pixel a little: at which places does the output move, and how far?",
    section="stride-gradients",
)
def test_dx_agrees_with_central_differences(check, rng):
    """dx tells how the loss moves when one pixel moves a little."""
    layer = _layer(rng, N=1, C_in=2, C_out=3, H=7, W=8, kH=5, kW=4)
    check.gradient("conv2d_forward", *layer, stride=2, padding=1, wrt="dx")


@_dx(points=0.5, hint=_DTYPE_HINT, section="stride-gradients")
def test_conv2d_backward_keeps_float32_and_its_arguments(check, rng):
    """In a float32 layer dx is right and float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, N=2, C_in=3, C_out=1, H=9, W=8, kH=4, kW=5, dtype=np.float32)
    check.backward("conv2d_forward", *layer, stride=2, padding=1, wrt="dx")
    check.keeps_gradient_dtype("conv2d_forward", *layer, stride=2, padding=1, wrt="dx")
    check.backward_leaves_arguments_alone("conv2d_forward", *layer, stride=2, padding=1)


# What it costs: conv2d_cost, 2.5 points --------------------------------------------------------


def _shapes(rng):
    """Draw a layer: x_shape and weight_shape, and the numbers in one filter."""
    N, C_in, C_out = (int(each) for each in rng.permutation([3, 7, 11]))
    # Two more than a multiple of 3, the stride: all ways to round and to count then differ.
    H, W, kH, kW = 3 * int(rng.integers(8, 13)) + 2, 3 * int(rng.integers(14, 20)) + 2, 4, 6
    return (N, C_in, H, W), (C_out, C_in, kH, kW), C_in * kH * kW


@_cost(
    points=1,
    hint="How many numbers has one filter, how many filters are there, and what else is learned?",
    section="stride-cost",
)
def test_conv2d_cost_counts_weights_and_biases(check, rng):
    """The parameters are all weights and one bias for each filter, whatever the images."""
    x_shape, weight_shape, in_one_filter = _shapes(rng)
    expected = weight_shape[0] * (in_one_filter + 1)
    law = "the parameters are the weights of all filters, and one bias for each"
    parameters = check.call("conv2d_cost", x_shape, weight_shape)[0]
    check.equal(parameters, expected, law)
    again = check.call("conv2d_cost", x_shape, weight_shape, stride=3, padding=2)[0]
    check.equal(again, expected, f"{law}; stride and padding change nothing about them")


@_cost(
    points=1,
    hint="How many numbers has the output, for the whole batch, and how many products each?",
    section="stride-cost",
)
def test_conv2d_cost_counts_the_products_of_the_whole_batch(check, rng):
    """Each number of the output takes one product for each number of a filter."""
    law = "each number of the output, in the whole batch, takes as many products as a filter has"
    # In the first call there are as many places as pixels: it is about the products. The second
    # tells apart what a stride can be left out of.
    for kernel, stride, padding in (((5, 5), 1, 2), ((2, 7), 3, 1), ((4, 6), 1, 0)):
        x_shape, weight_shape, _ = _shapes(rng)
        weight_shape = (*weight_shape[:2], *kernel)
        rows = len(_places(x_shape[2], kernel[0], stride, padding))
        columns = len(_places(x_shape[3], kernel[1], stride, padding))
        expected = x_shape[0] * rows * columns * int(np.prod(weight_shape))
        came = check.call("conv2d_cost", x_shape, weight_shape, stride=stride, padding=padding)
        check.equal(came[1], expected, law)


@_cost(
    points=0.5,
    hint="Compare the channels, and count the numbers of each shape, before you compute.",
    section="stride-cost",
)
def test_conv2d_cost_refuses_shapes_that_do_not_fit(check, rng):
    """Other channels, a missing axis and a filter that is too large get a ValueError."""
    x_shape, weight_shape, _ = _shapes(rng)
    check.call("conv2d_cost", x_shape, weight_shape, stride=2)
    C_in, H = x_shape[1:3]
    C_out, _, kH, kW = weight_shape
    other = (C_out, C_in + 90, kH, kW)
    check.raises(ValueError, "conv2d_cost", x_shape, other, mentions=(C_in + 90, C_in))
    check.raises(ValueError, "conv2d_cost", x_shape, (C_out, C_in, H + 3, kW), padding=1)
    check.raises(ValueError, "conv2d_cost", x_shape, weight_shape, stride=0)
    check.raises(ValueError, "conv2d_cost", x_shape[1:], weight_shape)
    check.raises(ValueError, "conv2d_cost", x_shape, weight_shape[1:])


# How much it sees: receptive_field, 3 points ---------------------------------------------------


def _stack(rng, layers):
    """Draw layers whose kernel sizes and strides are pairwise distinct."""
    kernels = rng.choice(np.arange(3, 12), layers, replace=False)
    strides = rng.choice(np.arange(2, 8), layers, replace=False)
    return [(int(k), int(s)) for k, s in zip(kernels, strides, strict=True)]


@_receptive(
    points=1.5,
    hint="How far apart, in pixels of the input, do the outputs lie that a layer reads?",
    section="stride-receptive-field",
)
def test_receptive_field_is_measured_in_pixels_of_the_input(check, rng):
    """Every layer adds K - 1 outputs of the layer below, which lie its jump apart."""
    check.returns("receptive_field", _stack(rng, 2))
    check.returns("receptive_field", _stack(rng, 4))
    equal = (int(rng.integers(3, 9)), int(rng.integers(2, 4)))
    check.returns("receptive_field", [equal] * 4)


@_receptive(
    points=0.5,
    hint="What does one output see when there is one layer, and what when there is none?",
    section="stride-receptive-field",
)
def test_receptive_field_of_the_shortest_stacks(check, rng):
    """One layer sees its kernel, and without a layer an output is one pixel."""
    check.returns("receptive_field", _stack(rng, 1))
    check.returns("receptive_field", [])
    check.returns("receptive_field", [(int(rng.integers(5, 9)), 1)] * int(rng.integers(3, 9)))


@_receptive(
    points=0.5,
    hint="Let the upper layers see outputs of the lower ones: how large is that, in pixels?",
    section="stride-receptive-field",
)
def test_receptive_field_of_two_stacks_on_each_other(check, rng):
    """What an upper stack sees of a lower one lies the lower one's jump apart."""
    lower, upper = _stack(rng, 3), _stack(rng, 2)
    size, jump = check.call("receptive_field", lower)
    upper_size, upper_jump = check.call("receptive_field", upper)
    came = check.call("receptive_field", lower + upper)
    law = "two stacks on each other see size + (upper size - 1) * jump pixels"
    check.equal(came[0], size + (upper_size - 1) * jump, law)
    check.equal(came[1], jump * upper_jump, "the jumps of two stacks on each other are multiplied")


@_receptive(
    points=0.5,
    hint="Look at each kernel size and stride before you use it.",
    section="stride-receptive-field",
)
def test_receptive_field_refuses_layers_that_are_none(check, rng):
    """A kernel size or a stride below 1 gets a ValueError that says what came."""
    stack = _stack(rng, 2)
    check.call("receptive_field", stack)
    check.raises(ValueError, "receptive_field", [*stack, (-17, 1)], mentions=("-17",))
    check.raises(ValueError, "receptive_field", [(3, -13), *stack], mentions=("-13",))
    check.raises(ValueError, "receptive_field", [(0, 1)])
    check.raises(ValueError, "receptive_field", [(3, 0)])


# Bonus: im2col, 2.5 points ---------------------------------------------------------------------


@_columns(
    points=1,
    hint="Take place 0 and place 1 of one image: which numbers do they see, and in which order?",
    section="stride-im2col",
)
def test_im2col_writes_patches_into_columns(check, rng):
    """Places go row by row, and the numbers of a patch channel by channel, row by row."""
    check.returns("im2col", _numbers(rng, 2, 3, 5, 7), (4, 1))
    check.returns("im2col", _numbers(rng, 3, 2, 6, 7), (4, 5))


@_columns(
    points=1,
    hint="Position (u, v) of all patches lies in every stride-th row, from row u on.",
    section="stride-im2col",
)
def test_im2col_steps_and_pads(check, rng):
    """With a stride and a border, the columns are the patches that a strided filter visits."""
    for shape, kernel_size, stride, padding in (
        ((2, 3, 9, 11), (5, 7), 2, 0),
        ((3, 2, 8, 9), (4, 5), 3, 1),
        ((2, 1, 4, 3), (5, 6), 2, 2),
    ):
        x = _numbers(rng, *shape)
        patches = _patches(x, kernel_size, stride, padding)
        expected = np.stack([patch.reshape(len(x), -1) for patch in patches], axis=2)
        came = check.returns("im2col", x, kernel_size, stride=stride, padding=padding)
        check.equal(came, expected, "column l of an image is its patch at place l")


@_columns(
    points=0.5,
    hint="Write the sizes out where you reshape: NumPy cannot guess -1 in an array of no numbers.",
    section="stride-im2col",
)
def test_im2col_of_odd_arguments(check, rng):
    """No images give no columns, float32 stays float32, and too large a patch is refused."""
    x = _numbers(rng, 2, 3, 19, 23)
    check.call("im2col", x, (4, 5), stride=2)
    check.returns("im2col", np.zeros((0, 3, 5, 7)), (2, 4), stride=2)
    check.keeps_dtype("im2col", x.astype(np.float32), (1, 4), stride=3, padding=1)
    check.raises(ValueError, "im2col", x, (4, 29), padding=1, mentions=("29",))
    check.raises(ValueError, "im2col", x[0].copy(), (2, 3))


# Bonus: conv2d_forward_im2col, 1.5 points ------------------------------------------------------


@_product(
    points=1,
    hint="Each filter becomes a row, in the order in which im2col writes a patch.",
    section="stride-matrix-product",
)
def test_conv2d_forward_im2col_gives_what_the_loops_give(check, rng):
    """The matrix product gives the dot product of every filter with every patch."""
    for sizes, stride, padding in (
        ({"N": 2, "C_in": 3, "C_out": 4, "H": 9, "W": 11, "kH": 5, "kW": 7}, 2, 0),
        ({"N": 3, "C_in": 2, "C_out": 5, "H": 7, "W": 8, "kH": 4, "kW": 1}, 3, 1),
    ):
        x, weight, bias = _layer(rng, **sizes)
        settings = {"stride": stride, "padding": padding}
        out = check.returns("conv2d_forward_im2col", x, weight, bias, **settings)[0]
        patches = _patches(x, weight.shape[2:], stride, padding)
        by_loops = [np.einsum("ncuv,fcuv->nf", patch, weight) + bias for patch in patches]
        expected = np.stack(by_loops, axis=2).reshape(out.shape)
        check.equal(out, expected, "the matrix product gives what a loop over the places gives")


@_product(
    points=0.5,
    hint="The arguments that are refused are those of conv2d_forward.",
    section="stride-matrix-product",
)
def test_conv2d_forward_im2col_of_odd_arguments(check, rng):
    """Float32 stays float32, no images give no maps, and misfits get a ValueError."""
    x, weight, bias = _layer(rng, N=2, C_in=3, C_out=14, H=7, W=9, kH=1, kW=5, dtype=np.float32)
    check.returns("conv2d_forward_im2col", x, weight, bias, stride=2)
    check.keeps_dtype("conv2d_forward_im2col", x, weight, bias, stride=2)
    check.returns("conv2d_forward_im2col", x[:0].copy(), weight, bias, stride=2)
    misfits = ((x[:, :2].copy(), weight, bias), (x, weight, bias[:1].copy()))
    for arguments in (*misfits, (x[0].copy(), weight, bias)):
        check.raises(ValueError, "conv2d_forward_im2col", *arguments)


# Bonus: col2im, 2 points -----------------------------------------------------------------------


@_adjoint(
    points=1,
    hint="Add each column to the patch that it came from; then take the border away.",
    section="stride-col2im",
)
def test_col2im_adds_every_column_to_its_patch(check, rng):
    """A pixel gets the sum of all numbers that belong to it."""
    for shape, kernel_size, stride, padding in (
        ((2, 3, 5, 7), (4, 2), 1, 1),
        ((3, 2, 8, 11), (4, 5), 3, 0),
        ((2, 4, 9, 11), (1, 3), 4, 1),
    ):
        sizes = zip(shape[2:], kernel_size, strict=True)
        places = [len(_places(size, k, stride, padding)) for size, k in sizes]
        cols = _numbers(rng, shape[0], shape[1] * int(np.prod(kernel_size)), int(np.prod(places)))
        check.returns("col2im", cols, shape, kernel_size, stride=stride, padding=padding)


@_adjoint(
    points=0.5,
    hint="Where im2col copies a number, col2im adds one: with the same slices.",
    section="stride-col2im",
)
def test_col2im_is_the_adjoint_of_im2col(check, rng):
    """Columns times patches, summed, is the same as col2im of the columns times the images."""
    for shape, kernel_size, stride, padding in (
        ((2, 3, 7, 9), (4, 5), 2, 1),
        ((3, 2, 9, 7), (2, 4), 3, 2),
    ):
        x = _numbers(rng, *shape)
        patches = _patches(x, kernel_size, stride, padding)
        columns = np.stack([patch.reshape(len(x), -1) for patch in patches], axis=2)
        others = _numbers(rng, *columns.shape)
        settings = {"stride": stride, "padding": padding}
        back = check.call("col2im", others, shape, kernel_size, **settings)
        law = "the sum of columns times im2col(x) is the sum of col2im(columns) times x"
        check.equal(np.sum(back * x), np.sum(others * columns), law)


@_adjoint(
    points=0.5,
    hint="Work out which shape the columns have to have, and compare it before you add.",
    section="stride-col2im",
)
def test_col2im_of_odd_arguments(check, rng):
    """Columns of another shape get a ValueError, float32 stays float32, and cols is not changed."""
    cols = _numbers(rng, 2, 12, 20, dtype=np.float32)
    check.call("col2im", cols, (2, 3, 5, 6), (2, 2))
    check.keeps_dtype("col2im", cols, (2, 3, 5, 6), (2, 2))
    check.leaves_arguments_alone("col2im", cols, (2, 3, 5, 6), (2, 2))
    check.raises(ValueError, "col2im", cols, (2, 3, 7, 6), (2, 2), mentions=("20", "30"))
    check.raises(ValueError, "col2im", cols, (2, 3, 5, 6), (2, 7))
    check.raises(ValueError, "col2im", cols, (3, 5, 6), (2, 2))


# Bonus: conv2d_backward_im2col, 2 points -------------------------------------------------------


@_back(
    points=1,
    hint="What had a filter to do with an image: a product for each image, and then?",
    section="stride-col2im",
)
def test_conv2d_backward_im2col_gives_dweight_and_dbias(check, rng):
    """dweight and dbias are summed over the places and over the images."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=12, W=10, kH=4, kW=6)
    check.backward("conv2d_forward_im2col", *layer, stride=3, padding=1, wrt="dweight")
    check.backward("conv2d_forward_im2col", *layer, stride=3, padding=1, wrt="dbias")


@_back(
    points=1,
    hint="First the gradient of the columns, then col2im with the settings of the forward pass.",
    section="stride-col2im",
)
def test_conv2d_backward_im2col_gives_dx(check, rng):
    """dx has the shape of x, adds up over windows, and is 0 where none was."""
    plain = _layer(rng, N=2, C_in=3, C_out=4, H=9, W=11, kH=5, kW=7)
    check.backward("conv2d_forward_im2col", *plain, stride=2, wrt="dx")
    padded = _layer(rng, N=3, C_in=2, C_out=4, H=8, W=9, kH=5, kW=1)
    check.backward("conv2d_forward_im2col", *padded, stride=2, padding=1, wrt="dx")
    single = _layer(rng, N=2, C_in=3, C_out=1, H=9, W=8, kH=4, kW=5, dtype=np.float32)
    check.keeps_gradient_dtype("conv2d_forward_im2col", *single, stride=3, wrt="dx")
