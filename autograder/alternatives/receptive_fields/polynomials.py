# %% [markdown]
# A stack of kernels is a product of polynomials: its degree tells the width.

# %%
from functools import reduce


# %%
def receptive_field(kernel_sizes):
    for k in kernel_sizes:
        if not k > 0:
            raise ValueError(f"kernel size {k} is not positive")
    return len(reduce(np.convolve, [np.ones(k) for k in kernel_sizes], np.ones(1)))


# %%
def layers_to_cover(size, kernel_size):
    if not size > 0:
        raise ValueError(f"size {size} is not positive")
    if not kernel_size > 1:
        raise ValueError(f"kernel size {kernel_size} never covers more than a pixel")
    return (size + kernel_size - 3) // (kernel_size - 1)


# %%
def input_region(index, kernel_sizes, *, paddings=None):
    if not index >= 0:
        raise ValueError(f"index {index} is negative")
    if paddings is None:
        paddings = np.zeros(len(kernel_sizes), dtype=int)
    if not len(paddings) == len(kernel_sizes):
        raise ValueError(f"{len(paddings)} paddings, {len(kernel_sizes)} kernel sizes")
    if not all(p >= 0 for p in paddings):
        raise ValueError(f"paddings {list(paddings)} must not be negative")
    start = index - int(np.sum(paddings))
    return (start, start + receptive_field(kernel_sizes))


# %%
def measured_receptive_field(kernel_sizes, size):
    if not (size > 0 and all(k > 0 for k in kernel_sizes)):
        raise ValueError(f"size {size} and kernel sizes {list(kernel_sizes)} must be positive")
    caches = []
    out = np.ones((2, 1, 1, size))
    for k in kernel_sizes:
        out, cache = given.conv2d_forward(out, np.full((1, 1, 1, k), 0.5), np.zeros(1))
        caches.append(cache)
    # The same gradient with and without the central output: where they differ, it is seen.
    grads = np.ones(out.shape)
    grads[1, 0, 0, out.shape[3] // 2] = 0
    for cache in caches[::-1]:
        grads = given.conv2d_backward(grads, cache)[0]
    return int(np.sum(grads[0] != grads[1]))
