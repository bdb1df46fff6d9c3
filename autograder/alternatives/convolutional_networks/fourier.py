# %% [markdown]
# Convolutions by the Fourier transform, the loss from one list of rows, the step by a helper.

# %%
import math

import numpy as np

import given


def padded_convolution(x, weight, bias):
    """Correlate with a border of 2: the product of one spectrum and the other's conjugate."""
    if x.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"expected {weight.shape[0]} biases, got {bias.shape}")
    H, W = x.shape[2:]
    size = H + 4, W + 4
    padded = np.zeros((*x.shape[:2], *size), x.dtype)
    padded[:, :, 2 : 2 + H, 2 : 2 + W] = x
    spectrum, filters = np.fft.rfft2(padded), np.conj(np.fft.rfft2(weight, size))
    product = np.einsum("nchw,fchw->nfhw", spectrum, filters)
    out = np.fft.irfft2(product, size)[:, :, :H, :W]
    return (out + bias[:, None, None]).astype(np.result_type(x, weight)), padded


def adapt(arrays, like):
    if sorted(arrays) != sorted(like):
        raise ValueError(f"expected {sorted(like)}, got {sorted(arrays)}")
    for name in like:
        if np.shape(arrays[name]) != np.shape(like[name]):
            shapes = np.shape(like[name]), np.shape(arrays[name])
            raise ValueError("%s: expected %s, got %s" % (name, *shapes))


# %%
def lenet_summary():
    maps, side, table = 1, 28, []
    table.append(("input", (1, 28, 28), None))
    while maps < 50:
        more = 20 if maps == 1 else 50
        for name, size, weight in [
            (f"Conv (C_out = {more}, K = 5, P = 2, S = 1)", side, (more, maps, 5, 5)),
            ("ReLU", side, None),
            ("MaxPool (K = 2, S = 2)", side // 2, None),
        ]:
            table.append((name, (more, size, size), weight))
        maps, side = more, side // 2
    flat = math.prod(table[-1][1])
    table.append(("Flatten", (flat,), None))
    table.append((f"Linear ({flat} -> 500)", (500,), (flat, 500)))
    table.append(("ReLU", (500,), None))
    table.append(("Linear (500 -> 10)", (10,), (500, 10)))
    return table


# %%
def flatten_forward(x):
    if x.ndim < 2:
        raise ValueError(f"there is nothing to flatten in {x.shape}")
    return np.reshape(x, (x.shape[0], int(np.prod(x.shape[1:])))), np.zeros(x.shape, bool)


# %%
def flatten_backward(dout, cache):
    return np.reshape(dout, cache.shape)


# %%
def cross_entropy(logits, targets):
    if logits.ndim != 2 or logits.shape[0] == 0:
        raise ValueError(f"expected (N, D), got {logits.shape}")
    if targets.shape != (logits.shape[0],):
        raise ValueError(f"expected ({logits.shape[0]},), got {targets.shape}")
    if (targets.astype(np.int64) % logits.shape[1] != targets).any():
        raise ValueError(f"{targets.tolist()} are not all below {logits.shape[1]}")
    losses, rows = [], []
    for scores, target in zip(logits, targets):
        scores = scores - scores[np.argmax(scores)]
        log_p = scores - np.log(np.sum(np.exp(scores)))
        losses.append(-log_p[target])
        rows.append(np.exp(log_p))
        rows[-1][target] += -1
    return np.mean(losses), np.stack(rows) / len(rows)


# %%
def lenet_init(rng, *, dtype=np.float32):
    params = {}
    for name, shape, fan_in in [
        ("linear2", (500, 10), 500),
        ("linear1", (2450, 500), 2450),
        ("conv2", (50, 20, 5, 5), 500),
        ("conv1", (20, 1, 5, 5), 25),
    ]:
        params[f"{name}_weight"] = rng.standard_normal(size=shape, dtype=dtype)
        params[f"{name}_weight"] *= math.sqrt(2 / fan_in)
        outputs = {"linear2": 10, "linear1": 500, "conv2": 50, "conv1": 20}[name]
        params[f"{name}_bias"] = np.zeros(shape=outputs, dtype=dtype)
    return params


# %%
def lenet_forward(x, params):
    maps, kept = x, []
    for i in (1, 2):
        weight = params[f"conv{i}_weight"]
        maps, padded = padded_convolution(maps, weight, params[f"conv{i}_bias"])
        positive = maps > 0
        maps, pooled = given.max_pool2d_forward(maps * positive, 2)
        kept.append((i, weight, padded, positive, pooled))
    flat, shape = flatten_forward(maps)
    before, first = given.linear_forward(flat, params["linear1_weight"], params["linear1_bias"])
    hidden, relu = given.relu_forward(before)
    logits, second = given.linear_forward(hidden, params["linear2_weight"], params["linear2_bias"])
    return logits, {"kept": kept, "tail": (shape, first, relu, second)}


# %%
def lenet_backward(dlogits, cache):
    shape, first, relu, second = cache["tail"]
    dhidden, dweight2, dbias2 = given.linear_backward(dlogits, second)
    dflat, dweight1, dbias1 = given.linear_backward(given.relu_backward(dhidden, relu), first)
    grads = dict(linear1_weight=dweight1, linear1_bias=dbias1)
    grads.update(linear2_weight=dweight2, linear2_bias=dbias2)
    d = flatten_backward(dflat, shape)
    for i, weight, padded, positive, pooled in reversed(cache["kept"]):
        d = given.max_pool2d_backward(d, pooled) * positive
        H, W = d.shape[2:]
        size = padded.shape[2:]
        spectrum = np.fft.rfft2(d, size)
        share = np.einsum("nfhw,nchw->fchw", np.conj(spectrum), np.fft.rfft2(padded))
        grads[f"conv{i}_weight"] = np.fft.irfft2(share, size)[:, :, :5, :5].astype(d.dtype)
        grads[f"conv{i}_bias"] = d.sum(axis=(0, 2, 3))
        back = np.einsum("nfhw,fchw->nchw", spectrum, np.fft.rfft2(weight, size))
        d = np.fft.irfft2(back, size)[:, :, 2 : 2 + H, 2 : 2 + W].astype(d.dtype)
    return grads


# %%
def sgd_step(params, grads, velocity, *, lr, momentum):
    adapt(grads, params)
    adapt(velocity, params)
    speed = {name: grads[name] + velocity[name] * momentum for name in params}
    return {name: params[name] - speed[name] * lr for name in params}, speed
