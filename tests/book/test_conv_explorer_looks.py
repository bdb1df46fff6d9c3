"""The convolution explorer's layout, motion and colors, in a real browser."""

import re

import numpy as np
import pytest

from explorer_page import MINUS, cell, expect_text, explorer, get, put, stop_time, write_page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("wish", "wait"), [("no-preference", 700), ("reduce", 1500)])
def test_less_motion_means_slow_steps_without_transitions(show, wish, wait):
    page = show(reduced_motion=wish)
    stop_time(page)
    page.locator('[data-act="play"]').click()
    page.clock.run_for(wait - 50)
    assert get(page, "state")["column"] == 0
    page.clock.run_for(100)
    assert get(page, "state")["column"] == 1
    moving = page.evaluate("""[...document.querySelectorAll(".cx-frame, .cx-cell")].some(
      e => parseFloat(getComputedStyle(e).transitionDuration) > 0)""")
    assert moving == (wish == "no-preference")


def test_nothing_shifts_while_stepping_and_changing_numbers(show):
    page = show('channels="2" filters="2"')
    page.evaluate("""() => {
      window.shift = 0;
      new PerformanceObserver(list => list.getEntries().forEach(e => (window.shift += e.value)))
        .observe({type: "layout-shift", buffered: false});
    }""")

    def shifted():
        page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        return page.evaluate("window.shift")

    places = """["#after", ".cx-result", ".cx-sum input", ".cx-sizes"].map(
      name => [document.querySelector(name).offsetLeft, document.querySelector(name).offsetTop])"""
    before = page.evaluate(places)
    for _ in range(7):
        page.locator('[data-act="step"]').click()
    put(page, x=[[[99] * 6] * 6, [[-99] * 6] * 6])  # long numbers
    put(page, weight=[[[[99] * 3] * 3, [[-99] * 3] * 3]] * 2, bias=[-99, 99])
    assert get(page, "output")[1][0][0] == 176517
    assert page.evaluate(places) == before
    for name in ("counting", "letter", "diagonal"):
        page.locator('[data-choice="picture"]').select_option(name)
    page.locator('[data-filter="1"]').click()
    page.locator('[data-choice="kernel"]').select_option("opposing-colors")
    cell(page, "kernel,1,1,1").click()
    assert page.evaluate(places) == before
    assert shifted() <= 0.02

    page.evaluate("""() => {
      scrollTo(0, 0);
      document.querySelector(".cx-settings").style.marginBottom = "200px";
    }""")
    assert shifted() > 0.02  # the observer does see a shift


@pytest.mark.parametrize("width", [768, 375])
def test_the_page_keeps_room_for_the_explorer(open_page, show, tmp_path, width):
    viewport = {"width": width, "height": 800}
    heights = []
    for page in (
        open_page(write_page(tmp_path, explorer(), scripts=()), viewport=viewport),
        show(viewport=viewport),
    ):
        heights.append(page.locator("#e0").bounding_box()["height"])
    assert abs(heights[0] / heights[1] - 1) < 0.05, heights


def test_without_scripts_the_fallback_text_stays(open_page, tmp_path):
    page = open_page(write_page(tmp_path, explorer()), java_script_enabled=False)
    assert page.locator("#e0").bounding_box()["height"] < 100  # and no empty room
    expect_text(page.locator("#e0"), "A filter slides.")


HARD = [
    {},
    {"channels": 3, "filters": 3, "width": 8, "kernelWidth": 5},
    {"padding": 2, "width": 8, "stride": 2, "dilation": 2, "filters": 2, "picture": "counting"},
    {"x": [[[99] * 7] * 5] * 2, "weight": [[[[99] * 4] * 3] * 2] * 3, "bias": [-99] * 3},
    {"height": 3, "kernelHeight": 5},
]


@pytest.mark.parametrize("width", [320, 375, 768])
@pytest.mark.parametrize("state", HARD)
def test_no_sideways_scroll(show, width, state):
    every = "size kernel channels filters padding stride dilation picture filter"
    page = show(f'controls="{every}"')
    page.set_viewport_size({"width": width, "height": 700})
    put(page, **state)
    outside = page.evaluate("""() => {
      const card = document.querySelector(".cx").getBoundingClientRect();
      const parts = document.querySelectorAll(
        ".cx-cell, .cx-chip, .cx button, .cx input, .cx select, .cx dd");
      return [...parts].filter(e => !e.closest(".cx-scroll")).filter(e => {
        const box = e.getBoundingClientRect();
        return box.left < card.left || box.right > card.right;
      }).map(e => e.dataset.at ?? e.outerHTML);
    }""")
    assert outside == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("state", HARD)
def test_targets_are_large_enough_for_a_finger(show, state):
    page = show('controls="size kernel channels filters padding stride dilation picture filter"')
    page.set_viewport_size({"width": 320, "height": 700})
    put(page, **state)
    small = page.evaluate("""() => [...document.querySelectorAll(
        "[role=gridcell]:not(.cx-border), .cx button, .cx input, .cx select")]
      .filter(e => Math.min(e.offsetWidth, e.offsetHeight) < 24)
      .map(e => e.dataset.at ?? e.outerHTML)""")
    assert small == []


def luminance(color):
    channels = np.array([float(part) for part in re.findall(r"[\d.]+", color)[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable_in_both_themes(show, theme):
    page = show('channels="2" filters="2" padding="1"')
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    x = (np.arange(72).reshape(2, 6, 6) - 36).tolist()
    weight = (np.arange(36).reshape(2, 2, 3, 3) - 18).tolist()
    put(page, x=x, weight=weight)
    pairs = page.evaluate("""() => {
      const ground = e => { const c = getComputedStyle(e).backgroundColor;
        return c === "rgba(0, 0, 0, 0)" && e.parentElement ? ground(e.parentElement) : c; };
      const parts = document.querySelectorAll(`.cx-cell, .cx-caption, .cx label, .cx-hint, .cx-chip,
        .cx dt, .cx dd, .cx button:enabled, .cx select`);
      return [...parts].map(
        e => [e.dataset.tint ?? e.className, getComputedStyle(e).color, ground(e)]);
    }""")
    tints = {pair[0] for pair in pairs}
    assert {"0", "p1", "p2", "p3", "p4", "n1", "n2", "n3", "n4"} <= tints
    for what, text, ground in pairs:
        light, dark = sorted([luminance(text), luminance(ground)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (what, text, ground)


def test_signs_are_written(show):
    page = show()
    put(page, row=0, column=3)
    assert cell(page, "kernel,0,0,0").inner_text() == f"{MINUS}1"
    assert cell(page, "map,0,0,3").inner_text() == f"{MINUS}4"
    assert page.locator(".cx-result").inner_text() == f"{MINUS}4"


def test_every_grid_and_cell_has_a_name(show):
    page = show('channels="3" filters="2"')
    labels = page.evaluate("""() => [...document.querySelectorAll("[role=grid], [role=table]")].map(
      grid => grid.getAttribute("aria-label"))""")
    assert len(labels) == len(set(labels)) == 3 * 4 + 2
    assert cell(page, "map,1,0,3").get_attribute("aria-label") == "row 0, column 3: 2"
    assert page.locator("[role=gridcell]:not([aria-label])").count() == 0
