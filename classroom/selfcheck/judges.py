"""Judges of checks to which many different answers are right: pictures, noise, random words, networks, refusals.

Each factory (`fools`, `score_rises`) returns a judge; see `judging.Check`. The comment at a threshold says which right
and wrong solutions it separates, as measured with 20 images or 60 seeds. Right are the package and the other solution
in the tests of the reference edition, wrong is the package with one line changed.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .inputs import BLACK, WHITE
from .judging import Claim, agrees, fault

NOT_AN_IMAGE = Claim("form", False, "the function must return one image, (1, H, W, 3), of finite floats")
NOT_NOISE = Claim("form", False, "noise must be (batch_size, dim) and float32")


def image_of(value, size):
    """(1, size, size, 3) float32 image, or None if `value` is not such an image of finite floats."""
    fits = isinstance(value, np.ndarray) and value.shape == (1, size, size, 3) and value.dtype.kind == "f"
    return value.astype(np.float32) if fits and np.isfinite(value).all() else None


def features_of(weights, image):
    """(1, h, w, F) float64: what the convolution of `inside.probes.classifier` makes of an image."""
    filters, bias, _, _ = (np.float64(w) for w in weights)
    windows = sliding_window_view(image, filters.shape[:2], axis=(1, 2))
    return np.tanh(np.einsum("nhwcij,ijcf->nhwf", windows, filters) + bias)


def probabilities_of(weights, image):
    """(C,) probabilities of the classes, as `inside.probes.classifier` with these weights gives them."""
    scores = features_of(weights, image).mean(axis=(1, 2))[0] @ weights[2] + weights[3]
    return np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()


# ---------------------------------------------------------------- fooling images


def fools(weights, target, X, confidence=0.9):
    """The network takes the image for the target, as a file stores it, with more than `confidence`, the default of the
    function. If there is a second case, that call raises RuntimeError; else the image is near the original.
    """

    def judge(answers, expected):
        image = image_of(answers[0].get("image"), X.shape[1])
        if image is None:
            return [NOT_AN_IMAGE]
        p = probabilities_of(weights, image)
        fooled, sure = int(p.argmax()) == target, p[target] > confidence - 1e-5  # less, for rounding
        levels = (image - BLACK) / (WHITE - BLACK) * 255
        stored = np.clip(np.rint(levels), 0, 255) / 255 * (WHITE - BLACK) + BLACK
        # Right: up to 7e-7, from float32. Wrong: .0087, half a level, without rounding to 8 bits.
        exact = np.abs(stored - image).max() < 1e-4
        distance, solved_distance = np.linalg.norm(image - X), np.linalg.norm(expected[0]["image"] - X)
        # Distance / solved distance. Right: 1.00. Wrong: at least 1.9 if all 100 steps are taken. Up to 1.37 if only
        # every tenth image is judged: that passes. The .5 is for images that fool after one or two steps; chosen, not
        # measured.
        near = distance < 1.5 * solved_distance + 0.5
        far = "the image changes more than it has to: are steps too long, or is the image judged too late?"
        claims = [
            Claim("target", fooled, "the network does not take the image for the target"),
            Claim("confidence", sure, if_so(fooled, "the target's probability does not exceed `confidence`")),
            Claim("8 bits", sure and exact, if_so(sure, "the image is not what an 8-bit file can store")),
        ]
        if len(answers) == 1:
            claims.append(Claim("near", sure and near, if_so(sure, far)))
        else:
            stops = fooled and answers[1].get("refusal") == "RuntimeError"
            hint = "if `max_iterations` are too few, there is no RuntimeError: are there more steps, or longer ones?"
            claims.append(Claim("max_iterations", stops, if_so(fooled, hint)))
        return claims

    return judge


def if_so(condition, hint):
    """A hint that is only so under a condition."""
    return hint if condition else ""


def fooling_step(X):
    """With a confidence that every image reaches, the image comes back after one step, in the right direction and of
    the right length.
    """

    def judge(answers, expected):
        image = image_of(answers[0].get("image"), X.shape[1])
        if image is None:
            return [NOT_AN_IMAGE]
        step, right = image - X, expected[0]["image"] - X
        length, right_length = np.linalg.norm(step), np.linalg.norm(right)
        cosine = (step * right).sum() / max(length * right_length, 1e-12)
        # Pixels of a step that is too long end at black and white, so of its direction only the signs are left.
        signs = np.abs(right)[np.sign(step) == np.sign(right)].sum() / np.abs(right).sum()
        hint = "a step does not go along the gradient of the target's score"
        # Right: at least .99 (cosine), .98 (signs), from rounding.
        along = cosine > 0.97 or (length > 1.5 * right_length and signs > 0.9)
        # Right: up to .014, from rounding. Wrong: at least .39, if a step is as long as the gradient.
        long = abs(length / right_length - 1) < 0.05
        return [
            Claim("direction", along, hint + (": it goes the opposite way" if cosine < -0.97 else "")),
            Claim("length", along and long, if_so(along, "a step is not `learning_rate` long")),
        ]

    return judge


# ---------------------------------------------------------------- class visualization


def score_rises(weights, target):
    """The class has a higher probability in "picture 1", after many steps, than in "picture 0", after few; "picture 2"
    has a large penalty, and so is nearer to 0 than 1.
    """

    def judge(answers, expected):
        pictures = [image_of(answers[0].get(f"picture {k}"), 12) for k in range(3)]
        if any(picture is None for picture in pictures):
            return [NOT_AN_IMAGE]
        few, many = (probabilities_of(weights, picture)[target] for picture in pictures[:2])
        # Right solutions have .68 to .73 after many steps (60 seeds), one that descends .01, one without a score .25.
        rises = many > few and many > 0.5
        hint = "the score of the class rises too little in 20 steps"
        if many < few:
            hint = "the score of the class falls: up the slope, or down?"
        # Right: inside. Wrong: .2 outside or more, without clipping. 1e-4 is for rounding.
        inside = all((p >= BLACK - 1e-4).all() and (p <= WHITE + 1e-4).all() for p in pictures)
        free, held_back = (np.linalg.norm(picture) for picture in pictures[1:])
        light = "a larger penalty does not keep the picture nearer to 0: which sign, which weight has the penalty?"
        return [
            Claim("rises", rises, hint),
            Claim("range", rises and inside, if_so(rises, "pixels leave the range from black to white")),
            Claim("penalty", rises and held_back < 0.8 * free, if_so(rises, light)),
        ]

    return judge


def jitter_and_blur(learning_rate, max_jitter):
    """Of a class whose score depends on the pixel in the middle. All pictures begin alike: "picture 0" is how, 1 and 2
    are drawn in 12 steps with jitter, 3 with a blur after every second of seven very short steps.
    """

    def judge(answers, expected):
        start, jittered, again, blurred = (image_of(answers[0].get(f"picture {k}"), 13) for k in range(4))
        if any(picture is None for picture in (start, jittered, again, blurred)):
            return [NOT_AN_IMAGE]
        low, high = (bound(jittered, axis=(0, 1, 2)) for bound in (np.min, np.max))  # of the function, for each colour
        cut = ((start < low - 0.01) & (start > BLACK)) | ((start > high + 0.01) & (start < WHITE))
        blur, blurs_always = _blur_claim([start, np.clip(start, low, high), np.clip(start, BLACK, WHITE)], blurred)
        growth = np.where((start > low) & (start < high), jittered - start, 0)
        _, rows, columns, channels = (np.abs(growth) > learning_rate / 5).nonzero()
        # A step moves one pixel, which is back in its place after it, so 12 steps move up to 12 pixels. If the picture
        # is not shifted back, nearly all pixels differ.
        back = 0 < len(rows) <= 12 and not channels.any()
        hint = "after a step with jitter the picture is not where it was: is it shifted back?"
        if len(rows) == 0:
            hint = "a step does not change the pixel that the score depends on"
        claims = [Claim("shifted back", back, if_so(not blurs_always, hint))]
        shifts = np.array([rows, columns]) - start.shape[1] // 2
        for name, shift in zip(("rows", "columns"), shifts, strict=True):
            fault = _jitter_fault(name, shift, max_jitter)
            if not fault and name == "columns" and len(set(np.abs(shifts[0]) - np.abs(shift))) == 1:
                fault = "jitter shifts columns by as many pixels as rows"
            claims.append(Claim(name, back and not fault, if_so(back, fault)))
        up = back and growth.sum() > 0
        # The sum of all steps: 12, or a little less if some of them end at a bound. With fewer places or nearer
        # bounds, many do.
        usual = up and all(claim.holds for claim in claims) and not cut.any()
        long = usual and 10.5 < growth.sum() / learning_rate < 12.5
        repeats = np.array_equal(jittered, again)
        return [
            *claims,
            Claim(
                "bounds", back and not cut.any(), if_so(back, "pixels are clipped at other values than black and white")
            ),
            Claim("up", up, if_so(back, "a step lowers the score")),
            Claim("length", long, if_so(usual, "a step is not `learning_rate` long")),
            Claim("seed", back and repeats, if_so(back, "one seed gives two pictures: draw the shifts with `rng`")),
            blur,
        ]

    return judge


def _jitter_fault(name, shifts, max_jitter):
    """What is wrong with the shifts of rows or columns in 12 steps, or ""."""
    largest = np.abs(shifts).max(initial=0)
    if len(set(shifts)) < 2:
        return f"jitter does not shift {name}"
    if largest > max_jitter:
        return f"jitter shifts {name} by more than `max_jitter`"
    # Right: in 12 steps, at least three different shifts, not all of one pixel, but for 2 in 10,000 generators.
    if len(set(shifts)) < 3 or largest < 2:
        return f"jitter shifts {name} by too few different numbers of pixels"
    return ""


def _blur_claim(starts, blurred):
    """(the claim, whether there is a blur after every step). Right are three blurs in seven steps, or four if the first
    step counts as number 0.

    Args:
        starts: list of pictures, any of which may be the beginning; blurred: picture.
    """
    errors = []
    for _ in range(8):
        errors.append(min(np.abs(start - blurred).max() for start in starts))
        starts = [_blurred(start) for start in starts]
    times = int(np.argmin(errors))
    # Right: up to .01, from the steps of the other pictures. Wrong: .1 between two numbers of blurs.
    known = errors[times] < 0.03
    hint = "the blur is another one than by a standard deviation of .5 pixel"
    if known:
        count = {0: "never", 1: "once"}.get(times, f"{times} times")
        hint = f"in 7 steps with `blur_every` = 2 the picture is blurred {count}"
    return Claim("blur", known and times in (3, 4), hint), known and times == 7


def _blurred(picture):
    """As `scipy.ndimage.gaussian_filter` with sigma=(0, .5, .5, 0), which takes half a second to load."""
    weights = np.exp(-2.0 * np.arange(-2, 3) ** 2)
    for axis in (1, 2):
        padded = np.pad(picture, [(2 * (k == axis),) * 2 for k in range(4)], mode="symmetric")
        picture = sliding_window_view(padded, 5, axis=axis) @ (weights / weights.sum())
    return picture


# ---------------------------------------------------------------- noise and random words


def noise_of(value, *shape):
    """`value`, or None if it is not finite float32 noise of this shape."""
    fits = isinstance(value, np.ndarray) and value.shape == shape and value.dtype == np.float32
    return value if fits and np.isfinite(value).all() else None


def uniform_noise(answers, expected):
    """ "noise 0" is (400, 5), "noise 1" is (1, 3), both drawn without a seed."""
    noise = noise_of(answers[0].get("noise 0"), 400, 5)
    if noise is None or noise_of(answers[0].get("noise 1"), 1, 3) is None:
        return [NOT_NOISE]
    # The share of a quarter of the interval is .25; of 10,000 uniform draws none is farther away than .04. Noise in [0,
    # 1) is .25 away or more; normal noise clipped to [-1, 1], .047 to .092.
    quarters = np.histogram(noise, 4, (-1, 1))[0] / noise.size
    inside, even = noise.min() >= -1 and noise.max() <= 1, np.abs(quarters - 0.25).max() < 0.05
    different = len(np.unique(noise)) > 0.9 * noise.size
    hint = "many of the numbers are equal" if even and not different else "noise is not uniform in [-1, 1)"
    return [
        Claim(
            "range", inside and quarters.all(), "noise leaves [-1, 1)" if not inside else "noise does not fill [-1, 1)"
        ),
        Claim("uniform", inside and even and different, if_so(inside and quarters.all(), hint)),
    ]


def seeded_noise(answers, expected):
    """ "noise 0" and 1 are drawn with one seed, 2 with another, 3 and 4 without."""
    a, b, other, free, next_free = (noise_of(answers[0].get(f"noise {k}"), 4, 3) for k in range(5))
    if any(noise is None for noise in (a, b, other, free, next_free)):
        return [NOT_NOISE]
    ranged = np.abs([a, other]).max() <= 1 and min(a.min(), other.min()) < 0 < max(a.max(), other.max())
    same, differs = np.array_equal(a, b), not np.array_equal(a, other)
    hint = "with one seed, two calls give different noise" if not same else "two seeds give the same noise"
    return [
        Claim("seed", ranged and same and differs, hint if ranged else "with a seed, noise is not in [-1, 1)"),
        Claim("no seed", not np.array_equal(free, next_free), "without a seed, two calls give the same noise"),
    ]


def word_frequencies(probabilities, within):
    """The first two words of many captions are as frequent as they should be, and a seed repeats them.

    Args:
        probabilities: for each temperature, (V, V) probabilities of the first word and the second. Each is a case, with
            "captions 0" and "captions 1" drawn with one seed, "captions 2" with another.
        within: largest error of a frequency.
    """

    def judge(answers, expected):
        claims, follows, same, differs = [], True, True, True
        for (t, p), answer, solved in zip(probabilities.items(), answers, expected, strict=True):
            first, again, other = draws = [answer.get(name) for name in solved]
            shape = solved["captions 0"].shape
            if not all(isinstance(d, np.ndarray) and d.shape == shape and d.dtype.kind in "iuf" for d in draws):
                return [Claim("form", False, "captions must be integers, (N, max_length)")]
            edges = np.arange(-0.5, len(p))  # other numbers are not counted
            shares = np.histogram2d(first[:, 0], first[:, 1], [edges, edges])[0] / len(first)
            near = np.abs((shares - p).sum(axis=1)).max() < within
            hint = f"words are not drawn as often as softmax(scores / temperature) says, at a temperature of {t:g}"
            claims.append(Claim(f"temperature {t:g}", near, hint))
            if near:
                follows = follows and np.abs(shares - p).max() < within
                same, differs = same and np.array_equal(first, again), differs and not np.array_equal(first, other)
        random = any(claim.holds for claim in claims)
        hint = "the second word does not follow from the first, the state and a draw of its own"
        claims.append(Claim("next words", random and follows, if_so(random, hint)))
        hint = "two seeds give the same words: draw them with `rng`"
        if not same:
            hint = "one seed gives different words each time: draw them with `rng`"
        return [*claims, Claim("seed", random and same and differs, if_so(random, hint))]

    return judge


# ---------------------------------------------------------------- captions


def captions_agree(words_of_cases, labels):
    """Captions agree with the solved package's: up to their <END> (one claim), and after it (one claim).

    Args:
        words_of_cases: for each case, the vocabulary; labels: the labels of the cases.
    """
    ends = [words.index("<END>") for words in words_of_cases]

    def judge(answers, expected):
        wrong, wrong_after, shapes, only_ends = [], [], [], True
        for end, label, answer, solved in zip(ends, labels, answers, expected, strict=True):
            captions, right = answer.get("captions"), solved["captions"]
            if (
                not isinstance(captions, np.ndarray)
                or captions.shape != right.shape
                or captions.dtype.kind not in "iuf"
            ):
                shapes.append(label)
                continue
            after = np.cumsum(right == end, axis=1) - (right == end) > 0  # after the first <END>
            unlike = (captions != right) & ~after
            only_ends = only_ends and (right[unlike] == end).all()
            if unlike.any():
                wrong.append(label)
            if ((captions != right) & after).any():
                wrong_after.append(label)
        if shapes:
            return [Claim("form", False, f"captions must be integers, (N, max_length){_of_cases(shapes, labels)}")]
        what = "captions lack their <END>" if only_ends else "captions have wrong words"
        hint = "after its <END> a caption does not hold <NULL> alone"
        return [
            Claim("words", not wrong, f"{what}{_of_cases(wrong, labels)}"),
            # Where words are wrong, so is <END>, and nothing can be said about what follows.
            Claim(
                "after <END>", not wrong and not wrong_after, if_so(not wrong, hint + _of_cases(wrong_after, labels))
            ),
        ]

    return judge


def _of_cases(wrong, labels):
    """ " for ..." with the cases that are wrong; "" if all are."""
    return f" for {', '.join(wrong)}" if 0 < len(wrong) < len(labels) else ""


# ---------------------------------------------------------------- networks, critics, refusals


NETWORK_OUTPUTS = "fresh output", "output", "training output", "output after training"


def network_output(parameters=True, momentum=False):
    """The output is right with given weights. Shape and range earn nothing.

    Args:
        parameters: True for a claim that the number of parameters is right.
        momentum: True for a claim that the output is right after a call with training=True as well.
    """

    def judge(answers, expected):
        solved = expected[0]
        fresh, output, training, trained = map(answers[0].get, NETWORK_OUTPUTS)
        shape = solved["fresh output"].shape
        fits = isinstance(fresh, np.ndarray) and fresh.shape == shape and np.isfinite(fresh).all()
        hint = "with given weights, the output differs: are layers, activations and their order as the docstring says?"
        if not fits:
            hint = f"the output must be {shape}, of finite floats"
        elif shape[1] == 784 and not all(isinstance(a, np.ndarray) and np.abs(a).max() <= 1 for a in (fresh, output)):
            # The given weights are so large that an output without a bound leaves [-1, 1].
            fits, hint = False, "the output must be in [-1, 1]"
        right = fits and not fault(output, solved["output"])
        if right and fault(training, solved["training output"]):
            right, hint = False, "the output is right, but not with training=True: is a layer there that changes it?"
        size = fault(answers[0].get("parameters"), solved["parameters"])
        claims = [Claim("parameters", not size, f"the number of parameters {size}")] if parameters else []
        claims.append(Claim("output", right, hint))
        if momentum:
            stays = right and not fault(trained, solved["output after training"])
            hint = "after a call with training=True, the output differs: which momentum does BatchNormalization have?"
            claims.append(Claim("momentum", stays, if_so(right, hint)))
        return claims

    return judge


def points_between(answers, expected):
    """With real images of zeros and fake images of ones, a point's entries are its share of the way."""
    points = answers[0].get("points")
    if not isinstance(points, np.ndarray) or points.shape != expected[0]["points"].shape or points.dtype.kind != "f":
        return [Claim("points", False, "the critic is not called on images of the shape of `real` and `fake`")]
    one_share = np.ptp(points, axis=1).max() < 1e-5  # rounding; with a share for each entry, it is nearly 1
    # Standard deviation of 60 shares. Right: .208 to .354 in 10,000 draws. Wrong: 0 for one share in all; .465 or more
    # for shares 0 and 1 only; .17 to .26 for shares that prefer the middle, of which some pass.
    uniform = points.min() >= 0 and points.max() <= 1 and 0.2 < points[:, 0].std() < 0.36
    hint = "the gradient is not taken at one point for each pair, uniform between real and fake image"
    return [Claim("points", uniform and one_share, hint)]


def refuses(output, calls, refusal="ValueError"):
    """The first case returns a number other than 0; every other case raises `refusal`.

    Args:
        calls: for each other case, what is called, for feedback.
    """

    def judge(answers, expected):
        number = answers[0].get(output)
        runs = isinstance(number, np.ndarray) and number.shape == () and number != 0 and bool(np.isfinite(number))
        return _refusals(answers[1:], calls, refusal, runs, "a right call gives no number")

    return judge


def refuses_masks(output, calls, refusal="ValueError"):
    """The first case gives an `output` of the right shape; every other case raises `refusal`; arguments as of
    `refuses`.
    """

    def judge(answers, expected):
        out = answers[0].get(output)
        runs = isinstance(out, np.ndarray) and out.shape == expected[0][output].shape and out.any()
        runs = runs and bool(np.isfinite(out).all())
        return _refusals(answers[1:], calls, refusal, runs, f"a right call gives no {output} of the right shape")

    return judge


def _refusals(answers, calls, refusal, runs, otherwise):
    """A claim for each call; none holds unless a right call `runs`, and then the hint is `otherwise`."""
    claims = []
    for call, answer in zip(calls, answers, strict=True):
        raised = answer.get("refusal")
        what = f"stops with {raised}, not {refusal}" if raised else f"is not refused ({refusal})"
        claims.append(Claim(call, runs and raised == refusal, f"{call} {what}" if runs else otherwise))
    return claims


# ---------------------------------------------------------------- layers that leave their arguments alone


def agrees_and_keeps(*labels, names=None, float32=None):
    """As `agrees`, with a claim that no case changes its arguments.

    Args:
        float32: index of a case whose first output is asked to be float32, for one more claim; None for no such claim.
    """

    def judge(answers, expected):
        compared = names or [name for name in expected[0] if name != "arguments"]
        claims = agrees(*labels, names=compared)(answers, expected)
        right = any(claim.holds for claim in claims)  # a right form alone earns nothing
        kept = all(answer.get("arguments") == "as they were" for answer in answers)
        hint = "an argument is changed; work on a copy, for example x = x + y in place of x += y"
        claims.append(Claim("arguments", right and kept, if_so(right, hint)))
        if float32 is not None:
            dtype = getattr(answers[float32].get(compared[0]), "dtype", None)
            hint = f"{compared[0]} is {dtype} where x is float32"
            claims.append(Claim("float32", claims[0].holds and dtype == np.float32, if_so(claims[0].holds, hint)))
        return claims

    return judge
