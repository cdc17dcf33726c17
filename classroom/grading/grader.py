"""A submission's result: what its functions return, judged against what the solved package returns."""

import functools
import hashlib
import importlib
import platform
import sys
import threading
from importlib import metadata
from pathlib import Path

from classroom.exercises import EXERCISES, GANS, NETWORK_VISUALIZATION, STYLE_TRANSFER
from classroom.grading import course_checks, former_editions, hidden_checks, sandbox, submission
from classroom.selfcheck import checks as visible_checks
from classroom.selfcheck import judging
from classroom.selfcheck.inside import probes, wire
from classroom.selfcheck.inside.worker import quiet

ROOT = Path(__file__).parents[2]
# Notebooks whose functions need TensorFlow; the others are graded without loading it.
TENSORFLOW = (NETWORK_VISUALIZATION, STYLE_TRANSFER, GANS)
GRADED, NOT_GRADED, NOT_UNDERSTOOD = "graded", "not graded", "not understood"  # a submission's status
_EXERCISE = {exercise.name: exercise for exercise in EXERCISES}
_lock = threading.Lock()


def grade(handed_in, name, unsafe=False, limits=sandbox.LIMITS):
    """The result of a submission, in Gradescope's format.

    Args:
        handed_in: a `Submission`, from `classroom.grading.submission.read`.
        name: what to call it.
        unsafe: True to run the submission without bubblewrap.
        limits: limits for each of its processes.

    Returns:
        dict with "score"; "output"; "tests", a dict for each check with "name", "score", "max_score", "output" and
        "visibility"; and "extra_data", a dict with "name", "key" (from `result_key`), "status", "notes" (a list of
        sentences) and "exercises" (name -> points, for the exercises that were graded).

    Raises:
        NotGraded: if it cannot be graded for a reason that is not its own.
    """
    answers, files = {}, handed_in.files
    all_jobs = [job._replace(file=former_editions.file_in(files, job.file)) for job in _jobs(handed_in.course)]
    for needs_tensorflow in (False, True):
        jobs = [job for job in all_jobs if (_EXERCISE[job.exercise].notebook in TENSORFLOW) == needs_tensorflow]
        missing = {job.name: {"error": f"{job.file} is missing"} for job in jobs if job.file not in files}
        rest = [job for job in jobs if job.name not in missing]
        preload = ("tensorflow", "keras") if needs_tensorflow else ()
        try:
            answers |= missing | sandbox.run(files, rest, limits, unsafe, preload)
        except OSError as error:  # a full disk, no process to be had
            raise sandbox.NotGraded(f"the grader's machine fails: {error.strerror or error}") from None
    checks, judgements = checks_for(handed_in.course), []
    with _lock:  # threads must load TensorFlow and compute expected outputs once
        for k, (check, _) in enumerate(checks):
            own = [answers[_job_name(k, j)] for j in range(len(check.cases))]
            judgements.append(judging.judged(check, own, lambda k=k: _expected(k, handed_in.course)))
    about = dict(key=result_key(handed_in, unsafe), status=GRADED, notes=list(map(_printable, handed_in.notes)))
    return _result(checks, judgements, dict(name=_printable(name)) | about)


def refused(reason, name):
    """The result of what is not understood as a submission: no points, and the reason."""
    checks = all_checks()
    about = dict(name=_printable(name), key=None, status=NOT_UNDERSTOOD, notes=[_printable(reason)])
    return _result(checks, [(0.0, reason)] * len(checks), about) | {"output": _printable(reason)}


def _result(checks, judgements, about):
    """The result.

    Args:
        checks: list of (check, visibility).
        judgements: list of (share of the points, feedback), one for each check.
        about: dict, the "extra_data" except for the points.
    """
    tests, points = [], dict.fromkeys((check.exercise for check, _ in checks), 0.0)
    for (check, visibility), (share, feedback) in zip(checks, judgements, strict=True):
        score = round(check.points * share, 3)
        points[check.exercise] = round(points[check.exercise] + score, 3)
        row = dict(name=f"{check.exercise}: {check.title}", score=score, max_score=check.points)
        tests.append(row | dict(output=_printable(feedback) or "right", visibility=visibility))
    for (check, _), test in zip(checks, tests, strict=True):
        basis = [other for other in _EXERCISE[check.exercise].builds_on if other in points]
        unfinished = [other for other in basis if points[other] < _EXERCISE[other].points]
        if test["score"] < test["max_score"] and unfinished:
            test["output"] += (
                f"\nThis function builds on {', '.join(unfinished)}, where points are missing too: mend that first."
            )
    most = sum(_EXERCISE[name].points for name in points)
    score, left_out = round(sum(points.values()) * 100 / most, 2), sorted(set(_EXERCISE) - set(points))
    output = [f"{score:g} of 100 points", *about["notes"]]
    if left_out:
        output.append(f"not asked for: {', '.join(left_out)}; the other {most} points count as 100")
    return dict(score=score, output="\n".join(output), tests=tests, extra_data=about | dict(exercises=points))


def _printable(text):
    """Text that no terminal and no file format can misread."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def result_key(handed_in, unsafe):
    """Hash of all that a result depends on: results with the same key are the same."""
    return hashlib.sha256(f"{submission.key(handed_in)} {unsafe} {_version()}".encode()).hexdigest()


@functools.cache
def _version():
    """Hash of the grader, the solved package, Python, and the versions of all packages that a submission may use."""
    digest = hashlib.sha256(f"{sys.version} {platform.machine()}".encode())
    for folder in ("classroom", "cs231n"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".npz", ".json") and "__pycache__" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    packages = sorted(f"{package.name} {package.version}" for package in metadata.distributions())
    digest.update("\n".join(packages).encode())
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
def checks_for(course):
    """`all_checks()`, in the form for a submission with the functions of the course in some notebooks (a frozenset)."""
    return course_checks.adapted(all_checks(), course) if course else all_checks()


@functools.cache
def _jobs(course):
    return [
        sandbox.Job(_job_name(k, j), check.exercise, _EXERCISE[check.exercise].file, case.probe, case.inputs)
        for k, (check, _) in enumerate(checks_for(course))
        for j, case in enumerate(check.cases)
    ]


def _job_name(check_index, case_index):
    return f"{check_index}|{case_index}"


@functools.cache
def _expected(check_index, course=frozenset()):
    """For each case of one of `checks_for(course)`, the outputs of the solved package."""
    with quiet():  # TensorFlow writes warnings to standard error
        return [solved_outputs(case) for case in checks_for(course)[check_index][0].cases]


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
