"""Storing what a notebook shows, and bringing its file to the newest format: a whole file or nothing."""

import copy
import hashlib
import json
import re

from nbformat.v4.rwbase import split_lines

from . import stored, widgets
from .changes import summary
from .files import atomic_write


class NotStored(Exception):
    """One sentence: why a notebook is left as it is."""


def accept(path, run, marks):
    """Run a notebook to its end and store its outputs.

    Args:
        path: `Path` of its file.
        run: a NotebookRun of all its code cells.
        marks: nbval's marks of these.

    Returns:
        lines on what changed.

    Raises:
        NotStored: if a cell failed, or if the file was changed in the meantime.
    """
    before = path.read_bytes()
    old = stored.read(path)
    names = stored.cell_names(old)
    for place, (name, cell_marks) in enumerate(zip(names, marks, strict=True)):
        outcome = run.outcome(place)
        if run.stopped:
            raise NotStored(f"{name}: {run.stopped}")
        if outcome.error and not cell_marks["check_exception"]:
            raise NotStored(f"{name}: {outcome.error.ename}: {outcome.error.evalue}")
    content = _with_outputs(json.loads(before), run, marks)
    if path.read_bytes() != before:
        raise NotStored("it was changed while it ran; run this again")
    _write(path, content, before)
    return summary(old, stored.read(path))


def upgrade(path):
    """Give a file of format 4.0 to 4.4 the ids that 4.5 wants of cells.

    Returns:
        the format that it had, or None when there was nothing to do.

    Raises:
        Broken: if the file cannot be read.
    """
    notebook = stored.read(path)
    if notebook.nbformat_minor == stored.NEWEST_FORMAT[1]:
        return None
    before = path.read_bytes()
    content = json.loads(before)
    version = f"{content['nbformat']}.{content['nbformat_minor']}"
    used = set()
    for place, cell in enumerate(content["cells"]):
        cell["id"] = _cell_id(cell, place, used)
        used.add(cell["id"])
    content["nbformat_minor"] = stored.NEWEST_FORMAT[1]
    _write(path, content, before)
    return version


def _cell_id(cell, place, used):
    """Eight letters that follow from the cell, so that two people who upgrade one file get the same."""
    stored_id = cell.get("id")
    if isinstance(stored_id, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", stored_id) and stored_id not in used:
        return stored_id
    return hashlib.sha256(f"{place} {''.join(cell['source'])}".encode("utf-8", "replace")).hexdigest()[:8]


def _with_outputs(content, run, marks):
    """The content of a file with new outputs and numbers of cells; what else is in it stays."""
    cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    for place, (cell, cell_marks) in enumerate(zip(cells, marks, strict=True)):
        if cell_marks["skip"]:
            continue
        outcome = run.outcome(place)
        cell["outputs"] = _as_stored(outcome.outputs)
        cell["execution_count"] = outcome.area.count
    if any(widgets.VIEW in output.get("data", {}) for cell in cells for output in cell["outputs"]):
        state = {"state": run.screen.widget_state(), "version_major": 2, "version_minor": 0}
        content["metadata"]["widgets"] = {widgets.STATE: state}
    else:
        content["metadata"].pop("widgets", None)
    return content


def _as_stored(outputs):
    """Outputs as files have them, with texts as lists of lines."""
    outputs = copy.deepcopy(outputs)
    cell = stored.nbformat.from_dict({"cell_type": "code", "source": "", "outputs": outputs})
    notebook = stored.nbformat.from_dict({"cells": [cell]})
    return [dict(sorted(output.items())) for output in split_lines(notebook).cells[0].outputs]


def _write(path, content, before):
    """Write a notebook with the indentation and the end of the file that was there."""
    indent = re.match(rb"\{\r?\n( +)", before)
    text = json.dumps(content, indent=len(indent[1]) if indent else 1, ensure_ascii=False)
    end = "\n" if before.rstrip(b" ").endswith(b"\n") else ""
    with atomic_write(path) as file:
        file.write((text + end).encode("utf-8", "surrogatepass"))
