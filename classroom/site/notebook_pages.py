"""A stored notebook as a page of the site: described pictures, interactive figures, the source of what it uses."""

import re

import nbformat

from classroom.site.interactive import PLACES, figure_text
from classroom.site.package_pages import sources_text
from classroom.site.picture_words import describe_pictures, level_and_title
from tools.notebook_files import code_cells, joined_streams


def notebook_page(notebook, name, static="../_static"):
    """The notebook, changed into the page `name`; `static` leads from this page to the pictures."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    sources_shown = "".join("".join(output.get("data", {}).get("text/markdown", "")) for output in outputs)
    for cell in code_cells(notebook):
        cell.outputs = _with_joined_texts(cell.outputs)
    notebook.cells = split_at_headings(notebook.cells)
    describe_pictures(notebook.cells)
    for figure, (owner, heading) in PLACES.items():
        if owner == name:
            insert_at_end_of_section(notebook.cells, heading, figure_text(figure, static))
    notebook.cells.append(nbformat.v4.new_markdown_cell(sources_text(notebook, sources_shown)))
    return notebook


def _with_joined_texts(outputs):
    """The same outputs, with neighbouring outputs joined if they are only text, printed or displayed."""
    return joined_streams(
        nbformat.v4.new_output("stream", name="stdout", text=output.data["text/plain"] + "\n")
        if set(output.get("data", ())) == {"text/plain"}
        else output
        for output in outputs
    )


def split_at_headings(cells):
    """The same cells, but each heading begins a new cell."""
    split = []
    for cell in cells:
        if cell.cell_type != "markdown":
            split.append(cell)
            continue
        parts = re.split(r"(?m)^(?=#{1,6} )", cell.source)
        split += [nbformat.v4.new_markdown_cell(part.strip()) for part in parts if part.strip()]
    return split


def insert_at_end_of_section(cells, heading, text):
    """Insert a Markdown cell into the list `cells`, at the end of the section with this heading.

    Raises:
        ValueError: if there is no such heading.
    """
    levels, titles = zip(*map(level_and_title, cells), strict=True)
    if heading not in titles:
        raise ValueError(f"no heading {heading!r} in the notebook; PLACES in classroom/site/interactive.py needs it")
    start = titles.index(heading)
    ends = [k for k in range(start + 1, len(cells)) if levels[k] <= levels[start]]
    cells.insert(ends[0] if ends else len(cells), nbformat.v4.new_markdown_cell(text))
