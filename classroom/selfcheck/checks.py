"""The visible checks: students have them too, and run them with `python -m selfcheck`."""

import numpy as np

from . import judges
from .inputs import captioner, classifier_weights, framed_image, layer_args, normal, photograph
from .judging import Case, Check, agrees


def checks():
    """All visible checks, in the order of the table of exercises."""
    return [*_captioning(), *_visualization(), *_style_transfer(), *_gans()]


def _check(exercise, title, points, probe, inputs, names=None):
    """A check with one case that compares the outputs `names` (default all) with the solved package's."""
    return Check(exercise, title, points, [Case("", probe, inputs)], agrees("", names=names))


# ---------------------------------------------------------------- captioning


def _captioning():
    features = normal(5, 6, seed=3, dtype=np.float64)
    greedy = dict(cell_type="rnn", params=captioner("rnn"), features=features, max_length=6)
    return [
        _forward("rnn_step", 0.5),
        _backward("rnn_step", 2),
        _forward("rnn", 0.5),
        _backward("rnn", 1.5),
        _forward("word_embedding", 0.5),
        _backward("word_embedding", 0.5),
        _check("CaptioningRNN.loss", "RNN", 1, "caption_loss", _caption_batch("rnn")),
        _check("CaptioningRNN.sample", "most probable words", 1, "caption_sample", greedy),
        _forward("lstm_step", 1),
        _backward("lstm_step", 2.5),
        _forward("lstm", 1),
        _backward("lstm", 2.5),
    ]


def _forward(layer, points):
    inputs = dict(layer=layer, args=layer_args(layer)[0])
    return _check(f"{layer}_forward", "values", points, "layer_forward", inputs)


def _backward(layer, points):
    args, upstream = layer_args(layer)
    inputs = dict(layer=layer, args=args, upstream=upstream)
    return _check(f"{layer}_backward", "gradients", points, "layer_backward", inputs)


def _caption_batch(cell_type):
    captions = np.array([[1, 4, 3, 5, 2], [1, 6, 5, 2, 0], [1, 3, 2, 0, 0]])
    features = normal(3, 6, dtype=np.float64)
    return dict(cell_type=cell_type, params=captioner(cell_type), features=features, captions=captions)


# ---------------------------------------------------------------- network visualization


def _visualization():
    steep, weights = classifier_weights(scale=8), classifier_weights()
    saliency = dict(weights=weights, X=normal(1, 8, 8, 3), y=np.array([0]))
    fooling = Case("an image", "fooling", dict(weights=steep, X=photograph(12), target=3, options={}))
    several = [dict(num_iterations=n, learning_rate=2) for n in (1, 21)]
    drawing = Case("a class", "visualization", dict(weights=weights, size=12, target=1, several=several))
    rises = judges.score_rises(weights, target=1)
    return [
        _check("compute_saliency_maps", "one image", 2, "saliency", saliency),
        Check("make_fooling_image", "fools", 2, [fooling], judges.fools(steep, target=3)),
        Check("create_class_visualization", "score rises", 2, [drawing], rises),
    ]


# ---------------------------------------------------------------- style transfer


def _style_transfer():
    features, other = (normal(1, 4, 5, 3, seed=k, dtype=np.float64) for k in (1, 2))
    content = dict(weight=0.5, current=features, original=other)
    style = dict(feats=[features], layers=[0], targets=[normal(3, 3, dtype=np.float64)], weights=[2.0])
    gram, variation = dict(features=features, options={}), dict(img=framed_image(6, 7), weight=0.1)
    return [
        _check("content_loss", "value", 1, "content", content, ["loss"]),
        _check("gram_matrix", "normalised", 1.5, "gram", gram, ["matrix"]),
        _check("style_loss", "one layer", 1.5, "style", style, ["loss"]),
        _check("tv_loss", "value", 1.5, "variation", variation, ["loss"]),
    ]


# ---------------------------------------------------------------- GANs


def _gans():
    noise = Case("noise", "noise", dict(several=[[400, 5], [1, 3]]))
    real, fake = normal(5, 6, dtype=np.float64), normal(5, 6, seed=1, dtype=np.float64)
    w = normal(6, 1, seed=4, dtype=np.float64)
    penalty = dict(kind="linear", w=w, real=real, fake=fake, options=dict(seed=1))
    return [
        Check("sample_noise", "shape and range", 0.5, [noise], judges.uniform_noise),
        _check("leaky_relu", "values", 0.5, "leaky", dict(x=normal(3, 4), args=[0.2]), ["y"]),
        _network("discriminator", 0.5, [], 784),
        _network("generator", 0.5, [4], 4),
        _loss("discriminator_loss", 1, 2),
        _loss("generator_loss", 0.5, 1),
        _loss("ls_discriminator_loss", 0.5, 2),
        _loss("ls_generator_loss", 0.25, 1),
        _network("dc_discriminator", 0.5, [], 784),
        _network("dc_generator", 1, [4], 4),
        _check("gradient_penalty", "linear critic", 1, "penalty", penalty, ["penalty"]),
    ]


def _network(build, points, args, width):
    inputs = dict(build=build, args=args, inputs=normal(3, width), seed=1)
    return _check(build, "parameters", points, "network", inputs, ["parameters"])


def _loss(function, points, num_scores):
    scores = [normal(6, 1, seed=k, dtype=np.float64) for k in range(1, 1 + num_scores)]
    return _check(function, "value", points, "gan_loss", dict(function=function, scores=scores), ["loss"])
