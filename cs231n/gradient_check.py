"""Gradients by finite differences, to hold backward passes against. In float64 they agree to about 1e-8.

The functions change x while they run and put it back: f may see x through its argument or, as a model's loss sees
its parameters, from elsewhere.
"""

import numpy as np


def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    """Gradient of a number f(x) at x, each entry as (f(x + h) - f(x - h)) / 2h.

    Args:
        f: function of x that returns a number.
        x: array of floats (in float32 h = 1e-5 drowns in rounding; take 1e-2).
        verbose: print each entry's index and derivative.
        h: half the width of the difference.

    Returns:
        array like x.

    Raises:
        ValueError: x is no array of floats; in integers the step would be lost.
    """
    gradient = np.zeros_like(x)
    for index, difference in _central_differences(f, x, h):
        gradient[index] = difference
        if verbose:
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(f, x, df, h=1e-5):
    """Gradient of the number sum(f(x) * df) at x, for a function f that returns an array.

    Args:
        f: function of x that returns an array, or a number.
        x: array of floats.
        df: gradient of the loss with respect to f(x), of its shape.
        h: half the width of the difference.

    Returns:
        array like x: the loss's gradient with respect to x, as a backward pass would give it.

    Raises:
        ValueError: x is no array of floats, or df has another shape than f(x).
    """
    if np.shape(df) != np.shape(f(x)):
        raise ValueError(f"df must have the shape of f(x), {np.shape(f(x))}, got {np.shape(df)}")
    gradient = np.zeros_like(x)
    for index, difference in _central_differences(f, x, h):
        gradient[index] = np.sum(difference * df)
    return gradient


def _central_differences(f, x, h):
    """Yield (index, derivative of f with respect to x[index]) for each entry of x."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        raise ValueError(f"x must be an array of floats, got {getattr(x, 'dtype', type(x).__name__)}")
    for index in np.ndindex(x.shape):
        before = x[index]
        try:
            x[index] = before + h
            above = np.array(f(x))  # a copy: f may return the same array each time
            x[index] = before - h
            below = np.array(f(x))
        finally:
            x[index] = before
        yield index, (above - below) / (2 * h)


def rel_error(x, y):
    """Largest relative difference of two arrays: max |x - y| / max(1e-8, |x| + |y|); between 0 and 1, NaN if any is.

    Raises:
        ValueError: the shapes differ.
    """
    x, y = 1.0 * np.asarray(x), 1.0 * np.asarray(y)  # the difference of whole numbers could wrap around
    if x.shape != y.shape:
        raise ValueError(f"cannot compare arrays of shapes {x.shape} and {y.shape}")
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)), initial=0)
