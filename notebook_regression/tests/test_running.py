"""The plugin in a process of its own, with kernels: what runs, what is stored, and what it says of bad input."""

import json
import os
import re
import shutil

import pytest
from making import code_cell, counted, display, result, stream, write
from nbformat.v4 import new_output

pytest_plugins = ["pytester"]


@pytest.fixture
def regress(pytester):
    """Run pytest in a process of its own, and give its code and all that it says."""

    def run(*options, current=True):
        environment = ["--nbval-current-env"] if current else []
        outcome = pytester.runpytest_subprocess(*environment, "--color=no", *options)
        return outcome.ret, outcome.stdout.str() + outcome.stderr.str()

    return run


def lesson(folder, name="lesson"):
    """Four cells of which each needs those above it."""
    cells = [
        code_cell("x = 1"),
        code_cell("x += 1\nprint(x)", stream("2\n")),
        code_cell("x += 1\nprint(x)", stream("3\n")),
        code_cell("x", result("3")),
    ]
    return write(folder, *counted(*cells), name=name)


def test_cells_above_run_first_where_only_some_are_asked_for(regress, pytester):
    lesson(pytester.path / "a")
    assert regress("--regression", "a", "-k", "Cell and 4")[0] == 0
    assert regress("--regression", "a/lesson.ipynb::Cell 3")[0] == 0


def test_what_failed_last_runs_again_and_the_first_failure_ends_a_run(regress, pytester):
    path = lesson(pytester.path / "a")
    path.write_text(path.read_text().replace('"2\\n"', '"7\\n"'))
    code, said = regress("--regression", "-x", "a")
    assert code == 1 and "1 failed, 2 passed" in said
    code, said = regress("--regression", "--lf", "a")
    assert code == 1 and "1 failed" in said and "passed" not in said


def test_from_a_folder_below_and_with_importlib(regress, pytester):
    lesson(pytester.path / "a")
    pytester.makeini("[pytest]\n")
    os.chdir(pytester.path / "a")
    code, said = regress("--regression", "--import-mode=importlib", "lesson.ipynb")
    assert code == 0 and "\na/lesson " in said


def test_two_processes_share_notebooks_without_further_options(regress, pytester):
    pytest.importorskip("xdist", reason="pip install pytest-xdist")
    for name in ("one", "two"):
        lesson(pytester.path / "a", name)
    code, said = regress("--regression", "-n", "2", "a")
    assert code == 0 and "10 passed" in said
    assert re.search(r"(?m)^all +8/8 +6 ", said)


def test_a_cell_that_fails_is_tried_again_in_a_new_kernel(regress, pytester):
    pytest.importorskip("pytest_rerunfailures", reason="pip install pytest-rerunfailures")
    source = "import os\nif not os.path.exists('flag'):\n    open('flag', 'w'); x += 5\nx += 1\nprint(x)"
    cells = [code_cell("x = 1"), code_cell(source, stream("2\n")), code_cell("x", result("2"))]
    write(pytester.path / "a", *counted(*cells))
    code, said = regress("--regression", "--reruns", "1", "a")
    assert code == 0 and "4 passed, 1 rerun" in said
    cells[1].source = "import os; os._exit(1)"
    write(pytester.path / "a", *counted(*cells))
    code, said = regress("--regression", "--reruns", "1", "a")
    assert code == 1 and "the kernel died" in said and "1 failed, 2 passed, 1 skipped" in said


def test_code_that_a_notebook_runs_is_covered_and_no_number_of_a_cell_changes(regress, pytester):
    pytest.importorskip("pytest_cov", reason="pip install pytest-cov")
    folder = pytester.path / "a"
    write(folder, *counted(code_cell("import mine\nmine.f(1)", result("2")), code_cell("Out[1]", result("2"))))
    (folder / "mine.py").write_text("def f(x):\n    if x > 5:\n        return 0\n    return x + 1\n")
    os.chdir(folder)
    code, said = regress("--regression", "--cov=mine", "--cov-report=term-missing", "lesson.ipynb")
    assert code == 0 and re.search(r"mine.py +4 +1 +75% +3", said)


def test_reports_for_machines_hold_the_sentence(regress, pytester):
    path = lesson(pytester.path / "a")
    path.write_text(path.read_text().replace('"2\\n"', '"7\\n"'))
    regress("--regression", "--junitxml=junit.xml", "a")
    report = (pytester.path / "junit.xml").read_text()
    assert 'message="a/lesson.ipynb, cell 2: stdout differs' in report and "notebook_tally" not in report
    page = (pytester.path / "build/notebook-diffs/index.html").read_text()
    assert "a/lesson.ipynb, cell 2" in page and "expected: 7" in page


def test_an_html_report_and_github_annotations_work(regress, pytester, monkeypatch):
    for name in ("pytest_html", "pytest_github_actions_annotate_failures"):
        pytest.importorskip(name, reason=f"pip install {name.replace('_', '-')}")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    path = lesson(pytester.path / "a")
    path.write_text(path.read_text().replace('"2\\n"', '"7\\n"'))
    code, said = regress("--regression", "--html=report.html", "a")
    assert code == 1 and re.search("::error file=.*lesson.ipynb.*stdout differs", said)
    assert "stdout differs" in (pytester.path / "report.html").read_text()


def test_lax_compares_only_what_is_marked(regress, pytester):
    marked = code_cell("# NBVAL_CHECK_OUTPUT\n2", result("1"))
    write(pytester.path / "a", *counted(code_cell("1", result("2")), marked))
    code, said = regress("--regression", "--regression-lax", "a")
    assert code == 1 and "cell 2: " in said and "cell 1: " not in said


def test_strict_fails_what_only_moved(regress, pytester):
    measured = {"claim": "loss", "value": [1.0], "below": 2.0}
    for folder, value in (("a", [1.0]), ("copies", [1.5])):
        metadata = {"measured": measured | {"value": value}}
        output = new_output("display_data", {"text/plain": "loss: ok"}, metadata=metadata)
        write(pytester.path / folder, code_cell("1", output))
    assert regress("--regression", "--regression-against=copies", "a")[0] == 0
    code, said = regress("--regression", "--regression-strict", "--regression-against=copies", "a")
    assert code == 1 and "lesson.ipynb, cell 1: moved: loss: 1, now 1.5" in said


def test_copies_are_looked_for_where_the_notebooks_lie(regress, pytester):
    for part in ("one", "two"):
        for folder in ("a", "copies"):
            write(pytester.path / folder / part, code_cell("1", stream(f"{part}\n")))
    assert regress("--regression", "--regression-against=copies", "a")[0] == 0
    shutil.rmtree(pytester.path / "copies" / "two")
    code, said = regress("--regression", "--regression-against=copies", "a")
    assert code == 1 and "of 2 notebooks lesson.ipynb, no copy of this one lies in copies" in said
    shutil.copytree(pytester.path / "copies", pytester.path / "others" / "a")
    shutil.copytree(pytester.path / "a", pytester.path / "others" / "a", dirs_exist_ok=True)
    assert regress("--regression", "--regression-against=others", "a")[0] == 0


SLEEP = "import time; time.sleep(60)"


@pytest.mark.parametrize(
    "tags, metadata, options, sentence",
    [
        (["regression-cell-timeout: 1"], {}, [], "it did not end within 1 seconds"),
        ([], {"regression": {"cell-timeout": 1.5}}, [], "it did not end within 1.5 seconds"),
        ([], {"regression": {"notebook-timeout": 2}}, [], "the notebook did not end within 2 seconds"),
        ([], {}, ["--regression-notebook-timeout=2"], "the notebook did not end within 2 seconds"),
        (["regression-cell-timeout: soon"], {}, [], "regression-cell-timeout needs a positive number"),
    ],
)
def test_a_cell_and_a_notebook_have_limits_of_their_own(regress, pytester, tags, metadata, options, sentence):
    cells = counted(code_cell("1", result("1")), code_cell(SLEEP, stream("a"), tags=tags), code_cell("2", result("2")))
    write(pytester.path / "a", *cells, **metadata)
    code, said = regress("--regression", *options, "a")
    assert code == 1 and sentence in said and "passed" in said.splitlines()[-1]


def test_a_cleared_cell_fails_and_one_that_shows_nothing_passes(regress, pytester):
    cells = [code_cell("print(1)"), code_cell("x = 1"), code_cell("  "), code_cell("print(2)", tags=["nbval-skip"])]
    for cell in cells:
        cell.execution_count = None
    write(pytester.path / "a", *cells)
    code, said = regress("--regression", "a")
    assert code == 1 and "code cell 1 (never run): it was never run, or its outputs were cleared" in said
    assert "1 failed, 3 passed, 1 skipped" in said
    write(pytester.path / "a", *cells[1:])
    assert regress("--regression", "a")[0] == 0


def test_a_skipped_cell_counts_as_in_jupyter(regress, pytester):
    cells = [code_cell("1", result("1")), code_cell("1 / 0", tags=["nbval-skip"]), code_cell("2", result("2"))]
    write(pytester.path / "a", *counted(*cells, code_cell("Out[3]", result("2"))))
    assert regress("--regression", "a")[0] == 0


def test_a_name_that_pytest_shows_is_there_once(regress, pytester):
    write(pytester.path / "a", *(code_cell("1", result("1")) for _ in range(3)))
    code, said = regress("--regression", "-v", "a")
    assert code == 0 and all(f"::Code cell {k} PASSED" in said for k in (1, 2, 3))


def accepted(path):
    return [cell.get("outputs") for cell in json.loads(path.read_text("utf-8"))["cells"]]


def test_accept_stores_outputs_and_nothing_else(regress, pytester):
    cells = [code_cell("print(1)"), code_cell("1 / 0", tags=["nbval-skip"]), code_cell("6 * 7", result("41"))]
    path = write(pytester.path / "a", *counted(*cells), colab={"name": "x"})
    before = json.loads(path.read_text())
    text = json.dumps(before, indent=4)  # without a line end, as some editors write
    path.write_text(text)
    code, said = regress("--regression-accept", "a")
    assert code == 0 and "changed in" in said and "cell 3: text" in said
    after = json.loads(path.read_text())
    assert after["metadata"] == before["metadata"] and list(after) == list(before)
    assert path.read_text().startswith('{\n    "') and not path.read_text().endswith("\n")
    assert [cell["source"] for cell in after["cells"]] == [cell["source"] for cell in before["cells"]]
    assert after["cells"][2]["outputs"][0]["data"]["text/plain"] == ["42"]
    assert regress("--regression", "a")[0] == 0
    stored = path.read_bytes()
    code, said = regress("--regression-accept", "a")
    assert code == 0 and "nothing changed" in said and path.read_bytes() == stored


def test_accept_leaves_a_file_whose_cell_fails(regress, pytester):
    path = write(pytester.path / "a", *counted(code_cell("print(1)"), code_cell("1 / 0")))
    before = path.read_bytes()
    code, said = regress("--regression-accept", "a")
    assert code == 1 and path.read_bytes() == before and [file.name for file in path.parent.iterdir()] == [path.name]
    assert "a/lesson.ipynb: cell 2: ZeroDivisionError: division by zero; the file is left as it is" in said


def test_accept_leaves_a_file_that_changes_while_it_runs(regress, pytester):
    path = write(pytester.path / "a", code_cell("open('lesson.ipynb', 'a').write('\\n');"))
    code, said = regress("--regression-accept", "a")
    assert code == 1 and "it was changed while it ran; run this again" in said
    assert accepted(path) == [[]]


def test_upgrade_gives_ids_and_the_same_ones_again(regress, pytester):
    path = write(pytester.path / "a", *counted(code_cell("1", result("1")), code_cell("1", result("1"))))
    content = json.loads(path.read_text())
    content["nbformat_minor"] = 2
    for cell in content["cells"]:
        del cell["id"]
    path.write_text(json.dumps(content, indent=1) + "\n")
    code, said = regress("--regression", "a")
    assert code == 0 and "lesson.ipynb is of format 4.2; --regression-upgrade gives its cells their ids" in said
    copy = shutil.copy(path, pytester.path / "a" / "again.ipynb")
    code, said = regress("--regression-upgrade", "a")
    assert code == 0 and "lesson.ipynb: format 4.2 is now 4.5" in said
    after = json.loads(path.read_text())
    ids = [cell.pop("id") for cell in after["cells"]]
    assert len(set(ids)) == 2 and after == content | {"nbformat_minor": 5}
    assert path.read_bytes() == (pytester.path / copy).read_bytes()
    code, said = regress("--regression", "-o", "regression_rules=valid: on", "a")
    assert code == 0
    assert "of format 4.5 already" in regress("--regression-upgrade", "a")[1]


def test_a_kernel_of_another_language_is_one_sentence(regress, pytester):
    spec = {"display_name": "R", "language": "R", "name": "ir"}
    write(pytester.path / "a", code_cell("1", stream("a")), kernelspec=spec)
    assert "cell 1: it is written in R; --nbval-current-env runs Python" in regress("--regression", "a")[1]
    assert "cell 1: there is no kernel 'ir'; " in regress("--regression", "a", current=False)[1]


@pytest.mark.parametrize(
    "version, sentence",
    [
        ("0.10.0", "--regression needs another nbval than 0.10.0: pip install 'nbval>=0.11,<0.12'"),
        ("0.12.1", "--regression needs another nbval than 0.12.1"),
    ],
)
def test_another_nbval_is_one_sentence(regress, pytester, version, sentence):
    pytester.makeconftest(
        "import importlib.metadata as m\nreal = m.version\n"
        f"m.version = lambda name: '{version}' if name == 'nbval' else real(name)"
    )
    code, said = regress("--regression", ".")
    assert code == 4 and sentence in said and "Traceback" not in said


def test_without_scikit_image_pictures_are_one_sentence_and_text_is_compared(regress, pytester):
    code = "import sys\nfor name in ('skimage', 'scipy', 'PIL'):\n    sys.modules[name] = None\n"
    pytester.makeconftest(code)
    for folder, words in (("a", "aGVsbG8="), ("copies", "d29ybGQ=")):
        write(pytester.path / folder, *counted(code_cell("1", display(image_png=words)), code_cell("2", stream("a"))))
    code, said = regress("--regression", "--regression-against=copies", "a")
    assert code == 1 and "figure: to compare pictures, " in said and "is needed: pip install" in said
    assert "1 failed, 2 passed" in said and "Traceback" not in said


@pytest.mark.parametrize(
    "options, sentence",
    [
        (["--regression", "-o", "regression_rules=pahts: on"], "there is no rule 'pahts'"),
        (["--regression", "-o", "regression_sanitizers=uuid"], "there is no sanitizer 'uuid'"),
        (["--regression", "-o", "regression_allowed_stderr=("], "regression_allowed_stderr: '(' is no pattern"),
        (["--regression-accept", "--regression-upgrade"], "exclude each other"),
        (["--regression-accept", "--regression-stored"], "they store nothing"),
        (["--regression", "--regression-against=nowhere"], "there is no folder nowhere"),
        (["--regression", "-p", "no:nbval"], "nbval's plugin, which `-p no:nbval` switches off"),
    ],
)
def test_an_option_that_cannot_hold_is_one_sentence(regress, pytester, options, sentence):
    code, said = regress(*options, current="no:nbval" not in options)
    assert code == 4 and sentence in said and "Traceback" not in said


def test_a_plain_pytest_imports_no_more_than_the_hooks(pytester):
    pytester.makepyfile(
        "import sys\n\ndef test_it():\n"
        "    mine = [name for name in sys.modules if name.startswith('notebook_regression')]\n"
        "    assert sorted(mine) == ['notebook_regression', 'notebook_regression.plugin']\n"
    )
    assert pytester.runpytest_subprocess().ret == 0


def test_text_is_compared_without_the_libraries_for_pictures(regress, pytester):
    lesson(pytester.path / "a")
    pytester.makeconftest(
        "import sys\n\ndef pytest_unconfigure():\n"
        "    print('loaded:', [name for name in ('skimage', 'scipy', 'PIL') if name in sys.modules])\n"
    )
    assert "loaded: []" in regress("--regression", "-p", "no:hypothesispytest", "a")[1]


def test_warnings_as_errors_end_no_run_in_a_traceback(regress, pytester, monkeypatch):
    lesson(pytester.path / "a")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    code, said = regress("--regression", "a")
    assert code == 0 and "5 passed" in said and "Traceback" not in said
