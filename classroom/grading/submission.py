"""Reads submissions: the Python files of the package `cs231n` in what a student handed in, as bytes.

Students hand in folders and archives of many layouts. A layout with one possible meaning is understood, and notes say
how; another is refused in a sentence that says what is there and what was expected.
"""

import codecs
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from classroom.exercises import BEYOND, EXERCISES, RNN_LAYERS_PY, RNN_PY
from classroom.grading import course_layout, former_editions
from classroom.grading.archives import OTHER_ARCHIVES, contents, without_archive_suffix
from classroom.student import edition

EXERCISE_FILES = tuple(dict.fromkeys(exercise.file for exercise in EXERCISES))
# Files of exercises beyond the course -> what stands in them, and not in a file of the same name of another assignment.
_BEYOND = {
    exercise.file: [e.name.rpartition(".")[2] for e in EXERCISES if e.file == exercise.file]
    for exercise in EXERCISES
    if exercise.notebook in BEYOND
}
MOST_MODULES, MOST_BYTES = 200, 5_000_000  # of a package, together

_MODULE = re.compile(r"cs231n(/[A-Za-z0-9_]{1,60}){1,5}\.py")
# What browsers and file managers add to the name of a second copy: " (1)", "(1)", "-1", " copy 2", " - Copy (2)",
# "Copy of "; in some languages.
_COPY = re.compile(
    r"^copy of |(?: ?\(\d+\)|-\d+| copy(?: \d+)?| - (?:copy|kopie|copie|copia)(?: \(\d+\))?)$", re.IGNORECASE
)
_KNOWN = (  # modules by which a package is recognised
    *EXERCISE_FILES,
    *course_layout.MODULES,
    *dict.fromkeys(former_editions.FILES.values()),
)
_BY_NAME = {name.rpartition("/")[2]: name for name in _KNOWN}
_BY_LOWER_NAME = {name.lower(): name for name in _BY_NAME}
_FOLDERS = {name.split("/")[-2] for name in _KNOWN}  # that hold them
_SHOWN = 6  # names in a sentence
BEFORE_A_MODULE = re.compile(rf"(?P<student>.+?)[_-](?P<file>(?:{'|'.join(map(re.escape, _BY_NAME))}))")


class Submission(NamedTuple):
    """What a student handed in, as far as it can be graded."""

    files: dict  # path "cs231n/..." -> bytes
    notes: tuple = ()  # sentences on how an unusual layout was understood
    course: frozenset = frozenset()  # notebooks whose functions are those of the course's own assignment


class _Place(NamedTuple):
    """A file that may be a module of the package."""

    rank: int  # 0 in a folder cs231n, 1 there under the name of a copy, 2 elsewhere, 3 elsewhere and of such a name
    depth: int  # number of folders around the package
    path: str  # in the submission
    module: str  # "cs231n/..."


def name_of(path):
    """The name of the submission at `path`: the folder's, or the archive's without its suffix."""
    path = Path(path)
    return path.absolute().name if path.is_dir() else without_archive_suffix(path.name)


def read(path, notes=()):
    """The `Submission` in a folder, an archive or a single file.

    Args:
        path: a path; or a dict from names to paths, if a student handed in several files.
        notes: sentences to begin its notes with.

    Raises:
        ValueError: if there is no such file or folder; if it holds no exercise, or two versions of one; or if it is
            damaged or unreasonably large.
    """
    parts = path if isinstance(path, dict) else {"": Path(path)}
    label = ", ".join(str(part) for part in list(parts.values())[:_SHOWN])
    missing = [part for part in parts.values() if not part.exists()]
    if missing:
        raise ValueError(f"there is no submission {missing[0]}")
    try:
        with contents(parts) as (files, faults):
            read_file = {file.path: file.read for file in files}
            candidates = _candidates(read_file, faults, label)
            chosen = {module: _best(module, places, read_file, label) for module, places in candidates.items()}
            notes = [*notes, *faults, *_layout_notes(chosen), *_left_aside(chosen, candidates, read_file)]
            return _submission(chosen, read_file, notes, label)
    except OSError as error:
        raise ValueError(f"{label} cannot be read: {error.strerror}") from None


def key(submission):
    """Hash of a submission."""
    about = [*submission.notes, *sorted(submission.course)]
    digest = hashlib.sha256("\n".join(about).encode("utf-8", "replace"))
    for name in sorted(submission.files):
        data = submission.files[name]
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def is_beyond(files):
    """Whether a submission with these `files` (dict path -> bytes) holds a file of the exercises beyond the course.

    The course's PyTorch edition has files of the same names, with other functions.
    """
    return any(
        re.search(rf"\b(def|import)\b.*\b{name}\b".encode(), files.get(file, b""))
        for file, names in _BEYOND.items()
        for name in names
    )


def completed(files):
    """The files that a submission runs with: its own and, if it goes beyond the course, those that these import. A file
    that the student did not hand in is added as it was handed out.
    """
    if not is_beyond(files):
        return files
    needed = {RNN_LAYERS_PY, RNN_PY, *_BEYOND} - set(files)
    return files | {name: edition.student_file(name, (edition.ROOT / name).read_bytes()) for name in needed}


# ---------------------------------------------------------------- which file is which module


def _candidates(paths, faults, label):
    """dict module -> list of `_Place`, for the files `paths` (dict path -> function that reads it); ValueError if there
    is none with exercises.
    """
    candidates = {}
    for place in _places(paths):
        candidates.setdefault(place.module, []).append(place)
    places = [place for module in set(candidates) & set(_KNOWN) for place in candidates[module]]
    if all(_is_foreign(place.module, paths[place.path]) for place in places):
        raise ValueError("; ".join([f"{label} is not a submission: {_inventory(paths)}", _EXPECTED, *faults]))
    return candidates


def _best(module, places, read_file, label):
    """The `_Place` of the best file for a module; ValueError if different files are equally good."""
    best = min(place[:2] for place in places)
    equal = [place for place in places if place[:2] == best][:_SHOWN]
    if len({read_file[place.path](MOST_BYTES) for place in equal}) > 1:
        names = " and ".join(sorted(place.path for place in equal))
        raise ValueError(f"{label} holds more than one {module}, and they differ: {names}; leave one of them")
    return equal[0]


_EXPECTED = f"expected is a folder cs231n with {', '.join(EXERCISE_FILES)}, or some of them"


def _places(paths):
    """A `_Place` for every file that may be a module."""
    loose = []
    for path, read_file in paths.items():
        *folders, name = path.split("/")
        original = _original(name)
        if not original:
            continue
        is_copy = original != name
        packages = [k for k, folder in enumerate(folders) if is_package(folder)]
        if packages:
            module = "/".join(["cs231n", *folders[packages[-1] + 1 :], original])
            if _MODULE.fullmatch(module):
                yield _Place(int(is_copy), packages[-1], path, module)
        else:
            is_known = original in _BY_NAME and not _is_foreign(_BY_NAME[original], read_file)
            loose.append((folders, original, path, is_copy, is_known))
    yield from _loose_places(loose)


def _is_foreign(module, read_file):
    """Whether a file has the name of one with exercises beyond the course, but holds none of them."""
    return module in _BEYOND and not is_beyond({module: _as_utf8(read_file(MOST_BYTES), "")[0]})


def _original(name):
    """The name that a Python file had at first, "rnn_layers.py" of "RNN_layers (1).py.txt"; None for other files."""
    python = re.fullmatch(r"(.+?)\.py(?:\.txt)?", name, re.IGNORECASE)  # mail programs and Windows add .txt
    if not python or name.startswith("._"):  # macOS writes these beside files
        return None
    stem = python[1] if re.fullmatch(r"\w+", python[1]) else _COPY.sub("", python[1])
    return _BY_LOWER_NAME.get(f"{stem.lower()}.py", f"{stem}.py")


def is_package(folder):
    """Whether a folder of this name is the package cs231n, or a copy of it."""
    return _COPY.sub("", folder).lower() == "cs231n"


def is_part(name):
    """Whether a file or folder of this name is only a part of a submission."""
    return is_package(name) or name in _BY_NAME


def _loose_places(loose):
    """Places for files outside of any folder cs231n: (folders, name, path, whether its name is that of a copy, whether
    it is a module by which a package is recognised).
    """
    bases = set()
    for folders, name, path, is_copy, is_known in loose:
        if is_known:
            base = folders[:-1] if folders and folders[-1] in _FOLDERS else folders
            bases.add("/".join(base))
            yield _Place(2 + is_copy, len(base), path, _BY_NAME[name])
    for folders, name, path, is_copy, is_known in loose:  # modules of the student's own
        module = f"cs231n/{name}"
        if not is_known and "/".join(folders) in bases and _MODULE.fullmatch(module):
            yield _Place(2 + is_copy, len(folders), path, module)


def _inventory(paths):
    """What is there, for a sentence."""
    names = list(paths)
    if not names:
        return "it holds no files"
    pytorch = [name for name in names if name.endswith("_pytorch.py")]
    if pytorch:
        return f"{pytorch[0]} belongs to the course's PyTorch edition, which is not graded here"
    archives = [name for name in names if name.lower().endswith(OTHER_ARCHIVES)]
    if archives:
        return f"{archives[0]} is an archive of a kind that is not read (a zip is)"
    if all(name.endswith(".ipynb") for name in names):
        return f"it holds only {_listed(names)}, and functions are not read from notebooks"
    return f"it holds {_listed(names)}"


def _listed(names):
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(sorted(names)[:_SHOWN]) + more


# ---------------------------------------------------------------- their bytes, and notes


def _submission(chosen, read_file, notes, label):
    """The `Submission` with the chosen files."""
    data, size = {}, 0
    for module, place in sorted(chosen.items()):
        data[module], note = _as_utf8(read_file[place.path](MOST_BYTES + 1), place.path)
        notes += note
        size += len(data[module])
        if len(data) > MOST_MODULES or size > MOST_BYTES:
            raise ValueError(
                f"{label} is too large: more than {MOST_MODULES} Python files or {MOST_BYTES:,} bytes of them"
            )
    return Submission(*course_layout.adapted(data, notes))


def _layout_notes(chosen):
    """Sentences on files and folders that are not where they were expected."""
    renamed, loose, copies = {}, [], []
    for module, place in sorted(chosen.items()):
        if place.rank in (1, 3):
            copies.append(f"{place.path} is read as {module}")
        elif place.rank == 2:
            loose.append(place.path)
        else:
            folder = place.path.split("/")[place.depth]
            if folder != "cs231n":
                renamed[folder] = f"the folder {folder} is read as cs231n"
    if loose:
        loose = [f"{_listed(loose)} {'is' if len(loose) == 1 else 'are'} read as modules of cs231n"]
    return [*renamed.values(), *copies, *loose]


def _left_aside(chosen, candidates, read_file):
    """Sentences on other versions of the files with exercises."""
    for module in sorted(set(chosen) & set(_KNOWN)):
        best = read_file[chosen[module].path](MOST_BYTES)
        for place in candidates[module][:_SHOWN]:
            if place != chosen[module] and read_file[place.path](MOST_BYTES) != best:
                yield f"{place.path} is left aside"


def _as_utf8(data, path):
    """(the bytes of a Python file as UTF-8, list of a note if it was UTF-16)."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if marked else "utf-16-le" if data[1:2] == b"\0" else "utf-16-be" if data[:1] == b"\0" else None
    if encoding:
        try:
            return data.decode(encoding).encode("utf-8"), [f"{path} is UTF-16, and is read as such"]
        except UnicodeDecodeError:
            pass
    return data, []
