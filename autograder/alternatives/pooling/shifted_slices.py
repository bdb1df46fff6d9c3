# %% [markdown]
# No loop over places: the running maximum over the K x K shifted slices, and a first-hit mask.
# The cache is an object of a class of the learner's own.


# %%
class Pool:
    """The geometry of one pool."""

    def __init__(self, x, size, stride, padding):
        if x.ndim != 4:
            raise ValueError(f"x has {x.ndim} axes, expected 4")
        self.size, self.stride, self.padding = size, size if stride is None else stride, padding
        if self.size < 1 or self.stride < 1:
            raise ValueError(f"expected at least 1, got {self.size} and {self.stride}")
        if padding < 0 or 2 * padding > size:
            raise ValueError(f"expected padding <= {size // 2}, got {padding}")
        self.shape = x.shape
        self.out = [(s + 2 * padding - size) // self.stride + 1 for s in x.shape[2:]]
        if min(x.shape[2:]) + 2 * padding < size:
            raise ValueError(f"kernel_size {size} exceeds {min(x.shape[2:]) + 2 * padding}")

    def pad(self, x, value):
        p = self.padding
        full = np.full((*x.shape[:2], x.shape[2] + 2 * p, x.shape[3] + 2 * p), value, x.dtype)
        full[:, :, p : p + x.shape[2], p : p + x.shape[3]] = x
        return full

    def slices(self):
        """Yield for every place within a window where it lies in all windows at once."""
        s = self.stride
        for u in range(self.size):
            for v in range(self.size):
                rows = slice(u, u + s * (self.out[0] - 1) + 1, s)
                yield (..., rows, slice(v, v + s * (self.out[1] - 1) + 1, s))

    def crop(self, full):
        p = self.padding
        return full[:, :, p : p + self.shape[2], p : p + self.shape[3]]


# %%
def max_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    cache = Pool(x, kernel_size, stride, padding)
    lowest = -np.inf if np.issubdtype(x.dtype, np.floating) else np.iinfo(x.dtype).min
    cache.full = cache.pad(x, lowest)
    out = None
    for part in cache.slices():
        out = cache.full[part].copy() if out is None else np.maximum(out, cache.full[part])
    cache.best = out.copy()
    return out, cache


# %%
def max_pool2d_backward(dout, cache):
    dfull = np.zeros(cache.full.shape, dout.dtype)
    taken = np.zeros(dout.shape, bool)
    for part in cache.slices():
        hit = (cache.full[part] == cache.best) & ~taken
        dfull[part] += dout * hit
        taken |= hit
    return cache.crop(dfull)


# %%
def avg_pool2d_forward(x, kernel_size, *, stride=None, padding=0):
    cache = Pool(x, kernel_size, stride, padding)
    full = cache.pad(x if x.dtype.kind == "f" else x.astype(float), 0)
    return sum(full[part] for part in cache.slices()) / kernel_size**2, cache


# %%
def avg_pool2d_backward(dout, cache):
    p = 2 * cache.padding
    N, C, H, W = cache.shape
    dfull = np.zeros((N, C, H + p, W + p), dout.dtype)
    for part in cache.slices():
        dfull[part] += dout / cache.size**2
    return cache.crop(dfull)


# %%
def global_avg_pool2d_forward(x):
    if x.ndim != 4:
        raise ValueError(f"x has {x.ndim} axes, expected 4")
    return x.reshape(*x.shape[:2], -1).mean(axis=2), x


# %%
def global_avg_pool2d_backward(dout, cache):
    N, C, H, W = cache.shape
    weights = np.full((H, W), 1 / (H * W), dtype=dout.dtype)
    return np.einsum("nc,hw->nchw", dout, weights)
