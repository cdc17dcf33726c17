"""Executing notebooks into build/: pages, index, and what is said when a cell fails."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import notebook_changes, notebook_execution, notebook_files, run_notebooks


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setattr(run_notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebook_files, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(run_notebooks, "READS_SCENES", ())
    (tmp_path / "notebooks/beyond").mkdir(parents=True)

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
    before = {path: path.read_bytes() for path in (root / "notebooks").glob("*.ipynb")}
    run_notebooks.main([])
    assert {path: path.read_bytes() for path in (root / "notebooks").rglob("*.*")} == before
    assert "42" in (root / "build/GANs.html").read_text()
    index = (root / "build/index.html").read_text()
    assert index.index("Title of &lt;RNN_Captioning&gt;") < index.index("Title of &lt;GANs&gt;")
    assert index.count("data:image/png") == 1 and "One <em>line</em> and" in index
    script = re.search(r'src="(mathjax/MathJax.js)\?config=([^"]*)"', (root / "build/GANs.html").read_text())
    assert (root / "build" / script[1]).exists()
    assert all((root / f"build/mathjax/config/{name}.js").exists() for name in script[2].split(","))
    output = capsys.readouterr().out
    assert "RNN_Captioning: cell 2 of 2" in output and "Open build/index.html" in output
    assert "eyond" not in output + index.partition("<main>")[2]
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
    assert set(stored.metadata) == {"kernelspec", "language_info"} and len(list(path.parent.glob("*.*"))) == 1


def test_notebooks_beyond_the_course_run_last_and_are_stored_where_they_were(course, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")
    root, write = course
    write("beyond/Attention", "from pathlib import Path; print('in', Path.cwd().name)")
    write("Zebras", "1 + 1")
    run_notebooks.main(["--accept"])
    printed = capsys.readouterr().out
    assert printed.startswith("about 3 minutes, then about 3 minutes for Attention\n")
    assert printed.index("Zebras: 1 cells") < printed.index("Attention: cell 1 of 1")
    stored = nbformat.read(root / "notebooks/beyond/Attention.ipynb", as_version=4)
    assert stored.cells[1].outputs[0].text == "in beyond\n"
    index = (root / "build/index.html").read_text()
    places = [index.index(words) for words in ('href="Zebras.html"', "Beyond the course", 'href="Attention.html"')]
    assert places == sorted(places) and (root / "build/Attention.html").exists()
    run_notebooks.main(["Attention"])
    assert capsys.readouterr().out.startswith("about 3 minutes\nAttention: cell 1")


def test_running_needs_nothing_that_only_tests_need(tmp_path):
    requirements = (ROOT / "requirements-dev.txt").read_text()
    packages = re.findall(r"(?m)^([a-z]+)==", requirements)
    assert {"hypothesis", "nbdime"} <= set(packages)
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


def failing(capsys, *arguments):
    """What is printed by a run that fails, from the list of failures on."""
    with pytest.raises(SystemExit, match=r"The pages show where: open build/index\.html in a browser\."):
        run_notebooks.main(arguments)
    return capsys.readouterr().out.partition("Not everything ran to its end:\n")[2]


def test_accept_leaves_alone_what_was_edited_while_it_ran(course, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")
    root, write = course
    write("GANs", "open('GANs.ipynb', 'a').write(' ')")
    assert "GANs.ipynb was changed while it ran" in failing(capsys, "GANs", "--accept")


def test_accept_leaves_a_notebook_with_a_failing_cell_as_it_was(course, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")
    root, write = course
    write("GANs", "1 / 0")
    before = (root / "notebooks/GANs.ipynb").read_bytes()
    assert "ZeroDivisionError" in failing(capsys, "GANs", "--accept")
    assert (root / "notebooks/GANs.ipynb").read_bytes() == before


def test_a_failing_cell_is_on_its_page_and_in_the_index_and_the_other_notebooks_run(course, capsys):
    root, write = course
    write("GANs", "x = 1", "raise ValueError('no <digits>')", "open('later', 'w')")
    write("StyleTransfer", "print(6 * 7)")
    (root / "notebooks/Other.ipynb").write_text("{")
    listed = failing(capsys)
    assert "  GANs.ipynb, cell 2: ValueError: no <digits>\n" in listed
    assert "  Other.ipynb: not a readable notebook" in listed
    assert not (root / "notebooks/later").exists()
    assert "no &lt;digits&gt;" in (root / "build/GANs.html").read_text()
    index = (root / "build/index.html").read_text()
    assert "Stopped at cell 2: ValueError: no &lt;digits&gt;" in index and 'href="StyleTransfer.html"' in index
    assert "42" in (root / "build/StyleTransfer.html").read_text()


def test_a_dead_kernel_is_a_sentence_in_list_and_index(course, capsys):
    root, write = course
    write("GANs", "x = 1", "import os; os._exit(1)")
    assert "GANs.ipynb, cell 2: its kernel died" in failing(capsys, "GANs")
    assert "Stopped at cell 2: Stopped: its kernel died" in (root / "build/index.html").read_text()


def test_a_cell_may_work_for_longer_than_it_may_be_silent(course, monkeypatch, capsys):
    root, write = course
    monkeypatch.setattr(notebook_execution, "SILENCE", 4)
    write("GANs", "import time\nfor k in range(6):\n    time.sleep(1); print(k, flush=True)")
    run_notebooks.main(["GANs"])
    write("GANs", "import time\nprint('begins', flush=True); time.sleep(60)")
    assert "GANs.ipynb, cell 1: it was silent for 0 minutes" in failing(capsys, "GANs")
    assert "begins" in (root / "build/GANs.html").read_text()


def test_an_unknown_name_is_one_sentence(course):
    course[1]("GANs")
    with pytest.raises(SystemExit, match="no notebook 'GAN'; there are: GANs"):
        run_notebooks.main(["GAN"])


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"nbformat": 9, "nbformat_minor": 0}', "\ufeff"])
def test_a_file_that_is_not_a_notebook_gets_one_sentence(course, content, capsys):
    root, _ = course
    (root / "notebooks/GANs.ipynb").write_text(content, encoding="utf-8")
    assert re.match(r"  GANs\.ipynb: not a readable notebook: .+\n$", failing(capsys, "GANs"))


def test_notebooks_run_in_this_python_whatever_kernel_is_registered(course, monkeypatch):
    root, write = course
    kernel = root / "jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"argv": ["nowhere"], "display_name": "Python 3"}))
    monkeypatch.setenv("JUPYTER_PATH", str(root / "jupyter"))
    write("GANs", "import sys; print('runs in', sys.executable)")
    run_notebooks.main(["GANs"])
    assert f"runs in {sys.executable}" in (root / "build/GANs.html").read_text()


def test_scenes_are_drawn_before_the_notebooks_that_read_them(course, monkeypatch, capsys):
    root, write = course
    monkeypatch.setattr(run_notebooks, "READS_SCENES", ("RNN_Captioning",))
    (root / "cs231n").mkdir()
    draw = "import pathlib, time; time.sleep(3); pathlib.Path('scenes').touch(); print('scenes: drawn')"
    (root / "cs231n/scenes.py").write_text(draw)
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setattr(run_notebooks, "num_workers", lambda: 2)
    write("RNN_Captioning", "assert __import__('os').path.exists('../scenes')")
    run_notebooks.main([])
    printed = capsys.readouterr().out
    assert printed.index("scenes: drawn in 0:0") < printed.index("RNN_Captioning: cell 1 of 1")
    (root / "cs231n/scenes.py").write_text("import sys; print('Hm.'); sys.exit('scenes: the disk is full')")
    assert "  scenes: the disk is full\n" in failing(capsys)


def test_notebooks_that_run_together_share_the_cores_and_the_first_has_all_of_them(course, monkeypatch):
    root, write = course
    for name in run_notebooks.THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(run_notebooks, "num_workers", lambda: 2)
    monkeypatch.setattr(run_notebooks.os, "cpu_count", lambda: 8)
    for name in ("NetworkVisualization", "GANs"):
        write(name, "import os", f"print('threads:', *[os.environ.get(name) for name in {run_notebooks.THREADS}])")
    run_notebooks.main([])
    assert "threads: None None" in (root / "build/NetworkVisualization.html").read_text()
    assert "threads: 4 4" in (root / "build/GANs.html").read_text()
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    run_notebooks.main([])
    assert "threads: 3 4" in (root / "build/GANs.html").read_text()


def test_a_running_notebook_has_a_page_of_what_is_done(course, monkeypatch):
    root, write = course
    monkeypatch.setattr(run_notebooks, "FIRST_PAGE", 0)
    write("GANs", "print(6 * 70001)", "import shutil; shutil.copytree('../build', '../meanwhile'); print(6 * 90001)")
    run_notebooks.main([])
    for folder, done in (("meanwhile", False), ("build", True)):
        page, index = ((root / folder / f"{name}.html").read_text() for name in ("GANs", "index"))
        assert "420006" in page and ("540006" in page) == done
        assert [words in page for words in ('http-equiv="refresh"', "it is at cell 2 of 2")] == [not done] * 2
        assert ("it is at cell 2 of 2" in index) != done


def test_a_damaged_page_of_an_earlier_run_is_left_out_until_its_notebook_runs(course):
    root, write = course
    write("GANs", "print(6 * 70001)")
    write("RNN_Captioning", "1 + 1")
    (root / "build").mkdir()
    (root / "build/GANs.ipynb").write_text('{"cells": [')
    run_notebooks.main(["RNN_Captioning"])
    assert re.findall('href="(.*?)"', (root / "build/index.html").read_text()) == ["RNN_Captioning.html"]
    run_notebooks.main(["GANs"])
    assert 'href="GANs.html"' in (root / "build/index.html").read_text()


def test_a_folder_that_cannot_be_written_to_is_one_sentence_with_the_way_out(course):
    root, write = course
    write("GANs")
    (root / "build").touch()
    with pytest.raises(SystemExit, match="build cannot be written to .*; name a folder: make run BUILD=FOLDER"):
        run_notebooks.main([])
    run_notebooks.main(["--build", str(root / "else/where")])
    assert (root / "else/where/GANs.html").exists()


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
    """A notebook with one cell that reported each of these lists of values under the same claim."""
    outputs = [
        nbformat.v4.new_output(
            "display_data", {"text/plain": "e: ok"}, metadata={"measured": {"claim": "e", "value": v}}
        )
        for v in values
    ]
    cell = new_code_cell("report(...)", outputs=outputs, execution_count=1)
    cell.id = "reports"
    return new_notebook(cells=[cell])
