"""Update rules in NumPy: each computes new parameters from the current ones and the gradient of the loss.

A rule is called as `next_w, config = rule(w, dw, config)`. `w` holds parameters and `dw` the gradient of the loss with
respect to them; both have the same shape (any shape) and are not changed, except by `adam_in_place`. Everything is
computed entry by entry, in the dtype of `w`.

`config` is a dict of the rule's settings and of what it has to remember between steps. It is updated in place, and all
settings are in it after the step: pass the returned one to the next call. A setting that is not in it, or every setting
if `config` is None, takes the default value that the rule's docstring gives.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# Entries that a thread of `adam_in_place` updates at a time. Few enough to give every core some blocks, and enough that
# the threads seldom wait for one another: only one of them can run Python code at a time, between two NumPy operations.
_BLOCK = 1 << 17
_pools = {}  # process id -> the threads of that process


def sgd(w, dw, config=None):
    """Stochastic gradient descent: a step against the gradient. Its setting: learning_rate=1e-2."""
    config = _complete(config, learning_rate=1e-2)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w, dw, config=None):
    """Gradient descent with momentum: each step keeps part of the previous one, the velocity.

    Settings: learning_rate=1e-2; momentum=0.9, the share of the velocity that is kept. Remembered: velocity, shaped
    like w.
    """
    config = _complete(config, learning_rate=1e-2, momentum=0.9, velocity=0)
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    return w + config["velocity"], config


def rmsprop(w, dw, config=None):
    """RMSProp: the step of each entry is divided by the root mean square of that entry's recent gradients.

    Settings: learning_rate=1e-2; decay_rate=0.99, the share of the old mean in each new one; epsilon=1e-8, added to the
    divisor. Remembered: cache, the running mean of squared gradients, shaped like w.
    """
    config = _complete(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=0)
    config["cache"] = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


def adam(w, dw, config=None):
    """Adam: momentum and RMSProp together. Both running means start at 0, and are corrected for that.

    Settings in `config`: learning_rate=1e-3; beta1=0.9 and beta2=0.999, the share of the old mean in each new one;
    epsilon=1e-8, added to the divisor. Remembered in `config`: m and v, the running means of the gradient and of its
    square, shaped like w; and t, the number of steps so far.

    Returns:
        the new w, and `config`.
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
    """The step of `adam`, up to rounding, but `w` and both means are changed in place, block by block on all cores.

    It takes about a fifth of the time of `adam`, which makes a dozen arrays of the size of `w`. Both corrections of
    the means are folded into the learning rate and epsilon: two operations on single numbers instead of two passes
    over the arrays.

    Raises:
        ValueError: if `w` is not C-contiguous, as a transposed array or a view that skips entries is not.
    """
    if not w.flags.c_contiguous:
        raise ValueError("w cannot be changed in place: its rows must lie one after the other in memory (C-contiguous)")
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
        list(_threads().map(update, blocks))  # `list` waits for all blocks, and raises what a thread raised
    return w, config


def falling_rate(learning_rate, done):
    """The learning rate after a share `done` (0 to 1) of the steps: constant up to 60 %, then falling to a tenth.

    The fall is linear. Large steps find the shapes of a picture, small ones at the end calm its details down.
    """
    return learning_rate * min(1.0, 1 - 0.9 * (done - 0.6) / 0.4)


def _threads():
    """The threads of this process, started at the first call.

    After a fork the child process has another id and starts threads of its own. Its copy of the parent's pool has no
    running threads, so work given to that pool would never be done.
    """
    process = os.getpid()
    if process not in _pools:
        _pools[process] = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="adam")
    return _pools[process]


def _complete(config, **defaults):
    """`config` with the `defaults` added that it does not have; a new dict if `config` is None."""
    config = {} if config is None else config
    for name, value in defaults.items():
        config.setdefault(name, value)
    return config
