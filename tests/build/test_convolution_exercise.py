"""The exercise of the chapter convolution, as a learner meets it."""

import json
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograder.course import find_course
from autograder.exercise import load_exercise
from autograder.reference import STUB
from autograder.release import check_exercise, generate

_COURSE = find_course(__file__)
_MESSAGE = "Replace this line with your code, then run the check below."


@pytest.fixture(scope="module")
def exercise():
    return load_exercise(_COURSE, "convolution")


@pytest.fixture(scope="module")
def notebooks():
    """Give the text of the source and of the release."""
    source, release = generate(_COURSE, "convolution")
    return source["convolution.ipynb"], release["convolution.ipynb"]


def _execute(text):
    """Run a notebook in a kernel of its own; return it and the error that stopped it."""
    notebook = nbformat.reads(text, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    try:
        client.execute()
    except CellExecutionError as error:
        return notebook, error
    return notebook, None


def _run(notebooks, monkeypatch, **answers):
    """Run the code cells without a kernel and without matplotlib; return what was printed last.

    Each answer stands for the reference's function of that name.
    """
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    namespace = {}
    for cell in json.loads(notebooks[0])["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), namespace)
            name = cell["id"].removeprefix("answer_")
            if name in answers:
                namespace[name] = answers[name]
    return namespace


def test_the_committed_notebook_is_what_its_sources_give():
    check_exercise(_COURSE, "convolution")


def test_points_and_minutes_are_those_that_the_book_promises(exercise):
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
    assert 60 <= exercise.minutes <= 90


def test_every_stage_that_costs_thought_has_hints(notebooks):
    text = notebooks[1]
    assert text.count("Hint 1 of 3") == text.count("Hint 3 of 3") == 6


def test_the_untouched_notebook_stops_at_the_first_place_for_an_answer(notebooks):
    notebook, error = _execute(notebooks[1])
    assert (error.ename, error.evalue) == ("NotImplementedError", _MESSAGE)
    (stopped,) = [
        cell.id
        for cell in notebook.cells
        if any(output.output_type == "error" for output in cell.get("outputs", []))
    ]
    assert stopped == "by_hand_one_patch"


@pytest.mark.parametrize(
    ("function", "check"),
    [
        ("correlate2d", "check_one_channel"),
        ("conv2d_forward", "check_channels"),
        ("conv2d_backward", "check_dbias"),
    ],
)
def test_a_check_before_its_answer_says_what_to_do(notebooks, monkeypatch, function, check):
    def stub(*_):
        exec(STUB)

    with pytest.raises(NotImplementedError, match=_MESSAGE) as caught:
        _run(notebooks, monkeypatch, **{function: stub})
    assert check in {str(entry.path) for entry in caught.traceback}


def test_the_notebook_with_the_reference_in_it_runs_without_a_word_on_stderr(notebooks):
    notebook, error = _execute(notebooks[0])
    assert error is None
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    printed = "".join(output.get("text", "") for output in outputs)
    assert printed.count("\n") == 8


def test_without_matplotlib_all_else_works(notebooks, monkeypatch, capsys):
    namespace = _run(notebooks, monkeypatch)
    said = capsys.readouterr().out
    assert said.startswith("matplotlib is not installed: the pictures are left out")
    assert said.endswith("The backward pass is complete.\n")
    np.testing.assert_allclose(namespace["weight"][0, 0], namespace["left_to_right"], atol=0.05)


_REFERENCE = _COURSE.reference("convolution")


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
    "kernel flipped": (
        "correlate2d",
        lambda image, kernel: _REFERENCE.correlate2d(image, kernel[::-1, ::-1]),
        "check_one_channel",
        ["correlate2d(image, kernel)", "do not flip the kernel"],
    ),
    "integer output": (
        "correlate2d",
        lambda image, kernel: _REFERENCE.correlate2d(image, kernel).astype(image.dtype),
        "check_one_channel",
        ["0.5 * kernel", "np.result_type"],
    ),
    "nothing returned": (
        "correlate2d",
        lambda image, kernel: None,
        "check_one_channel",
        ["came: None", "shape (2, 3)", "`return` line"],
    ),
    "output as large as the image": (
        "correlate2d",
        lambda image, kernel: np.zeros(image.shape),
        "check_one_channel",
        ["came: shape (3, 4)", "expected: shape (2, 3)"],
    ),
    "no cache": (
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(x, weight, bias)[0],
        "check_channels",
        ["came: ndarray", "out and cache"],
    ),
    "first channel only": (
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(x[:, :1], weight[:, :1], bias),
        "check_channels",
        ["the channels added up"],
    ),
    "bias forgotten": (
        "conv2d_forward",
        _forward(lambda out, x, weight, bias: out - bias[:, None, None]),
        "check_filters",
        ["bias [10, 20, 30]", "once, and not once for each channel"],
    ),
    "bias once for each channel": (
        "conv2d_forward",
        _forward(lambda out, x, weight, bias: out + (x.shape[1] - 1) * bias[:, None, None]),
        "check_filters",
        ["once, and not once for each channel"],
    ),
    "first filter for all": (
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(x, 0 * weight + weight[:1], bias),
        "check_filters",
        ["the map of filter 1", "its own filter"],
    ),
    "first image for all": (
        "conv2d_forward",
        lambda x, weight, bias: _REFERENCE.conv2d_forward(0 * x + x[:1], weight, bias),
        "check_batch",
        ["image 1 of 2", "Is every image read"],
    ),
    "dbias averaged": (
        "conv2d_backward",
        _gradients(dbias=lambda dbias: dbias / 2),
        "check_dbias",
        ["adds up 40 numbers"],
    ),
    "dbias only, as the stage allows": (
        "conv2d_backward",
        _gradients(dx=lambda _: None, dweight=lambda _: None),
        "check_dweight",
        ["dweight, where dout is 1", "came: None"],
    ),
    "dweight turned around": (
        "conv2d_backward",
        _gradients(dweight=lambda dweight: dweight[:, :, ::-1, ::-1]),
        "check_dweight",
        ["that is the patch at row 0, column 2"],
    ),
    "dweight with its channels reversed": (
        "conv2d_backward",
        _gradients(dweight=lambda dweight: dweight[:, ::-1]),
        "check_dweight",
        ["against central differences", "its own channel"],
    ),
    "dx turned around": (
        "conv2d_backward",
        _gradients(dx=lambda dx: dx[:, :, ::-1, ::-1]),
        "check_dx",
        ["not turned around"],
    ),
    "dx overwritten": ("conv2d_backward", _dx_overwritten, "check_dx", ["with +="]),
    "dweight overwritten": (
        "conv2d_backward",
        _gradients(dweight=lambda dweight: 0 * dweight),
        "check_dweight",
        ["with +="],
    ),
    "dx summed over the batch": (
        "conv2d_backward",
        _gradients(dx=lambda dx: 0 * dx + dx.sum(axis=0)),
        "check_dx",
        ["against central differences", "only its own dout"],
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(notebooks, monkeypatch, mistake):
    function, answer, check, said = WRONG[mistake]
    with pytest.raises(AssertionError) as caught:
        _run(notebooks, monkeypatch, **{function: answer})
    assert check in {str(entry.path) for entry in caught.traceback}
    for words in said:
        assert words in str(caught.value)
    assert "Hint: " in str(caught.value)
