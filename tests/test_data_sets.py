"""The table of data sets, where they lie, and which of their files are complete."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cs231n import data_sets
from cs231n.data_sets import DATA_SETS, DataFile, data_dir, find, find_files

REPOSITORY = Path(data_sets.__file__).parents[1]


@pytest.mark.parametrize("packages", ["site-packages", "dist-packages"])
def test_a_package_without_a_checkout_keeps_data_in_the_users_folder(tmp_path, monkeypatch, packages):
    monkeypatch.delenv("CS231N_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(data_sets, "__file__", str(tmp_path / packages / "cs231n" / "data_sets.py"))
    assert packages not in str(data_dir()) and data_dir().name == "cs231n"


def test_data_dir_is_beside_the_package_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("CS231N_DATA", raising=False)
    assert data_dir() == REPOSITORY / "datasets"
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    assert data_dir() == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # Windows' name for the home folder
    monkeypatch.setenv("CS231N_DATA", "~/data")
    assert data_dir() == tmp_path / "data"


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """The folder of MNIST, of which only names matter."""
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    without_sizes = tuple(tuple(DataFile(file.path) for file in files) for files in DATA_SETS["mnist"].alternatives)
    monkeypatch.setitem(DATA_SETS, "mnist", replace(DATA_SETS["mnist"], sources=(), own_files=without_sizes))
    (tmp_path / "mnist").mkdir()
    return tmp_path / "mnist"


IDX = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_of_ones_own_count_when_all_are_there(mnist, suffix):
    for name in IDX:
        assert find("mnist") is None and find_files("mnist") is None
        (mnist / f"{name}{suffix}").write_bytes(b"some bytes")
    assert find("mnist") == mnist and find_files("mnist") == [mnist / f"{name}{suffix}" for name in IDX]


def test_the_preferred_of_several_files_is_found(mnist):
    for name in (*IDX, "mnist.pkl.gz", "mnist.npz"):
        (mnist / name).write_bytes(b"some bytes")
    assert find_files("mnist") == [mnist / "mnist.npz"]
    (mnist / "mnist.npz").write_bytes(b"")  # left by a full disk
    assert find_files("mnist") == [mnist / "mnist.pkl.gz"]


def test_a_file_of_another_size_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "mnist.npz").write_bytes(b"not all of it")
    assert find("mnist") is None


@pytest.mark.parametrize("data_set", DATA_SETS.values(), ids=lambda data_set: data_set.name)
def test_an_entry_of_the_table_is_complete(data_set):
    readme = (REPOSITORY / "datasets" / "README.md").read_text()
    assert f"`{data_set.name}`" in readme and data_set.used_by and data_set.licence
    assert data_set.on_request or data_set.stand_in or any(not source.is_address for source in data_set.sources)
    for source in data_set.sources:
        pinned = {"file": "^https://", "zip": r"^https://.*\.zip$", "wheel": r"==\d[\d.]+$"}
        assert re.search(pinned[source.kind], source.address) and source.files
        for file in source.files:
            assert file.path in readme
            assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{8}|[0-9a-f]{64}", file.sha256)
            assert source.is_address or (len(file.sha256) == 64 and file.size)


def test_the_name_of_a_file_is_written_in_the_table_and_nowhere_else():
    names = {file.path for data_set in DATA_SETS.values() for files in data_set.alternatives for file in files}
    for path in sorted((REPOSITORY / "cs231n").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
        docstrings = {ast.get_docstring(node, clean=False) for node in nodes}
        constants = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)} - docstrings
        repeated = sorted(name for name in names for text in constants if isinstance(text, str) and name in text)
        assert repeated == [] or path.name == "data_sets.py", path
