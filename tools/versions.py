"""Print requirements without pins, or with the oldest versions that pyproject.toml promises.

    python -m tools.versions newest|oldest

Only what the package imports has an oldest version; what opens, runs and tests notebooks stays as it is pinned.
"""

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"([\w.\[\]-]+)==\S+")  # with extras, as in dask[distributed]


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.versions", description=__doc__.split("\n")[0])
    parser.add_argument("which", choices=("newest", "oldest"))
    print("\n".join(requirements(parser.parse_args(argv).which)))


def requirements(which):
    """Lines for `pip install -r`."""
    pins = {}
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-classroom.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            match = PINNED.match(line)
            if match:
                pins[match[1]] = line
    if which == "newest":
        return list(pins)
    return list((pins | _promised()).values())


def _promised():
    """dict name -> "name==version", the lower bounds in pyproject.toml."""
    # Python 3.10 has no reader of TOML; the list of dependencies is one string a line.
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.M | re.S)[1]
    return {name: f"{name}=={version}" for name, version in re.findall(r'"([\w.-]+)>=([\w.]+)"', listed)}


if __name__ == "__main__":
    main()
