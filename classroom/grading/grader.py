"""A submission's result: its functions' answers, judged against what the solved package gives."""

import functools
import hashlib
import importlib
import threading
from importlib import metadata
from pathlib import Path

import numpy as np

from classroom.exercises import EXERCISES, GANS, NETWORK_VISUALIZATION, STYLE_TRANSFER
from classroom.grading import hidden_checks, sandbox, submission
from classroom.selfcheck import checks as visible
from classroom.selfcheck import judging
from classroom.selfcheck.__main__ import VALUES
from classroom.selfcheck.inside import probes, wire
from classroom.selfcheck.inside.worker import quiet
from classroom.selfcheck.points import POINTS, USES, require_points
from cs231n.files import atomic_write

ROOT = Path(__file__).parents[2]
# Notebooks whose functions need TensorFlow; the others are graded without loading it.
TENSORFLOW = (NETWORK_VISUALIZATION, STYLE_TRANSFER, GANS)
_lock = threading.Lock()


def grade(files, name, unsafe=False, limits=sandbox.LIMITS):
    """The result of a submission, as Gradescope reads it.

    Args:
        files: from `classroom.grading.submission.read`; name: what to call it.
        unsafe: run it without bubblewrap; limits: of each of its processes.

    Returns:
        dict with "score", "output", "tests": a dict for each check with "name", "score", "max_score", "output" and
        "visibility"; and "extra_data" with the name, the key of `result_key`, and the points by exercise.
    """
    answers = {}
    for half in (False, True):
        jobs = [job for job in _jobs() if (_exercise(job.exercise).notebook in TENSORFLOW) == half]
        missing = {job.name: {"error": f"{job.file} is missing"} for job in jobs if job.file not in files}
        answers |= missing | sandbox.run(files, [job for job in jobs if job.name not in missing], limits, unsafe)
    shares = {}
    with _lock:  # TensorFlow is loaded, and expected values computed, once
        for k, check in enumerate(_checks()):
            own = [answers[f"{k}|{j}"] for j in range(len(check.cases))]
            shares[check.exercise, check.title] = judging.judged(check, own, lambda k=k: _wanted(k))
    return _result(files, name, shares)


def refused(reason, name):
    """The result of what is no submission: no points, and why."""
    shares = {(check.exercise, check.title): (0.0, reason) for check in _checks()}
    return _result({}, name, shares) | {"output": reason}


def _result(files, name, shares):
    tests, by_exercise = [], {}
    for exercise in EXERCISES:
        seen, unseen = POINTS[exercise.name]
        for visibility, part in (("visible", seen), ("after_published", unseen)):
            for title, points in part.items():
                share, output = shares[exercise.name, title]
                output = "".join(
                    c if c.isprintable() or c == "\n" else "?" for c in output
                )  # for any terminal and file
                row = dict(name=f"{exercise.name}: {title}", score=round(points * share, 3), max_score=points)
                tests.append(row | dict(output=output or "right", visibility=visibility, exercise=exercise.name))
        own = [test["score"] for test in tests if test["exercise"] == exercise.name]
        by_exercise[exercise.name] = round(sum(own), 3)
    full = {exercise.name: exercise.points for exercise in EXERCISES}
    for test in tests:
        exercise = test.pop("exercise")
        unfinished = [used for used in USES.get(exercise, ()) if by_exercise[used] < full[used]]
        if test["score"] < test["max_score"] and unfinished:
            test["output"] += f"\nIt builds on {', '.join(unfinished)}, where points are missing too: mend that first."
    score = round(sum(by_exercise.values()), 2)
    extra = dict(name=name, key=result_key(files), exercises=by_exercise)
    return dict(score=score, output=f"{score:g} of 100 points", tests=tests, extra_data=extra)


def result_key(files):
    """Hash of a submission and of the grader: results of one key are the same."""
    return hashlib.sha256(f"{submission.key(files)} {_version()}".encode()).hexdigest()


@functools.cache
def _version():
    """Of the grader, the solved package, and the libraries that compute."""
    digest = hashlib.sha256()
    for folder in ("classroom", "cs231n"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    digest.update(" ".join(metadata.version(name) for name in ("numpy", "tensorflow", "keras")).encode())
    return digest.hexdigest()


@functools.cache
def _checks():
    """All checks. Exercises and points have to go with them: ValueError names the first that does not."""
    names = [exercise.name for exercise in EXERCISES]
    for name in names:
        if name not in POINTS:
            raise ValueError(f"the exercise {name} has no points; give it some in selfcheck/points.py")
    for name in (*POINTS, *USES, *(used for row in USES.values() for used in row)):
        if name not in names:
            raise ValueError(
                f"classroom/selfcheck/points.py has {name}, which is no exercise of classroom/exercises.py"
            )
    found = visible.checks(), hidden_checks.checks()
    for part, its_checks in enumerate(found):
        require_points(its_checks, part)
    return [*found[0], *found[1]]


def _exercise(name):
    return next(exercise for exercise in EXERCISES if exercise.name == name)


@functools.cache
def _jobs():
    return [
        sandbox.Job(f"{k}|{j}", check.exercise, _exercise(check.exercise).file, case.probe, case.inputs)
        for k, check in enumerate(_checks())
        for j, case in enumerate(check.cases)
    ]


@functools.cache
def _wanted(k):
    """For each case of check `k`, the outputs of the solved package, as they would come from a submission."""
    with quiet():  # TensorFlow has remarks on itself
        return [solved_outputs(case) for case in _checks()[k].cases]


def solved_outputs(case):
    """What a probe gives on the solved package; the inputs stay as they are."""
    module = importlib.import_module("cs231n")
    if not Path(module.__path__[0]).samefile(ROOT / "cs231n"):
        raise ValueError(
            f"the solved package is {ROOT / 'cs231n'}, but {module.__path__[0]} comes first; run from {ROOT}"
        )
    probes.seed_everything()
    inputs = wire.decode(wire.encode(case.inputs))
    return wire.decode(wire.encode(getattr(probes, case.probe)(**inputs)))


def write_visible_values():
    """classroom/selfcheck/values.npz: what the solved package gives for the visible checks."""
    arrays = {}
    for check in visible.checks():
        for k, case in enumerate(check.cases):
            for name, value in solved_outputs(case).items():
                if not name.endswith("afterwards"):
                    arrays[f"{check.exercise}|{k}|{name}"] = np.asarray(value)
    with atomic_write(VALUES) as file:
        np.savez_compressed(file, **arrays)
