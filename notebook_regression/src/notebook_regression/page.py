"""A folder with a page of all that differs; one run writes it whole, and it takes the place of the last one's."""

import contextlib
import html
import os
import secrets
import shutil
import tempfile
from pathlib import Path

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Notebooks that differ</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }}
  img {{ max-width: 100%; border: 1px solid #ddd; }}
  pre {{ overflow-x: auto; background: #f6f6f6; padding: .5rem; }}
  .new {{ color: #060; }} .old {{ color: #a00; }}
</style>
<h1>Notebooks that differ</h1>
<pre>{table}</pre>
{sections}
</html>
"""
SECTION = """<h2>{title}</h2>
<pre>{sentences}</pre>
{diff}{pictures}"""
PICTURE = """<p>{which}; from left to right: as stored, as it is now, and where they differ.</p>
<img src="{name}" alt="{title}: stored, new, difference">"""


def may_replace(target):
    """Whether nothing is lost when `target` goes: it is missing, empty, or the folder of an earlier run."""
    if not target.exists():
        return True
    if not target.is_dir():
        return False
    page = target / "index.html"
    ours = page.is_file() and page.read_text("utf-8", errors="replace").startswith(PAGE[: PAGE.index("<style>")])
    return ours or not any(target.iterdir())


def start(target):
    """Path of a new folder beside `target` for the pictures of one run; `add` makes it."""
    return target.with_name(f"{target.name}.{secrets.token_hex(4)}")


def add(folder, name, stored, new):
    """Write stored, new and difference side by side as `name`."""
    from PIL import Image

    from . import figures  # SciPy and scikit-image take seconds to import

    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(figures.side_by_side(stored, new)).save(folder / name)


def finish(folder, target, entries, table=()):
    """Put the folder in the place of `target`, with a page; without entries, leave nothing.

    Args:
        entries: list of dicts, one for each cell, with `title`, `sentences`, `diff` (lines) and `pictures` (list of
            (which, file name)).
        table: lines of text for the top of the page.

    Returns:
        path of the page, or None.
    """
    if target.exists():
        outdated = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
        with contextlib.suppress(FileNotFoundError):
            os.replace(target, outdated / "old")
        shutil.rmtree(outdated)
    if not entries:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    sections = "\n".join(map(_section, entries))
    text = PAGE.format(table=html.escape("\n".join(table)), sections=sections)
    (folder / "index.html").write_text(text, encoding="utf-8", errors="backslashreplace")
    try:
        folder.rename(target)
    except OSError:  # another run finished in between: its page stays, this one keeps the name it was written under
        target = folder
    return target / "index.html"


def _section(entry):
    title = html.escape(entry["title"])
    pictures = "\n".join(
        PICTURE.format(which=html.escape(which), name=html.escape(name), title=title)
        for which, name in entry["pictures"]
    )
    diff = f"<pre>{_coloured(entry['diff'])}</pre>" if entry["diff"] else ""
    return SECTION.format(title=title, sentences=html.escape(entry["sentences"]), diff=diff, pictures=pictures)


def _coloured(lines):
    classes = {"+": "new", "-": "old"}
    return "\n".join(
        f'<span class="{classes[line[0]]}">{html.escape(line)}</span>' if line[:1] in classes else html.escape(line)
        for line in lines
    )
