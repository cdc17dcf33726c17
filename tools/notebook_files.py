"""The one reader of notebooks for tools, slides and site: which there are, what is in them, how they begin.

`notebook_regression` has a reader of its own, because it is meant to be copied into other projects by itself.
"""

from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
ORDER = ("RNN_Captioning", "LSTM_Captioning", "NetworkVisualization", "StyleTransfer", "GANs")  # of the course
BEYOND = "beyond"  # the folder, in that of the notebooks, of those that go beyond the course


class NoNotebook(ValueError):
    """One sentence: which file is not a notebook, or which notebook does not exist."""


def notebook_paths(names=(), folder=None):
    """Paths of the notebooks with these names; by default of all, in the order of the course, others after them.

    Args:
        names: names of files without their ending; folder: where the notebooks are, by default `NOTEBOOKS`. Those in
            its folder `BEYOND` are the last.

    Raises:
        NoNotebook: if the folder has no notebook of that name.
    """
    folder = folder or NOTEBOOKS
    paths = {path.stem: path for path in sorted([*folder.glob("*.ipynb"), *folder.glob(f"{BEYOND}/*.ipynb")])}
    rank = {name: place for place, name in enumerate(ORDER)}
    in_order = sorted(paths, key=lambda name: (is_beyond(paths[name]), rank.get(name, len(ORDER)), name))
    unknown = [name for name in names if name not in paths]
    if unknown:
        raise NoNotebook(f"no notebook {unknown[0]!r}; there are: {', '.join(in_order)}")
    return [paths[name] for name in names or in_order]


def is_beyond(path):
    """Whether the notebook at this path goes beyond the course."""
    return path.parent.name == BEYOND


def path_in_project(path):
    """The path of a notebook from the project's root, wherever its folder is now."""
    return Path("notebooks", BEYOND, path.name) if is_beyond(path) else Path("notebooks", path.name)


def read_notebook(path):
    """The notebook in a file, as nbformat has it.

    Raises:
        NoNotebook: if the file is not a notebook, or is of a format that nbformat does not know.
    """
    return notebook_of(path.read_bytes(), path.name)


def notebook_of(content, name):
    """The notebook in the bytes of a file, whose name the error says; raises as `read_notebook` does."""
    try:
        return nbformat.reads(content.decode("utf-8-sig"), as_version=4)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise NoNotebook(f"{name}: not a readable notebook: {str(error).splitlines()[0]}") from error


def code_cells(notebook):
    """The code cells of a notebook, as nbformat or json has read it."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def opening(notebook):
    """Title and first paragraph of a notebook's first cell; empty strings where there are none."""
    if not notebook.cells:
        return "", ""
    paragraphs = notebook.cells[0].source.strip().split("\n\n")
    return paragraphs[0].lstrip("# "), " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""


def thumbnail(notebook):
    """The first picture of the cell tagged `thumbnail`, else of the notebook, as a data address; None without any."""
    cells = sorted(code_cells(notebook), key=lambda cell: "thumbnail" not in cell.metadata.get("tags", []))
    pictures = (picture_of(output) for cell in cells for output in cell.outputs)
    return next(filter(None, pictures), None)


def picture_of(output):
    """The picture of an output as a data address, which holds the picture itself; None if it has none."""
    data = output.get("data", {})
    return next((f"data:{kind};base64,{data[kind]}" for kind in ("image/jpeg", "image/png") if kind in data), None)


def joined_streams(outputs):
    """The outputs in their order, with text that was printed in pieces as one output wherever pieces are neighbours.

    nbclient can join pieces too, but would move all text of a cell to its first piece.
    """
    joined = []
    for output in outputs:
        if joined and output.output_type == "stream" and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined
