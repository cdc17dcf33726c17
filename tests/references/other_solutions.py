"""Right solutions that differ from the package's own, as students may write them; appended to a submission's files."""

LAYERS = """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    sums = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    return np.tanh(sums), {"sums": sums, "x": x, "h": prev_h, "Wx": Wx, "Wh": Wh}


def rnn_step_backward(dnext_h, cache):
    dsums = dnext_h / np.cosh(cache["sums"]) ** 2
    dx, dh = dsums.dot(cache["Wx"].T), dsums.dot(cache["Wh"].T)
    return [dx, dh, cache["x"].T.dot(dsums), cache["h"].T.dot(dsums), np.sum(dsums, 0)]


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, len(Wh)), x.dtype)
    for t in range(T):
        h[:, t] = np.tanh(x[:, t] @ Wx + (h[:, t - 1] if t else h0) @ Wh + b)
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, h = cache
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0])
    later = np.zeros_like(h0)
    for t in range(x.shape[1])[::-1]:
        before = h[:, t - 1] if t > 0 else h0
        d = (dh[:, t] + later) * (1 - h[:, t] * h[:, t])
        dx[:, t], later = d @ Wx.T, d @ Wh.T
        dWx += x[:, t].T @ d
        dWh += before.T @ d
        db += d.sum(0)
    return dx, later, dWx, dWh, db


def word_embedding_forward(x, W):
    return W[x, :], (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    order = np.argsort(x, axis=None)
    words, starts = np.unique(np.ravel(x)[order], return_index=True)
    dW[words] = np.add.reduceat(dout.reshape(-1, W.shape[1])[order], starts, axis=0)
    return dW


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = np.concatenate([x, prev_h], axis=1) @ np.concatenate([Wx, Wh]) + b
    ai, af, ao, ag = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
    c = f * prev_c + i * g
    return o * np.tanh(c), c, [x, prev_h, prev_c, Wx, Wh, i, f, o, g, c]


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, c = cache
    t = np.tanh(c)
    dc = dnext_h * o * (1 - t * t) + dnext_c
    da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o), dc * i * (1 - g * g)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, np.einsum("nk->k", da)


def lstm_forward(x, h0, Wx, Wh, b):
    h, c, states, cache = h0, 0 * h0, [], []
    for step in np.swapaxes(x, 0, 1):
        h, c, kept = lstm_step_forward(step, h, c, Wx, Wh, b)
        states += [h[:, None]]
        cache += [kept]
    return np.concatenate(states, 1), cache


def lstm_backward(dh, cache):
    N, T, H = dh.shape
    steps, h, c = [], np.zeros((N, H), dh.dtype), np.zeros((N, H), dh.dtype)
    for t in range(T - 1, -1, -1):
        dx, h, c, *rest = lstm_step_backward(dh[:, t] + h, c, cache[t])
        steps.insert(0, (dx, *rest))
    dx, dWx, dWh, db = zip(*steps)
    return np.stack(dx, 1), h, sum(dWx), sum(dWh), sum(db)
"""

MODEL = """
def _sample(self, features, max_length=30, temperature=0, seed=None):
    rng = np.random.RandomState(seed)
    h = np.asarray(features, self.dtype) @ self.params["W_proj"] + self.params["b_proj"]
    c, words = np.zeros_like(h), np.full(len(h), self.word_to_idx["<START>"])
    captions = []
    for _ in range(max_length):
        scores, h, c = self._step(words, h, c)
        words = scores.argmax(1)
        if temperature > 0:
            p = np.exp(log_softmax(scores.astype(float) / temperature))
            words = np.array([rng.choice(len(row), p=row / row.sum()) for row in p])
        captions.append(words)
    captions = np.array(captions).T
    ended = np.cumsum(captions == self.word_to_idx["<END>"], axis=1)
    ended = np.hstack([np.zeros_like(ended[:, :1]), ended[:, :-1]])
    captions[ended > 0] = self.word_to_idx["<NULL>"]
    return captions


CaptioningRNN.sample = _sample
_loss = CaptioningRNN.loss
CaptioningRNN.loss = lambda self, *batch: [float(v) if k == 0 else v for k, v in enumerate(_loss(self, *batch))]
"""

VISUALS = """
def _slope(model, X, y):
    X = tf.Variable(X)
    with tf.GradientTape() as tape:
        scores = tf.boolean_mask(model(X), tf.one_hot(y, len(model.class_names)) > 0)
    return tape.gradient(scores, X)


def compute_saliency_maps(X, y, model):
    return np.max(np.abs(_slope(model, X, y)), axis=3)


def make_fooling_image(X, target_y, model, confidence=0.9, learning_rate=1.0, max_iterations=100):
    image = tf.constant(X)
    for _ in range(max_iterations):
        slope = _slope(model, image, [target_y])
        image = tf.clip_by_value(image + learning_rate * slope / tf.norm(slope), BLACK, WHITE)
        saved = preprocess_image(deprocess_image(image.numpy()))
        if keras_softmax(model(saved))[0, target_y] > confidence:
            return tf.constant(saved)
    raise RuntimeError("not fooled")


keras_softmax = tf.keras.activations.softmax


def create_class_visualization(target_y, model, l2_reg=1e-3, learning_rate=25, num_iterations=100, blur_every=10,
                               max_jitter=16, show_every=None, seed=231):
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, (1, model.image_size, model.image_size, 3)).astype(np.float32)
    for t in range(num_iterations):
        down, right = rng.integers(-max_jitter, max_jitter + 1, 2)
        X = tf.Variable(np.roll(np.roll(X, down, 1), right, 2))
        with tf.GradientTape() as tape:
            loss = model(X)[0, target_y] - l2_reg * tf.reduce_sum(X * X)
        slope = tape.gradient(loss, X)
        X = np.roll(np.roll(X + learning_rate * slope / tf.norm(slope), -down, 1), -right, 2)
        X = np.minimum(np.maximum(X, BLACK), WHITE)
        if t % blur_every == 0 and t > 0:
            X = blur_image(X, sigma=0.5)
    return X
"""

PAINTING = """
def content_loss(content_weight, content_current, content_original):
    return 2 * content_weight * tf.nn.l2_loss(content_current - content_original)


def gram_matrix(features, normalize=True):
    if features.shape[0] > 1:
        raise ValueError("one at a time")
    gram = tf.einsum("nhwc,nhwd->cd", features, features)
    return gram / tf.cast(tf.size(features), gram.dtype) if normalize else gram


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0
    for k, layer in enumerate(style_layers):
        difference = gram_matrix(feats[_checked_layer(layer, len(feats))]) - style_targets[k]
        if style_targets[k].shape[0] != feats[layer].shape[-1]:
            raise ValueError("another shape")
        loss = loss + style_weights[k] * tf.reduce_sum(difference**2)
    return loss


def tv_loss(img, tv_weight):
    x = tf.reduce_sum((img[:, 1:] - img[:, :-1]) ** 2)
    return (x + tf.reduce_sum((img[:, :, :-1] - img[:, :, 1:]) ** 2)) * tv_weight
"""

NETWORKS = """
def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        return tf.random.Generator.from_seed(seed).uniform((batch_size, dim), -1, 1)
    return 2 * tf.random.uniform((batch_size, dim)) - 1


def leaky_relu(x, alpha=0.01):
    return tf.maximum(x, alpha * x)


def discriminator():
    return keras.Sequential([layers.Dense(256), layers.LeakyReLU(negative_slope=0.01), layers.Dense(256),
                             layers.LeakyReLU(negative_slope=0.01), layers.Dense(1)])


def generator(noise_dim=96):
    z = keras.Input((noise_dim,))
    x = layers.ReLU()(layers.Dense(1024)(layers.ReLU()(layers.Dense(1024)(z))))
    return keras.Model(z, layers.Activation("tanh")(layers.Dense(784)(x)))


def dc_discriminator():
    model = keras.Sequential([keras.Input((784,)), layers.Reshape((28, 28, 1))])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, (5, 5), padding="valid"))
        model.add(layers.Activation(leaky_relu))
        model.add(layers.MaxPool2D((2, 2), strides=2))
    for layer in (layers.Flatten(), layers.Dense(1024), layers.Activation(leaky_relu), layers.Dense(1)):
        model.add(layer)
    return model


def dc_generator(noise_dim=96):
    model = keras.Sequential([keras.Input((noise_dim,))])
    for width in (1024, 7 * 7 * 128):
        for layer in (layers.Dense(width), layers.ReLU(), layers.BatchNormalization(momentum=0.9)):
            model.add(layer)
    model.add(layers.Reshape((7, 7, 128)))
    for layer in (layers.Conv2DTranspose(64, 4, 2, "same"), layers.ReLU(), layers.BatchNormalization(momentum=0.9)):
        model.add(layer)
    model.add(layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh"))
    model.add(layers.Reshape((784,)))
    return model
"""

LOSSES = """
import keras

_bce = keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(logits_real, logits_fake):
    return _bce(tf.ones_like(logits_real), logits_real) + _bce(tf.zeros_like(logits_fake), logits_fake)


def generator_loss(logits_fake):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(logits_fake), logits_fake))


def ls_discriminator_loss(scores_real, scores_fake):
    return tf.reduce_mean((scores_real - 1) ** 2) / 2 + tf.reduce_mean(scores_fake**2) / 2


def ls_generator_loss(scores_fake):
    return keras.losses.MeanSquaredError()(tf.ones_like(scores_fake), scores_fake) / 2


def gradient_penalty(D, real, fake, weight=10, seed=None):
    share = tf.random.uniform([real.shape[0]] + [1] * (len(real.shape) - 1), seed=seed, dtype=real.dtype)
    x = real + share * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = D(x)
    slope = tf.reshape(tape.gradient(scores, x), [x.shape[0], -1])
    return weight * tf.reduce_mean((tf.sqrt(tf.maximum(tf.reduce_sum(slope**2, 1), 1e-8)) - 1) ** 2)
"""

OTHER_SOLUTIONS = {
    "cs231n/rnn_layers.py": LAYERS,
    "cs231n/classifiers/rnn.py": MODEL,
    "cs231n/network_visualization.py": VISUALS,
    "cs231n/style_transfer.py": PAINTING,
    "cs231n/gan/networks.py": NETWORKS,
    "cs231n/gan/losses.py": LOSSES,
}
