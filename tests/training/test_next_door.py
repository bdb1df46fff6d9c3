"""A network is built from what a learner has solved next door, and from the given layers else."""

import json
import sys
from types import SimpleNamespace

import pytest

from solutions import next_door
from solutions.next_door import LENET_LAYERS, NotSolvedError, solved_layers, use_solved_layers

STUB = 'raise NotImplementedError("Replace this line")'
DOUBLE = "def double(x):\n    return given.two() * x"
HALVE = "def halve(x):\n    return x / 2"


def cell(source, mark=""):
    metadata = {"nbgrader": {"grade_id": mark}} if mark else {}
    return {"cell_type": "code", "metadata": metadata, "source": source.splitlines(keepends=True)}


def notebook(double=DOUBLE, halve=HALVE, between="", check="assert double(3) == 6, 'hint'"):
    return [
        {"cell_type": "markdown", "metadata": {}, "source": "Text."},
        cell(
            "import given\n\ntry:\n    import matplotlib.pyplot as plt\nexcept ImportError:\n"
            "    plt = None\nassert plt is None"
        ),
        cell(double, "answer_double"),
        cell(check, "check_double"),
        cell(between),
        cell(halve, "answer_halve"),
        cell("assert halve(6) == 3", "check_halve"),
        cell("assert halve(5) == 2.5", "check_halve_odd"),
        cell("raise SystemExit('this cell is never reached')"),
    ]


@pytest.fixture
def write(tmp_path):
    """Give a function that writes the notebook of the chapter sums, and returns its path."""

    def written(cells):
        folder = tmp_path / "sums"
        folder.mkdir(exist_ok=True)
        (folder / "given.py").write_text("def two():\n    return 2\n", encoding="utf-8")
        path = folder / "sums.ipynb"
        path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        return path

    return written


def test_solved_layers_are_taken_with_their_own_given_layers(write, capsys):
    sys_given = sys.modules.get("given")
    path = write(notebook(between="%matplotlib inline\nprint('hello')\n1 / 0"))
    functions = solved_layers(path, ["double", "halve"])
    assert functions["double"](4) == 8
    assert functions["halve"](4) == 2
    assert sys.modules.get("given") is sys_given
    assert "matplotlib" not in sys.modules or sys.modules["matplotlib"] is not None
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"double": f"def double(x):\n    {STUB}"}, "check_double in sums.ipynb does not pass"),
        ({"double": "def double(x):\n    return x"}, "check_double in sums.ipynb does not pass"),
        (
            {"halve": "def halve(x):\n    return x // 2"},
            "check_halve_odd in sums.ipynb does not pass",
        ),
        ({"halve": "def halve(x)\n    return"}, r"answer_halve in sums.ipynb does not run"),
    ],
)
def test_unsolved_layers_are_refused_with_the_check_that_does_not_pass(write, changes, said):
    with pytest.raises(NotSolvedError, match=said):
        solved_layers(write(notebook(**changes)), ["double", "halve"])


def test_other_answers_need_not_be_solved(write):
    unsolved = f"def double(x):\n    {STUB}"
    assert solved_layers(write(notebook(double=unsolved)), ["halve"])["halve"](4) == 2
    unsolved = f"def halve(x):\n    {STUB}"
    assert solved_layers(write(notebook(halve=unsolved)), ["double"])["double"](4) == 8


def test_a_notebook_that_is_not_there_or_cannot_be_read_is_named(write, tmp_path):
    with pytest.raises(NotSolvedError, match=r"sums\.ipynb is not next door"):
        solved_layers(tmp_path / "sums" / "sums.ipynb", ["double"])
    path = write(notebook())
    with pytest.raises(NotSolvedError, match="has no cell for triple"):
        solved_layers(path, ["double", "triple"])
    path.write_text('{"cells": [', encoding="utf-8")
    with pytest.raises(NotSolvedError, match=r"sums\.ipynb cannot be read"):
        solved_layers(path, ["double"])


def test_a_check_is_told_by_its_id_where_its_mark_is_lost(write):
    cells = notebook(double="def double(x):\n    return x")
    for each in cells:
        each["id"] = each["metadata"].pop("nbgrader", {}).get("grade_id", "cell-1")
    with pytest.raises(NotSolvedError, match="check_double"):
        solved_layers(write(cells), ["double"])


# Choosing ---------------------------------------------------------------------------------------


@pytest.fixture
def given(monkeypatch):
    monkeypatch.setattr(next_door, "_given_at_first", {})
    return SimpleNamespace(double="the given double", halve="the given half")


WANTED = {"sums": [{"double": "double"}], "means": [{"halve": "halve"}]}


def use(given, tmp_path, *times, **options):
    times = iter(times)
    return use_solved_layers(
        given,
        options.pop("wanted", WANTED),
        folder=tmp_path,
        seconds=lambda: next(times),
        batches=100,
        **options,
    )


def test_what_is_solved_is_used_and_what_is_not_is_named(given, write, tmp_path, capsys):
    write(notebook())
    assert use(given, tmp_path, 0.5) == {"sums": True, "means": False}
    assert given.double(3) == 6
    assert given.halve == "the given half"
    assert capsys.readouterr().out.splitlines() == [
        "sums: your own layers, double (a batch takes 0.5 s)",
        "means: the given layers (means.ipynb is not next door)",
    ]


def test_slow_layers_are_left_out_unless_they_are_wanted(given, write, tmp_path, capsys):
    write(notebook())
    assert use(given, tmp_path, 9.0) == {"sums": False, "means": False}
    assert given.double == "the given double"
    assert "with them a batch takes 9 s, and the training 15 minutes" in capsys.readouterr().out
    assert use(given, tmp_path, 9.0, keep_slow=True)["sums"]
    assert given.double(3) == 6


def test_a_second_run_begins_with_the_given_layers(given, write, tmp_path):
    path = write(notebook())
    assert use(given, tmp_path, 0.5)["sums"]
    path.unlink()
    assert not use(given, tmp_path)["sums"]
    assert given.double == "the given double"


def test_the_second_way_is_taken_where_the_first_is_not_solved(given, write, tmp_path, capsys):
    write(notebook(halve=f"def halve(x):\n    {STUB}"))
    ways = {"sums": [{"double": "halve"}, {"double": "double"}]}
    assert use(given, tmp_path, 0.5, wanted=ways) == {"sums": True}
    assert given.double(3) == 6
    write(notebook())
    assert use(given, tmp_path, 0.5, wanted=ways) == {"sums": True}
    assert given.double(3) == 1.5
    assert "your own layers, halve" in capsys.readouterr().out


def test_the_layers_of_lenet_are_those_that_it_is_given():
    from solutions.convolutional_networks import given as layers

    names = {name for ways in LENET_LAYERS.values() for way in ways for name in way}
    assert names == set(layers.__all__)
