"""The plugin on tiny notebooks: what it lets pass, what it catches, and what it says."""

import base64
import io
import json

import matplotlib
import numpy as np
import pytest
from making import code_cell, stream, write
from matplotlib.figure import Figure
from nbformat.v4 import new_output
from PIL import Image

from notebook_regression import figures, items, page, pictures, rules, stored, table, text

pytest_plugins = ["pytester"]


def draw(hinting="default", label="iterations", size=(6.0, 3.0), quality=80):
    """A figure as notebooks have it, a photograph beside a curve: (H, W, 3) uint8."""
    rng = np.random.RandomState(231)
    photograph = np.kron(rng.randint(0, 256, (6, 8, 3)), np.ones((20, 20, 1), int)).astype(np.uint8)
    with matplotlib.rc_context(matplotlib.rcParamsDefault | {"text.hinting": hinting, "figure.dpi": 80}):
        figure = Figure(figsize=size)
        left, right = figure.subplots(1, 2)
        left.imshow(photograph)
        left.set_title("two red boats at sea")
        left.axis("off")
        right.plot(np.cumsum(rng.randn(50)))
        right.set_xlabel(label)
        figure.tight_layout()
        file = io.BytesIO()
        figure.savefig(file, format="jpeg", pil_kwargs={"quality": quality})
    return np.asarray(Image.open(file))


def encoded(picture, form="jpeg"):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, form)
    return base64.b64encode(file.getvalue()).decode()


PICTURE = draw()
PHOTOGRAPH = (slice(60, 180), slice(30, 190))  # a part of PICTURE within the photograph


def changed_part(change):
    picture = PICTURE.astype(float).copy()
    picture[PHOTOGRAPH] = change(picture[PHOTOGRAPH])
    return picture.clip(0, 255).astype(np.uint8)


def swapped_halves():
    left, right = np.array_split(PICTURE, 2, axis=1)
    return np.concatenate([right, left], axis=1)


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(PICTURE, id="the same"),
        pytest.param(draw(hinting="none"), id="glyphs of other hinting"),
        pytest.param(draw(hinting="native"), id="glyphs moved"),
        pytest.param(draw(quality=90), id="another JPEG quality"),
        pytest.param(PICTURE[1:, 2:], id="cut by two pixels"),
        pytest.param(np.roll(PICTURE, 1, axis=1), id="moved by a pixel"),
    ],
)
def test_what_no_reader_would_notice_passes(new):
    sentences, _ = figures.differences(PICTURE, new)
    assert sentences == []


@pytest.mark.parametrize(
    "new, sentence",
    [
        pytest.param(PICTURE[:, ::-1], "shapes differ", id="mirrored"),
        pytest.param(swapped_halves(), "shapes differ", id="swapped"),
        pytest.param(PICTURE[..., ::-1], "colour of a part", id="BGR"),
        pytest.param(changed_part(lambda part: part[:, ::-1]), "a detail differs", id="a part mirrored"),
        pytest.param(changed_part(lambda part: part + [12, 0, 0]), "colour of a part", id="a part redder"),
        pytest.param(changed_part(lambda part: 0 * part + 128), "a detail differs", id="a part blank"),
        pytest.param(np.full_like(PICTURE, 255), "it is blank", id="blank"),
        pytest.param(draw(label=""), "a detail", id="a label lost"),
        pytest.param(draw(size=(7.0, 3.0)), "it was 480 x 240 pixels, now it is 560 x 240 pixels", id="another size"),
    ],
)
def test_what_a_reader_would_notice_fails(new, sentence):
    sentences, _ = figures.differences(PICTURE, np.ascontiguousarray(new))
    assert sentence in "; ".join(sentences)


def test_a_picture_on_the_way_to_the_limit_has_moved():
    assert figures.differences(PICTURE, PICTURE) == ([], None)
    assert figures.differences(PICTURE, changed_part(lambda part: part + [4, 0, 0])) == ([], "it is a little different")
    assert figures.differences(PICTURE, draw(quality=90)) == ([], figures.REDRAWN)


def test_transparency_is_white_and_rubbish_is_no_picture():
    transparent = encoded(np.zeros((4, 5, 4), np.uint8), "png")
    assert (pictures.decode(transparent) == 255).all()
    with pytest.raises(pictures.PictureError):
        pictures.decode(base64.b64encode(b"no picture").decode())


@pytest.mark.parametrize("at, instead", [(8, bytes(4)), (12, b"ABCD"), (37, b"?"), (60, None)])
def test_a_damaged_picture_is_one_sentence(at, instead):
    """Pillow ends with errors of several kinds where a chunk's length, name or content is wrong."""
    file = base64.b64decode(encoded(PICTURE, "png"))
    file = file[:at] + (instead + file[at + len(instead) :] if instead else b"")
    with pytest.raises(pictures.PictureError, match="cannot be decoded"):
        pictures.decode(base64.b64encode(file).decode())


@pytest.mark.parametrize(
    "one, other, difference",
    [
        ("loss 1.25", "loss 1.25", None),
        ("loss 1.25", "loss 1.2501", ("loss 1.25", "loss 1.2501")),
        ("a  b", "a b", ("a  b", "a b")),
        ("a", "a\nb", ("(nothing)", "b")),
    ],
)
def test_text_without_a_tolerance_is_compared_to_the_letter(one, other, difference):
    assert text.text_difference(one, other) == difference


def number(*values, claim="loss", **options):
    return {"claim": claim, "value": list(values), "below": 2.0} | options


@pytest.mark.parametrize(
    "old, new, changed, moved",
    [
        (number(1.0), number(1.0005), 0, 0),
        (number(1.0), number(1.1), 0, 1),
        (number(1.0), number(1.1, moved=0.5), 0, 0),
        (number(1.0), number(2.5), 1, 0),
        (number(1.0), number(2.5, below=3.0), 1, 0),
        (number(1.0, 1.0), number(1.0), 1, 0),
        (number(1.0, above=0.5), number(0.4, above=0.5), 1, 0),
        (number(1e-9, below=1e-7), number(5e-9, below=1e-7, moved=10.0), 0, 0),
        (number(0.0), number(1e-9), 0, 0),
        (number("inf", below=None, above=1.0), number("inf", below=None, above=1.0), 0, 0),
    ],
)
def test_numbers_outside_their_bounds_fail_and_inside_are_listed(old, new, changed, moved):
    found = text.number_differences([old], [new])
    assert [len(sentences) for sentences in found] == [changed, moved, 0]


def test_a_number_that_came_is_told_and_one_that_went_fails():
    assert text.number_differences([], [number(1.0)]) == ([], [], ["loss"])
    changed, _, _ = text.number_differences([number(1.0)], [])
    assert changed == ["loss: a value was stored, now there is none"]


def figure(picture, form="jpeg"):
    return new_output("display_data", {f"image/{form}": encoded(picture, form), "text/plain": "<Figure>"})


def verdict(words, **measured):
    return new_output("display_data", {"text/plain": words}, metadata={"measured": measured})


def problems(path, *lines):
    """What the strict rules say of a file."""
    notebook = stored.read(path)
    marks = [items.marks_of(cell, True) for cell in stored.code_cells(notebook)]
    held = rules.rules_of_lines(["all: on", "size: 10_000", *lines])
    return rules.problems(path, notebook, held, marks)


@pytest.mark.parametrize(
    "cells, sentence",
    [
        ([code_cell("1", count=None)], "none of its 1 code cells has an output"),
        ([code_cell("1", stream("a")), code_cell("2", count=None)], "code cell 2 was never run"),
        ([code_cell("1", stream("a"), count=3)], "cell 3 stands where cell 1 should"),
        ([code_cell("", stream("a\n", "stderr"))], "cell 1: stored on stderr: a"),
        ([code_cell("", new_output("error", ename="E", evalue="no", traceback=[]))], "an error is stored: E: no"),
        ([code_cell("", stream("see /home/me/a"))], "an absolute path in its output"),
        ([code_cell("", stream("<f at 0x7f0012345678>"))], "an address in memory"),
        ([code_cell("", stream("FutureWarning: old"))], "a warning in its output"),
        ([code_cell("", stream("a"), tags=["figure-varies"])], "needs a reason"),
        ([code_cell("", stream("a"), tags=["text-tolerance: few"])], "needs a positive number"),
        ([code_cell("", stream("a"), tags=["text-tolerance: -1"])], "as in `text-tolerance: 1e-3`, not '-1'"),
        ([code_cell("", stream("a"), tags=["figure-tolerance: nan"])], "as in `figure-tolerance: 3`, not 'nan'"),
        ([code_cell("", stream("a"), tags=["figure-tolerance: inf"])], "needs a positive number"),
        ([code_cell("", stream("a"), tags=["figure-tolerance: "])], "as in `figure-tolerance: 3`, not ''"),
        (
            [code_cell("", new_output("display_data", {"image/png": "aGVsbG8="}))],
            "a stored picture (image/png) is broken",
        ),
        ([code_cell("", stream("a" * 20_000))], "the file has 20,"),
    ],
)
def test_what_a_file_should_not_hold_is_said(tmp_path, cells, sentence):
    path = write(tmp_path, *cells)
    assert sentence in "\n".join(problems(path))


def test_leftover_metadata_is_named(tmp_path):
    cell = code_cell("", stream("a"))
    cell.metadata = {"collapsed": True, "slideshow": {"slide_type": "slide"}, "tags": ["slow"]}
    path = write(tmp_path, cell, colab={"name": "x"})
    assert problems(path) == ["leftover metadata 'colab'", "leftover metadata 'collapsed' of cell 1 from the top"]


def with_data(kind, data):
    output = {"output_type": "display_data", "data": {kind: data}, "metadata": {}}
    cell = {"cell_type": "code", "source": "", "outputs": [output]}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})


@pytest.mark.parametrize(
    "content, sentence",
    [
        ("<html>", "not JSON"),
        ("[]", "does not tell its format"),
        ('{"nbformat": "4", "nbformat_minor": 5}', "not two whole numbers"),
        ('{"nbformat": 5, "nbformat_minor": 0}', "format 5.0 is from the future"),
        ('{"nbformat": 3, "nbformat_minor": 0}', "format 3.0 is too old"),
        ('{"nbformat": 4, "nbformat_minor": 5, "cells": 3, "metadata": {}}', "no valid notebook"),
        (with_data("image/png", 5), "cell 1 from the top has an output that is none"),
        (with_data("text/html", ["a", 3]), "cell 1 from the top has an output that is none"),
    ],
)
def test_a_file_that_cannot_be_compared_gets_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "lesson.ipynb"
    path.write_text(content)
    with pytest.raises(stored.Broken, match=sentence):
        stored.read(path)


@pytest.mark.parametrize("spec", ["python3", 3, {"name": 5, "language": ["R"]}])
def test_a_kernel_that_is_no_text_is_passed_over(tmp_path, spec):
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {"kernelspec": spec}, "cells": []}))
    assert stored.kernel_spec(stored.read(path)) == {}


WRONGLY_MEASURED = [
    {"value": [1.0]},
    {"claim": "loss"},
    {"claim": "loss", "value": 1.0},
    {"claim": "loss", "value": ["few"]},
    {"claim": "loss", "value": [1.0], "below": "few"},
    {"claim": "loss", "value": [1.0], "below": "2"},
    {"claim": "loss", "value": [1.0], "moved": None},
    {"claim": "loss", "value": [1.0], "shown": "1.1"},
    {"claim": "loss", "value": [1.0], "shown": "1.0, 1.0"},
    {"claim": "loss", "value": [1.0], "shown": 1.0},
    [1.0],
]


@pytest.mark.parametrize("measured", WRONGLY_MEASURED)
def test_a_wrongly_measured_number_is_one_sentence(tmp_path, measured):
    path = write(tmp_path, code_cell("", new_output("display_data", {"text/plain": "loss: ok"})))
    content = json.loads(path.read_text())
    content["cells"][0]["outputs"][0]["metadata"] = {"measured": measured}
    path.write_text(json.dumps(content))
    with pytest.raises(stored.Broken, match="cell 1: 'measured' in its metadata should be a dict of claim"):
        stored.read(path)


def test_the_table_adds_up():
    rows = {"one": table.Row(), "two": table.Row()}
    rows["one"].add({"of": 2, "cells": 0, "seconds": 0.2})
    rows["one"].add({"cells": 1, "texts": 3, "seconds": 1.0, "moved": ["one, cell 1: loss"], "changed": 1})
    rows["two"].add({"of": 1, "cells": 1, "figures": 2, "seconds": 1.0, "without": 4})
    lines = [line.split() for line in table.lines(rows)]
    assert lines[1] == ["one", "1/2", "3", "0", "0", "1", "1", "1"]
    assert lines[3] == ["all", "2/3", "3", "0", "2", "2", "1", "1"]
    assert " ".join(lines[5]) == "one, cell 1: loss" and lines[6][0] == "4"


ENTRY = {"title": "lesson, cell 1", "sentences": "it is blank", "diff": [], "pictures": [("figure", "a.png")]}


def test_two_runs_that_end_together_both_keep_their_page(tmp_path):
    target = tmp_path / "build" / "diffs"
    folders = [page.start(target) for _ in range(2)]
    for folder in folders:
        page.add(folder, "a.png", PICTURE, PICTURE)
        assert page.finish(folder, target, [ENTRY]).exists()
    assert sorted(path.name for path in target.iterdir()) == ["a.png", "index.html"]
    assert page.finish(page.start(target), target, []) is None and list(target.parent.iterdir()) == []


def test_only_the_folder_of_an_earlier_run_is_replaced(tmp_path, regress, pytester):
    target = tmp_path / "diffs"
    assert page.may_replace(target)
    page.finish(page.start(target), target, [ENTRY])
    assert page.may_replace(target)
    write(pytester.path / "notebooks", code_cell("1", stream("a")))
    (pytester.path / "mine").mkdir()
    (pytester.path / "mine/index.html").write_text("my notes")
    outcome = pytester.runpytest_subprocess("--regression", "--regression-stored", "--regression-diffs=mine")
    outcome.stderr.fnmatch_lines(["*mine holds something else; name a new folder"])
    assert (pytester.path / "mine/index.html").read_text() == "my notes"


def regression(run_pytest):
    """A function of options that runs the plugin by a method of `pytester`, and gives what pytest says."""

    def run(*options):
        outcome = run_pytest("--regression", "--nbval-current-env", "--color=no", *options)
        return outcome.ret, outcome.stdout.str()

    return run


@pytest.fixture
def regress(pytester):
    """The plugin in a process of its own."""
    return regression(pytester.runpytest_subprocess)


@pytest.fixture
def regress_here(pytester):
    """The plugin in this process, where the libraries are loaded already."""
    return regression(pytester.runpytest_inprocess)


def test_copies_are_compared_output_by_output(regress_here, pytester):
    """All that differs is named at once, without running anything."""
    measured = dict(claim="loss", above=None, below=2.0)
    outputs = [stream("3 words\n"), figure(PICTURE), verdict("loss: ok (below 2)", value=[1.0], **measured)]
    other = [stream("4 words\n"), figure(PICTURE[:, ::-1]), verdict("loss: ok (below 2)", value=[1.5], **measured)]
    write(pytester.path / "notebooks", code_cell("a", *outputs), code_cell("b", stream("same"), count=2))
    write(pytester.path / "copies", code_cell("a", *other), code_cell("b", stream("same"), count=2))
    code, said = regress_here("--regression-against=copies", "notebooks")
    assert code == 1
    assert "lesson.ipynb, cell 1: stdout differs\n    expected: 3 words\n    got:      4 words" in said
    assert "lesson.ipynb, cell 1: figure: shapes differ" in said
    assert "lesson.ipynb, cell 1: loss: 1, now 1.5" in said
    row = next(line for line in said.splitlines() if line.startswith("notebooks/lesson "))
    assert row.split()[1:5] == ["2/2", "3", "1", "1"] and row.split()[6:] == ["2", "1"]
    assert (pytester.path / "build/notebook-diffs/index.html").read_text().count("<img") == 1


def test_nbvals_tags_hold_for_copies(regress_here, pytester):
    tags = ("nbval-skip", "nbval-ignore-output", "any")
    for folder, words in (("notebooks", "1\n"), ("copies", "2\n")):
        cells = [code_cell("a", stream(words), count=k, tags=[tag]) for k, tag in enumerate(tags, 1)]
        write(pytester.path / folder, *cells)
    code, said = regress_here("--regression-against=copies", "notebooks")
    assert code == 1 and "cell 3: stdout differs" in said
    assert "cell 1:" not in said and "cell 2:" not in said and "1 skipped" in said


def test_notebooks_of_one_name_are_told_apart(regress_here, pytester):
    for folder in ("one", "two"):
        write(pytester.path / folder, code_cell("1", stream("a"), count=None))
    _, said = regress_here("--regression-stored", "-o", "regression_rules=stored: on", "one", "two")
    for folder in ("one", "two"):
        assert f"{folder}/lesson.ipynb: code cell 1 was never run" in said
        assert f"\n{folder}/lesson " in said


def test_a_verdict_is_text_where_none_was_stored(regress_here, pytester):
    """What was printed before the values were kept counts as the same text, in the order a reader sees."""
    lines = [stream("first\n"), verdict("loss: ok", claim="loss", value=[1.0], below=2.0), stream("last\n")]
    write(pytester.path / "notebooks", code_cell("a", stream("first\nloss: ok\nlast\n")))
    write(pytester.path / "copies", code_cell("a", *lines))
    code, said = regress_here("--regression-against=copies", "notebooks")
    assert code == 0 and "1 numbers have no stored value" in said


def test_tags_declare_what_may_vary(regress_here, pytester):
    tinted = PICTURE.copy()
    tinted[:64, :64] = tinted[:64, :64] * [1, 0.97, 1]
    cases = [
        (figure(PICTURE), figure(PICTURE[::-1]), "figure-varies: chaos", None),
        (figure(PICTURE), figure(PICTURE[:, 16:]), "figure-varies: chaos", None),
        (figure(PICTURE), figure(PICTURE[:, 16:]), "any", "now it is 464 x 240 pixels"),
        (figure(PICTURE), figure(0 * PICTURE), "figure-varies: chaos", "figure: it is blank"),
        (figure(PICTURE), figure(PICTURE[:, 40:]), "figure-varies: chaos", "now it is 440 x 240 pixels"),
        (figure(PICTURE), figure(tinted), "any", "figure: colour of a part differs"),
        (figure(PICTURE), figure(tinted), "figure-tolerance: 8", None),
        (figure(PICTURE), figure(PICTURE[::-1]), "figure-tolerance: 8", "figure: "),
        (figure(PICTURE), figure(PICTURE, "png"), "any", "figure is stored as image/jpeg, now it is image/png"),
        (stream("1.00 s"), stream("1.01 s"), "text-tolerance: 0.1", None),
        (stream("1.00 s"), stream("1.01 m"), "text-tolerance: 0.1", "stdout differs\n    expected: 1.00 s"),
    ]
    for folder, which in (("notebooks", 0), ("copies", 1)):
        cells = [code_cell("a", case[which], count=k + 1, tags=[case[2]]) for k, case in enumerate(cases)]
        write(pytester.path / folder, *cells)
    _, said = regress_here("--regression-against=copies", "notebooks")
    for k, (_, _, _, sentence) in enumerate(cases):
        assert (f"lesson.ipynb, cell {k + 1}:" in said) == (sentence is not None)
        assert (sentence or "") in said


def test_cells_are_run_and_compared_in_one_kernel(regress, pytester):
    measured = {"claim": "loss", "value": [1.0], "below": 2.0}
    data = {"image/jpeg": encoded(PICTURE), "text/plain": "<Figure>"}
    cells = [
        code_cell("from IPython.display import display\nprint('words')", stream("words\n")),
        code_cell(f"display({data}, raw=True)", figure(PICTURE)),
        code_cell(
            f"display({{'text/plain': 'loss: ok'}}, raw=True, metadata={{'measured': {measured}}})",
            verdict("loss: ok", **measured),
        ),
        code_cell("import sys; print('odd', file=sys.stderr)"),
        code_cell("1 / 0"),
        code_cell("print('on')", stream("off\n")),
        code_cell("display({'text/plain': 'a'}, raw=True, metadata={'measured': 3})", stream("a\n")),
        code_cell("open('ran', 'w')", tags=["slow"]),
    ]
    for count, cell in enumerate(cells, 1):
        cell.execution_count = count
    path = write(pytester.path / "notebooks", *cells)
    before = path.read_bytes()
    code, said = regress("--regression-quick", "notebooks")
    assert code == 1 and path.read_bytes() == before and not (path.parent / "ran").exists()
    assert "lesson.ipynb, cell 4: unexpected on stderr: odd" in said
    assert "lesson.ipynb, cell 5: ZeroDivisionError: division by zero" in said
    assert "lesson.ipynb, cell 6: stdout differs\n    expected: off\n    got:      on" in said
    assert "lesson.ipynb, cell 7: 'measured' in its metadata should be a dict of claim" in said
    row = next(line for line in said.splitlines() if line.startswith("notebooks/lesson "))
    assert row.split()[1:5] == ["6/8", "5", "1", "1"] and row.split()[6:] == ["4", "0"]


def test_allowed_lines_on_stderr_pass(regress_here, pytester):
    pytester.makeini("[pytest]\nregression_allowed_stderr = od+\n")
    source = "import sys; print('odd one', file=sys.stderr); print('a')"
    write(pytester.path / "notebooks", code_cell(source, stream("a\n")))
    code, said = regress_here("notebooks")
    assert code == 0, said


@pytest.mark.parametrize(
    "source, options, sentence",
    [
        ("import time; time.sleep(60)", ["--nbval-cell-timeout=1"], "it did not end within 1 seconds"),
        ("import os; os._exit(1)", [], "the kernel died"),
        ("a = bytearray(400_000_000)\nfor k in range(0, len(a), 4096): a[k] = 1\nimport time; time.sleep(60)",
         ["--regression-memory=0.3"], "more than the 0.3 GiB allowed"),
    ],
    ids=["hangs", "dies", "eats memory"],
)  # fmt: skip
def test_a_cell_that_stops_the_kernel_is_named_and_the_rest_skipped(regress_here, pytester, source, options, sentence):
    write(pytester.path / "notebooks", code_cell(source, stream("a")), code_cell("1", count=2), code_cell("2", count=3))
    code, said = regress_here(*options, "notebooks")
    assert code == 1 and sentence in said and "lesson.ipynb, cell 1: " in said
    assert "1 failed, 1 passed, 2 skipped" in said


def test_a_missing_kernel_is_one_sentence(pytester):
    path = write(pytester.path / "notebooks", code_cell("1", stream("a")))
    content = json.loads(path.read_text())
    content["metadata"]["kernelspec"]["name"] = "fortran"
    path.write_text(json.dumps(content))
    said = pytester.runpytest_subprocess("--regression", "notebooks").stdout.str()
    assert "lesson.ipynb, cell 1: there is no kernel 'fortran'" in said


def test_a_broken_file_does_not_keep_the_others_from_running(regress_here, pytester):
    write(pytester.path / "notebooks", code_cell("print(1)", stream("1\n")))
    (pytester.path / "notebooks" / "broken.ipynb").write_text("<html>")
    code, said = regress_here("notebooks")
    assert code == 1 and "broken.ipynb: not JSON" in said and "1 failed, 2 passed" in said


def test_plain_nbval_beside_it_is_refused(pytester):
    outcome = pytester.runpytest_subprocess("--regression", "--nbval")
    assert "takes the place of --nbval" in outcome.stderr.str()
