"""The course's module of the StyleTransfer notebook: its losses, and feature maps with its numbers."""

from cs231n.gradient_check import rel_error
from cs231n.style_transfer import content_loss, gram_matrix, style_loss, tv_loss

__all__ = ["content_loss", "extract_features", "gram_matrix", "rel_error", "style_loss", "tv_loss"]


def extract_features(x, cnn):
    """The 12 feature maps of a SqueezeNet, with the course's numbers.

    Args:
        x: (N, H, W, 3) float images, as `preprocess_image` makes them; cnn: a SqueezeNet.

    Returns:
        list of (N, h, w, C) float32 tensors: those of `cnn.extract_features(x)`, but for the first, which is a
        convolution before its ReLU.
    """
    return cnn.extract_features(x)[1:]
