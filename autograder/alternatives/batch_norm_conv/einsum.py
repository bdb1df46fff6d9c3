# %% [markdown]
# Einstein sums throughout; at test time the layer is one scale and one shift for each channel.


# %%
def batch_norm2d_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if np.ndim(x) != 4 or 0 in x.shape:
        raise ValueError(f"expected (N, C, H, W), got {np.shape(x)}")
    C = x.shape[1]
    M = x.size // C
    if not gamma.shape == beta.shape == running_mean.shape == running_var.shape == (C,):
        got = [gamma.shape, beta.shape, running_mean.shape, running_var.shape]
        raise ValueError(f"expected ({C},) four times, got {got}")
    if not training:
        scale = gamma / np.sqrt(running_var + eps)
        shift = beta - running_mean * scale
        out = np.einsum("nchw,c->nchw", x, scale) + shift.reshape(C, 1, 1)
        return out, (x, running_mean, np.sqrt(running_var + eps), gamma, 0), running_mean, running_var
    if M == 1:
        raise ValueError(f"expected more than one number a channel, got x.shape={x.shape}")
    mean = np.einsum("nchw->c", x) / M
    centered = x - mean.reshape(C, 1, 1)
    var = np.einsum("nchw,nchw->c", centered, centered) / M
    root = np.sqrt(var + eps)
    out = np.einsum("nchw,c->nchw", centered, gamma / root) + beta.reshape(C, 1, 1)
    keep = 1 - momentum
    running = keep * running_mean + momentum * mean, keep * running_var + momentum * var
    return out, (x, mean, root, gamma, 1), *running


# %%
def batch_norm2d_backward(dout, cache):
    x, mean, root, gamma, through = cache
    C = len(gamma)
    hat = np.einsum("nchw,c->nchw", x - mean.reshape(C, 1, 1), 1 / root)
    dbeta = np.einsum("nchw->c", dout)
    dgamma = np.einsum("nchw,nchw->c", dout, hat)
    M = dout.size // C
    lost = (dbeta / M).reshape(C, 1, 1) + np.einsum("nchw,c->nchw", hat, dgamma / M)
    return np.einsum("nchw,c->nchw", dout - through * lost, gamma / root), dgamma, dbeta
