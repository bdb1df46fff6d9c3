"""The author's gate: prove that a chapter's files agree, and that its tests do what they should."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from autograder.beside import write_beside
from autograder.errors import AutograderError
from autograder.exercise import load_exercise
from autograder.grading import Job, grade_many, load_chapter
from autograder.grading.programs import (
    alternative_program,
    mistake_program,
    reference_program,
    stub_program,
)

__all__ = ["Count", "Problem", "Verdict", "verify_chapter", "verify_places"]

# What lies beside the reference layers: the tuned ones, the data, and what trains on them.
_NOT_CHAPTERS = {
    *("__init__", "fast", "datasets", "download", "next_door", "train_lenet", "training"),
}
_VISIBLE_CHECK_SECONDS = 300

# Runs the cells of a notebook one by one in one namespace; answers with the one that failed.
_RUN_CELLS = """
import json, sys, traceback
names = {"__name__": "__main__"}
sys.path.insert(0, "")
cells = json.load(sys.stdin)
sys.stdout = sys.stderr
for name, source in cells:
    try:
        exec(compile(source, f"<{name}>", "exec"), names)
    except BaseException as error:
        answer = [name, f"{type(error).__name__}: {error}"]
        print(json.dumps(answer), file=sys.__stdout__)
        sys.exit(1)
"""


@dataclass(frozen=True)
class Problem:
    """Something that does not hold, and what to do about it."""

    what: str
    remedy: str


@dataclass
class Count:
    """How many of how many."""

    good: int = 0
    all: int = 0

    def add(self, good):
        """Count one more.

        Parameters
        ----------
        good : bool
            Whether it is as it should be.
        """
        self.good += bool(good)
        self.all += 1

    def __str__(self):
        return f"{self.good}/{self.all}"


@dataclass
class Verdict:
    """What was found about one chapter."""

    slug: str
    tests: int = 0
    points: float = 0
    caught: Count = field(default_factory=Count)
    named: Count = field(default_factory=Count)
    accepted: Count = field(default_factory=Count)
    stub: float | None = None
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    def blame(self, what, remedy):
        """Note a problem.

        Parameters
        ----------
        what : str
            What does not hold.
        remedy : str
            What mends it.
        """
        self.problems.append(Problem(what, remedy))


def verify_places(course):
    """Look for files of chapters that the table of contents or exercises/ do not know.

    Parameters
    ----------
    course : Course
        The course.

    Returns
    -------
    problems : list of Problem
        One for each such file.
    """
    slugs = set(course.slugs())
    any_slug = "*"
    found = {
        *(course.root / "exercises").glob("*.md"),
        *course.reference_path(any_slug).parent.glob("*.py"),
        *course.hidden_tests_path(any_slug).parent.glob("test_*.py"),
        *course.misconceptions_path(any_slug).parent.glob("*.py"),
        *(
            path
            for path in (course.root / "autograder" / "alternatives").glob("*")
            if path.is_dir()
        ),
    }
    problems = []
    for path in sorted(found):
        slug = path.stem.removeprefix("test_") if path.parent.name == "hidden_tests" else path.stem
        if slug not in slugs | _NOT_CHAPTERS and not slug.startswith((".", "__")):
            problems.append(
                Problem(
                    f"{course.relative(path)} belongs to no chapter with an exercise",
                    f"add {slug} to _toc.yml and write exercises/{slug}.md, or rename the file",
                )
            )
    return problems


def _verify_files(course, slug, verdict):
    page = course.root / "book" / f"{slug}.md"
    paths = {
        page: "write the chapter",
        course.reference_path(slug): "write the reference",
        course.hidden_tests_path(slug): "write the hidden tests",
        course.misconceptions_path(slug): "write the catalogue of misconceptions",
    }
    for path, remedy in paths.items():
        if not path.is_file():
            verdict.blame(f"{course.relative(path)} is missing", remedy)
    if not course.alternatives(slug):
        verdict.blame(
            f"autograder/alternatives/{slug}/ holds no other right solution",
            "write at least one: cells of a notebook, each headed by # %%",
        )


def _verify_sections(course, chapter, verdict):
    page = course.root / "book" / f"{chapter.slug}.md"
    if not page.is_file():
        return
    labels = set(re.findall(r"^\(([\w-]+)\)=\s*$", page.read_text(encoding="utf-8"), re.MULTILINE))
    users = [(f"test {test.id}", test.section) for test in chapter.tests]
    users += [(f"misconception {entry.id}", entry.section) for entry in chapter.entries]
    for user, section in users:
        if section not in labels:
            verdict.blame(
                f"{user} points to the section {section}, which {course.relative(page)} lacks",
                f"put ({section})= above a heading there, or name another section",
            )


def _verify_release(course, slug, verdict):
    from autograder.release import check_exercise  # it brings nbgrader, which is slow to load

    try:
        check_exercise(course, slug)
    except AutograderError as error:
        verdict.blame(str(error), error.remedy or f"autograder build {slug}")


def _verify_visible_checks(course, exercise, verdict):
    """Run the notebook's code with the reference's answers, as a learner would who is done."""
    from autograder.notebook import source_notebook

    cells = [
        (cell.id, re.sub(r"^[ \t]*[%!].*$", "", cell.source, flags=re.MULTILINE))
        for cell in source_notebook(exercise).cells
        if cell.cell_type == "code"
    ]
    with tempfile.TemporaryDirectory() as exercises:
        # A folder of its own, so that nothing lies next door.
        folder = os.path.join(exercises, exercise.slug)
        os.mkdir(folder)
        write_beside(course, exercise.slug, folder)
        try:
            result = subprocess.run(
                [sys.executable, "-c", _RUN_CELLS],
                input=json.dumps(cells),
                capture_output=True,
                text=True,
                cwd=folder,
                env={**os.environ, "MPLBACKEND": "Agg", "CNN_COURSE_QUICK": "1"},
                timeout=_VISIBLE_CHECK_SECONDS,
            )
        except subprocess.TimeoutExpired:
            verdict.blame("the notebook's cells take too long", "make its visible checks smaller")
            return
    if result.returncode:
        line = (result.stdout.strip().splitlines() or ['["the notebook", "it ended early"]'])[-1]
        name, text = json.loads(line)
        verdict.blame(
            f"{name} fails on the reference: {text}",
            f"mend the cell in {course.relative(course.exercise_path(exercise.slug))}",
        )


def _failed(report):
    tests = [test.id for test in report.tests if test.outcome != "passed"]
    return ", ".join(tests) or "; ".join(report.notes) or report.status


def _grade_all(course, exercise, chapter, backend, seed, workers, progress):
    """Grade everything that the course itself submits; give the reports by what they are of."""
    programs = {"reference": reference_program(course, exercise)}
    programs["stub"] = stub_program(course, exercise)
    programs |= {entry: mistake_program(course, exercise, entry) for entry in chapter.entries}
    programs |= {
        path: alternative_program(course, exercise, path)
        for path in course.alternatives(exercise.slug)
    }
    jobs = [Job(course, exercise.slug, program, backend, seed) for program in programs.values()]
    reports = grade_many(jobs, workers=workers, progress=progress)
    return {what: report for what, (_, report) in zip(programs, reports, strict=True)}


def _judge_own(course, exercise, reports, verdict):
    reference = reports["reference"]
    if reference.status != "graded" or reference.score != reference.max_score:
        verdict.blame(
            f"the reference fails: {_failed(reference)}",
            f"autograder grade {course.relative(course.reference_path(exercise.slug))}",
        )
    stub = reports["stub"]
    verdict.stub = stub.score
    earned = [name for name, each in stub.functions.items() if each.score]
    if stub.status != "graded" or earned:
        what = ", ".join(earned) or _failed(stub)
        verdict.blame(
            f"the untouched stub does not earn 0 everywhere: {what}",
            "make each test demand a result before it demands anything else",
        )


def _judge_mistake(course, slug, entry, report, verdict):
    where = course.relative(course.misconceptions_path(slug))
    graded = report.status == "graded"
    # A forward pass may keep the wrong thing for its backward pass: then that one loses points.
    passes = {entry.function, entry.function.replace("_forward", "_backward")}
    judged = [each for name, each in report.functions.items() if name in passes]
    lost = graded and any(each.score < each.max_score for each in judged)
    verdict.caught.add(lost)
    # Told by its own name wherever one is told, and at least once.
    right = {entry.id, *entry.same_as}
    named = graded and bool(report.misconceptions) and set(report.misconceptions) <= right
    verdict.named.add(named)
    if not graded:
        verdict.blame(f"misconception {entry.id}: {_failed(report)}", f"mend it in {where}")
    elif not lost:
        verdict.blame(
            f"misconception {entry.id} loses no points of {entry.function}",
            f"add a test that it fails, or take it out of {where}",
        )
    elif not named:
        others = sorted(set(report.misconceptions) - right)
        said = f"is taken for {', '.join(others)}" if others else "is not named"
        verdict.blame(
            f"misconception {entry.id} {said}",
            f"add a test that tells them apart, or declare same_as= in {where}"
            if others
            else f"let it fail a test with a value of its own, in {where}",
        )


def verify_chapter(course, slug, *, backend, seed, workers, progress=None):
    """Verify one chapter.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.
    backend : Backend
        How programs are kept apart, as in grading.
    seed : int
        What all random inputs are drawn from.
    workers : int
        How many processes grade.
    progress : callable, optional
        Called with the number of graded programs and of all.

    Returns
    -------
    verdict : Verdict
        What was counted, and the problems; none when all is well.
    """
    verdict = Verdict(slug)
    began = time.monotonic()
    _verify_files(course, slug, verdict)
    try:
        exercise = load_exercise(course, slug)
        chapter = load_chapter(course, slug)
        verdict.tests, verdict.points = len(chapter.tests), exercise.points
        _verify_sections(course, chapter, verdict)
        _verify_release(course, slug, verdict)
        _verify_visible_checks(course, exercise, verdict)
        reports = _grade_all(course, exercise, chapter, backend, seed, workers, progress)
    except AutograderError as error:
        verdict.blame(str(error), error.remedy or "mend what it names")
    else:
        _judge_own(course, exercise, reports, verdict)
        for entry in chapter.entries:
            _judge_mistake(course, slug, entry, reports[entry], verdict)
        for path in course.alternatives(slug):
            report = reports[path]
            good = report.status == "graded" and report.score == report.max_score
            verdict.accepted.add(good)
            if not good:
                verdict.blame(
                    f"{course.relative(path)} is right, and fails: {_failed(report)}",
                    f"autograder grade {course.relative(path)} --assignment {slug}",
                )
    verdict.seconds = time.monotonic() - began
    return verdict
