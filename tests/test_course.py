"""The course's module names, and the ways in which its notebooks call what they import from there."""

import importlib
import inspect

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from cs231n import data_utils, gan, image_utils, style_transfer  # noqa: E402
from cs231n import network_visualization as visualization  # noqa: E402
from cs231n.classifiers.squeezenet import SqueezeNet  # noqa: E402

NAMES = {
    "gan_tf": "NOISE_DIM leaky_relu sample_noise discriminator generator discriminator_loss generator_loss get_solvers "
    "ls_discriminator_loss ls_generator_loss dc_discriminator dc_generator run_a_gan MNIST preprocess_img "
    "deprocess_img rel_error count_params show_images",
    "style_transfer_tensorflow": "content_loss gram_matrix style_loss tv_loss extract_features rel_error",
    "net_visualization_tensorflow": "compute_saliency_maps make_fooling_image class_visualization_update_step jitter "
    "blur_image",
}
COURSE = {name: importlib.import_module(f"cs231n.{name}") for name in NAMES}
GAN, STYLE, NET = COURSE.values()


@pytest.mark.parametrize("name", NAMES)
def test_a_module_exports_what_the_course_s_has(name):
    names = {}
    exec(f"from cs231n.{name} import *", names)
    assert set(names) - {"__builtins__"} == set(NAMES[name].split())
    assert COURSE[name].__file__ == importlib.import_module(f"cs231n.course.{name}").__file__


def test_functions_are_the_package_s_own():
    for name in ("leaky_relu", "sample_noise", "discriminator_loss", "ls_generator_loss", "dc_generator", "run_a_gan"):
        assert getattr(GAN, name) is getattr(gan, name)
    for name in ("content_loss", "gram_matrix", "style_loss", "tv_loss"):
        assert getattr(STYLE, name) is getattr(style_transfer, name)
    assert NET.compute_saliency_maps is visualization.compute_saliency_maps
    assert NET.blur_image is image_utils.blur_image


def test_arguments_have_the_course_s_order():
    order = {
        GAN.sample_noise: "batch_size dim seed",
        GAN.leaky_relu: "x alpha",
        GAN.discriminator: "seed",
        GAN.generator: "noise_dim seed",
        GAN.dc_generator: "noise_dim",
        GAN.get_solvers: "learning_rate beta1",
        GAN.run_a_gan: "D G D_solver G_solver discriminator_loss generator_loss show_every print_every batch_size "
        "num_epochs noise_size",
        GAN.MNIST: "batch_size shuffle",
        STYLE.content_loss: "content_weight content_current content_original",
        STYLE.style_loss: "feats style_layers style_targets style_weights",
        STYLE.tv_loss: "img tv_weight",
        STYLE.extract_features: "x cnn",
        NET.compute_saliency_maps: "X y model",
        NET.make_fooling_image: "X target_y model",
        NET.class_visualization_update_step: "X model target_y l2_reg learning_rate",
        NET.jitter: "X ox oy",
        NET.blur_image: "X sigma",
    }
    for function, names in order.items():
        parameters = inspect.signature(function).parameters
        assert list(parameters)[: len(names.split())] == names.split(), function


# ---------------------------------------------------------------- GANs


def test_networks_with_a_seed_begin_alike():
    for make in (GAN.discriminator, lambda seed: GAN.generator(4, seed)):
        first, again, other = (make(seed).get_weights()[0] for seed in (1, 1, 2))
        assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert GAN.generator().input_shape == (None, GAN.NOISE_DIM) == (None, 96)


def test_parameters_are_counted():
    counts = GAN.discriminator(), GAN.generator(4), GAN.dc_discriminator(), GAN.dc_generator(4)
    assert [GAN.count_params(model) for model in counts] == [267009, 1858320, 1102721, 6595521]


@pytest.fixture
def ten_digits(monkeypatch):
    pixels = np.random.RandomState(0).rand(10, 784).astype(np.float32)
    digits = (pixels, np.arange(10, dtype=np.uint8)), None
    monkeypatch.setattr(GAN, "load_mnist", lambda value_range: {(0, 1): digits}[value_range])
    return digits[0]


def test_mnist_gives_every_digit_once_in_each_pass(ten_digits):
    X, y = ten_digits
    batches = list(GAN.MNIST(batch_size=4))
    assert [len(x) for x, _ in batches] == [4, 4, 2]
    assert np.array_equal(np.concatenate([x for x, _ in batches]), X)
    shuffled = GAN.MNIST(batch_size=4, shuffle=True)
    orders = [np.concatenate([labels for _, labels in shuffled]) for _ in range(2)]
    assert not np.array_equal(*orders) and all(sorted(order) == list(range(10)) for order in orders)
    for x, labels in shuffled:
        assert np.array_equal(x, X[labels])


def test_pixels_go_to_the_range_of_the_networks_and_back(ten_digits):
    X, _ = ten_digits
    assert GAN.preprocess_img(np.array([0, 0.5, 1])).tolist() == [-1, 0, 1]
    np.testing.assert_allclose(GAN.deprocess_img(GAN.preprocess_img(X)), X, atol=1e-6)


def test_digits_are_shown_from_arrays_and_tensors(ten_digits, monkeypatch):
    mosaics = []
    monkeypatch.setattr(GAN, "show_rows", lambda images, height: mosaics.extend(images))
    X, _ = ten_digits
    for images in (X, tf.constant(2 * X - 1), X.reshape(10, 28, 28)):
        GAN.show_images(images)
    assert len(mosaics) == 3 and all(np.array_equal(mosaic, mosaics[0]) for mosaic in mosaics)
    assert mosaics[0].shape == (88, 118)  # three rows of four


def test_relative_errors_take_tensors_and_numbers():
    assert GAN.rel_error(np.float64(2.0), tf.constant(2.0)) == 0
    assert STYLE.rel_error(np.array([1.0, 3.0]), tf.constant([1.0, 1.0])) == 0.5


# ---------------------------------------------------------------- networks for images


@pytest.fixture(scope="module")
def squeezenet():
    tf.random.set_seed(231)
    return SqueezeNet(num_classes=10)


IMAGE = np.random.RandomState(231).randn(1, 64, 48, 3).astype(np.float32)


def test_feature_maps_have_the_course_s_numbers(squeezenet):
    maps, layers = STYLE.extract_features(IMAGE, squeezenet), squeezenet.net.layers
    assert len(maps) == 12 and len(layers) == 14
    x = tf.constant(IMAGE)
    for expected, layer in zip(maps, layers[:-2], strict=True):
        x = layer(x)
        np.testing.assert_array_equal(x, expected)
    np.testing.assert_allclose(layers[-1](layers[-2](x)), squeezenet(IMAGE), rtol=1e-5)
    np.testing.assert_allclose(squeezenet.net(IMAGE), squeezenet(IMAGE), rtol=1e-5)


def test_the_whole_network_as_a_sequence_adds_no_weights():
    network = SqueezeNet(num_classes=10)
    before = len(network.weights)
    assert network.net is network.net and len(network.weights) == before == 52


def test_an_update_step_climbs_as_class_visualization_does(squeezenet):
    X, l2_reg, rate = tf.Variable(IMAGE), 0.01, 0.5
    with tf.GradientTape() as tape:
        value = squeezenet(X)[0, 3] - l2_reg * tf.reduce_sum(X**2)
    slope = tape.gradient(value, X).numpy()
    for image in (X, tf.constant(IMAGE), IMAGE):
        step = NET.class_visualization_update_step(image, squeezenet, 3, l2_reg, rate) - IMAGE
        np.testing.assert_allclose(step, rate * slope / np.linalg.norm(slope), atol=1e-5)
    assert np.array_equal(X, IMAGE)


def test_jitter_shifts_to_the_right_and_down_and_back():
    shifted = NET.jitter(tf.Variable(IMAGE), 5, 2)
    assert np.array_equal(shifted[0, 2:, 5:], IMAGE[0, :-2, :-5]) and np.array_equal(
        shifted[0, 0], NET.jitter(IMAGE, 5, 0)[0, -2]
    )
    assert np.array_equal(NET.jitter(shifted, -5, -2), IMAGE) and np.array_equal(NET.jitter(IMAGE, 0, 0), IMAGE)


def test_tiny_imagenet_can_be_imported_and_says_that_it_is_not_here():
    with pytest.raises(FileNotFoundError, match="Tiny ImageNet is not among the data sets here"):
        data_utils.load_tiny_imagenet("datasets/tiny-imagenet-100-A", subtract_mean=True)
