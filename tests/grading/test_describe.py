import numpy as np
import pytest

from autograder.testing.describe import call_text
from autograder.testing.signature import Signature

PAD = Signature("pad2d", ("x", "padding"), ())
COVER = Signature("layers_to_cover", ("size", "kernel_size"), ())
REGION = Signature("input_region", ("index", "kernel_sizes"), ())


def test_a_whole_number_beside_an_array_is_a_setting_and_is_shown():
    text = call_text(PAD, (np.zeros((2, 3)), 17), {})
    assert text == "`pad2d(x, padding)` with x (2, 3), padding=17, float64"


@pytest.mark.parametrize("number", [int, np.int64])
def test_whole_numbers_alone_are_the_hidden_input_and_are_not_shown(number):
    text = call_text(COVER, (number(137), number(19)), {})
    assert text == "`layers_to_cover(size, kernel_size)`"


def test_of_a_list_of_whole_numbers_alone_only_the_length_is_shown():
    text = call_text(REGION, (41, [13, 17]), {"paddings": None})
    expected = "with kernel_sizes a list of 2, paddings=None"
    assert text == f"`input_region(index, kernel_sizes, paddings)` {expected}"
