"""Update rules against PyTorch's stored and computed parameters, by hand, and the use of `config`."""

import multiprocessing

import numpy as np
import pytest
from references.make_rnn_references import RATES, REFERENCE, layer_inputs

from cs231n import optim

EACH_RULE = pytest.mark.parametrize("name", RATES)


def path(name):
    """Parameters after each step."""
    w, gradients = layer_inputs()["optim"]
    config, result = {"learning_rate": RATES[name]}, []
    for gradient in gradients:
        w, config = getattr(optim, name)(w, gradient, config)
        result.append(w)
    return np.stack(result)


@EACH_RULE
def test_agrees_with_pytorch_as_stored(name):
    np.testing.assert_allclose(path(name), np.load(REFERENCE)[f"optim_{name}"], rtol=1e-12)


@EACH_RULE
def test_agrees_with_pytorch_as_installed(name, installed_torch):
    np.testing.assert_allclose(path(name), installed_torch[f"optim_{name}"], rtol=1e-12)


@EACH_RULE
def test_dtype_and_shape_stay_and_arguments_are_not_changed(name):
    w, dw = np.float32([[1, 2, 3]]), np.float32([[4, 5, 6]])
    w.flags.writeable = dw.flags.writeable = False
    config = None
    for _ in range(2):
        next_w, config = getattr(optim, name)(w, dw, config)
        assert (next_w.dtype, next_w.shape) == (np.float32, (1, 3))
        assert (next_w < w).all()


@EACH_RULE
def test_the_same_config_comes_back_up_to_date(name):
    config = {"learning_rate": 0.25}
    _, returned = getattr(optim, name)(np.ones(2), np.ones(2), config)
    assert returned is config and config["learning_rate"] == 0.25


@pytest.mark.parametrize(
    "name, settings",
    [
        ("sgd", {"learning_rate": 1e-2}),
        ("sgd_momentum", {"learning_rate": 1e-2, "momentum": 0.9}),
        ("rmsprop", {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}),
        ("adam", {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 1}),
    ],
)
def test_settings_have_the_documented_values(name, settings):
    _, config = getattr(optim, name)(np.ones(2), np.ones(2))
    assert {key: config[key] for key in settings} == settings


def test_adam_s_first_step_is_the_learning_rate_whatever_the_gradient():
    dw = np.array([1e-3, -1.0, 1e3])
    next_w, _ = optim.adam(np.zeros(3), dw, {"learning_rate": 0.1})
    np.testing.assert_allclose(next_w, -0.1 * np.sign(dw), rtol=1e-4)


def test_adam_goes_on_from_a_config_of_elsewhere():
    config = {"learning_rate": 1e-2, "m": np.array([0.6]), "v": np.array([0.7]), "t": 5}
    next_w, _ = optim.adam(np.array([-0.4]), np.array([-0.6]), config)
    m, v = 0.9 * 0.6 - 0.1 * 0.6, 0.999 * 0.7 + 0.001 * 0.36
    step = 0.01 * (m / (1 - 0.9**6)) / (np.sqrt(v / (1 - 0.999**6)) + 1e-8)
    np.testing.assert_allclose(next_w, -0.4 - step)
    np.testing.assert_allclose([config["m"][0], config["v"][0], config["t"]], [m, v, 6])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 1000, optim._BLOCK, 2 * optim._BLOCK + 17])
def test_adam_in_place_makes_the_steps_of_adam(dtype, size):
    rng = np.random.RandomState(size % 1000)
    w, config = rng.randn(size).astype(dtype), {"learning_rate": 0.01}
    in_place, its_config = w.copy(), dict(config)
    for _ in range(3):
        dw = rng.randn(size).astype(dtype)
        dw.flags.writeable = False
        w, config = optim.adam(w, dw, config)
        result, its_config = optim.adam_in_place(in_place, dw, its_config)
        assert result is in_place
    np.testing.assert_allclose(in_place, w, rtol=10 * np.finfo(dtype).eps, atol=10 * np.finfo(dtype).eps)
    assert its_config.keys() == config.keys() and its_config["t"] == 3
    assert in_place.dtype == its_config["m"].dtype == its_config["v"].dtype == dtype


def test_adam_in_place_refuses_what_it_could_not_change():
    w = np.zeros((4, 6))
    for view in (w.T, w[:, ::2]):
        config = {}
        with pytest.raises(ValueError, match="w cannot be changed in place"):
            optim.adam_in_place(view, np.ones_like(view), config)
        assert not config


def _update_in_this_process(finished):
    w = np.zeros(3 * optim._BLOCK)
    optim.adam_in_place(w, np.ones_like(w))
    finished.put(float(w[-1]))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
def test_adam_in_place_works_in_a_fork_of_a_process_that_has_used_it():
    context = multiprocessing.get_context("fork")
    finished = context.Queue()
    _update_in_this_process(finished)
    here = finished.get(timeout=60)
    child = context.Process(target=_update_in_this_process, args=(finished,))
    child.start()
    try:
        assert finished.get(timeout=60) == here == pytest.approx(-1e-3)
    finally:
        child.kill()
