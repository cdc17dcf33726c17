"""Attention and Transformer layers: stored references of PyTorch, PyTorch itself, finite differences, bad input."""

import numpy as np
import pytest
from references import make_attention_references
from references.make_attention_references import HEADS, MASK, REFERENCE, layer_inputs

from cs231n import attention_layers, transformer_layers
from cs231n.attention_layers import (
    causal_mask,
    dot_product_attention,
    dot_product_attention_backward,
    join_heads,
    multi_head_attention_backward,
    multi_head_attention_forward,
    scaled_dot_product_attention,
    split_heads,
)
from cs231n.gradient_check import eval_numerical_gradient_array
from cs231n.transformer_layers import (
    decoder_layer_backward,
    decoder_layer_forward,
    decoder_layer_shapes,
    dropout_backward,
    dropout_forward,
    layer_norm_backward,
    layer_norm_forward,
    positional_encoding,
)

EACH_LAYER = pytest.mark.parametrize("name", list(layer_inputs()))
NAMES = list(decoder_layer_shapes(1, 1))


@pytest.fixture(scope="module")
def installed_references(computed_by_torch):
    """The stored arrays as the PyTorch that is installed computes them, in a process of its own; skips without it."""
    return computed_by_torch(make_attention_references)


def layer(name):
    """(forward, backward) of a layer, with the arguments and gradients of PyTorch's; forward gives (out, cache)."""
    if name == "dot_product_attention":

        def look(prev_h, A):
            attn, weights = dot_product_attention(prev_h, A)
            return attn, (prev_h, A, weights)

        return look, lambda dout, cache: dot_product_attention_backward(dout, *cache)
    if name == "decoder_layer":

        def forward(x, A, *params):
            return decoder_layer_forward(x, A, dict(zip(NAMES, params, strict=True)), 2)

        def backward(dout, cache):
            dx, dA, grads = decoder_layer_backward(dout, cache)
            return dx, dA, *(grads[key] for key in NAMES)

        return forward, backward
    kind, _, heads = name.partition("_")
    if kind == "cross":
        return lambda x, y, W, b: multi_head_attention_forward(
            x, y, W, b, HEADS[heads], MASK
        ), multi_head_attention_backward
    if kind == "self":

        def backward_self(dout, cache):
            dx, dsource, *gradients = multi_head_attention_backward(dout, cache)
            return dx + dsource, *gradients

        return lambda x, W, b: multi_head_attention_forward(
            x, x, W, b, HEADS[heads], causal_mask(x.shape[1])
        ), backward_self
    module = attention_layers if name == "attention" else transformer_layers
    return getattr(module, f"{name}_forward"), getattr(module, f"{name}_backward")


def run(name, inputs):
    """[output, *gradients] of a layer; checks that a second backward pass with the same cache gives the same."""
    forward, backward = layer(name)
    *args, dout = inputs
    out, cache = forward(*args)
    gradients, again = backward(dout, cache), backward(dout, cache)
    for a, b in zip(gradients, again, strict=True):
        np.testing.assert_array_equal(a, b)
    return [out, *gradients]


def assert_agrees(name, references):
    for k, result in enumerate(run(name, layer_inputs()[name])):
        np.testing.assert_allclose(result, references[f"{name}_{k}"], rtol=1e-9, atol=1e-11)


@EACH_LAYER
def test_agrees_with_pytorch_as_stored(name):
    assert_agrees(name, np.load(REFERENCE))


@EACH_LAYER
def test_agrees_with_pytorch_as_installed(name, installed_references):
    assert_agrees(name, installed_references)


@EACH_LAYER
def test_gradients_match_finite_differences(name):
    *args, dout = layer_inputs()[name]
    forward, _ = layer(name)
    for k, gradient in enumerate(run(name, [*args, dout])[1:]):
        numeric = eval_numerical_gradient_array(
            lambda a, k=k: forward(*args[:k], a, *args[k + 1 :])[0], args[k].copy(), dout
        )
        np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-7)


@EACH_LAYER
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtypes_follow_the_arguments_which_stay_unchanged(name, dtype):
    inputs = [a.astype(dtype) for a in layer_inputs()[name]]
    for array in inputs:
        array.flags.writeable = False
    out, *gradients = run(name, inputs)
    assert [(a.shape, a.dtype) for a in (out, *gradients)] == [(a.shape, dtype) for a in (inputs[-1], *inputs[:-1])]


@EACH_LAYER
def test_large_inputs_give_finite_numbers_without_warnings(name):
    inputs = [a.astype(np.float32) for a in layer_inputs()[name]]
    inputs[0] = 1e4 * inputs[0]
    with np.errstate(all="raise", under="ignore"):
        assert all(np.isfinite(a).all() for a in run(name, inputs))


# ---------------------------------------------------------------- attention


def test_weights_are_shares_and_the_best_fitting_cell_has_the_largest():
    h, A, _ = layer_inputs()["dot_product_attention"]
    _, weights = dot_product_attention(h, A)
    assert weights.shape == (len(h), 4, 4) and weights.min() > 0
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), 1)
    fit = np.einsum("nh,nhyx->nyx", h, A)
    np.testing.assert_array_equal(weights.reshape(len(h), -1).argmax(1), fit.reshape(len(h), -1).argmax(1))


def test_a_state_that_fits_every_cell_alike_sees_the_mean_of_the_picture():
    A = layer_inputs()["dot_product_attention"][1]
    attn, weights = dot_product_attention(np.zeros(A.shape[:2]), A)
    np.testing.assert_allclose(weights, 1 / 16)
    np.testing.assert_allclose(attn, A.mean(axis=(2, 3)))


def test_a_long_key_takes_all_the_weight_and_passes_its_value_on():
    h, A, _ = layer_inputs()["dot_product_attention"]
    A = A.copy()
    A[:, :, 2, 1] = 1e4 * h
    attn, weights = dot_product_attention(h, A)
    np.testing.assert_array_equal(weights[:, 2, 1], 1)
    np.testing.assert_allclose(attn, 1e4 * h)


@pytest.mark.parametrize("heads", HEADS)
def test_no_word_depends_on_a_later_one(heads):
    x, W, b, _ = layer_inputs()[f"self_{heads}"]
    forward, _ = layer(f"self_{heads}")
    before, cache = forward(x, W, b)
    weights = cache[-1]
    assert not weights[..., ~causal_mask(x.shape[1])].any()
    for t in range(1, x.shape[1]):
        changed = x.copy()
        changed[:, t] += 1
        after, _ = forward(changed, W, b)
        np.testing.assert_array_equal(after[:, :t], before[:, :t])
        assert not np.isclose(after[:, t:], before[:, t:]).all()


def test_a_place_that_the_mask_hides_neither_counts_nor_gets_a_gradient():
    x, source, W, b, dout = layer_inputs()["cross_two_heads"]
    mask = np.ones((1, len(source[0])), bool)
    mask[0, 3] = False
    out, cache = multi_head_attention_forward(x, source, W, b, 2, mask)
    shorter, _ = multi_head_attention_forward(x, np.delete(source, 3, axis=1), W, b, 2)
    np.testing.assert_allclose(out, shorter, rtol=1e-12)
    assert not multi_head_attention_backward(dout, cache)[1][:, 3].any()


def test_a_mask_that_hides_everything_is_refused():
    q = np.ones((2, 3, 4))
    mask = np.array([[1, 1, 1], [0, 0, 0], [1, 0, 0]], bool)
    with pytest.raises(ValueError, match="the mask hides everything from a query"):
        scaled_dot_product_attention(q, q, q, mask)


@pytest.mark.parametrize("masked", [-np.inf, -1e9])
def test_a_mask_that_is_added_to_scores_is_refused_as_it_would_mean_the_opposite(masked):
    q = np.ones((2, 3, 4))
    with pytest.raises(ValueError, match="a mask must hold True where a query may look and False elsewhere"):
        scaled_dot_product_attention(q, q, q, np.where([True, True, False], 0, masked))


@pytest.mark.parametrize("shape", [(4, 4), (2,), (5, 2, 3, 3), (2, 1, 3, 3)])
def test_a_mask_of_a_shape_that_does_not_fit_is_refused(shape):
    q = np.ones((2, 3, 4))
    with pytest.raises(ValueError, match=rf"a mask of shape \({shape[0]},.*does not fit scores of shape \(2, 3, 3\)"):
        scaled_dot_product_attention(q, q, q, np.ones(shape, bool))


@pytest.mark.parametrize("mask", [causal_mask(3), causal_mask(3).astype(int), causal_mask(3).astype(float)])
def test_integers_give_what_floats_give_and_0_and_1_are_a_mask_too(mask):
    q = np.array([[1, 0], [0, 1], [2, 1]])
    for use in (None, mask):
        results = [scaled_dot_product_attention(a, a, a, use) for a in (q, q.astype(float))]
        for of_integers, of_floats in zip(*results, strict=True):
            np.testing.assert_array_equal(of_integers, of_floats)
    np.testing.assert_array_equal(results[0][1], scaled_dot_product_attention(q, q, q, causal_mask(3))[1])
    A = np.arange(3 * 2 * 4).reshape(3, 2, 2, 2) % 5
    for of_integers, of_floats in zip(
        dot_product_attention(q, A), dot_product_attention(q.astype(float), A.astype(float)), strict=True
    ):
        np.testing.assert_array_equal(of_integers, of_floats)


@pytest.mark.parametrize(
    "num_heads, message",
    [
        (4, "num_heads must divide the width, got 4 heads for a width of 6"),
        (0, "num_heads must be a positive whole number, got 0"),
        (1.5, "num_heads must be a positive whole number, got 1.5"),
    ],
)
def test_a_number_of_heads_that_does_not_divide_the_width_is_refused(num_heads, message):
    with pytest.raises(ValueError, match=message):
        split_heads(np.zeros((2, 5, 6)), num_heads)


def test_heads_are_parts_of_the_vectors_and_joined_again():
    x = np.random.RandomState(0).randn(2, 5, 6)
    heads = split_heads(x, 3)
    np.testing.assert_array_equal(heads[:, 1], x[:, :, 2:4])
    np.testing.assert_array_equal(join_heads(heads), x)


# ---------------------------------------------------------------- the other parts


def test_layer_norm_ignores_a_shift_and_a_factor_and_so_does_its_gradient():
    x, gamma, beta, dout = layer_inputs()["layer_norm"]
    out, cache = layer_norm_forward(x, gamma, beta, eps=0)
    np.testing.assert_allclose(layer_norm_forward(7 * x + 3, gamma, beta, eps=0)[0], out, rtol=1e-9)
    dx, _, _ = layer_norm_backward(dout, cache)
    np.testing.assert_allclose(dx.sum(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose((dx * x).sum(axis=-1), 0, atol=1e-12)


def test_layer_norm_of_a_constant_vector_is_beta():
    out, cache = layer_norm_forward(np.full((2, 6), 5.0), np.ones(6), np.arange(6.0))
    np.testing.assert_array_equal(out, np.arange(6.0)[None].repeat(2, axis=0))
    assert np.isfinite(layer_norm_backward(np.ones((2, 6)), cache)[0]).all()


def test_dropout_keeps_the_mean_and_drops_the_same_entries_of_the_gradient():
    x = np.ones((200, 300))
    out, cache = dropout_forward(x, 0.25, np.random.default_rng(0))
    assert set(np.unique(out)) == {0, 1 / 0.75}
    assert out.mean() == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(dropout_backward(x, cache), out)


def test_dropout_changes_nothing_while_writing():
    x = np.ones((2, 3))
    out, cache = dropout_forward(x, 0.9)
    assert out is x and dropout_backward(x, cache) is x


@pytest.mark.parametrize("rate", [-0.1, 1, np.nan])
def test_dropout_refuses(rate):
    with pytest.raises(ValueError, match=r"the rate of dropout must be at least 0 and below 1, got"):
        dropout_forward(np.ones(3), rate)


def test_gradients_of_a_layer_with_dropout_match_finite_differences():
    x, A, *params, dout = layer_inputs()["decoder_layer"]
    p = dict(zip(NAMES, params, strict=True))

    def forward(x):
        return decoder_layer_forward(x, A, p, 3, 0.3, np.random.default_rng(1))

    dx, _, _ = decoder_layer_backward(dout, forward(x)[1])
    numeric = eval_numerical_gradient_array(lambda x: forward(x)[0], x.copy(), dout)
    np.testing.assert_allclose(dx, numeric, rtol=1e-5, atol=1e-7)


def test_positions_are_clocks():
    encoding = positional_encoding(50, 8)
    np.testing.assert_allclose(encoding[:, 0], np.sin(np.arange(50)))
    np.testing.assert_allclose(encoding[7, 6:], [np.sin(7 / 1000), np.cos(7 / 1000)])
    products = encoding @ encoding.T  # of two positions, depends on their distance only
    np.testing.assert_allclose(products[10:, 10:], products[:40, :40], atol=1e-12)
    assert positional_encoding(4, 5).shape == (4, 5)
