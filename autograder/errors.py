"""The errors of the autograder, in one tree."""

__all__ = [
    "AutograderError",
    "CourseError",
    "DriftError",
    "GraderError",
    "IntakeError",
    "LearnerFault",
    "SandboxError",
]


class AutograderError(Exception):
    """Base of all errors that the autograder reports to the person who called it.

    Parameters
    ----------
    message : str
        What is wrong.
    remedy : str, optional
        The command or the step that mends it.
    """

    def __init__(self, message, *, remedy=""):
        super().__init__(message)
        self.remedy = remedy


class CourseError(AutograderError):
    """A file of the course itself is missing or wrong: its author has to act."""


class DriftError(CourseError):
    """A generated file no longer is what its sources give."""


class IntakeError(AutograderError):
    """A submission cannot be read."""


class SandboxError(AutograderError):
    """The machine does not isolate the learner's code, so nothing may be run."""


class GraderError(AutograderError):
    """The grader failed while grading; never a learner's zero."""


class LearnerFault(Exception):  # noqa: N818 - a finding about the submission, not an error of ours
    """What the learner's code did instead of giving a right answer.

    Parameters
    ----------
    fault : str
        One of the report's values: ``wrong``, ``type``, ``exception``, ``load``, ``cpu``, ``wall``,
        ``memory``, ``output``, ``crash``, ``protocol``, ``missing``.
    public : str
        A sentence that the learner may read. It holds no value of a hidden input.
    private : str, optional
        What only the grader may read, for instance the text of the learner's exception.
    exception : str, optional
        Name of the exception's class, where one was raised.
    """

    def __init__(self, fault, public, *, private="", exception=""):
        super().__init__(public)
        self.fault = fault
        self.public = public
        self.private = private
        self.exception = exception
