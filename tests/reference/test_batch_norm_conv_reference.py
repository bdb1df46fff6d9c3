import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats

from solutions import batch_norm, batch_norm_conv, batch_norm_inference
from solutions.batch_norm_conv import batch_norm2d_backward, batch_norm2d_forward

_SCRIPT = Path(__file__).with_name("make_torch_answers_batch_norm_conv.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_SCRIPT)))
SHAPES = ((2, 1, 1, 1), (1, 2, 1, 3), (1, 1, 2, 2), (3, 2, 1, 4), (2, 3, 4, 5), (4, 5, 3, 2))
MODES = pytest.mark.parametrize("training", [True, False], ids=["training", "test"])
EVERY_SHAPE = pytest.mark.parametrize("shape", SHAPES, ids=str)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def drawn(rng, shape, dtype=np.float64):
    """Draw the five arrays and dout; channels of different scale and place."""
    C = shape[1]
    x = rng.standard_normal(shape) * np.linspace(1.0, 5.0, C).reshape(C, 1, 1)
    x += rng.uniform(-9.0, 9.0, (C, 1, 1))
    parameters = rng.uniform(1.5, 3.0, C), rng.standard_normal(C)
    running = rng.uniform(-9.0, 9.0, C), rng.uniform(0.5, 20.0, C)
    arrays = (x, *parameters, *running, rng.standard_normal(shape))
    return [each.astype(dtype) for each in arrays]


def rows(x):
    """Bring the channels last, and put one place of one image into each row."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


# Against PyTorch ------------------------------------------------------------------------------


def assert_agrees_with_torch(case, training, answers):
    shape, momentum, eps = case
    *arguments, dout = TORCH.draw(case)
    out, cache, mean, var = batch_norm2d_forward(
        *arguments, training=training, momentum=momentum, eps=eps
    )
    if training:
        # PyTorch remembers the variance that is divided by M - 1, the book the one by M.
        M = shape[0] * shape[2] * shape[3]
        kept = (1 - momentum) * arguments[4]
        answers[2] = kept + (answers[2] - kept) * (M - 1) / M
    for mine, answer in zip(
        (out, mean, var, *batch_norm2d_backward(dout, cache)), answers, strict=True
    ):
        assert_close(mine, answer, tolerance=1e-11)


@MODES
@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_forward_and_backward(case, training):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        answers = [stored[TORCH.key(case, training, name)] for name in TORCH.NAMES]
    assert_agrees_with_torch(case, training, answers)


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 100_000
    keys = {
        TORCH.key(case, training, name)
        for case in TORCH.CASES
        for training in TORCH.MODES
        for name in TORCH.NAMES
    }
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        assert set(stored) == keys | {"torch_version"}


@MODES
@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_forward_and_backward(case, training):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, training, TORCH.ask_torch(case, training))


# Against SciPy and the fully connected layers -------------------------------------------------


@pytest.mark.parametrize("eps", [0.0, 0.3, 7.0])
def test_scipy_oracle_agrees_on_statistics_over_batch_and_space(rng, eps):
    x, gamma, beta, running_mean, running_var, _ = drawn(rng, (3, 4, 2, 5))
    out, _, mean, var = batch_norm2d_forward(
        x, gamma, beta, running_mean, running_var, training=True, momentum=1.0, eps=eps
    )
    for c in range(4):
        moments = scipy.stats.describe(x[:, c], axis=None, ddof=0)
        assert mean[c] == pytest.approx(moments.mean, rel=1e-13)
        assert var[c] == pytest.approx(moments.variance, rel=1e-13)
        expected = (x[:, c] - moments.mean) / np.sqrt(moments.variance + eps)
        assert_close(out[:, c], gamma[c] * expected + beta[c])


@MODES
@EVERY_SHAPE
def test_fully_connected_oracle_agrees_on_rows_of_channels(rng, shape, training):
    *arguments, dout = drawn(rng, shape)
    out, cache, *running = batch_norm2d_forward(*arguments, training=training, eps=0.1)
    row_out, row_cache, *row_running = batch_norm_inference.batch_norm_forward(
        rows(arguments[0]), *arguments[1:], training=training, eps=0.1
    )
    assert_close(rows(out), row_out)
    for mine, other in zip(running, row_running, strict=True):
        assert_close(mine, other)
    dx, *others = batch_norm2d_backward(dout, cache)
    row_dx, *row_others = batch_norm_inference.batch_norm_backward(rows(dout), row_cache)
    assert_close(rows(dx), row_dx)
    for mine, other in zip(others, row_others, strict=True):
        assert_close(mine, other)


def test_maps_of_one_place_oracle_are_columns(rng):
    *arguments, dout = drawn(rng, (7, 4, 1, 1))
    out, cache, _, _ = batch_norm2d_forward(*arguments, training=True)
    column_out, column_cache = batch_norm.batch_norm_forward(
        arguments[0][:, :, 0, 0], *arguments[1:3]
    )
    assert_close(out[:, :, 0, 0], column_out)
    dx, _, _ = batch_norm2d_backward(dout, cache)
    column_dx, _, _ = batch_norm.batch_norm_backward(dout[:, :, 0, 0], column_cache)
    assert_close(dx[:, :, 0, 0], column_dx)


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


@MODES
@pytest.mark.parametrize("position", range(3), ids=["dx", "dgamma", "dbeta"])
@EVERY_SHAPE
def test_central_differences_oracle_agrees_on_every_gradient(rng, shape, position, training):
    *arguments, dout = drawn(rng, shape)

    def forward():
        return batch_norm2d_forward(*arguments, training=training, eps=0.1)

    gradient = batch_norm2d_backward(dout, forward()[1])[position]
    # The layer is linear in gamma and beta, at test time in x too: a step of 1 has no truncation.
    curved = position == 0 and training
    step, tolerance = (1e-5, 1e-8) if curved else (1.0, 1e-11)
    expected = differenced(lambda: forward()[0], arguments[position], dout, step)
    assert_close(gradient, expected, tolerance)


# Laws -----------------------------------------------------------------------------------------


@MODES
def test_channels_are_independent(rng, training):
    *arguments, _ = drawn(rng, (3, 4, 2, 5))
    out, *_ = batch_norm2d_forward(*arguments, training=training)
    x, *vectors = arguments
    for c in range(4):
        alone, *_ = batch_norm2d_forward(
            x[:, c : c + 1], *(each[c : c + 1] for each in vectors), training=training
        )
        assert_close(out[:, c : c + 1], alone)


def test_shuffled_places_and_samples_come_out_shuffled(rng):
    x, *vectors, _ = drawn(rng, (3, 2, 4, 5))
    out, _, mean, var = batch_norm2d_forward(x, *vectors, training=True)
    samples, order = rng.permutation(3), rng.permutation(20)

    def shuffle(images):
        return images[samples].reshape(3, 2, 20)[:, :, order].reshape(3, 2, 4, 5)

    shuffled, _, other_mean, other_var = batch_norm2d_forward(shuffle(x), *vectors, training=True)
    assert_close(shuffled, shuffle(out))
    assert_close(other_mean, mean)
    assert_close(other_var, var)


@EVERY_SHAPE
def test_dx_adds_up_to_zero_in_every_channel_in_training(rng, shape):
    *arguments, dout = drawn(rng, shape)
    _, cache, _, _ = batch_norm2d_forward(*arguments, training=True)
    dx, _, _ = batch_norm2d_backward(dout, cache)
    assert np.abs(dx.sum(axis=(0, 2, 3))).max() < 1e-11 * max(1.0, np.abs(dx).max())


def test_a_bias_before_the_layer_changes_nothing(rng):
    x, *vectors, _ = drawn(rng, (3, 4, 2, 5))
    out, *_ = batch_norm2d_forward(x, *vectors, training=True)
    moved, *_ = batch_norm2d_forward(x + rng.uniform(-99, 99, (4, 1, 1)), *vectors, training=True)
    assert_close(moved, out, tolerance=1e-11)


def test_running_averages_come_near_the_statistics_of_what_is_seen(rng):
    x, gamma, beta, mean, var, _ = drawn(rng, (4, 3, 5, 6))
    for _ in range(300):
        _, _, mean, var = batch_norm2d_forward(x, gamma, beta, mean, var, training=True)
    assert_close(mean, x.mean(axis=(0, 2, 3)), tolerance=1e-11)
    assert_close(var, x.var(axis=(0, 2, 3)), tolerance=1e-11)
    trained, *_ = batch_norm2d_forward(x, gamma, beta, mean, var, training=True)
    tested, *_ = batch_norm2d_forward(x, gamma, beta, mean, var, training=False)
    assert_close(tested, trained, tolerance=1e-10)


def test_images_do_not_see_each_other_at_test_time(rng):
    x, *vectors, _ = drawn(rng, (4, 3, 2, 5))
    out, *_ = batch_norm2d_forward(x, *vectors, training=False)
    for n in range(4):
        alone, *_ = batch_norm2d_forward(x[n : n + 1], *vectors, training=False)
        np.testing.assert_array_equal(alone[0], out[n])


def test_one_value_a_channel_is_fine_at_test_time(rng):
    *arguments, dout = drawn(rng, (1, 3, 1, 1))
    out, cache, _, _ = batch_norm2d_forward(*arguments, training=False, eps=0.0)
    x, gamma, beta, mean, var = arguments
    assert_close(out.ravel(), gamma * (x.ravel() - mean) / np.sqrt(var) + beta)
    dx, _, _ = batch_norm2d_backward(dout, cache)
    assert_close(dx.ravel(), gamma * dout.ravel() / np.sqrt(var))


# Types, arguments, errors ----------------------------------------------------------------------


@MODES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, dtype, training):
    *arguments, dout = drawn(rng, (3, 4, 2, 5), dtype)
    out, cache, *running = batch_norm2d_forward(*arguments, training=training)
    for result in (out, *running, *batch_norm2d_backward(dout, cache)):
        assert result.dtype == dtype


@MODES
def test_float32_is_as_exact_as_float32_can_be(rng, training):
    narrow = drawn(rng, (6, 3, 8, 7), np.float32)
    wide = [each.astype(np.float64) for each in narrow]

    def results(*arguments, dout):
        out, cache, *running = batch_norm2d_forward(*arguments, training=training)
        return out, *running, *batch_norm2d_backward(dout, cache)

    pairs = zip(results(*narrow[:5], dout=narrow[5]), results(*wide[:5], dout=wide[5]), strict=True)
    for got, expected in pairs:
        assert np.abs(got - expected).max() <= 2e-5 * np.abs(expected).max()


@MODES
def test_integers_give_fractions(rng, training):
    _, *vectors, _ = drawn(rng, (3, 4, 2, 5))
    x = rng.integers(-9, 10, (3, 4, 2, 5))
    whole, *_ = batch_norm2d_forward(x, *vectors, training=training)
    fractions, *_ = batch_norm2d_forward(x * 1.0, *vectors, training=training)
    assert_close(whole, fractions)


@MODES
def test_arguments_are_not_changed(rng, training):
    arguments = drawn(rng, (3, 4, 2, 5))
    for each in arguments:
        each.setflags(write=False)  # a write raises
    *forward, dout = arguments
    out, cache, *running = batch_norm2d_forward(*forward, training=training)
    results = [out, *batch_norm2d_backward(dout, cache), *(running if training else ())]
    for result in results:
        assert not any(np.shares_memory(result, each) for each in arguments)


def test_test_mode_gives_the_running_averages_back(rng):
    *arguments, _ = drawn(rng, (3, 4, 2, 5))
    _, _, mean, var = batch_norm2d_forward(*arguments, training=False, momentum=0.7)
    np.testing.assert_array_equal(mean, arguments[3])
    np.testing.assert_array_equal(var, arguments[4])


@MODES
def test_backward_passes_give_the_same_when_called_again(rng, training):
    *arguments, dout = drawn(rng, (3, 4, 2, 5))
    _, cache, _, _ = batch_norm2d_forward(*arguments, training=training)
    for first, second in zip(
        batch_norm2d_backward(dout, cache), batch_norm2d_backward(dout, cache), strict=True
    ):
        np.testing.assert_array_equal(first, second)


@MODES
@pytest.mark.parametrize(
    "shape", [(), (13,), (13, 4), (4, 3, 17), (1, 2, 3, 4, 5), (0, 3, 4, 5), (2, 3, 0, 5)], ids=str
)
def test_what_is_no_batch_of_maps_is_refused_with_its_shape(shape, training):
    one = np.ones(3)
    with pytest.raises(ValueError, match=r"expected x \(N, C, H, W\) .* got") as caught:
        batch_norm2d_forward(np.zeros(shape), one, one, one, one, training=training)
    assert str(shape) in str(caught.value)


def test_one_value_a_channel_is_refused_in_training():
    one = np.ones(13)
    with pytest.raises(ValueError, match=r"expected more than 1 .* got .*\(1, 13, 1, 1\)"):
        batch_norm2d_forward(np.zeros((1, 13, 1, 1)), one, one, one, one, training=True)
    for shape in ((2, 13, 1, 1), (1, 13, 2, 1), (1, 13, 1, 2)):
        batch_norm2d_forward(np.zeros(shape), one, one, one, one, training=True)


@MODES
@pytest.mark.parametrize("position", range(4), ids=["gamma", "beta", "mean", "var"])
@pytest.mark.parametrize("shape", [(1,), (5,), (), (13, 1, 1), (1, 13, 1, 1)], ids=str)
def test_vectors_that_do_not_fit_are_refused_with_their_shapes(position, shape, training):
    vectors = [np.ones(13) for _ in range(4)]
    vectors[position] = np.ones(shape)
    with pytest.raises(ValueError, match=r"expected .* \(13,\).* got") as caught:
        batch_norm2d_forward(np.zeros((3, 13, 2, 5)), *vectors, training=training)
    assert str(shape) in str(caught.value)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(batch_norm_conv)
    assert tried > 0
    assert failed == 0
