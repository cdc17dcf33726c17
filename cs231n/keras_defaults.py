"""The settings of Keras that the networks here are made for, whatever a user's own settings are."""

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
    """Layers that are made in the `with` block, or in a function decorated by this, are of those settings.

    The global settings are the user's again afterwards.
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
