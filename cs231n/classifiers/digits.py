"""A small network that reads MNIST's digits; it judges the digits that a GAN writes."""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from cs231n.keras_defaults import keras_defaults
from cs231n.untrusted_files import read_npz, untrusted_file

PIXELS, FEATURES, DIGITS = 784, 64, 10
WEIGHTS = Path(__file__).with_suffix(".npz")
_BATCH = 500


class Reading(NamedTuple):
    """The classifier's outputs for N images."""

    features: np.ndarray  # (N, 64) float64, outputs of the last layer but one
    probabilities: np.ndarray  # (N, 10) float64, rows that sum to 1


@keras_defaults()
def digit_classifier():
    """The network, untrained: (N, 784) images in [-1, 1] -> (features (N, 64), scores (N, 10)); 61,322 parameters."""
    x = images = keras.Input((PIXELS,))
    x = layers.Reshape((28, 28, 1))(x)
    for width in (16, 32, 64):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D()(x)  # 14, 7, 3
    features = layers.Dense(FEATURES, activation="relu")(layers.Flatten()(x))
    scores = layers.Dense(DIGITS)(layers.Dropout(0.3)(features))
    return keras.Model(images, [features, scores])


def load_digit_classifier():
    """The network as `python -m tools.train_digit_classifier` trained it; it reads over 99 % of MNIST's test digits."""
    model = digit_classifier()
    with untrusted_file(WEIGHTS, "weights of this network", "git checkout restores it"):
        stored = read_npz(WEIGHTS)
        model.set_weights([stored[f"{k:02d}"].astype(np.float32) for k in range(len(model.weights))])
    model.trainable = False
    return model


def read_digits(images, classifier):
    """The classifier's outputs for images, computed in batches.

    Args:
        images: (N, 784) float32 in [-1, 1]; classifier: network from `load_digit_classifier`.

    Returns:
        A `Reading`.

    Raises:
        ValueError: if images is not (N, 784) with N at least 1, or holds values outside [-1, 1].
    """
    images = np.asarray(images)
    if images.ndim != 2 or images.shape[1] != PIXELS or len(images) == 0:
        raise ValueError(f"images must be of shape (N, {PIXELS}), N at least 1, got {images.shape}")
    if not (np.abs(images) <= 1).all():
        raise ValueError("images must lie in [-1, 1], as load_mnist((-1, 1)) gives them")
    parts = [classifier(images[k : k + _BATCH], training=False) for k in range(0, len(images), _BATCH)]
    features, scores = (np.concatenate(column).astype(np.float64) for column in zip(*parts, strict=True))
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return Reading(features, exponentials / exponentials.sum(axis=1, keepdims=True))
