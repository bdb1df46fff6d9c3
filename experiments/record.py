"""What experiments have in common: the digits, their conditions, and a file for the results."""

import json
import os
import platform
import time
from pathlib import Path

import numpy as np

from solutions.datasets import load_digits_subset

__all__ = ["digits", "load", "run_and_save"]

_RESULTS = Path(__file__).resolve().parent / "results"


def digits(train=10_000, test=2_000):
    """Return the digits of the repository, or the first of them.

    Parameters
    ----------
    train, test : int, optional
        How many to learn from, and how many to test with.

    Returns
    -------
    Dataset
        Images of 28 x 28.
    """
    found = load_digits_subset()
    return found._replace(
        x_train=found.x_train[:train],
        y_train=found.y_train[:train],
        x_test=found.x_test[:test],
        y_test=found.y_test[:test],
    )


def run_and_save(name, experiment, folder=_RESULTS):
    """Run an experiment, and write what it returns and under what conditions.

    Parameters
    ----------
    name : str
        The file is ``<name>.json``.
    experiment : callable
        Returns a dict with what was measured.
    folder : Path, optional
        Where the file goes.

    Returns
    -------
    int
        0, the exit status of a program.
    """
    begin = time.perf_counter()
    found = experiment()
    found["conditions"] |= {
        "seconds": round(time.perf_counter() - begin),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": os.environ["OPENBLAS_NUM_THREADS"],
    }
    path = Path(folder) / f"{name}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def load(name):
    """Return what an experiment has found, as its file has it.

    Parameters
    ----------
    name : str
        The experiment's module.

    Returns
    -------
    dict
    """
    return json.loads((_RESULTS / f"{name}.json").read_text(encoding="utf-8"))
