"""The exercise of the chapter convolution: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("convolution")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "convolution")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "one_patch": 0,
        "one_channel": 4,
        "channels": 3,
        "filters": 3,
        "batch": 2,
        "dbias": 2,
        "dweight": 5,
        "dx": 5,
    }
    assert (exercise.points, exercise.manual_points) == (24, 3)
    assert exercise.answers == ("correlate2d", "conv2d_forward", "conv2d_backward")


def test_the_learned_filter_is_the_one_that_was_asked_for(monkeypatch):
    namespace = notebook_runs.run_answers("convolution", monkeypatch)
    np.testing.assert_allclose(namespace["weight"][0, 0], namespace["left_to_right"], atol=0.05)


def _cache_and_shapes(cache):
    x, weight = cache
    return x, weight, weight.shape[2], weight.shape[3]


def _dx_overwritten(dout, cache):
    dx, dweight, dbias = _REFERENCE.conv2d_backward(dout, cache)
    x, weight, kH, kW = _cache_and_shapes(cache)
    dx = np.zeros_like(x)
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, i : i + kH, j : j + kW] = np.tensordot(dout[:, :, i, j], weight, axes=(1, 0))
    return dx, dweight, dbias


def _gradients(**changes):
    def conv2d_backward(dout, cache):
        dx, dweight, dbias = _REFERENCE.conv2d_backward(dout, cache)
        found = {"dx": dx, "dweight": dweight, "dbias": dbias}
        found |= {name: change(found[name]) for name, change in changes.items()}
        return found["dx"], found["dweight"], found["dbias"]

    return conv2d_backward


def _forward(change):
    def conv2d_forward(x, weight, bias):
        out, cache = _REFERENCE.conv2d_forward(x, weight, bias)
        return change(out, x, weight, bias), cache

    return conv2d_forward


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "one flat list by hand": Wrong(
        "by_hand_one_patch",
        [8, 2, 4, 1, 6, -1],
        "check_one_patch",
        ("6 rows", "two rows of three numbers"),
    ),
    "not yet filled in by hand": Wrong(
        "by_hand_one_patch",
        [[8, ..., ...], [..., ..., ...]],
        "check_one_patch",
        ("by_hand[0][1] is Ellipsis", "the patch at row 0, column 1"),
    ),
    "kernel turned around by hand": Wrong(
        "by_hand_one_patch",
        [[4, 0, 6], [1, 4, 3]],
        "check_one_patch",
        ("by_hand[0][0] is 4", "not turned around"),
    ),
    "kernel flipped": Wrong(
        "correlate2d",
        lambda image, kernel: _REFERENCE.correlate2d(image, kernel[::-1, ::-1]),
        "check_one_channel",
        ("correlate2d(image, kernel)", "do not flip the kernel"),
    ),
    "integer output": Wrong(
        "correlate2d",
        lambda image, kernel: _REFERENCE.correlate2d(image, kernel).astype(image.dtype),
        "check_one_channel",
        ("0.5 * kernel", "np.result_type"),
    ),
    "nothing returned": Wrong(
        "correlate2d",
        lambda image, kernel: None,
        "check_one_channel",
        ("came: None", "shape (2, 3)", "`return` line"),
    ),
    "output as large as the image": Wrong(
        "correlate2d",
        lambda image, kernel: np.zeros(image.shape),
        "check_one_channel",
        ("came: shape (3, 4)", "expected: shape (2, 3)"),
    ),
    "no cache": Wrong(
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(x, weight, bias)[0],
        "check_channels",
        ("came: ndarray", "out and cache"),
    ),
    "first channel only": Wrong(
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(x[:, :1], weight[:, :1], bias),
        "check_channels",
        ("add the channels up",),
    ),
    "bias forgotten": Wrong(
        "conv2d_forward",
        _forward(lambda out, x, weight, bias: out - bias[:, None, None]),
        "check_filters",
        ("bias [10, 20, 30]", "once, and not once for each channel"),
    ),
    "bias once for each channel": Wrong(
        "conv2d_forward",
        _forward(lambda out, x, weight, bias: out + (x.shape[1] - 1) * bias[:, None, None]),
        "check_filters",
        ("once, and not once for each channel",),
    ),
    "first filter for all": Wrong(
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(x, 0 * weight + weight[:1], bias),
        "check_filters",
        ("the map of filter 1", "its own filter"),
    ),
    "first image for all": Wrong(
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(0 * x + x[:1], weight, bias),
        "check_batch",
        ("image 1 of 2", "Is every image read"),
    ),
    "dbias averaged": Wrong(
        "conv2d_backward",
        _gradients(dbias=lambda dbias: dbias / 2),
        "check_dbias",
        ("adds up 40 numbers",),
    ),
    "dbias only, as the stage allows": Wrong(
        "conv2d_backward",
        _gradients(dx=lambda _: None, dweight=lambda _: None),
        "check_dweight",
        ("dweight, where dout is 1", "came: None"),
    ),
    "dweight turned around": Wrong(
        "conv2d_backward",
        _gradients(dweight=lambda dweight: dweight[:, :, ::-1, ::-1]),
        "check_dweight",
        ("that is the patch at row 0, column 2",),
    ),
    "dweight with its channels reversed": Wrong(
        "conv2d_backward",
        _gradients(dweight=lambda dweight: dweight[:, ::-1]),
        "check_dweight",
        ("against central differences", "its own channel"),
    ),
    "dx turned around": Wrong(
        "conv2d_backward",
        _gradients(dx=lambda dx: dx[:, :, ::-1, ::-1]),
        "check_dx",
        ("not turned around",),
    ),
    "dx overwritten": Wrong("conv2d_backward", _dx_overwritten, "check_dx", ("with +=",)),
    "dweight overwritten": Wrong(
        "conv2d_backward",
        _gradients(dweight=lambda dweight: 0 * dweight),
        "check_dweight",
        ("with +=",),
    ),
    "dx summed over the batch": Wrong(
        "conv2d_backward",
        _gradients(dx=lambda dx: 0 * dx + dx.sum(axis=0)),
        "check_dx",
        ("against central differences", "only its own dout"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("convolution", monkeypatch, WRONG[mistake])
