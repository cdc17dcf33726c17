"""Faults in notebooks that tools/seed_faults.py seeds: in the code of cells, which then run, and in stored files."""

import base64
import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from tools.notebook_files import code_cells

RNN, LSTM, VISUALIZATION = "RNN_Captioning", "LSTM_Captioning", "NetworkVisualization"
STYLE, GANS = "StyleTransfer", "GANs"
FORMS = ("jpeg", "png")
LEAST_CHANGE = 6  # of a pixel; JPEG alone makes white up to 4 darker


class CellFault(NamedTuple):
    """`right` becomes `wrong`, in the one code cell of `notebook` that holds it."""

    name: str
    notebook: str
    right: str
    wrong: str


class FileFault(NamedTuple):
    """`change` takes a notebook as JSON has it and changes it in place, or returns another text of the file."""

    name: str
    notebook: str
    change: Callable


CELL_FAULTS = (
    CellFault("another seed of a batch", RNN, "rng=np.random.RandomState(5))", "rng=np.random.RandomState(6))"),
    CellFault(
        "another picture drawn",
        RNN,
        'draw_unrolled("<START> two red boats at sea <END>".split())',
        'draw_unrolled("<START> two red cats at sea <END>".split())',
    ),
    CellFault("a curve left out", LSTM, "zip(kinds.items(), colours)", "zip(list(kinds.items())[1:], colours)"),
    CellFault("a lost label", LSTM, 'axis.set(xlabel="steps back in time", ', "axis.set("),
    CellFault(
        "another seed of a curve",
        LSTM,
        "rng = np.random.RandomState(0)\n    G",
        "rng = np.random.RandomState(1)\n    G",
    ),
    CellFault("a curve ten times too high", STYLE, 'steps, history["tv"], "--"', 'steps, 10 * history["tv"], "--"'),
    CellFault("a warning on stderr", RNN, "words, W = rng", "import warnings; warnings.warn('old')\nwords, W = rng"),
    CellFault(
        "photographs mirrored",
        STYLE,
        "small = [resize_image(picture, 192)",
        "small = [resize_image(picture, 192)[:, ::-1]",
    ),
    CellFault("another noise", GANS, "gan.sample_noise(10, 96, seed=5)", "gan.sample_noise(10, 96, seed=6)"),
    CellFault("other digits", GANS, 'shown = trained_images["dcgan"][:14]', 'shown = trained_images["dcgan"][1:15]'),
)


# ---------------------------------------------------------------- changes of a notebook, in place


def in_picture(change, index=0):
    """A function that changes one stored picture of a notebook.

    Args:
        change: function of the picture's pixels (H, W, 3) float, which gives the new ones; both in 0..255.
        index: which of the notebook's pictures.
    """

    def change_notebook(notebook):
        data, form = pictures(notebook)[index]
        pixels = decoded(data[f"image/{form}"])
        changed = change(pixels.astype(float))
        if changed.shape == pixels.shape and np.abs(changed - pixels).max() < LEAST_CHANGE:
            raise ValueError(f"picture {index} shows nothing there that this fault could change")
        data[f"image/{form}"] = encoded(changed, form)

    return change_notebook


def in_panel(change):
    """A change of pixels that is made in the left upper part of the picture only."""

    def change_pixels(pixels):
        pixels[40:200, 10:190] = change(pixels[40:200, 10:190])
        return pixels

    return change_pixels


def pictures(notebook):
    """(data of an output, `jpeg` or `png`) of all pictures."""
    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    return [(output["data"], form) for output in outputs for form in FORMS if f"image/{form}" in output.get("data", {})]


def jpegs(notebook):
    return [data for data, form in pictures(notebook) if form == "jpeg"]


def decoded(picture):
    """Pixels (H, W, 3) uint8 of a stored picture."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"))


def encoded(pixels, form):
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, form, quality=80)
    return base64.b64encode(file.getvalue()).decode()


def without_title(pixels):
    pixels[:24] = 255
    return pixels


def without_digit(pixels):
    """White where a tick of the y-axis has its first digit."""
    pixels[100:135, 40:60] = 255
    return pixels


def swap_pictures(notebook):
    one, other = jpegs(notebook)[-2:]
    one["image/jpeg"], other["image/jpeg"] = other["image/jpeg"], one["image/jpeg"]


def store_as_png(notebook):
    data = jpegs(notebook)[0]
    data["image/png"] = encoded(decoded(data.pop("image/jpeg")), "png")


def swap_cells(notebook):
    cells = notebook["cells"]
    one, other = (cells.index(cell) for cell in code_cells(notebook)[5:7])
    cells[one], cells[other] = cells[other], cells[one]


def in_text(old, new):
    """A function that replaces words in the first output that holds them, printed or displayed."""

    def change_notebook(notebook):
        outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
        places = [(place, key) for o in outputs for place, key in ((o, "text"), (o.get("data", {}), "text/plain"))]
        place, key = next((place, key) for place, key in places if old in "".join(place.get(key, "")))
        place[key] = "".join(place[key]).replace(old, new, 1)

    return change_notebook


def append_output(**output):
    return lambda notebook: code_cells(notebook)[3]["outputs"].append(output)


def change_shown_source(notebook):
    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    next(o for o in outputs if "text/markdown" in o.get("data", {}))["data"]["text/markdown"] = "old"


def change_code_cell(index, **entries):
    return lambda notebook: code_cells(notebook)[index].update(entries)


def clear_outputs(notebook):
    for cell in code_cells(notebook):
        cell.update(outputs=[], execution_count=None)


def to_older_format(notebook):
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        cell.pop("id", None)


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
WARNING = {"output_type": "stream", "name": "stderr", "text": "a.py:1: FutureWarning: old\n"}
PATH = {"output_type": "stream", "name": "stdout", "text": "/home/me/datasets\n"}

FILE_FAULTS = (
    FileFault("blank picture", RNN, in_picture(lambda p: 0 * p + 255)),
    FileFault("mirrored picture", VISUALIZATION, in_picture(lambda p: p[:, ::-1])),
    FileFault("picture upside down", STYLE, in_picture(lambda p: p[::-1], 1)),
    FileFault("one panel mirrored", RNN, in_picture(in_panel(lambda p: p[:, ::-1]))),
    FileFault("one panel blank", VISUALIZATION, in_picture(in_panel(lambda p: 0 * p + p.mean()))),
    FileFault("picture BGR for RGB", STYLE, in_picture(lambda p: p[..., ::-1], 1)),
    FileFault("picture slightly redder", STYLE, in_picture(lambda p: p + [8, 0, 0], 1)),
    FileFault("one panel slightly redder", RNN, in_picture(in_panel(lambda p: p + [12, 0, 0]))),
    FileFault("one panel a tenth darker", VISUALIZATION, in_picture(in_panel(lambda p: 0.9 * p))),
    FileFault("swapped pictures", STYLE, swap_pictures),
    FileFault("picture in negative", GANS, in_picture(lambda p: 255 - p)),
    FileFault("digits mirrored", GANS, in_picture(lambda p: p[:, ::-1])),
    FileFault("titles lost", VISUALIZATION, in_picture(without_title)),
    FileFault("picture of another size", LSTM, in_picture(lambda p: p[:, :-20])),
    FileFault("picture of another format", LSTM, store_as_png),
    FileFault("a digit of a tick lost", LSTM, in_picture(without_digit, 3)),
    FileFault("broken picture", RNN, lambda n: jpegs(n)[0].update({"image/jpeg": "aGVs"})),
    FileFault("missing picture", RNN, change_code_cell(2, outputs=[])),
    FileFault("stale words", VISUALIZATION, in_text("labels ranked first", "labels ranked top")),
    FileFault("stale number in words", RNN, in_text("24,000", "23,000")),
    FileFault("stale bound", STYLE, in_text("below 1e-06", "below 1e-05")),
    FileFault("stale source on the page", RNN, change_shown_source),
    FileFault("cleared output", RNN, change_code_cell(1, outputs=[])),
    FileFault("cleared cell", RNN, change_code_cell(1, outputs=[], execution_count=None)),
    FileFault("all outputs cleared", LSTM, clear_outputs),
    FileFault("reordered cells", RNN, swap_cells),
    FileFault("a cell run again", RNN, change_code_cell(4, execution_count=31)),
    FileFault("a cell lost", LSTM, lambda n: n["cells"].remove(code_cells(n)[3])),
    FileFault("stored error", LSTM, append_output(**ERROR)),
    FileFault("stored warning", LSTM, append_output(**WARNING)),
    FileFault("absolute path", LSTM, append_output(**PATH)),
    FileFault("saved by an older version", VISUALIZATION, to_older_format),
    FileFault("saved by a future version", VISUALIZATION, lambda n: n.update(nbformat=5)),
    FileFault("half a file", STYLE, lambda n: '{"cells": [{"cell_type": "code",'),
    FileFault("leftover metadata", STYLE, lambda n: n["metadata"].update(colab={"provenance": []})),
    FileFault("leftover metadata of a cell", STYLE, lambda n: n["cells"][3]["metadata"].update(collapsed=True)),
    FileFault("kernel's name lost", RNN, lambda n: n["metadata"].pop("kernelspec")),
    FileFault("over a megabyte", LSTM, lambda n: n["cells"][0].update(source="x" * 1_000_000)),
    FileFault("chaos without a reason", STYLE, lambda n: n["cells"][3]["metadata"].update(tags=["figure-varies"])),
)
