"""Requirements for the newest and the oldest versions."""

import re

from tools.versions import ROOT, requirements


def test_newest_has_no_pins():
    assert {"tensorflow", "numpy", "pytest"} <= set(requirements("newest"))


def test_no_pinned_package_is_forgotten():
    text = "".join(path.read_text("utf-8") for path in ROOT.glob("requirements*.txt") if "torch" not in path.name)
    assert len(requirements("newest")) == len(set(re.findall(r"(?m)^(.*)==", text)))


def test_oldest_is_what_pyproject_promises_and_the_pinned_tools():
    lines = requirements("oldest")
    assert len({line.split("==")[0] for line in lines}) == len(lines) == len(requirements("newest"))
    assert all(any(line.startswith(f"{name}==") for line in lines) for name in ("numpy", "nbval"))
