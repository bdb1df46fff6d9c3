import numpy as np
import pytest

from autograder.testing.patterns import how_they_are_wrong, where_they_are_wrong

SHAPE = (2, 4, 6, 5)


def _wrong(index):
    wrong = np.zeros(SHAPE, bool)
    wrong[index] = True
    return wrong


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (
            np.s_[:, 1:],
            "180 of 240 values are wrong: all of them in out[:, 1:]; out[:, 0] is right",
        ),
        (np.s_[0], "120 of 240 values are wrong: all of them in out[0]; out[1] is right"),
        (
            np.s_[..., -1],
            "48 of 240 values are wrong: all of them in out[:, :, :, -1]; "
            "out[:, :, :, :-1] is right",
        ),
        (
            np.s_[:, ::2],
            "120 of 240 values are wrong: all of them in out[:, ::2]; out[:, 1::2] is right",
        ),
        (
            np.s_[1, 2:],
            "60 of 240 values are wrong: all of out[1, 2:]; the others are right",
        ),
        (
            np.s_[1, 2, 3, 4],
            "1 of 240 values is wrong: all of out[1, 2, 3, -1]; the others are right",
        ),
        (np.s_[:], "all 240 values are wrong"),
    ],
)
def test_places_are_told_by_the_axes(index, text):
    assert where_they_are_wrong(_wrong(index), "out") == text


def test_a_border_is_told_by_what_is_right():
    wrong = ~_wrong(np.s_[:, :, 1:-1, 1:-1])
    text = where_they_are_wrong(wrong, "dx")
    assert text == "144 of 240 values are wrong: those at the border; dx[:, :, 1:-1, 1:-1] is right"


def test_places_without_a_pattern_are_spread():
    wrong = np.random.default_rng(1).random(SHAPE) < 0.5
    assert where_they_are_wrong(wrong, "out").endswith("wrong, spread over all of out")


@pytest.mark.parametrize("seed", range(40))
def test_what_is_said_to_be_right_is_right(seed):
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, SHAPE)
    box = tuple(map(slice, starts, rng.integers(starts + 1, np.add(SHAPE, 1))))
    wrong = _wrong(box) if seed % 2 else ~_wrong(box)
    if not wrong.any():
        return
    text = where_they_are_wrong(wrong, "out")
    for sentence in text.split("; "):
        if sentence.endswith(" is right"):
            assert not eval(sentence.removesuffix(" is right"), {"out": wrong}).any(), text
        if ": all of them in " in sentence:
            assert eval(sentence.partition("in ")[2], {"out": wrong}).any(), text
        elif ": all of " in sentence:
            assert eval(sentence.partition("all of ")[2], {"out": wrong}).all(), text


def _how(got, right):
    got, right = np.asarray(got, float), np.asarray(right, float)
    return how_they_are_wrong(got, right, ~(got == right))


@pytest.mark.parametrize(
    ("got", "words"),
    [
        ([-1.0, 2.0, -4.0], "each of them has the opposite sign"),
        ([0.0, 0.0, 0.0], "each of them is 0"),
        ([0.5, -1.0, 2.0], "each of them is 1/2 of what it should be"),
        ([3.0, -6.0, 12.0], "each of them is 3 times what it should be"),
        ([np.nan, np.inf, np.nan], "each of them is not a finite number"),
        ([np.nan, -2.0, 4.5], "some of them are not finite"),
        ([4.0, 1.0, -2.0], "at other places"),
        ([1.25, -1.5, 5.0], "each of them is too large"),
        ([0.75, -2.5, 3.0], "each of them is too small"),
        ([1.0, -2.0, 5.0], "it is too large"),
        ([1.25, -2.5, 4.5], ""),
    ],
)
def test_what_the_wrong_values_share_is_named(got, words):
    text = _how(got, [1.0, -2.0, 4.0])
    assert words in text if words else text == ""


def test_a_factor_that_is_not_simple_is_not_told():
    assert _how([0.7, -1.4, 2.8], [1.0, -2.0, 4.0]) == ""
