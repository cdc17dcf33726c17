"""Numbers to call functions with: of any size, always the same for a seed. Sizes differ, so that no axis can hide."""

import numpy as np


def layer_args(layer, N=3, T=4, D=5, H=2, seed=0, dtype=np.float64):
    """(arguments of a forward function, gradients that come back to its outputs), as lists of arrays."""
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
    """Parameters of a captioning model."""
    rng = np.random.RandomState(seed)
    gates = 4 * H if cell_type == "lstm" else H
    shapes = dict(W_embed=(V, W), W_proj=(D, H), b_proj=(H,), Wx=(W, gates), Wh=(H, gates), b=(gates,))
    shapes |= dict(W_vocab=(H, V), b_vocab=(V,))
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}


def classifier_weights(seed=0, classes=5, kernel=3, filters=8, scale=1.0):
    """Weights for `inside.probes.classifier`."""
    rng = np.random.RandomState(seed)
    shapes = (kernel, kernel, 3, filters), (filters,), (filters, classes), (classes,)
    scales = (9 * 3) ** -0.5, 0.5, scale, 0.1
    return [(s * rng.standard_normal(shape)).astype(np.float32) for s, shape in zip(scales, shapes, strict=True)]


def normal(*shape, seed=0, dtype=np.float32):
    return np.random.RandomState(seed).standard_normal(shape).astype(dtype)


def framed_image(height, width, dtype=np.float64):
    """(1, height, width, 3), random but for zeros in the last two rows and columns."""
    img = normal(1, height, width, 3, dtype=dtype)
    img[:, -2:] = img[:, :, -2:] = 0
    return img


def photograph(size, seed=0):
    """(1, size, size, 3) as `preprocess_image` makes it of 8 bits."""
    pixels = np.random.RandomState(seed).randint(0, 256, (1, size, size, 3))
    mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    return ((pixels.astype(np.float32) / 255 - mean) / std).astype(np.float32)
