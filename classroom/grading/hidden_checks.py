"""The checks that only the grader has. What they expect is computed by the solved package, in the grader's process."""

import numpy as np

from classroom.grading import hidden_judges as judges
from classroom.selfcheck.inputs import captioner, classifier_weights, framed_image, layer_args, normal, photograph
from classroom.selfcheck.judging import Case, Check, agrees

AWKWARD = {  # sizes at which a slip shows that others hide
    "one sequence": dict(N=1),
    "one unit": dict(H=1),
    "more units than inputs": dict(D=2, H=6),
    "as many units as inputs": dict(D=3, H=3),
}
AWKWARD_IN_TIME = {"one step": dict(T=1)} | AWKWARD | {"many steps": dict(T=9)}
OTHER_WORDS = ["a", "<END>", "<NULL>", "<START>", "b", "c", "d"]  # as the numbers of words may be in any data set


def checks():
    """All hidden checks, in the order of the table of exercises."""
    return [*_captions(), *_seeing(), *_painting(), *_gans()]


# ---------------------------------------------------------------- captions


def _captions():
    checks = []
    for layer in ("rnn_step", "rnn", "lstm_step", "lstm"):
        sizes = AWKWARD if layer.endswith("step") else AWKWARD_IN_TIME
        checks += [_layer(layer, "forward", sizes), _layer(layer, "backward", sizes)]
        checks += [_tidy(layer, "forward"), _tidy(layer, "backward")]
    checks += [_layer("word_embedding", "forward", {"one word": dict(N=1, T=1), "a short vocabulary": dict(H=-3)})]
    checks += [_layer("word_embedding", "backward", {"one word": dict(H=-3), "long captions": dict(T=30)})]
    checks += [_tidy("word_embedding", "forward"), _tidy("word_embedding", "backward")]

    args, _ = layer_args("lstm_step", N=9, seed=5)
    large = [1e3 * args[0], *args[1:]]
    checks.append(
        _check("lstm_step_forward", "large sums", "layer_forward", {"large x": dict(layer="lstm_step", args=large)})
    )
    return [*checks, *_caption_losses(), *_writing()]


def _layer(layer, direction, sizes):
    title = "repeated words" if layer == "word_embedding" and direction == "backward" else "awkward sizes"
    cases = {name: _call(layer, direction, seed=k, **size) for k, (name, size) in enumerate(sizes.items(), 1)}
    cases["rows that do not lie together in memory"] = _call(layer, direction) | dict(strided=True)
    return _check(f"{layer}_{direction}", title, f"layer_{direction}", cases)


def _tidy(layer, direction):
    call = _call(layer, direction, seed=9, dtype=np.float32)
    cases = {"float32": call}
    if direction == "backward":
        cases["a cache used twice"] = call | dict(calls=2)
    return _check(f"{layer}_{direction}", "float32, arguments kept", f"layer_{direction}", cases, strict=True)


def _call(layer, direction, **size):
    args, upstream = layer_args(layer, **size)
    return dict(layer=layer, args=args) | (dict(upstream=upstream) if direction == "backward" else {})


def _check(exercise, title, probe, cases, **options):
    """A check that compares each output with the solved package's; `cases` by label."""
    return Check(exercise, title, [Case(k, probe, v) for k, v in cases.items()], agrees(*cases, **options))


def _caption_losses():
    name = "CaptioningRNN.loss"
    full = np.array([[1, 4, 3, 2], [1, 6, 5, 2]])
    short = np.array([[1, 4, 2, 0, 0, 0], [1, 2, 0, 0, 0, 0], [1, 5, 5, 5, 3, 2]])

    def batch(cell_type, captions, dtype=np.float64):
        features = normal(len(captions), 6, seed=7, dtype=dtype)
        params = captioner(cell_type, seed=3, dtype=dtype)
        return dict(cell_type=cell_type, params=params, features=features, captions=captions)

    cases = {"<NULL>": batch("rnn", short), "one": batch("rnn", short[1:2])}
    cases["another vocabulary"] = batch("rnn", np.array([3, 1, 2, 0, 4, 5])[short]) | dict(words=OTHER_WORDS)
    return [
        _check(name, "LSTM", "caption_loss", {"LSTM": batch("lstm", full)}),
        _check(name, "short captions", "caption_loss", cases),
        _check(
            name, "float32, parameters kept", "caption_loss", {"float32": batch("rnn", full, np.float32)}, strict=True
        ),
    ]


def _writing():
    name = "CaptioningRNN.sample"
    features = normal(8, 6, seed=4, dtype=np.float64)
    at_once, lively = captioner("rnn", seed=1), {k: 2 * v for k, v in captioner("lstm").items()}
    at_once["b_vocab"][2] += 40
    lively["b_vocab"][2] += 0.5  # <END> at the first, the second or the third word
    elsewhere = captioner("rnn", seed=11)
    cases = {
        "<END> at once": dict(cell_type="rnn", params=at_once, features=features, max_length=4),
        "an LSTM": dict(cell_type="lstm", params=lively, features=features, max_length=9),
        "one word at most": dict(cell_type="lstm", params=lively, features=features[:1], max_length=1),
        "another vocabulary": dict(
            cell_type="rnn", params=elsewhere, features=features, max_length=9, words=OTHER_WORDS
        ),
    }
    params = captioner("rnn", V=6, seed=2)
    params["W_proj"][:] = 0  # every picture starts alike, so that the share of a word is its probability
    many = dict(cell_type="rnn", params=params, features=np.zeros((3000, 6)), max_length=2)
    many |= dict(seeds=[1, 1, 2])
    draws = [Case(f"temperature {t}", "caption_draws", many | dict(temperature=t)) for t in (1.0, 2.5)]
    h = np.tanh(params["W_embed"][1] @ params["Wx"] + params["b_proj"] @ params["Wh"] + params["b"])
    scores = h @ params["W_vocab"] + params["b_vocab"]
    shares = [np.exp(scores / t) / np.exp(scores / t).sum() for t in (1.0, 2.5)]
    return [
        _check(name, "after <END>", "caption_sample", cases),
        Check(name, "words drawn at random", draws, judges.word_frequencies(shares)),
    ]


# ---------------------------------------------------------------- pictures that explain a classifier


def _seeing():
    weights, steep = classifier_weights(seed=2), classifier_weights(seed=3, scale=8)
    X = photograph(14, seed=2)
    fooling = [Case("an image", "fooling", dict(weights=steep, X=X, target=1, options={}))]
    one_step = dict(confidence=0.0, learning_rate=2.0, max_iterations=1)
    first_step = [Case("one step", "fooling", dict(weights=steep, X=X, target=1, options=one_step))]
    drawing = dict(learning_rate=0.5, max_jitter=0, blur_every=1000, seed=4)
    step = [drawing | dict(num_iterations=n, l2_reg=0.02) for n in (3, 4)]
    plain = dict(learning_rate=1, num_iterations=6, max_jitter=0, blur_every=1000, seed=5)
    jittered = plain | dict(max_jitter=4)
    blurred = plain | dict(blur_every=2)

    def pictures(several):
        return [Case("a class", "visualization", dict(weights=weights, size=12, target=2, several=several))]

    four = dict(weights=weights, X=normal(4, 9, 9, 3, seed=5), y=np.array([4, 0, 1, 4]))
    wide = dict(weights=weights, X=normal(2, 5, 11, 3, seed=6), y=np.array([2, 3]))
    return [
        _check("compute_saliency_maps", "several images", "saliency", {"four images": four}),
        _check("compute_saliency_maps", "other sizes", "saliency", {"wide images": wide}, strict=True),
        Check("make_fooling_image", "as a file stores it", fooling, judges.fools_as_stored(steep, 1)),
        Check("make_fooling_image", "close to the image", fooling, judges.fools_closely(steep, 1, X)),
        Check("make_fooling_image", "one step", first_step, judges.steps_once(X, 2.0)),
        Check(
            "create_class_visualization",
            "direction of a step",
            pictures(step),
            judges.step_direction(weights, 2, 0.02, 0.5),
        ),
        Check(
            "create_class_visualization",
            "jitter and blur",
            pictures([plain, jittered, blurred, jittered]),
            judges.jitter_and_blur,
        ),
    ]


# ---------------------------------------------------------------- style transfer


def _painting():
    a, b = (normal(1, 5, 3, 4, seed=k, dtype=np.float64) for k in (3, 4))
    wide, single = normal(1, 2, 6, 2, seed=5, dtype=np.float64), normal(1, 4, 4, 1, seed=6, dtype=np.float64)
    targets = [normal(c, c, seed=c, dtype=np.float64) for c in (4, 1, 2)]

    def refusal(probe, **inputs):
        return dict(probe=probe, inputs=inputs)

    two = normal(2, 3, 3, 2, dtype=np.float64)
    last_row, last_column = np.zeros((1, 4, 5, 3)), np.zeros((1, 4, 5, 3))
    last_row[0, -1, 2, 0] = last_column[0, 1, -1, 1] = 1
    style = dict(feats=[a, wide, single], layers=[0, 2, 1], targets=targets, weights=[3.0, 0.25, 1.5])
    right = dict(feats=[a, wide], layers=[1], targets=[targets[2]], weights=[1.0])
    return [
        _check(
            "content_loss",
            "value and gradient",
            "content",
            {
                "a map": dict(weight=0.3, current=a, original=b),
                "one channel": dict(weight=2.0, current=single, original=0 * single),
                "float32": dict(weight=0.3, current=a.astype(np.float32), original=b.astype(np.float32)),
            },
            strict=True,
        ),
        _check(
            "gram_matrix",
            "as it is",
            "gram",
            {
                "a map": dict(features=a, options=dict(normalize=False)),
                "a wide map": dict(features=wide, options=dict(normalize=False)),
            },
            names=["matrix"],
        ),
        _check(
            "gram_matrix",
            "gradient",
            "gram",
            {"a map": dict(features=a, options={}), "float32": dict(features=wide.astype(np.float32), options={})},
            names=["gradient"],
            strict=True,
        ),
        Check(
            "gram_matrix",
            "one image at a time",
            [
                Case("a map", "gram", dict(features=a, options={})),
                Case("two images", "refusal", refusal("gram", features=two, options={})),
            ],
            judges.refuses("matrix", "a batch of two images, whose statistics would be added up,"),
        ),
        _check("style_loss", "several layers", "style", {"three layers": style}, strict=True),
        Check(
            "style_loss",
            "refusals",
            [
                Case("a right call", "style", right),
                Case("layer -1", "refusal", refusal("style", **right | dict(layers=[-1]))),
                Case("a small target", "refusal", refusal("style", **right | dict(targets=[np.zeros((1, 1))]))),
            ],
            judges.refuses("loss", "layer -1", "a target of another shape than its Gram matrix"),
        ),
        _check(
            "tv_loss",
            "every pair",
            "variation",
            {
                "a pixel of the last row": dict(img=last_row, weight=1.0),
                "a pixel of the last column": dict(img=last_column, weight=1.0),
            },
            names=["loss"],
        ),
        _check(
            "tv_loss",
            "gradient",
            "variation",
            {
                "an image": dict(img=framed_image(6, 5), weight=0.02),
                "float32": dict(img=framed_image(4, 7, np.float32), weight=0.02),
            },
            names=["gradient"],
            strict=True,
        ),
    ]


# ---------------------------------------------------------------- GANs


def _gans():
    scores = [normal(n, 1, seed=n) for n in (9, 5)]
    large = [np.array([[1e4], [-1e4], [30.0]], np.float32), np.array([[-1e4], [1e4], [-30.0]], np.float32)]
    zeros, ones = np.zeros((60, 4)), np.ones((60, 4))
    images = normal(4, 784, seed=3)

    def losses(function, *titles):
        count = 2 if "discriminator" in function else 1
        calls = {titles[0]: {"scores": dict(function=function, scores=scores[:count])}}
        if len(titles) > 1:
            calls[titles[1]] = {"scores of 10,000": dict(function=function, scores=large[:count])}
        return [_check(function, title, "gan_loss", cases, strict=True) for title, cases in calls.items()]

    def network(build, title, args, inputs):
        case = Case("", "network", dict(build=build, args=args, inputs=inputs, seed=5))
        return Check(build, title, [case], judges.network_output)

    def penalty(kind, w, real, fake, **options):
        return dict(kind=kind, w=w, real=real, fake=fake, options=options)

    some = normal(5, 3, seed=8, dtype=np.float64) * np.arange(1, 6)[:, None]
    maps = [normal(5, 2, 3, 4, seed=k, dtype=np.float64) for k in (9, 10)]
    steep = penalty("quadratic", np.ones((3, 1)), some, some, seed=1)
    level = penalty("linear", np.zeros((3, 1)), some, 2 * some, seed=1)
    return [
        Check(
            "sample_noise",
            "seeds",
            [Case("noise", "noise", dict(several=[[4, 3, 5], [4, 3, 5], [4, 3, 6], [4, 3], [4, 3]]))],
            judges.seeded_noise,
        ),
        _check(
            "leaky_relu",
            "slopes",
            "leaky",
            {
                "as by default": dict(x=normal(7), args=[]),
                "float64": dict(x=normal(2, 3, 2, dtype=np.float64), args=[0.3]),
            },
            strict=True,
        ),
        network("discriminator", "scores", [], images),
        network("generator", "images", [7], normal(4, 7, seed=4)),
        *losses("discriminator_loss", "value and gradients", "large scores"),
        *losses("generator_loss", "value and gradient", "large scores"),
        *losses("ls_discriminator_loss", "value and gradients"),
        *losses("ls_generator_loss", "value and gradient"),
        network("dc_discriminator", "scores", [], images),
        network("dc_generator", "images", [7], normal(4, 7, seed=4)),
        _check(
            "gradient_penalty",
            "each image by itself",
            "penalty",
            {
                "slopes of different length": steep,
                "another weight": penalty("quadratic", np.ones((3, 1)), some[:2], some[:2], weight=3, seed=1),
                "images of three axes": penalty("linear", normal(24, 1, seed=11, dtype=np.float64), *maps),
            },
            names=["penalty", "gradient"],
        ),
        _check(
            "gradient_penalty",
            "no slope",
            "penalty",
            {"a constant critic": level, "slopes of different length": steep},
            names=["gradient"],
        ),
        Check(
            "gradient_penalty",
            "points between",
            [Case("points", "penalty", penalty("linear", normal(4, 1, dtype=np.float64), zeros, ones, seed=3))],
            judges.points_between,
        ),
    ]
