"""Mistakes as programs: the reference with one function written wrongly."""

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.errors import CourseError
from autograder.testing.catalogue import Misconception

__all__ = ["Mistake", "mistakes_of", "reference_functions"]


@dataclass(frozen=True)
class Mistake:
    """One misconception, or several at once, in place of the reference's functions.

    Attributes
    ----------
    entries : tuple of Misconception
        Of different functions.
    functions : dict of str to callable
        All functions of the reference, with those of the entries in their places.
    """

    entries: tuple[Misconception, ...]
    functions: dict[str, Callable] = field(repr=False, compare=False)

    @property
    def entry(self):
        """The misconception that is named: the last one."""
        return self.entries[-1]

    @property
    def function(self):
        """The function that is written wrongly."""
        return self.entry.function


def reference_functions(module):
    """Give the public functions of a reference.

    Parameters
    ----------
    module : module
        The reference.

    Returns
    -------
    functions : dict of str to callable
        By name, in the file's order.
    """
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and value.__module__ == module.__name__
    }


def mistakes_of(reference, entries):
    """Put misconceptions in the place of a reference's functions.

    The reference's other functions call the wrong one as they would in a submission.

    Parameters
    ----------
    reference : module
        The reference. It is not changed.
    entries : sequence of Misconception
        Of different functions.

    Returns
    -------
    mistake : Mistake
        The program.

    Raises
    ------
    CourseError
        If the reference has no such function.
    """
    namespace = dict(vars(reference))
    for name, value in vars(reference).items():
        if inspect.isfunction(value) and value.__globals__ is vars(reference):
            copy = types.FunctionType(
                value.__code__, namespace, name, value.__defaults__, value.__closure__
            )
            copy.__kwdefaults__ = value.__kwdefaults__
            namespace[name] = copy
    names = list(reference_functions(reference))
    for entry in entries:
        if entry.function not in names:
            raise CourseError(
                f"misconception {entry.id}: the reference has no function {entry.function}",
                remedy=f"use one of: {', '.join(names)}",
            )
        namespace[entry.function] = entry.implementation
    return Mistake(tuple(entries), {name: namespace[name] for name in names})
