"""What nbval lets through: cells not run, out of order, leftovers in metadata, errors, warnings, size."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from tools import readme_figures

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@every_notebook
def test_is_valid(path):
    nbformat.validate(nbformat.read(path, as_version=4))


@every_notebook
def test_was_run_once_from_top_to_bottom(path):
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_code_fits_the_page(path):
    assert max(len(line) for cell in code_cells(path) for line in "".join(cell["source"]).split("\n")) <= 100


@every_notebook
def test_stored_no_error_and_nothing_on_stderr(path):
    outputs = [output for cell in code_cells(path) for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]


@every_notebook
def test_holds_no_path_time_address_or_bar(path):
    texts = [
        "".join(text)
        for cell in code_cells(path)
        for output in cell["outputs"]
        for text in (output.get("text", ""), output.get("data", {}).get("text/plain", ""))
    ]
    telltale = re.compile(r"/home/|/root/|/tmp/|/work/|[A-Z]:\\|0x[0-9a-f]{6,}|it/s|\d%\||\d ?ms\b")
    assert not [text for text in texts if telltale.search(text)]


@every_notebook
def test_metadata_names_the_kernel_and_nothing_else(path):
    notebook = json.loads(path.read_text("utf-8"))
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert {key for cell in notebook["cells"] for key in cell["metadata"]} <= {"tags"}


@every_notebook
def test_is_under_a_megabyte(path):
    assert path.stat().st_size < 1_000_000


def test_the_pictures_of_the_readme_are_those_of_the_notebooks():
    figures = readme_figures.figures()
    docs = readme_figures.ROOT / "docs"
    assert figures and figures == {path.stem: path.read_bytes() for path in docs.glob("*.jpg")}
