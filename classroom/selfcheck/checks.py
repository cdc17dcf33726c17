"""The visible checks: students have them too, and run them with `python -m selfcheck`."""

import numpy as np

from . import attention_checks, judges
from .inputs import (
    captioner,
    classifier_weights,
    edge_image,
    framed_image,
    layer_args,
    normal,
    photograph,
    word_probabilities,
)
from .inside.probes import WORDS
from .judging import Case, Check, agrees, agrees_in_each_case


def checks():
    """All visible checks, in the order of the table of exercises."""
    return [*_captioning(), *_visualization(), *_style_transfer(), *_gans(), *attention_checks.checks()]


def _check(exercise, title, points, probe, cases, names=None):
    """A check that compares outputs with the solved package's; `cases`: dict label -> inputs; see `agrees`."""
    return Check(exercise, title, points, [Case(k, probe, v) for k, v in cases.items()], agrees(*cases, names=names))


# ---------------------------------------------------------------- captioning


def _captioning():
    return [
        _forward("rnn_step", 0.5),
        _backward("rnn_step", 2),
        _forward("rnn", 0.5),
        _backward("rnn", 1.5),
        _forward("word_embedding", 0.5),
        _backward("word_embedding", 0.5),
        _check("CaptioningRNN.loss", "RNN", 1, "caption_loss", {"": _caption_batch("rnn")}),
        _check("CaptioningRNN.loss", "LSTM", 0.5, "caption_loss", {"": _caption_batch("lstm")}),
        *_sampling("CaptioningRNN.sample"),
        _forward("lstm_step", 1),
        _backward("lstm_step", 2.5),
        _forward("lstm", 1),
        _backward("lstm", 2.5),
    ]


def _forward(layer, points):
    inputs = dict(layer=layer, args=layer_args(layer)[0])
    return _check(f"{layer}_forward", "values", points, "layer_forward", {"": inputs})


def _backward(layer, points):
    args, upstream = layer_args(layer)
    inputs = dict(layer=layer, args=args, upstream=upstream)
    return _check(f"{layer}_backward", "gradients", points, "layer_backward", {"": inputs})


def _caption_batch(cell_type):
    captions = np.array([[1, 4, 3, 5, 2], [1, 6, 5, 2, 0], [1, 3, 2, 0, 0]])
    features = normal(3, 6, dtype=np.float64)
    return dict(cell_type=cell_type, params=captioner(cell_type), features=features, captions=captions)


def _sampling(exercise, temperature=1.5):
    features = normal(5, 6, seed=3, dtype=np.float64)
    greedy = [
        Case(
            "",
            "caption_sample",
            dict(cell_type="rnn", params=captioner("rnn", seed=20), features=features, max_length=6),
        )
    ]
    params, probabilities = word_probabilities(seed=289, temperatures=[temperature])
    many = dict(cell_type="rnn", params=params, features=np.zeros((1000, 6)), max_length=2, seeds=[1, 1, 2])
    draws = [Case("", "caption_draws", many | dict(temperature=temperature))]
    return [
        Check(exercise, "most probable words", 0.75, greedy, judges.captions_agree([WORDS], [""])),
        # More than .062 for none of 10,000 generators. Wrong: .16 at a temperature of 1, .32 for pairs of words if the
        # first is not passed on.
        Check(exercise, "random words", 0.5, draws, judges.word_frequencies(probabilities, within=0.07)),
    ]


# ---------------------------------------------------------------- network visualization


def _visualization():
    steep, weights = classifier_weights(scale=8), classifier_weights()
    saliency = dict(weights=weights, X=normal(1, 8, 8, 3), y=np.array([2]))
    X, one_step = photograph(12), dict(confidence=0.0, learning_rate=2.0, max_iterations=1)
    # After 11 steps the target has a probability of .43, after the next .64.
    too_few = dict(confidence=0.55, learning_rate=3.0, max_iterations=11)
    fooling = dict(weights=steep, X=X, target=3, options={})
    too_few = dict(probe="fooling", inputs=fooling | dict(options=too_few))
    usual = [Case("", "fooling", fooling), Case("too few steps", "refusal", too_few)]
    step = dict(weights=classifier_weights(seed=1, scale=3), X=X, target=3, options=one_step)
    first = [Case("confidence 0, one step", "fooling", step)]
    drawing = [dict(num_iterations=n, learning_rate=2) for n in (1, 21)]
    drawing.append(drawing[1] | dict(l2_reg=0.1))
    short = dict(l2_reg=0.0, learning_rate=0.01, blur_every=1000, max_jitter=5, seed=4)
    jittered = short | dict(num_iterations=12)
    blurred = short | dict(num_iterations=7, max_jitter=0, blur_every=2, learning_rate=1e-4)
    moves = dict(size=13, several=[short | dict(num_iterations=0), jittered, jittered, blurred])
    return [
        _check("compute_saliency_maps", "one image", 2, "saliency", {"": saliency}),
        Check("make_fooling_image", "fools", 2, usual, judges.fools(steep, 3, X)),
        Check("make_fooling_image", "one step", 1, first, judges.fooling_step(X)),
        _judged(
            "create_class_visualization",
            "score rises",
            2,
            "visualization",
            dict(weights=weights, size=12, target=1, several=drawing),
            judges.score_rises(weights, target=1),
        ),
        _judged(
            "create_class_visualization",
            "jitter and blur",
            2.5,
            "one_pixel_visualization",
            moves,
            judges.jitter_and_blur(short["learning_rate"], short["max_jitter"]),
        ),
    ]


def _judged(exercise, title, points, probe, inputs, judge):
    """A check with one case and a judge of its own."""
    return Check(exercise, title, points, [Case("", probe, inputs)], judge)


# ---------------------------------------------------------------- style transfer


def _style_transfer():
    features, other = (normal(1, 4, 5, 3, seed=k) for k in (1, 2))
    content = dict(weight=0.5, current=features, original=other)
    style = dict(feats=[features], layers=[0], targets=[normal(3, 3)], weights=[2.0])
    wrong = {"layer 1 of one": dict(layers=[1]), "a target of one row": dict(targets=[normal(1, 3)])}
    calls = [Case("a right call", "style", style)]
    calls += [Case(call, "refusal", dict(probe="style", inputs=style | inputs)) for call, inputs in wrong.items()]
    edges = {
        "pairs in the last row": dict(img=edge_image(4, 5, row=True), weight=0.1),
        "pairs in the last column": dict(img=edge_image(4, 5, row=False), weight=0.1),
    }
    return [
        _check("content_loss", "value and gradient", 1, "content", {"": content}),
        _check("gram_matrix", "normalised", 2, "gram", {"": dict(features=features, options={})}),
        _check("style_loss", "one layer", 1.5, "style", {"": style}),
        Check("style_loss", "wrong arguments", 0.5, calls, judges.refuses("loss", list(wrong))),
        _check("tv_loss", "value and gradient", 1.5, "variation", {"": dict(img=framed_image(6, 7), weight=0.1)}),
        Check(
            "tv_loss",
            "pairs at the edges",
            0.5,
            [Case(label, "variation", inputs) for label, inputs in edges.items()],
            agrees_in_each_case("loss", *edges),
        ),
    ]


# ---------------------------------------------------------------- GANs


def _gans():
    noise = dict(several=[[400, 5], [1, 3]])
    seeds = dict(several=[[4, 3, 8], [4, 3, 8], [4, 3, 9], [4, 3], [4, 3]])
    slopes = {"a slope of .2": dict(x=normal(3, 4), args=[0.2]), "the default slope": dict(x=normal(3, 4), args=[])}
    return [
        _judged("sample_noise", "shape and range", 0.25, "noise", noise, judges.uniform_noise),
        _judged("sample_noise", "seeds", 0.25, "noise", seeds, judges.seeded_noise),
        _check("leaky_relu", "values and slopes", 0.5, "leaky", slopes),
        _network("discriminator", 0.5, [], 784),
        _network("generator", 0.5, [4], 4),
        _loss("discriminator_loss", "value and gradients", 0.75, 2),
        _loss("discriminator_loss", "large scores", 0.75, 2, large=True),
        _loss("generator_loss", "value and gradients", 0.5, 1),
        _loss("generator_loss", "large scores", 0.5, 1, large=True),
        _loss("ls_discriminator_loss", "value and gradients", 0.5, 2),
        _loss("ls_generator_loss", "value and gradients", 0.25, 1),
        _network("dc_discriminator", 0.5, [], 784),
        _network("dc_generator", 1, [4], 4, momentum=True),
        *_gradient_penalty("gradient_penalty"),
    ]


def _network(build, points, args, width, momentum=False):
    inputs = dict(build=build, args=args, inputs=normal(3, width), seed=1)
    return _judged(build, "parameters and output", points, "network", inputs, judges.network_output(momentum=momentum))


def _loss(function, title, points, num_scores, large=False):
    scores = [normal(6, 1, seed=k) for k in (1, 2)]
    if large:  # 10,000 is more than the exponential of float32 can take
        scores = [np.float32([[1e4], [-1e4], [30]]), np.float32([[-1e4], [1e4], [-30]])]
    return _check(function, title, points, "gan_loss", {"": dict(function=function, scores=scores[:num_scores])})


def _gradient_penalty(exercise):
    real, fake, w = normal(5, 6), normal(5, 6, seed=1), normal(6, 1, seed=4)
    zeros, ones = np.zeros((60, 4), np.float32), np.ones((60, 4), np.float32)

    def call(w, real, fake, seed):
        return dict(kind="linear", w=w, real=real, fake=fake, options=dict(seed=seed))

    slopes = {"a steep critic": call(w, real, fake, 1), "a flat critic": call(w / 20, real, fake, 1)}
    constant = {"a constant critic": call(0 * w, real, fake, 1), "another critic": call(w, real, fake, 1)}
    between = call(normal(4, 1), zeros, ones, 3)
    cases = [Case(label, "penalty", inputs) for label, inputs in slopes.items()]
    return [
        Check(exercise, "linear critics", 0.75, cases, agrees_in_each_case("penalty", *slopes)),
        _check(exercise, "constant critic", 0.5, "penalty", constant, names=["gradient"]),
        _judged(exercise, "points between real and fake", 0.75, "penalty", between, judges.points_between),
    ]
