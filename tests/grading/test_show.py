import io
from dataclasses import replace

import pytest

from autograder.report import FunctionScore, Report, SubmissionReport, TestReport, print_report

LONG = (
    "`conv2d_forward(x, weight, bias)` with x (2, 3, 7, 9), weight (4, 3, 2, 5), bias (4,), all "
    "float64, returned out of shape (2, 4, 5, 6); a shape of (2, 4, 6, 5) was expected."
)
LINK = (
    "https://example.org/a/rather/long/address/book/convolution.html#convolution-cross-correlation"
)


@pytest.fixture
def one():
    tests = (
        TestReport("test_a", "f", "It adds.", 2, "passed"),
        TestReport(
            "test_b",
            "f",
            "It keeps.",
            0.5,
            "failed",
            "wrong",
            f"{LONG}\n\nThe bias is lost.",
            f"Look at [one] row. Read: {LINK}",
            "bias_lost",
        ),
        TestReport(
            "test_c",
            "f",
            "It runs.",
            1,
            "failed",
            "wrong",
            f"{LONG}\n\nThe bias is lost.",
            f"Look at the row. Read: {LINK}",
            "bias_lost",
        ),
    )
    functions = {"f": FunctionScore(2, 3.5)}
    return SubmissionReport("ann", "conv", "ann.ipynb", "graded", (), 2, 3.5, functions, tests)


def _printed(*submissions):
    file = io.StringIO()
    print_report(Report("full", 7, submissions), file)
    return file.getvalue()


def test_one_submission_is_told_in_detail(one):
    text = _printed(one)
    flat = " ".join(text.split())
    assert "conv: 2 / 3.5" in text
    assert LONG in flat
    assert "Found: bias_lost. The bias is lost." in flat
    assert flat.count("The bias is lost.") == 1
    assert "Hint: Look at [one] row." in flat
    assert f"Read: {LINK}\n" in text
    assert "It adds." not in text
    assert "Seed 7, isolation full." in text


def test_a_text_wraps_at_80_columns_and_has_no_color(one):
    text = _printed(one)
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines() if LINK not in line) <= 80


def test_many_submissions_are_a_table(one):
    broken = SubmissionReport("bob", "conv", "bob", "grader_error", ("x",), 1, 3.5)
    gone = SubmissionReport("cem", "conv", "cem", "missing", ("x",), 0, 3.5)
    lines = {
        line.split()[0]: line for line in _printed(one, broken, gone).splitlines() if line.split()
    }
    assert "2 / 3.5" in lines["ann"]
    assert "bias_lost" in lines["ann"]
    assert "grader error" in lines["bob"]
    assert "nothing handed in" in lines["cem"]


def test_a_score_is_shown_for_graded_submissions_only(one):
    broken = SubmissionReport("bob", "conv", "bob", "grader_error", ("x",), 0, 3.5)
    assert "0 / 3.5" not in _printed(one, broken)
    assert "0 / 3.5" not in _printed(broken)
    assert "The grader failed, not you" in _printed(broken)


def test_a_function_that_is_not_there_is_named_once(one):
    absent = [
        TestReport(
            f"test_{n}", "g", f"Title {n}.", 2, "failed", "missing", "`g` is not there.", "H."
        )
        for n in range(3)
    ]
    text = _printed(replace(one, tests=(*one.tests, *absent)))
    assert text.count("`g` is not there.") == 1
    assert "failed g (3 tests, 6 points)" in text
    assert "Title 1." not in text
    assert text.count("failed f") == 2
