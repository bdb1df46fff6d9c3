"""Every way in which a submission arrives, and what becomes of it."""

import os
import time

import pytest

from autograder.errors import IntakeError
from autograder.intake import read_submission_folder, read_submissions
from autograder.intake.files import MAX_FILE_BYTES

AREA = "def area(x):\n    return x * x"
VOLUME = "def volume(x):\n    return x * area(x)"


def read(path, course, **kwargs):
    (submission,) = read_submissions(path, course, **kwargs)
    return submission


def answers(submission):
    return {cell.id: cell.source for cell in submission.program.cells if cell.role == "answer"}


def added(submission):
    return [cell.source for cell in submission.program.cells if cell.role == "added"]


def filled(submission):
    """Say whether both answers arrived."""
    return answers(submission) == {"answer_area": AREA, "answer_volume": VOLUME}


def cell_of(submission, grade_id):
    return next(
        cell
        for cell in submission.notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def test_a_plain_notebook_needs_no_note(answered, course, tmp_path):
    found = read(answered.save(tmp_path / "ada.ipynb"), course)
    assert (found.student, found.assignment, found.status) == ("ada", "boxes", None)
    assert filled(found)
    assert found.notes == ()
    assert cell_of(found, "written_why").source == "It has one more length."
    assert found.program.functions == ("area", "volume")


def test_the_untouched_notebook_is_ready_to_grade(untouched, course, tmp_path):
    found = read(untouched.save(tmp_path / "a.ipynb"), course)
    assert found.status is None
    assert "NotImplementedError" in answers(found)["answer_area"]


def test_a_python_file_is_a_submission(course, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f'"""Mine."""\nimport numpy as xp\n\n{AREA}\n\nHALF = 0.5\n\n{VOLUME}\n')
    found = read(path, course)
    assert (found.assignment, found.notes) == ("boxes", ())
    assert filled(found)
    assert added(found) == ['"""Mine."""\nimport numpy as xp', "HALF = 0.5"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_an_encoding_does_not_matter(encoding, answered, course, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(answered.text().encode(encoding))
    assert filled(read(path, course))


def test_windows_line_ends_do_not_matter(answered, course, tmp_path):
    answered.cell("answer_area")["source"] = AREA.replace("\n", "\r\n")
    path = tmp_path / "a.ipynb"
    path.write_bytes(answered.text().replace("\n", "\r\n").encode())
    assert filled(read(path, course))


def test_stripped_metadata_does_not_matter(answered, course, tmp_path):
    for number, cell in enumerate(answered.cells):
        cell["metadata"] = {}
        cell["id"] = f"x{number}"
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert filled(found)
    assert added(found) == []
    assert cell_of(found, "written_why").source == "It has one more length."
    assert any("no nbgrader marks" in note for note in found.notes)


def test_empty_nbgrader_metadata_does_not_matter(answered, course, tmp_path):
    for cell in answered.cells:
        cell["metadata"]["nbgrader"] = {}
    assert filled(read(answered.save(tmp_path / "a.ipynb"), course))


def test_forged_points_and_marks_are_not_taken(answered, course, tmp_path):
    answered.cell("check_area")["metadata"]["nbgrader"]["points"] = 100
    answered.cell("check_area")["source"] = "print('all right')"
    forged = answered.add(3, "steal = 1")
    forged["metadata"] = {"nbgrader": {"grade_id": "bonus", "grade": True, "points": 50}}
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert cell_of(found, "check_area").metadata.nbgrader.points == 3
    assert cell_of(found, "check_area").source.startswith("assert area")
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in found.notebook.cells]
    assert "bonus" not in ids
    assert added(found) == ["steal = 1"]
    assert "1 locked cell had been changed; the original is used." in found.notes


def test_deleted_cells_are_restored(answered, course, tmp_path):
    for name in ("check_area", "check_volume", "title"):
        del answered.cells[answered.index(name)]
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert filled(found)
    assert cell_of(found, "check_volume").metadata.nbgrader.points == 5
    assert "2 locked cells had been deleted; restored." in found.notes


def test_a_deleted_answer_is_named_and_leaves_the_stub(answered, course, tmp_path):
    del answered.cells[answered.index("answer_volume")]
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert "NotImplementedError" in answers(found)["answer_volume"]
    assert any("answer volume is missing" in note for note in found.notes)


def test_of_a_duplicated_answer_the_last_that_defines_it_counts(answered, course, tmp_path):
    answer = answered.cell("answer_area")
    earlier = dict(answer, source="def area(x):\n    return 0", id="dup")
    later = dict(answer, source="# scratch", id="dup2")
    answered.cells.insert(answered.index("answer_area"), earlier)
    answered.cells.insert(answered.index("answer_area") + 1, later)
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert filled(found)
    assert any("3 cells were marked as the answer area" in note for note in found.notes)


def test_an_answer_in_a_cell_of_its_own_beats_the_untouched_stub(untouched, course, tmp_path):
    untouched.cell("answer_volume")["source"] = VOLUME
    untouched.add(4, AREA)
    found = read(untouched.save(tmp_path / "a.ipynb"), course)
    assert filled(found)
    assert added(found) == []


def test_both_answers_in_one_cell_are_not_undone_by_the_other_stub(untouched, course, tmp_path):
    untouched.cell("answer_area")["source"] = f"{AREA}\n\n{VOLUME}"
    found = read(untouched.save(tmp_path / "a.ipynb"), course)
    assert answers(found)["answer_volume"] == "# volume is written in the cell of area."


def test_a_retyped_answer_is_read_as_code(answered, course, tmp_path):
    answered.cell("answer_area")["cell_type"] = "markdown"
    answered.cell("written_why")["cell_type"] = "code"
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert filled(found)
    assert cell_of(found, "answer_area").cell_type == "code"
    assert cell_of(found, "written_why").cell_type == "markdown"
    assert cell_of(found, "written_why").source == "It has one more length."


def test_own_cells_stand_at_their_place(answered, course, tmp_path):
    answered.add(answered.index("answer_volume"), "def helper(x):\n    return x")
    answered.add(answered.index("check_volume") + 1, "my remark", kind="markdown")
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    order = [cell.id for cell in found.notebook.cells]
    assert order.index("added-1") == order.index("check_area") + 1
    assert order.index("added-2") == order.index("check_volume") + 1
    assert [cell.role for cell in found.program.cells] == ["added", "answer", "answer"]
    assert "2 added cells were kept." in found.notes


def test_an_edited_set_up_cell_counts_as_the_learners_own(answered, course, tmp_path):
    answered.cell("setup")["source"] = "import numpy as xp"
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert added(found) == ["import numpy as xp"]


def test_outputs_and_foreign_metadata_are_dropped(answered, course, tmp_path):
    answered.cell("answer_area")["outputs"] = [
        {"output_type": "execute_result", "data": {"text/plain": "100"}, "metadata": {}}
    ]
    answered.json["metadata"]["autograder"] = {"notes": ["forged"]}
    answered.cell("setup")["metadata"]["autograder"] = {"role": "added"}
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    assert all(not cell.get("outputs") for cell in found.notebook.cells)
    assert found.notebook.metadata.autograder.notes == []
    assert added(found) == []


def test_magics_do_not_reach_the_program(answered, course, tmp_path):
    answered.cell("answer_area")["source"] = f"%timeit 3\n!ls\n{AREA}"
    found = read(answered.save(tmp_path / "a.ipynb"), course)
    lines = answers(found)["answer_area"].split("\n")
    assert [line[:4] for line in lines[:2]] == ["pass", "pass"]
    assert cell_of(found, "answer_area").source.startswith("%timeit 3")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b'{"cells": [{"cell_type": "code", "sou', "cut off"),
        (b"PK\x03\x04rest", "zip"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\x00\x01\x02\x00\x00\x00\x07", "NUL"),
        (b'{"cells": []}', "none of the answers"),
        (b"\xff\xfe\x00", "damaged"),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_reason(data, reason, course, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(data)
    found = read(path, course, assignment="boxes")
    assert found.status == "unreadable"
    assert found.program is None
    assert reason in found.notes[-1]
    assert path.read_bytes() == data


def test_a_link_is_not_followed(answered, course, tmp_path):
    target = answered.save(tmp_path / "secret" / "x.ipynb")
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "eve.ipynb").symlink_to(target)
    (folder / "mallory").mkdir()
    (folder / "mallory" / "boxes.ipynb").symlink_to(target)
    (folder / "trudy").symlink_to(target.parent)
    found = {one.student: one for one in read_submissions(folder, course)}
    assert {name: one.status for name, one in found.items()} == {
        "eve": "unreadable",
        "mallory": "missing",
        "trudy": "unreadable",
    }
    assert "link" in found["mallory"].notes[0]
    assert read(folder / "eve.ipynb", course).status == "unreadable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_does_not_hold_the_run_up(course, tmp_path):
    os.mkfifo(tmp_path / "a.ipynb")
    assert read(tmp_path / "a.ipynb", course).status == "unreadable"


def test_a_file_beyond_the_limit_is_refused(course, tmp_path):
    with open(tmp_path / "a.ipynb", "wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    found = read(tmp_path / "a.ipynb", course)
    assert "too large" in found.notes[-1]


def test_a_renamed_and_nested_file_is_found_with_a_note(answered, course, tmp_path):
    folder = tmp_path / "ada" / "boxes"
    answered.save(folder / "final" / "boxes (1).ipynb.txt")
    found = read_submission_folder(folder, course, "boxes")
    assert filled(found)
    assert "The file was named 'final/boxes (1).ipynb.txt'; graded as boxes.ipynb." in found.notes


def test_of_several_notebooks_the_answered_one_is_graded(answered, untouched, course, tmp_path):
    folder = tmp_path / "ada" / "boxes"
    untouched.save(folder / "boxes.ipynb")
    answered.save(folder / "boxes-Copy1.ipynb")
    for name in ("given.py", "training.py", "next_door.py"):
        (folder / name).write_text("raise SystemExit")
    (folder / "digits.npz").write_bytes(b"data")
    (folder / "broken.ipynb").write_text("{")
    found = read_submission_folder(folder, course, "boxes")
    assert found.source.name == "boxes-Copy1.ipynb"
    assert filled(found)
    assert "3 files were found" in found.notes[0]


def test_an_answered_notebook_with_the_right_name_is_preferred(answered, course, tmp_path):
    folder = tmp_path / "ada" / "boxes"
    answered.save(folder / "boxes.ipynb")
    answered.save(folder / "a.ipynb")
    assert read_submission_folder(folder, course, "boxes").source.name == "boxes.ipynb"


def test_the_submitted_tree_is_read(answered, course, tmp_path):
    tree = tmp_path / "submitted"
    answered.save(tree / "ada" / "boxes" / "boxes.ipynb")
    answered.save(tree / "ben" / "boxes" / "x" / "other.ipynb")
    (tree / "cyd" / "boxes").mkdir(parents=True)
    (tree / "dee" / "another").mkdir(parents=True)
    found = {one.student: one.status for one in read_submissions(tree, course)}
    assert found == {"ada": None, "ben": None, "cyd": "missing", "dee": "missing"}
    (one,) = read_submissions(tree / "ada", course)
    assert one.student == "ada"
    assert read(tree / "ben" / "boxes", course).student == "ben"
    assert read(tree / "ada" / "boxes" / "boxes.ipynb", course).student == "ada"


def test_a_folder_of_files_and_folders_is_read(answered, course, tmp_path):
    folder = tmp_path / "class"
    answered.save(folder / "ada.ipynb")
    answered.save(folder / "Zoë O'Brien_123_assignsubmission_file" / "boxes.ipynb")
    (folder / "cyd.py").write_text(AREA)
    (folder / "readme.txt").write_text("no")
    found = {one.student: one.status for one in read_submissions(folder, course)}
    assert found == {"ada": None, "cyd": None, "Zoë O'Brien_123_assignsubmission_file": None}


def test_an_unknown_assignment_is_answered_with_those_there_are(answered, course, tmp_path):
    with pytest.raises(IntakeError, match="no assignment 'balls'") as caught:
        read_submissions(answered.save(tmp_path / "a.ipynb"), course, assignment="balls")
    assert "boxes" in caught.value.remedy


def test_a_path_that_does_not_exist_is_an_error(course, tmp_path):
    with pytest.raises(IntakeError, match="no file or folder"):
        read_submissions(tmp_path / "nothing.ipynb", course)


def test_a_file_of_no_exercise_asks_for_its_assignment(course, tmp_path):
    path = tmp_path / "letter.py"
    path.write_text("def other():\n    pass\n")
    with pytest.raises(IntakeError, match="no function of an exercise") as caught:
        read_submissions(path, course)
    assert "--assignment boxes" in caught.value.remedy


def test_a_name_full_of_control_characters_is_shown_safely(course, tmp_path):
    path = tmp_path / "ada" / "boxes" / "\x1b[31mred.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    found = read_submission_folder(path.parent, course, "boxes")
    assert "\x1b" not in "".join(found.notes)


def test_a_notebook_full_of_magics_is_read_in_time(answered, course, tmp_path):
    answered.add(2, "%time x = 1\n" * 20_000 + "x = 1\n" * 50_000)
    began = time.process_time()
    assert filled(read(answered.save(tmp_path / "boxes.ipynb"), course))
    assert time.process_time() - began < 10
