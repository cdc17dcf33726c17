"""Checks and how their answers are judged: always in the grader's process, from arrays alone."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .inside.wire import Odd

TOLERANCE = {2: 2e-2, 4: 1e-4, 8: 1e-6}  # share of the largest number, by bytes of a float


class Case(NamedTuple):
    label: str  # what is special about it, for feedback
    probe: str  # a function of inside.probes
    inputs: dict


class Claim(NamedTuple):
    """Something that has to hold. A check's points are divided equally among its claims."""

    holds: bool
    hint: str  # for when it does not


class Check(NamedTuple):
    exercise: str
    title: str  # with the exercise, the row of points.py
    cases: list[Case]
    judge: Callable  # (answers, wanted), both a list of dicts, one a case -> list of claims


def judged(check, answers, wanted):
    """(share of the points in 0..1, feedback) of a check, given the answers to its cases.

    Args:
        answers: for each case {"outputs": dict} or {"error": text}.
        wanted: function that gives the outputs of the solved package for each case; called only if it matters.
    """
    for case, answer in zip(check.cases, answers, strict=True):
        if "error" in answer:
            return 0.0, f"{case.label}: {answer['error']}" if len(check.cases) > 1 else answer["error"]
    outputs, expected = [answer["outputs"] for answer in answers], wanted()
    try:
        with np.errstate(all="ignore"):
            claims = check.judge(outputs, expected)
    except Exception as error:  # whatever was sent, it is this submission's loss only
        return 0.0, f"what comes back cannot be judged ({type(error).__name__})"
    hints = dict.fromkeys(claim.hint for claim in claims if not claim.holds)
    return sum(claim.holds for claim in claims) / len(claims), "\n".join(hints)


# ---------------------------------------------------------------- the judge of most checks


def agrees(*labels, names=None, strict=False):
    """A judge: each output agrees with the solved package's in all cases; one claim an output.

    Args:
        labels: of the cases.
        names: of the outputs to look at; by default all but the "... afterwards".
        strict: the dtype has to be the same too, and what ends in "afterwards" unchanged, for any claim to hold: form
            alone earns nothing.
    """

    def judge(answers, wanted):
        chosen = names or [name for name in wanted[0] if not name.endswith("afterwards")]
        faults = {name: [fault(a.get(name), w[name], strict) for a, w in _pairs(answers, wanted)] for name in chosen}
        touched = {
            name: [fault(a.get(name), w[name], True) for a, w in _pairs(answers, wanted)]
            for name in wanted[0]
            if strict and name.endswith("afterwards")
        }
        changed = [name.removesuffix(" afterwards") for name in touched if any(touched[name])]
        spoilt = f"it changes what it was given ({', '.join(changed)}); work on a copy" if changed else ""
        return [Claim(not any(f) and not changed, _hint(n, f, labels) or spoilt) for n, f in faults.items()]

    return judge


def _pairs(answers, wanted):
    return list(zip(answers, wanted, strict=True))


def _hint(name, faults, labels):
    """One line about an output's faults, and which cases are free of them."""
    first = next((text for text in faults if text), None)
    if first is None:
        return ""
    wrong = [label for label, text in zip(labels, faults, strict=True) if text]
    right = [label for label, text in zip(labels, faults, strict=True) if not text]
    where = f" for {', '.join(wrong)}; it is right for {', '.join(right)}" if right else ""
    return f"{name} {first}{where}"


def fault(got, want, strict=False):
    """What is wrong with an output, or ""; words that lead on, but no value that was expected."""
    if type(want) in (int, str, bool, type(None)):
        return "" if type(got) is type(want) and got == want else f"is {str(got)[:60]}, which is not right"
    want = np.asarray(want)
    if isinstance(got, (bool, int, float)):
        got = np.asarray(got, want.dtype)  # a plain number has no precision of its own
    if not isinstance(got, np.ndarray):
        return f"is {got if isinstance(got, Odd) else 'None' if got is None else type(got).__name__}, not numbers"
    if got.shape != want.shape:
        turned = " (turned over?)" if got.shape == want.shape[::-1] else ""
        return f"has the shape {got.shape} instead of {want.shape}{turned}"
    if strict and got.dtype != want.dtype:
        return f"is of {got.dtype}, where {want.dtype} went in"
    if want.dtype.kind in "iub":
        return "" if np.array_equal(got, want) else "has wrong entries"
    coarser = min(a.dtype.itemsize for a in (got, want) if a.dtype.kind == "f")
    return _difference(got.astype(np.float64), want.astype(np.float64), TOLERANCE[coarser])


def _difference(got, want, tolerance):
    if not np.isfinite(got).all():
        return "is not finite"
    largest = np.abs(want).max(initial=0)

    def near(a):
        return np.abs(a - want).max(initial=0) <= tolerance * max(largest, 1e-6)

    if near(got):
        return ""
    if near(-got):
        return "has the opposite sign"
    factor = (got * want).sum() / max((want * want).sum(), 1e-300)
    # One number is always some multiple of another: a hint if it is a usual one, else the expected value in disguise.
    usual = any(np.isclose(abs(factor), (n, 1 / n), rtol=1e-3).any() for n in (2, 3, 4, 10))
    if factor and (want.size > 1 or usual) and near(got / factor):
        return f"is {factor:.3g} times what it should be, everywhere"
    if not got.any():
        return "is all zeros"
    wrong = np.abs(got - want) > tolerance * max(largest, 1e-6)
    if want.ndim and 0 < wrong.mean() < 0.5:
        return f"is wrong in {wrong.sum()} of {wrong.size} entries"
    if want.ndim == 2 and want.shape[0] == want.shape[1] and near(got.T):
        return "is right when turned over"
    return "has wrong values"
