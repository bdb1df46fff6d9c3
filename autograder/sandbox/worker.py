"""The worker: the only process in which a learner's code runs.

``python -I -S -B worker.py CONFIG`` reads frames from standard input and answers on standard
output. It needs the standard library, NumPy and the files beside it. Nothing that it says is
trusted: code that takes it over can give wrong answers about itself, and that is all.
"""

import ast
import json
import os
import sys

_CONFIG = json.loads(sys.argv[1])
sys.argv[:] = ["submission"]
_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [*_CONFIG["paths"], _HERE]

# The frames travel on private copies; whatever the learner prints goes to the bounded pipe.
_REQUESTS, _REPLIES = os.dup(0), os.dup(1)
_empty, _end = os.pipe()
os.close(_end)
os.dup2(_empty, 0)
os.close(_empty)
os.dup2(2, 1)
for _stream in (sys.stdout, sys.stderr):
    _stream.reconfigure(line_buffering=True, errors="backslashreplace")

import __future__  # noqa: E402

import gc  # noqa: E402
import re  # noqa: E402
import types  # noqa: E402

import frames  # noqa: E402
import landlock  # noqa: E402
import limits  # noqa: E402
import numpy as np  # noqa: E402
import prelude  # noqa: E402
import probes  # noqa: E402
import seccomp  # noqa: E402

sys.path.remove(_HERE)

# The learner's code shares `np` and may replace what is in it.
_ndarray, _default_rng = np.ndarray, np.random.default_rng

_KEPT = 256  # values kept at a time: the oldest goes first
_FILE = "<cell {}>"
_MAGIC = re.compile(r"(\s*)(?:[%!?].*|.*\?\s*)")
_PLAIN_ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


class _Refusal(Exception):  # noqa: N818 - it travels as an answer
    def __init__(self, reason, got="", count=0):
        super().__init__(reason)
        self.reason, self.got, self.count = reason, got, count


def _read(size):
    data = bytearray()
    while len(data) < size:
        part = os.read(_REQUESTS, min(size - len(data), 1 << 20))
        if not part:
            os._exit(0)
        data += part
    return data


def _write(parts):
    for part in parts:
        view = memoryview(part).cast("B")
        while view:
            view = view[os.write(_REPLIES, view) :]


def _class_name(kind):
    return type.__dict__["__name__"].__get__(kind)[:60]  # not what a metaclass makes of it


def _describe_error(error, known_lines):
    """Say what was raised and where in the learner's cells; the grader decides what is shown."""
    place, innermost = None, None
    traceback = error.__traceback__
    while traceback is not None:
        innermost = (traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
        if innermost[0].startswith("<cell "):
            place = innermost
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError) and str(error.filename).startswith("<cell "):
        place = (error.filename, error.lineno or 0)
        text = str(error.msg)
    else:
        try:
            text = str(error)
        except BaseException:  # noqa: BLE001 - a learner's __str__ may raise anything
            text = ""
    builtin = next((c for c in type(error).__mro__ if c.__module__ == "builtins"), Exception)
    described = {
        "exception": _class_name(type(error)),
        "builtin": builtin.__name__,
        "text": text[:2000].encode("utf-8", "replace").decode(),
        "cell": int(place[0][6:-1]) if place else -1,
        "line": place[1] if place else 0,
        "memory": isinstance(error, MemoryError),
    }
    if type(error) is NotImplementedError and innermost in known_lines:
        described["stub"], described["untouched"] = known_lines[innermost]
    return described


def _parse(source, filename):
    """Parse a cell; a line that only IPython understands (`%time`, `!ls`, `name?`) is no error."""
    while True:
        try:
            return ast.parse(source, filename)
        except SyntaxError as error:
            lines = source.split("\n")
            number = (error.lineno or 0) - 1
            magic = _MAGIC.fullmatch(lines[number]) if 0 <= number < len(lines) else None
            if magic is None:
                raise
            lines[number] = f"{magic[1]}pass"  # as many lines as before
            source = "\n".join(lines)


def _targets(statement):
    """Name what a statement binds, as far as can be seen."""
    if isinstance(statement, _DEFINITIONS):
        return [statement.name]
    if isinstance(statement, _IMPORTS):
        return [(a.asname or a.name).partition(".")[0] for a in statement.names]
    return [
        node.id if isinstance(node, ast.Name) else node.name
        for node in ast.walk(statement)
        if isinstance(node, _DEFINITIONS)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    ]


def _is_definition(statement):
    """Tell whether a helper cell may hold it: imports, definitions, assignments without calls."""
    if isinstance(statement, (*_IMPORTS, *_DEFINITIONS)):
        return True
    return isinstance(statement, _PLAIN_ASSIGNMENTS) and not any(
        isinstance(node, ast.Call) for node in ast.walk(statement)
    )


def _stub_lines(statement):
    """Find where a function's own body raises NotImplementedError without a condition."""
    if not isinstance(statement, ast.FunctionDef):
        return
    body = [
        part
        for part in statement.body
        if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
    ]
    for part in body:
        if isinstance(part, ast.Raise) and part.exc is not None:
            raised = part.exc.func if isinstance(part.exc, ast.Call) else part.exc
            if isinstance(raised, ast.Name) and raised.id == "NotImplementedError":
                yield part.lineno, len(body) == 1


def _freeze(value, path, seen, held):
    """Write down what a call could change: arrays' shapes and bytes, containers' members."""
    if any(value is one for one in held):
        return  # what the learner's own code keeps is its own affair
    if type(value) is _ndarray:
        seen.append((path, value, (value.shape, value.tobytes())))
    elif type(value) in (list, tuple):
        if type(value) is list:
            seen.append((path, value, tuple(value)))
        for index, part in enumerate(value):
            _freeze(part, f"{path}[{index}]", seen, held)
    elif type(value) is dict:
        seen.append((path, value, tuple(value.items())))
        for key, part in list(value.items()):
            _freeze(part, f"{path}[{key!r}]", seen, held)


def _same(left, right):
    return len(left) == len(right) and all(a is b for a, b in zip(left, right, strict=True))


def _changed(seen):
    for path, value, before in seen:
        if type(value) is _ndarray:
            if (value.shape, value.tobytes()) != before:
                yield path
        elif type(value) is list:
            if not _same(value, before):
                yield path
        elif not _same(list(value), [key for key, _ in before]) or not _same(
            list(value.values()), [part for _, part in before]
        ):
            yield path


class _Worker:
    def __init__(self):
        self.names = {}
        self.kept = {}
        self.kept_so_far = 0
        self.stubs = {}

    def prepare(self, meta, payload):
        """Make the learner's namespace and what it may import beside the standard library."""
        module = types.ModuleType("submission")
        module.__file__ = "submission.py"
        sys.modules["submission"] = module
        self.names = module.__dict__
        prelude.install(self.names, payload.decode("utf-8"))
        return {}, ()

    def load(self, meta, payload):
        """Run one cell, statement by statement, so that a failing one costs itself only."""
        filename = _FILE.format(meta["cell"])
        tree = _parse(payload.decode("utf-8"), filename)
        defined, failed, skipped = [], [], []
        flags = 0
        for statement in tree.body:
            if meta["role"] == "added" and not _is_definition(statement):
                # A docstring by itself does nothing: nothing is lost, and no note is owed.
                if not isinstance(getattr(statement, "value", None), ast.Constant):
                    skipped.append(statement.lineno)
                continue
            for line, untouched in _stub_lines(statement):
                self.stubs[filename, line] = (statement.name, untouched)
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    flags |= getattr(__future__, alias.name).compiler_flag
            targets = _targets(statement)
            try:
                part = ast.Module([statement], [])
                exec(compile(part, filename, "exec", flags, dont_inherit=True), self.names)
            except BaseException as error:  # noqa: BLE001 - a learner's code may raise anything
                described = _describe_error(error, self.stubs)
                failed.append({**described, "line": described["line"] or statement.lineno})
                failed[-1]["names"] = targets[:50]
            else:
                defined += targets
        wanted = [name for name in defined if name in meta["wanted"]]
        return {"defined": wanted, "failed": failed[:50], "skipped": skipped[:50]}, ()

    def keep(self, value):
        self.kept_so_far += 1
        self.kept[self.kept_so_far] = value
        while len(self.kept) > _KEPT:
            del self.kept[next(iter(self.kept))]
        return frames.Handle(self.kept_so_far, 0)

    def call(self, meta, payload):
        """Call one function, and note which of its arguments it changed."""
        for number in meta["free"]:
            self.kept.pop(number, None)
        held = []

        def take(number):
            held.append(self.kept[number])
            return held[-1]

        args, kwargs = frames.decode(
            meta["v"], payload, handle=take, probe=probes.PROBES.__getitem__, seed=_default_rng
        )
        function = self.names.get(meta["function"])
        if not callable(function):
            raise _Refusal("missing")
        seen = []
        for index, value in enumerate(args):
            _freeze(value, f"args[{index}]", seen, held)
        for key, value in kwargs.items():
            _freeze(value, f"kwargs[{key!r}]", seen, held)
        result = function(*args, **kwargs)
        keep = meta["keep"]
        if keep:
            if not isinstance(result, tuple):
                raise _Refusal("not_a_tuple", _class_name(type(result)))
            result = tuple(result)
            if len(result) <= max(keep):
                raise _Refusal("short_tuple", count=len(result))
            result = tuple(
                self.keep(part) if index in keep else part for index, part in enumerate(result)
            )
        node, buffers = frames.encode(
            result, limit=_CONFIG["reply"], handle=lambda kept: kept._number
        )
        return {"v": node, "mutated": list(_changed(seen))[:50]}, buffers

    def answer(self, kind, meta, payload):
        """Do what was asked; every way of failing is an answer too."""
        try:
            do = {frames.PRELUDE: self.prepare, frames.CELL: self.load, frames.CALL: self.call}
            meta, buffers = do[kind](meta, payload)
            return frames.RESULT, meta, buffers
        except frames.CannotCrossError as error:
            return frames.ERROR, {"refused": error.reason, "got": error.got, "count": 0}, ()
        except _Refusal as error:
            return (
                frames.ERROR,
                {"refused": error.reason, "got": error.got, "count": error.count},
                (),
            )
        except BaseException as error:  # noqa: BLE001 - a learner's code may raise anything
            return frames.ERROR, _describe_error(error, self.stubs), ()

    def serve(self):
        while True:
            kind, meta_size, payload_size, call_id = frames.parse_header(
                bytes(_read(frames.HEADER.size))
            )
            meta = frames.parse_meta(_read(meta_size))
            kind, meta, buffers = self.answer(kind, meta, _read(payload_size))
            try:
                parts = frames.pack(kind, call_id, meta, buffers)
            except frames.CannotCrossError as error:
                refusal = {"refused": error.reason, "got": error.got, "count": 0}
                parts = frames.pack(frames.ERROR, call_id, refusal)
            _write(parts)


def _main():
    applied = {"limits": limits.apply(_CONFIG["limits"], parent=_CONFIG["parent"])}
    applied["landlock"] = landlock.restrict(_CONFIG["landlock"]) if _CONFIG["landlock"] else 0
    if _CONFIG["seccomp"]:
        seccomp.install()
    applied["seccomp"] = bool(_CONFIG["seccomp"])
    gc.collect()
    gc.freeze()
    _write(frames.pack(frames.HELLO, bytes(16), {"numpy": np.__version__, **applied}))
    _Worker().serve()


_main()
