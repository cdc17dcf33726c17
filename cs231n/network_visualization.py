"""Pictures that explain a classifier: saliency maps, fooling images, class visualization.

N images (N, H, W, 3) as `preprocess_image` makes them; C classes. The model may be any function of images that returns
class scores (N, C), best before a softmax (in `keras.applications`: classifier_activation=None). If it has
`class_names`, a list of C names, they are written on pictures, else numbers. Every picture is made from the gradient of
a score with respect to the image.
"""

from functools import lru_cache

import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from cs231n.checks import check_images
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
from cs231n.optim import falling_rate

# ---------------------------------------------------------------- saliency


def compute_saliency_maps(X, y, model):
    """Saliency maps: how much each pixel changes the score of its image's class.

    The gradient is taken of the sum of the N scores. Each score depends on its own image only, so a map does not depend
    on the other images of the batch. (The gradient of the mean would shrink with N.)

    Args:
        X: (N, H, W, 3) preprocessed images.
        y: (N,) integers in 0..C-1, the class of each image.
        model: function from images to class scores.

    Returns:
        (N, H, W) float32 array, not negative: the largest absolute gradient of the three channels.

    Raises:
        ValueError: if X is not (N, H, W, 3) floats, or if y is not (N,) integers in 0..C-1.
    """
    X, y = _checked_batch(X, y, model)
    ### BEGIN SOLUTION
    return tf.reduce_max(tf.abs(score_gradient(model)(X, y)), axis=-1).numpy()
    ### END SOLUTION


def smooth_saliency_maps(X, y, model, num_samples=16, noise_std=0.2, blur=2, signed=False, seed=231):
    """Saliency maps with less noise: the root mean square, or the mean, of the gradients of noisy copies of the image.

    The gradient of a deep network changes much between images that look the same to us. In the mean over noisy copies
    (SmoothGrad, Smilkov et al. 2017, arXiv:1706.03825) what changes its sign cancels. In the mean of squares (Hooker et
    al. 2019, arXiv:1806.10758) nothing cancels: it shows where the score is sensitive around the image.

    Args:
        X, y, model: as for `compute_saliency_maps`.
        num_samples: number of noisy copies of each image.
        noise_std: standard deviation of the noise, as a share of the range from black to white.
        blur: standard deviation, in pixels, of the Gaussian that smooths the final map.
        signed: True for the largest absolute value over the channels of the mean; False for the root mean square over
            copies and channels.
        seed: int for the noise. All images get the same noise, so that a map does not depend on the batch.

    Returns:
        (N, H, W) float32 array, not negative.

    Raises:
        ValueError: when `compute_saliency_maps` raises it.
    """
    X, y = _checked_batch(X, y, model)
    gradient = score_gradient(model)
    rng = np.random.RandomState(seed)
    scale = noise_std * (WHITE - BLACK)
    total = np.zeros(X.shape, np.float32)
    for _ in progress(range(num_samples), "noisy copies"):
        noise = rng.standard_normal(X.shape[1:]).astype(np.float32) * scale
        total += gradient(X + noise, y) if signed else np.square(gradient(X + noise, y))
    mean = total / num_samples
    maps = np.abs(mean).max(axis=-1) if signed else np.sqrt(mean.mean(axis=-1))
    return gaussian_filter(maps, sigma=(0, blur, blur))


def shuffle_weights(model, seed=231):
    """Shuffle the entries of each weight array of `model`, in place.

    What the network has learned is lost, while each array keeps its values. A saliency map that looks the same
    afterwards shows edges of the image, not what the network knows (Adebayo et al. 2018, "Sanity checks for saliency
    maps", arXiv:1810.03292).
    """
    rng = np.random.RandomState(seed)
    model.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in model.get_weights()])


# ---------------------------------------------------------------- fooling images


def make_fooling_image(X, target_y, model, confidence=0.9, learning_rate=1.0, max_iterations=100):
    """Change an image until the network predicts another class, by so little that we do not see it.

    Gradient ascent on the score of the target class, in steps of one length. The network judges the image as a file
    stores it, with 256 levels in each channel, so that an image that is saved as PNG still fools the network.

    Args:
        X: (1, H, W, 3) preprocessed image.
        target_y: int, the class that the network is to predict.
        model: function from images to class scores.
        confidence: stop as soon as the probability of the target is greater than this.
        learning_rate: Euclidean length of a step, in preprocessed units.
        max_iterations: maximum number of steps.

    Returns:
        (1, H, W, 3) float32 array, with exactly the values that 8 bits can store: `preprocess_image` of its
        `deprocess_image` gives it back unchanged.

    Raises:
        ValueError: if the model already predicts the target, if the target is not one of its classes, or if X is not a
            single image.
        RuntimeError: if the network is not fooled after `max_iterations` steps.
    """
    X, y = _checked_batch(X, [target_y], model)
    if np.argmax(model(X)[0]) == target_y:
        raise ValueError(f"class {target_y} is what the network already sees in this image; choose another target")
    ### BEGIN SOLUTION
    gradient = score_gradient(model)
    for _ in progress(range(max_iterations), "fooling"):
        g = gradient(X, y)
        X = np.clip(X + learning_rate * g / max(np.linalg.norm(g), 1e-12), BLACK, WHITE).astype(np.float32)
        stored = preprocess_image(deprocess_image(X))
        if _probabilities(model(stored))[0, target_y] > confidence:
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
    """Draw a class by the course's recipe: gradient ascent from noise to an image with a high score.

    The ascent maximises score(I) - l2_reg * |I|^2, in steps of one length. Before each step the image is shifted at
    random by a few pixels, and every few steps it is blurred, so that no single pixel can matter much.

    Args:
        target_y: int, the class to draw.
        model: function from images to class scores.
        l2_reg: weight of the penalty. (In other editions the loss is the array `score - l2_reg * I * I`. TensorFlow
            differentiates the sum of an array, in which the score occurs I.size times, so the penalty is I.size times
            weaker there. Dividing `l2_reg` by I.size gives exactly their picture.)
        learning_rate: Euclidean length of a step, in preprocessed units.
        num_iterations: number of steps.
        blur_every: steps between two blurs (by a Gaussian with a standard deviation of .5 pixel).
        max_jitter: largest shift before a step, in pixels.
        show_every: show the image after the first step, every so many steps, and the last; None shows nothing.
        seed: int for the starting image and the shifts.

    Returns:
        (1, S, S, 3) float32 preprocessed image. S is `model.image_size` if the model has it; else the one size that a
        Keras model takes, or 224.

    Raises:
        ValueError: if `target_y` is not one of the model's classes.
    """
    rng = np.random.RandomState(seed)
    side = getattr(model, "image_size", None) or _only_side(model) or 224
    X = rng.standard_normal((1, side, side, 3)).astype(np.float32)
    y = _checked_classes([target_y], model, X)
    gradient = score_gradient(model)
    name = model.class_names[target_y] if hasattr(model, "class_names") else f"class {target_y}"
    shots = {}
    for t in progress(range(1, num_iterations + 1), name):
        ### BEGIN SOLUTION
        shift = rng.randint(-max_jitter, max_jitter + 1, size=2)
        X = np.roll(X, shift, axis=(1, 2))
        g = gradient(X, y) - 2 * l2_reg * X
        X = X + learning_rate * g / max(np.linalg.norm(g), 1e-12)  # g is 0 if a last ReLU is inactive
        X = np.clip(np.roll(X, -shift, axis=(1, 2)), BLACK, WHITE).astype(np.float32)
        if t % blur_every == 0:
            X = blur_image(X, sigma=0.5)
        ### END SOLUTION
        if show_every and (t == 1 or t % show_every == 0 or t == num_iterations):
            shots[t] = deprocess_image(X)
    if shots:
        from cs231n.figures import show_development  # only here: it needs Matplotlib

        show_development(shots, suptitle=name)
    return X


# The directions (columns) in which the colours of photographs vary, in red, green and blue (rows), the strongest first:
# brightness, blue against orange, green against pink. Measured on ImageNet by tensorflow/lucid (Apache-2.0).
_COLOUR = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
_COLOUR /= np.linalg.norm(_COLOUR, axis=0).max()

# A wave of frequency f is scaled by f ** -_DECAY: the larger, the smoother the picture. lucid has 1, as in photographs
# (Field 1987); 1.35 was chosen by eye, for shapes rather than grain.
_DECAY = 1.35
_AMPLITUDE = 1 / 4  # a factor of all waves; lucid has it too, and gives no reason

# How far `_random_view` changes a picture; chosen by eye, by drawings of sixteen classes.
_SCALES, _SHIFT = (0.7, 1.25), 16  # factors, and pixels either way; angles are up to pi / 12, 15 degrees


class _FourierPicture:
    """Pictures as sums of sine waves, in three colours that vary independently in photographs.

    The parameters are the amplitudes of the waves. A gradient step changes broad waves more than fine ones, whereas a
    step on pixels makes noise (Olah et al. 2017, "Feature visualization", doi:10.23915/distill.00007).
    """

    def __init__(self, count, size, rng):
        frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])  # (S, S/2+1)
        self.size = size
        self.scale = (size / np.maximum(frequency, 1 / size) ** _DECAY).astype(np.float32)
        start = 0.01 * rng.standard_normal((2, 1, 3, *frequency.shape))
        self.waves = tf.Variable(np.tile(start, (1, count, 1, 1, 1)).astype(np.float32))  # real, imaginary part

    def pixels(self):
        """The pictures as a tensor (count, S, S, 3) in 0..1, differentiable with respect to `waves`."""
        spectrum = tf.complex(self.waves[0] * self.scale, self.waves[1] * self.scale)
        planes = tf.signal.irfft2d(spectrum, [self.size, self.size]) * _AMPLITUDE  # (count, 3, S, S)
        return tf.sigmoid(tf.einsum("nkhw,ck->nhwc", planes, _COLOUR))

    def in_8_bits(self):
        """The pictures as an array (count, S, S, 3) uint8."""
        return np.rint(255 * self.pixels().numpy()).astype(np.uint8)


def _random_view(images, seed):
    """Scale, rotate and shift the pictures at random, all in the same way.

    Outside its borders a picture is reflected; between pixels it is interpolated bilinearly. The function is written
    with `tf.gather`, whose gradient is exact; that of TensorFlow's own image transform is not.

    Args:
        images: (N, S, S, 3) float tensor; seed: two integers.
    """
    size = images.shape[1]
    draw = tf.random.stateless_uniform([4], seed, minval=[_SCALES[0], -1, -1, -1], maxval=[_SCALES[1], 1, 1, 1])
    angle, shift = draw[1] * np.pi / 12, draw[2:] * _SHIFT
    centre = (size - 1) / 2
    row, column = tf.meshgrid(*2 * [tf.range(size, dtype=tf.float32) - centre], indexing="ij")
    row, column = (  # where each pixel of the view is in the picture
        (tf.cos(angle) * row - tf.sin(angle) * column) / draw[0] + centre - shift[0],
        (tf.sin(angle) * row + tf.cos(angle) * column) / draw[0] + centre - shift[1],
    )
    row, column = _reflect(row, size), _reflect(column, size)
    top, left = tf.minimum(tf.floor(row), size - 2), tf.minimum(tf.floor(column), size - 2)
    down, right = (row - top)[..., None], (column - left)[..., None]  # (S, S, 1) weights of the lower, right neighbour
    index = tf.cast(top * size + left, tf.int32)
    flat = tf.reshape(images, [-1, size * size, 3])

    def neighbour(offset):
        return tf.gather(flat, index + offset, axis=1)  # (N, S, S, 3)

    upper = neighbour(0) * (1 - right) + neighbour(1) * right
    lower = neighbour(size) * (1 - right) + neighbour(size + 1) * right
    return upper * (1 - down) + lower * down


def _reflect(position, size):
    """Positions, those outside of 0..size-1 reflected at the borders."""
    period = 2.0 * (size - 1)
    position = tf.math.floormod(position, period)
    return tf.minimum(position, period - position)


def render_classes(
    target_ys, model, num_iterations=256, learning_rate=0.018, size=None, smoothness=24, show_every=None, seed=231
):
    """Draw classes so that an audience recognises them: with waves instead of pixels, random views, fading noise.

    Adam maximises the score of the class, minus a penalty on total variation. To keep the picture natural, each step
    sees it at a random size (.7 to 1.25), angle (up to 15 degrees either way) and place (up to 16 pixels either way),
    with noise whose standard deviation falls from .3 to .06 of the range from black to white. All classes start from
    the same waves and are seen in the same views, so a picture does not depend on the others.

    Args:
        target_ys: sequence of N integers, the classes to draw.
        model: function from images to class scores.
        num_iterations: number of steps.
        learning_rate: Adam's; it falls linearly to a tenth over the last 40 % of the steps.
        size: side of the pictures in pixels; None for the one size that a Keras model takes, or 160.
        smoothness: weight of the total variation: the mean over pixels of the absolute differences to the pixels below
            and to the right, summed over channels, of values in 0..1.
        show_every: number of steps between two showings of the pictures, a row for each class; they are also shown
            after the first step and after the last. None shows nothing.
        seed: int for the waves, the views and the noise.

    Returns:
        (N, size, size, 3) float32 preprocessed pictures, with exactly the values that 8 bits can store.

    Raises:
        ValueError: if `target_ys` is empty or holds anything but integers in 0..C-1.
    """
    size = size or _only_side(model) or 160
    y = _checked_classes(target_ys, model, np.zeros((1, size, size, 3), np.float32))
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
            variation = tf.image.total_variation(pixels) / size**2  # (N,), per pixel
            loss = tf.reduce_sum(smoothness * variation - tf.gather(scores, y, axis=1, batch_dims=1))
        optimizer.apply_gradients([(tape.gradient(loss, picture.waves), picture.waves)])

    shots = {}
    for t in progress(range(num_iterations), "drawing"):
        done = t / num_iterations
        optimizer.learning_rate.assign(falling_rate(learning_rate, done))
        step(tf.constant(t), tf.constant(0.3 + (0.06 - 0.3) * done, tf.float32))
        if show_every and (t + 1 in (1, num_iterations) or (t + 1) % show_every == 0):
            shots[t + 1] = picture.in_8_bits()
    if shots:
        from cs231n.figures import show_development  # only here: it needs Matplotlib

        show_development(shots)
    return preprocess_image(picture.in_8_bits())


# ---------------------------------------------------------------- shared


@lru_cache(maxsize=4)
def score_gradient(model):
    """The gradient of class scores with respect to images, as a function.

    Args:
        model: function from images (N, H, W, 3) to class scores (N, C).

    Returns:
        function of X (N, H, W, 3) float32 and y (N,) int32 that returns the gradient of the sum over n of score y[n] of
        image n with respect to X, as an array. It is compiled for the first shape of X, and then once for all shapes.
    """

    ### BEGIN SOLUTION
    @tf.function(reduce_retracing=True)
    def gradient(X, y):
        with tf.GradientTape() as tape:
            tape.watch(X)
            total = tf.reduce_sum(tf.gather(model(X), y, axis=1, batch_dims=1))
        return tape.gradient(total, X)

    return lambda X, y: gradient(tf.constant(X), tf.constant(y)).numpy()
    ### END SOLUTION


def _probabilities(scores):
    """The softmax of scores (N, C); scores that are probabilities already, as many models return, stay as they are."""
    if np.min(scores) >= 0 and np.allclose(np.sum(scores, axis=1), 1, atol=1e-3):
        return scores
    return tf.nn.softmax(scores)


def _only_side(model):
    """Height and width of the images of a Keras model that takes one size only; None for any other model."""
    shape = getattr(model, "input_shape", ())
    return shape[1] if len(shape) == 4 else None


def _checked_classes(y, model, X):
    """y as an int32 array (N,); ValueError if it is not N >= 1 integers in 0..C-1.

    Args:
        X: (N, H, W, 3) images; a model without `class_names` is called with the first, for the number of its scores.
    """
    ids = np.asarray(y)
    classes = len(model.class_names) if hasattr(model, "class_names") else model(X[:1]).shape[1]
    if ids.ndim != 1 or ids.size == 0 or ids.dtype.kind not in "iu":
        raise ValueError(f"the classes must be a list of whole numbers, got {y!r}")
    if ids.min() < 0 or ids.max() >= classes:
        wrong = ids[(ids < 0) | (ids >= classes)][0]
        raise ValueError(f"class {wrong} is not one of 0..{classes - 1}")
    return ids.astype(np.int32)


def _checked_batch(X, y, model):
    """(X as float32 (N, H, W, 3), y as int32 (N,)); ValueError as `compute_saliency_maps`."""
    X = np.asarray(X)
    check_images(X)
    X = X.astype(np.float32)
    y = _checked_classes(y, model, X)
    if len(y) != len(X):
        raise ValueError(f"{len(X)} images need as many classes, got {len(y)}")
    return X, y
