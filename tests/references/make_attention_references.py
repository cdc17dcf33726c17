"""Outputs and gradients of the attention and Transformer layers, computed by PyTorch in float64.

    python tests/references/make_attention_references.py

writes attention_references.npz beside itself, in a second. Needs torch, but nothing of the package: the layers are
`scaled_dot_product_attention`, `torch.nn.LSTMCell`, `MultiheadAttention`, `TransformerDecoderLayer` and `layer_norm`,
and gradients autograd's. `layer_inputs()` makes the inputs and is called by the tests too. Sizes are all different and
no bias is zero.
"""

import sys
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).with_name("attention_references.npz")
N, T, S, W, H, D, F = 3, 5, 7, 4, 8, 6, 10
HEADS = {"one_head": 1, "two_heads": 2, "three_heads": 3}
MASK = np.array(
    [[1, 0, 0, 1, 0, 1, 1], [0, 1, 0, 0, 0, 0, 0], [1] * 7, [0, 0, 1, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0, 1]], bool
)
PARTS = ("self", "cross", "ff")


def layer_inputs():
    """dict layer -> list of its arguments, then of the gradients of its outputs. The same at every call."""
    rng = np.random.RandomState(231)
    r = rng.randn
    inputs = {
        "dot_product_attention": [r(N, H), r(N, H, 4, 4), r(N, H)],
        "attention": [r(N, T, W), r(N, H, 4, 4), r(W, 4 * H), r(H, 4 * H), r(H, 4 * H), r(4 * H), r(N, T, H)],
        "layer_norm": [3 * r(N, T, D) + 1, r(D), r(D), r(N, T, D)],
        "feed_forward": [r(N, T, D), r(D, F), r(F), r(F, D), r(D), r(N, T, D)],
    }
    for name in HEADS:
        inputs[f"cross_{name}"] = [r(N, T, D), r(N, S, D), r(4, D, D), r(4, D), r(N, T, D)]
        inputs[f"self_{name}"] = [r(N, T, D), r(4, D, D), r(4, D), r(N, T, D)]
    shapes = {"self": ((4, D, D), (4, D)), "cross": ((4, D, D), (4, D)), "ff": ((D, F), (F,), (F, D), (D,))}
    params = [r(*shape) for part in PARTS for shape in ((D,), (D,), *shapes[part])]
    inputs["decoder_layer"] = [r(N, T, D), r(N, S, D), *params, r(N, T, D)]
    return inputs


def attention_lstm(x, A, Wx, Wh, Wattn, b):
    """Hidden states (N, T, H) of `LSTMCell` with PyTorch's attention over the cells of A as a part of its input."""
    import torch

    cell = torch.nn.LSTMCell(W + H, H).double()
    i, f, o, g = torch.cat([torch.cat([Wx, Wattn, Wh]), b[None]]).chunk(4, 1)
    rows = torch.cat([i, f, g, o], 1).T  # PyTorch's order of the gates; the last column is the bias
    weights = {"weight_ih": rows[:, : W + H], "weight_hh": rows[:, W + H : -1], "bias_ih": rows[:, -1]}
    weights["bias_hh"] = torch.zeros_like(weights["bias_ih"])
    cells = A.flatten(2).transpose(1, 2)  # (N, 16, H)
    h = c = cells.mean(1)
    hs = []
    for t in range(x.shape[1]):
        attn = torch.nn.functional.scaled_dot_product_attention(h[:, None], cells, cells)[:, 0]
        h, c = torch.func.functional_call(cell, weights, (torch.cat([x[:, t], attn], 1), (h, c)))
        hs.append(h)
    return torch.stack(hs, 1)


def multi_head(x, source, weights, b, num_heads, mask):
    """`torch.nn.MultiheadAttention` with these weights; its mask is True where a query may not look."""
    import torch

    layer = torch.nn.MultiheadAttention(D, num_heads, batch_first=True).double()
    named = {
        "in_proj_weight": weights[:3].transpose(1, 2).reshape(3 * D, D), "in_proj_bias": b[:3].reshape(-1),
        "out_proj.weight": weights[3].T, "out_proj.bias": b[3],
    }  # fmt: skip
    arguments = {"attn_mask": torch.from_numpy(~mask), "need_weights": False}
    return torch.func.functional_call(layer, named, (x, source, source), arguments)[0]


def decoder_layer(x, A, *params):
    """`torch.nn.TransformerDecoderLayer` with pre-norm and without dropout; two heads."""
    import torch

    layer = torch.nn.TransformerDecoderLayer(D, 2, F, dropout=0, batch_first=True, norm_first=True).double()
    gamma1, beta1, Ws, bs, gamma2, beta2, Wc, bc, gamma3, beta3, W1, b1, W2, b2 = params
    named = {
        "norm1.weight": gamma1, "norm1.bias": beta1, "norm2.weight": gamma2, "norm2.bias": beta2,
        "norm3.weight": gamma3, "norm3.bias": beta3,
        "linear1.weight": W1.T, "linear1.bias": b1, "linear2.weight": W2.T, "linear2.bias": b2,
    }  # fmt: skip
    for name, weights, b in (("self_attn", Ws, bs), ("multihead_attn", Wc, bc)):
        named[f"{name}.in_proj_weight"] = weights[:3].transpose(1, 2).reshape(3 * D, D)
        named[f"{name}.in_proj_bias"] = b[:3].reshape(-1)
        named[f"{name}.out_proj.weight"], named[f"{name}.out_proj.bias"] = weights[3].T, b[3]
    later = torch.triu(torch.ones(T, T, dtype=torch.bool), 1)
    return torch.func.functional_call(layer, named, (x, A), {"tgt_mask": later})


def all_references():
    """dict name -> array: for each layer its output and the gradients of its arguments, numbered."""
    import torch

    def look(prev_h, A):
        cells = A.flatten(2).transpose(1, 2)
        return torch.nn.functional.scaled_dot_product_attention(prev_h[:, None], cells, cells)[:, 0]

    functions = {
        "dot_product_attention": look,
        "attention": attention_lstm,
        "layer_norm": lambda x, gamma, beta: torch.nn.functional.layer_norm(x, (D,), gamma, beta),
        "feed_forward": lambda x, W1, b1, W2, b2: torch.relu(x @ W1 + b1) @ W2 + b2,
        "decoder_layer": decoder_layer,
    }
    causal = np.tri(T, dtype=bool)
    for name, count in HEADS.items():
        functions[f"cross_{name}"] = lambda x, y, w, b, count=count: multi_head(x, y, w, b, count, MASK)
        functions[f"self_{name}"] = lambda x, w, b, count=count: multi_head(x, x, w, b, count, causal)
    arrays = {}
    for name, (*args, dout) in layer_inputs().items():
        leaves = [torch.from_numpy(a).requires_grad_() for a in args]
        out = functions[name](*leaves)
        out.backward(torch.from_numpy(dout))
        results = [out.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]
        arrays |= {f"{name}_{k}": result for k, result in enumerate(results)}
    return arrays


if __name__ == "__main__":
    np.savez_compressed(sys.argv[1] if len(sys.argv) > 1 else REFERENCE, **all_references())
