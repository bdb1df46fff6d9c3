"""Run an exercise's notebook as a learner does, or with wrong answers in the right ones' place.

A file tests/build/test_<slug>_exercise.py holds a table of `Wrong` answers and hands each to
`assert_stopped`; what is true of every exercise is in tests/build/test_every_exercise.py.
"""

import ast
import contextlib
import functools
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograder.beside import write_beside
from autograder.course import find_course
from autograder.release import generate

__all__ = ["COURSE", "Wrong", "assert_stopped", "execute", "notebooks", "reference", "run_answers"]

COURSE = find_course(__file__)


class Wrong(NamedTuple):
    """What a learner may write, and what has to become of it.

    Attributes
    ----------
    function : str
        The function that it stands for; for an answer found by hand, the id of its cell,
        ``by_hand_<stage>``.
    answer : callable, or what was found by hand
        What the learner wrote.
    check : str
        The id of the cell that has to stop it, ``check_<stage>``.
    said : tuple of str
        Words that its message has to hold.
    """

    function: str
    answer: object
    check: str
    said: tuple[str, ...]


def reference(slug):
    """Return a chapter's reference module."""
    return COURSE.reference(slug)


@functools.cache
def notebooks(slug):
    """Return the text of a chapter's source, with answers, and of its release, without them."""
    source, release = generate(COURSE, slug)
    return source[f"{slug}.ipynb"], release[f"{slug}.ipynb"]


@contextlib.contextmanager
def _folder(slug, solved_next_door=()):
    """Give a folder as a learner has it: the chapter's, with what lies beside its notebook."""
    with tempfile.TemporaryDirectory() as exercises:
        for each in (slug, *solved_next_door):
            folder = Path(exercises) / each
            folder.mkdir()
            write_beside(COURSE, each, folder)
        for each in solved_next_door:
            path = Path(exercises) / each / f"{each}.ipynb"
            path.write_text(notebooks(each)[0], encoding="utf-8")
        yield Path(exercises) / slug


def execute(slug, text):
    """Run a notebook in a kernel of its own, beside its given.py and what else it needs.

    Parameters
    ----------
    slug : str
        The chapter.
    text : str
        The notebook.

    Returns
    -------
    notebook : NotebookNode
        With its outputs.
    error : CellExecutionError or None
        What stopped it.
    """
    notebook = nbformat.reads(text, as_version=4)
    with _folder(slug) as folder:
        resources = {"metadata": {"path": str(folder)}}
        client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources)
        try:
            client.execute()
        except CellExecutionError as error:
            return notebook, error
    return notebook, None


def run_answers(slug, monkeypatch, *, solved_next_door=(), **answers):
    """Run the source's code cells here, without a kernel and without matplotlib.

    Parameters
    ----------
    slug : str
        The chapter.
    monkeypatch : MonkeyPatch
        Pytest's.
    solved_next_door : sequence of str, optional
        Chapters whose notebooks lie next door, with the reference's answers.
    **answers : callable, or what was found by hand
        What stands for the reference's function of that name, or for what the cell of that id sets.

    Returns
    -------
    namespace : dict
        What the cells have left.
    """
    for name in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, None)
    namespace = {}
    with _folder(slug, solved_next_door) as folder, contextlib.chdir(folder):
        for path in folder.glob("*.py"):
            spec = importlib.util.spec_from_file_location(path.stem, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            monkeypatch.setitem(sys.modules, path.stem, module)
        for cell in json.loads(notebooks(slug)[0])["cells"]:
            if cell["cell_type"] == "code":
                source = "".join(cell["source"])
                exec(compile(source, cell["id"], "exec"), namespace)
                name = cell["id"].removeprefix("answer_")
                if name in answers:
                    namespace[_defined(source)] = answers[name]
    return namespace


def _defined(source):
    """Return the name that a cell's last statement defines or assigns."""
    last = ast.parse(source).body[-1]
    return last.targets[0].id if isinstance(last, ast.Assign) else last.name


def assert_stopped(slug, monkeypatch, wrong):
    """Assert that the right visible check stops a wrong answer, with a message that helps.

    Parameters
    ----------
    slug : str
        The chapter.
    monkeypatch : MonkeyPatch
        Pytest's.
    wrong : Wrong
        The answer.
    """
    with pytest.raises(AssertionError) as caught:
        run_answers(slug, monkeypatch, **{wrong.function: wrong.answer})
    assert wrong.check in {str(entry.path) for entry in caught.traceback}
    for words in wrong.said:
        assert words in str(caught.value)
    assert "Hint: " in str(caught.value)
