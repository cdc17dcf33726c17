"""Generators that `make train-gans` trained to the end, one for each kind of GAN, with the log of their training."""

import json
from pathlib import Path

import numpy as np

from cs231n.files import atomic_write
from cs231n.gan.recipes import RECIPES
from cs231n.untrusted_files import read_npz, untrusted_file

FOLDER = Path(__file__).parent / "trained_generators"


def load_trained_generator(kind):
    """Load the averaged generator of a long training: noise (N, 96) -> (N, 784) images in [-1, 1].

    Args:
        kind: "vanilla", "lsgan", "dcgan" or "wgan-gp".

    Returns:
        A `keras.Model` with weights quantized to 8 bits; `training_log` says how much quality that costs.

    Raises:
        ValueError: if there is no generator of this kind, or if its file is damaged.
    """
    generator = RECIPES[_checked_kind(kind)].generator()
    load_weights(generator, FOLDER / f"{kind}.npz")
    return generator


def training_log(kind):
    """The log of a long training.

    Args:
        kind: "vanilla", "lsgan", "dcgan" or "wgan-gp".

    Returns:
        dict: "seed", "steps"; "rows", a list of dicts with "step", "raw" and "averaged" (Fréchet distance of 2,000
        samples with the last and with the averaged weights), "score"; "quality" and "quality of 8 bits", each a
        `Quality` of 10,000 samples as a dict.

    Raises:
        ValueError: if there is no generator of this kind.
    """
    return json.loads((FOLDER / f"{_checked_kind(kind)}.json").read_text(encoding="utf-8"))


def _checked_kind(kind):
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
