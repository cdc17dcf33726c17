"""Drawings in SVG, compared by their geometry: words to the letter, coordinates by a tolerance.

Coordinates are the numbers in tags, but for factors (of a scale, of an opacity), in which a small number is much.
"""

import math
import re

NUMBER = re.compile(
    r"(?<![\w#.])-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w#])|(?<=[MLCQZHVSTAmlcqzhvsta])-?\d+(?:\.\d*)?"
)
TAG = re.compile(r"<[^<>!][^<>]*>")  # no comment: Matplotlib says there which words it draws
FACTOR = re.compile(r"opacity ?[:=] ?[\"']?$|(?:scale|matrix|rotate|skew[XY])\([^()]*$")  # before a number
BEFORE = 120  # letters before a number in which to look for that
GEOMETRY = 0.05  # units of a drawing, most often pixels or points, that a coordinate may move
EXCERPT = 60  # letters before a place that differs


def drawing_difference(stored, new, wider=1.0):
    """(expected, got), where two drawings begin to differ, or None.

    Args:
        stored, new: texts of SVG, sanitized.
        wider: how many times as far as usual a coordinate may move.
    """
    if stored == new:
        return None
    one, other = _parts(stored), _parts(new)
    for k, (a, b) in enumerate(zip(one, other, strict=False)):
        alike = math.isclose(float(a), float(b), rel_tol=0, abs_tol=GEOMETRY * wider) if k % 2 else a == b
        if not alike:
            return _excerpt(one, k), _excerpt(other, k)
    if len(one) != len(other):
        k = min(len(one), len(other)) - 1
        return _excerpt(one, k), _excerpt(other, k)
    return None


def _parts(text):
    """Words and numbers by turns, words first; blanks and line breaks count as one."""
    text = " ".join(text.split())
    parts, end = [], 0
    for tag in TAG.finditer(text):
        for match in NUMBER.finditer(text, *tag.span()):
            if not FACTOR.search(text, max(match.start() - BEFORE, 0), match.start()):
                parts += [text[end : match.start()], match[0]]
                end = match.end()
    return [*parts, text[end:]]


def _excerpt(parts, k):
    before = "".join(parts[max(k - 8, 0) : k])[-EXCERPT:]
    return before + "".join(parts[k : k + 8])[:EXCERPT]
