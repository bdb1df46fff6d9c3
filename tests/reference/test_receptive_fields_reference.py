"""The reference of the chapter on receptive fields, against what was not written for it."""

import doctest
import runpy
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions import receptive_fields
from solutions.convolution import conv2d_forward
from solutions.receptive_fields import (
    input_region,
    layers_to_cover,
    measured_receptive_field,
    receptive_field,
)

_ANSWERS = Path(__file__).with_name("make_torch_answers_receptive_fields.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_ANSWERS)))
# On PyTorch's images the regions lie inside, so that padding cuts none of them short.
UNPADDED = tuple(case for case in TORCH.CASES if not any(case[1]))

kernel_size = st.integers(1, 12)
stacks = st.lists(kernel_size, max_size=6)
_settings = settings(deadline=None, derandomize=True, max_examples=60)


# Against PyTorch ------------------------------------------------------------------------------


def assert_agrees_with_torch(case, answer):
    kernel_sizes, paddings, _, index = case
    start, stop = answer
    assert input_region(index, kernel_sizes, paddings=paddings) == (start, stop)
    assert receptive_field(kernel_sizes) == stop - start


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_on_regions_and_widths(case):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        assert_agrees_with_torch(case, stored[TORCH.key(case)])


@pytest.mark.parametrize("case", UNPADDED, ids=str)
def test_stored_torch_oracle_agrees_on_the_measurement(case):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        start, stop = stored[TORCH.key(case)]
    assert measured_receptive_field(case[0], case[2]) == stop - start


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 20_000
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        assert set(stored) == {TORCH.key(case) for case in TORCH.CASES} | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_on_regions_and_widths(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, TORCH.ask_torch(*case))


# Against central differences and SciPy ---------------------------------------------------------


@pytest.mark.parametrize("case", UNPADDED, ids=str)
def test_central_differences_oracle_agrees_on_the_region(case):
    kernel_sizes, _, size, index = case
    rng = np.random.default_rng(size)
    weights = [rng.uniform(0.5, 1.5, (1, 1, 1, each)) for each in kernel_sizes]

    def output(pixels):
        out = pixels.reshape(1, 1, 1, -1)
        for weight in weights:
            out, _ = conv2d_forward(out, weight, np.zeros(1))
        return out[0, 0, 0, index]

    # The stack is linear: a step of 1 leaves no truncation error.
    steps = np.eye(size)
    moved = [
        pixel for pixel in range(size) if abs(output(steps[pixel]) - output(-steps[pixel])) > 0
    ]
    assert moved == list(range(*input_region(index, kernel_sizes)))


@pytest.mark.parametrize("case", UNPADDED, ids=str)
def test_scipy_oracle_agrees_on_the_measurement(case):
    # The kernels of a stack, convolved with each other, are the kernel of the whole stack.
    whole = np.ones(1)
    for each in case[0]:
        whole = scipy.signal.convolve(whole, np.ones(each), method="direct")
    assert measured_receptive_field(case[0], case[2]) == len(whole)


@_settings
@given(size=st.integers(1, 5_000), kernel_size=st.integers(2, 60))
def test_exact_fractions_oracle_agrees_on_the_layers(size, kernel_size):
    quotient = Fraction(size - 1, kernel_size - 1)
    assert layers_to_cover(size, kernel_size) == quotient.__ceil__()


# Laws -----------------------------------------------------------------------------------------


@_settings
@given(kernel_sizes=st.lists(st.integers(1, 7), max_size=5), room=st.integers(0, 9))
def test_the_measured_width_is_the_one_of_the_formula(kernel_sizes, room):
    width = receptive_field(kernel_sizes)
    assert measured_receptive_field(kernel_sizes, width + room) == width


@_settings
@given(lower=stacks, upper=stacks)
def test_widths_of_stacked_stacks_add_up_but_for_one_pixel(lower, upper):
    together = receptive_field(lower + upper)
    assert together == receptive_field(lower) + receptive_field(upper) - 1
    assert together == receptive_field(upper + lower)


@_settings
@given(size=st.integers(1, 400), kernel_size=st.integers(2, 30))
def test_the_layers_cover_the_row_and_one_fewer_do_not(size, kernel_size):
    layers = layers_to_cover(size, kernel_size)
    assert receptive_field([kernel_size] * layers) >= size
    assert layers == 0 or receptive_field([kernel_size] * (layers - 1)) < size


@_settings
@given(
    layers=st.lists(st.tuples(kernel_size, st.integers(0, 9)), max_size=6),
    index=st.integers(0, 50),
)
def test_a_region_is_as_wide_as_the_receptive_field_and_moves_with_its_index(layers, index):
    kernel_sizes, paddings = [k for k, _ in layers], [p for _, p in layers]
    start, stop = input_region(index, kernel_sizes, paddings=paddings)
    assert stop - start == receptive_field(kernel_sizes)
    assert input_region(index + 1, kernel_sizes, paddings=paddings) == (start + 1, stop + 1)
    assert start == index - sum(paddings)


def test_the_example_of_the_notes_needs_500_layers():
    assert layers_to_cover(1000, 3) == 500
    assert receptive_field([3] * 499) == 999
    assert receptive_field([3] * 500) == 1001


# Types, arguments, errors ----------------------------------------------------------------------


def test_answers_are_integers_of_python_whatever_comes_in():
    sizes, paddings = np.array([5, 2, 3], dtype=np.int8), np.array([1, 0, 2], dtype=np.uint8)
    answers = (
        receptive_field(sizes),
        layers_to_cover(np.int16(1000), np.int8(3)),
        *input_region(np.int64(2), sizes, paddings=paddings),
        measured_receptive_field(sizes, np.int32(9)),
    )
    assert answers == (8, 500, -1, 7, 8)
    assert all(type(each) is int for each in answers)


def test_small_integers_of_numpy_do_not_overflow():
    sizes = np.full(4, 100, dtype=np.int8)
    assert receptive_field(sizes) == 397
    assert input_region(np.int8(100), sizes) == (100, 497)


def test_lists_are_not_changed():
    kernel_sizes, paddings = [5, 2, 3], [1, 0, 2]
    receptive_field(kernel_sizes)
    input_region(4, kernel_sizes, paddings=paddings)
    measured_receptive_field(kernel_sizes, 20)
    assert (kernel_sizes, paddings) == ([5, 2, 3], [1, 0, 2])


@pytest.mark.parametrize(
    ("function", "arguments", "keywords", "mentions"),
    [
        (receptive_field, ([5, 0],), {}, ("at least 1", "got 0")),
        (receptive_field, ([-17, 5],), {}, ("at least 1", "got -17")),
        (layers_to_cover, (0, 3), {}, ("at least 1", "size=0")),
        (layers_to_cover, (-19, 3), {}, ("at least 1", "size=-19")),
        (layers_to_cover, (20, 1), {}, ("at least 2", "kernel_size=1")),
        (layers_to_cover, (1, 1), {}, ("at least 2", "kernel_size=1")),
        (layers_to_cover, (20, -13), {}, ("at least 2", "kernel_size=-13")),
        (input_region, (-11, [3]), {}, ("at least 0", "index=-11")),
        (input_region, (4, [3, 0]), {}, ("at least 1", "got 0")),
        (input_region, (4, [3, 5]), {"paddings": [1, -23]}, ("at least 0", "got -23")),
        (input_region, (4, [3, 5]), {"paddings": [1]}, ("2 paddings", "got 1")),
        (input_region, (4, [3, 5]), {"paddings": [1, 2, 4]}, ("2 paddings", "got 3")),
        (measured_receptive_field, ([], 0), {}, ("at least 1", "size=0")),
        (measured_receptive_field, ([3, -13], 29), {}, ("at least 1", "got -13")),
        (measured_receptive_field, ([5, 7], 10), {}, ("size=10", "kernel of 7", "map of 6")),
    ],
)
def test_a_refusal_says_what_was_expected_and_what_came(function, arguments, keywords, mentions):
    with pytest.raises(ValueError, match=r"expected .* got") as caught:
        function(*arguments, **keywords)
    assert all(part in str(caught.value) for part in mentions)


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(receptive_fields)
    assert tried > 0
    assert failed == 0
