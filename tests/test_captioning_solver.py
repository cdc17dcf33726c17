"""Training of captioning models: it learns, repeats with a seed, stops and continues, and refuses bad settings."""

import os
import platform
import signal
import subprocess
import sys

import numpy as np
import pytest

from cs231n import captioning_solver
from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.packed_captioning import packed_loss

WORDS = ["<NULL>", "<START>", "<END>", "a", "b", "c", "d"]
D = 4


def tiny_data(N=12):
    """Pictures of D features, and captions of two words that name the two largest features."""
    rng = np.random.RandomState(0)
    features = rng.randn(N, D).astype(np.float32)
    captions = np.zeros((N, 5), np.int32)
    captions[:, 0], captions[:, 1:3], captions[:, 3] = 1, 3 + np.argsort(-features, axis=1)[:, :2], 2
    return {
        "train_captions": captions,
        "train_image_idxs": np.arange(N),
        "train_features": features,
        "train_urls": np.array([str(k) for k in range(N)]),
        "idx_to_word": WORDS,
        "word_to_idx": {word: k for k, word in enumerate(WORDS)},
    }


def make(data=None, cell_type="rnn", **options):
    data = data or tiny_data()
    model = CaptioningRNN(data["word_to_idx"], D, 8, 16, cell_type, seed=0)
    defaults = {"update_rule": "adam", "optim_config": {"learning_rate": 0.02}, "batch_size": 6, "num_epochs": 60}
    return CaptioningSolver(model, data, **defaults | {"verbose": False} | options)


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
@pytest.mark.parametrize("rule, rate", [("sgd", 0.3), ("sgd_momentum", 0.03), ("rmsprop", 0.01), ("adam", 0.02)])
def test_each_rule_learns_the_captions(cell_type, rule, rate):
    data = tiny_data()
    solver = make(data, cell_type, update_rule=rule, optim_config={"learning_rate": rate}, num_epochs=150)
    solver.train()
    assert len(solver.loss_history) == solver.num_iterations == 300
    assert np.mean(solver.loss_history[-20:]) < 0.2 * solver.loss_history[0]
    written = solver.model.sample(data["train_features"], 4)
    assert (written == data["train_captions"][:, 1:]).all(axis=1).mean() > 0.9


def test_the_same_seed_gives_the_same_model():
    a, b, c = make(), make(), make(seed=1)
    for solver in (a, b, c):
        solver.train()
    assert a.loss_history == b.loss_history != c.loss_history
    assert all((a.model.params[k] == b.model.params[k]).all() for k in a.model.params)


def test_learning_rate_falls_by_lr_decay_over_an_epoch(monkeypatch):
    rates = []
    monkeypatch.setattr(
        captioning_solver.optim, "sgd", lambda w, dw, config=None: rates.append((config or {}).get("learning_rate")) or
        (w, config or {"learning_rate": 1.0})
    )  # fmt: skip
    solver = make(update_rule="sgd", optim_config={"learning_rate": 0.5}, lr_decay=0.5, num_epochs=2)
    solver.train()
    per_iteration = rates[1 :: len(solver.model.params)]  # the first call asks for the rule's settings
    np.testing.assert_allclose(per_iteration, [0.5 * 0.5 ** (k / 2) for k in range(4)])


def test_in_the_warm_up_the_learning_rate_rises_by_equal_steps():
    data, places = tiny_data(), []

    def loss(model, features, captions):
        places.append(float(model.params["b"][0]))
        return 1.0, {name: np.ones_like(p) for name, p in model.params.items()}

    make(data, update_rule="sgd", optim_config={"learning_rate": 0.6}, num_epochs=3, loss=loss, warmup=3).train()
    np.testing.assert_allclose(-np.diff(places), [0.2, 0.4, 0.6, 0.6, 0.6], rtol=1e-5)


@pytest.mark.parametrize("max_norm, factor", [(None, 1), (1e9, 1), (0.5, 0.5)])
def test_only_gradients_longer_than_max_norm_are_shortened_all_by_one_factor(max_norm, factor):
    solver = make(update_rule="sgd", optim_config={"learning_rate": 1.0}, num_epochs=0.5, max_norm=max_norm)
    before = dict(solver.model.params)
    grads = {name: np.random.RandomState(k).randn(*p.shape) for k, (name, p) in enumerate(before.items())}
    length = np.sqrt(sum((g**2).sum() for g in grads.values()))
    solver._loss = lambda *batch: (1.0, {name: g / length for name, g in grads.items()})
    solver.train()
    for name, p in solver.model.params.items():
        np.testing.assert_allclose(before[name] - p, factor * grads[name] / length, atol=1e-6)


def test_noise_is_added_to_the_features_of_a_batch_only():
    data = tiny_data(N=2000)
    features_before, batches = data["train_features"].copy(), []

    def loss(model, features, captions):
        batches.append(features)
        return 1.0, model.params

    for noise in (0, 0.5):
        make(data, batch_size=2000, num_epochs=2, feature_noise=noise, loss=loss).train()
    plain, again, noisy, noisy_again = batches
    # Both first batches hold the same pictures; normal noise, different for each feature, is added to one of them.
    assert np.std(noisy - plain) == pytest.approx(0.5, rel=0.05)
    assert abs(np.corrcoef((noisy - plain).ravel(), plain.ravel())[0, 1]) < 0.05
    assert np.unique(noisy_again).size == noisy_again.size > np.unique(again).size
    np.testing.assert_array_equal(data["train_features"], features_before)


def test_without_a_loss_the_model_s_own_trains():
    calls = []

    class Counting(CaptioningRNN):
        def loss(self, features, captions):
            calls.append(len(captions))
            return super().loss(features, captions)

    data = tiny_data()
    model = Counting(data["word_to_idx"], D, 8, 16, seed=0)
    CaptioningSolver(model, data, batch_size=6, num_epochs=2, verbose=False).train()
    assert calls == [6] * 4


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_the_packed_loss_trains_to_the_same_model(cell_type):
    own, packed = make(cell_type=cell_type, num_epochs=5), make(cell_type=cell_type, num_epochs=5, loss=packed_loss)
    own.train()
    packed.train()
    np.testing.assert_allclose(packed.loss_history, own.loss_history, rtol=1e-4)
    assert packed.loss_history != own.loss_history  # the two losses round differently, so each was used by its solver


def press_ctrl_c_at(iteration, monkeypatch):
    step = CaptioningSolver._step

    def pressing(self, k):
        if k == iteration:
            os.kill(os.getpid(), signal.SIGINT)
        step(self, k)

    monkeypatch.setattr(CaptioningSolver, "_step", pressing)


def test_after_ctrl_c_training_goes_on_to_the_identical_model(monkeypatch, capsys):
    whole = make()
    whole.train()
    stopped = make()
    with monkeypatch.context() as patch:
        press_ctrl_c_at(7, patch)
        stopped.train()
    assert len(stopped.loss_history) == 8
    assert capsys.readouterr().out == "stopped after iteration 8 of 120; train() goes on from here\n"
    stopped.train()
    assert stopped.loss_history == whole.loss_history
    assert all((stopped.model.params[k] == whole.model.params[k]).all() for k in whole.model.params)
    stopped.train()
    assert len(stopped.loss_history) == 120


def test_a_loss_that_is_no_number_stops_with_advice_and_keeps_the_model():
    solver = make()
    solver.model.params["b_vocab"][3] = np.nan
    before = {name: p.copy() for name, p in solver.model.params.items()}
    with pytest.raises(FloatingPointError, match="the loss is nan at iteration 1, where the learning rate is 0.02"):
        solver.train()
    assert solver.loss_history == []
    for name, p in before.items():
        np.testing.assert_array_equal(solver.model.params[name], p)


def test_lines_on_the_loss(capsys):
    make(num_epochs=3, print_every=4, verbose=True).train()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"iteration {k} of 6" for k in (1, 5, 6)]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"update_rule": "adamw"}, "unknown update_rule 'adamw'; choose one of sgd, sgd_momentum, rmsprop, adam"),
        ({"optim_config": {"lr": 0.1}}, "adam has no setting 'lr'; its settings are learning_rate, beta1"),
        ({"batch_size": 0}, "batch_size must be a positive whole number, got 0"),
        ({"batch_size": 2.5}, "batch_size must be a positive whole number, got 2.5"),
        ({"print_every": 0}, "print_every must be a positive whole number, got 0"),
        ({"num_epochs": -1}, "num_epochs must be positive, got -1"),
        ({"lr_decay": 0}, "lr_decay must be positive, got 0"),
        ({"feature_noise": -1}, "feature_noise must be at least 0, got -1"),
        ({"warmup": 2.5}, "warmup must be a whole number, 0 or more, got 2.5"),
        ({"max_norm": 0}, "max_norm must be positive, got 0"),
    ],
)
def test_solver_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_data_of_other_sizes_than_the_model_s_are_refused():
    data = tiny_data()
    model = CaptioningRNN(data["word_to_idx"], D + 1, 8, 16)
    with pytest.raises(ValueError, match="the data have 4 features of a picture, the model is made for 5"):
        CaptioningSolver(model, data)
    model = CaptioningRNN(data["word_to_idx"] | {"e": 7}, D, 8, 16)
    with pytest.raises(ValueError, match="the data have 7 words, the model is made for 8"):
        CaptioningSolver(model, data)


@pytest.mark.parametrize("cell_type, grid", [("rnn", False), ("lstm", False), ("attn", True)])
def test_data_with_the_wrong_kind_of_features_are_refused_with_the_remedy(cell_type, grid):
    data = tiny_data()
    model = CaptioningRNN(data["word_to_idx"], D + 1, 8, 16, cell_type)
    features = data["train_features"]
    data["train_features"] = features if grid else np.repeat(features[:, None], 16, axis=1)
    with pytest.raises(ValueError, match=rf"'{cell_type}' takes features of .*load_coco_data\(..., grid={grid}\)"):
        CaptioningSolver(model, data)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives freed memory back so soon")
def test_new_arrays_take_the_memory_of_freed_ones():
    code = """
import resource
import numpy as np
from cs231n.long_runs import keep_freed_memory

def pages_fetched():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    [np.ones(2**20, np.float32) for _ in range(40)]  # 160 MB; Linux by itself keeps 64 MB at most
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
print(pages_fetched(), pages_fetched())
"""
    first, second = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert int(second) < 100 < int(first)
