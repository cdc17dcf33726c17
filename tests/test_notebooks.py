"""House rules for the notebooks that `make regress` does not check."""

import pytest

from tools import readme_figures
from tools.notebook_files import NOTEBOOKS, ROOT, code_cells, notebook_paths, read_notebook


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_code_fits_the_page(path):
    cells = code_cells(read_notebook(path))
    assert max(len(line) for cell in cells for line in cell.source.split("\n")) <= 100


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
