"""Files and folders that are written whole or not at all, their checksums, locks, and messages about them."""

import contextlib
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

if os.name == "nt":
    import msvcrt
else:
    import fcntl


def user_path(path):
    """A path as a user writes it, as a Path: `~` at its beginning is the home folder, in every shell and on Windows."""
    return Path(path).expanduser()


@contextlib.contextmanager
def atomic_write(path):
    """A binary file to write to in a `with` block; it is renamed to `path` if the block succeeds, deleted if it raises.

    Two processes that write the same file do not disturb each other.

    Raises:
        OSError: if the file cannot be written; the error names `path`, which the system does not for a full disk.
    """
    path = user_path(path)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        if error.errno and str(error.filename or part) == str(part):
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


def check_writable(path, num_bytes):
    """Raise OSError unless a file with so many bytes can be written to `path` now; what is there stays as it is."""

    class Tried(Exception):
        pass

    with contextlib.suppress(Tried), atomic_write(path) as file:
        file.write(bytes(num_bytes))
        file.flush()
        raise Tried


@contextlib.contextmanager
def atomic_folder(path):
    """A new folder to fill in a `with` block; it becomes `path` if the block succeeds and is deleted if it raises.

    A folder that is at `path` already is replaced as a whole, by renaming: deleting it in place could stop halfway.
    """
    path = user_path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)  # from a process with this number that was killed
    (part / "new").mkdir(parents=True)
    try:
        yield part / "new"
        if path.exists():
            path.replace(part / "old")
        (part / "new").replace(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def file_sha256(path):
    """The SHA-256 of a file, as 64 hex digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def printable_output():
    """Let a command print every character: one that the terminal's encoding lacks comes out as an escape sequence."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def exit_with_message_on_oserror():
    """End the program with a message of one sentence if the block meets a file that cannot be read or written."""
    try:
        yield
    except OSError as error:
        sys.exit(oserror_message(error))


def oserror_message(error):
    """What an OSError says, in one sentence with the name of the file."""
    reason = error.strerror or str(error)
    return f"{error.filename} cannot be used: {reason}" if error.filename else reason


@contextlib.contextmanager
def file_lock(lock, waiting):
    """Let one process at a time into the `with` block; a process that has to wait calls `waiting()` once.

    The operating system holds the lock on the file at the Path `lock`: it is released when its owner exits, however
    that happens; the empty lock file may remain.
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
