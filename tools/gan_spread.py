"""Train the GANs as the notebook does, with several seeds, and print how good they get: mean and spread.

    python -m tools.gan_spread [vanilla] [lsgan] [dcgan] [wgan-gp] [--seeds 3]

Fréchet distance and score are of 2,000 samples of the averaged weights.
"""

import argparse
import os

import numpy as np

from cs231n.notebook import setup

STEPS = {"vanilla": 2000, "lsgan": 2000, "dcgan": 500, "wgan-gp": 300}  # as in GANs.ipynb
FIRST_SEED = 231


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.gan_spread", description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"default all: {', '.join(STEPS)}")
    parser.add_argument("--seeds", type=int, default=3, help="how many trainings of each kind")
    options = parser.parse_args(argv)
    unknown = [kind for kind in options.kinds if kind not in STEPS]
    if unknown:
        parser.error(f"no GAN is called {unknown[0]!r}; there are: {', '.join(STEPS)}")
    os.environ["TQDM_DISABLE"] = "1"
    setup()
    from cs231n.gan import generate, train_gan
    from cs231n.gan_quality import Judge

    judge = Judge()
    for kind in options.kinds or STEPS:
        found = []
        for seed in range(FIRST_SEED, FIRST_SEED + options.seeds):
            trained = train_gan(kind, STEPS[kind], ema_decay=0.99, seed=seed)
            found.append(judge(generate(trained.averaged, 2000)))
            print(f"{kind}, seed {seed}: distance {found[-1].distance:.1f}, score {found[-1].score:.2f}", flush=True)
        print(f"{kind}, {STEPS[kind]} steps: {summary(found)}", flush=True)


def summary(qualities):
    """Mean and standard deviation of distance and score, and the fewest digits covered."""
    distances, scores = ([getattr(quality, name) for quality in qualities] for name in ("distance", "score"))
    return (
        f"distance {np.mean(distances):.1f} (sd {np.std(distances):.1f}), score {np.mean(scores):.2f} "
        f"(sd {np.std(scores):.2f}), digits at least {min(quality.digits for quality in qualities)}"
    )


if __name__ == "__main__":
    main()
