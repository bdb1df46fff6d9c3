import json
import re
from pathlib import Path

import pytest

import autograder.report
from autograder.errors import AutograderError
from autograder.report import (
    FunctionScore,
    Report,
    SubmissionReport,
    TestReport,
    from_json,
    hint_with_link,
    schema,
    split_hint,
    split_message,
    to_json,
)

DOCUMENT = Path(autograder.report.__file__).with_name("report.md").read_text(encoding="utf-8")


@pytest.fixture
def report():
    tests = (
        TestReport("test_a", "f", "It adds.", 1.5, "passed"),
        TestReport(
            "test_b",
            "f",
            "It keeps.",
            0.5,
            "failed",
            "wrong",
            "What came.\n\nWhy.",
            "H. Read: b",
            "bias_lost",
        ),
        TestReport("test_c", "g", "It runs.", 1, "error", message="Our fault."),
    )
    functions = {"f": FunctionScore(1.5, 2.0), "g": FunctionScore(0, 1)}
    graded = SubmissionReport(
        "ä", "affine", "a.ipynb", "grader_error", ("A note.",), 1.5, 3.0, functions, tests
    )
    return Report("full", 7, (graded, SubmissionReport("b", "affine", "b", "missing")))


def test_a_report_survives_its_json(report):
    assert from_json(to_json(report)) == report


def test_a_report_is_written_in_one_way(report):
    text = to_json(report)
    assert text == to_json(from_json(text))
    assert (
        '"max_score": 2,' in text.replace("\n", "").replace("   ", "") or '"max_score": 2' in text
    )
    assert "2.0" not in text
    assert "ä" in text


def test_the_json_has_the_fields_of_the_format(report):
    data = json.loads(to_json(report))
    assert list(data) == ["schema", "isolation", "seed", "submissions"]
    assert list(data["submissions"][0]) == [
        "student", "assignment", "source", "status", "notes", "score", "max_score", "functions",
        "tests",
    ]  # fmt: skip
    assert list(data["submissions"][0]["tests"][0]) == [
        "id", "function", "title", "points", "outcome", "fault", "message", "hint", "misconception",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"isolation": "some"},
        {"seed": -1},
        {"more": 1},
        {"submissions": [{}]},
    ],
)
def test_what_does_not_keep_to_the_format_is_refused(report, change):
    text = json.dumps(json.loads(to_json(report)) | change)
    with pytest.raises(AutograderError, match="no report of version 1"):
        from_json(text)


def test_a_failed_test_has_a_fault_and_a_passed_one_has_none(report):
    data = json.loads(to_json(report))
    for number, fault in ((0, "wrong"), (1, None), (2, "type")):
        broken = json.loads(json.dumps(data))
        broken["submissions"][0]["tests"][number]["fault"] = fault
        with pytest.raises(AutograderError):
            from_json(json.dumps(broken))


def test_what_is_no_json_is_refused():
    with pytest.raises(AutograderError, match="no report"):
        from_json("{")


def test_the_mistakes_of_a_submission_are_listed_once(report):
    assert report.submissions[0].misconceptions == ("bias_lost",)


def test_texts_come_apart_as_they_were_put_together():
    assert split_hint(hint_with_link("Look. Read: it.", "b#c")) == ("Look. Read: it.", "b#c")
    assert split_hint("Look.") == ("Look.", "")
    assert split_message("a\n\nb") == ("a", "b")
    assert split_message("a") == ("a", "")


def test_the_documented_example_is_a_report():
    (example,) = re.findall(r"^```json\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    report = from_json(example)
    assert json.loads(to_json(report)) == json.loads(example)
    assert {each.status for each in report.submissions} >= {"graded", "missing"}


def _fields(node):
    for name, value in node.get("properties", {}).items():
        yield name
        yield from _fields(value)
    for value in node.get("$defs", {}).values():
        yield from _fields(value)


def test_every_field_and_every_value_is_documented():
    test = schema()["$defs"]["test"]["properties"]
    values = [each for each in test["fault"]["enum"] if each]
    values += test["outcome"]["enum"] + schema()["properties"]["isolation"]["enum"]
    values += schema()["$defs"]["submission"]["properties"]["status"]["enum"]
    missing = [name for name in {*_fields(schema()), *values} if f"`{name}`" not in DOCUMENT]
    assert not missing
