"""The loss of `CaptioningRNN.loss` and its gradients in about half the time; the notebooks train with it.

N captions, T steps, D features, W entries in a word vector, H hidden units, G = H gate values for an RNN and 4H for an
LSTM, V words; with attention D features of each of 16 cells. `CaptioningRNN.loss` computes every step of every caption,
padding included. Here

- captions are sorted, the longest first. Then the R_t captions that are still active at step t are the first R_t, and
  all steps fit into arrays of K = R_0 + R_1 + ... rows, one step below the other ("packed"). Padding costs nothing.
- everything that does not need an earlier state is one large product over all K rows: inputs times Wx, states times
  W_vocab, and the gradients of all parameters. Only the product with Wh is computed step by step.
- scores are computed only where the target is not <NULL>.
- the gradients of the word vectors are added up by a product with a sparse matrix.
- large arrays are changed in place: the array of the gates becomes the array of their gradients.
"""

import itertools
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array

from cs231n.attention_layers import softmax, softmax_backward


def packed_loss(model, features, captions):
    """The result of `model.loss(features, captions)`, up to rounding, from the same arguments.

    Args:
        model: a `CaptioningRNN`.
        features, captions: as for `CaptioningRNN.loss`.

    Returns:
        loss, grads: as from `CaptioningRNN.loss`.

    Raises:
        ValueError: if `CaptioningRNN.loss` raises it, or if the model is a Transformer.
    """
    if model.cell_type not in _CELLS:
        raise ValueError(f"packed_loss is for cells of {', '.join(_CELLS)}; packed_transformer_loss for a Transformer")
    features, captions = model.checked_batch(features, captions)
    pack = _pack(captions, model.word_to_idx["<NULL>"])
    features, p, grads = features[pack.order], model.params, {}

    x = p["W_embed"][pack.words_in]  # (K, W)
    gates = x @ p["Wx"]  # (K, G)
    gates += p["b"]
    start = features @ p["W_proj"]  # (N, H), the first states; with attention (N, 16, H), the cells
    start += p["b_proj"]
    forward, backward = _CELLS[model.cell_type]
    Wh = np.concatenate([p["Wh"], p["Wattn"]]) if model.cell_type == "attn" else p["Wh"]
    states = forward(gates, start, Wh, pack)

    unmasked = pack.words_out != model.word_to_idx["<NULL>"]  # (K,); False where <NULL> stands inside a caption
    rows = slice(None) if unmasked.all() else unmasked
    h = states.h[rows]  # (U, H), of the U unmasked words
    scores = h @ p["W_vocab"]  # (U, V)
    scores += p["b_vocab"]
    loss = softmax_loss_in_place(scores, pack.words_out[rows], len(captions))
    dscores = scores

    grads["W_vocab"], grads["b_vocab"] = h.T @ dscores, column_sums(dscores)
    dh = dscores @ p["W_vocab"].T  # (U, H)
    if len(dh) < len(states.h):
        dh, dh_unmasked = np.zeros_like(states.h), dh  # (K, H)
        dh[rows] = dh_unmasked
    dstart = backward(dh, gates, start, states, Wh, pack)
    dgates = gates
    grads["Wx"], grads["b"] = x.T @ dgates, column_sums(dgates)
    grads["Wh"] = _before(states.h, start.mean(axis=1) if start.ndim == 3 else start, pack).T @ dgates
    if model.cell_type == "attn":
        grads["Wattn"] = states.attn.T @ dgates
    grads["W_embed"] = embedding_gradient(dgates @ p["Wx"].T, pack.words_in, len(p["W_embed"]))
    grads["W_proj"] = features.reshape(-1, features.shape[-1]).T @ dstart.reshape(-1, dstart.shape[-1])
    grads["b_proj"] = dstart.sum(axis=0)
    return loss, grads


class _Pack(NamedTuple):
    """N captions in K packed rows."""

    order: np.ndarray  # (N,), indices of the captions, from the longest to the shortest
    steps: list  # T slices of the K rows, one for each step; slice t has R_t rows, and R_t never rises
    words_in: np.ndarray  # (K,)
    words_out: np.ndarray  # (K,)


class _States(NamedTuple):
    """Hidden states; for an LSTM also cell states and the tanh of cell states; each (K, H).

    With attention also what was seen before each step, (K, H), and the weights, (K, 16).
    """

    h: np.ndarray
    c: np.ndarray = None
    tanh_c: np.ndarray = None
    attn: np.ndarray = None
    weights: np.ndarray = None


def _pack(captions, null):
    """Pack a batch (N, T + 1): a caption is active up to its last target that is not <NULL>."""
    T = captions.shape[1] - 1
    lengths = ((captions[:, 1:] != null) * np.arange(1, T + 1)).max(axis=1)  # (N,)
    order = np.argsort(-lengths, kind="stable")
    active = lengths[order][None] > np.arange(lengths.max())[:, None]  # (T, N), up to the longest caption's last step
    ends = np.cumsum(active.sum(axis=1))
    steps = [slice(start, end) for start, end in itertools.pairwise([0, *ends])]
    by_step = captions[order].T  # (T + 1, N)
    return _Pack(order, steps, by_step[:-1][: len(steps)][active], by_step[1:][: len(steps)][active])


def _before(states, first, pack):
    """The state before each step, (K, H), from the states after the steps (K, H) and the first state (N, H)."""
    before, previous = np.empty_like(states), first
    for step in pack.steps:
        before[step] = previous[: step.stop - step.start]
        previous = states[step]
    return before


def softmax_loss_in_place(scores, words, N):
    """Cross-entropy loss for the targets `words` (U,), divided by N; `scores` (U, V) is overwritten by its gradient."""
    rows = np.arange(len(words))
    scores -= scores.max(axis=1, keepdims=True)
    targets = scores[rows, words]
    with np.errstate(under="ignore"):
        np.exp(scores, out=scores)
    total = scores.sum(axis=1)
    scores *= (1 / (N * total))[:, None]
    scores[rows, words] -= scores.dtype.type(1 / N)
    return (np.log(total) - targets).sum() / N


def embedding_gradient(dx, words, V):
    """The gradient (V, W) of all word vectors: for each word the sum of the rows of dx (K, W) that belong to it.

    `words` (K,) has the index of the word of each row, in any order. The function is the product of dx with a sparse
    matrix (V, K), which has a single 1 in each column, in the row of its word. `np.add.at`, as in
    `word_embedding_backward`, takes several times as long (benchmarks/captioning.py).
    """
    K = len(words)
    return csc_array((np.ones(K, dx.dtype), words, np.arange(K + 1)), shape=(V, K)) @ dx


def column_sums(x):
    """`x.sum(axis=0)` for x (K, M), as a product, which takes half of the time."""
    return np.ones(len(x), x.dtype) @ x


# ---------------------------------------------------------------- vanilla RNN


def _rnn_forward(gates, h0, Wh, pack):
    """Hidden states from `gates` (K, H), which holds x Wx + b for every row."""
    h, previous = np.empty_like(gates), h0
    for step in pack.steps:
        a = previous[: step.stop - step.start] @ Wh  # (R, H)
        a += gates[step]
        previous = np.tanh(a, out=h[step])
    return _States(h)


def _rnn_backward(dh, gates, h0, states, Wh, pack):
    """Gradient dh0 (N, H) from dh (K, H). `gates` is overwritten by its gradient."""
    slope = np.multiply(states.h, states.h, out=gates)  # (K, H)
    np.subtract(1, slope, out=slope)
    dprevious = np.zeros_like(h0)  # rows of captions that are not active yet, going back in time, stay 0
    for step in reversed(pack.steps):
        da, active = gates[step], dprevious[: step.stop - step.start]
        active += dh[step]
        da *= active
        np.matmul(da, Wh.T, out=active)
    return dprevious


# ---------------------------------------------------------------- LSTM


def _lstm_forward(gates, h0, Wh, pack):
    """Hidden and cell states from `gates` (K, 4H): x Wx + b for every row, overwritten by the gates i, f, o, g."""
    K, H = len(gates), len(Wh)
    states = _States(*(np.empty((K, H), gates.dtype) for _ in range(3)))
    previous_h, previous_c = h0, np.zeros_like(h0)
    for step in pack.steps:
        R = step.stop - step.start
        a = previous_h[:R] @ Wh  # (R, 4H)
        previous_h, previous_c = _next_states(a, gates[step], previous_c[:R], states, step)
    return states


def _next_states(a, gates, previous_c, states, step):
    """(h, c), each (R, H), written to `states`, from `gates` + `a`, what goes into the gates, each (R, 4H).

    `gates` is overwritten by the gates i, f, o, g. The sigmoid is computed as (tanh(x / 2) + 1) / 2, which cannot
    overflow.
    """
    H = previous_c.shape[1]
    a += gates
    a[:, : 3 * H] *= 0.5
    np.tanh(a, out=gates)
    gates[:, : 3 * H] += 1
    gates[:, : 3 * H] *= 0.5
    i, f, o, g = (gates[:, k * H : (k + 1) * H] for k in range(4))
    c = np.multiply(i, g, out=states.c[step])
    c += f * previous_c
    tanh_c = np.tanh(c, out=states.tanh_c[step])
    return np.multiply(o, tanh_c, out=states.h[step]), c


def _lstm_backward(dh, gates, h0, states, Wh, pack):
    """Gradient dh0 (N, H) from dh (K, H). `gates` is overwritten by the gradient of what goes into the gates."""
    dprevious_h, dprevious_c = np.zeros_like(h0), np.zeros_like(h0)
    previous_c = _before(states.c, np.zeros_like(h0), pack)
    for step in reversed(pack.steps):
        R = step.stop - step.start
        dh_step = dprevious_h[:R]
        dh_step += dh[step]
        _gate_gradients(dh_step, dprevious_c[:R], gates[step], states, step, previous_c[step])
        np.matmul(gates[step], Wh.T, out=dh_step)
    return dprevious_h


def _gate_gradients(dh, dc, gates, states, step, previous_c):
    """Overwrite `gates` (R, 4H) by the gradient of what goes into them, and `dc` (R, H) by that of the previous c.

    A gate's slope is s - s^2, that of a tanh 1 - g^2. Products that several gradients share, such as h = o tanh(c), are
    computed once, so that few passes over the arrays are needed.
    """
    H, h = dc.shape[1], states.h[step]
    i, f, o, g = (gates[:, k * H : (k + 1) * H] for k in range(4))
    slope = h * states.tanh_c[step]
    np.subtract(o, slope, out=slope)  # o (1 - tanh(c)^2)
    slope *= dh
    dc += slope
    do = dh * h
    np.subtract(do, do * o, out=o)  # dh tanh(c) (o - o^2)
    written = i * g
    di = written - written * i
    written *= g
    np.subtract(i, written, out=g)
    g *= dc  # dc i (1 - g^2)
    np.multiply(di, dc, out=i)  # dc g (i - i^2)
    dc *= f
    np.subtract(dc, dc * f, out=f)
    f *= previous_c  # dc (f - f^2) c


# ---------------------------------------------------------------- LSTM with attention


def _attention_forward(gates, A, W, pack):
    """As `_lstm_forward`, with the cells A (N, 16, H) in place of the first states, and W (2H, 4H): Wh over Wattn."""
    K, H = len(gates), A.shape[2]
    states = _States(*(np.empty((K, H), gates.dtype) for _ in range(4)), np.empty((K, A.shape[1]), gates.dtype))
    previous_h = previous_c = A.mean(axis=1)
    inputs = np.empty((len(A), 2 * H), gates.dtype)
    for step in pack.steps:
        R = step.stop - step.start
        h, cells = previous_h[:R], A[:R]
        scores = (cells @ h[:, :, None])[:, :, 0] / np.sqrt(H).astype(gates.dtype)  # (R, 16)
        weights = states.weights[step] = softmax(scores)
        inputs[:R, :H] = h
        inputs[:R, H:] = states.attn[step] = (weights[:, None] @ cells)[:, 0]
        previous_h, previous_c = _next_states(inputs[:R] @ W, gates[step], previous_c[:R], states, step)
    return states


def _attention_backward(dh, gates, A, states, W, pack):
    """Gradient dA (N, 16, H) from dh (K, H). `gates` is overwritten by the gradient of what goes into the gates.

    A gets a gradient at each step, the sum of two outer products (`dot_product_attention_backward`). All of them are
    added up at the end, by one product of the factors of all steps for each picture.
    """
    (N, S, H), T = A.shape, len(pack.steps)
    mean = A.mean(axis=1)
    previous_h, previous_c = _before(states.h, mean, pack), _before(states.c, mean, pack)
    dprevious_h, dprevious_c = np.zeros_like(mean), np.zeros_like(mean)
    of_cells, of_units = np.zeros((2 * T, N, S), A.dtype), np.zeros((2 * T, N, H), A.dtype)
    for t in reversed(range(T)):
        step = pack.steps[t]
        R = step.stop - step.start
        dh_step = dprevious_h[:R]
        dh_step += dh[step]
        _gate_gradients(dh_step, dprevious_c[:R], gates[step], states, step, previous_c[step])
        dinputs = gates[step] @ W.T  # (R, 2H)
        dattn, weights = dinputs[:, H:], states.weights[step]
        dscores = softmax_backward((A[:R] @ dattn[:, :, None])[:, :, 0], weights) / np.sqrt(H).astype(A.dtype)
        np.add(dinputs[:, :H], (dscores[:, None] @ A[:R])[:, 0], out=dh_step)
        of_cells[t, :R], of_units[t, :R] = weights, dattn
        of_cells[T + t, :R], of_units[T + t, :R] = dscores, previous_h[step]
    dA = of_cells.transpose(1, 2, 0) @ of_units.transpose(1, 0, 2)  # (N, 16, H)
    dA += ((dprevious_h + dprevious_c) / S)[:, None]
    return dA


_CELLS = {
    "rnn": (_rnn_forward, _rnn_backward),
    "lstm": (_lstm_forward, _lstm_backward),
    "attn": (_attention_forward, _attention_backward),
}
