"""Photograph every page of the built book: light, dark, and on a phone, to _build/screenshots/.

All of them are on one contact sheet, _build/screenshots/index.html.
"""

import argparse
import html
import sys
from pathlib import Path

from headless import NAMES, find_browser, open_browser

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_LOOKS = {
    "light": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 812}, "color_scheme": "light"},
}
_SHEET = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Contact sheet</title>
<style>
body {{ margin: 1.5rem; background: #e9edf2; font: 16px/1.4 system-ui, sans-serif; }}
section {{ display: flex; gap: 1rem; align-items: flex-start; margin-bottom: 2rem; }}
figure {{ margin: 0; }}
img {{ display: block; height: 30rem; object-fit: cover; object-position: top;
  border: 1px solid #7a8593; background: #fff; }}
a[data-look="phone"] img {{ width: 13rem; }}
a:not([data-look="phone"]) img {{ width: 40rem; }}
a {{ overflow: hidden; }}
</style>
<h1>Every page, {looks}</h1>
{rows}
</html>
"""


def _sheet(names):
    """Return the contact sheet: the top of each page; a click shows it whole."""
    rows = []
    for name in names:
        pictures = "".join(
            f'<a data-look="{look}" href="{name}-{look}.png">'
            f'<img src="{name}-{look}.png" loading="lazy" alt="{html.escape(name)}, {look}"></a>'
            for look in _LOOKS
        )
        rows.append(f"<h2>{html.escape(name)}</h2>\n<section>{pictures}</section>")
    return _SHEET.format(looks=", ".join(_LOOKS), rows="\n".join(rows))


def main(argv=None):
    """Take the photographs.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        0, or 1 where there is no book or no browser.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--html", type=Path, default=_ROOT / "_build" / "html", help="the book")
    parser.add_argument("--to", type=Path, default=_ROOT / "_build" / "screenshots")
    arguments = parser.parse_args(argv)
    browser_path = find_browser()
    pages = sorted((arguments.html / "book").rglob("*.html"))
    if not pages or browser_path is None:
        missing = "book (make book)" if not pages else f"browser ({', '.join(NAMES)})"
        print(f"screenshots: there is no {missing}", file=sys.stderr)
        return 1
    arguments.to.mkdir(parents=True, exist_ok=True)
    with open_browser(browser_path) as browser:
        for look, context_options in _LOOKS.items():
            # A phone's whole page at two pixels to one is more than a browser can draw.
            context = browser.new_context(device_scale_factor=1, **context_options)
            page = context.new_page()
            for path in pages:
                page.goto(path.as_uri())
                page.wait_for_load_state("networkidle")
                page.evaluate("document.fonts.ready")
                page.screenshot(path=arguments.to / f"{path.stem}-{look}.png", full_page=True)
                print(f"{path.stem}, {look}")
            context.close()
    sheet = arguments.to / "index.html"
    sheet.write_text(_sheet([path.stem for path in pages]), encoding="utf-8")
    print(sheet)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
