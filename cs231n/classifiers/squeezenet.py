"""SqueezeNet: the accuracy of AlexNet with 1.2 million weights (Iandola et al. 2016, arXiv:1602.07360).

A fire module squeezes many channels into few by 1x1 convolutions, then expands them by 1x1 and 3x3 ones:

    x -> squeeze (1x1, ReLU) -> [e11 (1x1, ReLU), e33 (3x3, ReLU)] side by side

No layer is fully connected: the last convolution gives one map per class, and its mean is the score.
"""

import functools
from pathlib import Path

import keras
from keras.layers import Conv2D, GlobalAveragePooling2D, MaxPooling2D, ReLU

from cs231n.classifiers.image_classifier import ImageClassifier, built
from cs231n.classifiers.squeezenet_files import read_squeezenet
from cs231n.keras_defaults import keras_defaults

# A pair is a fire module: channels after the squeeze, channels of each of the two expansions.
_LAYERS = {
    "1.1": ("conv", "relu", "pool", (16, 64), (16, 64), "pool", (32, 128), (32, 128), "pool")
    + ((48, 192), (48, 192), (64, 256), (64, 256)),
    "1.0": ("conv", "relu", "pool", (16, 64), (16, 64), (32, 128), "pool", (32, 128), (48, 192))
    + ((48, 192), (64, 256), "pool", (64, 256)),
}
_FIRST_CONVOLUTION = {"1.1": (64, 3), "1.0": (96, 7)}  # channels, kernel size
# At these sizes pooling windows fit exactly, so rounding their number up or down makes no difference.
_IMAGE_SIZE = {"1.1": 224, "1.0": 227}
_SMALLEST = {"1.1": 31, "1.0": 35}  # the last pooling then sees 3 x 3


class Fire(keras.layers.Layer):
    """(N, H, W, C) -> (N, H, W, 2 * expand): squeeze to few channels, then expand by 1x1 and by 3x3 side by side."""

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
        num_classes: number of scores.
        version: "1.0", the network of the paper; or "1.1", the course's, which is as good and needs 2.4 times fewer
            operations.
    """

    stride = 16

    def __init__(self, num_classes=1000, version="1.1"):
        if version not in _LAYERS:
            raise ValueError(f"SqueezeNet has the versions 1.0 and 1.1, not {version!r}")
        with keras_defaults():
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
            # The ReLU is the authors': a class without evidence scores 0, never less than 0.
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

    @functools.cached_property
    def net(self):
        """The whole network as a `keras.Sequential`, with the layers of the course's TensorFlow 2 edition.

        There the first convolution and its ReLU are one layer, so all but the last two layers give 12 maps.
        """
        first = keras.Sequential(self.features[:2], name="features.0+1")
        return keras.Sequential([first, *self.features[2:], self.classifier, self.pool])

    def load_weights(self, path):
        """Read published weights in any of their formats; the model takes the same images with each.

        Args:
            path: checkpoint of the course, TensorFlow 1 or 2 (named by what its `.index` and `.data-...` files begin
                with, or by one of them); torchvision's tensors in `.pth`, `.pt` or `.safetensors`; Deep Compression's
                `.net` (v1.0); or a file that `save_weights` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is damaged, or made for another network; says what is missing or of the wrong shape.
        """
        if Path(path).suffix in (".npz", ".h5"):
            return super().load_weights(path)
        shapes = {name: tuple(convolution.kernel.shape) for name, convolution in self.named_layers().items()}
        self.set_weights(read_squeezenet(path, shapes))

    def named_layers(self):
        """dict name -> convolution, in the order of `weights`; the names are torchvision's."""
        convolutions = []
        for layer in self.features:
            if isinstance(layer, Fire):
                convolutions += [layer.squeeze, layer.e11, layer.e33]
            elif layer.weights:
                convolutions.append(layer)
        return {layer.name: layer for layer in [*convolutions, self.classifier]}

    def _maps(self, x):
        maps = []
        for layer in self.features:
            x = layer(x)
            maps.append(x)
        return maps
