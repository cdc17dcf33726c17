"""Notebook files as they are stored: reading them, and what cells and their tags declare."""

import json
import math
from collections import Counter
from typing import NamedTuple

import nbformat

from .text import MEASURED, measured_problem
from .tolerance import Tolerance, read_tolerance

NEWEST_FORMAT, OLDEST_FORMAT = (4, 5), (4, 0)
VARIES, TOLERANCE, WIDER = "figure-varies", "text-tolerance", "figure-tolerance"
SETTINGS = "regression"  # key in a notebook's metadata; tags that begin with it and `-` hold the same for a cell
NEEDED = {"stream": {"name": str, "text": None}, "display_data": {"data": dict}, "execute_result": {"data": dict}}
NEEDED["error"] = {"ename": str, "evalue": str, "traceback": list}
TEXTS = ("text/", "image/", "application/pdf")  # beginnings of the kinds of data that are text in a file


class Broken(ValueError):
    """One sentence: why the file cannot be compared at all."""


class Tags(NamedTuple):
    """What the tags of a cell declare."""

    varies: str | None = None  # reason why its pictures are never the same twice
    tolerance: Tolerance | None = None  # of numbers in its text
    wider: float = 1.0  # how many times as far as usual its pictures may be from the stored ones


def read_content(path):
    """The file at `path` as nested dicts and lists.

    Raises:
        Broken: if the file is not JSON, if it is not a notebook, or if its format is too new or too old.
    """
    try:
        content = json.loads(path.read_bytes())
        version = (content["nbformat"], content["nbformat_minor"])
    except OSError as error:
        raise Broken(f"it cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Broken(f"not JSON, so not a notebook: {error}") from error
    except (KeyError, TypeError) as error:
        raise Broken("no notebook: it does not tell its format") from error
    format_name = ".".join(map(str, version))
    if not all(type(number) is int for number in version):
        raise Broken(f"no notebook: its format is {version!r}, not two whole numbers")
    if version > NEWEST_FORMAT:
        raise Broken(f"format {format_name} is from the future; this knows {'.'.join(map(str, NEWEST_FORMAT))}")
    if version < OLDEST_FORMAT:
        raise Broken(
            f"format {format_name} is too old; `jupyter nbconvert --to notebook --inplace` brings it to version 4"
        )
    return content


def read(path):
    """The notebook at `path`, with texts as strings.

    Raises:
        Broken: when `read_content` raises it, if the notebook is not valid, or if a `measured` entry is not valid.
    """
    content = read_content(path)
    problem = _structure_problem(content)
    if problem:
        raise Broken(f"no valid notebook: {problem}")
    notebook = nbformat.from_dict(content)
    for cell in notebook.cells:
        cell.setdefault("metadata", nbformat.NotebookNode())
        cell.source = "".join(cell.source)
        if cell.cell_type == "code":
            cell.setdefault("execution_count", None)
            cell.outputs = as_outputs(cell.outputs)
    names = cell_names(notebook)
    for name, cell in zip(names, code_cells(notebook), strict=True):
        for output in cell.outputs:
            problem = measured_problem(output.get("metadata", {}).get(MEASURED))
            if problem:
                raise Broken(f"{name}: {problem}")
    return notebook


def schema_problem(path):
    """A sentence when the file breaks the rules of its format, else None."""
    try:
        nbformat.validate(nbformat.from_dict(read_content(path)))
    except (nbformat.ValidationError, TypeError, AttributeError, KeyError) as error:  # nbformat trips over some
        return f"no valid notebook: {str(error).splitlines()[0]}"
    return None


def as_outputs(outputs):
    """Outputs with texts as strings; they are lists of lines in a file."""
    outputs = nbformat.from_dict(list(outputs))
    for output in outputs:
        if "text" in output:
            output.text = "".join(output.text)
        for kind, data in output.get("data", {}).items():
            if isinstance(data, list) and not kind.endswith("json"):
                output.data[kind] = "".join(map(str, data))
    return outputs


def _structure_problem(content):
    """What keeps a file from being read, or None. It is less than nbformat demands: published files break its rules."""
    if not isinstance(content.get("cells"), list):
        return "it has no list of cells"
    if not isinstance(content.setdefault("metadata", {}), dict):
        return "its metadata is no dict"
    for place, cell in enumerate(content["cells"], 1):
        problem = _cell_structure_problem(cell)
        if problem:
            return f"cell {place} from the top {problem}"
    return None


def _cell_structure_problem(cell):
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return "has no type"
    if not isinstance(cell.get("metadata", {}), dict):
        return "has metadata that is no dict"
    if not _is_text(cell.get("source")):
        return "has no source"
    if cell["cell_type"] != "code":
        return None
    if type(cell.get("execution_count")) not in (int, type(None)):
        return f"has the execution count {cell['execution_count']!r}"
    outputs = cell.setdefault("outputs", [])
    if not isinstance(outputs, list) or not all(map(_is_output, outputs)):
        return "has an output that is none"
    return None


def _is_text(value):
    return isinstance(value, str) or isinstance(value, list) and all(isinstance(line, str) for line in value)


def _is_output(output):
    if not isinstance(output, dict) or output.get("output_type") not in NEEDED:
        return False
    needed = NEEDED[output["output_type"]].items()
    if not all(isinstance(output.get(name), kind) if kind else _is_text(output.get(name)) for name, kind in needed):
        return False
    texts = (value for kind, value in output.get("data", {}).items() if kind.startswith(TEXTS))
    return isinstance(output.get("metadata", {}), dict) and all(map(_is_text, texts))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cell_names(notebook):
    """A name for each code cell: as Jupyter shows it, `cell 7`, or by its place where that would be ambiguous."""
    cells = code_cells(notebook)
    counts = Counter(cell.execution_count for cell in cells)
    return [
        f"code cell {position} (never run)"
        if cell.execution_count is None
        else f"cell {cell.execution_count}"
        if counts[cell.execution_count] == 1
        else f"code cell {position}"
        for position, cell in enumerate(cells, 1)
    ]


def tags_of(cell):
    """Tags of a cell; what is no text, or no list, is passed over."""
    tags = cell.metadata.get("tags", [])
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def read_tags(cell):
    """What the tags of a cell declare.

    Raises:
        ValueError: if a tag lacks its reason or a positive number; the message is one sentence.
    """
    declared = {}
    for tag in tags_of(cell):
        name, _, rest = (part.strip() for part in tag.partition(":"))
        if name == VARIES:
            if not rest:
                raise ValueError(f"the tag {VARIES} needs a reason, as in `{VARIES}: training is chaotic`")
            declared["varies"] = rest
        elif name == TOLERANCE:
            declared["tolerance"] = _text_tolerance(rest)
        elif name == WIDER:
            declared["wider"] = positive_number(f"the tag {WIDER}", rest, f"`{WIDER}: 3`")
    return Tags(**declared)


def kernel_spec(notebook):
    """dict of `name` and `language` of the kernel that a notebook names, as far as they are there and are texts."""
    spec = notebook.metadata.get("kernelspec")
    spec = spec if isinstance(spec, dict) else {}
    return {key: spec[key] for key in ("name", "language") if isinstance(spec.get(key), str)}


def cell_settings(cell):
    """dict name -> text, of the tags of the form `regression-name: text`."""
    pairs = (tag.partition(":") for tag in tags_of(cell) if tag.startswith(f"{SETTINGS}-"))
    return {name.strip().removeprefix(f"{SETTINGS}-"): rest.strip() for name, _, rest in pairs}


def notebook_settings(notebook):
    """dict name -> text, of what a notebook's metadata has under `regression`."""
    settings = notebook.metadata.get(SETTINGS, {})
    return {str(name): _as_setting(value) for name, value in settings.items()} if isinstance(settings, dict) else {}


def _as_setting(value):
    if isinstance(value, bool):
        return "on" if value else "off"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _text_tolerance(words):
    try:
        return read_tolerance(words)
    except ValueError as error:
        example = f"`{TOLERANCE}: 1e-3`"
        raise ValueError(f"the tag {TOLERANCE} needs a positive number, as in {example}, not {words!r}") from error


def positive_number(name, digits, example):
    """The number in a text; not a number or infinity would let everything pass.

    Raises:
        ValueError: if the text is not a positive number; the message is one sentence.
    """
    try:
        number = float(digits)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise ValueError(f"{name} needs a positive number, as in {example}, not {digits!r}")
    return number


def unexpected_lines(text, allowed):
    """Lines that no pattern allows; empty lines are no matter."""
    return [line for line in text.splitlines() if line.strip() and not any(p.match(line) for p in allowed)]
