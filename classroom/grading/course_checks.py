"""Checks for functions in the course's own layout: they ask for nothing that the course's handout does not say.

There `sample` knows no temperature and goes on after <END>; an image fools as soon as the network takes it for the
target; no call has to be refused; and nothing is said about the momentum of BatchNormalization.
"""

import numpy as np

from classroom.exercises import EXERCISES, GANS, NETWORK_VISUALIZATION, RNN_CAPTIONING, STYLE_TRANSFER
from classroom.selfcheck.inside.probes import WORDS
from classroom.selfcheck.judging import Claim


def adapted(checks, course):
    """The checks for a submission.

    Args:
        checks: list of (check, visibility).
        course: the notebooks whose functions are the course's.

    Returns:
        list of (check, visibility). An exercise with a check left out has more points for its other checks, so that it
        keeps its points; one without a check is not graded.
    """
    changes = {place: change for notebook in course for place, change in _CHANGES[notebook].items()}
    pairs = [(_changed(check, changes), visibility) for check, visibility in checks]
    pairs = [(check, visibility) for check, visibility in pairs if check]
    for exercise in EXERCISES:
        _spread_points(pairs, exercise)
    return pairs


def _spread_points(pairs, exercise):
    """Give the checks of an exercise, in `pairs`, points in proportion to theirs that add up to the exercise's."""
    places = [k for k, (check, _) in enumerate(pairs) if check.exercise == exercise.name]
    total, rest = sum(pairs[k][0].points for k in places), exercise.points
    for k in places:
        check, visibility = pairs[k]
        points = rest if k == places[-1] else round(check.points * exercise.points / total, 3)
        pairs[k], rest = (check._replace(points=points), visibility), round(rest - points, 3)


def _changed(check, changes):
    """The check in its new form, or None if it is left out."""
    return changes.get((check.exercise, check.title), changes.get((check.exercise, None), _unchanged))(check)


def _unchanged(check):
    return check


def _left_out(check):
    return None


def _first_claim(check):
    """The check with the first claim of its judge only."""
    return check._replace(judge=lambda answers, expected: check.judge(answers, expected)[:1])


def _until_end(check):
    """The check of captions up to their first <END> only."""
    ends = [case.inputs.get("words", WORDS).index("<END>") for case in check.cases]

    def judge(answers, expected):
        agree = [
            _same_until(end, answer.get("captions"), solved["captions"])
            for end, answer, solved in zip(ends, answers, expected, strict=True)
        ]
        labels = [case.label for case, same in zip(check.cases, agree, strict=True) if not same and case.label]
        return [Claim(all(agree), "captions have wrong words" + (f" for {', '.join(labels)}" if labels else ""))]

    return check._replace(judge=judge)


def _same_until(end, captions, solved):
    if not isinstance(captions, np.ndarray) or captions.shape != solved.shape or captions.dtype.kind not in "iuf":
        return False
    ended = np.cumsum(solved == end, axis=1) - (solved == end) > 0  # after the first <END>
    return np.array_equal(np.where(ended, 0, captions), np.where(ended, 0, solved))


# Notebook -> (exercise, title of a check; None for all others of the exercise) -> what becomes of the check.
_CHANGES = {
    RNN_CAPTIONING: {
        ("CaptioningRNN.sample", "most probable words"): _until_end,
        ("CaptioningRNN.sample", "after <END>"): _until_end,
        ("CaptioningRNN.sample", "words drawn at random"): _left_out,
    },
    NETWORK_VISUALIZATION: {
        ("make_fooling_image", "fools"): _first_claim,
        ("make_fooling_image", "as a file stores it"): _left_out,
        ("make_fooling_image", "length of a step"): _left_out,
        ("create_class_visualization", "direction of a step"): _first_claim,
        ("create_class_visualization", "jitter and blur"): _left_out,
    },
    STYLE_TRANSFER: {
        ("gram_matrix", "one image at a time"): _left_out,
        ("style_loss", "calls that must be refused"): _left_out,
    },
    GANS: {
        ("dc_generator", "images from noise"): _first_claim,
        ("gradient_penalty", None): _left_out,
    },
}
