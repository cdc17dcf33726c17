"""Loss and architecture apart: two losses on two pairs of networks, each for the same processor time.

    python benchmarks/gan_two_by_two.py [SECONDS]

The losses are the non-saturating one and Wasserstein's with gradient penalty; the networks are dense (the vanilla pair)
and convolutional (DCGAN's generator; its discriminator, or the critic without BatchNorm). Each loss has the settings
of its recipe: Adam's, and the size of a batch. Prints the steps done in SECONDS of processor time (default 50, about
half a minute on two cores), without compilation, and the Fréchet distance of 2,000 images by averaged weights, twice.
"""

import contextlib
import os
import sys
import time

from tensorflow_setup import tf

from cs231n import gan
from cs231n.gan.quality import Judge

NETWORKS = {
    ("dense", "non-saturating"): (gan.discriminator, gan.generator),
    ("dense", "Wasserstein"): (gan.discriminator, gan.generator),
    ("convolutional", "non-saturating"): (gan.dc_discriminator, gan.dc_generator),
    ("convolutional", "Wasserstein"): (gan.wgan_full_discriminator, gan.wgan_generator),
}
RECIPE = {"non-saturating": gan.RECIPES["dcgan"], "Wasserstein": gan.RECIPES["wgan-gp"]}
MOST_STEPS = 100_000


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 50.0
    judge = Judge()
    for (architecture, loss), networks in NETWORKS.items():
        for seed in (231, 232):
            trained = train(networks, RECIPE[loss], seconds, seed)
            quality = judge(gan.generate(trained.averaged, 2000))
            print(
                f"{architecture}, {loss}, seed {seed}: {len(trained.history['D'])} steps, "
                f"distance {quality.distance:.0f}, digits {quality.digits}",
                flush=True,
            )


def train(networks, recipe, seconds, seed):
    """`Trained` after so many seconds of processor time."""
    tf.keras.utils.set_random_seed(seed)
    D, G = (make() for make in networks)
    solvers = gan.get_solvers(**recipe.solvers)
    players = gan.Players(D, G, *solvers, recipe.discriminator_loss, recipe.generator_loss)
    settings = {"ema_decay": 0.99, "seed": seed, **recipe.loop}
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # it would say that it was interrupted
        return gan.train(players, num_steps=MOST_STEPS, callbacks=[stop_after(seconds)], **settings)


def stop_after(seconds):
    """A callback that ends the training; the clock starts after the first step, which includes compilation."""
    started = []

    def stop(run):
        started.append(time.process_time())
        run.interrupted = started[-1] - started[0] >= seconds

    return stop


if __name__ == "__main__":
    main()
