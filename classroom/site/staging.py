"""The files that Sphinx reads, in folders as in the project."""

import base64
import html
import importlib.metadata
import io
import os
import re
import shutil
from pathlib import Path

import nbformat
from nbconvert.filters import markdown2html
from PIL import Image

from classroom.site.interactive import PLACES, anchor, data_of, figure_text, moves
from classroom.site.notebook_pages import notebook_page
from classroom.site.package_pages import write_code_pages
from tools.notebook_files import BEYOND, ROOT, is_beyond, opening, path_in_project, read_notebook, thumbnail

OWN = Path(__file__).resolve().parent
CARD_WIDTH = 640  # pixels


def stage(source, notebooks, modules):
    """Write everything that Sphinx reads to the folder `source`; arguments as for `build`.

    Files lie as in the project, so that links between them hold.
    """
    shutil.copytree(OWN / "static", source / "static")
    shutil.copy(OWN / "conf.py", source)
    shutil.copy(_formula_renderer(), source / "static")
    for picture in (OWN / "figures").glob("*.jpg"):
        shutil.copy(picture, source / "static")
    write_code_pages(source / "code", modules)
    texts = [ROOT / "README.md", ROOT / "datasets/README.md", *teachers_pages()]
    pages = {path.relative_to(ROOT) for path in texts} | {path_in_project(path) for path in notebooks}
    pages |= {Path(*name.split(".")).with_suffix(".py") for name in modules}
    for path in texts:
        name = path.relative_to(ROOT)
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        text = with_links_inside(path.read_text(encoding="utf-8"), name.parent, pages)
        (source / name).write_text(with_stills(text, name.parent, source / "static"), encoding="utf-8")
    for picture in (ROOT / "docs").glob("*.jpg"):
        shutil.copy(picture, source / "docs")
    shutil.copytree(ROOT / "docs/own_pictures", source / "docs/own_pictures")
    (source / "notebooks" / BEYOND).mkdir(parents=True)
    for path in notebooks:
        static = f"{'../' * len(path_in_project(path).parent.parts)}_static"
        nbformat.write(notebook_page(read_notebook(path), path.stem, static), source / path_in_project(path))
    (source / "index.md").write_text(start_page(source, notebooks), encoding="utf-8")


def _formula_renderer():
    """The path of MathJax's one-file renderer, which is part of a package."""
    files = importlib.metadata.files("sphinx-mathjax-offline")
    return next(file.locate() for file in files if file.name == "tex-svg.js")


def teachers_pages():
    """The paths of docs/*.md, without solutions of exercises, because students read the site."""
    pages = [path for path in (ROOT / "docs").glob("*.md") if "solution" not in path.stem.lower()]
    return sorted(pages, key=lambda path: (path.stem != "teaching", path.stem))


def with_links_inside(text, folder, pages):
    """Markdown with links that work on the site.

    Args:
        text: Markdown of a file in `folder`, a path from the project's root.
        pages: set of paths from the root. Links to other files become plain words, and links to modules lead to the
            modules' pages.
    """

    def link(match):
        words, target = match[1], match[2]
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        path = Path(os.path.normpath(folder / target.split("#")[0]))
        if path not in pages:
            return words
        if path.suffix == ".py":
            return f"{{doc}}`{words.strip('`')} </code/{'.'.join(path.with_suffix('').parts)}>`"
        return match[0]

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", link, text)


def with_stills(text, folder, static):
    """Markdown in which an animated picture is its last frame, with a button that static/site.js adds to play it.

    Args:
        text: Markdown of a file in `folder`, a path from the project's root.
        static: Path of the folder to which the animations and their last frames are written.
    """

    def still(match):
        path = ROOT / folder / match[2]
        if path.suffix not in (".webp", ".gif"):
            return match[0]
        shutil.copy(path, static)
        with Image.open(path) as film:
            film.seek(film.n_frames - 1)
            film.convert("RGB").save(static / f"{path.stem}.jpg", quality=90)
        address = f"{'../' * len(folder.parts)}_static/{path.stem}"
        return (
            f'```{{raw}} html\n<div class="film" data-film="{address}{path.suffix}">'
            f'<img src="{address}.jpg" alt="{html.escape(match[1])}">'
            f'<noscript><p><a href="{address}{path.suffix}">The animation</a></p></noscript></div>\n```'
        )

    return re.sub(r"(?m)^!\[([^\]]*)\]\(([^)\s:]+)\)$", still, text)


# ---------------------------------------------------------------- start page


def start_page(source, notebooks):
    """The Markdown of the start page; writes the pictures of the cards to `source`/static."""
    paths = {path.stem: path_in_project(path) for path in notebooks}
    figures = [(figure, paths[name]) for figure, (name, _) in PLACES.items() if name in paths]
    course, beyond = ([path for path in notebooks if is_beyond(path) == last] for last in (False, True))
    more = ["## Beyond the course", "", *cards(beyond, source)] if beyond else []
    parts = {
        "cards": [*cards(course, source), "", *more],
        "moving": [moving(figure, path) for figure, path in figures if moves(figure)],
        "figures": [f"- {link_to(figure, path)}" for figure, path in figures if not moves(figure)],
        "notebooks": [path_in_project(path).with_suffix("").as_posix() for path in notebooks],
        "docs": [f"docs/{path.stem}" for path in teachers_pages()],
    }
    text = (OWN / "index.md").read_text(encoding="utf-8")
    for name, lines in parts.items():
        text = text.replace(f"{{{name}}}", "\n".join(lines))
    return text


def link_to(figure, path):
    """A Markdown link to an interactive figure in the page of the notebook at `path`, a path from the root."""
    return f"[{data_of(figure)['title']}]({path.as_posix()}#{anchor(figure)})"


def moving(figure, path):
    """The Markdown of a figure on the start page, with a link to the same figure in its notebook."""
    return f"{figure_text(figure, '_static')}\n\nIn its notebook: {link_to(figure, path)}.\n"


def cards(paths, source):
    """The lines of a block of HTML with a card for each notebook."""
    return ["```{raw} html", '<div class="cards">', *(card(path, source) for path in paths), "</div>", "```"]


def card(path, source):
    """A link to a notebook's page, in HTML: a picture, the title and the first paragraph."""
    notebook = read_notebook(path)
    title, words = opening(notebook)
    image = thumbnail(notebook)
    if image:
        picture = Image.open(io.BytesIO(base64.b64decode(image.split(",")[1]))).convert("RGB")
        picture.thumbnail((CARD_WIDTH, CARD_WIDTH * 2))
        picture.save(source / "static" / f"card-{path.stem}.jpg", quality=85)
    tag = f'<img src="_static/card-{path.stem}.jpg" alt="">' if image else ""
    return (
        f'<a class="card" href="{path_in_project(path).with_suffix(".html").as_posix()}">{tag}'
        f"<strong>{html.escape(title)}</strong>{markdown2html(words)}</a>"
    )
