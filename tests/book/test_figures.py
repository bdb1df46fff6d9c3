"""Figures: the theme's colors, ids that do not meet, a text for every picture."""

import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest

import coursefigures
from coursebook.figures import inline_svg
from coursefigures.filters import mosaic

SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90pt"
 height="40pt" viewBox="0 0 90 40" version="1.1"><metadata>when</metadata>
 <defs><clipPath id="p1"><path id="m1"/></clipPath></defs>
 <g clip-path="url(#p1)"><use xlink:href="#m1" style="fill: #1D2733; stroke: #0069a6"/>
 <image xlink:href="data:image/png;base64,AAAA"/></g></svg>"""


def css_colors(root, theme):
    text = (root / "book" / "_static" / "cnn" / "book.css").read_text(encoding="utf-8")
    block = re.search(rf'html\[data-theme="{theme}"\] {{(.*?)\n}}', text, re.DOTALL)[1]
    return dict(re.findall(r"--cnn-([a-z0-9-]+): (#[0-9a-f]{6});", block))


def test_sentinel_colors_become_the_variables_of_the_theme():
    text = inline_svg(SVG, "page-0", "A curve.")
    assert "fill: var(--cnn-fg); stroke: var(--cnn-c1)" in text
    assert not re.search("#1d2733|#0069a6", text, re.IGNORECASE)


def test_ids_and_what_points_at_them_get_the_prefix():
    text = inline_svg(SVG, "page-0", "A curve.")
    assert 'id="page-0-p1"' in text
    assert 'clip-path="url(#page-0-p1)"' in text
    assert 'href="#page-0-m1"' in text
    assert 'href="data:image/png;base64,AAAA"' in text


def test_a_figure_is_one_image_with_its_text():
    root = ET.fromstring(inline_svg(SVG, "page-0", 'A "curve" & more.'))
    assert (root.get("role"), root.get("aria-label")) == ("img", 'A "curve" & more.')
    assert not [node for node in root.iter() if node.tag.endswith("metadata")]


def test_sentinel_colors_differ_from_one_another():
    values = list(coursefigures.COLORS.values())
    assert len(set(values)) == len(values)


def test_sentinel_colors_look_as_the_light_theme_does(root):
    light = css_colors(root, "light")
    for name, value in coursefigures.COLORS.items():
        ours = [int(value[i : i + 2], 16) for i in (1, 3, 5)]
        theirs = [int(light[name][i : i + 2], 16) for i in (1, 3, 5)]
        assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= 2, name


def test_both_themes_define_the_same_colors(root):
    assert css_colors(root, "light").keys() == css_colors(root, "dark").keys()


def contrast(one, other):
    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_reads_on_what_it_stands_on(root, theme):
    colors = css_colors(root, theme)
    text = ["fg", "muted", "accent", "win", "c1", "c2", "c3", "c4", "ok", "no"]
    pairs = [(ink, ground) for ink in text for ground in ("bg", "surface")]
    pairs += [("fg", f"{soft}-soft") for soft in ("accent", "ok", "no")]
    pairs += [(name, f"{name}-soft") for name in ("accent", "ok", "no")]
    pairs += [(f"ink{step}", f"{sign}{step}") for sign in ("pos", "neg") for step in range(1, 5)]
    pairs += [("on-accent", "accent")]
    poor = [
        f"{ink} on {ground}: {contrast(colors[ink], colors[ground]):.2f}"
        for ink, ground in pairs
        if contrast(colors[ink], colors[ground]) < 4.5
    ]
    assert poor == []
    assert contrast(colors["edge"], colors["bg"]) >= 3
    assert contrast(colors["edge"], colors["surface"]) >= 3


@pytest.mark.book
def test_figures_stand_in_the_page_with_their_texts(built_book):
    page = (built_book / "book" / "convolution.html").read_text(encoding="utf-8")
    figures = re.findall(r"<svg [^>]*cnn-svg[^>]*>", page)
    assert len(figures) >= 2
    assert all(re.search(r'aria-label="[^"]{40,}"', figure) for figure in figures)


def test_the_photograph_is_the_same_in_color_and_in_gray():
    color, gray = coursefigures.photograph(color=True), coursefigures.photograph()
    assert color.shape == (*gray.shape, 3)
    np.testing.assert_allclose(color @ [0.299, 0.587, 0.114], gray, atol=1e-12)


def test_a_mosaic_shows_each_filter_stretched_to_its_own_largest_weight():
    weight = np.zeros((3, 1, 2, 2))
    weight[0, 0, 0, 0], weight[1, 0, 1, 1] = 4.0, -0.5  # the third filter is all zeros
    picture = mosaic(weight, columns=2)
    height, width = picture.shape[:2]
    assert height == width  # two rows of two
    middles = {
        "positive": picture[height // 8, width // 8],
        "zero": picture[height // 8, 3 * width // 8],
        "negative": picture[3 * height // 8, 7 * width // 8],
        "nothing": picture[6 * height // 8, 7 * width // 8],
    }
    assert middles["positive"].tolist() == [1, 1, 1, 1]
    assert middles["zero"].tolist() == [0.5, 0.5, 0.5, 1]
    assert middles["negative"].tolist() == [0, 0, 0, 1]
    assert middles["nothing"][3] == 0


@pytest.fixture
def drawn(monkeypatch):
    """Collect the figures in place of showing them."""
    plt.switch_backend("agg")
    figures = []
    monkeypatch.setattr(plt, "show", figures.append)
    yield figures
    for figure in figures:
        plt.close(figure)


def test_rulers_draw_every_cell_and_no_border_around_the_last_map(drawn):
    coursefigures.rulers([("none", 7, 0, 3), ("P = 1", 7, 1, 3)], kernel_size=3)
    axes = drawn[0].axes[0]
    assert sum(text.get_text() == "0" for text in axes.texts) == 3 * 2
    windows = 2 * 3
    assert len(axes.patches) == windows + (7 + 5 + 3 + 1) + (4 * 7 + 3 * 2)


def test_rows_of_filters_and_a_photograph_are_equally_high(drawn):
    photo = coursefigures.photograph(20, color=True)
    coursefigures.filters([("photo", photo, None), ("filters", np.ones((6, 3, 5, 5)), 3)])
    figure = drawn[0]
    figure.canvas.draw()
    heights = [axes.get_window_extent().height for axes in figure.axes]
    assert heights[0] == pytest.approx(heights[1], rel=0.02)


def test_dots_are_open_where_a_run_stays_below_the_threshold(drawn):
    coursefigures.dots({"good": [0.9, 0.8], "bad": [0.9, 0.4]}, xlabel="share", threshold=0.5)
    (axes,) = drawn[0].axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["good", "bad"]
    threshold, good, bad = axes.lines
    assert (good.get_fillstyle(), bad.get_fillstyle()) == ("full", "none")
    assert good.get_marker() != bad.get_marker()
    assert list(threshold.get_xdata()) == [0.5, 0.5]
