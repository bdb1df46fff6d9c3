# %% [markdown]
# Patches as columns of a matrix; the cache keeps the columns, not the images.


# %%
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"expected 2 axes, got image {image.shape}, kernel {kernel.shape}")
    kH, kW = kernel.shape
    rows, columns = image.shape[0] - kH + 1, image.shape[1] - kW + 1
    if rows <= 0 or columns <= 0:
        raise ValueError(f"kernel {kernel.shape} is larger than image {image.shape}")
    patches = [image[i : i + kH, j : j + kW].ravel() for i in range(rows) for j in range(columns)]
    return (np.array(patches) @ kernel.ravel()).reshape(rows, columns)


# %%
def conv2d_forward(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"expected 4 axes, got x {x.shape}, weight {weight.shape}")
    N, C_in, H, W = x.shape
    C_out, channels, kH, kW = weight.shape
    if channels != C_in:
        raise ValueError(f"expected {channels} input channels, got {C_in}")
    if bias.shape != (C_out,):
        raise ValueError(f"expected bias of shape ({C_out},), got {bias.shape}")
    if kH > H or kW > W:
        raise ValueError(f"expected filters up to {H}x{W}, got {kH}x{kW}")
    H_out, W_out = H - kH + 1, W - kW + 1
    # Where each element of each patch lies in a flattened image: (C_in kH kW, H_out W_out).
    corner = (np.arange(H_out)[:, None] * W + np.arange(W_out)).ravel()
    offset = (
        np.arange(C_in)[:, None, None] * H * W + np.arange(kH)[:, None] * W + np.arange(kW)
    ).ravel()
    where = offset[:, None] + corner
    columns = x.reshape(N, -1)[:, where]
    out = weight.reshape(C_out, -1) @ columns + bias[:, None]
    cache = (columns, where, weight, (N, C_in, H, W))
    return out.reshape(N, C_out, H_out, W_out), cache


# %%
def conv2d_backward(dout, cache):
    columns, where, weight, shape = cache
    grad = dout.reshape(dout.shape[0], dout.shape[1], -1)
    dweight = (grad @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(weight.shape)
    dcolumns = weight.reshape(len(weight), -1).T @ grad
    dx = np.zeros((shape[0], shape[1] * shape[2] * shape[3]), dtype=dcolumns.dtype)
    for n in range(shape[0]):
        np.add.at(dx[n], where, dcolumns[n])
    return dx.reshape(shape), dweight, grad.sum(axis=(0, 2))
