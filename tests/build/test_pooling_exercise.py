"""The exercise of the chapter pooling: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("pooling")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "pooling")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "by_hand": 0,
        "max_windows": 6,
        "max_padding": 4,
        "max_dx": 7,
        "avg": 4,
        "avg_dx": 4,
        "global_avg": 3,
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (28, 3, 72)
    assert exercise.answers == (
        "max_pool2d_forward",
        "max_pool2d_backward",
        "avg_pool2d_forward",
        "avg_pool2d_backward",
        "global_avg_pool2d_forward",
        "global_avg_pool2d_backward",
    )


def test_most_maxima_of_random_numbers_stay_and_no_average_does(monkeypatch, capsys):
    notebook_runs.run_answers("pooling", monkeypatch)
    said = capsys.readouterr().out
    assert "random numbers, moved by one column:  61% of the maxima" in said
    assert "random numbers, moved by one column:   0% of the averages" in said


def _pad(x, padding, value):
    """Put a border around the maps; in whole numbers, minus infinity is the smallest of them."""
    if value == -np.inf and not np.issubdtype(x.dtype, np.floating):
        value = np.iinfo(x.dtype).min
    sides = (padding, padding)
    return np.pad(x, [(0, 0), (0, 0), sides, sides], constant_values=value)


def _fits(places, kernel_size, stride):
    return (places - kernel_size) // stride + 1


def _forward(
    ask, *, border=-np.inf, pad=_pad, fits=_fits, default=None, step=None, width=None, refuse=True
):
    """Give a forward pass as learners write it, in a padded array; each argument is one line.

    Parameters
    ----------
    ask : callable
        What a window of shape (N, C, K, K) is asked.
    border : float, optional
        What the border holds.
    pad, fits : callable, optional
        How the border is made, and how the places of a window are counted.
    default : int, optional
        The stride where none is named.
    step, width : callable, optional
        The step from window to window and the width of one, made of kernel size and stride.
    refuse : bool, optional
        Whether what does not fit is refused, in the words of the reference.
    """

    def forward(x, kernel_size, *, stride=None, padding=0):
        if refuse:
            _REFERENCE.max_pool2d_forward(x, kernel_size, stride=stride, padding=padding)
        stride = (default or kernel_size) if stride is None else stride
        padded = pad(x, padding, border)
        H_out, W_out = (fits(places, kernel_size, stride) for places in padded.shape[2:])
        S = step(kernel_size, stride) if step else stride
        K = width(kernel_size, stride) if width else kernel_size
        out = np.zeros((*x.shape[:2], H_out, W_out))
        for i, j in np.ndindex(H_out, W_out):
            out[:, :, i, j] = ask(padded[:, :, i * S : i * S + K, j * S : j * S + K])
        return out, (x, kernel_size, stride, padding)

    return forward


def _largest(window):
    return window.max(axis=(2, 3))


def _average(window):
    return window.mean(axis=(2, 3))


def _cut_out(dx, padding, H, W):
    return dx[:, :, padding : padding + H, padding : padding + W]


def _backward(give, *, cut=_cut_out):
    """Give a backward pass as learners write it, in a padded array; each argument is one line.

    Parameters
    ----------
    give : callable
        What is done to a window of dx, given the window of x, its gradient, and the stride.
    cut : callable, optional
        How the border is cut off.
    """

    def backward(dout, cache):
        x, kernel_size, stride, padding = cache
        x = np.zeros(x) if isinstance(x, tuple) else x  # average pooling keeps the shape alone
        padded = _pad(x, padding, -np.inf)
        dx = np.zeros(padded.shape)
        for n, c, i, j in np.ndindex(dout.shape):
            rows, columns = (slice(k * stride, k * stride + kernel_size) for k in (i, j))
            place = (n, c, rows, columns)
            give(dx[place], padded[place], dout[n, c, i, j], stride)
        return cut(dx, padding, *x.shape[2:])

    return backward


def _to_the_first(dx, window, gradient, _):
    dx[np.unravel_index(window.argmax(), window.shape)] += gradient


def _to_the_first_overwritten(dx, window, gradient, _):
    dx[np.unravel_index(window.argmax(), window.shape)] = gradient


def _to_the_first_rows_and_columns_swapped(dx, window, gradient, _):
    column, row = divmod(int(window.argmax()), len(window))
    dx[row, column] += gradient


def _to_the_last(dx, window, gradient, _):
    dx[tuple(np.argwhere(window == window.max())[-1])] += gradient


def _to_all_of_the_largest(dx, window, gradient, _):
    dx[window == window.max()] += gradient


def _times_the_largest(dx, window, gradient, _):
    dx[np.unravel_index(window.argmax(), window.shape)] += gradient * window.max()


def _shared(dx, window, gradient, _):
    dx += gradient / window.size


def _shared_overwritten(dx, window, gradient, _):
    dx[:] = gradient / window.size


def _to_every_place(dx, window, gradient, _):
    dx += gradient


def _shared_by_the_stride(dx, window, gradient, stride):
    dx += gradient / stride**2


def _first_channel_for_all(dout, cache):
    x, *sizes = cache
    return _REFERENCE.max_pool2d_backward(dout, (np.broadcast_to(x[:, :1], x.shape), *sizes))


def _without_refusing(error, x, kernel_size, **keywords):
    """Refuse as the reference does, but for one thing, which meets another fate."""
    try:
        return _REFERENCE.max_pool2d_forward(x, kernel_size, **keywords)
    except ValueError as refused:
        raise error from refused


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "six numbers by hand in one row": Wrong(
        "by_hand_by_hand",
        [3, -1, 5, 8, 7, -1],
        "check_by_hand",
        ("two rows of three numbers each", "two windows lie above each other"),
    ),
    "the number farthest from zero by hand": Wrong(
        "by_hand_by_hand",
        [[3, -4, 5], [8, 7, -6]],
        "check_by_hand",
        ("by_hand[0][1] is -4", "the one that lies nearest to zero"),
    ),
    "no cache": Wrong(
        "max_pool2d_forward",
        lambda x, *sizes, **keywords: _REFERENCE.max_pool2d_forward(x, *sizes, **keywords)[0],
        "check_max_windows",
        ("came: ndarray", "out and cache"),
    ),
    "stride 1 where none is named": Wrong(
        "max_pool2d_forward",
        _forward(_largest, default=1),
        "check_max_windows",
        ("came: shape (1, 1, 3, 5)", "no stride is named"),
    ),
    "windows that move by one": Wrong(
        "max_pool2d_forward",
        _forward(_largest, step=lambda K, S: 1),
        "check_max_windows",
        ("the windows lie too close, step by the stride",),
    ),
    "windows that move by their width": Wrong(
        "max_pool2d_forward",
        _forward(_largest, step=lambda K, S: K),
        "check_max_windows",
        ("max_pool2d_forward(x, 2, stride=3)", "2 wide and 3 apart"),
    ),
    "windows as wide as the stride": Wrong(
        "max_pool2d_forward",
        _forward(_largest, width=lambda K, S: S),
        "check_max_windows",
        ("max_pool2d_forward(x, 3, stride=2)", "3 wide and 2 apart"),
    ),
    "a search that starts from 0": Wrong(
        "max_pool2d_forward",
        _forward(lambda window: np.maximum(_largest(window), 0)),
        "check_max_windows",
        ("your search starts from 0",),
    ),
    "places rounded up": Wrong(
        "max_pool2d_forward",
        _forward(_largest, fits=lambda places, K, S: -(-(places - K) // S) + 1),
        "check_max_windows",
        ("came: shape (1, 1, 2, 3)", "expected: shape (1, 1, 1, 2)", "// rounds down"),
    ),
    "the largest of all channels": Wrong(
        "max_pool2d_forward",
        _forward(np.max),
        "check_max_windows",
        ("channel 0 of image 0", "in each channel by itself"),
    ),
    "padding not read": Wrong(
        "max_pool2d_forward",
        _forward(_largest, pad=lambda x, padding, value: x),
        "check_max_padding",
        ("came: shape (1, 1, 1, 2)", "count the border on both sides"),
    ),
    "a border of zeros": Wrong(
        "max_pool2d_forward",
        _forward(_largest, border=0),
        "check_max_padding",
        ("from -1 to -15", "your border holds zeros"),
    ),
    "a border on two sides only": Wrong(
        "max_pool2d_forward",
        _forward(
            _largest,
            pad=lambda x, padding, value: _pad(x, padding, value)[
                :, :, : x.shape[2] + padding, : x.shape[3] + padding
            ],
        ),
        "check_max_padding",
        ("stride=1, padding=1", "the output is as large as x"),
    ),
    "minus infinity among whole numbers": Wrong(
        "max_pool2d_forward",
        _forward(
            _largest,
            pad=lambda x, padding, value: np.pad(
                x, [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2], constant_values=value
            ),
        ),
        "check_max_padding",
        ("came: OverflowError", "np.iinfo(x.dtype).min"),
    ),
    "a border of any width": Wrong(
        "max_pool2d_forward",
        _forward(_largest, refuse=False),
        "check_max_padding",
        ("max_pool2d_forward(x, 3, padding=2)", "came: no error", "check the arguments first"),
    ),
    "a refusal without numbers": Wrong(
        "max_pool2d_forward",
        lambda *sizes, **keywords: _without_refusing(ValueError("no"), *sizes, **keywords),
        "check_max_padding",
        ("came: ValueError: no", "with 1 and 2 in it"),
    ),
    "a refusal by chance": Wrong(
        "max_pool2d_forward",
        lambda *sizes, **keywords: _without_refusing(ZeroDivisionError("by 0"), *sizes, **keywords),
        "check_max_padding",
        ("came: ZeroDivisionError", "check the arguments first"),
    ),
    "dx not returned": Wrong(
        "max_pool2d_backward",
        lambda dout, cache: None,
        "check_max_dx",
        ("came: None", "`return` line"),
    ),
    "dx overwritten": Wrong(
        "max_pool2d_backward",
        _backward(_to_the_first_overwritten),
        "check_max_dx",
        ("both windows share the 9", "add with +="),
    ),
    "rows and columns of argmax swapped": Wrong(
        "max_pool2d_backward",
        _backward(_to_the_first_rows_and_columns_swapped),
        "check_max_dx",
        ("the 1 belongs to the place of the 3 in x",),
    ),
    "the gradient times the number": Wrong(
        "max_pool2d_backward",
        _backward(_times_the_largest),
        "check_max_dx",
        ("you see which window went where",),
    ),
    "all of the largest get it": Wrong(
        "max_pool2d_backward",
        _backward(_to_all_of_the_largest),
        "check_max_dx",
        ("two fours", "Only the first of them"),
    ),
    "the last of the largest gets it": Wrong(
        "max_pool2d_backward",
        _backward(_to_the_last),
        "check_max_dx",
        ("two fours", "Only the first of them"),
    ),
    "a border of 0 cut off": Wrong(
        "max_pool2d_backward",
        _backward(_to_the_first, cut=lambda dx, P, H, W: dx[:, :, P:-P, P:-P]),
        "check_max_dx",
        ("came: shape (1, 1, 0, 0)", "[P:-P]"),
    ),
    "the first channel for all": Wrong(
        "max_pool2d_backward",
        _first_channel_for_all,
        "check_max_dx",
        ("padding=0, against central differences", "its own gradient"),
    ),
    "the wrong part cut out": Wrong(
        "max_pool2d_backward",
        _backward(_to_the_first, cut=lambda dx, P, H, W: dx[:, :, :H, :W]),
        "check_max_dx",
        ("padding=1, against central differences", "cut out the right part"),
    ),
    "the border not cut off": Wrong(
        "max_pool2d_backward",
        _backward(_to_the_first, cut=lambda dx, P, H, W: dx),
        "check_max_dx",
        ("came: shape (2, 3, 8, 9)", "cut out the right part"),
    ),
    "divided by K": Wrong(
        "avg_pool2d_forward",
        _forward(lambda window: window.sum(axis=(2, 3)) / window.shape[2], border=0),
        "check_avg",
        ("6 divided by 4 places",),
    ),
    "zeros that do not count": Wrong(
        "avg_pool2d_forward",
        _forward(lambda window: np.nanmean(window, axis=(2, 3)), border=np.nan),
        "check_avg",
        ("all ones", "divided by 9, not by 4"),
    ),
    "the border of max pooling": Wrong(
        "avg_pool2d_forward", _forward(_average), "check_avg", ("five zeros of the border",)
    ),
    "the average of all channels": Wrong(
        "avg_pool2d_forward", _forward(np.mean, border=0), "check_avg", ("each channel by itself",)
    ),
    "fractions cut off": Wrong(
        "avg_pool2d_forward",
        lambda x, *sizes, **keywords: (
            _REFERENCE.avg_pool2d_forward(x, *sizes, **keywords)[0].astype(x.dtype),
            None,
        ),
        "check_avg",
        ("in whole numbers", "the fractions were cut off"),
    ),
    "any border in average pooling": Wrong(
        "avg_pool2d_forward",
        _forward(_average, border=0, refuse=False),
        "check_avg",
        ("avg_pool2d_forward(x, 3, padding=2)", "came: no error", "under Raises"),
    ),
    "shares overwritten": Wrong(
        "avg_pool2d_backward",
        _backward(_shared_overwritten),
        "check_avg_dx",
        ("the middle column lies in both windows", "with +="),
    ),
    "shares that are no shares": Wrong(
        "avg_pool2d_backward", _backward(_to_every_place), "check_avg_dx", ("4 / 4 = 1",)
    ),
    "shares by the stride": Wrong(
        "avg_pool2d_backward", _backward(_shared_by_the_stride), "check_avg_dx", ("divide by 9",)
    ),
    "the wrong part of the shares cut out": Wrong(
        "avg_pool2d_backward",
        _backward(_shared, cut=lambda dx, P, H, W: dx[:, :, :H, :W]),
        "check_avg_dx",
        ("against central differences", "row 1 of the padded array"),
    ),
    "axes kept": Wrong(
        "global_avg_pool2d_forward",
        lambda x: (x.mean(axis=(2, 3), keepdims=True), x.shape),
        "check_global_avg",
        ("came: shape (2, 2, 1, 1)", "rows and columns are gone"),
    ),
    "averages without a cache": Wrong(
        "global_avg_pool2d_forward",
        lambda x: x.mean(axis=(2, 3)),
        "check_global_avg",
        ("came: ndarray", "out and cache"),
    ),
    "the whole gradient for every place": Wrong(
        "global_avg_pool2d_backward",
        lambda dout, cache: np.zeros(cache) + dout[:, :, np.newaxis, np.newaxis],
        "check_global_avg",
        ("a sixth of the map's gradient",),
    ),
    "one place for a whole map": Wrong(
        "global_avg_pool2d_backward",
        lambda dout, cache: dout[:, :, np.newaxis, np.newaxis] / 6,
        "check_global_avg",
        ("came: shape (2, 2, 1, 1)", "expected: shape (2, 2, 2, 3)"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("pooling", monkeypatch, WRONG[mistake])


def test_padded_arrays_pass_as_well_as_windows_cut_short(monkeypatch):
    notebook_runs.run_answers(
        "pooling",
        monkeypatch,
        max_pool2d_forward=_forward(_largest),
        max_pool2d_backward=_backward(_to_the_first),
        avg_pool2d_forward=_forward(_average, border=0),
        avg_pool2d_backward=_backward(_shared),
    )
