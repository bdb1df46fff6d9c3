"""Where everything of a course lies, and how its trusted files are loaded."""

import importlib
import importlib.util
import os
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from autograder.errors import CourseError

__all__ = ["Course", "find_course"]

_PACKAGE_ROOT = Path(__file__).resolve().parent.parent

# Loaded modules by path, with the file's state: a file that was edited meanwhile is loaded anew.
_modules = {}


@dataclass(frozen=True)
class Course:
    """A course folder: chapters, exercises, references, hidden tests.

    Parameters
    ----------
    root : Path
        The folder that holds ``_toc.yml`` and ``exercises/``.
    """

    root: Path

    def __post_init__(self):
        object.__setattr__(self, "root", Path(self.root).resolve())

    @property
    def build_dir(self):
        """Folder of everything that is made and not committed."""
        return self.root / "_build"

    @property
    def gradebook_dir(self):
        """Folder of the class's submissions, feedback and database."""
        return self.root / "gradebook"

    def slugs(self):
        """Return the chapters that have an exercise, in the order of ``_toc.yml``.

        Returns
        -------
        tuple of str
            Their slugs.

        Raises
        ------
        CourseError
            If ``_toc.yml`` is missing or cannot be read.
        """
        chapters = [Path(entry).name for entry in _toc_files(self._toc())]
        return tuple(slug for slug in chapters if self.exercise_path(slug).is_file())

    def exercise_path(self, slug):
        """Return the path of what the author writes: ``exercises/<slug>.md``."""
        return self.root / "exercises" / f"{slug}.md"

    @property
    def helpers_path(self):
        """Path of what the visible checks of several exercises share; it need not be there."""
        return self.root / "exercises" / "helpers.py"

    def release_dir(self, slug):
        """Return the generated folder that a student gets: ``exercises/<slug>/``."""
        return self.root / "exercises" / slug

    def notebook_path(self, slug):
        """Return the path of the generated notebook that a student opens."""
        return self.release_dir(slug) / f"{slug}.ipynb"

    def reference_path(self, slug):
        """Return the path of the reference implementation."""
        return self.root / "solutions" / f"{slug}.py"

    def hidden_tests_path(self, slug):
        """Return the path of the hidden tests."""
        return self.root / "autograder" / "hidden_tests" / f"test_{slug}.py"

    def misconceptions_path(self, slug):
        """Return the path of the catalogued wrong implementations."""
        return self.root / "autograder" / "misconceptions" / f"{slug}.py"

    def alternatives(self, slug):
        """Return the paths of the other correct implementations, sorted."""
        return sorted((self.root / "autograder" / "alternatives" / slug).glob("*.py"))

    def relative(self, path):
        """Return a path as a message names it: relative to the root where it lies below it."""
        path = Path(path)
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path

    def reference(self, slug):
        """Return the reference module of a chapter.

        Parameters
        ----------
        slug : str
            The chapter.

        Returns
        -------
        module
            The installed ``solutions.<slug>`` where this course is the one that is installed, else
            the file's own module. Loaded once.
        """
        path = self.reference_path(slug)
        installed = importlib.util.find_spec("solutions")
        if path.is_file() and installed and installed.submodule_search_locations:
            home = Path(installed.submodule_search_locations[0]).resolve()
            if home == path.parent:
                return importlib.import_module(f"solutions.{slug}")
        return self.module(path)

    def module(self, path):
        """Load a trusted Python file of the course under a name of its own.

        Parameters
        ----------
        path : Path
            The file.

        Returns
        -------
        module
            Loaded once, and again only when the file has changed.

        Raises
        ------
        CourseError
            If the file is missing or does not load.
        """
        path = Path(path).resolve()
        if not path.is_file():
            raise CourseError(f"{self.relative(path)} is missing", remedy="write it")
        stat = path.stat()
        state = (stat.st_mtime_ns, stat.st_size)
        known = _modules.get(path)
        if known and known[0] == state:
            return known[1]
        name = f"_course_{zlib.crc32(str(path).encode()):08x}_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            # Compiled here, so that no byte code is left beside the author's files.
            exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
        except CourseError:
            del sys.modules[name]
            raise
        except Exception as error:
            del sys.modules[name]
            raise CourseError(
                f"{self.relative(path)} does not load: {type(error).__name__}: {error}",
                remedy=f"python {self.relative(path)} shows where",
            ) from error
        _modules[path] = (state, module)
        return module

    def _toc(self):
        path = self.root / "_toc.yml"
        try:
            return yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CourseError(
                f"_toc.yml is missing in {self.root}: it holds the order of the chapters",
                remedy="write it as Jupyter Book describes (format: jb-book)",
            ) from None
        except yaml.YAMLError as error:
            raise CourseError(f"_toc.yml cannot be read: {error}", remedy="mend it") from error


def find_course(start=None):
    """Find the course that a command is about.

    Parameters
    ----------
    start : path-like, optional
        Where to look from, upward; by default the working folder. The environment variable
        ``CNN_COURSE_ROOT`` comes before it, the installed course after it.

    Returns
    -------
    Course
        The course.

    Raises
    ------
    CourseError
        If none is found.
    """
    named = os.environ.get("CNN_COURSE_ROOT")
    if named:
        if _is_course(Path(named)):
            return Course(Path(named))
        raise CourseError(
            f"CNN_COURSE_ROOT={named} holds no course (no _toc.yml and exercises/)",
            remedy="unset CNN_COURSE_ROOT, or point it at the course's folder",
        )
    here = Path(start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if _is_course(folder):
            return Course(folder)
    if (_PACKAGE_ROOT / "exercises").is_dir():
        return Course(_PACKAGE_ROOT)
    raise CourseError(
        f"no course in {here} or above it (a course holds _toc.yml and exercises/)",
        remedy="change into the course's folder, or set CNN_COURSE_ROOT to it",
    )


def _is_course(folder):
    return (folder / "_toc.yml").is_file() and (folder / "exercises").is_dir()


def _toc_files(node):
    """Yield the `file` entries of a table of contents, from the top down."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "file":
                yield value
            elif key in ("parts", "chapters", "sections", "subtrees", "entries"):
                yield from _toc_files(value)
    elif isinstance(node, list):
        for item in node:
            yield from _toc_files(item)
