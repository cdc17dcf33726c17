"""Captions, features and addresses from files in the course's format: whole, damaged, and of sizes that differ."""

import json
import tracemalloc

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n import coco_utils
from cs231n.coco_utils import decode_captions, load_coco_data, sample_coco_minibatch, write_coco_data
from cs231n.image_utils import image_from_url
from cs231n.scenes import Group, Scene, draw_scene, load_picture, pictures

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "N", "cat", "sleeps", "on", "the", "mat", "eats"]
CAPTIONS = {"train": 23, "val": 7, "novel": 4}  # how many
PICTURES = {"train": 9, "val": 5, "novel": 3}
T, PCA_WIDTH, FULL_WIDTH = 6, 8, 12


def write(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array


def write_folder(folder, splits=("train", "val")):
    """Write files of the format with random content; returns dict name -> array of what was written."""
    rng = np.random.RandomState(231)
    folder.mkdir(parents=True, exist_ok=True)
    arrays, captions = {}, {}
    for split in splits:
        n, m = CAPTIONS[split], PICTURES[split]
        captions[f"{split}_captions"] = rng.randint(len(WORDS), size=(n, T)).astype(np.int32)
        captions[f"{split}_image_idxs"] = rng.randint(m, size=n).astype(np.int32)
        arrays[f"{split}_pca"] = rng.randn(m, PCA_WIDTH).astype(np.float32)
        arrays[f"{split}_full"] = rng.randn(m, FULL_WIDTH).astype(np.float32)
        arrays[f"{split}_urls"] = np.array([f"http://example.org/{split}/{k}.jpg" for k in range(m)])
        write(folder / f"{split}2014_vgg16_fc7_pca.h5", features=arrays[f"{split}_pca"])
        write(folder / f"{split}2014_vgg16_fc7.h5", features=arrays[f"{split}_full"])
        (folder / f"{split}2014_urls.txt").write_text("\n".join(arrays[f"{split}_urls"]) + "\n")
    write(folder / "coco2014_captions.h5", **captions)
    write_vocabulary(folder, WORDS)
    return arrays | captions


def write_vocabulary(folder, words):
    vocabulary = {"idx_to_word": words, "word_to_idx": {word: k for k, word in enumerate(words)}}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocabulary))


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path)
    return tmp_path


# ---------------------------------------------------------------- loading


@pytest.mark.parametrize("pca_features, kind", [(True, "pca"), (False, "full")])
def test_everything_is_as_it_was_written(tmp_path, pca_features, kind):
    arrays = write_folder(tmp_path)
    data = load_coco_data(tmp_path, pca_features=pca_features)
    assert set(data) == {"idx_to_word", "word_to_idx"} | {
        f"{split}_{what}" for split in ("train", "val") for what in ("captions", "image_idxs", "features", "urls")
    }
    for split in ("train", "val"):
        for name in ("captions", "image_idxs", "urls"):
            np.testing.assert_array_equal(data[f"{split}_{name}"], arrays[f"{split}_{name}"])
        assert data[f"{split}_features"].dtype == np.float32
        np.testing.assert_array_equal(data[f"{split}_features"][:], arrays[f"{split}_{kind}"])
    assert data["idx_to_word"] == WORDS and data["word_to_idx"]["cat"] == 5


def test_reduced_features_are_in_memory_and_the_others_in_their_file(folder):
    assert isinstance(load_coco_data(folder)["train_features"], np.ndarray)
    assert isinstance(load_coco_data(folder, pca_features=False)["val_features"], h5py.Dataset)


def test_full_features_are_never_loaded_whole(tmp_path):
    write_folder(tmp_path)
    rows = 20_000
    with h5py.File(tmp_path / "train2014_vgg16_fc7.h5", "w") as file:
        file.create_dataset("features", (rows, 4096), np.float32, chunks=(100, 4096))  # would be 330 MB
    with h5py.File(tmp_path / "val2014_vgg16_fc7.h5", "w") as file:
        file.create_dataset("features", (PICTURES["val"], 4096), np.float32)
    (tmp_path / "train2014_urls.txt").write_text("http://example.org\n" * rows)
    tracemalloc.start()
    data = load_coco_data(tmp_path, pca_features=False)
    _, features, _ = sample_coco_minibatch(data, 50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert features.shape == (50, 4096) and peak < 30e6


def test_reduced_features_of_another_precision_become_float32(folder):
    write(folder / "val2014_vgg16_fc7_pca.h5", features=np.full((PICTURES["val"], PCA_WIDTH), 1 / 3))
    features = load_coco_data(folder)["val_features"]
    assert features.dtype == np.float32 and (features == np.float32(1 / 3)).all()


def test_novel_split_where_there_is_one(tmp_path):
    arrays = write_folder(tmp_path, ("train", "val", "novel"))
    data = load_coco_data(tmp_path)
    np.testing.assert_array_equal(data["novel_features"], arrays["novel_pca"])
    captions, features, urls = sample_coco_minibatch(data, 6, split="novel")
    assert captions.shape == (6, T) and features.shape == (6, PCA_WIDTH) and all("/novel/" in url for url in urls)


def test_without_a_folder_the_course_s_data_come_before_the_scenes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.delenv("CS231N_EMBEDDED_ONLY", raising=False)
    with pytest.raises(FileNotFoundError, match="no captions on this machine yet; draw scenes with captions: "):
        load_coco_data()
    write_folder(tmp_path / "scenes", ("train", "val", "novel"))
    assert "novel_captions" in load_coco_data()
    assert capsys.readouterr().out == "captions and features of the drawn scenes, from scenes\n"
    write_folder(tmp_path / "coco_captioning")
    assert "novel_captions" not in load_coco_data(max_train=5)
    assert capsys.readouterr().out == "captions and features of Microsoft COCO, from coco_captioning\n"
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "1")
    assert "novel_captions" in load_coco_data()


def test_subset_is_reproducible_without_repetition_and_grows(folder):
    whole = load_coco_data(folder)
    rows = {tuple(row) for row in np.c_[whole["train_captions"], whole["train_image_idxs"]].tolist()}
    small, large = (load_coco_data(folder, max_train=n) for n in (5, 11))
    for name in ("train_captions", "train_image_idxs"):
        assert len(small[name]) == 5
        np.testing.assert_array_equal(small[name], large[name][:5])
        np.testing.assert_array_equal(small[name], load_coco_data(folder, max_train=5)[name])
    chosen = {tuple(row) for row in np.c_[large["train_captions"], large["train_image_idxs"]].tolist()}
    assert len(chosen) == 11 and chosen < rows
    assert not np.array_equal(small["train_captions"], load_coco_data(folder, max_train=5, seed=1)["train_captions"])
    assert len(small["val_captions"]) == CAPTIONS["val"] and len(small["train_features"]) == PICTURES["train"]
    assert len(load_coco_data(folder, max_train=1000)["train_captions"]) == CAPTIONS["train"]


@pytest.mark.parametrize("max_train", [0, -1, 2.5, "5"])
def test_a_subset_of_no_captions_is_refused(folder, max_train):
    with pytest.raises(ValueError, match=f"max_train must be a positive whole number, got {max_train!r}"):
        load_coco_data(folder, max_train=max_train)


# ---------------------------------------------------------------- missing and damaged files

FILES = [
    "coco2014_captions.h5",
    "coco2014_vocab.json",
    "train2014_vgg16_fc7_pca.h5",
    "val2014_vgg16_fc7_pca.h5",
    "train2014_urls.txt",
    "val2014_urls.txt",
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "set_name, command",
    [("coco_captioning", "python -m cs231n.download coco_captioning"), ("scenes", "python -m cs231n.scenes")],
)
def test_missing_file_is_named_with_the_command_that_brings_it(tmp_path, monkeypatch, name, set_name, command):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    write_folder(tmp_path / set_name)
    (tmp_path / set_name / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"{name} is missing; get it with: {command}$"):
        load_coco_data(tmp_path / set_name)


def test_damaged_file_of_a_data_set_comes_again_by_its_command(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    write_folder(tmp_path / "scenes")
    (tmp_path / "scenes" / "coco2014_captions.h5").write_bytes(b"")
    with pytest.raises(ValueError, match="; delete it and run: python -m cs231n.scenes$"):
        load_coco_data(tmp_path / "scenes")


@pytest.mark.parametrize("name", FILES)
def test_no_command_brings_a_file_of_ones_own(tmp_path, name):
    write_folder(tmp_path / "scenes")  # not the data set of that name, which is in $CS231N_DATA
    (tmp_path / "scenes" / name).unlink()
    with pytest.raises(
        FileNotFoundError, match=f"{name} is missing; write it again with write_coco_data, see docs/changing.md$"
    ):
        load_coco_data(tmp_path / "scenes")


@pytest.mark.parametrize(
    "error, sentence",
    [
        (PermissionError(13, "Permission denied"), "coco2014_captions.h5 cannot be read: you have no permission$"),
        (BlockingIOError(11, "unable to lock file"), "coco2014_captions.h5 cannot be read yet: another program is"),
    ],
    ids=["forbidden", "being written"],
)
def test_nobody_is_told_to_delete_what_is_only_locked(folder, monkeypatch, error, sentence):
    def refuses(path):
        raise error

    monkeypatch.setattr(coco_utils.h5py, "File", refuses)
    with pytest.raises(type(error), match=sentence):
        load_coco_data(folder)


def test_where_only_reduced_features_are_the_message_says_so(folder):
    (folder / "train2014_vgg16_fc7.h5").unlink()
    with pytest.raises(FileNotFoundError, match="train2014_vgg16_fc7.h5 is missing: .* use pca_features=True"):
        load_coco_data(folder, pca_features=False)


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".txt")])
@pytest.mark.parametrize("share", [0, 0.5, 0.97])
def test_file_cut_short_is_refused_in_one_sentence(folder, name, share):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=f"{name} cannot be used: .*; write it again with") as caught:
        load_coco_data(folder)
    assert "\n" not in str(caught.value) and caught.value.__cause__ is None and caught.value.__suppress_context__


def damage_captions(folder, name, change):
    with h5py.File(folder / "coco2014_captions.h5", "r+") as file:
        array = change(file[name][:])
        del file[name]
        if array is not None:
            file[name] = array


def set_one(value):
    def change(array):
        array.flat[3] = value
        return array

    return change


@pytest.mark.parametrize(
    "name, change, message",
    [
        ("train_captions", set_one(len(WORDS)), "the words in train_captions must lie in 0..10, got 0 to 11"),
        ("val_captions", set_one(-1), "the words in val_captions must lie in 0..10, got -1 to "),
        ("train_image_idxs", set_one(9), "the pictures in train_image_idxs must lie in 0..8, got .* to 9"),
        ("val_image_idxs", set_one(-2), "the pictures in val_image_idxs must lie in 0..4, got -2 to"),
        ("val_image_idxs", lambda a: a[:-1], r"val_captions is \(7, 6\) and val_image_idxs \(6,\)"),
        ("train_captions", lambda a: a.ravel(), r"train_captions is \(138,\)"),
        ("train_captions", lambda a: a[:0], r"train_captions is \(0, 6\)"),
        ("train_captions", lambda a: a.astype(np.float32), "the words in train_captions must be integers, got float32"),
        ("val_captions", lambda a: None, "it has no val_captions"),
        ("val_image_idxs", lambda a: None, "it has no val_image_idxs"),
    ],
)
def test_captions_that_do_not_fit_are_refused(folder, name, change, message):
    damage_captions(folder, name, change)
    with pytest.raises(ValueError, match=f"coco2014_captions.h5 cannot be used: {message}"):
        load_coco_data(folder)


def test_files_that_an_editor_on_windows_has_saved_are_read(folder):
    before = load_coco_data(folder)
    for file in (*folder.glob("*.json"), *folder.glob("*.txt")):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    after = load_coco_data(folder)
    assert after["idx_to_word"] == before["idx_to_word"]
    assert list(after["train_urls"]) == list(before["train_urls"])


def test_vocabularies_that_do_not_fit_are_refused(folder):
    write_vocabulary(folder, WORDS[:-1])
    with pytest.raises(ValueError, match="the words in .* must lie in 0..9, got 0 to 10"):
        load_coco_data(folder)
    for content in ("[]", '{"idx_to_word": ["a"]}', '{"idx_to_word": ["a", "b"], "word_to_idx": {"a": 0, "b": 2}}'):
        (folder / "coco2014_vocab.json").write_text(content)
        with pytest.raises(ValueError, match="coco2014_vocab.json cannot be used: .*idx_to_word"):
            load_coco_data(folder)


def test_features_that_do_not_fit_are_refused(folder):
    path = folder / "train2014_vgg16_fc7_pca.h5"
    write(path, features=np.zeros((PICTURES["train"] + 1, PCA_WIDTH), np.float32))
    with pytest.raises(ValueError, match="train2014_urls.txt cannot be used: it has 9 addresses for 10 pictures"):
        load_coco_data(folder)
    write(path, features=np.zeros((PICTURES["train"], PCA_WIDTH + 1), np.float32))
    with pytest.raises(ValueError, match="pictures have 9 features in train and 8 in val"):
        load_coco_data(folder)
    write_folder(folder, ("train", "val", "novel"))
    write(folder / "novel2014_vgg16_fc7_pca.h5", features=np.zeros((PICTURES["novel"], PCA_WIDTH + 2), np.float32))
    with pytest.raises(ValueError, match="pictures have 8 features in train and 10 in novel"):
        load_coco_data(folder)
    write(path, features=np.zeros(PICTURES["train"], np.float32))
    with pytest.raises(ValueError, match="it has no two-dimensional float array called features"):
        load_coco_data(folder)
    write(path, other=np.zeros((PICTURES["train"], PCA_WIDTH), np.float32))
    with pytest.raises(ValueError, match="it has no two-dimensional float array called features"):
        load_coco_data(folder)


def write_grids(folder, change=lambda grids: grids):
    """Write grids of random content, after `change`; returns dict split -> grids."""
    grids = {
        split: np.random.RandomState(1).randn(PICTURES[split], 16, 3).astype(np.float16) for split in ("train", "val")
    }
    for split, table in grids.items():
        write(folder / f"{split}2014_grid.h5", features=change(table))
    return grids


def test_grids_take_the_place_of_the_features(folder):
    grids = write_grids(folder)
    data, plain = load_coco_data(folder, grid=True), load_coco_data(folder)
    for split in grids:
        assert data[f"{split}_features"].dtype == np.float32
        np.testing.assert_array_equal(data[f"{split}_features"], grids[split])
    assert plain["train_features"].shape == (PICTURES["train"], PCA_WIDTH)
    captions, features, urls = sample_coco_minibatch(data, 50, rng=np.random.RandomState(0))
    place = [data["train_urls"].tolist().index(url) for url in urls]
    np.testing.assert_array_equal(features, grids["train"][place])


def test_a_data_set_without_grids_is_named_with_the_command_that_brings_them(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    write_folder(tmp_path / "scenes")
    with pytest.raises(
        FileNotFoundError, match="has no features of cells; .* up to date with: python -m cs231n.scenes$"
    ):
        load_coco_data(tmp_path / "scenes", grid=True)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda grids: grids.astype(np.float32) * np.nan, "some of its features are NaN or infinite"),
        (lambda grids: grids[:, :9], r"it has no float array \(M, 16, D\) called features"),
        (lambda grids: grids[:, :, 0], r"it has no float array \(M, 16, D\) called features"),
        (lambda grids: h5py.Empty("f"), r"it has no float array \(M, 16, D\) called features"),
        (lambda grids: grids[1:], "it has 9 addresses for 8 pictures|captions.h5 cannot be used"),
        (lambda grids: grids[:, :, : 3 - (len(grids) == 5)], "pictures have 3 features in train and 2 in val"),
    ],
)
def test_grids_that_do_not_fit_are_refused(folder, change, message):
    write_grids(folder, change)
    with pytest.raises(ValueError, match=message):
        load_coco_data(folder, grid=True)


@pytest.mark.parametrize(
    "file, grid", [("train2014_vgg16_fc7_pca.h5", False), ("train2014_grid.h5", True)], ids=["features", "grids"]
)
def test_a_group_in_place_of_the_features_is_refused(folder, file, grid):
    write_grids(folder)
    with h5py.File(folder / file, "w") as opened:
        opened.create_group("features")
    with pytest.raises(ValueError, match=f"{file} cannot be used: it has no .*float array .*called features"):
        load_coco_data(folder, grid=grid)


# ---------------------------------------------------------------- batches


@pytest.mark.parametrize("pca_features", [True, False])
@settings(deadline=None, max_examples=25)
@given(batch_size=st.integers(1, 60), seed=st.integers(0, 1000), split=st.sampled_from(["train", "val"]))
def test_batches_keep_caption_features_and_address_together(tmp_path_factory, pca_features, batch_size, seed, split):
    folder = tmp_path_factory.getbasetemp() / "batches"
    if not folder.exists():
        write_folder(folder)
    data = load_coco_data(folder, pca_features=pca_features)
    captions, features, urls = sample_coco_minibatch(data, batch_size, split, np.random.RandomState(seed))
    assert captions.shape == (batch_size, T) and features.dtype == np.float32 and urls.shape == (batch_size,)
    known = {tuple(c): k for c, k in zip(data[f"{split}_captions"], data[f"{split}_image_idxs"], strict=True)}
    for caption, feature, url in zip(captions, features, urls, strict=True):
        picture = known[tuple(caption)]
        np.testing.assert_array_equal(feature, data[f"{split}_features"][picture])
        assert url == f"http://example.org/{split}/{picture}.jpg"


def test_batches_are_reproducible_with_either_generator_and_the_global_one(folder):
    data = load_coco_data(folder)
    for make in (np.random.RandomState, np.random.default_rng):
        first, again = (sample_coco_minibatch(data, 9, rng=make(3))[0] for _ in range(2))
        np.testing.assert_array_equal(first, again)
    np.random.seed(5)
    first = sample_coco_minibatch(data, 9)[0]
    np.random.seed(5)
    np.testing.assert_array_equal(first, sample_coco_minibatch(data, 9)[0])
    assert not np.array_equal(first, sample_coco_minibatch(data, 9)[0])


def test_every_caption_is_drawn_equally_often(folder):
    data = load_coco_data(folder)
    captions, _, _ = sample_coco_minibatch(data, 23_000, rng=np.random.RandomState(0))
    counts = [(captions == caption).all(axis=1).sum() for caption in data["train_captions"]]
    assert len(counts) == 23 and min(counts) > 870 and max(counts) < 1130  # 1000 expected, four deviations


def test_unknown_splits_and_empty_batches_are_refused(folder):
    data = load_coco_data(folder)
    with pytest.raises(ValueError, match="unknown split 'test'; there are train, val$"):
        sample_coco_minibatch(data, split="test")
    for batch_size in (0, -3, 1.5):
        with pytest.raises(ValueError, match=f"batch_size must be a positive whole number, got {batch_size}"):
            sample_coco_minibatch(data, batch_size)


# ---------------------------------------------------------------- words and pictures


@pytest.mark.parametrize(
    "words, text, plain",
    [
        ("<START> N cat sleeps <END> <NULL>", "<START> N cat sleeps <END>", "N cat sleeps"),
        ("the cat <END> eats <END>", "the cat <END>", "the cat"),
        ("<START> <NULL> the mat", "<START> the mat", "the mat"),
        ("the <UNK> sleeps <END>", "the <UNK> sleeps <END>", "the <UNK> sleeps"),
        ("<NULL> <NULL>", "", ""),
        ("", "", ""),
    ],
)
def test_captions_in_words(words, text, plain):
    numbers = np.array([WORDS.index(word) for word in words.split()], int)
    assert decode_captions(numbers, WORDS) == text
    assert decode_captions(numbers, WORDS, plain=True) == plain
    assert decode_captions(np.stack([numbers, numbers]), WORDS) == [text, text]


def test_word_numbers_out_of_range_are_refused():
    for numbers in ([4, len(WORDS)], [-1, 4], [[4, 5], [6, 99]]):
        with pytest.raises(ValueError, match="word indices must lie in 0..10, got"):
            decode_captions(numbers, WORDS)
    for captions in (np.zeros((2, 3, 4), int), 5):
        with pytest.raises(ValueError, match="captions must be of shape"):
            decode_captions(captions, WORDS)
    with pytest.raises(ValueError, match="word indices must be integers, got float64"):
        decode_captions(np.array([1.0]), WORDS)


def test_pictures_are_drawn_or_fetched(monkeypatch):
    scene = Scene("sea", "alone", (Group(2, "red", "boat"),), seed=8)
    np.testing.assert_array_equal(load_picture(scene.address), draw_scene(scene))
    np.testing.assert_array_equal(image_from_url(scene.address), draw_scene(scene))
    with pytest.raises(ValueError, match="scene:nowhere"):
        image_from_url("scene:nowhere")
    monkeypatch.setattr(pictures, "image_from_url", lambda url: f"photograph from {url}")
    assert load_picture("http://example.org/1.jpg") == "photograph from http://example.org/1.jpg"


def test_pictures_can_be_loaded_by_their_old_path():
    assert coco_utils.load_picture is load_picture
    with pytest.raises(AttributeError, match="no attribute 'load_pictures'"):
        coco_utils.load_pictures  # noqa: B018


# ---------------------------------------------------------------- writing

TEXTS = {
    "train": [["A cat sleeps on the mat.", "the CAT sleeps"], ["the dog doesn't sleep!"], ["a black-and-white dog"]],
    "val": [["Une école à Zürich"], ["a cat", "a dog", "a cat and a dog"]],
}


def own_pictures(splits=("train", "val"), width=4):
    """Captions, features and urls of a few pictures, for `write_coco_data`."""
    rng = np.random.RandomState(231)
    captions = {split: TEXTS.get(split, [["a whale"]]) for split in splits}
    features = {split: rng.randn(len(texts), width).astype(np.float32) for split, texts in captions.items()}
    urls = {split: [f"{split} {k} ü.jpg" for k in range(len(texts))] for split, texts in captions.items()}
    return captions, features, urls


@pytest.mark.parametrize("splits", [("train", "val"), ("val", "train", "novel")])
def test_what_is_written_is_read_back(tmp_path, splits):
    captions, features, urls = own_pictures(splits)
    write_coco_data(tmp_path / "own", captions, features, urls)
    data = load_coco_data(tmp_path / "own")
    assert data["idx_to_word"][:4] == ["<NULL>", "<START>", "<END>", "<UNK>"]
    assert data["idx_to_word"][4:] == sorted(data["idx_to_word"][4:])
    for split in splits:
        np.testing.assert_array_equal(data[f"{split}_features"], features[split])
        assert data[f"{split}_features"].dtype == np.float32
        assert data[f"{split}_urls"].tolist() == urls[split]
    assert data["train_image_idxs"].tolist() == [0, 0, 1, 2] and data["val_image_idxs"].tolist() == [0, 1, 1, 1]
    assert decode_captions(data["train_captions"], data["idx_to_word"]) == [
        "<START> a cat sleeps on the mat <END>",
        "<START> the cat sleeps <END>",
        "<START> the dog doesn't sleep <END>",
        "<START> a black-and-white dog <END>",
    ]
    assert decode_captions(data["val_captions"][0], data["idx_to_word"], plain=True) == "une école à zürich"
    assert data["train_captions"].shape == (4, 8) and (data["train_captions"][1, 5:] == 0).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own"]


def test_writing_again_replaces_the_folder(tmp_path):
    write_coco_data(tmp_path / "own", *own_pictures(("train", "val", "novel")))
    write_coco_data(tmp_path / "own", *own_pictures())
    assert "novel_captions" not in load_coco_data(tmp_path / "own")
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == sorted(FILES)


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "cat.jpg").write_bytes(b"a picture")
    with pytest.raises(
        ValueError, match=r"holds other files too \(cat.jpg\), which would be lost; name another folder"
    ):
        write_coco_data(tmp_path, *own_pictures())
    assert [path.name for path in tmp_path.iterdir()] == ["cat.jpg"]


def test_a_full_disk_leaves_the_folder_of_before(tmp_path, monkeypatch):
    write_coco_data(tmp_path / "own", *own_pictures())
    before = {path.name: path.read_bytes() for path in (tmp_path / "own").iterdir()}

    def fills_the_disk(path, mode):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(coco_utils.h5py, "File", fills_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write_coco_data(tmp_path / "own", *own_pictures(("train", "val", "novel")))
    assert {path.name: path.read_bytes() for path in (tmp_path / "own").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_grids_that_are_written_are_read_back(tmp_path):
    captions, features, urls = own_pictures()
    grids = {split: np.random.RandomState(2).randn(len(table), 16, 3) for split, table in features.items()}
    write_coco_data(tmp_path / "own", captions, features, urls, grids)
    data = load_coco_data(tmp_path / "own", grid=True)
    for split, table in grids.items():
        np.testing.assert_array_equal(data[f"{split}_features"], table.astype(np.float16))
    write_coco_data(tmp_path / "own", captions, features, urls)
    with pytest.raises(FileNotFoundError, match="has no features of cells; write it again with write_coco_data"):
        load_coco_data(tmp_path / "own", grid=True)


@pytest.mark.parametrize(
    "name, remedy",
    [
        ("scenes", "bring it up to date with: python -m cs231n.scenes"),
        ("own", "bring it up to date with: python -m cs231n.own_captions FOLDER"),
        ("coco_captioning", "Microsoft COCO has none, so use the scenes or a data set of your own"),
    ],
)
def test_a_data_set_without_grids_says_how_to_get_them(tmp_path, monkeypatch, name, remedy):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    write_coco_data(tmp_path / name, *own_pictures())
    with pytest.raises(FileNotFoundError, match=f"train2014_grid.h5 is missing: .* no features of cells; {remedy}$"):
        load_coco_data(tmp_path / name, grid=True)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda grids: {"train": grids["train"]}, "grids need the splits train, val, got train"),
        (lambda grids: grids | {"train": [1.0]}, r"the grids of train must be numbers \(M, 16, D\), .* of \(1,\)"),
        (
            lambda grids: grids | {"val": grids["val"][:, :9]},
            r"the grids of val must be numbers \(M, 16, D\), .* of \(2, 9, 3\)",
        ),
        (lambda grids: grids | {"val": grids["val"][:1]}, r"for M = 2 pictures, got float64 of \(1, 16, 3\)"),
        (lambda grids: grids | {"val": grids["val"].astype(str)}, r"must be numbers \(M, 16, D\), .* got <U32 of \(2"),
        (lambda grids: grids | {"train": grids["train"][..., :0]}, r"train must be .* got float64 of \(3, 16, 0\)"),
        (lambda grids: grids | {"val": grids["val"] * np.nan}, "the grids of val must be finite"),
        (
            lambda grids: grids | {"train": grids["train"] + 1e6},
            "the grids of train must be finite and fit into float16",
        ),
    ],
)
def test_grids_that_do_not_fit_are_not_written(tmp_path, change, message):
    captions, features, urls = own_pictures()
    grids = change({split: np.zeros((len(table), 16, 3)) for split, table in features.items()})
    with pytest.raises(ValueError, match=message):
        write_coco_data(tmp_path / "own", captions, features, urls, grids)
    assert list(tmp_path.iterdir()) == []


def with_val(value):
    return lambda part: part | {"val": value}


@pytest.mark.parametrize(
    "part, change, message",
    [
        (0, lambda part: {"train": part["train"]}, "need the splits train, val .*, got train; train, val; train, val"),
        (1, lambda part: {}, "need the splits train, val and perhaps novel, got train, val; none; train, val"),
        (2, lambda part: part | {"test": ["3"]}, "need the splits train, val .*; train, val, test"),
        (0, with_val(TEXTS["val"][:1]), r"val needs features .* got \(2, 4\), 2 and 1"),
        (1, with_val(np.zeros((2, 5))), r"val needs features .*, with the D of train, .* got \(2, 5\), 2 and 2"),
        (1, with_val(np.zeros(2)), r"val needs features .* got \(2,\), 2 and 2"),
        (1, lambda part: part | {"train": np.zeros(3)}, r"train needs features .* got \(3,\), 3 and 3"),
        (2, with_val(["only one"]), r"val needs .* M urls .* got \(2, 4\), 1 and 2"),
        (
            0,
            with_val([["a cat"], "a dog"]),
            "captions of 'val 1 ü.jpg' in val must be a list of sentences, got 'a dog'",
        ),
        (0, with_val([["a cat"], ["a dog", "..."]]), r"must be a list of sentences, got \['a dog', '...'\]"),
        (0, with_val([["a cat"], [7]]), r"must be a list of sentences, got \[7\]"),
        (0, with_val([[], []]), "val has no captions"),
        (2, with_val(["one.jpg", "two\nlines"]), "a url must be one line of text, got 'two"),
        (2, with_val(["one.jpg", ""]), "a url must be one line of text, got '' in val"),
    ],
)
def test_pictures_that_do_not_fit_are_refused_and_nothing_is_written(tmp_path, part, change, message):
    parts = list(own_pictures())
    parts[part] = change(parts[part])
    with pytest.raises(ValueError, match=message) as error:
        write_coco_data(tmp_path / "own", *parts)
    assert "\n" not in str(error.value) and list(tmp_path.iterdir()) == []
