"""Ask PyTorch for the other convolutions and their gradients, and store its answers.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_other_convolutions.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_other_convolutions.npz")
NAMES = ("out", "dx", "dweight", "dbias")

# layer, shape of x, shape of weight, stride, padding, dilation
CASES = (
    ("conv1x1", (1, 1, 1, 1), (1, 1), 1, 0, 1),
    ("conv1x1", (2, 3, 4, 5), (6, 3), 1, 0, 1),
    ("conv1x1", (3, 5, 1, 2), (1, 5), 1, 0, 1),
    ("conv1x1", (1, 9, 4, 3), (7, 9), 1, 0, 1),
    ("conv1d", (1, 1, 1), (1, 1, 1), 1, 0, 1),
    ("conv1d", (1, 1, 1), (1, 1, 3), 1, 1, 1),
    ("conv1d", (2, 3, 9), (4, 3, 5), 1, 0, 1),
    ("conv1d", (2, 3, 9), (4, 3, 5), 1, 2, 1),
    ("conv1d", (3, 4, 10), (2, 4, 3), 2, 1, 1),  # the last piece ends before the row does
    ("conv1d", (3, 2, 11), (5, 2, 2), 3, 0, 1),  # steps that are longer than the filter
    ("conv1d", (2, 1, 4), (3, 1, 6), 2, 1, 1),  # filters longer than the row
    ("conv1d", (4, 2, 7), (3, 2, 1), 1, 3, 1),
    ("conv3d", (1, 1, 1, 1, 1), (1, 1, 1, 1, 1), 1, 0, 1),
    ("conv3d", (1, 1, 1, 1, 1), (1, 1, 3, 3, 3), 1, 1, 1),
    ("conv3d", (2, 3, 4, 5, 6), (2, 3, 2, 3, 4), 1, 0, 1),
    ("conv3d", (1, 2, 5, 4, 3), (3, 2, 3, 2, 1), 2, 1, 1),
    ("conv3d", (2, 1, 3, 7, 4), (2, 1, 1, 4, 2), 3, 1, 1),
    ("conv3d", (1, 3, 1, 5, 6), (2, 3, 3, 1, 4), 1, 1, 1),
    ("dilated_conv2d", (1, 1, 1, 1), (1, 1, 1, 1), 1, 0, 3),
    ("dilated_conv2d", (1, 1, 1, 1), (1, 1, 3, 3), 1, 2, 2),
    ("dilated_conv2d", (2, 3, 7, 8), (4, 3, 2, 3), 1, 0, 1),
    ("dilated_conv2d", (2, 3, 7, 8), (4, 3, 2, 3), 1, 0, 3),
    ("dilated_conv2d", (1, 2, 9, 11), (3, 2, 3, 4), 2, 1, 2),
    ("dilated_conv2d", (2, 1, 6, 5), (2, 1, 3, 1), 3, 2, 4),
    ("depthwise_conv2d", (1, 1, 1, 1), (1, 1, 1, 1), 1, 0, 1),
    ("depthwise_conv2d", (2, 3, 6, 5), (3, 1, 2, 4), 1, 0, 1),
    ("depthwise_conv2d", (2, 5, 7, 4), (5, 1, 3, 2), 2, 1, 1),
    ("depthwise_conv2d", (1, 4, 3, 6), (4, 1, 5, 1), 3, 1, 1),
    ("conv_transpose2d", (1, 1, 1, 1), (1, 1, 1, 1), 1, 0, 1),
    ("conv_transpose2d", (2, 3, 4, 5), (3, 2, 3, 2), 1, 0, 1),
    ("conv_transpose2d", (2, 3, 4, 5), (3, 2, 3, 2), 2, 0, 1),
    ("conv_transpose2d", (2, 3, 4, 5), (3, 2, 4, 3), 2, 1, 1),
    ("conv_transpose2d", (1, 2, 3, 2), (2, 4, 2, 5), 4, 0, 1),  # places that no copy reaches
    ("conv_transpose2d", (3, 4, 5, 6), (4, 1, 3, 3), 1, 2, 1),  # smaller than before
)


def key(case, name):
    """Name an answer in the file."""
    layer, x_shape, weight_shape, *others = case
    shapes = ["x".join(map(str, shape)) for shape in (x_shape, weight_shape)]
    return f"{layer} {' '.join(shapes)} {'-'.join(map(str, others))} {name}"


def draw(case):
    """Draw x, weight and bias of a case, in float64."""
    layer, x_shape, weight_shape, *others = case
    rng = np.random.default_rng([*x_shape, *weight_shape, *others])
    C_out = weight_shape[1 if layer == "conv_transpose2d" else 0]
    shapes = (x_shape, weight_shape, (C_out,))
    return [rng.standard_normal(shape) for shape in shapes]


def draw_dout(out):
    """Draw the gradient of an output."""
    return np.random.default_rng(out.shape).standard_normal(out.shape)


def ask_torch(case):
    """Return out, dx, dweight and dbias as PyTorch computes them."""
    import torch
    from torch.nn import functional

    layer, x_shape, _, stride, padding, dilation = case
    leaves = [torch.tensor(each, requires_grad=True) for each in draw(case)]
    x, weight, bias = leaves
    if layer == "conv1x1":
        out = functional.conv2d(x, weight[:, :, None, None], bias)
    elif layer == "conv1d":
        out = functional.conv1d(x, weight, bias, stride, padding)
    elif layer == "conv3d":
        out = functional.conv3d(x, weight, bias, stride, padding)
    elif layer == "dilated_conv2d":
        out = functional.conv2d(x, weight, bias, stride, padding, dilation)
    elif layer == "depthwise_conv2d":
        out = functional.conv2d(x, weight, bias, stride, padding, groups=x_shape[1])
    else:
        out = functional.conv_transpose2d(x, weight, bias, stride, padding)
    out.backward(torch.tensor(draw_dout(out.detach().numpy())))
    return [each.numpy() for each in (out.detach(), *(leaf.grad for leaf in leaves))]


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
