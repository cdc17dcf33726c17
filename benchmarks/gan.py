"""A training step of a GAN beside PyTorch (same networks, batch, optimiser and alternating updates), and its batches.

    python benchmarks/gan.py

Prints our milliseconds, PyTorch's, and the ratio: medians over rounds in which both run in turn. Targets: at most 0.9
for the fully connected networks, 1.0 for DCGAN. Then it prints the same for our step beside our step under XLA, the
share of a step's time in which its batch of images is made (target below 5 %), and our step beside one in which the
plain leaky ReLU follows the convolutions.
"""

import time
from unittest.mock import patch

import numpy as np
from peer_process import Peer, compare
from tensorflow_setup import tf

from cs231n import gan
from cs231n.data_utils import load_mnist
from cs231n.gan import networks

BATCH, NOISE = 128, 96


def main():
    images = load_mnist((-1, 1))[0][0]
    for kind, torch_networks, rounds in (("vanilla", "fully_connected", 9), ("dcgan", "convolutional", 7)):
        peer = Peer("torch_gan", "Training", torch_networks, images, BATCH, NOISE)
        recipe = gan.RECIPES[kind]
        ours = recipe.discriminator(), recipe.generator(NOISE)
        sizes = [sum(int(np.prod(w.shape)) for w in network.trainable_weights) for network in ours]
        if sizes != peer.call("sizes"):
            raise SystemExit(f"{kind}: the networks differ in size")
        repeats = 20 if kind == "vanilla" else 2
        a, b, ratio = compare(step(kind, images), peer.method("step"), rounds, repeats)
        print(f"{kind:8s} {a:6.1f} ms, PyTorch {b:6.1f} ms, ratio {ratio:.2f}")
        a, b, ratio = compare(step(kind, images), step(kind, images, jit_compile=True), rounds, repeats)
        print(f"{'':8s} {a:6.1f} ms, with XLA {b:5.1f} ms, ratio {ratio:.2f}")
        share = pipeline(images) / a
        print(f"{'':8s} images of a step: {share:.1%} of its time")
    for kind in ("dcgan", "wgan-gp"):
        with patch.object(networks, "fused_leaky_relu", networks.leaky_relu):
            plain = step(kind, images)
        a, b, ratio = compare(step(kind, images), plain, rounds=9, repeats=2)
        print(f"{kind:8s} {a:6.1f} ms, with the plain leaky ReLU {b:6.1f} ms, ratio {ratio:.2f}")


def step(kind, images, jit_compile=False):
    """A function that makes one step as `gan.train` does, including the batch of images."""
    recipe = gan.RECIPES[kind]
    settings = gan.Settings(**{"batch_size": BATCH, "noise_size": NOISE} | recipe.loop)
    D, G = recipe.discriminator(), recipe.generator(NOISE)
    solvers = gan.get_solvers()
    for solver, network in zip(solvers, (D, G), strict=True):
        solver.build(network.trainable_variables)
    players = gan.Players(D, G, *solvers, recipe.discriminator_loss, recipe.generator_loss)
    update = gan.compiled_step(players, G, settings)
    if jit_compile:
        update = tf.function(update.python_function, autograph=False, jit_compile=True)
    batches = gan.Batches(images, settings.batch_size, 1, 231)
    count = iter(range(10**9))

    def run():
        t = next(count)
        return [float(loss) for loss in update(batches[t], np.int32(t))]

    return run


def pipeline(images, steps=2000):
    """Milliseconds to make the batch of a step, including its share of the shuffling before each epoch."""
    batches = gan.Batches(images, BATCH, 1, 231)
    start = time.perf_counter()
    for t in range(steps):
        batches[t]
    return (time.perf_counter() - start) / steps * 1e3


if __name__ == "__main__":
    main()
