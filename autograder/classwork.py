"""A class's work: read, entered into the gradebook by nbgrader itself, and given back."""

import glob
import hashlib
import json
import logging
import os
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.utils import capture_log, temp_attrs
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.gradebook import (
    hold_grades,
    import_roster,
    open_gradebook,
    quiet_nbgrader,
    register_assignments,
)
from autograder.intake import Submission, read_submissions
from autograder.nbgrader_plugin import configure
from autograder.results import write_whole

__all__ = ["enter_grades", "make_feedback", "read_class"]


def read_class(folder, assignment=None):
    """Read all that a class handed in, and who did not.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    assignment : str, optional
        Only this chapter.

    Returns
    -------
    list of Submission
        By assignment and student; a learner of the roster without a submission is ``missing``.
    """
    register_assignments(folder.course, folder)
    roster = import_roster(folder)
    if not folder.submitted.is_dir():
        found = []
    else:
        found = read_submissions(folder.submitted, folder.course, assignment)
    slugs = [assignment] if assignment else sorted({one.assignment for one in found} - {""})
    there = {(one.student, one.assignment) for one in found}
    for slug in slugs:
        for student in roster:
            if (student, slug) not in there:
                path = folder.submitted / student / slug
                note = ("Nothing was handed in.",)
                found.append(Submission(student, slug, path, "missing", note))
    order = {slug: number for number, slug in enumerate(folder.course.slugs())}
    return sorted(found, key=lambda one: (order.get(one.assignment, -1), one.student))


def enter_grades(folder, submissions, reports, *, unsafe=False, progress=None):
    """Let nbgrader enter graded submissions into its database and write autograded/.

    What has not changed since it was entered is left alone, with all that people gave by hand.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    submissions : list of Submission
        What was handed in.
    reports : list of SubmissionReport
        Their results, in the same order.
    unsafe : bool
        Whether the results come from a run without a sandbox.
    progress : callable, optional
        Called with the number of entered and of all changed submissions.

    Returns
    -------
    dict of int to str
        Which graded submissions nbgrader did not take, with its log.
    """
    path = folder.results / "entered.json"
    known = _read_json(path)
    changed = []
    for submission, report in zip(submissions, reports, strict=True):
        state = _state(submission, report)
        if submission.status != "missing" and submission.assignment:
            notebook = f"{submission.assignment}.ipynb"
            there = submission.status or (_place(folder.autograded, submission) / notebook).exists()
            if known.get(_name(submission)) != state or not there:
                changed.append((submission, report, state))
    failed = {}
    with _api(folder, unsafe) if changed else nullcontext() as api:
        for done, (submission, report, state) in enumerate(changed, 1):
            known.pop(_name(submission), None)
            if report.status == "grader_error":
                # Tried again in the next run; until then it has no score at all.
                hold_grades(folder.db_url, submission.assignment, submission.student)
            else:
                log = _convert(api, _AutogradeOne, submission, folder)
                if log is None or report.status != "graded":
                    known[_name(submission)] = state
                else:
                    failed[submissions.index(submission)] = log
            if progress:
                progress(done, len(changed))
    _write_json(path, known)
    return failed


def make_feedback(folder, submissions, *, progress=None):
    """Let nbgrader make the feedback pages that are missing or no longer right.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    submissions : list of Submission
        Whose.
    progress : callable, optional
        Called with the number of made and of all pages to make.

    Returns
    -------
    dict of str to str
        By student: nbgrader's log where no page could be made.
    """
    path = folder.results / "feedback.json"
    known = _read_json(path)
    states = _feedback_states(folder, {one.assignment for one in submissions if one.assignment})
    stale = []
    for submission in submissions:
        name = _name(submission)
        if submission.status is None and name in states:
            there = _place(folder.feedback, submission).is_dir()
            if known.get(name) != states[name] or not there:
                stale.append(submission)
    failed = {}
    with _api(folder) if stale else nullcontext() as api:
        for done, submission in enumerate(stale, 1):
            log = _convert(api, GenerateFeedback, submission, folder)
            if log is None:
                known[_name(submission)] = states[_name(submission)]
            else:
                failed[submission.student] = log
            if progress:
                progress(done, len(stale))
    _write_json(path, known)
    return failed


class _AutogradeOne(Autograde):
    """Autograde for one learner's folder, whatever the files in it are called."""

    folder = None

    def init_notebooks(self):
        # nbgrader passes over a folder without a notebook at its top; our exporter does not.
        place = str(self.folder)
        name = f"{self.coursedir.assignment_id}.ipynb"
        self.assignments, self.notebooks = {place: [os.path.join(place, name)]}, []


def _convert(api, converter, submission, folder):
    """Run one of nbgrader's converters for one learner; return its log if it failed."""
    wanted = {
        "assignment_id": submission.assignment,
        "student_id": glob.escape(submission.student),
    }
    with temp_attrs(api.coursedir, **wanted):
        app = converter(coursedir=api.coursedir, parent=api)
        app.force = True
        if isinstance(app, _AutogradeOne):
            app.folder = _place(folder.submitted, submission)
        result = capture_log(app)
    if result["success"]:
        return None
    log = result.get("log") or result.get("error") or ""
    # The whole traceback for whoever mends it, its last line for the terminal.
    write_whole(folder.results / "log" / f"{_name(submission)}.txt", log)
    lines = [line.strip() for line in log.splitlines() if line.startswith("    ") and line.strip()]
    return lines[-1][:500] if lines else "nbgrader failed without a word"


@contextmanager
def _api(folder, unsafe=False):
    """Configure nbgrader as its commands would be, for this class."""
    before = {name: os.environ.get(name) for name in folder.environment}
    os.environ.update(folder.environment)
    logger = logging.getLogger("traitlets")
    level, propagate = logger.level, logger.propagate
    try:
        path = folder.course.root / "nbgrader_config.py"
        if path.is_file():
            config = PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
        else:
            config = Config()
            configure(config, folder.course.root)
        config.GradeCells.unsafe = unsafe
        api = NbGraderAPI(config=config)
        api.log_level = logging.ERROR
        logger.propagate = False
        with quiet_nbgrader():
            yield api
    finally:
        logger.setLevel(level)
        logger.propagate = propagate
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _name(submission):
    return f"{submission.assignment}/{submission.student}"


def _place(folder, submission):
    return folder / submission.student / submission.assignment


def _digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()


def _state(submission, report):
    """Digest all that decides what nbgrader enters."""
    notebook = nbformat.writes(submission.notebook) if submission.notebook else ""
    return _digest(_own_files(), notebook, report)


@lru_cache(maxsize=1)
def _own_files():
    package = Path(__file__).parent
    paths = [*package.glob("feedback.py"), *package.glob("nbgrader_plugin.py")]
    paths += [path for path in sorted((package / "templates").rglob("*")) if path.is_file()]
    return _digest(*(path.read_text(encoding="utf-8") for path in sorted(paths)))


def _feedback_states(folder, assignments):
    """Digest, for each graded submission, all that its page shows."""
    states = {}
    with open_gradebook(folder) as gradebook:
        for slug in sorted(assignments):
            for submission in gradebook.assignment_submissions(slug):
                student = submission.student.id
                path = folder.autograded / student / slug / f"{slug}.ipynb"
                if not path.is_file():
                    continue
                shown = [_own_files(), path.stat().st_mtime_ns]
                for notebook in submission.notebooks:
                    shown.append(notebook.late_submission_penalty)
                    shown += sorted(
                        (g.name, g.score, g.needs_manual_grade) for g in notebook.grades
                    )
                    shown += sorted((c.name, c.comment or "") for c in notebook.comments)
                states[f"{slug}/{student}"] = _digest(*shown)
    return states


def _read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write_json(path, content):
    write_whole(path, json.dumps(content, indent=1, sort_keys=True) + "\n")
