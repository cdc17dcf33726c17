"""Captioned pictures from files in the course's format. N captions of T words, M pictures with D features each.

A folder of that format holds

    coco2014_captions.h5                   train_captions (N, T), train_image_idxs (N,); the same for val
    coco2014_vocab.json                    idx_to_word, word_to_idx
    train2014_vgg16_fc7_pca.h5             features (M, 512); the same for val
    train2014_vgg16_fc7.h5                 features (M, 4096); the same for val
    train2014_grid.h5                      features (M, 16, 64) of 4 x 4 cells, row by row; the same for val
    train2014_urls.txt                     M lines; the same for val

Both Microsoft COCO as the course prepared it (`datasets/coco_captioning`) and the drawn scenes (`datasets/scenes`)
are such folders. The scenes have a third split, "novel", grids, and no 4096 features; so may a folder of your own,
which `write_coco_data` makes. Microsoft COCO's has no grids. Needs no TensorFlow.
"""

import json
import re

import h5py
import numpy as np

from cs231n.checks import check_indices, check_whole_number
from cs231n.data_sets import (
    CAPTIONS_FILE,
    NUM_CELLS,
    VOCABULARY_FILE,
    data_dir,
    embedded_only,
    features_file,
    grids_file,
    urls_file,
)
from cs231n.files import atomic_folder, user_path

SPLITS = ("train", "val", "novel")  # the first two are required
SPECIAL_WORDS = ("<NULL>", "<START>", "<END>", "<UNK>")  # indices 0 to 3, as in the course
_WORD = re.compile(r"\w+(?:['’-]\w+)*")  # letters and digits; "don't" and "black-and-white" are one word each


def __getattr__(name):
    """`load_picture` can still be imported from here, where it used to be."""
    if name == "load_picture":
        from cs231n.scenes.pictures import load_picture

        return load_picture
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_coco_data(base_dir=None, max_train=None, pca_features=True, seed=231, grid=False):
    """Captions, features and addresses of pictures, as a dict.

    Args:
        base_dir: folder of the files; None for the data set `coco_captioning` or, where that is not on this machine,
            for the drawn scenes. Then one printed line says which.
        max_train: number of captions of the training split to use, chosen at random; None, or more than there are,
            for all. With the same seed, a larger `max_train` contains the smaller selection.
        pca_features: True for 512 features a picture, which are read into memory; False for 4096, which stay in their
            files and are read when a batch needs them.
        seed: int, for that choice.
        grid: True for 64 features of each of 16 cells in place of the 512 features of the whole picture, for a network
            that chooses where it looks. `pca_features` has no effect then.

    Returns:
        dict with, for each split ("train", "val" and, if the folder has one, "novel"),
            train_captions: (N, T) integers, word indices; each caption begins with <START>, ends with <END> and
                is padded with <NULL>.
            train_image_idxs: (N,) integers in 0..M-1, the picture that each caption belongs to.
            train_features: (M, 512) float32 array, (M, 4096) h5py data set, or with `grid` (M, 16, 64) float32 array.
            train_urls: (M,) array of str, the address of each picture (see `image_utils.image_from_url`).
        and with idx_to_word, a list of V str, and word_to_idx, its inverse as a dict.

    Raises:
        FileNotFoundError: if a file is missing; the message says what brings it.
        PermissionError, BlockingIOError: if an HDF5 file may not be read, or another program has it open.
        ValueError: if a file is damaged or does not fit the others, or if max_train is not a positive whole number.
    """
    if max_train is not None:
        check_whole_number("max_train", max_train)
    folder = _present_folder() if base_dir is None else user_path(base_dir)
    data = _vocabulary(folder / VOCABULARY_FILE)
    captions_path = folder / CAPTIONS_FILE
    with _open(captions_path) as file:
        arrays = {name: _read_array(file, name, captions_path) for name in file}
    for split in SPLITS:
        if split != "novel" or "novel_captions" in arrays:
            _add_split(
                data, split, arrays, _grids(folder, split) if grid else _features(folder, split, pca_features), folder
            )
    widths = {split: data[f"{split}_features"].shape[-1] for split in SPLITS if f"{split}_features" in data}
    for split, width in widths.items():
        if width != widths["train"]:
            raise _damaged(folder, f"pictures have {widths['train']} features in train and {width} in {split}")
    if max_train is not None:
        chosen = np.random.RandomState(seed).permutation(len(data["train_captions"]))[:max_train]
        for name in ("train_captions", "train_image_idxs"):
            data[name] = data[name][chosen]
    return data


def _present_folder():
    """The folder of the captions on this machine: Microsoft COCO's, else the drawn scenes'; prints a line about it."""
    titles = {"coco_captioning": "Microsoft COCO", "scenes": "the drawn scenes"}
    for name, title in titles.items():
        if (data_dir() / name / CAPTIONS_FILE).exists() and not (name == "coco_captioning" and embedded_only()):
            print(f"captions and features of {title}, from {name}")
            return data_dir() / name
    raise FileNotFoundError(
        "no captions on this machine yet; draw scenes with captions: python -m cs231n.scenes; or fetch Microsoft COCO: "
        "python -m cs231n.download coco_captioning"
    )


def sample_coco_minibatch(data, batch_size=100, split="train", rng=None):
    """A batch of captions, drawn at random with replacement, with the features of their pictures.

    Args:
        data: dict from `load_coco_data`.
        batch_size: number of captions, N.
        split: "train", "val", or "novel" if the data have it.
        rng: `np.random.RandomState` or `np.random.Generator`; None for NumPy's global one, set by `np.random.seed`.

    Returns:
        captions: (N, T) integers; features: (N, D) float32, or (N, 16, D) if the data were loaded with `grid`;
        urls: (N,) array of str.

    Raises:
        ValueError: if there is no such split, or if batch_size is not a positive whole number.
    """
    if f"{split}_captions" not in data:
        splits = [name.removesuffix("_captions") for name in data if name.endswith("_captions")]
        raise ValueError(f"unknown split {split!r}; there are {', '.join(splits)}")
    check_whole_number("batch_size", batch_size)
    captions = data[f"{split}_captions"]
    chosen = (np.random if rng is None else rng).choice(len(captions), batch_size)
    pictures = data[f"{split}_image_idxs"][chosen]
    # h5py reads rows of a file only in rising order, and each only once.
    rows, place = np.unique(pictures, return_inverse=True)
    features = np.asarray(data[f"{split}_features"][rows], np.float32)[place]
    return captions[chosen], features, data[f"{split}_urls"][pictures]


def decode_captions(captions, idx_to_word, plain=False):
    """Captions as text.

    Args:
        captions: (T,) or (N, T) integers, word indices.
        idx_to_word: sequence of V words.
        plain: True to leave out <START> and <END>, for people to read; False to keep them, as in the course.

    Returns:
        str for one caption, list of N str for several: words with spaces between, without <NULL> and up to <END>.

    Raises:
        ValueError: if captions has another shape, or holds anything else than integers in 0..V-1.
    """
    captions = np.asarray(captions)
    if captions.ndim not in (1, 2):
        raise ValueError(f"captions must be of shape (T,) or (N, T), got {captions.shape}")
    if captions.size:
        check_indices(captions, len(idx_to_word), "word indices")
    if captions.ndim == 2:
        return [decode_captions(caption, idx_to_word, plain) for caption in captions]
    words = [idx_to_word[k] for k in captions.tolist()]
    if "<END>" in words:
        words = words[: words.index("<END>") + 1]
    hidden = {"<NULL>", "<START>", "<END>"} if plain else {"<NULL>"}
    return " ".join(word for word in words if word not in hidden)


# ---------------------------------------------------------------- writing


def write_coco_data(folder, captions, features, urls, grids=None):
    """Write a folder that `load_coco_data` reads, with a vocabulary made of the captions; whole or not at all.

    A word is a run of letters and digits; case and punctuation are dropped. Each of the three dicts has the keys
    "train" and "val", and may have "novel".

    Args:
        folder: path of the folder, which is replaced if it already holds such data.
        captions: dict from split to a list of M lists of str, the captions of each picture.
        features: dict from split to a float array (M, D), the features of each picture, with the same D everywhere.
        urls: dict from split to a list of M str, the address or file name of each picture.
        grids: dict from split to a float array (M, 16, D) for `load_coco_data(..., grid=True)`, stored as float16; None
            for a folder without grids.

    Raises:
        ValueError: if the splits, lengths or shapes do not fit together, if a caption has no words, or if `folder`
            holds other files, which would be lost.
        OSError: if the folder cannot be written.
    """
    folder = user_path(folder)
    features = {split: np.asarray(table, np.float32) for split, table in features.items()}
    grids = {split: np.asarray(table) for split, table in (grids or {}).items()}
    _check_pictures(captions, features, urls)
    if grids:
        _check_grids(grids, urls)
    check_replaceable(folder)
    splits = [split for split in SPLITS if split in captions]
    sentences = {split: [_words(text) for texts in captions[split] for text in texts] for split in splits}
    idx_to_word = [*SPECIAL_WORDS, *sorted({word for split in splits for words in sentences[split] for word in words})]
    word_to_idx = {word: k for k, word in enumerate(idx_to_word)}
    length = 2 + max(len(words) for split in splits for words in sentences[split])
    with atomic_folder(folder) as new:
        vocabulary = {"idx_to_word": idx_to_word, "word_to_idx": word_to_idx}
        (new / VOCABULARY_FILE).write_text(json.dumps(vocabulary), encoding="utf-8")
        with h5py.File(new / CAPTIONS_FILE, "w") as file:
            for split in splits:
                file[f"{split}_captions"] = _padded(sentences[split], word_to_idx, length)
                counts = [len(texts) for texts in captions[split]]
                file[f"{split}_image_idxs"] = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        for split in splits:
            with h5py.File(new / features_file(split, pca=True), "w") as file:
                file["features"] = features[split]
            if grids:
                with h5py.File(new / grids_file(split), "w") as file:
                    file["features"] = np.asarray(grids[split], np.float16)
            lines = "".join(f"{url}\n" for url in urls[split])
            (new / urls_file(split)).write_text(lines, encoding="utf-8", newline="\n")


def _check_pictures(captions, features, urls):
    """ValueError unless the three dicts of `write_coco_data` describe the same pictures, in every split."""
    if not {"train", "val"} <= set(captions) <= set(SPLITS) or not set(captions) == set(features) == set(urls):
        splits = "; ".join(", ".join(part) or "none" for part in (captions, features, urls))
        raise ValueError(f"captions, features and urls need the splits train, val and perhaps novel, got {splits}")
    width = features["train"].shape[-1:]
    for split in captions:
        num_pictures, shape = len(captions[split]), features[split].shape
        if len(shape) != 2 or shape != (num_pictures, *width) or len(urls[split]) != num_pictures:
            raise ValueError(
                f"{split} needs features (M, D), with the D of train, and M urls for M pictures with captions, "
                f"got {shape}, {len(urls[split])} and {num_pictures}"
            )
        for texts, url in zip(captions[split], urls[split], strict=True):
            if isinstance(texts, str) or not all(isinstance(text, str) and _words(text) for text in texts):
                raise ValueError(f"the captions of {url!r} in {split} must be a list of sentences, got {texts!r}")
            if not isinstance(url, str) or url.splitlines() != [url]:
                raise ValueError(f"a url must be one line of text, got {url!r} in {split}")
        if not any(captions[split]):
            raise ValueError(f"{split} has no captions")


def _check_grids(grids, urls):
    """ValueError unless `grids` describe the pictures of `urls` and fit into float16."""
    if set(grids) != set(urls):
        raise ValueError(f"grids need the splits {', '.join(sorted(urls))}, got {', '.join(sorted(grids)) or 'none'}")
    width = grids["train"].shape[-1:]
    for split, table in grids.items():
        fits = table.ndim == 3 and table.shape == (len(urls[split]), NUM_CELLS, *width) and table.size
        if not fits or table.dtype.kind not in "fiu":
            raise ValueError(
                f"the grids of {split} must be numbers (M, {NUM_CELLS}, D), with the D of train, for M = "
                f"{len(urls[split])} pictures, got {table.dtype} of {table.shape}"
            )
        if not (np.abs(table) <= np.finfo(np.float16).max).all():  # False for NaN too
            raise ValueError(
                f"the grids of {split} must be finite and fit into float16; they hold NaN or too large numbers"
            )


def check_replaceable(folder):
    """Raise ValueError if the folder at a Path holds anything else than the files of the format."""
    file_names = {CAPTIONS_FILE, VOCABULARY_FILE} | {urls_file(split) for split in SPLITS}
    file_names |= {grids_file(split) for split in SPLITS}
    file_names |= {features_file(split, pca) for split in SPLITS for pca in (True, False)}
    others = sorted(path.name for path in folder.iterdir() if path.name not in file_names) if folder.exists() else []
    if others:
        raise ValueError(f"{folder} holds other files too ({others[0]}), which would be lost; name another folder")


def _words(text):
    return _WORD.findall(text.lower())


def _padded(sentences, word_to_idx, length):
    """(N, length) int32 array of word indices: <START>, the words of a sentence, <END>, and <NULL> up to the end."""
    table = np.full((len(sentences), length), word_to_idx["<NULL>"], np.int32)
    for row, words in zip(table, sentences, strict=True):
        row[: len(words) + 2] = [word_to_idx[word] for word in ("<START>", *words, "<END>")]
    return table


# ---------------------------------------------------------------- reading


def _add_split(data, split, arrays, features, folder):
    """Put the captions, features and addresses of `split` into `data`; ValueError if they do not fit together."""
    path = folder / CAPTIONS_FILE
    missing = {f"{split}_captions", f"{split}_image_idxs"} - set(arrays)
    if missing:
        raise _damaged(path, f"it has no {min(missing)}")
    captions, pictures = arrays[f"{split}_captions"], arrays[f"{split}_image_idxs"]
    urls_path = folder / urls_file(split)
    urls = np.array(_text(urls_path).splitlines())
    if captions.ndim != 2 or pictures.shape != captions.shape[:1] or captions.size == 0:
        raise _damaged(path, f"{split}_captions is {captions.shape} and {split}_image_idxs {pictures.shape}")
    try:
        check_indices(captions, len(data["idx_to_word"]), f"the words in {split}_captions")
        check_indices(pictures, len(features), f"the pictures in {split}_image_idxs")
    except ValueError as error:
        raise _damaged(path, error) from None
    if len(urls) != len(features):
        raise _damaged(urls_path, f"it has {len(urls)} addresses for {len(features)} pictures with features")
    data |= {
        f"{split}_captions": captions,
        f"{split}_image_idxs": pictures,
        f"{split}_features": features,
        f"{split}_urls": urls,
    }


def _features(folder, split, pca_features):
    path = folder / features_file(split, pca_features)
    if not pca_features and not path.exists() and (folder / features_file(split, pca=True)).exists():
        raise FileNotFoundError(f"{path} is missing: only the reduced features are here, so use pca_features=True")
    file = _open(path)
    if len(_float_shape(file)) != 2:
        raise _damaged(path, "it has no two-dimensional float array called features")
    if not pca_features:
        return file["features"]  # which keeps the file open
    with file:
        return _read_array(file, "features", path, np.float32)


def _grids(folder, split):
    """(M, 16, D) float32, the features of each cell."""
    path = folder / grids_file(split)
    if not path.exists() and (folder / features_file(split, pca=True)).exists():
        remedy = "Microsoft COCO has none, so use the scenes or a data set of your own"
        if _data_set(path) != "coco_captioning":
            remedy = _remedy(path, "bring it up to date with")
        raise FileNotFoundError(f"{path} is missing: this data set has no features of cells; {remedy}")
    with _open(path) as file:
        shape = _float_shape(file)
        if len(shape) != 3 or shape[1] != NUM_CELLS:
            raise _damaged(path, f"it has no float array (M, {NUM_CELLS}, D) called features")
        grids = _read_array(file, "features", path, np.float32)
    if not np.isfinite(grids).all():
        raise _damaged(path, "some of its features are NaN or infinite")
    return grids


def _float_shape(file):
    """The shape of the array `features` in an open HDF5 file; () if there is none, or if it does not hold floats."""
    features = file.get("features")
    return (features.shape or ()) if isinstance(features, h5py.Dataset) and features.dtype.kind == "f" else ()


def _vocabulary(path):
    try:
        vocabulary = json.loads(_text(path))
        idx_to_word, word_to_idx = list(vocabulary["idx_to_word"]), dict(vocabulary["word_to_idx"])
    except (ValueError, KeyError, TypeError):
        raise _damaged(path, "it has no idx_to_word and word_to_idx") from None
    if word_to_idx != {word: number for number, word in enumerate(idx_to_word)} or len(word_to_idx) != len(idx_to_word):
        raise _damaged(path, f"idx_to_word has {len(idx_to_word)} words that do not match word_to_idx")
    return {"idx_to_word": idx_to_word, "word_to_idx": word_to_idx}


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
        raise _damaged(path, "it is cut short or not an HDF5 file") from None


def _read_array(file, name, path, dtype=None):
    try:
        data = file[name]
        return (data.astype(dtype) if dtype else data)[:]
    except (OSError, AttributeError, ValueError):
        raise _damaged(path, f"{name} cannot be read") from None


def _text(path):
    if not path.exists():
        raise _missing(path)
    try:
        return path.read_text(encoding="utf-8-sig")  # Windows' editors put a mark before the text
    except UnicodeDecodeError:
        raise _damaged(path, "it is not UTF-8 text") from None


_COMMANDS = {
    "scenes": "python -m cs231n.scenes",
    "coco_captioning": "python -m cs231n.download coco_captioning",
    "own": "python -m cs231n.own_captions FOLDER",
}


def _data_set(path):
    """The name in `_COMMANDS` of the data set that a file or folder belongs to; None if it is another one."""
    places = (path.resolve(), path.resolve().parent)
    return next((name for name in _COMMANDS if (data_dir() / name).resolve() in places), None)


def _remedy(path, words):
    """What to do about a file or folder: `words` and the command if it is of a data set, else how to write it again."""
    name = _data_set(path)
    return f"{words}: {_COMMANDS[name]}" if name else "write it again with write_coco_data, see docs/changing.md"


def _missing(path):
    return FileNotFoundError(f"{path} is missing; {_remedy(path, 'get it with')}")


def _damaged(path, reason):
    return ValueError(f"{path} cannot be used: {reason}; {_remedy(path, 'delete it and run')}")
