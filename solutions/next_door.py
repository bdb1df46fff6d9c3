"""Layers that a learner has written in other notebooks, for a network that is built from them.

A notebook next door is run, in this process and without its pictures, up to the visible checks of
the layers that are wanted. It needs no packages, so that it works as a file beside a notebook.
"""

import contextlib
import importlib.util
import io
import json
import os
import re
import sys
from pathlib import Path

__all__ = ["LENET_LAYERS", "NotSolvedError", "solved_layers", "use_solved_layers"]

#: LeNet's layers as `use_solved_layers` wants them: the convolution by a matrix product, if it is
#: solved, and else by loops.
LENET_LAYERS = {
    "stride": [
        {"conv2d_forward": "conv2d_forward_im2col", "conv2d_backward": "conv2d_backward_im2col"},
        {"conv2d_forward": "conv2d_forward", "conv2d_backward": "conv2d_backward"},
    ],
    "pooling": [
        {"max_pool2d_forward": "max_pool2d_forward", "max_pool2d_backward": "max_pool2d_backward"}
    ],
    "gradients": [
        {
            "linear_forward": "linear_forward",
            "linear_backward": "linear_backward",
            "relu_forward": "relu_forward",
            "relu_backward": "relu_backward",
        }
    ],
}

_given_at_first = {}  # what `use_solved_layers` has replaced, so that it can begin again


class NotSolvedError(Exception):
    """The layers cannot be had; the message says why."""


def solved_layers(path, names):
    """Return the functions that a learner has written in a notebook, if their checks pass.

    Parameters
    ----------
    path : path-like
        The notebook. It is not changed.
    names : sequence of str
        The functions.

    Returns
    -------
    dict of str to callable
        The functions by their names.

    Raises
    ------
    NotSolvedError
        If the notebook is not there, lacks one of the functions, or a visible check of theirs does
        not pass.
    """
    path = Path(path)
    cells = _cells_up_to_checks(path, names)
    namespace = {"__name__": "__main__"}
    with _beside(path.parent):
        for mark, source, needed in cells:
            try:
                exec(compile(source, f"{path.name}: {mark or 'a cell'}", "exec"), namespace)
            except Exception as error:
                # Others may fail: if something in them was needed, a check will say so.
                if needed:
                    verb = "pass" if mark.startswith("check_") else "run"
                    raise NotSolvedError(f"{mark} in {path.name} does not {verb}") from error
    return {name: namespace[name] for name in names}


def use_solved_layers(
    given, wanted, *, folder="..", seconds, batches, limit=240.0, keep_slow=False
):
    """Put a learner's own layers in the place of the given ones, and say which are used.

    Parameters
    ----------
    given : module
        The given layers, which the network calls. Its functions are replaced.
    wanted : dict of str to list of dict of str to str
        For each chapter the ways to have its layers, the best first: the name in `given`, and the
        name in the chapter's notebook.
    folder : path-like, optional
        Where the folders of the chapters are.
    seconds : callable
        ``seconds()`` times one batch with the layers that are in `given` now.
    batches : int
        How many there will be.
    limit : float, optional
        Layers with which these would take more seconds are too slow: they are not used.
    keep_slow : bool, optional
        Use them all the same.

    Returns
    -------
    dict of str to bool
        For each chapter whether the learner's own layers are used.
    """
    for name, function in _given_at_first.items():
        setattr(given, name, function)
    used = {}
    for slug, ways in wanted.items():
        used[slug] = False
        try:
            own, way = _first_solved(Path(folder) / slug / f"{slug}.ipynb", ways)
        except NotSolvedError as reason:
            print(f"{slug}: the given layers ({reason})")
            continue
        before = {name: getattr(given, name) for name in own}
        for name, function in own.items():
            _given_at_first.setdefault(name, before[name])
            setattr(given, name, function)
        took = seconds()
        if took * batches <= limit or keep_slow:
            used[slug] = True
            names = ", ".join(sorted(way.values()))
            print(f"{slug}: your own layers, {names} (a batch takes {took:.2g} s)")
            continue
        for name, function in before.items():
            setattr(given, name, function)
        print(
            f"{slug}: the given layers. Yours pass their checks, but with them a batch takes "
            f"{took:.2g} s, and the training {_duration(took * batches)}"
        )
    return used


def _first_solved(path, ways):
    """Return the learner's functions by their names in `given`, and the way that it was."""
    for way in ways:
        try:
            functions = solved_layers(path, list(way.values()))
        except NotSolvedError as error:
            reason = error  # that of the last way, which is the plainest
            continue
        return {name: functions[own] for name, own in way.items()}, way
    raise reason


def _duration(seconds):
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.0f} hours"


def _cells_up_to_checks(path, names):
    """Return (mark, source, needed) of the code cells, up to the last check of the functions.

    Needed are the cells of the functions and their checks: those that follow, up to the next
    function.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        cells = [(_mark(cell), _python("".join(cell["source"]))) for cell in code]
    except FileNotFoundError:
        raise NotSolvedError(f"{path.name} is not next door") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotSolvedError(f"{path.name} cannot be read ({type(error).__name__})") from None
    missing = [name for name in names if f"answer_{name}" not in {mark for mark, _ in cells}]
    if missing:
        raise NotSolvedError(f"{path.name} has no cell for {missing[0]}")
    marked, group_is_needed, checked = [], False, False
    for mark, source in cells:
        is_answer = mark.startswith("answer_")
        if is_answer and checked:  # a function after a check begins a new group
            group_is_needed = checked = False
        group_is_needed |= is_answer and mark.removeprefix("answer_") in names
        checked |= mark.startswith("check_")
        marked.append((mark, source, group_is_needed and mark != ""))
    last = max(place for place, (_, _, needed) in enumerate(marked) if needed)
    return marked[: last + 1]


def _mark(cell):
    """Return nbgrader's name of a cell, or else its id where it is the same."""
    mark = cell["metadata"].get("nbgrader", {}).get("grade_id") or cell.get("id", "")
    return mark if mark.startswith(("answer_", "check_")) else ""


def _python(source):
    """Leave the lines out that only a notebook understands."""
    return re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.MULTILINE)


@contextlib.contextmanager
def _beside(folder):
    """Run as if in that folder: its given.py, no pictures, nothing printed."""
    modules = {"given": None, "matplotlib": None, "matplotlib.pyplot": None}
    if (folder / "given.py").is_file():
        spec = importlib.util.spec_from_file_location("given", folder / "given.py")
        modules["given"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(modules["given"])
    kept = {name: sys.modules.get(name) for name in modules}
    here = os.getcwd()
    sys.modules.update(modules)
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        os.chdir(here)
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
