"""Right solutions as in `right_variants`, of the functions of the two notebooks beyond the course."""

VARIANTS = {
    "look at a picture: einsum, the softmax written out": (
        "dot_product_attention dot_product_attention_backward softmax_backward",
        """
def dot_product_attention(prev_h, A):
    scores = np.einsum("nh,nhij->nij", prev_h, A) / np.sqrt(prev_h.shape[1])
    e = np.exp(scores - scores.max(axis=(1, 2), keepdims=True))
    weights = e / e.sum(axis=(1, 2), keepdims=True)
    return np.einsum("nij,nhij->nh", weights, A), weights

def softmax_backward(dweights, weights):
    d = dweights * weights
    return d - weights * np.sum(d, axis=-1, keepdims=True)

def dot_product_attention_backward(dattn, prev_h, A, attn_weights):
    dw = np.einsum("nh,nhij->nij", dattn, A)
    ds = attn_weights * (dw - (dw * attn_weights).sum(axis=(1, 2), keepdims=True)) / prev_h.shape[1] ** 0.5
    dA = np.einsum("nij,nh->nhij", attn_weights, dattn) + np.einsum("nij,nh->nhij", ds, prev_h)
    return np.einsum("nij,nhij->nh", ds, A), dA
""",
    ),
    "look at a picture: loops over pictures and cells, the query divided first": (
        "dot_product_attention dot_product_attention_backward",
        """
def dot_product_attention(prev_h, A):
    N, H, rows, columns = A.shape
    query, attn, weights = prev_h / np.sqrt(H), np.zeros((N, H)), np.zeros((N, rows, columns))
    for n in range(N):
        for i in range(rows):
            for j in range(columns):
                weights[n, i, j] = np.exp(query[n].dot(A[n, :, i, j]))
        weights[n] /= np.sum(weights[n])
        for i in range(rows):
            for j in range(columns):
                attn[n] += weights[n, i, j] * A[n, :, i, j]
    return attn, weights

def dot_product_attention_backward(dattn, prev_h, A, attn_weights):
    dprev_h, dA = np.zeros(prev_h.shape), np.zeros(A.shape)
    for n in range(len(A)):
        cells, w = A[n].reshape(A.shape[1], -1), attn_weights[n].ravel()
        jacobian = np.diag(w) - np.outer(w, w)
        ds = jacobian @ (cells.T @ dattn[n]) / np.sqrt(A.shape[1])
        dprev_h[n] = cells @ ds
        dA[n] = (np.outer(dattn[n], w) + np.outer(prev_h[n], ds)).reshape(A[n].shape)
    return [dprev_h, dA]
""",
    ),
    "softmax: the matrix of all derivatives": (
        "softmax_backward",
        """
def softmax_backward(dweights, weights):
    jacobian = np.eye(weights.shape[-1]) * weights[..., None] - weights[..., None] * weights[..., None, :]
    return np.einsum("...i,...ij->...j", dweights, jacobian)
""",
    ),
    "softmax: one row after another": (
        "softmax_backward",
        """
def softmax_backward(dweights, weights):
    d, w = dweights.reshape(-1, weights.shape[-1]), weights.reshape(-1, weights.shape[-1])
    out = np.zeros(w.shape)
    for k in range(len(w)):
        out[k] = w[k] * (d[k] - w[k].dot(d[k]))
    return out.reshape(weights.shape)
""",
    ),
    "LSTM that looks: np.zeros filled in a loop, a dictionary as cache": (
        "attention_forward attention_backward",
        """
def attention_forward(x, A, Wx, Wh, Wattn, b):
    (N, T, D), H = x.shape, A.shape[1]
    prev_h = A.mean(axis=3).mean(axis=2)
    prev_c, h, cache = prev_h.copy(), np.zeros((N, T, H)), {"A": A, "steps": {}}
    for t in range(T):
        attn, weights = dot_product_attention(prev_h, A)
        before = prev_h
        prev_h, prev_c, step = attention_step_forward(x[:, t], prev_h, prev_c, attn, Wx, Wh, Wattn, b)
        h[:, t] = prev_h
        cache["steps"][t] = before, weights, step
    return h, cache

def attention_backward(dh, cache):
    A, T, total = cache["A"], dh.shape[1], 0
    dA, later_h, later_c, dx = np.zeros(A.shape), np.zeros(dh[:, 0].shape), np.zeros(dh[:, 0].shape), {}
    for t in range(T - 1, -1, -1):
        before, weights, step = cache["steps"][t]
        dx[t], dprev, later_c, dattn, *rest = attention_step_backward(dh[:, t] + later_h, later_c, step)
        dquery, dcells = dot_product_attention_backward(dattn, before, A, weights)
        later_h = dprev + dquery
        dA += dcells
        total = [a + b for a, b in zip(total, rest)] if total else rest
    dA += ((later_h + later_c) / np.prod(A.shape[2:]))[..., None, None]
    return (np.stack([dx[t] for t in range(T)], axis=1), dA, *total)
""",
    ),
    "LSTM that looks: without the functions of a step": (
        "attention_forward attention_backward",
        """
from cs231n.rnn_layers import sigmoid

def attention_forward(x, A, Wx, Wh, Wattn, b):
    H = A.shape[1]
    h = c = A.reshape(*A.shape[:2], -1).sum(axis=2) / (A.shape[2] * A.shape[3])
    hs, steps = [], []
    for xt in np.swapaxes(x, 0, 1):
        attn, weights = dot_product_attention(h, A)
        a = xt @ Wx + h @ Wh + attn @ Wattn + b
        i, f, o, g = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 2 * H : 3 * H]), np.tanh(a[:, 3 * H :])
        new = f * c + i * g
        steps.append((xt, h, c, attn, weights, i, f, o, g, new))
        h, c = o * np.tanh(new), new
        hs.append(h)
    return np.array(hs).transpose(1, 0, 2), (A, Wx, Wh, Wattn, steps)

def attention_backward(dh, cache):
    A, Wx, Wh, Wattn, steps = cache
    dA, dx, dWx, dWh, dWattn, db = 0 * A, [], 0 * Wx, 0 * Wh, 0 * Wattn, 0 * Wx[0]
    dprev, dc = 0, 0
    for t in reversed(range(len(steps))):
        xt, h, c, attn, weights, i, f, o, g, new = steps[t]
        d = dh[:, t] + dprev
        dc = dc + d * o * (1 - np.tanh(new) ** 2)
        da = [dc * g * i * (1 - i), dc * c * f * (1 - f), d * np.tanh(new) * o * (1 - o), dc * i * (1 - g**2)]
        da = np.hstack(da)
        dquery, dcells = dot_product_attention_backward(da @ Wattn.T, h, A, weights)
        dx.insert(0, da @ Wx.T)
        dprev, dc, dA = da @ Wh.T + dquery, dc * f, dA + dcells
        dWx, dWh, dWattn, db = dWx + xt.T @ da, dWh + h.T @ da, dWattn + attn.T @ da, db + da.sum(axis=0)
    dA = dA + (dprev + dc)[:, :, None, None] * np.ones(A.shape[2:]) / A[0, 0].size
    return np.stack(dx, axis=1), dA, dWx, dWh, dWattn, db
""",
    ),
    "loss of an LSTM that looks: products written out, gradients in one dictionary": (
        "AttentionLSTM.loss",
        """
def _loss(self, features, captions):
    p = self.params
    features = np.asarray(features, self.dtype)
    words, targets = captions[:, :-1], captions[:, 1:]
    cells = np.einsum("ncd,dh->nch", features, p["W_proj"]) + p["b_proj"]
    A = np.transpose(cells, (0, 2, 1)).reshape(len(cells), -1, 4, 4)
    x, words_cache = word_embedding_forward(words, p["W_embed"])
    h, cache = attention_forward(x, A, p["Wx"], p["Wh"], p["Wattn"], p["b"])
    scores = h @ p["W_vocab"] + p["b_vocab"]
    loss, d = temporal_softmax_loss(scores, targets, targets != self.word_to_idx["<NULL>"])
    dx, dA, dWx, dWh, dWattn, db = attention_backward(d @ p["W_vocab"].T, cache)
    dcells = dA.reshape(*dA.shape[:2], 16).swapaxes(1, 2)
    return float(loss), {
        "W_embed": word_embedding_backward(dx, words_cache),
        "W_proj": np.einsum("ncd,nch->dh", features, dcells),
        "b_proj": dcells.sum(0),
        "Wx": dWx, "Wh": dWh, "Wattn": dWattn, "b": db,
        "W_vocab": np.einsum("nth,ntv->hv", h, d),
        "b_vocab": d.sum((0, 1)),
    }

AttentionLSTM.loss = _loss
""",
    ),
    "heads: einsum, -1e30 added to the scores": (
        "scaled_dot_product_attention scaled_dot_product_attention_backward",
        """
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = np.einsum("...td,...sd->...ts", q, k) / np.sqrt(q.shape[-1])
    if mask is not None:
        check_mask(mask, scores.shape)
        scores = scores + np.where(mask, 0, -1e30)
    weights = softmax(scores)
    return np.einsum("...ts,...se->...te", weights, v), weights

def scaled_dot_product_attention_backward(dout, q, k, v, weights):
    dv = np.einsum("...ts,...te->...se", weights, dout)
    dweights = np.einsum("...te,...se->...ts", dout, v)
    ds = softmax_backward(dweights, weights) / np.sqrt(q.shape[-1])
    return np.einsum("...ts,...sd->...td", ds, k), np.einsum("...ts,...td->...sd", ds, q), dv
""",
    ),
    "heads: the softmax written out, hidden places set by an index": (
        "scaled_dot_product_attention",
        """
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = np.matmul(q / math.sqrt(q.shape[-1]), k.swapaxes(-2, -1))
    if mask is not None:
        check_mask(mask, scores.shape)
        scores[np.broadcast_to(~mask, scores.shape)] = -np.inf
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = powers / np.sum(powers, axis=-1, keepdims=True)
    return np.matmul(weights, v), weights
""",
    ),
    "heads: hidden places get the weight 0 before the division": (
        "scaled_dot_product_attention",
        """
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    if mask is not None:
        check_mask(mask, scores.shape)
        shares = shares * mask
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares @ v, shares
""",
    ),
    "heads, backwards: the softmax's derivatives written out, the upstream gradient first": (
        "scaled_dot_product_attention_backward",
        """
def scaled_dot_product_attention_backward(dout, q, k, v, weights):
    dw = dout @ v.swapaxes(-1, -2)
    jacobian = weights[..., None] * (np.eye(weights.shape[-1]) - weights[..., None, :])
    ds = (dw[..., None, :] @ jacobian)[..., 0, :]
    root = math.sqrt(q.shape[-1])
    return [(ds @ k) / root, (ds.swapaxes(-1, -2) @ q) / root, weights.swapaxes(-1, -2) @ dout]
""",
    ),
    "several heads: a loop over the heads, a list as cache": (
        "multi_head_attention_forward multi_head_attention_backward",
        """
def multi_head_attention_forward(x, source, W, b, num_heads, mask=None):
    split_heads(x, num_heads)
    q, k, v = x @ W[0] + b[0], source @ W[1] + b[1], source @ W[2] + b[2]
    d, outs, weights = x.shape[2] // num_heads, [], []
    for i in range(num_heads):
        part = slice(i * d, (i + 1) * d)
        own = mask
        if np.ndim(mask) > 2:
            own = np.broadcast_to(mask, (len(x), num_heads, *mask.shape[-2:]))[:, i]
        out, w = scaled_dot_product_attention(q[..., part], k[..., part], v[..., part], own)
        outs.append(out)
        weights.append(w)
    joined = np.concatenate(outs, axis=-1)
    return joined @ W[3] + b[3], [x, source, W, q, k, v, joined, np.stack(weights, axis=1)]

def multi_head_attention_backward(dout, cache):
    x, source, W, q, k, v, joined, weights = cache
    num_heads, d = weights.shape[1], x.shape[2] // weights.shape[1]
    dW, db, djoined = np.zeros(W.shape), np.zeros(W.shape[:2]), dout @ W[3].T
    dq, dk, dv = np.zeros(q.shape), np.zeros(k.shape), np.zeros(v.shape)
    for i in range(num_heads):
        part = slice(i * d, (i + 1) * d)
        dq[..., part], dk[..., part], dv[..., part] = scaled_dot_product_attention_backward(
            djoined[..., part], q[..., part], k[..., part], v[..., part], weights[:, i]
        )
    for i, (rows, d_rows) in enumerate(((x, dq), (source, dk), (source, dv), (joined, dout))):
        dW[i], db[i] = np.einsum("ntd,nte->de", rows, d_rows), d_rows.sum(axis=(0, 1))
    return dq @ W[0].T, dk @ W[1].T + dv @ W[2].T, dW, db
""",
    ),
    "several heads: one einsum for all, weights last in a tuple of its own": (
        "multi_head_attention_forward multi_head_attention_backward",
        """
def _parts(rows, W, b, num_heads):
    return split_heads(np.tensordot(rows, W, 1) + b, num_heads)

def multi_head_attention_forward(x, source, W, b, num_heads, mask=None):
    q, k, v = (_parts(rows, W[i], b[i], num_heads) for i, rows in enumerate((x, source, source)))
    heads, weights = scaled_dot_product_attention(q, k, v, mask)
    parts = W[3].reshape(num_heads, -1, W.shape[2])
    out = np.einsum("nitd,ide->nte", heads, parts) + b[3]
    return out, ((x, source, W), (q, k, v), heads, weights)

def multi_head_attention_backward(dout, cache):
    (x, source, W), qkv, heads, weights = cache
    parts = W[3].reshape(heads.shape[1], -1, W.shape[2])
    dheads = np.einsum("nte,ide->nitd", dout, parts)
    d_parts = [join_heads(d) for d in scaled_dot_product_attention_backward(dheads, *qkv, weights)]
    dW = [np.tensordot(rows, d, ([0, 1], [0, 1])) for rows, d in zip((x, source, source), d_parts)]
    dW.append(np.einsum("nitd,nte->ide", heads, dout).reshape(W[3].shape))
    db = [d.sum((0, 1)) for d in (*d_parts, dout)]
    dx, dk, dv = (d @ W[i].T for i, d in enumerate(d_parts))
    return dx, dk + dv, np.array(dW), np.array(db)
""",
    ),
    "positions: np.zeros, powers of e, even and odd columns": (
        "positional_encoding",
        """
def positional_encoding(num_positions, D):
    pe = np.zeros((num_positions, D))
    position = np.arange(num_positions).reshape(-1, 1)
    rates = np.exp(np.arange(0, D, 2) * -(np.log(10000.0) / D))
    pe[:, 0::2] = np.sin(position * rates)
    pe[:, 1::2] = np.cos(position * rates)[:, : D // 2]
    return pe
""",
    ),
    "positions: loops over positions and entries": (
        "positional_encoding",
        """
def positional_encoding(num_positions, D):
    out = np.empty((num_positions, D))
    for t in range(num_positions):
        for j in range(D):
            angle = t / 10000 ** (2 * (j // 2) / D)
            out[t, j] = np.sin(angle) if j % 2 == 0 else np.cos(angle)
    return out
""",
    ),
    "layer norm: np.var, the gradient through variance and mean one after the other": (
        "layer_norm_forward layer_norm_backward",
        """
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    mean, var = np.mean(x, axis=-1, keepdims=True), np.var(x, axis=-1, keepdims=True)
    normal = (x - mean) / np.sqrt(var + eps)
    return gamma * normal + beta, (x, mean, var, eps, normal, gamma)

def layer_norm_backward(dout, cache):
    x, mean, var, eps, normal, gamma = cache
    D = x.shape[-1]
    dnormal = dout * gamma
    dvar = (dnormal * (x - mean)).sum(-1, keepdims=True) * -0.5 * (var + eps) ** -1.5
    dmean = -dnormal.sum(-1, keepdims=True) / np.sqrt(var + eps)
    dx = dnormal / np.sqrt(var + eps) + dvar * 2 * (x - mean) / D + dmean / D
    flat = dout.reshape(-1, D)
    return dx, (flat * normal.reshape(-1, D)).sum(0), flat.sum(0)
""",
    ),
    "layer norm: rows, std of the batch's transpose, a dictionary": (
        "layer_norm_forward layer_norm_backward",
        """
def layer_norm_forward(x, gamma, beta, eps=1e-5):
    rows = x.reshape(-1, x.shape[-1]).T
    centred = rows - rows.mean(0)
    inverse = 1 / np.sqrt((centred * centred).mean(0) + eps)
    normal = (centred * inverse).T.reshape(x.shape)
    return normal * gamma + beta, {"normal": normal, "inverse": inverse.reshape(x.shape[:-1]), "gamma": gamma}

def layer_norm_backward(dout, cache):
    normal, D = cache["normal"], dout.shape[-1]
    d = cache["gamma"] * dout
    sums = D * d - d.sum(-1)[..., None] - normal * np.einsum("...d,...d->...", d, normal)[..., None]
    axes = tuple(range(dout.ndim))[:-1]
    return cache["inverse"][..., None] / D * sums, np.sum(dout * normal, axes), np.sum(dout, axes)
""",
    ),
    "decoder: the three parts one after the other": (
        "decoder_layer_forward",
        """
def decoder_layer_forward(x, A, p, num_heads, dropout=0, rng=None):
    T, caches = x.shape[1], {}
    y, norm = layer_norm_forward(x, p["gamma_self"], p["beta_self"])
    mask = np.tril(np.ones((T, T), dtype=bool))
    y, part = multi_head_attention_forward(y, y, p["W_self"], p["b_self"], num_heads, mask)
    y, drop = dropout_forward(y, dropout, rng)
    caches["self"] = (norm, part, drop)
    x = x + y
    y, norm = layer_norm_forward(x, p["gamma_cross"], p["beta_cross"])
    y, part = multi_head_attention_forward(y, A, p["W_cross"], p["b_cross"], num_heads)
    y, drop = dropout_forward(y, dropout, rng)
    caches["cross"] = (norm, part, drop)
    x = x + y
    y, norm = layer_norm_forward(x, p["gamma_ff"], p["beta_ff"])
    y, part = feed_forward_forward(y, p["W1"], p["b1"], p["W2"], p["b2"])
    y, drop = dropout_forward(y, dropout, rng)
    caches["ff"] = [norm, part, drop]
    return x + y, caches
""",
    ),
    "decoder: a function for a part, with a mask for each example": (
        "decoder_layer_forward",
        """
def _part(x, name, p, dropout, rng, run):
    y, norm = layer_norm_forward(x, p["gamma_" + name], p["beta_" + name])
    y, cache = run(y)
    y, drop = dropout_forward(y, dropout, rng)
    return np.add(x, y), (norm, cache, drop)

def decoder_layer_forward(x, A, p, num_heads, dropout=0, rng=None):
    N, T, D = x.shape
    mask = np.broadcast_to(np.arange(T)[:, None] >= np.arange(T), (N, 1, T, T))
    x, own = _part(x, "self", p, dropout, rng, lambda y: multi_head_attention_forward(
        y, y, p["W_self"], p["b_self"], num_heads, mask))
    x, cross = _part(x, "cross", p, dropout, rng, lambda y: multi_head_attention_forward(
        y, A, p["W_cross"], p["b_cross"], num_heads, None))
    weights = [p[name] for name in ("W1", "b1", "W2", "b2")]
    x, ff = _part(x, "ff", p, dropout, rng, lambda y: feed_forward_forward(y, *weights))
    return x, dict(self=own, cross=cross, ff=ff)
""",
    ),
    "loss of a Transformer: all columns, gradients of A in a list": (
        "CaptioningTransformer.loss",
        """
def _loss(self, features, captions):
    p, grads = self.params, {}
    features, targets = np.asarray(features, self.dtype), captions[:, 1:]
    x, caches = self.forward(features, captions[:, :-1], self._rng)
    scores = x @ p["W_vocab"] + p["b_vocab"]
    loss, d = temporal_softmax_loss(scores, targets, targets != self.word_to_idx["<NULL>"])
    grads["W_vocab"], grads["b_vocab"] = np.einsum("ntw,ntv->wv", x, d), d.sum(axis=(0, 1))
    dx, grads["gamma"], grads["beta"] = layer_norm_backward(d @ p["W_vocab"].T, caches["norm"])
    dAs = []
    for layer in range(self.num_layers - 1, -1, -1):
        dx, dA, own = decoder_layer_backward(dx, caches[layer])
        dAs.append(dA)
        for name in own:
            grads[str(layer) + "_" + name] = own[name]
    dcells = np.sum(dAs, axis=0)
    grads["W_proj"] = features.reshape(-1, features.shape[2]).T @ dcells.reshape(-1, dcells.shape[2])
    grads["b_proj"] = np.sum(dcells, axis=0)
    grads["W_embed"] = word_embedding_backward(dropout_backward(dx, caches["dropout"]), caches["words"])
    return loss, grads

CaptioningTransformer.loss = _loss
""",
    ),
}
