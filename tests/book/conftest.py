"""The built book, a server for it, and a browser that tells when a page does what it must not."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from explorer_page import explorer, write_page
from headless import NAMES, find_browser, open_browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def built_book():
    """Folder of the students' book; both editions are built when they are not current."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "build_book.py"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def instructors_book(built_book):
    """Folder of the instructors' book."""
    return built_book.with_name("html-instructor")


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(scope="session")
def site(built_book):
    """Address of the book on this machine."""
    handler = functools.partial(_Handler, directory=built_book)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser():
    path = find_browser()
    if path is None:
        reason = f"no browser (looked for {', '.join(NAMES)})"
        # CI may leave no test out.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    options = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with open_browser(path, *options) as browser:
        yield browser


class Visit:
    """A page, and what it did that no page of the book may do."""

    def __init__(self, context, site):
        self.faults = []
        context.route("**/*", functools.partial(self._route, site))
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("console", self._console)
        self.page.on("response", self._response)

    def _route(self, site, route):
        if route.request.url.startswith((site, "blob:", "data:")):
            route.continue_()
        else:
            self.faults.append(f"a request leaves the site: {route.request.url}")
            route.abort()

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _response(self, response):
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")


@pytest.fixture
def open_page(browser, request):
    """Open a page in a fresh context: open_page(url, **context options).

    When the test is over, the page must have asked no other host and reported no error.
    """
    visits = []

    def open_page(url, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        context.set_default_timeout(20_000)
        parts = urlsplit(url)
        visit = Visit(context, f"{parts.scheme}://{parts.netloc}/")
        visits.append((context, visit))
        visit.page.goto(url)
        return visit.page

    yield open_page
    faults = [fault for _, visit in visits for fault in visit.faults]
    for context, _ in visits:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def page_names(built_book):
    """All pages, as addresses below the site."""
    pages = sorted(built_book.glob("book/**/*.html"))
    assert pages
    return [p.relative_to(built_book).as_posix() for p in pages] + ["search.html"]


@pytest.fixture(scope="session")
def chapters_with(built_book):
    """Find the pages that hold an element: chapters_with("py-exercise")."""

    def chapters_with(tag):
        found = [
            path.relative_to(built_book).as_posix()
            for path in sorted(built_book.glob("book/**/*.html"))
            if f"<{tag} " in path.read_text(encoding="utf-8")
            or f"<{tag}>" in path.read_text(encoding="utf-8")
        ]
        assert found, f"no page holds <{tag}>"
        return found

    return chapters_with


@pytest.fixture
def show(open_page, tmp_path):
    """Open a page with one explorer for each set of attributes."""

    def show(*attributes, **options):
        elements = [explorer(each, number) for number, each in enumerate(attributes or [""])]
        page = open_page(write_page(tmp_path, *elements), **options)
        page.wait_for_selector("conv-explorer .cx-cell", state="attached")
        return page

    return show
