# %% [markdown]
# A view of every window, no loop forward; np.add.at puts the gradients back.

# %%
from numpy.lib.stride_tricks import sliding_window_view


def windows_of(x, K, S, P, fill):
    """Check the arguments; give the padded array and the (N, C, H_out, W_out, K, K) view."""
    if x.ndim != 4:
        raise ValueError(f"expected four axes, got {x.shape}")
    if K < 1 or S < 1:
        raise ValueError(f"kernel_size and stride have to be 1 or more, got {K} and {S}")
    if not 0 <= P <= K // 2:
        raise ValueError(f"padding has to be from 0 to {K // 2}, got {P}")
    room = min(x.shape[2:]) + 2 * P
    if K > room:
        raise ValueError(f"kernel_size has to be at most {room}, got {K}")
    padded = np.pad(x, [(0, 0), (0, 0), (P, P), (P, P)], constant_values=fill)
    return padded, sliding_window_view(padded, (K, K), axis=(2, 3))[:, :, ::S, ::S]


# %%
def max_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    S = stride if stride is not None else kernel_size
    lowest = np.iinfo(x.dtype).min if x.dtype.kind in "iu" else -np.inf
    padded, windows = windows_of(x, kernel_size, S, padding, lowest)
    where = windows.reshape(*windows.shape[:4], -1).argmax(axis=-1)
    return windows.max(axis=(4, 5)), (padded.shape, x.shape, where, kernel_size, S, padding)


# %%
def max_pool2d_backward(dout, cache):
    padded_shape, shape, where, K, S, P = cache
    dpadded = np.zeros(padded_shape, dtype=dout.dtype)
    n, c, i, j = np.indices(dout.shape, sparse=True)
    np.add.at(dpadded, (n, c, i * S + where // K, j * S + where % K), dout)
    return dpadded[:, :, P : P + shape[2], P : P + shape[3]]


# %%
def avg_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    S = stride if stride is not None else kernel_size
    _, windows = windows_of(x, kernel_size, S, padding, 0)
    return windows.mean(axis=(4, 5)), (x.shape, kernel_size, S, padding)


# %%
def avg_pool2d_backward(dout, cache):
    (N, C, H, W), K, S, P = cache
    dpadded = np.zeros((N, C, H + 2 * P, W + 2 * P), dtype=dout.dtype)
    # One number of every window at a time: those never overlap.
    for u in range(K):
        for v in range(K):
            part = dpadded[:, :, u : u + S * dout.shape[2] : S, v : v + S * dout.shape[3] : S]
            part += dout / (K * K)
    return dpadded[:, :, P : P + H, P : P + W]


# %%
def global_avg_pool2d_forward(x):
    if x.ndim != 4:
        raise ValueError(f"expected (N, C, H, W), got {x.shape}")
    return np.mean(x, axis=(-2, -1)), x.shape


# %%
def global_avg_pool2d_backward(dout, cache):
    return np.broadcast_to((dout / (cache[2] * cache[3]))[..., None, None], cache).copy()
