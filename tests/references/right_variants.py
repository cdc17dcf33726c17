"""Right solutions in the forms that students write: name of a variant -> (exercises that it solves, their source).

Each is appended to the module of its exercises, so it may use what is imported there.
"""

VARIANTS = {
    "RNN step: sums in the cache, np.dot": (
        "rnn_step_forward rnn_step_backward",
        """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    sums = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    return np.tanh(sums), (x, prev_h, Wx, Wh, b, sums)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, b, sums = cache
    dsums = dnext_h * (1 - np.tanh(sums) ** 2)
    return np.dot(dsums, Wx.T), np.dot(dsums, Wh.T), np.dot(x.T, dsums), np.dot(prev_h.T, dsums), np.sum(dsums, axis=0)
""",
    ),
    "RNN step: a dictionary as cache, gradients as a list": (
        "rnn_step_forward rnn_step_backward",
        """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, dict(x=x, h=prev_h, Wx=Wx, Wh=Wh, out=next_h)

def rnn_step_backward(dnext_h, cache):
    d = (1 - cache["out"] * cache["out"]) * dnext_h
    return [d.dot(cache["Wx"].T), d.dot(cache["Wh"].T), cache["x"].T.dot(d), cache["h"].T.dot(d), d.sum(0)]
""",
    ),
    "RNN step: einsum, cosh": (
        "rnn_step_forward rnn_step_backward",
        """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    a = np.einsum("nd,dh->nh", x, Wx) + np.einsum("ng,gh->nh", prev_h, Wh) + b[None]
    return np.tanh(a), (x, prev_h, Wx, Wh, a)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, a = cache
    d = dnext_h / np.cosh(a) ** 2
    return (np.einsum("nh,dh->nd", d, Wx), np.einsum("nh,gh->ng", d, Wh), np.einsum("nd,nh->dh", x, d),
            np.einsum("ng,nh->gh", prev_h, d), np.einsum("nh->h", d))
""",
    ),
    "RNN step: a loop over the batch, np.zeros": (
        "rnn_step_forward rnn_step_backward",
        """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.zeros((x.shape[0], b.shape[0]))
    for n in range(x.shape[0]):
        next_h[n] = np.tanh(x[n] @ Wx + prev_h[n] @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dx, dprev_h = np.zeros(x.shape), np.zeros(prev_h.shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wh.shape[1])
    for n in range(x.shape[0]):
        d = dnext_h[n] * (1 - next_h[n] ** 2)
        dx[n], dprev_h[n] = Wx @ d, Wh @ d
        dWx += np.outer(x[n], d)
        dWh += np.outer(prev_h[n], d)
        db += d
    return dx, dprev_h, dWx, dWh, db
""",
    ),
    "RNN step: one product of joined matrices": (
        "rnn_step_forward rnn_step_backward",
        """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    joined, W = np.hstack([x, prev_h]), np.vstack([Wx, Wh])
    out = np.tanh(joined @ W + b)
    return out, (joined, W, out, x.shape[1])

def rnn_step_backward(dnext_h, cache):
    joined, W, out, D = cache
    d = dnext_h - dnext_h * out**2
    djoined, dW = d @ W.T, joined.T @ d
    return djoined[:, :D], djoined[:, D:], dW[:D], dW[D:], d.sum(axis=0)
""",
    ),
    "RNN: np.zeros filled in a loop": (
        "rnn_forward rnn_backward",
        """
def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h, cache, prev = np.zeros((N, T, h0.shape[1])), [], h0
    for t in range(T):
        h[:, t, :], step = rnn_step_forward(x[:, t, :], prev, Wx, Wh, b)
        prev = h[:, t, :]
        cache.append(step)
    return h, cache

def rnn_backward(dh, cache):
    N, T, H = dh.shape
    D = cache[0][0].shape[1]
    dx, dprev = np.zeros((N, T, D)), np.zeros((N, H))
    dWx, dWh, db = np.zeros((D, H)), np.zeros((H, H)), np.zeros(H)
    for t in range(T - 1, -1, -1):
        dx[:, t, :], dprev, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, t, :] + dprev, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db
""",
    ),
    "RNN: time first, the upstream gradient changed in place": (
        "rnn_forward rnn_backward",
        """
def rnn_forward(x, h0, Wx, Wh, b):
    hs, caches = [h0], {}
    for t, xt in enumerate(x.transpose(1, 0, 2)):
        ht, caches[t] = rnn_step_forward(xt, hs[-1], Wx, Wh, b)
        hs.append(ht)
    return np.array(hs[1:]).transpose(1, 0, 2), (caches, x.shape)

def rnn_backward(dh, cache):
    steps, shape = cache
    dx = np.empty(shape)
    total = [0, 0, 0]
    for t in range(len(steps) - 1, -1, -1):
        dx[:, t], dprev, *grads = rnn_step_backward(dh[:, t], steps[t])
        if t:
            dh[:, t - 1] += dprev
        total = [a + g for a, g in zip(total, grads)]
    return (dx, dprev, *total)
""",
    ),
    "RNN: without the functions of a step": (
        "rnn_forward rnn_backward",
        """
def rnn_forward(x, h0, Wx, Wh, b):
    h = np.zeros(x.shape[:2] + h0.shape[1:])
    for t in range(x.shape[1]):
        h[:, t] = np.tanh(x[:, t] @ Wx + (h[:, t - 1] if t else h0) @ Wh + b)
    return h, (x, h0, Wx, Wh, h)

def rnn_backward(dh, cache):
    x, h0, Wx, Wh, h = cache
    d = np.zeros_like(h)
    later = 0
    for t in reversed(range(x.shape[1])):
        d[:, t] = (dh[:, t] + later) * (1 - h[:, t] ** 2)
        later = d[:, t] @ Wh.T
    before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)
    return (d @ Wx.T, later, np.tensordot(x, d, ([0, 1], [0, 1])), np.tensordot(before, d, ([0, 1], [0, 1])),
            d.sum(axis=(0, 1)))
""",
    ),
    "embedding: np.take, a loop over places": (
        "word_embedding_forward word_embedding_backward",
        """
def word_embedding_forward(x, W):
    return np.take(W, x, axis=0), (x, W)

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            dW[x[n, t]] += dout[n, t]
    return dW
""",
    ),
    "embedding: one-hot matrices": (
        "word_embedding_forward word_embedding_backward",
        """
def word_embedding_forward(x, W):
    onehot = np.eye(W.shape[0])[x]
    return onehot.dot(W), onehot

def word_embedding_backward(dout, cache):
    return cache.reshape(-1, cache.shape[-1]).T.dot(dout.reshape(-1, dout.shape[-1]))
""",
    ),
    "embedding: a loop over words": (
        "word_embedding_forward word_embedding_backward",
        """
def word_embedding_forward(x, W):
    return W[x, :], {"x": x, "V": len(W)}

def word_embedding_backward(dout, cache):
    return np.stack([dout[cache["x"] == v].sum(axis=0) for v in range(cache["V"])])
""",
    ),
    "embedding: np.add.at over the steps": (
        "word_embedding_forward word_embedding_backward",
        """
def word_embedding_forward(x, W):
    out = np.zeros((x.shape[0], x.shape[1], W.shape[1]))
    for t in range(x.shape[1]):
        out[:, t] = W[x[:, t]]
    return out, (x, W)

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for t in range(x.shape[1]):
        np.add.at(dW, x[:, t], dout[:, t])
    return dW
""",
    ),
    "LSTM step: split, upstream gradient changed in place": (
        "lstm_step_forward lstm_step_backward",
        """
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    ai, af, ao, ag = np.split(x.dot(Wx) + prev_h.dot(Wh) + b, 4, axis=1)
    i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, b, i, f, o, g, next_c, next_h)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, b, i, f, o, g, next_c, next_h = cache
    dnext_c += dnext_h * o * (1 - np.tanh(next_c) ** 2)
    do, df, di, dg = dnext_h * np.tanh(next_c), dnext_c * prev_c, dnext_c * g, dnext_c * i
    da = np.hstack((di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g * g)))
    return da.dot(Wx.T), da.dot(Wh.T), dnext_c * f, x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)
""",
    ),
    "LSTM step: gates by scipy, a dictionary as cache, np.zeros": (
        "lstm_step_forward lstm_step_backward",
        """
from scipy.special import expit

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    N, H = prev_h.shape
    a = x @ Wx + prev_h @ Wh + b
    gates = expit(a[:, : 3 * H])
    s = {"i": gates[:, :H], "f": gates[:, H : 2 * H], "o": gates[:, 2 * H :], "g": np.tanh(a[:, 3 * H :])}
    c = s["f"] * prev_c + s["i"] * s["g"]
    s.update(x=x, h=prev_h, c=prev_c, Wx=Wx, Wh=Wh, new=c)
    return s["o"] * np.tanh(c), c, s

def lstm_step_backward(dnext_h, dnext_c, cache):
    i, f, o, g, H = *(cache[k] for k in "ifog"), cache["h"].shape[1]
    t = np.tanh(cache["new"])
    dc = dnext_h * o * (1 - t**2) + dnext_c
    da = np.zeros((len(i), 4 * H))
    da[:, :H], da[:, H : 2 * H] = dc * g * i * (1 - i), dc * cache["c"] * f * (1 - f)
    da[:, 2 * H : 3 * H], da[:, 3 * H :] = dnext_h * t * o * (1 - o), dc * i * (1 - g**2)
    return da @ cache["Wx"].T, da @ cache["Wh"].T, dc * f, cache["x"].T @ da, cache["h"].T @ da, np.sum(da, 0)
""",
    ),
    "LSTM: np.zeros filled in a loop": (
        "lstm_forward lstm_backward",
        """
def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h, prev_h, prev_c, cache = np.zeros((N, T, H)), h0, np.zeros((N, H)), []
    for t in range(T):
        prev_h, prev_c, step = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = prev_h
        cache.append(step)
    return h, (cache, D)

def lstm_backward(dh, cache):
    steps, D = cache
    N, T, H = dh.shape
    dx, dh0, dc = np.zeros((N, T, D)), np.zeros((N, H)), np.zeros((N, H))
    dWx, dWh, db = np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)
    for t in range(T)[::-1]:
        dx[:, t], dh0, dc, a, b, c = lstm_step_backward(dh[:, t] + dh0, dc, steps[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dh0, dWx, dWh, db
""",
    ),
    "loss: branches for the cell types": (
        "CaptioningRNN.loss",
        """
def _loss(self, features, captions):
    p, captions_in, captions_out = self.params, captions[:, :-1], captions[:, 1:]
    mask = captions_out != self.word_to_idx["<NULL>"]
    h0 = features.dot(p["W_proj"]) + p["b_proj"]
    words, cache_words = word_embedding_forward(captions_in, p["W_embed"])
    if self.cell_type == "rnn":
        h, cache_h = rnn_forward(words, h0, p["Wx"], p["Wh"], p["b"])
    elif self.cell_type == "lstm":
        h, cache_h = lstm_forward(words, h0, p["Wx"], p["Wh"], p["b"])
    scores, cache_scores = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
    loss, dscores = temporal_softmax_loss(scores, captions_out, mask, verbose=False)
    grads = dict.fromkeys(p)
    dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, cache_scores)
    backward = rnn_backward if self.cell_type == "rnn" else lstm_backward
    dwords, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, cache_h)
    grads["W_embed"] = word_embedding_backward(dwords, cache_words)
    grads["W_proj"], grads["b_proj"] = features.T.dot(dh0), dh0.sum(axis=0)
    return float(loss), grads

CaptioningRNN.loss = _loss
""",
    ),
    "loss: the softmax written out": (
        "CaptioningRNN.loss",
        """
def _loss(self, features, captions):
    p, (N, T) = self.params, captions[:, 1:].shape
    h0, proj = affine_forward(features, p["W_proj"], p["b_proj"])
    x, emb = word_embedding_forward(captions[:, :-1], p["W_embed"])
    run, back = (rnn_forward, rnn_backward) if self.cell_type == "rnn" else (lstm_forward, lstm_backward)
    h, cache = run(x, h0, p["Wx"], p["Wh"], p["b"])
    scores = h @ p["W_vocab"] + p["b_vocab"]
    e = np.exp(scores - scores.max(axis=2, keepdims=True))
    prob = e / e.sum(axis=2, keepdims=True)
    loss, d = 0.0, prob.copy()
    for n in range(N):
        for t in range(T):
            word = captions[n, t + 1]
            if word == self.word_to_idx["<NULL>"]:
                d[n, t] = 0
            else:
                loss -= np.log(prob[n, t, word]) / N
                d[n, t, word] -= 1
    d /= N
    g = {"W_vocab": np.einsum("nth,ntv->hv", h, d), "b_vocab": d.sum((0, 1))}
    dx, dh0, g["Wx"], g["Wh"], g["b"] = back(d @ p["W_vocab"].T, cache)
    g["W_embed"] = word_embedding_backward(dx, emb)
    _, g["W_proj"], g["b_proj"] = affine_backward(dh0, proj)
    return loss, g

CaptioningRNN.loss = _loss
""",
    ),
    "captions: np.zeros of floats, a loop over the pictures": (
        "CaptioningRNN.sample",
        """
def _sample(self, features, max_length=30, temperature=0, seed=None):
    rng = np.random.RandomState(seed)
    N, null, end = len(features), self.word_to_idx["<NULL>"], self.word_to_idx["<END>"]
    captions = np.zeros((N, max_length)) + null
    h, c = self._first_states(features, max_length)
    words, done = np.array([self.word_to_idx["<START>"]] * N), [False] * N
    for t in range(max_length):
        scores, h, c = self._step(words, h, c)
        for n in range(N):
            if temperature == 0:
                word = np.argmax(scores[n])
            else:
                p = np.exp((scores[n] - scores[n].max()) / temperature)
                word = rng.choice(len(p), p=p / p.sum())
            words[n] = word
            if not done[n]:
                captions[n, t] = word
            done[n] = done[n] or word == end
    return captions

CaptioningRNN.sample = _sample
""",
    ),
    "captions: words by the inverse of the distribution": (
        "CaptioningRNN.sample",
        """
def _sample(self, features, max_length=30, temperature=0, seed=None):
    rng = np.random.RandomState(seed)
    h, c = self._first_states(features, max_length)
    words, ended, out = np.full(len(h), self._start), np.zeros(len(h), bool), []
    for t in range(max_length):
        scores, h, c = self._step(words, h, c)
        if temperature:
            p = np.exp(log_softmax(scores / temperature)).cumsum(axis=1)
            words = (p < rng.rand(len(h), 1)).sum(axis=1).clip(max=scores.shape[1] - 1)
        else:
            words = np.argmax(scores, axis=1)
        out.append(np.where(ended, self._null, words))
        ended |= words == self._end
    return np.stack(out, axis=1)

CaptioningRNN.sample = _sample
""",
    ),
    "saliency: gather_nd under a tape, a tensor": (
        "compute_saliency_maps",
        """
def compute_saliency_maps(X, y, model):
    X = tf.Variable(X)
    with tf.GradientTape() as tape:
        correct = tf.gather_nd(model(X), tf.stack((tf.range(len(y)), tf.cast(y, tf.int32)), axis=1))
    return tf.reduce_max(tf.abs(tape.gradient(correct, X)), axis=3)
""",
    ),
    "saliency: one-hot scores": (
        "compute_saliency_maps",
        """
def compute_saliency_maps(X, y, model):
    X = tf.convert_to_tensor(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        scores = model(X)
        loss = tf.reduce_sum(scores * tf.one_hot(y, scores.shape[1]))
    return np.abs(tape.gradient(loss, X).numpy()).max(axis=-1)
""",
    ),
    "saliency: one image after another": (
        "compute_saliency_maps",
        """
def compute_saliency_maps(X, y, model):
    maps = np.zeros(X.shape[:3])
    for n in range(len(X)):
        image = tf.Variable(X[n : n + 1])
        with tf.GradientTape() as tape:
            score = model(image)[0, int(y[n])]
        maps[n] = tf.reduce_max(tf.abs(tape.gradient(score, image)), axis=-1)[0]
    return maps
""",
    ),
    "fooling: all in TensorFlow": (
        "make_fooling_image",
        """
def make_fooling_image(X, target_y, model, confidence=0.9, learning_rate=1.0, max_iterations=100):
    image = tf.Variable(X)
    for _ in range(max_iterations):
        with tf.GradientTape() as tape:
            score = model(image)[:, target_y]
        g = tape.gradient(score, image)
        image.assign(tf.clip_by_value(image + learning_rate * tf.math.l2_normalize(g), BLACK, WHITE))
        levels = tf.round((image - BLACK) / (WHITE - BLACK) * 255)
        stored = BLACK + levels / 255 * (WHITE - BLACK)
        if float(tf.nn.softmax(model(stored))[0, target_y]) > confidence:
            return stored
    raise RuntimeError("not fooled")
""",
    ),
    "fooling: a while loop, score_gradient": (
        "make_fooling_image",
        """
def make_fooling_image(X, target_y, model, confidence=0.9, learning_rate=1.0, max_iterations=100):
    g_of, X, k = score_gradient(model), np.array(X), 0
    while k < max_iterations:
        g = g_of(X, np.array([target_y], np.int32))
        X += learning_rate * g / np.sqrt(np.sum(g**2))
        X = np.maximum(BLACK, np.minimum(X, WHITE)).astype(np.float32)
        saved = preprocess_image(deprocess_image(X))
        p = np.exp(model(saved)[0] - np.max(model(saved)[0]))
        if p[target_y] / p.sum() > confidence:
            return np.float64(saved)
        k += 1
    raise RuntimeError("not fooled")
""",
    ),
    "class picture: own tape, steps count from 0, shifts to one side": (
        "create_class_visualization",
        """
def create_class_visualization(target_y, model, l2_reg=1e-3, learning_rate=25, num_iterations=100, blur_every=10,
                               max_jitter=16, show_every=None, seed=231):
    rng = np.random.RandomState(seed)
    X = preprocess_image(255 * rng.rand(1, model.image_size, model.image_size, 3))
    for t in range(num_iterations):
        ox, oy = rng.randint(0, max_jitter + 1, 2)
        X = tf.Variable(np.roll(np.roll(X, ox, 1), oy, 2))
        with tf.GradientTape() as tape:
            loss = model(X)[0, target_y] - l2_reg * tf.nn.l2_loss(X) * 2
        g = tape.gradient(loss, X)
        X = X + learning_rate * g / tf.norm(g)
        X = tf.clip_by_value(np.roll(np.roll(X, -ox, 1), -oy, 2), BLACK, WHITE)
        if t > 0 and t % blur_every == 0:
            X = blur_image(X, sigma=0.5)
    return X
""",
    ),
    "class picture: tf.roll, clipped before it is shifted back": (
        "create_class_visualization",
        """
def create_class_visualization(target_y, model, l2_reg=1e-3, learning_rate=25, num_iterations=100, blur_every=10,
                               max_jitter=16, show_every=None, seed=231):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((1, model.image_size, model.image_size, 3)).astype(np.float32)
    for t in range(1, num_iterations + 1):
        down, right = rng.randint(-max_jitter, max_jitter + 1), rng.randint(-max_jitter, max_jitter + 1)
        X = tf.roll(X, [down, right], [1, 2]).numpy()
        g = score_gradient(model)(X, np.int32([target_y])) - 2 * l2_reg * X
        X = np.clip(X + learning_rate * g / np.linalg.norm(g), BLACK, WHITE).astype(np.float32)
        X = tf.roll(X, [-down, -right], [1, 2]).numpy()
        if not t % blur_every:
            X = blur_image(X, 0.5)
    return X
""",
    ),
    "content: squared_difference": (
        "content_loss",
        """
def content_loss(content_weight, content_current, content_original):
    return content_weight * tf.reduce_sum(tf.math.squared_difference(content_current, content_original))
""",
    ),
    "content: l2_loss": (
        "content_loss",
        """
def content_loss(content_weight, content_current, content_original):
    return tf.multiply(2.0 * content_weight, tf.nn.l2_loss(content_current - content_original))
""",
    ),
    "Gram matrix: divided by a float32 number": (
        "gram_matrix",
        """
def gram_matrix(features, normalize=True):
    N, H, W, C = tf.unstack(tf.shape(features))
    F = tf.reshape(features, (H * W, C))
    G = tf.matmul(tf.transpose(F), F)
    if normalize:
        G = G / tf.cast(H * W * C, tf.float32)
    return G
""",
    ),
    "Gram matrix: einsum": (
        "gram_matrix",
        """
def gram_matrix(features, normalize=True):
    G = tf.einsum("bijc,bijd->cd", features, features)
    return G / float(np.prod(features.shape[1:])) if normalize else G
""",
    ),
    "Gram matrix: channels first, tensordot": (
        "gram_matrix",
        """
def gram_matrix(features, normalize=True):
    maps = tf.reshape(tf.transpose(features[0], [2, 0, 1]), [features.shape[-1], -1])
    gram = tf.tensordot(maps, maps, axes=[[1], [1]])
    if normalize == True:
        gram /= features.shape[1] * features.shape[2] * features.shape[3]
    return gram
""",
    ),
    "style: begins with the number 0": (
        "style_loss",
        """
def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0
    for i in range(len(style_layers)):
        if style_layers[i] < 0 or style_layers[i] >= len(feats):
            raise ValueError("no such layer")
        G = gram_matrix(feats[style_layers[i]])
        if tuple(G.shape) != tuple(style_targets[i].shape):
            raise ValueError("another shape")
        loss = loss + style_weights[i] * tf.reduce_sum((G - style_targets[i]) ** 2)
    return loss
""",
    ),
    "style: add_n, all arguments looked at first": (
        "style_loss",
        """
def style_loss(feats, style_layers, style_targets, style_weights):
    grams = [gram_matrix(feats[_checked_layer(layer, len(feats))]) for layer in style_layers]
    for G, A in zip(grams, style_targets):
        if G.shape != A.shape:
            raise ValueError(f"{G.shape} and {A.shape}")
    return tf.add_n([w * 2 * tf.nn.l2_loss(G - A) for w, G, A in zip(style_weights, grams, style_targets)])
""",
    ),
    "total variation: by height and width": (
        "tv_loss",
        """
def tv_loss(img, tv_weight):
    _, H, W, _ = img.shape
    down = tf.reduce_sum(tf.pow(img[:, 1:H, :, :] - img[:, : H - 1, :, :], 2))
    right = tf.reduce_sum(tf.pow(img[:, :, 1:W, :] - img[:, :, : W - 1, :], 2))
    return tv_weight * (down + right)
""",
    ),
    "total variation: tf.slice, l2_loss": (
        "tv_loss",
        """
def tv_loss(img, tv_weight):
    _, h, w, c = img.shape
    a = tf.nn.l2_loss(tf.slice(img, [0, 1, 0, 0], [1, h - 1, w, c]) - tf.slice(img, [0, 0, 0, 0], [1, h - 1, w, c]))
    b = tf.nn.l2_loss(tf.slice(img, [0, 0, 1, 0], [1, h, w - 1, c]) - tf.slice(img, [0, 0, 0, 0], [1, h, w - 1, c]))
    return 2.0 * tv_weight * (a + b)
""",
    ),
    "noise: scaled from [0, 1)": (
        "sample_noise",
        """
def sample_noise(batch_size, dim, seed=None):
    if seed is None:
        return 2 * tf.random.uniform((batch_size, dim)) - 1
    if isinstance(seed, int):
        seed = (seed, seed)
    return tf.random.stateless_uniform((batch_size, dim), seed=seed, minval=-1, maxval=1)
""",
    ),
    "noise: a generator of its own": (
        "sample_noise",
        """
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        return tf.random.Generator.from_seed(seed).uniform([batch_size, dim], -1.0, 1.0)
    return tf.random.get_global_generator().uniform([batch_size, dim], minval=-1.0, maxval=1.0)
""",
    ),
    "leaky ReLU: maximum": (
        "leaky_relu",
        """
def leaky_relu(x, alpha=0.01):
    return tf.maximum(x, alpha * x)
""",
    ),
    "leaky ReLU: where": (
        "leaky_relu",
        """
def leaky_relu(x, alpha=0.01):
    return tf.where(x > 0, x, tf.multiply(x, alpha))
""",
    ),
    "leaky ReLU: two ReLUs": (
        "leaky_relu",
        """
def leaky_relu(x, alpha=0.01):
    return tf.nn.relu(x) - alpha * tf.nn.relu(-x)
""",
    ),
    "networks: Functional": (
        "discriminator generator dc_discriminator dc_generator",
        """
def discriminator():
    image = keras.Input(shape=(784,))
    x = layers.LeakyReLU(negative_slope=0.01)(layers.Dense(256)(image))
    x = layers.LeakyReLU(negative_slope=0.01)(layers.Dense(256)(x))
    return keras.Model(inputs=image, outputs=layers.Dense(1)(x))

def generator(noise_dim=96):
    z = keras.Input(shape=(noise_dim,))
    x = layers.Dense(1024, activation=tf.nn.relu)(z)
    x = layers.Dense(1024, activation=tf.nn.relu)(x)
    return keras.Model(z, layers.Dense(784, activation=tf.nn.tanh)(x))

def dc_discriminator():
    image = keras.Input((784,))
    x = layers.Reshape((28, 28, 1))(image)
    for filters in (32, 64):
        x = layers.Conv2D(filters, (5, 5), strides=1, padding="valid", activation=leaky_relu)(x)
        x = layers.MaxPool2D(pool_size=2, strides=2)(x)
    x = layers.Activation(leaky_relu)(layers.Dense(1024)(layers.Flatten()(x)))
    return keras.Model(image, layers.Dense(1)(x))

def dc_generator(noise_dim=96):
    z = x = keras.Input((noise_dim,))
    for width in (1024, 6272):
        x = layers.BatchNormalization(momentum=0.9)(layers.ReLU()(layers.Dense(width)(x)))
    x = layers.Reshape((7, 7, 128))(x)
    x = layers.ReLU()(layers.Conv2DTranspose(64, (4, 4), strides=(2, 2), padding="same")(x))
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Conv2DTranspose(1, (4, 4), strides=(2, 2), padding="same", activation="tanh")(x)
    return keras.Model(z, layers.Reshape((784,))(x))
""",
    ),
    "networks: subclassed": (
        "discriminator generator dc_discriminator dc_generator",
        """
class _Discriminator(keras.Model):
    def __init__(self):
        super().__init__()
        self.last, self.second, self.first = layers.Dense(1), layers.Dense(256), layers.Dense(256)

    def call(self, x, training=False):
        return self.last(leaky_relu(self.second(leaky_relu(self.first(x)))))

class _Generator(keras.Model):
    def __init__(self):
        super().__init__()
        self.layers_in_order = [layers.Dense(1024, "relu"), layers.Dense(1024, "relu"), layers.Dense(784, "tanh")]

    def call(self, z):
        for layer in self.layers_in_order:
            z = layer(z)
        return z

class _DCDiscriminator(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = (layers.Conv2D(filters, 5, activation=leaky_relu) for filters in (32, 64))
        self.pool, self.fc, self.score = layers.MaxPool2D(), layers.Dense(1024, leaky_relu), layers.Dense(1)

    def call(self, x):
        x = self.pool(self.conv1(tf.reshape(x, [-1, 28, 28, 1])))
        x = self.pool(self.conv2(x))
        return self.score(self.fc(tf.reshape(x, [-1, 1024])))

class _DCGenerator(keras.Model):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = layers.Dense(1024, "relu"), layers.Dense(6272, "relu")
        self.bn1, self.bn2, self.bn3 = (layers.BatchNormalization(momentum=0.9) for _ in range(3))
        self.up1 = layers.Conv2DTranspose(64, 4, 2, "same", activation="relu")
        self.up2 = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")

    def call(self, z, training=False):
        x = self.bn2(self.fc2(self.bn1(self.fc1(z), training=training)), training=training)
        x = self.bn3(self.up1(tf.reshape(x, [-1, 7, 7, 128])), training=training)
        return tf.reshape(self.up2(x), [-1, 784])

def discriminator():
    return _Discriminator()

def generator(noise_dim=96):
    model = _Generator()
    model.build((None, noise_dim))
    return model

def dc_discriminator():
    return _DCDiscriminator()

def dc_generator(noise_dim=96):
    return _DCGenerator()
""",
    ),
    "networks: Sequential without an Input, layers added": (
        "discriminator generator dc_discriminator dc_generator",
        """
def discriminator():
    model = tf.keras.models.Sequential()
    for _ in range(2):
        model.add(tf.keras.layers.Dense(units=256))
        model.add(tf.keras.layers.Activation(leaky_relu))
    model.add(tf.keras.layers.Dense(units=1, use_bias=True))
    return model

def generator(noise_dim=96):
    return tf.keras.models.Sequential([
        tf.keras.layers.Dense(1024), tf.keras.layers.ReLU(), tf.keras.layers.Dense(1024), tf.keras.layers.ReLU(),
        tf.keras.layers.Dense(784), tf.keras.layers.Activation("tanh")])

def dc_discriminator():
    model = tf.keras.models.Sequential([tf.keras.layers.Reshape((28, 28, 1))])
    model.add(tf.keras.layers.Conv2D(32, 5))
    model.add(tf.keras.layers.LeakyReLU(0.01))
    model.add(tf.keras.layers.MaxPool2D(2, 2))
    model.add(tf.keras.layers.Conv2D(64, 5))
    model.add(tf.keras.layers.LeakyReLU(0.01))
    model.add(tf.keras.layers.MaxPool2D(2, 2))
    model.add(tf.keras.layers.Flatten())
    model.add(tf.keras.layers.Dense(4 * 4 * 64))
    model.add(tf.keras.layers.LeakyReLU(0.01))
    model.add(tf.keras.layers.Dense(1))
    return model

def dc_generator(noise_dim=96):
    return tf.keras.models.Sequential([
        tf.keras.layers.Dense(1024, activation="relu"), tf.keras.layers.BatchNormalization(momentum=0.9),
        tf.keras.layers.Dense(7 * 7 * 128, activation="relu"), tf.keras.layers.BatchNormalization(momentum=0.9),
        tf.keras.layers.Reshape((7, 7, 128)),
        tf.keras.layers.Conv2DTranspose(64, 4, strides=2, padding="same", activation="relu"),
        tf.keras.layers.BatchNormalization(momentum=0.9),
        tf.keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
        tf.keras.layers.Flatten()])
""",
    ),
    "GAN losses: cross-entropies of both batches added up": (
        "discriminator_loss generator_loss",
        """
def discriminator_loss(logits_real, logits_fake):
    real = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(logits_real), logits=logits_real)
    fake = tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.zeros_like(logits_fake), logits=logits_fake)
    return tf.reduce_mean(real + fake)

def generator_loss(logits_fake):
    labels = tf.ones(logits_fake.shape)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits_fake))
""",
    ),
    "GAN losses: Keras' cross-entropy": (
        "discriminator_loss generator_loss",
        """
_bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)

def discriminator_loss(logits_real, logits_fake):
    return _bce(tf.ones_like(logits_real), logits_real) + _bce(tf.zeros_like(logits_fake), logits_fake)

def generator_loss(logits_fake):
    return _bce(tf.ones_like(logits_fake), logits_fake)
""",
    ),
    "GAN losses: log_sigmoid": (
        "discriminator_loss generator_loss",
        """
def discriminator_loss(logits_real, logits_fake):
    return -(tf.reduce_mean(tf.math.log_sigmoid(logits_real)) + tf.reduce_mean(tf.math.log_sigmoid(-logits_fake)))

def generator_loss(logits_fake):
    return tf.reduce_mean(-tf.math.log_sigmoid(logits_fake))
""",
    ),
    "GAN losses: binary_crossentropy of both batches in one": (
        "discriminator_loss generator_loss",
        """
def discriminator_loss(logits_real, logits_fake):
    logits = tf.concat([logits_real, logits_fake], axis=0)
    labels = tf.concat([tf.ones_like(logits_real), tf.zeros_like(logits_fake)], axis=0)
    return 2 * tf.reduce_mean(tf.keras.losses.binary_crossentropy(labels, logits, from_logits=True))

def generator_loss(logits_fake):
    return tf.reduce_mean(tf.keras.losses.binary_crossentropy(tf.ones_like(logits_fake), logits_fake, True))
""",
    ),
    "LSGAN losses: both batches added up": (
        "ls_discriminator_loss ls_generator_loss",
        """
def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * tf.reduce_mean(tf.square(scores_real - 1.0) + tf.square(scores_fake))

def ls_generator_loss(scores_fake):
    return tf.reduce_mean((scores_fake - tf.ones_like(scores_fake)) ** 2) / 2
""",
    ),
    "LSGAN losses: Keras' mean squared error": (
        "ls_discriminator_loss ls_generator_loss",
        """
_mse = tf.keras.losses.MeanSquaredError()

def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * _mse(tf.ones_like(scores_real), scores_real) + 0.5 * _mse(tf.zeros_like(scores_fake), scores_fake)

def ls_generator_loss(scores_fake):
    return 0.5 * _mse(tf.ones(tf.shape(scores_fake)), scores_fake)
""",
    ),
    "LSGAN losses: sums over the number of scores": (
        "ls_discriminator_loss ls_generator_loss",
        """
def ls_discriminator_loss(scores_real, scores_fake):
    n = scores_real.shape[0]
    return (tf.nn.l2_loss(scores_real - 1) + tf.nn.l2_loss(scores_fake)) / n

def ls_generator_loss(scores_fake):
    return tf.reduce_sum(tf.math.squared_difference(scores_fake, 1.0)) / (2 * len(scores_fake))
""",
    ),
    "gradient penalty: tf.norm of flat gradients": (
        "gradient_penalty",
        """
def gradient_penalty(D, real, fake, weight=10, seed=None):
    N = real.shape[0]
    share = tf.random.uniform([N] + [1] * (len(real.shape) - 1))
    x = real + share * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = D(x, training=True)
    slopes = tf.reshape(tape.gradient(scores, [x])[0], [N, -1])
    return weight * tf.reduce_mean((tf.sqrt(1e-10 + tf.reduce_sum(slopes**2, axis=1)) - 1) ** 2)
""",
    ),
    "gradient penalty: tf.gradients' form, root of a maximum": (
        "gradient_penalty",
        """
def gradient_penalty(D, real, fake, weight=10, seed=None):
    eps = tf.random.stateless_uniform([len(real)] + [1] * (len(real.shape) - 1), (seed or 0, 0), 0, 1)
    x = tf.Variable(eps * real + (1 - eps) * fake)
    with tf.GradientTape() as tape:
        score = D(x)
    g = tape.gradient(score, x)
    length = tf.sqrt(tf.maximum(tf.reduce_sum(g * g, axis=tuple(range(1, len(g.shape)))), 1e-12))
    return tf.reduce_mean(weight * tf.square(length - 1.0))
""",
    ),
    "RNN step: a closure as cache": (
        "rnn_step_forward rnn_step_backward",
        """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    a = np.matmul(x, Wx) + np.matmul(prev_h, Wh) + b[None]
    e = np.exp(-2 * np.abs(a))
    next_h = np.sign(a) * (1 - e) / (1 + e)
    def back(d):
        d = d / np.cosh(a) ** 2
        return np.inner(d, Wx), np.inner(d, Wh), np.inner(x.T, d.T), np.inner(prev_h.T, d.T), np.ones(len(d)) @ d
    return next_h, back

def rnn_step_backward(dnext_h, cache):
    return cache(dnext_h)
""",
    ),
    "RNN step: a class as cache, loops": (
        "rnn_step_forward rnn_step_backward",
        """
class _Cache: pass
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    N, D = x.shape
    H = prev_h.shape[1]
    next_h = np.empty((N, H))
    for n in range(N):
        for j in range(H):
            a = b[j] + sum(x[n, i] * Wx[i, j] for i in range(D)) + sum(prev_h[n, i] * Wh[i, j] for i in range(H))
            next_h[n, j] = np.tanh(a)
    c = _Cache(); c.all = x, prev_h, Wx, Wh, next_h
    return next_h, c

def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache.all
    dtanh = dnext_h - dnext_h * next_h * next_h
    dx = np.dot(Wx, dtanh.T).T
    dprev_h = np.dot(Wh, dtanh.T).T
    dWx = np.dot(dtanh.T, x).T
    dWh = sum(np.outer(p, d) for p, d in zip(prev_h, dtanh))
    return dx, dprev_h, dWx, dWh, np.add.reduce(dtanh)
""",
    ),
    "RNN: swapaxes, arrays of caches, recursion": (
        "rnn_forward rnn_backward",
        """
def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = {-1: h0}
    cache = {}
    for t in range(T):
        h[t], cache[t] = rnn_step_forward(x[:, t, :], h[t - 1], Wx, Wh, b)
    return np.dstack([h[t] for t in range(T)]).swapaxes(1, 2), (x.shape, cache)

def rnn_backward(dh, cache):
    (N, T, D), caches = cache
    def from_step(t):
        if t == T:
            return [], 0, 0, 0, 0
        later, dnext, *sums = from_step(t + 1)
        dxt, dprev, *grads = rnn_step_backward(dh[:, t] + dnext, caches[t])
        return [dxt] + later, dprev, *[s + g for s, g in zip(sums, grads)]
    dx, dh0, dWx, dWh, db = from_step(0)
    return np.concatenate([d[:, None, :] for d in dx], axis=1), dh0, dWx, dWh, db
""",
    ),
    "RNN: all inputs at once, weights' gradients at once": (
        "rnn_forward rnn_backward",
        """
def rnn_forward(x, h0, Wx, Wh, b):
    xw = np.tensordot(x, Wx, 1) + b
    h = np.zeros((x.shape[0], x.shape[1] + 1, len(b)))
    h[:, 0] = h0
    for t in range(x.shape[1]):
        h[:, t + 1] = np.tanh(xw[:, t] + h[:, t] @ Wh)
    return h[:, 1:], dict(x=x, h=h, Wx=Wx, Wh=Wh)

def rnn_backward(dh, cache):
    x, h, Wx, Wh = cache["x"], cache["h"], cache["Wx"], cache["Wh"]
    da = np.zeros_like(dh)
    carry = np.zeros(dh.shape[::2])
    for t in range(dh.shape[1])[::-1]:
        da[:, t] = (dh[:, t] + carry) * (1 - h[:, t + 1] ** 2)
        carry = da[:, t].dot(Wh.T)
    dWh = np.tensordot(h[:, :-1], da, ((0, 1), (0, 1)))
    db = da.reshape(-1, da.shape[2]).sum(0)
    return np.einsum("nth,dh->ntd", da, Wx), carry, np.einsum("ntd,nth->dh", x, da), dWh, db
""",
    ),
    "embedding: bincount, reshape": (
        "word_embedding_forward word_embedding_backward",
        """
def word_embedding_forward(x, W):
    return W[x.reshape(-1)].reshape(*x.shape, -1), [x.tolist(), len(W)]

def word_embedding_backward(dout, cache):
    x, V = np.array(cache[0]).ravel(), cache[1]
    flat = dout.reshape(len(x), -1)
    return np.stack([np.bincount(x, column, minlength=V) for column in flat.T], axis=1)
""",
    ),
    "embedding: a sparse matrix": (
        "word_embedding_forward word_embedding_backward",
        """
from scipy.sparse import csr_matrix
def word_embedding_forward(x, W):
    rows = csr_matrix((np.ones(x.size), (np.arange(x.size), x.ravel())), shape=(x.size, W.shape[0]))
    return (rows @ W).reshape(x.shape + W.shape[1:]), rows

def word_embedding_backward(dout, cache):
    return cache.T @ dout.reshape(-1, dout.shape[-1])
""",
    ),
    "embedding: sorted words": (
        "word_embedding_forward word_embedding_backward",
        """
def word_embedding_forward(x, W):
    out = np.array([[W[w] for w in row] for row in x])
    return out, (x, W.shape)

def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    for word in np.unique(x):
        dW[word] = dout[x == word].sum(axis=0)
    return dW
""",
    ),
    "LSTM step: reshape to four gates, sigmoid by tanh": (
        "lstm_step_forward lstm_step_backward",
        """
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    N, H = prev_h.shape
    a = (x @ Wx + prev_h @ Wh + b).reshape(N, 4, H).transpose(1, 0, 2)
    ifo = 0.5 + 0.5 * np.tanh(a[:3] / 2)
    g = np.tanh(a[3])
    next_c = ifo[1] * prev_c + ifo[0] * g
    next_h = ifo[2] * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, ifo, g, next_c)

def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, (i, f, o), g, next_c = cache
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tc ** 2)
    da = np.hstack((dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * tc * o * (1 - o), dc * i * (1 - g ** 2)))
    return [np.dot(da, Wx.T), np.dot(da, Wh.T), dc * f, np.dot(x.T, da), np.dot(prev_h.T, da), da.sum(0)]
""",
    ),
    "LSTM step: four matrices": (
        "lstm_step_forward lstm_step_backward",
        """
from scipy.special import expit
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    Ws, Us, bs = np.split(Wx, 4, axis=1), np.split(Wh, 4, axis=1), np.split(b, 4)
    sums = [np.dot(x, W) + np.dot(prev_h, U) + c for W, U, c in zip(Ws, Us, bs)]
    i, f, o = map(expit, sums[:3])
    g = np.tanh(sums[3])
    c = f * prev_c + i * g
    return o * np.tanh(c), c, {"x": x, "h": prev_h, "c": prev_c, "W": Ws, "U": Us, "gates": (i, f, o, g), "new": c}

def lstm_step_backward(dnext_h, dnext_c, cache):
    i, f, o, g = cache["gates"]
    th = np.tanh(cache["new"])
    do = dnext_h * th
    dct = dnext_c.copy()
    dct += dnext_h * o * (1 - th * th)
    d = [dct * g * i * (1 - i), dct * cache["c"] * f * (1 - f), do * o * (1 - o), dct * i * (1 - g * g)]
    dx = sum(e @ W.T for e, W in zip(d, cache["W"]))
    dh = sum(e @ U.T for e, U in zip(d, cache["U"]))
    dWx = np.concatenate([cache["x"].T @ e for e in d], 1)
    dWh = np.concatenate([cache["h"].T @ e for e in d], 1)
    return dx, dh, dct * f, dWx, dWh, np.concatenate([e.sum(0) for e in d])
""",
    ),
    "LSTM: time first, dictionary of lists": (
        "lstm_forward lstm_backward",
        """
def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    out = np.zeros((T, N, h0.shape[1]))
    c, h, cache = np.zeros(h0.shape), h0, []
    for t, xt in enumerate(np.transpose(x, (1, 0, 2))):
        h, c, step = lstm_step_forward(xt, h, c, Wx, Wh, b)
        out[t] = h
        cache += [step]
    return out.transpose(1, 0, 2), {"steps": cache, "D": D}

def lstm_backward(dh, cache):
    steps = cache["steps"]
    dprev_h = dprev_c = np.zeros_like(dh[:, 0])
    dx = np.zeros((*dh.shape[:2], cache["D"]))
    sums = None
    for t in range(len(steps) - 1, -1, -1):
        dx[:, t], dprev_h, dprev_c, *g = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, steps[t])
        sums = g if sums is None else [a + b for a, b in zip(sums, g)]
    return dx, dprev_h, *sums
""",
    ),
    "loss: one word after another": (
        "CaptioningRNN.loss",
        """
def _loss(self, features, captions):
    features, captions = self.checked_batch(features, captions)
    P = self.params
    rnn = self.cell_type == "rnn"
    h0 = features @ P["W_proj"] + P["b_proj"]
    x, ce = word_embedding_forward(captions[:, :-1], P["W_embed"])
    h, ch = (rnn_forward if rnn else lstm_forward)(x, h0, P["Wx"], P["Wh"], P["b"])
    N, T, H = h.shape
    grads = {k: np.zeros_like(v) for k, v in P.items()}
    loss, dh = 0, np.zeros_like(h)
    for t in range(T):
        s, cs = affine_forward(h[:, t], P["W_vocab"], P["b_vocab"])
        s = s - s.max(1, keepdims=True)
        logp = s - np.log(np.exp(s).sum(1, keepdims=True))
        mask = (captions[:, t + 1] != self._null).astype(float)
        y = captions[:, t + 1]
        loss += -(logp[np.arange(N), y] * mask).sum() / N
        ds = np.exp(logp)
        ds[range(N), y] -= 1
        ds *= mask[:, None] / N
        dh[:, t], dW, db = affine_backward(ds, cs)
        grads["W_vocab"] += dW
        grads["b_vocab"] += db
    dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = (rnn_backward if rnn else lstm_backward)(dh, ch)
    grads["W_embed"] += word_embedding_backward(dx, ce)
    grads["W_proj"] += features.T @ dh0
    grads["b_proj"] += dh0.sum(0)
    return loss, grads

CaptioningRNN.loss = _loss
""",
    ),
    "captions: Gumbel by uniform numbers, int32": (
        "CaptioningRNN.sample",
        """
def _sample(self, features, max_length=30, temperature=0, seed=None):
    h, c = self._first_states(features, max_length)
    rng = np.random.RandomState(seed)
    N = h.shape[0]
    captions = self._null * np.ones((N, max_length), dtype=np.int32)
    prev = self._start * np.ones(N, dtype=np.int32)
    active = np.ones(N, dtype=bool)
    for t in range(max_length):
        s, h, c = self._step(prev, h, c)
        if temperature > 0:
            s = s / temperature - np.log(-np.log(rng.uniform(size=s.shape)))
        prev = np.argmax(s, axis=-1)
        captions[:, t] = np.where(active, prev, self._null)
        active = active & (prev != self._end)
    return captions

CaptioningRNN.sample = _sample
""",
    ),
    "captions: multinomial, everything cut at the end": (
        "CaptioningRNN.sample",
        """
def _sample(self, features, max_length=30, temperature=0, seed=None):
    h, c = self._first_states(features, max_length)
    rng = np.random.RandomState(seed)
    w = [self._start] * len(h)
    columns = []
    for _ in range(max_length):
        scores, h, c = self._step(np.array(w), h, c)
        if temperature == 0:
            w = scores.argmax(1)
        else:
            e = np.exp((scores - scores.max(1, keepdims=True)) / temperature).astype(np.float64)
            w = np.array([rng.multinomial(1, p).argmax() for p in e / e.sum(1, keepdims=True)])
        columns.append(w)
    captions = np.array(columns).T
    for row in captions:
        ends = np.where(row == self._end)[0]
        if len(ends):
            row[ends[0] + 1:] = self._null
    return captions

CaptioningRNN.sample = _sample
""",
    ),
    "saliency: Jacobian": (
        "compute_saliency_maps",
        """
def compute_saliency_maps(X, y, model):
    X = tf.convert_to_tensor(X, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        scores = model(X, training=False)
    J = tape.batch_jacobian(scores, X)
    g = tf.gather(J, tf.constant(y), axis=1, batch_dims=1)
    return np.max(np.abs(g.numpy()), axis=3)
""",
    ),
    "saliency: a mask of scores, keras.ops": (
        "compute_saliency_maps",
        """
import keras
def compute_saliency_maps(X, y, model):
    x = tf.Variable(X, dtype=tf.float32)
    with tf.GradientTape() as t:
        s = model(x)
        loss = tf.reduce_sum(tf.boolean_mask(s, keras.ops.one_hot(y, s.shape[-1]) > 0))
    return keras.ops.max(keras.ops.abs(t.gradient(loss, x)), axis=-1)
""",
    ),
    "saliency: norm of order infinity, tf.function": (
        "compute_saliency_maps",
        """
@tf.function
def _grad(model, X, y):
    with tf.GradientTape() as tape:
        tape.watch(X)
        s = tf.gather(model(X), y, axis=1, batch_dims=1)
    return tape.gradient(s, X)

def compute_saliency_maps(X, y, model):
    g = _grad(model, tf.constant(X, tf.float32), tf.constant(y))
    return tf.norm(g, ord=np.inf, axis=-1).numpy()
""",
    ),
    "fooling: goes on from the rounded image": (
        "make_fooling_image",
        """
def make_fooling_image(X, target_y, model, confidence=0.9, learning_rate=1.0, max_iterations=100):
    X_fooling = tf.Variable(X, dtype=tf.float32)
    for i in range(max_iterations):
        with tf.GradientTape() as tape:
            target = model(X_fooling)[:, target_y]
        g = tape.gradient(target, X_fooling)
        X_fooling.assign_add(learning_rate * g / tf.norm(g))
        X_fooling.assign(tf.clip_by_value(X_fooling, BLACK, WHITE))
        stored = preprocess_image(deprocess_image(X_fooling.numpy()))
        X_fooling.assign(stored)
        if tf.nn.softmax(model(X_fooling))[0, target_y] > confidence:
            return X_fooling
    raise RuntimeError("no fooling image")
""",
    ),
    "fooling: l2_normalize, own rounding": (
        "make_fooling_image",
        """
def make_fooling_image(X, target_y, model, confidence=0.9, learning_rate=1.0, max_iterations=100):
    image, steps = tf.identity(tf.cast(X, tf.float32)), 0
    scale = WHITE - BLACK
    while steps < max_iterations:
        steps += 1
        with tf.GradientTape() as tape:
            tape.watch(image)
            score = tf.reduce_sum(model(image) * tf.one_hot([target_y], len(model.class_names)))
        g = tf.math.l2_normalize(tf.reshape(tape.gradient(score, image), [-1]))
        image = tf.minimum(tf.maximum(image + learning_rate * tf.reshape(g, image.shape), BLACK), WHITE)
        stored = np.round((image.numpy() - BLACK) / scale * 255) / 255 * scale + BLACK
        stored = stored.astype(np.float32)
        p = tf.nn.softmax(model(tf.constant(stored)))[0]
        if p.numpy()[target_y] > confidence and np.argmax(p) == target_y:
            return stored
    raise RuntimeError(f"not fooled in {max_iterations} steps")
""",
    ),
    "class picture: a penalty under the tape, two draws": (
        "create_class_visualization",
        """
def create_class_visualization(target_y, model, l2_reg=1e-3, learning_rate=25, num_iterations=100, blur_every=10,
                               max_jitter=16, show_every=None, seed=231):
    rng = np.random.RandomState(seed)
    side = model.image_size
    X = rng.standard_normal((1, side, side, 3)).astype(np.float32)
    for t in range(1, num_iterations + 1):
        dy = rng.randint(-max_jitter, max_jitter + 1)
        dx = rng.randint(-max_jitter, max_jitter + 1)
        X = tf.Variable(np.roll(np.roll(X, dy, 1), dx, 2))
        with tf.GradientTape() as tape:
            loss = model(X)[0, target_y] - l2_reg * tf.reduce_sum(X ** 2)
        g = tape.gradient(loss, X)
        X = (X + learning_rate * g / (tf.norm(g) + 1e-9)).numpy()
        X = np.roll(np.roll(X, -dx, 2), -dy, 1)
        X = np.minimum(np.maximum(X, BLACK), WHITE).astype("float32")
        if not t % blur_every:
            X = blur_image(X, sigma=0.5)
    return X
""",
    ),
    "class picture: Keras variable, blur of its own": (
        "create_class_visualization",
        """
import keras
def create_class_visualization(target_y, model, l2_reg=1e-3, learning_rate=25, num_iterations=100, blur_every=10,
                               max_jitter=16, show_every=None, seed=231):
    rng = np.random.RandomState(seed)
    X = keras.Variable(rng.standard_normal((1, model.image_size, model.image_size, 3)).astype(np.float32))
    for t in range(num_iterations):
        oy, ox = rng.choice(np.arange(-max_jitter, max_jitter + 1), 2)
        X.assign(keras.ops.roll(keras.ops.roll(X, oy, axis=1), ox, axis=2))
        with tf.GradientTape() as tape:
            objective = tf.gather(model(X.value), [target_y], axis=1) - l2_reg * tf.norm(X.value) ** 2
        g = tape.gradient(objective, X.value)
        X.assign_add(learning_rate * g / tf.norm(g))
        X.assign(keras.ops.roll(X, (-oy, -ox), axis=(1, 2)))
        X.assign(keras.ops.clip(X, BLACK, WHITE))
        if (t + 1) % blur_every == 0:
            X.assign(gaussian_filter(X.numpy(), [0, 0.5, 0.5, 0]))
    return X.numpy()
""",
    ),
    "content: mean times size": (
        "content_loss",
        """
def content_loss(content_weight, content_current, content_original):
    n = tf.cast(tf.size(content_current), content_current.dtype)
    return content_weight * n * tf.reduce_mean(tf.math.squared_difference(content_original, content_current))
""",
    ),
    "content: tensordot of flat maps": (
        "content_loss",
        """
def content_loss(content_weight, content_current, content_original):
    d = tf.reshape(content_current - content_original, [-1])
    return tf.tensordot(d, d, 1) * content_weight
""",
    ),
    "content: keras.ops, power": (
        "content_loss",
        """
import keras
def content_loss(content_weight, content_current, content_original):
    return keras.ops.sum(content_weight * keras.ops.power(content_original - content_current, 2))
""",
    ),
    "Gram: a loop over channels": (
        "gram_matrix",
        """
def gram_matrix(features, normalize=True):
    f = features[0]
    H, W, C = f.shape
    rows = []
    for i in range(C):
        rows.append(tf.stack([tf.reduce_sum(f[..., i] * f[..., j]) for j in range(C)]))
    G = tf.stack(rows)
    if normalize:
        G /= H * W * C
    return G
""",
    ),
    "Gram: features scaled first, dynamic shape": (
        "gram_matrix",
        """
def gram_matrix(features, normalize=True):
    shape = tf.shape(features)
    f = tf.reshape(features, (shape[1] * shape[2], shape[3]))
    if normalize is True:
        f = f / tf.sqrt(tf.cast(tf.size(features), f.dtype))
    return tf.linalg.matmul(tf.transpose(f), f)
""",
    ),
    "Gram: broadcasting": (
        "gram_matrix",
        """
def gram_matrix(features, normalize=True):
    product = features[..., :, None] * features[..., None, :]
    if normalize:
        return tf.reduce_sum(product, axis=[0, 1, 2]) / np.prod(features.shape)
    return tf.math.reduce_sum(product, [0, 1, 2])
""",
    ),
    "style: a sum of a generator": (
        "style_loss",
        """
def style_loss(feats, style_layers, style_targets, style_weights):
    for k, layer in enumerate(style_layers):
        if layer not in range(len(feats)):
            raise ValueError("no such layer")
        if tuple(style_targets[k].shape) != (feats[layer].shape[-1],) * 2:
            raise ValueError("shapes")
    grams = [gram_matrix(feats[layer]) for layer in style_layers]
    return sum(w * tf.reduce_sum((G - A) ** 2) for G, A, w in zip(grams, style_targets, style_weights))
""",
    ),
    "style: a list of losses": (
        "style_loss",
        """
def style_loss(feats, style_layers, style_targets, style_weights):
    losses = []
    for i in range(len(style_layers)):
        layer = _checked_layer(style_layers[i], len(feats))
        G = gram_matrix(feats[layer], True)
        A = tf.convert_to_tensor(style_targets[i])
        A.shape.assert_is_compatible_with(G.shape)
        losses.append(tf.norm(G - A) ** 2)
    return tf.tensordot(tf.constant(style_weights, losses[0].dtype), tf.stack(losses), 1)
""",
    ),
    "total variation: convolution": (
        "tv_loss",
        """
def tv_loss(img, tv_weight):
    k = tf.constant([-1.0, 1.0])
    planes = tf.transpose(img, [3, 1, 2, 0])
    v = tf.nn.conv2d(planes, tf.reshape(k, [2, 1, 1, 1]), 1, "VALID")
    h = tf.nn.conv2d(planes, tf.reshape(k, [1, 2, 1, 1]), 1, "VALID")
    return tv_weight * (tf.reduce_sum(v ** 2) + tf.reduce_sum(h ** 2))
""",
    ),
    "total variation: roll, diff": (
        "tv_loss",
        """
def tv_loss(img, tv_weight):
    total = 0.0
    for axis in (1, 2):
        d = tf.roll(img, -1, axis) - img
        d = d[:, :-1] if axis == 1 else d[:, :, :-1]
        total += tf.reduce_sum(d * d)
    return tf.cast(tv_weight, tf.float32) * total
""",
    ),
    "total variation: image_gradients": (
        "tv_loss",
        """
def tv_loss(img, tv_weight):
    dy, dx = tf.image.image_gradients(img)
    return tv_weight * tf.add(tf.reduce_sum(tf.pow(dy, 2)), tf.reduce_sum(tf.pow(dx, 2)))
""",
    ),
    "noise: NumPy": (
        "sample_noise",
        """
import numpy as np
def sample_noise(batch_size, dim, seed=None):
    rng = np.random.RandomState(seed) if seed is not None else np.random
    return tf.constant(rng.uniform(-1, 1, (batch_size, dim)).astype(np.float32))
""",
    ),
    "noise: Keras, set_seed": (
        "sample_noise",
        """
import keras
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        return keras.random.uniform((batch_size, dim), minval=-1, maxval=1, seed=seed)
    return 2 * tf.random.uniform((batch_size, dim)) - 1
""",
    ),
    "leaky ReLU: Keras' layer": (
        "leaky_relu",
        """
import keras
def leaky_relu(x, alpha=0.01):
    return keras.layers.LeakyReLU(negative_slope=alpha)(x)
""",
    ),
    "leaky ReLU: sign": (
        "leaky_relu",
        """
def leaky_relu(x, alpha=0.01):
    positive = tf.cast(x > 0, x.dtype)
    return positive * x + (1 - positive) * alpha * x
""",
    ),
    "leaky ReLU: absolute values": (
        "leaky_relu",
        """
def leaky_relu(x, alpha=0.01):
    return 0.5 * ((1 + alpha) * x + (1 - alpha) * tf.abs(x))
""",
    ),
    "networks: layers in lists, activations apart": (
        "discriminator generator dc_discriminator dc_generator",
        """
import keras
L = keras.layers
def discriminator():
    m = keras.Sequential(name="D")
    m.add(L.Input((784,)))
    for _ in range(2):
        m.add(L.Dense(256)); m.add(L.LeakyReLU(negative_slope=0.01))
    m.add(L.Dense(1))
    return m

def generator(noise_dim=96):
    hidden = [L.Dense(1024), L.ReLU(), L.Dense(1024), L.Activation("relu")]
    return keras.Sequential([L.InputLayer(shape=(noise_dim,)), *hidden, L.Dense(784), L.Activation("tanh")])

def dc_discriminator():
    inputs = keras.Input(shape=(784,))
    x = keras.ops.reshape(inputs, (-1, 28, 28, 1))
    x = L.Conv2D(32, (5, 5), padding="valid")(x)
    x = L.Lambda(lambda t: leaky_relu(t))(x)
    x = L.MaxPool2D()(x)
    x = L.LeakyReLU(0.01)(L.Conv2D(64, 5)(x))
    x = L.MaxPooling2D(2, 2)(x)
    x = L.Flatten()(x)
    x = L.Activation(leaky_relu)(L.Dense(4 * 4 * 64)(x))
    return keras.Model(inputs, L.Dense(1)(x))

def dc_generator(noise_dim=96):
    bn = lambda: L.BatchNormalization(momentum=0.9)
    return keras.Sequential([keras.Input((noise_dim,)), L.Dense(1024), L.ReLU(), bn(),
        L.Dense(7*7*128), L.ReLU(), bn(), L.Reshape((7, 7, 128)),
        L.Conv2DTranspose(64, 4, strides=2, padding="same"), L.ReLU(), bn(),
        L.Conv2DTranspose(1, 4, strides=2, padding="same"), L.Activation(tf.tanh), L.Flatten()])
""",
    ),
    "networks: a model of models": (
        "discriminator generator dc_generator",
        """
import keras
from keras import layers as L
def discriminator():
    trunk = keras.Sequential([L.Dense(256, activation=leaky_relu), L.Dense(256, activation=leaky_relu)])
    return keras.Sequential([keras.Input((784,)), trunk, L.Dense(1)])

def generator(noise_dim=96):
    z = keras.Input([noise_dim], dtype="float32")
    h = L.Dense(1024, "relu")(z)
    h = L.Dense(1024, "relu", kernel_initializer="he_normal")(h)
    return keras.Model(z, keras.ops.tanh(L.Dense(784)(h)))

class _G(keras.Model):
    def __init__(self, d):
        super().__init__()
        self.a, self.b = L.Dense(1024, "relu"), L.Dense(6272, "relu")
        self.n = [L.BatchNormalization(momentum=0.9) for _ in range(3)]
        self.c = L.Conv2DTranspose(64, 4, 2, "same", activation="relu")
        self.d = L.Conv2DTranspose(1, 4, 2, "same", activation="tanh")
        self(tf.zeros((1, d)))
    def call(self, z, training=False):
        x = self.n[0](self.a(z), training=training)
        x = self.n[1](self.b(x), training=training)
        x = tf.reshape(x, [-1, 7, 7, 128])
        x = self.n[2](self.c(x), training=training)
        return tf.reshape(self.d(x), [-1, 784])

def dc_generator(noise_dim=96):
    return _G(noise_dim)
""",
    ),
    "GAN losses: logsumexp, log_sigmoid": (
        "discriminator_loss generator_loss",
        """
import keras
def discriminator_loss(logits_real, logits_fake):
    zeros = tf.zeros_like(logits_real)
    a = tf.reduce_logsumexp(tf.concat([zeros, -logits_real], 1), axis=1)
    b = -keras.ops.log_sigmoid(-logits_fake)
    return keras.ops.mean(a) + keras.ops.mean(b)

def generator_loss(logits_fake):
    labels = tf.ones_like(logits_fake)
    return tf.math.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits_fake))
""",
    ),
    "GAN losses: relu and log1p": (
        "discriminator_loss generator_loss",
        """
def _bce(x, z):
    return tf.reduce_mean(tf.maximum(x, 0.0) - x * z + tf.math.log1p(tf.exp(-tf.abs(x))))

def discriminator_loss(logits_real, logits_fake):
    return _bce(logits_real, 1.0) + _bce(logits_fake, 0.0)

def generator_loss(logits_fake):
    return _bce(logits_fake, tf.ones(logits_fake.shape))
""",
    ),
    "GAN losses: divided by the batch size": (
        "discriminator_loss generator_loss",
        """
def discriminator_loss(logits_real, logits_fake):
    N = logits_real.shape[0]
    d = tf.nn.sigmoid_cross_entropy_with_logits
    return tf.reduce_sum(d(tf.ones((N, 1)), logits_real) + d(tf.zeros((N, 1)), logits_fake)) / N

def generator_loss(logits_fake):
    return tf.reduce_mean(tf.losses.binary_crossentropy(tf.ones_like(logits_fake), logits_fake, from_logits=True))
""",
    ),
    "LSGAN: l2_loss, squared difference": (
        "ls_discriminator_loss ls_generator_loss",
        """
def ls_discriminator_loss(scores_real, scores_fake):
    N = tf.cast(tf.shape(scores_real)[0], tf.float32)
    return (tf.nn.l2_loss(scores_real - 1) + tf.nn.l2_loss(scores_fake)) / N

def ls_generator_loss(scores_fake):
    return tf.reduce_mean(tf.math.squared_difference(scores_fake, 1.0)) / 2
""",
    ),
    "gradient penalty: one image after another": (
        "gradient_penalty",
        """
def gradient_penalty(D, real, fake, weight=10, seed=None):
    shape = [real.shape[0]] + [1] * (len(real.shape) - 1)
    share = tf.random.uniform(shape) if seed is None else tf.random.stateless_uniform(shape, (seed, 0))
    points = real + share * (fake - real)
    total = 0.0
    for k in range(real.shape[0]):
        x = points[k : k + 1]
        with tf.GradientTape() as tape:
            tape.watch(x)
            s = D(x)
        g = tape.gradient(s, x)
        total += (tf.sqrt(tf.reduce_sum(g ** 2) + 1e-12) - 1) ** 2
    return weight * total / real.shape[0]
""",
    ),
    "gradient penalty: flat, clipped": (
        "gradient_penalty",
        """
import numpy as np
def gradient_penalty(D, real, fake, weight=10, seed=None):
    N = real.shape[0]
    shape = [N] + [1] * (len(real.shape) - 1)
    eps = tf.random.uniform(shape) if seed is None else tf.random.stateless_uniform(shape, (seed, 0))
    x_hat = eps * real + (1 - eps) * fake
    with tf.GradientTape() as t:
        t.watch(x_hat)
        d = D(x_hat, training=True)
    g = t.gradient(d, [x_hat])[0]
    s = tf.reduce_sum(tf.reshape(g * g, (N, -1)), 1)
    norms = tf.sqrt(tf.clip_by_value(s, 1e-12, np.inf))
    return tf.reduce_mean(weight * tf.square(norms - 1.0))
""",
    ),
}
