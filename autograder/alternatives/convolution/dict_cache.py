# %% [markdown]
# A dictionary as the cache, a loop over images and filters, gradients in a list.


# %%
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"got image.ndim={image.ndim} and kernel.ndim={kernel.ndim}, expected 2")
    if not all(k <= s for k, s in zip(kernel.shape, image.shape)):
        raise ValueError(f"got a kernel of {kernel.shape}, expected at most {image.shape}")
    H_out, W_out = np.subtract(image.shape, kernel.shape) + 1
    out = np.empty((H_out, W_out), dtype=np.promote_types(image.dtype, kernel.dtype))
    for place in np.ndindex(*out.shape):
        i, j = place
        patch = image[i : i + kernel.shape[0], j : j + kernel.shape[1]]
        out[place] = (patch * kernel).sum()
    return out


# %%
def conv2d_forward(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"got x.ndim={x.ndim} and weight.ndim={weight.ndim}, expected 4 and 4")
    if weight.shape[1] != x.shape[1]:
        raise ValueError(f"got x with C_in={x.shape[1]}, expected {weight.shape[1]}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"got bias.shape={bias.shape}, expected ({weight.shape[0]},)")
    if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:
        raise ValueError(f"got filters {weight.shape[2:]}, expected at most {x.shape[2:]}")
    maps = [
        [sum(map(correlate2d, image, kernel)) + b for kernel, b in zip(weight, bias)] for image in x
    ]
    return np.array(maps), {"input": x, "filters": weight, "bias": bias}


# %%
def conv2d_backward(dout, cache):
    x, weight = cache["input"], cache["filters"]
    grads = {name: np.zeros(value.shape, dout.dtype) for name, value in cache.items()}
    kH, kW = weight.shape[-2:]
    for n, f, i, j in np.ndindex(*dout.shape):
        g = dout[n, f, i, j]
        grads["input"][n, :, i : i + kH, j : j + kW] += g * weight[f]
        grads["filters"][f] += g * x[n, :, i : i + kH, j : j + kW]
        grads["bias"][f] += g
    return grads["input"], grads["filters"], grads["bias"]
