# %% [markdown]
# Correlations by the fast Fourier transform: a product of spectra, one of them conjugated. Strides
# pick from the dense result, and on the way back dout is put onto the dense grid again.

# %%
import numpy as np
import numpy.fft as fft


def need(condition, message):
    if not condition:
        raise ValueError(message)


def need_conv(x, weight, bias, axes, stride, padding, dilation=1):
    need(x.ndim == axes, f"x: {axes} axes expected, {x.shape} came")
    need(weight.ndim == axes, f"weight: {axes} axes expected, {weight.shape} came")
    need(weight.shape[1] == x.shape[1], f"{x.shape[1]} channels, but C_in={weight.shape[1]}")
    need(bias.shape == (len(weight),), f"{len(weight)} biases expected, {bias.shape} came")
    need(stride > 0 and dilation > 0, f"stride={stride}, dilation={dilation}: 1 or more expected")
    need(padding >= 0, f"padding={padding}: 0 or more expected")


def with_holes(weight, dilation):
    axes = weight.ndim - 2
    shape = [dilation * (k - 1) + 1 for k in weight.shape[2:]]
    holed = np.zeros((*weight.shape[:2], *shape), weight.dtype)
    holed[(slice(None), slice(None), *[slice(None, None, dilation)] * axes)] = weight
    return holed


def spectrum(array, shape):
    axes = tuple(range(-len(shape), 0))
    return fft.fftn(array, shape, axes)


def signal(transformed, axes, like):
    return fft.ifftn(transformed, axes=tuple(range(-axes, 0))).real.astype(like)


def cut(array, starts, counts, stride=1):
    spans = [slice(a, a + (n - 1) * stride + 1, stride) for a, n in zip(starts, counts)]
    return array[(slice(None), slice(None), *spans)]


def forward(x, weight, bias, stride, padding, dilation=1, mix="nk...,ck...->nc..."):
    axes = x.ndim - 2
    padded = np.pad(x, [(0, 0), (0, 0)] + [(padding, padding)] * axes)
    holed = with_holes(weight, dilation)
    sizes = padded.shape[2:]
    for k, size in zip(holed.shape[2:], sizes):
        need(k <= size, f"filters of at most {size} expected, {k} came (dilation={dilation})")
    counts = [(size - k) // stride + 1 for size, k in zip(sizes, holed.shape[2:])]
    product = np.einsum(mix, spectrum(padded, sizes), np.conj(spectrum(holed, sizes)))
    dense = signal(product, axes, np.result_type(x, weight, bias))
    out = cut(dense, [0] * axes, counts, stride) + bias.reshape(-1, *[1] * axes)
    return out, (padded, weight, stride, padding, dilation)


def backward(dout, cache, to_weight="nc...,nk...->ck...", to_x="nc...,ck...->nk..."):
    padded, weight, stride, padding, dilation = cache
    axes, sizes = padded.ndim - 2, padded.shape[2:]
    dense = np.zeros((*dout.shape[:2], *sizes), dout.dtype)
    cut(dense, [0] * axes, dout.shape[2:], stride)[...] = dout
    of_dout = spectrum(dense, sizes)
    product = np.einsum(to_weight, np.conj(of_dout), spectrum(padded, sizes))
    whole = signal(product, axes, dout.dtype)
    if whole.ndim < weight.ndim:
        whole = whole[:, None]
    dweight = cut(whole, [0] * axes, weight.shape[2:], dilation)
    holes = spectrum(with_holes(weight, dilation), sizes)
    dpadded = signal(np.einsum(to_x, of_dout, holes), axes, dout.dtype)
    dx = cut(dpadded, [padding] * axes, [size - 2 * padding for size in sizes])
    return dx, dweight, dout.sum(axis=(0, *range(2, dout.ndim)))


# %%
def conv1x1_forward(x, weight, bias):
    need(x.ndim == 4 and weight.ndim == 2, f"4 and 2 axes expected, {x.shape}, {weight.shape} came")
    need(x.shape[1] == weight.shape[1], f"{x.shape[1]} channels, but C_in={weight.shape[1]}")
    need(bias.shape == weight.shape[:1], f"bias {weight.shape[:1]} expected, {bias.shape} came")
    out = np.tensordot(weight, x, axes=(1, 1)).swapaxes(0, 1)
    return out + bias.reshape(1, -1, 1, 1), dict(x=x, weight=weight)


# %%
def conv1x1_backward(dout, cache):
    x, weight = cache["x"], cache["weight"]
    dx = np.tensordot(weight, dout, axes=(0, 1)).swapaxes(0, 1)
    dweight = sum(np.tensordot(d, image, axes=([1, 2], [1, 2])) for d, image in zip(dout, x))
    return dx, dweight, np.einsum("nchw->c", dout)


# %%
def conv1d_forward(x, weight, bias, *, stride=1, padding=0):
    need_conv(x, weight, bias, 3, stride, padding)
    return forward(x, weight, bias, stride, padding)


# %%
def conv1d_backward(dout, cache):
    return backward(dout, cache)


# %%
def conv3d_forward(x, weight, bias, *, stride=1, padding=0):
    need_conv(x, weight, bias, 5, stride, padding)
    return forward(x, weight, bias, stride, padding)


# %%
def conv3d_backward(dout, cache):
    return backward(dout, cache)


# %%
def dilated_conv2d_forward(x, weight, bias, *, stride=1, padding=0, dilation=1):
    need_conv(x, weight, bias, 4, stride, padding, dilation)
    return forward(x, weight, bias, stride, padding, dilation)


# %%
def dilated_conv2d_backward(dout, cache):
    return backward(dout, cache)


# %%
def depthwise_conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    need(weight.ndim == 4 and weight.shape[1] == 1, f"(C, 1, kH, kW) expected, {weight.shape} came")
    need(x.ndim == 4, f"4 axes expected, {x.shape} came")
    need(len(weight) == x.shape[1], f"{x.shape[1]} filters expected, {len(weight)} came")
    need_conv(x[:, :1], weight, bias, 4, stride, padding)
    return forward(x, weight, bias, stride, padding, mix="nc...,cz...->nc...")


# %%
def depthwise_conv2d_backward(dout, cache):
    return backward(dout, cache, "nc...,nc...->c...", "nc...,cz...->nc...")


# %%
def conv_transpose2d_forward(x, weight, bias, *, stride=1, padding=0):
    need(x.ndim == 4 and weight.ndim == 4, f"4 axes expected, {x.shape}, {weight.shape} came")
    need(x.shape[1] == len(weight), f"{x.shape[1]} channels, but C_in={len(weight)}")
    need(bias.shape == weight.shape[1:2], f"bias {weight.shape[1:2]} expected, {bias.shape} came")
    need(stride > 0 and padding >= 0, f"stride={stride}, padding={padding}: 1, 0 or more expected")
    full = [(n - 1) * stride + k for n, k in zip(x.shape[2:], weight.shape[2:])]
    need(min(full) > 2 * padding, f"padding={padding} leaves nothing of {full}, some expected")
    dense = np.zeros((*x.shape[:2], *full), x.dtype)
    dense[
        :, :, : full[0] - weight.shape[2] + 1 : stride, : full[1] - weight.shape[3] + 1 : stride
    ] = x
    product = np.einsum("nk...,kc...->nc...", spectrum(dense, full), spectrum(weight, full))
    whole = signal(product, 2, np.result_type(x, weight, bias))
    out = cut(whole, [padding] * 2, [size - 2 * padding for size in full])
    return out + bias[:, None, None], None
