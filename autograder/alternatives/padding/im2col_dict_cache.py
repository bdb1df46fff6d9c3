# %% [markdown]
# The border glued on piece by piece, patches as columns of a matrix, and caches that are dicts.


# %%
def max_conv_layers(size, kernel_size):
    if size < 1:
        raise ValueError(f"expected size of 1 or more, got {size}")
    if kernel_size < 2:
        raise ValueError(f"expected kernel_size of 2 or more, got {kernel_size}")
    return len(range(size, kernel_size - 1, 1 - kernel_size))


# %%
def same_padding(kernel_size):
    if kernel_size <= 0:
        raise ValueError(f"expected a positive kernel_size, got {kernel_size}")
    if not kernel_size % 2:
        raise ValueError(f"expected an odd kernel_size, got {kernel_size}")
    return kernel_size // 2


# %%
def pad2d_forward(x, padding):
    if x.ndim != 4:
        raise ValueError(f"x: expected (N, C, H, W), got {x.shape}")
    if padding < 0:
        raise ValueError(f"padding: expected 0 or more, got {padding}")
    N, C, H, W = x.shape
    side = np.zeros((N, C, H, padding), dtype=x.dtype)
    middle = np.concatenate([side, x, side], axis=3)
    above = np.zeros((N, C, padding, W + 2 * padding), dtype=x.dtype)
    return np.concatenate([above, middle, above], axis=2), {"padding": padding}


# %%
def pad2d_backward(dout, cache):
    p = cache["padding"]
    return dout[:, :, p : dout.shape[2] - p, p : dout.shape[3] - p]


# %%
def conv2d_forward(x, weight, bias, *, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes, got x {x.shape}, weight {weight.shape}")
    N, C_in = x.shape[:2]
    C_out, channels, kH, kW = weight.shape
    if channels != C_in:
        raise ValueError(f"expected {channels} input channels, got {C_in}")
    if bias.shape != (C_out,):
        raise ValueError(f"expected bias of shape ({C_out},), got {bias.shape}")
    padded, pad_cache = pad2d_forward(x, padding)
    H, W = padded.shape[2:]
    if kH > H or kW > W:
        raise ValueError(f"expected filters up to {H}x{W}, got {kH}x{kW}")
    H_out, W_out = H - kH + 1, W - kW + 1
    # Where each element of each patch lies in a flattened image: (C_in kH kW, H_out W_out).
    corner = (np.arange(H_out)[:, None] * W + np.arange(W_out)).ravel()
    offset = np.arange(C_in)[:, None, None] * H * W + np.arange(kH)[:, None] * W + np.arange(kW)
    where = offset.ravel()[:, None] + corner
    columns = padded.reshape(N, -1)[:, where]
    out = weight.reshape(C_out, -1) @ columns + bias[:, None]
    cache = {
        "columns": columns,
        "where": where,
        "weight": weight,
        "shape": padded.shape,
        "pad": pad_cache,
    }
    return out.reshape(N, C_out, H_out, W_out), cache


# %%
def conv2d_backward(dout, cache):
    weight, shape = cache["weight"], cache["shape"]
    grad = dout.reshape(dout.shape[0], dout.shape[1], -1)
    dweight = (grad @ cache["columns"].transpose(0, 2, 1)).sum(axis=0).reshape(weight.shape)
    dcolumns = weight.reshape(len(weight), -1).T @ grad
    dpadded = np.zeros((shape[0], shape[1] * shape[2] * shape[3]), dtype=dcolumns.dtype)
    for n in range(shape[0]):
        np.add.at(dpadded[n], cache["where"], dcolumns[n])
    dx = pad2d_backward(dpadded.reshape(shape), cache["pad"])
    return dx, dweight, grad.sum(axis=(0, 2))
