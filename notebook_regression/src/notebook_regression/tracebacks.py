"""Tracebacks of errors that a notebook shows on purpose: the frames that are its own, not those of libraries."""

import re

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CELL_FRAME = re.compile(r"(?:Cell |Input )In ?\[\d+\]|<ipython-input-\d+-[0-9a-f]+>|\S*ipykernel_\d+\S*")
FILE_FRAME = re.compile(r"(?:File )?(\S+\.py)(?::\d+)?,? in (\w+)")
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
    if not match or LIBRARY.search(match[1]):
        return []
    name = re.split(r"[/\\]", match[1])[-1]
    return [f"in {name}, {match[2]}"]
