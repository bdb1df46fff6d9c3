"""Hidden tests of the padding chapter: sizes, pad2d, and conv2d with padding.

Sizes of arrays are fixed and, within a test, pairwise distinct, so that no swap of two axes goes
unseen; numbers are drawn anew for every run. No number of an image is near zero: a border of zeros
cannot be taken for a part of it.
"""

# ruff: noqa: D403 - pad2d, dx, dweight and dbias are names.

from functools import partial

import numpy as np

from autograder.testing import graded

_layers = partial(graded, "max_conv_layers", stage="layers")
_pad = partial(graded, "pad2d_forward", stage="pad")
_crop = partial(graded, "pad2d_backward", stage="crop")
_same = partial(graded, "same_padding", stage="same")
_conv = partial(graded, "conv2d_forward", stage="conv")
_parameters = partial(graded, "conv2d_backward", stage="parameters")
_dx = partial(graded, "conv2d_backward", stage="dx")

_DTYPE_HINT = "np.zeros makes float64 unless told otherwise: which type do the images have?"


def _images(rng, shape, dtype=np.float64):
    return (rng.uniform(0.5, 2.5, shape) * rng.choice([-1.0, 1.0], shape)).astype(dtype)


def _layer(rng, *, N, C_in, C_out, H, W, kH, kW, dtype=np.float64):
    """Draw x, weight and bias."""
    shapes = ((N, C_in, H, W), (C_out, C_in, kH, kW), (C_out,))
    return tuple(_images(rng, shape, dtype) for shape in shapes)


# Layers until the map is too small: max_conv_layers, 3 points ----------------------------------


@_layers(
    points=1.5,
    hint="Write the sizes down, from layer to layer, until the filter no longer fits.",
    section="padding-shrinking",
)
def test_max_conv_layers_counts_until_the_filter_no_longer_fits(check, rng):
    """Layers are counted until the map is smaller than the filter."""
    for kernel_size, least in ((5, 2), (3, 1), (4, 1), (2, 1)):
        layers, rest = int(rng.integers(3, 9)), int(rng.integers(least, kernel_size))
        # The last map has rest < kernel_size rows. Only where rest is 1, the one before it is as
        # large as the filter: not in the first call, which tells two mistakes apart.
        check.returns("max_conv_layers", layers * (kernel_size - 1) + rest, kernel_size)


@_layers(
    points=1,
    hint="A filter as large as the map still fits at one place; a larger one fits nowhere.",
    section="padding-shrinking",
)
def test_max_conv_layers_when_the_filter_just_fits(check, rng):
    """A filter as large as the map allows one more layer, a larger one allows none."""
    kernel_size = int(rng.integers(6, 12))
    check.returns("max_conv_layers", kernel_size, kernel_size)
    check.returns("max_conv_layers", kernel_size - 1, kernel_size)
    check.returns("max_conv_layers", 1, kernel_size)
    check.returns("max_conv_layers", 2 * kernel_size - 1, kernel_size)


@_layers(
    points=0.5,
    hint="How much does a filter of 1 x 1 take away from its map?",
    section="padding-shrinking",
)
def test_max_conv_layers_refuses_what_has_no_answer(check, rng):
    """Sizes below 1, and filters that never shrink the map, get a ValueError."""
    check.call("max_conv_layers", int(rng.integers(20, 40)), 3)
    check.raises(ValueError, "max_conv_layers", -13, 3, mentions=("-13",))
    check.raises(ValueError, "max_conv_layers", 0, 3)
    check.raises(ValueError, "max_conv_layers", 31, -17, mentions=("-17",))
    check.raises(ValueError, "max_conv_layers", 31, 1)


# A border of zeros: pad2d_forward, 5 points ----------------------------------------------------


@_pad(
    points=2,
    hint="Which of the four axes grow, by how much, and where does the image lie then?",
    section="padding-zeros",
)
def test_pad2d_forward_puts_zeros_around_height_and_width(check, rng):
    """Zeros lie on all four sides of every channel of every image."""
    check.returns("pad2d_forward", _images(rng, (2, 3, 5, 7)), 2)
    check.returns("pad2d_forward", _images(rng, (4, 2, 6, 5)), 1)
    check.returns("pad2d_forward", _images(rng, (1, 5, 2, 3)), 3)


@_pad(
    points=1,
    hint="Without padding there is no border: which numbers are left?",
    section="padding-zero-is-a-case",
)
def test_pad2d_forward_takes_a_padding_of_zero(check, rng):
    """A padding of 0 gives the images as they are."""
    check.returns("pad2d_forward", _images(rng, (3, 2, 4, 5)), 0)
    check.returns("pad2d_forward", _images(rng, (1, 4, 1, 3)), 0)


@_pad(
    points=1,
    hint=_DTYPE_HINT,
    section="padding-zeros",
)
def test_pad2d_forward_keeps_float32_and_its_argument(check, rng):
    """Images of float32 stay float32, and after the call x is what it was before."""
    x = _images(rng, (2, 3, 4, 6), np.float32)
    check.leaves_arguments_alone("pad2d_forward", x, 2)
    out, _ = check.keeps_dtype("pad2d_forward", x, 2)
    twice = check.call("pad2d_forward", 2 * x, 2)[0]
    check.equal(twice, 2 * out, "twice the images give twice the padded images")


@_pad(
    points=1,
    hint="Ask about x.ndim and about padding < 0 first, and name what you expected and what came.",
    section="padding-zeros",
)
def test_pad2d_forward_refuses_what_cannot_be_padded(check, rng):
    """A negative padding, and images without four axes, get a ValueError."""
    x = _images(rng, (2, 3, 41, 43))
    check.call("pad2d_forward", x, 2)
    check.raises(ValueError, "pad2d_forward", x, -17, mentions=("-17",))
    check.raises(ValueError, "pad2d_forward", _images(rng, (3, 5, 7)), 1)


# The way back through the border: pad2d_backward, 3 points -------------------------------------


@_crop(
    points=2,
    hint="Where in out does the pixel x[n, c, i, j] lie?",
    section="padding-crop",
)
def test_pad2d_backward_takes_the_border_away(check, rng):
    """dx is the middle of dout, without the border."""
    check.backward("pad2d_forward", _images(rng, (2, 3, 5, 7)), 2, wrt="dx")
    check.backward("pad2d_forward", _images(rng, (4, 2, 6, 5)), 1, wrt="dx")
    check.gradient("pad2d_forward", _images(rng, (1, 3, 2, 4)), 3, wrt="dx")


@_crop(
    points=0.5,
    hint="In Python -0 is 0: what does the slice [0:-0] hold?",
    section="padding-zero-is-a-case",
)
def test_pad2d_backward_takes_a_padding_of_zero(check, rng):
    """With a padding of 0, dx is all of dout."""
    check.backward("pad2d_forward", _images(rng, (3, 2, 4, 5)), 0, wrt="dx")


@_crop(
    points=0.5,
    hint="dx has the type of what it belongs to; take it from dout, and do not write into dout.",
    section="padding-crop",
)
def test_pad2d_backward_keeps_float32_and_its_arguments(check, rng):
    """For images of float32 dx is float32, and dout is what it was before."""
    x = _images(rng, (2, 1, 4, 3), np.float32)
    check.backward("pad2d_forward", x, 1, wrt="dx")
    check.keeps_gradient_dtype("pad2d_forward", x, 1, wrt="dx")
    check.backward_leaves_arguments_alone("pad2d_forward", x, 1)


# How much padding: same_padding, 2 points ------------------------------------------------------


@_same(
    points=1,
    hint="Solve W - K + 1 + 2P = W for P: how many zeros go on each side?",
    section="padding-same",
)
def test_same_padding_keeps_the_size(check, rng):
    """For odd filters the padding on each side is (K - 1) / 2, a whole number."""
    check.returns("same_padding", 2 * int(rng.integers(6, 40)) + 1)
    check.returns("same_padding", 3)
    check.returns("same_padding", 5)
    check.returns("same_padding", 1)


@_same(
    points=1,
    hint="Which kernel sizes leave half a zero over, and which are no sizes at all?",
    section="padding-same",
)
def test_same_padding_refuses_even_and_impossible_sizes(check, rng):
    """Even sizes, and sizes below 1, get a ValueError that says what came."""
    check.call("same_padding", 7)
    even = 2 * int(rng.integers(20, 45))
    check.raises(ValueError, "same_padding", even, mentions=(even,))
    check.raises(ValueError, "same_padding", 2)
    check.raises(ValueError, "same_padding", 0)
    check.raises(ValueError, "same_padding", -13, mentions=("-13",))


# Convolution with padding: conv2d_forward, 7 points --------------------------------------------


@_conv(
    points=1,
    hint="Without padding this is the layer of the chapter on convolution.",
    section="padding-zero-is-a-case",
)
def test_conv2d_forward_without_padding(check, rng):
    """Without padding, and with a padding of 0, the filters stay inside the images."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=9, W=10, kH=4, kW=6)
    check.returns("conv2d_forward", *layer)
    check.returns("conv2d_forward", *layer, padding=0)


@_conv(
    points=2.5,
    hint="Pad first, then slide over the padded images: how many places are there now?",
    section="padding-conv",
)
def test_conv2d_forward_pads_the_images(check, rng):
    """With padding, the filters also visit the places that hang over the border."""
    wide = _layer(rng, N=2, C_in=3, C_out=4, H=7, W=9, kH=2, kW=5)
    check.returns("conv2d_forward", *wide, padding=1)
    high = _layer(rng, N=3, C_in=1, C_out=2, H=8, W=6, kH=5, kW=4)
    check.returns("conv2d_forward", *high, padding=3)
    as_large_as_before = _layer(rng, N=2, C_in=1, C_out=4, H=6, W=8, kH=5, kW=5)
    check.returns("conv2d_forward", *as_large_as_before, padding=2)


@_conv(
    points=1,
    hint="Filters of zeros leave nothing but the bias: what does a place at the border hold?",
    section="padding-conv",
)
def test_conv2d_forward_adds_the_bias_at_the_border_too(check, rng):
    """The bias reaches every place, even where a filter sees nothing but zeros."""
    x, weight, bias = _layer(rng, N=1, C_in=2, C_out=5, H=6, W=4, kH=3, kW=7)
    check.returns("conv2d_forward", x, np.zeros_like(weight), bias, padding=2)
    # The padding is larger than the filters: around the map, only the bias is left.
    layer = _layer(rng, N=2, C_in=4, C_out=3, H=5, W=6, kH=1, kW=2)
    check.returns("conv2d_forward", *layer, padding=3)


@_conv(
    points=0.5,
    hint="A filter has to fit into the padded image, not into the image.",
    section="padding-conv",
)
def test_conv2d_forward_takes_filters_larger_than_the_images(check, rng):
    """Filters that are larger than the images fit when the padding makes room for them."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=4, W=6, kH=7, kW=8)
    check.returns("conv2d_forward", *layer, padding=2)
    tiny = _layer(rng, N=2, C_in=3, C_out=4, H=1, W=1, kH=3, kW=3)
    check.returns("conv2d_forward", *tiny, padding=1)


@_conv(
    points=1,
    hint=_DTYPE_HINT,
    section="padding-zeros",
)
def test_conv2d_forward_keeps_float32_and_its_arguments(check, rng):
    """A layer of float32 gives an output of float32, and leaves its arguments as they were."""
    x, weight, bias = _layer(rng, N=1, C_in=2, C_out=3, H=7, W=8, kH=4, kW=6, dtype=np.float32)
    check.leaves_arguments_alone("conv2d_forward", x, weight, bias, padding=1)
    out, _ = check.keeps_dtype("conv2d_forward", x, weight, bias, padding=1)
    twice = check.call("conv2d_forward", 2 * x, weight, 2 * bias, padding=1)[0]
    check.equal(twice, 2 * out, "twice the images and twice the bias give twice the output")


@_conv(
    points=1,
    hint="Compare the filters with the padded sizes, and name what you expected and what came.",
    section="padding-conv",
)
def test_conv2d_forward_refuses_what_does_not_fit(check, rng):
    """Filters that are too large, a negative padding and a wrong bias get a ValueError."""
    x, weight, bias = _layer(rng, N=2, C_in=3, C_out=14, H=11, W=17, kH=5, kW=4)
    check.call("conv2d_forward", x, weight, bias, padding=1)
    too_high, too_wide = _images(rng, (14, 3, 29, 4)), _images(rng, (14, 3, 5, 31))
    check.raises(ValueError, "conv2d_forward", x, too_high, bias, padding=2, mentions=("29", "15"))
    check.raises(ValueError, "conv2d_forward", x, too_wide, bias, padding=2, mentions=("31", "21"))
    check.raises(ValueError, "conv2d_forward", x, weight, bias, padding=-1, mentions=("-1",))
    check.raises(ValueError, "conv2d_forward", x, weight, bias[:13].copy(), mentions=("14", "13"))
    check.raises(ValueError, "conv2d_forward", x[:, :2].copy(), weight, bias, padding=1)


# dbias and dweight, 3.5 points -----------------------------------------------------------------


@_parameters(
    points=1,
    hint="To how many places was one filter's bias added, those at the border included?",
    section="padding-gradients",
)
def test_dbias_collects_from_the_border_too(check, rng):
    """dbias collects the gradient from every place, the border included."""
    layer = _layer(rng, N=3, C_in=2, C_out=4, H=8, W=10, kH=1, kW=7)
    check.backward("conv2d_forward", *layer, padding=2, wrt="dbias")


@_parameters(
    points=1.5,
    hint="Which patch did the filter meet at a place: one of x, or one of the padded x?",
    section="padding-gradients",
)
def test_dweight_is_made_of_the_padded_patches(check, rng):
    """dweight collects from every place, with the patch that was seen there."""
    wide = _layer(rng, N=3, C_in=2, C_out=5, H=9, W=10, kH=4, kW=6)
    check.backward("conv2d_forward", *wide, padding=2, wrt="dweight")
    high = _layer(rng, N=2, C_in=3, C_out=4, H=5, W=6, kH=7, kW=1)
    check.backward("conv2d_forward", *high, padding=1, wrt="dweight")


@_parameters(
    points=1,
    hint="Move one number of a filter a little, and see how the whole output moves.",
    section="padding-gradients",
)
def test_dweight_agrees_with_central_differences(check, rng):
    """dweight tells how the loss moves when one number of a filter moves, without padding too."""
    padded = _layer(rng, N=1, C_in=3, C_out=2, H=4, W=6, kH=5, kW=7)
    check.gradient("conv2d_forward", *padded, padding=2, wrt="dweight")
    layer = _layer(rng, N=2, C_in=3, C_out=4, H=7, W=8, kH=5, kW=6)
    check.backward("conv2d_forward", *layer, padding=0, wrt="dweight")


# dx, 4.5 points --------------------------------------------------------------------------------


@_dx(
    points=2,
    hint="Which shape has dx, and which part of the padded images' gradient is it?",
    section="padding-gradients",
)
def test_dx_belongs_to_the_images_without_their_border(check, rng):
    """dx has the shape of x, and collects from every window that saw a pixel."""
    wide = _layer(rng, N=2, C_in=3, C_out=4, H=7, W=9, kH=2, kW=5)
    check.backward("conv2d_forward", *wide, padding=1, wrt="dx")
    high = _layer(rng, N=3, C_in=1, C_out=2, H=8, W=6, kH=5, kW=4)
    check.backward("conv2d_forward", *high, padding=3, wrt="dx")


@_dx(
    points=1,
    hint="In Python -0 is 0: what does the slice [0:-0] hold?",
    section="padding-zero-is-a-case",
)
def test_dx_without_padding(check, rng):
    """With a padding of 0 dx is that of the layer without padding."""
    layer = _layer(rng, N=3, C_in=2, C_out=5, H=9, W=10, kH=4, kW=6)
    check.backward("conv2d_forward", *layer, padding=0, wrt="dx")
    check.backward("conv2d_forward", *layer, wrt="dx")


@_dx(
    points=0.5,
    hint="Move one pixel a little: at which places does the output move, and how far?",
    section="padding-gradients",
)
def test_dx_agrees_with_central_differences(check, rng):
    """dx tells how the loss moves when one pixel moves a little."""
    layer = _layer(rng, N=1, C_in=2, C_out=3, H=4, W=6, kH=7, kW=5)
    check.gradient("conv2d_forward", *layer, padding=2, wrt="dx")


@_dx(
    points=1,
    hint=_DTYPE_HINT,
    section="padding-zeros",
)
def test_conv2d_backward_keeps_float32_and_its_arguments(check, rng):
    """In a float32 layer dx is right and float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, N=2, C_in=3, C_out=1, H=7, W=8, kH=4, kW=5, dtype=np.float32)
    check.backward("conv2d_forward", *layer, padding=1, wrt="dx")
    check.keeps_gradient_dtype("conv2d_forward", *layer, padding=1, wrt="dx")
    check.backward_leaves_arguments_alone("conv2d_forward", *layer, padding=1)
