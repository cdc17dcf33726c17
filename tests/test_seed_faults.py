"""The faults fit the project as it is, and a seeded fault is reported by the checks that caught it."""

import copy
import json
import subprocess

import pytest

from tools import seed_faults
from tools.faults import CODE_FAULTS
from tools.notebook_faults import CELL_FAULTS, FILE_FAULTS
from tools.notebook_files import NOTEBOOKS, ROOT, code_cells


def notebook_of(fault):
    return json.loads((NOTEBOOKS / f"{fault.notebook}.ipynb").read_text("utf-8"))


def test_names_are_unique_and_enough(capsys):
    names = [name for name, _ in seed_faults.all_faults()]
    assert len(names) >= 80 and len({fault.name for fault in CODE_FAULTS}) == len(CODE_FAULTS)
    assert len(set(names)) == len(names)
    seed_faults.main(["--list"])
    assert capsys.readouterr().out.splitlines() == names


@pytest.mark.parametrize("fault", CODE_FAULTS, ids=lambda fault: fault.name)
def test_the_line_of_a_code_fault_is_in_its_file_exactly_once(fault):
    assert (ROOT / fault.file).read_text("utf-8").count(fault.right) == 1, f"mend {fault.name!r} in tools/faults.py"
    assert all((ROOT / f"tests/{name}.py").exists() for name in seed_faults.UNIT_TESTS[fault.file])


@pytest.mark.parametrize("fault", CELL_FAULTS, ids=lambda fault: fault.name)
def test_the_line_of_a_cell_fault_is_in_exactly_one_cell(fault):
    sources = ["".join(cell["source"]) for cell in code_cells(notebook_of(fault))]
    assert sum(fault.right in source for source in sources) == 1, f"mend {fault.name!r} in tools/notebook_faults.py"


@pytest.mark.parametrize("fault", FILE_FAULTS, ids=lambda fault: fault.name)
def test_file_faults_change_the_file(fault):
    notebook = notebook_of(fault)
    before = copy.deepcopy(notebook)
    assert isinstance(fault.change(notebook), str) or notebook != before, f"mend {fault.name!r}: it changes nothing"


def test_the_report_tells_what_caught_a_fault_and_what_slipped_through():
    failures = "= FAILURES =\n__ x __\nnotebooks/RNN_Captioning.ipynb, cell 3: figure: it is blank\n= notebooks ="
    caught = seed_faults.result(FILE_FAULTS[0], subprocess.CompletedProcess([], 1, failures, ""))
    slipped = seed_faults.result(FILE_FAULTS[1], subprocess.CompletedProcess([], 0, "", ""))
    assert caught.checks == ["figure"] and slipped.checks == []
    lines = list(seed_faults.report([caught, slipped]))
    assert "it is blank" in lines[2] and "slipped through" in lines[3] and lines[4].startswith("1 of 2")
    assert lines[5].startswith("0 of these")
    only_source = caught._replace(checks=["source on the page"])
    assert list(seed_faults.report([only_source, slipped]))[5].startswith("1 of these")


def test_pytest_that_did_not_run_is_an_error():
    with pytest.raises(RuntimeError, match="blank picture: pytest did not run"):
        seed_faults.result(FILE_FAULTS[0], subprocess.CompletedProcess([], 4, "", "no such option"))
