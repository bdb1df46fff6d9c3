# %% [markdown]
# One formula for each answer, and a square image with random weights.

# %%
import math


# %%
def receptive_field(kernel_sizes):
    if any(k <= 0 for k in kernel_sizes):
        raise ValueError(f"kernel sizes must be positive, got {list(kernel_sizes)}")
    return sum(kernel_sizes) - len(kernel_sizes) + 1


# %%
def layers_to_cover(size, kernel_size):
    if size <= 0 or kernel_size <= 1:
        raise ValueError(f"need size > 0 and kernel_size > 1, got {size} and {kernel_size}")
    return math.ceil((size - 1) / (kernel_size - 1))


# %%
def input_region(index, kernel_sizes, *, paddings=None):
    paddings = paddings if paddings is not None else [0 for _ in kernel_sizes]
    if len(paddings) != len(kernel_sizes):
        raise ValueError(f"{len(kernel_sizes)} kernel sizes, but {len(paddings)} paddings")
    if index < 0 or any(p < 0 for p in paddings):
        raise ValueError(f"negative numbers: index {index}, paddings {list(paddings)}")
    start = index - sum(paddings)
    return start, start + receptive_field(kernel_sizes)


# %%
def measured_receptive_field(kernel_sizes, size):
    if size <= 0 or any(k <= 0 for k in kernel_sizes):
        raise ValueError(f"sizes must be positive, got {size} and {list(kernel_sizes)}")
    rng = np.random.default_rng(0)
    x, caches = rng.normal(size=(1, 1, size, size)), []
    for k in kernel_sizes:
        weight = rng.uniform(0.5, 1.5, size=(1, 1, k, k))
        # A kernel that does not fit is refused by the layer.
        x, cache = given.conv2d_forward(x, weight, np.zeros(1))
        caches.append(cache)
    grad = np.zeros_like(x)
    grad[:, :, x.shape[2] // 2, x.shape[3] // 2] = 1
    while caches:
        grad = given.conv2d_backward(grad, caches.pop())[0]
    return int(np.any(grad != 0, axis=(0, 1, 2)).sum())
