"""What changed in a notebook when new outputs were accepted: a line for each cell, from nbdime's comparison."""

from collections import defaultdict

from nbdime import diff_notebooks

from notebook_regression.text import measured_problem


def summary(before, after):
    """List of lines such as `cell 7: text, 2 figures`; empty when nothing changed. Cells have the numbers in Jupyter.

    Args:
        before, after: notebooks as nbformat reads them, with the same cells.
    """
    lines = []
    for index, cell_diff in _patches(diff_notebooks(before, after), "cells"):
        old, new = before.cells[index], after.cells[index]
        changed = {op["key"] for op in cell_diff}
        words = [name for name in ("source", "metadata") if name in changed]
        if "outputs" in changed:
            words += _output_changes(old.outputs, new.outputs)
        if words:
            lines.append(f"cell {new.get('execution_count') or f'{index + 1} from the top'}: {', '.join(words)}")
        elif "execution_count" in changed:
            lines.append(f"cell {new.execution_count}: its number")
    return lines


def _patches(diff, key):
    """(index, diff) of the entries that nbdime patched in the list under `key`."""
    for op in diff:
        if op["key"] == key:
            yield from ((inner["key"], inner["diff"]) for inner in op["diff"] if inner["op"] == "patch")


def _output_changes(old, new):
    """Words for each kind of difference between two lists of outputs."""
    words = []
    if _texts(old) != _texts(new):
        words.append("text")
    figures = _differing(_figures(old), _figures(new))
    if figures:
        words.append(f"{figures} figure{'s' * (figures > 1)}")
    values = defaultdict(list)  # a cell may report one claim more than once
    for claim, value in _measured(old):
        values[claim].append(value)
    for claim, value in _measured(new):
        before = values[claim].pop(0) if values[claim] else []
        if before != value:
            words.append(f"{claim} {_movement(before, value)}")
    return words or ["how outputs are stored"]


def _differing(old, new):
    return sum(a != b for a, b in zip(old, new, strict=False)) + abs(len(old) - len(new))


def _texts(outputs):
    """All text that a cell shows; a verdict counts as a printed line."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") + "\n" for output in outputs]
    return "".join(texts), [
        output.data["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {})
    ]


def _figures(outputs):
    return [
        data
        for output in outputs
        for kind, data in output.get("data", {}).items()
        if kind in ("image/png", "image/jpeg")
    ]


def _measured(outputs):
    """(claim, value) of each number that `report` stored in the metadata of an output."""
    stored = [output.get("metadata", {}).get("measured") for output in outputs]
    return [(number["claim"], number["value"]) for number in stored if number and not measured_problem(number)]


def _movement(old, new, most=4):
    """The first `most` values that differ, as `1, 2 -> 1.5, 2.5`."""
    if len(old) != len(new):
        return f"{len(old) or 'no'} values -> {len(new)}" if old else f"(none) -> {_digits(new[:most])}"
    pairs = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    before, now = (_digits(values) for values in zip(*pairs[:most], strict=True))
    return f"{before} -> {now}" + (f" and {len(pairs) - most} more" if len(pairs) > most else "")


def _digits(values):
    return ", ".join(f"{float(value):.4g}" for value in values)
