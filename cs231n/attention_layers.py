"""Attention in NumPy: a network looks at some cells of a picture, or at some earlier words, more than at others.

N examples, H hidden units, T queries, S places to look at, D entries of a vector, d of a head's vector. For each query,
the scores of all places (query times key, divided by the root of the length) go through a softmax; the weights are not
negative and sum to 1, and the output is the mean of the values with these weights.

Functions follow `cs231n.rnn_layers`: `*_forward` returns (output, cache), `*_backward` takes the gradient with respect
to that output and returns the gradients with respect to the arguments, in their order. Arguments are never changed, a
cache may be used more than once, and float32 stays float32.
"""

import math

import numpy as np

from cs231n.checks import check_mask, check_whole_number
from cs231n.layers import log_softmax
from cs231n.rnn_layers import (
    lstm_step_backward,
    lstm_step_forward,
    temporal_affine_backward,
    temporal_affine_forward,
)


def softmax(x):
    """Softmax over the last axis, for scores x of any shape; a score of -inf gives exactly 0."""
    with np.errstate(under="ignore"):
        return np.exp(log_softmax(x))


def softmax_backward(dweights, weights):
    """Gradient of the scores, shaped like both arguments: the weights (..., S) of `softmax`, and their gradient."""
    ### BEGIN SOLUTION
    # The derivative of weight i with respect to score j is w_i (1 - w_i) for i = j, and -w_i w_j otherwise. Summed over
    # i, with the gradient of each weight, score j gets w_j (dw_j - sum_i w_i dw_i).
    return weights * (dweights - (weights * dweights).sum(axis=-1, keepdims=True))
    ### END SOLUTION


# ---------------------------------------------------------------- an LSTM that looks at a picture


def dot_product_attention(prev_h, A):
    """What a hidden state sees of a picture: the mean of its cells, weighted by how well each cell fits the state.

    The score of a cell is its dot product with the state, divided by sqrt(H); a softmax makes weights of the scores.

    Args:
        prev_h: (N, H) hidden states, the queries.
        A: (N, H, 4, 4) a vector of each cell, both key and value; other numbers of rows and columns work too.

    Returns:
        attn: (N, H) weighted means of the cells; attn_weights: (N, 4, 4), each 4 x 4 with the sum 1.
    """
    ### BEGIN SOLUTION
    N, H = prev_h.shape
    cells = A.reshape(N, H, -1)  # (N, H, 16)
    scores = (prev_h[:, None] @ cells)[:, 0] / math.sqrt(H)  # (N, 16)
    weights = softmax(scores)
    attn = (cells @ weights[:, :, None])[:, :, 0]  # (N, H)
    return attn, weights.reshape(N, *A.shape[2:])
    ### END SOLUTION


def dot_product_attention_backward(dattn, prev_h, A, attn_weights):
    """Gradients (dprev_h, dA), shaped like prev_h and A, from dattn (N, H).

    A stands in the scores and in the mean, so dA is a sum of two parts.
    """
    ### BEGIN SOLUTION
    N, H = prev_h.shape
    cells, weights = A.reshape(N, H, -1), attn_weights.reshape(N, -1)
    dweights = (dattn[:, None] @ cells)[:, 0]  # (N, 16)
    dscores = softmax_backward(dweights, weights) / math.sqrt(H)
    dprev_h = (cells @ dscores[:, :, None])[:, :, 0]  # (N, H)
    dA = dattn[:, :, None] * weights[:, None] + prev_h[:, :, None] * dscores[:, None]  # (N, H, 16)
    return dprev_h, dA.reshape(A.shape)
    ### END SOLUTION


def attention_step_forward(x, prev_h, prev_c, attn, Wx, Wh, Wattn, b):
    """One step of an LSTM whose input is a word and what the network sees: x Wx + prev_h Wh + attn Wattn + b.

    Args:
        x: (N, D) input; prev_h, prev_c: (N, H) states of the previous step; attn: (N, H) from `dot_product_attention`.
        Wx: (D, 4H), Wh: (H, 4H), Wattn: (H, 4H), b: (4H,) parameters, columns in the order i, f, o, g.

    Returns:
        next_h, next_c: (N, H); cache: for `attention_step_backward` only.
    """
    inputs, weights = np.concatenate([x, attn], axis=1), np.concatenate([Wx, Wattn])  # (N, D + H), (D + H, 4H)
    next_h, next_c, cache = lstm_step_forward(inputs, prev_h, prev_c, weights, Wh, b)
    return next_h, next_c, (x.shape[1], cache)


def attention_step_backward(dnext_h, dnext_c, cache):
    """Gradients (dx, dprev_h, dprev_c, dattn, dWx, dWh, dWattn, db); dnext_h, dnext_c as in `lstm_step_backward`."""
    D, cache = cache
    dinputs, dprev_h, dprev_c, dweights, dWh, db = lstm_step_backward(dnext_h, dnext_c, cache)
    return dinputs[:, :D], dprev_h, dprev_c, dinputs[:, D:], dweights[:D], dWh, dweights[D:], db


def attention_forward(x, A, Wx, Wh, Wattn, b):
    """An LSTM over whole sequences that looks at a picture before each step.

    The hidden and the cell state begin as the mean of all cells of A.

    Args:
        x: (N, T, D) inputs, T >= 1; A: (N, H, 4, 4) a vector of each cell of the picture.
        Wx: (D, 4H), Wh: (H, 4H), Wattn: (H, 4H), b: (4H,) parameters, the same at every step.

    Returns:
        h: (N, T, H) hidden states; cache: for `attention_backward` only.
    """
    ### BEGIN SOLUTION
    h = c = A.mean(axis=(2, 3))  # (N, H)
    hs, caches = [], []
    for t in range(x.shape[1]):
        attn, attn_weights = dot_product_attention(h, A)
        looking = (h, A, attn_weights)
        h, c, cache = attention_step_forward(x[:, t], h, c, attn, Wx, Wh, Wattn, b)
        hs.append(h)
        caches.append((looking, cache))
    return np.stack(hs, axis=1), caches
    ### END SOLUTION


def attention_backward(dh, cache):
    """Gradients over whole sequences: (dx, dA, dWx, dWh, dWattn, db), from dh (N, T, H) as in `rnn_backward`.

    A is looked at before every step and gives the first states; dA is the sum over all of these.
    """
    ### BEGIN SOLUTION
    A = cache[0][0][1]
    dxs, dprev_h, dprev_c, dA, dweights = [], 0, 0, 0, (0, 0, 0, 0)
    for t in reversed(range(len(cache))):
        looking, step = cache[t]
        dx, dprev_h, dprev_c, dattn, *dweights_t = attention_step_backward(dh[:, t] + dprev_h, dprev_c, step)
        dlooking_h, dA_t = dot_product_attention_backward(dattn, *looking)
        dxs.append(dx)
        dprev_h, dA = dprev_h + dlooking_h, dA + dA_t  # the state is also the query
        dweights = tuple(total + part for total, part in zip(dweights, dweights_t, strict=True))
    cells = A.shape[2] * A.shape[3]
    dA = dA + ((dprev_h + dprev_c) / cells)[:, :, None, None]  # through the mean
    return np.stack(dxs[::-1], axis=1), dA, *dweights
    ### END SOLUTION


# ---------------------------------------------------------------- several heads


def causal_mask(T):
    """(T, T) booleans: entry [t, s] says whether position t may look at s, which must not come later."""
    return np.tri(T, dtype=bool)


def scaled_dot_product_attention(q, k, v, mask=None):
    """Means of the values with the weights softmax(q k^T / sqrt(d)).

    Args:
        q: (..., T, d) queries; k: (..., S, d) keys; v: (..., S, e) values.
        mask: booleans, (T, S) or any shape that broadcasts to (..., T, S): where a query may look; None for everywhere.

    Returns:
        out: (..., T, e); weights: (..., T, S), 0 where the mask is False.

    Raises:
        ValueError: if the mask lets a query look nowhere: no weights can have the sum 1 then; if it holds anything but
            booleans or 0 and 1, such as the -inf of masks that are added to scores; or if its shape does not fit.
    """
    ### BEGIN SOLUTION
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])  # (..., T, S)
    if mask is not None:
        check_mask(mask, scores.shape)
        scores = np.where(mask, scores, -np.inf).astype(scores.dtype)
    weights = softmax(scores)
    return weights @ v, weights
    ### END SOLUTION


def scaled_dot_product_attention_backward(dout, q, k, v, weights):
    """Gradients (dq, dk, dv), shaped like q, k and v, from dout (..., T, e). A weight of 0 passes nothing on."""
    ### BEGIN SOLUTION
    dweights = dout @ np.swapaxes(v, -1, -2)  # (..., T, S)
    dscores = softmax_backward(dweights, weights) / math.sqrt(q.shape[-1])
    return dscores @ k, np.swapaxes(dscores, -1, -2) @ q, np.swapaxes(weights, -1, -2) @ dout
    ### END SOLUTION


def split_heads(x, num_heads):
    """(N, T, D) -> (N, num_heads, T, d) with d = D / num_heads: head i has the i-th part of each vector.

    Raises:
        ValueError: if num_heads is not a positive whole number that divides D.
    """
    check_whole_number("num_heads", num_heads)
    N, T, D = x.shape
    if D % num_heads:
        raise ValueError(f"num_heads must divide the width, got {num_heads} heads for a width of {D}")
    return x.reshape(N, T, num_heads, D // num_heads).transpose(0, 2, 1, 3)


def join_heads(x):
    """(N, num_heads, T, d) -> (N, T, D): the inverse of `split_heads`."""
    N, num_heads, T, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(N, T, num_heads * d)


def multi_head_attention_forward(x, source, W, b, num_heads, mask=None):
    """Attention of several heads: each looks with queries, keys and values of its own, and their outputs are mixed.

    Args:
        x: (N, T, D), from which the queries are made.
        source: (N, S, D), from which keys and values are made: x itself for self-attention, the cells of a picture for
            cross-attention.
        W: (4, D, D), b: (4, D) parameters of the queries, keys, values and of the output.
        num_heads: number of heads; it divides D.
        mask: as for `scaled_dot_product_attention`, for example `causal_mask(T)`; (N, 1, T, S) for one of each example.

    Returns:
        out: (N, T, D); cache: for `multi_head_attention_backward`; its last entry has the weights,
            (N, num_heads, T, S).

    Raises:
        ValueError: if num_heads does not divide D, or if `scaled_dot_product_attention` refuses the mask.
    """
    ### BEGIN SOLUTION
    (q, cache_q), (k, cache_k), (v, cache_v) = (
        temporal_affine_forward(rows, W[i], b[i]) for i, rows in enumerate((x, source, source))
    )
    q, k, v = (split_heads(part, num_heads) for part in (q, k, v))
    heads, weights = scaled_dot_product_attention(q, k, v, mask)
    joined = join_heads(heads)
    out, cache_out = temporal_affine_forward(joined, W[3], b[3])
    return out, (cache_q, cache_k, cache_v, cache_out, q, k, v, weights)
    ### END SOLUTION


def multi_head_attention_backward(dout, cache):
    """Gradients (dx, dsource, dW, db), shaped like the arguments, from dout (N, T, D).

    In self-attention x is given twice, and its gradient is dx + dsource.
    """
    ### BEGIN SOLUTION
    cache_q, cache_k, cache_v, cache_out, q, k, v, weights = cache
    djoined, dWo, dbo = temporal_affine_backward(dout, cache_out)
    dheads = split_heads(djoined, q.shape[1])
    dq, dk, dv = (join_heads(part) for part in scaled_dot_product_attention_backward(dheads, q, k, v, weights))
    dx, dWq, dbq = temporal_affine_backward(dq, cache_q)
    dsource_k, dWk, dbk = temporal_affine_backward(dk, cache_k)
    dsource_v, dWv, dbv = temporal_affine_backward(dv, cache_v)
    return dx, dsource_k + dsource_v, np.stack([dWq, dWk, dWv, dWo]), np.stack([dbq, dbk, dbv, dbo])
    ### END SOLUTION
