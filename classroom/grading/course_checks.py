"""Checks for functions in the course's own layout: they ask for nothing that the course's handout does not say.

There `sample` knows no temperature and goes on after <END>; an image fools as soon as the network takes it for the
target; no call has to be refused; and nothing is said about the momentum of BatchNormalization.
"""

from classroom.exercises import EXERCISES, GANS, NETWORK_VISUALIZATION, RNN_CAPTIONING, STYLE_TRANSFER


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


def _first_claims(number):
    """A change that keeps only the first claims of a check's judge."""
    return lambda check: check._replace(judge=lambda answers, expected: check.judge(answers, expected)[:number])


# Notebook -> (exercise, title of a check; None for all others of the exercise) -> what becomes of the check.
_CHANGES = {
    RNN_CAPTIONING: {
        ("CaptioningRNN.sample", "most probable words"): _first_claims(1),
        ("CaptioningRNN.sample", "words up to <END>"): _first_claims(1),
        ("CaptioningRNN.sample", "random words"): _left_out,
        ("CaptioningRNN.sample", "words drawn at random"): _left_out,
    },
    NETWORK_VISUALIZATION: {
        ("make_fooling_image", "fools"): _first_claims(1),
        ("make_fooling_image", "one step"): _left_out,
        ("make_fooling_image", "a second image"): _first_claims(1),
        ("make_fooling_image", "length of a step"): _left_out,
        ("create_class_visualization", "score rises"): _first_claims(1),
        ("create_class_visualization", "direction of a step"): _first_claims(1),
        ("create_class_visualization", "jitter and blur"): _left_out,
    },
    STYLE_TRANSFER: {
        ("style_loss", "wrong arguments"): _left_out,
        ("style_loss", "calls that must be refused"): _left_out,
    },
    GANS: {
        ("dc_generator", "parameters and output"): _first_claims(2),
        ("gradient_penalty", None): _left_out,
    },
}
