"""Requirements for the newest and the oldest versions of the packages."""

import ast
import re
import sys

from tools.versions import ROOT, lower_bounds, requirements

OTHER_NAMES = {"PIL": "pillow", "skimage": "scikit-image", "sklearn": "scikit-learn"}
INDIRECT = {"matplotlib-inline"}  # IPython depends on it
OPTIONAL = {"distributed"}  # of Dask; imported only if an option asks for it
READ = {"scikit-image", "scikit-learn"}  # for their photographs only, which `data_utils` reads as files


def test_newest_has_no_pins():
    assert {"tensorflow", "numpy", "pytest"} <= set(requirements("newest"))


def test_no_pinned_package_is_forgotten():
    text = "".join(path.read_text("utf-8") for path in ROOT.glob("requirements*.txt") if "torch" not in path.name)
    assert len(requirements("newest")) == len(set(re.findall(r"(?m)^(.*)==", text)))


def test_oldest_is_what_pyproject_promises_and_the_pinned_tools():
    lines = requirements("oldest")
    assert len({line.split("==")[0] for line in lines}) == len(lines) == len(requirements("newest"))
    assert all(any(line.startswith(f"{name}==") for line in lines) for name in ("numpy", "nbval"))


def test_pyproject_promises_what_the_package_imports_and_nothing_else():
    imported = set()
    for path in (ROOT / "cs231n").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    imported -= {*sys.stdlib_module_names, "cs231n"}
    packages = {OTHER_NAMES.get(name, name.lower().replace("_", "-")) for name in imported}
    assert packages - INDIRECT - OPTIONAL == set(lower_bounds()) - READ
    photographs = (ROOT / "cs231n/data_utils.py").read_text("utf-8")
    assert all(f'"{folder}/' in photographs for folder, name in OTHER_NAMES.items() if name in READ)
