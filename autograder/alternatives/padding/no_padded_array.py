# %% [markdown]
# Loops all the way down, and no padded array: what lies outside the image is skipped.


# %%
def max_conv_layers(size, kernel_size):
    if size < 1:
        raise ValueError("size must be at least 1, it is %d" % size)
    if kernel_size < 2:
        raise ValueError("kernel_size must be at least 2, it is %d" % kernel_size)
    if size < kernel_size:
        return 0
    return 1 + max_conv_layers(size - (kernel_size - 1), kernel_size)


# %%
def same_padding(kernel_size):
    for padding in range(kernel_size):
        if 1 - kernel_size + 2 * padding == 0:
            return padding
    raise ValueError("no padding keeps the size for kernel_size %d" % kernel_size)


# %%
def pad2d_forward(x, padding):
    if len(x.shape) != 4:
        raise ValueError("x must have four axes, its shape is %s" % (x.shape,))
    if padding < 0:
        raise ValueError("padding must not be negative, it is %d" % padding)
    N, C, H, W = x.shape
    out = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    out[n, c, i + padding, j + padding] = x[n, c, i, j]
    return out, (x.shape, padding)


# %%
def pad2d_backward(dout, cache):
    shape, padding = cache
    dx = np.zeros(shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(*shape):
        dx[n, c, i, j] = dout[n, c, i + padding, j + padding]
    return dx


# %%
def conv2d_forward(x, weight, bias, *, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError("x and weight need four axes, got %d and %d" % (x.ndim, weight.ndim))
    if padding < 0:
        raise ValueError("padding must not be negative, it is %d" % padding)
    N, C, H, W = x.shape
    F, D, KH, KW = weight.shape
    if C != D:
        raise ValueError("the filters expect %d channels, the images have %d" % (D, C))
    if bias.shape != (F,):
        raise ValueError("bias should have shape (%d,), not %s" % (F, bias.shape))
    HO, WO = H + 2 * padding - KH + 1, W + 2 * padding - KW + 1
    if HO < 1 or WO < 1:
        limit = (H + 2 * padding, W + 2 * padding)
        raise ValueError("filters of (%d, %d) do not fit into %s" % (KH, KW, limit))
    out = np.zeros((N, F, HO, WO), dtype=np.result_type(x, weight, bias))
    for n, f, i, j in np.ndindex(N, F, HO, WO):
        total = bias[f]
        for u in range(KH):
            for v in range(KW):
                row, column = i + u - padding, j + v - padding
                if 0 <= row < H and 0 <= column < W:
                    for c in range(C):
                        total = total + x[n, c, row, column] * weight[f, c, u, v]
        out[n, f, i, j] = total
    return out, [padding, weight, x]


# %%
def conv2d_backward(dout, cache):
    padding, weight, x = cache
    N, C, H, W = x.shape
    F, _, KH, KW = weight.shape
    dx = np.zeros(x.shape, dtype=dout.dtype)
    dweight = np.zeros(weight.shape, dtype=dout.dtype)
    dbias = np.zeros(F, dtype=dout.dtype)
    for n, f, i, j in np.ndindex(*dout.shape):
        g = dout[n, f, i, j]
        dbias[f] += g
        for u in range(KH):
            for v in range(KW):
                row, column = i + u - padding, j + v - padding
                if 0 <= row < H and 0 <= column < W:
                    dweight[f, :, u, v] += g * x[n, :, row, column]
                    dx[n, :, row, column] += g * weight[f, :, u, v]
    return dx, dweight, dbias
