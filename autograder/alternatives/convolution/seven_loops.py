# %% [markdown]
# Loops all the way down: one multiplication at a time, in the order of the formula.

# %%
import numpy as np


# %%
def correlate2d(image, kernel):
    if len(image.shape) != 2 or len(kernel.shape) != 2:
        raise ValueError("need two axes each, got %s and %s" % (image.shape, kernel.shape))
    h, w = image.shape
    kh, kw = kernel.shape
    if kh > h or kw > w:
        raise ValueError("kernel %s does not fit into the image %s" % (kernel.shape, image.shape))
    out = np.zeros((h - kh + 1, w - kw + 1), dtype=(image[:1, :1] * kernel[:1, :1]).dtype)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for u in range(kh):
                for v in range(kw):
                    out[i, j] += image[i + u, j + v] * kernel[u, v]
    return out


# %%
def conv2d_forward(x, weight, bias):
    if x.ndim != 4:
        raise ValueError("x must have 4 axes, it has %d" % x.ndim)
    if weight.ndim != 4:
        raise ValueError("weight must have 4 axes, it has %d" % weight.ndim)
    N, C, H, W = x.shape
    F, D, KH, KW = weight.shape
    if D != C:
        raise ValueError("the filters expect %d channels, the images have %d" % (D, C))
    if bias.shape != (F,):
        raise ValueError("bias should have shape (%d,), not %s" % (F, bias.shape))
    if KH > H or KW > W:
        raise ValueError("a filter of %d x %d is too large for %d x %d" % (KH, KW, H, W))
    out = np.zeros((N, F, H - KH + 1, W - KW + 1), dtype=np.result_type(x, weight, bias))
    for n in range(N):
        for f in range(F):
            for i in range(H - KH + 1):
                for j in range(W - KW + 1):
                    total = bias[f]
                    for c in range(C):
                        for u in range(KH):
                            for v in range(KW):
                                total = total + x[n, c, i + u, j + v] * weight[f, c, u, v]
                    out[n, f, i, j] = total
    return out, [weight, bias, x]


# %%
def conv2d_backward(dout, cache):
    weight, bias, x = cache
    N, F, HO, WO = dout.shape
    C, KH, KW = weight.shape[1:]
    dx = np.zeros(x.shape, dtype=dout.dtype)
    dweight = np.zeros(weight.shape, dtype=dout.dtype)
    dbias = np.zeros(F, dtype=dout.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(HO):
                for j in range(WO):
                    g = dout[n, f, i, j]
                    dbias[f] += g
                    for c in range(C):
                        for u in range(KH):
                            for v in range(KW):
                                dweight[f, c, u, v] += g * x[n, c, i + u, j + v]
                                dx[n, c, i + u, j + v] += g * weight[f, c, u, v]
    return dx, dweight, dbias
