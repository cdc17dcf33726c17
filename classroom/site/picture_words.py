"""Descriptions of a notebook's pictures, for readers who cannot see them."""

import ast
import re
import textwrap


def describe_pictures(cells):
    """Give each code cell with pictures a description, in the metadata that myst_nb reads.

    The description is `alt` in the cell's `slideshow` metadata, a line for each picture. Without `alt`, it is made of
    the section's heading, the sentence before the cell, and the labels of the figure.
    """
    heading, before = "", ""
    for cell in cells:
        if cell.cell_type == "markdown":
            heading = level_and_title(cell)[1] or heading
            before = plain(re.sub(r"(?m)^#.*$|\$\$.*?\$\$", "", cell.source, flags=re.DOTALL))
        elif any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})):
            alt = cell.metadata.get("slideshow", {}).get("alt") or _description(cell, heading, before)
            cell.metadata["mystnb"] = {"image": {"alt": alt}}


def _description(cell, heading, before):
    sentences = [f"Figure of the section “{plain(heading)}”.", _last_sentence(before)]
    labels = drawn_words(cell.source)
    sentences += [f"On it: {'; '.join(labels)}."] if labels else []
    return " ".join(filter(None, sentences))


def level_and_title(cell):
    """(2, "Data") of a cell that begins with "## Data"; (7, "") of a cell that begins with no heading."""
    match = re.match(r"(#+) (.+)", cell.source) if cell.cell_type == "markdown" else None
    return (len(match[1]), match[2].strip()) if match else (7, "")


def plain(text):
    """Markdown without its marks."""
    return " ".join(re.sub(r"[*`$_\\{}#]|!?\[|\]\([^)]*\)|\]", "", text).split())


def _last_sentence(text, limit=220):
    sentences = re.split(r"(?<=[.:!?]) +(?=[A-Z0-9“])", text)
    return textwrap.shorten(sentences[-1].rstrip(":"), limit, placeholder=" …")


def syntax_tree(source):
    """The syntax tree of a cell's code; lines that only IPython understands become `pass`."""
    return ast.parse(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source))


def drawn_words(source):
    """The titles and labels of a figure that stand as strings in the code of its cell."""
    words = []
    for node in ast.walk(syntax_tree(source)):
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "attr", getattr(node.func, "id", ""))
        values = [k.value for k in node.keywords if k.arg in ("title", "suptitle", "xlabel", "ylabel", "label")]
        if function in ("set_title", "suptitle", "set_xlabel", "set_ylabel"):
            values += node.args[:1]
        words += [plain(v.value) for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    return list(dict.fromkeys(filter(None, words)))
