"""The student edition: it holds no solution, runs up to the first function to write, and can be restored."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from classroom.exercises import BEYOND, EXERCISES, HELPERS
from classroom.student import __main__ as command
from classroom.student import edition, notebooks, pieces, restoring
from classroom.student.rewording import REWORDED
from cs231n.classifiers import transformer
from cs231n.download import data_dir
from tools.notebook_files import notebook_paths, path_in_project

NOTEBOOKS = sorted({exercise.notebook for exercise in EXERCISES})
PATHS = {path.stem: path_in_project(path).as_posix() for path in notebook_paths(NOTEBOOKS)}
# Lines of solutions that also stand in what is given, each looked at: they do not say how to solve anything.
ALSO_GIVEN = {
    # the frame of a network, of a gradient, of a loop, of a choice
    "return keras.Sequential(",
    "keras.Input((PIXELS,)),",
    "layers.Reshape((28, 28, 1)),",
    "layers.Flatten(),",
    "layers.Dense(1),",
    "with tf.GradientTape() as tape:",
    "gradient = score_gradient(model)",
    "caches.append(cache)",
    "if seed is None:",
    "return captions",
    "return x, caches",
    # beam search, which goes beyond what is to be written, begins like greedy writing
    "for t in range(max_length):",
    "scores, h, c = self._step(words, h, c)",
    # another network, in LSTM_Captioning, calls the layer that was written in RNN_Captioning
    'h, recurrence = forward(x, h0, p["Wx"], p["Wh"], p["b"])',
    # the docstring's formula
    "next_c = f * prev_c + i * g",
}
BRACKETS = {"(", ")", "[", "]", "),", "],"}


@pytest.fixture(scope="module")
def files():
    return edition.edition_files()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An edition built in a folder with a space in its path, which students' folders often have."""
    target = tmp_path_factory.mktemp("my course") / "student"
    edition.build(target)
    return target


def solved(path):
    path = f"classroom/{path}" if path.startswith("selfcheck/") else path
    return (edition.ROOT / path).read_bytes()


# ---------------------------------------------------------------- nothing leaks


def squeezed(text):
    """The text without white space, so that neither indentation nor line breaks hide a copy."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def searched(files):
    """dict path -> a file's whole text, squeezed: all strings of a notebook, the bytes of a binary file."""
    texts = {}
    for path, content in files.items():
        if path.endswith(".ipynb"):
            texts[path] = squeezed("\n".join(strings(json.loads(content))))
        else:
            texts[path] = squeezed(content.decode("latin-1" if path.endswith(".npz") else "utf-8"))
    return texts


def strings(value):
    """Every string in parsed JSON, including keys; a list of lines counts as one string."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(line, str) for line in value):
        yield "".join(value)
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from strings(entry)


def holders(text, searched):
    return [path for path, content in searched.items() if squeezed(text) in content]


def solutions():
    """(name, lines of its solution without markers, comments and empty lines) for each function with a solution."""
    for entry in (*EXERCISES, *HELPERS):
        text = solved(entry.file).decode("utf-8")
        first, last = pieces.extent(entry.file, text, entry.name)
        lines = text.splitlines()
        if entry.guide:
            spans = pieces.marked_spans(entry.file, lines)
            ((first, last),) = [span for span in spans if first <= span[0] < last]
        lines = [line.split("  # ")[0].strip() for line in lines[first:last]]
        yield entry.name, [line for line in lines if line and not line.startswith("#")]


def test_no_line_of_a_solution_is_in_any_file(searched):
    """No solution's line of twelve characters or more is there; lines that given code has too are listed by hand."""
    lines = {line for _, body in solutions() for line in body if len(squeezed(line)) >= 12}
    assert len(lines) > 250
    assert {line: holders(line, searched) for line in lines - ALSO_GIVEN if holders(line, searched)} == {}
    assert all(holders(line, searched) for line in ALSO_GIVEN) and lines >= ALSO_GIVEN


def test_no_two_short_lines_of_a_solution_follow_each_other_in_any_file(searched):
    """No two neighbouring lines of a solution are there, unless both are listed above or are brackets."""
    pairs = [
        (name, one + other)
        for name, body in solutions()
        for one, other in zip(body, body[1:], strict=False)
        if len(squeezed(one + other)) >= 12 and {one, other} - ALSO_GIVEN - BRACKETS
    ]
    assert [(name, pair, holders(pair, searched)) for name, pair in pairs if holders(pair, searched)] == []


def solved_cells():
    for path in PATHS.values():
        for cell in nbformat.reads(solved(path).decode("utf-8"), as_version=4).cells:
            yield path, cell


def test_no_sentence_of_an_answer_is_in_any_file(searched):
    paragraphs = [paragraph for _, cell in solved_cells() for paragraph in cell.source.split("\n\n")]
    answers = [paragraph.partition("?")[2] for paragraph in paragraphs if "**Question.**" in paragraph]
    assert len(answers) > 10 and all("*" in answer for answer in answers)
    sentences = [part for answer in answers for part in re.split(r"[.?!;:]", answer) if len(squeezed(part)) >= 12]
    assert [part for part in sentences if holders(part, searched)] == []


def test_no_output_and_no_metadata_of_a_cell_is_in_any_file(files, searched):
    for path in PATHS.values():
        for cell in json.loads(files[path])["cells"]:
            assert cell["metadata"] == {} and cell.get("outputs", []) == [] and cell.get("execution_count") is None
    stored, sources = [], squeezed("\n".join(cell.source for _, cell in solved_cells()))
    for _, cell in solved_cells():
        stored += [line for text in strings(cell.metadata) for line in text.splitlines()]
        for output in cell.get("outputs", []):
            stored += output.get("text", "").splitlines() + output.get("data", {}).get("text/plain", "").splitlines()
            stored += [text[:400] for kind, text in output.get("data", {}).items() if kind.startswith("image/")]
            stored += [json.dumps(number["value"]) for number in [output.get("metadata", {}).get("measured")] if number]
    # Some notes repeat words of the notebook, and a cell may print what its source says.
    stored = [text for text in stored if len(squeezed(text)) >= 20 and squeezed(text) not in sources]
    stored = [text for text in stored if not text.startswith("<Figure size")]
    assert len(stored) > 200
    assert {text[:100]: holders(text, searched) for text in stored if holders(text, searched)} == {}


def test_no_text_that_was_reworded_is_left(files):
    for path, pairs in REWORDED.items():
        text = "\n".join(strings(json.loads(files[path]))) if path.endswith(".ipynb") else files[path].decode("utf-8")
        for old, new in pairs:
            assert new in text and (old in new or old not in text)


def test_only_what_students_need_is_in_it(files):
    assert edition.LEFT_OUT and not set(edition.LEFT_OUT) & set(files)
    assert not any(
        marker.encode() in files[path] for path in files if path != "cs231n/notebook.py" for marker in MARKERS
    )
    assert {path.partition("/")[0] for path in files} <= {
        ".gitignore",
        "LICENSE",
        "Makefile",
        "README.md",
        "cs231n",
        "datasets",
        "docs",
        "get_datasets.sh",
        "notebooks",
        "pyproject.toml",
        "requirements.txt",
        "selfcheck",
        "tools",
    }
    assert [path for path in files if path.startswith("tools/")] == TOOLS
    assert {path.rpartition(".")[2] for path in files if path.startswith("cs231n/")} == {"py", "npz", "json"}


def test_nothing_names_what_is_left_out(files):
    """Neither modules that students do not have nor the fast losses."""
    modules = {path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in edition.LEFT_OUT}
    names = "|".join([*map(re.escape, modules), "packed_loss", "packed_transformer_loss"])
    texts = {path: content.decode("utf-8") for path, content in files.items() if not path.endswith(".npz")}
    assert {path: re.findall(names, text) for path, text in texts.items() if re.search(names, text)} == {}


MARKERS = pieces.SOLUTION_MARKERS
TOOLS = [
    "tools/__init__.py",
    "tools/environment.sh",
    "tools/notebook_execution.py",
    "tools/notebook_files.py",
    "tools/notebook_pages.py",
    "tools/progress_board.py",
    "tools/run_notebooks.py",
]


# ---------------------------------------------------------------- every function says what to do and where


@pytest.mark.parametrize("entry", [e for e in (*EXERCISES, *HELPERS) if e.guide], ids=lambda entry: entry.name)
def test_a_function_keeps_its_docstring_and_says_what_to_do_where(files, entry):
    node, before = (find(ast.parse(text), entry.name) for text in (files[entry.file], solved(entry.file)))
    assert ast.unparse(node.args) == ast.unparse(before.args) and ast.get_docstring(node)
    (error,) = [n.exc for n in ast.walk(node) if isinstance(n, ast.Raise) and n.exc.func.id == "NotImplementedError"]
    message = error.args[0].value
    assert message.startswith(f"{entry.name} in {entry.file} is yours to write. ")
    assert entry.guide.startswith(message.partition("write. ")[2])
    assert entry.guide.split()[-1] in files[entry.file].decode("utf-8")


def find(node, name):
    for part in name.split("."):
        node = next(child for child in node.body if getattr(child, "name", None) == part)
    return node


def test_the_readme_lists_every_function_with_those_beyond_the_course_apart(files):
    readme = files["README.md"].decode("utf-8")
    assert "{" not in readme
    tables = re.findall(r"with (\d+) points[^|]*((?:\|.*\n)+)", readme.partition("## What to write")[2])
    of_course = [exercise for exercise in EXERCISES if exercise.notebook not in BEYOND]
    for (points, table), entries in zip(tables, (of_course, EXERCISES[len(of_course) :]), strict=True):
        rows = [f"| {e.notebook} | `{e.name}` | `{e.file}` | {e.points} |" for e in entries]
        assert table.splitlines()[2:] == rows and int(points) == sum(e.points for e in entries)
    assert len(of_course) == 30 and "Thirty functions of the course" in readme
    assert len(EXERCISES) == 45 and "Fifteen functions beyond" in readme


# ---------------------------------------------------------------- faults of the project are named


OF_LAYERS = "cs231n/rnn_layers.py"
LAYERS = solved(OF_LAYERS).decode("utf-8")
BEGIN, END = (f"    {marker}\n" for marker in MARKERS)
STEP = "    next_h = np.tanh("
FIRST_END = LAYERS[: LAYERS.index(END)].count("\n") + 1  # number of its line, from 1


@pytest.mark.parametrize(
    "text, message",
    [
        (
            LAYERS.replace(BEGIN + STEP, STEP),
            f"line {FIRST_END - 1}: ### END SOLUTION where ### BEGIN SOLUTION should come first",
        ),
        (LAYERS.replace(END, "", 1), "BEGIN SOLUTION where ### END SOLUTION should come first"),
        (LAYERS[: LAYERS.rindex(END)] + LAYERS[LAYERS.rindex(END) + len(END) :], "BEGIN SOLUTION without ### END"),
        (LAYERS.replace(BEGIN, "", 1).replace(END, "", 1), "rnn_step_forward needs one ### BEGIN SOLUTION"),
        (
            LAYERS.replace(END, f"{END}{BEGIN}{END}", 1),
            f"rnn_layers.py, line {FIRST_END + 1}: a solution of no exercise that",
        ),
        (f"{LAYERS}\n\ndef other():\n{BEGIN}    return 1\n{END}", "a solution of no exercise that"),
        (LAYERS.replace("def rnn_forward", "def rnn_onward"), "lists rnn_forward, but"),
    ],
    ids=["no begin", "no end", "no last end", "no markers", "two pairs", "not in the table", "no function"],
)
def test_markers_that_do_not_fit_the_table_are_named(text, message):
    with pytest.raises(pieces.Fault, match=re.escape(message)) as raised:
        pieces.solution_pieces(OF_LAYERS, text)
    assert "\n" not in str(raised.value)


def test_markers_in_a_file_without_exercises_are_named():
    with pytest.raises(pieces.Fault, match="optim.py, line 2: a solution of no exercise"):
        pieces.solution_pieces("cs231n/optim.py", f"def sgd():\n{BEGIN}    return 1\n{END}")


def test_a_missing_guide_is_named(monkeypatch):
    monkeypatch.setattr(pieces, "EXERCISES", (EXERCISES[0]._replace(guide=""), *EXERCISES[1:]))
    with pytest.raises(pieces.Fault, match="rnn_step_forward has no guide"):
        edition.edition_files()


def test_an_exercise_in_no_file_is_named(monkeypatch):
    monkeypatch.setattr(edition, "EXERCISES", (*EXERCISES, EXERCISES[0]._replace(file="cs231n/gone.py")))
    with pytest.raises(pieces.Fault, match="rnn_step_forward in cs231n/gone.py, which does not exist"):
        edition.edition_files()


def test_a_question_without_an_answer_is_named():
    with pytest.raises(pieces.Fault, match="a question has no answer in italics"):
        notebooks.answer_pieces("x.ipynb", "Words.\n\n**Question.** Why?\n\nMore *words*.")


def test_words_that_are_no_longer_there_are_named():
    with pytest.raises(pieces.Fault, match="should hold the text that begins with 'old' once, not 2x"):
        pieces.student_text("old and old", [pieces.Piece("new", "old")], "x.py")


def test_a_failed_build_leaves_the_last_one(folder, monkeypatch):
    before = {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()}
    monkeypatch.setattr(command, "TARGET", folder)
    monkeypatch.setattr(pieces, "EXERCISES", EXERCISES[1:])
    with pytest.raises(SystemExit, match="a solution of no exercise"):
        command.main([])
    assert {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()} == before


# ---------------------------------------------------------------- the way there and back


def test_the_same_project_gives_the_same_files_and_zip(folder, files, monkeypatch, capsys):
    packed = folder.with_name("student.zip").read_bytes()
    assert {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == files
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        assert {name.removeprefix("student/"): file.read(name) for name in file.namelist()} == files
    (folder / "left over").write_text("of the last build")
    monkeypatch.chdir(folder.parent)
    monkeypatch.setattr(command, "TARGET", folder)
    command.main([])
    assert f"build/student: {len(files)} files" in capsys.readouterr().out
    assert folder.with_name("student.zip").read_bytes() == packed and not (folder / "left over").exists()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["student", "student.zip"]


def test_putting_the_solutions_back_gives_the_solved_edition(tmp_path, capsys):
    target = tmp_path / "student"
    edition.build(target)
    paths = [path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()]
    changed = [path for path in paths if (target / path).read_bytes() != solved(path)]
    assert {exercise.file for exercise in EXERCISES} | set(PATHS.values()) < set(changed)
    command.main(["--restore", str(target)])
    assert [path for path in (*paths, *edition.LEFT_OUT) if (target / path).read_bytes() != solved(path)] == []
    with pytest.raises(SystemExit, match="is not as it was handed out"):
        command.main(["--restore", str(target)])


def test_solutions_go_into_what_was_handed_out_only(tmp_path):
    target = tmp_path / "student"
    edition.build(target)
    layers, before = target / OF_LAYERS, (target / "cs231n/gan/networks.py").read_bytes()
    for path, content, message in (
        (
            layers,
            layers.read_bytes().replace(b"# Compute next_h", b"# I compute next_h"),
            "not as it was .*Compute next_h",
        ),
        (layers, b"\xff", "layers.py is damaged"),
        (target / "notebooks/GANs.ipynb", b'{"cells": [', "GANs.ipynb is damaged"),
        (target / "notebooks/GANs.ipynb", b"[]", "GANs.ipynb is damaged"),
        (target / "notebooks/GANs.ipynb", b"{}", "GANs.ipynb is damaged"),
    ):
        handed_out = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(pieces.Fault, match=message):
            restoring.restore(target)
        assert (target / "cs231n/gan/networks.py").read_bytes() == before
        path.write_bytes(handed_out)
    layers.unlink()
    with pytest.raises(pieces.Fault, match="rnn_layers.py is missing"):
        restoring.restore(target)


# ---------------------------------------------------------------- it runs by itself


def surroundings(folder):
    """The environment of a process that uses the package in `folder` and the data sets that are already present."""
    return os.environ | {"PYTHONPATH": str(folder), "CS231N_DATA": str(data_dir())}


def run(code, folder):
    environment = surroundings(folder) | {"MPLBACKEND": "Agg"}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)


def test_every_module_loads_and_the_given_parts_work(folder):
    result = run(GIVEN_PARTS, folder)
    assert result.returncode == 0, result.stderr


GIVEN_PARTS = """
from cs231n.notebook import setup
setup()
import importlib, pkgutil, sys
from pathlib import Path
import cs231n
for module in pkgutil.walk_packages(cs231n.__path__, "cs231n."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
# An installed package could stand in for a module that the edition does not have.
files = [Path(module.__file__) for name, module in sys.modules.items() if name.startswith("cs231n.")]
assert [file for file in files if not file.is_relative_to(Path.cwd())] == []
import matplotlib.pyplot as plt
import numpy as np
from cs231n import captioning_figures, gan, optim, paintings, style_transfer
from cs231n.attention_layers import causal_mask, join_heads, softmax, split_heads
from cs231n.classifiers.pretrained import load_pretrained
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.coco_utils import decode_captions, load_coco_data, load_picture, sample_coco_minibatch
from cs231n.data_utils import load_imagenet_val, load_mnist
from cs231n.classifiers import transformer
from cs231n.download import data_dir
from cs231n.gan import figures, quality
from cs231n.image_utils import preprocess_image
from cs231n.rnn_layers import sigmoid, temporal_softmax_loss
from cs231n.scenes import Scene, truth_report
from cs231n.transformer_layers import dropout_backward, dropout_forward, feed_forward_backward, feed_forward_forward

data = load_coco_data(data_dir() / "scenes")
captions, features, urls = sample_coco_minibatch(data, 4)
texts = decode_captions(captions, data["idx_to_word"], plain=True)
assert truth_report(texts, [Scene.from_address(url) for url in urls])["true"] == 1
captioning_figures.draw_unrolled(["<START>", "a", "<END>"], "lstm")
captioning_figures.show_captions([load_picture(url) for url in urls], texts)
digits = load_mnist((-1, 1))[1][0][:400]
figures.show_digits({"MNIST": digits[:8]})
figures.show_quality({"real": quality.Judge()(digits)})
model = load_pretrained()
photographs, y, names = load_imagenet_val(3)
assert (np.argmax(model(preprocess_image(photographs)), axis=1) == y).any()
assert style_transfer.presets(model) and paintings.load_photographs() and paintings.load_styles()
assert sigmoid(np.zeros(1)) == 0.5
assert temporal_softmax_loss(np.zeros((1, 1, 2)), np.zeros((1, 1), int), np.ones((1, 1)))[0] > 0
x = np.random.RandomState(231).randn(2, 3, 4)
assert (join_heads(split_heads(x, 2)) == x).all() and softmax(x).sum() > 5 and causal_mask(3).sum() == 6
dropped, factor = dropout_forward(x, 0.5, np.random.default_rng(231))
assert (dropout_backward(x, factor) == dropped).all()
out, cache = feed_forward_forward(x, np.eye(4, 5), np.ones(5), np.eye(5, 4), np.zeros(4))
assert feed_forward_backward(out, cache)[0].shape == x.shape
looks = CaptioningRNN(data["word_to_idx"], 64, 8, 8, "attn")
grids = load_coco_data(data_dir() / "scenes", grid=True)["val_features"][:1]
assert looks.cells(grids).shape == (1, 8, 4, 4)
captioning_figures.show_attention(load_picture(urls[0]), ["a"], np.full((1, 4, 4), 1 / 16))
assert len(plt.get_fignums()) == 4
"""


def test_the_checks_that_students_have_run_in_the_edition(folder):
    result = run("import runpy; runpy.run_module('selfcheck', run_name='__main__')", folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count(" is not written yet") >= len(EXERCISES) and "\n0 of " in result.stdout


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_stops_at_the_first_function_and_says_so(name, folder):
    first = next(exercise for exercise in EXERCISES if exercise.notebook == name)
    path = folder / PATHS[name]
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    with pytest.raises(CellExecutionError) as raised:
        client.execute(env=surroundings(folder))
    assert raised.value.ename == "NotImplementedError"
    assert raised.value.evalue.startswith(f"{first.name} in {first.file} is yours to write. ")
    ran = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.execution_count]
    assert first.name in ran[-1].source and len(ran) > 2
    assert [o for cell in ran[:-1] for o in cell.outputs if o.output_type == "error" or o.get("name") == "stderr"] == []


def test_checks_that_were_reworded_hold_for_a_right_solution(files):
    """The fast cells run on the solved package, up to the last cell with other words for students."""
    reworded = [name for name in NOTEBOOKS if name != "LSTM_Captioning"]
    programs = {name: quick_code(name, files) for name in reworded}
    result = run(f"for name, code in {programs!r}.items(): exec(compile(code, name, 'exec'), dict())", edition.ROOT)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("ok (") > 15


def test_a_transformer_that_computes_all_words_anew_writes_the_same_captions():
    """The student edition's way of writing, with the solved layers."""
    path = "cs231n/classifiers/transformer.py"
    text = solved(path).decode("utf-8")
    for old, new in REWORDED[path]:
        text = text.replace(old, new)
    of_edition = {}
    exec(compile(text, path, "exec"), of_edition)
    words = {"<NULL>": 0, "<START>": 1, "<END>": 2, "red": 3, "boat": 4, "a": 5}
    kept, anew = (
        of["CaptioningTransformer"](words, 3, 8, 2, 2, 9, dtype=np.float64, seed=0)
        for of in (vars(transformer), of_edition)
    )
    rng = np.random.RandomState(231)
    params = {name: p + rng.randn(*p.shape) for name, p in kept.params.items()}  # so that captions differ
    kept.params, anew.params, grids = params, params, rng.randn(103, 16, 3)
    for write in ("sample", "beam_search"):
        captions = getattr(kept, write)(grids, max_length=9)
        assert len(np.unique(captions, axis=0)) > 5
        np.testing.assert_array_equal(getattr(anew, write)(grids, max_length=9), captions)
    with pytest.raises(ValueError, match="longer than the 9 positions"):
        anew.sample(grids, max_length=10)


def quick_code(name, files):
    path = PATHS[name]
    of_students, of_project = (
        nbformat.reads(text.decode(), as_version=4).cells for text in (files[path], solved(path))
    )
    pairs = list(zip(of_students, of_project, strict=True))
    last = max(k for k, (one, other) in enumerate(pairs) if other.cell_type == "code" and one.source != other.source)
    sources = [
        one.source
        for one, other in pairs[: last + 1]
        if one.cell_type == "code" and "slow" not in other.metadata.get("tags", []) and "Judge()" not in one.source
    ]
    return "\n".join(line for source in sources for line in source.splitlines() if not line.startswith("%"))
