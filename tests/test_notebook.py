"""Helpers of the notebooks: verdicts, pictures, the quiet start."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.figures import label_curves, show_development, show_maps, show_matrix
from cs231n.notebook import report, show_images, show_source


def test_report_prints_the_verdict_without_the_digits(capsys):
    report("error", 3.14159e-9, below=1e-7)
    report("p", [0.95, 0.99], above=0.9, below=1)
    assert capsys.readouterr().out == "error: ok (below 1e-07)\np: ok (above 0.9 and below 1)\n"


def test_report_shows_the_number_if_it_is_asked_for_digits(capsys):
    report("loss", 1.2974, above=0.1, digits=2)
    report("p", [0.955, 1], above=0.9, digits=1)
    assert capsys.readouterr().out == "loss: 1.30 (above 0.1)\np: 1.0, 1.0 (above 0.9)\n"


@pytest.mark.parametrize("value", [2.0, np.nan, [0.1, 2.0], 1.0, []])
def test_report_raises_with_the_digits(value):
    with pytest.raises(AssertionError, match="error: expected below 1, got"):
        report("error", value, below=1)


def test_report_needs_a_bound():
    with pytest.raises(ValueError, match="needs below= or above="):
        report("error", 1.0)


def test_report_keeps_the_number_beside_the_verdict(monkeypatch):
    displays = []
    monkeypatch.setattr("IPython.get_ipython", lambda: "a notebook")
    monkeypatch.setattr(
        "IPython.display.display", lambda *data, **options: displays.append((*data, options["metadata"]))
    )
    report("error", [3.14159265e-9, 0], below=1e-7)
    report("p", np.linspace(0.91, 0.99, 50), above=0.9)
    report("scores", [np.inf], above=1, moved=0.5)
    report("loss", 1.2974, above=0.1, digits=2)
    assert displays[0] == (
        {"text/plain": "error: ok (below 1e-07)"},
        {"measured": {"claim": "error", "value": [3.14159e-9, 0.0], "moved": 10.0, "below": 1e-7}},
    )
    assert displays[1][1]["measured"] == {"claim": "p", "value": [0.91, 0.99], "moved": 1e-3, "above": 0.9}
    assert displays[2][1]["measured"] == {"claim": "scores", "value": ["inf"], "moved": 0.5, "above": 1.0}
    assert displays[3][0] == {"text/plain": "loss: 1.30 (above 0.1)"} and displays[3][1]["measured"]["shown"] == "1.30"


def test_show_images_draws_each_once(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.close("all")
    show_images([np.zeros((4, 8, 3), np.uint8), np.zeros((4, 8))] * 2, list("abcd"), columns=3)
    panels = [axis for axis in plt.gcf().axes if axis.images]
    assert [axis.get_title() for axis in panels] == list("abcd")
    plt.close("all")


def test_show_images_refuses_titles_that_do_not_fit_and_nothing_to_show():
    with pytest.raises(ValueError, match="each picture needs a title, got 1 titles for 2 pictures"):
        show_images([np.zeros((2, 2))] * 2, ["one"])
    for titles in ([], ["one"]):
        with pytest.raises(ValueError, match="there are no pictures to show"):
            show_images([], titles)


def test_maps_lie_over_their_photographs_with_the_label_of_their_row(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.close("all")
    grey = np.full((20, 20, 3), 102, np.uint8)
    spot = np.zeros((20, 20))
    spot[5, 7] = 3
    show_maps([grey], {"gradient": [spot], "squared": [spot.T]}, ["a cat"])
    axes = plt.gcf().axes
    assert axes[0].get_title() == "a cat" and [axis.get_ylabel() for axis in axes] == ["", "gradient", "squared"]
    first, second = (axis.images[0].get_array() for axis in axes[1:])
    np.testing.assert_allclose(first[0, 0], 0.2)  # half of the photograph's .4
    np.testing.assert_allclose(first[5, 7], plt.get_cmap("inferno")(1.0)[:3])
    np.testing.assert_array_equal(second, first.transpose(1, 0, 2))
    plt.close("all")


def test_development_is_a_row_for_each_picture_and_a_column_for_each_step(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.close("all")
    shots = {step: [np.full((4, 8, 3), 10 * step + k, np.uint8) for k in range(2)] for step in (1, 5, 9)}
    show_development(shots, suptitle="two pictures")
    axes = plt.gcf().axes
    assert [axis.images[0].get_array()[0, 0, 0] for axis in axes] == [10, 50, 90, 11, 51, 91]
    assert [axis.get_title() for axis in axes] == ["step 1", "step 5", "step 9", "", "", ""]
    assert plt.gcf().get_suptitle() == "two pictures"
    plt.close("all")


def test_show_source_shows_the_very_code(monkeypatch):
    displays = []
    monkeypatch.setattr("IPython.display.display", displays.append)
    show_source(report)
    assert displays[0].data.startswith("```python\ndef report(claim")
    show_source(CaptioningRNN.loss)
    assert displays[1].data.startswith('```python\ndef loss(self, features, captions):\n    """')
    assert "words_in, words_out = captions" in displays[1].data and "SOLUTION" not in displays[1].data


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.fixture(scope="module")
def two_setups():
    """Two processes that called `setup(7)`: each prints whether it seeded Python and NumPy, and numbers of Keras.

    The first called `quiet_tensorflow` before, and prints whether that left the random numbers of the two alone.
    """
    quiet = (
        "import random; import numpy as np; from cs231n.quiet_tensorflow import quiet_tensorflow;"
        "random.seed(5); np.random.seed(5); expected = random.random(), np.random.rand();"
        "random.seed(5); np.random.seed(5); quiet_tensorflow();"
        "print((random.random(), np.random.rand()) == expected);"
    )
    code = (
        "from cs231n.notebook import setup; setup(7); import random; import numpy as np;"
        "print(random.random() == random.Random(7).random(), np.random.rand() == np.random.RandomState(7).rand());"
        "import keras; print(keras.random.uniform((2,)).numpy())"
    )
    return run(quiet + code), run(code)


def test_setup_is_silent_and_repeatable(two_setups):
    first, second = two_setups
    assert first.returncode == second.returncode == 0 and first.stderr == second.stderr == ""
    assert first.stdout.splitlines()[-1] == second.stdout.splitlines()[-1] != ""


def test_quiet_tensorflow_leaves_the_random_numbers_of_python_and_numpy_alone(two_setups):
    assert two_setups[0].stdout.splitlines()[0] == "True"


def test_figures_with_pictures_are_jpeg_and_all_others_png_of_double_density():
    code = (
        "from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance();"
        "import matplotlib; matplotlib.use('module://matplotlib_inline.backend_inline');"
        "from cs231n.notebook import setup; setup(tensorflow=False); import matplotlib.pyplot as plt;"
        "lines, axis = plt.subplots(figsize=(2, 1)); axis.plot([1, 2]);"
        "photograph, axis = plt.subplots(); axis.imshow([[1, 2], [3, 4]]);"
        "kinds = [shell.display_formatter.format(figure) for figure in (lines, photograph)];"
        "assert [sorted(data) for data, _ in kinds] == [['image/png', 'text/plain'], ['image/jpeg', 'text/plain']];"
        "import base64, io; from PIL import Image; data, metadata = kinds[0];"
        "width = Image.open(io.BytesIO(base64.b64decode(data['image/png']))).width;"
        "assert width // 2 == metadata['image/png']['width'] > 100; plt.close('all')"
    )
    result = run(code)
    assert result.returncode == 0, result.stderr


def test_setup_seeds_all_random_numbers(two_setups):
    assert all(result.stdout.splitlines()[-2] == "True True" for result in two_setups)


LIGHT = (  # modules that load neither TensorFlow nor an HTTP library
    "captioning_figures",
    "captioning_solver",
    "classifiers.rnn",
    "coco_utils",
    "data_sets",
    "data_utils",
    "files",
    "image_utils",
    "layers",
    "notebook",
    "optim",
    "packed_captioning",
    "paintings",
    "rnn_layers",
    "scenes",
    "untrusted_files",
)


def test_the_numpy_half_loads_neither_tensorflow_nor_an_http_library():
    code = (
        "import sys; from cs231n.notebook import setup; setup(tensorflow=False);"
        f"import {', '.join(f'cs231n.{name}' for name in LIGHT)};"
        "print({'tensorflow', 'keras', 'torch', 'requests', 'urllib3', 'pooch'} & set(sys.modules))"
    )
    assert run(code).stdout == "set()\n"


@pytest.mark.parametrize(
    "module, packages", [("scenes", "h5py tqdm requests"), ("data_sets", "numpy requests"), ("download", "numpy h5py")]
)
def test_a_module_loads_only_what_it_needs(module, packages):
    code = f"import sys, cs231n.{module}; print({set(packages.split())!r} & set(sys.modules))"
    assert run(code).stdout == "set()\n"


def test_setup_after_tensorflow_says_what_to_do():
    code = (
        "import os; os.environ.pop('TF_CPP_MIN_LOG_LEVEL', 0); import tensorflow;"
        "from cs231n.notebook import setup; setup()"
    )
    assert "restart the kernel" in run(code).stderr


def test_names_stand_at_the_ends_of_their_curves_and_apart():
    figure, axis = plt.subplots()
    for name, ends in (("low", 0.0), ("high", 10.0), ("higher", 10.1), ("_unnamed", 5.0)):
        axis.plot([0, 1], [5, ends], label=name)
    label_curves(axis, gap=0.1)
    heights = {text.get_text(): text.get_position()[1] for text in axis.texts}
    low, high = axis.transAxes.inverted().transform(axis.transData.transform([(1, 0), (1, 10)]))[:, 1]
    assert set(heights) == {"low", "high", "higher"}
    assert heights["low"] == pytest.approx(low) and heights["high"] == pytest.approx(high, abs=0.1)
    assert heights["higher"] - heights["high"] == pytest.approx(0.1) and heights["higher"] <= 1
    assert [text.get_color() for text in axis.texts] == [axis.lines[k].get_color() for k in (0, 1, 2)]
    plt.close(figure)


def test_numbers_of_a_matrix_are_white_on_dark_and_own_cells_have_frames(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.close("all")
    show_matrix(np.array([[0.0, 1.0], [0.9, 0.1]]), ["a", "b"], ["c", "d"], [0, 1], "painting", "result", "distance")
    axis = plt.gcf().axes[0]
    assert [(text.get_text(), text.get_color()) for text in axis.texts] == [
        ("0.000", "white"),
        ("1.000", "black"),
        ("0.900", "black"),
        ("0.100", "white"),
    ]
    assert [(round(frame.get_x()), round(frame.get_y())) for frame in axis.patches] == [(0, 0), (1, 1)]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("painting", "result")
    plt.close("all")


def test_each_picture_may_have_a_small_one_in_its_corner(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.close("all")
    show_images([np.zeros((4, 8, 3), np.uint8)] * 2, insets=[np.full((2, 4, 3), k, np.uint8) for k in (7, 9)])
    corners = [axis.child_axes[0].images[0].get_array()[0, 0, 0] for axis in plt.gcf().axes if axis.child_axes]
    assert corners == [7, 9]
    with pytest.raises(ValueError, match="each picture needs an inset, got 1 insets for 2 pictures"):
        show_images([np.zeros((2, 2))] * 2, insets=[np.zeros((2, 2))])
    plt.close("all")
