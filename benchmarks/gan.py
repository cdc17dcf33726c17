"""A training step of a GAN beside PyTorch (same networks, batch, optimiser and alternating updates), and its batches.

    python benchmarks/gan.py

Prints our milliseconds, PyTorch's, and the ratio: medians over rounds in which both run in turn. Targets: at most 0.9
for the fully connected networks, 1.0 for DCGAN. Then it prints the same for our step beside our step under XLA, the
share of a step's time in which its batch of images is made (target below 5 %), and our step beside one in which the
plain leaky ReLU follows the convolutions.
"""

import os
import time
from unittest.mock import patch

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf
import torch
from torch import nn
from torch_peer import THREADS, compare

from cs231n import gan
from cs231n.data_utils import load_mnist
from cs231n.gan import networks

tf.config.threading.set_intra_op_parallelism_threads(THREADS)
torch.set_num_threads(THREADS)

BATCH, NOISE = 128, 96


def main():
    images = load_mnist((-1, 1))[0][0]
    for kind, torch_networks, rounds in (("vanilla", fully_connected, 9), ("dcgan", convolutional, 7)):
        D, G = torch_networks()
        recipe = gan.RECIPES[kind]
        for ours, peer in ((recipe.discriminator(), D), (recipe.generator(NOISE), G)):
            trained = sum(int(np.prod(w.shape)) for w in ours.trainable_weights)
            if trained != sum(p.numel() for p in peer.parameters()):
                raise SystemExit(f"{kind}: the networks differ in size")
        repeats = 20 if kind == "vanilla" else 2
        a, b, ratio = compare(step(kind, images), torch_step(D, G, images), rounds, repeats)
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


def fully_connected():
    leaky = nn.LeakyReLU(0.01)
    D = nn.Sequential(nn.Linear(784, 256), leaky, nn.Linear(256, 256), leaky, nn.Linear(256, 1))
    G = nn.Sequential(
        nn.Linear(NOISE, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 784), nn.Tanh()
    )
    return D, G


def convolutional():
    leaky = nn.LeakyReLU(0.01)
    D = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        *(nn.Conv2d(1, 32, 5), leaky, nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), leaky, nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1024, 1024), leaky, nn.Linear(1024, 1)),
    )
    G = nn.Sequential(
        *(nn.Linear(NOISE, 1024), nn.ReLU(), nn.BatchNorm1d(1024)),
        *(nn.Linear(1024, 6272), nn.ReLU(), nn.BatchNorm1d(6272), nn.Unflatten(1, (128, 7, 7))),
        *(nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.ReLU(), nn.BatchNorm2d(64)),
        *(nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(), nn.Flatten()),
    )
    return D, G


def torch_step(D, G, images):
    """The course's loop in PyTorch: D learns from real and generated images, then G from the updated D."""
    images = torch.tensor(images)
    D_solver, G_solver = (torch.optim.Adam(network.parameters(), 1e-3, (0.5, 0.999)) for network in (D, G))
    softplus = nn.functional.softplus

    def run():
        real = images[torch.randint(len(images), (BATCH,))]
        fake = G(2 * torch.rand(BATCH, NOISE) - 1)
        D_solver.zero_grad()
        D_loss = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
        D_loss.backward()
        D_solver.step()
        G_solver.zero_grad()
        D.requires_grad_(False)  # else PyTorch would compute gradients of D that nothing uses
        G_loss = softplus(-D(fake)).mean()
        G_loss.backward()
        D.requires_grad_(True)
        G_solver.step()
        return D_loss.item(), G_loss.item()

    return run


if __name__ == "__main__":
    main()
