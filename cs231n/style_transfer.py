"""Style transfer: what one picture shows, painted as another is, by descent on the pixels (Gatys et al. 2016).

The network is fixed, the image moves. What it shows is held by a feature map of the network; how it is painted, by
which channels of several maps fire together. The same loop inverts features (content alone, from noise) and makes
textures (style alone, from noise). Images inside are (1, H, W, 3) as `preprocess_image` makes them, maps (1, h, w, C).
"""

import numbers
from functools import lru_cache
from pathlib import Path

import numpy as np
import tensorflow as tf

from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
from cs231n.classifiers.pretrained import load_pretrained
from cs231n.classifiers.squeezenet import SqueezeNet
from cs231n.image_utils import (
    BLACK,
    WHITE,
    deprocess_image,
    load_image,
    preprocess_image,
    resize_image,
)
from cs231n.long_runs import progress
from cs231n.notebook import show_images

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8  # Adam's usual constants

# ---------------------------------------------------------------- losses


def content_loss(content_weight, content_current, content_original):
    """How far a feature map is from that of the picture to be shown: w_c * sum of (F - P)^2.

    Args:
        content_weight: number.
        content_current: F, (1, h, w, C) float tensor; content_original: P, of the same shape.

    Returns:
        Scalar tensor in the dtype of the maps.

    Raises:
        ValueError: the shapes differ; TensorFlow would repeat the smaller one to fit.
    """
    if content_current.shape != content_original.shape:
        raise ValueError(f"maps of one shape are compared, got {content_current.shape} and {content_original.shape}")
    ### BEGIN SOLUTION
    return content_weight * tf.reduce_sum(tf.square(content_current - content_original))
    ### END SOLUTION


def gram_matrix(features, normalize=True):
    """Which channels fire together, wherever in the image they fire.

    Args:
        features: (1, h, w, C) float tensor, the activations of one image.
        normalize: divide by h*w*C, so that maps of different size compare.

    Returns:
        (C, C) symmetric tensor in the dtype of `features`; unit: activation squared.

    Raises:
        ValueError: for more than one image; their statistics would be added up.
    """
    if len(features.shape) != 4 or features.shape[0] != 1:
        raise ValueError(f"a Gram matrix is of one image, (1, h, w, C), got {tuple(features.shape)}")
    ### BEGIN SOLUTION
    _, h, w, c = features.shape
    gram = _products(tf.reshape(features, [h * w, c]))  # (C, C)
    return gram / (h * w * c) if normalize else gram
    ### END SOLUTION


@tf.custom_gradient
def _products(flat):
    """flat^T flat. TensorFlow would differentiate each factor by itself, two large products where one will do."""

    def gradient(upstream):
        return tf.matmul(flat, upstream + tf.transpose(upstream))

    return tf.matmul(flat, flat, transpose_a=True), gradient


def style_loss(feats, style_layers, style_targets, style_weights):
    """How far Gram matrices are from those of the painting: sum over layers of w_l * sum of (G_l - A_l)^2.

    Args:
        feats: list of feature maps of the current image, from `extract_features`.
        style_layers: indices into `feats`.
        style_targets: Gram matrix A_l of the painting for each of these layers, (C_l, C_l).
        style_weights: number w_l for each of these layers.

    Returns:
        Scalar tensor in the dtype of the maps.

    Raises:
        ValueError: the three lists differ in length, a layer is not in `feats` (-1 would be the last one),
            or a target has another shape than its Gram matrix.
    """
    if not len(style_layers) == len(style_targets) == len(style_weights):
        raise ValueError(
            f"each style layer needs a target and a weight, got {len(style_layers)} layers, "
            f"{len(style_targets)} targets and {len(style_weights)} weights"
        )
    ### BEGIN SOLUTION
    loss = tf.zeros((), feats[0].dtype)
    for layer, target, weight in zip(style_layers, style_targets, style_weights, strict=True):
        gram = gram_matrix(feats[_checked_layer(layer, len(feats))])
        if gram.shape != target.shape:
            raise ValueError(f"the target of layer {layer} must have the shape {gram.shape}, got {target.shape}")
        loss += weight * tf.reduce_sum(tf.square(gram - target))
    return loss
    ### END SOLUTION


def tv_loss(img, tv_weight):
    """How rough an image is: w_t * sum of the squared differences of all vertical and all horizontal neighbours.

    Pairs within the last row and within the last column count too; solutions in circulation leave them out.

    Args:
        img: (1, H, W, 3) float tensor; tv_weight: number.

    Returns:
        Scalar tensor in the dtype of the image.

    Raises:
        ValueError: another shape; of an image without the first axis, colours would count as neighbours.
    """
    if len(img.shape) != 4:
        raise ValueError(f"an image has the shape (1, H, W, 3), got {tuple(img.shape)}")
    ### BEGIN SOLUTION
    down, right = neighbour_differences(img, axis=1), neighbour_differences(img, axis=2)
    return tv_weight * (tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right)))
    ### END SOLUTION


def neighbour_differences(img, axis):
    """Each pixel less the one before it: for axis 1 (down) img[:, 1:] - img[:, :-1], for axis 2 (right) likewise.

    Args:
        img: (1, H, W, 3) float tensor.
    """
    # The gradient of such brackets would take a third of a whole step; that of tf.slice is a mere padding.
    size = [length - (k == axis) for k, length in enumerate(img.shape)]
    return tf.slice(img, [int(k == axis) for k in range(4)], size) - tf.slice(img, [0] * 4, size)


# ---------------------------------------------------------------- presets


def presets(model):
    """Settings for `style_transfer` that suit a network, for each picture that `paintings.load_styles` may give.

    SqueezeNet's for Composition VII, The Scream and Starry Night are the course's; our own paintings borrow those of
    Starry Night. EfficientNet-Lite0's were found by looking at results. Either are meant for 192 pixels on the smaller
    side: `content_weight` and `tv_weight` are of sums over the image.

    Args:
        model: a SqueezeNet (v1.1) or an EfficientNetLite0.

    Returns:
        dict from the name of a style to a dict of keyword arguments.

    Raises:
        ValueError: no settings are known for this network; its maps have other sizes, so any would be a guess.
    """
    if isinstance(model, SqueezeNet) and model.version == "1.1":
        shared = dict(content_layer=3, style_layers=(1, 4, 6, 7))
        starry_night = dict(style_size=192, content_weight=6e-2, style_weights=(300000, 1000, 15, 3), tv_weight=2e-2)
        own = dict.fromkeys(("swirls", "facets", "dots", "woodcut", "starry_night"), starry_night)
        settings = own | {
            "composition_vii": dict(
                style_size=512, content_weight=5e-2, style_weights=(20000, 500, 12, 1), tv_weight=5e-2
            ),
            "the_scream": dict(style_size=224, content_weight=3e-2, style_weights=(200000, 800, 12, 1), tv_weight=2e-2),
        }
    elif isinstance(model, EfficientNetLite0):
        shared = dict(
            content_layer=5,
            content_weight=4e-2,
            style_layers=(0, 1, 3, 5, 7),
            style_weights=(12000, 18000, 27000, 120000, 60000),
            tv_weight=0.4,
        )
        sizes = dict(
            swirls=256, facets=288, dots=320, woodcut=288, composition_vii=320, the_scream=256, starry_night=256
        )
        settings = {name: dict(style_size=size) for name, size in sizes.items()}
        settings["facets"]["content_weight"] = 8e-2  # planes and their outlines push hardest against the shapes
    else:
        name = type(model).__name__ + (f" v{model.version}" if isinstance(model, SqueezeNet) else "")
        raise ValueError(f"no presets are known for {name}; try layers and weights by eye")
    return {name: dict(image_size=192) | shared | own for name, own in settings.items()}


# ---------------------------------------------------------------- pictures


def style_transfer(
    content_image,
    style_image,
    image_size,
    style_size,
    content_layer,
    content_weight,
    style_layers,
    style_weights,
    tv_weight,
    init_random=False,
    model=None,
    num_iterations=200,
    learning_rate=0.3,
    show_every=None,
    seed=231,
):
    """The content image painted in the style of another; `presets(model)` holds settings that suit a network.

    Adam on the pixels. After each step they are clipped to what can be shown, from black to white. (The course clips
    to -1.5..1.5, which leaves out the darkest 36 and the brightest 44 of 256 levels of red.)

    Args:
        content_image, style_image: file name, or (H, W, 3) uint8 array; any aspect ratio.
        image_size, style_size: pixels of the smaller side to which each is scaled.
        content_layer, content_weight: index of the map that holds the content, and weight of `content_loss`. The loss
            is a sum over the map: at twice the size, a quarter of the weight has the same say. So for `tv_weight`.
        style_layers, style_weights: indices of the maps that hold the style, and for each the weight in `style_loss`.
        tv_weight: weight of `tv_loss`.
        init_random: start from noise rather than from the content image.
        model: a network with `extract_features`; None takes `load_pretrained()`.
        num_iterations: steps.
        learning_rate: Adam's, in preprocessed units (.3 is 17 grey levels); falls linearly to a tenth over the last
            40 % of the steps.
        show_every: draw the development, a picture for every so many steps and the last.
        seed: of the noise.

    Returns:
        image: (H, W, 3) uint8, whose smaller side is `image_size`; history: dict of float32 arrays with the weighted
        losses after 0, 1, ..., T steps: "content" (T+1,), "style" (T+1, layers), "tv" (T+1,).

    Raises:
        ValueError: a layer that the network does not have, layers and weights of different number, a negative weight,
            a size that is no positive whole number, an image smaller than the network's stride, a negative number of
            iterations, or a learning rate that is not positive.
    """
    model = model or load_pretrained()
    content = _prepared(content_image, image_size, model)
    start = _noise(content.shape, seed) if init_random else content
    held = content_layer, _content_target(model, content, content_layer), content_weight
    style = style_layers, _style_targets(model, _prepared(style_image, style_size, model), style_layers), style_weights
    return descend(model, start, held, style, tv_weight, num_iterations, learning_rate, show_every)


def invert_features(
    content_image,
    image_size,
    content_layer,
    tv_weight=0.1,
    model=None,
    num_iterations=200,
    learning_rate=0.3,
    show_every=None,
    seed=231,
):
    """What a feature map still knows of an image: from noise, a smooth picture with the same map.

    The loop of `style_transfer` without style. Here the content loss is divided by the sum of squares of the map to
    be met, and the total variation by the number of pixels, so that one `tv_weight` suits all depths and sizes.

    Args:
        content_image, image_size, content_layer: as for `style_transfer`.
        tv_weight: of the squared differences between neighbours, mean over pixels, beside the relative squared error.
        model, num_iterations, learning_rate, show_every, seed: as for `style_transfer`.

    Returns:
        image, history: as from `style_transfer`; history["content"] is the relative squared error of the map.

    Raises:
        ValueError: as from `style_transfer`.
    """
    model = model or load_pretrained()
    content = _prepared(content_image, image_size, model)
    target = _content_target(model, content, content_layer)
    held = content_layer, target, 1 / float(tf.reduce_sum(tf.square(target)))
    start, tv_weight = _noise(content.shape, seed), tv_weight / (content.shape[1] * content.shape[2])
    return descend(model, start, held, ((), (), ()), tv_weight, num_iterations, learning_rate, show_every)


def synthesize_texture(
    style_image,
    style_size,
    shape,
    style_layers,
    style_weights,
    tv_weight,
    model=None,
    num_iterations=200,
    learning_rate=0.3,
    show_every=None,
    seed=231,
):
    """More of the same stuff: from noise, a picture with the Gram matrices of another.

    The loop of `style_transfer` without content.

    Args:
        style_image, style_size, style_layers, style_weights, tv_weight: as for `style_transfer`.
        shape: (height, width) of the picture to make, in pixels.
        model, num_iterations, learning_rate, show_every, seed: as for `style_transfer`.

    Returns:
        image, history: as from `style_transfer`.

    Raises:
        ValueError: as from `style_transfer`, or `shape` is no pair of whole numbers.
    """
    model = model or load_pretrained()
    if np.shape(shape) != (2,) or not all(isinstance(side, numbers.Integral) for side in shape):
        raise ValueError(f"shape must be (height, width) in whole pixels, got {shape!r}")
    height, width = shape
    _refuse_small(min(shape), model)
    style = style_layers, _style_targets(model, _prepared(style_image, style_size, model), style_layers), style_weights
    start = _noise((1, height, width, 3), seed)
    return descend(model, start, (None, None, 0.0), style, tv_weight, num_iterations, learning_rate, show_every)


def gram_distance(image, style_image, style_size, style_layers, model):
    """How far a picture is from a style: squared distance of their Gram matrices over the square of the style's.

    Args:
        image: (H, W, 3) uint8 array, taken as it is.
        style_image, style_size, style_layers, model: as for `style_transfer`.

    Returns:
        float, the mean over the layers: 0 for the same style, about 1 where nothing agrees.

    Raises:
        ValueError: as from `style_transfer`.
    """
    grams = _style_targets(model, _prepared(image, min(image.shape[:2]), model), style_layers)
    targets = _style_targets(model, _prepared(style_image, style_size, model), style_layers)
    ratios = [tf.reduce_sum((a - b) ** 2) / tf.reduce_sum(b**2) for a, b in zip(grams, targets, strict=True)]
    return float(np.mean(ratios))


# ---------------------------------------------------------------- the loop


def descend(model, start, content, style, tv_weight, num_iterations, learning_rate, show_every):
    """The loop behind every picture: Adam on the pixels, clipped to what can be shown.

    Args:
        model: a network with `extract_features`; start: (1, H, W, 3) float32 image, as `preprocess_image` makes them.
        content: layer, map to be met, weight; style: layers, Gram matrices to be met, weights; tv_weight: number.
        num_iterations, learning_rate, show_every: as for `style_transfer`.

    Returns:
        image, history: as from `style_transfer`.
    """
    (content_layer, content_target, content_weight), (style_layers, style_targets, style_weights) = content, style
    if len(style_layers) != len(style_weights):
        raise ValueError(
            f"each style layer needs a weight, got {len(style_layers)} layers, {len(style_weights)} weights"
        )
    weights = np.array([content_weight, *style_weights, tv_weight], np.float32)
    if not (weights >= 0).all() or np.isinf(weights).any():
        raise ValueError(f"weights must be finite and not negative, got {weights.tolist()}")
    if not (isinstance(num_iterations, numbers.Integral) and num_iterations >= 0):
        raise ValueError(f"the number of iterations must be 0 or more, got {num_iterations!r}")
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be positive, got {learning_rate}")
    step = _compiled_step(model, start.shape, content_layer, tuple(style_layers))
    targets = content_target, style_targets, tf.constant(weights)
    image, moments = tf.constant(start), (tf.zeros(start.shape), tf.zeros(start.shape))
    losses, shots = [], {}
    for t in progress(range(1, num_iterations + 1), "painting"):
        rate = learning_rate * min(1.0, 1 - 0.9 * (t / num_iterations - 0.6) / 0.4)
        rate *= np.sqrt(1 - _BETA2**t) / (1 - _BETA1**t)  # Adam's moments start at 0
        image, moments, before = step(image, moments, tf.constant(rate, tf.float32), *targets)
        losses.append(before)
        if show_every and (t == num_iterations or t % show_every == 0):
            shots[t] = deprocess_image(image.numpy())[0]
    losses.append(step(image, moments, tf.constant(0.0), *targets)[2])
    if shots:
        show_images(list(shots.values()), [f"step {t}" for t in shots])
    losses = np.array(losses)  # (T+1, 1 + layers + 1)
    return deprocess_image(image.numpy())[0], {"content": losses[:, 0], "style": losses[:, 1:-1], "tv": losses[:, -1]}


@lru_cache(maxsize=8)  # each is traced once, for the shape it is made for; the one longest unused is forgotten
def _compiled_step(model, shape, content_layer, style_layers):
    """One step of Adam as one graph: (image, moments, losses before the step), for images of one shape."""

    @tf.function
    def step(image, moments, rate, content_target, style_targets, weights):
        with tf.GradientTape() as tape:
            tape.watch(image)
            feats = model.extract_features(image)
            held = 0.0 if content_layer is None else content_loss(weights[0], feats[content_layer], content_target)
            style = [
                style_loss(feats, [layer], [target], [weights[k]])
                for k, (layer, target) in enumerate(zip(style_layers, style_targets, strict=True), start=1)
            ]
            losses = tf.stack([held, *style, tv_loss(image, weights[-1])])
        gradient = tape.gradient(losses, image)  # of their sum
        mean = _BETA1 * moments[0] + (1 - _BETA1) * gradient
        square = _BETA2 * moments[1] + (1 - _BETA2) * tf.square(gradient)
        moved = image - rate * mean / (tf.sqrt(square) + _EPSILON)
        return tf.clip_by_value(moved, BLACK, WHITE), (mean, square), losses

    return step


def _content_target(model, image, layer):
    feats = model.extract_features(image)
    return feats[_checked_layer(layer, len(feats))]


def _style_targets(model, image, layers):
    feats = model.extract_features(image)
    return tuple(gram_matrix(feats[_checked_layer(layer, len(feats))]) for layer in layers)


def _checked_layer(layer, count):
    if not (isinstance(layer, numbers.Integral) and 0 <= layer < count):
        raise ValueError(f"the network has the layers 0..{count - 1}, got {layer!r}")
    return layer


def _prepared(image, size, model):
    """A file or (H, W, 3) uint8 array as (1, H', W', 3) float32 with a smaller side of `size`, as networks take it."""
    picture = load_image(image, size) if isinstance(image, str | Path) else resize_image(image, size)
    _refuse_small(size, model)
    return preprocess_image(picture)[None]


def _refuse_small(side, model):
    least = max(model.stride, model.smallest)
    if side < least:
        raise ValueError(f"an image must have at least {least} pixels a side for this network, got {side}")


def _noise(shape, seed):
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(np.float32)
