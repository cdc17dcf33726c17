"""What tools for notebooks see of the same twenty changes, as a table in Markdown.

    python notebook_regression/tools/compare_tools.py

Needs nbval, nbmake, pytest-notebook and testbook beside this plugin, pandas, plotly, ipywidgets and Matplotlib. Every
change is a notebook of its own, taken from the lessons of the tests; each tool runs all of them, unchanged and changed.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from importlib import metadata
from pathlib import Path

import nbformat

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from lessons import LESSONS  # noqa: E402
from test_lessons import change_sources, notebook  # noqa: E402

TEXT = """a word, a semicolon lost, a warning, words on stderr, caption and table exchanged, shown in place of returned,
a formula, a value in JSON, a picture's width, an updated display, an error's words, an error's place,
an error that nobody expects, what came after it was cleared"""
CHANGES = {
    "text": TEXT.replace("\n", " ").split(", "),
    "pandas": ["a value in a styled table"],
    "plotly": ["a bar's height"],
    "ipywidgets": ["what interact shows", "a style"],
    "matplotlib": ["dashes", "retina"],
}
PATIENCE = "--nbval-kernel-startup-timeout=600"  # seconds, on a busy machine
LANGUAGE = {  # as Jupyter stores it; pytest-notebook takes a notebook without it for changed
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}
TOOLS = {
    "this plugin": ["--regression", PATIENCE],
    "nbval": ["--nbval", PATIENCE],
    "nbmake": ["--nbmake"],
    "pytest-notebook": ["--nb-test-files"],
    "testbook": [],
}
TESTBOOK = """
import glob, pytest, testbook

@pytest.mark.parametrize("path", sorted(glob.glob("*.ipynb")))
def test_it(path):
    with testbook.testbook(path, execute=True):
        pass
"""


def main():
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        names = write_notebooks(folder)
        accepted = run(folder, ["--regression-accept", PATIENCE], *sorted(path.name for path in folder.glob("*.ipynb")))
        if accepted.returncode:
            sys.exit(f"the notebooks did not run:\n{accepted.stdout}")
        alarms = {tool: failures(folder, tool) for tool in TOOLS}
        for number, (lesson, name) in enumerate(names):
            change_sources(folder / f"n{number:02}.ipynb", cases(lesson, name))
        seen = {tool: failures(folder, tool) for tool in TOOLS}
    print("\n".join(table(names, alarms, seen)))


def cases(lesson, name):
    """The cell that prepares others, and the one that changes."""
    return [case for case in LESSONS[lesson] if case[0] in ("prepare", name)]


def write_notebooks(folder):
    names = [(lesson, name) for lesson, chosen in CHANGES.items() for name in chosen]
    for number, (lesson, name) in enumerate(names):
        made = notebook([case[:2] for case in cases(lesson, name)])
        made.metadata["language_info"] = LANGUAGE
        nbformat.write(made, folder / f"n{number:02}.ipynb")
    (folder / "test_book.py").write_text(TESTBOOK)
    return names


def run(folder, options, *paths):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *paths]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def failures(folder, tool):
    """Numbers of the notebooks that a tool fails."""
    before = {path: path.read_bytes() for path in folder.glob("*.ipynb")}
    report = folder / "report.xml"
    paths = ["test_book.py"] if tool == "testbook" else sorted(path.name for path in before)
    run(folder, [*TOOLS[tool], f"--junitxml={report}"], *paths)
    numbers = set()
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            words = json.dumps(case.attrib)
            numbers |= {number for number in range(len(before)) if f"n{number:02}" in words}
    for path, content in before.items():  # pytest-notebook may write into them
        path.write_bytes(content)
    return numbers


def table(names, alarms, seen):
    """Lines in Markdown: a change each, and how many of the unchanged notebooks failed."""
    versions = [tool if tool == "this plugin" else f"{tool} {metadata.version(tool)}" for tool in TOOLS]
    yield f"| change | {' | '.join(versions)} |"
    yield f"|---|{'---|' * len(TOOLS)}"
    for number, (lesson, name) in enumerate(names):
        marks = ["alarm unchanged, too" if number in alarms[tool] else "yes" for tool in TOOLS]
        marks = [mark if number in seen[tool] else "" for mark, tool in zip(marks, TOOLS, strict=True)]
        yield f"| {lesson}: {name} | {' | '.join(marks)} |"
    counts = [len(seen[tool] - alarms[tool]) for tool in TOOLS]
    yield f"| **seen, of {len(names)}** | {' | '.join(map(str, counts))} |"
    yield f"| **false alarms, of {len(names)} unchanged** | {' | '.join(str(len(alarms[tool])) for tool in TOOLS)} |"


if __name__ == "__main__":
    main()
