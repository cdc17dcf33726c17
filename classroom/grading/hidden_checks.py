"""The hidden checks: only the grader has them. It computes the expected outputs with the solved package."""

import numpy as np

from classroom.grading import hidden_judges as judges
from classroom.selfcheck.inputs import captioner, classifier_weights, framed_image, layer_args, normal, photograph
from classroom.selfcheck.judging import Case, Check, agrees

SIZES = {  # each shows a mistake that other sizes hide
    "one sequence": dict(N=1),
    "one unit": dict(H=1),
    "more units than inputs": dict(D=2, H=6),
    "as many units as inputs": dict(D=3, H=3),
}
SIZES_IN_TIME = {"one step": dict(T=1)} | SIZES | {"many steps": dict(T=9)}
OTHER_WORDS = ["a", "<END>", "<NULL>", "<START>", "b", "c", "d"]  # a data set may index its words in any order


def checks():
    """All hidden checks, those of an exercise one after the other."""
    return [
        *_layers(),
        *_lstm_layers(),
        *_caption_losses(),
        *_sampling(),
        *_saliency(),
        *_fooling(),
        *_class_visualization(),
        *_content_and_gram(),
        *_style_and_variation(),
        *_gan_networks(),
        *_gan_losses(),
        *_gradient_penalty(),
    ]


def _check(exercise, title, points, probe, cases, **options):
    """A check that compares outputs with the solved package's; `cases`: dict label -> inputs; see `agrees`."""
    return Check(exercise, title, points, [Case(k, probe, v) for k, v in cases.items()], agrees(*cases, **options))


# ---------------------------------------------------------------- recurrent layers


def _layers():
    words, long = {"one word": dict(N=1, T=1), "a short vocabulary": dict(H=-3)}, {"long captions": dict(T=30)}
    return [
        _sizes("rnn_step", "forward", 1, SIZES),
        _form("rnn_step", "forward", 0.5),
        _sizes("rnn_step", "backward", 1.5, SIZES),
        _form("rnn_step", "backward", 0.5),
        _sizes("rnn", "forward", 1, SIZES_IN_TIME),
        _form("rnn", "forward", 0.5),
        _sizes("rnn", "backward", 2, SIZES_IN_TIME),
        _form("rnn", "backward", 0.5),
        _sizes("word_embedding", "forward", 0.25, words),
        _form("word_embedding", "forward", 0.25),
        _sizes("word_embedding", "backward", 1, {"one word": dict(H=-3)} | long, title="repeated words"),
        _form("word_embedding", "backward", 0.5),
    ]


def _lstm_layers():
    args, _ = layer_args("lstm_step", N=9, seed=5)
    large = {"large x": dict(layer="lstm_step", args=[1e3 * args[0], *args[1:]])}
    return [
        _sizes("lstm_step", "forward", 1.5, SIZES),
        _check("lstm_step_forward", "large sums", 0.5, "layer_forward", large),
        _form("lstm_step", "forward", 1),
        _sizes("lstm_step", "backward", 2.5, SIZES),
        _form("lstm_step", "backward", 1),
        _sizes("lstm", "forward", 2, SIZES_IN_TIME),
        _form("lstm", "forward", 1),
        _sizes("lstm", "backward", 2.5, SIZES_IN_TIME),
        _form("lstm", "backward", 1),
    ]


def _sizes(layer, direction, points, sizes, title="awkward sizes"):
    cases = {name: _layer_call(layer, direction, seed=k, **size) for k, (name, size) in enumerate(sizes.items(), 1)}
    cases["arrays that are not contiguous"] = _layer_call(layer, direction) | dict(strided=True)
    return _check(f"{layer}_{direction}", title, points, f"layer_{direction}", cases)


def _form(layer, direction, points):
    """The result has the dtype of the arguments, these stay as they are, and a cache can be used twice."""
    call = _layer_call(layer, direction, seed=9, dtype=np.float32)
    cases = {"float32": call}
    if direction == "backward":
        cases["a cache used twice"] = call | dict(calls=2)
    title = "float32, arguments unchanged"
    return _check(f"{layer}_{direction}", title, points, f"layer_{direction}", cases, strict=True)


def _layer_call(layer, direction, **size):
    args, upstream = layer_args(layer, **size)
    return dict(layer=layer, args=args) | (dict(upstream=upstream) if direction == "backward" else {})


# ---------------------------------------------------------------- captioning


def _caption_losses():
    name, probe = "CaptioningRNN.loss", "caption_loss"
    full = np.array([[1, 4, 3, 2], [1, 6, 5, 2]])
    short = np.array([[1, 4, 2, 0, 0, 0], [1, 2, 0, 0, 0, 0], [1, 5, 5, 5, 3, 2]])

    def batch(cell_type, captions, dtype=np.float64):
        features = normal(len(captions), 6, seed=7, dtype=dtype)
        params = captioner(cell_type, seed=3, dtype=dtype)
        return dict(cell_type=cell_type, params=params, features=features, captions=captions)

    cases = {"<NULL>": batch("rnn", short), "one": batch("rnn", short[1:2])}
    cases["another vocabulary"] = batch("rnn", np.array([3, 1, 2, 0, 4, 5])[short]) | dict(words=OTHER_WORDS)
    single = {"float32": batch("rnn", full, np.float32)}
    return [
        _check(name, "loss of an LSTM", 1, probe, {"LSTM": batch("lstm", full)}),
        _check(name, "short captions", 1.5, probe, cases),
        _check(name, "float32, parameters unchanged", 0.5, probe, single, strict=True),
    ]


def _sampling():
    exercise = "CaptioningRNN.sample"
    features = normal(8, 6, seed=4, dtype=np.float64)
    ends_at_once, lively = captioner("rnn", seed=1), {k: 2 * v for k, v in captioner("lstm").items()}
    ends_at_once["b_vocab"][2] += 40
    lively["b_vocab"][2] += 0.5  # <END> is the first, the second or the third word
    other = captioner("rnn", seed=11)
    cases = {
        "<END> at once": dict(cell_type="rnn", params=ends_at_once, features=features, max_length=4),
        "an LSTM": dict(cell_type="lstm", params=lively, features=features, max_length=9),
        "one word at most": dict(cell_type="lstm", params=lively, features=features[:1], max_length=1),
        "another vocabulary": dict(cell_type="rnn", params=other, features=features, max_length=9, words=OTHER_WORDS),
    }
    return [_check(exercise, "after <END>", 1, "caption_sample", cases), _random_words(exercise)]


def _random_words(exercise, temperatures=(1.0, 2.5)):
    params = captioner("rnn", V=6, seed=2)
    params["W_proj"][:] = 0  # all pictures begin alike, so that the share of a first word estimates its probability
    many = dict(cell_type="rnn", params=params, features=np.zeros((3000, 6)), max_length=2, seeds=[1, 1, 2])
    draws = [Case(f"temperature {t}", "caption_draws", many | dict(temperature=t)) for t in temperatures]
    h = np.tanh(params["W_embed"][1] @ params["Wx"] + params["b_proj"] @ params["Wh"] + params["b"])
    scores = h @ params["W_vocab"] + params["b_vocab"]
    probabilities = [np.exp(scores / t) / np.exp(scores / t).sum() for t in temperatures]
    return Check(exercise, "words drawn at random", 1, draws, judges.word_frequencies(probabilities))


# ---------------------------------------------------------------- network visualization


def _saliency():
    weights = classifier_weights(seed=2)
    four = dict(weights=weights, X=normal(4, 9, 9, 3, seed=5), y=np.array([4, 0, 1, 4]))
    wide = dict(weights=weights, X=normal(2, 5, 11, 3, seed=6), y=np.array([2, 3]))
    return [
        _check("compute_saliency_maps", "several images", 2, "saliency", {"four images": four}),
        _check("compute_saliency_maps", "other sizes", 1, "saliency", {"wide images": wide}, strict=True),
    ]


def _fooling():
    exercise, weights, X = "make_fooling_image", classifier_weights(seed=3, scale=8), photograph(14, seed=2)
    one_step = dict(confidence=0.0, learning_rate=2.0, max_iterations=1)
    usual, first_step = (
        [Case(label, "fooling", dict(weights=weights, X=X, target=1, options=options))]
        for label, options in {"an image": {}, "one step": one_step}.items()
    )
    return [
        Check(exercise, "as a file stores it", 1.5, usual, judges.fools_as_stored(weights, 1)),
        Check(exercise, "close to the image", 1.5, usual, judges.fools_closely(weights, 1, X)),
        Check(exercise, "length of a step", 1, first_step, judges.steps_once(X, 2.0)),
    ]


def _class_visualization():
    exercise, weights = "create_class_visualization", classifier_weights(seed=2)

    def pictures(several):
        return [Case("a class", "visualization", dict(weights=weights, size=12, target=2, several=several))]

    drawing = dict(learning_rate=0.5, max_jitter=0, blur_every=1000, seed=4, l2_reg=0.02)
    step = pictures([drawing | dict(num_iterations=n) for n in (3, 4)])
    plain = dict(learning_rate=1, num_iterations=6, max_jitter=0, blur_every=1000, seed=5)
    jittered = plain | dict(max_jitter=4)
    several = pictures([plain, jittered, plain | dict(blur_every=2), jittered])
    return [
        Check(exercise, "direction of a step", 3, step, judges.step_direction(weights, 2, 0.02, 0.5)),
        Check(exercise, "jitter and blur", 2, several, judges.jitter_and_blur),
    ]


# ---------------------------------------------------------------- style transfer


def _maps():
    """Feature maps of one image: two of the same size, a wide one, one with a single channel."""
    shapes = (1, 5, 3, 4), (1, 5, 3, 4), (1, 2, 6, 2), (1, 4, 4, 1)
    return [normal(*shape, seed=k, dtype=np.float64) for k, shape in enumerate(shapes, 3)]


def _content_and_gram():
    a, b, wide, single = _maps()
    content = {
        "a map": dict(weight=0.3, current=a, original=b),
        "one channel": dict(weight=2.0, current=single, original=0 * single),
        "float32": dict(weight=0.3, current=a.astype(np.float32), original=b.astype(np.float32)),
    }
    sums = {
        name: dict(features=f, options=dict(normalize=False)) for name, f in {"a map": a, "a wide map": wide}.items()
    }
    means = {"a map": dict(features=a, options={}), "float32": dict(features=wide.astype(np.float32), options={})}
    two_images = dict(features=normal(2, 3, 3, 2, dtype=np.float64), options={})
    batch = [
        Case("a map", "gram", means["a map"]),
        Case("two images", "refusal", dict(probe="gram", inputs=two_images)),
    ]
    refuses = judges.refuses("matrix", "a batch of two images, whose statistics would be added up,")
    return [
        _check("content_loss", "value and gradient", 2, "content", content, strict=True),
        _check("gram_matrix", "without normalisation", 1, "gram", sums, names=["matrix"]),
        _check("gram_matrix", "gradient of the matrix", 1.5, "gram", means, names=["gradient"], strict=True),
        Check("gram_matrix", "one image at a time", 1, batch, refuses),
    ]


def _style_and_variation():
    a, _, wide, single = _maps()
    targets = [normal(c, c, seed=c, dtype=np.float64) for c in (4, 1, 2)]
    three = dict(feats=[a, wide, single], layers=[0, 2, 1], targets=targets, weights=[3.0, 0.25, 1.5])
    right = dict(feats=[a, wide], layers=[1], targets=[targets[2]], weights=[1.0])
    wrong = {"layer -1": dict(layers=[-1]), "a small target": dict(targets=[np.zeros((1, 1))])}
    calls = [Case("a right call", "style", right)]
    calls += [Case(k, "refusal", dict(probe="style", inputs=right | inputs)) for k, inputs in wrong.items()]
    refuses = judges.refuses("loss", "layer -1", "a target whose shape is not that of the Gram matrix")
    last_row, last_column = np.zeros((1, 4, 5, 3)), np.zeros((1, 4, 5, 3))
    last_row[0, -1, 2, 0] = last_column[0, 1, -1, 1] = 1
    pairs = {
        "a pixel of the last row": dict(img=last_row, weight=1.0),
        "a pixel of the last column": dict(img=last_column, weight=1.0),
    }
    images = {
        "an image": dict(img=framed_image(6, 5), weight=0.02),
        "float32": dict(img=framed_image(4, 7, np.float32), weight=0.02),
    }
    return [
        _check("style_loss", "several layers", 2, "style", {"three layers": three}, strict=True),
        Check("style_loss", "calls that must be refused", 1.5, calls, refuses),
        _check("tv_loss", "every pair of neighbours", 2, "variation", pairs, names=["loss"]),
        _check("tv_loss", "gradient of the loss", 1.5, "variation", images, names=["gradient"], strict=True),
    ]


# ---------------------------------------------------------------- GANs


def _gan_networks():
    several = [[4, 3, 5], [4, 3, 5], [4, 3, 6], [4, 3], [4, 3]]
    slopes = {
        "the default": dict(x=normal(7), args=[]),
        "float64": dict(x=normal(2, 3, 2, dtype=np.float64), args=[0.3]),
    }
    return [
        Check(
            "sample_noise",
            "noise with a seed",
            0.5,
            [Case("noise", "noise", dict(several=several))],
            judges.seeded_noise,
        ),
        _check("leaky_relu", "slopes on both sides", 0.5, "leaky", slopes, strict=True),
        _network("discriminator", "scores of images", 1.5, [], normal(4, 784, seed=3)),
        _network("generator", "images from noise", 1.5, [7], normal(4, 7, seed=4)),
        _network("dc_discriminator", "scores of images", 1.5, [], normal(4, 784, seed=3)),
        _network("dc_generator", "images from noise", 2, [7], normal(4, 7, seed=4)),
    ]


def _network(build, title, points, args, inputs):
    case = Case("", "network", dict(build=build, args=args, inputs=inputs, seed=5))
    return Check(build, title, points, [case], judges.network_output)


def _gan_losses():
    return [
        _gan_loss("discriminator_loss", 1, 2),
        _gan_loss("discriminator_loss", 1, 2, large=True),
        _gan_loss("generator_loss", 0.75, 1),
        _gan_loss("generator_loss", 0.75, 1, large=True),
        _gan_loss("ls_discriminator_loss", 1.5, 2),
        _gan_loss("ls_generator_loss", 0.75, 1),
    ]


def _gan_loss(function, points, num_scores, large=False):
    title, label, scores = "value and gradients", "scores", [normal(n, 1, seed=n) for n in (9, 5)]
    if large:
        title, label = "large scores", "scores of 10,000"
        scores = [np.float32([[1e4], [-1e4], [30]]), np.float32([[-1e4], [1e4], [-30]])]
    cases = {label: dict(function=function, scores=scores[:num_scores])}
    return _check(function, title, points, "gan_loss", cases, strict=True)


def _gradient_penalty():
    exercise, probe = "gradient_penalty", "penalty"
    some = normal(5, 3, seed=8, dtype=np.float64) * np.arange(1, 6)[:, None]
    maps = [normal(5, 2, 3, 4, seed=k, dtype=np.float64) for k in (9, 10)]
    zeros, ones = np.zeros((60, 4)), np.ones((60, 4))

    def call(kind, w, real, fake, **options):
        return dict(kind=kind, w=w, real=real, fake=fake, options=options)

    steep = call("quadratic", np.ones((3, 1)), some, some, seed=1)
    level = call("linear", np.zeros((3, 1)), some, 2 * some, seed=1)
    each = {
        "gradients of different length": steep,
        "another weight": call("quadratic", np.ones((3, 1)), some[:2], some[:2], weight=3, seed=1),
        "images of three axes": call("linear", normal(24, 1, seed=11, dtype=np.float64), *maps),
    }
    constant = {"a constant critic": level, "gradients of different length": steep}
    between = [Case("points", probe, call("linear", normal(4, 1, dtype=np.float64), zeros, ones, seed=3))]
    return [
        _check(exercise, "each image by itself", 0.75, probe, each, names=["penalty", "gradient"]),
        _check(exercise, "constant critic", 0.5, probe, constant, names=["gradient"]),
        Check(exercise, "points between real and fake", 0.75, between, judges.points_between),
    ]
