"""Networks that write digits and networks that judge them, and the two pieces that all of them share.

N images of 784 pixels in [-1, 1], as `load_mnist((-1, 1))` returns them; Z entries of noise for each. A generator G
turns noise (N, Z) into images (N, 784). A discriminator D turns images into scores (N, 1): logits, which are high for
images that D takes for real.
"""

import numbers

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from cs231n.checks import check_whole_number
from cs231n.keras_defaults import set_keras_defaults

PIXELS = 784

set_keras_defaults()  # for the networks below, whatever ~/.keras/keras.json says


def sample_noise(batch_size, dim, seed=None):
    """(batch_size, dim) float32 noise, uniform in [-1, 1).

    Args:
        seed: int or pair of ints, for the same noise at every call; None for the next noise of TensorFlow's global
            generator.

    Raises:
        ValueError: if `batch_size` or `dim` is below 1, for which TensorFlow would return an empty batch.
    """
    if min(batch_size, dim) < 1:
        raise ValueError(f"noise needs at least one row and one column, got {batch_size} x {dim}")
    if isinstance(seed, numbers.Integral):
        seed = (seed, 0)
    ### BEGIN SOLUTION
    if seed is None:
        return tf.random.uniform([batch_size, dim], -1, 1)
    return tf.random.stateless_uniform([batch_size, dim], seed, -1, 1)
    ### END SOLUTION


def leaky_relu(x, alpha=0.01):
    """x where it is positive, alpha * x elsewhere: a small slope there, so that no unit ever stops learning.

    Args:
        x: tensor of any shape and float dtype; alpha: float, not negative.
    """
    ### BEGIN SOLUTION
    return tf.nn.leaky_relu(x, alpha)
    ### END SOLUTION


def fused_leaky_relu(x, alpha=0.01):
    """`leaky_relu` for use after a convolution: the same values and slopes, without TensorFlow's line of error.

    TensorFlow tries to compute a convolution and its activation together. It cannot if the gradient needs the values
    between the two, as that of `leaky_relu` does, and then prints an error, although nothing is wrong. The gradient of
    this form needs only the values after the activation, whose signs are the same. In dense layers there is no
    difference, and steps take the same time (benchmarks/gan.py).
    """

    @tf.custom_gradient
    def activation(x):
        y = tf.nn.leaky_relu(x, alpha)
        # y has the sign of x, so the slope is read off y. The slope is constant on either side of 0, so a second
        # derivative, as a gradient penalty takes it, stops here.
        sign = tf.stop_gradient(y)
        return y, lambda dy: tf.raw_ops.LeakyReluGrad(gradients=dy, features=sign, alpha=alpha)

    return activation(x)


def discriminator():
    """Fully connected, 267,009 parameters: 784 -> 256 -> 256 -> 1."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            layers.Dense(256, activation=leaky_relu),
            layers.Dense(256, activation=leaky_relu),
            layers.Dense(1),
        ]
    )
    ### END SOLUTION


def generator(noise_dim=96):
    """Fully connected, 1,858,320 parameters if `noise_dim` is 4: Z -> 1024 -> 1024 -> 784, in [-1, 1] by tanh."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((noise_dim,)),
            layers.Dense(1024, activation="relu"),
            layers.Dense(1024, activation="relu"),
            layers.Dense(PIXELS, activation="tanh"),
        ]
    )
    ### END SOLUTION


def dc_discriminator():
    """Convolutional, 1,102,721 parameters: two 5x5 convolutions (32, 64), each with 2x2 max pooling; 1024 units."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            layers.Reshape((28, 28, 1)),
            # fused_leaky_relu is leaky_relu, which TensorFlow then computes together with the convolution.
            layers.Conv2D(32, 5, activation=fused_leaky_relu),  # 24 x 24
            layers.MaxPooling2D(),  # 12 x 12
            layers.Conv2D(64, 5, activation=fused_leaky_relu),  # 8 x 8
            layers.MaxPooling2D(),  # 4 x 4
            layers.Flatten(),
            layers.Dense(4 * 4 * 64, activation=leaky_relu),
            layers.Dense(1),
        ]
    )
    ### END SOLUTION


def dc_generator(noise_dim=96):
    """Two dense layers, then two transposed convolutions 7 -> 14 -> 28; 6,595,521 parameters if `noise_dim` is 4.

    Each layer but the last is normalised over the batch after its ReLU, as in the course. The moving statistics, for
    use after training, forget with a momentum of .9: with Keras' own .99 they would still be dominated by the first
    steps at the end of a short training.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((noise_dim,)),
            layers.Dense(1024, activation="relu"),
            layers.BatchNormalization(momentum=0.9),
            layers.Dense(7 * 7 * 128, activation="relu"),
            layers.BatchNormalization(momentum=0.9),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(64, 4, strides=2, padding="same", activation="relu"),  # 14 x 14
            layers.BatchNormalization(momentum=0.9),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),  # 28 x 28
            layers.Flatten(),
        ]
    )
    ### END SOLUTION


def wgan_discriminator(norm="batch"):
    """The course's critic for WGAN-GP, 3,411,649 parameters: 4x4 convolutions of stride 2, 28 -> 13 -> 5; 1024 units.

    Two faults of the original are kept here for comparison. BatchNorm makes the score of one image depend on the
    others of its batch, while the gradient penalty treats each image by itself. And without padding no filter reaches
    the rows and columns 26 and 27: the critic is blind there. `wgan_full_discriminator` mends both.

    Args:
        norm: "batch" as in the course, "layer" (each image by itself), or None.

    Raises:
        ValueError: if `norm` is none of those.
    """
    return wgan_critic("valid", norm)


def wgan_full_discriminator(norm="layer"):
    """The critic that sees every pixel: padding in the first convolution, 28 -> 14 -> 6; LayerNorm by default.

    Args:
        norm: "layer", "batch" or None, as for `wgan_discriminator`.

    Raises:
        ValueError: if `norm` is none of those.
    """
    return wgan_critic("same", norm)


def wgan_critic(padding, norm):
    """What both critics share.

    Args:
        padding: "valid" or "same", for the first convolution; norm: "batch", "layer" or None.
    """
    norms = {"batch": [layers.BatchNormalization], "layer": [layers.LayerNormalization], None: []}
    if norm not in norms:
        raise ValueError(f"norm must be 'batch', 'layer' or None, got {norm!r}")
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(64, 4, strides=2, padding=padding, activation=fused_leaky_relu),
            layers.Conv2D(128, 4, strides=2, activation=fused_leaky_relu),
            *(make() for make in norms[norm]),
            layers.Flatten(),
            layers.Dense(1024, activation=leaky_relu),
            layers.Dense(1),
        ]
    )


wgan_generator = dc_generator  # the course's is the same network


def generate(G, num_images, seed=231):
    """Images of a finished generator, (num_images, 784) float32 in [-1, 1]; the same for the same seed.

    Args:
        G: generator. BatchNorm uses its moving statistics, so that no image depends on the others.
        num_images: positive int; seed: int for the noise.

    Raises:
        ValueError: if `num_images` is not a positive whole number.
    """
    check_whole_number("num_images", num_images)
    noise = sample_noise(num_images, G.input_shape[-1], seed)
    return np.concatenate([G(noise[k : k + 500], training=False).numpy() for k in range(0, num_images, 500)])
