"""Figures: the theme's colors, ids that do not meet, a text for every picture."""

import re
import xml.etree.ElementTree as ET

import pytest

import coursefigures
from coursebook.figures import inline_svg

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
