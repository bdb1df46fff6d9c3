import doctest
import math
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.special

from solutions import convolutional_networks
from solutions.convolutional_networks import (
    cross_entropy,
    flatten_backward,
    flatten_forward,
    lenet_backward,
    lenet_forward,
    lenet_init,
    lenet_summary,
    sgd_step,
)
from solutions.pooling import max_pool2d_forward
from solutions.stride import conv2d_forward

_SCRIPT = Path(__file__).with_name("make_torch_answers_convolutional_networks.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_SCRIPT)))
SMALL = [case for case in TORCH.NETWORKS if math.prod(case[:4]) < 1000]


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture(scope="module")
def stored():
    with np.load(TORCH.STORED, allow_pickle=False) as file:
        return dict(file)


def assert_close(got, expected, tolerance=1e-12):
    assert np.shape(got) == np.shape(expected)
    assert got.dtype == expected.dtype
    assert np.abs(got - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


def assert_dicts_close(got, expected, tolerance=1e-12):
    assert got.keys() == expected.keys()
    for name in expected:
        assert_close(got[name], expected[name], tolerance)


def differenced(f, argument, step=1e-6):
    gradient = np.empty_like(argument)
    for index in np.ndindex(argument.shape):
        middle = argument[index]
        argument[index] = middle + step
        ahead = f()
        argument[index] = middle - step
        gradient[index] = (ahead - f()) / (2 * step)
        argument[index] = middle
    return gradient


# The summary ----------------------------------------------------------------------------------


def test_lenet_summary_is_the_table_of_the_notes_and_the_last_layer():
    lines = []
    for layer, output_size, weight_size in lenet_summary():
        sizes = [" x ".join(map(str, size or ())) for size in (output_size, weight_size)]
        lines.append(f"| {layer} | {sizes[0]} | {sizes[1]} |")
    assert "\n".join(lines) == (
        "| input | 1 x 28 x 28 |  |\n"
        "| Conv (C_out = 20, K = 5, P = 2, S = 1) | 20 x 28 x 28 | 20 x 1 x 5 x 5 |\n"
        "| ReLU | 20 x 28 x 28 |  |\n"
        "| MaxPool (K = 2, S = 2) | 20 x 14 x 14 |  |\n"
        "| Conv (C_out = 50, K = 5, P = 2, S = 1) | 50 x 14 x 14 | 50 x 20 x 5 x 5 |\n"
        "| ReLU | 50 x 14 x 14 |  |\n"
        "| MaxPool (K = 2, S = 2) | 50 x 7 x 7 |  |\n"
        "| Flatten | 2450 |  |\n"
        "| Linear (2450 -> 500) | 500 | 2450 x 500 |\n"
        "| ReLU | 500 |  |\n"
        "| Linear (500 -> 10) | 10 | 500 x 10 |"
    )


def test_lenet_summary_agrees_with_the_weights_and_with_the_network(rng):
    params = lenet_init(rng)
    rows = lenet_summary()
    weights = [weight_size for _, _, weight_size in rows if weight_size]
    assert weights == [each.shape for name, each in params.items() if name.endswith("weight")]
    logits, _ = lenet_forward(np.zeros((2, *rows[0][1]), np.float32), params)
    assert logits.shape == (2, *rows[-1][1])


# Flatten --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(1, 1), (2, 5), (1, 2, 3, 4), (3, 2, 5, 4), (0, 2, 3, 4), (2, 3, 4)], ids=str
)
def test_flatten_is_a_row_for_each_image_and_goes_back(rng, shape):
    x = rng.standard_normal(shape)
    out, cache = flatten_forward(x)
    assert out.shape == (shape[0], math.prod(shape[1:]))
    for image, row in zip(x, out, strict=True):
        np.testing.assert_array_equal(row, list(image.flat))
    np.testing.assert_array_equal(flatten_backward(out, cache), x)


def test_flatten_reads_each_map_row_by_row_whatever_lies_in_memory(rng):
    x = rng.standard_normal((4, 5, 2, 3)).transpose(1, 2, 3, 0)  # (5, 2, 3, 4), not contiguous
    np.testing.assert_array_equal(flatten_forward(x)[0], flatten_forward(x.copy())[0])


# The loss -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", TORCH.LOSSES, ids=str)
def test_scipy_oracle_agrees_on_the_loss(case):
    logits, targets = TORCH.draw_loss(case)
    loss, dlogits = cross_entropy(logits, targets)
    rows = np.arange(len(targets))
    assert_close(loss, -scipy.special.log_softmax(logits, axis=1)[rows, targets].mean())
    expected = (scipy.special.softmax(logits, axis=1) - np.eye(case[1])[targets]) / case[0]
    assert_close(dlogits, expected)


@pytest.mark.parametrize("case", TORCH.LOSSES, ids=str)
def test_stored_torch_oracle_agrees_on_the_loss(stored, case):
    loss, dlogits = cross_entropy(*TORCH.draw_loss(case))
    assert_close(loss, stored[TORCH.key(case, "loss")])
    assert_close(dlogits, stored[TORCH.key(case, "dlogits")])


@pytest.mark.parametrize("case", [case for case in TORCH.LOSSES if case[2] < 100], ids=str)
def test_central_differences_oracle_agrees_on_dlogits(case):
    logits, targets = TORCH.draw_loss(case)
    _, dlogits = cross_entropy(logits, targets)
    measured = differenced(lambda: cross_entropy(logits, targets)[0], logits, 1e-5)
    assert_close(dlogits, measured, tolerance=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_and_tiny_logits_give_a_finite_loss(dtype):
    logits = np.array([[1e4, 0.0, -1e4], [-1e4, -2e4, -3e4]], dtype)
    loss, dlogits = cross_entropy(logits, np.array([2, 0]))
    assert loss == 1e4  # 20,000 for the first image and 0 for the second
    np.testing.assert_array_equal(dlogits, [[0.5, 0.0, -0.5], [0.0, 0.0, 0.0]])


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes():
    loss, _ = cross_entropy(np.full((3, 10), 7.0), np.array([0, 9, 4]))
    assert math.isclose(loss, math.log(10), rel_tol=1e-14)


def test_a_shift_of_all_logits_of_a_row_changes_nothing(rng):
    logits, targets = rng.standard_normal((5, 4)), np.array([3, 0, 1, 1, 2])
    loss, dlogits = cross_entropy(logits, targets)
    moved_loss, moved = cross_entropy(logits + 8.0 * np.arange(5.0)[:, np.newaxis], targets)
    assert_close(moved_loss, loss)
    assert_close(moved, dlogits)
    assert np.abs(dlogits.sum(axis=1)).max() < 1e-15


def test_cross_entropy_takes_targets_and_scores_of_other_types(rng):
    logits, targets = rng.integers(-9, 10, (6, 5)), np.array([4, 0, 1, 3, 2, 4])
    loss, dlogits = cross_entropy(logits.astype(float), targets)
    for kind in (np.uint8, np.int16, np.uint64):
        other_loss, other = cross_entropy(logits, targets.astype(kind))
        assert_close(other_loss, loss)
        assert_close(other, dlogits)


# The parameters at the start --------------------------------------------------------------------


def test_lenet_init_gives_every_layer_its_spread(rng):
    params = lenet_init(rng, dtype=np.float64)
    fan_in = {"conv1": 25, "conv2": 500, "linear1": 2450, "linear2": 500}
    for name, count in fan_in.items():
        weight = params[f"{name}_weight"]
        deviations = 6 / math.sqrt(weight.size)
        assert abs(weight.std() / math.sqrt(2 / count) - 1) < deviations / math.sqrt(2)
        assert abs(weight.mean() / weight.std()) < deviations
        assert not params[f"{name}_bias"].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lenet_init_gives_the_type_that_it_is_asked_for(rng, dtype):
    params = lenet_init(rng, dtype=dtype)
    assert tuple(params) == TORCH.NAMES
    assert {each.dtype for each in params.values()} == {np.dtype(dtype)}


def test_lenet_init_depends_on_the_generator_alone():
    first, again = (lenet_init(np.random.default_rng(3)) for _ in range(2))
    other = lenet_init(np.random.default_rng(4))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        assert name.endswith("bias") or not np.array_equal(first[name], other[name])
    numbers = [first[name].ravel()[:500] for name in first if name.endswith("weight")]
    assert np.abs(np.corrcoef(numbers) - np.eye(4)).max() < 0.25


# The network ------------------------------------------------------------------------------------


def assert_network_agrees(case, answers):
    x, params, dlogits = TORCH.draw_network(case)
    logits, cache = lenet_forward(x, params)
    assert_close(logits, answers["logits"])
    assert_dicts_close(
        lenet_backward(dlogits, cache), {name: answers[name] for name in TORCH.NAMES}
    )


@pytest.mark.parametrize("case", TORCH.NETWORKS, ids=str)
def test_stored_torch_oracle_agrees_on_the_network(stored, case):
    names = ("logits", *TORCH.NAMES)
    assert_network_agrees(case, {name: stored[TORCH.key(case, name)] for name in names})


@pytest.mark.parametrize("case", SMALL, ids=str)
def test_central_differences_oracle_agrees_on_every_gradient(case):
    x, params, dlogits = TORCH.draw_network(case)
    grads = lenet_backward(dlogits, lenet_forward(x, params)[1])
    for name in grads:
        measured = differenced(lambda: np.sum(lenet_forward(x, params)[0] * dlogits), params[name])
        assert_close(grads[name], measured, tolerance=1e-7)


def test_central_differences_oracle_agrees_on_the_loss_of_the_network():
    x, params, _ = TORCH.draw_network((3, 1, 9, 6, 2, 4, 5, 7))
    targets = np.array([6, 0, 3])
    logits, cache = lenet_forward(x, params)
    grads = lenet_backward(cross_entropy(logits, targets)[1], cache)
    for name in ("conv1_weight", "linear1_bias"):
        measured = differenced(
            lambda: cross_entropy(lenet_forward(x, params)[0], targets)[0], params[name]
        )
        assert_close(grads[name], measured, tolerance=1e-7)


def test_logits_may_be_negative_and_each_image_goes_by_itself():
    x, params, _ = TORCH.draw_network((4, 2, 11, 13, 3, 5, 7, 6))
    logits, _ = lenet_forward(x, params)
    assert logits.min() < 0 < logits.max()
    one_by_one = [lenet_forward(image[np.newaxis], params)[0] for image in x]
    assert_close(logits, np.concatenate(one_by_one))


def test_relu_and_max_pooling_can_change_places(rng):
    x = rng.standard_normal((2, 3, 6, 9))
    pooled_last = max_pool2d_forward(np.maximum(x, 0), 2)[0]
    np.testing.assert_array_equal(pooled_last, np.maximum(max_pool2d_forward(x, 2)[0], 0))


def test_the_first_layer_is_a_padded_convolution(rng):
    # With one map everywhere, and 1 as the only weight of the other layers, it can be seen.
    x = rng.random((1, 1, 4, 4))
    one = np.zeros((1, 1, 5, 5))
    one[0, 0, 2, 2] = 1.0
    weight = rng.random((1, 1, 5, 5))
    params = {f"{name}_bias": np.zeros(1) for name in ("conv1", "conv2", "linear1", "linear2")}
    params |= {"conv1_weight": weight, "conv2_weight": one}
    params |= {f"linear{i}_weight": np.ones((1, 1)) for i in (1, 2)}
    expected = conv2d_forward(x, weight, np.zeros(1), padding=2)[0].max()
    assert_close(lenet_forward(x, params)[0], np.array([[expected]]))


# The update -------------------------------------------------------------------------------------


def updated(case):
    params, grads = TORCH.draw_update(case)
    velocity = {name: np.zeros_like(each) for name, each in params.items()}
    for grad in grads:
        params, velocity = sgd_step(params, grad, velocity, lr=case[0], momentum=case[1])
    return params


@pytest.mark.parametrize("case", TORCH.UPDATES, ids=str)
def test_stored_torch_oracle_agrees_on_steps_of_sgd(stored, case):
    expected = {name: stored[TORCH.key(case, name)] for name in ("conv_weight", "bias")}
    assert_dicts_close(updated(case), expected)


def test_a_steady_gradient_is_sped_up_by_one_over_one_minus_momentum():
    params, velocity, grads = ({"weight": np.array([each])} for each in (0.0, 0.0, 1.0))
    for _ in range(200):
        params, velocity = sgd_step(params, grads, velocity, lr=0.1, momentum=0.9)
    assert math.isclose(velocity["weight"][0], 1 / (1 - 0.9), rel_tol=1e-8)


def test_the_network_learns_four_images_by_heart(rng):
    x, params, _ = TORCH.draw_network((4, 2, 11, 13, 3, 5, 7, 6))
    targets = np.array([5, 0, 2, 2])
    velocity = {name: np.zeros_like(each) for name, each in params.items()}
    losses = []
    for _ in range(60):
        logits, cache = lenet_forward(x, params)
        loss, dlogits = cross_entropy(logits, targets)
        losses.append(loss)
        grads = lenet_backward(dlogits, cache)
        params, velocity = sgd_step(params, grads, velocity, lr=0.02, momentum=0.8)
    assert losses[-1] < 0.05 < losses[0]


# The stored answers -----------------------------------------------------------------------------


def test_stored_torch_oracle_is_small_and_holds_every_case(stored):
    assert TORCH.STORED.stat().st_size < 100_000
    expected = {TORCH.key(case, name) for case in TORCH.LOSSES for name in ("loss", "dlogits")}
    expected |= {
        TORCH.key(case, name) for case in TORCH.NETWORKS for name in ("logits", *TORCH.NAMES)
    }
    expected |= {
        TORCH.key(case, name) for case in TORCH.UPDATES for name in ("conv_weight", "bias")
    }
    assert set(stored) == expected | {"torch_version"}


def test_live_torch_oracle_gives_what_is_stored(stored):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    for name, answer in TORCH.answers().items():
        assert_close(answer, stored[name])


# Types, arguments, errors -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_and_gradients_keep_the_type_of_the_arguments(dtype):
    x, params, dlogits = TORCH.draw_network((2, 3, 8, 4, 4, 2, 6, 5))
    params = {name: each.astype(dtype) for name, each in params.items()}
    logits, cache = lenet_forward(x.astype(dtype), params)
    grads = lenet_backward(dlogits.astype(dtype), cache)
    loss, gradient = cross_entropy(logits, np.array([1, 4]))
    after = sgd_step(params, grads, grads, lr=0.1, momentum=0.9)
    results = [logits, loss, gradient, *grads.values(), *after[0].values(), *after[1].values()]
    assert {each.dtype for each in results} == {np.dtype(dtype)}


def test_arguments_are_not_changed():
    x, params, dlogits = TORCH.draw_network((2, 3, 8, 4, 4, 2, 6, 5))
    targets = np.array([1, 4])
    for each in (x, dlogits, targets, *params.values()):
        each.setflags(write=False)  # a write raises
    flat, flat_cache = flatten_forward(x)
    flatten_backward(flat, flat_cache)
    logits, cache = lenet_forward(x, params)
    _, gradient = cross_entropy(logits, targets)
    first, second = (lenet_backward(dlogits, cache) for _ in range(2))
    assert_dicts_close(first, second, tolerance=0.0)
    after, velocity = sgd_step(params, first, second, lr=0.1, momentum=0.9)
    assert after is not params
    assert velocity is not second
    before = (x, dlogits, *params.values(), *first.values(), *second.values())
    for result in (logits, gradient, *after.values(), *velocity.values()):
        assert not any(np.shares_memory(result, each) for each in before)


@pytest.mark.parametrize("shape", [(), (7,)], ids=str)
def test_flatten_forward_refuses_what_has_one_axis(shape):
    with pytest.raises(ValueError, match="at least two axes, got") as caught:
        flatten_forward(np.zeros(shape))
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "targets", "mentions"),
    [
        ((7,), [0], ("(N, D)", "(7,)")),
        ((2, 7, 1), [0, 0], ("(N, D)", "(2, 7, 1)")),
        ((0, 7), [], ("(N, D)", "(0, 7)")),
        ((3, 7), [0, 1], ("(3,)", "(2,)")),
        ((3, 7), [[0], [1], [2]], ("(3,)", "(3, 1)")),
        ((3, 7), [[0, 1, 0, 0, 0, 0, 0]] * 3, ("(3,)", "(3, 7)")),
        ((3, 7), [0, 7, 1], ("from 0 to 6", "from 0 to 7")),
        ((3, 7), [0, 6, -1], ("from 0 to 6", "from -1 to 6")),
    ],
    ids=str,
)
def test_cross_entropy_says_what_it_expected_and_what_came(shape, targets, mentions):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        cross_entropy(np.zeros(shape), np.array(targets, dtype=int))
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize(
    ("name", "shape", "mentions"),
    [
        ("conv1_weight", (4, 5, 5, 5), ("C_in=5", "3 channels")),
        ("conv2_weight", (2, 6, 5, 5), ("C_in=6", "4 channels")),
        ("conv2_bias", (9,), ("(2,)", "(9,)")),
        ("linear1_weight", (9, 6), ("D_in=9", "4 numbers")),
        ("linear2_weight", (9, 5), ("D_in=9", "6 numbers")),
    ],
)
def test_lenet_forward_says_which_layer_does_not_fit(name, shape, mentions):
    x, params, _ = TORCH.draw_network((2, 3, 8, 4, 4, 2, 6, 5))
    with pytest.raises(ValueError, match=r"expected|has") as caught:
        lenet_forward(x, params | {name: np.zeros(shape)})
    assert all(part in str(caught.value) for part in mentions)


@pytest.mark.parametrize(
    ("grads", "velocity", "mentions"),
    [
        ({"a": (2,)}, {"a": (2,), "b": (3,)}, ("grads", "['a', 'b']", "['a']")),
        ({"a": (2,), "b": (3,)}, {}, ("velocity", "['a', 'b']", "[]")),
        ({"a": (2,), "b": (1,)}, {"a": (2,), "b": (3,)}, ("grads['b']", "(3,)", "(1,)")),
        ({"a": (2,), "b": (3,)}, {"a": (), "b": (3,)}, ("velocity['a']", "(2,)", "()")),
    ],
)
def test_sgd_step_says_what_it_expected_and_what_came(grads, velocity, mentions):
    params, grads, velocity = (
        {name: np.zeros(shape) for name, shape in shapes.items()}
        for shapes in ({"a": (2,), "b": (3,)}, grads, velocity)
    )
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        sgd_step(params, grads, velocity, lr=0.1, momentum=0.9)
    assert all(part in str(caught.value) for part in mentions)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(convolutional_networks)
    assert tried > 0
    assert failed == 0
