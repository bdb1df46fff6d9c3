"""What hidden tests and misconceptions are written with.

A hidden test takes the fixtures ``check`` (a `Check`) and ``rng`` (a `numpy.random.Generator` drawn
from the run's seed and the test's name), and is marked with `graded`. A wrong implementation is
entered into the catalogue with `misconception`. `Probe` names a function that the worker holds, for
an argument that has to be callable; `Seed` stands for a random generator.
"""

from autograder.sandbox.frames import Probe, Seed
from autograder.testing.catalogue import Misconception, misconception, misconceptions
from autograder.testing.check import Check
from autograder.testing.failure import CheckFailure
from autograder.testing.marks import GradedTest, graded, graded_tests
from autograder.testing.mistakes import Mistake, mistakes_of, reference_functions

__all__ = [
    "Check",
    "CheckFailure",
    "GradedTest",
    "Misconception",
    "Mistake",
    "Probe",
    "Seed",
    "graded",
    "graded_tests",
    "misconception",
    "misconceptions",
    "mistakes_of",
    "reference_functions",
]
