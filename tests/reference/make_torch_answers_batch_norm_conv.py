"""Ask PyTorch for batch normalization of images, in both modes, and store its answers.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_batch_norm_conv.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_batch_norm_conv.npz")
NAMES = ("out", "running_mean", "running_var", "dx", "dgamma", "dbeta")

# (N, C, H, W), momentum, eps; each in both modes. PyTorch refuses one value a channel in training.
CASES = (
    ((2, 1, 1, 1), 0.1, 1e-5),
    ((1, 1, 1, 2), 0.1, 1e-5),
    ((1, 3, 2, 5), 0.1, 1e-5),
    ((5, 3, 1, 1), 0.3, 1e-5),
    ((3, 2, 4, 5), 0.1, 0.3),
    ((2, 7, 5, 3), 0.9, 1e-3),
    ((4, 5, 3, 6), 0.0, 2.0),
    ((3, 4, 1, 7), 1.0, 1e-5),
    ((2, 3, 4, 4), 0.1, 1e-5),
    ((6, 2, 7, 1), 0.25, 1e-5),
)
MODES = (True, False)


def draw(case):
    """Draw x, gamma, beta, running_mean, running_var and dout of a case, in float64."""
    shape = case[0]
    C = shape[1]
    rng = np.random.default_rng(shape)
    each = (C, 1, 1)  # channels of different scale and place
    x = rng.standard_normal(shape) * np.geomspace(0.2, 30.0, C).reshape(each)
    x += rng.uniform(-20.0, 20.0, each)
    gamma, beta = rng.uniform(1.0, 3.0, C) * rng.choice([-1, 1], C), rng.standard_normal(C)
    running = rng.uniform(-9.0, 9.0, C), rng.uniform(0.5, 40.0, C)
    return x, gamma, beta, *running, rng.standard_normal(shape)


def key(case, training, name):
    """Name an answer in the file."""
    shape, momentum, eps = case
    mode = "training" if training else "test"
    return f"{'-'.join(map(str, shape))} {momentum:g} {eps:g} {mode} {name}"


def ask_torch(case, training):
    """Return what `NAMES` says, as PyTorch computes it.

    PyTorch's running variance takes in the batch's variance divided by N H W - 1.
    """
    import torch

    _, momentum, eps = case
    x, gamma, beta, mean, var, dout = (torch.tensor(each) for each in draw(case))
    leaves = [each.requires_grad_() for each in (x, gamma, beta)]
    out = torch.nn.functional.batch_norm(
        x, mean, var, gamma, beta, training=training, momentum=momentum, eps=eps
    )
    out.backward(dout)
    answers = (out.detach(), mean, var, *(leaf.grad for leaf in leaves))
    return [each.numpy() for each in answers]


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for case in CASES:
        for training in MODES:
            for name, answer in zip(NAMES, ask_torch(case, training), strict=True):
                answers[key(case, training, name)] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
