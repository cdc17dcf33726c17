"""Execute the notebooks into build/ and make pages to look at.

    python -m tools.run_notebooks [NAME ...] [--accept]

Progress is printed: which notebook, which cell, how long. The notebooks in notebooks/ are only read, except with
--accept: then each notebook that ran to its end is stored there with its new outputs, and a summary says what changed.
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
from tools.notebook_files import (
    ROOT,
    NoNotebook,
    code_cells,
    joined_streams,
    notebook_of,
    notebook_paths,
    opening,
    read_notebook,
    thumbnail,
)

BUILD = ROOT / "build"
CELL_TIMEOUT = 1800  # seconds
MATHJAX = "mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe,local/stix"


class RunFailed(Exception):
    """One sentence: which notebook could not be run or stored, and why."""


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.run_notebooks", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks to run, default all")
    parser.add_argument("--accept", action="store_true", help="store the outputs in notebooks/")
    options = parser.parse_args(argv)
    os.environ["TQDM_DISABLE"] = "1"  # progress bars are for people; the kernels inherit this
    if options.accept:
        os.environ["CS231N_EMBEDDED_ONLY"] = "1"  # as for nbval, in conftest.py
    try:
        paths = notebook_paths(options.names)
        BUILD.mkdir(exist_ok=True)
        copy_mathjax(BUILD / "mathjax")
        for path in paths:
            run(path, options.accept)
    except (NoNotebook, RunFailed) as error:
        sys.exit(str(error))
    if options.accept:
        print("CHANGES.md names every number that moved, and why: add what is listed above.")
    write_index([path.stem for path in notebook_paths()])
    print(f"\nDone. Open {(BUILD / 'index.html').relative_to(ROOT)} in a browser.")


def run(path, accepting):
    """Execute a notebook, make its page and, if `accepting`, store its outputs."""
    before = path.read_bytes()
    notebook = notebook_of(before, path.name)
    execute(notebook, path)
    write_page(notebook, path.stem)
    if accepting:
        accept(notebook, path, before)


def execute(notebook, path):
    """Run the cells of a notebook from top to bottom in a new kernel, in the folder of its file; changes the notebook.

    Raises:
        RunFailed: if a cell raises an error, takes too long or ends the kernel; the cells after it do not run.
    """
    cells = code_cells(notebook)
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    started, current = time.monotonic(), 0

    def announce(cell, cell_index):
        nonlocal current
        if cell.cell_type == "code":
            current += 1
            progress(f"{path.stem}: cell {current} of {len(cells)}, {elapsed(started)}")

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
        raise RunFailed(f"{path.name}, cell {current}: {reason(error)}") from error
    progress(f"{path.stem}: {len(cells)} cells in {elapsed(started)}", end="\n")
    for cell in cells:
        cell.outputs = joined_streams(cell.outputs)


def reason(error):
    """Why a cell failed, for the end of a sentence."""
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return f"it did not end within {CELL_TIMEOUT // 60} minutes"
    return "its kernel died, which most often means that memory ran out"


def accept(notebook, path, before):
    """Store a notebook that was executed from the bytes `before`, and print which cells show something else.

    Raises:
        RunFailed: if the file was changed since.
    """
    if path.read_bytes() != before:
        raise RunFailed(f"{path.name} was changed while it ran; it is left as it is, run this again")
    store(notebook, path)
    from tools.notebook_changes import summary  # needs nbdime, which `make run` does without

    lines = summary(notebook_of(before, path.name), read_notebook(path))
    print(f"{path.name}: {'changed in' if lines else 'nothing changed'}")
    for line in lines:
        print(f"  {line}")


def store(notebook, path):
    """Write a notebook atomically and in the form that git keeps: its only metadata are kernel, tags and slides."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {name: cell.metadata[name] for name in ("slideshow", "tags") if cell.metadata.get(name)}
    with atomic_write(path) as file:
        file.write((nbformat.writes(notebook) + "\n").encode("utf-8"))


def write_page(notebook, name):
    """Write build/NAME.ipynb, and build/NAME.html with formulas that need no internet."""
    nbformat.write(notebook, BUILD / f"{name}.ipynb")
    exporter = HTMLExporter(mathjax_url=MATHJAX, require_js_url="", mermaid_js_url="")
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    (BUILD / f"{name}.html").write_text(page.replace("</head>", PAGE_STYLE + "</head>", 1), encoding="utf-8")


def copy_mathjax(target):
    """Copy MathJax, which draws the formulas, so that pages need no internet."""
    source = Path(jupyter_server_mathjax.__file__).parent / "static"
    shutil.copytree(source, target, dirs_exist_ok=True)
    settings = target / "config/local/stix.js"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(MATHJAX_SETTINGS, encoding="utf-8")


def write_index(names):
    """Write build/index.html: a thumbnail and the opening words of every notebook executed so far."""
    entries = [entry(name) for name in names if (BUILD / f"{name}.ipynb").exists()]
    page = INDEX_PAGE.format(entries="\n".join(entries))
    (BUILD / "index.html").write_text(page, encoding="utf-8")


def entry(name):
    notebook = read_notebook(BUILD / f"{name}.ipynb")
    image = thumbnail(notebook)
    picture = f'<img src="{image}" alt="A figure from {name}">' if image else ""
    title, words = opening(notebook)
    return f'<a href="{name}.html">{picture}<h2>{html.escape(title)}</h2>{markdown2html(words)}</a>'


def elapsed(started):
    seconds = int(time.monotonic() - started)
    return f"{seconds // 60}:{seconds % 60:02d} min"


def progress(line, end=""):
    """Print a line that replaces the one before on a terminal; elsewhere every line stays."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{line}", end=end, flush=True)
    elif line:
        print(line, flush=True)


# jupyter_server_mathjax has the STIX fonts only; without these settings MathJax looks for fonts of its own.
MATHJAX_SETTINGS = """\
MathJax.Hub.Config({"HTML-CSS": {availableFonts: [], imageFont: null, preferredFont: null, webFont: "STIX-Web"}});
MathJax.Ajax.loadComplete("[MathJax]/config/local/stix.js");
"""

# nbconvert shows code in outputs (of `show_source`) in the font of the text.
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
