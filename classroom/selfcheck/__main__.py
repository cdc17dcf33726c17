"""Runs the visible checks on the functions of the package `cs231n` in the current folder: `python -m selfcheck`."""

import argparse
import sys

from cs231n.files import printable_output

from . import attention_checks
from .checks import checks
from .inside import probes, wire
from .inside.worker import attempt, quiet
from .judging import judged
from .stored_values import stored_mistakes, stored_values


def main():
    """Print points and feedback for each check, then the sums of the course and beyond it.

    Returns:
        None, or a message if no check is chosen.
    """
    parser = argparse.ArgumentParser(prog="python -m selfcheck", description=__doc__)
    parser.add_argument("function", nargs="?", default="", help="part of a function's name, for example rnn")
    part = parser.parse_args().function.lower()
    checks_to_run = [check for check in checks() if part in check.exercise.lower()]
    if not checks_to_run:
        return f"no function has {part!r} in its name"
    expected, mistakes, sums = stored_values(checks_to_run), stored_mistakes(), {}
    beyond = {check.exercise for check in attention_checks.checks()}
    for check in checks_to_run:
        answers = [_answer(case) for case in check.cases]
        known = mistakes.get(f"{check.exercise}: {check.title}")
        judgement = judged(check, answers, expected[check.exercise, check.title], known)
        points, most = sums.get(check.exercise in beyond, (0.0, 0.0))
        sums[check.exercise in beyond] = points + check.points * judgement.share, most + check.points
        print(f"{check.points * judgement.share:5.3g} of {check.points:<5g}{check.exercise}: {check.title}")
        for line in judgement.feedback.splitlines():
            print(f"{'':14}{line}")
    for apart, (points, most) in sums.items():
        where, total = ("beyond the course: ", 40) if apart else ("", 100)
        given = f"{where}{points:g} of {most:g} points that these checks give"
        print(f"{given}; the grader has more checks, for {total} points in all.")


def _answer(case):
    with quiet():
        outputs, error = attempt(
            lambda: wire.encode(getattr(probes, case.probe)(**wire.decode(wire.encode(case.inputs))))
        )
    return {"error": error} if error else {"outputs": wire.decode(outputs)}


if __name__ == "__main__":
    printable_output()
    sys.exit(main())
