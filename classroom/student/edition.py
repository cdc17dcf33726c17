"""Build the student edition: the project without what students write, in build/student/ and build/student.zip.

    python -m classroom.student                    build it
    python -m classroom.student --restore FOLDER   for instructors: put the solutions back into an edition

What differs from the solved edition: bodies between solution markers (classroom/exercises.py), a few words and checks
(rewording.py), whole files (given/, LEFT_OUT); in notebooks also outputs, cells' metadata and the answers.
"""

import ast
import io
import json
import os
import re
import shutil
import textwrap
import zipfile
from pathlib import Path
from typing import NamedTuple

from classroom.exercises import EXERCISES, HELPERS
from classroom.student.rewording import REWORDED
from cs231n.files import atomic_write
from cs231n.notebook import SOLUTION_MARKERS

ROOT = Path(__file__).resolve().parents[2]
GIVEN = Path(__file__).parent / "given"
TARGET = ROOT / "build" / "student"
BEGIN, END = SOLUTION_MARKERS
# What an edition is made of, by patterns from the root. selfcheck/ stands at the top of an edition.
INCLUDED = (
    ".gitignore",
    "LICENSE",
    "classroom/selfcheck/**/*.py",
    "classroom/selfcheck/values.npz",
    "cs231n/**/*.json",
    "cs231n/**/*.npz",
    "cs231n/**/*.py",
    "datasets/README.md",
    "get_datasets.sh",
    "notebooks/*.ipynb",
    "pyproject.toml",
    "requirements.txt",
    "tools/__init__.py",
    "tools/environment.sh",
    "tools/notebook_execution.py",
    "tools/notebook_files.py",
    "tools/notebook_pages.py",
    "tools/progress_board.py",
    "tools/run_notebooks.py",
)
# Faster forms of what students write. They would give it away; in an edition, students' own functions take their place.
LEFT_OUT = ("cs231n/packed_captioning.py",)
QUESTION = "**Question.**"
ANSWERED = re.compile(r"(.*?\?)\s+\*.*", re.DOTALL)  # the answer is the rest of the paragraph, in italics
LINE_LENGTH = 120


class Fault(Exception):
    """One sentence: why no edition can be made, or no solutions put back."""


class Piece(NamedTuple):
    """What stands once in a text of the student edition, and once in its place in the solved one."""

    student: str
    solved: str


# ---------------------------------------------------------------- building


def build(target):
    """Write the edition to the folder `target` and to a zip file beside it, each whole or not at all.

    Returns:
        number of files, bytes of the zip file.
    """
    files = edition_files()
    packed = zipped(files)
    target.parent.mkdir(parents=True, exist_ok=True)
    part, old, zip_part = (target.with_name(f"{target.name}.{os.getpid()}.{kind}") for kind in ("part", "old", "zip"))
    try:
        for path, content in files.items():
            (part / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).write_bytes(content)
        (part / "get_datasets.sh").chmod(0o755)
        zip_part.write_bytes(packed)
        if target.exists():
            target.rename(old)
        part.rename(target)
        zip_part.replace(target.with_name(f"{target.name}.zip"))
    finally:
        if old.exists() and not target.exists():  # stopped between the two
            old.rename(target)
        for folder in (part, old):
            shutil.rmtree(folder, ignore_errors=True)
        zip_part.unlink(missing_ok=True)
    return len(files), len(packed)


def edition_files(root=ROOT):
    """dict path -> bytes: every file of the student edition of the project at `root`, in order of the paths.

    Raises:
        Fault: markers and the table of exercises disagree, a guide is missing, a question has no answer, or a text
            to be replaced is not there.
    """
    solved = solved_files(root)
    for entry in (*EXERCISES, *HELPERS):
        if entry.file not in solved:
            raise Fault(f"classroom/exercises.py lists {entry.name} in {entry.file}, which is not there")
    files = {path: student_file(path, content) for path, content in solved.items()} | given_files()
    files["README.md"] = files["README.md"].replace(b"{exercises}", table_of_exercises().encode())
    return dict(sorted(files.items()))


def solved_files(root):
    """dict path in an edition -> bytes: the files of the project at `root` that an edition is made of."""
    paths = {path.relative_to(root).as_posix(): path for pattern in INCLUDED for path in root.glob(pattern)}
    return {path_in_edition(name): paths[name].read_bytes() for name in sorted(paths) if name not in LEFT_OUT}


def path_in_edition(path):
    """The path of one of the project's files in an edition, where selfcheck/ stands at the top."""
    return path.removeprefix("classroom/")


def given_files():
    """dict path -> bytes: the files that an edition has in place of the project's, or besides."""
    paths = [path for path in GIVEN.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(GIVEN).as_posix(): path.read_bytes() for path in paths}


def student_file(path, content):
    if path.endswith(".ipynb"):
        return student_notebook(path, content)
    pieces = file_pieces(path, content)
    return exchanged(content.decode("utf-8"), pieces, path).encode("utf-8") if pieces else content


def exchanged(text, pieces, path):
    """`text` of the solved edition with every piece as students get it."""
    for piece in pieces:
        if text.count(piece.solved) != 1:
            first = piece.solved.strip().split("\n")[0]
            raise Fault(f"{path} should hold the text that begins with {first!r} once, not {text.count(piece.solved)}x")
        text = text.replace(piece.solved, piece.student)
    return text


def table_of_exercises():
    rows = ["| notebook | function | file | points |", "|---|---|---|---|"]
    rows += [f"| {e.notebook} | `{e.name}` | `{e.file}` | {e.points} |" for e in EXERCISES]
    return "\n".join(rows)


def zipped(files):
    """The files as a zip file, in a folder `student`; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path, content in files.items():
            info = zipfile.ZipInfo(f"student/{path}")  # of the year 1980, not of now
            info.create_system = 3  # on every system: Unix, which has the mode below
            info.external_attr = (0o755 if path.endswith(".sh") else 0o644) << 16
            file.writestr(info, content, zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


# ---------------------------------------------------------------- pieces of a module or another text


def file_pieces(path, content):
    """What is exchanged in a file of the solved edition that is no notebook and holds the bytes `content`."""
    if path == "pyproject.toml":
        return project_pieces(content.decode("utf-8"))
    pieces = [Piece(new, old) for old, new in REWORDED.get(path, ())]
    if path.endswith(".py"):
        pieces = solution_pieces(path, content.decode("utf-8")) + pieces
    return pieces


def project_pieces(text):
    """Another name, and no settings of tools that only the solved edition needs."""
    before, tools = text.split("\n[tool.ruff]", 1)
    last = before.splitlines()[-1]
    return [
        Piece('name = "cs231n-student"', 'name = "cs231n-reference"'),
        Piece('"Student edition of', '"Reference edition of'),
        Piece(f"{last}\n", f"{last}\n\n[tool.ruff]{tools}"),
    ]


def solution_pieces(path, text):
    """The solutions in a module, and what stands in their place."""
    lines, pieces = text.splitlines(keepends=True), []
    spans = marked_spans(path, lines)
    for entry in (*EXERCISES, *HELPERS):
        if entry.file != path:
            continue
        first, last = extent(path, text, entry.name)
        if entry in HELPERS and not entry.guide:
            pieces.append(left_out(lines, first, last))
            continue
        if not entry.guide:
            raise Fault(f"{entry.name} has no guide in classroom/exercises.py; say there what to do")
        inside = [(begin, end) for begin, end in spans if first <= begin < last]
        if len(inside) != 1 or inside[0][1] > last:
            raise Fault(
                f"{path}: {entry.name} needs one {BEGIN} and one {END} inside, for classroom/exercises.py lists it"
            )
        spans.remove(inside[0])
        begin, end = inside[0]
        pieces.append(Piece(placeholder(entry, lines[begin]), "".join(lines[begin : end + 1])))
    if spans:
        raise Fault(f"{path}, line {spans[0][0] + 1}: a solution of nothing that classroom/exercises.py lists")
    return pieces


def marked_spans(path, lines):
    """(index of BEGIN, index of END) for each pair of markers."""
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
    """Indices of the first line of a function or method, decorators included, and of the one after its last."""
    node = ast.parse(text)
    for part in name.split("."):
        kinds = (ast.FunctionDef, ast.ClassDef)
        node = next((child for child in node.body if isinstance(child, kinds) and child.name == part), None)
        if node is None:
            raise Fault(f"classroom/exercises.py lists {name}, but {path} has no such function")
    return min(n.lineno for n in (node, *node.decorator_list)) - 1, node.end_lineno


def left_out(lines, first, last):
    """A whole function; what comes next marks its place."""
    following = next(k for k in range(last, len(lines)) if lines[k].strip())
    return Piece(lines[following], "".join(lines[first : following + 1]))


def placeholder(entry, marker):
    """What stands in place of a solution: the guide as a comment, and an error that says what is missing where."""
    indent = marker[: len(marker) - len(marker.lstrip())]
    comment = textwrap.wrap(entry.guide, LINE_LENGTH - len(indent) - 2)
    todo = re.match(r".*?[.?](?= |$)", entry.guide)[0]  # its first sentence
    said = textwrap.wrap(f"{entry.name} in {entry.file} is yours to write. {todo}", LINE_LENGTH - len(indent) - 8)
    strings = [json.dumps(line + " " * (line is not said[-1])) for line in said]
    return "".join(
        f"{indent}{line}\n"
        for line in (
            *(f"# {line}" for line in comment),
            "raise NotImplementedError(",
            *(f"    {string}" for string in strings),
            ")",
        )
    )


# ---------------------------------------------------------------- notebooks


def student_notebook(path, content):
    """A notebook as students get it: no outputs, no metadata of cells, a place for each answer."""
    from tools.notebook_files import NoNotebook, notebook_of  # takes a second, and the grader needs modules only

    try:
        notebook = notebook_of(content, path)
    except NoNotebook as error:
        raise Fault(str(error)) from error
    for cell, pieces in zip(notebook.cells, notebook_pieces(path, notebook), strict=True):
        cell.source = exchanged(cell.source, pieces, path)
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return written(notebook)


def notebook_pieces(path, notebook):
    """For each cell of a solved notebook what is exchanged in its source."""
    pieces = [answer_pieces(path, cell.source) if cell.cell_type == "markdown" else [] for cell in notebook.cells]
    for old, new in REWORDED.get(path, ()):
        holders = [k for k, cell in enumerate(notebook.cells) if old in cell.source]
        if len(holders) != 1:
            first = old.strip().split("\n")[0]
            raise Fault(f"{path} should hold the text that begins with {first!r} in one cell, not {len(holders)}")
        pieces[holders[0]].append(Piece(new, old))
    return pieces


def answer_pieces(path, source):
    pieces = []
    for paragraph in source.split("\n\n"):
        if QUESTION not in paragraph:
            continue
        match = ANSWERED.fullmatch(paragraph)
        if not paragraph.startswith(QUESTION) or not match:
            raise Fault(f"{path}: a question has no answer in italics: {paragraph[:60]!r}")
        pieces.append(Piece(f"{match[1]}\n\n*Your answer:*", paragraph))
    return pieces


def written(notebook):
    """A notebook in the form in which the project keeps it."""
    import nbformat

    return (nbformat.writes(notebook) + "\n").encode("utf-8")


# ---------------------------------------------------------------- the way back


def restore(folder, root=ROOT):
    """Put the solutions into the student edition in `folder`; nothing is written before all of them fit.

    What an edition takes over from the solved one is left as it is in the folder. So what comes out equals the solved
    edition exactly if nothing was lost or changed on the way there.

    Raises:
        Fault: a file is missing, or a place where a solution belongs is no longer as it was handed out.
    """
    files, given = {}, given_files()
    for path, solved in (solved_files(root) | {path: (root / path).read_bytes() for path in given}).items():
        if not (folder / path).is_file():
            raise Fault(f"{folder / path} is missing; --restore takes a whole student edition")
        content = (folder / path).read_bytes()
        try:
            if path in given:
                files[path] = solved
            elif path.endswith(".ipynb"):
                files[path] = restored_notebook(path, content, solved)
            elif pieces := file_pieces(path, solved):
                files[path] = put_back(content.decode("utf-8"), pieces, path).encode("utf-8")
        except ValueError:  # no text, or no notebook
            raise Fault(f"{folder / path} is damaged; --restore takes a student edition as it was handed out") from None
    files |= {path: (root / path).read_bytes() for path in LEFT_OUT}
    for path, content in files.items():
        with atomic_write(folder / path) as file:
            file.write(content)


def put_back(text, pieces, path):
    """`text` of a student edition with every piece as in the solved one."""
    for piece in reversed(pieces):
        if text.count(piece.student) != 1:
            first = piece.student.strip().split("\n")[0]
            raise Fault(f"{path} is not as it was handed out: it should hold {first!r} once")
        text = text.replace(piece.student, piece.solved)
    return text


def restored_notebook(path, content, solved):
    from tools.notebook_files import notebook_of

    notebook, solved = notebook_of(content, path), notebook_of(solved, path)
    if [cell.id for cell in notebook.cells] != [cell.id for cell in solved.cells]:
        raise Fault(f"{path} is not as it was handed out: it has other cells")
    for cell, model, pieces in zip(notebook.cells, solved.cells, notebook_pieces(path, solved), strict=True):
        cell.source, cell.metadata = put_back(cell.source, pieces, path), model.metadata
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = model.outputs, model.execution_count
    return written(notebook)
