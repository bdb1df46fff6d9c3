import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats

from solutions import batch_norm
from solutions.batch_norm import (
    batch_norm_backward,
    batch_norm_forward,
    identity_parameters,
    normalize_backward,
    normalize_forward,
)

_SCRIPT = Path(__file__).with_name("make_torch_answers_batch_norm.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_SCRIPT)))
SHAPES = ((1, 1), (1, 4), (2, 1), (2, 5), (3, 2), (7, 4), (6, 9))


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def drawn(rng, shape, dtype=np.float64):
    """Draw x, gamma, beta and dout; columns of different scale and place."""
    D = shape[1]
    x = rng.standard_normal(shape) * np.linspace(1.0, 5.0, D) + rng.uniform(-9.0, 9.0, D)
    arrays = x, rng.uniform(1.5, 3.0, D), rng.standard_normal(D), rng.standard_normal(shape)
    return [each.astype(dtype) for each in arrays]


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


# Against SciPy --------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 1), (3, 5), (7, 4), (40, 11)], ids=str)
def test_scipy_oracle_agrees_on_the_normalized_batch(rng, shape):
    x, *_ = drawn(rng, shape)
    assert_close(normalize_forward(x, eps=0.0)[0], scipy.stats.zscore(x, axis=0, ddof=0))


@pytest.mark.parametrize("eps", [1e-5, 0.3, 7.0])
def test_scipy_oracle_agrees_on_the_place_of_eps(rng, eps):
    x, gamma, beta, _ = drawn(rng, (6, 4))
    moments = [scipy.stats.describe(column, ddof=0) for column in x.T]
    mean = np.array([each.mean for each in moments])
    root = np.array([each.variance for each in moments]) + eps
    expected = gamma * (x - mean) / np.sqrt(root) + beta
    assert_close(batch_norm_forward(x, gamma, beta, eps=eps)[0], expected)


# Against PyTorch ------------------------------------------------------------------------------


def assert_agrees_with_torch(case, answers):
    x, gamma, beta, dout = TORCH.draw(case)
    out, cache = batch_norm_forward(x, gamma, beta, eps=case[2])
    got = (out, *batch_norm_backward(dout, cache))
    for mine, answer in zip(got, answers, strict=True):
        assert_close(mine, answer, tolerance=1e-11)


def assert_normalization_agrees_with_torch(case, ask):
    """Compare the normalization alone: with gamma 1 and beta 0 the layer is nothing else."""
    x, gamma, beta, dout = TORCH.draw(case)
    answer = ask(x, np.ones_like(gamma), np.zeros_like(beta), dout, case[2])
    x_hat, cache = normalize_forward(x, eps=case[2])
    assert_close(x_hat, answer[0], tolerance=1e-11)
    assert_close(normalize_backward(dout, cache), answer[1], tolerance=1e-11)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_forward_and_backward(case):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        answers = [stored[TORCH.key(case, name)] for name in TORCH.NAMES]
    assert_agrees_with_torch(case, answers)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_the_normalization(case):
    # Undo the scale and the shift in the stored answers; no gamma is 0.
    x, gamma, beta, dout = TORCH.draw(case)
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        out, dx = (stored[TORCH.key(case, name)] for name in ("out", "dx"))
    x_hat, cache = normalize_forward(x, eps=case[2])
    assert_close(gamma * x_hat, out - beta, tolerance=1e-11)
    assert_close(gamma * normalize_backward(dout, cache), dx, tolerance=1e-11)


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 100_000
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        expected = {TORCH.key(case, name) for case in TORCH.CASES for name in TORCH.NAMES}
        assert set(stored) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_forward_and_backward(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, TORCH.ask_torch(*TORCH.draw(case), case[2]))
    assert_normalization_agrees_with_torch(case, TORCH.ask_torch)


# Against central differences -------------------------------------------------------------------


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


@pytest.mark.parametrize("eps", [1e-2, 0.3, 4.0])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_central_differences_oracle_agrees_on_the_normalization(rng, shape, eps):
    x, _, _, dout = drawn(rng, shape)
    dx = normalize_backward(dout, normalize_forward(x, eps=eps)[1])
    expected = differenced(lambda: normalize_forward(x, eps=eps)[0], x, dout, 1e-5)
    assert_close(dx, expected, tolerance=1e-8)


@pytest.mark.parametrize("position", range(3), ids=["dx", "dgamma", "dbeta"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_central_differences_oracle_agrees_on_every_gradient(rng, shape, position):
    *arguments, dout = drawn(rng, shape)
    gradient = batch_norm_backward(dout, batch_norm_forward(*arguments, eps=0.1)[1])[position]
    # The layer is linear in gamma and beta: there a step of 1 leaves no truncation error.
    step, tolerance = (1e-5, 1e-8) if position == 0 else (1.0, 1e-11)
    expected = differenced(
        lambda: batch_norm_forward(*arguments, eps=0.1)[0], arguments[position], dout, step
    )
    assert_close(gradient, expected, tolerance)


# Laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("eps", [0.0, 1e-5, 0.3])
@pytest.mark.parametrize("shape", [(2, 3), (5, 4), (9, 2)], ids=str)
def test_identity_parameters_oracle_gives_the_batch_back(rng, shape, eps):
    x, *_ = drawn(rng, shape)
    out, _ = batch_norm_forward(x, *identity_parameters(x, eps=eps), eps=eps)
    assert_close(out, x)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_dx_adds_up_to_zero_in_every_column(rng, shape):
    x, gamma, beta, dout = drawn(rng, shape)
    dx, _, _ = batch_norm_backward(dout, batch_norm_forward(x, gamma, beta)[1])
    assert np.abs(dx.sum(axis=0)).max() < 1e-11 * max(1.0, np.abs(dx).max())


def test_shift_and_scale_of_a_column_do_not_change_the_output(rng):
    x, gamma, beta, _ = drawn(rng, (7, 4))
    out, _ = batch_norm_forward(x, gamma, beta, eps=1e-14)
    moved, _ = batch_norm_forward(40.0 * x - 3000.0, gamma, beta, eps=1e-14)
    assert_close(moved, out, tolerance=1e-11)


def test_ones_as_dout_give_no_gradient(rng):
    x, gamma, beta, dout = drawn(rng, (6, 3))
    dx, dgamma, _ = batch_norm_backward(np.ones_like(dout), batch_norm_forward(x, gamma, beta)[1])
    assert np.abs(dx).max() < 1e-14
    assert np.abs(dgamma).max() < 1e-13


def test_one_sample_alone_gives_beta_and_no_gradient(rng):
    x, gamma, beta, dout = drawn(rng, (1, 4))
    out, cache = batch_norm_forward(x, gamma, beta)
    dx, dgamma, dbeta = batch_norm_backward(dout, cache)
    np.testing.assert_array_equal(out[0], beta)
    assert not dx.any()
    assert not dgamma.any()
    np.testing.assert_array_equal(dbeta, dout[0])


def test_a_constant_column_gives_zeros(rng):
    x, *_ = drawn(rng, (5, 3))
    x[:, 1] = 4.0
    x_hat, cache = normalize_forward(x)
    assert not x_hat[:, 1].any()
    assert np.isfinite(normalize_backward(np.ones_like(x), cache)).all()


# Types, arguments, errors ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, dtype):
    x, gamma, beta, dout = drawn(rng, (6, 4), dtype)
    out, cache = batch_norm_forward(x, gamma, beta)
    x_hat, normal_cache = normalize_forward(x)
    results = [out, *batch_norm_backward(dout, cache), *identity_parameters(x)]
    for result in (*results, x_hat, normalize_backward(dout, normal_cache)):
        assert result.dtype == dtype


def test_float32_is_as_exact_as_float32_can_be(rng):
    arguments = drawn(rng, (40, 5), np.float32)
    *narrow, dout = arguments
    *wide, wide_dout = (each.astype(np.float64) for each in arguments)
    out, cache = batch_norm_forward(*narrow)
    wide_out, wide_cache = batch_norm_forward(*wide)
    pairs = zip(
        (out, *batch_norm_backward(dout, cache)),
        (wide_out, *batch_norm_backward(wide_dout, wide_cache)),
        strict=True,
    )
    for got, expected in pairs:
        assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()


def test_integers_are_normalized_to_fractions(rng):
    x = rng.integers(-9, 10, (6, 4))
    assert_close(normalize_forward(x)[0], normalize_forward(x.astype(float))[0])
    for mine, right in zip(identity_parameters(x), identity_parameters(x * 1.0), strict=True):
        assert_close(mine, right)


def test_arguments_are_not_changed(rng):
    arguments = drawn(rng, (6, 4))
    for each in arguments:
        each.setflags(write=False)  # a write raises
    x, gamma, beta, dout = arguments
    x_hat, normal_cache = normalize_forward(x)
    out, cache = batch_norm_forward(x, gamma, beta)
    results = [out, *batch_norm_backward(dout, cache), *identity_parameters(x)]
    for result in (*results, x_hat, normalize_backward(dout, normal_cache)):
        assert not any(np.shares_memory(result, each) for each in arguments)


def test_backward_passes_give_the_same_when_called_again(rng):
    x, gamma, beta, dout = drawn(rng, (6, 4))
    _, cache = batch_norm_forward(x, gamma, beta)
    for first, second in zip(
        batch_norm_backward(dout, cache), batch_norm_backward(dout, cache), strict=True
    ):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("function", [normalize_forward, identity_parameters])
@pytest.mark.parametrize("shape", [(), (13,), (3, 17, 2), (0, 19)], ids=str)
def test_what_is_no_batch_is_refused_with_its_shape(function, shape):
    with pytest.raises(ValueError, match=r"expected x \(N, D\) .* got") as caught:
        function(np.zeros(shape))
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize(
    ("x_shape", "gamma_shape", "beta_shape", "mentions"),
    [
        ((4, 13), (1,), (13,), ("(13,)", "(1,)")),
        ((4, 13), (13,), (1,), ("(13,)", "(1,)")),
        ((4, 13), (17,), (13,), ("(13,)", "(17,)")),
        ((4, 13), (13,), (), ("(13,)", "()")),
        ((4, 13), (4, 1), (13,), ("(13,)", "(4, 1)")),
        ((4, 13), (1, 13), (13,), ("(13,)", "(1, 13)")),
        ((13,), (13,), (13,), ("(N, D)", "(13,)")),
        ((4, 13, 2), (13,), (13,), ("(N, D)", "(4, 13, 2)")),
    ],
)
def test_batch_norm_forward_says_what_it_expected_and_what_came(
    x_shape, gamma_shape, beta_shape, mentions
):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        batch_norm_forward(np.zeros(x_shape), np.zeros(gamma_shape), np.zeros(beta_shape))
    assert all(part in str(caught.value) for part in mentions)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(batch_norm)
    assert tried > 0
    assert failed == 0
