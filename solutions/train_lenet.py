"""Train LeNet on real digits, from the command line: ``python -m solutions.train_lenet``.

The network is that of `solutions.convolutional_networks`; the loop is that of
`solutions.training`. A run that was stopped, however rudely, is gone on with when the same command
is given again.
"""

import argparse
import os
import sys
import time
from pathlib import Path

# Before NumPy starts: on products as small as these, two threads wait for each other for most of
# the time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from solutions.convolutional_networks import (
    cross_entropy,
    lenet_backward,
    lenet_forward,
    lenet_init,
    sgd_step,
)
from solutions.datasets import DataError, load_digits_subset, load_mnist
from solutions.training import (
    CheckpointError,
    Network,
    ProgressBar,
    accuracy,
    train,
)

__all__ = ["LENET", "main", "starting_params", "train_lenet"]

#: LeNet's own functions, as `solutions.training.train` takes them.
LENET = Network(lenet_forward, lenet_backward, cross_entropy, sgd_step)

_CHECKPOINTS = Path(__file__).resolve().parent.parent / "_build" / "training"
_HELD_OUT = 1000  # images of the training set, where they decide when to stop


def starting_params(rng):
    """Draw the parameters with which training begins.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers come from.

    Returns
    -------
    dict of str to ndarray
        Those of `lenet_init`, but for the weights of the last layer: these are a tenth, so that
        the network begins unsure of everything, with a loss of about log 10.
    """
    params = lenet_init(rng)
    params["linear2_weight"] *= np.float32(0.1)
    return params


def train_lenet(dataset, *, seed=0, epochs=5, batch_size=32, lr=0.03, **options):
    """Train LeNet on the training images of a data set.

    Parameters
    ----------
    dataset : Dataset
        Images of 28 x 28; the test images are not looked at.
    seed : int, optional
        The same seed gives the same numbers.
    epochs, batch_size, lr, **options
        As for `solutions.training.train`.

    Returns
    -------
    Result
        As from `solutions.training.train`.
    """
    rng = np.random.default_rng(seed)
    return train(
        LENET,
        starting_params(rng),
        dataset.x_train,
        dataset.y_train,
        rng=rng,
        epochs=epochs,
        batch_size=batch_size,
        lr=lr,
        **options,
    )


def main(arguments=None):
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        The exit status.
    """
    chosen = _parser().parse_args(arguments)
    name = "mnist" if chosen.data else "digits"
    checkpoint = chosen.checkpoint or _CHECKPOINTS / f"lenet-{name}-{chosen.seed}.npz"
    try:
        dataset = load_mnist(chosen.data) if chosen.data else load_digits_subset()
        if chosen.restart:
            checkpoint.unlink(missing_ok=True)
        elif checkpoint.exists():
            print(f"going on from {checkpoint} (--restart begins anew)")
        return _run(chosen, dataset, checkpoint)
    except (DataError, CheckpointError) as error:
        print(f"train_lenet: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nstopped; the same command goes on from {checkpoint}", file=sys.stderr)
        return 130


def _run(chosen, dataset, checkpoint):
    held_out = None
    if chosen.patience is not None:
        held_out = dataset.x_train[-_HELD_OUT:], dataset.y_train[-_HELD_OUT:]
        dataset = dataset._replace(
            x_train=dataset.x_train[:-_HELD_OUT], y_train=dataset.y_train[:-_HELD_OUT]
        )
    begin = time.perf_counter()
    epochs = "1 epoch" if chosen.epochs == 1 else f"{chosen.epochs} epochs"
    print(f"{len(dataset.y_train):,} images to learn from, {epochs}", flush=True)
    result = train_lenet(
        dataset,
        seed=chosen.seed,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        lr=chosen.lr,
        held_out=held_out,
        patience=chosen.patience,
        checkpoint=checkpoint,
        watch=[ProgressBar()],
    )
    right = accuracy(LENET.forward, result.params, dataset.x_test, dataset.y_test)
    print(
        f"{right:.2%} of {len(dataset.y_test):,} test images right "
        f"({time.perf_counter() - begin:.0f} s)"
    )
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m solutions.train_lenet",
        description="Train LeNet on real digits, with the layers of this course, and test it.",
        epilog="Stopped and started again with the same arguments, it goes on where it was.",
    )
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="all of MNIST: a file .npz, a folder with its four files, or their address on the "
        "web, which is fetched once; by default the 12,000 digits in data/digits.npz",
    )
    parser.add_argument("--epochs", type=_positive, default=5, help="by default 5")
    parser.add_argument("--batch-size", type=_positive, default=32, help="by default 32")
    parser.add_argument("--lr", type=float, default=0.03, help="learning rate, by default 0.03")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same numbers")
    parser.add_argument(
        "--patience",
        type=_positive,
        metavar="EPOCHS",
        help=f"hold {_HELD_OUT:,} training images out, and stop when so many epochs in a row do "
        "not read more of them",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="where the run is saved; by default a file in _build/training/",
    )
    parser.add_argument("--restart", action="store_true", help="do not go on, but begin anew")
    return parser


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
