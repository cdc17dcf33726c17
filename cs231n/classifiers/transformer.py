"""A model that writes captions without recurrence: a Transformer's decoder that looks at the cells of a picture.

N pictures or captions, D features of a cell, V words in the vocabulary, W entries in a vector (of a word, of a cell and
of everything between), L layers, T steps (each with a word in and a word out).
"""

import json

import numpy as np

from cs231n.attention_layers import join_heads, scaled_dot_product_attention, split_heads
from cs231n.checks import (
    check_float_type,
    check_indices,
    check_same_form,
    check_vocabulary,
    check_whole_number,
    check_writing,
    checked_grids,
)
from cs231n.classifiers.attention import StateParts, WritesInParts
from cs231n.data_sets import NUM_CELLS
from cs231n.files import atomic_write
from cs231n.rnn_layers import (
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from cs231n.transformer_layers import (
    decoder_layer_backward,
    decoder_layer_forward,
    decoder_layer_shapes,
    dropout_backward,
    dropout_forward,
    feed_forward_forward,
    layer_norm_backward,
    layer_norm_forward,
    positional_encoding,
)
from cs231n.untrusted_files import read_npz, untrusted_file


class CaptioningTransformer(WritesInParts):
    """A Transformer's decoder that writes captions; `loss`, `sample`, `beam_search` and `save` as of `CaptioningRNN`.

    The vector of each word and that of its position are added. Each layer lets words look at earlier words and at the
    cells of the picture, and works on each. The scores of the next word come from the last layer's normal form.

    Attributes:
        params: dict of the parameters: W_proj (D, W) and b_proj (16, W) for the cells, a vector of each cell's own that
            tells where it is; W_embed (V, W), the word vectors; those of `decoder_layer_shapes` for each layer, with
            the number of the layer before the name ("0_W_self"); gamma, beta (W,) of the last normal form; W_vocab
            (W, V) and b_vocab (V,) for the scores.
        positions: (max_length, W) the vectors of the positions, which are not trained.
        word_to_idx, idx_to_word: the vocabulary, a dict from word to index and a dict from index to word.
        num_heads, num_layers, dropout: as given; dtype: np.dtype of the parameters.
    """

    cell_type = "transformer"

    def __init__(
        self,
        word_to_idx,
        input_dim=64,
        wordvec_dim=256,
        num_heads=4,
        num_layers=2,
        max_length=50,
        dropout=0.1,
        dtype=np.float32,
        seed=None,
    ):
        """Make a model with random parameters.

        Args:
            word_to_idx: dict from each of the V words to its index, as for `CaptioningRNN`.
            input_dim, wordvec_dim, num_heads, num_layers: D, W, and the numbers of heads and layers; the number of
                heads divides W.
            max_length: number of positions, the largest T.
            dropout: rate of dropout in `loss`.
            dtype: np.float32, or np.float64 to check gradients.
            seed: int for the random parameters and for dropout; None gives different ones each time.

        Raises:
            ValueError: if the number of heads does not divide W, if a size is not a positive whole number, if `dropout`
                is not in 0 <= dropout < 1, or if `CaptioningRNN` raises it for the vocabulary or the dtype.
        """
        sizes = {"input_dim": input_dim, "wordvec_dim": wordvec_dim, "num_layers": num_layers, "max_length": max_length}
        for name, value in sizes.items():
            check_whole_number(name, value)
        split_heads(np.zeros((1, 1, wordvec_dim)), num_heads)
        dropout_forward(np.zeros(1), dropout)
        check_float_type(dtype)
        check_vocabulary(word_to_idx)
        self.dtype = np.dtype(dtype)
        self.word_to_idx = {word: int(index) for word, index in word_to_idx.items()}
        self.idx_to_word = {index: word for word, index in self.word_to_idx.items()}
        self._null, self._start, self._end = (self.word_to_idx.get(word) for word in ("<NULL>", "<START>", "<END>"))
        # Python's own numbers, because `save` cannot write NumPy's.
        self.num_heads, self.num_layers, self.dropout = int(num_heads), int(num_layers), float(dropout)
        self.positions = positional_encoding(max_length, wordvec_dim).astype(dtype)
        self._rng = np.random.default_rng(seed)
        params = self._first_params(len(word_to_idx), input_dim, wordvec_dim)
        self.params = {name: p.astype(dtype) for name, p in params.items()}

    def _first_params(self, V, D, W):
        """dict of random parameters. The variance of a matrix is a third of 1 / (its number of rows), as in PyTorch."""
        rng = self._rng
        params = {
            "W_proj": rng.standard_normal((D, W)) / np.sqrt(D),
            "b_proj": rng.standard_normal((NUM_CELLS, W)) / 10,
            "W_embed": rng.standard_normal((V, W)),
        }
        for layer in range(self.num_layers):
            for name, shape in decoder_layer_shapes(W, 4 * W).items():
                matrix = name.startswith("W")
                start = rng.standard_normal(shape) / np.sqrt(3 * shape[-2]) if matrix else np.zeros(shape)
                params[f"{layer}_{name}"] = start + name.startswith("gamma")
        return params | {
            "gamma": np.ones(W),
            "beta": np.zeros(W),
            "W_vocab": rng.standard_normal((W, V)) / np.sqrt(3 * W),
            "b_vocab": np.zeros(V),
        }

    def layer_params(self, layer):
        """dict of the parameters of a layer, counted from 0, with the names of `decoder_layer_shapes`."""
        return {name: self.params[f"{layer}_{name}"] for name in decoder_layer_shapes(1, 1)}

    # ---------------------------------------------------------------- training

    def loss(self, features, captions):
        """Loss of predicting each word of the captions from the words before it, and its gradients; with dropout.

        Args:
            features: (N, 16, D) array.
            captions: (N, T + 1) integers in 0..V-1, as for `CaptioningRNN.loss`.

        Returns:
            loss: cross-entropy, summed over the words of each caption and averaged over the N captions.
            grads: dict with the gradient of the loss for each entry of `params`.

        Raises:
            ValueError: if N = 0, if the two N differ, if features are not finite and (N, 16, D), if captions are not
                (N, T + 1) or longer than there are positions, or if they hold anything but integers in 0..V-1.
        """
        features, captions = self.checked_batch(features, captions)
        ### BEGIN SOLUTION
        targets = np.flatnonzero((captions[:, 1:] != self._null).any(axis=0))
        captions = captions[:, : targets[-1] + 2] if len(targets) else captions  # later columns have no loss
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        p, grads = self.params, {}

        x, caches = self.forward(features, words_in, self._rng)
        scores, vocabulary = temporal_affine_forward(x, p["W_vocab"], p["b_vocab"])  # (N, T, V)
        loss, dscores = temporal_softmax_loss(scores, words_out, words_out != self._null)

        dx, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocabulary)
        dx, grads["gamma"], grads["beta"] = layer_norm_backward(dx, caches["norm"])
        dA = 0
        for layer in reversed(range(self.num_layers)):
            dx, dA_layer, of_layer = decoder_layer_backward(dx, caches[layer])
            dA = dA + dA_layer  # every layer looks at the cells
            grads |= {f"{layer}_{name}": gradient for name, gradient in of_layer.items()}
        grads["W_embed"] = word_embedding_backward(dropout_backward(dx, caches["dropout"]), caches["words"])
        grads["W_proj"] = np.tensordot(features, dA, ([0, 1], [0, 1]))
        grads["b_proj"] = dA.sum(axis=0)
        return loss, grads
        ### END SOLUTION

    def forward(self, features, words, rng=None):
        """(normal form of the last layer's output (N, T, W), caches) for words (N, T); dropout if rng is given."""
        x, words_cache = word_embedding_forward(words, self.params["W_embed"])
        x, dropout_cache = dropout_forward(x + self.positions[: words.shape[1]], self.dropout, rng)
        A, caches = self.cells(features), {"words": words_cache, "dropout": dropout_cache}
        for layer in range(self.num_layers):
            params = self.layer_params(layer)
            x, caches[layer] = decoder_layer_forward(x, A, params, self.num_heads, self.dropout, rng)
        x, caches["norm"] = layer_norm_forward(x, self.params["gamma"], self.params["beta"])
        return x, caches

    def cells(self, features):
        """The vectors of the cells, (N, 16, W)."""
        return features @ self.params["W_proj"] + self.params["b_proj"]

    def checked_batch(self, features, captions):
        """(features as an array of the model's dtype, captions as an array); ValueError when `loss` raises it."""
        features, captions = self._checked_features(features), np.asarray(captions)
        if captions.ndim != 2 or captions.shape[1] < 2:
            raise ValueError(f"captions must be (N, T + 1) with a word in and a word out, got {captions.shape}")
        if len(features) != len(captions):
            raise ValueError(f"features of {len(features)} pictures do not go with {len(captions)} captions")
        num_words = captions.shape[1] - 1
        self._check_length(num_words, f"make one with max_length={num_words}")
        check_indices(captions, len(self.params["W_embed"]), "captions")
        return features, captions

    def _checked_features(self, features):
        return checked_grids(np.asarray(features, self.dtype), NUM_CELLS, len(self.params["W_proj"]))

    def _check_length(self, num_words, remedy):
        if num_words > len(self.positions):
            raise ValueError(
                f"captions of {num_words} words are longer than the {len(self.positions)} positions of the model; "
                f"{remedy}"
            )

    # ---------------------------------------------------------------- writing

    # `sample` and `beam_search` need only the two methods below.

    def _first_states(self, features, max_length):
        """(zeros (N,), keys and values) before the first word; ValueError as `sample`, and if positions are too few.

        Keys and values of each layer, (N, heads, S, d): of the words so far (none yet), and of the cells. Those of the
        cells stay the same for the whole caption, those of a word for the rest of it: later words do not change them.
        """
        check_writing(self.word_to_idx, max_length)
        self._check_length(max_length, f"ask for at most max_length={len(self.positions)}")
        A, state = self.cells(self._checked_features(features)), []
        for layer in range(self.num_layers):
            p = self.layer_params(layer)
            keys, values = (self._heads(A, p["W_cross"], p["b_cross"], i) for i in (1, 2))
            state += [keys[:, :, :0], values[:, :, :0], keys, values]
        return np.zeros(len(A), self.dtype), StateParts(state)

    def _step(self, words, h, c):
        """One step with the words (N,) as input: scores (N, V) of the next word, h as it is, c with one position more.

        Only the new position is computed; it looks at the keys and values of the earlier ones.
        """
        parts = list(c)
        x = (self.params["W_embed"][words] + self.positions[parts[0].shape[2]])[:, None]  # (N, 1, W)
        for layer in range(self.num_layers):
            p, k = self.layer_params(layer), 4 * layer
            normal, _ = layer_norm_forward(x, p["gamma_self"], p["beta_self"])
            for i in (1, 2):
                new = self._heads(normal, p["W_self"], p["b_self"], i)  # (N, heads, 1, d)
                parts[k + i - 1] = np.concatenate([parts[k + i - 1], new], axis=2)
            x = x + self._look(normal, parts[k : k + 2], p["W_self"], p["b_self"])
            normal, _ = layer_norm_forward(x, p["gamma_cross"], p["beta_cross"])
            x = x + self._look(normal, parts[k + 2 : k + 4], p["W_cross"], p["b_cross"])
            normal, _ = layer_norm_forward(x, p["gamma_ff"], p["beta_ff"])
            x = x + feed_forward_forward(normal, p["W1"], p["b1"], p["W2"], p["b2"])[0]
        x, _ = layer_norm_forward(x[:, 0], self.params["gamma"], self.params["beta"])
        return x @ self.params["W_vocab"] + self.params["b_vocab"], h, StateParts(parts)

    def _heads(self, x, W, b, i):
        """Queries (i = 0), keys (1) or values (2) of x (N, T, W): (N, heads, T, d)."""
        return split_heads(temporal_affine_forward(x, W[i], b[i])[0], self.num_heads)

    def _look(self, x, keys_and_values, W, b):
        """What x (N, 1, W) gets from attention to these keys and values, (N, 1, W)."""
        heads, _ = scaled_dot_product_attention(self._heads(x, W, b, 0), *keys_and_values)
        return temporal_affine_forward(join_heads(heads), W[3], b[3])[0]

    # ---------------------------------------------------------------- files

    def save(self, path):
        """Write the vocabulary, the settings and the parameters to the file `path` (usually .npz), atomically."""
        about = {"cell_type": self.cell_type, "word_to_idx": self.word_to_idx, "num_heads": self.num_heads}
        about |= {"num_layers": self.num_layers, "max_length": len(self.positions), "dropout": self.dropout}
        with atomic_write(path) as file:
            np.savez(file, about=json.dumps(about), **self.params)

    @classmethod
    def load(cls, path):
        """Read the model that `save` wrote to the file `path`. Nothing in the file is run as code.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is damaged, or not written by `save`.
        """
        with untrusted_file(path, "written by CaptioningTransformer.save", begins=(b"PK",)):
            params = read_npz(path)
            about = json.loads(str(params.pop("about")))
            if about.pop("cell_type") != cls.cell_type:
                raise ValueError("it holds a model of another kind, which CaptioningRNN.load reads")
            dtype = params["W_proj"].dtype.type
            D, W = params["W_proj"].shape
            num_layers = sum(name.endswith("_W_self") for name in params)
            # Before a model is made, because one of larger sizes than the arrays of the file could fill the memory.
            if about["num_layers"] != num_layers or params["0_W_self"].shape != (4, W, W):
                raise ValueError("parameters do not fit together")
            model = cls(about.pop("word_to_idx"), D, W, dtype=dtype, **about)
            check_same_form(params, model.params)
        model.params = params
        return model
