"""LeNet, layer by layer: shapes and counts beside the reference's table, parameters and network."""

import math

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.convolutional_networks import lenet_init, lenet_summary
from solutions.stride import conv2d_cost

pytestmark = pytest.mark.browser
CONV1, CONV2, LINEAR1, LINEAR2 = 1, 4, 8, 10


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "lenet-walker"))


def chosen(page):
    return page.evaluate("document.querySelector('#figure').state.layer")


def test_names_and_shapes_are_those_of_the_reference_s_table(page):
    got = output(page)["layers"]
    rows = [
        (one["name"].replace("→", "->"), tuple(one["shape"]), tuple(one["weightShape"]) or None)
        for one in got
    ]
    assert rows == lenet_summary()
    assert [one["values"] for one in got] == [math.prod(shape) for _, shape, _ in rows]


def test_weights_and_biases_are_counted_as_in_the_reference_s_arrays(page):
    params, got = lenet_init(np.random.default_rng(0)), output(page)
    for name, layer in zip(
        ("conv1", "conv2", "linear1", "linear2"), (CONV1, CONV2, LINEAR1, LINEAR2), strict=True
    ):
        one = got["layers"][layer]
        assert tuple(one["weightShape"]) == params[f"{name}_weight"].shape
        assert one["weights"] == params[f"{name}_weight"].size
        assert one["biases"] == params[f"{name}_bias"].size
    for kind, end in (("weights", "_weight"), ("biases", "_bias")):
        total = sum(array.size for name, array in params.items() if name.endswith(end))
        assert got["totals"][kind] == sum(one[kind] for one in got["layers"]) == total


def test_multiply_adds_equal_the_reference_s_cost(page):
    layers = output(page)["layers"]
    for layer in (CONV1, CONV2):
        shapes = (1, *layers[layer - 1]["shape"]), tuple(layers[layer]["weightShape"])
        _, products = conv2d_cost(*shapes, padding=2)
        assert layers[layer]["multiplyAdds"] == products
    for layer in (LINEAR1, LINEAR2):
        size = layers[layer - 1]["values"] * layers[layer]["values"]
        assert layers[layer]["multiplyAdds"] == layers[layer]["weights"] == size
    worked = [i for i, one in enumerate(layers) if one["multiplyAdds"]]
    assert worked == [CONV1, CONV2, LINEAR1, LINEAR2]


def test_shares_add_up_and_the_sentence_s_percentages_are_right(page):
    for kind in ("weights", "multiplyAdds"):
        shares = [got["shares"][kind] for got in outputs(page, [{"layer": i} for i in range(11)])]
        assert sum(shares) == pytest.approx(100)
        if kind == "weights":
            assert (round(shares[LINEAR1]), round(shares[CONV2])) == (98, 2)
        else:
            assert round(shares[CONV2]) == 75


@pytest.mark.parametrize("question", ["values", "weights", "multiplyAdds"])
def test_each_layer_answers_each_question_with_its_own_numbers(page, question):
    layers = output(page)["layers"]
    for i, one in enumerate(layers):
        put(page, question=question, layer=i)
        number = f"{one[question]:,}"
        asked = page.locator("#figure .lw-asked .lw-value")
        if one[question]:
            expect(asked).to_contain_text(number)
            expect(said(page)).to_contain_text(f"{number} ")
        else:
            expect(asked).to_have_text("none")


def test_it_works_by_keyboard_alone(page):
    setting(page, "question").first.focus()
    expect(said(page)).to_contain_text("784 → 15,680 → 3,920 → 9,800 → 2,450")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("98% of all weights")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("The second convolution does 75% of the work")
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("each weight is used at 14 × 14 = 196 places")
    page.keyboard.press("End")
    assert chosen(page) == 10
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert chosen(page) == 9
    expect(said(page)).to_contain_text("The third ReLU multiplies nothing")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert chosen(page) == 10
    expect(page.get_by_role("button", name="Next layer")).to_be_disabled()


def test_a_click_on_a_column_chooses_its_layer(page):
    drawing = page.locator("#figure .lw-drawing")
    width = drawing.bounding_box()["width"]
    for layer in (4, 0, 10):
        drawing.click(position={"x": (layer + 0.5) * width / 11, "y": 150})
        assert chosen(page) == layer
        marked = page.locator("#figure .lw-column").bounding_box()
        middle = marked["x"] + marked["width"] / 2 - drawing.bounding_box()["x"]
        assert middle == pytest.approx((layer + 0.5) * width / 11, abs=1)


def test_bars_and_maps_are_drawn_to_scale(page):
    layers = output(page)["layers"]
    rows = page.evaluate("""[...document.querySelectorAll("#figure .lw-row")].map(row =>
      [...row.querySelectorAll(".lw-bar")].map(bar => Number(bar.getAttribute("height"))))""")
    for name, heights in zip(("values", "weights", "multiplyAdds"), rows, strict=True):
        counts = [one[name] for one in layers if one[name]]
        scale = max(heights) / max(counts)
        assert heights == pytest.approx([max(1.5, scale * count) for count in counts])
    blocks = page.evaluate("""[...document.querySelectorAll("#figure .lw-block")].map(
      block => Number(block.getAttribute("width")))""")
    maps = [one["shape"][1] for one in layers[:7] for _ in range(min(4, one["shape"][0]))]
    assert blocks[: len(maps)] == pytest.approx([blocks[0] * size / 28 for size in maps])
