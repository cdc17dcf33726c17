"""An LSTM with attention that writes captions: before each word it looks at the cells of the picture.

N pictures or captions, D features of each of 16 cells, V words in the vocabulary, W entries in a word vector, H hidden
units, T steps. `CaptioningRNN(..., cell_type="attn")` makes an `AttentionLSTM`.
"""

import numpy as np

from cs231n.attention_layers import (
    attention_backward,
    attention_forward,
    attention_step_forward,
    dot_product_attention,
)
from cs231n.checks import check_whole_number, check_writing, checked_grids
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.data_sets import NUM_CELLS
from cs231n.rnn_layers import (
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)

_ROWS = 1_000  # captions that are written at a time; each has the vectors of 16 cells, up to 100 KB


class WritesInParts:
    """`sample` and `beam_search` of `CaptioningRNN` for some pictures after the others, so that memory stays small."""

    def sample(self, features, max_length=30, temperature=0, seed=None):
        """As `CaptioningRNN.sample`, for features (N, 16, D)."""
        parts = _parts(self._checked_features(features), _ROWS)
        later = np.random.RandomState(seed).randint(2**31, size=len(parts) - 1)  # other random words in each part
        return np.concatenate(
            [
                CaptioningRNN.sample(self, part, max_length, temperature, part_seed)
                for part, part_seed in zip(parts, [seed, *later], strict=True)
            ]
        )

    def beam_search(self, features, beam_width=5, max_length=30, length_penalty=0.0):
        """As `CaptioningRNN.beam_search`, for features (N, 16, D)."""
        check_whole_number("beam_width", beam_width)
        parts = _parts(self._checked_features(features), max(1, _ROWS // beam_width))
        return np.concatenate(
            [CaptioningRNN.beam_search(self, part, beam_width, max_length, length_penalty) for part in parts]
        )


def _parts(features, size):
    """List of arrays of at most `size` pictures each."""
    return [features[start : start + size] for start in range(0, len(features), size)]


class AttentionLSTM(WritesInParts, CaptioningRNN):
    """A `CaptioningRNN` that takes grids, (N, 16, D), in place of the features of whole pictures.

    Its first states are the mean of all cells. At each step it sees another mean of them, weighted by how well each
    cell fits its hidden state.

    Attributes:
        params: as of an LSTM, but b_proj is (16, H): a vector of each cell's own, which tells where the cell is. And
            there is Wattn (H, 4H), for what the cell sees.
    """

    def __init__(
        self,
        word_to_idx,
        input_dim=512,
        wordvec_dim=128,
        hidden_dim=128,
        cell_type="attn",
        dtype=np.float32,
        seed=None,
    ):
        """As of `CaptioningRNN`; ValueError also if `cell_type` is not "attn"."""
        if cell_type != "attn":
            raise ValueError(f"an AttentionLSTM has the cell type 'attn', got {cell_type!r}; make a CaptioningRNN")
        super().__init__(word_to_idx, input_dim, wordvec_dim, hidden_dim, cell_type, dtype, seed)

    def _first_params(self, rng, V, D, W, H):
        """As of an LSTM, but word vectors and cells begin with entries of about 1, and gates with smaller weights.

        Three inputs (word, state, and what is seen) add up in a gate, so its weights are drawn for all W + 2H numbers.
        With the LSTM's own first parameters, small word vectors and cells are lost beside the state for long.
        """
        params = super()._first_params(rng, V, D, W, H)
        gates = rng.randn(W + 2 * H, 4 * H) / np.sqrt(W + 2 * H)
        return params | {
            "W_embed": 50 * params["W_embed"],
            "W_proj": 3 * params["W_proj"],
            "b_proj": rng.randn(NUM_CELLS, H) / 10,
            "Wx": gates[:W],
            "Wh": gates[W : W + H],
            "Wattn": gates[W + H :],
        }

    def loss(self, features, captions):
        """As `CaptioningRNN.loss`, for features (N, 16, D). ValueError also if they hold NaN or infinite numbers."""
        features, captions = self.checked_batch(features, captions)
        ### BEGIN SOLUTION
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        p, grads = self.params, {}

        A = self.cells(features)  # (N, H, 4, 4)
        x, embedding = word_embedding_forward(words_in, p["W_embed"])  # (N, T, W)
        h, looks = attention_forward(x, A, p["Wx"], p["Wh"], p["Wattn"], p["b"])  # (N, T, H)
        scores, vocabulary = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])  # (N, T, V)
        loss, dscores = temporal_softmax_loss(scores, words_out, words_out != self._null)

        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocabulary)
        dx, dA, grads["Wx"], grads["Wh"], grads["Wattn"], grads["b"] = attention_backward(dh, looks)
        grads["W_embed"] = word_embedding_backward(dx, embedding)
        drows = dA.reshape(*dA.shape[:2], NUM_CELLS).transpose(0, 2, 1)  # (N, 16, H)
        grads["W_proj"] = np.tensordot(features, drows, ([0, 1], [0, 1]))
        grads["b_proj"] = drows.sum(axis=0)
        return loss, grads
        ### END SOLUTION

    def cells(self, features):
        """The vectors of the cells, (N, H, 4, 4), from grids (N, 16, D)."""
        rows = features @ self.params["W_proj"] + self.params["b_proj"]  # (N, 16, H)
        side = int(np.sqrt(NUM_CELLS))
        return rows.transpose(0, 2, 1).reshape(len(rows), -1, side, side)

    def _checked_features(self, features):
        return checked_grids(np.asarray(features, self.dtype), NUM_CELLS, len(self.params["W_proj"]))

    def _first_states(self, features, max_length):
        check_writing(self.word_to_idx, max_length)
        A = self.cells(self._checked_features(features))
        h = A.mean(axis=(2, 3))
        return h, StateParts((h, A))

    def _step(self, words, h, c):
        """As `CaptioningRNN._step`; c holds the cell state and the vectors of the cells of the picture."""
        p, (prev_c, A) = self.params, c
        attn, _ = dot_product_attention(h, A)
        x = p["W_embed"][words]
        h, next_c, _ = attention_step_forward(x, h, prev_c, attn, p["Wx"], p["Wh"], p["Wattn"], p["b"])
        return h @ p["W_vocab"] + p["b_vocab"], h, StateParts((next_c, A))


class StateParts(tuple):
    """Several arrays of N rows each, with one index for all: `parts[rows]` has those rows of every array."""

    def __getitem__(self, rows):
        return StateParts(part[rows] for part in self)
