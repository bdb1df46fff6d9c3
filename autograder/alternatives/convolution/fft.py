# %% [markdown]
# The convolution theorem: correlations become products of spectra.

# %%
import numpy as np
from numpy import fft


# %%
def correlate2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"image {image.shape} and kernel {kernel.shape} must have 2 axes")
    H, W = image.shape
    kH, kW = kernel.shape
    if kH > H or kW > W:
        raise ValueError(f"kernel {kH} x {kW} must fit into image {H} x {W}")
    spectrum = fft.rfft2(image) * np.conj(fft.rfft2(kernel, (H, W)))
    out = fft.irfft2(spectrum, (H, W))[: H - kH + 1, : W - kW + 1]
    return out.astype(np.result_type(image, kernel))


# %%
def conv2d_forward(x, weight, bias):
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(f"x {x.shape} and weight {weight.shape} must have 4 axes")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"channels differ: {x.shape[1]} in x, {weight.shape[1]} in weight")
    if bias.shape != (len(weight),):
        raise ValueError(f"bias has shape {bias.shape}, there are {len(weight)} filters")
    H, W = x.shape[2:]
    kH, kW = weight.shape[2:]
    if kH > H or kW > W:
        raise ValueError(f"filters {kH} x {kW} must fit into images {H} x {W}")
    X = fft.rfft2(x)
    K = fft.rfft2(weight, (H, W))
    out = fft.irfft2(np.einsum("nchw,fchw->nfhw", X, K.conj()), (H, W))
    out = out[:, :, : H - kH + 1, : W - kW + 1] + bias[:, None, None]
    cache = {"X": X, "K": K, "sizes": (H, W, kH, kW), "dtype": np.result_type(x, weight, bias)}
    return out.astype(cache["dtype"]), cache


# %%
def conv2d_backward(dout, cache):
    H, W, kH, kW = cache["sizes"]
    G = fft.rfft2(dout, (H, W))
    dweight = fft.irfft2(np.einsum("nfhw,nchw->fchw", G.conj(), cache["X"]), (H, W))
    dx = fft.irfft2(np.einsum("nfhw,fchw->nchw", G, cache["K"]), (H, W))
    kind = np.result_type(cache["dtype"], dout)
    return dx.astype(kind), dweight[:, :, :kH, :kW].astype(kind), dout.sum((0, 2, 3))
