"""Build the site from the stored notebooks, the package's docstrings and the pages in docs/.

    python -m classroom.site [FOLDER]

The default folder is build/site. The folder holds everything that the site needs: index.html opens with a double click,
without internet.
"""

import argparse
import os
import sys

from classroom.site.build import build
from cs231n.files import exit_with_message_on_oserror, printable_output, user_path
from tools.notebook_files import ROOT, NoNotebook, notebook_paths


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.site", description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=user_path, default=ROOT / "build/site", help="default build/site")
    folder = parser.parse_args(argv).folder.resolve()
    try:
        build(folder, notebook_paths())
    except NoNotebook as error:
        sys.exit(str(error))
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    print(f"The site is built, {megabytes:.0f} MB. Open {os.path.relpath(folder / 'index.html')} in a browser.")


if __name__ == "__main__":
    printable_output()
    with exit_with_message_on_oserror():
        main()
