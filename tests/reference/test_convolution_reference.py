import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal

from solutions import convolution
from solutions.convolution import conv2d_backward, conv2d_forward, correlate2d

TORCH = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("make_torch_answers.py"))))
LAYERS = (
    (1, 1, 1, 1, 1, 1, 1),
    (2, 3, 4, 5, 7, 1, 6),
    (3, 1, 2, 6, 5, 4, 1),
    (1, 4, 3, 2, 6, 2, 5),
)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def drawn(rng, case, dtype=np.float64):
    N, C_in, C_out, H, W, kH, kW = case
    shapes = ((N, C_in, H, W), (C_out, C_in, kH, kW), (C_out,), (N, C_out, H - kH + 1, W - kW + 1))
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * np.abs(expected).max()


# Against SciPy --------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel_shape", [(1, 1), (1, 4), (3, 1), (2, 3), (6, 9)])
def test_scipy_oracle_agrees_on_one_channel(rng, kernel_shape):
    image, kernel = rng.standard_normal((6, 9)), rng.standard_normal(kernel_shape)
    expected = scipy.signal.correlate2d(image, kernel, mode="valid")
    assert_close(correlate2d(image, kernel), expected)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_scipy_oracle_agrees_on_the_forward_pass(rng, case):
    x, weight, bias, _ = drawn(rng, case)
    # Over the channels' axis both are equally long, so `valid` leaves one place: their sum.
    expected = [
        [
            scipy.signal.correlate(image, kernel, mode="valid", method="direct")[0] + b
            for kernel, b in zip(weight, bias, strict=True)
        ]
        for image in x
    ]
    assert_close(conv2d_forward(x, weight, bias)[0], np.array(expected))


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_scipy_oracle_agrees_on_the_backward_pass(rng, case):
    x, weight, bias, dout = drawn(rng, case)
    _, cache = conv2d_forward(x, weight, bias)
    dx, dweight, dbias = conv2d_backward(dout, cache)
    expected_dx, expected_dweight = np.zeros_like(x), np.zeros_like(weight)
    for n, f, c in np.ndindex(len(x), len(weight), x.shape[1]):
        # A true convolution, with the kernel flipped, spreads the gradient over the patches.
        expected_dx[n, c] += scipy.signal.convolve2d(dout[n, f], weight[f, c], mode="full")
        expected_dweight[f, c] += scipy.signal.correlate2d(x[n, c], dout[n, f], mode="valid")
    assert_close(dx, expected_dx)
    assert_close(dweight, expected_dweight)
    assert_close(dbias, np.array([dout[:, f].sum() for f in range(len(weight))]))


# Against PyTorch ------------------------------------------------------------------------------


def assert_agrees_with_torch(case, answers):
    x, weight, bias, dout = TORCH.draw(case)
    out, cache = conv2d_forward(x, weight, bias)
    for got, answer in zip((out, *conv2d_backward(dout, cache)), answers, strict=True):
        assert_close(got, answer)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_forward_and_backward(case):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        answers = [stored[TORCH.key(case, name)] for name in TORCH.NAMES]
    assert_agrees_with_torch(case, answers)


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 200_000
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        expected = {TORCH.key(case, name) for case in TORCH.CASES for name in TORCH.NAMES}
        assert set(stored) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_forward_and_backward(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, TORCH.ask_torch(*TORCH.draw(case)))


# Against central differences -------------------------------------------------------------------


@pytest.mark.parametrize("case", LAYERS, ids=str)
@pytest.mark.parametrize("position", range(3), ids=["dx", "dweight", "dbias"])
def test_central_differences_oracle_agrees_on_every_gradient(rng, case, position):
    *arguments, dout = drawn(rng, case)
    gradient = conv2d_backward(dout, conv2d_forward(*arguments)[1])[position]
    argument = arguments[position]
    expected = np.empty_like(argument)
    # The layer is linear in each argument: a step of 1 leaves no truncation error.
    for index in np.ndindex(argument.shape):
        middle = argument[index]
        argument[index] = middle + 1
        ahead = np.sum(conv2d_forward(*arguments)[0] * dout)
        argument[index] = middle - 1
        expected[index] = (ahead - np.sum(conv2d_forward(*arguments)[0] * dout)) / 2
        argument[index] = middle
    assert_close(gradient, expected, tolerance=1e-11)


# Types, arguments, errors ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, dtype):
    x, weight, bias, dout = drawn(rng, (2, 3, 4, 6, 7, 1, 5), dtype)
    out, cache = conv2d_forward(x, weight, bias)
    for result in (out, *conv2d_backward(dout, cache), correlate2d(x[0, 0], weight[0, 0])):
        assert result.dtype == dtype


def test_float32_is_as_exact_as_float32_can_be(rng):
    case = (2, 16, 5, 9, 8, 3, 4)
    arguments = drawn(rng, case)
    *narrow, dout = (each.astype(np.float32) for each in arguments)
    out, cache = conv2d_forward(*narrow)
    wide, wide_cache = conv2d_forward(*arguments[:3])
    pairs = zip(
        (out, *conv2d_backward(dout, cache)),
        (wide, *conv2d_backward(arguments[3], wide_cache)),
        strict=True,
    )
    for got, expected in pairs:
        assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()


def test_integers_under_float_filters_are_not_truncated(rng):
    x = rng.integers(-9, 10, (2, 3, 5, 6))
    _, weight, bias, dout = drawn(rng, (2, 3, 4, 5, 6, 1, 2))
    out, cache = conv2d_forward(x, weight, bias)
    expected, expected_cache = conv2d_forward(x.astype(float), weight, bias)
    assert_close(out, expected)
    pairs = zip(conv2d_backward(dout, cache), conv2d_backward(dout, expected_cache), strict=True)
    for got, right in pairs:
        assert_close(got, right)
    assert_close(correlate2d(x[0, 0], weight[0, 0]), correlate2d(x[0, 0] * 1.0, weight[0, 0]))


def test_arguments_are_not_changed(rng):
    arguments = drawn(rng, (2, 3, 4, 6, 7, 1, 5))
    for each in arguments:
        each.setflags(write=False)  # a write raises
    x, weight, bias, dout = arguments
    out, cache = conv2d_forward(x, weight, bias)
    gradients = conv2d_backward(dout, cache)
    correlate2d(x[0, 0], weight[0, 0])
    for result in (out, *gradients):
        assert not any(np.shares_memory(result, each) for each in arguments)


def test_backward_pass_gives_the_same_when_called_again(rng):
    x, weight, bias, dout = drawn(rng, (2, 3, 4, 6, 7, 1, 5))
    _, cache = conv2d_forward(x, weight, bias)
    for first, second in zip(
        conv2d_backward(dout, cache), conv2d_backward(dout, cache), strict=True
    ):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("image_shape", "kernel_shape", "mentions"),
    [
        ((11, 13), (17, 3), ("11", "17")),
        ((11, 13), (3, 17), ("13", "17")),
        ((11, 13, 2), (3, 4), ("(H, W)", "(11, 13, 2)")),
        ((11, 13), (19,), ("(kH, kW)", "(19,)")),
    ],
)
def test_correlate2d_says_what_it_expected_and_what_came(image_shape, kernel_shape, mentions):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        correlate2d(np.zeros(image_shape), np.zeros(kernel_shape))
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "bias_shape", "mentions"),
    [
        ((2, 13, 5, 6), (4, 11, 2, 3), (4,), ("C_in=11", "13 channels", "(2, 13, 5, 6)")),
        ((2, 11, 5, 6), (4, 13, 2, 3), (4,), ("C_in=13", "11 channels")),
        ((2, 3, 5, 6), (14, 3, 2, 3), (17,), ("(14,)", "(17,)")),
        ((2, 3, 5, 6), (14, 3, 2, 3), (1,), ("(14,)", "(1,)")),
        ((2, 3, 5, 6), (14, 3, 2, 3), (14, 1), ("(14,)", "(14, 1)")),
        ((2, 3, 11, 12), (4, 3, 17, 2), (4,), ("11 x 12", "kH=17")),
        ((2, 3, 11, 12), (4, 3, 2, 17), (4,), ("11 x 12", "kW=17")),
        ((3, 5, 6), (4, 3, 2, 3), (4,), ("(N, C_in, H, W)", "(3, 5, 6)")),
        ((2, 3, 5, 6), (3, 2, 4), (3,), ("(C_out, C_in, kH, kW)", "(3, 2, 4)")),
    ],
)
def test_conv2d_forward_says_what_it_expected_and_what_came(
    x_shape, weight_shape, bias_shape, mentions
):
    with pytest.raises(ValueError, match=r"expected|has") as caught:
        conv2d_forward(np.zeros(x_shape), np.zeros(weight_shape), np.zeros(bias_shape))
    assert all(part in str(caught.value) for part in mentions)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(convolution)
    assert tried > 0
    assert failed == 0
