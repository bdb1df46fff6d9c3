# %% [markdown]
# One helper for every number of axes, with NumPy under another name: `convolve` slides over shifted
# slices of the input, tap by tap, and `spread` is its adjoint.

# %%
import numpy as xp


class Layer:
    """What a backward pass needs."""

    def __init__(self, **kept):
        self.__dict__.update(kept)


def demand(condition, expected, got):
    if not condition:
        raise ValueError(f"expected {expected}, got {got}")


def around(padding, axes):
    return [(0, 0), (0, 0)] + [(padding, padding)] * axes


def taps(sizes, counts, stride, dilation):
    """Yield each tap of a filter, and the slices of the input that it visits."""
    for tap in xp.ndindex(*sizes):
        yield (
            tap,
            (
                slice(None),
                slice(None),
                *(
                    slice(u * dilation, u * dilation + (n - 1) * stride + 1, stride)
                    for u, n in zip(tap, counts)
                ),
            ),
        )


def convolve(x, weight, bias, mix, stride, padding, dilation=1):
    demand(stride >= 1, "a stride of at least 1", stride)
    demand(dilation >= 1, "a dilation of at least 1", dilation)
    demand(padding >= 0, "a padding of at least 0", padding)
    axes = x.ndim - 2
    padded = xp.pad(x, around(padding, axes))
    reaches = [dilation * (k - 1) + 1 for k in weight.shape[2:]]
    for reach, size in zip(reaches, padded.shape[2:]):
        demand(reach <= size, f"at most {size} with dilation {dilation}", reach)
    counts = [(size - reach) // stride + 1 for size, reach in zip(padded.shape[2:], reaches)]
    out = xp.zeros((len(x), len(weight), *counts), xp.result_type(x, weight, bias))
    for tap, places in taps(weight.shape[2:], counts, stride, dilation):
        out += xp.einsum(mix, padded[places], weight[(slice(None), slice(None), *tap)])
    out += bias.reshape(-1, *[1] * axes)
    return out, Layer(
        padded=padded, weight=weight, stride=stride, padding=padding, dilation=dilation
    )


def spread(dout, layer):
    dpadded = xp.zeros(layer.padded.shape, dout.dtype)
    dweight = xp.zeros(layer.weight.shape, dout.dtype)
    counts = dout.shape[2:]
    axes = "xyz"[: len(counts)]
    for tap, places in taps(layer.weight.shape[2:], counts, layer.stride, layer.dilation):
        here = (slice(None), slice(None), *tap)
        dweight[here] = xp.einsum(f"nc{axes},nk{axes}->ck", dout, layer.padded[places])
        dpadded[places] += xp.einsum(TO_X, dout, layer.weight[here])
    inside = [slice(layer.padding, size - layer.padding) for size in dpadded.shape[2:]]
    dx = dpadded[(slice(None), slice(None), *inside)]
    return dx, dweight, dout.sum(axis=(0, *range(2, dout.ndim)))


def full(x, weight, bias, axes):
    demand(x.ndim == axes and weight.ndim == axes, f"{axes} axes", (x.shape, weight.shape))
    demand(x.shape[1] == weight.shape[1], f"{weight.shape[1]} channels", x.shape[1])
    demand(bias.shape == weight.shape[:1], f"biases {weight.shape[:1]}", bias.shape)


FORWARD, TO_X = "nk...,ck->nc...", "nc...,ck->nk..."


# %%
def conv1x1_forward(x, weight, bias):
    demand(weight.ndim == 2, "weight with 2 axes", weight.shape)
    weight4 = weight[:, :, None, None]
    full(x, weight4, bias, 4)
    return convolve(x, weight4, bias, FORWARD, 1, 0)


# %%
def conv1x1_backward(dout, cache):
    dx, dweight, dbias = spread(dout, cache)
    return dx, dweight[:, :, 0, 0], dbias


# %%
def conv1d_forward(x, weight, bias, *, stride=1, padding=0):
    full(x, weight, bias, 3)
    return convolve(x, weight, bias, FORWARD, stride, padding)


# %%
def conv1d_backward(dout, cache):
    return spread(dout, cache)


# %%
def conv3d_forward(x, weight, bias, *, stride=1, padding=0):
    full(x, weight, bias, 5)
    return convolve(x, weight, bias, FORWARD, stride, padding)


# %%
def conv3d_backward(dout, cache):
    return spread(dout, cache)


# %%
def dilated_conv2d_forward(x, weight, bias, *, stride=1, padding=0, dilation=1):
    full(x, weight, bias, 4)
    return convolve(x, weight, bias, FORWARD, stride, padding, dilation)


# %%
def dilated_conv2d_backward(dout, cache):
    return spread(dout, cache)


# %%
def depthwise_conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    demand(x.ndim == 4 and weight.ndim == 4, "4 axes", (x.shape, weight.shape))
    demand(weight.shape[:2] == (x.shape[1], 1), f"weight ({x.shape[1]}, 1, ...)", weight.shape)
    demand(bias.shape == weight.shape[:1], f"biases {weight.shape[:1]}", bias.shape)
    return convolve(x, weight, bias, "nchw,cz->nchw", stride, padding)


# %%
def depthwise_conv2d_backward(dout, cache):
    parts = []
    for c in range(dout.shape[1]):
        one = Layer(**vars(cache))
        one.padded, one.weight = cache.padded[:, c : c + 1], cache.weight[c : c + 1]
        parts.append(spread(dout[:, c : c + 1], one))
    dx, dweight, dbias = zip(*parts)
    return xp.concatenate(dx, axis=1), xp.concatenate(dweight), xp.concatenate(dbias)


# %%
def conv_transpose2d_forward(x, weight, bias, *, stride=1, padding=0):
    demand(x.ndim == 4 and weight.ndim == 4, "4 axes", (x.shape, weight.shape))
    demand(x.shape[1] == len(weight), f"{len(weight)} channels", x.shape[1])
    demand(bias.shape == weight.shape[1:2], f"biases {weight.shape[1:2]}", bias.shape)
    demand(stride >= 1, "a stride of at least 1", stride)
    demand(padding >= 0, "a padding of at least 0", padding)
    sizes = [(n - 1) * stride + k for n, k in zip(x.shape[2:], weight.shape[2:])]
    demand(min(sizes) > 2 * padding, f"a padding below half of {sizes}", padding)
    layer = Layer(
        padded=xp.zeros((len(x), weight.shape[1], *sizes)),
        weight=weight,
        stride=stride,
        padding=padding,
        dilation=1,
    )
    dx, _, _ = spread(x, layer)
    return (dx + bias[:, None, None]).astype(xp.result_type(x, weight, bias)), "no cache"
