"""The class through nbgrader's own commands, and the same class through `autograder grade`."""

import json
import re
import time

import nbformat
import pytest
from nbgrader.utils import determine_grade, is_grade, is_solution

from autograder import results
from autograder.classwork import enter_grades, read_class
from autograder.gradebook import ClassFolder, open_gradebook, read_scores, register_assignments
from autograder.results import ResultStore, grade_submissions
from autograder.sandbox import best_backend

pytestmark = pytest.mark.sandbox

FULL = ("right", "empty_marks", "doubled_cells", "renamed")


def automatic(folder):
    scores = read_scores(folder, "convolution")
    return {student: score.auto_score for student, score in scores.items()}


def graded_cells(folder, student):
    path = folder.autograded / student / "convolution" / "convolution.ipynb"
    notebook = nbformat.read(path, as_version=4)
    return [c for c in notebook.cells if is_grade(c) and not is_solution(c)]


def test_one_bad_submission_is_named_and_stops_nobody(classroom):
    assert classroom.autograde.returncode != 0
    assert "for student 'cut_off'" in classroom.autograde.stderr
    assert "for student 'right'" not in classroom.autograde.stderr
    expected = dict.fromkeys(FULL, 24.0) | {"forward_only": 12.0, "cut_off": None}
    assert automatic(classroom.folder) == expected


def test_what_was_handed_in_is_not_changed(classroom):
    assert classroom.originals() == classroom.before


def test_no_file_of_the_learner_is_copied_through_a_link(classroom):
    for folder in (classroom.folder.autograded, classroom.folder.feedback):
        found = sorted(path.name for path in (folder / "renamed" / "convolution").iterdir())
        assert len(found) == 1
        assert found[0].startswith("convolution.")


def test_each_check_holds_one_plain_float_in_range(classroom):
    for student in (*FULL, "forward_only"):
        cells = graded_cells(classroom.folder, student)
        assert len(cells) == 7
        for cell in cells:
            kinds = [output.output_type for output in cell.outputs]
            assert kinds == ["display_data", "execute_result"]
            text = cell.outputs[1].data["text/plain"]
            assert re.fullmatch(r"\d+\.\d+", text)
            points = cell.metadata.nbgrader.points
            assert 0 <= float(text) <= points <= 5
            assert determine_grade(cell) == (float(text), points)


def test_the_results_stand_below_each_check_in_four_forms(classroom):
    cell = next(
        c
        for c in graded_cells(classroom.folder, "forward_only")
        if c.metadata.nbgrader.grade_id == "check_dx"
    )
    data = cell.outputs[0].data
    assert set(data) >= {"text/html", "text/markdown", "text/plain"}
    assert "0 of 5 points" in data["text/plain"]
    assert "failed" in data["text/plain"]


def test_the_feedback_page_stands_alone_and_escapes_what_learners_write(classroom):
    assert classroom.feedback.returncode == 0, classroom.feedback.stderr
    page = classroom.folder.feedback / "right" / "convolution" / "convolution.html"
    html = page.read_text(encoding="utf-8")
    assert "Every test passed" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html
    assert not re.search(r"<(?:link|img|iframe|object)|url\(|@import|src=", html)
    assert "3 for words, still to be read by a person" in html


def test_the_feedback_page_says_what_failed_and_what_to_try(classroom):
    page = classroom.folder.feedback / "forward_only" / "convolution" / "convolution.html"
    html = page.read_text(encoding="utf-8")
    assert html.index("Try this next") < html.index("Step by step")
    assert "12 of 24 from the tests" in html
    assert '<li class="failed">' in html
    assert "book/convolution.html#" in html


def test_learners_html_is_disarmed_for_the_formgrader(classroom):
    path = classroom.folder.autograded / "right" / "convolution" / "convolution.ipynb"
    notebook = nbformat.read(path, as_version=4)
    written = next(c for c in notebook.cells if c.id == "written_why_share_weights")
    assert written.source == "Edges &lt;script>alert(1)&lt;/script> recur."


def test_the_export_gives_no_zero_to_who_was_not_graded(classroom):
    assert classroom.export.returncode == 0, classroom.export.stderr
    rows = classroom.rows()
    assert {name: rows[name]["score"] for name in FULL} == dict.fromkeys(FULL, "24.0")
    assert rows["forward_only"]["score"] == "12.0"
    assert (rows["cut_off"]["score"], rows["cut_off"]["status"]) == ("", "not graded")
    assert rows["right"]["max_score"] == "27.0"


def test_autograder_grade_gives_the_same_scores_and_then_has_nothing_to_do(classroom):
    folder = classroom.folder
    report_path = folder.path / "report.json"
    run = classroom.run("autograder", "grade", "--feedback", "--json", str(report_path))
    assert run.returncode == 1, run.stderr
    assert "Nothing handed in: absent" in run.stderr
    assert "Cannot be read: cut_off" in run.stderr
    report = json.loads(report_path.read_text(encoding="utf-8"))
    scores = {one["student"]: one["score"] for one in report["submissions"]}
    status = {one["student"]: one["status"] for one in report["submissions"]}
    assert status["cut_off"] == "unreadable"
    assert status["absent"] == "missing"
    database = automatic(folder)
    assert {name: scores[name] for name in database if database[name] is not None} == {
        name: score for name, score in database.items() if score is not None
    }

    with open_gradebook(folder) as gradebook:
        written = gradebook.find_grade(
            "written_why_share_weights", "convolution", "convolution", "right"
        )
        written.manual_score, written.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    files = [*folder.autograded.rglob("*.ipynb"), *folder.results.rglob("*.json")]
    times = {path: path.stat().st_mtime_ns for path in files if path.name != "feedback.json"}
    assert len(times) > 8
    began = time.time_ns()
    again = classroom.run("autograder", "grade", "--feedback")
    assert again.returncode == 1
    changed = {path.name for path, t in times.items() if path.stat().st_mtime_ns != t}
    assert changed <= {"entered.json"}
    # Only the page whose points a person has set is made anew.
    pages = folder.feedback.rglob("*.html")
    made = {page.parts[-3] for page in pages if page.stat().st_mtime_ns > began}
    assert made == {"right"}
    page = folder.feedback / "right" / "convolution" / "convolution.html"
    assert "2.5 of 3 given by a person" in page.read_text(encoding="utf-8")
    assert read_scores(folder, "convolution")["right"].score == 26.5


def test_a_grader_error_is_never_a_score(classroom, tmp_path, monkeypatch):
    folder = ClassFolder(classroom.folder.course, tmp_path)
    place = folder.submitted / "right" / "convolution"
    place.mkdir(parents=True)
    original = classroom.folder.submitted / "right" / "convolution" / "convolution.ipynb"
    (place / "convolution.ipynb").write_bytes(original.read_bytes())

    def broken(jobs, **_):
        for job in jobs:
            yield (
                job,
                results.ungraded_report(
                    job.course,
                    job.slug,
                    status="grader_error",
                    student="",
                    source="",
                    notes=("The grader failed.",),
                ),
            )

    monkeypatch.setattr(results, "grade_many", broken)
    submissions = read_class(folder)
    reports = grade_submissions(
        folder.course,
        submissions,
        backend=best_backend(),
        seed=7,
        store=ResultStore(folder),
    )
    assert enter_grades(folder, submissions, reports) == {}
    assert automatic(folder) == {"right": None}
    assert not list((folder.results / "convolution").glob("*")) if folder.results.exists() else True
    assert "check_dx" in read_scores(folder, "convolution")["right"].waiting


def test_assignments_are_registered_once(classroom, tmp_path):
    folder = ClassFolder(classroom.folder.course, tmp_path)
    assert register_assignments(folder.course, folder) == list(folder.course.slugs())
    assert register_assignments(folder.course, folder) == []
