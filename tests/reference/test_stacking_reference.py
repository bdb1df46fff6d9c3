import doctest
import functools
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal

from solutions import stacking
from solutions.convolution import conv2d_backward, conv2d_forward
from solutions.stacking import conv_stack_backward, conv_stack_forward, merge_convs

TORCH = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("make_torch_answers_stacking.py")))
)
# C_in, C_mid, C_out, kH1, kW1, kH2, kW2
PAIRS = (
    (1, 1, 1, 1, 1, 1, 1),
    (1, 1, 1, 2, 4, 3, 5),
    (3, 4, 5, 2, 6, 7, 1),
    (2, 5, 3, 1, 1, 4, 3),
    (4, 3, 2, 5, 2, 1, 1),
    (3, 6, 10, 5, 5, 3, 3),  # the notes' own example
)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def drawn_pair(rng, case, dtype=np.float64):
    C_in, C_mid, C_out, kH1, kW1, kH2, kW2 = case
    shapes = (C_mid, C_in, kH1, kW1), (C_mid,), (C_out, C_mid, kH2, kW2), (C_out,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def flat(x, params):
    return [x, *(each for pair in params for each in pair)]


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * np.abs(expected).max()


# merge_convs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", PAIRS, ids=str)
def test_scipy_oracle_agrees_on_merged_filters(rng, case):
    weight1, bias1, weight2, bias2 = drawn_pair(rng, case)
    weight, bias = merge_convs(weight1, bias1, weight2, bias2)
    expected = [
        [
            sum(
                scipy.signal.convolve2d(weight1[m, k], weight2[c, m], mode="full")
                for m in range(len(weight1))
            )
            for k in range(weight1.shape[1])
        ]
        for c in range(len(weight2))
    ]
    assert_close(weight, np.array(expected))
    constant = [bias2[c] + sum(bias1 * weight2[c].sum(axis=(1, 2))) for c in range(len(weight2))]
    assert_close(bias, np.array(constant))


@pytest.mark.parametrize("case", PAIRS, ids=str)
def test_a_merged_convolution_equals_the_two(rng, case):
    layers = drawn_pair(rng, case)
    x = rng.standard_normal((2, case[0], 11, 10))
    two = conv2d_forward(conv2d_forward(x, *layers[:2])[0], *layers[2:])[0]
    assert_close(conv2d_forward(x, *merge_convs(*layers))[0], two, tolerance=1e-10)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_all_layers_merged_into_one(case):
    x, params, _ = TORCH.draw(case)
    weight, bias = functools.reduce(lambda one, two: merge_convs(*one, *two), params)
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        expected = stored[TORCH.key(case, "linear")]
    assert_close(conv2d_forward(x, weight, bias)[0], expected, tolerance=1e-11)


def test_merging_is_associative(rng):
    first, second, third = (
        (rng.standard_normal(shape), rng.standard_normal(shape[0]))
        for shape in ((3, 2, 2, 4), (5, 3, 3, 1), (4, 5, 1, 2))
    )
    left = merge_convs(*merge_convs(*first, *second), *third)
    right = merge_convs(*first, *merge_convs(*second, *third))
    for one, other in zip(left, right, strict=True):
        assert_close(one, other)


# Stacks ------------------------------------------------------------------------------------------


def assert_agrees_with_torch(case, answers):
    x, params, dout = TORCH.draw(case)
    out, cache = conv_stack_forward(x, params)
    got = [out, *flat(*conv_stack_backward(dout, cache))]
    answers = [answers[0], *answers[2:]]  # without the linear one
    for mine, answer in zip(got, answers, strict=True):
        assert_close(mine, answer)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_forward_and_backward(case):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        answers = [stored[TORCH.key(case, name)] for name in TORCH.names(case)]
    assert_agrees_with_torch(case, answers)


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 300_000
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        expected = {TORCH.key(case, name) for case in TORCH.CASES for name in TORCH.names(case)}
        assert set(stored) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_forward_and_backward(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, TORCH.ask_torch(*TORCH.draw(case)))


@pytest.mark.parametrize("case", [case for case in TORCH.CASES if case[0][2] < 11], ids=str)
def test_central_differences_oracle_agrees_on_every_gradient(case):
    x, params, dout = TORCH.draw(case)
    _, cache = conv_stack_forward(x, params)
    for layer in range(1, len(params)):  # no ReLU is asked near its kink
        assert np.abs(conv_stack_forward(x, params[:layer])[0]).min() > 1e-4
    gradients = flat(*conv_stack_backward(dout, cache))
    for argument, gradient in zip(flat(x, params), gradients, strict=True):
        expected = np.empty_like(argument)
        for index in np.ndindex(argument.shape):
            middle = argument[index]
            argument[index] = middle + 1e-6
            ahead = np.sum(conv_stack_forward(x, params)[0] * dout)
            argument[index] = middle - 1e-6
            behind = np.sum(conv_stack_forward(x, params)[0] * dout)
            expected[index] = (ahead - behind) / 2e-6
            argument[index] = middle
        assert_close(gradient, expected, tolerance=1e-7)


def test_no_relu_stands_after_the_last_layer_nor_in_a_stack_of_one(rng):
    x, params, _ = TORCH.draw(((2, 3, 6, 8), (4, 2, 5), (5, 3, 1)))
    assert conv_stack_forward(x, params)[0].min() < 0
    one, one_cache = conv_stack_forward(x, params[:1])
    expected, conv_cache = conv2d_forward(x, *params[0])
    np.testing.assert_array_equal(one, expected)
    dout = rng.standard_normal(one.shape)
    dx, [(dweight, dbias)] = conv_stack_backward(dout, one_cache)
    for got, right in zip((dx, dweight, dbias), conv2d_backward(dout, conv_cache), strict=True):
        np.testing.assert_array_equal(got, right)


def test_no_gradient_passes_where_a_relu_was_given_zero():
    x = np.array([2.0, 2.0, 5.0]).reshape(1, 1, 1, 3)
    params = [
        (np.array([-1.0, 1.0]).reshape(1, 1, 1, 2), np.zeros(1)),
        (np.ones((1, 1, 1, 1)), np.zeros(1)),
    ]
    out, cache = conv_stack_forward(x, params)
    np.testing.assert_array_equal(out.ravel(), [0.0, 3.0])
    dx, dparams = conv_stack_backward(np.ones_like(out), cache)
    np.testing.assert_array_equal(dx.ravel(), [0.0, -1.0, 1.0])
    np.testing.assert_array_equal(dparams[0][1], [1.0])


# Types, arguments, errors ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, dtype):
    for each in merge_convs(*drawn_pair(rng, (3, 4, 5, 2, 6, 7, 1), dtype)):
        assert each.dtype == dtype
    x, params, dout = TORCH.draw(((2, 3, 6, 8), (4, 2, 5), (5, 3, 1)))
    x, dout = x.astype(dtype), dout.astype(dtype)
    params = [(weight.astype(dtype), bias.astype(dtype)) for weight, bias in params]
    out, cache = conv_stack_forward(x, params)
    for each in (out, *flat(*conv_stack_backward(dout, cache))):
        assert each.dtype == dtype


def test_integer_filters_are_not_truncated_by_fractions_nor_the_other_way_round(rng):
    _, bias1, fractions, bias2 = drawn_pair(rng, (2, 3, 4, 2, 5, 3, 1))
    whole = rng.integers(-9, 10, (3, 2, 2, 5))
    for got, expected in zip(
        merge_convs(whole, bias1, fractions, bias2),
        merge_convs(whole.astype(float), bias1, fractions, bias2),
        strict=True,
    ):
        assert_close(got, expected)


def test_arguments_are_not_changed(rng):
    layers = drawn_pair(rng, (3, 4, 5, 2, 6, 7, 1))
    x, params, dout = TORCH.draw(((2, 3, 6, 8), (4, 2, 5), (5, 3, 1)))
    for each in (*layers, dout, *flat(x, params)):
        each.setflags(write=False)  # a write raises
    before = list(params)
    merged = merge_convs(*layers)
    out, cache = conv_stack_forward(x, params)
    first, second = (flat(*conv_stack_backward(dout, cache)) for _ in range(2))
    assert len(params) == len(before)
    for one, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, again)
    for result in (*merged, out, *first):
        assert not any(np.shares_memory(result, each) for each in (*layers, dout, *flat(x, params)))


@pytest.mark.parametrize(
    ("shapes", "mentions"),
    [
        (((11, 2, 3, 4), (11,), (13, 17, 5, 1), (13,)), ("C_in=17", "11 channels")),
        (((11, 2, 3, 4), (19,), (13, 11, 5, 1), (13,)), ("(11,)", "(19,)")),
        (((11, 2, 3, 4), (11,), (13, 11, 5, 1), (1,)), ("(13,)", "(1,)")),
        (((11, 2, 3, 4), (11, 1), (13, 11, 5, 1), (13,)), ("(11,)", "(11, 1)")),
        (((2, 3, 4), (2,), (13, 2, 5, 1), (13,)), ("(C_mid, C_in, kH1, kW1)", "(2, 3, 4)")),
        (((11, 2, 3, 4), (11,), (13, 11, 5), (13,)), ("(C_out, C_mid, kH2, kW2)", "(13, 11, 5)")),
    ],
)
def test_merge_convs_says_what_it_expected_and_what_came(shapes, mentions):
    with pytest.raises(ValueError, match=r"expected|has") as caught:
        merge_convs(*(np.zeros(shape) for shape in shapes))
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize(
    ("layers", "mentions"),
    [
        ([], ("at least 1", "0")),
        ([(11, 3, 2, 4), (5, 17, 3, 1)], ("C_in=17", "11 channels")),
        ([(11, 3, 2, 4), (5, 11, 14, 1)], ("13 x 16", "kH=14")),
        ([(11, 7, 2, 4)], ("C_in=7", "3 channels")),
    ],
)
def test_conv_stack_forward_says_what_it_expected_and_what_came(layers, mentions):
    params = [(np.zeros(shape), np.zeros(shape[0])) for shape in layers]
    with pytest.raises(ValueError, match=r"expected|has") as caught:
        conv_stack_forward(np.zeros((2, 3, 14, 19)), params)
    assert all(part in str(caught.value) for part in mentions)


def test_examples_in_the_docstrings_run():
    failed, _ = doctest.testmod(stacking)
    assert failed == 0
