"""Seeded faults, one at a time: how many of each kind `pytest --regression` catches, and which slip.

    python notebook_regression/tools/fault_table.py [--runs 5] [--project FILE]

The faults are those of the tests: changed cells of the lessons, which are executed, and changed figures, stored in
place of the right ones (erased) and the other way round (added). Unchanged, all are run several times. FILE holds
results of further faults, as `python -m tools.seed_faults` of this project writes them.
"""

import argparse
import base64
import io
import json
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))

from compare_tools import LESSONS, PATIENCE, change_sources, notebook, run  # puts the tests on the path
from figure_gallery import DRAWINGS, drawn
from making import METADATA, counted
from test_lessons import AVAILABLE

STYLE = "default"  # of the figures: PNG, 100 dots an inch


class Row(NamedTuple):
    """What became of the faults of one kind."""

    kind: str
    slipped: list  # names
    total: int
    alarms: int  # runs of unchanged notebooks that failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="of each unchanged notebook, default 5")
    parser.add_argument("--project", type=Path, metavar="FILE")
    options = parser.parse_args()
    missing = [name for name in LESSONS if name not in AVAILABLE]
    if missing:
        sys.exit(f"{missing[0]} is not installed: pip install -e 'notebook_regression[test]'")
    rows = [lesson_row(name, options.runs) for name in LESSONS] + figure_rows(options.runs)
    if options.project:
        rows += project_rows(json.loads(options.project.read_text("utf-8")))
    print("\n".join(table(rows)))


def lesson_row(name, runs):
    """The row of a lesson, whose cells are executed."""
    cases = LESSONS[name]
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "lesson.ipynb"
        nbformat.write(notebook([case[:2] for case in cases]), path)
        run(path.parent, ["--regression-accept", PATIENCE], path.name)
        alarms = sum(bool(failed_cells(path.parent, PATIENCE)) for _ in range(runs))
        change_sources(path, cases)
        caught = failed_cells(path.parent, PATIENCE)
    names = {number: case[0] for number, case in enumerate(cases, 1) if len(case) > 2}
    return Row(f"cells: {name}", [words for number, words in names.items() if number not in caught], len(names), alarms)


def figure_rows(runs):
    """Two rows, of figures with faults in place of right ones and the other way round; no cell is executed."""
    names, right, wrong = [], [], []
    for name, drawing in DRAWINGS.items():
        stored = encoded(drawn(name, STYLE))
        for words, change in drawing.faults.items():
            names.append(f"{name}: {words}")
            right.append(stored)
            wrong.append(encoded(drawn(name, STYLE, change)))
    alarms = sum(bool(failed_figures(right, right)) + bool(failed_figures(wrong, wrong)) for _ in range(runs))
    rows = []
    for kind, stored, new in (("figures: changed", right, wrong), ("figures: changed back", wrong, right)):
        caught = failed_figures(stored, new)
        rows.append(Row(kind, [words for k, words in enumerate(names, 1) if k not in caught], len(names), alarms))
        alarms = 0
    return rows


def failed_cells(folder, option):
    """Numbers of the cells of lesson.ipynb that fail; 0 stands for the file itself."""
    report = folder / "report.xml"
    run(folder, ["--regression", option, f"--junitxml={report}"], "lesson.ipynb")
    cases = ElementTree.parse(report).iter("testcase")
    names = [case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return {int((re.findall(r"Cell (\d+)", name) or [0])[0]) for name in names}


def encoded(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


def failed_figures(stored, new):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "copies").mkdir()
        for path, pictures in ((folder / "lesson.ipynb", stored), (folder / "copies/lesson.ipynb", new)):
            outputs = [[new_output("display_data", {"image/png": picture})] for picture in pictures]
            cells = [new_code_cell("draw()", outputs=shown, id=f"cell-{k}") for k, shown in enumerate(outputs)]
            nbformat.write(new_notebook(metadata=METADATA, cells=counted(*cells)), path)
        return failed_cells(folder, "--regression-against=copies")


def project_rows(results):
    """Rows of code, cells and files with a fault; the names of one kind stand together in tools/seed_faults.py."""
    slipped = [name for name, result in results.items() if not result["checks"]]
    return [Row("this project: code, cells, files", slipped, len(results), 0)]


def table(rows):
    """Lines in Markdown."""
    yield "| faults in | caught | slipped | alarms unchanged |"
    yield "|---|---|---|---|"
    total = Row(
        "**all**",
        [name for row in rows for name in row.slipped],
        *map(sum, zip(*(row[2:] for row in rows), strict=True)),
    )
    for row in [*rows, total]:
        names = "; ".join(row.slipped) if row is not total else len(row.slipped)
        caught = row.total - len(row.slipped)
        yield f"| {row.kind} | {caught} of {row.total} ({caught / row.total:.1%}) | {names} | {row.alarms} |"


if __name__ == "__main__":
    main()
