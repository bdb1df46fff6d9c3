"""Every page of the built book, in a browser."""

import re
from pathlib import Path

import pytest

# The labels that hidden tests and misconceptions of the chapter link to.
LABELS = [
    "convolution-patch",
    "convolution-one-channel",
    "convolution-cross-correlation",
    "convolution-channels",
    "convolution-filters",
    "convolution-batch",
    "convolution-sizes",
    "convolution-dbias",
    "convolution-dweight",
    "convolution-dx",
    "convolution-dtype",
    "convolution-exercise",
]

pytestmark = [pytest.mark.book, pytest.mark.browser]


def test_pages_load_without_error_or_outside_request(site, page_names, open_page):
    for name in page_names:
        page = open_page(f"{site}/{name}")
        page.wait_for_load_state("networkidle")  # open_page's end looks at what they did


def test_pages_load_from_files(built_book, page_names, open_page):
    for name in page_names:
        page = open_page((built_book / name).as_uri())
        page.wait_for_load_state("networkidle")
        assert page.locator("article h1, #search-results").count() >= 1, name


def test_formulas_are_there_without_javascript(built_book, open_page):
    page = open_page((built_book / "book/convolution.html").as_uri(), java_script_enabled=False)
    formulas = page.locator("article p > .math")
    assert formulas.count() > 50
    for formula in (formulas.first, page.locator("article div.math").first):
        box = formula.locator("mjx-math").bounding_box()
        assert box["width"] > 5
        assert box["height"] > 5
        assert formula.locator("mjx-assistive-mml math").count() == 1


def test_no_page_loads_mathjax(built_book, page_names):
    for name in page_names:
        scripts = re.findall(r"<script.*?</script>", (built_book / name).read_text("utf-8"), re.S)
        assert not re.search("mathjax", "".join(scripts), re.IGNORECASE), name


def test_references_lead_to_their_equations(built_book, page_names):
    link = re.compile(r'href="([\w.]*)#(equation-[^"]+)">(\([\d.]+\))</a>')
    target = re.compile(r'id="(equation-[^"]+)">\s*<span class="eqno">(\([\d.]+\))')
    pages = {Path(name).name: (built_book / name).read_text("utf-8") for name in page_names}
    numbers = {
        (name, found[0]): found[1] for name, text in pages.items() for found in target.findall(text)
    }
    links = [(name, *found) for name, text in pages.items() for found in link.findall(text)]
    assert len(links) > 20
    for name, page, label, number in links:
        assert numbers.get((page or name, label)) == number, f"{name}: {label}"


@pytest.mark.parametrize("width", [320, 375, 768])
def test_no_page_scrolls_sideways(site, page_names, open_page, width):
    for name in page_names:
        page = open_page(f"{site}/{name}", viewport={"width": width, "height": 800})
        page.wait_for_load_state("networkidle")
        needed = page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width, f"{name} is {needed} pixels wide"


# The browser's own metric, from the first byte on, without what the reader does.
_SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  const add = (entries) => entries.forEach((entry) => {
    if (!entry.hadRecentInput) sum += entry.value;
  });
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => { add(observer.takeRecords()); done(sum); }, 50);
})"""


@pytest.mark.parametrize("width", [375, 1280])
def test_no_page_jumps_while_it_loads(site, page_names, open_page, width):
    shifts = {}
    for name in page_names:
        page = open_page(f"{site}/{name}", viewport={"width": width, "height": 900})
        page.wait_for_load_state("networkidle")
        shifts[name] = page.evaluate(_SHIFTS)
    assert {name: shift for name, shift in shifts.items() if shift > 0.02} == {}


def test_a_page_is_shown_even_when_its_fonts_do_not_come(site, browser):
    context = browser.new_context()
    asked = []
    context.route("**/*.woff2", lambda route: asked.append(route))  # and never answered
    page = context.new_page()
    page.goto(f"{site}/book/notation.html", wait_until="commit")
    page.locator("article h1").wait_for(timeout=20_000)
    assert asked
    assert page.locator("html[data-cnn-waits]").count() == 0
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_has_its_theme_before_the_first_paint(site, open_page, theme):
    page = open_page(f"{site}/book/notation.html", color_scheme=theme)
    page.route("**/pydata-sphinx-theme.js*", lambda route: route.fulfill(body=""))
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == theme


@pytest.mark.parametrize("width", [375, 1280])
def test_the_room_for_each_figure_is_as_large_as_the_figure(site, chapters_with, open_page, width):
    wrong = {}
    for name in chapters_with("figcaption"):
        page = open_page(f"{site}/{name}", viewport={"width": width, "height": 900})
        page.wait_for_load_state("networkidle")
        for figure in page.locator(".cnn-answers").all():
            tag, height, room = figure.evaluate("""(node) => [
              node.localName,
              node.offsetHeight / parseFloat(getComputedStyle(document.documentElement).fontSize),
              parseFloat(getComputedStyle(node).getPropertyValue(
                innerWidth > 640 ? "--cnn-room" : "--cnn-room-phone")) || 0]""")
            if not abs(room / height - 1) < 0.05:
                wrong[tag] = f"is {height:.1f}rem high, has {room}rem of room"
    assert wrong == {}


def test_the_phone_menu_opens(site, open_page):
    page = open_page(f"{site}/book/index.html", viewport={"width": 375, "height": 800})
    link = page.locator(".bd-sidebar-primary a", has_text="Notation")
    assert not link.is_visible()
    page.locator("button.primary-toggle").first.click()
    link.wait_for(state="visible")
    link.click()
    page.wait_for_url("**/notation.html")


def test_figures_follow_the_theme(site, open_page):
    page = open_page(f"{site}/book/convolution.html", color_scheme="light")
    text = page.locator(".cnn-svg text").first
    colors = {}
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        colors[theme] = text.evaluate("node => getComputedStyle(node).fill")
    assert colors["light"] != colors["dark"]


def test_the_reader_can_turn_the_page_dark(site, open_page):
    page = open_page(f"{site}/book/notation.html", color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)
    for _ in range(3):  # light, dark, and as the system has it
        page.locator(".theme-switch-button").first.click()
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    assert page.evaluate(background) != before


def test_search_finds_a_chapter(site, open_page):
    page = open_page(f"{site}/search.html?q=correlation")
    page.locator("#search-results li a", has_text="Convolution").first.wait_for()


def test_search_finds_a_chapter_from_files(built_book, open_page):
    page = open_page((built_book / "search.html").as_uri() + "?q=correlation")
    page.locator("#search-results li a", has_text="Convolution").first.wait_for()


def test_every_picture_says_what_it_shows(site, page_names, open_page):
    for name in page_names:
        page = open_page(f"{site}/{name}")
        silent = page.evaluate(
            """() => [...document.querySelectorAll("article img, article svg[role=img]")]
                .filter((node) => !node.closest("[aria-hidden=true]"))
                .filter((node) => !(node.getAttribute("alt") || node.getAttribute("aria-label")))
                .map((node) => node.outerHTML.slice(0, 200))"""
        )
        assert silent == [], name


def test_reports_find_the_section_that_they_link(site, open_page):
    page = open_page(f"{site}/book/convolution.html")
    missing = [label for label in LABELS if page.locator(f'[id="{label}"]').count() != 1]
    assert missing == []
