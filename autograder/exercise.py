"""What an author writes, exercises/<slug>.md, read and checked."""

from dataclasses import dataclass

from autograder.blocks import fail, names_of, number_of, read_blocks, read_front_matter
from autograder.errors import CourseError
from autograder.reference import read_functions
from autograder.testing.marks import graded_tests

__all__ = ["Exercise", "Stage", "Written", "load_exercise"]


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

    @property
    def says_bonus(self):
        """Whether its heading says already that it is a bonus."""
        return self.title.casefold().startswith("bonus")


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
        return _total(stage.points for stage in self.stages)

    @property
    def manual_points(self):
        """The points that are given by hand."""
        return _total(question.points for question in self.written)

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
    blocks = read_blocks(path, where, course.helpers_path)
    functions = read_functions(course, slug)
    tests = _hidden_tests(course, slug)

    answers = names_of(blocks, "answer", where)
    for block in blocks:
        if block.kind == "answer" and block.name not in functions:
            fail(
                f"{where}, line {block.line}",
                f"{course.relative(course.reference_path(slug))} has no function {block.name}",
                f"use one of: {', '.join(functions)}",
            )
    stages = _stages(blocks, tests, where)
    hidden = course.relative(course.hidden_tests_path(slug))
    for test in tests:
        if test.function not in answers:
            fail(
                f"{hidden}: {test.id}",
                f"it grades {test.function!r}, which {where} does not ask for",
                f"use one of: {', '.join(answers)}",
            )
        if test.stage not in {stage.name for stage in stages}:
            fail(
                f"{hidden}: {test.id}",
                f"{where} has no stage {test.stage!r} that its points could belong to",
                f"use one of: {', '.join(stage.name for stage in stages)}",
            )
    written = tuple(
        Written(block.name, number_of(block, "points", where), number_of(block, "minutes", where))
        for block in blocks
        if block.kind == "written"
    )
    names_of(blocks, "written", where)
    minutes = sum(stage.minutes for stage in stages if not stage.bonus)
    minutes += sum(question.minutes for question in written)
    if minutes != front["minutes"]:
        fail(
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


def _total(points):
    """Add up; a whole number is an int, so that 4.5 + 0.5 is written as 5."""
    total = sum(points)
    return int(total) if total == int(total) else total


def _stages(blocks, tests, where):
    names = names_of(blocks, "stage", where)
    checks = {block.name: block for block in blocks if block.kind == "check"}
    names_of(blocks, "check", where)
    for name, block in checks.items():
        if name not in names:
            fail(
                f"{where}, line {block.line}",
                f"a check of the stage {name!r}, which is not there",
                f"use one of: {', '.join(names)}",
            )
    stages = []
    for block in blocks:
        if block.kind != "stage":
            continue
        if block.name not in checks:
            fail(
                f"{where}, line {block.line}",
                f"the stage {block.name} has no check",
                f"add a code cell with :check: {block.name}",
            )
        stages.append(
            Stage(
                name=block.name,
                title=block.source.splitlines()[0].removeprefix("## ").strip(),
                minutes=number_of(block, "minutes", where),
                points=_total(test.points for test in tests if test.stage == block.name),
                functions=tuple(dict.fromkeys(t.function for t in tests if t.stage == block.name)),
                checks=checks[block.name].source,
                bonus=bool(block.options.get("bonus", False)),
            )
        )
    return tuple(stages)
