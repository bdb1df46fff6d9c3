"""The convolution explorer by keyboard, by pointer and by ear, in a real browser."""

import numpy as np
import pytest

from explorer_page import MINUS, cell, expect_text, focused, get, live, put, stop_time, tab_to

pytestmark = pytest.mark.browser


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
