"""House rules for the notebooks that `make regress` does not check."""

import base64
import io
import re

import pytest
from PIL import Image

from cs231n.figures import PAGE_WIDTH
from cs231n.notebook import FIGURE_DPI, FONT_SIZE
from tools import readme_figures
from tools.notebook_files import NOTEBOOKS, ROOT, code_cells, notebook_paths, read_notebook


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_code_fits_the_page(path):
    cells = code_cells(read_notebook(path))
    assert max(len(line) for cell in cells for line in cell.source.split("\n")) <= 100


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_no_figure_is_wider_than_a_page(path):
    """A wider one would be made smaller on the page, and its letters with it."""
    outputs = [output for cell in code_cells(read_notebook(path)) for output in cell.outputs if "data" in output]
    widths = [output.metadata["image/png"]["width"] for output in outputs if "image/png" in output.data]
    for output in outputs:
        if "image/jpeg" in output.data:
            widths.append(Image.open(io.BytesIO(base64.b64decode(output.data["image/jpeg"]))).width)
    assert widths and max(widths) <= PAGE_WIDTH * FIGURE_DPI


def test_no_text_in_figures_is_smaller_than_ten_points_on_a_page():
    assert FONT_SIZE * FIGURE_DPI / 96 >= 10  # a page has 96 pixels to the inch
    sources = [path.read_text("utf-8") for path in (ROOT / "cs231n").rglob("*.py")]
    sources += [cell.source for path in notebook_paths() for cell in code_cells(read_notebook(path))]
    sizes = re.findall(r"(?:fontsize|font\.size|labelsize|titlesize)\W{1,5}([\w.-]+)", "\n".join(sources))
    assert {"FONT_SIZE", "13"} <= set(sizes)
    assert all(float(size) >= FONT_SIZE for size in sizes if size not in ("FONT_SIZE", "medium"))


def test_the_pictures_of_the_readme_are_those_of_the_notebooks():
    figures = readme_figures.figures()
    assert figures and figures == {path.stem: path.read_bytes() for path in (ROOT / "docs").glob("*.jpg")}


# Numbers that a text names: notebook, its words with {} for the number, the verdict that measures it, which of the
# values, digits after the point.
QUOTED = (
    ("LSTM_Captioning", "{} of the gradient\npasses each step", "share that passes a step, RNN and LSTM, bias 0", 1, 2),
    ("LSTM_Captioning", "and {} in the RNN", "share that passes a step, RNN and LSTM, bias 0", 0, 2),
    ("LSTM_Captioning", "lower by almost {} on average", "after a noun less after others, mean of 200 captions", 0, 2),
    ("NetworkVisualization", "single pixels change by up to {}.", "L-infinity distance, in grey levels", 0, 0),
)


@pytest.mark.parametrize("name, words, claim, index, digits", QUOTED, ids=lambda value: str(value)[:30])
def test_a_number_that_a_text_names_is_the_one_that_is_stored(name, words, claim, index, digits):
    notebook = read_notebook(NOTEBOOKS / f"{name}.ipynb")
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    measured = [output.metadata.measured for output in outputs if "measured" in output.get("metadata", {})]
    (value,) = (abs(entry["value"][index]) for entry in measured if entry["claim"] == claim)
    assert words.format(f"{value:.{digits}f}".removeprefix("0")) in prose
