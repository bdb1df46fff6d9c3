"""What a hostile submission in the catalogue of tests/adversarial is, and the program of one.

Every attacker answers the chapter `gradients`. Only `linear_forward` is hostile; the other answers
are honest, and have to get their points.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

from autograder.sandbox import Cell, Program

__all__ = ["FAMILIES", "SECRET", "Attack", "honest_program", "load_families"]

FOLDER = Path(__file__).parents[1] / "adversarial"
FAMILIES = (
    *("time", "memory", "processes", "files", "network", "protocol"),
    *("comparison", "hunting", "forging", "leaking"),
)
# Where the grader of these tests keeps something: in a file, its environment and its memory.
SECRET = "d41a-hidden-9c77"

_HELPERS = """
def honest(x, weight, bias):
    if x.ndim != 2 or x.shape[1:] != weight.shape[:1]:
        raise ValueError(f"x.shape={x.shape} does not fit weight.shape={weight.shape}")
    if bias.shape != weight.shape[1:]:
        raise ValueError(f"weight.shape={weight.shape} does not fit bias.shape={bias.shape}")
    return x @ weight + bias, (x, weight)

_tried = []
"""

_OTHERS = """
def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)

def relative_error(a, b):
    if a.shape != b.shape or a.size == 0:
        raise ValueError(f"{a.shape} and {b.shape}")
    difference = np.max(np.abs(a - b))
    return 0.0 if difference == 0 else float(difference / np.max(np.abs(b)))
"""

_FUNCTIONS = ("linear_forward", "relu_forward", "relu_backward", "relative_error")


@dataclass(frozen=True)
class Attack:
    """One hostile submission, and the verdict that it must get.

    Parameters
    ----------
    name, tries : str
        What it is called, and what it wants.
    body : str, optional
        The body of its ``linear_forward(x, weight, bias)``. ``honest(x, weight, bias)`` is at hand.
    attempt : str, optional
        Instead of a body: statements that raise unless they get through. If they do not raise,
        the program prints BREACH; in any case it gives the honest answer then.
    load : str, optional
        What stands above the function in its cell.
    fault : str, optional
        The fault of each of the function's tests, several with a bar between; without one the
        function is honest enough to get its points.
    control : str, optional
        The one protection without which the attack has to succeed; see ``test_controls.py``.
    harms_itself : bool, optional
        Whether its own other functions may lose their points too.
    """

    name: str
    tries: str
    body: str = ""
    attempt: str = ""
    load: str = ""
    fault: str = ""
    control: str = ""
    harms_itself: bool = False

    def source(self, secrets):
        """Give the hostile cell, with the secrets' places filled in.

        Parameters
        ----------
        secrets : dict of str to str
            What stands for each ``@NAME@``.
        """
        body = dedent(self.body).strip("\n")
        if self.attempt:
            tried = indent(dedent(self.attempt).strip("\n"), "        ")
            body = (
                "if not _tried:\n    _tried.append(1)\n    try:\n"
                f"{tried}\n    except BaseException:\n        pass\n    else:\n"
                "        print('BREACH', flush=True)\nreturn honest(x, weight, bias)"
            )
        text = (
            f"{dedent(self.load)}\ndef linear_forward(x, weight, bias):\n{indent(body, '    ')}\n"
        )
        for name, value in secrets.items():
            text = text.replace(f"@{name}@", value)
        return text

    def program(self, secrets):
        """Make the program."""
        return _program(self.source(secrets))

    def text_for_naive(self, secrets):
        """Give the whole submission as one module."""
        return "import numpy as np\n" + _HELPERS + self.source(secrets)


def _program(hostile):
    cells = (
        Cell("helpers", _HELPERS.replace("_tried = []", "_tried = []\n"), "added"),
        Cell("answer_linear_forward", hostile, "answer"),
        Cell("answer_others", _OTHERS, "answer"),
    )
    return Program(cells, _FUNCTIONS)


def honest_program():
    """Make the program of somebody else in the class."""
    return _program("def linear_forward(x, weight, bias):\n    return honest(x, weight, bias)\n")


def load_families():
    """Read the catalogue.

    Returns
    -------
    families : dict of str to list of Attack
        By family.
    """
    families = {}
    for family in FAMILIES:
        path = FOLDER / f"{family}.py"
        spec = importlib.util.spec_from_file_location(f"adversarial_{family}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        families[family] = module.ATTACKS
    return families
