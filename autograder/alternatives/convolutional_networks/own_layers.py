# %% [markdown]
# No given layer: windows and einsum for convolution, a reshape for pooling, logaddexp for the loss.

# %%
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def demand(condition, expected, got):
    if not condition:
        raise ValueError(f"expected {expected}, got {got}")


def convolve(x, weight, bias):
    demand(x.ndim == weight.ndim == 4, "four axes", (x.shape, weight.shape))
    demand(x.shape[1] == weight.shape[1], f"{weight.shape[1]} channels", x.shape)
    demand(bias.shape == weight.shape[:1], weight.shape[:1], bias.shape)
    padded = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    out = np.einsum("nchwuv,fcuv->nfhw", windows, weight, optimize=True)
    return out + bias.reshape(1, -1, 1, 1), windows


def pool(x):
    N, C, H, W = x.shape
    blocks = x[:, :, : H // 2 * 2, : W // 2 * 2].reshape(N, C, H // 2, 2, W // 2, 2)
    blocks = blocks.swapaxes(3, 4).reshape(N, C, H // 2, W // 2, 4)
    first = blocks.argmax(axis=4)[..., None]
    return np.take_along_axis(blocks, first, 4)[..., 0], (x.shape, first)


def unpool(dout, kept):
    (N, C, H, W), first = kept
    blocks = np.zeros((*dout.shape, 4), dout.dtype)
    np.put_along_axis(blocks, first, dout[..., None], 4)
    dx = np.zeros((N, C, H, W), dout.dtype)
    blocks = blocks.reshape(N, C, H // 2, W // 2, 2, 2).swapaxes(3, 4)
    dx[:, :, : H // 2 * 2, : W // 2 * 2] = blocks.reshape(N, C, H // 2 * 2, W // 2 * 2)
    return dx


def linear(x, weight, bias):
    demand(x.shape[1:] == weight.shape[:1], f"vectors of {weight.shape[0]}", x.shape)
    demand(bias.shape == weight.shape[1:], weight.shape[1:], bias.shape)
    return np.einsum("ni,ij->nj", x, weight, optimize=True) + bias


# %%
def lenet_summary():
    sizes = [(1, 28, 28)] + [(20, 28, 28)] * 2 + [(20, 14, 14)] + [(50, 14, 14)] * 2
    sizes += [(50, 7, 7), (2450,), (500,), (500,), (10,)]
    names = ["input"]
    for maps in (20, 50):
        names += [f"Conv (C_out = {maps}, K = 5, P = 2, S = 1)", "ReLU", "MaxPool (K = 2, S = 2)"]
    names += ["Flatten", "Linear (2450 -> 500)", "ReLU", "Linear (500 -> 10)"]
    weights = {1: (20, 1, 5, 5), 4: (50, 20, 5, 5), 8: (2450, 500), 10: (500, 10)}
    return [(names[i], sizes[i], weights.get(i)) for i in range(11)]


# %%
def flatten_forward(x):
    demand(x.ndim >= 2, "two axes or more", x.shape)
    return np.array([image.ravel() for image in x]), x.shape[1:]


# %%
def flatten_backward(dout, cache):
    return np.stack([row.reshape(cache) for row in dout])


# %%
def cross_entropy(logits, targets):
    demand(logits.ndim == 2 and logits.shape[0], "logits (N, D)", logits.shape)
    demand(targets.shape == logits.shape[:1], logits.shape[:1], targets.shape)
    classes = np.arange(logits.shape[1])
    demand(np.isin(targets, classes).all(), f"classes up to {classes[-1]}", targets.tolist())
    scores = logits + np.float32(0) if logits.dtype.kind == "f" else logits.astype(float)
    one_hot = targets[:, None] == classes
    total = np.logaddexp.reduce(scores, axis=1)
    loss = (total - np.sum(scores, axis=1, where=one_hot)).mean()
    return loss, (np.exp(scores - total[:, None]) - one_hot) / len(scores)


# %%
def lenet_init(rng, *, dtype=np.float32):
    # Uniform numbers between -a and a have the spread a / sqrt(3).
    params = {}
    for _, _, shape in lenet_summary():
        if shape is not None:
            number = len(params) // 2
            name = ("conv1", "conv2", "linear1", "linear2")[number]
            fan_in = np.prod(shape[1:]) if number < 2 else shape[0]
            edge = np.sqrt(6 / fan_in)
            params[name + "_weight"] = rng.uniform(-edge, edge, shape).astype(dtype)
            params[name + "_bias"] = np.zeros(shape[0] if number < 2 else shape[1], dtype)
    return params


# %%
def lenet_forward(x, params):
    kept = []
    for name in ("conv1", "conv2"):
        out, windows = convolve(x, params[name + "_weight"], params[name + "_bias"])
        x, places = pool(np.maximum(out, 0))
        kept.append((windows, out > 0, places, params[name + "_weight"]))
    flat, shape = flatten_forward(x)
    before = linear(flat, params["linear1_weight"], params["linear1_bias"])
    hidden = before.clip(min=0)
    logits = linear(hidden, params["linear2_weight"], params["linear2_bias"])
    weights = params["linear1_weight"], params["linear2_weight"]
    return logits, (kept, shape, flat, hidden, weights)


# %%
def lenet_backward(dlogits, cache):
    kept, shape, flat, hidden, (weight1, weight2) = cache
    dhidden = np.einsum("nj,ij->ni", dlogits, weight2) * (hidden > 0)
    grads = {
        "linear2_weight": np.einsum("ni,nj->ij", hidden, dlogits),
        "linear2_bias": dlogits.sum(0),
        "linear1_weight": np.einsum("ni,nj->ij", flat, dhidden),
        "linear1_bias": dhidden.sum(0),
    }
    d = flatten_backward(np.einsum("nj,ij->ni", dhidden, weight1), shape)
    for name, (windows, mask, places, weight) in zip(("conv2", "conv1"), reversed(kept)):
        d = unpool(d, places) * mask
        grads[name + "_weight"] = np.einsum("nfhw,nchwuv->fcuv", d, windows, optimize=True)
        grads[name + "_bias"] = np.einsum("nfhw->f", d)
        # A full correlation with the turned filters; of it the middle, as the padding was 2.
        turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
        d, _ = convolve(d, turned, np.zeros(turned.shape[0], d.dtype))
    return grads


# %%
def sgd_step(params, grads, velocity, *, lr, momentum):
    for each in (grads, velocity):
        shapes = [{k: v.shape for k, v in d.items()} for d in (params, each)]
        demand(shapes[0] == shapes[1], *shapes)
    speeds = {k: np.add(momentum * velocity[k], grads[k]) for k in velocity}
    return {k: np.subtract(params[k], lr * speeds[k]) for k in params}, speeds
