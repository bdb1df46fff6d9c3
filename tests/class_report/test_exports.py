"""The files for Canvas and Moodle, read back as their importers read them."""

import csv
import io
import re
from dataclasses import replace

import pytest

from autograder.class_report.exports import canvas_table, moodle_table, scores_table, to_csv
from autograder.class_report.people import read_people
from autograder.errors import AutograderError
from autograder.report import SubmissionReport
from class_reports import class_of

TITLES = {"convolution": "Convolution", "padding": "Padding"}
POINTS = {"convolution": 24.0, "padding": 12}
SCORES = {
    ("ada", "convolution"): 20.5,
    ("ada", "padding"): 0.0,
    ("bob", "convolution"): None,
    ("bob", "padding"): 12,
    ("cyd", "convolution"): None,
    ("cyd", "padding"): None,
}


def read(rows):
    return list(csv.reader(io.StringIO(to_csv(rows), newline="")))


def canvas_import(rows):
    """Read a file by the rules of Canvas's importer: its header, its points, its learners."""
    head, *rest = read(rows)
    assert "Student" in head[0]
    assert "ID" in head[1]
    # The importer counts columns: SIS User ID stands before SIS Login ID, Section ends them.
    assert re.search(r"SIS\s+User\s+ID", head[2])
    assert re.search(r"SIS\s+Login\s+ID", head[3])
    assert "Section" in head[4]
    assert {len(row) for row in rest} == {len(head)}
    points = next(row for row in rest if "Points Possible" in row[0])
    learners = [row for row in rest if "Points Possible" not in row[0]]
    return dict(zip(head[5:], points[5:], strict=True)), [
        dict(zip(head, row, strict=True)) for row in learners
    ]


def moodle_import(rows, key):
    """Read a file as Moodle does: every line as long as the header, every learner found."""
    head, *rest = read(rows)
    assert {len(row) for row in rest} == {len(head)}
    found = [dict(zip(head, row, strict=True)) for row in rest]
    assert all(row[key] for row in found), "an empty key aborts the whole import"
    for row in found:
        for name in head[6:]:
            assert row[name] in ("", "-") or float(row[name]) >= 0
    return found


def test_canvas_reads_the_points_and_the_scores():
    rows, warnings = canvas_table(SCORES, POINTS, TITLES)
    points, learners = canvas_import(rows)
    assert points == {"Convolution": "24", "Padding": "12"}
    assert [(each["SIS Login ID"], each["Convolution"], each["Padding"]) for each in learners] == [
        ("ada", "20.5", "0"),
        ("bob", "", "12"),
    ]
    assert "1 cell is empty" in warnings[0]
    assert "--assignment" in warnings[0]


def test_moodle_reads_the_scores():
    rows, warnings = moodle_table(SCORES, TITLES)
    assert rows[0][:6] == [
        "First name", "Last name", "ID number", "Institution", "Department", "Email address",
    ]  # fmt: skip
    learners = moodle_import(rows, "ID number")
    assert [each["Assignment: Convolution (Real)"] for each in learners] == ["20.5", ""]
    assert len(warnings) == 1


def test_who_has_no_score_has_no_row_so_that_no_grade_is_taken_away():
    only = {key: score for key, score in SCORES.items() if key[1] == "convolution"}
    for rows, warnings in (
        canvas_table(only, POINTS, {"convolution": "Convolution"}),
        moodle_table(only, {"convolution": "Convolution"}),
    ):
        assert "ada" in to_csv(rows)
        assert "bob" not in to_csv(rows)
        assert warnings == []


def test_an_address_stands_where_moodle_looks_for_addresses():
    rows, _ = moodle_table({("ada@example.org", "padding"): 3}, {"padding": "Padding"})
    assert moodle_import(rows, "Email address")[0]["ID number"] == ""


CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Convolution (8123),Homework (9)
    Points Possible,,,,,24,5
"Ada, A.",101,S1,ada,Lab 1,3,5
"Bob, B.",102,S2,bob@example.org,Lab 2,17.5,4
"""


def people(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return read_people(path)


def test_canvas_s_own_export_tells_who_is_who_and_which_column_is_meant(tmp_path):
    known = people(tmp_path, CANVAS)
    scores = {("ada", "convolution"): 24, ("S2", "convolution"): None, ("S2", "padding"): 7}
    scores[("ada", "padding")] = 8
    rows, warnings = canvas_table(scores, POINTS, TITLES, known)
    points, (bob, ada) = canvas_import(rows)
    assert list(points) == ["Convolution (8123)", "Padding"]
    assert (ada["Student"], ada["ID"], ada["Section"]) == ("Ada, A.", "101", "Lab 1")
    assert ada["Convolution (8123)"] == "24"
    # What was not graded here keeps what Canvas has.
    assert (bob["Convolution (8123)"], bob["Padding"]) == ("17.5", "7")
    assert warnings == []


def test_who_is_not_on_the_roster_is_named_and_left_out(tmp_path):
    known = people(tmp_path, "id,first_name,last_name,email\nada,Ada,A,ada@example.org\n")
    for table in (canvas_table(SCORES, POINTS, TITLES, known), moodle_table(SCORES, TITLES, known)):
        rows, warnings = table
        assert "bob" not in to_csv(rows)
        assert "'bob' is not on the roster" in warnings[0]


def test_the_class_s_roster_gives_moodle_names_and_addresses(tmp_path):
    known = people(tmp_path, "id,first_name,last_name,email\nada,Ada,A,ada@example.org\n")
    rows, _ = moodle_table({("ADA", "padding"): 3}, {"padding": "Padding"}, known)
    (row,) = moodle_import(rows, "Email address")
    assert (row["First name"], row["Last name"]) == ("Ada", "A")


def test_moodle_s_own_export_tells_who_is_who(tmp_path):
    text = "First name,Last name,ID number,Institution,Department,Email address\n"
    known = people(tmp_path, text + "Ada,A,007,Uni,CS,ada@example.org\n")
    rows, _ = moodle_table({("ada@example.org", "padding"): 3}, {"padding": "Padding"}, known)
    (row,) = moodle_import(rows, "ID number")
    assert (row["ID number"], row["Department"]) == ("007", "CS")


def test_a_login_is_not_taken_for_another_learner_s_number(tmp_path):
    text = "id,first_name,email,idnumber\n7,Ada,a@example.org,8\n8,Bob,b@example.org,9\n"
    assert people(tmp_path, text).find("8").first_name == "Bob"


@pytest.mark.parametrize("text", ["", "points,grade\n1,2\n", "\0"])
def test_a_roster_that_names_nobody_says_what_it_should_hold(tmp_path, text):
    with pytest.raises(AutograderError, match="roster") as caught:
        people(tmp_path, text)
    assert "id,first_name" in caught.value.remedy


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1"])
def test_no_learner_s_name_runs_as_a_formula(name):
    one = SubmissionReport(name, "convolution", "", "graded", (f"{name}",), 1, 2)
    cells = [cell for row in read(scores_table([one]))[1:] for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    for rows, warnings in (
        canvas_table({(name, "padding"): 1}, POINTS, {"padding": "Padding"}),
        moodle_table({(name, "padding"): 1}, {"padding": "Padding"}),
    ):
        assert name.strip() not in to_csv(rows)
        assert "left out" in warnings[0]


def test_the_table_has_a_row_for_each_submission_and_no_score_where_there_is_none():
    report = class_of()
    head, *rows = read(scores_table(report.submissions))
    rows = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(rows) == 40
    for row, each in zip(rows, report.submissions, strict=True):
        assert row["status"] == each.status
        assert row["score"] == (f"{each.score:g}" if each.status == "graded" else "")


def test_names_with_commas_quotes_and_line_breaks_survive():
    odd = 'Ada, "the\nfirst"'
    one = replace(class_of().submissions[0], student=odd)
    assert read(scores_table([one]))[1][1] == odd
    rows, _ = canvas_table({(odd, "padding"): 1}, POINTS, {"padding": "Padding"})
    assert canvas_import(rows)[1][0]["SIS Login ID"] == odd
