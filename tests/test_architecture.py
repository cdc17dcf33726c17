"""docs/architecture.md says what may import what; here it is compared with the imports that the code makes."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
DRAWING = {"matplotlib", "IPython"}


def block(name):
    """The lines of the fenced block of docs/architecture.md that is called NAME."""
    return re.search(rf"^```text {name}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[1].splitlines()


def module_name(path, root):
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


FLOORS = {line.split(":")[0].strip(): line.split(":")[1].split() for line in block("floors")}
ORDER = [name.rstrip("*") for names in FLOORS.values() for name in names]
TENSORFLOW = {name.rstrip("*") for names in FLOORS.values() for name in names if name.endswith("*")}
MODULES = {module_name(path, ROOT / "cs231n"): path for path in sorted((ROOT / "cs231n").rglob("*.py"))}
EXCEPTIONS = {tuple(line.split(" -> ")) for line in block("exceptions")}


def imports(path):
    """(module, whether at the top level) for every import statement of a file; names are looked up among MODULES."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node in tree.body


def own_imports(module):
    """(module of cs231n, whether at the top level) for what a module of cs231n imports."""
    for name, at_top in imports(MODULES[module]):
        if name.startswith("cs231n."):
            inner = name.removeprefix("cs231n.")
            yield (inner if inner in MODULES else inner.rpartition(".")[0]), at_top


def packages(module):
    """Top-level packages that a module imports at its own top level."""
    return {name.partition(".")[0] for name, at_top in imports(MODULES[module]) if at_top}


def test_the_page_lists_every_module_once():
    assert sorted(ORDER) == sorted(name for name in MODULES if name not in ("__init__", ""))


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_what_stands_before_it(module):
    later = {name for name, _ in own_imports(module) if name in ORDER[ORDER.index(module) :]}
    assert {(module, name) for name in later} <= EXCEPTIONS


def test_every_exception_is_needed():
    for module, name in EXCEPTIONS:
        assert (name, False) in own_imports(module)  # inside a function, where it is used


@pytest.mark.parametrize("module", [name for name in ORDER if name not in TENSORFLOW])
def test_the_numpy_half_does_not_load_tensorflow(module):
    assert not {"tensorflow", "keras"} & packages(module)
    assert not TENSORFLOW & {name for name, at_top in own_imports(module) if at_top}


def test_importing_the_numpy_half_loads_no_tensorflow_in_fact():
    numpy_half = [f"cs231n.{name}" for name in ORDER if name not in TENSORFLOW and not name.endswith("__main__")]
    code = f"import sys, {', '.join(numpy_half)}; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


@pytest.mark.parametrize("module", [name for floor in FLOORS for name in FLOORS[floor] if floor != "figures"])
def test_only_figures_draw(module):
    assert not DRAWING & packages(module.rstrip("*"))


@pytest.mark.parametrize("folder", ["classroom", "notebook_regression", "tools", "tests", "benchmarks"])
def test_the_package_stands_alone(folder):
    assert not any(name.partition(".")[0] == folder for path in MODULES.values() for name, _ in imports(path))


@pytest.mark.parametrize("path", sorted((ROOT / "notebook_regression").rglob("*.py")), ids=lambda path: path.name)
def test_notebook_regression_knows_nothing_of_this_project(path):
    assert not {"cs231n", "classroom", "tools"} & {name.partition(".")[0] for name, _ in imports(path)}


# The course's own signatures, and what was added to them.
LONG_SIGNATURES = {
    "CaptioningSolver.__init__",
    "CaptioningTransformer.__init__",
    "create_class_visualization",
    "run_a_gan",
    "style_transfer",
}
FOLDERS = ("benchmarks", "classroom", "cs231n", "notebook_regression", "tests", "tools")


def functions():
    """(file, qualified name, number of lines of its body, number of its parameters) of every function."""
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        owners = {child: node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for child in node.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                parameters = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                name = f"{owners[node]}.{node.name}" if node in owners else node.name
                yield path.relative_to(ROOT).as_posix(), name, lines, len(parameters) - (node in owners)


def test_a_function_has_at_most_40_lines_and_8_parameters():
    assert [entry for entry in functions() if entry[2] > 40] == []
    assert {name for _, name, _, parameters in functions() if parameters > 8} == LONG_SIGNATURES
