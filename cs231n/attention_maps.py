"""Where a captioner looks: the weights of its attention to the cells of a picture, word by word."""

import numpy as np

from cs231n.attention_layers import attention_forward, dot_product_attention
from cs231n.checks import check_indices
from cs231n.transformer_layers import attention_weights


def weights_while_writing(model, grid, caption):
    """The weights of attention to the cells with which each word of a caption was written.

    Args:
        model: a `CaptioningRNN` with attention, or a `CaptioningTransformer`.
        grid: (16, D) features of a picture's cells.
        caption: (T + 1,) integers, the indices of the words, beginning with <START>.

    Returns:
        (T, 4, 4), entry t for the word caption[t + 1], of an LSTM; (L, heads, T, 4, 4) of a Transformer with L layers.
        Each 4 x 4 has the sum 1.

    Raises:
        ValueError: if the model has no attention, if the grid is not finite and (16, D), if the caption has no word
            after <START> or more than the model has positions, if it does not begin with <START>, or if it holds
            anything but indices of words.
    """
    if model.cell_type not in ("attn", "transformer"):
        raise ValueError(f"a model of the cell type {model.cell_type!r} has no attention; take 'attn' or a Transformer")
    check_indices(caption, len(model.params["W_embed"]), "the words of the caption")
    features, captions = model.checked_batch(np.asarray(grid)[None], np.asarray(caption)[None])
    words = captions[:, :-1]
    if words[0, 0] != model.word_to_idx.get("<START>"):
        raise ValueError(
            f"the caption must begin with <START>, got {model.idx_to_word.get(int(words[0, 0]))!r}; "
            "what `sample` writes needs <START> before it"
        )
    if model.cell_type == "attn":
        return _weights_of_lstm(model, features, words[0])
    _, caches = model.forward(features, words)
    weights = np.stack([attention_weights(caches[layer])[1][0] for layer in range(model.num_layers)])
    return weights.reshape(*weights.shape[:3], 4, 4)


def _weights_of_lstm(model, features, words):
    p, A = model.params, model.cells(features)  # A: (1, H, 4, 4), of one picture
    h, _ = attention_forward(p["W_embed"][words][None], A, p["Wx"], p["Wh"], p["Wattn"], p["b"])
    before = np.concatenate([A.mean(axis=(2, 3)), h[0, :-1]])  # (T, H), the state that looks before each word
    _, weights = dot_product_attention(before, np.repeat(A, len(words), axis=0))
    return weights
