"""Build the book in _build/html, unless it is there and nothing it is made of has changed.

Warnings are errors (``-W -n``). The whole log is in _build/book.log.
``--is-current`` builds nothing and says by its exit code whether the book is current.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

__all__ = ["digest", "is_current", "main"]

_ROOT = Path(__file__).resolve().parent.parent
# Of the autograder, what reads exercises and their points.
_SOURCES = ("book", "coursefigures", "exercises", "solutions", "autograder/hidden_tests")
_FILES = ("_config.yml", "_toc.yml", "constraints.txt", "requirements.txt")
_IGNORED = ("__pycache__", ".ipynb_checkpoints")
# The package has no __main__, and its script need not be on PATH.
_JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"

# Sphinx writes "reading sources... [ 50%] book/notation", in color or not.
_COLOR = re.compile(r"\x1b\[[0-9;]*m|\r")
_STEP = re.compile(r"^(reading sources|writing output)\.\.\. \[ *(\d+)%\] (\S+)")
# How much of a build lies before each step, and how much of it the step takes.
_SHARE = {"reading sources": (0.05, 0.65), "writing output": (0.75, 0.20)}


def digest(root=_ROOT):
    """Return a hash of everything that the book is made of.

    Parameters
    ----------
    root : Path, optional
        The course.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    total = hashlib.sha256(sys.version.encode())
    paths = [root / name for name in _FILES] + sorted((root / "autograder").glob("*.py"))
    for name in _SOURCES:
        paths += sorted((root / name).rglob("*"))
    for path in paths:
        if path.is_file() and not any(part in _IGNORED for part in path.parts):
            total.update(path.relative_to(root).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current(output=_ROOT):
    """Return whether the built book is what the sources give.

    Parameters
    ----------
    output : Path, optional
        The folder that holds ``_build``.

    Returns
    -------
    bool
        False also when there is none.
    """
    stamp = output / "_build" / "book.stamp"
    page = output / "_build" / "html" / "index.html"
    return page.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == digest()


@contextmanager
def _only_one(folder):
    """Let one build at a time work in a folder; where the system has no such lock, any number."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with open(folder / "book.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(output):
    build = output / "_build"
    # Made anew each time: Sphinx neither copies a changed style sheet when no page has changed, nor
    # removes the page of a chapter that is gone. What costs time is kept elsewhere in _build.
    shutil.rmtree(build / "html", ignore_errors=True)
    (build / "book.stamp").unlink(missing_ok=True)
    before = digest()
    command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(_ROOT)]
    command += ["-W", "-n", "--keep-going", "--path-output", str(output)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200"}
    process = subprocess.Popen(
        command,
        cwd=_ROOT,
        env=environment,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    problems = []
    with open(build / "book.log", "w", encoding="utf-8") as log, _progress() as step:
        for raw_line in process.stdout:
            line = _COLOR.sub("", raw_line).rstrip()
            log.write(line + "\n")
            if match := _STEP.match(line):
                start, share = _SHARE[match[1]]
                step(start + share * int(match[2]) / 100, match[3])
            elif "WARNING: " in line or "ERROR: " in line:
                problems.append(line.replace(f"{_ROOT}{os.sep}", ""))
    if process.wait() == 0:
        _forget_old_outputs(build / "execution")
        (build / "book.stamp").write_text(before, encoding="ascii")
        return 0
    shutil.rmtree(build / "html", ignore_errors=True)  # half a book is not a book
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print((build / "book.log").read_text(encoding="utf-8")[-2000:], file=sys.stderr)
    print(
        f"build_book: the book was not built; the whole log: {build / 'book.log'}", file=sys.stderr
    )
    return 1


@contextmanager
def _progress():
    """Give a function (share done, page) that draws a bar where a person looks on."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("Building the book"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        transient=True,
        disable=not sys.stdout.isatty(),
    )
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, page: bar.update(task, completed=share, description=page)


def _forget_old_outputs(cache):
    """Keep the newest two folders of outputs: this build's, and that of the state before."""
    folders = sorted(cache.glob("*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[2:]:
        shutil.rmtree(folder, ignore_errors=True)


def main(argv=None):
    """Build the book when it is not current.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        0 when the book is there and current, 1 otherwise.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--is-current", action="store_true", help="build nothing, only look")
    parser.add_argument("--output", type=Path, default=_ROOT, help="where _build is to lie")
    arguments = parser.parse_args(argv)
    output = arguments.output.resolve()
    if arguments.is_current:
        return 0 if is_current(output) else 1
    with _only_one(output / "_build"):
        if is_current(output):
            print("The book is current: _build/html/index.html")
            return 0
        status = _build(output)
    if status == 0:
        print(f"The book is built: {output / '_build' / 'html' / 'index.html'}")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
