"""Ask PyTorch for pooled maps and their gradients, and store its answers in an .npz file.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_pooling.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_pooling.npz")
NAMES = ("max out", "max dx", "avg out", "avg dx", "global out", "global dx")

# N, C, H, W, kernel_size, stride (0 stands for None), padding
CASES = (
    (1, 1, 1, 1, 1, 0, 0),
    (1, 2, 4, 6, 2, 0, 0),  # windows side by side
    (2, 3, 5, 7, 2, 0, 0),  # a row and a column are left over
    (3, 4, 7, 9, 3, 2, 0),  # AlexNet's windows overlap
    (2, 5, 8, 10, 3, 2, 0),  # the same, with a row and a column left over
    (2, 3, 11, 8, 2, 3, 0),  # gaps between the windows
    (2, 3, 9, 6, 3, 1, 1),  # as large as the input
    (3, 2, 8, 12, 3, 2, 1),  # ResNet's
    (1, 3, 10, 7, 5, 3, 2),
    (2, 4, 6, 9, 4, 3, 2),
    (4, 2, 3, 1, 2, 0, 1),  # one column
    (2, 3, 1, 8, 2, 1, 1),  # one row
    (3, 2, 5, 5, 5, 0, 0),  # one window
    (2, 3, 6, 7, 1, 2, 0),  # windows of one number
)


def draw(case, *, ties=False):
    """Draw x and dout of a case, in float64; with ties, x holds few different numbers."""
    rng = np.random.default_rng([*case, ties])
    N, C, H, W, kernel_size, stride, padding = case
    x = rng.standard_normal((N, C, H, W)) - 0.5
    if ties:
        x = rng.integers(-2, 1, (N, C, H, W)).astype(np.float64)
    stride = stride or kernel_size
    H_out = (H + 2 * padding - kernel_size) // stride + 1
    W_out = (W + 2 * padding - kernel_size) // stride + 1
    return x, rng.standard_normal((N, C, H_out, W_out))


def arguments(case):
    """Give the arguments of a pooling layer, after x."""
    kernel_size, stride, padding = case[4:]
    return (kernel_size,), {"stride": stride or None, "padding": padding}


def key(case, name, *, ties=False):
    """Name an answer in the file."""
    return f"{'-'.join(map(str, case))} {name}{' ties' if ties else ''}"


def ask_torch(case, *, ties=False):
    """Return PyTorch's answers in the order of NAMES."""
    import torch
    from torch.nn import functional

    x, dout = draw(case, ties=ties)
    size, named = arguments(case)
    answers = []
    for pool, gradient in (
        (lambda leaf: functional.max_pool2d(leaf, *size, **named), dout),
        (lambda leaf: functional.avg_pool2d(leaf, *size, **named, count_include_pad=True), dout),
        (lambda leaf: functional.adaptive_avg_pool2d(leaf, 1).flatten(1), dout[:, :, 0, 0]),
    ):
        leaf = torch.tensor(x, requires_grad=True)
        out = pool(leaf)
        out.backward(torch.tensor(gradient))
        answers += [out.detach().numpy(), leaf.grad.numpy()]
    return answers


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CASES:
        for ties in (False, True):
            for name, answer in zip(NAMES, ask_torch(case, ties=ties), strict=True):
                answers[key(case, name, ties=ties)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
