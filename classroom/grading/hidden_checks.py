"""The hidden checks: only the grader has them. It computes the expected outputs with the solved package.

They ask for the same things as the visible checks, of other inputs: every claim has a visible one of its name.
"""

import numpy as np

from classroom.grading import hidden_attention_checks, hidden_judges
from classroom.selfcheck import judges
from classroom.selfcheck.inputs import (
    captioner,
    classifier_weights,
    edge_image,
    layer_args,
    normal,
    photograph,
    word_probabilities,
)
from classroom.selfcheck.inside.probes import WORDS
from classroom.selfcheck.judging import Case, Check, agrees, agrees_in_each_case

SIZES = {  # each shows a mistake that other sizes hide
    "one sequence": dict(N=1),
    "one unit": dict(H=1),
    "more units than inputs": dict(D=2, H=6),
    "as many units as inputs": dict(D=3, H=3),
}
SIZES_IN_TIME = {"one step": dict(T=1)} | SIZES | {"many steps": dict(T=9)}
MAX_JITTER = 2  # in the check of the direction of a step
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
        _class_visualization(),
        *_content_and_gram(),
        *_style_and_variation(),
        *_gan_networks(),
        *_gan_losses(),
        _gradient_penalty(),
        *hidden_attention_checks.checks(),
    ]


def _check(exercise, title, points, probe, cases, **options):
    """A check that compares outputs with the solved package's; `cases`: dict label -> inputs; see `agrees`."""
    return Check(exercise, title, points, [Case(k, probe, v) for k, v in cases.items()], agrees(*cases, **options))


# ---------------------------------------------------------------- recurrent layers


def _layers():
    words, long = {"one word": dict(N=1, T=1), "a short vocabulary": dict(H=-3)}, {"long captions": dict(T=30)}
    repeated = {"one word": dict(H=-3)} | long | {"words that do not occur": dict(N=1, T=2, H=20)}
    return [
        _sizes("rnn_step", "forward", 1.5, SIZES),
        _sizes("rnn_step", "backward", 2, SIZES),
        _sizes("rnn", "forward", 1.5, SIZES_IN_TIME),
        _sizes("rnn", "backward", 2.5, SIZES_IN_TIME),
        _sizes("word_embedding", "forward", 0.5, words),
        _sizes("word_embedding", "backward", 1.5, repeated, title="repeated words"),
    ]


def _lstm_layers():
    args, _ = layer_args("lstm_step", N=9, seed=5)
    large = {"": dict(layer="lstm_step", args=[1e3 * args[0], *args[1:]])}
    return [
        _sizes("lstm_step", "forward", 2.5, SIZES),
        _check("lstm_step_forward", "sums of 1,000", 0.5, "layer_forward", large),
        _sizes("lstm_step", "backward", 3.5, SIZES),
        _sizes("lstm", "forward", 3, SIZES_IN_TIME),
        _sizes("lstm", "backward", 3.5, SIZES_IN_TIME),
    ]


def _sizes(layer, direction, points, sizes, title="awkward sizes"):
    cases = {name: _layer_call(layer, direction, seed=k, **size) for k, (name, size) in enumerate(sizes.items(), 1)}
    cases["arrays that are not contiguous"] = _layer_call(layer, direction) | dict(strided=True)
    return _check(f"{layer}_{direction}", title, points, f"layer_{direction}", cases)


def _layer_call(layer, direction, **size):
    args, upstream = layer_args(layer, **size)
    return dict(layer=layer, args=args) | (dict(upstream=upstream) if direction == "backward" else {})


# ---------------------------------------------------------------- captioning


def _caption_losses():
    name, probe = "CaptioningRNN.loss", "caption_loss"
    full = np.array([[1, 4, 3, 2], [1, 6, 5, 2]])
    short = np.array([[1, 4, 2, 0, 0, 0], [1, 2, 0, 0, 0, 0], [1, 5, 5, 5, 3, 2]])

    def batch(cell_type, captions):
        features = normal(len(captions), 6, seed=7, dtype=np.float64)
        return dict(cell_type=cell_type, params=captioner(cell_type, seed=3), features=features, captions=captions)

    cases = {"captions with <NULL>": batch("rnn", short), "one caption": batch("rnn", short[1:2])}
    cases["another vocabulary"] = batch("rnn", np.array([3, 1, 2, 0, 4, 5])[short]) | dict(words=OTHER_WORDS)
    return [
        _check(name, "loss of an LSTM", 0.5, probe, {"": batch("lstm", full)}),
        _check(name, "short captions", 2, probe, cases),
    ]


def _sampling():
    exercise = "CaptioningRNN.sample"
    features = normal(8, 6, seed=4, dtype=np.float64)
    ends_at_once, lively = captioner("rnn", seed=1), {k: 2 * v for k, v in captioner("lstm", seed=13).items()}
    ends_at_once["b_vocab"][2] += 40
    lively["b_vocab"][2] += 0.5  # <END> is the first, the second or the third word
    other = captioner("rnn", seed=11)
    cases = {
        "<END> at once": dict(cell_type="rnn", params=ends_at_once, features=features, max_length=4),
        "an LSTM": dict(cell_type="lstm", params=lively, features=features, max_length=9),
        "one word at most": dict(cell_type="lstm", params=lively, features=features[:1], max_length=1),
        "another vocabulary": dict(cell_type="rnn", params=other, features=features, max_length=9, words=OTHER_WORDS),
    }
    greedy = [Case(label, "caption_sample", inputs) for label, inputs in cases.items()]
    vocabularies = [inputs.get("words", WORDS) for inputs in cases.values()]
    params, probabilities = word_probabilities(seed=244, temperatures=(0.5, 1.0, 2.5))
    many = dict(cell_type="rnn", params=params, features=np.zeros((3000, 6)), max_length=2, seeds=[1, 1, 2])
    draws = [Case(f"temperature {t:g}", "caption_draws", many | dict(temperature=t)) for t in probabilities]
    return [
        Check(exercise, "words up to <END>", 0.75, greedy, judges.captions_agree(vocabularies, list(cases))),
        # More than .03 for 11 of 10,000 generators. Wrong: at least .2 for another of the temperatures, .23 if all
        # words are equally frequent, .13 for the most probable word, .12 for pairs if the first word is not passed on.
        Check(exercise, "words drawn at random", 1, draws, judges.word_frequencies(probabilities, within=0.03)),
    ]


# ---------------------------------------------------------------- network visualization


def _saliency():
    weights = classifier_weights(seed=2)
    four = dict(weights=weights, X=normal(4, 9, 9, 3, seed=5), y=np.array([4, 0, 1, 4]))
    wide = dict(weights=weights, X=normal(2, 5, 11, 3, seed=6), y=np.array([2, 3]))
    return [
        _check("compute_saliency_maps", "several images", 2, "saliency", {"": four}),
        _check("compute_saliency_maps", "other sizes", 1, "saliency", {"": wide}),
    ]


def _fooling():
    exercise, steep, flat = (
        "make_fooling_image",
        classifier_weights(seed=3, scale=8),
        classifier_weights(seed=2, scale=3),
    )
    X, other = photograph(14, seed=13), photograph(14, seed=3)
    # After ten steps the target has a probability of .9549, but once the image is rounded, of .9545.
    sure = dict(weights=steep, X=X, target=2, options=dict(confidence=0.9547, max_iterations=40))
    one_step = dict(confidence=0.0, learning_rate=3.0, max_iterations=1)  # after it, the target is the most probable
    one_step = dict(weights=flat, X=other, target=3, options=one_step)
    return [
        Check(exercise, "a second image", 2, [Case("", "fooling", sure)], judges.fools(steep, 2, X, 0.9547)),
        Check(
            exercise,
            "length of a step",
            1,
            [Case("confidence 0, one step", "fooling", one_step)],
            judges.fooling_step(other),
        ),
    ]


def _class_visualization():
    weights = classifier_weights(seed=2)
    drawing = dict(learning_rate=0.5, blur_every=1000, seed=4, l2_reg=0.02)
    several = [drawing | dict(num_iterations=n, max_jitter=m) for m in (0, MAX_JITTER) for n in (3, 4)]
    step = [Case("", "visualization", dict(weights=weights, size=12, target=2, several=several))]
    judge = hidden_judges.visualization_step(weights, 2, 0.02, 0.5, MAX_JITTER)
    return Check("create_class_visualization", "direction of a step", 2.5, step, judge)


# ---------------------------------------------------------------- style transfer


def _maps():
    """Feature maps of one image: two of the same size, a wide one, one with a single channel."""
    shapes = (1, 5, 3, 4), (1, 5, 3, 4), (1, 2, 6, 2), (1, 4, 4, 1)
    return [normal(*shape, seed=k) for k, shape in enumerate(shapes, 3)]


def _content_and_gram():
    a, b, wide, single = _maps()
    content = {
        "several channels": dict(weight=0.3, current=a, original=b),
        "one channel": dict(weight=2.0, current=single, original=0 * single),
    }
    sums, means = (
        {name: dict(features=f, options=options) for name, f in {"a high map": a, "a wide map": wide}.items()}
        for options in (dict(normalize=False), {})
    )
    return [
        _check("content_loss", "other maps", 2, "content", content),
        _check("gram_matrix", "without normalisation", 1.5, "gram", sums),
        _check("gram_matrix", "maps of other sizes", 1.5, "gram", means),
    ]


def _style_and_variation():
    a, _, wide, single = _maps()
    targets = [normal(c, c, seed=c) for c in (4, 1, 2)]
    three = dict(feats=[a, wide, single], layers=[0, 2, 1], targets=targets, weights=[3.0, 0.25, 1.5])
    right = dict(feats=[a, wide], layers=[1], targets=[targets[2]], weights=[1.0])
    wrong = {"layer -1": dict(layers=[-1]), "a target of one entry": dict(targets=[normal(1, 1)])}
    calls = [Case("a right call", "style", right)]
    calls += [Case(k, "refusal", dict(probe="style", inputs=right | inputs)) for k, inputs in wrong.items()]
    edges = {
        "pairs in the last row": dict(img=edge_image(5, 3, row=True), weight=1.0),
        "pairs in the last column": dict(img=edge_image(3, 6, row=False), weight=1.0),
    }
    images = {
        "a high image": dict(img=normal(1, 6, 4, 3, seed=3), weight=0.02),
        "a wide image": dict(img=normal(1, 3, 7, 3, seed=4), weight=3.0),
    }
    at_edges = [Case(label, "variation", inputs) for label, inputs in edges.items()]
    return [
        _check("style_loss", "several layers", 2, "style", {"": three}),
        Check("style_loss", "calls that must be refused", 1, calls, judges.refuses("loss", list(wrong))),
        Check("tv_loss", "every pair of neighbours", 1.5, at_edges, agrees_in_each_case("loss", *edges)),
        _check("tv_loss", "whole images", 1.5, "variation", images),
    ]


# ---------------------------------------------------------------- GANs


def _gan_networks():
    several = [[4, 3, 5], [4, 3, 5], [4, 3, 6], [4, 3], [4, 3]]
    noise = [Case("", "noise", dict(several=several))]
    slopes = {"an axis": dict(x=normal(7), args=[]), "three axes": dict(x=normal(2, 3, 2), args=[0.3])}
    return [
        Check("sample_noise", "noise with a seed", 0.5, noise, judges.seeded_noise),
        _check("leaky_relu", "slopes on both sides", 0.5, "leaky", slopes),
        _network("discriminator", "scores of images", 1.5, [], normal(4, 784, seed=3)),
        _network("generator", "images from noise", 1.5, [7], normal(4, 7, seed=4)),
        _network("dc_discriminator", "scores of images", 1.5, [], normal(4, 784, seed=3)),
        _network("dc_generator", "images from noise", 2, [7], normal(4, 7, seed=4)),
    ]


def _network(build, title, points, args, inputs):
    case = Case("", "network", dict(build=build, args=args, inputs=inputs, seed=5))
    return Check(build, title, points, [case], judges.network_output(parameters=False))


def _gan_losses():
    return [
        _gan_loss("discriminator_loss", 1.5, 2),
        _gan_loss("generator_loss", 1, 1),
        _gan_loss("ls_discriminator_loss", 1.5, 2),
        _gan_loss("ls_generator_loss", 0.75, 1),
    ]


def _gan_loss(function, points, num_scores):
    scores = [normal(9, 1, seed=9), normal(9, 1, seed=5)]
    return _check(
        function, "other scores", points, "gan_loss", {"": dict(function=function, scores=scores[:num_scores])}
    )


def _gradient_penalty():
    some = normal(5, 3, seed=8) * np.arange(1, 6, dtype=np.float32)[:, None]
    maps = [normal(5, 2, 3, 4, seed=k) for k in (9, 10)]
    ones = np.ones((3, 1), np.float32)

    def call(kind, w, real, fake, **options):
        return dict(kind=kind, w=w, real=real, fake=fake, options=options)

    each = {
        "gradients of different length": call("quadratic", ones, some, some, seed=1),
        "another weight": call("quadratic", ones, some[:2], some[:2], weight=3, seed=1),
        "images of three axes": call("linear", normal(24, 1, seed=11), *maps),
    }
    return _check("gradient_penalty", "each image by itself", 1, "penalty", each, names=["penalty", "gradient"])
