"""What a reader has to load."""

import importlib.util

import pytest

pytestmark = [pytest.mark.book, pytest.mark.browser]


@pytest.fixture(scope="module")
def tool(root):
    spec = importlib.util.spec_from_file_location("page_weight", root / "tools" / "page_weight.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_light_enough(site, page_names, browser, tool, capsys):
    heavy = {}
    lines = []
    for name in page_names:
        context = browser.new_context()
        total = sum(tool.measure(context.new_page(), f"{site}/{name}").values())
        context.close()
        lines.append(f"{total / 1000:7.0f} kB  {name}")
        if total > tool.LIMIT:
            heavy[name] = total
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert heavy == {}


def test_the_icons_that_are_shown_are_in_the_small_font(site, browser, tool):
    context = browser.new_context(viewport={"width": 375, "height": 800})
    loaded = tool.measure(context.new_page(), f"{site}/book/convolution.html")
    context.close()
    names = [address.rsplit("/", 1)[-1].split("?")[0] for address in loaded]
    assert "icons.woff" in names
    assert not any(name.startswith(("fa-solid", "fontawesome")) for name in names)
