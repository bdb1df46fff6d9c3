# Every answer is right: written with loops, as the chapter suggests.

# %% by_hand_one_patch
by_hand = [[8, 2, 4], [1, 6, -1]]

# %% correlate2d
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(
            f"image and kernel need two axes: image.shape={image.shape}, kernel.shape={kernel.shape}"
        )
    H, W = image.shape
    kH, kW = kernel.shape
    if kH > H or kW > W:
        raise ValueError(
            f"the kernel is larger than the image: image.shape={image.shape}, "
            f"kernel.shape={kernel.shape}"
        )
    out = np.zeros((H - kH + 1, W - kW + 1), dtype=np.result_type(image, kernel))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i : i + kH, j : j + kW] * kernel).sum()
    return out

# %% conv2d_forward
def conv2d_forward(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"four axes expected: x.shape={x.shape}, weight.shape={weight.shape}")
    N, C_in, H, W = x.shape
    C_out, C_weight, kH, kW = weight.shape
    if C_weight != C_in:
        raise ValueError(f"weight has C_in={C_weight} but x has {C_in} channels (x.shape={x.shape})")
    if bias.shape != (C_out,):
        raise ValueError(f"expected bias.shape=({C_out},), got {bias.shape}")
    if kH > H or kW > W:
        raise ValueError(f"kH={kH}, kW={kW} do not fit into H={H}, W={W} (x.shape={x.shape})")
    out = np.zeros((N, C_out, H - kH + 1, W - kW + 1), dtype=np.result_type(x, weight, bias))
    for n in range(N):
        for c in range(C_out):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, c, i, j] = (x[n, :, i : i + kH, j : j + kW] * weight[c]).sum() + bias[c]
    return out, (x, weight)

# %% conv2d_backward
def conv2d_backward(dout, cache):
    x, weight = cache
    kH, kW = weight.shape[2:]
    dx = np.zeros(x.shape, dtype=np.result_type(dout, weight))
    dweight = np.zeros(weight.shape, dtype=np.result_type(dout, x))
    for n in range(dout.shape[0]):
        for c in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dweight[c] += dout[n, c, i, j] * x[n, :, i : i + kH, j : j + kW]
                    dx[n, :, i : i + kH, j : j + kW] += dout[n, c, i, j] * weight[c]
    return dx, dweight, dout.sum(axis=(0, 2, 3))

# %% [markdown] why_share_weights
# An edge looks the same wherever it lies, so one filter can look for it everywhere.
# That needs 75 weights for a 3 x 5 x 5 filter, not 75 for every place, and a shifted image gives a shifted map.
