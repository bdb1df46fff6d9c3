# %% [markdown]
# Convolution by Fourier transforms, thinned out; the cache is an object; im2col from impulses.

# %%
import numpy as np


class Layer:
    """What a pass remembers."""

    def __init__(self, x, weight, stride, padding):
        self.x, self.weight, self.stride, self.padding = x, weight, stride, padding
        self.kernel_size = weight.shape[2:]


def correlate(images, filters, shape):
    """Correlate (N, C, H, W) with (F, C, kH, kW) at the places of a given (H_out, W_out)."""
    size = images.shape[2:]
    of_images = np.fft.rfft2(images, s=size)[:, np.newaxis]
    of_filters = np.conj(np.fft.rfft2(filters, s=size))[np.newaxis]
    dense = np.fft.irfft2((of_images * of_filters).sum(axis=2), s=size)
    return dense[:, :, : shape[0], : shape[1]]


def check_layer(x, weight, bias, stride, padding):
    """Refuse what does not fit; give the output's rows and columns."""
    if x.ndim != 4 or weight.ndim != 4 or bias.shape != weight.shape[:1]:
        raise ValueError(
            f"expected 4 axes and {len(weight)} biases, got {x.shape}, {weight.shape}, {bias.shape}"
        )
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]} channels, got {x.shape[1]}")
    return tuple(
        conv_output_size(size, kernel, stride=stride, padding=padding)
        for size, kernel in zip(x.shape[2:], weight.shape[2:])
    )


# %%
def conv_output_size(size, kernel_size, *, stride=1, padding=0):
    if size <= 0 or kernel_size <= 0 or stride <= 0 or padding < 0:
        raise ValueError(f"cannot be: {size}, {kernel_size}, {stride}, {padding}")
    steps, _ = divmod(size + 2 * padding - kernel_size, stride)
    if kernel_size > size + 2 * padding:
        raise ValueError(f"{kernel_size} is more than {size + 2 * padding}")
    return steps + 1


# %%
def conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    check_layer(x, weight, bias, stride, padding)
    padded, _ = given.pad2d_forward(x, padding)
    dense = [size - kernel + 1 for size, kernel in zip(padded.shape[2:], weight.shape[2:])]
    out = correlate(padded, weight, dense)[:, :, ::stride, ::stride] + bias[:, None, None]
    return out.astype(np.result_type(x, weight, bias)), Layer(x, weight, stride, padding)


# %%
def conv2d_backward(dout, cache):
    padded, pad_cache = given.pad2d_forward(cache.x, cache.padding)
    kH, kW = cache.kernel_size
    H, W = padded.shape[2:]
    spread = np.zeros((*dout.shape[:2], H - kH + 1, W - kW + 1))
    spread[:, :, :: cache.stride, :: cache.stride] = dout
    dweight = correlate(padded.swapaxes(0, 1), spread.swapaxes(0, 1), (kH, kW)).swapaxes(0, 1)
    # A true convolution: the filters are not conjugated.
    product = np.fft.rfft2(spread, s=(H, W))[:, :, np.newaxis] * np.fft.rfft2(
        cache.weight, s=(H, W)
    )
    dpadded = np.fft.irfft2(product.sum(axis=1), s=(H, W)).astype(dout.dtype)
    dx = given.pad2d_backward(dpadded, pad_cache)
    return dx, dweight.astype(dout.dtype), dout.sum(axis=(0, 2, 3))


# %%
def conv2d_cost(x_shape, weight_shape, *, stride=1, padding=0):
    if not len(x_shape) == len(weight_shape) == 4:
        raise ValueError(f"expected 4 sizes each, got {x_shape} and {weight_shape}")
    x, weight = (np.broadcast_to(0.0, shape) for shape in (x_shape, weight_shape))
    bias = np.zeros(weight_shape[0])
    H_out, W_out = check_layer(x, weight, bias, stride, padding)
    return weight.size + bias.size, weight.size * x_shape[0] * H_out * W_out


# %%
def receptive_field(layers):
    if not layers:
        return 1, 1
    *below, (kernel_size, stride) = layers
    if kernel_size < 1 or stride < 1:
        raise ValueError(f"expected 1 or more, got {kernel_size} and {stride}")
    size, jump = receptive_field(below)
    return size + (kernel_size - 1) * jump, jump * stride


# %%
def im2col(x, kernel_size, *, stride=1, padding=0):
    if len(x.shape) != 4:
        raise ValueError(f"expected 4 axes, got {x.shape}")
    N, C, H, W = x.shape
    kH, kW = kernel_size
    # Filters that hold a single 1 copy a number of each patch.
    impulses = np.eye(kH * kW, dtype=x.dtype).reshape(kH * kW, 1, kH, kW)
    conv_output_size(H, kH, stride=stride, padding=padding)
    conv_output_size(W, kW, stride=stride, padding=padding)
    padded, _ = given.pad2d_forward(x, padding)
    planes = []
    for impulse in impulses[:, 0]:
        (u,), (v,) = np.nonzero(impulse)
        last_u, last_v = padded.shape[2] - kH + u + 1, padded.shape[3] - kW + v + 1
        planes.append(padded[:, :, u:last_u:stride, v:last_v:stride])
    cols = np.stack(planes, axis=2)
    return cols.reshape(N, C * kH * kW, cols.shape[3] * cols.shape[4])


# %%
def col2im(cols, x_shape, kernel_size, *, stride=1, padding=0):
    if len(x_shape) != 4:
        raise ValueError(f"expected 4 sizes, got {x_shape}")
    (N, C, H, W), (kH, kW) = x_shape, kernel_size
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    if cols.shape != (N, C * kH * kW, H_out * W_out):
        raise ValueError(f"expected {(N, C * kH * kW, H_out * W_out)}, got {cols.shape}")
    patches = cols.reshape(N, C, kH, kW, H_out, W_out)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), cols.dtype)
    for i, j in np.ndindex(H_out, W_out):
        here = np.s_[:, :, i * stride : i * stride + kH, j * stride : j * stride + kW]
        padded[here] += patches[..., i, j]
    rows, columns = np.arange(H) + padding, np.arange(W) + padding
    return padded.take(rows, axis=2).take(columns, axis=3)


# %%
def conv2d_forward_im2col(x, weight, bias, *, stride=1, padding=0):
    places = check_layer(x, weight, bias, stride, padding)
    layer = Layer(x, weight, stride, padding)
    layer.columns = im2col(x, layer.kernel_size, stride=stride, padding=padding)
    flat = np.tensordot(layer.columns, weight.reshape(len(weight), -1), axes=(1, 1))
    out = np.moveaxis(flat + bias, 2, 1)  # (N, places, F) to (N, F, places)
    return np.ascontiguousarray(out).reshape(len(x), len(weight), *places), layer


# %%
def conv2d_backward_im2col(dout, cache):
    grad = dout.reshape(len(dout), dout.shape[1], -1)
    rows = cache.weight.reshape(len(cache.weight), -1)
    dweight = sum(g @ c.T for g, c in zip(grad, cache.columns)).reshape(cache.weight.shape)
    dcols = np.stack([rows.T @ g for g in grad])
    settings = {"stride": cache.stride, "padding": cache.padding}
    dx = col2im(dcols, cache.x.shape, cache.kernel_size, **settings)
    return dx, dweight, grad.sum(axis=(0, 2))
