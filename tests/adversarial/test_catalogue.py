"""Every hostile submission of the catalogue gets its verdict, and nothing else."""

import pytest

from attacks import SECRET, honest_program, load_families

pytestmark = pytest.mark.sandbox

CASES = [(family, attack) for family, attacks in load_families().items() for attack in attacks]


@pytest.mark.parametrize(
    ("family", "attack"), CASES, ids=[f"{family}: {attack.name}" for family, attack in CASES]
)
def test_an_attack_gets_its_verdict(isolated, family, attack, judge, secrets, tally):
    tally(family)
    verdict = judge(attack.program(secrets), isolated)

    # What a learner does is never a fault of the grader.
    assert verdict.graded.status == "graded", verdict.graded.notes
    assert {test.outcome for test in verdict.graded.tests} <= {"passed", "failed"}

    hostile = verdict.outcomes("linear_forward")
    if attack.fault:
        assert {test.outcome for test in hostile} == {"failed"}
        assert {test.fault for test in hostile} <= set(attack.fault.split("|")), verdict.feedback
    else:
        assert verdict.passed("linear_forward"), verdict.feedback
    if not attack.harms_itself and "relative_error" not in attack.load:
        for function in ("relu_forward", "relu_backward", "relative_error"):
            assert verdict.passed(function), verdict.feedback

    assert not verdict.breached
    assert not verdict.leaked, verdict.feedback
    assert SECRET not in verdict.feedback + verdict.output
    assert verdict.running == []
    assert verdict.files == []
    assert verdict.feedback.isprintable() or "\x1b" not in verdict.feedback


def test_an_honest_submission_gets_all_points(isolated, judge, tally):
    tally("class")
    verdict = judge(honest_program(), isolated)
    assert (verdict.graded.status, verdict.graded.score) == ("graded", verdict.graded.max_score)
    assert len(verdict.graded.tests) == 6
    assert len(verdict.values) > 50  # else no leak would be seen


def test_no_two_attacks_have_one_name():
    names = [attack.name for _, attack in CASES]
    assert len(set(names)) == len(names) >= 80
