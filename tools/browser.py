"""Which browser shows the site and the slides to their checks."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium():
    """Path of Chromium's program.

    Raises:
        FileNotFoundError: if no program of that name is on the path.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise FileNotFoundError(f"none of {', '.join(NAMES)} is on the path; install Chromium")
    return path
