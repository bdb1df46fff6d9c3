# %% [markdown]
# Nothing but counting: loops that go one step at a time, and a column instead of a row.


# %%
def receptive_field(kernel_sizes):
    first, last = 0, 0
    for kernel_size in kernel_sizes:
        if kernel_size < 1:
            raise ValueError("a kernel size must be at least 1, not %d" % kernel_size)
        last += kernel_size - 1
    return last - first + 1


# %%
def layers_to_cover(size, kernel_size):
    if size < 1:
        raise ValueError("size must be at least 1, not %d" % size)
    if kernel_size < 2:
        raise ValueError("kernel_size must be at least 2, not %d" % kernel_size)
    layers, seen = 0, 1
    while seen < size:
        layers, seen = layers + 1, seen + kernel_size - 1
    return layers


# %%
def input_region(index, kernel_sizes, *, paddings=None):
    if index < 0:
        raise ValueError("index must be at least 0, not %d" % index)
    if paddings is not None and len(paddings) != len(kernel_sizes):
        raise ValueError("%d paddings for %d layers" % (len(paddings), len(kernel_sizes)))
    first, last = index, index
    for layer in range(len(kernel_sizes) - 1, -1, -1):
        pad = 0 if paddings is None else paddings[layer]
        if kernel_sizes[layer] < 1:
            raise ValueError("a kernel size must be at least 1, not %d" % kernel_sizes[layer])
        if pad < 0:
            raise ValueError("a padding must be at least 0, not %d" % pad)
        first = first - pad
        last = last - pad + kernel_sizes[layer] - 1
    return first, last + 1


# %%
def measured_receptive_field(kernel_sizes, size):
    for number in [size, *kernel_sizes]:
        if number < 1:
            raise ValueError("sizes must be at least 1, not %d" % number)
    maps, caches = [np.arange(1.0, size + 1).reshape(1, 1, size, 1)], []
    for kernel_size in kernel_sizes:
        if kernel_size > maps[-1].shape[2]:
            raise ValueError("an image of %d is too small" % size)
        weight = np.arange(1.0, kernel_size + 1).reshape(1, 1, kernel_size, 1)
        out, cache = given.conv2d_forward(maps[-1], weight, np.ones(1))
        maps.append(out)
        caches.append(cache)
    grad = np.zeros(maps[-1].shape)
    grad[0, 0, (maps[-1].shape[2] - 1) // 2, 0] = 100.0
    for cache in reversed(caches):
        grad = given.conv2d_backward(grad, cache)[0]
    seen = [row for row in range(size) if grad[0, 0, row, 0] != 0]
    return max(seen) - min(seen) + 1
