"""Compute the frames of the site's interactive figures, and write them to classroom/site/figures/.

    python -m classroom.site.figures [NAME ...]

A figure consists of NAME.jpg, which holds all frames, and NAME.json, which holds their size and the text for each. Both
are committed, so that building the site computes nothing.
"""

import argparse
import functools
import io
import itertools
import json
import math
import os
import sys
from pathlib import Path

import numpy as np
import scipy.special
from PIL import Image

from cs231n.files import atomic_write
from cs231n.quiet_tensorflow import quiet_tensorflow

FOLDER = Path(__file__).parent / "figures"
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
        about: dict for the JSON file; the size of the frames is added. "controls" is a list of what `slider` and
            `choice` return, and "notes" has a line for each frame; there is a frame for each combination of their
            values, in order, and the last control changes fastest. With "seconds", the last control can be played.
        folder: Path of the folder to write to.

    Raises:
        ValueError: if frames differ in size, or if a side is not a multiple of 16.
    """
    height, width = frames[0].shape[:2]
    if any(frame.shape != frames[0].shape for frame in frames) or height % 16 or width % 16:
        raise ValueError(f"{name}: frames must have one size in multiples of 16, got {frames[0].shape}")
    columns = math.isqrt(len(frames) - 1) + 1  # frames in a row of NAME.jpg, about as many as there are rows
    rows = math.ceil(len(frames) / columns)
    sheet = np.zeros((rows * height, columns * width, *frames[0].shape[2:]), np.uint8)
    for k, frame in enumerate(frames):
        top, left = height * (k // columns), width * (k % columns)
        sheet[top : top + height, left : left + width] = frame
    picture = io.BytesIO()
    Image.fromarray(sheet).save(picture, "jpeg", quality=80, optimize=True)
    about = {"width": width, "height": height, "columns": columns, "rows": rows} | about
    text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    contents = {f"{name}.jpg": picture.getvalue(), f"{name}.json": text.encode()}
    for file_name, data in contents.items():
        with atomic_write(folder / file_name) as file:
            file.write(data)
    return sum(map(len, contents.values()))


def slider(name, values, start=0):
    """A control of a figure: a slider over `values` (texts), at first at the index `start`."""
    return {"name": name, "values": list(values), "start": start}


def choice(name, values, start=0):
    """A control of a figure: a list to choose from; arguments as for `slider`."""
    return slider(name, values, start) | {"choice": True}


def growing_steps(last, count, every):
    """About `count` steps from 1 to `last`, with distances that grow; all but the first are multiples of `every`."""
    steps = last * np.linspace(0, 1, count)[1:] ** 1.5  # chosen by eye: most happens at the beginning
    return sorted({1, *(int(every * max(1, round(step / every))) for step in steps)})


# ---------------------------------------------------------------- GANs


def digits_growth(rows=2, columns=8):
    """Digits of a DCGAN from the first step of its live training to the last."""
    from cs231n.gan import RECIPES, train_gan
    from cs231n.gan.callbacks import take_shots

    live = RECIPES["dcgan"].live
    trained = train_gan("dcgan", callbacks=[take_shots(5)], seed=SEED)
    steps = growing_steps(live.num_steps, 40, 5)
    frames = [_digits(trained.shots[step][: rows * columns], rows, columns) for step in steps]
    return frames, {
        "title": "Digits out of noise",
        "controls": [slider("Training step", map(str, steps), len(steps) - 1)],
        "notes": [f"{live.batch_size * step:,} images of MNIST seen" for step in steps],
        "alt": "Sixteen digits of a generator that is learning to draw them",
        "caption": f"A DCGAN over the {live.num_steps} steps of the notebook's live training: what the same sixteen "
        "noise vectors become.",
        "scale": 3,
        "seconds": 6,
    }


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
        "controls": [slider("Share of the second noise", [f"{share:.0%}" for share in np.linspace(0, 1, steps)])],
        "notes": notes,
        "alt": "Twelve generated digits, each on its way from one to another",
        "caption": "Twelve pairs of noise vectors z and z', and at each position of the slider what the DCGAN that was "
        f"trained to the end makes of (1 - s) z + s z'. All {steps} positions were computed with the package's "
        "weights. Every point between is an image of its own: strokes bend, close and break off, and seldom "
        "does one image fade into another. Below, what the judge reads; a question mark where no digit has a "
        "probability of .9.",
        "scale": 3,
        "seconds": 5,
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


def style_weight(iterations=40):
    """Two photographs, painted with larger and larger style weights, with finer and with broader brushes."""
    from cs231n.style_transfer import gram_distance, style_transfer

    model, photographs, styles, settings = _painting()
    preset, style = settings["facets"], styles["facets"]
    names, brushes = ("astronaut", "palace"), {"fine": 0.6, "medium": 1, "broad": 1.6}
    factors = 10 ** np.linspace(-1.5, 0.5, 4)
    frames, notes = [], []
    for name, brush, factor in itertools.product(names, brushes.values(), factors):
        changes = {
            "style_weights": [factor * weight for weight in preset["style_weights"]],
            "tv_weight": factor * preset["tv_weight"],
            "style_size": round(brush * preset["style_size"]),
        }
        chosen = preset | changes
        image, history = style_transfer(photographs[name], style, model=model, num_iterations=iterations, **chosen)
        distance = gram_distance(image, style, chosen["style_size"], chosen["style_layers"], model)
        frames.append(image)
        notes.append(f"Content loss {history['content'][-1]:.3g}, Gram distance to the painting {distance:.2g}")
    return frames, {
        "title": "How much style, and how broad a brush?",
        "controls": [
            choice("Photograph", names),
            choice("Brush", brushes, 1),
            slider("Style weights, times the preset", [f"{factor:.2g}" for factor in factors], 2),
        ],
        "notes": notes,
        "alt": "A photograph, painted in cubist facets",
        "caption": f"{len(frames)} runs of {iterations} steps with the network, preset and seed of the notebook. "
        "Style weights and total variation go together from a thirtieth of the preset to three times as much: as one "
        "number falls the other rises, and the dial only chooses the exchange. A brush is the size at which the "
        "network sees the painting: the fine one .6 of the preset's, the broad one 1.6.",
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
        "controls": [slider("Steps of Adam", map(str, counts), 4)],
        "notes": notes,
        "alt": "The photograph of a palace on its way to swirling strokes",
        "caption": "Twelve runs on the palace and the swirls, with the preset of the notebook and as many steps as the "
        "slider says; each shortens its steps after sixty per cent of its own way. The colours come first and "
        "coarse, then the strokes; after forty steps patience buys little.",
    }


def painting_growth():
    """A photograph becomes a painting, from coarse to fine."""
    from cs231n.figures import collected_shots
    from cs231n.image_utils import photograph
    from cs231n.style_transfer import paint, painting_presets

    model, photographs, styles, _ = _painting()
    preset = painting_presets(model)["facets"] | {"show_every": 4}
    original = photograph(photographs["palace"], 192)
    with collected_shots() as shots:
        paint(original, styles["facets"], preset, 192, model)
    frames, values = [original], ["photograph"]
    for of_stage, stage, every in zip(shots, preset["stages"], (4, 8), strict=True):
        for step in (*range(every, stage.num_iterations, every), stage.num_iterations):
            frames.append(_fitted(of_stage[step][0], original.shape[:2]))
            values.append(f"step {step} at {min(of_stage[step][0].shape[:2])} pixels")
    half, full = (stage.num_iterations for stage in preset["stages"])
    return frames, {
        "title": "A photograph becomes a painting",
        "controls": [slider("Step", values)],
        "notes": [""] * len(frames),
        "alt": "The photograph of a palace turns into cubist planes, coarse ones first",
        "caption": f"The palace in facets, as python -m cs231n.paint paints it: {half} steps at half the size for the "
        f"large planes, then {full} steps at the full size.",
        "seconds": 5,
    }


def _fitted(picture, shape):
    """A picture (h, w, 3) uint8, enlarged to `shape`, (H, W)."""
    return np.asarray(Image.fromarray(picture).resize(shape[::-1], Image.Resampling.BICUBIC))


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
        "controls": [slider("Depth", values, 6)],
        "notes": notes,
        "alt": "A cup of coffee and an astronaut, as one feature map of the network remembers them",
        "caption": f"Two photographs, and from each map of EfficientNet-Lite0 what can be brought back: {iterations} "
        "steps from the same noise towards the map, as in the notebook. Colours go first, then surfaces, then "
        "places; deep maps keep what the thing is rather than what it looks like.",
    }


# ---------------------------------------------------------------- classes


def class_growth(num_iterations=256):
    """Two classes that grow out of grey."""
    from cs231n.classifiers.pretrained import load_pretrained
    from cs231n.figures import collected_shots
    from cs231n.network_visualization import render_classes

    classes = {"snail": 113, "volcano": 980}
    with collected_shots() as shots:
        render_classes(list(classes.values()), load_pretrained(), num_iterations, show_every=4, seed=1)
    steps = growing_steps(num_iterations, 26, 4)
    frames = [shots[0][step][k] for k in range(len(classes)) for step in steps]
    return frames, {
        "title": "A class grows out of grey",
        "controls": [choice("Class", classes), slider("Step of Adam", map(str, steps))],
        "notes": [""] * len(frames),
        "alt": "A picture of a class of ImageNet, as a network imagines it",
        "caption": f"render_classes over its {num_iterations} steps, with the seed of the notebook: a sum of waves "
        "that starts as grey. Strong noise drowns fine patterns at first, so the large shapes come first; detail "
        "follows as the noise fades.",
        "seconds": 5,
    }


def class_recipes(side=160):
    """Three classes, drawn by three recipes."""
    from cs231n.classifiers.pretrained import load_pretrained
    from cs231n.image_utils import deprocess_image
    from cs231n.network_visualization import create_class_visualization, render_classes

    model = load_pretrained()
    classes = {"tarantula": 76, "starfish": 327, "strawberry": 949}
    waves = render_classes(list(classes.values()), model, seed=1)
    entries = 3 * model.image_size**2
    frames, notes = [], []
    for k, y in enumerate(classes.values()):
        drawn = [create_class_visualization(y, model, l2_reg=weight)[0] for weight in (0.1, 0.1 / entries)]
        for picture in (*drawn, waves[k]):
            p = scipy.special.softmax(model(picture[None]).numpy())[0, y]
            pixels = deprocess_image(picture)
            notes.append(f"Probability {p:.2f}, contrast {pixels.std():.0f} grey levels")
            frames.append(_fitted(pixels, (side, side)))
    return frames, {
        "title": "A class by three recipes",
        "controls": [
            choice("Class", classes),
            choice("Recipe", ["penalty as a number", "penalty as an array", "waves, random views, fading noise"], 2),
        ],
        "notes": notes,
        "alt": "A picture of a class of ImageNet, as a network imagines it",
        "caption": "The first two are the course's recipe, gradient ascent on pixels with a penalty of weight 0.1 on "
        f"large values: as it stands, and written as an array, which makes it {entries:,} times weaker. The third is "
        "render_classes.",
    }


# ---------------------------------------------------------------- captions


def composer(side=96):
    """Scenes that a reader composes, with what the LSTM writes about each."""
    from cs231n.scenes import Scene, caption_facts, facts_true_of
    from cs231n.scenes.composition import NOVEL_PAIRS, Group
    from cs231n.scenes.drawing import draw_scene

    counts, colours = (1, 2, 3), ("red", "yellow", "blue", "white", "black")
    kinds, places = ("cat", "dog", "car", "tree", "boat", "fish", "bird", "kite"), ("meadow", "snow", "sea", "night")
    combinations = itertools.product(counts, colours, kinds, places)
    scenes = [Scene(place, "alone", (Group(count, colour, kind),), SEED) for count, colour, kind, place in combinations]
    captions, notes = _captions_of(scenes), []
    verdicts = [caption_facts(text) <= facts_true_of(scene) for text, scene in zip(captions, scenes, strict=True)]
    for scene, text, verdict in zip(scenes, captions, verdicts, strict=True):
        kind, colour = scene.groups[0].kind, scene.groups[0].colour
        novel = f" In training it saw no {colour} {kind}." if (kind, colour) in NOVEL_PAIRS else ""
        notes.append(f"“{text}”: {'true' if verdict else 'false'}.{novel}")
    return [draw_scene(scene, side) for scene in scenes], {
        "title": "Compose a scene",
        "controls": [
            choice("How many", ["one", "two", "three"], 1),
            choice("Colour", colours),
            choice("What", kinds, 4),
            choice("Where", places, 2),
        ],
        "notes": notes,
        "alt": "The scene that is composed",
        "caption": f"{len(scenes)} scenes, and what the LSTM of the notebook, which sees the picture only, writes "
        f"about each: {sum(verdicts)} captions are true. A thing out of place, such as a boat in the snow, "
        "becomes what the training had there. python -m cs231n.caption captions any sentence of your own.",
        "scale": 3,
    }


def _captions_of(scenes, batch=60):
    """What the LSTM writes about each scene."""
    from cs231n.coco_utils import decode_captions
    from cs231n.scenes.captioner import load_captioner
    from cs231n.scenes.drawing import PICTURE_SIZE, draw_scene
    from cs231n.scenes.features import efficientnet_outputs, load_reduction

    describe, reduction, model, features = efficientnet_outputs(), load_reduction(), load_captioner(), []
    for k in range(0, len(scenes), batch):
        pictures = np.stack([draw_scene(scene, PICTURE_SIZE) for scene in scenes[k : k + batch]])
        features.append(reduction.features(describe(pictures)).astype(np.float32))
    return decode_captions(model.sample(np.concatenate(features)), model.idx_to_word, plain=True)


def lstm_gates(captions=3, units=8):
    """Gates of the units whose cell state changes most, while captions are written."""
    from cs231n.coco_utils import decode_captions, load_coco_data
    from cs231n.data_sets import data_dir
    from cs231n.lstm_gates import gates_while_reading
    from cs231n.scenes import Scene, caption_facts, facts_true_of, load_picture
    from cs231n.scenes.captioner import load_captioner

    data, model = load_coco_data(data_dir() / "scenes"), load_captioner()
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


def attention_words(pictures=4, num_words=11):
    """Where a Transformer looks while it writes captions, word by word."""
    from cs231n.attention_maps import weights_while_writing
    from cs231n.captioning_figures import picture_with_weights
    from cs231n.coco_utils import decode_captions, load_coco_data
    from cs231n.data_sets import data_dir
    from cs231n.scenes import Scene, caption_facts, facts_true_of, load_picture
    from tools.caption_truth import trained_model

    data = load_coco_data(data_dir() / "scenes", grid=True)
    model, _ = trained_model(data, "transformer", seed=0)
    features, urls = data["val_features"][1000:1200], data["val_urls"][1000:1200]
    texts = decode_captions(model.sample(features), data["idx_to_word"], plain=True)
    chosen = [
        k
        for k, text in enumerate(texts)
        if len(text.split()) == num_words and caption_facts(text) <= facts_true_of(Scene.from_address(urls[k]))
    ][:pictures]
    frames, notes = [], []
    for k in chosen:
        picture, words = load_picture(urls[k]), texts[k].split()
        caption = [data["word_to_idx"][word] for word in ("<START>", *words)]
        weights = weights_while_writing(model, features[k], caption).mean(axis=(0, 1))
        for word, look in zip(words, weights, strict=True):
            frames.append(np.rint(255 * picture_with_weights(picture, look)).astype(np.uint8))
            notes.append(f"“{word}”, in “{texts[k]}”")
    return frames, {
        "title": "Attention to words",
        "controls": [
            choice("Picture", map(str, range(1, len(chosen) + 1))),
            slider("Word", map(str, range(1, num_words + 1))),
        ],
        "notes": notes,
        "alt": "A drawn scene, bright where the Transformer looks while it writes a word",
        "caption": "A Transformer, trained as in the notebook, writes about pictures that it has never seen; its "
        "captions are true. For each word, the weights of the sixteen cells: the mean of all eight heads.",
        "scale": 3,
        "seconds": 8,
    }


def _padded(picture):
    """A picture, enlarged by white pixels below and to the right to multiples of 16 pixels."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, -height % 16), (0, -width % 16), (0, 0)), constant_values=255)


_DRAWN = (digits_growth, gan_interpolation, style_weight, style_steps, painting_growth, inversion)
_CLASSES, _CAPTIONS = (class_growth, class_recipes), (composer, lstm_gates, attention_words)
FIGURES = {function.__name__: function for function in (*_DRAWN, *_CLASSES, *_CAPTIONS)}

if __name__ == "__main__":
    main()
