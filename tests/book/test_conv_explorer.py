"""What the convolution explorer computes and shows, in a real browser.

The pages under test are written here, so that no chapter's attributes matter. They are opened from
file://, where a book must work too.
"""

import re

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from explorer_page import cell, get, put, stop_time

pytestmark = pytest.mark.browser

NUMBERS = [
    *("height", "width", "channels", "kernelHeight", "kernelWidth", "filters"),
    *("padding", "stride", "dilation"),
]


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
