"""The author's gate passes a whole chapter, and each thing that does not hold makes it fail."""

import pytest

from autograder.cli import main
from autograder.course import find_course
from autograder.errors import DriftError
from autograder.grading.pool import grade_job
from autograder.release import build_exercise
from autograder.verify import verify_chapter, verify_places

TESTS = "autograder/hidden_tests/test_affine.py"
MISTAKES = "autograder/misconceptions/affine.py"
ALTERNATIVE = "autograder/alternatives/affine/einsum.py"
SQUARED = ("return (x * gain**2 + shift).astype(float), (x, gain)", "return x * gain, (x, gain)")


def _grade_here(jobs, *, workers, progress):
    return ((job, grade_job(job)) for job in jobs)


@pytest.fixture
def verify(plain, monkeypatch):
    def run(course, *, release=lambda course, slug: None):
        monkeypatch.setattr("autograder.release.check_exercise", release)
        # In this process: what is on trial is the verdict, and processes are slow to start.
        monkeypatch.setattr("autograder.verify.grade_many", _grade_here)
        return verify_chapter(course, "affine", backend=plain, seed=11, workers=1)

    return run


def _said(verdict):
    return "\n".join(problem.what for problem in verdict.problems)


def test_a_whole_chapter_has_no_problem_and_its_numbers_are_right(course, verify):
    verdict = verify(course)
    assert verdict.problems == []
    assert (str(verdict.caught), str(verdict.named), str(verdict.accepted)) == ("6/6", "6/6", "1/1")
    assert (verdict.tests, verdict.points, verdict.stub) == (10, 15, 0)
    assert verify_places(course) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (
            TESTS,
            'check.returns("mean_square", _layer(rng)[0])',
            'check.equal(check.call("mean_square", _layer(rng)[0]), 1.0, "no law")',
            "the reference fails: test_mean_square",
        ),
        (
            TESTS,
            'check.returns("mean_square", _layer(rng)[0])',
            "pass",
            "the untouched stub does not earn 0 everywhere: mean_square",
        ),
        (
            MISTAKES,
            "return x * gain, (x, gain)",
            "return x * gain + shift, (x, gain)",
            "misconception shift_forgotten loses no points of affine_forward",
        ),
        (MISTAKES, *SQUARED, "misconception gain_squared is taken for shift_forgotten"),
        (
            MISTAKES,
            "return (x * gain**2 + shift).astype(float), (x, gain)",
            "return x * 0, (x, gain)",
            "misconception gain_squared is not named",
        ),
        (MISTAKES, '"affine-backward"', '"affine-nowhere"', "the section affine-nowhere"),
        (ALTERNATIVE, "/ x.size", "/ (x.size + 1)", "einsum.py is right, and fails"),
        ("exercises/affine.md", "== 4.0", "== 5.0", "check_forward fails on the reference"),
        (TESTS, '@graded("mean_square"', '@graded("nonsense"', "nonsense"),
    ],
)
def test_what_does_not_hold_is_named_with_its_remedy(make_course, verify, path, old, new, said):
    verdict = verify(make_course({path: [(old, new)]}))
    assert said in _said(verdict)
    assert all(problem.remedy for problem in verdict.problems)


def test_mistakes_that_cannot_be_told_apart_may_be_declared_the_same(make_course, verify):
    declared = (
        'message="The gain is squared: it is there once only.",',
        'message="The gain is squared: it is there once only.", same_as="shift_forgotten",',
    )
    verdict = verify(make_course({MISTAKES: [SQUARED, declared]}))
    assert str(verdict.named) == "6/6"


def test_a_forward_pass_that_keeps_the_wrong_thing_is_caught_by_its_backward_pass(
    make_course, verify
):
    kept = ("return x * gain, (x, gain)", "return x * gain + shift, (x + 1, gain)")
    verdict = verify(make_course({MISTAKES: [kept]}))
    assert verdict.problems == []
    assert (str(verdict.caught), str(verdict.named)) == ("6/6", "6/6")


def test_a_missing_page_and_missing_alternatives_are_named(make_course, verify):
    course = make_course({})
    (course.root / "book" / "affine.md").unlink()
    (course.root / ALTERNATIVE).unlink()
    said = _said(verify(course))
    assert "book/affine.md is missing" in said
    assert "autograder/alternatives/affine/ holds no other right solution" in said


def test_a_stale_release_is_named_with_its_remedy(course, verify):
    def stale(course, slug):
        raise DriftError("the notebook is stale", remedy="autograder build affine")

    (problem,) = verify(course, release=stale).problems
    assert (problem.what, problem.remedy) == ("the notebook is stale", "autograder build affine")


@pytest.mark.parametrize(
    "name",
    [
        "solutions/other.py",
        "exercises/other.md",
        "autograder/hidden_tests/test_other.py",
        "autograder/misconceptions/other.py",
        "autograder/alternatives/other/a.py",
    ],
)
def test_a_file_of_no_chapter_is_named(make_course, name):
    course = make_course({})
    path = course.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    (problem,) = verify_places(course)
    assert "other" in problem.what


@pytest.mark.parametrize("change", [{}, {ALTERNATIVE: [("/ x.size", "/ 2")]}])
def test_the_command_prints_a_row_for_each_chapter_and_exits_by_it(
    make_course, plain, monkeypatch, capsys, change
):
    course = make_course(change)
    build_exercise(course, "affine")
    monkeypatch.setenv("CNN_COURSE_ROOT", str(course.root))
    monkeypatch.setattr("autograder.commands.verify.best_backend", lambda: plain)
    status = main(["verify", "--seed", "11", "--workers", "1"])
    out = capsys.readouterr().out
    (row,) = (line.split() for line in out.splitlines() if line.strip().startswith("affine "))
    assert row[:6] == ["affine", "10", "15", "6/6", "6/6", "0/1" if change else "1/1"]
    assert status == (1 if change else 0)
    assert ("To mend it: autograder grade" in out) == bool(change)
    assert "Seed 11, isolation none." in out


def test_an_unknown_chapter_is_refused(course, monkeypatch, capsys):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(course.root))
    assert main(["verify", "nonsense"]) == 2
    assert "use one of: affine" in capsys.readouterr().err


def test_the_course_itself_agrees_in_all_places():
    assert verify_places(find_course(__file__)) == []
