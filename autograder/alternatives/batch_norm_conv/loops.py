# %% [markdown]
# Channel by channel; the way back over the derivative of every output by every input.

# %%
import math

import numpy as np


# %%
def batch_norm2d_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if len(x.shape) != 4 or x.size == 0:
        raise ValueError(f"a batch (N, C, H, W) was expected, {x.shape} came")
    N, C, H, W = x.shape
    if training and N * H * W < 2:
        raise ValueError(f"at least two numbers in each channel were expected, {x.shape} came")
    for each in (gamma, beta, running_mean, running_var):
        if each.shape != (C,):
            raise ValueError(f"{C} numbers were expected, {each.shape} came")
    out = np.zeros(x.shape, dtype=np.result_type(gamma, beta, x if x.dtype.kind == "f" else gamma))
    new_mean, new_var = running_mean.copy(), running_var.copy()
    kept = []
    for c in range(C):
        numbers = [float(x[n, c, i, j]) for n in range(N) for i in range(H) for j in range(W)]
        mu, var = float(running_mean[c]), float(running_var[c])
        if training:
            mu = sum(numbers) / len(numbers)
            var = sum((each - mu) ** 2 for each in numbers) / len(numbers)
            new_mean[c] = (1 - momentum) * running_mean[c] + momentum * mu
            new_var[c] = (1 - momentum) * running_var[c] + momentum * var
        root = math.sqrt(var + eps)
        hats = np.array([(each - mu) / root for each in numbers])
        out[:, c] = (gamma[c] * hats + beta[c]).reshape(N, H, W)
        kept.append((hats, float(gamma[c]), root))
    return out, (training, kept), new_mean, new_var


# %%
def batch_norm2d_backward(dout, cache):
    training, kept = cache
    N, C, H, W = dout.shape
    dx = np.zeros_like(dout)
    dgamma, dbeta = np.zeros(C, dtype=dout.dtype), np.zeros(C, dtype=dout.dtype)
    for c in range(C):
        hats, scale, root = kept[c]
        channel = dout[:, c].astype(float).ravel()
        for k in range(len(channel)):
            dgamma[c] += channel[k] * hats[k]
            dbeta[c] += channel[k]
        slopes = np.eye(len(hats))
        if training:
            slopes -= 1 / len(hats) + np.outer(hats, hats) / len(hats)
        dx[:, c] = (scale / root * channel @ slopes).reshape(N, H, W)
    return dx, dgamma, dbeta
