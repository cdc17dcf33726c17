"""What accepting new outputs changed in a notebook: a line for each cell."""

from collections import defaultdict

from .comparison import PDF, PICTURES, SVG
from .stored import cell_names, code_cells
from .text import measured_problem


def summary(before, after):
    """Lines such as `cell 7: text, 2 figures`, for cells as Jupyter shows them; none when nothing changed.

    Args:
        before, after: notebooks of the same cells, as `stored.read` gives them.
    """
    lines = []
    for name, old, new in zip(cell_names(after), code_cells(before), code_cells(after), strict=True):
        words = output_changes(old.outputs, new.outputs) if old.outputs != new.outputs else []
        if words:
            lines.append(f"{name}: {', '.join(words)}")
        elif old.execution_count != new.execution_count:
            lines.append(f"{name}: its number")
    return lines


def output_changes(old, new):
    """Words for what differs between two lists of outputs."""
    words = ["text"] if _texts(old) != _texts(new) else []
    figures = _num_differing(_figures(old), _figures(new))
    if figures:
        words.append(f"{figures} figure{'s' * (figures > 1)}")
    values = defaultdict(list)  # a cell may report under one name more than once
    for claim, value in _numbers(old):
        values[claim].append(value)
    for claim, value in _numbers(new):
        before = values[claim].pop(0) if values[claim] else []
        if before != value:
            words.append(f"{claim} {_movement(before, value)}")
    return words or ["how outputs are stored"]


def _num_differing(old, new):
    return sum(a != b for a, b in zip(old, new, strict=False)) + abs(len(old) - len(new))


def _texts(outputs):
    """All text of a cell; a verdict counts the same as a line that was printed."""
    printed, other = "", []
    for output in outputs:
        data = dict(output.get("data", {}))
        printed += output.get("text") or data.pop("text/plain", "") + "\n"
        other += [(kind, str(value)) for kind, value in sorted(data.items()) if kind not in (*PICTURES, SVG, PDF)]
        if output.output_type == "error":
            other.append((output.ename, output.evalue))
    return printed, other


def _figures(outputs):
    kinds = (*PICTURES, SVG, PDF)
    return [data for output in outputs for kind, data in output.get("data", {}).items() if kind in kinds]


def _numbers(outputs):
    measured = [output.get("metadata", {}).get("measured") for output in outputs]
    return [(number["claim"], number["value"]) for number in measured if number and not measured_problem(number)]


def _movement(old, new, most=4):
    """The first values that differ, as `1, 2 -> 1.5, 2.5`."""
    if len(old) != len(new):
        return f"{len(old) or 'no'} values -> {len(new)}" if old else f"(none) -> {_digits(new[:most])}"
    pairs = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    before, now = (_digits(values) for values in zip(*pairs[:most], strict=True))
    return f"{before} -> {now}" + (f" and {len(pairs) - most} more" if len(pairs) > most else "")


def _digits(values):
    return ", ".join(f"{float(value):.4g}" for value in values)
