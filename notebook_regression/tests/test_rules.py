"""Rules about files: on, off, with allowed values; for a project, a notebook, a cell."""

import nbformat
import pytest
from making import code_cell, counted, result, stream, write
from nbformat.v4 import new_output

from notebook_regression import items, rules, stored


def problems(path, *lines):
    notebook = stored.read(path)
    marks = [items.marks_of(cell, True) for cell in stored.code_cells(notebook)]
    return rules.problems(path, notebook, rules.rules_of_lines(lines), marks)


LEFTOVERS = {
    "Jupyter": {
        "language_info": {"name": "python", "version": "3.12.1", "file_extension": ".py"},
        "toc-autonumbering": True,
    },
    "VS Code": {"vscode": {"interpreter": {"hash": "0a"}}, "orig_nbformat": 4},
    "Colab": {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"},
    "nbgrader": {"celltoolbar": "Create Assignment"},
    "jupytext": {"jupytext": {"formats": "ipynb,py:percent", "text_representation": {"extension": ".py"}}},
}
OF_CELLS = {
    "Jupyter": {
        "collapsed": False,
        "scrolled": True,
        "jupyter": {"source_hidden": True},
        "execution": {"iopub.status.busy": "t"},
    },
    "VS Code": {"vscode": {"languageId": "python"}},
    "Colab": {"id": "aB3", "colab": {"base_uri": "https://localhost/"}, "outputId": "0"},
    "nbgrader": {"nbgrader": {"grade": True, "grade_id": "q1", "locked": True, "points": 2, "schema_version": 3}},
    "jupytext": {"lines_to_next_cell": 2, "pycharm": {"name": "#%%"}},
}


@pytest.mark.parametrize("tool", LEFTOVERS)
def test_by_default_what_common_tools_write_passes(tmp_path, tool):
    cell = code_cell("1", stream("see /home/me/a\n"), stream("FutureWarning: old\n", "stderr"), count=7)
    cell.metadata = OF_CELLS[tool]
    path = write(tmp_path, cell, code_cell("2", count=None), **LEFTOVERS[tool])
    assert problems(path) == []
    assert len(problems(path, "all: on")) >= 5


def test_metadata_of_a_kind_of_data_is_not_left_over(tmp_path):
    frame = new_output(
        "display_data", {"text/html": "a", "text/plain": "a"}, metadata={"text/html": {"isolated": True}}
    )
    path = write(tmp_path, code_cell("1", frame))
    assert problems(path, "output-metadata: on") == []
    frame.metadata["image/jpeg"] = {"width": 9}
    path = write(tmp_path, code_cell("1", frame))
    assert problems(path, "output-metadata: on") == ["cell 1: leftover metadata 'image/jpeg' of an output"]


CONTENT = [
    "'Result:\\nall good'",
    r"x:\alpha",
    r"$f:\mathbb{R}\to\mathbb{R}$",
    r"$X:\Omega\to E$",
    "5 ms",
    "|40%|",
    "0xdeadbeef",
    "https://a.org/home/me",
    "50% | 3",
    "Warnings: none",
]


@pytest.mark.parametrize("words", CONTENT)
def test_content_is_no_telltale(tmp_path, words):
    assert problems(write(tmp_path, code_cell("1", result(words))), "all: on", "size: off") == []


@pytest.mark.parametrize(
    "rule, words",
    [
        ("paths", "/home/me/a.csv"),
        ("paths", r"C:\Users\me\a.csv"),
        ("paths", r"D:\course\week_1\a.csv"),
        ("paths", r"c:\users.txt"),
        ("paths", "file:///tmp/a"),
        ("addresses", "<f at 0x7f0012345678>"),
        ("progress", " 40%|████      | 4/10 [00:01<00:02, 3.3it/s]"),
        ("progress", "Wall time: 5 ms"),
        ("progress", "1.2 ms ± 3 µs per loop"),
        ("warnings", "FutureWarning: old"),
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_each_telltale_has_a_rule(tmp_path, rule, words, kind):
    path = write(tmp_path, code_cell("1", new_output("display_data", {kind: words})))
    assert problems(path) == []
    (sentence,) = problems(path, f"{rule}: on")
    assert sentence.startswith("cell 1: ")
    assert problems(path, "all: on", f"{rule}: off") == []


def test_a_notebook_and_a_cell_say_more_than_the_project(tmp_path):
    cells = [code_cell("1", result("/home/me/a")), code_cell("2", result("/home/me/b"), tags=["regression-paths: off"])]
    path = write(tmp_path, *counted(*cells))
    assert len(problems(path, "paths: on")) == 1
    assert problems(write(tmp_path, *cells, regression={"paths": "off"}), "paths: on") == []
    assert problems(write(tmp_path, *cells, regression={"paths": False, "size": 10})) != []
    assert len(problems(write(tmp_path, *cells, regression={"paths": "on"}))) == 1


def test_allowed_values_take_the_place_of_the_strict_ones(tmp_path):
    cell = code_cell("1", stream("a"))
    cell.metadata = {"nbgrader": {}, "mine": 1}
    path = write(tmp_path, cell, colab={"a": 1, "b": 2})
    found = problems(path, "cell-metadata: nbgrader tags", "notebook-metadata: kernelspec language_info colab.a")
    assert found == ["leftover metadata 'colab.b'", "leftover metadata 'mine' of cell 1 from the top"]


@pytest.mark.parametrize(
    "line, sentence",
    [
        ("pahts: on", "there is no rule 'pahts'; there are: all, size"),
        ("paths: maybe", "the rule paths is on or off, not 'maybe'"),
        ("size: large", "the rule size is on, off, or a number of bytes, not 'large'"),
        ("paths", "the rule paths is on or off, not ''"),
    ],
)
def test_a_rule_that_cannot_hold_is_one_sentence(tmp_path, line, sentence):
    with pytest.raises(rules.WrongSetting, match=sentence):
        rules.rules_of_lines([line])
    name, _, value = line.partition(": ")
    path = write(tmp_path, code_cell("1", stream("a"), tags=[f"regression-{name}: {value}"]))
    assert "cell 1: " in problems(path)[0]


def test_cells_that_never_run_count_as_run(tmp_path):
    cells = counted(code_cell("1", stream("a")), code_cell("2"), code_cell("3"))
    cells[2].execution_count = 2
    cells[1].execution_count, cells[1].source = None, "  "
    assert problems(write(tmp_path, *cells), "all: on") == []
    cells[1].source, cells[1].metadata = "x = 1", {"tags": ["nbval-skip"]}
    assert problems(write(tmp_path, *cells), "all: on") == []
    cells[1].metadata = {}
    assert problems(write(tmp_path, *cells), "stored: on") == ["code cell 2 was never run, or its outputs were cleared"]


def test_an_error_that_a_comment_expects_is_none(tmp_path):
    error = new_output("error", ename="E", evalue="no", traceback=[])
    assert problems(write(tmp_path, code_cell("# NBVAL_RAISES_EXCEPTION\n1", error)), "all: on") == []
    assert problems(write(tmp_path, code_cell("1", error)), "errors: on") == ["cell 1: an error is stored: E: no"]


def test_a_file_that_breaks_the_schema_is_read_all_the_same(tmp_path):
    path = write(tmp_path, code_cell("1", stream("a")))
    path.write_text(path.read_text("utf-8").replace('"nbformat_minor": 5', '"nbformat_minor": 4'), "utf-8")
    assert problems(path) == []
    assert "no valid notebook" in problems(path, "valid: on")[0]
    assert "it is of format 4.4, not 4.5; `pytest --regression-upgrade`" in problems(path, "format: on")[0]


def test_a_file_in_another_encoding_is_read(tmp_path):
    path = write(tmp_path, code_cell("print('é')", stream("é\n")))
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_bytes(path.read_bytes().decode("utf-8-sig").encode(encoding))
        assert stored.read(path).cells[0].outputs[0].text == "é\n"
        path.write_text(nbformat.writes(stored.read(path)), "utf-8")
