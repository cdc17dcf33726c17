"""Notebooks of the student edition, from solved ones and back."""

import re

import nbformat

from classroom.student.pieces import Fault, Piece, solved_text, student_text
from classroom.student.rewording import REWORDED
from tools.notebook_files import NoNotebook, notebook_of

QUESTION = "**Question.**"
ANSWERED = re.compile(r"(.*?\?)\s+\*.*", re.DOTALL)  # the answer is the rest of the paragraph, in italics


def student_notebook(path, content):
    """The bytes of a student's notebook, without outputs and cells' metadata, from the bytes of the solved one.

    Raises:
        Fault: if `content` is not a notebook, a question has no answer, or a text to be replaced is missing.
    """
    try:
        notebook = notebook_of(content, path)
    except NoNotebook as error:
        raise Fault(str(error)) from error
    for cell, pieces in zip(notebook.cells, notebook_pieces(path, notebook), strict=True):
        cell.source = student_text(cell.source, pieces, path)
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return _written(notebook)


def restored_notebook(path, content, solved_content):
    """The bytes of a notebook with solutions, from the bytes of a student's notebook and of the solved one.

    Raises:
        NoNotebook: if `content` is not a notebook.
        Fault: if a cell, or a place for a solution in it, is not as it was handed out.
    """
    notebook, solved = notebook_of(content, path), notebook_of(solved_content, path)
    if [cell.id for cell in notebook.cells] != [cell.id for cell in solved.cells]:
        raise Fault(f"{path} is not as it was handed out: it has other cells")
    for cell, model, pieces in zip(notebook.cells, solved.cells, notebook_pieces(path, solved), strict=True):
        cell.source, cell.metadata = solved_text(cell.source, pieces, path), model.metadata
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = model.outputs, model.execution_count
    return _written(notebook)


def notebook_pieces(path, notebook):
    """For each cell of a solved notebook, the pieces of its source."""
    pieces = [answer_pieces(path, cell.source) if cell.cell_type == "markdown" else [] for cell in notebook.cells]
    for old, new in REWORDED.get(path, ()):
        holders = [k for k, cell in enumerate(notebook.cells) if old in cell.source]
        if len(holders) != 1:
            first = old.strip().split("\n")[0]
            raise Fault(f"{path} should hold the text that begins with {first!r} in one cell, not {len(holders)}")
        pieces[holders[0]].append(Piece(new, old))
    return pieces


def answer_pieces(path, source):
    """The answers in a Markdown cell, and the places for students' own answers."""
    pieces = []
    for paragraph in source.split("\n\n"):
        if QUESTION not in paragraph:
            continue
        match = ANSWERED.fullmatch(paragraph)
        if not paragraph.startswith(QUESTION) or not match:
            raise Fault(f"{path}: a question has no answer in italics: {paragraph[:60]!r}")
        pieces.append(Piece(f"{match[1]}\n\n*Your answer:*", paragraph))
    return pieces


def _written(notebook):
    """The bytes of a notebook, in the form in which the project stores notebooks."""
    return (nbformat.writes(notebook) + "\n").encode("utf-8")
