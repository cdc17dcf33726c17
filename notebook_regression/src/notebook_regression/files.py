"""Files are written whole or not at all."""

import contextlib
import os
import tempfile


@contextlib.contextmanager
def atomic_write(path):
    """A binary file to write into, which takes the place of `path` when the block ends without an error."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(temporary, path.stat().st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
