"""Recurrent layers: stored references of PyTorch, PyTorch itself, finite differences, edges, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from references.make_rnn_references import REFERENCE, layer_inputs

from cs231n import rnn_layers
from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from cs231n.rnn_layers import sigmoid, temporal_softmax_loss, word_embedding_backward, word_embedding_forward

# name: (number of arguments, indices of the arguments with a gradient, number of outputs)
LAYERS = {
    "rnn_step": (5, range(5), 1),
    "rnn": (5, range(5), 1),
    "lstm_step": (6, range(6), 2),
    "lstm": (5, range(5), 1),
    "word_embedding": (2, [1], 1),
    "temporal_affine": (3, range(3), 1),
}
EACH_LAYER = pytest.mark.parametrize("name", LAYERS)


def run(name, inputs):
    """([outputs], [gradients]) of a layer; checks that a second backward pass with the same cache gives the same."""
    count, _, num_outputs = LAYERS[name]
    *outputs, cache = getattr(rnn_layers, f"{name}_forward")(*inputs[:count])
    assert len(outputs) == num_outputs
    backward = getattr(rnn_layers, f"{name}_backward")
    gradients, again = (backward(*inputs[count:], cache) for _ in range(2))
    if name == "word_embedding":
        gradients, again = [gradients], [again]
    for a, b in zip(gradients, again, strict=True):
        np.testing.assert_array_equal(a, b)
    return outputs, list(gradients)


def assert_close(results, references):
    for result, reference in zip(results, references, strict=True):
        np.testing.assert_allclose(result, reference, rtol=1e-10, atol=1e-13)


def assert_agrees(name, references):
    outputs, gradients = run(name, layer_inputs()[name])
    results = outputs + gradients
    assert_close(results, [references[f"{name}_{k}"] for k in range(len(results))])


@EACH_LAYER
def test_agrees_with_pytorch_as_stored(name):
    assert_agrees(name, np.load(REFERENCE))


@EACH_LAYER
def test_agrees_with_pytorch_as_installed(name, installed_torch):
    assert_agrees(name, installed_torch)


def finite_differences(name, inputs):
    count, differentiable, num_outputs = LAYERS[name]
    forward = getattr(rnn_layers, f"{name}_forward")
    args, upstream = inputs[:count], inputs[count:]
    for k in differentiable:
        yield sum(
            eval_numerical_gradient_array(
                lambda a, j=j, k=k: forward(*args[:k], a, *args[k + 1 :])[j], args[k].copy(), upstream[j]
            )
            for j in range(num_outputs)
        )


@EACH_LAYER
def test_gradients_match_finite_differences(name):
    inputs = layer_inputs()[name]
    for gradient, numeric in zip(run(name, inputs)[1], finite_differences(name, inputs), strict=True):
        np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-8)


def random_inputs(name, N, T, D, H, dtype=np.float64):
    """Arguments and upstream gradients of a layer; for embedding and affine H is the number of words and outputs."""
    rng = np.random.RandomState(231)

    def r(*shape):
        return rng.randn(*shape).astype(dtype)

    G = 4 * H if name.startswith("lstm") else H
    weights = [r(D, G), r(H, G), r(G)]
    return {
        "rnn_step": [r(N, D), r(N, H), *weights, r(N, H)],
        "rnn": [r(N, T, D), r(N, H), *weights, r(N, T, H)],
        "lstm_step": [r(N, D), r(N, H), r(N, H), *weights, r(N, H), r(N, H)],
        "lstm": [r(N, T, D), r(N, H), *weights, r(N, T, H)],
        "word_embedding": [rng.randint(0, H, (N, T)), r(H, D), r(N, T, D)],
        "temporal_affine": [r(N, T, D), r(D, H), r(H), r(N, T, H)],
    }[name]


@EACH_LAYER
@settings(max_examples=15)
@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 4),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_shapes_and_dtypes_follow_the_arguments_which_stay_unchanged(name, sizes, dtype):
    inputs = random_inputs(name, *sizes, dtype)
    for array in inputs:
        array.flags.writeable = False
    count, differentiable, _ = LAYERS[name]
    outputs, gradients = run(name, inputs)
    assert [(a.shape, a.dtype) for a in outputs] == [(d.shape, dtype) for d in inputs[count:]]
    assert [(a.shape, a.dtype) for a in gradients] == [(inputs[k].shape, dtype) for k in differentiable]


@EACH_LAYER
@pytest.mark.parametrize("sizes", [(1, 4, 3, 2), (3, 1, 4, 2), (2, 3, 4, 1), (1, 1, 1, 1)])
def test_gradients_hold_for_one_sequence_one_step_one_word(name, sizes):
    inputs = random_inputs(name, *sizes)
    for gradient, numeric in zip(run(name, inputs)[1], finite_differences(name, inputs), strict=True):
        np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_large_inputs_saturate_without_warnings(name):
    *args, dh = random_inputs(name, 2, 3, 4, 5, np.float32)
    with np.errstate(all="raise", under="ignore"):
        (h,), gradients = run(name, [np.full_like(args[0], 1e4), *args[1:], dh])
    assert np.abs(h).max() <= 1
    assert all(np.isfinite(g).all() for g in gradients)


# ---------------------------------------------------------------- sigmoid


@given(st.lists(st.floats(-1e4, 1e4), min_size=1), st.sampled_from([np.float32, np.float64]))
def test_sigmoid_mirrors_and_never_warns(x, dtype):
    x = np.array(x, dtype)
    with np.errstate(all="raise"):
        y = sigmoid(x)
    assert y.dtype == dtype and y.min() >= 0 and y.max() <= 1
    np.testing.assert_allclose(y + sigmoid(-x), 1, rtol=1e-6)


def test_sigmoid_is_exact_at_both_ends():
    with np.errstate(all="raise"):
        np.testing.assert_allclose(
            sigmoid(np.array([-1e4, -50.0, 0.0, 2.0, 1e4])),
            [0, 1.928749847963918e-22, 0.5, 0.8807970779778823, 1],
            rtol=1e-14,
        )


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("word", [-1, 5])
def test_word_outside_the_vocabulary_is_refused(word):
    with pytest.raises(ValueError, match=r"words must lie in 0\.\.4, got"):
        word_embedding_forward(np.array([[0, word]]), np.zeros((5, 2)))


@settings(max_examples=50)
@given(words=st.lists(st.integers(0, 6), max_size=30))
def test_embedding_gradient_adds_up_each_word_wherever_it_stands(words):
    rng = np.random.RandomState(len(words))
    W, dout = rng.randn(7, 3), rng.randn(len(words), 1, 3)
    dW = word_embedding_backward(dout, word_embedding_forward(np.array(words, int)[:, None], W)[1])
    expected = np.zeros_like(W)
    np.add.at(expected, np.array(words, int)[:, None], dout)
    np.testing.assert_allclose(dW, expected, rtol=1e-12, atol=1e-14)


# ---------------------------------------------------------------- loss


def test_temporal_softmax_loss_agrees_with_pytorch_as_stored():
    stored = np.load(REFERENCE)
    results = temporal_softmax_loss(*layer_inputs()["temporal_softmax_loss"])
    assert_close(results, [stored[f"temporal_softmax_loss_{k}"] for k in range(2)])


def test_temporal_softmax_loss_agrees_with_pytorch_as_installed(installed_torch):
    results = temporal_softmax_loss(*layer_inputs()["temporal_softmax_loss"])
    assert_close(results, [installed_torch[f"temporal_softmax_loss_{k}"] for k in range(2)])


def test_temporal_softmax_gradient_matches_finite_differences():
    x, y, mask = layer_inputs()["temporal_softmax_loss"]
    numeric = eval_numerical_gradient(lambda x: temporal_softmax_loss(x, y, mask)[0], x.copy(), verbose=False)
    np.testing.assert_allclose(temporal_softmax_loss(x, y, mask)[1], numeric, rtol=1e-6, atol=1e-9)


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5)),
    scale=st.sampled_from([1.0, 1e4]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_temporal_softmax_loss_neither_overflows_nor_warns(sizes, scale, dtype):
    N, T, V = sizes
    rng = np.random.RandomState(N + 10 * T + 100 * V)
    x = (scale * rng.choice([-1, 1], (N, T, V))).astype(dtype)
    y, mask = rng.randint(0, V, (N, T)), rng.rand(N, T) < 0.5
    for array in (x, y, mask):
        array.flags.writeable = False
    with np.errstate(all="raise"):
        loss, dx = temporal_softmax_loss(x, y, mask)
    assert 0 <= loss < np.inf and dx.shape == x.shape
    assert loss.dtype == dx.dtype == dtype
    assert not dx[~mask].any()
    assert V > 1 or loss == 0


def test_loss_of_words_that_do_not_count_is_zero():
    loss, dx = temporal_softmax_loss(np.ones((2, 3, 4)), np.zeros((2, 3), int), np.zeros((2, 3), bool))
    assert loss == 0 and not dx.any()


def test_expected_loss_of_equal_scores(capsys):
    """The course's check: about log V for each unmasked word."""
    N, T, V = 5, 3, 10
    mask = np.arange(T) < 2
    loss, _ = temporal_softmax_loss(
        np.zeros((N, T, V)), np.zeros((N, T), int), np.broadcast_to(mask, (N, T)), verbose=True
    )
    assert loss == pytest.approx(2 * np.log(V))
    assert capsys.readouterr().out == "10 of 15 words are unmasked; mean loss per word: 2.303\n"


@pytest.mark.parametrize(
    "y, mask, message",
    [
        ([[0, 4]], [[1, 1]], r"y must lie in 0\.\.3, got 0 to 4"),
        ([[-1, 0]], [[0, 1]], r"y must lie in 0\.\.3, got -1 to 0"),
        ([[0, 0]], [1, 1], r"need y and mask of \(1, 2\), got \(1, 2\) and \(2,\)"),
        ([0, 0], [[1, 1]], r"need y and mask of \(1, 2\)"),
        ([[0.0, 1.0]], [[1, 1]], "y must be integers"),
    ],
)
def test_temporal_softmax_loss_refuses(y, mask, message):
    with pytest.raises(ValueError, match=message):
        temporal_softmax_loss(np.zeros((1, 2, 4)), np.array(y), np.array(mask))


def test_no_captions_are_refused():
    with pytest.raises(ValueError, match="no captions"):
        temporal_softmax_loss(np.zeros((0, 2, 4)), np.zeros((0, 2), int), np.zeros((0, 2)))
