"""Slides of a notebook, from the `slideshow` metadata of its cells; docs/slides.md lists the metadata's entries."""

import html
import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pygments.formatters import HtmlFormatter

from classroom.slides.parts import (
    SlideError,
    code_blocks,
    figures,
    markdown,
    printed_lines,
    stepwise,
    table_of,
    text_of,
)
from cs231n.files import atomic_write
from tools.notebook_files import ROOT, picture_of, read_notebook

TARGET = ROOT / "build/slides"
ENTRIES = {"slide_type": str, "summary": str, "notes": str, "minutes": (int, float), "alt": str, "outputs": list}
TYPES = ("slide", "subslide", "fragment", "-", "notes", "skip")
NEXT_SLIDE = r"(?m)^---$"  # a whole line
MOST_LINES = 3  # of printed text beside a picture or a function; longer text goes to the notes
CODE = re.compile(r"```python\n(.*)\n```\s*", re.DOTALL)
REVEAL = {  # file in the package -> file beside the decks
    "LICENSE": "LICENSE",
    "dist/reset.css": "reset.css",
    "dist/reveal.css": "reveal.css",
    "dist/reveal.js": "reveal.js",
    "plugin/notes/notes.js": "notes.js",
    "plugin/zoom/zoom.js": "zoom.js",
    "dist/theme/fonts/source-sans-pro/LICENSE": "source-sans-pro-LICENSE",
} | {
    f"dist/theme/fonts/source-sans-pro/source-sans-pro-{face}.woff": f"source-sans-pro-{face}.woff"
    for face in ("regular", "italic", "semibold", "semibolditalic")
}


@dataclass
class Page:
    """One slide: pieces of HTML, one below the other; notes for the speaker, in HTML; and its minutes."""

    blocks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    minutes: float = 0


def build(path, target):
    """Write the deck of the notebook at `path` into the folder `target`, with all that it needs beside it.

    Returns:
        pages: list of `Page` in their order; size: bytes of the deck.

    Raises:
        SlideError: if a cell's metadata or outputs cannot become a slide.
        NoNotebook: if the file at `path` is not a notebook.
    """
    try:
        stacks = stacks_of(read_notebook(path))
    except SlideError as error:
        raise SlideError(f"{path.name}: {error}") from None
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True)
    pages = [page for stack in stacks for page in stack]
    title = re.search(r"<h\d>(.*?)</h\d>", "".join(pages[0].blocks))
    deck = templates.get_template("deck.html").render(
        title=html.unescape(re.sub("<.*?>", "", title[1])) if title else path.stem,
        stacks=stacks,
        code_style=HtmlFormatter().get_style_defs(".code"),
    )
    package = files("sphinx_revealjs") / "_static/revealjs"
    for source, name in REVEAL.items():
        write(target / "reveal" / name, (package / source).read_bytes())
    write(target / "deck.css", (Path(__file__).parent / "deck.css").read_bytes())
    write(target / f"{path.stem}.html", deck.encode("utf-8"))
    return pages, len(deck.encode("utf-8"))


def write(path, content):
    """Write a file atomically, and create the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(content)


def stacks_of(notebook):
    """The slides of a notebook: a list of stacks, each a list of `Page` for a slide and its subslides.

    Raises:
        SlideError: if no cell is marked as a slide, or a cell's metadata or outputs cannot become a slide.
    """
    stacks = []
    for number, cell in enumerate(notebook.cells, 1):
        marks = cell.metadata.get("slideshow", {})
        kind = marks.get("slide_type") or "-"
        try:
            check_marks(marks, kind)
            if kind == "skip" or (not stacks and kind != "slide"):
                continue
            if kind == "notes":
                stacks[-1][-1].notes.append(markdown(cell.source))
                continue
            pages = code_pages(cell, marks) if cell.cell_type == "code" else text_pages(cell, marks)
        except SlideError as error:
            raise SlideError(f"cell {number} from the top: {error}") from None
        if kind == "slide":
            stacks.append(pages)
        elif kind == "subslide":
            stacks[-1] += pages
        else:
            join(stacks[-1][-1], pages.pop(0), kind == "fragment")
            stacks[-1] += pages
    if not stacks:
        raise SlideError(
            "no cell is marked as a slide; in JupyterLab choose a cell, then Slide under Common Tools in the right "
            "sidebar, or give it the metadata {'slideshow': {'slide_type': 'slide'}}"
        )
    spent, total = 0, sum(page.minutes for stack in stacks for page in stack)
    for page in (page for stack in stacks for page in stack):
        spent += page.minutes
        if page.minutes:
            page.notes.insert(0, f'<p class="clock">{page.minutes:g} min, to minute {spent:g} of {total:g}</p>')
    return stacks


def check_marks(marks, kind):
    """Raise SlideError if a cell's `slideshow` metadata has an unknown entry or an impossible value."""
    unknown = sorted(marks.keys() - ENTRIES.keys())
    if unknown:
        raise SlideError(f"slideshow has no entry {unknown[0]!r}; there are: {', '.join(ENTRIES)}")
    for name, value in marks.items():
        if not isinstance(value, ENTRIES[name]):
            raise SlideError(f"its {name} cannot be {value!r}; docs/slides.md says what is possible")
    if kind not in TYPES:
        raise SlideError(f"no slide_type {kind!r}; there are: {', '.join(TYPES)}")


def join(page, more, as_fragment):
    """Add the content of another cell's page to the end of a page."""
    page.blocks += [f'<div class="fragment">{block}</div>' for block in more.blocks] if as_fragment else more.blocks
    page.notes += more.notes
    page.minutes += more.minutes


def text_pages(cell, marks):
    """The pages of a Markdown cell, from its summary (its text then goes to the notes) or else from its text."""
    pages = summary_pages(marks.get("summary", cell.source), marks)
    if "summary" in marks:
        pages[0].notes.append(f"<p><em>In the notebook:</em></p>{markdown(cell.source)}")
    return pages


def code_pages(cell, marks):
    """The pages of a code cell, from its summary. Each gets a picture if there are as many; the last gets the rest."""
    pages = summary_pages(marks.get("summary", ""), marks)
    indices = marks.get("outputs", range(len(cell.outputs)))
    if not all(isinstance(k, int) and 0 <= k < len(cell.outputs) for k in indices):
        raise SlideError(f"outputs are chosen by numbers from 0 to {len(cell.outputs) - 1}, not {list(indices)}")
    outputs = [cell.outputs[k] for k in indices]
    pictures = [picture for output in outputs if (picture := picture_of(output))]
    sources = [match[1] for output in outputs if (match := CODE.fullmatch(text_of(output)))]
    tables = [f'<div class="table">{table}</div>' for output in outputs if (table := table_of(output))]
    others = [output for output in outputs if not (picture_of(output) or table_of(output))]
    printed = [output for output in others if not CODE.fullmatch(text_of(output))]
    blocks = figures(pictures, marks.get("alt", "").split("\n"))
    for page, block in zip(pages if len(pages) == len(blocks) else pages[-1:] * len(blocks), blocks, strict=True):
        page.blocks.append(block)
    pages[-1].blocks += tables + code_blocks(sources)
    if printed:
        lines = sum(len(text_of(output).rstrip().split("\n")) for output in printed)
        few = lines <= MOST_LINES or not (pictures or sources or tables)
        (pages[-1].blocks if few else pages[-1].notes).append(printed_lines(printed))
    return pages


def summary_pages(text, marks):
    """A `Page` for each part of the text, with the same part of the notes."""
    parts, notes = re.split(NEXT_SLIDE, text), re.split(NEXT_SLIDE, marks.get("notes", ""))
    if len(notes) > len(parts):
        raise SlideError(f"its notes have {len(notes)} parts, for {len(parts)} slides")
    pages = [Page(blocks=stepwise(part)) for part in parts]
    for page, note in zip(pages, notes, strict=False):
        page.notes += [markdown(note)] if note.strip() else []
    pages[0].minutes = marks.get("minutes", 0)
    return pages
