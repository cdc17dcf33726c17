"""The one table of mistakes in the package's code, each in one place, that tests must catch.

`python -m tools.seed_faults` seeds those with a notebook one at a time, and reports which check of `make regress`
catches each. tests/test_grading_scores.py hands those with points in as submissions, and the grader must take exactly
these points off. tests/test_seed_faults.py says which entry to mend after a change of the code.
"""

from typing import NamedTuple


class CodeFault(NamedTuple):
    """`right`, which occurs once in `file`, becomes `wrong`."""

    name: str
    file: str  # from the project's root
    right: str
    wrong: str
    notebook: str = ""  # a notebook that shows the fault; empty if it is not seeded
    points: dict = {}  # exercise -> points that the fault costs; empty if it is not graded
    why: str = ""  # it costs these points


RNN, LSTM, VISUALIZATION = "RNN_Captioning", "LSTM_Captioning", "NetworkVisualization"
STYLE, GANS = "StyleTransfer", "GANs"
RNN_LAYERS, RNN_MODEL, LAYERS = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py", "cs231n/layers.py"
VISUALS, STYLES, IMAGES = "cs231n/network_visualization.py", "cs231n/style_transfer.py", "cs231n/image_utils.py"
GAN_NETWORKS, GAN_LOSSES = "cs231n/gan/networks.py", "cs231n/gan/losses.py"
LOSS, SAMPLE = "CaptioningRNN.loss", "CaptioningRNN.sample"
# Of `CaptioningRNN.loss` nine numbers and gradients are checked: 1 point for the RNN, 1 for the LSTM, 1.5 for short
# captions (with an RNN), .5 for float32 (with an RNN).

CODE_FAULTS = (
    # ------------------------------------------------------------ captioning
    CodeFault(
        "RNN: wrong sign in the slope of tanh",
        RNN_LAYERS,
        "da = dnext_h * (1 - next_h**2)",
        "da = dnext_h * (1 + next_h**2)",
        RNN,
        {"rnn_step_backward": 4, "rnn_backward": 4, LOSS: 3 * 6 / 9},
        "every gradient of a step, and with them of sequences; of the loss, all but its value and those of the scores",
    ),
    CodeFault(
        "RNN: dropped bias", RNN_LAYERS, "np.tanh(x @ Wx + prev_h @ Wh + b)", "np.tanh(x @ Wx + prev_h @ Wh)", RNN
    ),
    CodeFault(
        "RNN: Wh not transposed",
        RNN_LAYERS,
        "return da @ Wx.T, da @ Wh.T, x.T @ da",
        "return da @ Wx.T, da @ Wh, x.T @ da",
        points={"rnn_step_backward": 4 / 5, "rnn_backward": 4, LOSS: 3 * 6 / 9},
        why="of a step one gradient in five; in sequences it travels back in time into all others",
    ),
    CodeFault(
        "RNN: mean for the bias instead of the sum",
        RNN_LAYERS,
        "prev_h.T @ da, da.sum(axis=0)\n    ### END SOLUTION\n\n\ndef rnn_forward",
        "prev_h.T @ da, da.mean(axis=0)\n    ### END SOLUTION\n\n\ndef rnn_forward",
        points={"rnn_step_backward": 4 / 5, "rnn_backward": 4 / 5, LOSS: 3 / 9},
        why="one gradient in five, and of the loss one number in nine",
    ),
    CodeFault(
        "RNN: gradient does not flow back in time",
        RNN_LAYERS,
        "rnn_step_backward(dh[:, t] + dprev_h, cache[t])",
        "rnn_step_backward(dh[:, t], cache[t])",
        RNN,
        {"rnn_backward": 4, LOSS: 3 * 6 / 9},
        "right for one step only, and every check has longer sequences",
    ),
    CodeFault(
        "RNN: float64 out of float32",
        RNN_LAYERS,
        "return np.stack(hs, axis=1), caches\n    ### END SOLUTION\n\n\ndef rnn_backward",
        "return np.stack(hs, axis=1).astype(float), caches\n    ### END SOLUTION\n\n\ndef rnn_backward",
        points={"rnn_forward": 0.5, LOSS: 0.5},
        why="the values are right; of the loss in float32 nothing is float32 any more",
    ),
    CodeFault(
        "embedding: a repeated word counts once",
        RNN_LAYERS,
        "np.add.at(dW, x, dout)",
        "dW[x] = dout",
        RNN,
        {"word_embedding_backward": 2, LOSS: 4 / 9},
        "every check repeats a word, and every caption begins with <START>",
    ),
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
    CodeFault(
        "LSTM: swapped gates",
        RNN_LAYERS,
        "i, f, o = (sigmoid",
        "i, o, f = (sigmoid",
        LSTM,
        {"lstm_step_forward": 4, "lstm_step_backward": 6, "lstm_forward": 4, "lstm_backward": 6, LOSS: 1, SAMPLE: 1},
        "another LSTM throughout; captions of an LSTM are one check in three",
    ),
    CodeFault(
        "LSTM: forget gate without its slope",
        RNN_LAYERS,
        "dc * prev_c * f * (1 - f)",
        "dc * prev_c * (1 - f)",
        LSTM,
    ),
    CodeFault(
        "LSTM: cell state's own gradient lost", RNN_LAYERS, "dc = dnext_c + dnext_h * o", "dc = dnext_h * o", LSTM
    ),
    CodeFault(
        "LSTM: no gradient from next_h to the cell state",
        RNN_LAYERS,
        "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dc = dnext_c",
        points={"lstm_step_backward": 6, "lstm_backward": 6, LOSS: 6 / 9},
        why="dc is in every gradient",
    ),
    CodeFault(
        "LSTM: upstream gradient changed",
        RNN_LAYERS,
        "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
        "dnext_c += dnext_h * o * (1 - tanh_c**2)\n    dc = dnext_c",
        points={"lstm_step_backward": 1},
        why="right values, but an argument is changed; in a sequence the arguments are its own arrays",
    ),
    CodeFault(
        "LSTM: no gradient of the bias",
        RNN_LAYERS,
        "prev_h.T @ da, da.sum(axis=0)\n    ### END SOLUTION\n\n\ndef lstm_forward",
        "prev_h.T @ da, 0 * da.sum(axis=0)\n    ### END SOLUTION\n\n\ndef lstm_forward",
        points={"lstm_step_backward": 6 / 6, "lstm_backward": 6 / 5, LOSS: 1 / 9},
        why="one gradient in six of a step, in five of a sequence, one number in nine of the LSTM's loss",
    ),
    CodeFault(
        "LSTM: sigmoid that overflows",
        RNN_LAYERS,
        "e = np.exp(-np.abs(x))\n        return np.where(x >= 0, 1, e) / (1 + e)",
        "return 1 / (1 + np.exp(-x))",
        LSTM,
    ),
    CodeFault(
        "captions: words after <END>",
        RNN_MODEL,
        "captions[unfinished, t] = words[unfinished]",
        "captions[:, t] = words",
        points={SAMPLE: 1},
        why="one check in three",
    ),
    CodeFault(
        "captions: temperature ignored",
        RNN_MODEL,
        "if temperature:",
        "if False:",
        points={SAMPLE: 1},
        why="one check in three",
    ),
    CodeFault(
        "captions: index of <NULL> taken for granted",
        RNN_MODEL,
        "temporal_softmax_loss(scores, words_out, words_out != self._null)",
        "temporal_softmax_loss(scores, words_out, words_out != 0)",
        points={LOSS: 1.5},
        why="it is another one in the vocabulary of one check",
    ),
    CodeFault(
        "captions: index of <START> taken for granted",
        RNN_MODEL,
        "        words = np.full(len(h), self._start)\n        unfinished",
        "        words = np.full(len(h), 1)\n        unfinished",
        points={SAMPLE: 1},
        why="it is another one in the vocabulary of one check",
    ),
    CodeFault(
        "captions: words of NumPy's own generator",
        RNN_MODEL,
        "rng.gumbel(",
        "np.random.gumbel(",
        points={SAMPLE: 1 / 3},
        why="as often as they should be, but other ones at each call; one claim in three",
    ),
    CodeFault(
        "captions: words of one seed for all",
        RNN_MODEL,
        "rng.gumbel(",
        "np.random.RandomState(7 + t).gumbel(",
        points={SAMPLE: 1 / 3},
        why="the same claim: another seed gives the same words",
    ),
    # ------------------------------------------------------------ network visualization
    CodeFault(
        "saliency of the batch, not the image",
        VISUALS,
        "total = tf.reduce_sum(tf.gather(model(X)",
        "total = tf.reduce_mean(tf.gather(model(X)",
        VISUALIZATION,
        {"compute_saliency_maps": 3},
        "right for one image alone",
    ),
    CodeFault(
        "saliency: mean of the channels",
        VISUALS,
        "tf.reduce_max(tf.abs(score_gradient",
        "tf.reduce_mean(tf.abs(score_gradient",
        VISUALIZATION,
        {"compute_saliency_maps": 5},
        "no map is right",
    ),
    CodeFault("saliency: shifted axis", VISUALS, "axis=-1).numpy()", "axis=1).numpy()", VISUALIZATION),
    CodeFault(
        "fooling: a step down",
        VISUALS,
        "np.clip(X + learning_rate * g",
        "np.clip(X - learning_rate * g",
        VISUALIZATION,
    ),
    CodeFault(
        "fooling: steps as long as the gradient",
        VISUALS,
        "np.clip(X + learning_rate * g / max(np.linalg.norm(g), 1e-12)",
        "np.clip(X + g",
        points={"make_fooling_image": 1},
        why="the image fools, but its steps have another length",
    ),
    CodeFault(
        "fooling: judged before it is stored",
        VISUALS,
        "tf.nn.softmax(model(stored))",
        "tf.nn.softmax(model(X))",
        VISUALIZATION,
    ),
    CodeFault(
        "fooling: not rounded to 8 bits",
        VISUALS,
        "stored = preprocess_image(deprocess_image(X))",
        "stored = X",
        points={"make_fooling_image": 0.75},
        why="the image fools, but no file can hold it",
    ),
    CodeFault(
        "fooling: a confidence of its own",
        VISUALS,
        "[0, target_y] > confidence",
        "[0, target_y] > 0.9",
        points={"make_fooling_image": 1},
        why="right with the usual confidence; one step does not reach it",
    ),
    CodeFault(
        "class picture: penalty of the wrong sign", VISUALS, "- 2 * l2_reg * X", "+ 2 * l2_reg * X", VISUALIZATION
    ),
    CodeFault(
        "class picture: penalty as an array",
        VISUALS,
        "g = gradient(X, y) - 2 * l2_reg * X",
        "g = X.size * gradient(X, y) - 2 * l2_reg * X",
        points={"create_class_visualization": 3},
        why="no step goes where it should",
    ),
    CodeFault(
        "class picture: a step down",
        VISUALS,
        "X = X + learning_rate * g",
        "X = X - learning_rate * g",
        points={"create_class_visualization": 5},
        why="only jitter and blur are right",
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
        "Gram matrix: missing scale factor",
        STYLES,
        "return gram / (h * w * c) if",
        "return gram / (h * w) if",
        STYLE,
        {"gram_matrix": 4, "style_loss": 4.5},
        "only the Gram matrix that is not normalised is right; style uses the normalised one, whose slope is right for "
        "a map of one channel: one claim in four",
    ),
    CodeFault("Gram matrix: half its gradient", STYLES, "upstream + tf.transpose(upstream)", "upstream", STYLE),
    CodeFault(
        "Gram matrix: a batch is not refused",
        STYLES,
        "if len(features.shape) != 4 or features.shape[0] != 1:",
        "if len(features.shape) != 4:",
        points={"gram_matrix": 1},
        why="one claim in five",
    ),
    CodeFault(
        "total variation: shifted axis",
        STYLES,
        "img[:, :, 1:] - img[:, :, :-1]",
        "img[:, 1:] - img[:, :-1]",
        STYLE,
    ),
    CodeFault(
        "total variation: last row left out",
        STYLES,
        "img[:, :, 1:] - img[:, :, :-1]",
        "img[:, :-1, 1:] - img[:, :-1, :-1]",
        STYLE,
    ),
    CodeFault(
        "total variation: last row and column left out",
        STYLES,
        "img[:, 1:] - img[:, :-1], img[:, :, 1:] - img[:, :, :-1]",
        "img[:, 1:, :-1] - img[:, :-1, :-1], img[:, :-1, 1:] - img[:, :-1, :-1]",
        points={"tv_loss": 2},
        why="right but for the last row and column",
    ),
    CodeFault(
        "content loss: weight forgotten",
        STYLES,
        "content_weight * tf.reduce_sum(tf.square(content",
        "tf.reduce_sum(tf.square(content",
        STYLE,
    ),
    CodeFault(
        "content loss: mean in place of the sum",
        STYLES,
        "content_weight * tf.reduce_sum(",
        "content_weight * tf.reduce_mean(",
        points={"content_loss": 3},
        why="wrong throughout",
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
        {"generator_loss": 2},
        "another loss throughout",
    ),
    CodeFault(
        "GAN: logarithm of a probability",
        GAN_LOSSES,
        "tf.nn.softplus(-logits_real)",
        "-tf.math.log(tf.sigmoid(logits_real))",
        GANS,
        {"discriminator_loss": 2 / 3},
        "right but for large real scores",
    ),
    CodeFault(
        "LSGAN: a half forgotten",
        GAN_LOSSES,
        "return 0.5 * tf.reduce_mean(tf.square(scores_fake - 1))",
        "return tf.reduce_mean(tf.square(scores_fake - 1))",
        GANS,
        {"ls_generator_loss": 1},
        "wrong throughout",
    ),
    CodeFault("leaky ReLU: no leak", GAN_NETWORKS, "return tf.nn.leaky_relu(x, alpha)", "return tf.nn.relu(x)", GANS),
    CodeFault(
        "leaky ReLU: slope of the wrong sign",
        GAN_NETWORKS,
        "return tf.nn.leaky_relu(x, alpha)",
        "return tf.nn.leaky_relu(x, -alpha)",
        points={"leaky_relu": 1, "discriminator": 1.5, "dc_discriminator": 1.5},
        why="the discriminators' layers are right, but not their scores",
    ),
    CodeFault(
        "noise: none below 0",
        GAN_NETWORKS,
        "return tf.random.stateless_uniform([batch_size, dim], seed, -1, 1)",
        "return tf.random.stateless_uniform([batch_size, dim], seed, 0, 1)",
        GANS,
        {"sample_noise": 0.25},
        "noise without a seed is right",
    ),
    CodeFault(
        "penalty: one point for the whole batch",
        GAN_LOSSES,
        "shape = [real.shape[0]] + [1]",
        "shape = [1] + [1]",
        GANS,
        {"gradient_penalty": 0.75},
        "one claim in four",
    ),
    CodeFault(
        "penalty: length over the batch",
        GAN_LOSSES,
        "axis=list(range(1, len(real.shape)))",
        "axis=None",
        GANS,
        {"gradient_penalty": 2.25},
        "three claims in four",
    ),
    CodeFault(
        "penalty: length over the first axis only",
        GAN_LOSSES,
        "axis=list(range(1, len(real.shape)))",
        "axis=1",
        points={"gradient_penalty": 0.75},
        why="flat images have no second axis",
    ),
    CodeFault(
        "penalty: root without a constant",
        GAN_LOSSES,
        " + 1e-12)",
        ")",
        points={"gradient_penalty": 0.5},
        why="a critic without a slope has a penalty, but no gradient of it",
    ),
    CodeFault(
        "discriminator: no hidden layers",
        GAN_NETWORKS,
        "            layers.Dense(256, activation=leaky_relu),\n" * 2,
        "",
        points={"discriminator": 2},
        why="a score for each image is not enough",
    ),
    CodeFault(
        "DCGAN: a BatchNorm left out",
        GAN_NETWORKS,
        "            layers.BatchNormalization(momentum=0.9),\n            layers.Dense(7 * 7 * 128",
        "            layers.Dense(7 * 7 * 128",
        GANS,
        {"dc_generator": 3},
        "shape and range alone are nothing",
    ),
    CodeFault(
        "DCGAN: Keras' momentum",
        GAN_NETWORKS,
        "layers.BatchNormalization(momentum=0.9),\n            layers.Reshape",
        "layers.BatchNormalization(),\n            layers.Reshape",
        points={"dc_generator": 2 / 3},
        why="the momentum shows after training alone, one claim in three",
    ),
    CodeFault(
        "generator: pixels from 0 to 1",
        GAN_NETWORKS,
        'PIXELS, activation="tanh"',
        'PIXELS, activation="sigmoid"',
        GANS,
    ),
    CodeFault(
        "generator: no tanh",
        GAN_NETWORKS,
        'layers.Dense(PIXELS, activation="tanh")',
        "layers.Dense(PIXELS)",
        points={"generator": 1.5},
        why="its layers are right, but not its pixels",
    ),
    CodeFault(
        "Fréchet distance: half of the trace of the root", "cs231n/gan/quality.py", "- 2 * shared", "- shared", GANS
    ),
)
