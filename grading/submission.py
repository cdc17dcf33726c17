"""Reads submissions: from a folder or a zip, only the Python files of their package `cs231n`, as bytes."""

import hashlib
import stat
import zipfile
from pathlib import Path, PurePosixPath

from classroom.exercises import EXERCISES

EXERCISE_FILES = tuple(dict.fromkeys(exercise.file for exercise in EXERCISES))
MOST_FILES, MOST_BYTES, MOST_ZIP_BYTES = 200, 5_000_000, 200_000_000


def read(path):
    """The Python files of a submission: dict from "cs231n/..." to bytes. Links are not followed, nothing is unpacked.

    Args:
        path: folder or zip in which a folder `cs231n` holds at least one of the exercises' files.

    Raises:
        ValueError: there is no such file or folder, it is no submission, or a damaged or unreasonably large one.
    """
    path = Path(path)
    if path.is_dir():
        files = _group(_names_in_folder(path), path)
        return _bounded(path, ((name, _read_file(path / found)) for name, found in files.items()))
    if not path.is_file():
        raise ValueError(f"there is no submission {path}")
    if path.stat().st_size > MOST_ZIP_BYTES:
        raise ValueError(f"{path} is too large for a submission, more than {MOST_ZIP_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(path) as archive:
            names = {i.filename: i for i in archive.infolist() if not stat.S_ISLNK(i.external_attr >> 16)}
            files = _group(names, path)
            return _bounded(path, ((name, _read_member(archive, names[found])) for name, found in files.items()))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):  # encrypted ones, too
        raise ValueError(f"{path} is no zip that can be read; hand in a folder or a zip without a password") from None


def key(files):
    """Hash of a submission's files."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()


def _names_in_folder(folder):
    for here, _, names in folder.walk() if hasattr(folder, "walk") else _walk(folder):
        for name in names:
            file = Path(here) / name
            if name.endswith(".py") and not file.is_symlink():
                yield file.relative_to(folder).as_posix()


def _walk(folder):
    import os  # Path.walk is of Python 3.12

    return os.walk(folder)


def _group(names, path):
    """dict from "cs231n/..." to the name under which it was found, for the package nearest to the top."""
    packages = {}
    for name in names:
        parts = PurePosixPath(name).parts
        if "cs231n" not in parts or ".." in parts or "__MACOSX" in parts or not name.endswith(".py"):
            continue
        at = parts.index("cs231n")
        packages.setdefault(parts[:at], {})["/".join(parts[at:])] = name
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
