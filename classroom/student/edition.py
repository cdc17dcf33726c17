"""The files of the student edition: the project without the solutions of exercises.

It differs from the solved edition in the bodies between solution markers (classroom/exercises.py), a few sentences and
checks (rewording.py) and whole files (given/, LEFT_OUT). Its notebooks have no outputs, cells' metadata and answers.
"""

import io
import os
import shutil
import zipfile
from pathlib import Path

from classroom.exercises import BEYOND, EXERCISES, HELPERS
from classroom.student.pieces import Fault, file_pieces, student_text

ROOT = Path(__file__).resolve().parents[2]
GIVEN = Path(__file__).parent / "given"
# The files of an edition, as patterns from the root. selfcheck/ is at the top of an edition.
INCLUDED = (
    ".gitignore",
    "LICENSE",
    "classroom/selfcheck/**/*.py",
    "classroom/selfcheck/values.npz",
    "cs231n/**/*.json",
    "cs231n/**/*.npz",
    "cs231n/**/*.py",
    "datasets/README.md",
    "docs/running.md",
    "get_datasets.sh",
    "notebooks/*.ipynb",
    "notebooks/beyond/*.ipynb",
    "notebooks/beyond/captioners.json",
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
# Other forms of exercises, which would give the solutions away: faster ones, in whose place an edition uses students'
# own functions, and those for the course's notebooks, which an edition does not need.
LEFT_OUT = (
    "cs231n/packed_captioning.py",
    "cs231n/packed_transformer.py",
    "cs231n/course/__init__.py",
    "cs231n/course/gan_tf.py",
    "cs231n/course/net_visualization_tensorflow.py",
    "cs231n/course/style_transfer_tensorflow.py",
)


def build(target):
    """Write the edition to the folder `target` and to a zip file beside it, each atomically.

    Returns:
        (number of files, bytes of the zip file).
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
        if old.exists() and not target.exists():  # interrupted between the two renames
            old.rename(target)
        for folder in (part, old):
            shutil.rmtree(folder, ignore_errors=True)
        zip_part.unlink(missing_ok=True)
    return len(files), len(packed)


def edition_files(root=ROOT):
    """dict path -> bytes: every file of the student edition of the project at `root`, sorted by path.

    Raises:
        Fault: if markers and the table of exercises disagree, if a guide is missing, if a question has no answer, or if
            a text to be replaced is missing.
    """
    solved = solved_files(root)
    for entry in (*EXERCISES, *HELPERS):
        if entry.file not in solved:
            raise Fault(f"classroom/exercises.py lists {entry.name} in {entry.file}, which does not exist")
    files = {path: student_file(path, content) for path, content in solved.items()} | given_files()
    for place, is_beyond in ((b"{exercises}", False), (b"{beyond}", True)):
        files["README.md"] = files["README.md"].replace(place, table_of_exercises(is_beyond).encode())
    return dict(sorted(files.items()))


def solved_files(root):
    """dict path in an edition -> bytes: the files of the project at `root` that belong to an edition, still solved."""
    paths = {path.relative_to(root).as_posix(): path for pattern in INCLUDED for path in root.glob(pattern)}
    return {path_in_edition(name): paths[name].read_bytes() for name in sorted(paths) if name not in LEFT_OUT}


def path_in_edition(path):
    """The path in an edition of one of the project's files: there selfcheck/ is at the top."""
    return path.removeprefix("classroom/")


def given_files():
    """dict path -> bytes: files of an edition that replace files of the project, or that the project does not have."""
    paths = [path for path in GIVEN.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(GIVEN).as_posix(): path.read_bytes() for path in paths}


def student_file(path, content):
    """The bytes of a file of the student edition, from the bytes of the solved one."""
    if path.endswith(".ipynb"):
        from classroom.student.notebooks import student_notebook  # nbformat takes a second, and the grader needs none

        return student_notebook(path, content)
    pieces = file_pieces(path, content)
    return student_text(content.decode("utf-8"), pieces, path).encode("utf-8") if pieces else content


def table_of_exercises(is_beyond):
    """A table in the student edition's README, in Markdown: exercises of the course, or of what goes beyond it."""
    rows = ["| notebook | function | file | points |", "|---|---|---|---|"]
    rows += [
        f"| {e.notebook} | `{e.name}` | `{e.file}` | {e.points} |"
        for e in EXERCISES
        if (e.notebook in BEYOND) == is_beyond
    ]
    return "\n".join(rows)


def zipped(files):
    """The bytes of a zip file with the files in a folder `student`; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path, content in files.items():
            info = zipfile.ZipInfo(f"student/{path}")  # its date is always 1980
            info.create_system = 3  # Unix, on every system, so that the mode below counts
            info.external_attr = (0o755 if path.endswith(".sh") else 0o644) << 16
            file.writestr(info, content, zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()
