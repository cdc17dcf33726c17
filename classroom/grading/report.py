"""Results as text, as Gradescope's JSON, as pages, and as a table."""

import csv
import io
import json
from pathlib import Path

import jinja2

from classroom.exercises import EXERCISES
from cs231n.files import atomic_write

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def write(path, text):
    """Write a file atomically, and create the folders that it lies in."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


def as_json(result):
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def as_text(result):
    """A line for each check, with feedback below the checks that lost points."""
    lines = []
    for test in result["tests"]:
        lines.append(f"{test['score']:5g} of {test['max_score']:<5g} {test['name']}")
        if test["score"] < test["max_score"]:
            lines += [f"{'':15}{line}" for line in test["output"].splitlines()]
    return "\n".join([*lines, result["output"]])


def as_csv(results):
    """A row for each submission, a column for each exercise."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    names = [exercise.name for exercise in EXERCISES]
    rows.writerow(["submission", "score", *names])
    for result in results:
        points = result["extra_data"]["exercises"]
        rows.writerow([result["extra_data"]["name"], result["score"], *(points[name] for name in names)])
    return text.getvalue()


def as_page(result):
    """An HTML page for one submission: points and feedback by notebook and function."""
    tests = {exercise.name: [] for exercise in EXERCISES}
    for test in result["tests"]:
        name, title = test["name"].split(": ", 1)
        tests[name].append(test | {"title": title})
    return _PAGES.get_template("submission.html").render(result=result, notebooks=_by_notebook(), tests=tests)


def as_summary(results):
    """An HTML page for the class: all scores, and the mean points of each function."""
    means = {
        exercise.name: sum(result["extra_data"]["exercises"][exercise.name] for result in results) / len(results)
        for exercise in EXERCISES
    }
    return _PAGES.get_template("class.html").render(results=results, notebooks=_by_notebook(), means=means)


def _by_notebook():
    """dict notebook -> its exercises."""
    notebooks = {}
    for exercise in EXERCISES:
        notebooks.setdefault(exercise.notebook, []).append(exercise)
    return notebooks
