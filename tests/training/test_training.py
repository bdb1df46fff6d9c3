"""The loop learns, gives the same numbers again, and goes on after it was killed."""

import doctest
import json
import math
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from solutions import training
from solutions.convolutional_networks import sgd_step
from solutions.training import (
    CheckpointError,
    LiveCurve,
    Network,
    Progress,
    ProgressBar,
    accuracy,
    as_input,
    predict,
    seconds_per_batch,
    train,
)

# A linear classifier of images of 2 x 3, so that a run takes milliseconds.
_PROGRAM = """
import numpy as np
from solutions.convolutional_networks import cross_entropy, sgd_step
from solutions.training import Network, train

def forward(x, params):
    rows = x.reshape(len(x), -1)
    return rows @ params["weight"] + params["bias"], rows

def backward(dlogits, rows):
    return {"weight": rows.T @ dlogits, "bias": dlogits.sum(axis=0)}

def draw(count=70):
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, count)
    images = rng.integers(0, 60, (count, 2, 3), dtype=np.uint8)
    images.reshape(count, 6)[np.arange(count), labels] += 150
    return images, labels

def start():
    return {"weight": np.zeros((6, 4), np.float32), "bias": np.zeros(4, np.float32)}

NETWORK = Network(forward, backward, cross_entropy, sgd_step)

def run(rng=None, network=NETWORK, **options):
    options = {"epochs": 4, "batch_size": 16, "lr": 0.1} | options
    return train(network, start(), *draw(), rng=rng or np.random.default_rng(7), **options)
"""
_SMALL = SimpleNamespace()
exec(_PROGRAM, _SMALL.__dict__)
run = _SMALL.run
_STEPS = 4 * 5  # 70 images make 5 batches


def assert_same(got, expected):
    assert got.losses == expected.losses
    assert got.accuracies == expected.accuracies
    assert got.params.keys() == expected.params.keys()
    for name in expected.params:
        np.testing.assert_array_equal(got.params[name], expected.params[name])
        assert got.params[name].dtype == expected.params[name].dtype


class StopError(Exception):
    pass


def stop_after(step):
    def watch(progress):
        if progress.step == step:
            raise StopError

    return watch


# Learning ---------------------------------------------------------------------------------------


def test_it_learns_and_the_same_seed_gives_the_same_numbers():
    result = run(epochs=40)
    assert result.losses[0] == pytest.approx(math.log(4))
    assert np.mean(result.losses[-5:]) < 0.3
    images, labels = _SMALL.draw()
    assert accuracy(_SMALL.forward, result.params, images, labels) > 0.97
    assert_same(run(epochs=40), result)
    assert run(np.random.default_rng(8)).losses != run().losses


def test_every_image_is_seen_once_in_each_epoch_in_another_order():
    seen = []

    def forward(x, params):
        if len(seen) < 5 * 2:
            seen.append(x)
        return _SMALL.forward(x, params)

    run(network=_SMALL.NETWORK._replace(forward=forward), epochs=2)
    assert [len(batch) for batch in seen] == [16, 16, 16, 16, 6] * 2
    epochs = np.concatenate(seen[:5]), np.concatenate(seen[5:])
    assert not np.array_equal(*epochs)
    expected = np.sort(as_input(_SMALL.draw()[0]).reshape(70, 6), axis=0)
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch.reshape(70, 6), axis=0), expected)


def test_the_learning_rate_falls_as_a_cosine():
    rates = []

    def step(params, grads, velocity, *, lr, momentum):
        rates.append(lr)
        assert momentum == 0.75
        return sgd_step(params, grads, velocity, lr=lr, momentum=momentum)

    run(network=_SMALL.NETWORK._replace(step=step), lr=0.2, momentum=0.75)
    assert rates[0] == 0.2
    assert rates[_STEPS // 2] == pytest.approx(0.1)
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.002


def test_arguments_are_not_changed():
    params, (images, labels) = _SMALL.start(), _SMALL.draw()
    kept = {name: each.copy() for name, each in params.items()}, images.copy(), labels.copy()
    for array in (*params.values(), images, labels):
        array.flags.writeable = False
    train(_SMALL.NETWORK, params, images, labels, rng=np.random.default_rng(0), epochs=1)
    for name, each in params.items():
        np.testing.assert_array_equal(each, kept[0][name])
    np.testing.assert_array_equal(images, kept[1])


def test_held_out_images_are_read_after_each_epoch():
    images, labels = _SMALL.draw()
    result = run(held_out=(images[:20], labels[:20]))
    assert len(result.accuracies) == 4
    assert result.accuracies[-1] == accuracy(
        _SMALL.forward, result.params, images[:20], labels[:20]
    )


def test_it_stops_when_held_out_images_are_not_read_better():
    images, labels = _SMALL.draw()
    shares = iter([0.2, 0.5, 0.6, 0.6, 0.55, 0.7])

    def forward(x, params):
        logits, cache = _SMALL.forward(x, params)
        if len(x) == 20:
            right = np.arange(20) < 20 * next(shares)
            logits = np.eye(4)[np.where(right, labels[:20], (labels[:20] + 1) % 4)]
        return logits, cache

    network = _SMALL.NETWORK._replace(forward=forward)
    result = run(network=network, epochs=6, held_out=(images[:20], labels[:20]), patience=2)
    assert result.accuracies == [0.2, 0.5, 0.6, 0.6, 0.55]
    assert len(result.losses) == 25


def test_it_stops_when_the_mean_loss_does_not_fall():
    def still(params, grads, velocity, **_):
        return params, velocity

    result = run(network=_SMALL.NETWORK._replace(step=still), epochs=9, patience=1)
    assert len(result.losses) == 10
    assert len(run(epochs=9, patience=1).losses) == 45


# Checkpoints ------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 3, 5, 12, 19, 20])
def test_a_run_that_was_stopped_goes_on_with_the_same_numbers(tmp_path, monkeypatch, step):
    monkeypatch.setattr(training, "_SAVE_SECONDS", 0)
    path = tmp_path / "new" / "run.npz"
    images, labels = _SMALL.draw()
    options = {"held_out": (images[:20], labels[:20]), "checkpoint": path}
    with pytest.raises(StopError):
        run(watch=[stop_after(step)], **options)
    steps = []
    result = run(
        np.random.default_rng(99), watch=[lambda progress: steps.append(progress.step)], **options
    )
    assert steps == list(range(step + 1, _STEPS + 1))
    assert_same(result, run(held_out=options["held_out"]))
    assert [each.name for each in path.parent.iterdir()] == ["run.npz"]


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_generator_is_put_back_where_it_was(tmp_path, name):
    def generator(seed):
        return np.random.Generator(getattr(np.random, name)(seed))

    with pytest.raises(StopError):
        run(generator(1), watch=[stop_after(10)], checkpoint=tmp_path / "run.npz")
    result = run(generator(2), checkpoint=tmp_path / "run.npz")
    assert_same(result, run(generator(1)))


def test_a_killed_process_leaves_a_checkpoint_that_goes_on_with_the_same_numbers(tmp_path):
    program = _PROGRAM + (
        "import os, signal, sys\n"
        "from solutions import training\n"
        "training._SAVE_SECONDS = 0\n"
        "def kill(progress):\n"
        "    if progress.step == 13:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "run(watch=[kill], checkpoint=sys.argv[1])\n"
    )
    path = tmp_path / "run.npz"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program, path], timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert path.is_file()
    assert_same(run(np.random.default_rng(99), checkpoint=path), run())


def test_a_process_killed_while_it_saves_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    with pytest.raises(StopError):
        run(watch=[stop_after(10)], checkpoint=path)
    before = path.read_bytes()

    def half(file, **arrays):
        file.write(b"half of it")
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", half)
        with pytest.raises(StopError):
            run(checkpoint=path)
    assert path.read_bytes() == before
    assert_same(run(checkpoint=path), run())


def test_a_run_that_is_done_is_not_run_again(tmp_path):
    path = tmp_path / "run.npz"
    result = run(checkpoint=path)

    def never(progress):
        raise AssertionError("a step was taken")

    assert_same(run(checkpoint=path, watch=[never]), result)


def test_a_checkpoint_holds_plain_arrays_and_json(tmp_path):
    path = tmp_path / "run.npz"
    run(checkpoint=path)
    with np.load(path, allow_pickle=False) as stored:
        assert {"param weight", "velocity bias", "losses", "order"} <= set(stored.files)
        assert json.loads(str(stored["rng"]))["bit_generator"] == "PCG64"
        assert stored["param weight"].dtype == np.float32


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epochs": 5}, "another run: its steps is 20, this one's 25"),
        ({"lr": 0.3}, "its lr is 0.1, this one's 0.3"),
        ({"momentum": 0.5}, "its momentum"),
        ({"batch_size": 15}, "another run"),
        ({"rng": np.random.Generator(np.random.MT19937(0))}, "made with PCG64"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, options, said):
    run(checkpoint=tmp_path / "run.npz")
    with pytest.raises(CheckpointError, match=said):
        run(checkpoint=tmp_path / "run.npz", **options)


def test_a_damaged_checkpoint_is_named(tmp_path):
    path = tmp_path / "run.npz"
    run(checkpoint=path)
    whole = path.read_bytes()
    for content in (b"", b"nothing of the kind", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"run\.npz is no whole checkpoint"):
            run(checkpoint=path)


# Helpers, and what is shown ---------------------------------------------------------------------


def test_bytes_become_numbers_from_0_to_1_and_fractions_stay():
    images = np.array([[[0, 51], [102, 255]]], dtype=np.uint8)
    np.testing.assert_allclose(as_input(images), [[[[0, 0.2], [0.4, 1]]]], rtol=1e-6)
    assert as_input(np.zeros((2, 3, 4, 5), np.uint8)).shape == (2, 3, 4, 5)
    halves = np.full((1, 1, 2, 2), 0.5)
    assert as_input(halves) is halves


def test_images_are_read_in_batches_of_any_size():
    params = {"weight": np.eye(6, 4), "bias": np.zeros(4)}
    images, labels = _SMALL.draw()
    for batch_size in (1, 16, 70, 1000):
        read = predict(_SMALL.forward, params, images, batch_size=batch_size)
        np.testing.assert_array_equal(read, labels)
    assert accuracy(_SMALL.forward, params, images, (labels + (labels > 1)) % 4) == np.mean(
        labels < 2
    )


def test_a_batch_is_timed_without_a_step():
    params, (images, labels) = _SMALL.start(), _SMALL.draw()
    calls = []
    network = Network(*(lambda *a, f=f, **k: calls.append(1) or f(*a, **k) for f in _SMALL.NETWORK))
    assert seconds_per_batch(network, params, images, labels) > 0
    assert len(calls) == 12
    assert not params["weight"].any()


def test_of_slow_layers_a_single_image_is_timed(monkeypatch):
    sizes, clock = [], iter([0.0, 1.0])
    monkeypatch.setattr(training.time, "perf_counter", lambda: next(clock))

    def forward(x, params):
        sizes.append(len(x))
        return _SMALL.forward(x, params)

    network = _SMALL.NETWORK._replace(forward=forward)
    images, labels = _SMALL.draw()
    assert seconds_per_batch(network, _SMALL.start(), images, labels, patience=60) == 70
    assert sizes == [1]


def progress(step, *, epoch_done=False, accuracies=()):
    losses = [2.0 / (1 + each) for each in range(step)]
    left = 65.0 if step < 10 else 0.0
    return Progress(
        step, 10, 1 + step // 6, 2, losses, list(accuracies), float(step), left, epoch_done
    )


def test_without_a_terminal_the_bar_writes_a_line_for_each_epoch(capsys):
    bar = ProgressBar()
    for step in range(1, 11):
        bar(progress(step, epoch_done=step in (5, 10), accuracies=[0.5, 0.9125][: step // 5]))
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1 of 2, loss 0.913, 50.00% of the held-out images right, 1:05 left",
        "epoch 2 of 2, loss 0.586, 91.25% of the held-out images right",
    ]


def test_on_a_terminal_the_bar_writes_over_its_line(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    bar = ProgressBar(seconds=3)
    for step in range(1, 11):
        bar(progress(step, epoch_done=step == 10))
    said = capsys.readouterr().out
    assert said.count("\r") == 4
    assert said.count("\n") == 1
    assert "[====================] epoch 2 of 2" in said.splitlines()[-1]


class Display:
    """Stand for IPython's display: note what is shown, and what it is replaced by."""

    def __init__(self):
        self.shown = []

    def __call__(self, what, **_):
        self.shown.append([what])
        return self

    def update(self, what, **_):
        self.shown[-1].append(what)


def test_in_a_notebook_the_bar_is_one_output_that_changes():
    display = Display()
    bar = ProgressBar(display, seconds=3)
    for step in range(1, 11):
        bar(progress(step, epoch_done=step == 10))
    ((first, *others),) = display.shown
    assert "[==" in first["text/plain"]
    assert len(others) == 3


def test_in_a_notebook_the_curve_is_one_picture_that_changes():
    from matplotlib import pyplot

    display = Display()
    curve = LiveCurve(pyplot, display, seconds=4)
    for step in range(1, 11):
        curve(progress(step))
    ((figure, *others),) = display.shown
    assert others == [figure] * 3
    (axes,) = figure.axes
    assert axes.get_xlim() == (0, 10)
    assert pyplot.get_fignums() == []


def test_examples_in_the_docstrings_run():
    assert doctest.testmod(training).failed == 0


def test_the_loop_needs_numpy_alone():
    program = (
        "import sys; before = set(sys.modules); import solutions.training; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "['numpy', 'solutions']"
