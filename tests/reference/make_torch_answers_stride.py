"""Ask PyTorch for strided convolutions, their gradients, and columns; store what it answers.

The answers are in torch_answers_stride.npz. The course does not need PyTorch. Run this in an
environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_stride.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_stride.npz")
CONV_NAMES = ("out", "dx", "dweight", "dbias")
COLUMN_NAMES = ("cols", "x")

# N, C_in, C_out, H, W, kH, kW, stride, padding
CASES = (
    (1, 1, 1, 1, 1, 1, 1, 1, 0),
    (1, 1, 1, 1, 1, 1, 1, 3, 0),
    (1, 1, 1, 1, 1, 3, 3, 2, 1),
    (1, 1, 1, 7, 7, 3, 3, 2, 0),  # the notes' own example
    (2, 3, 4, 5, 6, 1, 5, 1, 2),
    (2, 3, 4, 7, 9, 3, 5, 2, 0),  # whole steps reach the last row and column
    (2, 3, 4, 8, 10, 3, 5, 2, 0),  # a row and a column are left over
    (3, 2, 5, 9, 7, 4, 6, 3, 1),  # two rows are left over
    (2, 1, 3, 4, 6, 7, 8, 2, 3),  # filters larger than the images
    (4, 3, 2, 7, 3, 5, 5, 4, 2),
    (2, 4, 3, 5, 6, 2, 1, 3, 2),  # steps that leave pixels out
    (5, 3, 2, 4, 6, 1, 1, 2, 0),
    (2, 3, 1, 1, 8, 3, 4, 2, 1),  # one row
    (1, 4, 3, 8, 1, 5, 3, 2, 4),  # one column
    (2, 3, 4, 6, 5, 2, 3, 9, 1),  # a stride larger than the images: one place
    (1, 2, 3, 5, 4, 5, 4, 2, 0),  # filters as large as the images
)


def places(case):
    """Give the rows and columns of the output, from PyTorch's documentation of Conv2d."""
    *_, H, W, kH, kW, stride, padding = case
    rows = int(np.floor((H + 2 * padding - (kH - 1) - 1) / stride + 1))
    return rows, int(np.floor((W + 2 * padding - (kW - 1) - 1) / stride + 1))


def draw(case):
    """Draw x, weight, bias and dout of a case, in float64."""
    rng = np.random.default_rng(case)
    N, C_in, C_out, H, W, kH, kW, *_ = case
    x = rng.standard_normal((N, C_in, H, W))
    weight = rng.standard_normal((C_out, C_in, kH, kW))
    bias = rng.standard_normal(C_out)
    return x, weight, bias, rng.standard_normal((N, C_out, *places(case)))


def draw_columns(case):
    """Draw x, and columns of the shape that its patches have, in float64."""
    x = draw(case)[0]
    N, C_in, _, _, _, kH, kW, *_ = case
    rows, columns = places(case)
    rng = np.random.default_rng((*case, 1))
    return x, rng.standard_normal((N, C_in * kH * kW, rows * columns))


def key(layer, case, name):
    """Name an answer in the file."""
    return f"{layer} {'-'.join(map(str, case))} {name}"


def ask_conv(case):
    """Return out, dx, dweight and dbias as PyTorch computes them."""
    import torch

    *arguments, dout = draw(case)
    leaves = [torch.tensor(each, requires_grad=True) for each in arguments]
    out = torch.nn.functional.conv2d(*leaves, stride=case[-2], padding=case[-1])
    out.backward(torch.tensor(dout))
    return [each.numpy() for each in (out.detach(), *(leaf.grad for leaf in leaves))]


def ask_columns(case):
    """Return the columns of x, and the images of columns, as PyTorch computes them."""
    import torch

    x, cols = draw_columns(case)
    *_, H, W, kH, kW, stride, padding = case
    how = {"kernel_size": (kH, kW), "stride": stride, "padding": padding}
    unfolded = torch.nn.functional.unfold(torch.tensor(x), **how)
    folded = torch.nn.functional.fold(torch.tensor(cols), (H, W), **how)
    return [unfolded.numpy(), folded.numpy()]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CASES:
        for name, answer in zip(CONV_NAMES, ask_conv(case), strict=True):
            answers[key("conv2d", case, name)] = answer
        for name, answer in zip(COLUMN_NAMES, ask_columns(case), strict=True):
            answers[key("columns", case, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
