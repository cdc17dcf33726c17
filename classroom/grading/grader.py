"""A submission's result: what its functions return, judged against what the solved package returns."""

import functools
import hashlib
import platform
import sys
from pathlib import Path

from classroom.exercises import BEYOND, EXERCISES, GANS, NETWORK_VISUALIZATION, STYLE_TRANSFER
from classroom.grading import course_checks, former_editions, hidden_checks, right_basis, sandbox, submission
from classroom.selfcheck import checks as visible_checks
from classroom.selfcheck import judging
from classroom.selfcheck.stored_values import stored_mistakes, stored_values

ROOT = Path(__file__).parents[2]
HIDDEN_VALUES = Path(__file__).with_name("hidden_values.npz")  # written by write_values.py
# Notebooks whose functions need TensorFlow; the others are graded without loading it.
TENSORFLOW = (NETWORK_VISUALIZATION, STYLE_TRANSFER, GANS)
GRADED, NOT_GRADED, NOT_UNDERSTOOD = "graded", "not graded", "not understood"  # a submission's status
_EXERCISE = {exercise.name: exercise for exercise in EXERCISES}
# Exercises that count apart, for submissions that hold one of their files.
BEYOND_THE_COURSE = {exercise.name: exercise.points for exercise in EXERCISES if exercise.notebook in BEYOND}
_STOPS, _MISSING = "the code stops with ", " is missing"  # in the reasons why a check cannot run


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
        sentences) and "exercises" (name -> points, for the exercises that were graded). If exercises beyond the course
        were graded, "extra_data" has "beyond", a dict with their "score" and "max_score"; each of their checks has
        "status" in place of points, and the points in an "extra_data" of its own, so that no sum holds them.

    Raises:
        NotGraded: if it cannot be graded for a reason that is not its own.
    """
    checks, own_files = _checks_of(handed_in), submission.completed(handed_in.files)
    judgements = _judgements(handed_in, own_files, range(len(checks)), unsafe, limits)
    for depth in range(1, right_basis.DEEPEST + 1):
        points = _points(checks, judgements)
        again, right = _to_judge_again(own_files, points, depth)
        files = right_basis.files_with(own_files, right)
        places = [k for k in judgements if checks[k][0].exercise in again and judgements[k].share < 1]
        if places:
            for k, judgement in _judgements(handed_in, files, places, unsafe, limits).items():
                if judgement.share > judgements[k].share:
                    judgements[k] = _with_note(judgement, judgements[k], again[checks[k][0].exercise])
    about = dict(key=result_key(handed_in, unsafe), status=GRADED, notes=list(map(_printable, handed_in.notes)))
    return _result(checks, [judgements[k] for k in range(len(checks))], dict(name=_printable(name)) | about)


def _with_note(judgement, first, names):
    """A second judgement, with the package's functions `names`. Its process held solutions, so its words are not told.

    Args:
        judgement: the second; first: the first.
    """
    feedback = "right" if judgement.share == 1 else first.feedback
    functions = ", ".join(right_basis.called(names))
    note = f"judged with the package's {functions} in place of yours, where a fault costs points only once"
    return judgement._replace(feedback=f"{feedback}\n{note}")


def _to_judge_again(files, points, depth):
    """(dict from exercises to be judged again to the names that the package's stand in for, set of all these names)."""
    again = {}
    for name in points:
        if right_basis.depth(name) == depth and points[name] < _EXERCISE[name].points:
            names = right_basis.replacements(name, points)
            slow = _EXERCISE[name].notebook in TENSORFLOW  # to load
            if names and (not slow or right_basis.mentions(files, name, names)):
                again[name] = names
    return again, set().union(*again.values())


def _judgements(handed_in, files, places, unsafe, limits):
    """dict from places in `_checks_of(handed_in)` to judgements, of a submission with these `files`."""
    checks, beyond = _checks_of(handed_in), submission.is_beyond(handed_in.files)
    jobs = [job for job in _jobs(handed_in.course, beyond) if int(job.name.partition("|")[0]) in places]
    answers = _answers(handed_in.files, files, jobs, unsafe, limits)
    own = {k: [answers[_job_name(k, j)] for j in range(len(checks[k][0].cases))] for k in places}
    judgements = {k: judged(checks[k][0], own[k]) for k in places}
    points = _points(checks, judgements)
    for k in places:
        if _is_backward(checks[k][0]) and right_basis.lost_basis(checks[k][0].exercise, points):
            second = _by_own_forward(checks[k][0], own[k])
            judgements[k] = max(judgements[k], second, key=lambda judgement: judgement.share)
    return judgements


def _answers(own, files, jobs, unsafe, limits):
    """Answers of a submission to jobs: dict from a job's name to {"outputs"} or {"error"}.

    Args:
        own: its files; no other can have points. files: those that it runs with.
    """
    answers, jobs = {}, [job._replace(file=former_editions.file_in(own, job.file)) for job in jobs]
    for needs_tensorflow in (False, True):
        half = [job for job in jobs if (_EXERCISE[job.exercise].notebook in TENSORFLOW) == needs_tensorflow]
        answers |= {job.name: {"error": f"{job.file}{_MISSING}"} for job in half if job.file not in own}
        half = [job for job in half if job.name not in answers]
        try:
            if half:
                preload = ("tensorflow", "keras") if needs_tensorflow else ()
                answers |= sandbox.run(files, half, limits, unsafe, preload)
        except OSError as error:  # a full disk, no process to be had
            raise sandbox.NotGraded(f"the grader's machine fails: {error.strerror or error}") from None
    return answers


def _is_backward(check):
    return check.cases[0].probe == "layer_backward"


def _by_own_forward(check, answers):
    """The judgement of a backward function by the differences of the submission's own forward function."""
    pairs = zip(answers, expected(check), strict=True)
    right = [right_basis.own_gradients(answer.get("outputs", {}), outputs) for answer, outputs in pairs]
    judgement = judging.judged(check, answers, right)
    return judgement._replace(feedback=f"{judgement.feedback or 'right'}\njudged by your own forward function")


def _points(checks, judgements):
    """dict exercise -> points; `judgements`: dict from places in `checks`."""
    points = {}
    for k, judgement in judgements.items():
        check = checks[k][0]
        points[check.exercise] = round(points.get(check.exercise, 0.0) + round(check.points * judgement.share, 3), 3)
    return points


def refused(reason, name):
    """The result of what is not understood as a submission: no points, and the reason."""
    checks = checks_for(frozenset(), beyond=False)
    about = dict(name=_printable(name), key=None, status=NOT_UNDERSTOOD, notes=[_printable(reason)])
    return _result(checks, [judging.Judgement(0.0, reason)] * len(checks), about) | {"output": _printable(reason)}


def _result(checks, judgements, about):
    """The result.

    Args:
        checks: list of (check, visibility).
        judgements: list of `Judgement`, one for each check.
        about: dict, the "extra_data" except for the points.
    """
    tests, points, causes = [], _points(checks, dict(enumerate(judgements))), {}
    for (check, visibility), judgement in zip(checks, judgements, strict=True):
        name, output = f"{check.exercise}: {check.title}", _printable(judgement.feedback) or "right"
        if judgement.lost == (judging.NOT_RUN,) and (_STOPS in output or output.endswith(_MISSING)):
            output = _said_once(output, name, causes)
        tests.append(_row(name, check, judgement, dict(output=output, visibility=visibility)))
    beyond = {name: points[name] for name in points if name in BEYOND_THE_COURSE}
    most = sum(_EXERCISE[name].points for name in points if name not in beyond)
    score = round(sum(points[name] for name in points if name not in beyond) * 100 / most, 2)
    left_out = sorted(set(_EXERCISE) - set(points) - set(BEYOND_THE_COURSE))
    output = [f"{score:g} of 100 points"]
    if beyond:
        about |= dict(beyond=dict(score=round(sum(beyond.values()), 2), max_score=sum(BEYOND_THE_COURSE.values())))
        output.append("beyond the course: {score:g} of {max_score}".format(**about["beyond"]))
    output += about["notes"]
    output += [f"{number} checks: {cause}" for cause, (_, number) in causes.items() if number > 1]
    if left_out:
        output.append(f"not asked for: {', '.join(left_out)}; the other {most} points count as 100")
    return dict(score=score, output="\n".join(output), tests=tests, extra_data=about | dict(exercises=points))


def _row(name, check, judgement, texts):
    """A check in Gradescope's format; Gradescope adds up "score" and "max_score", so those beyond the course have none.

    Args:
        texts: dict with "output" and "visibility".
    """
    points = dict(score=round(check.points * judgement.share, 3), max_score=check.points)
    if check.exercise not in BEYOND_THE_COURSE:
        return dict(name=name) | points | texts
    return dict(name=name, status="passed" if judgement.share == 1 else "failed") | texts | dict(extra_data=points)


def _said_once(cause, row, causes):
    """The reason why a check could not run, in full in the first of its rows, with a reference in the others.

    Args:
        cause: the reason; row: the check's name; causes: dict reason -> (first row, number of rows), which is updated.
    """
    # Without the label of a case.
    message = cause.rpartition(": ")[2] if cause.endswith(_MISSING) else cause[max(cause.find(_STOPS), 0) :]
    first, number = causes.get(message, (row, 0))
    causes[message] = first, number + 1
    return cause if first == row else f"does not run, for the same reason as {first}"


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
    packages = [path.name for folder in sys.path for path in Path(folder).glob("*-info")]  # numpy-2.1.0.dist-info
    digest.update("\n".join(sorted(packages)).encode())
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
def checks_for(course, beyond=True):
    """`all_checks()`, in the form for a submission.

    Args:
        course: frozenset of the notebooks in which it has the functions of the course.
        beyond: False to leave out the exercises beyond the course.
    """
    checks = [pair for pair in all_checks() if beyond or pair[0].exercise not in BEYOND_THE_COURSE]
    return course_checks.adapted(checks, course) if course else checks


def _checks_of(handed_in):
    return checks_for(handed_in.course, submission.is_beyond(handed_in.files))


@functools.cache
def _jobs(course, beyond):
    return [
        sandbox.Job(_job_name(k, j), check.exercise, _EXERCISE[check.exercise].file, case.probe, _job_inputs(case))
        for k, (check, _) in enumerate(checks_for(course, beyond))
        for j, case in enumerate(check.cases)
    ]


def _job_inputs(case):
    slopes = dict(num_slopes=right_basis.NUM_SLOPES) if case.probe == "layer_backward" else {}
    return case.inputs | slopes


def _job_name(check_index, case_index):
    return f"{check_index}|{case_index}"


def judged(check, answers):
    """The `Judgement` of the answers to a check, by the stored values; answers as for `judging.judged`."""
    mistakes = _all_mistakes().get(f"{check.exercise}: {check.title}")
    return judging.judged(check, answers, expected(check), mistakes)


def expected(check):
    """For each case of a check, the outputs of the solved package."""
    return _all_expected()[check.exercise, check.title]


@functools.cache
def _all_expected():
    """dict (exercise, title of a check) -> outputs."""
    return stored_values(visible_checks.checks()) | stored_values(hidden_checks.checks(), HIDDEN_VALUES)


@functools.cache
def _all_mistakes():
    return stored_mistakes() | stored_mistakes(HIDDEN_VALUES)
