"""A model that writes captions: a recurrent network that starts from a picture's features.

N pictures or captions, D features, V words, W numbers a word, H hidden units, T words in and T words out, B beams.
"""

import json

import numpy as np

from cs231n.checks import check_indices
from cs231n.files import atomic_write
from cs231n.layers import affine_backward, affine_forward, log_softmax
from cs231n.rnn_layers import (
    lstm_backward,
    lstm_forward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from cs231n.untrusted_files import read_npz, untrusted_file

LAYERS = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}


class CaptioningRNN:
    """Features make the first hidden state; each word and the state before make the next state; it scores words.

    Attributes:
        params: dict of W_proj (D, H), b_proj (H,); W_embed (V, W); Wx (W, G), Wh (H, G), b (G,); W_vocab (H, V),
            b_vocab (V,). G is H for an RNN and 4H for an LSTM.
        word_to_idx, idx_to_word: the vocabulary, as numbers of words and words of numbers.
        cell_type, dtype: as given.
    """

    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="rnn",
        dtype=np.float32,
        seed=None,
    ):
        """A model with random parameters.

        Args:
            word_to_idx: dict of V words and their numbers, with <NULL>; also with <START> and <END> if the model is
                to write captions and not only to judge them.
            input_dim, wordvec_dim, hidden_dim: D, W, H.
            cell_type: "rnn" or "lstm".
            dtype: np.float32, or np.float64 to check gradients.
            seed: of the random parameters; None for others each time.

        Raises:
            ValueError: another cell type or dtype, or no <NULL>.
        """
        if cell_type not in LAYERS:
            raise ValueError(f"cell_type must be 'rnn' or 'lstm', got {cell_type!r}")
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be np.float32 or np.float64, got {dtype!r}")
        if "<NULL>" not in word_to_idx:
            raise ValueError("word_to_idx needs <NULL>, the word that fills up short captions")
        V, D, W, H = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        special = {word: word_to_idx[word] for word in ("<NULL>", "<START>", "<END>") if word in word_to_idx}
        check_indices(list(special.values()), V, f"numbers of {', '.join(special)}")
        self.cell_type = cell_type
        self.dtype = np.dtype(dtype)
        self.word_to_idx = {word: int(number) for word, number in word_to_idx.items()}
        self.idx_to_word = {number: word for word, number in self.word_to_idx.items()}
        self._null, self._start, self._end = (special.get(word) for word in ("<NULL>", "<START>", "<END>"))
        rng = np.random.RandomState(seed)
        G = 4 * H if cell_type == "lstm" else H
        params = {
            "W_embed": rng.randn(V, W) / 100,
            "W_proj": rng.randn(D, H) / np.sqrt(D),
            "b_proj": np.zeros(H),
            "Wx": rng.randn(W, G) / np.sqrt(W),
            "Wh": rng.randn(H, G) / np.sqrt(H),
            "b": np.zeros(G),
            "W_vocab": rng.randn(H, V) / np.sqrt(H),
            "b_vocab": np.zeros(V),
        }
        self.params = {name: p.astype(dtype) for name, p in params.items()}

    # ---------------------------------------------------------------- training

    def loss(self, features, captions):
        """How badly the model predicts each word of the captions from the words before, and the gradients of that.

        This is the lecture's form, layer by layer. `cs231n.packed_captioning.packed_loss` computes the same faster;
        training uses that.

        Args:
            features: (N, D) numbers; captions: (N, T + 1) integers, T >= 1. Words 0..T-1 go in, words 1..T are to be
                predicted, <NULL> among the latter not counting.

        Returns:
            loss: cross-entropy, summed over words and divided by N; grads: dict like `params`.

        Raises:
            ValueError: no captions, features and captions of different N, another width, or a number that is no
                word's.
        """
        features, captions = self.check_batch(features, captions)
        ### BEGIN SOLUTION
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        forward, backward = LAYERS[self.cell_type]
        p, grads = self.params, {}

        h0, projection = affine_forward(features, p["W_proj"], p["b_proj"])  # (N, H)
        x, embedding = word_embedding_forward(words_in, p["W_embed"])  # (N, T, W)
        h, recurrence = forward(x, h0, p["Wx"], p["Wh"], p["b"])  # (N, T, H)
        scores, vocabulary = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])  # (N, T, V)
        loss, dscores = temporal_softmax_loss(scores, words_out, words_out != self._null)

        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocabulary)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, recurrence)
        grads["W_embed"] = word_embedding_backward(dx, embedding)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, projection)
        return loss, grads
        ### END SOLUTION

    def check_batch(self, features, captions):
        """Features as an array of the model's dtype, captions as an array; ValueError as in `loss`."""
        features, captions = self._check_features(features), np.asarray(captions)
        if captions.ndim != 2 or captions.shape[1] < 2:
            raise ValueError(f"captions must be (N, T + 1) with a word in and a word out, got {captions.shape}")
        if len(features) != len(captions):
            raise ValueError(f"features of {len(features)} pictures do not go with {len(captions)} captions")
        check_indices(captions, len(self.params["W_embed"]), "captions")
        return features, captions

    def _check_features(self, features):
        features, width = np.asarray(features, self.dtype), len(self.params["W_proj"])
        if features.ndim != 2 or features.shape[1] != width:
            raise ValueError(f"features must be (N, {width}), got {features.shape}")
        if len(features) == 0:
            raise ValueError("the batch is empty")
        return features

    # ---------------------------------------------------------------- writing

    def sample(self, features, max_length=30, temperature=0, seed=None):
        """Write a caption for each picture, word by word, all at once.

        Args:
            features: (N, D) numbers.
            max_length: words at most, <END> included.
            temperature: 0 takes the most probable word each time (of equals the first); above 0, words are drawn at
                random from softmax(scores / temperature), so at 1 as often as the model believes in them.
            seed: of the random words; None for others each time.

        Returns:
            (N, max_length) integers, without <START>; <NULL> after <END>.

        Raises:
            ValueError: the vocabulary lacks <START> or <END>, features of another width, no picture, `max_length`
                below 1 or `temperature` below 0.
        """
        h, c = self._first_states(features, max_length)
        if not temperature >= 0:
            raise ValueError(f"temperature must be at least 0, got {temperature}")
        rng = np.random.RandomState(seed)
        ### BEGIN SOLUTION
        captions = np.full((len(h), max_length), self._null)
        words = np.full(len(h), self._start)
        running = np.full(len(h), True)
        for t in range(max_length):
            scores, h, c = self._step(words, h, c)
            if temperature:  # the largest of scores with Gumbel noise is distributed as their softmax
                scores = scores.astype(np.float64) / temperature + rng.gumbel(size=scores.shape)
            words = scores.argmax(axis=1)
            captions[running, t] = words[running]
            running &= words != self._end
            if not running.any():
                break
        return captions
        ### END SOLUTION

    def beam_search(self, features, beam_width=5, max_length=30, length_penalty=0.0):
        """Write the best caption found for each picture with several kept in view at each step.

        A caption's score is its log-probability over (its number of words, <END> included) ** length_penalty. At each
        step every unfinished caption in view is continued with every word, and the `beam_width` best of all, finished
        ones among them, stay in view. One beam is `sample`; V ** max_length beams find the best caption there is.

        Args:
            features: (N, D) numbers.
            beam_width: how many captions of a picture stay in view, B >= 1.
            max_length: words at most, <END> included.
            length_penalty: 0 for the most probable caption; towards 1, longer ones are held against less.

        Returns:
            (N, max_length) integers, as from `sample`.

        Raises:
            ValueError: as for `sample`, `beam_width` below 1, or `length_penalty` below 0.
        """
        h, c = self._first_states(features, max_length)
        if beam_width < 1:
            raise ValueError(f"beam_width must be at least 1, got {beam_width}")
        if not length_penalty >= 0:
            raise ValueError(f"length_penalty must be at least 0, got {length_penalty}")
        N, V = len(h), len(self.params["b_vocab"])
        picture = np.arange(N)[:, None]  # (N, 1)
        captions = np.full((N, 1, max_length), self._null)  # (N, B, max_length); B grows from 1 to beam_width
        log_p, lengths, finished = np.zeros((N, 1)), np.zeros((N, 1), int), np.full((N, 1), False)  # (N, B)
        words = np.full(N, self._start)  # (N B,)
        for t in range(max_length):
            scores, h, c = self._step(words, h, c)
            B = log_p.shape[1]
            # In float64, in which different float32 scores stay different, so that one beam chooses as `sample` does.
            next_log_p = log_softmax(scores.astype(np.float64)).reshape(N, B, V)
            # A finished caption goes on in one way only, at no cost.
            next_log_p[finished] = np.where(np.arange(V) == self._null, 0, -np.inf)
            next_log_p += log_p[:, :, None]
            lengths += ~finished
            value = next_log_p / lengths[:, :, None] ** length_penalty
            # From the best on; of equals, as argmax does, the first.
            best = np.argsort(-value.reshape(N, B * V), axis=1, kind="stable")[:, :beam_width]  # (N, new B)
            log_p = next_log_p.reshape(N, B * V)[picture, best]
            parent, word = best // V, best % V
            captions, lengths, finished = captions[picture, parent], lengths[picture, parent], finished[picture, parent]
            captions[:, :, t] = word
            finished |= word == self._end
            # Probabilities only fall, so the best that an unfinished caption may reach is its own now, at full length.
            reachable = np.where(finished, -np.inf, log_p).max(axis=1) / max_length**length_penalty
            if (finished[:, 0] & (log_p[:, 0] / lengths[:, 0] ** length_penalty >= reachable)).all():
                break
            rows = (picture * B + parent).ravel()
            h, c, words = h[rows], c[rows], word.ravel()
        return captions[:, 0]  # the best one stands first

    def _first_states(self, features, max_length):
        """Hidden and cell states (N, H) before the first word, after a look at the arguments."""
        missing = [word for word in ("<START>", "<END>") if word not in self.word_to_idx]
        if missing:
            raise ValueError(f"writing captions needs {' and '.join(missing)} in the vocabulary")
        if max_length < 1:
            raise ValueError(f"max_length must be at least 1, got {max_length}")
        h, _ = affine_forward(self._check_features(features), self.params["W_proj"], self.params["b_proj"])
        return h, np.zeros_like(h)

    def _step(self, words, h, c):
        """Scores (N, V) of the word after `words` (N,), and the states (N, H) after them; an RNN leaves c as it is."""
        p = self.params
        x, weights = p["W_embed"][words], (p["Wx"], p["Wh"], p["b"])
        if self.cell_type == "rnn":
            h, _ = rnn_step_forward(x, h, *weights)
        else:
            h, c, _ = lstm_step_forward(x, h, c, *weights)
        return affine_forward(h, p["W_vocab"], p["b_vocab"])[0], h, c

    # ---------------------------------------------------------------- files

    def save(self, path):
        """Write vocabulary, kind of cell and parameters to the file `path`, .npz by custom; whole or not at all."""
        about = json.dumps({"cell_type": self.cell_type, "word_to_idx": self.word_to_idx})
        with atomic_write(path) as file:
            np.savez(file, about=about, **self.params)

    @classmethod
    def load(cls, path):
        """The model that `save` wrote to the file `path`; nothing in it is run as code.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is damaged, or not written by `save`.
        """
        with untrusted_file(path, "written by CaptioningRNN.save"):
            params = read_npz(path)
            about = json.loads(str(params.pop("about")))
            (D, H), (_, W) = params["W_proj"].shape, params["W_embed"].shape
            model = cls(about["word_to_idx"], D, W, H, about["cell_type"], params["Wh"].dtype.type)
            expected = {name: (p.shape, p.dtype) for name, p in model.params.items()}
            if {name: (p.shape, p.dtype) for name, p in params.items()} != expected:
                raise ValueError("parameters do not fit together")
        model.params = params
        return model
