"""Command line of the site, see classroom/site/build.py."""

import argparse
import os
from pathlib import Path

from classroom.site.build import ROOT, build
from cs231n.files import exit_with_message_on_oserror
from tools.run_notebooks import notebook_paths


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.site", description="Build the site.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build/site", help="default build/site")
    folder = parser.parse_args(argv).folder.resolve()
    build(folder, notebook_paths())
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    print(f"The site is built, {megabytes:.0f} MB. Open {os.path.relpath(folder / 'index.html')} in a browser.")


if __name__ == "__main__":
    with exit_with_message_on_oserror():
        main()
