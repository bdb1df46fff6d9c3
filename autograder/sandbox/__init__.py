"""Run a learner's code apart from everything else: values go in, values come out.

>>> from autograder.sandbox import Cell, Program, Session, best_backend
"""

from autograder.sandbox.backends import Bubblewrap, Landlock, Plain
from autograder.sandbox.frames import Handle, Probe, Seed
from autograder.sandbox.process import Limits
from autograder.sandbox.program import Cell, Program
from autograder.sandbox.selftest import best_backend
from autograder.sandbox.session import Reply, Session

__all__ = [
    "Bubblewrap",
    "Cell",
    "Handle",
    "Landlock",
    "Limits",
    "Plain",
    "Probe",
    "Program",
    "Reply",
    "Seed",
    "Session",
    "best_backend",
]
