"""Print requirements without pins, or with the oldest versions that pyproject.toml promises.

    python -m tools.versions newest|oldest

Only the packages that cs231n imports have an oldest version; Jupyter and the test tools keep their pins.
"""

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"([\w.\[\]-]+)==\S+")  # a name, perhaps with extras, as in name[extra]


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.versions", description=__doc__.split("\n")[0])
    parser.add_argument("which", choices=("newest", "oldest"))
    print("\n".join(requirements(parser.parse_args(argv).which)))


def requirements(which):
    """Lines for `pip install -r`; `which` is "newest" or "oldest"."""
    pins = {}
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-classroom.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            match = PINNED.match(line)
            if match:
                pins[match[1]] = line
    if which == "newest":
        return list(pins)
    return list((pins | lower_bounds()).values())


def lower_bounds():
    """dict name -> "name==version", for the lower bounds in pyproject.toml."""
    # Python 3.10 has no reader of TOML; each line of the list of dependencies is one string.
    dependencies = re.search(
        r"^dependencies = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.M | re.S
    )[1]
    return {name: f"{name}=={version}" for name, version in re.findall(r'"([\w.-]+)>=([\w.]+)"', dependencies)}


if __name__ == "__main__":
    main()
