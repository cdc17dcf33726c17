"""Style transfer: losses against NumPy in float64 and finite differences, the loop on a small network."""

import signal
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from references.outside_files import STARRY_NIGHT, TUBINGEN, needs

from cs231n import style_transfer as module
from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
from cs231n.classifiers.pretrained import load_pretrained
from cs231n.classifiers.squeezenet import SqueezeNet
from cs231n.download import find
from cs231n.image_utils import SQUEEZENET_MEAN, SQUEEZENET_STD, load_image, preprocess_image, resize_image
from cs231n.paintings import swirls
from cs231n.style_presets import Stage, scaled_preset
from cs231n.style_transfer import (
    content_loss,
    fast_gram_matrix,
    fast_style_loss,
    fast_tv_loss,
    gram_distance,
    gram_matrix,
    invert_features,
    paint,
    painting_presets,
    presets,
    style_loss,
    style_transfer,
    synthesize_texture,
    tv_loss,
)

needs_official = pytest.mark.skipif(
    find("squeezenet") is None, reason="the course's SqueezeNet v1.1 is absent: python -m cs231n.download squeezenet"
)
needs_lite0 = pytest.mark.skipif(
    find("efficientnet_lite0") is None, reason="weights absent: python -m cs231n.download efficientnet_lite0"
)
H, W, C = 5, 7, 4  # all different: a swapped axis cannot hide


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    return request.param


def maps(dtype="float64", count=2, seed=231):
    rng = np.random.RandomState(seed)
    return [rng.standard_normal((1, H - k, W + k, C + k)).astype(dtype) for k in range(count)]


# ---------------------------------------------------------------- references in NumPy


def gram_in_numpy(features, normalize=True):
    _, h, w, c = features.shape
    gram = np.zeros((c, c))
    for i in range(c):
        for j in range(c):
            gram[i, j] = np.sum(features[0, :, :, i].astype(np.float64) * features[0, :, :, j])
    return gram / (h * w * c) if normalize else gram


def style_in_numpy(feats, layers, targets, weights):
    return sum(
        w * np.sum((gram_in_numpy(feats[k]) - t.astype(np.float64)) ** 2)
        for k, t, w in zip(layers, targets, weights, strict=True)
    )


def tv_in_numpy(img, weight):
    img, total = img.astype(np.float64), 0.0
    _, height, width, _ = img.shape
    for i in range(height):
        for j in range(width):
            if i + 1 < height:
                total += np.sum((img[0, i + 1, j] - img[0, i, j]) ** 2)
            if j + 1 < width:
                total += np.sum((img[0, i, j + 1] - img[0, i, j]) ** 2)
    return weight * total


def slope(function, x, direction, h=1e-5):
    """Central difference of a scalar function along a direction."""
    return (float(function(x + h * direction)) - float(function(x - h * direction))) / (2 * h)


def check_gradient(function, x):
    direction = np.random.RandomState(7).standard_normal(x.shape)
    x = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    analytic = float(tf.reduce_sum(tape.gradient(value, x) * direction))
    assert analytic == pytest.approx(slope(function, x, direction), rel=1e-7)
    assert abs(analytic) > 1e-6


# ---------------------------------------------------------------- losses


def test_content_loss_is_that_of_numpy(dtype):
    (a,), (b,) = maps(dtype, 1), maps(dtype, 1, seed=1)
    expected = 0.37 * np.sum((a.astype(np.float64) - b) ** 2)
    got = content_loss(0.37, tf.constant(a), tf.constant(b))
    assert got.dtype == dtype and float(got) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("normalize", [True, False])
def test_gram_matrix_is_that_of_numpy(dtype, normalize):
    (a,) = maps(dtype, 1)
    got = gram_matrix(tf.constant(a), normalize)
    assert got.dtype == dtype and got.shape == (C, C)
    np.testing.assert_allclose(got, gram_in_numpy(a, normalize), rtol=1e-6, atol=1e-6 * np.abs(got).max())


def test_gram_matrix_does_not_know_where():
    (a,) = maps(count=1)
    permuted = np.random.RandomState(1).permutation(a.reshape(H * W, C)).reshape(a.shape)
    np.testing.assert_allclose(gram_matrix(tf.constant(permuted)), gram_matrix(tf.constant(a)), rtol=1e-12)


def test_style_loss_is_that_of_numpy(dtype):
    feats, others = maps(dtype, 3), maps(dtype, 3, seed=1)
    layers, weights = [2, 0], [3.0, 0.5]
    targets = [gram_in_numpy(others[k]).astype(dtype) for k in layers]
    got = style_loss([tf.constant(f) for f in feats], layers, [tf.constant(t) for t in targets], weights)
    assert got.dtype == dtype
    assert float(got) == pytest.approx(style_in_numpy(feats, layers, targets, weights), rel=1e-6)


def test_style_loss_of_no_layer_is_nothing():
    assert float(style_loss([tf.constant(maps()[0])], [], [], [])) == 0


@settings(deadline=None, max_examples=30)
@given(height=st.integers(1, 6), width=st.integers(1, 6), seed=st.integers(0, 2**31 - 1))
def test_tv_loss_is_that_of_numpy(height, width, seed):
    img = np.random.RandomState(seed).standard_normal((1, height, width, 3))
    assert float(tv_loss(tf.constant(img), 0.02)) == pytest.approx(tv_in_numpy(img, 0.02), rel=1e-6)
    in_single = float(tv_loss(tf.constant(img.astype(np.float32)), 0.02))
    assert in_single == pytest.approx(tv_in_numpy(img.astype(np.float32), 0.02), rel=1e-6)


def test_tv_loss_sees_the_last_row_and_the_last_column():
    img = np.zeros((1, 4, 5, 3))
    img[0, -1, 0, 0] = img[0, 0, -1, 0] = 1  # each is in two pairs, one of them along the border
    assert float(tv_loss(tf.constant(img), 1.0)) == 4


def test_gradients_are_those_of_finite_differences():
    a, b = maps(count=2)
    check_gradient(lambda x: content_loss(0.37, x, tf.zeros_like(x) + 0.1), a)
    check_gradient(lambda x: tf.reduce_sum(gram_matrix(x) * np.arange(C * C).reshape(C, C)), a)
    target = gram_in_numpy(maps(count=1, seed=1)[0])
    check_gradient(lambda x: style_loss([tf.constant(b), x], [1], [target], [3.0]), a)
    check_gradient(lambda x: tv_loss(x, 0.02), np.random.RandomState(2).standard_normal((1, H, W, 3)))


def value_and_gradients(function, arguments):
    arguments = [tf.constant(argument) for argument in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        value = function(*arguments)
    return [value, *tape.gradient(value, arguments)]


def check_equal(fast, plain, arguments):
    results = [value_and_gradients(function, arguments) for function in (fast, plain)]
    for one, other in zip(*results, strict=True):
        assert one.dtype == arguments[0].dtype
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6 * np.abs(other).max())


def test_the_fast_losses_and_their_gradients_are_those_of_the_plain_ones(dtype):
    feats, others = maps(dtype), maps(dtype, seed=1)
    upstream = np.random.RandomState(3).standard_normal((C, C)).astype(dtype)  # not symmetric
    targets = [gram_matrix(tf.constant(others[k])) for k in (1, 0)]
    img = np.random.RandomState(2).standard_normal((1, H, W, 3)).astype(dtype)

    def weighted(gram):
        return lambda f: tf.reduce_sum(gram(f) * upstream)

    def of_two_layers(loss):
        return lambda *f: loss(f, [1, 0], targets, [3.0, 0.5])

    def of_image(loss):
        return lambda x: loss(x, 0.02)

    check_equal(weighted(fast_gram_matrix), weighted(gram_matrix), feats[:1])
    check_equal(of_two_layers(fast_style_loss), of_two_layers(style_loss), feats)
    check_equal(of_image(fast_tv_loss), of_image(tv_loss), [img])


def test_the_compiled_step_has_the_plain_losses(small):
    image = tf.constant(np.random.RandomState(0).uniform(-1, 1, (1, 16, 20, 3)).astype(np.float32))
    feats = small.extract_features(image)
    target, grams, weights = feats[1] + 0.1, [gram_matrix(feat) + 0.2 for feat in feats], [0.3, 30.0, 20.0, 0.01]
    moments = tf.zeros(image.shape), tf.zeros(image.shape)
    step = module.compiled_step(small, image.shape, 1, (0, 1))
    losses = step(image, moments, tf.constant(0.1), target, tuple(grams), tf.constant(weights))[2]
    style = [style_loss(feats, [k], [grams[k]], [weights[k + 1]]) for k in range(2)]
    plain = [content_loss(weights[0], feats[1], target), *style, tv_loss(image, weights[3])]
    np.testing.assert_allclose(losses, plain, rtol=1e-5)


# ---------------------------------------------------------------- the course's golden values


def course_picture(path):
    return preprocess_image(load_image(path, size=192))[None]


@needs(TUBINGEN)  # its twin is test_tv_loss_is_that_of_numpy
def test_total_variation_of_the_course():
    """303.4700012 is the course's check value since 2018."""
    assert float(tv_loss(tf.constant(course_picture(TUBINGEN)), 2e-2)) == pytest.approx(303.4700, abs=1e-3)


# The check values below are from `style-transfer-checks-tf.npz` of the course's first edition (2017), whose pictures
# another library scaled: its total variation, 303.22305, differs by .08 % from today's, and these values by as little
# from ours.
COURSE_CONTENT_LOSS, COURSE_STYLE_LOSS = 32448.172, 44961.14
COURSE_GRAM_NORM = 22.670061  # Frobenius norm of the 128 x 128 matrix
COURSE_GRAM_DIAGONAL = [0.0908501, 0.1315773, 0.1060615, 0.0305729, 0.3014496, 0.0244753, 0.2292589, 0.5689454]


@needs(TUBINGEN, STARRY_NIGHT)  # its twin is the next test
@needs_official
def test_losses_of_the_course():
    model = load_pretrained("squeezenet")
    content, style = (model.extract_features(course_picture(path)) for path in (TUBINGEN, STARRY_NIGHT))
    black = model.extract_features(tf.zeros(course_picture(TUBINGEN).shape))
    assert float(content_loss(6e-2, content[3], black[3])) == pytest.approx(COURSE_CONTENT_LOSS, rel=1e-2)
    gram = gram_matrix(style[5]).numpy()
    assert np.linalg.norm(gram) == pytest.approx(COURSE_GRAM_NORM, rel=1e-2)
    np.testing.assert_allclose(gram.diagonal()[:8], COURSE_GRAM_DIAGONAL, atol=1e-2 * max(COURSE_GRAM_DIAGONAL))
    layers = [1, 4, 6, 7]
    loss = style_loss(content, layers, [gram_matrix(style[k]) for k in layers], [300000, 1000, 15, 3])
    assert float(loss) == pytest.approx(COURSE_STYLE_LOSS, rel=1e-2)


@needs_lite0
def test_losses_of_two_photographs_are_those_of_numpy():
    model = load_pretrained("efficientnet_lite0")
    pictures = (skimage.data.astronaut(), skimage.data.coffee(), np.zeros((96, 96, 3), np.uint8))
    content, style, black = (model.extract_features(preprocess_image(resize_image(p, 96))[None]) for p in pictures)
    expected = 6e-2 * np.sum((content[3].numpy().astype(np.float64) - black[3].numpy()) ** 2)
    assert float(content_loss(6e-2, content[3], black[3])) == pytest.approx(expected, rel=1e-5)
    layers, weights = [0, 1, 3], [3e5, 1e3, 15]
    targets = [gram_in_numpy(style[k].numpy()).astype(np.float32) for k in layers]
    loss = style_loss(content, layers, [tf.constant(target) for target in targets], weights)
    expected = style_in_numpy([m.numpy() for m in content[:4]], layers, targets, weights)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


# ---------------------------------------------------------------- the loop, on a small network


class Small:
    """Two convolutions with random weights and the interface of the package's networks; counts traces by shape."""

    stride, smallest = 4, 1

    def __init__(self):
        keras.utils.set_random_seed(231)
        self.layers = [keras.layers.Conv2D(6, 3, 2, "same", activation="relu")]
        self.layers += [keras.layers.Conv2D(8, 3, 2, "same", activation="relu")]
        self.traces = []

    def extract_features(self, x):
        if not tf.executing_eagerly():
            self.traces.append(tuple(x.shape))
        feats = []
        for layer in self.layers:
            x = layer(x)
            feats.append(x)
        return feats


@pytest.fixture(scope="module")
def small():
    return Small()


def test_a_picture_too_large_for_the_memory_is_refused_with_a_size_that_fits(small, monkeypatch):
    free = SimpleNamespace(
        available=12 * (6 / 4 + 8 / 16) * 60 * 80
    )  # 3 times 4 bytes, 6 channels at half the side, ...
    monkeypatch.setattr(module.psutil, "virtual_memory", lambda: free)
    content = np.zeros((180, 240, 3), np.uint8)
    with pytest.raises(MemoryError, match=r"of 120 x 160 pixels .* smaller side has (60|59) pixels fits$"):
        style_transfer(content, STYLE, **SETTINGS | {"image_size": 120}, model=small)
    with pytest.raises(MemoryError, match="of 500 x 300 pixels"):
        synthesize_texture(STYLE, 24, (500, 300), [0], [1.0], 1e-3, small)
    style_transfer(content, STYLE, **SETTINGS | {"image_size": 59, "num_iterations": 1}, model=small)


CONTENT = np.random.RandomState(1).randint(0, 256, (30, 44, 3)).astype(np.uint8)
STYLE = swirls()[:200]
SETTINGS = dict(
    image_size=16,
    style_size=24,
    content_layer=1,
    content_weight=0.01,
    style_layers=[0, 1],
    style_weights=[30.0, 20.0],
    tv_weight=1e-3,
    num_iterations=12,
)


def transfer(model, **changes):
    return style_transfer(
        **{"content_image": CONTENT, "style_image": STYLE, "model": model} | SETTINGS | changes,
    )


def test_history_holds_the_losses_term_by_term(small):
    image, history = transfer(small, num_iterations=0)
    start = preprocess_image(resize_image(CONTENT, 16))[None]
    np.testing.assert_array_equal(image, resize_image(CONTENT, 16))
    feats = [f.numpy() for f in small.extract_features(start)]
    targets = [
        gram_in_numpy(f.numpy()) for f in small.extract_features(preprocess_image(resize_image(STYLE, 24))[None])
    ]
    expected = [style_in_numpy(feats, [k], [targets[k]], [w]) for k, w in enumerate(SETTINGS["style_weights"])]
    assert history["content"].shape == history["tv"].shape == (1,) and history["style"].shape == (1, 2)
    assert history["content"][0] == 0
    np.testing.assert_allclose(history["style"][0], expected, rtol=1e-5)
    assert history["tv"][0] == pytest.approx(tv_in_numpy(start, 1e-3), rel=1e-5)


def test_a_step_is_that_of_adam_then_clipped(small):
    """Three steps give what three steps of Keras' Adam give."""
    start = preprocess_image(resize_image(CONTENT, 16))[None]
    targets = [gram_matrix(f) for f in small.extract_features(preprocess_image(resize_image(STYLE, 24))[None])]
    target_map = small.extract_features(start)[1]
    image, optimizer = tf.Variable(start), keras.optimizers.Adam(0.1, epsilon=1e-8)
    low, high = -SQUEEZENET_MEAN / SQUEEZENET_STD, (1 - SQUEEZENET_MEAN) / SQUEEZENET_STD
    for t in range(1, 4):
        optimizer.learning_rate.assign(0.1 * min(1.0, 1 - 0.9 * (t / 3 - 0.6) / 0.4))
        with tf.GradientTape() as tape:
            feats = small.extract_features(image)
            loss = content_loss(0.01, feats[1], target_map) + tv_loss(image, 1e-3)
            loss += style_loss(feats, [0, 1], targets, SETTINGS["style_weights"])
        optimizer.apply_gradients([(tape.gradient(loss, image), image)])
        image.assign(tf.clip_by_value(image, low, high))
    expected = (image.numpy()[0] * SQUEEZENET_STD + SQUEEZENET_MEAN) * 255
    got = transfer(small, num_iterations=3, learning_rate=0.1)[0]
    assert np.abs(got - expected).max() < 0.51  # rounded to 8 bits


def test_style_falls_and_content_stays_near(small):
    image, history = transfer(small, num_iterations=60)
    total = history["content"] + history["style"].sum(axis=1) + history["tv"]
    assert image.dtype == np.uint8 and image.shape == (16, 44 * 16 // 30, 3)
    assert history["content"].shape == (61,) and history["style"].shape == (61, 2)
    assert total[-1] < 0.5 * total[0] and (history["style"][-1] < history["style"][0]).all()
    assert all(np.isfinite(values).all() for values in history.values())


@pytest.mark.parametrize("shape", [(30, 44), (44, 30), (24, 24), (20, 150)])
def test_any_aspect_ratio(small, shape):
    picture = np.random.RandomState(1).randint(0, 256, (*shape, 3)).astype(np.uint8)
    got = transfer(small, content_image=picture, num_iterations=1)[0]
    assert min(got.shape[:2]) == 16 and got.shape == resize_image(picture, 16).shape


def test_files_are_taken_as_well_as_arrays(small, tmp_path):
    keras.utils.save_img(tmp_path / "content.png", CONTENT)
    from_array = transfer(small, num_iterations=2)[0]
    for name in (tmp_path / "content.png", str(tmp_path / "content.png")):
        np.testing.assert_array_equal(transfer(small, content_image=name, num_iterations=2)[0], from_array)


def test_is_repeatable_and_the_seed_counts(small):
    first, again, other = (transfer(small, init_random=True, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    for name, values in first[1].items():
        np.testing.assert_array_equal(values, again[1][name])
    assert (first[0] != other[0]).any()


def test_inputs_stay_as_they_are(small):
    content, style = CONTENT.copy(), STYLE.copy()
    transfer(small)
    np.testing.assert_array_equal(content, CONTENT)
    np.testing.assert_array_equal(style, STYLE)


def test_stays_within_black_and_white(small):
    """Large weights: without clipping, the pixels would leave the range and never come back."""
    step = module.compiled_step(small, (1, 16, 16, 3), None, ())
    image = tf.constant(np.random.RandomState(0).uniform(-9, 9, (1, 16, 16, 3)).astype(np.float32))
    moments = tf.zeros(image.shape), tf.zeros(image.shape)
    new_image = step(image, moments, tf.constant(0.1), None, (), tf.constant([0.0, 1.0]))[0].numpy()
    pixels = new_image * SQUEEZENET_STD + SQUEEZENET_MEAN
    assert pixels.min() >= -1e-6 and pixels.max() <= 1 + 1e-6
    assert pixels.min() < 1e-6 and pixels.max() > 1 - 1e-6  # both ends are reached


def test_one_trace_for_each_size():
    model = Small()
    for size in (16, 20, 16, 20):
        for style_weights in ([30.0, 20.0], [1.0, 0.0]):
            transfer(model, image_size=size, style_weights=style_weights, num_iterations=2, tv_weight=size * 1e-4)
    shapes = [(1, size, 44 * size // 30, 3) for size in (16, 20)]
    assert model.traces == shapes


def test_compiled_steps_do_not_pile_up(small):
    for width in range(20, 60, 2):
        synthesize_texture(STYLE, 24, (16, width), [0], [1.0], 0.0, model=small, num_iterations=1)
    assert module.compiled_step.cache_info().currsize <= 8


def test_development_is_drawn(small, monkeypatch):
    developments = []
    monkeypatch.setattr("cs231n.figures.show_development", developments.append)
    image, _ = transfer(small, show_every=5)
    (shots,) = developments
    assert list(shots) == [5, 10, 12] and all(len(pictures) == 1 for pictures in shots.values())
    np.testing.assert_array_equal(shots[12][0], image)


def test_inversion_brings_the_map_back(small):
    image, history = invert_features(STYLE, 32, 0, tv_weight=0.1, model=small, num_iterations=150)
    original = resize_image(STYLE, 32).astype(float)
    noise = np.random.RandomState(5).randint(0, 256, original.shape)
    assert history["content"][-1] < 0.25 * history["content"][0]
    assert history["style"].shape == (151, 0)
    assert np.square(image - original).mean() < 0.5 * np.square(noise - original).mean()


def test_texture_brings_the_grams_near(small):
    image, history = synthesize_texture(
        STYLE, 24, (20, 36), [0, 1], [30.0, 20.0], 0.0, model=small, num_iterations=150, learning_rate=0.2
    )
    assert image.shape == (20, 36, 3) and (history["content"] == 0).all()
    assert (history["style"][-1] < 0.1 * history["style"][0]).all()


def test_gram_distance(small):
    assert gram_distance(resize_image(STYLE, 24), STYLE, 24, [0, 1], small) == 0
    black = np.zeros((24, 30, 3), np.uint8)
    grams = [
        [gram_in_numpy(f.numpy()) for f in small.extract_features(preprocess_image(picture)[None])]
        for picture in (black, resize_image(STYLE, 24))
    ]
    expected = np.mean([np.sum((a - b) ** 2) / np.sum(b**2) for a, b in zip(*grams, strict=True)])
    assert gram_distance(black, STYLE, 24, [0, 1], small) == pytest.approx(expected, rel=1e-4)


# ---------------------------------------------------------------- from coarse to fine


PRESET = {name: value for name, value in SETTINGS.items() if name != "num_iterations"}  # for 16 pixels


def preset_in_stages(*stages):
    return PRESET | {"stages": tuple(Stage(*stage) for stage in stages)}


def test_one_stage_is_style_transfer(small):
    image, histories = paint(CONTENT, STYLE, preset_in_stages((1, 12, 0.3)), size=16, model=small)
    expected, history = transfer(small)
    np.testing.assert_array_equal(image, expected)
    np.testing.assert_array_equal(histories[0]["style"], history["style"])


def test_a_start_image_takes_the_place_of_the_content_image(small):
    np.testing.assert_array_equal(transfer(small, start_image=resize_image(CONTENT, 16))[0], transfer(small)[0])
    other = np.random.RandomState(2).randint(0, 256, (5, 7, 3)).astype(np.uint8)
    image, history = transfer(small, start_image=other, num_iterations=0)
    np.testing.assert_array_equal(image, image_of_shape(other, image.shape))
    assert history["content"][0] > 0  # it is still the content image that the losses ask for


def image_of_shape(picture, shape):
    scaled = tf.image.resize(picture, shape[:2], "bicubic").numpy()
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def test_each_stage_starts_from_the_enlarged_result_of_the_one_before(small):
    first, _ = paint(CONTENT, STYLE, preset_in_stages((1, 10, 0.3)), size=16, model=small)
    image, histories = paint(CONTENT, STYLE, preset_in_stages((0.5, 10, 0.3), (1, 0, 0.1)), size=32, model=small)
    assert min(image.shape[:2]) == 32 and [len(history["tv"]) for history in histories] == [11, 1]
    np.testing.assert_array_equal(image, image_of_shape(first, resize_image(CONTENT, 32).shape))


def test_painting_and_weights_are_scaled_along(small):
    """The second stage alone, from the photograph, is style transfer with numbers worked out by hand."""
    image, _ = paint(CONTENT, STYLE, preset_in_stages((1, 5, 0.2)), size=32, model=small)
    by_hand = dict(image_size=32, style_size=48, content_weight=0.0025, tv_weight=2.5e-4, learning_rate=0.2)
    np.testing.assert_array_equal(image, transfer(small, num_iterations=5, **by_hand)[0])


def test_a_preset_for_another_size_leaves_the_first_as_it_is():
    before = dict(PRESET)
    assert scaled_preset(PRESET, 24)["style_size"] == 36 and before == PRESET
    assert scaled_preset(PRESET, 16) == PRESET


def test_a_stage_is_not_smaller_than_the_network_takes(small):
    image, histories = paint(CONTENT, STYLE, preset_in_stages((0.1, 2, 0.3), (1, 2, 0.1)), size=10, model=small)
    assert image.shape == resize_image(CONTENT, 10).shape and len(histories) == 2


def press_ctrl_c(monkeypatch, at):
    """Press Ctrl-C in the step with this number, counted over all stages."""
    steps = []

    def rate(learning_rate, done):
        steps.append(done)
        if len(steps) == at:
            signal.raise_signal(signal.SIGINT)
        return learning_rate

    monkeypatch.setattr(module, "falling_rate", rate)


def test_ctrl_c_keeps_the_picture_so_far(small, monkeypatch, capsys):
    press_ctrl_c(monkeypatch, at=3)
    image, history = transfer(small)
    assert len(history["tv"]) == 4 and "stopped after step 3 of 12" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setattr(module, "falling_rate", lambda rate, done: rate)
    np.testing.assert_array_equal(image, transfer(small, num_iterations=3)[0])


def test_ctrl_c_ends_all_stages_at_the_final_size(small, monkeypatch):
    preset = preset_in_stages((0.5, 5, 0.3), (0.75, 5, 0.3), (1, 5, 0.1))
    press_ctrl_c(monkeypatch, at=7)
    image, histories = paint(CONTENT, STYLE, preset, size=32, model=small)
    assert image.shape == resize_image(CONTENT, 32).shape
    assert [len(history["tv"]) for history in histories] == [6, 3]


@pytest.mark.parametrize("make", [SqueezeNet, EfficientNetLite0])
def test_painting_presets_are_the_presets_with_stages(make):
    plain, in_stages = presets(make()), painting_presets(make())
    assert list(in_stages) == list(plain)
    for preset in in_stages.values():
        scales = [stage.scale for stage in preset["stages"]]
        assert scales == sorted(scales) and scales[-1] == 1
        assert scaled_preset(preset, 192).keys() == preset.keys()


# ---------------------------------------------------------------- refusals: one sentence each


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(size=0), "size must be a positive whole number, got 0"),
        (dict(size=19.5), "size must be"),
        (dict(size=3), "at least 4 pixels a side for this network, got 3"),
        (dict(content_image=STYLE), "the photograph itself"),
        (dict(content_image=CONTENT[:1, :1]), "has 1 x 1 pixels; one to paint has at least 4 a side"),
        (dict(content_image=CONTENT[:, :3]), "has 30 x 3 pixels"),
        (dict(content_image=CONTENT[..., 0]), "shape"),
        (dict(content_image=CONTENT / 255.0), "uint8"),
        (dict(content_image=np.tile(CONTENT[:4], (1, 500, 1)), size=200), "at most 50,000,000"),
        (dict(style_image=STYLE[:0]), "shape"),
    ],
)
def test_painting_refuses(small, changes, words):
    arguments = dict(content_image=CONTENT, style_image=STYLE, size=16) | changes
    with pytest.raises(ValueError, match=words) as error:
        paint(preset=preset_in_stages((1, 1, 0.3)), model=small, **arguments)
    assert "\n" not in str(error.value)


def test_the_same_picture_from_a_file_is_noticed(small, tmp_path):
    keras.utils.save_img(tmp_path / "photograph.png", CONTENT)
    with pytest.raises(ValueError, match="the photograph itself"):
        paint(tmp_path / "photograph.png", CONTENT, preset_in_stages((1, 1, 0.3)), size=16, model=small)


def test_a_size_beyond_the_memory_is_refused_before_the_first_step(small, monkeypatch):
    monkeypatch.setattr(module.psutil, "virtual_memory", lambda: SimpleNamespace(available=10_000_000))
    monkeypatch.setattr(module, "descend", None)
    with pytest.raises(MemoryError, match="of 5000 x 7333 pixels .* fits$"):
        paint(CONTENT, STYLE, preset_in_stages((0.1, 1, 0.3), (1, 1, 0.1)), size=5000, model=small)


def test_noise_and_a_picture_cannot_both_be_the_start(small):
    with pytest.raises(ValueError, match="leave start_image out"):
        transfer(small, init_random=True, start_image=CONTENT)


def test_maps_of_two_images_have_no_gram_matrix():
    with pytest.raises(ValueError, match=r"one image.*\(2, 5, 7, 4\)"):
        gram_matrix(tf.zeros((2, H, W, C)))
    with pytest.raises(ValueError, match="one image"):
        gram_matrix(tf.zeros((H, W, C)))


def test_content_maps_must_be_of_one_shape():
    with pytest.raises(ValueError, match="one shape"):
        content_loss(1.0, tf.zeros((1, H, W, C)), tf.zeros((1, 1, 1, C)))


def test_tv_of_an_image_without_batch_is_refused():
    with pytest.raises(ValueError, match="shape"):
        tv_loss(tf.zeros((H, W, 3)), 1.0)


@pytest.mark.parametrize("layer", [2, -1, 1.0, "conv", None])
def test_style_loss_refuses_layers_that_are_not_there(layer):
    with pytest.raises(ValueError, match=r"0\.\.1"):
        style_loss([tf.constant(f) for f in maps()], [layer], [tf.zeros((C, C))], [1.0])


def test_style_loss_refuses_lists_of_different_length():
    feats = [tf.constant(f) for f in maps("float32")]
    for layers, targets, weights in (([0], [], [1.0]), ([0], [tf.zeros((C, C))], []), ([], [], [1.0])):
        with pytest.raises(ValueError, match="layers"):
            style_loss(feats, layers, targets, weights)
    with pytest.raises(ValueError, match="layer 0 must have the shape"):
        style_loss(feats, [0], [tf.zeros((C, 1))], [1.0])


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(content_layer=2), r"0\.\.1, got 2"),
        (dict(content_layer=-1), r"0\.\.1, got -1"),
        (dict(style_layers=[0, 2]), r"0\.\.1, got 2"),
        (dict(style_weights=[1.0]), "2 layers, 1 weights"),
        (dict(style_weights=[1.0, -1.0]), "not negative"),
        (dict(content_weight=-1), "not negative"),
        (dict(tv_weight=float("nan")), "finite"),
        (dict(tv_weight=float("inf")), "finite"),
        (dict(image_size=-16), "positive whole number"),
        (dict(image_size=0), "positive whole number"),
        (dict(style_size=-1), "positive whole number"),
        (dict(style_size=19.5), "positive whole number"),
        (dict(image_size=3), "at least 4 pixels"),
        (dict(style_size=3), "at least 4 pixels"),
        (dict(content_image=CONTENT / 255.0), "uint8"),
        (dict(style_image=CONTENT[..., 0]), "shape"),
        (dict(num_iterations=-1), "iterations"),
        (dict(learning_rate=0), "learning_rate"),
    ],
)
def test_transfer_refuses(small, changes, words):
    with pytest.raises(ValueError, match=words) as error:
        transfer(small, **changes)
    assert "\n" not in str(error.value)


def test_textures_and_inversions_refuse(small):
    for shape in ((3, 20), (20, -5), (20.5, 30), (20,), 20):
        with pytest.raises(ValueError):
            synthesize_texture(STYLE, 24, shape, [0], [1.0], 0.0, model=small)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        invert_features(CONTENT, 16, 5, model=small)
    with pytest.raises(ValueError, match="not negative"):
        invert_features(CONTENT, 16, 0, tv_weight=-1, model=small)


@pytest.mark.parametrize("make, least", [(EfficientNetLite0, 32), (SqueezeNet, 31)])
def test_networks_tell_the_least_size(make, least):
    model = make()
    changes = dict(content_layer=3, style_layers=[0], style_weights=[1.0], num_iterations=1)
    with pytest.raises(ValueError, match=f"at least {least} pixels"):
        transfer(model, image_size=least - 1, style_size=least, **changes)
    assert transfer(model, image_size=least, style_size=least, **changes)[0].shape[0] == least


# ---------------------------------------------------------------- presets


def test_presets_of_squeezenet_are_the_course_s():
    settings = presets(SqueezeNet())
    course = {
        "composition_vii": (192, 512, 3, 5e-2, (20000, 500, 12, 1), 5e-2),
        "the_scream": (192, 224, 3, 3e-2, (200000, 800, 12, 1), 2e-2),
        "starry_night": (192, 192, 3, 6e-2, (300000, 1000, 15, 3), 2e-2),
    }
    for name, (size, style_size, layer, weight, style_weights, tv_weight) in course.items():
        assert settings[name] == dict(
            image_size=size,
            style_size=style_size,
            content_layer=layer,
            content_weight=weight,
            style_layers=(1, 4, 6, 7),
            style_weights=style_weights,
            tv_weight=tv_weight,
        )


@pytest.mark.parametrize("make", [SqueezeNet, EfficientNetLite0])
def test_there_is_a_preset_for_every_picture(make):
    names = {"swirls", "facets", "dots", "woodcut", "composition_vii", "the_scream", "starry_night"}
    assert set(presets(make())) == names


def test_presets_are_for_networks_that_were_tried(small):
    with pytest.raises(ValueError, match="Small"):
        presets(small)
    with pytest.raises(ValueError, match="no presets are known for SqueezeNet v1.0; try"):
        presets(SqueezeNet(version="1.0"))


@needs_lite0
def test_a_preset_paints():
    """After a quarter of the steps, at three quarters of the size, the style terms have fallen by 90 % already."""
    model = load_pretrained("efficientnet_lite0")
    settings = presets(model)["swirls"] | dict(image_size=144, num_iterations=60)
    _, history = style_transfer(photograph(), swirls(), model=model, **settings)
    assert (history["style"][-1] < 0.1 * history["style"][0]).all()


def photograph():
    return skimage.data.chelsea()
