"""What hidden tests and misconceptions are written with.

A hidden test takes the fixtures ``check`` (see `autograder.testing.check.Check`) and ``rng``
(`numpy.random.Generator`), and is marked with `graded`. A wrong implementation is entered into the
catalogue with `misconception`.
"""

from autograder.testing.catalogue import Misconception, misconception, misconceptions
from autograder.testing.marks import GradedTest, graded, graded_tests

__all__ = [
    "GradedTest",
    "Misconception",
    "graded",
    "graded_tests",
    "misconception",
    "misconceptions",
]
