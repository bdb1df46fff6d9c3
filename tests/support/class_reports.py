"""A class of some forty learners as a report: the demo class's real one, dealt anew."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from autograder.report import Report, SubmissionReport, from_json, points_of

__all__ = ["DEMO", "class_of", "demo_report", "times_for"]

#: What `autograder demo` wrote.
DEMO = Path(__file__).resolve().parents[1] / "class_report" / "demo_report.json"
_UNGRADED = {
    "grader_error": ("The grader failed: pytest ended with 3. To mend it: autograder doctor",),
    "unreadable": ("'convolution.ipynb' cannot be graded: it is not a whole notebook.",),
    "missing": ("Nothing was handed in.",),
}


def demo_report():
    """Read the demo class's report."""
    return from_json(DEMO.read_text(encoding="utf-8"))


def class_of(learners=40, *, seed=1, ungraded=("grader_error", "unreadable", "missing", "missing")):
    """Deal each learner, for each function, the outcomes of somebody in the demo class."""
    rng = np.random.default_rng(seed)
    demo = demo_report()
    dealt = [each for each in demo.submissions if each.status == "graded"]
    # Most are right, or have one mistake: the attacks of the demo class are rare.
    weights = np.array([0.2 if each.score < 12 else 2.0 for each in dealt])
    names = list(dealt[0].functions)
    submissions = []
    for number in range(learners - len(ungraded)):
        picked = rng.choice(len(dealt), size=len(names), p=weights / weights.sum())
        whose = {name: dealt[place] for name, place in zip(names, picked, strict=True)}
        tests = tuple(
            next(other for other in whose[test.function].tests if other.id == test.id)
            for test in dealt[0].tests
        )
        functions = points_of(tests)
        submissions.append(
            SubmissionReport(
                student=f"{whose[names[-1]].student}_{number:02d}",
                assignment="convolution",
                source="convolution.ipynb",
                status="graded",
                score=sum(each.score for each in functions.values()),
                max_score=sum(each.max_score for each in functions.values()),
                functions=functions,
                tests=tests,
            )
        )
    for number, status in enumerate(ungraded):
        blank = replace(submissions[0], functions={}, tests=(), score=0, status=status)
        name = f"{status}_{number:02d}"
        submissions.append(replace(blank, student=name, notes=_UNGRADED[status]))
    return Report(demo.isolation, demo.seed, tuple(submissions))


def times_for(report, *, seed=1):
    """Draw times for a report, in the form of `autograder grade --times`."""
    rng = np.random.default_rng(seed)
    times = {}
    for each in report.submissions:
        if each.tests:
            tests = {test.id: round(float(rng.gamma(2.0, 0.02)), 3) for test in each.tests}
            seconds = round(sum(tests.values()) + 0.3, 3)
            times.setdefault(each.assignment, {})[each.student] = {
                "seconds": seconds,
                "tests": tests,
            }
    return json.loads(json.dumps(times))
