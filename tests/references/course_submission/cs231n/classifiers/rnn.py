"""A solution in the course's layout: the captioning model, whose `sample` knows no temperature and ignores <END>."""

import numpy as np

from cs231n.layers import affine_backward, affine_forward
from cs231n.rnn_layers import *


class CaptioningRNN:
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32):
        self.cell_type, self.dtype = cell_type, dtype
        self.word_to_idx, self.idx_to_word = word_to_idx, {i: w for w, i in word_to_idx.items()}
        self._null, self._start = word_to_idx["<NULL>"], word_to_idx.get("<START>")
        V, D, W, H = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        G = {"rnn": 1, "lstm": 4}[cell_type] * H
        shapes = dict(W_embed=(V, W), W_proj=(D, H), b_proj=(H,), Wx=(W, G), Wh=(H, G), b=(G,))
        shapes |= dict(W_vocab=(H, V), b_vocab=(V,))
        self.params = {name: 0.01 * np.random.randn(*shape).astype(dtype) for name, shape in shapes.items()}

    def loss(self, features, captions):
        captions_in, captions_out = captions[:, :-1], captions[:, 1:]
        mask = captions_out != self._null
        p, grads = self.params, {}
        forward, backward = (rnn_forward, rnn_backward) if self.cell_type == "rnn" else (lstm_forward, lstm_backward)
        h0, cache_proj = affine_forward(features, p["W_proj"], p["b_proj"])
        x, cache_embed = word_embedding_forward(captions_in, p["W_embed"])
        h, cache_rnn = forward(x, h0, p["Wx"], p["Wh"], p["b"])
        scores, cache_scores = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask)
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, cache_scores)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, cache_rnn)
        grads["W_embed"] = word_embedding_backward(dx, cache_embed)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, cache_proj)
        return loss, grads

    def sample(self, features, max_length=30):
        N, p = features.shape[0], self.params
        captions = self._null * np.ones((N, max_length), dtype=np.int32)
        h = features @ p["W_proj"] + p["b_proj"]
        c, words = np.zeros_like(h), np.full(N, self._start)
        for t in range(max_length):
            x = p["W_embed"][words]
            if self.cell_type == "rnn":
                h, _ = rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
            else:
                h, c, _ = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
            words = np.argmax(h @ p["W_vocab"] + p["b_vocab"], axis=1)
            captions[:, t] = words
        return captions
