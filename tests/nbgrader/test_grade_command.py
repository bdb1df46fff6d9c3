"""The command line of `autograder grade`."""

import json
from pathlib import Path

import pytest

from autograder.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _in_the_course(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(ROOT))
    monkeypatch.setenv("CNN_GRADEBOOK", str(tmp_path / "gradebook"))


@pytest.mark.sandbox
def test_the_reference_gets_all_points_and_the_untouched_notebook_none(tmp_path, capsys):
    notebook = ROOT / "exercises" / "convolution" / "convolution.ipynb"
    report = tmp_path / "r.json"
    code = main(
        [
            "grade",
            str(ROOT / "solutions" / "convolution.py"),
            str(notebook),
            "--json",
            str(report),
            "--seed",
            "5",
        ]
    )
    assert code == 0
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["seed"] == 5
    scores = [(one["score"], one["max_score"]) for one in found["submissions"]]
    assert scores == [(24, 24), (0, 24)]
    assert "24 / 24" in capsys.readouterr().out


@pytest.mark.sandbox
def test_an_unreadable_file_gives_status_1_and_is_named(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text("{")
    assert main(["grade", str(path), "--json", "-"]) == 1
    (one,) = json.loads(capsys.readouterr().out)["submissions"]
    assert one["status"] == "unreadable"
    assert "not a whole notebook" in one["notes"][-1]


@pytest.mark.parametrize(
    ("arguments", "message", "remedy"),
    [
        (["nothing.ipynb"], "no file or folder", "check the path"),
        ([str(ROOT / "solutions"), "--assignment", "balls"], "no assignment 'balls'", "use one of"),
        ([], "no class in", "name a file"),
        (["x.py", "--seed", "-1"], "--seed has to be 0 or more", "--seed 0"),
        (["x.py", "--json", "/no/such/folder/r.json"], "no folder", "mkdir"),
        (["x.py", "--db"], "only the class in", "CNN_GRADEBOOK"),
    ],
)
def test_a_wrong_command_line_says_its_remedy(arguments, message, remedy, capsys):
    assert main(["grade", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert remedy in error
