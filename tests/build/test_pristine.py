"""Whoever works in the course's own notebook does not lend their answers to others."""

import json
import shutil

import nbformat

from autograder.intake import read_submissions
from autograder.release import pristine_notebook


def _change(path, **sources):
    """Give cells another text by their id; None takes a cell out."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in list(notebook["cells"]):
        if cell["id"] in sources:
            cell["source"] = sources[cell["id"]]
            if cell["source"] is None:
                notebook["cells"].remove(cell)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _rebuilt(course, path):
    (submission,) = read_submissions(path, course, assignment="sums")
    return nbformat.writes(submission.notebook)


def test_answers_in_the_course_own_notebook_do_not_reach_a_submission(built, tmp_path):
    handed_in = tmp_path / "sums.ipynb"
    shutil.copyfile(built.notebook_path("sums"), handed_in)
    mine = "def total_forward(x):\n    return 'a learner', None\n"
    _change(handed_in, answer_total_forward=mine, by_hand_by_paper=None)
    _change(built.notebook_path("sums"), by_hand_by_paper="by_hand = 'an instructor'")

    rebuilt = _rebuilt(built, handed_in)
    assert "a learner" in rebuilt
    assert "by_hand_by_paper" in rebuilt
    assert "an instructor" not in rebuilt


def test_a_ruined_notebook_of_the_course_does_not_stop_grading(built, tmp_path):
    handed_in = tmp_path / "sums.ipynb"
    shutil.copyfile(built.notebook_path("sums"), handed_in)
    _change(handed_in, answer_total_forward="def total_forward(x):\n    return 'a learner', 1\n")
    built.notebook_path("sums").write_text("{", encoding="utf-8")
    assert "a learner" in _rebuilt(built, handed_in)


def test_the_pristine_notebook_is_renewed_with_its_sources(built, edit):
    before = pristine_notebook(built, "sums")
    assert before.read_bytes() == built.notebook_path("sums").read_bytes()
    edit(built.reference_path("sums"), "Add up, doubled.", "Add up, twice.")
    after = pristine_notebook(built, "sums")
    assert "Add up, twice." in after.read_text(encoding="utf-8")
    assert not before.exists()
