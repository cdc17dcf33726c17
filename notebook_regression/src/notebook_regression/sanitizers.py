r"""What is new in each run and means nothing, by name: ids, dates, addresses.

Each one replaces what its pattern finds. Where it says `{}`, the same text gets the same number, counted from the first
in an output: which id refers to which is still compared. All are linear in the length of a text.
"""

import re
from typing import NamedTuple

MARKUP = ("text/html", "application/javascript", "image/svg+xml")
ANY_TEXT = ("stdout", "stderr", "text/plain", "text/html", "text/markdown", "text/latex", "error")


class Sanitizer(NamedTuple):
    """`replacement` for what `pattern` finds in texts of these `kinds`; `json` stands for all that end in it."""

    kinds: tuple
    pattern: re.Pattern
    replacement: str
    purpose: str


HEX = r"[0-9a-f]"
UUID = rf"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"

SANITIZERS = {
    "addresses": Sanitizer(
        ANY_TEXT,
        re.compile(
            r"(?<= at )0x[0-9a-fA-F]{6,16}(?=(?:>|&gt;|,|; to | state=|: \w+ object at ))|(?<=\) at )0x[0-9A-F]{6,16}\b"
        ),
        "0x{}",
        "`<f at 0x7f0c5e3a>`, `Generator(PCG64) at 0x7F0C5E3A`",
    ),
    "cell-files": Sanitizer(
        ANY_TEXT,
        re.compile(
            r"(?<![^\s\"'(])(?:[A-Za-z]:)?[^\s:\"'(]*[/\\]ipykernel_\d+[/\\]\d+\.py|<ipython-input-\d+-[0-9a-f]+>"
        ),
        "cell",
        "the file that a warning names as its place in a cell",
    ),
    "times": Sanitizer(
        (*ANY_TEXT, "json"),
        re.compile(
            r"\[\d+:\d\d(?::\d\d)?(?:(?:<|&lt;)[\d:?]{1,9})?,"
            r"[ \u2007]{1,8}[\d.?]{1,9}[a-zA-Z]{0,10}(?:/s|s/[a-zA-Z]{1,10})"
            r"|(?m:^)(?:CPU times|Wall time): [^\n]{1,200}"
            r"|(?m:^)[\d.]{1,9} (?:ns|[µμu]s|ms|s|min) ± [^\n]{1,100} per loop [^\n]{1,100}"
            r"|(?<= )\d{1,9}m?s \d{1,9}[µμum]?s/(?:step|epoch)\b"
        ),
        "time",
        "times and rates of progress bars (tqdm, Keras), `%%time` and `%timeit`",
    ),
    "threads-and-tasks": Sanitizer(
        ANY_TEXT,
        re.compile(r"(?:(?<=, started )|(?<=, started daemon ))\d{6,20}(?=\))|(?<= name='Task-)\d{1,9}(?=')"),
        "{}",
        "the number in `<Thread(Thread-1, started 1397236)>`, `<Task pending name='Task-40'>`",
    ),
    "written-files": Sanitizer(
        ("stdout",),
        re.compile(r"(?m)^(?:Writing|Overwriting)(?= \S{1,200}$)"),
        "Writing",
        "whether %%writefile found a file",
    ),
    "figure-size": Sanitizer(
        ("text/plain",), re.compile(r"<Figure size \d+x\d+"), "<Figure size", "the size of a figure in words"
    ),
    "uuids": Sanitizer(
        (*MARKUP, "json"), re.compile(rf"(?<!{HEX}){UUID}(?!{HEX})"), "id{}", "ids of plotly, bokeh, xarray"
    ),
    "hex-ids": Sanitizer(
        MARKUP, re.compile(rf"(?<=[a-z_-]){HEX}{{32}}(?!{HEX})"), "id{}", "ids of altair and of Matplotlib's animations"
    ),
    "pandas-styler": Sanitizer(
        ("text/html", "text/latex"),
        re.compile(r"(?<![A-Za-z0-9])T_[0-9a-f]{5}(?![0-9a-f])"),
        "T_{}",
        "ids of a styled table",
    ),
    "matplotlib-svg": Sanitizer(
        ("image/svg+xml",),
        re.compile(r"(?<=[\"#_])[A-Za-z]?[0-9a-f]{10}(?=[\")_])"),
        "m{}",
        "ids of markers and clips in an SVG",
    ),
    "svg-dates": Sanitizer(MARKUP, re.compile(r"<dc:date>[^<]{0,60}</dc:date>"), "<dc:date/>", "when an SVG was made"),
    "pdf-dates": Sanitizer(
        ("application/pdf",),
        re.compile(r"/(?:CreationDate|ModDate) ?\([^)]{0,60}\)|/ID ?\[[^\]]{0,200}\]"),
        "",
        "when a PDF was made",
    ),
}


class Unknown(ValueError):
    """One sentence: there is no sanitizer of a name."""


def chosen(lines):
    """dict name -> Sanitizer, of those that settings name: `all`, `none`, a name, or `-name` for all but it.

    Raises:
        Unknown: if no sanitizer has that name.
    """
    names = set(SANITIZERS) if not lines or lines[0].startswith("-") else set()
    for line in filter(None, map(str.strip, lines)):
        name = line.removeprefix("-")
        if name in ("all", "none"):
            names = set(SANITIZERS) if name == "all" else set()
        elif name not in SANITIZERS:
            raise Unknown(f"there is no sanitizer {name!r}; there are: {', '.join(sorted(SANITIZERS))}")
        elif line.startswith("-"):
            names.discard(name)
        else:
            names.add(name)
    return {name: sanitizer for name, sanitizer in SANITIZERS.items() if name in names}


def sanitized(text, kind, sanitizers):
    """A text of a kind, with what is new in each run replaced."""
    for sanitizer in sanitizers.values():
        if kind in sanitizer.kinds or (kind.endswith("json") and "json" in sanitizer.kinds):
            text = _replaced(text, sanitizer)
    return text


def _replaced(text, sanitizer):
    numbers = {}

    def numbered(match):
        return sanitizer.replacement.format(numbers.setdefault(match[0], len(numbers) + 1))

    return sanitizer.pattern.sub(numbered, text)
