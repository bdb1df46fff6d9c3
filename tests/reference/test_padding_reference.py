import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal

from solutions import convolution, padding
from solutions.padding import (
    conv2d_backward,
    conv2d_forward,
    max_conv_layers,
    pad2d_backward,
    pad2d_forward,
    same_padding,
)

_MAKER = Path(__file__).with_name("make_torch_answers_padding.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_MAKER)))
# N, C_in, C_out, H, W, kH, kW, padding
LAYERS = (
    (1, 1, 1, 1, 1, 1, 1, 0),
    (2, 3, 4, 5, 7, 1, 6, 1),
    (3, 1, 2, 6, 5, 4, 1, 2),
    (1, 4, 3, 2, 6, 5, 3, 3),
)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def drawn(rng, case, dtype=np.float64):
    N, C_in, C_out, H, W, kH, kW, p = case
    dout = (N, C_out, H - kH + 1 + 2 * p, W - kW + 1 + 2 * p)
    shapes = ((N, C_in, H, W), (C_out, C_in, kH, kW), (C_out,), dout)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * np.abs(expected).max()


# Sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel_size", range(2, 13))
def test_real_layers_oracle_agrees_on_how_many_there_are(kernel_size):
    for size in [*range(1, 40), 224]:
        row, layers = np.ones(size), 0
        while len(row) >= kernel_size:
            row = np.convolve(row, np.ones(kernel_size), mode="valid") / kernel_size
            layers += 1
        assert max_conv_layers(size, kernel_size) == layers == (size - 1) // (kernel_size - 1)


def test_the_notes_example_has_three_layers_and_a_padding_of_one():
    assert max_conv_layers(7, 3) == 3
    assert same_padding(3) == 1
    x, weight, bias = np.ones((1, 1, 7, 7)), np.ones((1, 1, 3, 3)), np.zeros(1)
    assert conv2d_forward(x, weight, bias)[0].shape == (1, 1, 5, 5)
    assert conv2d_forward(x, weight, bias, padding=1)[0].shape == (1, 1, 7, 7)


@pytest.mark.parametrize("kernel_size", range(1, 16, 2))
def test_scipy_oracle_agrees_that_same_padding_keeps_the_size(rng, kernel_size):
    image, kernel = rng.standard_normal((6, 9)), rng.standard_normal((kernel_size, kernel_size))
    found = same_padding(kernel_size)
    assert type(found) is int
    out, _ = conv2d_forward(image[None, None], kernel[None, None], np.zeros(1), padding=found)
    # SciPy's "same" is centered, which for odd kernels is the same.
    full = scipy.signal.correlate2d(image, kernel, mode="full")
    start = (kernel_size - 1) // 2
    assert_close(out[0, 0], full[start : start + 6, start : start + 9])


# Against NumPy and SciPy -----------------------------------------------------------------------


@pytest.mark.parametrize("case", TORCH.PAD_CASES, ids=str)
def test_numpy_oracle_agrees_on_padding(case):
    x, dout = TORCH.draw_pad(case)
    p = case[-1]
    out, cache = pad2d_forward(x, p)
    np.testing.assert_array_equal(out, np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))))
    # Cropping is the adjoint of padding.
    assert np.sum(out * dout) == pytest.approx(np.sum(x * pad2d_backward(dout, cache)))


@pytest.mark.parametrize("case", TORCH.CONV_CASES, ids=str)
def test_scipy_oracle_agrees_on_the_forward_pass(rng, case):
    x, weight, bias, _ = drawn(rng, case)
    p = case[-1]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    expected = [
        [
            scipy.signal.correlate(image, kernel, mode="valid", method="direct")[0] + b
            for kernel, b in zip(weight, bias, strict=True)
        ]
        for image in padded
    ]
    # SciPy turns the two about where the filter is larger; none of the cases is of that kind.
    assert_close(conv2d_forward(x, weight, bias, padding=p)[0], np.array(expected))


@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_the_layer_without_padding_is_an_oracle_on_padded_images(rng, case):
    x, weight, bias, dout = drawn(rng, case)
    p = case[-1]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    expected, expected_cache = convolution.conv2d_forward(padded, weight, bias)
    dpadded, *others = convolution.conv2d_backward(dout, expected_cache)
    out, cache = conv2d_forward(x, weight, bias, padding=p)
    assert_close(out, expected)
    dx = dpadded[:, :, p : dpadded.shape[2] - p, p : dpadded.shape[3] - p]
    for got, right in zip(conv2d_backward(dout, cache), (dx, *others), strict=True):
        assert_close(got, right)


# Against PyTorch ------------------------------------------------------------------------------


def assert_conv_agrees_with_torch(case, answers):
    x, weight, bias, dout = TORCH.draw_conv(case)
    out, cache = conv2d_forward(x, weight, bias, padding=case[-1])
    for got, answer in zip((out, *conv2d_backward(dout, cache)), answers, strict=True):
        assert_close(got, answer)


def assert_pad_agrees_with_torch(case, answers):
    x, dout = TORCH.draw_pad(case)
    out, cache = pad2d_forward(x, case[-1])
    for got, answer in zip((out, pad2d_backward(dout, cache)), answers, strict=True):
        np.testing.assert_array_equal(got, answer)


def stored(layer, case, names):
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        return [answers[TORCH.key(layer, case, name)] for name in names]


@pytest.mark.parametrize("case", TORCH.CONV_CASES, ids=str)
def test_stored_torch_oracle_agrees_on_conv2d(case):
    assert_conv_agrees_with_torch(case, stored("conv2d", case, TORCH.CONV_NAMES))


@pytest.mark.parametrize("case", TORCH.PAD_CASES, ids=str)
def test_stored_torch_oracle_agrees_on_pad2d(case):
    assert_pad_agrees_with_torch(case, stored("pad2d", case, TORCH.PAD_NAMES))


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 200_000
    kinds = (
        ("conv2d", TORCH.CONV_CASES, TORCH.CONV_NAMES),
        ("pad2d", TORCH.PAD_CASES, TORCH.PAD_NAMES),
    )
    expected = {
        TORCH.key(layer, case, name)
        for layer, cases, names in kinds
        for case in cases
        for name in names
    }
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        assert set(answers) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CONV_CASES, ids=str)
def test_live_torch_oracle_agrees_on_conv2d(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_conv_agrees_with_torch(case, TORCH.ask_conv(case))


@pytest.mark.parametrize("case", TORCH.PAD_CASES, ids=str)
def test_live_torch_oracle_agrees_on_pad2d(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_pad_agrees_with_torch(case, TORCH.ask_pad(case))


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
def test_central_differences_oracle_agrees_on_every_gradient_of_conv2d(rng, case, position):
    *arguments, dout = drawn(rng, case)

    def loss():
        return np.sum(conv2d_forward(*arguments, padding=case[-1])[0] * dout)

    gradient = conv2d_backward(dout, conv2d_forward(*arguments, padding=case[-1])[1])[position]
    assert_close(gradient, central_difference(arguments[position], loss), tolerance=1e-11)


@pytest.mark.parametrize("case", TORCH.PAD_CASES, ids=str)
def test_central_differences_oracle_agrees_on_the_gradient_of_pad2d(case):
    x, dout = TORCH.draw_pad(case)
    gradient = pad2d_backward(dout, pad2d_forward(x, case[-1])[1])
    measured = central_difference(x, lambda: np.sum(pad2d_forward(x, case[-1])[0] * dout))
    assert_close(gradient, measured, tolerance=1e-11)


# Types, arguments, errors ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, dtype):
    x, weight, bias, dout = drawn(rng, (2, 3, 4, 6, 7, 1, 5, 2), dtype)
    out, cache = conv2d_forward(x, weight, bias, padding=2)
    padded, pad_cache = pad2d_forward(x, 2)
    for result in (out, *conv2d_backward(dout, cache), padded, pad2d_backward(padded, pad_cache)):
        assert result.dtype == dtype


def test_integers_under_float_filters_are_not_truncated(rng):
    x = rng.integers(-9, 10, (2, 3, 5, 6))
    _, weight, bias, dout = drawn(rng, (2, 3, 4, 5, 6, 1, 2, 1))
    out, cache = conv2d_forward(x, weight, bias, padding=1)
    expected, expected_cache = conv2d_forward(x.astype(float), weight, bias, padding=1)
    assert_close(out, expected)
    pairs = zip(conv2d_backward(dout, cache), conv2d_backward(dout, expected_cache), strict=True)
    for got, right in pairs:
        assert_close(got, right)


@pytest.mark.parametrize("p", [0, 2])
def test_arguments_are_not_changed(rng, p):
    arguments = drawn(rng, (2, 3, 4, 6, 7, 1, 5, p))
    for each in arguments:
        each.setflags(write=False)  # a write raises
    x, weight, bias, dout = arguments
    out, cache = conv2d_forward(x, weight, bias, padding=p)
    gradients = conv2d_backward(dout, cache)
    padded, pad_cache = pad2d_forward(x, p)
    for result in (out, *gradients, padded, pad2d_backward(padded, pad_cache)):
        assert not any(np.shares_memory(result, each) for each in arguments)
    assert not np.shares_memory(pad2d_backward(padded, pad_cache), padded)


def test_backward_pass_gives_the_same_when_called_again(rng):
    x, weight, bias, dout = drawn(rng, (2, 3, 4, 6, 7, 1, 5, 2))
    _, cache = conv2d_forward(x, weight, bias, padding=2)
    pairs = zip(conv2d_backward(dout, cache), conv2d_backward(dout, cache), strict=True)
    for first, second in pairs:
        np.testing.assert_array_equal(first, second)


def test_padding_has_to_be_named():
    with pytest.raises(TypeError):
        conv2d_forward(np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 1, 1)), np.zeros(1), 1)


@pytest.mark.parametrize(
    ("function", "arguments", "mentions"),
    [
        (max_conv_layers, (0, 3), ("size", "0")),
        (max_conv_layers, (-5, 3), ("size", "-5")),
        (max_conv_layers, (9, 1), ("kernel_size", "2", "1")),
        (max_conv_layers, (9, -3), ("kernel_size", "-3")),
        (same_padding, (4,), ("odd", "4")),
        (same_padding, (0,), ("at least 1", "0")),
        (same_padding, (-3,), ("at least 1", "-3")),
        (pad2d_forward, (np.zeros((3, 5, 6)), 1), ("(N, C, H, W)", "(3, 5, 6)")),
        (pad2d_forward, (np.zeros((2, 3, 5, 6)), -1), ("at least 0", "-1")),
    ],
)
def test_functions_say_what_they_expected_and_what_came(function, arguments, mentions):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        function(*arguments)
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "bias_shape", "p", "mentions"),
    [
        ((2, 13, 5, 6), (4, 11, 2, 3), (4,), 1, ("C_in=11", "13 channels", "(2, 13, 5, 6)")),
        ((2, 3, 5, 6), (14, 3, 2, 3), (17,), 1, ("(14,)", "(17,)")),
        ((2, 3, 5, 6), (14, 3, 2, 3), (14, 1), 1, ("(14,)", "(14, 1)")),
        ((2, 3, 11, 12), (4, 3, 17, 2), (4,), 2, ("15 x 16", "kH=17", "padding=2")),
        ((2, 3, 11, 12), (4, 3, 2, 17), (4,), 2, ("15 x 16", "kW=17")),
        ((2, 3, 11, 12), (4, 3, 2, 3), (4,), -1, ("at least 0", "padding=-1")),
        ((3, 5, 6), (4, 3, 2, 3), (4,), 1, ("(N, C_in, H, W)", "(3, 5, 6)")),
        ((2, 3, 5, 6), (3, 2, 4), (3,), 1, ("(C_out, C_in, kH, kW)", "(3, 2, 4)")),
    ],
)
def test_conv2d_forward_says_what_it_expected_and_what_came(
    x_shape, weight_shape, bias_shape, p, mentions
):
    arrays = (np.zeros(x_shape), np.zeros(weight_shape), np.zeros(bias_shape))
    with pytest.raises(ValueError, match=r"expected|has") as caught:
        conv2d_forward(*arrays, padding=p)
    assert all(part in str(caught.value) for part in mentions)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(padding)
    assert tried > 0
    assert failed == 0
