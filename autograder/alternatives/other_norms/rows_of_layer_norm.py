# %% [markdown]
# Instance and group norm as a layer norm of rows, with a scale of ones; the layer norm as a
# normalization of the transposed batch's columns.

# %%
from functools import reduce


def product(sizes):
    return reduce(lambda a, b: a * b, sizes, 1)


def columns_normalized(x, eps):
    centered = x - np.mean(x, axis=0)
    root = np.hypot(np.std(x, axis=0), eps**0.5)
    return centered / root, root


# %%
def layer_norm_forward(x, gamma, beta, *, eps=1e-5):
    if x.ndim != 2:
        raise ValueError(f"expected two axes, got {x.ndim}: {x.shape}")
    if x.shape[1] == 0:
        raise ValueError(f"expected numbers in a sample, got {x.shape}")
    if gamma.shape != x[:1].sum(axis=0).shape or beta.shape != x[:1].sum(axis=0).shape:
        raise ValueError(f"expected ({x.shape[1]},) twice, got {gamma.shape}, {beta.shape}")
    normal, root = columns_normalized(x.T, eps)
    return (gamma[:, None] * normal + beta[:, None]).T, [normal.T, root[:, None], gamma]


# %%
def layer_norm_backward(dout, cache):
    normal, root, gamma = cache
    g = dout * gamma
    D = g.shape[1]
    # D times the three ways, divided at the end.
    sums = g.sum(1, keepdims=True) + normal * (g * normal).sum(1, keepdims=True)
    dx = (D * g - sums) / (D * root)
    return dx, (dout * normal).sum(0), dout.sum(0)


# %%
def rows_forward(x, rows, gamma, beta, eps):
    if x.ndim != 4 or product(x.shape[1:]) == 0:
        raise ValueError(f"expected a batch of maps, got {x.shape}")
    if gamma.shape != (x.shape[1],) or beta.shape != (x.shape[1],):
        raise ValueError(f"expected {x.shape[1]} numbers twice, got {gamma.shape}, {beta.shape}")
    flat = x.reshape(rows, product(x.shape) // rows)
    kind = np.result_type(x, np.float32) if x.dtype.kind == "f" else float
    ones = np.ones(flat.shape[1], dtype=kind)
    normal, inner = layer_norm_forward(flat, ones, 0 * ones, eps=eps)
    normal = normal.reshape(x.shape)
    out = normal * gamma.reshape(-1, 1, 1) + beta.reshape(-1, 1, 1)
    return out, (normal, gamma, inner)


def rows_backward(dout, cache):
    normal, gamma, inner = cache
    g = dout * gamma.reshape(-1, 1, 1)
    dx, _, _ = layer_norm_backward(g.reshape(inner[0].shape), inner)
    per_channel = [each.transpose(1, 0, 2, 3).reshape(len(gamma), -1) for each in (dout, normal)]
    dbeta = per_channel[0].sum(axis=1)
    dgamma = (per_channel[0] * per_channel[1]).sum(axis=1)
    return dx.reshape(dout.shape), dgamma, dbeta


# %%
def instance_norm2d_forward(x, gamma, beta, *, eps=1e-5):
    return rows_forward(x, product(x.shape[:2]), gamma, beta, eps)


# %%
def instance_norm2d_backward(dout, cache):
    return rows_backward(dout, cache)


# %%
def group_norm2d_forward(x, num_groups, gamma, beta, *, eps=1e-5):
    if num_groups <= 0 or np.shape(x)[1] % num_groups > 0:
        raise ValueError(f"{num_groups} groups came, a divisor of {x.shape[1]} was expected")
    return rows_forward(x, len(x) * num_groups, gamma, beta, eps)


# %%
def group_norm2d_backward(dout, cache):
    return rows_backward(dout, cache)
