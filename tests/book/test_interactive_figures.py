"""What every figure that is built on figure.js has to keep, in a real browser, from file://."""

import json
import re

import pytest

from figure_page import CNN, figure_page, put, said

ELEMENTS = sorted(
    path.stem
    for path in CNN.glob("*-*.js")
    if re.search(r"^ \* uses: .*\bfigure\.js", path.read_text(encoding="utf-8"), re.MULTILINE)
)
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("element", ELEMENTS)]

# Sets each setting to each of a few values, one after the other, and collects what was seen.
_TURN_EVERYTHING = """async () => {
  const figure = document.querySelector("#figure");
  const seen = [];
  const values = ({ kind, options, least, greatest }) => kind === "toggle" ? [true, false]
    : options ? Object.keys(options) : [least, greatest, (least + greatest) >> 1, least + 1];
  const look = async (change) => {
    figure.state = change;
    await figure.updateComplete;
    seen.push([JSON.stringify(change), figure.constructor.sentence(figure.state, figure.output),
      figure.textContent, JSON.stringify(figure.output), figure.innerHTML,
      document.documentElement.scrollWidth - innerWidth]);
  };
  const settings = Object.entries(figure.constructor.settings);
  for (const [name, setting] of settings) {
    for (const value of values(setting)) await look({ [name]: value });
    figure.reset();
  }
  for (const extreme of [0, 1]) {
    const all = settings.map(([name, setting]) => [name, values(setting)[extreme]]);
    await look(Object.fromEntries(all));
  }
  return seen;
}"""


@pytest.fixture
def show(open_page, tmp_path):
    def show(element, attributes="", *, theme="light", **options):
        page = open_page(figure_page(tmp_path, element, attributes, theme=theme), **options)
        if options.get("java_script_enabled", True):
            said(page).wait_for()
        return page

    return show


@pytest.fixture(scope="module")
def axe(root):
    return (root / "tests" / "vendor" / "axe.min.js").read_text(encoding="utf-8")


def test_every_setting_gives_a_sentence_and_finite_numbers(show, element):
    for change, sentence, text, output, markup, _ in show(element).evaluate(_TURN_EVERYTHING):
        assert len(sentence) > 10, change
        for shown in (sentence, text, markup):
            assert not re.search(r"\b(NaN|undefined|Infinity|null)\b|\[object", shown), change
        assert "null" not in output, change  # JSON's word for NaN


@pytest.mark.parametrize("width", [320, 375, 768])
def test_no_setting_scrolls_the_page_sideways(show, element, width):
    page = show(element, viewport={"width": width, "height": 800})
    assert {change: over for change, *_, over in page.evaluate(_TURN_EVERYTHING) if over > 0} == {}


def test_nonsense_is_brought_into_range(show, element):
    page = show(element)
    kinds = page.evaluate(
        "Object.entries(document.querySelector('#figure').constructor.settings)"
        ".map(([name, { kind, least, greatest }]) => [name, kind, least, greatest])"
    )
    for value in (-1e9, 1e9, "x", None, [], {}):
        put(page, **{name: value for name, *_ in kinds})
        state = page.evaluate("document.querySelector('#figure').state")
        for name, kind, least, greatest in kinds:
            if kind in ("number", "slider"):
                assert least <= state[name] <= greatest, (name, value)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(show, axe, element, theme):
    page = show(element, theme=theme, reduced_motion="reduce")
    page.evaluate(axe)
    found = page.evaluate("""async () => (await axe.run(document, { preload: false, runOnly:
      ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })).violations
      .map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))])""")
    assert found == []


def test_the_tab_key_reaches_every_control_once(show, element):
    page = show(element)
    count = page.evaluate("""() => { const groups = new Set();
      const all = document.querySelectorAll("#figure :is(button, input, select, [tabindex])");
      return [...all].filter(e => {
        if (e.tabIndex < 0 || e.disabled) return false;
        if (e.type !== "radio") return true;
        return !groups.has(e.name) && groups.add(e.name); }).length; }""")
    reached = []
    for _ in range(count + 1):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.querySelector('#figure').contains(document.activeElement)")
        )
    assert reached == [True] * count + [False]


def test_targets_are_large_enough_for_a_finger(show, element):
    page = show(element, viewport={"width": 320, "height": 800})
    small = page.evaluate("""() => [...document.querySelectorAll(
        "#figure :is(button, input, select, [role=gridcell], [tabindex])")]
      .map(e => [e, e.getBoundingClientRect()])
      .filter(([e, box]) => box.width && e.tagName !== "svg" && !e.closest(".cf-toggle"))
      .filter(([, box]) => Math.min(box.width, box.height) < 24)
      .map(([e]) => e.outerHTML.slice(0, 160))""")
    assert small == []


def test_reset_brings_the_start_back(show, element):
    page = show(element)
    start = page.evaluate("document.querySelector('#figure').state")
    page.evaluate(_TURN_EVERYTHING)
    page.locator("#figure").get_by_role("button", name="Reset", exact=True).click()
    assert page.evaluate("document.querySelector('#figure').state") == start


def test_attributes_are_start_values(show, element):
    page = show(element)
    settings = page.evaluate("""() => {
      const { settings } = document.querySelector("#figure").constructor;
      return Object.entries(settings).filter(([, { kind }]) => ["number", "slider"].includes(kind))
        .map(([name, { least }]) => [ConvMath.kebab(name), name, least]); }""")
    for attribute, name, least in settings[:2]:
        state = show(element, f'{attribute}="{least}"').evaluate(
            "document.querySelector('#figure').state"
        )
        assert state[name] == least


def test_nothing_moves_where_less_motion_is_asked_for(show, element):
    page = show(element, reduced_motion="reduce")
    page.evaluate(_TURN_EVERYTHING)
    assert page.evaluate("document.getAnimations().length") == 0


def test_without_scripts_the_fallback_text_stays(show, element):
    page = show(element, java_script_enabled=False)
    assert page.locator("#figure").inner_text() == "Fallback."
    assert page.locator("#figure").bounding_box()["height"] < 100


def test_a_changed_state_is_told_to_the_page(show, element):
    page = show(element)
    told = page.evaluate("""() => { const told = [];
      const figure = document.querySelector("#figure");
      document.addEventListener("cnn-change", (event) => told.push(event.detail));
      figure.state = {};
      return told; }""")
    assert len(told) == 1
    assert told[0]["output"] == page.evaluate("document.querySelector('#figure').output")
    json.dumps(told)
