"""The pages for instructors agree with notebooks, files and functions; the quick solutions run."""

import ast
import builtins
import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classroom.site.staging import teachers_pages
from classroom.student.edition import edition_files
from cs231n.data_sets import data_dir
from cs231n.scenes import draw_scene, sample_scenes, scene_captions
from cs231n.scenes.features import GRID_REDUCTION_FILE, Reduction, save_reduction
from tools.notebook_files import notebook_paths, read_notebook

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "docs/teaching.md", ROOT / "docs/changing.md", *sorted((ROOT / "docs/solutions").glob("*.md"))]
NAMES = ("RNN_Captioning", "LSTM_Captioning", "NetworkVisualization", "StyleTransfer", "GANs")
BEYOND = ("Attention_Captioning", "Transformer_Captioning")  # their exercises stand in the notebooks, not on the page
NEEDS = {
    "RNN_Captioning": "scenes",
    "LSTM_Captioning": None,
    "NetworkVisualization": "efficientnet_lite0",
    "StyleTransfer": "efficientnet_lite0",
    "GANs": "mnist",
    "Attention_Captioning": "scenes",
    "Transformer_Captioning": None,
}
BLOCK = re.compile(r"^```python( slow)? after (\d+)\n(.*?)^```$", re.M | re.S)
MODULES = (
    "rnn_layers",
    "attention_layers",
    "layers",
    "optim",
    "coco_utils",
    "captioning_solver",
    "network_visualization",
    "style_transfer",
)
MODULES += ("gan", "gan.quality", "image_utils", "data_utils", "paintings", "notebook", "classifiers.pretrained")
MODULES += ("attention_maps", "transformer_layers", "packed_captioning", "packed_transformer")


def cells(name):
    """(number or None, source, headings above it) of each cell of a notebook."""
    headings, entries = [], []
    for cell in read_notebook(notebook_paths([name])[0])["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for marks, title in re.findall(r"^(#+) (.*)$", source, re.M):
                headings = [*headings[: len(marks) - 1], title.replace("*", "")]
        entries.append((cell.get("execution_count"), source, headings))
    return entries


def part(name):
    """The part of teaching.md about a notebook."""
    text = (ROOT / "docs/teaching.md").read_text("utf-8")
    return re.split(rf"\n## (?:Beyond the course: )?{name}\n", text)[1].split("\n## ")[0]


def rows(text):
    return [[column.strip() for column in line.strip("| ").split("|")] for line in text.splitlines() if line[:1] == "|"]


def plans(name):
    """Title and rows (minutes, section, cells) of each lesson plan."""
    for title, body in re.findall(
        r"^### ((?:(?:First |Second )?[Ll]ecture|Lab) of \d+ minutes)\n(.*?)(?=^###|\Z)", part(name), re.M | re.S
    ):
        table = [row for row in rows(body) if row[0].isdigit()]
        yield title, [(int(row[0]), row[1].replace("*", ""), [int(n) for n in row[2].split(",")]) for row in table]


def solutions(name):
    """(whether slow, cell it comes after, code) of each block."""
    text = (ROOT / f"docs/solutions/{name}.md").read_text("utf-8")
    assert len(BLOCK.findall(text)) == text.count("```python"), "a block does not say after which cell it comes"
    return [(bool(slow), int(after), code) for slow, after, code in BLOCK.findall(text)]


@pytest.mark.parametrize("name", NAMES)
def test_lesson_plans_add_up_and_name_cells_where_they_are(name):
    under = {number: headings for number, _, headings in cells(name) if number}
    titles = []
    for title, lines in plans(name):
        titles.append(title)
        minutes = sum(minutes for minutes, *_ in lines)
        assert minutes == int(re.search(r"\d+", title)[0])
        for _, section, numbers in lines:
            for number in numbers:
                assert section in under[number], f"{title}: cell {number} is under {under[number]}, not {section}"
    lectures = (
        ["First lecture of 43 minutes", "Second lecture of 43 minutes"] if name == "GANs" else ["Lecture of 43 minutes"]
    )
    assert titles == [*lectures, "Lab of 90 minutes"]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_that_is_named_exists_and_three_levels_have_exercises(name):
    check_cells_that_are_named(name)
    levels = [row[0] for row in rows(part(name).split("### Exercises")[1])]
    assert {"warm up", "core", "stretch"} <= set(levels)
    heads = re.findall(r"^## ([\w ]+):", (ROOT / f"docs/solutions/{name}.md").read_text("utf-8"), re.M)
    assert [head.lower() for head in heads] == [level for level in levels if level in ("warm up", "core", "stretch")]


def check_cells_that_are_named(name):
    numbers = [
        int(n)
        for numbers in re.findall(r"[Cc]ells? ((?:\d+(?:, | and | to )?)+)", part(name))
        for n in re.findall(r"\d+", numbers)
    ]
    assert numbers and max(numbers) <= max(number for number, *_ in cells(name) if number)


@pytest.mark.parametrize("name", BEYOND)
def test_beyond_the_course_every_cell_that_is_named_exists_and_every_exercise_has_its_solution(name):
    check_cells_that_are_named(name)
    [text] = [source.split("## Exercises\n")[1] for _, source, _ in cells(name) if "## Exercises\n" in source]
    exercises = re.findall(r"^(\d)\. (?:\*(\(.*?\))\*)?", text, re.M)
    heads = re.findall(
        r"^## Exercise (\d)(?: (\(.*?\)))?: ", (ROOT / f"docs/solutions/{name}.md").read_text("utf-8"), re.M
    )
    assert heads == exercises and len(heads) == text.count("*Hand in:")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_files_and_functions_that_are_named_exist(page):
    words = set(dir(builtins)) | {*NAMES, *BEYOND}
    for module in MODULES:
        module = importlib.import_module(f"cs231n.{module}")
        for name, thing in vars(module).items():
            words |= {name} | (set(inspect.signature(thing).parameters) if inspect.isfunction(thing) else set())
            if inspect.isclass(thing) and thing.__module__.startswith("cs231n"):
                words |= set(vars(thing)) | set(inspect.signature(thing).parameters)
    for name in (*NAMES, *BEYOND):
        words |= {word for _, source, _ in cells(name) for word in re.findall(r"[A-Za-z_]\w*", source)}
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    for span in re.findall(r"`([^`\n]+)`", prose):
        if re.fullmatch(r"[\w./-]+\.(py|md|ipynb|toml|txt|sh)", span):
            assert any((folder / span).exists() for folder in (ROOT, ROOT / "docs", ROOT / "notebooks")), span
        elif re.fullmatch(r"[a-z]+(_[a-z]+)+", span):
            assert span in words or (ROOT / span).exists() or span in os.listdir(ROOT / "docs"), span


@pytest.mark.parametrize("name", (*NAMES, *BEYOND))
def test_solutions_use_only_names_that_are_there(name):
    source = {number: code for number, code, _ in cells(name) if number}
    assigned = set(dir(builtins))
    last_cell = 0
    for _, after, code in sorted(solutions(name), key=lambda block: block[1]):
        for number in range(last_cell + 1, after + 1):
            assigned |= _assigned(ast.parse(source[number]))
        last_cell = max(last_cell, after)
        tree = ast.parse(code)
        assigned |= _assigned(tree)
        read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert not read - assigned


def _assigned(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.split(".")[0])
    return names


# What a quick solution does many times, and how often is enough to run all its lines: (text of its block, replacement).
LESS = {
    "NetworkVisualization": ("in targets.items()", "in list(targets.items())[:2]"),
    "StyleTransfer": ("in styles.items()", "in list(styles.items())[:1]"),
    "GANs": ("(2, 2000, 96)", "(2, 200, 96)"),
}
PAGE = "changing.md"
# Runs programs one after another, so that they load TensorFlow once: name -> (folder, environment variables, code).
RUN_ALL = """
import json, linecache, os, pathlib, sys, traceback
import matplotlib.pyplot as plt
path, errors = pathlib.Path(sys.argv[1]), {}
for name, (folder, variables, code) in json.loads(path.read_text("utf-8")).items():
    linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
    os.chdir(folder)
    os.environ.update(variables)
    errors[name] = ""
    try:
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
    except BaseException:
        errors[name] = traceback.format_exc()
    plt.close("all")
path.write_text(json.dumps(errors), "utf-8")
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """dict name -> "" or a traceback: of the quick solutions of each notebook after its cells, and of `PAGE`."""
    folder = tmp_path_factory.mktemp("programs")
    programs = {name: (str(folder), {}, quick_solutions(name)) for name in NEEDS if not absent(NEEDS[name])}
    if not absent("efficientnet_lite0"):
        data = write_other_data(folder)
        programs[PAGE] = str(folder), {"CS231N_DATA": str(data)}, program_of_the_page()
    path = folder / "programs.json"
    path.write_text(json.dumps(programs), encoding="utf-8")
    settings = {"MPLBACKEND": "Agg", "TQDM_DISABLE": "1", "CS231N_EMBEDDED_ONLY": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN_ALL, str(path)]
    run = subprocess.run(command, cwd=folder, env=os.environ | settings, capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(path.read_text("utf-8"))


def absent(data_set):
    """Whether a data set (None: no data set) is missing."""
    return data_set is not None and not any((data_dir() / data_set).glob("*"))


def quick_solutions(name):
    """A program of a notebook's quick solutions, with the cells above them."""
    quick = [(after, code) for slow, after, code in solutions(name) if not slow]
    source = {number: code for number, code, _ in cells(name) if number}
    before = [source[number] for number in range(1, max(after for after, _ in quick) + 1)]
    blocks = "\n".join(code for _, code in quick)
    if name in LESS:
        assert blocks.count(LESS[name][0]) == 1, name
        blocks = blocks.replace(*LESS[name])
    return "\n".join([*before, blocks])


def write_other_data(folder):
    """Write pictures with captions and a file of digits to a folder; returns a folder of data sets, with network."""
    shutil.copytree(data_dir() / "efficientnet_lite0", folder / "data/efficientnet_lite0")
    scenes = sample_scenes("train", 4)
    (folder / "data/scenes").mkdir()
    for name, num_outputs, size in (("reduction.npz", 16 * 176, 512), (GRID_REDUCTION_FILE, 176, 64)):
        projection = np.random.RandomState(231).randn(num_outputs, size).astype(np.float32) / 50
        outputs = np.zeros(num_outputs, np.float32)
        save_reduction(Reduction(outputs, outputs + 1, projection), folder / "data/scenes", name)
    for k, scene in enumerate(scenes):
        Image.fromarray(draw_scene(scene.address)).resize((320, 240)).save(folder / f"{k}.png")
    captions = {f"{k}.png": scene_captions(scene, 2) for k, scene in enumerate(scenes)}
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")
    digits = np.random.RandomState(231).randint(256, size=(200, 28, 28)).astype(np.uint8)
    header = bytes([0, 0, 8, 3]) + b"".join(length.to_bytes(4, "big") for length in digits.shape)
    (folder / "train-images-idx3-ubyte").write_bytes(header + digits.tobytes())
    return folder / "data"


def program_of_the_page():
    page = (ROOT / "docs" / PAGE).read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    check = "assert np.allclose(images.reshape(-1, 28, 28) * 127.5 + 127.5, digits, atol=1e-3)\n"
    check = (
        "digits = np.frombuffer(Path('train-images-idx3-ubyte').read_bytes()[16:], np.uint8).reshape(-1, 28, 28)\n"
        + check
    )
    check += "assert solver.loss_history[-1] < 0.7 * solver.loss_history[0] and frames[-1].shape == (96, 128, 3)\n"
    return "\n".join([*blocks, check])


@pytest.mark.parametrize("name", NEEDS)
def test_quick_solutions_run(name, errors):
    if absent(NEEDS[name]):
        pytest.skip(f"needs the data set {NEEDS[name]}: make data")
    assert errors[name] == ""


def test_other_data_are_used_as_the_page_says(errors):
    if absent("efficientnet_lite0"):
        pytest.skip("needs the data set efficientnet_lite0: make data")
    assert errors[PAGE] == ""


def test_solutions_reach_neither_students_nor_the_site():
    lines = {line.strip() for page in PAGES[2:] for line in page.read_text("utf-8").splitlines()}
    telling = [line.encode() for line in lines if len(line) > 40 and not line.startswith(("from ", "import "))]
    shared = b"".join(path.read_bytes() for path in notebook_paths())
    telling = [line for line in telling if line not in shared]
    assert len(telling) > 200
    files = {path: content for path, content in edition_files(ROOT).items() if not path.endswith(".npz")}
    assert not [path for path in files if "solutions" in path]
    assert not [(path, line) for path, content in files.items() for line in telling if line in content]
    assert not [page for page in teachers_pages() if "solutions" in page.relative_to(ROOT).parts]
