"""Reports and times of a class, kept and found again."""

import json
from dataclasses import replace

import pytest

from autograder.class_report.stored import (
    class_times,
    keep_reports,
    read_reports,
    read_times,
    times_of,
    with_times,
)
from autograder.course import find_course
from autograder.errors import AutograderError
from autograder.gradebook import ClassFolder
from autograder.report import from_json, to_json
from class_reports import class_of, times_for


@pytest.fixture
def folder(tmp_path):
    return ClassFolder(find_course(), tmp_path / "gradebook")


def timed(report):
    return replace(report, submissions=tuple(with_times(report.submissions, times_for(report))))


def test_each_assignment_has_a_report_of_its_own(folder):
    report = class_of()
    other = tuple(replace(each, assignment="padding") for each in report.submissions[:3])
    keep_reports(folder, replace(report, submissions=report.submissions + other))
    kept = from_json((folder.reports / "convolution.json").read_text(encoding="utf-8"))
    assert kept == report
    submissions, runs, repeated = read_reports(sorted(folder.reports.glob("*.json")))
    assert len(submissions) == 43
    assert [run["name"] for run in runs] == ["convolution.json", "padding.json"]
    assert repeated == []


def test_a_report_holds_no_time_so_that_equal_runs_give_equal_bytes():
    report = class_of()
    assert timed(report) == report
    assert repr(timed(report)) == repr(report)
    assert to_json(timed(report)) == to_json(report)
    assert times_of(timed(report).submissions) == times_for(report)


def test_times_survive_a_run_that_graded_nothing_anew(folder):
    report = class_of()
    keep_reports(folder, timed(report))
    keep_reports(folder, report)
    assert class_times(folder) == times_for(report)
    (submission, *_), _, _ = read_reports([folder.reports / "convolution.json"])
    (again,) = with_times([submission], class_times(folder))
    assert again.seconds == times_for(report)["convolution"][submission.student]["seconds"]
    assert all(test.seconds is not None for test in again.tests)


def test_a_class_s_broken_times_are_measured_anew_and_stop_nothing(folder):
    keep_reports(folder, timed(class_of()))
    (folder.times / "convolution.json").write_text('{"a": 1')
    assert class_times(folder) == {"convolution": {}}


def test_of_a_submission_in_several_reports_the_last_one_counts(tmp_path):
    report = class_of()
    first, *_ = report.submissions
    better = replace(first, score=first.max_score)
    for name, each in (("a", report), ("b", replace(report, submissions=(better,)))):
        (tmp_path / f"{name}.json").write_text(to_json(each), encoding="utf-8")
    submissions, _, repeated = read_reports([tmp_path / "a.json", tmp_path / "b.json"])
    assert len(submissions) == 40
    assert better in submissions
    assert repeated == [first]


@pytest.mark.parametrize("text", ["{", "{}", '{"schema": 2}', "\xff"])
def test_what_is_no_report_is_named_with_the_command_that_makes_one(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(AutograderError, match=r"x\.json") as caught:
        read_reports([path])
    assert "autograder grade PATH --json FILE" in caught.value.remedy


@pytest.mark.parametrize("content", ["{", "[]", {"c": {"a": {"seconds": "1"}}}, {"c": [1]}])
def test_what_are_no_times_are_named(tmp_path, content):
    path = tmp_path / "t.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(AutograderError, match=r"t\.json") as caught:
        read_times(path)
    assert "--times FILE" in caught.value.remedy


def test_a_run_that_changes_nothing_writes_nothing(folder):
    report = timed(class_of())
    keep_reports(folder, report)
    files = [*folder.reports.glob("*"), *folder.times.glob("*")]
    before = [path.stat().st_mtime_ns for path in files]
    keep_reports(folder, report)
    assert len(files) == 2
    assert [path.stat().st_mtime_ns for path in files] == before
