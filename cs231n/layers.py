"""Layers of a feed-forward network in NumPy. N examples, D inputs, M outputs, C classes.

`*_forward` returns (output, cache). `*_backward` takes the gradient of the loss with respect to that output and returns
the gradients with respect to the forward function's arguments, in their order. Arguments are never changed, and a cache
may be used more than once.
"""

import numpy as np

from cs231n.checks import check_indices


def affine_forward(x, w, b):
    """Output of a fully connected layer: out = x w + b, with each example flattened to a row.

    Args:
        x: (N, d1, ..., dk) examples, d1 * ... * dk = D.
        w: (D, M), b: (M,) parameters.

    Returns:
        out: (N, M); cache: for `affine_backward` only.
    """
    out = x.reshape(len(x), len(w)) @ w + b  # (N, M)
    return out, (x, w)


def affine_backward(dout, cache):
    """Gradients of `affine_forward`: (dx, dw, db), shaped like its arguments, from dout (N, M)."""
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), len(w)).T @ dout  # (D, M)
    return dx, dw, dout.sum(axis=0)


def relu_forward(x):
    """ReLU of an array of any shape, max(x, 0): (out, cache)."""
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    """Gradient of `relu_forward`: dout where x is positive, 0 elsewhere."""
    return dout * (cache > 0)


def softmax_loss(x, y):
    """Mean cross-entropy loss of softmax(x) for the target classes y, and its gradient.

    Args:
        x: (N, C) scores; however large they are, nothing overflows.
        y: (N,) integers in 0..C-1, the target classes.

    Returns:
        loss: number; log C if all scores are equal. dx: (N, C).

    Raises:
        ValueError: if N = 0, if y is not (N,), or if y holds anything but integers in 0..C-1.
    """
    if len(x) == 0:
        raise ValueError("the mean loss of no examples is not defined")
    if np.shape(y) != (len(x),):
        raise ValueError(f"scores of shape {x.shape} need classes of shape {(len(x),)}, got {np.shape(y)}")
    check_indices(y, x.shape[1], "y")
    rows = np.arange(len(x))
    log_p = log_softmax(x)
    with np.errstate(under="ignore"):
        dx = np.exp(log_p)  # (N, C), the probabilities
    dx[rows, y] -= 1
    return -log_p[rows, y].mean(), dx / len(x)


def log_softmax(x):
    """Logarithm of the softmax over the last axis, for scores x of any shape.

    The largest score along that axis is subtracted first. Then every exponential is at most 1 and their sum is at
    least 1, so nothing overflows and the logarithm is never taken of 0. Terms that underflow to 0 are too small to
    change the sum.
    """
    shifted = x - x.max(axis=-1, keepdims=True)
    with np.errstate(under="ignore"):
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
