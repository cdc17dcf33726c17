"""Scores: of the solved and the empty edition, and of wrong submissions, each with what it deserves and why."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from references import other_solutions

from classroom.exercises import EXERCISES
from classroom.exercises import GAN_LOSSES_PY as LOSSES
from classroom.exercises import GAN_NETWORKS_PY as NETWORKS
from classroom.exercises import NETWORK_VISUALIZATION_PY as VISUALS
from classroom.exercises import RNN_LAYERS_PY as LAYERS
from classroom.exercises import RNN_PY as MODEL
from classroom.exercises import STYLE_TRANSFER_PY as PAINTING
from classroom.grading import grader, sandbox
from classroom.grading.submission import EXERCISE_FILES
from classroom.student.edition import edition_files

UNSAFE = sandbox.refusal() is not None  # these submissions are ours, and may run where there is no sandbox
SOLVED = {name: (grader.ROOT / name).read_bytes() for name in EXERCISE_FILES}
FULL = {exercise.name: exercise.points for exercise in EXERCISES}
LOSS = "CaptioningRNN.loss"  # 9 numbers and gradients: RNN 1 point, LSTM 1, short captions (RNN) 1.5, float32 (RNN) .5


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


# (what is wrong, file, [(solved text, wrong text)], points lost by function, why so many)
WRONG = [
    (
        "sign in the slope of tanh",
        LAYERS,
        [("da = dnext_h * (1 - next_h**2)", "da = dnext_h * (1 + next_h**2)")],
        {"rnn_step_backward": 4, "rnn_backward": 4, LOSS: 3 * 6 / 9},
        "every gradient of a step, and with them of sequences; of the loss, all but its value and those of the scores",
    ),
    (
        "Wh not transposed",
        LAYERS,
        [("return da @ Wx.T, da @ Wh.T, x.T @ da", "return da @ Wx.T, da @ Wh, x.T @ da")],
        {"rnn_step_backward": 4 / 5, "rnn_backward": 4, LOSS: 3 * 6 / 9},
        "of a step one gradient in five; in sequences it travels back in time into all others",
    ),
    (
        "mean for the bias instead of the sum",
        LAYERS,
        [
            (
                "prev_h.T @ da, da.sum(axis=0)\n    ### END SOLUTION\n\n\ndef rnn_forward",
                "prev_h.T @ da, da.mean(axis=0)\n    ### END SOLUTION\n\n\ndef rnn_forward",
            )
        ],
        {"rnn_step_backward": 4 / 5, "rnn_backward": 4 / 5, LOSS: 3 / 9},
        "one gradient in five, and of the loss one number in nine",
    ),
    (
        "dh of the later steps forgotten",
        LAYERS,
        [("rnn_step_backward(dh[:, t] + dprev_h, cache[t])", "rnn_step_backward(dh[:, t], cache[t])")],
        {"rnn_backward": 4, LOSS: 3 * 6 / 9},
        "right for one step only, and every check has longer sequences",
    ),
    (
        "the gates' order swapped",
        LAYERS,
        [("i, f, o = (sigmoid", "i, o, f = (sigmoid")],
        {
            "lstm_step_forward": 4,
            "lstm_step_backward": 6,
            "lstm_forward": 4,
            "lstm_backward": 6,
            LOSS: 1,
            "CaptioningRNN.sample": 1,
        },
        "another LSTM throughout; captions of an LSTM are one check in three",
    ),
    (
        "no gradient of the LSTM's bias",
        LAYERS,
        [
            (
                "prev_h.T @ da, da.sum(axis=0)\n    ### END SOLUTION\n\n\ndef lstm_forward",
                "prev_h.T @ da, 0 * da.sum(axis=0)\n    ### END SOLUTION\n\n\ndef lstm_forward",
            )
        ],
        {"lstm_step_backward": 6 / 6, "lstm_backward": 6 / 5, LOSS: 1 / 9},
        "one gradient in six of a step, in five of a sequence, one number in nine of the LSTM's loss",
    ),
    (
        "next_c acts through next_h: forgotten",
        LAYERS,
        [("dc = dnext_c + dnext_h * o * (1 - tanh_c**2)", "dc = dnext_c")],
        {"lstm_step_backward": 6, "lstm_backward": 6, LOSS: 6 / 9},
        "dc is in every gradient",
    ),
    (
        "upstream gradient changed",
        LAYERS,
        [
            (
                "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
                "dnext_c += dnext_h * o * (1 - tanh_c**2)\n    dc = dnext_c",
            )
        ],
        {"lstm_step_backward": 1},
        "right values, but the arguments are not kept; a sequence hands on arrays of its own",
    ),
    (
        "repeated words counted once",
        LAYERS,
        [("np.add.at(dW, x, dout)", "dW[x] = dout")],
        {"word_embedding_backward": 2, LOSS: 4 / 9},
        "every check repeats a word, and every caption begins with <START>",
    ),
    (
        "float64 out of float32",
        LAYERS,
        [
            (
                "return np.stack(hs, axis=1), caches\n    ### END SOLUTION\n\n\ndef rnn_backward",
                "return np.stack(hs, axis=1).astype(float), caches\n    ### END SOLUTION\n\n\ndef rnn_backward",
            )
        ],
        {"rnn_forward": 0.5, LOSS: 0.5},
        "the values are right; of the loss in float32 nothing is float32 any more",
    ),
    (
        "words after <END>",
        MODEL,
        [("captions[unfinished, t] = words[unfinished]", "captions[:, t] = words")],
        {"CaptioningRNN.sample": 1},
        "one check in three",
    ),
    (
        "temperature ignored",
        MODEL,
        [("if temperature:", "if False:")],
        {"CaptioningRNN.sample": 1},
        "one check in three",
    ),
    (
        "numbers of <NULL>, <START> and <END> taken for granted",
        MODEL,
        [
            (
                "temporal_softmax_loss(scores, words_out, words_out != self._null)",
                "temporal_softmax_loss(scores, words_out, words_out != 0)",
            ),
            (
                "        words = np.full(len(h), self._start)\n        unfinished",
                "        words = np.full(len(h), 1)\n        unfinished",
            ),
        ],
        {LOSS: 1.5, "CaptioningRNN.sample": 1},
        "they are others in another vocabulary: one check of either",
    ),
    (
        "words of NumPy's own generator",
        MODEL,
        [("rng.gumbel(", "np.random.gumbel(")],
        {"CaptioningRNN.sample": 1 / 3},
        "as often as they should be, but other ones at each call; one claim in three",
    ),
    (
        "words of one seed for all",
        MODEL,
        [("rng.gumbel(", "np.random.RandomState(7 + t).gumbel(")],
        {"CaptioningRNN.sample": 1 / 3},
        "the same claim: another seed gives the same words",
    ),
    (
        "saliency of the mean; penalty as an array; no rounding to 8 bits",
        VISUALS,
        [
            ("total = tf.reduce_sum(tf.gather(model(X)", "total = tf.reduce_mean(tf.gather(model(X)"),
            ("g = gradient(X, y) - 2 * l2_reg * X", "g = X.size * gradient(X, y) - 2 * l2_reg * X"),
            ("stored = preprocess_image(deprocess_image(X))", "stored = X"),
        ],
        {"compute_saliency_maps": 3, "create_class_visualization": 3, "make_fooling_image": 0.75},
        "saliency is right for one image alone; no step goes where it should; the image fools, but no file can hold it",
    ),
    (
        "the channels' mean instead of their largest; descent instead of ascent; steps as long as the slope",
        VISUALS,
        [
            ("tf.reduce_max(tf.abs(score_gradient", "tf.reduce_mean(tf.abs(score_gradient"),
            ("X = X + learning_rate * g", "X = X - learning_rate * g"),
            ("np.clip(X + learning_rate * g / max(np.linalg.norm(g), 1e-12)", "np.clip(X + g"),
        ],
        {"compute_saliency_maps": 5, "create_class_visualization": 5, "make_fooling_image": 1},
        "no map is right; of the drawing only jitter and blur are; the image fools, but its steps have another length",
    ),
    (
        "a confidence of its own",
        VISUALS,
        [("[0, target_y] > confidence", "[0, target_y] > 0.9")],
        {"make_fooling_image": 1},
        "right with the confidence that is usual; one step does not reach it",
    ),
    (
        "last row and column left out; Gram matrix of a batch",
        PAINTING,
        [
            (
                "img[:, 1:] - img[:, :-1], img[:, :, 1:] - img[:, :, :-1]",
                "img[:, 1:, :-1] - img[:, :-1, :-1], img[:, :-1, 1:] - img[:, :-1, :-1]",
            ),
            ("if len(features.shape) != 4 or features.shape[0] != 1:", "if len(features.shape) != 4:"),
            (
                "_, h, w, c = features.shape\n    flat",
                "_, h, w, c = features.shape\n    n = features.shape[0]\n    h = h * n\n    flat",
            ),
        ],
        {"tv_loss": 2, "gram_matrix": 1},
        "total variation is right but for the last row and column; a batch is not refused",
    ),
    (
        "content loss of the mean; normalised without the channels",
        PAINTING,
        [
            ("content_weight * tf.reduce_sum(", "content_weight * tf.reduce_mean("),
            ("return gram / (h * w * c) if", "return gram / (h * w) if"),
        ],
        {"content_loss": 3, "gram_matrix": 4, "style_loss": 4.5},
        "content is wrong throughout; only the Gram matrix that is not normalised is right; style uses the other, "
        "which for a map of one channel has the right slope: one claim in four",
    ),
    (
        "saturating generator, logarithm of sigmoid, no BatchNorm, one point for all, slope of the batch",
        NETWORKS,
        [
            (
                "return tf.reduce_mean(tf.nn.softplus(-logits_fake))",
                "return -tf.reduce_mean(tf.nn.softplus(logits_fake))",
            ),
            (
                "return tf.reduce_mean(tf.nn.softplus(-logits_real)) +",
                "return -tf.reduce_mean(tf.math.log(tf.sigmoid(logits_real))) +",
            ),
            (
                "            layers.BatchNormalization(momentum=0.9),\n            layers.Dense(7 * 7 * 128",
                "            layers.Dense(7 * 7 * 128",
            ),
            ("between = share * real", "share = share[:1]\n    between = share * real"),
            ("axis=list(range(1, len(real.shape)))", "axis=None"),
        ],
        {"generator_loss": 2, "discriminator_loss": 2 / 3, "dc_generator": 3, "gradient_penalty": 3},
        "the discriminator's loss is right but for large real scores; DCGAN's shape and range alone are nothing",
    ),
    (
        "slope of the wrong side, noise from 0 to 1, half a factor, no tanh",
        NETWORKS,
        [
            ("return tf.nn.leaky_relu(x, alpha)", "return tf.nn.leaky_relu(x, -alpha)"),
            (
                "return tf.random.stateless_uniform([batch_size, dim], seed, -1, 1)",
                "return tf.random.stateless_uniform([batch_size, dim], seed, 0, 1)",
            ),
            (
                "return 0.5 * tf.reduce_mean(tf.square(scores_fake - 1))",
                "return tf.reduce_mean(tf.square(scores_fake - 1))",
            ),
            ('layers.Dense(PIXELS, activation="tanh")', "layers.Dense(PIXELS)"),
            (" + 1e-12)", ")"),
        ],
        {
            "leaky_relu": 1,
            "discriminator": 1.5,
            "dc_discriminator": 1.5,
            "ls_generator_loss": 1,
            "sample_noise": 0.25,
            "generator": 1.5,
            "gradient_penalty": 0.5,
        },
        "the discriminators' layers are right, but not their scores; noise without a seed is right; a critic without a "
        "slope has a penalty, but no gradient of it",
    ),
    (
        "no hidden layers, Keras's momentum, slope of the first axis",
        NETWORKS,
        [
            ("            layers.Dense(256, activation=leaky_relu),\n" * 2, ""),
            (
                "layers.BatchNormalization(momentum=0.9),\n            layers.Reshape",
                "layers.BatchNormalization(),\n            layers.Reshape",
            ),
            ("axis=list(range(1, len(real.shape)))", "axis=1"),
        ],
        {"discriminator": 2, "dc_generator": 2 / 3, "gradient_penalty": 0.75},
        "a score for each image is not enough; the momentum shows after training alone, one claim in three; flat "
        "images have no second axis",
    ),
]


def other_right_solutions():
    names = {LAYERS: "LAYERS", MODEL: "MODEL", VISUALS: "VISUALS", PAINTING: "PAINTING"}
    names |= {NETWORKS: "NETWORKS", LOSSES: "LOSSES"}
    return {file: SOLVED[file] + getattr(other_solutions, name).encode() for file, name in names.items()}


TOGETHER = ({LAYERS, MODEL}, {NETWORKS, LOSSES})  # files that a package or each other import


def mistaken(file, exchanges):
    """The solved file with mistakes, and the files that go with it, which may have some of the mistakes."""
    files = next((group for group in TOGETHER if file in group), {file})
    texts = {name: SOLVED[name].decode() for name in files}
    for solved, wrong in exchanges:
        place = next(name for name in (file, *texts) if solved in texts[name])
        assert texts[place].count(solved) == 1, solved
        texts[place] = texts[place].replace(solved, wrong)
    return {name: text.encode() for name, text in texts.items()}


@pytest.fixture(scope="module")
def results():
    """Of all submissions by name, graded two at a time.

    To load TensorFlow less often, mistakes in files that have nothing to do with each other share a submission.
    """
    submissions, shared = {}, {}
    for name, file, exchanges, _, _ in WRONG:
        if file in (LAYERS, MODEL):
            submissions[name] = mistaken(file, exchanges)
        else:
            shared[name] = next(s for k in range(9) if file not in submissions.get(s := f"mistakes {k}", {}))
            submissions.setdefault(shared[name], {}).update(mistaken(file, exchanges))
    submissions |= {"solved": SOLVED, "solved again": SOLVED, "other": other_right_solutions()}
    edition = edition_files()
    submissions["empty"] = {name: edition[name] for name in EXERCISE_FILES}
    with ThreadPoolExecutor(2) as threads:
        graded = threads.map(lambda files: grader.grade(files, "submission", UNSAFE), submissions.values())
        graded = dict(zip(submissions, graded, strict=True))
    return graded | {name: graded[other] for name, other in shared.items()}


def test_the_solved_edition_has_all_points_twice_the_same(results):
    assert results["solved"]["score"] == 100
    assert {test["output"] for test in results["solved"]["tests"]} == {"right"}
    assert results["solved again"] == results["solved"]


def test_other_right_solutions_have_all_points(results):
    assert [test for test in results["other"]["tests"] if test["score"] < test["max_score"]] == []


def test_the_empty_edition_has_none(results):
    assert results["empty"]["score"] == 0
    assert all("not written yet" in test["output"] for test in results["empty"]["tests"])


@pytest.mark.parametrize("name, file, exchanges, lost, why", WRONG, ids=[wrong[0] for wrong in WRONG])
def test_a_wrong_submission_gets_what_it_deserves(results, name, file, exchanges, lost, why):
    handed_in = mistaken(file, exchanges)
    deserved = {e.name: e.points - lost.get(e.name, 0) for e in EXERCISES if e.file in handed_in}
    points = results[name]["extra_data"]["exercises"]
    assert {name: points[name] for name in deserved} == pytest.approx(deserved, abs=2e-3)
    assert results[name]["score"] == pytest.approx(sum(points.values()), abs=0.02)
