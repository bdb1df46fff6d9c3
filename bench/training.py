"""Measure what LeNet reaches: medians over five seeds, on all of MNIST's test images.

    python bench/training.py mnist.npz

Five epochs on the 10,000 images of data/digits.npz, then one on all 60,000. The results go to
bench/results/training.json, a run at a time: stopped and started again, it goes on.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

from solutions.train_lenet import LENET, train_lenet  # first, since it sets the number of threads

import numpy as np  # isort: skip
from solutions.datasets import load_digits_subset, load_mnist  # isort: skip
from solutions.training import accuracy  # isort: skip

__all__ = ["main"]

_RESULTS = Path(__file__).resolve().parent / "results" / "training.json"
_SEEDS = range(5)
_RUNS = {
    "10,000 images, 5 epochs": {"images": 10_000, "epochs": 5, "goal": 0.985},
    "60,000 images, 1 epoch": {"images": 60_000, "epochs": 1, "goal": 0.989},
}


def main(arguments=None):
    """Measure what is not in the results yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", help="all of MNIST: a file .npz, or a folder with its four files")
    mnist = load_mnist(parser.parse_args(arguments).mnist)
    digits = load_digits_subset()._replace(x_test=mnist.x_test, y_test=mnist.y_test)
    results = json.loads(_RESULTS.read_text("utf-8")) if _RESULTS.is_file() else {}
    for name, run in _RUNS.items():
        result = results.setdefault(name, run | {"runs": []})
        dataset = mnist if run["images"] == 60_000 else digits
        for seed in _SEEDS[len(result["runs"]) :]:
            begin = time.perf_counter()
            params, losses, _ = train_lenet(dataset, seed=seed, epochs=run["epochs"])
            seconds = time.perf_counter() - begin
            right = accuracy(LENET.forward, params, mnist.x_test, mnist.y_test)
            result["runs"].append(
                {
                    "seed": seed,
                    "accuracy": round(right, 4),
                    "last_loss": round(float(np.mean(losses[-50:])), 4),
                    "seconds": round(seconds, 1),
                }
            )
            result["median_accuracy"] = statistics.median(r["accuracy"] for r in result["runs"])
            result["median_seconds"] = statistics.median(r["seconds"] for r in result["runs"])
            results["conditions"] = _conditions()
            _RESULTS.parent.mkdir(parents=True, exist_ok=True)
            _RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
            print(f"{name}, seed {seed}: {right:.2%} in {seconds:.0f} s", flush=True)
        print(f"{name}: median {result['median_accuracy']:.2%}, goal {run['goal']:.1%}")
    return 0


def _conditions():
    return {
        "tested on": "the 10,000 test images of MNIST",
        "recipe": "pixels from 0 to 1, last layer's first weights times 0.1, batches of 32, "
        "momentum 0.9, learning rate from 0.03 to 0 as a cosine",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": os.environ["OPENBLAS_NUM_THREADS"],
        "load average at the end": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
