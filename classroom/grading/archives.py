"""The files in what was handed in: in folders, in zip and tar archives, and in archives inside of these.

Nothing is unpacked to the disk, and links are not followed.
"""

import contextlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
OTHER_ARCHIVES = (".rar", ".7z")  # no package of Python's standard library reads these
MOST_BYTES = 200_000_000  # of an archive
MOST_UNPACKED_BYTES = 2_000_000_000  # of a tar, which can only be read from the beginning
MOST_FILES = 50_000
DEEPEST = 3  # an archive in an archive in an archive
# Folders that no student wrote; every environment of Python holds a `site-packages`.
_OF_THE_SYSTEM = ("__MACOSX", "__pycache__", ".git", ".ipynb_checkpoints", ".venv", "site-packages", "node_modules")


class File(NamedTuple):
    """A file that was handed in."""

    path: str  # with "/" between folders; the name of an archive counts as a folder
    read: Callable  # function of a number: the file's first bytes, at most so many


class TooLarge(ValueError):
    """The message says what is too large for a submission."""


@contextlib.contextmanager
def contents(parts):
    """(list of `File`, list of sentences about what cannot be read); files can be read inside of the `with` block.

    Args:
        parts: dict from a name, or "" for none, to the Path of a folder or file.

    Raises:
        TooLarge: if there are too many files, or if an archive is too large.
    """
    with contextlib.ExitStack() as stack:
        search = _Search(stack)
        for name, path in parts.items():
            if path.is_dir():
                for own_name in _names_in_folder(path):
                    search.add_path(_joined(name, own_name), path / own_name)
            else:
                search.add_path(name or path.name, path)
        yield search.files, search.faults


def is_archive(name):
    """Whether a file is an archive that is read, by its name."""
    return name.lower().endswith(ARCHIVES)


def without_archive_suffix(name):
    """The name of a file without .zip, .tar.gz and the like."""
    suffix = next((suffix for suffix in ARCHIVES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


def _joined(*parts):
    """Names with "/" between them; some programs for Windows write backslashes instead."""
    return "/".join(part for part in parts if part).replace("\\", "/")


def _names_in_folder(folder):
    """Paths below `folder` of its files, sorted."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - set(_OF_THE_SYSTEM))
        for file in (Path(here, name) for name in sorted(names)):
            if file.is_file() and not file.is_symlink():
                yield str(file.relative_to(folder))


class _Search:
    """Collects files, those in archives too, and sentences about archives that cannot be read."""

    def __init__(self, stack):
        self.files, self.faults, self._stack = [], [], stack
        self._room = MOST_BYTES  # of memory, for archives in archives

    def add_path(self, name, path):
        """Add a file on the disk, or the files in it if it is an archive."""

        def read(most):
            with open(path, "rb") as file:
                return file.read(most)

        if not is_archive(name):
            self._add_file(name, read)
        elif path.stat().st_size > MOST_BYTES:
            raise TooLarge(f"{name} is too large for a submission: more than {MOST_BYTES:,} bytes")
        else:
            self._add_archive(name, lambda: path.open("rb"), depth=1)

    def _add_file(self, name, read):
        if len(self.files) == MOST_FILES:
            raise TooLarge(f"more than {MOST_FILES:,} files are too many for a submission")
        self.files.append(File(name, read))

    def _add_archive(self, name, opened, depth):
        """Add the files in an archive. `opened`: function without arguments that returns the open archive."""
        try:
            for own_name, size, read in _members(self._stack.enter_context(opened()), self._stack):
                full_name = _joined(name, own_name)
                parts = full_name.split("/")
                if ".." in parts or set(parts) & set(_OF_THE_SYSTEM):
                    continue
                if is_archive(full_name):
                    self._add_inner_archive(full_name, size, read, depth + 1)
                else:
                    self._add_file(full_name, _readable(read, full_name))
        except TooLarge:
            raise
        except Exception:  # damage, a password, an unknown compression: the modules raise many types
            kind = "zip" if name.lower().endswith(".zip") else "tar"
            self.faults.append(f"{name} is not a readable {kind}; hand in a folder or a zip without a password")

    def _add_inner_archive(self, name, size, read, depth):
        if depth > DEEPEST or size > self._room:
            self.faults.append(f"{name} is not read: it is too large, or lies in more than {DEEPEST - 1} archives")
        else:
            self._room -= size
            self._add_archive(name, lambda: io.BytesIO(read(size)), depth)


def _readable(read, name):
    """`read`, with a sentence for the errors of a damaged member."""

    def read_member(most):
        try:
            return read(most)
        except Exception:  # as above
            raise ValueError(f"{name} cannot be read: its archive is damaged, or has a password") from None

    return read_member


def _members(file, stack):
    """(name, size, function that reads it) for each file in an open zip or tar; in no order that can be relied on."""
    if zipfile.is_zipfile(file):
        archive = stack.enter_context(zipfile.ZipFile(file))
        for info in archive.infolist():
            if not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16):
                yield info.filename, info.file_size, lambda most, info=info: _read_zipped(archive, info, most)
        return
    file.seek(0)
    archive = stack.enter_context(tarfile.TarFile.open(fileobj=file))
    for member in archive:
        if member.offset > MOST_UNPACKED_BYTES:
            raise TooLarge(f"an archive is too large for a submission: more than {MOST_UNPACKED_BYTES:,} bytes")
        if member.isreg():
            yield member.name, member.size, lambda most, member=member: archive.extractfile(member).read(most)


def _read_zipped(archive, info, most):
    with archive.open(info) as file:
        return file.read(most)
