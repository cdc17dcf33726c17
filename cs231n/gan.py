"""Generative adversarial networks that write digits: vanilla, least squares, deep convolutional, Wasserstein.

N images of 784 pixels in [-1, 1], as `load_mnist((-1, 1))` has them; Z numbers of noise. A generator G turns noise
(N, Z) into images (N, 784), a discriminator D images into scores (N, 1): logits, high for what it takes for real.
"""

import os
import time
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from IPython.display import display
from keras import layers

from cs231n.data_utils import load_mnist
from cs231n.files import atomic_write
from cs231n.long_runs import postponed_interrupt, progress

PIXELS = 784


def sample_noise(batch_size, dim, seed=None):
    """(batch_size, dim) float32 noise, uniform in [-1, 1).

    Args:
        seed: int, for the same noise at every call; None, for the next of TensorFlow's global generator.

    Raises:
        ValueError: a size below 1, which TensorFlow would answer with an empty batch.
    """
    if min(batch_size, dim) < 1:
        raise ValueError(f"noise needs at least one row and one column, got {batch_size} x {dim}")
    ### BEGIN SOLUTION
    if seed is None:
        return tf.random.uniform([batch_size, dim], -1, 1)
    return tf.random.stateless_uniform([batch_size, dim], [seed, 0], -1, 1)
    ### END SOLUTION


def leaky_relu(x, alpha=0.01):
    """x where it is positive, else alpha * x, so that no unit ever stops learning.

    Args:
        x: tensor of any shape and float dtype; alpha: not negative.
    """

    ### BEGIN SOLUTION
    @tf.custom_gradient
    def activation(x):
        y = tf.nn.leaky_relu(x, alpha)
        # y has the sign of x: with the slope taken from y, x need not be kept, and fuses into what computes it. The
        # slope itself is constant: a gradient penalty need not go back through it to find zero.
        sign = tf.stop_gradient(y)
        return y, lambda dy: tf.raw_ops.LeakyReluGrad(gradients=dy, features=sign, alpha=alpha)

    return activation(x)
    ### END SOLUTION


# ---------------------------------------------------------------- networks


def discriminator():
    """Fully connected, 267,009 parameters: 784 -> 256 -> 256 -> 1."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            layers.Dense(256, activation=leaky_relu),
            layers.Dense(256, activation=leaky_relu),
            layers.Dense(1),
        ]
    )
    ### END SOLUTION


def generator(noise_dim=96):
    """Fully connected, 1,858,320 parameters for 4 numbers of noise: Z -> 1024 -> 1024 -> 784, in [-1, 1] by tanh."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((noise_dim,)),
            layers.Dense(1024, activation="relu"),
            layers.Dense(1024, activation="relu"),
            layers.Dense(PIXELS, activation="tanh"),
        ]
    )
    ### END SOLUTION


def dc_discriminator():
    """Convolutional, 1,102,721 parameters: two 5x5 convolutions (32, 64), each with 2x2 max pooling; 1024 units."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(32, 5, activation=leaky_relu),  # 24 x 24
            layers.MaxPooling2D(),  # 12 x 12
            layers.Conv2D(64, 5, activation=leaky_relu),  # 8 x 8
            layers.MaxPooling2D(),  # 4 x 4
            layers.Flatten(),
            layers.Dense(4 * 4 * 64, activation=leaky_relu),
            layers.Dense(1),
        ]
    )
    ### END SOLUTION


def dc_generator(noise_dim=96):
    """Two dense layers, then two transposed convolutions 7 -> 14 -> 28; 6,595,521 parameters for 4 numbers of noise.

    Each layer but the last is normalised over the batch after its ReLU, as in the course. The moving statistics, for
    use after training, forget with a momentum of .9: Keras' own .99 would still remember the start of a short run.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((noise_dim,)),
            layers.Dense(1024, activation="relu"),
            layers.BatchNormalization(momentum=0.9),
            layers.Dense(7 * 7 * 128, activation="relu"),
            layers.BatchNormalization(momentum=0.9),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(64, 4, strides=2, padding="same", activation="relu"),  # 14 x 14
            layers.BatchNormalization(momentum=0.9),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),  # 28 x 28
            layers.Flatten(),
        ]
    )
    ### END SOLUTION


def wgan_discriminator(norm="batch"):
    """The course's critic for WGAN-GP, 3,411,649 parameters: 4x4 convolutions of stride 2, 28 -> 13 -> 5; 1024 units.

    Two faults of the original are kept here for comparison. BatchNorm makes the score of one image depend on the
    others of its batch, while the gradient penalty treats each by itself. And without padding no filter reaches the
    rows and columns 26 and 27: the critic is blind there. `wgan_full_discriminator` mends both.

    Args:
        norm: "batch" as in the course, "layer" (each image by itself), or None.
    """
    return _critic("valid", norm)


def wgan_full_discriminator(norm="layer"):
    """The critic that sees every pixel: padding in the first convolution, 28 -> 14 -> 6; LayerNorm by default.

    Args:
        norm: as for `wgan_discriminator`.
    """
    return _critic("same", norm)


def _critic(padding, norm):
    norms = {"batch": [layers.BatchNormalization], "layer": [layers.LayerNormalization], None: []}
    if norm not in norms:
        raise ValueError(f"norm must be 'batch', 'layer' or None, got {norm!r}")
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(64, 4, strides=2, padding=padding, activation=leaky_relu),
            layers.Conv2D(128, 4, strides=2, activation=leaky_relu),
            *(make() for make in norms[norm]),
            layers.Flatten(),
            layers.Dense(1024, activation=leaky_relu),
            layers.Dense(1),
        ]
    )


wgan_generator = dc_generator  # the course's is the same network


# ---------------------------------------------------------------- losses


def discriminator_loss(logits_real, logits_fake):
    """Cross-entropy of telling real (1) from fake (0): mean of -log D(x) plus mean of -log(1 - D(G(z))).

    With D = sigmoid(logit), -log D = softplus(-logit) and -log(1 - D) = softplus(logit): no logarithm of zero, and
    no overflow, for logits of any size.

    Args:
        logits_real, logits_fake: (N, 1) scores.

    Returns:
        A number, in the dtype of the logits; 2 log 2 = 1.386 where D can only guess.
    """
    ### BEGIN SOLUTION
    return tf.reduce_mean(tf.nn.softplus(-logits_real)) + tf.reduce_mean(tf.nn.softplus(logits_fake))
    ### END SOLUTION


def generator_loss(logits_fake):
    """The non-saturating loss, mean of -log D(G(z)): steep where D is sure of a fake, so that G learns from it.

    Args:
        logits_fake: (N, 1) scores of G's images.
    """
    ### BEGIN SOLUTION
    return tf.reduce_mean(tf.nn.softplus(-logits_fake))
    ### END SOLUTION


def gan_loss(logits_real, logits_fake):
    """(D_loss, G_loss) of the vanilla GAN; see `discriminator_loss` and `generator_loss`."""
    return discriminator_loss(logits_real, logits_fake), generator_loss(logits_fake)


def ls_discriminator_loss(scores_real, scores_fake):
    """Least squares: half the mean of (D(x) - 1)^2 plus half the mean of D(G(z))^2.

    Args:
        scores_real, scores_fake: (N, 1) scores, without a sigmoid.
    """
    ### BEGIN SOLUTION
    return 0.5 * (tf.reduce_mean(tf.square(scores_real - 1)) + tf.reduce_mean(tf.square(scores_fake)))
    ### END SOLUTION


def ls_generator_loss(scores_fake):
    """Least squares: half the mean of (D(G(z)) - 1)^2. Also an image that D accepts is pulled on, towards 1."""
    ### BEGIN SOLUTION
    return 0.5 * tf.reduce_mean(tf.square(scores_fake - 1))
    ### END SOLUTION


def lsgan_loss(scores_real, scores_fake):
    """(D_loss, G_loss) of the least squares GAN; see `ls_discriminator_loss` and `ls_generator_loss`."""
    return ls_discriminator_loss(scores_real, scores_fake), ls_generator_loss(scores_fake)


def wgan_discriminator_loss(scores_real, scores_fake):
    """Mean of D(G(z)) less mean of D(x): its negative estimates the Wasserstein distance, if D has slope 1."""
    return tf.reduce_mean(scores_fake) - tf.reduce_mean(scores_real)


def wgan_generator_loss(scores_fake):
    """Mean of -D(G(z))."""
    return -tf.reduce_mean(scores_fake)


def gradient_penalty(D, real, fake, weight=10, seed=None):
    """How far D's slope is from 1 between real and fake images: mean of weight * (|dD/dx| - 1)^2.

    The slope is taken at one point on the line from each real to its fake image, at random. Length and square are
    those of each image by itself, not of the batch.

    Args:
        D: function from images to scores (N, 1); real, fake: (N, ...) float images, of one shape.
        weight: the lambda of the paper (Gulrajani et al. 2017, arXiv:1704.00028).
        seed: int, for the same points at every call, or two of them.

    Returns:
        A number, not negative, differentiable with respect to D's weights.

    Raises:
        ValueError: real and fake differ in shape; broadcasting would pair every image with one.
    """
    if real.shape != fake.shape:
        raise ValueError(f"real and fake images must have one shape, got {real.shape} and {fake.shape}")
    shape = [real.shape[0]] + [1] * (len(real.shape) - 1)
    if seed is None:
        share = tf.random.uniform(shape, dtype=real.dtype)
    else:
        share = tf.random.stateless_uniform(shape, [seed, 0] if isinstance(seed, int) else seed, dtype=real.dtype)
    ### BEGIN SOLUTION
    between = share * real + (1 - share) * fake  # (N, ...)
    with tf.GradientTape() as tape:
        tape.watch(between)
        total = tf.reduce_sum(D(between))
    squares = tf.square(tape.gradient(total, between))
    # The square root has no slope at 0, where a constant D would be.
    length = tf.sqrt(tf.reduce_sum(squares, axis=list(range(1, len(real.shape)))) + 1e-12)  # (N,)
    return weight * tf.reduce_mean(tf.square(length - 1))
    ### END SOLUTION


def wgangp_loss(D, real, fake, weight=10, seed=None):
    """(D_loss, G_loss) of the Wasserstein GAN with gradient penalty; arguments as for `gradient_penalty`."""
    scores_fake = D(fake)
    penalty = gradient_penalty(D, real, fake, weight, seed)
    return wgan_discriminator_loss(D(real), scores_fake) + penalty, wgan_generator_loss(scores_fake)


# ---------------------------------------------------------------- training


class OnePassAdam(keras.optimizers.Adam):
    """Keras' Adam, with each variable updated in one pass over memory where Keras makes a dozen."""

    def update_step(self, gradient, variable, learning_rate):
        step = tf.cast(self.iterations + 1, gradient.dtype)
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, gradient.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def get_solvers(learning_rate=1e-3, beta1=0.5, beta2=0.999, critic_rate=None):
    """(D_solver, G_solver): Adam for either network.

    Args:
        learning_rate: a number, or one of Keras' schedules; critic_rate: D's, where it is not the same.
        beta1: how long Adam remembers gradients; the opponent changes, so less long than the usual .9.
        beta2: how long it remembers their squares.
    """
    D_rate = learning_rate if critic_rate is None else critic_rate
    return tuple(OnePassAdam(rate, beta_1=beta1, beta_2=beta2) for rate in (D_rate, learning_rate))


class Trained(NamedTuple):
    """What `run_a_gan` hands back."""

    discriminator: keras.Model
    generator: keras.Model
    averaged: keras.Model  # the generator with its weights averaged over training; the generator itself without
    history: dict  # "D" and "G": loss at each step, float32 arrays
    shots: dict  # step -> (16, 784) float32 images from the same noise


SHOT_IMAGES = 16  # in each picture of the development
_KEEP_EVERY = 100  # steps between copies of the state in memory
_SAVE_EVERY = 30  # seconds between checkpoints


def run_a_gan(
    D,
    G,
    D_solver,
    G_solver,
    discriminator_loss,
    generator_loss,
    show_every=None,
    print_every=None,
    batch_size=128,
    num_epochs=10,
    noise_size=96,
    *,
    num_steps=None,
    images=None,
    critic_steps=1,
    penalty_weight=0,
    ema_decay=None,
    checkpoint=None,
    seed=231,
):
    """Train D and G in turn, both in place; one loop for every kind of GAN.

    A step updates D `critic_steps` times, then G once, through the D that has just moved. G's images for D's last
    update serve for its own as well: one pass through G less than the course's loop, and no worse. A bar shows how
    far it is, with the losses; Ctrl-C (in Jupyter: Interrupt) ends training after the step at hand.

    Args:
        D, G: networks; D_solver, G_solver: their optimizers, from `get_solvers`.
        discriminator_loss: (logits_real, logits_fake) -> number; generator_loss: logits_fake -> number.
        show_every: steps from one picture of samples to the next; they show how G develops, from one noise.
        print_every: steps from one printed line of losses to the next.
        batch_size: images in a step; num_epochs: passes through the images; noise_size: Z.
        num_steps: train so many steps, instead of `num_epochs`.
        images: (N, 784) float32 in [-1, 1]; default MNIST's training images.
        critic_steps: updates of D for one of G, each with images of its own.
        penalty_weight: adds `gradient_penalty` with this weight to D's loss.
        ema_decay: keep a moving average of G's weights; .99 looks back 100 steps. It starts fast, so that the first
            weights are soon forgotten.
        checkpoint: path of an .npz file to write twice a minute and at the end; if it is there, training goes on
            from it, to the same result as without a break. Only the learning rates may be others.
        seed: of the order of the images, the noise, and the points of the penalty.

    Returns:
        `Trained`: the networks, the history of the losses, pictures of the development.

    Raises:
        ValueError: images that are none, a batch larger than they are many, a batch of one with BatchNorm, a
            checkpoint that is damaged, of other settings, or of more steps than asked for.
        FloatingPointError: a loss is NaN or infinite; D and G are set back to the last good copy of them.
    """
    images = load_mnist((-1, 1))[0][0] if images is None else _checked_images(images)
    if not 1 <= batch_size <= len(images):
        raise ValueError(f"batch_size must be from 1 to {len(images)}, the images there are, got {batch_size}")
    if batch_size == 1 and (_has(D, layers.BatchNormalization) or _has(G, layers.BatchNormalization)):
        raise ValueError("a batch of one has no spread to normalise by: BatchNorm needs a batch_size of 2 or more")
    if critic_steps < 1:
        raise ValueError(f"critic_steps must be at least 1, got {critic_steps}")
    settings = {
        "batch_size": batch_size,
        "noise_size": noise_size,
        "images": f"{len(images):,}, of checksum {zlib.crc32(np.ascontiguousarray(images)):08x}"
        if checkpoint
        else None,
        "critic_steps": critic_steps,
        "penalty_weight": penalty_weight,
        "ema_decay": ema_decay or 0,
        "seed": seed,
        "losses": " and ".join(map(_loss_name, (discriminator_loss, generator_loss))),
    }
    batches = Batches(images, batch_size, critic_steps, seed)
    total = int(num_epochs * batches.per_epoch // critic_steps) if num_steps is None else num_steps
    averaged = keras.models.clone_model(G) if ema_decay else G
    averaged.set_weights(G.get_weights())
    for solver, network in ((D_solver, D), (G_solver, G)):
        solver.build(network.trainable_variables)
    state = _State(D, G, averaged, D_solver, G_solver, settings, checkpoint)
    if state.steps > total:
        raise ValueError(f"the checkpoint {checkpoint} has gone {state.steps} steps already, more than {total}")
    step = compiled_step(
        D,
        G,
        D_solver,
        G_solver,
        discriminator_loss,
        generator_loss,
        averaged,
        ema_decay,
        penalty_weight,
        noise_size,
        seed,
    )
    shot_noise = sample_noise(SHOT_IMAGES, noise_size, seed)
    view = _View()
    if show_every and state.shots:
        view.update(state.shots)
    bar = progress(range(state.steps, total), "training")
    with postponed_interrupt() as interrupted:
        for t in bar:
            losses = [float(loss) for loss in step(batches[t], np.int32(t))]
            if not np.all(np.isfinite(losses)):
                state.restore()
                raise FloatingPointError(
                    f"the losses at step {t + 1} are {losses[0]} (D) and {losses[1]} (G): try a lower learning rate, "
                    f"or another seed and checkpoint. The networks are as they were after step {state.steps}"
                )
            state.losses.append(losses)
            bar.set_postfix(D=f"{losses[0]:.3f}", G=f"{losses[1]:.3f}", refresh=False)
            if print_every and (t + 1) % print_every == 0:
                print(f"step {t + 1}, D: {losses[0]:.4f}, G: {losses[1]:.4f}")
            if show_every and (t == 0 or (t + 1) % show_every == 0 or t + 1 == total):
                state.shots[t + 1] = averaged(shot_noise, training=False).numpy()
                view.update(state.shots)
            state.keep(final=interrupted() or t + 1 == total)
            if interrupted():
                print(f"interrupted: trained for {t + 1} of {total} steps")
                break
    view.close()
    D_losses, G_losses = np.array(state.losses, np.float32).reshape(-1, 2).T
    return Trained(D, G, averaged, {"D": D_losses, "G": G_losses}, state.shots)


def _checked_images(images):
    """`images` as a float32 array; ValueError if it is not (N, 784) in [-1, 1]."""
    images = np.asarray(images)
    if images.ndim != 2 or images.shape[1] != PIXELS or images.dtype.kind != "f":
        raise ValueError(f"images must be floats of shape (N, {PIXELS}), got {images.dtype} of shape {images.shape}")
    if not (np.abs(images) <= 1).all():
        raise ValueError("images must lie in [-1, 1], as load_mnist((-1, 1)) gives them")
    return images.astype(np.float32, copy=False)


def _has(network, kind):
    """Whether a network, or one inside of it, has a layer of this kind."""
    return any(isinstance(layer, kind) or (hasattr(layer, "layers") and _has(layer, kind)) for layer in network.layers)


def _loss_name(loss):
    return getattr(loss, "__name__", type(loss).__name__)


class Batches:
    """batches[t]: the (critic_steps, batch_size, 784) images of step t, each epoch in an order of its own.

    The step alone says which they are, so that training can go on anywhere. What is left of an epoch after the last
    full batch is passed over.
    """

    def __init__(self, images, batch_size, critic_steps, seed):
        self.images, self.batch_size, self.critic_steps, self.seed = images, batch_size, critic_steps, seed
        self.per_epoch = len(images) // batch_size
        self.epoch = None

    def __getitem__(self, t):
        return np.stack([self.images[self.rows(t * self.critic_steps + k)] for k in range(self.critic_steps)])

    def rows(self, batch):
        epoch, place = divmod(batch, self.per_epoch)
        if epoch != self.epoch:
            self.order = np.random.RandomState([self.seed, epoch]).permutation(len(self.images))
            self.epoch = epoch
        return self.order[place * self.batch_size : (place + 1) * self.batch_size]


def compiled_step(
    D, G, D_solver, G_solver, discriminator_loss, generator_loss, averaged, ema_decay, penalty_weight, noise_size, seed
):
    """The function (real images (K, N, 784), step) -> (D_loss, G_loss) that updates all networks once.

    Without XLA, which gains nothing here on two cores, loses on one, and takes longer to compile (benchmarks/gan.py).
    """
    apart = _has(D, layers.BatchNormalization)  # real and fake images must not share statistics

    def scores(real, fake):
        if apart:
            return D(real, training=True), D(fake, training=True)
        return tf.split(D(tf.concat([real, fake], 0), training=True), 2)

    @tf.function(autograph=False)
    def step(real, t):
        noise = tf.random.stateless_uniform([*real.shape[:2], noise_size], [seed, t], -1, 1)  # (K, N, Z)
        for k in range(real.shape[0]):
            with tf.GradientTape() as G_tape:
                fake = G(noise[k], training=True)
            with tf.GradientTape() as D_tape:
                D_loss = discriminator_loss(*scores(real[k], tf.stop_gradient(fake)))
                if penalty_weight:
                    critic = partial(D, training=True)
                    D_loss += gradient_penalty(
                        critic, real[k], tf.stop_gradient(fake), penalty_weight, [seed + 1 + k, t]
                    )
            D_solver.apply(D_tape.gradient(D_loss, D.trainable_variables), D.trainable_variables)
        with G_tape:  # goes on where G's images were made
            G_loss = generator_loss(D(fake, training=True))
        G_solver.apply(G_tape.gradient(G_loss, G.trainable_variables), G.trainable_variables)
        if ema_decay:
            done = tf.cast(t, tf.float32)
            share = 1 - tf.minimum(ema_decay, (1 + done) / (10 + done))
            for mean, weight in zip(averaged.weights, G.weights, strict=True):
                mean.assign_add(share * (weight - mean))
        return D_loss, G_loss

    return step


class _State:
    """Everything that training changes: copied in memory, written to a file, restored."""

    def __init__(self, D, G, averaged, D_solver, G_solver, settings, path):
        self.variables = {}
        groups = {"D": D.weights, "G": G.weights}
        for name, solver in (("D_solver", D_solver), ("G_solver", G_solver)):  # the rate is the caller's to change
            groups[name] = [variable for variable in solver.variables if variable.name != "learning_rate"]
        if averaged is not G:
            groups["averaged"] = averaged.weights
        for group, variables in groups.items():
            self.variables |= {f"{group}/{k:02d}": variable for k, variable in enumerate(variables)}
        self.settings, self.path = settings, path and Path(path)
        self.losses, self.shots = [], {}
        if self.path and self.path.exists():
            self.read()
        self.saved = time.monotonic()
        self.copy()

    @property
    def steps(self):
        return len(self.losses)

    def keep(self, final):
        """Copy the state now and then, and write it at longer intervals and at the end."""
        late = self.path and time.monotonic() - self.saved > _SAVE_EVERY
        if final or late or self.steps % _KEEP_EVERY == 0:
            self.copy()
        if self.path and (final or late):
            self.write()

    def copy(self):
        arrays = {name: variable.numpy() for name, variable in self.variables.items()}
        self.copied = arrays, self.steps

    def restore(self):
        arrays, steps = self.copied
        for name, variable in self.variables.items():
            variable.assign(arrays[name])
        del self.losses[steps:]
        self.shots = {step: shot for step, shot in self.shots.items() if step <= steps}

    def write(self):
        """To a file beside the final one, then renamed: an interruption leaves the old checkpoint whole."""
        contents = self.copied[0] | {f"shots/{step}": shot for step, shot in self.shots.items()}
        contents |= {f"settings/{name}": np.array(value) for name, value in self.settings.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.path) as file:
            np.savez(file, losses=np.array(self.losses, np.float32).reshape(-1, 2), **contents)
        self.saved = time.monotonic()

    def read(self):
        try:
            with np.load(self.path, allow_pickle=False) as file:
                stored = {name: file[name] for name in file.files}
        except Exception as error:  # a damaged file can raise nearly anything
            raise ValueError(f"the checkpoint {self.path} is damaged ({error}); delete it to begin anew") from None
        for name, value in self.settings.items():
            if stored.get(f"settings/{name}") != value:
                was = stored.get(f"settings/{name}")
                raise ValueError(f"the checkpoint {self.path} was made with {name} = {was}, not {value}")
        shapes = {name: tuple(variable.shape) for name, variable in self.variables.items()}
        if shapes != {name: stored[name].shape for name in stored if name.partition("/")[0] not in _NOT_VARIABLES}:
            raise ValueError(f"the checkpoint {self.path} is of other networks or solvers")
        for name, variable in self.variables.items():
            variable.assign(stored[name])
        self.losses = stored["losses"].tolist()
        self.shots = {int(name.partition("/")[2]): stored[name] for name in stored if name.startswith("shots/")}


_NOT_VARIABLES = ("losses", "settings", "shots")


class _View:
    """The development so far in one figure, which grows while a person watches and else is drawn at the end."""

    def __init__(self):
        self.handle, self.shots = None, {}
        self.watched = os.environ.get("TQDM_DISABLE", "0") == "0"

    def update(self, shots):
        self.shots = shots
        if self.watched:
            self.draw()

    def close(self):
        if self.shots and not self.watched:
            self.draw()

    def draw(self):
        columns = 5
        rows = -(-len(self.shots) // columns)
        figure, axes = plt.subplots(rows, columns, figsize=(2 * columns, 2.3 * rows))
        for axis in axes.flat:
            axis.axis("off")
        for axis, (step, images) in zip(axes.flat, self.shots.items(), strict=False):
            axis.imshow(mosaic(images), vmin=0, vmax=255)
            axis.set_title(f"step {step}")
        figure.tight_layout()
        if self.handle:
            self.handle.update(figure)
        else:
            self.handle = display(figure, display_id=True)
        plt.close(figure)


# ---------------------------------------------------------------- the four kinds


class Recipe(NamedTuple):
    """A kind of GAN: its networks and losses, and a schedule that works."""

    discriminator: Callable
    generator: Callable
    discriminator_loss: Callable
    generator_loss: Callable
    solvers: Mapping = {}  # arguments of `get_solvers`
    loop: Mapping = {}  # arguments of `run_a_gan`


RECIPES = {
    "vanilla": Recipe(discriminator, generator, discriminator_loss, generator_loss),
    # Adam that forgets the squares sooner: after 2,000 steps a third less distance than with .999.
    "lsgan": Recipe(discriminator, generator, ls_discriminator_loss, ls_generator_loss, {"beta2": 0.99}),
    "dcgan": Recipe(dc_discriminator, dc_generator, discriminator_loss, generator_loss),
    # Without momentum for gradients, as in the paper, but at ten times its rate: for short trainings.
    "wgan-gp": Recipe(
        wgan_full_discriminator,
        wgan_generator,
        wgan_discriminator_loss,
        wgan_generator_loss,
        {"beta1": 0.0, "beta2": 0.9},
        {"batch_size": 64, "penalty_weight": 10},
    ),
}


def train_gan(kind, num_steps, *, solvers=None, discriminator=None, seed=231, **settings):
    """Build the networks of one of the `RECIPES` and train them with `run_a_gan`.

    Args:
        kind: "vanilla", "lsgan", "dcgan" or "wgan-gp"; num_steps: updates of the generator.
        solvers: dict, arguments of `get_solvers` in place of the recipe's.
        discriminator: makes another D than the recipe's.
        seed: also of the first weights; it sets the global seeds of Python, NumPy and TensorFlow.
        settings: further keyword arguments of `run_a_gan`, in place of the recipe's.

    Returns:
        `Trained`, as `run_a_gan`.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in RECIPES:
        raise ValueError(f"no GAN is called {kind!r}; there are: {', '.join(RECIPES)}")
    recipe = RECIPES[kind]
    keras.utils.set_random_seed(seed)
    return run_a_gan(
        (discriminator or recipe.discriminator)(),
        recipe.generator(),
        *get_solvers(**recipe.solvers | (solvers or {})),
        recipe.discriminator_loss,
        recipe.generator_loss,
        num_steps=num_steps,
        seed=seed,
        **recipe.loop | settings,
    )


# ---------------------------------------------------------------- pictures


def generate(G, number, seed=231):
    """`number` images of a generator, (number, 784) float32 in [-1, 1]; the same for the same seed.

    Args:
        G: generator, used as after training: BatchNorm with its moving statistics, each image by itself.
    """
    noise = sample_noise(number, G.input_shape[-1], seed)
    return np.concatenate([G(noise[k : k + 500], training=False).numpy() for k in range(0, number, 500)])


def mosaic(images, columns=4, gap=2):
    """Digits in rows as one picture, (H, W) uint8: (N, 784) in [-1, 1], with a grey gap of some pixels between."""
    images = np.asarray(images).reshape(-1, 28, 28)
    rows = -(-len(images) // columns)
    side = 28 + gap
    picture = np.full((rows * side - gap, columns * side - gap), 90, np.uint8)
    for k, image in enumerate(np.rint(127.5 * (images + 1)).clip(0, 255).astype(np.uint8)):
        top, left = side * (k // columns), side * (k % columns)
        picture[top : top + 28, left : left + 28] = image
    return picture
