"""The small networks have true gradients, and their experiments run in seconds."""

import json

import numpy as np
import pytest

from experiments import batch_sizes, initialization, record
from experiments.record import digits
from experiments.small_networks import NORMS, small_network, train_small


@pytest.mark.parametrize("norm", NORMS)
def test_the_gradients_are_those_of_central_differences(norm):
    rng = np.random.default_rng(2)
    chain, params = small_network(rng, norm)
    params = {name: each.astype(float) for name, each in params.items()}
    images, labels = rng.random((3, 1, 28, 28)), np.array([4, 0, 7])
    loss = chain.network().loss
    logits, caches = chain.forward(images, params)
    grads = chain.backward(loss(logits, labels)[1], caches)
    assert grads.keys() == params.keys()
    for name in params:
        place = tuple(0 for _ in params[name].shape)
        losses = []
        for h in (1e-6, -1e-6):
            moved = params[name].copy()
            moved[place] += h
            losses.append(loss(chain.forward(images, params | {name: moved})[0], labels)[0])
        slope = (losses[0] - losses[1]) / 2e-6
        assert grads[name][place] == pytest.approx(slope, abs=1e-6), name


def test_all_norms_begin_with_the_same_weights_and_scale_multiplies_them():
    networks = [small_network(np.random.default_rng(1), norm)[1] for norm in NORMS]
    _, small = small_network(np.random.default_rng(1), "none", scale=0.1)
    for name, weight in networks[0].items():
        for other in networks[1:]:
            np.testing.assert_array_equal(other[name], weight)
        np.testing.assert_allclose(small[name], 0.1 * weight, rtol=1e-6)


def test_a_normalized_network_stays_float32_and_its_averages_move_in_training_only():
    chain, result = train_small("batch norm", digits(64, 10), seed=0, epochs=1)
    assert {each.dtype for each in result.params.values()} == {np.dtype(np.float32)}
    kept = [each.copy() for each in chain.layers[1].running]
    assert not np.allclose(kept[0], 0)
    dataset = digits(10, 50)
    chain.share_right(result.params, dataset.x_test, dataset.y_test)
    for before, after in zip(kept, chain.layers[1].running, strict=True):
        np.testing.assert_array_equal(after, before)


def test_the_experiment_with_batch_sizes_runs_small_and_twice_the_same():
    options = {"train": 320, "test": 100, "seeds": [3], "epochs": 2, "sizes": [4, 32]}
    found, again = (batch_sizes.experiment(**options) for _ in range(2))
    assert found == again
    assert all(np.shape(each) == (2, 1) for each in found["errors"].values())
    assert found["errors"]["group norm"][0][0] < 0.6


def test_the_experiment_with_first_weights_runs_small():
    options = {"train": 640, "test": 100, "seeds": [3], "epochs": 2, "scales": [0.01, 1]}
    shares = initialization.experiment(**options)["share_right"]
    assert list(shares) == list(NORMS)
    (stuck,), (learned,) = shares["none"]
    assert stuck < 0.3 < 0.5 < learned


def test_a_result_is_written_with_its_conditions(tmp_path, monkeypatch):
    record.run_and_save("trial", lambda: {"x": 1, "conditions": {"train": 2}}, tmp_path)
    monkeypatch.setattr(record, "_RESULTS", tmp_path)
    found = record.load("trial")
    assert found["x"] == 1
    assert found["conditions"]["train"] == 2
    assert found["conditions"].keys() >= {"seconds", "numpy", "machine", "threads"}
    assert json.loads((tmp_path / "trial.json").read_text("utf-8")) == found
