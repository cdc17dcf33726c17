"""Making the data set: pictures drawn, described by an image network, reduced to 512 numbers each, written down.

What a picture becomes is in the spirit of the course, which took layer fc7 of VGG-16 and a principal component
analysis. Here it is EfficientNet-Lite0, and layers of which a grid of 4 x 4 means is kept: their channels tell colours
and shapes, and the grid tells where.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from cs231n.download import data_dir
from cs231n.files import atomic_write, file_lock
from cs231n.image_utils import preprocess_image
from cs231n.notebook import setup
from cs231n.scenes.composition import SPLITS, is_scene, sample_scenes
from cs231n.scenes.drawing import PICTURE_SIZE, draw_scene
from cs231n.scenes.grammar import scene_captions
from cs231n.scenes.settings import FEATURE_STD

NUM_SCENES = {"train": 24_000, "val": 2_000, "novel": 1_000}
NUM_CAPTIONS = 5  # of a scene
NUM_FEATURES = 512  # of a picture

_SPECIAL_WORDS = ("<NULL>", "<START>", "<END>", "<UNK>")  # numbers 0 to 3, as in the course
_VERSION = 1  # to be raised with any change of what the files hold
_PIECE = 500  # scenes that are drawn and described at a time, and lost when the building is stopped
_BATCH = 100  # pictures that the network sees at a time
_BLOCKS = (2, 4, 10)  # of the network, whose outputs are kept: 1/4, 1/8 and 1/16 of the picture's side
_GRID = 4  # cells a side
_LEAST_SPREAD = 0.05  # as a share of the layer's, so that numbers that hardly vary are not blown up
_RECORD = "scenes.json"


def build_scenes(folder=None, num_scenes=None, seed=231, describe=None):
    """Make the data set in `folder`, unless it is there; prints one line on that.

    The files are those of `cs231n.coco_utils`. Building that was stopped goes on where it was; files get their place
    only when all are whole. The same seed gives the same bytes on the same machine.

    Args:
        folder: path; None for `scenes` among the data sets.
        num_scenes: dict from each of `SPLITS` to how many scenes it has; None for `NUM_SCENES`.
        seed: of everything random.
        describe: function from (N, 128, 128, 3) uint8 pictures to a list of (N, K) float arrays; None for
            EfficientNet-Lite0, whose weights must be on this machine.

    Raises:
        FileNotFoundError: they are not; names the command that fetches them.
        ValueError: too few scenes in train for the features, or `folder` holds something other than scenes.
    """
    folder = data_dir() / "scenes" if folder is None else Path(folder)
    num_scenes = num_scenes or NUM_SCENES
    if num_scenes["train"] <= NUM_FEATURES:
        raise ValueError(
            f"{NUM_FEATURES} features need more than {NUM_FEATURES} scenes in train, got {num_scenes['train']}"
        )
    recipe = {"version": _VERSION, "seed": seed, "num_scenes": num_scenes}
    if _is_whole(folder, recipe):  # before the lock, which a disk that cannot be written to refuses
        print(f"{folder.name}: complete")
        return
    if not _is_replaceable(folder):
        raise ValueError(f"{folder} holds something other than scenes; move it away or name another folder")
    lock = folder.with_name(f".{folder.name}.lock")
    with file_lock(lock, waiting=lambda: print(f"{folder.name}: another run is at it, waiting for its end ...")):
        if _is_whole(folder, recipe):
            print(f"{folder.name}: complete")
            return
        digest = hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]
        pieces = folder.with_name(f".{folder.name}-{digest}")
        pieces.mkdir(parents=True, exist_ok=True)
        scenes = {split: sample_scenes(split, num_scenes[split], seed) for split in SPLITS}
        new = pieces / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        _write_features(new, scenes, pieces, describe)
        _write_captions(new, scenes)
        record = {"recipe": recipe, "sha256": {path.name: _sha256(path) for path in sorted(new.iterdir())}}
        (new / _RECORD).write_text(json.dumps(record, indent=1) + "\n")
        if folder.exists():
            folder.replace(pieces / "old")  # not deleted in place, which could stop halfway
        new.replace(folder)
        for path in folder.parent.iterdir():  # also of runs by other recipes
            if re.fullmatch(re.escape(f".{folder.name}-") + "[0-9a-f]{8}", path.name) and path.is_dir():
                shutil.rmtree(path)
    print(f"{folder.name}: drawn, described and written")


def _is_whole(folder, recipe):
    """Whether `folder` holds what was made by `recipe`, undamaged."""
    try:
        record = json.loads((folder / _RECORD).read_text())
        return record["recipe"] == recipe and all(
            _sha256(folder / name) == digest for name, digest in record["sha256"].items()
        )
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def _is_replaceable(folder):
    """Whether `folder` is empty or not there, or holds scenes, be they damaged."""
    if not folder.exists() or not any(folder.iterdir()) or (folder / _RECORD).exists():
        return True
    addresses = folder / "train2014_urls.txt"
    return addresses.exists() and is_scene(addresses.read_text(errors="replace"))


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---------------------------------------------------------------- captions


def _write_captions(folder, scenes):
    """Captions, vocabulary and addresses."""
    captions = {split: [scene_captions(scene, NUM_CAPTIONS) for scene in scenes[split]] for split in SPLITS}
    sentences = {split: [caption.split() for some in captions[split] for caption in some] for split in SPLITS}
    words = sorted({word for split in SPLITS for sentence in sentences[split] for word in sentence})
    idx_to_word = [*_SPECIAL_WORDS, *words]
    word_to_idx = {word: number for number, word in enumerate(idx_to_word)}
    vocabulary = {"idx_to_word": idx_to_word, "word_to_idx": word_to_idx}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocabulary))
    length = 2 + max(len(sentence) for split in SPLITS for sentence in sentences[split])
    with h5py.File(folder / "coco2014_captions.h5", "w") as file:
        for split in SPLITS:
            table = np.zeros((len(sentences[split]), length), np.int32)
            for row, sentence in zip(table, sentences[split], strict=True):
                numbers = [word_to_idx[word] for word in ("<START>", *sentence, "<END>")]
                row[: len(numbers)] = numbers
            file[f"{split}_captions"] = table
            file[f"{split}_image_idxs"] = np.repeat(np.arange(len(scenes[split]), dtype=np.int32), NUM_CAPTIONS)
    for split in SPLITS:
        lines = "".join(f"{scene.address}\n" for scene in scenes[split])
        (folder / f"{split}2014_urls.txt").write_text(lines, newline="\n")


# ---------------------------------------------------------------- features


def _write_features(folder, scenes, pieces, describe):
    """Features of every split, reduced by what the training split tells."""
    blocks = _described(scenes, pieces, describe)
    scales, projection = _fit(blocks["train"])
    for split in SPLITS:
        with h5py.File(folder / f"{split}2014_vgg16_fc7_pca.h5", "w") as file:
            file["features"] = _scaled(blocks.pop(split), scales) @ projection


def _described(scenes, pieces, describe):
    """dict split -> list of (N, K) float32 arrays, one for each layer, piece by piece; `pieces` keeps those done."""
    blocks, total = {}, sum(map(len, scenes.values()))
    print(f"scenes: {total:,} to be drawn and described, a matter of minutes ...", flush=True)
    with tqdm(total=total, unit="scene", desc="scenes", disable=None) as bar:  # None: no bar but in a terminal
        for split in SPLITS:
            parts = []
            for start in range(0, len(scenes[split]), _PIECE):
                some = scenes[split][start : start + _PIECE]
                path = pieces / f"{split}-{start}.npz"
                if not path.exists():
                    describe = describe or _efficientnet()  # loaded only when there is something to do
                    with atomic_write(path) as file:
                        np.savez(file, *describe(np.stack([draw_scene(scene) for scene in some])))
                with np.load(path) as file:
                    parts.append([file[name] for name in file])
                bar.update(len(some))
            blocks[split] = [np.concatenate(layer).astype(np.float32) for layer in zip(*parts, strict=True)]
    return blocks


def _efficientnet():
    """The function from pictures to grids of means of some of EfficientNet-Lite0's layers."""
    if "tensorflow" not in sys.modules:
        state = np.random.get_state()
        try:
            setup()  # quiet and repeatable
        finally:
            np.random.set_state(state)  # it is the caller's
    import tensorflow as tf  # only here: all else works without it

    from cs231n.classifiers.pretrained import load_pretrained

    model = load_pretrained("efficientnet_lite0")

    @tf.function(input_signature=[tf.TensorSpec((None, PICTURE_SIZE, PICTURE_SIZE, 3))])
    def grids(images):
        outputs = model.block_outputs(images)
        means = [
            tf.nn.avg_pool2d(outputs[k], outputs[k].shape[1] // _GRID, outputs[k].shape[1] // _GRID, "VALID")
            for k in _BLOCKS
        ]
        return [tf.reshape(mean, (-1, _GRID * _GRID * mean.shape[3])) for mean in means]

    def describe(pictures):
        batches = [grids(preprocess_image(pictures[k : k + _BATCH])) for k in range(0, len(pictures), _BATCH)]
        return [np.concatenate(layer) for layer in zip(*batches, strict=True)]

    return describe


def _fit(layers):
    """The reduction that suits features: the mean and the divisor of every number, one pair for each layer; and a
    (K, 512) projection onto the principal components of all layers together.

    The divisors give all layers the same weight, whatever their size. Components of little variance, which tell
    colours and counts, come out less small than they are: their spread is the square root of what it was.
    """
    scales = []
    for layer in layers:
        spread = layer.std(axis=0) + _LEAST_SPREAD * layer.std()
        weight = np.sqrt(np.mean((layer.std(axis=0) / spread) ** 2) * layer.shape[1])  # length of a row, typically
        scales.append((layer.mean(axis=0), spread * weight))
    rows = _scaled(layers, scales)
    variances, components = np.linalg.eigh((rows.T @ rows / len(rows)).astype(np.float64))
    kept = slice(-1, -1 - NUM_FEATURES, -1)  # the largest come last
    projection = components[:, kept] * variances[kept] ** -0.25
    projection *= FEATURE_STD / np.sqrt(np.mean(np.sqrt(variances[kept])))
    return scales, projection.astype(np.float32)


def _scaled(layers, scales):
    """Layers side by side, (N, K), each number with its mean and divisor."""
    return np.concatenate(
        [(layer - mean) / divisor for layer, (mean, divisor) in zip(layers, scales, strict=True)], axis=1
    )


# ---------------------------------------------------------------- command line


def main():
    """The command line; gives the exit code: 1 if files are missing or in the way or refused, 130 after Ctrl-C."""
    try:
        build_scenes()
    except KeyboardInterrupt:
        print("\nStopped; the next run goes on from here.", file=sys.stderr)
        return 130
    except (OSError, ValueError) as error:
        print(f"scenes: {error}", file=sys.stderr)
        return 1
    return 0
