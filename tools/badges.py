"""Write the address of this repository where it is needed: badges in README, and the snippet for Colab and Kaggle.

    python -m tools.badges ADDRESS          for example https://github.com/name/repository

The address is kept in pyproject.toml; without the argument the texts are written again from there.
"""

import argparse
import re
import sys
from pathlib import Path

from cs231n.files import atomic_write, exit_with_message_on_oserror, printable_output
from tools.notebook_files import ROOT, notebook_paths, path_in_project

URLS = re.compile(r'\n\[project\.urls\]\nRepository = "(.*)"\n')
BADGES = re.compile(r"(<!-- badges: python -m tools\.badges -->\n).*?(<!-- end of badges -->\n)", re.DOTALL)
CLONE = re.compile(r"(git clone --depth 1 )\S+( cs231n)")
GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(\.git|/)?")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.badges", description=__doc__.split("\n")[0])
    parser.add_argument("address", nargs="?", help="of the repository on GitHub")
    address = parser.parse_args(argv).address
    if address is not None:
        match = GITHUB.fullmatch(address)
        if not match:
            sys.exit(f"{address} is not of the form https://github.com/name/repository")
        address = f"https://github.com/{match[1]}/{match[2]}"
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    if address:
        project = with_address(project, address)
        write(ROOT / "pyproject.toml", project)
    match = URLS.search(project)
    if not match:
        sys.exit("pyproject.toml has no address of the repository; give it: python -m tools.badges ADDRESS")
    for name, change in (("README.md", with_badges), ("docs/running.md", with_clone)):
        path = ROOT / name
        write(path, change(path.read_text("utf-8"), match[1]))


def with_address(project, address):
    """The text of pyproject.toml with the address of the repository."""
    section = f'\n[project.urls]\nRepository = "{address}"\n'
    if URLS.search(project):
        return URLS.sub(section, project)
    return project.replace("\n[tool.", f"{section}\n[tool.", 1)


def with_badges(readme, address):
    """The text of README with a badge for each notebook."""
    place = address.removeprefix("https://github.com/")
    lines = [
        f"[![{path.stem} in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        f"(https://colab.research.google.com/github/{place}/blob/main/{path_in_project(path).as_posix()}) {path.stem}"
        for path in notebook_paths()
    ]
    return BADGES.sub(lambda match: match[1] + "  \n".join(lines) + "\n" + match[2], readme)


def with_clone(text, address):
    """A text with the command that clones the repository."""
    return CLONE.sub(lambda match: match[1] + address + match[2], text)


def write(path: Path, text):
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


if __name__ == "__main__":
    printable_output()
    with exit_with_message_on_oserror():
        main()
