"""What the helpers that several exercises share tell a learner."""

import importlib.util

import numpy as np
import pytest

import notebook_runs


@pytest.fixture(scope="module")
def helpers():
    path = notebook_runs.COURSE.root / "exercises" / "helpers.py"
    spec = importlib.util.spec_from_file_location("helpers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_difference_is_shown_in_four_decimals(helpers):
    with pytest.raises(AssertionError, match=r"came:\n\[0\.3333\]\nexpected:\n\[0\.5\]"):
        helpers.compare("f(x)", np.array([1 / 3]), np.array([0.5]), "halve")


def test_a_difference_that_four_decimals_hide_is_shown_in_more(helpers):
    with pytest.raises(AssertionError, match=r"came:\n\[-1\.49999\]\nexpected:\n\[-1\.5\]"):
        helpers.compare("f(x)", np.array([-1.49999]), np.array([-1.5]), "no eps of your own")


def test_a_mask_that_came_instead_of_numbers_is_shown(helpers):
    with pytest.raises(AssertionError, match=r"came:\n\[ True False\]"):
        helpers.compare("f(x)", np.array([True, False]), np.array([2, 0]), "numbers")


def _refuse(said):
    raise ValueError(said)


def test_a_refusal_that_names_the_numbers_passes(helpers):
    helpers.refuses_naming("f(3)", [1, 3], _refuse, "expected at most 1, got 3")


def test_a_refusal_that_leaves_a_number_out_is_told_which(helpers):
    with pytest.raises(AssertionError, match=r"came: ValueError: too many\n.*with 1 and 3 in it"):
        helpers.refuses_naming("f(3)", [1, 3], _refuse, "too many")
