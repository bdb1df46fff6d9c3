"""Batch norm against group norm on digits, in batches of 2 to 256.

``python -m experiments.batch_sizes`` writes ``experiments/results/batch_sizes.json``.
"""

import sys

from experiments.record import digits, run_and_save
from experiments.small_networks import train_small

__all__ = ["experiment"]

_SIZES = (2, 4, 8, 32, 256)
_RATE = 0.03  # of a batch of 32; others have it in proportion


def experiment(*, train=2_000, test=2_000, seeds=(0, 1, 2), epochs=4, sizes=_SIZES):
    """Train a small network for each kind of normalization, batch size and seed.

    Parameters
    ----------
    train, test : int, optional
        How many pictures.
    seeds : sequence of int, optional
        The same seed gives each run the same first weights.
    epochs : int, optional
        How often each picture is seen.
    sizes : sequence of int, optional
        How many pictures are in a batch.

    Returns
    -------
    dict
        The shares of test pictures that were read wrongly: for each kind a list for each size, of
        one number for each seed. Batch norm is tested a second time with the means of the test
        pictures themselves, 250 at a time.
    """
    dataset = digits(train, test)
    pictures = dataset.x_test, dataset.y_test
    errors = {"batch norm": [], "batch norm, test batches": [], "group norm": []}
    for size in sizes:
        for found in errors.values():
            found.append([])
        for seed in seeds:
            for norm in ("batch norm", "group norm"):
                options = {"epochs": epochs, "batch_size": size, "lr": _RATE * size / 32}
                chain, (params, _, _) = train_small(norm, dataset, seed=seed, **options)
                errors[norm][-1].append(round(1 - chain.share_right(params, *pictures), 4))
                if norm == "batch norm":
                    right = chain.share_right(params, *pictures, training=True)
                    errors["batch norm, test batches"][-1].append(round(1 - right, 4))
        for name, found in errors.items():
            print(f"{size:4} {name:26}" + "".join(f"{e:8.2%}" for e in found[-1]), flush=True)
    conditions = {"train": train, "test": test, "seeds": list(seeds), "epochs": epochs}
    conditions |= {"lr": "0.03 times the batch size over 32", "momentum": 0.9}
    return {"sizes": list(sizes), "errors": errors, "conditions": conditions}


if __name__ == "__main__":
    sys.exit(run_and_save("batch_sizes", experiment))
