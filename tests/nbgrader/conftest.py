"""A class in a folder of its own, graded once by nbgrader's real commands."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.gradebook import ClassFolder

ROOT = Path(__file__).resolve().parents[2]
BACKWARD = "answer_conv2d_backward"


def functions():
    """Return the reference's functions by name: right answers."""
    from autograder.intake.cells import defined_names, read_cells

    text = (ROOT / "solutions" / "convolution.py").read_text(encoding="utf-8")
    cells, _ = read_cells(text, suffix=".py")
    return {name: cell.source for cell in cells for name in defined_names(cell.source)}


class Learner:
    """A learner's notebook as JSON, answered rightly."""

    def __init__(self):
        path = ROOT / "exercises" / "convolution" / "convolution.ipynb"
        self.json = json.loads(path.read_text(encoding="utf-8"))
        for name, source in functions().items():
            if name.startswith(("conv2d", "correlate2d")):
                self.cell(f"answer_{name}")["source"] = source
        self.cell("written_why_share_weights")["source"] = "Edges <script>alert(1)</script> recur."

    def cell(self, grade_id):
        return next(
            cell
            for cell in self.json["cells"]
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
        )

    def save(self, folder, name="convolution.ipynb", cut=None):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(self.json)[:cut], encoding="utf-8")


def _hand_in(submitted):
    def place(student):
        return submitted / student / "convolution"

    Learner().save(place("right"))

    forward_only = Learner()
    source = "def conv2d_backward(dout, cache):\n    raise NotImplementedError"
    forward_only.cell(BACKWARD)["source"] = source
    forward_only.save(place("forward_only"))

    empty = Learner()
    for cell in empty.json["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] = {}
    empty.save(place("empty_marks"))

    doubled = Learner()
    doubled.cell("check_dx")["metadata"]["nbgrader"]["points"] = 500
    doubled.json["cells"] += [
        dict(cell, id=f"d{i}") for i, cell in enumerate(doubled.json["cells"])
    ]
    doubled.save(place("doubled_cells"))

    Learner().save(place("renamed"), name="final (2).ipynb")
    (place("renamed") / "notes.txt").symlink_to(submitted.parent / "secret.txt")
    (submitted.parent / "secret.txt").write_text("secret")

    Learner().save(place("cut_off"), cut=4000)


@pytest.fixture(scope="session")
def classroom(tmp_path_factory):
    """The class, after `nbgrader autograde`, `generate_feedback` and `export`."""
    folder = ClassFolder(Course(ROOT), tmp_path_factory.mktemp("class") / "gradebook")
    folder.path.mkdir()
    _hand_in(folder.submitted)
    folder.roster.write_text("id,first_name\nright,Right\nabsent,Absent\n")
    return Classroom(folder)


class Classroom:
    """The folder, and what each command said."""

    def __init__(self, folder):
        self.folder = folder
        self.before = self.originals()
        self.autograde = self.nbgrader("autograde", "convolution")
        self.feedback = self.nbgrader("generate_feedback", "convolution")
        self.grades = folder.path / "grades.csv"
        self.export = self.nbgrader("export", "--to", str(self.grades))

    def originals(self):
        files = (path for path in self.folder.submitted.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files}

    def nbgrader(self, *arguments):
        return self.run("nbgrader", *arguments)

    def run(self, module, *arguments):
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=os.environ | self.folder.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def rows(self):
        with open(self.grades, encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["assignment"] == "convolution"]
        return {row["student_id"]: row for row in rows}
