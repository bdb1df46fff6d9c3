"""The exercise of the chapter stacking: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("stacking")
_CONV = notebook_runs.reference("convolution")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "stacking")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "two_kernels": 0,
        "one_channel": 5,
        "channels": 7,
        "forward": 6,
        "backward": 8,
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (26, 3, 66)
    assert exercise.answers == ("merge_convs", "conv_stack_forward", "conv_stack_backward")


def test_the_stack_with_relu_learns_what_one_convolution_cannot(monkeypatch):
    namespace = notebook_runs.run_answers("stacking", monkeypatch)
    assert namespace["relu_losses"][-1] < 0.01
    # The best that one number for all images can do is their mean.
    at_best = np.var(namespace["wanted"])
    assert namespace["merged_losses"][-1] > 0.8 * at_best


def _merging(share=None, *, size=None, add=True, bias=None, turn=(1, 1)):
    """Give a merge_convs with some of its steps changed."""

    def merge_convs(weight1, bias1, weight2, bias2):
        right_weight, right_bias = _REFERENCE.merge_convs(weight1, bias1, weight2, bias2)
        kH1, kW1 = weight1.shape[2:]
        kH2, kW2 = weight2.shape[2:]
        rows, columns = size(kH1, kW1, kH2, kW2) if size else right_weight.shape[2:]
        weight = np.zeros((*right_weight.shape[:2], rows, columns))
        for u, v in np.ndindex(kH2, kW2):
            factors = weight2[:, :, :: turn[1], :: turn[1]][:, :, u, v]
            kernels = weight1[:, :, :: turn[0], :: turn[0]]
            given = share(factors, kernels) if share else np.tensordot(factors, kernels, (1, 0))
            block = np.s_[:, :, u : u + kH1, v : v + kW1]
            weight[block] = given + (weight[block] if add else 0)
        changed = bias(bias1, weight2, bias2) if bias else right_bias
        return weight, changed

    return merge_convs


def _first_middle_channel(factors, kernels):
    return factors[:, :1, None, None] * kernels[:1]


def _channels_summed_apart(factors, kernels):
    return factors.sum(axis=1)[:, None, None, None] * kernels.sum(axis=0)


def _stacking(relu_after):
    """Give a conv_stack_forward with ReLU after the layers for which it says so."""

    def conv_stack_forward(x, params):
        cache = []
        for layer, (weight, bias) in enumerate(params):
            x, conv_cache = _CONV.conv2d_forward(x, weight, bias)
            mask = None
            if relu_after(layer, len(params)):
                mask = x > 0
                x = np.maximum(x, 0)
            cache.append((conv_cache, mask))
        return x, cache

    return conv_stack_forward


def _relu_first(x, params):
    cache = []
    for weight, bias in params:
        x, conv_cache = _CONV.conv2d_forward(np.maximum(x, 0), weight, bias)
        cache.append((conv_cache, None))
    return x, cache


def _always_x(x, params):
    outs = [_CONV.conv2d_forward(x, weight, bias) for weight, bias in params]
    return outs[-1][0], [(cache, None) for _, cache in outs]


def _going_back(mask=lambda dx, mask: dx * mask, pair=lambda *pair: pair, *, start_anew=False):
    """Give a conv_stack_backward with some of its steps changed."""

    def conv_stack_backward(dout, cache):
        dx, dparams = dout, []
        for conv_cache, let_through in reversed(cache):
            if let_through is not None:
                dx = mask(dx, let_through)
            dx, dweight, dbias = _CONV.conv2d_backward(dout if start_anew else dx, conv_cache)
            dparams.append(pair(dweight, dbias))
        return dx, dparams[::-1]

    return conv_stack_backward


def _backward(change):
    """Give a conv_stack_backward that returns something else."""
    return lambda dout, cache: change(*_REFERENCE.conv_stack_backward(dout, cache))


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "not yet filled in by hand": Wrong(
        "by_hand_two_kernels",
        [[1, ..., ...], [..., ..., ...], [..., ..., ...]],
        "check_two_kernels",
        ("by_hand[0][1] is Ellipsis", "four times"),
    ),
    "one flat list by hand": Wrong(
        "by_hand_two_kernels",
        [1, 2, 0, -1, 2, 6, 0, -1, 3],
        "check_two_kernels",
        ("9 rows", "three rows of three numbers"),
    ),
    "multiplied place by place by hand": Wrong(
        "by_hand_two_kernels", [[1, 0], [0, 3]], "check_two_kernels", ("2 + 2 - 1 = 3 rows",)
    ),
    "the second kernel turned around": Wrong(
        "merge_convs",
        _merging(turn=(1, -1)),
        "check_one_channel",
        ("turned by 180 degrees", "upper left corner"),
    ),
    "the first kernel turned around": Wrong(
        "merge_convs",
        _merging(turn=(-1, 1)),
        "check_one_channel",
        ("6 of 9 numbers", "laid down as it is"),
    ),
    "blocks overwritten": Wrong(
        "merge_convs", _merging(add=False), "check_one_channel", ("3 of 9 numbers", "with +=")
    ),
    "too large by one": Wrong(
        "merge_convs",
        _merging(size=lambda kH1, kW1, kH2, kW2: (kH1 + kH2, kW1 + kW2)),
        "check_one_channel",
        ("came: shape (1, 1, 4, 4)", "expected: shape (1, 1, 3, 3)"),
    ),
    "one size for rows and columns": Wrong(
        "merge_convs",
        _merging(size=lambda kH1, kW1, kH2, kW2: (kH1 + kH2 - 1, kH1 + kH2 - 1)),
        "check_one_channel",
        ("weight1 (1, 1, 1, 2)", "columns with kW"),
    ),
    "fractions cut off": Wrong(
        "merge_convs",
        lambda weight1, bias1, weight2, bias2: (
            _REFERENCE.merge_convs(weight1, bias1, weight2, bias2)[0].astype(weight1.dtype),
            bias2,
        ),
        "check_one_channel",
        ("0.5 * column", "np.result_type"),
    ),
    "weight alone returned": Wrong(
        "merge_convs",
        lambda *arguments: _REFERENCE.merge_convs(*arguments)[0],
        "check_one_channel",
        ("came: ndarray", "weight and bias"),
    ),
    "the first middle channel alone": Wrong(
        "merge_convs",
        _merging(_first_middle_channel),
        "check_channels",
        ("add up over the middle channels",),
    ),
    "channels summed before they meet": Wrong(
        "merge_convs", _merging(_channels_summed_apart), "check_channels", ("the matrix product",)
    ),
    "the bias of the stage before": Wrong(
        "merge_convs",
        _merging(bias=lambda bias1, weight2, bias2: bias2),
        "check_channels",
        ("expected:\n[45.]", "bias1 fills the middle map"),
    ),
    "bias1 added as it is": Wrong(
        "merge_convs",
        _merging(bias=lambda bias1, weight2, bias2: bias1 + bias2),
        "check_channels",
        ("expected:\n[45.]", "all the weights of the second kernel"),
    ),
    "biases of several channels mixed up": Wrong(
        "merge_convs",
        _merging(bias=lambda bias1, weight2, bias2: weight2.sum(axis=(2, 3)) @ bias1[::-1] + bias2),
        "check_channels",
        ("against the two convolutions", "its own bias"),
    ),
    "no ReLU": Wrong(
        "conv_stack_forward",
        _stacking(lambda layer, layers: False),
        "check_forward",
        ("came: [-6, 9]", "without a ReLU"),
    ),
    "ReLU after the last layer": Wrong(
        "conv_stack_forward",
        _stacking(lambda layer, layers: True),
        "check_forward",
        ("came: [0, 3]", "none belongs there"),
    ),
    "ReLU before each layer": Wrong(
        "conv_stack_forward", _relu_first, "check_forward", ("the first layer alone", "no ReLU")
    ),
    "ReLU after the first layer alone": Wrong(
        "conv_stack_forward",
        _stacking(lambda layer, layers: layer == 0 and layers > 1),
        "check_forward",
        ("with a third layer", "[-3, 3] becomes [0, 3]"),
    ),
    "every layer gets x": Wrong(
        "conv_stack_forward",
        _always_x,
        "check_forward",
        ("came: shape (1, 1, 1, 3)", "convolve, ReLU, convolve"),
    ),
    "no cache": Wrong(
        "conv_stack_forward",
        lambda x, params: _REFERENCE.conv_stack_forward(x, params)[0],
        "check_forward",
        ("came: ndarray", "out and cache"),
    ),
    "no mask": Wrong(
        "conv_stack_backward",
        _going_back(lambda dx, mask: dx),
        "check_backward",
        ("1 + 8 - 20 = -11", "only the middle number"),
    ),
    "the sign of the gradient asked": Wrong(
        "conv_stack_backward",
        _going_back(lambda dx, mask: np.maximum(dx, 0)),
        "check_backward",
        ("1 + 8 = 9", "not the gradient"),
    ),
    "both signs asked": Wrong(
        "conv_stack_backward",
        _going_back(lambda dx, mask: np.maximum(dx * mask, 0)),
        "check_backward",
        ("three layers, against central differences: dparams[1][0]",),
    ),
    "last layer first": Wrong(
        "conv_stack_backward",
        _backward(lambda dx, dparams: (dx, dparams[::-1])),
        "check_backward",
        ("as of the second", "begins with the first layer"),
    ),
    "every layer gets dout": Wrong(
        "conv_stack_backward",
        _going_back(start_anew=True),
        "check_backward",
        ("1 + 10 = 11", "only the last layer gets dout"),
    ),
    "pairs turned around": Wrong(
        "conv_stack_backward",
        _going_back(pair=lambda dweight, dbias: (dbias, dweight)),
        "check_backward",
        ("shape (1, 1, 1, 2) in dparams[0][1]", "in this order"),
    ),
    "lists in the place of pairs": Wrong(
        "conv_stack_backward",
        _going_back(pair=lambda *pair: list(pair)),
        "check_backward",
        ("['list', 'list']", "parentheses of its own"),
    ),
    "dparams forgotten": Wrong(
        "conv_stack_backward",
        _backward(lambda dx, dparams: (dx, None)),
        "check_backward",
        ("a list of 2 pairs", "`return dx, dparams`"),
    ),
    "all gradients in a row": Wrong(
        "conv_stack_backward",
        _backward(lambda dx, dparams: (dx, [each for pair in dparams for each in pair])),
        "check_backward",
        ("a list of 2 pairs",),
    ),
    "dx from before the first layer's way back": Wrong(
        "conv_stack_backward",
        _backward(lambda dx, dparams: (0 * dx, dparams)),
        "check_backward",
        ("dout [1, 10]: dx", "what the first convolution hands back"),
    ),
    "dweight averaged over the batch": Wrong(
        "conv_stack_backward",
        _going_back(
            pair=lambda dweight, dbias: (dweight / 2 if dweight.size > 2 else dweight, dbias)
        ),
        "check_backward",
        ("dparams[2][0], dweight", "no mean over the images"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("stacking", monkeypatch, WRONG[mistake])
