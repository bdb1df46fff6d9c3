# %% [markdown]
# Fusion by asking: the merged layer is what the two layers make of 0 and of unit vectors. And the
# convolution is fused as the linear layer that it is at each place.


# %%
def batch_norm_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if x.ndim != 2 or not len(x):
        raise ValueError(f"expected x of two axes with a sample at least, got {x.shape}")
    four = [gamma, beta, running_mean, running_var]
    if {each.shape for each in four} != {x.shape[1:]}:
        raise ValueError(f"expected {x.shape[1:]}, got {[each.shape for each in four]}")
    if training:
        mean = x.mean(axis=0, keepdims=True)
        var = ((x - mean) ** 2).mean(axis=0, keepdims=True)
        running_mean = np.average([running_mean, mean[0]], axis=0, weights=[1 - momentum, momentum])
        running_var = np.average([running_var, var[0]], axis=0, weights=[1 - momentum, momentum])
        running_mean = running_mean.astype(four[2].dtype)
        running_var = running_var.astype(four[3].dtype)
    else:
        mean, var = running_mean[np.newaxis], running_var[np.newaxis]
    out = (x - mean) / np.sqrt(var + eps) * gamma + beta
    return out, (x, gamma, mean, var, eps, training), running_mean, running_var


# %%
def batch_norm_backward(dout, cache):
    x, gamma, mean, var, eps, training = cache
    root = np.sqrt(var + eps)
    dx_hat = dout * gamma
    dx = dx_hat / root
    if training:
        # The two ways through the statistics, as the paper has them.
        dvar = (dx_hat * (x - mean)).sum(axis=0) * -0.5 * root**-3
        dmean = -(dx_hat / root).sum(axis=0)
        dx = dx + dvar * 2 * (x - mean) / len(x) + dmean / len(x)
    return dx, (dout * ((x - mean) / root)).sum(axis=0), dout.sum(axis=0)


# %%
def fuse_linear_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    if weight.ndim != 2:
        raise ValueError(f"expected a weight of two axes, got {weight.shape}")
    D_in, D_out = weight.shape
    if bias is not None and bias.shape != (D_out,):
        raise ValueError(f"expected a bias of shape ({D_out},), got {bias.shape}")
    if bias is None:
        bias = np.zeros(D_out, dtype=weight.dtype)
    asked = np.concatenate([np.zeros((1, D_in)), np.eye(D_in)]).astype(weight.dtype)
    between, _ = given.linear_forward(asked, weight, bias)
    norm = (gamma, beta, running_mean, running_var)
    answers, *_ = batch_norm_forward(between, *norm, training=False, eps=eps)
    return answers[1:] - answers[0], answers[0]


# %%
def fuse_conv_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    if weight.ndim != 4:
        raise ValueError(f"expected a weight of four axes, got {weight.shape}")
    flat = weight.reshape(len(weight), -1).T
    norm = (gamma, beta, running_mean, running_var)
    flat, bias = fuse_linear_batch_norm(flat, bias, *norm, eps=eps)
    return flat.T.reshape(weight.shape), bias
