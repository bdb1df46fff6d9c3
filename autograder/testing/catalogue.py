"""The catalogue of misconceptions: wrong implementations that people really write."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from autograder.errors import CourseError
from autograder.testing.marks import is_sentence

__all__ = ["Misconception", "misconception", "misconceptions"]


@dataclass(frozen=True)
class Misconception:
    """One catalogued mistake.

    Attributes
    ----------
    id : str
        Its name in reports.
    function : str
        The function that is written wrongly.
    message : str
        What the learner is told when the mistake is found.
    section : str
        The label of the book's section to read.
    cites : tuple of str
        Where people make it.
    same_as : tuple of str
        Ids of mistakes whose results cannot be told from this one's; being named by one of them
        is right as well.
    implementation : callable
        The wrong function.
    """

    id: str
    function: str
    message: str
    section: str
    cites: tuple[str, ...]
    same_as: tuple[str, ...]
    implementation: Callable


def _demand(condition, where, message):
    if not condition:
        raise CourseError(f"{where}: {message}", remedy="mend the decorator there")


def misconception(function, *, message, section, cites, id=None, same_as=()):
    """Enter a wrong implementation into the catalogue.

    Parameters
    ----------
    function : str
        The function that is written wrongly.
    message : str
        At least one sentence: what happens, and what to do instead.
    section : str
        The label of the book's section to read.
    cites : list of str
        Where people make this mistake: at least one address or reference.
    id : str, optional
        The mistake's name in reports; by default that of the decorated function.
    same_as : str or sequence of str, optional
        Ids of mistakes that give the same results on every hidden test.

    Returns
    -------
    decorate : callable
        The decorator. The function stays an ordinary function.

    Raises
    ------
    CourseError
        If an argument is empty; the message names the misconception.
    """

    def decorate(implementation):
        name = implementation.__name__ if id is None else id
        where = f"misconception {name} ({inspect.getsourcefile(implementation)})"
        _demand(isinstance(name, str) and name.isidentifier(), where, "the id is not an identifier")
        _demand(isinstance(function, str) and function.isidentifier(), where, "names no function")
        _demand(is_sentence(message), where, "the message has to be at least a sentence")
        _demand(isinstance(section, str) and section.strip() != "", where, "names no section")
        sources = [cites] if isinstance(cites, str) else list(cites)
        _demand(
            sources and all(isinstance(each, str) and each.strip() for each in sources),
            where,
            "cites nothing: name at least one place where people make this mistake",
        )
        implementation.misconception = Misconception(
            id=name,
            function=function,
            message=" ".join(message.split()),
            section=section,
            cites=tuple(sources),
            same_as=(same_as,) if isinstance(same_as, str) else tuple(same_as),
            implementation=implementation,
        )
        return implementation

    return decorate


def misconceptions(module):
    """List the misconceptions of a module, in the order of its file.

    Parameters
    ----------
    module : module
        A loaded catalogue.

    Returns
    -------
    entries : list of Misconception
        One for each decorated function.

    Raises
    ------
    CourseError
        If two share an id, or one names a `same_as` that is not there.
    """
    entries = [
        value.misconception
        for value in vars(module).values()
        if isinstance(getattr(value, "misconception", None), Misconception)
    ]
    ids = [entry.id for entry in entries]
    for entry in entries:
        where = f"misconception {entry.id} ({module.__file__})"
        _demand(ids.count(entry.id) == 1, where, "another one has the same id")
        unknown = sorted(set(entry.same_as) - set(ids))
        _demand(not unknown, where, f"same_as names what is not in the catalogue: {unknown}")
    return entries
