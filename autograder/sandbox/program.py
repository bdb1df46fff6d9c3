"""A learner's program, as the worker gets it: cells of source, taken as text and never run here."""

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Cell", "Program", "defined_names"]

_DEFINITION = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    id : str
        What the learner knows it by, for instance ``answer_conv2d_forward``.
    source : str
        Its text.
    role : {"added", "answer"}
        Of an added cell only imports, definitions and plain assignments count; an answer cell is
        run as a whole.
    """

    id: str
    source: str
    role: Literal["added", "answer"]


@dataclass(frozen=True)
class Program:
    """What a submission holds.

    Parameters
    ----------
    cells : tuple of Cell
        In the notebook's order.
    functions : tuple of str
        The public names that the exercise asks for.
    given : str, optional
        Source of the module ``given``: the course's own earlier layers.
    """

    cells: tuple[Cell, ...]
    functions: tuple[str, ...]
    given: str = ""

    def ordered_cells(self):
        """Return the cells in the order in which they run: the added ones first."""
        return sorted(self.cells, key=lambda cell: cell.role != "added")

    def words(self):
        """Return every word of the learner's own source, as a frozenset."""
        return frozenset(word for cell in self.cells for word in re.findall(r"\w+", cell.source))


def defined_names(source):
    """Find the functions that a text would define, also where it is no valid Python.

    Parameters
    ----------
    source : str
        A cell's text.

    Returns
    -------
    names : list of str
        The names after a ``def`` at the left margin, in order.
    """
    return _DEFINITION.findall(source)
