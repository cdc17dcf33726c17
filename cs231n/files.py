"""Files that are there whole or not at all, and what is said when they cannot be written."""

import contextlib
import os
import sys
import time
from pathlib import Path

if os.name == "nt":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def atomic_write(path):
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
def exit_with_message_on_oserror():
    """Ends the program with one sentence where the block meets a file that cannot be read or written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        sys.exit(f"{error.filename} cannot be used: {reason}" if error.filename else reason)


@contextlib.contextmanager
def file_lock(lock, waiting):
    """Let in one process at a time, and call `waiting()` once if that takes a while.

    The system holds the lock, not the file at the Path `lock`: it is free as soon as its owner ends, however that
    comes about, and the empty file may stay.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, "ab") as file:
        announced = False
        while not _take(file):
            if not announced:
                waiting()
                announced = True
            time.sleep(0.1)
        yield


def _take(file):
    try:
        if os.name == "nt":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # taken: the answer of Unix, the answer of Windows
        return False
    return True
