"""The fast layers give what the graded ones give: results, gradients, types and errors."""

import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from solutions import batch_norm_conv, fast, pooling, stride

_HERE = Path(__file__).parent


def _torch(chapter):
    return SimpleNamespace(**runpy.run_path(str(_HERE / f"make_torch_answers_{chapter}.py")))


STRIDE, POOLING, NORM = (_torch(chapter) for chapter in ("stride", "pooling", "batch_norm_conv"))


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    if expected.size:
        assert np.abs(got - expected).max() <= tolerance * max(1, np.abs(expected).max())


def frozen(array):
    """Return a copy that raises an error when it is written to."""
    array = array.copy()
    array.flags.writeable = False
    return array


def assert_same_passes(fast_pass, graded_pass, arguments, named, draw, tolerance=1e-12):
    """Run both layers forward and backward on arguments that nobody can change."""
    arguments = [frozen(argument) for argument in arguments]
    (out, cache), (expected, graded_cache) = (
        forward(*arguments, **named) for forward, _ in (fast_pass, graded_pass)
    )
    assert_close(out, expected, tolerance)
    dout = frozen(draw(expected))
    results = [fast_pass[1](dout, cache), graded_pass[1](dout, graded_cache)]
    if isinstance(results[1], np.ndarray):
        results = [[each] for each in results]
    for got, wanted in zip(*results, strict=True):
        assert_close(got, wanted, tolerance)


# Convolution ------------------------------------------------------------------------------------

CONV = (fast.conv2d_forward, fast.conv2d_backward)
GRADED_CONV = (stride.conv2d_forward, stride.conv2d_backward)


def conv_arguments(rng, N, C_in, C_out, H, W, kH, kW, dtype=np.float64):
    shapes = ((N, C_in, H, W), (C_out, C_in, kH, kW), (C_out,))
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def assert_same_convolution(rng, case, dtype=np.float64, tolerance=1e-12):
    *sizes, S, P = case
    assert_same_passes(
        CONV,
        GRADED_CONV,
        conv_arguments(rng, *sizes, dtype=dtype),
        {"stride": S, "padding": P},
        lambda out: rng.standard_normal(out.shape).astype(dtype),
        tolerance,
    )


def test_convolution_agrees_with_the_graded_layer_on_random_shapes(rng):
    tried = 0
    while tried < 150:
        N, C_in, C_out, H, W, kH, kW = rng.integers(1, [4, 5, 5, 9, 9, 6, 6]).tolist()
        S, P = rng.integers([1, 0], [5, 4]).tolist()
        if kH <= H + 2 * P and kW <= W + 2 * P:
            assert_same_convolution(rng, (N, C_in, C_out, H, W, kH, kW, S, P))
            tried += 1


@pytest.mark.parametrize("case", STRIDE.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_convolution(case):
    x, weight, bias, dout = STRIDE.draw(case)
    out, cache = fast.conv2d_forward(x, weight, bias, stride=case[-2], padding=case[-1])
    results = (out, *fast.conv2d_backward(dout, cache))
    with np.load(STRIDE.STORED, allow_pickle=False) as stored:
        for name, result in zip(STRIDE.CONV_NAMES, results, strict=True):
            assert_close(result, stored[STRIDE.key("conv2d", case, name)])


@pytest.mark.parametrize("images", [0, 1, 2, 3, 7])
def test_convolution_agrees_in_blocks_of_two_images_with_a_short_last_one(rng, monkeypatch, images):
    # An image has 2 * 3 * 2 rows and 5 * 5 columns of 8 bytes.
    monkeypatch.setattr(fast, "_BLOCK_BYTES", 2 * 12 * 25 * 8)
    case = (images, 2, 3, 5, 4, 3, 2, 1, 1)
    weight = np.zeros((3, 2, 3, 2))
    padded = np.zeros((images, 2, 7, 6))
    counts = [len(cols) for _, cols in fast._blocks_of_columns(padded, weight.shape[2:], 1)]
    assert counts == [2] * (images // 2) + [1] * (images % 2)
    assert_same_convolution(rng, case)


def test_convolution_agrees_on_a_batch_larger_than_a_block(rng):
    blocks = list(fast._blocks_of_columns(np.zeros((200, 3, 12, 14)), (5, 5), 1))
    assert len(blocks) > 1
    assert_same_convolution(rng, (200, 3, 2, 12, 14, 5, 5, 1, 0), tolerance=1e-11)


@pytest.mark.parametrize(
    "case",
    [
        (2, 3, 4, 1, 1, 1, 1, 1, 0),  # the columns are a view of the images themselves
        (1, 1, 1, 1, 1, 3, 3, 1, 1),
        (3, 2, 4, 5, 4, 5, 4, 1, 0),
        (2, 3, 1, 6, 5, 1, 1, 1, 0),
        (2, 3, 1, 6, 5, 1, 1, 3, 0),
        (2, 0, 3, 4, 5, 2, 3, 1, 0),  # no channels
        (2, 3, 0, 4, 5, 2, 3, 1, 0),  # no filters
    ],
    ids=str,
)
def test_convolution_agrees_where_an_axis_has_one_place_or_none(rng, case):
    assert_same_convolution(rng, case)


@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_convolution_is_as_exact_as_float32_can_be(rng, layer):
    case = {"conv1": (8, 1, 20, 28, 28), "conv2": (8, 20, 50, 14, 14)}[layer]
    assert_same_convolution(rng, (*case, 5, 5, 1, 2), np.float32, tolerance=1e-5)


@pytest.mark.parametrize(
    "dtypes",
    [("f4", "f8", "f4"), ("f8", "f4", "f4"), ("f4", "f4", "f8"), ("i8", "i8", "i8")],
    ids=str,
)
def test_convolution_has_the_types_of_the_graded_layer(rng, dtypes):
    arrays = conv_arguments(rng, 2, 3, 4, 5, 6, 3, 2)
    arguments = [(4 * array).astype(dtype) for array, dtype in zip(arrays, dtypes, strict=True)]
    for dtype in ("f4", "f8"):
        assert_same_passes(
            CONV,
            GRADED_CONV,
            arguments,
            {"stride": 2, "padding": 1},
            lambda out, dtype=dtype: rng.standard_normal(out.shape).astype(dtype),
            1e-5,
        )


def test_convolution_takes_images_whose_memory_is_in_another_order(rng):
    x, weight, bias = conv_arguments(rng, 3, 2, 4, 6, 5, 3, 3)
    expected, _ = fast.conv2d_forward(x, weight, bias)
    for turned in (x.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2), x[::-1].copy()[::-1]):
        out, cache = fast.conv2d_forward(turned, np.asfortranarray(weight), bias)
        assert_close(out, expected)
        dout = rng.standard_normal(out.shape)
        for one, two in zip(
            fast.conv2d_backward(dout, cache),
            fast.conv2d_backward(np.asfortranarray(dout), cache),
            strict=True,
        ):
            assert_close(one, two)


def test_the_gradients_of_convolution_add_up_to_the_slope_of_the_loss(rng):
    arguments = conv_arguments(rng, 3, 2, 4, 6, 5, 3, 2)
    named = {"stride": 2, "padding": 1}
    out, cache = fast.conv2d_forward(*arguments, **named)
    dout = rng.standard_normal(out.shape)
    for position, grad in enumerate(fast.conv2d_backward(dout, cache)):
        direction = rng.standard_normal(grad.shape)
        moved = [list(arguments), list(arguments)]
        for each, step in zip(moved, (1e-6, -1e-6), strict=True):
            each[position] = each[position] + step * direction
        up, down = (np.sum(fast.conv2d_forward(*each, **named)[0] * dout) for each in moved)
        assert np.isclose(np.sum(grad * direction), (up - down) / 2e-6, rtol=1e-6)


# Max pooling ------------------------------------------------------------------------------------

POOL = (fast.max_pool2d_forward, fast.max_pool2d_backward)
GRADED_POOL = (pooling.max_pool2d_forward, pooling.max_pool2d_backward)


def maps(rng, shape, dtype):
    """Draw few different numbers, so that there are ties; zero is the lowest of all."""
    numbers = rng.integers(0, 5, shape)
    return numbers.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8])
def test_max_pooling_agrees_with_the_graded_layer_on_random_shapes_with_ties(rng, dtype):
    tried = 0
    while tried < 100:
        N, C, H, W, K, S = rng.integers(1, [4, 4, 10, 10, 6, 6]).tolist()
        P = int(rng.integers(0, K // 2 + 1))
        if min(H, W) + 2 * P < K:
            continue
        assert_same_passes(
            POOL,
            GRADED_POOL,
            [maps(rng, (N, C, H, W), dtype)],
            {"kernel_size": K, "stride": S, "padding": P},
            lambda out: rng.standard_normal(out.shape),
        )
        tried += 1


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("case", POOLING.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_max_pooling(case, ties):
    x, dout = POOLING.draw(case, ties=ties)
    (kernel_size,), named = POOLING.arguments(case)
    out, cache = fast.max_pool2d_forward(x, kernel_size, **named)
    results = {"max out": out, "max dx": fast.max_pool2d_backward(dout, cache)}
    with np.load(POOLING.STORED, allow_pickle=False) as stored:
        for name, result in results.items():
            assert_close(result, stored[POOLING.key(case, name, ties=ties)])


@pytest.mark.parametrize("lowest", [np.full((1, 2, 3, 5), -np.inf), np.zeros((1, 2, 3, 5), "u1")])
def test_max_pooling_agrees_where_every_number_is_the_lowest_there_is(lowest):
    named = {"kernel_size": 3, "stride": 2, "padding": 1}
    out, cache = fast.max_pool2d_forward(lowest, **named)
    expected, graded_cache = pooling.max_pool2d_forward(lowest, **named)
    assert np.array_equal(out, expected)
    dout = np.arange(1.0, 1 + out.size).reshape(out.shape)
    dx = fast.max_pool2d_backward(dout, cache)
    assert np.array_equal(dx, pooling.max_pool2d_backward(dout, graded_cache))


def test_max_pooling_goes_back_right_after_its_output_was_written_to(rng):
    x, dout = rng.standard_normal((2, 3, 4, 6)), rng.standard_normal((2, 3, 2, 3))
    out, cache = fast.max_pool2d_forward(x, 2)
    out[:] = 0
    expected = pooling.max_pool2d_backward(dout, pooling.max_pool2d_forward(x, 2)[1])
    assert_close(fast.max_pool2d_backward(dout, cache), expected)


def test_max_pooling_takes_no_images(rng):
    out, cache = fast.max_pool2d_forward(np.zeros((0, 3, 4, 5)), 2)
    assert out.shape == (0, 3, 2, 2)
    assert fast.max_pool2d_backward(out, cache).shape == (0, 3, 4, 5)


# Batch normalization ----------------------------------------------------------------------------

BATCH_NORM = (fast.batch_norm2d_forward, fast.batch_norm2d_backward)
GRADED_BATCH_NORM = (batch_norm_conv.batch_norm2d_forward, batch_norm_conv.batch_norm2d_backward)


def norm_arguments(rng, N, C, H, W, dtypes=("f8",) * 5):
    x = 3 + 2 * rng.standard_normal((N, C, H, W))
    drawn = (x, *rng.standard_normal((3, C)), rng.uniform(0.5, 2, C))
    return [array.astype(dtype) for array, dtype in zip(drawn, dtypes, strict=True)]


def assert_same_batch_norm(rng, arguments, training, tolerance=1e-11, dtype="f8"):
    arguments = [frozen(argument) for argument in arguments]
    named = {"training": training, "momentum": 0.3, "eps": 1e-3}
    (out, cache, *running), (expected, graded_cache, *expected_running) = (
        forward(*arguments, **named)
        for forward in (fast.batch_norm2d_forward, batch_norm_conv.batch_norm2d_forward)
    )
    for got, wanted in zip((out, *running), (expected, *expected_running), strict=True):
        assert_close(got, wanted, tolerance)
    dout = frozen(rng.standard_normal(out.shape).astype(dtype))
    for _ in range(2):  # a second call has to find what the first one found
        for got, wanted in zip(
            fast.batch_norm2d_backward(dout, cache),
            batch_norm_conv.batch_norm2d_backward(dout, graded_cache),
            strict=True,
        ):
            assert_close(got, wanted, tolerance)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_agrees_with_the_graded_layer_on_random_shapes(rng, training):
    tried = 0
    while tried < 60:
        N, C, H, W = rng.integers(1, [6, 5, 7, 7]).tolist()
        if N * H * W > 1 or not training:
            assert_same_batch_norm(rng, norm_arguments(rng, N, C, H, W), training)
            tried += 1


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("x_type", ["f4", "f8", "i8"])
@pytest.mark.parametrize("parameters", ["f4", "f8"])
@pytest.mark.parametrize("running", ["f4", "f8"])
def test_batch_norm_has_the_types_of_the_graded_layer(rng, training, x_type, parameters, running):
    arguments = norm_arguments(rng, 4, 3, 5, 2, (x_type, *[parameters] * 2, *[running] * 2))
    for dtype in ("f4", "f8"):
        assert_same_batch_norm(rng, arguments, training, tolerance=1e-5, dtype=dtype)


def test_batch_norm_is_as_exact_as_float32_can_be(rng):
    # 2 ** 17 numbers a channel far from 0: sums that run on would lose their last digits.
    arguments = norm_arguments(rng, 32, 2, 64, 64, ("f4",) * 5)
    arguments[0] += np.float32(30)
    assert_same_batch_norm(rng, arguments, True, tolerance=1e-4, dtype="f4")


@pytest.mark.parametrize("training", NORM.MODES)
@pytest.mark.parametrize("case", NORM.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_batch_norm(case, training):
    _, momentum, eps = case
    *arguments, dout = NORM.draw(case)
    named = {"training": training, "momentum": momentum, "eps": eps}
    out, cache, *_ = fast.batch_norm2d_forward(*arguments, **named)
    dx, dgamma, dbeta = fast.batch_norm2d_backward(dout, cache)
    results = {"out": out, "dx": dx, "dgamma": dgamma, "dbeta": dbeta}
    with np.load(NORM.STORED, allow_pickle=False) as stored:
        for name, result in results.items():
            assert_close(result, stored[NORM.key(case, training, name)], 1e-11)


# Errors -----------------------------------------------------------------------------------------


def conv_call(x, weight, bias, **named):
    return "conv2d_forward", tuple(np.zeros(shape) for shape in (x, weight, bias)), named


def pool_call(x, kernel_size, **named):
    return "max_pool2d_forward", (np.zeros(x), kernel_size), named


def norm_call(*shapes, training=True):
    return "batch_norm2d_forward", tuple(map(np.ones, shapes)), {"training": training}


@pytest.mark.parametrize(
    "call",
    [
        conv_call((2, 3, 4), (5, 3, 2, 2), (5,)),
        conv_call((2, 3, 4, 4), (5, 3, 2), (5,)),
        conv_call((2, 3, 4, 4), (5, 2, 2, 2), (5,)),
        conv_call((2, 3, 4, 4), (5, 3, 2, 2), (4,)),
        conv_call((2, 3, 4, 4), (5, 3, 2, 2), (5, 1)),
        conv_call((2, 3, 4, 4), (5, 3, 5, 2), (5,)),
        conv_call((2, 3, 4, 4), (5, 3, 2, 5), (5,)),
        conv_call((2, 3, 4, 4), (5, 3, 2, 2), (5,), stride=0),
        conv_call((2, 3, 4, 4), (5, 3, 2, 2), (5,), padding=-1),
        conv_call((2, 3, 0, 4), (5, 3, 2, 2), (5,), padding=1),
        pool_call((2, 3, 4), 2),
        pool_call((2, 3, 4, 4), 0),
        pool_call((2, 3, 4, 4), 2, stride=0),
        pool_call((2, 3, 4, 4), 2, padding=-1),
        pool_call((2, 3, 4, 4), 2, padding=2),
        pool_call((2, 3, 4, 5), 5),
        norm_call((2, 3, 4), (3,), (3,), (3,), (3,)),
        norm_call((0, 3, 4, 4), (3,), (3,), (3,), (3,)),
        norm_call((1, 3, 1, 1), (3,), (3,), (3,), (3,)),
        *(
            norm_call((2, 3, 4, 4), *[(3,)] * place, (4,), *[(3,)] * (3 - place), training=training)
            for place in range(4)
            for training in (True, False)
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_in_the_graded_layers_words(call):
    name, arguments, named = call
    said = []
    graded = {
        "conv2d_forward": stride,
        "max_pool2d_forward": pooling,
        "batch_norm2d_forward": batch_norm_conv,
    }[name]
    for module in (fast, graded):
        with pytest.raises(ValueError, match=r"expected|but x has") as caught:
            getattr(module, name)(*arguments, **named)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_examples_in_the_docstrings_run():
    assert doctest.testmod(fast).failed == 0


def test_the_graded_layers_are_asked_only_about_what_does_not_fit(rng, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the graded layer was called")

    for name in ("graded_conv2d", "graded_max_pool2d", "graded_batch_norm2d"):
        monkeypatch.setattr(fast, name, refuse)
    fast.conv2d_forward(*conv_arguments(rng, 2, 3, 4, 5, 6, 5, 8), stride=3, padding=1)
    fast.max_pool2d_forward(rng.standard_normal((1, 2, 3, 3)), 3)
    fast.max_pool2d_forward(rng.standard_normal((1, 2, 3, 3)), 5, padding=2)
    fast.batch_norm2d_forward(*norm_arguments(rng, 1, 3, 1, 2), training=True)
    fast.batch_norm2d_forward(*norm_arguments(rng, 1, 3, 1, 1), training=False)
