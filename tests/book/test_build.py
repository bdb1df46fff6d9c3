"""What keeps the built book in step with its sources, and the vendored files as they came."""

import re
import runpy
import shutil
import subprocess
import sys

import pytest

from coursebook.freshness import imports_digest


@pytest.fixture(scope="module")
def build_book(root):
    return runpy.run_path(str(root / "tools" / "build_book.py"))


@pytest.fixture
def vendor(root):
    return runpy.run_path(str(root / "tools" / "vendor.py"))


@pytest.fixture
def sources(root, tmp_path):
    """A copy of what the book is made of, without the large vendored files."""
    for name in ("book", "coursefigures", "exercises", "experiments", "solutions"):
        ignored = shutil.ignore_patterns("vendor", "__pycache__")
        shutil.copytree(root / name, tmp_path / name, ignore=ignored)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(root / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["_toc.yml", "book/convolution.md", "book/_static/cnn/book.css", "solutions/convolution.py"],
)
def test_an_edit_of_any_source_makes_the_book_stale(build_book, sources, name):
    before = build_book["digest"](sources)
    assert build_book["digest"](sources) == before
    with open(sources / name, "a", encoding="utf-8") as file:
        file.write("\n")
    assert build_book["digest"](sources) != before


def test_a_new_file_makes_the_book_stale_and_a_cache_does_not(build_book, sources):
    before = build_book["digest"](sources)
    (sources / "solutions" / "__pycache__").mkdir()
    (sources / "solutions" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert build_book["digest"](sources) == before
    (sources / "book" / "new.md").write_text("# New\n", encoding="utf-8")
    assert build_book["digest"](sources) != before


@pytest.mark.parametrize(
    "name",
    ["solutions/convolution.py", "coursefigures/style.py", "experiments/results/mistakes.json"],
)
def test_outputs_are_computed_again_when_imported_code_changes(sources, name):
    before = imports_digest(sources)
    (sources / "book" / "convolution.md").write_text("# Other text\n", encoding="utf-8")
    assert imports_digest(sources) == before
    with open(sources / name, "a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert imports_digest(sources) != before


@pytest.mark.book
def test_a_built_book_is_current(built_book, root):
    command = [sys.executable, root / "tools" / "build_book.py", "--is-current"]
    assert subprocess.run(command).returncode == 0


@pytest.mark.book
def test_every_directive_was_understood(built_book):
    for path in (built_book / "book").rglob("*.html"):
        text = re.sub(
            r"<(pre|code)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert not re.search(r"(```|:::)\{", text), path.name


@pytest.mark.book
def test_the_book_is_the_same_for_any_machine(built_book, root):
    for path in built_book.rglob("*.html"):
        assert str(root) not in path.read_text(encoding="utf-8"), path.name


def test_vendored_files_are_as_their_checksums_say(vendor):
    assert vendor["check"]() == []


def test_a_changed_a_missing_and_an_added_file_are_found(vendor, root, tmp_path):
    folder = tmp_path / "fonts"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(name, encoding="utf-8")
    vendor["_write_sums"](folder)
    assert vendor["check"]([folder]) == []
    (folder / "a.txt").write_text("changed", encoding="utf-8")
    (folder / "b.txt").unlink()
    (folder / "c.txt").write_text("new", encoding="utf-8")
    faults = vendor["check"]([folder])
    assert [fault.removeprefix(f"{folder}/") for fault in faults] == [
        "b.txt is missing",
        "c.txt is not listed",
        "a.txt was changed",
    ]


def test_the_numpy_wheel_is_the_one_that_pyodide_names(vendor, root):
    pyodide = root / "book" / "_static" / "vendor" / "pyodide"
    lock = (pyodide / "pyodide-lock.json").read_text(encoding="utf-8")
    wheel = next(pyodide.glob("numpy-*.whl"))
    assert vendor["_sha256"](wheel) in lock
