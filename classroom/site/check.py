"""Check every page of the site in build/site in Chromium, opened from the folder as readers do.

    python -m classroom.site.check [FOLDER] [--pictures FOLDER]

Pages are opened in light colours, in dark colours, and in the width of a telephone. docs/site.md lists the faults that
count. The command needs Chromium and the packages playwright and axe-playwright-python.
"""

import argparse
import sys
import time

from cs231n.files import user_path
from tools.browser import chromium
from tools.notebook_files import ROOT

MODES = {  # name -> (size of the window, colours)
    "light": ((1280, 900), "light"),
    "dark": ((1280, 900), "dark"),
    "phone": ((390, 844), "light"),
}
SEARCH, LEADS_TO = "forget gate", "notebooks/LSTM_Captioning.html"
SERIOUS = ("serious", "critical")
# Preloading fetches style sheets, which browsers refuse to pages opened from a folder.
AXE = {"resultTypes": ["violations"], "preload": False}
LESS = {"rules": {"color-contrast": {"enabled": False}}}  # a slow rule; "phone" has the colours of "light"
SMALLEST_PRINT = 3_000  # bytes of a page's PDF
PATIENCE = 120_000  # milliseconds that a page may take to load on a busy machine
DRAWERS = {"#__navigation": ".sidebar-drawer", "#__toc": ".toc-drawer"}  # what opens a drawer of a narrow screen

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
  for (const picture of document.images) {
    if (picture.complete && !picture.naturalWidth) faults.push(`no picture: ${picture.src}`);
    const style = getComputedStyle(picture), margin = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const ratio = (picture.clientWidth - margin) / (picture.clientHeight - margin);
    const squeezed = Math.abs(ratio * picture.naturalHeight / picture.naturalWidth - 1) > .03;
    if (squeezed && style.objectFit === "fill" && picture.naturalWidth && picture.clientHeight > 20)
      faults.push(`a picture out of proportion: ${picture.src}`);
  }
  return faults;
}"""


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.site.check", description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=user_path, default=ROOT / "build/site", help="default build/site")
    parser.add_argument(
        "--pictures", type=user_path, metavar="FOLDER", help="store a picture of every page in this folder"
    )
    options = parser.parse_args(argv)
    if not (options.folder / "index.html").exists():
        sys.exit(f"there is no site in {options.folder}; build it with `make site`")
    try:
        count, faults, largest = check_site(options.folder.resolve(), options.pictures)
    except (ImportError, FileNotFoundError) as error:
        sys.exit(f"the site cannot be checked: {error}; docs/site.md says what is needed")
    for fault in faults:
        print(fault)
    print(f"{count} pages in {', '.join(MODES)}: {len(faults) or 'no'} faults. The largest, {largest}")
    sys.exit(1 if faults else 0)


def check_site(site, pictures=None, pages=None):
    """Check the pages of a site.

    Args:
        site: Path of the site's folder, absolute.
        pictures: Path of a folder for a picture of every page, or None.
        pages: paths of pages in the folder, default all.

    Returns:
        (number of pages, list of faults as sentences, a sentence on how fast the largest page loads).

    Raises:
        ImportError: if playwright or axe is not installed.
        FileNotFoundError: if Chromium is not installed.
    """
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    names = pages or sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    faults, largest = [], ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for mode, ((width, height), colours) in MODES.items():
            window = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours)
            window.set_default_timeout(PATIENCE)
            for name in names:
                page_faults, requests, seconds = _check_page(window, site, name, pictures, mode, Axe())
                faults += [f"{name}, {mode}: {fault}" for fault in page_faults]
                if name == max(names, key=lambda name: (site / name).stat().st_size) and mode == "light":
                    largest = f"{name}: {requests} requests, drawn after {seconds:.1f} s"
            faults += [f"search, {mode}: {fault}" for fault in _check_search(window, site)]
            faults += [f"index.html, {mode}: {fault}" for fault in _check_drawers(window, site) if mode == "phone"]
            window.close()
        browser.close()
    return len(names), faults, largest


def _open_page(window, site, address):
    """(page, requests, faults): a page after all formulas are drawn, and two lists that the page goes on filling."""
    page, requests, faults = window.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("requestfailed", lambda request: faults.append(f"missing: {request.url}"))
    page.on("console", lambda message: faults.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.goto(f"{site.as_uri()}/{address}")
    page.evaluate("window.MathJax?.startup?.promise")
    return page, requests, faults


def _check_page(window, site, name, pictures, mode, axe):
    """(faults of a page in a mode, number of its requests, seconds until it was drawn)."""
    started = time.monotonic()
    page, requests, faults = _open_page(window, site, name)
    seconds = time.monotonic() - started
    faults += [f"leaves the folder: {url}" for url in requests if not url.startswith((site.as_uri(), "data:"))]
    faults += page.evaluate(LOOK)
    for fault in axe.run(page, options=AXE | LESS if mode == "phone" else AXE).response["violations"]:
        if fault["impact"] in SERIOUS:
            faults.append(f"{fault['id']}, {len(fault['nodes'])} times, as in {fault['nodes'][0]['target']}")
    faults += _check_figures(page)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=pictures / f"{name.replace('/', '_')}-{mode}.png", full_page=True)
    if mode == "light" and len(page.pdf(format="A4")) < SMALLEST_PRINT:
        faults.append("prints as an empty page")
    page.close()
    return faults, len(requests), seconds


def _check_figures(page):
    """Faults of a page's interactive figures: they must react to the keyboard, and move only when they are asked to."""
    faults = []
    for figure in page.query_selector_all(".play"):
        control = figure.query_selector(".play-words button:last-child") or figure.query_selector("input, select")
        before = figure.inner_html()
        control.focus()
        control.press("Home")
        control.press("ArrowDown" if control.evaluate("control => control.tagName") == "SELECT" else "ArrowRight")
        if figure.inner_html() == before:
            faults.append("a figure does not answer the keyboard")
        faults += _check_playing(page, figure)
    return faults


def _check_playing(page, figure):
    """Faults of the button that plays a figure, if the figure has one."""
    button, frame = figure.query_selector(".play-button"), figure.query_selector(".play-frame")
    if not button:
        return []
    views = []
    for press in (False, True):
        if press:
            button.click()
        before = frame.inner_html()
        page.wait_for_timeout(1000)
        views.append(frame.inner_html() != before)
    button.click()
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_timeout(300)  # the page is told by an event
    faults = ["a figure moves before it is asked to"] if views[0] else []
    faults += [] if views[1] else ["a figure does not play"]
    faults += ["a figure can be played where less motion is asked for"] if button.is_visible() else []
    page.emulate_media(reduced_motion="no-preference")
    return faults


def _check_search(window, site):
    """Faults of the search."""
    page, _, faults = _open_page(window, site, f"search.html?q={SEARCH.replace(' ', '+')}")
    page.wait_for_timeout(1000)
    links = [link.get_attribute("href").split("#")[0] for link in page.query_selector_all("#search-results li a")]
    if not any(link.startswith(LEADS_TO) for link in links):
        faults.append(f"{SEARCH!r} leads to {links or 'nothing'}")
    page.close()
    return faults


def _check_drawers(window, site):
    """Faults of a narrow screen's drawers: a keyboard must open and close them, and pass by a closed one."""
    page, _, faults = _open_page(window, site, "index.html")
    inside = "drawer => document.querySelector(drawer).contains(document.activeElement)"
    for toggle, drawer in DRAWERS.items():
        closed_before = not page.is_visible(drawer)
        page.evaluate("toggle => document.querySelector(toggle).focus()", toggle)
        page.keyboard.press("Enter")
        opened = page.is_visible(drawer) and page.evaluate(inside, drawer)
        page.keyboard.press("Escape")
        page.wait_for_timeout(1000)
        if not (closed_before and opened and not page.is_visible(drawer)):
            faults.append(f"a keyboard does not open and close {drawer}, or enters it while it is closed")
    page.close()
    return faults


if __name__ == "__main__":
    main()
