"""The table of mistakes in the package's code, each in one place, that `make regress` must catch.

`python -m tools.seed_faults` seeds them one at a time, and reports which check catches each. tests/test_seed_faults.py
says which entry to mend after a change of the code. Mistakes that the grader must see are in tools/mutants.py.
"""

from typing import NamedTuple


class CodeFault(NamedTuple):
    """`right`, which occurs once in `file`, becomes `wrong`."""

    name: str
    file: str  # from the project's root
    right: str
    wrong: str
    notebook: str  # one that shows the fault


RNN, LSTM, VISUALIZATION = "RNN_Captioning", "LSTM_Captioning", "NetworkVisualization"
STYLE, GANS = "StyleTransfer", "GANs"
RNN_LAYERS, RNN_MODEL, LAYERS = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py", "cs231n/layers.py"
VISUALS, STYLES, IMAGES = "cs231n/network_visualization.py", "cs231n/style_transfer.py", "cs231n/image_utils.py"
GAN_NETWORKS, GAN_LOSSES = "cs231n/gan/networks.py", "cs231n/gan/losses.py"

CODE_FAULTS = (
    # ------------------------------------------------------------ captioning
    CodeFault(
        "RNN: wrong sign in the slope of tanh",
        RNN_LAYERS,
        "da = dnext_h * (1 - next_h**2)",
        "da = dnext_h * (1 + next_h**2)",
        RNN,
    ),
    CodeFault(
        "RNN: dropped bias", RNN_LAYERS, "np.tanh(x @ Wx + prev_h @ Wh + b)", "np.tanh(x @ Wx + prev_h @ Wh)", RNN
    ),
    CodeFault(
        "RNN: gradient does not flow back in time",
        RNN_LAYERS,
        "rnn_step_backward(dh[:, t] + dprev_h, cache[t])",
        "rnn_step_backward(dh[:, t], cache[t])",
        RNN,
    ),
    CodeFault("embedding: a repeated word counts once", RNN_LAYERS, "np.add.at(dW, x, dout)", "dW[x] = dout", RNN),
    CodeFault(
        "loss: divided by all steps",
        RNN_LAYERS,
        "weight = mask.astype(x.dtype) / N",
        "weight = mask.astype(x.dtype) / (N * T)",
        RNN,
    ),
    CodeFault(
        "loss: padding is not masked",
        RNN_LAYERS,
        "weight = mask.astype(x.dtype) / N",
        "weight = np.ones_like(mask, x.dtype) / N",
        RNN,
    ),
    CodeFault(
        "loss: logarithm of a probability",
        LAYERS,
        "return shifted - np.log(np.exp(shifted)",
        "return np.log(np.exp(shifted) / np.exp(shifted)",
        RNN,
    ),
    CodeFault(
        "affine: mean in place of the sum",
        LAYERS,
        "return dx, dw, dout.sum(axis=0)",
        "return dx, dw, dout.mean(axis=0)",
        RNN,
    ),
    CodeFault(
        "Adam: no correction at the start", "cs231n/optim.py", "root = float(np.sqrt(1 - beta2**t))", "root = 1.0", RNN
    ),
    CodeFault("LSTM: swapped gates", RNN_LAYERS, "i, f, o = (sigmoid", "i, o, f = (sigmoid", LSTM),
    CodeFault(
        "LSTM: forget gate without its slope", RNN_LAYERS, "dc * prev_c * f * (1 - f)", "dc * prev_c * (1 - f)", LSTM
    ),
    CodeFault(
        "LSTM: cell state's own gradient lost", RNN_LAYERS, "dc = dnext_c + dnext_h * o", "dc = dnext_h * o", LSTM
    ),
    CodeFault(
        "LSTM: sigmoid that overflows",
        RNN_LAYERS,
        "e = np.exp(-np.abs(x))\n        return np.where(x >= 0, 1, e) / (1 + e)",
        "return 1 / (1 + np.exp(-x))",
        LSTM,
    ),
    # ------------------------------------------------------------ network visualization
    CodeFault(
        "saliency of the batch, not the image",
        VISUALS,
        "total = tf.reduce_sum(tf.gather(model(X)",
        "total = tf.reduce_mean(tf.gather(model(X)",
        VISUALIZATION,
    ),
    CodeFault(
        "saliency: mean of the channels",
        VISUALS,
        "tf.reduce_max(tf.abs(score_gradient",
        "tf.reduce_mean(tf.abs(score_gradient",
        VISUALIZATION,
    ),
    CodeFault("saliency: shifted axis", VISUALS, "axis=-1).numpy()", "axis=1).numpy()", VISUALIZATION),
    CodeFault(
        "fooling: a step down", VISUALS, "np.clip(X + learning_rate * g", "np.clip(X - learning_rate * g", VISUALIZATION
    ),
    CodeFault(
        "fooling: judged before it is stored",
        VISUALS,
        "_probabilities(model(stored))",
        "_probabilities(model(X))",
        VISUALIZATION,
    ),
    CodeFault(
        "class picture: penalty of the wrong sign", VISUALS, "- 2 * l2_reg * X", "+ 2 * l2_reg * X", VISUALIZATION
    ),
    CodeFault(
        "class picture: jitter not undone",
        VISUALS,
        "np.roll(X, -shift, axis=(1, 2))",
        "np.roll(X, shift, axis=(1, 2))",
        VISUALIZATION,
    ),
    CodeFault(
        "pictures: BGR for RGB",
        IMAGES,
        "return (img.astype(np.float32) / 255",
        "return (img[..., ::-1].astype(np.float32) / 255",
        VISUALIZATION,
    ),
    CodeFault(
        "pictures: 256 for 255",
        IMAGES,
        "return (img.astype(np.float32) / 255",
        "return (img.astype(np.float32) / 256",
        VISUALIZATION,
    ),
    CodeFault(
        "pictures: truncated, not rounded",
        IMAGES,
        "np.clip(np.rint(img), 0, 255)",
        "np.clip(img, 0, 255)",
        VISUALIZATION,
    ),
    # ------------------------------------------------------------ style transfer
    CodeFault(
        "Gram matrix: missing scale factor", STYLES, "return gram / (h * w * c) if", "return gram / (h * w) if", STYLE
    ),
    CodeFault("Gram matrix: half its gradient", STYLES, "upstream + tf.transpose(upstream)", "upstream", STYLE),
    CodeFault(
        "total variation: shifted axis", STYLES, "img[:, :, 1:] - img[:, :, :-1]", "img[:, 1:] - img[:, :-1]", STYLE
    ),
    CodeFault(
        "total variation: last row left out",
        STYLES,
        "img[:, :, 1:] - img[:, :, :-1]",
        "img[:, :-1, 1:] - img[:, :-1, :-1]",
        STYLE,
    ),
    CodeFault(
        "content loss: weight forgotten",
        STYLES,
        "content_weight * tf.reduce_sum(tf.square(content",
        "tf.reduce_sum(tf.square(content",
        STYLE,
    ),
    CodeFault(
        "style loss: weight forgotten",
        STYLES,
        "loss += weight * tf.reduce_sum(tf.square(gram",
        "loss += tf.reduce_sum(tf.square(gram",
        STYLE,
    ),
    # ------------------------------------------------------------ GANs
    CodeFault(
        "GAN: wrong sign in D's loss",
        GAN_LOSSES,
        "tf.reduce_mean(tf.nn.softplus(logits_fake))",
        "tf.reduce_mean(tf.nn.softplus(-logits_fake))",
        GANS,
    ),
    CodeFault(
        "GAN: generator's loss saturates",
        GAN_LOSSES,
        "return tf.reduce_mean(tf.nn.softplus(-logits_fake))",
        "return -tf.reduce_mean(tf.nn.softplus(logits_fake))",
        GANS,
    ),
    CodeFault(
        "GAN: logarithm of a probability",
        GAN_LOSSES,
        "tf.nn.softplus(-logits_real)",
        "-tf.math.log(tf.sigmoid(logits_real))",
        GANS,
    ),
    CodeFault(
        "LSGAN: a half forgotten",
        GAN_LOSSES,
        "return 0.5 * tf.reduce_mean(tf.square(scores_fake - 1))",
        "return tf.reduce_mean(tf.square(scores_fake - 1))",
        GANS,
    ),
    CodeFault("leaky ReLU: no leak", GAN_NETWORKS, "return tf.nn.leaky_relu(x, alpha)", "return tf.nn.relu(x)", GANS),
    CodeFault(
        "noise: none below 0",
        GAN_NETWORKS,
        "return tf.random.stateless_uniform([batch_size, dim], seed, -1, 1)",
        "return tf.random.stateless_uniform([batch_size, dim], seed, 0, 1)",
        GANS,
    ),
    CodeFault(
        "penalty: one point for the whole batch", GAN_LOSSES, "shape = [real.shape[0]] + [1]", "shape = [1] + [1]", GANS
    ),
    CodeFault("penalty: length over the batch", GAN_LOSSES, "axis=list(range(1, len(real.shape)))", "axis=None", GANS),
    CodeFault(
        "DCGAN: a BatchNorm left out",
        GAN_NETWORKS,
        "            layers.BatchNormalization(momentum=0.9),\n            layers.Dense(7 * 7 * 128",
        "            layers.Dense(7 * 7 * 128",
        GANS,
    ),
    CodeFault(
        "generator: pixels from 0 to 1", GAN_NETWORKS, 'PIXELS, activation="tanh"', 'PIXELS, activation="sigmoid"', GANS
    ),
    CodeFault(
        "Fréchet distance: half of the trace of the root", "cs231n/gan/quality.py", "- 2 * shared", "- shared", GANS
    ),
)
