"""Build the site from the notebooks as they are stored, the package's docstrings and the pages in docs/.

    python -m classroom.site [FOLDER]

Default is build/site. The site is complete in its folder: index.html opens by double click, without internet.
"""

import ast
import base64
import html
import importlib
import importlib.metadata
import inspect
import io
import json
import os
import pkgutil
import re
import shutil
import sys
import tempfile
import textwrap
from pathlib import Path

import nbformat
from nbconvert.filters import markdown2html
from PIL import Image
from sphinx.cmd.build import main as sphinx

from cs231n.notebook import setup, source_of
from tools.notebook_files import joined_streams, opening, read_notebook, thumbnail

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).resolve().parent
CARD_WIDTH = 640  # pixels

# Which interactive figure stands at the end of which section of which notebook.
PLACES = {
    "lstm_gates": ("LSTM_Captioning", "The gates at work"),
    "style_steps": ("StyleTransfer", "How a picture comes about"),
    "style_weight": ("StyleTransfer", "How much style?"),
    "inversion": ("StyleTransfer", "Feature inversion: what a layer still knows"),
    "gan_interpolation": ("GANs", "To the end"),
}


def build(folder, notebooks, modules=None):
    """Build the site; what was in `folder` before is replaced when all has gone well, and kept otherwise.

    Args:
        folder: where to; notebooks: their paths, in the order of the pages; modules: names of those whose docstrings
        become pages, default the whole package.

    Raises:
        SystemExit: if `folder` holds something else, or if Sphinx found a fault, which it has printed.
        NoNotebook: if one of the files is not a notebook.
    """
    if folder.is_file() or folder.is_dir() and any(folder.iterdir()) and not (folder / "_static").is_dir():
        sys.exit(f"{folder} holds something else than a site; name a new folder")
    setup()  # docstrings are read from imported modules, and TensorFlow is to be quiet about it
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".site-") as work:
        source, pages = Path(work, "source"), Path(work, "pages")
        stage(source, notebooks, public_modules() if modules is None else modules)
        arguments = ["-q", "-W", "--keep-going", "-d", str(Path(work, "doctrees")), str(source), str(pages)]
        if sphinx(arguments) != 0:
            sys.exit("the site is left as it was: Sphinx found the faults above")
        for leftover in (".buildinfo", "objects.inv"):
            (pages / leftover).unlink(missing_ok=True)
        shutil.rmtree(pages / "_sources", ignore_errors=True)  # Sphinx 9 makes it, and puts nothing in
        if folder.exists():
            folder.replace(Path(work, "old"))
        pages.replace(folder)


# ---------------------------------------------------------------- pages


def stage(source, notebooks, modules):
    """Everything that Sphinx reads, in `source`, laid out as in the project so that links between files hold."""
    shutil.copytree(OWN / "static", source / "static")
    shutil.copy(OWN / "conf.py", source)
    shutil.copy(formula_renderer(), source / "static")
    for picture in (OWN / "figures").glob("*.jpg"):
        shutil.copy(picture, source / "static")
    texts = {
        path.relative_to(ROOT): path for path in [ROOT / "README.md", ROOT / "datasets/README.md", *teachers_pages()]
    }
    kept = {*texts, *(path.relative_to(ROOT) for path in notebooks)}
    kept |= {Path(*name.split(".")).with_suffix(".py") for name in modules}
    for name, path in texts.items():
        write(source / name, with_links_inside(path.read_text(encoding="utf-8"), name.parent, kept))
    for name in pictures_for_texts():
        shutil.copy(ROOT / name, source / name)
    (source / "notebooks").mkdir()
    for path in notebooks:
        page = notebook_page(read_notebook(path), path.stem)
        nbformat.write(page, source / "notebooks" / path.name)
    write_code_pages(source / "code", modules)
    write(source / "index.md", start_page(source, notebooks))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def formula_renderer():
    """MathJax's one-file renderer, from a package that carries it."""
    files = importlib.metadata.files("sphinx-mathjax-offline")
    return next(file.locate() for file in files if file.name == "tex-svg.js")


def teachers_pages():
    """docs/*.md, but for solutions of exercises: the site is for the class."""
    pages = [path for path in (ROOT / "docs").glob("*.md") if "solution" not in path.stem.lower()]
    return sorted(pages, key=lambda path: (path.stem != "teaching", path.stem))


def pictures_for_texts():
    return [path.relative_to(ROOT) for path in sorted((ROOT / "docs").glob("*.jpg"))]


def with_links_inside(text, folder, kept):
    """Markdown whose links to files that the site does not have are words only; to modules, links to their pages."""

    def link(match):
        words, target = match[1], match[2]
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        name = Path(os.path.normpath(folder / target.split("#")[0]))
        if name not in kept:
            return words
        if name.suffix == ".py":
            return f"{{doc}}`{words.strip('`')} </code/{'.'.join(name.with_suffix('').parts)}>`"
        return match[0]

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", link, text)


def start_page(source, notebooks):
    docs = "\n".join(f"docs/{path.stem}" for path in teachers_pages())
    names = [path.stem for path in notebooks]
    figures = [
        f"- [{about(figure)['title']}](notebooks/{name}.ipynb#{anchor(about(figure)['title'])})"
        for figure, (name, _) in PLACES.items()
        if name in names
    ]
    text = (OWN / "index.md").read_text(encoding="utf-8")
    parts = {
        "cards": "\n".join(
            ["```{raw} html", '<div class="cards">', *(card(p, source) for p in notebooks), "</div>", "```"]
        ),
        "figures": "\n".join(figures),
        "notebooks": "\n".join(f"notebooks/{name}" for name in names),
        "docs": docs,
    }
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return text


def card(path, source):
    """A link to a notebook's page with a picture, its title and its first words."""
    notebook = read_notebook(path)
    title, words = opening(notebook)
    image = thumbnail(notebook)
    if image:
        picture = Image.open(io.BytesIO(base64.b64decode(image.split(",")[1]))).convert("RGB")
        picture.thumbnail((CARD_WIDTH, CARD_WIDTH * 2))
        picture.save(source / "static" / f"card-{path.stem}.jpg", quality=85)
    shown = f'<img src="_static/card-{path.stem}.jpg" alt="">' if image else ""
    return (
        f'<a class="card" href="notebooks/{path.stem}.html">{shown}'
        f"<strong>{html.escape(title)}</strong>{markdown2html(words)}</a>"
    )


# ---------------------------------------------------------------- notebooks


def notebook_page(notebook, name):
    """A notebook with words for its pictures, its interactive figures, and the source of what it uses at the end."""
    shown = "".join(
        "".join(output.get("data", {}).get("text/markdown", ""))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = text_together(cell.outputs)
    notebook.cells = split_at_headings(notebook.cells)
    describe_pictures(notebook.cells)
    for figure, (owner, heading) in PLACES.items():
        if owner == name:
            insert_at_end_of_section(notebook.cells, heading, figure_text(figure))
    notebook.cells.append(nbformat.v4.new_markdown_cell(sources_text(notebook, shown)))
    return notebook


def text_together(outputs):
    """The same outputs, with what is only text, printed or displayed, as one wherever it follows one another."""
    return joined_streams(
        nbformat.v4.new_output("stream", name="stdout", text=output.data["text/plain"] + "\n")
        if set(output.get("data", ())) == {"text/plain"}
        else output
        for output in outputs
    )


def split_at_headings(cells):
    """The same cells, with each heading at the beginning of one."""
    split = []
    for cell in cells:
        if cell.cell_type != "markdown":
            split.append(cell)
            continue
        parts = re.split(r"(?m)^(?=#{1,6} )", cell.source)
        split += [nbformat.v4.new_markdown_cell(part.strip()) for part in parts if part.strip()]
    return split


def level_and_title(cell):
    """(2, "Data") of a cell that begins with "## Data", else (7, "")."""
    match = re.match(r"(#+) (.+)", cell.source) if cell.cell_type == "markdown" else None
    return (len(match[1]), match[2].strip()) if match else (7, "")


def insert_at_end_of_section(cells, heading, text):
    levels, titles = zip(*map(level_and_title, cells), strict=True)
    if heading not in titles:
        raise ValueError(f"no heading {heading!r} in the notebook, where classroom/site/build.py puts a figure")
    start = titles.index(heading)
    ends = [k for k in range(start + 1, len(cells)) if levels[k] <= levels[start]]
    cells.insert(ends[0] if ends else len(cells), nbformat.v4.new_markdown_cell(text))


def describe_pictures(cells):
    """Say in words what each cell's pictures show, for who cannot see them.

    That is a line for each picture from the cell's own metadata, which slides use as well, else what is written before
    the cell and drawn on its figure.
    """
    heading, before = "", ""
    for cell in cells:
        if cell.cell_type == "markdown":
            heading = level_and_title(cell)[1] or heading
            before = plain(re.sub(r"(?m)^#.*$|\$\$.*?\$\$", "", cell.source, flags=re.DOTALL))
            continue
        if any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})):
            labels = drawn_words(cell.source)
            if "alt" in cell.metadata.get("slideshow", {}):
                cell.metadata["mystnb"] = {"image": {"alt": cell.metadata.slideshow.alt}}
                continue
            words = [f"Figure of the section “{plain(heading)}”.", last_sentence(before)]
            words += [f"On it: {'; '.join(labels)}."] if labels else []
            cell.metadata["mystnb"] = {"image": {"alt": " ".join(filter(None, words))}}


def plain(text):
    """Markdown as words."""
    return " ".join(re.sub(r"[*`$_\\{}#]|!?\[|\]\([^)]*\)|\]", "", text).split())


def last_sentence(text, limit=220):
    sentences = re.split(r"(?<=[.:!?]) +(?=[A-Z0-9“])", text)
    return textwrap.shorten(sentences[-1].rstrip(":"), limit, placeholder=" …")


def parsed(source):
    """Syntax tree of a cell's code, in which lines for IPython alone do nothing."""
    return ast.parse(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source))


def drawn_words(source):
    """Titles and labels that a cell gives to its figure, as far as they stand there word by word."""
    words = []
    for node in ast.walk(parsed(source)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        values = [k.value for k in node.keywords if k.arg in ("title", "suptitle", "xlabel", "ylabel", "label")]
        if called in ("set_title", "suptitle", "set_xlabel", "set_ylabel"):
            values += node.args[:1]
        words += [plain(v.value) for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    return list(dict.fromkeys(filter(None, words)))


def sources_text(notebook, shown):
    """A section with the source of every function and class of the package that the notebook uses and has not shown."""
    entries = []
    for thing in used_of_package(notebook):
        code, name = source_of(thing), f"{thing.__module__}.{thing.__qualname__}"
        if code.strip() in shown:
            entries.append(f"{{py:obj}}`~{name}`, shown above")
            continue
        words = html.escape((inspect.getdoc(thing) or "").split("\n")[0])
        words = re.sub("`([^`]+)`", r"<code>\1</code>", words)
        summary = f"<summary><code>{thing.__qualname__}</code> {words}</summary>"
        entries += [
            f'```{{raw}} html\n<details class="source">{summary}\n```',
            f"From {{py:obj}}`{name}`",
            f"```python\n{code}\n```",
            "```{raw} html\n</details>\n```",
        ]
    words = "What this notebook uses of the package, module by module; what is not shown above opens here."
    return "\n\n".join(["## Source of the functions", words, *entries])


def used_of_package(notebook):
    """Functions and classes of cs231n that a notebook's cells name, sorted by module and place in it."""
    modules, found = {}, set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(parsed(cell.source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cs231n":
                for alias in (alias for alias in node.names if alias.name != "*"):
                    module = importlib.import_module(node.module)
                    if hasattr(module, alias.name) and not inspect.ismodule(getattr(module, alias.name)):
                        found.add(getattr(module, alias.name) if callable(getattr(module, alias.name)) else None)
                    else:
                        modules[alias.asname or alias.name] = importlib.import_module(f"{node.module}.{alias.name}")
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                thing = getattr(modules[node.value.id], node.attr, None)
                found.add(thing if inspect.isfunction(thing) or inspect.isclass(thing) else None)
    return sorted(found - {None}, key=lambda thing: (thing.__module__, inspect.getsourcelines(thing)[1]))


# ---------------------------------------------------------------- interactive figures


def about(figure):
    return json.loads((OWN / "figures" / f"{figure}.json").read_text(encoding="utf-8"))


def anchor(title):
    return re.sub(r"[^\w -]", "", f"To play with: {title}".lower()).replace(" ", "-")


def figure_text(figure):
    """Markdown of an interactive figure: a heading, and HTML that static/site.js brings to life."""
    data = about(figure)
    start = data.get("start", 0)
    column, row = start % data["columns"], start // data["columns"]
    width, height = data["width"], data["height"]
    widest = data.get("scale", 2) * width
    frame = (
        f'<div class="play-frame" style="aspect-ratio: {width} / {height}; max-width: {widest}px">'
        f'<img src="../_static/{figure}.jpg" alt="{html.escape(data.get("alt", ""))}" '
        f'style="width: {100 * data["columns"]}%; transform: translate({-100 * column / data["columns"]}%, '
        f'{-100 * row / data["rows"]}%)"></div>'
    )
    content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return "\n".join(
        [
            f"### To play with: {data['title']}",
            "",
            "```{raw} html",
            f'<figure class="play" data-play="{"gates" if "captions" in data else "slider"}">',
            frame,
            f'<script type="application/json">{content}</script>',
            "<noscript><p>The figure moves where the browser runs scripts.</p></noscript>",
            f"<figcaption>{html.escape(data['caption'])}</figcaption>",
            "</figure>",
            "```",
        ]
    )


# ---------------------------------------------------------------- the package


def public_modules():
    """Names of the modules of cs231n, but for those that are private or run as programs."""
    package = importlib.import_module("cs231n")
    names = [module.name for module in pkgutil.walk_packages(package.__path__, "cs231n.")]
    return sorted(name for name in names if not any(part.startswith("_") for part in name.split(".")))


def write_code_pages(folder, modules):
    """A page for each module with its docstrings, and one that lists them."""
    rows = []
    for name in modules:
        module = importlib.import_module(name)
        write(
            folder / f"{name}.md",
            f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n   :ignore-module-all:\n```\n",
        )
        rows.append(f"- {{doc}}`{name}`: {(module.__doc__ or '').strip().splitlines()[0] if module.__doc__ else ''}")
    contents = "\n".join(["```{toctree}", ":hidden:", "", *modules, "```"])
    intro = (
        "The functions behind the notebooks, module by module. `[source]` beside a name shows its code, and a name in "
        "code leads back."
    )
    write(folder / "index.md", "\n\n".join(["# The package cs231n", intro, "\n".join(rows), contents]) + "\n")
