"""Grade one program."""

from dataclasses import dataclass

import numpy as np

from autograder.errors import CourseError
from autograder.grading.chapter import load_chapter
from autograder.grading.hidden import run_hidden_tests
from autograder.grading.naming import name_mistakes
from autograder.report import (
    FunctionScore,
    SubmissionReport,
    TestReport,
    hint_with_link,
    points_of,
)
from autograder.sandbox import Session

__all__ = ["Graded", "grade_program", "ungraded_report"]

_NOT_YOURS = "The grader itself failed in this test. It is not your mistake, and costs you nothing."


@dataclass(frozen=True)
class Graded:
    """The outcome of one program.

    Attributes
    ----------
    status : str
        ``graded``, or ``grader_error`` where at least one test could not be judged.
    tests : tuple of TestReport
        One for each hidden test, in their file's order.
    notes : tuple of str
        What was odd, for the learner and the instructor.
    """

    status: str
    tests: tuple[TestReport, ...]
    notes: tuple[str, ...] = ()

    @property
    def functions(self):
        """The points of each function."""
        return points_of(self.tests)

    @property
    def score(self):
        """The points of the tests that were passed."""
        return sum(each.score for each in self.functions.values())

    @property
    def max_score(self):
        """The points of all tests."""
        return sum(each.max_score for each in self.functions.values())

    def report(self, *, student, assignment, source, notes=()):
        """Make the submission's entry in a report.

        Parameters
        ----------
        student, assignment, source : str
            Whose submission it is.
        notes : sequence of str, optional
            Notes that were made before grading.

        Returns
        -------
        report : SubmissionReport
            The entry.
        """
        return SubmissionReport(
            student=student,
            assignment=assignment,
            source=source,
            status=self.status,
            notes=(*notes, *self.notes),
            score=self.score,
            max_score=self.max_score,
            functions=self.functions,
            tests=self.tests,
        )


def _test_report(chapter, test, outcome, entry):
    about = {
        "id": test.id,
        "function": test.function,
        "title": test.title,
        "points": test.points,
        "seconds": outcome.seconds,
        "hint": hint_with_link(test.hint, chapter.link(entry.section if entry else test.section)),
    }
    if outcome.error:
        return TestReport(**about | {"hint": ""}, outcome="error", message=_NOT_YOURS)
    if outcome.passed:
        return TestReport(**about | {"hint": ""}, outcome="passed")
    message = outcome.failure.message
    return TestReport(
        **about,
        outcome="failed",
        fault=outcome.failure.fault,
        message=f"{message}\n\n{entry.message}" if entry else message,
        misconception=entry.id if entry else None,
    )


def grade_program(course, slug, program, *, backend, seed, limits=None):
    """Run a chapter's hidden tests on one program.

    pytest runs in this process, the program in a worker of its own.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.
    program : Program
        What the learner wrote.
    backend : Backend
        How the worker is kept apart.
    seed : int
        What all random inputs are drawn from; the same seed gives the same outcome.
    limits : Limits, optional
        What the worker may use.

    Returns
    -------
    graded : Graded
        The outcome. Where the grader itself fails in a test, that test's outcome is ``error`` and
        the status ``grader_error``.

    Raises
    ------
    CourseError
        If the chapter's files are missing or wrong, or the seed is below 0.
    """
    if seed < 0:
        raise CourseError(f"the seed has to be 0 or more, got {seed}", remedy="choose another one")
    chapter = load_chapter(course, slug)
    # A learner may return what NumPy warns of (an overflow, a signalling NaN): that is judged, and
    # is no warning of the grader's, nor an error where warnings are errors.
    with np.errstate(all="ignore"):
        with Session(backend, program, limits=limits) as session:
            outcomes = run_hidden_tests(chapter, session, seed=seed)
            notes = tuple(session.notes)
        return judge(chapter, outcomes, seed=seed, notes=notes)


def judge(chapter, outcomes, *, seed, notes=()):
    """Name the mistakes behind a submission's outcomes, and put them into words.

    Parameters
    ----------
    chapter : Chapter
        The tests and the catalogue.
    outcomes : dict of str to Outcome
        By test.
    seed : int
        The run's seed.
    notes : sequence of str, optional
        Notes of the session.

    Returns
    -------
    graded : Graded
        The outcome.
    """
    names = name_mistakes(chapter, outcomes, seed=seed)
    errors = [
        f"{name}: the grader failed: {each.error}" for name, each in outcomes.items() if each.error
    ]
    tests = tuple(
        _test_report(chapter, test, outcomes[test.id], names.get(test.id)) for test in chapter.tests
    )
    return Graded("grader_error" if errors else "graded", tests, (*notes, *errors))


def ungraded_report(course, slug, *, status, student, source, notes=()):
    """Make the entry of a submission that was not graded: missing, unreadable, or by our fault.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.
    status : str
        ``missing``, ``unreadable``, ``ambiguous`` or ``grader_error``.
    student, source : str
        Whose submission it is.
    notes : sequence of str, optional
        Why.

    Returns
    -------
    report : SubmissionReport
        With no tests, and a score that is none: its status says so.
    """
    functions = {}
    try:
        functions = points_of(
            TestReport(test.id, test.function, test.title, test.points, "failed")
            for test in load_chapter(course, slug).tests
        )
    except CourseError:
        if status != "grader_error":
            raise
    return SubmissionReport(
        student=student,
        assignment=slug,
        source=source,
        status=status,
        notes=tuple(notes),
        score=0,
        max_score=sum(each.max_score for each in functions.values()),
        functions={name: FunctionScore(0, each.max_score) for name, each in functions.items()},
    )
