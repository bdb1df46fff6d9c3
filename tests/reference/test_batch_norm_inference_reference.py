import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal
import scipy.stats

from solutions import batch_norm_inference
from solutions.batch_norm_inference import (
    batch_norm_backward,
    batch_norm_forward,
    fuse_conv_batch_norm,
    fuse_linear_batch_norm,
)
from solutions.gradients import linear_forward
from solutions.padding import conv2d_forward

_SCRIPT = Path(__file__).with_name("make_torch_answers_batch_norm_inference.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_SCRIPT)))
SHAPES = ((1, 1), (1, 4), (2, 1), (2, 5), (7, 4), (6, 9))
MODES = (True, False)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def drawn(rng, shape, dtype=np.float64):
    """Draw x, gamma, beta, running_mean, running_var; the batch is unlike the running averages."""
    D = shape[1]
    x = rng.standard_normal(shape) * np.linspace(1.0, 5.0, D) + rng.uniform(-9.0, 9.0, D)
    arrays = (
        x,
        rng.uniform(1.5, 3.0, D),
        rng.standard_normal(D),
        rng.uniform(-4.0, 4.0, D),
        rng.uniform(0.5, 40.0, D),
    )
    return [each.astype(dtype) for each in arrays]


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


# Against SciPy --------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 1), (3, 5), (7, 4), (40, 11)], ids=str)
def test_scipy_oracle_agrees_in_training(rng, shape):
    x, gamma, beta, mean, var = drawn(rng, shape)
    out, _, new_mean, new_var = batch_norm_forward(
        x, gamma, beta, mean, var, training=True, momentum=0.3, eps=0.0
    )
    moments = [scipy.stats.describe(column, ddof=0) for column in x.T]
    assert_close(out, gamma * scipy.stats.zscore(x, axis=0, ddof=0) + beta)
    assert_close(new_mean, 0.7 * mean + 0.3 * np.array([each.mean for each in moments]))
    assert_close(new_var, 0.7 * var + 0.3 * np.array([each.variance for each in moments]))


def test_scipy_oracle_agrees_on_the_running_average_as_a_filter(rng):
    # A running average is a recursive filter: y[t] = (1 - m) y[t - 1] + m x[t].
    batches = rng.standard_normal((12, 5, 3)) * 4.0 + 2.0
    mean, var = np.zeros(3), np.ones(3)
    for batch in batches:
        _, _, mean, var = batch_norm_forward(
            batch, np.ones(3), np.zeros(3), mean, var, training=True, momentum=0.2
        )
    for got, series, start in (
        (mean, batches.mean(axis=1), np.zeros(3)),
        (var, batches.var(axis=1), np.ones(3)),
    ):
        state = 0.8 * start[np.newaxis]
        filtered, _ = scipy.signal.lfilter([0.2], [1.0, -0.8], series, axis=0, zi=state)
        assert_close(got, filtered[-1])


# Against PyTorch ------------------------------------------------------------------------------


def assert_layer_agrees_with_torch(case, answers):
    *arguments, dout = TORCH.draw_layer(case)
    _, _, training, momentum, eps = case
    out, cache, mean, var = batch_norm_forward(
        *arguments, training=training, momentum=momentum, eps=eps
    )
    *same, answered_var = answers
    answered = [*same, TORCH.population(case, arguments[4], answered_var)]
    got = (out, *batch_norm_backward(dout, cache), mean, var)
    for mine, answer in zip(got, answered, strict=True):
        assert_close(mine, answer, tolerance=1e-11)


def assert_fusion_agrees_with_torch(case, draw, fuse, layer, answers):
    x, *arguments = draw(case)
    weight, bias = fuse(*arguments, eps=case[-1])
    for mine, answer in zip((weight, bias, layer(x, weight, bias)), answers, strict=True):
        assert_close(mine, answer, tolerance=1e-11)


def run_conv(case):
    return lambda x, weight, bias: conv2d_forward(x, weight, bias, padding=case[5])[0]


def run_linear(case):
    return lambda x, weight, bias: linear_forward(x, weight, bias)[0]


FUSIONS = {
    "linear": (TORCH.draw_linear, fuse_linear_batch_norm, run_linear, TORCH.ask_linear),
    "conv": (TORCH.draw_conv, fuse_conv_batch_norm, run_conv, TORCH.ask_conv),
}
FUSED = [("linear", case) for case in TORCH.LINEAR_CASES]
FUSED += [("conv", case) for case in TORCH.CONV_CASES]


def stored(kind, case, names):
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        return [answers[f"{kind} {TORCH.key(case, name)}"] for name in names]


@pytest.mark.parametrize("case", TORCH.LAYER_CASES, ids=str)
def test_stored_torch_oracle_agrees_in_both_modes(case):
    assert_layer_agrees_with_torch(case, stored("layer", case, TORCH.LAYER_NAMES))


@pytest.mark.parametrize(("kind", "case"), FUSED, ids=str)
def test_stored_torch_oracle_agrees_on_fusion(kind, case):
    draw, fuse, layer, _ = FUSIONS[kind]
    answers = stored(kind, case, TORCH.FUSED_NAMES)
    assert_fusion_agrees_with_torch(case, draw, fuse, layer(case), answers)


def test_stored_torch_oracle_keeps_an_unbiased_running_variance():
    # What the page tells of PyTorch: its running variance divides by N - 1, and ours by N.
    case = next(case for case in TORCH.LAYER_CASES if case[2] and case[3] == 1.0)
    x, *_ = TORCH.draw_layer(case)
    assert_close(stored("layer", case, ("running_var",))[0], x.var(axis=0, ddof=1))


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 100_000
    with np.load(TORCH.STORED, allow_pickle=False) as answers:
        expected = {
            f"{kind} {TORCH.key(case, name)}"
            for kind, cases, _, _, names in TORCH.ASKED
            for case in cases
            for name in names
        }
        assert set(answers) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.LAYER_CASES, ids=str)
def test_live_torch_oracle_agrees_in_both_modes(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_layer_agrees_with_torch(case, TORCH.ask_layer(case, *TORCH.draw_layer(case)))


@pytest.mark.parametrize(("kind", "case"), FUSED, ids=str)
def test_live_torch_oracle_agrees_on_fusion(kind, case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    draw, fuse, layer, ask = FUSIONS[kind]
    assert_fusion_agrees_with_torch(case, draw, fuse, layer(case), ask(case, *draw(case)))


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


@pytest.mark.parametrize("position", range(3), ids=["dx", "dgamma", "dbeta"])
@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_central_differences_oracle_agrees_on_every_gradient(rng, shape, training, position):
    arguments = drawn(rng, shape)
    dout = rng.standard_normal(shape)

    def run():
        return batch_norm_forward(*arguments, training=training, eps=0.1)

    gradient = batch_norm_backward(dout, run()[1])[position]
    # Only in training, and only in x, the layer is not affine: elsewhere a step of 1 is exact.
    bent = training and position == 0
    step, tolerance = (1e-5, 1e-8) if bent else (1.0, 1e-11)
    expected = differenced(lambda: run()[0], arguments[position], dout, step)
    assert_close(gradient, expected, tolerance)


# Laws -----------------------------------------------------------------------------------------


def test_fused_oracle_equals_unfused_for_a_linear_layer(rng):
    x, weight, bias = rng.standard_normal((9, 4)), rng.standard_normal((4, 6)), rng.random(6)
    _, *norm = drawn(rng, (1, 6))
    for each in (bias, None):
        between, _ = linear_forward(x, weight, np.zeros(6) if each is None else each)
        expected, *_ = batch_norm_forward(between, *norm, training=False)
        fused = fuse_linear_batch_norm(weight, each, *norm)
        assert_close(linear_forward(x, *fused)[0], expected, tolerance=1e-12)


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_fused_oracle_equals_unfused_for_a_convolution(rng, padding):
    x, weight = rng.standard_normal((2, 3, 6, 5)), rng.standard_normal((4, 3, 3, 2))
    bias = rng.random(4)
    _, *norm = drawn(rng, (1, 4))
    for each in (bias, None):
        maps, _ = conv2d_forward(x, weight, np.zeros(4) if each is None else each, padding=padding)
        N, C, H, W = maps.shape
        rows = maps.transpose(0, 2, 3, 1).reshape(N * H * W, C)
        expected, *_ = batch_norm_forward(rows, *norm, training=False)
        expected = expected.reshape(N, H, W, C).transpose(0, 3, 1, 2)
        fused = fuse_conv_batch_norm(weight, each, *norm)
        assert_close(conv2d_forward(x, *fused, padding=padding)[0], expected, tolerance=1e-12)


def test_fusing_a_linear_layer_is_fusing_a_convolution_of_1_by_1(rng):
    weight, bias = rng.standard_normal((3, 5)), rng.random(5)
    _, *norm = drawn(rng, (1, 5))
    fused, shift = fuse_linear_batch_norm(weight, bias, *norm)
    filters, conv_shift = fuse_conv_batch_norm(weight.T[:, :, None, None], bias, *norm)
    assert_close(filters[:, :, 0, 0].T, fused)
    assert_close(conv_shift, shift)


def test_at_test_time_the_layer_is_affine_in_x(rng):
    x, *norm = drawn(rng, (7, 4))
    z = rng.standard_normal(x.shape)

    def layer(x):
        return batch_norm_forward(x, *norm, training=False)[0]

    assert_close(layer(0.3 * x + 0.7 * z), 0.3 * layer(x) + 0.7 * layer(z))


def test_at_test_time_a_sample_does_not_depend_on_the_others(rng):
    x, *norm = drawn(rng, (7, 4))
    out, *_ = batch_norm_forward(x, *norm, training=False)
    for i in range(len(x)):
        alone, *_ = batch_norm_forward(x[i : i + 1], *norm, training=False)
        assert_close(alone[0], out[i])


def test_at_test_time_the_batch_statistics_as_running_averages_give_the_training_output(rng):
    x, gamma, beta, *_ = drawn(rng, (6, 3))
    trained, *_ = batch_norm_forward(x, gamma, beta, beta, gamma, training=True)
    out, *_ = batch_norm_forward(x, gamma, beta, x.mean(axis=0), x.var(axis=0), training=False)
    assert_close(out, trained)


def test_momentum_1_keeps_the_batch_and_momentum_0_what_was_there(rng):
    x, gamma, beta, mean, var = drawn(rng, (6, 3))
    for momentum, expected in ((1.0, (x.mean(axis=0), x.var(axis=0))), (0.0, (mean, var))):
        *_, new_mean, new_var = batch_norm_forward(
            x, gamma, beta, mean, var, training=True, momentum=momentum
        )
        assert_close(new_mean, expected[0])
        assert_close(new_var, expected[1])


@pytest.mark.parametrize("momentum", [0.1, 0.5])
def test_on_the_same_batch_the_distance_shrinks_by_the_same_factor_each_step(rng, momentum):
    x, gamma, beta, mean, var = drawn(rng, (6, 3))
    first_mean, first_var = mean, var
    for step in range(1, 41):
        *_, mean, var = batch_norm_forward(
            x, gamma, beta, mean, var, training=True, momentum=momentum
        )
        left = (1 - momentum) ** step
        assert_close(mean, x.mean(axis=0) + left * (first_mean - x.mean(axis=0)))
        assert_close(var, x.var(axis=0) + left * (first_var - x.var(axis=0)))
    assert np.abs(mean - x.mean(axis=0)).max() < 0.02 * np.abs(first_mean - x.mean(axis=0)).max()


def test_one_sample_alone_gives_beta_in_training(rng):
    x, gamma, beta, mean, var = drawn(rng, (1, 4))
    out, _, new_mean, new_var = batch_norm_forward(x, gamma, beta, mean, var, training=True)
    np.testing.assert_array_equal(out[0], beta)
    assert_close(new_mean, 0.9 * mean + 0.1 * x[0])
    assert_close(new_var, 0.9 * var)


# Types, arguments, errors ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, training, dtype):
    arguments = drawn(rng, (6, 4), dtype)
    out, cache, mean, var = batch_norm_forward(*arguments, training=training)
    gradients = batch_norm_backward(rng.standard_normal((6, 4)).astype(dtype), cache)
    _, *norm = arguments
    bias = rng.random(4).astype(dtype)
    linear, conv = np.ones((3, 4), dtype=dtype), np.ones((4, 2, 3, 1), dtype=dtype)
    fused = []
    for each in (bias, None):
        fused += fuse_linear_batch_norm(linear, each, *norm)
        fused += fuse_conv_batch_norm(conv, each, *norm)
    for result in (out, mean, var, *gradients, *fused):
        assert result.dtype == dtype


@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
def test_float32_is_as_exact_as_float32_can_be(rng, training):
    narrow = drawn(rng, (40, 5), np.float32)
    dout = rng.standard_normal((40, 5)).astype(np.float32)
    wide = [each.astype(np.float64) for each in narrow]
    out, cache, *running = batch_norm_forward(*narrow, training=training)
    wide_out, wide_cache, *wide_running = batch_norm_forward(*wide, training=training)
    got = (out, *running, *batch_norm_backward(dout, cache))
    expected = (wide_out, *wide_running, *batch_norm_backward(dout.astype(float), wide_cache))
    for mine, right in zip(got, expected, strict=True):
        assert np.abs(mine - right).max() <= 1e-5 * np.abs(right).max()


@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
def test_batches_of_integers_are_normalized_to_fractions(rng, training):
    _, *norm = drawn(rng, (1, 4))
    x = rng.integers(-9, 10, (6, 4))
    whole = batch_norm_forward(x, *norm, training=training)
    floats = batch_norm_forward(x.astype(float), *norm, training=training)
    for mine, right in zip((whole[0], *whole[2:]), (floats[0], *floats[2:]), strict=True):
        assert_close(mine, right)


@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
def test_arguments_are_not_changed(rng, training):
    arguments = drawn(rng, (6, 4))
    dout = rng.standard_normal((6, 4))
    for each in (*arguments, dout):
        each.setflags(write=False)  # a write raises
    out, cache, mean, var = batch_norm_forward(*arguments, training=training)
    results = [out, *batch_norm_backward(dout, cache)]
    if training:
        results += [mean, var]
    for result in results:
        assert not any(np.shares_memory(result, each) for each in (*arguments, dout))


def test_fusion_changes_no_argument_and_shares_none(rng):
    _, *norm = drawn(rng, (1, 4))
    linear, conv, bias = rng.random((3, 4)), rng.random((4, 2, 3, 1)), rng.random(4)
    for each in (*norm, linear, conv, bias):
        each.setflags(write=False)
    for result in (
        *fuse_linear_batch_norm(linear, bias, *norm),
        *fuse_conv_batch_norm(conv, bias, *norm),
    ):
        assert not any(np.shares_memory(result, each) for each in (*norm, linear, conv, bias))


@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
def test_backward_passes_give_the_same_when_called_again(rng, training):
    arguments = drawn(rng, (6, 4))
    dout = rng.standard_normal((6, 4))
    cache = batch_norm_forward(*arguments, training=training)[1]
    for first, second in zip(
        batch_norm_backward(dout, cache), batch_norm_backward(dout, cache), strict=True
    ):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
@pytest.mark.parametrize("shape", [(), (13,), (3, 17, 2), (0, 19)], ids=str)
def test_what_is_no_batch_is_refused_with_its_shape(training, shape):
    D = shape[-1] if shape else 1
    with pytest.raises(ValueError, match=r"expected x \(N, D\) .* got") as caught:
        batch_norm_forward(np.zeros(shape), *np.ones((4, D)), training=training)
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("training", MODES, ids=["training", "test"])
@pytest.mark.parametrize("place", range(4), ids=["gamma", "beta", "running_mean", "running_var"])
@pytest.mark.parametrize("shape", [(1,), (17,), (), (4, 1), (1, 13)], ids=str)
def test_batch_norm_forward_says_what_it_expected_and_what_came(training, place, shape):
    arrays = [np.ones(13) for _ in range(4)]
    arrays[place] = np.ones(shape)
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        batch_norm_forward(np.zeros((4, 13)), *arrays, training=training)
    assert "(13,)" in str(caught.value)
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("place", range(5), ids=["bias", "gamma", "beta", "mean", "var"])
@pytest.mark.parametrize(
    ("fuse", "weight"),
    [(fuse_linear_batch_norm, (5, 13)), (fuse_conv_batch_norm, (13, 5, 3, 2))],
    ids=["linear", "conv"],
)
@pytest.mark.parametrize("shape", [(1,), (5,), (), (13, 1)], ids=str)
def test_fusion_says_what_it_expected_and_what_came(fuse, weight, place, shape):
    arrays = [np.ones(13) for _ in range(5)]
    arrays[place] = np.ones(shape)
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        fuse(np.zeros(weight), *arrays)
    assert "(13,)" in str(caught.value)
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("shape", [(), (13,), (13, 5, 3, 2), (2, 3, 4)], ids=str)
def test_a_linear_layer_of_other_axes_is_refused(shape):
    with pytest.raises(ValueError, match=r"expected weight \(D_in, D_out\), got") as caught:
        fuse_linear_batch_norm(np.zeros(shape), None, *np.ones((4, 13)))
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("shape", [(), (13,), (5, 13), (13, 4, 3)], ids=str)
def test_a_convolution_of_other_axes_is_refused(shape):
    with pytest.raises(ValueError, match=r"expected weight \(C_out, C_in, kH, kW\)") as caught:
        fuse_conv_batch_norm(np.zeros(shape), None, *np.ones((4, 13)))
    assert str(shape) in str(caught.value)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(batch_norm_inference)
    assert tried > 0
    assert failed == 0
