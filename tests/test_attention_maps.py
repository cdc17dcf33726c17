"""Where a captioner looks: weights of both kinds of model, against what the loss's own pass uses."""

import numpy as np
import pytest

from cs231n.attention_layers import attention_forward
from cs231n.attention_maps import weights_while_writing
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.classifiers.transformer import CaptioningTransformer

WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, "red": 3, "boat": 4}
CAPTION = np.array([1, 3, 4, 2])
GRID = np.random.RandomState(0).randn(16, 6)


def models():
    lstm = CaptioningRNN(WORDS, 6, 3, 4, "attn", np.float64, seed=0)
    transformer = CaptioningTransformer(WORDS, 6, 8, num_heads=2, num_layers=3, dropout=0.5, dtype=np.float64, seed=0)
    return lstm, transformer


def test_the_weights_of_an_lstm_are_those_of_its_pass_over_the_caption():
    model, _ = models()
    weights, p = weights_while_writing(model, GRID, CAPTION), model.params
    _, cache = attention_forward(
        p["W_embed"][CAPTION[None, :-1]], model.cells(GRID[None]), p["Wx"], p["Wh"], p["Wattn"], p["b"]
    )
    np.testing.assert_allclose(weights, [looking[2][0] for looking, _ in cache], rtol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), np.ones(3))


def test_the_weights_of_a_transformer_are_those_of_each_layer_and_head_without_dropout():
    _, model = models()
    weights = weights_while_writing(model, GRID, CAPTION)
    assert weights.shape == (3, 2, 3, 4, 4)
    np.testing.assert_allclose(weights.sum(axis=(3, 4)), np.ones((3, 2, 3)))
    np.testing.assert_array_equal(weights, weights_while_writing(model, GRID, CAPTION))
    assert not np.isclose(weights[:, 0], weights[:, 1]).all()


@pytest.mark.parametrize("model", models(), ids=lambda model: model.cell_type)
def test_cells_that_trade_places_trade_weights_where_cells_have_no_place_of_their_own(model):
    model.params["b_proj"][:] = 0
    order = np.random.RandomState(1).permutation(16)
    before, after = (weights_while_writing(model, grid, CAPTION) for grid in (GRID, GRID[order]))
    shape = (*before.shape[:-2], 16)
    np.testing.assert_allclose(after.reshape(shape), before.reshape(shape)[..., order], rtol=1e-9)


def test_later_words_do_not_change_the_weights_of_earlier_ones():
    for model in models():
        whole, part = (weights_while_writing(model, GRID, CAPTION[:length]) for length in (4, 3))
        np.testing.assert_allclose(whole[..., :2, :, :], part, rtol=1e-12)


@pytest.mark.parametrize(
    "model, grid, caption, message",
    [
        (CaptioningRNN(WORDS, 6, 3, 4, "lstm"), GRID, CAPTION, "a model of the cell type 'lstm' has no attention"),
        (models()[0], GRID[:4], CAPTION, r"features must be grids \(N, 16, 6\)"),
        (models()[1], GRID * np.nan, CAPTION, "features hold NaN"),
        (models()[0], GRID, CAPTION[:1], r"captions must be \(N, T \+ 1\)"),
        (models()[0], GRID, CAPTION[1:], "the caption must begin with <START>, got 'red'; what `sample` writes needs"),
        (models()[1], GRID, CAPTION + 2, r"the words of the caption must lie in 0\.\.4, got 3 to 6"),
    ],
)
def test_bad_input_is_refused(model, grid, caption, message):
    with pytest.raises(ValueError, match=message):
        weights_while_writing(model, grid, caption)
