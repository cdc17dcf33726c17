"""Write the solved package's outputs for all checks, which students (values.npz) and the grader compare with.

python -m classroom.grading.write_values
"""

import importlib
from pathlib import Path

import numpy as np

from classroom.grading.grader import HIDDEN_VALUES, ROOT
from classroom.grading.hidden_checks import checks as hidden_checks
from classroom.selfcheck.checks import checks as visible_checks
from classroom.selfcheck.inside import probes, wire
from classroom.selfcheck.inside.worker import quiet
from classroom.selfcheck.judging import fault, prints
from classroom.selfcheck.stored_values import FILE, MISTAKES, as_array, key
from cs231n.files import atomic_write
from tools import mutation
from tools.attention_mutants import NAMED


def main():
    importlib.import_module("tensorflow")  # from the start, so that all random generators are seeded for each case
    for path, checks in ((FILE, visible_checks()), (HIDDEN_VALUES, hidden_checks())):
        with quiet():  # TensorFlow writes warnings to standard error
            arrays = {
                key(check, k, name): np.asarray(value)
                for check in checks
                for k, case in enumerate(check.cases)
                for name, value in solved_outputs(case).items()
            }
            arrays[MISTAKES] = as_array(usual_mistakes(checks))
        with atomic_write(path) as file:
            np.savez_compressed(file, **arrays)


def usual_mistakes(checks):
    """What `stored_mistakes` reads: what the mistakes of `tools.attention_mutants.NAMED` make of outputs."""
    result = {}
    for exercise, rows in NAMED.items():
        own = [check for check in checks if check.exercise == exercise]
        for right, wrong, _, sentence in rows:
            answers = mutation.answers(exercise, mutation.mutated(exercise, right, wrong), own)
            for check, of_cases in zip(own, answers, strict=True):
                known = result.setdefault(f"{exercise}: {check.title}", {})
                for output, rows_of_prints in _mistaken(check, of_cases).items():
                    known.setdefault(output, {})[sentence] = rows_of_prints
    return result


def _mistaken(check, answers):
    """dict output -> prints, for the outputs of a check that the answers have wrong."""
    if any("error" in answer for answer in answers):
        return {}
    outputs, right = [answer["outputs"] for answer in answers], [solved_outputs(case) for case in check.cases]
    names = [name for name in right[0] if all(name in of_case for of_case in right)]
    wrong = [name for name in names if any(fault(a.get(name), r[name]) for a, r in zip(outputs, right, strict=True))]
    return {name: rows for name in wrong if (rows := prints(outputs, right, name))}


def solved_outputs(case):
    """The outputs of the solved package for a case, as they would arrive from a submission. The inputs stay unchanged.

    Raises:
        ValueError: if Python finds another package `cs231n` first.
    """
    module = importlib.import_module("cs231n")
    if not Path(module.__path__[0]).samefile(ROOT / "cs231n"):
        raise ValueError(
            f"the solved package is {ROOT / 'cs231n'}, but {module.__path__[0]} comes first; run from {ROOT}"
        )
    probes.seed_everything()
    inputs = wire.decode(wire.encode(case.inputs))
    return wire.decode(wire.encode(getattr(probes, case.probe)(**inputs)))


if __name__ == "__main__":
    main()
