"""The instructor's notebook of an exercise: what nbgrader makes the release from."""

import re

import nbformat

from autograder.errors import CourseError

__all__ = ["TEXT_STUB", "dumps", "nested_hints", "source_notebook"]

#: What stands in a written answer until the learner replaces it.
TEXT_STUB = "*Write your answer here: double-click this text and replace it.*"

# Fixed, so that the notebook is the same on every machine.
_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
_HINTS = 3


def source_notebook(exercise):
    """Make the notebook with the solutions in it.

    Parameters
    ----------
    exercise : Exercise
        The exercise.

    Returns
    -------
    NotebookNode
        With nbgrader's metadata. Equal exercises give equal notebooks.
    """
    cells = []
    for position, block in enumerate(exercise.blocks):
        cell = _MAKE[block.kind](exercise, block)
        if position == 0:
            cell.source = f"{_head(exercise)}\n\n{cell.source}"
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        # nbformat draws cell ids at random.
        cell["id"] = grade_id or f"cell-{position:03}"
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells, metadata=nbformat.from_dict(_METADATA))


def dumps(notebook):
    """Write a notebook as text, in one way only."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def nested_hints(exercise, block):
    """Return the hints of a block as Markdown in which each opens inside the one before.

    Parameters
    ----------
    exercise : Exercise
        Whose hints they are.
    block : Block
        A numbered list.

    Returns
    -------
    str
        Markdown with ``<details>``.

    Raises
    ------
    CourseError
        If it is no list of three.
    """
    items = re.split(r"^\d+\. ", block.source.strip(), flags=re.MULTILINE)
    lead, hints = items[0], items[1:]
    outside = re.search(r"^(?!\d+\. |   |$).+", block.source.strip(), flags=re.MULTILINE)
    if lead.strip() or outside or len(hints) != _HINTS:
        beside = f" and beside them {outside[0][:40]!r}" if outside else ""
        raise CourseError(
            f"exercises/{exercise.slug}.md, line {block.line}: {len(hints)} hints{beside}, "
            f"expected a numbered list of {_HINTS} and nothing else",
            remedy="write 1. 2. 3., indent what continues them by three spaces, end with +++",
        )
    nested = ""
    # From the last to the first: each hint lies inside the one before it, below its text.
    for number in range(_HINTS, 0, -1):
        text = re.sub(r"^   ", "", hints[number - 1].strip(), flags=re.MULTILINE)
        nested = (
            f"<details>\n<summary>Hint {number} of {_HINTS}</summary>\n\n{text}\n"
            + (f"\n{nested}\n" if nested else "")
            + "\n</details>"
        )
    return nested


def _head(exercise):
    parts = [f"about {_minutes(exercise.minutes)}", f"{_points(exercise.points)} from hidden tests"]
    if exercise.manual_points:
        parts.append(f"{_points(exercise.manual_points)} by hand")
    return f"# {exercise.title}\n\n*{_sentence(parts)}*"


def _text(_, block):
    return nbformat.v4.new_markdown_cell(block.source)


def _code(_, block):
    cell = nbformat.v4.new_code_cell(block.source)
    if block.options.get("tags"):
        cell.metadata["tags"] = list(block.options["tags"])
    return cell


def _stage(exercise, block):
    stage = exercise.stage(block.name)
    parts = [f"about {_minutes(stage.minutes)}"]
    parts.append(_points(stage.points) if stage.points else "no points: a warm-up")
    if stage.bonus and not stage.says_bonus:
        parts.append("bonus")
    heading, _, rest = block.source.partition("\n")
    return nbformat.v4.new_markdown_cell(f"{heading}\n\n*{_sentence(parts)}*\n\n{rest.strip()}")


def _stage_row(stage):
    written = ", ".join(f"`{name}`" for name in stage.functions) or "numbers on paper"
    title = stage.title.replace("|", r"\|")
    title += " (bonus)" if stage.bonus and not stage.says_bonus else ""
    return f"| {title} | {written} | {stage.minutes} | {stage.points or '—'} |"


def _overview(exercise, block):
    rows = ["| step | you write | minutes | points |", "| :--- | :--- | ---: | ---: |"]
    questions = {question.name: question for question in exercise.written}
    # In the notebook's order: a bonus may come behind the questions.
    for each in exercise.blocks:
        if each.kind == "stage":
            rows.append(_stage_row(exercise.stage(each.name)))
        elif each.kind == "written":
            question = questions[each.name]
            rows.append(
                f"| In your own words | some sentences | {question.minutes} "
                f"| {question.points:g}, by hand |"
            )
    return nbformat.v4.new_markdown_cell(f"{block.source.strip()}\n\n" + "\n".join(rows))


def _hints(exercise, block):
    return nbformat.v4.new_markdown_cell(nested_hints(exercise, block))


def _answer(exercise, block):
    function = exercise.functions[block.name]
    source = (
        f"{function.head}\n{function.steps}"
        f"    ### BEGIN SOLUTION\n{function.body}\n    ### END SOLUTION"
    )
    cell = _code(exercise, block)
    cell.source = source
    return _graded(cell, f"answer_{block.name}", solution=True)


def _by_hand(exercise, block):
    return _graded(_code(exercise, block), f"by_hand_{block.name}", solution=True)


def _check(exercise, block):
    points = exercise.stage(block.name).points
    cell = _code(exercise, block)
    # A check without points is locked only: it would be an empty line in the gradebook.
    return _graded(cell, f"check_{block.name}", points=points or None, locked=True)


def _written(exercise, block):
    points = next(question.points for question in exercise.written if question.name == block.name)
    cell = nbformat.v4.new_markdown_cell(block.source)
    return _graded(cell, f"written_{block.name}", points=points, solution=True)


def _graded(cell, grade_id, *, points=None, solution=False, locked=False):
    cell.metadata["nbgrader"] = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        cell.metadata["nbgrader"]["points"] = points
    return cell


def _minutes(number):
    return f"{number:g} minute" if number == 1 else f"{number:g} minutes"


def _points(number):
    return f"{number:g} point" if number == 1 else f"{number:g} points"


def _sentence(parts):
    text = " · ".join(parts)
    return text[0].upper() + text[1:]


_MAKE = {
    "text": _text,
    "code": _code,
    "stage": _stage,
    "overview": _overview,
    "hints": _hints,
    "answer": _answer,
    "by_hand": _by_hand,
    "check": _check,
    "written": _written,
}
