"""SqueezeNet: every map against a forward pass in NumPy, and every form of its weights, good and bad."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from references import network_scores
from references.outside_files import SQUEEZENET10, needs
from weight_writers import write_deep_compression, write_safetensors, write_tf1, write_tf2, write_torch

from cs231n.classifiers.squeezenet import SqueezeNet
from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD, preprocess_image

CLASSES = 7
VERSIONS = ("1.1", "1.0")
# As in torchvision: index of the layer in `features`, channels after squeezing, channels of each expansion.
FIRES = {
    "1.1": [(3, 16, 64), (4, 16, 64), (6, 32, 128), (7, 32, 128), (9, 48, 192), (10, 48, 192), (11, 64, 256)]
    + [(12, 64, 256)],
    "1.0": [(3, 16, 64), (4, 16, 64), (5, 32, 128), (7, 32, 128), (8, 48, 192), (9, 48, 192), (10, 64, 256)]
    + [(12, 64, 256)],
}
POOLS = {"1.1": (2, 5, 8), "1.0": (2, 6, 11)}
FIRST = {"1.1": (64, 3, 3, 3), "1.0": (96, 3, 7, 7)}


def torch_shapes(version, classes=CLASSES):
    """Shapes of torchvision's state dict, in its order."""
    shapes, channels = {"features.0": FIRST[version]}, FIRST[version][0]
    for k, squeeze, expand in FIRES[version]:
        shapes[f"features.{k}.squeeze"] = (squeeze, channels, 1, 1)
        shapes[f"features.{k}.expand1x1"] = (expand, squeeze, 1, 1)
        shapes[f"features.{k}.expand3x3"] = (expand, squeeze, 3, 3)
        channels = 2 * expand
    shapes["classifier.1"] = (classes, channels, 1, 1)
    return shapes


def torch_arrays(version, classes=CLASSES, seed=231):
    rng, arrays = np.random.RandomState(seed), {}
    for name, shape in torch_shapes(version, classes).items():
        arrays[f"{name}.weight"] = (rng.randn(*shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32)
        arrays[f"{name}.bias"] = (0.3 * rng.randn(shape[0])).astype(np.float32)
    return arrays


def tf1_arrays(version, classes=CLASSES):
    """The same arrays as in the course's TensorFlow 1 checkpoint."""
    arrays = {}
    for name, array in torch_arrays(version, classes).items():
        module, k, *fire, part = name.split(".")
        short = {"squeeze": "squeeze", "expand1x1": "e11", "expand3x3": "e33"}
        scope = f"{module}/layer{k}" + (f"/fire/{short[fire[0]]}" if fire else "")
        arrays[f"{scope}/{'weights' if part == 'weight' else 'bias'}"] = hwio(array)
    return arrays


def tf2_arrays(version, classes=CLASSES):
    """The same arrays as in the course's TensorFlow 2 checkpoint, whose names hold the numbers of layers."""
    numbers, arrays = {}, {}
    for name, array in torch_arrays(version, classes).items():
        module, k, *fire, part = name.split(".")
        number = numbers.setdefault((module, k), len(numbers))
        scope = "/".join([f"net/layer_with_weights-{number}", *fire])
        arrays[f"{scope}/{'kernel' if part == 'weight' else 'bias'}"] = hwio(array)
    return arrays


def hwio(array):
    return np.ascontiguousarray(array.transpose(2, 3, 1, 0)) if array.ndim == 4 else array


def convolved(x, arrays, name, stride=1, padding=0):
    """Cross-correlation, (N, H, W, C) in float64."""
    kernel, bias = arrays[f"{name}.weight"].astype(np.float64), arrays[f"{name}.bias"]
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nhwcij,ocij->nhwo", windows, kernel, optimize=True) + bias


def forward(x, arrays, version):
    """The 13 maps and the scores."""
    x = convolved(x, arrays, "features.0", stride=2)
    maps = [x, np.maximum(x, 0)]
    fires = {k for k, *_ in FIRES[version]}
    for k in range(2, 13):
        x = maps[-1]
        if k in fires:
            s = np.maximum(convolved(x, arrays, f"features.{k}.squeeze"), 0)
            e11 = convolved(s, arrays, f"features.{k}.expand1x1")
            e33 = convolved(s, arrays, f"features.{k}.expand3x3", padding=1)
            maps.append(np.maximum(np.concatenate([e11, e33], axis=-1), 0))
        else:
            windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
            maps.append(windows[:, ::2, ::2].max(axis=(-2, -1)))
    return maps, np.maximum(convolved(maps[-1], arrays, "classifier.1"), 0).mean(axis=(1, 2))


def assert_close(got, want):
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= 1e-4 * np.abs(want).max()


def images(shape=(2, 43, 58, 3), seed=232):
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def write(kind, folder, version, arrays=None, classes=CLASSES):
    """Write a file of weights of that kind; returns what to give to load_weights."""
    path = folder / {"torch": "w.pth", "tf1": "w.ckpt", "tf2": "w2.ckpt"}[kind]
    writer = {"torch": write_torch, "tf1": write_tf1, "tf2": write_tf2}[kind]
    make = {"torch": torch_arrays, "tf1": tf1_arrays, "tf2": tf2_arrays}[kind]
    writer(path, make(version, classes) if arrays is None else arrays)
    return path


SMALL = {version: SqueezeNet(CLASSES, version) for version in VERSIONS}  # random weights


@pytest.fixture(scope="module", params=VERSIONS)
def loaded(request, tmp_path_factory):
    model = SqueezeNet(CLASSES, request.param)
    model.load_weights(write("torch", tmp_path_factory.mktemp("w"), request.param))
    return model


# ---------------------------------------------------------------- the network


def test_every_map_and_the_scores_match_numpy(loaded):
    maps, scores = forward(images(), torch_arrays(loaded.version), loaded.version)
    got = loaded.extract_features(images())
    assert len(got) == 13
    for ours, reference in zip(got, maps, strict=True):
        assert_close(ours.numpy(), reference)
    assert_close(loaded(images()).numpy(), scores)


def test_sizes_are_those_of_the_course():
    model = SqueezeNet()
    assert model.image_size == 224
    assert model.count_params() == 1_235_496  # torchvision's squeezenet1_1
    sizes = [m.shape[1:] for m in model.extract_features(images((1, 224, 224, 3)))]
    assert [height for height, _, _ in sizes] == [111, 111, 55, 55, 55, 27, 27, 27, 13, 13, 13, 13, 13]
    assert [channels for _, _, channels in sizes] == [64, 64, 64, 128, 128, 128, 256, 256, 256, 384, 384, 512, 512]
    assert SqueezeNet(version="1.0").count_params() == 1_248_424  # torchvision's squeezenet1_0


@settings(max_examples=10, deadline=None)
@given(n=st.integers(1, 3), h=st.integers(35, 100), w=st.integers(35, 100), version=st.sampled_from(VERSIONS))
def test_map_shapes_at_any_size(n, h, w, version):
    model = SMALL[version]
    x = images((n, h, w, 3))
    kernel = FIRST[version][-1]
    side = [(length - kernel) // 2 + 1 for length in (h, w)]
    for k, m in enumerate(model.extract_features(x)):
        if k in POOLS[version]:
            side = [(length - 3) // 2 + 1 for length in side]
        assert m.shape[:3] == (n, *side)
    assert model(x).shape == (n, CLASSES)


def test_smallest_image_is_the_smallest_that_fits(loaded):
    least = loaded.smallest
    assert np.isfinite(loaded(images((1, least, least, 3)))).all()
    with pytest.raises(ValueError, match=f"at least {least} pixels a side, got {least - 1} x 50"):
        loaded(images((1, least - 1, 50, 3)))


def test_inside_tf_function_scores_and_gradient_are_the_same(loaded):
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.reduce_sum(loaded(x)[:, 3])
        return score, tape.gradient(score, x)

    x = tf.constant(images())
    for eager, graph in zip(gradient(x), tf.function(gradient)(x), strict=True):
        assert np.abs(eager).max() > 0
        assert_close(graph.numpy(), eager.numpy())


@pytest.mark.parametrize(
    "x, message",
    [
        (np.zeros((40, 40, 3), np.float32), r"shape \(N, H, W, 3\), got \(40, 40, 3\)"),
        (np.zeros((2, 40, 40, 4), np.float32), r"got \(2, 40, 40, 4\)"),
        (np.zeros((2, 40, 40, 3), np.uint8), "floats made by preprocess_image, got uint8"),
    ],
)
def test_bad_images_are_refused_in_one_sentence(loaded, x, message):
    for take in (loaded, loaded.extract_features):
        with pytest.raises(ValueError, match=message) as error:
            take(x)
        assert "\n" not in str(error.value)


def test_unknown_version_is_refused():
    with pytest.raises(ValueError, match="versions 1.0 and 1.1, not '2'"):
        SqueezeNet(version="2")


def test_class_names():
    names = SqueezeNet().class_names
    assert len(names) == 1000
    assert [names[k] for k in (0, 76, 285, 967)] == ["tench", "tarantula", "Egyptian cat", "espresso"]
    assert SqueezeNet(3).class_names == ["0", "1", "2"]


# ---------------------------------------------------------------- weights


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["torch", "tf1", "tf2"])
def test_weights_of_any_kind_arrive_exactly(tmp_path, kind, version):
    model = SqueezeNet(CLASSES, version)
    model.load_weights(write(kind, tmp_path, version))
    weights = [hwio(array) for array in torch_arrays(version).values()]
    for got, array in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(got, array)


def test_other_names_of_the_same_tensors_and_checkpoints_are_taken(tmp_path):
    weights = [hwio(array) for array in torch_arrays("1.1").values()]
    write_safetensors(tmp_path / "w.safetensors", torch_arrays("1.1"))
    write_torch(tmp_path / "w.pt", {f"module.{name}": array for name, array in torch_arrays("1.1").items()})
    prefix = write("tf1", tmp_path, "1.1")
    for path in (tmp_path / "w.safetensors", tmp_path / "w.pt", f"{prefix}.index", f"{prefix}.data-00000-of-00001"):
        model = SqueezeNet(CLASSES)
        model.load_weights(path)
        for got, array in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(got, array)


def test_an_unknown_ending_is_named_with_the_known_ones(tmp_path):
    (tmp_path / "w.bin").write_bytes(b"?")
    with pytest.raises(ValueError, match=r"\.pth, \.pt, \.safetensors, .* and \.net files .*, not from .*w\.bin"):
        SMALL["1.1"].load_weights(tmp_path / "w.bin")


@pytest.mark.parametrize("name", ["w.npz", "w.weights.h5"])
def test_saved_weights_read_back(tmp_path, loaded, name):
    loaded.save_weights(tmp_path / name)
    other = SqueezeNet(CLASSES, loaded.version)
    other.load_weights(tmp_path / name)
    for got, array in zip(other.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(got, array)


def test_a_full_disk_leaves_the_saved_weights_of_before(tmp_path, loaded, monkeypatch):
    path = tmp_path / "w.npz"
    loaded.save_weights(path)
    before = path.read_bytes()

    def fills_the_disk(file, **arrays):
        with file if hasattr(file, "write") else open(file, "wb") as opened:
            opened.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fills_the_disk)
    with pytest.raises(OSError, match="No space left"):
        loaded.save_weights(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_caffe_weights_take_the_same_images_as_all_others(tmp_path):
    """Weights for BGR minus a mean score a preprocessed image as NumPy scores the original image."""
    arrays = {name: np.round(array * 64) / 64 for name, array in torch_arrays("1.0").items()}  # few values
    arrays["features.0.weight"] = np.round(arrays["features.0.weight"]) / 64  # small: the images go up to 255
    layers = [(arrays[f"{name}.weight"], arrays[f"{name}.bias"]) for name in torch_shapes("1.0")]
    write_deep_compression(tmp_path / "w.net", layers)
    model = SqueezeNet(CLASSES, "1.0")
    model.load_weights(tmp_path / "w.net")
    rgb = np.random.RandomState(231).randint(0, 256, (2, 45, 52, 3)).astype(np.uint8)
    _, scores = forward(rgb[..., ::-1] - np.array([104.0, 117.0, 123.0]), arrays, "1.0")
    preprocessed = ((rgb / 255 - SQUEEZENET_MEAN) / SQUEEZENET_STD).astype(np.float32)
    assert_close(model(preprocessed).numpy(), scores)


@needs(SQUEEZENET10)  # its twin, on weights that the test writes, is the test above
def test_deep_compression_gives_the_reference_scores():
    model = SqueezeNet(version="1.0")
    model.load_weights(SQUEEZENET10)
    scores = model(preprocess_image(network_scores.images()["cat_227"])).numpy()
    assert_close(scores, np.load(network_scores.SCORES)["squeezenet10_cat_227"])


LOST = {
    "torch": (torch_arrays, "features.6.expand3x3.bias", "features.6.expand3x3.bias is missing"),
    "tf1": (tf1_arrays, "features/layer6/fire/e33/bias", "features/layer6/fire/e33/bias is missing"),
    "tf2": (
        tf2_arrays,
        "net/layer_with_weights-3/expand3x3/kernel",
        r"layer_with_weights-3 .*3, 3, 32, 128.* is missing",
    ),
}


@pytest.mark.parametrize("kind", LOST)
def test_missing_array_is_named_and_nothing_is_lost(tmp_path, kind):
    make, name, message = LOST[kind]
    arrays = make("1.1")
    del arrays[name]
    model = SqueezeNet(CLASSES)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message) as error:
        model.load_weights(write(kind, tmp_path, "1.1", arrays))
    assert "\n" not in str(error.value)
    for got, array in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(got, array)


@pytest.mark.parametrize(
    "kind, message",
    [
        ("torch", r"features.0.weight has the shape \(7, 7, 3, 96\), not \(3, 3, 3, 64\)"),
        ("tf1", r"features/layer0/weights has the shape \(7, 7, 3, 96\), not \(3, 3, 3, 64\)"),
        ("tf2", r"layer_with_weights-0 .*\(3, 3, 3, 64\).* is missing"),
    ],
)
def test_weights_of_the_other_version_are_refused(tmp_path, kind, message):
    with pytest.raises(ValueError, match=message):
        SqueezeNet(CLASSES).load_weights(write(kind, tmp_path, "1.0"))


@pytest.mark.parametrize("name", ["w.npz", "w.weights.h5"])
def test_saved_weights_of_another_network_are_refused(tmp_path, name):
    SqueezeNet(CLASSES, "1.0").save_weights(tmp_path / name)
    model = SqueezeNet(CLASSES)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"features\.\d") as error:
        model.load_weights(tmp_path / name)
    assert str(tmp_path / name) in str(error.value) and "\n" not in str(error.value)
    for got, array in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(got, array)


@pytest.mark.parametrize("name", ["w.pth", "w.net", "w.npz", "w.weights.h5", "w.ckpt"])
def test_missing_file_and_folder(tmp_path, name):
    model = SMALL["1.1"]
    with pytest.raises(FileNotFoundError, match=f"there is no file .*{name}"):
        model.load_weights(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=f"{name} is a folder"):
        model.load_weights(tmp_path / name)


def test_cut_off_saved_weights_are_refused(tmp_path):
    path = tmp_path / "w.weights.h5"
    SMALL["1.1"].save_weights(path)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(ValueError, match="truncated") as error:
        SMALL["1.1"].load_weights(path)
    assert "\n" not in str(error.value)
