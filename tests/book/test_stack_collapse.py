"""Two convolutions or one: the arithmetic is that of the reference, the difference is marked."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.stacking import conv_stack_forward, merge_convs

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, tmp_path):
    page = open_page(figure_page(tmp_path, "stack-collapse"))
    said(page).wait_for()
    return page


def _state(page):
    return page.evaluate("document.querySelector('#figure').state")


def _shown(page, name):
    """The numbers of a grid, as they are drawn."""
    cells = page.locator(f'#figure [data-at^="{name},"]').all_inner_texts()
    side = int(len(cells) ** 0.5)
    return np.array([int(text.replace("−", "-")) for text in cells]).reshape(side, side)


def _marked(page, name):
    """Where a grid's cells are marked as different."""
    places = page.locator(f'#figure [data-at^="{name},"].sc-off').evaluate_all(
        "cells => cells.map(cell => cell.dataset.at)"
    )
    return {tuple(map(int, place.split(",")[1:])) for place in places}


def test_both_ways_equal_the_reference_in_300_settings(page):
    rng = np.random.default_rng(7)
    states = [
        {
            "x": rng.integers(-9, 10, (5, 5)).tolist(),
            "first": rng.integers(-9, 10, (2, 2)).tolist(),
            "second": rng.integers(-9, 10, (2, 2)).tolist(),
            "between": "relu" if number % 2 else "nothing",
        }
        for number in range(300)
    ]
    nothing = np.zeros(1, int)
    for state, got in zip(states, outputs(page, states), strict=True):
        x, first, second = (
            np.array(state[name])[np.newaxis, np.newaxis] for name in ("x", "first", "second")
        )
        merged = merge_convs(first, nothing, second, nothing)
        np.testing.assert_array_equal(got["merged"], merged[0][0, 0])
        one, _ = conv_stack_forward(x, [merged])
        np.testing.assert_array_equal(got["one"], one[0, 0])
        two = one
        hidden, _ = conv_stack_forward(x, [(first, nothing)])
        if state["between"] == "relu":
            two, _ = conv_stack_forward(x, [(first, nothing), (second, nothing)])
            assert got["cut"] == (hidden < 0).sum()
        np.testing.assert_array_equal(got["two"], two[0, 0])
        assert got["differ"] == (two != one).sum()
        assert got["largest"] == np.abs(two - one).max()


def test_with_nothing_between_no_numbers_tell_the_two_ways_apart(page):
    random = page.get_by_role("button", name="Random numbers")
    for _ in range(20):
        random.click()
        assert output(page)["differ"] == 0
    assert [_state(page)[name] for name in ("kernels", "picture")] == ["own", "own"]
    expect(page.locator("#figure .sc-verdict")).to_contain_text("the same")


def test_it_starts_with_the_kernels_of_the_static_figure(page):
    assert output(page)["merged"] == [[2, 1, 0], [6, 6, 2], [0, -3, -2]]
    expect(said(page)).to_contain_text("at all 9 places both ways give the same number")


def test_a_relu_parts_them_and_the_places_are_marked(page):
    page.locator('#figure label:has([value="relu"])').click()
    expect(page.locator("#figure .sc-verdict")).to_contain_text("up to 3 apart")
    expect(said(page)).to_contain_text("ReLU turned 3 negative hidden numbers into 0")
    expect(said(page)).to_contain_text("wrong at 3 of 9 places, by up to 3")
    two, one = _shown(page, "two"), _shown(page, "one")
    assert (two[0].tolist(), one[0].tolist()) == ([12, 30, 30], [9, 27, 27])  # the fallback's
    places = {tuple(place) for place in np.argwhere(two != one).tolist()}
    assert places == {(0, 0), (0, 1), (0, 2)} == _marked(page, "two") == _marked(page, "one")
    label = page.locator('#figure [data-at="one,0,1"]').get_attribute("aria-label")
    assert label == "row 0, column 1: 27, the two ways differ here"
    cut = page.locator("#figure .sc-cut")
    expect(cut).to_have_text(["−3", "−3", "−3"])
    assert re.search("made 0 by ReLU$", cut.first.get_attribute("aria-label"))


def test_a_relu_without_negative_numbers_changes_nothing(page):
    put(page, between="relu", kernels="blurs")
    assert output(page)["merged"] == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert output(page)["differ"] == 0
    expect(said(page)).to_contain_text("no hidden number is negative")


def test_cut_numbers_that_the_second_kernel_does_not_show_are_told(page):
    put(page, between="relu", second=[[0, 0], [0, 0]])
    assert (output(page)["cut"], output(page)["differ"]) == (3, 0)
    expect(said(page)).to_contain_text("which these kernels do not show")


def test_a_picture_and_its_negative_show_what_no_single_kernel_can(page):
    plus, minus = outputs(page, [{"between": "relu", "picture": p} for p in ("square", "negative")])
    np.testing.assert_array_equal(plus["one"], -np.array(minus["one"]))
    assert (np.array(plus["two"]) != -np.array(minus["two"])).any()
    expect(said(page)).to_contain_text("wrong at all 9 places, by up to 51")


def test_it_works_by_keyboard_alone(page):
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert _state(page)["between"] == "relu"
    for _ in range(3):  # kernels, picture, the picture's numbers
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("5")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("-")
    assert _state(page)["x"][1] == [5, 2, 3, 3, 0]
    assert _state(page)["picture"] == "own"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert _state(page)["first"] == [[3, 1], [0, -1]]
    page.keyboard.press("Tab")
    page.keyboard.press("-")
    assert _state(page)["second"] == [[0, 0], [3, 2]]
    assert _state(page)["kernels"] == "own"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert [_state(page)[name] for name in ("row", "column")] == [1, 1]
    expect(setting(page, "kernels").last).to_be_checked()


def test_it_works_by_pointer_and_a_click_goes_around(page):
    cell = page.locator('#figure [data-at="first,0,0"]')
    for value in (3, -2, -1):
        cell.click()
        assert _state(page)["first"][0][0] == value
    cell.click(modifiers=["Shift"])
    assert _state(page)["first"][0][0] == -2
    page.locator('#figure [data-at="one,2,1"]').click()
    framed = page.locator('#figure [data-at^="x,"].cf-in')
    expect(framed).to_have_count(9)
    assert framed.first.get_attribute("data-at") == "x,2,1"
    hidden = page.locator('#figure [data-at^="hidden,"].cf-in')
    expect(hidden).to_have_count(4)
    assert hidden.first.get_attribute("data-at") == "hidden,2,1"


def test_what_is_drawn_is_the_output(page):
    put(page, between="relu", kernels="edges", picture="negative")
    expect(page.locator("#figure .sc-name").first).to_have_text("Two layers, ReLU between")
    for name in ("hidden", "two", "merged", "one"):
        np.testing.assert_array_equal(_shown(page, name), output(page)[name])


@pytest.mark.parametrize("numbers", [None, "x", 3, [], [[1e9, None], ["a"]]])
def test_odd_numbers_are_brought_into_shape(page, numbers):
    put(page, x=numbers, first=numbers, second=numbers)
    state = _state(page)
    assert np.array(state["x"]).shape == (5, 5)
    assert np.array(state["first"]).shape == np.array(state["second"]).shape == (2, 2)
    assert np.abs(state["first"]).max() <= 9
