"""A tiny course with one released notebook: two functions, a check each, one written answer."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course import Course


def _marked(cell, grade_id, **marks):
    base = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata["nbgrader"] = base | {"grade_id": grade_id} | marks
    cell.id = grade_id
    return cell


def stub(name):
    return f"def {name}(x):\n    # 1. Compute.\n    raise NotImplementedError"


def _release():
    def answer(name):
        return _marked(new_code_cell(stub(name)), f"answer_{name}", solution=True)

    def check(stage, points):
        source = f"assert {stage}(2) == 4, 'not yet'"
        marks = {"grade": True, "locked": True, "points": points}
        return _marked(new_code_cell(source), f"check_{stage}", **marks)

    return new_notebook(
        cells=[
            new_markdown_cell("# Boxes", id="title"),
            new_code_cell("import numpy as np", id="setup"),
            answer("area"),
            check("area", 3),
            answer("volume"),
            check("volume", 5),
            new_markdown_cell("Why is a volume not an area?", id="question"),
            _marked(
                new_markdown_cell("YOUR ANSWER HERE"),
                "written_why",
                grade=True,
                solution=True,
                points=2,
            ),
        ]
    )


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "course"
    (root / "exercises" / "boxes").mkdir(parents=True)
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n- file: book/boxes\n"
    )
    (root / "exercises" / "boxes.md").write_text("---\ntitle: Boxes\nminutes: 5\n---\n")
    nbformat.write(_release(), root / "exercises" / "boxes" / "boxes.ipynb")
    return Course(root)


class Notebook:
    """A learner's notebook as plain JSON, to be bent at will."""

    def __init__(self):
        self.json = json.loads(nbformat.writes(_release()))
        self.cells = self.json["cells"]

    def cell(self, cell_id):
        return next(cell for cell in self.cells if cell["id"] == cell_id)

    def index(self, cell_id):
        return self.cells.index(self.cell(cell_id))

    def add(self, at, source, kind="code"):
        cell = {"cell_type": kind, "id": f"own-{len(self.cells)}", "metadata": {}, "source": source}
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        self.cells.insert(at, cell)
        return cell

    def text(self):
        return json.dumps(self.json)

    def save(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(), encoding="utf-8")
        return path


AREA = "def area(x):\n    return x * x"
VOLUME = "def volume(x):\n    return x * area(x)"


@pytest.fixture
def untouched():
    return Notebook()


@pytest.fixture
def answered():
    notebook = Notebook()
    notebook.cell("answer_area")["source"] = AREA
    notebook.cell("answer_volume")["source"] = VOLUME
    notebook.cell("written_why")["source"] = "It has one more length."
    return notebook
