"""Train the captioning models of the notebooks with several seeds and print which share of their captions is true.

    python -m tools.caption_truth [--seeds 3] [--models rnn lstm attn transformer] [--methods greedy beam]
        [--equal-time] [--out FILE]

The shares over three seeds that the README and the notebooks name come from here. `SCENES_SETTINGS` were chosen on the
first thousand validation pictures ("chosen on"); the other validation pictures ("unseen") and the pictures with new
combinations of colour and thing ("novel") played no part in that. The models with attention ("attn", "transformer")
look at grids, the others see the features of whole pictures. With `--equal-time` the RNN trains longer than in its
notebook, as long as the others do.

With `--out` each result is also stored in a JSON file as soon as it is there, and a model whose result is there already
is not trained again.
"""

import argparse
import json
import time
from collections import defaultdict

import numpy as np

from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.classifiers.transformer import CaptioningTransformer
from cs231n.coco_utils import decode_captions, load_coco_data
from cs231n.data_sets import data_dir
from cs231n.files import atomic_write, user_path
from cs231n.packed_captioning import packed_loss
from cs231n.packed_transformer import packed_transformer_loss
from cs231n.scenes import Scene, bleu_score, truth_report
from cs231n.scenes.settings import SCENES_SETTINGS, lr_decay

PARTS = {"chosen on": ("val", slice(0, 1000)), "unseen": ("val", slice(1000, None)), "novel": ("novel", slice(None))}
METHODS = ("greedy", "beam")
# With these a training of the RNN takes as many seconds of one core as one of the LSTM, 117.
_LONGER = {"rnn": {"num_epochs": 2.6, "lr_decay": lr_decay(2.6)}}


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.caption_truth", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="how many models to train of each cell type")
    names = list(SCENES_SETTINGS)
    parser.add_argument("--models", nargs="+", choices=names, default=names, help="which kinds of model to train")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS, help="how captions are written")
    parser.add_argument("--equal-time", action="store_true", help="train the RNN as long as the others")
    parser.add_argument("--out", metavar="FILE", type=user_path, help="JSON file for the results")
    options = parser.parse_args(argv)
    results = json.loads(options.out.read_text()) if options.out and options.out.exists() else {}
    for cell_type in options.models:
        settings = SCENES_SETTINGS[cell_type] | (_LONGER.get(cell_type, {}) if options.equal_time else {})
        of_seeds = results.setdefault(cell_type, {})
        data = load_coco_data(data_dir() / "scenes", grid=cell_type in ("attn", "transformer"))
        for seed in map(str, range(options.seeds)):
            if seed not in of_seeds:
                of_seeds[seed] = result(data, cell_type, int(seed), settings, options.methods)
                if options.out:
                    with atomic_write(options.out) as file:
                        file.write(json.dumps(results, indent=1).encode() + b"\n")
        print_means(cell_type, of_seeds.values())


def result(data, cell_type, seed, settings, methods):
    """Train one model: dict of the facts of its training, with a dict part -> method -> report as "reports"."""
    model, training = trained_model(data, cell_type, seed, settings)
    reports = {
        part: {
            method: caption_report(written(model, data[f"{split}_features"][rows], method), data, split, rows)
            for method in methods
        }
        for part, (split, rows) in PARTS.items()
    }
    return training | {"reports": reports}


def print_means(cell_type, results):
    """Print for each part and method the means over the seeds."""
    by_kind = defaultdict(list)  # (part, method) -> a report for each seed
    for one in results:
        for part, reports in one["reports"].items():
            for method, report in reports.items():
                by_kind[part, method].append(report)
    for (part, method), reports in by_kind.items():
        means = ", ".join(f"{name} {np.mean([r[name] for r in reports]):.3f}" for name in reports[0])
        spread = np.std([report["true"] for report in reports])
        print(f"{cell_type}, {part}, {method}: {means} (true: sd {spread:.3f})", flush=True)


def trained_model(data, cell_type, seed, settings):
    """A trained model, and a dict of the facts of its training: parameters, batches, seconds."""
    words, num_features, loss = data["word_to_idx"], data["train_features"].shape[-1], packed_loss
    if cell_type == "transformer":
        model, loss = CaptioningTransformer(words, num_features, 256, seed=seed), packed_transformer_loss
    else:
        sizes = (128, 256) if cell_type == "attn" else (256, 512)  # of word vectors and hidden states
        model = CaptioningRNN(words, num_features, *sizes, cell_type, seed=seed)
    started, processor = time.monotonic(), time.process_time()
    solver = CaptioningSolver(model, data, **settings, loss=loss, verbose=False, seed=seed)
    solver.train()
    seconds, of_processors = time.monotonic() - started, time.process_time() - processor
    size = sum(p.size for p in model.params.values())
    times = f"{seconds:.0f} s, {of_processors:.0f} s of processors"
    print(f"{cell_type}, seed {seed}: {size / 1e6:.2f} million parameters, trained in {times}", flush=True)
    return model, {
        "parameters": size,
        "batches": len(solver.loss_history),
        "seconds": round(seconds, 1),
        "processor_seconds": round(of_processors, 1),
    }


def written(model, features, method):
    """(N, T) captions of these pictures, "greedy" or by "beam" search."""
    return model.sample(features) if method == "greedy" else model.beam_search(features, 5)


def caption_report(captions, data, split, rows):
    """`truth_report` of the captions of the pictures `rows` of a split, and their BLEU, to four digits."""
    texts = decode_captions(captions, data["idx_to_word"], plain=True)
    pictures = range(len(data[f"{split}_urls"]))[rows]
    references = [[] for _ in data[f"{split}_urls"]]
    stored = decode_captions(data[f"{split}_captions"], data["idx_to_word"], plain=True)
    for picture, caption in zip(data[f"{split}_image_idxs"], stored, strict=True):
        references[picture].append(caption)
    scenes = [Scene.from_address(data[f"{split}_urls"][k]) for k in pictures]
    report = truth_report(texts, scenes) | {"bleu": bleu_score(texts, [references[k] for k in pictures])}
    return {name: round(float(value), 4) for name, value in report.items()}


if __name__ == "__main__":
    main()
