"""Ask PyTorch for the loss, a small LeNet and steps of SGD, and store its answers.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_convolutional_networks.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_convolutional_networks.npz")

# N, D, the size of the scores
LOSSES = (
    (1, 1, 1.0),
    (1, 4, 1.0),
    (5, 3, 1.0),
    (3, 10, 30.0),
    (7, 2, 1000.0),
    (32, 10, 3.0),
)
# N, C_in, H, W, C1, C2, D_hidden, D
NETWORKS = (
    (1, 1, 4, 4, 1, 1, 1, 1),
    (1, 1, 4, 8, 2, 3, 5, 4),
    (2, 3, 8, 4, 4, 2, 6, 5),
    (3, 1, 9, 6, 2, 4, 5, 7),  # odd: the pools leave a row out
    (4, 2, 11, 13, 3, 5, 7, 6),
    (2, 1, 28, 28, 2, 3, 6, 10),
)
# lr, momentum, steps
UPDATES = ((0.1, 0.0, 2), (0.5, 0.9, 1), (0.03, 0.9, 4), (2.0, 0.25, 3))
NAMES = tuple(
    f"{layer}_{part}"
    for layer in ("conv1", "conv2", "linear1", "linear2")
    for part in ("weight", "bias")
)


def draw_loss(case):
    """Draw logits and targets."""
    N, D, size = case
    rng = np.random.default_rng([N, D])
    return size * rng.standard_normal((N, D)), rng.integers(0, D, N)


def draw_network(case):
    """Draw images, parameters and dlogits of a network, in float64."""
    N, C_in, H, W, C1, C2, D_hidden, D = case
    rng = np.random.default_rng(list(case))
    flat = C2 * (H // 2 // 2) * (W // 2 // 2)
    weights = (C1, C_in, 5, 5), (C2, C1, 5, 5), (flat, D_hidden), (D_hidden, D)
    params = {}
    for layer, shape, outputs in zip(NAMES[::2], weights, (C1, C2, D_hidden, D), strict=True):
        fan_in = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
        params[layer] = rng.standard_normal(shape) * np.sqrt(2 / fan_in)
        params[layer.replace("weight", "bias")] = rng.standard_normal(outputs)
    return rng.standard_normal((N, C_in, H, W)), params, rng.standard_normal((N, D))


def draw_update(case):
    """Draw parameters, and gradients for each step."""
    rng = np.random.default_rng(case[2])
    shapes = {"conv_weight": (3, 2, 1, 4), "bias": (5,)}
    params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    grads = [
        {name: rng.standard_normal(shape) for name, shape in shapes.items()} for _ in range(case[2])
    ]
    return params, grads


def key(case, name):
    """Name an answer in the file."""
    return f"{'-'.join(map(str, case))} {name}"


def ask_loss(logits, targets):
    """Return the loss and dlogits as PyTorch computes them."""
    import torch

    leaf = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(leaf, torch.tensor(targets))
    loss.backward()
    return {"loss": loss.detach().numpy(), "dlogits": leaf.grad.numpy()}


def ask_network(x, params, dlogits):
    """Return the logits and the gradient of every parameter as PyTorch computes them."""
    import torch
    from torch.nn import functional

    p = {name: torch.tensor(each, requires_grad=True) for name, each in params.items()}
    out = torch.tensor(x)
    for layer in ("conv1", "conv2"):
        out = functional.conv2d(out, p[f"{layer}_weight"], p[f"{layer}_bias"], padding=2)
        out = functional.max_pool2d(functional.relu(out), 2)
    out = functional.linear(out.flatten(1), p["linear1_weight"].T, p["linear1_bias"])
    logits = functional.linear(functional.relu(out), p["linear2_weight"].T, p["linear2_bias"])
    logits.backward(torch.tensor(dlogits))
    return {"logits": logits.detach().numpy()} | {name: p[name].grad.numpy() for name in NAMES}


def ask_update(case, params, grads):
    """Return the parameters after all steps as PyTorch's SGD makes them."""
    import torch

    leaves = {name: torch.tensor(each, requires_grad=True) for name, each in params.items()}
    optimizer = torch.optim.SGD(leaves.values(), lr=case[0], momentum=case[1])
    for grad in grads:
        for name, leaf in leaves.items():
            leaf.grad = torch.tensor(grad[name])
        optimizer.step()
    return {name: leaf.detach().numpy() for name, leaf in leaves.items()}


def answers():
    """Return every answer by its key."""
    asked = {}
    for case in LOSSES:
        asked |= {key(case, name): each for name, each in ask_loss(*draw_loss(case)).items()}
    for case in NETWORKS:
        asked |= {key(case, name): each for name, each in ask_network(*draw_network(case)).items()}
    for case in UPDATES:
        asked |= {
            key(case, name): each for name, each in ask_update(case, *draw_update(case)).items()
        }
    return asked


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    np.savez_compressed(STORED, torch_version=np.array(torch.__version__), **answers())
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
