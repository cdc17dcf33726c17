"""HTML pages of executed notebooks and an index of them, which need neither a kernel nor internet."""

import html
import shutil
import threading
from contextlib import suppress
from pathlib import Path

import jupyter_server_mathjax
import nbformat
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html

from cs231n.files import atomic_write
from tools.notebook_files import NoNotebook, code_cells, is_beyond, notebook_paths, opening, read_notebook, thumbnail

MATHJAX = "mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe,local/stix"


class Pages:
    """The pages of executed notebooks in a folder, and their index; any thread may write a page."""

    def __init__(self, folder):
        self.folder, self.lock = folder, threading.Lock()
        self.running = {}  # as of `write_index`

    def write(self, notebook, name, running=None):
        """Write NAME.ipynb, NAME.html and index.html.

        Args:
            running: str, how far a notebook is that still runs; its page says so, and a browser loads it again.
        """
        with self.lock:
            self.running[name] = running
            write_text(self.folder / f"{name}.ipynb", nbformat.writes(notebook) + "\n")
            write_text(self.folder / f"{name}.html", html_page(notebook, name, running))
            write_index(notebook_paths(), self.folder, self.running)


def write_text(path, text):
    """Write a file whole or not at all: a browser or the next run may read it, whenever this run ends."""
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


def html_page(notebook, name, running=None):
    """The HTML of a notebook, with formulas that need no internet; `running` as in `Pages.write`."""
    exporter = HTMLExporter(mathjax_url=MATHJAX, require_js_url="", mermaid_js_url="")
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    page = page.replace("</head>", PAGE_STYLE + (LOADED_AGAIN if running else "") + "</head>", 1)
    return page.replace("<main>", f"<main><p><b>{html.escape(running)}</b></p>", 1) if running else page


def copy_mathjax(target):
    """Copy MathJax, which draws the formulas, so that pages need no internet."""
    source = Path(jupyter_server_mathjax.__file__).parent / "static"
    shutil.copytree(source, target, dirs_exist_ok=True)
    settings = target / "config/local/stix.js"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(MATHJAX_SETTINGS, encoding="utf-8")


def write_index(paths, folder, running):
    """Write index.html to `folder`: thumbnail, opening words and state of every notebook executed so far.

    Args:
        paths: paths of the notebooks, in the order of the index; those beyond the course get a section of their own.
        folder: Path of the folder that holds the executed notebooks.
        running: dict name of a notebook that still runs -> how far it is, in words.
    """
    course, beyond = [], []
    for path in paths:
        if (folder / path.name).exists():
            with suppress(NoNotebook):  # damaged after an earlier run; it is written anew when the notebook runs
                (beyond if is_beyond(path) else course).append(entry(path.stem, folder, running.get(path.stem)))
    sections = ["<main>", *course, "</main>"]
    if beyond:
        sections += ["<h2>Beyond the course</h2>", '<section class="beyond">', *beyond, "</section>"]
    write_text(folder / "index.html", INDEX_PAGE.format(sections="\n".join(sections)))


def entry(name, folder, running):
    notebook = read_notebook(folder / f"{name}.ipynb")
    image = thumbnail(notebook)
    picture = f'<img src="{image}" alt="A figure from {name}">' if image else ""
    title, words = opening(notebook)
    state = f"<p><b>{html.escape(running)}</b></p>" if running else stopped(notebook)
    return f'<a href="{name}.html">{picture}<h2>{html.escape(title)}</h2>{state}{markdown2html(words)}</a>'


def stopped(notebook):
    """A paragraph about the error that stopped the notebook; an empty string if none did."""
    for number, cell in enumerate(code_cells(notebook), 1):
        for output in cell.outputs:
            if output.output_type == "error":
                words = html.escape(f"Stopped at cell {number}: {output.ename}: {output.evalue}")
                return f'<p class="error">{words}</p>'
    return ""


# jupyter_server_mathjax has the STIX fonts only; without these settings MathJax looks for fonts of its own.
MATHJAX_SETTINGS = """\
MathJax.Hub.Config({"HTML-CSS": {availableFonts: [], imageFont: null, preferredFont: null, webFont: "STIX-Web"}});
MathJax.Ajax.loadComplete("[MathJax]/config/local/stix.js");
"""

# nbconvert shows code in outputs (of `show_source`) in the font of the text.
PAGE_STYLE = """<style>
.jp-OutputArea-output .highlight pre { font-family: var(--jp-code-font-family); font-size: var(--jp-code-font-size); }
</style>"""

LOADED_AGAIN = '<meta http-equiv="refresh" content="30">'  # seconds

INDEX_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CS231n, five notebooks</title>
<style>
  body {{ font: 17px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 72rem; padding: 0 1rem; color: #222; }}
  main, .beyond {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1.5rem; }}
  a {{ color: inherit; text-decoration: none; border: 1px solid #ddd; border-radius: .5rem; overflow: hidden; }}
  a:hover, a:focus {{ border-color: #8c1515; }}
  img {{ width: 100%; height: 12rem; object-fit: cover; object-position: left top; }}
  h2, p {{ margin: .5rem 1rem; }}
  .error {{ color: #8c1515; font-weight: bold; }}
  h2 {{ font-size: 1.2rem; }}
</style>
<h1>CS231n, five notebooks</h1>
{sections}
</html>
"""
