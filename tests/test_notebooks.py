"""House rules for the notebooks; what `make regress` checks of them is not said again here."""

import json
from pathlib import Path

import pytest

from tools import readme_figures

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_code_fits_the_page(path):
    cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert max(len(line) for cell in cells for line in "".join(cell["source"]).split("\n")) <= 100


def test_the_pictures_of_the_readme_are_those_of_the_notebooks():
    figures = readme_figures.figures()
    docs = readme_figures.ROOT / "docs"
    assert figures and figures == {path.stem: path.read_bytes() for path in docs.glob("*.jpg")}
