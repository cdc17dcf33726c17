"""The visible checks of the two notebooks beyond the course: attention, and the Transformer."""

import numpy as np

from . import judges
from .inputs import attention_args, decoder_args, grid_captioner, normal
from .judging import Case, Check, agrees, agrees_in_each_case

LOSS = "loss and gradients"


def checks():
    """All of them, in the order of the table of exercises."""
    look, heads = "scaled_dot_product_attention", "multi_head_attention"
    causal = dict(mask=np.tri(4, 5, dtype=bool))
    masks = {"a mask": causal, "everywhere": {}}
    two_heads = {"a mask": dict(num_heads=2, **causal), "everywhere": dict(num_heads=3)}
    return [
        forward("dot_product_attention", "values", 1),
        _softmax("softmax_backward", 0.75),
        backward("dot_product_attention", "gradients", 1.5),
        forward("attention", "values", 0.75),
        backward("attention", "gradients", 1),
        grid_loss("AttentionLSTM.loss", LOSS, 1, {"float64": batch(0), "float32": batch(0, dtype=np.float32)}),
        forward(look, "values", 0.5, masks),
        masks_refused(look, "masks that must be refused", 0.25),
        backward(look, "gradients", 1, masks),
        forward(heads, "values", 1, two_heads),
        backward(heads, "gradients", 1.5, two_heads),
        positions("an even and an odd D", 0.75, {"an even D": (5, 6), "an odd D": (4, 5)}),
        forward("layer_norm", "values", 0.5, float32=True),
        backward("layer_norm", "gradients", 1.5),
        *_decoder("decoder_layer_forward"),
        grid_loss(
            "CaptioningTransformer.loss", LOSS, 0.75, {"float64": batch(2), "float32": batch(2, dtype=np.float32)}
        ),
        grid_loss("CaptioningTransformer.loss", "dropout", 0.25, {"": batch(2, dropout=0.4)}, ["loss", "dW_embed"]),
    ]


# ---------------------------------------------------------------- layers


def forward(layer, title, points, options=None, float32=False):
    """Values in float64, for each dict of `options` (label -> dict), and in float32; arguments stay as they are.

    Args:
        float32: True to ask for float32 where the arguments are float32.
    """
    exercise = layer if layer.endswith("product_attention") else f"{layer}_forward"
    cases = _in_both_types(layer, options or {"float64": {}}, "layer_forward")
    judge = judges.agrees_and_keeps(*[case.label for case in cases], float32=len(cases) - 1 if float32 else None)
    return Check(exercise, title, points, cases, judge)


def backward(layer, title, points, options=None):
    """Gradients, as `forward`."""
    cases = _in_both_types(layer, options or {"float64": {}}, "layer_backward")
    labels = [case.label for case in cases]
    return Check(f"{layer}_backward", title, points, cases, judges.agrees_and_keeps(*labels))


def _in_both_types(layer, options, probe):
    cases = [Case(label, probe, layer_call(layer, probe, more, kept=True)) for label, more in options.items()]
    first = next(iter(options.values()))
    return [*cases, Case("float32", probe, layer_call(layer, probe, first, kept=True, dtype=np.float32))]


def layer_call(layer, probe, options=None, kept=False, strided=False, **sizes):
    """Arguments of a probe; `sizes` as of `attention_args`."""
    args, upstream = attention_args(layer, **sizes)
    inputs = dict(layer=layer, args=args, options=options or {}, kept=kept, strided=strided)
    return inputs | (dict(upstream=upstream) if probe == "layer_backward" else {})


def _softmax(exercise, points):
    cases = [Case(k, "softmax_gradient", softmax_call(4, 5, dtype=t, kept=True)) for k, t in _TYPES.items()]
    return Check(exercise, "gradient", points, cases, judges.agrees_and_keeps(*_TYPES))


_TYPES = {"float64": np.float64, "float32": np.float32}


def softmax_call(*shape, dtype=np.float64, kept=False):
    powers = np.exp(normal(*shape, seed=2, dtype=np.float64))
    weights = (powers / powers.sum(axis=-1, keepdims=True)).astype(dtype)
    return dict(weights=weights, dweights=normal(*shape, seed=3, dtype=dtype), kept=kept)


def masks_refused(exercise, title, points, T=4, S=5):
    """A right call, and masks that `scaled_dot_product_attention` refuses."""
    right, nowhere = np.tri(T, S, dtype=bool), np.tri(T, S, -1, dtype=bool)
    added = np.where(right, 0.0, -np.inf)
    masks = {"a mask that lets a query look nowhere": nowhere, "a mask that is added to scores": added}
    masks["a mask of another shape"] = right[:, :-1]
    calls = {label: layer_call(exercise, "layer_forward", dict(mask=mask), T=T, S=S) for label, mask in masks.items()}
    cases = [Case("", "layer_forward", layer_call(exercise, "layer_forward", dict(mask=right), T=T, S=S))]
    cases += [Case(label, "refusal", dict(probe="layer_forward", inputs=call)) for label, call in calls.items()]
    return Check(exercise, title, points, cases, judges.refuses_masks("out", list(masks)))


def positions(title, points, sizes):
    """Vectors of positions, for dict label -> (number of positions, D)."""
    cases = [Case(label, "positions", dict(num_positions=n, D=D)) for label, (n, D) in sizes.items()]
    return Check("positional_encoding", title, points, cases, agrees_in_each_case("vectors", *sizes))


# ---------------------------------------------------------------- a layer of the Transformer, losses


def _decoder(exercise):
    plain, single, random = (decoder_call(**more) for more in (dict(), dict(dtype=np.float32), dict(seed=3)))
    cases = {"float64": plain, "float32": single}
    values = [Case(label, "decoder_forward", inputs | dict(kept=True)) for label, inputs in cases.items()]
    drops = {"": random | dict(options=dict(num_heads=2, dropout=0.4), seed=1)}
    return [
        Check(exercise, "values", 0.75, values, judges.agrees_and_keeps(*cases)),
        decoder(exercise, "dropout", 0.25, "decoder_forward", drops),
        decoder(exercise, "cache", 0.5, "decoder_cache", {"": plain}),
    ]


def decoder(exercise, title, points, probe, cases):
    """A check of `decoder_layer_forward`; `cases`: dict label -> `decoder_call`."""
    cases = [Case(label, probe, inputs | _upstream(probe, inputs)) for label, inputs in cases.items()]
    return Check(exercise, title, points, cases, agrees(*[case.label for case in cases]))


def _upstream(probe, inputs):
    x = inputs["args"][0]
    return dict(upstream=normal(*x.shape, seed=8, dtype=x.dtype)) if probe == "decoder_cache" else {}


def decoder_call(num_heads=2, **sizes):
    args, p = decoder_args(**sizes)
    return dict(args=args, p=p, options=dict(num_heads=num_heads))


CAPTIONS = np.array([[1, 4, 3, 5, 2], [1, 6, 5, 2, 0], [1, 3, 2, 0, 0]])


def batch(layers, captions=CAPTIONS, seed=0, dtype=np.float64, dropout=0, num_heads=2, **more):
    """Arguments of the probe `grid_loss`; `layers` as of `grid_captioner`."""
    params, features = grid_captioner(layers, seed=seed, dtype=dtype), normal(len(captions), 16, 5, dtype=dtype)
    options = dict(num_layers=layers, num_heads=num_heads, dropout=dropout, max_length=9, seed=1) if layers else None
    return dict(params=params, features=features, captions=captions, options=options) | more


def grid_loss(exercise, title, points, cases, names=None):
    """A check of a loss and its gradients; `cases`: dict label -> `batch`."""
    all_cases = [Case(label, "grid_loss", inputs) for label, inputs in cases.items()]
    return Check(exercise, title, points, all_cases, agrees(*cases, names=names))
