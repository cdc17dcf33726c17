"""What a notebook file says without running it: was it run once, from top to bottom, and is it fit to be kept?"""

import json
import math
import re
from typing import NamedTuple

import nbformat

from . import figures
from .text import MEASURED, measured_problem
from .tolerance import Tolerance, read_tolerance

NEWEST_FORMAT, OLDEST_FORMAT = (4, 5), (4, 5)  # 4.5 gave the cells their ids
NOTEBOOK_METADATA = {"kernelspec": {"display_name", "language", "name"}, "language_info": {"name"}}
CELL_METADATA = {"slideshow", "tags"}
VARIES, TOLERANCE, WIDER = "figure-varies", "text-tolerance", "figure-tolerance"
TELLTALES = (
    (re.compile(r"/home/\w|/root/|/tmp/|/Users/\w|[A-Za-z]:\\\w"), "an absolute path"),
    (re.compile(r"0x[0-9a-f]{6,}"), "an address in memory"),
    (re.compile(r"\d ?it/s|\d%\||\d ?ms\b"), "a progress bar or a time"),
    (re.compile(r"\w*Warning: "), "a warning"),
)


class Broken(ValueError):
    """One sentence: why the file cannot be compared at all."""


class Tags(NamedTuple):
    """What the tags of a cell declare."""

    varies: str | None = None  # reason why its pictures are never the same twice
    tolerance: Tolerance | None = None  # of numbers in its text
    wider: float = 1.0  # how many times as far as usual its pictures may be from the stored ones


def read(path):
    """The notebook at `path`, as nbformat reads it.

    Raises:
        Broken: it is not JSON, no notebook, of a format that is too new or too old, or holds a `measured` that is none.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        version = (content["nbformat"], content["nbformat_minor"])
    except OSError as error:
        raise Broken(f"it cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Broken(f"not JSON, so not a notebook: {error}") from error
    except (KeyError, TypeError) as error:
        raise Broken("no notebook: it does not tell its format") from error
    shown = ".".join(map(str, version))
    if not all(type(number) is int for number in version):
        raise Broken(f"no notebook: its format is {version!r}, not two whole numbers")
    if version > NEWEST_FORMAT:
        raise Broken(f"format {shown} is from the future; this knows {'.'.join(map(str, NEWEST_FORMAT))}")
    if version < OLDEST_FORMAT:
        raise Broken(f"format {shown} is of an older version, without cell ids; open it in Jupyter and save it")
    notebook = nbformat.from_dict(content)
    try:
        nbformat.validate(notebook)
    except (nbformat.ValidationError, TypeError, AttributeError, KeyError) as error:  # nbformat trips over some
        raise Broken(f"no valid notebook: {str(error).splitlines()[0]}") from error
    for cell in notebook.cells:
        _join_lines(cell)
    for position, cell in enumerate(code_cells(notebook), 1):
        for output in cell.outputs:
            problem = measured_problem(output.get("metadata", {}).get(MEASURED))
            if problem:
                raise Broken(f"{cell_name(cell, position)}: {problem}")
    return notebook


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cell_name(cell, position):
    """A cell as Jupyter shows it, `cell 7`; one never run by its place among the code cells."""
    count = cell.execution_count
    return f"cell {count}" if count is not None else f"code cell {position} (never run)"


def read_tags(cell):
    """Tags of a cell.

    Raises:
        ValueError: one sentence, when a tag lacks its reason, or a positive number.
    """
    found = {}
    for tag in cell.metadata.get("tags", []):
        name, _, rest = (part.strip() for part in tag.partition(":"))
        if name == VARIES:
            if not rest:
                raise ValueError(f"the tag {VARIES} needs a reason, as in `{VARIES}: training is chaotic`")
            found["varies"] = rest
        elif name == TOLERANCE:
            found["tolerance"] = _text_tolerance(rest)
        elif name == WIDER:
            found["wider"] = _positive_number(rest)
    return Tags(**found)


def _text_tolerance(words):
    try:
        return read_tolerance(words)
    except ValueError as error:
        example = f"`{TOLERANCE}: 1e-3`"
        raise ValueError(f"the tag {TOLERANCE} needs a positive number, as in {example}, not {words!r}") from error


def _positive_number(digits):
    """The number of a tag; not a number or infinity would let everything pass."""
    try:
        number = float(digits)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise ValueError(f"the tag {WIDER} needs a positive number, as in `{WIDER}: 3`, not {digits!r}")
    return number


def problems(path, notebook, max_bytes, allowed_stderr):
    """Sentences on what a stored notebook should not hold, each naming the cell.

    Args:
        path: its file; notebook: as `read` gives it.
        max_bytes: of the file.
        allowed_stderr: compiled patterns; a line on stderr has to match one from its beginning.
    """
    found = []
    size = path.stat().st_size
    if size > max_bytes:
        found.append(f"the file has {size:,} bytes, more than {max_bytes:,}")
    found += _metadata_problems(notebook)
    cells = code_cells(notebook)
    if not any(cell.outputs for cell in cells):
        return [*found, f"none of its {len(cells)} code cells has an output: run it, and store what it shows"]
    expected = 1
    for position, cell in enumerate(cells, 1):
        name = cell_name(cell, position)
        count = cell.execution_count
        if count is None:
            found.append(f"code cell {position} was never run, or its outputs were cleared")
        elif count != expected:
            found.append(f"{name} stands where cell {expected} should: not run once from top to bottom")
        expected = (count or expected) + 1
        found += [f"{name}: {problem}" for problem in _cell_problems(cell, allowed_stderr)]
    return found


def _metadata_problems(notebook):
    if "kernelspec" not in notebook.metadata:
        yield "its metadata names no kernel"
    for key, value in notebook.metadata.items():
        if key not in NOTEBOOK_METADATA:
            yield f"leftover metadata {key!r}"
        else:
            yield from (f"leftover metadata '{key}.{inner}'" for inner in sorted(value.keys() - NOTEBOOK_METADATA[key]))
    for index, cell in enumerate(notebook.cells, 1):
        leftover = (key for key in cell.metadata if key not in CELL_METADATA)
        yield from (f"leftover metadata {key!r} of cell {index} from the top" for key in leftover)


def _cell_problems(cell, allowed_stderr):
    try:
        read_tags(cell)
    except ValueError as error:
        yield str(error)
    for output in cell.outputs:
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
            yield f"an error is stored: {output.ename}: {output.evalue}"
        if output.get("name") == "stderr":
            yield from (f"stored on stderr: {line}" for line in unexpected_lines(output.text, allowed_stderr))
        yield from (f"leftover metadata {key!r} of an output" for key in output.get("metadata", {}) if key != MEASURED)
        for kind, data in output.get("data", {}).items():
            if kind in figures.KINDS:
                yield from _picture_problems(data, kind)
        text = output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for pattern, words in TELLTALES:
            match = pattern.search(text)
            if match:
                yield f"{words} in its output: {match[0]!r}"


def _picture_problems(data, kind):
    try:
        figures.decode(data)
    except figures.PictureError as error:
        yield f"a stored picture ({kind}) is broken: {error}"


def unexpected_lines(text, allowed):
    """Lines that no pattern allows; empty lines are no matter."""
    return [line for line in text.splitlines() if line.strip() and not any(p.match(line) for p in allowed)]


def _join_lines(cell):
    """Texts are lists of lines in the file and strings in memory."""
    cell.source = "".join(cell.source)
    for output in cell.get("outputs", []):
        if "text" in output:
            output.text = "".join(output.text)
        for kind, data in output.get("data", {}).items():
            if isinstance(data, list) and not kind.endswith("json"):
                output.data[kind] = "".join(data)
