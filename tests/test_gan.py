"""GANs: the course's golden values, analytic losses and penalties, the training loop on small networks."""

import ast
import functools
import os
import signal
import threading
from functools import partial
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from cs231n.download import find
from cs231n.gan import (
    RECIPES,
    Batches,
    Live,
    Players,
    Recipe,
    Settings,
    dc_discriminator,
    dc_generator,
    discriminator,
    discriminator_loss,
    figures,
    gan_loss,
    generate,
    generator,
    generator_loss,
    get_solvers,
    gradient_penalty,
    leaky_relu,
    ls_discriminator_loss,
    ls_generator_loss,
    lsgan_loss,
    mosaic,
    networks,
    recipes,
    run_a_gan,
    sample_noise,
    take_shots,
    train,
    train_gan,
    training,
    wgan_discriminator,
    wgan_discriminator_loss,
    wgan_full_discriminator,
    wgan_generator,
    wgan_generator_loss,
    wgangp_loss,
)

# The course's own check values, from `gan-checks-tf.npz` of its assignment 3 in TensorFlow, to eight decimals.
COURSE_REAL_LOGITS = [0.93487311, -1.01698916, -0.57304769, -0.88162704, -1.40129389, -1.45395693, -1.54239755]
COURSE_REAL_LOGITS += [-0.57273325, 0.98584429, 0.13312152]
COURSE_FAKE_LOGITS = [-1.80865868, 0.09030055, -0.4428902, -0.07879368, -0.37655044, 0.32084742, -0.28590837]
COURSE_FAKE_LOGITS += [1.01376281, 0.99241439, 0.39394346]
COURSE_LOSSES = [1.84239839, 0.7712862, 1.87702936, 0.81695479]  # D and G of the first GAN, D and G of LSGAN
COURSE_X = [0.46831836, -0.25901004, -0.29965924, 0.9153279, 1.01321313, 1.64436032]
COURSE_LEAKY_X = [0.46831836, -0.0025901004, -0.0029965924, 0.9153279, 1.01321313, 1.64436032]
RNG = np.random.RandomState(231)
IMAGES = RNG.uniform(-1, 1, (10, 784)).astype(np.float32)


def test_the_older_paths_are_the_same_modules():
    from cs231n import gan_figures, gan_quality, trained_gans
    from cs231n.gan import quality, trained
    from cs231n.trained_gans import load_trained_generator

    assert (gan_figures, gan_quality, trained_gans) == (figures, quality, trained)
    assert load_trained_generator is trained.load_trained_generator


def test_only_figures_draw():
    """And the loop does not know them: whoever wants pictures passes a callback."""
    for path in Path(training.__file__).parent.glob("*.py"):
        imports = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if "Import" in type(node).__name__]
        names = {alias.name for node in imports for alias in node.names}
        names |= {node.module for node in imports if isinstance(node, ast.ImportFrom)}
        draws = {name.partition(".")[0] for name in names} & {"matplotlib", "IPython"}
        assert bool(draws) == (path.stem == "figures"), path
        assert path.stem != "training" or "cs231n.gan.figures" not in names


# ---------------------------------------------------------------- noise, activation, networks


def test_noise_is_uniform_from_minus_one_to_one():
    noise = sample_noise(500, 40, seed=1).numpy()
    assert noise.shape == (500, 40) and noise.dtype == np.float32
    assert noise.min() >= -1 and noise.max() < 1
    shares = np.histogram(noise, 10, (-1, 1))[0] / noise.size
    assert np.abs(shares - 0.1).max() < 0.01


def test_noise_repeats_with_a_seed_and_goes_on_without():
    assert np.array_equal(sample_noise(3, 4, seed=5), sample_noise(3, 4, seed=5))
    assert not np.array_equal(sample_noise(3, 4, seed=5), sample_noise(3, 4, seed=6))
    assert not np.array_equal(sample_noise(3, 4), sample_noise(3, 4))


def test_a_pair_of_seeds_gives_the_same_noise_in_any_cut():
    """So that training may draw all noise of a step at once; a whole number stands for the pair of it and 0."""
    assert np.array_equal(sample_noise(3, 4, seed=5), sample_noise(3, 4, seed=(5, 0)))
    assert not np.array_equal(sample_noise(3, 4, seed=(5, 1)), sample_noise(3, 4, seed=(5, 0)))
    whole = tf.random.stateless_uniform([2, 3, 4], [5, 7], -1, 1)
    assert np.array_equal(tf.reshape(sample_noise(6, 4, seed=(5, tf.constant(7))), [2, 3, 4]), whole)


@pytest.mark.parametrize("batch_size, dim", [(0, 4), (4, 0), (-1, 4)])
def test_noise_of_no_size_is_refused(batch_size, dim):
    with pytest.raises(ValueError, match=f"at least one row and one column, got {batch_size} x {dim}"):
        sample_noise(batch_size, dim)


def test_leaky_relu_gives_the_check_values_of_the_course():
    np.testing.assert_allclose(leaky_relu(tf.constant(COURSE_X, tf.float64)), COURSE_LEAKY_X, rtol=1e-6)


@pytest.mark.parametrize("activation", [leaky_relu, networks.fused_leaky_relu])
def test_leaky_relu_and_its_slope(activation):
    x = tf.Variable([-3.0, -0.5, 0.5, 3.0])
    with tf.GradientTape() as tape:
        y = activation(x, 0.2)
    np.testing.assert_allclose(y, [-0.6, -0.1, 0.5, 3.0], rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(y, x), [0.2, 0.2, 1, 1], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_fused_leaky_relu_equals_the_plain_one_up_to_second_derivatives(dtype):
    """The second derivative as a gradient penalty takes it: of the length of a gradient, by the weights."""
    x, kernel = tf.constant(RNG.randn(2, 6, 6, 3), dtype), RNG.randn(3, 3, 3, 4)
    results = []
    for activation in (leaky_relu, networks.fused_leaky_relu):
        w = tf.Variable(kernel, dtype=dtype)
        with tf.GradientTape(persistent=True) as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = activation(tf.nn.conv2d(x, w, 1, "VALID"), 0.3)
                total = tf.reduce_sum(tf.sin(y))
            slope = inner.gradient(total, x)
            length = tf.reduce_sum(slope**2)
        results.append([y, slope, outer.gradient(total, w), outer.gradient(length, w)])
    for plain, fused in zip(*results, strict=True):
        assert fused.dtype == dtype
        np.testing.assert_allclose(fused, plain, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-5)


@pytest.mark.parametrize(
    "build, parameters",
    [
        (discriminator, 267_009),
        (partial(generator, 4), 1_858_320),
        (dc_discriminator, 1_102_721),
        (partial(dc_generator, 4), 6_595_521),
        (wgan_discriminator, 3_411_649),
        (partial(wgan_generator, 4), 6_595_521),
    ],
)
def test_networks_are_the_courses(build, parameters):
    network = build()
    assert network.count_params() == parameters
    out = network(RNG.uniform(-1, 1, (3, network.input_shape[1])).astype(np.float32))
    assert out.shape == ((3, 784) if network.input_shape[1] == 4 else (3, 1))
    if out.shape[1] == 784:
        assert np.abs(out).max() <= 1


def test_the_generators_batch_norm_trains_on_the_batch_and_then_keeps_to_what_it_has_seen():
    G = dc_generator(4)
    noise = sample_noise(6, 4, seed=1)
    alone, together = G(noise[:1], training=False), G(noise, training=False)
    np.testing.assert_allclose(alone, together[:1], atol=1e-5)
    assert np.abs(G(noise[:2], training=True) - G(noise, training=True)[:2]).max() > 1e-3
    assert np.abs(G(noise, training=False) - together).max() > 1e-3  # the moving statistics have changed


def sensitivity(D):
    images = tf.Variable(IMAGES)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(D(images))
    return np.abs(tape.gradient(total, images)).max(axis=0).reshape(28, 28)


def test_the_courses_critic_is_blind_at_two_borders_and_the_full_one_is_not():
    slopes = sensitivity(wgan_discriminator(norm=None))
    assert slopes[:26, :26].min() > 0 and slopes[26:].max() == 0 and slopes[:, 26:].max() == 0
    assert sensitivity(wgan_full_discriminator(norm=None)).min() > 0


@pytest.mark.parametrize("norm, mixes", [("batch", True), ("layer", False), (None, False)])
def test_only_batch_norm_mixes_the_images(norm, mixes):
    D = wgan_full_discriminator(norm)
    alone, together = D(IMAGES[:2], training=True), D(IMAGES, training=True)
    assert (np.abs(alone - together[:2]).max() > 1e-3) == mixes


def test_an_unknown_norm_is_refused():
    with pytest.raises(ValueError, match="norm must be 'batch', 'layer' or None, got 'group'"):
        wgan_discriminator(norm="group")


# ---------------------------------------------------------------- losses


def test_losses_are_the_check_values_of_the_course():
    real, fake = (tf.constant(logits, tf.float64, (10, 1)) for logits in (COURSE_REAL_LOGITS, COURSE_FAKE_LOGITS))
    np.testing.assert_allclose([*gan_loss(real, fake), *lsgan_loss(real, fake)], COURSE_LOSSES, atol=1e-6, rtol=0)


def test_losses_by_hand():
    real, fake = np.array([[0.3], [-1.2], [2.0]]), np.array([[-0.7], [0.4], [-2.5]])
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    D_loss = -np.log(sigmoid(real)).mean() - np.log(1 - sigmoid(fake)).mean()
    np.testing.assert_allclose(gan_loss(real, fake), [D_loss, -np.log(sigmoid(fake)).mean()], rtol=1e-12)
    D_loss = ((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2
    np.testing.assert_allclose(lsgan_loss(real, fake), [D_loss, ((fake - 1) ** 2).mean() / 2], rtol=1e-12)
    assert np.isclose(wgan_discriminator_loss(real, fake), fake.mean() - real.mean())
    assert np.isclose(wgan_generator_loss(fake), -fake.mean())
    assert np.isclose(discriminator_loss(0 * real, 0 * fake), 2 * np.log(2))


@settings(deadline=None)
@given(st.floats(-1e4, 1e4, width=32), st.floats(-1e4, 1e4, width=32))
def test_losses_and_slopes_are_finite_for_any_logit(a, b):
    real, fake = tf.Variable([[np.float32(a)]]), tf.Variable([[np.float32(b)]])
    with tf.GradientTape(persistent=True) as tape:
        D_loss, G_loss = gan_loss(real, fake)
    slopes = [tape.gradient(D_loss, real), tape.gradient(D_loss, fake), tape.gradient(G_loss, fake)]
    assert np.isfinite([D_loss, G_loss]).all() and np.isfinite(np.ravel(slopes)).all()
    np.testing.assert_allclose(D_loss, np.logaddexp(0, -a) + np.logaddexp(0, b), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(G_loss, np.logaddexp(0, -b), rtol=1e-5, atol=1e-6)


def test_the_penalty_of_a_linear_critic_is_known():
    w = RNG.randn(784, 1).astype(np.float32) / 10
    fake = RNG.uniform(-1, 1, IMAGES.shape).astype(np.float32)
    want = 10 * (np.linalg.norm(w) - 1) ** 2
    np.testing.assert_allclose(gradient_penalty(lambda x: x @ w, IMAGES, fake), want, rtol=1e-5)
    np.testing.assert_allclose(gradient_penalty(lambda x: x @ w, IMAGES, fake, weight=3), 0.3 * want, rtol=1e-5)
    of_length_one = w / np.linalg.norm(w)
    assert gradient_penalty(lambda x: x @ of_length_one, IMAGES, fake) < 1e-9
    D_loss, G_loss = wgangp_loss(lambda x: x @ w, IMAGES, fake)
    np.testing.assert_allclose(D_loss, (fake @ w).mean() - (IMAGES @ w).mean() + want, rtol=1e-5)
    np.testing.assert_allclose(G_loss, -(fake @ w).mean(), rtol=1e-5)


def test_the_penalty_treats_each_image_by_itself():
    """The critic is the sum of x^2 / 2, whose gradient at x is x, so each image has a different penalty."""
    real, fake = tf.constant([[3.0], [0.0]], tf.float64), tf.constant([[3.0], [0.0]], tf.float64)
    penalty = gradient_penalty(lambda x: x**2 / 2, real, fake, weight=1)
    np.testing.assert_allclose(penalty, ((3 - 1) ** 2 + 1) / 2, atol=1e-5)


def test_the_points_of_the_penalty_lie_between_each_pair():
    inputs = []

    def critic(x):
        inputs.append(x)
        return tf.reduce_sum(x, axis=(1, 2))

    real, fake = np.zeros((200, 2, 3), np.float32), np.ones((200, 2, 3), np.float32)
    gradient_penalty(critic, real, fake, seed=1)
    share = inputs[0].numpy()
    assert np.ptp(share, axis=(1, 2)).max() == 0  # one share for all pixels of an image
    assert share.min() >= 0 and share.max() <= 1 and 0.25 < share[:, 0, 0].std() < 0.33
    gradient_penalty(critic, real, fake, seed=1)
    assert np.array_equal(inputs[0], inputs[1])


def test_the_penalty_agrees_with_finite_differences():
    w1, b1, w2, b2 = (tf.Variable(RNG.randn(*shape)) for shape in ((3, 5), (5,), (5, 1), (1,)))
    critic = lambda x: tf.tanh(x @ w1 + b1) @ w2 + b2  # noqa: E731
    real, fake = RNG.randn(4, 3), RNG.randn(4, 3)
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(critic, real, fake, seed=7)
    analytic = tape.gradient(penalty, w1).numpy()
    numeric = np.zeros_like(analytic)
    for place in np.ndindex(*numeric.shape):
        value = w1.numpy()
        for sign in (1, -1):
            changed_value = value.copy()
            changed_value[place] += sign * 1e-5
            w1.assign(changed_value)
            numeric[place] += sign * float(gradient_penalty(critic, real, fake, seed=7)) / 2e-5
        w1.assign(value)
    np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-8)
    # And the penalty's gradient agrees with finite differences at the point that both pairs share.
    point = real[:1]
    h = 1e-6 * np.eye(3)
    slope = [float((critic(point + e) - critic(point - e))[0, 0] / 2e-6) for e in h]
    want = 10 * (np.linalg.norm(slope) - 1) ** 2
    np.testing.assert_allclose(gradient_penalty(critic, point, point), want, rtol=1e-6)


def test_a_constant_critic_has_a_penalty_and_no_nan():
    w = tf.Variable(tf.zeros((784, 1)))
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(lambda x: x @ w, IMAGES, IMAGES)
    np.testing.assert_allclose(penalty, 10, rtol=1e-5)
    assert np.isfinite(tape.gradient(penalty, w)).all()


def test_the_penalty_refuses_pairs_that_are_none():
    with pytest.raises(ValueError, match=r"must have one shape, got \(10, 784\) and \(1, 784\)"):
        gradient_penalty(discriminator(), IMAGES, IMAGES[:1])


# ---------------------------------------------------------------- solvers


def test_the_solver_is_adam():
    rng = np.random.RandomState(1)
    start, gradients = rng.randn(3, 4), rng.randn(5, 3, 4)
    (ours, _), keras_own = get_solvers(0.01, 0.5), keras.optimizers.Adam(0.01, beta_1=0.5)
    w, own = (keras.Variable(start.astype(np.float32)) for _ in range(2))
    for gradient in gradients.astype(np.float32):
        ours.apply([tf.constant(gradient)], [w])
        keras_own.apply([tf.constant(gradient)], [own])
    np.testing.assert_allclose(w.numpy(), own.numpy(), atol=1e-6)
    np.testing.assert_allclose(ours.variables[-1].numpy(), keras_own.variables[-1].numpy(), rtol=1e-4)


def test_the_solvers_follow_a_schedule():
    solver, other = get_solvers(keras.optimizers.schedules.PiecewiseConstantDecay([1], [1.0, 0.0]))
    assert solver is not other
    w = keras.Variable(np.zeros(2, np.float32))
    path = []
    for _ in range(4):
        solver.apply([tf.constant([1.0, -1.0])], [w])
        path.append(w.numpy().tolist())
    assert np.abs(np.array(path[0]) - [-1, 1]).max() < 1e-3 and path[2] == path[1] == path[3]


def test_the_critic_may_have_a_rate_of_its_own():
    D_solver, G_solver = get_solvers(1e-3, 0.0, 0.9, critic_rate=2e-3)
    assert [float(solver.learning_rate) for solver in (D_solver, G_solver)] == pytest.approx([2e-3, 1e-3])
    assert {(solver.beta_1, solver.beta_2) for solver in (D_solver, G_solver)} == {(0.0, 0.9)}


# ---------------------------------------------------------------- training


def small_networks(norm=False, seed=231):
    keras.utils.set_random_seed(seed)
    D = keras.Sequential([keras.Input((784,)), layers.Dense(8, leaky_relu), layers.Dense(1)])
    between = [layers.BatchNormalization(momentum=0.9)] if norm else []
    G = keras.Sequential([keras.Input((6,)), layers.Dense(7, "relu"), *between, layers.Dense(784, "tanh")])
    return D, G


def train_small(num_steps=7, norm=False, losses=(discriminator_loss, generator_loss), rate=1e-3, **options):
    options = {"batch_size": 4, "noise_size": 6, "images": IMAGES, "ema_decay": 0.9} | options
    players = Players(*small_networks(norm), *get_solvers(rate), *losses)
    return train(players, num_steps=num_steps, **options)


@pytest.fixture
def train_small_kind(monkeypatch):
    """`train_gan` with the small networks."""
    D, G = (lambda k=k: small_networks()[k] for k in range(2))
    recipe = Recipe(D, G, discriminator_loss, generator_loss, {}, {"batch_size": 4, "noise_size": 6, "images": IMAGES})
    monkeypatch.setitem(RECIPES, "small", recipe)
    return partial(train_gan, "small")


def weights(trained):
    return [
        w for network in (trained.discriminator, trained.generator, trained.averaged) for w in network.get_weights()
    ]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


def test_a_step_is_the_alternating_update():
    """Train by hand, in eager steps with Keras' own Adam: first D, then G through the updated D."""
    trained = train_small(num_steps=3, ema_decay=0.4)
    D, G = small_networks()
    D_solver, G_solver = (keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2))
    averaged = G.get_weights()
    batches = Batches(IMAGES, 4, 1, 231)
    for t in range(3):
        noise = tf.random.stateless_uniform([1, 4, 6], [231, t], -1, 1)[0]
        with tf.GradientTape() as tape:
            loss = discriminator_loss(D(batches[t][0]), D(G(noise)))
        D_solver.apply(tape.gradient(loss, D.trainable_variables), D.trainable_variables)
        np.testing.assert_allclose(trained.history["D"][t], loss, rtol=1e-5)
        with tf.GradientTape() as tape:
            loss = generator_loss(D(G(noise)))
        G_solver.apply(tape.gradient(loss, G.trainable_variables), G.trainable_variables)
        np.testing.assert_allclose(trained.history["G"][t], loss, rtol=1e-5)
        decay = min(0.4, (1 + t) / (10 + t))
        averaged = [decay * mean + (1 - decay) * w for mean, w in zip(averaged, G.get_weights(), strict=True)]
    for got, want in zip(weights(trained), D.get_weights() + G.get_weights() + averaged, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-5)


def test_d_learns_what_is_easy():
    trained = train_small(num_steps=60, images=np.full((10, 784), 0.9, np.float32))
    assert trained.history["D"][0] > 1.2 > 0.7 > trained.history["D"].min()


def test_g_learns_one_image():
    """Every image is the same, so the best G is known."""
    image = np.where(np.arange(784) % 3, -0.8, 0.8).astype(np.float32)
    trained = train_small(num_steps=400, images=np.tile(image, (10, 1)), rate=5e-3)
    noise = sample_noise(50, 6, seed=1)
    error = lambda G: np.abs(G(noise, training=False) - image).mean()  # noqa: E731
    assert error(trained.averaged) < 0.25 < 0.7 < error(small_networks()[1])


@pytest.mark.parametrize("critic_steps", [1, 3])
def test_critic_steps_and_penalty(critic_steps):
    losses = wgan_discriminator_loss, wgan_generator_loss
    with_penalty, without = (train_small(losses=losses, penalty_weight=p, critic_steps=critic_steps) for p in (10, 0))
    assert not same(with_penalty, without)
    assert len(with_penalty.history["D"]) == 7
    assert with_penalty.history["D"][0] > without.history["D"][0]


def test_the_penalty_of_the_loop_is_the_function():
    losses = wgan_discriminator_loss, wgan_generator_loss
    with_penalty, without = (train_small(1, losses=losses, penalty_weight=p) for p in (10, 0))
    D, G = small_networks()
    real = Batches(IMAGES, 4, 1, 231)[0][0]
    fake = G(tf.random.stateless_uniform([1, 4, 6], [231, 0], -1, 1)[0])
    want = gradient_penalty(D, real, fake, seed=[232, 0])
    np.testing.assert_allclose(with_penalty.history["D"] - without.history["D"], want, rtol=1e-3)


def test_seeds_give_the_same_run_again():
    assert same(train_small(), train_small())
    assert not same(train_small(), train_small(seed=232))


def test_epochs_count_full_batches():
    losses = ls_discriminator_loss, ls_generator_loss
    trained = train_small(None, losses=losses, batch_size=3, num_epochs=2, ema_decay=None)
    assert len(trained.history["D"]) == len(trained.history["G"]) == 6 and trained.averaged is trained.generator


def test_each_epoch_has_every_image_once_in_an_order_of_its_own():
    batches = Batches(IMAGES, 5, 2, seed=3)
    epochs = [np.concatenate(batches[t]) for t in range(3)]
    for epoch in epochs:
        assert np.array_equal(np.sort(epoch[:, 0]), np.sort(IMAGES[:, 0]))
    assert not np.array_equal(epochs[0], epochs[1]) and not np.array_equal(epochs[1], epochs[2])
    assert np.array_equal(np.concatenate(batches[0]), epochs[0])  # other batches in between change nothing


@pytest.mark.parametrize("norm", [False, True])
def test_going_on_from_a_checkpoint_gives_the_identical_result(tmp_path, norm):
    checkpoint = tmp_path / "deep" / "gan.npz"
    callbacks = [take_shots(2)]
    whole = train_small(9, norm, callbacks=callbacks)
    train_small(4, norm, callbacks=callbacks, checkpoint=checkpoint)
    resumed = train_small(9, norm, callbacks=callbacks, checkpoint=checkpoint)
    assert same(whole, resumed)
    assert np.array_equal(whole.history["D"], resumed.history["D"]) and len(whole.history["D"]) == 9
    assert sorted(resumed.shots) == [1, 2, 4, 6, 8, 9] == sorted(whole.shots)
    assert all(np.array_equal(whole.shots[step], resumed.shots[step]) for step in whole.shots)
    assert same(resumed, train_small(9, norm, checkpoint=checkpoint))  # nothing left to do
    assert [file.name for file in checkpoint.parent.iterdir()] == ["gan.npz"]


def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path):
    checkpoint = tmp_path / "gan.npz"
    train_small(2, checkpoint=checkpoint)
    for setting, value in (("batch_size", 5), ("seed", 1), ("critic_steps", 2), ("penalty_weight", 1)):
        with pytest.raises(ValueError, match=f"gan.npz was made with {setting} = .*, not {value}"):
            train_small(2, checkpoint=checkpoint, **{setting: value})
    with pytest.raises(ValueError, match="other networks or solvers"):
        train_small(2, norm=True, checkpoint=checkpoint)
    with pytest.raises(
        ValueError, match="losses = discriminator_loss and generator_loss, not ls_discriminator_loss and"
    ):
        train_small(2, losses=(ls_discriminator_loss, ls_generator_loss), checkpoint=checkpoint)
    with pytest.raises(ValueError, match="images = 10, of checksum .*, not 10, of checksum"):
        train_small(2, images=IMAGES[::-1], checkpoint=checkpoint)
    with pytest.raises(ValueError, match="has gone 2 steps already, more than 1"):
        train_small(1, checkpoint=checkpoint)
    whole = checkpoint.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:2000] + b"damage" + whole[2006:]):
        checkpoint.write_bytes(damaged)
        with pytest.raises(ValueError, match="gan.npz is damaged .*; give another path, or move the file away"):
            train_small(2, checkpoint=checkpoint)


def test_a_file_that_is_no_checkpoint_is_neither_called_damaged_nor_changed(tmp_path):
    weights_file = tmp_path / "weights.npz"
    np.savez(weights_file, **{"00": np.zeros(3)})
    array_file, text_file, empty_file = (tmp_path / name for name in ("array.npy", "notes.txt", "empty.npz"))
    np.save(array_file, np.zeros(3))
    text_file.write_text("my notes")
    empty_file.touch()
    for path, reason in (
        (weights_file, ": it lacks losses"),
        (array_file, "; give another path, or move the file away to begin anew"),
        (text_file, "; give another path, or move the file away to begin anew"),
        (empty_file, "; give another path, or move the file away to begin anew"),
    ):
        content = path.read_bytes()
        with pytest.raises(ValueError, match=f"{path.name} is not a checkpoint of a GAN{reason}$"):
            train_small(2, checkpoint=path)
        assert path.read_bytes() == content
    with pytest.raises(ValueError, match="is a folder, not a file"):
        train_small(2, checkpoint=tmp_path)


def test_batch_norm_is_seen_inside_of_a_network_inside():
    """Real and fake images would share their batch statistics, without an error."""
    inner = keras.Sequential([keras.Input((784,)), layers.Dense(3), layers.BatchNormalization()])
    outer = keras.Sequential([keras.Input((784,)), inner, layers.Dense(1)])
    assert training._has_layer(outer, layers.BatchNormalization) and not training._has_layer(outer, layers.Dropout)


def test_going_on_with_another_learning_rate(tmp_path):
    checkpoint = tmp_path / "gan.npz"
    start = train_small(2, checkpoint=checkpoint)
    stood = train_small(4, rate=0.0, checkpoint=checkpoint)
    assert all(np.array_equal(a, b) for a, b in zip(weights(start)[:8], weights(stood)[:8], strict=True))
    assert not same(stood, train_small(6, rate=1e-2, checkpoint=checkpoint))


def test_a_finished_run_shows_its_development_again(tmp_path, monkeypatch, train_small_kind):
    displays = []
    monkeypatch.setattr(figures, "display", lambda figure, **_: displays.append(figure))
    for _ in range(2):
        train_small_kind(2, show_every=1, checkpoint=tmp_path / "gan.npz")
    assert len(displays) == 2


def test_nan_stops_and_gives_back_the_last_good_networks(tmp_path):
    checkpoint = tmp_path / "gan.npz"
    suddenly = keras.optimizers.schedules.PiecewiseConstantDecay([110], [1e-3, 1e35])
    D, G = small_networks()
    arguments = {"batch_size": 4, "noise_size": 6, "images": IMAGES, "ema_decay": 0.9, "checkpoint": checkpoint}
    advice = r"losses at step 11\d are .* try a lower learning rate, .*as they were after step 100$"
    with pytest.raises(FloatingPointError, match=advice):
        train(Players(D, G, *get_solvers(suddenly), discriminator_loss, generator_loss), num_steps=200, **arguments)
    good = train_small(100)
    after, want = D.get_weights() + G.get_weights(), good.discriminator.get_weights() + good.generator.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(after, want, strict=True))


def test_ctrl_c_keeps_what_is_trained(tmp_path, capsys):
    """The signal arrives during a step, as Ctrl-C does."""
    checkpoint = tmp_path / "gan.npz"
    calls = []

    def interrupt():
        calls.append(1)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)

    @functools.wraps(generator_loss)
    def loss(logits_fake):
        tf.numpy_function(interrupt, [], [])
        return generator_loss(logits_fake)

    handler = signal.getsignal(signal.SIGINT)
    stopped = train_small(9, losses=(discriminator_loss, loss), checkpoint=checkpoint)
    steps = len(stopped.history["G"])
    assert 3 <= steps < 9 and capsys.readouterr().out == f"interrupted: trained for {steps} of 9 steps\n"
    assert signal.getsignal(signal.SIGINT) is handler
    # The training continues as if it had not been interrupted.
    assert same(train_small(9), train_small(9, checkpoint=checkpoint))


def test_training_works_beside_the_main_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(train_small(2)))
    thread.start()
    thread.join()
    assert same(results[0], train_small(2))


def test_losses_are_printed_when_asked_for(capsys, train_small_kind):
    train_small_kind(5, print_every=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["step 2", "step 4"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"batch_size": 11}, "batch_size must be from 1 to 10, the number of images, got 11"),
        ({"batch_size": 0}, "batch_size must be from 1 to 10"),
        ({"batch_size": 1, "norm": True}, "a batch of one has no spread"),
        ({"critic_steps": 0}, "critic_steps must be a positive whole number, got 0"),
        ({"images": IMAGES.reshape(10, 28, 28)}, r"floats of shape \(N, 784\), got float32 of shape \(10, 28, 28\)"),
        ({"images": np.zeros((10, 784), np.uint8)}, "got uint8"),
        ({"images": 255 * (IMAGES + 1)}, r"must lie in \[-1, 1\], as load_mnist"),
        ({"images": IMAGES * np.nan}, r"must lie in \[-1, 1\]"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        train_small(1, **arguments)


def test_a_number_of_steps_that_is_none_is_refused():
    with pytest.raises(ValueError, match="num_steps must be a whole number, 0 or more, got -1"):
        train_small(-1)


def test_a_batch_of_one_will_do_without_batch_norm():
    assert len(train_small(2, batch_size=1).history["D"]) == 2


def dense(*sizes, inputs=()):
    return keras.Sequential([*(keras.Input((n,)) for n in inputs), *(keras.layers.Dense(n) for n in sizes)])


class OwnGenerator(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(784, activation="tanh")

    def call(self, noise):
        return self.dense(noise)


@pytest.mark.parametrize("G, ema_decay", [(dense(8, 784), None), (dense(8, 784), 0.9), (OwnGenerator(), None)])
def test_networks_of_the_users_own_are_built(G, ema_decay):
    images = np.zeros((8, 784), np.float32)
    players = Players(dense(1), G, *get_solvers(), discriminator_loss, generator_loss)
    before = train(players, num_steps=0, images=images, batch_size=4, noise_size=5).generator.get_weights()
    trained = train(players, num_steps=2, images=images, batch_size=4, noise_size=5, ema_decay=ema_decay)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, trained.generator.get_weights(), strict=True))
    assert trained.averaged(np.zeros((3, 5), np.float32)).shape == (3, 784)


@pytest.mark.parametrize(
    "D, G, message",
    [
        (dense(1), dense(784, inputs=[7]), r"noise_size is 5, but G takes the shape \('N', 7\)"),
        (dense(1, inputs=[28]), dense(784), r"images have 784 pixels in a row, but D takes the shape \('N', 28\)"),
        (dense(1), dense(28), r"G must turn the shape \(2, 5\) into \(2, 784\), but gives \(2, 28\)"),
        (dense(10), dense(784), r"D must turn the shape \(2, 784\) into \(2, 1\), but gives \(2, 10\)"),
    ],
)
def test_networks_that_do_not_fit_are_named(D, G, message):
    players = Players(D, G, *get_solvers(), discriminator_loss, generator_loss)
    with pytest.raises(ValueError, match=message):
        train(players, num_steps=1, images=np.zeros((8, 784), np.float32), batch_size=4, noise_size=5)


def test_a_network_that_keras_cannot_copy_is_refused_for_an_average():
    players = Players(dense(1), OwnGenerator(), *get_solvers(), discriminator_loss, generator_loss)
    with pytest.raises(ValueError, match="write its get_config"):
        train(players, num_steps=1, images=np.zeros((8, 784), np.float32), batch_size=4, ema_decay=0.9)


def test_one_optimizer_for_both_networks_is_refused():
    solver = keras.optimizers.Adam()
    players = Players(dense(1), dense(784), solver, solver, discriminator_loss, generator_loss)
    with pytest.raises(ValueError, match="need an optimizer each"):
        train(players, num_steps=1, images=np.zeros((8, 784), np.float32), batch_size=4)


def test_the_noise_of_training_is_the_exercise(monkeypatch):
    """A `sample_noise` that is wrong disturbs training."""
    right = train_small(1)
    monkeypatch.setattr(training, "sample_noise", lambda *args: 0 * sample_noise(*args))
    assert not same(train_small(1), right)


def test_callbacks_see_every_step_in_their_order():
    calls = []
    train_small(3, callbacks=[lambda run: calls.append(("a", run.steps, run.ended)), lambda run: calls.append("b")])
    assert calls == [("a", 1, False), "b", ("a", 2, False), "b", ("a", 3, True), "b"]


# ---------------------------------------------------------------- the course's function


def show_images(images):
    """What the course's notebooks do with a picture: a square of squares."""
    side = int(np.ceil(np.sqrt(images.shape[0])))
    images = np.reshape(images, [images.shape[0], -1])
    pixels = int(np.ceil(np.sqrt(images.shape[1])))
    figure, axes = plt.subplots(side, side)
    for axis, image in zip(axes.flat, images, strict=True):
        axis.imshow(image.reshape([pixels, pixels]))
    plt.close(figure)


COURSE_DEFAULTS = {}  # 20 and 20
NEITHER = {"show_every": None, "print_every": None}


@pytest.mark.parametrize(
    "arguments, pictures, lines",
    [
        (COURSE_DEFAULTS, [0, 20, 40], [20, 40]),
        (NEITHER, [], []),
        ({"show_every": 50, "print_every": 25}, [0], [25, 50]),
        ({"show_every": 25, "print_every": None}, [0, 25], []),
    ],
    ids=str,
)
def test_a_notebook_of_the_course_gets_its_pictures(arguments, pictures, lines, monkeypatch, capsys):
    """Ten epochs of five batches; the call and the loop are the course's."""
    monkeypatch.setattr(training, "load_mnist", lambda value_range: ((np.repeat(IMAGES, 64, axis=0), None), None))
    D, G = small_networks()
    D_solver, G_solver = (keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2))
    images, final = run_a_gan(D, G, D_solver, G_solver, discriminator_loss, generator_loss, noise_size=6, **arguments)
    assert len(images) == len(pictures)
    for img in images:
        assert img.shape == (16, 784) and img.dtype == np.float32 and np.abs(img).max() <= 1
        show_images(img)
    assert final.shape == (16, 784) and final.dtype == np.float32 and np.abs(final).max() <= 1
    show_images(final)
    assert not any(np.array_equal(final, image) for image in images)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in printed] == [f"step {step}" for step in lines]


def test_the_courses_pictures_are_of_the_generator_in_training():
    """The picture of iteration 2 is what G makes after three steps."""
    players, options = [*small_networks(), *get_solvers(), discriminator_loss, generator_loss], {"noise_size": 6}
    images, final = run_a_gan(*players, 2, None, 4, images=IMAGES, num_steps=4, **options)
    after_three = train_small(3, ema_decay=None).generator
    np.testing.assert_array_equal(images[1], after_three(sample_noise(16, 6, 231), training=False))
    assert len(images) == 2 and final.shape == (16, 784)


# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize("kind", RECIPES)
def test_every_kind_trains(kind):
    trained = train_gan(kind, 2, batch_size=4, images=IMAGES, noise_size=96)
    assert np.isfinite(trained.history["D"]).all() and trained.generator(sample_noise(2, 96)).shape == (2, 784)


def test_a_kind_may_be_trained_otherwise_than_its_recipe_says(monkeypatch):
    """Arguments of `train_gan` replace the recipe's: those of the solvers, a discriminator, settings of the loop."""
    solver_settings = []
    monkeypatch.setattr(recipes, "get_solvers", lambda **rates: solver_settings.append(rates) or get_solvers(**rates))
    decay = keras.optimizers.schedules.CosineDecay(1e-4, decay_steps=10)
    course = partial(wgan_discriminator, None)
    trained = train_gan(
        "wgan-gp", 1, solvers={"critic_rate": decay, "beta2": 0.8}, discriminator=course, batch_size=3, images=IMAGES
    )
    assert solver_settings == [{"beta1": 0.0, "beta2": 0.8, "critic_rate": decay}]
    assert trained.discriminator.count_params() == course().count_params()


def test_without_a_number_of_steps_the_recipe_trains_live(monkeypatch, train_small_kind):
    live = Live(4, 3e-3, 1.5e-3, batch_size=2, ema_decay=0.9)
    monkeypatch.setitem(RECIPES, "small", RECIPES["small"]._replace(live=live))
    rates, runs = [], []
    monkeypatch.setattr(recipes, "get_solvers", lambda **given: rates.append(given) or get_solvers(**given))
    train_small_kind(callbacks=[runs.append])
    assert rates == [{"learning_rate": 3e-3, "critic_rate": 1.5e-3}] and runs[-1].steps == 4
    assert runs[-1].settings == Settings(batch_size=2, noise_size=6, ema_decay=0.9)  # the batch of `live` comes first
    train_small_kind(3, callbacks=[runs.append])
    assert rates[1] == {} and runs[-1].steps == 3 and runs[-1].settings.ema_decay is None


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no GAN is called 'vae'; there are: vanilla, lsgan, dcgan, wgan-gp"):
        train_gan("vae", 1)


def test_mnist_is_what_it_trains_on():
    if not find("mnist"):
        pytest.skip("needs the digits: python -m cs231n.download mnist")
    trained = train_small(1, images=None)
    assert np.isfinite(trained.history["D"]).all()


# ---------------------------------------------------------------- pictures


def test_mosaic_puts_images_in_rows():
    images = np.full((5, 784), -1, np.float32)
    images[1], images[4] = 1, 0
    picture = mosaic(images, columns=3, gap=2)
    assert picture.shape == (58, 88) and picture.dtype == np.uint8
    assert (picture[:28, :28] == 0).all() and (picture[:28, 30:58] == 255).all() and (picture[30:, 30:58] == 128).all()
    assert (picture[28:30] == 90).all() and (picture[30:, 60:] == 90).all()


def test_generated_images_do_not_depend_on_how_many_there_are():
    """Also with BatchNorm, and when the images are generated in several parts."""
    keras.utils.set_random_seed(231)
    G = dc_generator(6)
    some, more = generate(G, 3), generate(G, 503)
    assert more.shape == (503, 784) and np.abs(more).max() <= 1
    np.testing.assert_allclose(more[501:], G(sample_noise(503, 6, 231)[501:], training=False), atol=1e-6)
    np.testing.assert_allclose(some, generate(G, 3), atol=0)
    assert not np.allclose(some, generate(G, 3, seed=1))


@pytest.mark.parametrize("num_images", [0, -1, 2.5])
def test_a_number_of_images_that_is_none_is_refused(num_images):
    with pytest.raises(ValueError, match="num_images must be a positive whole number, got"):
        generate(generator(4), num_images)


def test_the_development_is_one_figure(monkeypatch, train_small_kind):
    displays = []
    monkeypatch.setattr(figures, "display", lambda figure, display_id: displays.append(figure) or handle)

    class Handle:
        def update(self, figure):
            displays.append(figure)

    handle = Handle()
    monkeypatch.setenv("TQDM_DISABLE", "1")
    train_small_kind(6, show_every=2)
    assert len(displays) == 1 and len(displays[0].axes) == 5  # at the end
    monkeypatch.delenv("TQDM_DISABLE")
    train_small_kind(6, show_every=2)
    assert len(displays) == 1 + 4  # after the steps 1, 2, 4 and 6
    assert [axis.get_title() for axis in displays[-1].axes] == ["step 1", "step 2", "step 4", "step 6", ""]
    trained = train_small_kind(6, show_every=3, callbacks=[take_shots(2)])
    assert list(trained.shots) == [1, 2, 3, 4, 6]  # further shots are taken, and do not enter the figure
    assert [axis.get_title() for axis in displays[-1].axes] == ["step 1", "step 3", "step 6", "", ""]
