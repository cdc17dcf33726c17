"""The parts of a slide in HTML: words with formulas, pictures, functions, printed lines."""

import ast
import html
import re
import textwrap
from xml.etree import ElementTree

import ziafont
import ziamath
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

PAUSE = r"(?m)^\. \. \.$"  # a whole line, as in Pandoc
CODE_WIDTH, CODE_HEIGHT, CODE_SIZES = 1180, 560, (16, 26)  # pixels, on a slide of 1280 x 720
FORMULA_SIZE = 32  # pixels; the page scales formulas to the size of its text


class SlideError(ValueError):
    """The message says which cell of a notebook cannot become a slide, and what to write there."""


def stepwise(text):
    """HTML of Markdown, cut at pauses: a list of pieces, of which those after the first appear one by one."""
    first, *others = (markdown(piece) for piece in re.split(PAUSE, text))
    return [first] * bool(first) + [f'<div class="fragment">{piece}</div>' for piece in others]


def text_of(output):
    """The text of an output: Markdown, displayed text, or printed text."""
    data = output.get("data", {})
    return data.get("text/markdown") or data.get("text/plain") or output.get("text", "")


def table_of(output):
    """The HTML of an output, or None: the notebooks show nothing but tables in HTML."""
    return output.get("data", {}).get("text/html")


def figures(pictures, alternatives):
    """HTML of each picture (a data address), with a description from the lines `alternatives`.

    Raises:
        SlideError: if the numbers of pictures and of descriptions differ.
    """
    alternatives = [line for line in alternatives if line.strip()]
    if len(pictures) != len(alternatives):
        raise SlideError(
            f"{len(pictures)} pictures come on a slide, so `alt` needs as many lines, each with a description of one "
            f"picture for those who cannot see it; there are {len(alternatives)}"
        )
    return [
        f'<figure><img src="{picture}" alt="{html.escape(words)}"></figure>'
        for picture, words in zip(pictures, alternatives, strict=True)
    ]


def code_blocks(sources):
    """HTML of functions with coloured syntax, in the largest size in which all of them fit on one slide.

    Raises:
        SlideError: if that size would be too small to read.
    """
    if not sources:
        return []
    sources = [brief(source) for source in sources]
    lines = [line for source in sources for line in source.split("\n")]
    width = max(len(line) for line in lines)
    # A letter of DejaVu Sans Mono is .602 times as wide as high; 1.35 is the line height in deck.css; and each function
    # needs about a line for its margins.
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
    """A function's source for a lecture: only the first paragraph of its docstring, and no checks of its arguments."""
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
    for node in sorted(checks, key=lambda node: -node.lineno):  # from below, so that the lines above keep their numbers
        del lines[node.lineno - 1 : node.end_lineno]
    if words is not None:
        node = function.body[0]
        width = min(88, max([72, *map(len, lines[node.end_lineno :])]))
        indent, first = " " * node.col_offset, " ".join(words.split("\n\n")[0].split())
        docstring = textwrap.fill(f'"""{first}"""', width, initial_indent=indent, subsequent_indent=indent)
        lines[node.lineno - 1 : node.end_lineno] = docstring.split("\n")
    return "\n".join(lines)


def printed_lines(outputs):
    """HTML of text outputs: printed text in a fixed width, so that columns stay; displayed text as words."""
    lines = []
    for output in outputs:
        text = html.escape(text_of(output).rstrip())
        text = re.sub(r"(?m): ok \((.*)\)$", r': <b class="ok">ok</b> (\1)', text)
        lines.append(f'<span class="exact">{text}</span>' if output.output_type == "stream" else text)
    return '<div class="printed">' + "\n".join(lines) + "</div>"


def formula(tex, options):
    """A formula as an SVG drawing, which looks the same in every browser and needs neither script nor font."""
    try:
        drawing = ziamath.Latex(tex, size=FORMULA_SIZE, inline=not options["display_mode"]).svgxml()
    except Exception as error:  # its parser raises many types
        raise SlideError(f"the formula {tex!r} cannot be drawn: {error}") from error
    _, top, width, height = (float(number) / FORMULA_SIZE for number in drawing.get("viewBox").split())
    del drawing.attrib["width"], drawing.attrib["height"]
    drawing.set("style", f"width:{width:.3f}em;height:{height:.3f}em;vertical-align:{-top - height:.3f}em")
    drawing.set("role", "img")
    drawing.set("aria-label", tex)
    return ElementTree.tostring(drawing, encoding="unicode")


def markdown(text):
    """HTML of Markdown with formulas; text that follows a formula without a space stays on the formula's line."""
    page = MARKDOWN.render(text.strip())
    return re.sub(
        r'(<span class="math inline">(?:(?!</span>).)*</span>)([^\s<]+)', r'<span class="line">\1\2</span>', page
    )


ziafont.config.svg2 = False  # draw outlines in place; named outlines would appear several times in a page
ziafont.config.precision = 2
MARKDOWN = MarkdownIt("commonmark").use(dollarmath_plugin, double_inline=True, renderer=formula)
