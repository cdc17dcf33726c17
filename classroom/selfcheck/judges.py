"""Judges of visible checks to which many different answers are right: pictures and noise.

Each factory (`fools`, `score_rises`) returns a judge; see `judging.Check`.
"""

import numpy as np

from .inside import probes
from .judging import Claim

NOT_AN_IMAGE = Claim(False, "the function returns one image, (1, H, W, 3), of finite floats")
NOT_NOISE = Claim(False, "noise is (batch_size, dim) and float32")


def image_of(value, size):
    """(1, size, size, 3) float32 image, or None if `value` is not such an image of finite floats."""
    fits = isinstance(value, np.ndarray) and value.shape == (1, size, size, 3) and value.dtype.kind == "f"
    return value.astype(np.float32) if fits and np.isfinite(value).all() else None


def probabilities_of(weights, image):
    """(C,) probabilities of the classes, by `probes.classifier` with these weights."""
    scores = np.asarray(probes.classifier(weights, image.shape[1])(image), np.float64)[0]
    return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()


def fools(weights, target, confidence=0.9):
    """The network takes the image for the target, with more than `confidence`, the default of the function."""

    def judge(answers, expected):
        image = image_of(answers[0].get("image"), expected[0]["image"].shape[1])
        if image is None:
            return [NOT_AN_IMAGE]
        p = probabilities_of(weights, image)
        return [
            Claim(int(p.argmax()) == target, "the network does not take the image for the target"),
            Claim(p[target] > confidence, "the target's probability does not exceed `confidence`"),
        ]

    return judge


def score_rises(weights, target):
    """The class has a higher probability in "picture 1", after many steps, than in "picture 0", after few."""

    def judge(answers, expected):
        pictures = [image_of(answers[0].get(f"picture {k}"), 12) for k in range(2)]
        if any(picture is None for picture in pictures):
            return [NOT_AN_IMAGE]
        few, many = (probabilities_of(weights, picture)[target] for picture in pictures)
        # Right solutions have .68 to .73 after many steps (60 seeds), one that descends .01, one without a score .25.
        return [Claim(many > few and many > 0.5, "the score of the class does not rise: up the slope, or down?")]

    return judge


def noise_of(value, *shape):
    """`value`, or None if it is not finite float32 noise of this shape."""
    fits = isinstance(value, np.ndarray) and value.shape == shape and value.dtype == np.float32
    return value if fits and np.isfinite(value).all() else None


def uniform_noise(answers, expected):
    """ "noise 0" is (400, 5), "noise 1" is (1, 3), both drawn without a seed."""
    noise = noise_of(answers[0].get("noise 0"), 400, 5)
    if noise is None or noise_of(answers[0].get("noise 1"), 1, 3) is None:
        return [NOT_NOISE]
    # The share of a quarter of the interval is .25; of 10,000 uniform draws none is farther away than .04. Noise in [0,
    # 1) is .25 away or more; normal noise clipped to [-1, 1], .047 to .092.
    quarters = np.histogram(noise, 4, (-1, 1))[0] / noise.size
    return [
        Claim(noise.min() >= -1 and noise.max() <= 1, "noise leaves [-1, 1)"),
        Claim(np.abs(quarters - 0.25).max() < 0.05, "noise is not uniform in [-1, 1)"),
    ]
