"""The reference implementations, one module for each chapter."""

import functools
import types
from pathlib import Path

__all__ = ["given_for"]


def given_for(file):
    """Return the layers of earlier chapters that a chapter builds on.

    Parameters
    ----------
    file : str
        The ``__file__`` of the reference module that asks.

    Returns
    -------
    module
        What a learner imports as ``given``: the functions listed under ``given`` in the head of
        ``exercises/<slug>.md``, and nothing else of their chapters.

    Examples
    --------
    >>> given = given_for(__file__)  # doctest: +SKIP
    >>> out, cache = given.conv2d_forward(x, weight, bias)  # doctest: +SKIP
    """
    return _given(Path(file).resolve())


@functools.cache
def _given(path):
    # Made from the very text that learners get, so that the two cannot differ.
    from autograder.course import Course
    from autograder.given import given_source

    module = types.ModuleType("given")
    source = given_source(Course(path.parent.parent), path.stem)
    exec(compile(source, f"<given of {path.stem}>", "exec"), module.__dict__)
    return module
