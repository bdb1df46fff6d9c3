"""Draw the digits of data/digits.npz from the whole of MNIST.

Give it the file with all of MNIST, or the folder with its four files::

    python tools/make_digits.py mnist.npz

The same digits come each time: array for array; the file's own bytes depend on the version of
zlib. data/README.md says which they are, and under which terms.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np

from solutions.datasets import DataError, load_mnist

SEED = 1998
PER_CLASS = {"train": 1000, "test": 200}
TARGET = Path(__file__).resolve().parent.parent / "data" / "digits.npz"
ABOUT = (
    "A balanced part of the MNIST database of handwritten digits by Y. LeCun, C. Cortes and "
    "C. Burges, CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/. The images are "
    "unchanged; 1,000 of each class were drawn from the 60,000 for training, 200 from the 10,000 "
    "for testing."
)


def draw(dataset):
    """Draw as many images of each class, and keep them in their order.

    Parameters
    ----------
    dataset : Dataset
        All of MNIST.

    Returns
    -------
    dict of str to ndarray
        x_train, y_train, x_test, y_test; uint8.
    """
    rng = np.random.default_rng(SEED)
    arrays = {}
    for part, count in PER_CLASS.items():
        images, labels = getattr(dataset, f"x_{part}"), getattr(dataset, f"y_{part}")
        chosen = [
            rng.choice(np.flatnonzero(labels == digit), count, replace=False) for digit in range(10)
        ]
        # In MNIST's own order, in which the classes are mixed.
        chosen = np.sort(np.concatenate(chosen))
        arrays[f"x_{part}"], arrays[f"y_{part}"] = images[chosen], labels[chosen]
    return arrays


def main(arguments=None):
    """Write the file and print the checksums of its arrays."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", help="all of MNIST: a file .npz, or a folder with its four files")
    parser.add_argument("--output", type=Path, default=TARGET, help="by default data/digits.npz")
    chosen = parser.parse_args(arguments)
    try:
        arrays = draw(load_mnist(chosen.mnist))
    except DataError as error:
        print(f"make_digits: {error}", file=sys.stderr)
        return 2
    np.savez_compressed(chosen.output, about=np.array(ABOUT), **arrays)
    for name, array in arrays.items():
        print(f"{name:8} {array.shape!s:16} sha256 {hashlib.sha256(array).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
