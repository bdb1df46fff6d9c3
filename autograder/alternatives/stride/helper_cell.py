# %% [markdown]
# A stride-1 convolution in a helper cell, thinned out; NumPy under another name.

# %%
import numpy as xp


def demand(condition, text):
    """Raise what the docstrings promise."""
    if not condition:
        raise ValueError(text)


def frame(array, width):
    """Put zeros around the last two axes."""
    widths = [(0, 0)] * (array.ndim - 2) + [(width, width), (width, width)]
    return xp.pad(array, widths)


def slide(images, filters):
    """Correlate with a stride of 1, by shifting the images instead of moving the filters."""
    H = images.shape[2] - filters.shape[2] + 1
    W = images.shape[3] - filters.shape[3] + 1
    total = 0
    for u in range(filters.shape[2]):
        for v in range(filters.shape[3]):
            shifted = images[:, :, u : u + H, v : v + W]
            total = total + xp.tensordot(shifted, filters[:, :, u, v], axes=(1, 1))
    return total.transpose(0, 3, 1, 2)


def spread(dout, height, width, stride):
    """Put zeros between the numbers, so that it is the gradient of a stride-1 output."""
    wide = xp.zeros((*dout.shape[:2], height, width), dtype=dout.dtype)
    wide[:, :, ::stride, ::stride] = dout
    return wide


# %%
def conv_output_size(size, kernel_size, *, stride=1, padding=0):
    demand(size > 0, f"size: expected 1 or more, got {size}")
    demand(kernel_size > 0, f"kernel_size: expected 1 or more, got {kernel_size}")
    demand(stride > 0, f"stride: expected 1 or more, got {stride}")
    demand(padding >= 0, f"padding: expected 0 or more, got {padding}")
    dense = size + 2 * padding - kernel_size + 1
    demand(dense > 0, f"kernel_size: expected at most {size + 2 * padding}, got {kernel_size}")
    return (dense + stride - 1) // stride


# %%
def conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    demand(x.ndim == 4 and weight.ndim == 4, f"expected 4 axes, got {x.shape}, {weight.shape}")
    demand(
        x.shape[1] == weight.shape[1], f"{x.shape[1]} channels in x, {weight.shape[1]} in weight"
    )
    demand(bias.shape == weight.shape[:1], f"bias: expected {weight.shape[:1]}, got {bias.shape}")
    for size, kernel in zip(x.shape[2:], weight.shape[2:]):
        conv_output_size(size, kernel, stride=stride, padding=padding)
    dense = slide(frame(x, padding), weight)
    out = dense[:, :, ::stride, ::stride] + bias.reshape(-1, 1, 1)
    return out, (x.copy(), weight.copy(), stride, padding, dense.shape[2:])


# %%
def conv2d_backward(dout, cache):
    x, weight, stride, padding, (height, width) = cache
    kH, kW = weight.shape[2:]
    wide = spread(dout, height, width, stride)
    padded = frame(x, padding)
    dweight = slide(padded.swapaxes(0, 1), wide.swapaxes(0, 1)).swapaxes(0, 1)
    # The full correlation with flipped filters, then the part that belongs to x.
    around = xp.pad(wide, [(0, 0), (0, 0), (kH - 1, kH - 1), (kW - 1, kW - 1)])
    full = slide(around, weight[:, :, ::-1, ::-1].swapaxes(0, 1))
    dx = full[:, :, padding:, padding:][:, :, : x.shape[2], : x.shape[3]]
    return dx, dweight, dout.sum(axis=(0, 2, 3))


# %%
def conv2d_cost(x_shape, weight_shape, *, stride=1, padding=0):
    demand(len(x_shape) == 4, f"x_shape: expected 4 sizes, got {x_shape}")
    demand(len(weight_shape) == 4, f"weight_shape: expected 4 sizes, got {weight_shape}")
    N, C, H, W = x_shape
    F, D, kH, kW = weight_shape
    demand(C == D, f"channels: {C} in x_shape, {D} in weight_shape")
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    per_place = F * C * kH * kW
    return per_place + F, N * H_out * W_out * per_place


# %%
def receptive_field(layers):
    for kernel_size, stride in layers:
        demand(kernel_size > 0 and stride > 0, f"got kernel {kernel_size}, stride {stride}")

    def pixels(first, last):
        """Follow outputs first to last down to the pixels that they see."""
        for kernel_size, stride in reversed(layers):
            first, last = first * stride, last * stride + kernel_size - 1
        return first, last

    first, last = pixels(0, 0)
    return last - first + 1, pixels(1, 1)[0] - first


# %%
def im2col(x, kernel_size, *, stride=1, padding=0):
    demand(x.ndim == 4, f"x: expected 4 axes, got {x.ndim}")
    N, C, H, W = x.shape
    kH, kW = kernel_size
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    # Where each number of each patch lies in a flattened image: (C kH kW, H_out W_out).
    width = W + 2 * padding
    corner = (xp.arange(H_out)[:, None] * width + xp.arange(W_out)) * stride
    offset = xp.arange(C)[:, None, None] * (H + 2 * padding) * width
    offset = offset + xp.arange(kH)[:, None] * width + xp.arange(kW)
    where = offset.ravel()[:, None] + corner.ravel()
    flat = frame(x, padding).reshape(N, C * (H + 2 * padding) * width)
    return flat[:, where]


# %%
def col2im(cols, x_shape, kernel_size, *, stride=1, padding=0):
    demand(len(x_shape) == 4, f"x_shape: expected 4 sizes, got {x_shape}")
    N, C, H, W = x_shape
    tall, wide = H + 2 * padding, W + 2 * padding
    # im2col of the numbers 0, 1, 2, ... says where everything comes from.
    numbers = xp.arange(C * tall * wide).reshape(1, C, tall, wide)
    for size in (H, W):
        demand(size > 0, f"expected sizes of at least 1, got {x_shape}")
    demand(padding >= 0, f"padding: expected 0 or more, got {padding}")
    where = im2col(numbers, kernel_size, stride=stride)[0]
    demand(cols.shape == (N, *where.shape), f"expected {(N, *where.shape)}, got {cols.shape}")
    flat = xp.zeros((N, C * tall * wide), dtype=cols.dtype)
    for n in range(N):
        xp.add.at(flat[n], where, cols[n])
    padded = flat.reshape(N, C, tall, wide)
    return padded[:, :, padding : padding + H, padding : padding + W].copy()


# %%
def conv2d_forward_im2col(x, weight, bias, *, stride=1, padding=0):
    demand(x.ndim == 4 and weight.ndim == 4, f"expected 4 axes, got {x.shape}, {weight.shape}")
    demand(x.shape[1] == weight.shape[1], f"channels: {x.shape[1]} and {weight.shape[1]}")
    demand(bias.shape == weight.shape[:1], f"bias: expected {weight.shape[:1]}, got {bias.shape}")
    F, C, kH, kW = weight.shape
    cols = im2col(x, (kH, kW), stride=stride, padding=padding)
    # The bias as one more column of the filters, against a row of ones.
    ones = xp.ones((len(x), 1, cols.shape[2]), dtype=cols.dtype)
    rows = xp.concatenate([weight.reshape(F, C * kH * kW), bias[:, None]], axis=1)
    out = xp.matmul(rows, xp.concatenate([cols, ones], axis=1))
    H_out = conv_output_size(x.shape[2], kH, stride=stride, padding=padding)
    return out.reshape(len(x), F, H_out, cols.shape[2] // H_out), (x, weight, stride, padding)


# %%
def conv2d_backward_im2col(dout, cache):
    x, weight, stride, padding = cache
    N, F = dout.shape[:2]
    cols = im2col(x, weight.shape[2:], stride=stride, padding=padding)
    # One product for the whole batch: (F, N places) times (N places, C kH kW).
    grad = dout.reshape(N, F, cols.shape[2])
    tall = cols.transpose(0, 2, 1).reshape(N * cols.shape[2], cols.shape[1])
    dweight = grad.transpose(1, 0, 2).reshape(F, N * cols.shape[2]) @ tall
    dcols = xp.tensordot(weight.reshape(F, cols.shape[1]), grad, axes=(0, 1)).transpose(1, 0, 2)
    dx = col2im(dcols, x.shape, weight.shape[2:], stride=stride, padding=padding)
    return dx, dweight.reshape(weight.shape), grad.sum(axis=2).sum(axis=0)
