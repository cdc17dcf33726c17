"""Gradients by finite differences, to compare backward passes with. In float64 the two agree to about 1e-8.

The functions change the entries of x one at a time, in place, and restore them. So f need not use its argument: it may
read x from elsewhere, as a model's loss reads the model's parameters.
"""

import numpy as np


def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    """Gradient of a number f(x) at x; each entry is (f(x + h) - f(x - h)) / 2h, with h added to that entry alone.

    Args:
        f: function of x that returns a number.
        x: array of floats.
        verbose: print each entry's index and derivative.
        h: size of the step. The default is for float64; in float32 it is lost in rounding, and 1e-2 is better.

    Returns:
        array of the shape and dtype of x.

    Raises:
        ValueError: if x is not a float array (in integers the step h would be rounded away).
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
        df: gradient of the loss with respect to f(x), in the shape of f(x).
        h: size of the step, as for `eval_numerical_gradient`.

    Returns:
        array of the shape and dtype of x: the gradient of the loss with respect to x, which a backward pass computes.

    Raises:
        ValueError: if x is not a float array, or if df does not have the shape of f(x).
    """
    if np.shape(df) != np.shape(f(x)):
        raise ValueError(f"df must have the shape of f(x), {np.shape(f(x))}, got {np.shape(df)}")
    gradient = np.zeros_like(x)
    for index, difference in _central_differences(f, x, h):
        gradient[index] = np.sum(difference * df)
    return gradient


def _central_differences(f, x, h):
    """Yield (index, derivative of f with respect to x[index]) for each entry of x.

    Raises:
        ValueError: if x is not a float array.
    """
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
    """Largest relative difference of two arrays: max |x - y| / max(1e-8, |x| + |y|).

    Returns:
        number between 0 and 1; NaN if an entry is NaN.

    Raises:
        ValueError: if the shapes differ.
    """
    x, y = 1.0 * np.asarray(x), 1.0 * np.asarray(y)  # as floats: the difference of unsigned integers wraps around
    if x.shape != y.shape:
        raise ValueError(f"cannot compare arrays of shapes {x.shape} and {y.shape}")
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)), initial=0)
