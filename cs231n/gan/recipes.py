"""Two front doors to training: `run_a_gan` as the course calls it, and `train_gan` for four kinds of GAN by name."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import keras

from cs231n.checks import check_whole_number
from cs231n.gan import losses, networks
from cs231n.gan.callbacks import print_losses, take_shots
from cs231n.gan.solvers import get_solvers
from cs231n.gan.training import SHOT_IMAGES, Players, train


def run_a_gan(
    D,
    G,
    D_solver,
    G_solver,
    discriminator_loss,
    generator_loss,
    show_every=20,
    print_every=20,
    batch_size=128,
    num_epochs=10,
    noise_size=96,
    **options,
):
    """Train D and G in turn, both in place, and return pictures: the course's function, in its TensorFlow 2 edition.

    Show the pictures as the course's notebook does: `for image in images: show_images(image)`.

    Args:
        D, G: networks; D_solver, G_solver: their optimizers, from `get_solvers`.
        discriminator_loss: function (logits_real, logits_fake) -> number; generator_loss: logits_fake -> number.
        show_every: iterations from one picture to the next; None for no pictures. The first is taken in iteration 0.
        print_every: iterations from one printed line of losses to the next; None for no lines. The course's edition
            has 20 for both, and so has this one: 234 pictures and lines in ten epochs of MNIST.
        batch_size: images in an update; num_epochs: passes through the images; noise_size: Z.
        options: further keyword arguments of `train`, except `callbacks`.

    Returns:
        images: list of (16, 784) float32 arrays in [-1, 1], one picture for each `show_every` iterations, all of them
            from the same noise.
        final: (16, 784) float32, images of the finished generator from fresh noise.

    Raises:
        ValueError: if `show_every` or `print_every` is not a positive whole number, or for the reasons of `train`.
        FloatingPointError: if a loss is NaN or infinite.
    """

    def take_shot(run):
        if (run.steps - 1) % show_every == 0:
            run.take_shot()

    callbacks = [print_losses(print_every)] if print_every else []
    if show_every:
        check_whole_number("show_every", show_every)
        callbacks.append(take_shot)
    players = Players(D, G, D_solver, G_solver, discriminator_loss, generator_loss)
    options |= {"batch_size": batch_size, "noise_size": noise_size}
    trained = train(players, num_epochs=num_epochs, callbacks=callbacks, **options)
    final = trained.averaged(networks.sample_noise(SHOT_IMAGES, noise_size), training=False).numpy()
    return list(trained.shots.values()), final


class Live(NamedTuple):
    """A training for a class that watches: about a minute on two cores.

    Its rates are constant: rates that fall along a cosine made trainings as short as these worse.
    """

    num_steps: int = 2000
    learning_rate: float = 1e-3
    critic_rate: float = 1e-3
    batch_size: int = 128
    ema_decay: float = 0.99


class Recipe(NamedTuple):
    """A kind of GAN: its networks and losses, and settings that work."""

    discriminator: Callable
    generator: Callable
    discriminator_loss: Callable
    generator_loss: Callable
    solvers: Mapping = {}  # arguments of `get_solvers`
    loop: Mapping = {}  # arguments of `train`
    live: Live = Live()


RECIPES = {
    "vanilla": Recipe(networks.discriminator, networks.generator, losses.discriminator_loss, losses.generator_loss),
    # Adam that forgets the squares sooner: after 2,000 steps a third less distance than with .999.
    "lsgan": Recipe(
        networks.discriminator,
        networks.generator,
        losses.ls_discriminator_loss,
        losses.ls_generator_loss,
        {"beta2": 0.99},
    ),
    # Live: with half the batch, a step takes half the time, and G learns three times as fast.
    "dcgan": Recipe(
        networks.dc_discriminator,
        networks.dc_generator,
        losses.discriminator_loss,
        losses.generator_loss,
        live=Live(520, learning_rate=3e-3, critic_rate=1.5e-3, batch_size=64),
    ),
    # Without momentum for gradients, as in the paper, but at ten times its rate: for short trainings. Live: more steps,
    # with half the batch.
    "wgan-gp": Recipe(
        networks.wgan_full_discriminator,
        networks.wgan_generator,
        losses.wgan_discriminator_loss,
        losses.wgan_generator_loss,
        {"beta1": 0.0, "beta2": 0.9},
        {"batch_size": 64, "penalty_weight": 10},
        Live(400, batch_size=32),
    ),
}


def train_gan(
    kind,
    num_steps=None,
    *,
    solvers=None,
    discriminator=None,
    seed=231,
    show_every=None,
    print_every=None,
    callbacks=(),
    **settings,
):
    """Build the networks of one of the `RECIPES` and train them. A step is an iteration: an update of the generator.

    Args:
        kind: "vanilla", "lsgan", "dcgan" or "wgan-gp".
        num_steps: int; None for the training that the recipe's `live` describes.
        solvers: dict, arguments of `get_solvers` in place of the recipe's.
        discriminator: function that makes another D than the recipe's.
        seed: int for the first weights and for `train`; it sets the global seeds of Python, NumPy and TensorFlow.
        show_every: steps from one picture of samples to the next, all from the same noise; a figure shows how G
            develops. None for no pictures.
        print_every: steps from one printed line of losses to the next; None for no lines.
        callbacks: further callbacks of `train`, such as `take_shots(5)`, which takes pictures and shows none.
        settings: further keyword arguments of `train`, in place of the recipe's.

    Returns:
        `Trained`, as `train`.

    Raises:
        ValueError: if no recipe is called `kind`, if `show_every` or `print_every` is not a positive whole number, or
            for the reasons of `train`.
        FloatingPointError: if a loss is NaN or infinite.
    """
    if kind not in RECIPES:
        raise ValueError(f"no GAN is called {kind!r}; there are: {', '.join(RECIPES)}")
    recipe = RECIPES[kind]
    rates, training = {}, {"num_steps": num_steps}
    if num_steps is None:
        training = recipe.live._asdict()
        rates = {name: training.pop(name) for name in ("learning_rate", "critic_rate")}
    options = {"seed": seed, **recipe.loop, **training, **settings}
    keras.utils.set_random_seed(seed)
    players = Players(
        (discriminator or recipe.discriminator)(),
        recipe.generator(),
        *get_solvers(**recipe.solvers | rates | (solvers or {})),
        recipe.discriminator_loss,
        recipe.generator_loss,
    )
    callbacks = [*callbacks, print_losses(print_every)] if print_every else [*callbacks]
    if not show_every:
        return train(players, callbacks=callbacks, **options)

    from cs231n.gan.figures import LiveFigure  # what draws is loaded where something is drawn

    figure = LiveFigure(show_every)
    trained = train(players, callbacks=[*callbacks, take_shots(show_every), figure], **options)
    figure.show(trained.shots, options["num_steps"])
    return trained
