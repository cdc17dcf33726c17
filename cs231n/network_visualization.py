"""Pictures that explain a classifier: saliency maps, fooling images, class visualization.

N images of H x W pixels, 3 channels, as `preprocess_image` makes them; C classes. Every function takes any
model whose call gives class scores (N, C), and differentiates a score with respect to the image.
"""

from functools import lru_cache

import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from cs231n.image_utils import (
    BLACK,
    SQUEEZENET_MEAN,
    SQUEEZENET_STD,
    WHITE,
    blur_image,
    deprocess_image,
    preprocess_image,
)
from cs231n.long_runs import progress
from cs231n.notebook import show_images

# ---------------------------------------------------------------- saliency


def compute_saliency_maps(X, y, model):
    """How strongly each pixel moves the score of its own image's class.

    The gradient is that of the sum of the scores, one per image. Every score depends on its own image
    alone, so each map is the same whatever else is in the batch. (Of the mean it would shrink with N.)

    Args:
        X: (N, H, W, 3) preprocessed images; y: (N,) class of each, in 0..C-1.
        model: class scores from images.

    Returns:
        (N, H, W) float32 array, not negative: the largest absolute gradient among the three channels.

    Raises:
        ValueError: X is not a batch of colour images, or y does not fit X or the classes of the model.
    """
    X, y = _checked_batch(X, y, model)
    ### BEGIN SOLUTION
    return tf.reduce_max(tf.abs(_score_gradient(model)(X, y)), axis=-1).numpy()
    ### END SOLUTION


def smooth_saliency_maps(X, y, model, num_samples=16, noise_std=0.2, blur=2, seed=231):
    """SmoothGrad: saliency with the flicker of the gradient averaged out.

    The gradient of a deep network changes wildly within a step that no eye notices. The root mean square over
    noisy copies of the image keeps what stays (Smilkov et al. 2017, arXiv:1706.03825; the squared form: Hooker
    et al. 2019, arXiv:1806.10758).

    Args:
        X, y, model: as for `compute_saliency_maps`.
        num_samples: noisy copies of each image.
        noise_std: standard deviation of the noise, as a share of the range from black to white.
        blur: standard deviation, in pixels, of the Gaussian that finishes the map.
        seed: of the noise; the same for every image, so that a map does not depend on the batch.

    Returns:
        (N, H, W) float32 array, not negative.
    """
    X, y = _checked_batch(X, y, model)
    gradient = _score_gradient(model)
    rng = np.random.RandomState(seed)
    scale = noise_std * (WHITE - BLACK)
    total = np.zeros(X.shape[:3], np.float32)
    for _ in progress(range(num_samples), "noisy copies"):
        noise = rng.standard_normal(X.shape[1:]).astype(np.float32) * scale
        total += np.square(gradient(X + noise, y)).mean(axis=-1)
    return gaussian_filter(np.sqrt(total / num_samples), sigma=(0, blur, blur))


def shuffle_weights(model, seed=231):
    """Shuffle each array of weights of `model` in place: what was learned is gone, the statistics stay.

    A map that looks the same afterwards shows edges of the image, not what the network knows
    (Adebayo et al. 2018, "Sanity checks for saliency maps", arXiv:1810.03292).
    """
    rng = np.random.RandomState(seed)
    model.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in model.get_weights()])


# ---------------------------------------------------------------- fooling images


def make_fooling_image(X, target_y, model, confidence=0.9, learning_rate=1.0, max_iterations=100):
    """Change an image until the network takes it for another class; no one sees the difference.

    Gradient ascent on the score of the target, each step of the same length. The image is held to what a file
    can store (256 levels in each channel) while it is judged, so that saved as PNG it still fools.

    Args:
        X: (1, H, W, 3) preprocessed image; target_y: int, the class it is to be taken for.
        model: class scores from images.
        confidence: stop once the target's probability exceeds this.
        learning_rate: Euclidean length of a step, in preprocessed units.
        max_iterations: give up after so many steps.

    Returns:
        (1, H, W, 3) float32 array; `deprocess_image` and `preprocess_image` turn it into a picture and back
        without loss.

    Raises:
        ValueError: the target is what the model already sees, or is no class of the model, or X is not one image.
        RuntimeError: not fooled after `max_iterations`.
    """
    X, y = _checked_batch(X, [target_y], model)
    if np.argmax(model(X)[0]) == target_y:
        raise ValueError(f"class {target_y} is what the network already sees in this image; choose another target")
    ### BEGIN SOLUTION
    gradient = _score_gradient(model)
    moved = X
    for _ in progress(range(max_iterations), "fooling"):
        g = gradient(moved, y)
        moved = np.clip(moved + learning_rate * g / max(np.linalg.norm(g), 1e-12), BLACK, WHITE).astype(np.float32)
        stored = preprocess_image(deprocess_image(moved))
        if tf.nn.softmax(model(stored))[0, target_y] > confidence:
            return stored
    ### END SOLUTION
    raise RuntimeError(
        f"not taken for class {target_y} after {max_iterations} steps; allow more, take longer ones, or begin with "
        "another image"
    )


# ---------------------------------------------------------------- class visualization


def create_class_visualization(
    target_y,
    model,
    l2_reg=1e-3,
    learning_rate=25,
    num_iterations=100,
    blur_every=10,
    max_jitter=16,
    show_every=None,
    seed=231,
):
    """The course's recipe: gradient ascent from noise to a picture that the network gives a high score.

    Maximises score(I) - l2_reg * |I|^2 by steps of one length, with the picture moved about by a few pixels
    before each step, and blurred now and then, so that no single pixel can matter.

    Args:
        target_y: int, class to draw; model: class scores from images, with `image_size`.
        l2_reg: weight of the penalty. The loss is a number, so the penalty counts; written as
            `score - l2_reg * I * I`, an array, TensorFlow sums it and the score's gradient counts once per entry
            of I: the penalty is that many times weaker. Dividing `l2_reg` by `I.size` gives exactly that picture.
        learning_rate: Euclidean length of a step, in preprocessed units.
        num_iterations: steps.
        blur_every: blur (sd .5 pixel) after so many steps.
        max_jitter: largest shift of the picture before a step, in pixels.
        show_every: draw the development, a picture for every so many iterations and the last.
        seed: of the start and the shifts.

    Returns:
        (1, S, S, 3) float32 preprocessed picture, S = model.image_size.
    """
    rng = np.random.RandomState(seed)
    y = _checked_classes([target_y], model)
    X = rng.standard_normal((1, model.image_size, model.image_size, 3)).astype(np.float32)
    gradient = _score_gradient(model)
    shots = {}
    for t in progress(range(1, num_iterations + 1), _name(model, target_y)):
        ### BEGIN SOLUTION
        shift = rng.randint(-max_jitter, max_jitter + 1, size=2)
        X = np.roll(X, shift, axis=(1, 2))
        g = gradient(X, y) - 2 * l2_reg * X
        X = X + learning_rate * g / max(np.linalg.norm(g), 1e-12)  # 0 where a last ReLU lets nothing through
        X = np.clip(np.roll(X, -shift, axis=(1, 2)), BLACK, WHITE).astype(np.float32)
        if t % blur_every == 0:
            X = blur_image(X, sigma=0.5)
        ### END SOLUTION
        if show_every and (t == 1 or t % show_every == 0 or t == num_iterations):
            shots[t] = deprocess_image(X[0])
    if shots:
        show_images(shots.values(), [f"step {t}" for t in shots], suptitle=_name(model, target_y))
    return X


# Red, green and blue (rows) of the directions in which the colours of photographs vary (columns), strongest first:
# brightness, blue against orange, green against pink; as measured on ImageNet by tensorflow/lucid (Apache-2.0).
_COLOUR = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
_COLOUR /= np.linalg.norm(_COLOUR, axis=0).max()


class _FourierPicture:
    """Pictures written as sums of waves, in colours that vary independently of one another.

    A step in this space moves broad waves more than fine ones, as in photographs, instead of sprinkling
    pixels (Olah et al. 2017, "Feature visualization", doi:10.23915/distill.00007).
    """

    def __init__(self, count, size, rng):
        frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])  # (S, S/2+1)
        self.size = size
        self.scale = (size / np.maximum(frequency, 1 / size) ** 1.35).astype(np.float32)
        start = 0.01 * rng.standard_normal((2, 1, 3, *frequency.shape))
        self.waves = tf.Variable(np.tile(start, (1, count, 1, 1, 1)).astype(np.float32))  # real, imaginary part

    def pixels(self):
        """(count, S, S, 3) in 0..1, differentiable with respect to `waves`."""
        spectrum = tf.complex(self.waves[0] * self.scale, self.waves[1] * self.scale)
        planes = tf.signal.irfft2d(spectrum, [self.size, self.size]) / 4  # (count, 3, S, S)
        return tf.sigmoid(tf.einsum("nkhw,ck->nhwc", planes, _COLOUR))


def _random_view(images, seed):
    """Each picture scaled, turned and shifted at random, the same for all; borders reflect, pixels blend bilinearly.

    Written with `tf.gather`, whose gradient is exact; the gradient of TensorFlow's own image transform is not.
    """
    size = images.shape[1]
    draw = tf.random.stateless_uniform([4], seed, minval=[0.7, -1, -1, -1], maxval=[1.25, 1, 1, 1])
    angle, shift = draw[1] * np.pi / 12, draw[2:] * 16
    centre = (size - 1) / 2
    row, column = tf.meshgrid(*2 * [tf.range(size, dtype=tf.float32) - centre], indexing="ij")
    row, column = (
        (tf.cos(angle) * row - tf.sin(angle) * column) / draw[0] + centre - shift[0],
        (tf.sin(angle) * row + tf.cos(angle) * column) / draw[0] + centre - shift[1],
    )
    row, column = _reflect(row, size), _reflect(column, size)
    top, left = tf.minimum(tf.floor(row), size - 2), tf.minimum(tf.floor(column), size - 2)
    down, right = (
        (row - top)[..., None],
        (column - left)[..., None],
    )  # (S, S, 1) weights of the lower, right neighbour
    index = tf.cast(top * size + left, tf.int32)
    flat = tf.reshape(images, [-1, size * size, 3])

    def neighbour(offset):
        return tf.gather(flat, index + offset, axis=1)  # (N, S, S, 3)

    upper = neighbour(0) * (1 - right) + neighbour(1) * right
    lower = neighbour(size) * (1 - right) + neighbour(size + 1) * right
    return upper * (1 - down) + lower * down


def _reflect(position, size):
    """Positions outside 0..size-1 mirrored back in."""
    period = 2.0 * (size - 1)
    position = tf.math.floormod(position, period)
    return tf.minimum(position, period - position)


def render_classes(
    target_ys, model, num_iterations=256, learning_rate=0.018, size=160, smoothness=24, show_every=None, seed=231
):
    """Class visualization that a class recognises: waves for pixels, random views, noise that fades.

    Adam raises the target's score less a penalty on total variation. What keeps the picture natural is that each
    step sees it at another size (.7 to 1.25), angle (15 degrees either way) and place (16 pixels either way), under
    noise whose standard deviation falls from .3 to .06 of the range from black to white. All classes start from the
    same waves and see the same views, so a picture does not depend on which others are drawn with it.

    Args:
        target_ys: sequence of class ids, one picture each; model: class scores from images.
        num_iterations: steps; learning_rate: Adam's, falls linearly to a tenth over the last 40 %.
        size: side of the pictures in pixels.
        smoothness: weight of the total variation, the mean over pixels of the absolute differences to the pixels
            below and to the right, summed over channels, of values in 0..1.
        show_every: draw the development, a row for each class.
        seed: of the waves, the views and the noise.

    Returns:
        (N, size, size, 3) float32 preprocessed pictures, exactly as 8 bits store them.

    Raises:
        ValueError: no class, or a class that the model does not have.
    """
    y = _checked_classes(target_ys, model)
    picture = _FourierPicture(len(y), size, np.random.RandomState(seed))
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    optimizer.build([picture.waves])

    @tf.function
    def step(t, noise_std):
        with tf.GradientTape() as tape:
            pixels = picture.pixels()
            view = _random_view(pixels, seed=[seed, t])
            view += noise_std * tf.random.stateless_normal(view.shape[1:], seed=[seed + 1, t])
            scores = model((view - SQUEEZENET_MEAN) / SQUEEZENET_STD)
            variation = tf.image.total_variation(pixels) / size**2  # (N,) how much neighbours differ, per pixel
            loss = tf.reduce_sum(smoothness * variation - tf.gather(scores, y, axis=1, batch_dims=1))
        optimizer.apply_gradients([(tape.gradient(loss, picture.waves), picture.waves)])

    shots = {}
    for t in progress(range(num_iterations), "drawing"):
        done = t / num_iterations
        optimizer.learning_rate.assign(learning_rate * min(1.0, 1 - 0.9 * (done - 0.6) / 0.4))
        step(tf.constant(t), tf.constant(0.3 + (0.06 - 0.3) * done, tf.float32))
        if show_every and (t + 1 in (1, num_iterations) or (t + 1) % show_every == 0):
            shots[t + 1] = np.rint(255 * picture.pixels().numpy()).astype(np.uint8)
    if shots:
        grid = [shot[k] for k in range(len(y)) for shot in shots.values()]
        titles = [f"step {t}" for t in shots] + [""] * (len(grid) - len(shots))
        show_images(grid, titles, columns=len(shots))
    return preprocess_image(np.rint(255 * picture.pixels().numpy()).astype(np.uint8))


# ---------------------------------------------------------------- shared


@lru_cache(maxsize=4)
def _score_gradient(model):
    """A function (X, y) -> d(sum of the scores of y) / dX, as an array; compiled for the first size, then for any."""

    ### BEGIN SOLUTION
    @tf.function(reduce_retracing=True)
    def gradient(X, y):
        with tf.GradientTape() as tape:
            tape.watch(X)
            total = tf.reduce_sum(tf.gather(model(X), y, axis=1, batch_dims=1))
        return tape.gradient(total, X)

    return lambda X, y: gradient(tf.constant(X), tf.constant(y)).numpy()
    ### END SOLUTION


def _checked_classes(y, model):
    """Class ids as int32 array (N,), each one the model has."""
    ids = np.asarray(y)
    classes = len(model.class_names)
    if ids.ndim != 1 or ids.size == 0 or ids.dtype.kind not in "iu":
        raise ValueError(f"classes are a list of whole numbers, got {y!r}")
    if ids.min() < 0 or ids.max() >= classes:
        wrong = ids[(ids < 0) | (ids >= classes)][0]
        raise ValueError(f"class {wrong} is not one of 0..{classes - 1}")
    return ids.astype(np.int32)


def _checked_batch(X, y, model):
    """X as float32 (N, H, W, 3) and y as int32 (N,)."""
    X = np.asarray(X)
    if X.ndim != 4 or X.shape[-1] != 3:
        raise ValueError(f"images have the shape (N, H, W, 3), got {X.shape}; a single one needs X[None]")
    if X.dtype.kind != "f":
        raise ValueError(f"images are floats made by preprocess_image, got {X.dtype}")
    y = _checked_classes(y, model)
    if len(y) != len(X):
        raise ValueError(f"{len(X)} images need as many classes, got {len(y)}")
    return X.astype(np.float32), y


def _name(model, y):
    return model.class_names[y]
