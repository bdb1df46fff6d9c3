# %% [markdown]
# Each stack is its last layer on top of a shorter stack; the region answers the width.


# %%
def receptive_field(kernel_sizes):
    start, stop = input_region(0, kernel_sizes)
    return stop - start


# %%
def layers_to_cover(size, kernel_size):
    if size < 1 or kernel_size < 2:
        raise ValueError(f"got size={size}, kernel_size={kernel_size}; expected >= 1 and >= 2")
    return -(-(size - 1) // (kernel_size - 1))


# %%
def input_region(index, kernel_sizes, *, paddings=None):
    if index < 0:
        raise ValueError(f"got index={index}, expected 0 or more")
    kernel_sizes = list(kernel_sizes)
    paddings = [0] * len(kernel_sizes) if paddings is None else list(paddings)
    if len(kernel_sizes) != len(paddings):
        raise ValueError(f"got {len(paddings)} paddings, expected {len(kernel_sizes)}")
    if not kernel_sizes:
        return index, index + 1
    k, p = kernel_sizes.pop(), paddings.pop()
    if k < 1 or p < 0:
        raise ValueError(f"got K={k} and P={p}, expected K >= 1 and P >= 0")
    # The layer below sees what the window begins with; the window itself is k numbers wide.
    start, stop = input_region(index, kernel_sizes, paddings=paddings)
    return start - p, stop - p + k - 1


# %%
def measured_receptive_field(kernel_sizes, size):
    if size < 1 or min(kernel_sizes, default=1) < 1:
        raise ValueError(f"got size={size} and {kernel_sizes}, expected 1 or more")

    def through(x, sizes):
        if not sizes:
            central = np.zeros_like(x)
            central[..., x.shape[-1] // 2] = 1
            return central
        k, *rest = sizes
        weight = np.random.default_rng(k).exponential(size=(1, 1, 1, k)) + 0.1
        out, cache = given.conv2d_forward(x, weight, np.zeros(1))
        return given.conv2d_backward(through(out, rest), cache)[0]

    return int((through(np.zeros((1, 1, 1, size)), list(kernel_sizes)) > 0).sum())
