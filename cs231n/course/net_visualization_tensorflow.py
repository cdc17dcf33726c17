"""The course's module of the NetworkVisualization notebook: a single step of class visualization, and its helpers."""

import numpy as np
import tensorflow as tf

from cs231n.image_utils import blur_image
from cs231n.network_visualization import compute_saliency_maps, make_fooling_image, score_gradient

__all__ = ["blur_image", "class_visualization_update_step", "compute_saliency_maps", "jitter", "make_fooling_image"]


def class_visualization_update_step(X, model, target_y, l2_reg, learning_rate):
    """X after a step of length `learning_rate` along the gradient of score(X) - l2_reg * |X|^2.

    Args:
        X: (1, H, W, 3) float32 image; model: function from images to class scores; target_y: int, the class.
        l2_reg, learning_rate: as for `network_visualization.create_class_visualization`.

    Returns:
        (1, H, W, 3) float32 tensor.
    """
    X = np.asarray(X, np.float32)
    gradient = score_gradient(model)(X, np.int32([target_y])) - 2 * l2_reg * X
    return tf.constant(X + learning_rate * gradient / max(np.linalg.norm(gradient), 1e-12), tf.float32)


def jitter(X, ox, oy):
    """Images (N, H, W, C) shifted by `ox` pixels to the right and `oy` down; what leaves the picture comes back."""
    return tf.roll(X, [oy, ox], axis=[1, 2])
