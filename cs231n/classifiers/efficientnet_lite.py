"""EfficientNet-Lite0: 4.6 million weights, 75 % top-1 on ImageNet (Tan and Le 2019, arXiv:1905.11946).

The Lite variant has neither squeeze-and-excitation nor swish; every activation is ReLU6, min(max(x, 0), 6).

    image -> stem -> 16 blocks -> head -> mean over positions -> 1000 scores
    block:   1x1 convolution to 6 times the channels -> depthwise convolution -> 1x1 convolution to few channels

At inference, BatchNorm is one multiplication and one addition per channel. When the weights are read, both are folded
into the convolution before them. So this network has no BatchNorm, and is for inference only.
"""

from pathlib import Path

import keras
import numpy as np
from keras.layers import Conv2D, Dense, DepthwiseConv2D, GlobalAveragePooling2D

from cs231n.classifiers.image_classifier import ImageClassifier, built
from cs231n.classifiers.weight_files import TENSOR_FILES, checked_array, read_tensors
from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD
from cs231n.keras_defaults import keras_defaults

# One row per stage: blocks, kernel size, stride of the first block, expansion, channels out.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM, _HEAD = 32, 1280  # channels
_BATCHNORM_EPSILON = 1e-3


class Block(keras.layers.Layer):
    """Inverted residual block: more channels, a filter for each of them, fewer channels; plus the input if it fits."""

    def __init__(self, channels_in, channels_out, kernel_size, stride, expansion, name):
        super().__init__(name=name)
        wide = channels_in * expansion
        self.expand = None
        if expansion > 1:
            self.expand = built(Conv2D(wide, 1, activation="relu6", name=f"{name}.expand"), channels_in)
        depthwise = DepthwiseConv2D(kernel_size, stride, padding="same", activation="relu6", name=f"{name}.depthwise")
        self.depthwise = built(depthwise, wide)
        self.project = built(Conv2D(channels_out, 1, name=f"{name}.project"), wide)
        self.has_shortcut = stride == 1 and channels_in == channels_out

    def call(self, x):
        """Returns (expanded map after ReLU6, output of the block); without expansion the first is the input."""
        expanded = self.expand(x) if self.expand else x
        out = self.project(self.depthwise(expanded))
        return expanded, x + out if self.has_shortcut else out


class EfficientNetLite0(ImageClassifier):
    """EfficientNet-Lite0 for images as `preprocess_image` makes them, of any height and width.

    `model(x)` takes (N, H, W, 3) floats and returns (N, 1000) float32 scores. The weights are random until
    `load_weights` is called.
    """

    stride = 32

    def __init__(self):
        with keras_defaults():
            super().__init__(num_classes=1000, image_size=224)
            self.stem = built(Conv2D(_STEM, 3, 2, padding="same", activation="relu6", name="stem"), 3)
            self.blocks = []
            channels = _STEM
            for count, kernel_size, first_stride, expansion, channels_out in _STAGES:
                for stride in [first_stride] + [1] * (count - 1):
                    name = f"block{len(self.blocks)}"
                    self.blocks.append(Block(channels, channels_out, kernel_size, stride, expansion, name))
                    channels = channels_out
            self.head = built(Conv2D(_HEAD, 1, activation="relu6", name="head"), channels)
            self.pool = GlobalAveragePooling2D(name="pool")
            self.classifier = built(Dense(self.num_classes, name="classifier"), _HEAD)

    def call(self, images):
        *_, head = self._maps(images)[0]
        return self.classifier(self.pool(head))

    def extract_features(self, images):
        """List of 17 feature maps after ReLU6, from shallow to deep, each (N, height, width, channels) float32.

        Map 0 is the output of the stem, map k (1..15) that of the first convolution in block k. Map 16 is the head:
        1280 channels, whose means over the positions go into the classifier. Height and width are those of the images
        divided by 2 (maps 0, 1), 4 (2, 3), 8 (4, 5), 16 (6 to 11) or 32 (12 to 16), rounded up. Inside a `tf.function`,
        only those maps are computed that are used.
        """
        return self._maps(self.checked_images(images))[0]

    def block_outputs(self, images):
        """List of the outputs of the 16 blocks, from shallow to deep: no activation, 16 to 320 channels."""
        return self._maps(self.checked_images(images))[1]

    def _maps(self, images):
        # To (rgb - 127) / 128 with rgb in 0..255, the units of the weights. This must come before the stem, because
        # the zeros of the stem's padding are mid-grey in these units.
        rgb = 255 * (images * SQUEEZENET_STD + SQUEEZENET_MEAN)
        x = self.stem((rgb - 127) / 128)
        features, outputs = [x], []
        for block in self.blocks:
            expanded, x = block(x)
            if block.expand:
                features.append(expanded)
            outputs.append(x)
        return [*features, self.head(x)], outputs

    def load_weights(self, path):
        """Read weights from the PyTorch package's `.pth` file, its tensors in another, or a file of `save_weights`.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is damaged, or made for another network; says what is missing or of the wrong shape.
        """
        if Path(path).suffix not in TENSOR_FILES:
            return super().load_weights(path)
        arrays = read_tensors(path)
        weights = []
        for name, layer in self.named_layers().items():
            if layer is self.classifier:
                weights.append(checked_array(arrays, "_fc.weight", (self.num_classes, _HEAD), path).T)
                weights.append(checked_array(arrays, "_fc.bias", (self.num_classes,), path))
            else:
                weights += _folded(arrays, *_torch_names(name), layer, path)
        self.set_weights(weights)

    def named_layers(self):
        """dict from name to layer, in the order of `weights`: "stem", "block0.depthwise", ..., "head", "classifier"."""
        layers = [self.stem]
        for block in self.blocks:
            layers += [block.expand] if block.expand else []
            layers += [block.depthwise, block.project]
        return {layer.name: layer for layer in [*layers, self.head, self.classifier]}


def _torch_names(name):
    """Names in the package's file: of a convolution, and of the BatchNorm behind it."""
    if name == "stem":
        return "_conv_stem", "_bn0"
    if name == "head":
        return "_conv_head", "_bn1"
    block, part = name.split(".")
    prefix = f"_blocks.{block.removeprefix('block')}."
    return f"{prefix}_{part}_conv", prefix + {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]


def _folded(arrays, convolution, batchnorm, layer, path):
    """[kernel, bias] for `layer`, which then computes the file's convolution followed by its BatchNorm."""
    height, width, channels_in, channels_out = layer.kernel.shape
    depthwise = isinstance(layer, DepthwiseConv2D)
    shape = (channels_in, 1, height, width) if depthwise else (channels_out, channels_in, height, width)
    kernel = checked_array(arrays, convolution + ".weight", shape, path)
    gamma, beta, mean, variance = (
        checked_array(arrays, f"{batchnorm}.{name}", shape[:1], path)
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + _BATCHNORM_EPSILON)  # one per output channel
    kernel = kernel * scale[:, None, None, None]
    return [kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0)), beta - mean * scale]
