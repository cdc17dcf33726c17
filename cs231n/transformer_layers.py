"""The other parts of a Transformer's decoder in NumPy, and a whole layer of it. Attention is in `attention_layers`.

N captions, T words, D entries of a word's vector, S cells of a picture, F units between the two products of the
feed-forward block. Functions follow `cs231n.rnn_layers`.
"""

import numpy as np

from cs231n.attention_layers import (
    causal_mask,
    multi_head_attention_backward,
    multi_head_attention_forward,
)
from cs231n.layers import relu_backward, relu_forward
from cs231n.rnn_layers import temporal_affine_backward, temporal_affine_forward


def positional_encoding(num_positions, D):
    """(num_positions, D) float64: a vector for each position, by which a network tells the first word from the third.

    Entries 2i and 2i + 1 of position t are the sine and the cosine of t / 10000^(2i / D): hands of clocks, from fast to
    slow. A shift by s positions turns each hand by an angle that depends only on s.
    """
    ### BEGIN SOLUTION
    angles = np.arange(num_positions)[:, None] / 10000 ** (np.arange(0, D, 2) / D)  # (num_positions, D / 2 rounded up)
    return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(num_positions, -1)[:, :D]
    ### END SOLUTION


def layer_norm_forward(x, gamma, beta, eps=1e-5):
    """Each vector of x with mean 0 and variance 1, times gamma, plus beta.

    Args:
        x: (..., D); gamma, beta: (D,) parameters.
        eps: number added to the variance, so that a constant vector does not divide by 0.

    Returns:
        out: shaped like x; cache: for `layer_norm_backward` only.
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + x.dtype.type(eps))  # (..., 1)
    normal = centred / spread
    return gamma * normal + beta, (normal, spread, gamma)
    ### END SOLUTION


def layer_norm_backward(dout, cache):
    """Gradients (dx, dgamma, dbeta) of `layer_norm_forward`, from dout shaped like x."""
    ### BEGIN SOLUTION
    # Neither a constant added to a vector nor a factor changes its normal form. So dx has no part along the constant
    # vector (the first mean that is subtracted) and, up to eps, none along the vector itself (the second).
    normal, spread, gamma = cache
    dnormal = dout * gamma
    mean = dnormal.mean(axis=-1, keepdims=True)
    along = (dnormal * normal).mean(axis=-1, keepdims=True)
    others = tuple(range(dout.ndim - 1))
    return (dnormal - mean - normal * along) / spread, (dout * normal).sum(axis=others), dout.sum(axis=others)
    ### END SOLUTION


def dropout_forward(x, rate, rng=None):
    """In training, each entry of x becomes 0 with the probability `rate`; the others are divided by 1 - rate.

    Args:
        x: array of any shape.
        rate: number, at least 0 and below 1.
        rng: `np.random.Generator` for the choice; None when captions are written, where x stays as it is.

    Returns:
        out: shaped like x; cache: the factor of each entry, or None if nothing was dropped.

    Raises:
        ValueError: if rate is not in 0 <= rate < 1.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"the rate of dropout must be at least 0 and below 1, got {rate}")
    if rng is None or rate == 0:
        return x, None
    factor = (rng.random(x.shape, np.float32) >= rate).astype(x.dtype) / x.dtype.type(1 - rate)
    return x * factor, factor


def dropout_backward(dout, cache):
    """Gradient of `dropout_forward`, shaped like x: 0 for the entries that were dropped."""
    return dout if cache is None else dout * cache


def feed_forward_forward(x, W1, b1, W2, b2):
    """A fully connected network of two layers at each position: relu(x W1 + b1) W2 + b2.

    Args:
        x: (N, T, D); W1: (D, F), b1: (F,), W2: (F, D), b2: (D,) parameters.

    Returns:
        out: (N, T, D); cache: for `feed_forward_backward` only.
    """
    a, first = temporal_affine_forward(x, W1, b1)
    hidden, active = relu_forward(a)
    out, second = temporal_affine_forward(hidden, W2, b2)
    return out, (first, active, second)


def feed_forward_backward(dout, cache):
    """Gradients (dx, dW1, db1, dW2, db2) of `feed_forward_forward`, from dout (N, T, D)."""
    first, active, second = cache
    dhidden, dW2, db2 = temporal_affine_backward(dout, second)
    dx, dW1, db1 = temporal_affine_backward(relu_backward(dhidden, active), first)
    return dx, dW1, db1, dW2, db2


# ---------------------------------------------------------------- a whole layer


def decoder_layer_shapes(D, F):
    """dict name -> shape of the parameters of a layer, in the order in which they are used."""
    return {
        "gamma_self": (D,), "beta_self": (D,), "W_self": (4, D, D), "b_self": (4, D),
        "gamma_cross": (D,), "beta_cross": (D,), "W_cross": (4, D, D), "b_cross": (4, D),
        "gamma_ff": (D,), "beta_ff": (D,), "W1": (D, F), "b1": (F,), "W2": (F, D), "b2": (D,),
    }  # fmt: skip


def decoder_layer_forward(x, A, p, num_heads, dropout=0, rng=None):
    """A layer of a Transformer's decoder: words look at earlier words, then at the picture; then each is worked on.

    Each of the three parts works on the normal form of x, and its output is added to x ("pre-norm"): x itself passes
    through unchanged, and so does its gradient.

    Args:
        x: (N, T, D) words; A: (N, S, D) cells of the picture.
        p: dict of parameters, see `decoder_layer_shapes`.
        num_heads, dropout, rng: as for `multi_head_attention_forward` and `dropout_forward`; the output of each part
            goes through dropout before it is added.

    Returns:
        out: (N, T, D); cache: for `decoder_layer_backward`.
    """
    ### BEGIN SOLUTION
    parts = {
        "self": lambda y: multi_head_attention_forward(
            y, y, p["W_self"], p["b_self"], num_heads, causal_mask(y.shape[1])
        ),
        "cross": lambda y: multi_head_attention_forward(y, A, p["W_cross"], p["b_cross"], num_heads),
        "ff": lambda y: feed_forward_forward(y, p["W1"], p["b1"], p["W2"], p["b2"]),
    }
    caches = {}
    for name, part in parts.items():
        normal, cache_norm = layer_norm_forward(x, p[f"gamma_{name}"], p[f"beta_{name}"])
        out, cache_part = part(normal)
        out, cache_dropout = dropout_forward(out, dropout, rng)
        x = x + out
        caches[name] = cache_norm, cache_part, cache_dropout
    return x, caches
    ### END SOLUTION


def decoder_layer_backward(dout, caches):
    """Gradients (dx, dA, grads) of `decoder_layer_forward`; grads is a dict with an entry for each of p."""
    dx, grads = dout, {}
    for name in ("ff", "cross", "self"):
        cache_norm, cache_part, cache_dropout = caches[name]
        dpart = dropout_backward(dx, cache_dropout)
        if name == "ff":
            dnormal, *gradients = feed_forward_backward(dpart, cache_part)
            grads |= dict(zip(("W1", "b1", "W2", "b2"), gradients, strict=True))
        else:
            dnormal, dsource, *gradients = multi_head_attention_backward(dpart, cache_part)
            grads |= dict(zip((f"W_{name}", f"b_{name}"), gradients, strict=True))
            if name == "cross":
                dA = dsource
            else:
                dnormal = dnormal + dsource
        dnormal, grads[f"gamma_{name}"], grads[f"beta_{name}"] = layer_norm_backward(dnormal, cache_norm)
        dx = dx + dnormal
    return dx, dA, grads


def attention_weights(caches):
    """(weights on words (N, num_heads, T, T), weights on cells (N, num_heads, T, S)) from a layer's `caches`."""
    return caches["self"][1][-1], caches["cross"][1][-1]
