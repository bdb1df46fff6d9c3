"""What a learner's text is split into, and what is taken out of it."""

import time

import pytest

from autograder.errors import IntakeError
from autograder.intake.cells import defined_names, drop_magics, read_cells


def sources(text, suffix=".py"):
    return [cell.source for cell in read_cells(text, suffix=suffix)[0]]


def test_a_module_is_split_at_its_functions():
    text = (
        "import numpy as np\nK = 2\n\ndef area(x):\n    return x\n\n"
        "M = 3\n\ndef volume(x):\n    pass\n"
    )
    assert sources(text) == [
        "import numpy as np\nK = 2",
        "def area(x):\n    return x",
        "M = 3",
        "def volume(x):\n    pass",
    ]


def test_a_decorator_stays_with_its_function():
    text = "import functools\n@functools.cache\n@other\ndef area(x):\n    return x\n"
    assert sources(text)[1].startswith("@functools.cache\n@other\ndef area")


def test_text_at_the_left_margin_of_a_docstring_does_not_end_a_function():
    text = (
        'def area(x):\n    """Say\ndef volume(x): no\n    """\n    return (\nx)\n\n'
        "def volume(x):\n    pass"
    )
    assert [len(part.split("\n")) for part in sources(text)] == [6, 2]


def test_a_syntax_error_costs_one_function_only():
    text = "def area(x):\n    return (x\n\ndef volume(x):\n    return x\n"
    assert sources(text)[1] == "def volume(x):\n    return x"


def test_names_are_found_in_a_cell_with_a_syntax_error():
    assert defined_names("def area(x:\n  retrun") == {"area"}
    assert defined_names("area = lambda x: x\nif area == 3: pass") == {"area"}


@pytest.mark.parametrize("line", ["%matplotlib inline", "!rm -rf /", "area?", "files = !ls"])
def test_magics_and_shell_lines_leave_only_pass(line):
    kept = drop_magics(f"x = 1\n{line}\ny = 2")
    lines = kept.split("\n")
    assert (lines[0], lines[2]) == ("x = 1", "y = 2")
    assert lines[1].startswith("pass")
    compile(kept, "cell", "exec")


def test_a_remainder_at_the_start_of_a_line_is_no_magic():
    source = "x = (7\n     % 4)\ny = 1  # or 2?"
    assert drop_magics(source) == source


def test_a_timed_cell_keeps_its_code_and_a_shell_cell_does_not():
    assert drop_magics("%%time\nx = 1") == "pass\nx = 1"
    kept = drop_magics("%%bash\nrm -rf /\necho")
    assert all(line.startswith("#") for line in kept.split("\n"))


def test_an_old_notebook_format_is_read():
    text = """{"nbformat": 3, "worksheets": [{"cells": [
        {"cell_type": "code", "input": ["def area(x):\\n", "    return x"], "metadata": {}},
        {"cell_type": "heading", "level": 1, "source": "Boxes"}]}]}"""
    cells, notes = read_cells(text, suffix=".ipynb")
    assert [(cell.kind, cell.source) for cell in cells] == [
        ("code", "def area(x):\n    return x"),
        ("markdown", "Boxes"),
    ]
    assert "old format" in notes[0]


def test_a_notebook_that_is_cut_off_says_where():
    with pytest.raises(IntakeError, match=r"cut off.* at line 2"):
        read_cells('{"cells": [\n{"cell_type": "co', suffix=".ipynb")


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": ' + "[" * 100_000,
        '{"cells": 3}',
        '{"cells": [], "x": ' + "9" * 10_000 + "}",
        "hello",
    ],
)
def test_what_is_no_notebook_is_refused(text):
    with pytest.raises(IntakeError):
        read_cells(text, suffix=".ipynb")


def test_odd_cells_are_taken_as_far_as_they_go():
    text = """{"cells": [3, {}, {"cell_type": 7, "source": {"a": 1}, "metadata": []},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": 3}},
         "source": ["a = 1", 2, "\\ud800"], "id": 5}]}"""
    cells, _ = read_cells(text, suffix=".ipynb")
    assert cells[-1].source == "a = 1?"
    assert (cells[-1].grade_id, cells[-1].id) == ("", "")


def test_a_flood_of_cells_is_refused():
    with pytest.raises(IntakeError, match="at most"):
        read_cells('{"cells": [' + ",".join(["{}"] * 2_001) + "]}", suffix=".ipynb")


@pytest.mark.parametrize(
    "source",
    [
        "\n" * 300_000 + "x",
        " " * 300_000 + "x\n%y",
        "?" + "\n" * 300_000 + "x",
        "%%time\n" * 5000,
        ("?" + " " * 300) * 1000,
    ],
    ids=["empty lines", "blanks", "a question", "magics in magics", "many questions"],
)
def test_no_text_makes_the_search_for_magics_slow(source):
    began = time.process_time()
    drop_magics(source)
    assert time.process_time() - began < 5


def test_cell_magics_may_stand_one_below_the_other():
    assert drop_magics("%%time\n%%capture\nx = 1").endswith("pass\npass\nx = 1")


@pytest.mark.parametrize("source", ["=%'''", "x = %\\", "\\\n=%'''"])
def test_a_cell_at_which_ipython_itself_fails_stays_as_it_is(source):
    assert drop_magics(source) == source
