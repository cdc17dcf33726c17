"""Sphinx' settings for the site; `python -m classroom.site` copies this file to the pages and runs Sphinx."""

import re

from docutils import nodes

project = "CS231n, five notebooks"
author = "the project"
html_title = project
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "sphinx.ext.mathjax"]
exclude_patterns = []

# Notebooks are shown with their stored outputs.
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True  # $$...$$ in a list item, too
myst_heading_anchors = 3
highlight_language = "none"  # blocks without a language are commands, tables or trees of folders

# In docstrings `name` means code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Returns"]  # unchanged: words before a colon are not a type

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_copy_source = False
html_use_index = html_domain_indices = False  # readers use the search
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {"color-brand-primary": "#8c1515", "color-brand-content": "#8c1515"},
    "dark_css_variables": {"color-brand-primary": "#f2a7a0", "color-brand-content": "#f2a7a0"},
}
# Summaries of search results would have to be fetched, which browsers refuse to pages opened from a folder.
html_show_search_summary = False

# One script that draws formulas as SVG, without fonts to fetch, so that it works from a folder.
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}, "svg": {"fontCache": "global"}}


def setup(app):
    app.connect("doctree-read", describe_each_picture)
    app.connect("html-page-context", level_of_captions, priority=900)  # after the theme
    for prepare in (mark_code, escape_bars_and_stars):
        app.connect("autodoc-process-docstring", prepare, priority=400)  # before napoleon reads the sections
    app.connect("autodoc-process-docstring", part_indented_blocks, priority=600)  # after it


def mark_code(app, what, name, obj, options, lines):
    """An indented block after an empty line and text that is not indented is code or a table: mark it as literal."""
    for k in range(len(lines) - 1, 1, -1):
        if lines[k].startswith("    ") and not lines[k - 1] and lines[k - 2] and not lines[k - 2].startswith(" "):
            lines[k:k] = ["::", ""]


def escape_bars_and_stars(app, what, name, obj, options, lines):
    """Escape | and * outside of `code`: in docstrings they mean a size and a product, in reStructuredText marks."""
    code = False
    for k, line in enumerate(lines):
        code = line == "::" or code and not line[:1].strip()
        if not code:
            lines[k] = re.sub(r"(`[^`]*`)|([|*])", lambda m: m[1] or "\\" + m[2], line)


def part_indented_blocks(app, what, name, obj, options, lines):
    """Insert an empty line after an indented block, and before the line above it: reStructuredText needs them."""
    indents = [len(line) - len(line.lstrip()) if line.strip() else None for line in lines] + [None]
    for k in range(len(lines) - 1, 0, -1):
        before, here, after = indents[k - 1 : k + 2]
        if None not in (before, here) and (here < before or here == before and after is not None and after > here):
            lines.insert(k, "")


def describe_each_picture(app, doctree):
    """Give each picture of a cell its line of the cell's description: the first picture the first line, and so on."""
    for cell in doctree.findall(lambda node: isinstance(node, nodes.container) and "cell" in node.get("classes", ())):
        pictures = list(cell.findall(nodes.image))
        for picture, line in zip(pictures, pictures[0]["alt"].split("\n") if pictures else (), strict=False):
            picture["alt"] = line


def level_of_captions(app, pagename, templatename, context, doctree):
    """Give the captions beside the pages a level, because Sphinx gives them the role of headings without one."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')
