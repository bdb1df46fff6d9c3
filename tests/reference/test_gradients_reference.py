import doctest
import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize

from solutions import gradients
from solutions.gradients import (
    linear_backward,
    linear_forward,
    numerical_gradient,
    relative_error,
    relu_backward,
    relu_forward,
)

TORCH = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("make_torch_answers_gradients.py")))
)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * np.abs(expected).max()


def away_from_zero(rng, shape):
    return rng.uniform(0.5, 3.0, shape) * rng.choice([-1.0, 1.0], shape)


# Against PyTorch ------------------------------------------------------------------------------


def assert_linear_agrees(case, answers):
    x, weight, bias, dout = TORCH.draw_linear(case)
    out, cache = linear_forward(x, weight, bias)
    for got, answer in zip((out, *linear_backward(dout, cache)), answers, strict=True):
        assert_close(got, answer)


def assert_linear_with_relu_agrees(case, answers):
    x, weight, bias, dout = TORCH.draw_linear(case)
    hidden, cache = linear_forward(x, weight, bias)
    out, relu_cache = relu_forward(hidden)
    results = (out, *linear_backward(relu_backward(dout, relu_cache), cache))
    for got, answer in zip(results, answers, strict=True):
        assert_close(got, answer)


def assert_relu_agrees(case, answers):
    x, dout = TORCH.draw_relu(case)
    out, cache = relu_forward(x)
    for got, answer in zip((out, relu_backward(dout, cache)), answers, strict=True):
        assert_close(got, answer)


def stored(layer, case, names):
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        return [answers[TORCH.key(layer, case, name)] for name in names]


@pytest.mark.parametrize("case", TORCH.LINEAR_CASES, ids=str)
def test_stored_torch_oracle_agrees_on_the_linear_layer(case):
    assert_linear_agrees(case, stored("linear", case, TORCH.LINEAR_NAMES))


@pytest.mark.parametrize("case", TORCH.LINEAR_CASES, ids=str)
def test_stored_torch_oracle_agrees_on_a_linear_layer_with_relu_behind_it(case):
    assert_linear_with_relu_agrees(case, stored("both", case, TORCH.BOTH_NAMES))


@pytest.mark.parametrize("case", TORCH.RELU_CASES, ids=str)
def test_stored_torch_oracle_agrees_on_relu_also_at_zero(case):
    assert_relu_agrees(case, stored("relu", case, TORCH.RELU_NAMES))


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 100_000
    expected = {
        TORCH.key(layer, case, name)
        for layer, cases, names in [
            ("linear", TORCH.LINEAR_CASES, TORCH.LINEAR_NAMES),
            ("both", TORCH.LINEAR_CASES, TORCH.BOTH_NAMES),
            ("relu", TORCH.RELU_CASES, TORCH.RELU_NAMES),
        ]
        for case in cases
        for name in names
    }
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        assert set(answers) == expected | {"torch_version"}


def test_live_torch_oracle_agrees_on_every_case():
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    for case in TORCH.LINEAR_CASES:
        drawn = TORCH.draw_linear(case)
        assert_linear_agrees(case, TORCH.ask_linear(*drawn))
        assert_linear_with_relu_agrees(case, TORCH.ask_linear(*drawn, relu=True))
    for case in TORCH.RELU_CASES:
        assert_relu_agrees(case, TORCH.ask_relu(*TORCH.draw_relu(case)))


# Against central differences, written here ------------------------------------------------------


def central_differences(loss, array, h):
    expected = np.empty_like(array)
    for index in np.ndindex(array.shape):
        middle = array[index]
        array[index] = middle + h
        ahead = loss()
        array[index] = middle - h
        expected[index] = (ahead - loss()) / (2 * h)
        array[index] = middle
    return expected


@pytest.mark.parametrize("case", TORCH.LINEAR_CASES[:6], ids=str)
@pytest.mark.parametrize("position", range(3), ids=["dx", "dweight", "dbias"])
def test_central_differences_oracle_agrees_on_every_gradient_of_the_linear_layer(case, position):
    *arguments, dout = TORCH.draw_linear(case)
    gradient = linear_backward(dout, linear_forward(*arguments)[1])[position]
    # The layer is linear in each argument: a step of 1 leaves no truncation error.
    expected = central_differences(
        lambda: np.sum(linear_forward(*arguments)[0] * dout), arguments[position], h=1.0
    )
    assert_close(gradient, expected, tolerance=1e-11)


@pytest.mark.parametrize("shape", [(1,), (4, 5), (2, 3, 4)], ids=str)
def test_central_differences_oracle_agrees_on_relu_away_from_its_corner(rng, shape):
    x, dout = away_from_zero(rng, shape), rng.standard_normal(shape)
    gradient = relu_backward(dout, relu_forward(x)[1])
    expected = central_differences(lambda: np.sum(relu_forward(x)[0] * dout), x, h=0.25)
    assert_close(gradient, expected, tolerance=1e-13)


# numerical_gradient against derivatives that are known, and against SciPy -------------------------

KNOWN = {
    "square": (np.square, lambda x, dout: 2 * x * dout),
    "sine": (np.sin, lambda x, dout: np.cos(x) * dout),
    "exponential": (np.exp, lambda x, dout: np.exp(x) * dout),
    "scaled by the sum": (
        lambda x: x * x.sum(),
        lambda x, dout: dout * x.sum() + np.sum(dout * x),
    ),
}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("shape", [(1,), (6,), (3, 4), (2, 3, 2)], ids=str)
def test_known_derivative_oracle_agrees_with_the_measured_gradient(rng, name, shape):
    f, derivative = KNOWN[name]
    x, dout = away_from_zero(rng, shape), rng.standard_normal(shape)
    assert_close(numerical_gradient(f, x, dout), derivative(x, dout), tolerance=1e-8)


def test_scipy_oracle_agrees_with_the_measured_gradient(rng):
    weight, x, dout = rng.standard_normal((5, 3)), rng.standard_normal(5), rng.standard_normal(3)

    def f(x):
        return np.tanh(x @ weight)

    expected = scipy.optimize.approx_fprime(x, lambda x: np.sum(f(x) * dout), 1e-7)
    # SciPy steps to one side only.
    assert_close(numerical_gradient(f, x, dout), expected, tolerance=1e-5)


def test_closed_form_oracle_agrees_for_large_steps(rng):
    # The central difference of x**3 is 3 x**2 + h**2 exactly.
    x, dout = rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
    for h in (0.125, 0.5, 2.0):
        assert_close(
            numerical_gradient(lambda x: x**3, x, dout, h=h), (3 * x**2 + h**2) * dout, 1e-13
        )


def test_the_measured_gradient_of_integers_and_of_float32_is_float64(rng):
    dout = rng.standard_normal((2, 3))
    for dtype in (np.int64, np.uint8, np.float32):
        x = np.arange(6).reshape(2, 3).astype(dtype)
        gradient = numerical_gradient(np.square, x, dout)
        assert_close(gradient, 2.0 * x * dout, tolerance=1e-8)


def test_the_measured_gradient_takes_functions_that_return_views_or_other_shapes(rng):
    x, dout = rng.standard_normal((2, 3)), rng.standard_normal((3, 2))
    assert_close(numerical_gradient(lambda x: x.T, x, dout, h=1.0), dout.T)
    assert_close(numerical_gradient(lambda x: x, x, dout.T.copy(), h=1.0), dout.T)
    pairs = rng.standard_normal((2, 2))
    measured = numerical_gradient(lambda x: x[:, 1:] - x[:, :-1], x, pairs, h=1.0)
    expected = np.diff(np.pad(-pairs, [(0, 0), (1, 1)]), axis=1)
    assert_close(measured, expected)


# relative_error ----------------------------------------------------------------------------------


def test_plain_python_oracle_agrees_with_relative_error(rng):
    for shape in [(1,), (7,), (3, 4), (2, 1, 5)]:
        a, b = rng.standard_normal(shape), rng.standard_normal(shape)
        pairs = list(zip(a.flat, b.flat, strict=True))
        expected = max(abs(one - other) for one, other in pairs) / max(abs(y) for _, y in pairs)
        assert relative_error(a, b) == pytest.approx(expected, rel=1e-15)


def test_relative_error_of_zeros_equal_arrays_and_nan():
    zeros, ones = np.zeros((2, 3)), np.ones((2, 3))
    assert relative_error(ones, ones) == 0.0
    assert relative_error(zeros, zeros) == 0.0
    assert relative_error(ones, zeros) == math.inf
    assert relative_error(zeros, ones) == 1.0
    assert math.isnan(relative_error(ones * np.nan, ones))
    assert type(relative_error(ones, 2 * ones)) is float


def test_relative_error_does_not_wrap_around_in_small_integers():
    a, b = np.array([1], dtype=np.uint8), np.array([2], dtype=np.uint8)
    assert relative_error(a, b) == 0.5


# Types, arguments, errors ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(dtype):
    x, weight, bias, dout = (each.astype(dtype) for each in TORCH.draw_linear((3, 4, 5)))
    out, cache = linear_forward(x, weight, bias)
    relu_out, relu_cache = relu_forward(out)
    gradients_ = (*linear_backward(dout, cache), relu_backward(dout, relu_cache))
    assert {each.dtype for each in (out, relu_out, *gradients_)} == {np.dtype(dtype)}


def test_integers_under_float_weights_are_not_truncated(rng):
    x = rng.integers(-9, 10, (3, 4))
    _, weight, bias, dout = TORCH.draw_linear((3, 4, 5))
    out, cache = linear_forward(x, weight, bias)
    expected, expected_cache = linear_forward(x.astype(float), weight, bias)
    assert_close(out, expected)
    pairs = zip(linear_backward(dout, cache), linear_backward(dout, expected_cache), strict=True)
    for got, right in pairs:
        assert_close(got, right)


def test_arguments_are_not_changed():
    arguments = TORCH.draw_linear((3, 4, 5))
    for each in arguments:
        each.setflags(write=False)  # a write raises
    x, weight, bias, dout = arguments
    out, cache = linear_forward(x, weight, bias)
    results = [out, *linear_backward(dout, cache)]
    relu_out, relu_cache = relu_forward(x)
    results += [relu_out, relu_backward(x, relu_cache)]
    results.append(numerical_gradient(np.square, x, x))
    assert relative_error(x, 2 * x) == 0.5
    for result in results:
        assert not any(np.shares_memory(result, each) for each in arguments)


@pytest.mark.parametrize(
    ("x_shape", "weight_shape", "bias_shape", "mentions"),
    [
        ((3, 13), (11, 4), (4,), ("D_in=11", "13 numbers", "(3, 13)")),
        ((3, 13), (13, 14), (17,), ("(14,)", "(17,)")),
        ((3, 13), (13, 14), (1,), ("(14,)", "(1,)")),
        ((3, 13), (13, 14), (3, 14), ("(14,)", "(3, 14)")),
        ((13,), (13, 14), (14,), ("(N, D_in)", "(13,)")),
        ((2, 3, 13), (13, 14), (14,), ("(N, D_in)", "(2, 3, 13)")),
        ((3, 13), (13,), (14,), ("(D_in, D_out)", "(13,)")),
    ],
)
def test_linear_forward_says_what_it_expected_and_what_came(
    x_shape, weight_shape, bias_shape, mentions
):
    with pytest.raises(ValueError, match=r"expected|has") as caught:
        linear_forward(np.zeros(x_shape), np.zeros(weight_shape), np.zeros(bias_shape))
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize("h", [0, 0.0, -1e-5, float("nan")])
def test_numerical_gradient_refuses_a_step_that_is_not_above_zero(h):
    with pytest.raises(ValueError, match=r"expected a step h of more than 0, got h="):
        numerical_gradient(np.square, np.ones(3), np.ones(3), h=h)


@pytest.mark.parametrize("dout_shape", [(1,), (1, 4), (4, 3), (3, 4, 1), ()])
def test_numerical_gradient_refuses_a_dout_that_would_be_stretched(dout_shape):
    with pytest.raises(ValueError, match=r"expected .*\(3, 4\), got") as caught:
        numerical_gradient(np.square, np.ones((3, 4)), np.ones(dout_shape))
    assert str(dout_shape) in str(caught.value)


@pytest.mark.parametrize("shapes", [((3, 4), (3, 1)), ((4,), (3, 4)), ((0,), (0,))], ids=str)
def test_relative_error_refuses_other_shapes_and_empty_arrays(shapes):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        relative_error(np.ones(shapes[0]), np.ones(shapes[1]))
    assert all(str(shape) in str(caught.value) for shape in shapes)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(gradients)
    assert tried > 0
    assert failed == 0
