"""Two layers become one: new weights and both ways beside the reference's, and the controls."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.batch_norm_inference import (
    batch_norm_forward,
    fuse_conv_batch_norm,
    fuse_linear_batch_norm,
)
from solutions.gradients import linear_forward

pytestmark = pytest.mark.browser
EPS = ("0.00001", "0.001", "0.1", "1.0")
START = {
    "x": [[1, 2], [3, -1]],
    "weight": [[2, 1], [-1, 3]],
    "bias": [3, -2],
    "norm": [[10, 6], [1, 0], [5, -4], [4, 9]],
}


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "layer-fusion"))


def random_state(rng):
    norm = rng.integers(-9, 10, (4, 2)).tolist()
    norm[3] = rng.choice([0.01, 0.25, 1, 4, 9, 16, 25], 2).tolist()
    return {
        "x": rng.integers(-9, 10, (2, 2)).tolist(),
        "weight": rng.integers(-9, 10, (2, 2)).tolist(),
        "bias": rng.integers(-9, 10, 2).tolist(),
        "norm": norm,
        "eps": str(rng.choice(EPS)),
    }


def arrays(state):
    return [np.array(state[name], dtype=float) for name in ("x", "weight", "bias", "norm")]


def test_both_ways_equal_the_reference_in_250_settings(page):
    rng = np.random.default_rng(8)
    states = [random_state(rng) for _ in range(250)]
    for state, got in zip(states, outputs(page, states), strict=True):
        x, weight, bias, norm = arrays(state)
        eps = float(state["eps"])
        z, _ = linear_forward(x, weight, bias)
        two, *_ = batch_norm_forward(z, *norm, training=False, eps=eps)
        new_weight, new_bias = fuse_linear_batch_norm(weight, bias, *norm, eps=eps)
        # The same numbers as a convolution of 1 x 1: the outputs are the first axis there.
        filters, shifts = fuse_conv_batch_norm(weight.T[:, :, None, None], bias, *norm, eps=eps)
        np.testing.assert_allclose(got["z"], z, rtol=0, atol=1e-9)
        np.testing.assert_allclose(got["weight"], new_weight, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(got["weight"], filters[:, :, 0, 0].T, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(got["bias"], new_bias, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(got["bias"], shifts, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(got["two"], two, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(got["one"], two, rtol=1e-12, atol=1e-9)
        assert got["equal"], state


def test_the_mistakes_are_off_by_what_numpy_says_in_200_settings(page):
    rng = np.random.default_rng(3)
    states = [
        random_state(rng) | {"keepBias": bool(rng.integers(2)), "forgetEps": bool(rng.integers(2))}
        for _ in range(200)
    ]
    for state, got in zip(states, outputs(page, states), strict=True):
        x, weight, bias, norm = arrays(state)
        gamma, beta, mean, var = norm
        eps = float(state["eps"])
        a = gamma / np.sqrt(var if state["forgetEps"] else var + eps)
        shift = (bias if state["keepBias"] else a * bias) - a * mean + beta
        right, _ = linear_forward(x, *fuse_linear_batch_norm(weight, bias, *norm, eps=eps))
        wrong = x @ (weight * a) + shift
        difference = np.abs(wrong - right).max()
        assert got["difference"] == pytest.approx(difference, rel=1e-9, abs=1e-9), state
        assert got["equal"] == (difference < 1e-9), state


def test_the_example_of_the_chapter(page):
    """Weight 2, bias 3; gamma 10, beta 1, running mean 5, running variance 4: together 10 x - 9."""
    got = output(page)
    assert got["weight"][0][0] == pytest.approx(10, abs=1e-4)
    assert got["bias"][0] == pytest.approx(-9, abs=1e-4)
    assert got["adds"] == [6, 4]
    assert got["stored"] == [14, 6]


def test_a_bias_that_is_not_scaled_hides_behind_zero(page):
    put(page, keepBias=True)
    assert output(page)["difference"] == pytest.approx(12, abs=1e-4)  # (5 - 1) * 3
    put(page, bias=[0, 0])
    assert output(page)["equal"]
    expect(said(page)).to_contain_text("the mistake hides")


def test_a_forgotten_eps_shows_where_the_variance_is_small(page):
    put(page, forgetEps=True)
    assert 0 < output(page)["difference"] < 1e-4
    expect(said(page)).to_contain_text("rounded numbers here do not show it")
    put(page, norm=[[10, 6], [1, 0], [5, -4], [4, 0.01]], eps="0.1")
    assert output(page)["difference"] > 100


def test_an_output_with_gamma_zero_gives_beta(page):
    put(page, norm=[[0, 6], [7, 0], [5, -4], [4, 9]])
    assert [row[0] for row in output(page)["one"]] == [7, 7]
    expect(said(page)).to_contain_text("Output 0 has γ = 0")


def test_numbers_that_do_not_fit_are_brought_into_range(page):
    for change in (
        {"x": None, "weight": "x", "bias": [], "norm": {}},
        {"x": [["a", None], []], "norm": [[None, 6]]},
    ):
        put(page, **change)
        state = page.evaluate("document.querySelector('#figure').state")
        assert {name: state[name] for name in START} == START
    put(page, norm=[[1e9, 6], [1, 0], [5, -4], [0, -3]])
    state = page.evaluate("document.querySelector('#figure').state")
    assert state["norm"] == [[20, 6], [1, 0], [5, -4], [0.01, 0.01]]


def test_it_works_by_keyboard_alone(page):
    setting(page, "eps").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Tab", "Tab", "Space"):
        page.keyboard.press(key)
    assert page.evaluate("document.querySelector('#figure').state.eps") == "1.0"
    expect(said(page)).to_contain_text("ε is forgotten")
    page.keyboard.press("Space")
    for key in ("Tab", "Tab", "7"):  # x, then the weight
        page.keyboard.press(key)
    assert page.evaluate("document.querySelector('#figure').state.weight") == [[7, 1], [-1, 3]]
    for key in ("Tab", "-", "Tab", "ArrowDown", "ArrowDown", "ArrowDown", "+", "ArrowRight", "0"):
        page.keyboard.press(key)
    state = page.evaluate("document.querySelector('#figure').state")
    assert state["bias"] == [2, -2]
    assert state["norm"][3] == [9, 0.01]
    assert output(page)["equal"]


def test_it_works_by_pointer(page):
    setting(page, "keepBias").click()
    expect(page.locator("#figure .lf-match")).to_have_text("≠ by up to 12")
    page.locator('#figure [data-at="bias,0,0"]').click(modifiers=["Shift"])
    page.locator('#figure [data-at="bias,0,1"]').click()
    assert page.evaluate("document.querySelector('#figure').state.bias") == [2, -1]
    expect(page.locator("#figure .lf-match")).to_have_text("≠ by up to 8")
    setting(page, "keepBias").click()
    expect(page.locator("#figure .lf-match")).to_have_text("= the same")


def test_the_cells_that_differ_are_marked(page):
    put(page, keepBias=True, bias=[3, 0])
    expect(page.locator("#figure .lf-wrong")).to_have_count(2)
    got = output(page)
    shown = page.locator('#figure [data-at^="one,"]').all_inner_texts()
    assert [float(text.replace("−", "-")) for text in shown] == [
        pytest.approx(value, abs=0.05) for row in got["one"] for value in row
    ]
