"""The pooling figure: its arithmetic beside the reference's, and its controls."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.pooling import (
    avg_pool2d_backward,
    avg_pool2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "max-pool"))


def cell(page, grid, i, j):
    return page.locator(f'#figure [data-at="{grid},{i},{j}"]')


def state(page):
    return page.evaluate("document.querySelector('#figure').state")


def random_states(count):
    """Settings that fit, with few different numbers, so that there are ties."""
    rng = np.random.default_rng(7)
    while count:
        H, W = rng.integers(1, 8, size=2)
        K, S = rng.integers(1, 5, size=2)
        P = int(rng.integers(K // 2 + 1))
        if min(H, W) < K:
            continue
        H_out, W_out = (H + 2 * P - K) // S + 1, (W + 2 * P - K) // S + 1
        count -= 1
        yield {
            "mode": "average" if count % 3 == 0 else "max",
            "x": rng.integers(-3, 3, size=(H, W)).tolist(),
            "dout": rng.integers(-9, 10, size=(H_out, W_out)).tolist(),
            "kernelSize": int(K),
            "stride": int(S),
            "padding": P,
        }


def test_forward_and_backward_equal_the_reference_in_300_settings(page):
    states = list(random_states(300))
    seen = {"ties": 0, "overlap": 0, "padding": 0}
    for case, got in zip(states, outputs(page, states), strict=True):
        x = np.array([[case["x"]]], dtype=float)
        dout = np.array([[case["dout"]]], dtype=float)
        K, S, P = case["kernelSize"], case["stride"], case["padding"]
        if case["mode"] == "max":
            out, cache = max_pool2d_forward(x, K, stride=S, padding=P)
            dx = max_pool2d_backward(dout, cache)
            won = np.zeros(x.shape[2:])
            for window in np.reshape(got["to"], (-1, 3)).astype(int):
                won[window[0], window[1]] += 1
            seen["overlap"] += won.max() > 1
            seen["ties"] += K > 1 and np.unique(x).size < x.size
        else:
            out, cache = avg_pool2d_forward(x, K, stride=S, padding=P)
            dx = avg_pool2d_backward(dout, cache)
        np.testing.assert_allclose(got["out"], out[0, 0], atol=1e-12, err_msg=str(case))
        np.testing.assert_allclose(got["dx"], dx[0, 0], atol=1e-12, err_msg=str(case))
        seen["padding"] += P > 0
    assert min(seen.values()) > 40, seen


def test_on_the_walk_only_the_windows_so_far_have_sent_theirs(page):
    states = [case | {"sent": 2} for case in random_states(40)]
    for case, got in zip(states, outputs(page, states), strict=True):
        forward, backward = (
            (max_pool2d_forward, max_pool2d_backward)
            if case["mode"] == "max"
            else (avg_pool2d_forward, avg_pool2d_backward)
        )
        K, S, P = case["kernelSize"], case["stride"], case["padding"]
        dout = np.array([[case["dout"]]], dtype=float)
        dout.ravel()[2:] = 0
        _, cache = forward(np.array([[case["x"]]], dtype=float), K, stride=S, padding=P)
        np.testing.assert_allclose(got["dx"], backward(dout, cache)[0, 0], atol=1e-12)


def test_it_starts_with_the_chapter_s_example(page):
    assert output(page)["out"] == [[5, 4, -1], [4, 8, 3]]
    assert output(page)["dx"] == [
        [0, 0, 0, 2, 0, 3],
        [1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 6, 0],
        [4, 0, 5, 0, 0, 0],
    ]


def test_it_works_by_keyboard_alone(page):
    cell(page, "x", 0, 0).focus()
    page.keyboard.press("9")
    expect(cell(page, "out", 0, 0)).to_have_text("9")
    assert output(page)["dx"][0][0] == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("9")
    expect(said(page)).to_contain_text("It is there twice: the first one gets all")
    page.keyboard.press("Tab")  # to out
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert (state(page)["row"], state(page)["column"]) == (1, 1)
    expect(cell(page, "out", 1, 1)).to_be_focused()
    expect(said(page)).to_contain_text("The largest number of window (1, 1) is 8")
    page.keyboard.press("Tab")  # to dout
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert output(page)["dx"][0][0] == -1
    expect(said(page)).to_contain_text("there goes its gradient, −1")


def test_it_works_by_pointer(page):
    page.get_by_role("button", name="Overlap").click()
    expect(said(page)).to_contain_text("won 3 windows, and what they send adds up: 1 + 1 + 1 = 3")
    cell(page, "dout", 0, 2).click()
    assert output(page)["dx"][2][2] == 4
    cell(page, "x", 2, 2).click(modifiers=["Shift"])
    assert state(page)["x"][2][2] == 6
    cell(page, "out", 1, 3).click()
    expect(said(page)).to_contain_text("The largest number of window (1, 3) is 6")
    setting(page, "mode").nth(1).click()
    expect(said(page)).to_contain_text("Each of its places gets 1 / 9 = 0.11")


def test_a_click_counts_around_from_9_to_minus_9(page):
    put(page, x=[[9, 0], [0, 0]])
    cell(page, "x", 0, 0).click()
    assert state(page)["x"][0][0] == -9


def test_of_equal_numbers_the_first_gets_all(page):
    page.get_by_role("button", name="Ties").click()
    assert output(page)["to"][0][1] == [[0, 2, 1]]
    expect(page.locator("#figure .mp-tie")).to_have_count(2)
    assert np.sum(output(page)["dx"]) == np.sum(state(page)["dout"])


def test_the_border_of_a_maximum_is_minus_infinity_and_never_wins(page):
    page.get_by_role("button", name="Below zero").click()
    expect(page.locator("#figure .cf-border").first).to_have_text("−∞")
    assert np.max(output(page)["out"]) < 0
    put(page, mode="average")
    expect(page.locator("#figure .cf-border").first).to_have_text("0")
    expect(said(page)).to_contain_text("the 5 shares that fall on it are dropped")


def test_no_more_padding_than_half_of_the_kernel(page):
    put(page, kernelSize=3, padding=2)
    assert state(page)["padding"] == 1


def test_the_walk_ends_with_all_gradients_sent(page):
    page.clock.install()
    page.get_by_role("button", name="Walk through the windows").click()
    assert np.count_nonzero(output(page)["dx"]) == 1
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.clock.run_for(20_000)
    expect(page.get_by_role("button", name="Walk through the windows")).to_be_visible()
    assert np.sum(output(page)["dx"]) == 21
    expect(said(page)).to_contain_text("Sent back so far: 6 of 6 windows")


def test_what_is_drawn_is_the_output(page):
    put(page, kernelSize=3, stride=2, padding=1, mode="max")
    got = output(page)
    for name in ("out", "dx"):
        drawn = page.locator(f'#figure [data-at^="{name},"]').all_inner_texts()
        assert [int(text.replace("−", "-")) for text in drawn] == np.ravel(got[name]).tolist()
    winners = {tuple(window[0][:2]) for line in got["to"] for window in line}
    expect(page.locator("#figure .mp-won")).to_have_count(len(winners))


def test_numbers_in_no_window_are_marked(page):
    put(page, kernelSize=3, stride=2, padding=0)
    expect(page.locator('#figure [data-at^="x,"].mp-left')).to_have_count(9)
    expect(said(page)).to_contain_text("9 numbers of x lie in no window")
