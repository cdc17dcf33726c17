"""Keras' usual settings, which the networks of this package need; a user's own settings may differ from them."""

import contextlib

import keras

FLOAT, LAYOUT = "float32", "channels_last"

if keras.config.backend() != "tensorflow":
    raise ImportError(
        f"Keras was imported with the backend {keras.config.backend()}, and the networks here need TensorFlow: import "
        'cs231n before keras, or change KERAS_BACKEND or "backend" in ~/.keras/keras.json; then restart Python'
    )


def set_keras_defaults():
    """Set the global settings that decide what a layer computes: ~/.keras/keras.json may say something else."""
    keras.config.set_floatx(FLOAT)
    keras.config.set_image_data_format(LAYOUT)
    keras.config.set_epsilon(1e-7)
    keras.config.set_dtype_policy(FLOAT)


@contextlib.contextmanager
def keras_defaults():
    """Make layers with Keras' usual settings, in a `with` block or in a function that is decorated by this.

    Afterwards the global settings are the user's own again.
    """
    before = keras.config.floatx(), keras.config.image_data_format(), keras.config.epsilon()
    policy = keras.config.dtype_policy()
    set_keras_defaults()
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_image_data_format(before[1])
        keras.config.set_epsilon(before[2])
        keras.config.set_dtype_policy(policy)
