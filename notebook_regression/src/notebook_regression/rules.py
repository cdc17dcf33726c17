"""Rules about notebook files, apart from what their cells show when they run. Each has a name and is on or off.

By default only those are on that say a file is broken: what Jupyter, VS Code, Colab, nbgrader and jupytext write
passes. A project switches others on in its settings, a notebook in its metadata, a cell by a tag.
"""

import re
from typing import NamedTuple

from . import stored
from .comparison import PDF, PICTURES

ON, OFF = "on", "off"


class Rule(NamedTuple):
    purpose: str
    strict: str = ON  # what `on` stands for: its allowed values, for a rule that has some
    default: str = OFF


RULES = {
    "size": Rule("the file has at most so many bytes", "1000000"),
    "format": Rule("its format is one of these", "4.5", "4.0 4.1 4.2 4.3 4.4 4.5"),
    "valid": Rule("it keeps to the schema of its format"),
    "kernel": Rule("its metadata names a kernel"),
    "notebook-metadata": Rule(
        "its metadata holds no other keys",
        "kernelspec.display_name kernelspec.language kernelspec.name language_info.name regression widgets",
    ),
    "cell-metadata": Rule("that of a cell holds no other keys", "slideshow tags"),
    "output-metadata": Rule("that of an output holds no other keys", "measured"),
    "outputs": Rule("some cell has an output"),
    "stored": Rule("every cell was run"),
    "order": Rule("cells were run once, from top to bottom"),
    "errors": Rule("no error is stored that the cell does not expect"),
    "stderr": Rule("every line stored on stderr is allowed by `regression_allowed_stderr`"),
    "pictures": Rule("every stored picture can be decoded", ON, ON),
    "paths": Rule("no output holds an absolute path"),
    "addresses": Rule("no output holds an address in memory"),
    "progress": Rule("no output holds a progress bar or the time that something took"),
    "warnings": Rule("no output holds a warning"),
}
TELLTALES = {
    "paths": (
        re.compile(
            r"(?<![\w.~])/(?:home/\w|root/|tmp/|Users/\w)"
            # `f:\\Omega\\to` is a formula, so of Windows' paths those count that end in a file or begin as many do
            r"|(?<!\w)[A-Za-z]:\\(?:(?:Users|Windows|Temp|Program\w*|Python\w*)\b|(?:[^\\\s:*?\"<>|{}$]+\\)*[\w-]+\.\w)"
        ),
        "an absolute path",
    ),
    "addresses": (re.compile(r"(?<= at )0x[0-9a-f]{6,}"), "an address in memory"),
    "progress": (
        re.compile(
            r"\d ?it/s\b|\d ?s/it\b|\d%\|[^|\n]{0,200}\| *\d+/\d"
            r"|(?:Wall|CPU) times?: |\d ?(?:ns|µs|us|ms|s) ± |\d ?[mµun]?s/(?:step|epoch)\b"
        ),
        "a progress bar or a time",
    ),
    "warnings": (re.compile(r"\b[A-Za-z_]*Warning: "), "a warning"),
}
PER_CELL = {"output-metadata", "cell-metadata", "stored", "order", "errors", "stderr", "pictures", *TELLTALES}
LIMITS = ("cell-timeout", "notebook-timeout")  # settings of a notebook that are no rules


class WrongSetting(ValueError):
    """One sentence: a rule that does not exist, or a value that it cannot have."""


class Rules:
    """Which rules hold. `rules["size"]` is the text of its allowed values, `on`, or None where the rule is off."""

    def __init__(self, values=None):
        self.values = values or {name: rule.default for name, rule in RULES.items()}

    def __getitem__(self, name):
        value = self.values[name]
        return None if value == OFF else value

    def changed(self, settings, where):
        """Rules with some others.

        Args:
            settings: dict name -> `on`, `off`, or allowed values; the name `all` stands for every rule.
            where: they are said, for the sentence of an error.

        Raises:
            WrongSetting: if there is no such rule, or if it cannot have this value.
        """
        values = dict(self.values)
        for name, value in settings.items():
            if name != "all" and name not in RULES:
                raise WrongSetting(f"{where}: there is no rule {name!r}; there are: all, {', '.join(RULES)}")
            for rule in RULES if name == "all" else [name]:
                values[rule] = _checked_value(rule, value, where)
        return Rules(values)


def rules_of_lines(lines):
    """Rules of the lines `name: value` in a project's settings.

    Raises:
        WrongSetting: if there is no such rule, or if it cannot have this value.
    """
    rules = Rules()
    for line in filter(None, map(str.strip, lines)):
        name, _, value = (part.strip() for part in line.partition(":"))
        rules = rules.changed({name: value}, "regression_rules")
    return rules


def rules_of_notebook(rules, notebook):
    """Rules with what the notebook's metadata says."""
    settings = {name: value for name, value in stored.notebook_settings(notebook).items() if name not in LIMITS}
    return rules.changed(settings, "`regression` in its metadata")


def rules_of_cell(rules, cell):
    """Rules with what the cell's tags say."""
    settings = {name: value for name, value in stored.cell_settings(cell).items() if name not in LIMITS}
    for name in settings.keys() & RULES.keys() - PER_CELL:
        raise WrongSetting(f"the tag regression-{name}: this rule is about a whole file; it belongs in its metadata")
    return rules.changed(settings, f"the tags {', '.join(f'regression-{name}' for name in settings)}")


def _checked_value(name, value, where):
    rule = RULES[name]
    if value in (ON, OFF):
        return rule.strict if value == ON else OFF
    if rule.strict == ON or not value:
        raise WrongSetting(f"{where}: the rule {name} is on or off, not {value!r}")
    if name == "size" and not value.replace("_", "").isdigit():
        raise WrongSetting(f"{where}: the rule size is on, off, or a number of bytes, not {value!r}")
    return value


class CellRecord(NamedTuple):
    """What the rules need to know of a code cell: its name, nbval's marks of it, and the rules for it."""

    name: str
    cell: dict
    marks: dict
    rules: Rules


def problems(path, notebook, rules, marks, allowed_stderr=()):
    """Sentences on what a stored notebook should not hold, each naming the cell.

    Args:
        path: its file; notebook: as `stored.read` gives it.
        rules: Rules of the project.
        marks: list of dicts, nbval's marks of the code cells.
        allowed_stderr: compiled patterns; a line on stderr has to match one from its beginning.
    """
    try:
        rules = rules_of_notebook(rules, notebook)
    except WrongSetting as error:
        return [str(error)]
    sentences = [*_file_problems(path, notebook, rules), *_metadata_problems(notebook, rules)]
    cells = stored.code_cells(notebook)
    if rules["outputs"] and cells and not any(cell.outputs for cell in cells):
        return [*sentences, f"none of its {len(cells)} code cells has an output: run it, and store what it shows"]
    records = []
    for name, cell, cell_marks in zip(stored.cell_names(notebook), cells, marks, strict=True):
        try:
            records.append(CellRecord(name, cell, cell_marks, rules_of_cell(rules, cell)))
            stored.read_tags(cell)
        except ValueError as error:
            sentences.append(f"{name}: {error}")
    sentences += _run_problems(records)
    for record in records:
        sentences += [f"{record.name}: {problem}" for problem in _cell_problems(record, allowed_stderr)]
    return sentences


def _file_problems(path, notebook, rules):
    size = path.stat().st_size
    if rules["size"] and size > int(rules["size"]):
        yield f"the file has {size:,} bytes, more than {int(rules['size']):,}"
    version = f"{notebook.nbformat}.{notebook.nbformat_minor}"
    if rules["format"] and version not in rules["format"].split():
        hint = "; `pytest --regression-upgrade` gives its cells their ids" if version < "4.5" else ""
        yield f"it is of format {version}, not {rules['format']}{hint}"
    if rules["valid"]:
        problem = stored.schema_problem(path)
        if problem:
            yield problem


def _metadata_problems(notebook, rules):
    if rules["kernel"] and "kernelspec" not in notebook.metadata:
        yield "its metadata names no kernel"
    if rules["notebook-metadata"]:
        allowed = rules["notebook-metadata"].split()
        yield from (f"leftover metadata {key!r}" for key in _other_keys(notebook.metadata, allowed))
    for place, cell in enumerate(notebook.cells, 1):
        try:
            allowed = rules_of_cell(rules, cell)["cell-metadata"]
        except WrongSetting:
            continue  # said with the cell
        if allowed:
            others = (key for key in cell.metadata if key not in allowed.split())
            yield from (f"leftover metadata {key!r} of cell {place} from the top" for key in others)


def _other_keys(metadata, allowed):
    """Keys that are not allowed; `kernelspec.name` allows one key of a dict, `kernelspec` all of them."""
    for key, value in metadata.items():
        inner = [name.partition(".")[2] for name in allowed if name.startswith(f"{key}.")]
        if inner and isinstance(value, dict):
            yield from (f"{key}.{name}" for name in sorted(value.keys() - set(inner)))
        elif key not in allowed:
            yield key


def _run_problems(records):
    """Cells that were not run, or not once from top to bottom. Jupyter counts no empty cells."""
    expected = 1
    for place, record in enumerate(records, 1):
        count = record.cell.execution_count
        if not record.cell.source.strip() and count is None:
            continue
        if count is None:
            if record.rules["stored"] and not record.marks.get("skip"):
                yield f"code cell {place} was never run, or its outputs were cleared"
            elif record.marks.get("skip"):
                continue
        elif count != expected and record.rules["order"]:
            yield f"{record.name} stands where cell {expected} should: not run once from top to bottom"
        expected = (count or expected) + 1


def _cell_problems(record, allowed_stderr):
    rules = record.rules
    for output in record.cell.outputs:
        if rules["errors"] and output.output_type == "error" and not record.marks.get("check_exception"):
            yield f"an error is stored: {output.ename}: {output.evalue}"
        if rules["stderr"] and output.get("name") == "stderr":
            lines = stored.unexpected_lines(output.text, allowed_stderr)
            yield from (f"stored on stderr: {line}" for line in lines)
        if rules["output-metadata"]:
            # What belongs to a kind of data, such as the width at which a picture is shown, is compared, not left over.
            allowed = {*rules["output-metadata"].split(), *output.get("data", {})}
            others = output.get("metadata", {}).keys() - allowed
            yield from (f"leftover metadata {key!r} of an output" for key in sorted(others))
        if rules["pictures"]:
            yield from _picture_problems(output)
        yield from _telltales(_words(output), rules)


def _telltales(words, rules):
    for name, (pattern, meaning) in TELLTALES.items():
        match = pattern.search(words) if rules[name] else None
        if match:
            yield f"{meaning} in its output: {match[0]!r}"


def _words(output):
    """All text of an output but pictures."""
    data = output.get("data", {}).items()
    return output.get("text", "") + "\n".join(
        value for kind, value in data if isinstance(value, str) and not kind.startswith(("image/", "video/", "audio/"))
        and kind != PDF
    )  # fmt: skip


def _picture_problems(output):
    for kind, data in output.get("data", {}).items():
        if kind not in PICTURES:
            continue
        try:
            from . import pictures  # Pillow takes a tenth of a second to import
        except ModuleNotFoundError:
            return  # said where pictures are compared
        try:
            pictures.check_picture(data)
        except pictures.PictureError as error:
            yield f"a stored picture ({kind}) is broken: {error}"
