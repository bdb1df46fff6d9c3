# %% [markdown]
# A list of layer objects that go forward and backward, in a cell of the learner's; numpy as xp.

# %%
import numpy as xp
from dataclasses import dataclass

import given


@dataclass
class Layer:
    """Two functions of a layer, and the names of its parameters."""

    forward: object
    backward: object
    names: tuple = ()
    kept: object = None

    def ahead(self, x, params):
        out, kept = self.forward(x, *(params[name] for name in self.names))
        return out, Layer(self.forward, self.backward, self.names, kept)

    def back(self, dout, grads):
        if not self.names:
            return self.backward(dout, self.kept)
        dx, *parts = self.backward(dout, self.kept)
        grads.update(zip(self.names, parts))
        return dx


def padded_convolution(x, weight, bias):
    return given.conv2d_forward(x, weight, bias, padding=(weight.shape[2] - 1) // 2)


def halving(x):
    return given.max_pool2d_forward(x, 2)


def layers():
    def names(layer):
        return f"{layer}_weight", f"{layer}_bias"

    chain = []
    for layer in ("conv1", "conv2"):
        chain.append(Layer(padded_convolution, given.conv2d_backward, names(layer)))
        chain.append(Layer(given.relu_forward, given.relu_backward))
        chain.append(Layer(halving, given.max_pool2d_backward))
    chain.append(Layer(flatten_forward, flatten_backward))
    chain.append(Layer(given.linear_forward, given.linear_backward, names("linear1")))
    chain.append(Layer(given.relu_forward, given.relu_backward))
    chain.append(Layer(given.linear_forward, given.linear_backward, names("linear2")))
    return chain


# %%
def lenet_summary():
    C, size = 1, 28
    table = [("input", (C, size, size), None)]

    def add(name, *out, weight=None):
        table.append((name, out, weight))

    for maps in (20, 50):
        add(f"Conv (C_out = {maps}, K = 5, P = 2, S = 1)", maps, size, size, weight=(maps, C, 5, 5))
        C = maps
        add("ReLU", C, size, size)
        size = (size - 2) // 2 + 1
        add("MaxPool (K = 2, S = 2)", C, size, size)
    D = C * size**2
    add("Flatten", D)
    add(f"Linear ({D} -> 500)", 500, weight=(D, 500))
    add("ReLU", 500)
    add("Linear (500 -> 10)", 10, weight=(500, 10))
    return table


# %%
def flatten_forward(x):
    if x.ndim <= 1:
        raise ValueError(f"expected maps, got shape {x.shape}")
    return x.reshape(x.shape[0], -1).copy(), x.shape


# %%
def flatten_backward(dout, cache):
    return xp.reshape(dout, cache)


# %%
def cross_entropy(logits, targets):
    if logits.ndim != 2 or not len(logits):
        raise ValueError(f"expected (N, D), got {logits.shape}")
    if targets.shape != (len(logits),):
        raise ValueError(f"expected {len(logits)} targets, got {targets.shape}")
    wrong = targets[(targets < 0) | (targets >= logits.shape[1])]
    if wrong.size:
        raise ValueError(f"expected classes below {logits.shape[1]}, got {wrong[0]}")
    # Distances from the right score: the loss of an image is log(sum(exp(distances))).
    right = xp.take_along_axis(logits, targets[:, None], axis=1)
    far = logits - right
    top = far.max(axis=1, keepdims=True)
    p = xp.exp(far - top)
    total = p.sum(axis=1, keepdims=True)
    loss = xp.average(top + xp.log(total))
    p /= total
    p -= xp.arange(logits.shape[1]) == targets[:, None]
    return loss, p / len(p)


# %%
def lenet_init(rng, *, dtype=xp.float32):
    shapes = [row[2] for row in lenet_summary() if row[2]]
    params = {}
    for name, shape in zip(("conv1", "conv2", "linear1", "linear2"), shapes):
        outputs = shape[0] if name.startswith("conv") else shape[-1]
        fan_in = xp.prod(shape) / outputs
        params[f"{name}_weight"] = xp.asarray(rng.normal(scale=(2 / fan_in) ** 0.5, size=shape), dtype)
        params[f"{name}_bias"] = xp.full(outputs, 0, dtype)
    return params


# %%
def lenet_forward(x, params):
    done = []
    for layer in layers():
        x, kept = layer.ahead(x, params)
        done.append(kept)
    return x, done


# %%
def lenet_backward(dlogits, cache):
    grads = {}
    for layer in cache[::-1]:
        dlogits = layer.back(dlogits, grads)
    return grads


# %%
def sgd_step(params, grads, velocity, *, lr, momentum):
    new_params, new_velocity = dict(params), dict(velocity)
    if not (params.keys() == grads.keys() == velocity.keys()):
        raise ValueError(f"expected {list(params)}, got {list(grads)} and {list(velocity)}")
    for name in new_params:
        shapes = {params[name].shape, grads[name].shape, velocity[name].shape}
        if len(shapes) > 1:
            raise ValueError(f"{name}: expected one shape {params[name].shape}, got {shapes}")
        new_velocity[name] = grads[name] + momentum * velocity[name]
        new_params[name] = params[name] + -lr * new_velocity[name]
    return new_params, new_velocity
