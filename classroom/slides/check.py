"""Check every slide of the decks in build/slides in Chromium, at 1280 x 720.

    python -m classroom.slides.check [NAME ...] [--pictures FOLDER]

With all steps of a slide visible, nothing may be outside of the slide or too small to read, and the browser may neither
report an error nor fetch anything from elsewhere. The command needs Chromium and the package playwright.
"""

import argparse
import sys

from classroom.slides.build import TARGET
from cs231n.files import user_path
from tools.browser import chromium

SIZE = {"width": 1280, "height": 720}
SMALLEST = {"words": 24, "code": 16, "picture": 150}  # pixels: size of letters, height of a picture

MEASURE = """smallest => {
  const page = document.querySelector(".slides section.present section.present .page");
  const faults = [];
  if (page.scrollHeight > page.clientHeight) faults.push(`${page.scrollHeight - page.clientHeight} pixels too high`);
  const inside = page.getBoundingClientRect();
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT, node => node.data.trim() ? 1 : 2);
  const ranges = [...page.querySelectorAll("svg, img, pre, div")].map(element => [element, element]);
  while (walker.nextNode()) ranges.push([walker.currentNode, walker.currentNode.parentElement]);
  for (const [node, element] of ranges) {
    const range = document.createRange();
    range.selectNode(node);
    const box = range.getBoundingClientRect(), words = (node.data || element.tagName).trim().slice(0, 40);
    const across = box.left < inside.left || box.right > inside.right + 1;
    if (across || box.top < inside.top || box.bottom > inside.bottom + 1)
      faults.push(`outside: ${words}`);
    if (node !== element) {
      const kind = element.closest(".code, code") ? "code" : "words";
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size < smallest[kind]) faults.push(`letters of ${size} pixels: ${words}`);
    }
  }
  for (const image of page.querySelectorAll("img")) {
    const { naturalWidth, naturalHeight } = image, box = image.getBoundingClientRect();
    const height = Math.round(Math.min(box.width / naturalWidth, box.height / naturalHeight) * naturalHeight);
    if (!naturalWidth) faults.push("a picture that cannot be shown");
    else if (height < smallest.picture) faults.push(`a picture of ${height} pixels`);
  }
  return faults;
}"""


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.slides.check", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of decks, default all")
    parser.add_argument(
        "--pictures", type=user_path, metavar="FOLDER", help="store a picture of every slide in this folder"
    )
    options = parser.parse_args(argv)
    decks = [TARGET / f"{name}.html" for name in options.names] or sorted(TARGET.glob("*.html"))
    if not decks or not all(deck.exists() for deck in decks):
        sys.exit("there are no such decks in build/slides; make them with `make slides`")
    faults = 0
    for deck in decks:
        try:
            count, deck_faults = check_deck(deck, options.pictures)
        except (ImportError, FileNotFoundError) as error:
            sys.exit(f"slides cannot be checked: {error}")
        faults += len(deck_faults)
        print(f"{deck.name}: {count} slides, {len(deck_faults) or 'no'} faults")
        for fault in deck_faults:
            print(f"  {fault}")
    sys.exit(1 if faults else 0)


def check_deck(deck, pictures=None):
    """(number of slides, list of faults as sentences) of the deck at the path `deck`.

    Args:
        pictures: Path of a folder for a picture of every slide, or None.

    Raises:
        ImportError: if playwright is not installed.
        FileNotFoundError: if Chromium is not installed.
    """
    from playwright.sync_api import sync_playwright

    faults, home = [], deck.parent.resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.on(
            "console", lambda message: faults.append(f"console: {message.text}") if message.type == "error" else None
        )
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("request", lambda r: None if r.url.startswith((home, "data:")) else faults.append(f"fetched: {r.url}"))
        page.goto(deck.resolve().as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        page.evaluate("document.fonts.ready")
        count = page.evaluate("Reveal.getTotalSlides()")
        page.add_style_tag(content=".fragment { opacity: 1 !important; visibility: visible !important; }")
        for number in range(1, count + 1):
            page.evaluate(
                "k => { const s = Reveal.getSlides()[k], i = Reveal.getIndices(s); Reveal.slide(i.h, i.v); }",
                number - 1,
            )
            page.evaluate("Promise.all([...document.querySelectorAll('section.present img')].map(i => i.decode()))")
            faults += [f"slide {number}: {fault}" for fault in page.evaluate(MEASURE, SMALLEST)]
            if pictures:
                page.screenshot(path=pictures / f"{deck.stem}-{number:02d}.png")
        browser.close()
    return count, faults


if __name__ == "__main__":
    main()
