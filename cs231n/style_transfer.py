"""Style transfer: the content of one picture in the style of another, by descent on the pixels (Gatys et al. 2016).

The weights of the network are fixed; the pixels of the image are what changes. The content is one feature map of the
network. The style is which channels of several feature maps are active at the same places. The same loop inverts
features (content without style, from noise) and makes textures (style without content, from noise).

Images are (1, H, W, 3) as `preprocess_image` makes them, unless a docstring says uint8. Feature maps are (1, h, w, C).
"""

import numbers
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import tensorflow as tf

from cs231n.checks import check_images, check_positive, check_whole_number
from cs231n.classifiers.pretrained import load_pretrained
from cs231n.image_utils import BLACK, WHITE, deprocess_image, load_image, preprocess_image, resize_image
from cs231n.long_runs import postponed_interrupt, progress
from cs231n.optim import falling_rate
from cs231n.style_presets import painting_presets as painting_presets  # both: where settings are looked for
from cs231n.style_presets import presets as presets
from cs231n.style_presets import scaled_preset

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8  # Adam's usual constants

# ---------------------------------------------------------------- losses


def content_loss(content_weight, content_current, content_original):
    """Squared distance between two feature maps: w_c * sum of (F - P)^2.

    Args:
        content_weight: w_c, number.
        content_current: F, (1, h, w, C) float tensor, a map of the current image.
        content_original: P, (1, h, w, C) float tensor, the same map of the content image.

    Returns:
        scalar tensor in the dtype of the maps.

    Raises:
        ValueError: if the shapes differ; TensorFlow would broadcast the smaller map.
    """
    if content_current.shape != content_original.shape:
        raise ValueError(f"the maps must have one shape, got {content_current.shape} and {content_original.shape}")
    ### BEGIN SOLUTION
    return content_weight * tf.reduce_sum(tf.square(content_current - content_original))
    ### END SOLUTION


def gram_matrix(features, normalize=True):
    """Gram matrix: the product of each pair of channels, summed over all places of the feature map.

    It is large for channels that are active at the same places, wherever in the image these places are.

    Args:
        features: (1, h, w, C) float tensor, a feature map of one image.
        normalize: divide by h*w*C, so that maps of different sizes can be compared.

    Returns:
        (C, C) symmetric tensor in the dtype of `features`; unit: activation squared.

    Raises:
        ValueError: if `features` is not (1, h, w, C). The Gram matrices of several images would be added up.
    """
    if len(features.shape) != 4 or features.shape[0] != 1:
        raise ValueError(f"a Gram matrix is of one image, (1, h, w, C), got {tuple(features.shape)}")
    ### BEGIN SOLUTION
    _, h, w, c = features.shape
    flat = tf.reshape(features, [h * w, c])
    gram = tf.matmul(flat, flat, transpose_a=True)  # (C, C)
    return gram / (h * w * c) if normalize else gram
    ### END SOLUTION


def style_loss(feats, style_layers, style_targets, style_weights):
    """Squared distance between Gram matrices, over several layers: sum over layers of w_l * sum of (G_l - A_l)^2.

    Args:
        feats: list of feature maps of the current image, from `extract_features`.
        style_layers: indices into `feats`, one for each layer l.
        style_targets: A_l, (C_l, C_l) tensors, the Gram matrices of the style image in these layers.
        style_weights: w_l, numbers.

    Returns:
        scalar tensor in the dtype of the maps.

    Raises:
        ValueError: if the three lists differ in length, if a layer is not an index into `feats` (-1 is refused too), or
            if a target does not have the shape of its Gram matrix.
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
    """Total variation: w_t * sum of the squared differences of all vertical and all horizontal neighbours.

    Pairs within the last row and within the last column are included; solutions in circulation leave them out.

    Args:
        img: (1, H, W, 3) float tensor.
        tv_weight: w_t, number.

    Returns:
        scalar tensor in the dtype of the image.

    Raises:
        ValueError: if `img` is not (1, H, W, 3) floats.
    """
    check_images(img)
    ### BEGIN SOLUTION
    down, right = img[:, 1:] - img[:, :-1], img[:, :, 1:] - img[:, :, :-1]
    return tv_weight * (tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right)))
    ### END SOLUTION


def fast_style_loss(feats, style_layers, style_targets, style_weights):
    """`style_loss` without its checks. With the plain Gram matrix, the compiled step takes a fifth more time."""
    loss = tf.zeros((), feats[0].dtype)
    for layer, target, weight in zip(style_layers, style_targets, style_weights, strict=True):
        loss += weight * tf.reduce_sum(tf.square(fast_gram_matrix(feats[layer]) - target))
    return loss


def fast_gram_matrix(features):
    """`gram_matrix` of a map (1, h, w, C), normalized."""
    _, h, w, c = features.shape
    return _product_with_itself(tf.reshape(features, [h * w, c])) / (h * w * c)


@tf.custom_gradient
def _product_with_itself(flat):
    """flat^T flat for a tensor (P, C).

    TensorFlow would treat the two factors separately, and their gradients would take two large matrix products. They
    are the same matrix, so one product is enough: if G (C, C) is the gradient of the loss with respect to the result,
    then flat (G + G^T) is the gradient with respect to flat.
    """

    def gradient(upstream):
        return tf.matmul(flat, upstream + tf.transpose(upstream))

    return tf.matmul(flat, flat, transpose_a=True), gradient


def fast_tv_loss(img, tv_weight):
    """`tv_loss` without its check. With the plain differences, the compiled step takes a quarter more time."""
    down, right = _neighbour_differences(img, axis=1), _neighbour_differences(img, axis=2)
    return tv_weight * (tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right)))


def _neighbour_differences(img, axis):
    """Differences of neighbouring pixels of an image (1, H, W, 3): downwards for axis 1, to the right for axis 2.

    The gradient of `tf.slice` only pads with zeros; that of img[:, 1:] - img[:, :-1] takes longer.
    """
    size = [length - (k == axis) for k, length in enumerate(img.shape)]
    return tf.slice(img, [int(k == axis) for k in range(4)], size) - tf.slice(img, [0] * 4, size)


# ---------------------------------------------------------------- pictures


class Content(NamedTuple):
    """The content that an image is to have."""

    layer: int | None  # index of a feature map; None for no content loss
    target: tf.Tensor | None  # (1, h, w, C), the feature map to be reached
    weight: float


class Style(NamedTuple):
    """The style that an image is to have; three sequences of the same length."""

    layers: tuple  # indices of feature maps
    targets: tuple  # (C, C) tensors, the Gram matrices to be reached
    weights: tuple  # floats


_NO_CONTENT, _NO_STYLE = Content(None, None, 0.0), Style((), (), ())


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
    start_image=None,
):
    """Paint the content of one image in the style of another; `presets(model)` has settings that suit a network.

    Adam changes the pixels. After each step they are clipped to the range from black to white. (The course clips to
    -1.5..1.5, which excludes the darkest 36 and the brightest 44 of 256 levels of red.)

    Args:
        content_image, style_image: file name, or (H, W, 3) uint8 array; any aspect ratio.
        image_size, style_size: length in pixels to which the smaller side of each image is scaled.
        content_layer, content_weight: index of the feature map that holds the content, and the weight of
            `content_loss`. That loss is a sum over the map: at twice the size, a quarter of the weight has the same
            effect. The same holds for `tv_weight`.
        style_layers, style_weights: indices of the feature maps that hold the style, and their weights in `style_loss`.
        tv_weight: weight of `tv_loss`.
        init_random: start from noise, not from the content image.
        model: a network with `extract_features`; None for `load_pretrained()`.
        num_iterations: number of steps, T.
        learning_rate: Adam's, in preprocessed units (.3 is 17 grey levels); it falls linearly to a tenth over the last
            40 % of the steps.
        show_every: show the picture after every so many steps and after the last; None shows nothing.
        seed: int for the noise.
        start_image: (h, w, 3) uint8 array to start from, scaled to the size of the result; None for the content image.

    Returns:
        image: (H, W, 3) uint8, whose smaller side is `image_size`.
        history: dict of float32 arrays with the weighted losses after 0, 1, ..., T steps: "content" (T+1,),
            "style" (T+1, number of style layers), "tv" (T+1,).

    Raises:
        ValueError: if the network does not have a layer, if there are not as many style weights as style layers, if a
            weight is negative, if a size is not a positive whole number, if an image is too small for the network, if
            `num_iterations` is negative, if `learning_rate` is not positive, or if `start_image` is given together with
            `init_random`.
        MemoryError: if a picture takes more memory than is free; the message names a size that fits.
    """
    if init_random and start_image is not None:
        raise ValueError("init_random starts from noise, not from a picture: leave start_image out")
    model = model or load_pretrained()
    image = _preprocessed(content_image, image_size, model)
    start = _noise(image.shape, seed) if init_random else image
    if start_image is not None:
        start = preprocess_image(_fitted(start_image, image.shape[1:3]))[None]
    content = Content(content_layer, _content_target(model, image, content_layer), content_weight)
    style = _style(model, style_image, style_size, style_layers, style_weights)
    return descend(model, start, content, style, tv_weight, num_iterations, learning_rate, show_every)


def paint(content_image, style_image, preset, size=384, model=None):
    """Paint from coarse to fine: `style_transfer` at growing sizes, each starting from the result of the one before.

    The small picture gets the large strokes, and the large one the details. So fewer steps are needed at the large
    size, which takes most of the time, and strokes become larger than the network would make them there.

    Ctrl-C ends the painting after the current step, and the picture painted so far is returned.

    Args:
        content_image, style_image: as for `style_transfer`, but two different pictures.
        preset: dict from `painting_presets`: arguments of `style_transfer`, and "stages", a tuple of `Stage`.
        size: length in pixels of the smaller side of the result. The painting is scaled along.
        model: a network with `extract_features`; None for `load_pretrained()`.

    Returns:
        image: (H, W, 3) uint8, whose smaller side is `size`.
        histories: list of the history of each stage, as from `style_transfer`.

    Raises:
        ValueError: when `style_transfer` raises it, if the two pictures are equal, or if the content image has fewer
            pixels a side than the network needs.
        MemoryError: if the picture takes more memory than is free.
    """
    model = model or load_pretrained()
    check_whole_number("size", size)
    photograph, painting = _checked_pair(content_image, style_image, model)
    shape = _preprocessed(photograph, size, model).shape[1:3]  # what is too large is refused before the first step
    image, histories = None, []
    for stage in preset["stages"]:
        chosen = scaled_preset(preset, max(round(stage.scale * size), _least_side(model)))
        del chosen["stages"]
        steps, rate = stage.num_iterations, stage.learning_rate
        image, history = style_transfer(
            photograph, painting, **chosen, model=model, num_iterations=steps, learning_rate=rate, start_image=image
        )
        histories.append(history)
        if len(history["tv"]) <= steps:  # interrupted: the later stages are left out
            break
    return _fitted(image, shape), histories


def invert_features(content_image, image_size, content_layer, tv_weight=0.1, model=None, seed=231, **descent):
    """Invert features: turn noise into a smooth picture whose feature map is that of an image.

    The picture shows what the feature map still contains of the image. The loop is that of `style_transfer` without
    style. Here the content loss is divided by the sum of squares of the image's map, and the total variation by the
    number of pixels, so that one `tv_weight` suits all layers and sizes.

    Args:
        content_image, image_size, content_layer: as for `style_transfer`.
        tv_weight: weight of the total variation per pixel; the relative squared error of the map has the weight 1.
        model, seed: as for `style_transfer`.
        descent: keyword arguments of `descend`: num_iterations=200, learning_rate=0.3, show_every=None.

    Returns:
        image, history: as from `style_transfer`; history["content"] is the relative squared error of the map.

    Raises:
        ValueError: when `style_transfer` raises it.
    """
    model = model or load_pretrained()
    image = _preprocessed(content_image, image_size, model)
    target = _content_target(model, image, content_layer)
    content = Content(content_layer, target, 1 / float(tf.reduce_sum(tf.square(target))))
    start, tv_weight = _noise(image.shape, seed), tv_weight / (image.shape[1] * image.shape[2])
    return descend(model, start, content, _NO_STYLE, tv_weight, **descent)


def synthesize_texture(
    style_image, style_size, shape, style_layers, style_weights, tv_weight, model=None, seed=231, **descent
):
    """Make a texture: turn noise into a picture with the Gram matrices of a style image.

    The loop is that of `style_transfer` without content.

    Args:
        style_image, style_size, style_layers, style_weights, tv_weight: as for `style_transfer`.
        shape: (height, width) of the texture in pixels.
        model, seed: as for `style_transfer`.
        descent: keyword arguments of `descend`: num_iterations=200, learning_rate=0.3, show_every=None.

    Returns:
        image, history: as from `style_transfer`.

    Raises:
        ValueError: when `style_transfer` raises it, and if `shape` is not a pair of whole numbers.
    """
    model = model or load_pretrained()
    if np.shape(shape) != (2,) or not all(isinstance(side, numbers.Integral) for side in shape):
        raise ValueError(f"shape must be (height, width) in whole pixels, got {shape!r}")
    _check_size(shape, model)
    style = _style(model, style_image, style_size, style_layers, style_weights)
    start = _noise((1, *shape, 3), seed)
    return descend(model, start, _NO_CONTENT, style, tv_weight, **descent)


def gram_distance(image, style_image, style_size, style_layers, model):
    """Distance of a picture from a style: the squared distance of their Gram matrices, as a share of the style's.

    For each layer, the sum of the squared differences of the two matrices is divided by the sum of the squares of the
    style's.

    Args:
        image: (H, W, 3) uint8 array, taken at the size that it has.
        style_image, style_size, style_layers, model: as for `style_transfer`.

    Returns:
        float, the mean over the layers: 0 for the same Gram matrices; 1 for a picture whose matrices are all zero.

    Raises:
        ValueError: when `style_transfer` raises it.
    """
    grams = _style_targets(model, _preprocessed(image, min(image.shape[:2]), model), style_layers)
    targets = _style_targets(model, _preprocessed(style_image, style_size, model), style_layers)
    ratios = [tf.reduce_sum((a - b) ** 2) / tf.reduce_sum(b**2) for a, b in zip(grams, targets, strict=True)]
    return float(np.mean(ratios))


# ---------------------------------------------------------------- the loop


def descend(model, start, content, style, tv_weight, num_iterations=200, learning_rate=0.3, show_every=None):
    """The loop behind every picture: Adam on the pixels, clipped to the range from black to white.

    Ctrl-C ends the loop after the current step; the picture and the losses so far are returned.

    Args:
        model: a network with `extract_features`.
        start: (1, H, W, 3) float32 image, as `preprocess_image` makes them.
        content: a `Content`; style: a `Style`; tv_weight: number.
        num_iterations, learning_rate, show_every: as for `style_transfer`.

    Returns:
        image, history: as from `style_transfer`.

    Raises:
        ValueError: when `style_transfer` raises it.
    """
    check_whole_number("num_iterations", num_iterations, least=0)
    check_positive("learning_rate", learning_rate)
    weights = _checked_weights(content, style, tv_weight)
    step = compiled_step(model, start.shape, content.layer, tuple(style.layers))
    image, moments = tf.constant(start), (tf.zeros(start.shape), tf.zeros(start.shape))
    losses, shots = [], {}
    with postponed_interrupt() as interrupted:
        for t in progress(range(1, num_iterations + 1), "painting"):
            rate = falling_rate(learning_rate, t / num_iterations)
            rate *= np.sqrt(1 - _BETA2**t) / (1 - _BETA1**t)  # Adam's moments start at 0
            rate = tf.constant(rate, tf.float32)
            image, moments, before = step(image, moments, rate, content.target, style.targets, weights)
            losses.append(before)
            if show_every and (t == num_iterations or t % show_every == 0):
                shots[t] = deprocess_image(image.numpy())
            if interrupted():
                print(f"stopped after step {t} of {num_iterations}")
                break
    losses.append(step(image, moments, tf.constant(0.0), content.target, style.targets, weights)[2])
    if shots:
        from cs231n.figures import show_development  # only here: it needs Matplotlib

        show_development(shots)
    losses = np.array(losses)  # (T+1, 1 + layers + 1)
    return deprocess_image(image.numpy())[0], {"content": losses[:, 0], "style": losses[:, 1:-1], "tv": losses[:, -1]}


@lru_cache(maxsize=8)  # a step is traced for one shape of image; the least recently used one is dropped
def compiled_step(model, shape, content_layer, style_layers):
    """One step of Adam, compiled into one graph.

    Args:
        model: a network with `extract_features`.
        shape: shape of the image, (1, H, W, 3).
        content_layer: index of a feature map, or None; style_layers: tuple of indices.

    Returns:
        function of (image, moments, rate, content_target, style_targets, weights) that returns (next image, next
        moments, losses before the step). `moments` are Adam's two running means, `weights` and `losses` are (1 + number
        of style layers + 1,): content, style layer by layer, total variation.
    """
    style_term, tv_term = fast_style_loss, fast_tv_loss

    @tf.function
    def step(image, moments, rate, content_target, style_targets, weights):
        with tf.GradientTape() as tape:
            tape.watch(image)
            feats = model.extract_features(image)
            content = 0.0 if content_layer is None else content_loss(weights[0], feats[content_layer], content_target)
            style = [
                style_term(feats, [layer], [target], [weights[k]])
                for k, (layer, target) in enumerate(zip(style_layers, style_targets, strict=True), start=1)
            ]
            losses = tf.stack([content, *style, tv_term(image, weights[-1])])
        gradient = tape.gradient(losses, image)  # of the sum of the losses
        mean = _BETA1 * moments[0] + (1 - _BETA1) * gradient
        square = _BETA2 * moments[1] + (1 - _BETA2) * tf.square(gradient)
        next_image = image - rate * mean / (tf.sqrt(square) + _EPSILON)
        return tf.clip_by_value(next_image, BLACK, WHITE), (mean, square), losses

    return step


def _checked_weights(content, style, tv_weight):
    """The weights of all losses as a tensor (1 + number of style layers + 1,)."""
    if len(style.layers) != len(style.weights):
        raise ValueError(
            f"each style layer needs a weight, got {len(style.layers)} layers, {len(style.weights)} weights"
        )
    weights = np.array([content.weight, *style.weights, tv_weight], np.float32)
    if not (weights >= 0).all() or np.isinf(weights).any():
        raise ValueError(f"weights must be finite and not negative, got {weights.tolist()}")
    return tf.constant(weights)


def _content_target(model, image, layer):
    feats = model.extract_features(image)
    return feats[_checked_layer(layer, len(feats))]


def _style(model, style_image, style_size, layers, weights):
    return Style(layers, _style_targets(model, _preprocessed(style_image, style_size, model), layers), weights)


def _style_targets(model, image, layers):
    """Tuple of the Gram matrices of an image, one for each layer."""
    feats = model.extract_features(image)
    return tuple(gram_matrix(feats[_checked_layer(layer, len(feats))]) for layer in layers)


def _checked_layer(layer, count):
    """`layer`; ValueError if it is not one of the indices 0..count-1."""
    if not (isinstance(layer, numbers.Integral) and 0 <= layer < count):
        raise ValueError(f"the network has the layers 0..{count - 1}, got {layer!r}")
    return layer


def _preprocessed(image, size, model):
    """A file or (H, W, 3) uint8 array, scaled to a smaller side of `size` and preprocessed: (1, H', W', 3) float32."""
    picture = load_image(image, size) if isinstance(image, str | Path) else resize_image(image, size)
    _check_size(picture.shape[:2], model)
    return preprocess_image(picture)[None]


def _checked_pair(content_image, style_image, model):
    """Both pictures as arrays; ValueError if they are equal, or if the first is too small to be scaled up."""
    pair = [load_image(image) if isinstance(image, str | Path) else image for image in (content_image, style_image)]
    if np.array_equal(*pair):
        raise ValueError("the painting is the photograph itself; take a picture in another style")
    height, width = np.shape(pair[0])[:2]
    if min(height, width) < _least_side(model):
        raise ValueError(
            f"the photograph has {height} x {width} pixels; one to paint has at least {_least_side(model)} a side"
        )
    return pair


def _fitted(picture, shape):
    """A picture, (h, w, 3) uint8, scaled to a shape (height, width); smoothly, because it is mostly enlarged."""
    scaled = tf.image.resize(picture, shape, "bicubic").numpy()
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _least_side(model):
    """The fewest pixels a side that the network takes."""
    return max(model.stride, model.smallest)


def _check_size(shape, model):
    """Raise ValueError if a picture (height, width) is too small for the network, MemoryError if it is too large."""
    side, least = min(shape), _least_side(model)
    if side < least:
        raise ValueError(f"an image must have at least {least} pixels a side for this network, got {side}")
    needed, free = _bytes_of_a_pixel(model) * shape[0] * shape[1], psutil.virtual_memory().available
    if needed > free:
        raise MemoryError(
            f"a picture of {shape[0]} x {shape[1]} pixels needs {needed / 1e9:.1f} GB of memory here, and "
            f"{free / 1e9:.1f} GB are free; one whose smaller side has {int(side * (free / needed) ** 0.5)} pixels fits"
        )


@lru_cache(maxsize=8)
def _bytes_of_a_pixel(model):
    """Memory that a step of `descend` takes for each pixel: that of all feature maps, three times over, as measured."""
    side = 8 * max(model.stride, model.smallest)
    return 3 * 4 * sum(np.prod(m.shape) for m in model.extract_features(tf.zeros([1, side, side, 3]))) / side**2


def _noise(shape, seed):
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(np.float32)
