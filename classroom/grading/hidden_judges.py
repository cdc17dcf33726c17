"""Judges of hidden checks for what many different answers may be right for: pictures, noise, random words, refusals."""

import numpy as np

from classroom.selfcheck.inside import probes
from classroom.selfcheck.judges import image_of, noise_of, probabilities_of
from classroom.selfcheck.judging import Claim, fault

BLACK = -np.float32([0.485, 0.456, 0.406]) / np.float32([0.229, 0.224, 0.225])
WHITE = (1 - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])

# ---------------------------------------------------------------- fooling images


def fools_as_stored(weights, target):
    """Rounded to 8 bits, within black and white, it still fools."""

    def judge(answers, wanted):
        image = image_of(answers[0].get("image"), wanted[0]["image"].shape[1])
        if image is None:
            return [Claim(False, "one image comes back, (1, H, W, 3), finite floats")]
        levels = (image - BLACK) / (WHITE - BLACK) * 255
        stored = (np.clip(np.rint(levels), 0, 255) / 255 * (WHITE - BLACK) + BLACK).astype(np.float32)
        fooled = probabilities_of(weights, stored)[target] > 0.9
        exact = fooled and np.abs(stored - image).max() < 1e-4
        return [
            Claim(fooled, "saved as a picture of 8 bits, the image no longer fools"),
            Claim(exact, "the image is not what a file of 8 bits can store"),
        ]

    return judge


def fools_closely(weights, target, X):
    """The way from the image is not longer than need be, and the image that was given is as it was."""

    def judge(answers, wanted):
        image = image_of(answers[0].get("image"), wanted[0]["image"].shape[1])
        if image is None or int(probabilities_of(weights, image).argmax()) != target:
            return [Claim(False, "no image that fools, so nothing to compare with the original")]
        way, needed = np.linalg.norm(image - X), np.linalg.norm(wanted[0]["image"] - X)
        untouched = not fault(answers[0].get("X afterwards"), X, strict=True)
        return [
            Claim(way < 1.5 * needed + 0.5, "the image changes more than it has to: is it judged after every step?"),
            Claim(untouched, "it changes the image that it was given; work on a copy"),
        ]

    return judge


def steps_once(X, learning_rate):
    """After one step, with a confidence that any image has, the image comes back, `learning_rate` away."""

    def judge(answers, wanted):
        image = image_of(answers[0].get("image"), X.shape[1])
        if image is None:
            return [Claim(False, "one image comes back, (1, H, W, 3), finite floats")]
        # Rounding, and the range from black to white, take a little away.
        near = abs(np.linalg.norm(image - X) / learning_rate - 1) < 0.05
        return [Claim(near, "a step is not `learning_rate` long")]

    return judge


# ---------------------------------------------------------------- class visualization


def step_direction(weights, target, l2_reg, learning_rate):
    """From one picture to the next, it goes along the gradient of score less penalty, by the length asked for."""

    def judge(answers, wanted):
        import tensorflow as tf

        before, after = (image_of(answers[0].get(f"picture {k}"), 12) for k in range(2))
        if before is None or after is None:
            return [Claim(False, "a picture comes back, (1, S, S, 3), finite floats")]
        model, step = probes.classifier(weights, 12), after - before
        X = tf.constant(before)
        with tf.GradientTape() as tape:
            tape.watch(X)
            score = model(X)[0, target]
        slope = tape.gradient(score, X).numpy()
        towards = slope - 2 * l2_reg * before
        free = (after > BLACK + 1e-3) & (after < WHITE - 1e-3)  # where the range of pixels stopped nothing

        def cosine(a):
            return (a * step)[free].sum() / max(np.linalg.norm(a[free]) * np.linalg.norm(step[free]), 1e-12)

        length = np.linalg.norm(step)
        along = cosine(towards) > 0.99
        hint = "a step does not go along the gradient of the score less the penalty"
        if cosine(slope) > 0.99:
            hint += ": the penalty is not felt; is the loss one number?"
        elif cosine(-towards) > 0.99:
            hint += ": it goes the opposite way"
        elif cosine(slope + 2 * l2_reg * before) > 0.99:
            hint += ": which sign does the penalty have?"
        inside = (after >= BLACK - 1e-4).all() and (after <= WHITE + 1e-4).all()
        return [
            Claim(along, hint),
            Claim(0.9 * learning_rate < length < 1.02 * learning_rate and along, "a step is not `learning_rate` long"),
            Claim(inside and along, "pixels leave the range from black to white"),
        ]

    return judge


def jitter_and_blur(answers, wanted):
    """`picture` 0 with neither, 1 with jitter, 2 with blur, 3 as 1 again, of one seed."""
    plain, jittered, blurred, again = (image_of(answers[0].get(f"picture {k}"), 12) for k in range(4))
    if any(picture is None for picture in (plain, jittered, blurred, again)):
        return [Claim(False, "a picture comes back, (1, S, S, 3), finite floats")]
    moved = np.abs(jittered - plain).max()
    # Shifted back after each step, a jittered picture still resembles the plain one; a shifted one does not.
    alike = np.corrcoef(jittered.ravel(), plain.ravel())[0, 1]
    repeats = moved > 1e-4 and np.array_equal(jittered, again)
    jump = [np.abs(np.diff(picture, axis=axis)).mean() for picture in (plain, blurred) for axis in (1, 2)]
    return [
        Claim(moved > 1e-4 and alike > 0.5, "`max_jitter` has no effect, or the picture is not shifted back"),
        Claim(repeats, "one seed gives two pictures, or the picture ignores the jitter: draw the shifts with `rng`"),
        Claim(jump[2] < 0.95 * jump[0] and jump[3] < 0.95 * jump[1], "the picture is not blurred every `blur_every`"),
    ]


# ---------------------------------------------------------------- random numbers


def seeded_noise(answers, wanted):
    """`noise` 0 and 1 of one seed, 2 of another, 3 and 4 of none."""
    a, b, other, free, next_free = (noise_of(answers[0].get(f"noise {k}"), 4, 3) for k in range(5))
    if any(noise is None for noise in (a, b, other, free, next_free)):
        return [Claim(False, "noise has the shape (batch_size, dim) and is of float32")]
    differ = not np.array_equal(a, other)
    ranged = np.abs([a, other]).max() <= 1 and min(a.min(), other.min()) < 0 < max(a.max(), other.max())
    return [
        Claim(
            np.array_equal(a, b) and differ and ranged,
            "with a seed, noise leaves [-1, 1), does not repeat, or is the same for another seed",
        ),
        Claim(not np.array_equal(free, next_free), "without a seed, two calls give the same noise"),
    ]


def word_frequencies(probabilities):
    """First words of many captions, by temperature (a case each): as often as `probabilities` say; a seed repeats them.

    In each case, `captions` 0 and 1 are of one seed, 2 of another.
    """

    def judge(answers, wanted):
        claims, seeded = [], True
        for p, answer, want in zip(probabilities, answers, wanted, strict=True):
            first, again, other = draws = [answer.get(name) for name in want]
            shape = want["captions 0"].shape
            if not all(isinstance(d, np.ndarray) and d.shape == shape and d.dtype.kind in "iu" for d in draws):
                return [Claim(False, "captions are whole numbers, (N, max_length)")]
            drawn = np.bincount(np.clip(first[:, 0], 0, len(p)).astype(int), minlength=len(p) + 1)[: len(p)]
            near = np.abs(drawn / len(first) - p).max() < 0.03
            claims.append(Claim(near, "words are not drawn as often as softmax(scores / temperature) says"))
            seeded = seeded and np.array_equal(first, again) and not np.array_equal(first, other)
        hint = "one seed gives other words each time, or another seed the same: draw them with `rng`"
        return [*claims, Claim(claims[0].holds and seeded, hint)]

    return judge


# ---------------------------------------------------------------- networks


def network_output(answers, wanted):
    """A network's output with the weights of the solved one, and after training; shape and range earn nothing."""
    fresh, want = answers[0].get("fresh output"), wanted[0]["fresh output"]
    output, trained = (answers[0].get(name) for name in ("output", "output after training"))
    ranged = isinstance(fresh, np.ndarray) and fresh.shape == want.shape and fresh.dtype == want.dtype
    ranged = ranged and np.isfinite(fresh).all()
    pixels = want.shape[1] == 784
    if ranged and pixels:  # weights as large as the given ones leave the range if anything does
        ranged = all(isinstance(a, np.ndarray) and np.abs(a).max() <= 1 for a in (fresh, output))
    right = ranged and not fault(output, wanted[0]["output"])
    hint = "with given weights, the output differs: are activations, strides and their order as the docstring says?"
    if not ranged:
        hint = f"the output has to be {want.shape}" + (", in [-1, 1]" if pixels else "")
    stays = right and not fault(trained, wanted[0]["output after training"])
    forgets = "once it was used in training, the output differs: which momentum does BatchNormalization have?"
    return [Claim(right, hint), Claim(right, hint), Claim(stays, forgets if right else hint)]


# ---------------------------------------------------------------- points of a gradient penalty, refusals


def points_between(answers, wanted):
    """Between images of zeros and of ones, the points show the share of each entry."""
    points = answers[0].get("points")
    if not isinstance(points, np.ndarray) or points.shape != wanted[0]["points"].shape or points.dtype.kind != "f":
        return [Claim(False, "the critic is not asked about images of the shape of real and fake")]
    one_each = np.ptp(points, axis=1).max() < 1e-5
    spread = points.min() >= 0 and points.max() <= 1 and 0.2 < points[:, 0].std() < 0.36
    return [Claim(spread and one_each, "the slope is not taken at a point of its own between each real and fake image")]


def refuses(*names):
    """The first case is right; each other one ends with ValueError. Named are the outputs of the first, and hints."""
    output, *hints = names

    def judge(answers, wanted):
        right = not fault(answers[0].get(output), wanted[0][output])
        refused = [answer.get("refusal") == "ValueError" for answer in answers[1:]]
        return [
            Claim(right and r, f"{hint} is not refused (ValueError)" if right else "a right call comes out wrong")
            for r, hint in zip(refused, hints, strict=True)
        ]

    return judge
