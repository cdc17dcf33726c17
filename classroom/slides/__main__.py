"""Make lecture slides, decks that need no internet: 50 minutes for each notebook (GANs: two of 43), in build/slides/.

python -m classroom.slides [NAME ...]
"""

import argparse
import sys

from classroom.slides.build import TARGET, build
from classroom.slides.parts import SlideError
from cs231n.files import exit_with_message_on_oserror, printable_output
from tools.notebook_files import ROOT, NoNotebook, notebook_paths


def main(argv=None):
    description = "Make a deck of slides for each notebook."
    parser = argparse.ArgumentParser(prog="python -m classroom.slides", description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of notebooks, default all")
    try:
        for path in notebook_paths(parser.parse_args(argv).names):
            pages, size = build(path, TARGET)
            minutes = sum(page.minutes for page in pages)
            print(f"{path.stem}.html: {len(pages)} slides, {minutes:g} minutes, {size / 1e6:.1f} MB")
    except (SlideError, NoNotebook) as error:
        sys.exit(str(error))
    print(f"Open {TARGET.relative_to(ROOT)}/NAME.html in a browser; S opens the speaker's window.")


if __name__ == "__main__":
    printable_output()
    with exit_with_message_on_oserror():
        main()
