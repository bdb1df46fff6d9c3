"""Finding submissions in files, folders and nbgrader's submitted/ tree, and reading each."""

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

import nbformat

from autograder.beside import HANDED_OUT
from autograder.errors import IntakeError
from autograder.given import given_source
from autograder.intake.cells import defined_names, read_cells
from autograder.intake.documents import Files
from autograder.intake.files import decode, find_files, is_candidate, is_zip, quote
from autograder.intake.layouts import Learner
from autograder.intake.rebuild import answer_functions, program_of, rebuild
from autograder.intake.releases import asked_functions, release_of
from autograder.sandbox.program import Program

__all__ = [
    "Submission",
    "check_assignment",
    "read_documents",
    "read_files",
    "read_submission_folder",
    "read_submissions",
]


@dataclass(frozen=True)
class Submission:
    """What one learner handed in for one assignment.

    Parameters
    ----------
    student : str
        The learner's id.
    assignment : str
        The chapter; empty where it cannot be told.
    source : Path or str
        The file, or the folder where no file was found; empty where there is neither.
    status : str or None
        None when it is ready to grade, else ``missing``, ``unreadable``, ``ambiguous`` or
        ``grader_error``.
    notes : tuple of str
        What was odd, and what was done about it.
    program : Program or None
        What the sandbox is to run.
    notebook : NotebookNode or None
        The release with the learner's answers put in.
    learner : Learner or None
        What a platform's download tells of the learner, for a roster.
    """

    student: str
    assignment: str
    source: Path | str
    status: str | None = None
    notes: tuple = ()
    program: Program | None = None
    notebook: nbformat.NotebookNode | None = None
    learner: Learner | None = None


@dataclass(frozen=True)
class _Reading:
    """One file, read: its cells, or why it cannot be."""

    path: Path
    notes: tuple = ()
    cells: tuple = ()
    reason: str = ""


def read_submissions(path, course, assignment=None):
    """Read what was handed in.

    Parameters
    ----------
    path : path-like
        A notebook, a Python file, a folder of files or of one folder for each learner, or
        nbgrader's tree ``<student>/<assignment>/``.
    course : Course
        The course.
    assignment : str, optional
        The chapter; by default it is told from the names of folders, marks and functions.

    Returns
    -------
    list of Submission
        Sorted by student. Those that cannot be read are among them, with their reason.

    Raises
    ------
    IntakeError
        If the path does not exist, the assignment is unknown, or one file by itself is of no
        assignment that the course knows.
    """
    path = Path(path)
    slugs = course.slugs()
    check_assignment(course, assignment)
    if not path.is_symlink() and not path.exists():
        raise IntakeError(f"no file or folder {quote(path)}", remedy="check the path")
    if path.is_symlink() or not path.is_dir():
        found = _from_files(_student_of(path, slugs), path, [path], course, assignment)
        if not found[0].assignment and not found[0].status:
            raise IntakeError(
                f"{quote(path)} holds no function of an exercise",
                remedy=f"name its assignment: --assignment {'|'.join(slugs)}",
            )
        return found
    if path.name in slugs and assignment in (None, path.name) and not _is_tree(path, slugs):
        return [read_submission_folder(path, course, path.name)]
    if any((path / slug).is_dir() for slug in slugs):
        return _from_student(path, course, assignment)
    return _from_folder(path, course, assignment)


def check_assignment(course, assignment):
    """Raise IntakeError if the course has no such assignment; None stands for any."""
    slugs = course.slugs()
    if assignment is not None and assignment not in slugs:
        raise IntakeError(
            f"no assignment {assignment!r} in this course",
            remedy=f"use one of: {', '.join(slugs)}",
        )


def read_submission_folder(folder, course, assignment, student=None):
    """Read one learner's folder of one assignment, as in nbgrader's submitted/ tree.

    Parameters
    ----------
    folder : Path
        ``<student>/<assignment>``.
    course : Course
        The course.
    assignment : str
        The chapter.
    student : str, optional
        By default the name of the folder above.

    Returns
    -------
    Submission
        Of the file in it that holds the answers, however it is named and wherever it lies.
    """
    student = student or folder.absolute().parent.name
    if not folder.is_dir() or folder.is_symlink():
        note = "Nothing was handed in." if not folder.is_symlink() else "The folder is a link."
        return Submission(student, assignment, folder, "missing", (note,))
    return _from_learners_folder(student, folder, course, assignment)[0]


def _student_of(path, slugs):
    """Name the learner of one file: by nbgrader's tree where it lies in one, else by the file."""
    above = path.absolute().parents
    if len(above) > 2 and above[0].name in slugs and above[2].name == "submitted":
        return above[1].name
    return path.stem


def _is_tree(path, slugs):
    return any(child.is_dir() and any((child / s).is_dir() for s in slugs) for child in _in(path))


def _in(folder):
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith((".", "__")) and entry.name not in HANDED_OUT
    )


def _from_folder(path, course, assignment):
    """Read a folder of files, of learners' folders, or both."""
    slugs = course.slugs()
    submissions = []
    for entry in _in(path):
        if entry.is_symlink():
            if is_candidate(entry.name) or entry.is_dir():
                note = "It is a link, and links are not followed."
                guess = assignment or _only(slugs)
                submissions.append(Submission(entry.stem, guess, entry, "unreadable", (note,)))
        elif entry.is_dir():
            if any((entry / slug).is_dir() for slug in slugs):
                submissions += _from_student(entry, course, assignment)
            else:
                submissions += _from_learners_folder(entry.name, entry, course, assignment)
        elif is_candidate(entry.name) or is_zip(entry.name):
            submissions += _from_files(entry.stem, entry, [entry], course, assignment)
    return sorted(submissions, key=lambda found: (found.student, found.assignment))


def _from_student(folder, course, assignment):
    """One learner's folder in the submitted/ tree."""
    wanted = [assignment] if assignment else course.slugs()
    return [
        read_submission_folder(folder / slug, course, slug, folder.absolute().name)
        for slug in wanted
        if assignment or (folder / slug).exists()
    ]


def _from_learners_folder(student, folder, course, assignment):
    paths, notes = find_files(folder)
    found = _from_files(student, folder, paths, course, assignment)
    return [replace(one, notes=(*notes, *one.notes)) for one in found]


def _from_files(student, source, paths, course, assignment):
    files = Files(source)
    for path in paths:
        files.add_path(path)
    return read_files(student, source, files, course, assignment)


def read_files(student, source, files, course, assignment=None):
    """Read one learner's files; what archives among them hold is noted.

    Parameters
    ----------
    student : str
        The learner's id.
    source : Path
        The folder that they are in, or the one file that it is.
    files : Files
        The files.
    course : Course
        The course.
    assignment : str, optional
        The chapter; by default it is told from marks, functions and names.

    Returns
    -------
    list of Submission
        At least one, which may be ``missing`` or ``unreadable``.
    """
    notes = files.notes()
    if notes and not files.documents:
        notes.append("There is no notebook and no Python file in it.")
        guess = assignment or _only(course.slugs())
        return [Submission(student, guess, source, "unreadable", tuple(notes))]
    found = read_documents(student, source, files.documents, course, assignment)
    return [replace(one, notes=(*notes, *one.notes)) for one in found]


def read_documents(student, source, documents, course, assignment=None):
    """Group one learner's files by assignment, and read the right one of each group.

    Parameters
    ----------
    student : str
        The learner's id.
    source : Path
        The folder that they are in, or the one file that it is.
    documents : list of Document
        The files.
    course : Course
        The course.
    assignment : str, optional
        The chapter; by default it is told from marks, functions and names.

    Returns
    -------
    list of Submission
        At least one, which may be ``missing`` or ``unreadable``.
    """
    readings = [_read(document) for document in documents]
    slugs = course.slugs()
    groups = {}
    for reading in readings:
        slug = assignment or _guess(reading, course, slugs)
        groups.setdefault(slug, []).append(reading)
    if not groups:
        guess = assignment or _only(slugs)
        return [Submission(student, guess, source, "missing", ("Nothing was handed in.",))]
    # A file of no known exercise beside one that is known: scratch work.
    if len(groups) > 1:
        groups.pop("", None)
    return [_choose(student, source, slug, group, course) for slug, group in groups.items()]


def _choose(student, source, slug, readings, course):
    if not slug:
        reading = readings[0]
        if reading.reason:
            note = f"{quote(reading.path.name)}: {reading.reason}."
            return Submission(student, "", reading.path, "unreadable", (note,))
        if len(readings) == 1 and source == reading.path:
            return Submission(student, "", reading.path)
        note = "No file in it holds a function of an exercise."
        return Submission(student, "", source, "unreadable", (note,))
    release = release_of(course, slug)
    readings = sorted(readings, key=lambda reading: _fitness(reading, release, slug))
    best = readings[-1]
    notes = []
    if len(readings) > 1:
        others = ", ".join(quote(reading.path.name) for reading in readings[-2::-1][:3])
        notes.append(
            f"{len(readings)} files were found; {quote(best.path.name)} holds the answers "
            f"(not graded: {others}{', ...' if len(readings) > 4 else ''})."
        )
    if best.reason:
        note = f"{quote(best.path.name)} cannot be graded: {best.reason}."
        return Submission(student, slug, best.path, "unreadable", (*notes, note))
    if best.path not in (source, source / f"{slug}.ipynb") and best.path.suffix != ".py":
        shown = quote(best.path.relative_to(source))
        notes.append(f"The file was named {shown}; graded as {slug}.ipynb.")
    try:
        notebook, changes = rebuild(release, best.cells, is_module=best.path.suffix == ".py")
    except IntakeError as error:
        note = f"{quote(best.path.name)} cannot be graded: {error}."
        return Submission(student, slug, best.path, "unreadable", (*notes, *best.notes, note))
    notes = (*notes, *best.notes, *changes)
    notebook.metadata["autograder"] = {"notes": list(notes), "source": best.path.name}
    program = program_of(notebook, _given(course, slug))
    return Submission(student, slug, best.path, None, notes, program, notebook)


def _read(document):
    path = document.path
    try:
        text, notes = decode(document.read())
        suffix = ".py" if path.suffix.lower() == ".py" else ".ipynb"
        cells, more = read_cells(text, suffix=suffix)
    except IntakeError as error:
        return _Reading(path, reason=str(error))
    return _Reading(path, (*notes, *more), tuple(cells))


def _guess(reading, course, slugs):
    """Tell a file's assignment by its marks and functions, then by its name."""
    marks = {cell.grade_id for cell in reading.cells}
    names = set().union(*(defined_names(cell.source) for cell in reading.cells))
    best, most = "", (0, 0)
    for slug in slugs if reading.cells else ():
        functions = asked_functions(course, slug)
        there = [name for name in functions if name in names or f"answer_{name}" in marks]
        fit = (len(there), SequenceMatcher(None, slug, reading.path.stem).ratio())
        if there and fit > most:
            best, most = slug, fit
    if best or not reading.reason:
        return best
    named = [slug for slug in slugs if slug in reading.path.name]
    return max(named, key=len, default=_only(slugs))


def _fitness(reading, release, slug):
    """Sort key of a file among a learner's files: the best comes last."""
    stubs = {cell.source.strip() for cell in release.cells}
    names = set(answer_functions(release))
    marks = {f"answer_{name}" for name in names}
    answered = sum(
        (cell.grade_id in marks or bool(names & defined_names(cell.source)))
        and cell.source.strip() not in stubs
        for cell in reading.cells
    )
    exact = reading.path.name == f"{slug}.ipynb"
    notebook = reading.path.suffix == ".ipynb"
    depth = -len(reading.path.parts)
    return (not reading.reason, answered > 0, exact, answered, notebook, depth, str(reading.path))


def _given(course, slug):
    # A fixture course may hold a released notebook only.
    if not course.exercise_path(slug).is_file():
        return ""
    return given_source(course, slug)


def _only(slugs):
    return slugs[0] if len(slugs) == 1 else ""
