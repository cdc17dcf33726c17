"""Layers of a feed-forward network in NumPy. N examples, D inputs, M outputs, C classes.

`*_forward` returns (output, cache); `*_backward` takes the loss's gradient with respect to that output and returns
one gradient per forward argument, in order. Arguments are never changed, and a cache may be used more than once.
"""

import numpy as np

from cs231n.checks import check_indices


def affine_forward(x, w, b):
    """Scores of a fully connected layer: out = x w + b, every example flattened to a row.

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
    """The positive part of x, of any shape: (out, cache)."""
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    """Gradient of `relu_forward`: dout where x was positive, 0 elsewhere."""
    return dout * (cache > 0)


def softmax_loss(x, y):
    """Mean cross-entropy of softmax(x) with the right classes, and its gradient.

    Args:
        x: (N, C) scores, of any size: nothing overflows.
        y: (N,) integers in 0..C-1.

    Returns:
        loss: number, log C where all scores are equal; dx: (N, C).

    Raises:
        ValueError: no example, not one class for each, or a class outside 0..C-1.
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
    """Logarithms of softmax over the last axis.

    With the largest score taken off, every exponential is at most 1 and their sum at least 1: the logarithm meets
    neither infinity nor 0. What underflows to 0 in the sum is too small to be seen there.
    """
    shifted = x - x.max(axis=-1, keepdims=True)
    with np.errstate(under="ignore"):
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
