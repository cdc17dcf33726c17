"""The generated digit that is nearest to a drawn one, found by descent on the noise.

The weights of the generator are fixed. The gradient of the distance is taken with respect to the noise, as
NetworkVisualization takes the gradient of a score with respect to the image.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image

from cs231n.checks import check_positive, check_whole_number
from cs231n.gan.networks import PIXELS, sample_noise
from cs231n.image_utils import photograph
from cs231n.long_runs import progress
from cs231n.optim import falling_rate

_SIDE, _BOX = 28, 20  # pixels of a picture of MNIST, and of the square that its digit fills
_INK = 25  # grey level, a tenth of white; only lighter pixels are ink


class Nearest(NamedTuple):
    """What `nearest_generated` found."""

    image: np.ndarray  # (784,) float32 in [-1, 1], the generated digit
    noise: np.ndarray  # (Z,) float32 in [-1, 1], what it was generated from
    distances: np.ndarray  # (num_steps + 1,) float32: mean squared difference of pixels after each step


def digit_from_drawing(drawing):
    """Bring a drawn digit into the form of MNIST: white on black, in 28 x 28 pixels.

    The longer side of the digit becomes 20 pixels, and the centre of mass of its ink comes to the middle.

    Args:
        drawing: (H, W) array as `image_utils.photograph` takes it, for instance bool; ink is True, 1 or 255.

    Returns:
        (784,) float32 in [-1, 1].

    Raises:
        ValueError: if the drawing has no ink, or if `photograph` refuses it.
    """
    drawing = np.asarray(drawing)
    ink = photograph(drawing, min(drawing.shape[:2], default=1))[..., 0]
    rows, columns = np.nonzero(ink.max(axis=1) > _INK)[0], np.nonzero(ink.max(axis=0) > _INK)[0]
    if not rows.size:
        raise ValueError("the drawing has no ink: all of it is black")
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(_BOX * side / max(ink.shape))) for side in ink.shape)
    ink = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR), np.float32)
    canvas = np.zeros((3 * _SIDE, 3 * _SIDE), np.float32)
    canvas[_SIDE : _SIDE + height, _SIDE : _SIDE + width] = ink
    top, left = (
        _SIDE + round(float(np.average(np.arange(len(sums)), weights=sums))) - _SIDE // 2
        for sums in (ink.sum(axis=1), ink.sum(axis=0))
    )
    return canvas[top : top + _SIDE, left : left + _SIDE].ravel() / 127.5 - 1


def nearest_generated(G, digit, num_steps=150, num_starts=16, learning_rate=0.1, seed=231):
    """Find the generated digit nearest to a digit: Adam changes the noise, from several starts at the same time.

    Args:
        G: generator, noise (N, Z) -> (N, 784) images in [-1, 1].
        digit: (784,) floats in [-1, 1], as `digit_from_drawing` makes them.
        num_steps: number of steps; num_starts: number of starts; the best of their results is returned.
        learning_rate: Adam's; it falls linearly to a tenth over the last 40 % of the steps.
        seed: int for the noise to start from.

    Raises:
        ValueError: if the digit is not (784,) values in [-1, 1], if a number is not a positive whole number, or if
            learning_rate is not positive.
    """
    digit = np.asarray(digit, np.float32)
    if digit.shape != (PIXELS,) or not np.abs(digit).max() <= 1:
        raise ValueError(f"a digit is {PIXELS} pixels in [-1, 1], got {digit.shape}; digit_from_drawing makes it")
    check_whole_number("num_steps", num_steps)
    check_whole_number("num_starts", num_starts)
    check_positive("learning_rate", learning_rate)
    noise = tf.Variable(sample_noise(num_starts, G.input_shape[-1], seed))
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    optimizer.build([noise])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            distances = tf.reduce_mean(tf.square(G(noise, training=False) - digit), axis=1)  # (num_starts,)
        optimizer.apply_gradients([(tape.gradient(distances, noise), noise)])
        noise.assign(tf.clip_by_value(noise, -1, 1))  # where the generator was trained
        return distances

    history = []
    for t in progress(range(num_steps), "searching"):
        optimizer.learning_rate.assign(falling_rate(learning_rate, t / num_steps))
        history.append(step().numpy())
    images = G(noise, training=False).numpy()
    history.append(np.mean((images - digit) ** 2, axis=1))
    best = int(np.argmin(history[-1]))
    return Nearest(images[best], noise.numpy()[best], np.array(history)[:, best])
