"""A font of the few icons that the theme shows, cut out of the theme's own Font Awesome.

The whole font and its script weigh more than a chapter.
An icon that is not in this font still shows: the browser then loads the theme's whole one.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

__all__ = ["setup"]

_THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
_FOLDER = Path("_static") / "vendor" / "fontawesome" / "webfonts"
# What the theme's templates and its companion's name; its style sheet names the others.
_NAMES = [
    *("angle-down", "angle-left", "angle-right", "arrow-up", "bars", "circle-half-stroke", "code"),
    *(
        "download",
        "file",
        "file-pdf",
        "lightbulb",
        "list",
        "magnifying-glass",
        "moon",
        "pencil-alt",
    ),
    *("sun", "xmark"),
]


def _icons():
    """Return the code points of the icons."""
    style = (_THEME / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    found = re.findall(r'--pst-[a-z-]+: ?"\\(f[0-9a-f]{3})"', style)
    for name in _NAMES:
        rule = re.search(rf'\.fa-{name}\b[^{{}}]*{{--fa:"\\(f[0-9a-f]{{3}})"', style)
        rule = rule or re.search(
            rf'\.fa-{name}:before[^{{}}]*{{content:"\\(f[0-9a-f]{{3}})"', style
        )
        found.append(rule[1])
    return {int(each, 16) for each in found}


def _write(app, error):
    if error or app.builder.format != "html":
        return
    font = TTFont(_THEME / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf")
    options = Options(flavor="woff", hinting=False, recalc_timestamp=False)
    cut = Subsetter(options)
    cut.populate(unicodes=_icons())
    cut.subset(font)
    font.flavor = "woff"
    target = Path(app.outdir) / _FOLDER / "icons.woff"
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


def setup(app):
    """Write the font when the pages are there."""
    app.connect("build-finished", _write)
