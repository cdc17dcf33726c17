"""The captioning model: loss against the course and PyTorch, captions against plain loops, files, bad input."""

import copy
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packed_losses import check_packed_loss
from references.make_rnn_references import REFERENCE, captioning_inputs, captioning_loss

from cs231n.classifiers import attention
from cs231n.classifiers.attention import AttentionLSTM
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.classifiers.transformer import CaptioningTransformer
from cs231n.gradient_check import eval_numerical_gradient
from cs231n.layers import log_softmax
from cs231n.packed_captioning import embedding_gradient, packed_loss
from cs231n.rnn_layers import lstm_step_forward, rnn_step_forward, word_embedding_backward
from cs231n.scenes.settings import FEATURE_STD

EACH_CELL = pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
EACH_LOSS = pytest.mark.parametrize("loss_of", [CaptioningRNN.loss, packed_loss])


def vocabulary(size):
    return {word: k for k, word in enumerate(["<NULL>", "<START>", "<END>", *map(str, range(3, size))])}


def random_model(cell_type, size=7, D=6, W=2, H=3, seed=0, dtype=np.float64):
    """A model whose parameters, including biases, are random and not small."""
    model, rng = CaptioningRNN(vocabulary(size), D, W, H, cell_type, dtype), np.random.RandomState(seed)
    model.params = {name: rng.randn(*p.shape).astype(dtype) for name, p in model.params.items()}
    return model


# ---------------------------------------------------------------- loss


@EACH_LOSS
@pytest.mark.parametrize(
    "cell_type, first, last, golden", [("rnn", -1.5, 0.3, 9.83235591003), ("lstm", -0.5, 1.7, 9.82445935443)]
)
def test_loss_is_the_course_s_golden_value(loss_of, cell_type, first, last, golden):
    """The course's notebooks print this value for these inputs."""
    N, D, W, H, T = 10, 20, 30, 40, 13
    word_to_idx = {"<NULL>": 0, "cat": 2, "dog": 3}
    model = CaptioningRNN(word_to_idx, D, W, H, cell_type, np.float64)
    model.params = {k: np.linspace(-1.4, 1.3, num=v.size).reshape(v.shape) for k, v in model.params.items()}
    features = np.linspace(first, last, num=N * D).reshape(N, D)
    captions = (np.arange(N * T) % len(word_to_idx)).reshape(N, T)
    assert loss_of(model, features, captions)[0] == pytest.approx(golden, abs=1e-10)


@EACH_CELL
@EACH_LOSS
def test_gradients_agree_with_pytorch_as_stored(cell_type, loss_of):
    """With <NULL> at a caption's end, in its middle, and in a whole row."""
    params, features, captions = captioning_inputs(cell_type)
    model = random_model(cell_type)
    model.params = params
    loss, grads = loss_of(model, features, captions)
    stored = np.load(REFERENCE)
    assert loss == pytest.approx(float(stored[f"captioning_{cell_type}_loss"]), rel=1e-12)
    assert grads.keys() == params.keys()
    for name, gradient in grads.items():
        np.testing.assert_allclose(gradient, stored[f"captioning_{cell_type}_{name}"], rtol=1e-9, atol=1e-12)


@EACH_CELL
def test_gradients_agree_with_pytorch_as_installed(cell_type):
    pytest.importorskip("torch")
    params, features, captions = captioning_inputs(cell_type)
    model = random_model(cell_type)
    model.params = params
    loss, grads = model.loss(features, captions)
    torch_loss, torch_grads = captioning_loss(cell_type, params, features, captions)
    assert loss == pytest.approx(torch_loss, rel=1e-12)
    for name, gradient in torch_grads.items():
        np.testing.assert_allclose(grads[name], gradient, rtol=1e-9, atol=1e-12)


@EACH_CELL
def test_gradients_match_finite_differences(cell_type):
    params, features, captions = captioning_inputs(cell_type)
    model = random_model(cell_type)
    model.params = params
    _, grads = model.loss(features, captions)
    for name, p in params.items():
        numeric = eval_numerical_gradient(lambda _: model.loss(features, captions)[0], p, verbose=False)
        np.testing.assert_allclose(grads[name], numeric, rtol=1e-5, atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(
    cell_type=st.sampled_from(["rnn", "lstm"]),
    N=st.integers(1, 5),
    T=st.integers(1, 6),
    size=st.integers(3, 8),
    nulls=st.sampled_from([0.0, 0.4, 1.0]),
    seed=st.integers(0, 1000),
)
def test_packed_loss_is_the_loss(cell_type, N, T, size, nulls, seed):
    rng = np.random.RandomState(seed)
    model = random_model(cell_type, size, seed=seed)
    captions = rng.randint(0, size, (N, T + 1))
    captions[rng.rand(N, T + 1) < nulls] = 0
    check_packed_loss(packed_loss, model, rng.randn(N, 6), captions)


@settings(max_examples=50, deadline=None)
@given(words=st.lists(st.integers(0, 6), max_size=30), dtype=st.sampled_from([np.float32, np.float64]))
def test_the_sorted_gradient_of_the_word_vectors_is_that_of_the_layer(words, dtype):
    words, dx = np.array(words, int), np.random.RandomState(len(words)).randn(len(words), 3).astype(dtype)
    dW = embedding_gradient(dx, words, 7)
    assert dW.dtype == dtype
    np.testing.assert_allclose(dW, word_embedding_backward(dx, (words, (7, 3))), rtol=1e-5, atol=1e-6)


@EACH_CELL
@EACH_LOSS
def test_float32_stays_float32_and_large_scores_do_not_overflow(cell_type, loss_of):
    model = random_model(cell_type, dtype=np.float32)
    model.params["W_vocab"] *= 1e4
    _, features, captions = captioning_inputs(cell_type)
    with np.errstate(all="raise", under="ignore"):
        loss, grads = loss_of(model, features, captions)
    assert np.isfinite(loss) and loss > 1e3
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}
    assert all(np.isfinite(g).all() for g in grads.values())


@EACH_LOSS
@pytest.mark.parametrize(
    "features, captions, message",
    [
        (np.zeros((2, 6)), np.zeros((3, 4), int), "features of 2 pictures do not go with 3 captions"),
        (np.zeros((2, 5)), np.zeros((2, 4), int), r"features must be \(N, 6\), got \(2, 5\)"),
        (np.zeros(6), np.zeros((1, 4), int), r"features must be \(N, 6\), got \(6,\)"),
        (np.zeros((0, 6)), np.zeros((0, 4), int), "the batch is empty"),
        (np.zeros((2, 6)), np.zeros((2, 1), int), r"captions must be \(N, T \+ 1\)"),
        (np.zeros((2, 6)), np.full((2, 4), 7), r"captions must lie in 0\.\.6, got 7 to 7"),
        (np.zeros((2, 6)), np.full((2, 4), -1), r"captions must lie in 0\.\.6, got -1 to -1"),
        (np.zeros((2, 6)), np.zeros((2, 4)), "captions must be integers"),
    ],
)
def test_loss_refuses(loss_of, features, captions, message):
    with pytest.raises(ValueError, match=message):
        loss_of(random_model("rnn"), features, captions)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"cell_type": "gru"}, "cell_type must be 'rnn', 'lstm' or 'attn', got 'gru'"),
        ({"hidden_dim": 0}, "hidden_dim must be a positive whole number, got 0"),
        ({"wordvec_dim": 2.5}, "wordvec_dim must be a positive whole number, got 2.5"),
        ({"input_dim": -3, "cell_type": "attn"}, "input_dim must be a positive whole number, got -3"),
        ({"dtype": np.int32}, "dtype must be np.float32 or np.float64"),
        ({"word_to_idx": {"cat": 0}}, "needs <NULL>"),
        ({"word_to_idx": {"<NULL>": 3, "cat": 1}}, r"indices of <NULL> must lie in 0\.\.1"),
    ],
)
def test_model_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        CaptioningRNN(**{"word_to_idx": vocabulary(5)} | arguments)


def test_the_same_seed_gives_the_same_parameters():
    a, b, c = (CaptioningRNN(vocabulary(5), 3, 4, 5, seed=seed).params for seed in (1, 1, 2))
    assert all((a[name] == b[name]).all() for name in a)
    assert not (a["Wh"] == c["Wh"]).any()


# ---------------------------------------------------------------- writing


def step_of(model, word, h, c):
    """Scores (V,) and the next states, for one caption."""
    p = model.params
    if model.cell_type == "rnn":
        h, _ = rnn_step_forward(p["W_embed"][[word]], h, p["Wx"], p["Wh"], p["b"])
    else:
        h, c, _ = lstm_step_forward(p["W_embed"][[word]], h, c, p["Wx"], p["Wh"], p["b"])
    return (h @ p["W_vocab"] + p["b_vocab"])[0], h, c


def first_states(model, features):
    h = (features @ model.params["W_proj"] + model.params["b_proj"])[None]
    return h, np.zeros_like(h)


def plain_greedy(model, features, max_length):
    """A caption written greedily, one word at a time."""
    word, (h, c), words = 1, first_states(model, features), []
    while len(words) < max_length and word != 2:
        scores, h, c = step_of(model, word, h, c)
        word = int(np.argmax(scores))
        words.append(word)
    return words + [0] * (max_length - len(words))


def log_probability(model, features, words):
    """The sum of the log-probabilities of a caption's words after <START>."""
    total, word, (h, c) = 0.0, 1, first_states(model, features)
    for next_word in words:
        scores, h, c = step_of(model, word, h, c)
        total += log_softmax(scores)[next_word]
        word = next_word
    return total


@EACH_CELL
@pytest.mark.parametrize("seed", range(5))
def test_sample_writes_what_a_plain_loop_writes(cell_type, seed):
    model = random_model(cell_type, size=9, seed=seed)
    features = np.random.RandomState(seed).randn(6, 6)
    assert model.sample(features, 8).tolist() == [plain_greedy(model, f, 8) for f in features]


@EACH_CELL
def test_sample_stops_when_every_caption_has_ended(cell_type, monkeypatch):
    model = random_model(cell_type)
    model.params["b_vocab"][2] = 1e3  # <END> at once
    steps = []
    step = model._step
    monkeypatch.setattr(model, "_step", lambda *a: steps.append(1) or step(*a))
    assert model.sample(np.zeros((3, 6)), 20).tolist() == [[2] + [0] * 19] * 3
    assert model.beam_search(np.zeros((3, 6)), 1, 20).tolist() == [[2] + [0] * 19] * 3
    assert len(steps) == 2


@EACH_CELL
@pytest.mark.parametrize("seed", range(5))
def test_one_beam_is_greedy(cell_type, seed):
    model = random_model(cell_type, size=9, seed=seed, dtype=np.float32)
    features = np.random.RandomState(seed).randn(6, 6)
    np.testing.assert_array_equal(model.beam_search(features, 1, 8), model.sample(features, 8))


@EACH_CELL
@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_wide_beam_finds_the_best_of_all_captions(cell_type, length_penalty, seed):
    model, max_length = random_model(cell_type, size=4, seed=seed), 4
    features = np.random.RandomState(seed).randn(2, 6)
    everything = [
        words
        for length in range(1, max_length + 1)
        for words in itertools.product(range(4), repeat=length)
        if 2 not in words[:-1] and (words[-1] == 2 or length == max_length)
    ]
    best = [
        max(everything, key=lambda words: log_probability(model, f, words) / len(words) ** length_penalty)
        for f in features
    ]
    captions = model.beam_search(features, 4**max_length, max_length, length_penalty)
    assert captions.tolist() == [list(words) + [0] * (max_length - len(words)) for words in best]


@EACH_CELL
def test_a_beam_never_ends_with_a_less_probable_caption_than_greedy_on_average(cell_type):
    model = random_model(cell_type, size=9, seed=5)
    features = np.random.RandomState(0).randn(40, 6)

    def mean(captions):
        cut = [c[: c.index(2) + 1] if 2 in c else c for c in captions.tolist()]
        return np.mean([log_probability(model, f, c) for f, c in zip(features, cut, strict=True)])

    assert mean(model.beam_search(features, 4, 8)) > mean(model.sample(features, 8))


def test_words_are_drawn_as_often_as_the_model_believes_in_them():
    model = random_model("rnn", size=5)
    features = np.repeat(np.random.RandomState(0).randn(1, 6), 20_000, axis=0)
    scores, _, _ = step_of(model, 1, *first_states(model, features[0]))
    for temperature in (1, 2.5):
        shares = np.bincount(model.sample(features, 1, temperature, seed=1)[:, 0], minlength=5) / len(features)
        np.testing.assert_allclose(shares, np.exp(log_softmax(scores / temperature)), atol=0.015)


def test_drawn_captions_repeat_with_the_seed_and_turn_greedy_when_cold():
    model, features = random_model("lstm", size=9), np.random.RandomState(0).randn(8, 6)
    a, b, c = (model.sample(features, 9, 1.0, seed) for seed in (3, 3, 4))
    assert (a == b).all() and (a != c).any()
    np.testing.assert_array_equal(model.sample(features, 9, 1e-6, 3), model.sample(features, 9))


@pytest.mark.parametrize(
    "write, message",
    [
        (lambda m: m.sample(np.zeros((2, 5))), r"features must be \(N, 6\)"),
        (lambda m: m.sample(np.zeros((0, 6))), "the batch is empty"),
        (lambda m: m.sample(np.zeros((2, 6)), 0), "max_length must be a positive whole number, got 0"),
        (lambda m: m.sample(np.zeros((2, 6)), temperature=-1), "temperature must be at least 0, got -1"),
        (lambda m: m.sample(np.zeros((2, 6)), temperature=np.nan), "temperature must be at least 0, got nan"),
        (lambda m: m.beam_search(np.zeros((2, 6)), 0), "beam_width must be a positive whole number, got 0"),
        (lambda m: m.beam_search(np.zeros((2, 6)), length_penalty=-0.5), "length_penalty must be at least 0"),
    ],
)
def test_writing_refuses(write, message):
    with pytest.raises(ValueError, match=message):
        write(random_model("lstm"))


@pytest.mark.parametrize("missing", ["<START>", "<END>"])
def test_a_vocabulary_without_start_or_end_can_be_judged_but_not_written(missing):
    words = [word for word in vocabulary(5) if word != missing]
    model = CaptioningRNN({word: k for k, word in enumerate(words)}, 6, 2, 3)
    model.loss(np.zeros((1, 6)), np.zeros((1, 3), int))
    for write in (model.sample, model.beam_search):
        with pytest.raises(ValueError, match=f"writing captions needs {missing} in the vocabulary"):
            write(np.zeros((1, 6)))


# ---------------------------------------------------------------- files


@EACH_CELL
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loaded_model_is_the_saved_one(tmp_path, cell_type, dtype):
    model = random_model(cell_type, size=9, dtype=dtype)
    path = tmp_path / "model.npz"
    model.save(path)
    loaded = CaptioningRNN.load(path)
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]
    assert (loaded.cell_type, loaded.dtype, loaded.word_to_idx) == (cell_type, np.dtype(dtype), model.word_to_idx)
    features = np.random.RandomState(0).randn(4, 6)
    np.testing.assert_array_equal(loaded.sample(features, 8), model.sample(features, 8))
    for name, p in model.params.items():
        np.testing.assert_array_equal(loaded.params[name], p)


def test_saving_that_fails_keeps_the_file_that_was_there(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    random_model("rnn").save(path)
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        random_model("lstm").save(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_a_missing_file_and_files_of_other_kinds_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "model.npz"
    with pytest.raises(FileNotFoundError, match="there is no file .*model.npz"):
        CaptioningRNN.load(path)
    random_model("rnn").save(path)
    whole = path.read_bytes()
    entry = whole.index(b"PK\1\2")  # in the archive's directory, the flags of the first array
    wrong = {"cut": whole[: len(whole) // 2], "empty": b"", "text": b"no model"}
    wrong["locked"] = whole[: entry + 8] + b"\1" + whole[entry + 9 :]  # encrypted: RuntimeError
    wrong["packed"] = whole[: entry + 10] + b"\x63" + whole[entry + 11 :]  # unknown compression: NotImplementedError
    for name, content in wrong.items():
        (tmp_path / name).write_bytes(content)
    with open(tmp_path / "arrays", "wb") as file:
        np.savez(file, x=np.zeros(3))
    with open(tmp_path / "pickle", "wb") as file:
        np.savez(file, about=np.array([print], dtype=object))
    arrays = dict(np.load(path))
    with open(tmp_path / "shape", "wb") as file:
        np.savez(file, **arrays | {"Wx": np.zeros((3, 3))})
    for name in (*wrong, "arrays", "pickle", "shape"):
        verdict = "is" if name in ("empty", "text") else "is damaged or"  # what is no .npz file is not called damaged
        with pytest.raises(ValueError, match=f"{name} {verdict} not written by CaptioningRNN.save"):
            CaptioningRNN.load(tmp_path / name)


def test_sizes_that_the_arrays_of_a_file_do_not_have_are_refused_before_a_model_is_made(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    random_model("lstm").save(path)
    arrays = dict(np.load(path))
    monkeypatch.setattr(CaptioningRNN, "__init__", None)
    for change in ({"W_proj": np.zeros((1, 10**6))}, {"W_embed": np.zeros((1, 10**6))}):
        np.savez(path, **arrays | change)
        with pytest.raises(ValueError, match="parameters do not fit together"):
            CaptioningRNN.load(path)


# ---------------------------------------------------------------- an LSTM with attention


def grids(N=4, seed=0, dtype=np.float64):
    """(N, 16, 6) features for `random_model("attn")`."""
    return np.random.RandomState(seed).randn(N, 16, 6).astype(dtype)


def batch_with_attention():
    """A model, grids and captions; <NULL> (0) ends, interrupts or fills a caption."""
    return random_model("attn"), grids(), captioning_inputs("lstm")[2]


def test_gradients_with_attention_match_finite_differences():
    model, features, captions = batch_with_attention()
    loss, grads = model.loss(features, captions)
    assert loss > 0 and grads.keys() == model.params.keys()
    for name, p in model.params.items():
        numeric = eval_numerical_gradient(lambda _: model.loss(features, captions)[0], p, verbose=False)
        np.testing.assert_allclose(grads[name], numeric, rtol=1e-5, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    N=st.integers(1, 5),
    T=st.integers(1, 6),
    size=st.integers(3, 8),
    nulls=st.sampled_from([0.0, 0.4, 1.0]),
    seed=st.integers(0, 1000),
)
def test_packed_loss_with_attention_is_the_loss(N, T, size, nulls, seed):
    rng = np.random.RandomState(seed)
    model, features = random_model("attn", size, seed=seed), grids(N, seed)
    captions = rng.randint(0, size, (N, T + 1))
    captions[rng.rand(N, T + 1) < nulls] = 0
    check_packed_loss(packed_loss, model, features, captions)


@pytest.mark.parametrize("loss_of", [AttentionLSTM.loss, packed_loss])
def test_float32_stays_float32_with_attention(loss_of):
    model, (_, features, captions) = random_model("attn", dtype=np.float32), batch_with_attention()
    _, grads = loss_of(model, features.astype(np.float32), captions)
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


def test_with_attention_word_vectors_and_cells_begin_of_a_size():
    model, rng = CaptioningRNN(vocabulary(300), 64, 60, 90, "attn", seed=0), np.random.RandomState(0)
    p, scenes = model.params, FEATURE_STD * rng.randn(20, 16, 64)
    assert p["W_embed"].std() == pytest.approx(0.5, rel=0.02)
    assert model.cells(scenes).std() == pytest.approx(0.9, rel=0.05)
    for name in ("Wx", "Wh", "Wattn"):  # three inputs of one sum
        assert p[name].std() == pytest.approx((60 + 90 + 90) ** -0.5, rel=0.02)


def log_probabilities_after(model, grid, words):
    """Log-probabilities (V - 1,) of the words 1, 2, ... after a caption's words, by the loss: that of <NULL> is 0."""
    so_far = model.loss(grid[None], np.array([[1, *words]]))[0] if words else 0
    with_next = [model.loss(grid[None], np.array([[1, *words, k]]))[0] for k in range(1, len(model.word_to_idx))]
    return so_far - np.array(with_next)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_written_with_attention_has_the_probabilities_of_the_loss(seed):
    model, features = random_model("attn", size=9, seed=seed), grids(3, seed)
    h, c = model._first_states(features, 8)
    words = np.full(3, 1)
    written = [[], [], []]
    for _ in range(4):
        scores, h, c = model._step(words, h, c)
        log_p = log_softmax(scores)
        for k in range(3):
            np.testing.assert_allclose(
                log_p[k, 1:], log_probabilities_after(model, features[k], written[k]), atol=1e-10
            )
        words = 1 + scores[:, 1:].argmax(axis=1)
        for k in range(3):
            written[k].append(int(words[k]))


@pytest.mark.parametrize("seed", range(4))
def test_with_attention_one_beam_is_greedy_and_more_beams_find_more_probable_captions(seed):
    model, features = random_model("attn", size=9, seed=seed), grids(12, seed)
    np.testing.assert_array_equal(model.beam_search(features, 1, 8), model.sample(features, 8))
    alone = [model.beam_search(grid[None], 3, 8)[0] for grid in features]
    np.testing.assert_array_equal(model.beam_search(features, 3, 8), alone)  # no beam sees another picture's cells


@pytest.mark.parametrize(
    "make", [lambda: random_model("attn", size=9), lambda: CaptioningTransformer(vocabulary(9), 6, 8, 2, seed=0)]
)
def test_many_pictures_are_written_in_parts_with_the_captions_of_all_at_once(make, monkeypatch):
    model, features, rows = make(), grids(13), []
    step = model._step
    monkeypatch.setattr(model, "_step", lambda words, h, c: rows.append(len(words)) or step(words, h, c))
    whole = model.sample(features, 8), model.beam_search(features, 3, 8)
    assert max(rows) == 39
    monkeypatch.setattr(attention, "_ROWS", 6)
    rows.clear()
    np.testing.assert_array_equal(model.sample(features, 8), whole[0])
    np.testing.assert_array_equal(model.beam_search(features, 3, 8), whole[1])
    assert max(rows) == 6
    drawn = [model.sample(np.repeat(features[:1], 12, axis=0), 8, temperature=3, seed=1) for _ in range(2)]
    np.testing.assert_array_equal(*drawn)
    assert (drawn[0][:6] != drawn[0][6:]).any()  # the parts draw other words


def test_features_of_many_pictures_are_checked_before_the_first_part_is_written(monkeypatch):
    model, features = random_model("attn"), grids(13)
    features[12] = np.nan
    monkeypatch.setattr(attention, "_ROWS", 6)
    monkeypatch.setattr(model, "_step", None)
    for write in (model.sample, model.beam_search):
        with pytest.raises(ValueError, match="features hold NaN"):
            write(features)
        with pytest.raises(ValueError, match=r"got \(13, 6\)"):  # the shape that was given, not that of a part
            write(np.zeros((13, 6)))


def test_a_copy_of_a_model_with_attention_writes_the_same():
    model = random_model("attn", size=9)
    twin = copy.deepcopy(model)
    assert type(twin) is AttentionLSTM and twin.params["Wattn"] is not model.params["Wattn"]
    np.testing.assert_array_equal(twin.sample(grids(), 8), model.sample(grids(), 8))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loaded_model_with_attention_is_the_saved_one(tmp_path, dtype):
    model = random_model("attn", size=9, dtype=dtype)
    model.save(tmp_path / "model.npz")
    loaded = CaptioningRNN.load(tmp_path / "model.npz")
    assert (loaded.cell_type, loaded.dtype) == ("attn", np.dtype(dtype))
    np.testing.assert_array_equal(loaded.sample(grids(), 8), model.sample(grids(), 8))


def test_a_model_with_attention_has_no_cells_of_another_type(tmp_path):
    model = AttentionLSTM(vocabulary(9), 6, 4, 4, seed=0)
    assert model.cell_type == "attn" and model.sample(grids(), 8).shape == (4, 8)
    with pytest.raises(ValueError, match="an AttentionLSTM has the cell type 'attn', got 'lstm'; make a Captio"):
        AttentionLSTM(vocabulary(9), 6, 4, 4, "lstm")
    random_model("lstm").save(tmp_path / "lstm.npz")
    with pytest.raises(ValueError, match="lstm.npz .*an AttentionLSTM has the cell type 'attn', got 'lstm'"):
        AttentionLSTM.load(tmp_path / "lstm.npz")


@pytest.mark.parametrize(
    "features, message",
    [
        (np.zeros((2, 6)), r"features must be grids \(N, 16, 6\) as of load_coco_data\(..., grid=True\), got \(2, 6\)"),
        (np.zeros((2, 9, 6)), r"got \(2, 9, 6\)"),
        (np.zeros((0, 16, 6)), "the batch is empty"),
        (np.full((2, 16, 6), np.nan), "features hold NaN or infinite numbers"),
    ],
)
def test_grids_that_do_not_fit_are_refused(features, message):
    model, captions = random_model("attn"), np.ones((len(features), 4), int)
    calls = (
        model.loss,
        lambda f, c: packed_loss(model, f, c),
        lambda f, c: model.sample(f),
        lambda f, c: model.beam_search(f),
    )
    for call in calls:
        with pytest.raises(ValueError, match=message):
            call(features, captions)
