"""Arguments to call functions with, of any size; a seed always gives the same. Sizes differ, so mixed-up axes show."""

import numpy as np

# The preprocessing of photographs, as in `cs231n.image_utils`. It is not imported from there, because that package may
# be the one that is judged. A test keeps both equal.
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
BLACK, WHITE = -MEAN / STD, (1 - MEAN) / STD


def layer_args(layer, N=3, T=4, D=5, H=2, seed=0, dtype=np.float64):
    """(arguments of the forward function, upstream gradients of its outputs) of a layer, as lists of arrays."""
    rng = np.random.RandomState(seed)

    def r(*shape):
        return rng.standard_normal(shape).astype(dtype)

    if layer == "word_embedding":
        return [rng.randint(0, H + 4, (N, T)), r(H + 4, D)], [r(N, T, D)]
    gates = 4 * H if layer.startswith("lstm") else H
    weights = [r(D, gates), r(H, gates), r(gates)]
    states = [r(N, H), r(N, H)] if layer == "lstm_step" else [r(N, H)]
    if layer.endswith("step"):
        return [r(N, D), *states, *weights], [r(N, H) for _ in states]
    return [r(N, T, D), *states, *weights], [r(N, T, H)]


def captioner(cell_type, V=7, D=6, W=4, H=3, seed=0, dtype=np.float64):
    """Parameters of a captioning model: dict name -> array."""
    rng = np.random.RandomState(seed)
    gates = 4 * H if cell_type == "lstm" else H
    shapes = dict(W_embed=(V, W), W_proj=(D, H), b_proj=(H,), Wx=(W, gates), Wh=(H, gates), b=(gates,))
    shapes |= dict(W_vocab=(H, V), b_vocab=(V,))
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}


# N examples, T queries, S places, vectors of D entries, H hidden units, values of E entries; axes between those of the
# examples and of the queries; rows and columns of a picture's cells.
ATTENTION_SIZES = dict(N=3, T=4, S=5, D=6, H=3, E=5, lead=(2,), grid=(2, 4))


def attention_args(layer, seed=0, dtype=np.float64, **sizes):
    """As `layer_args`, for a layer with attention or of the Transformer; `sizes` that differ from `ATTENTION_SIZES`."""
    N, T, S, D, H, E, lead, grid = (ATTENTION_SIZES | sizes).values()
    rng = np.random.RandomState(seed)

    def r(*shape, rows=1):
        return (rng.standard_normal(shape) / rows**0.5).astype(dtype)

    if layer == "dot_product_attention":
        return [r(N, H), r(N, H, *grid)], [r(N, H)]
    if layer == "attention":
        weights = [r(D, 4 * H), r(H, 4 * H), r(H, 4 * H), r(4 * H)]
        return [r(N, T, D), r(N, H, *grid), *weights], [r(N, T, H)]
    if layer == "scaled_dot_product_attention":
        axes = (N, *lead) if N else lead
        return [r(*axes, T, D), r(*axes, S, D), r(*axes, S, E)], [r(*axes, T, E)]
    if layer == "multi_head_attention":
        return [r(N, T, D), r(N, S, D), r(4, D, D, rows=D), r(4, D)], [r(N, T, D)]
    x = 3 * r(N, T, D) + 1
    x[0, 0] = 0.5 + x[0, 0] / 100  # its variance is small, so that eps shows
    return [x, r(D), r(D)], [r(N, T, D)]


def decoder_args(N=3, T=4, S=5, D=6, F=7, seed=0, dtype=np.float64):
    """([x, A], dict of parameters) of a layer of a Transformer's decoder."""
    rng = np.random.RandomState(seed)
    return [rng.standard_normal((N, rows, D)).astype(dtype) for rows in (T, S)], _decoder_params(rng, D, F, dtype)


def _decoder_params(rng, D, F, dtype):
    shapes = {}
    for part in ("self", "cross", "ff"):
        shapes |= {f"gamma_{part}": (D,), f"beta_{part}": (D,)}
        if part != "ff":
            shapes |= {f"W_{part}": (4, D, D), f"b_{part}": (4, D)}
    shapes |= {"W1": (D, F), "b1": (F,), "W2": (F, D), "b2": (D,)}
    return {name: _parameter(rng, name, shape, dtype) for name, shape in shapes.items()}


def _parameter(rng, name, shape, dtype):
    size = shape[-2] ** -0.5 if name.startswith("W") else 0.5
    return (name.startswith("gamma") + size * rng.standard_normal(shape)).astype(dtype)


def grid_captioner(layers, V=7, D=5, W=6, H=3, seed=0, dtype=np.float64):
    """Parameters of an AttentionLSTM if `layers` is 0, else of a CaptioningTransformer of so many: dict name -> array.

    Vectors of the Transformer have W entries; there H does not count.
    """
    rng = np.random.RandomState(seed)
    width = W if layers else H
    shapes = dict(W_proj=(D, width), b_proj=(16, width), W_embed=(V, W))
    if not layers:
        shapes |= dict(Wx=(W, 4 * H), Wh=(H, 4 * H), Wattn=(H, 4 * H), b=(4 * H,))
    params = {name: _parameter(rng, name, shape, dtype) for name, shape in shapes.items()}
    for k in range(layers):
        params |= {f"{k}_{name}": array for name, array in _decoder_params(rng, W, 4 * W, dtype).items()}
    shapes = dict(gamma=(W,), beta=(W,)) if layers else {}
    shapes |= dict(W_vocab=(width, V), b_vocab=(V,))
    return params | {name: _parameter(rng, name, shape, dtype) for name, shape in shapes.items()}


def word_probabilities(seed, temperatures):
    """(parameters of an RNN that begins all captions alike, dict temperature -> (V, V) probabilities of the first and
    the second word). Then the share of two words among many captions estimates their probability.
    """
    params = captioner("rnn", V=6, seed=seed)
    params["W_proj"][:] = 0
    params["b_vocab"][2] = -40  # no <END>

    def scores(words, h):
        h = np.tanh(params["W_embed"][words] @ params["Wx"] + h @ params["Wh"] + params["b"])
        return h @ params["W_vocab"] + params["b_vocab"], h

    first, h = scores([1], params["b_proj"])  # (1, V), (1, H)
    second, _ = scores(range(6), h)  # (V, V), a row for each first word
    return params, {t: _softmax(first / t).T * _softmax(second / t) for t in temperatures}


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def classifier_weights(seed=0, classes=5, kernel=3, filters=8, scale=1.0):
    """Weights for `inside.probes.classifier`; with a larger `scale`, its probabilities are nearer to 0 and 1."""
    rng = np.random.RandomState(seed)
    shapes = (kernel, kernel, 3, filters), (filters,), (filters, classes), (classes,)
    scales = (9 * 3) ** -0.5, 0.5, scale, 0.1
    return [(s * rng.standard_normal(shape)).astype(np.float32) for s, shape in zip(scales, shapes, strict=True)]


def normal(*shape, seed=0, dtype=np.float32):
    """Standard normal numbers."""
    return np.random.RandomState(seed).standard_normal(shape).astype(dtype)


def framed_image(height, width):
    """(1, height, width, 3) random image with zeros in the last two rows and columns."""
    img = normal(1, height, width, 3)
    img[:, -2:] = img[:, :, -2:] = 0
    return img


def edge_image(height, width, row):
    """(1, height, width, 3) zeros, but for random numbers in the last row (if `row`), or in the last column; the corner
    is 0.
    """
    edge = (0, -1, slice(-1)) if row else (0, slice(-1), -1)
    img = np.zeros((1, height, width, 3), np.float32)
    img[edge] = normal(*img[edge].shape, seed=6)
    return img


def photograph(size, seed=0):
    """(1, size, size, 3) float32 image, as `preprocess_image` makes it of random 8-bit pixels."""
    pixels = np.random.RandomState(seed).randint(0, 256, (1, size, size, 3))
    return ((pixels.astype(np.float32) / 255 - MEAN) / STD).astype(np.float32)
