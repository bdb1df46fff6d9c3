"""Photograph every page of the built book: light, dark, and on a phone, to _build/screenshots/."""

import argparse
import os
import shutil
import sys
from pathlib import Path

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_LOOKS = {
    "light": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 812}, "color_scheme": "light"},
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


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
    browser_path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    pages = sorted((arguments.html / "book").rglob("*.html"))
    if not pages or browser_path is None:
        missing = "book (make book)" if not pages else f"browser ({', '.join(_BROWSERS)})"
        print(f"screenshots: there is no {missing}", file=sys.stderr)
        return 1
    arguments.to.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, Chromium does not start with its own sandbox; the pages are ours.
        options = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        browser = playwright.chromium.launch(executable_path=browser_path, args=options)
        for look, context_options in _LOOKS.items():
            context = browser.new_context(device_scale_factor=2, **context_options)
            page = context.new_page()
            for path in pages:
                page.goto(path.as_uri())
                page.wait_for_load_state("networkidle")
                page.evaluate("document.fonts.ready")
                target = arguments.to / f"{path.stem}-{look}.png"
                page.screenshot(path=target, full_page=True)
                print(target)
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
