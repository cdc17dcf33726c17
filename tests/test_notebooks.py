"""House rules for the notebooks that `make regress` does not check."""

import pytest

from tools import readme_figures
from tools.notebook_files import ROOT, code_cells, notebook_paths, read_notebook


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_code_fits_the_page(path):
    cells = code_cells(read_notebook(path))
    assert max(len(line) for cell in cells for line in cell.source.split("\n")) <= 100


def test_the_pictures_of_the_readme_are_those_of_the_notebooks():
    figures = readme_figures.figures()
    assert figures and figures == {path.stem: path.read_bytes() for path in (ROOT / "docs").glob("*.jpg")}
