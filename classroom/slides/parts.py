"""What stands on a slide, as HTML: words with formulas, pictures, functions, printed lines."""

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

PAUSE = r"(?m)^\. \. \.$"  # a line by itself, as Pandoc has it
CODE_WIDTH, CODE_HEIGHT, CODE_SIZES = 1180, 560, (16, 26)  # pixels, of a slide of 1280 x 720
FORMULA_SIZE = 32  # at which formulas are set; a page scales them with its text


class SlideError(ValueError):
    """One sentence: which cell of a notebook makes no slide, and what to write there."""


def stepwise(text):
    """Pieces of HTML; those after the first come up one after the other."""
    first, *others = (markdown(piece) for piece in re.split(PAUSE, text))
    return [first] * bool(first) + [f'<div class="fragment">{piece}</div>' for piece in others]


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
        width = min(88, max([72, *map(len, lines[node.end_lineno :])]))
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
