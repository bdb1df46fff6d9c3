"""The class's gradebook: its folders, and nbgrader's database brought up to date and read back."""

import csv
import os
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from nbgrader.preprocessors import SaveCells
from sqlalchemy.exc import SAWarning

from autograder.course import Course
from autograder.errors import CourseError, GraderError
from autograder.export import export_row
from autograder.release import pristine_notebook

__all__ = [
    "COURSE_ID",
    "ClassFolder",
    "Score",
    "class_folder",
    "hold_grades",
    "import_roster",
    "open_gradebook",
    "quiet_nbgrader",
    "read_full_scores",
    "read_scores",
    "register_assignments",
]

COURSE_ID = "cnn-by-hand"


@dataclass(frozen=True)
class ClassFolder:
    """Where one class's work lies: what was handed in, what was graded, the database.

    Parameters
    ----------
    course : Course
        The course that the class takes.
    path : Path
        The folder; by default the course's ``gradebook/``.
    """

    course: Course
    path: Path

    @property
    def submitted(self):
        """What learners handed in: ``<student>/<assignment>/``. Never changed."""
        return self.path / "submitted"

    @property
    def autograded(self):
        """The graded notebooks that nbgrader writes."""
        return self.path / "autograded"

    @property
    def feedback(self):
        """The pages for the learners."""
        return self.path / "feedback"

    @property
    def database(self):
        """The SQLite file that nbgrader keeps."""
        return self.path / "gradebook.db"

    @property
    def db_url(self):
        """The same as SQLAlchemy names it."""
        return f"sqlite:///{self.database}"

    @property
    def results(self):
        """Stored results of the hidden tests, by content."""
        return self.path / ".results"

    @property
    def reports(self):
        """The last report of each assignment, ``<assignment>.json``, as report.md describes it."""
        return self.path / "reports"

    @property
    def times(self):
        """How long the grader took for each, by assignment."""
        return self.results / "times"

    @property
    def roster(self):
        """The list of learners: a CSV file with id, first_name, last_name, email."""
        return self.path / "roster.csv"

    @property
    def environment(self):
        """What another process needs to find the same course and class."""
        return {"CNN_COURSE_ROOT": str(self.course.root), "CNN_GRADEBOOK": str(self.path)}


@dataclass(frozen=True)
class Score:
    """What the gradebook says about one learner's assignment.

    Parameters
    ----------
    score, max_score : float
        With the points given by hand.
    auto_score : float or None
        The automatic part; None while any of it is not graded.
    waiting : tuple of str
        Cells that wait for a person.
    """

    score: float
    max_score: float
    auto_score: float | None
    waiting: tuple


def class_folder(course, path=None):
    """Return the class's folder: the one named, else ``CNN_GRADEBOOK``, else ``gradebook/``."""
    named = path or os.environ.get("CNN_GRADEBOOK") or course.gradebook_dir
    return ClassFolder(course, Path(named).resolve())


@contextmanager
def open_gradebook(folder):
    """Open nbgrader's database, which is made where there is none.

    Parameters
    ----------
    folder : ClassFolder
        The class.

    Yields
    ------
    Gradebook
        nbgrader's.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    # nbgrader calls `alembic` by its name: the environment's programs have to be on PATH.
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])
    with quiet_nbgrader(), Gradebook(folder.db_url, COURSE_ID) as gradebook:
        yield gradebook


@contextmanager
def quiet_nbgrader():
    """Keep nbgrader's own warnings about its database sessions from the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def register_assignments(course, folder=None):
    """Put the released notebooks, their cells and points into the database, where they are not.

    Parameters
    ----------
    course : Course
        The course.
    folder : ClassFolder, optional
        The class; by default the course's own.

    Returns
    -------
    list of str
        The assignments that were written anew.

    Raises
    ------
    CourseError
        If a released notebook is missing, or its cells have changed after work was graded.
    """
    folder = folder or class_folder(course)
    changed = []
    with open_gradebook(folder) as gradebook:
        for slug in course.slugs():
            path = pristine_notebook(course, slug)
            if not path.is_file():
                raise CourseError(f"{course.relative(path)} is missing", remedy="autograder build")
            notebook = nbformat.read(path, as_version=4)
            if _registered(gradebook, slug) != _cells(notebook):
                changed.append((slug, notebook))
    for slug, notebook in changed:
        _register(folder, slug, notebook)
    return [slug for slug, _ in changed]


def import_roster(folder):
    """Bring the class's list of learners into the database.

    Parameters
    ----------
    folder : ClassFolder
        The class; its ``roster.csv`` has the columns id (or student_id), first_name, last_name,
        email.

    Returns
    -------
    tuple of str
        The ids on the roster; empty without one.

    Raises
    ------
    CourseError
        If the file has no column of ids.
    """
    if not folder.roster.is_file():
        return ()
    with open(folder.roster, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    key = next((name for name in ("id", "student_id") if rows and name in rows[0]), None)
    if rows and not key:
        raise CourseError(
            f"{folder.roster} has no column 'id'",
            remedy="let its first line be: id,first_name,last_name,email",
        )
    fields = ("first_name", "last_name", "email")
    ids = []
    with open_gradebook(folder) as gradebook:
        known = {student.id: student for student in gradebook.students}
        for row in rows:
            student = (row[key] or "").strip()
            if not student:
                continue
            ids.append(student)
            values = {name: row[name] for name in fields if row.get(name)}
            there = known.get(student)
            if there is None or any(getattr(there, name) != values[name] for name in values):
                gradebook.update_or_create_student(student, **values)
    return tuple(ids)


def read_scores(folder, assignment):
    """Read back what the database says.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    assignment : str
        The chapter.

    Returns
    -------
    dict of str to Score
        By student; learners without a submission are not in it.
    """
    scores = {}
    with open_gradebook(folder) as gradebook:
        try:
            submissions = gradebook.assignment_submissions(assignment)
        except MissingEntry:
            return scores
        for submission in submissions:
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            automatic = [g.auto_score for g in grades if g.cell_type == "code"]
            scores[submission.student.id] = Score(
                score=submission.score,
                max_score=submission.max_score,
                auto_score=None if None in automatic else sum(automatic),
                waiting=tuple(g.name for g in grades if g.needs_manual_grade),
            )
    return scores


def read_full_scores(folder, wanted):
    """Read scores with the points given by hand, and with what is taken off for being late.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    wanted : list of (str, str)
        Students and assignments.

    Returns
    -------
    scores : dict of (str, str) to float or None
        None for what is not graded, or still waits for a person.
    points : dict of str to float
        What each assignment is worth.

    Raises
    ------
    CourseError
        If there is no gradebook, or it does not know an assignment.
    """
    grade = f"autograder grade {folder.submitted}"
    if not folder.database.is_file():
        raise CourseError(f"there is no gradebook {folder.database}", remedy=grade)
    scores, points = dict.fromkeys(wanted), {}
    with open_gradebook(folder) as gradebook:
        students = {student.id: student for student in gradebook.students}
        for student, slug in wanted:
            try:
                assignment = gradebook.find_assignment(slug)
            except MissingEntry as error:
                raise CourseError(f"the gradebook does not know {slug}", remedy=grade) from error
            points[slug] = assignment.max_score
            if student in students:
                row = export_row(gradebook, assignment, students[student])
                if row["status"] == "graded":
                    scores[student, slug] = row["score"]
    return scores, points


def hold_grades(db_url, assignment, student):
    """Take back the automatic scores of a submission that was not graded.

    Without this a score of 0, or of an earlier submission, would stand beside it. The formgrader
    shows such a submission as one that needs a person.

    Parameters
    ----------
    db_url : str
        The database.
    assignment, student : str
        Whose.
    """
    with quiet_nbgrader(), Gradebook(db_url, COURSE_ID) as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score = None
                grade.needs_manual_grade = True
        gradebook.db.commit()


def _marks(cell):
    return cell.metadata.get("nbgrader", {})


def _cells(notebook):
    """Return what the database has to hold of a notebook: checksums, points, by grade_id."""
    cells = {}
    for cell in notebook.cells:
        marks = _marks(cell)
        if marks.get("grade") or marks.get("solution") or marks.get("locked"):
            points = float(marks["points"]) if marks.get("grade") else None
            cells[marks["grade_id"]] = (marks.get("checksum"), points)
    return cells


def _registered(gradebook, slug):
    try:
        notebook = gradebook.find_notebook(slug, slug)
    except MissingEntry:
        return None
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    return {cell.name: (cell.checksum, points.get(cell.name)) for cell in notebook.source_cells}


def _register(folder, slug, notebook):
    with open_gradebook(folder) as gradebook:
        gradebook.update_or_create_assignment(slug)
    resources = {"nbgrader": {"notebook": slug, "assignment": slug, "db_url": folder.db_url}}
    try:
        with quiet_nbgrader():
            SaveCells().preprocess(notebook, resources)
    except RuntimeError as error:
        raise CourseError(
            f"the cells of {slug} have changed since work was graded: {error}",
            remedy=f"keep the grade_ids, or begin a new gradebook (move {folder.database} away)",
        ) from error
    except InvalidEntry as error:
        raise GraderError(f"the gradebook does not take {slug}: {error}") from error
