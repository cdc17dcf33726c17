"""Reads submissions: from a folder or a zip, only the Python files of their package `cs231n`, as bytes."""

import hashlib
import os
import re
import stat
import zipfile
from pathlib import Path, PurePosixPath

from classroom.exercises import EXERCISES

EXERCISE_FILES = tuple(dict.fromkeys(exercise.file for exercise in EXERCISES))
_MODULE = re.compile(r"cs231n(/[A-Za-z0-9_]{1,60}){1,5}\.py")
MOST_FILES, MOST_BYTES, MOST_ZIP_BYTES = 200, 5_000_000, 200_000_000


def read(path):
    """The Python files of a submission: dict from "cs231n/..." to bytes. Links are not followed, nothing is unpacked.

    Args:
        path: folder or zip in which a folder `cs231n` holds at least one of the exercises' files.

    Raises:
        ValueError: there is no such file or folder, it is no submission, or a damaged or unreasonably large one.
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"there is no submission {path}")
    try:
        return _in_folder(path) if path.is_dir() else _in_zip(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


def _in_folder(path):
    files = _group(_names_in_folder(path), path)
    return _bounded(path, ((name, _read_file(path / found)) for name, found in files.items()))


def _in_zip(path):
    if path.stat().st_size > MOST_ZIP_BYTES:
        raise ValueError(f"{path} is too large for a submission, more than {MOST_ZIP_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(path) as archive:
            names = {i.filename: i for i in archive.infolist() if not stat.S_ISLNK(i.external_attr >> 16)}
            files = _group(names, path)
            return _bounded(path, ((name, _read_member(archive, names[found])) for name, found in files.items()))
    except ValueError:
        raise
    except Exception:  # damage, a password, an unknown compression: nearly anything
        raise ValueError(f"{path} is no zip that can be read; hand in a folder or a zip without a password") from None


def key(files):
    """Hash of a submission's files."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()


def _names_in_folder(folder):
    for here, _, names in os.walk(folder):
        for file in (Path(here, name) for name in names if name.endswith(".py")):
            if file.is_file() and not file.is_symlink():
                yield file.relative_to(folder).as_posix()


def _group(names, path):
    """dict from "cs231n/..." to the name under which it was found, for the package nearest to the top."""
    packages = {}
    for name in names:
        parts = PurePosixPath(name).parts
        # The last one: the project's own folder may be called cs231n as well.
        at = len(parts) - 1 - parts[::-1].index("cs231n") if "cs231n" in parts else 0
        module = "/".join(parts[at:])
        if _MODULE.fullmatch(module) and ".." not in parts and "__MACOSX" not in parts:
            packages.setdefault(parts[:at], {})[module] = name
    packages = {where: files for where, files in packages.items() if set(files) & set(EXERCISE_FILES)}
    if not packages:
        raise ValueError(f"{path} is no submission: it holds none of {', '.join(EXERCISE_FILES)}")
    depth = min(map(len, packages))
    nearest = [where for where in packages if len(where) == depth]
    if len(nearest) > 1:
        raise ValueError(f"{path} holds more than one package cs231n: {', '.join(sorted(map('/'.join, nearest)))}")
    return packages[nearest[0]]


def _bounded(path, files):
    """All of `files`, unless they are too many or too large."""
    taken, size = {}, 0
    for name, data in files:
        taken[name] = data
        size += len(data)
        if len(taken) > MOST_FILES or size > MOST_BYTES:
            raise ValueError(
                f"{path} is too large: more than {MOST_FILES} Python files or {MOST_BYTES:,} bytes of them"
            )
    return taken


def _read_file(file):
    with open(file, "rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _read_member(archive, info):
    with archive.open(info) as opened:
        return opened.read(MOST_BYTES + 1)
