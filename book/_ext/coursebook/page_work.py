"""What of an exercise runs in a page: everything up to its first backward pass.

A page holds the notebook's cells in the notebook's order, so that a check finds there what an
earlier cell has made. Answers are stubs; a check is what the notebook's visible check is.
"""

import base64
import re
import zlib
from dataclasses import dataclass, field

from autograder.given import given_source
from autograder.notebook import nested_hints
from autograder.reference import STUB

__all__ = ["Panel", "Step", "cells_of", "packed_given", "panels_of"]

_SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)


@dataclass
class Step:
    """One stage of an exercise, as a page shows it.

    Attributes
    ----------
    name, title : str
        The stage's.
    minutes : float
        Estimate.
    texts : list of str
        Markdown: what to do, and hints.
    check : str
        The visible check.
    """

    name: str
    title: str
    minutes: float
    texts: list[str]
    check: str = ""


@dataclass
class Panel:
    """One answer cell, with every stage that is worked on in it.

    Attributes
    ----------
    name : str
        The function, or the stage that is done by hand.
    by_hand : bool
        Whether it is an answer on paper.
    start : str
        What the learner begins with.
    steps : list of Step
        In order.
    """

    name: str
    by_hand: bool
    start: str
    steps: list[Step] = field(default_factory=list)


def panels_of(exercise):
    """Return the answer cells that a page holds.

    Parameters
    ----------
    exercise : Exercise
        The exercise.

    Returns
    -------
    list of Panel
        In the notebook's order, up to the first backward pass.
    """
    return _read(exercise)[0]


def cells_of(exercise):
    """Return the code that a page holds, as the notebook has it.

    Parameters
    ----------
    exercise : Exercise
        The exercise.

    Returns
    -------
    list of (str, str, str)
        Kind (``code``, ``check`` or ``answer``), name and source. The source of an answer is what
        the learner begins with.
    """
    return _read(exercise)[1]


def packed_given(course, slug):
    """Return the layers that a chapter is given, packed.

    They hold answers of earlier chapters: packed, nobody reads them by accident, and a search for
    a word does not find them.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    str
        Compressed, in base 64; empty where the chapter is given nothing.
    """
    source = given_source(course, slug)
    return base64.b64encode(zlib.compress(source.encode(), 9)).decode() if source else ""


def _read(exercise):
    panels, cells, pending = [], [], []
    for block in exercise.blocks:
        if block.kind in ("answer", "by_hand"):
            if block.name.endswith("_backward"):
                break
            panel = Panel(block.name, block.kind == "by_hand", _start(exercise, block), pending)
            pending = []
            panels.append(panel)
            cells.append(("answer", block.name, panel.start))
        elif block.kind == "stage":
            stage = exercise.stage(block.name)
            text = block.source.partition("\n")[2].strip()
            pending.append(Step(stage.name, stage.title, stage.minutes, [text]))
        elif block.kind == "hints" and pending:
            pending[-1].texts.append(nested_hints(exercise, block))
        elif block.kind == "text" and pending:
            pending[-1].texts.append(block.source)
        elif block.kind == "code":
            cells.append(("code", "", block.source))
        elif block.kind == "check":
            panels[-1].steps += pending
            pending = []
            step = next(step for step in panels[-1].steps if step.name == block.name)
            step.check = block.source
            cells.append(("check", block.name, block.source))
    while cells and cells[-1][0] == "code":  # what comes after the last check serves nothing here
        cells.pop()
    return panels, cells


def _start(exercise, block):
    if block.kind == "by_hand":
        return _SOLUTION.sub(STUB, block.source).strip() + "\n"
    return exercise.stub(block.name) + "\n"
