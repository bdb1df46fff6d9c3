"""Runs a learner's code and a check, and says what came of it: loaded into Pyodide by py-worker.js.

It is plain Python, so the course's tests run it without a browser.
"""

import contextlib
import json
import linecache
import traceback

_OUTPUT_LIMIT = 20_000  # characters; a print in a loop must not freeze the page
_YOURS = "your code"
_CHECK = "the check"


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


def run(code, check, helpers="", needed=()):
    """Run what was needed before, then the code, then its check, in one namespace.

    Parameters
    ----------
    code : str
        What the learner wrote.
    check : str
        The visible check.
    helpers : str, optional
        What the exercise gives before the check: imports and functions. What it prints is lost.
    needed : sequence of (str, str)
        Names and sources of earlier stages that run first.

    Returns
    -------
    str
        JSON: ``outcome`` (passed, failed, error or unwritten), ``message``, ``place`` (which
        source), ``line`` (in it, or null), ``source`` (that line's text) and ``output``.
    """
    output = _Output()
    namespace = {"__name__": "__main__"}
    with contextlib.redirect_stdout(_Output()):
        exec(compile(helpers, "the helpers", "exec"), namespace)
    steps = [(f"your code for {name}", source) for name, source in needed]
    steps += [(_YOURS, code), (_CHECK, check)]
    report = {"outcome": "passed", "message": "", "line": None, "place": "", "source": ""}
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        for place, source in steps:
            # Known to linecache, so that a line of it can be shown.
            linecache.cache[place] = (len(source), None, source.splitlines(True), place)
            try:
                exec(compile(source, place, "exec"), namespace)
            except BaseException as error:  # noqa: BLE001 - also sys.exit() and KeyboardInterrupt
                report = _report(error, place)
                break
    return json.dumps(report | {"output": output.text()})


def _report(error, step):
    line, place = _where(error, step)
    message = str(error).strip()
    outcome = "error"
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
        if frame.filename in linecache.cache and frame.filename.startswith(("your code", _CHECK))
    ]
    yours = [frame for frame in frames if frame[1] != _CHECK]
    # An assertion of the check itself is about what the learner's code gave back.
    if frames and (not yours or (isinstance(error, AssertionError) and frames[-1][1] == _CHECK)):
        return frames[-1]
    return yours[-1] if yours else (None, step)
