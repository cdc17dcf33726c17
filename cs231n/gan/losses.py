"""Losses of the vanilla, least squares and Wasserstein GAN, and the gradient penalty.

All are numbers to be minimised, means over N scores (N, 1) of a discriminator D for real images or for those of a
generator G.
"""

import numbers

import tensorflow as tf


def discriminator_loss(logits_real, logits_fake):
    """Cross-entropy of telling real (1) from fake (0): mean of -log D(x) plus mean of -log(1 - D(G(z))).

    With D = sigmoid(logit), -log D = softplus(-logit) and -log(1 - D) = softplus(logit): no logarithm of zero, and
    no overflow, for logits of any size.

    Args:
        logits_real, logits_fake: (N, 1) scores.

    Returns:
        A number, in the dtype of the logits; 2 log 2 = 1.386 where D can only guess.
    """
    ### BEGIN SOLUTION
    return tf.reduce_mean(tf.nn.softplus(-logits_real)) + tf.reduce_mean(tf.nn.softplus(logits_fake))
    ### END SOLUTION


def generator_loss(logits_fake):
    """The non-saturating loss, mean of -log D(G(z)): steep where D is sure of a fake, so that G learns from it.

    Args:
        logits_fake: (N, 1) scores of G's images.
    """
    ### BEGIN SOLUTION
    return tf.reduce_mean(tf.nn.softplus(-logits_fake))
    ### END SOLUTION


def gan_loss(logits_real, logits_fake):
    """(D_loss, G_loss) of the vanilla GAN; see `discriminator_loss` and `generator_loss`."""
    return discriminator_loss(logits_real, logits_fake), generator_loss(logits_fake)


def ls_discriminator_loss(scores_real, scores_fake):
    """Least squares: half the mean of (D(x) - 1)^2 plus half the mean of D(G(z))^2.

    Args:
        scores_real, scores_fake: (N, 1) scores, without a sigmoid.
    """
    ### BEGIN SOLUTION
    return 0.5 * (tf.reduce_mean(tf.square(scores_real - 1)) + tf.reduce_mean(tf.square(scores_fake)))
    ### END SOLUTION


def ls_generator_loss(scores_fake):
    """Least squares: half the mean of (D(G(z)) - 1)^2. An image that D already accepts is still pulled towards 1.

    Args:
        scores_fake: (N, 1) scores of G's images, without a sigmoid.
    """
    ### BEGIN SOLUTION
    return 0.5 * tf.reduce_mean(tf.square(scores_fake - 1))
    ### END SOLUTION


def lsgan_loss(scores_real, scores_fake):
    """(D_loss, G_loss) of the least squares GAN; see `ls_discriminator_loss` and `ls_generator_loss`."""
    return ls_discriminator_loss(scores_real, scores_fake), ls_generator_loss(scores_fake)


def wgan_discriminator_loss(scores_real, scores_fake):
    """Mean of D(G(z)) minus mean of D(x): its negative estimates the Wasserstein distance, if D has slope 1."""
    return tf.reduce_mean(scores_fake) - tf.reduce_mean(scores_real)


def wgan_generator_loss(scores_fake):
    """Mean of -D(G(z))."""
    return -tf.reduce_mean(scores_fake)


def gradient_penalty(D, real, fake, weight=10, seed=None):
    """How far D's slope is from 1 between real and fake images: mean of weight * (|dD/dx| - 1)^2.

    The slope is taken at one random point on the line from each real image to its fake one. The norm and its square
    are taken per image, then averaged over the batch.

    Args:
        D: function from images to scores (N, 1); real, fake: (N, ...) float images, of one shape.
        weight: the lambda of the paper (Gulrajani et al. 2017, arXiv:1704.00028).
        seed: int or pair of ints, for the same points at every call; None for new points each time.

    Returns:
        A number, not negative, differentiable with respect to D's weights.

    Raises:
        ValueError: if `real` and `fake` differ in shape; broadcasting would pair every image with one.
    """
    if real.shape != fake.shape:
        raise ValueError(f"real and fake images must have one shape, got {real.shape} and {fake.shape}")
    shape = [real.shape[0]] + [1] * (len(real.shape) - 1)
    if isinstance(seed, numbers.Integral):
        seed = (seed, 0)
    if seed is None:
        share = tf.random.uniform(shape, dtype=real.dtype)
    else:
        share = tf.random.stateless_uniform(shape, seed, dtype=real.dtype)
    ### BEGIN SOLUTION
    between = share * real + (1 - share) * fake  # (N, ...)
    with tf.GradientTape() as tape:
        tape.watch(between)
        total = tf.reduce_sum(D(between))
    squares = tf.square(tape.gradient(total, between))
    # 1e-12, because sqrt has an infinite slope at 0, and the gradient of a constant D is 0.
    length = tf.sqrt(tf.reduce_sum(squares, axis=list(range(1, len(real.shape)))) + 1e-12)  # (N,)
    return weight * tf.reduce_mean(tf.square(length - 1))
    ### END SOLUTION


def wgangp_loss(D, real, fake, weight=10, seed=None):
    """(D_loss, G_loss) of the Wasserstein GAN with gradient penalty; arguments as for `gradient_penalty`."""
    scores_fake = D(fake)
    penalty = gradient_penalty(D, real, fake, weight, seed)
    return wgan_discriminator_loss(D(real), scores_fake) + penalty, wgan_generator_loss(scores_fake)
