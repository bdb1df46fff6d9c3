# %% [markdown]
# One helper for all three, in a cell that the learner added; NumPy under another name; a dict as
# the cache; the steps of the paper on batch normalization.

# %%
import numpy as xp


class Shared:
    """Numbers laid in rows, of which each row shares a mean and a variance."""

    def __init__(self, rows, eps):
        self.mean = xp.average(rows, axis=-1)[..., None]
        self.centered = rows - self.mean
        self.inverse = (xp.average(self.centered**2, axis=-1)[..., None] + eps) ** -0.5

    def normal(self):
        return self.centered * self.inverse

    def back(self, dnormal):
        m = dnormal.shape[-1]
        dvar = (dnormal * self.centered).sum(-1, keepdims=True) * -0.5 * self.inverse**3
        dmean = -(dnormal * self.inverse).sum(-1, keepdims=True)
        return dnormal * self.inverse + dvar * 2 * self.centered / m + dmean / m


def check(x, ndim, gamma, beta):
    if x.ndim != ndim or x[:0].size != 0 or min(x.shape[1:], default=0) < 1:
        raise ValueError("expected %d axes with numbers in them, got %s" % (ndim, x.shape))
    for name, value in {"gamma": gamma, "beta": beta}.items():
        if value.shape != x.shape[1:2]:
            raise ValueError("expected %s %s, got %s" % (name, x.shape[1:2], value.shape))


def upright(values):
    return values[:, None, None]


# %%
def layer_norm_forward(x, gamma, beta, *, eps=1e-5):
    check(x, 2, gamma, beta)
    shared = Shared(x, eps)
    return xp.multiply(shared.normal(), gamma) + beta, {"shared": shared, "gamma": gamma}


# %%
def layer_norm_backward(dout, cache):
    shared = cache["shared"]
    dx = shared.back(cache["gamma"] * dout)
    return dx, xp.add.reduce(dout * shared.normal(), axis=0), xp.add.reduce(dout, axis=0)


# %%
def group_norm2d_forward(x, num_groups, gamma, beta, *, eps=1e-5):
    check(x, 4, gamma, beta)
    if not (num_groups > 0 and x.shape[1] % num_groups == 0):
        raise ValueError("expected a divisor of %d, got %d" % (x.shape[1], num_groups))
    shared = Shared(x.reshape(x.shape[0], num_groups, -1), eps)
    out = shared.normal().reshape(x.shape) * upright(gamma) + upright(beta)
    return out, {"shared": shared, "gamma": gamma}


# %%
def group_norm2d_backward(dout, cache):
    shared, gamma = cache["shared"], cache["gamma"]
    dnormal = (upright(gamma) * dout).reshape(shared.centered.shape)
    dgamma = dout * shared.normal().reshape(dout.shape)
    dx = shared.back(dnormal).reshape(dout.shape)
    return dx, dgamma.sum((0, 2, 3)), dout.sum((0, 2, 3))


# %%
def instance_norm2d_forward(x, gamma, beta, *, eps=1e-5):
    # A group for every channel; an array with other axes has no second axis to count.
    check(x, 4, gamma, beta)
    return group_norm2d_forward(x, x.shape[1], gamma, beta, eps=eps)


# %%
def instance_norm2d_backward(dout, cache):
    return group_norm2d_backward(dout, cache)
