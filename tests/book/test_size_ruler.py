"""The ruler of sizes: its arithmetic beside the reference's, and its controls."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "size-ruler"))


def test_sizes_equal_numpy_in_300_settings(page):
    rng = np.random.default_rng(4)
    states = [
        {
            "size": int(size),
            "kernelSize": int(kernel),
            "padding": int(rng.integers((kernel + 1) // 2)),
        }
        for size, kernel in rng.integers([3, 1], [33, 10], size=(300, 2))
    ]
    ends = set()
    for state, got in zip(states, outputs(page, states), strict=True):
        row, kernel = np.zeros(state["size"]), np.ones(state["kernelSize"])
        sizes = [row.size]
        while len(sizes) <= 16 and np.pad(row, state["padding"]).size >= kernel.size:
            row = np.correlate(np.pad(row, state["padding"]), kernel, mode="valid")
            sizes.append(row.size)
        assert got["sizes"] == sizes, state
        assert got["endless"] == (row.size + 2 * state["padding"] >= kernel.size), state
        ends.add(got["endless"])
    assert ends == {True, False}


def test_it_works_by_keyboard_alone(page):
    setting(page, "size").focus()
    for _ in range(25):
        page.keyboard.press("ArrowLeft")
    assert output(page)["sizes"] == [7, 3]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert output(page)["sizes"] == [7, 5, 3, 1]
    expect(said(page)).to_contain_text("only 1 pixel is left, and a filter of 3 fits no more")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    assert output(page) == {"sizes": [7] * 17, "endless": True}
    expect(said(page)).to_contain_text("the size stays")


def test_it_works_by_pointer(page):
    page.locator('#figure [data-by="1"]').nth(1).click()
    assert output(page)["sizes"][:3] == [32, 30, 28]
    expect(setting(page, "padding")).to_have_value("1")
    setting(page, "layer").fill("5")
    expect(said(page)).to_contain_text("After 5 layers: 22 pixels of 32")


def test_no_more_padding_than_keeps_the_size(page):
    put(page, kernelSize=3, padding=4)
    assert page.evaluate("document.querySelector('#figure').state.padding") == 1


def test_the_drawing_has_a_square_for_each_pixel(page):
    put(page, size=9, kernelSize=4, layer=2)
    squares = page.evaluate("""[...document.querySelectorAll("#figure svg g")].map(
      row => row.querySelectorAll("rect").length)""")
    assert squares == [9, 6, 3]
    assert page.locator("#figure .sr-read").count() == 4
