"""Compute the frames of the site's interactive figures, and write them to classroom/site/figures/.

    python -m classroom.site.figures [NAME ...]

A figure consists of NAME.jpg, which holds all frames, and NAME.json, which holds their size and the text for each. Both
are committed, so that building the site computes nothing.
"""

import argparse
import functools
import io
import json
import math
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from cs231n.files import atomic_write
from cs231n.quiet_tensorflow import quiet_tensorflow

FOLDER = Path(__file__).parent / "figures"
COLUMNS = 4  # frames in a row of NAME.jpg
SEED = 231


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.site.figures", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default all: {', '.join(FIGURES)}")
    names = parser.parse_args(argv).names or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        sys.exit(f"no figure {unknown[0]!r}; there are: {', '.join(FIGURES)}")
    os.environ["CS231N_EMBEDDED_ONLY"] = (
        "1"  # the data that every machine has, as for the stored outputs of the notebooks
    )
    quiet_tensorflow(SEED)
    for name in names:
        frames, about = FIGURES[name]()
        size = write(name, frames, about)
        print(f"classroom/site/figures/{name}: {len(frames)} frames, {size // 1000} KB")


def write(name, frames, about, folder=FOLDER):
    """Write the two files of a figure, each atomically; returns the sum of their sizes in bytes.

    Args:
        name: name of the figure.
        frames: list of uint8 arrays of one size, (H, W) or (H, W, 3). H and W are multiples of 16, the size of JPEG's
            blocks, so that no block belongs to two frames.
        about: dict for the JSON file; the size of the frames is added.
        folder: Path of the folder to write to.

    Raises:
        ValueError: if frames differ in size, or if a side is not a multiple of 16.
    """
    height, width = frames[0].shape[:2]
    if any(frame.shape != frames[0].shape for frame in frames) or height % 16 or width % 16:
        raise ValueError(f"{name}: frames must have one size in multiples of 16, got {frames[0].shape}")
    rows = math.ceil(len(frames) / COLUMNS)
    sheet = np.zeros((rows * height, COLUMNS * width, *frames[0].shape[2:]), np.uint8)
    for k, frame in enumerate(frames):
        top, left = height * (k // COLUMNS), width * (k % COLUMNS)
        sheet[top : top + height, left : left + width] = frame
    picture = io.BytesIO()
    Image.fromarray(sheet).save(picture, "jpeg", quality=80, optimize=True)
    about = {"width": width, "height": height, "columns": COLUMNS, "rows": rows} | about
    text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    contents = {f"{name}.jpg": picture.getvalue(), f"{name}.json": text.encode()}
    for file_name, data in contents.items():
        with atomic_write(folder / file_name) as file:
            file.write(data)
    return sum(map(len, contents.values()))


# ---------------------------------------------------------------- GANs


def gan_interpolation(rows=2, columns=6, steps=33):
    """Digits on straight lines between two points of noise."""
    from cs231n.classifiers.digits import load_digit_classifier, read_digits
    from cs231n.gan import sample_noise
    from cs231n.gan.trained import load_trained_generator

    generator, classifier = load_trained_generator("dcgan"), load_digit_classifier()
    start, end = (sample_noise(rows * columns, 96, seed=seed).numpy() for seed in (SEED, SEED + 1))
    frames, notes = [], []
    for share in np.linspace(0, 1, steps, dtype=np.float32):
        images = generator((1 - share) * start + share * end, training=False).numpy()
        frames.append(_digits(images, rows, columns))
        probabilities = read_digits(images, classifier).probabilities
        read = [str(p.argmax()) if p.max() >= 0.9 else "?" for p in probabilities]
        lines = [" ".join(read[row * columns : (row + 1) * columns]) for row in range(rows)]
        notes.append(f"Read by the judge as {' / '.join(lines)}")
    return frames, {
        "title": "From one digit to another",
        "slider": "Share of the second noise",
        "values": [f"{share:.0%}" for share in np.linspace(0, 1, steps)],
        "notes": notes,
        "alt": "Twelve generated digits, each on its way from one to another",
        "caption": "Twelve pairs of noise vectors z and z', and at each position of the slider what the DCGAN that was "
        f"trained to the end makes of (1 - s) z + s z'. All {steps} positions were computed with the package's "
        "weights. Every point between is an image of its own: strokes bend, close and break off, and seldom "
        "does one image fade into another. Below, what the judge reads; a question mark where no digit has a "
        "probability of .9.",
        "scale": 3,
    }


def _digits(images, rows, columns, cell=32):
    """Digits (N, 784) in [-1, 1] as one picture: a grid of cells, a digit in the middle of each."""
    pixels = np.rint(127.5 * (images.reshape(rows, columns, 28, 28) + 1)).clip(0, 255).astype(np.uint8)
    margin = (cell - 28) // 2
    padded = np.pad(pixels, ((0, 0), (0, 0), (margin, margin), (margin, margin)))
    return padded.transpose(0, 2, 1, 3).reshape(rows * cell, columns * cell)


# ---------------------------------------------------------------- style transfer


@functools.cache
def _painting():
    """The network, photographs, paintings and settings of the notebook."""
    from cs231n.classifiers.pretrained import load_pretrained
    from cs231n.data_utils import load_photographs, load_styles
    from cs231n.style_transfer import presets

    model = load_pretrained()
    return model, load_photographs(), load_styles(), presets(model)


def style_weight(iterations=120):
    """One photograph, painted with larger and larger style weights."""
    from cs231n.style_transfer import gram_distance, style_transfer

    model, photographs, styles, settings = _painting()
    preset, style = settings["facets"], styles["facets"]
    factors = 10 ** np.linspace(-2, 1, 13)
    frames, notes = [], []
    for factor in factors:
        weights = {
            "style_weights": [factor * weight for weight in preset["style_weights"]],
            "tv_weight": factor * preset["tv_weight"],
        }
        image, history = style_transfer(
            photographs["astronaut"], style, model=model, num_iterations=iterations, **preset | weights
        )
        distance = gram_distance(image, style, preset["style_size"], preset["style_layers"], model)
        frames.append(image)
        notes.append(f"Content loss {history['content'][-1]:.3g}, Gram distance to the painting {distance:.2g}")
    return frames, {
        "title": "How much style?",
        "slider": "Style weights, times the preset",
        "values": [f"{factor:.2g}" for factor in factors],
        "notes": notes,
        "alt": "The photograph of an astronaut, painted in cubist facets",
        "caption": f"Thirteen runs of {iterations} steps on the astronaut and the facets, with the network, the preset "
        "and the seed of the notebook; style weights and total variation together from a hundredth of the "
        "preset to ten times as much. As one number falls the other rises: the dial only chooses the "
        "exchange.",
        "start": 8,
    }


def style_steps():
    """One photograph after more and more steps of style transfer."""
    from cs231n.style_transfer import style_transfer

    model, photographs, styles, settings = _painting()
    counts = (0, 1, 2, 4, 8, 12, 16, 24, 40, 60, 90, 150)
    frames, notes = [], []
    for steps in counts:
        image, history = style_transfer(
            photographs["palace"], styles["swirls"], model=model, num_iterations=steps, **settings["swirls"]
        )
        frames.append(image)
        content, style = history["content"][-1], history["style"][-1].sum()
        notes.append(f"Weighted losses: content {content:.3g}, style {style:.3g}")
    return frames, {
        "title": "How a picture comes about, step by step",
        "slider": "Steps of Adam",
        "values": [str(count) for count in counts],
        "notes": notes,
        "alt": "The photograph of a palace on its way to swirling strokes",
        "caption": "Twelve runs on the palace and the swirls, with the preset of the notebook and as many steps as the "
        "slider says; each shortens its steps after sixty per cent of its own way. The colours come first and "
        "coarse, then the strokes; after forty steps patience buys little.",
        "start": 4,
    }


def inversion(iterations=150):
    """Two photographs, reconstructed from each feature map of the network."""
    from cs231n.image_utils import preprocess_image, resize_image
    from cs231n.style_transfer import invert_features

    model, photographs, _, _ = _painting()
    originals = [resize_image(photographs[name], 160)[:, :208] for name in ("cup", "astronaut")]
    sizes = [m.shape[1:] for m in model.extract_features(preprocess_image(originals[0])[None])]
    frames, values = [np.hstack(originals)], ["photographs"]
    notes = [f"{originals[0].shape[0]} x {originals[0].shape[1]} pixels, 3 numbers each"]
    for layer, (height, width, channels) in enumerate(sizes):
        inverted = [
            invert_features(original, 160, layer, tv_weight=0.05, model=model, num_iterations=iterations)
            for original in originals
        ]
        frames.append(np.hstack([image for image, _ in inverted]))
        values.append(f"map {layer}")
        errors = " and ".join(
            f"{np.sqrt(((image.astype(float) - original) ** 2).mean()):.0f}"
            for (image, _), original in zip(inverted, originals, strict=True)
        )
        notes.append(f"{height} x {width} places, {channels} channels; error of the pixels {errors} grey levels")
    return frames, {
        "title": "What each map remembers",
        "slider": "Depth",
        "values": values,
        "notes": notes,
        "alt": "A cup of coffee and an astronaut, as one feature map of the network remembers them",
        "caption": f"Two photographs, and from each map of EfficientNet-Lite0 what can be brought back: {iterations} "
        "steps from the same noise towards the map, as in the notebook. Colours go first, then surfaces, then "
        "places; deep maps keep what the thing is rather than what it looks like.",
        "start": 6,
    }


# ---------------------------------------------------------------- LSTM


def lstm_gates(captions=3, units=8):
    """Gates of the units whose cell state changes most, while captions are written."""
    from cs231n.captioning_solver import CaptioningSolver
    from cs231n.classifiers.rnn import CaptioningRNN
    from cs231n.coco_utils import decode_captions, load_coco_data
    from cs231n.data_sets import data_dir
    from cs231n.lstm_gates import gates_while_reading
    from cs231n.packed_captioning import packed_loss
    from cs231n.scenes import Scene, caption_facts, facts_true_of, load_picture
    from cs231n.scenes.settings import SCENES_SETTINGS

    data = load_coco_data(data_dir() / "scenes")
    model = CaptioningRNN(data["word_to_idx"], 512, 256, 512, "lstm", seed=0)
    CaptioningSolver(model, data, **SCENES_SETTINGS["lstm"], loss=packed_loss, verbose=False, seed=0).train()

    features, urls = data["val_features"][1000:1200], data["val_urls"][1000:1200]
    texts = decode_captions(model.sample(features), data["idx_to_word"], plain=True)
    long_and_true = [
        k
        for k, text in enumerate(texts)
        if len(text.split()) > 10 and caption_facts(text) <= facts_true_of(Scene.from_address(urls[k]))
    ]
    frames, gate_tables = [], []
    for k in long_and_true[:captions]:
        words = ["<START>", *texts[k].split()]
        gates = gates_while_reading(model, features[k], [data["word_to_idx"][word] for word in words])
        gates["c"] = np.tanh(gates["c"])
        lively = np.argsort(gates["c"].std(axis=0))[-units:]
        lively = lively[np.argsort(np.abs(gates["c"][:, lively]).argmax(axis=0))]
        frames.append(_padded(load_picture(urls[k])))
        values = {name: np.round(gates[name][:, lively], 2).tolist() for name in "ifoc"}
        gate_tables.append({"words": words, "units": lively.tolist(), **values})
    return frames, {
        "title": "Gates while a caption is written",
        "captions": gate_tables,
        "alt": "The picture that the LSTM describes",
        "caption": "An LSTM of 512 units, trained as in the notebook, writes about pictures that it has never seen; "
        f"its captions are true. For each word that it has just read, the gates and the cell state of {units} "
        "units: those whose cell state changes most in this caption, in the order in which they peak. Watch "
        "the forget gates after a noun.",
    }


def _padded(picture):
    """A picture, enlarged by white pixels below and to the right to multiples of 16 pixels."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, -height % 16), (0, -width % 16), (0, 0)), constant_values=255)


FIGURES = {
    function.__name__: function for function in (gan_interpolation, style_weight, style_steps, inversion, lstm_gates)
}

if __name__ == "__main__":
    main()
