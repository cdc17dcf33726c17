"""Tracebacks of errors that a notebook shows on purpose: the frames that are its own, not those of libraries."""

import re

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CELL_FRAME = re.compile(r"(?:Cell |Input )In ?\[\d+\]|<ipython-input-\d+-[0-9a-f]+>|ipykernel_\d+")
FILE_FRAME = re.compile(r"\.py(?::\d+)?,? in (\w+)")  # what stands before it is the file
LIBRARY = re.compile(r"site-packages|dist-packages|lib[/\\]python|[/\\]Lib[/\\]", re.IGNORECASE)


def own_frames(traceback):
    """Lines of text: frames in cells to the letter, those in files of one's own by file and function.

    Frames in libraries are left out: they are others on another machine or version.
    """
    lines = []
    for frame in traceback:
        lines += _frame_lines(COLOUR.sub("", frame).strip("\n"))
    return lines


def _frame_lines(frame):
    head, _, code = frame.partition("\n")
    if CELL_FRAME.search(head):
        return ["in a cell", *(line.rstrip() for line in code.split("\n"))]
    match = FILE_FRAME.search(head)
    if not match or LIBRARY.search(head[: match.start()]):
        return []
    name = re.split(r"[/\\]", head[: match.start()].removeprefix("File "))[-1]
    return [f"in {name}.py, {match[1]}"]
