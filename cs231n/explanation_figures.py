"""A figure that explains what a classifier sees in a photograph: its class, where, and what fools it."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from cs231n.classifiers.pretrained import load_pretrained
from cs231n.data_utils import class_number
from cs231n.figures import map_over_photograph, show_images
from cs231n.image_utils import deprocess_image, photograph, preprocess_image
from cs231n.network_visualization import compute_saliency_maps, make_fooling_image, smooth_saliency_maps

_DECOYS = ("goldfish", "teapot")  # class of the fooling image; the second one if the photograph shows the first
_NUM_GUESSES = 3  # classes named under the photograph


class Explanation(NamedTuple):
    """The pictures and guesses that `explain_photograph` shows."""

    photograph: np.ndarray  # (S, S, 3) uint8, as the network saw it
    guesses: list  # (name, probability) of the likeliest classes, the first one first
    saliency: np.ndarray  # (S, S) float32, of the class that is explained
    smooth_saliency: np.ndarray  # (S, S) float32
    fooling_image: np.ndarray  # (S, S, 3) uint8
    fooling_guess: tuple  # (name, probability) that the network sees in it


def explain_photograph(source, class_name=None, model=None, height=3.2):
    """Show what a network sees in a photograph: class, saliency map, SmoothGrad, and a fooling image.

    Args:
        source: photograph as `image_utils.photograph` takes it; its central square is shown to the network.
        class_name: name of the class that the maps explain. If the network sees another class in the photograph, it is
            also the class of the fooling image. None: the maps explain the class that the network sees, and the fooling
            image is taken for a goldfish (for a teapot if the photograph shows a goldfish).
        model: network with ImageNet's classes; None for `load_pretrained()`.
        height: inches of the pictures.

    Returns:
        an `Explanation`.

    Raises:
        ValueError: if the source is not a picture, or if no class has that name.
        RuntimeError: if the network is not fooled.
    """
    y = None if class_name is None else class_number(class_name)
    model = model or load_pretrained()
    picture = photograph(source, model.image_size, square=True)
    X = preprocess_image(picture)[None]
    probabilities = _probabilities(model, X)
    likeliest = int(probabilities.argmax())
    y = likeliest if y is None else y
    target = y if y != likeliest else next(number for number in map(class_number, _DECOYS) if number != likeliest)
    fooling = make_fooling_image(X, target, model)
    saliency = compute_saliency_maps(X, [y], model)[0]
    smooth = smooth_saliency_maps(X, [y], model, signed=True)[0]
    guesses = _likeliest(model, probabilities)
    fooling_guess = _likeliest(model, _probabilities(model, fooling))[0]
    explanation = Explanation(picture, guesses, saliency, smooth, deprocess_image(fooling)[0], fooling_guess)
    _show(explanation, model.class_names[y], height)
    return explanation


def _show(explanation, name, height):
    """Draw an `Explanation` for the class of this name."""
    pictures = [
        explanation.photograph,
        map_over_photograph(explanation.photograph, explanation.saliency),
        map_over_photograph(explanation.photograph, explanation.smooth_saliency),
        explanation.fooling_image,
    ]
    first, second = (f"{guess} {p:.0%}" for guess, p in explanation.guesses[:2])
    fooled = "{} {:.0%}".format(*explanation.fooling_guess)
    titles = [f"{first}\n{second}", f"saliency\n{name}", f"SmoothGrad\n{name}", f"fooling image\n{fooled}"]
    show_images(pictures, titles, height=height)


def _probabilities(model, X):
    """Probabilities (C,) of the classes for an image (1, H, W, 3)."""
    return tf.nn.softmax(model(X)[0]).numpy()


def _likeliest(model, probabilities):
    """List of (name, probability) of the likeliest classes, the first one first."""
    return [(model.class_names[k], float(probabilities[k])) for k in np.argsort(-probabilities)[:_NUM_GUESSES]]
