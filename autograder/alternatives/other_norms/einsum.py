# %% [markdown]
# Einstein sums; what a set shares is a sum divided by a count.


# %%
def spread(spelled, x, m, eps):
    """Give the means and the roots of the sets that an einsum leaves."""
    whole, left = spelled.split("->")
    mean = np.einsum(spelled, x) / m
    # Of the centered numbers, lest two huge numbers cancel.
    shape = mean.shape + (1,) * (x.ndim - mean.ndim)
    far = x - mean.reshape(shape)
    square = np.einsum(f"{whole},{whole}->{left}", far, far) / m
    return far, np.sqrt(square + eps).reshape(shape)


def refuse(x, axes, gamma, beta):
    if x.ndim != axes or 0 in x.shape[1:]:
        raise ValueError(f"expected {axes} axes, none of them empty, got x.shape={x.shape}")
    if not gamma.shape == beta.shape == x.shape[1:2]:
        raise ValueError(f"expected {x.shape[1:2]} twice, got {gamma.shape} and {beta.shape}")


# %%
def layer_norm_forward(x, gamma, beta, *, eps=1e-5):
    refuse(x, 2, gamma, beta)
    far, root = spread("nd->n", x, x.shape[1], eps)
    return np.einsum("nd,d->nd", far / root, gamma) + beta, (far / root, root, gamma)


# %%
def layer_norm_backward(dout, cache):
    x_hat, root, gamma = cache
    D = dout.shape[1]
    mean = np.einsum("nd,d->n", dout, gamma) / D
    along = np.einsum("nd,nd,d->n", dout, x_hat, gamma) / D
    dx = (np.einsum("nd,d->nd", dout, gamma) - mean[:, None] - x_hat * along[:, None]) / root
    return dx, np.einsum("nd,nd->d", dout, x_hat), np.einsum("nd->d", dout)


# %%
def instance_norm2d_forward(x, gamma, beta, *, eps=1e-5):
    refuse(x, 4, gamma, beta)
    far, root = spread("nchw->nc", x, x.shape[2] * x.shape[3], eps)
    out = np.einsum("nchw,c->nchw", far / root, gamma) + beta.reshape(-1, 1, 1)
    return out, (far / root, root, gamma)


# %%
def instance_norm2d_backward(dout, cache):
    x_hat, root, gamma = cache
    m = dout.shape[2] * dout.shape[3]
    mean = np.einsum("nchw->nc", dout) / m
    along = np.einsum("nchw,nchw->nc", dout, x_hat) / m
    inner = dout - mean[:, :, None, None] - x_hat * along[:, :, None, None]
    # All numbers of a map share one gamma: here it may come last.
    dx = np.einsum("nchw,c->nchw", inner / root, gamma)
    return dx, np.einsum("nchw,nchw->c", dout, x_hat), np.einsum("nchw->c", dout)


# %%
def group_norm2d_forward(x, num_groups, gamma, beta, *, eps=1e-5):
    refuse(x, 4, gamma, beta)
    N, C, H, W = x.shape
    if num_groups not in [each for each in range(1, C + 1) if C % each == 0]:
        raise ValueError(f"expected a divisor of {C}, got num_groups={num_groups}")
    size = C // num_groups
    far, root = spread("ngchw->ng", x.reshape(N, num_groups, size, H, W), size * H * W, eps)
    out = np.einsum("nchw,c->nchw", (far / root).reshape(x.shape), gamma)
    return out + beta.reshape(-1, 1, 1), (far / root, root, gamma)


# %%
def group_norm2d_backward(dout, cache):
    x_hat, root, gamma = cache
    N, G, C, H, W = x_hat.shape
    scale, back = gamma.reshape(G, C), dout.reshape(x_hat.shape)
    mean = np.einsum("ngchw,gc->ng", back, scale) / (C * H * W)
    along = np.einsum("ngchw,ngchw,gc->ng", back, x_hat, scale) / (C * H * W)
    ends = (N, G, 1, 1, 1)
    dx = np.einsum("ngchw,gc->ngchw", back, scale) - mean.reshape(ends)
    dx = (dx - x_hat * along.reshape(ends)) / root
    dgamma = np.einsum("ngchw,ngchw->gc", back, x_hat).reshape(-1)
    return dx.reshape(dout.shape), dgamma, np.einsum("nchw->c", dout)
