"""The mark of a hidden test: what it judges, what it is worth, and where to read on."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from autograder.errors import CourseError

__all__ = ["GradedTest", "first_sentence", "graded", "graded_tests", "is_sentence"]


@dataclass(frozen=True)
class GradedTest:
    """One hidden test, as its file declares it.

    Attributes
    ----------
    id : str
        The test function's name.
    function : str
        The learner's function that is judged.
    stage : str
        The stage of the exercise that the points belong to.
    points : float
        What it is worth; all of it or nothing.
    title : str
        A sentence: the first line of the docstring.
    hint : str
        One hint for those who fail.
    section : str
        The label of the book's section to read.
    run : callable
        The test function itself, which takes the fixtures ``check`` and ``rng``.
    """

    id: str
    function: str
    stage: str
    points: float
    title: str
    hint: str
    section: str
    run: Callable

    @property
    def fixtures(self):
        """The names of the fixtures that the test takes: ``check``, ``rng``."""
        return tuple(inspect.signature(self.run).parameters)


def first_sentence(function):
    """Give the first line of a docstring, or an empty string.

    Parameters
    ----------
    function : callable
        What carries the docstring.

    Returns
    -------
    line : str
        The first line, stripped.
    """
    return (inspect.getdoc(function) or "").strip().partition("\n")[0].strip()


def is_sentence(text):
    """Tell whether a text reads as at least one sentence.

    Parameters
    ----------
    text : object
        What should be a sentence: several words that end with a mark.

    Returns
    -------
    answer : bool
        True for "The bias is added once.", False for "bias" and for no string at all.
    """
    return isinstance(text, str) and len(text.split()) >= 3 and text.rstrip()[-1] in ".!?"


def _demand(condition, where, message):
    if not condition:
        raise CourseError(f"{where}: {message}", remedy="mend the decorator or the docstring there")


def graded(function, *, stage, points, hint, section):
    """Mark a hidden test with what it judges.

    Parameters
    ----------
    function : str
        The learner's function that is judged.
    stage : str
        The stage of the exercise that the points belong to.
    points : int or float
        What the test is worth, more than 0.
    hint : str
        One sentence that helps those who fail.
    section : str
        The label of the book's section to read.

    Returns
    -------
    decorate : callable
        The decorator. It checks the test at import: its name, its title and these arguments.

    Raises
    ------
    CourseError
        If the test has no title or an argument is empty; the message names the test.
    """

    def decorate(test):
        where = f"hidden test {test.__name__} ({inspect.getsourcefile(test)})"
        _demand(test.__name__.startswith("test_"), where, "its name has to start with test_")
        _demand(
            is_sentence(first_sentence(test)),
            where,
            "the docstring's first line, its title, "
            "has to be a sentence that ends with a full stop",
        )
        fixtures = set(inspect.signature(test).parameters)
        _demand(fixtures <= {"check", "rng"}, where, "may take the fixtures check and rng only")
        _demand(isinstance(function, str) and function.isidentifier(), where, "names no function")
        numeric = isinstance(points, int | float) and not isinstance(points, bool)
        _demand(numeric and points > 0, where, f"points have to be more than 0, got {points!r}")
        _demand(isinstance(stage, str) and stage.isidentifier(), where, "names no stage")
        _demand(is_sentence(hint), where, "the hint has to be a sentence")
        _demand(isinstance(section, str) and section.strip() != "", where, "names no section")
        mark = pytest.mark.graded(
            function, stage=stage, points=points, hint=" ".join(hint.split()), section=section
        )
        return mark(test)

    return decorate


def graded_tests(module):
    """List the hidden tests of a module, in the order of its file.

    Parameters
    ----------
    module : module
        A loaded file of hidden tests.

    Returns
    -------
    tests : list of GradedTest
        One for each test function.

    Raises
    ------
    CourseError
        If a test function carries no mark.
    """
    tests = []
    for name, value in vars(module).items():
        if not (name.startswith("test") and inspect.isfunction(value)):
            continue
        marks = [mark for mark in getattr(value, "pytestmark", []) if mark.name == "graded"]
        where = f"hidden test {name} ({inspect.getsourcefile(value)})"
        _demand(len(marks) == 1, where, "has to be marked once with @graded(...)")
        (mark,) = marks
        tests.append(
            GradedTest(name, mark.args[0], title=first_sentence(value), run=value, **mark.kwargs)
        )
    return tests
