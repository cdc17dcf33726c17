"""Files that are there whole or not at all, and what is said when they cannot be written."""

import contextlib
import os
import sys
from pathlib import Path


@contextlib.contextmanager
def written_whole(path):
    """A binary file to write to in a `with` block; it becomes `path` when the block ends well, else nothing stays.

    Two processes that write the same file do not write into one another's.

    Raises:
        OSError: it cannot be written; the error names the file, which a full disk alone does not.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        if error.errno and not error.filename:
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def trouble_in_a_sentence():
    """Ends the program with one sentence where the block meets a file that cannot be read or written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        sys.exit(f"{error.filename} cannot be used: {reason}" if error.filename else reason)
