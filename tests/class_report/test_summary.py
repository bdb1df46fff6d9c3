"""What is counted, and what is not."""

from dataclasses import replace

import pytest

from autograder.class_report.chart import histogram, stripes
from autograder.class_report.summary import summarize
from autograder.report import FunctionScore, SubmissionReport, TestReport
from class_reports import class_of, demo_report

TITLES = {"gradients": "Gradients", "convolution": "Convolution"}


def submission(student, outcomes, *, status="graded", assignment="convolution", **more):
    tests = tuple(
        TestReport(f"test_{n}", "f", f"Title {n}.", 1, outcome, "wrong" * (outcome == "failed"))
        for n, outcome in enumerate(outcomes)
    )
    score = outcomes.count("passed")
    functions = {"f": FunctionScore(score, len(outcomes))}
    return SubmissionReport(
        student, assignment, "f.py", status, (), score, len(outcomes), functions, tests, **more
    )


def failed(test, mistake, text="Why.", link="book/convolution.html#convolution-dx"):
    return replace(
        test,
        outcome="failed",
        fault="wrong",
        message=f"What came.\n\n{text}",
        hint=f"Look. Read: {link}",
        misconception=mistake,
    )


def only(submissions):
    (exercise,) = summarize(submissions, titles=TITLES)["exercises"]
    return exercise


def test_only_graded_submissions_count_in_scores_tests_and_mistakes():
    report = class_of()
    exercise = only(report.submissions)
    assert exercise["submissions"] == 40
    assert exercise["counts"]["graded"] == len(exercise["percents"]) == 36
    assert {test["judged"] for test in exercise["tests"]} == {36}
    assert {function["learners"] for function in exercise["functions"]} == {36}


def test_a_grader_error_is_no_zero():
    broken = submission("b", ["error", "passed"], status="grader_error")
    exercise = only([submission("a", ["passed", "passed"]), broken])
    assert exercise["percents"] == [100]
    assert exercise["spread"]["median"] == 100
    assert exercise["everybody"] == exercise["tests"]


def test_who_needs_the_instructor_is_named_and_the_most_urgent_come_first():
    waiting = summarize(class_of().submissions, titles=TITLES)["waiting"]
    assert [part["status"] for part in waiting] == ["grader_error", "unreadable", "missing"]
    assert waiting[0]["submissions"][0]["student"] == "grader_error_00"
    assert "pytest ended" in waiting[0]["submissions"][0]["notes"][0]
    assert waiting[2]["students"] == {"Convolution": ["missing_02", "missing_03"]}


def test_exercises_stand_in_the_course_s_order_and_unknown_ones_after_them():
    parts = [submission("a", ["passed"], assignment=s) for s in ("zebra", *TITLES)]
    summary = summarize(parts, titles=TITLES)
    assert [each["title"] for each in summary["exercises"]] == [
        "Gradients", "Convolution", "zebra",
    ]  # fmt: skip
    assert summary["learners"] == 1
    assert summary["submissions"] == 3


def test_a_mistake_counts_once_for_a_learner_and_names_who_made_it():
    two = submission("a", ["passed", "passed"])
    two = replace(two, tests=tuple(failed(test, "bias_forgotten") for test in two.tests))
    one = submission("b", ["passed"])
    one = replace(one, tests=(failed(one.tests[0], "bias_forgotten"),))
    (mistake,) = only([two, one, submission("c", ["passed"])])["mistakes"]
    assert mistake["name"] == "bias forgotten"
    assert mistake["students"] == ["a", "b"]
    assert mistake["text"] == "Why."
    assert mistake["link"] == "book/convolution.html#convolution-dx"
    assert mistake["share"] == pytest.approx(2 / 3)


def test_the_mistake_that_most_learners_made_comes_first():
    counts = [mistake["count"] for mistake in only(class_of().submissions)["mistakes"]]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) > 3


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//elsewhere.example/", "book/../../x.html#a", 'book/x"#a', ""]
)
def test_only_a_section_of_the_book_or_a_web_address_becomes_a_link(link):
    one = submission("b", ["passed"])
    one = replace(one, tests=(failed(one.tests[0], "m", link=link),))
    assert only([one])["mistakes"][0]["link"] == ""


def test_tests_that_nobody_and_that_everybody_passed_are_told_apart():
    exercise = only(
        [
            submission("a", ["passed", "failed", "passed"]),
            submission("b", ["passed", "failed", "failed"]),
        ]
    )
    assert [test["id"] for test in exercise["nobody"]] == ["test_1"]
    assert [test["id"] for test in exercise["everybody"]] == ["test_0"]
    assert exercise["tests"][1]["faults"] == [("wrong", 2)]


def test_functions_are_split_into_all_some_and_none():
    outcomes = (["passed"] * 2, ["passed", "failed"], ["failed"] * 2, ["passed"] * 2)
    parts = [submission(str(n), each) for n, each in enumerate(outcomes)]
    (function,) = only(parts)["functions"]
    assert (function["all"], function["some"], function["none"]) == (2, 1, 1)


def test_an_exercise_that_nobody_handed_in_is_no_division_by_zero():
    exercise = only([submission("a", [], status="missing")])
    assert exercise["spread"] is None
    assert exercise["tests"] == exercise["mistakes"] == []


def test_time_is_told_where_it_was_measured_and_the_slowest_are_named():
    parts = [submission(str(n), ["passed"], seconds=float(n)) for n in range(5)]
    time = only([*parts, submission("x", ["passed"])])["time"]
    assert time["measured"] == 5
    assert time["total"] == 10
    assert time["median"] == 2
    assert [slow["student"] for slow in time["slowest"]] == ["4", "3", "2"]
    assert only([submission("x", ["passed"])])["time"] is None


def test_the_demo_class_s_real_report_is_counted():
    exercise = only(demo_report().submissions)
    assert exercise["counts"] == {
        "graded": 13, "grader_error": 0, "unreadable": 1, "missing": 0,
    }  # fmt: skip
    assert {m["id"] for m in exercise["mistakes"]} >= {"bias_forgotten", "dx_overwritten"}
    assert all(mistake["link"] for mistake in exercise["mistakes"])
    assert [function["name"] for function in exercise["functions"]] == [
        "correlate2d", "conv2d_forward", "conv2d_backward",
    ]  # fmt: skip


def test_every_learner_stands_in_one_bar_and_the_edges_belong_upward():
    bars = histogram([0, 9.99, 10, 99.9, 100, 100 - 1e-12, 30.000000000000004], height=100)
    assert [bar["count"] for bar in bars] == [2, 1, 0, 1, 0, 0, 0, 0, 0, 3]
    assert bars[9]["label"] == "90 to 100%"
    assert max(bar["height"] for bar in bars) == 100
    assert all(bar["top"] + bar["height"] == 100 for bar in bars)
    assert histogram([], height=100)[0]["height"] == 0


def test_stripes_fill_the_width_and_leave_out_what_is_empty():
    parts = stripes([("all", 3), ("some", 0), ("none", 1)])
    assert [(part["kind"], part["x"], part["width"]) for part in parts] == [
        ("all", 0, 75), ("none", 75, 25),
    ]  # fmt: skip
