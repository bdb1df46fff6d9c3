"""What a reader has to load."""

import pytest

import page_weight

pytestmark = [pytest.mark.book, pytest.mark.browser]


def test_every_page_is_light_enough(site, page_names, browser, capsys):
    heavy = {}
    lines = []
    for name in page_names:
        context = browser.new_context()
        total = sum(page_weight.measure(context.new_page(), f"{site}/{name}").values())
        context.close()
        lines.append(f"{total / 1000:7.0f} kB  {name}")
        if total > page_weight.LIMIT:
            heavy[name] = total
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert heavy == {}


def test_the_icons_that_are_shown_are_in_the_small_font(site, browser):
    context = browser.new_context(viewport={"width": 375, "height": 800})
    loaded = page_weight.measure(context.new_page(), f"{site}/book/convolution.html")
    context.close()
    names = [address.rsplit("/", 1)[-1].split("?")[0] for address in loaded]
    assert "icons.woff" in names
    assert not any(name.startswith(("fa-solid", "fontawesome")) for name in names)
