"""Generative adversarial networks that write digits: vanilla, least squares, deep convolutional, Wasserstein.

- `networks`: noise, the networks of the four kinds, images of a finished generator
- `losses`: the losses of the four kinds, gradient penalty
- `solvers`: Adam for both networks
- `training`: the loop behind all kinds
- `callbacks`: what the loop calls after each step, to print losses and to take pictures
- `checkpoint`: the state of a training, in memory and in a file
- `recipes`: `run_a_gan` with the course's arguments, `train_gan` with the name of a kind
- `quality`: measures of how good the digits are
- `search`: the generated digit nearest to a drawn one
- `figures`: grids of digits, curves, tables
- `trained`: generators that come with the package

`from cs231n import gan` gives the names that a training needs, from the first five and `recipes`, and `gan.mosaic`.
"""

from cs231n.gan.callbacks import print_losses, take_shots
from cs231n.gan.figures import mosaic
from cs231n.gan.losses import (
    discriminator_loss,
    gan_loss,
    generator_loss,
    gradient_penalty,
    ls_discriminator_loss,
    ls_generator_loss,
    lsgan_loss,
    wgan_discriminator_loss,
    wgan_generator_loss,
    wgangp_loss,
)
from cs231n.gan.networks import (
    PIXELS,
    dc_discriminator,
    dc_generator,
    discriminator,
    generate,
    generator,
    leaky_relu,
    sample_noise,
    wgan_critic,
    wgan_discriminator,
    wgan_full_discriminator,
    wgan_generator,
)
from cs231n.gan.recipes import RECIPES, Live, Recipe, run_a_gan, train_gan
from cs231n.gan.solvers import OnePassAdam, get_solvers
from cs231n.gan.training import SHOT_IMAGES, Batches, Players, Run, Settings, Trained, compiled_step, train
