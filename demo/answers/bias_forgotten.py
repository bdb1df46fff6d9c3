# The forward pass never adds the bias.

# %% conv2d_forward
def conv2d_forward(x, weight, bias):
    N, C_in, H, W = x.shape
    C_out, C_w, kH, kW = weight.shape
    if C_in != C_w:
        raise ValueError(f"x has {C_in} channels, weight has {C_w}: {x.shape}, {weight.shape}")
    if bias.shape != (C_out,):
        raise ValueError(f"expected bias of shape ({C_out},), got {bias.shape}")
    if kH > H or kW > W:
        raise ValueError(f"filter {weight.shape} larger than image {x.shape}")
    out = np.zeros((N, C_out, H - kH + 1, W - kW + 1), dtype=np.result_type(x, weight))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            patch = x[:, :, i : i + kH, j : j + kW]
            out[:, :, i, j] = np.tensordot(patch, weight, axes=([1, 2, 3], [1, 2, 3]))
    return out, (x, weight)
