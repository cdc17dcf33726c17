"""Lecture slides: for each notebook a reveal.js deck of 50 minutes that needs no internet.

    python -m classroom.slides [NAME ...]

What stands on a slide is said by the notebook itself, in the `slideshow` metadata of its cells, which readers of the
notebook do not see. docs/slides.md lists its entries. The decks go to build/slides/.
"""

import argparse
import ast
import html
import re
import sys
import textwrap
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import ziafont
import ziamath
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS, TARGET = ROOT / "notebooks", ROOT / "build/slides"
ORDER = ("RNN_Captioning", "LSTM_Captioning", "NetworkVisualization", "StyleTransfer", "GANs")
ENTRIES = {"slide_type", "summary", "notes", "minutes", "alt", "outputs"}
TYPES = ("slide", "subslide", "fragment", "-", "skip")
NEXT_SLIDE, PAUSE = r"(?m)^---$", r"(?m)^\. \. \.$"  # lines by themselves, as Pandoc has them
CODE_WIDTH, CODE_HEIGHT, CODE_SIZES = 1180, 560, (16, 26)  # pixels, of a slide of 1280 x 720
MOST_LINES = 3  # printed beside a picture or a function; what is more goes to the notes
FORMULA_SIZE = 32  # at which formulas are set; a page scales them with its text
CODE = re.compile(r"```python\n(.*)\n```\s*", re.DOTALL)
REVEAL = {  # file in the package: file beside the decks
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


class SlideError(ValueError):
    """One sentence: which cell of a notebook makes no slide, and what to write there."""


@dataclass
class Page:
    """One slide: pieces of HTML that stand on it one below the other, and what is said to it."""

    blocks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    minutes: float = 0


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.slides", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks, default all")
    names = parser.parse_args(argv).names
    paths = {path.stem: path for path in NOTEBOOKS.glob("*.ipynb")}
    unknown = [name for name in names if name not in paths]
    if unknown:
        sys.exit(f"no notebook {unknown[0]!r}; there are: {', '.join(sorted(paths))}")
    known = [name for name in ORDER if name in paths]
    for name in names or [*known, *sorted(paths.keys() - set(known))]:
        try:
            pages, size = build(paths[name], TARGET)
        except SlideError as error:
            sys.exit(f"{paths[name].name}: {error}")
        minutes = sum(page.minutes for page in pages)
        print(f"{name}.html: {len(pages)} slides, {minutes:g} minutes, {size / 1e6:.1f} MB")
    print(f"Open {TARGET.relative_to(ROOT)}/NAME.html in a browser; S opens the speaker's window.")


def build(path, target):
    """Write the deck of the notebook at `path` into the folder `target`, with all that it needs beside it.

    Returns:
        pages: list of `Page` in their order; size: bytes of the deck.

    Raises:
        SlideError: see there.
    """
    stacks = stacks_of(nbformat.read(path, as_version=4))
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
    """A file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def stacks_of(notebook):
    """The slides of a notebook: a list of lists of `Page`, each inner one a slide and its subslides.

    Raises:
        SlideError: no cell is marked as a slide, or one cannot be made of what a cell says.
    """
    stacks = []
    for number, cell in enumerate(notebook.cells, 1):
        marks = cell.metadata.get("slideshow", {})
        kind = marks.get("slide_type") or "-"
        try:
            check_marks(marks, kind)
            if kind == "skip" or (not stacks and kind != "slide"):
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
    unknown = sorted(marks.keys() - ENTRIES)
    if unknown:
        raise SlideError(f"slideshow has no entry {unknown[0]!r}; there are: {', '.join(sorted(ENTRIES))}")
    if kind not in TYPES:
        raise SlideError(f"no slide_type {kind!r}; there are: {', '.join(TYPES)}")


def join(page, more, as_fragment):
    """Put what another cell shows at the foot of a page."""
    page.blocks += [f'<div class="fragment">{block}</div>' for block in more.blocks] if as_fragment else more.blocks
    page.notes += more.notes
    page.minutes += more.minutes


def text_pages(cell, marks):
    """Slides of a Markdown cell: of its summary, while its text goes to the notes; or of its text."""
    pages = summary_pages(marks.get("summary", cell.source), marks)
    if "summary" in marks:
        pages[0].notes.append(f"<p><em>In the notebook:</em></p>{markdown(cell.source)}")
    return pages


def code_pages(cell, marks):
    """Slides of a code cell: of its summary, the last of them with what the cell put out."""
    pages = summary_pages(marks.get("summary", ""), marks)
    chosen = marks.get("outputs", range(len(cell.outputs)))
    if not all(isinstance(k, int) and 0 <= k < len(cell.outputs) for k in chosen):
        raise SlideError(f"outputs are chosen by numbers from 0 to {len(cell.outputs) - 1}, not {list(chosen)}")
    outputs = [cell.outputs[k] for k in chosen]
    pictures = [picture for output in outputs if (picture := picture_of(output))]
    sources = [match[1] for output in outputs if (match := CODE.fullmatch(text_of(output)))]
    printed = [output for output in outputs if not (picture_of(output) or CODE.fullmatch(text_of(output)))]
    pages[-1].blocks += figures(pictures, marks.get("alt", "").split("\n")) + code_blocks(sources)
    if printed:
        lines = sum(len(text_of(output).rstrip().split("\n")) for output in printed)
        few = lines <= MOST_LINES or not (pictures or sources)
        (pages[-1].blocks if few else pages[-1].notes).append(printed_lines(printed))
    return pages


def summary_pages(text, marks):
    """A `Page` for each part of the text, with its part of the notes."""
    parts, notes = re.split(NEXT_SLIDE, text), re.split(NEXT_SLIDE, marks.get("notes", ""))
    if len(notes) > len(parts):
        raise SlideError(f"its notes have {len(notes)} parts, for {len(parts)} slides")
    pages = [Page(blocks=stepwise(part)) for part in parts]
    for page, note in zip(pages, notes, strict=False):
        page.notes += [markdown(note)] if note.strip() else []
    pages[0].minutes = marks.get("minutes", 0)
    return pages


def stepwise(text):
    """Pieces of HTML; those after the first come up one after the other."""
    first, *others = (markdown(piece) for piece in re.split(PAUSE, text))
    return [first] * bool(first) + [f'<div class="fragment">{piece}</div>' for piece in others]


def picture_of(output):
    """The address of an output's picture, with the picture in it; None for other outputs."""
    data = output.get("data", {})
    return next((f"data:{kind};base64,{data[kind]}" for kind in ("image/jpeg", "image/png") if kind in data), None)


def text_of(output):
    data = output.get("data", {})
    return data.get("text/markdown") or data.get("text/plain") or output.get("text", "")


def figures(pictures, alternatives):
    alternatives = [line for line in alternatives if line.strip()]
    if len(pictures) != len(alternatives):
        raise SlideError(
            f"{len(pictures)} pictures come on a slide, so `alt` needs as many lines, each telling what one of them "
            f"shows to those who cannot see it; there are {len(alternatives)}"
        )
    return [
        f'<figure><img src="{picture}" alt="{html.escape(words)}"></figure>'
        for picture, words in zip(pictures, alternatives, strict=True)
    ]


def code_blocks(sources):
    """Functions in colours, in one size in which all of them fit a slide.

    Raises:
        SlideError: they would have to be too small to be read.
    """
    if not sources:
        return []
    sources = [brief(source) for source in sources]
    lines = [line for source in sources for line in source.split("\n")]
    width = max(len(line) for line in lines)
    size = min(CODE_SIZES[1], CODE_WIDTH / (0.602 * width), CODE_HEIGHT / (1.35 * len(lines) + len(sources)))
    if size < CODE_SIZES[0]:
        raise SlideError(
            f"{len(lines)} lines of up to {width} letters cannot be read on a slide; choose among its outputs "
            "by `outputs`, a list of their numbers from 0"
        )
    style = f"font-size:{size:.1f}px"
    formatter = HtmlFormatter(cssclass="code", cssstyles=style)
    return [highlight(source, PythonLexer(), formatter) for source in sources]


def brief(source):
    """A function as a lecture needs it: of its docstring the first paragraph, and without checks of its arguments."""
    try:
        function = ast.parse(source).body[0]
        words = ast.get_docstring(function)
    except (SyntaxError, IndexError, TypeError):
        return source
    lines = source.split("\n")
    checks = [
        node
        for block in ast.walk(function)
        if isinstance(body := getattr(block, "body", None), list) and len(body) > 1
        for node in body
        if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[0], ast.Raise)
    ]
    for node in sorted(checks, key=lambda node: -node.lineno):  # from below, or the lines above get other numbers
        del lines[node.lineno - 1 : node.end_lineno]
    if words is not None:
        node = function.body[0]
        width = min(88, max(72, *map(len, lines[node.end_lineno :])))
        indent, first = " " * node.col_offset, " ".join(words.split("\n\n")[0].split())
        shown = textwrap.fill(f'"""{first}"""', width, initial_indent=indent, subsequent_indent=indent)
        lines[node.lineno - 1 : node.end_lineno] = shown.split("\n")
    return "\n".join(lines)


def printed_lines(outputs):
    """What cells print in columns keeps them; a verdict is a sentence."""
    shown = []
    for output in outputs:
        text = html.escape(text_of(output).rstrip())
        text = re.sub(r"(?m): ok \((.*)\)$", r': <b class="ok">ok</b> (\1)', text)
        shown.append(f'<span class="exact">{text}</span>' if output.output_type == "stream" else text)
    return '<div class="printed">' + "\n".join(shown) + "</div>"


def formula(tex, options):
    """A formula as a drawing that every browser shows alike, without a script or a font."""
    try:
        drawing = ziamath.Latex(tex, size=FORMULA_SIZE, inline=not options["display_mode"]).svgxml()
    except Exception as error:  # of several kinds, from inside of its parser
        raise SlideError(f"the formula {tex!r} cannot be drawn: {error}") from error
    _, top, width, height = (float(number) / FORMULA_SIZE for number in drawing.get("viewBox").split())
    del drawing.attrib["width"], drawing.attrib["height"]
    drawing.set("style", f"width:{width:.3f}em;height:{height:.3f}em;vertical-align:{-top - height:.3f}em")
    drawing.set("role", "img")
    drawing.set("aria-label", tex)
    return ElementTree.tostring(drawing, encoding="unicode")


def markdown(text):
    """HTML of Markdown with formulas; what follows a formula without a space stays on its line."""
    page = MARKDOWN.render(text.strip())
    return re.sub(
        r'(<span class="math inline">(?:(?!</span>).)*</span>)([^\s<]+)', r'<span class="line">\1\2</span>', page
    )


ziafont.config.svg2 = False  # outlines where they are drawn, rather than by names that would be there twice
ziafont.config.precision = 2
MARKDOWN = MarkdownIt("commonmark").use(dollarmath_plugin, double_inline=True, renderer=formula)

if __name__ == "__main__":
    main()
