"""Judges of visible checks for what many different answers may be right for: pictures and noise."""

import numpy as np

from .inside import probes
from .judging import Claim


def image_of(value, size):
    """The image in an answer, or None where it is none."""
    fits = isinstance(value, np.ndarray) and value.shape == (1, size, size, 3) and value.dtype.kind == "f"
    return value.astype(np.float32) if fits and np.isfinite(value).all() else None


def probabilities_of(weights, image):
    scores = np.asarray(probes.classifier(weights, image.shape[1])(image), np.float64)[0]
    return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()


def fools(weights, target):
    """The image is taken for the target, and with the confidence asked for."""

    def judge(answers, wanted):
        image = image_of(answers[0].get("image"), wanted[0]["image"].shape[1])
        if image is None:
            return [Claim(False, "one image comes back, (1, H, W, 3), finite floats")]
        p = probabilities_of(weights, image)
        return [
            Claim(int(p.argmax()) == target, "the network does not take the image for the target"),
            Claim(p[target] > 0.9, "the target's probability does not exceed `confidence`"),
        ]

    return judge


def score_rises(weights, target):
    """After many steps the class has a higher score than after few; the same seed gives the same picture."""

    def judge(answers, wanted):
        pictures = [image_of(answers[0].get(f"picture {k}"), 12) for k in range(2)]
        if any(picture is None for picture in pictures):
            return [Claim(False, "a picture comes back, (1, S, S, 3), finite floats")]
        few, many = (probabilities_of(weights, picture)[target] for picture in pictures)
        return [Claim(many > few and many > 0.5, "the score of the class does not rise: up the slope, or down?")]

    return judge


def noise_of(value, *shape):
    fits = isinstance(value, np.ndarray) and value.shape == shape and value.dtype == np.float32
    return value if fits and np.isfinite(value).all() else None


def uniform_noise(answers, wanted):
    """`noise` 0 (400, 5) and 1 (1, 3), without a seed."""
    noise = noise_of(answers[0].get("noise 0"), 400, 5)
    if noise is None or noise_of(answers[0].get("noise 1"), 1, 3) is None:
        return [Claim(False, "noise has the shape (batch_size, dim) and is of float32")]
    counts = np.histogram(noise, 4, (-1, 1))[0] / noise.size
    return [
        Claim(noise.min() >= -1 and noise.max() <= 1, "noise leaves [-1, 1)"),
        Claim(np.abs(counts - 0.25).max() < 0.05, "noise is not uniform in [-1, 1)"),
    ]
