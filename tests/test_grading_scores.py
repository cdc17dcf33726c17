"""Scores of the solved and the empty edition, of other right solutions, and of functions that build on wrong ones."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from references import other_solutions, right_attention_variants

from classroom.exercises import BEYOND, EXERCISES
from classroom.grading import former_editions, grader, hidden_checks, right_basis, sandbox
from classroom.grading.submission import EXERCISE_FILES, Submission
from classroom.selfcheck import checks as visible_checks
from classroom.student.edition import edition_files
from tools import mutation

UNSAFE = sandbox.refusal() is not None  # these submissions are ours, and may run where there is no sandbox
SOLVED = {name: (grader.ROOT / name).read_bytes() for name in EXERCISE_FILES}
POINTS = {exercise.name: exercise.points for exercise in EXERCISES}
FILES = {exercise.name: exercise.file for exercise in EXERCISES}
NOTEBOOKS = {exercise.name: exercise.notebook for exercise in EXERCISES}


def test_points_of_the_checks_add_up_to_those_of_the_exercises():
    assert sum(exercise.points for exercise in EXERCISES if exercise.notebook not in BEYOND) == 100
    assert sum(exercise.points for exercise in EXERCISES if exercise.notebook in BEYOND) == 40
    for exercise in EXERCISES:
        points = {"visible": 0, "after_published": 0}
        for check, visibility in grader.all_checks():
            points[visibility] += check.points if check.exercise == exercise.name else 0
        assert sum(points.values()) == exercise.points and all(points.values())


def test_hidden_checks_ask_for_nothing_that_no_visible_check_asks_for():
    visible = {check.exercise: set() for check in visible_checks.checks()}
    for check in visible_checks.checks():
        visible[check.exercise] |= {case.probe for case in check.cases}
    for check in hidden_checks.checks():
        assert {case.probe for case in check.cases} <= visible[check.exercise], check.title


def test_exercises_build_on_other_exercises():
    for exercise in EXERCISES:
        assert set(exercise.builds_on) <= {other.name for other in EXERCISES if other != exercise}, exercise.name


# Mistakes as in tools/mutants.py: (function, right text, wrong text).
WRONG_BASIS = {
    "steps": [
        ("rnn_step_forward", "prev_h @ Wh + b)", "prev_h @ Wh)"),
        ("lstm_step_backward", "dc = dnext_c + dnext_h", "dc = dnext_h"),
        ("word_embedding_backward", "np.add.at(dW, x, dout)", "dW[x] = dout"),
    ],
    "gates in another order, forward and backward": [
        ("lstm_step_forward", "i, f, o = (", "f, i, o = ("),
        (
            "lstm_step_backward",
            "dc * g * i * (1 - i),\n            dc * prev_c * f * (1 - f)",
            "dc * prev_c * f * (1 - f),\n            dc * g * i * (1 - i)",
        ),
    ],
    "sequences": [
        ("rnn_forward", "h, hs, caches = h0", "h, hs, caches = 0 * h0"),
        ("lstm_backward", "dxs[::-1]", "dxs"),
    ],
    "attention": [
        ("dot_product_attention", " / math.sqrt(H)", ""),
        ("attention_forward", "h = c = A.mean(axis=(2, 3))", "h = c = A.sum(axis=(2, 3))"),
        ("softmax_backward", "return weights * (", "return (1 - weights) * ("),
    ],
    "attention without the root, forward and backward": [
        ("dot_product_attention", " / math.sqrt(H)", ""),
        ("dot_product_attention_backward", " / math.sqrt(H)", ""),
        ("scaled_dot_product_attention", " / math.sqrt(q.shape[-1])", ""),
        ("scaled_dot_product_attention_backward", " / math.sqrt(q.shape[-1])", ""),
    ],
    "parts of a Transformer": [
        ("multi_head_attention_forward", "joined = join_heads(heads)", "joined = heads.reshape(x.shape)"),
        ("layer_norm_backward", "dnormal - mean - normal * along", "dnormal - mean"),
        ("positional_encoding", "np.arange(num_positions)[:, None]", "np.arange(1, num_positions + 1)[:, None]"),
        ("lstm_step_forward", "return o * tanh_c", "return i * tanh_c"),
    ],
    "a layer and gradients of a Transformer": [
        ("scaled_dot_product_attention", "np.where(mask, scores, -np.inf)", "scores"),
        ("multi_head_attention_backward", "dsource_k + dsource_v", "dsource_v"),
        ("decoder_layer_forward", "x = x + out", "x = normal + out"),
    ],
    "TensorFlow": [
        ("gram_matrix", "gram / (h * w * c) if", "gram / (h * w) if"),
        ("leaky_relu", "tf.nn.leaky_relu(x, alpha)", "tf.nn.leaky_relu(x, 2 * alpha)"),
        ("compute_saliency_maps", "tf.gather(model(X), y,", "tf.gather(model(X), 0 * y,"),
    ],
    "a helper that the first exercise does without": [
        (
            "compute_saliency_maps",
            "return tf.reduce_max(tf.abs(score_gradient(model)(X, y)), axis=-1).numpy()",
            """with tf.GradientTape() as own_tape:
        own_tape.watch(pictures := tf.constant(X))
        scores = tf.gather(model(pictures), y, axis=1, batch_dims=1)
    return tf.reduce_max(tf.abs(own_tape.gradient(scores, pictures)), axis=-1)""",
        ),
        ("make_fooling_image", "tape.gradient(total, X)", "-tape.gradient(total, X)"),
    ],
}


def with_mistakes(mistakes):
    """The solved files of the notebooks with mistakes, as bytes, with all mistakes of a list."""
    needs_tensorflow = NOTEBOOKS[mistakes[0][0]] in grader.TENSORFLOW
    names = {FILES[name] for name in FILES if (NOTEBOOKS[name] in grader.TENSORFLOW) == needs_tensorflow}
    files = {name: SOLVED[name].decode() for name in names}
    for name, right, wrong in mistakes:
        files[FILES[name]] = mutation.mutated(name, right, wrong, files[FILES[name]])
    return {name: text.encode() for name, text in files.items()}


def other_beyond(file):
    """Sources of other right solutions of the exercises beyond the course in a file."""
    variants = right_attention_variants.VARIANTS.values()
    return [source for names, source in variants if FILES[names.split()[0]] == file]


@pytest.fixture(scope="module")
def results():
    """The grader's results, graded two at a time, by name."""
    submissions = {"solved": SOLVED, "solved again": SOLVED}
    submissions["other"] = {
        file: SOLVED[file] + text.encode() for file, text in other_solutions.OTHER_SOLUTIONS.items()
    }
    submissions["other beyond the course"] = {
        file: SOLVED[file] + "\n".join(other_beyond(file)).encode() for file in SOLVED if other_beyond(file)
    }
    edition = edition_files()
    submissions["empty"] = {name: edition[name] for name in EXERCISE_FILES}
    submissions |= {name: with_mistakes(mistakes) for name, mistakes in WRONG_BASIS.items()}
    with ThreadPoolExecutor(2) as threads:
        graded = threads.map(lambda files: grader.grade(Submission(files), "submission", UNSAFE), submissions.values())
        return dict(zip(submissions, graded, strict=True))


def test_the_solved_edition_has_all_points_twice_the_same(results):
    assert results["solved"]["score"] == 100
    assert results["solved"]["extra_data"]["beyond"] == {"score": 40, "max_score": 40}
    assert {test["output"] for test in results["solved"]["tests"]} == {"right"}
    assert results["solved again"] == results["solved"]


def test_other_right_solutions_have_all_points(results):
    assert [test for test in results["other"]["tests"] if test["score"] < test["max_score"]] == []
    assert "beyond" not in results["other"]["extra_data"]
    assert results["other beyond the course"]["extra_data"]["beyond"]["score"] == 40


def test_a_submission_of_a_former_edition_has_all_points():
    """With the imports of an edition whose package was arranged differently, and all of GANs in one file."""
    imports = b"from cs231n.files import written_whole\nfrom cs231n.notebook import postponed_interrupt, progress\n"
    networks, losses = (SOLVED[name] for name in former_editions.FILES)
    files = {name: imports + text for name, text in SOLVED.items() if name not in former_editions.FILES}
    files["cs231n/gan.py"] = imports + networks + losses
    result = grader.grade(Submission(files), "former", UNSAFE)
    assert [test for test in result["tests"] if test["output"] != "right"] == []


def test_the_empty_edition_has_none(results):
    assert results["empty"]["score"] == results["empty"]["extra_data"]["beyond"]["score"] == 0
    assert all("not written yet" in test["output"] for test in results["empty"]["tests"])


@pytest.mark.parametrize("name", WRONG_BASIS)
def test_points_lost_in_a_function_are_not_lost_in_those_that_build_on_it(results, name):
    points = results[name]["extra_data"]["exercises"]
    wrong = {exercise for exercise, _, _ in WRONG_BASIS[name]}
    if "another order" in name:  # the backward function is right for its own forward function
        wrong.remove("lstm_step_backward")
    if "without the root" in name:
        wrong = {exercise for exercise in wrong if not exercise.endswith("_backward")}
    if "does without" in name:  # its maps are right, written otherwise
        wrong.remove("compute_saliency_maps")
    handed_in = {exercise for exercise in points if FILES[exercise] in with_mistakes(WRONG_BASIS[name])}
    assert {exercise for exercise in handed_in if points[exercise] < POINTS[exercise]} == wrong
    notes = "\n".join(test["output"] for test in results[name]["tests"])
    assert "in place of yours" in notes or "by your own forward function" in notes


def test_a_process_with_solutions_holds_only_those_of_functions_already_graded():
    files = right_basis.files_with(SOLVED, {"rnn_step_forward", "gram_matrix"})
    for module, name in (("rnn_layers", "rnn_step_forward"), ("style_transfer", "gram_matrix")):
        unsolved, right = edition_files()[f"cs231n/{module}.py"], files[f"cs231n/_right_{module}.py"]
        assert right.startswith(unsolved)
        assert (
            right[len(unsolved) :].strip().startswith(f"def {name}(".encode()) and right.count(b"BEGIN SOLUTION") == 1
        )
    imports = right_basis.files_with(SOLVED, {"rnn_forward"})["cs231n/_right_rnn_layers.py"]
    assert b"\nfrom cs231n.rnn_layers import rnn_step_forward\n" in imports
    assert right_basis.depth("CaptioningRNN.loss") == 3
    assert right_basis.depth("CaptioningTransformer.loss") == right_basis.DEEPEST == 4
    points = POINTS | {"rnn_step_forward": 0}
    assert right_basis.replacements("rnn_backward", points) == {"rnn_step_forward", "rnn_step_backward"}
    assert right_basis.replacements("rnn_step_backward", points) == {"rnn_step_forward"}
