"""The instructor's page about a class, in a browser: made here from reports, no book is needed."""

from dataclasses import replace

import pytest

from accessibility import violations
from autograder.class_report.page import render_page
from autograder.class_report.stored import with_times
from autograder.class_report.summary import summarize
from autograder.report import Report
from class_reports import class_of, times_for

pytestmark = pytest.mark.browser

_TITLES = {"gradients": "Gradients", "convolution": "Convolution"}
_ALIKE = {
    "students": ["right_01", "right_02"],
    "pairs": [
        {
            "students": ["right_01", "right_02"],
            "share": 0.97,
            "pieces": 385,
            "functions": ["conv2d_forward", "conv2d_backward"],
        }
    ],
}
_EVIL = '"><script>window.ran = 1</script><img src=x onerror="window.ran = 1">'


def render(report, *, slugs=("convolution",), **more):
    submissions = [replace(s, assignment=slug) for slug in slugs for s in report.submissions]
    submissions = with_times(submissions, times_for(report))
    runs = [{"name": "report.json", "isolation": report.isolation, "seed": report.seed}]
    similar = {slug: (36, [_ALIKE]) for slug in slugs[:1]}
    summary = summarize(submissions, titles=_TITLES)
    more = {"runs": runs, "similar": similar, "threshold": 0.8, "book": "../"} | more
    return render_page(summary, **more)


def with_nobody_and_everybody(report):
    """Let one test be failed by all and one be passed by all."""
    submissions = []
    for each in report.submissions:
        tests = list(each.tests)
        if tests:
            tests[0] = replace(
                tests[0], outcome="failed", fault="wrong", message="`f` returned 3.", hint=""
            )
            tests[1] = replace(
                tests[1], outcome="passed", fault=None, message="", hint="", misconception=None
            )
        submissions.append(replace(each, tests=tuple(tests)))
    return replace(report, submissions=tuple(submissions))


@pytest.fixture(scope="module")
def page_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    report = with_nobody_and_everybody(class_of())
    pages = {
        "one": render(report),
        "two": render(report, slugs=("gradients", "convolution"), remarks=["`x`: twice."]),
        "bare": render(Report("none", 1, report.submissions[-1:]), similar=None),
    }
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return lambda name: (folder / f"{name}.html").as_uri()


def open_all(page):
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["one", "two", "bare"])
def test_the_report_breaks_no_rule_of_accessibility(page_url, open_page, root, name, theme):
    page = open_page(page_url(name), color_scheme=theme)
    open_all(page)
    axe = (root / "tests" / "vendor" / "axe.min.js").read_text(encoding="utf-8")
    assert violations(page, axe) == ""


@pytest.mark.parametrize("width", [320, 375])
@pytest.mark.parametrize("name", ["one", "two", "bare"])
def test_the_report_never_scrolls_sideways(page_url, open_page, name, width):
    page = open_page(page_url(name), viewport={"width": width, "height": 800})
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_report_says_first_who_needs_the_instructor(page_url, open_page):
    page = open_page(page_url("one"))
    text = page.locator("main").inner_text()
    assert text.startswith("These need you first")
    places = [text.index(word) for word in ("grader_error_00", "unreadable_01", "missing_02")]
    assert places == sorted(places)
    assert max(places) < text.index("Scores")


def test_a_run_without_a_sandbox_is_told_first(page_url, open_page):
    text = open_page(page_url("bare")).locator("main").inner_text()
    assert "report.json was graded without a sandbox" in text.split("\n\n")[1]


def test_the_bars_of_the_chart_are_as_high_as_the_counts_say(page_url, open_page):
    page = open_page(page_url("one"))
    chart = page.locator("svg.histogram")
    counts = [int(each) for each in chart.locator(".value").all_text_contents()]
    heights = [each.bounding_box()["height"] for each in chart.locator("rect").all()]
    assert sum(counts) == 36
    assert len(counts) == len(heights)
    per_learner = [h / n for h, n in zip(heights, counts, strict=True)]
    assert max(per_learner) - min(per_learner) < 0.1
    label = chart.get_attribute("aria-label")
    assert all(f": {count}." in label for count in counts)


def test_parts_differ_by_pattern_and_not_by_color_alone(page_url, open_page):
    page = open_page(page_url("one"))
    fills = page.evaluate(
        """() => ["all", "some", "none"].map((kind) =>
            getComputedStyle(document.querySelector(`.stripe rect.${kind}`)).fill)"""
    )
    assert fills[0] == "rgb(0, 114, 178)"
    assert [fill for fill in fills[1:] if "url(" in fill] == fills[1:]
    text = page.locator(".functions").inner_text()
    assert "all" in text
    assert "none" in text


def test_mistakes_name_who_made_them_and_lead_into_the_book(page_url, open_page):
    page = open_page(page_url("one"))
    mistake = page.locator("ol.ranked > li", has_text="dx overwritten").first
    assert mistake.locator("a").get_attribute("href") == ("../book/convolution.html#convolution-dx")
    mistake.locator("summary").click()
    assert "dx_overwritten_" in mistake.locator("details p").inner_text()


def test_tests_that_nobody_passed_are_shown_with_what_came(page_url, open_page):
    text = open_page(page_url("one")).locator(".mistake").inner_text()
    assert "Nobody passed this test." in text
    assert "36 of 36 got: f returned 3." in text


def test_the_advice_on_likeness_says_that_equal_code_is_common(page_url, open_page):
    text = open_page(page_url("one")).locator("main").inner_text()
    assert "Advice, not a verdict. Equal code is common for short functions" in text
    assert "97%" in text


def test_on_paper_everything_is_open_and_dark_is_off(page_url, open_page):
    page = open_page(page_url("one"), color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    heights = page.evaluate(
        """() => [...document.querySelectorAll("details")].map((each) =>
            each.lastElementChild.getBoundingClientRect().height)"""
    )
    assert len(heights) > 4
    assert min(heights) > 10
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def hostile(report):
    """Put a script into every text that a learner, or a file, can reach."""
    submissions = []
    for number, each in enumerate(report.submissions):
        tests = tuple(
            replace(
                test,
                id=f"{_EVIL}{test.id}",
                function=f"{_EVIL}{test.function}",
                title=_EVIL,
                outcome="failed",
                fault="wrong",
                message=f"{_EVIL}\n\n`{_EVIL}`",
                hint=f"{_EVIL} Read: javascript:window.ran=1",
                misconception=_EVIL,
            )
            for test in each.tests
        )
        functions = {f"{_EVIL}{name}": points for name, points in each.functions.items()}
        one = replace(each, student=f"{_EVIL}{number}", notes=(_EVIL,), tests=tests)
        submissions.append(replace(one, functions=functions))
    return replace(report, submissions=tuple(submissions))


def test_no_text_of_a_report_runs_as_a_script(tmp_path, open_page):
    alike = {
        "students": [f"{_EVIL}0", f"{_EVIL}1"],
        "pairs": [
            {"students": [f"{_EVIL}0", f"{_EVIL}1"], "share": 1, "pieces": 9, "functions": [_EVIL]}
        ],
    }
    path = tmp_path / "hostile.html"
    html = render(
        hostile(class_of()),
        runs=[{"name": _EVIL, "isolation": "none", "seed": 1}],
        similar={"convolution": (2, [alike])},
        remarks=[f"`{_EVIL}`: twice."],
        book='"><script>window.ran = 1</script>',
    )
    # The page's own policy stops scripts too: it is taken out, so that escaping alone is tested.
    policy = '<meta http-equiv="Content-Security-Policy"'
    assert policy in html
    path.write_text(html.replace(policy, '<meta name="policy"'), encoding="utf-8")
    page = open_page(path.as_uri())
    open_all(page)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None
    assert page.locator("script, img, iframe, [onerror]").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert _EVIL in page.locator("main").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_the_report_asks_for_nothing(page_url, open_page, tmp_path):
    page = open_page(page_url("two"))
    # open_page fails on any request, error or warning; beyond that nothing may want to be loaded.
    assert page.locator("link, script, img, iframe, object, [src]").count() == 0
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    assert policy.startswith("default-src 'none'")
