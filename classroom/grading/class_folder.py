"""Whose is which file in a folder of submissions, also as learning management systems name them.

A system that puts several files of a student side by side begins their names alike:

    Moodle      Jane Doe_12345_assignsubmission_file_a3.zip, or a folder Jane Doe_12345_assignsubmission_file
    Canvas      doejane_12345_67890_a3.zip, doejane_LATE_12345_67891_rnn_layers.py
    Blackboard  Homework 3_jdoe_attempt_2024-05-01-12-00-00_a3.zip, and a text file for each attempt
    Gradescope  a folder submission_12345

Everything else in the folder is a submission of its own.
"""

import re
from typing import NamedTuple

from classroom.grading import submission
from classroom.grading.archives import OTHER_ARCHIVES, is_archive

_MOODLE = re.compile(r"(?P<student>.+_\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<file>.*)", re.DOTALL)
_CANVAS = re.compile(r"(?P<student>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)", re.DOTALL)
_BLACKBOARD = re.compile(r".+_(?P<student>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL)
_OF_THE_SYSTEM = ("thumbs.db", "desktop.ini", "__macosx")
_LONGEST_NAME = 120  # characters, because files of results are named like submissions


class Entry(NamedTuple):
    """A submission in a folder of submissions, before it is read."""

    name: str  # unique, also where capitals make no difference, and fit for a file
    parts: dict  # name -> Path, for `submission.read`
    notes: tuple = ()  # sentences
    problem: str | None = None  # why it cannot be a submission


def entries(folder):
    """An `Entry` for everything in the folder of submissions, except for hidden files.

    Raises:
        ValueError: if there is no such folder, or if it is empty.
    """
    if not folder.is_dir():
        unpack = "; unpack it first" if is_archive(folder.name) and folder.exists() else ""
        raise ValueError(f"there is no folder {folder}{unpack}")
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    paths = [path for path in paths if path.name.lower() not in _OF_THE_SYSTEM]
    if not paths:
        raise ValueError(f"{folder} holds no submissions")
    groups = {}
    for path in paths:
        name, attempt, file = _student(path) or (None, "", "" if path.is_dir() else path.name)
        group = groups.setdefault((name or submission.name_of(path), name or path.name), {})
        group.setdefault(attempt, {})[file] = path
    names_in_use = {"index"}  # the summary's page is called so
    return [_entry(name, attempts, names_in_use) for (name, _), attempts in sorted(groups.items())]


def _student(path):
    """(student, time of the attempt or "", name of the file or "" for a folder); None if no student is named."""
    if match := _BLACKBOARD.fullmatch(path.name):
        return match["student"], match["time"], match["file"] or path.name
    if match := _MOODLE.fullmatch(path.name):
        kind = "" if match["kind"] == "file" else match["kind"]
        return match["student"], "", kind if path.is_dir() else match["file"] or path.name
    if (match := _CANVAS.fullmatch(path.name)) and path.is_file():
        return f"{match['student']}_{match['id']}", "", match["file"]
    if (match := submission.BEFORE_A_MODULE.fullmatch(path.name)) and path.is_file():
        return match["student"], "", match["file"]
    return None


def _entry(name, attempts, names_in_use):
    """The `Entry` of a student's last attempt; its unique name is added to `names_in_use`."""
    last = max(attempts)
    parts = attempts[last]
    notes = [f"the last of {len(attempts)} attempts, {last}"] if len(attempts) > 1 else []
    unique_name = _unique_name(name, names_in_use)
    if unique_name != name:
        notes.append(f"handed in as {', '.join(path.name for path in parts.values())}")
    return Entry(unique_name, parts, tuple(notes), _problem(parts))


def _unique_name(name, names_in_use):
    """A name that is not in `names_in_use`, to which it is added, and that a file can have on every system."""
    name = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in name)[:_LONGEST_NAME].rstrip(". ")
    unique, number = name or "_", 1
    while unique.casefold() in names_in_use:
        number += 1
        unique = f"{name} ({number})"
    names_in_use.add(unique.casefold())
    return unique


def _problem(parts):
    """Why these parts cannot be a submission, or None."""
    names = ", ".join(path.name for path in parts.values())
    if not any(path.is_dir() or _may_be_graded(label) for label, path in parts.items()):
        return f"{names} is neither a folder, nor a zip, nor a Python file"
    if len(parts) == 1 and submission.is_part(names):
        return f"{names} belongs to no student; if the folder is a single submission, name the folder around it"
    return None


def _may_be_graded(name):
    return is_archive(name) or name.lower().endswith((".py", ".py.txt", ".ipynb", *OTHER_ARCHIVES))
