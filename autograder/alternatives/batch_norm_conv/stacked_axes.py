# %% [markdown]
# Channels first, (C, M): every channel is a row; projections take mean and x_hat out of the way back.


# %%
def batch_norm2d_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if x.ndim != 4 or min(x.shape) < 1:
        raise ValueError("expected (N, C, H, W), got %s" % (x.shape,))
    N, C, H, W = x.shape
    shapes = {v.shape for v in (gamma, beta, running_mean, running_var)}
    if shapes != {(C,)}:
        raise ValueError("expected (%d,) for x of shape %s, got %s" % (C, x.shape, shapes))
    if training and N * H * W == 1:
        raise ValueError("expected 2 or more numbers a channel, got x of shape %s" % (x.shape,))
    channels = x.swapaxes(0, 1).reshape(C, N * H * W)
    mu, var = running_mean, running_var
    if training:
        mu, var = channels.mean(axis=1), channels.var(axis=1)
        running_mean = np.array(running_mean) * (1 - momentum)
        running_mean += momentum * mu
        running_var = np.array(running_var) * (1 - momentum)
        running_var += momentum * var
    s = np.sqrt(var + eps)[:, None]
    hat = (channels - mu[:, None]) / s
    out = (gamma[:, None] * hat + beta[:, None]).reshape(C, N, H, W).swapaxes(0, 1)
    return out, [hat, gamma[:, None] / s, training], running_mean, running_var


# %%
def batch_norm2d_backward(dout, cache):
    hat, factor, training = cache
    N, C, H, W = dout.shape
    g = dout.swapaxes(0, 1).reshape(C, N * H * W)
    dx = g.copy()
    if training:
        dx -= g.mean(axis=1, keepdims=True)
        dx -= (g * hat).mean(axis=1, keepdims=True) * hat
    dx = (factor * dx).reshape(C, N, H, W).swapaxes(0, 1)
    return dx, np.vecdot(g, hat), g @ np.ones(N * H * W, dtype=g.dtype)
