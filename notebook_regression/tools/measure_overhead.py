"""What the plugin costs: notebooks executed alone, and with all that they show compared.

    python notebook_regression/tools/measure_overhead.py [--without TAG] NOTEBOOK ...

For each notebook its seconds and the seconds of processors, of pytest and the kernel together. On a machine that does
other work, only the latter tell. The first line is a notebook of one cell that does nothing: what starting costs, the
same for every notebook. Cells with TAG are left out. The files are only read; copies of them lie beside them while this
runs.
"""

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import nbformat

EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=None, kernel_name="python3").execute()
"""
COMPARE = ("-m", "pytest", "-q", "--regression", "--nbval-current-env", "-p", "no:cacheprovider")
COMPARE += ("-o", "regression_rules=order: off")  # where cells are left out, numbers are
COMPARE += ("-p", "no:hypothesispytest")  # where it is installed, pytest imports it at each end, for a second
# Without compiled files pytest compiles all of the plugins anew at each start.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Cost(NamedTuple):
    seconds: float
    processors: float  # seconds, of all of them


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--without", metavar="TAG")
    options = parser.parse_args()
    print("| notebook | executed | compared | executed, processors | compared, processors | more |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder, "start.ipynb")
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("pass")]), start)
        costs_of(start)  # compiles what has not been compiled yet
        print(line("one cell that does nothing", *costs_of(start)), flush=True)
    total = [Cost(0, 0), Cost(0, 0)]
    for path in options.notebooks:
        with copy_without(path, options.without) as copy:
            costs = costs_of(copy)
        total = [Cost(*map(sum, zip(*pair, strict=True))) for pair in zip(total, costs, strict=True)]
        print(line(path.stem, *costs), flush=True)
    print(line("**all**", *total))


@contextlib.contextmanager
def copy_without(path, tag):
    """A copy beside a notebook, without the cells that have a tag."""
    notebook = nbformat.read(path, 4)
    notebook.cells = [cell for cell in notebook.cells if tag not in cell.metadata.get("tags", [])]
    copy = path.with_name(f"overhead-{path.name}")
    nbformat.write(notebook, copy)
    try:
        yield copy
    finally:
        copy.unlink()


def costs_of(path):
    """Costs of a notebook executed alone, and compared."""
    return cost("-c", EXECUTE, path), cost(*COMPARE, path)


def cost(*command):
    """What a command of Python costs, its kernel included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, *map(str, command)]
    outcome = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    if outcome.returncode:
        said = outcome.stdout[-2000:] + outcome.stderr[-2000:]
        print(f"{Path(command[-1]).name} ended with {outcome.returncode}:\n{said}")
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def line(name, executed, compared):
    more = compared.processors / executed.processors - 1
    numbers = (executed.seconds, compared.seconds, executed.processors, compared.processors)
    return f"| {name} | {' | '.join(f'{number:.1f} s' for number in numbers)} | {more:.1%} |"


if __name__ == "__main__":
    main()
