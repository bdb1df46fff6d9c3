import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats

from solutions import other_norms
from solutions.batch_norm import batch_norm_backward, batch_norm_forward
from solutions.other_norms import (
    group_norm2d_backward,
    group_norm2d_forward,
    instance_norm2d_backward,
    instance_norm2d_forward,
    layer_norm_backward,
    layer_norm_forward,
)

_SCRIPT = Path(__file__).with_name("make_torch_answers_other_norms.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_SCRIPT)))
LAYER_SHAPES = ((1, 1), (1, 4), (4, 1), (2, 5), (3, 2), (6, 7))
MAP_SHAPES = ((1, 1, 1, 1), (1, 2, 3, 4), (3, 4, 1, 1), (2, 6, 1, 5), (5, 4, 3, 1), (2, 6, 3, 4))


def divisors(number):
    return [each for each in range(1, number + 1) if number % each == 0]


# A norm, the shape of x, and the number of groups of a group norm.
LAYERS = [
    *(("layer", shape, None) for shape in LAYER_SHAPES),
    *(("instance", shape, None) for shape in MAP_SHAPES),
    *(("group", shape, groups) for shape in MAP_SHAPES for groups in divisors(shape[1])),
]


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def drawn(rng, shape, dtype=np.float64):
    """Draw x, gamma, beta and dout; samples and channels of different scale and place."""
    each = (*shape[:2], *[1] * (len(shape) - 2))
    x = rng.standard_normal(shape) * rng.uniform(1.0, 5.0, each) + rng.uniform(-9.0, 9.0, each)
    C = shape[1]
    arrays = x, rng.uniform(1.5, 3.0, C), rng.standard_normal(C), rng.standard_normal(shape)
    return [array.astype(dtype) for array in arrays]


def forward(norm, groups, x, gamma, beta, **eps):
    if norm == "group":
        return group_norm2d_forward(x, groups, gamma, beta, **eps)
    function = layer_norm_forward if norm == "layer" else instance_norm2d_forward
    return function(x, gamma, beta, **eps)


def backward(norm, dout, cache):
    return {
        "layer": layer_norm_backward,
        "instance": instance_norm2d_backward,
        "group": group_norm2d_backward,
    }[norm](dout, cache)


def as_sets(norm, groups, x):
    """Lay every set of numbers that share a mean and a variance into a row."""
    rows = {"layer": len(x), "instance": np.prod(x.shape[:2]), "group": len(x) * (groups or 0)}
    return x.reshape(rows[norm], -1)


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


# Against SciPy, NumPy's own loops, PyTorch ------------------------------------------------------


@pytest.mark.parametrize(("norm", "shape", "groups"), LAYERS, ids=str)
def test_scipy_oracle_agrees_on_the_normalized_numbers(rng, norm, shape, groups):
    x, gamma, beta, _ = drawn(rng, shape)
    out, _ = forward(norm, groups, x, np.ones_like(gamma), np.zeros_like(beta), eps=1e-300)
    sets = as_sets(norm, groups, x)
    if sets.shape[1] == 1:  # 0 / 0 to SciPy
        assert not out.any()
    else:
        assert_close(as_sets(norm, groups, out), scipy.stats.zscore(sets, axis=1, ddof=0))


@pytest.mark.parametrize("eps", [1e-5, 0.3, 7.0])
@pytest.mark.parametrize(("norm", "shape", "groups"), LAYERS, ids=str)
def test_plain_loops_oracle_agrees_on_the_output(rng, norm, shape, groups, eps):
    x, gamma, beta, _ = drawn(rng, shape)
    C = shape[1]
    channels_in_set = {"layer": C, "instance": 1, "group": C // (groups or 1)}[norm]
    expected = np.empty_like(x)
    for n in range(shape[0]):
        for c in range(C):
            first = c // channels_in_set * channels_in_set
            numbers = x[n, first : first + channels_in_set]
            root = np.sqrt(np.var(numbers) + eps)
            expected[n, c] = gamma[c] * (x[n, c] - np.mean(numbers)) / root + beta[c]
    assert_close(forward(norm, groups, x, gamma, beta, eps=eps)[0], expected)


def assert_agrees_with_torch(case, answers):
    norm, _, groups, eps = case
    *arguments, dout = TORCH.draw(case)
    out, cache = forward(norm, groups, *arguments, eps=eps)
    for mine, answer in zip((out, *backward(norm, dout, cache)), answers, strict=True):
        assert_close(mine, answer, tolerance=1e-11)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_forward_and_backward(case):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        answers = [stored[TORCH.key(case, name)] for name in TORCH.NAMES]
    assert_agrees_with_torch(case, answers)


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 100_000
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        expected = {TORCH.key(case, name) for case in TORCH.CASES for name in TORCH.NAMES}
        assert set(stored) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_forward_and_backward(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, TORCH.ask_torch(case))


# Against central differences ------------------------------------------------------------------


def differenced(f, argument, dout, step):
    gradient = np.empty_like(argument)
    for index in np.ndindex(argument.shape):
        middle = argument[index]
        argument[index] = middle + step
        ahead = np.sum(f() * dout)
        argument[index] = middle - step
        gradient[index] = (ahead - np.sum(f() * dout)) / (2 * step)
        argument[index] = middle
    return gradient


@pytest.mark.parametrize("position", range(3), ids=["dx", "dgamma", "dbeta"])
@pytest.mark.parametrize(("norm", "shape", "groups"), LAYERS, ids=str)
def test_central_differences_oracle_agrees_on_every_gradient(rng, norm, shape, groups, position):
    *arguments, dout = drawn(rng, shape)

    def out():
        return forward(norm, groups, *arguments, eps=0.3)[0]

    gradient = backward(norm, dout, forward(norm, groups, *arguments, eps=0.3)[1])[position]
    # The layer is linear in gamma and beta: there a step of 1 leaves no truncation error.
    step, tolerance = (1e-5, 1e-8) if position == 0 else (1.0, 1e-11)
    assert_close(gradient, differenced(out, arguments[position], dout, step), tolerance)


# Laws -----------------------------------------------------------------------------------------


def assert_same_layers(one, other, dout):
    """Compare the outputs and the gradients of two calls, each of (norm, groups, arguments)."""
    results = []
    for norm, groups, arguments in (one, other):
        out, cache = forward(norm, groups, *arguments)
        results.append((out, *backward(norm, dout.reshape(out.shape), cache)))
    (out, dx, dgamma, dbeta), (other_out, other_dx, other_dgamma, other_dbeta) = results
    assert_close(out.reshape(other_out.shape), other_out)
    assert_close(dx.reshape(other_dx.shape), other_dx)
    # A feature of a layer norm over C, H and W is one place of a channel.
    per_channel = (len(dgamma), -1)
    assert_close(dgamma, other_dgamma.reshape(per_channel).sum(axis=1))
    assert_close(dbeta, other_dbeta.reshape(per_channel).sum(axis=1))


@pytest.mark.parametrize("shape", MAP_SHAPES, ids=str)
def test_one_group_oracle_is_layer_norm_over_channels_and_places(rng, shape):
    x, gamma, beta, dout = drawn(rng, shape)
    places = shape[2] * shape[3]
    rows = x.reshape(len(x), -1), np.repeat(gamma, places), np.repeat(beta, places)
    assert_same_layers(("group", 1, (x, gamma, beta)), ("layer", None, rows), dout)


@pytest.mark.parametrize("shape", MAP_SHAPES, ids=str)
def test_a_group_for_every_channel_oracle_is_instance_norm(rng, shape):
    x, gamma, beta, dout = drawn(rng, shape)
    arguments = (x, gamma, beta)
    assert_same_layers(("group", shape[1], arguments), ("instance", None, arguments), dout)


def test_layer_norm_oracle_is_batch_norm_of_the_transposed_batch(rng):
    x, _, _, dout = drawn(rng, (5, 7))
    out, cache = layer_norm_forward(x, np.ones(7), np.zeros(7))
    turned, turned_cache = batch_norm_forward(x.T, np.ones(5), np.zeros(5))
    assert_close(out, turned.T)
    dx, _, _ = layer_norm_backward(dout, cache)
    assert_close(dx, batch_norm_backward(dout.T, turned_cache)[0].T)


@pytest.mark.parametrize(("norm", "shape", "groups"), LAYERS, ids=str)
def test_a_sample_does_not_depend_on_the_others(rng, norm, shape, groups):
    *arguments, dout = drawn(rng, shape)
    out, cache = forward(norm, groups, *arguments)
    dx, _, _ = backward(norm, dout, cache)
    for n in range(shape[0]):
        alone, alone_cache = forward(norm, groups, arguments[0][n : n + 1], *arguments[1:])
        assert_close(alone, out[n : n + 1])
        alone_dx, _, _ = backward(norm, dout[n : n + 1], alone_cache)
        assert_close(alone_dx, dx[n : n + 1])


@pytest.mark.parametrize(("norm", "shape", "groups"), LAYERS, ids=str)
def test_shift_and_scale_of_a_sample_do_not_change_the_output(rng, norm, shape, groups):
    x, gamma, beta, _ = drawn(rng, shape)
    each = (len(x), *[1] * (x.ndim - 1))
    scale, shift = rng.uniform(0.1, 40.0, each), rng.uniform(-3000.0, 3000.0, each)
    out, _ = forward(norm, groups, x, gamma, beta, eps=1e-14)
    moved, _ = forward(norm, groups, scale * x + shift, gamma, beta, eps=1e-14)
    if as_sets(norm, groups, x).shape[1] > 1:  # alone, a number differs from its mean by rounding
        assert_close(moved, out, tolerance=1e-9)


@pytest.mark.parametrize(("norm", "shape", "groups"), LAYERS, ids=str)
def test_dx_adds_up_to_zero_in_every_set(rng, norm, shape, groups):
    *arguments, dout = drawn(rng, shape)
    dx, _, _ = backward(norm, dout, forward(norm, groups, *arguments)[1])
    assert np.abs(as_sets(norm, groups, dx).sum(axis=1)).max() < 1e-12


def test_ones_as_dout_give_a_gradient_where_gamma_differs_within_a_set(rng):
    x, gamma, beta, dout = drawn(rng, (2, 6, 3, 4))
    ones = np.ones_like(dout)
    alone, _, _ = instance_norm2d_backward(ones, instance_norm2d_forward(x, gamma, beta)[1])
    shared, _, _ = group_norm2d_backward(ones, group_norm2d_forward(x, 2, gamma, beta)[1])
    assert np.abs(alone).max() < 1e-14
    assert np.abs(shared).max() > 1e-3


@pytest.mark.parametrize(("norm", "shape", "groups"), LAYERS, ids=str)
def test_equal_numbers_give_beta_and_no_gradient(rng, norm, shape, groups):
    _, gamma, beta, dout = drawn(rng, shape)
    out, cache = forward(norm, groups, np.full(shape, 4.0), gamma, beta)
    channel = (-1, *[1] * (len(shape) - 2))
    np.testing.assert_array_equal(out, np.broadcast_to(beta.reshape(channel), shape))
    dx, dgamma, _ = backward(norm, dout, cache)
    assert np.isfinite(dx).all()
    assert not dgamma.any()


# Types, arguments, errors ---------------------------------------------------------------------

ONE_OF_EACH = [
    ("layer", (6, 5), None),
    ("instance", (2, 4, 3, 5), None),
    ("group", (2, 6, 3, 4), 2),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("norm", "shape", "groups"), ONE_OF_EACH, ids=str)
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, norm, shape, groups, dtype):
    *arguments, dout = drawn(rng, shape, dtype)
    out, cache = forward(norm, groups, *arguments)
    assert {each.dtype for each in (out, *backward(norm, dout, cache))} == {np.dtype(dtype)}


@pytest.mark.parametrize(("norm", "shape", "groups"), ONE_OF_EACH, ids=str)
def test_float32_is_as_exact_as_float32_can_be(rng, norm, shape, groups):
    narrow = drawn(rng, shape, np.float32)
    results = []
    for arrays in (narrow, [each.astype(np.float64) for each in narrow]):
        out, cache = forward(norm, groups, *arrays[:3])
        results.append((out, *backward(norm, arrays[3], cache)))
    for got, expected in zip(*results, strict=True):
        assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize(("norm", "shape", "groups"), ONE_OF_EACH, ids=str)
def test_integers_are_normalized_to_fractions(rng, norm, shape, groups):
    x, gamma, beta = rng.integers(-9, 10, shape), np.arange(shape[1]), np.arange(shape[1]) - 2
    out, _ = forward(norm, groups, x, gamma, beta)
    assert_close(out, forward(norm, groups, x * 1.0, gamma * 1.0, beta * 1.0)[0])


@pytest.mark.parametrize(("norm", "shape", "groups"), ONE_OF_EACH, ids=str)
def test_arguments_are_not_changed(rng, norm, shape, groups):
    arrays = drawn(rng, shape)
    for each in arrays:
        each.setflags(write=False)  # a write raises
    out, cache = forward(norm, groups, *arrays[:3])
    for result in (out, *backward(norm, arrays[3], cache)):
        assert not any(np.shares_memory(result, each) for each in arrays)


@pytest.mark.parametrize(("norm", "shape", "groups"), ONE_OF_EACH, ids=str)
def test_views_that_are_not_contiguous_give_the_same(rng, norm, shape, groups):
    x, gamma, beta, dout = drawn(rng, shape)
    out, cache = forward(norm, groups, np.asfortranarray(x), gamma, beta)
    expected, expected_cache = forward(norm, groups, x, gamma, beta)
    assert_close(out, expected)
    got = backward(norm, np.asfortranarray(dout), cache)
    for mine, right in zip(got, backward(norm, dout, expected_cache), strict=True):
        assert_close(mine, right)


@pytest.mark.parametrize(("norm", "shape", "groups"), ONE_OF_EACH, ids=str)
def test_backward_passes_give_the_same_when_called_again(rng, norm, shape, groups):
    *arguments, dout = drawn(rng, shape)
    _, cache = forward(norm, groups, *arguments)
    first, second = backward(norm, dout, cache), backward(norm, dout, cache)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("norm", "shape", "groups"), ONE_OF_EACH, ids=str)
def test_a_batch_of_no_sample_gives_no_output_and_no_gradient(norm, shape, groups):
    x, channels = np.zeros((0, *shape[1:])), np.ones(shape[1])
    out, cache = forward(norm, groups, x, channels, channels)
    dx, dgamma, dbeta = backward(norm, out, cache)
    assert out.shape == dx.shape == x.shape
    assert not dgamma.any()
    assert not dbeta.any()


@pytest.mark.parametrize("norm", ["layer", "instance", "group"])
@pytest.mark.parametrize("shape", [(), (13,), (3, 17, 2), (3, 0), (5, 4, 0, 19), (5, 0, 4, 19)])
def test_what_is_no_batch_is_refused_with_its_shape(norm, shape):
    with pytest.raises(ValueError, match=r"expected x \(N, .* got") as caught:
        forward(norm, 1, np.zeros(shape), np.zeros(17), np.zeros(17))
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("wrong", [(), (1,), (4,), (17,), (13, 1), (1, 13)], ids=str)
@pytest.mark.parametrize("position", [0, 1], ids=["gamma", "beta"])
@pytest.mark.parametrize("norm", ["layer", "instance", "group"])
def test_parameters_that_do_not_fit_are_refused_with_their_shape(norm, position, wrong):
    x = np.zeros((4, 13) if norm == "layer" else (4, 13, 5, 2))
    parameters = [np.zeros(13), np.zeros(13)]
    parameters[position] = np.zeros(wrong)
    with pytest.raises(ValueError, match=r"expected gamma and beta .* got") as caught:
        forward(norm, 13, x, *parameters)
    assert "(13,)" in str(caught.value)
    assert str(wrong) in str(caught.value)


@pytest.mark.parametrize("num_groups", [0, -2, 5, 13, 24])
def test_groups_that_do_not_divide_the_channels_are_refused_with_both_numbers(num_groups):
    with pytest.raises(ValueError, match=r"expected num_groups .* got") as caught:
        group_norm2d_forward(np.zeros((3, 12, 4, 5)), num_groups, np.ones(12), np.ones(12))
    assert "12" in str(caught.value)
    assert str(num_groups) in str(caught.value)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(other_norms)
    assert tried > 0
    assert failed == 0
