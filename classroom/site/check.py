"""Look at every page of the site in build/site as readers do: in Chromium, opened from the folder.

    python -m classroom.site.check [FOLDER] [--pictures FOLDER]

In light, in dark and as wide as a telephone; what counts as a fault is told in docs/site.md. Needs Chromium and the
packages playwright and axe-playwright-python.
"""

import argparse
import sys
import time
from pathlib import Path

from classroom.site.build import ROOT
from tools.browser import chromium

MODES = {  # name -> size of the window, colours
    "light": ((1280, 900), "light"),
    "dark": ((1280, 900), "dark"),
    "phone": ((390, 844), "light"),
}
SEARCH, LEADS_TO = "forget gate", "notebooks/LSTM_Captioning.html"
SERIOUS = ("serious", "critical")
AXE = {"resultTypes": ["violations"], "preload": False}  # it would fetch style sheets, which a folder does not allow
LESS = {"rules": {"color-contrast": {"enabled": False}}}  # slow, and a telephone's colours are those of "light"
SMALLEST_PRINT = 3_000  # bytes of a page's PDF

LOOK = """() => {
  const faults = [], formulas = document.querySelectorAll(".math").length;
  const drawn = document.querySelectorAll(".math mjx-container > svg").length;
  if (drawn !== formulas) faults.push(`${formulas - drawn} of ${formulas} formulas are not drawn`);
  for (const error of document.querySelectorAll("[data-mjx-error], mjx-merror"))
    faults.push(`formula: ${error.getAttribute("data-mjx-error") || error.textContent}`);
  const words = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT, node =>
    node.parentElement.closest("pre, code, script, noscript, mjx-container") ? 2 : 1);
  while (words.nextNode())
    if (/\\$\\$|\\\\[([]|\\\\frac/.test(words.currentNode.data)) faults.push(`raw: ${words.currentNode.data}`);
  for (const box of [document.documentElement, document.querySelector(".content")])
    if (box.scrollWidth > box.clientWidth) faults.push(`wider than the screen by ${box.scrollWidth - box.clientWidth}`);
  for (const picture of document.images)
    if (picture.complete && !picture.naturalWidth) faults.push(`no picture: ${picture.src}`);
  return faults;
}"""


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.site.check", description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build/site", help="default build/site")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep a picture of every page there")
    options = parser.parse_args(argv)
    if not (options.folder / "index.html").exists():
        sys.exit(f"there is no site in {options.folder}; `make site` makes it")
    try:
        count, faults, largest = look_at(options.folder.resolve(), options.pictures)
    except (ImportError, FileNotFoundError) as error:
        sys.exit(f"the site cannot be looked at: {error}; docs/site.md says what is needed")
    for fault in faults:
        print(fault)
    print(f"{count} pages in {', '.join(MODES)}: {len(faults) or 'no'} faults. The largest, {largest}")
    sys.exit(1 if faults else 0)


def look_at(site, pictures=None, pages=None):
    """How many pages a site has, sentences on what is wrong with them, and words on how the largest one loads.

    Args:
        site: its folder; pictures: folder for a picture of every page, or None; pages: names of those to look at, from
            the folder, default all.

    Raises:
        ImportError: playwright or axe is not installed; FileNotFoundError: Chromium is not.
    """
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    names = pages or sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    faults, largest = [], ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for mode, ((width, height), colours) in MODES.items():
            window = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours)
            for name in names:
                found, requests, seconds = look_at_page(window, site, name, pictures, mode, Axe())
                faults += [f"{name}, {mode}: {fault}" for fault in found]
                if name == max(names, key=lambda name: (site / name).stat().st_size) and mode == "light":
                    largest = f"{name}: {requests} requests, drawn after {seconds:.1f} s"
            faults += [f"search, {mode}: {fault}" for fault in look_for(window, site)]
            window.close()
        browser.close()
    return len(names), faults, largest


def open_page(window, site, address):
    """A page, drawn to the end, with lists that fill: of its requests, and of what went wrong."""
    page, requests, found = window.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("requestfailed", lambda request: found.append(f"not there: {request.url}"))
    page.on("console", lambda message: found.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"error: {error}"))
    page.goto(f"{site.as_uri()}/{address}")
    page.evaluate("window.MathJax?.startup?.promise")
    return page, requests, found


def look_at_page(window, site, name, pictures, mode, axe):
    """Faults of a page in a mode, how many requests it made, and seconds until it was drawn."""
    started = time.monotonic()
    page, requests, found = open_page(window, site, name)
    seconds = time.monotonic() - started
    found += [f"leaves the folder: {url}" for url in requests if not url.startswith((site.as_uri(), "data:"))]
    found += page.evaluate(LOOK)
    for fault in axe.run(page, options=AXE | LESS if mode == "phone" else AXE).response["violations"]:
        if fault["impact"] in SERIOUS:
            found.append(f"{fault['id']}, {len(fault['nodes'])} times, as in {fault['nodes'][0]['target']}")
    found += play(page)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=pictures / f"{name.replace('/', '_')}-{mode}.png", full_page=True)
    if mode == "light" and len(page.pdf(format="A4")) < SMALLEST_PRINT:
        found.append("prints as an empty page")
    page.close()
    return found, len(requests), seconds


def play(page):
    """Faults of the page's interactive figures, which must answer the keyboard."""
    found = []
    for figure in page.query_selector_all(".play"):
        control = figure.query_selector("input") or figure.query_selector(".play-words button:last-child")
        before = figure.inner_html()
        control.focus()
        control.press("Home")
        control.press("ArrowRight")
        if figure.inner_html() == before:
            found.append("a figure does not answer the keyboard")
    return found


def look_for(window, site):
    """Faults of the search."""
    page, _, found = open_page(window, site, f"search.html?q={SEARCH.replace(' ', '+')}")
    page.wait_for_timeout(1000)
    links = [link.get_attribute("href").split("#")[0] for link in page.query_selector_all("#search-results li a")]
    if not any(link.startswith(LEADS_TO) for link in links):
        found.append(f"{SEARCH!r} leads to {links or 'nothing'}")
    page.close()
    return found


if __name__ == "__main__":
    main()
