"""The author's format: a MyST notebook whose cells say what they are for."""

import ast
import re
from dataclasses import dataclass, field, replace

import yaml

from autograder.errors import CourseError

__all__ = ["Block", "fail", "names_of", "number_of", "read_blocks", "read_front_matter"]

_FRONT_MATTER_KEYS = {"title", "minutes", "given", "beside", "jupytext", "kernelspec"}
# The keys a block may carry; the first one names its kind.
_TEXT_KEYS = {
    "stage": {"minutes", "bonus"},
    "written": {"points", "minutes"},
    "hints": set(),
    "overview": set(),
}
_CODE_KEYS = {
    "answer": {"tags"},
    "check": {"tags"},
    "by_hand": {"tags"},
    "helpers": {"tags"},
    "tags": set(),
}


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


def read_front_matter(course, slug):
    """Read the head of an author's file: its title, minutes, given layers and files beside it.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    dict
        With the keys ``title``, ``minutes``, ``given`` and ``beside``.

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
        fail(f"{where}, line 1", "no head", "begin with --- and the keys title, minutes, given")
    unknown = set(front) - _FRONT_MATTER_KEYS
    missing = {"title", "minutes"} - set(front)
    if unknown or missing:
        what = [f"unknown key {key!r}" for key in sorted(unknown)]
        what += [f"no {key!r}" for key in sorted(missing)]
        fail(f"{where}, line 1", ", ".join(what), "the keys are title, minutes, given, beside")
    front.setdefault("given", [])
    for entry in front["given"] or ():
        module, _, function = str(entry).partition(".")
        if not function.isidentifier() or module == slug:
            fail(
                f"{where}, line 1",
                f"given: {entry!r} is not a function of an earlier chapter",
                "write it as module.function, for instance convolution.conv2d_forward",
            )
    beside = [str(entry) for entry in front.get("beside") or ()]
    return front | {"given": list(front["given"] or ()), "beside": beside}


def read_blocks(path, where, helpers):
    """Return the blocks of an author's file, in order; `where` names the file in messages.

    `helpers` is the file of the helpers that a cell may ask for; it need not be there.
    """
    # Imported here: the grader reads exercises too, and most of its commands need no Markdown.
    from jupytext.myst import MystMetadataParsingError, myst_to_notebook

    try:
        notebook = myst_to_notebook(path.read_text(encoding="utf-8"), add_source_map=True)
    except MystMetadataParsingError as error:
        raise CourseError(f"{where}: {error}", remedy="mend the cell's options") from error
    lines = notebook.metadata["source_map"]
    blocks = [
        _block(cell, max(line, 1), where) for cell, line in zip(notebook.cells, lines, strict=True)
    ]
    shared = _shared_helpers(helpers)
    return tuple(
        _with_helpers(block, shared, where) if block.kind == "helpers" else block
        for block in blocks
    )


def _shared_helpers(path):
    """Return the functions that several exercises share, as text, by name."""
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    return {
        node.name: ast.get_source_segment(text, node)
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


def _with_helpers(block, shared, where):
    """Turn a cell that asks for helpers into one that holds them, below its own text."""
    names = re.split(r"[,\s]+", block.name.strip())
    for name in names:
        if name not in shared:
            fail(
                f"{where}, line {block.line}",
                f"no helper {name!r}",
                f"use those of exercises/helpers.py: {', '.join(shared) or 'it has none'}",
            )
    parts = [block.source.strip()] if block.source.strip() else []
    source = "\n\n\n".join(parts + [shared[name] for name in names])
    return replace(block, kind="code", name="", source=source)


def _block(cell, line, where):
    options = dict(cell.metadata)
    is_code = cell.cell_type == "code"
    kinds = _CODE_KEYS if is_code else _TEXT_KEYS
    kind = next((key for key in kinds if key in options), None)
    allowed = kinds.get(kind, set()) | {kind}
    unknown = sorted(set(options) - allowed)
    if unknown:
        beside = f" beside {kind!r}" if kind else ""
        fail(
            f"{where}, line {line}",
            f"unknown key {unknown[0]!r}{beside}",
            f"the keys here are {', '.join(sorted((allowed - {None}) | set(kinds)))}",
        )
    if kind in (None, "tags"):
        return Block("code" if is_code else "text", "", cell.source, line, options)
    block = Block(kind, str(options.pop(kind)), cell.source, line, options)
    if kind == "answer" and cell.source.strip():
        fail(
            f"{where}, line {line}",
            f"the answer cell of {block.name} is not empty",
            "leave it empty: the build fills it from solutions/",
        )
    if kind == "by_hand" and "### BEGIN SOLUTION" not in cell.source:
        fail(
            f"{where}, line {line}",
            f"the cell by_hand {block.name} shows its solution",
            "put the solution between ### BEGIN SOLUTION and ### END SOLUTION",
        )
    if kind == "written" and "BEGIN SOLUTION" not in cell.source:
        fail(
            f"{where}, line {line}",
            f"the question {block.name} has no model answer for whoever grades it",
            "put one between <!-- BEGIN SOLUTION --> and <!-- END SOLUTION -->",
        )
    if kind == "stage" and not re.match(r"## \S", cell.source):
        fail(
            f"{where}, line {line}",
            f"the stage {block.name} does not begin with a heading",
            "begin it with a line such as: ## Several channels",
        )
    return block


def names_of(blocks, kind, where):
    """Return the names of all blocks of a kind, each of which may occur once."""
    names = []
    for block in blocks:
        if block.kind == kind:
            if block.name in names:
                fail(
                    f"{where}, line {block.line}",
                    f"a second block {kind} {block.name}",
                    "keep one of the two",
                )
            names.append(block.name)
    return tuple(names)


def number_of(block, key, where):
    """Return a number that a block has to carry."""
    value = block.options.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        fail(
            f"{where}, line {block.line}",
            f"the {block.kind} {block.name} has {key}: {value!r}",
            f'give it a number, for instance "{key}": 10',
        )
    return value


def fail(where, what, remedy):
    """Raise the error that tells an author what to mend."""
    raise CourseError(f"{where}: {what}", remedy=remedy)
