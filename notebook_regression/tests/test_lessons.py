"""Notebooks of many kinds: unchanged they pass, twice; each of their changes fails, and the failure says where."""

import importlib.util
import json
import re

import nbformat
import pytest
from lessons import LESSONS
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytest_plugins = ["pytester"]

METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
AVAILABLE = [name for name in LESSONS if name == "text" or importlib.util.find_spec(name)]


def notebook(cells):
    """A notebook of (name, source) pairs; the name stands above the cell."""
    made = new_notebook(metadata=METADATA)
    for count, (name, source) in enumerate(cells, 1):
        made.cells.append(new_markdown_cell(name))
        first, _, rest = source.partition("\n")
        tagged = first.startswith("#tags ")
        cell = new_code_cell((rest if tagged else source).replace("{before}", str(count - 2)))
        cell.metadata = {"tags": first.removeprefix("#tags ").split(", ")} if tagged else {}
        made.cells.append(cell)
    return made


def change_sources(path, cases):
    """Write the changed sources beside the outputs that the unchanged ones gave."""
    content = json.loads(path.read_text("utf-8"))
    changed = notebook([(case[0], case[2] if len(case) > 2 else case[1]) for case in cases])
    cells = [cell for cell in changed.cells if cell.cell_type == "code"]
    for cell, other in zip((c for c in content["cells"] if c["cell_type"] == "code"), cells, strict=True):
        cell["source"] = other.source
    path.write_text(json.dumps(content), "utf-8")


def run(pytester, *options):
    outcome = pytester.runpytest_subprocess("--nbval-current-env", "--color=no", *options)
    return outcome.ret, outcome.stdout.str()


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_passes_twice_and_each_change_is_told(pytester, name):
    if name not in AVAILABLE:
        pytest.skip(f"{name} is not installed: pip install {name}")
    cases = LESSONS[name]
    path = pytester.path / "lesson.ipynb"
    nbformat.write(notebook([case[:2] for case in cases]), path)
    code, said = run(pytester, "--regression-accept", "lesson.ipynb")
    assert code == 0, said
    for _ in range(2):
        code, said = run(pytester, "--regression", "lesson.ipynb")
        assert code == 0, said
    change_sources(path, cases)
    code, said = run(pytester, "--regression", "lesson.ipynb")
    failures = said.partition("= notebooks =")[0]
    missing = [case[0] for count, case in enumerate(cases, 1) if not as_expected(failures, count, case)]
    assert code == 1 and not missing, (missing, said)


def as_expected(said, count, case):
    """Whether a changed cell, and only such a one, failed in the words that are due."""
    parts = re.split(r"(?m)^_{3,} .*: Cell (\d+) _{3,}$", said)
    failures = dict(zip(map(int, parts[1::2]), parts[2::2], strict=True))
    if len(case) == 2:
        return count not in failures
    return f"lesson.ipynb, cell {count}: " in failures.get(count, "") and case[3] in failures[count]


def test_there_are_changes_enough():
    assert sum(len(case) > 2 for cases in LESSONS.values() for case in cases) >= 60
