"""The exercise of the chapter receptive_fields: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("receptive_fields")
_CONV = notebook_runs.reference("convolution")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "receptive_fields")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "two_layers": 0,
        "width": 6,
        "cover": 5,
        "region": 4,
        "padded": 5,
        "measure": 6,
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (26, 3, 66)
    assert exercise.answers == (
        "receptive_field",
        "layers_to_cover",
        "input_region",
        "measured_receptive_field",
    )


def test_the_picture_shows_what_the_experiment_would_measure(monkeypatch):
    namespace = notebook_runs.run_answers("receptive_fields", monkeypatch)
    row = namespace["gradient_of_the_middle"](8)[20]
    reached = np.flatnonzero(row)
    assert reached[-1] - reached[0] + 1 == _REFERENCE.measured_receptive_field([3] * 8, 41)
    assert namespace["deep"].shape == (41, 41)


def _region(change):
    """Change the region that a right answer gives; refuse what it refuses."""

    def input_region(index, kernel_sizes, *, paddings=None):
        start, stop = _REFERENCE.input_region(index, kernel_sizes, paddings=paddings)
        return change(start, stop, index, sum(paddings or [0]))

    return input_region


def _measure(weight=np.ones, *, back=reversed, dout=np.zeros, count=None):
    """Give the experiment as learners write it, with one thing of it changed."""

    def measured_receptive_field(kernel_sizes, size):
        if min([size, *kernel_sizes]) < 1:
            raise ValueError(f"expected sizes of at least 1, got {kernel_sizes} and {size}")
        x, caches = np.zeros((1, 1, 1, size)), []
        for kernel_size in kernel_sizes:
            x, cache = _CONV.conv2d_forward(x, weight((1, 1, 1, kernel_size)), np.zeros(1))
            caches.append(cache)
        grad = dout(x.shape)
        grad[0, 0, 0, x.shape[3] // 2] = 1.0
        for cache in back(caches):
            grad, _, _ = _CONV.conv2d_backward(grad, cache)
        if count:
            return count(grad)
        reached = np.flatnonzero(grad)
        return int(reached[-1] - reached[0]) + 1

    return measured_receptive_field


def _silent(kernel_sizes, *words):
    if min(kernel_sizes, default=1) < 1:
        raise ValueError(*words)
    return _REFERENCE.receptive_field(kernel_sizes)


def _terse(kernel_sizes):
    return _silent(kernel_sizes, "wrong kernel size")


def _unchecked(kernel_sizes):
    return 1 + sum(int(kernel_size) - 1 for kernel_size in kernel_sizes)


def _covered(rounded):
    return lambda size, kernel_size: rounded((size - 1) / (kernel_size - 1))


def _zipped(index, kernel_sizes, *, paddings=None):
    """Let zip stop at the shorter list."""
    pairs = list(zip(kernel_sizes, paddings or [0] * len(kernel_sizes), strict=False))
    kept = [kernel_size for kernel_size, _ in pairs]
    return _REFERENCE.input_region(index, kept, paddings=[padding for _, padding in pairs])


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "two numbers by hand and not three": Wrong(
        "by_hand_two_layers",
        [3, 6],
        "check_two_layers",
        ("in_the_input is [3, 6]", "three numbers in square brackets"),
    ),
    "one number by hand": Wrong(
        "by_hand_two_layers", 4, "check_two_layers", ("in_the_input is 4", "the first one")
    ),
    "the last pixel by hand": Wrong(
        "by_hand_two_layers",
        [3, 5, 3],
        "check_two_layers",
        ("last is 5", "go on from in_the_map"),
    ),
    "the kernel sizes added up": Wrong(
        "receptive_field",
        sum,
        "check_width",
        ("receptive_field([3, 2])\ncame: 5\nexpected: 4", "one more from the 2"),
    ),
    "the first kernel size for all": Wrong(
        "receptive_field",
        lambda kernel_sizes: 1 + len(kernel_sizes) * (kernel_sizes[0] - 1),
        "check_width",
        ("came: 5", "expected: 4"),
    ),
    "printed and not returned": Wrong(
        "receptive_field", lambda kernel_sizes: None, "check_width", ("came: None", "`return` line")
    ),
    "a float for the empty stack": Wrong(
        "receptive_field",
        lambda kernel_sizes: 1 + np.sum(np.array(kernel_sizes) - 1),
        "check_width",
        ("receptive_field([])", "came: np.float64(1.0)", "return an int, not a float64"),
    ),
    "even kernels rounded": Wrong(
        "receptive_field",
        lambda kernel_sizes: 1 + 2 * sum(kernel_size // 2 for kernel_size in kernel_sizes),
        "check_width",
        ("receptive_field([3, 2])", "came: 5"),
    ),
    "a kernel size of 0 taken": Wrong(
        "receptive_field",
        _unchecked,
        "check_width",
        ("receptive_field([3, 0])", "came: no error", "expected: a ValueError"),
    ),
    "a ValueError without a word": Wrong(
        "receptive_field",
        _silent,
        "check_width",
        ("came: a ValueError without a word", "under Raises"),
    ),
    "a refusal that names nothing": Wrong(
        "receptive_field",
        _terse,
        "check_width",
        ("came: ValueError: wrong kernel size", "with 0 in it"),
    ),
    "half a layer": Wrong(
        "layers_to_cover",
        _covered(float),
        "check_cover",
        ("came: 499.5", "expected: 500", "return an int, not a float"),
    ),
    "rounded up by NumPy": Wrong(
        "layers_to_cover", _covered(np.ceil), "check_cover", ("500.0", "an int, not a float64")
    ),
    "rounded down": Wrong("layers_to_cover", _covered(int), "check_cover", ("came: 499",)),
    "rounded to the nearest": Wrong(
        "layers_to_cover", _covered(round), "check_cover", ("came: 3", "not to the nearest")
    ),
    "always one layer more": Wrong(
        "layers_to_cover",
        _covered(lambda layers: int(layers) + 1),
        "check_cover",
        ("layers_to_cover(11, 3)", "none is added"),
    ),
    "division by zero": Wrong(
        "layers_to_cover",
        _covered(lambda layers: int(np.ceil(layers))),
        "check_cover",
        ("layers_to_cover(8, 1)", "came: ZeroDivisionError", "check the arguments first"),
    ),
    "stop is the last pixel": Wrong(
        "input_region",
        _region(lambda start, stop, index, padding: (start, stop - 1)),
        "check_region",
        ("stop of input_region(3, [3, 2])", "came: 6", "the first one behind"),
    ),
    "the region around the index": Wrong(
        "input_region",
        _region(lambda start, stop, index, padding: (start - 1, stop - 1)),
        "check_region",
        ("start of input_region(3, [3, 2])", "came: 2", "expected: 3"),
    ),
    "a list": Wrong(
        "input_region",
        _region(lambda start, stop, index, padding: [start, stop]),
        "check_region",
        ("came: [3, 7]", "a tuple of two numbers, (3, 7)", "return start, stop"),
    ),
    "paddings not read": Wrong(
        "input_region",
        _region(lambda start, stop, index, padding: (start + padding, stop + padding)),
        "check_padded",
        ("start of input_region(0, [5], paddings=[2])", "came: 0", "two places in front"),
    ),
    "padding makes the region wider": Wrong(
        "input_region",
        _region(lambda start, stop, index, padding: (start, stop + 2 * padding)),
        "check_padded",
        ("stop of input_region(0, [5], paddings=[2])", "still 5 places wide"),
    ),
    "cut off at the image": Wrong(
        "input_region",
        _region(lambda start, stop, index, padding: (max(start, 0), stop)),
        "check_padded",
        ("came: 0", "expected: -2"),
    ),
    "the shorter list counts": Wrong(
        "input_region",
        _zipped,
        "check_padded",
        ("input_region(8, [5, 3], paddings=[2])", "expected: a ValueError"),
    ),
    "the gradient starts at all outputs": Wrong(
        "measured_receptive_field",
        _measure(dout=np.ones),
        "check_measure",
        ("came: 8", "does the gradient start at one output only"),
    ),
    "only the last layer hands back": Wrong(
        "measured_receptive_field",
        _measure(back=lambda caches: caches[-1:]),
        "check_measure",
        ("measured_receptive_field([3, 2], 9)", "came: 2", "the last layer alone"),
    ),
    "the first layer hands back first": Wrong(
        "measured_receptive_field",
        _measure(back=list),
        "check_measure",
        ("came: ValueError", "begin with the cache of the last layer"),
    ),
    "weights of both signs cancel": Wrong(
        "measured_receptive_field",
        _measure(
            lambda shape: np.resize([1.0, 1.0, 1.0, -1.0, 1.0], shape), count=np.count_nonzero
        ),
        "check_measure",
        ("measured_receptive_field([5, 5], 20)", "can cancel"),
    ),
    "weights of zero": Wrong(
        "measured_receptive_field",
        _measure(np.zeros),
        "check_measure",
        ("came: IndexError", "no zeros in it"),
    ),
    "weights with three axes": Wrong(
        "measured_receptive_field",
        _measure(lambda shape: np.ones(shape[1:])),
        "check_measure",
        ("came: ValueError", "weight.shape=(1, 1, 3)", "four axes"),
    ),
    "faint ends left out": Wrong(
        "measured_receptive_field",
        _measure(count=lambda grad: int(np.sum(grad > 0.01 * grad.max()))),
        "check_measure",
        ("came: 13", "expected: 17", "small at its ends"),
    ),
    "one pixel too few": Wrong(
        "measured_receptive_field",
        _measure(count=lambda grad: int(np.ptp(np.flatnonzero(grad)))),
        "check_measure",
        ("came: 2", "reached three pixels"),
    ),
    "the formula once more": Wrong(
        "measured_receptive_field",
        lambda kernel_sizes, size: _REFERENCE.receptive_field(kernel_sizes),
        "check_measure",
        ("measured_receptive_field([3, 2], 3)", "came: no error", "expected: a ValueError"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("receptive_fields", monkeypatch, WRONG[mistake])


def test_the_experiment_as_a_learner_writes_it_passes(monkeypatch):
    notebook_runs.run_answers("receptive_fields", monkeypatch, measured_receptive_field=_measure())
