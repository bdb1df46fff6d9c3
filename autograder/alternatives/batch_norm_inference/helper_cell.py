# %% [markdown]
# Helpers in a cell that the learner added, NumPy under another name, a class for each mode.

# %%
import numpy as xp
from dataclasses import dataclass


@dataclass
class Trained:
    """A step of training: the way back leads through the batch."""

    normal: object
    gamma: object
    root: object

    def back(self, gradient):
        # Take out of every column what is constant, and what is parallel to the column itself.
        along = xp.mean(gradient * self.normal, axis=0)
        return (gradient - xp.mean(gradient, axis=0) - along * self.normal) / self.root


@dataclass
class Tested:
    """A step of test time: the way back is a division."""

    normal: object
    gamma: object
    root: object

    def back(self, gradient):
        return xp.divide(gradient, self.root)


def fitting(length, *arrays):
    for each in arrays:
        if each is not None and each.shape != (length,):
            raise ValueError(f"expected shape ({length},), got {each.shape}")


def mix(old, new, share):
    return old * (1 - share) + new * share


def multipliers(gamma, var, eps):
    # The standard deviation and the root of eps as the two sides of a right angle.
    return xp.divide(gamma, xp.hypot(xp.sqrt(var), eps**0.5))


# %%
def batch_norm_forward(
    x, gamma, beta, running_mean, running_var, *, training, momentum=0.1, eps=1e-5
):
    if xp.ndim(x) != 2 or xp.size(x, 0) == 0:
        raise ValueError(f"expected x with two axes and a sample, got {x.shape}")
    fitting(x.shape[1], gamma, beta, running_mean, running_var)
    if not training:
        root = xp.sqrt(running_var + eps)
        normal = xp.subtract(x, running_mean) / root
        kept = Tested(normal, gamma, root)
        return normal * gamma + beta, kept, running_mean.copy(), running_var.copy()
    root = xp.hypot(x.std(axis=0), eps**0.5)
    normal = (x - x.mean(axis=0)) / root
    running_mean = mix(running_mean, xp.mean(x, axis=0), momentum)
    running_var = mix(running_var, xp.std(x, axis=0) ** 2, momentum)
    return normal * gamma + beta, Trained(normal, gamma, root), running_mean, running_var


# %%
def batch_norm_backward(dout, cache):
    dx = cache.back(xp.multiply(dout, cache.gamma))
    return dx, xp.add.reduce(dout * cache.normal, axis=0), xp.add.reduce(dout, axis=0)


# %%
def fuse_linear_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    if weight.ndim != 2:
        raise ValueError(f"expected two axes, got {weight.shape}")
    fitting(weight.shape[-1], bias, gamma, beta, running_mean, running_var)
    by = multipliers(gamma, running_var, eps)
    at_zero = xp.zeros_like(beta) if bias is None else bias
    return weight @ xp.diag(by), beta + by * (at_zero - running_mean)


# %%
def fuse_conv_batch_norm(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    if weight.ndim != 4:
        raise ValueError(f"expected four axes, got {weight.shape}")
    fitting(len(weight), bias, gamma, beta, running_mean, running_var)
    by = multipliers(gamma, running_var, eps)
    at_zero = xp.zeros_like(beta) if bias is None else bias
    # The filters' own axis to the end, where NumPy aligns shapes, and back.
    return (weight.T * by).T, beta + by * (at_zero - running_mean)
