"""One loop that trains every kind of GAN.

N images of 784 pixels in a batch, Z entries of noise for each, K updates of D in a step. A step is one iteration: D is
updated K times, then G once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from cs231n.checks import check_whole_number
from cs231n.data_utils import load_mnist
from cs231n.gan.callbacks import losses_beside
from cs231n.gan.checkpoint import Checkpoint, fingerprint
from cs231n.gan.losses import gradient_penalty
from cs231n.gan.networks import PIXELS, sample_noise
from cs231n.long_runs import postponed_interrupt, progress

SHOT_IMAGES = 16  # in each picture of the development


class Players(NamedTuple):
    """The two networks of a GAN, each with its optimizer and its loss."""

    D: keras.Model
    G: keras.Model
    D_solver: keras.Optimizer
    G_solver: keras.Optimizer
    discriminator_loss: Callable  # (logits_real, logits_fake) -> number
    generator_loss: Callable  # logits_fake -> number


class Settings(NamedTuple):
    """Numbers that decide how a training goes."""

    batch_size: int = 128  # images in an update
    noise_size: int = 96  # Z
    critic_steps: int = 1  # updates of D in a step, each with images of its own
    penalty_weight: float = 0  # weight of `gradient_penalty` in D's loss
    ema_decay: float | None = None  # decay of a moving average of G's weights; .99 looks back 100 steps
    seed: int = 231  # for the order of the images, the noise, and the points of the penalty


class Trained(NamedTuple):
    """What `train` returns."""

    discriminator: keras.Model
    generator: keras.Model
    averaged: keras.Model  # G with weights averaged over training; G itself if `ema_decay` is None
    history: dict  # "D" and "G": loss at each step, float32 arrays
    shots: dict  # step -> (16, 784) float32 images from the same noise


@dataclass
class Run:
    """A training under way, as callbacks see it."""

    players: Players
    averaged: keras.Model  # as in `Trained`
    settings: Settings
    num_steps: int  # steps in all
    losses: list = field(default_factory=list)  # [D's, G's] for each step done
    shots: dict = field(default_factory=dict)  # as in `Trained`
    interrupted: bool = False  # whether Ctrl-C ends training after this step

    @property
    def steps(self):
        """Steps done."""
        return len(self.losses)

    @property
    def ended(self):
        """Whether no step follows."""
        return self.interrupted or self.steps == self.num_steps

    def take_shot(self):
        """Add 16 images, from the same noise each time, to the shots."""
        noise = sample_noise(SHOT_IMAGES, self.settings.noise_size, self.settings.seed)
        self.shots[self.steps] = self.averaged(noise, training=False).numpy()


def train(players, *, num_steps=None, num_epochs=10, images=None, checkpoint=None, callbacks=(), **settings):
    """Train D and G in turn, both in place; one loop for every kind of GAN.

    A step updates D `critic_steps` times, then G once, through the D that has just moved. A bar shows how far training
    is, with the losses. Ctrl-C (in Jupyter: Interrupt) ends training after the current step.

    Args:
        players: `Players`.
        num_steps: int, steps to train; None for `num_epochs` passes through the images.
        images: (N, 784) float32 in [-1, 1]; None for MNIST's training images.
        checkpoint: path of an .npz file, written twice a minute and at the end. If the file exists, training goes on
            from it, to the same result as without a break; only the learning rates may differ.
        callbacks: functions that are called after each step, in this order, with the `Run`; some are in
            `cs231n.gan.callbacks`.
        settings: fields of `Settings`.

    Returns:
        `Trained`: the networks, the history of the losses, pictures of the development.

    Raises:
        ValueError: if `images` is not (N, 784) in [-1, 1], if batch_size > N, if batch_size = 1 and a network has
            BatchNorm, if a network does not compute in float32, if a network does not fit the noise or the images, if D
            and G share an optimizer, if Keras cannot copy G for `ema_decay`, or if the checkpoint is damaged, has other
            settings, or has more steps than `num_steps`.
        FloatingPointError: if a loss is NaN or infinite; D and G are set back to their last good copy.
    """
    settings = Settings(**settings)
    images = load_mnist((-1, 1))[0][0] if images is None else _checked_images(images)
    _check_settings(settings, players, len(images))
    _build(players, settings)
    batches = Batches(images, settings.batch_size, settings.critic_steps, settings.seed)
    if num_steps is None:
        num_steps = int(num_epochs * batches.per_epoch // settings.critic_steps)
    check_whole_number("num_steps", num_steps, least=0)
    run = _first_run(players, settings, num_steps)
    saved = Checkpoint(checkpoint, fingerprint(players, settings, images) if checkpoint else {})
    saved.begin(run)
    step = compiled_step(players, run.averaged, settings)
    bar = progress(range(run.steps, num_steps), "training")
    callbacks = [*callbacks, losses_beside(bar), saved]
    with postponed_interrupt() as interrupted:
        for t in bar:
            losses = [float(loss) for loss in step(batches[t], np.int32(t))]
            if not np.all(np.isfinite(losses)):
                saved.restore(run)
                raise FloatingPointError(_divergence(t, losses, run.steps))
            run.losses.append(losses)
            run.interrupted = interrupted()
            for callback in callbacks:
                callback(run)
            if run.interrupted:
                print(f"interrupted: trained for {run.steps} of {num_steps} steps")
                break
    D_losses, G_losses = np.array(run.losses, np.float32).reshape(-1, 2).T
    return Trained(players.D, players.G, run.averaged, {"D": D_losses, "G": G_losses}, run.shots)


def compiled_step(players, averaged, settings):
    """The function (real images (K, N, 784), step) -> (D_loss, G_loss) that updates all networks once.

    It is compiled without XLA, which gains nothing here on two cores, loses on one, and takes longer to compile
    (benchmarks/gan.py).

    Args:
        players: `Players`, the optimizers built; settings: `Settings`.
        averaged: network whose weights follow G's, with `ema_decay`.
    """
    D, G, D_solver, G_solver, discriminator_loss, generator_loss = players
    separate = _has_layer(D, layers.BatchNormalization)  # real and fake images must not share statistics

    def scores(real, fake):
        if separate:
            return D(real, training=True), D(fake, training=True)
        return tf.split(D(tf.concat([real, fake], 0), training=True), 2)

    @tf.function(autograph=False)
    def step(real, t):
        K, N = real.shape[:2]
        noise = sample_noise(K * N, settings.noise_size, (settings.seed, t))
        noise = tf.reshape(noise, [K, N, settings.noise_size])
        for k in range(K):
            with tf.GradientTape() as G_tape:
                fake = G(noise[k], training=True)
            fixed = tf.stop_gradient(fake)
            with tf.GradientTape() as D_tape:
                D_loss = discriminator_loss(*scores(real[k], fixed))
                if settings.penalty_weight:
                    critic, seed = partial(D, training=True), (settings.seed + 1 + k, t)
                    D_loss += gradient_penalty(critic, real[k], fixed, settings.penalty_weight, seed)
            D_solver.apply(D_tape.gradient(D_loss, D.trainable_variables), D.trainable_variables)
        # Re-open the tape that recorded `fake = G(noise)`, so that one pass through G serves both updates: one pass
        # less than in the course's loop, with results as good.
        with G_tape:
            G_loss = generator_loss(D(fake, training=True))
        G_solver.apply(G_tape.gradient(G_loss, G.trainable_variables), G.trainable_variables)
        if settings.ema_decay:
            # With TensorFlow's rule for `num_updates` (tf.train.ExponentialMovingAverage): a short memory at first, so
            # that the first weights are soon forgotten.
            done = tf.cast(t, tf.float32)
            share = 1 - tf.minimum(settings.ema_decay, (1 + done) / (10 + done))
            for mean, weight in zip(averaged.weights, G.weights, strict=True):
                mean.assign_add(share * (weight - mean))
        return D_loss, G_loss

    return step


def _first_run(players, settings, num_steps):
    """A `Run` of no steps, with the optimizers built."""
    D, G = players.D, players.G
    try:
        averaged = keras.models.clone_model(G) if settings.ema_decay else G
    except (TypeError, ValueError, NotImplementedError):
        raise ValueError("ema_decay needs a copy of G, and Keras cannot copy it: write its get_config") from None
    if not averaged.built:
        averaged(sample_noise(1, settings.noise_size))
    averaged.set_weights(G.get_weights())
    for solver, network in ((players.D_solver, D), (players.G_solver, G)):
        solver.build(network.trainable_variables)
    return Run(players, averaged, settings, num_steps)


def _divergence(t, losses, steps):
    return (
        f"the losses at step {t + 1} are {losses[0]} (D) and {losses[1]} (G): try a lower learning rate, or another "
        f"seed and checkpoint. The networks are as they were after step {steps}"
    )


class Batches:
    """batches[t]: the (critic_steps, batch_size, 784) images of step t, in another order in each epoch.

    The step alone decides which images they are, so that training can go on anywhere. The incomplete last batch of an
    epoch is dropped.

    Args:
        images: (N, 784) float32; batch_size: int; critic_steps: int; seed: int for the order.
    """

    def __init__(self, images, batch_size, critic_steps, seed):
        self.images, self.batch_size, self.critic_steps, self.seed = images, batch_size, critic_steps, seed
        self.per_epoch = len(images) // batch_size
        self.epoch = None

    def __getitem__(self, t):
        return np.stack([self.images[self.rows(t * self.critic_steps + k)] for k in range(self.critic_steps)])

    def rows(self, batch):
        """Indices (batch_size,) of the images in batch number `batch`, counted through all epochs."""
        epoch, place = divmod(batch, self.per_epoch)
        if epoch != self.epoch:
            self.order = np.random.RandomState([self.seed, epoch]).permutation(len(self.images))
            self.epoch = epoch
        return self.order[place * self.batch_size : (place + 1) * self.batch_size]


def _checked_images(images):
    """`images` as a float32 array; ValueError if it is not (N, 784) in [-1, 1]."""
    images = np.asarray(images)
    if images.ndim != 2 or images.shape[1] != PIXELS or images.dtype.kind != "f":
        raise ValueError(f"images must be floats of shape (N, {PIXELS}), got {images.dtype} of shape {images.shape}")
    if not (np.abs(images) <= 1).all():
        raise ValueError("images must lie in [-1, 1], as load_mnist((-1, 1)) gives them")
    return images.astype(np.float32, copy=False)


def _check_settings(settings, players, num_images):
    """Raise ValueError if the settings do not go with the networks or the number of images."""
    batch_size, batch_norm = settings.batch_size, layers.BatchNormalization
    if not 1 <= batch_size <= num_images:
        raise ValueError(f"batch_size must be from 1 to {num_images}, the number of images, got {batch_size}")
    if batch_size == 1 and (_has_layer(players.D, batch_norm) or _has_layer(players.G, batch_norm)):
        raise ValueError("a batch of one has no spread to normalise by: BatchNorm needs a batch_size of 2 or more")
    check_whole_number("critic_steps", settings.critic_steps)
    kinds = {layer.compute_dtype for network in (players.D, players.G) for layer in network.layers} - {"float32"}
    if kinds:
        raise ValueError(
            f"a network computes in {min(kinds)}, and training needs float32: call "
            'keras.config.set_dtype_policy("float32") before the networks are made'
        )


def _build(players, settings):
    """Build the networks that are not built yet; ValueError if the networks or their optimizers do not go together."""
    if players.D_solver is players.G_solver:
        raise ValueError("D and G need an optimizer each: an optimizer keeps means of the gradients of one network")
    ends = {"G": (players.G, settings.noise_size, PIXELS), "D": (players.D, PIXELS, 1)}
    for name, (network, entries, outputs) in ends.items():
        takes = getattr(network, "input_shape", (None, entries))  # without the attribute, a network takes what it gets
        if takes[1:] != (entries,):
            what = f"noise_size is {entries}" if name == "G" else f"images have {entries} pixels in a row"
            raise ValueError(f"{what}, but {name} takes the shape {('N', *takes[1:])}")
        shape = tuple(network(tf.zeros([2, entries])).shape)
        if shape != (2, outputs):
            raise ValueError(f"{name} must turn the shape (2, {entries}) into (2, {outputs}), but gives {shape}")


def _has_layer(network, kind):
    """Whether a network, or a network inside it, has a layer of the class `kind`."""
    inner = (layer for layer in network.layers if hasattr(layer, "layers"))
    return any(isinstance(layer, kind) for layer in network.layers) or any(_has_layer(layer, kind) for layer in inner)
