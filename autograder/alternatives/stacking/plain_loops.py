# %% [markdown]
# Loops over channels and places; a dictionary as the cache.


# %%
def merge_convs(weight1, bias1, weight2, bias2):
    if len(weight1.shape) != 4 or len(weight2.shape) != 4:
        raise ValueError("need four axes each, got %s and %s" % (weight1.shape, weight2.shape))
    M, K, h1, w1 = weight1.shape
    F, M2, h2, w2 = weight2.shape
    if M2 != M:
        raise ValueError("the second filters expect %d channels, they would get %d" % (M2, M))
    if bias1.shape != (M,):
        raise ValueError("bias1 should have shape (%d,), not %s" % (M, bias1.shape))
    if bias2.shape != (F,):
        raise ValueError("bias2 should have shape (%d,), not %s" % (F, bias2.shape))
    kind = (weight1[:1, :1, :1, :1] * weight2[:1, :1, :1, :1]).dtype
    weight = np.zeros((F, K, h1 + h2 - 1, w1 + w2 - 1), dtype=kind)
    bias = np.array(bias2, dtype=np.result_type(kind, bias1, bias2))
    for f in range(F):
        for m in range(M):
            for u in range(h2):
                for v in range(w2):
                    factor = weight2[f, m, u, v]
                    bias[f] += factor * bias1[m]
                    for k in range(K):
                        weight[f, k, u : u + h1, v : v + w1] += factor * weight1[m, k]
    return weight, bias


# %%
def conv_stack_forward(x, params):
    if not params:
        raise ValueError("a stack needs one layer at least, got none")
    cache = {"layers": [], "masks": []}
    (weight, bias), *rest = params
    out, kept = given.conv2d_forward(x, weight, bias)
    cache["layers"].append(kept)
    for weight, bias in rest:
        mask = out > 0
        out, kept = given.conv2d_forward(np.where(mask, out, 0), weight, bias)
        cache["layers"].append(kept)
        cache["masks"].append(mask)
    return out, cache


# %%
def conv_stack_backward(dout, cache):
    layers, masks = cache["layers"], cache["masks"]
    dx, dweight, dbias = given.conv2d_backward(dout, layers[-1])
    dparams = [(dweight, dbias)]
    for i in range(len(masks) - 1, -1, -1):
        dx, dweight, dbias = given.conv2d_backward(np.where(masks[i], dx, 0), layers[i])
        dparams.insert(0, (dweight, dbias))
    return dx, dparams
