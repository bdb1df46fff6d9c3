# %% [markdown]
# Loops over images, classes and layers; a dict as the cache.

# %%
import math

import numpy as np

import given


# %%
def lenet_summary():
    rows = [("input", (1, 28, 28), None)]
    for C_out, C_in, size in [(20, 1, 28), (50, 20, 14)]:
        maps = (C_out, size, size)
        rows += [
            ("Conv (C_out = %d, K = 5, P = 2, S = 1)" % C_out, maps, (C_out, C_in, 5, 5)),
            ("ReLU", maps, None),
            ("MaxPool (K = 2, S = 2)", (C_out, size // 2, size // 2), None),
        ]
    rows.append(("Flatten", (50 * 7 * 7,), None))
    for D_in, D_out in [(2450, 500), (500, 10)]:
        rows.append((f"Linear ({D_in} -> {D_out})", (D_out,), (D_in, D_out)))
        if D_out == 500:
            rows.append(("ReLU", (500,), None))
    return rows


# %%
def flatten_forward(x):
    if len(x.shape) < 2:
        raise ValueError("cannot flatten an array of shape %s" % (x.shape,))
    out = np.empty((x.shape[0], x[0].size), x.dtype)
    for n, image in enumerate(x):
        for place, number in enumerate(image.flat):
            out[n, place] = number
    return out, x


# %%
def flatten_backward(dout, cache):
    dx = np.empty(cache.shape, dout.dtype)
    for n, row in enumerate(dout):
        dx[n].flat = row
    return dx


# %%
def cross_entropy(logits, targets):
    if logits.ndim != 2 or logits.shape[0] < 1:
        raise ValueError(f"logits must be (N, D) with N >= 1, not {logits.shape}")
    N, D = logits.shape
    if targets.ndim != 1 or targets.size != N:
        raise ValueError(f"{N} targets are needed, got an array of shape {targets.shape}")
    for target in targets:
        if not 0 <= target < D:
            raise ValueError(f"target {target} is no class from 0 to {D - 1}")
    kind = np.result_type(logits, np.float32)
    dlogits = np.zeros((N, D), kind)
    loss = 0.0
    for n in range(N):
        top = float(max(logits[n]))
        total = sum(math.exp(float(score) - top) for score in logits[n])
        loss += math.log(total) - (float(logits[n, targets[n]]) - top)
        for j in range(D):
            p = math.exp(float(logits[n, j]) - top) / total
            dlogits[n, j] = (p - 1 if j == targets[n] else p) / N
    return loss / N, dlogits


# %%
def lenet_init(rng, *, dtype=np.float32):
    params = {}
    params["conv1_weight"] = rng.normal(0, math.sqrt(2 / 25), (20, 1, 5, 5)).astype(dtype)
    params["conv1_bias"] = np.zeros(20, dtype)
    params["conv2_weight"] = rng.normal(0, math.sqrt(2 / 500), (50, 20, 5, 5)).astype(dtype)
    params["conv2_bias"] = np.zeros(50, dtype)
    params["linear1_weight"] = rng.normal(0, math.sqrt(2 / 2450), (2450, 500)).astype(dtype)
    params["linear1_bias"] = np.zeros(500, dtype)
    params["linear2_weight"] = rng.normal(0, math.sqrt(2 / 500), (500, 10)).astype(dtype)
    params["linear2_bias"] = np.zeros(10, dtype)
    return params


# %%
def lenet_forward(x, params):
    cache = {}
    for i in ("1", "2"):
        weight, bias = params["conv" + i + "_weight"], params["conv" + i + "_bias"]
        x, cache["conv" + i] = given.conv2d_forward(x, weight, bias, stride=1, padding=2)
        x, cache["relu" + i] = given.relu_forward(x)
        x, cache["pool" + i] = given.max_pool2d_forward(x, 2, stride=2)
    x, cache["flatten"] = flatten_forward(x)
    for i in ("1", "2"):
        weight, bias = params["linear" + i + "_weight"], params["linear" + i + "_bias"]
        x, cache["linear" + i] = given.linear_forward(x, weight, bias)
        if i == "1":
            x, cache["hidden"] = given.relu_forward(x)
    return x, cache


# %%
def lenet_backward(dlogits, cache):
    grads = {}

    def keep(name, dx, dweight, dbias):
        grads[name + "_weight"], grads[name + "_bias"] = dweight, dbias
        return dx

    d = keep("linear2", *given.linear_backward(dlogits, cache["linear2"]))
    d = given.relu_backward(d, cache["hidden"])
    d = keep("linear1", *given.linear_backward(d, cache["linear1"]))
    d = flatten_backward(d, cache["flatten"])
    for i in ("2", "1"):
        d = given.max_pool2d_backward(d, cache["pool" + i])
        d = given.relu_backward(d, cache["relu" + i])
        d = keep("conv" + i, *given.conv2d_backward(d, cache["conv" + i]))
    return grads


# %%
def sgd_step(params, grads, velocity, *, lr, momentum):
    for which in (grads, velocity):
        if set(which) != set(params):
            raise ValueError(f"names differ: {list(params)} and {list(which)}")
    new = {}, {}
    for name, old in params.items():
        if not old.shape == grads[name].shape == velocity[name].shape:
            shapes = old.shape, grads[name].shape, velocity[name].shape
            raise ValueError(f"{name}: shapes {shapes} should be equal")
        moved, speed = old.copy(), velocity[name].copy()
        for index in np.ndindex(old.shape):
            speed[index] = momentum * speed[index] + grads[name][index]
            moved[index] -= lr * speed[index]
        new[0][name], new[1][name] = moved, speed
    return new
