"""Reads submissions: the Python files of the package `cs231n` in a folder or a zip, as bytes."""

import hashlib
import os
import re
import stat
import zipfile
from pathlib import Path, PurePosixPath

from classroom.exercises import EXERCISES
from classroom.grading import former_editions

EXERCISE_FILES = tuple(dict.fromkeys(exercise.file for exercise in EXERCISES))
_MODULE = re.compile(r"cs231n(/[A-Za-z0-9_]{1,60}){1,5}\.py")
MOST_FILES, MOST_BYTES, MOST_ZIP_BYTES = 200, 5_000_000, 200_000_000


def name_of(path):
    """The name of the submission at `path`: the folder's, or the zip's without its suffix."""
    path = Path(path)
    return path.stem if path.suffix.lower() == ".zip" else path.absolute().name


def read(path):
    """The Python files of a submission: dict "cs231n/..." -> bytes. Links are not followed, zips are not unpacked.

    Args:
        path: folder or zip in which a folder `cs231n` holds at least one file with exercises.

    Raises:
        ValueError: if there is no such file or folder, or if it is not a submission, damaged, or unreasonably large.
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
    return _bounded(path, ((name, _read_file(path / own_name)) for name, own_name in files.items()))


def _in_zip(path):
    if path.stat().st_size > MOST_ZIP_BYTES:
        raise ValueError(f"{path} is too large for a submission, more than {MOST_ZIP_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(path) as archive:
            names = {i.filename: i for i in archive.infolist() if not stat.S_ISLNK(i.external_attr >> 16)}
            files = _group(names, path)
            return _bounded(path, ((name, _read_member(archive, names[own_name])) for name, own_name in files.items()))
    except ValueError:
        raise
    except Exception:  # damage, a password, an unknown compression: zipfile raises many types
        raise ValueError(f"{path} is not a readable zip; hand in a folder or a zip without a password") from None


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
    """dict "cs231n/..." -> name in the submission, for the package `cs231n` that is nearest to the top."""
    packages = {}
    for name in names:
        parts = PurePosixPath(name).parts
        # The last folder of this name counts: the project's own folder may be called cs231n as well.
        depth = len(parts) - 1 - parts[::-1].index("cs231n") if "cs231n" in parts else 0
        module = "/".join(parts[depth:])
        if _MODULE.fullmatch(module) and ".." not in parts and "__MACOSX" not in parts:
            packages.setdefault(parts[:depth], {})[module] = name
    expected = {*EXERCISE_FILES, *former_editions.FILES.values()}
    packages = {where: files for where, files in packages.items() if set(files) & expected}
    if not packages:
        raise ValueError(f"{path} is not a submission: it holds none of {', '.join(EXERCISE_FILES)}")
    least = min(map(len, packages))
    nearest = [where for where in packages if len(where) == least]
    if len(nearest) > 1:
        raise ValueError(f"{path} holds more than one package cs231n: {', '.join(sorted(map('/'.join, nearest)))}")
    return packages[nearest[0]]


def _bounded(path, files):
    """dict of `files`, pairs (name, bytes), unless they are too many or too large."""
    contents, size = {}, 0
    for name, data in files:
        contents[name] = data
        size += len(data)
        if len(contents) > MOST_FILES or size > MOST_BYTES:
            raise ValueError(
                f"{path} is too large: more than {MOST_FILES} Python files or {MOST_BYTES:,} bytes of them"
            )
    return contents


def _read_file(file):
    with open(file, "rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _read_member(archive, info):
    with archive.open(info) as opened:
        return opened.read(MOST_BYTES + 1)
