"""Matplotlib's SVG in the page, in the theme's colors; and a text for every picture.

A code cell's SVG is put into the page itself, and the sentinel colors of `coursefigures` become the
theme's variables, so that the figure follows the reader into the dark. A picture without a text for
who cannot see it (``alt``) is a warning, and so fails the build.
"""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from coursebook.markup import raw
from coursefigures import COLORS

__all__ = ["inline_svg", "setup"]

_logger = logging.getLogger(__name__)
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_SENTINEL = {value: f"var(--cnn-{name})" for name, value in COLORS.items()}
_SENTINEL_PATTERN = re.compile("|".join(_SENTINEL), re.IGNORECASE)


def inline_svg(text, prefix, alt):
    """Make a Matplotlib SVG fit to stand in a page.

    Parameters
    ----------
    text : str
        The SVG file.
    prefix : str
        Put before every id: two figures of a page must not share one.
    alt : str
        What the figure shows, for who cannot see it.

    Returns
    -------
    str
        An ``<svg>`` element in the theme's colors.
    """
    ET.register_namespace("", _SVG)
    root = ET.fromstring(text)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}metadata":
                parent.remove(child)
    for element in root.iter():
        if _XLINK in element.attrib:
            element.set("href", element.attrib.pop(_XLINK))
        for name, value in element.attrib.items():
            element.set(name, _attribute(name, value, prefix))
        if element.tag == f"{{{_SVG}}}style":
            element.text = f".cnn-svg {element.text}"  # else it would style the whole page
    root.attrib.pop("version", None)
    width = root.attrib.pop("width", "")
    root.attrib.pop("height", None)
    if width:
        root.set("style", f"width: {width}")
    root.set("class", "cnn-svg")
    root.set("role", "img")
    root.set("aria-label", alt)
    return ET.tostring(root, encoding="unicode")


def _attribute(name, value, prefix):
    if name == "id":
        return f"{prefix}-{value}"
    if name == "href" and value.startswith("#"):
        return f"#{prefix}-{value[1:]}"
    value = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", value)
    return _SENTINEL_PATTERN.sub(lambda match: _SENTINEL[match[0].lower()], value)


def _finish_images(app, doctree, docname):
    for number, image in enumerate(list(doctree.findall(nodes.image))):
        alt = image.get("alt", "").strip()
        if not alt:
            _logger.warning(
                "a picture without alt text", location=image, type="coursebook", subtype="alt"
            )
        path = _output_of_cell(app, image)
        if path is not None and app.builder.format == "html":
            prefix = re.sub(r"\W+", "-", f"{docname}-{number}")
            text = inline_svg(path.read_text(encoding="utf-8"), prefix, alt)
            image.parent.replace(image, raw(text))


def _output_of_cell(app, image):
    """Return the path of an SVG that a code cell has drawn, else None."""
    uri = image.get("candidates", {}).get("*", image["uri"])
    if not uri.endswith(".svg") or "jupyter_execute" not in uri:
        return None
    candidates = (Path(uri), Path(app.srcdir) / uri.lstrip("/"), Path("/") / uri)
    return next(path for path in candidates if path.is_file())


def setup(app):
    """Finish the pictures of every page when it is complete."""
    app.connect("doctree-resolved", _finish_images)
