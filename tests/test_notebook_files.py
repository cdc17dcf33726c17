"""The reader of notebooks: which there are, how they begin, their pictures and printed text."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.notebook_files import (
    ORDER,
    NoNotebook,
    is_beyond,
    joined_streams,
    notebook_paths,
    opening,
    path_in_project,
    read_notebook,
    thumbnail,
)


def test_notebooks_come_in_the_order_of_the_course_and_others_after_them(tmp_path):
    for name in ("Appendix", *reversed(ORDER)):
        nbformat.write(new_notebook(), tmp_path / f"{name}.ipynb")
    assert [path.stem for path in notebook_paths(folder=tmp_path)] == [*ORDER, "Appendix"]
    assert notebook_paths(["GANs"], tmp_path) == [tmp_path / "GANs.ipynb"]
    with pytest.raises(NoNotebook, match="^no notebook 'GAN'; there are: RNN_Captioning, .*GANs, Appendix$"):
        notebook_paths(["GAN"], tmp_path)


def test_notebooks_beyond_the_course_come_last_and_have_a_folder_of_their_own(tmp_path):
    (tmp_path / "beyond").mkdir()
    for name in ("beyond/Attention", "GANs", "Zebras"):
        nbformat.write(new_notebook(), tmp_path / f"{name}.ipynb")
    paths = notebook_paths(folder=tmp_path)
    assert [path_in_project(path).as_posix() for path in paths] == [
        "notebooks/GANs.ipynb",
        "notebooks/Zebras.ipynb",
        "notebooks/beyond/Attention.ipynb",
    ]
    assert [is_beyond(path) for path in paths] == [False, False, True]
    assert notebook_paths(["Attention"], tmp_path) == [tmp_path / "beyond/Attention.ipynb"]


def test_every_notebook_of_the_course_is_read_and_begins_with_its_title():
    for path in notebook_paths():
        title, words = opening(read_notebook(path))
        assert title and words and not title.startswith("#")
    assert [path.stem for path in notebook_paths() if not is_beyond(path)] == list(ORDER)


def test_a_notebook_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(b"\xef\xbb\xbf" + nbformat.writes(new_notebook()).encode())
    assert read_notebook(tmp_path / "a.ipynb").cells == []


def test_the_opening_is_a_title_and_a_paragraph():
    def begun(source):
        return opening(new_notebook(cells=[new_markdown_cell(source)]))

    assert begun("# A title\n\nOne line\nand another.\n\nMore.") == ("A title", "One line and another.")
    assert begun("# A title") == ("A title", "")
    assert opening(new_notebook()) == ("", "")


def test_the_thumbnail_is_of_the_tagged_cell_if_there_is_one():
    def cell(image, *tags):
        output = new_output("display_data", {"image/png": image})
        return new_code_cell("", outputs=[output], metadata={"tags": list(tags)})

    assert thumbnail(new_notebook(cells=[cell("a"), cell("b", "thumbnail")])) == "data:image/png;base64,b"
    assert thumbnail(new_notebook(cells=[cell("a"), cell("b")])) == "data:image/png;base64,a"
    assert thumbnail(new_notebook(cells=[new_code_cell("")])) is None


def test_printed_pieces_become_one_where_they_are_neighbours():
    pieces = [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")]
    outputs = [new_output("stream", name=name, text=text) for name, text in pieces]
    joined = joined_streams([*outputs, new_output("display_data"), new_output("stream", text="e")])
    assert [output.get("text") for output in joined] == ["ab", "c", "d", None, "e"]
