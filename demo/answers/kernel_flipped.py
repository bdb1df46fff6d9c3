# The mathematician's convolution: the kernel is turned around first.

# %% correlate2d
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"expected 2 axes, got {image.shape} and {kernel.shape}")
    kernel = kernel[::-1, ::-1]
    H, W = image.shape
    kH, kW = kernel.shape
    if kH > H or kW > W:
        raise ValueError(f"kernel {kernel.shape} larger than image {image.shape}")
    out = np.zeros((H - kH + 1, W - kW + 1), dtype=np.result_type(image, kernel))
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            out[i, j] = np.sum(image[i : i + kH, j : j + kW] * kernel)
    return out
