"""Make a data set for the captioning notebooks from a folder of pictures with captions.

    python -m cs231n.own_captions holiday
    python -m cs231n.own_captions holiday -o holiday-captions --scheduler tcp://127.0.0.1:8786

The folder holds pictures and either captions.json, {"garden.jpg": ["a cat under a tree", "a cat in the garden"]}, or
captions.csv with the columns name and caption, a row for each caption. Every tenth picture goes into the validation
split. If a run is stopped, the next run continues where it stopped.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm import tqdm

from cs231n.coco_utils import check_replaceable, write_coco_data
from cs231n.command_line import argument_parser, command_line
from cs231n.data_sets import data_dir
from cs231n.files import atomic_write, file_lock, oserror_message, user_path
from cs231n.image_utils import photograph
from cs231n.scenes.drawing import PICTURE_SIZE
from cs231n.scenes.features import GRID_REDUCTION_FILE, efficientnet_outputs, load_reduction, worker_outputs
from cs231n.untrusted_files import read_npz, untrusted_file

_PIECE = 200  # pictures in a part; if a run is stopped, the next one has to repeat the unfinished parts only
_NUM_NAMED = 20  # broken pictures that are named on the screen; the others are only counted
_VAL_EVERY = 10  # every tenth picture is for validation


def make_own_captions(folder, output=None, scheduler=None, describe=None):
    """Make a data set in COCO's format from a folder of pictures; print which pictures are left out, and the result.

    The features of a picture, and of the cells of its grid, are those of its central square, computed with the network
    and the reductions of the drawn scenes.

    Args:
        folder: path of a folder with pictures and captions.json or captions.csv.
        output: path of the folder to write; None for `own` among the data sets.
        scheduler: address of a Dask scheduler, whose workers describe the pictures; None for this machine alone.
        describe: function from pictures to outputs of layers, such as `scenes.features.efficientnet_outputs` returns,
            which None stands for.

    Returns:
        dict from the name of each picture that was left out to the reason.

    Raises:
        FileNotFoundError: if there are no captions, scenes or weights; the message says how to get them.
        ValueError: if the captions cannot be understood, if fewer than two pictures can be read, or if `output` holds
            other files.
        RuntimeError: if the cluster does not answer.
    """
    folder = user_path(folder)
    output = data_dir() / "own" if output is None else user_path(output)
    captions = read_captions(folder)
    check_replaceable(output)
    reductions = load_reduction(), load_reduction(name=GRID_REDUCTION_FILE)
    pieces = output.with_name(f".{output.name}.pieces")
    with file_lock(output.with_name(f".{output.name}.lock"), lambda: print("another run is at it, waiting ...")):
        pieces.mkdir(exist_ok=True)
        executor = _cluster(scheduler) if scheduler else _this_machine(describe)
        features, broken = _features(folder, sorted(captions), reductions, pieces, executor)
        _write(folder, output, captions, features, broken)
        shutil.rmtree(pieces)
    return broken


def _write(folder, output, captions, features, broken):
    """Write the data set, and print what it holds and lacks."""
    for reason in list(broken.values())[:_NUM_NAMED]:
        print(f"left out: {reason}")
    if len(broken) > _NUM_NAMED:
        print(f"left out: {len(broken) - _NUM_NAMED:,} more")
    names = sorted(features)
    if len(names) < 2:
        raise ValueError(f"a data set needs two pictures that can be read, got {len(names)} of {len(captions)}")
    splits = {"train": [name for k, name in enumerate(names) if k % _VAL_EVERY], "val": names[::_VAL_EVERY]}
    write_coco_data(
        output,
        captions={split: [captions[name] for name in chosen] for split, chosen in splits.items()},
        features={split: np.stack([features[name][0] for name in chosen]) for split, chosen in splits.items()},
        urls={split: [str((folder / name).resolve()) for name in chosen] for split, chosen in splits.items()},
        grids={split: np.stack([features[name][1] for name in chosen]) for split, chosen in splits.items()},
    )
    counts = ", ".join(f"{len(chosen):,} for {split}" for split, chosen in splits.items())
    print(f"{output}: {len(names):,} pictures ({counts}), {len(broken):,} left out")


# ---------------------------------------------------------------- captions


def read_captions(folder):
    """The captions in a folder's captions.json or captions.csv, as a dict from name to a list of str.

    A table may be in UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs between its columns.

    Raises:
        FileNotFoundError: if the folder has neither file.
        ValueError: if the file cannot be understood, or if an entry has no name or no caption.
    """
    folder = user_path(folder)
    readers = {"captions.json": _read_json, "captions.csv": _read_table}
    path = next((folder / name for name in readers if (folder / name).exists()), None)
    if path is None:
        what = "neither captions.json nor captions.csv" if folder.is_dir() else "no such folder"
        raise FileNotFoundError(f"{folder}: {what}; python -m cs231n.own_captions --help shows the two formats")
    entries = readers[path.name](path, _text(path))
    captions = {}
    for place, name, caption in entries:
        for what, text in (("name", name), ("caption", caption)):
            if not isinstance(text, str) or not any(letter.isalnum() for letter in text):
                raise ValueError(f"{path}: {place} has no {what}, got {text!r}")
        captions.setdefault(name.strip(), []).append(caption)
    if not captions:
        raise ValueError(f"{path} has no captions")
    return captions


def _text(path):
    """The text of a file in UTF-8 or UTF-16, with or without the mark that editors put first, or Windows-1252."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    elif b"\0" in content[:2]:  # one of the two bytes of the first letter, which is an English one
        encodings = ("utf-16-be",) if content.startswith(b"\0") else ("utf-16-le",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if encoding == "cp1252":
                print(f"{path.name} is not in UTF-8; it is read as Windows-1252")
            return text
    raise ValueError(f"{path} is neither in UTF-8 nor in UTF-16 nor in Windows-1252; save it in UTF-8")


def _read_json(path, text):
    """(place, name, caption) of each caption."""
    try:
        table = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON ({error})") from None
    if not isinstance(table, dict):
        raise ValueError(f'{path} must be an object such as {{"garden.jpg": ["a cat in the garden"]}}')
    for name, captions in table.items():
        captions = [captions] if isinstance(captions, str) else captions
        for caption in captions if isinstance(captions, list) and captions else [None]:
            yield f"the entry {name!r}", name, caption


def _read_table(path, text):
    """(place, name, caption) of each row."""
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = {(column or "").strip().lower(): column for column in rows.fieldnames or ()}
    if not {"name", "caption"} <= set(columns):
        raise ValueError(f"{path} needs the columns name and caption in its first row, got {header.strip()!r}")
    try:
        for row in rows:
            yield f"line {rows.line_num}", row[columns["name"]], row[columns["caption"]]
    except csv.Error as error:
        raise ValueError(f"{path} is no table at line {rows.line_num} ({error}); is a quotation mark open?") from None


# ---------------------------------------------------------------- features


def _features(folder, names, reductions, pieces, executor):
    """(dict name -> features (512,) and (16, 64) float32, dict name -> reason why a picture has none).

    Finished parts are kept in the folder `pieces`.
    """
    parts = [names[start : start + _PIECE] for start in range(0, len(names), _PIECE)]
    paths = [pieces / f"{_digest(folder, part, reductions)}.npz" for part in parts]
    missing = [(part, path) for part, path in zip(parts, paths, strict=True) if not path.exists()]
    num_left = sum(len(part) for part, _ in missing)
    print(f"{folder}: {len(names):,} pictures, {num_left:,} to be described", flush=True)
    if missing:
        # No bar but in a terminal, for disable=None.
        bar = tqdm(total=len(names), initial=len(names) - num_left, desc="pictures", unit="picture", disable=None)
        with bar, executor as (submit, window):
            for part in _described(folder, missing, reductions, submit, window):
                bar.update(len(part))
    features, broken = {}, {}
    for path in paths:
        with untrusted_file(path, "a part of an earlier run", "delete it"):
            piece = read_npz(path)
        both = zip(piece["features"], piece["grids"], strict=True)
        features |= zip(piece["names"].tolist(), both, strict=True)
        broken |= zip(piece["broken"].tolist(), piece["reasons"].tolist(), strict=True)
    return features, broken


def _digest(folder, names, reductions):
    """A hash, in hex digits, of the reductions and of the names, sizes and times of pictures."""
    digest = hashlib.sha256(b"".join(reduction.projection.tobytes() for reduction in reductions))
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            status = (folder / name).stat()
            digest.update(f"{name}\n{status.st_size} {status.st_mtime_ns}\n".encode(errors="replace"))
    return digest.hexdigest()[:16]


def _described(folder, missing, reductions, submit, window):
    """Describe and save each (names, path) of `missing`; yields the names of each part that is saved.

    All processors decode the next pictures while the network, or a cluster, works on those before.
    """
    waiting = deque()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for names, path in missing:
            pictures = list(pool.map(lambda name: _picture(folder / name), names))
            good = [picture for picture in pictures if not isinstance(picture, str)]
            waiting.append((names, path, pictures, submit(np.stack(good)) if good else None))
            if len(waiting) > window:
                yield _saved(*waiting.popleft(), reductions)
        while waiting:
            yield _saved(*waiting.popleft(), reductions)


def _picture(path):
    """The picture at a path, (128, 128, 3) uint8; or the reason why there is none, a str."""
    try:
        return photograph(path, PICTURE_SIZE, square=True)
    except OSError as error:
        return oserror_message(error)
    except ValueError as error:
        return str(error)


def _saved(names, path, pictures, future, reductions):
    """`names`, after the features of their pictures, from outputs that a future computes, are written to `path`."""
    broken = {name: reason for name, reason in zip(names, pictures, strict=True) if isinstance(reason, str)}
    reduction, of_cells = reductions
    layers = future.result() if future else None
    features, grids = (reduction.features(layers), of_cells.grids(layers)) if layers else ([], [])
    with atomic_write(path) as file:
        np.savez(
            file,
            names=np.array([name for name in names if name not in broken], str),
            features=np.asarray(features, np.float32),
            grids=np.asarray(grids, np.float32),
            broken=np.array(list(broken), str),
            reasons=np.array(list(broken.values()), str),
        )
    return names


@contextlib.contextmanager
def _this_machine(describe):
    """Yield (function from pictures to a future of their outputs, number of futures to wait for), for this machine."""
    describe = describe or efficientnet_outputs()
    with ThreadPoolExecutor(1) as pool:
        yield lambda pictures: pool.submit(describe, pictures), 1


@contextlib.contextmanager
def _cluster(address):
    """The same for the workers of a Dask scheduler. Pictures are sent to them, so they need not see the folder."""
    try:
        from distributed import Client  # only here: the package is optional
    except ImportError:
        raise ValueError('--scheduler needs the package Dask: pip install "dask[distributed]"') from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise RuntimeError(f"no Dask scheduler answers at {address} ({_one_line(error)})") from None
    with client:
        num_workers = len(client.nthreads())
        if not num_workers:
            raise RuntimeError(f"the scheduler at {address} has no workers; start some with: dask worker {address}")
        try:
            yield lambda pictures: client.submit(worker_outputs, pictures, pure=False), 2 * num_workers
        except (OSError, ValueError):
            raise
        except Exception as error:  # what kills a worker can be of any type
            raise RuntimeError(f"the cluster at {address} failed ({_one_line(error)})") from None


def _one_line(error):
    return " ".join(str(error).split())


# ---------------------------------------------------------------- command line


def main(argv=None):
    """The command line; ends the program with a sentence if something is wrong with the arguments or files."""
    parser = argument_parser("own_captions", __doc__)
    parser.add_argument("folder", metavar="FOLDER", help="folder with pictures and captions.json or captions.csv")
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", help="data set to write (default: own, among the data sets)"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler whose workers describe the pictures")
    options = parser.parse_args(argv)
    with command_line("own_captions", stopped="stopped; the next run goes on from here"):
        make_own_captions(options.folder, options.output, options.scheduler)


if __name__ == "__main__":
    main()
