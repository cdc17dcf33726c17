"""The faults that tools/seed_faults.py seeds: in code, in cells that are then executed, and in notebook files."""

import base64
import copy
import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image


class CodeFault(NamedTuple):
    """`old` in `file` becomes `new`; `tests` name its unit tests, `notebook` one that uses it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple
    notebook: str


class CellFault(NamedTuple):
    """`old` in the one code cell of `notebook` that holds it becomes `new`."""

    name: str
    notebook: str
    old: str
    new: str


class FileFault(NamedTuple):
    """`change` makes of a notebook (parsed JSON) another one, or the text of a file."""

    name: str
    notebook: str
    change: Callable


RNN, LSTM, SEEING = "RNN_Captioning", "LSTM_Captioning", "NetworkVisualization"
STYLE, GANS = "StyleTransfer", "GANs"
LAYERS, VISUALS, PAINTING = "cs231n/rnn_layers.py", "cs231n/network_visualization.py", "cs231n/style_transfer.py"
IMAGES, GAN = "cs231n/image_utils.py", "cs231n/gan.py"
OF_LAYERS, OF_VISUALS, OF_PAINTING = ("test_rnn_layers",), ("test_network_visualization",), ("test_style_transfer",)
OF_GAN = ("test_gan",)

CODE_FAULTS = (
    CodeFault("RNN: wrong sign in a gradient", LAYERS, "(1 - next_h**2)", "(1 + next_h**2)", OF_LAYERS, RNN),
    CodeFault(
        "RNN: dropped bias",
        LAYERS,
        "np.tanh(x @ Wx + prev_h @ Wh + b)",
        "np.tanh(x @ Wx + prev_h @ Wh)",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "RNN: gradient does not flow back in time",
        LAYERS,
        "= rnn_step_backward(dh[:, t] + dprev_h",
        "= rnn_step_backward(dh[:, t]",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "embedding: a repeated word counts once",
        LAYERS,
        "np.add.at(dW, x, dout)",
        "dW[x] += dout",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "loss: divided by all steps",
        LAYERS,
        "weight = mask.astype(x.dtype) / N",
        "weight = mask.astype(x.dtype) / (N * T)",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "loss: padding counts",
        LAYERS,
        "weight = mask.astype(x.dtype) / N",
        "weight = np.ones_like(mask, x.dtype) / N",
        OF_LAYERS,
        RNN,
    ),
    CodeFault(
        "loss: logarithm of a probability",
        "cs231n/layers.py",
        "return shifted - np.log(np.exp(shifted)",
        "return np.log(np.exp(shifted) / np.exp(shifted)",
        ("test_layers", "test_rnn_layers"),
        RNN,
    ),
    CodeFault(
        "affine: mean in place of the sum",
        "cs231n/layers.py",
        "return dx, dw, dout.sum(axis=0)",
        "return dx, dw, dout.mean(axis=0)",
        ("test_layers",),
        RNN,
    ),
    CodeFault(
        "Adam: no correction at the start",
        "cs231n/optim.py",
        "root = float(np.sqrt(1 - beta2**t))",
        "root = 1.0",
        ("test_optim",),
        RNN,
    ),
    CodeFault("LSTM: swapped gates", LAYERS, "i, f, o = (sigmoid", "f, i, o = (sigmoid", OF_LAYERS, LSTM),
    CodeFault(
        "LSTM: forget gate without its slope",
        LAYERS,
        "dc * prev_c * f * (1 - f)",
        "dc * prev_c * (1 - f)",
        OF_LAYERS,
        LSTM,
    ),
    CodeFault(
        "LSTM: cell state's own gradient lost",
        LAYERS,
        "dc = dnext_c + dnext_h * o",
        "dc = dnext_h * o",
        OF_LAYERS,
        LSTM,
    ),
    CodeFault(
        "LSTM: sigmoid that overflows",
        LAYERS,
        "e = np.exp(-np.abs(x))\n        return np.where(x >= 0, 1, e) / (1 + e)",
        "return 1 / (1 + np.exp(-x))",
        OF_LAYERS,
        LSTM,
    ),
    CodeFault(
        "saliency of the batch, not the image",
        VISUALS,
        "total = tf.reduce_sum(tf.gather",
        "total = tf.reduce_mean(tf.gather",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "saliency: channels added up", VISUALS, "tf.reduce_max(tf.abs(", "tf.reduce_sum(tf.abs(", OF_VISUALS, SEEING
    ),
    CodeFault("saliency: shifted axis", VISUALS, "axis=-1).numpy()", "axis=1).numpy()", OF_VISUALS, SEEING),
    CodeFault(
        "fooling: a step down",
        VISUALS,
        "np.clip(moved + learning_rate * g",
        "np.clip(moved - learning_rate * g",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "fooling: judged before it is stored",
        VISUALS,
        "tf.nn.softmax(model(stored))",
        "tf.nn.softmax(model(moved))",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "class picture: penalty of the wrong sign", VISUALS, "- 2 * l2_reg * X", "+ 2 * l2_reg * X", OF_VISUALS, SEEING
    ),
    CodeFault(
        "class picture: jitter not undone",
        VISUALS,
        "np.roll(X, -shift, axis=(1, 2))",
        "np.roll(X, shift, axis=(1, 2))",
        OF_VISUALS,
        SEEING,
    ),
    CodeFault(
        "pictures: BGR for RGB",
        IMAGES,
        "return (img.astype(np.float32) / 255",
        "return (img[..., ::-1].astype(np.float32) / 255",
        ("test_image_utils",),
        SEEING,
    ),
    CodeFault(
        "pictures: 256 for 255",
        IMAGES,
        "return (img.astype(np.float32) / 255",
        "return (img.astype(np.float32) / 256",
        ("test_image_utils",),
        SEEING,
    ),
    CodeFault(
        "pictures: cut off in place of rounded",
        IMAGES,
        "np.clip(np.rint(img), 0, 255)",
        "np.clip(img, 0, 255)",
        ("test_image_utils",),
        SEEING,
    ),
    CodeFault(
        "Gram matrix: missing scale factor", PAINTING, "gram / (h * w * c)", "gram / (h * w)", OF_PAINTING, STYLE
    ),
    CodeFault(
        "Gram matrix: half its gradient", PAINTING, "upstream + tf.transpose(upstream)", "upstream", OF_PAINTING, STYLE
    ),
    CodeFault(
        "total variation: shifted axis",
        PAINTING,
        "neighbour_differences(img, axis=2)",
        "neighbour_differences(img, axis=1)",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "total variation: last row left out",
        PAINTING,
        "neighbour_differences(img, axis=2)",
        "neighbour_differences(img[:, :-1], axis=2)",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "content loss: weight forgotten",
        PAINTING,
        "content_weight * tf.reduce_sum(tf.square(content",
        "tf.reduce_sum(tf.square(content",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "style loss: weight forgotten",
        PAINTING,
        "loss += weight * tf.reduce_sum",
        "loss += tf.reduce_sum",
        OF_PAINTING,
        STYLE,
    ),
    CodeFault(
        "GAN: wrong sign in D's loss",
        GAN,
        "tf.reduce_mean(tf.nn.softplus(logits_fake))",
        "tf.reduce_mean(tf.nn.softplus(-logits_fake))",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "GAN: generator's loss saturates",
        GAN,
        "return tf.reduce_mean(tf.nn.softplus(-logits_fake))",
        "return -tf.reduce_mean(tf.nn.softplus(logits_fake))",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "GAN: logarithm of a probability",
        GAN,
        "tf.nn.softplus(-logits_real)",
        "-tf.math.log(tf.sigmoid(logits_real))",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "LSGAN: a half forgotten",
        GAN,
        "return 0.5 * tf.reduce_mean(tf.square(scores_fake - 1))",
        "return tf.reduce_mean(tf.square(scores_fake - 1))",
        OF_GAN,
        GANS,
    ),
    CodeFault("leaky ReLU: no leak in its slope", GAN, "sign, alpha=alpha", "sign, alpha=0.0", OF_GAN, GANS),
    CodeFault("noise: none below 0", GAN, "[seed, 0], -1, 1)", "[seed, 0], 0, 1)", OF_GAN, GANS),
    CodeFault(
        "penalty: one point for the whole batch",
        GAN,
        "shape = [real.shape[0]] + [1]",
        "shape = [1] + [1]",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "penalty: length over the batch",
        GAN,
        "squares, axis=list(range(1, len(real.shape)))",
        "squares, axis=None",
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "DCGAN: a BatchNorm left out",
        GAN,
        'layers.Dense(7 * 7 * 128, activation="relu"),\n            layers.BatchNormalization(momentum=0.9),',
        'layers.Dense(7 * 7 * 128, activation="relu"),',
        OF_GAN,
        GANS,
    ),
    CodeFault(
        "generator: grey for paper", GAN, 'PIXELS, activation="tanh"', 'PIXELS, activation="sigmoid"', OF_GAN, GANS
    ),
    CodeFault(
        "Fréchet distance: half of what is shared",
        "cs231n/gan_quality.py",
        "- 2 * shared",
        "- shared",
        ("test_gan_quality",),
        GANS,
    ),
)

CELL_FAULTS = (
    CellFault("another seed of a batch", RNN, "rng=np.random.RandomState(5))", "rng=np.random.RandomState(6))"),
    CellFault(
        "another picture drawn", RNN, '"<START> two red boats at sea <END>"', '"<START> two red cats at sea <END>"'
    ),
    CellFault("a curve left out", LSTM, "zip(kinds.items(), styles)", "zip(list(kinds.items())[1:], styles)"),
    CellFault("a lost label", LSTM, 'axis.set(xlabel="steps back in time", ', "axis.set("),
    CellFault(
        "another seed of a curve",
        LSTM,
        "rng = np.random.RandomState(0)\n    G",
        "rng = np.random.RandomState(1)\n    G",
    ),
    CellFault("a curve ten times too high", STYLE, 'history["tv"][1:], "--"', '10 * history["tv"][1:], "--"'),
    CellFault("a warning on stderr", RNN, "draw_unrolled(", "import warnings; warnings.warn('old')\ndraw_unrolled("),
    CellFault(
        "photographs turned about",
        STYLE,
        "small = [resize_image(picture, 192)",
        "small = [resize_image(picture, 192)[:, ::-1]",
    ),
    CellFault("another noise", GANS, "gan.sample_noise(10, 96, seed=5)", "gan.sample_noise(10, 96, seed=6)"),
    CellFault("other digits", GANS, 'shown = trained_images["dcgan"][:14]', 'shown = trained_images["dcgan"][1:15]'),
)


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def on_picture(change, which=0):
    """A change of the `which`-th stored picture, as pixels (H, W, 3) uint8 in and numbers of the same kind out."""

    def changed(notebook):
        notebook = copy.deepcopy(notebook)
        data = pictures(notebook)[which]
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/jpeg"]))))
        data["image/jpeg"] = encoded(change(pixels.astype(float)), "jpeg")
        return notebook

    return changed


def encoded(pixels, form):
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, form, quality=80)
    return base64.b64encode(file.getvalue()).decode()


def pictures(notebook):
    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    return [output["data"] for output in outputs if "image/jpeg" in output.get("data", {})]


def on_notebook(change):
    """A change made in place, on a copy."""

    def changed(notebook):
        notebook = copy.deepcopy(notebook)
        change(notebook)
        return notebook

    return changed


def left_panel(change):
    """A change of the left upper part of a picture only."""

    def changed(pixels):
        pixels = pixels.copy()
        pixels[40:200, 10:190] = change(pixels[40:200, 10:190])
        return pixels

    return changed


def swap_pictures(notebook):
    one, other = pictures(notebook)[-2:]
    one["image/jpeg"], other["image/jpeg"] = other["image/jpeg"], one["image/jpeg"]


def swap_cells(notebook):
    cells = notebook["cells"]
    one, other = [k for k, cell in enumerate(cells) if cell["cell_type"] == "code"][5:7]
    cells[one], cells[other] = cells[other], cells[one]


def erase_title(pixels):
    pixels = pixels.copy()
    pixels[:24] = 255
    return pixels


def first_text(notebook, old, new):
    """Replace words in the first output that holds them, printed or displayed."""
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            for place, key in ((output, "text"), (output.get("data", {}), "text/plain")):
                text = "".join(place.get(key, ""))
                if old in text:
                    place[key] = text.replace(old, new, 1)
                    return


def first_output(notebook, kind):
    return next(o for cell in code_cells(notebook) for o in cell["outputs"] if kind in o.get("data", {}))


def as_png(notebook):
    data = pictures(notebook)[0]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data.pop("image/jpeg")))))
    data["image/png"] = encoded(pixels, "png")


def older_format(notebook):
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        cell.pop("id", None)


def store_error(notebook):
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    code_cells(notebook)[3]["outputs"].append(error)


def append_text(words, name="stdout"):
    stream = {"output_type": "stream", "name": name, "text": words}
    return on_notebook(lambda notebook: code_cells(notebook)[3]["outputs"].append(stream))


def clear_all(notebook):
    for cell in code_cells(notebook):
        cell.update(outputs=[], execution_count=None)


FILE_FAULTS = (
    FileFault("blank picture", RNN, on_picture(lambda p: 0 * p + 255)),
    FileFault("mirrored picture", SEEING, on_picture(lambda p: p[:, ::-1])),
    FileFault("picture upside down", STYLE, on_picture(lambda p: p[::-1], 1)),
    FileFault("one panel mirrored", RNN, on_picture(left_panel(lambda p: p[:, ::-1]))),
    FileFault("one panel blank", SEEING, on_picture(left_panel(lambda p: 0 * p + p.mean()))),
    FileFault("picture BGR for RGB", STYLE, on_picture(lambda p: p[..., ::-1], 1)),
    FileFault("picture slightly redder", STYLE, on_picture(lambda p: p + [8, 0, 0], 1)),
    FileFault("one panel slightly redder", RNN, on_picture(left_panel(lambda p: p + [12, 0, 0]))),
    FileFault("one panel a tenth darker", SEEING, on_picture(left_panel(lambda p: 0.9 * p))),
    FileFault("swapped pictures", STYLE, on_notebook(swap_pictures)),
    FileFault("picture in negative", GANS, on_picture(lambda p: 255 - p)),
    FileFault("digits mirrored", GANS, on_picture(lambda p: p[:, ::-1])),
    FileFault("titles lost", SEEING, on_picture(erase_title)),
    FileFault("picture of another size", LSTM, on_picture(lambda p: p[:, :-20])),
    FileFault("picture of another format", LSTM, on_notebook(as_png)),
    FileFault("a digit of a tick lost", LSTM, on_picture(lambda p: np.where(np.indices(p.shape)[1] < 8, 255, p), 2)),
    FileFault("broken picture", RNN, on_notebook(lambda n: pictures(n)[0].update({"image/jpeg": "aGVs"}))),
    FileFault("missing picture", RNN, on_notebook(lambda n: code_cells(n)[2].update(outputs=[]))),
    FileFault("stale words", SEEING, on_notebook(lambda n: first_text(n, "labels ranked first", "labels ranked top"))),
    FileFault("stale number in words", RNN, on_notebook(lambda n: first_text(n, "24,000", "23,000"))),
    FileFault("stale bound", STYLE, on_notebook(lambda n: first_text(n, "below 1e-06", "below 1e-05"))),
    FileFault(
        "stale source on the page",
        RNN,
        on_notebook(lambda n: first_output(n, "text/markdown")["data"].update({"text/markdown": "old"})),
    ),
    FileFault("cleared output", RNN, on_notebook(lambda n: code_cells(n)[1].update(outputs=[]))),
    FileFault("cleared cell", RNN, on_notebook(lambda n: code_cells(n)[1].update(outputs=[], execution_count=None))),
    FileFault("all outputs cleared", LSTM, on_notebook(clear_all)),
    FileFault("reordered cells", RNN, on_notebook(swap_cells)),
    FileFault("a cell run again", RNN, on_notebook(lambda n: code_cells(n)[4].update(execution_count=31))),
    FileFault("a cell lost", LSTM, on_notebook(lambda n: n["cells"].remove(code_cells(n)[3]))),
    FileFault("stored error", LSTM, on_notebook(store_error)),
    FileFault("stored warning", LSTM, append_text("a.py:1: FutureWarning: old\n", "stderr")),
    FileFault("absolute path", LSTM, append_text("/home/me/datasets\n")),
    FileFault("saved by an older version", SEEING, on_notebook(older_format)),
    FileFault("saved by a future version", SEEING, on_notebook(lambda n: n.update(nbformat=5))),
    FileFault("half a file", STYLE, lambda notebook: '{"cells": [{"cell_type": "code",'),
    FileFault("leftover metadata", STYLE, on_notebook(lambda n: n["metadata"].update(colab={"provenance": []}))),
    FileFault(
        "leftover metadata of a cell", STYLE, on_notebook(lambda n: n["cells"][3]["metadata"].update(collapsed=True))
    ),
    FileFault("kernel's name lost", RNN, on_notebook(lambda n: n["metadata"].pop("kernelspec"))),
    FileFault("over a megabyte", LSTM, on_notebook(lambda n: n["cells"][0].update(source="x" * 1_000_000))),
    FileFault(
        "chaos without a reason", STYLE, on_notebook(lambda n: n["cells"][3]["metadata"].update(tags=["figure-varies"]))
    ),
)
