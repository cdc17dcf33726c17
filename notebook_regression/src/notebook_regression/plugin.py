"""pytest's hooks. A plain `pytest` imports no more of this package than this module."""

import os
import warnings
from importlib import metadata
from pathlib import Path

import pytest

PAGE_FOLDER = "NOTEBOOK_REGRESSION_PAGE"  # environment variable: workers of pytest-xdist write where the run does
NBVAL_OLDEST, NBVAL_NEWEST = (0, 11), (0, 12)  # from the first on, before the second
FILE_BY_FILE = "loadfile"  # how pytest-xdist hands out a notebook's cells: all of them to one worker


def pytest_addoption(parser):
    group = parser.getgroup("regression", "comparison of notebooks with what they store")
    group.addoption("--regression", action="store_true", help="run notebooks and compare all that they show")
    group.addoption("--regression-accept", action="store_true", help="run notebooks and store what they show")
    group.addoption(
        "--regression-upgrade", action="store_true", help="run nothing: bring files of format 4.0 to 4.4 up to 4.5"
    )
    group.addoption("--regression-lax", action="store_true", help="compare only cells marked NBVAL_CHECK_OUTPUT")
    group.addoption("--regression-strict", action="store_true", help="what moved within its bounds fails, too")
    group.addoption("--regression-quick", action="store_true", help="leave out cells tagged `slow`")
    group.addoption("--regression-stored", action="store_true", help="run nothing: check the files only")
    group.addoption(
        "--regression-against",
        type=Path,
        metavar="FOLDER",
        help="run nothing: compare with the executed copies in FOLDER",
    )
    group.addoption("--regression-memory", type=float, default=8, metavar="GIB", help="limit of a kernel, default 8")
    group.addoption(
        "--regression-notebook-timeout",
        type=float,
        default=float("inf"),
        metavar="SECONDS",
        help="limit of all cells of a notebook together",
    )
    group.addoption(
        "--regression-diffs",
        type=Path,
        default=Path("build/notebook-diffs"),
        metavar="FOLDER",
        help="for the page of what differs",
    )
    parser.addini("regression_allowed_stderr", "patterns of lines that may come on stderr", "linelist", [])
    parser.addini("regression_rules", "rules about notebook files, as in `paths: on`", "linelist", [])
    parser.addini("regression_sanitizers", "what is new in each run: all, none, names, or -name", "linelist", [])


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the option that is set here
def pytest_configure(config):
    options = config.option
    if not (options.regression or options.regression_accept or options.regression_upgrade):
        return
    check_options(options)
    # What a notebook shows must not depend on this setting of a user's; with "error" not even each kernel starts.
    os.environ.pop("PYTHONWARNINGS", None)
    # Nor may it end this run in a traceback: nbval does not close this file.
    warnings.filterwarnings("ignore", f"unclosed file .*{os.devnull}", ResourceWarning)
    from . import items, reports

    items.check_settings(config)
    if getattr(options, "dist", "no") in ("load", "worksteal", "loadgroup"):
        options.dist = FILE_BY_FILE
    config.pluginmanager.register(items, "notebook-regression-items")
    config.pluginmanager.register(reports.Tallies(), "notebook-regression-tallies")
    if not hasattr(config, "workerinput"):
        summary = reports.Summary(config)
        os.environ[PAGE_FOLDER] = str(summary.folder)
        config.pluginmanager.register(summary, "notebook-regression-summary")


def check_options(options):
    """Raise a UsageError for options that exclude each other, and without an nbval that this works with."""
    check_nbval(options)
    if options.nbval or options.nbval_lax:
        raise pytest.UsageError("--regression takes the place of --nbval; give one of them")
    stores = options.regression_accept or options.regression_upgrade
    if options.regression_accept and options.regression_upgrade:
        raise pytest.UsageError("--regression-accept and --regression-upgrade exclude each other")
    if stores and (options.regression_against or options.regression_stored):
        raise pytest.UsageError("--regression-against and --regression-stored only compare; they store nothing")
    if options.regression_against is not None and not options.regression_against.is_dir():
        raise pytest.UsageError(f"--regression-against: there is no folder {options.regression_against}")


def check_nbval(options):
    requirement = "nbval>=0.11,<0.12"
    try:
        version = metadata.version("nbval")
    except metadata.PackageNotFoundError:
        raise pytest.UsageError(f"--regression needs nbval: pip install '{requirement}'") from None
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if not NBVAL_OLDEST <= numbers < NBVAL_NEWEST:
        raise pytest.UsageError(f"--regression needs another nbval than {version}: pip install '{requirement}'")
    if not hasattr(options, "nbval"):
        raise pytest.UsageError("--regression needs nbval's plugin, which `-p no:nbval` switches off")
