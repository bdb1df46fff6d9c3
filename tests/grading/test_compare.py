import numpy as np
import pytest

from autograder.testing.compare import compare, compare_kind, is_zero_everywhere, same_value

RIGHT = np.arange(24.0).reshape(2, 3, 4) + 0.5


def test_equal_values_have_no_problem():
    assert compare(RIGHT * (1 + 1e-12), RIGHT) is None


def test_tolerance_is_that_of_the_expected_dtype():
    off = RIGHT * (1 + 1e-6)
    assert compare(off, RIGHT).kind == "values"
    assert compare(off, RIGHT.astype(np.float32)) is None


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "None where out, an array, was expected"),
        ([1.0], "a list of 1 where out, an array, was expected"),
        (np.array([None]), "an array of Python objects"),
        (np.ma.masked_array([1.0]), "a masked array"),
        (2.0, "a single number"),
        ("text", "a string"),
        ((RIGHT, RIGHT), "a tuple of 2"),
        (np.array("x"), "an array"),
    ],
)
def test_the_wrong_kind_of_thing_is_a_fault_of_type(got, words):
    problem = compare(got, RIGHT, name="out")
    assert (problem.fault, problem.kind) == ("type", "kind")
    assert words in problem.text


def test_a_wrong_shape_names_both_shapes():
    problem = compare(RIGHT[:, :2], RIGHT, name="out")
    assert (problem.fault, problem.kind) == ("wrong", "shape")
    assert problem.text == "out of shape (2, 2, 4); a shape of (2, 3, 4) was expected"


@pytest.mark.parametrize("got", [3.5, np.float32(3.5), np.array(3.5), np.float64(3.5)])
def test_any_real_number_does_where_a_number_is_meant(got):
    assert compare(got, 3.5) is None


def test_an_array_of_one_is_no_number():
    assert compare(np.array([3.5]), 3.5).fault == "type"


def test_a_float_is_no_whole_number():
    assert "whole number" in compare(3.0, 3, name="size").text
    assert compare(np.int64(3), 3) is None


def test_a_truth_value_is_no_number():
    assert compare(True, 1.0).fault == "type"
    assert compare(np.True_, True) is None
    assert compare(1, True).fault == "type"


def test_a_tuple_of_another_length_names_what_is_expected():
    problem = compare((RIGHT,), (RIGHT, 1.0), names=("dx", "dbias"))
    assert problem.text == "a tuple of 1 where a tuple of 2 was expected: dx and dbias"


def test_a_list_is_no_tuple_but_a_tuple_is_a_list():
    assert compare([1.0, 2.0], (1.0, 2.0)).fault == "type"
    assert compare((1.0, 2.0), [1.0, 2.0]) is None


def test_members_are_judged_by_name_and_skipped_ones_are_not():
    problem = compare((RIGHT, -1.0), (RIGHT, 1.0), names=("dx", "dbias"))
    assert problem.text.startswith("dbias")
    assert compare((RIGHT, None), (RIGHT, 1.0), skip=(1,)) is None


def test_dicts_are_judged_by_key():
    assert compare({"a": 1.0}, {"a": 1.0, "b": 2.0}).kind == "kind"
    assert "['b']" in compare({"a": 1.0, "b": 3.0}, {"a": 1.0, "b": 2.0}).text


def test_cut_off_fractions_are_named():
    assert "fractions were cut off" in compare(RIGHT.astype(np.int64), RIGHT).text
    assert compare(np.array([1, 2]), np.array([1.0, 2.0])) is None


def test_lost_digits_are_named():
    assert "only as exact as float32" in compare((RIGHT / 7).astype(np.float32), RIGHT / 7).text


def test_complex_numbers_are_named():
    assert "complex" in compare(RIGHT + 1j, RIGHT).text
    assert compare(RIGHT + 0j, RIGHT) is None


def test_not_a_number_is_wrong_unless_it_is_expected():
    broken = np.where(RIGHT > 3, RIGHT, np.nan)
    assert "not a finite number" in compare(broken, RIGHT).text
    assert compare(broken, broken) is None


def test_kind_alone_judges_no_value():
    assert compare_kind(-RIGHT, RIGHT) is None
    assert compare_kind(RIGHT[0], RIGHT).kind == "shape"


def test_zeros_are_found_in_every_container():
    assert is_zero_everywhere((np.zeros(3), None, [0.0, {"a": 0}]))
    assert not is_zero_everywhere((np.zeros(3), np.array([0.0, 1e-300])))
    assert not is_zero_everywhere(None)
    assert is_zero_everywhere((np.zeros(2), 5.0), skip=(1,))


def test_judged_values_are_the_same_only_if_kind_and_shape_are():
    assert same_value((RIGHT, None), (RIGHT.astype(np.float32), None))
    assert not same_value(RIGHT, RIGHT[:1])
    assert not same_value(np.ones(3), np.ones(3, dtype=int))
    assert not same_value(np.ones(3), [1.0, 1.0, 1.0])
    assert not same_value(RIGHT, RIGHT + 1e-3)
    assert not same_value(None, 0.0)
    assert same_value({"a": 1.0}, {"a": 1.0})
    assert same_value("float32", "float32")


def test_truth_values_do_not_stand_for_numbers():
    problem = compare_kind(RIGHT > 0, RIGHT)
    assert (problem.fault, problem.kind) == ("type", "kind")
    assert "truth values" in problem.text
    assert compare_kind(RIGHT > 0, RIGHT < 0) is None
