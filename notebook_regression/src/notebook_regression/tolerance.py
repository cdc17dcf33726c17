"""Text under a declared tolerance: words to the letter, each number by itself, whatever the blanks between them."""

import math
import re
from typing import NamedTuple

TOKEN = re.compile(
    r"""
    (?P<end>\n)
  | (?P<blank>[^\S\n]+)
  | (?P<escape>\x1b\[[\d;]*m)               # a colour of a terminal
  | (?P<rule>([-=_─━═])\5{2,})              # the line under a table's head, as long as the table is wide
  | (?P<word>[^\W\d]\w*(?:\.\d+)*)          # with its digits, as in conv1_2 and v1.5
  | (?P<version>[-+]?\d+(?:\.\d+){2,})      # or a date: no number
  | (?P<number>[-+]?(?:\d+(?:,\d+)*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+(?!\w))?)
  | (?P<other>.)
    """,
    re.VERBOSE,
)
THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
OPENING, CLOSING = "([{", ")]}"


class Tolerance(NamedTuple):
    """How far a number may be from the stored one: by the larger of `relative` times its size, and `absolute`."""

    relative: float
    absolute: float = 1e-12  # what rounding leaves of a zero
    integers: bool = False  # whether whole numbers may differ, too


class Token(NamedTuple):
    text: str
    line: int  # counted from 0
    number: bool = False
    whole: bool = False  # a number without point and exponent


def read_tolerance(words):
    """Tolerance of a tag: `1e-3`, and after it, if need be, `absolute 1e-6` and `integers`.

    Raises:
        ValueError: if the words do not have this form, or if a number is not positive.
    """
    match = re.fullmatch(r"(\S+)(?:\s+absolute\s+(\S+))?(\s+integers)?", words)
    if not match:
        raise ValueError(f"{words!r} is not of the form `1e-3 absolute 1e-6 integers`")
    numbers = [float(digits) for digits in match.groups()[:2] if digits]
    if not all(0 < number < math.inf for number in numbers):
        raise ValueError(f"{words!r} holds a number that is not positive")
    return Tolerance(*numbers, integers=match[3] is not None)


def lines_that_differ(stored, new, tolerance):
    """(k, l): where two texts begin to differ, the numbers of a line in each; None when they do not.

    Where a line ends counts, but not within brackets: an array breaks where the width of its numbers says.
    """
    one, other = tokens(stored), tokens(new)
    for a, b in zip(one, other, strict=False):
        if not _alike(a, b, tolerance):
            return a.line, b.line
    if len(one) == len(other):
        return None
    extra = one[len(other)] if len(one) > len(other) else other[len(one)]
    lines = [side[-1].line if side else 0 for side in (one, other)]
    lines[len(one) < len(other)] = extra.line
    return tuple(line + (extra.text == "\n") for line in lines)


def count_numbers(text):
    return sum(token.number for token in tokens(text))


def tokens(text):
    """List of the words, numbers and signs of a text; blanks at the end are no matter."""
    token_list, line, depth = [], 0, 0
    for match in TOKEN.finditer(text.rstrip()):
        kind, piece = match.lastgroup, match[0]
        if kind == "number":
            token_list += _numbers(match, line, depth)
        elif kind not in ("blank", "end") or kind == "end" and not depth:
            token_list.append(Token(piece if kind != "rule" else piece[:3], line))
        line += kind == "end"
        depth = max(depth + (piece in OPENING) - (piece in CLOSING), 0)
    return token_list


def _numbers(match, line, depth):
    """Tokens of what looks like a number: one, or several where its commas do not separate thousands."""
    text, (start, end) = match.string, match.span()
    in_a_list = text[max(start - 1, 0) : start] in (",", *OPENING) or re.match(r",\d", text[end : end + 2])
    mantissa = re.split("[eE]", match[0])[0]
    for piece in [match[0]] if THOUSANDS.fullmatch(mantissa) and not in_a_list else match[0].split(","):
        full_stop = piece.endswith(".") and not depth  # of a sentence; arrays have numbers such as `1.`
        digits = piece.removesuffix(".") if full_stop else piece
        yield Token(digits, line, number=True, whole=not set(digits) & set(".eE"))
        if full_stop:
            yield Token(".", line)


def _alike(one, other, tolerance):
    if one.text == other.text:
        return True
    if not (one.number and other.number):
        return False
    digits = [token.text.replace(",", "").removeprefix("+") for token in (one, other)]
    if one.whole and other.whole and not tolerance.integers:
        return digits[0] == digits[1]
    a, b = map(float, digits)
    if one.whole != other.whole and a == b:
        return False  # 1 and 1.0 are of two types
    return math.isclose(a, b, rel_tol=tolerance.relative, abs_tol=tolerance.absolute) and math.isfinite(a)
