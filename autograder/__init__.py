"""The course's autograder: hidden pytest tests, run apart from the learner's code."""

__version__ = "0.1.0"
__all__ = ["__version__"]
