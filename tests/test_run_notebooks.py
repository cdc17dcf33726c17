"""Executing notebooks into build/: pages, index, and what is said when a cell fails."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import notebook_changes, notebook_files, run_notebooks


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setattr(run_notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebook_files, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(run_notebooks, "BUILD", tmp_path / "build")
    (tmp_path / "notebooks").mkdir()

    def write(name, *sources):
        cells = [new_markdown_cell(f"# Title of <{name}>\n\nOne *line*\nand $x^2$.")]
        cells += [new_code_cell(source) for source in sources]
        nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / f"{name}.ipynb")

    return tmp_path, write


ROOT = Path(__file__).resolve().parent.parent
DRAW = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"


def test_pages_and_index_are_made_and_sources_left_alone(course, capsys):
    root, write = course
    write("GANs", "print(6 * 7)")
    write("RNN_Captioning", "1 + 1", DRAW)
    before = {path: path.read_bytes() for path in (root / "notebooks").iterdir()}
    run_notebooks.main([])
    assert {path: path.read_bytes() for path in (root / "notebooks").iterdir()} == before
    assert "42" in (root / "build/GANs.html").read_text()
    index = (root / "build/index.html").read_text()
    assert index.index("Title of &lt;RNN_Captioning&gt;") < index.index("Title of &lt;GANs&gt;")
    assert index.count("data:image/png") == 1 and "One <em>line</em> and" in index
    script = re.search(r'src="(mathjax/MathJax.js)\?config=([^"]*)"', (root / "build/GANs.html").read_text())
    assert (root / "build" / script[1]).exists()
    assert all((root / f"build/mathjax/config/{name}.js").exists() for name in script[2].split(","))
    said = capsys.readouterr().out
    assert "RNN_Captioning: cell 2 of 2" in said and "Open build/index.html" in said
    assert "https://" not in "".join(
        line for line in (root / "build/GANs.html").read_text().splitlines() if "<script" in line
    )


def test_accept_stores_outputs_tags_and_slides_and_no_other_metadata(course, monkeypatch):
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")  # so that what main sets is undone
    root, write = course
    write("GANs", "import os, sys\nprint(6 * 7, os.environ['CS231N_EMBEDDED_ONLY'])", "print('more')")
    path = root / "notebooks/GANs.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata = {"slideshow": {"slide_type": "slide", "notes": "Ask first."}}
    notebook.cells[1].metadata = {"tags": ["kept"], "collapsed": True}
    ids = [cell.id for cell in notebook.cells]
    nbformat.write(notebook, path)
    run_notebooks.main(["GANs", "--accept"])
    stored = nbformat.read(path, as_version=4)
    assert stored.cells[1].outputs[0].text == "42 1\n" and [cell.id for cell in stored.cells] == ids
    assert [cell.metadata for cell in stored.cells] == [notebook.cells[0].metadata, {"tags": ["kept"]}, {}]
    assert [cell.execution_count for cell in stored.cells[1:]] == [1, 2]
    assert set(stored.metadata) == {"kernelspec", "language_info"} and len(list(path.parent.iterdir())) == 1


def test_running_needs_nothing_that_only_tests_need(tmp_path):
    requirements = (ROOT / "requirements-dev.txt").read_text()
    packages = re.findall(r"(?m)^([a-z]+)==", requirements)
    assert {"pytest", "nbdime"} <= set(packages)
    blocked = f"import sys; sys.modules.update(dict.fromkeys({packages}))"
    for module in ("tools.run_notebooks", "cs231n.download", "cs231n.scenes.build"):
        subprocess.run([sys.executable, "-c", f"{blocked}; import {module}"], cwd=ROOT, check=True)


def test_accept_says_what_changed(course, capsys, monkeypatch):
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")
    root, write = course
    write("GANs", "print('one')", DRAW, "print('a'); from cs231n.notebook import report; report('x', 1, below=2)")
    run_notebooks.main(["GANs", "--accept"])
    first = capsys.readouterr().out
    assert "cell 1: text" in first and "cell 2: text, 1 figure" in first and "CHANGES.md" in first
    path = root / "notebooks/GANs.ipynb"
    path.write_text(path.read_text().replace("report('x', 1,", "report('x', 1.5,").replace("print('a')", "print('b')"))
    run_notebooks.main(["GANs", "--accept"])
    assert capsys.readouterr().out.count("  cell ") == 1
    outputs = nbformat.read(path, as_version=4).cells[3].outputs
    assert [output.get("text") or output.data["text/plain"] for output in outputs] == ["b\n", "x: ok (below 2)"]
    run_notebooks.main(["GANs", "--accept"])
    assert "GANs.ipynb: nothing changed" in capsys.readouterr().out


def test_accept_leaves_alone_what_was_edited_while_it_ran(course, monkeypatch):
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")
    root, write = course
    write("GANs", "open('GANs.ipynb', 'a').write(' ')")
    with pytest.raises(SystemExit, match="was changed while it ran"):
        run_notebooks.main(["GANs", "--accept"])


def test_accept_leaves_a_notebook_with_a_failing_cell_as_it_was(course, monkeypatch):
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")
    root, write = course
    write("GANs", "1 / 0")
    before = (root / "notebooks/GANs.ipynb").read_bytes()
    with pytest.raises(SystemExit, match="ZeroDivisionError"):
        run_notebooks.main(["GANs", "--accept"])
    assert (root / "notebooks/GANs.ipynb").read_bytes() == before


def test_a_failing_cell_is_named_and_stops_the_run(course):
    root, write = course
    write("GANs", "x = 1", "raise ValueError('no digits')", "open('later', 'w')")
    with pytest.raises(SystemExit, match=r"GANs\.ipynb, cell 2: ValueError: no digits"):
        run_notebooks.main(["GANs"])
    assert not (root / "notebooks/later").exists() and not (root / "build/GANs.html").exists()


def test_a_dead_kernel_and_an_unknown_name_get_one_sentence(course):
    _, write = course
    write("GANs", "import os; os._exit(1)")
    with pytest.raises(SystemExit, match="cell 1: its kernel died"):
        run_notebooks.main(["GANs"])
    with pytest.raises(SystemExit, match="no notebook 'GAN'; there are: GANs"):
        run_notebooks.main(["GAN"])


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"nbformat": 9, "nbformat_minor": 0}', "\ufeff"])
def test_a_file_that_is_not_a_notebook_gets_one_sentence(course, content):
    root, _ = course
    (root / "notebooks/GANs.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit, match=r"^GANs\.ipynb: not a readable notebook: .+$"):
        run_notebooks.main(["GANs"])


def test_a_notebook_without_cells_has_a_page(course):
    root, _ = course
    nbformat.write(new_notebook(cells=[]), root / "notebooks/GANs.ipynb")
    run_notebooks.main(["GANs"])
    assert (root / "build/GANs.html").exists() and "GANs.html" in (root / "build/index.html").read_text()


def test_what_moved_of_many_values_is_shown():
    old, new = [0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.2, 0.3, 0.4, 0.9]
    assert notebook_changes.summary(reporting(old, [1.0]), reporting(new, [1.0])) == ["cell 1: e 0.5 -> 0.9"]
    assert notebook_changes.summary(reporting(old, [1.0]), reporting(old, [2.0])) == ["cell 1: e 1 -> 2"]
    assert notebook_changes.summary(reporting(old), reporting([1.0])) == ["cell 1: e 5 values -> 1"]
    assert notebook_changes.summary(reporting(old), reporting(new[::-1])) == [
        "cell 1: e 0.1, 0.2, 0.4, 0.5 -> 0.9, 0.4, 0.2, 0.1"
    ]
    assert notebook_changes.summary(reporting("few"), reporting([1.0])) == ["cell 1: e (none) -> 1"]


def reporting(*values):
    """A notebook with one cell that reported each list of values under one name."""
    outputs = [
        nbformat.v4.new_output(
            "display_data", {"text/plain": "e: ok"}, metadata={"measured": {"claim": "e", "value": v}}
        )
        for v in values
    ]
    cell = new_code_cell("report(...)", outputs=outputs, execution_count=1)
    cell.id = "reports"
    return new_notebook(cells=[cell])
