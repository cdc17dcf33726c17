"""Finite differences on functions whose gradients are known, and arguments that are refused."""

import numpy as np
import pytest

from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, rel_error

X = np.array([[0.3, -1.2, 2.0], [0.7, 0.1, -0.4]])


def test_gradient_of_a_number():
    x = X.copy()
    np.testing.assert_allclose(eval_numerical_gradient(lambda x: np.sin(x).sum(), x, verbose=False), np.cos(X), 1e-8)
    np.testing.assert_array_equal(x, X)


def test_gradient_of_an_array():
    df = np.array([[1.0, 2.0], [3.0, 4.0]])
    B = np.array([[1.0, 0.5], [-2.0, 3.0], [0.1, 0.2]])
    np.testing.assert_allclose(eval_numerical_gradient_array(lambda x: x @ B, X.copy(), df), df @ B.T, 1e-8)


def test_function_may_see_x_from_elsewhere_and_reuse_its_output():
    x, out = X.copy(), np.empty_like(X)
    gradient = eval_numerical_gradient_array(lambda _: np.multiply(x, x, out=out), x, np.ones_like(X))
    np.testing.assert_allclose(gradient, 2 * X, rtol=1e-8)


def test_x_may_be_a_view_with_gaps():
    x = np.arange(12.0).reshape(3, 4)[:, ::2]
    np.testing.assert_allclose(eval_numerical_gradient(lambda x: (x**2).sum(), x, verbose=False), 2 * x, rtol=1e-8)


def test_x_is_put_back_when_the_function_fails():
    x = X.copy()
    with pytest.raises(ZeroDivisionError):
        eval_numerical_gradient(lambda x: 1 / 0, x)
    np.testing.assert_array_equal(x, X)


def test_h_is_half_the_width():
    assert eval_numerical_gradient(lambda x: x[0] ** 3, np.zeros(1), verbose=False, h=0.5) == [0.25]


def test_verbose_prints_each_entry(capsys):
    eval_numerical_gradient(lambda x: 2 * x.sum(), np.zeros((1, 2)))
    lines = capsys.readouterr().out.splitlines()
    assert [line.rsplit(" ", 1)[0] for line in lines] == ["(0, 0)", "(0, 1)"]


@pytest.mark.parametrize("x", [np.arange(3), [1.0, 2.0]])
def test_integers_and_lists_are_refused(x):
    with pytest.raises(ValueError, match="x must be an array of floats, got (int64|list)"):
        eval_numerical_gradient(lambda x: 0.0, x)


def test_upstream_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape of f\(x\), \(2, 3\), got \(3,\)"):
        eval_numerical_gradient_array(lambda x: x, X.copy(), np.ones(3))


def test_rel_error_is_relative_to_both_and_symmetric():
    assert rel_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == 0.5
    assert rel_error(np.array([1.0, 1.0]), np.array([1.0, 3.0])) == 0.5
    assert rel_error(np.zeros(2), np.zeros(2)) == 0
    assert rel_error(np.array([1e-12]), np.array([0.0])) == pytest.approx(1e-4)
    assert rel_error(1.0, -1.0) == 1


def test_rel_error_shows_nan():
    assert np.isnan(rel_error(np.array([1.0, np.nan]), np.ones(2)))


def test_rel_error_refuses_to_broadcast():
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(3,\)"):
        rel_error(X, X[0])


def test_rel_error_of_whole_numbers_does_not_wrap_around():
    assert rel_error(np.uint8([1]), np.uint8([2])) == rel_error([2], [1]) == pytest.approx(1 / 3)
    assert rel_error(np.float32([1]), np.float32([3])).dtype == np.float32
