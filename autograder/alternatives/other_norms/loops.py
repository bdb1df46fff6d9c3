# %% [markdown]
# Set by set, number by number; the derivative of every output by every input.

# %%
import math

import numpy as np


# %%
def float_kind(x):
    return x.dtype if x.dtype.kind == "f" else np.dtype(float)


def demand(good, expected, got):
    if not good:
        raise ValueError(f"{expected} was expected, {got} came")


def demand_maps(x, gamma, beta):
    demand(x.ndim == 4 and all(x.shape[1:]), "a batch (N, C, H, W)", x.shape)
    C = x.shape[1]
    demand(gamma.shape == (C,) and beta.shape == (C,), f"({C},) twice", (gamma.shape, beta.shape))


def normalize_set(numbers, eps):
    """Normalize a list of numbers; give the normalized ones and what they were divided by."""
    numbers = [float(number) for number in numbers]
    mu = math.fsum(numbers) / len(numbers)
    var = math.fsum((number - mu) ** 2 for number in numbers) / len(numbers)
    root = math.sqrt(var + eps)
    return [(number - mu) / root for number in numbers], root


def set_backward(g, x_hat, root):
    """Add up, for every number, what comes back to it from every output of its set."""
    size = len(g)
    dx = []
    for i in range(size):
        slopes = [(i == k) - 1 / size - x_hat[i] * x_hat[k] / size for k in range(size)]
        dx.append(sum(float(g[k]) * slopes[k] for k in range(size)) / root)
    return dx


def maps_forward(x, sets, gamma, beta, eps):
    """Normalize sets of channels, each a (first, last) pair, in every sample."""
    x_hat = np.empty(x.shape, dtype=float_kind(x))
    roots = {}
    for n in range(len(x)):
        for first, last in sets:
            block = x[n, first:last]
            normal, roots[n, first] = normalize_set(block.flatten(), eps)
            x_hat[n, first:last] = np.array(normal).reshape(block.shape)
    out = np.empty(x.shape, dtype=np.result_type(x_hat, gamma, beta))
    for c in range(x.shape[1]):
        out[:, c] = gamma[c] * x_hat[:, c] + beta[c]
    return out, (x_hat, roots, sets, gamma.copy())


def maps_backward(dout, cache):
    x_hat, roots, sets, gamma = cache
    dx = np.empty_like(dout)
    dgamma, dbeta = np.zeros_like(gamma), np.zeros_like(gamma)
    for n in range(len(dout)):
        for first, last in sets:
            block = np.array([dout[n, c] * gamma[c] for c in range(first, last)])
            back = set_backward(block.flatten(), x_hat[n, first:last].flatten(), roots[n, first])
            dx[n, first:last] = np.array(back).reshape(block.shape)
        for c in range(len(gamma)):
            dgamma[c] += (dout[n, c] * x_hat[n, c]).sum()
            dbeta[c] += dout[n, c].sum()
    return dx, dgamma, dbeta


# %%
def layer_norm_forward(x, gamma, beta, *, eps=1e-5):
    demand(x.ndim == 2 and x.shape[1] > 0, "a batch (N, D)", x.shape)
    D = x.shape[1]
    demand(gamma.shape == (D,), f"gamma ({D},)", gamma.shape)
    demand(beta.shape == (D,), f"beta ({D},)", beta.shape)
    x_hat, roots = np.empty(x.shape, dtype=float_kind(x)), []
    for i, row in enumerate(x):
        x_hat[i], root = normalize_set(row, eps)
        roots.append(root)
    out = np.empty(x.shape, dtype=np.result_type(x_hat, gamma, beta))
    for j in range(D):
        out[:, j] = gamma[j] * x_hat[:, j] + beta[j]
    return out, (x_hat, roots, gamma.copy())


# %%
def layer_norm_backward(dout, cache):
    x_hat, roots, gamma = cache
    dx = np.empty_like(dout)
    dgamma, dbeta = np.zeros_like(gamma), np.zeros_like(gamma)
    for i, row in enumerate(dout):
        dx[i] = set_backward(row * gamma, x_hat[i], roots[i])
        dgamma += row * x_hat[i]
        dbeta += row
    return dx, dgamma, dbeta


# %%
def instance_norm2d_forward(x, gamma, beta, *, eps=1e-5):
    demand_maps(x, gamma, beta)
    return maps_forward(x, [(c, c + 1) for c in range(x.shape[1])], gamma, beta, eps)


# %%
def instance_norm2d_backward(dout, cache):
    return maps_backward(dout, cache)


# %%
def group_norm2d_forward(x, num_groups, gamma, beta, *, eps=1e-5):
    demand_maps(x, gamma, beta)
    C = x.shape[1]
    demand(num_groups >= 1, f"1 to {C} groups", num_groups)
    demand(C % num_groups == 0, f"a divisor of {C}", num_groups)
    size = C // num_groups
    return maps_forward(x, [(c, c + size) for c in range(0, C, size)], gamma, beta, eps)


# %%
def group_norm2d_backward(dout, cache):
    return maps_backward(dout, cache)
