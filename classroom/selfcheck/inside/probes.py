"""Probes: each calls a function of the package and returns its outputs as a dict of arrays.

A probe runs in a submission's process, and in the grader's own process on the solved package, for the expected outputs.
"""

import random
import sys
import zlib
from importlib import import_module

import numpy as np

OUTPUTS = {  # layer -> (outputs of its forward function besides the cache, outputs of its backward function)
    "rnn_step": (["next_h"], ["dx", "dprev_h", "dWx", "dWh", "db"]),
    "rnn": (["h"], ["dx", "dh0", "dWx", "dWh", "db"]),
    "lstm_step": (["next_h", "next_c"], ["dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"]),
    "lstm": (["h"], ["dx", "dh0", "dWx", "dWh", "db"]),
    "word_embedding": (["out"], ["dW"]),
    "dot_product_attention": (["attn", "attn_weights"], ["dprev_h", "dA"]),
    "attention": (["h"], ["dx", "dA", "dWx", "dWh", "dWattn", "db"]),
    "scaled_dot_product_attention": (["out", "weights"], ["dq", "dk", "dv"]),
    "multi_head_attention": (["out", "weights in the cache"], ["dx", "dsource", "dW", "db"]),
    "layer_norm": (["out"], ["dx", "dgamma", "dbeta"]),
}
# Layers outside of rnn_layers.
MODULES = {
    name: "cs231n.attention_layers"
    for name in ("dot_product_attention", "attention", "scaled_dot_product_attention", "multi_head_attention")
}
MODULES["layer_norm"] = "cs231n.transformer_layers"
# Layers without a cache: their backward functions take the forward function's arguments and weights.
WITHOUT_CACHE = "dot_product_attention", "scaled_dot_product_attention"
WORDS = ["<NULL>", "<START>", "<END>", *"abcdefghijklm"]  # a captioning model of V words has the first V


def seed_everything():
    """Seed every random generator that a submission may draw from: the same state before each case."""
    random.seed(231)
    np.random.seed(231)
    if "tensorflow" in sys.modules:  # it is not loaded for the NumPy half
        sys.modules["tensorflow"].random.set_seed(231)


# ---------------------------------------------------------------- layers


def layer_forward(layer, args, strided=False, options=None, kept=False):
    """Outputs of `<layer>_forward`.

    Args:
        options: dict of further arguments.
        kept: True to tell as well whether the function changes an argument; see `_with_arguments`.
    """
    args = [_strided(a) if strided else a for a in args]
    return _with_arguments(kept, [args], lambda: _forward(layer, args, options)[0])


def layer_backward(layer, args, upstream, strided=False, options=None, kept=False, num_slopes=0):
    """Gradients of `<layer>_backward` for the cache of `<layer>_forward`.

    With `num_slopes`, there is also "slopes of <gradient>" for each gradient: how fast the sum of the products of the
    layer's outputs and `upstream` grows along that many `directions` of its argument, by central differences.
    """
    args, upstream = ([_strided(a) if strided else a for a in arrays] for arrays in (args, upstream))
    slopes, names = {}, OUTPUTS[layer][1]
    if num_slopes:
        floats = [k for k, a in enumerate(args) if a.dtype.kind == "f"]
        for name, k in zip(names, floats, strict=True):
            slopes[f"slopes of {name}"] = _slopes(layer, args, upstream, k, num_slopes, options)

    def gradients():
        cache = _forward(layer, args, options)[1]
        backward = getattr(_module(layer), f"{layer}_backward")
        returned = backward(*upstream, *cache) if layer in WITHOUT_CACHE else backward(*upstream, cache)
        returned = (returned,) if len(names) == 1 else returned
        return dict(zip(names, _several(returned, len(names)), strict=True))

    return _with_arguments(kept, [args, upstream], gradients) | slopes


def directions(shape, count):
    """`count` random directions for an array of a shape: (count, *shape)."""
    return np.random.RandomState(231).standard_normal((count, *shape))


def _slopes(layer, args, upstream, place, count, options, h=1e-5):
    """(count,) array: slopes along `directions` of the argument at `place`."""
    # float32 would be too coarse for differences.
    args, upstream = (
        [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays] for arrays in (args, upstream)
    )

    def total(step):
        shifted = [a + step if k == place else a.copy() for k, a in enumerate(args)]
        outputs = _forward(layer, shifted, options)[0].values()
        return sum((output * du).sum() for output, du in zip(outputs, upstream, strict=False))  # weights have none

    return np.array([(total(h * d) - total(-h * d)) / (2 * h) for d in directions(args[place].shape, count)])


def _forward(layer, args, options=None):
    """(dict of the outputs of a layer, cache for its backward function)."""
    names, module, options = OUTPUTS[layer][0], _module(layer), options or {}
    if layer in WITHOUT_CACHE:
        out, weights = _several(getattr(module, layer)(*args, **options), 2)
        return dict(zip(names, (out, weights), strict=True)), (*args, weights)
    has_weights = layer == "multi_head_attention"
    returned = getattr(module, f"{layer}_forward")(*args, **options)
    *outputs, cache = _several(returned, len(names) + 1 - has_weights)
    if has_weights:
        outputs.append(cache[-1] if isinstance(cache, (tuple, list)) and cache else None)
    return dict(zip(names, outputs, strict=True)), cache


def _module(layer):
    return import_module(MODULES.get(layer, "cs231n.rnn_layers"))


def _with_arguments(kept, argument_lists, function):
    """What a function returns, a dict; if `kept`, with "arguments": "as they were", or "changed" if an array in one of
    the lists is not what it was.
    """
    before = [a.copy() for arrays in argument_lists for a in arrays] if kept else []
    outputs = function()
    if not kept:
        return outputs
    now = [a for arrays in argument_lists for a in arrays]
    same = all(np.array_equal(a, b) for a, b in zip(before, now, strict=True))
    return outputs | {"arguments": "as they were" if same else "changed"}


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
    """Loss and gradients of a captioning model with given parameters."""
    loss, grads = _several(_captioner(cell_type, params, words).loss(features, captions), 2)
    return {"loss": loss} | {f"d{name}": grads.get(name) for name in params}


def caption_sample(cell_type, params, features, max_length, words=WORDS):
    """Captions of most probable words, written by a model with given parameters."""
    return {"captions": _captioner(cell_type, params, words).sample(features, max_length)}


def caption_draws(cell_type, params, features, max_length, temperature, seeds):
    """Captions whose words are drawn by their probabilities, an output for each seed."""
    model = _captioner(cell_type, params, WORDS)
    return {f"captions {k}": model.sample(features, max_length, temperature, s) for k, s in enumerate(seeds)}


# ---------------------------------------------------------------- attention, the Transformer


def softmax_gradient(weights, dweights, kept=False):
    """The gradient of scores from that of their softmax, `weights`."""
    module = import_module("cs231n.attention_layers")
    return _with_arguments(kept, [[weights, dweights]], lambda: {"dx": module.softmax_backward(dweights, weights)})


def positions(num_positions, D):
    return {"vectors": import_module("cs231n.transformer_layers").positional_encoding(num_positions, D)}


def decoder_forward(args, p, options, seed=None, kept=False):
    """The output of `decoder_layer_forward` for args = [x, A] and parameters p; with dropout if there is a seed."""
    return _with_arguments(kept, [args, [*p.values()]], lambda: {"out": _decoder_layer(args, p, options, seed)[0]})


def decoder_cache(args, p, options, upstream):
    """The gradients that the given `decoder_layer_backward` computes from the cache of `decoder_layer_forward`."""
    module, caches = import_module("cs231n.transformer_layers"), _decoder_layer(args, p, options, None)[1]
    dx, dA, grads = module.decoder_layer_backward(upstream, caches)
    return {"what decoder_layer_backward makes of the cache": _joined(grads | dict(dx=dx, dA=dA), ["dx", "dA", *p])}


def _decoder_layer(args, p, options, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    forward = import_module("cs231n.transformer_layers").decoder_layer_forward
    return _several(forward(*args, p, **options, rng=rng), 2)


def _joined(grads, names):
    """One row of all gradients with these names, or None if one is missing."""
    return np.concatenate([np.ravel(grads[name]) for name in names]) if {*names} <= {*grads} else None


def grid_loss(params, features, captions, words=WORDS, options=None):
    """Loss and gradients of a model that looks at grids: an `AttentionLSTM`; with `options`, a dict of the arguments of
    a `CaptioningTransformer`, that. The gradients of a layer of the Transformer are joined.
    """
    vocabulary = dict(zip(words, range(len(params["W_embed"])), strict=False))
    (D, H), W, dtype = params["W_proj"].shape, params["W_embed"].shape[1], params["W_proj"].dtype.type
    if options is None:
        model = import_module("cs231n.classifiers.attention").AttentionLSTM(vocabulary, D, W, H, dtype=dtype)
    else:
        module = import_module("cs231n.classifiers.transformer")
        model = module.CaptioningTransformer(vocabulary, D, W, dtype=dtype, **options)
    model.params = params
    loss, grads = _several(model.loss(features, captions), 2)
    layers = sorted({name.partition("_")[0] for name in params if name[0].isdigit()})
    joined = {f"gradients of layer {k}": _joined(grads, [n for n in params if n.startswith(f"{k}_")]) for k in layers}
    return {"loss": loss} | {f"d{name}": grads.get(name) for name in params if not name[0].isdigit()} | joined


# ---------------------------------------------------------------- network visualization


def classifier(weights, size):
    """A small Keras network with given weights: a convolution, the mean over all positions, class scores."""
    import keras

    filters, bias, dense, offset = weights
    usual = {"data_format": "channels_last", "dtype": "float32"}  # whatever ~/.keras/keras.json says
    model = keras.Sequential(
        [
            keras.Input((None, None, 3), dtype="float32"),
            keras.layers.Conv2D(filters.shape[-1], filters.shape[0], activation="tanh", **usual),
            keras.layers.GlobalAveragePooling2D(**usual),
            keras.layers.Dense(dense.shape[-1], dtype="float32"),
        ]
    )
    model.set_weights([filters, bias, dense, offset])
    model.image_size = size
    model.class_names = [f"class {k}" for k in range(dense.shape[-1])]
    return model


def saliency(weights, X, y):
    module = import_module("cs231n.network_visualization")
    return {"saliency": module.compute_saliency_maps(X, y, classifier(weights, X.shape[1]))}


def fooling(weights, X, target, options):
    module = import_module("cs231n.network_visualization")
    return {"image": module.make_fooling_image(X, target, classifier(weights, X.shape[1]), **options)}


def visualization(weights, size, target, several):
    """A picture for each dict of options in `several`."""
    return _pictures(classifier(weights, size), target, several)


def one_pixel_visualization(size, several):
    """Pictures of a class whose score is the first channel of the pixel in the middle."""
    import keras

    weights = np.zeros((size, size, 3, 2), np.float32)
    weights[size // 2, size // 2, 0, 1] = 2.5  # the length of the gradient
    dense = keras.layers.Dense(2, use_bias=False)
    model = keras.Sequential([keras.Input((size, size, 3)), keras.layers.Flatten(), dense])
    model.set_weights([weights.reshape(-1, 2)])
    model.image_size, model.class_names = size, ["another", "one pixel"]
    return _pictures(model, 1, several)


def _pictures(model, target, several):
    module = import_module("cs231n.network_visualization")
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
    if not tf.is_tensor(value):
        raise TypeError(f"the function must return a tensor, to be differentiated, but returns {type(value).__name__}")
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
    """The number of parameters of a network, and its outputs: with its own initial weights; with weights drawn from
    `seed`, also in a call with training=True; and with these after that call.
    """
    import keras

    keras.utils.set_random_seed(231)
    model = getattr(import_module("cs231n.gan"), build)(*args)
    fresh = model(inputs)
    _draw_weights(model, seed)
    output = model(inputs, training=False)
    training_output = model(inputs, training=True)  # updates the moving statistics of BatchNormalization
    return {
        "parameters": int(model.count_params()),
        "fresh output": fresh,
        "output": output,
        "training output": training_output,
        "output after training": model(inputs, training=False),
    }


def _draw_weights(model, seed):
    """Give a model weights that depend on `seed`, their names and shapes: not on their order in the model."""
    for variable in model.weights:
        shape = tuple(variable.shape)
        rng = np.random.RandomState(zlib.crc32(f"{seed} {variable.name.partition(':')[0]} {shape}".encode()))
        fan_in = np.prod(shape[:-1]) if len(shape) < 4 or shape[-1] > 1 else np.prod(shape[:2])
        low, high = (0.1, 0.9) if len(shape) == 1 else (-((3 / fan_in) ** 0.5), (3 / fan_in) ** 0.5)
        values = rng.uniform(low, high, shape)
        variable.assign(values.astype(np.float32))


def gan_loss(function, scores):
    loss, gradients = _value_and_gradients(getattr(import_module("cs231n.gan"), function), scores)
    return {"loss": loss} | {f"gradient {k}": gradient for k, gradient in enumerate(gradients)}


def penalty(kind, w, real, fake, options):
    """The gradient penalty of a linear or quadratic critic, its gradient with respect to the critic's weights, and the
    points at which the critic was called last: one for each image, in one call or in several.
    """
    import tensorflow as tf

    inputs = []

    def critic(x, training=None):
        tf.numpy_function(inputs.append, [x], [])  # also where the critic is called in a `tf.function`
        flat = tf.reshape(x, [x.shape[0], -1])
        return (flat if kind == "linear" else flat**2 / 2) @ weights

    weights = tf.Variable(w)
    with tf.GradientTape() as tape:
        value = import_module("cs231n.gan").gradient_penalty(critic, tf.constant(real), tf.constant(fake), **options)
    points = np.concatenate(inputs)[-len(real) :] if inputs else None
    return {"penalty": value, "gradient": tape.gradient(value, weights), "points": points}
