"""The command trains LeNet on real digits, and goes on where it was stopped."""

import re

import numpy as np
import pytest

from solutions import train_lenet as command
from solutions.convolutional_networks import lenet_init
from solutions.datasets import Dataset, load_digits_subset
from solutions.train_lenet import main, starting_params, train_lenet


@pytest.fixture
def few(monkeypatch):
    """Give the command few digits: 192 to learn from, 100 to test with."""
    digits = load_digits_subset()
    few = Dataset(
        digits.x_train[:192], digits.y_train[:192], digits.x_test[:100], digits.y_test[:100]
    )
    monkeypatch.setattr(command, "load_digits_subset", lambda: few)
    return few


def test_it_begins_unsure_of_everything():
    params, drawn = (make(np.random.default_rng(0)) for make in (starting_params, lenet_init))
    for name, each in params.items():
        expected = 0.1 * drawn[name] if name == "linear2_weight" else drawn[name]
        np.testing.assert_allclose(each, expected, rtol=1e-6)
        assert each.dtype == np.float32


def test_a_thousand_digits_are_enough_to_read_most_of_them():
    digits = load_digits_subset()
    few = digits._replace(x_train=digits.x_train[:1000], y_train=digits.y_train[:1000])
    result = train_lenet(few, epochs=2)
    assert abs(result.losses[0] - np.log(10)) < 0.3
    images, labels = digits.x_test[:500], digits.y_test[:500]
    assert command.accuracy(command.LENET.forward, result.params, images, labels) > 0.88


def test_the_same_seed_gives_the_same_numbers(few):
    first, second, other = (train_lenet(few, seed=seed, epochs=1).losses for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_the_command_trains_and_says_how_many_digits_are_read(few, tmp_path, capsys):
    arguments = ["--epochs", "2", "--checkpoint", str(tmp_path / "run.npz")]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert said.startswith("192 images to learn from, 2 epochs\nepoch 1 of 2, loss")
    percent = re.search(r"(\d+\.\d\d%) of 100 test images right", said)[1]
    # A second time there is nothing left to do.
    assert main(arguments) == 0
    again = capsys.readouterr().out
    assert again.startswith(f"going on from {tmp_path / 'run.npz'} (--restart begins anew)")
    assert f"{percent} of 100" in again
    assert "epoch 1 of" not in again
    assert main([*arguments, "--restart"]) == 0
    assert f"{percent} of 100" in capsys.readouterr().out


def test_the_command_goes_on_after_it_was_interrupted(few, tmp_path, capsys, monkeypatch):
    arguments = ["--epochs", "2", "--checkpoint", str(tmp_path / "run.npz")]

    class Impatient(command.ProgressBar):
        def __call__(self, progress):
            if progress.step == 8:
                raise KeyboardInterrupt
            super().__call__(progress)

    with monkeypatch.context() as patch:
        patch.setattr(command, "ProgressBar", Impatient)
        assert main(arguments) == 130
    assert "the same command goes on from" in capsys.readouterr().err
    assert main(arguments) == 0
    gone_on = re.search(r"[\d.]+% of 100", capsys.readouterr().out)[0]
    assert main([*arguments, "--restart"]) == 0
    assert gone_on in capsys.readouterr().out


def test_with_patience_training_images_are_held_out(few, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "_HELD_OUT", 64)
    arguments = ["--epochs", "1", "--patience", "1", "--checkpoint", str(tmp_path / "run.npz")]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "128 images to learn from, 1 epoch\n" in said
    assert "of the held-out images right" in said


def test_a_checkpoint_of_other_arguments_and_missing_data_end_with_a_reason(few, tmp_path, capsys):
    arguments = ["--checkpoint", str(tmp_path / "run.npz"), "--epochs"]
    assert main([*arguments, "1"]) == 0
    assert main([*arguments, "2"]) == 2
    assert "a checkpoint of another run" in capsys.readouterr().err
    assert main(["--data", str(tmp_path / "nothing.npz")]) == 2
    assert "nothing.npz cannot be read" in capsys.readouterr().err


def test_impossible_numbers_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--epochs", "0"])
    assert "expected at least 1, got 0" in capsys.readouterr().err
