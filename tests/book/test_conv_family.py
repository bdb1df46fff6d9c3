"""The family of convolutions: what it reads and what it costs, beside the reference's layers."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.other_convolutions import (
    conv1d_backward,
    conv1d_forward,
    conv1x1_backward,
    conv1x1_forward,
    conv3d_backward,
    conv3d_forward,
    conv_transpose2d_forward,
    depthwise_conv2d_backward,
    depthwise_conv2d_forward,
    dilated_conv2d_backward,
    dilated_conv2d_forward,
)

pytestmark = pytest.mark.browser

SIZE, DEPTH = 7, 4
KINDS = ["plain", "one", "dilated", "depthwise", "transposed", "row", "volume"]


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "conv-family"))


def layer(kind, C_in, C_out, stride, dilation):
    """The layer of that kind with weights of 1: its input of ones, weight, forward and backward."""
    if kind == "one":

        def forward(x, weight, bias):
            out, cache = conv1x1_forward(x[:, :, ::stride, ::stride], weight, bias)
            return out, (cache, x.shape)

        def backward(dout, cache):
            dx = np.zeros(cache[1])
            dx[:, :, ::stride, ::stride] = conv1x1_backward(dout, cache[0])[0]
            return (dx,)

        return np.ones((1, C_in, SIZE, SIZE)), np.ones((C_out, C_in)), forward, backward
    size, functions, settings = {
        "row": ([SIZE], (conv1d_forward, conv1d_backward), {}),
        "volume": ([DEPTH, SIZE, SIZE], (conv3d_forward, conv3d_backward), {}),
        "depthwise": ([SIZE] * 2, (depthwise_conv2d_forward, depthwise_conv2d_backward), {}),
        "transposed": ([SIZE] * 2, (conv_transpose2d_forward, None), {}),
        "dilated": (
            [SIZE] * 2,
            (dilated_conv2d_forward, dilated_conv2d_backward),
            {"dilation": dilation, "padding": dilation},
        ),
    }.get(kind, ([SIZE] * 2, (dilated_conv2d_forward, dilated_conv2d_backward), {}))
    channels = {"depthwise": (C_in, 1), "transposed": (C_in, C_out)}.get(kind, (C_out, C_in))
    settings = {"stride": stride, "padding": 1} | settings
    return (
        np.ones((1, C_in, *size)),
        np.ones((*channels, *[3] * len(size))),
        lambda x, weight, bias: functions[0](x, weight, bias, **settings),
        functions[1],
    )


def four(shape):
    """A shape or a place [c, ...] with all four axes [c, d, i, j]."""
    filled = 0 if isinstance(shape, list) else 1
    return [int(n) for n in (shape[0], *[filled] * (4 - len(shape)), *shape[1:])]


def support(array):
    return {tuple(four(list(place))) for place in np.argwhere(array[0])}


def random_states(count):
    rng = np.random.default_rng(11)
    for n in range(count):
        yield {
            "kind": KINDS[n % len(KINDS)],
            "channelsIn": int(rng.integers(1, 5)),
            "channelsOut": int(rng.integers(1, 5)),
            "stride": int(rng.integers(1, 4)),
            "dilation": int(rng.integers(1, 4)),
            "place": [int(n) for n in rng.integers([4, 4, 7, 7])],
        }


def test_what_is_read_and_written_equals_numpy_in_280_settings(page):
    states = list(random_states(280))
    with_border = with_overlap = 0
    for state, got in zip(states, outputs(page, states), strict=True):
        kind = state["kind"]
        values = [state[name] for name in ("channelsIn", "channelsOut", "stride", "dilation")]
        x, weight, forward, backward = layer(kind, *values)
        C_out = values[0] if kind == "depthwise" else values[1]
        bias = np.zeros(C_out)
        out, cache = forward(x, weight, bias)
        assert got["input"] == four(x.shape[1:]), state
        assert got["output"] == four(out.shape[1:]), state
        near = x if kind == "transposed" else out
        impulse = np.zeros_like(near)
        impulse.reshape(four(near.shape[1:]))[tuple(got["place"])] = 1.0
        if kind == "transposed":
            touched = support(forward(impulse, weight, bias)[0])
            one_channel = forward(x[:, :1], weight[:1], bias)[0]
            assert {tuple(cell) for cell in got["shared"]} == {
                cell for cell in touched if one_channel[0, cell[0], cell[2], cell[3]] > 1
            }, state
            with_overlap += bool(got["shared"])
        else:
            touched = support(backward(impulse, cache)[0])
            assert got["shared"] == []
        assert {tuple(cell) for cell in got["cells"]} == touched, state
        taps = weight[0].size
        assert len(got["cells"]) + len(got["border"]) == taps, state
        with_border += bool(got["border"])
    assert with_border > 50
    assert with_overlap > 20


def test_all_costs_equal_the_weights_sizes(page):
    states = list(random_states(60))
    for state, got in zip(states, outputs(page, states), strict=True):
        assert list(got["layers"]) == KINDS
        values = [state[name] for name in ("channelsIn", "channelsOut", "stride", "dilation")]
        for kind, costs in got["layers"].items():
            x, weight, forward, _ = layer(kind, *values)
            bias = np.zeros(values[0] if kind == "depthwise" else values[1])
            out, _ = forward(x, weight, bias)
            assert costs["weight"] == list(weight.shape), (state, kind)
            assert costs["parameters"] == weight.size + bias.size, (state, kind)
            numbers = x if kind == "transposed" else out
            assert costs["multiplyAdds"] == numbers.size * weight[0].size, (state, kind)


def test_dilation_changes_no_cost(page):
    for dilation in (1, 2, 3):
        put(page, kind="dilated", dilation=dilation)
        layers = output(page)["layers"]
        assert layers["dilated"] == layers["plain"]


def test_it_works_by_keyboard_alone(page):
    setting(page, "kind").first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(said(page)).to_contain_text("3 × 3 places, 2 apart")
    for _ in range(4):  # over the channels and the stride
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    expect(said(page)).to_contain_text("3 × 3 places, 3 apart")
    page.keyboard.press("Tab")  # to the drawing
    page.keyboard.press("ArrowLeft")
    assert output(page)["place"] == [0, 0, 3, 2]
    for _ in range(4):  # over the edge of channel 0
        page.keyboard.press("ArrowDown")
    assert output(page)["place"] == [1, 0, 0, 2]
    expect(said(page)).to_contain_text("of them zeros of the border")


def test_it_works_by_pointer(page):
    setting(page, "kind").nth(3).click()
    expect(said(page)).to_contain_text("3 × 3 places in channel 0 alone")
    plane = page.locator("#figure .fam-plane").nth(4)  # the second one of out
    box = plane.bounding_box()
    plane.click(position={"x": box["width"] * 0.93, "y": box["height"] * 0.07}, force=True)
    assert output(page)["place"] == [1, 0, 0, 6]
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert output(page)["place"] == [1, 0, 3, 3]


def test_the_place_of_the_transposed_layer_lies_in_x(page):
    put(page, kind="transposed", stride=2)
    expect(said(page)).to_contain_text("Into 8 of them, marked with a dot, its neighbors write too")
    expect(page.locator("#figure .fam-shared")).to_have_count(24)
    put(page, stride=3)
    expect(said(page)).to_contain_text("the copies lie side by side")
    expect(page.locator("#figure .fam-met")).to_have_count(0)
    plane = page.locator("#figure .fam-plane").nth(2)
    plane.click(force=True)
    assert output(page)["place"] == [2, 0, 3, 3]


def test_what_is_drawn_is_the_output(page):
    for state in random_states(21):
        put(page, **state)
        got = output(page)
        mark = "write" if state["kind"] == "transposed" else "read"
        planes = sum(np.prod(got[side][:2]) for side in ("input", "output"))
        expect(page.locator("#figure .fam-plane")).to_have_count(int(planes))
        expect(page.locator(f"#figure .fam-{mark}")).to_have_count(len(got["cells"]))
        patches = {tuple(cell[:2]) for cell in got["cells"]}
        expect(page.locator("#figure .fam-cone")).to_have_count(len(patches))
        expect(page.locator("#figure .fam-here td").nth(1)).to_have_text(
            f"{got['layers'][state['kind']]['parameters']:,}"
        )


def test_settings_are_there_where_they_mean_something(page):
    expect(setting(page, "dilation")).to_have_count(0)
    put(page, kind="dilated")
    expect(setting(page, "dilation")).to_have_count(1)
    put(page, kind="depthwise")
    expect(setting(page, "channelsOut")).to_have_count(0)
    assert output(page)["output"][0] == output(page)["input"][0]
