"""Train the captioning models of the notebooks with several seeds and print which share of their captions is true.

    python -m tools.caption_truth [--seeds 3] [--models rnn lstm attn transformer]

The shares over three seeds that the README and the notebooks name come from here. `SCENES_SETTINGS` were chosen on the
first thousand validation pictures ("chosen on"); the other validation pictures ("unseen") and the pictures with new
combinations of colour and thing ("novel") played no part in that. The models with attention ("attn", "transformer")
look at grids, the others see the features of whole pictures.
"""

import argparse
import time
from collections import defaultdict

import numpy as np

from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.classifiers.transformer import CaptioningTransformer
from cs231n.coco_utils import decode_captions, load_coco_data
from cs231n.data_sets import data_dir
from cs231n.packed_captioning import packed_loss
from cs231n.packed_transformer import packed_transformer_loss
from cs231n.scenes import Scene, bleu_score, truth_report
from cs231n.scenes.settings import SCENES_SETTINGS

PARTS = {"chosen on": ("val", slice(0, 1000)), "unseen": ("val", slice(1000, None)), "novel": ("novel", slice(None))}


def main():
    parser = argparse.ArgumentParser(prog="python -m tools.caption_truth", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many models to train of each cell type")
    names = list(SCENES_SETTINGS)
    parser.add_argument("--models", nargs="+", choices=names, default=names, help="which kinds of model to train")
    arguments = parser.parse_args()
    seeds = range(arguments.seeds)
    for cell_type in arguments.models:
        data = load_coco_data(data_dir() / "scenes", grid=cell_type in ("attn", "transformer"))
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
    words, num_features, loss = data["word_to_idx"], data["train_features"].shape[-1], packed_loss
    if cell_type == "transformer":
        model, loss = CaptioningTransformer(words, num_features, 256, seed=seed), packed_transformer_loss
    else:
        model = CaptioningRNN(words, num_features, 256, 512, cell_type, seed=seed)
    started, processor = time.monotonic(), time.process_time()
    CaptioningSolver(model, data, **SCENES_SETTINGS[cell_type], loss=loss, verbose=False, seed=seed).train()
    seconds, of_processors = time.monotonic() - started, time.process_time() - processor
    size = sum(p.size for p in model.params.values()) / 1e6
    times = f"{seconds:.0f} s, {of_processors:.0f} s of processors"
    print(f"{cell_type}, seed {seed}: {size:.2f} million parameters, trained in {times}", flush=True)
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
