import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

from solutions import pooling
from solutions.pooling import (
    avg_pool2d_backward,
    avg_pool2d_forward,
    global_avg_pool2d_backward,
    global_avg_pool2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)

TORCH = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("make_torch_answers_pooling.py")))
)
PASSES = {
    "max": (max_pool2d_forward, max_pool2d_backward),
    "avg": (avg_pool2d_forward, avg_pool2d_backward),
}
POOLS = sorted(PASSES)


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def spaced(rng, shape):
    """Draw numbers that are 0.1 apart at least, so that no small step changes a maximum."""
    return (rng.permutation(int(np.prod(shape))).reshape(shape) - np.prod(shape) // 2) * 0.1


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


# Against SciPy --------------------------------------------------------------------------------


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_scipy_oracle_agrees_on_max_pooling(rng, case):
    x = spaced(rng, case[:4]) - 1.0
    (kernel_size,), named = TORCH.arguments(case)
    stride, padding = named["stride"] or kernel_size, named["padding"]
    out, _ = max_pool2d_forward(x, kernel_size, **named)
    # A filter gives the maximum around each place; the first window's middle lies so far inside.
    largest = scipy.ndimage.maximum_filter(
        np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)], constant_values=-1e9),
        size=(1, 1, kernel_size, kernel_size),
        mode="constant",
        cval=-1e9,
    )
    first = kernel_size // 2
    picked = largest[:, :, first::stride, first::stride]
    assert_close(out, picked[:, :, : out.shape[2], : out.shape[3]], tolerance=0)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_scipy_oracle_agrees_on_average_pooling(rng, case):
    x = rng.standard_normal(case[:4])
    (kernel_size,), named = TORCH.arguments(case)
    stride, padding = named["stride"] or kernel_size, named["padding"]
    out, _ = avg_pool2d_forward(x, kernel_size, **named)
    weights = np.full((1, 1, kernel_size, kernel_size), 1 / kernel_size**2)
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    expected = scipy.signal.correlate(padded, weights, mode="valid", method="direct")
    assert_close(out, expected[:, :, ::stride, ::stride])


# Against PyTorch ------------------------------------------------------------------------------


def assert_agrees_with_torch(case, answers, *, ties):
    x, dout = TORCH.draw(case, ties=ties)
    size, named = TORCH.arguments(case)
    got = []
    for forward, backward in PASSES["max"], PASSES["avg"]:
        out, cache = forward(x, *size, **named)
        got += [out, backward(dout, cache)]
    out, cache = global_avg_pool2d_forward(x)
    got += [out, global_avg_pool2d_backward(dout[:, :, 0, 0], cache)]
    for mine, answer in zip(got, answers, strict=True):
        assert_close(mine, answer)


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_forward_and_backward(case, ties):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        answers = [stored[TORCH.key(case, name, ties=ties)] for name in TORCH.NAMES]
    assert_agrees_with_torch(case, answers, ties=ties)


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 200_000
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        expected = {
            TORCH.key(case, name, ties=ties)
            for case in TORCH.CASES
            for name in TORCH.NAMES
            for ties in (False, True)
        }
        assert set(stored) == expected | {"torch_version"}


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_forward_and_backward(case, ties):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, TORCH.ask_torch(case, ties=ties), ties=ties)


# Against central differences -------------------------------------------------------------------


def central_differences(loss, x, step):
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        middle = x[index]
        x[index] = middle + step
        ahead = loss()
        x[index] = middle - step
        gradient[index] = (ahead - loss()) / (2 * step)
        x[index] = middle
    return gradient


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
@pytest.mark.parametrize("pool", POOLS)
def test_central_differences_oracle_agrees_on_dx(rng, pool, case):
    forward, backward = PASSES[pool]
    size, named = TORCH.arguments(case)
    x = spaced(rng, case[:4])
    out, cache = forward(x, *size, **named)
    dout = rng.standard_normal(out.shape)
    # The average is linear: a step of 1 leaves no truncation error.
    step = 1.0 if pool == "avg" else 1e-5
    expected = central_differences(lambda: np.sum(forward(x, *size, **named)[0] * dout), x, step)
    assert_close(backward(dout, cache), expected, tolerance=1e-11 if pool == "avg" else 1e-8)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 4, 5), (3, 2, 1, 6)], ids=str)
def test_central_differences_oracle_agrees_on_dx_of_the_global_average(rng, shape):
    x, dout = rng.standard_normal(shape), rng.standard_normal(shape[:2])
    _, cache = global_avg_pool2d_forward(x)
    expected = central_differences(lambda: np.sum(global_avg_pool2d_forward(x)[0] * dout), x, 1.0)
    assert_close(global_avg_pool2d_backward(dout, cache), expected, tolerance=1e-12)


# Laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_max_pooling_hands_on_all_of_the_gradient_and_average_pooling_without_padding(rng, case):
    size, named = TORCH.arguments(case)
    for pool in POOLS:
        if pool == "avg":
            named = named | {"padding": 0}
        if size[0] > min(case[2:4]) + 2 * named["padding"]:
            continue
        out, cache = PASSES[pool][0](rng.standard_normal(case[:4]), *size, **named)
        dout = rng.standard_normal(out.shape)
        dx = PASSES[pool][1](dout, cache)
        assert_close(dx.sum(axis=(2, 3)), dout.sum(axis=(2, 3)), tolerance=1e-11)


def test_the_global_average_is_the_average_pool_with_one_window(rng):
    x = rng.standard_normal((3, 2, 5, 5))
    assert_close(global_avg_pool2d_forward(x)[0], avg_pool2d_forward(x, 5)[0][:, :, 0, 0])


def test_sizes_are_those_of_the_notes():
    assert max_pool2d_forward(np.zeros((1, 64, 224, 224), np.float32), 2)[0].shape == (
        1,
        64,
        112,
        112,
    )
    assert max_pool2d_forward(np.zeros((1, 2, 55, 55)), 3, stride=2)[0].shape == (1, 2, 27, 27)


# Ties, types, arguments, errors ----------------------------------------------------------------


def test_the_first_of_equal_numbers_gets_the_gradient_and_never_the_border():
    for lowest in (-np.inf, 0.0, 7.0):
        x = np.full((1, 1, 3, 3), lowest)
        out, cache = max_pool2d_forward(x, 3, stride=2, padding=1)
        assert (out == lowest).all()
        dx = max_pool2d_backward(np.array([[[[1.0, 20.0], [300.0, 4000.0]]]]), cache)
        assert dx.tolist() == [[[[1.0, 20.0, 0.0], [300.0, 4000.0, 0.0], [0.0, 0.0, 0.0]]]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_max_pooling_keeps_every_type(rng, dtype):
    x = rng.integers(0, 100, (2, 3, 6, 7)).astype(dtype)
    out, cache = max_pool2d_forward(x, 3, stride=2, padding=1)
    assert out.dtype == dtype
    expected, expected_cache = max_pool2d_forward(x.astype(float), 3, stride=2, padding=1)
    np.testing.assert_array_equal(out, expected)
    dout = rng.standard_normal(out.shape)
    gradient = max_pool2d_backward(dout, cache)
    assert_close(gradient, max_pool2d_backward(dout, expected_cache))
    assert max_pool2d_backward(dout.astype(np.float32), cache).dtype == np.float32


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [(np.uint8, np.float64), (np.int64, np.float64), (np.float32, np.float32)],
)
def test_averages_keep_float32_and_the_fractions_of_integers(rng, dtype, expected):
    x = rng.integers(0, 100, (2, 3, 6, 7)).astype(dtype)
    for forward, backward, arguments in (
        (avg_pool2d_forward, avg_pool2d_backward, (3,)),
        (global_avg_pool2d_forward, global_avg_pool2d_backward, ()),
    ):
        out, cache = forward(x, *arguments)
        assert out.dtype == expected
        assert np.abs(out - forward(x.astype(float), *arguments)[0]).max() < 1e-4
        assert backward(out, cache).dtype == expected


@pytest.mark.parametrize("pool", [*POOLS, "global"])
def test_arguments_are_not_changed_and_a_second_call_gives_the_same(rng, pool):
    forward, backward = PASSES.get(pool, (global_avg_pool2d_forward, global_avg_pool2d_backward))
    x = rng.standard_normal((2, 3, 6, 7))
    x.setflags(write=False)  # a write raises
    arguments = () if pool == "global" else (3,)
    named = {} if pool == "global" else {"stride": 2, "padding": 1}
    out, cache = forward(x, *arguments, **named)
    dout = rng.standard_normal(out.shape)
    dout.setflags(write=False)
    dx = backward(dout, cache)
    assert not any(np.shares_memory(result, each) for result in (out, dx) for each in (x, dout))
    np.testing.assert_array_equal(backward(dout, cache), dx)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(
    ("shape", "kernel_size", "named", "mentions"),
    [
        ((3, 5, 6), 2, {}, ("(N, C, H, W)", "(3, 5, 6)")),
        ((2, 3, 11, 13), 12, {}, ("at most 11", "kernel_size=12")),
        ((2, 3, 13, 11), 14, {"padding": 1}, ("at most 13", "kernel_size=14")),
        ((2, 3, 5, 6), 0, {}, ("at least 1", "kernel_size=0")),
        ((2, 3, 5, 6), 2, {"stride": 0}, ("at least 1", "stride=0")),
        ((2, 3, 5, 6), 2, {"stride": -2}, ("at least 1", "stride=-2")),
        ((2, 3, 5, 6), 2, {"padding": -1}, ("from 0 to 1", "padding=-1")),
        ((2, 3, 5, 6), 5, {"padding": 3}, ("from 0 to 2", "padding=3")),
    ],
)
def test_a_pool_says_what_it_expected_and_what_came(pool, shape, kernel_size, named, mentions):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        PASSES[pool][0](np.zeros(shape), kernel_size, **named)
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize("shape", [(3, 5, 6), (2, 3, 0, 4)])
def test_the_global_average_says_what_it_expected_and_what_came(shape):
    with pytest.raises(ValueError, match=r"expected x \(N, C, H, W\).* got") as caught:
        global_avg_pool2d_forward(np.zeros(shape))
    assert str(shape) in str(caught.value)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(pooling)
    assert tried > 0
    assert failed == 0
