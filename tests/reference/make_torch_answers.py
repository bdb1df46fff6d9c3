"""Ask PyTorch for convolutions and their gradients, and store its answers in torch_answers.npz.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers.npz")
NAMES = ("out", "dx", "dweight", "dbias")

# N, C_in, C_out, H, W, kH, kW
CASES = (
    (1, 1, 1, 1, 1, 1, 1),
    (1, 1, 1, 5, 7, 2, 3),
    (2, 3, 4, 6, 8, 1, 5),
    (3, 2, 5, 9, 7, 4, 6),
    (4, 5, 2, 7, 3, 6, 1),
    (2, 4, 3, 5, 6, 5, 6),  # filters as large as the images
    (5, 3, 2, 4, 6, 1, 1),  # filters of 1 x 1
    (2, 3, 1, 1, 8, 1, 4),  # one row
    (3, 1, 2, 8, 1, 5, 1),  # one column
    (1, 7, 6, 4, 5, 3, 2),
    (2, 16, 12, 8, 9, 3, 5),  # many channels
    (1, 3, 6, 32, 32, 5, 5),  # the notes' own example
)


def draw(case):
    """Draw x, weight, bias and dout of a case, in float64."""
    rng = np.random.default_rng(case)
    N, C_in, C_out, H, W, kH, kW = case
    x = rng.standard_normal((N, C_in, H, W))
    weight = rng.standard_normal((C_out, C_in, kH, kW))
    bias = rng.standard_normal(C_out)
    dout = rng.standard_normal((N, C_out, H - kH + 1, W - kW + 1))
    return x, weight, bias, dout


def key(case, name):
    """Name an answer in the file."""
    return f"{'-'.join(map(str, case))} {name}"


def ask_torch(x, weight, bias, dout):
    """Return out, dx, dweight and dbias as PyTorch computes them."""
    import torch

    leaves = [torch.tensor(each, requires_grad=True) for each in (x, weight, bias)]
    out = torch.nn.functional.conv2d(*leaves)
    out.backward(torch.tensor(dout))
    return [each.numpy() for each in (out.detach(), *(leaf.grad for leaf in leaves))]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CASES:
        for name, answer in zip(NAMES, ask_torch(*draw(case)), strict=True):
            answers[key(case, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
