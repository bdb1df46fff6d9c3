# %% [markdown]
# A forward pass that shifts the image instead of moving the filter;
# dx by sliding flipped filters over the padded gradient.


# %%
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"expected 2-d arrays, got shapes {image.shape} and {kernel.shape}")
    h = image.shape[0] - kernel.shape[0] + 1
    w = image.shape[1] - kernel.shape[1] + 1
    if min(h, w) < 1:
        raise ValueError(f"expected kernel within {image.shape}, got {kernel.shape}")
    out = 0
    for u in range(kernel.shape[0]):
        for v in range(kernel.shape[1]):
            out = out + kernel[u, v] * image[u : u + h, v : v + w]
    return out


# %%
def _slide(x, weight):
    H_out = x.shape[2] - weight.shape[2] + 1
    W_out = x.shape[3] - weight.shape[3] + 1
    out = 0
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            window = x[:, :, u : u + H_out, v : v + W_out]
            out = out + np.tensordot(window, weight[:, :, u, v], axes=(1, 1))
    return out.transpose(0, 3, 1, 2)


def conv2d_forward(x, weight, bias):
    if not (x.ndim == weight.ndim == 4):
        raise ValueError(f"expected x and weight with 4 axes, got {x.ndim} and {weight.ndim}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"expected C_in={weight.shape[1]}, got {x.shape[1]}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"expected {weight.shape[0]} biases, got shape {bias.shape}")
    if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:
        raise ValueError(f"expected at most {x.shape[2:]}, got filters {weight.shape[2:]}")
    return _slide(x, weight) + bias[None, :, None, None], (x, weight)


# %%
def conv2d_backward(dout, cache):
    x, weight = cache
    kH, kW = weight.shape[2:]
    dbias = np.sum(np.sum(np.sum(dout, axis=3), axis=2), axis=0)
    # The gradient slides over the image, just as a filter does: swap batch and channels.
    dweight = _slide(x.swapaxes(0, 1), dout.swapaxes(0, 1)).swapaxes(0, 1)
    padded = np.pad(dout, ((0, 0), (0, 0), (kH - 1, kH - 1), (kW - 1, kW - 1)))
    dx = _slide(padded, weight[:, :, ::-1, ::-1].swapaxes(0, 1))
    return dx, dweight, dbias
