"""The only files outside of the repository that tests read: files of unknown licence, which it cannot carry.

These are the course's photographs and the compressed weights of SqueezeNet v1.0. They are looked for in the folder
shared/data beside the repository. A test that needs one skips where the file is absent, and has a twin that makes the
same check on data that the project makes or installs.
"""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data"
SQUEEZENET10 = FOLDER / "compressed_SqueezeNet.net"
TUBINGEN, STARRY_NIGHT = FOLDER / "styles" / "tubingen.jpg", FOLDER / "styles" / "starry_night.jpg"


def needs(*paths):
    """A mark that skips a test unless all of these files are present."""
    absent = [path.name for path in paths if not path.is_file()]
    reason = f"{', '.join(absent)} (of unknown licence, so not in the repository) not in shared/data beside it"
    return pytest.mark.skipif(bool(absent), reason=reason)
