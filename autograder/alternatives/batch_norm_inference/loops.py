# %% [markdown]
# Column by column, number by number, in plain loops.


# %%
def batch_norm_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if x.ndim != 2 or x.shape[0] < 1:
        raise ValueError(f"expected (N, D) with N >= 1, got {x.shape}")
    N, D = x.shape
    for name, each in (("gamma", gamma), ("beta", beta), ("mean", running_mean), ("var", running_var)):
        if each.shape != (D,):
            raise ValueError(f"expected {name} of shape ({D},), got {each.shape}")
    kind = np.result_type(x.dtype, gamma.dtype)
    out = np.empty((N, D), dtype=kind)
    x_hat = np.empty((N, D), dtype=kind)
    roots = np.empty(D, dtype=kind)
    new_mean, new_var = running_mean.copy(), running_var.copy()
    for j in range(D):
        mean, var = running_mean[j], running_var[j]
        if training:
            mean = sum(x[i, j] for i in range(N)) / N
            var = sum((x[i, j] - mean) ** 2 for i in range(N)) / N
            new_mean[j] = (1 - momentum) * running_mean[j] + momentum * mean
            new_var[j] = (1 - momentum) * running_var[j] + momentum * var
        roots[j] = (var + eps) ** 0.5
        for i in range(N):
            x_hat[i, j] = (x[i, j] - mean) / roots[j]
            out[i, j] = gamma[j] * x_hat[i, j] + beta[j]
    return out, [bool(training), x_hat, gamma, roots], new_mean, new_var


# %%
def batch_norm_backward(dout, cache):
    training, x_hat, gamma, roots = cache
    N, D = dout.shape
    dx = np.empty_like(dout)
    dgamma = np.zeros(D, dtype=dout.dtype)
    dbeta = np.zeros(D, dtype=dout.dtype)
    for j in range(D):
        for i in range(N):
            dbeta[j] += dout[i, j]
            dgamma[j] += dout[i, j] * x_hat[i, j]
        for i in range(N):
            own = dout[i, j]
            if training:
                own = own - dbeta[j] / N - x_hat[i, j] * dgamma[j] / N
            dx[i, j] = gamma[j] * own / roots[j]
    return dx, dgamma, dbeta


# %%
def fuse_linear_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    if weight.ndim != 2:
        raise ValueError(f"expected (D_in, D_out), got {weight.shape}")
    D_in, D_out = weight.shape
    for each in (gamma, beta, running_mean, running_var) + (() if bias is None else (bias,)):
        if each.shape != (D_out,):
            raise ValueError(f"expected ({D_out},), got {each.shape}")
    new_weight, new_bias = weight.copy(), beta.copy()
    for o in range(D_out):
        factor = gamma[o] / (running_var[o] + eps) ** 0.5
        for i in range(D_in):
            new_weight[i, o] = weight[i, o] * factor
        at_zero = 0 if bias is None else bias[o]
        new_bias[o] += factor * (at_zero - running_mean[o])
    return new_weight, new_bias


# %%
def fuse_conv_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    if weight.ndim != 4:
        raise ValueError(f"expected (C_out, C_in, kH, kW), got {weight.shape}")
    C_out = weight.shape[0]
    for each in (gamma, beta, running_mean, running_var) + (() if bias is None else (bias,)):
        if each.shape != (C_out,):
            raise ValueError(f"expected ({C_out},), got {each.shape}")
    filters, shifts = [], []
    for c in range(C_out):
        factor = gamma[c] / (running_var[c] + eps) ** 0.5
        filters.append(weight[c] * factor)
        shifts.append(((0 if bias is None else bias[c]) - running_mean[c]) * factor + beta[c])
    return np.stack(filters), np.array(shifts)
