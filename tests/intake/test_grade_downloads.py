"""Whole downloads graded by the real command, in the sandbox; and runs that are stopped."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder import results
from autograder.cli import main
from autograder.intake.cells import defined_names, read_cells

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.sandbox


@pytest.fixture(autouse=True)
def _in_the_course(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(ROOT))
    monkeypatch.setenv("CNN_GRADEBOOK", str(tmp_path / "gradebook"))


def reference():
    text = (ROOT / "solutions" / "gradients.py").read_text(encoding="utf-8")
    cells, _ = read_cells(text, suffix=".py")
    return {name: cell.source for cell in cells for name in defined_names(cell.source)}


def notebook(*functions):
    """Return a learner's notebook in which these functions are right."""
    path = ROOT / "exercises" / "gradients" / "gradients.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    right = reference()
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removeprefix("answer_")
        if name in functions:
            cell["source"] = right[name]
    return json.dumps(content)


ALL = ("linear_forward", "linear_backward", "relu_forward", "relu_backward")
ALL += ("numerical_gradient", "relative_error")
ROSTER = {
    "canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
        '"Lovelace, Ada",12345,S1,ada,1\n"O\'Brien, Sean",12346,S2,sean,1\n'
        '"Müller, Jürgen",12347,S3,jm,1\n"Hopper, Grace",12348,S4,grace,1\n'
    ),
    "moodle": (
        "Identifier;Full name;Email address\nParticipant 12345;Ada Lovelace;ada@example.org\n"
        "Participant 12346;Sean O'Brien;s@example.org\n"
        "Participant 12347;Jürgen Müller;j@example.org\n"
        "Participant 12348;Grace Hopper;g@example.org\n"
    ),
}
NAMES = {
    "canvas": (
        "lovelaceada_12345_70001_gradients.ipynb",
        "lovelaceada_12345_70003_gradients-1.ipynb",
        "obriensean_LATE_12346_70004_gradients.ipynb",
        "müllerjürgen_12347_70005_gradients.ipynb",
        "noetheremmy_12349_70006_gradients.ipynb",
    ),
    "moodle": (
        "Ada Lovelace_12345_assignsubmission_file_/draft/notes.py",
        "Ada Lovelace_12345_assignsubmission_file_/gradients.ipynb",
        "Sean O'Brien_12346_assignsubmission_file_/My gradients.ipynb",
        "Jürgen Müller_12347_assignsubmission_file_/gradients.ipynb",
        "Emmy Noether_12349_assignsubmission_file_/gradients.ipynb",
    ),
}


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_a_class_is_graded_from_its_download_and_called_by_its_roster(platform, tmp_path, capsys):
    older = "print('a draft')" if platform == "moodle" else notebook()
    contents = [older, notebook(*ALL), notebook(), "{", notebook("relu_forward")]
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in zip(NAMES[platform], contents, strict=True):
            archive.writestr(name, content)
        archive.writestr("../../evil.ipynb", notebook(*ALL))
    (tmp_path / "roster.csv").write_text(ROSTER[platform], encoding="utf-8-sig")
    report = tmp_path / "report.json"
    arguments = [str(tmp_path / "all.zip"), "--roster", str(tmp_path / "roster.csv")]
    assert main(["grade", *arguments, "--json", str(report), "--seed", "3"]) == 1

    found = json.loads(report.read_text(encoding="utf-8"))["submissions"]
    prefix = "" if platform == "canvas" else "Participant "
    stranger = "noetheremmy" if platform == "canvas" else "Emmy Noether"
    rows = [(one["student"], one["status"], one["score"] > 0) for one in found]
    assert rows == [
        (f"{prefix}12345", "graded", True),
        (f"{prefix}12346", "graded", False),
        (f"{prefix}12347", "unreadable", False),
        (f"{prefix}12348", "missing", False),
        ("'../../evil.ipynb'", "unreadable", False),
        (stranger, "graded", True),
    ]
    assert found[0]["score"] == found[0]["max_score"]
    assert {one["assignment"] for one in found} == {"gradients"}
    said = capsys.readouterr().err
    assert f"On no line of the roster: '../../evil.ipynb', {stranger}" in said
    assert f"Nothing handed in: {prefix}12348" in said
    assert not (tmp_path.parent / "evil.ipynb").exists()


_STOPPED = """
import os, signal, sys
from autograder import results
from autograder.cli import main

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

saves = []
save, replace = results.ResultStore.save, os.replace

def counted(*arguments, **more):
    save(*arguments, **more)
    saves.append(1)
    if sys.argv[1] == f"after {len(saves)}":
        kill()

def torn(*arguments):
    if sys.argv[1] == f"within {len(saves)}" and arguments[1].suffix == ".json":
        kill()
    replace(*arguments)

results.ResultStore.save, os.replace = counted, torn
main(sys.argv[2:])
"""


@pytest.fixture
def folder(tmp_path):
    for number, functions in enumerate(((), ("relu_forward",), ("relative_error",), ())):
        path = tmp_path / "class" / f"ada{number}" / "gradients.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook(*functions), encoding="utf-8")
    return tmp_path / "class"


@pytest.fixture
def ran(monkeypatch):
    """Count the submissions that are really run."""
    numbers = []
    real = results.grade_many

    def counted(jobs, **kwargs):
        numbers.append(len(jobs))
        return real(jobs, **kwargs)

    monkeypatch.setattr(results, "grade_many", counted)
    return numbers


@pytest.mark.parametrize(("moment", "left"), [("after 1", [2]), ("within 1", [2]), ("after 3", [])])
def test_a_run_that_is_killed_goes_on_where_it_was(moment, left, folder, tmp_path, ran, capsys):
    report = tmp_path / "r.json"
    arguments = ["grade", str(folder), "--workers", "1", "--json", str(report)]
    stopped = subprocess.run(
        [sys.executable, "-c", _STOPPED, moment, *arguments], env=os.environ, check=False
    )
    assert stopped.returncode == -signal.SIGKILL
    assert not report.exists()
    assert main(arguments) == 0
    assert ran == left  # of three different ones
    first = report.read_bytes()
    assert main(arguments) == 0
    assert ran == left
    assert report.read_bytes() == first
    assert len(json.loads(first)["submissions"]) == 4
    # A changed submission is run, and only that.
    (folder / "ada1" / "gradients.ipynb").write_text(notebook("linear_forward"), encoding="utf-8")
    assert main(arguments) == 0
    assert ran == [*left, 1]
    capsys.readouterr()


def test_a_report_to_a_pipe_keeps_no_results(folder, tmp_path, ran):
    assert main(["grade", str(folder / "ada0"), str(folder / "ada3"), "--json", "/dev/null"]) == 0
    assert not Path("/dev/null").is_file()
    assert not Path("/dev/null.results").exists()


def test_the_gradebook_has_a_roster_of_its_own(tmp_path, capsys):
    (tmp_path / "gradebook" / "submitted").mkdir(parents=True)
    for paths in ([], [str(tmp_path / "gradebook" / "submitted")]):
        assert main(["grade", *paths, "--roster", "r.csv"]) == 2
        assert "roster of its own" in capsys.readouterr().err
