"""Class scores (logits) of EfficientNet-Lite0 and SqueezeNet v1.0 by an implementation that shares no code with ours.

network_scores.npz holds them, and for the noise the channel means of Lite0's first and last feature map. They were
computed once, by code that was not kept; SqueezeNet's from the weights in compressed_SqueezeNet.net and the input that
these are for (BGR, 0 to 255, minus 104, 117 and 123). For Lite0, make_efficientnet_lite0.py is a second independent
computation, which can be repeated.
"""

from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

SCORES = Path(__file__).with_name("network_scores.npz")


def images():
    """dict name -> (N, H, W, 3) uint8: noise, and skimage's cat at the sizes that the two networks are trained for."""
    cat = Image.fromarray(skimage.data.chelsea()[:, 75:375]).resize((224, 224), Image.Resampling.BILINEAR)
    return {
        "noise": np.random.RandomState(231).randint(0, 256, (2, 96, 128, 3)).astype(np.uint8),
        "cat_224": np.asarray(cat)[None],
        "cat_227": np.asarray(cat.resize((227, 227), Image.Resampling.BILINEAR))[None],
    }
