# %% [markdown]
# At test time a slope and an offset for each column; Einstein sums; a dict as the cache.


# %%
def demand(right, message):
    if not right:
        raise ValueError(message)


def line(gamma, beta, mean, var, eps):
    """The slope and the offset of the normalization by remembered numbers."""
    slope = gamma * (var + eps) ** -0.5
    return slope, beta - slope * mean


# %%
def batch_norm_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    demand(x.ndim == 2 and x.shape[0] > 0, f"expected a batch (N, D), got {x.shape}")
    for each in (gamma, beta, running_mean, running_var):
        demand(each.shape == x.shape[1:], f"expected {x.shape[1:]}, got {each.shape}")
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(0), np.var(x, axis=0)
        running_mean = running_mean + momentum * (mean - running_mean)
        running_var = running_var + momentum * (var - running_var)
    slope, offset = line(gamma, beta, mean, var, eps)
    cache = {"x": x, "mean": mean, "slope": slope, "inverse": (var + eps) ** -0.5}
    cache["mode"] = "training" if training else "test"
    return x * slope + offset, cache, running_mean, running_var


# %%
def batch_norm_backward(dout, cache):
    x_hat = (cache["x"] - cache["mean"]) * cache["inverse"]
    dgamma = np.einsum("nd,nd->d", dout, x_hat)
    dbeta = np.einsum("nd->d", dout)
    dx = dout
    if cache["mode"] == "training":
        dx = dout - (dbeta + x_hat * dgamma) / len(dout)
    return dx * cache["slope"], dgamma, dbeta


# %%
def fuse_linear_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    demand(weight.ndim == 2, f"expected 2 axes, got {weight.shape}")
    for each in (bias, gamma, beta, running_mean, running_var):
        right = each is None or each.shape == weight.shape[1:]
        demand(right, f"expected {weight.shape[1:]}, got {np.shape(each)}")
    slope, offset = line(gamma, beta, running_mean, running_var, eps)
    if bias is not None:
        offset = offset + slope * bias
    return np.einsum("io,o->io", weight, slope), offset


# %%
def fuse_conv_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    demand(weight.ndim == 4, f"expected 4 axes, got {weight.shape}")
    for each in (bias, gamma, beta, running_mean, running_var):
        right = each is None or each.shape == weight.shape[:1]
        demand(right, f"expected {weight.shape[:1]}, got {np.shape(each)}")
    slope, offset = line(gamma, beta, running_mean, running_var, eps)
    if bias is not None:
        offset = offset + slope * bias
    return np.einsum("oikl,o->oikl", weight, slope), offset
