"""Checks of arguments: what passes in silence, and what is refused in one sentence with the value."""

import numpy as np
import pytest

from cs231n.checks import check_images, check_indices, check_not_negative, check_positive, check_whole_number


def test_right_values_pass_in_silence():
    check_whole_number("n", np.int32(3))
    check_whole_number("n", 0, least=0)
    check_whole_number("n", 5, most=5)
    check_positive("x", 1e-300)
    check_not_negative("x", 0)
    check_indices([[0, 4], [2, 2]], 5, "words")
    check_indices(np.zeros((0, 3), int), 5, "words")
    for dtype in (np.float16, np.float32, np.float64):
        check_images(np.zeros((2, 4, 5, 3), dtype), least=4)


@pytest.mark.parametrize(
    "check, message",
    [
        (lambda: check_whole_number("n", 0), "n must be a positive whole number, got 0"),
        (lambda: check_whole_number("n", 2.0), "n must be a positive whole number, got 2.0"),
        (lambda: check_whole_number("n", True), "n must be a positive whole number, got True"),
        (lambda: check_whole_number("n", -1, least=0), "n must be a whole number, 0 or more, got -1"),
        (lambda: check_whole_number("n", 6, 2, 5), "n must be a whole number from 2 to 5, got 6"),
        (lambda: check_positive("x", 0), "x must be positive, got 0"),
        (lambda: check_positive("x", np.nan), "x must be positive, got nan"),
        (lambda: check_positive("x", np.inf), "x must be finite, got inf"),
        (lambda: check_not_negative("x", -0.5), "x must be at least 0, got -0.5"),
        (lambda: check_not_negative("x", np.nan), "x must be at least 0, got nan"),
        (lambda: check_indices([0, -1], 5, "words"), r"words must lie in 0\.\.4, got -1 to 0"),
        (lambda: check_indices([5], 5, "words"), r"words must lie in 0\.\.4, got 5 to 5"),
        (lambda: check_indices([1.0], 5, "words"), "words must be integers, got float64"),
        (
            lambda: check_images(np.zeros((4, 5, 3))),
            r"shape \(N, H, W, 3\), got \(4, 5, 3\); a single image needs X\[None\]",
        ),
        (lambda: check_images(np.zeros((1, 4, 5, 1))), r"shape \(N, H, W, 3\), got \(1, 4, 5, 1\)"),
        (lambda: check_images(np.zeros((1, 4, 5, 3), np.uint8)), "must be floats made by preprocess_image, got uint8"),
        (lambda: check_images(np.zeros((1, 4, 5, 3)), 5), "must have at least 5 pixels a side, got 4 x 5"),
    ],
)
def test_wrong_values_are_refused(check, message):
    with pytest.raises(ValueError, match=message):
        check()


def test_the_same_fault_of_images_has_the_same_message_everywhere():
    import tensorflow as tf

    from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
    from cs231n.network_visualization import compute_saliency_maps
    from cs231n.style_transfer import tv_loss

    model = EfficientNetLite0()
    for image in (np.zeros((40, 40, 3), np.float32), np.zeros((1, 40, 40, 3), np.uint8)):
        messages = set()
        for take in (model, lambda x: compute_saliency_maps(x, [0], model), lambda x: tv_loss(tf.constant(x), 1.0)):
            with pytest.raises(ValueError) as refused:
                take(image)
            messages.add(str(refused.value))
        assert len(messages) == 1
