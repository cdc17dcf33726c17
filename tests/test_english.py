"""What a program can check of the rules for docstrings in CONTRIBUTING.md."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("benchmarks", "classroom", "cs231n", "notebook_regression", "tests", "tools")
FILES = {
    path.relative_to(ROOT).as_posix(): path
    for path in [ROOT / "conftest.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
    if path.stat().st_size  # but for empty __init__.py
}
EXCEPTIONS = re.compile(r"((?:[A-Z]\w+, )*[A-Z]\w+): (?=\S)")


def docstrings(path):
    """(name, docstring or None) of every class and function in a file, wherever it is defined, and of the module."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds)]
    return [(getattr(node, "name", "the module"), ast.get_docstring(node)) for node in nodes]


def entries(docstring, section):
    """The entries of a section such as `Raises`, each in one line."""
    match = re.search(rf"(?ms)^{section}:\n(.*?)(?=^\S|\Z)", docstring)
    parts = re.split(r"(?m)^ {4}(?=\S)", match[1]) if match else []
    return [" ".join(part.split()) for part in parts if part.strip()]


def not_conditions(entry):
    """Names of exceptions in an entry under `Raises` that no "if" or "when" follows; the entry itself without names."""
    names = list(EXCEPTIONS.finditer(entry))
    if not names or names[0].start():
        return [entry]
    return [name[1] for name in names if not re.match("(if|when) ", entry[name.end() :])]


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_error_is_a_condition_and_no_argument_begins_with_of(name):
    faults = []
    for function, docstring in docstrings(FILES[name]):
        for entry in entries(docstring or "", "Raises"):
            faults += [f"{function}, Raises: {fault}" for fault in not_conditions(entry)]
        for entry in entries(docstring or "", "Args"):
            faults += [f"{function}, Args: {fault}" for fault in re.findall(r"\w+: of\b.{,40}", entry)]
    assert faults == []


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.startswith("cs231n/")))
def test_every_module_and_its_public_functions_and_classes_have_docstrings(name):
    module = ast.parse(FILES[name].read_text("utf-8"))
    public = [node for node in module.body if getattr(node, "name", "_")[0] != "_"]
    assert [getattr(node, "name", "the module") for node in [module, *public] if not ast.get_docstring(node)] == []


@pytest.mark.parametrize(
    "entry, faults",
    [
        ("ValueError: if x is not (N, D); OSError: when the disk is full.", []),
        ("ValueError, TypeError: if x is not (N, D).", []),
        ("ValueError: another shape.", ["ValueError"]),
        ("ValueError: if N = 0; OSError: no disk.", ["OSError"]),
        ("when N = 0.", ["when N = 0."]),
    ],
)
def test_an_entry_that_is_no_condition_is_told(entry, faults):
    assert not_conditions(entry) == faults
    assert entries(f"Words.\n\nRaises:\n    {entry}\n", "Raises") == [entry]
