"""Saliency and a step of class visualization, beside PyTorch: same network, batch, size and optimiser.

    python benchmarks/network_visualization.py

Prints our milliseconds, PyTorch's, and the ratio: medians over rounds in which both run in turn. Target: at most 0.75.
"""

import numpy as np
from peer_process import Peer, compare
from tensorflow_setup import tf

from cs231n.classifiers.pretrained import load_pretrained
from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD
from cs231n.network_visualization import compute_saliency_maps


def main():
    ours = load_pretrained("efficientnet_lite0")
    rng = np.random.RandomState(231)
    for size in (160, 224):
        X = rng.standard_normal((8, size, size, 3)).astype(np.float32)
        y = rng.randint(0, 1000, 8).astype(np.int32)
        peer = Peer("torch_efficientnet", "Scores", X, y)
        difference = np.abs(ours(X).numpy() - peer.call("scores")).max()
        print(f"8 images of {size} px; logits agree to {difference:.1e}")
        show("saliency", saliency(ours, X, y), peer.method("saliency"))
        show("class visualization step", ascent(ours, X, y), peer.method("ascent"))
        print()


def show(name, ours, peer):
    a, b, ratio = compare(ours, peer)
    print(f"  {name:26s} {a:6.0f} ms, PyTorch {b:6.0f} ms, ratio {ratio:.2f}")


def saliency(model, X, y):
    return lambda: compute_saliency_maps(X, y, model)


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


if __name__ == "__main__":
    main()
