"""Answers that are alike: what counts as equal, and what does not."""

import time

import pytest

from autograder.class_report.similar import (
    alike_groups,
    answers_of,
    pieces_of,
    similarity,
    tokens_of,
)
from autograder.sandbox import Cell, Program

STUB = '''
def conv2d_forward(x, weight, bias):
    """Slide filters over a batch."""
    # 1. Sizes.
    raise NotImplementedError("write conv2d_forward")
'''
ANSWER = '''
def conv2d_forward(x, weight, bias):
    """Slide filters over a batch."""
    # 1. Sizes.
    N, C, H, W = x.shape
    F, C2, kH, kW = weight.shape
    if C != C2:
        raise ValueError(f"channels {C} and {C2}")
    out = np.zeros((N, F, H - kH + 1, W - kW + 1))
    for n in range(N):
        for f in range(F):
            for i in range(H - kH + 1):
                for j in range(W - kW + 1):
                    patch = x[n, :, i : i + kH, j : j + kW]
                    out[n, f, i, j] = np.sum(patch * weight[f]) + bias[f]
    return out, (x, weight, bias)
'''
OTHER = """
def conv2d_forward(x, weight, bias):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    out = np.einsum("nchwij,fcij->nfhw", windows, weight, optimize=True)
    out += bias.reshape(1, -1, 1, 1)
    if x.shape[1] != weight.shape[1]:
        raise ValueError("no")
    if any(a < b for a, b in zip(x.shape[2:], weight.shape[2:], strict=True)):
        raise ValueError("too large")
    return out, {"x": x.copy(), "weight": weight.copy(), "bias": bias.copy()}
"""
RENAMED = (
    ANSWER.replace("patch", "window")
    .replace("out", "result")
    .replace("# 1. Sizes.", "# my own words\n")
    .replace("Slide filters over a batch.", "Another docstring.")
)
RELEASED = {"conv2d_forward": STUB}


def groups_of(threshold=0.8, **sources):
    answers = {student: {"conv2d_forward": source} for student, source in sources.items()}
    return alike_groups(answers, RELEASED, threshold=threshold)


def test_names_comments_docstrings_and_layout_do_not_count():
    assert tokens_of(ANSWER) == tokens_of(RENAMED)
    assert tokens_of("a = b  # c\n\n\n") == tokens_of("x   =   y") == ["v", "=", "v"]


def test_numpy_s_names_numbers_and_keywords_count():
    assert tokens_of("np.sum(a, axis=1)") != tokens_of("np.sum(a, axis=0)")
    assert tokens_of("np.sum(a)") != tokens_of("np.dot(a)")
    assert tokens_of("for i in range(3): pass")[:4] == ["for", "v", "in", "range"]


def test_code_that_is_no_python_is_compared_too():
    assert tokens_of("def f(:\n  'never closed") == tokens_of("def g(:\n  'never ended")


def test_a_renamed_copy_is_found_and_an_own_answer_is_not():
    compared, groups = groups_of(a=ANSWER, b=RENAMED, c=OTHER)
    assert compared == 3
    assert [group["students"] for group in groups] == [["a", "b"]]
    (pair,) = groups[0]["pairs"]
    assert pair["share"] == 1
    assert pair["functions"] == ["conv2d_forward"]
    assert similarity(pieces_of(tokens_of(ANSWER)), pieces_of(tokens_of(OTHER))) < 0.2


def test_the_released_stub_makes_nobody_alike():
    assert groups_of(a=STUB, b=STUB) == (0, [])


def test_a_short_answer_says_nothing():
    short = STUB.replace("raise NotImplementedError", "return np.zeros")
    assert groups_of(a=short, b=short) == (0, [])


def test_the_threshold_decides():
    changed = ANSWER.replace("np.sum(patch * weight[f])", "np.vdot(weight[f], patch)")
    _, (group,) = groups_of(threshold=0.5, a=ANSWER, b=changed)
    share = group["pairs"][0]["share"]
    assert 0.5 < share < 1
    assert groups_of(threshold=share, a=ANSWER, b=changed)[1]
    assert not groups_of(threshold=share + 0.001, a=ANSWER, b=changed)[1]


def test_pairs_that_share_a_learner_are_one_group_and_the_most_similar_comes_first():
    changed = ANSWER.replace("np.sum(patch * weight[f])", "np.vdot(weight[f], patch)")
    other = OTHER.replace("optimize=True", "optimize=False")
    _, groups = groups_of(threshold=0.5, d=OTHER, e=other, a=ANSWER, b=changed, c=RENAMED)
    assert [group["students"] for group in groups] == [["a", "b", "c"], ["d", "e"]]
    shares = [pair["share"] for pair in groups[0]["pairs"]]
    assert shares == sorted(shares, reverse=True)
    assert groups[0]["pairs"][0]["students"] == ["a", "c"]


def test_only_answer_cells_are_compared():
    cells = (Cell("added-1", "import numpy as np", "added"), Cell("answer_f", "f = 1", "answer"))
    assert answers_of(Program(cells, ("f",))) == {"f": "f = 1"}


@pytest.mark.parametrize(
    "hostile", ["(" * 500_000, "'" * 499_999, "a." * 250_000, "\\\n" * 250_000]
)
def test_a_huge_answer_costs_little(hostile):
    began = time.process_time()
    groups_of(a=ANSWER + hostile, b=ANSWER, c=RENAMED)
    assert time.process_time() - began < 20


def test_a_class_of_two_hundred_is_compared_in_seconds():
    began = time.process_time()
    answers = {f"s{n}": ANSWER.replace("1", str(n)) for n in range(200)}
    assert groups_of(**answers)[0] == 200
    assert time.process_time() - began < 30
