"""SqueezeNet: the accuracy of AlexNet with 1.2 million weights (Iandola et al. 2016, arXiv:1602.07360).

A fire module squeezes many channels into few by 1x1 convolutions, then expands them by 1x1 and 3x3 ones:

    x -> squeeze (1x1, ReLU) -> [e11 (1x1, ReLU), e33 (3x3, ReLU)] side by side

No layer is fully connected: the last convolution gives one map per class, and its mean is the score.
"""

import re
from pathlib import Path

import keras
import numpy as np
from keras.layers import Conv2D, GlobalAveragePooling2D, MaxPooling2D, ReLU

from cs231n.classifiers.image_classifier import ImageClassifier, built
from cs231n.classifiers.weight_files import checked_array, read_checkpoint, read_deep_compression, read_torch
from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD

# A pair is a fire module: channels after the squeeze, channels of each of the two expansions.
_LAYERS = {
    "1.1": ("conv", "relu", "pool", (16, 64), (16, 64), "pool", (32, 128), (32, 128), "pool")
    + ((48, 192), (48, 192), (64, 256), (64, 256)),
    "1.0": ("conv", "relu", "pool", (16, 64), (16, 64), (32, 128), "pool", (32, 128), (48, 192))
    + ((48, 192), (64, 256), "pool", (64, 256)),
}
_FIRST_CONVOLUTION = {"1.1": (64, 3), "1.0": (96, 7)}  # channels, kernel size
# Where every pooling window fits without rest, so that rounding up or down makes no difference.
_IMAGE_SIZE = {"1.1": 224, "1.0": 227}
_SMALLEST = {"1.1": 31, "1.0": 35}  # the last pooling then sees 3 x 3

_CAFFE_MEAN = np.float32([104, 117, 123])  # blue, green, red


class Fire(keras.layers.Layer):
    """(N, H, W, C) -> (N, H, W, 2 * expand): squeeze to few channels, then expand by 1x1 beside 3x3."""

    def __init__(self, channels_in, squeeze, expand, name):
        super().__init__(name=name)
        self.squeeze = built(Conv2D(squeeze, 1, activation="relu", name=f"{name}.squeeze"), channels_in)
        self.e11 = built(Conv2D(expand, 1, activation="relu", name=f"{name}.expand1x1"), squeeze)
        self.e33 = built(Conv2D(expand, 3, padding="same", activation="relu", name=f"{name}.expand3x3"), squeeze)

    def call(self, x):
        squeezed = self.squeeze(x)
        return keras.ops.concatenate([self.e11(squeezed), self.e33(squeezed)], axis=-1)


class SqueezeNet(ImageClassifier):
    """SqueezeNet for images as `preprocess_image` makes them.

    `model(x)`: (N, H, W, 3) float -> (N, num_classes) float32 scores. Until `load_weights` the weights are random.

    Args:
        num_classes: scores to give.
        version: "1.1" (the course's; 2.4 times fewer operations) or "1.0" (the paper's).
    """

    stride = 16

    def __init__(self, num_classes=1000, version="1.1"):
        if version not in _LAYERS:
            raise ValueError(f"SqueezeNet has the versions 1.0 and 1.1, not {version!r}")
        super().__init__(num_classes, _IMAGE_SIZE[version], _SMALLEST[version])
        self.version = version
        channels, size = _FIRST_CONVOLUTION[version]
        self.features = []
        for k, kind in enumerate(_LAYERS[version]):
            name = f"features.{k}"  # torchvision's names
            if kind == "conv":
                self.features.append(built(Conv2D(channels, size, strides=2, name=name), 3))
            elif kind == "relu":
                self.features.append(ReLU(name=name))
            elif kind == "pool":
                self.features.append(MaxPooling2D(3, strides=2, name=name))
            else:
                squeeze, expand = kind
                self.features.append(Fire(channels, squeeze, expand, name))
                channels = 2 * expand
        # The ReLU is the authors': a class without evidence scores 0, never less.
        self.classifier = built(Conv2D(num_classes, 1, activation="relu", name="classifier.1"), channels)
        self.pool = GlobalAveragePooling2D(name="pool")

    def call(self, images):
        return self.pool(self.classifier(self._maps(images)[-1]))

    def extract_features(self, images):
        """The 13 feature maps, from shallow to deep, each (N, height, width, channels) float32.

        v1.1, with the course's numbers: 0 convolution, 1 its ReLU, 2 pool, 3 and 4 fire, 5 pool, 6 and 7 fire,
        8 pool, 9 to 12 fire. v1.0: 6 and 11 are the second and third pool instead, 3 to 5, 7 to 10 and 12 fire.
        (The course's TensorFlow 2 edition has no map of its own for the ReLU: add one to its numbers.)
        """
        return self._maps(self.checked_images(images))

    def load_weights(self, path):
        """Read weights in any form they are handed around in; the model takes the same images with each.

        Args:
            path: a checkpoint of the course, TensorFlow 1 or 2 (what the names of its `.index` and `.data-...`
                begin with); torchvision's `.pth`; Deep Compression's `.net` (v1.0); what `save_weights` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is damaged, or made for another network; says what is missing or of the wrong shape.
        """
        path = Path(path)
        if path.suffix in (".npz", ".h5"):
            return super().load_weights(path)
        if path.suffix == ".pth":
            arrays, names = _keras_layout(read_torch(path)), self._torchvision_names()
        elif path.suffix == ".net":
            arrays, names = _keras_layout(self._read_caffe(path)), self._torchvision_names()
        else:
            arrays = read_checkpoint(path)
            of_objects = any("layer_with_weights" in name for name in arrays)
            names = self._tf2_names(arrays) if of_objects else self._tf1_names()
        weights = []
        for name, convolution in self.named_layers().items():
            for key, variable in zip(names[name], (convolution.kernel, convolution.bias), strict=True):
                weights.append(checked_array(arrays, key, variable.shape, path))
        self.set_weights(weights)

    def named_layers(self):
        """dict name -> convolution, in the order of `weights`; the names are torchvision's."""
        convolutions = []
        for layer in self.features:
            if isinstance(layer, Fire):
                convolutions += [layer.squeeze, layer.e11, layer.e33]
            elif layer.weights:
                convolutions.append(layer)
        return {layer.name: layer for layer in [*convolutions, self.classifier]}

    # Each of these: name of a convolution -> names of its kernel and bias in the file.

    def _torchvision_names(self):
        return {name: (f"{name}.weight", f"{name}.bias") for name in self.named_layers()}

    def _tf1_names(self):
        names = {}
        for name in self.named_layers():
            part, k, *of_fire = name.replace("expand1x1", "e11").replace("expand3x3", "e33").split(".")
            scope = "/".join([part, f"layer{k}", *(["fire", *of_fire] if of_fire else [])])
            names[name] = (f"{scope}/weights", f"{scope}/bias")
        return names

    def _tf2_names(self, arrays):
        """Layers are numbered in this file; within a fire module, the shape tells which convolution it is."""
        scopes = {}  # (number of the layer, shape of the kernel) -> where it is
        for key, array in arrays.items():
            match = re.fullmatch(r"(.*\blayer_with_weights-(\d+)/.*)kernel/\.ATTRIBUTES/VARIABLE_VALUE", key)
            if match:
                scopes[int(match[2]), array.shape] = match[1]
        names, numbers = {}, {}
        for name, convolution in self.named_layers().items():
            layer = ".".join(name.split(".")[:2])
            number, shape = numbers.setdefault(layer, len(numbers)), convolution.kernel.shape
            scope = scopes.get((number, shape), f"layer_with_weights-{number} with {shape} ")
            names[name] = tuple(f"{scope}{part}/.ATTRIBUTES/VARIABLE_VALUE" for part in ("kernel", "bias"))
        return names

    def _read_caffe(self, path):
        """The weights of a `.net` file, changed so that they take images as `preprocess_image` makes them.

        They were trained on blue, green, red in 0..255 minus a mean. The first convolution pads nothing, so
        the change of units can move into its kernel and bias exactly.
        """
        shapes = {
            name: tuple(convolution.kernel.shape[axis] for axis in (3, 2, 0, 1))
            for name, convolution in self.named_layers().items()
        }
        arrays = read_deep_compression(path, shapes)
        kernel = arrays["features.0.weight"][:, ::-1]  # to red, green, blue
        shift = 255 * SQUEEZENET_MEAN - _CAFFE_MEAN[::-1]  # what is left of the two means
        arrays["features.0.bias"] = arrays["features.0.bias"] + np.einsum("ocij,c->o", kernel, shift)
        arrays["features.0.weight"] = kernel * (255 * SQUEEZENET_STD)[:, None, None]
        return arrays

    def _maps(self, x):
        maps = []
        for layer in self.features:
            x = layer(x)
            maps.append(x)
        return maps


def _keras_layout(arrays):
    """Kernels from (out, in, height, width) to (height, width, in, out); everything else as it is."""
    return {name: a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for name, a in arrays.items()}
