# %% [markdown]
# Loops all the way down; no padded array: what lies outside the image is skipped.


# %%
def conv_output_size(size, kernel_size, *, stride=1, padding=0):
    if size < 1 or kernel_size < 1 or stride < 1 or padding < 0:
        raise ValueError("bad sizes: %d, %d, %d, %d" % (size, kernel_size, stride, padding))
    places = 0
    start = -padding
    while start + kernel_size <= size + padding:
        places += 1
        start += stride
    if places == 0:
        raise ValueError(
            "a filter of %d does not fit into %d with %d zeros on each side"
            % (kernel_size, size, padding)
        )
    return places


# %%
def conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError("x and weight need four axes, got %d and %d" % (x.ndim, weight.ndim))
    N, C, H, W = x.shape
    F, D, KH, KW = weight.shape
    if C != D:
        raise ValueError("the filters expect %d channels, the images have %d" % (D, C))
    if bias.shape != (F,):
        raise ValueError("bias should have shape (%d,), not %s" % (F, bias.shape))
    HO = conv_output_size(H, KH, stride=stride, padding=padding)
    WO = conv_output_size(W, KW, stride=stride, padding=padding)
    out = np.zeros((N, F, HO, WO), dtype=np.result_type(x, weight, bias))
    for n, f, i, j in np.ndindex(N, F, HO, WO):
        total = bias[f]
        for u in range(KH):
            for v in range(KW):
                row, column = i * stride + u - padding, j * stride + v - padding
                if 0 <= row < H and 0 <= column < W:
                    for c in range(C):
                        total = total + x[n, c, row, column] * weight[f, c, u, v]
        out[n, f, i, j] = total
    return out, [stride, padding, weight, x]


# %%
def conv2d_backward(dout, cache):
    stride, padding, weight, x = cache
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
                row, column = i * stride + u - padding, j * stride + v - padding
                if 0 <= row < H and 0 <= column < W:
                    dweight[f, :, u, v] += g * x[n, :, row, column]
                    dx[n, :, row, column] += g * weight[f, :, u, v]
    return dx, dweight, dbias


# %%
def conv2d_cost(x_shape, weight_shape, *, stride=1, padding=0):
    if len(x_shape) != 4:
        raise ValueError("x_shape: expected four sizes, got %d" % len(x_shape))
    if len(weight_shape) != 4:
        raise ValueError("weight_shape: expected four sizes, got %d" % len(weight_shape))
    if x_shape[1] != weight_shape[1]:
        raise ValueError("channels differ: %d and %d" % (x_shape[1], weight_shape[1]))
    weights = 1
    for size in weight_shape:
        weights *= size
    multiply_adds = x_shape[0] * weights
    for size, kernel_size in zip(x_shape[2:], weight_shape[2:]):
        multiply_adds *= conv_output_size(size, kernel_size, stride=stride, padding=padding)
    return weights + weight_shape[0], multiply_adds


# %%
def receptive_field(layers):
    # From the last layer to the first: the pixels that the window of one output covers, and the
    # step from the window of one output to that of the next.
    size, jump = 1, 1
    for kernel_size, stride in list(layers)[::-1]:
        if kernel_size < 1 or stride < 1:
            raise ValueError("expected 1 or more, got (%d, %d)" % (kernel_size, stride))
        size = (size - 1) * stride + kernel_size
        jump = jump * stride
    return size, jump


# %%
def im2col(x, kernel_size, *, stride=1, padding=0):
    if x.ndim != 4:
        raise ValueError("x needs four axes, got %d" % x.ndim)
    N, C, H, W = x.shape
    KH, KW = kernel_size
    HO = conv_output_size(H, KH, stride=stride, padding=padding)
    WO = conv_output_size(W, KW, stride=stride, padding=padding)
    cols = np.zeros((N, C * KH * KW, HO * WO), dtype=x.dtype)
    for n, i, j in np.ndindex(N, HO, WO):
        k = 0
        for c in range(C):
            for u in range(KH):
                for v in range(KW):
                    row, column = i * stride + u - padding, j * stride + v - padding
                    if 0 <= row < H and 0 <= column < W:
                        cols[n, k, i * WO + j] = x[n, c, row, column]
                    k += 1
    return cols


# %%
def col2im(cols, x_shape, kernel_size, *, stride=1, padding=0):
    if len(x_shape) != 4:
        raise ValueError("x_shape: expected four sizes, got %d" % len(x_shape))
    N, C, H, W = x_shape
    KH, KW = kernel_size
    HO = conv_output_size(H, KH, stride=stride, padding=padding)
    WO = conv_output_size(W, KW, stride=stride, padding=padding)
    if cols.shape != (N, C * KH * KW, HO * WO):
        wanted = (N, C * KH * KW, HO * WO)
        raise ValueError("cols should have shape %s, not %s" % (wanted, cols.shape))
    x = np.zeros(x_shape, dtype=cols.dtype)
    for n, i, j in np.ndindex(N, HO, WO):
        for k in range(C * KH * KW):
            c, u, v = k // (KH * KW), k // KW % KH, k % KW
            row, column = i * stride + u - padding, j * stride + v - padding
            if 0 <= row < H and 0 <= column < W:
                x[n, c, row, column] += cols[n, k, i * WO + j]
    return x


# %%
def conv2d_forward_im2col(x, weight, bias, *, stride=1, padding=0):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError("x and weight need four axes, got %d and %d" % (x.ndim, weight.ndim))
    if x.shape[1] != weight.shape[1] or bias.shape != weight.shape[:1]:
        raise ValueError("misfit: %s, %s, %s" % (x.shape, weight.shape, bias.shape))
    F, _, KH, KW = weight.shape
    HO = conv_output_size(x.shape[2], KH, stride=stride, padding=padding)
    WO = conv_output_size(x.shape[3], KW, stride=stride, padding=padding)
    cols = im2col(x, (KH, KW), stride=stride, padding=padding)
    out = np.zeros((len(x), F, HO * WO), dtype=np.result_type(x, weight, bias))
    for n in range(len(x)):
        out[n] = weight.reshape(F, -1).dot(cols[n])
        for f in range(F):
            out[n, f] += bias[f]
    return out.reshape(len(x), F, HO, WO), [x.shape, cols, weight, stride, padding]


# %%
def conv2d_backward_im2col(dout, cache):
    x_shape, cols, weight, stride, padding = cache
    F = len(weight)
    dweight = np.zeros((F, cols.shape[1]), dtype=dout.dtype)
    dcols = np.zeros(cols.shape, dtype=dout.dtype)
    for n in range(len(dout)):
        grad = dout[n].reshape(F, -1)
        dweight += grad.dot(cols[n].T)
        dcols[n] = weight.reshape(F, -1).T.dot(grad)
    dx = col2im(dcols, x_shape, weight.shape[2:], stride=stride, padding=padding)
    return dx, dweight.reshape(weight.shape), dout.sum(3).sum(2).sum(0)
