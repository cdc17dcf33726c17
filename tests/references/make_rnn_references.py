"""Outputs and gradients of the NumPy layers, update rules and captioning model, computed by PyTorch in float64.

    python tests/references/make_rnn_references.py

writes rnn_references.npz beside itself, in a second. Needs torch, but nothing of the package: recurrent layers are
`torch.nn.RNN` and `torch.nn.LSTM`, gradients autograd's, update rules `torch.optim`'s. `layer_inputs()` and
`captioning_inputs()` make the inputs and are called by the tests too. Sizes are all different and no bias is zero.
"""

import sys
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).with_name("rnn_references.npz")
N, T, D, H, V, M, W = 4, 5, 6, 3, 7, 8, 2
RATES = {"sgd": 0.03, "sgd_momentum": 0.02, "rmsprop": 0.01, "adam": 0.05}
STEPS = 3


def layer_inputs():
    """dict layer -> list of its arguments, then of the gradients of its outputs. The same at every call."""
    rng = np.random.RandomState(231)
    r = rng.randn
    return {
        "affine": [r(N, 2, 3), r(D, M), r(M), r(N, M)],
        "relu": [r(N, D), r(N, D)],
        "softmax_loss": [r(N, V), rng.randint(0, V, N)],
        "rnn_step": [r(N, D), r(N, H), r(D, H), r(H, H), r(H), r(N, H)],
        "rnn": [r(N, T, D), r(N, H), r(D, H), r(H, H), r(H), r(N, T, H)],
        "lstm_step": [r(N, D), r(N, H), r(N, H), r(D, 4 * H), r(H, 4 * H), r(4 * H), r(N, H), r(N, H)],
        "lstm": [r(N, T, D), r(N, H), r(D, 4 * H), r(H, 4 * H), r(4 * H), r(N, T, H)],
        "word_embedding": [rng.randint(0, V, (N, T)), r(V, D), r(N, T, D)],
        "temporal_affine": [r(N, T, D), r(D, M), r(M), r(N, T, M)],
        "temporal_softmax_loss": [3 * r(N, T, V), rng.randint(0, V, (N, T)), rng.rand(N, T) < 0.6],
        "optim": [r(D, H), r(STEPS, D, H)],
    }


def captioning_inputs(cell_type):
    """(parameters by name, features, captions) of a small model; <NULL> (0) ends, interrupts or fills a caption."""
    rng = np.random.RandomState(231)
    G = 4 * H if cell_type == "lstm" else H
    shapes = {
        "W_proj": (D, H), "b_proj": (H,), "W_embed": (V, W), "Wx": (W, G), "Wh": (H, G), "b": (G,),
        "W_vocab": (H, V), "b_vocab": (V,),
    }  # fmt: skip
    params = {name: rng.randn(*shape) for name, shape in shapes.items()}
    captions = np.array([[1, 3, 4, 2, 0, 0], [1, 5, 0, 6, 3, 2], [0, 0, 0, 0, 0, 0], [1, 6, 6, 4, 3, 2]])
    return params, rng.randn(N, D), captions


def torch_order(array, cell_type):
    """An array with columns i, f, o, g in PyTorch's form: rows i, f, g, o."""
    if cell_type == "lstm":
        i, f, o, g = np.split(array, 4, axis=-1)
        array = np.concatenate([i, f, g, o], axis=-1)
    return np.ascontiguousarray(array.T)


def numpy_order(array, cell_type):
    """The inverse of `torch_order`."""
    if cell_type == "lstm":
        i, f, g, o = np.split(array, 4)
        array = np.concatenate([i, f, o, g])
    return array.T


def recurrent(cell_type, Wx, Wh, b):
    """`torch.nn.RNN` or `LSTM` with these weights, batch first; the second bias is fixed at 0."""
    import torch

    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[cell_type](len(Wx), len(Wh), batch_first=True).double()
    weights = [torch_order(w, cell_type) for w in (Wx, Wh, b)]
    with torch.no_grad():
        for parameter, w in zip(layer.parameters(), [*weights, np.zeros_like(weights[2])], strict=True):
            parameter.copy_(torch.from_numpy(w))
    return layer


def recurrent_gradients(layer, cell_type):
    """(dWx, dWh, db) in NumPy's order, after a backward pass."""
    return [numpy_order(p.grad.numpy(), cell_type) for p in (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0)]


def run_recurrent(cell_type, x, h0, c0, Wx, Wh, b, *dout):
    """(h (N, T, H), last c) and the gradients of all arguments; `dout` is dh, and optionally dc of the last step."""
    import torch

    layer = recurrent(cell_type, Wx, Wh, b)
    x, h0, c0 = (torch.from_numpy(a).requires_grad_() for a in (x, h0, c0))
    if cell_type == "lstm":
        h, (_, c) = layer(x, (h0[None], c0[None]))
    else:
        h, c = layer(x, h0[None])[0], c0[None]
    total = (h * torch.from_numpy(dout[0])).sum()
    if len(dout) == 2:
        total = total + (c[0] * torch.from_numpy(dout[1])).sum()
    total.backward()
    dc0 = [] if c0.grad is None else [c0.grad.numpy()]
    outputs = h.detach().numpy(), c[0].detach().numpy()
    return outputs, [x.grad.numpy(), h0.grad.numpy(), *dc0, *recurrent_gradients(layer, cell_type)]


def captioning_loss(cell_type, params, features, captions):
    """Loss of the captioning model and its gradients by name."""
    import torch

    leaves = {name: torch.from_numpy(p).clone().requires_grad_() for name, p in params.items()}
    layer = recurrent(cell_type, params["Wx"], params["Wh"], params["b"])
    words = torch.from_numpy(captions)
    h0 = (torch.from_numpy(features) @ leaves["W_proj"] + leaves["b_proj"])[None]
    x = torch.nn.functional.embedding(words[:, :-1], leaves["W_embed"])
    h, _ = layer(x, (h0, torch.zeros_like(h0)) if cell_type == "lstm" else h0)
    scores = h @ leaves["W_vocab"] + leaves["b_vocab"]
    loss = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), words[:, 1:].flatten(), ignore_index=0, reduction="sum"
    ) / len(features)
    loss.backward()
    grads = {name: p.grad.numpy() for name, p in leaves.items() if p.grad is not None}
    grads["Wx"], grads["Wh"], grads["b"] = recurrent_gradients(layer, cell_type)
    return loss.item(), grads


def layer_references():
    """dict layer -> list of its outputs and then of the gradients of its float arguments."""
    import torch
    import torch.nn.functional as F

    inputs = layer_inputs()
    references = {}

    def differentiate(name, function, leaves, dout):
        leaves = [torch.from_numpy(a).requires_grad_() for a in leaves]
        out = function(*leaves)
        out.backward(torch.as_tensor(dout, dtype=out.dtype))
        references[name] = [out.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]

    *leaves, dout = inputs["affine"]
    differentiate("affine", lambda x, w, b: F.linear(x.flatten(1), w.T, b), leaves, dout)
    differentiate("relu", F.relu, inputs["relu"][:1], inputs["relu"][1])
    *leaves, dout = inputs["temporal_affine"]
    differentiate("temporal_affine", lambda x, w, b: F.linear(x, w.T, b), leaves, dout)
    words, vectors, dout = inputs["word_embedding"]
    differentiate("word_embedding", lambda w: F.embedding(torch.from_numpy(words), w), [vectors], dout)
    x, y = inputs["softmax_loss"]
    differentiate("softmax_loss", lambda x: F.cross_entropy(x, torch.from_numpy(y)), [x], 1)
    x, y, mask = inputs["temporal_softmax_loss"]
    y = torch.from_numpy(np.where(mask, y, -100))
    differentiate(
        "temporal_softmax_loss",
        lambda x: F.cross_entropy(x.flatten(0, 1), y.flatten(), ignore_index=-100, reduction="sum") / N,
        [x],
        1,
    )
    x, h, Wx, Wh, b, dh = inputs["rnn_step"]
    (out, _), grads = run_recurrent("rnn", x[:, None], h, np.zeros_like(h), Wx, Wh, b, dh[:, None])
    references["rnn_step"] = [out[:, 0], grads[0][:, 0], *grads[1:]]
    x, h, c, Wx, Wh, b, dh, dc = inputs["lstm_step"]
    (out, last), grads = run_recurrent("lstm", x[:, None], h, c, Wx, Wh, b, dh[:, None], dc)
    references["lstm_step"] = [out[:, 0], last, grads[0][:, 0], *grads[1:]]
    for cell_type in ("rnn", "lstm"):
        x, h, Wx, Wh, b, dh = inputs[cell_type]
        (out, _), grads = run_recurrent(cell_type, x, h, np.zeros_like(h), Wx, Wh, b, dh)
        references[cell_type] = [out, *grads[:2], *grads[-3:]]
    return references


def optim_references():
    """dict rule -> parameters after each step, (STEPS, D, H)."""
    import torch

    start, gradients = layer_inputs()["optim"]
    makers = {
        "sgd": lambda p: torch.optim.SGD(p, RATES["sgd"]),
        "sgd_momentum": lambda p: torch.optim.SGD(p, RATES["sgd_momentum"], momentum=0.9),
        "rmsprop": lambda p: torch.optim.RMSprop(p, RATES["rmsprop"], alpha=0.99),
        "adam": lambda p: torch.optim.Adam(p, RATES["adam"]),
    }
    references = {}
    for name, make in makers.items():
        w, path = torch.from_numpy(start.copy()).requires_grad_(), []
        optimizer = make([w])
        for gradient in gradients:
            w.grad = torch.from_numpy(gradient)
            optimizer.step()
            path.append(w.detach().numpy().copy())
        references[name] = np.stack(path)
    return references


def all_references():
    """dict name -> array: what is in the file."""
    arrays = {f"{name}_{k}": a for name, list_ in layer_references().items() for k, a in enumerate(list_)}
    arrays |= {f"optim_{name}": path for name, path in optim_references().items()}
    for cell_type in ("rnn", "lstm"):
        loss, grads = captioning_loss(cell_type, *captioning_inputs(cell_type))
        arrays |= {f"captioning_{cell_type}_{name}": g for name, g in (grads | {"loss": loss}).items()}
    return arrays


if __name__ == "__main__":
    np.savez_compressed(sys.argv[1] if len(sys.argv) > 1 else REFERENCE, **all_references())
