"""The course's module of the GANs notebook: digits in [0, 1] from an iterator, networks with a seed, helpers."""

import keras
import numpy as np
import tensorflow as tf

from cs231n.data_utils import load_mnist
from cs231n.figures import show_images as show_rows
from cs231n.gan import (
    dc_discriminator,
    dc_generator,
    discriminator_loss,
    generator_loss,
    get_solvers,
    leaky_relu,
    ls_discriminator_loss,
    ls_generator_loss,
    mosaic,
    networks,
    run_a_gan,
    sample_noise,
)
from cs231n.gradient_check import rel_error

__all__ = [
    "MNIST",
    "NOISE_DIM",
    "count_params",
    "dc_discriminator",
    "dc_generator",
    "deprocess_img",
    "discriminator",
    "discriminator_loss",
    "generator",
    "generator_loss",
    "get_solvers",
    "leaky_relu",
    "ls_discriminator_loss",
    "ls_generator_loss",
    "preprocess_img",
    "rel_error",
    "run_a_gan",
    "sample_noise",
    "show_images",
]

NOISE_DIM = 96


def discriminator(seed=None):
    """`gan.discriminator`; with a seed (int), the same first weights at every call. Sets TensorFlow's global seed."""
    return _seeded(networks.discriminator, seed)


def generator(noise_dim=NOISE_DIM, seed=None):
    """`gan.generator`; with a seed (int), the same first weights at every call. Sets TensorFlow's global seed."""
    return _seeded(networks.generator, seed, noise_dim)


def _seeded(make, seed, *args):
    if seed is not None:
        keras.utils.set_random_seed(seed)  # of Python and NumPy too: Keras draws first weights with Python's
    return make(*args)


class MNIST:
    """Batches of MNIST's training digits, over and over: `for x, y in MNIST(batch_size=128)` is one pass through them.

    Attributes:
        X: (60000, 784) float32 from 0 (paper) to 1 (ink); y: (60000,) uint8, which digits they are.
    """

    def __init__(self, batch_size, shuffle=False):
        (self.X, self.y), _ = load_mnist((0, 1))
        self.batch_size, self.shuffle = batch_size, shuffle

    def __iter__(self):
        order = np.random.permutation(len(self.X)) if self.shuffle else np.arange(len(self.X))
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            yield self.X[rows], self.y[rows]


def show_images(images):
    """Show digits in a square of rows. `images`: (N, 784) array or tensor in [-1, 1] or [0, 1]."""
    images = np.asarray(images).reshape(len(images), -1)
    if images.min() >= 0:
        images = preprocess_img(images)
    show_rows([mosaic(images, columns=int(np.ceil(np.sqrt(len(images)))))], height=4)


def preprocess_img(x):
    """Pixels in [0, 1] brought to [-1, 1]."""
    return 2 * x - 1.0


def deprocess_img(x):
    """Pixels in [-1, 1] brought to [0, 1]."""
    return (x + 1.0) / 2.0


def count_params(model):
    """Number of entries of all weights of a model, trained or not."""
    return int(sum(tf.size(weight) for weight in model.weights))
