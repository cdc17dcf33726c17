"""Execute the notebooks into build/ and make pages to look at.

    python -m tools.run_notebooks [NAME ...] [--accept]

Progress goes to the terminal: which notebook, which cell, how long. The notebooks in notebooks/ are only read, unless
with --accept: then what the cells put out becomes what is stored there, one notebook at a time, whole or not at all,
and a summary says what changed.
"""

import argparse
import html
import os
import shutil
import sys
import time
from pathlib import Path

import jupyter_server_mathjax
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html

from cs231n.files import atomic_write, exit_with_message_on_oserror

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "notebooks"
BUILD = ROOT / "build"
ORDER = ("RNN_Captioning", "LSTM_Captioning", "NetworkVisualization", "StyleTransfer", "GANs")
CELL_TIMEOUT = 1800  # seconds
MATHJAX = "mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe,local/stix"


class NoNotebook(ValueError):
    """Why a file cannot be read as a notebook; its name is still to be said."""


class CellFailed(Exception):
    """One sentence: which cell of which notebook failed, and how."""


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.run_notebooks", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks to run, default all")
    parser.add_argument("--accept", action="store_true", help="store the outputs in notebooks/")
    options = parser.parse_args(argv)
    paths = notebook_paths(options.names)
    BUILD.mkdir(exist_ok=True)
    copy_mathjax(BUILD / "mathjax")
    os.environ["TQDM_DISABLE"] = "1"  # bars are for people; the kernels inherit this
    if options.accept:
        os.environ["CS231N_EMBEDDED_ONLY"] = "1"  # as for nbval, in conftest.py
    for path in paths:
        before = path.read_bytes()
        try:
            notebook = execute(path)
        except CellFailed as failure:
            sys.exit(str(failure))
        except NoNotebook as error:
            sys.exit(f"{path.name}: {error}")
        write_page(notebook, path.stem)
        if options.accept:
            accept(notebook, path, before)
    if options.accept:
        print("CHANGES.md names every number that moved, and why: add what is listed above.")
    write_index([path.stem for path in notebook_paths()])
    print(f"\nDone. Open {(BUILD / 'index.html').relative_to(ROOT)} in a browser.")


def notebook_paths(names=(), folder=None):
    """Paths of the notebooks of these names; by default of all, in the order of the course, others after them.

    Raises:
        SystemExit: there is no notebook of a name in `folder`, by default notebooks/.
    """
    paths = {path.stem: path for path in (folder or SOURCES).glob("*.ipynb")}
    in_order = sorted(paths, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    unknown = [name for name in names if name not in paths]
    if unknown:
        sys.exit(f"no notebook {unknown[0]!r}; there are: {', '.join(in_order)}")
    return [paths[name] for name in names or in_order]


def read_notebook(content):
    """The notebook in the bytes of a file; raises NoNotebook."""
    try:
        return nbformat.reads(content.decode("utf-8"), as_version=4)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise NoNotebook(f"no notebook that can be read: {str(error).splitlines()[0]}") from error


def execute(path):
    """A notebook run from top to bottom in a new kernel; raises CellFailed at the first error."""
    notebook = read_notebook(path.read_bytes())
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    cells = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    started = time.monotonic()
    current = {"number": 0}

    def announce(cell, cell_index):
        if cell_index in cells:
            current["number"] = cells.index(cell_index) + 1
            progress(f"{path.stem}: cell {current['number']} of {len(cells)}, {elapsed(started)}")

    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=announce,
        record_timing=False,
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        progress("", end="\n")
        raise CellFailed(f"{path.name}, cell {current['number']}: {reason(error)}") from error
    progress(f"{path.stem}: {len(cells)} cells in {elapsed(started)}", end="\n")
    for index in cells:
        notebook.cells[index].outputs = joined_streams(notebook.cells[index].outputs)
    return notebook


def joined_streams(outputs):
    """Outputs in their order, with text that came in pieces as one; nbclient would move all text to the first."""
    joined = []
    for output in outputs:
        if joined and output.output_type == "stream" and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def reason(error):
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return f"did not end within {CELL_TIMEOUT // 60} minutes"
    return "its kernel died, which most often means that memory ran out"


def accept(notebook, path, before):
    """Store a notebook that was executed from the bytes `before`, and say which cells show something else."""
    if path.read_bytes() != before:
        sys.exit(f"{path.name} was changed while it ran; it is left as it is, run this again")
    store(notebook, path)
    from tools.notebook_changes import summary  # needs nbdime, which `make run` does without

    lines = summary(read_notebook(before), read_notebook(path.read_bytes()))
    print(f"{path.name}: {'changed in' if lines else 'nothing changed'}")
    for line in lines:
        print(f"  {line}")


def store(notebook, path):
    """Write a notebook as git keeps it, of the metadata only kernel, tags and slides; whole or not at all."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in ("slideshow", "tags") if cell.metadata.get(name)}
    with atomic_write(path) as file:
        file.write((nbformat.writes(notebook) + "\n").encode("utf-8"))


def write_page(notebook, name):
    """build/NAME.ipynb, and build/NAME.html with formulas that need no internet."""
    nbformat.write(notebook, BUILD / f"{name}.ipynb")
    exporter = HTMLExporter(mathjax_url=MATHJAX, require_js_url="", mermaid_js_url="")
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    (BUILD / f"{name}.html").write_text(page.replace("</head>", PAGE_STYLE + "</head>", 1), encoding="utf-8")


def copy_mathjax(target):
    """The formula renderer, so that pages show formulas offline."""
    source = Path(jupyter_server_mathjax.__file__).parent / "static"
    shutil.copytree(source, target, dirs_exist_ok=True)
    settings = target / "config/local/stix.js"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(MATHJAX_SETTINGS, encoding="utf-8")


def write_index(names):
    """build/index.html: a thumbnail and the opening words for every notebook executed so far."""
    entries = [entry(name) for name in names if (BUILD / f"{name}.ipynb").exists()]
    page = INDEX_PAGE.format(entries="\n".join(entries))
    (BUILD / "index.html").write_text(page, encoding="utf-8")


def entry(name):
    notebook = nbformat.read(BUILD / f"{name}.ipynb", as_version=4)
    image = thumbnail(notebook)
    picture = f'<img src="{image}" alt="A figure from {name}">' if image else ""
    title, words = opening(notebook)
    return f'<a href="{name}.html">{picture}<h2>{html.escape(title)}</h2>{markdown2html(words)}</a>'


def thumbnail(notebook):
    """The picture of the cell tagged `thumbnail`, else the first one, as a data address; None without pictures."""
    pictures = [
        ("thumbnail" in cell.metadata.get("tags", []), f"data:{kind};base64,{data}")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        for kind, data in output.get("data", {}).items()
        if kind in ("image/png", "image/jpeg")
    ]
    chosen = [image for tagged, image in pictures if tagged] or [image for _, image in pictures]
    return chosen[0] if chosen else None


def opening(notebook):
    """Title and first paragraph of a notebook's first cell."""
    if not notebook.cells:
        return "", ""
    paragraphs = notebook.cells[0].source.strip().split("\n\n")
    return paragraphs[0].lstrip("# "), " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""


def elapsed(started):
    seconds = int(time.monotonic() - started)
    return f"{seconds // 60}:{seconds % 60:02d} min"


def progress(line, end=""):
    """One line that renews itself on a terminal; elsewhere a line each."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{line}", end=end, flush=True)
    elif line:
        print(line, flush=True)


# The package carries the STIX fonts only, MathJax looks for its own.
MATHJAX_SETTINGS = """\
MathJax.Hub.Config({"HTML-CSS": {availableFonts: [], imageFont: null, preferredFont: null, webFont: "STIX-Web"}});
MathJax.Ajax.loadComplete("[MathJax]/config/local/stix.js");
"""

# nbconvert shows code that a cell put out in the font of the text.
PAGE_STYLE = """<style>
.jp-OutputArea-output .highlight pre { font-family: var(--jp-code-font-family); font-size: var(--jp-code-font-size); }
</style>"""

INDEX_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CS231n, five notebooks</title>
<style>
  body {{ font: 17px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 72rem; padding: 0 1rem; color: #222; }}
  main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1.5rem; }}
  a {{ color: inherit; text-decoration: none; border: 1px solid #ddd; border-radius: .5rem; overflow: hidden; }}
  a:hover, a:focus {{ border-color: #8c1515; }}
  img {{ width: 100%; height: 12rem; object-fit: cover; object-position: left top; }}
  h2, p {{ margin: .5rem 1rem; }}
  h2 {{ font-size: 1.2rem; }}
</style>
<h1>CS231n, five notebooks</h1>
<main>
{entries}
</main>
</html>
"""

if __name__ == "__main__":
    with exit_with_message_on_oserror():
        main()
