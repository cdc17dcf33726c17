"""Seed faults one at a time into a copy of the project, and report which check of `make regress` catches each.

    python -m tools.seed_faults [--only NAME ...] [--again] [--list]

For a fault in code, the unit tests of its module run first, for comparison; then the fast cells of the notebook that
uses the module. A notebook with a fault in its file is compared with the notebook as it was, and no cell runs. Results
are stored in build/seeded-faults.json, so that an interrupted run continues. The work tree is only read.
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

from tools.faults import CODE_FAULTS
from tools.notebook_faults import CELL_FAULTS, FILE_FAULTS
from tools.notebook_files import ROOT, code_cells

RESULTS = ROOT / "build" / "seeded-faults.json"
# Unit tests of each file with a fault that is seeded.
UNIT_TESTS = {
    "cs231n/classifiers/rnn.py": ("test_captioning_rnn",),
    "cs231n/gan/losses.py": ("test_gan",),
    "cs231n/gan/networks.py": ("test_gan",),
    "cs231n/gan/quality.py": ("test_gan_quality",),
    "cs231n/image_utils.py": ("test_image_utils",),
    "cs231n/layers.py": ("test_layers", "test_rnn_layers"),
    "cs231n/network_visualization.py": ("test_network_visualization",),
    "cs231n/optim.py": ("test_optim",),
    "cs231n/rnn_layers.py": ("test_rnn_layers",),
    "cs231n/style_transfer.py": ("test_style_transfer",),
}
# (kind of check, pattern of the words with which it reports a failure)
CHECKS = (
    ("figure", r"figure( \d+)?(:| is stored)|figures are stored"),
    ("number", r"AssertionError: .*expected (above|below)|: expected (above|below)|a value was stored"),
    ("text", r"std(out|err) differs|text/plain differs|outputs of|unexpected on stderr"),
    ("source on the page", r"text/markdown differs"),
    ("an error in a cell", r"\.ipynb, cell \d+: \w+(Error|Exception|Warning): "),
    ("the file", r"(?m)^\S+\.ipynb: |its copy has"),
)


class Result(NamedTuple):
    """What became of one fault."""

    name: str
    notebook: str
    unit_tests: str  # whether the module's unit tests caught it: yes, no, or - where there are none
    checks: list  # kinds of checks of make regress that caught it
    message: str  # the first failure in the notebook


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.seed_faults", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="faults to seed, default all")
    parser.add_argument("--again", action="store_true", help="seed also faults that have a result")
    parser.add_argument("--list", action="store_true", help="print the names of the faults")
    options = parser.parse_args(argv)
    faults = dict(all_faults())
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
            print(f"{name}: {', '.join(results[name]['checks']) or 'SLIPPED THROUGH'}", flush=True)
    print("\n".join(report([Result(**results[name]) for name in faults if name in results])))


def all_faults():
    """(name, function without arguments that seeds it and returns a `Result`) of every fault."""
    for fault in CODE_FAULTS:
        yield fault.name, lambda fault=fault: seed_code(fault)
    for fault in CELL_FAULTS:
        yield fault.name, lambda fault=fault: seed_cell(fault)
    for fault in FILE_FAULTS:
        yield fault.name, lambda fault=fault: seed_file(fault)


def seed_code(fault):
    with project_copy() as folder:
        replace_once(folder / fault.file, fault.right, fault.wrong)
        units = pytest(folder, "-x", *(f"tests/{name}.py" for name in UNIT_TESTS[fault.file]))
        run = regress(folder, "--regression-quick", fault.notebook)
    return result(fault, run, "yes" if units.returncode else "no")


def seed_cell(fault):
    with project_copy() as folder:
        path = folder / "notebooks" / f"{fault.notebook}.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        cells = [cell for cell in code_cells(notebook) if fault.right in "".join(cell["source"])]
        if len(cells) != 1:
            raise ValueError(f"{fault.name}: {fault.right!r} is in {len(cells)} cells of {fault.notebook}, not in one")
        cells[0]["source"] = "".join(cells[0]["source"]).replace(fault.right, fault.wrong, 1)
        path.write_text(json.dumps(notebook), "utf-8")
        run = regress(folder, "--regression-quick", fault.notebook)
    return result(fault, run)


def seed_file(fault):
    with project_copy() as folder:
        path = folder / "notebooks" / f"{fault.notebook}.ipynb"
        copies = folder / "copies"
        copies.mkdir()
        shutil.copy(path, copies)
        notebook = json.loads(path.read_text("utf-8"))
        text = fault.change(notebook)
        path.write_text(text if isinstance(text, str) else json.dumps(notebook), "utf-8")
        run = regress(folder, "--regression-against=copies", fault.notebook)
    return result(fault, run)


@contextlib.contextmanager
def project_copy():
    """A temporary folder with a copy of the files that git tracks, as they are in the work tree."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory(prefix="seeded-") as temporary:
        for name in filter(None, tracked.split("\0")):
            target = Path(temporary) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        yield Path(temporary)


def regress(folder, how, notebook):
    options = ("--regression", how, "--nbval-current-env", "--nbval-cell-timeout=300", "--color=no")
    return pytest(folder, *options, f"notebooks/{notebook}.ipynb")


def pytest(folder, *arguments):
    paths = folder, folder / "notebook_regression" / "src"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    environment.setdefault("CS231N_DATA", str(ROOT / "datasets"))
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def result(fault, run, unit_tests="-"):
    """The `Result` of a finished run of pytest.

    Raises:
        RuntimeError: if pytest ended without having run the tests.
    """
    if run.returncode not in (0, 1):
        raise RuntimeError(f"{fault.name}: pytest did not run:\n{run.stdout}{run.stderr}")
    failures = run.stdout.partition("= FAILURES =")[2].partition("= notebooks =")[0]
    checks = [kind for kind, pattern in CHECKS if re.search(pattern, failures)]
    if run.returncode and not checks:
        checks = ["another check"]
    lines = (line for line in failures.splitlines() if line.startswith(f"notebooks/{fault.notebook}.ipynb"))
    return Result(fault.name, fault.notebook, unit_tests, checks, next(lines, ""))


def replace_once(path, old, new):
    text = path.read_text("utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{old!r} is {text.count(old)} times in {path.name}, not once")
    path.write_text(text.replace(old, new), "utf-8")


def report(results):
    """Lines of a table in Markdown, and how many faults were caught."""
    yield "| fault | notebook | unit tests | caught by | first words |"
    yield "|---|---|---|---|---|"
    for row in results:
        checks = ", ".join(row.checks) or "**slipped through**"
        message = row.message[:110].replace("|", "/")
        yield f"| {row.name} | {row.notebook} | {row.unit_tests} | {checks} | {message} |"
    count = sum(bool(row.checks) for row in results)
    yield f"{count} of {len(results)} faults caught by regression ({count / max(len(results), 1):.0%})."
    source_only = sum(row.checks == ["source on the page"] for row in results)
    yield f"{source_only} of these only because the page shows the source of the function that was changed."


if __name__ == "__main__":
    main()
