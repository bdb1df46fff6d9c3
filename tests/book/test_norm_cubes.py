"""What shares a mean: the cells of a set beside the reference's own means, and the controls."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.batch_norm_conv import batch_norm2d_forward
from solutions.other_norms import (
    group_norm2d_forward,
    instance_norm2d_forward,
    layer_norm_forward,
)

pytestmark = pytest.mark.browser
NORMS = ("batch", "layer", "instance", "group")
SIZES = ("samples", "channels", "height", "width")


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "norm-cubes"))


def forward(norm, x, groups):
    N, C, H, W = x.shape
    one, zero = np.ones(C), np.zeros(C)
    if norm == "batch":
        return batch_norm2d_forward(x, one, zero, zero, one, training=True)[0]
    if norm == "layer":
        D = C * H * W
        return layer_norm_forward(x.reshape(N, D), np.ones(D), np.zeros(D))[0].reshape(x.shape)
    if norm == "instance":
        return instance_norm2d_forward(x, one, zero)[0]
    return group_norm2d_forward(x, groups, one, zero)[0]


def moved_by(norm, x, groups, cell):
    """The numbers whose output moves when the cell's number moves: those that share its mean."""
    other = x.copy()
    other[cell] += 0.5
    moved = ~np.isclose(forward(norm, x, groups), forward(norm, other, groups), rtol=0, atol=1e-9)
    return sorted(map(list, np.argwhere(moved).tolist()))


def means_of(norm, x, groups):
    """The means with the axes of length 1, as NumPy gives them."""
    N, C, H, W = x.shape
    if norm == "group":
        split = x.reshape(N, groups, C // groups, H, W)
        return split.mean(axis=(2, 3, 4), keepdims=True)
    axis = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}[norm]
    return x.mean(axis=axis, keepdims=True)


def test_the_cells_that_share_a_mean_are_those_whose_outputs_move_in_300_settings(page):
    rng = np.random.default_rng(6)
    states = []
    while len(states) < 300:
        shape = rng.integers([1, 1, 1, 1], [5, 7, 4, 4])
        groups = rng.choice([g for g in range(1, 7) if shape[1] % g == 0])
        states.append(
            dict(zip(SIZES, shape.tolist(), strict=True))
            | {"norm": str(rng.choice(NORMS)), "groups": int(groups)}
            | {"cell": [int(rng.integers(size)) for size in shape]}
        )
    for state, got in zip(states, outputs(page, states), strict=True):
        shape = tuple(state[name] for name in SIZES)
        norm, groups, x = state["norm"], state["groups"], rng.normal(size=shape)
        means, sets = means_of(norm, x, groups), np.array(got["sets"])
        assert got["shape"] == list(means.shape), state
        assert got["means"] == means.size, state
        assert got["numbers"] * means.size == x.size, state
        # The means, in the order of their numbers, are those of the sets.
        made = [x[sets == number].mean() for number in range(means.size)]
        np.testing.assert_allclose(made, means.ravel(), rtol=0, atol=1e-12)
        assert len(got["members"]) == got["numbers"], state
        if (
            got["numbers"] > 2
        ):  # of one or two numbers the outputs hardly move: 0, or plus and minus 1
            assert got["members"] == moved_by(norm, x, groups, tuple(state["cell"])), state


def test_groups_that_do_not_divide_the_channels_are_refused_as_by_the_layer(page):
    for channels in range(1, 7):
        for groups in range(1, 7):
            put(page, norm="group", channels=channels, groups=groups)
            x = np.zeros((1, channels, 1, 1))
            if output(page)["refused"]:
                with pytest.raises(ValueError, match="divides"):
                    forward("group", x, groups)
            else:
                forward("group", x, groups)
    put(page, channels=4, groups=3)
    expect(said(page)).to_have_text(
        "4 channels cannot be cut into 3 equal groups: the layer refuses."
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"norm": "batch", "samples": 1}, "the sets of instance norm"),
        ({"norm": "group", "groups": 1}, "the sets of layer norm"),
        ({"norm": "group", "groups": 4}, "the sets of instance norm"),
        ({"norm": "instance", "height": 1, "width": 1}, "its output is β, whatever it was"),
        ({"norm": "batch", "samples": 1, "height": 1, "width": 1}, "its output is β"),
        ({"norm": "batch"}, "depends on the other samples"),
        ({"norm": "layer"}, "No other sample is in it"),
    ],
)
def test_it_says_what_is_special(page, state, words):
    put(page, **state)
    expect(said(page)).to_contain_text(words)


def test_it_works_by_keyboard_alone(page):
    setting(page, "norm").first.focus()
    page.keyboard.press("ArrowRight")
    assert output(page)["shape"] == [3, 1, 1, 1]
    for _ in range(5):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    assert output(page)["refused"]  # 3 groups of 4 channels; and the groups chose group norm
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate("document.querySelector('#figure').state.cell") == [1, 3, 0, 1]
    expect(said(page)).to_contain_text("channels 2 and 3 of sample 1")
    expect(page.locator("#figure .cf-now")).to_be_focused()


def test_it_works_by_pointer(page):
    page.locator('#figure [data-setting="norm"][value="instance"]').click()
    page.locator('#figure [data-at="sample2,3,2"]').click()
    got = output(page)
    assert got["members"] == [[2, 2, i, j] for i in (0, 1) for j in (0, 1)]
    assert got["means"] == 12
    expect(page.locator("#figure .cf-now")).to_have_text("10")


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_marked_is_the_set(page, norm):
    put(page, norm=norm, cell=[1, 2, 1, 0])
    marked = page.locator("#figure .nc-shared")
    expect(marked).to_have_count(output(page)["numbers"])
    number = str(output(page)["sets"][1][2][1][0])
    assert marked.all_inner_texts() == [number] * marked.count()
    same = [text for text in page.locator("#figure .cf-cell").all_inner_texts() if text == number]
    assert len(same) == marked.count()
    # The visible sides are marked with the front.
    tops = page.locator("#figure .nc-top")
    sets = np.array(output(page)["sets"])
    expect(tops).to_have_count(int((sets[:, :, 0, 0] == sets[1, 2, 1, 0]).sum()))
