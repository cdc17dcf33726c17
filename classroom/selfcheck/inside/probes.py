"""How each function is called: arrays in, a dict of arrays out. Every probe runs in a submission's process, and on the
solved package in the grader's own for the values to expect; there is nothing here to cheat with.
"""

import random
import sys
from importlib import import_module

import numpy as np

OUTPUTS = {  # what a forward function returns besides its cache, and what its backward function returns
    "rnn_step": (["next_h"], ["dx", "dprev_h", "dWx", "dWh", "db"]),
    "rnn": (["h"], ["dx", "dh0", "dWx", "dWh", "db"]),
    "lstm_step": (["next_h", "next_c"], ["dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"]),
    "lstm": (["h"], ["dx", "dh0", "dWx", "dWh", "db"]),
    "word_embedding": (["out"], ["dW"]),
}
WORDS = ["<NULL>", "<START>", "<END>", *"abcdefghijklm"]  # those of a captioning model, as many as it has


def seed_everything():
    """The same state of every random generator before each case, whatever a submission draws from."""
    random.seed(231)
    np.random.seed(231)
    if "tensorflow" in sys.modules:  # not loaded for the functions in NumPy
        sys.modules["tensorflow"].random.set_seed(231)


# ---------------------------------------------------------------- recurrent layers


def layer_forward(layer, args, strided=False):
    """Outputs of `<layer>_forward`, and its arguments as they are afterwards."""
    args = [_strided(a) if strided else a for a in args]
    outputs = _forward(layer, args)[0]
    return outputs | {f"argument {k} afterwards": a for k, a in enumerate(args)}


def layer_backward(layer, args, upstream, strided=False, calls=1):
    """Gradients of `<layer>_backward` with the cache of its own forward function; of the last call, if of several."""
    args, upstream = ([_strided(a) if strided else a for a in arrays] for arrays in (args, upstream))
    cache = _forward(layer, args)[1]
    backward = getattr(import_module("cs231n.rnn_layers"), f"{layer}_backward")
    for _ in range(calls):
        gradients = backward(*upstream, cache)
    names = OUTPUTS[layer][1]
    gradients = (gradients,) if len(names) == 1 else gradients
    after = {f"argument {k} afterwards": a for k, a in enumerate([*args, *upstream])}
    return dict(zip(names, _several(gradients, len(names)), strict=True)) | after


def _forward(layer, args):
    names = OUTPUTS[layer][0]
    returned = getattr(import_module("cs231n.rnn_layers"), f"{layer}_forward")(*args)
    *outputs, cache = _several(returned, len(names) + 1)
    return dict(zip(names, outputs, strict=True)), cache


def _several(returned, count):
    if not isinstance(returned, (tuple, list)) or len(returned) != count:
        raise TypeError(f"{count} values have to be returned, in the order of the docstring")
    return returned


def _strided(a):
    """The same numbers, every other one of a larger array: not contiguous."""
    wide = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
    wide[..., ::2] = a
    return wide[..., ::2]


# ---------------------------------------------------------------- captions


def _captioner(cell_type, params, words):
    vocabulary = dict(zip(words, range(len(params["W_embed"])), strict=False))
    D, H = params["W_proj"].shape
    dtype = params["W_proj"].dtype.type
    module = import_module("cs231n.classifiers.rnn")
    model = module.CaptioningRNN(vocabulary, D, params["W_embed"].shape[1], H, cell_type, dtype)
    model.params = params
    return model


def caption_loss(cell_type, params, features, captions, words=WORDS):
    """Loss and gradients of a captioning model with given parameters, and the parameters afterwards."""
    model = _captioner(cell_type, params, words)
    loss, grads = _several(model.loss(features, captions), 2)
    return {"loss": loss} | {f"d{name}": grads.get(name) for name in params} | {"W_embed afterwards": params["W_embed"]}


def caption_sample(cell_type, params, features, max_length, words=WORDS):
    """Captions of the most probable words that a model with given parameters writes."""
    return {"captions": _captioner(cell_type, params, words).sample(features, max_length)}


def caption_draws(cell_type, params, features, max_length, temperature, seeds):
    """Captions of words drawn at random, for each seed."""
    model = _captioner(cell_type, params, WORDS)
    return {f"captions {k}": model.sample(features, max_length, temperature, s) for k, s in enumerate(seeds)}


# ---------------------------------------------------------------- pictures that explain a classifier


def classifier(weights, size):
    """A small network in Keras with given weights: a convolution, a mean over places, class scores."""
    import keras

    filters, bias, dense, offset = weights
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(filters.shape[-1], filters.shape[0], activation="tanh"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(dense.shape[-1]),
        ]
    )
    model.set_weights([filters, bias, dense, offset])
    model.image_size = size
    model.class_names = [f"class {k}" for k in range(dense.shape[-1])]
    return model


def saliency(weights, X, y):
    maps = import_module("cs231n.network_visualization").compute_saliency_maps(X, y, classifier(weights, X.shape[1]))
    return {"maps": maps, "X afterwards": X}


def fooling(weights, X, target, options):
    module = import_module("cs231n.network_visualization")
    return {
        "image": module.make_fooling_image(X, target, classifier(weights, X.shape[1]), **options),
        "X afterwards": X,
    }


def visualization(weights, size, target, several):
    """One picture for each dict of options in `several`."""
    module = import_module("cs231n.network_visualization")
    model = classifier(weights, size)
    return {
        f"picture {k}": module.create_class_visualization(target, model, **options) for k, options in enumerate(several)
    }


# ---------------------------------------------------------------- values and slopes of TensorFlow's functions


def _value_and_slopes(function, arrays):
    """Value of a scalar function of tensors, and its gradient with respect to each."""
    import tensorflow as tf

    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        value = function(*tensors)
    return value, tape.gradient(value, tensors)


def content(weight, current, original):
    module = import_module("cs231n.style_transfer")
    loss, (slope, _) = _value_and_slopes(lambda a, b: module.content_loss(weight, a, b), [current, original])
    return {"loss": loss, "gradient": slope}


def gram(features, options):
    import tensorflow as tf

    module = import_module("cs231n.style_transfer")
    matrix = module.gram_matrix(tf.constant(features), **options)
    weights = np.arange(1, 1 + np.prod(matrix.shape)).reshape(matrix.shape).astype(features.dtype)
    _, (slope,) = _value_and_slopes(lambda f: tf.reduce_sum(module.gram_matrix(f, **options) * weights), [features])
    return {"matrix": matrix, "gradient": slope}


def style(feats, layers, targets, weights):
    import tensorflow as tf

    module = import_module("cs231n.style_transfer")
    targets = [tf.constant(target) for target in targets]
    loss, slopes = _value_and_slopes(lambda *f: module.style_loss(list(f), layers, targets, weights), feats)
    return {"loss": loss} | {f"gradient of map {k}": slopes[k] for k in layers}


def variation(img, weight):
    module = import_module("cs231n.style_transfer")
    loss, (slope,) = _value_and_slopes(lambda image: module.tv_loss(image, weight), [img])
    return {"loss": loss, "gradient": slope}


def refusal(probe, inputs):
    """Name of the exception that a probe ends with; None for none."""
    try:
        globals()[probe](**inputs)
    except Exception as error:
        return {"refusal": type(error).__name__}
    return {"refusal": None}


# ---------------------------------------------------------------- GANs


def noise(several):
    """Noise of `sample_noise(*args)` for each `args` in `several`."""
    return {f"noise {k}": import_module("cs231n.gan").sample_noise(*args) for k, args in enumerate(several)}


def leaky(x, args):
    import tensorflow as tf

    module = import_module("cs231n.gan")
    y = module.leaky_relu(tf.constant(x), *args)
    _, (slope,) = _value_and_slopes(lambda x: tf.reduce_sum(module.leaky_relu(x, *args)), [x])
    return {"y": y, "gradient": slope}


def network(build, args, inputs, seed):
    """Number of parameters of a network, and its output: as built, with weights that follow from `seed`, and after it
    has seen these inputs once in training.
    """
    import keras

    keras.utils.set_random_seed(231)
    model = getattr(import_module("cs231n.gan"), build)(*args)
    fresh = model(inputs)
    rng = np.random.RandomState(seed)
    weights = []
    for w in model.get_weights():
        fan_in = np.prod(w.shape[:-1]) if len(w.shape) < 4 or w.shape[-1] > 1 else np.prod(w.shape[:2])
        weights.append(rng.uniform(0.1, 0.9, w.shape) if w.ndim == 1 else rng.standard_normal(w.shape) / fan_in**0.5)
    model.set_weights(weights)
    output = model(inputs, training=False)
    model(inputs, training=True)  # moves the statistics of BatchNormalization
    return {
        "parameters": int(model.count_params()),
        "fresh output": fresh,
        "output": output,
        "output after training": model(inputs, training=False),
    }


def gan_loss(function, scores):
    loss, slopes = _value_and_slopes(getattr(import_module("cs231n.gan"), function), scores)
    return {"loss": loss} | {f"gradient {k}": slope for k, slope in enumerate(slopes)}


def penalty(kind, w, real, fake, options):
    """Gradient penalty of a linear or quadratic critic, its slope by the critic's weights, and where it looked."""
    import tensorflow as tf

    seen = []

    def critic(x):
        seen.append(x)
        flat = tf.reshape(x, [x.shape[0], -1])
        return (flat if kind == "linear" else flat**2 / 2) @ weights

    weights = tf.Variable(w)
    with tf.GradientTape() as tape:
        value = import_module("cs231n.gan").gradient_penalty(critic, tf.constant(real), tf.constant(fake), **options)
    return {"penalty": value, "gradient": tape.gradient(value, weights), "points": seen[-1]}
