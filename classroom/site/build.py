"""Build the site from the stored notebooks, the package's docstrings and the pages in docs/."""

import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from classroom.site.package_pages import public_modules
from classroom.site.staging import stage
from cs231n.quiet_tensorflow import quiet_tensorflow


def build(folder, notebooks, modules=None):
    """Build the site in `folder`; the folder's former content is replaced if that succeeds, and kept otherwise.

    Args:
        folder: Path of the site, absolute.
        notebooks: paths of the notebooks, in the order of their pages.
        modules: names of the modules whose docstrings become pages; default all public modules of the package.

    Raises:
        SystemExit: if `folder` holds something else, or if Sphinx found a fault, which it has printed.
        NoNotebook: if one of the files is not a notebook.
    """
    if folder.is_file() or folder.is_dir() and any(folder.iterdir()) and not (folder / "_static").is_dir():
        sys.exit(f"{folder} holds something else than a site; name a new folder")
    quiet_tensorflow()  # Sphinx imports the modules for their docstrings
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".site-") as work:
        source, pages = Path(work, "source"), Path(work, "pages")
        stage(source, notebooks, public_modules() if modules is None else modules)
        arguments = ["-q", "-W", "--keep-going", "-d", str(Path(work, "doctrees")), str(source), str(pages)]
        if sphinx(arguments) != 0:
            sys.exit("the site is left as it was: Sphinx found the faults above")
        for name in (".buildinfo", "objects.inv"):
            (pages / name).unlink(missing_ok=True)
        shutil.rmtree(pages / "_sources", ignore_errors=True)  # Sphinx 9 creates this folder and leaves it empty
        if folder.exists():
            folder.replace(Path(work, "old"))
        pages.replace(folder)
