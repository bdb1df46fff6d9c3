"""Ask PyTorch for linear layers, ReLU and their gradients, and store its answers.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_gradients.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_gradients.npz")
LINEAR_NAMES = ("out", "dx", "dweight", "dbias")
RELU_NAMES = ("out", "dx")
BOTH_NAMES = ("out", "dx", "dweight", "dbias")

# N, D_in, D_out
LINEAR_CASES = (
    (1, 1, 1),
    (1, 5, 3),
    (4, 1, 6),
    (7, 3, 1),
    (2, 3, 4),
    (5, 4, 2),
    (3, 17, 11),
    (6, 75, 10),
)
RELU_CASES = ((1,), (7,), (1, 1), (4, 9), (2, 3, 5), (2, 3, 4, 5), (1, 6, 1, 8))


def draw_linear(case):
    """Draw x, weight, bias and dout of a case, in float64."""
    rng = np.random.default_rng(case)
    N, D_in, D_out = case
    shapes = ((N, D_in), (D_in, D_out), (D_out,), (N, D_out))
    return tuple(rng.standard_normal(shape) for shape in shapes)


def draw_relu(case):
    """Draw x and dout of a case, in float64; some numbers of x are exactly 0."""
    rng = np.random.default_rng(case)
    x = rng.standard_normal(case)
    x[rng.random(case) < 0.3] = 0.0
    return x, rng.standard_normal(case)


def key(layer, case, name):
    """Name an answer in the file."""
    return f"{layer} {'-'.join(map(str, case))} {name}"


def ask_linear(x, weight, bias, dout, *, relu=False):
    """Return out, dx, dweight and dbias as PyTorch computes them, with ReLU behind if asked."""
    import torch

    leaves = [torch.tensor(each, requires_grad=True) for each in (x, weight, bias)]
    out = torch.nn.functional.linear(leaves[0], leaves[1].T, leaves[2])
    if relu:
        out = torch.relu(out)
    out.backward(torch.tensor(dout))
    return [each.numpy() for each in (out.detach(), *(leaf.grad for leaf in leaves))]


def ask_relu(x, dout):
    """Return out and dx as PyTorch computes them."""
    import torch

    leaf = torch.tensor(x, requires_grad=True)
    out = torch.relu(leaf)
    out.backward(torch.tensor(dout))
    return [out.detach().numpy(), leaf.grad.numpy()]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in LINEAR_CASES:
        drawn = draw_linear(case)
        for name, answer in zip(LINEAR_NAMES, ask_linear(*drawn), strict=True):
            answers[key("linear", case, name)] = answer
        for name, answer in zip(BOTH_NAMES, ask_linear(*drawn, relu=True), strict=True):
            answers[key("both", case, name)] = answer
    for case in RELU_CASES:
        for name, answer in zip(RELU_NAMES, ask_relu(*draw_relu(case)), strict=True):
            answers[key("relu", case, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
