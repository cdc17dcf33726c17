"""Painting from coarse to fine beside one size: time, memory, and how good the pictures are.

    python benchmarks/coarse_to_fine.py [times] [judges] [ratios]

times: seconds of `paint` at 384 x 512 pixels, of 150 steps of `style_transfer` at this size, and of `paint` at 768 x
1024, with the memory that the process takes. Targets: at most 60 % of the second, and at most five times the first. The
ratios are of processor time, the least of each, because other programs on the machine lengthen the time on the clock.

judges: each of three photographs in each of four styles, at 384 pixels. The smallest fall of a style term (at least
90 %); the nearest painting by maps that took no part; the votes of patches by three small networks, one by one and
together, trained on patches of the paintings at the sizes that `paint` gives them; and whether the photograph's class
is among the first five of EfficientNet-Lite0.

ratios: the same pictures beside those of 150 steps at one size. Gram distance and content loss as ratios (targets, as a
mean over the photographs: at most 1 and at most 1.5).
"""

import os
import sys
import time

os.environ.setdefault("TQDM_DISABLE", "1")

import keras
import numpy as np
import psutil
import tensorflow_setup  # noqa: F401 (before TensorFlow is used)

from cs231n.classifiers.pretrained import load_pretrained
from cs231n.data_utils import load_photographs, load_styles
from cs231n.image_utils import preprocess_image, resize_image
from cs231n.style_transfer import (
    content_loss,
    gram_distance,
    paint,
    painting_presets,
    presets,
    scaled_preset,
    style_transfer,
)

SIZE, ROUNDS = 384, 2
PATCH, PATCHES, SEEDS = 128, 800, (0, 1, 2)  # 128 pixels hold several lines of the woodcut
OTHER_MAPS = (2, 4, 6, 8)  # of EfficientNet-Lite0, which no preset uses


def main():
    chosen = sys.argv[1:] or ["times", "judges", "ratios"]
    model, photographs, styles = load_pretrained("efficientnet_lite0"), load_photographs(), load_styles()
    if "times" in chosen:
        times(model, photographs["astronaut"], styles["swirls"])
    if "judges" in chosen:
        judges(model, photographs, styles)
    if "ratios" in chosen:
        ratios(model, photographs, styles)


def times(model, photograph, style):
    """The least of rounds in which all three run in turn."""
    one_size, in_stages = scaled_preset(presets(model)["swirls"], SIZE), painting_presets(model)["swirls"]
    runs = {
        "one size, 150 steps": lambda: style_transfer(photograph, style, model=model, num_iterations=150, **one_size),
        "paint, 384 x 512": lambda: paint(photograph, style, in_stages, SIZE, model),
        "paint, 768 x 1024": lambda: paint(photograph, style, in_stages, 2 * SIZE, model),
    }
    rounds = {name: [] for name in runs}
    for turn in range(ROUNDS + 1):  # the first one compiles the steps
        for name, run in runs.items():
            began = time.process_time(), time.perf_counter()
            run()
            if turn:
                rounds[name].append((time.process_time() - began[0], time.perf_counter() - began[1]))
    least = {name: np.min(pairs, axis=0) for name, pairs in rounds.items()}
    for name, pairs in rounds.items():
        each = ", ".join(f"{processor:.1f}" for processor, _ in pairs)
        processor, clock = least[name]
        print(f"{name:20} {processor:6.1f} s of processor time (rounds: {each}), {clock:6.1f} s on the clock")
    one, small, large = (processor for processor, _ in least.values())
    print(f"paint of one size {small / one:.2f}; 768 x 1024 of 384 x 512 {large / small:.2f}")
    print(f"memory of the process {psutil.Process().memory_info().rss / 1e9:.1f} GB")


# ---------------------------------------------------------------- how good the pictures are


def judges(model, photographs, styles):
    networks, right, in_first_five = [trained_judge(model, styles, seed) for seed in SEEDS], [], []
    presets_of_stages = painting_presets(model)
    for photograph, picture in photographs.items():
        original = first_five(model, picture)[0]
        for style in styles:
            image, histories = paint(picture, styles[style], presets_of_stages[style], SIZE, model)
            fall = float((1 - histories[-1]["style"][-1] / histories[0]["style"][0]).min())
            nearest = nearest_painting(model, image, styles)
            votes = np.array([patch_votes(judge, image) for judge in networks])
            names = [list(styles)[k] for k in [*votes.argmax(axis=1), votes.sum(axis=0).argmax()]]
            recognised = original in first_five(model, image)
            right.append([name == style for name in names])
            in_first_five.append(recognised)
            print(
                f"{photograph:9} {style:8} least fall {fall:.1%}, by other maps {nearest}, "
                f"by patches {', '.join(names[:-1])}, together {names[-1]}; "
                f"{model.class_names[original]}: {'yes' if recognised else 'no'}",
                flush=True,
            )
    *each, together = np.sum(right, axis=0).tolist()
    print(f"style named from patches, by each network: {each}, by all of their votes: {together} of {len(right)}")
    print(f"class in the first five: {sum(in_first_five)} of {len(in_first_five)}")


def ratios(model, photographs, styles):
    for style in styles:
        values = []
        for photograph, picture in photographs.items():
            values.append(beside_one_size(model, picture, styles, style))
            print(f"{photograph:9} {style:8} Gram {values[-1][0]:.2f} content {values[-1][1]:.2f}", flush=True)
        gram, content = np.mean(values, axis=0)
        print(f"{style:8} mean over the photographs: Gram {gram:.2f}, content {content:.2f}")


def beside_one_size(model, photograph, styles, style):
    """(ratio of Gram distances, ratio of content losses) of `paint` and of 150 steps at one size."""
    chosen, in_stages = scaled_preset(presets(model)[style], SIZE), painting_presets(model)[style]
    today, _ = style_transfer(photograph, styles[style], model=model, num_iterations=150, **chosen)
    image, _ = paint(photograph, styles[style], in_stages, SIZE, model)
    maps = [model.extract_features(preprocess_image(picture)[None]) for picture in (image, today)]
    original = model.extract_features(preprocess_image(resize_image(photograph, SIZE))[None])
    layer, size, layers = chosen["content_layer"], chosen["style_size"], chosen["style_layers"]
    content = [float(content_loss(1.0, feats[layer], original[layer])) for feats in maps]
    grams = [gram_distance(picture, styles[style], size, layers, model) for picture in (image, today)]
    return grams[0] / grams[1], content[0] / content[1]


def nearest_painting(model, image, styles):
    """The name of the painting that is nearest by maps that took no part."""
    sizes = {name: scaled_preset(presets(model)[name], SIZE)["style_size"] for name in styles}
    distances = {name: gram_distance(image, styles[name], sizes[name], OTHER_MAPS, model) for name in styles}
    return min(distances, key=distances.get)


def first_five(model, image):
    """The five classes with the highest scores, from the middle square at the network's size, the best one first."""
    small = resize_image(image, model.image_size)
    left = (small.shape[1] - model.image_size) // 2
    scores = model(preprocess_image(small[: model.image_size, left : left + model.image_size])[None])[0].numpy()
    return np.argsort(scores)[::-1][:5].tolist()


def trained_judge(model, styles, seed):
    """A small network that tells paintings apart by patches; it has seen no photograph and no result."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    judge = keras.Sequential(
        [layers.Rescaling(1 / 127.5, -1), layers.Conv2D(16, 5, 2, activation="relu")]
        + [layers.Conv2D(channels, 3, 2, activation="relu") for channels in (32, 64, 64, 64)]
        + [layers.GlobalAveragePooling2D(), layers.Dense(len(styles))]
    )
    judge.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng, chosen = np.random.RandomState(seed), presets(model)
    pictures = [resize_image(styles[name], scaled_preset(chosen[name], SIZE)["style_size"]) for name in styles]
    X = np.concatenate([patches_of(picture, PATCHES, rng) for picture in pictures])
    judge.fit(X, np.repeat(np.arange(len(styles)), PATCHES), epochs=10, batch_size=64, verbose=0)
    return judge


def patch_votes(judge, image):
    """How many of 200 patches from all over the picture vote for each painting."""
    scores = judge(patches_of(image, 200, np.random.RandomState(0))).numpy()
    return np.bincount(scores.argmax(axis=1), minlength=scores.shape[1])


def patches_of(picture, count, rng):
    """(count, PATCH, PATCH, 3) float32 patches at random places of a picture, half of them mirrored."""
    rows, columns = (rng.randint(0, side - PATCH + 1, count) for side in picture.shape[:2])
    patches = np.stack([picture[r : r + PATCH, c : c + PATCH] for r, c in zip(rows, columns, strict=True)])
    patches[::2] = patches[::2, :, ::-1]
    return patches.astype(np.float32)


if __name__ == "__main__":
    main()
