"""Making the data set of scenes: pictures are drawn, and an image network gives their features.

A picture has 512 features, and each of its 4 x 4 cells has 64. `scenes.features` says how they are computed.
"""

import hashlib
import json
import os
import re
import shutil
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread

import numpy as np
from tqdm import tqdm

from cs231n.coco_utils import write_coco_data
from cs231n.command_line import command_line
from cs231n.data_sets import data_dir, urls_file
from cs231n.files import atomic_folder, atomic_write, file_lock, file_sha256, user_path
from cs231n.scenes.composition import SPLITS, is_scene, sample_scenes
from cs231n.scenes.drawing import draw_scene
from cs231n.scenes.features import (
    GRID_REDUCTION_FILE,
    NUM_CELL_FEATURES,
    NUM_FEATURES,
    cell_outputs,
    efficientnet_outputs,
    fit_reduction,
    save_reduction,
)
from cs231n.scenes.grammar import scene_captions
from cs231n.untrusted_files import read_npz

NUM_SCENES = {"train": 24_000, "val": 2_000, "novel": 1_000}
NUM_CAPTIONS = 5  # of a scene

_VERSION = 3  # to be raised with any change of what the files hold; since 2 there are grids, since 3 their reduction
_PIECES_VERSION = 1  # to be raised with any change of what the pieces hold
_PIECE = 500  # scenes that are drawn and described at a time, and lost if the building is stopped
_WORTH_PROCESSES = 1_000  # with fewer scenes to draw, starting processes takes longer than drawing
_MOST_PROCESSES = 4  # that draw; the network is slower than these
_RECORD = "scenes.json"


def build_scenes(folder=None, num_scenes=None, seed=231, describe=None):
    """Make the data set in `folder`, unless it is complete there; prints one line about the outcome.

    The files are those of `cs231n.coco_utils`. A run continues what an earlier run, stopped halfway, has described.
    The files appear in `folder` only when all of them are complete. The same seed gives the same bytes on the same
    machine.

    Args:
        folder: path; None for `scenes` among the data sets.
        num_scenes: dict from each of `SPLITS` to its number of scenes; None for `NUM_SCENES`.
        seed: int, for everything random.
        describe: function from (N, 128, 128, 3) uint8 pictures to a list of (N, 16 C) float arrays, one for each layer,
            with the C channels of the first cell, then of the second and so on; None for EfficientNet-Lite0, whose
            weights must be on this machine.

    Raises:
        FileNotFoundError: if those weights are missing; the message names the command that fetches them.
        RuntimeError: if a process that draws is killed.
        ValueError: if train has too few scenes for the features, or if `folder` holds something other than scenes.
    """
    folder = data_dir() / "scenes" if folder is None else user_path(folder)
    num_scenes = num_scenes or NUM_SCENES
    if num_scenes["train"] <= NUM_FEATURES:
        raise ValueError(
            f"{NUM_FEATURES} features need more than {NUM_FEATURES} scenes in train, got {num_scenes['train']}"
        )
    recipe = {"version": _VERSION, "seed": seed, "num_scenes": num_scenes}
    if _is_complete(folder, recipe):  # before the lock, which cannot be taken on a read-only disk
        return
    if not _is_replaceable(folder):
        raise ValueError(f"{folder} holds something other than scenes; move it away or name another folder")
    lock = folder.with_name(f".{folder.name}.lock")
    with file_lock(lock, waiting=lambda: print(f"{folder.name}: another run is at it, waiting for its end ...")):
        if _is_complete(folder, recipe):
            return
        _build(folder, recipe, describe)
    print(f"{folder.name}: drawn, described and written")


def _build(folder, recipe, describe):
    """Make the files of `recipe`, and let them take the place of `folder`."""
    digest = hashlib.sha256(json.dumps(recipe | {"version": _PIECES_VERSION}).encode()).hexdigest()[:8]
    pieces = folder.with_name(f".{folder.name}-{digest}")
    pieces.mkdir(parents=True, exist_ok=True)
    scenes = {split: sample_scenes(split, recipe["num_scenes"][split], recipe["seed"]) for split in SPLITS}
    features, grids, reduction, of_cells = _features(scenes, pieces, describe)
    captions = {split: [scene_captions(scene, NUM_CAPTIONS) for scene in scenes[split]] for split in SPLITS}
    addresses = {split: [scene.address for scene in scenes[split]] for split in SPLITS}
    with atomic_folder(folder) as new:
        write_coco_data(new, captions, features, addresses, grids)
        save_reduction(reduction, new)
        save_reduction(of_cells, new, GRID_REDUCTION_FILE)
        record = {"recipe": recipe, "sha256": {path.name: file_sha256(path) for path in sorted(new.iterdir())}}
        (new / _RECORD).write_text(json.dumps(record, indent=1) + "\n")
    for path in folder.parent.iterdir():  # pieces of this recipe and of others
        if re.fullmatch(re.escape(f".{folder.name}-") + "[0-9a-f]{8}", path.name) and path.is_dir():
            shutil.rmtree(path)


def _is_complete(folder, recipe):
    """Whether `folder` holds the files of `recipe`, undamaged; prints a line if it does."""
    try:
        record = json.loads((folder / _RECORD).read_text())
        complete = record["recipe"] == recipe and all(
            file_sha256(folder / name) == digest for name, digest in record["sha256"].items()
        )
    except (OSError, ValueError, KeyError, AttributeError):
        complete = False
    if complete:
        print(f"{folder.name}: complete")
    return complete


def _is_replaceable(folder):
    """Whether `folder` is absent, empty, or holds scenes, damaged or not."""
    if not folder.exists() or not any(folder.iterdir()) or (folder / _RECORD).exists():
        return True
    addresses = folder / urls_file("train")
    return addresses.exists() and is_scene(addresses.read_text(errors="replace"))


# ---------------------------------------------------------------- features


def _features(scenes, pieces, describe):
    """(features, grids, reduction, of_cells): dicts split -> (N, NUM_FEATURES) and split -> (N, 16, NUM_CELL_FEATURES)
    float32, and the `Reduction` of each.

    Both reductions are computed from the training split alone, the second one over all its cells.
    """
    layers = _described(scenes, pieces, describe)
    reduction = fit_reduction(layers["train"], NUM_FEATURES)
    features = {split: reduction.features(layers[split]) for split in SPLITS}
    of_cells = fit_reduction(cell_outputs(layers["train"]), NUM_CELL_FEATURES)
    return features, {split: of_cells.grids(layers.pop(split)) for split in SPLITS}, reduction, of_cells


def _described(scenes, pieces, describe):
    """dict split -> list of (N, K) float32 arrays, one for each layer; the folder `pieces` keeps finished parts."""
    parts = {
        split: [
            (pieces / f"{split}-{start}.npz", scenes[split][start : start + _PIECE])
            for start in range(0, len(scenes[split]), _PIECE)
        ]
        for split in SPLITS
    }
    missing = [(path, some) for split in SPLITS for path, some in parts[split] if not path.exists()]
    num_scenes, num_left = sum(map(len, scenes.values())), sum(len(some) for _, some in missing)
    if missing:
        print(f"scenes: {num_left:,} to be drawn and described, a matter of minutes ...", flush=True)
    # No bar but in a terminal, for disable=None.
    with tqdm(total=num_scenes, initial=num_scenes - num_left, unit="scene", desc="scenes", disable=None) as bar:
        for path, pictures in _drawn_ahead(missing):
            describe = describe or efficientnet_outputs()  # loaded only if a piece is missing
            with atomic_write(path) as file:
                np.savez(file, *describe(pictures))
            bar.update(len(pictures))
    return {split: _joined([path for path, _ in parts[split]]) for split in SPLITS}


def _drawn_ahead(parts):
    """(path, pictures) of each pair (path, scenes); the next pictures are drawn while the caller works on these.

    Drawing uses one processor only, and in a thread it would hold up the caller's Python. So it has processes of its
    own, where there is enough to draw to pay for their start.
    """
    if sum(len(scenes) for _, scenes in parts) < _WORTH_PROCESSES:
        yield from ((path, _drawn(scenes)) for path, scenes in parts)
        return
    num_processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    with ProcessPoolExecutor(num_processes, get_context("spawn"), _follow_the_parent) as pool:
        ahead = deque()
        try:
            for path, scenes in parts:
                ahead.append((path, pool.submit(_drawn, scenes)))
                if len(ahead) > num_processes:
                    path, pictures = ahead.popleft()
                    yield path, pictures.result()
            yield from ((path, pictures.result()) for path, pictures in ahead)
        except BrokenProcessPool as error:
            raise RuntimeError(
                "a process that draws was killed, perhaps because memory ran out; run this again, it goes on from here"
            ) from error


def _drawn(scenes):
    """(N, 128, 128, 3) uint8 pictures of a list of scenes."""
    return np.stack([draw_scene(scene) for scene in scenes])


def _follow_the_parent():
    """Leave Ctrl-C, which reaches all processes of a terminal, to the parent process, and end when it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def end_with(parent):
        parent.join()
        os._exit(1)

    Thread(target=end_with, args=(parent_process(),), daemon=True).start()


def _joined(paths):
    """List of (N, K) float32 arrays, one for each layer, from the files of a split's parts."""
    layers = zip(*(read_npz(path).values() for path in paths), strict=True)
    return [np.concatenate(layer).astype(np.float32) for layer in layers]


# ---------------------------------------------------------------- command line


def main():
    """The command line; ends the program with one sentence if files are missing, in the way or refused."""
    with command_line("scenes", stopped="stopped; the next run goes on from here"):
        build_scenes()
