"""The solved package's outputs for checks, stored in files.

So students need no solutions beside the visible checks, and the grader does not load TensorFlow.
"""

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("values.npz")  # of the visible checks; written by classroom/grading/write_values.py

MISTAKES = "mistakes"  # the name of an array in the file


def key(check, case_index, output):
    """The name of an array in the file."""
    return f"{check.exercise}: {check.title}|{case_index}|{output}"


def stored_values(checks, path=FILE):
    """The outputs by check: dict (exercise, title) -> list of dicts output -> value, one for each case.

    Raises:
        ValueError: if the file lacks the outputs for a case.
    """
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file}
    values = {}
    for check in checks:
        outputs = [_outputs(arrays, key(check, k, "")) for k in range(len(check.cases))]
        if not all(outputs):
            raise ValueError(
                f"{path.name} lacks outputs for the check {check.title!r} of {check.exercise}; write them with "
                "python -m classroom.grading.write_values"
            )
        values[check.exercise, check.title] = outputs
    return values


def as_array(mistakes):
    """What `stored_mistakes` reads, as an array for the file."""
    return np.array(json.dumps(mistakes))


def stored_mistakes(path=FILE):
    """What usual mistakes make of outputs: dict "exercise: title" of a check -> `mistakes` of `judging.judged`."""
    with np.load(path, allow_pickle=False) as file:
        return json.loads(str(file[MISTAKES]))


def _outputs(arrays, prefix):
    return {name.removeprefix(prefix): _plain(a) for name, a in arrays.items() if name.startswith(prefix)}


def _plain(array):
    """An integer or a text becomes an int or a str, as the functions return it."""
    return array.item() if array.shape == () and array.dtype.kind in "iU" else array
