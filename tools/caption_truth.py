"""Train the captioning models of the notebooks with several seeds and print how true their captions are.

    python -m tools.caption_truth [--seeds 3]

Settings were chosen on the first thousand validation pictures; figures are of the others, and of the novel pictures.
"""

import argparse
import time

import numpy as np

from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.coco_utils import decode_captions, load_coco_data
from cs231n.download import data_dir
from cs231n.packed_captioning import packed_loss
from cs231n.scenes import Scene, bleu_score, truth_report
from cs231n.scenes.settings import SCENES_SETTINGS

PARTS = {"chosen on": ("val", slice(0, 1000)), "unseen": ("val", slice(1000, None)), "novel": ("novel", slice(None))}


def main():
    parser = argparse.ArgumentParser(prog="python -m tools.caption_truth", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many models of each cell")
    seeds = range(parser.parse_args().seeds)
    data = load_coco_data(data_dir() / "scenes")
    for cell_type, settings in SCENES_SETTINGS.items():
        results = {}
        for seed in seeds:
            model = CaptioningRNN(data["word_to_idx"], 512, 256, 512, cell_type, seed=seed)
            started = time.monotonic()
            CaptioningSolver(model, data, **settings, loss=packed_loss, verbose=False, seed=seed).train()
            print(f"{cell_type}, seed {seed}: trained in {time.monotonic() - started:.0f} s", flush=True)
            for part, (split, rows) in PARTS.items():
                for how, captions in written(model, data[f"{split}_features"][rows]).items():
                    results.setdefault((part, how), []).append(judged(captions, data, split, rows))
        for (part, how), reports in results.items():
            means = {name: np.mean([report[name] for report in reports]) for name in reports[0]}
            spread = np.std([report["true"] for report in reports])
            numbers = ", ".join(f"{name} {mean:.3f}" for name, mean in means.items())
            print(f"{cell_type}, {part}, {how}: {numbers} (true: sd {spread:.3f})", flush=True)


def written(model, features):
    return {"greedy": model.sample(features), "beam": model.beam_search(features, 5)}


def judged(captions, data, split, rows):
    """`truth_report` of captions of these pictures, with their BLEU."""
    texts = decode_captions(captions, data["idx_to_word"], plain=True)
    pictures = range(len(data[f"{split}_urls"]))[rows]
    references = decode_captions(data[f"{split}_captions"], data["idx_to_word"], plain=True)
    of_picture = [[] for _ in data[f"{split}_urls"]]
    for picture, reference in zip(data[f"{split}_image_idxs"], references, strict=True):
        of_picture[picture].append(reference)
    scenes = [Scene.from_address(data[f"{split}_urls"][k]) for k in pictures]
    return truth_report(texts, scenes) | {"bleu": bleu_score(texts, [of_picture[k] for k in pictures])}


if __name__ == "__main__":
    main()
