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
from classroom.selfcheck.stored_values import FILE, key
from cs231n.files import atomic_write


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
        with atomic_write(path) as file:
            np.savez_compressed(file, **arrays)


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
