"""What a learner is told when their program gives no usable answer.

Whatever the worker says is material here: every name, number and text is checked before it is used.
"""

import builtins

from autograder.errors import LearnerFault
from autograder.sandbox.safe_messages import public_message

__all__ = [
    "failures",
    "from_answer",
    "from_load",
    "from_stop",
    "lines",
    "names",
    "not_run_again",
    "out_of_budget",
    "private_text",
    "repeated",
    "started_too_often",
    "too_many_replies",
]

_LONGEST = 2000
_KNOWN_EXCEPTIONS = {
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
} | {"AxisError", "LinAlgError", "UFuncTypeError", "_UFuncOutputCastingError"}
_KINDS = {
    "ndarray": "an array",
    "NoneType": "None (is there a `return`?)",
    "list": "a list",
    "dict": "a dict",
    "str": "a string",
    "set": "a set",
    "generator": "a generator",
    "function": "a function",
    "bool": "a truth value",
    "int": "a number",
    "float": "a number",
    "float32": "a number",
    "float64": "a number",
    "MaskedArray": "a masked array",
    "matrix": "an np.matrix",
}


def private_text(meta):
    """Take the text of an exception from the worker's answer, cleaned.

    Parameters
    ----------
    meta : dict
        The answer's description.

    Returns
    -------
    text : str
        At most 2000 characters, printable ones and line ends only.
    """
    text = meta.get("text")
    text = text[:_LONGEST] if type(text) is str else ""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def names(value):
    """Take a list of Python names from the worker's answer."""
    if type(value) is not list:
        return []
    return [n for n in value[:500] if type(n) is str and len(n) <= 100 and n.isidentifier()]


def lines(value):
    """Take a list of line numbers from the worker's answer."""
    return [_line(n) for n in value[:100] if _line(n)] if type(value) is list else []


def failures(meta):
    """Take the failed statements of a cell from the worker's answer."""
    value = meta.get("failed")
    return [f for f in value[:100] if type(f) is dict] if type(value) is list else []


def _line(value):
    return value if type(value) is int and 0 < value < 10**6 else 0


def _exception(meta, session):
    """Name what was raised: for the learner, and by its nearest built-in class."""
    name, builtin = meta.get("exception"), meta.get("builtin")
    builtin = builtin if type(builtin) is str and builtin in _KNOWN_EXCEPTIONS else "Exception"
    if name == "_ArrayMemoryError":
        name = "MemoryError"
    known = type(name) is str and (name in _KNOWN_EXCEPTIONS or name in session.words)
    return (name if known else builtin), builtin


def _place(meta, session):
    line, cell = _line(meta.get("line")), session.cell_name(meta.get("cell"))
    return f" in line {line} of {cell}" if line and cell else ""


def _with_text(sentence, text):
    return f"{sentence}: {text}" if text else f"{sentence}."


def from_answer(meta, function, keep, session):
    """Make the fault of a call that was answered with an error.

    Parameters
    ----------
    meta : dict
        The answer's description.
    function : str
        What was called.
    keep : tuple of int
        Which items of its result were to be kept.
    session : Session
        Knows the learner's words and cells.

    Returns
    -------
    fault : LearnerFault
        To be raised.
    """
    if "refused" in meta:
        return _from_refusal(meta, function, keep, session)
    stub = meta.get("stub")
    if type(stub) is str and stub in session.program.functions:
        line = _place(meta, session)
        if meta.get("untouched") is True or not line:
            return LearnerFault("missing", f"`{stub}` is not filled in yet.")
        return LearnerFault(
            "missing",
            f"`{stub}` is not finished: `raise NotImplementedError`{line} still stands. "
            "Delete that line once your code returns its result.",
        )
    text = private_text(meta)
    shown, builtin = _exception(meta, session)
    place = _place(meta, session)
    if meta.get("memory") is True:
        return LearnerFault(
            "memory",
            f"`{function}` ran out of memory{place}. "
            "Is an array far larger than it needs to be, or does a list grow without end?",
            private=text,
            exception="MemoryError",
        )
    public = _with_text(
        f"`{function}` stopped with {shown}{place}", public_message(shown, text, session.words)
    )
    if builtin == "NameError":
        public += _missing_helper(text, session)
    return LearnerFault("exception", public, private=text, exception=builtin)


def _missing_helper(text, session):
    """Say why a name is not there, when its own definition failed."""
    for part in text.split("'"):
        fault = session.load_fault(part)
        if fault is not None:
            return f" (`{part}` could not be loaded: {fault.public})"
    return ""


def _from_refusal(meta, function, keep, session):
    reason, got = meta["refused"], meta.get("got")
    got = got if type(got) is str else ""
    kind = _KINDS.get(got) or (f"an object of type {got}" if got in session.words else "an object")
    wanted = ", ".join("cache" if i in keep else "out" for i in range(max(keep, default=0) + 1))
    count = meta.get("count")
    count = count if type(count) is int and 0 <= count < 1000 else 0
    if reason == "missing":
        return LearnerFault("missing", f"`{function}` is not defined in this submission.")
    sentences = {
        "not_a_tuple": f"returned {kind}; a tuple ({wanted}) is expected.",
        "short_tuple": f"returned a tuple of {count}; a tuple ({wanted}) is expected.",
        "type": f"returned {kind}, or a value that holds one; arrays and numbers are expected.",
        "dtype": "returned an array that does not hold numbers: was it made from lists of "
        "different lengths?",
        "keys": "returned a dict whose keys are not names.",
        "items": "returned too many values, or too deeply nested ones; arrays are expected.",
        "size": "returned far more numbers than this call can give.",
        "text": "returned a text that is too long or not printable.",
        "integer": "returned an integer that no array could hold.",
    }
    sentence = sentences.get(reason) if type(reason) is str else None
    if sentence is None:
        return LearnerFault("protocol", f"`{function}` gave an answer that is none.")
    return LearnerFault("type", f"`{function}` {sentence}", private=f"{reason}: {got[:60]!r}")


def from_load(meta, session):
    """Make the fault of a cell, or of a statement in it, that could not be loaded.

    No test's input has reached the worker at that time, so the message holds nothing of one.
    """
    text = private_text(meta)
    shown, builtin = _exception(meta, session)
    return LearnerFault(
        "memory" if meta.get("memory") is True else "load",
        _with_text(f"{shown}{_place(meta, session)}", text.partition("\n")[0][:200]),
        private=text,
        exception=builtin,
    )


def from_stop(subject, stopped):
    """Make the fault of a call, or of a cell, that ended the worker."""
    shown = subject if " " in subject else f"`{subject}`"
    sentence = f"{shown} {stopped.what}"
    sentence = sentence[0].upper() + sentence[1:] if sentence[0].isalpha() else sentence
    return LearnerFault(
        stopped.fault,
        sentence if sentence.endswith((".", "?")) else f"{sentence}.",
        private=stopped.private,
    )


def repeated(fault):
    """Make a fresh exception of a fault that has been found before."""
    return LearnerFault(fault.fault, fault.public, private=fault.private, exception=fault.exception)


def not_run_again(function, fault):
    """Make the fault of a function that has used up its tries."""
    return LearnerFault(
        fault.fault,
        f"`{function}` was not run again, since it had to be stopped before. {fault.public}",
        private=fault.private,
    )


def out_of_budget(fault):
    """Make the fault of a call for which the submission has no time left."""
    return LearnerFault(fault, "Not run: the time for the whole submission is used up.")


def started_too_often():
    """Make the fault of a call after so many workers that no more is started."""
    return LearnerFault(
        "crash", "Not run: the submission had to be stopped and started anew too often."
    )


def too_many_replies(function):
    """Make the fault of a call whose result is more than the submission may return in all."""
    return LearnerFault(
        "type", f"`{function}` returned numbers, but the submission has returned far too many."
    )
