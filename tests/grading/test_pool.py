"""Many submissions on several processes: each job stands by itself."""

import importlib.util
import sys
from pathlib import Path

import pytest

from autograder.grading import Job, grade_many


@pytest.fixture(scope="module")
def by_name():
    # A spawned process finds the function by its module's name, on the path that it inherits.
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)
    spec = importlib.util.find_spec("pool_work")
    module = importlib.util.module_from_spec(spec)
    sys.modules["pool_work"] = module
    spec.loader.exec_module(module)
    yield module.by_name
    sys.path.remove(folder)
    del sys.modules["pool_work"]


@pytest.fixture
def job(course, plain, program):
    return lambda student: Job(course, "affine", program(), plain, 5, student, f"{student}.py")


def test_jobs_are_answered_in_their_order_and_progress_is_told(job):
    told = []
    jobs = [job(name) for name in ("ann", "bob", "cem")]
    answers = list(grade_many(jobs, workers=2, progress=lambda *numbers: told.append(numbers)))
    assert [each for each, _ in answers] == jobs
    assert [report.student for _, report in answers] == ["ann", "bob", "cem"]
    assert [report.score for _, report in answers] == [15, 15, 15]
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_process_that_dies_costs_its_own_job_only(job, by_name):
    jobs = [job("ann"), job("dies"), job("cem")]
    reports = [report for _, report in grade_many(jobs, workers=2, work=by_name)]
    assert [report.status for report in reports] == ["graded", "grader_error", "graded"]
    assert "stopped or hung" in reports[1].notes[-1]
    assert (reports[1].student, reports[1].max_score) == ("dies", 15)


def test_a_job_whose_process_dies_once_is_tried_once_more(job, by_name, tmp_path):
    jobs = [job(f"once {tmp_path / 'marker'}"), job("bob")]
    answers = list(grade_many(jobs, workers=2, work=by_name))
    assert [report.status for _, report in answers] == ["graded", "graded"]
    # It was answered last, and still comes first.
    assert [(each.student, report.student) for each, report in answers] == [
        (each.student, each.student) for each in jobs
    ]


def test_a_process_that_hangs_is_ended(job, by_name):
    jobs = [job("hangs"), job("environment")]
    answers = grade_many(jobs, workers=1, work=by_name, wall_seconds=3.0)
    (_, hung), (_, (threads, _, _)) = answers
    assert hung.status == "grader_error"
    assert threads == "1"


def test_processes_live_on_from_job_to_job(job, by_name):
    jobs = [job("environment") for _ in range(4)]
    pids = {answer[2] for _, answer in grade_many(jobs, workers=1, work=by_name)}
    assert len(pids) == 1


def test_a_broken_course_is_the_graders_error(make_course, plain, program):
    course = make_course(
        {"autograder/hidden_tests/test_affine.py": [("import numpy", "import no")]}
    )
    ((_, report),) = grade_many([Job(course, "affine", program(), plain, 5, "ann")], workers=1)
    assert report.status == "grader_error"
    assert "does not load" in report.notes[-1]


def test_no_jobs_need_no_process():
    assert list(grade_many([], workers=4)) == []
