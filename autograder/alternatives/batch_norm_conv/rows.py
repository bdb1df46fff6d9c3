# %% [markdown]
# As columns: the channels last, one row for each place, and the layer for columns in a helper.


# %%
def to_rows(maps):
    return np.moveaxis(maps, 1, -1).reshape(-1, maps.shape[1])


def to_maps(rows, shape):
    N, C, H, W = shape
    return np.moveaxis(rows.reshape(N, H, W, C), -1, 1)


# %%
def batch_norm2d_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if x.ndim != 4:
        raise ValueError(f"expected 4 axes, got x.shape={x.shape}")
    rows = to_rows(x)
    M, C = rows.shape
    if M < 1 + bool(training):
        raise ValueError(f"expected more values in each channel, got x.shape={x.shape}")
    for name, vector in zip(
        ("gamma", "beta", "running_mean", "running_var"), (gamma, beta, running_mean, running_var)
    ):
        if vector.shape != (C,):
            raise ValueError(f"expected {name}.shape={(C,)}, got {vector.shape}")
    center, spread = running_mean.copy(), running_var.copy()
    if training:
        center, spread = rows.mean(0), rows.var(0)
        running_mean = running_mean + momentum * (center - running_mean)
        running_var = running_var + momentum * (spread - running_var)
    inverse = (spread + eps) ** -0.5
    hat = (rows - center) * inverse
    cache = {"hat": hat, "factor": gamma * inverse, "training": training}
    return to_maps(hat * gamma + beta, x.shape), cache, running_mean, running_var


# %%
def batch_norm2d_backward(dout, cache):
    rows, hat = to_rows(dout), cache["hat"]
    dgamma, dbeta = (rows * hat).sum(0), rows.sum(0)
    back = rows
    if cache["training"]:
        back = rows - rows.mean(0) - hat * (rows * hat).mean(0)
    return to_maps(cache["factor"] * back, dout.shape), dgamma, dbeta
