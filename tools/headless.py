"""A browser without a window, for the tools that photograph, print and weigh the built book."""

import os
import shutil
from contextlib import contextmanager

__all__ = ["NAMES", "find_browser", "open_browser"]

#: The commands under which an installed browser is looked for, in this order.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_browser():
    """Return the path of the first browser that is installed, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser(path, *options):
    """Start the browser at `path` with command-line options, and close it in the end.

    Parameters
    ----------
    path : str
        What `find_browser` found.
    *options : str
        Options of Chromium.

    Yields
    ------
    playwright.sync_api.Browser
        The browser.
    """
    from playwright.sync_api import sync_playwright  # slow, and not needed to say what is missing

    # As root, Chromium does not start with its own sandbox; the pages are ours.
    as_root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*options, *as_root])
        yield browser
        browser.close()
