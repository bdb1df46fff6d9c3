"""Batch norm's two modes: draws, averages and outputs beside the reference's, and the controls."""

import numpy as np
import pytest
from playwright.sync_api import expect

from figure_page import figure_page, output, outputs, put, said, setting
from solutions.batch_norm_inference import batch_norm_forward

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page, tmp_path):
    return open_page(figure_page(tmp_path, "batch-norm-modes"))


def uniforms(seed):
    """Mulberry32, in Python: numbers from 0 to 1."""
    mask = 2**32 - 1
    state = seed
    while True:
        state = (state + 0x6D2B79F5) & mask
        mixed = ((state ^ (state >> 15)) * (state | 1)) & mask
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) & mask
        yield (mixed ^ (mixed >> 14)) / 2**32


def draw(seed, count):
    stream = uniforms(seed)
    return [3 + 2 * (sum(next(stream) for _ in range(12)) - 6) for _ in range(count)]


def column(values):
    return np.array(values, dtype=float).reshape(-1, 1)


def expected(state):
    """What the reference's layer makes of the same draws."""
    affine = np.array([state["gamma"]], dtype=float), np.array([state["beta"]], dtype=float)
    momentum = float(state["momentum"])
    running = np.zeros(1), np.ones(1)
    path = [np.concatenate(running)]
    for step in range(1, state["steps"] + 1):
        batch = column(draw(step, state["size"]))
        _, _, *running = batch_norm_forward(
            batch, *affine, *running, training=True, momentum=momentum
        )
        path.append(np.concatenate(running))

    def by_batch(company):
        others = draw(1000 + company, 0 if state["alone"] else state["size"] - 1)
        batch = column([state["image"], *others])
        return batch_norm_forward(batch, *affine, *running, training=True)[0][0, 0]

    alone = column([state["image"]])
    test, _, *after = batch_norm_forward(alone, *affine, *running, training=False)
    assert np.array_equal(after, running)
    path = np.array(path)
    return {
        "runningMean": path[:, 0],
        "runningVar": path[:, 1],
        "training": by_batch(state["company"]),
        "spread": [by_batch(company) for company in range(30)],
        "test": test[0, 0],
    }


def test_averages_and_outputs_equal_the_reference_in_200_settings(page):
    rng = np.random.default_rng(9)
    states = [
        {
            "size": int(rng.integers(1, 17)),
            "momentum": str(rng.choice(["0.01", "0.1", "0.5", "0.9"])),
            "steps": int(rng.integers(0, 61)),
            "image": int(rng.integers(-4, 11)),
            "alone": bool(rng.random() < 0.2),
            "company": int(rng.integers(30)),
            "gamma": int(rng.integers(-3, 4)),
            "beta": int(rng.integers(-2, 5)),
        }
        for _ in range(200)
    ]
    for state, got in zip(states, outputs(page, states), strict=True):
        batch = draw(state["steps"], state["size"]) if state["steps"] else []
        np.testing.assert_allclose(got["batch"], batch, rtol=0, atol=1e-12)
        for name, value in expected(state).items():
            np.testing.assert_allclose(
                got[name], value, rtol=1e-9, atol=1e-9, err_msg=f"{name} {state}"
            )


def test_the_draws_have_the_mean_and_the_variance_that_the_figure_names():
    values = np.array([draw(step, 16) for step in range(1, 1001)])
    assert values.mean() == pytest.approx(3, abs=0.06)
    assert values.var() == pytest.approx(4, abs=0.15)


def test_a_batch_of_one_gives_beta_for_every_image(page):
    for state in ({"alone": True}, {"size": 1}):
        for image in range(-4, 11):
            put(page, image=image, beta=2, **state)
            assert output(page)["training"] == 2
            assert set(output(page)["spread"]) == {2}
    expect(said(page)).to_contain_text("β = 2, as for any other image")
    expect(page.get_by_role("button", name="Other companions")).to_be_disabled()


def test_other_companions_move_the_output_in_training_mode_alone(page):
    seen = []
    for _ in range(5):
        seen.append(output(page))
        page.get_by_role("button", name="Other companions").click()
    assert len({each["training"] for each in seen}) == 5
    assert len({each["test"] for each in seen}) == 1
    assert [each["training"] for each in seen] == seen[0]["spread"][6:11]


def test_with_one_companion_only_the_larger_number_is_left(page):
    put(page, size=2, beta=0)
    assert np.allclose(np.abs(output(page)["spread"]), 1, atol=1e-2)


def test_it_says_what_small_batches_do_to_the_running_variance(page):
    put(page, size=2, steps=60)
    expect(said(page)).to_contain_text("Batches of 2 have a variance of only 2 on average")
    put(page, size=1)
    expect(said(page)).to_contain_text("pull the running variance toward 0")
    put(page, steps=0)
    expect(said(page)).to_contain_text("the running mean is 0 and the running variance 1")


def test_it_works_by_keyboard_alone(page):
    setting(page, "size").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert output(page)["runningVar"] == [1]
    page.keyboard.press("ArrowRight")
    assert len(output(page)["batch"]) == 5
    expect(said(page)).to_contain_text("After 1 batch of 5")
    assert output(page)["runningMean"][1] == pytest.approx(0.5 * np.mean(draw(1, 5)))
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(said(page)).to_contain_text("alone in its batch")


def test_it_works_by_pointer(page):
    setting(page, "alone").click()
    assert output(page)["company"] == []
    setting(page, "steps").fill("58")
    page.get_by_role("button", name="Play").click()
    expect(said(page)).to_contain_text("After 60 batches")
    expect(page.get_by_role("button", name="Next batch")).to_be_disabled()
    assert not page.evaluate("document.querySelector('#figure').playing")


def test_what_is_drawn_agrees_with_the_output(page):
    put(page, size=5, steps=12)
    expect(page.locator("#figure .bm-image")).to_have_count(5)
    expect(page.locator("#figure .bm-other")).to_have_count(4)
    expect(page.locator("#figure .bm-own")).to_have_count(24)
    expect(page.locator("#figure .bm-spread")).to_have_count(30)
    got = output(page)
    places = page.locator("#figure .bm-spread").evaluate_all(
        "all => all.map(e => e.x1.baseVal.value)"
    )
    slope, offset = np.polyfit(got["spread"], places, 1)
    np.testing.assert_allclose(np.multiply(slope, got["spread"]) + offset, places, atol=1e-3)
    for kind, value in (("bm-test", got["test"]), ("bm-train", got["training"])):
        left = page.locator(f"#figure .{kind}").evaluate("e => e.x.baseVal.value + 5.5")
        assert left == pytest.approx(slope * value + offset, abs=1e-3), kind


def test_an_output_off_the_axis_is_drawn_at_its_end_with_an_arrow(page):
    put(page, steps=0, image=10)
    expect(page.locator("#figure .bm-outputs .bm-strong").first).to_have_text("11 →")
