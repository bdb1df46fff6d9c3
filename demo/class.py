"""The demo class: what each learner would have handed in, made from the current release.

`answers/<student>.py` holds only what differs from `answers/right.py`; what is odd about a file
stands here. `autograder demo` builds the class, grades it, and prints the grade table.
"""

import json
import re
from pathlib import Path

__all__ = ["ASSIGNMENT", "STUDENTS", "build_class"]

ASSIGNMENT = "convolution"
_ANSWERS = Path(__file__).with_name("answers")

#: The learners, in the order of the table.
STUDENTS = (
    "right",
    "right_in_an_unusual_way",
    "half_right",
    "kernel_flipped",
    "bias_forgotten",
    "dx_overwritten",
    "integer_truncation",
    "endless_loop",
    "reads_the_tests",
    "patches_np_testing",
    "calls_os_exit",
    "renamed_file",
    "deleted_test_cells",
    "truncated_file",
)


def build_class(release, submitted):
    """Write what the class handed in; a file that is there already is left alone.

    Parameters
    ----------
    release : Path
        The notebook that learners were given.
    submitted : Path
        Gets ``<student>/<assignment>/``.
    """
    untouched = release.read_text(encoding="utf-8")
    for student in STUDENTS:
        name, data = _hand_in(student, json.loads(untouched))
        path = submitted / student / ASSIGNMENT / name
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _hand_in(student, notebook):
    answers = _cells("right") | _cells(student)
    if student == "half_right":
        del answers["conv2d_backward"], answers["why_share_weights"]
    _fill(notebook, answers)
    name = f"{ASSIGNMENT}.ipynb"
    if student == "renamed_file":
        name = "Homework/My convolution (final) (2).ipynb"
    if student == "deleted_test_cells":
        _delete_checks(notebook)
    data = json.dumps(notebook, indent=1).encode()
    if student == "truncated_file":
        data = data[: 2 * len(data) // 3]
    return name, data


def _cells(student):
    """Split a learner's file at its lines `# %% name`; a cell without a name is a helper."""
    text = (_ANSWERS / f"{student}.py").read_text(encoding="utf-8")
    parts = re.split(r"^# %%(.*)\n", text, flags=re.MULTILINE)
    cells = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if "[markdown]" in name:
            name, body = (
                name.replace("[markdown]", ""),
                re.sub(r"^# ?", "", body, flags=re.MULTILINE),
            )
        cells[name.strip()] = body.strip()
    return cells


def _fill(notebook, answers):
    own = answers.pop("", None)
    for position, cell in enumerate(list(notebook["cells"])):
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        _, _, name = grade_id.partition("_")
        if grade_id in answers or (name in answers and not grade_id.startswith("check_")):
            cell["source"] = answers.get(grade_id) or answers[name]
        if own and grade_id.startswith("answer_"):
            # A learner's helper stands above the first answer.
            helper = {"cell_type": "code", "id": "helper", "metadata": {}, "source": own}
            helper |= {"outputs": [], "execution_count": 1}
            notebook["cells"].insert(position, helper)
            own = None


def _delete_checks(notebook):
    kept = []
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("locked"):
            continue
        if marks.get("grade_id") == "answer_correlate2d":
            kept.append(dict(cell, id="copy", metadata={}))
            cell["metadata"] = {"nbgrader": {}}
        kept.append(cell)
    notebook["cells"] = kept
