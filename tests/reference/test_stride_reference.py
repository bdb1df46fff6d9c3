import doctest
import itertools
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal
from numpy.lib.stride_tricks import sliding_window_view

from solutions import padding, stride
from solutions.stride import (
    col2im,
    conv2d_backward,
    conv2d_backward_im2col,
    conv2d_cost,
    conv2d_forward,
    conv2d_forward_im2col,
    conv_output_size,
    im2col,
    receptive_field,
)

_MAKER = Path(__file__).with_name("make_torch_answers_stride.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_MAKER)))
PASSES = {
    "loops": (conv2d_forward, conv2d_backward),
    "im2col": (conv2d_forward_im2col, conv2d_backward_im2col),
}
# N, C_in, C_out, H, W, kH, kW, stride, padding
LAYERS = (
    (1, 1, 1, 1, 1, 1, 1, 2, 0),
    (2, 3, 4, 5, 7, 1, 6, 2, 1),
    (3, 1, 2, 6, 5, 4, 1, 3, 2),
    (1, 4, 3, 2, 6, 5, 3, 2, 3),
    (2, 1, 3, 8, 7, 2, 3, 4, 0),
)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture(params=PASSES)
def passes(request):
    return PASSES[request.param]


def drawn(rng, case, dtype=np.float64):
    N, C_in, C_out, H, W, kH, kW, *_ = case
    shapes = ((N, C_in, H, W), (C_out, C_in, kH, kW), (C_out,), (N, C_out, *TORCH.places(case)))
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def how(case):
    return {"stride": case[-2], "padding": case[-1]}


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * np.abs(expected).max()


# Sizes and costs ------------------------------------------------------------------------------


def test_a_walking_filter_oracle_agrees_on_the_number_of_places():
    for size, kernel_size, s, p in itertools.product(
        range(1, 14), range(1, 6), range(1, 6), [0, 2]
    ):
        if kernel_size > size + 2 * p:
            continue
        places, row = 0, -p
        while row + kernel_size <= size + p:
            places, row = places + 1, row + s
        came = conv_output_size(size, kernel_size, stride=s, padding=p)
        assert came == places, (size, kernel_size, s, p)
        assert type(came) is int


def test_the_notes_examples_come_out():
    assert conv_output_size(7, 3, stride=2) == 3
    x, weight, bias = np.zeros((1, 3, 32, 32)), np.zeros((10, 3, 5, 5)), np.zeros(10)
    for forward, _ in PASSES.values():
        assert forward(x, weight, bias, padding=2)[0].shape == (1, 10, 32, 32)
    assert conv2d_cost(x.shape, weight.shape, padding=2) == (760, 768_000)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_arrays_of_ones_oracle_agrees_on_the_cost(case):
    N, C_in, C_out, H, W, kH, kW, _, p = case
    weight, bias = np.ones((C_out, C_in, kH, kW)), np.ones(C_out)
    parameters, multiply_adds = conv2d_cost((N, C_in, H, W), weight.shape, **how(case))
    assert parameters == weight.size + bias.size
    # With ones everywhere, the border too, each product of the sums is a 1.
    padded = np.ones((N, C_in, H + 2 * p, W + 2 * p))
    out, _ = conv2d_forward(padded, weight, 0 * bias, stride=case[-2])
    assert multiply_adds == out.sum()
    assert {type(parameters), type(multiply_adds)} == {int}


def test_gradients_oracle_agrees_on_the_receptive_field(rng):
    for _ in range(20):
        kernels, strides = rng.integers(1, 6, 3).tolist(), rng.integers(1, 4, 3).tolist()
        layers = list(zip(kernels, strides, strict=True))
        size, jump = receptive_field(layers)
        out, caches = np.zeros((1, 1, 1, size + jump)), []
        for kernel_size, s in layers:
            # One row high: from its second place on, a filter would leave the image.
            weight = np.ones((1, 1, 1, kernel_size))
            out, cache = conv2d_forward(out, weight, np.zeros(1), stride=s)
            caches.append(cache)
        assert out.shape[3] == 2, "an image of size + jump pixels has room for two outputs"
        seen = []
        for place in range(2):
            grad = np.zeros(out.shape)
            grad[..., place] = 1.0
            for cache in reversed(caches):
                grad = conv2d_backward(grad, cache)[0]
            seen.append(np.flatnonzero(grad))
        assert [pixels[-1] - pixels[0] + 1 for pixels in seen] == [size, size]
        assert seen[1][0] - seen[0][0] == jump


def test_receptive_field_of_known_networks():
    assert receptive_field([]) == (1, 1)
    assert receptive_field([(3, 1)] * 3) == (7, 1)  # the notes' 1 + L (K - 1)
    # AlexNet up to its last pooling layer, and ResNet-18's first layers (Araujo et al. 2019).
    alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    assert receptive_field(alexnet) == (195, 32)
    assert receptive_field([(7, 2), (3, 2)]) == (11, 4)


# Against SciPy, NumPy, and the layer with stride 1 ----------------------------------------------


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_scipy_oracle_agrees_on_the_forward_pass(rng, case, passes):
    x, weight, bias, _ = drawn(rng, case)
    s, p = case[-2:]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    expected = [
        [
            scipy.signal.correlate(image, kernel, mode="valid", method="direct")[0, ::s, ::s] + b
            for kernel, b in zip(weight, bias, strict=True)
        ]
        for image in padded
    ]
    assert_close(passes[0](x, weight, bias, **how(case))[0], np.array(expected))


@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_the_layer_with_stride_1_is_an_oracle_at_every_s_th_place(rng, case, passes):
    forward, backward = passes
    x, weight, bias, dout = drawn(rng, case)
    s, p = case[-2:]
    dense, dense_cache = padding.conv2d_forward(x, weight, bias, padding=p)
    out, cache = forward(x, weight, bias, **how(case))
    assert_close(out, dense[:, :, ::s, ::s])
    dense_dout = np.zeros(dense.shape)
    dense_dout[:, :, ::s, ::s] = dout
    expected = padding.conv2d_backward(dense_dout, dense_cache)
    for got, right in zip(backward(dout, cache), expected, strict=True):
        assert_close(got, right)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_sliding_windows_oracle_agrees_on_the_columns(case):
    x, cols = TORCH.draw_columns(case)
    N, C_in, _, H, W, kH, kW, s, p = case
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    windows = sliding_window_view(padded, (kH, kW), axis=(2, 3))[:, :, ::s, ::s]
    expected = windows.transpose(0, 1, 4, 5, 2, 3).reshape(cols.shape)
    np.testing.assert_array_equal(im2col(x, (kH, kW), **how(case)), expected)
    # The adjoint: <im2col(x), cols> = <x, col2im(cols)>.
    image = col2im(cols, (N, C_in, H, W), (kH, kW), **how(case))
    assert np.sum(expected * cols) == pytest.approx(np.sum(x * image))


# Against PyTorch ------------------------------------------------------------------------------


def assert_conv_agrees_with_torch(case, passes, answers):
    *arguments, dout = TORCH.draw(case)
    out, cache = passes[0](*arguments, **how(case))
    for got, answer in zip((out, *passes[1](dout, cache)), answers, strict=True):
        assert_close(got, answer)


def assert_columns_agree_with_torch(case, answers):
    x, cols = TORCH.draw_columns(case)
    kernel_size = case[5:7]
    np.testing.assert_array_equal(im2col(x, kernel_size, **how(case)), answers[0])
    assert_close(col2im(cols, x.shape, kernel_size, **how(case)), answers[1])


def stored(layer, case, names):
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        return [answers[TORCH.key(layer, case, name)] for name in names]


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_conv2d(case, passes):
    assert_conv_agrees_with_torch(case, passes, stored("conv2d", case, TORCH.CONV_NAMES))


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_columns(case):
    assert_columns_agree_with_torch(case, stored("columns", case, TORCH.COLUMN_NAMES))


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 100_000
    kinds = (("conv2d", TORCH.CONV_NAMES), ("columns", TORCH.COLUMN_NAMES))
    expected = {
        TORCH.key(layer, case, name)
        for layer, names in kinds
        for case in TORCH.CASES
        for name in names
    }
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        assert set(answers) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_on_conv2d(case, passes):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_conv_agrees_with_torch(case, passes, TORCH.ask_conv(case))


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_on_columns(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_columns_agree_with_torch(case, TORCH.ask_columns(case))


# Against central differences -------------------------------------------------------------------


def central_difference(argument, loss):
    gradient = np.empty_like(argument)
    # The layers are linear in each argument: a step of 1 leaves no truncation error.
    for index in np.ndindex(argument.shape):
        middle = argument[index]
        argument[index] = middle + 1
        ahead = loss()
        argument[index] = middle - 1
        gradient[index] = (ahead - loss()) / 2
        argument[index] = middle
    return gradient


@pytest.mark.parametrize("case", LAYERS, ids=str)
@pytest.mark.parametrize("position", range(3), ids=["dx", "dweight", "dbias"])
def test_central_differences_oracle_agrees_on_every_gradient(rng, case, position, passes):
    forward, backward = passes
    *arguments, dout = drawn(rng, case)

    def loss():
        return np.sum(forward(*arguments, **how(case))[0] * dout)

    gradient = backward(dout, forward(*arguments, **how(case))[1])[position]
    assert_close(gradient, central_difference(arguments[position], loss), tolerance=1e-11)


def test_pixels_that_no_filter_visits_get_no_gradient(rng, passes):
    forward, backward = passes
    x, weight, bias, dout = drawn(rng, (2, 3, 4, 10, 8, 3, 2, 4, 0))
    dx = backward(dout, forward(x, weight, bias, stride=4)[1])[0]
    visited = np.zeros((10, 8), dtype=bool)
    for i, j in itertools.product(range(2), range(2)):
        visited[4 * i : 4 * i + 3, 4 * j : 4 * j + 2] = True
    assert np.array_equal((dx != 0).all(axis=(0, 1)), visited)
    assert not dx[:, :, ~visited].any()


# Types, arguments, errors ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, dtype, passes):
    case = (2, 3, 4, 6, 7, 1, 5, 2, 2)
    x, weight, bias, dout = drawn(rng, case, dtype)
    out, cache = passes[0](x, weight, bias, **how(case))
    cols = im2col(x, (1, 5), **how(case))
    for result in (out, *passes[1](dout, cache), cols, col2im(cols, x.shape, (1, 5), **how(case))):
        assert result.dtype == dtype


def test_integers_under_float_filters_are_not_truncated(rng, passes):
    case = (2, 3, 4, 5, 6, 1, 2, 2, 1)
    x = rng.integers(-9, 10, (2, 3, 5, 6))
    _, weight, bias, dout = drawn(rng, case)
    out, cache = passes[0](x, weight, bias, **how(case))
    expected, expected_cache = conv2d_forward(x.astype(float), weight, bias, **how(case))
    assert_close(out, expected)
    pairs = zip(passes[1](dout, cache), conv2d_backward(dout, expected_cache), strict=True)
    for got, right in pairs:
        assert_close(got, right)


@pytest.mark.parametrize(
    "case",
    [(2, 3, 4, 6, 7, 1, 5, 2, 0), (2, 3, 4, 6, 7, 1, 5, 3, 2), (2, 3, 4, 1, 1, 1, 1, 1, 0)],
    ids=str,
)
def test_arguments_are_not_changed_and_results_are_new(rng, case, passes):
    arguments = drawn(rng, case)
    for each in arguments:
        each.setflags(write=False)  # a write raises
    x, weight, bias, dout = arguments
    kernel_size = weight.shape[2:]
    out, cache = passes[0](x, weight, bias, **how(case))
    cols = im2col(x, kernel_size, **how(case))
    image = col2im(cols, x.shape, kernel_size, **how(case))
    for result in (out, *passes[1](dout, cache), cols, image):
        assert result.flags.writeable
        assert not any(np.shares_memory(result, each) for each in arguments)
    assert not np.shares_memory(image, cols)


def test_an_empty_batch_goes_through(passes):
    case = (0, 3, 4, 6, 7, 2, 5, 2, 1)
    x, weight, bias, dout = drawn(np.random.default_rng(0), case)
    out, cache = passes[0](x, weight, bias, **how(case))
    dx, dweight, dbias = passes[1](dout, cache)
    assert (out.shape, dx.shape) == (dout.shape, x.shape)
    assert not dweight.any()
    assert not dbias.any()


def test_backward_pass_gives_the_same_when_called_again(rng, passes):
    case = (2, 3, 4, 6, 7, 1, 5, 2, 2)
    x, weight, bias, dout = drawn(rng, case)
    _, cache = passes[0](x, weight, bias, **how(case))
    for first, second in zip(passes[1](dout, cache), passes[1](dout, cache), strict=True):
        np.testing.assert_array_equal(first, second)


def test_sizes_may_be_numpy_integers():
    two = np.int64(2)
    assert type(conv_output_size(np.int64(7), np.int64(3), stride=two, padding=two)) is int
    assert {type(each) for each in receptive_field(np.array([[3, 2], [5, 1]]))} == {int}


@pytest.mark.parametrize("forward", [each[0] for each in PASSES.values()])
def test_stride_and_padding_have_to_be_named(forward):
    with pytest.raises(TypeError):
        forward(np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 1, 1)), np.zeros(1), 1)


@pytest.mark.parametrize(
    ("function", "arguments", "named", "mentions"),
    [
        (conv_output_size, (0, 1), {}, ("at least 1", "size=0")),
        (conv_output_size, (9, -2), {}, ("at least 1", "kernel_size=-2")),
        (conv_output_size, (9, 3), {"stride": 0}, ("at least 1", "stride=0")),
        (conv_output_size, (9, 3), {"padding": -4}, ("at least 0", "padding=-4")),
        (conv_output_size, (9, 15), {"padding": 2}, ("at most 13", "size=9", "kernel_size=15")),
        (conv2d_cost, ((3, 8, 9), (4, 3, 2, 2)), {}, ("(N, C_in, H, W)", "(3, 8, 9)")),
        (conv2d_cost, ((2, 3, 8, 9), (3, 2, 2)), {}, ("(C_out, C_in, kH, kW)", "(3, 2, 2)")),
        (receptive_field, ([(3, 1), (0, 1)],), {}, ("at least 1", "kernel_size=0")),
        (receptive_field, ([(3, 1), (3, -2)],), {}, ("at least 1", "stride=-2")),
        (im2col, (np.zeros((3, 5, 6)), (2, 2)), {}, ("(N, C_in, H, W)", "(3, 5, 6)")),
        (im2col, (np.zeros((2, 3, 5, 6)), (2, 7)), {}, ("at most 6", "kernel_size=7")),
        (im2col, (np.zeros((2, 3, 5, 6)), (2, 2)), {"stride": 0}, ("at least 1", "stride=0")),
        (im2col, (np.zeros((2, 3, 5, 6)), (2, 2)), {"padding": -1}, ("at least 0", "-1")),
        (col2im, (np.zeros((1, 4, 6)), (3, 5, 6), (2, 2)), {}, ("(N, C_in, H, W)", "(3, 5, 6)")),
        (
            col2im,
            (np.zeros((2, 12, 19)), (2, 3, 5, 6), (2, 2)),
            {},
            ("(2, 12, 20)", "(2, 12, 19)", "(2, 3, 5, 6)"),
        ),
    ],
)
def test_functions_say_what_they_expected_and_what_came(function, arguments, named, mentions):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        function(*arguments, **named)
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "bias_shape", "named", "mentions"),
    [
        ((2, 13, 5, 6), (4, 11, 2, 3), (4,), {}, ("C_in=11", "13 channels", "(2, 13, 5, 6)")),
        ((2, 3, 5, 6), (14, 3, 2, 3), (17,), {}, ("(14,)", "(17,)")),
        ((2, 3, 5, 6), (14, 3, 2, 3), (14, 1), {}, ("(14,)", "(14, 1)")),
        ((2, 3, 11, 12), (4, 3, 17, 2), (4,), {"padding": 2}, ("15", "17", "padding=2")),
        ((2, 3, 11, 12), (4, 3, 2, 17), (4,), {"padding": 2}, ("16", "17")),
        ((2, 3, 11, 12), (4, 3, 2, 3), (4,), {"padding": -1}, ("at least 0", "padding=-1")),
        ((2, 3, 11, 12), (4, 3, 2, 3), (4,), {"stride": 0}, ("at least 1", "stride=0")),
        ((3, 5, 6), (4, 3, 2, 3), (4,), {}, ("(N, C_in, H, W)", "(3, 5, 6)")),
        ((2, 3, 5, 6), (3, 2, 4), (3,), {}, ("(C_out, C_in, kH, kW)", "(3, 2, 4)")),
    ],
)
def test_forward_passes_say_what_they_expected_and_what_came(
    x_shape, weight_shape, bias_shape, named, mentions, passes
):
    arrays = (np.zeros(x_shape), np.zeros(weight_shape), np.zeros(bias_shape))
    with pytest.raises(ValueError, match=r"expected|has") as caught:
        passes[0](*arrays, **named)
    assert all(part in str(caught.value) for part in mentions)


def test_conv2d_cost_refuses_other_channels():
    with pytest.raises(ValueError, match=r"C_in=11 but x_shape has 13 channels"):
        conv2d_cost((2, 13, 5, 6), (4, 11, 2, 3))


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(stride)
    assert tried > 0
    assert failed == 0
