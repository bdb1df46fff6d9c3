"""The gallery of filters: its photograph is Matplotlib's, its sums are NumPy's."""

import base64
import io
import runpy

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.cbook import get_sample_data
from playwright.sync_api import expect

from figure_page import CNN, figure_page, output, put, said, setting

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, tmp_path):
    page = open_page(figure_page(tmp_path, "filter-gallery"))
    said(page).wait_for()
    return page


@pytest.fixture(scope="module")
def color():
    """The photograph, (3, H, W), in whole numbers."""
    with get_sample_data("grace_hopper.jpg") as file:
        pixels = plt.imread(file)[:600, :512].astype(float)
    means = pixels.reshape(150, 4, 128, 4, 3).mean(axis=(1, 3))
    return np.rint(means).astype(int).transpose(2, 0, 1)


@pytest.fixture(scope="module")
def gray(color):
    return (np.tensordot([299, 587, 114], color, 1) + 500) // 1000


def _state(page):
    return page.evaluate("document.querySelector('#figure').state")


def _drawn(page, name):
    """What a canvas shows, as the address of a PNG."""
    return page.locator(f"#figure .fg-{name} canvas").evaluate("canvas => canvas.toDataURL()")


def _pixels(page, name):
    """What a canvas shows, (H, W, 3)."""
    png = base64.b64decode(_drawn(page, name).partition(",")[2])
    return np.rint(255 * plt.imread(io.BytesIO(png))[:, :, :3]).astype(int)


def _pick(page, filter_name):
    page.locator(f'#figure label:has([value="{filter_name}"])').click()


def test_the_file_of_the_photograph_is_what_its_tool_makes(root):
    made = runpy.run_path(str(root / "tools" / "filter_gallery_photo.py"))["script"]()
    assert (CNN / "filter-gallery-photo.js").read_text(encoding="utf-8") == made


def test_the_photograph_is_matplotlibs(page, color, gray):
    one, three = page.evaluate(
        "[FilterGalleryMath.channels([0]), FilterGalleryMath.channels([0, 0, 0])]"
    )
    np.testing.assert_array_equal(three, color)
    np.testing.assert_array_equal(one, [gray])


def test_maps_equal_numpy_for_every_filter_and_200_others(page, color, gray):
    filters = page.evaluate("Object.values(FilterGalleryMath.FILTERS).map(f => [f[1], f[2]])")
    rng = np.random.default_rng(6)
    for number in range(200):
        shape = (1 if number % 4 else 3, 3, 3)
        filters.append([rng.integers(-20, 21, shape).tolist(), int(rng.integers(1, 17))])
    places = [[int(i), int(j)] for i, j in rng.integers([148, 126], size=(len(filters), 2))]
    # Of the map, its sum with random weights and one place: all of 210 maps would be slow to send.
    mix = rng.integers(-9, 10, (148, 126))
    got = page.evaluate(
        """([filters, places, mix]) => filters.map(([weight, divisor], n) => {
          const figure = document.querySelector("#figure");
          figure.state = { weight, divisor, row: places[n][0], column: places[n][1] };
          const { map, ...rest } = figure.output;
          const sums = map.flat().map((value) => Math.round(value * divisor));
          const mixed = sums.reduce((all, sum, k) => all + mix[k] * sum, 0);
          return { ...rest, mixed, size: [map.length, map[0].length] }; })""",
        [filters, places, mix.ravel().tolist()],
    )
    for (weight, divisor), (row, column), one in zip(filters, places, got, strict=True):
        weight = np.array(weight)
        x = gray[np.newaxis] if len(weight) == 1 else color
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
        sums = np.einsum("kijuv,kuv->ij", windows, weight)
        patch = x[:, row : row + 3, column : column + 3]
        assert one["size"] == [148, 126]
        assert one["mixed"] == (sums * mix).sum()
        assert one["sum"] == sums[row, column]
        assert one["answer"] == sums[row, column] / divisor
        np.testing.assert_array_equal(one["products"], patch * weight)
        assert one["highest"] == list(np.unravel_index(sums.argmax(), sums.shape))
        assert one["lowest"] == list(np.unravel_index(sums.argmin(), sums.shape))
        above = (np.abs(sums / divisor) > one["top"]).mean()
        assert above <= 0.02


def test_what_is_drawn_is_the_photograph_and_its_map(page, color, gray):
    np.testing.assert_array_equal(_pixels(page, "photo"), np.repeat(gray[:, :, None], 3, 2))
    put(page, filter="identity")
    expect(setting(page, "filter").first).to_be_checked()
    np.testing.assert_array_equal(_pixels(page, "map"), np.repeat(gray[1:-1, 1:-1, None], 3, 2))
    put(page, filter="opposing-colors")
    expect(page.locator("#figure .fg-answer")).to_contain_text("blue")
    np.testing.assert_array_equal(_pixels(page, "photo"), color.transpose(1, 2, 0))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_positive_is_blue_and_negative_orange_in_both_themes(open_page, tmp_path, theme):
    page = open_page(figure_page(tmp_path, "filter-gallery", theme=theme))
    said(page).wait_for()
    out = np.array(output(page)["map"])
    red, _, blue = np.moveaxis(_pixels(page, "map"), 2, 0)
    strong = np.abs(out) > 200
    assert (blue > red)[strong & (out > 0)].all()
    assert (red > blue)[strong & (out < 0)].all()
    nothing = {"light": (0xFF, 0xFF, 0xFF), "dark": (0x13, 0x17, 0x1D)}[theme]  # the page
    assert (_pixels(page, "map")[out == 0] == nothing).all()


def test_the_map_follows_the_theme(page):
    drawn, before = _drawn(page, "map"), _pixels(page, "map")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        "drawn => document.querySelector('#figure .fg-map canvas').toDataURL() !== drawn", arg=drawn
    )
    assert _pixels(page, "map").mean() < before.mean() / 2


def test_it_works_by_keyboard_alone(page, gray):
    page.keyboard.press("Tab")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert _state(page)["filter"] == "laplacian"
    expect(said(page)).to_contain_text("Laplacian takes the four neighbors")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowRight")
    assert [_state(page)[name] for name in ("row", "column")] == [10, 1]
    expect(said(page)).to_contain_text("At row 10, column 1 it is")
    page.keyboard.press("Tab")  # the filter's numbers
    page.keyboard.press("7")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("-")
    assert _state(page)["weight"] == [[[7, 0, 0], [1, -4, 1], [0, 1, 0]]]
    assert _state(page)["filter"] == "own"
    kernel = np.array([[7, 0, 0], [1, -4, 1], [0, 1, 0]])
    assert output(page)["sum"] == (gray[10:13, 1:4] * kernel).sum()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the highest answer
    assert output(page)["answer"] == np.max(output(page)["map"])


def test_it_works_by_pointer(page):
    _pick(page, "sharpen")
    assert _state(page)["weight"] == [[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]]
    page.get_by_role("button", name="Lowest answer").click()
    assert output(page)["answer"] == np.min(output(page)["map"])
    page.locator('#figure [data-at="filter0,1,1"]').click(modifiers=["Shift"])
    assert _state(page)["weight"][0][1] == [-1, 4, -1]
    expect(page.locator('#figure [value="own"]')).to_be_checked()


@pytest.mark.parametrize("which", ["photo", "map"])
def test_a_mouse_shows_the_place_under_it_and_a_click_keeps_it(page, which):
    before = _state(page)
    picture = page.locator(f"#figure .fg-{which}")
    picture.scroll_into_view_if_needed()
    picture.hover(position={"x": 2 * 64.5, "y": 2 * 20.5})
    assert (_state(page)["row"], _state(page)["column"]) == (19, 63)
    page.locator("#figure .fg-hint").hover()
    assert _state(page) == before
    picture.click(position={"x": 2 * 64.5, "y": 2 * 20.5})
    page.locator("#figure .fg-hint").hover()
    assert (_state(page)["row"], _state(page)["column"]) == (19, 63)


def test_a_finger_sets_the_place(open_page, tmp_path):
    address = figure_page(tmp_path, "filter-gallery")
    page = open_page(address, viewport={"width": 375, "height": 800}, has_touch=True)
    picture = page.locator("#figure .fg-photo")
    picture.tap(position={"x": 100, "y": 50})
    scale = picture.bounding_box()["width"] / 128
    assert _state(page)["row"] == int(50 / scale) - 1
    assert _state(page)["column"] == int(100 / scale) - 1


def test_the_frame_lies_on_the_patch(page):
    put(page, row=30, column=80)
    frame = page.locator("#figure .fg-photo .fg-frame")
    expect(frame).to_have_css("left", "160px")
    outer, inner = page.locator("#figure .fg-photo").bounding_box(), frame.bounding_box()
    assert (inner["x"] - outer["x"], inner["y"] - outer["y"]) == (160, 60)
    assert (inner["width"], inner["height"]) == (6, 6)


def test_a_gray_picture_gives_opposing_colors_nothing(page):
    _pick(page, "opposing-colors")
    weight = np.array(_state(page)["weight"])
    patch = np.arange(9).reshape(3, 3) * 25
    assert (weight * patch).sum() == 0
    expect(said(page)).to_contain_text("any gray, dark or bright, gives 0")
    expect(page.locator("#figure .fg-sum [role=grid]")).to_have_count(3)


def test_opposing_colors_answer_on_wall_and_face_and_hardly_on_black_and_white(page, gray):
    put(page, filter="opposing-colors")
    out = np.array(output(page)["map"])
    middle = gray[1:-1, 1:-1]
    collar = (slice(88, 112), slice(45, 85))  # the white shirt, and the black tie and uniform
    white, black = (out[collar][middle[collar] > 190], out[collar][middle[collar] < 40])
    assert white.size > 100 < black.size
    assert max(np.median(np.abs(white)), np.median(np.abs(black))) < 10
    assert out[40:80, 105:125].min() > 50  # the wall
    assert np.median(out[45:75, 50:80]) < -50  # the face


def test_own_numbers_stay_while_other_filters_are_looked_at(page):
    own = [[[1, 0, 0], [0, 2, 0], [0, 0, -3]]]
    put(page, weight=own)
    _pick(page, "box-blur")
    _pick(page, "own")
    assert _state(page)["weight"] == own
    expect(said(page)).to_contain_text("These numbers are your own")
    expect(said(page)).to_contain_text("add up to 0, so where nothing changes the answer is 0")


@pytest.mark.parametrize("weight", [[[[None, 1e9]]], [[], [], []], "x", 7, [[[0] * 3] * 3]])
def test_odd_weights_are_brought_into_shape(page, weight):
    put(page, weight=weight)
    kernels = np.array(_state(page)["weight"])
    assert kernels.shape in [(1, 3, 3), (3, 3, 3)]
    assert np.abs(kernels).max() <= 20
    assert np.isfinite(output(page)["answer"])
