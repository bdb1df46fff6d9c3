"""First weights from a hundredth of He's rule to ten times as large, with and without norms.

``python -m experiments.initialization`` writes ``experiments/results/initialization.json``.
"""

import sys

from experiments.record import digits, run_and_save
from experiments.small_networks import NORMS, train_small

__all__ = ["experiment"]

_SCALES = (0.01, 0.1, 0.3, 1, 3, 10)


def experiment(*, train=2_000, test=2_000, seeds=(0, 1, 2), epochs=3, scales=_SCALES):
    """Train a small network for each kind of normalization, scale and seed.

    Parameters
    ----------
    train, test : int, optional
        How many pictures.
    seeds : sequence of int, optional
        The same seed gives each run the same first weights but for their scale.
    epochs : int, optional
        How often each picture is seen.
    scales : sequence of float, optional
        What the standard deviation of He's rule is multiplied by, in every layer.

    Returns
    -------
    dict
        The shares of test pictures that were read right: for each kind a list for each scale, of
        one number for each seed.
    """
    dataset = digits(train, test)
    shares = {norm: [] for norm in NORMS}
    for scale in scales:
        for norm, found in shares.items():
            found.append([])
            for seed in seeds:
                options = {"scale": scale, "epochs": epochs, "batch_size": 32, "lr": 0.03}
                chain, (params, _, _) = train_small(norm, dataset, seed=seed, **options)
                right = chain.share_right(params, dataset.x_test, dataset.y_test)
                found[-1].append(round(right, 4))
            print(f"{scale:5} {norm:12}" + "".join(f"{s:8.2%}" for s in found[-1]), flush=True)
    conditions = {"train": train, "test": test, "seeds": list(seeds), "epochs": epochs}
    conditions |= {"batch_size": 32, "lr": 0.03, "momentum": 0.9}
    return {"scales": list(scales), "share_right": shares, "conditions": conditions}


if __name__ == "__main__":
    sys.exit(run_and_save("initialization", experiment))
