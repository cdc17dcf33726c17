"""The checks that students have, too: `python -m selfcheck` runs them on one's own functions.

They compare with stored values, so that no solution is needed beside them.
"""

import numpy as np

from . import judges
from .inputs import captioner, classifier_weights, framed_image, layer_args, normal, photograph
from .judging import Case, Check, agrees


def checks():
    """All visible checks, in the order of the table of exercises."""
    gan_scores = [normal(6, 1, seed=1, dtype=np.float64), normal(6, 1, seed=2, dtype=np.float64)]
    a_map, other_map = (normal(1, 4, 5, 3, seed=k, dtype=np.float64) for k in (1, 2))
    seeing = classifier_weights(scale=8)
    return [
        _forward("rnn_step"),
        _backward("rnn_step"),
        _forward("rnn"),
        _backward("rnn"),
        _forward("word_embedding"),
        _backward("word_embedding", title="gradient"),
        _one("CaptioningRNN.loss", "RNN", "caption_loss", _caption_batch("rnn")),
        _one(
            "CaptioningRNN.sample",
            "most probable words",
            "caption_sample",
            dict(
                cell_type="rnn", params=captioner("rnn"), features=normal(5, 6, seed=3, dtype=np.float64), max_length=6
            ),
        ),
        _forward("lstm_step"),
        _backward("lstm_step"),
        _forward("lstm"),
        _backward("lstm"),
        _one("compute_saliency_maps", "one image", "saliency", _saliency(count=1)),
        Check(
            "make_fooling_image",
            "fools",
            [Case("an image", "fooling", dict(weights=seeing, X=photograph(12), target=3, options={}))],
            judges.fools(seeing, target=3),
        ),
        Check(
            "create_class_visualization",
            "score rises",
            [Case("a class", "visualization", _pictures(1, 21))],
            judges.score_rises(_pictures()["weights"], target=1),
        ),
        _one("content_loss", "value", "content", dict(weight=0.5, current=a_map, original=other_map), ["loss"]),
        _one("gram_matrix", "normalised", "gram", dict(features=a_map, options={}), ["matrix"]),
        _one(
            "style_loss",
            "one layer",
            "style",
            dict(feats=[a_map], layers=[0], targets=[normal(3, 3, dtype=np.float64)], weights=[2.0]),
            ["loss"],
        ),
        _one("tv_loss", "value", "variation", dict(img=framed_image(6, 7), weight=0.1), ["loss"]),
        Check(
            "sample_noise",
            "shape and range",
            [Case("noise", "noise", dict(several=[[400, 5], [1, 3]]))],
            judges.uniform_noise,
        ),
        _one("leaky_relu", "values", "leaky", dict(x=normal(3, 4), args=[0.2]), ["y"]),
        _network("discriminator", [], 784),
        _network("generator", [4], 4),
        _one("discriminator_loss", "value", "gan_loss", _scores("discriminator_loss", gan_scores), ["loss"]),
        _one("generator_loss", "value", "gan_loss", _scores("generator_loss", gan_scores[:1]), ["loss"]),
        _one("ls_discriminator_loss", "value", "gan_loss", _scores("ls_discriminator_loss", gan_scores), ["loss"]),
        _one("ls_generator_loss", "value", "gan_loss", _scores("ls_generator_loss", gan_scores[:1]), ["loss"]),
        _network("dc_discriminator", [], 784),
        _network("dc_generator", [4], 4),
        _one(
            "gradient_penalty",
            "linear critic",
            "penalty",
            dict(
                kind="linear",
                w=normal(6, 1, seed=4, dtype=np.float64),
                real=normal(5, 6, dtype=np.float64),
                fake=normal(5, 6, seed=1, dtype=np.float64),
                options=dict(seed=1),
            ),
            ["penalty"],
        ),
    ]


def _one(exercise, title, probe, inputs, names=None):
    return Check(exercise, title, [Case("", probe, inputs)], agrees("", names=names))


def _forward(layer):
    return _one(f"{layer}_forward", "values", "layer_forward", dict(layer=layer, args=layer_args(layer)[0]))


def _backward(layer, title="gradients"):
    args, upstream = layer_args(layer)
    return _one(f"{layer}_backward", title, "layer_backward", dict(layer=layer, args=args, upstream=upstream))


def _caption_batch(cell_type):
    captions = np.array([[1, 4, 3, 5, 2], [1, 6, 5, 2, 0], [1, 3, 2, 0, 0]])
    features = normal(3, 6, dtype=np.float64)
    return dict(cell_type=cell_type, params=captioner(cell_type), features=features, captions=captions)


def _saliency(count):
    X, y = normal(count, 8, 8, 3), np.arange(count) % 5
    return dict(weights=classifier_weights(), X=X, y=y)


def _pictures(*iterations):
    several = [dict(num_iterations=n, learning_rate=2) for n in iterations]
    return dict(weights=classifier_weights(), size=12, target=1, several=several)


def _network(build, args, width):
    inputs = dict(build=build, args=args, inputs=normal(3, width), seed=1)
    return _one(build, "parameters", "network", inputs, ["parameters"])


def _scores(function, scores):
    return dict(function=function, scores=scores)
