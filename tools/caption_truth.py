"""Train the captioning models of the notebooks with several seeds and print which share of their captions is true.

    python -m tools.caption_truth [--seeds 3]

The shares over three seeds that the README and the notebooks name come from here. `SCENES_SETTINGS` were chosen on the
first thousand validation pictures ("chosen on"); the other validation pictures ("unseen") and the pictures with new
combinations of colour and thing ("novel") played no part in that.
"""

import argparse
import time
from collections import defaultdict

import numpy as np

from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.coco_utils import decode_captions, load_coco_data
from cs231n.data_sets import data_dir
from cs231n.packed_captioning import packed_loss
from cs231n.scenes import Scene, bleu_score, truth_report
from cs231n.scenes.settings import SCENES_SETTINGS

PARTS = {"chosen on": ("val", slice(0, 1000)), "unseen": ("val", slice(1000, None)), "novel": ("novel", slice(None))}


def main():
    parser = argparse.ArgumentParser(prog="python -m tools.caption_truth", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many models to train of each cell type")
    seeds = range(parser.parse_args().seeds)
    data = load_coco_data(data_dir() / "scenes")
    for cell_type in SCENES_SETTINGS:
        reports = defaultdict(list)  # (part, method) -> a report for each seed
        for seed in seeds:
            model = trained_model(data, cell_type, seed)
            for part, (split, rows) in PARTS.items():
                for method, captions in caption_methods(model, data[f"{split}_features"][rows]).items():
                    reports[part, method].append(caption_report(captions, data, split, rows))
        for (part, method), of_seeds in reports.items():
            means = ", ".join(f"{name} {np.mean([r[name] for r in of_seeds]):.3f}" for name in of_seeds[0])
            spread = np.std([report["true"] for report in of_seeds])
            print(f"{cell_type}, {part}, {method}: {means} (true: sd {spread:.3f})", flush=True)


def trained_model(data, cell_type, seed):
    model = CaptioningRNN(data["word_to_idx"], 512, 256, 512, cell_type, seed=seed)
    started = time.monotonic()
    CaptioningSolver(model, data, **SCENES_SETTINGS[cell_type], loss=packed_loss, verbose=False, seed=seed).train()
    print(f"{cell_type}, seed {seed}: trained in {time.monotonic() - started:.0f} s", flush=True)
    return model


def caption_methods(model, features):
    """dict method -> (N, T) captions of these pictures."""
    return {"greedy": model.sample(features), "beam": model.beam_search(features, 5)}


def caption_report(captions, data, split, rows):
    """`truth_report` of the captions of the pictures `rows` of a split, and their BLEU."""
    texts = decode_captions(captions, data["idx_to_word"], plain=True)
    pictures = range(len(data[f"{split}_urls"]))[rows]
    references = [[] for _ in data[f"{split}_urls"]]
    stored = decode_captions(data[f"{split}_captions"], data["idx_to_word"], plain=True)
    for picture, caption in zip(data[f"{split}_image_idxs"], stored, strict=True):
        references[picture].append(caption)
    scenes = [Scene.from_address(data[f"{split}_urls"][k]) for k in pictures]
    return truth_report(texts, scenes) | {"bleu": bleu_score(texts, [references[k] for k in pictures])}


if __name__ == "__main__":
    main()
