"""What is the same to a reader passes, and the order, the type and the metadata of outputs count."""

import re
import time
from uuid import uuid4

import pytest
from making import display, result, stream
from nbformat.v4 import new_output

from notebook_regression import comparison, diffs, sanitizers, stored, svg, tolerance, tracebacks, widgets


def sentences(old, new, allowed=(), **tags):
    settings = comparison.Settings(
        "lesson, cell 1",
        stored.Tags(**tags),
        sanitizers.chosen([]),
        allowed_stderr=tuple(map(re.compile, allowed)),
    )
    return comparison.compare(stored.as_outputs(old), stored.as_outputs(new), settings).sentences


def with_metadata(**metadata):
    return new_output("display_data", {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}, metadata=metadata)


SAME = {
    "JSON in another order": (
        [display(application_json={"a": 1, "b": 2})],
        [display(application_json={"b": 2, "a": 1})],
    ),
    "a whole number that JavaScript stored": (
        [display(application_json={"a": 1})],
        [display(application_json={"a": 1.0})],
    ),
    "stdout that nbclient joined": (
        [stream("a\nb\n"), display(text_html="x")],
        [stream("a\n"), display(text_html="x"), stream("b\n")],
    ),
    "stderr between": (
        [stream("a\n"), stream("w\n", "stderr"), stream("b\n")],
        [stream("w\n", "stderr"), stream("a\nb\n")],
    ),
    "an empty line on stdout": ([], [stream("")]),
    "what Colab adds": ([with_metadata(tags=[])], [with_metadata()]),
    "a new id in metadata": tuple([with_metadata(**{"application/x+json": {"id": str(uuid4())}})] for _ in range(2)),
}


@pytest.mark.parametrize("case", SAME)
def test_what_is_the_same_to_a_reader_passes(case):
    assert sentences(*SAME[case]) == []


def test_an_array_may_break_elsewhere_under_a_tolerance_and_a_line_may_not_move():
    tags = {"tolerance": tolerance.read_tolerance("1e-3")}
    assert sentences([stream("[1.5 2.5 3.5]\n")], [stream("[1.5\n 2.5 3.5]\n")], **tags) == []
    table = display(text_html="x")
    one, other = ([stream(a), table, stream(b)] for a, b in (("1.5\n2.5\n", "3\n"), ("1.5\n", "2.5\n3\n")))
    assert sentences(one, other, **tags) == ["lines of stdout stand between other outputs than before"]


def error(*frames):
    return new_output("error", ename="E", evalue="no", traceback=list(frames))


OTHER = {
    "order": ([stream("a\n"), display(text_html="x")], [display(text_html="x"), stream("a\n")], "order or type"),
    "type": ([result("1")], [display(text_plain="1")], "expected: execute_result of text/plain"),
    "width": (
        [with_metadata(**{"image/png": {"width": 300}})],
        [with_metadata(**{"image/png": {"width": 200}})],
        "metadata of image/png differs",
    ),
    "isolated": ([with_metadata(isolated=True)], [with_metadata()], "metadata 'isolated' of an output differs"),
    "isolated behind lines of stdout that nbclient joins": (
        [stream("a\nb\n"), display(text_html="x"), with_metadata(isolated=True)],
        [stream("a\n"), display(text_html="x"), stream("b\n"), with_metadata()],
        "metadata 'isolated' of an output differs",
    ),
    "a frame of a cell": (
        [error("Cell In[1], line 1\n----> 1 f(0)", "File ~/x/lib/python3.11/site-packages/a.py:3, in g(x)\n  1 a")],
        [error("Cell In[1], line 1\n----> 1 f(1)", "File ~/y/lib/python3.12/site-packages/a.py:9, in h(x)\n  1 b")],
        "traceback differs",
    ),
    "a frame of one's own": (
        [error("File ~/course/mine.py:3, in g(x)\n  1 a")],
        [error("File ~/course/mine.py:3, in h(x)\n  1 a")],
        "expected: in mine.py, g",
    ),
}


@pytest.mark.parametrize("case", OTHER)
def test_what_a_reader_sees_differ_is_said(case):
    old, new, words = OTHER[case]
    assert words in "\n".join(sentences(old, new))


def test_the_size_of_a_picture_may_be_a_few_pixels_off():
    old, new = ([with_metadata(**{"image/png": {"width": width}})] for width in (300, 304))
    assert sentences(old, new) == []


def test_frames_of_libraries_are_no_matter():
    one = [
        "\x1b[31mE\x1b[0m  Traceback",
        "Cell In[3], line 1\n----> 1 f(0)",
        "File ~/a/site-packages/b.py:3, in g(x)\n  1 a",
    ]
    other = ["E  Traceback", "Input In [7], in <module>\n----> 1 f(0)", "File ~/c/site-packages/b.py:9, in h(y)\n  1 z"]
    assert tracebacks.own_frames(one) == tracebacks.own_frames(other) == ["in a cell", "----> 1 f(0)"]


def test_a_file_of_ones_own_may_lie_in_a_folder_with_a_blank_in_its_name():
    assert tracebacks.own_frames(["File ~/my course/my tools.py:3, in g(x)\n  1 a"]) == ["in my tools.py, g"]
    assert tracebacks.own_frames(["File mine.py:3, in g(x)\n  1 a"]) == ["in mine.py, g"]


def test_json_that_is_nested_too_deeply_is_compared_as_text():
    deep = "[" * 100_000
    assert sentences([display(application_json=deep)], [display(application_json=deep)]) == []
    assert sentences([display(application_json=deep)], [display(application_json=deep + "1")])


ERR = "stderr"


@pytest.mark.parametrize(
    "old, new, allowed, words",
    [
        ("a\n", "a\n", [], None),
        ("a\n", "b\n", [], "unexpected on stderr: b"),
        ("a\n", "", [], "no longer on stderr: a"),
        ("", "odd 1\n", ["odd"], None),
        ("odd 1\n", "", ["odd"], None),
        ("odd 1\n", "odd 2\n", ["odd"], "expected: odd 1"),
        ("a\n", "a\na\n", [], "unexpected on stderr: a"),
        ("a\nb\n", "b\na\n", [], "order on stderr differs\n    expected: a\n    got:      b"),
    ],
)
def test_stderr_that_is_stored_passes_and_changed_words_do_not(old, new, allowed, words):
    old, new = ([stream(text, ERR)] if text else [] for text in (old, new))
    found = "\n".join(sentences(old, new, allowed))
    assert (words in found) if words else found == ""


def test_a_drawing_may_be_off_by_rounding_and_not_by_more():
    drawing = '<svg><path d="M{} 10L20-5.5" style="fill:#1f77b4"/></svg>'
    assert svg.drawing_difference(drawing.format("1.0"), drawing.format("1.01")) is None
    assert svg.drawing_difference(drawing.format("1.0"), drawing.format("1.2")) is not None
    assert svg.drawing_difference(drawing.format("1.0"), drawing.format("1.2"), wider=5) is None
    assert svg.drawing_difference(drawing.format(1), drawing.format(1).replace("-5.5", "-5.9")) is not None
    assert svg.drawing_difference(drawing.format(1), drawing.format(1).replace("#1f77b4", "#1f77b5")) is not None


FACTORS = ['<g opacity="{}"/>', '<g style="fill-opacity: {}"/>', '<use transform="translate(1 2) scale(1 {})"/>']


@pytest.mark.parametrize("drawing", [*FACTORS, "<text>{}</text>", "<!-- {} -->", "<style>*{{width: {}}}</style>"])
def test_words_and_factors_of_a_drawing_count_to_the_letter(drawing):
    one, other = (f"<svg>{drawing.format(number)}</svg>" for number in ("0.02", "0.04"))
    assert svg.drawing_difference(one, one) is None and svg.drawing_difference(one, other) is not None


def test_a_widget_is_what_its_models_show():
    models = {
        "b": {"_model_name": "HBoxModel", "children": ["IPY_MODEL_a"], "_view_module_version": "2"},
        "a": {"value": 3, "style": None},
    }
    assert widgets.tree(models, "b") == {"_model_name": "HBoxModel", "children": [{"value": 3}]}
    assert widgets.tree(models, "c") is None
    models["a"]["parent"] = "IPY_MODEL_b"
    assert widgets.tree(models, "b")["children"][0] == {"value": 3, "parent": None}


def test_a_long_difference_is_shown_in_part():
    assert diffs.excerpts("a", "b") == ("a", "b")
    one, other = diffs.excerpts("a" * 500 + "x", "a" * 500 + "y")
    assert len(one) < 300 and one.endswith("x") and other.endswith("y") and one.startswith("…")
    lines = diffs.unified(
        "\n".join(map(str, range(100_000))), "\n".join(map(str, [*range(50_000), -1, *range(50_001, 100_000)]))
    )
    assert lines[2] == "@@ -49998,7 +49998,7 @@" and "-50000" in lines and "+-1" in lines
    assert diffs.unified("a\n", "b\n") == []


def test_a_diff_of_two_long_texts_takes_no_time():
    started = time.process_time()
    lines = diffs.unified("\n".join(map(str, range(200_000))), "\n".join(str(-k) for k in range(200_000)))
    assert "more lines differ" in lines[-1] and time.process_time() - started < 20
