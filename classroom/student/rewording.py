"""Texts that differ between the solved and the student edition, apart from solutions and answers.

For each file, REWORDED holds pairs of a text that the solved file contains once and the text that replaces it: sentences
that are not true of a student's code, and checks that give a solution away in NumPy (the replacements compare with
numbers).
"""

_AUTORELOAD = "\n\n%load_ext autoreload\n%autoreload 2"
_OF_NUMPY = ("setup(seed=231, tensorflow=False)", "setup(seed=231, tensorflow=False)" + _AUTORELOAD)
# Students do not have `packed_loss`; their own `CaptioningRNN.loss` trains.
_WITHOUT_PACKED_LOSS = (
    "from cs231n.packed_captioning import packed_loss\nfrom cs231n.rnn_layers import ",
    "from cs231n.rnn_layers import ",
)
_FEW_CAPTIONS = ("num_epochs=50, loss=packed_loss, verbose=False", "num_epochs=50, verbose=False")
_OF_TENSORFLOW = ("setup(seed=231)", "setup(seed=231)" + _AUTORELOAD)

# Writing with kept keys and values, and what is true in its place where all words are computed anew.
_KEPT_AND_ANEW = """def write_anew(model, features, num_words):
    \"""The words that `sample` writes, from all words so far at each step.\"""
    words = np.full((len(features), 1), model.word_to_idx["<START>"])
    for _ in range(num_words):
        x, _ = model.forward(features, words)
        scores = x[:, -1] @ model.params["W_vocab"] + model.params["b_vocab"]
        words = np.hstack([words, scores.argmax(axis=1)[:, None]])
    return words[:, 1:]

untrained = CaptioningTransformer(data["word_to_idx"], seed=0)
untrained.params["b_vocab"][data["word_to_idx"]["<END>"]] = -100  # it shall not end early
features = data["val_features"][:16]
ways = {"kept": untrained.sample, "anew": lambda *given: write_anew(untrained, *given)}
words = {name: write_words(features, 32) for name, write_words in ways.items()}
report("words that are the same", (words["kept"] == words["anew"]).mean(), above=0.99)

def least_seconds(write_words):
    \"""The least time of three in which 32 words of 16 captions are written.\"""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        write_words(features, 32)
        times.append(time.perf_counter() - begin)
    return min(times)

gain = least_seconds(ways["anew"]) / least_seconds(ways["kept"])
report("seconds, anew over kept, 16 captions of 32 words", gain, above=2, moved=10)"""
_WORDS_THAT_ARE_ADDED = """# Claim: what the model computes for a word stays the same when words are added.
untrained = CaptioningTransformer(data["word_to_idx"], seed=0)
features = data["val_features"][:16].astype(np.float32)
words = rng.randint(len(data["word_to_idx"]), size=(16, 32))
whole, _ = untrained.forward(features, words)
changes = [
    np.abs(untrained.forward(features, words[:, :T])[0] - whole[:, :T]).max() for T in (1, 8, 31)
]
report("change of the first 1, 8, 31 words", changes, below=1e-4)"""

REWORDED = {
    # What writes with kept keys and values shows what a layer and several heads compute.
    "cs231n/classifiers/transformer.py": (
        (
            "from cs231n.attention_layers import join_heads, scaled_dot_product_attention, split_heads\n",
            "from cs231n.attention_layers import split_heads\n",
        ),
        (
            "    dropout_forward,\n    feed_forward_forward,\n    layer_norm_backward,\n",
            "    dropout_forward,\n    layer_norm_backward,\n",
        ),
        (
            """(zeros (N,), keys and values) before the first word; ValueError as `sample`, and if positions are too few.

        Keys and values of each layer, (N, heads, S, d): of the words so far (none yet), and of the cells. Those of the
        cells stay the same for the whole caption, those of a word for the rest of it: later words do not change them.
        \"""
""",
            """(zeros (N,), features and words so far) before the first word; ValueError as `sample`, and if positions are
        too few.
        \"""
""",
        ),
        (
            """        A, state = self.cells(self._checked_features(features)), []
        for layer in range(self.num_layers):
            p = self.layer_params(layer)
            keys, values = (self._heads(A, p["W_cross"], p["b_cross"], i) for i in (1, 2))
            state += [keys[:, :, :0], values[:, :, :0], keys, values]
        return np.zeros(len(A), self.dtype), StateParts(state)

    def _step(self, words, h, c):
        \"""One step with the words (N,) as input: scores (N, V) of the next word, h as it is, c with one position more.

        Only the new position is computed; it looks at the keys and values of the earlier ones.
        \"""
        parts = list(c)
        x = (self.params["W_embed"][words] + self.positions[parts[0].shape[2]])[:, None]  # (N, 1, W)
        for layer in range(self.num_layers):
            p, k = self.layer_params(layer), 4 * layer
            normal, _ = layer_norm_forward(x, p["gamma_self"], p["beta_self"])
            for i in (1, 2):
                new = self._heads(normal, p["W_self"], p["b_self"], i)  # (N, heads, 1, d)
                parts[k + i - 1] = np.concatenate([parts[k + i - 1], new], axis=2)
            x = x + self._look(normal, parts[k : k + 2], p["W_self"], p["b_self"])
            normal, _ = layer_norm_forward(x, p["gamma_cross"], p["beta_cross"])
            x = x + self._look(normal, parts[k + 2 : k + 4], p["W_cross"], p["b_cross"])
            normal, _ = layer_norm_forward(x, p["gamma_ff"], p["beta_ff"])
            x = x + feed_forward_forward(normal, p["W1"], p["b1"], p["W2"], p["b2"])[0]
        x, _ = layer_norm_forward(x[:, 0], self.params["gamma"], self.params["beta"])
        return x @ self.params["W_vocab"] + self.params["b_vocab"], h, StateParts(parts)

    def _heads(self, x, W, b, i):
        \"""Queries (i = 0), keys (1) or values (2) of x (N, T, W): (N, heads, T, d).\"""
        return split_heads(temporal_affine_forward(x, W[i], b[i])[0], self.num_heads)

    def _look(self, x, keys_and_values, W, b):
        \"""What x (N, 1, W) gets from attention to these keys and values, (N, 1, W).\"""
        heads, _ = scaled_dot_product_attention(self._heads(x, W, b, 0), *keys_and_values)
        return temporal_affine_forward(join_heads(heads), W[3], b[3])[0]
""",
            """        features = self._checked_features(features)
        return np.zeros(len(features), self.dtype), StateParts((features, np.zeros((len(features), 0), int)))

    def _step(self, words, h, c):
        \"""One step with the words (N,) as input: scores (N, V) of the next word, h as it is, c with one word more.

        All words so far are computed anew. The reference edition keeps keys and values, and computes one word.
        \"""
        features, before = c
        words = np.concatenate([before, words[:, None]], axis=1)  # (N, words so far)
        parts = [self.forward(features[k : k + 100], words[k : k + 100])[0] for k in range(0, len(words), 100)]
        x = np.concatenate([part[:, -1] for part in parts])
        return x @ self.params["W_vocab"] + self.params["b_vocab"], h, StateParts((features, words))
""",
        ),
    ),
    "cs231n/gan/networks.py": (
        (
            """padding=padding, activation=fused_leaky_relu),
            layers.Conv2D(128, 4, strides=2, activation=fused_leaky_relu),""",
            """padding=padding, activation=leaky_relu),
            layers.Conv2D(128, 4, strides=2, activation=leaky_relu),""",
        ),
    ),
    "cs231n/scenes/captioner.py": (
        (
            "from cs231n.packed_captioning import packed_loss\nfrom cs231n.scenes.drawing import ",
            "from cs231n.scenes.drawing import ",
        ),
        ("**settings, loss=packed_loss, verbose=False, seed=0", "**settings, verbose=False, seed=0"),
    ),
    "cs231n/style_transfer.py": (
        (
            "    style_term, tv_term = fast_style_loss, fast_tv_loss\n",
            "    style_term, tv_term = style_loss, tv_loss\n",
        ),
    ),
    "tools/run_notebooks.py": (
        ("[--build FOLDER] [--accept]", "[--build FOLDER]"),
        (
            """
A notebook that fails does not stop the others, and its page shows the error. The notebooks are only read, except with
--accept: then each notebook that ran to its end is stored with its new outputs, and a summary says what changed.
""",
            """
A notebook that fails does not stop the others, and its page shows the error. The notebooks are only read.
""",
        ),
        (
            """parser.add_argument("--accept", action="store_true", help="store the outputs in the notebooks")""",
            """parser.set_defaults(accept=False)""",
        ),
    ),
    "notebooks/RNN_Captioning.ipynb": (
        _OF_NUMPY,
        _WITHOUT_PACKED_LOSS,
        (
            """The solver trains with `model.loss` unless it is given another function. Below it gets `packed_loss`, which computes the same numbers in
about half the time. It makes use of two things. Captions have different lengths, and more than a fifth of
a batch is `<NULL>`: once the captions are sorted by length, the padding need not be computed. And everything that does not depend on an earlier state is computed for
all steps in one large product. The function is worth reading once you have understood this notebook.""",
            """The solver trains with `model.loss`, the function that you have written. The reference edition trains with a form of it that computes the same
numbers in about half the time: once the captions are sorted by length, their padding, a fifth of a batch, need not be computed, and
everything that does not depend on an earlier state is computed for all steps in one large product. Padding must not change the loss:""",
        ),
        (
            """loss, grads = small.loss(features, captions)
packed, packed_grads = packed_loss(small, features, captions)
errors = [abs(packed - loss), *(np.abs(packed_grads[name] - grads[name]).max() for name in grads)]
report("difference of loss and of all gradients", errors, below=1e-12)""",
            """loss, grads = small.loss(features, np.zeros((3, 5), int))
sizes = [abs(loss), *(np.abs(grads[name]).max() for name in grads)]
report("loss of nothing but <NULL>, and its gradients", sizes, below=1e-12)""",
        ),
        _FEW_CAPTIONS,
        (
            'model, data, **SCENES_SETTINGS["rnn"], loss=packed_loss, verbose=False, seed=0',
            'model, data, **SCENES_SETTINGS["rnn"], verbose=False, seed=0',
        ),
        (
            'return -packed_loss(model, data["novel_features"][novel], captions)[0]',
            'return -model.loss(data["novel_features"][novel], captions)[0]',
        ),
    ),
    "notebooks/LSTM_Captioning.ipynb": (
        _OF_NUMPY,
        _WITHOUT_PACKED_LOSS,
        (
            "# Claim: the loss is the course's golden value, the gradients are right, the fast loss is the same.",
            "# Claim: the loss is the course's golden value, the gradients are right.",
        ),
        (
            """report("loss less the golden 9.82445935443", abs(loss - 9.82445935443), below=1e-10)

packed, packed_grads = packed_loss(model, features, captions)
errors = [abs(packed - loss), *(np.abs(packed_grads[name] - grads[name]).max() for name in grads)]
report("packed: difference of loss and of all gradients", errors, below=1e-10)
""",
            """report("loss less the golden 9.82445935443", abs(loss - 9.82445935443), below=1e-10)
""",
        ),
        _FEW_CAPTIONS,
        (
            "models[name], data, **settings, loss=packed_loss, verbose=False, seed=0",
            "models[name], data, **settings, verbose=False, seed=0",
        ),
    ),
    "notebooks/NetworkVisualization.ipynb": (
        _OF_TENSORFLOW,
        (
            """def scores(images):
    return tf.gather(model(images), y, axis=1, batch_dims=1)

with tf.GradientTape() as tape:
    images = tf.Variable(X)
    own_scores = scores(images)
slope = tape.gradient(own_scores, images).numpy()
predicted = (slope * noise).sum(axis=(1, 2, 3))
""",
            """def scores(images):
    return model(images).numpy()[np.arange(len(y)), y]

from cs231n.network_visualization import score_gradient

predicted = (score_gradient(model)(X, y) * noise).sum(axis=(1, 2, 3))
""",
        ),
        (
            "measured = (scores(X + step * noise) - scores(X - step * noise)).numpy() / (2 * step)",
            "measured = (scores(X + step * noise) - scores(X - step * noise)) / (2 * step)",
        ),
    ),
    "notebooks/StyleTransfer.ipynb": (
        _OF_TENSORFLOW,
        (
            "# Claim: the loss is that of NumPy in double precision, and nothing for the photograph itself.",
            """# Claim: the loss is right for two small maps, and nothing for the photograph itself.
def ramp(first, last, *shape):
    \"\"\"Numbers from first to last in equal steps, in this shape.\"\"\"
    return tf.constant(np.linspace(first, last, num=np.prod(shape)).reshape(shape))
""",
        ),
        (
            """wanted = 0.04 * ((a.numpy() - b.numpy()) ** 2).sum()
report("relative difference", abs(content_loss(0.04, a, b) / wanted - 1), below=1e-6)""",
            """loss = content_loss(0.04, ramp(-1, 2, 1, 2, 3, 4), ramp(3, -2, 1, 2, 3, 4))
report("relative difference", abs(loss / 5.565217391304348 - 1), below=1e-6)""",
        ),
        (
            "# Claim: it is the sum of the formula, symmetric, and blind to where things are.",
            "# Claim: it is right for a small map, symmetric, and blind to where things are.",
        ),
        (
            """_, h, w, c = features.shape
wanted = np.einsum("ijk,ijl->kl", features[0], features[0]) / (h * w * c)
difference = abs(gram - wanted).max() / gram.max()
report("largest difference, of the largest entry", difference, below=1e-6)""",
            """h, w, c = features.shape[1:]
wanted = [[0.5, 0.52835539], [0.52835539, 0.56521739]]
difference = abs(gram_matrix(ramp(-1, 2, 1, 3, 4, 2)).numpy() - wanted).max()
report("largest difference", difference, below=1e-6)""",
        ),
        (
            "# Claim: the loss is the sum over layers, each with its own weight.",
            "# Claim: the loss is right for two small maps, and the sum over layers.",
        ),
        (
            """wanted = sum(
    weight * ((gram_matrix(one[k]).numpy() - target.numpy()) ** 2).sum()
    for k, target, weight in zip(layers, targets, weights)
)
loss = style_loss(one, layers, targets, weights)
report("relative difference", abs(loss / wanted - 1), below=1e-6)""",
            """maps = [ramp(-1, 2, 1, 3, 4, 2), ramp(0.5, -1.5, 1, 2, 2, 3)]
loss = style_loss(maps, [0, 1], [tf.zeros([2, 2], tf.float64), tf.eye(3, dtype=tf.float64)], [3, 2])
report("relative difference", abs(loss / 7.604142255969113 - 1), below=1e-6)
alone = [style_loss(one, [k], [t], [w]) for k, t, w in zip(layers, targets, weights)]
loss = style_loss(one, layers, targets, weights)
report("relative difference from layer by layer", abs(loss / sum(alone) - 1), below=1e-6)""",
        ),
        (
            """image = preprocess_image(resize_image(photographs[photograph], 96))[None].astype(np.float64)
wanted = sum((np.diff(image, axis=axis) ** 2).sum() for axis in (1, 2))
report("relative difference", abs(tv_loss(tf.constant(image), 1.0) / wanted - 1), below=1e-6)""",
            """image = preprocess_image(resize_image(photographs[photograph], 96))[None].astype(np.float64)
loss = tv_loss(ramp(-1, 2, 1, 4, 5, 3) ** 2, 0.5)
report("relative difference", abs(loss / 38.17189258453224 - 1), below=1e-6)""",
        ),
    ),
    "notebooks/GANs.ipynb": (
        _OF_TENSORFLOW,
        (
            "    return -tf.reduce_mean(tf.nn.softplus(logits_fake))",
            "    return -gan.generator_loss(-logits_fake)",
        ),
        (
            "# Claim: squares as in the formula; a perfect discriminator loses nothing, and G then loses a half.",
            "# Claim: the losses are right; a perfect discriminator loses nothing, and G then loses a half.",
        ),
        (
            """wanted = 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean()
report("D's loss, relative difference", abs(D_loss / wanted - 1), below=1e-12)
wanted = 0.5 * ((fake - 1) ** 2).mean()
report("G's loss, relative difference", abs(G_loss / wanted - 1), below=1e-12)""",
            """report("D's loss, relative difference", abs(D_loss / 1.3234293873965377 - 1), below=1e-12)
report("G's loss, relative difference", abs(G_loss / 1.4796458196005597 - 1), below=1e-12)""",
        ),
    ),
    "notebooks/beyond/Attention_Captioning.ipynb": (
        _OF_NUMPY,
        _WITHOUT_PACKED_LOSS,
        (
            "# Claim: gradients of a whole sequence and of the model are right; the fast loss is the same.",
            "# Claim: gradients of a whole sequence and of the model are right.",
        ),
        (
            """report("relative errors of the gradients of all parameters", errors, below=1e-4)

packed, packed_grads = packed_loss(small, features, captions)
errors = [abs(packed - loss), *(np.abs(packed_grads[name] - grads[name]).max() for name in grads)]
report("packed: difference of loss and of all gradients", errors, below=1e-10)""",
            """report("relative errors of the gradients of all parameters", errors, below=1e-4)""",
        ),
        (
            """settings = SCENES_SETTINGS["attn"]
solver = CaptioningSolver(model, data, **settings, loss=packed_loss, verbose=False, seed=0)""",
            """settings = SCENES_SETTINGS["attn"]
solver = CaptioningSolver(model, data, **settings, verbose=False, seed=0)""",
        ),
        (
            """| schedule
    solver = CaptioningSolver(model, data, **settings, loss=packed_loss, verbose=False, seed=0)""",
            """| schedule
    solver = CaptioningSolver(model, data, **settings, verbose=False, seed=0)""",
        ),
        (
            "Train 400 batches each, with `loss=None`, since `packed_loss` has a root of its own.",
            "Train 400 batches each.",
        ),
        ("check it, and train with `loss=None`. *Hand in", "check it, and train. *Hand in"),
    ),
    "notebooks/beyond/Transformer_Captioning.ipynb": (
        _OF_NUMPY,
        (
            "from cs231n.packed_transformer import packed_transformer_loss\nfrom cs231n.rnn_layers import ",
            "from cs231n.rnn_layers import ",
        ),
        # What stands in the cache, and where, is a student's choice.
        (
            "dx, normal = gradients[0], cache[0]",
            "dx, normal = gradients[0], layer_norm_forward(arguments[0], np.ones(9), np.zeros(9))[0]",
        ),
        (
            "# Claim: the gradients of all parameters are right; without padding the loss is the same.",
            "# Claim: the gradients of all parameters are right.",
        ),
        (
            """of {len(errors)} parameters", errors, below=1e-4)

packed, packed_grads = packed_transformer_loss(small, features, captions)
errors = [abs(packed - loss), *(np.abs(packed_grads[name] - grads[name]).max() for name in grads)]
report("packed: difference of loss and of all gradients", errors, below=1e-10)""",
            """of {len(errors)} parameters", errors, below=1e-4)""",
        ),
        (
            r"in place of $1 + 2 + \dots + T = T (T + 1) / 2$.",
            r"""in place of $1 + 2 + \dots + T = T (T + 1) / 2$.

The reference edition keeps them. Here `sample` computes all words anew, because code that keeps them would show what you are to write.""",
        ),
        (
            "# Claim: with kept keys and values the model writes the same words, in far fewer multiplications.",
            "# Claim: with kept keys and values, writing takes far fewer multiplications.",
        ),
        (_KEPT_AND_ANEW, _WORDS_THAT_ARE_ADDED),
        (
            "The loss is the one above, in a form that computes no padding.",
            "The loss is the one that you have written.",
        ),
        (
            """solver = CaptioningSolver(
    model, data, **settings, loss=packed_transformer_loss, verbose=False, seed=0
)""",
            "solver = CaptioningSolver(model, data, **settings, verbose=False, seed=0)",
        ),
        (
            "check it, and train with `loss=None`, since `packed_transformer_loss` does not know the rotation; write with "
            "`write_anew`, since `sample` does not know it either. *Hand in",
            "check it, and train. *Hand in",
        ),
    ),
}
