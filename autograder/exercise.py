"""What an author writes, exercises/<slug>.md, read and checked."""

import re
from dataclasses import dataclass, field

import yaml

from autograder.errors import CourseError
from autograder.reference import read_functions
from autograder.testing.marks import graded_tests

__all__ = ["Block", "Exercise", "Stage", "Written", "load_exercise", "read_front_matter"]

_FRONT_MATTER_KEYS = {"title", "minutes", "given", "jupytext", "kernelspec"}
# The keys a block may carry; the first one names its kind.
_TEXT_KEYS = {
    "stage": {"minutes", "bonus"},
    "written": {"points", "minutes"},
    "hints": set(),
    "overview": set(),
}
_CODE_KEYS = {"answer": {"tags"}, "check": {"tags"}, "by_hand": {"tags"}, "tags": set()}


@dataclass(frozen=True)
class Block:
    """One cell as its author wrote it.

    Parameters
    ----------
    kind : str
        ``text``, ``stage``, ``hints``, ``overview``, ``written`` for Markdown; ``code``,
        ``answer``, ``check``, ``by_hand`` for Python.
    name : str
        What it is about: a stage, a function, a written answer; else empty.
    source : str
        Its text.
    line : int
        Where it begins in the author's file.
    options : dict
        Its other keys.
    """

    kind: str
    name: str
    source: str
    line: int
    options: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """One step of the exercise, with a visible check of its own.

    Parameters
    ----------
    name : str
        Its name, as the hidden tests use it.
    title : str
        Its heading.
    minutes : int
        An estimate.
    points : int or float
        The sum over its hidden tests.
    functions : tuple of str
        The functions that its hidden tests judge.
    checks : str
        Source of the visible check.
    bonus : bool
        Whether it lies outside the core work.
    """

    name: str
    title: str
    minutes: int
    points: float
    functions: tuple
    checks: str
    bonus: bool


@dataclass(frozen=True)
class Written:
    """A question that is answered in words and graded by hand."""

    name: str
    points: float
    minutes: int


@dataclass(frozen=True)
class Exercise:
    """An exercise of the course.

    Parameters
    ----------
    slug : str
        The chapter.
    title : str
        Its title.
    minutes : int
        Estimate of the core work.
    given : tuple of str
        Earlier layers that the notebook is given, each ``module.function``.
    stages : tuple of Stage
        In order.
    answers : tuple of str
        The functions that the learner writes, in order.
    written : tuple of Written
        The questions that are graded by hand.
    blocks : tuple of Block
        Everything, in order.
    functions : dict of str to Function
        The reference's functions, as text.
    """

    slug: str
    title: str
    minutes: int
    given: tuple
    stages: tuple
    answers: tuple
    written: tuple
    blocks: tuple
    functions: dict

    @property
    def points(self):
        """The automatic total."""
        return sum(stage.points for stage in self.stages)

    @property
    def manual_points(self):
        """The points that are given by hand."""
        return sum(question.points for question in self.written)

    def stage(self, name):
        """Return the stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)

    def stub(self, function):
        """Return what a student gets of one function.

        Parameters
        ----------
        function : str
            Its name.

        Returns
        -------
        str
            Signature, docstring, numbered step comments and the line to be replaced.
        """
        return self.functions[function].stub


def load_exercise(course, slug):
    """Read one exercise.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    Exercise
        With the points that the hidden tests give.

    Raises
    ------
    CourseError
        If a file is missing or does not fit the others; it names the file, the line and the
        remedy.
    """
    path = course.exercise_path(slug)
    where = course.relative(path)
    front = read_front_matter(course, slug)
    blocks = _read_blocks(path, where)
    functions = read_functions(course, slug)
    tests = _hidden_tests(course, slug)

    answers = _names(blocks, "answer", where)
    for block in blocks:
        if block.kind == "answer" and block.name not in functions:
            _fail(
                f"{where}, line {block.line}",
                f"{course.relative(course.reference_path(slug))} has no function {block.name}",
                f"use one of: {', '.join(functions)}",
            )
    stages = _stages(blocks, tests, where)
    hidden = course.relative(course.hidden_tests_path(slug))
    for test in tests:
        if test.function not in answers:
            _fail(
                f"{hidden}: {test.id}",
                f"it grades {test.function!r}, which {where} does not ask for",
                f"use one of: {', '.join(answers)}",
            )
        if test.stage not in {stage.name for stage in stages}:
            _fail(
                f"{hidden}: {test.id}",
                f"{where} has no stage {test.stage!r} that its points could belong to",
                f"use one of: {', '.join(stage.name for stage in stages)}",
            )
    written = tuple(
        Written(block.name, _number(block, "points", where), _number(block, "minutes", where))
        for block in blocks
        if block.kind == "written"
    )
    _names(blocks, "written", where)
    minutes = sum(stage.minutes for stage in stages if not stage.bonus)
    minutes += sum(question.minutes for question in written)
    if minutes != front["minutes"]:
        _fail(
            f"{where}, line 1",
            f"minutes: {front['minutes']}, but its stages and questions add up to {minutes}",
            f"write minutes: {minutes}, or mend the estimates",
        )
    return Exercise(
        slug=slug,
        title=front["title"],
        minutes=minutes,
        given=tuple(front["given"]),
        stages=stages,
        answers=answers,
        written=written,
        blocks=blocks,
        functions=functions,
    )


def read_front_matter(course, slug):
    """Read the head of an author's file: its title, minutes and given layers.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    dict
        With the keys ``title``, ``minutes`` and ``given``.

    Raises
    ------
    CourseError
        If the file is missing or its head is not as it should be.
    """
    path = course.exercise_path(slug)
    where = course.relative(path)
    if not path.is_file():
        known = ", ".join(course.slugs()) or "none yet"
        raise CourseError(
            f"{where} is missing", remedy=f"write it, or name one of the exercises: {known}"
        )
    text = path.read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    try:
        front = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError as error:
        raise CourseError(f"{where}: its head is not YAML: {error}", remedy="mend it") from error
    if not isinstance(front, dict):
        _fail(f"{where}, line 1", "no head", "begin with --- and the keys title, minutes, given")
    unknown = set(front) - _FRONT_MATTER_KEYS
    missing = {"title", "minutes"} - set(front)
    if unknown or missing:
        what = [f"unknown key {key!r}" for key in sorted(unknown)]
        what += [f"no {key!r}" for key in sorted(missing)]
        _fail(f"{where}, line 1", ", ".join(what), "the keys are title, minutes, given")
    front.setdefault("given", [])
    for entry in front["given"] or ():
        module, _, function = str(entry).partition(".")
        if not function.isidentifier() or module == slug:
            _fail(
                f"{where}, line 1",
                f"given: {entry!r} is not a function of an earlier chapter",
                "write it as module.function, for instance convolution.conv2d_forward",
            )
    return front | {"given": list(front["given"] or ())}


def _read_blocks(path, where):
    # Imported here: the grader reads exercises too, and most of its commands need no Markdown.
    from jupytext.myst import MystMetadataParsingError, myst_to_notebook

    try:
        notebook = myst_to_notebook(path.read_text(encoding="utf-8"), add_source_map=True)
    except MystMetadataParsingError as error:
        raise CourseError(f"{where}: {error}", remedy="mend the cell's options") from error
    lines = notebook.metadata["source_map"]
    return tuple(
        _block(cell, max(line, 1), where) for cell, line in zip(notebook.cells, lines, strict=True)
    )


def _block(cell, line, where):
    options = dict(cell.metadata)
    is_code = cell.cell_type == "code"
    kinds = _CODE_KEYS if is_code else _TEXT_KEYS
    kind = next((key for key in kinds if key in options), None)
    allowed = kinds.get(kind, set()) | {kind}
    unknown = sorted(set(options) - allowed)
    if unknown:
        beside = f" beside {kind!r}" if kind else ""
        _fail(
            f"{where}, line {line}",
            f"unknown key {unknown[0]!r}{beside}",
            f"the keys here are {', '.join(sorted((allowed - {None}) | set(kinds)))}",
        )
    if kind in (None, "tags"):
        return Block("code" if is_code else "text", "", cell.source, line, options)
    block = Block(kind, str(options.pop(kind)), cell.source, line, options)
    if kind == "answer" and cell.source.strip():
        _fail(
            f"{where}, line {line}",
            f"the answer cell of {block.name} is not empty",
            "leave it empty: the build fills it from solutions/",
        )
    if kind == "by_hand" and "### BEGIN SOLUTION" not in cell.source:
        _fail(
            f"{where}, line {line}",
            f"the cell by_hand {block.name} shows its solution",
            "put the solution between ### BEGIN SOLUTION and ### END SOLUTION",
        )
    if kind == "written" and "BEGIN SOLUTION" not in cell.source:
        _fail(
            f"{where}, line {line}",
            f"the question {block.name} has no model answer for whoever grades it",
            "put one between <!-- BEGIN SOLUTION --> and <!-- END SOLUTION -->",
        )
    if kind == "stage" and not re.match(r"## \S", cell.source):
        _fail(
            f"{where}, line {line}",
            f"the stage {block.name} does not begin with a heading",
            "begin it with a line such as: ## Several channels",
        )
    return block


def _hidden_tests(course, slug):
    """Return the hidden tests' marks; no test is run."""
    path = course.hidden_tests_path(slug)
    where = course.relative(path)
    if not path.is_file():
        raise CourseError(
            f"{where} is missing: the points of the exercise {slug} are counted there",
            remedy=f"write {where}, its tests marked with @graded(...)",
        )
    return graded_tests(course.module(path))


def _stages(blocks, tests, where):
    names = _names(blocks, "stage", where)
    checks = {block.name: block for block in blocks if block.kind == "check"}
    _names(blocks, "check", where)
    for name, block in checks.items():
        if name not in names:
            _fail(
                f"{where}, line {block.line}",
                f"a check of the stage {name!r}, which is not there",
                f"use one of: {', '.join(names)}",
            )
    stages = []
    for block in blocks:
        if block.kind != "stage":
            continue
        if block.name not in checks:
            _fail(
                f"{where}, line {block.line}",
                f"the stage {block.name} has no check",
                f"add a code cell with :check: {block.name}",
            )
        stages.append(
            Stage(
                name=block.name,
                title=block.source.splitlines()[0].removeprefix("## ").strip(),
                minutes=_number(block, "minutes", where),
                points=sum(test.points for test in tests if test.stage == block.name),
                functions=tuple(dict.fromkeys(t.function for t in tests if t.stage == block.name)),
                checks=checks[block.name].source,
                bonus=bool(block.options.get("bonus", False)),
            )
        )
    return tuple(stages)


def _names(blocks, kind, where):
    """Return the names of all blocks of a kind, each of which may occur once."""
    names = []
    for block in blocks:
        if block.kind == kind:
            if block.name in names:
                _fail(
                    f"{where}, line {block.line}",
                    f"a second block {kind} {block.name}",
                    "keep one of the two",
                )
            names.append(block.name)
    return tuple(names)


def _number(block, key, where):
    value = block.options.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        _fail(
            f"{where}, line {block.line}",
            f"the {block.kind} {block.name} has {key}: {value!r}",
            f'give it a number, for instance "{key}": 10',
        )
    return value


def _fail(where, what, remedy):
    raise CourseError(f"{where}: {what}", remedy=remedy)
