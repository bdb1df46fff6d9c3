"""Ask PyTorch for padded convolutions and gradients; store them in torch_answers_padding.npz.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_padding.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_padding.npz")
CONV_NAMES = ("out", "dx", "dweight", "dbias")
PAD_NAMES = ("out", "dx")

# N, C_in, C_out, H, W, kH, kW, padding
CONV_CASES = (
    (1, 1, 1, 1, 1, 1, 1, 0),
    (1, 1, 1, 1, 1, 3, 3, 1),
    (1, 1, 1, 7, 7, 3, 3, 0),  # the notes' own example
    (1, 1, 1, 7, 7, 3, 3, 1),
    (2, 3, 4, 6, 8, 1, 5, 0),
    (2, 3, 4, 6, 8, 1, 5, 2),
    (3, 2, 5, 9, 7, 4, 6, 1),
    (3, 2, 5, 4, 6, 7, 8, 2),  # filters larger than the images
    (4, 5, 2, 7, 3, 5, 5, 2),  # as large as before
    (2, 4, 3, 5, 6, 2, 1, 3),  # a padding larger than the filters
    (5, 3, 2, 4, 6, 1, 1, 1),
    (2, 3, 1, 1, 8, 3, 4, 1),  # one row
    (1, 7, 6, 8, 1, 5, 3, 4),  # one column
    (1, 3, 6, 32, 32, 5, 5, 2),
)
# N, C, H, W, padding
PAD_CASES = (
    (1, 1, 1, 1, 0),
    (1, 1, 1, 1, 2),
    (2, 3, 4, 5, 0),
    (2, 3, 4, 5, 1),
    (3, 1, 6, 2, 5),
)


def draw_conv(case):
    """Draw x, weight, bias and dout of a case, in float64."""
    rng = np.random.default_rng(case)
    N, C_in, C_out, H, W, kH, kW, padding = case
    x = rng.standard_normal((N, C_in, H, W))
    weight = rng.standard_normal((C_out, C_in, kH, kW))
    bias = rng.standard_normal(C_out)
    dout = rng.standard_normal((N, C_out, H - kH + 1 + 2 * padding, W - kW + 1 + 2 * padding))
    return x, weight, bias, dout


def draw_pad(case):
    """Draw x and dout of a case, in float64."""
    rng = np.random.default_rng(case)
    N, C, H, W, padding = case
    x = rng.standard_normal((N, C, H, W))
    return x, rng.standard_normal((N, C, H + 2 * padding, W + 2 * padding))


def key(layer, case, name):
    """Name an answer in the file."""
    return f"{layer} {'-'.join(map(str, case))} {name}"


def ask_conv(case):
    """Return out, dx, dweight and dbias as PyTorch computes them."""
    import torch

    *arguments, dout = draw_conv(case)
    leaves = [torch.tensor(each, requires_grad=True) for each in arguments]
    out = torch.nn.functional.conv2d(*leaves, padding=case[-1])
    out.backward(torch.tensor(dout))
    return [each.numpy() for each in (out.detach(), *(leaf.grad for leaf in leaves))]


def ask_pad(case):
    """Return out and dx as PyTorch computes them."""
    import torch

    x, dout = draw_pad(case)
    leaf = torch.tensor(x, requires_grad=True)
    out = torch.nn.functional.pad(leaf, (case[-1],) * 4)
    out.backward(torch.tensor(dout))
    return [out.detach().numpy(), leaf.grad.numpy()]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CONV_CASES:
        for name, answer in zip(CONV_NAMES, ask_conv(case), strict=True):
            answers[key("conv2d", case, name)] = answer
    for case in PAD_CASES:
        for name, answer in zip(PAD_NAMES, ask_pad(case), strict=True):
            answers[key("pad2d", case, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
