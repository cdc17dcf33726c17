"""Saliency and a step of class visualization, beside PyTorch: same network, batch, size and optimiser.

    python benchmarks/network_visualization.py

Prints our milliseconds, PyTorch's, and the ratio: medians over rounds in which both run in turn. Target: at most 0.75.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import tensorflow as tf
import torch
from torch_peer import THREADS, EfficientNetLite0, compare

from cs231n.classifiers.pretrained import load_pretrained
from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD
from cs231n.network_visualization import compute_saliency_maps

tf.config.threading.set_intra_op_parallelism_threads(THREADS)
torch.set_num_threads(THREADS)


def main():
    ours, peer = load_pretrained("efficientnet_lite0"), EfficientNetLite0()
    rng = np.random.RandomState(231)
    for size in (160, 224):
        X = rng.standard_normal((8, size, size, 3)).astype(np.float32)
        y = rng.randint(0, 1000, 8).astype(np.int32)
        difference = np.abs(ours(X).numpy() - peer(torch.tensor(X.transpose(0, 3, 1, 2))).numpy()).max()
        print(f"8 images of {size} px; logits agree to {difference:.1e}")
        show("saliency", saliency(ours, X, y), torch_saliency(peer, X, y))
        show("class visualization step", ascent(ours, X, y), torch_ascent(peer, X, y))
        print()


def show(name, ours, peer):
    a, b, ratio = compare(ours, peer)
    print(f"  {name:26s} {a:6.0f} ms, PyTorch {b:6.0f} ms, ratio {ratio:.2f}")


def saliency(model, X, y):
    return lambda: compute_saliency_maps(X, y, model)


def torch_saliency(model, X, y):
    images, classes = torch.tensor(X.transpose(0, 3, 1, 2)), torch.tensor(y, dtype=torch.int64)

    def run():
        x = images.clone().requires_grad_()
        model(x).gather(1, classes[:, None]).sum().backward()
        return x.grad.abs().amax(1).numpy()

    return run


def ascent(model, X, y):
    """A step of Adam on plain pixels: the part of `render_classes` that is the same in both libraries."""
    pixels = tf.Variable(X)
    optimizer = tf.keras.optimizers.Adam(0.01)
    optimizer.build([pixels])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            scores = model((tf.sigmoid(pixels) - SQUEEZENET_MEAN) / SQUEEZENET_STD)
            loss = -tf.reduce_sum(tf.gather(scores, y, axis=1, batch_dims=1))
        optimizer.apply_gradients([(tape.gradient(loss, pixels), pixels)])

    return step


def torch_ascent(model, X, y):
    pixels = torch.tensor(X.transpose(0, 3, 1, 2)).requires_grad_()
    optimizer = torch.optim.Adam([pixels], 0.01)
    mean, std = (torch.tensor(v)[:, None, None] for v in (SQUEEZENET_MEAN, SQUEEZENET_STD))
    classes = torch.tensor(y, dtype=torch.int64)

    def step():
        loss = -model((torch.sigmoid(pixels) - mean) / std).gather(1, classes[:, None]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


if __name__ == "__main__":
    main()
