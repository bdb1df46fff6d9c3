"""What a unit sees: its size beside the references', and the seen units beside brute force."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions import receptive_fields, stride

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "receptive-field"))


def layer(kernel_size, stride=1, dilation=1):
    return {"kernelSize": kernel_size, "stride": stride, "dilation": dilation}


def choose(page, stack):
    page.locator("#figure").get_by_label(stack, exact=True).click()


def marked(layers, unit, top):
    """Spread a mark from a unit down to the image, window by window."""
    rows = {top: {unit}}
    for below in range(top - 1, -1, -1):
        one = layers[below]
        rows[below] = {
            place * one["stride"] + k * one["dilation"]
            for place in rows[below + 1]
            for k in range(one["kernelSize"])
        }
    return rows


def test_250_random_stacks_equal_the_references_and_brute_force(page):
    rng = np.random.default_rng(5)
    states = []
    for _ in range(250):
        knobs = rng.integers(1, [6, 4, 5], size=(rng.integers(1, 5), 3))
        plain = rng.integers(2)  # half of them without stride and dilation
        layers = [layer(k, *((1, 1) if plain else (s, d))) for k, s, d in knobs.tolist()]
        states.append({"layers": layers, "layer": int(rng.integers(1, len(layers) + 1)), "unit": 0})
    holes = 0
    for state, got in zip(states, outputs(page, states), strict=True):
        layers = state["layers"]
        # A dilated kernel spans as much as a plain one of D (K - 1) + 1.
        spans = [one["dilation"] * (one["kernelSize"] - 1) + 1 for one in layers]
        steps = [one["stride"] for one in layers]
        expected = [
            stride.receptive_field(list(zip(spans[:depth], steps, strict=False)))
            for depth in range(len(layers) + 1)
        ]
        assert [(one["size"], one["jump"]) for one in got["fields"]] == expected, state
        if set(steps) == {1}:
            size = receptive_fields.receptive_field(spans)
            assert got["fields"][-1] == {"size": size, "jump": 1}, state
        rows = marked(layers, 0, state["layer"])
        seen = [{i for run in row for i in range(*run)} for row in got["seen"]]
        assert seen == [rows[depth] for depth in range(state["layer"] + 1)], state
        assert (got["start"], got["stop"]) == (min(rows[0]), max(rows[0]) + 1), state
        assert got["holes"] == got["size"] - len(rows[0]), state
        holes += got["holes"] > 0
    assert holes > 20


def test_every_unit_of_a_plain_stack_sees_the_reference_s_region(page):
    kernels = [3, 5, 2, 4]
    put(page, layers=[layer(size) for size in kernels])
    for top in range(1, 5):
        put(page, layer=top)
        for unit in range(output(page)["counts"][top]):
            put(page, unit=unit)
            got = output(page)
            region = receptive_fields.input_region(unit, kernels[:top])
            assert (got["start"], got["stop"]) == region
            assert got["stop"] <= got["counts"][0]


def test_the_rows_hold_as_many_units_as_the_layers_give(page):
    put(page, layers=[layer(3, 2), layer(4, 3), layer(2)])
    counts = output(page)["counts"]
    for size, places, kernel, step in zip(counts, counts[1:], (3, 4, 2), (2, 3, 1), strict=False):
        assert places == stride.conv_output_size(size, kernel, stride=step)


def test_it_works_by_keyboard_alone(page):
    setting(page, "stack").first.focus()
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("1 + 500·2 = 1,001")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("= 31. Jump 16")
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "application"
    page.keyboard.press("ArrowRight")
    assert (output(page)["start"], output(page)["stop"]) == (32, 63)
    page.keyboard.press("ArrowDown")
    got = output(page)
    assert (got["layer"], got["size"], got["jump"]) == (3, 15, 8)
    page.keyboard.press("ArrowLeft")
    assert output(page)["unit"] == got["unit"] - 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # a layer on top
    assert len(output(page)["fields"]) == 6
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # and away with it
    assert len(output(page)["fields"]) == 5


def test_the_pointer_looks_at_a_unit_and_a_click_keeps_it(page):
    start = output(page)
    unit = page.locator("#figure .rf-unit").bounding_box()
    pixel = page.locator("#figure .rf-seen").first.bounding_box()  # the image is drawn first
    row = (pixel["y"] - unit["y"]) / 5
    x, y = unit["x"] + unit["width"] / 2, unit["y"] + unit["height"] / 2
    page.mouse.move(x, y + 2 * row)
    assert (output(page)["layer"], output(page)["unit"]) == (3, 4)
    expect(said(page)).to_contain_text("Unit 4 of layer 3 sees pixels 4 to 10")
    page.mouse.move(5, 5)
    assert output(page) == start
    page.mouse.click(x, y + 2 * row)
    page.mouse.move(5, 5)
    assert (output(page)["layer"], output(page)["unit"]) == (3, 4)
    expect(setting(page, "layer")).to_have_value("3")


def test_what_is_drawn_agrees_with_the_output(page):
    for stack in ("five", "strided", "dilated", "holes"):
        put(page, stack=stack)
        got = output(page)
        page.evaluate("document.querySelector('#figure').updateComplete")
        kinds = ("unit", "seen", "hole", "other")
        drawn = [page.locator(f"#figure .rf-{kind}").count() for kind in kinds]
        seen = sum(stop - start for row in got["seen"][:-1] for start, stop in row)
        holes = sum(row[-1][1] - row[0][0] for row in got["seen"]) - seen - 1
        assert drawn[:3] == [1, seen, holes], stack
        assert sum(drawn) == sum(got["counts"]), stack


def test_strides_and_dilations_see_the_same_31_pixels_with_jumps_of_16_and_1(page):
    choose(page, "strides of 2")
    assert (output(page)["size"], output(page)["jump"]) == (31, 16)
    choose(page, "dilated 1, 2, 4, 8")
    assert (output(page)["size"], output(page)["jump"], output(page)["holes"]) == (31, 1, 0)
    choose(page, "dilated by 2")
    assert (output(page)["size"], output(page)["holes"]) == (13, 6)
    expect(said(page)).to_contain_text("6 pixels between the first and the last are holes")


def test_the_notes_example_takes_as_many_layers_as_the_reference_says(page):
    choose(page, "1000 pixels")
    expect(said(page)).to_contain_text("Layer 499 sees only 999, one too few")
    for kernel_size in range(2, 8):
        put(page, kernelSize=kernel_size)
        layers = len(output(page)["fields"]) - 1
        assert layers == receptive_fields.layers_to_cover(1000, kernel_size)
    put(page, kernelSize=3, stride=2)
    assert len(output(page)["fields"]) == 10
    expect(said(page)).to_contain_text("One output of layer 9 sees 1,023 pixels")


def test_a_change_makes_the_stack_the_reader_s_own_and_back(page):
    own = page.locator("#figure").get_by_text("your own")
    expect(own).to_have_count(0)
    page.locator('#figure [data-by="1"]').nth(1).click()  # the top layer's kernel
    expect(own).to_have_count(1)
    assert output(page)["size"] == 12
    page.locator('#figure [data-by="-1"]').nth(1).click()
    expect(own).to_have_count(0)


def test_a_huge_stack_is_drawn_as_ranges(page):
    put(page, layers=[layer(7, 4, 8)] * 6)
    assert output(page)["size"] == 1 + 6 * 8 * sum(4**depth for depth in range(6))
    page.evaluate("document.querySelector('#figure').updateComplete")
    assert page.locator("#figure .rf-stage svg *").count() < 2500
