"""A folder with a page of pictures that differ; one run writes it whole, and it takes the place of the last one's."""

import contextlib
import html
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image

from . import figures

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Figures that differ</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }}
  img {{ max-width: 100%; border: 1px solid #ddd; }}
</style>
<h1>Figures that differ</h1>
<p>From left to right: as stored, as it is now, and where they differ.</p>
{sections}
</html>
"""
SECTION = """<h2>{title}</h2>
<p>{sentence}</p>
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
    """A new empty folder beside `target` for the pictures of one run."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))


def add(folder, name, stored, new):
    """Write stored, new and difference side by side as `name`."""
    Image.fromarray(figures.side_by_side(stored, new)).save(folder / name)


def finish(folder, target, entries):
    """Put the folder in the place of `target`, with a page; without entries, leave nothing.

    Args:
        entries: list of (title, sentence, file name).

    Returns:
        path of the page, or None.
    """
    if entries:
        sections = [
            SECTION.format(title=html.escape(title), sentence=html.escape(sentence), name=html.escape(name))
            for title, sentence, name in entries
        ]
        (folder / "index.html").write_text(PAGE.format(sections="\n".join(sections)), encoding="utf-8")
    outdated = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    with contextlib.suppress(FileNotFoundError):
        os.replace(target, outdated / "old")
    shutil.rmtree(outdated)
    if not entries:
        shutil.rmtree(folder)
        return None
    try:
        folder.rename(target)
    except OSError:  # another run finished in between: its page stays, this one keeps the name it was written under
        target = folder
    return target / "index.html"
