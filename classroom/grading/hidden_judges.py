"""The judge that would give a solution away: it is hidden, because it computes what students are to compute.

The comment at a threshold says which right and wrong solutions it separates; see `classroom.selfcheck.judges`.
"""

import numpy as np

from classroom.selfcheck.inputs import BLACK, WHITE
from classroom.selfcheck.judges import NOT_AN_IMAGE, features_of, if_so, image_of
from classroom.selfcheck.judging import Claim


def visualization_step(weights, target, l2_reg, learning_rate):
    """From "picture 0" to "picture 1", one step goes along the gradient of score less penalty, `learning_rate` far."""

    def judge(answers, expected):
        before, after = (image_of(answers[0].get(f"picture {k}"), 12) for k in range(2))
        if before is None or after is None:
            return [NOT_AN_IMAGE]
        score, penalty = _score_gradient(weights, target, before), 2 * l2_reg * before
        step, free = after - before, (after > BLACK + 1e-3) & (after < WHITE - 1e-3)  # free: certainly not clipped
        length = np.linalg.norm(step)

        # The cosine of two directions. Right: 1.00000. Wrong: up to .983 with twice the penalty, .957 with half of it.
        def along(direction):
            norms = np.linalg.norm(direction[free]) * np.linalg.norm(step[free])
            return (direction * step)[free].sum() / max(norms, 1e-12) > 0.99

        right = along(score - penalty)
        hint = "a step does not go along the gradient of the score less the penalty"
        if along(score):
            hint += ": the penalty has no effect; is the loss one number?"
        elif along(penalty - score):
            hint += ": it goes the opposite way"
        elif along(score + penalty):
            hint += ": which sign does the penalty have?"
        # Length / learning rate. Right: 1.0000; clipping can shorten a step. Wrong: up to .88 if the gradient's length
        # remains, 21 if the gradient is divided by its root mean square.
        long = 0.9 * learning_rate < length < 1.02 * learning_rate
        # Right: inside. Wrong: .2 outside or more, without clipping. 1e-4 is for rounding.
        inside = (after >= BLACK - 1e-4).all() and (after <= WHITE + 1e-4).all()
        return [
            Claim("direction", right, hint),
            Claim("length", long and right, if_so(right, "a step is not `learning_rate` long")),
            Claim("range", inside and right, if_so(right, "pixels leave the range from black to white")),
        ]

    return judge


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
