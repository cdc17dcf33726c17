"""Small notebooks for the tests."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def code_cell(source, *outputs, count=1, tags=()):
    cell = new_code_cell(source, outputs=list(outputs), execution_count=count)
    cell.metadata = {"tags": list(tags)} if tags else {}
    return cell


def stream(words, name="stdout"):
    return new_output("stream", name=name, text=words)


def result(words, **more):
    return new_output("execute_result", {"text/plain": words, **more}, execution_count=1)


def display(**data):
    return new_output("display_data", {kind.replace("_", "/"): value for kind, value in data.items()})


def counted(*cells):
    """Cells with the numbers 1, 2, ... that Jupyter would give them."""
    for count, cell in enumerate(cells, 1):
        cell.execution_count = count
    return cells


def write(folder, *cells, name="lesson", **metadata):
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=list(cells), metadata=METADATA | metadata), path)
    return path
