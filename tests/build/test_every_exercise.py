"""What is true of every exercise, as a learner meets it."""

import json

import pytest

import notebook_runs
from autograder.exercise import load_exercise
from autograder.reference import STUB
from autograder.release import check_exercise

_MESSAGE = "Replace this line with your code, then run the check below."
_SLUGS = notebook_runs.COURSE.slugs()


@pytest.fixture(params=_SLUGS)
def slug(request):
    return request.param


@pytest.fixture
def exercise(slug):
    return load_exercise(notebook_runs.COURSE, slug)


def _code_cells(text):
    return [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]


def test_the_committed_notebook_is_what_its_sources_give(slug):
    check_exercise(notebook_runs.COURSE, slug)


def test_the_core_work_takes_at_most_ninety_minutes(exercise):
    assert 20 <= exercise.minutes <= 90
    assert exercise.points >= 10
    assert exercise.manual_points > 0


def test_every_function_that_is_asked_for_earns_points(exercise):
    graded = {name for stage in exercise.stages for name in stage.functions}
    assert graded == set(exercise.answers)


def test_hints_come_in_threes(slug, exercise):
    released = notebook_runs.notebooks(slug)[1]
    counts = [released.count(f"Hint {number} of 3") for number in (1, 2, 3)]
    assert counts == [counts[0]] * 3
    assert counts[0] >= len(exercise.answers) / 2


def test_the_untouched_notebook_stops_at_the_first_place_for_an_answer(slug):
    released = notebook_runs.notebooks(slug)[1]
    first = next(cell["id"] for cell in _code_cells(released) if STUB in "".join(cell["source"]))
    notebook, error = notebook_runs.execute(slug, released)
    # A stub that is only defined stops nothing yet: the first call of it does, in the check.
    assert (error.ename, error.evalue) == ("NotImplementedError", _MESSAGE)
    (stopped,) = [
        cell.id
        for cell in notebook.cells
        if any(output.output_type == "error" for output in cell.get("outputs", []))
    ]
    ids = [cell["id"] for cell in _code_cells(released)]
    assert ids.index(stopped) - ids.index(first) in (0, 1)


def test_a_check_before_its_answer_says_what_to_do(slug, exercise, monkeypatch):
    def stub(*_, **__):
        exec(STUB)

    for function in exercise.answers:
        with monkeypatch.context() as patch:
            with pytest.raises(NotImplementedError, match=_MESSAGE) as caught:
                notebook_runs.run_answers(slug, patch, **{function: stub})
            cells = {str(entry.path) for entry in caught.traceback}
            assert any(cell.startswith("check_") for cell in cells), function


def test_the_notebook_with_the_reference_in_it_runs_without_a_word_on_stderr(slug):
    notebook, error = notebook_runs.execute(slug, notebook_runs.notebooks(slug)[0])
    assert error is None
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    shown = sum("plt.show" in cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= shown


def test_without_matplotlib_all_else_works(slug, monkeypatch, capsys):
    notebook_runs.run_answers(slug, monkeypatch)
    said = capsys.readouterr().out
    drawn = "matplotlib" in notebook_runs.notebooks(slug)[0]
    assert said.startswith("matplotlib is not installed: the picture") == drawn
    assert said.endswith("\n")
