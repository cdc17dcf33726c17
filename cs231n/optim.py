"""Update rules in NumPy: each makes the next parameters from the present ones and the gradient of the loss.

A rule takes `(w, dw, config=None)` and returns `(next_w, config)`. `w` and `dw` have the same shape, any, and are not
changed, except by `adam_in_place`; all is computed entry by entry, in the dtype of `w`. `config` is a dict of settings
and of what the rule remembers from step to step: it is brought up to date, so pass the same one next time. Settings
that are missing take the values shown at each rule.
"""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# Entries that one thread updates at a time: few enough to share the work out, enough that threads, which meet in the
# interpreter between two operations, seldom wait for each other.
_BLOCK = 1 << 17


def sgd(w, dw, config=None):
    """Stochastic gradient descent: a step against the gradient. Setting: learning_rate=1e-2."""
    config = _complete(config, learning_rate=1e-2)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w, dw, config=None):
    """Gradient descent with momentum: the step keeps part of its velocity.

    Settings: learning_rate=1e-2; momentum=0.9, the part of the velocity that is kept. Remembers velocity, like w.
    """
    config = _complete(config, learning_rate=1e-2, momentum=0.9, velocity=0)
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    return w + config["velocity"], config


def rmsprop(w, dw, config=None):
    """RMSProp: each entry's step is divided by the size that its gradient had of late (root of the mean square).

    Settings: learning_rate=1e-2; decay_rate=0.99, how slowly the mean forgets; epsilon=1e-8, added to the divisor.
    Remembers cache, the mean of squared gradients, like w.
    """
    config = _complete(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=0)
    config["cache"] = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


def adam(w, dw, config=None):
    """Adam: momentum and RMSProp together, both means corrected for having started at 0.

    Settings: learning_rate=1e-3; beta1=0.9 and beta2=0.999, how slowly the means forget; epsilon=1e-8, added to the
    divisor. Remembers m and v, the means of the gradient and of its square, like w, and t, the number of steps.
    """
    config = _complete(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, m=0, v=0, t=0)
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2
    m_hat = config["m"] / (1 - beta1 ** config["t"])
    v_hat = config["v"] / (1 - beta2 ** config["t"])
    return w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"]), config


def adam_in_place(w, dw, config=None):
    """The step of `adam`, up to rounding, made in `w` and in the means themselves, block by block on all cores.

    It makes no arrays of the size of `w`, of which `adam` makes a dozen, and takes about a fifth of the time. The two
    corrections are drawn out of the fraction, so that they cost one number each and not two passes over the array.

    Raises:
        ValueError: `w` is a view that skips entries, or a transposed one.
    """
    if not w.flags.c_contiguous:
        raise ValueError("w cannot be changed in place: its rows must lie one after the other in memory")
    config = _complete(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)
    for mean in ("m", "v"):
        config.setdefault(mean, np.zeros_like(w))
    config["t"] += 1
    beta1, beta2, t = config["beta1"], config["beta2"], config["t"]
    root = float(np.sqrt(1 - beta2**t))
    rate, epsilon = config["learning_rate"] * root / (1 - beta1**t), config["epsilon"] * root
    arrays = [np.ravel(array) for array in (w, dw, config["m"], config["v"])]

    def update(start):
        w, dw, m, v = (array[start : start + _BLOCK] for array in arrays)
        work = dw * (1 - beta1)
        m *= beta1
        m += work
        np.multiply(dw, dw, out=work)
        work *= 1 - beta2
        v *= beta2
        v += work
        np.sqrt(v, out=work)
        work += epsilon
        np.divide(m, work, out=work)
        work *= rate
        w -= work

    blocks = range(0, w.size, _BLOCK)
    if len(blocks) == 1:
        update(0)
    else:
        list(_threads(os.getpid()).map(update, blocks))  # which waits for all, and raises what one raised
    return w, config


@functools.cache
def _threads(process):
    """Threads of the process with this number: a fork has none of its parent's, and would wait for them for ever."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="adam")


def _complete(config, **defaults):
    """`config` itself, or a new dict for None, with `defaults` where it has no entry."""
    config = {} if config is None else config
    for name, value in defaults.items():
        config.setdefault(name, value)
    return config
