"""Programs that the course itself submits: the reference, stubs, mistakes, alternatives."""

import ast
import inspect
import re
from pathlib import Path

from autograder.errors import CourseError
from autograder.given import given_source
from autograder.sandbox.program import Cell, Program, defined_names

__all__ = ["alternative_program", "mistake_program", "reference_program", "stub_program"]

_CELL_HEAD = re.compile(r"^# %%(.*)$", re.MULTILINE)
_PREFIX = "_mistake_"


def _program(course, exercise, cells):
    given = given_source(course, exercise.slug)
    return Program(tuple(cells), tuple(exercise.answers), given)


def reference_program(course, exercise):
    """Submit the reference as it is.

    Parameters
    ----------
    course : Course
        The course.
    exercise : Exercise
        The chapter's exercise.

    Returns
    -------
    program : Program
        One cell.
    """
    source = course.reference_path(exercise.slug).read_text(encoding="utf-8")
    return _program(course, exercise, [Cell("reference", source, "answer")])


def stub_program(course, exercise):
    """Submit what a student gets, untouched.

    Parameters
    ----------
    course : Course
        The course.
    exercise : Exercise
        The chapter's exercise.

    Returns
    -------
    program : Program
        One cell for each function.
    """
    cells = [Cell(f"answer_{name}", exercise.stub(name), "answer") for name in exercise.answers]
    return _program(course, exercise, cells)


def alternative_program(course, exercise, path):
    """Submit a file of percent-format cells, as a learner's notebook would be.

    Parameters
    ----------
    course : Course
        The course.
    exercise : Exercise
        The chapter's exercise.
    path : Path
        The file; a cell that defines an asked function is its answer, any other an added cell.

    Returns
    -------
    program : Program
        The cells in order, without those of text.
    """
    parts = _CELL_HEAD.split(path.read_text(encoding="utf-8"))
    cells = [Cell("cell_0", parts[0], "added")] if parts[0].strip() else []
    for number, (head, source) in enumerate(zip(parts[1::2], parts[2::2], strict=True), start=1):
        if "[markdown]" in head:
            continue
        asked = [name for name in defined_names(source) if name in exercise.answers]
        name = f"answer_{asked[0]}" if asked else f"cell_{number}"
        cells.append(Cell(name, source, "answer" if asked else "added"))
    return _program(course, exercise, cells)


def _definitions(tree):
    """Map the names of a module's top level to the statements that make them."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.Assign):
            names = [
                leaf.id
                for leaf in ast.walk(node)
                if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)
            ]
        else:
            names = []
        found.update(dict.fromkeys(names, node))
    return found


class _Rename(ast.NodeTransformer):
    """Give a mistake's helpers names that no helper of the reference has."""

    def __init__(self, names):
        self._names = names

    def visit_Name(self, node):
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node):
        node.decorator_list = []
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)


def _mistake_source(entry):
    """Cut a mistake and all that it needs out of its file."""
    path = inspect.getsourcefile(entry.implementation)
    definitions = _definitions(ast.parse(Path(path).read_text(encoding="utf-8")))
    name = entry.implementation.__name__
    if name not in definitions:
        raise CourseError(
            f"misconception {entry.id}: {path} defines no {name} at its left margin",
            remedy="write it as a plain function, or declare its name with id=",
        )
    needed, waiting = {}, [name]
    while waiting:
        each = waiting.pop()
        if each in needed or each not in definitions:
            continue
        needed[each] = definitions[each]
        if each == name:
            definitions[each].decorator_list = []
        waiting += [leaf.id for leaf in ast.walk(definitions[each]) if isinstance(leaf, ast.Name)]
    imports = ast.Import | ast.ImportFrom
    names = {each: _PREFIX + each for each, node in needed.items() if not isinstance(node, imports)}
    rename = _Rename(names | {name: entry.function})
    nodes = {id(node): node for node in needed.values()}.values()
    ordered = sorted(nodes, key=lambda node: node.lineno)
    return "\n\n\n".join(ast.unparse(rename.visit(node)) for node in ordered)


def mistake_program(course, exercise, entry):
    """Submit the reference with one function written wrongly.

    Parameters
    ----------
    course : Course
        The course.
    exercise : Exercise
        The chapter's exercise.
    entry : Misconception
        The mistake.

    Returns
    -------
    program : Program
        One cell with the rest of the reference, and one with the mistake.

    Raises
    ------
    CourseError
        If the reference has no such function.
    """
    path = course.reference_path(exercise.slug)
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.function:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            lines[first - 1 : node.end_lineno] = ["\n"] * (node.end_lineno - first + 1)
            break
    else:
        raise CourseError(
            f"misconception {entry.id}: {course.relative(path)} has no function {entry.function}",
            remedy="mend the function's name in the decorator",
        )
    cells = [
        Cell("reference", "".join(lines), "answer"),
        Cell(f"answer_{entry.function}", _mistake_source(entry), "answer"),
    ]
    return _program(course, exercise, cells)
