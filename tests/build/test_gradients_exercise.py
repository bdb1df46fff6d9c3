"""The exercise of the chapter gradients: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("gradients")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "gradients")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "derivative": 0,
        "linear": 4,
        "dbias": 2,
        "dweight": 3,
        "dx": 3,
        "relu": 5,
        "numerical_gradient": 6,
        "relative_error": 3,
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (26, 3, 65)


def test_every_line_of_the_learners_own_check_is_below_the_limit(monkeypatch, capsys):
    notebook_runs.run_answers("gradients", monkeypatch)
    said = capsys.readouterr().out
    assert said.count("relative error") == 4
    assert "look at this one" not in said


def test_a_wrong_gradient_is_pointed_at_in_the_learners_own_check(monkeypatch, capsys):
    # Right wherever the checks look, and wrong where the learner's own check does.
    def relu_backward(dout, cache):
        return _REFERENCE.relu_backward(dout, cache) * (1.0 if cache.shape == (2, 3) else 0.999)

    notebook_runs.run_answers("gradients", monkeypatch, relu_backward=relu_backward)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "<-" in line]
    assert line.startswith("ReLU, dx         relative error 1e-03")


def _linear(x, weight, bias):
    if bias.shape != weight.shape[1:]:
        raise ValueError(f"expected a bias of {weight.shape[1]} numbers, got {bias.shape}")
    return x @ weight + bias, (x, weight)


def _integers_only(x, weight, bias):
    out, cache = _linear(x, weight, bias)
    return out.astype(x.dtype), cache


def _unchecked(x, weight, bias):
    return x @ weight + bias, (x, weight)


def _asserting(x, weight, bias):
    assert bias.shape == weight.shape[1:]
    return _unchecked(x, weight, bias)


def _without_a_number(x, weight, bias):
    if bias.shape != weight.shape[1:]:
        raise ValueError("the bias does not fit")
    return _unchecked(x, weight, bias)


def _gradients(**changes):
    """Give a linear_backward with some of its results changed."""

    def linear_backward(dout, cache):
        found = dict(
            zip(("dx", "dweight", "dbias"), _REFERENCE.linear_backward(dout, cache), strict=True)
        )
        found |= {name: change(dout, *cache) for name, change in changes.items()}
        return found["dx"], found["dweight"], found["dbias"]

    return linear_backward


def _relu_in_place(x):
    x[x < 0] = 0
    return x, x


def _masking_in_place(dout, cache):
    dout[cache <= 0] = 0
    return dout


def _measuring(gradient_at, moved=lambda x: x.copy()):
    """Give a numerical_gradient that moves what `moved` makes of x, one number at a time."""

    def numerical_gradient(f, x, dout, *, h=1e-5):
        x = moved(x)
        gradient = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            gradient[index] = gradient_at(f, x, dout, h, index)
        return gradient

    return numerical_gradient


def _as_float(x):
    return np.array(x, dtype=np.float64)


def _both(x, h, index):
    up, down = x.copy(), x.copy()
    up[index] += h
    down[index] -= h
    return up, down


def _central(f, x, dout, h, index):
    up, down = _both(x, h, index)
    return np.sum((f(up) - f(down)) * dout) / (2 * h)


def _one_sided(f, x, dout, h, index):
    up, _ = _both(x, h, index)
    return np.sum((f(up) - f(x)) * dout) / h


def _own_output_only(f, x, dout, h, index):
    up, down = _both(x, h, index)
    return ((f(up) - f(down)) * dout)[index] / (2 * h)


def _put_back(f, x, dout, h, index):
    x[index] += h
    above = f(x)
    x[index] -= 2 * h
    below = f(x)
    x[index] += h
    return np.sum((above - below) * dout) / (2 * h)


def _whole_rows(f, x, dout, *, h=1e-5):
    x = _as_float(x)
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        gradient[i] = _central(f, x, dout, h, i)
    return gradient


def _far(a, b):
    if a.shape != b.shape:
        raise ValueError(f"expected two arrays of one shape, got {a.shape} and {b.shape}")
    return np.max(np.abs(a - b))


def _stretched(a, b):
    if np.all(a == b):
        return 0.0
    return np.max(np.abs(a - b)) / np.max(np.abs(b)) if b.any() else np.inf


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "three numbers by hand": Wrong(
        "by_hand_derivative", [30, 10, 20.4], "check_derivative", ("3 numbers", "Expected: four")
    ),
    "the output's own slope": Wrong(
        "by_hand_derivative",
        [3, 1, 20.4, 20],
        "check_derivative",
        ("question 1, is 3", "dout = 10 times as fast"),
    ),
    "a rise that is not divided": Wrong(
        "by_hand_derivative",
        [30, 10, 2.04, 20],
        "check_derivative",
        ("question 3, is 2.04", "divide by the step, 0.1"),
    ),
    "a two-sided rise that is not divided": Wrong(
        "by_hand_derivative",
        [30, 10, 20.4, 4],
        "check_derivative",
        ("question 4, is 4", "divide by 0.2"),
    ),
    "bias forgotten": Wrong(
        "linear_forward",
        lambda x, weight, bias: (x @ weight, (x, weight)),
        "check_linear",
        ("8 of 8 numbers", "plus bias[0]"),
    ),
    "no cache": Wrong(
        "linear_forward",
        lambda x, weight, bias: x @ weight + bias,
        "check_linear",
        ("came: ndarray", "out and cache"),
    ),
    "printed instead of returned": Wrong(
        "linear_forward", lambda x, weight, bias: None, "check_linear", ("came: NoneType",)
    ),
    "fractions cut off": Wrong(
        "linear_forward", _integers_only, "check_linear", ("halves", "made like x")
    ),
    "a bias of one number stretched": Wrong(
        "linear_forward",
        _unchecked,
        "check_linear",
        ("a bias of 1 number", "came: no error", "expected: a ValueError"),
    ),
    "an assert in the error's place": Wrong(
        "linear_forward", _asserting, "check_linear", ("came: AssertionError", "a ValueError")
    ),
    "an error that names no number": Wrong(
        "linear_forward", _without_a_number, "check_linear", ("the bias does not fit", "name both")
    ),
    "dbias averaged": Wrong(
        "linear_backward",
        _gradients(dbias=lambda dout, x, weight: dout.mean(axis=0)),
        "check_dbias",
        ("4 of 4 numbers", "adds up"),
    ),
    "dbias along the other axis": Wrong(
        "linear_backward",
        _gradients(dbias=lambda dout, x, weight: dout.sum(axis=1)),
        "check_dbias",
        ("came: shape (2,)", "four outputs, four numbers"),
    ),
    "dbias alone returned": Wrong(
        "linear_backward",
        lambda dout, cache: dout.sum(axis=0),
        "check_dbias",
        ("came: ndarray", "return None, None, dbias"),
    ),
    "dbias only, as the stage allows": Wrong(
        "linear_backward",
        _gradients(dx=lambda *_: None, dweight=lambda *_: None),
        "check_dweight",
        ("came: None", "computed by now"),
    ),
    "dweight averaged": Wrong(
        "linear_backward",
        _gradients(dweight=lambda dout, x, weight: x.T @ dout / len(x)),
        "check_dweight",
        ("where dout is 1 at [0, 2]", "not averaged"),
    ),
    "dweight turned around": Wrong(
        "linear_backward",
        _gradients(dweight=lambda dout, x, weight: dout.T @ x),
        "check_dweight",
        ("came: shape (4, 3)", "column 2"),
    ),
    "dweight of the first vector alone": Wrong(
        "linear_backward",
        _gradients(dweight=lambda dout, x, weight: np.outer(x[0], dout[0])),
        "check_dweight",
        ("10 at [1, 2]", "plus ten times x[1]"),
    ),
    "dweight of two vectors alone": Wrong(
        "linear_backward",
        _gradients(dweight=lambda dout, x, weight: x[:2].T @ dout[:2]),
        "check_dweight",
        ("against steps of 1", "every vector of the batch"),
    ),
    "weight reshaped instead of turned around": Wrong(
        "linear_backward",
        _gradients(dx=lambda dout, x, weight: dout @ weight.reshape(weight.shape[::-1])),
        "check_dx",
        ("row 0 is column 2 of weight",),
    ),
    "dx summed over the batch": Wrong(
        "linear_backward",
        _gradients(dx=lambda dout, x, weight: 0 * x + (dout @ weight.T).sum(axis=0)),
        "check_dx",
        ("the other vector did not move the loss",),
    ),
    "relu as the largest of a column": Wrong(
        "relu_forward", lambda x: (np.max(x, 0), x), "check_relu", ("shape (3,)", "by itself")
    ),
    "relu as the absolute value": Wrong(
        "relu_forward", lambda x: (np.abs(x), x), "check_relu", ("2 of 6 numbers",)
    ),
    "relu in place": Wrong(
        "relu_forward", _relu_in_place, "check_relu", ("x itself was changed", "`out = x`")
    ),
    "the sign of dout asked": Wrong(
        "relu_backward",
        lambda dout, cache: np.maximum(dout, 0),
        "check_relu",
        ("with its own sign", "where x was above 0"),
    ),
    "a gradient at the corner": Wrong(
        "relu_backward",
        lambda dout, cache: dout * (cache >= 0),
        "check_relu",
        ("1 of 6 numbers", "x[0, 1] is exactly 0"),
    ),
    "the mask and not the gradient": Wrong(
        "relu_backward", lambda dout, cache: cache > 0, "check_relu", ("gradient comes through",)
    ),
    "relu's gradient in place": Wrong(
        "relu_backward", _masking_in_place, "check_relu", ("dout itself was changed", "`dx = dout`")
    ),
    "brackets forgotten": Wrong(
        "numerical_gradient",
        _measuring(lambda *arguments: _central(*arguments) * arguments[3] ** 2, _as_float),
        "check_numerical_gradient",
        ("3 of 3 numbers", "2 h apart"),
    ),
    "one-sided": Wrong(
        "numerical_gradient",
        _measuring(_one_sided, _as_float),
        "check_numerical_gradient",
        ("(1.5**3 - 0.5**3) / (2 * 0.5) = 3.25",),
    ),
    "measured in integers": Wrong(
        "numerical_gradient",
        _measuring(_central),
        "check_numerical_gradient",
        ("as integers", "has to be float64"),
    ),
    "x moved and put back": Wrong(
        "numerical_gradient",
        _measuring(_put_back, np.asarray),
        "check_numerical_gradient",
        ("x itself was changed", "a copy"),
    ),
    "its own output only": Wrong(
        "numerical_gradient",
        _measuring(_own_output_only, _as_float),
        "check_numerical_gradient",
        ("moves all three outputs", "sum over all outputs"),
    ),
    "one copy for both steps": Wrong(
        "numerical_gradient",
        _measuring(_put_back, _as_float),
        "check_numerical_gradient",
        ("f returns a view", "a fresh copy each time"),
    ),
    "whole rows moved": Wrong(
        "numerical_gradient",
        _whole_rows,
        "check_numerical_gradient",
        ("4 of 4 numbers", "x has two axes"),
    ),
    "any dout accepted": Wrong(
        "numerical_gradient",
        _measuring(_central, _as_float),
        "check_numerical_gradient",
        ("a dout of 1 number", "came: no error", "expected: a ValueError"),
    ),
    "divided element by element": Wrong(
        "relative_error",
        lambda a, b: np.max(np.abs(a - b) / np.abs(b)),
        "check_relative_error",
        ("expected: 0.25", "one largest |b|, 4"),
    ),
    "lengths compared": Wrong(
        "relative_error",
        lambda a, b: np.linalg.norm(a - b) / np.linalg.norm(b),
        "check_relative_error",
        ("expected: 0.025", "the largest difference is 0.1"),
    ),
    "measured by both": Wrong(
        "relative_error",
        lambda a, b: _far(a, b) / max(np.max(np.abs(a)), np.max(np.abs(b))),
        "check_relative_error",
        ("expected: 0.025", "the largest |b| is 4"),
    ),
    "0 divided by 0": Wrong(
        "relative_error",
        lambda a, b: np.float64(_far(a, b)) / np.max(np.abs(b)) if b.any() else np.nan,
        "check_relative_error",
        ("came: nan", "they are equal"),
    ),
    "no difference from zeros": Wrong(
        "relative_error",
        lambda a, b: _far(a, b) / np.max(np.abs(b)) if b.any() else 0.0,
        "check_relative_error",
        ("expected: inf", "only b is 0 everywhere"),
    ),
    "one of two shapes stretched": Wrong(
        "relative_error",
        _stretched,
        "check_relative_error",
        ("with a (3,), b (1,)", "came: no error"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("gradients", monkeypatch, WRONG[mistake])
