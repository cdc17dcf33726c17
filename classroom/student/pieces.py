"""What differs between a file of the solved edition and the same file of the student edition, piece by piece."""

import ast
import json
import re
import textwrap
from typing import NamedTuple

from classroom.exercises import EXERCISES, HELPERS
from classroom.parsing import parsed
from classroom.student.rewording import REWORDED
from cs231n.notebook import SOLUTION_MARKERS

BEGIN, END = SOLUTION_MARKERS
LINE_LENGTH = 120


class Fault(Exception):
    """The message says why no edition can be made, or why solutions cannot be put back."""


class Piece(NamedTuple):
    """A text that the student edition's file holds once, and the text that the solved file holds once in its place."""

    student: str
    solved: str


def student_text(text, pieces, path):
    """The student edition's text, from the solved `text` of the file `path`.

    Raises:
        Fault: if `text` does not hold each piece exactly once.
    """
    for piece in pieces:
        if text.count(piece.solved) != 1:
            first = piece.solved.strip().split("\n")[0]
            raise Fault(f"{path} should hold the text that begins with {first!r} once, not {text.count(piece.solved)}x")
        text = text.replace(piece.solved, piece.student)
    return text


def solved_text(text, pieces, path):
    """The inverse of `student_text`; raises as `student_text` does."""
    for piece in reversed(pieces):
        if text.count(piece.student) != 1:
            first = piece.student.strip().split("\n")[0]
            raise Fault(f"{path} is not as it was handed out: it should hold {first!r} once")
        text = text.replace(piece.student, piece.solved)
    return text


def file_pieces(path, content):
    """The pieces of a file other than a notebook. `content`: bytes of the solved file."""
    if path == "pyproject.toml":
        return _project_pieces(content.decode("utf-8"))
    pieces = [Piece(new, old) for old, new in REWORDED.get(path, ())]
    if path.endswith(".py"):
        pieces = solution_pieces(path, content.decode("utf-8")) + pieces
    return pieces


def _project_pieces(text):
    """The student edition has a name of its own, and no settings of tools that only the solved edition uses."""
    before, tools = text.split("\n[tool.ruff]", 1)
    last = before.splitlines()[-1]
    return [
        Piece('name = "cs231n-student"', 'name = "cs231n-reference"'),
        Piece('"Student edition of', '"Reference edition of'),
        Piece(f"{last}\n", f"{last}\n\n[tool.ruff]{tools}"),
    ]


# ---------------------------------------------------------------- solutions in a module


def solution_pieces(path, text):
    """The solutions in the module `path`, whose source is `text`, and the placeholders for them.

    Raises:
        Fault: if the markers in the module and the table of exercises disagree, or an exercise has no guide.
    """
    lines, pieces = text.splitlines(keepends=True), []
    spans = marked_spans(path, lines)
    for entry in (*EXERCISES, *HELPERS):
        if entry.file != path:
            continue
        first, last = extent(path, text, entry.name)
        if entry in HELPERS and not entry.guide:
            pieces.append(_whole_function(lines, first, last))
            continue
        if not entry.guide:
            raise Fault(f"{entry.name} has no guide in classroom/exercises.py; add one that says what to do")
        inside = [(begin, end) for begin, end in spans if first <= begin < last]
        if len(inside) != 1 or inside[0][1] > last:
            raise Fault(
                f"{path}: {entry.name} needs one {BEGIN} and one {END} inside, because classroom/exercises.py lists it"
            )
        spans.remove(inside[0])
        begin, end = inside[0]
        pieces.append(Piece(_placeholder(entry, lines[begin]), "".join(lines[begin : end + 1])))
    if spans:
        raise Fault(f"{path}, line {spans[0][0] + 1}: a solution of no exercise that classroom/exercises.py lists")
    return pieces


def marked_spans(path, lines):
    """(index of BEGIN, index of END) for each pair of markers in a module's lines.

    Raises:
        Fault: if BEGIN and END do not alternate.
    """
    marks = [k for k, line in enumerate(lines) if line.strip() in SOLUTION_MARKERS]
    for place, k in enumerate(marks):
        if lines[k].strip() != SOLUTION_MARKERS[place % 2]:
            raise Fault(
                f"{path}, line {k + 1}: {lines[k].strip()} where {SOLUTION_MARKERS[place % 2]} should come first"
            )
    if len(marks) % 2:
        raise Fault(f"{path}, line {marks[-1] + 1}: {BEGIN} without {END}")
    return list(zip(marks[::2], marks[1::2], strict=True))


def extent(path, text, name):
    """(index of the first line, index after the last line) of a function or method, with its decorators.

    Raises:
        Fault: if the module has no such function.
    """
    node = parsed(text)
    for part in name.split("."):
        kinds = (ast.FunctionDef, ast.ClassDef)
        node = next((child for child in node.body if isinstance(child, kinds) and child.name == part), None)
        if node is None:
            raise Fault(f"classroom/exercises.py lists {name}, but {path} has no such function")
    return min(n.lineno for n in (node, *node.decorator_list)) - 1, node.end_lineno


def _whole_function(lines, first, last):
    """A function that students do not get; the line after it marks the place in the student's file."""
    following = next(k for k in range(last, len(lines)) if lines[k].strip())
    return Piece(lines[following], "".join(lines[first : following + 1]))


def _placeholder(entry, marker):
    """The text in place of a solution: the guide as a comment, then an error that names the function and its file."""
    indent = marker[: len(marker) - len(marker.lstrip())]
    comment = textwrap.wrap(entry.guide, LINE_LENGTH - len(indent) - 2)
    first_sentence = re.match(r".*?[.?](?= |$)", entry.guide)[0]
    message = f"{entry.name} in {entry.file} is yours to write. {first_sentence}"
    wrapped = textwrap.wrap(message, LINE_LENGTH - len(indent) - 8)
    strings = [json.dumps(line + " ") for line in wrapped[:-1]] + [json.dumps(wrapped[-1])]
    lines = [*(f"# {line}" for line in comment), "raise NotImplementedError(", *(f"    {s}" for s in strings), ")"]
    return "".join(f"{indent}{line}\n" for line in lines)
