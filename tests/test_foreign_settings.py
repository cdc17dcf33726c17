"""Settings of the user's own, in files and in the environment, change nothing: one script under each of them."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from classroom.selfcheck.inside import probes
from cs231n import gan

SCRIPT = """
import json, sys
from cs231n.notebook import setup
if "without setup" not in sys.argv:
    setup()
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from cs231n import gan
gan_networks = gan.discriminator(), gan.dc_discriminator(), gan.wgan_full_discriminator()
if "mixed_float16" in sys.argv:
    keras.config.set_dtype_policy("mixed_float16")
from cs231n.classifiers.digits import digit_classifier
from cs231n.classifiers.efficientnet_lite import EfficientNetLite0
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.classifiers.squeezenet import SqueezeNet
from cs231n.network_visualization import compute_saliency_maps
from cs231n.style_transfer import gram_matrix, tv_loss

rng = np.random.RandomState(0)
photograph = rng.randn(1, 64, 64, 3).astype(np.float32)
digits = rng.uniform(-1, 1, (4, 784)).astype(np.float32)
results = {}
for network in (SqueezeNet(num_classes=10), EfficientNetLite0()):
    for k, w in enumerate(network.weights):
        w.assign(np.random.RandomState(k).randn(*w.shape) * (2 / np.prod(w.shape[:-1])) ** 0.5)
    maps = network.extract_features(photograph)
    results[type(network).__name__] = [np.abs(network(photograph)).sum(), np.abs(maps[3]).sum()]
    results[type(network).__name__ + " saliency"] = compute_saliency_maps(photograph, np.array([3]), network)[0, 30, :6]
results["Gram"] = gram_matrix(maps[2])[:2, :2].numpy().ravel()
results["TV"] = [tv_loss(photograph, 1e-2)]
for network in (*gan_networks, digit_classifier()):
    for k, w in enumerate(network.weights):
        w.assign(np.random.RandomState(k).randn(*w.shape) * 0.05)
    results[f"network of {network.count_params()}"] = np.ravel(network(digits)[0])
words = {"<NULL>": 0, "<START>": 1, "<END>": 2, "boat": 3}
captioner = CaptioningRNN(words, 5, 6, 7, "lstm", np.float64, seed=0)
loss, gradients = captioner.loss(rng.randn(2, 5), np.array([[1, 3, 3, 2], [1, 3, 2, 0]]))
results["captions"] = [loss, gradients["Wx"].sum()]
if "without setup" not in sys.argv:
    figure, axes = plt.subplots()
    axes.plot([1, 2.5], label="$x^2$")
    figure.canvas.draw()
    image = np.asarray(figure.canvas.buffer_rgba())
    results["figure"] = [*image.shape, *image[0, 0], image.mean(), *(ord(c) for c in f"{2.5:.1f}")]
results = {name: np.asarray(values, np.float64).tolist() for name, values in results.items()}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(results, file)
"""

DARK = """\
backend: svg
text.usetex: True
axes.facecolor: black
figure.facecolor: black
figure.figsize: 3, 9
savefig.facecolor: red
font.size: 30
axes.formatter.use_locale: True
"""
KERAS = {"floatx": "float64", "epsilon": 1e-3, "backend": "jax", "image_data_format": "channels_first"}

# name -> environment variables, files below the home folder, arguments of the script. Each process loads TensorFlow, so
# settings that cannot hide one another's effect share one; those of Keras that override one another do not.
KERAS_JSON = {".keras/keras.json": json.dumps(KERAS)}
SETTINGS = {
    "keras.json, matplotlibrc, locale, encoding, warnings as errors, 64 threads": (
        {"LC_ALL": "de_DE.UTF-8", "PYTHONIOENCODING": "cp1252", "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "64"},
        KERAS_JSON | {".config/matplotlib/matplotlibrc": DARK},
        (),
    ),
    "keras.json, without setup": ({}, KERAS_JSON, ("without setup",)),
    "Keras in variables, mixed precision, one thread": (
        {"KERAS_BACKEND": "torch", "TF_USE_LEGACY_KERAS": "1", "OMP_NUM_THREADS": "1"},
        {},
        ("mixed_float16",),
    ),
}


def results_under(folder, variables=None, files=None, arguments=()):
    """What the script computes with these environment variables and files in the home folder."""
    home, path = folder / "home", folder / "results.json"
    for name, content in (files or {}).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, "utf-8")
    own = ("KERAS", "MATPLOTLIBRC", "MPL", "OMP", "OPENBLAS", "TF_", "XDG", "HOME")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), "MPLBACKEND": "agg", **(variables or {})}
    command = [sys.executable, "-c", SCRIPT, str(path), *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "" or "without setup" in arguments
    return json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return results_under(tmp_path_factory.mktemp("usual"))


def make_locale(folder, variables):
    """`variables` with a folder that has their locale, or without the locale where none can be made."""
    target = folder / variables["LC_ALL"]
    language, charset = target.name.split(".")
    try:
        subprocess.run(["localedef", "-i", language, "-f", charset, target], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return {name: value for name, value in variables.items() if name != "LC_ALL"}
    return variables | {"LOCPATH": str(folder)}


@pytest.mark.parametrize("name", SETTINGS)
def test_results_are_the_same_under_settings_of_the_users_own(usual, tmp_path, name):
    variables, files, arguments = SETTINGS[name]
    if "LC_ALL" in variables:
        variables = make_locale(tmp_path, variables)
        files = (
            files
            if "LOCPATH" in variables
            else {path: text.replace("locale: True", "locale: False") for path, text in files.items()}
        )
    results = results_under(tmp_path, variables, files, arguments)
    assert results.keys() >= usual.keys() - {"figure"} and ("figure" in results or "without setup" in arguments)
    for quantity, values in results.items():
        np.testing.assert_allclose(values, usual[quantity], rtol=1e-3, atol=1e-5, err_msg=quantity)


def test_keras_with_another_backend_is_one_sentence(tmp_path):
    code = "import sys, types; sys.modules['keras'] = k = types.ModuleType('keras');"
    code += "k.config = types.SimpleNamespace(backend=lambda: 'jax'); import cs231n.keras_defaults"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: Keras was imported with the backend jax") and "~/.keras/keras.json" in last


@pytest.mark.parametrize("layout, policy", [("channels_first", "float32"), ("channels_last", "mixed_float16")])
def test_the_classifier_of_the_grader_is_the_same_under_any_setting(layout, policy):
    rng = np.random.RandomState(0)
    weights = [rng.randn(*shape) for shape in [(3, 3, 3, 4), (4,), (4, 5), (5,)]]
    X, y = rng.randn(2, 9, 9, 3).astype(np.float32), np.array([3, 1])
    usual = probes.saliency(weights, X, y)["saliency"]
    before = keras.config.image_data_format(), keras.config.dtype_policy()
    keras.config.set_image_data_format(layout)
    keras.config.set_dtype_policy(policy)
    try:
        maps = probes.saliency(weights, X, y)["saliency"]
    finally:
        keras.config.set_image_data_format(before[0])
        keras.config.set_dtype_policy(before[1])
    np.testing.assert_allclose(maps, usual, rtol=1e-6)


def test_a_gan_in_half_precision_is_one_sentence():
    before = keras.config.dtype_policy()
    D = gan.discriminator()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        G = gan.generator()
    finally:
        keras.config.set_dtype_policy(before)
    images = np.zeros((8, 784), np.float32)
    with pytest.raises(ValueError, match=r'a network computes in float16, .*set_dtype_policy\("float32"\) before'):
        gan.run_a_gan(D, G, *gan.get_solvers(), gan.discriminator_loss, gan.generator_loss, images=images, batch_size=4)
