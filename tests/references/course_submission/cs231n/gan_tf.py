"""A solution in the course's layout: GANs."""

import tensorflow as tf

NOISE_DIM = 96
bce = tf.keras.losses.BinaryCrossentropy(from_logits=True)


def leaky_relu(x, alpha=0.01):
    return tf.maximum(x, alpha * x)


def sample_noise(batch_size, dim, seed=None):
    if seed is not None:
        tf.random.set_seed(seed)
    return tf.random.uniform((batch_size, dim), minval=-1, maxval=1)


def discriminator(seed=None):
    if seed is not None:
        tf.random.set_seed(seed)
    model = tf.keras.models.Sequential()
    model.add(tf.keras.layers.Dense(256, input_shape=(784,), activation=leaky_relu))
    model.add(tf.keras.layers.Dense(256, activation=leaky_relu))
    model.add(tf.keras.layers.Dense(1))
    return model


def generator(noise_dim=NOISE_DIM, seed=None):
    if seed is not None:
        tf.random.set_seed(seed)
    return tf.keras.models.Sequential(
        [
            tf.keras.layers.InputLayer((noise_dim,)),
            tf.keras.layers.Dense(1024, activation="relu"),
            tf.keras.layers.Dense(1024, activation=tf.nn.relu),
            tf.keras.layers.Dense(784, activation="tanh"),
        ]
    )


def discriminator_loss(logits_real, logits_fake):
    return bce(tf.ones_like(logits_real), logits_real) + bce(tf.zeros_like(logits_fake), logits_fake)


def generator_loss(logits_fake):
    return bce(tf.ones_like(logits_fake), logits_fake)


def ls_discriminator_loss(scores_real, scores_fake):
    return 0.5 * tf.reduce_mean((scores_real - 1) ** 2) + 0.5 * tf.reduce_mean(scores_fake**2)


def ls_generator_loss(scores_fake):
    return 0.5 * tf.reduce_mean((scores_fake - 1) ** 2)


def dc_discriminator():
    return tf.keras.models.Sequential(
        [
            tf.keras.layers.Reshape((28, 28, 1), input_shape=(784,)),
            tf.keras.layers.Conv2D(32, 5, activation=leaky_relu),
            tf.keras.layers.MaxPool2D(2, 2),
            tf.keras.layers.Conv2D(64, 5, activation=leaky_relu),
            tf.keras.layers.MaxPool2D(2, 2),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(4 * 4 * 64, activation=leaky_relu),
            tf.keras.layers.Dense(1),
        ]
    )


def dc_generator(noise_dim=NOISE_DIM):
    return tf.keras.models.Sequential(
        [
            tf.keras.layers.Dense(1024, activation="relu", input_shape=(noise_dim,)),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Dense(7 * 7 * 128, activation="relu"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Reshape((7, 7, 128)),
            tf.keras.layers.Conv2DTranspose(64, 4, 2, padding="same", activation="relu"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Conv2DTranspose(1, 4, 2, padding="same", activation="tanh"),
            tf.keras.layers.Flatten(),
        ]
    )
