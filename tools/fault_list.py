"""The faults in code that tools/seed_faults.py seeds."""

from typing import NamedTuple


class CodeFault(NamedTuple):
    """`old` in `file` becomes `new`; `tests` name its unit tests, `notebook` one that uses it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple
    notebook: str


RNN, LSTM, SEEING = "RNN_Captioning", "LSTM_Captioning", "NetworkVisualization"
STYLE, GANS = "StyleTransfer", "GANs"
LAYERS, VISUALS, PAINTING = "cs231n/rnn_layers.py", "cs231n/network_visualization.py", "cs231n/style_transfer.py"
IMAGES = "cs231n/image_utils.py"
NETWORKS, LOSSES = "cs231n/gan/networks.py", "cs231n/gan/losses.py"
OF_LAYERS, OF_VISUALS, OF_PAINTING = ("test_rnn_layers",), ("test_network_visualization",), ("test_style_transfer",)
OF_GAN = ("test_gan",)

CODE_FAULTS = (
    CodeFault("RNN: wrong sign in a gradient", LAYERS, "(1 - next_h**2)", "(1 + next_h**2)", OF_LAYERS, RNN),
    CodeFault(
        "RNN: dropped bias",
        LAYERS,
        "np.tanh(x @ Wx + prev_h @ Wh + b)",
        "np.tanh(x @ Wx + prev_h @ Wh)",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "RNN: gradient does not flow back in time",
        LAYERS,
        "= rnn_step_backward(dh[:, t] + dprev_h",
        "= rnn_step_backward(dh[:, t]",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "embedding: a repeated word counts once",
        LAYERS,
        "np.add.at(dW, x, dout)",
        "dW[x] += dout",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "loss: divided by all steps",
        LAYERS,
        "weight = mask.astype(x.dtype) / N",
        "weight = mask.astype(x.dtype) / (N * T)",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "loss: padding counts",
        LAYERS,
        "weight = mask.astype(x.dtype) / N",
        "weight = np.ones_like(mask, x.dtype) / N",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "loss: logarithm of a probability",
        "cs231n/layers.py",
        "return shifted - np.log(np.exp(shifted)",
        "return np.log(np.exp(shifted) / np.exp(shifted)",
        ("test_layers", "test_rnn_layers"),
        RNN,
    ),
    CodeFault(
        "affine: mean in place of the sum",
        "cs231n/layers.py",
        "return dx, dw, dout.sum(axis=0)",
        "return dx, dw, dout.mean(axis=0)",
        ("test_layers",),
        RNN,
    ),
    CodeFault(
        "Adam: no correction at the start",
        "cs231n/optim.py",
        "root = float(np.sqrt(1 - beta2**t))",
        "root = 1.0",
        ("test_optim",),
        RNN,
    ),
    CodeFault("LSTM: swapped gates", LAYERS, "i, f, o = (sigmoid", "f, i, o = (sigmoid", OF_LAYERS, LSTM),
    CodeFault(
        "LSTM: forget gate without its slope",
        LAYERS,
        "dc * prev_c * f * (1 - f)",
        "dc * prev_c * (1 - f)",
        OF_LAYERS,
        LSTM,
    ),
    CodeFault(
        "LSTM: cell state's own gradient lost",
        LAYERS,
        "dc = dnext_c + dnext_h * o",
        "dc = dnext_h * o",
        OF_LAYERS,
        LSTM,
    ),
    CodeFault(
        "LSTM: sigmoid that overflows",
        LAYERS,
        "e = np.exp(-np.abs(x))\n        return np.where(x >= 0, 1, e) / (1 + e)",
        "return 1 / (1 + np.exp(-x))",
        OF_LAYERS,
        LSTM,
    ),
    CodeFault(
        "saliency of the batch, not the image",
        VISUALS,
        "total = tf.reduce_sum(tf.gather",
        "total = tf.reduce_mean(tf.gather",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "saliency: channels added up", VISUALS, "tf.reduce_max(tf.abs(", "tf.reduce_sum(tf.abs(", OF_VISUALS, SEEING
    ),
    CodeFault("saliency: shifted axis", VISUALS, "axis=-1).numpy()", "axis=1).numpy()", OF_VISUALS, SEEING),
    CodeFault(
        "fooling: a step down",
        VISUALS,
        "np.clip(X + learning_rate * g",
        "np.clip(X - learning_rate * g",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "fooling: judged before it is stored",
        VISUALS,
        "tf.nn.softmax(model(stored))",
        "tf.nn.softmax(model(X))",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "class picture: penalty of the wrong sign", VISUALS, "- 2 * l2_reg * X", "+ 2 * l2_reg * X", OF_VISUALS, SEEING
    ),
    CodeFault(
        "class picture: jitter not undone",
        VISUALS,
        "np.roll(X, -shift, axis=(1, 2))",
        "np.roll(X, shift, axis=(1, 2))",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "pictures: BGR for RGB",
        IMAGES,
        "return (img.astype(np.float32) / 255",
        "return (img[..., ::-1].astype(np.float32) / 255",
        ("test_image_utils",),
        SEEING,
    ),
    CodeFault(
        "pictures: 256 for 255",
        IMAGES,
        "return (img.astype(np.float32) / 255",
        "return (img.astype(np.float32) / 256",
        ("test_image_utils",),
        SEEING,
    ),
    CodeFault(
        "pictures: cut off in place of rounded",
        IMAGES,
        "np.clip(np.rint(img), 0, 255)",
        "np.clip(img, 0, 255)",
        ("test_image_utils",),
        SEEING,
    ),
    CodeFault(
        "Gram matrix: missing scale factor", PAINTING, "gram / (h * w * c)", "gram / (h * w)", OF_PAINTING, STYLE
    ),
    CodeFault(
        "Gram matrix: half its gradient", PAINTING, "upstream + tf.transpose(upstream)", "upstream", OF_PAINTING, STYLE
    ),
    CodeFault(
        "total variation: shifted axis",
        PAINTING,
        "img[:, :, 1:] - img[:, :, :-1]",
        "img[:, 1:] - img[:, :-1]",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "total variation: last row left out",
        PAINTING,
        "img[:, :, 1:] - img[:, :, :-1]",
        "img[:, :-1, 1:] - img[:, :-1, :-1]",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "content loss: weight forgotten",
        PAINTING,
        "content_weight * tf.reduce_sum(tf.square(content",
        "tf.reduce_sum(tf.square(content",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "style loss: weight forgotten",
        PAINTING,
        "loss += weight * tf.reduce_sum(tf.square(gram",
        "loss += tf.reduce_sum(tf.square(gram",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "GAN: wrong sign in D's loss",
        LOSSES,
        "tf.reduce_mean(tf.nn.softplus(logits_fake))",
        "tf.reduce_mean(tf.nn.softplus(-logits_fake))",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "GAN: generator's loss saturates",
        LOSSES,
        "return tf.reduce_mean(tf.nn.softplus(-logits_fake))",
        "return -tf.reduce_mean(tf.nn.softplus(logits_fake))",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "GAN: logarithm of a probability",
        LOSSES,
        "tf.nn.softplus(-logits_real)",
        "-tf.math.log(tf.sigmoid(logits_real))",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "LSGAN: a half forgotten",
        LOSSES,
        "return 0.5 * tf.reduce_mean(tf.square(scores_fake - 1))",
        "return tf.reduce_mean(tf.square(scores_fake - 1))",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "leaky ReLU: no leak", NETWORKS, "return tf.nn.leaky_relu(x, alpha)", "return tf.nn.relu(x)", OF_GAN, GANS
    ),
    CodeFault("noise: none below 0", NETWORKS, "dim], seed, -1, 1)", "dim], seed, 0, 1)", OF_GAN, GANS),
    CodeFault(
        "penalty: one point for the whole batch",
        LOSSES,
        "shape = [real.shape[0]] + [1]",
        "shape = [1] + [1]",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "penalty: length over the batch",
        LOSSES,
        "squares, axis=list(range(1, len(real.shape)))",
        "squares, axis=None",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "DCGAN: a BatchNorm left out",
        NETWORKS,
        'layers.Dense(7 * 7 * 128, activation="relu"),\n            layers.BatchNormalization(momentum=0.9),',
        'layers.Dense(7 * 7 * 128, activation="relu"),',
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "generator: grey for paper", NETWORKS, 'PIXELS, activation="tanh"', 'PIXELS, activation="sigmoid"', OF_GAN, GANS
    ),
    CodeFault(
        "Fréchet distance: half of what is shared",
        "cs231n/gan/quality.py",
        "- 2 * shared",
        "- shared",
        ("test_gan_quality",),
        GANS,
    ),
)
