"""Ask PyTorch for batch normalization in both modes and for its fusion, and store its answers.

PyTorch's running variance is the unbiased one, N / (N - 1) times that of this course, whose running
variance divides by N. `population` takes it back to the course's convention; all else agrees as
it is.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_batch_norm_inference.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_batch_norm_inference.npz")
LAYER_NAMES = ("out", "dx", "dgamma", "dbeta", "running_mean", "running_var")
FUSED_NAMES = ("weight", "bias", "out")

# N, D, training, momentum, eps; PyTorch refuses a batch of one in training
LAYER_CASES = (
    (2, 1, True, 0.1, 1e-5),
    (2, 5, True, 0.3, 1e-5),
    (7, 3, True, 0.1, 0.3),
    (9, 4, True, 1.0, 1e-3),
    (6, 2, True, 0.0, 1e-5),
    (16, 11, True, 0.01, 1e-5),
    (1, 1, False, 0.1, 1e-5),
    (1, 6, False, 0.1, 1e-5),
    (3, 1, False, 0.5, 2.0),
    (8, 5, False, 0.1, 1e-3),
    (17, 12, False, 1.0, 1e-5),
)

# N, D_in, D_out, bias, eps
LINEAR_CASES = (
    (1, 1, 1, True, 1e-5),
    (4, 3, 5, True, 1e-5),
    (6, 7, 2, False, 0.3),
    (2, 1, 8, False, 1e-5),
    (9, 11, 6, True, 1e-3),
)

# N, C_in, C_out, (H, W), (kH, kW), padding, bias, eps
CONV_CASES = (
    (1, 1, 1, (1, 1), (1, 1), 0, True, 1e-5),
    (2, 3, 4, (6, 5), (3, 2), 0, True, 1e-5),
    (1, 2, 5, (5, 7), (1, 4), 0, False, 0.3),
    (3, 4, 2, (4, 6), (3, 3), 1, True, 1e-5),
    (2, 1, 3, (3, 5), (2, 1), 2, False, 1e-3),
)


def _layer(rng, D):
    """Draw gamma, beta, running_mean and running_var."""
    return (
        rng.uniform(0.5, 3.0, D) * rng.choice([-1.0, 1.0], D),
        rng.standard_normal(D),
        rng.uniform(-9.0, 9.0, D),
        rng.uniform(0.2, 30.0, D),
    )


def draw_layer(case):
    """Draw x, gamma, beta, running_mean, running_var and dout of a case, in float64."""
    N, D, *_ = case
    rng = np.random.default_rng([N, D])
    x = rng.standard_normal((N, D)) * np.geomspace(0.5, 20.0, D) + rng.uniform(-20.0, 20.0, D)
    return x, *_layer(rng, D), rng.standard_normal((N, D))


def draw_linear(case):
    """Draw x, weight, bias (or None), gamma, beta, running_mean and running_var of a case."""
    N, D_in, D_out, has_bias, _ = case
    rng = np.random.default_rng([N, D_in, D_out])
    weight, bias = rng.standard_normal((D_in, D_out)), rng.uniform(1.0, 5.0, D_out)
    return rng.standard_normal((N, D_in)), weight, bias if has_bias else None, *_layer(rng, D_out)


def draw_conv(case):
    """Draw x, weight, bias (or None), gamma, beta, running_mean and running_var of a case."""
    N, C_in, C_out, size, kernel, padding, has_bias, _ = case
    rng = np.random.default_rng([N, C_in, C_out, *size, *kernel, padding])
    x, weight = rng.standard_normal((N, C_in, *size)), rng.standard_normal((C_out, C_in, *kernel))
    bias = rng.uniform(1.0, 5.0, C_out)
    return x, weight, bias if has_bias else None, *_layer(rng, C_out)


def key(case, name):
    """Name an answer in the file."""
    return f"{'-'.join(str(each).replace(' ', '') for each in case)} {name}"


def population(case, before, after):
    """Turn PyTorch's running variance after one step into one that divides by N."""
    N, _, training, momentum, _ = case
    if not training:
        return after
    share = after - (1 - momentum) * before  # momentum times the unbiased variance
    return (1 - momentum) * before + share * (N - 1) / N


def ask_layer(case, x, gamma, beta, running_mean, running_var, dout):
    """Return out, dx, dgamma, dbeta and both running averages as PyTorch computes them."""
    import torch

    _, _, training, momentum, eps = case
    leaves = [torch.tensor(each, requires_grad=True) for each in (x, gamma, beta)]
    mean, var = torch.tensor(running_mean), torch.tensor(running_var)
    out = torch.nn.functional.batch_norm(
        leaves[0], mean, var, leaves[1], leaves[2], training=training, momentum=momentum, eps=eps
    )
    out.backward(torch.tensor(dout))
    gradients = [leaf.grad for leaf in leaves]
    return [each.numpy() for each in (out.detach(), *gradients, mean, var)]


def _eval_layer(kind, gamma, beta, running_mean, running_var, eps):
    import torch

    layer = kind(len(gamma), eps=eps, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(gamma))
        layer.bias.copy_(torch.tensor(beta))
        layer.running_mean.copy_(torch.tensor(running_mean))
        layer.running_var.copy_(torch.tensor(running_var))
    return layer.eval()


def ask_linear(case, x, weight, bias, *layer):
    """Return the fused weight and bias, and the output of the two layers one after the other."""
    import torch
    from torch.nn.utils.fusion import fuse_linear_bn_eval

    linear = torch.nn.Linear(*weight.shape, bias=bias is not None, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(weight.T))
        if bias is not None:
            linear.bias.copy_(torch.tensor(bias))
    norm = _eval_layer(torch.nn.BatchNorm1d, *layer, case[-1])
    fused = fuse_linear_bn_eval(linear.eval(), norm)
    out = norm(linear(torch.tensor(x)))
    return [each.detach().numpy() for each in (fused.weight.T, fused.bias, out)]


def ask_conv(case, x, weight, bias, *layer):
    """Return the fused weight and bias, and the output of the two layers one after the other."""
    import torch
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    _, C_in, C_out, _, kernel, padding, has_bias, eps = case
    conv = torch.nn.Conv2d(C_in, C_out, kernel, padding=padding, bias=has_bias, dtype=torch.float64)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor(weight))
        if has_bias:
            conv.bias.copy_(torch.tensor(bias))
    norm = _eval_layer(torch.nn.BatchNorm2d, *layer, eps)
    fused = fuse_conv_bn_eval(conv.eval(), norm)
    out = norm(conv(torch.tensor(x)))
    return [each.detach().numpy() for each in (fused.weight, fused.bias, out)]


ASKED = (
    ("layer", LAYER_CASES, draw_layer, ask_layer, LAYER_NAMES),
    ("linear", LINEAR_CASES, draw_linear, ask_linear, FUSED_NAMES),
    ("conv", CONV_CASES, draw_conv, ask_conv, FUSED_NAMES),
)


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    for kind, cases, draw, ask, names in ASKED:
        for case in cases:
            for name, answer in zip(names, ask(case, *draw(case)), strict=True):
                answers[f"{kind} {key(case, name)}"] = answer
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
