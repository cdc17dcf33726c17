"""Generators that `make train-gans` trained to the end, one for each kind of GAN, with the log of their training."""

import json
from pathlib import Path

import numpy as np

from cs231n.files import atomic_write
from cs231n.untrusted_files import read_npz, untrusted_file

FOLDER = Path(__file__).parent


def load_trained_generator(kind):
    """The averaged generator of a long training; noise (N, 96) -> (N, 784) images in [-1, 1].

    Args:
        kind: "vanilla", "lsgan", "dcgan" or "wgan-gp".

    Returns:
        A `keras.Model`, its weights as 8 bits keep them; what they cost is in `training_log`.

    Raises:
        ValueError: an unknown kind, or its file is damaged.
    """
    from cs231n.gan import RECIPES

    generator = RECIPES[_known(kind)].generator()
    load_weights(generator, FOLDER / f"{kind}.npz")
    return generator


def training_log(kind):
    """What is known of a long training.

    Returns:
        dict: "seed", "steps"; "rows", a list of dicts with "step", "raw" and "averaged" (Fréchet distance
        of 2,000 samples), "score"; "quality" and "quality of 8 bits", dicts with the names of `gan_quality.Quality`,
        of 10,000 samples.
    """
    return json.loads((FOLDER / f"{_known(kind)}.json").read_text(encoding="utf-8"))


def _known(kind):
    kinds = sorted(path.stem for path in FOLDER.glob("*.npz"))
    if kind not in kinds:
        raise ValueError(f"no trained GAN is called {kind!r}; there are: {', '.join(kinds)}")
    return kind


def save_weights(model, path):
    """Write a model's weights with 8 bits each, or nothing.

    A matrix or kernel is cut to 255 levels, evenly apart, from -max to max of each of its last axis; vectors stay in
    float32.
    """
    stored = {}
    for k, weight in enumerate(model.get_weights()):
        if weight.ndim > 1:
            scale = np.abs(weight).max(axis=tuple(range(weight.ndim - 1))) / 127
            stored[f"{k:02d}.scale"] = scale
            weight = np.rint(weight / np.where(scale > 0, scale, 1)).astype(np.int8)
        stored[f"{k:02d}"] = weight
    with atomic_write(path) as file:
        np.savez_compressed(file, **stored)


def load_weights(model, path):
    """Set a model's weights to those in a file of `save_weights`.

    Raises:
        ValueError: if the file is damaged, or holds the weights of another model.
    """
    with untrusted_file(path, "weights of this network", "git checkout restores it"):
        stored = read_npz(path)
        weights = [stored[f"{k:02d}"] for k in range(len(model.weights))]
        model.set_weights([w * stored.get(f"{k:02d}.scale", np.float32(1)) for k, w in enumerate(weights)])
