"""Run an exercise's notebook as a learner does, or with wrong answers in the right ones' place.

A file tests/build/test_<slug>_exercise.py holds a table of `Wrong` answers and hands each to
`assert_stopped`; what is true of every exercise is in tests/build/test_every_exercise.py.
"""

import ast
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

from autograder.course import find_course
from autograder.given import given_source
from autograder.release import generate

__all__ = ["COURSE", "Wrong", "assert_stopped", "execute", "notebooks", "reference", "run_answers"]

COURSE = find_course(__file__)
_GIVEN = "given.py"


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


def _write_given(slug, folder):
    """Put given.py where the notebook looks for it; return whether the chapter has one."""
    source = given_source(COURSE, slug)
    if source:
        (Path(folder) / _GIVEN).write_text(source, encoding="utf-8")
    return bool(source)


def execute(slug, text):
    """Run a notebook in a kernel of its own, beside its given.py.

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
    with tempfile.TemporaryDirectory() as folder:
        _write_given(slug, folder)
        resources = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources)
        try:
            client.execute()
        except CellExecutionError as error:
            return notebook, error
    return notebook, None


def run_answers(slug, monkeypatch, **answers):
    """Run the source's code cells here, without a kernel and without matplotlib.

    Parameters
    ----------
    slug : str
        The chapter.
    monkeypatch : MonkeyPatch
        Pytest's.
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
    with tempfile.TemporaryDirectory() as folder:
        if _write_given(slug, folder):
            spec = importlib.util.spec_from_file_location("given", Path(folder) / _GIVEN)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            monkeypatch.setitem(sys.modules, "given", module)
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
