"""The loss of `CaptioningRNN.loss`, and its gradients, at about twice the speed. Training uses this.

N captions, T steps, D features, W numbers a word, H hidden units, G = H or 4H gate values, V words. The lecture's form
computes every step for every caption, padding included. Here

- captions are sorted, the longest first, so that the R_t that are still running at step t are the first R_t rows, and
  the steps stand one below the other in arrays of K = R_0 + R_1 + ... rows ("packed"): padding costs nothing;
- what needs no earlier state is one large product over all K rows: inputs through Wx, states through W_vocab, and every
  gradient of a parameter. Only the product with Wh has to go step by step;
- scores are computed only where a word counts;
- large arrays are worked on in place, and gates become their own gradients.
"""

from typing import NamedTuple

import numpy as np

from cs231n.rnn_layers import word_embedding_backward, word_embedding_forward


def packed_loss(model, features, captions):
    """What `model.loss(features, captions)` returns, up to rounding; arguments and errors as there."""
    features, captions = model.check_batch(features, captions)
    pack = _pack(captions, model.word_to_idx["<NULL>"])
    features, p, grads = features[pack.order], model.params, {}

    x, embedding = word_embedding_forward(pack.words_in, p["W_embed"])  # (K, W)
    gates = x @ p["Wx"]  # (K, G)
    gates += p["b"]
    h0 = features @ p["W_proj"]  # (N, H)
    h0 += p["b_proj"]
    forward, backward = (_lstm_forward, _lstm_backward) if model.cell_type == "lstm" else (_rnn_forward, _rnn_backward)
    states = forward(gates, h0, p["Wh"], pack)

    counts = pack.words_out != model.word_to_idx["<NULL>"]  # (K,); a <NULL> in mid-caption does not
    rows = slice(None) if counts.all() else counts
    h_counting = states.h[rows]  # (C, H)
    scores = h_counting @ p["W_vocab"]  # (C, V)
    scores += p["b_vocab"]
    loss = _softmax_loss_in_place(scores, pack.words_out[rows], len(captions))
    dscores = scores

    grads["W_vocab"], grads["b_vocab"] = h_counting.T @ dscores, dscores.sum(axis=0)
    dh = np.zeros_like(states.h)  # (K, H)
    dh[rows] = dscores @ p["W_vocab"].T
    dh0 = backward(dh, gates, h0, states, p["Wh"], pack)
    dgates = gates
    grads["Wx"], grads["b"] = x.T @ dgates, dgates.sum(axis=0)
    grads["Wh"] = _before(states.h, h0, pack).T @ dgates
    grads["W_embed"] = word_embedding_backward(dgates @ p["Wx"].T, embedding)
    grads["W_proj"], grads["b_proj"] = features.T @ dh0, dh0.sum(axis=0)
    return loss, grads


class _Pack(NamedTuple):
    """How N captions lie in K packed rows."""

    order: np.ndarray  # (N,), the captions from the longest to the shortest
    steps: list  # of T slices of the K rows, one for each step; their lengths R_t never rise
    words_in: np.ndarray  # (K,)
    words_out: np.ndarray  # (K,)


class _States(NamedTuple):
    """Hidden states, and for an LSTM cell states and their tanh, all (K, H)."""

    h: np.ndarray
    c: np.ndarray = None
    tanh_c: np.ndarray = None


def _pack(captions, null):
    """A caption runs as long as a word that counts is still to come."""
    T = captions.shape[1] - 1
    lengths = ((captions[:, 1:] != null) * np.arange(1, T + 1)).max(axis=1)  # (N,)
    order = np.argsort(-lengths, kind="stable")
    running = lengths[order][None] > np.arange(lengths.max())[:, None]  # (T, N), without steps that nobody reaches
    ends = np.cumsum(running.sum(axis=1))
    steps = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    by_step = captions[order].T  # (T + 1, N)
    return _Pack(order, steps, by_step[:-1][: len(steps)][running], by_step[1:][: len(steps)][running])


def _before(states, first, pack):
    """(K, H): for each row the state that its step began with."""
    before, previous = np.empty_like(states), first
    for step in pack.steps:
        before[step] = previous[: step.stop - step.start]
        previous = states[step]
    return before


def _softmax_loss_in_place(scores, words, N):
    """Cross-entropy of the right words (C,), over N; `scores` (C, V) become their gradient."""
    rows = np.arange(len(words))
    scores -= scores.max(axis=1, keepdims=True)
    right = scores[rows, words]
    with np.errstate(under="ignore"):
        np.exp(scores, out=scores)
    total = scores.sum(axis=1)
    scores *= (1 / (N * total))[:, None]
    scores[rows, words] -= scores.dtype.type(1 / N)
    return (np.log(total) - right).sum() / N


# ---------------------------------------------------------------- vanilla RNN


def _rnn_forward(gates, h0, Wh, pack):
    """Hidden states from `gates`, the inputs' part of what goes through tanh."""
    h, previous = np.empty_like(gates), h0
    for step in pack.steps:
        a = previous[: step.stop - step.start] @ Wh  # (R, H)
        a += gates[step]
        previous = np.tanh(a, out=h[step])
    return _States(h)


def _rnn_backward(dh, gates, h0, states, Wh, pack):
    """Gradient dh0 (N, H) from dh (K, H), which is used up; `gates` become their own gradients."""
    Wh_T = np.ascontiguousarray(Wh.T)  # products of a few rows read it faster
    slope = np.multiply(states.h, states.h, out=gates)  # (K, H)
    np.subtract(1, slope, out=slope)
    dprevious = np.zeros_like(h0)  # of a step's running captions; the others' gradients are 0 until they run
    for step in reversed(pack.steps):
        da, running = gates[step], dprevious[: step.stop - step.start]
        running += dh[step]
        da *= running
        np.matmul(da, Wh_T, out=running)
    return dprevious


# ---------------------------------------------------------------- LSTM


def _lstm_forward(gates, h0, Wh, pack):
    """Hidden and cell states from `gates`, the inputs' part of (i, f, o, g), which become the gates themselves."""
    K, H = len(gates), len(Wh)
    states = _States(*(np.empty((K, H), gates.dtype) for _ in range(3)))
    previous_h, previous_c = h0, np.zeros_like(h0)
    for step in pack.steps:
        R = step.stop - step.start
        a = gates[step]  # (R, 4H)
        a += previous_h[:R] @ Wh
        i, f, o, g = _gates_in_place(a)
        c = np.multiply(i, g, out=states.c[step])
        c += f * previous_c[:R]
        tanh_c = np.tanh(c, out=states.tanh_c[step])
        previous_h, previous_c = np.multiply(o, tanh_c, out=states.h[step]), c
    return states


def _lstm_backward(dh, gates, h0, states, Wh, pack):
    """Gradient dh0 (N, H) from dh (K, H), which is used up; `gates` become their own gradients."""
    H, Wh_T = len(Wh), np.ascontiguousarray(Wh.T)  # products of a few rows read it faster
    dprevious_h, dprevious_c = np.zeros_like(h0), np.zeros_like(h0)
    previous_c = _before(states.c, np.zeros_like(h0), pack)
    for step in reversed(pack.steps):
        R = step.stop - step.start
        i, f, o, g = (gates[step, k * H : (k + 1) * H] for k in range(4))
        dh_step, dc, tanh_c = dprevious_h[:R], dprevious_c[:R], states.tanh_c[step]
        dh_step += dh[step]
        dc += dh_step * o * (1 - tanh_c * tanh_c)
        di, df, do, dg = dc * g, dc * previous_c[step], dh_step * tanh_c, dc * i
        dc *= f
        for gate, gradient in ((i, di), (f, df), (o, do)):
            gradient *= gate
            gradient -= gradient * gate  # sigmoid' = s - s^2
            gate[...] = gradient
        dg -= dg * g * g
        g[...] = dg
        np.matmul(gates[step], Wh_T, out=dh_step)
    return dprevious_h


def _gates_in_place(a):
    """The gates i, f, o and the candidate g, (R, H) each: views of `a` (R, 4H), the sums before them, used up.

    sigmoid(a) = (tanh(a / 2) + 1) / 2, which cannot overflow.
    """
    H = a.shape[1] // 4
    gates, g = a[:, : 3 * H], a[:, 3 * H :]
    gates *= 0.5
    np.tanh(a, out=a)
    gates += 1
    gates *= 0.5
    return *(a[:, k * H : (k + 1) * H] for k in range(3)), g
