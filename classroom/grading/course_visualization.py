"""Two functions of `cs231n.network_visualization`, made of what a submission in the course's layout has instead.

The grader lays this module into the package of such a submission. There a fooling image is done when the network takes
it for the target, and class visualization is a loop of the notebook around `class_visualization_update_step`.
"""

import numpy as np
import tensorflow as tf

from cs231n import net_visualization_tensorflow as handed_in
from cs231n.image_utils import BLACK, WHITE, blur_image, preprocess_image


def make_fooling_image(X, target_y, model, **options):
    """The submission's; `options` are those of `cs231n.network_visualization.make_fooling_image`, which it lacks."""
    return handed_in.make_fooling_image(X, target_y, model)


def create_class_visualization(
    target_y, model, l2_reg=1e-3, learning_rate=25, num_iterations=100, blur_every=10, max_jitter=16, seed=231
):
    """The loop of the course's notebook, with steps by the submission's function."""
    rng = np.random.RandomState(seed)
    X = preprocess_image(255 * rng.rand(1, model.image_size, model.image_size, 3))
    for t in range(num_iterations):
        shift = rng.randint(0, max_jitter, 2) if max_jitter else np.zeros(2, int)
        X = tf.constant(np.roll(X, shift, axis=(1, 2)))
        X = np.asarray(handed_in.class_visualization_update_step(X, model, target_y, l2_reg, learning_rate))
        X = np.clip(np.roll(X, -shift, axis=(1, 2)), BLACK, WHITE).astype(np.float32)
        if t % blur_every == 0:
            X = blur_image(X, sigma=0.5)
    return X
