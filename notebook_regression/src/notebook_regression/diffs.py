"""How two texts differ, for the terminal and the page."""

import difflib

LINES = 2000  # of a text between its first and last difference; more are not aligned, which takes quadratic time
EXCERPT = 120  # letters around the place where two long lines differ
LONGEST = 300  # letters of a line that is shown whole
ELLIPSIS = "…"


def excerpts(one, other):
    """Two lines as they are, or, where they are long, the part around the first letter that differs."""
    if max(len(one), len(other)) <= LONGEST:
        return one, other
    first = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(first - EXCERPT, 0)
    return tuple(_part(line, start, first + EXCERPT) for line in (one, other))


def unified(stored, new):
    """Lines of a unified diff, long lines cut; none for texts of one line, whose difference was said."""
    one, other = (text.rstrip("\n").split("\n") for text in (stored, new))
    if len(one) < 2 and len(other) < 2:
        return []
    top = _num_alike(one, other)
    bottom = _num_alike(one[top:][::-1], other[top:][::-1])
    start = max(top - 3, 0)
    one, other = (lines[start : len(lines) - max(bottom - 3, 0)] for lines in (one, other))
    cut = max(len(one), len(other)) > LINES
    lines = difflib.unified_diff(one[:LINES], other[:LINES], "stored", "now", lineterm="", n=3)
    lines = [_part(line, 0, LONGEST) for line in lines]
    if cut:
        lines.append(f"{ELLIPSIS} more lines differ; the first {LINES:,} are compared here")
    return _with_true_places(lines, start)


def _with_true_places(lines, start):
    """Line numbers of hunks count from the top of the whole text."""
    shifted = []
    for line in lines:
        if line.startswith("@@ "):
            _, *places, _ = line.split(" ")
            places = [_shifted(place, start) for place in places]
            line = f"@@ {' '.join(places)} @@"
        shifted.append(line)
    return shifted


def _shifted(place, start):
    first, comma, length = place[1:].partition(",")
    return f"{place[0]}{int(first) + start}{comma}{length}"


def _num_alike(one, other):
    pairs = enumerate(zip(one, other, strict=False))
    return next((k for k, (a, b) in pairs if a != b), min(len(one), len(other)))


def _part(line, start, end):
    before, after = ELLIPSIS * (start > 0), ELLIPSIS * (end < len(line))
    return f"{before}{line[start:end]}{after}"
