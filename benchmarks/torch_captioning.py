"""The captioning model in PyTorch, as people write it; the peer of captioning.py, in a process of its own."""

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
