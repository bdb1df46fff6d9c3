"""The cells of what a learner handed in, taken as text; nothing of it is ever run."""

import io
import json
import re
import tokenize
from dataclasses import dataclass

from autograder.errors import IntakeError

__all__ = ["RawCell", "defined_names", "drop_magics", "magic_effort", "read_cells"]

MAX_SOURCE_CHARACTERS = 1_000_000
MAX_CELLS = 2_000

# By text, not by `ast`: a function with a syntax error is still the learner's function, and the
# parser of a trusted process should not meet hostile input without need.
_DEFINITION = re.compile(
    r"^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(|^(\w+)[ \t]*=(?!=)", re.MULTILINE
)
# A reference gets its given layers by a call; the worker has them, and runs no such call.
_GIVEN = re.compile(r"^given = given_for\(__file__\)$", re.MULTILINE)
# Within one line, and never tried twice: a text of nothing but blanks must not take long.
_MAGIC = re.compile(r"^[^\S\n]*+[%!?]|\?[^\S\n]*+$|=[^\S\n]*+[%!]|^[^\S\n]*+In \[", re.MULTILINE)
_TRANSLATED_MAGIC = re.compile(r"^(\s*+)(?:[\w, .\[\]]++=\s*+)?get_ipython\(\)\.")
# Cell magics whose body is Python that counts.
_PYTHON_MAGICS = ("%%time", "%%capture", "%%prun", "%%python", "%%python3")
_MAX_CELL_MAGICS = 4  # one within the other
_MAX_MAGIC_LINE = 2_000


@dataclass(frozen=True)
class RawCell:
    """A cell as it came: its kind, its text, and the marks it still bears.

    Parameters
    ----------
    kind : str
        ``code``, ``markdown`` or ``raw``.
    source : str
        Its text.
    grade_id : str
        nbgrader's mark, where it is left.
    id : str
        nbformat's cell id, where it is left.
    """

    kind: str
    source: str
    grade_id: str = ""
    id: str = ""


def read_cells(text, *, suffix):
    """Split a file's text into cells.

    Parameters
    ----------
    text : str
        The file.
    suffix : str
        Of its name; what the text looks like counts for more.

    Returns
    -------
    cells : list of RawCell
        In order.
    notes : list of str
        What was odd.

    Raises
    ------
    IntakeError
        If it is neither a whole notebook nor Python.
    """
    notes = []
    if text.lstrip().startswith("{"):
        if suffix == ".py":
            notes.append("The file is a notebook, though its name ends in .py.")
        cells = _notebook_cells(text, notes)
    elif suffix == ".py":
        cells = _python_cells(text)
    elif any(match[1] for match in _DEFINITION.finditer(text)):
        notes.append("The file is plain Python, not a notebook; it was read as Python.")
        cells = _python_cells(text)
    else:
        raise IntakeError("it is not a notebook (a notebook begins with an opening brace)")
    if len(cells) > MAX_CELLS:
        raise IntakeError(f"it has {len(cells)} cells; {MAX_CELLS} at most are read")
    if sum(len(cell.source) for cell in cells) > MAX_SOURCE_CHARACTERS:
        raise IntakeError(f"its cells hold more than {MAX_SOURCE_CHARACTERS} characters")
    return cells, notes


def defined_names(source):
    """Return the names that a cell's text defines at its top level: functions and assignments."""
    return {match[1] or match[2] for match in _DEFINITION.finditer(source)}


def magic_effort(source):
    """Estimate how long `drop_magics` takes: IPython reads the whole cell anew for each magic.

    Parameters
    ----------
    source : str
        The cell's text.

    Returns
    -------
    int
        Characters that are read; a million take a few seconds.
    """
    return len(source) * sum(1 for _ in _MAGIC.finditer(source))


def drop_magics(source):
    """Take IPython's magics and shell lines out of a cell.

    Parameters
    ----------
    source : str
        The cell's text.

    Returns
    -------
    str
        Python; a dropped line leaves ``pass`` behind, so that the lines keep their numbers.
    """
    head = ""
    while _MAGIC.search(source) and source.lstrip().startswith("%%"):
        first, _, rest = source.lstrip().partition("\n")
        if first.split()[0] not in _PYTHON_MAGICS or len(head) == 5 * _MAX_CELL_MAGICS:
            return head + "# a cell in another language: " + _commented(source)
        head, source = head + "pass\n", rest
    return head + _drop_line_magics(source)


def _commented(source):
    return "\n# ".join(source.strip().split("\n"))


def _drop_line_magics(source):
    # IPython's own patterns take very long for very long lines.
    if not _MAGIC.search(source) or max(map(len, source.split("\n"))) > _MAX_MAGIC_LINE:
        return source
    # Needed only here, and slow to import.
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        translated = TransformerManager().transform_cell(source)
    except Exception:  # noqa: BLE001 - what is no Python makes it fail in many ways
        return source
    lines = translated.rstrip("\n").split("\n")
    return "\n".join(_TRANSLATED_MAGIC.sub(r"\1pass  # ", line, count=1) for line in lines)


def _notebook_cells(text, notes):
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        problem = error.msg.removesuffix(" at")
        raise IntakeError(
            f"it is not a whole notebook (was it cut off?): {problem} at line {error.lineno}"
        ) from None
    except (ValueError, RecursionError):
        raise IntakeError("it is not a notebook: its JSON cannot be read") from None
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        notes.append("The notebook has an old format (nbformat 3); it was converted.")
        cells = [
            cell
            for sheet in notebook["worksheets"]
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    if not isinstance(cells, list):
        raise IntakeError("it is not a notebook: it has no cells")
    return [_raw_cell(cell) for cell in cells if isinstance(cell, dict)]


def _raw_cell(cell):
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    kind = cell.get("cell_type")
    return RawCell(
        kind if kind in ("code", "raw") else "markdown",
        _clean(source) if isinstance(source, str) else "",
        grade_id if isinstance(grade_id, str) else "",
        cell["id"] if isinstance(cell.get("id"), str) else "",
    )


def _clean(text):
    # A lone surrogate cannot be written to a file; a JSON escape can bring one in.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _python_cells(text):
    """One cell for each function of a module, and one for what stands between two of them."""
    lines = _GIVEN.sub("", _clean(text)).split("\n")
    cells, start, in_function = [], 0, False
    for line, begins_function in [*_top_level(lines), (len(lines), True)]:
        if begins_function or in_function:
            cells.append("\n".join(lines[start:line]).strip("\n"))
            start, in_function = line, begins_function
    return [RawCell("code", cell) for cell in cells if cell.strip()]


def _top_level(lines):
    """Yield (line index, whether a function begins there) for each statement at the left margin."""
    starts, fresh = [], True
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
            if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
                continue
            if fresh and token.start[1] == 0 and token.type != tokenize.ENDMARKER:
                starts.append((token.start[0] - 1, token.string))
            fresh = token.type == tokenize.NEWLINE
    except (tokenize.TokenError, SyntaxError):
        # Not Python as it stands: the left margin has to do, so that one slip costs one function.
        margin = re.compile(r"(async|def|class|import|from|@|\w+(?=\s*=))")
        starts = [(i, match[1]) for i, line in enumerate(lines) if (match := margin.match(line))]
    above = None
    for line, first in starts:
        decorated = above is not None
        above = (above if decorated else line) if first == "@" else None
        if first == "@":
            if not decorated:
                yield line, True
        elif not decorated:
            yield line, first in ("def", "async")
