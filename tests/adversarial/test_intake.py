"""Hostile files: names, encodings, links and odd notebooks, in a folder with somebody else's."""

import json
import os
import shutil
from pathlib import Path

import pytest

from attacks import honest_program
from autograder.course import Course
from autograder.intake import read_submissions

pytestmark = pytest.mark.sandbox

NAME = "attacker"
_ANSWERS = {cell.id: cell.source for cell in honest_program().cells}


def _notebook(course):
    """Fill the released notebook in as an honest learner does."""
    path = course.root / "exercises/gradients/gradients.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name == "answer_linear_forward":
            cell["source"] = _ANSWERS["helpers"] + _ANSWERS["answer_linear_forward"]
        elif name == "answer_relu_forward":
            cell["source"] = _ANSWERS["answer_others"]
    return notebook


def _cell(source, **metadata):
    return {
        "cell_type": "code",
        "id": "odd",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _answered(**changes):
    """Write the notebook with cells in front, or its text changed."""

    def write(folder, course):
        notebook = _notebook(course)
        notebook["cells"][:0] = changes.get("cells", [])
        notebook |= changes.get("top", {})
        for cell in notebook["cells"]:
            cell["metadata"] |= changes.get("metadata", {})
            if cell["cell_type"] == "code":
                cell["outputs"] = changes.get("outputs", [])
        text = changes.get("text", lambda t: t)(json.dumps(notebook))
        data = text.encode(changes.get("encoding", "utf-8"))
        (folder / changes.get("name", f"{NAME}.ipynb")).write_bytes(data)

    return write


def _raw(data, name=f"{NAME}.ipynb"):
    return lambda folder, course: (folder / name).write_bytes(data)


def _link(target):
    return lambda folder, course: (folder / f"{NAME}.ipynb").symlink_to(target)


def _sparse(folder, course):
    with (folder / f"{NAME}.ipynb").open("wb") as file:
        file.truncate(1 << 40)


def _pipe(folder, course):
    os.mkfifo(folder / f"{NAME}.ipynb")


def _folder(folder, course):
    (folder / f"{NAME}.ipynb").mkdir()


def _deep(folder, course):
    (folder / NAME / "/".join("abcdefghij")).mkdir(parents=True)


def _module(head):
    text = "\n".join([head, *_ANSWERS.values()])
    return lambda folder, course: (folder / f"{NAME}.py").write_bytes(text.encode())


_SCRIPT = {"text/html": "<script>1</script>"}
_HTML = [{"output_type": "display_data", "data": _SCRIPT, "metadata": {}}]
_CONFTEST = b"def pytest_configure(config): raise SystemExit\n"
_TOUCH = "touch /tmp/written-by-an-attack"
_UTF_7 = "# -*- coding: utf-7 -*-\n# +AAo-raise SystemExit(0)"
_BLANKS = [_cell("\n" * 300_000 + "x"), _cell(" " * 300_000)]
_FORGED = {"nbgrader": {"grade": True, "points": 1000, "grade_id": "check_all", "locked": True}}
# name: (what is handed in, whether it is honest enough to get all points; None: it is not read)
FILES = {
    "a link to the users": (_link("/etc/passwd"), None),
    "a link to a device": (_link("/dev/zero"), None),
    "a link to the neighbor's": (_link("neighbor.ipynb"), None),
    "a link to itself": (_link(f"{NAME}.ipynb"), None),
    "a pipe": (_pipe, None),
    "a folder with a notebook's name": (_folder, None),
    "folders in folders": (_deep, None),
    "a terabyte of nothing": (_sparse, None),
    "an archive": (_raw(b"PK\x03\x04" + bytes(100)), None),
    "nothing": (_raw(b" \n"), None),
    "NUL characters": (_raw(b'{"cells": [\0]}'), None),
    "JSON nested very deep": (_raw(b'{"cells":' + b"[" * 200_000), None),
    "objects nested very deep": (_raw(b'{"cells":' * 100_000), None),
    "a number of very many digits": (_raw(b'{"cells":' + b"1" * 100_000 + b"}"), None),
    "cells that are none": (_raw(b'{"cells": [1, null, {"source": {}}, {"cell_type": []}]}'), None),
    "a flood of cells": (_raw(json.dumps({"cells": [_cell("")] * 3000}).encode()), None),
    "hooks of pytest": (_raw(_CONFTEST, "conftest.py"), None),
    "a NumPy of one's own": (_raw(b"raise SystemExit(0)\n", "numpy.py"), None),
    "a grader of one's own": (_raw(b"import os\nos._exit(0)\n", "autograder.py"), None),
    "a name full of control characters": (_answered(name="attacker\x1b[2J\n.ipynb"), True),
    "a name that climbs": (_answered(name="attacker..%2f..%2fetc.ipynb"), True),
    "a name that is an option": (_answered(name="--unsafe-no-sandbox attacker.ipynb"), True),
    "forged points": (_answered(cells=[_cell("", **_FORGED)]), True),
    "forged marks on every cell": (_answered(metadata={"autograder": {"role": "answer"}}), True),
    "a forged result in the metadata": (
        _answered(top={"metadata": {"autograder": {"score": 99}, "kernelspec": {"name": "!x"}}}),
        True,
    ),
    "outputs with scripts": (_answered(outputs=_HTML), True),
    "shell lines": (_answered(cells=[_cell(f"!{_TOUCH}\n%run /etc/passwd")]), True),
    "a cell for the shell": (_answered(cells=[_cell(f"%%bash\n{_TOUCH}")]), True),
    "magics in magics": (_answered(cells=[_cell("%%time\n" * 5000)]), True),
    "magics without end": (_answered(cells=[_cell("%time x\n" * 20_000)]), True),
    "blanks without end": (_answered(cells=_BLANKS), True),
    "a magic that breaks IPython": (_answered(cells=[_cell("=%'''")]), True),
    "a line of questions": (_answered(cells=[_cell(("?" + " " * 300) * 1000 + "x")]), True),
    "brackets without end": (_answered(cells=[_cell("(" * 100_000)]), True),
    "half a character": (_answered(cells=[_cell("s = '\ud800'")]), True),
    "UTF-16": (_answered(encoding="utf-16"), True),
    "a mark at the start": (_answered(encoding="utf-8-sig"), True),
    "code in another encoding": (_module(_UTF_7), True),
    "a program that runs when it is read": (_module("import os\nprint(os._exit(0))"), True),
    "other names by look-alike letters": (_module("d\u0435f = 1\nl\u0456near_forward = 0"), True),
}  # fmt: skip


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A course that holds nothing but the released notebook: enough for reading submissions."""
    root = tmp_path_factory.mktemp("released")
    (root / "exercises/gradients").mkdir(parents=True)
    for name in ("_toc.yml", "exercises/gradients.md", "exercises/gradients/gradients.ipynb"):
        shutil.copy(Path(__file__).parents[2] / name, root / name)
    return Course(root)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_gets_its_verdict_and_the_neighbor_theirs(
    name, released, tmp_path, judge, bubblewrap, tally
):
    tally("intake")
    write, honest = FILES[name]
    folder = tmp_path / "submitted"
    folder.mkdir()
    _answered(name="neighbor.ipynb")(folder, released)
    (alone,) = read_submissions(folder, released, "gradients")
    write(folder, released)
    found = {each.student: each for each in read_submissions(folder, released, "gradients")}
    neighbor = found.pop("neighbor")
    assert (neighbor.status, neighbor.program) == (None, alone.program)
    (hostile,) = found.values()
    if honest is None:
        assert hostile.status in ("unreadable", "missing")
        assert hostile.notes
        assert "root:" not in " ".join(hostile.notes)
        return
    assert hostile.status is None, hostile.notes
    verdict = judge(hostile.program, bubblewrap)
    assert verdict.graded.status == "graded"
    assert verdict.graded.score == verdict.graded.max_score, verdict.feedback
    assert verdict.running == verdict.files == []


def test_the_neighbor_gets_all_points(released, tmp_path, judge, bubblewrap, tally):
    tally("class")
    _answered(name="neighbor.ipynb")(tmp_path, released)
    (found,) = read_submissions(tmp_path, released, "gradients")
    graded = judge(found.program, bubblewrap).graded
    assert graded.score == graded.max_score


# A reader that follows links would read what it should not: the links lead somewhere.
@pytest.mark.parametrize("target", ["/etc/passwd", "neighbor.ipynb"])
def test_a_reader_that_follows_links_would_have_read_it(target, released, tmp_path, tally):
    tally("intake", "control")
    _answered(name="neighbor.ipynb")(tmp_path, released)
    _link(target)(tmp_path, released)
    assert Path(tmp_path / f"{NAME}.ipynb").read_bytes()
