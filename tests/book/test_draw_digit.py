"""The digit that is drawn: its pixels are as MNIST's, its network the course's, its pad works."""

import json
import re
import runpy
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import CNN, figure_page, output, put, said
from solutions.convolutional_networks import given, lenet_forward
from solutions.datasets import load_digits_subset
from solutions.training import accuracy, as_input

pytestmark = pytest.mark.browser
# Of the pad, in its units of 28: what a hand would draw.
THREE = [
    [(8, 6), (13, 4), (18, 6), (18, 10), (13, 13)],
    [(13, 13), (19, 16), (19, 21), (13, 24), (7, 22)],
]
SEVEN = [[(7, 5), (20, 5), (17, 11), (12, 24)]]
WEIGHTS = "draw-digit-weights.js"
READY = "document.querySelector('#figure').output.network === 'ready'"


# Of a stage: how bright the middle of each number's square is, and the numbers. Those at a map's
# border are left out, as a line is drawn there.
_DRAWN_AND_NUMBERS = """([stage, maps, size]) => {
  const figure = document.querySelector("#figure");
  const canvas = figure.querySelector(`[data-stage=${stage}]`);
  const [columns, pitch, tile] = canvas.dataset.layout.split(",").map(Number);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const map = figure.output.maps[stage], inside = ConvMath.range(size - 2).map(i => i + 1);
  const drawn = [], numbers = [];
  for (let m = 0; m < maps; m++) for (const i of inside) for (const j of inside) {
    const [top, left] = [Math.floor(m / columns), m % columns].map(k => Math.round(k * pitch));
    const [y, x] = [top + Math.floor((i + 0.5) * tile / size),
      left + Math.floor((j + 0.5) * tile / size)];
    const at = 4 * (y * canvas.width + x);
    drawn.push(data[at] + data[at + 1] + data[at + 2]);
    numbers.push(map[(m * size + i) * size + j]);
  }
  return [drawn, numbers]; }"""


@pytest.fixture(scope="module")
def tool(root):
    return runpy.run_path(str(root / "tools" / "lenet_weights.py"))


@pytest.fixture(scope="module")
def weights():
    return (CNN / WEIGHTS).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def params(tool, weights):
    return tool["read"](weights)


@pytest.fixture(scope="module")
def digits():
    return load_digits_subset()


@pytest.fixture
def page(open_page, tmp_path):
    page = open_page(figure_page(tmp_path, "draw-digit"))
    said(page).wait_for()
    return page


@pytest.fixture
def ready(page):
    put(page, sample="5")
    page.wait_for_function(READY)
    page.locator("#figure").get_by_role("button", name="Reset").click()
    return page


def _state(page):
    return page.evaluate("document.querySelector('#figure').state")


def _stroke(page, strokes):
    """Draw with the mouse."""
    pad = page.locator("#figure .dd-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    for stroke in strokes:
        for number, (x, y) in enumerate(stroke):
            place = (box["x"] + x * box["width"] / 28, box["y"] + y * box["height"] / 28)
            page.mouse.move(*place, steps=6 if number else 1)
            if number == 0:
                page.mouse.down()
        page.mouse.up()


def _forward(page, inputs):
    """Logits, and the sums of each stage's maps, by the figure's own network."""
    return page.evaluate(
        """async inputs => {
          await new Promise(done => { const script = document.createElement("script");
            script.src = [...document.scripts].find(s => s.src.includes("draw-digit.js"))
              .src.replace(".js", "-weights.js");
            script.onload = done; document.head.append(script); });
          const network = DrawDigitMath.decode(DrawDigitWeights);
          return inputs.map(input => {
            const pixels = Float32Array.from(input.flat());
            const { maps, logits } = DrawDigitMath.forward(pixels, network);
            const sums = Object.values(maps).map(map => map.reduce((sum, value) => sum + value, 0));
            return { logits, sums }; }); }""",
        [np.asarray(each).tolist() for each in inputs],
    )


def _drawings(rng, count):
    """Random strokes."""
    for _ in range(count):
        yield [
            rng.uniform(0, 28, (rng.integers(1, 6), 2)).tolist() for _ in range(rng.integers(1, 4))
        ]


def _pixels(strokes, fit):
    """What the network gets, computed in another way: with matrices, and all distances at once."""
    i, j = (np.mgrid[:112, :112] + 0.5) / 4  # pixels' centers, in units of the pad
    fine = np.zeros((112, 112))
    for stroke in strokes:
        points = [stroke[0], *stroke]
        for (ax, ay), (bx, by) in pairwise(points):
            length = (bx - ax) ** 2 + (by - ay) ** 2
            t = np.clip(((j - ax) * (bx - ax) + (i - ay) * (by - ay)) / (length or 1), 0, 1)
            distance = np.hypot(j - ax - t * (bx - ax), i - ay - t * (by - ay))
            fine = np.maximum(fine, np.clip(4 * (1.2 - distance) + 0.5, 0, 1))
    begins, step = (0, 0), 4
    if fit:
        rows, columns = np.nonzero(fine >= 0.5)
        step = (max(np.ptp(rows), np.ptp(columns)) + 1) / 20
        edges = np.arange(112) + 0.5
        center = (fine.sum(axis=1) @ edges, fine.sum(axis=0) @ edges) / fine.sum()
        begins = center - 14.5 * step

    def means(begin):
        # The integral of the pixels before each border; what lies between two borders is a mean.
        borders = begin + step * np.arange(29)
        before = np.clip(borders[:, None] - np.arange(112), 0, 1)  # (29, 112)
        return np.diff(before, axis=0) / step

    return means(begins[0]) @ fine @ means(begins[1]).T


# The files that the tool makes ----------------------------------------------------------------


def test_the_samples_are_what_the_tool_makes_of_the_test_digits(page, tool, digits):
    text = (CNN / "draw-digit-samples.js").read_text(encoding="utf-8")
    assert text == tool["samples_script"]()
    for digit in range(10):
        put(page, sample=str(digit))
        (pixels,) = digits.x_test[digits.y_test == digit][:1]
        np.testing.assert_allclose(output(page)["input"], pixels / 255, atol=1e-6)


def test_the_weights_read_as_many_test_digits_as_their_file_says(weights, params, digits, root):
    right = accuracy(lenet_forward, params, digits.x_test, digits.y_test)
    said_right, tested, before = (
        int(number.replace(",", ""))
        for number in re.search(
            r"reads ([\d,]+) of ([\d,]+) test digits right with these weights, and ([\d,]+) before",
            weights,
        ).groups()
    )
    assert tested == len(digits.y_test) == 2000
    assert abs(round(right * tested) - said_right) <= 2  # another BLAS may add in another order
    assert said_right >= 0.98 * tested
    assert before - said_right <= 0.003 * tested
    chapter = (root / "book" / "convolutional_networks.md").read_text(encoding="utf-8")
    assert f"{said_right:,} of the 2,000 test digits" in chapter


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("shape", [(6, 2, 5, 5), (40, 8)])
def test_rounded_weights_are_near_and_packing_loses_nothing(tool, bits, shape):
    weight = np.random.default_rng(bits).standard_normal(shape).astype(np.float32)
    whole, scales = tool["quantize"](weight, bits)
    assert np.abs(whole).max() <= 2 ** (bits - 1) - 1
    error = np.abs(tool["dequantize"](whole, scales) - weight).mean()
    assert error < {4: 0.15, 8: 0.02}[bits]
    packed = tool["quantize"].__globals__["_pack"](whole, bits)
    assert packed.nbytes == whole.size * bits // 8
    unpacked = tool["quantize"].__globals__["_unpack"](packed, bits)
    np.testing.assert_array_equal(unpacked.reshape(shape), whole)


# The arithmetic -------------------------------------------------------------------------------


def test_logits_equal_numpy_on_test_digits_drawings_and_noise(page, params, digits):
    rng = np.random.default_rng(8)
    inputs = [*as_input(digits.x_test[:20])[:, 0]]
    inputs += [_pixels(strokes, rng.random() < 0.5) for strokes in _drawings(rng, 100)]
    inputs += [*rng.random((80, 28, 28))]
    inputs += [np.zeros((28, 28)), np.ones((28, 28))]
    expected, _ = lenet_forward(np.float32(inputs)[:, None], params)
    got = _forward(page, inputs)
    np.testing.assert_allclose([one["logits"] for one in got], expected, rtol=1e-4, atol=2e-3)
    assert all(np.isfinite(one["sums"]).all() for one in got)


def test_every_stage_equals_numpy(ready, params, digits):
    put(ready, sample="8")
    got = ready.evaluate(
        """() => Object.fromEntries(Object.entries(document.querySelector("#figure").output.maps)
          .map(([name, map]) => [name, [...map]]))"""
    )
    out = as_input(digits.x_test[digits.y_test == 8][:1])
    for block in (1, 2):
        weight, bias = params[f"conv{block}_weight"], params[f"conv{block}_bias"]
        out, _ = given.relu_forward(given.conv2d_forward(out, weight, bias, padding=2)[0])
        np.testing.assert_allclose(got[f"conv{block}"], out.ravel(), atol=1e-4)
        out, _ = given.max_pool2d_forward(out, 2)
        np.testing.assert_allclose(got[f"pool{block}"], out.ravel(), atol=1e-4)
    out = np.maximum(out.reshape(1, -1) @ params["linear1_weight"] + params["linear1_bias"], 0)
    np.testing.assert_allclose(got["hidden"], out.ravel(), atol=1e-4)


def test_pixels_equal_numpy_in_200_drawings(page):
    rng = np.random.default_rng(9)
    drawings = [(strokes, bool(rng.integers(2))) for strokes in _drawings(rng, 200)]
    got = page.evaluate(
        """drawings => drawings.map(([strokes, fit]) =>
          [...DrawDigitMath.shrink(DrawDigitMath.draw(strokes), fit)])""",
        drawings,
    )
    for (strokes, fit), pixels in zip(drawings, got, strict=True):
        expected = _pixels(strokes, fit)
        np.testing.assert_allclose(np.reshape(pixels, (28, 28)), expected, atol=1e-4)


def test_a_drawing_is_centered_and_scaled_as_mnist_is(ready, digits):
    def place(pixels):
        i, j = np.mgrid[:28, :28]
        return np.array([(i * pixels).sum(), (j * pixels).sum()]) / pixels.sum()

    for scale, shift in ((1, 0), (0.4, 1), (0.5, 12)):
        strokes = (np.array(SEVEN) * scale + shift).tolist()
        put(ready, strokes=strokes)
        pixels = np.array(output(ready)["input"])
        np.testing.assert_allclose(place(pixels), [14, 14], atol=0.05)
        assert np.nonzero(pixels.max(axis=1) > 0.5)[0].size in (19, 20, 21)
    mnist = [place(each.astype(float)) for each in digits.x_test[:300]]
    np.testing.assert_allclose(np.mean(mnist, axis=0), [14, 14], atol=0.1)


def test_a_forward_pass_takes_less_than_50_milliseconds(ready):
    put(ready, sample="8")
    best = ready.evaluate("""() => { const figure = document.querySelector("#figure");
      const { compute } = figure.constructor, { state } = figure;
      return Math.min(...Array.from({ length: 12 }, () => { const begin = performance.now();
        compute(state); return performance.now() - begin; })); }""")
    assert best < 50


def test_logits_are_those_of_the_pixels_shown_and_probabilities_their_softmax(ready, params):
    put(ready, strokes=[[[5, 5], [20, 22]]])
    got = output(ready)
    (logits,), _ = lenet_forward(np.float32(got["input"])[None, None], params)
    np.testing.assert_allclose(got["logits"], logits, rtol=1e-4, atol=2e-3)
    exps = np.exp(np.array(got["logits"]) - max(got["logits"]))
    np.testing.assert_allclose(got["probabilities"], exps / exps.sum(), atol=1e-9)
    assert got["answer"] == got["order"][0] == np.argmax(got["logits"])


# In the reader's hands ------------------------------------------------------------------------


def _asked_for(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def test_the_weights_are_fetched_once_and_not_before_the_figure_is_used(page):
    loaded = "performance.getEntriesByType('resource').map(entry => entry.name)"
    assert not any(name.endswith(WEIGHTS) for name in page.evaluate(loaded))
    assert "DrawDigitWeights" not in page.evaluate("Object.keys(globalThis)")
    asked = _asked_for(page)
    page.reload()
    said(page).wait_for()
    assert not [url for url in asked if url.endswith(WEIGHTS)]
    _stroke(page, THREE)
    page.wait_for_function(READY)
    _stroke(page, SEVEN)
    assert len([url for url in asked if url.endswith(WEIGHTS)]) == 1


def test_weights_that_do_not_come_are_told_and_asked_for_again(page):
    asked = _asked_for(page)
    page.route(f"**/{WEIGHTS}", lambda route: route.fulfill(body=""))
    put(page, strokes=SEVEN)
    expect(said(page)).to_contain_text("could not be fetched")
    assert len([url for url in asked if url.endswith(WEIGHTS)]) == 1
    page.unroute(f"**/{WEIGHTS}")
    _stroke(page, [[(7, 5), (8, 5)]])
    page.wait_for_function(READY)
    expect(page.locator("#figure .dd-answer")).to_have_text("7")


@pytest.mark.parametrize(("digit", "strokes"), [(3, THREE), (7, SEVEN)])
def test_a_digit_drawn_with_the_mouse_is_read(page, digit, strokes):
    _stroke(page, strokes)
    expect(page.locator("#figure .dd-answer")).to_have_text(str(digit))
    expect(said(page)).to_contain_text(f"It is sure: {digit}, with probability")
    assert len(_state(page)["strokes"]) == len(strokes)
    expect(page.locator("#figure .dd-best th")).to_have_text(str(digit))


def test_a_finger_draws_and_the_page_stays_where_it_is(open_page, tmp_path):
    address = figure_page(tmp_path, "draw-digit")
    page = open_page(address, viewport={"width": 375, "height": 800}, has_touch=True)
    pad = page.locator("#figure .dd-pad")
    expect(pad).to_have_css("touch-action", "none")
    pad.tap(position={"x": 100, "y": 60})
    assert len(_state(page)["strokes"]) == 1
    page.wait_for_function(READY)


def test_it_works_by_keyboard_alone(page):
    for _ in range(3):
        page.keyboard.press("Tab")  # samples, the box, the pad
    expect(page.locator("#figure .dd-pad")).to_be_focused()
    for key, times in (("ArrowLeft", 3), ("ArrowUp", 4), ("Space", 1), ("ArrowRight", 6)):
        for _ in range(times):
            page.keyboard.press(key)
    for _ in range(4):
        page.keyboard.press("End")  # left and down
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    assert _state(page)["strokes"][0][:2] == [[8, 6], [10, 6]]
    assert _state(page)["pen"] == {"x": 12, "y": 26, "down": False}
    expect(page.locator("#figure .dd-place")).to_have_text("pen up, row 26, column 12")
    expect(page.locator("#figure .dd-answer")).to_have_text("7")
    page.keyboard.press("Backspace")
    assert _state(page)["strokes"] == []
    expect(said(page)).to_contain_text("Draw a digit")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")  # from "empty pad" around to the first sample
    expect(page.locator("#figure .dd-answer")).to_have_text("0")


def test_the_ten_samples_are_read_right(ready):
    for digit in range(10):
        ready.locator(f'#figure label:has([value="{digit}"])').click()
        expect(ready.locator("#figure .dd-answer")).to_have_text(str(digit))


def test_strokes_over_a_sample_change_it_and_another_sample_drops_them(ready):
    ready.locator('#figure label:has([value="1"])').click()
    alone = np.array(output(ready)["input"])
    _stroke(ready, [[(4, 14), (24, 14)]])
    both = np.array(output(ready)["input"])
    assert both.sum() > alone.sum()
    ready.locator('#figure label:has([value="2"])').click()
    assert _state(ready)["strokes"] == []
    ready.get_by_role("button", name="Clear").click()
    assert output(ready)["ink"] is False
    assert "answer" not in output(ready)


def test_two_figures_on_a_page_share_one_network(page):
    page.evaluate("""() => { const second = document.createElement("draw-digit");
      second.id = "second"; document.querySelector("main").append(second); }""")
    asked = _asked_for(page)
    page.evaluate("""() => { document.querySelector("#figure").state = { sample: "3" };
      document.querySelector("#second").state = { sample: "6" }; }""")
    expect(page.locator("#figure .dd-answer")).to_have_text("3")
    expect(page.locator("#second .dd-answer")).to_have_text("6")
    assert len([url for url in asked if url.endswith(WEIGHTS)]) == 1


@pytest.mark.parametrize("left", [2, 18])
@pytest.mark.parametrize("top", [2, 17])
def test_a_small_7_in_a_corner_is_read_only_when_it_is_centered(ready, left, top):
    put(ready, strokes=[[[left, top], [left + 7, top], [left + 3, top + 8]]])
    assert output(ready)["answer"] == 7
    ready.get_by_label("Center and scale it first").click()
    assert output(ready)["answer"] in (2, 4, 8)


def test_one_stroke_makes_an_8_of_the_3(ready):
    put(ready, sample="3")
    assert output(ready)["answer"] == 3
    put(ready, strokes=[[[9, 8], [8, 22]]])
    assert output(ready)["answer"] == 8


def test_an_h_is_surely_a_4(ready):
    put(ready, strokes=[[[8, 4], [8, 24]], [[20, 4], [20, 24]], [[8, 14], [20, 14]]])
    assert output(ready)["answer"] == 4
    assert max(output(ready)["probabilities"]) > 0.99


def test_an_undone_stroke_is_gone(ready):
    _stroke(ready, THREE)
    ready.get_by_role("button", name="Undo stroke").click()
    assert len(_state(ready)["strokes"]) == 1


@pytest.mark.parametrize(
    "strokes", [None, "x", 7, [[]], [[[1, None], ["a", 2], [3]]], [[[-9, 99]]], [[[5, 5]] * 9000]]
)
def test_odd_strokes_are_brought_into_shape(page, strokes):
    put(page, strokes=strokes)
    kept = _state(page)["strokes"]
    points = [point for stroke in kept for point in stroke]
    assert all(0 <= value <= 28 for point in points for value in point)
    assert len(points) <= 5000
    json.dumps(output(page))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_drawn_of_the_maps_agrees_with_their_numbers(open_page, tmp_path, theme):
    page = open_page(figure_page(tmp_path, "draw-digit", theme=theme))
    said(page).wait_for()
    put(page, sample="2")
    page.wait_for_function(READY)
    page.evaluate("document.querySelector('#figure').updateComplete")
    for stage, (maps, size) in {"conv1": (20, 28), "pool2": (50, 7)}.items():
        drawn, numbers = page.evaluate(_DRAWN_AND_NUMBERS, [stage, maps, size])
        numbers = np.array(numbers)
        numbers = np.minimum(numbers, np.quantile(numbers[numbers > 0], 0.98))
        # In the light theme a large number is dark; in the dark theme it is light.
        sign = -1 if theme == "light" else 1
        assert sign * np.corrcoef(drawn, numbers)[0, 1] > 0.9, stage
