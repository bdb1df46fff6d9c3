import json

import pytest

from autograder.cli import main
from autograder.errors import CourseError, DriftError
from autograder.reference import STUB
from autograder.release import build_exercise, check_exercise, holds_work


def _contents(course):
    return {
        path: path.read_bytes()
        for path in course.root.rglob("*")
        if path.is_file() and "_build" not in path.parts
    }


def _drift(course, slug="sums"):
    before = _contents(course)
    with pytest.raises(DriftError) as caught:
        check_exercise(course, slug)
    assert _contents(course) == before, "the check has written"
    return caught.value


def test_what_was_just_built_has_not_drifted(built):
    for slug in built.slugs():
        check_exercise(built, slug)


def test_the_source_notebook_lies_where_nbgrader_looks_for_it(built):
    folder = built.build_dir / "nbgrader" / "source"
    assert "BEGIN SOLUTION" in (folder / "sums" / "sums.ipynb").read_text(encoding="utf-8")
    assert (folder / "means" / "given.py").is_file()


def test_the_check_writes_nothing_at_all(small_course):
    _drift(small_course)
    assert not small_course.build_dir.exists()


def test_a_docstring_changed_in_solutions_is_drift(built, edit):
    edit(built.reference_path("sums"), "Add up, doubled.", "Add up, twice.")
    error = _drift(built)
    assert "exercises/sums/sums.ipynb" in str(error)
    assert "answer_total_forward" in str(error)
    assert "Add up, doubled." in str(error)
    assert error.remedy == "autograder build"


def test_points_changed_in_the_hidden_tests_are_drift(built, edit):
    edit(built.hidden_tests_path("sums"), "points=2.5", "points=3.5")
    message = str(_drift(built))
    assert "exercises/sums/sums.ipynb" in message
    assert "cell check_total has 4 points, its tests give 5" in message


def test_an_edited_released_notebook_is_drift(built, edit):
    edit(built.notebook_path("sums"), "add them", "guess them")
    message = str(_drift(built))
    assert "exercises/sums/sums.ipynb: cell check_by_paper has another text" in message
    assert "guess them" in message


def test_a_step_changed_in_solutions_is_drift(built, edit):
    edit(built.reference_path("sums"), "# 2. Add up.", "# 2. Sum up.")
    assert "answer_total_forward" in str(_drift(built))


def test_a_notebook_that_was_run_is_drift(built):
    path = built.notebook_path("sums")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "check_total"]
    cell["execution_count"] = 1
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert "cell check_total has been run" in str(_drift(built))


def test_a_cell_that_is_gone_is_named(built):
    path = built.notebook_path("sums")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "check_total"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert "cell check_total is missing" in str(_drift(built))


def test_other_line_ends_are_drift(built):
    path = built.notebook_path("sums")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "exercises/sums/sums.ipynb: it is written in another way" in str(_drift(built))


def test_a_missing_and_a_broken_notebook_are_drift(built):
    path = built.notebook_path("sums")
    path.write_text("{", encoding="utf-8")
    assert "is not a notebook anymore" in str(_drift(built))
    path.unlink()
    assert "it is missing" in str(_drift(built))


def test_a_layer_changed_in_an_earlier_chapter_is_drift_of_the_later_one(built, edit):
    edit(built.reference_path("sums"), "math.sqrt(4.0)", "math.sqrt(9.0)")
    message = str(_drift(built, "means"))
    assert "exercises/means/given.py" in message
    assert "math.sqrt(9.0)" in message
    assert "means.ipynb" not in message


def test_a_leftover_given_is_drift(built, edit):
    (built.release_dir("sums") / "given.py").write_text("x = 1\n", encoding="utf-8")
    assert "exercises/sums/given.py: the exercise is given nothing" in str(_drift(built))


def test_build_mends_every_drift(built, edit):
    edit(built.reference_path("sums"), "Add up, doubled.", "Add up, twice.")
    edit(built.hidden_tests_path("sums"), "points=2.5", "points=3.5")
    edit(built.notebook_path("means"), "Divide", "Multiply")
    (built.release_dir("sums") / "given.py").write_text("x = 1\n", encoding="utf-8")
    assert main(["build"]) == 0
    assert main(["build", "--check"]) == 0


def test_the_command_names_every_drifted_file_and_exits_1(built, edit, capsys):
    assert main(["build", "--check"]) == 0
    edit(built.notebook_path("sums"), "add them", "guess them")
    edit(built.notebook_path("means"), "Divide", "Multiply")
    capsys.readouterr()
    assert main(["build", "--check"]) == 1
    said = capsys.readouterr().err
    assert "exercises/sums/sums.ipynb" in said
    assert "exercises/means/means.ipynb" in said
    assert "autograder build" in said


def test_the_command_says_what_an_author_got_wrong_and_exits_2(built, edit, capsys):
    edit(built.exercise_path("sums"), ":check: total", ":check: totl")
    assert main(["build"]) == 2
    assert "exercises/sums.md, line" in capsys.readouterr().err


def test_a_second_build_redoes_nothing(built, monkeypatch, capsys):
    def fail(*_):
        raise AssertionError("made again")

    monkeypatch.setattr("autograder.release.generate", fail)
    before = _contents(built)
    capsys.readouterr()
    assert main(["build"]) == 0
    assert capsys.readouterr().out == "2 of 2 exercises up to date\n"
    assert _contents(built) == before


@pytest.mark.parametrize("which", ["exercise_path", "reference_path", "hidden_tests_path"])
def test_a_change_of_any_source_is_built(built, which):
    path = getattr(built, which)("sums")
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert build_exercise(built, "sums").state == "made"


def test_a_change_of_the_shared_helpers_is_built(built, edit):
    helpers = built.helpers_path
    helpers.write_text('def near():\n    """Tell."""\n', encoding="utf-8")
    edit(
        built.exercise_path("sums"),
        "```{code-cell} ipython3\nimport numpy as np\n```",
        "```{code-cell} ipython3\n:helpers: near\n\nimport numpy as np\n```",
    )
    assert build_exercise(built, "sums").state == "made"
    edit(helpers, "Tell.", "Tell whether.")
    assert "Tell whether." in str(_drift(built))
    assert build_exercise(built, "sums").state == "made"
    check_exercise(built, "sums")


def test_a_failing_build_leaves_the_release_as_it_was(built, edit):
    before = _contents(built)[built.notebook_path("sums")]
    edit(built.exercise_path("sums"), ":check: total", ":check: totl")
    with pytest.raises(CourseError):
        build_exercise(built, "sums")
    assert built.notebook_path("sums").read_bytes() == before


def _solve(course):
    path = course.notebook_path("sums")
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert not holds_work(text)
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "answer_total_forward"]
    cell["source"] = [line.replace(STUB, "return 1.0, None  # mine") for line in cell["source"]]
    text = json.dumps(notebook)
    path.write_text(text, encoding="utf-8")
    assert holds_work(text)
    return path


def test_a_notebook_that_holds_answers_is_never_overwritten(built, edit, capsys):
    path = _solve(built)
    mine = path.read_bytes()
    assert main(["build"]) == 0
    assert "holds answers and was left as it is" in capsys.readouterr().out
    edit(built.exercise_path("sums"), "Add up.", "Add all up.")
    assert main(["build"]) == 0
    assert path.read_bytes() == mine
    assert "--replace" in _drift(built).remedy


def test_replace_makes_it_anew_and_keeps_the_answers(built):
    mine = _solve(built).read_bytes()
    assert main(["build", "--replace"]) == 0
    check_exercise(built, "sums")
    (kept,) = (built.build_dir / "kept").iterdir()
    assert kept.read_bytes() == mine


def test_other_files_beside_the_notebook_are_left_alone(built, edit):
    note = built.release_dir("sums") / "my_notes.txt"
    note.write_text("mine", encoding="utf-8")
    edit(built.exercise_path("sums"), "Add up.", "Add all up.")
    build_exercise(built, "sums")
    assert note.read_text(encoding="utf-8") == "mine"
