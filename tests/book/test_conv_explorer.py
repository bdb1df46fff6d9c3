"""The convolution explorer, in a real browser.

The pages under test are written here, so that no chapter's attributes matter. They are opened from
file://, where a book must work too.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

pytestmark = pytest.mark.browser

CNN = Path(__file__).parents[2] / "book" / "_static" / "cnn"
NUMBERS = [
    *("height", "width", "channels", "kernelHeight", "kernelWidth", "filters"),
    *("padding", "stride", "dilation"),
]
MINUS = "−"


def write_page(folder, *elements, scripts=("conv-explorer.js",)):
    head = [f'<link rel="stylesheet" href="{(CNN / "book.css").as_uri()}">']
    head += [f'<link rel="stylesheet" href="{(CNN / "conv-explorer.css").as_uri()}">']
    head += [f'<script defer src="{(CNN / name).as_uri()}"></script>' for name in scripts]
    file = folder / "explorer.html"
    file.write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Test</title>'
        + "".join(head)
        + '<body style="margin: 0 auto; padding: 1rem; max-width: 44rem; color: var(--cnn-fg);'
        + ' background: var(--cnn-bg)"><p id="before">Before.</p>'
        + "".join(elements)
        + '<p id="after">After.</p></body></html>',
        encoding="utf-8",
    )
    return file.as_uri()


def explorer(attributes="", number=0):
    return f'<conv-explorer id="e{number}" {attributes}><p>A filter slides.</p></conv-explorer>'


@pytest.fixture
def show(open_page, tmp_path):
    """Open a page with one explorer for each set of attributes."""

    def show(*attributes, **options):
        elements = [explorer(each, number) for number, each in enumerate(attributes or [""])]
        page = open_page(write_page(tmp_path, *elements), **options)
        page.wait_for_selector("conv-explorer .cx-cell", state="attached")
        return page

    return show


def get(page, name, number=0):
    return page.evaluate(f"document.querySelector('#e{number}').{name}")


def put(page, number=0, **state):
    page.evaluate("([n, s]) => { document.querySelector('#e' + n).state = s; }", [number, state])


def cell(page, at, number=0):
    return page.locator(f'#e{number} [data-at="{at}"]')


def live(page, number=0):
    return page.locator(f'#e{number} [data-part="live"]')


def expect_text(locator, text):
    from playwright.sync_api import expect

    expect(locator).to_have_text(text)


def focused(page):
    return page.evaluate("document.activeElement.dataset.at ?? document.activeElement.id")


def tab_to(page, wanted):
    """Press Tab until the element `wanted` (a JavaScript condition on `e`) has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(f"(e => Boolean({wanted}))(document.activeElement)"):
            return
    pytest.fail(f"the Tab key never reaches {wanted}")


def patches(x, spans, *, padding, stride, dilation):
    """Return (C_in, H_out, W_out, kH, kW): what the filter meets at every place."""
    x = np.pad(x, [(0, 0), (padding, padding), (padding, padding)])
    windows = sliding_window_view(x, spans, axis=(1, 2))
    return windows[:, ::stride, ::stride, ::dilation, ::dilation]


def random_state(rng):
    height, width, c_in, c_out = (int(n) for n in rng.integers([3, 3, 1, 1], [9, 9, 4, 4]))
    k_h, k_w = (int(n) for n in rng.integers(1, 6, size=2))
    padding, stride, dilation = (int(n) for n in rng.integers([0, 1, 1], [3, 4, 4]))
    return {
        "x": rng.integers(-9, 10, size=(c_in, height, width)).tolist(),
        "weight": rng.integers(-5, 6, size=(c_out, c_in, k_h, k_w)).tolist(),
        "bias": rng.integers(-9, 10, size=3).tolist(),
        "filter": int(rng.integers(c_out)),
        "row": int(rng.integers(8)),
        "column": int(rng.integers(8)),
        "padding": padding,
        "stride": stride,
        "dilation": dilation,
    }


READ = """states => states.map(wanted => {
  const e = document.querySelector("#e0");
  e.state = wanted;
  const number = node => Number(node.textContent.replace("−", "-").replace(/[()]/g, ""));
  const all = query => [...e.querySelectorAll(query)];
  const cells = kind => all(`[data-at^="${kind},"]`).map(number);
  return {
    output: e.output, map: cells("map"), patch: cells("patch"), kernel: cells("kernel"),
    products: cells("products"), window: all(".cx-in").length,
    at: all(".cx-current").map(node => node.dataset.at), sums: all("[data-sum]").map(number),
    terms: all("[data-term]").map(number), result: number(e.querySelector(".cx-result")),
  };
})"""


def test_arithmetic_equals_numpy_in_300_settings(show):
    rng = np.random.default_rng(20240912)
    states = [random_state(rng) for _ in range(300)]
    fitting = 0
    for wanted, got in zip(states, show().evaluate(READ, states), strict=True):
        x, weight = np.array(wanted["x"]), np.array(wanted["weight"])
        options = {name: wanted[name] for name in ("padding", "stride", "dilation")}
        spans = [wanted["dilation"] * (size - 1) + 1 for size in weight.shape[2:]]
        room = [size + 2 * wanted["padding"] for size in x.shape[1:]]
        if spans[0] > room[0] or spans[1] > room[1]:
            assert got["output"] == [[]] * len(weight), wanted
            assert got["window"] == 0
            continue
        fitting += 1
        windows = patches(x, spans, **options)
        bias = np.array(wanted["bias"][: len(weight)])
        out = np.einsum("cijuv,fcuv->fij", windows, weight) + bias[:, None, None]
        assert got["output"] == out.tolist(), wanted
        assert got["map"] == out.ravel().tolist(), wanted

        # The place that was asked for, or the nearest one that exists, and how it comes about.
        f = wanted["filter"]
        i, j = (
            min(wanted[key], size - 1)
            for key, size in zip(("row", "column"), out[0].shape, strict=True)
        )
        products = windows[:, i, j] * weight[f]
        assert got["at"] == [f"map,{f},{i},{j}"]
        assert got["patch"] == windows[:, i, j].ravel().tolist()
        assert got["kernel"] == weight[f].ravel().tolist()
        assert got["products"] == products.ravel().tolist()
        assert got["window"] == products.size
        assert got["sums"] == got["terms"] == products.sum(axis=(1, 2)).tolist()
        assert got["result"] == out[f, i, j]
    assert fitting > 150


def test_opposing_colors_need_two_channels(show):
    page = show('channels="2" weights="opposing-colors"')
    option = page.locator('option[value="opposing-colors"]')
    assert get(page, "state")["weight"] == [[[[1] * 3] * 3, [[-1] * 3] * 3]]
    assert option.is_enabled()
    put(page, channels=1)
    assert get(page, "state")["kernels"][0] == "box"
    assert option.is_disabled()


def test_the_frame_lies_on_the_patch(show):
    page = show()
    for state in (
        {"row": 2, "column": 1},
        {"stride": 2, "padding": 1, "row": 1, "column": 2, "kernelWidth": 4},
    ):
        put(page, **state)
        page.wait_for_function("!document.getAnimations().length")
        boxes = page.evaluate("""() => {
          const box = nodes => { const all = nodes.map(n => n.getBoundingClientRect());
            return [Math.min(...all.map(b => b.left)), Math.min(...all.map(b => b.top)),
                    Math.max(...all.map(b => b.right)), Math.max(...all.map(b => b.bottom))]; };
          return [".cx-frame", ".cx-in"].map(name => box([...document.querySelectorAll(name)]));
        }""")
        assert np.abs(np.subtract(*boxes)).max() <= 4


def test_keyboard_alone_can_do_everything(show):
    page = show('filters="2"')
    keys = page.keyboard
    tab_to(page, "e.dataset.number === 'height'")
    keys.press("ArrowUp")
    assert get(page, "state")["height"] == 7
    tab_to(page, "e.dataset.number === 'channels'")
    keys.press("ArrowUp")
    assert get(page, "state")["channels"] == 2
    tab_to(page, "e.dataset.choice === 'picture'")
    keys.press("ArrowDown")
    assert get(page, "state")["picture"] == "vertical-edge"
    tab_to(page, "e.dataset.choice === 'kernel'")
    keys.press("ArrowDown")
    assert get(page, "state")["kernels"][0] == "horizontal-edge"

    tab_to(page, "e.dataset.at === 'input,0,0,0'")
    for key in ("ArrowDown", "End", "ArrowLeft", "7"):
        keys.press(key)
    state = get(page, "state")
    assert focused(page) == "input,0,1,4"
    assert state["x"][0][1][4] == 7
    assert state["picture"] == "own"

    tab_to(page, "e.dataset.at === 'kernel,0,0,0'")
    for key in ("ArrowRight", "0", "-", "-", "ArrowRight", "+", "+", "ArrowDown", "9", "Backspace"):
        keys.press(key)
    state = get(page, "state")
    assert state["weight"][0][0][0][1] == -2
    assert state["weight"][0][0][0][2] == 1
    assert state["weight"][0][0][1][2] == 0
    assert state["kernels"][0] == "own"
    assert state["kernels"][1] == "horizontal-edge"

    tab_to(page, "e.dataset.number === 'bias'")
    keys.press("ArrowDown")
    assert get(page, "state")["bias"][0] == -1

    tab_to(page, "e.dataset.at === 'map,0,0,0'")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        keys.press(key)
    assert [get(page, "state")[name] for name in ("filter", "row", "column")] == [0, 2, 1]
    assert focused(page) == "map,0,2,1"
    tab_to(page, "e.dataset.filter === '1'")
    keys.press("Enter")
    assert get(page, "state")["filter"] == 1

    tab_to(page, "e.dataset.act === 'step'")
    keys.press("Enter")
    assert get(page, "state")["column"] == 2
    keys.press("Shift+Tab")
    keys.press("Enter")
    keys.press("Enter")
    assert get(page, "state")["column"] == 0
    tab_to(page, "e.dataset.act === 'play'")
    keys.press("Space")
    expect_text(page.locator('[data-act="play"]'), "Pause")
    keys.press("Space")
    expect_text(page.locator('[data-act="play"]'), "Play")
    tab_to(page, "e.dataset.act === 'reset'")
    keys.press("Enter")
    state = get(page, "state")
    assert [state[name] for name in ("height", "channels", "filter", "row", "column")] == [
        6,
        1,
        0,
        0,
        0,
    ]
    assert state["picture"] == "bright-square"


def test_keys_stay_inside_the_grid(show):
    page = show()
    cell(page, "input,0,0,0").focus()
    for key, place in [
        ("ArrowUp", "0,0"),
        ("ArrowLeft", "0,0"),
        ("End", "0,5"),
        ("ArrowRight", "0,5"),
        ("PageDown", "5,5"),
        ("ArrowDown", "5,5"),
        ("Home", "5,0"),
        ("PageUp", "0,0"),
    ]:
        page.keyboard.press(key)
        assert focused(page) == f"input,0,{place}", key
        assert cell(page, f"input,0,{place}").get_attribute("tabindex") == "0"  # to come back to


def test_keys_of_a_grid_do_not_scroll_the_page(show):
    page = show(viewport={"width": 800, "height": 600})
    cell(page, "input,0,3,0").evaluate("e => e.scrollIntoView({block: 'center'})")
    cell(page, "input,0,0,0").focus()
    before = page.evaluate("scrollY")
    for key in ("ArrowDown", "Space", "PageUp", "End", "Home"):
        page.keyboard.press(key)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("scrollY") == before


def test_each_grid_is_one_stop_of_the_tab_key(show):
    page = show('channels="2" filters="3" padding="1"')
    stops = page.evaluate("""() => [...document.querySelectorAll("[role=grid]")].map(
      grid => grid.querySelectorAll("[tabindex='0']").length)""")
    assert stops == [1] * (2 + 2 + 3)


def test_pointer_changes_numbers_and_selects_places(show):
    page = show('filters="2" bias="1 5"')
    cell(page, "input,0,0,0").click()
    cell(page, "input,0,0,0").click()
    assert get(page, "state")["x"][0][0][0] == 2
    cell(page, "input,0,0,0").click(modifiers=["Shift"])
    assert get(page, "state")["x"][0][0][0] == 1
    cell(page, "kernel,0,2,2").click(modifiers=["Shift"])
    assert get(page, "state")["weight"][0][0][2][2] == 0
    cell(page, "map,1,3,2").click()
    assert [get(page, "state")[name] for name in ("filter", "row", "column")] == [1, 3, 2]
    page.locator('[data-number="bias"] + button').click()
    assert get(page, "state")["bias"][:2] == [1, 6]
    page.locator('[data-choice="kernel"]').select_option("Box (adds up)")
    assert get(page, "state")["weight"][1] == [[[1] * 3] * 3]
    page.locator('[data-number="kernelHeight"]').fill("2")
    assert np.shape(get(page, "state")["weight"]) == (2, 1, 2, 3)
    page.locator('[data-number="kernelHeight"]').fill("400")
    page.locator('[data-number="kernelHeight"]').blur()
    assert page.locator('[data-number="kernelHeight"]').input_value() == "5"


def test_the_mouse_looks_at_a_place_and_leaves_the_selected_one(show):
    page = show()
    cell(page, "map,0,1,0").click()
    cell(page, "map,0,2,3").hover()
    expect_text(page.locator('[data-part="name"]'), "out[0, 2, 3] =")
    page.locator("#before").hover()
    expect_text(page.locator('[data-part="name"]'), "out[0, 1, 0] =")
    assert get(page, "state")["column"] == 0


def test_keys_change_the_selected_filter_while_the_mouse_looks_at_another(show):
    page = show('filters="2" bias="1 5"')
    cell(page, "kernel,0,1,1").focus()
    cell(page, "map,1,2,3").hover()
    bias = page.locator('[data-number="bias"]')
    assert bias.input_value() == "5"
    page.keyboard.press("7")
    assert bias.input_value() == "1"
    assert [filter_[0][1][1] for filter_ in get(page, "state")["weight"]] == [7, 0]
    bias.focus()
    cell(page, "map,1,2,2").hover()
    page.keyboard.press("ArrowUp")
    assert get(page, "state")["bias"][:2] == [2, 5]


def test_a_place_that_the_mouse_looks_at_may_vanish(show):
    page = show('filters="2"')
    cell(page, "map,1,3,3").hover()
    put(page, filters=1, height=3)
    expect_text(page.locator('[data-part="name"]'), "out[0, 0, 0] =")


def test_padding_cannot_be_changed(show):
    page = show('padding="1"')
    before = get(page, "state")["x"]
    cell(page, "input,0,-1,2").click()
    assert get(page, "state")["x"] == before
    assert cell(page, "input,0,-1,2").get_attribute("tabindex") is None


def test_own_numbers_stay_when_a_size_changes(show):
    page = show()
    cell(page, "input,0,1,1").focus()
    page.keyboard.press("8")
    put(page, width=7, height=5)
    x = get(page, "state")["x"]
    assert np.shape(x) == (1, 5, 7)
    assert x[0][1][1] == 8
    assert [row[6] for row in x[0]] == [0] * 5


def test_live_region_reads_the_sum(show):
    page = show('bias="-3"')
    cell(page, "map,0,0,0").focus()
    page.keyboard.press("ArrowDown")
    terms = "2 times 1 plus 2 times 1 plus 2 times 1"
    expect_text(live(page), f"Row 1, column 0: {terms}, plus bias {MINUS}3 equals 3.")
    page.keyboard.press("ArrowRight")
    expect_text(
        live(page),
        "Row 1, column 1: 2 times −1 plus 2 times 1 plus 2 times −1 plus 2 times 1"
        " plus 2 times −1 plus 2 times 1, plus bias −3 equals −3.",
    )
    put(page, picture="bright-square", row=1, column=1)
    cell(page, "kernel,0,0,1").focus()
    page.keyboard.press("4")
    expect_text(
        live(page),
        "Weight row 0, column 1 is now 4. Row 1, column 1: 2 times −1 plus 2 times 4 plus 2 times 1"
        " plus 2 times −1 plus 2 times 1 plus 2 times −1 plus 2 times 1, plus bias −3 equals 5.",
    )


def test_live_region_sums_up_what_is_too_long_to_hear(show):
    page = show('channels="3" filters="2" weights="box box"')
    cell(page, "map,1,0,0").focus()
    page.keyboard.press("ArrowRight")
    expect_text(
        live(page),
        "Filter 1, row 0, column 1: channel sums 12 plus 3 plus 3, plus bias 0 equals 18.",
    )


def stop_time(page):
    page.clock.install(time=0)
    page.clock.pause_at(60_000)


def test_live_region_is_silent_while_playing_and_speaks_at_the_end(show):
    page = show('size="3x5"')  # one row of three places
    stop_time(page)
    page.locator('[data-act="play"]').click()
    for column, text in [(0, "Pause"), (1, "Pause"), (2, "Play")]:
        assert get(page, "state")["column"] == column
        assert page.locator('[data-act="play"]').inner_text() == text
        assert page.locator(".cx-later").count() == 2 - column
        assert live(page).inner_text() == ""
        page.clock.run_for(700 if column < 2 else 250)
    assert live(page).inner_text().startswith("Row 0, column 2: ")
    page.clock.run_for(5000)
    assert get(page, "state")["column"] == 2  # it stops, and does not begin again


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


def test_several_explorers_do_not_interfere(show):
    page = show('size="5x4" kernel="2"', 'filters="2" picture="counting"')
    before = get(page, "state", 1)
    page.locator('#e0 [data-act="step"]').click()
    cell(page, "input,0,0,0", 0).click()
    put(page, 0, channels=3)
    assert get(page, "state", 1) == before
    assert get(page, "state", 0)["channels"] == 3
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    page.locator("#e1 label", has_text="Channels").click()
    assert page.evaluate("document.activeElement.closest('conv-explorer').id") == "e1"


def test_size_formula_shows_the_numbers(show):
    page = show('size="7x5" kernel="3x2"')
    sizes = page.locator(".cx-sizes dl").nth(1)
    text = re.sub(r"\s+", " ", sizes.inner_text())
    assert text == "Hout = H − kH + 1 = 7 − 3 + 1 = 5 Wout = W − kW + 1 = 5 − 2 + 1 = 4"
    shapes = re.sub(r"\s+", " ", page.locator(".cx-sizes dl").nth(0).inner_text())
    assert shapes == "x 1 × 7 × 5 weight 1 × 1 × 3 × 2 bias 1 out 1 × 5 × 4"


@pytest.mark.parametrize(
    ("controls", "formula"),
    [
        ("padding", "= H + 2P − kH + 1 = 6 + 2·1 − 3 + 1 = 6"),
        ("padding stride", "= ⌊(H + 2P − kH) / S⌋ + 1 = ⌊(6 + 2·1 − 3) / 2⌋ + 1 = 3"),
        (
            "padding stride dilation",
            "= ⌊(H + 2P − D(kH − 1) − 1) / S⌋ + 1 = ⌊(6 + 2·1 − 2·(3 − 1) − 1) / 2⌋ + 1 = 2",
        ),
        ("dilation", "= H − D(kH − 1) = 6 − 2·(3 − 1) = 2"),
    ],
)
def test_size_formula_names_what_the_chapter_has(show, controls, formula):
    start = {"padding": 1, "stride": 2, "dilation": 2}
    attributes = " ".join(f'{name}="{start[name]}"' for name in controls.split())
    page = show(f'controls="{controls}" {attributes}')
    text = re.sub(r"\s+", " ", page.locator(".cx-sizes dd").nth(4).inner_text())
    assert text == formula
    assert len(get(page, "output")[0]) == int(formula[-1])


def test_a_filter_that_does_not_fit_is_explained(show):
    page = show('size="3x6" kernel="5x3" filters="2"')
    message = page.locator(".cx-misfit")
    assert message.inner_text().startswith("The filter is 5 high, but the input is only 3 high.")
    assert get(page, "output") == [[], []]
    assert page.locator('[data-act="step"]').is_disabled()
    assert page.locator('[data-act="play"]').is_disabled()
    cell(page, "kernel,0,0,0").click()  # can still be changed
    assert get(page, "state")["weight"][0][0][0][0] == 0
    page.locator('[data-number="kernelHeight"]').fill("2")
    assert message.count() == 0
    assert np.shape(get(page, "output")) == (2, 2, 4)


def test_a_filter_that_stops_fitting_stops_the_play(show):
    page = show('size="3"')
    stop_time(page)
    put(page, kernelHeight=2)
    page.locator('[data-act="play"]').click()
    put(page, kernelHeight=5)
    page.clock.run_for(2000)
    assert page.locator('[data-act="play"]').inner_text() == "Play"
    assert get(page, "output") == [[]]


def test_controls_are_those_that_the_chapter_asks_for(show):
    page = show("", 'controls="kernel padding"', 'controls=""')
    names = page.evaluate("""[...document.querySelectorAll("conv-explorer")].map(e =>
      [...e.querySelectorAll(".cx-settings :is([data-number], [data-choice])")].map(
        c => c.dataset.number ?? c.dataset.choice))""")
    assert names[0] == [
        *("height", "width", "channels", "picture", "kernelHeight", "kernelWidth", "filters"),
        "kernel",
    ]
    assert names[1] == ["kernelHeight", "kernelWidth", "padding"]
    assert names[2] == []
    page.locator('#e2 [data-act="step"]').click()
    assert get(page, "state", 2)["column"] == 1


def test_attributes_give_the_start(show):
    page = show(
        'height="5" width="8" kernel-height="2" kernel-width="4" channels="2" filters="3"'
        ' padding="1" stride="2" dilation="1" picture="letter" weights="opposing-colors sharpen"'
        ' bias="1 -2"'
    )
    state = get(page, "state")
    assert [state[name] for name in NUMBERS] == [5, 8, 2, 2, 4, 3, 1, 2, 1]
    assert state["kernels"] == ["opposing-colors", "sharpen", "box"]
    assert state["bias"] == [1, -2, 0]
    assert state["weight"][0] == [[[1] * 4] * 2, [[-1] * 4] * 2]


def test_unknown_attribute_values_do_no_harm(show):
    page = show('size="banana" channels="-4" picture="cat" weights="fuzzy" bias="x" filters="77"')
    state = get(page, "state")
    assert [state[name] for name in NUMBERS] == [6, 6, 1, 3, 3, 3, 0, 1, 1]
    assert np.shape(get(page, "output")) == (3, 4, 4)


def test_a_change_is_announced_to_the_page(show):
    page = show()
    page.evaluate("""() => {
      window.seen = [];
      document.addEventListener("cnn-change", e => window.seen.push(e.detail));
    }""")
    page.locator('[data-act="step"]').click()
    cell(page, "kernel,0,1,1").click()
    seen = page.evaluate("window.seen")
    assert len(seen) == 2
    assert seen[0]["state"]["column"] == 1
    assert seen[1]["output"] == get(page, "output")
    assert seen[0]["output"] != seen[1]["output"]


def test_pixel_weight_and_product_are_marked_together(show):
    page = show()
    put(page, row=2, column=1)
    cell(page, "kernel,0,0,2").hover()
    tied = page.evaluate("[...document.querySelectorAll('.cx-tied')].map(e => e.dataset.at).sort()")
    assert tied == ["input,0,2,3", "kernel,0,0,2", "patch,0,0,2", "products,0,0,2"]
    page.locator("#before").hover()
    assert page.locator(".cx-tied").count() == 0
