"""Texts that differ between the solved and the student edition, apart from solutions and answers.

For each file, REWORDED holds pairs of a text that the solved file contains once and the text that replaces it: sentences
that are not true of a student's code, and checks that give a solution away in NumPy (the replacements compare with
numbers).
"""

_AUTORELOAD = "\n\n%load_ext autoreload\n%autoreload 2"
_OF_NUMPY = ("setup(seed=231, tensorflow=False)", "setup(seed=231, tensorflow=False)" + _AUTORELOAD)
# Students do not have `packed_loss`; their own `CaptioningRNN.loss` trains.
_WITHOUT_PACKED_LOSS = (
    "from cs231n.packed_captioning import packed_loss\nfrom cs231n.rnn_layers import (",
    "from cs231n.rnn_layers import (",
)
_FEW_CAPTIONS = ("num_epochs=50, loss=packed_loss, verbose=False", "num_epochs=50, verbose=False")
_OF_TENSORFLOW = ("setup(seed=231)", "setup(seed=231)" + _AUTORELOAD)

REWORDED = {
    "cs231n/classifiers/rnn.py": (
        (
            """cell_type: "rnn" or "lstm"; dtype: np.dtype of the parameters.
    \"""

    def __new__(cls, word_to_idx=None, input_dim=None, wordvec_dim=None, hidden_dim=None, cell_type="rnn", *_, **__):
        \"""A model of this class; for the cell type "attn" one of its subclass `AttentionLSTM`.\"""
        if cls is CaptioningRNN and cell_type == "attn":
            from cs231n.classifiers.attention import AttentionLSTM

            cls = AttentionLSTM
        return super().__new__(cls)

    def __init__(""",
            """cell_type: "rnn" or "lstm"; dtype: np.dtype of the parameters.
    \"""

    def __init__(""",
        ),
        (
            """cell_type: "rnn", "lstm", or "attn" for an LSTM with attention (`cs231n.classifiers.attention`).""",
            """cell_type: "rnn" or "lstm".""",
        ),
        (
            """        if cell_type not in (*LAYERS, "attn"):
            raise ValueError(f"cell_type must be 'rnn', 'lstm' or 'attn', got {cell_type!r}")""",
            """        if cell_type not in LAYERS:
            raise ValueError(f"cell_type must be 'rnn' or 'lstm', got {cell_type!r}")""",
        ),
        (
            """            about = json.loads(str(params.pop("about")))
            if about["cell_type"] == "transformer":
                raise ValueError("it holds a model of another kind, which CaptioningTransformer.load reads")
""",
            """            about = json.loads(str(params.pop("about")))
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
}
