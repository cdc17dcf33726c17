"""Captioned pictures from files in the course's format. N captions of T words, M pictures with D features each.

A folder of that format holds

    coco2014_captions.h5                   train_captions (N, T), train_image_idxs (N,); the same for val
    coco2014_vocab.json                    idx_to_word, word_to_idx
    train2014_vgg16_fc7_pca.h5             features (M, 512); the same for val
    train2014_vgg16_fc7.h5                 features (M, 4096); the same for val
    train2014_urls.txt                     M lines; the same for val

Both Microsoft COCO as the course prepared it (`datasets/coco_captioning`) and the drawn scenes (`datasets/scenes`)
are such folders. The scenes have a third split, "novel", and no 4096 features. Needs no TensorFlow.
"""

import json
import numbers
from pathlib import Path

import h5py
import numpy as np

from cs231n.download import data_dir
from cs231n.image_utils import image_from_url
from cs231n.scenes.composition import is_scene
from cs231n.scenes.drawing import draw_scene


def load_coco_data(base_dir=None, max_train=None, pca_features=True, seed=231):
    """Captions, features and addresses of pictures, as a dict.

    Args:
        base_dir: folder of the files; None for the data set `coco_captioning`.
        max_train: use so many captions of the training split only, chosen at random. The same seed gives the same
            ones, and a larger number the same and more. None, or more than there are, for all.
        pca_features: True for 512 numbers a picture, which are read into memory; False for 4096, which stay in their
            files and are read when a batch needs them.
        seed: of that choice.

    Returns:
        dict with, for each split ("train", "val", where there is one "novel"),
            train_captions: (N, T) integers, numbers of words; each caption begins with <START>, ends with <END> and
                is filled up with <NULL>.
            train_image_idxs: (N,) integers, which picture each caption belongs to, in 0..M-1.
            train_features: (M, 512) float32 array, or (M, 4096) h5py data set.
            train_urls: (M,) array of str, the address of each picture (see `load_picture`).
        and with idx_to_word, a list of V str, and word_to_idx, the dict that undoes it.

    Raises:
        FileNotFoundError: a file is not there; says what brings it.
        PermissionError, BlockingIOError: a file of numbers may not be read, or another program has it open.
        ValueError: a file is damaged or does not fit the others, or `max_train` is no positive whole number.
    """
    if max_train is not None and not (isinstance(max_train, numbers.Integral) and max_train > 0):
        raise ValueError(f"max_train must be a positive whole number or None, got {max_train!r}")
    folder = data_dir() / "coco_captioning" if base_dir is None else Path(base_dir)
    data = _vocabulary(folder / "coco2014_vocab.json")
    captions_path = folder / "coco2014_captions.h5"
    with _open(captions_path) as file:
        arrays = {name: _whole(file, name, captions_path) for name in file}
    for split in ("train", "val", "novel"):
        if split != "novel" or "novel_captions" in arrays:
            _add_split(data, split, arrays, folder, pca_features)
    width = data["train_features"].shape[1]
    if data["val_features"].shape[1] != width:
        raise _damaged(folder, f"pictures have {width} features in train and {data['val_features'].shape[1]} in val")
    if max_train is not None:
        chosen = np.random.RandomState(seed).permutation(len(data["train_captions"]))[:max_train]
        for name in ("train_captions", "train_image_idxs"):
            data[name] = data[name][chosen]
    return data


def sample_coco_minibatch(data, batch_size=100, split="train", rng=None):
    """A batch of captions, drawn at random with replacement, with the features of their pictures.

    Args:
        data: dict from `load_coco_data`.
        batch_size: how many, N.
        split: "train", "val", or "novel" where there is one.
        rng: `np.random.RandomState` or `np.random.Generator`; None for NumPy's global one, set by `np.random.seed`.

    Returns:
        captions: (N, T) integers; features: (N, D) float32; urls: (N,) array of str.

    Raises:
        ValueError: there is no such split, or `batch_size` is no positive whole number.
    """
    if f"{split}_captions" not in data:
        splits = [name.removesuffix("_captions") for name in data if name.endswith("_captions")]
        raise ValueError(f"unknown split {split!r}; there are {', '.join(splits)}")
    if not (isinstance(batch_size, numbers.Integral) and batch_size > 0):
        raise ValueError(f"batch_size must be a positive whole number, got {batch_size!r}")
    captions = data[f"{split}_captions"]
    chosen = (np.random if rng is None else rng).choice(len(captions), batch_size)
    pictures = data[f"{split}_image_idxs"][chosen]
    # From a file, rows can only be read in rising order and once each.
    rows, place = np.unique(pictures, return_inverse=True)
    features = np.asarray(data[f"{split}_features"][rows], np.float32)[place]
    return captions[chosen], features, data[f"{split}_urls"][pictures]


def decode_captions(captions, idx_to_word, plain=False):
    """Captions as text.

    Args:
        captions: (T,) or (N, T) integers, numbers of words.
        idx_to_word: sequence of V words.
        plain: leave out <START> and <END>, for people to read. By default they show, as in the course.

    Returns:
        str for one caption, list of N str for several: words with spaces between, without <NULL> and up to <END>.

    Raises:
        ValueError: another shape, or numbers that are not integers in 0..V-1.
    """
    captions = np.asarray(captions)
    if captions.ndim not in (1, 2) or (captions.dtype.kind not in "iu" and captions.size):
        raise ValueError(f"captions must be integers of shape (T,) or (N, T), got {captions.dtype} {captions.shape}")
    if captions.size and not 0 <= captions.min() <= captions.max() < len(idx_to_word):
        raise ValueError(
            f"captions must hold numbers of words from 0 to {len(idx_to_word) - 1}, "
            f"got {captions.min()} to {captions.max()}"
        )
    if captions.ndim == 2:
        return [decode_captions(caption, idx_to_word, plain) for caption in captions]
    words = [idx_to_word[number] for number in captions.tolist()]
    if "<END>" in words:
        words = words[: words.index("<END>") + 1]
    hidden = {"<NULL>", "<START>", "<END>"} if plain else {"<NULL>"}
    return " ".join(word for word in words if word not in hidden)


def load_picture(url):
    """The picture at an address of `load_coco_data`: a scene is drawn, a photograph fetched from the web.

    Returns:
        (H, W, 3) uint8 array; for a photograph that is gone, a grey tile and a warning.
    """
    return draw_scene(url) if is_scene(url) else image_from_url(url)


# ---------------------------------------------------------------- files


def _add_split(data, split, arrays, folder, pca_features):
    """Put the captions, features and addresses of `split` into `data`; ValueError if they do not fit together."""
    path = folder / "coco2014_captions.h5"
    missing = {f"{split}_captions", f"{split}_image_idxs"} - set(arrays)
    if missing:
        raise _damaged(path, f"it has no {min(missing)}")
    captions, pictures = arrays[f"{split}_captions"], arrays[f"{split}_image_idxs"]
    features = _features(folder, split, pca_features)
    urls_path = folder / f"{split}2014_urls.txt"
    urls = np.array(_text(urls_path).splitlines())
    if captions.ndim != 2 or pictures.shape != captions.shape[:1] or captions.size == 0:
        raise _damaged(path, f"{split}_captions is {captions.shape} and {split}_image_idxs {pictures.shape}")
    _check_range(captions, len(data["idx_to_word"]), "words", f"{split}_captions", path)
    _check_range(pictures, len(features), "pictures with features", f"{split}_image_idxs", path)
    if len(urls) != len(features):
        raise _damaged(urls_path, f"it has {len(urls)} addresses for {len(features)} pictures with features")
    data |= {
        f"{split}_captions": captions,
        f"{split}_image_idxs": pictures,
        f"{split}_features": features,
        f"{split}_urls": urls,
    }


def _features(folder, split, pca_features):
    path = folder / f"{split}2014_vgg16_fc7{'_pca' if pca_features else ''}.h5"
    if not pca_features and not path.exists() and path.with_stem(f"{path.stem}_pca").exists():
        raise FileNotFoundError(f"{path} is missing: only the reduced features are here, so use pca_features=True")
    file = _open(path)
    if "features" not in file or file["features"].ndim != 2 or file["features"].dtype.kind != "f":
        raise _damaged(path, "it has no table of numbers called features")
    if not pca_features:
        return file["features"]  # which keeps the file open
    with file:
        return _whole(file, "features", path, np.float32)


def _vocabulary(path):
    try:
        vocabulary = json.loads(_text(path))
        idx_to_word, word_to_idx = list(vocabulary["idx_to_word"]), dict(vocabulary["word_to_idx"])
    except (ValueError, KeyError, TypeError):
        raise _damaged(path, "it has no idx_to_word and word_to_idx") from None
    if word_to_idx != {word: number for number, word in enumerate(idx_to_word)} or len(word_to_idx) != len(idx_to_word):
        raise _damaged(path, f"idx_to_word has {len(idx_to_word)} words that do not match word_to_idx")
    return {"idx_to_word": idx_to_word, "word_to_idx": word_to_idx}


def _check_range(array, stop, of_what, name, path):
    if array.dtype.kind not in "iu":
        raise _damaged(path, f"{name} holds {array.dtype}, not integers")
    low, high = array.min(), array.max()
    if low < 0 or high >= stop:
        raise _damaged(path, f"{name} holds numbers from {low} to {high}, but there are {stop} {of_what}")


def _open(path):
    if not path.exists():
        raise _missing(path)
    try:
        return h5py.File(path)
    except PermissionError:
        raise PermissionError(f"{path} cannot be read: you have no permission") from None
    except BlockingIOError:
        raise BlockingIOError(f"{path} cannot be read yet: another program is writing to it") from None
    except OSError:
        raise _damaged(path, "it is cut short, or no HDF5 file") from None


def _whole(file, name, path, dtype=None):
    try:
        data = file[name]
        return (data.astype(dtype) if dtype else data)[:]
    except (OSError, AttributeError, ValueError):
        raise _damaged(path, f"{name} cannot be read") from None


def _text(path):
    if not path.exists():
        raise _missing(path)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _damaged(path, "it is no text") from None


def _remedy(path, words):
    """What to do about a data set's file or folder: `words` and the command, or advice for a folder of one's own."""
    commands = {"scenes": "python -m cs231n.scenes", "coco_captioning": "python -m cs231n.download coco_captioning"}
    places = (path.resolve(), path.resolve().parent)
    for name, command in commands.items():
        if (data_dir() / name).resolve() in places:
            return f"{words}: {command}"
    return "make it anew, see docs/changing.md"


def _missing(path):
    return FileNotFoundError(f"{path} is missing; {_remedy(path, 'get it with')}")


def _damaged(path, reason):
    return ValueError(f"{path} cannot be used: {reason}; {_remedy(path, 'delete it and run')}")
