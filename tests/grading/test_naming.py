"""Mistakes are named by what they do."""

import numpy as np
import pytest

from autograder.grading.grade import judge
from autograder.grading.hidden import run_hidden_tests
from autograder.testing import mistakes_of
from autograder.testing.learner import LocalLearner


@pytest.fixture
def grade(chapter):
    def run(**functions):
        learner = LocalLearner(chapter.functions | functions)
        return judge(chapter, run_hidden_tests(chapter, learner, seed=7), seed=7)

    return run


def _names(graded):
    return {test.id: test.misconception for test in graded.tests if test.outcome != "passed"}


@pytest.mark.parametrize(
    "name", ["doubled", "shift_forgotten", "gain_squared", "row_lost", "in_place", "averaged"]
)
def test_every_mistake_is_named_by_its_own_name_only(chapter, grade, name):
    (mistake,) = (each for each in chapter.mistakes if each.entry.id == name)
    graded = grade(**mistake.functions)
    assert set(_names(graded).values()) == {name}
    assert graded.score < graded.max_score


def test_a_mistake_outside_the_catalogue_gets_no_name(grade):
    graded = grade(affine_forward=lambda x, gain, shift: (x * gain - shift, (x, gain)))
    assert _names(graded) == dict.fromkeys(["test_forward", "test_forward_of_zeros"])


def test_two_mistakes_are_both_named(chapter, grade):
    entries = {entry.id: entry for entry in chapter.entries}
    both = mistakes_of(chapter.reference, [entries["gain_squared"], entries["averaged"]])
    names = _names(grade(**both.functions))
    assert names["test_forward"] == "gain_squared"
    assert names["test_dshift"] == "averaged"


def test_a_mistake_is_named_beside_one_that_changes_its_inputs(chapter, grade):
    # With a row lost dout has another shape: alone, `averaged` never meets these numbers.
    entries = {entry.id: entry for entry in chapter.entries}
    both = mistakes_of(chapter.reference, [entries["row_lost"], entries["averaged"]])
    names = _names(grade(**both.functions))
    assert names["test_forward"] == "row_lost"
    assert names["test_dshift"] == "averaged"


def test_a_mistake_is_ruled_out_by_a_test_that_it_would_fail(grade):
    # It loses float32 just as gain_squared does, but its values are right.
    def wide(x, gain, shift):
        if gain.shape != x.shape[1:]:
            raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
        return (x * gain + shift).astype(float), (x, gain)

    assert _names(grade(affine_forward=wide)) == {"test_forward_dtype": None}


def test_zeros_get_no_name(grade):
    graded = grade(
        mean_square=lambda x: 0.0,
        affine_forward=lambda x, gain, shift: (x * 0, (x, gain)),
        affine_backward=lambda dout, cache: (cache[0] * 0, cache[1] * 0, cache[1] * 0),
    )
    assert set(_names(graded).values()) == {None}
    assert graded.score == 0


def test_an_empty_output_beside_a_cache_gets_its_name(make_course):
    from autograder.grading import load_chapter

    # Empty on the rows of zeros alone, so that no other test can tell.
    wrong = "return (x * gain + shift)[: np.count_nonzero(x)], (x, gain)"
    course = make_course(
        {"autograder/misconceptions/affine.py": [("return x * gain, (x, gain)", wrong)]}
    )
    chapter = load_chapter(course, "affine")

    def forward(x, gain, shift):
        if gain.shape != x.shape[1:]:
            raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
        return (x * gain + shift)[: np.count_nonzero(x)], (x, gain)

    learner = LocalLearner(chapter.functions | {"affine_forward": forward})
    names = _names(judge(chapter, run_hidden_tests(chapter, learner, seed=7), seed=7))
    assert names == {"test_forward_of_zeros": "shift_forgotten"}


def test_the_class_of_an_exception_alone_names_nothing(make_course):
    from autograder.grading import load_chapter

    course = make_course(
        {"autograder/misconceptions/affine.py": [("return x * gain, (x, gain)", "return {}['a']")]}
    )
    chapter = load_chapter(course, "affine")

    def run(key):
        def forward(x, gain, shift):
            if gain.shape != x.shape[1:]:
                raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
            return {}[key]

        learner = LocalLearner(chapter.functions | {"affine_forward": forward})
        return judge(chapter, run_hidden_tests(chapter, learner, seed=7), seed=7)

    assert _names(run("b"))["test_forward"] is None
    assert _names(run("a"))["test_forward"] == "shift_forgotten"


def test_a_named_mistake_brings_its_sentence_and_its_section(chapter, grade):
    (mistake,) = (each for each in chapter.mistakes if each.entry.id == "averaged")
    test = next(t for t in grade(**mistake.functions).tests if t.id == "test_dshift")
    what, mistake = test.message.split("\n\n")
    assert "each of them is 1/5 of what it should be" in what
    assert mistake.startswith("Your gradients are averaged over the rows")
    assert test.hint == "Look at one row. Read: book/affine.html#affine-backward"
