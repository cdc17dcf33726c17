"""Judges changed functions by the grader's checks, all in this process: each mutant in tools/mutants.py and
tools/attention_mutants.py, one by one.

    python -m tools.mutation

Prints, for each mutant, the points that it loses and what its author would read; then for each claim of a check whether
a mutant shows that the check tests this claim. tests/test_grading_mutants.py holds the table to it.
"""

import contextlib
import itertools
import linecache
import types
import warnings
from importlib import import_module
from typing import NamedTuple
from unittest import mock

from classroom.exercises import EXERCISES
from classroom.grading import grader
from classroom.selfcheck import judging
from classroom.selfcheck.inside import probes, wire
from classroom.selfcheck.inside.worker import attempt, quiet
from classroom.student.pieces import extent
from tools import attention_mutants
from tools.mutants import MUTANTS

_numbers = itertools.count()
_EXERCISE = {exercise.name: exercise for exercise in EXERCISES}


class Verdict(NamedTuple):
    """What a check says of a changed function."""

    check: judging.Check
    share: float  # of the points
    feedback: str
    blamed: tuple  # names of the claims for which there is a hint of their own


class Mutant(NamedTuple):
    """A row of the table."""

    exercise: str
    right: str
    wrong: str
    claims: str
    hint: str


def mutants():
    """List of all rows of the table."""
    tables = MUTANTS, attention_mutants.MUTANTS, attention_mutants.NAMED
    return [Mutant(exercise, *row) for table in tables for exercise, rows in table.items() for row in rows]


def main():
    """Judge all mutants; print a line for each, and which claims they cover."""
    results = {mutant: verdicts(mutant.exercise, mutated(*mutant[:3])) for mutant in mutants()}
    for mutant, judged in results.items():
        lost = sum(verdict.check.points * (1 - verdict.share) for verdict in judged)
        hints = dict.fromkeys(line for verdict in judged if verdict.share < 1 for line in verdict.feedback.split("\n"))
        print(
            f"{mutant.exercise}: {mutant.right.strip()!r} -> {mutant.wrong.strip()!r}: -{lost:.3g}; {' / '.join(hints)}"
        )
    alone, together = coverage(results.values())
    print(
        f"{len(results)} mutants; {len(alone)} of {len(claims())} claims are lost alone in their check by one of them"
    )
    for claim in claims():
        if claim not in alone:
            print(" ", *claim, "is lost, but never alone" if claim in together else "is not lost by any")


def claims():
    """List of (exercise, title of a check, name of a claim), for all claims."""
    result = []
    for check, _ in grader.all_checks():
        expected = grader.expected(check)
        result += [(check.exercise, check.title, claim.name) for claim in check.judge(expected, expected)]
    return result


def coverage(results):
    """(set of claims that are lost alone in their check, set of claims that are lost), as `claims` has them.

    Args:
        results: for each mutant, a list of verdicts.
    """
    alone, together = set(), set()
    for verdict in itertools.chain(*results):
        lost = {(verdict.check.exercise, verdict.check.title, claim) for claim in verdict.blamed}
        together |= lost
        alone |= lost if len(lost) == 1 else set()
    return alone, together


def mutated(name, right, wrong, text=None):
    """The source of the file of the exercise `name` (or `text`, in its place), in which `right` becomes `wrong`.

    Raises:
        ValueError: if `right` does not occur exactly once in the function, nor else in its file.
    """
    file = _EXERCISE[name].file
    text = text or (grader.ROOT / file).read_text("utf-8")
    lines = text.splitlines(keepends=True)
    first, last = extent(file, text, name)
    function = "".join(lines[first:last])
    if function.count(right) == 1:
        return "".join([*lines[:first], function.replace(right, wrong), *lines[last:]])
    if right in function or text.count(right) != 1:
        raise ValueError(f"{right!r} should occur once in {name}, or once in {file}; mend it in the table of mutants")
    return text.replace(right, wrong)


def verdicts(name, source):
    """A `Verdict` for each check of the exercise `name`, for the function in a module with this `source`."""
    checks = [check for check, _ in grader.all_checks() if check.exercise == name]
    return [_verdict(*pair) for pair in zip(checks, answers(name, source, checks), strict=True)]


def answers(name, source, checks):
    """For each of some checks of the exercise `name`, the answers to its cases, as for `judging.judged`."""
    original = import_module(_EXERCISE[name].file[:-3].replace("/", "."))
    module = types.ModuleType(original.__name__)
    path = f"mutant {next(_numbers)} of {_EXERCISE[name].file}"
    linecache.cache[path] = len(source), None, source.splitlines(keepends=True), path  # tf.function reads it there
    exec(compile(source, path, "exec"), module.__dict__)  # the package's own source, but for one place
    with _replaced(original, module, _EXERCISE[name].file), quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # catch_warnings(action=) needs Python 3.11
        return [[_answer(case) for case in check.cases] for check in checks]


def _verdict(check, answers):
    expected, judgement = grader.expected(check), grader.judged(check, answers)
    if judgement.lost == (judging.NOT_RUN,):
        return Verdict(check, judgement.share, judgement.feedback, judgement.lost)
    claims = check.judge([answer["outputs"] for answer in answers], expected)
    blamed = tuple(dict.fromkeys(claim.name for claim in claims if not claim.holds and claim.hint))
    return Verdict(check, judgement.share, judgement.feedback, blamed)


@contextlib.contextmanager
def _replaced(original, module, file):
    """Within the block, the exercises in `file` are those of `module`: in `original`, and where it hands them on."""
    places = [original]
    if original.__name__.startswith("cs231n.gan."):
        places.append(import_module("cs231n.gan"))
    with contextlib.ExitStack() as stack:
        for owner, _, attribute in (e.name.rpartition(".") for e in EXERCISES if e.file == file):
            new = getattr(getattr(module, owner) if owner else module, attribute)
            for place in places:
                stack.enter_context(mock.patch.object(getattr(place, owner) if owner else place, attribute, new))
        yield


def _answer(case):
    probes.seed_everything()
    inputs = wire.decode(wire.encode(case.inputs))
    outputs, error = attempt(lambda: wire.encode(getattr(probes, case.probe)(**inputs)))
    return {"error": error} if error else {"outputs": wire.decode(outputs)}


if __name__ == "__main__":
    main()
