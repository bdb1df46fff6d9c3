# %% [markdown]
# Pooling first and ReLU afterwards, which is the same; softmax as a quotient for the gradient.

# %%
import numpy as np

import given

LAYERS = {
    "conv1": [(20, 1, 5, 5), 20, 25],
    "conv2": [(50, 20, 5, 5), 50, 500],
    "linear1": [(2450, 500), 500, 2450],
    "linear2": [(500, 10), 10, 500],
}


# %%
def lenet_summary():
    text = """input; 1 28 28;
        Conv (C_out = 20, K = 5, P = 2, S = 1); 20 28 28; 20 1 5 5
        ReLU; 20 28 28;
        MaxPool (K = 2, S = 2); 20 14 14;
        Conv (C_out = 50, K = 5, P = 2, S = 1); 50 14 14; 50 20 5 5
        ReLU; 50 14 14;
        MaxPool (K = 2, S = 2); 50 7 7;
        Flatten; 2450;
        Linear (2450 -> 500); 500; 2450 500
        ReLU; 500;
        Linear (500 -> 10); 10; 500 10"""
    rows = []
    for line in text.splitlines():
        name, *sizes = line.split(";")
        out, weight = (tuple(map(int, size.split())) for size in sizes)
        rows.append((name.strip(), out, weight or None))
    return rows


# %%
def flatten_forward(x):
    if x.ndim in (0, 1):
        raise ValueError(f"expected at least two axes, got an array of shape {x.shape}")
    N, *rest = x.shape
    return np.concatenate([x[n].reshape(1, -1) for n in range(N)]), rest


# %%
def flatten_backward(dout, cache):
    return dout.reshape([-1, *cache])


# %%
def cross_entropy(logits, targets):
    if logits.ndim != 2 or logits.size == 0:
        raise ValueError(f"expected logits of shape (N, D), got shape {logits.shape}")
    if targets.shape != logits[:, 0].shape:
        raise ValueError(f"expected targets {logits[:, 0].shape}, got {targets.shape}")
    low, high = int(min(targets)), int(max(targets))
    if low < 0 or high > logits.shape[1] - 1:
        raise ValueError(f"targets from {low} to {high} for {logits.shape[1]} classes")
    N = len(targets)
    s = (logits.T - logits.max(1)).T
    e = np.exp(s)
    sums = e.sum(1)
    loss = np.sum(np.log(sums) - s[range(N), targets]) / N
    dlogits = e / sums[:, None]
    dlogits[range(N), targets] = dlogits[range(N), targets] - 1
    return loss, dlogits * (1 / N)


# %%
def lenet_init(rng, *, dtype=np.float32):
    weights = {k: rng.standard_normal(s) * (2 / f) ** 0.5 for k, (s, _, f) in LAYERS.items()}
    params = {f"{k}_weight": w.astype(dtype) for k, w in weights.items()}
    return params | {f"{k}_bias": np.zeros((n,), dtype) for k, (_, n, _) in LAYERS.items()}


# %%
def lenet_forward(x, params):
    steps = []
    for k in LAYERS:
        weight, bias = params[f"{k}_weight"], params[f"{k}_bias"]
        if k.startswith("conv"):
            x, conv = given.conv2d_forward(x, weight, bias, padding=2)
            x, pool = given.max_pool2d_forward(x, 2)
            x, relu = given.relu_forward(x)
            steps.append((k, conv, pool, relu))
        else:
            shape = x.shape
            x, linear = given.linear_forward(x.reshape(len(x), -1), weight, bias)
            steps.append((k, linear, shape, x > 0))
            if k == "linear1":
                x = np.where(x > 0, x, 0).astype(x.dtype)
    return x, steps


# %%
def lenet_backward(dlogits, cache):
    grads, dout = {}, dlogits
    for k, layer, between, mask in reversed(cache):
        if k.startswith("conv"):
            dout = given.max_pool2d_backward(given.relu_backward(dout, mask), between)
            dout, grads[f"{k}_weight"], grads[f"{k}_bias"] = given.conv2d_backward(dout, layer)
        else:
            if k == "linear1":
                dout = dout * mask
            dout, grads[f"{k}_weight"], grads[f"{k}_bias"] = given.linear_backward(dout, layer)
            dout = dout.reshape(between)
    return grads


# %%
def sgd_step(params, grads, velocity, *, lr, momentum):
    after, speed = {}, {}
    for name in {**params, **grads, **velocity}:
        try:
            p, g, v = params[name], grads[name], velocity[name]
        except KeyError:
            raise ValueError(f"{name} is not in params, grads and velocity alike") from None
        if not p.shape == g.shape == v.shape:
            raise ValueError(f"{name} {p.shape} does not fit {g.shape} and {v.shape}")
        speed[name] = momentum * v
        speed[name] += g
        after[name] = p - lr * speed[name]
    return after, speed
