"""Scores of the solved and the empty edition, of other right solutions, and of the faults in tools/faults.py."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from references import other_solutions

from classroom.exercises import EXERCISES
from classroom.grading import former_editions, grader, sandbox
from classroom.grading.submission import EXERCISE_FILES, Submission
from classroom.student.edition import edition_files
from tools.faults import CODE_FAULTS

UNSAFE = sandbox.refusal() is not None  # these submissions are ours, and may run where there is no sandbox
SOLVED = {name: (grader.ROOT / name).read_bytes() for name in EXERCISE_FILES}
POINTS = {exercise.name: exercise.points for exercise in EXERCISES}
GRADED = [fault for fault in CODE_FAULTS if fault.points]


def test_points_of_the_checks_add_up_to_those_of_the_exercises():
    assert sum(exercise.points for exercise in EXERCISES) == 100
    for exercise in EXERCISES:
        points = {"visible": 0, "after_published": 0}
        for check, visibility in grader.all_checks():
            points[visibility] += check.points if check.exercise == exercise.name else 0
        assert sum(points.values()) == exercise.points and all(points.values())


def test_exercises_build_on_other_exercises():
    for exercise in EXERCISES:
        assert set(exercise.builds_on) <= {other.name for other in EXERCISES if other != exercise}, exercise.name


class WrongSubmission(NamedTuple):
    """Faults that cost points in different exercises, and dict path -> text of the files that are handed in."""

    faults: list
    files: dict


def files_with(file):
    """The files of exercises in the notebooks of this file's exercises, which import one another."""
    notebooks = {exercise.notebook for exercise in EXERCISES if exercise.file == file}
    return {exercise.file for exercise in EXERCISES if exercise.notebook in notebooks}


def wrong_submissions():
    """List of `WrongSubmission` with all graded faults: as few as possible, so that TensorFlow is loaded less often."""
    submissions = []
    for fault in GRADED:
        for submission in submissions:
            if all(fault.points.keys().isdisjoint(other.points) for other in submission.faults):
                break
        else:
            submission = WrongSubmission([], {})
            submissions.append(submission)
        for file in files_with(fault.file):
            submission.files.setdefault(file, SOLVED[file].decode())
        assert submission.files[fault.file].count(fault.right) == 1, fault.name
        submission.files[fault.file] = submission.files[fault.file].replace(fault.right, fault.wrong)
        submission.faults.append(fault)
    return submissions


WRONG = wrong_submissions()


@pytest.fixture(scope="module")
def results():
    """The grader's results, graded two at a time, by name of a submission or of a fault in it."""
    submissions = {"solved": SOLVED, "solved again": SOLVED}
    submissions["other"] = {
        file: SOLVED[file] + text.encode() for file, text in other_solutions.OTHER_SOLUTIONS.items()
    }
    edition = edition_files()
    submissions["empty"] = {name: edition[name] for name in EXERCISE_FILES}
    for number, wrong in enumerate(WRONG):
        submissions[number] = {name: text.encode() for name, text in wrong.files.items()}
    with ThreadPoolExecutor(2) as threads:
        graded = threads.map(lambda files: grader.grade(Submission(files), "submission", UNSAFE), submissions.values())
        graded = dict(zip(submissions, graded, strict=True))
    return graded | {fault.name: graded[number] for number, wrong in enumerate(WRONG) for fault in wrong.faults}


def test_the_solved_edition_has_all_points_twice_the_same(results):
    assert results["solved"]["score"] == 100
    assert {test["output"] for test in results["solved"]["tests"]} == {"right"}
    assert results["solved again"] == results["solved"]


def test_other_right_solutions_have_all_points(results):
    assert [test for test in results["other"]["tests"] if test["score"] < test["max_score"]] == []


def test_a_submission_of_a_former_edition_has_all_points():
    """With the imports of an edition whose package was arranged differently, and all of GANs in one file."""
    imports = b"from cs231n.files import written_whole\nfrom cs231n.notebook import postponed_interrupt, progress\n"
    networks, losses = (SOLVED[name] for name in former_editions.FILES)
    files = {name: imports + text for name, text in SOLVED.items() if name not in former_editions.FILES}
    files["cs231n/gan.py"] = imports + networks + losses
    result = grader.grade(Submission(files), "former", UNSAFE)
    assert [test for test in result["tests"] if test["score"] < test["max_score"]] == []


def test_the_empty_edition_has_none(results):
    assert results["empty"]["score"] == 0
    assert all("not written yet" in test["output"] for test in results["empty"]["tests"])


@pytest.mark.parametrize("fault", GRADED, ids=lambda fault: fault.name)
def test_a_fault_costs_the_points_that_it_deserves(results, fault):
    points = results[fault.name]["extra_data"]["exercises"]
    deserved = {name: POINTS[name] - lost for name, lost in fault.points.items()}
    assert {name: points[name] for name in deserved} == pytest.approx(deserved, abs=2e-3), fault.why


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_faults_cost_no_points_elsewhere(results, number):
    points = results[number]["extra_data"]["exercises"]
    wrong = {name for fault in WRONG[number].faults for name in fault.points}
    right = {e.name: e.points for e in EXERCISES if e.file in WRONG[number].files and e.name not in wrong}
    assert {name: points[name] for name in right} == right
    assert results[number]["score"] == pytest.approx(sum(points.values()), abs=0.02)
