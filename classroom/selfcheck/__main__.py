"""Runs the visible checks on the functions of the package beside: `python -m selfcheck`."""

import argparse
import sys
from pathlib import Path

import numpy as np

from .checks import checks
from .inside import probes, wire
from .inside.worker import attempt, quiet
from .judging import judged
from .points import POINTS, require_points

VALUES = Path(__file__).with_name("values.npz")  # what the solved package gives, written by classroom.grading.grader


def main():
    """Print points and feedback for each check, and their sum; a sentence comes back where there is nothing to run."""
    parser = argparse.ArgumentParser(prog="python -m selfcheck", description=__doc__)
    parser.add_argument("function", nargs="?", default="", help="only functions that have this in their names, say rnn")
    wanted = parser.parse_args().function.lower()
    found = checks()
    try:
        require_points(found, 0)
    except ValueError as error:
        return str(error)
    chosen = [check for check in found if wanted in check.exercise.lower()]
    if not chosen:
        return f"no function has {wanted!r} in its name"
    values, total, full = stored_values(), 0.0, 0.0
    for check in chosen:
        answers = [_own_answer(case) for case in check.cases]
        share, output = judged(check, answers, lambda check=check: values[check.exercise])
        points = POINTS[check.exercise][0][check.title]
        total, full = total + points * share, full + points
        print(f"{points * share:5.3g} of {points:<5g}{check.exercise}: {check.title}")
        for line in output.splitlines():
            print(f"{'':14}{line}")
    print(f"{total:g} of {full:g} points that these checks give; the grader has more checks, for 100 in all.")


def _own_answer(case):
    with quiet():
        outputs, error = attempt(
            lambda: wire.encode(getattr(probes, case.probe)(**wire.decode(wire.encode(case.inputs))))
        )
    return {"error": error} if error else {"outputs": wire.decode(outputs)}


def stored_values():
    """What the solved package gives for each check: a list of dicts, one a case, by exercise."""
    with np.load(VALUES, allow_pickle=False) as file:
        values = {name: file[name] for name in file}
    found = {}
    for check in checks():
        cases = range(len(check.cases))
        found[check.exercise] = [
            {name.split("|")[2]: _plain(v) for name, v in values.items() if name.startswith(f"{check.exercise}|{k}|")}
            for k in cases
        ]
    return found


def _plain(value):
    return int(value) if value.shape == () and value.dtype.kind == "i" else value


if __name__ == "__main__":
    sys.exit(main())
