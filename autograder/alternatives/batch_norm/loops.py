# %% [markdown]
# Column by column, number by number.

# %%
import math

import numpy as np


# %%
def normalize_forward(x, *, eps=1e-5):
    if len(x.shape) != 2 or x.shape[0] == 0:
        raise ValueError(f"a batch (N, D) with N >= 1 was expected, {x.shape} came")
    N, D = x.shape
    kind = x.dtype if x.dtype.kind == "f" else np.float64
    x_hat = np.zeros((N, D), dtype=kind)
    roots = []
    for j in range(D):
        mu = 0.0
        for i in range(N):
            mu += float(x[i, j]) / N
        var = 0.0
        for i in range(N):
            var += (float(x[i, j]) - mu) ** 2 / N
        roots.append(math.sqrt(var + eps))
        for i in range(N):
            x_hat[i, j] = (float(x[i, j]) - mu) / roots[j]
    return x_hat, (x_hat.copy(), roots)


# %%
def batch_norm_forward(x, gamma, beta, *, eps=1e-5):
    x_hat, cache = normalize_forward(x, eps=eps)
    D = x.shape[1]
    if gamma.shape != (D,) or beta.shape != (D,):
        raise ValueError(f"{D} numbers each were expected, {gamma.shape} and {beta.shape} came")
    out = np.empty_like(x_hat, dtype=np.result_type(x_hat, gamma, beta))
    for j in range(D):
        out[:, j] = x_hat[:, j] * gamma[j] + beta[j]
    return out, (gamma.copy(), *cache)


# %%
def identity_parameters(x, *, eps=1e-5):
    _, (_, roots) = normalize_forward(x, eps=eps)
    kind = x.dtype if x.dtype.kind == "f" else np.float64
    beta = [sum(column) / len(column) for column in x.T]
    return np.array(roots, dtype=kind), np.array(beta, dtype=kind)


# %%
def normalize_backward(dout, cache):
    x_hat, roots = cache
    N, D = dout.shape
    dx = np.zeros((N, D), dtype=dout.dtype)
    # The derivative of output k by input i, one by one.
    for j in range(D):
        for i in range(N):
            for k in range(N):
                slope = (i == k) - 1 / N - x_hat[i, j] * x_hat[k, j] / N
                dx[i, j] += dout[k, j] * slope / roots[j]
    return dx


# %%
def batch_norm_backward(dout, cache):
    gamma, x_hat, roots = cache
    dgamma = np.array([np.dot(dout[:, j], x_hat[:, j]) for j in range(len(gamma))])
    dbeta = np.array([dout[:, j].sum() for j in range(len(gamma))])
    return normalize_backward(dout * gamma, (x_hat, roots)), dgamma, dbeta
