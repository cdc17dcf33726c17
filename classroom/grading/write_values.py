"""Write classroom/selfcheck/values.npz, the solved package's outputs for the visible checks.

python -m classroom.grading.write_values
"""

import numpy as np

from classroom.grading.grader import solved_outputs
from classroom.selfcheck.checks import checks
from classroom.selfcheck.stored_values import FILE, key
from cs231n.files import atomic_write


def main():
    arrays = {
        key(check, k, name): np.asarray(value)
        for check in checks()
        for k, case in enumerate(check.cases)
        for name, value in solved_outputs(case).items()
    }
    with atomic_write(FILE) as file:
        np.savez_compressed(file, **arrays)


if __name__ == "__main__":
    main()
