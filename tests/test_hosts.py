"""Files for other places to run: badges, containers, workflows, hooks; and the first cell of the notebooks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from tools import badges
from tools.notebook_files import code_cells, is_beyond, notebook_paths, path_in_project, read_notebook

ROOT = Path(__file__).resolve().parent.parent


def read(name):
    return (ROOT / name).read_text("utf-8")


@pytest.fixture
def copy(tmp_path, monkeypatch):
    for name in ("pyproject.toml", "README.md", "docs/running.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(read(name), "utf-8")
    monkeypatch.setattr(badges, "ROOT", tmp_path)
    return tmp_path


def test_the_address_is_given_once_and_written_everywhere(copy):
    for given in ("https://github.com/one/two", "https://github.com/other/place.git"):
        badges.main([given])
        address = given.removesuffix(".git")
        assert (copy / "pyproject.toml").read_text().count(f'Repository = "{address}"') == 1
        readme, running = ((copy / name).read_text("utf-8") for name in ("README.md", "docs/running.md"))
        place = address.removeprefix("https://github.com/")
        for path in notebook_paths():
            assert readme.count(f"/github/{place}/blob/main/{path_in_project(path).as_posix()})") == 1
        assert f"git clone --depth 1 {address} cs231n\n" in running
    before = (copy / "README.md").read_bytes()
    badges.main([])
    assert (copy / "README.md").read_bytes() == before


def test_an_address_that_is_none_and_a_missing_one_are_refused(copy):
    with pytest.raises(SystemExit, match="is not of the form https://github.com/name/repository"):
        badges.main(["github.com/one/two"])
    (copy / "pyproject.toml").write_text(badges.URLS.sub("", read("pyproject.toml")))
    with pytest.raises(SystemExit, match="has no address"):
        badges.main([])


def test_the_badges_in_readme_are_those_of_the_address_in_pyproject():
    match = badges.URLS.search(read("pyproject.toml"))
    if match:
        assert badges.with_badges(read("README.md"), match[1]) == read("README.md")
    else:
        assert badges.BADGES.search(read("README.md"))


def test_workflows_and_hooks_use_commands_and_files_that_are_here():
    targets = set(re.findall(r"(?m)^([a-z-]+):", read("Makefile")))
    steps = [
        step["run"]
        for path in (ROOT / ".github/workflows").glob("*.yml")
        for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    hooks = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    steps += [hook["entry"] for hook in hooks] + re.findall(r"(?m)^RUN (make .*)", read("Dockerfile"))
    container = json.loads(read(".devcontainer/devcontainer.json"))
    steps.append(container["postCreateCommand"])
    assert {"make test PYTHON=python", "make regress PYTHON=python", "make data"} <= set(steps)
    for step in steps:
        words = step.split()
        if words[0] == "make":
            assert words[1] in targets, step
        elif "-m" in words and words[words.index("-m") + 1].startswith(("cs231n", "tools")):
            assert importable(words[words.index("-m") + 1]), step
    assert f"AS {container['build']['target']}\n" in read("Dockerfile")


def importable(module):
    path = ROOT / module.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_the_container_does_not_run_as_root_and_copies_no_data_or_environment():
    assert re.search(r"USER student\n(.*\n)*CMD", read("Dockerfile"))
    assert {".venv*", "build", "datasets/*"} <= set(read(".dockerignore").split())


def first_cell(path):
    return code_cells(read_notebook(path))[0].source


def run_first_lines(source, folder, **variables):
    """The cell up to the import of the package, in a Python that sees only the standard library and `folder`."""
    lines = source.partition("\nfrom cs231n")[0]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    command = [sys.executable, "-S", "-c", f"{lines}\nimport cs231n; print(cs231n.__file__)"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_the_first_cell_finds_the_package_in_a_clone_and_says_what_to_do_where_it_is_missing(path, tmp_path):
    result = run_first_lines(first_cell(path), path.parent)
    assert result.returncode == 0 and Path(result.stdout.strip()).resolve() == ROOT / "cs231n/__init__.py"
    folder = (tmp_path / path_in_project(path)).parent
    folder.mkdir(parents=True)
    result = run_first_lines(first_cell(path), folder)
    assert result.returncode == 1 and result.stderr.count("\n") == 1
    assert "docs/running.md" in result.stderr and "Colab" in result.stderr


def test_all_notebooks_begin_with_the_same_lines():
    first_lines = {
        first_cell(path).partition("\nfrom cs231n")[0].replace(f'"{"../.." if is_beyond(path) else ".."}"', "ROOT")
        for path in notebook_paths()
    }
    assert len(first_lines) == 1
    assert all(nbformat.read(path, 4).nbformat == 4 for path in notebook_paths())
