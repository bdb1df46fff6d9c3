"""Ask PyTorch for batch normalization in training, and store its answers.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_batch_norm.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_batch_norm.npz")
NAMES = ("out", "dx", "dgamma", "dbeta")

# N, D, eps; PyTorch refuses a batch of one
CASES = (
    (2, 1, 1e-5),
    (2, 5, 1e-5),
    (3, 7, 1e-5),
    (7, 3, 1e-5),
    (4, 6, 0.3),
    (9, 1, 2.0),
    (16, 10, 1e-3),
    (64, 33, 1e-5),
)


def draw(case):
    """Draw x, gamma, beta and dout of a case, in float64; columns of different scale and place."""
    N, D, _ = case
    rng = np.random.default_rng([N, D])
    x = rng.standard_normal((N, D)) * np.geomspace(0.1, 50.0, D) + rng.uniform(-20.0, 20.0, D)
    gamma, beta = rng.uniform(-3.0, 3.0, D), rng.standard_normal(D)
    return x, gamma, beta, rng.standard_normal((N, D))


def key(case, name):
    """Name an answer in the file."""
    return f"{'-'.join(map(str, case))} {name}"


def ask_torch(x, gamma, beta, dout, eps):
    """Return out, dx, dgamma and dbeta as PyTorch computes them."""
    import torch

    leaves = [torch.tensor(each, requires_grad=True) for each in (x, gamma, beta)]
    out = torch.nn.functional.batch_norm(
        leaves[0], None, None, weight=leaves[1], bias=leaves[2], training=True, eps=eps
    )
    out.backward(torch.tensor(dout))
    return [each.numpy() for each in (out.detach(), *(leaf.grad for leaf in leaves))]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CASES:
        for name, answer in zip(NAMES, ask_torch(*draw(case), case[2]), strict=True):
            answers[key(case, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
