"""The hidden checks of the two notebooks beyond the course: what `classroom.selfcheck.attention_checks` asks, of other
inputs.
"""

import numpy as np

from classroom.selfcheck.attention_checks import (
    batch,
    decoder,
    decoder_call,
    grid_loss,
    layer_call,
    masks_refused,
    positions,
    softmax_call,
)
from classroom.selfcheck.judging import Case, Check, agrees

OTHER_WORDS = ["a", "<END>", "<NULL>", "<START>", "b", "c", "d"]  # a data set may index its words in any order
# (2, 1, 2, 3): for two examples, any number of heads, two queries and three places.
EACH_ITS_MASK = np.array([[[[True, False, True], [False, True, True]]], [[[False, True, False], [True, True, True]]]])
GRIDS = {
    "one picture": dict(N=1),
    "one unit": dict(H=1, D=2),
    "a high grid": dict(grid=(4, 3), H=5),
    "sixteen cells and units": dict(N=2, H=16, grid=(4, 4)),
}


def checks():
    """All of them, those of an exercise one after the other."""
    in_time = {"one step": dict(T=1)} | GRIDS | {"many steps": dict(T=8)}
    softmaxes = {"one axis": (6,), "three axes": (2, 3, 4), "one place": (3, 1)}
    gradients = [Case(label, "softmax_gradient", softmax_call(*shape)) for label, shape in softmaxes.items()]
    return [
        _sizes("dot_product_attention", "forward", 2, GRIDS),
        Check("softmax_backward", "weights of other shapes", 1.25, gradients, agrees(*softmaxes)),
        _sizes("dot_product_attention", "backward", 2.5, GRIDS),
        _sizes("attention", "forward", 1.25, in_time),
        _sizes("attention", "backward", 2, in_time),
        grid_loss("AttentionLSTM.loss", "short captions", 1, _batches(0)),
        *_looks(),
        *_heads(),
        positions("tables of other sizes", 1.25, {"many positions": (40, 8), "one entry": (3, 1), "wide": (3, 33)}),
        *_layer_norm(),
        *_decoder("decoder_layer_forward"),
        grid_loss("CaptioningTransformer.loss", "short captions", 0.75, _batches(2)),
        grid_loss(
            "CaptioningTransformer.loss",
            "another rate of dropout",
            0.25,
            {"": batch(2, seed=4, dropout=0.7)},
            ["loss", "dW_embed"],
        ),
    ]


def _sizes(layer, direction, points, sizes, options=None, title="awkward sizes"):
    """A check in float64, for dict label -> sizes; `options`: dict label -> dict of further arguments."""
    exercise, probe, options = f"{layer}_{direction}", f"layer_{direction}", options or {}
    if layer.endswith("product_attention"):
        exercise = exercise.removesuffix("_forward")
    cases = {
        label: layer_call(layer, probe, options.get(label, options.get("")), seed=k, **size)
        for k, (label, size) in enumerate(sizes.items(), 1)
    }
    cases["arrays that are not contiguous"] = layer_call(layer, probe, options.get(""), strided=True)
    return Check(exercise, title, points, [Case(k, probe, v) for k, v in cases.items()], agrees(*cases))


def _looks():
    layer = "scaled_dot_product_attention"
    sizes = {
        "one query, one place": dict(T=1, S=1),
        "one entry": dict(D=1, E=1),
        "two axes": dict(N=0, lead=()),
        "a mask of one row": dict(S=3),
        "a mask of each example": dict(N=2, T=2, S=3),
    }
    options = {"a mask of one row": dict(mask=np.array([True, False, True]))}
    options["a mask of each example"] = dict(mask=EACH_ITS_MASK)
    return [
        _sizes(layer, "forward", 0.75, sizes, options),
        masks_refused(layer, "more masks that must be refused", 0.5, T=3, S=3),
        _sizes(layer, "backward", 2, sizes, options),
    ]


def _heads():
    sizes = {
        "one head": dict(D=4),
        "as many heads as entries": dict(D=3),
        "one word": dict(T=1),
        "itself, with a causal mask": dict(T=4, S=4),
        "a mask of each example": dict(N=2, T=2, S=3),
    }
    options = {
        "": dict(num_heads=2),
        "one head": dict(num_heads=1),
        "as many heads as entries": dict(num_heads=3),
        "itself, with a causal mask": dict(num_heads=3, mask=np.tri(4, dtype=bool)),
        "a mask of each example": dict(num_heads=2, mask=EACH_ITS_MASK),
    }
    layer = "multi_head_attention"
    return [_sizes(layer, "forward", 2, sizes, options), _sizes(layer, "backward", 2.5, sizes, options)]


def _layer_norm():
    sizes = {"one entry": dict(D=1), "two entries": dict(D=2), "one vector": dict(N=1, T=1), "another eps": dict(D=7)}
    options = {"another eps": dict(eps=0.5)}
    return [_sizes("layer_norm", way, points, sizes, options) for way, points in (("forward", 0.5), ("backward", 2.5))]


def _decoder(exercise):
    sizes = {
        "one word": dict(T=1, S=3, seed=2),
        "one head": dict(num_heads=1, D=4, seed=3),
        "as many words as cells": dict(T=4, S=4, seed=4),
        "three heads": dict(num_heads=3, D=6, F=2, seed=5),
    }
    calls = {label: decoder_call(**size) for label, size in sizes.items()}
    drops = {"": decoder_call(T=3, seed=6) | dict(options=dict(num_heads=2, dropout=0.6), seed=2)}
    return [
        decoder(exercise, "awkward sizes", 0.75, "decoder_forward", calls),
        decoder(exercise, "another rate of dropout", 0.25, "decoder_forward", drops),
        decoder(exercise, "caches of other sizes", 0.5, "decoder_cache", calls),
    ]


def _batches(layers):
    short = np.array([[1, 4, 2, 0, 0, 0], [1, 2, 0, 0, 0, 0], [1, 5, 5, 3, 2, 0]])
    full = np.array([[1, 4, 3, 2], [1, 6, 5, 2]])
    other = np.array([3, 1, 2, 0, 4, 5])[short]
    more = dict(num_heads=3) if layers else {}
    return {
        "captions with <NULL>": batch(layers, short, seed=2),
        "one caption": batch(layers, short[1:2], seed=3),
        "captions of equal length": batch(layers, full, seed=5, **more),
        "another vocabulary": batch(layers, other, seed=2, words=OTHER_WORDS),
    }
