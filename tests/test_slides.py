"""Decks of slides: what a cell's metadata makes of it, the decks of the notebooks, and how they look in a browser."""

import re
import shutil
from itertools import accumulate

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from classroom.slides import __main__ as command
from classroom.slides import build as slides
from classroom.slides import parts
from tools import browser, notebook_files

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NAMES = sorted(path.stem for path in notebook_files.NOTEBOOKS.glob("*.ipynb"))


def text(source, **slideshow):
    return new_markdown_cell(source, metadata={"slideshow": slideshow})


def code(*outputs, **slideshow):
    return new_code_cell("", outputs=list(outputs), metadata={"slideshow": slideshow})


def picture():
    return new_output("display_data", {"image/png": PIXEL, "text/plain": "<Figure>"})


def printed(words):
    return new_output("stream", name="stdout", text=words)


def source(words):
    return new_output("display_data", {"text/markdown": f"```python\n{words}\n```"})


def pages_of(*cells):
    return [page for stack in slides.stacks_of(new_notebook(cells=list(cells))) for page in stack]


def slide_of(page):
    return BeautifulSoup("".join(page.blocks), "html.parser")


def notes_of(page):
    return BeautifulSoup("".join(page.notes), "html.parser").get_text()


def test_cells_become_slides_subslides_and_parts_of_slides():
    stacks = slides.stacks_of(
        new_notebook(
            cells=[
                text("before the first slide"),
                text("# one", slide_type="slide"),
                new_markdown_cell("goes on"),
                text("later", slide_type="fragment"),
                text("never", slide_type="skip"),
                text("aside", slide_type="notes"),
                text("## two", slide_type="subslide"),
                text("# three", slide_type="slide"),
            ]
        )
    )
    assert [[slide_of(page).get_text().split() for page in stack] for stack in stacks] == [
        [["one", "goes", "on", "later"], ["two"]],
        [["three"]],
    ]
    assert slide_of(stacks[0][0]).select_one(".fragment").get_text(strip=True) == "later"
    assert notes_of(stacks[0][0]).strip() == "aside"


def test_a_summary_stands_for_the_text_which_goes_to_the_notes():
    (page,) = pages_of(text("Long prose.", slide_type="slide", summary="## Short", notes="Ask *first*.", minutes=2))
    assert slide_of(page).get_text(strip=True) == "Short"
    assert notes_of(page) == "2 min, to minute 2 of 2Ask first.\nIn the notebook:Long prose.\n"


def test_lines_divide_a_summary_into_slides_and_steps():
    summary = "## Question\n\n. . .\n\nAnswer\n\n---\n\n## Next"
    first, second = pages_of(text("Prose.", slide_type="slide", summary=summary, notes="one\n\n---\n\ntwo"))
    assert [piece.get_text(strip=True) for piece in slide_of(first).select(".fragment")] == ["Answer"]
    assert slide_of(second).get_text(strip=True) == "Next"
    assert "one" in notes_of(first) and "Prose" in notes_of(first) and notes_of(second).strip() == "two"


def test_minutes_add_up_in_the_notes():
    pages = pages_of(text("a", slide_type="slide", minutes=2), text("b", slide_type="slide", minutes=1.5))
    assert [notes_of(page) for page in pages] == ["2 min, to minute 2 of 3.5", "1.5 min, to minute 3.5 of 3.5"]


def test_outputs_of_code_are_shown_and_many_printed_lines_go_to_the_notes():
    few, many = printed("a\nb: ok (below 1)\n"), printed("a\nb\nc\nd\n")
    pages = pages_of(
        code(picture(), few, slide_type="slide", summary="## Title", alt="A dot <"),
        code(picture(), many, slide_type="slide", alt="A dot"),
        code(many, slide_type="slide"),
        code(many, picture(), few, slide_type="slide", outputs=[1], alt="A dot"),
    )
    assert slide_of(pages[0]).img["alt"] == "A dot <" and slide_of(pages[0]).b.get_text() == "ok"
    assert not slide_of(pages[1]).select(".printed") and notes_of(pages[1]) == "a\nb\nc\nd"
    assert slide_of(pages[2]).get_text() == "a\nb\nc\nd"
    assert slide_of(pages[3]).get_text() == "" and notes_of(pages[3]) == ""


def test_a_table_in_html_stands_on_the_slide_as_it_is():
    table = nbformat.v4.new_output(
        "display_data", data={"text/html": "<table><tr><td>7</td></tr></table>", "text/plain": "HTML"}
    )
    (page,) = pages_of(code(table, slide_type="slide", summary="## a"))
    assert slide_of(page).select_one(".table td").get_text() == "7"
    assert "HTML" not in slide_of(page).get_text() and not page.notes


def test_pictures_stand_together_or_one_on_each_slide():
    two, alt = [picture(), picture()], "First\nSecond"
    (together,) = pages_of(code(*two, slide_type="slide", alt=alt))
    assert [image["alt"] for image in slide_of(together).select("img")] == ["First", "Second"]
    pages = pages_of(code(*two, printed("a"), slide_type="slide", alt=alt, summary="## a\n\n---\n\n## b"))
    assert [[image["alt"] for image in slide_of(page).select("img")] for page in pages] == [["First"], ["Second"]]
    assert slide_of(pages[1]).select(".printed")


def test_a_function_keeps_the_first_paragraph_of_its_docstring_and_loses_checks_of_arguments():
    function = """def f(x):
    '''Of x,
    as it is.

    Args:
        x: any.
    '''
    if x < 0:
        raise ValueError(
            f"negative: {x}"
        )
    if x:
        x = 1
    return x  # x"""
    (page,) = pages_of(code(source(function), slide_type="slide"))
    lines = ["def f(x):", '    """Of x, as it is."""', "    if x:", "        x = 1", "    return x  # x", ""]
    assert slide_of(page).pre.get_text() == "\n".join(lines)
    assert parts.brief("def f(x):\n    return x") == "def f(x):\n    return x"
    assert parts.brief("not python (") == "not python ("
    assert parts.brief('def f(x):\n    """Nothing."""') == 'def f(x):\n    """Nothing."""'


def test_formulas_are_drawn_and_named_for_those_who_cannot_see_them():
    (page,) = pages_of(text(r"In line $h_t$, and" "\n\n" r"$$ \frac12 \le \mathbb{E} x $$", slide_type="slide"))
    drawings = slide_of(page).select("svg")
    assert [drawing["aria-label"] for drawing in drawings] == ["h_t", r"\frac12 \le \mathbb{E} x"]
    assert all(drawing.select("path") for drawing in drawings) and "$" not in slide_of(page).get_text()
    assert slide_of(page).select_one(".line").get_text() == ","


@pytest.mark.parametrize(
    "cell, sentence",
    [
        (text("# a"), "no cell is marked as a slide; in JupyterLab"),
        (text("# a", slide_type="page"), "cell 1 from the top: no slide_type 'page'; there are: slide, subslide"),
        (text("# a", slide_type="slide", minuets=3), "slideshow has no entry 'minuets'"),
        (text("# a", slide_type="slide", minutes="3"), "its minutes cannot be '3'; docs/slides.md says"),
        (text("# a", slide_type="slide", notes="a\n\n---\n\nb"), "its notes have 2 parts, for 1 slides"),
        (text("$\\frac$", slide_type="slide"), "the formula '\\\\frac' cannot be drawn"),
        (code(picture(), slide_type="slide"), "1 pictures come on a slide, so `alt` needs as many lines"),
        (code(picture(), slide_type="slide", outputs=[1]), "outputs are chosen by numbers from 0 to 0"),
        (code(source("x = 1\n" * 40), slide_type="slide"), "cannot be read on a slide; choose among its outputs"),
    ],
)
def test_what_makes_no_slide_is_said_in_a_sentence(cell, sentence):
    with pytest.raises(slides.SlideError, match=re.escape(sentence)):
        pages_of(cell)


def test_a_notebook_that_makes_no_deck_is_named_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook_files, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(command, "TARGET", tmp_path / "slides")
    nbformat.write(new_notebook(cells=[new_markdown_cell("# a")]), tmp_path / "Lesson.ipynb")
    with pytest.raises(SystemExit, match=r"^Lesson\.ipynb: no cell is marked as a slide"):
        command.main([])
    (tmp_path / "Lesson.ipynb").write_text("<html>")
    with pytest.raises(SystemExit, match=r"^Lesson\.ipynb: not a readable notebook: "):
        command.main([])
    with pytest.raises(SystemExit, match="no notebook 'Other'; there are: Lesson"):
        command.main(["Other"])
    assert not (tmp_path / "slides").exists()


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides")
    return folder, {name: slides.build(notebook_files.NOTEBOOKS / f"{name}.ipynb", folder)[0] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_deck_is_a_lecture_of_fifty_minutes_with_notes_or_two_of_43(decks, name):
    pages = decks[1][name]
    assert 25 <= len(pages) <= 40
    minutes = list(accumulate(page.minutes for page in pages))
    assert minutes[-1] == (2 * 43 if name == "GANs" else 50)
    if name == "GANs":
        assert "The second lecture begins here." in "".join(pages[minutes.index(43) + 1].notes)
    assert all(slide_of(page).find(["h1", "h2"]) for page in pages), "a slide without a heading"
    assert all(page.notes for page in pages)
    assert "Exercises" in slide_of(pages[-1]).h2.get_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_deck_asks_for_nothing_outside_of_its_folder(decks, name):
    folder, _ = decks
    deck = BeautifulSoup((folder / f"{name}.html").read_text("utf-8"), "html.parser")
    addresses = [tag[key] for key in ("src", "href") for tag in deck.select(f"[{key}]")]
    addresses += re.findall(r'url\("(.*?)"\)', (folder / "deck.css").read_text())
    assert len(addresses) > 10
    assert all(address.startswith("data:image/") or (folder / address).is_file() for address in addresses)
    assert not [part for part in folder.rglob("*.part")]
    pictures = deck.select("img")
    assert pictures and all(len(picture["alt"]) > 10 for picture in pictures)
    ids = [tag["id"] for tag in deck.select("[id]")]
    assert len(ids) == len(set(ids))


def test_nothing_on_a_slide_stands_outside_of_it_or_is_too_small(decks):
    pytest.importorskip("playwright", reason="needs playwright and Chromium")
    if not any(map(shutil.which, browser.NAMES)):
        pytest.skip("needs Chromium")
    from classroom.slides.check import check_deck

    folder, pages = decks
    assert check_deck(folder / f"{NAMES[0]}.html") == (len(pages[NAMES[0]]), [])
    crowded = (folder / f"{NAMES[0]}.html").read_text("utf-8").replace("<h2>", "<h2>" + 9 * "far too many words " + " ")
    (folder / "crowded.html").write_text(crowded, encoding="utf-8")
    _, faults = check_deck(folder / "crowded.html")
    assert any("pixels too high" in fault for fault in faults) or any("a picture of" in fault for fault in faults)
