"""A class with attackers in it: everybody else gets what they have earned."""

import pytest

from attacks import honest_program, load_families
from autograder.grading import Job, grade_many

pytestmark = pytest.mark.sandbox

_ATTACKERS = {
    *("os._exit(0)", "exit while loading", "bytes on every descriptor", "KeyboardInterrupt"),
    *("a fork bomb", "a tuple for a number", "a crash in C", "np.testing replaced"),
}


def test_in_a_class_with_attackers_the_others_get_their_points(bubblewrap, course, secrets, tally):
    tally("class")
    attacks = [each for family in load_families().values() for each in family]
    programs = {
        attack.name: attack.program(secrets) for attack in attacks if attack.name in _ATTACKERS
    }
    jobs = []
    for name, program in programs.items():
        for student, each in ((name, program), (f"after {name}", honest_program())):
            jobs.append(Job(course, "gradients", each, bubblewrap, 3, student=student))
    reports = {report.student: report for _, report in grade_many(jobs, workers=2)}
    assert {report.status for report in reports.values()} == {"graded"}
    for name in programs:
        assert reports[f"after {name}"].score == reports[f"after {name}"].max_score
