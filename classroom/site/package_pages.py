"""Pages of the package's modules, and which functions of the package a notebook uses."""

import ast
import html
import importlib
import inspect
import pkgutil
import re

from classroom.site.picture_words import syntax_tree
from cs231n.notebook import source_of
from tools.notebook_files import code_cells


def public_modules():
    """The names of the modules of cs231n that are neither private nor programs nor older paths of other modules."""
    package = importlib.import_module("cs231n")
    names = [module.name for module in pkgutil.walk_packages(package.__path__, "cs231n.")]
    names = [name for name in names if not any(part.startswith("_") for part in name.split("."))]
    return sorted(name for name in names if importlib.import_module(name).__name__ == name)  # not an older path


def write_code_pages(folder, modules):
    """Write a page for each module with its docstrings, and a page that lists the modules, to `folder`."""
    folder.mkdir(parents=True)
    rows = []
    for name in modules:
        page = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n   :ignore-module-all:\n```\n"
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
        rows.append(f"- {{doc}}`{name}`: {_first_line(importlib.import_module(name))}")
    intro = (
        "The functions behind the notebooks, module by module. `[source]` beside a name shows its code, and a name in "
        "code leads back."
    )
    # Beside the pages there is no room for the package's name.
    entries = [f"{name.partition('.')[2]} <{name}>" for name in modules]
    contents = "\n".join(["```{toctree}", ":hidden:", "", *entries, "```"])
    page = "\n\n".join(["# The package cs231n", intro, "\n".join(rows), contents])
    (folder / "index.md").write_text(page + "\n", encoding="utf-8")


def sources_text(notebook, sources_shown):
    """A Markdown section with the source of each function and class of the package that a notebook uses.

    Args:
        sources_shown: the notebook's Markdown outputs; a source that they contain is not repeated.
    """
    entries = []
    for thing in used_of_package(notebook):
        code, name = source_of(thing), f"{thing.__module__}.{thing.__qualname__}"
        if code.strip() in sources_shown:
            entries.append(f"{{py:obj}}`~{name}`, shown above")
            continue
        words = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(_first_line(thing)))
        summary = f"<summary><code>{thing.__qualname__}</code> {words}</summary>"
        entries += [
            f'```{{raw}} html\n<details class="source">{summary}\n```',
            f"From {{py:obj}}`{name}`",
            f"```python\n{code}\n```",
            "```{raw} html\n</details>\n```",
        ]
    intro = "The functions of the package that this notebook uses, module by module. Click a name to see its source."
    return "\n\n".join(["## Source of the functions", intro, *entries])


def _first_line(thing):
    return (inspect.getdoc(thing) or "").split("\n")[0]


def used_of_package(notebook):
    """The functions and classes of cs231n that a notebook's cells name, sorted by module and line."""
    trees = [syntax_tree(cell.source) for cell in code_cells(notebook)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    modules, things = {}, []
    for node in imports:
        if (node.module or "").split(".")[0] == "cs231n":
            for alias in node.names:
                thing = _imported(node.module, alias.name)
                if inspect.ismodule(thing):
                    modules[alias.asname or alias.name] = thing
                else:
                    things.append(thing)
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            things.append(getattr(modules[node.value.id], node.attr, None))
    functions_and_classes = {thing for thing in things if inspect.isfunction(thing) or inspect.isclass(thing)}
    return sorted(functions_and_classes, key=lambda thing: (thing.__module__, inspect.getsourcelines(thing)[1]))


def _imported(module, name):
    """What `from module import name` imports; None for `*`."""
    if name == "*":
        return None
    package = importlib.import_module(module)
    return getattr(package, name) if hasattr(package, name) else importlib.import_module(f"{module}.{name}")
