"""The grader around the sandbox: what is a submission, reports, a class, continuing after an interruption."""

import csv
import errno
import json
import os
import platform
import re
import stat
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from classroom.exercises import BEYOND, EXERCISES, RNN_LAYERS_PY, RNN_PY, TRANSFORMER_LAYERS_PY, TRANSFORMER_PY
from classroom.grading import (
    __main__,
    grader,
    hidden_checks,
    hidden_judges,
    report,
    sandbox,
    submission,
    write_values,
)
from classroom.selfcheck import __main__ as selfcheck
from classroom.selfcheck import checks as visible_checks
from classroom.selfcheck import inputs, judges, judging
from classroom.selfcheck.inside import errors, probes, wire
from classroom.selfcheck.stored_values import FILE, stored_mistakes, stored_values
from classroom.student import edition
from cs231n import image_utils

LAYERS_TEXT = (grader.ROOT / RNN_LAYERS_PY).read_bytes()
UNSAFE = ["--unsafe"] if sandbox.refusal() else []


def hand_in(folder, text=LAYERS_TEXT, name=RNN_LAYERS_PY):
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(text)
    return folder


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries.items():
            archive.writestr(entry, data)
    return path


def run(*args):
    """(what the command line answers: None, or its sentence)."""
    sys.argv = ["classroom.grading", *map(str, args), *UNSAFE]
    return __main__.main()


# ---------------------------------------------------------------- what is a submission


def test_a_folder_and_zips_of_any_depth_are_read(tmp_path):
    folder = hand_in(tmp_path / "jane")
    (folder / "cs231n" / "own.py").write_text("x = 1")
    (folder / "notes.py").write_text("not of the package")
    assert set(submission.read(folder).files) == {RNN_LAYERS_PY, "cs231n/own.py"}
    for prefix in ("", "jane/", "a/b/", "cs231n/"):
        path = zipped(
            tmp_path / "jane.zip", {f"{prefix}{RNN_LAYERS_PY}": LAYERS_TEXT, f"__MACOSX/{RNN_LAYERS_PY}": b"x"}
        )
        assert submission.read(path).files == {RNN_LAYERS_PY: LAYERS_TEXT}


def test_the_name_of_a_submission_comes_from_its_path():
    assert submission.name_of("a/jane.doe") == "jane.doe" and submission.name_of("a/jane.zip") == "jane"


def test_an_edition_with_the_checks_in_grading_visible_is_still_read(tmp_path):
    """Editions handed out before the checks were called selfcheck."""
    folder = hand_in(tmp_path / "jane")
    (folder / "grading" / "visible").mkdir(parents=True)
    (folder / "grading" / "visible" / "checks.py").write_text("x = 1")
    assert set(submission.read(folder).files) == {RNN_LAYERS_PY}


def test_links_are_not_followed(tmp_path):
    folder = hand_in(tmp_path / "jane")
    (folder / RNN_PY).parent.mkdir()
    (folder / RNN_PY).symlink_to(grader.ROOT / RNN_PY)
    (folder / "cs231n" / "scenes").symlink_to(grader.ROOT / "cs231n" / "scenes")
    link = zipfile.ZipInfo(RNN_PY)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(
        tmp_path / "jane.zip", {RNN_LAYERS_PY: LAYERS_TEXT, link: str(grader.ROOT / RNN_PY), f"../../{RNN_PY}": b"x"}
    )
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "cs231n" / "pipe.py")
    (folder / "cs231n" / ("x" * 200 + ".py")).write_text("")
    assert set(submission.read(folder).files) == set(submission.read(path).files) == {RNN_LAYERS_PY}


def test_what_is_no_submission_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    bomb = zipped(tmp_path / "bomb.zip", {RNN_LAYERS_PY: b"\n" * 300_000_000})
    two = zipped(tmp_path / "two.zip", {f"a/{RNN_LAYERS_PY}": b"x = 1", f"b/{RNN_LAYERS_PY}": b"x = 2"})
    damaged = zipped(tmp_path / "damaged.zip", {RNN_LAYERS_PY: LAYERS_TEXT})
    damaged.write_bytes(damaged.read_bytes().replace(damaged.read_bytes()[60:90], b"?" * 30))
    many = zipped(tmp_path / "many.zip", {RNN_LAYERS_PY: b""} | {f"cs231n/f{k}.py": b"" for k in range(300)})
    for path, message in {
        tmp_path / "none": "there is no submission",
        tmp_path / "empty": "is not a submission: it holds no files; expected is a folder cs231n with cs231n/",
        tmp_path / "text.zip": "is not a readable zip",
        damaged: "cannot be read: its archive is damaged",
        bomb: "is too large: more than 200 Python files or 5,000,000 bytes",
        two: f"holds more than one {RNN_LAYERS_PY}, and they differ: two.zip/a/{RNN_LAYERS_PY} and two.zip/b/",
        many: "is too large",
    }.items():
        with pytest.raises(ValueError, match=message):
            submission.read(path)
        assert message in run(path)
    assert "there is no submission" in run(tmp_path / "none", "--json", tmp_path / "results.json")
    assert not (tmp_path / "results.json").exists()
    assert "there is no folder" in run(tmp_path / "none", "--csv", tmp_path / "scores.csv")
    assert "holds no submissions" in run(tmp_path / "empty", "--csv", tmp_path / "scores.csv")


def test_given_files_are_those_of_the_student_edition_and_own_modules_are_used(tmp_path):
    files = {
        RNN_LAYERS_PY: b"from cs231n.own import rnn_step_forward\nfrom cs231n.layers import affine_forward\n",
        "cs231n/own.py": LAYERS_TEXT.split(b"def rnn_step_backward")[0],
        "cs231n/layers.py": b"this is no Python",
    }
    points = grader.grade(submission.Submission(files), "jane", bool(UNSAFE))["extra_data"]["exercises"]
    assert points["rnn_step_forward"] == 2 and sum(points.values()) == 2


# ---------------------------------------------------------------- arrays on the way


@pytest.mark.parametrize(
    "value", [None, 3, 2.5, "text", [1, [2.0]], {"a": np.arange(6.0).reshape(2, 3)}, np.float32(1)]
)
def test_values_come_back_as_they_went(value):
    back = wire.decode(json.loads(json.dumps(wire.encode(value))))
    np.testing.assert_equal(back, value)


@pytest.mark.parametrize(
    "message",
    [
        {"array": "AAAA", "dtype": "float64", "shape": [10**12]},
        {"array": "", "dtype": "object", "shape": [0]},
        {"array": "", "dtype": "float64", "shape": [-1, 0]},
        {"array": "", "dtype": ["float64"], "shape": [0]},
        {"array": "?", "dtype": "float64", "shape": [0.5]},
        {"pickle": "x"},
        {"dict": [1]},
    ],
)
def test_messages_that_lie_are_refused(message):
    with pytest.raises(ValueError, match="not a message"):
        wire.decode(message)


def test_hints_lead_on_and_give_no_value_away():
    want = np.arange(1.0, 7).reshape(2, 3)
    hints = {
        "has the opposite sign": -want,
        "is 0.5 times what it should be, everywhere": want / 2,
        "has the shape (3, 2) instead of (2, 3) (transposed?)": want.T,
        "is not finite": want * np.nan,
        "is all zeros": 0 * want,
        "is wrong in 1 of 6 entries": want + (want == 4),
        "has wrong values": want**2,
        "is None, not numbers": None,
        "is an object of type set, not numbers": wire.Odd("an object of type set"),
        "": want + 1e-9,
    }
    assert {judging.fault(got, want): None for got in hints.values()} == dict.fromkeys(hints)
    numbers = {-7: "has the opposite sign", 3.5: "is 0.5 times what it should be", 3: "has a wrong value", 0: "is 0"}
    assert {got: judging.fault(got, np.array(7.0)) for got in numbers} == numbers
    judge, right, wrong = judging.agrees("T = 1", "T = 3"), {"dx": want}, {"dx": -want}
    assert judge([right, wrong], [right, right]) == [("dx", False, "dx has the opposite sign for T = 3")]
    assert judge([wrong, wrong], [right, right]) == [("dx", False, "dx has the opposite sign")]
    different = "dx is all zeros for T = 1\ndx has the opposite sign for T = 3"
    assert judge([{"dx": 0 * want}, wrong], [right, right]) == [("dx", False, different)]


def test_a_usual_mistake_is_named_only_where_the_output_is_what_the_mistake_makes_of_it():
    right, wrong = np.arange(1.0, 13).reshape(3, 4), np.arange(12.0).reshape(3, 4) ** 2
    check = judging.Check("x", "x", 1, [judging.Case("", "", {})], judging.agrees(""))
    mistakes = {"y": {"squared": judging.prints([{"y": wrong}], [{"y": right}], "y")}}

    def feedback(y):
        return judging.judged(check, [{"outputs": {"y": y}}], [{"y": right}], mistakes).feedback.split("\n")

    assert feedback(wrong) == feedback(np.float32(wrong)) == ["y has wrong values", "squared"]
    assert feedback(right) == [""] and judging.prints([{"y": right[0]}], [{"y": right}], "y") is None
    for other in (wrong + 0.01, wrong[::-1], 2 * wrong, wrong[:2], np.full((3, 4), np.nan), None, "y"):
        assert "squared" not in feedback(other)


def test_stored_mistakes_are_what_the_table_of_mistakes_makes():
    for checks, path in ((visible_checks.checks(), FILE), (hidden_checks.checks(), grader.HIDDEN_VALUES)):
        made, stored = write_values.usual_mistakes(checks), stored_mistakes(path)
        assert list(made) == list(stored) and len(made) >= 15
        for name, outputs in made.items():
            for output, sentences in outputs.items():
                assert list(sentences) == list(stored[name][output])
                for text, prints in sentences.items():
                    np.testing.assert_allclose(prints, stored[name][output][text], rtol=1e-4, atol=1e-3, err_msg=text)


def test_a_hint_is_told_only_where_nothing_else_explains_the_fault():
    claims = [judging.Claim("direction", False, "the step goes down"), judging.Claim("length", False, "")]
    check = judging.Check("x", "x", 2, [], lambda answers, expected: claims)
    assert judging.judged(check, [], []) == (0, "the step goes down", ("direction", "length"))


@pytest.mark.parametrize(
    "text, told",
    [
        (
            "{{function_node __wrapped__AddV2_device_}} Incompatible shapes: [5,3] vs. [4] [Op:AddV2] name: ",
            "the shapes [5,3] and [4] do not go together",
        ),
        (
            "cannot compute Mul as input #1(zero-based) was expected to be a double tensor but is a float tensor",
            "Mul of a double and a float tensor; both must have one dtype",
        ),
        (
            "{{function_node __wrapped__MatMul}} Matrix size-incompatible: In[0]: [5,3], In[1]: [4,4] [Op:MatMul]",
            "the shapes [5,3] and [4,4] have no matrix product",
        ),
        (
            "Exception encountered when calling Dense.call().\n\n\x1b[1mbad\x1b[0m\nArguments received by Dense: x",
            "in Dense.call(): bad",
        ),
        (
            "Dimensions must be equal, but are 3 and 4 for '= MatMul[T=DT_FLOAT, grad_a=false](x, matmul/b)' with "
            "input shapes: [2,3], [4,5].",
            "Dimensions must be equal, but are 3 and 4 in MatMul, for the shapes [2,3], [4,5].",
        ),
        (
            "'tensorflow.python.framework.ops.EagerTensor' object has no attribute 'sum'",
            "a tensor has no attribute 'sum'",
        ),
        (
            "A KerasTensor cannot be used as input to a TensorFlow function. A KerasTensor is a symbolic placeholder",
            "A KerasTensor cannot be used as input to a TensorFlow function; use a layer or an operation of keras.ops",
        ),
        (
            "a symbolic `tf.Tensor` is not allowed. You can attempt the following resolutions: a, b",
            "a symbolic `tf.Tensor` is not allowed.",
        ),
        ("Value for attr 'T' is not allowed; NodeDef: ; Op<name=Square>", "Value for attr 'T' is not allowed"),
    ],
    ids=["shapes", "dtypes", "matrices", "layer", "graph", "attribute", "Keras", "advice", "node"],
)
def test_words_of_a_library_are_translated(text, told):
    assert errors.told(ValueError(text)) == f"the code stops with ValueError: {told}"


def test_one_cause_is_told_once():
    answer = grader.grade(submission.Submission({RNN_LAYERS_PY: b"def f(:\n"}), "jane", bool(UNSAFE))
    outputs = [test["output"] for test in answer["tests"]]
    cause = "the code stops with SyntaxError: invalid syntax (rnn_layers.py, line 1)"
    assert sum(cause in output for output in outputs) == 1
    assert "13 checks: cs231n/style_transfer.py is missing" in answer["output"]
    assert f"21 checks: {cause}" in answer["output"]
    assert outputs.count("does not run, for the same reason as rnn_step_forward: values") == 20


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        True,
        -3,
        10**18,
        float("nan"),
        1e308,
        "right",
        [1.0],
        {"a": 1.0},
        wire.Odd("an object"),
        np.zeros(()),
        np.zeros((0, 3)),
        np.full((3, 4, 5), np.inf),
        np.zeros((1, 12, 12, 3), bool),
        np.full((1, 12, 12, 3), 1e300),
        np.zeros((1, 14, 14, 3), np.float32),
        np.full((3000, 2), -1),
    ],
    ids=lambda value: f"{type(value).__name__} {np.shape(value) if isinstance(value, np.ndarray) else value}",
)
def test_nonsense_earns_nothing_and_stops_nobody(nonsense):
    for check, _ in grader.all_checks():
        expected = grader.expected(check)
        answers = [{"outputs": dict.fromkeys(outputs, nonsense)} for outputs in expected]
        judgement = judging.judged(check, answers, expected)
        assert judgement.share == 0 and judgement.feedback, (check.exercise, check.title)


# ---------------------------------------------------------------- visible checks


def test_stored_values_are_the_solved_package_s():
    pytest.importorskip("tensorflow")  # loaded from the start, so that noise is the same
    for check, _ in grader.all_checks():
        for case, values in zip(check.cases, grader.expected(check), strict=True):
            solved = write_values.solved_outputs(case)
            assert set(values) == set(solved)
            for name, value in values.items():
                if isinstance(solved[name], str):
                    assert value == solved[name]
                    continue
                np.testing.assert_allclose(
                    value, solved[name], rtol=1e-3, atol=1e-4, err_msg=f"{check.exercise} {name}"
                )


def test_a_check_without_stored_values_is_named():
    check = visible_checks.checks()[0]._replace(title="a new one")
    with pytest.raises(ValueError, match="values.npz lacks outputs for the check 'a new one' of rnn_step_forward; "):
        stored_values([check])


def test_the_grader_judges_without_tensorflow():
    code = "import sys; from classroom.grading import __main__, grader; from classroom.selfcheck import judging\n"
    code += "for check, _ in grader.all_checks():\n    right = grader.expected(check)\n"
    code += "    assert judging.judged(check, [{'outputs': o} for o in right], right).share == 1, check\n"
    code += "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_judges_know_the_classifier_and_its_gradient():
    tf = pytest.importorskip("tensorflow")
    weights, X = inputs.classifier_weights(seed=3, scale=8), inputs.photograph(9, seed=1)
    with tf.GradientTape() as tape:
        tape.watch(image := tf.constant(X))
        scores = probes.classifier(weights, 9)(image)
        score = scores[0, 2]
    np.testing.assert_allclose(judges.probabilities_of(weights, X), tf.nn.softmax(scores)[0], rtol=1e-4, atol=1e-7)
    gradient = hidden_judges._score_gradient(weights, 2, X)
    np.testing.assert_allclose(gradient, tape.gradient(score, image), rtol=1e-3, atol=1e-6)


def test_judges_blur_as_the_package_does():
    picture = inputs.photograph(7, seed=3)
    np.testing.assert_allclose(judges._blurred(picture), image_utils.blur_image(picture, sigma=0.5), atol=1e-6)


def test_students_run_the_visible_checks_by_themselves(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["selfcheck", "RNN"])
    selfcheck.main()
    out = capsys.readouterr().out
    assert out.endswith(
        "7.25 of 7.25 points that these checks give; the grader has more checks, for 100 points in all.\n"
    )
    monkeypatch.setattr(sys, "argv", ["selfcheck", "nosuch"])
    assert selfcheck.main() == "no function has 'nosuch' in its name"


def test_the_student_edition_runs_them_alone_and_has_nothing_to_hide(tmp_path):
    for name, data in edition.edition_files().items():
        if name.endswith((".py", "values.npz")):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
    assert not (tmp_path / "classroom").exists()
    command = [sys.executable, "-m", "selfcheck", "rnn"]
    out = subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True)
    assert b"0 of 7.25 points" in out.stdout and out.stdout.count(b" is not written yet") == 8, out.stderr


def test_checks_that_do_not_fit_the_table_of_exercises_are_named(monkeypatch):
    visible, hidden = visible_checks.checks(), hidden_checks.checks()
    dearer = [check._replace(points=9) if check.title == "noise with a seed" else check for check in hidden]
    unknown = [visible[0]._replace(exercise="rnn_leap"), *visible[1:]]
    for module, checks, message in (
        (hidden_checks, dearer, "the checks of sample_noise give 9.5 points, but classroom/exercises.py gives it 1;"),
        (hidden_checks, hidden[1:], "the checks of rnn_step_forward give 0.5 points, but .* gives it 2;"),
        (visible_checks, unknown, "there is a check of rnn_leap, but no such exercise in classroom/exercises.py"),
    ):
        with monkeypatch.context() as patch, pytest.raises(ValueError, match=message):
            patch.setattr(module, "checks", lambda checks=checks: checks)
            grader.all_checks.__wrapped__()


def test_titles_of_an_exercises_checks_differ():
    names = [(check.exercise, check.title) for check, _ in grader.all_checks()]
    assert len(set(names)) == len(names)


def test_students_get_no_title_of_a_hidden_check():
    """In the checks' folder the words of a title stand nowhere; elsewhere, prose may use them, but no string is one."""
    titles = {check.title for check in hidden_checks.checks()}
    assert len(titles) > 20
    for path, content in edition.edition_files().items():
        text = content.decode("latin-1")
        assert [title for title in titles if re.search(rf"""["':|]\s*{re.escape(title)}["'|]""", text)] == [], path
        assert not path.startswith("selfcheck/") or [title for title in titles if title in text] == [], path


def test_black_and_white_of_the_checks_are_the_packages():
    assert np.array_equal(inputs.BLACK, image_utils.BLACK) and np.array_equal(inputs.WHITE, image_utils.WHITE)
    pixels = np.random.RandomState(0).randint(0, 256, (1, 8, 8, 3))
    np.testing.assert_array_equal(inputs.photograph(8), image_utils.preprocess_image(pixels))


# ---------------------------------------------------------------- reports


def test_results_are_written_as_gradescope_reads_them_and_as_a_page(tmp_path, capsys):
    wrong = LAYERS_TEXT.replace(b"W[x], (x, W.shape)", b"-W[x], (x, W.shape)")
    folder = hand_in(tmp_path / "<b>jane</b>".replace("/", "|"), wrong)
    assert run(folder, "--json", tmp_path / "results.json", "--html", tmp_path / "page.html") is None
    result = json.loads((tmp_path / "results.json").read_text())
    assert result["score"] == pytest.approx(sum(test["score"] for test in result["tests"])) == 34
    for test in result["tests"]:
        assert {"name", "score", "max_score", "output", "visibility"} == set(test)
        assert 0 <= test["score"] <= test["max_score"] and test["visibility"] in ("visible", "after_published")
    assert sum(test["max_score"] for test in result["tests"]) == 100
    page = (tmp_path / "page.html").read_text()
    assert "<b>jane" not in page and "&lt;b&gt;jane" in page and "out has the opposite sign" in page
    assert "34 of 100 points" in capsys.readouterr().out


def test_exercises_beyond_the_course_count_apart_where_they_were_handed_in(tmp_path):
    layers = (grader.ROOT / TRANSFORMER_LAYERS_PY).read_bytes()
    right = submission.Submission({RNN_LAYERS_PY: LAYERS_TEXT, TRANSFORMER_LAYERS_PY: layers})
    wrong = right._replace(files=right.files | {TRANSFORMER_LAYERS_PY: layers.replace(b"dnormal - mean", b"dnormal")})
    ada, ben = (grader.grade(handed_in, name, bool(UNSAFE)) for name, handed_in in (("ada", right), ("ben", wrong)))
    cleo = grader.grade(submission.Submission({RNN_LAYERS_PY: LAYERS_TEXT}), "cleo", bool(UNSAFE))
    assert [result["score"] for result in (ada, ben, cleo)] == [35, 35, 35]
    assert "35 of 100 points\nbeyond the course: 10 of 40\n" in ada["output"] and "beyond" not in cleo["output"]
    assert ada["extra_data"]["beyond"] == {"score": 10, "max_score": 40} and "beyond" not in cleo["extra_data"]
    for result in (ada, ben, cleo):  # no sum that Gradescope makes holds them
        assert sum(test.get("max_score", 0) for test in result["tests"]) == 100
        assert sum(test.get("score", 0) for test in result["tests"]) == 35
    rows_apart = [test for test in ben["tests"] if "score" not in test]
    assert {test["status"] for test in rows_apart} == {"passed", "failed"} and rows_apart == ben["tests"][79:]
    assert all(set(test["extra_data"]) == {"score", "max_score"} for test in rows_apart)
    page, text = report.as_page(ben), report.as_text(ben)
    assert page.count("the mean of the gradient is not subtracted") == 2 and "Transformer_Captioning" in page
    assert "dx has wrong values" in text and "beyond the course: 8.79 of 40" in text
    assert "Transformer" not in report.as_page(cleo) and "beyond" not in report.as_page(cleo)
    row = list(csv.DictReader(report.as_csv([ben, cleo], {}).splitlines()))
    assert [r["beyond the course"] for r in row] == ["8.79", ""] and row[1]["layer_norm_forward"] == ""
    assert report.as_summary([ben, cleo], {"dan": "no"}).count("8.79 of 40") == 1
    assert "beyond" not in report.as_summary([cleo], {"dan": "no"})


def test_a_function_beyond_the_course_is_judged_without_the_other_files():
    files = {TRANSFORMER_PY: (grader.ROOT / TRANSFORMER_PY).read_bytes()}
    result = grader.grade(submission.Submission(files), "jane", bool(UNSAFE))
    points = {name: value for name, value in result["extra_data"]["exercises"].items() if value}
    assert points == {"CaptioningTransformer.loss": 2} and result["score"] == 0


def test_a_file_of_another_assignment_is_not_one_beyond_the_course():
    torch = b"import torch\n\nclass PositionalEncoding(torch.nn.Module):\n    def forward(self, x): pass\n"
    assert not submission.is_beyond({TRANSFORMER_LAYERS_PY: torch, RNN_LAYERS_PY: LAYERS_TEXT})
    assert submission.is_beyond({TRANSFORMER_LAYERS_PY: b"def layer_norm_forward(:"})
    assert submission.is_beyond({TRANSFORMER_LAYERS_PY: b"from cs231n.own import positional_encoding"})


def test_what_is_no_submission_gets_its_result_in_the_files_asked_for(tmp_path, monkeypatch):
    (tmp_path / "text.zip").write_text("no zip")
    assert run(tmp_path / "text.zip", "--json", tmp_path / "results.json", "--html", tmp_path / "page.html") is None
    result = json.loads((tmp_path / "results.json").read_text())
    assert result["score"] == 0 and "is not a readable zip" in result["output"]
    assert "is not a readable zip" in (tmp_path / "page.html").read_text()

    def fault_of_the_grader(*args, **kwargs):
        raise ValueError("a fault of the grader")

    monkeypatch.setattr(grader, "grade", fault_of_the_grader)
    assert run(hand_in(tmp_path / "jane"), "--json", tmp_path / "other.json") == "a fault of the grader"
    assert not (tmp_path / "other.json").exists()


@pytest.mark.parametrize(
    "options, message",
    [
        (("--csv", "s.csv", "--json", "r.json"), "--json and --html are for one submission"),
        (("--csv", "s.csv", "--html", "r.html"), "--json and --html are for one submission"),
    ],
)
def test_options_that_would_do_nothing_are_refused(tmp_path, capsys, options, message):
    with pytest.raises(SystemExit):
        run(tmp_path, *options)
    assert message in capsys.readouterr().err


# ---------------------------------------------------------------- a class


@pytest.fixture
def classroom_of_four(tmp_path):
    """A class with two solved submissions, a wrong one, and a folder that is not a submission."""
    folder = tmp_path / "handed-in"
    hand_in(folder / "ada")
    zipped(folder / "ben.ZIP", {f"ben/{RNN_LAYERS_PY}": LAYERS_TEXT})
    hand_in(folder / "cleo", LAYERS_TEXT.replace(b"W[x], (x, W.shape)", b"-W[x], (x, W.shape)"))
    (folder / "dan").mkdir()
    (folder / "readme.txt").write_text("no submission")
    return folder


def rows(path):
    with open(path, newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def test_a_class_is_graded_once(classroom_of_four, tmp_path, capsys, monkeypatch):
    table, out = tmp_path / "scores.csv", tmp_path / "grades"
    args = classroom_of_four, "--csv", table, "--out", out
    assert run(*args) is None
    out_text = capsys.readouterr().out
    assert (
        "readme.txt is neither a folder, nor a zip, nor a Python file" in out_text and "dan is not a subm" in out_text
    )
    scores = rows(table)
    points = {"ada": "35.0", "ben": "35.0", "cleo": "34.0", "dan": "", "readme.txt": ""}
    assert {name: row["score"] for name, row in scores.items()} == points
    course, beyond = ([e.name for e in EXERCISES if (e.notebook in BEYOND) == apart] for apart in (False, True))
    columns = ["submission", "score", *course, "status", "notes", "beyond the course", *beyond]
    assert list(scores["ada"]) == columns and {scores["ada"][name] for name in columns[-16:]} == {""}
    assert {path.name for path in out.iterdir()} == {"index.html"} | {
        f"{name}.{kind}" for name in scores for kind in ("json", "html")
    }
    before = table.read_bytes(), (out / "index.html").read_bytes()

    monkeypatch.setattr(grader, "grade", lambda *args: pytest.fail("graded again"))
    assert run(*args) is None
    assert (table.read_bytes(), (out / "index.html").read_bytes()) == before
    monkeypatch.undo()

    (out / "ben.json").write_text('{"score": 100')  # cut off, so it does not count
    (classroom_of_four / "cleo" / RNN_LAYERS_PY).write_bytes(LAYERS_TEXT)
    capsys.readouterr()
    assert run(*args) is None
    assert "5 submissions, 2 of them graded now" in capsys.readouterr().out
    assert {name: row["score"] for name, row in rows(table).items()} == points | {"cleo": "35.0"}


def test_an_interrupted_class_goes_on(classroom_of_four, tmp_path, monkeypatch):
    table, out = tmp_path / "scores.csv", tmp_path / "grades"
    args = classroom_of_four, "--csv", table, "--out", out, "--workers", 1
    graded, grade = [], grader.grade

    def interrupted(handed_in, name, unsafe):
        graded.append(name)
        if name == "ben" and graded.count("ben") == 1:
            raise KeyboardInterrupt
        return grade(handed_in, name, unsafe)

    monkeypatch.setattr(grader, "grade", interrupted)
    assert "the same command continues from there" in run(*args)
    assert (out / "ada.json").exists() and not table.exists() and not list(out.glob("*.part"))
    assert run(*args) is None
    assert graded.count("ada") == 1 and float(rows(table)["cleo"]["score"]) == 34


def test_what_cannot_be_graded_has_no_points_and_is_graded_by_the_next_run(
    classroom_of_four, tmp_path, monkeypatch, capsys
):
    table, out = tmp_path / "scores.csv", tmp_path / "grades"
    args = classroom_of_four, "--csv", table, "--out", out, "--workers", 1
    out.mkdir()
    (out / "ben.html").write_text("of an earlier version")
    lay_out, full = sandbox._lay_out, [OSError(errno.ENOSPC, "No space left on device")] * 2

    def lay_out_on_a_full_disk(files, folder):
        if RNN_LAYERS_PY in files and full:
            raise full.pop()
        lay_out(files, folder)

    monkeypatch.setattr(sandbox, "_lay_out", lay_out_on_a_full_disk)
    assert run(*args) is None
    reason = "the grader's machine fails: No space left on device"
    row = rows(table)["ben"]
    assert (row["score"], row["rnn_forward"], row["status"], row["notes"]) == ("", "", "not graded", reason)
    assert rows(table)["cleo"]["score"] == "34.0" and rows(table)["cleo"]["status"] == "graded"
    printed = capsys.readouterr().out
    assert "2 not graded, for reasons that are not theirs; the same command tries again:\n  ada: the gr" in printed
    assert not list(out.glob("ben.*")) and "No space left on device" in (out / "index.html").read_text()
    assert run(*args) is None
    assert rows(table)["ben"]["score"] == "35.0" and "2 of them graded now" in capsys.readouterr().out
    assert "Not graded, for a reason that is not the submission's: the grader's machine" in run_once_more(monkeypatch)


def run_once_more(monkeypatch):
    """What the command line answers for a single submission on a machine that fails."""

    def fail(*args, **kwargs):
        raise sandbox.NotGraded("the grader's machine fails")

    monkeypatch.setattr(grader, "grade", fail)
    return run(grader.ROOT, "--json", "/nowhere/results.json")


@pytest.mark.parametrize("settings", [dict(PYTHONIOENCODING="cp1252"), dict(LC_ALL="C", PYTHONUTF8="0")])
def test_names_and_messages_in_any_script_end_no_run(tmp_path, settings):
    folder, result = tmp_path / "handed-in", tmp_path / "results.json"
    text = "raise ValueError('é，李\\ud800\\x1b[2J')\n".encode()
    for name in ("李雷", "jörg", "b\udcff" if sys.platform.startswith("linux") else "b"):
        hand_in(folder / name, text)
    python = [sys.executable, "-m", "classroom.grading"]
    settings = os.environ | {"PYTHONCOERCECLOCALE": "0"} | settings

    def grade(*args):
        command = [*python, *map(str, args), *UNSAFE]
        done = subprocess.run(command, cwd=grader.ROOT, env=settings, capture_output=True)
        assert done.returncode == 0, done.stderr

    grade(folder / "李雷", "--json", result)
    assert "ValueError: é，李??[2J" in result.read_text(encoding="utf-8")
    grade(folder, "--csv", tmp_path / "scores.csv", "--out", tmp_path / "grades")
    table = (tmp_path / "scores.csv").read_text(encoding="utf-8")
    assert table.count("\n") == 4 and table.count(",graded,") == 3
    if "PYTHONIOENCODING" in settings:  # the other one hides the names themselves from Python
        assert "\n李雷,0.0," in table and "\njörg,0.0," in table


def test_the_key_of_a_result_holds_all_that_the_result_depends_on(monkeypatch):
    files = {RNN_LAYERS_PY: LAYERS_TEXT}
    plain = submission.Submission(files)
    others = [(plain, True), (submission.Submission({RNN_PY: LAYERS_TEXT}), False)]
    others += [(plain._replace(notes=("read from a zip",)), False), (plain._replace(course=frozenset(["GANs"])), False)]
    keys = [grader.result_key(plain, False), *(grader.result_key(*other) for other in others)]
    assert grader.result_key(submission.Submission(dict(files)), False) == keys[0]
    for change in ((platform, "machine", lambda: "another"), (sys, "path", [])):
        with monkeypatch.context() as patch:
            patch.setattr(*change)
            patch.setattr(grader, "_version", grader._version.__wrapped__)
            keys.append(grader.result_key(plain, False))
    assert len(set(keys)) == len(keys)


def test_the_given_files_are_made_once_by_one_thread(tmp_path, monkeypatch):
    calls, solved_files = [], edition.solved_files

    def slowly(root):
        calls.append(root)
        time.sleep(0.2)
        return solved_files(root)

    monkeypatch.setattr(edition, "solved_files", slowly)
    sandbox._given_files.cache_clear()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda name: sandbox._lay_out({}, tmp_path / name), "ab"))
    assert len(calls) == 1


def test_results_that_cannot_be_written_are_one_sentence(classroom_of_four, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert "Not a directory" in run(classroom_of_four, "--csv", tmp_path / "s.csv", "--out", tmp_path / "file" / "x")


def test_an_unsafe_run_keeps_its_limits(tmp_path):
    text = LAYERS_TEXT + b"\ndef rnn_step_forward(*args):\n    while True: pass\n"
    limits = sandbox.LIMITS._replace(exercise=1)
    points = grader.grade(submission.Submission({RNN_LAYERS_PY: text}), "jane", True, limits)["extra_data"]["exercises"]
    assert points["rnn_step_forward"] == 0 and points["lstm_backward"] == 6
