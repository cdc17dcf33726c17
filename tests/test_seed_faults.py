"""The list of faults fits the project as it is, and a seeded fault is reported by what caught it."""

import json
import subprocess

import pytest

from tools import seed_faults
from tools.fault_list import CELL_FAULTS, CODE_FAULTS, FILE_FAULTS, code_cells


def notebook_of(fault):
    return json.loads((seed_faults.ROOT / "notebooks" / f"{fault.notebook}.ipynb").read_text("utf-8"))


def test_names_are_unique_and_enough(capsys):
    names = [name for name, _ in seed_faults.all_faults()]
    assert len(set(names)) == len(names) >= 40
    seed_faults.main(["--list"])
    assert capsys.readouterr().out.splitlines() == names


@pytest.mark.parametrize("fault", CODE_FAULTS, ids=lambda fault: fault.name)
def test_code_faults_find_their_place(fault):
    assert (seed_faults.ROOT / fault.file).read_text("utf-8").count(fault.old) == 1
    assert all((seed_faults.ROOT / "tests" / f"{name}.py").exists() for name in fault.tests)


@pytest.mark.parametrize("fault", CELL_FAULTS, ids=lambda fault: fault.name)
def test_cell_faults_find_their_cell(fault):
    sources = ["".join(cell["source"]) for cell in code_cells(notebook_of(fault))]
    assert sum(fault.old in source for source in sources) == 1


@pytest.mark.parametrize("fault", FILE_FAULTS, ids=lambda fault: fault.name)
def test_file_faults_change_the_file(fault):
    notebook = notebook_of(fault)
    before = json.dumps(notebook)
    assert json.dumps(fault.change(notebook)) != before and json.dumps(notebook) == before


def test_the_report_tells_what_caught_and_what_slipped():
    failures = "= FAILURES =\n__ x __\nnotebooks/RNN_Captioning.ipynb, cell 3: figure: it is blank\n= notebooks ="
    run = subprocess.CompletedProcess([], 1, failures, "")
    caught = seed_faults.result(FILE_FAULTS[0], run)
    slipped = seed_faults.result(FILE_FAULTS[1], subprocess.CompletedProcess([], 0, "", ""))
    assert caught.caught == ["figure"] and slipped.caught == []
    lines = list(seed_faults.report([caught, slipped]))
    assert "it is blank" in lines[2] and "slipped through" in lines[3] and lines[4].startswith("1 of 2")
    assert lines[5].startswith("0 of these")
    only_shown = caught._replace(caught=["source on the page"])
    assert list(seed_faults.report([only_shown, slipped]))[5].startswith("1 of these")
