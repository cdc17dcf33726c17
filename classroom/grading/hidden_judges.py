"""Judges of hidden checks to which many different answers are right: images, noise, random words, refusals.

Each factory returns a judge; see `classroom.selfcheck.judging.Check`. The comment at a threshold says which right and
wrong solutions it separates, as measured with 20 images or 60 seeds. Right are the package and the other solution in
tests/references/other_solutions.py, wrong is the package with one line changed.
"""

import numpy as np

from classroom.selfcheck.inputs import BLACK, WHITE
from classroom.selfcheck.inside import probes
from classroom.selfcheck.judges import NOT_AN_IMAGE, NOT_NOISE, image_of, noise_of, probabilities_of
from classroom.selfcheck.judging import Claim, fault

# ---------------------------------------------------------------- fooling images


def fools_as_stored(weights, target, confidence=0.9):
    """The image fools after rounding to 8 bits between black and white, with more than `confidence`."""

    def judge(answers, expected):
        image = image_of(answers[0].get("image"), expected[0]["image"].shape[1])
        if image is None:
            return [NOT_AN_IMAGE]
        levels = (image - BLACK) / (WHITE - BLACK) * 255
        stored = (np.clip(np.rint(levels), 0, 255) / 255 * (WHITE - BLACK) + BLACK).astype(np.float32)
        fooled = probabilities_of(weights, stored)[target] > confidence
        # Right: up to 7e-7, from float32. Wrong: .0087, half a level, without rounding to 8 bits.
        exact = fooled and np.abs(stored - image).max() < 1e-4
        return [
            Claim(fooled, "saved as an 8-bit picture, the image no longer fools"),
            Claim(exact, "the image is not what an 8-bit file can store"),
        ]

    return judge


def fools_closely(weights, target, X):
    """The image is near the original, and the original is unchanged."""

    def judge(answers, expected):
        image = image_of(answers[0].get("image"), expected[0]["image"].shape[1])
        if image is None or int(probabilities_of(weights, image).argmax()) != target:
            return [Claim(False, "no image that fools, so nothing to compare with the original")]
        distance, solved_distance = np.linalg.norm(image - X), np.linalg.norm(expected[0]["image"] - X)
        unchanged = not fault(answers[0].get("X afterwards"), X, strict=True)
        # Distance / solved distance. Right: 1.00. Wrong: at least 1.9 if all 100 steps are taken. Up to 1.37 if only
        # every tenth image is judged: that passes. The .5 is for images that fool after one or two steps; chosen, not
        # measured.
        near = distance < 1.5 * solved_distance + 0.5
        return [
            Claim(near, "the image changes more than it has to: is it judged after every step?"),
            Claim(unchanged, "the function changes the image that it was given; work on a copy"),
        ]

    return judge


def steps_once(X, learning_rate):
    """With a confidence that every image reaches, the image comes back after one step, `learning_rate` away."""

    def judge(answers, expected):
        image = image_of(answers[0].get("image"), X.shape[1])
        if image is None:
            return [NOT_AN_IMAGE]
        error = abs(np.linalg.norm(image - X) / learning_rate - 1)
        # Right: up to .014, from rounding and clipping. Wrong: at least .39, if a step is as long as the gradient.
        return [Claim(error < 0.05, "a step is not `learning_rate` long")]

    return judge


# ---------------------------------------------------------------- class visualization


def step_direction(weights, target, l2_reg, learning_rate):
    """From "picture 0" to "picture 1", one step goes along the gradient of score less penalty, `learning_rate` far."""

    def judge(answers, expected):
        before, after = (image_of(answers[0].get(f"picture {k}"), 12) for k in range(2))
        if before is None or after is None:
            return [NOT_AN_IMAGE]
        score, penalty = _score_gradient(weights, target, before), 2 * l2_reg * before
        step, free = after - before, (after > BLACK + 1e-3) & (after < WHITE - 1e-3)  # free: certainly not clipped
        length = np.linalg.norm(step)

        # The cosine of two directions. Right: 1.00000. Wrong: up to .983 with twice the penalty, .957 with half of it.
        def along(direction):
            norms = np.linalg.norm(direction[free]) * np.linalg.norm(step[free])
            return (direction * step)[free].sum() / max(norms, 1e-12) > 0.99

        right = along(score - penalty)
        hint = "a step does not go along the gradient of the score less the penalty"
        if along(score):
            hint += ": the penalty has no effect; is the loss one number?"
        elif along(penalty - score):
            hint += ": it goes the opposite way"
        elif along(score + penalty):
            hint += ": which sign does the penalty have?"
        # Length / learning rate. Right: 1.0000; clipping can shorten a step. Wrong: up to .88 if the gradient's length
        # remains, 21 if the gradient is divided by its root mean square.
        long = 0.9 * learning_rate < length < 1.02 * learning_rate
        # Right: inside. Wrong: .2 outside or more, without clipping. 1e-4 is for rounding.
        inside = (after >= BLACK - 1e-4).all() and (after <= WHITE + 1e-4).all()
        return [
            Claim(right, hint),
            Claim(long and right, "a step is not `learning_rate` long"),
            Claim(inside and right, "pixels leave the range from black to white"),
        ]

    return judge


def _score_gradient(weights, target, image):
    import tensorflow as tf

    X = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(X)
        score = probes.classifier(weights, image.shape[1])(X)[0, target]
    return tape.gradient(score, X).numpy()


def jitter_and_blur(answers, expected):
    """ "picture 0" is drawn with neither jitter nor blur, 1 with jitter, 2 with blur, 3 like 1, all with one seed."""
    plain, jittered, blurred, again = (image_of(answers[0].get(f"picture {k}"), 12) for k in range(4))
    if any(picture is None for picture in (plain, jittered, blurred, again)):
        return [NOT_AN_IMAGE]
    # Right: at least .29. Wrong: 0 without jitter.
    differs = np.abs(jittered - plain).max() > 1e-4
    correlation = np.corrcoef(jittered.ravel(), plain.ravel())[0, 1]
    rough, smooth = (
        np.array([np.abs(np.diff(picture, axis=axis)).mean() for axis in (1, 2)]) for picture in (plain, blurred)
    )
    # Right: at least .96. Wrong: up to .16 if the picture is not shifted back. Shifted back along exchanged axes, it
    # has
    # -.07 to .99: only some seeds show that.
    alike = correlation > 0.5
    # Smooth / rough. Right: .23 to .42. Wrong: 1 without blur; .944 to .952 with a blur of .3 pixels for .5. Blurred
    # half as often, the picture has .59 at most: that passes.
    blurs = (smooth < 0.95 * rough).all()
    repeats = differs and np.array_equal(jittered, again)
    return [
        Claim(differs and alike, "`max_jitter` has no effect, or the picture is not shifted back"),
        Claim(repeats, "one seed gives two pictures, or jitter has no effect: draw the shifts with `rng`"),
        Claim(blurs, "the picture is not blurred every `blur_every` steps"),
    ]


# ---------------------------------------------------------------- random numbers


def seeded_noise(answers, expected):
    """ "noise 0" and 1 are drawn with one seed, 2 with another, 3 and 4 without."""
    a, b, other, free, next_free = (noise_of(answers[0].get(f"noise {k}"), 4, 3) for k in range(5))
    if any(noise is None for noise in (a, b, other, free, next_free)):
        return [NOT_NOISE]
    ranged = np.abs([a, other]).max() <= 1 and min(a.min(), other.min()) < 0 < max(a.max(), other.max())
    seeded = ranged and np.array_equal(a, b) and not np.array_equal(a, other)
    return [
        Claim(seeded, "with a seed, noise leaves [-1, 1), does not repeat, or is the same for another seed"),
        Claim(not np.array_equal(free, next_free), "without a seed, two calls give the same noise"),
    ]


def word_frequencies(probabilities):
    """The first words of many captions are as frequent as they should be, and a seed repeats them.

    Args:
        probabilities: for each case (a temperature), the probabilities of the first word. In each case "captions 0" and
            "captions 1" are drawn with one seed, "captions 2" with another.
    """

    def judge(answers, expected):
        claims, seeded = [], True
        for p, answer, solved in zip(probabilities, answers, expected, strict=True):
            first, again, other = draws = [answer.get(name) for name in solved]
            shape = solved["captions 0"].shape
            if not all(isinstance(d, np.ndarray) and d.shape == shape and d.dtype.kind in "iu" for d in draws):
                return [Claim(False, "captions are integers, (N, max_length)")]
            counts = np.bincount(np.clip(first[:, 0], 0, len(p)).astype(int), minlength=len(p) + 1)[: len(p)]
            # Right: more than .03 for 8 of 10,000 generators. Wrong: at least .26 for the other temperature, .19 if all
            # words are equally frequent, .38 for the most probable word.
            near = np.abs(counts / len(first) - p).max() < 0.03
            claims.append(Claim(near, "words are not drawn as often as softmax(scores / temperature) says"))
            seeded = seeded and np.array_equal(first, again) and not np.array_equal(first, other)
        hint = "one seed gives different words each time, or two seeds the same words: draw them with `rng`"
        return [*claims, Claim(claims[0].holds and seeded, hint)]

    return judge


# ---------------------------------------------------------------- networks


def network_output(answers, expected):
    """The output is right with given weights (two claims) and after training (one). Shape and range earn nothing."""
    solved = expected[0]
    fresh, output, trained = (answers[0].get(name) for name in ("fresh output", "output", "output after training"))
    shape, dtype = solved["fresh output"].shape, solved["fresh output"].dtype
    fits = isinstance(fresh, np.ndarray) and fresh.shape == shape and fresh.dtype == dtype and np.isfinite(fresh).all()
    pixels = shape[1] == 784
    if fits and pixels:  # the given weights are so large that an output without a bound leaves [-1, 1]
        fits = all(isinstance(a, np.ndarray) and np.abs(a).max() <= 1 for a in (fresh, output))
    right = fits and not fault(output, solved["output"])
    hint = "with given weights, the output differs: are activations, strides and their order as the docstring says?"
    if not fits:
        hint = f"the output must be {shape}" + (", in [-1, 1]" if pixels else "")
    stays = right and not fault(trained, solved["output after training"])
    after = "after a call with training=True, the output differs: which momentum does BatchNormalization have?"
    return [Claim(right, hint), Claim(right, hint), Claim(stays, after if right else hint)]


# ---------------------------------------------------------------- gradient penalty, refusals


def points_between(answers, expected):
    """With real images of zeros and fake images of ones, a point's entries are its share of the way."""
    points = answers[0].get("points")
    if not isinstance(points, np.ndarray) or points.shape != expected[0]["points"].shape or points.dtype.kind != "f":
        return [Claim(False, "the critic is not called on images of the shape of `real` and `fake`")]
    one_share = np.ptp(points, axis=1).max() < 1e-5  # rounding; with a share for each entry, it is nearly 1
    # Standard deviation of 60 shares. Right: .208 to .354 in 10,000 draws. Wrong: 0 for one share in all; .465 or more
    # for shares 0 and 1 only; .17 to .26 for shares that prefer the middle, of which some pass.
    uniform = points.min() >= 0 and points.max() <= 1 and 0.2 < points[:, 0].std() < 0.36
    hint = "the gradient is not taken at one point for each pair, uniform between real and fake image"
    return [Claim(uniform and one_share, hint)]


def refuses(output, *calls):
    """The first case returns the right `output`; every other case, described by one of `calls`, raises ValueError."""

    def judge(answers, expected):
        right = not fault(answers[0].get(output), expected[0][output])
        refused = [answer.get("refusal") == "ValueError" for answer in answers[1:]]
        return [
            Claim(right and r, f"{call} is not refused (ValueError)" if right else "a right call gives a wrong result")
            for r, call in zip(refused, calls, strict=True)
        ]

    return judge
