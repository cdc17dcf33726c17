"""The loss of `CaptioningTransformer.loss` and its gradients without padding; the notebook trains with it.

N captions, T steps, D features of a cell, S = 16 cells, W entries in a vector, h heads, V words, F = 4W units between
the two products of a feed-forward block. `CaptioningTransformer.loss` computes all captions to the length of the
longest. Here

- the K words of all captions stand one below the other in arrays of K rows ("packed"), and whatever works on each word
  alone (products, normal forms, dropout) works on these rows.
- only what words see of one another needs captions side by side. For it queries, keys and values are spread out into
  (N, T, ...), with zeros in place of padding. No word looks at padding, because padding comes later, and what padding
  sees is left out again.
- queries, keys and values are one product and stay in one array, which the heads are views of.
- large arrays are changed in place.
- the gradients of the word vectors are added up by a product with a sparse matrix.
"""

from typing import NamedTuple

import numpy as np

from cs231n.attention_layers import causal_mask, split_heads
from cs231n.packed_captioning import column_sums, embedding_gradient, softmax_loss_in_place


def packed_transformer_loss(model, features, captions):
    """The result of `model.loss(features, captions)`, up to rounding, from the same arguments.

    Dropout chooses other entries than in `model.loss`, with the same probability.

    Args:
        model: a `CaptioningTransformer`.
        features, captions: as for `CaptioningTransformer.loss`.

    Returns:
        loss, grads: as from `CaptioningTransformer.loss`.

    Raises:
        ValueError: if `CaptioningTransformer.loss` raises it, or if the model is a `CaptioningRNN`.
    """
    if model.cell_type != "transformer":
        raise ValueError(f"packed_transformer_loss is for a Transformer; packed_loss for {model.cell_type} cells")
    features, captions = model.checked_batch(features, captions)
    null, p, grads = model.word_to_idx["<NULL>"], model.params, {}
    rows = _rows(captions, null)
    drop = _Dropout(model)

    x = p["W_embed"][rows.words_in]  # (K, W)
    x += model.positions[rows.steps]
    x, kept = drop.forward(x)
    N, S, D = features.shape
    A = model.cells(features).reshape(N * S, -1)
    caches = []
    for layer in range(model.num_layers):
        x, cache = _layer_forward(x, A, model.layer_params(layer), model.num_heads, rows, drop)
        caches.append(cache)
    x, norm = _norm_forward(x, p["gamma"], p["beta"])

    unmasked = rows.words_out != null  # (K,); False where <NULL> stands inside a caption
    targets = slice(None) if unmasked.all() else unmasked
    last = x[targets]  # (U, W)
    scores = last @ p["W_vocab"]  # (U, V)
    scores += p["b_vocab"]
    loss = softmax_loss_in_place(scores, rows.words_out[targets], N)
    grads["W_vocab"], grads["b_vocab"] = last.T @ scores, column_sums(scores)

    dx = np.zeros_like(x)
    dx[targets] = scores @ p["W_vocab"].T
    dx, grads["gamma"], grads["beta"] = _norm_backward(dx, norm)
    dA = np.zeros_like(A)
    for layer in reversed(range(model.num_layers)):
        dx, of_layer = _layer_backward(dx, A, dA, caches[layer], model.layer_params(layer), rows, drop)
        grads |= {f"{layer}_{name}": gradient for name, gradient in of_layer.items()}
    grads["W_embed"] = embedding_gradient(drop.backward(dx, kept), rows.words_in, len(p["W_embed"]))
    grads["W_proj"], grads["b_proj"] = features.reshape(N * S, D).T @ dA, dA.reshape(N, S, -1).sum(axis=0)
    return loss, grads


class _Rows(NamedTuple):
    """The K words of N captions, one caption after the other."""

    shape: tuple  # (N, T), with T steps of the longest caption
    places: np.ndarray  # (K,), where a row stands in an array of N T rows
    steps: np.ndarray  # (K,), the step of each row
    words_in: np.ndarray  # (K,)
    words_out: np.ndarray  # (K,)

    def spread(self, x):
        """(N, T, ...) from rows (K, ...), with zeros for padding."""
        out = np.zeros((self.shape[0] * self.shape[1], *x.shape[1:]), x.dtype)
        out[self.places] = x
        return out.reshape(*self.shape, *x.shape[1:])

    def pack(self, x):
        """Rows (K, M) from (N, T, ...) with M entries for each word."""
        return x.reshape(self.shape[0] * self.shape[1], -1)[self.places]


def _rows(captions, null):
    """The `_Rows` of a batch (N, T + 1): a caption goes up to its last target that is not <NULL>."""
    N, T = len(captions), captions.shape[1] - 1
    lengths = ((captions[:, 1:] != null) * np.arange(1, T + 1)).max(axis=1)  # (N,)
    T = max(int(lengths.max()), 1)
    active = np.arange(T) < lengths[:, None]  # (N, T)
    return _Rows(
        (N, T), np.flatnonzero(active), np.nonzero(active)[1], *(captions[:, k : k + T][active] for k in (0, 1))
    )


class _Dropout:
    """Dropout with the rate and the random numbers of a model, as `transformer_layers.dropout_forward`.

    It draws whole numbers below 2^16 in place of fractions, which takes half of the time. So the rate is rounded to a
    multiple of 1 / 2^16.
    """

    def __init__(self, model):
        self._rate, self._rng = model.dropout, model._rng
        self._factor = model.dtype.type(1 / (1 - model.dropout))

    def forward(self, x):
        """(x after dropout, in place; the factor of each entry), or (x, None) if nothing is dropped."""
        if self._rate == 0:
            return x, None
        draws = self._rng.bit_generator.random_raw(-(-x.size // 4)).view(np.uint16)  # four numbers in each of 64 bits
        factor = (draws[: x.size].reshape(x.shape) >= round(self._rate * 2**16)) * self._factor
        x *= factor
        return x, factor

    @staticmethod
    def backward(dout, factor):
        return dout if factor is None else dout * factor


def _norm_forward(x, gamma, beta, eps=1e-5):
    """`layer_norm_forward` for rows (K, W)."""
    W, dtype = x.shape[1], x.dtype.type
    normal = x - (np.einsum("kw->k", x) / dtype(W))[:, None]
    variance = np.einsum("kw,kw->k", normal, normal) / dtype(W)
    inverse = (1 / np.sqrt(variance + dtype(eps)))[:, None]  # (K, 1)
    normal *= inverse
    out = normal * gamma
    out += beta
    return out, (normal, inverse, gamma)


def _norm_backward(dout, cache):
    """Gradients (dx, dgamma, dbeta) of `_norm_forward`. Its `normal` is overwritten."""
    normal, inverse, gamma = cache
    dgamma, dbeta = np.einsum("kw,kw->w", dout, normal), column_sums(dout)
    dx = dout * gamma
    W = dx.dtype.type(dx.shape[1])
    along, mean = np.einsum("kw,kw->k", dx, normal) / W, np.einsum("kw->k", dx) / W
    normal *= along[:, None]
    dx -= normal
    dx -= mean[:, None]
    dx *= inverse
    return dx, dgamma, dbeta


# ---------------------------------------------------------------- a layer


def _layer_forward(x, A, p, num_heads, rows, drop):
    """`decoder_layer_forward` for rows x (K, W) and the cells A (N S, W): (out, cache)."""

    def add(name, part):
        normal, cache_norm = _norm_forward(x, p[f"gamma_{name}"], p[f"beta_{name}"])
        out, cache_part = part(normal)
        out, kept = drop.forward(out)
        caches[name] = normal, cache_norm, cache_part, kept
        return np.add(out, x, out=out)

    def look_at_words(normal):
        qkv = rows.spread(_products(normal, p["W_self"][:3], p["b_self"][:3]))  # (N, T, 3, W)
        return _look_forward(*_views(qkv), p["W_self"], p["b_self"], num_heads, rows, causal=True)

    def look_at_cells(normal):
        q = rows.spread(_products(normal, p["W_cross"][:1], p["b_cross"][:1])[:, 0])  # (N, T, W)
        kv = _products(A, p["W_cross"][1:3], p["b_cross"][1:3]).reshape(N, len(A) // N, 2, -1)
        return _look_forward(q, *_views(kv), p["W_cross"], p["b_cross"], num_heads, rows)

    N, caches = rows.shape[0], {}
    x = add("self", look_at_words)
    x = add("cross", look_at_cells)
    x = add("ff", lambda normal: _feed_forward(normal, p))
    return x, caches


def _layer_backward(dx, A, dA, caches, p, rows, drop):
    """(dx, grads) from dx (K, W), as `decoder_layer_backward`; the gradient of A (N S, W) is added to dA in place."""
    grads = {}
    for name in ("ff", "cross", "self"):
        normal, cache_norm, cache_part, kept = caches[name]
        dpart = drop.backward(dx, kept)
        if name == "ff":
            dnormal, of_part = _feed_forward_backward(dpart, normal, cache_part, p)
            grads |= of_part
        else:
            W, (N, T), width = p[f"W_{name}"], rows.shape, dx.shape[1]
            if name == "self":
                dqkv = np.empty((N, T, 3, width), dx.dtype)
                dWo, dbo = _look_backward(dpart, cache_part, W, rows, _views(dqkv))
                dnormal, dW, db = _products_backward(rows.pack(dqkv), normal, W[:3])
            else:
                dq, dkv = np.empty((N, T, width), dx.dtype), np.empty((N, len(A) // N, 2, width), dx.dtype)
                dWo, dbo = _look_backward(dpart, cache_part, W, rows, [dq, *_views(dkv)])
                dnormal, dWq, dbq = _products_backward(rows.pack(dq), normal, W[:1])
                dcells, dWkv, dbkv = _products_backward(dkv.reshape(len(A), -1), A, W[1:3])
                dA += dcells
                dW, db = np.concatenate([dWq, dWkv]), np.concatenate([dbq, dbkv])
            grads[f"W_{name}"], grads[f"b_{name}"] = np.concatenate([dW, dWo]), np.concatenate([db, dbo])
        dnormal, grads[f"gamma_{name}"], grads[f"beta_{name}"] = _norm_backward(dnormal, cache_norm)
        dx = np.add(dnormal, dx, out=dnormal)
    return dx, grads


def _views(parts):
    """The m arrays (N, T, W) that an array (N, T, m, W) holds side by side."""
    return parts.transpose(2, 0, 1, 3)


def _look_forward(q, k, v, W, b, num_heads, rows, causal=False):
    """Attention of several heads and its last product, for queries (N, T, W) and keys and values (N, S, W).

    Returns:
        out: (K, W) rows; cache: for `_look_backward`.
    """
    joined = np.empty(q.shape, q.dtype)  # (N, T, W)
    q, k, v, heads = (split_heads(part, num_heads) for part in (q, k, v, joined))
    weights = q @ k.swapaxes(2, 3)  # (N, h, T, S)
    weights *= _scale(q)
    if causal:
        weights += np.where(causal_mask(rows.shape[1]), 0, -np.inf).astype(q.dtype)
    weights -= weights.max(axis=3, keepdims=True)
    with np.errstate(under="ignore"):
        np.exp(weights, out=weights)
    weights /= np.einsum("nhts->nht", weights)[..., None]
    np.matmul(weights, v, out=heads)
    joined = rows.pack(joined)  # (K, W)
    return _products(joined, W[3:], b[3:])[:, 0], (q, k, v, weights, joined)


def _look_backward(dout, cache, W, rows, gradients):
    """(dW (1, W, W), db (1, W)) of W[3:] from dout (K, W).

    The list `gradients` has an array for each of the gradients dq (N, T, W), dk and dv (N, S, W), which are written to
    it.
    """
    q, k, v, weights, joined = cache
    djoined, dW, db = _products_backward(dout, joined, W[3:])
    dheads, dq, dk, dv = (split_heads(part, q.shape[1]) for part in (rows.spread(djoined), *gradients))
    np.matmul(weights.swapaxes(2, 3), dheads, out=dv)
    dscores = dheads @ v.swapaxes(2, 3)  # so far the gradient of the weights; see `softmax_backward`
    dscores -= np.einsum("nhts,nhts->nht", dscores, weights)[..., None]
    dscores *= weights
    dscores *= _scale(q)
    np.matmul(dscores, k, out=dq)
    np.matmul(dscores.swapaxes(2, 3), q, out=dk)
    return dW, db


def _scale(q):
    return q.dtype.type(1 / np.sqrt(q.shape[-1]))


def _products(x, W, b):
    """Products of rows x (K, D) with m matrices at once, W (m, D, M) and b (m, M): (K, m, M)."""
    out = np.empty((len(x), *b.shape), x.dtype)
    np.matmul(x, W, out=out.transpose(1, 0, 2))
    out += b
    return out


def _products_backward(dout, x, W):
    """Gradients (dx, dW, db) of `_products` from dout (K, m M)."""
    m, D, M = W.shape
    dW = (x.T @ dout).reshape(D, m, M).transpose(1, 0, 2)
    return dout @ W.transpose(1, 0, 2).reshape(D, m * M).T, dW, column_sums(dout).reshape(m, M)


def _feed_forward(x, p):
    """`feed_forward_forward` for rows x (K, W): (out, what the rectifier lets pass (K, F))."""
    hidden = x @ p["W1"]
    hidden += p["b1"]
    np.maximum(hidden, 0, out=hidden)
    out = hidden @ p["W2"]
    out += p["b2"]
    return out, hidden


def _feed_forward_backward(dout, x, hidden, p):
    """(dx (K, W), dict of the gradients of W1, b1, W2, b2) of `_feed_forward` from dout (K, W)."""
    dhidden = dout @ p["W2"].T
    dhidden *= hidden > 0
    grads = {"W1": x.T @ dhidden, "b1": column_sums(dhidden), "W2": hidden.T @ dout, "b2": column_sums(dout)}
    return dhidden @ p["W1"].T, grads
