import json
import re

import nbformat
import pytest

from autograder.errors import CourseError
from autograder.exercise import load_exercise
from autograder.notebook import TEXT_STUB, dumps, source_notebook
from autograder.reference import STUB
from autograder.release import generate


def _cells(notebook):
    return {cell["id"]: cell for cell in notebook["cells"]}


def _text(cell):
    return "".join(cell["source"])


def test_the_source_holds_the_solution_between_markers(made):
    text = _text(_cells(made[0])["answer_total_forward"])
    assert text.count("### BEGIN SOLUTION") == text.count("### END SOLUTION") == 1
    compile(text, "answer", "exec")
    assert "np.sum(doubled)" in text.partition("### BEGIN SOLUTION")[2]


def test_the_release_holds_the_stub_that_the_exercise_promises(small_course, made):
    stub = load_exercise(small_course, "sums").stub("total_forward")
    assert _text(_cells(made[1])["answer_total_forward"]) == stub
    assert stub.endswith(STUB)


def test_the_release_holds_no_solution(made):
    text = json.dumps(made[1])
    for hidden in ("SOLUTION", "np.sum(doubled)", "by_hand = 3", "model answer", "secret"):
        assert hidden not in text
    assert "np.sum(doubled)" in json.dumps(made[0])


def test_by_hand_and_written_answers_hold_their_stubs(made):
    cells = _cells(made[1])
    assert _text(cells["by_hand_by_paper"]) == STUB
    assert _text(cells["written_why"]) == TEXT_STUB


def test_checks_carry_the_points_of_the_hidden_tests_and_are_locked(made):
    check = _cells(made[1])["check_total"]
    mark = check["metadata"]["nbgrader"]
    assert (mark["grade"], mark["locked"], mark["solution"], mark["points"]) == (
        True,
        True,
        False,
        4,
    )
    assert check["metadata"]["editable"] is False


def test_a_check_without_points_is_locked_and_not_graded(made):
    mark = _cells(made[1])["check_by_paper"]["metadata"]["nbgrader"]
    assert (mark["grade"], mark["locked"]) == (False, True)
    assert "points" not in mark


def test_a_written_answer_is_graded_by_hand(made):
    mark = _cells(made[1])["written_why"]["metadata"]["nbgrader"]
    assert (mark["grade"], mark["solution"], mark["points"]) == (True, True, 2)


def test_cell_ids_are_the_grade_ids_or_the_positions(made):
    for position, cell in enumerate(made[1]["cells"]):
        mark = cell["metadata"].get("nbgrader")
        assert cell["id"] == (mark["grade_id"] if mark else f"cell-{position:03}")


def test_the_notebook_says_nothing_about_the_machine_that_made_it(made):
    assert made[1]["metadata"] == {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    assert "jupytext" not in json.dumps(made[1])


def test_the_same_input_gives_the_same_bytes(small_course):
    assert generate(small_course, "sums") == generate(small_course, "sums")


def test_the_notebook_is_valid_and_ends_with_one_line_break(made, small_course):
    for notebook in made:
        nbformat.validate(nbformat.from_dict(notebook))
    assert re.search(r"}\n\Z", dumps(source_notebook(load_exercise(small_course, "sums"))))


def test_time_and_points_stand_at_the_top_and_under_each_heading(made):
    texts = [_text(cell) for cell in made[1]["cells"]]
    assert texts[0].startswith(
        "# Sums\n\n*About 9 minutes · 4 points from hidden tests · 2 points by hand*\n\n"
    )
    assert "## On paper\n\n*About 1 minutes" not in "".join(texts)
    assert any(text.startswith("## On paper\n\n*About 1 minute · no points") for text in texts)
    assert any(text.startswith("## The total\n\n*About 5 minutes · 4 points*") for text in texts)


def test_the_overview_lists_every_stage_and_question(made):
    (table,) = [_text(cell) for cell in made[1]["cells"] if "| step |" in _text(cell)]
    assert table.splitlines()[-3:] == [
        "| On paper | numbers on paper | 1 | — |",
        "| The total | `total_forward` | 5 | 4 |",
        "| In your own words | some sentences | 3 | 2, by hand |",
    ]


def test_a_bonus_is_called_so_once_and_stands_in_the_order_of_the_notebook(small_course, edit):
    path = small_course.exercise_path("sums")
    edit(path, '"minutes": 1}', '"minutes": 1, "bonus": true}')
    edit(path, '"minutes": 5}', '"minutes": 5, "bonus": true}')
    edit(path, "minutes: 9", "minutes: 3")
    edit(path, "## The total", "## Bonus: the total")
    source = path.read_text()
    question = source[source.index('+++ {"written"') :]
    path.write_text(
        source.replace(question, "").replace('+++ {"stage": "by', question + '\n+++ {"stage": "by')
    )
    cells = source_notebook(load_exercise(small_course, "sums")).cells
    (table,) = [cell.source for cell in cells if "| step |" in cell.source]
    assert table.splitlines()[-3:] == [
        "| In your own words | some sentences | 3 | 2, by hand |",
        "| On paper (bonus) | numbers on paper | 1 | — |",
        "| Bonus: the total | `total_forward` | 5 | 4 |",
    ]
    headings = [cell.source for cell in cells if cell.source.startswith(("## On", "## Bonus"))]
    assert [heading.splitlines()[2] for heading in headings] == [
        "*About 1 minute · no points: a warm-up · bonus*",
        "*About 5 minutes · 4 points*",
    ]


def test_hints_lie_one_inside_the_other_in_order(made):
    (hints,) = [_text(cell) for cell in made[1]["cells"] if "<details>" in _text(cell)]
    order = re.findall(r"<details>|</details>|Hint \d|A nudge|More,\non two lines|Nearly", hints)
    assert order == [
        "<details>", "Hint 1", "A nudge",
        "<details>", "Hint 2", "More,\non two lines",
        "<details>", "Hint 3", "Nearly",
        "</details>", "</details>", "</details>",
    ]  # fmt: skip


def test_a_solution_marker_in_the_reference_is_refused(small_course, edit):
    edit(
        small_course.reference_path("sums"),
        "    return out, doubled.shape",
        "    ### END SOLUTION\n    return out, doubled.shape",
    )
    with pytest.raises(CourseError, match="does not hold the stub of total_forward") as caught:
        generate(small_course, "sums")
    assert "solutions/sums.py" in caught.value.remedy


_HELPERS = '''
"""What checks need."""

import numpy as np


def near(came, right):
    """Tell whether two numbers are near each other."""
    return abs(came - right) < 1e-9


def far(came, right):
    """Tell the opposite."""
    return not near(came, right)
'''


def test_a_cell_that_asks_for_helpers_holds_them_below_its_own_text(small_course, edit):
    (small_course.root / "exercises" / "helpers.py").write_text(_HELPERS, encoding="utf-8")
    edit(
        small_course.exercise_path("sums"),
        "```{code-cell} ipython3\nimport numpy as np\n```",
        "```{code-cell} ipython3\n:helpers: near\n\nimport numpy as np\n```",
    )
    texts = [_text(cell) for cell in source_notebook(load_exercise(small_course, "sums")).cells]
    (text,) = [text for text in texts if "def near" in text]
    assert text.startswith("import numpy as np\n\n\ndef near(came, right):")
    assert text.endswith("< 1e-9")
    assert ":helpers:" not in text


@pytest.mark.parametrize("there", [True, False], ids=["other helpers", "no helpers"])
def test_a_helper_that_is_not_there_is_named(small_course, edit, there):
    if there:
        (small_course.root / "exercises" / "helpers.py").write_text(_HELPERS, encoding="utf-8")
    edit(
        small_course.exercise_path("sums"),
        "```{code-cell} ipython3\nimport numpy as np\n```",
        "```{code-cell} ipython3\n:helpers: compare\n\nimport numpy as np\n```",
    )
    with pytest.raises(CourseError, match=r"line \d+.*'compare'") as caught:
        load_exercise(small_course, "sums")
    assert ("near, far" if there else "it has none") in caught.value.remedy
