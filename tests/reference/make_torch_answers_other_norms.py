"""Ask PyTorch for layer, instance and group normalization, and store its answers.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_other_norms.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_other_norms.npz")
NAMES = ("out", "dx", "dgamma", "dbeta")

# norm, shape of x, number of groups (group norm only), eps; PyTorch refuses a map of one number
CASES = (
    ("layer", (1, 1), None, 1e-5),
    ("layer", (1, 5), None, 1e-5),
    ("layer", (4, 2), None, 0.3),
    ("layer", (3, 7), None, 1e-5),
    ("layer", (7, 3), None, 2.0),
    ("layer", (16, 33), None, 1e-3),
    ("instance", (1, 1, 2, 3), None, 1e-5),
    ("instance", (2, 5, 3, 4), None, 1e-5),
    ("instance", (5, 2, 1, 6), None, 0.3),
    ("instance", (3, 4, 7, 1), None, 2.0),
    ("instance", (4, 3, 5, 6), None, 1e-3),
    ("group", (1, 2, 1, 1), 1, 1e-5),
    ("group", (2, 6, 1, 1), 3, 0.3),
    ("group", (2, 6, 3, 4), 1, 1e-5),
    ("group", (2, 6, 3, 4), 2, 1e-5),
    ("group", (2, 6, 3, 4), 3, 0.3),
    ("group", (2, 6, 3, 4), 6, 1e-5),
    ("group", (3, 8, 5, 2), 4, 2.0),
    ("group", (1, 10, 4, 3), 5, 1e-3),
)


def draw(case):
    """Draw x, gamma, beta and dout of a case, in float64; no two sets are alike."""
    _, shape, groups, _ = case
    rng = np.random.default_rng([*shape, groups or 0])
    each = (shape[0], shape[1], *[1] * (len(shape) - 2))
    x = rng.standard_normal(shape) * rng.uniform(0.2, 9.0, each) + rng.uniform(-20.0, 20.0, each)
    gamma, beta = rng.uniform(-3.0, 3.0, shape[1]), rng.standard_normal(shape[1])
    return x, gamma, beta, rng.standard_normal(shape)


def key(case, name):
    """Name an answer in the file."""
    norm, shape, groups, eps = case
    return f"{norm} {'x'.join(map(str, shape))} {groups} {eps} {name}"


def ask_torch(case):
    """Return out, dx, dgamma and dbeta as PyTorch computes them."""
    import torch
    from torch.nn.functional import group_norm, instance_norm, layer_norm

    norm, shape, groups, eps = case
    *arguments, dout = draw(case)
    x, gamma, beta = (torch.tensor(each, requires_grad=True) for each in arguments)
    out = {
        "layer": lambda: layer_norm(x, shape[1:], gamma, beta, eps),
        "instance": lambda: instance_norm(x, weight=gamma, bias=beta, eps=eps),
        "group": lambda: group_norm(x, groups, gamma, beta, eps),
    }[norm]()
    out.backward(torch.tensor(dout))
    return [out.detach().numpy(), *(leaf.grad.numpy() for leaf in (x, gamma, beta))]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CASES:
        for name, answer in zip(NAMES, ask_torch(case), strict=True):
            answers[key(case, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
