"""Ask PyTorch for stacks of convolutions, and store its answers in torch_answers_stacking.npz.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_stacking.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_stacking.npz")

# N, C_in, H, W, and of each layer C_out, kH, kW
CASES = (
    ((1, 1, 1, 1), (1, 1, 1)),
    ((1, 1, 1, 1), (2, 1, 1), (3, 1, 1)),
    ((2, 3, 6, 8), (4, 1, 5)),
    ((2, 3, 6, 8), (4, 2, 5), (5, 3, 1)),
    ((3, 2, 9, 7), (5, 4, 2), (3, 2, 6)),
    ((1, 4, 5, 6), (3, 5, 2), (2, 1, 5)),  # the last filters are as large as the maps
    ((4, 1, 1, 8), (3, 1, 4), (2, 1, 2)),  # one row
    ((2, 3, 8, 1), (2, 5, 1), (4, 2, 1)),  # one column
    ((2, 2, 9, 10), (4, 2, 3), (3, 3, 1), (5, 1, 4)),
    ((1, 3, 12, 11), (5, 3, 2), (4, 1, 1), (3, 2, 5), (2, 4, 3)),
    ((1, 3, 32, 32), (6, 5, 5), (10, 3, 3)),  # the notes' own example
)


def draw(case):
    """Draw x, params and dout of a case, in float64."""
    rng = np.random.default_rng([n for part in case for n in part])
    (N, C_in, H, W), *layers = case
    x, params = rng.standard_normal((N, C_in, H, W)), []
    for C_out, kH, kW in layers:
        params.append((rng.standard_normal((C_out, C_in, kH, kW)), rng.standard_normal(C_out)))
        C_in, H, W = C_out, H - kH + 1, W - kW + 1
    return x, params, rng.standard_normal((N, C_in, H, W))


def names(case):
    """Name the answers of a case."""
    layers = range(len(case) - 1)
    gradients = [f"{name}[{layer}]" for layer in layers for name in ("dweight", "dbias")]
    return ["out", "linear", "dx", *gradients]


def key(case, name):
    """Name an answer in the file."""
    return f"{' '.join('-'.join(map(str, part)) for part in case)} {name}"


def ask_torch(x, params, dout):
    """Return out, what comes out without any ReLU, dx, and dweight and dbias of each layer."""
    import torch

    leaves = [torch.tensor(each, requires_grad=True) for pair in params for each in pair]
    images = torch.tensor(x, requires_grad=True)
    out = linear = images
    for layer, (weight, bias) in enumerate(zip(leaves[::2], leaves[1::2], strict=True)):
        out = torch.nn.functional.relu(out) if layer else out
        out = torch.nn.functional.conv2d(out, weight, bias)
        linear = torch.nn.functional.conv2d(linear, weight, bias)
    out.backward(torch.tensor(dout))
    gradients = [leaf.grad for leaf in (images, *leaves)]
    return [each.numpy() for each in (out.detach(), linear.detach(), *gradients)]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CASES:
        for name, answer in zip(names(case), ask_torch(*draw(case)), strict=True):
            answers[key(case, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
