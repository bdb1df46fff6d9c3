"""A failed check, with all that the report and the search for its cause need."""

__all__ = ["CheckFailure"]


class CheckFailure(AssertionError):  # noqa: N818 - a finding, not an error of ours
    """What a check found wrong.

    Parameters
    ----------
    fault : str
        One of the report's values.
    message : str
        What the learner reads; it holds no value.
    step : int
        The number of the check in its test, from 1.
    kind : str
        What about the answer is wrong, in one word.
    judged : object
        The learner's value that was judged. It never leaves the grader.
    """

    def __init__(self, fault, message, *, step, kind, judged):
        super().__init__(message)
        self.fault = fault
        self.message = message
        self.step = step
        self.kind = kind
        self.judged = judged
