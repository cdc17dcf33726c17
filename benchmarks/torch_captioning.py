"""The captioning models in PyTorch, as people write them; the peers of captioning.py, in a process of their own."""

import numpy as np
import torch
from peer_process import THREADS
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence

torch.set_num_threads(THREADS)


class Captioner(nn.Module):
    """The model with parameters of ours, for one batch.

    Args:
        p: dict of the parameters of our model; cell_type: "rnn" or "lstm"; start, null: numbers of the special words.
        features: (N, D) float32; captions: (N, T + 1) integers, or None for a model that only writes.
    """

    def __init__(self, p, cell_type, start, null, features, captions=None):
        super().__init__()
        (V, W), (D, H) = p["W_embed"].shape, p["W_proj"].shape
        self.start, self.null = start, null
        self.features, self.captions = torch.tensor(features), None if captions is None else torch.tensor(captions)
        self.embed, self.project, self.score = nn.Embedding(V, W), nn.Linear(D, H), nn.Linear(H, V)
        self.recur = (nn.LSTM if cell_type == "lstm" else nn.RNN)(W, H, batch_first=True)
        # PyTorch's gates are in the order i, f, g, o, ours in the order i, f, o, g.
        gates = np.arange(p["Wx"].shape[1]).reshape(-1, H)[[0, 1, 3, 2] if cell_type == "lstm" else [0]].ravel()
        values = {
            "embed.weight": p["W_embed"],
            "project.weight": p["W_proj"].T,
            "project.bias": p["b_proj"],
            "score.weight": p["W_vocab"].T,
            "score.bias": p["b_vocab"],
            "recur.weight_ih_l0": p["Wx"][:, gates].T,
            "recur.weight_hh_l0": p["Wh"][:, gates].T,
            "recur.bias_ih_l0": p["b"][gates],
            "recur.bias_hh_l0": np.zeros_like(p["b"]),
        }
        self.load_state_dict({name: torch.tensor(np.ascontiguousarray(value)) for name, value in values.items()})
        self.optimizer = torch.optim.Adam(self.parameters(), 1e-3)

    def states(self):
        h = self.project(self.features)[None]
        return (h, torch.zeros_like(h)) if isinstance(self.recur, nn.LSTM) else h

    def loss(self, form):
        x, words, states = self.embed(self.captions[:, :-1]), self.captions[:, 1:], self.states()
        mask = words != self.null
        if form == "packed":
            x, words = (
                pack_padded_sequence(each, mask.sum(1), batch_first=True, enforce_sorted=False) for each in (x, words)
            )
            h, words = self.recur(x, states)[0].data, words.data
        else:
            h = self.recur(x, states)[0]
            rows = mask if form == "unmasked words only" else torch.ones_like(mask)
            h, words = h[rows], words[rows]
        return cross_entropy(self.score(h), words, ignore_index=self.null, reduction="sum") / len(self.features)

    def loss_value(self, form):
        return self.loss(form).item()

    def step(self, form):
        self.optimizer.zero_grad()
        self.loss(form).backward()
        self.optimizer.step()

    @torch.no_grad()
    def sample(self, max_length):
        states, words, captions = self.states(), torch.full((len(self.features),), self.start), []
        for _ in range(max_length):
            h, states = self.recur(self.embed(words)[:, None], states)
            words = self.score(h[:, 0]).argmax(1)
            captions.append(words)
        return torch.stack(captions, 1).numpy()


class _Looking(nn.Module):
    """A model of grids for one batch, with a step of Adam; a subclass sets its parameters and computes `scores`."""

    def __init__(self, p, null, features, captions):
        super().__init__()
        self.null, self.features, self.captions = null, torch.tensor(features), torch.tensor(captions)
        self.captions = self.captions[:, : 1 + int((self.captions[:, 1:] != null).sum(1).max())]
        self.p = nn.ParameterDict({name: nn.Parameter(torch.tensor(p[name])) for name in self.own(p)})

    def loss(self):
        words = self.captions[:, 1:].reshape(-1)
        scores = self.scores(self.features @ self.p["W_proj"] + self.p["b_proj"], self.captions[:, :-1])
        total = cross_entropy(scores.flatten(0, 1), words, ignore_index=self.null, reduction="sum")
        return total / len(self.features)

    def loss_value(self):
        """The loss without dropout."""
        self.eval()
        value = self.loss().item()
        self.train()
        return value

    def step(self):
        self.optimizer.zero_grad()
        self.loss().backward()
        self.optimizer.step()


class AttentionCaptioner(_Looking):
    """An LSTM with attention, in a loop over the words. Arguments as of `Captioner`."""

    def __init__(self, p, null, features, captions):
        super().__init__(p, null, features, captions)
        self.optimizer = torch.optim.Adam(self.parameters(), 1e-3)

    @staticmethod
    def own(p):
        return list(p)

    def scores(self, A, words):
        p, h = self.p, A.mean(1)
        c, states, x = h, [], p["W_embed"][words] @ p["Wx"] + p["b"]
        for t in range(words.shape[1]):
            weights = torch.softmax(torch.bmm(A, h[:, :, None])[:, :, 0] / A.shape[2] ** 0.5, 1)
            attn = torch.bmm(weights[:, None], A)[:, 0]
            i, f, o, g = (x[:, t] + h @ p["Wh"] + attn @ p["Wattn"]).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1) @ p["W_vocab"] + p["b_vocab"]


class TransformerCaptioner(_Looking):
    """`nn.TransformerDecoder` between word vectors and scores. Arguments as of `Captioner`, and those of our model."""

    def __init__(self, p, null, features, captions, num_heads, num_layers, dropout, positions):
        super().__init__(p, null, features, captions)
        width = p["W_embed"].shape[1]
        layer = nn.TransformerDecoderLayer(width, num_heads, 4 * width, dropout, batch_first=True, norm_first=True)
        self.decoder = nn.TransformerDecoder(layer, num_layers, nn.LayerNorm(width))
        self.positions, self.dropout = torch.tensor(positions), nn.Dropout(dropout)
        values = {"norm.weight": p["gamma"], "norm.bias": p["beta"]}
        for k in range(num_layers):
            values |= {f"layers.{k}.{name}": value for name, value in _layer_values(p, f"{k}_").items()}
        values = {name: torch.tensor(np.ascontiguousarray(value)) for name, value in values.items()}
        self.decoder.load_state_dict(values)
        self.optimizer = torch.optim.Adam(self.parameters(), 1e-3)

    @staticmethod
    def own(p):
        return [name for name in p if name.startswith(("W_", "b_"))]

    def scores(self, A, words):
        T = words.shape[1]
        mask = torch.triu(torch.full((T, T), float("-inf")), 1)
        x = self.dropout(self.p["W_embed"][words] + self.positions[:T])
        return self.decoder(x, A, tgt_mask=mask, tgt_is_causal=True) @ self.p["W_vocab"] + self.p["b_vocab"]


def _layer_values(p, prefix):
    """dict PyTorch's name -> the values of our layer whose parameters' names begin with `prefix`."""
    values = {}
    for ours, name in (("self", "self_attn"), ("cross", "multihead_attn")):
        W, b = p[f"{prefix}W_{ours}"], p[f"{prefix}b_{ours}"]
        values |= {f"{name}.in_proj_weight": np.concatenate([w.T for w in W[:3]]), f"{name}.out_proj.weight": W[3].T}
        values |= {f"{name}.in_proj_bias": b[:3].ravel(), f"{name}.out_proj.bias": b[3]}
    for number in "12":
        values |= {f"linear{number}.weight": p[f"{prefix}W{number}"].T, f"linear{number}.bias": p[f"{prefix}b{number}"]}
    for number, ours in (("1", "self"), ("2", "cross"), ("3", "ff")):
        values |= {f"norm{number}.weight": p[f"{prefix}gamma_{ours}"], f"norm{number}.bias": p[f"{prefix}beta_{ours}"]}
    return values
