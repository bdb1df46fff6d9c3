"""The points of an exercise: read from the marks of its hidden tests, without running them."""

import inspect
from dataclasses import dataclass

from autograder.errors import CourseError

__all__ = ["Mark", "read_marks"]


@dataclass(frozen=True)
class Mark:
    """What ``@graded`` says about one hidden test.

    Parameters
    ----------
    test : str
        Name of the test function.
    function : str
        The learner's function that it grades.
    stage : str
        The stage of the exercise that its points belong to.
    points : int or float
        What it is worth.
    title : str
        First line of the test's docstring.
    """

    test: str
    function: str
    stage: str
    points: float
    title: str


def read_marks(course, slug):
    """Read the marks of a chapter's hidden tests.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    list of Mark
        In the file's order.

    Raises
    ------
    CourseError
        If the file is missing, does not load, or holds a test without a complete mark.
    """
    path = course.hidden_tests_path(slug)
    where = course.relative(path)
    if not path.is_file():
        raise CourseError(
            f"{where} is missing: the points of the exercise {slug} are counted there",
            remedy=f"write {where} with the tests' marks: @graded(...)",
        )
    module = course.module(path)
    marks = []
    for name, test in vars(module).items():
        if name.startswith("test_") and inspect.isfunction(test):
            marks.append(_mark(name, test, where))
    if not marks:
        raise CourseError(f"{where} holds no test", remedy="write one marked with @graded(...)")
    return marks


def _mark(name, test, where):
    found = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "graded"]
    at = f"{where}, line {test.__code__.co_firstlineno}: {name}"
    if len(found) != 1 or len(found[0].args) != 1:
        raise CourseError(
            f"{at} is not marked with one @graded(function, stage=..., points=...)",
            remedy="mark it, or let its name begin with an underscore if it is a helper",
        )
    (mark,) = found
    points = mark.kwargs.get("points")
    if isinstance(points, bool) or not isinstance(points, (int, float)) or points <= 0:
        raise CourseError(f"{at} has points={points!r}", remedy="give it a number above zero")
    if not test.__doc__:
        raise CourseError(f"{at} has no docstring", remedy="its first line is the test's title")
    return Mark(
        test=name,
        function=mark.args[0],
        stage=mark.kwargs.get("stage", ""),
        points=points,
        title=test.__doc__.strip().splitlines()[0],
    )
