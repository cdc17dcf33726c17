"""Results as text, as Gradescope's JSON, as pages, and as a table."""

import csv
import io
import json
from pathlib import Path

import jinja2

from classroom.exercises import BEYOND, EXERCISES
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
    for test in map(_with_points, result["tests"]):
        lines.append(f"{test['score']:5g} of {test['max_score']:<5g} {test['name']}")
        if test["score"] < test["max_score"]:
            lines += [f"{'':15}{line}" for line in test["output"].splitlines()]
    return "\n".join([*lines, result["output"]])


def as_csv(results, ungraded):
    """A row for each submission, a column for each exercise. A submission that was not graded has no points, not 0.

    The last columns are of exercises beyond the course: their sum, and each; empty where none was handed in.

    Args:
        results: list of results; ungraded: dict from the name of a submission without a result to the reason.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    names, beyond = ([e.name for e in EXERCISES if (e.notebook in BEYOND) == apart] for apart in (False, True))
    rows.writerow(["submission", "score", *names, "status", "notes", "beyond the course", *beyond])
    for result in results:
        about = result["extra_data"]
        points = about["exercises"] if about["status"] == "graded" else {}
        score = result["score"] if points else ""
        row = [about["name"], score, *(points.get(name, "") for name in names), about["status"]]
        apart = [about.get("beyond", {}).get("score", ""), *(points.get(name, "") for name in beyond)]
        rows.writerow([*row, "; ".join(about["notes"]), *apart])
    for name, reason in ungraded.items():
        rows.writerow([name, "", *([""] * len(names)), "not graded", reason, *([""] * (1 + len(beyond)))])
    return text.getvalue()


def as_page(result):
    """An HTML page for one submission: points and feedback by notebook and function."""
    tests = {exercise.name: [] for exercise in EXERCISES}
    for test in map(_with_points, result["tests"]):
        name, title = test["name"].split(": ", 1)
        tests[name].append(test | {"title": title})
    notebooks = _by_notebook(beyond="beyond" in result["extra_data"])
    return _PAGES.get_template("submission.html").render(result=result, notebooks=notebooks, tests=tests)


def as_summary(results, ungraded):
    """An HTML page for the class: all scores, and the mean points of each function; arguments as for `as_csv`.

    Exercises beyond the course are on it if one submission holds some.
    """
    graded = [result for result in results if result["extra_data"]["status"] == "graded"]
    means = {}
    for exercise in EXERCISES:
        points = [result["extra_data"]["exercises"].get(exercise.name) for result in graded]
        points = [value for value in points if value is not None]
        means[exercise.name] = sum(points) / len(points) if points else None
    page, beyond = _PAGES.get_template("class.html"), any("beyond" in result["extra_data"] for result in graded)
    notebooks = _by_notebook(beyond)
    return page.render(results=results, ungraded=ungraded, notebooks=notebooks, means=means, beyond=beyond)


def _with_points(test):
    """A check's row, with its points also where they stand apart."""
    return test | test.get("extra_data", {})


def _by_notebook(beyond):
    """dict notebook -> its exercises; `beyond`: whether those beyond the course are among them."""
    notebooks = {}
    for exercise in EXERCISES:
        if beyond or exercise.notebook not in BEYOND:
            notebooks.setdefault(exercise.notebook, []).append(exercise)
    return notebooks
