import types

import pytest

from autograder.errors import CourseError
from autograder.testing import graded, graded_tests, misconception, misconceptions

GOOD = {"stage": "one", "points": 2, "hint": "Look at one row.", "section": "a-b"}


def _test(check, rng):
    """A title is a sentence."""


def _greedy(check, tmp_path):
    """A title is a sentence."""


def _named(function, name="test_it"):
    copy = types.FunctionType(function.__code__, {}, name)
    copy.__doc__ = function.__doc__
    return copy


def test_a_marked_test_carries_its_title_points_and_function():
    module = types.ModuleType("hidden")
    module.test_it = graded("f", **GOOD)(_named(_test))
    (test,) = graded_tests(module)
    assert (test.id, test.function, test.points) == ("test_it", "f", 2)
    assert test.title == "A title is a sentence."
    assert test.fixtures == ("check", "rng")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"points": 0}, "points"),
        ({"points": True}, "points"),
        ({"hint": "look"}, "hint"),
        ({"section": " "}, "section"),
        ({"stage": ""}, "stage"),
    ],
)
def test_an_empty_argument_of_a_mark_is_refused_by_the_tests_name(change, named):
    with pytest.raises(CourseError, match=f"test_it.*{named}"):
        graded("f", **GOOD | change)(_named(_test))


def test_a_test_without_a_title_is_refused():
    untitled = _named(_test)
    untitled.__doc__ = None
    with pytest.raises(CourseError, match=r"test_it.*title"):
        graded("f", **GOOD)(untitled)


def test_a_test_with_another_fixture_is_refused():
    with pytest.raises(CourseError, match="fixtures"):
        graded("f", **GOOD)(_named(_greedy))


def test_an_unmarked_test_is_refused():
    module = types.ModuleType("hidden")
    module.test_it = _named(_test)
    with pytest.raises(CourseError, match=r"test_it.*marked once"):
        graded_tests(module)


def _catalogue(*entries):
    module = types.ModuleType("catalogue")
    module.__file__ = "catalogue.py"
    for number, entry in enumerate(entries):
        setattr(module, f"entry_{number}", entry)
    return module


def _mistake(**change):
    arguments = {"message": "The bias is lost.", "section": "a", "cites": ["https://x.org"]}

    def bias_lost(x):
        return x

    return misconception("f", **arguments | change)(bias_lost)


def test_a_misconception_is_named_by_its_function_or_by_its_id():
    entries = misconceptions(_catalogue(_mistake(), _mistake(id="other")))
    assert [entry.id for entry in entries] == ["bias_lost", "other"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"message": "bias"}, "sentence"),
        ({"cites": []}, "cites"),
        ({"cites": [""]}, "cites"),
        ({"section": ""}, "section"),
    ],
)
def test_an_empty_argument_of_a_misconception_is_refused_by_its_name(change, named):
    with pytest.raises(CourseError, match=f"bias_lost.*{named}"):
        _mistake(**change)


def test_two_misconceptions_do_not_share_an_id():
    with pytest.raises(CourseError, match="same id"):
        misconceptions(_catalogue(_mistake(), _mistake()))


def test_same_as_names_an_entry_that_is_there():
    with pytest.raises(CourseError, match="nowhere"):
        misconceptions(_catalogue(_mistake(same_as="nowhere")))
