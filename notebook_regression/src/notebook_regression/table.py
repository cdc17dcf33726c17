"""The table that ends a run."""

HEADS = ("notebook", "cells", "texts", "numbers", "figures", "seconds", "changed", "moved")


class Row:
    """What the items of one notebook told, added up."""

    def __init__(self, tallies=()):
        self.counts = dict.fromkeys(("cells", "of", "texts", "numbers", "figures", "changed", "without"), 0)
        self.seconds = 0.0
        self.moved, self.entries, self.notes = [], [], []
        for tally in tallies:
            self.add(tally)

    def add(self, tally):
        for name in self.counts:
            self.counts[name] += tally.get(name, 0)
        self.seconds += tally["seconds"]
        for name in ("moved", "entries", "notes"):
            getattr(self, name).extend(tally.get(name, []))

    def fields(self):
        counts = self.counts
        cells = f"{counts['cells']}/{counts['of']}" if counts["of"] else str(counts["cells"])
        compared = [str(counts[name]) for name in ("texts", "numbers", "figures")]
        return [cells, *compared, f"{self.seconds:.0f}", str(counts["changed"]), str(len(self.moved))]


def lines(rows):
    """Lines of text: the table, what moved within its bounds, what could not be compared, and other notes.

    Args:
        rows: dict notebook -> Row.
    """
    cells = [HEADS, *([name, *row.fields()] for name, row in rows.items())]
    if len(rows) > 1:
        cells.append(["all", *Row(vars(row) | row.counts for row in rows.values()).fields()])
    widths = [max(len(row[k]) for row in cells) for k in range(len(HEADS))]
    for row in cells:
        yield "  ".join([row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in range(1, len(HEADS)))])
    moved = [line for row in rows.values() for line in row.moved]
    if moved:
        yield "moved, within their bounds:"
        yield from (f"  {line}" for line in moved)
    without = sum(row.counts["without"] for row in rows.values())
    if without:
        yield f"{without} numbers have no stored value to compare with: execute the notebooks and store them"
    yield from (note for row in rows.values() for note in row.notes)
