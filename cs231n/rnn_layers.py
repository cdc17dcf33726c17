"""Recurrent layers in NumPy. N sequences, T steps, D inputs, H hidden units, V words, M outputs.

`*_forward` returns (output, cache). `*_backward` takes the gradient of the loss with respect to that output and returns
the gradients with respect to the forward function's arguments, in their order. Arguments are never changed, a cache may
be used more than once, and float32 stays float32. The parameters of an LSTM's four gates stand side by side, in the
order i, f, o, g.
"""

import numpy as np

from cs231n.checks import check_indices
from cs231n.layers import affine_backward, affine_forward, log_softmax

# ---------------------------------------------------------------- vanilla RNN


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """One step of a vanilla RNN: next_h = tanh(x Wx + prev_h Wh + b).

    Args:
        x: (N, D) input at this step; prev_h: (N, H) hidden state of the previous step.
        Wx: (D, H), Wh: (H, H), b: (H,) parameters.

    Returns:
        next_h: (N, H), every entry in [-1, 1]; cache: for `rnn_step_backward` only.
    """
    ### BEGIN SOLUTION
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)  # (N, H)
    return next_h, (x, prev_h, Wx, Wh, next_h)
    ### END SOLUTION


def rnn_step_backward(dnext_h, cache):
    """Gradients of one step: (dx, dprev_h, dWx, dWh, db), each shaped like its argument, from dnext_h (N, H)."""
    ### BEGIN SOLUTION
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)  # (N, H), through tanh
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)
    ### END SOLUTION


def rnn_forward(x, h0, Wx, Wh, b):
    """A vanilla RNN over whole sequences.

    Args:
        x: (N, T, D) inputs, T >= 1; h0: (N, H) hidden state before the first step.
        Wx: (D, H), Wh: (H, H), b: (H,) parameters, the same at every step.

    Returns:
        h: (N, T, H) hidden states; cache: for `rnn_backward` only.
    """
    ### BEGIN SOLUTION
    h, hs, caches = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_step_forward(x[:, t], h, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches
    ### END SOLUTION


def rnn_backward(dh, cache):
    """Gradients over whole sequences: (dx, dh0, dWx, dWh, db).

    Args:
        dh: (N, T, H) gradient that each hidden state gets from its own output, for example from the scores at its
            step. The gradient that it gets from the next step is added in this function.
        cache: from `rnn_forward`.

    Returns:
        dx (N, T, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,); the last three are sums over all steps.
    """
    ### BEGIN SOLUTION
    dxs, dprev_h, dWx, dWh, db = [], 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        dx, dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
        dxs.append(dx)
        dWx, dWh, db = dWx + dWx_t, dWh + dWh_t, db + db_t  # the parameters are the same at every step
    return np.stack(dxs[::-1], axis=1), dprev_h, dWx, dWh, db
    ### END SOLUTION


# ---------------------------------------------------------------- LSTM


def sigmoid(x):
    """1 / (1 + exp(-x)) for an array of any shape, accurate to rounding for any x.

    The exponential is only taken of -|x|, so it cannot overflow. For negative x, the numerator and the denominator are
    multiplied by exp(x), which gives exp(x) / (1 + exp(x)).
    """
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, e) / (1 + e)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """One step of an LSTM: the input, forget and output gates i, f, o and the candidate g from x and prev_h, then

        next_c = f * prev_c + i * g,    next_h = o * tanh(next_c).

    Args:
        x: (N, D) input at this step; prev_h, prev_c: (N, H) hidden and cell state of the previous step.
        Wx: (D, 4H), Wh: (H, 4H), b: (4H,) parameters, columns in the order i, f, o, g.

    Returns:
        next_h: (N, H), every entry in [-1, 1]; next_c: (N, H); cache: for `lstm_step_backward` only.
    """
    ### BEGIN SOLUTION
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b  # (N, 4H)
    i, f, o = (sigmoid(a[:, k * H : (k + 1) * H]) for k in range(3))  # (N, H) each
    g = np.tanh(a[:, 3 * H :])  # (N, H)
    next_c = f * prev_c + i * g  # (N, H)
    tanh_c = np.tanh(next_c)  # (N, H)
    return o * tanh_c, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c)
    ### END SOLUTION


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Gradients of one step: (dx, dprev_h, dprev_c, dWx, dWh, db), each shaped like its argument.

    Args:
        dnext_h, dnext_c: (N, H) gradients of the loss with respect to the two outputs. next_h is computed from next_c;
            the gradient that next_c gets through next_h is not part of dnext_c, and is added in this function.
        cache: from `lstm_step_forward`.
    """
    ### BEGIN SOLUTION
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c = cache
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)  # (N, H), directly and through next_h
    da = np.concatenate(  # (N, 4H), through sigmoid' = s (1 - s) and tanh' = 1 - tanh^2
        [
            dc * g * i * (1 - i),
            dc * prev_c * f * (1 - f),
            dnext_h * tanh_c * o * (1 - o),
            dc * i * (1 - g**2),
        ],
        axis=1,
    )
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)
    ### END SOLUTION


def lstm_forward(x, h0, Wx, Wh, b):
    """An LSTM over whole sequences. The cell state begins at 0 and is not returned.

    Args:
        x: (N, T, D) inputs, T >= 1; h0: (N, H) hidden state before the first step.
        Wx: (D, 4H), Wh: (H, 4H), b: (4H,) parameters, the same at every step.

    Returns:
        h: (N, T, H) hidden states; cache: for `lstm_backward` only.
    """
    ### BEGIN SOLUTION
    h, c, hs, caches = h0, np.zeros_like(h0), [], []
    for t in range(x.shape[1]):
        h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches
    ### END SOLUTION


def lstm_backward(dh, cache):
    """Gradients over whole sequences: (dx, dh0, dWx, dWh, db).

    Args:
        dh: (N, T, H) gradient that each hidden state gets from its own output, as in `rnn_backward`.
        cache: from `lstm_forward`.

    Returns:
        dx (N, T, D), dh0 (N, H), dWx (D, 4H), dWh (H, 4H), db (4H,); the last three are sums over all steps.
    """
    ### BEGIN SOLUTION
    dxs, dprev_h, dprev_c, dWx, dWh, db = [], 0, 0, 0, 0, 0
    for t in reversed(range(len(cache))):
        dx, dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, cache[t])
        dxs.append(dx)
        dWx, dWh, db = dWx + dWx_t, dWh + dWh_t, db + db_t  # the parameters are the same at every step
    return np.stack(dxs[::-1], axis=1), dprev_h, dWx, dWh, db
    ### END SOLUTION


# ---------------------------------------------------------------- words in, scores out


def word_embedding_forward(x, W):
    """The vector of each word: out[n, t] is the row x[n, t] of W.

    Args:
        x: (N, T) integers in 0..V-1, the indices of words; any other shape works too.
        W: (V, D), a row for each word of the vocabulary.

    Returns:
        out: (N, T, D); cache: for `word_embedding_backward` only.

    Raises:
        ValueError: if x holds anything but integers in 0..V-1.
    """
    check_indices(x, len(W), "words")
    ### BEGIN SOLUTION
    return W[x], (x, W.shape)
    ### END SOLUTION


def word_embedding_backward(dout, cache):
    """Gradient dW (V, D) of `word_embedding_forward` from dout (N, T, D).

    Each row of dW is the sum of the gradients at all occurrences of its word.
    """
    ### BEGIN SOLUTION
    x, shape = cache
    dW = np.zeros(shape, dout.dtype)  # (V, D)
    np.add.at(dW, x, dout)  # dW[x] += dout would add only one of a word's occurrences
    return dW
    ### END SOLUTION


def temporal_affine_forward(x, w, b):
    """A fully connected layer at each step: out[n, t] = x[n, t] w + b.

    Args:
        x: (N, T, D); w: (D, M), b: (M,) parameters, the same at every step.

    Returns:
        out: (N, T, M); cache: for `temporal_affine_backward` only.
    """
    N, T, D = x.shape
    out, cache = affine_forward(x.reshape(N * T, D), w, b)
    return out.reshape(N, T, -1), cache


def temporal_affine_backward(dout, cache):
    """Gradients of `temporal_affine_forward`: (dx, dw, db), shaped like its arguments, from dout (N, T, M)."""
    N, T, M = dout.shape
    dx, dw, db = affine_backward(dout.reshape(N * T, M), cache)
    return dx.reshape(N, T, -1), dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    """Cross-entropy loss of N captions, summed over the unmasked words and divided by N, and its gradient.

    Args:
        x: (N, T, V) scores; however large they are, nothing overflows.
        y: (N, T) integers in 0..V-1, the target words; they must be valid indices even where `mask` is False.
        mask: (N, T) booleans (or 0 and 1): True for words whose loss is added, False for words that are ignored.
        verbose: print how many words are unmasked, and their mean loss.

    Returns:
        loss: number; dx: (N, T, V).

    Raises:
        ValueError: if N = 0, if `y` or `mask` is not (N, T), or if `y` holds anything but integers in 0..V-1.
    """
    N, T, V = x.shape
    if N == 0:
        raise ValueError("the mean loss of no captions is not defined")
    if y.shape != (N, T) or mask.shape != (N, T):
        raise ValueError(f"scores of shape {x.shape} need y and mask of {(N, T)}, got {y.shape} and {mask.shape}")
    check_indices(y, V, "y")
    n, t = np.ogrid[:N, :T]
    log_p = log_softmax(x)  # (N, T, V)
    weight = mask.astype(x.dtype) / N  # (N, T)
    loss = -(log_p[n, t, y] * weight).sum()
    with np.errstate(under="ignore"):
        dx = np.exp(log_p)  # (N, T, V), the probabilities
    dx[n, t, y] -= 1
    dx *= weight[:, :, None]
    if verbose:
        count = np.count_nonzero(mask)
        print(f"{count} of {N * T} words are unmasked; mean loss per word: {loss * N / max(count, 1):.3f}")
    return loss, dx
