"""The site: what its files tell, and, where a browser is installed, how its pages look."""

import json
import math
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from classroom.site import build, figures, interactive, notebook_pages, package_pages, picture_words, staging
from tools import browser
from tools.notebook_files import ROOT, NoNotebook

NAMES = ("RNN_Captioning", "LSTM_Captioning", "NetworkVisualization", "StyleTransfer", "GANs")
BEYOND = "beyond/Transformer_Captioning"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "site"
    build.build(folder, [ROOT / f"notebooks/{name}.ipynb" for name in (*NAMES, BEYOND)])
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in sorted(site.rglob("*.html"))}


def test_every_link_leads_into_the_folder_or_is_one_to_click(site, pages):
    ids = {path.resolve(): {tag["id"] for tag in page.select("[id]")} for path, page in pages.items()}
    count = 0
    for path, page in pages.items():
        for tag in page.select("[src], link[href], a[href]"):
            address = tag.get("src") or tag["href"]
            if tag.name == "a" and address.startswith(("https://", "http://")) or address.startswith("data:"):
                continue
            file, _, anchor = address.partition("#")
            target = (path.parent / file.split("?")[0]).resolve() if file else path.resolve()
            assert target.is_relative_to(site) and target.exists(), f"{path.name}: {address}"
            if anchor and target in ids:
                assert anchor in ids[target], f"{path.name}: {address}"
            count += 1
    assert count > 1000


def test_style_sheets_and_scripts_fetch_nothing(site):
    for path in site.rglob("*.css"):
        addresses = re.findall(r"url\(\s*['\"]?(.*?)['\"]?\s*\)|@import\s+['\"](.*?)['\"]", path.read_text("utf-8"))
        assert all(a.startswith("data:") or (path.parent / a).exists() for pair in addresses for a in pair if a)
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(", (site / "_static/site.js").read_text("utf-8"))


def test_nothing_tells_of_this_machine_and_nothing_is_a_solution_of_an_exercise(site):
    for path in site.rglob("*"):
        assert "solutions" not in path.name
        if path.suffix in (".html", ".js", ".css", ".json", ".txt"):
            text = path.read_text("utf-8")
            assert str(ROOT) not in text and str(site.parent) not in text, path
    assert not {path.name for path in site.iterdir()} & {".buildinfo", "_sources", "objects.inv", ".doctrees"}


def test_every_picture_is_described(pages):
    for path, page in pages.items():
        for picture in page.select("article img"):
            assert len(picture["alt"]) > 15 or "card" in picture.parent.get("class", ()), (
                f"{path.name}: {picture['src']}"
            )


def test_no_picture_moves_by_itself_and_what_can_be_played_is_there(pages):
    films = [(path, film) for path, page in pages.items() for film in page.find_all(class_="film")]
    assert {path.name for path, _ in films} >= {"README.html", "own_pictures.html"}
    for path, film in films:
        with Image.open(path.parent / film["data-film"]) as moving, Image.open(path.parent / film.img["src"]) as still:
            assert moving.n_frames > 1
            moving.seek(moving.n_frames - 1)
            difference = np.subtract(still, moving.convert("RGB"), dtype=float)
        assert np.abs(difference).mean() < 5, "the still is not the last frame"
    pictures = {path.parent / image["src"] for path, page in pages.items() for image in page.find_all("img", src=True)}
    for picture in pictures:
        if picture.suffix in (".webp", ".gif", ".png"):
            with Image.open(picture) as image:
                assert getattr(image, "n_frames", 1) == 1, f"{picture.name} moves"


@pytest.mark.parametrize("name", NAMES)
def test_a_notebooks_page_has_all_that_the_notebook_shows(site, pages, name):
    page = pages[site / f"notebooks/{name}.html"]
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [o for o in outputs if any(kind.startswith("image/") for kind in o.get("data", {}))]
    assert len(page.select(".cell_output img")) == len(pictures)
    words = page.get_text()
    for output in outputs:
        text = output.get("text") or output.data.get("text/plain", "")
        if not text.startswith("<"):  # names of pictures and functions
            assert text.strip() in words
    sources = "".join("".join(cell.source) for cell in notebook.cells if cell.cell_type == "markdown")
    blocks = len(re.findall(r"\$\$.+?\$\$", sources, re.DOTALL))
    inline = len(
        re.findall(r"\$[^$\s](?:[^$]*[^$\s])?\$", re.sub(r"\$\$.+?\$\$|`[^`]*`", "", sources, flags=re.DOTALL))
    )
    assert len(page.select(".math")) == blocks + inline
    assert "$" not in "".join(p.get_text() for p in page.select("article p") if not p.select(".math, code"))
    assert page.select_one(".related-pages a") and page.select_one("details.source pre")
    assert bool(page.select(".play")) == (name in {owner for owner, _ in interactive.PLACES.values()})


def test_notebooks_beyond_the_course_have_pages_and_cards_of_their_own(site, pages):
    assert "every word looks" in pages[site / f"notebooks/{BEYOND}.html"].get_text()
    start = pages[site / "index.html"]
    course, beyond = ([link["href"] for link in block.select("a.card")] for block in start.select("div.cards"))
    assert course == [f"notebooks/{name}.html" for name in NAMES]
    assert beyond == [f"notebooks/{BEYOND}.html"] and "Beyond the course" in start.get_text()


def test_interactive_figures_say_all_that_they_need(site):
    total = 0
    for name, (notebook, _) in interactive.PLACES.items():
        about = interactive.data_of(name)
        sheet = Image.open(site / f"_static/{name}.jpg")
        assert sheet.size == (about["columns"] * about["width"], about["rows"] * about["height"])
        controls = about.get("controls", [])
        frames = math.prod(len(control["values"]) for control in controls) if controls else len(about["captions"])
        assert about["columns"] * (about["rows"] - 1) < frames <= about["columns"] * about["rows"]
        assert len(about.get("notes", about.get("captions"))) == frames
        assert all(0 <= control["start"] < len(control["values"]) for control in controls)
        for caption in about.get("captions", ()):
            for gate, (low, high) in {"i": (0, 1), "f": (0, 1), "o": (0, 1), "c": (-1, 1)}.items():
                values = np.array(caption[gate])
                assert values.shape == (len(caption["words"]), len(caption["units"]))
                assert low <= values.min() and values.max() <= high and values.std() > 0.05
        (page,) = (path for path in site.glob("notebooks/**/*.html") if path.stem == notebook)
        picture = BeautifulSoup(page.read_text("utf-8"), "html.parser").select_one(f".play img[src$='/{name}.jpg']")
        assert (page.parent / picture["src"]).resolve() == (site / f"_static/{name}.jpg").resolve()
        size = sum((figures.FOLDER / f"{name}{suffix}").stat().st_size for suffix in (".jpg", ".json"))
        assert not interactive.moves(name) or (size <= 400e3 and not controls[-1].get("choice"))
        total += size
    assert total < 4e6
    assert set(figures.FIGURES) == set(interactive.PLACES)


def test_what_moves_stands_on_the_start_page_and_everything_else_is_linked(pages, site):
    start = pages[site / "index.html"]
    shown = {Path(picture["src"]).stem for picture in start.select(".play img")}
    assert shown == {name for name in interactive.PLACES if interactive.moves(name)} and len(shown) >= 4
    links = {link["href"].partition("#")[2] for link in start.select("article a[href*='#']")}
    assert {interactive.anchor(name) for name in interactive.PLACES} <= links


def test_the_first_frame_is_that_of_the_first_values(monkeypatch):
    controls = [figures.choice("Kind", "ab", 1), figures.slider("Step", "xyz", 2)]
    about = {"title": "T", "caption": "C", "controls": controls, "width": 32, "height": 16, "columns": 3, "rows": 2}
    monkeypatch.setattr(interactive, "data_of", lambda figure: about)
    text = interactive.figure_text("name")
    assert "translate(-66.66666666666667%, -50.0%)" in text  # the last of six frames: column 2, row 1
    assert "### To play with: T" in text and interactive.anchor("name") == "to-play-with-t"
    about["seconds"] = 5
    assert "### To watch: T" in interactive.figure_text("name", "_static") and interactive.moves("name")


def test_search_knows_every_page(site):
    index = (site / "searchindex.js").read_text("utf-8")
    index = json.loads(index.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))
    lstm = index["docnames"].index("notebooks/LSTM_Captioning")
    for word in ("forget", "gate"):
        assert lstm in np.ravel(index["terms"][word]) or lstm in np.ravel(index["titleterms"][word])
    assert {f"notebooks/{name}" for name in NAMES} <= set(index["docnames"])


def test_frames_of_other_sizes_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="multiples of 16"):
        figures.write("odd", [np.zeros((20, 16), np.uint8)], {}, tmp_path)
    with pytest.raises(ValueError, match="one size"):
        figures.write("two", [np.zeros((16, 16), np.uint8), np.zeros((32, 16), np.uint8)], {}, tmp_path)
    assert not list(tmp_path.iterdir())
    figures.write("fine", [np.full((16, 32), 60 * k, np.uint8) for k in range(5)], {"title": "x"}, tmp_path)
    sheet = np.asarray(Image.open(tmp_path / "fine.jpg"))
    assert sheet.shape == (32, 96) and abs(int(sheet[24, 48]) - 240) < 3 and sheet[24, 80] < 3
    assert json.loads((tmp_path / "fine.json").read_text()) == {
        "width": 32, "height": 16, "columns": 3, "rows": 2, "title": "x",
    }  # fmt: skip


def test_steps_for_a_film_are_dense_at_first_and_end_at_the_last_one():
    steps = figures.growing_steps(500, 44, 5)
    assert steps[0] == 1 and steps[-1] == 500 and all(step % 5 == 0 for step in steps[1:]) and 25 < len(steps) <= 44
    assert np.diff(steps)[:5].max() < np.diff(steps)[-5:].min()


def test_a_figure_whose_section_is_gone_is_named():
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_markdown_cell("## One\n\ntext\n\n## Two")]
    cells = notebook_pages.split_at_headings(cells)
    notebook_pages.insert_at_end_of_section(cells, "One", "here")
    assert [cell.source for cell in cells] == ["# Title", "## One\n\ntext", "here", "## Two"]
    with pytest.raises(ValueError, match="Three"):
        notebook_pages.insert_at_end_of_section(cells, "Three", "nowhere")


def test_a_site_is_kept_when_the_next_one_cannot_be_built(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "site"
    (folder / "_static").mkdir(parents=True)
    (folder / "index.html").write_text("the old one")
    monkeypatch.setattr(staging, "start_page", lambda *_: "# Start\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(SystemExit, match="left as it was"):
        build.build(folder, [], [])
    assert (folder / "index.html").read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert "nowhere" in capsys.readouterr().err


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SystemExit, match="holds something else than a site; name a new folder"):
        build.build(tmp_path, [])
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_notebooks_with_ipythons_lines_star_imports_and_no_pictures_are_taken(tmp_path):
    code = "%matplotlib inline\nif True:\n    !ls\nfrom cs231n.layers import *\nfrom . import x\nplt.title('A title')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    assert picture_words.drawn_words(code) == [] and package_pages.used_of_package(notebook) == []
    nbformat.write(notebook, tmp_path / "Lesson.ipynb")
    assert "<img" not in staging.card(tmp_path / "Lesson.ipynb", tmp_path)
    (tmp_path / "Lesson.ipynb").write_text("{}")
    with pytest.raises(NoNotebook, match=r"^Lesson\.ipynb: not a readable notebook: "):
        staging.card(tmp_path / "Lesson.ipynb", tmp_path)


def test_links_to_what_the_site_does_not_have_are_words():
    paths = {Path("docs/slides.md"), Path("cs231n/optim.py")}
    text = "[a](slides.md#top), [`b`](../cs231n/optim.py), [c](../tools/x.py), [d](https://example.org), ![e](x.jpg)"
    expected = "[a](slides.md#top), {doc}`b </code/cs231n.optim>`, c, [d](https://example.org), ![e](x.jpg)"
    assert staging.with_links_inside(text, Path("docs"), paths) == expected


@pytest.fixture
def check():
    pytest.importorskip("axe_playwright_python", reason="needs axe-playwright-python, playwright and Chromium")
    from classroom.site import check

    if not any(map(shutil.which, browser.NAMES)):
        pytest.skip("needs Chromium")
    return check


def test_in_a_browser_no_page_has_a_fault(site, check):
    assert check.check_site(site, pages=["index.html", "notebooks/LSTM_Captioning.html"])[1] == []


def test_in_a_browser_faults_are_found(site, check, tmp_path):
    faulty = """<p class="math">\\(\\frac\\)</p><p class="math">x</p><p>\\(\\bar{y\\)</p>
        <img src="https://example.invalid/x.png"><p style="width: 9000px">wide</p>
        <img src="_static/painting.jpg" alt="x" style="width: 100px; height: 100px">
        <figure class="play"><input type="range"></figure><script>throw Error("oh")</script>"""
    start = (site / "index.html").read_text("utf-8")
    broken = shutil.copytree(site, tmp_path / "broken")
    (broken / "index.html").write_text(start.replace("</article>", f"{faulty}</article>"), "utf-8")
    (broken / "searchindex.js").write_text("")
    (broken / "_static/site.css").write_text("")
    faults = "\n".join(check.check_site(broken, pages=["index.html"])[1])
    assert faults.count("light") < 20
    for fault in (
        "1 of 2 formulas are not drawn",
        "formula: Missing argument",
        r"raw: \(\bar{y\)",
        "leaves the folder: https://example.invalid/x.png",
        "wider than the screen",
        "a picture out of proportion",
        "error: oh",
        "image-alt",
        "a figure does not answer",
        "a keyboard does not open and close .toc-drawer",
        "'forget gate' leads to nothing",
    ):
        assert fault in faults, faults
