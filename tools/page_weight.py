"""Measure what a browser loads for each page of the built book, compressed, and print a table.

Text is counted as gzip sends it; fonts and pictures are compressed already.
Python in the page (Pyodide) is not counted: it is loaded when a reader runs code.
"""

import argparse
import functools
import gzip
import http.server
import sys
import threading
from pathlib import Path

from headless import NAMES, find_browser, open_browser

__all__ = ["LIMIT", "main", "measure"]

# Bytes, for the first page that somebody opens.
LIMIT = 700_000

_ROOT = Path(__file__).resolve().parent.parent
_COMPRESSED = (".woff2", ".png", ".jpg", ".webp", ".ico")


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Say nothing."""


def _weight(url, body):
    path = url.split("?")[0]
    return len(body) if path.endswith(_COMPRESSED) else len(gzip.compress(body, 6))


def measure(page, url):
    """Load a page with an empty cache.

    Parameters
    ----------
    page : playwright.sync_api.Page
        A fresh one.
    url : str
        The page's address.

    Returns
    -------
    dict
        Bytes, compressed, by the address of what was loaded.
    """
    loaded = {}

    def note(response):
        if response.request.url.startswith("http") and "/vendor/pyodide/" not in response.url:
            loaded[response.url] = response

    page.on("response", note)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return {address: _weight(address, each.body()) for address, each in loaded.items()}


def main(argv=None):
    """Print the table.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        0; 1 where a page is too heavy, or there is no book or no browser.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--html", type=Path, default=_ROOT / "_build" / "html", help="the book")
    parser.add_argument("--parts", action="store_true", help="also what each page is made of")
    arguments = parser.parse_args(argv)
    browser_path = find_browser()
    pages = sorted((arguments.html / "book").glob("*.html"))
    if not pages or browser_path is None:
        missing = "book (make book)" if not pages else f"browser ({', '.join(NAMES)})"
        print(f"page_weight: there is no {missing}", file=sys.stderr)
        return 1
    handler = functools.partial(_Handler, directory=arguments.html)
    heavy = 0
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        open_browser(browser_path) as browser,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"limit {LIMIT / 1000:.0f} kB, compressed, without Pyodide")
        for path in pages:
            site = f"http://127.0.0.1:{server.server_port}/"
            page = browser.new_context().new_page()
            parts = measure(page, f"{site}book/{path.name}")
            page.context.close()
            total = sum(parts.values())
            heavy += total > LIMIT
            print(f"{total / 1000:7.0f} kB  {path.stem}{'  TOO HEAVY' * (total > LIMIT)}")
            if arguments.parts:
                for address, size in sorted(parts.items(), key=lambda item: -item[1]):
                    print(f"        {size / 1000:7.1f} kB  {address.removeprefix(site)}")
        server.shutdown()
    return 1 if heavy else 0


if __name__ == "__main__":
    raise SystemExit(main())
