"""A step of style transfer beside PyTorch, and Adam beside L-BFGS in equal time.

    python benchmarks/style_transfer.py

A step is the maps of EfficientNet-Lite0 that the preset uses, the three losses, the gradient, Adam and clipping. Prints
our milliseconds, PyTorch's, and the ratio: medians over rounds in which both run in turn. Target: at most 0.6. Then it
prints the total loss that each optimiser reaches in the time of 150 steps of Adam; L-BFGS is SciPy's L-BFGS-B, with and
without bounds on the pixels.
"""

import contextlib
import os
import time

os.environ.setdefault("TQDM_DISABLE", "1")

import numpy as np
import scipy.optimize
from peer_process import Peer, compare
from skimage import data
from tensorflow_setup import tf

from cs231n.classifiers.pretrained import load_pretrained
from cs231n.image_utils import BLACK, WHITE, preprocess_image, resize_image
from cs231n.paintings import facets, swirls
from cs231n.style_transfer import (
    compiled_step,
    content_loss,
    fast_style_loss,
    fast_tv_loss,
    gram_matrix,
    presets,
    style_transfer,
)

RATE = 0.03


def main():
    ours = load_pretrained("efficientnet_lite0")
    for size in (192, 384):
        problem = Problem(ours, data.astronaut()[:384], "swirls", swirls(), size)
        ours_at_work, peer = Ours(problem), Peer("torch_efficientnet", "Style", *problem.in_numpy(), RATE)
        ours_at_work.step(), peer.call("step")
        difference = np.abs(ours_at_work.step() / peer.call("step") - 1).max()
        height, width = problem.start.shape[1:3]
        print(f"{height} x {width} px; after one step the terms of the loss agree to {difference:.1e}")
        mine, other, ratio = compare(ours_at_work.step, peer.method("step"))
        print(f"  style transfer step {mine:6.0f} ms, PyTorch {other:6.0f} ms, ratio {ratio:.2f}")
    for name, style, photograph in (("swirls", swirls(), data.astronaut()[:384]), ("facets", facets(), data.coffee())):
        against_lbfgs(ours, name, style, photograph)


class Problem:
    """The style transfer that both libraries compute: picture at the start, targets of the losses, weights."""

    def __init__(self, model, photograph, name, style, size):
        self.model, self.preset = model, presets(model)[name]
        self.layer, self.layers = self.preset["content_layer"], self.preset["style_layers"]
        self.start = preprocess_image(resize_image(photograph, size))[None]
        self.content = model.extract_features(self.start)[self.layer]
        feats = model.extract_features(preprocess_image(resize_image(style, self.preset["style_size"]))[None])
        self.grams = tuple(gram_matrix(feats[k]) for k in self.layers)
        weights = [self.preset["content_weight"], *self.preset["style_weights"], self.preset["tv_weight"]]
        self.weights = np.array(weights, np.float32)

    def in_numpy(self):
        """What the other process has to know."""
        grams = [gram.numpy() for gram in self.grams]
        return self.start, self.layer, self.layers, self.content.numpy(), grams, self.weights.tolist()


class Ours:
    def __init__(self, problem):
        step = compiled_step(problem.model, problem.start.shape, problem.layer, problem.layers)
        fixed = problem.content, problem.grams, tf.constant(problem.weights)
        self.run = lambda image, moments, rate: step(image, moments, tf.constant(rate), *fixed)
        self.steps = 0
        self.image = tf.constant(problem.start)
        self.moments = tf.zeros_like(self.image), tf.zeros_like(self.image)

    def step(self):
        """Change the image by one step; returns the terms of the loss before the step."""
        self.steps += 1
        rate = RATE * np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)  # Adam's moments start at 0
        self.image, self.moments, losses = self.run(self.image, self.moments, np.float32(rate))
        return losses.numpy()


class TimeIsUp(Exception):
    """Ends SciPy's optimiser, which has no limit of time."""


def against_lbfgs(model, name, style, photograph):
    problem = Problem(model, photograph, name, style, 192)

    def adam(steps):
        return style_transfer(photograph, style, model=model, num_iterations=steps, **problem.preset)[1]

    adam(2)  # compile
    began = time.perf_counter()
    history = adam(150)
    seconds = time.perf_counter() - began
    total = history["content"] + history["style"].sum(axis=1) + history["tv"]
    print(f"{name}, {seconds:.1f} s each, from {total[0]:.0f}: Adam {total[-1]:.0f} after 150 steps")
    low, high = (np.broadcast_to(v, problem.start.shape).ravel() for v in (BLACK, WHITE))
    for words, bounds in (("within bounds", scipy.optimize.Bounds(low, high)), ("without bounds", None)):
        values = lbfgs(problem, bounds, seconds)
        print(f"  L-BFGS {words}: {min(values):.0f} after {len(values)} evaluations")


def lbfgs(problem, bounds, seconds):
    """The losses that SciPy's L-BFGS-B computes in so many seconds."""

    @tf.function
    def value_and_gradient(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            feats = problem.model.extract_features(image)
            loss = content_loss(problem.weights[0], feats[problem.layer], problem.content)
            loss += fast_style_loss(feats, problem.layers, problem.grams, problem.weights[1:-1])
            loss += fast_tv_loss(image, problem.weights[-1])
        return loss, tape.gradient(loss, image)

    value_and_gradient(tf.constant(problem.start))  # compile
    began, values = time.perf_counter(), []

    def function(x):
        if time.perf_counter() - began > seconds:
            raise TimeIsUp
        loss, gradient = value_and_gradient(tf.constant(x.reshape(problem.start.shape), tf.float32))
        values.append(float(loss))
        return values[-1], gradient.numpy().ravel().astype(np.float64)

    start = problem.start.ravel().astype(np.float64)
    with contextlib.suppress(TimeIsUp):
        scipy.optimize.minimize(function, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return values


if __name__ == "__main__":
    main()
