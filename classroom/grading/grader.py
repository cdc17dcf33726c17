"""A submission's result: what its functions return, judged against what the solved package returns."""

import functools
import hashlib
import importlib
import threading
from importlib import metadata
from pathlib import Path

from classroom.exercises import EXERCISES, GANS, NETWORK_VISUALIZATION, STYLE_TRANSFER
from classroom.grading import former_editions, hidden_checks, sandbox, submission
from classroom.selfcheck import checks as visible_checks
from classroom.selfcheck import judging
from classroom.selfcheck.inside import probes, wire
from classroom.selfcheck.inside.worker import quiet

ROOT = Path(__file__).parents[2]
# Notebooks whose functions need TensorFlow; the others are graded without loading it.
TENSORFLOW = (NETWORK_VISUALIZATION, STYLE_TRANSFER, GANS)
_EXERCISE = {exercise.name: exercise for exercise in EXERCISES}
_lock = threading.Lock()


def grade(files, name, unsafe=False, limits=sandbox.LIMITS):
    """The result of a submission, in Gradescope's format.

    Args:
        files: dict path -> bytes, from `classroom.grading.submission.read`.
        name: what to call the submission.
        unsafe: True to run the submission without bubblewrap.
        limits: limits for each of its processes.

    Returns:
        dict with "score"; "output"; "tests", a dict for each check with "name", "score", "max_score", "output" and
        "visibility"; and "extra_data", a dict with "name", "key" (from `result_key`) and "exercises" (name -> points).
    """
    answers, all_jobs = {}, [job._replace(file=former_editions.file_in(files, job.file)) for job in _jobs()]
    for needs_tensorflow in (False, True):
        jobs = [job for job in all_jobs if (_EXERCISE[job.exercise].notebook in TENSORFLOW) == needs_tensorflow]
        missing = {job.name: {"error": f"{job.file} is missing"} for job in jobs if job.file not in files}
        answers |= missing | sandbox.run(files, [job for job in jobs if job.name not in missing], limits, unsafe)
    judgements = []
    with _lock:  # threads must load TensorFlow and compute expected outputs once
        for k, (check, _) in enumerate(all_checks()):
            own = [answers[_job_name(k, j)] for j in range(len(check.cases))]
            judgements.append(judging.judged(check, own, lambda k=k: _expected(k)))
    return _result(files, name, judgements)


def refused(reason, name):
    """The result of a folder or file that is not a submission: no points, and the reason."""
    return _result({}, name, [(0.0, reason)] * len(all_checks())) | {"output": reason}


def _result(files, name, judgements):
    """The result; `judgements`: (share of the points, feedback) for each of `all_checks()`."""
    tests, points = [], dict.fromkeys(_EXERCISE, 0.0)
    for (check, visibility), (share, feedback) in zip(all_checks(), judgements, strict=True):
        score = round(check.points * share, 3)
        points[check.exercise] = round(points[check.exercise] + score, 3)
        row = dict(name=f"{check.exercise}: {check.title}", score=score, max_score=check.points)
        tests.append(row | dict(output=_printable(feedback) or "right", visibility=visibility))
    for (check, _), test in zip(all_checks(), tests, strict=True):
        basis = _EXERCISE[check.exercise].builds_on
        unfinished = [other for other in basis if points[other] < _EXERCISE[other].points]
        if test["score"] < test["max_score"] and unfinished:
            test["output"] += (
                f"\nThis function builds on {', '.join(unfinished)}, where points are missing too: mend that first."
            )
    score = round(sum(points.values()), 2)
    extra = dict(name=name, key=result_key(files), exercises=points)
    return dict(score=score, output=f"{score:g} of 100 points", tests=tests, extra_data=extra)


def _printable(text):
    """Text that no terminal and no file format can misread."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def result_key(files):
    """Hash of a submission and of the grader: results with the same key are the same."""
    return hashlib.sha256(f"{submission.key(files)} {_version()}".encode()).hexdigest()


@functools.cache
def _version():
    """Hash of the grader, the solved package, and the versions of the numerical libraries."""
    digest = hashlib.sha256()
    for folder in ("classroom", "cs231n"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    digest.update(" ".join(metadata.version(name) for name in ("numpy", "tensorflow", "keras")).encode())
    return digest.hexdigest()


@functools.cache
def all_checks():
    """(check, visibility) for all checks, in the order of the table of exercises; visibility as Gradescope names it.

    Raises:
        ValueError: if a check belongs to no exercise, or an exercise's checks do not add up to its points.
    """
    checks = [(check, "visible") for check in visible_checks.checks()]
    checks += [(check, "after_published") for check in hidden_checks.checks()]
    for check, _ in checks:
        if check.exercise not in _EXERCISE:
            raise ValueError(
                f"there is a check of {check.exercise}, but no such exercise in classroom/exercises.py; add one, or "
                f"delete the check {check.title!r}"
            )
    for exercise in EXERCISES:
        points = sum(check.points for check, _ in checks if check.exercise == exercise.name)
        if points != exercise.points:
            raise ValueError(
                f"the checks of {exercise.name} give {points:g} points, but classroom/exercises.py gives it "
                f"{exercise.points}; make both the same"
            )
    places = list(_EXERCISE)
    return sorted(checks, key=lambda pair: places.index(pair[0].exercise))


@functools.cache
def _jobs():
    return [
        sandbox.Job(_job_name(k, j), check.exercise, _EXERCISE[check.exercise].file, case.probe, case.inputs)
        for k, (check, _) in enumerate(all_checks())
        for j, case in enumerate(check.cases)
    ]


def _job_name(check_index, case_index):
    return f"{check_index}|{case_index}"


@functools.cache
def _expected(check_index):
    """For each case of a check, the outputs of the solved package."""
    with quiet():  # TensorFlow writes warnings to standard error
        return [solved_outputs(case) for case in all_checks()[check_index][0].cases]


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
