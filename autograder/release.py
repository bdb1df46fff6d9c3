"""From an author's file to what a student opens: nbgrader's own release, and its bookkeeping."""

import functools
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from autograder.beside import copies, is_committed, sources_of_copies
from autograder.errors import CourseError, DriftError
from autograder.given import given_source, modules_behind

__all__ = [
    "Built",
    "build_exercise",
    "check_exercise",
    "generate",
    "holds_work",
    "pristine_notebook",
]

_PACKAGE = Path(__file__).resolve().parent
_MAKERS = (
    "beside.py",
    "blocks.py",
    "exercise.py",
    "given.py",
    "notebook.py",
    "reference.py",
    "release.py",
)
_TOOLS = ("jupytext", "nbformat", "nbgrader")


@dataclass(frozen=True)
class Built:
    """What became of one exercise.

    Parameters
    ----------
    slug : str
        The chapter.
    state : str
        ``unchanged``, ``made``, or ``kept``: its notebook holds somebody's answers and was left.
    files : tuple of Path
        The generated files.
    """

    slug: str
    state: str
    files: tuple


def generate(course, slug):
    """Make the source and the release of one exercise, without writing to the course.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    source : dict of str to str
        The instructor's files: name and text.
    release : dict of str to str
        The student's files, as nbgrader's ``generate_assignment`` makes them.

    Raises
    ------
    CourseError
        If the sources do not fit together, or nbgrader refuses.
    """
    from autograder.exercise import load_exercise
    from autograder.notebook import dumps, source_notebook

    exercise = load_exercise(course, slug)
    source = {f"{slug}.ipynb": dumps(source_notebook(exercise))}
    given = given_source(course, slug)
    if given:
        source["given.py"] = given
    release = _through_nbgrader(slug, source)
    _refuse_leaks(exercise, release[f"{slug}.ipynb"])
    return source, release


def build_exercise(course, slug, *, replace=False):
    """Bring the generated files of one exercise up to date.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.
    replace : bool, optional
        Make the notebook anew even where it holds answers; the old one is kept in ``_build/kept``.

    Returns
    -------
    Built
        What was done.

    Raises
    ------
    CourseError
        If the sources do not fit together; nothing is written then.
    """
    stamp_path = course.build_dir / "nbgrader" / "stamps" / f"{slug}.json"
    stamp = _read_stamp(stamp_path)
    inputs = _inputs(course, slug)
    folder = course.release_dir(slug)
    notebook = course.notebook_path(slug)
    if stamp.get("inputs") == inputs and _outputs(course, stamp["outputs"]) == stamp["outputs"]:
        return Built(slug, "unchanged", tuple(course.root / name for name in stamp["outputs"]))
    worked = notebook.is_file() and holds_work(
        notebook.read_text(encoding="utf-8", errors="replace")
    )
    if worked and not replace and stamp.get("inputs") == inputs:
        return Built(slug, "kept", (notebook,))
    source, release = generate(course, slug)
    _write_pristine(course, slug, inputs, release)
    source_folder = course.build_dir / "nbgrader" / "source" / slug
    _write_all(source_folder, source)
    beside = copies(course, slug)
    _write_all(source_folder, beside)
    writing = release | beside
    if worked and not replace:
        del writing[notebook.name]
    elif worked:
        text = notebook.read_text(encoding="utf-8", errors="replace")
        name = f"{slug}-{_sha256(text)[:8]}.ipynb"
        _write_all(course.build_dir / "kept", {name: text})
    _write_all(folder, writing)
    if "given.py" not in source:
        for stale in (folder / "given.py", source_folder / "given.py"):
            stale.unlink(missing_ok=True)
    made = {folder / name: content for name, content in (release | beside).items()}
    made |= {source_folder / name: content for name, content in (source | beside).items()}
    outputs = {course.relative(path): _sha256(content) for path, content in made.items()}
    for stale in stamp.get("outputs", {}).keys() - outputs.keys():
        (course.root / stale).unlink(missing_ok=True)
    stamp = {"inputs": inputs, "outputs": outputs}
    _write_all(stamp_path.parent, {stamp_path.name: json.dumps(stamp, indent=1) + "\n"})
    return Built(slug, "kept" if worked and not replace else "made", tuple(made))


def check_exercise(course, slug):
    """Compare the generated files of one exercise with what their sources give.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Raises
    ------
    DriftError
        If one differs: it names each file, says what differs, and the remedy. Nothing is written.
    """
    from autograder.drift import difference

    _, release = generate(course, slug)
    folder = course.release_dir(slug)
    found, worked = [], False
    for name, expected in release.items():
        path = folder / name
        # As bytes: reading as text would hide other line ends.
        text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else None
        if text != expected:
            found.append(f"{course.relative(path)}: {difference(text, expected, name)}")
            worked = worked or (text is not None and path.suffix == ".ipynb" and holds_work(text))
    for name, content in copies(course, slug).items():
        path = folder / name
        there = path.is_file()
        if (there or is_committed(name)) and not (there and path.read_bytes() == content):
            what = "it is not the file that it is a copy of" if there else "it is missing"
            found.append(f"{course.relative(path)}: {what}")
    if "given.py" not in release and (folder / "given.py").is_file():
        found.append(f"{course.relative(folder / 'given.py')}: the exercise is given nothing")
    if found:
        remedy = "autograder build"
        if worked:
            remedy += " --replace (the notebook holds answers; it is kept in _build/kept/)"
        raise DriftError("\n".join(found), remedy=remedy)


def pristine_notebook(course, slug):
    """Return a released notebook that nobody has written into.

    The one in ``exercises/`` is a learner's own as soon as they open it: whoever rebuilds a
    submission from it would hand that learner's answers to others.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    Path
        A file below ``_build``, made now if need be; in a course that holds a notebook and not
        its sources, that notebook.

    Raises
    ------
    CourseError
        If the sources do not fit together.
    """
    sources = (course.exercise_path, course.reference_path, course.hidden_tests_path)
    if not all(source(slug).is_file() for source in sources):
        return course.notebook_path(slug)
    inputs = _inputs(course, slug)
    path = _pristine_path(course, slug, inputs)
    if not path.is_file():
        _, release = generate(course, slug)
        _write_pristine(course, slug, inputs, release)
    return path


def _pristine_path(course, slug, inputs):
    return course.build_dir / "nbgrader" / "pristine" / f"{slug}-{inputs[:16]}.ipynb"


def _write_pristine(course, slug, inputs, release):
    path = _pristine_path(course, slug, inputs)
    for stale in path.parent.glob(f"{slug}-*.ipynb"):
        stale.unlink(missing_ok=True)
    _write_all(path.parent, {path.name: release[f"{slug}.ipynb"]})


def holds_work(text):
    """Tell whether a released notebook has been worked on.

    Parameters
    ----------
    text : str
        The notebook's file.

    Returns
    -------
    bool
        True if a place for an answer does not hold its stub anymore.
    """
    from autograder.notebook import TEXT_STUB
    from autograder.reference import STUB

    try:
        cells = json.loads(text)["cells"]
        for cell in cells:
            mark = cell["metadata"].get("nbgrader", {})
            stub = TEXT_STUB if cell["cell_type"] == "markdown" else STUB
            if mark.get("solution") and stub not in "".join(cell["source"]):
                return True
    except (ValueError, LookupError, TypeError, AttributeError):
        return False
    return False


def _through_nbgrader(slug, source):
    """Run `generate_assignment` in a temporary course with a database of its own."""
    from nbformat import reads
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    from autograder.notebook import TEXT_STUB, dumps
    from autograder.reference import STUB

    with tempfile.TemporaryDirectory(prefix="autograder-build-") as folder:
        root = Path(folder).resolve()
        _write_all(root / "source" / slug, source)
        (root / "gradebook.db").write_bytes(_empty_database())
        config = Config()
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
        config.Exchange.root = str(root)  # not used, but nbgrader complains where it is not there
        config.ClearSolutions.code_stub = {"python": STUB}
        config.ClearSolutions.text_stub = TEXT_STUB
        config.NbGraderAPI.log_level = "ERROR"
        api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        result = api.generate_assignment(slug)
        if not result["success"]:
            log = result.get("log") or result.get("error") or "it gives no reason"
            raise CourseError(
                f"nbgrader makes no release of {slug}: {log.strip().splitlines()[-1]}",
                remedy="autograder doctor",
            )
        release = {}
        for made in sorted((root / "release" / slug).iterdir()):
            text = made.read_text(encoding="utf-8")
            release[made.name] = (
                dumps(reads(text, as_version=4)) if made.suffix == ".ipynb" else text
            )
        return release


@functools.cache
def _empty_database():
    """Return a fresh gradebook as bytes: to make one takes nbgrader a second or two."""
    from nbgrader.api import Gradebook

    path = os.environ.get("PATH", "")
    # nbgrader calls `alembic` by its name.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        with tempfile.TemporaryDirectory(prefix="autograder-build-") as folder:
            database = Path(folder) / "gradebook.db"
            Gradebook(f"sqlite:///{database}").close()
            return database.read_bytes()
    finally:
        os.environ["PATH"] = path


def _refuse_leaks(exercise, text):
    """Make sure that what nbgrader released holds the stubs and no solution."""
    cells = {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in json.loads(text)["cells"]
        if "nbgrader" in cell["metadata"]
    }
    for function in exercise.answers:
        if cells.get(f"answer_{function}") != exercise.stub(function):
            raise CourseError(
                f"the release of {exercise.slug} does not hold the stub of {function}",
                remedy=f"look for SOLUTION markers in solutions/{exercise.slug}.py",
            )


def _inputs(course, slug):
    """Return a hash of everything that the generated files are made from."""
    digest = hashlib.sha256()
    for tool in _TOOLS:
        digest.update(f"{tool} {version(tool)}\n".encode())
    paths = [*(_PACKAGE / name for name in _MAKERS), _PACKAGE / "testing" / "marks.py"]
    paths += [course.hidden_tests_path(slug), course.helpers_path]
    if course.exercise_path(slug).is_file():
        paths += sources_of_copies(course, slug)
    for module in modules_behind(course, [slug]):
        paths += [course.exercise_path(module), course.reference_path(module)]
    for path in paths:
        digest.update(path.read_bytes() if path.is_file() else b"missing")
        digest.update(b"\0")
    return digest.hexdigest()


def _outputs(course, names):
    """Return the hash of each generated file by its name; None where it is gone."""
    paths = {name: course.root / name for name in names}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        for name, path in paths.items()
    }


def _sha256(content):
    return hashlib.sha256(_bytes(content)).hexdigest()


def _bytes(content):
    return content.encode("utf-8") if isinstance(content, str) else content


def _read_stamp(path):
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
        return stamp if isinstance(stamp["outputs"], dict) else {}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _write_all(folder, files):
    """Write files so that each is whole or not there at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        partial = folder / f".{name}.partial"
        partial.write_bytes(_bytes(content))
        partial.replace(folder / name)
