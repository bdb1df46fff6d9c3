# %% [markdown]
# The cache is an object of a class defined in a cell of its own.


# %%
class Remembered:
    """What the backward pass needs."""

    def __init__(self, images, filters):
        self.images = images
        self.filters = filters

    def places(self):
        height = self.images.shape[2] - self.filters.shape[2] + 1
        width = self.images.shape[3] - self.filters.shape[3] + 1
        for place in range(height * width):
            i, j = divmod(place, width)
            rows = slice(i, i + self.filters.shape[2])
            columns = slice(j, j + self.filters.shape[3])
            yield i, j, (Ellipsis, rows, columns)


# %%
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"two axes expected; image: {image.shape}, kernel: {kernel.shape}")
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError(f"kernel {kernel.shape} does not fit image {image.shape}")
    out, _ = conv2d_forward(image[None, None], kernel[None, None], np.zeros(1, kernel.dtype))
    return out[0, 0]


# %%
def conv2d_forward(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"four axes expected; x: {x.shape}, weight: {weight.shape}")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"weight.shape[1] is {weight.shape[1]}, x.shape[1] is {x.shape[1]}")
    if bias.shape != (weight.shape[0],):
        raise ValueError(f"{weight.shape[0]} filters, but bias.shape is {bias.shape}")
    if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:
        raise ValueError(f"filter {weight.shape[2:]} does not fit image {x.shape[2:]}")
    cache = Remembered(x, weight)
    H_out = x.shape[2] - weight.shape[2] + 1
    W_out = x.shape[3] - weight.shape[3] + 1
    out = np.zeros((len(x), len(weight), H_out, W_out), np.result_type(x, weight, bias))
    for i, j, patch in cache.places():
        # (N, 1, C_in, kH, kW) times (C_out, C_in, kH, kW)
        out[:, :, i, j] = (x[patch][:, None] * weight).sum(axis=(2, 3, 4)) + bias
    return out, cache


# %%
def conv2d_backward(dout, cache):
    dx = np.zeros(cache.images.shape, dout.dtype)
    dweight = np.zeros(cache.filters.shape, dout.dtype)
    for i, j, patch in cache.places():
        here = dout[:, :, i, j][:, :, None, None, None]
        dx[patch] += (here * cache.filters).sum(axis=1)
        dweight += (here * cache.images[patch][:, None]).sum(axis=0)
    return dx, dweight, dout.sum(axis=-1).sum(axis=-1).sum(axis=0)
