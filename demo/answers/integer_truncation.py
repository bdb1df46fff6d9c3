# The output takes the image's dtype, so that a picture of integers gives integers.

# %% correlate2d
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"expected 2 axes, got {image.shape} and {kernel.shape}")
    H, W = image.shape
    kH, kW = kernel.shape
    if kH > H or kW > W:
        raise ValueError(f"kernel {kernel.shape} larger than image {image.shape}")
    out = np.zeros_like(image)[: H - kH + 1, : W - kW + 1]
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            out[i, j] = np.sum(image[i : i + kH, j : j + kW] * kernel)
    return out
