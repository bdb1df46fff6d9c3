"""Runs a learner's code and its checks, and says what came of it: Pyodide loads it.

It is plain Python, so the course's tests run it without a browser.
"""

import ast
import base64
import contextlib
import json
import linecache
import sys
import traceback
import types
import zlib

_OUTPUT_LIMIT = 20_000  # characters; a print in a loop must not freeze the page
_YOURS = "your code"
_EARLIER = "your code for "
_CHECK = "the check"
_AUTHORS = "the notebook"
_OWN = "Is it defined in your code, under this name?"
_EARLIER_STAGE = "An earlier stage makes it: work on that one first."


class _Output:
    """A standard output that keeps the beginning and counts the rest."""

    def __init__(self):
        self._parts = []
        self._room = _OUTPUT_LIMIT
        self._lost = 0

    def write(self, text):
        kept = text[: self._room]
        self._parts.append(kept)
        self._room -= len(kept)
        self._lost += len(text) - len(kept)
        return len(text)

    def flush(self):
        """Do nothing: nothing is held back."""

    def text(self):
        lost = f"\n… and {self._lost} characters more" if self._lost else ""
        return "".join(self._parts) + lost


def run(cells, given=""):
    """Run a notebook's cells in one namespace, and report on the learner's.

    Parameters
    ----------
    cells : sequence of (str, str, str)
        Kind, name and source, in the notebook's order. ``code`` is an author's cell, or a check of
        an earlier stage: what fails in it or is printed by it is passed over, statement by
        statement, so that the names that it makes are there. ``earlier`` is the learner's answer
        to an earlier stage; ``yours`` is the one that is judged; ``check`` is a stage's check of
        it, the name being the stage's.
    given : str, optional
        The module ``given``: its source, compressed, in base 64.

    Returns
    -------
    str
        JSON: ``outcome`` (passed, failed, error, unwritten or needs), ``message``, ``stage`` (whose
        check failed, or empty), ``passed`` (the stages whose checks passed), ``place`` (which
        source), ``line`` (in it, or null), ``source`` (that line's text) and ``output``.
    """
    _give(given)
    output, silence = _Output(), _Output()
    namespace = {"__name__": "__main__"}
    report = {"outcome": "passed", "message": "", "line": None, "place": "", "source": ""}
    stage, answer, passed = "", "", []
    for kind, name, source in cells:
        if kind in ("code", "earlier"):
            with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
                place = _AUTHORS if kind == "code" else f"{_EARLIER}{name}"
                _run_leniently(source, place, namespace)
            continue
        place = _CHECK if kind == "check" else _YOURS
        stage, answer = (name, answer) if kind == "check" else ("", name)
        _remember(place, source)
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                exec(compile(source, place, "exec"), namespace)
        except BaseException as error:  # noqa: BLE001 - also sys.exit() and KeyboardInterrupt
            report = _report(error, place, answer)
            break
        if kind == "check":
            passed.append(name)
    stage = "" if report["outcome"] == "passed" else stage
    report |= {"stage": stage, "passed": passed, "output": output.text()}
    return json.dumps(report)


def _give(packed):
    """Put the module ``given`` in place; without one, nobody is to find an earlier chapter's."""
    sys.modules.pop("given", None)
    if packed:
        module = types.ModuleType("given")
        exec(compile(zlib.decompress(base64.b64decode(packed)), "given.py", "exec"), vars(module))
        sys.modules["given"] = module


def _remember(place, source):
    """Make a source known to linecache, so that a line of it can be shown."""
    linecache.cache[place] = (len(source), None, source.splitlines(True), place)


def _run_leniently(source, place, namespace):
    """Run statement by statement, and go on behind one that fails."""
    _remember(place, source)
    try:
        statements = ast.parse(source, place).body
    except SyntaxError:
        return
    for statement in statements:
        with contextlib.suppress(BaseException):
            exec(compile(ast.Module([statement], []), place, "exec"), namespace)


def _report(error, step, answer):
    line, place = _where(error, step)
    message = str(error).strip()
    outcome = "error"
    if isinstance(error, NotImplementedError) and place.startswith(_EARLIER):
        name = place.removeprefix(_EARLIER)
        return {
            "outcome": "needs",
            "message": f"This stage calls your {name}, which is not written yet.",
            "line": None,
            "place": "",
            "source": "",
        }
    if isinstance(error, NotImplementedError):
        outcome = "unwritten"
        message = message or "This part is not written yet."
    elif isinstance(error, AssertionError) and step == _CHECK and place == _CHECK:
        outcome = "failed"
        message = message or "This does not hold:"
    elif isinstance(error, SyntaxError):
        message = f"{type(error).__name__}: {error.msg}"
    elif isinstance(error, ModuleNotFoundError):
        message = f"{message}. In the page there is NumPy and Python's own library, nothing else."
    else:
        message = f"{type(error).__name__}: {message}" if message else type(error).__name__
        if isinstance(error, NameError) and place == _CHECK:
            own = error.name == answer
            message += f". {_OWN if own else _EARLIER_STAGE}"
    source = linecache.cache[place][2][line - 1].strip() if line else ""
    return {"outcome": outcome, "message": message, "line": line, "place": place, "source": source}


def _where(error, step):
    """Return the line that a message should name, and the source it is in.

    The learner's innermost line if there is one, else the check's.
    """
    if isinstance(error, SyntaxError) and error.filename == step:
        lines = len(linecache.cache[step][2])
        return min(error.lineno or 1, lines) or None, step
    frames = [
        (frame.lineno, frame.filename)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in linecache.cache and frame.filename.startswith((_YOURS, _CHECK))
    ]
    yours = [frame for frame in frames if frame[1] != _CHECK]
    # An assertion of the check itself is about what the learner's code gave back.
    if frames and (not yours or (isinstance(error, AssertionError) and frames[-1][1] == _CHECK)):
        return frames[-1]
    return yours[-1] if yours else (None, step)
