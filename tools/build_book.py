"""Build the book, unless it is there and nothing that it is made of has changed.

There are two editions: the students' in _build/html, and the instructors', which has the answers,
in _build/html-instructor. Warnings are errors (``-W -n``). The logs are _build/book-EDITION.log.
``--is-current`` builds nothing and says by its exit code whether the book is current.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

__all__ = ["EDITIONS", "digest", "is_current", "main"]

EDITIONS = ("student", "instructor")

_ROOT = Path(__file__).resolve().parent.parent
# Of the autograder, what reads exercises and their points, and the list of common bugs.
_SOURCES = (
    "book",
    "coursefigures",
    "exercises",
    "experiments",
    "solutions",
    "autograder/hidden_tests",
    "autograder/misconceptions",
)
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
    return hashlib.sha256(json.dumps(_fingerprints(root)).encode()).hexdigest()


def _fingerprints(root=_ROOT):
    """Return a hash of each file that the book is made of, by its path, in order."""
    paths = [root / name for name in _FILES] + sorted((root / "autograder").glob("*.py"))
    for name in _SOURCES:
        paths += sorted((root / name).rglob("*"))
    found = {"Python": sys.version}
    for path in paths:
        if path.is_file() and not any(part in _IGNORED for part in path.parts):
            name = path.relative_to(root).as_posix()
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def is_current(output=_ROOT, edition="student"):
    """Return whether the built book is what the sources give.

    Parameters
    ----------
    output : Path, optional
        The folder that holds ``_build``.
    edition : str, optional
        One of `EDITIONS`.

    Returns
    -------
    bool
        False also when there is none.
    """
    return _built_from(output, edition) == _fingerprints()


def _built_from(output, edition):
    """Return the fingerprints that a built book was made from; empty where there is none."""
    stamp = _stamp(output, edition)
    if not (_html(output, edition) / "index.html").is_file() or not stamp.is_file():
        return {}
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except ValueError:
        return {}


def _html(output, edition):
    return output / "_build" / ("html" if edition == "student" else f"html-{edition}")


def _stamp(output, edition):
    return output / "_build" / f"book-{edition}.stamp"


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


class _Build:
    """A build of one edition, in a process of its own.

    Parameters
    ----------
    output : Path
        The folder that holds ``_build``.
    edition : str
        One of `EDITIONS`.
    """

    def __init__(self, output, edition):
        self.edition = edition
        self.output = output
        self.problems = []
        self.status = None
        self.has_read = threading.Event()  # by then every cell has been run, and its output kept
        self._log = output / "_build" / f"book-{edition}.log"
        # Jupyter Book insists on a folder _build/html.
        self._place = output if edition == "student" else output / "_build" / edition

    def run(self, step):
        """Build; `step` is told the share that is done, and the page."""
        made, html = self._place / "_build" / "html", _html(self.output, self.edition)
        before, now = _built_from(self.output, self.edition), _fingerprints()
        _stamp(self.output, self.edition).unlink(missing_ok=True)
        if not _only_texts_differ(before, now):
            # Sphinx neither copies a changed style sheet when no page has changed, nor removes the
            # page of a chapter that is gone. What costs time is kept elsewhere in _build.
            shutil.rmtree(html, ignore_errors=True)
        if html != made and html.is_dir():
            shutil.rmtree(made, ignore_errors=True)
            html.rename(made)
        try:
            self.status = self._jupyter_book(step)
        finally:
            self.has_read.set()
        if self.status != 0:
            shutil.rmtree(made, ignore_errors=True)  # half a book is not a book
            return
        if html != made:
            made.rename(html)
        _stamp(self.output, self.edition).write_text(json.dumps(now), encoding="utf-8")

    def _jupyter_book(self, step):
        command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(_ROOT)]
        command += ["-W", "-n", "--keep-going", "--path-output", str(self._place)]
        environment = os.environ | {
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "CNN_EDITION": self.edition,
            "CNN_EXECUTION": str(_execution(self.output)),
        }
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=environment,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with open(self._log, "w", encoding="utf-8") as log:
            for raw_line in process.stdout:
                line = _COLOR.sub("", raw_line).rstrip()
                log.write(line + "\n")
                if match := _STEP.match(line):
                    if match[1] == "writing output":
                        self.has_read.set()
                    start, share = _SHARE[match[1]]
                    step(start + share * int(match[2]) / 100, match[3])
                elif "WARNING: " in line or "ERROR: " in line:
                    self.problems.append(line.replace(f"{_ROOT}{os.sep}", ""))
        return process.wait()

    def complain(self):
        """Print what stopped the build."""
        for problem in self.problems:
            print(problem, file=sys.stderr)
        if not self.problems:
            print(self._log.read_text(encoding="utf-8")[-2000:], file=sys.stderr)
        print(
            f"build_book: the {self.edition} edition was not built; the whole log: {self._log}",
            file=sys.stderr,
        )


def _only_texts_differ(before, now):
    """Tell whether all that has changed is the text of pages: then Sphinx knows what to write."""
    if not before or before.keys() != now.keys():
        return False
    changed = [name for name in now if before[name] != now[name]]
    return all(re.fullmatch(r"book/\w+\.md", name) for name in changed)


def _execution(output):
    return output / "_build" / "execution"


def _build(output, editions):
    """Build editions; the second starts when the first has run all cells, and runs none."""
    builds = [_Build(output, edition) for edition in editions]
    threads = []
    with _progress(editions) as steps:
        for build, step in zip(builds, steps, strict=True):
            threads.append(threading.Thread(target=build.run, args=(step,)))
            threads[-1].start()
            build.has_read.wait()
            if build.status not in (None, 0):
                break
        for thread in threads:
            thread.join()
    failed = [build for build in builds if build.status != 0]
    for build in failed:
        if build.status is not None:
            build.complain()
    if failed:
        return 1
    _forget_old_outputs(_execution(output))
    return 0


@contextmanager
def _progress(editions):
    """Give, for each edition, a function (share done, page) that draws a bar for a person."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("Building the {task.fields[edition]} edition"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        transient=True,
        disable=not sys.stdout.isatty(),
    )

    def drawing(edition):
        task = bar.add_task("", total=1.0, edition=edition)
        return lambda share, page: bar.update(task, completed=share, description=page)

    with bar:
        yield [drawing(edition) for edition in editions]


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
    parser.add_argument("--edition", choices=EDITIONS, help="one of the two; by default both")
    arguments = parser.parse_args(argv)
    output = arguments.output.resolve()
    wanted = [arguments.edition] if arguments.edition else list(EDITIONS)
    if arguments.is_current:
        return 0 if all(is_current(output, edition) for edition in wanted) else 1
    with _only_one(output / "_build"):
        stale = [edition for edition in wanted if not is_current(output, edition)]
        status = _build(output, stale) if stale else 0
    if status == 0:
        for edition in wanted:
            state = "is built" if edition in stale else "is current"
            page = _html(output, edition) / "index.html"
            print(f"The {edition} edition {state}: {page}")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
