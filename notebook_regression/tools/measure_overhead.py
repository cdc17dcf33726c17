"""What the plugin costs: notebooks executed alone, and with all that they show compared.

    python notebook_regression/tools/measure_overhead.py [--without TAG] NOTEBOOK ...

For each notebook its seconds and the seconds of processors, of pytest and the kernel together. On a machine that does
other work, only the latter tell. Cells with TAG are left out. The files are only read; copies of them lie beside them
while this runs.
"""

import argparse
import contextlib
import resource
import subprocess
import sys
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
    total = [Cost(0, 0), Cost(0, 0)]
    for path in options.notebooks:
        with copy_without(path, options.without) as copy:
            costs = [cost("-c", EXECUTE, copy), cost(*COMPARE, copy)]
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


def cost(*command):
    """What a command of Python costs, its kernel included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    outcome = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    if outcome.returncode:
        print(f"{command[-1].name} ended with {outcome.returncode}:\n{outcome.stdout[-2000:]}{outcome.stderr[-2000:]}")
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def line(name, executed, compared):
    more = compared.processors / executed.processors - 1
    numbers = (executed.seconds, compared.seconds, executed.processors, compared.processors)
    return f"| {name} | {' | '.join(f'{number:.0f} s' for number in numbers)} | {more:.1%} |"


if __name__ == "__main__":
    main()
