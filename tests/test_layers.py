"""Layers of a feed-forward network: stored references of PyTorch, PyTorch itself, finite differences, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from references.make_rnn_references import REFERENCE, layer_inputs

from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array
from cs231n.layers import affine_backward, affine_forward, log_softmax, relu_backward, relu_forward, softmax_loss


def results(name):
    """Output and gradients of a layer on `layer_inputs`, in the order of the references."""
    inputs = layer_inputs()[name]
    if name == "softmax_loss":
        return list(softmax_loss(*inputs))
    forward, backward = {"affine": (affine_forward, affine_backward), "relu": (relu_forward, relu_backward)}[name]
    out, cache = forward(*inputs[:-1])
    gradients = backward(inputs[-1], cache)
    return [out, *gradients] if name == "affine" else [out, gradients]


@pytest.mark.parametrize("name", ["affine", "relu", "softmax_loss"])
def test_agrees_with_pytorch_as_stored(name):
    stored = np.load(REFERENCE)
    for k, result in enumerate(results(name)):
        np.testing.assert_allclose(result, stored[f"{name}_{k}"], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["affine", "relu", "softmax_loss"])
def test_agrees_with_pytorch_as_installed(name, installed_torch):
    for k, result in enumerate(results(name)):
        np.testing.assert_allclose(result, installed_torch[f"{name}_{k}"], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("k", range(3))
def test_affine_gradients_match_finite_differences(k):
    *args, dout = layer_inputs()["affine"]
    got = affine_backward(dout, affine_forward(*args)[1])[k]
    numeric = eval_numerical_gradient_array(
        lambda a: affine_forward(*args[:k], a, *args[k + 1 :])[0], args[k].copy(), dout
    )
    np.testing.assert_allclose(got, numeric, rtol=1e-6, atol=1e-8)


def test_softmax_gradient_matches_finite_differences():
    x, y = layer_inputs()["softmax_loss"]
    numeric = eval_numerical_gradient(lambda x: softmax_loss(x, y)[0], x.copy(), verbose=False)
    np.testing.assert_allclose(softmax_loss(x, y)[1], numeric, rtol=1e-6, atol=1e-9)


def test_relu_has_no_gradient_where_it_is_flat():
    x, dout = np.array([-2.0, 0.0, 3.0]), np.array([5.0, 6.0, 7.0])
    out, cache = relu_forward(x)
    assert out.tolist() == [0, 0, 3]
    assert relu_backward(dout, cache).tolist() == [0, 0, 7]


def test_arguments_stay_and_caches_serve_twice():
    *args, dout = layer_inputs()["affine"]
    for array in (*args, dout):
        array.flags.writeable = False
    cache = affine_forward(*args)[1]
    first, second = affine_backward(dout, cache), affine_backward(dout, cache)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


@given(N=st.integers(1, 4), C=st.integers(1, 6), scale=st.sampled_from([1.0, 1e4, 1e30]))
def test_softmax_loss_neither_overflows_nor_warns(N, C, scale):
    rng = np.random.RandomState(N + 10 * C)
    with np.errstate(all="raise"):
        x = (scale * rng.choice([-1, 1], (N, C))).astype(np.float32)
        loss, dx = softmax_loss(x, rng.randint(0, C, N))
    assert 0 <= loss < np.inf
    assert loss.dtype == dx.dtype == np.float32
    np.testing.assert_allclose(dx.sum(axis=1), 0, atol=1e-6)  # adding one number to all scores changes nothing
    assert C > 1 or loss == 0


def test_equal_scores_cost_the_logarithm_of_the_number_of_classes():
    assert softmax_loss(np.full((3, 7), 1e4), np.array([0, 6, 2]))[0] == pytest.approx(np.log(7))


def test_log_softmax_keeps_what_a_logarithm_of_softmax_loses():
    np.testing.assert_allclose(log_softmax(np.array([0.0, -1e4])), [0, -1e4])


@pytest.mark.parametrize("y", [[0, -1], [3, 0]])
def test_class_outside_the_scores_is_refused(y):
    with pytest.raises(ValueError, match=r"y must lie in 0..2, got"):
        softmax_loss(np.zeros((2, 3)), np.array(y))


def test_class_that_is_no_integer_is_refused():
    with pytest.raises(ValueError, match="y must be integers, got float64"):
        softmax_loss(np.zeros((2, 3)), np.zeros(2))


def test_no_examples_are_refused():
    with pytest.raises(ValueError, match="no examples"):
        softmax_loss(np.zeros((0, 3)), np.zeros(0, int))


@pytest.mark.parametrize("y", [[0], [[0], [1], [2]], 1, []])
def test_classes_that_are_not_one_for_each_example_are_refused(y):
    """NumPy would broadcast such labels over the examples, and return a loss of something else."""
    with pytest.raises(ValueError, match=r"scores of shape \(3, 4\) need classes of shape \(3,\)"):
        softmax_loss(np.zeros((3, 4)), np.array(y, int))
