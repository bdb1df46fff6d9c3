"""The exercise of the chapter on other convolutions: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from autograder.notebook import source_notebook
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("other_convolutions")
_BONUS = ("dilated", "dilated_backward", "depthwise", "depthwise_backward", "transposed")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "other_convolutions")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "two_places": 0,
        "conv1x1": 3,
        "conv1x1_backward": 3.5,
        "one_row": 0,
        "conv1d": 4.5,
        "conv1d_backward": 4,
        "conv3d": 4,
        "conv3d_backward": 3,
        "dilated": 2,
        "dilated_backward": 1.5,
        "depthwise": 1.5,
        "depthwise_backward": 1,
        "transposed": 2,
    }
    assert tuple(stage.name for stage in exercise.stages if stage.bonus) == _BONUS
    assert (exercise.minutes, exercise.points, exercise.manual_points) == (85, 30, 3)


def test_the_overview_has_the_order_of_the_notebook():
    cells = source_notebook(load_exercise(notebook_runs.COURSE, "other_convolutions")).cells
    (table,) = [cell.source for cell in cells if "| step |" in cell.source]
    steps = [
        line.split(" | ")[0].removeprefix("| ")
        for line in table.splitlines()
        if line.startswith("| ")
    ]
    assert steps[9:12] == [
        "The way back: `conv3d_backward`",
        "In your own words",
        "Bonus: dilated convolution, `dilated_conv2d_forward`",
    ]
    assert len(steps) == 2 + 14
    assert "(bonus)" not in table


def test_nothing_that_is_given_answers_a_stage():
    exercise = load_exercise(notebook_runs.COURSE, "other_convolutions")
    assert set(exercise.given) == {"padding.pad2d_forward", "padding.pad2d_backward"}


def test_the_pictures_show_what_their_text_says(monkeypatch, capsys):
    namespace = notebook_runs.run_answers("other_convolutions", monkeypatch)
    losses = [losses[-1] for losses, _ in namespace["runs"].values()]
    assert losses[1] < losses[0] / 10
    # The likeness is largest where a beat was put, one step on: the filter of nine is centered.
    likeness, beats = namespace["likeness"], namespace["beats"] + 1
    assert all(np.argmax(likeness[at - 10 : at + 11]) in (9, 10, 11) for at in beats)
    assert not namespace["motion"][0, 0, :, :12].any()
    assert namespace["motion"][0, 0, :, 12:].any()
    said = capsys.readouterr().out
    assert "(1, 2, 4): 15 pixels wide, 225 of 225" in said
    assert "(4, 4, 4): 25 pixels wide, 49 of 625" in said
    inside = [namespace["covers"][key][4:-4, 4:-4] for key in ((3, 2), (4, 2), (2, 3))]
    assert [sorted(set(map(int, cover.ravel()))) for cover in inside] == [[1, 2, 4], [4], [0, 1]]


def _out(function, change):
    """Give the reference's forward pass with another out."""

    def forward(x, weight, bias, **settings):
        out, cache = getattr(_REFERENCE, function)(x, weight, bias, **settings)
        return change(out, x, weight, bias), cache

    return forward


def _gradients(function, **changes):
    """Give the reference's backward pass with another dx, dweight or dbias."""

    def backward(dout, cache):
        found = dict(
            zip(("dx", "dweight", "dbias"), getattr(_REFERENCE, function)(dout, cache), strict=True)
        )
        found |= {name: change(found[name]) for name, change in changes.items()}
        return found["dx"], found["dweight"], found["dbias"]

    return backward


def _reshaped(x, weight, bias):
    out, cache = _REFERENCE.conv1x1_forward(x, weight, bias)
    rows = x.reshape(-1, x.shape[1]) @ weight.T + bias
    return rows.reshape(out.shape), cache


def _not_moved_back(x, weight, bias):
    out, cache = _REFERENCE.conv1x1_forward(x, weight, bias)
    return (np.moveaxis(x, 1, -1) @ weight.T + bias).reshape(out.shape), cache


def _padded_in_front(x, weight, bias, *, stride=1, padding=0):
    longer = np.pad(x, ((0, 0), (0, 0), (padding, 0)))
    return _REFERENCE.conv1d_forward(longer, weight, bias, stride=stride)


def _conv1d_turned(x, weight, bias, **settings):
    return _REFERENCE.conv1d_forward(x, weight[:, :, ::-1], bias, **settings)


def _conv1d_without_stride(x, weight, bias, *, stride=1, padding=0):
    if stride < 1:
        raise ValueError("expected 1 or more")
    return _REFERENCE.conv1d_forward(x, weight, bias, padding=padding)


def _conv1d_accepts_any_stride(x, weight, bias, *, stride=1, padding=0):
    return _REFERENCE.conv1d_forward(x, weight, bias, stride=max(stride, 1), padding=padding)


def _conv1d_backward_without_stride(dout, cache):
    padded, weight, _, padding = cache
    return _REFERENCE.conv1d_backward(dout, (padded, weight, 1, padding))


def _conv1d_dx_cut_with_minus(dout, cache):
    padded, weight, stride, padding = cache
    dpadded, dweight, dbias = _REFERENCE.conv1d_backward(dout, (padded, weight, stride, 0))
    return dpadded[:, :, padding:-padding], dweight, dbias


def _depth_not_padded(x, weight, bias, *, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (0, 0), (padding, padding), (padding, padding)))
    return _REFERENCE.conv3d_forward(padded, weight, bias, stride=stride)


def _filter_axes_mixed(x, weight, bias, **settings):
    if weight.shape[2] == weight.shape[3] == weight.shape[4]:
        weight = weight.transpose(0, 1, 4, 2, 3)
    return _REFERENCE.conv3d_forward(x, weight, bias, **settings)


def _depth_not_strided(x, weight, bias, *, stride=1, padding=0):
    out, cache = _REFERENCE.conv3d_forward(x, weight, bias, padding=padding)
    return out[:, :, :, ::stride, ::stride], cache


def _conv1d_names_no_padded_row(x, weight, bias, **settings):
    try:
        return _REFERENCE.conv1d_forward(x, weight, bias, **settings)
    except ValueError:
        raise ValueError(f"{x.shape} and {weight.shape} do not fit") from None


def _dilated_refuses_nothing(x, weight, bias, **settings):
    try:
        return _REFERENCE.dilated_conv2d_forward(x, weight, bias, **settings)
    except ValueError:
        return np.zeros((len(x), len(weight), 0, 0)), None


def _dilated_names_no_dilation(x, weight, bias, **settings):
    try:
        return _REFERENCE.dilated_conv2d_forward(x, weight, bias, **settings)
    except ValueError:
        raise ValueError(f"{x.shape[2:]} is too small for the filters") from None


def _dilated_without_dilation(x, weight, bias, *, stride=1, padding=0, dilation=1):
    return _REFERENCE.dilated_conv2d_forward(x, weight, bias, stride=stride, padding=padding)


def _dilated_backward_without_dilation(dout, cache):
    return _REFERENCE.dilated_conv2d_backward(dout, (*cache[:-1], 1))


def _transposed_turned(x, weight, bias, **settings):
    return _REFERENCE.conv_transpose2d_forward(x, weight[:, :, ::-1, ::-1], bias, **settings)


def _transposed_padded(x, weight, bias, *, stride=1, padding=0):
    out, cache = _REFERENCE.conv_transpose2d_forward(x, weight, bias, stride=stride)
    return np.pad(out, ((0, 0), (0, 0), (padding, padding), (padding, padding))), cache


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "channels reshaped": Wrong(
        "conv1x1_forward",
        _reshaped,
        "check_conv1x1",
        ("moved and not only reshaped",),
    ),
    "channels not moved back": Wrong(
        "conv1x1_forward",
        _not_moved_back,
        "check_conv1x1",
        ("numbers are wrong",),
    ),
    "rows and columns swapped": Wrong(
        "conv1x1_forward",
        _out("conv1x1_forward", lambda out, x, weight, bias: out.swapaxes(2, 3)),
        "check_conv1x1",
        ("came: shape (1, 2, 2, 1)",),
    ),
    "bias forgotten": Wrong(
        "conv1x1_forward",
        _out("conv1x1_forward", lambda out, x, weight, bias: out - bias[:, None, None]),
        "check_conv1x1",
        ("every bias added once",),
    ),
    "no cache": Wrong(
        "conv1x1_forward",
        lambda x, weight, bias: _REFERENCE.conv1x1_forward(x, weight, bias)[0],
        "check_conv1x1",
        ("came: ndarray", "out and cache"),
    ),
    "dweight of 1 x 1 averaged": Wrong(
        "conv1x1_backward",
        _gradients("conv1x1_backward", dweight=lambda dweight: dweight / 2),
        "check_conv1x1_backward",
        ("that is dweight", "all places are added up"),
    ),
    "dweight of 1 x 1 transposed": Wrong(
        "conv1x1_backward",
        _gradients("conv1x1_backward", dweight=lambda dweight: dweight.T),
        "check_conv1x1_backward",
        ("came: shape (3, 2)", "One row for each filter"),
    ),
    "dx of 1 x 1 summed over the batch": Wrong(
        "conv1x1_backward",
        _gradients("conv1x1_backward", dx=lambda dx: 0 * dx + dx.sum(axis=0)),
        "check_conv1x1_backward",
        ("against central differences",),
    ),
    "filters turned around": Wrong(
        "conv1d_forward", _conv1d_turned, "check_conv1d", ("np.correlate",)
    ),
    "padded in front only": Wrong(
        "conv1d_forward", _padded_in_front, "check_conv1d", ("came: shape (1, 1, 5)", "each end")
    ),
    "stride ignored": Wrong(
        "conv1d_forward", _conv1d_without_stride, "check_conv1d", ("begins at 0, 2 and 4",)
    ),
    "stride of 0 accepted": Wrong(
        "conv1d_forward", _conv1d_accepts_any_stride, "check_conv1d", ("stride=0", "a ValueError")
    ),
    "the padded row not named": Wrong(
        "conv1d_forward",
        _conv1d_names_no_padded_row,
        "check_conv1d",
        ("with 11 and 10 in it", "so that the padded rows have 10"),
    ),
    "stride missing on the way back": Wrong(
        "conv1d_backward",
        _conv1d_backward_without_stride,
        "check_conv1d_backward",
        ("the stride is missing here",),
    ),
    "dx empty without padding": Wrong(
        "conv1d_backward",
        _conv1d_dx_cut_with_minus,
        "check_conv1d_backward",
        ("came: shape (1, 1, 0)", "[padding:-padding]"),
    ),
    "dx with its padding": Wrong(
        "conv1d_backward",
        lambda dout, cache: _REFERENCE.conv1d_backward(dout, (*cache[:3], 0)),
        "check_conv1d_backward",
        ("came: shape (1, 1, 8)", "zeros of the padding go"),
    ),
    "depth not padded": Wrong(
        "conv3d_forward", _depth_not_padded, "check_conv3d", ("the depth is padded",)
    ),
    "depth not strided": Wrong(
        "conv3d_forward", _depth_not_strided, "check_conv3d", ("for all three axes",)
    ),
    "axes of the filter mixed up": Wrong(
        "conv3d_forward",
        _filter_axes_mixed,
        "check_conv3d",
        ("lies on another axis of the filter",),
    ),
    "nothing returned": Wrong(
        "conv3d_backward",
        lambda dout, cache: None,
        "check_conv3d_backward",
        ("came: NoneType", "return dx, dweight, dbias"),
    ),
    "dbias of volumes with an axis left": Wrong(
        "conv3d_backward",
        lambda dout, cache: (
            *_REFERENCE.conv3d_backward(dout, cache)[:2],
            dout.sum(axis=(0, 2, 3)),
        ),
        "check_conv3d_backward",
        ("depth, height, width and batch",),
    ),
    "dilation ignored": Wrong(
        "dilated_conv2d_forward",
        _dilated_without_dilation,
        "check_dilated",
        ("dilation=2", "reaches over 3 columns"),
    ),
    "a reach that is too far accepted": Wrong(
        "dilated_conv2d_forward",
        _dilated_refuses_nothing,
        "check_dilated",
        ("dilation=4", "came: no error"),
    ),
    "the dilation not named": Wrong(
        "dilated_conv2d_forward",
        _dilated_names_no_dilation,
        "check_dilated",
        ("with 4 in it",),
    ),
    "dilation ignored on the way back": Wrong(
        "dilated_conv2d_backward",
        _dilated_backward_without_dilation,
        "check_dilated_backward",
        ("looked at columns 0 and 2",),
    ),
    "channels added up": Wrong(
        "depthwise_conv2d_forward",
        _out(
            "depthwise_conv2d_forward",
            lambda out, x, weight, bias: 0 * out + out.sum(axis=1, keepdims=True),
        ),
        "check_depthwise",
        ("Channels are not added up",),
    ),
    "dweight without its axis": Wrong(
        "depthwise_conv2d_backward",
        _gradients("depthwise_conv2d_backward", dweight=lambda dweight: dweight[:, 0]),
        "check_depthwise_backward",
        ("came: shape (3, 2, 3)",),
    ),
    "copies turned around": Wrong(
        "conv_transpose2d_forward", _transposed_turned, "check_transposed", ("(1, 2, 3), and 2",)
    ),
    "border added": Wrong(
        "conv_transpose2d_forward",
        _transposed_padded,
        "check_transposed",
        ("padding takes one row away",),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("other_convolutions", monkeypatch, WRONG[mistake])
