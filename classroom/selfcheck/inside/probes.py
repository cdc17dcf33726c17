"""Probes: each calls a function of the package and returns its outputs as a dict of arrays.

A probe runs in a submission's process, and in the grader's own process on the solved package, for the expected outputs.
An argument after the call is an output too, "... afterwards", so that a judge sees whether the function changed it.
"""

import random
import sys
from importlib import import_module

import numpy as np

OUTPUTS = {  # layer -> (outputs of its forward function besides the cache, outputs of its backward function)
    "rnn_step": (["next_h"], ["dx", "dprev_h", "dWx", "dWh", "db"]),
    "rnn": (["h"], ["dx", "dh0", "dWx", "dWh", "db"]),
    "lstm_step": (["next_h", "next_c"], ["dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"]),
    "lstm": (["h"], ["dx", "dh0", "dWx", "dWh", "db"]),
    "word_embedding": (["out"], ["dW"]),
}
WORDS = ["<NULL>", "<START>", "<END>", *"abcdefghijklm"]  # a captioning model of V words has the first V


def seed_everything():
    """Seed every random generator that a submission may draw from: the same state before each case."""
    random.seed(231)
    np.random.seed(231)
    if "tensorflow" in sys.modules:  # it is not loaded for the NumPy half
        sys.modules["tensorflow"].random.set_seed(231)


# ---------------------------------------------------------------- recurrent layers


def layer_forward(layer, args, strided=False):
    """Outputs of `<layer>_forward`, and its arguments afterwards."""
    args = [_strided(a) if strided else a for a in args]
    outputs = _forward(layer, args)[0]
    return outputs | {f"argument {k} afterwards": a for k, a in enumerate(args)}


def layer_backward(layer, args, upstream, strided=False, calls=1):
    """Gradients of `<layer>_backward` for the cache of `<layer>_forward`; those of the last call, if `calls` > 1."""
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
        raise TypeError(f"the function must return {count} values, in the order of its docstring")
    return returned


def _strided(a):
    """A view with the same numbers that is not contiguous: every second entry of a larger array."""
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
    """Loss and gradients of a captioning model with given parameters, and its word vectors afterwards."""
    model = _captioner(cell_type, params, words)
    loss, grads = _several(model.loss(features, captions), 2)
    return {"loss": loss} | {f"d{name}": grads.get(name) for name in params} | {"W_embed afterwards": params["W_embed"]}


def caption_sample(cell_type, params, features, max_length, words=WORDS):
    """Captions of most probable words, written by a model with given parameters."""
    return {"captions": _captioner(cell_type, params, words).sample(features, max_length)}


def caption_draws(cell_type, params, features, max_length, temperature, seeds):
    """Captions whose words are drawn by their probabilities, an output for each seed."""
    model = _captioner(cell_type, params, WORDS)
    return {f"captions {k}": model.sample(features, max_length, temperature, s) for k, s in enumerate(seeds)}


# ---------------------------------------------------------------- network visualization


def classifier(weights, size):
    """A small Keras network with given weights: a convolution, the mean over all positions, class scores."""
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
    """A picture for each dict of options in `several`."""
    module = import_module("cs231n.network_visualization")
    model = classifier(weights, size)
    return {
        f"picture {k}": module.create_class_visualization(target, model, **options) for k, options in enumerate(several)
    }


# ---------------------------------------------------------------- losses in TensorFlow, with gradients


def _value_and_gradients(function, arrays):
    """The value of a scalar function of tensors, and its gradient with respect to each of them."""
    import tensorflow as tf

    tensors = [tf.constant(a) for a in arrays]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        value = function(*tensors)
    return value, tape.gradient(value, tensors)


def content(weight, current, original):
    module = import_module("cs231n.style_transfer")
    loss, (gradient, _) = _value_and_gradients(lambda a, b: module.content_loss(weight, a, b), [current, original])
    return {"loss": loss, "gradient": gradient}


def gram(features, options):
    import tensorflow as tf

    module = import_module("cs231n.style_transfer")
    matrix = module.gram_matrix(tf.constant(features), **options)
    weights = np.arange(1, 1 + np.prod(matrix.shape)).reshape(matrix.shape).astype(features.dtype)
    _, (gradient,) = _value_and_gradients(
        lambda f: tf.reduce_sum(module.gram_matrix(f, **options) * weights), [features]
    )
    return {"matrix": matrix, "gradient": gradient}


def style(feats, layers, targets, weights):
    import tensorflow as tf

    module = import_module("cs231n.style_transfer")
    targets = [tf.constant(target) for target in targets]
    loss, gradients = _value_and_gradients(lambda *f: module.style_loss(list(f), layers, targets, weights), feats)
    return {"loss": loss} | {f"gradient of map {k}": gradients[k] for k in layers}


def variation(img, weight):
    module = import_module("cs231n.style_transfer")
    loss, (gradient,) = _value_and_gradients(lambda image: module.tv_loss(image, weight), [img])
    return {"loss": loss, "gradient": gradient}


def refusal(probe, inputs):
    """The name of the exception that another probe raises, or None."""
    try:
        globals()[probe](**inputs)
    except Exception as error:
        return {"refusal": type(error).__name__}
    return {"refusal": None}


# ---------------------------------------------------------------- GANs


def noise(several):
    """`sample_noise(*args)` for each `args` in `several`."""
    return {f"noise {k}": import_module("cs231n.gan").sample_noise(*args) for k, args in enumerate(several)}


def leaky(x, args):
    import tensorflow as tf

    module = import_module("cs231n.gan")
    y = module.leaky_relu(tf.constant(x), *args)
    _, (gradient,) = _value_and_gradients(lambda x: tf.reduce_sum(module.leaky_relu(x, *args)), [x])
    return {"y": y, "gradient": gradient}


def network(build, args, inputs, seed):
    """The number of parameters of a network, and its outputs: with its own initial weights, with weights drawn from
    `seed`, and with these after one call with training=True.
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
    model(inputs, training=True)  # updates the moving statistics of BatchNormalization
    return {
        "parameters": int(model.count_params()),
        "fresh output": fresh,
        "output": output,
        "output after training": model(inputs, training=False),
    }


def gan_loss(function, scores):
    loss, gradients = _value_and_gradients(getattr(import_module("cs231n.gan"), function), scores)
    return {"loss": loss} | {f"gradient {k}": gradient for k, gradient in enumerate(gradients)}


def penalty(kind, w, real, fake, options):
    """The gradient penalty of a linear or quadratic critic, its gradient with respect to the critic's weights, and the
    points at which the critic was called last.
    """
    import tensorflow as tf

    inputs = []

    def critic(x):
        inputs.append(x)
        flat = tf.reshape(x, [x.shape[0], -1])
        return (flat if kind == "linear" else flat**2 / 2) @ weights

    weights = tf.Variable(w)
    with tf.GradientTape() as tape:
        value = import_module("cs231n.gan").gradient_penalty(critic, tf.constant(real), tf.constant(fake), **options)
    return {"penalty": value, "gradient": tape.gradient(value, weights), "points": inputs[-1]}
