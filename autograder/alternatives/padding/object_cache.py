# %% [markdown]
# The padded images are an object that remembers where their middle is.

# %%
import numpy as np


class Padded:
    """Images in a frame of zeros."""

    def __init__(self, images, padding):
        self.shape = images.shape
        N, C, H, W = images.shape
        self.middle = np.s_[:, :, padding : H + padding, padding : W + padding]
        self.values = np.zeros_like(images, shape=(N, C, H + 2 * padding, W + 2 * padding))
        self.values[self.middle] = images


# %%
def max_conv_layers(size, kernel_size):
    if size < 1 or kernel_size < 2:
        raise ValueError(f"expected at least 1 and 2, got {size=} and {kernel_size=}")
    layers = 0
    while True:
        size -= kernel_size - 1
        if size < 1:
            return layers
        layers += 1


# %%
def same_padding(kernel_size):
    if kernel_size > 0 and kernel_size % 2 == 1:
        return kernel_size // 2
    raise ValueError(f"expected an odd number above 0, got {kernel_size=}")


# %%
def pad2d_forward(x, padding):
    if x.ndim != 4 or padding < 0:
        raise ValueError(f"expected x (N, C, H, W) and padding >= 0, got {x.shape=}, {padding=}")
    padded = Padded(x, padding)
    return padded.values, padded


# %%
def pad2d_backward(dout, cache):
    dx = np.empty(cache.shape, dout.dtype)
    dx[...] = dout[cache.middle]
    return dx


# %%
def conv2d_forward(x, weight, bias, *, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"four axes expected; {x.shape=}, {weight.shape=}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"as many channels expected; {x.shape=}, {weight.shape=}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"{weight.shape[0]} biases expected; {bias.shape=}")
    padded, cache = pad2d_forward(x, padding)
    kH, kW = weight.shape[2:]
    if kH > padded.shape[2] or kW > padded.shape[3]:
        raise ValueError(f"filters up to {padded.shape[2:]} expected; {weight.shape=}")
    H_out, W_out = padded.shape[2] - kH + 1, padded.shape[3] - kW + 1
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    out += bias[:, None, None]
    for n, image in enumerate(padded):
        for f, kernel in enumerate(weight):
            for i in range(H_out):
                for j in range(W_out):
                    out[n, f, i, j] += np.vdot(image[:, i : i + kH, j : j + kW], kernel)
    return out, (cache, weight)


# %%
def conv2d_backward(dout, cache):
    padded, weight = cache
    kH, kW = weight.shape[2:]
    dpadded = np.zeros(padded.values.shape, dout.dtype)
    dweight = np.zeros(weight.shape, dout.dtype)
    for n, f, i, j in np.ndindex(dout.shape):
        patch = np.s_[n, :, i : i + kH, j : j + kW]
        dweight[f] += dout[n, f, i, j] * padded.values[patch]
        dpadded[patch] += dout[n, f, i, j] * weight[f]
    return pad2d_backward(dpadded, padded), dweight, dout.sum(axis=-1).sum(axis=-1).sum(axis=0)
