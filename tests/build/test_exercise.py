import pytest

from autograder.errors import CourseError
from autograder.exercise import load_exercise
from autograder.notebook import source_notebook
from autograder.reference import STUB, read_functions

EXERCISE, SOLUTION, TESTS = "exercise_path", "reference_path", "hidden_tests_path"

# What an author may get wrong: the file, what is replaced by what, and what the message says.
MISTAKES = {
    "unknown key of the head": (EXERCISE, "title: Sums", "titel: Sums", "line 1.*'titel'"),
    "no head": (EXERCISE, "---\ntitle", "title", "no head"),
    "head is not YAML": (EXERCISE, "title: Sums", "title: [", "not YAML"),
    "minutes do not add up": (EXERCISE, "minutes: 9", "minutes: 8", "8.*add up to 9"),
    "given is no function": (EXERCISE, "given: []", "given: [conv]", "given: 'conv'"),
    "given names itself": (EXERCISE, "given: []", "given: [sums.x]", "given: 'sums.x'"),
    "unknown key of a cell": (EXERCISE, ":check: total", ":chek: total", r"line \d+.*'chek'"),
    "unknown key of a text": (EXERCISE, '"hints"', '"hint"', r"line \d+.*'hint'"),
    "a key that does not go with it": (
        EXERCISE,
        '{"hints": true}',
        '{"hints": true, "minutes": 3}',
        r"line \d+.*'minutes' beside 'hints'",
    ),
    "unknown function": (EXERCISE, ":answer: total_forward", ":answer: total", "no function total"),
    "answer cell with a body": (
        EXERCISE,
        ":answer: total_forward\n",
        ":answer: total_forward\n\ndef total_forward(x): ...\n",
        "not empty",
    ),
    "answer given twice": (
        EXERCISE,
        ":by_hand: by_paper\n\n### BEGIN SOLUTION\nby_hand = 3\n### END SOLUTION",
        ":answer: total_forward",
        "a second block answer total_forward",
    ),
    "stage without a check": (EXERCISE, ":check: by_paper\n", "", "by_paper has no check"),
    "check of no stage": (EXERCISE, ":check: by_paper", ":check: paper", "'paper', which is not"),
    "stage without minutes": (EXERCISE, ', "minutes": 5}', "}", "total has minutes: None"),
    "stage without a heading": (EXERCISE, "## The total", "The total", "with a heading"),
    "two hints": (EXERCISE, "3. Nearly all.", "", "2 hints"),
    "a text after the hints": (EXERCISE, "3. Nearly all.", "3. All.\n\nText.", "3 hints.*'Text.'"),
    "written answer without points": (EXERCISE, '"points": 2, ', "", "why has points: None"),
    "written answer without a model": (EXERCISE, "BEGIN SOLUTION -->", "-->", "no model answer"),
    "by_hand shows its solution": (EXERCISE, "### BEGIN SOLUTION", "", "shows its solution"),
    "options that are no JSON": (EXERCISE, '{"hints": true}', "{hints: true}", "line"),
    "points of no stage": (TESTS, 'stage="total", points=2.5', 'stage="sum", points=2', "'sum'"),
    "points of no function": (TESTS, '"total_forward", stage="total", points=2.5', '"sum", '
                              'stage="total", points=2', "'sum'"),
    "points that are none": (TESTS, "points=2.5", "points=0", "points"),
    "reference is not Python": (SOLUTION, "import math\n", "import\n", r"sums\.py, line 3"),
    "reference without docstring": (
        SOLUTION,
        '"""Send the gradient back.\n\n    Parameters\n    ----------\n'
        '    dout : float\n        The gradient.\n    """',
        "",
        "total_backward has no docstring",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_the_author_is_named_with_its_file_and_remedy(small_course, edit, mistake):
    which, old, new, message = MISTAKES[mistake]
    path = getattr(small_course, which)("sums")
    edit(path, old, new)
    with pytest.raises(CourseError, match=message) as caught:
        source_notebook(load_exercise(small_course, "sums"))
    assert path.name in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("which", [EXERCISE, SOLUTION, TESTS])
def test_a_missing_file_is_named_with_a_remedy(small_course, which):
    path = getattr(small_course, which)("sums")
    path.unlink()
    with pytest.raises(CourseError, match=f"{path.name} is missing") as caught:
        load_exercise(small_course, "sums")
    assert caught.value.remedy


def test_points_are_summed_from_the_hidden_tests(small_course):
    exercise = load_exercise(small_course, "sums")
    assert [(stage.name, stage.points) for stage in exercise.stages] == [
        ("by_paper", 0),
        ("total", 4),
    ]
    assert (exercise.points, exercise.manual_points) == (4, 2)
    assert isinstance(exercise.points, int)


def test_an_exercise_knows_its_stages_answers_and_questions(small_course):
    exercise = load_exercise(small_course, "sums")
    assert exercise.title == "Sums"
    assert exercise.minutes == 9
    assert exercise.answers == ("total_forward",)
    assert [question.name for question in exercise.written] == ["why"]
    total = exercise.stage("total")
    assert (total.title, total.minutes, total.functions) == ("The total", 5, ("total_forward",))
    assert total.checks == "assert total_forward(np.ones(3))[0] == 6.0"
    assert not total.bonus


def test_a_bonus_stage_does_not_count_as_core_work(small_course, edit):
    path = small_course.exercise_path("sums")
    edit(path, '"minutes": 5}', '"minutes": 5, "bonus": true}')
    edit(path, "minutes: 9", "minutes: 4")
    assert load_exercise(small_course, "sums").stage("total").bonus


@pytest.mark.parametrize(
    ("heading", "step", "facts"),
    [
        ("The total", "The total (bonus)", "*About 5 minutes · 4 points · bonus*"),
        ("Bonus: the total", "Bonus: the total", "*About 5 minutes · 4 points*"),
    ],
)
def test_a_bonus_stage_is_called_so_once(small_course, edit, heading, step, facts):
    path = small_course.exercise_path("sums")
    edit(path, '"minutes": 5}', '"minutes": 5, "bonus": true}')
    edit(path, "minutes: 9", "minutes: 4")
    edit(path, "## The total", f"## {heading}")
    exercise = load_exercise(small_course, "sums")
    text = "".join(cell["source"] for cell in source_notebook(exercise).cells)
    assert f"| {step} | `total_forward` |" in text
    assert f"## {heading}\n\n{facts}\n" in text


def test_a_stub_is_signature_docstring_steps_and_one_line(small_course):
    assert load_exercise(small_course, "sums").stub("total_forward") == (
        "def total_forward(x):\n"
        '    """Add up, doubled.\n'
        "\n"
        "    Parameters\n"
        "    ----------\n"
        "    x : ndarray\n"
        "        The numbers.\n"
        '    """\n'
        "    # 1. Double,\n"
        "    # as the helper does.\n"
        "    # 2. Add up.\n"
        f"    {STUB}"
    )


def test_the_source_of_a_function_is_verbatim(small_course):
    function = read_functions(small_course, "sums")["total_forward"]
    assert function.source in small_course.reference_path("sums").read_text(encoding="utf-8")
    assert function.source.endswith("return out, doubled.shape")


def test_private_helpers_are_not_functions_of_the_exercise(small_course):
    assert [*read_functions(small_course, "sums")] == ["total_forward", "total_backward"]
