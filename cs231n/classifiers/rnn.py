"""A model that writes captions: a recurrent network that starts from a picture's features.

N pictures or captions, D features of a picture, V words in the vocabulary, W entries in a word vector, H hidden units,
T steps (each with a word in and a word out), B beams.
"""

import json

import numpy as np

from cs231n.checks import (
    check_float_type,
    check_indices,
    check_not_negative,
    check_same_form,
    check_vocabulary,
    check_whole_number,
    check_writing,
)
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
    """A recurrent network that writes captions.

    The features of a picture give the first hidden state. At each step the previous word and the previous state give
    the next state, and from it a score for every word of the vocabulary.

    Attributes:
        params: dict of the parameters: W_proj (D, H) and b_proj (H,) for the features; W_embed (V, W), the word
            vectors; Wx (W, G), Wh (H, G) and b (G,) of the cell; W_vocab (H, V) and b_vocab (V,) for the scores. G is
            H for an RNN and 4H for an LSTM.
        word_to_idx, idx_to_word: the vocabulary, a dict from word to index and a dict from index to word.
        cell_type: "rnn" or "lstm"; dtype: np.dtype of the parameters.
    """

    def __new__(cls, word_to_idx=None, input_dim=None, wordvec_dim=None, hidden_dim=None, cell_type="rnn", *_, **__):
        """A model of this class; for the cell type "attn" one of its subclass `AttentionLSTM`."""
        if cls is CaptioningRNN and cell_type == "attn":
            from cs231n.classifiers.attention import AttentionLSTM

            cls = AttentionLSTM
        return super().__new__(cls)

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
        """Make a model with random parameters.

        Args:
            word_to_idx: dict from each of the V words to its index. It must have <NULL>, which fills up short captions;
                writing captions also needs <START> and <END>, computing the loss does not.
            input_dim, wordvec_dim, hidden_dim: D, W, H.
            cell_type: "rnn", "lstm", or "attn" for an LSTM with attention (`cs231n.classifiers.attention`).
            dtype: np.float32, or np.float64 to check gradients.
            seed: int for the random parameters; None gives different ones each time.

        Raises:
            ValueError: if `cell_type` or `dtype` is not one of these, if a size is not a positive whole number, if
                `word_to_idx` has no <NULL>, or if the index of a special word is not in 0..V-1.
        """
        if cell_type not in (*LAYERS, "attn"):
            raise ValueError(f"cell_type must be 'rnn', 'lstm' or 'attn', got {cell_type!r}")
        for name, value in {"input_dim": input_dim, "wordvec_dim": wordvec_dim, "hidden_dim": hidden_dim}.items():
            check_whole_number(name, value)
        check_float_type(dtype)
        check_vocabulary(word_to_idx)
        V, D, W, H = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        self.cell_type = cell_type
        self.dtype = np.dtype(dtype)
        self.word_to_idx = {word: int(index) for word, index in word_to_idx.items()}
        self.idx_to_word = {index: word for word, index in self.word_to_idx.items()}
        self._null, self._start, self._end = (self.word_to_idx.get(word) for word in ("<NULL>", "<START>", "<END>"))
        params = self._first_params(np.random.RandomState(seed), V, D, W, H)
        self.params = {name: p.astype(dtype) for name, p in params.items()}

    def _first_params(self, rng, V, D, W, H):
        """dict of random parameters in float64, for the sizes of the class."""
        G = H if self.cell_type == "rnn" else 4 * H
        return {
            "W_embed": rng.randn(V, W) / 100,
            "W_proj": rng.randn(D, H) / np.sqrt(D),
            "b_proj": np.zeros(H),
            "Wx": rng.randn(W, G) / np.sqrt(W),
            "Wh": rng.randn(H, G) / np.sqrt(H),
            "b": np.zeros(G),
            "W_vocab": rng.randn(H, V) / np.sqrt(H),
            "b_vocab": np.zeros(V),
        }

    # ---------------------------------------------------------------- training

    def loss(self, features, captions):
        """Loss of predicting each word of the captions from the words before it, and its gradients.

        Args:
            features: (N, D) array.
            captions: (N, T + 1) integers in 0..V-1, T >= 1. Words 0..T-1 are inputs, words 1..T are targets; targets
                equal to <NULL> are ignored.

        Returns:
            loss: cross-entropy, summed over the words of each caption and averaged over the N captions.
            grads: dict with the gradient of the loss for each entry of `params`.

        Raises:
            ValueError: if N = 0, if the two N differ, if features are not (N, D), if captions are not (N, T + 1), or if
                a caption holds anything but integers in 0..V-1.
        """
        features, captions = self.checked_batch(features, captions)
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

    def checked_batch(self, features, captions):
        """(features as an array of the model's dtype, captions as an array).

        Raises:
            ValueError: when `loss` raises it.
        """
        features, captions = self._checked_features(features), np.asarray(captions)
        if captions.ndim != 2 or captions.shape[1] < 2:
            raise ValueError(f"captions must be (N, T + 1) with a word in and a word out, got {captions.shape}")
        if len(features) != len(captions):
            raise ValueError(f"features of {len(features)} pictures do not go with {len(captions)} captions")
        check_indices(captions, len(self.params["W_embed"]), "captions")
        return features, captions

    def _checked_features(self, features):
        features, width = np.asarray(features, self.dtype), len(self.params["W_proj"])
        if features.ndim != 2 or features.shape[1] != width:
            raise ValueError(f"features must be (N, {width}), got {features.shape}")
        if len(features) == 0:
            raise ValueError("the batch is empty")
        return features

    # ---------------------------------------------------------------- writing

    def sample(self, features, max_length=30, temperature=0, seed=None):
        """Write a caption for each picture, word by word, for all pictures at the same time.

        Args:
            features: (N, D) array.
            max_length: maximum number of words, <END> included.
            temperature: 0 takes the most probable word each time (the first of equally probable ones); above 0, words
                are drawn at random from softmax(scores / temperature), so at 1 with the model's own probabilities.
            seed: int for the random words; None gives different ones each time.

        Returns:
            (N, max_length) integers, the captions without <START>; <NULL> after <END>.

        Raises:
            ValueError: if the vocabulary lacks <START> or <END>, if features are not (N, D) with N >= 1, if
                `max_length` is not a positive whole number, or if `temperature` is negative.
        """
        h, c = self._first_states(features, max_length)
        check_not_negative("temperature", temperature)
        rng = np.random.RandomState(seed)
        ### BEGIN SOLUTION
        captions = np.full((len(h), max_length), self._null)
        words = np.full(len(h), self._start)
        unfinished = np.full(len(h), True)
        for t in range(max_length):
            scores, h, c = self._step(words, h, c)
            if temperature:  # Gumbel-max trick: argmax(scores + Gumbel noise) is a draw from softmax(scores)
                scores = scores.astype(np.float64) / temperature + rng.gumbel(size=scores.shape)
            words = scores.argmax(axis=1)
            captions[unfinished, t] = words[unfinished]
            unfinished &= words != self._end
            if not unfinished.any():
                break
        return captions
        ### END SOLUTION

    def beam_search(self, features, beam_width=5, max_length=30, length_penalty=0.0):
        """Write a caption for each picture by beam search: keep the best few partial captions at each step.

        The score of a caption is its log-probability divided by (its number of words, <END> included) **
        length_penalty. Each step continues every unfinished caption with every word; finished captions stay as they
        are. Of all these, the `beam_width` with the best scores are kept for each picture. With one beam this is
        `sample`; with as many beams as there are captions it finds the best of all.

        After four steps, two beams of one picture may look like this:

            captions                             log_p    lengths    finished
            red boats <END> <NULL> <NULL> ...     -2.3          3    True
            two red   boats at     <NULL> ...     -2.9          4    False

        Args:
            features: (N, D) array.
            beam_width: number of captions kept for each picture.
            max_length: maximum number of words, <END> included.
            length_penalty: exponent of the length. At 0 captions are ranked by their probability, which favours
                short ones; at 1 by the mean log-probability per word, which favours them less.

        Returns:
            (N, max_length) integers: the best caption of each picture, as from `sample`.

        Raises:
            ValueError: when `sample` raises it, if `beam_width` is not a positive whole number, or if `length_penalty`
                is negative.
        """
        h, c = self._first_states(features, max_length)
        check_whole_number("beam_width", beam_width)
        check_not_negative("length_penalty", length_penalty)
        N, V = len(h), len(self.params["b_vocab"])
        picture = np.arange(N)[:, None]  # (N, 1)
        captions = np.full((N, 1, max_length), self._null)  # (N, B, max_length); B grows from 1 to beam_width
        log_p, lengths, finished = np.zeros((N, 1)), np.zeros((N, 1), int), np.full((N, 1), False)  # (N, B)
        words = np.full(N, self._start)  # (N B,), the last word of each caption
        for t in range(max_length):
            scores, h, c = self._step(words, h, c)
            B = log_p.shape[1]
            # In float64, so that different float32 scores stay different, and one beam chooses what `sample` chooses.
            next_log_p = log_softmax(scores.astype(np.float64)).reshape(N, B, V)
            # A finished caption is continued by <NULL> only, with probability 1.
            next_log_p[finished] = np.where(np.arange(V) == self._null, 0, -np.inf)
            next_log_p += log_p[:, :, None]
            lengths += ~finished
            value = next_log_p / lengths[:, :, None] ** length_penalty
            # The best first; among equals the one with the lower index, as argmax chooses.
            best = np.argsort(-value.reshape(N, B * V), axis=1, kind="stable")[:, :beam_width]  # (N, new B)
            log_p = next_log_p.reshape(N, B * V)[picture, best]
            parent, word = best // V, best % V
            captions, lengths, finished = captions[picture, parent], lengths[picture, parent], finished[picture, parent]
            captions[:, :, t] = word
            finished |= word == self._end
            # Log-probabilities only fall, so no unfinished caption can score better than its present one does over the
            # full length. Stop when the best caption of every picture is finished and beats that.
            reachable = np.where(finished, -np.inf, log_p).max(axis=1) / max_length**length_penalty
            if (finished[:, 0] & (log_p[:, 0] / lengths[:, 0] ** length_penalty >= reachable)).all():
                break
            rows = (picture * B + parent).ravel()
            h, c, words = h[rows], c[rows], word.ravel()
        return captions[:, 0]  # the best comes first

    def _first_states(self, features, max_length):
        """Hidden and cell states (N, H) before the first word; ValueError as `sample`."""
        check_writing(self.word_to_idx, max_length)
        h, _ = affine_forward(self._checked_features(features), self.params["W_proj"], self.params["b_proj"])
        return h, np.zeros_like(h)

    def _step(self, words, h, c):
        """One step with the words (N,) as input: scores (N, V) of the next word, and the next states h and c (N, H).

        An RNN has no cell state and returns c unchanged.
        """
        p = self.params
        x, weights = p["W_embed"][words], (p["Wx"], p["Wh"], p["b"])
        if self.cell_type == "rnn":
            h, _ = rnn_step_forward(x, h, *weights)
        else:
            h, c, _ = lstm_step_forward(x, h, c, *weights)
        return affine_forward(h, p["W_vocab"], p["b_vocab"])[0], h, c

    # ---------------------------------------------------------------- files

    def save(self, path):
        """Write the vocabulary, the cell type and the parameters to the file `path` (usually .npz), atomically."""
        about = json.dumps({"cell_type": self.cell_type, "word_to_idx": self.word_to_idx})
        with atomic_write(path) as file:
            np.savez(file, about=about, **self.params)

    @classmethod
    def load(cls, path):
        """Read the model that `save` wrote to the file `path`. Nothing in the file is run as code.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is damaged, or not written by `save`.
        """
        with untrusted_file(path, "written by CaptioningRNN.save", begins=(b"PK",)):
            params = read_npz(path)
            about = json.loads(str(params.pop("about")))
            if about["cell_type"] == "transformer":
                raise ValueError("it holds a model of another kind, which CaptioningTransformer.load reads")
            (D, H), (_, W) = params["W_proj"].shape, params["W_embed"].shape
            G = H if about["cell_type"] == "rnn" else 4 * H
            # Before a model is made, because one of larger sizes than the arrays of the file could fill the memory.
            if params["Wx"].shape != (W, G) or params["Wh"].shape != (H, G):
                raise ValueError("parameters do not fit together")
            model = cls(about["word_to_idx"], D, W, H, about["cell_type"], params["W_proj"].dtype.type)
            check_same_form(params, model.params)
        model.params = params
        return model
