"""What a stride costs: sizes, counts and unseen columns beside the reference's and NumPy's."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.stride import conv2d_cost, conv_output_size

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "stride-cost"))


def test_300_settings_equal_the_reference(page):
    rng = np.random.default_rng(6)
    names = ("size", "kernelSize", "stride", "padding", "cIn", "cOut")
    draws = rng.integers([7, 1, 1, 0, 1, 1], [33, 8, 9, 4, 65, 65], size=(300, 6)).tolist()
    states = [dict(zip(names, draw, strict=True)) for draw in draws]
    kinds = set()
    for state, got in zip(states, outputs(page, states), strict=True):
        size, kernel, step, padding, c_in, c_out = (state[name] for name in names)
        images, filters = (1, c_in, size, size), (c_out, c_in, kernel, kernel)
        cost = conv2d_cost(images, filters, stride=step, padding=padding)
        assert (got["parameters"], got["multiplyAdds"]) == cost, state
        dense = conv2d_cost(images, filters, padding=padding)
        assert (got["parameters"], got["multiplyAddsDense"]) == dense, state
        places = conv_output_size(size, kernel, stride=step, padding=padding)
        assert got["places"] == places, state
        assert got["dense"] == conv_output_size(size, kernel, padding=padding), state
        seen = np.zeros(size + 2 * padding, bool)
        for i in range(places):
            seen[i * step : i * step + kernel] = True
        assert got["unseen"] == np.flatnonzero(~seen).tolist(), state
        assert got["leftover"] == len(seen) - 1 - np.flatnonzero(seen)[-1], state
        kinds.add((got["leftover"] > 0, len(got["unseen"]) > got["leftover"]))
    assert len(kinds) == 4


def test_it_works_by_keyboard_alone(page):
    setting(page, "size").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert output(page)["multiplyAdds"] == 768_000  # the notes' example
    expect(said(page)).to_contain_text("all 32 × 32 places are computed")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("8 × 8 are computed: 6.3% of the multiply-adds")
    page.keyboard.press("Tab")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    expect(said(page)).to_contain_text("never looked at")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    state = page.evaluate("document.querySelector('#figure').state")
    expected = {"size": 32, "kernelSize": 1, "stride": 4, "padding": 3, "cIn": 4, "cOut": 9}
    assert state == expected


def test_it_works_by_pointer(page):
    start = output(page)
    setting(page, "stride").fill("4")
    got = output(page)
    assert got["parameters"] == start["parameters"]
    assert got["multiplyAdds"] * 4 == start["multiplyAdds"]
    page.locator('#figure [data-by="-1"]').nth(1).click()  # less padding
    expect(setting(page, "padding")).to_have_value("1")
    assert output(page)["leftover"] == 1


def test_what_is_drawn_agrees_with_the_output(page):
    for state in ({}, {"stride": 3, "kernelSize": 2}, {"stride": 1, "padding": 0}, {"size": 9}):
        page.evaluate("document.querySelector('#figure').reset()")
        put(page, **state)
        page.evaluate("document.querySelector('#figure').updateComplete")
        got, size = output(page), page.evaluate("document.querySelector('#figure').state.size")
        padding = page.evaluate("document.querySelector('#figure').state.padding")
        squares = [
            page.locator(f"#figure .sc-{kind}").get_attribute("d").count("M")
            for kind in ("kept", "left")
        ]
        assert squares == [got["places"] ** 2, got["dense"] ** 2 - got["places"] ** 2], state
        assert page.locator("#figure .sc-window").count() == got["places"], state
        assert page.locator("#figure .sc-unseen").count() == len(got["unseen"]), state
        columns = page.locator("#figure :is(.sc-seen, .sc-unseen)").count()
        assert columns == size + 2 * padding, state
        share = page.evaluate(
            "[...document.querySelectorAll('#figure .sc-bar div')].map(bar => bar.style.width)"
        )
        assert share[0] == "100%", state
        ratio = got["multiplyAdds"] / got["multiplyAddsDense"]
        assert float(share[1].removesuffix("%")) == pytest.approx(100 * ratio, abs=0.01), state


def test_no_column_is_left_over_where_the_steps_come_out_even(page):
    put(page, size=7, kernelSize=3, padding=0, stride=2)
    assert output(page)["leftover"] == 0
    expect(said(page)).to_contain_text("Every column of the image lies in a window")
    put(page, size=8)
    assert output(page)["unseen"] == [7]


def test_a_1_by_1_filter_with_stride_2_never_looks_at_every_second_column(page):
    put(page, size=8, kernelSize=1, padding=0, stride=2)
    assert output(page)["unseen"] == [1, 3, 5, 7]
    expect(said(page)).to_contain_text("3 columns between the windows are never looked at")
