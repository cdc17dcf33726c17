"""The captioning Transformer: gradients, what it writes against a whole pass, captions against loops, files, input."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packed_losses import check_packed_loss
from references.make_rnn_references import captioning_inputs

from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.classifiers.transformer import CaptioningTransformer
from cs231n.gradient_check import eval_numerical_gradient
from cs231n.layers import log_softmax
from cs231n.packed_captioning import packed_loss
from cs231n.packed_transformer import packed_transformer_loss

EACH_LOSS = pytest.mark.parametrize("loss_of", [CaptioningTransformer.loss, packed_transformer_loss])


def vocabulary(size):
    return {word: k for k, word in enumerate(["<NULL>", "<START>", "<END>", *map(str, range(3, size))])}


def random_model(size=7, seed=0, dtype=np.float64, dropout=0.0, **options):
    """A model whose parameters and biases are random and not small: six features a cell, two heads, two layers."""
    sizes = {"input_dim": 6, "wordvec_dim": 4, "num_heads": 2, "num_layers": 2, "max_length": 12}
    model = CaptioningTransformer(vocabulary(size), **sizes | options, dropout=dropout, dtype=dtype, seed=seed)
    rng = np.random.RandomState(seed)
    model.params = {name: rng.randn(*p.shape).astype(dtype) for name, p in model.params.items()}
    return model


def grids(N=4, seed=0):
    return np.random.RandomState(seed).randn(N, 16, 6)


CAPTIONS = captioning_inputs("rnn")[2]  # <NULL> (0) ends, interrupts or fills a caption


# ---------------------------------------------------------------- loss


@EACH_LOSS
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_gradients_match_finite_differences(loss_of, dropout):
    model, features = random_model(dropout=dropout), grids()

    def loss():
        model._rng = np.random.default_rng(3)  # so that dropout chooses the same entries each time
        return loss_of(model, features, CAPTIONS)

    _, grads = loss()
    assert grads.keys() == model.params.keys()
    for name, p in model.params.items():
        numeric = eval_numerical_gradient(lambda _: loss()[0], p, verbose=False)
        np.testing.assert_allclose(grads[name], numeric, rtol=1e-4, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(
    N=st.integers(1, 5),
    T=st.integers(1, 6),
    heads=st.sampled_from([1, 2, 4]),
    nulls=st.sampled_from([0.0, 0.4, 1.0]),
    seed=st.integers(0, 1000),
)
def test_the_packed_loss_is_the_loss(N, T, heads, nulls, seed):
    rng = np.random.RandomState(seed)
    model, features = random_model(seed=seed, num_heads=heads), grids(N, seed)
    captions = rng.randint(0, 7, (N, T + 1))
    captions[rng.rand(N, T + 1) < nulls] = 0
    check_packed_loss(packed_transformer_loss, model, features, captions, atol=1e-10)


def test_columns_of_padding_change_neither_loss_nor_gradients():
    model, features = random_model(), grids()
    padded = np.concatenate([CAPTIONS, np.zeros((4, 5), int)], axis=1)
    (loss, grads), (expected, expected_grads) = model.loss(features, padded), model.loss(features, CAPTIONS)
    assert loss == expected
    for name in grads:
        np.testing.assert_array_equal(grads[name], expected_grads[name])


@EACH_LOSS
def test_captions_without_words_have_no_loss_and_no_gradient(loss_of):
    loss, grads = loss_of(random_model(), grids(), np.zeros((4, 5), int))
    assert loss == 0 and not any(g.any() for g in grads.values())


def test_dropout_makes_two_losses_differ_and_the_seed_makes_them_the_same():
    losses = [random_model(dropout=0.5, seed=seed) for seed in (0, 0)]
    first, again = (model.loss(grids(), CAPTIONS)[0] for model in losses)
    assert first == again != losses[0].loss(grids(), CAPTIONS)[0]


@EACH_LOSS
def test_float32_stays_float32(loss_of):
    _, grads = loss_of(random_model(dtype=np.float32, dropout=0.2), grids(), CAPTIONS)
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


def test_the_loss_before_training_is_about_that_of_equal_scores():
    model = CaptioningTransformer(vocabulary(50), seed=0)
    captions = np.random.RandomState(0).randint(3, 50, (40, 11))
    loss, _ = model.loss(0.3 * np.random.RandomState(1).randn(40, 16, 64), captions)
    assert loss / 10 == pytest.approx(np.log(50), rel=0.1)


def test_training_lowers_the_loss_and_learns_a_caption_by_heart():
    model = CaptioningTransformer(vocabulary(9), 6, 16, num_heads=4, num_layers=1, dropout=0, seed=0)
    features, captions = grids(3), np.array([[1, 3, 4, 5, 2], [1, 6, 7, 2, 0], [1, 8, 2, 0, 0]])
    data = {"train_captions": captions, "train_image_idxs": np.arange(3), "train_features": features}
    data |= {"train_urls": np.array(["a", "b", "c"]), "idx_to_word": list(vocabulary(9))}
    solver = CaptioningSolver(model, data, "adam", {"learning_rate": 1e-2}, batch_size=6, num_epochs=200, verbose=False)
    solver.train()
    assert solver.loss_history[-1] < 0.05
    np.testing.assert_array_equal(model.sample(features, 4), captions[:, 1:])


# ---------------------------------------------------------------- writing


def whole_pass(model, features, words):
    """Scores (N, V) after the words (N, T), with everything computed anew."""
    x, _ = model.forward(features, words)
    return (x @ model.params["W_vocab"] + model.params["b_vocab"])[:, -1]


@pytest.mark.parametrize("heads, layers", [(1, 1), (2, 1), (4, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_kept_keys_and_values_give_what_computing_everything_anew_gives(heads, layers, seed):
    model, features = random_model(9, seed, num_heads=heads, num_layers=layers), grids(3, seed)
    words = np.random.RandomState(seed).randint(1, 9, (3, 7))
    h, c = model._first_states(features, 7)
    for t in range(7):
        scores, h, c = model._step(words[:, t], h, c)
        np.testing.assert_allclose(scores, whole_pass(model, features, words[:, : t + 1]), rtol=1e-9, atol=1e-11)


def log_probability(model, grid, words):
    log_p = [log_softmax(whole_pass(model, grid[None], np.array([[1, *words[:t]]])))[0] for t in range(len(words))]
    return sum(log_p[t][word] for t, word in enumerate(words))


@pytest.mark.parametrize("seed", range(5))
def test_sample_writes_what_a_plain_loop_writes(seed):
    model, features = random_model(9, seed), grids(6, seed)
    for grid, caption in zip(features, model.sample(features, 8), strict=True):
        words = []
        while len(words) < 8 and (not words or words[-1] != 2):
            words.append(int(whole_pass(model, grid[None], np.array([[1, *words]])).argmax()))
        assert caption.tolist() == words + [0] * (8 - len(words))


@pytest.mark.parametrize("seed", range(3))
def test_one_beam_is_greedy_and_no_beam_sees_another_picture(seed):
    model, features = random_model(9, seed), grids(6, seed)
    np.testing.assert_array_equal(model.beam_search(features, 1, 8), model.sample(features, 8))
    alone = [model.beam_search(grid[None], 3, 8)[0] for grid in features]
    np.testing.assert_array_equal(model.beam_search(features, 3, 8), alone)


@pytest.mark.parametrize("seed", range(2))
def test_a_wide_beam_finds_the_best_of_all_captions(seed):
    model, features, longest = random_model(4, seed), grids(2, seed), 3
    everything = [
        words
        for length in range(1, longest + 1)
        for words in itertools.product(range(4), repeat=length)
        if 2 not in words[:-1] and (words[-1] == 2 or length == longest)
    ]
    best = [max(everything, key=lambda words, grid=grid: log_probability(model, grid, words)) for grid in features]
    captions = model.beam_search(features, 4**longest, longest)
    assert captions.tolist() == [list(words) + [0] * (longest - len(words)) for words in best]


def test_drawn_captions_repeat_with_the_seed():
    model, features = random_model(9), grids(8)
    a, b, c = (model.sample(features, 9, 1.0, seed) for seed in (3, 3, 4))
    assert (a == b).all() and (a != c).any()


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loaded_model_is_the_saved_one(tmp_path, dtype):
    model = random_model(9, dtype=dtype, dropout=0.25)
    model.save(tmp_path / "model.npz")
    loaded = CaptioningTransformer.load(tmp_path / "model.npz")
    names = ("num_heads", "num_layers", "dropout", "dtype", "word_to_idx")
    assert [getattr(loaded, name) for name in names] == [getattr(model, name) for name in names]
    np.testing.assert_array_equal(loaded.positions, model.positions)
    np.testing.assert_array_equal(loaded.sample(grids(), 8), model.sample(grids(), 8))


def test_a_model_made_with_numbers_of_numpy_s_can_be_saved(tmp_path):
    model = random_model(num_heads=np.int64(2), num_layers=np.int32(1), max_length=np.int16(9), dropout=np.float32(0.5))
    model.save(tmp_path / "model.npz")
    loaded = CaptioningTransformer.load(tmp_path / "model.npz")
    assert (loaded.num_heads, loaded.num_layers, len(loaded.positions), loaded.dropout) == (2, 1, 9, 0.5)


def test_a_saved_model_of_another_kind_is_refused_in_one_sentence(tmp_path):
    random_model().save(tmp_path / "transformer.npz")
    CaptioningRNN(vocabulary(5), 6, 4, 4, "attn").save(tmp_path / "attn.npz")
    with pytest.raises(
        ValueError,
        match=r"transformer.npz .* \(it holds a model of another kind, which CaptioningTransformer.load",
    ):
        CaptioningRNN.load(tmp_path / "transformer.npz")
    with pytest.raises(
        ValueError, match=r"attn.npz .* \(it holds a model of another kind, which CaptioningRNN.load reads\)"
    ):
        CaptioningTransformer.load(tmp_path / "attn.npz")


def test_files_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    with pytest.raises(FileNotFoundError, match="there is no file"):
        CaptioningTransformer.load(path)
    random_model().save(path)
    arrays = dict(np.load(path))
    np.savez(path, **arrays | {"0_W1": np.zeros((3, 3))})
    with pytest.raises(ValueError, match="parameters do not fit together"):
        CaptioningTransformer.load(path)


def test_sizes_that_the_arrays_of_a_file_do_not_have_are_refused_before_a_model_is_made(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    random_model().save(path)
    arrays = dict(np.load(path))
    about = json.dumps(json.loads(str(arrays["about"])) | {"num_layers": 10**7})
    monkeypatch.setattr(CaptioningTransformer, "__init__", None)
    for change in ({"about": about}, {"W_proj": np.zeros((1, 10**6))}):
        np.savez(path, **arrays | change)
        with pytest.raises(ValueError, match="parameters do not fit together"):
            CaptioningTransformer.load(path)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_heads": 3}, "num_heads must divide the width, got 3 heads for a width of 4"),
        ({"input_dim": 2.5}, "input_dim must be a positive whole number, got 2.5"),
        ({"num_layers": 0}, "num_layers must be a positive whole number, got 0"),
        ({"max_length": 0}, "max_length must be a positive whole number, got 0"),
        ({"dropout": 1.0}, "the rate of dropout must be at least 0 and below 1, got 1.0"),
        ({"dtype": np.int32}, "dtype must be np.float32 or np.float64"),
    ],
)
def test_model_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        random_model(**options)


@pytest.mark.parametrize(
    "features, captions, message",
    [
        (np.zeros((2, 6)), np.ones((2, 4), int), r"features must be grids \(N, 16, 6\) .* got \(2, 6\)"),
        (np.zeros((0, 16, 6)), np.ones((0, 4), int), "the batch is empty"),
        (np.full((2, 16, 6), np.nan), np.ones((2, 4), int), "features hold NaN or infinite numbers"),
        (np.zeros((2, 16, 6)), np.ones((3, 4), int), "features of 2 pictures do not go with 3 captions"),
        (np.zeros((2, 16, 6)), np.ones((2, 1), int), r"captions must be \(N, T \+ 1\)"),
        (np.zeros((2, 16, 6)), np.full((2, 4), 7), r"captions must lie in 0\.\.6"),
        (
            np.zeros((2, 16, 6)),
            np.ones((2, 14), int),
            "captions of 13 words are longer than the 12 positions .*max_length=13",
        ),
    ],
)
@EACH_LOSS
def test_loss_refuses(loss_of, features, captions, message):
    with pytest.raises(ValueError, match=message):
        loss_of(random_model(), features, captions)


@pytest.mark.parametrize("write", [CaptioningTransformer.sample, CaptioningTransformer.beam_search])
def test_writing_refuses_captions_longer_than_there_are_positions(write):
    with pytest.raises(ValueError, match="longer than the 12 positions .* ask for at most max_length=12"):
        write(random_model(), grids(), max_length=13)
    assert write(random_model(), grids(), max_length=12).shape == (4, 12)


def test_a_packed_loss_refuses_a_model_of_another_kind():
    with pytest.raises(ValueError, match="packed_loss is for cells of rnn, lstm, attn; packed_tran"):
        packed_loss(random_model(), grids(), CAPTIONS)
    with pytest.raises(ValueError, match="packed_transformer_loss is for a Transformer; packed_loss for attn cells"):
        packed_transformer_loss(CaptioningRNN(vocabulary(7), 6, 4, 4, "attn"), grids(), CAPTIONS)
