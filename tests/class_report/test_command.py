"""The command line of `autograder report`."""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest

from autograder.class_report.stored import keep_reports
from autograder.cli import main
from autograder.course import find_course
from autograder.gradebook import ClassFolder
from autograder.report import to_json
from class_reports import DEMO, class_of, times_for

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(ROOT))
    monkeypatch.setenv("CNN_GRADEBOOK", str(tmp_path / "gradebook"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def report_file(place):
    path = place / "report.json"
    path.write_text(to_json(class_of()), encoding="utf-8")
    return path


def html_of(path):
    return path.read_text(encoding="utf-8")


def test_a_report_becomes_one_page_with_the_exercise_s_title(report_file, place, capsys):
    assert main(["report", str(report_file)]) == 0
    html = html_of(place / "class-report.html")
    assert "<h1>Convolution</h1>" in html
    assert "grader_error_00" in html
    assert capsys.readouterr().out == f"wrote {place / 'class-report.html'}\n"


def test_times_are_shown_where_they_are_given(report_file, place):
    times = place / "times.json"
    times.write_text(json.dumps(times_for(class_of())))
    assert main(["report", str(report_file)]) == 0
    assert "Not measured." in html_of(place / "class-report.html")
    assert main(["report", str(report_file), "--times", str(times)]) == 0
    assert "for 36 submissions" in html_of(place / "class-report.html")


def test_all_exports_are_written_at_once(report_file, place, capsys):
    names = ["--csv", "a.csv", "--canvas", "b.csv", "--moodle", "c.csv", "--output", "r.html"]
    assert main(["report", str(report_file), *names]) == 0
    graded = 36
    counts = {}
    for name in ("a", "b", "c"):
        with open(place / f"{name}.csv", encoding="utf-8", newline="") as file:
            counts[name] = len(list(csv.reader(file))) - 1
    assert counts == {"a": 40, "b": graded + 1, "c": graded}
    assert "wrote" in capsys.readouterr().out


def test_who_is_left_out_of_an_export_is_named_and_the_status_is_1(report_file, place, capsys):
    roster = place / "list.csv"
    roster.write_text("id,email\nright_000,right@example.org\n")
    code = main(["report", str(report_file), "--moodle", "c.csv", "--roster", str(roster)])
    assert code == 1
    assert "is not on the roster, and was left out" in capsys.readouterr().err


def test_the_class_s_own_reports_are_found_in_its_gradebook(place):
    folder = ClassFolder(find_course(), place / "gradebook")
    keep_reports(folder, class_of())
    assert main(["report"]) == 0
    assert "<h1>Convolution</h1>" in html_of(folder.path / "class-report.html")


def test_submissions_are_compared_where_their_folder_is_named(place):
    demo = find_course().module(ROOT / "demo" / "class.py")
    release = ROOT / "exercises" / "convolution" / "convolution.ipynb"
    demo.build_class(release, place / "submitted")
    command = ["report", str(DEMO), "--submissions", str(place / "submitted")]
    assert main([*command]) == 0
    html = html_of(place / "class-report.html")
    assert "13 submissions with enough code of their own to compare" in html
    assert "<b>100%</b>" in html
    assert main([*command, "--threshold", "1"]) == 0
    assert "<b>88%</b>" not in html_of(place / "class-report.html")
    assert main([*command, "--no-compare"]) == 0
    assert "Submissions that are alike" not in html_of(place / "class-report.html")


def test_no_answer_and_no_hidden_value_stands_in_the_page(place):
    demo = find_course().module(ROOT / "demo" / "class.py")
    release = ROOT / "exercises" / "convolution" / "convolution.ipynb"
    demo.build_class(release, place / "submitted")
    assert main(["report", str(DEMO), "--submissions", str(place / "submitted")]) == 0
    html = html_of(place / "class-report.html")
    lines = {
        line.strip()
        for path in (ROOT / "demo" / "answers" / "right.py", ROOT / "solutions" / "convolution.py")
        for line in path.read_text(encoding="utf-8").split("\n")
        if "=" in line and len(line.strip()) > 20
    }
    assert len(lines) > 10
    assert [line for line in lines if line in html] == []
    assert "Traceback" not in html
    assert "array(" not in html


@pytest.mark.parametrize(
    ("arguments", "message", "remedy"),
    [
        ([], "no report given, and none in", "autograder grade"),
        (["nothing.json"], "nothing.json cannot be read", "autograder grade PATH --json FILE"),
        (["REPORT", "--threshold", "80"], "--threshold has to lie above 0", "--threshold 0.8"),
        (["REPORT", "--assignment", "balls"], "no submission of 'balls'", "convolution"),
        (["REPORT", "--output", "no/r.html"], "no folder", "mkdir -p"),
        (["REPORT", "--canvas", "no/c.csv"], "no folder", "mkdir -p"),
        (["REPORT", "--output", "."], "is a folder", "name a file"),
        (["REPORT", "--csv", "c.csv", "--roster", "no.csv"], "the roster no.csv", "id,first_name"),
        (["REPORT", "--canvas", "c.csv", "--written"], "there is no gradebook", "autograder grade"),
        (["REPORT", "--times", "no.json"], "the times no.json", "--times FILE"),
        (["REPORT", "--submissions", "no"], "no file or folder", "check the path"),
    ],
)
def test_a_wrong_command_line_says_its_remedy_and_writes_nothing(
    report_file, place, arguments, message, remedy, capsys
):
    given = [str(report_file) if each == "REPORT" else each for each in arguments]
    before = sorted(place.iterdir())
    assert main(["report", *given]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert remedy in error
    assert sorted(place.iterdir()) == before


@pytest.mark.sandbox
def test_the_demo_class_is_graded_and_reported_with_times_and_full_scores(place, capsys):
    folder = ClassFolder(find_course(), place / "gradebook")
    demo = find_course().module(ROOT / "demo" / "class.py")
    release = ROOT / "exercises" / "convolution" / "convolution.ipynb"
    demo.build_class(release, folder.submitted)
    for student in demo.STUDENTS:
        if student not in ("right", "dx_overwritten", "truncated_file"):
            shutil.rmtree(folder.submitted / student)
    folder.roster.write_text("id,first_name\nright,Right\nabsent,Absent\n")
    assert main(["grade", "--workers", str(min(2, os.cpu_count() or 1))]) == 1
    capsys.readouterr()
    assert main(["report", "--canvas", "c.csv", "--csv", "t.csv"]) == 1
    assert "'dx_overwritten' is not on the roster" in capsys.readouterr().err
    html = html_of(folder.path / "class-report.html")
    assert "Nothing handed in: 1" in html
    assert "Cannot be read: 1" in html
    assert "dx overwritten" in html
    assert "for 2 submissions" in html
    with open("t.csv", encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["right"]["grader_seconds"]) > 0
    assert rows["truncated_file"]["score"] == rows["absent"]["score"] == ""

    # Written answers wait for a person: until then there is no full score to export.
    assert main(["report", "--canvas", "w.csv", "--written"]) == 0
    assert "right" not in (place / "w.csv").read_text()
    from autograder.gradebook import open_gradebook

    with open_gradebook(folder) as gradebook:
        cell = gradebook.find_grade(
            "written_why_share_weights", "convolution", "convolution", "right"
        )
        cell.manual_score, cell.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    assert main(["report", "--canvas", "w.csv", "--written", "--no-compare"]) == 0
    with open("w.csv", encoding="utf-8", newline="") as file:
        _, points, right = list(csv.reader(file))
    assert (points[-1], right[-1]) == ("27", "26.5")
