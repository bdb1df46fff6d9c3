"""Hidden tests of the other convolutions: 1 x 1, 1D, 3D; dilated, depthwise and transposed.

Sizes are fixed and, within a call, pairwise distinct but for those that have to be equal, so that
no swap of two axes goes unseen. One test uses filters of K x K x K on purpose: only there a swap of
the filter's axes keeps every shape. Numbers are drawn anew for every run; none is near zero, so
that a border of zeros cannot be taken for a part of the input.
"""

# ruff: noqa: D403 - dx, dweight and dbias are names.

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.testing import graded

_one = partial(graded, "conv1x1_forward", stage="conv1x1")
_one_back = partial(graded, "conv1x1_backward", stage="conv1x1_backward")
_row = partial(graded, "conv1d_forward", stage="conv1d")
_row_back = partial(graded, "conv1d_backward", stage="conv1d_backward")
_volume = partial(graded, "conv3d_forward", stage="conv3d")
_volume_back = partial(graded, "conv3d_backward", stage="conv3d_backward")
_dilated = partial(graded, "dilated_conv2d_forward", stage="dilated")
_dilated_back = partial(graded, "dilated_conv2d_backward", stage="dilated_backward")
_depthwise = partial(graded, "depthwise_conv2d_forward", stage="depthwise")
_depthwise_back = partial(graded, "depthwise_conv2d_backward", stage="depthwise_backward")
_transposed = partial(graded, "conv_transpose2d_forward", stage="transposed")

_DTYPE_HINT = "np.zeros makes float64 unless told otherwise: which of your arrays is float64?"
_ERROR_HINT = "Compare shapes and settings before you compute; say what you expected and what came."


def _numbers(rng, shape, dtype=np.float64):
    return (rng.uniform(0.5, 2.5, shape) * rng.choice([-1.0, 1.0], shape)).astype(dtype)


def _layer(rng, x_shape, weight_shape, *, C_out=None, dtype=np.float64):
    """Draw x, weight and bias."""
    C_out = weight_shape[0] if C_out is None else C_out
    return tuple(_numbers(rng, shape, dtype) for shape in (x_shape, weight_shape, (C_out,)))


def _conv2d(x, weight, *, stride=1, padding=0):
    """Convolve without a bias: what the laws compare with."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nkijuv,ckuv->ncij", windows, weight)


# 1 x 1, 3 points ------------------------------------------------------------------------------


@_one(
    points=1.5,
    hint="Take one place by itself: is its result the linear layer of its own channels?",
    section="other_convolutions-one-place",
)
def test_conv1x1_forward_is_a_linear_layer_at_every_place(check, rng):
    """At every place, all channels are mixed by the same linear layer."""
    check.returns("conv1x1_forward", *_layer(rng, (2, 3, 4, 5), (6, 3)))
    check.returns("conv1x1_forward", *_layer(rng, (1, 5, 6, 3), (2, 5)))


@_one(
    points=0.5,
    hint="Shuffle the places of x: the places of out should be shuffled alike, and nothing else.",
    section="other_convolutions-one-place",
)
def test_conv1x1_forward_does_not_look_at_other_places(check, rng):
    """Shuffling the places shuffles the output, and two layers in a row are their product."""
    x, weight, bias = _layer(rng, (2, 4, 3, 5), (6, 4))
    out, _ = check.call("conv1x1_forward", x, weight, bias)
    rows, columns = rng.permutation(3), rng.permutation(5)
    shuffled, _ = check.call("conv1x1_forward", x[:, :, rows][:, :, :, columns], weight, bias)
    law = "out for shuffled rows and columns is out with its rows and columns shuffled alike"
    check.equal(shuffled, out[:, :, rows][:, :, :, columns], law)
    second = _numbers(rng, (7, 6))
    twice, _ = check.call("conv1x1_forward", out, second, np.zeros(7))
    once, _ = check.call("conv1x1_forward", x, second @ weight, second @ bias)
    law = "two layers with nothing between them are one layer, with the product of the weights"
    check.equal(twice, once, law)


@_one(points=0.5, hint=_DTYPE_HINT, section="other_convolutions-traps")
def test_conv1x1_forward_keeps_float32_and_its_arguments(check, rng):
    """A layer of float32 gives an output of float32, and leaves its arguments as they were."""
    x, weight, bias = _layer(rng, (2, 3, 5, 4), (6, 3), dtype=np.float32)
    check.leaves_arguments_alone("conv1x1_forward", x, weight, bias)
    out, _ = check.keeps_dtype("conv1x1_forward", x, weight, bias)
    twice, _ = check.call("conv1x1_forward", 2 * x, weight, 2 * bias)
    check.equal(twice, 2 * out, "twice the images and twice the bias give twice the output")


@_one(points=0.5, hint=_ERROR_HINT, section="other_convolutions-one-place")
def test_conv1x1_forward_refuses_what_does_not_fit(check, rng):
    """Channels, biases and axes that do not fit get a ValueError that says so."""
    x, weight, bias = _layer(rng, (2, 13, 3, 5), (17, 13))
    check.call("conv1x1_forward", x, weight, bias)
    wide, one = _numbers(rng, (17, 19)), np.ones(1)
    check.raises(ValueError, "conv1x1_forward", x, wide, bias, mentions=("13", "19"))
    check.raises(ValueError, "conv1x1_forward", x, weight, one, mentions=("17", "1"))
    check.raises(ValueError, "conv1x1_forward", x[0], weight, bias)
    check.raises(ValueError, "conv1x1_forward", x, weight[:, :, None, None], bias)


# The way back through 1 x 1, 3.5 points -------------------------------------------------------


@_one_back(
    points=0.5,
    hint="To how many numbers of out was one filter's bias added?",
    section="other_convolutions-one-place-backward",
)
def test_conv1x1_dbias_collects_from_every_place(check, rng):
    """dbias collects from all places of all images."""
    check.backward("conv1x1_forward", *_layer(rng, (3, 2, 4, 5), (6, 2)), wrt="dbias")


@_one_back(
    points=1,
    hint="One weight was used at every place of every image: are all of them in your sum?",
    section="other_convolutions-one-place-backward",
)
def test_conv1x1_dweight_collects_from_every_place(check, rng):
    """dweight collects, for every place, dout there times the channels there."""
    check.backward("conv1x1_forward", *_layer(rng, (2, 3, 5, 4), (7, 3)), wrt="dweight")
    check.gradient("conv1x1_forward", *_layer(rng, (3, 2, 1, 5), (4, 2)), wrt="dweight")


@_one_back(
    points=1.5,
    hint="In which outputs did a number of x take part, and with which weights?",
    section="other_convolutions-one-place-backward",
)
def test_conv1x1_dx_comes_back_to_its_own_place(check, rng):
    """dx at a place collects from all the filters at this place."""
    check.backward("conv1x1_forward", *_layer(rng, (2, 3, 4, 5), (6, 3)), wrt="dx")
    check.gradient("conv1x1_forward", *_layer(rng, (2, 5, 4, 3), (1, 5)), wrt="dx")


@_one_back(points=0.5, hint=_DTYPE_HINT, section="other_convolutions-traps")
def test_conv1x1_backward_keeps_float32_and_its_arguments(check, rng):
    """In a float32 layer dweight is right and float32, and dout and cache are not changed."""
    layer = _layer(rng, (2, 3, 4, 5), (6, 3), dtype=np.float32)
    check.backward("conv1x1_forward", *layer, wrt="dweight")
    check.keeps_gradient_dtype("conv1x1_forward", *layer, wrt="dweight")
    check.keeps_gradient_dtype("conv1x1_forward", *layer, wrt="dx")
    check.backward_leaves_arguments_alone("conv1x1_forward", *layer)


# 1D, 4.5 points -------------------------------------------------------------------------------


@_row(
    points=1,
    hint="Cut out the first piece of x by hand: what do a filter and its bias make of it?",
    section="other_convolutions-one-axis",
)
def test_conv1d_forward_slides_along_the_row(check, rng):
    """A filter lies on a piece of the row, over all channels, and slides along W."""
    check.returns("conv1d_forward", *_layer(rng, (2, 3, 9), (4, 3, 5)))
    check.returns("conv1d_forward", *_layer(rng, (3, 1, 7), (5, 1, 2)))
    check.returns("conv1d_forward", *_layer(rng, (1, 4, 6), (2, 4, 1)))


@_row(
    points=1,
    hint="Which of the three axes grows, and at which of its ends?",
    section="other_convolutions-one-axis",
)
def test_conv1d_forward_pads_both_ends_of_the_row(check, rng):
    """Padding puts zeros on both ends of the row, and nowhere else."""
    check.returns("conv1d_forward", *_layer(rng, (2, 3, 8), (4, 3, 5)), padding=2)
    check.returns("conv1d_forward", *_layer(rng, (3, 2, 4), (5, 2, 6)), padding=1)


@_row(
    points=1,
    hint="Where does piece number i begin, and how many pieces are complete?",
    section="other_convolutions-one-axis",
)
def test_conv1d_forward_takes_steps(check, rng):
    """The stride says how far the filter moves, also where it does not come out even."""
    check.returns("conv1d_forward", *_layer(rng, (2, 3, 10), (4, 3, 5)), stride=2)
    check.returns("conv1d_forward", *_layer(rng, (3, 1, 11), (5, 1, 4)), stride=3, padding=1)
    check.returns("conv1d_forward", *_layer(rng, (3, 4, 13), (5, 4, 2)), stride=4)


@_row(
    points=0.5,
    hint="Shift a row by one step: its output should be the same, one step later.",
    section="other_convolutions-one-axis",
)
def test_conv1d_forward_is_conv2d_on_images_of_one_row(check, rng):
    """conv1d is the convolution of images that are one row high, and moves with its input."""
    x, weight, bias = _layer(rng, (2, 3, 9), (5, 3, 4))
    out, _ = check.call("conv1d_forward", x, weight, bias)
    law = "conv1d is conv2d on images of one row, with filters of one row"
    check.equal(out, _conv2d(x[:, :, None], weight[:, :, None])[:, :, 0] + bias[:, None], law)
    later, _ = check.call("conv1d_forward", np.roll(x, 1, axis=2), weight, bias)
    check.equal(later[:, :, 1:], out[:, :, :-1], "a row one step later gives the same a step later")


@_row(points=0.5, hint=_DTYPE_HINT, section="other_convolutions-traps")
def test_conv1d_forward_keeps_float32_and_its_arguments(check, rng):
    """A layer of float32 gives an output of float32, and leaves its arguments as they were."""
    x, weight, bias = _layer(rng, (2, 3, 8), (4, 3, 5), dtype=np.float32)
    check.leaves_arguments_alone("conv1d_forward", x, weight, bias, padding=1)
    out, _ = check.keeps_dtype("conv1d_forward", x, weight, bias, padding=1)
    twice, _ = check.call("conv1d_forward", 2 * x, weight, 2 * bias, padding=1)
    check.equal(twice, 2 * out, "twice the rows and twice the bias give twice the output")


@_row(points=0.5, hint=_ERROR_HINT, section="other_convolutions-one-axis")
def test_conv1d_forward_refuses_what_does_not_fit(check, rng):
    """Shapes, strides and paddings that cannot work get a ValueError that says so."""
    x, weight, bias = _layer(rng, (2, 13, 23), (17, 13, 5))
    check.call("conv1d_forward", x, weight, bias, stride=2, padding=1)
    other, long = _numbers(rng, (17, 19, 5)), _numbers(rng, (17, 13, 31))
    check.raises(ValueError, "conv1d_forward", x, other, bias, mentions=("13", "19"))
    check.raises(ValueError, "conv1d_forward", x, weight, np.ones(1), mentions=("17", "1"))
    check.raises(ValueError, "conv1d_forward", x, long, bias, padding=3, mentions=("31", "29"))
    check.raises(ValueError, "conv1d_forward", x, weight, bias, stride=0, mentions=("0",))
    check.raises(ValueError, "conv1d_forward", x, weight, bias, padding=-1, mentions=("-1",))
    check.raises(ValueError, "conv1d_forward", x[:, :, None], weight, bias)
    check.raises(ValueError, "conv1d_forward", x, weight[:, :, None], bias)


# The way back through 1D, 4 points ------------------------------------------------------------


@_row_back(
    points=0.5,
    hint="To how many numbers of out was one filter's bias added?",
    section="other_convolutions-one-axis-backward",
)
def test_conv1d_dbias_collects_from_every_place(check, rng):
    """dbias collects from all places of all rows."""
    layer = _layer(rng, (3, 2, 10), (4, 2, 5))
    check.backward("conv1d_forward", *layer, wrt="dbias", stride=2, padding=1)


@_row_back(
    points=1,
    hint="Which piece did the filters meet at place i? The same meets dout there.",
    section="other_convolutions-one-axis-backward",
)
def test_conv1d_dweight_meets_the_pieces_again(check, rng):
    """dweight collects from every place, with the padded piece that was seen there."""
    check.backward("conv1d_forward", *_layer(rng, (2, 3, 9), (4, 3, 5)), wrt="dweight")
    padded = _layer(rng, (3, 2, 8), (5, 2, 4))
    check.backward("conv1d_forward", *padded, wrt="dweight", padding=2)
    strided = _layer(rng, (2, 4, 11), (3, 4, 5))
    check.gradient("conv1d_forward", *strided, wrt="dweight", stride=3, padding=1)


@_row_back(
    points=1,
    hint="A number of the row lay in several pieces: does it collect from all of them?",
    section="other_convolutions-one-axis-backward",
)
def test_conv1d_dx_collects_from_overlapping_pieces(check, rng):
    """dx collects from every piece that a number lay in, and belongs to the row without padding."""
    padded = _layer(rng, (2, 3, 8), (4, 3, 5))
    check.backward("conv1d_forward", *padded, wrt="dx", padding=2)
    strided = _layer(rng, (3, 2, 11), (5, 2, 4))
    check.backward("conv1d_forward", *strided, wrt="dx", stride=2, padding=1)
    apart = _layer(rng, (1, 3, 13), (4, 3, 2))
    check.gradient("conv1d_forward", *apart, wrt="dx", stride=3, padding=1)


@_row_back(
    points=1,
    hint="Without padding dx is all of the padded row's gradient: what does [0:-0] hold?",
    section="other_convolutions-one-axis-backward",
)
def test_conv1d_dx_without_padding(check, rng):
    """Without padding dx is as long as x, also where the last numbers lie in no piece."""
    check.backward("conv1d_forward", *_layer(rng, (2, 3, 9), (4, 3, 5)), wrt="dx")
    check.backward("conv1d_forward", *_layer(rng, (3, 2, 10), (5, 2, 4)), wrt="dx", stride=4)


@_row_back(points=0.5, hint=_DTYPE_HINT, section="other_convolutions-traps")
def test_conv1d_backward_keeps_float32_and_its_arguments(check, rng):
    """In a float32 layer dx is right and float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, (2, 3, 8), (4, 3, 5), dtype=np.float32)
    check.backward("conv1d_forward", *layer, wrt="dx", padding=1)
    check.keeps_gradient_dtype("conv1d_forward", *layer, wrt="dx", padding=1)
    check.keeps_gradient_dtype("conv1d_forward", *layer, wrt="dweight", padding=1)
    check.backward_leaves_arguments_alone("conv1d_forward", *layer, padding=1)


# 3D, 4 points ---------------------------------------------------------------------------------


@_volume(
    points=1,
    hint="Cut out the first block of x by hand: along which axes is it as long as the filter?",
    section="other_convolutions-three-axes",
)
def test_conv3d_forward_slides_along_depth_height_and_width(check, rng):
    """A filter lies on a block, over all channels, and slides along depth, height and width."""
    check.returns("conv3d_forward", *_layer(rng, (2, 3, 5, 6, 7), (4, 3, 2, 3, 4)))
    check.returns("conv3d_forward", *_layer(rng, (1, 2, 6, 4, 5), (3, 2, 4, 1, 2)))


@_volume(
    points=0.5,
    hint="The first of the filter's three axes lies along the depth: on which axis of the block?",
    section="other_convolutions-three-axes",
)
def test_conv3d_forward_lays_each_axis_of_the_filter_on_its_own(check, rng):
    """Filters that are as deep as they are high and wide keep their axes in order."""
    check.returns("conv3d_forward", *_layer(rng, (1, 2, 4, 5, 6), (3, 2, 3, 3, 3)))
    check.returns("conv3d_forward", *_layer(rng, (2, 1, 3, 4, 5), (4, 1, 2, 2, 2)), padding=1)


@_volume(
    points=1,
    hint="Padding has six sides, and a stride has three directions: are all of them there?",
    section="other_convolutions-three-axes",
)
def test_conv3d_forward_pads_and_strides_along_all_three_axes(check, rng):
    """Padding lies on all six sides, and the stride holds along all three axes."""
    check.returns("conv3d_forward", *_layer(rng, (1, 2, 4, 5, 6), (3, 2, 2, 3, 1)), padding=2)
    check.returns("conv3d_forward", *_layer(rng, (2, 1, 6, 9, 8), (3, 1, 2, 4, 3)), stride=3)
    both = _layer(rng, (1, 2, 3, 6, 5), (4, 2, 5, 1, 2))
    check.returns("conv3d_forward", *both, stride=2, padding=1)


@_volume(
    points=0.5,
    hint="Let the filters be one frame deep: what is left is a convolution of each frame.",
    section="other_convolutions-three-axes",
)
def test_conv3d_forward_with_flat_filters_is_conv2d_of_each_frame(check, rng):
    """Filters of depth 1 convolve every frame by itself."""
    x, weight, bias = _layer(rng, (2, 3, 4, 5, 6), (5, 3, 1, 2, 3))
    out, _ = check.call("conv3d_forward", x, weight, bias)
    frames = [_conv2d(x[:, :, d], weight[:, :, 0]) for d in range(4)]
    law = "with filters of depth 1, conv3d is conv2d of each frame"
    check.equal(out, np.stack(frames, axis=2) + bias[:, None, None, None], law)


@_volume(points=0.5, hint=_DTYPE_HINT, section="other_convolutions-traps")
def test_conv3d_forward_keeps_float32_and_its_arguments(check, rng):
    """A layer of float32 gives an output of float32, and leaves its arguments as they were."""
    x, weight, bias = _layer(rng, (1, 2, 3, 4, 5), (4, 2, 1, 3, 2), dtype=np.float32)
    check.leaves_arguments_alone("conv3d_forward", x, weight, bias, padding=1)
    out, _ = check.keeps_dtype("conv3d_forward", x, weight, bias, padding=1)
    twice, _ = check.call("conv3d_forward", 2 * x, weight, 2 * bias, padding=1)
    check.equal(twice, 2 * out, "twice the volumes and twice the bias give twice the output")


@_volume(points=0.5, hint=_ERROR_HINT, section="other_convolutions-three-axes")
def test_conv3d_forward_refuses_what_does_not_fit(check, rng):
    """Shapes, strides and paddings that cannot work get a ValueError that says so."""
    x, weight, bias = _layer(rng, (1, 13, 3, 4, 5), (17, 13, 1, 3, 2))
    check.call("conv3d_forward", x, weight, bias, stride=2, padding=1)
    other = _numbers(rng, (17, 19, 1, 2, 2))
    check.raises(ValueError, "conv3d_forward", x, other, bias, mentions=("13", "19"))
    check.raises(ValueError, "conv3d_forward", x, weight, np.ones(1), mentions=("17", "1"))
    for sizes in ((23, 1, 1), (1, 23, 1), (1, 1, 23)):
        large = _numbers(rng, (17, 13, *sizes))
        check.raises(ValueError, "conv3d_forward", x, large, bias, padding=2, mentions=("23",))
    check.raises(ValueError, "conv3d_forward", x, weight, bias, stride=0, mentions=("0",))
    check.raises(ValueError, "conv3d_forward", x, weight, bias, padding=-1, mentions=("-1",))
    check.raises(ValueError, "conv3d_forward", x[:, :, 0], weight, bias)
    check.raises(ValueError, "conv3d_forward", x, weight[:, :, 0], bias)


# The way back through 3D, 3 points ------------------------------------------------------------


@_volume_back(
    points=0.5,
    hint="dout has five axes now: which of them does dbias keep?",
    section="other_convolutions-three-axes-backward",
)
def test_conv3d_dbias_collects_from_every_place(check, rng):
    """dbias collects from every depth, row and column of all volumes."""
    layer = _layer(rng, (2, 1, 4, 6, 5), (3, 1, 1, 2, 4))
    check.backward("conv3d_forward", *layer, wrt="dbias", padding=1)


@_volume_back(
    points=1,
    hint="Which block did the filters meet at a place? The same meets dout there.",
    section="other_convolutions-three-axes-backward",
)
def test_conv3d_dweight_meets_the_blocks_again(check, rng):
    """dweight collects from every place, with the padded block that was seen there."""
    check.backward("conv3d_forward", *_layer(rng, (2, 3, 4, 5, 6), (1, 3, 2, 3, 5)), wrt="dweight")
    strided = _layer(rng, (1, 2, 5, 4, 6), (3, 2, 3, 1, 2))
    check.gradient("conv3d_forward", *strided, wrt="dweight", stride=2, padding=1)


@_volume_back(
    points=1,
    hint="Along each of the three axes: where does a block begin, and what is padding?",
    section="other_convolutions-three-axes-backward",
)
def test_conv3d_dx_collects_from_overlapping_blocks(check, rng):
    """dx collects from every block that a number lay in, and has the shape of x."""
    check.backward("conv3d_forward", *_layer(rng, (2, 1, 4, 5, 6), (3, 1, 2, 4, 3)), wrt="dx")
    strided = _layer(rng, (1, 2, 5, 4, 6), (3, 2, 3, 1, 4))
    check.backward("conv3d_forward", *strided, wrt="dx", stride=2, padding=2)
    check.gradient("conv3d_forward", *_layer(rng, (1, 2, 3, 4, 5), (1, 2, 3, 2, 4)), wrt="dx")


@_volume_back(points=0.5, hint=_DTYPE_HINT, section="other_convolutions-traps")
def test_conv3d_backward_keeps_float32_and_its_arguments(check, rng):
    """In a float32 layer dx is right and float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, (1, 2, 3, 4, 5), (3, 2, 2, 1, 4), dtype=np.float32)
    check.backward("conv3d_forward", *layer, wrt="dx", padding=1)
    check.keeps_gradient_dtype("conv3d_forward", *layer, wrt="dx", padding=1)
    check.keeps_gradient_dtype("conv3d_forward", *layer, wrt="dweight", padding=1)
    check.backward_leaves_arguments_alone("conv3d_forward", *layer, padding=1)


# Bonus: dilated, 3.5 points -------------------------------------------------------------------


@_dilated(
    points=1,
    hint="How many rows lie between the first tap and the last one?",
    section="other_convolutions-dilated",
)
def test_dilated_conv2d_forward_pulls_the_taps_apart(check, rng):
    """The taps lie `dilation` places apart, and stride and padding are what they were."""
    check.returns("dilated_conv2d_forward", *_layer(rng, (2, 3, 8, 9), (4, 3, 3, 2)), dilation=3)
    check.returns("dilated_conv2d_forward", *_layer(rng, (2, 3, 5, 6), (4, 3, 2, 4)))
    both = _layer(rng, (1, 2, 9, 12), (3, 2, 4, 5))
    check.returns("dilated_conv2d_forward", *both, stride=3, padding=2, dilation=2)


@_dilated(
    points=0.5,
    hint="Write the zeros between the taps into the filter: the result has to be the same.",
    section="other_convolutions-dilated",
)
def test_dilated_conv2d_forward_is_conv2d_with_zeros_in_the_filter(check, rng):
    """Dilation is an ordinary convolution whose filters hold zeros between the taps."""
    x, weight, bias = _layer(rng, (2, 3, 9, 10), (5, 3, 2, 4))
    out, _ = check.call("dilated_conv2d_forward", x, weight, bias, dilation=2, stride=2)
    whole = np.zeros((5, 3, 3, 7))
    whole[:, :, ::2, ::2] = weight
    law = "dilation is a convolution whose filters hold zeros between the taps"
    check.equal(out, _conv2d(x, whole, stride=2) + bias[:, None, None], law)


@_dilated(points=0.5, hint=_ERROR_HINT, section="other_convolutions-dilated")
def test_dilated_conv2d_forward_keeps_float32_and_refuses_what_does_not_fit(check, rng):
    """float32 stays float32, and filters that reach too far get a ValueError that says so."""
    layer = _layer(rng, (1, 2, 6, 7), (3, 2, 2, 4), dtype=np.float32)
    check.keeps_dtype("dilated_conv2d_forward", *layer, dilation=2)
    check.leaves_arguments_alone("dilated_conv2d_forward", *layer, dilation=2)
    x, weight, bias = _layer(rng, (1, 13, 7, 9), (17, 13, 2, 3))
    check.call("dilated_conv2d_forward", x, weight, bias, dilation=4)
    tall = _numbers(rng, (17, 13, 3, 1))
    check.raises(ValueError, "dilated_conv2d_forward", x, tall, bias, dilation=4, mentions=("4",))
    check.raises(ValueError, "dilated_conv2d_forward", x, weight, bias, dilation=5, mentions=("5",))
    check.raises(ValueError, "dilated_conv2d_forward", x, weight, bias, dilation=0, mentions=("0",))
    check.raises(ValueError, "dilated_conv2d_forward", x, weight, bias, stride=0, mentions=("0",))
    check.raises(ValueError, "dilated_conv2d_forward", x, weight, bias, padding=-1)
    other = _numbers(rng, (17, 19, 2, 3))
    check.raises(ValueError, "dilated_conv2d_forward", x, other, bias, mentions=("13", "19"))
    check.raises(ValueError, "dilated_conv2d_forward", x, weight, np.ones(1), mentions=("17",))
    check.raises(ValueError, "dilated_conv2d_forward", x[0], weight, bias)
    check.raises(ValueError, "dilated_conv2d_forward", x, weight[0], bias)


@_dilated_back(
    points=0.5,
    hint="Which rows and columns lay under the taps? The same ones meet dout.",
    section="other_convolutions-dilated",
)
def test_dilated_conv2d_dweight_and_dbias_meet_what_lay_under_the_taps(check, rng):
    """dweight collects what lay under the taps, and dbias collects from every place."""
    layer = _layer(rng, (2, 3, 7, 8), (4, 3, 2, 3))
    check.backward("dilated_conv2d_forward", *layer, wrt="dweight", dilation=3)
    check.backward("dilated_conv2d_forward", *layer, wrt="dbias", dilation=3)
    strided = _layer(rng, (1, 2, 6, 5), (3, 2, 4, 1))
    check.gradient(
        "dilated_conv2d_forward", *strided, wrt="dweight", stride=2, padding=1, dilation=2
    )


@_dilated_back(
    points=1,
    hint="A gradient comes back to the taps' places, and to nothing between them.",
    section="other_convolutions-dilated",
)
def test_dilated_conv2d_dx_comes_back_to_the_taps(check, rng):
    """dx collects from every tap that lay on a pixel, in float32 too."""
    layer = _layer(rng, (2, 3, 7, 8), (4, 3, 3, 2))
    check.backward("dilated_conv2d_forward", *layer, wrt="dx", dilation=2)
    strided = _layer(rng, (1, 2, 6, 7), (3, 2, 2, 4))
    check.gradient("dilated_conv2d_forward", *strided, wrt="dx", stride=2, padding=1, dilation=2)
    narrow = tuple(each.astype(np.float32) for each in layer)
    check.keeps_gradient_dtype("dilated_conv2d_forward", *narrow, wrt="dx", dilation=2)
    check.backward_leaves_arguments_alone("dilated_conv2d_forward", *layer, dilation=2)


# Bonus: depthwise, 2.5 points -----------------------------------------------------------------


@_depthwise(
    points=1,
    hint="Change one channel of x: only one map of out should change.",
    section="other_convolutions-depthwise",
)
def test_depthwise_conv2d_forward_keeps_channels_apart(check, rng):
    """Each channel is convolved with its own filter, as a conv2d whose other weights are 0 does."""
    check.returns("depthwise_conv2d_forward", *_layer(rng, (2, 3, 5, 6), (3, 1, 2, 4)))
    strided = _layer(rng, (1, 4, 8, 6), (4, 1, 3, 5))
    check.returns("depthwise_conv2d_forward", *strided, stride=2, padding=1)
    x, weight, bias = _layer(rng, (2, 3, 7, 6), (3, 1, 4, 5))
    out, _ = check.call("depthwise_conv2d_forward", x, weight, bias, padding=2)
    whole = np.zeros((3, 3, 4, 5))
    whole[range(3), range(3)] = weight[:, 0]
    law = "depthwise is a conv2d whose weights between different channels are 0"
    check.equal(out, _conv2d(x, whole, padding=2) + bias[:, None, None], law)


@_depthwise(points=0.5, hint=_ERROR_HINT, section="other_convolutions-depthwise")
def test_depthwise_conv2d_forward_keeps_float32_and_refuses_what_does_not_fit(check, rng):
    """float32 stays float32, and a weight of another shape gets a ValueError that says so."""
    layer = _layer(rng, (2, 3, 5, 6), (3, 1, 2, 4), dtype=np.float32)
    check.keeps_dtype("depthwise_conv2d_forward", *layer, padding=1)
    check.leaves_arguments_alone("depthwise_conv2d_forward", *layer, padding=1)
    x, weight, bias = _layer(rng, (1, 13, 5, 6), (13, 1, 2, 4))
    check.call("depthwise_conv2d_forward", x, weight, bias)
    double, full = _numbers(rng, (26, 1, 2, 4)), _numbers(rng, (13, 13, 2, 4))
    large = _numbers(rng, (13, 1, 2, 17))
    two = np.zeros(26)
    check.raises(ValueError, "depthwise_conv2d_forward", x, double, two, mentions=("13", "26"))
    check.raises(ValueError, "depthwise_conv2d_forward", x, full, bias, mentions=("13",))
    check.raises(ValueError, "depthwise_conv2d_forward", x, large, bias, mentions=("17",))
    check.raises(ValueError, "depthwise_conv2d_forward", x, weight, np.ones(1), mentions=("13",))
    check.raises(ValueError, "depthwise_conv2d_forward", x, weight, bias, stride=0, mentions=("0",))
    check.raises(ValueError, "depthwise_conv2d_forward", x, weight, bias, padding=-1)
    check.raises(ValueError, "depthwise_conv2d_forward", x[0], weight, bias)
    check.raises(ValueError, "depthwise_conv2d_forward", x, weight[:, 0], bias)


@_depthwise_back(
    points=0.5,
    hint="Whose patch did filter c meet? And which shape has weight?",
    section="other_convolutions-depthwise",
)
def test_depthwise_conv2d_dweight_and_dbias_stay_with_their_channel(check, rng):
    """dweight and dbias of a channel collect from this channel alone."""
    layer = _layer(rng, (2, 3, 6, 5), (3, 1, 2, 4))
    check.backward("depthwise_conv2d_forward", *layer, wrt="dweight")
    check.backward("depthwise_conv2d_forward", *layer, wrt="dbias")
    check.gradient("depthwise_conv2d_forward", *layer, wrt="dweight", stride=2, padding=1)


@_depthwise_back(
    points=0.5,
    hint="Which maps of out can a number of channel c have moved?",
    section="other_convolutions-depthwise",
)
def test_depthwise_conv2d_dx_stays_with_its_channel(check, rng):
    """dx of a channel comes from its own map, through its own filter, in float32 too."""
    layer = _layer(rng, (2, 3, 6, 5), (3, 1, 4, 2))
    check.backward("depthwise_conv2d_forward", *layer, wrt="dx")
    check.gradient("depthwise_conv2d_forward", *layer, wrt="dx", stride=2, padding=1)
    narrow = tuple(each.astype(np.float32) for each in layer)
    check.keeps_gradient_dtype("depthwise_conv2d_forward", *narrow, wrt="dx")
    check.backward_leaves_arguments_alone("depthwise_conv2d_forward", *layer)


# Bonus: transposed, 2 points ------------------------------------------------------------------


@_transposed(
    points=1,
    hint="Lay down the copies of the filter for an x of two numbers, on paper.",
    section="other_convolutions-transposed",
)
def test_conv_transpose2d_forward_lays_down_copies(check, rng):
    """Every number lays down its filters, overlaps add up, and the border is cut off."""
    layer = _layer(rng, (2, 3, 4, 5), (3, 6, 3, 7), C_out=6)
    check.returns("conv_transpose2d_forward", *layer)
    check.returns("conv_transpose2d_forward", *layer, stride=2)
    check.returns("conv_transpose2d_forward", *layer, stride=2, padding=1)
    check.returns("conv_transpose2d_forward", *layer, stride=4)
    ones = _layer(rng, (3, 2, 1, 1), (2, 4, 5, 3), C_out=4)
    check.returns("conv_transpose2d_forward", *ones, stride=3, padding=1)


@_transposed(
    points=0.5,
    hint="Your layer should do to a map what the backward pass of conv2d does to dout.",
    section="other_convolutions-transposed",
)
def test_conv_transpose2d_forward_is_the_adjoint_of_conv2d(check, rng):
    """The sum of conv2d(x) times y is the sum of x times conv_transpose2d(y)."""
    for stride, padding, H, W in ((1, 0, 5, 7), (2, 1, 7, 9), (3, 2, 8, 11)):
        weight, x = _numbers(rng, (4, 3, 3, 3)), _numbers(rng, (2, 3, H, W))
        small = _conv2d(x, weight, stride=stride, padding=padding)
        y = _numbers(rng, small.shape)
        settings = {"stride": stride, "padding": padding}
        large, _ = check.call("conv_transpose2d_forward", y, weight, np.zeros(3), **settings)
        law = "the sum of conv2d(x) times y is the sum of x times conv_transpose2d(y)"
        check.equal(np.sum(x * large), np.sum(small * y), law)


@_transposed(points=0.5, hint=_ERROR_HINT, section="other_convolutions-transposed")
def test_conv_transpose2d_forward_keeps_float32_and_refuses_what_does_not_fit(check, rng):
    """float32 stays float32, and a padding that leaves nothing gets a ValueError."""
    layer = _layer(rng, (1, 2, 4, 5), (2, 3, 2, 6), C_out=3, dtype=np.float32)
    check.keeps_dtype("conv_transpose2d_forward", *layer, stride=2)
    check.leaves_arguments_alone("conv_transpose2d_forward", *layer, stride=2)
    x, weight, bias = _layer(rng, (1, 13, 2, 3), (13, 17, 4, 2), C_out=17)
    check.call("conv_transpose2d_forward", x, weight, bias, padding=1)
    other = _numbers(rng, (19, 17, 4, 2))
    check.raises(ValueError, "conv_transpose2d_forward", x, other, bias, mentions=("13", "19"))
    check.raises(ValueError, "conv_transpose2d_forward", x, weight, np.ones(13), mentions=("17",))
    check.raises(
        ValueError, "conv_transpose2d_forward", x, weight, bias, padding=2, mentions=("2",)
    )
    check.raises(ValueError, "conv_transpose2d_forward", x, weight, bias, stride=0, mentions=("0",))
    check.raises(ValueError, "conv_transpose2d_forward", x, weight, bias, padding=-1)
    check.raises(ValueError, "conv_transpose2d_forward", x[0], weight, bias)
    check.raises(ValueError, "conv_transpose2d_forward", x, weight[0], bias)
