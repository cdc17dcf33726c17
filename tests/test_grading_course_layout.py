"""A submission in the course's own layout is graded by what the course asks for: no more, and no less."""

import functools
from pathlib import Path

import pytest

from classroom.exercises import EXERCISES, RNN_LAYERS_PY
from classroom.grading import course_checks, grader, report, sandbox, submission

pytest.importorskip("tensorflow")

UNSAFE = sandbox.refusal() is not None
FOLDER = Path(__file__).parent / "references" / "course_submission"
COURSE = frozenset(course_checks._CHANGES)


@functools.cache
def solution():
    """The solution in the course's layout, dict path -> bytes; the recurrent layers are the package's own."""
    handed_in = submission.read(FOLDER)
    own = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.py")}
    assert handed_in.course == COURSE and own.items() <= handed_in.files.items()
    return own | {RNN_LAYERS_PY: (grader.ROOT / RNN_LAYERS_PY).read_bytes()}


def graded(files, folder):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return grader.grade(submission.read(folder), "course", UNSAFE)


def test_a_right_solution_has_all_points(tmp_path):
    result = graded(solution(), tmp_path)
    assert [test for test in result["tests"] if test["score"] < test["max_score"]] == []
    assert result["score"] == 100 and "gradient_penalty" not in result["extra_data"]["exercises"]
    assert "not asked for: gradient_penalty; the other 97 points count as 100" in result["output"]
    row = report.as_csv([result], {}).splitlines()[1]
    assert row.startswith("course,100.0,2.0,") and ",,graded," in row  # no points for the last exercise, nor 0
    assert report.as_page(result).count("gradient_penalty") == 1  # in the sentence above


NET, STYLE, GAN, MODEL = (
    f"cs231n/{name}.py"
    for name in ("net_visualization_tensorflow", "style_transfer_tensorflow", "gan_tf", "classifiers/rnn")
)
WRONG = {  # exercise -> (file, right text, wrong text, points lost)
    "make_fooling_image": (NET, "score = model(X_fooling)[0, target_y]", "score = model(X_fooling)[0, 0]", 6),
    "create_class_visualization": (NET, "X += learning_rate", "X -= learning_rate", 7),
    "CaptioningRNN.sample": (MODEL, "np.argmax(h", "np.argmin(h", 3),
    "tv_loss": (STYLE, "def tv_loss", "def total_variation", 5),
    "generator": (GAN, 'Dense(784, activation="tanh")', "Dense(784)", 1.75),
}


def test_wrong_solutions_lose_the_points_of_their_exercises(tmp_path):
    files = dict(solution())
    for file, right, wrong, _ in WRONG.values():
        assert files[file].count(right.encode()) == 1
        files[file] = files[file].replace(right.encode(), wrong.encode())
    points = graded(files, tmp_path)["extra_data"]["exercises"]
    most = {exercise.name: exercise.points for exercise in EXERCISES if exercise.name in points}
    lost = {name: most[name] - points[name] for name in most if points[name] < most[name]}
    assert lost == {name: fault[-1] for name, fault in WRONG.items()}


def test_every_change_names_a_check_and_every_exercise_keeps_its_points():
    checks = {(check.exercise, check.title): check for check, _ in grader.all_checks()}
    for changes in course_checks._CHANGES.values():
        assert all((exercise, title or "points between real and fake") in checks for exercise, title in changes)
    for exercise in EXERCISES:
        points = [check.points for check, _ in grader.checks_for(COURSE) if check.exercise == exercise.name]
        assert sum(points) == pytest.approx(0 if exercise.name == "gradient_penalty" else exercise.points)
    for notebook in COURSE:
        names = [(check.exercise, check.title) for check, _ in grader.checks_for(frozenset([notebook]))]
        assert len(set(names)) == len(names)
