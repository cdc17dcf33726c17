"""Where the browser is in which the site and the slides are looked at."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium():
    """Path of Chromium's program.

    Raises:
        FileNotFoundError: it is not on the path.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError(f"none of {', '.join(NAMES)} is on the path")
    return found
