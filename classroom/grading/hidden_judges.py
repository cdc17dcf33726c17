"""The judge that would give a solution away: it is hidden, because it computes what students are to compute.

The comment at a threshold says which right and wrong solutions it separates; see `classroom.selfcheck.judges`.
"""

import itertools

import numpy as np

from classroom.selfcheck.inputs import BLACK, WHITE
from classroom.selfcheck.judges import NOT_AN_IMAGE, features_of, if_so, image_of
from classroom.selfcheck.judging import Claim


def visualization_step(weights, target, l2_reg, learning_rate, max_jitter):
    """From "picture 0" to "picture 1", one step goes along the gradient of score less penalty, `learning_rate` far; and
    from "picture 2" to "picture 3" along that of the shifted picture.
    """

    def judge(answers, expected):
        pictures = [image_of(answers[0].get(f"picture {k}"), 12) for k in range(4)]
        if any(picture is None for picture in pictures):
            return [NOT_AN_IMAGE]
        before, after, shifted_before, shifted_after = pictures
        score, penalty = _score_gradient(weights, target, before), 2 * l2_reg * before
        right = _goes_along(before, after, score - penalty)
        shifts = itertools.product(range(-2 * max_jitter, 2 * max_jitter + 1), repeat=2)
        # A longer step has another cause, for which points are lost elsewhere: not shifted back, or no seed.
        jittered = np.linalg.norm(shifted_after - shifted_before) > 1.05 * learning_rate or any(
            _goes_along(
                shifted_before, shifted_after, _shifted_gradient(weights, target, shifted_before, shift, l2_reg)
            )
            for shift in shifts
        )
        jitter_hint = "with jitter, a step does not go along the gradient at the shifted picture"
        # Length / learning rate. Right: 1.0000; clipping can shorten a step. Wrong: up to .88 if the gradient's length
        # remains, 21 if the gradient is divided by its root mean square.
        long = 0.9 < np.linalg.norm(after - before) / learning_rate < 1.02
        # Right: inside. Wrong: .2 outside or more, without clipping. 1e-4 is for rounding.
        inside = (after >= BLACK - 1e-4).all() and (after <= WHITE + 1e-4).all()
        return [
            Claim("direction", right, _direction_hint(before, after, score, penalty)),
            Claim("direction with jitter", right and jittered, if_so(right, jitter_hint)),
            Claim("length", long and right, if_so(right, "a step is not `learning_rate` long")),
            Claim("range", inside and right, if_so(right, "pixels leave the range from black to white")),
        ]

    return judge


def _direction_hint(before, after, score, penalty):
    hint = "a step does not go along the gradient of the score less the penalty"
    if _goes_along(before, after, score):
        hint += ": the penalty has no effect; is the loss one number?"
    elif _goes_along(before, after, penalty - score):
        hint += ": it goes the opposite way"
    elif _goes_along(before, after, score + penalty):
        hint += ": which sign does the penalty have?"
    return hint


def _goes_along(before, after, direction):
    """Whether a step goes along a direction, in the pixels that are certainly not clipped."""
    step, free = after - before, (after > BLACK + 1e-3) & (after < WHITE - 1e-3)
    norms = np.linalg.norm(direction[free]) * np.linalg.norm(step[free])
    # The cosine. Right: 1.00000. Wrong: up to .983 with twice the penalty, .957 with half of it.
    return (direction * step)[free].sum() / max(norms, 1e-12) > 0.99


def _shifted_gradient(weights, target, image, shift, l2_reg):
    """The gradient of score less penalty at a shifted image, shifted back."""
    gradient = _score_gradient(weights, target, np.roll(image, shift, axis=(1, 2)))
    return np.roll(gradient, np.negative(shift), axis=(1, 2)) - 2 * l2_reg * image


def _score_gradient(weights, target, image):
    """The gradient of the target's score with respect to an image, an array of its shape."""
    filters, _, dense, _ = weights
    features = features_of(weights, image)
    _, height, width, _ = features.shape
    upstream = (1 - features**2) * dense[:, target] / (height * width)  # with respect to the sums before the tanh
    gradient = np.zeros(image.shape)
    for i, j in np.ndindex(filters.shape[:2]):
        gradient[:, i : i + height, j : j + width] += upstream @ filters[i, j].T
    return gradient
