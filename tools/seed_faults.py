"""Seed faults one at a time into a copy of the project, and report which check of `make regress` catches each.

    python -m tools.seed_faults [--only NAME ...] [--again] [--list]

Of code faults, the unit tests of the module run first, for comparison; then the quick part of the notebook that uses
it. A fault in a notebook's file is compared with the executed copy, which runs nothing. Results are kept in
build/seeded-faults.json, so that a run that was stopped goes on; the work tree is only read.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools.fault_list import CELL_FAULTS, CODE_FAULTS, FILE_FAULTS

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "seeded-faults.json"
# The kind of check, by the first of its words that the report of a failure holds.
CHECKS = (
    ("figure", r"figure( \d+)?(:| is stored)|figures are stored"),
    ("number", r"AssertionError: .*expected (above|below)|: expected (above|below)|a value was stored"),
    ("text", r"std(out|err) differs|text/plain differs|outputs of|unexpected on stderr"),
    ("source on the page", r"text/markdown differs"),
    ("an error in a cell", r"\.ipynb, cell \d+: \w+(Error|Exception|Warning): "),
    ("the file", r"(?m)^\S+\.ipynb: |its copy has"),
)


class Result(NamedTuple):
    name: str
    notebook: str
    units: str  # caught by the module's unit tests: yes, no, or - where there are none to ask
    caught: list  # kinds of checks of make regress that failed
    said: str  # the first failure


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.seed_faults", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="faults to seed, default all")
    parser.add_argument("--again", action="store_true", help="also those that have a result")
    parser.add_argument("--list", action="store_true", help="names of the faults")
    options = parser.parse_args(argv)
    faults = {name: run for name, run in all_faults()}
    if options.list:
        print("\n".join(faults))
        return
    unknown = set(options.only or ()) - faults.keys()
    if unknown:
        sys.exit(f"no fault {sorted(unknown)[0]!r}; --list shows them")
    RESULTS.parent.mkdir(exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in options.only or faults:
        if options.again or name not in results:
            results[name] = faults[name]()._asdict()
            RESULTS.write_text(json.dumps(results, indent=1))
            print(f"{name}: {', '.join(results[name]['caught']) or 'SLIPPED THROUGH'}", flush=True)
    print("\n".join(report([Result(**results[name]) for name in faults if name in results])))


def all_faults():
    """(name, function that seeds it and gives a Result) of every fault."""
    for fault in CODE_FAULTS:
        yield fault.name, lambda fault=fault: seed_code(fault)
    for fault in CELL_FAULTS:
        yield fault.name, lambda fault=fault: seed_cell(fault)
    for fault in FILE_FAULTS:
        yield fault.name, lambda fault=fault: seed_file(fault)


def seed_code(fault):
    with project() as folder:
        replace_once(folder / fault.file, fault.old, fault.new)
        units = pytest(folder, "-x", *(f"tests/{name}.py" for name in fault.tests))
        run = regress(folder, "--regression-quick", fault.notebook)
    return result(fault, run, "yes" if units.returncode else "no")


def seed_cell(fault):
    with project() as folder:
        path = folder / "notebooks" / f"{fault.notebook}.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        hit = 0
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and fault.old in source:
                cell["source"] = source.replace(fault.old, fault.new, 1)
                hit += 1
        if hit != 1:
            raise ValueError(f"{fault.name}: {fault.old!r} stands in {hit} cells of {fault.notebook}, not in one")
        path.write_text(json.dumps(notebook), "utf-8")
        run = regress(folder, "--regression-quick", fault.notebook)
    return result(fault, run)


def seed_file(fault):
    with project() as folder:
        path = folder / "notebooks" / f"{fault.notebook}.ipynb"
        copies = folder / "copies"
        copies.mkdir()
        shutil.copy(path, copies)
        text = path.read_text("utf-8")
        seeded = fault.change(json.loads(text))
        if seeded == json.loads(text):
            raise ValueError(f"{fault.name} changes nothing in {fault.notebook}")
        path.write_text(seeded if isinstance(seeded, str) else json.dumps(seeded), "utf-8")
        run = regress(folder, "--regression-against=copies", fault.notebook)
    return result(fault, run)


@contextlib.contextmanager
def project():
    """A copy of the tracked files as they are in the work tree, in a temporary folder that goes when the block ends."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory(prefix="seeded-") as temporary:
        for name in filter(None, tracked.split("\0")):
            target = Path(temporary) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        yield Path(temporary)


def regress(folder, how, notebook):
    options = ("--regression", how, "--nbval-current-env", "--nbval-cell-timeout=300", "--color=no")
    return pytest(folder, *options, "--nbval-sanitize-with=tests/nbval.cfg", f"notebooks/{notebook}.ipynb")


def pytest(folder, *arguments):
    paths = folder, folder / "notebook_regression" / "src"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    environment.setdefault("CS231N_DATA", str(ROOT / "datasets"))
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def result(fault, run, units="-"):
    if run.returncode not in (0, 1):
        raise RuntimeError(f"{fault.name}: pytest did not run:\n{run.stdout}{run.stderr}")
    failures = run.stdout.partition("= FAILURES =")[2].partition("= notebooks =")[0]
    caught = [kind for kind, pattern in CHECKS if re.search(pattern, failures)]
    if run.returncode and not caught:
        caught = ["another check"]
    said = next((line for line in failures.splitlines() if line.startswith(f"notebooks/{fault.notebook}.ipynb")), "")
    return Result(fault.name, fault.notebook, units, caught, said)


def replace_once(path, old, new):
    text = path.read_text("utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in {path.name}, not once")
    path.write_text(text.replace(old, new), "utf-8")


def report(results):
    """Lines of a table in Markdown, and how many were caught."""
    yield "| fault | notebook | unit tests | caught by | first words |"
    yield "|---|---|---|---|---|"
    for found in results:
        caught = ", ".join(found.caught) or "**slipped through**"
        yield f"| {found.name} | {found.notebook} | {found.units} | {caught} | {found.said[:110].replace('|', '/')} |"
    count = sum(bool(found.caught) for found in results)
    yield f"{count} of {len(results)} faults caught by regression ({count / max(len(results), 1):.0%})."
    shown = sum(found.caught == ["source on the page"] for found in results)
    yield f"{shown} of these only because the page shows the source of the function that was changed."


if __name__ == "__main__":
    main()
