"""Results of the hidden tests, made in parallel and kept by content: nothing is graded twice."""

import hashlib
import json
import os
import platform
import secrets
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autograder import __version__
from autograder.course import Course
from autograder.errors import AutograderError
from autograder.grading import Job, grade_many, ungraded_report
from autograder.report import Report, from_json, to_json

__all__ = ["ResultFolder", "ResultStore", "draw_seed", "grade_submissions", "write_whole"]

_PACKAGE = Path(__file__).resolve().parent
# What decides a score, beside the chapter's own files.
_GRADER = ("sandbox", "testing", "grading")


def draw_seed():
    """Draw the seed of a run."""
    return secrets.randbelow(2**31)


def grade_submissions(course, submissions, *, backend, seed, workers=1, store=None, progress=None):
    """Grade what intake has read.

    Parameters
    ----------
    course : Course
        The course.
    submissions : list of Submission
        What was handed in.
    backend : Backend
        How learners' code is kept apart.
    seed : int
        The run's seed.
    workers : int
        How many are graded at the same time.
    store : ResultStore, optional
        Where results are looked up and kept.
    progress : callable, optional
        Called with the number of finished and of all submissions that have to be run.

    Returns
    -------
    list of SubmissionReport
        One for each submission, in their order.
    """
    reports, keys, jobs = {}, {}, {}
    for number, submission in enumerate(submissions):
        if submission.status:
            reports[number] = ungraded_report(
                course,
                submission.assignment or course.slugs()[0],
                status=submission.status,
                student=submission.student,
                source=str(submission.source),
                notes=submission.notes,
            )
            continue
        slug = submission.assignment
        if store:
            key = store.key(slug, submission.program, seed=seed, isolation=backend.isolation)
            keys[number] = key
            found = store.load(slug, key)
            if found:
                reports[number] = _of(submission, found)
                continue
        # Equal programs of different learners are run once.
        same = key if store else number
        jobs.setdefault(same, []).append(number)
    if jobs:
        work = [
            Job(course, submissions[n].assignment, submissions[n].program, backend, seed)
            for n, *_ in jobs.values()
        ]
        equal = list(jobs.values())

        def keep(job, report):
            # At once: a run that is stopped has lost nothing that was finished.
            first = equal[job][0]
            slug = submissions[first].assignment
            store.save(slug, keys[first], report, seed=seed, isolation=backend.isolation)

        outcomes = grade_many(
            work, workers=workers, progress=progress, answered=keep if store else None
        )
        for numbers, (_, report) in zip(equal, outcomes, strict=True):
            for number in numbers:
                reports[number] = _of(submissions[number], report)
    return [reports[number] for number in range(len(submissions))]


@dataclass(frozen=True)
class ResultFolder:
    """Where results lie that are of no gradebook.

    Parameters
    ----------
    course : Course
        The course.
    results : Path
        The folder; it is made when there is something to keep.
    """

    course: Course
    results: Path


class ResultStore:
    """The stored results of one class.

    Parameters
    ----------
    folder : ClassFolder or ResultFolder
        The class, or a folder for its results alone.
    """

    def __init__(self, folder):
        self.folder = folder
        self._states = {}

    def seed(self):
        """Return the class's seed: one for all, drawn once, so that all get the same numbers."""
        path = self.folder.results / "seed"
        try:
            return int(path.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return self.keep_seed(draw_seed())

    def keep_seed(self, seed):
        """Let this be the class's seed from now on, also for `nbgrader autograde`."""
        write_whole(self.folder.results / "seed", f"{seed}\n")
        return seed

    def key(self, assignment, program, *, seed, isolation):
        """Name a result by all that decides it.

        Parameters
        ----------
        assignment : str
            The chapter.
        program : Program
            The learner's code and the given layers.
        seed : int
            The run's seed.
        isolation : str
            ``full``, ``partial`` or ``none``.

        Returns
        -------
        str
            Equal for equal submissions of different learners.
        """
        cells = [(cell.id, cell.role, cell.source) for cell in program.cells]
        parts = [self._state(assignment), cells, program.functions, program.given, seed, isolation]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def load(self, assignment, key):
        """Return a stored result, or None.

        Parameters
        ----------
        assignment : str
            The chapter.
        key : str
            From `key`.

        Returns
        -------
        SubmissionReport or None
            Of no student; None where there is none, or it cannot be read.
        """
        try:
            text = self._path(assignment, key).read_text(encoding="utf-8")
            (report,) = from_json(text).submissions
        except (OSError, ValueError, AutograderError):
            return None
        return report

    def save(self, assignment, key, report, *, seed, isolation):
        """Store a result; one that the grader failed at is not stored.

        Parameters
        ----------
        assignment : str
            The chapter.
        key : str
            From `key`.
        report : SubmissionReport
            The result.
        seed : int
            The run's seed.
        isolation : str
            ``full``, ``partial`` or ``none``.
        """
        if report.status == "graded":
            anonymous = replace(report, student="", source="")
            text = to_json(Report(isolation, seed, (anonymous,)))
            write_whole(self._path(assignment, key), text)

    def _path(self, assignment, key):
        return self.folder.results / assignment / f"{key}.json"

    def _state(self, assignment):
        """Digest the chapter's tests, reference, catalogue, and the grader itself."""
        if assignment not in self._states:
            course = self.folder.course
            paths = [
                course.hidden_tests_path(assignment),
                course.reference_path(assignment),
                course.misconceptions_path(assignment),
                course.root / "_config.yml",
            ]
            for name in _GRADER:
                paths += sorted((_PACKAGE / name).rglob("*.py"))
            digest = hashlib.sha256()
            for text in (__version__, np.__version__, platform.python_version()):
                digest.update(text.encode() + b"\0")
            for path in paths:
                digest.update(path.read_bytes() if path.is_file() else b"")
                digest.update(b"\0")
            self._states[assignment] = digest.hexdigest()
        return self._states[assignment]


def _of(submission, report):
    """Make a stored result this submission's; its own notes are those of the session."""
    return replace(
        report,
        student=submission.student,
        source=str(submission.source),
        notes=(*submission.notes, *report.notes),
    )


def write_whole(path, text):
    """Write a file so that nobody ever reads half of it; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Swapped in whole: two runs at the same time must not leave half a file.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    os.replace(file.name, path)
