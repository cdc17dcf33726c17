"""EfficientNet-Lite0 against scores stored by PyTorch, on real photographs, and with weights that do not fit."""

import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from references import network_scores
from references.make_efficientnet_lite0 import REFERENCE, STRIDES, images
from weight_writers import write_torch

from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
from cs231n.classifiers.weight_files import read_torch
from cs231n.download import find
from cs231n.image_utils import preprocess_image

FOLDER = find("efficientnet_lite0")
needs_weights = pytest.mark.skipif(
    FOLDER is None, reason="weights absent: python -m cs231n.download efficientnet_lite0"
)
WEIGHTS = FOLDER and FOLDER / "efficientnet-lite0-57934424.pth"
EXPANDED = [32, 96, 144, 144, 240, 240, 480, 480, 480, 672, 672, 672, 1152, 1152, 1152, 1152, 1280]
NARROW = [16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320]

untrained = EfficientNetLite0()


@pytest.fixture(scope="module")
def model():
    model = EfficientNetLite0()
    model.load_weights(WEIGHTS)
    return model


def assert_close(got, want):
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= 1e-4 * np.abs(want).max()


# ---------------------------------------------------------------- agreement


@needs_weights
@pytest.mark.parametrize("name", ["noise", "cat"])
def test_scores_match_pytorch(model, name):
    assert_close(model(preprocess_image(images()[name])).numpy(), np.load(REFERENCE)[f"{name}_logits"])


@needs_weights
def test_every_map_matches_pytorch(model):
    reference, x = np.load(REFERENCE), preprocess_image(images()["noise"])
    maps, outputs = model.extract_features(x), model.block_outputs(x)
    assert (len(maps), len(outputs)) == (17, 16)
    for k, m in enumerate(maps):
        assert_close(m.numpy().mean(axis=(1, 2)), reference[f"map{k}_mean"])
    for k, m in enumerate(outputs):
        assert_close(m.numpy().mean(axis=(1, 2)), reference[f"block{k}_mean"])


@needs_weights
def test_scores_match_an_implementation_that_shares_no_code(model):
    scores, x = np.load(network_scores.SCORES), preprocess_image(network_scores.images()["noise"])
    assert_close(model(x).numpy(), scores["lite0_noise"])
    maps = model.extract_features(x)
    assert_close(maps[0].numpy().mean(axis=(1, 2)), scores["lite0_noise_first_map"])
    assert_close(maps[16].numpy().mean(axis=(1, 2)), scores["lite0_noise_last_map"])
    x = preprocess_image(network_scores.images()["cat_224"])
    assert_close(model(x).numpy(), scores["lite0_cat_224"])


@needs_weights
@pytest.mark.parametrize(
    "picture, names",
    [("chelsea", {"Egyptian cat", "tiger cat", "tabby"}), ("coffee", {"espresso"})],
)
def test_real_photographs(model, picture, names):
    rgb = getattr(skimage.data, picture)()
    rgb = rgb[:300, :451] if picture == "chelsea" else rgb[50:352, 82:384]
    assert model.class_names[np.argmax(model(preprocess_image(rgb[None]))[0])] in names


# ---------------------------------------------------------------- the network


@settings(max_examples=8, deadline=None)
@given(n=st.integers(1, 3), h=st.integers(32, 100), w=st.integers(32, 100))
def test_map_shapes_at_any_size(n, h, w):
    x = np.zeros((n, h, w, 3), np.float32)
    side = (-(-h // 2), -(-w // 2))  # halves are rounded up
    expanded, narrow = [side], []
    for stride in STRIDES:
        expanded.append(side)
        side = tuple(-(-length // stride) for length in side)
        narrow.append(side)
    expanded = [*expanded[:1], *expanded[2:], side]  # block 0 does not expand; the head comes last
    got = [m.shape for m in untrained.extract_features(x)]
    assert got == [(n, *s, c) for s, c in zip(expanded, EXPANDED, strict=True)]
    assert [m.shape for m in untrained.block_outputs(x)] == [(n, *s, c) for s, c in zip(narrow, NARROW, strict=True)]


def test_every_map_is_in_the_range_of_relu6():
    x = np.random.RandomState(231).randn(1, 40, 56, 3).astype(np.float32) * 50
    for m in untrained.extract_features(x):
        assert m.numpy().min() >= 0 and m.numpy().max() <= 6


def test_padding_is_zero_in_the_units_of_the_weights():
    """The network subtracts 127, so an image of 127 gives the stem's bias everywhere, with padding or without."""
    x = preprocess_image(np.full((1, 33, 40, 3), 127, np.uint8))
    rng = np.random.RandomState(231)
    net = EfficientNetLite0()
    net.stem.set_weights([rng.randn(*w.shape) for w in net.stem.get_weights()])
    bias = np.clip(net.stem.bias.numpy(), 0, 6)
    np.testing.assert_allclose(net.extract_features(x)[0], np.broadcast_to(bias, (1, 17, 20, 32)), atol=1e-5)


@needs_weights
def test_inside_tf_function_scores_and_gradient_are_the_same(model):
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.reduce_sum(model(x)[:, 285])
        return score, tape.gradient(score, x)

    x = tf.constant(preprocess_image(images()["noise"]))
    for eager, graph in zip(gradient(x), tf.function(gradient)(x), strict=True):
        assert np.abs(eager).max() > 0
        assert_close(graph.numpy(), eager.numpy())


@pytest.mark.parametrize(
    "x, message",
    [
        (np.zeros((40, 40, 3), np.float32), r"shape \(N, H, W, 3\), got \(40, 40, 3\)"),
        (np.zeros((2, 40, 40, 1), np.float32), r"got \(2, 40, 40, 1\)"),
        (np.zeros((2, 40, 40, 3), np.uint8), "got uint8"),
    ],
)
def test_bad_images_are_refused_in_one_sentence(x, message):
    for take in (untrained, untrained.extract_features, untrained.block_outputs):
        with pytest.raises(ValueError, match=message) as error:
            take(x)
        assert "\n" not in str(error.value)


# ---------------------------------------------------------------- weights


@pytest.mark.parametrize("name", ["w.npz", "w.weights.h5"])
def test_saved_weights_read_back(tmp_path, name):
    untrained.save_weights(tmp_path / name)
    other = EfficientNetLite0()
    other.load_weights(tmp_path / name)
    for got, array in zip(other.get_weights(), untrained.get_weights(), strict=True):
        np.testing.assert_array_equal(got, array)


@needs_weights
@pytest.mark.parametrize(
    "name, array, message",
    [
        ("_blocks.7._bn1.running_var", None, "_blocks.7._bn1.running_var is missing"),
        ("_fc.bias", None, "_fc.bias is missing"),
        ("_conv_stem.weight", np.zeros((32, 3, 5, 5), np.float32), r"shape \(32, 3, 5, 5\), not \(32, 3, 3, 3\)"),
        ("_bn1.bias", np.zeros(320, np.float32), r"_bn1.bias has the shape \(320,\), not \(1280,\)"),
    ],
)
def test_weights_that_do_not_fit_are_named_and_nothing_is_lost(tmp_path, name, array, message):
    arrays = read_torch(WEIGHTS)
    if array is None:
        del arrays[name]
    else:
        arrays[name] = array
    arrays = {key: np.ascontiguousarray(a) for key, a in arrays.items()}
    write_torch(tmp_path / "w.pth", arrays)
    before = untrained.get_weights()
    with pytest.raises(ValueError, match=message) as error:
        untrained.load_weights(tmp_path / "w.pth")
    assert str(error.value).startswith(str(tmp_path)) and "\n" not in str(error.value)
    for got, weight in zip(untrained.get_weights(), before, strict=True):
        np.testing.assert_array_equal(got, weight)


@needs_weights
def test_truncated_weights_are_refused(tmp_path):
    content = WEIGHTS.read_bytes()
    for share in (0.0, 0.001, 0.5, 0.999):
        (tmp_path / "w.pth").write_bytes(content[: int(share * len(content))])
        with pytest.raises(ValueError, match="is damaged or not" if share else "is not a file of PyTorch weights"):
            untrained.load_weights(tmp_path / "w.pth")


def test_missing_file_and_unknown_kind(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file .*w.pth"):
        untrained.load_weights(tmp_path / "w.pth")
    (tmp_path / "w.txt").write_text("?")
    with pytest.raises(ValueError, match=r"end in \.pth, \.pt, \.safetensors, \.npz, \.weights\.h5, not from .*w\.txt"):
        untrained.load_weights(tmp_path / "w.txt")
