"""Checks, and how answers to them are judged: never in a submission's process, and from arrays alone."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .inside.probes import directions
from .inside.wire import Odd

# Largest difference from the solved package's output, as a share of the output's largest number, by bytes of a float.
# Other right solutions (in the tests of the reference edition) differ by up to 3e-7 in 4 bytes and 7e-8 in 8 bytes,
# where Keras computes losses in 4. Two bytes are 20 times their spacing of 1e-3; no right solution with them was
# measured.
TOLERANCE = {2: 2e-2, 4: 1e-4, 8: 1e-6}


class Case(NamedTuple):
    label: str  # what is special about the case, for feedback
    probe: str  # a function of inside/probes.py
    inputs: dict  # the probe's arguments


class Claim(NamedTuple):
    """A statement about the answers. The points of a check are divided equally among its claims."""

    name: str
    holds: bool
    hint: str  # feedback if the claim does not hold; "" if it fails because of another claim, whose hint says why


class Check(NamedTuple):
    exercise: str
    title: str  # unique among the checks of the exercise
    points: float
    cases: list[Case]
    judge: Callable  # (answers, expected) -> list of claims; both arguments are lists of dicts, one for each case


class Judgement(NamedTuple):
    """What a check says of a submission."""

    share: float  # of the points, in 0..1
    feedback: str
    lost: tuple = ()  # names of the claims that do not hold; (NOT_RUN,) if the answers cannot be judged


NOT_RUN = "runs"


def judged(check, answers, expected, mistakes=None):
    """The `Judgement` of the answers to a check.

    Args:
        answers: for each case {"outputs": dict} or {"error": text}.
        expected: the solved package's outputs, a dict for each case.
        mistakes: dict output -> dict from a sentence about a usual mistake to `prints`; the feedback has the sentence
            where the output is what that mistake makes of it.
    """
    for case, answer in zip(check.cases, answers, strict=True):
        if "error" in answer:
            where = f"{case.label}: " if case.label else ""
            return Judgement(0.0, where + answer["error"], (NOT_RUN,))
    outputs = [answer["outputs"] for answer in answers]
    try:
        with np.errstate(all="ignore"):
            claims = check.judge(outputs, expected)
    except Exception as error:  # a judge must survive whatever a submission sends
        reason = f"what the function returns cannot be judged ({type(error).__name__})"
        return Judgement(0.0, reason, (NOT_RUN,))
    failing = [claim for claim in claims if not claim.holds]
    hints = dict.fromkeys(claim.hint for claim in failing if claim.hint)
    for output, sentences in (mistakes or {}).items() if failing else ():
        hints |= dict.fromkeys(text for text in sentences if _same_prints(outputs, expected, output, sentences[text]))
    return Judgement(1 - len(failing) / len(claims), "\n".join(hints), tuple(claim.name for claim in failing))


# ---------------------------------------------------------------- usual mistakes

_NUM_PRINTS = 3


def prints(outputs, expected, output):
    """For each case, three weighted sums of the numbers of an output, by which it can be recognised; None if it is no
    array of the right shape and finite in each case.

    Args:
        outputs: the outputs, a dict for each case; expected: the solved package's.
    """
    rows = []
    for answer, right in zip(outputs, expected, strict=True):
        array = answer.get(output)
        right_shape = isinstance(array, np.ndarray) and array.shape == np.shape(right[output])
        if not right_shape or array.dtype.kind != "f" or not np.isfinite(array).all():
            return None
        rows.append((directions(array.shape, _NUM_PRINTS) * array).reshape(_NUM_PRINTS, -1).sum(axis=1).tolist())
    return rows


def _same_prints(outputs, expected, output, mistaken):
    own = prints(outputs, expected, output)
    if own is None:
        return False
    limits = []  # of a case's sums, if each number is within `TOLERANCE`
    for answer, right in zip(outputs, expected, strict=True):
        size, bytes_ = np.size(right[output]), min(answer[output].dtype.itemsize, right[output].dtype.itemsize)
        limits.append(5 * TOLERANCE[bytes_] * size**0.5 * max(np.abs(right[output]).max(initial=0), 1e-6))
    return bool((np.abs(np.subtract(own, mistaken)) <= np.array(limits)[:, None]).all())


# ---------------------------------------------------------------- the judge of most checks


def agrees(*labels, names=None):
    """A judge with one claim for each output: in all cases the output agrees with the solved package's.

    Args:
        labels: the labels of the cases.
        names: names of the outputs to compare; default all.
    """

    def judge(answers, expected):
        claims = []
        for name in names or expected[0]:
            faults = [fault(a.get(name), e[name]) for a, e in zip(answers, expected, strict=True)]
            claims.append(Claim(name, not any(faults), _hint(name, faults, labels)))
        return claims

    return judge


def agrees_in_each_case(output, *labels):
    """A judge with one claim for each case, named by its label: `output` agrees with the solved package's."""

    def judge(answers, expected):
        faults = [fault(a.get(output), e[output]) for a, e in zip(answers, expected, strict=True)]
        return [
            Claim(label, not text, f"{output} {text} for {label}") for label, text in zip(labels, faults, strict=True)
        ]

    return judge


_NO_GRADIENT = "does not exist: the result does not depend on this argument through TensorFlow's operations"


def _hint(name, faults, labels):
    """A line for each different fault of an output, with the cases that have it; "" if there is none."""
    lines = []
    for text in dict.fromkeys(text for text in faults if text):
        wrong = [label for label, other in zip(labels, faults, strict=True) if other == text]
        where = f" for {', '.join(wrong)}" if len(wrong) < len(faults) else ""
        no_gradient = name.startswith("gradient") and text == fault(None, np.zeros(1))
        lines.append(f"{name} {_NO_GRADIENT if no_gradient else text}{where}")
    return "\n".join(lines)


def fault(output, expected):
    """What is wrong with an output, as the end of a sentence, or "". The text never contains an expected value."""
    if type(expected) in (int, str, bool, type(None)):
        same = type(output) is type(expected) and output == expected
        return "" if same else f"is {str(output)[:60]}, which is not right"
    expected = np.asarray(expected)
    if isinstance(output, (bool, int, float)):
        output = np.asarray(output, expected.dtype)  # a Python number has no precision of its own
    if not isinstance(output, np.ndarray):
        kind = output if isinstance(output, Odd) else "None" if output is None else type(output).__name__
        return f"is {kind}, not numbers"
    if output.shape != expected.shape:
        transposed = " (transposed?)" if output.shape == expected.shape[::-1] else ""
        return f"has the shape {output.shape} instead of {expected.shape}{transposed}"
    if expected.dtype.kind in "iub":
        return "" if np.array_equal(output, expected) else "has wrong entries"
    coarser = min(a.dtype.itemsize for a in (output, expected) if a.dtype.kind == "f")
    return _difference(output.astype(np.float64), expected.astype(np.float64), TOLERANCE[coarser])


def _difference(output, expected, tolerance):
    if not np.isfinite(output).all():
        return "is not finite"
    limit = tolerance * max(np.abs(expected).max(initial=0), 1e-6)

    def near(a):
        return np.abs(a - expected).max(initial=0) <= limit

    if near(output):
        return ""
    if near(-output):
        return "has the opposite sign"
    factor = (output * expected).sum() / max((expected * expected).sum(), 1e-300)
    # Any two numbers differ by a factor. For a single number only a usual one is a hint; another gives the value away.
    usual = any(np.isclose(abs(factor), (n, 1 / n), rtol=1e-3).any() for n in (2, 3, 4, 10))
    if factor and (expected.size > 1 or usual) and near(output / factor):
        return f"is {factor:.3g} times what it should be" + (", everywhere" if expected.size > 1 else "")
    if not output.any():
        return "is all zeros" if expected.size > 1 else "is 0"
    wrong = np.abs(output - expected) > limit
    if expected.ndim and 0 < wrong.mean() < 0.5:
        return f"is wrong in {wrong.sum()} of {wrong.size} entries"
    if expected.ndim == 2 and expected.shape[0] == expected.shape[1] and near(output.T):
        return "is right after transposing"
    return "has wrong values" if expected.size > 1 else "has a wrong value"
